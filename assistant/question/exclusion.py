"""What a question leaves out: "papers that do not use Lean", "except LeanDojo, which papers ...".

Abstracts are found by what they say, so papers that leave something out are not found by a search for it.
"""

from __future__ import annotations

import re

from assistant import text
from assistant.text.terms import terms

_EXCLUDED = [
    re.compile(r"(?i)\b(?:other than|except(?: for)?|excluding|apart from|aside from|besides)\s+(?:the )?(?P<rest>[^\s,;?]{1,60})"),
    re.compile(r"(?i)\b(?:do|does|did|are|is|was|were|have|has|had|can|could)(?:\s+not|n['\u2019]t)\s+(?P<rest>[^,;?]{1,100})"),
    re.compile(r"(?i)\b(?:without|but (?:not|no)|neither)\s+(?P<rest>[^,;?]{1,100})"),
]
_LIGHT = frozenset(
    term
    for word in """use uses using mention report results have contain involve need require consider discuss about on deal
    study cover include release provide rely depend paper papers""".split()
    for term in terms(word)
)
"""Words of an exclusion that do not name what is left out."""


def excluded(question: str) -> tuple[str, frozenset[str]] | None:
    """What the papers asked for are not to have.

    Args:
        question: a question for papers; "which activation functions besides ReLU" is answered by an abstract that names both.

    Returns:
        The words of the question, and their stems; None where nothing is excluded.
    """
    plain = text.clean(question)
    match = next((found for each in _EXCLUDED if (found := each.search(plain))), None)
    if not match:
        return None
    said = match["rest"].strip(" .!\"'")
    stems = frozenset(terms(said)) - _LIGHT
    return (said, stems) if stems else None
