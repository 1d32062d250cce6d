"""Questions to answers: check the question, search, decide whether the library can answer, quote or refuse."""

from __future__ import annotations

import time
import unicodedata

from assistant import answerable, write
from assistant.config import AnswerSettings
from assistant.errors import QuestionError
from assistant.retrieve import Retriever
from assistant.types import Answer, Step, Usage, Where

_SEARCHED = 10
"""Papers looked at for an answer."""


def checked(question: str, most: int) -> str:
    """The question, fit to be searched for.

    Raises:
        QuestionError: it is empty, too long, or holds no letter and no figure.
    """
    if not question.strip():
        raise QuestionError("the question is empty; ask something like: What does LeanDojo offer?")
    if len(question) > most:
        raise QuestionError(
            f"the question has {len(question):,} characters; at most {most:,} are read (setting answer.max_question)"
        )
    if not any(char.isalnum() for char in question):
        raise QuestionError("the question holds no word; ask something like: What does LeanDojo offer?")
    # half a surrogate pair (undecodable bytes of a command line) cannot be encoded; controls mean nothing
    question = question.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if unicodedata.category(char) == "Cc" else char for char in question).strip()


def answer(
    question: str,
    retriever: Retriever,
    settings: AnswerSettings,
    fingerprint: str,
    where: Where | None = None,
) -> Answer:
    """Answer `question` by quotes, or refuse and say what is near.

    Args:
        question: in plain words.
        retriever: where to search.
        settings: how much to quote and when to refuse.
        fingerprint: of the settings; the library's generation is added to it.
        where: a filter on papers.
    """
    began = time.perf_counter()
    question = checked(question, settings.max_question)
    found = retriever.search(question, _SEARCHED, where)
    searched = time.perf_counter()
    sure = answerable.confidence(found)
    trace = [Step(name="retrieve", seconds=round(searched - began, 4), detail=f"{len(found.hits)} papers")]
    claims, sources = (), ()
    if sure >= settings.threshold:
        claims, sources = write.extract(question, found, settings)
        trace.append(Step(name="write", seconds=round(time.perf_counter() - searched, 4), detail=f"{len(claims)} quotes, no model"))
    reason = None if claims else answerable.reason(found, where)
    return Answer(
        question=question,
        read_as=found.spelling.text if found.spelling.changes else None,
        text=reason or " ".join(f"{claim.text} [{claim.sources[0]}]" for claim in claims),
        claims=tuple(claims),
        sources=tuple(sources),
        abstained=not claims,
        reason=reason,
        nearest=tuple(hit.passage for hit in found.hits[: settings.nearest]),
        confidence=round(sure, 4),
        usage=Usage(seconds=round(time.perf_counter() - began, 4)),
        trace=tuple(trace),
        fingerprint=f"{fingerprint}-{found.generation}",
    )
