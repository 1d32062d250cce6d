"""Questions to parts: what a comparison or a double question asks about, each to be searched for by itself."""

from __future__ import annotations

import re

from assistant import text
from assistant.question.names import subjects

Span = tuple[int, int]
MOST = 4
"""Further parts are ignored, unless they name something: a longer list of descriptions is more than one answer covers."""
MANY = 8
"""At most this many parts are searched for, those with names among them; an answer says which names it does not reach."""
_JOINT = r"and|or|versus|vs\.?|compared (?:with|to)|differ(?:s|ent)? from|with|than"
# white space is met where it begins, and only there: else a long stretch of it takes quadratic time
_CUT = re.compile(rf"(?<=[.?!;])\s+|(?:,|(?<!\s)(?=\s))\s+(?:{_JOINT})\s+|,\s+", re.IGNORECASE)
_SEVERAL = re.compile(
    r"\b(?:and|or|both|between|versus|vs|respectively|in common|compar\w+|contrast\w*|differ\w*|relat\w+ to)\b", re.IGNORECASE
)


def parts(question: str) -> list[Span]:
    """Find the parts of a question about several things.

    Returns:
        The offsets of the parts, each with at least one content word; none where the question is about one thing.
    """
    spans = _spans(question)
    return [*spans[:MOST], *(span for span in spans[MOST:] if subjects(question[slice(*span)]))][:MANY]


def _spans(question: str) -> list[Span]:
    """The offsets of all parts; none where the question is about one thing."""
    if not _SEVERAL.search(question):
        return []
    spans: list[Span] = []
    start = 0
    for first, last in [*(match.span() for match in _CUT.finditer(question)), (len(question), len(question))]:
        if text.content_words(question[start:first]):
            spans.append((start, first))
        start = last
    return spans if len(spans) > 1 else []
