"""Refusals that help: what is not covered, what is near and what it says, and what could be asked instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import text
from assistant.answer.confidence import MOST_NAMES
from assistant.question.names import around, called
from assistant.question.read import Question
from assistant.search.retriever import Hit
from assistant.types import Passage
from assistant.verify import injection

_ASKABLE = 3
"""At most this many questions are suggested."""
_ASKS = re.compile(r"(?i)(?:what|which|how|why|who|when|where)\s+\S+\s+\S+\s+\S+")
"""A part that stands as a question by itself."""
_HEAD = re.compile(
    r"(?i)\b(?:which|what|whose|many|does|do|did|is|are|was|were|has|have|can|could|will|would|should)\s+(?:the\s+|an?\s+)?$"
)


def rewordings(question: Question, lacking: Sequence[str], nearest: Sequence[Passage]) -> list[str]:
    """Suggest questions near `question` that the library can answer.

    The first is the part of the question without the names that no paper holds, or the whole question without these names, where
    something remains and the question does not ask about the names. Then comes one for each of the nearest papers.

    Returns:
        The questions.
    """
    asked: list[str] = []
    rest = question.text
    if len(lacking) > MOST_NAMES:
        lacking = ()
    for name in lacking:
        rest = re.sub(rf"(?<!\s)\s*(?:(?:by|of|in|on|with|from|for|to|than|and|or)\s+)?(?<!\w){re.escape(name)}(?!\w)", "", rest)
    if whole := _part_without(lacking, question):
        asked.append(whole)
    elif rest != question.text and not any(_wanted(question.text, name) for name in lacking) and len(text.content_words(rest)) >= 2:
        asked.append(re.sub(r" (?=[?.,])| ?\( ?\)", "", " ".join(rest.split())))
    for passage in nearest:
        asked.append(f"What does {called(text.clean(passage.paper.title))} show?")
    return list(dict.fromkeys(asked))[:_ASKABLE]


def _wanted(question: str, name: str) -> bool:
    """Whether a question asks for a name, or the name is the subject of its verb: without the name it would be no question."""
    return any(_HEAD.search(before) and not re.match(r"\w", after) for before, after in around(question, name))


def _part_without(lacking: Sequence[str], question: Question) -> str | None:
    """The first part of a double question that asks for none of what is lacking, as a question."""
    if not lacking:
        return None
    for start, end in question.parts:
        part = question.text[start:end].strip(" ,;?.")
        if _ASKS.match(part) and not any(name in part for name in lacking):
            return f"{part[0].upper()}{part[1:]}?"
    return None


def quotable(hit: Hit) -> Passage:
    """The passage of a hit, its best sentence one that gives no orders to a reader: the first such, or none of the text."""
    passage = hit.passage
    spans = hit.spans
    kept = [spans[at] for at in injection.free(passage.paper.abstract, spans)]
    if passage.best in kept:
        return passage
    return passage.model_copy(update={"best": kept[0] if kept else (passage.start, passage.start)})


def told(why: str, nearest: Sequence[Passage], questions: Sequence[str]) -> str:
    """The refusal as a text to read."""
    lines = [why]
    if nearest:
        lines.append("What is nearest:")
        for passage in nearest:  # a text that only speaks to its reader is not quoted
            lines.append(f"- {text.clean(passage.paper.title)}" + (f': "{passage.shown}"' if passage.shown else ""))
    if questions:
        lines.append("This can be asked:")
        lines += [f"- {question}" for question in questions]
    return "\n".join(lines)
