"""Questions to answers: check the question, search, decide whether the library can answer, quote or refuse."""

from __future__ import annotations

import math
import time
import unicodedata

from assistant import write
from assistant.config import AnswerSettings
from assistant.errors import QuestionError
from assistant.retrieve import Found, Retriever
from assistant.types import Answer, Step, Usage, Where

_SEARCHED = 10
"""Papers looked at for an answer."""

_SCORE, _MARGIN, _UNKNOWN, _BIAS = 12.18, 15.18, -7.54, -5.12
"""Logistic regression with both classes weighing the same, on the tuning questions; `python -m eval calibrate` fits it."""


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


def evidence(found: Found) -> tuple[float, float, float]:
    """What confidence rests on.

    The best paper's score, its margin over the next one, and the share of the names in the question that the library
    does not hold: who asks about GraphCast is not served by the next best paper on the weather.
    """
    best, *others = found.scores
    unknown = len(found.unknown) / len(found.names) if found.names else 0.0
    return best, best - others[0] if others else 0.0, unknown


def confidence(found: Found) -> float:
    """Probability that the library holds an answer, at even odds beforehand."""
    if not found.hits:
        return 0.0
    score, margin, unknown = evidence(found)
    return 1 / (1 + math.exp(-(_SCORE * score + _MARGIN * margin + _UNKNOWN * unknown + _BIAS)))


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
    sure = confidence(found)
    trace = [Step(name="retrieve", seconds=round(searched - began, 4), detail=f"{len(found.hits)} papers")]
    claims, sources = (), ()
    if sure >= settings.threshold:
        claims, sources = write.extract(question, found, settings)
        trace.append(Step(name="write", seconds=round(time.perf_counter() - searched, 4), detail=f"{len(claims)} quotes, no model"))
    reason = None if claims else _reason(found, where)
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


def _reason(found: Found, where: Where | None) -> str:
    if not found.hits:
        return "No paper matches the filter." if where else "The library holds no paper."
    if found.unknown:
        return f"No paper in the library mentions {' or '.join(found.unknown)}."
    return "The library does not seem to hold an answer to this question."
