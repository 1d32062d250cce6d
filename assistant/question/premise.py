"""The premise of a question: what the question asserts or takes for granted."""

from __future__ import annotations

import re
from typing import NamedTuple

_AUX = r"(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)"
_STATEMENTS = [
    re.compile(pattern)
    for pattern in (
        r"(?i)^\s*+(?:given that|since|because|as|now that|considering that)\s++(.+?),(?!\d)",
        r"(?i)^\s*+(?:why|how come|how|is) (?:is )?it (?:true |right |correct |so )?that\s++(.*[^\s?])[\s?]*+$",
        r"(?i)^\s*+how come\s++(.*[^\s?])[\s?]*+$",
        r"(?i)^\s*+(?:so |and |but )?(?:why|how come|(?:by )?how much|how far|how|when|where|to what extent)\s++"
        rf"{_AUX}\s++(.*[^\s?])[\s?]*+$",
    )
]
"""Questions that take a whole statement for granted."""
_POLAR = re.compile(
    rf"(?i)^\s*+(?P<lead>(?:(?!\b(?:what|which|who|whom|whose|why|how|when|where)\b)[^?.!]){{1,120}},\s++)?+{_AUX}(?:n['’]t)?\s++"
    r"(?!you\b)(?P<rest>.*[^\s?])[\s?]*+$"
)
"""A question that is answered by yes or no, an adverbial in front; a request ("can you ...") is none."""
_TAG = re.compile(
    rf"(?i)^(?P<said>[^?]{{3,}}?),\s*(?:right|correct|true|yes|no|{_AUX}n['’]t (?:it|they|he|she|this|that|there))\s*\?+\s*$"
)
"""A statement with a tag: "..., doesn't it?"."""
_IS_TRUE = re.compile(r"(?i)^\s*+is it (?:true |right |correct |so )?that\s++(?P<said>.*[^\s?])[\s?]*+$")
_PASSES = re.compile(r"(?i)\b(?:pass|top|cross|clear|break)(?=\s+(?:the\s+)?[\d$€£])")
_REACHES = re.compile(r"(?i)\b(reach|hit|get (?:up )?to|make it to)(?=\s+[\d$€£])")
_PARTICLE = re.compile(r"(?i)\b(end(?:s|ed|ing)?|(?:mak|tak|com)(?:es?|ing)|made|took|came|sets?|turn(?:s|ed)?) (?:up|out)\b")
"""Verbs whose particle is no direction: what ends up lower is not up."""


class Premise(NamedTuple):
    """The statement that a question takes for granted."""

    text: str
    """The statement taken for granted, or asked for confirmation; the whole question where there is none."""
    stated: bool
    """Whether the question takes `text` for granted: why, how, since."""
    polar: bool = False
    """Whether the question is answered by yes or no, `text` being the statement that is to be confirmed."""


def premise(question: str) -> Premise:
    """The premise of `question`."""
    match = next((match for pattern in _STATEMENTS if (match := pattern.match(question))), None)
    if match and (truth := _IS_TRUE.match(question)):
        return Premise(_bounded(truth["said"]), stated=True, polar=True)
    if match:
        return Premise(_PARTICLE.sub(r"\1", match.group(1)), stated=True)
    if polar := _TAG.match(question) or _POLAR.match(question):
        groups = polar.groupdict()
        said = groups.get("said") or f"{groups.get('lead') or ''}{groups['rest']}"
        return Premise(_bounded(said), stated=False, polar=True)
    return Premise(question.strip(" ?"), stated=False)


def _bounded(said: str) -> str:
    """A statement to be confirmed, its verbs of passing and reaching as bounds: who asks whether 70% is passed asks for more."""
    return _REACHES.sub(r"\1 at least", _PASSES.sub("exceed", said))
