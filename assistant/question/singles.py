"""Double questions as single ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from assistant import text
from assistant.question.decompose import MOST, parts
from assistant.question.intent import VERB
from assistant.question.names import subjects
from assistant.question.rewrite import PRONOUN, SEVERAL, standalone

_ASKS_NEXT = re.compile(
    r"(?i)(?:[?;.]\s+(?:(?:and|or|but)\s+)?|(?:,|(?<!\s)(?=\s))\s+(?:and|or|but)\s+)"
    r"(?=(?:(?:in|on|at|by|for|from|to|with|of) )?(?:what|which|who|whom|whose|how|why|when|where|do|does|did)\b)"
)
"""The words between two questions in one."""
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


def singles(question: str) -> list[Single]:
    """The questions that a double one holds, or one for each thing that it compares by name; none where it is a single one."""
    found: list[Single] = []
    start = 0
    for first, last in [*(match.span() for match in _ASKS_NEXT.finditer(question)), (len(question), len(question))]:
        said = question[start:first].strip(" ,;?.")
        if text.content_words(said):
            asked = _after(found, said)
            found.append(Single(said, asked, follows=asked != f"{said}?"))
        start = last
    if any(_NO_CLAUSE.search(single.said) for single in found):
        return []
    if len(found) < 2:
        things = [subjects(question[first:last])[:1] for first, last in parts(question)] if _OF_THINGS.search(question) else []
        found = [Single(thing, f"What is {thing}?") for each in things for thing in each]
    return found[:MOST] if len(found) > 1 else []


def _after(before: Sequence[Single], said: str) -> str:
    """A question behind other questions, standing alone: "it" is the thing that the question before asks for."""
    thing = _WHAT_IS.match(before[-1].said) if before and not SEVERAL.search(said) else None
    if thing and (pronoun := PRONOUN.search(said)) and pronoun.group() in ("it", "they", "them"):
        return f"{said[: pronoun.start()]}{thing.group(1)}{said[pronoun.end() :]}?"
    return standalone(f"{said}?", [single.asked for single in before])
