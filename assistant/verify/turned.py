"""Lines over a list that deny, such as "LexEmbed does not have:": each item below says what the line and the item say together."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
HEADED = "its heading denies it"
"""The reason for a sentence below a heading that denies, where no source states the denial."""
_WITHOUT = re.compile(
    r"(?i)\b(?:lack|omit|exclu|miss|absen|refus|reject|avoid|den(?:y|ie)|disput|contradict|dispens|forgo)\w{0,6}(?:\s(?:to|of|from|out|with|by))?\W*$"
)
"""A line whose last word says that what stands below it is not there."""
_EMPTY = REPORTING | SAYING | frozenset(map(stem, "true case following hold correct right fact point none here".split()))
"""Stems of a line that only says that what stands below it is so, or with a denial that it is not."""
_WHAT = re.compile(
    rf"(?i)(?:what|things|points)\b.*(?:{_DENIAL}|\b(?:lack|omit|miss|exclude)(?:s|es|ed|ing)?\W*$|\bleaves? out\W*$)"
)
"""A heading that names what is not so by a relative clause."""
_UNPROVED = re.compile(r"(?i)\bun(?:supported|prove[dn]|verified|founded|grounded|confirmed|stated)\b")
_PROVING = frozenset(map(stem, "support prove verify confirm ground cover include believe".split()))
"""Stems of a heading that only says that what stands below it is proved, or with a denial that it is not."""
_SAYINGS = frozenset(map(stem, "falsehood fallacy hoax lie misconception misreading misstatement myth rumour".split()))
"""Sayings that are untrue, of whatever kind: "Common myths"."""
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


def heads(heading: str, sources: Sequence[str]) -> bool:
    """Decide whether a heading denies the sentences that stand below it: "False claims", "What the paper does not say".

    Args:
        heading: the heading.
        sources: what its sentences cite; a heading of one word that stands there is a topic, such as "Errors".

    Returns:
        Whether it denies.
    """
    heading = _ENDS.sub("", heading)
    if text.asks(heading):
        return False
    if _WHAT.match(heading):
        return True
    stems = [stem(word) for word in text.content_words(_UNPROVED.sub("", _DENIES.sub("", heading)))]
    if len(stems) == 1 and any(stems[0] in map(stem, text.words(source)) for source in sources):
        return False
    if stems and stems[-1] in _SAYINGS:
        return True
    denies = _DENIES.search(heading) or _UNPROVED.search(heading) or not DENYING.isdisjoint(stems)
    return bool(denies) and (_EMPTY | DENYING | _PROVING).issuperset(stems)


def whole(item: str) -> bool:
    """Whether an item is a sentence that stands by itself."""
    words = item.lower().split()
    return item.rstrip()[-1:] in ".!?" or words[0] in _BEGINS or not AUXILIARIES.isdisjoint(words)


def joined(line: str, item: str) -> str:
    """The sentence that a line and an item below it make together."""
    first, *rest = item.split(" ", 1)
    begins = first.lower() if first[:1].isupper() and first[1:].islower() or first in ("A", "I") else first
    return " ".join((_ENDS.sub("", line), begins, *rest))


def untrue(item: str) -> str:
    """The sentence that a heading makes of a sentence below it."""
    return f"It is not true that {joined('', item).strip()}"


def denied(quote: str) -> bool:
    """Whether a sentence of a source states what is not."""
    return bool(_SOURCE.search(quote))
