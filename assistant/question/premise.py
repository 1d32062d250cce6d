"""The premise of a question: the statement that the question takes for granted."""

from __future__ import annotations

import re
from typing import NamedTuple

_AUX = r"(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)"
_STATEMENTS = [
    re.compile(pattern)
    for pattern in (
        r"(?i)^\s*+(?:given that|since|because|as|now that|considering that)\s++(.+?),",
        r"(?i)^\s*+(?:why|how come|how|is) (?:is )?it (?:true |right |so )?that\s++(.*[^\s?])[\s?]*+$",
        r"(?i)^\s*+(?:so |and |but )?(?:why|how come|(?:by )?how much|how far|how|when|where|to what extent)\s++"
        rf"{_AUX}\s++(.*[^\s?])[\s?]*+$",
    )
]
"""Questions that take a whole statement for granted."""
_PARTICLE = re.compile(r"(?i)\b(end(?:s|ed|ing)?|(?:mak|tak|com)(?:es?|ing)|made|took|came|sets?|turn(?:s|ed)?) (?:up|out)\b")
"""Verbs whose particle is no direction: what ends up lower is not up."""


class Premise(NamedTuple):
    """What a question takes for granted."""

    text: str
    """The statement taken for granted; the whole question where there is none."""
    stated: bool
    """Whether `text` is such a statement."""


def premise(question: str) -> Premise:
    """The premise of `question`."""
    match = next((match for pattern in _STATEMENTS if (match := pattern.match(question))), None)
    return Premise(_PARTICLE.sub(r"\1", match.group(1)), True) if match else Premise(question.strip(" ?"), False)
