"""Double questions as single ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from assistant import text
from assistant.question.decompose import parts
from assistant.question.intent import VERB
from assistant.question.names import enumeration, subjects
from assistant.question.rewrite import PRONOUN, SEVERAL, standalone

_ASKS_NEXT = re.compile(
    r"(?i)(?:[?;.]\s+(?:(?:and|or|but)\s+)?|(?:,|(?<!\s)(?=\s))\s+(?:and|or|but)\s+)"
    r"(?=(?:(?:in|on|at|by|for|from|to|with|of) )?(?:what|which|who|whom|whose|how|why|when|where|do|does|did)\b)"
)
"""The words between two questions in one."""
_ASKS = re.compile(r"(?i)\W*(?:what|which|who|whom|whose|how|why|where)\b")
_DOES = re.compile(rf"(?i)\W*{VERB}\b")
_LISTED = re.compile(rf"(?i),\s+(?=(?:what|how)\b|(?:when|where|why) {VERB}\b|who (?!{VERB}\b.*,)\w)")
"""The comma between two questions of a row of them."""
_OF_THINGS = re.compile(
    r"(?i)\b(?:compar\w+|contrast\w*|differ\w*|versus|vs|in common|relate)\b"
    r"|^\s*(?:what(?:'s| is| are)|who (?:is|are)|explain|describe|define)\b"
)
"""A question about each of several named things."""
_WHAT_IS = re.compile(r"(?i)^\W*(?:what|who)(?:'s| is| are| was| were)\s+(.+)$")
_NO_CLAUSE = re.compile(
    rf"(?i)^(?:in|on|at|by|for|from|to|with|of)\b(?!.*\b{VERB}\b)"
    rf"|^(?:\w+ ){{1,6}}?(?:what|which|many|much)(?: \w+){{1,3}}, {VERB}\b"
)
"""A question without a verb of its own: "on what corpus"; or with one that it shares: "for how many hours, was it trained"."""


class Single(NamedTuple):
    """One of several questions in one."""

    said: str
    """The words of the question, or the name of the thing asked about."""
    asked: str
    """The question, standing alone."""
    follows: bool = False
    """True where the question continues the topic of the one before."""
    thing: bool = False
    """True where `said` is a name out of a row or a comparison."""


def asks(said: str) -> bool:
    """Whether words begin like a question, and do not tell what a question behind them is about."""
    return bool(_ASKS.match(said) or _DOES.match(said))


def singles(question: str) -> list[Single]:
    """Take a double question apart, or a comparison or list of things by their names.

    Returns:
        The questions, or one for each thing; none where `question` is a single one.
    """
    found: list[Single] = []
    for said in _pieces(question):
        asked = _after(found, said)
        found.append(Single(said, asked, follows=asked != f"{said}?"))
    if any(_NO_CLAUSE.search(single.said) for single in found):
        return []
    if len(found) < 2:
        row = enumeration(question)
        if _OF_THINGS.search(question):
            things = [name for first, last in parts(question) for name in subjects(question[first:last])[:1]]
            names = sorted(dict.fromkeys((*things, *(row.names if row else ()))), key=question.find)
            found = [Single(name, f"What is {name}?", thing=True) for name in names]
        elif row:  # "Which corpora train A, B and C?"
            found = [Single(name, f"{question[: row.start]}{name}{question[row.end :]}", thing=True) for name in row.names]
    return found if len(found) > 1 else []


def _pieces(question: str) -> list[str]:
    """The stretches of a question that each ask something."""
    cuts = list(_ASKS_NEXT.finditer(question))
    if cuts and _ASKS.match(question):  # "what is A, how large is B, and who wrote C"
        more = sorted([*cuts, *_LISTED.finditer(question, 0, cuts[-1].start())], key=lambda match: match.start())
        pieces = _between(question, more)
        if all(map(text.content_words, pieces)):
            return pieces
    return [piece for piece in _between(question, cuts) if text.content_words(piece)]


def _between(question: str, cuts: Sequence[re.Match[str]]) -> list[str]:
    ends = [*(cut.start() for cut in cuts), len(question)]
    starts = [0, *(cut.end() for cut in cuts)]
    return [question[start:end].strip(" ,;?.") for start, end in zip(starts, ends, strict=True)]


def _after(before: Sequence[Single], said: str) -> str:
    """A question behind other questions, standing alone: "it" is the thing that the question before asks for."""
    thing = _WHAT_IS.match(before[-1].said) if before and not SEVERAL.search(said) else None
    if thing and (pronoun := PRONOUN.search(said)) and pronoun.group() in ("it", "they", "them"):
        return f"{said[: pronoun.start()]}{thing.group(1)}{said[pronoun.end() :]}?"
    return standalone(f"{said}?", [single.asked for single in before])
