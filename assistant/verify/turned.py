"""Lines over a list that deny, such as "LexEmbed does not have:": each item below says what the line and the item say together."""

from __future__ import annotations

import re

from assistant import text
from assistant.text.stems import stem
from assistant.verify.clauses import AUXILIARIES, DENYING, REPORTING, SAYING

_DENIAL = r"\b(?:not|no|never|none|nor|neither|nobody|nothing|cannot|without|unlike)\b|n['’]t\b"
_DENIES = re.compile(rf"(?i){_DENIAL}")
_SOURCE = re.compile(
    rf"(?i){_DENIAL}|\b(?:lack|fail|exclu|omit|absen|missing|refus|reject|avoid|instead|except|rather than|only|free|disappear"
    r"|unable|unavailab|un\w+ed\b)"
)
"""Words of a source that states what something is not, has not or does not."""
UNDENIED = "the line above denies it, and the source does not"
"""The reason where a source holds what a line denies."""
_WITHOUT = re.compile(
    r"(?i)\b(?:lack|omit|exclu|miss|absen|refus|reject|avoid|den(?:y|ie)|disput|contradict|dispens|forgo)\w{0,6}(?:\s(?:to|of|from|out|with|by))?\W*$"
)
"""A line whose last word says that what stands below it is not there."""
_EMPTY = REPORTING | SAYING | frozenset(map(stem, "true case following hold correct right fact point none here".split()))
"""Stems of a line that only says that what stands below it is so, or with a denial that it is not."""
_BEGINS = frozenset("it they this these we he she there".split())
_ENDS = re.compile(r"(?<![\s*_])[\s*_]*[:：][\s*_]*$")


def turns(line: str, item: str) -> bool:
    """Whether a line leads in an item below it and denies it; one that states something itself denies no whole sentence."""
    line, colon = _ENDS.subn("", line)
    stems = {stem(word.removesuffix("ly")) for word in text.content_words(line)}
    untrue = not stems.isdisjoint(DENYING)
    stems -= {stem(word) for name in text.names(line) for word in text.words(name)}
    if not colon or not (_DENIES.search(line) or untrue or _WITHOUT.search(line)):
        return False
    bare = (_EMPTY | DENYING).issuperset(stems)
    return bare if whole(item) else bare or not untrue


def whole(item: str) -> bool:
    """Whether an item is a sentence that stands by itself."""
    words = item.lower().split()
    return item.rstrip()[-1:] in ".!?" or words[0] in _BEGINS or not AUXILIARIES.isdisjoint(words)


def joined(line: str, item: str) -> str:
    """The sentence that a line and an item below it make together."""
    first, *rest = item.split(" ", 1)
    begins = first.lower() if first[:1].isupper() and first[1:].islower() or first in ("A", "I") else first
    return " ".join((_ENDS.sub("", line), begins, *rest))


def denied(quote: str) -> bool:
    """Whether a sentence of a source states what is not."""
    return bool(_SOURCE.search(quote))
