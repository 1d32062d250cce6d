"""Where the sentences of a model end: anywhere that something else could ride along with a true sentence."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from assistant import text
from assistant.text import marks

_STOP = re.compile(
    r"[.!?\u2026\u203c\u2047-\u2049\uff01\uff0e\uff1f\uff61\u061f\u06d4\u0964\u0965]+[\"'\u201d\u2019\u00bb)\]}*_]{0,4}"
)
_STOPS = tuple(".!?")
_PLAIN = frozenset(".\u2026\uff0e")
"""Stops that stand in abbreviations, numbers and names too."""
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[{\"'/])(?:e\.?g|i\.?e|i\.i\.d|et al|al|vs|cf|viz|etc|resp|approx|ca|ibid|incl|esp|min|max|avg|std|dept|univ"
    r"|assoc|vol|eds?|pp?|ch|no|nos|w\.?r\.?t|figs?|eqs?|tab|secs?|app|refs?|dr|prof|mrs?|ms|jr|sr|st|inc|ltd|corp|co|[^\W\d_](?:\.[^\W\d_])*)$",
    re.IGNORECASE,
)
_LEFT = re.compile(r"[^\s]{1,40}$")
_NEXT = re.compile(r"[\"'\u201c\u2018\u00ab(\[{*_]{0,3}([^\W_]+)")
_SUFFIXES = frozenset(
    """com org net edu gov io ai dev co uk de fr eu py js ts md txt json jsonl yaml yml toml csv tsv pdf html htm xml zip tar gz
    lean cpp hpp rs go java ipynb sh bib tex sty png jpg svg onnx safetensors gguf bin pt pth npz npy parquet exe dll so conf
    cfg ini log array nn path linear random utils core math optim""".split()
)
"""Ends of domains, of names of files and of modules."""
_HELD = re.compile(r"https?://\S+|www\.\S+|[\w.+-]{1,60}@[\w.-]{1,200}|`[^`\n]{1,200}`")
"""Links, addresses and code, within which nothing ends."""
_TRAIL = ".,;:!?)"
"""Signs behind a link that belong to the sentence."""
_IMAGE = re.compile(r"(?<!\S)!\[")
"""The beginning of an image, whose sign ends nothing."""
_STYLE = re.compile(r"[*_]*")
_BETWEEN = re.compile(r"[\s,;:)]*")
_SEEN = 160
"""Characters looked at on either side of a stop or a marker."""
_APART = re.compile(r"<!-*|-->|[\t\v\f\x1c-\x1f\x85\u2028\u2029]")
"""What parts a sentence from what is not read with it."""
_OPENERS = frozenset(
    """and or but nor yet so while whereas although though because since which who it its they their this these those that he
    she we you there here all none nobody everyone everything nothing a an the also however moreover""".split()
)
"""Words that begin a new clause behind a marker."""
_NAMED = re.compile(
    r"(?i)(?:^|[\s(])(?:to|by|in|from|per|see|of|papers?|sources?|stud(?:y|ies)|abstracts?|works?|refs?\.?|references?|passages?)\s{0,3}$"
)
"""What stands before a marker that stands for its paper in the sentence: "according to [1]", "paper [2]"."""
_CLAUSE = 3
"""Content words of a clause at least."""


def starts(blank: str, marked: Sequence[tuple[int, int]]) -> list[int]:
    """Find where the sentences of a line begin, but for the first.

    Args:
        blank: the line with blanks for its markers.
        marked: the offsets of the markers.

    Returns:
        Offsets in order. A sentence ends at a stop, whether a blank or a capital follows or not, at a marker behind which another
        clause begins, and at a comment or a tab. No stop within a number, a link, a name of a file or code ends one.
    """
    blank = _HELD.sub(lambda match: "x" * len(match.group().rstrip(_TRAIL)) + _trail(match.group()), blank)
    found = {start for start, _ in text.sentences(blank)[1:]}
    found |= {_word(blank, match.end()) for match in _STOP.finditer(blank) if _ends(blank, match)}
    broken = [_word(blank, match.end()) for match in marks.BREAK.finditer(blank)]
    found |= {at for at in broken if blank[at : at + 1].isupper()}
    found |= set(marks.joined(blank))
    found |= {match.start() if match.group()[0] == "<" else _word(blank, match.end()) for match in _APART.finditer(blank)}
    ordered = sorted(found)
    begun = 0
    for start, end in marked:
        if stands_for_paper(blank, start):
            continue
        place = bisect_left(ordered, end)
        begun = max(begun, ordered[place - 1] if place else 0)
        at = end + len(_BETWEEN.match(blank, end, end + _SEEN).group())  # pyright: ignore[reportOptionalMemberAccess]
        stop = ordered[place] if place < len(ordered) else len(blank)
        if at < stop and _clause(blank[max(begun, end - _SEEN) : end], blank[at : min(stop, at + _SEEN)]):
            found.add(at)
            begun = at
    length = len(blank.rstrip())
    return _saying(blank, sorted(start for start in found if 0 < start < length))


def _saying(blank: str, begun: list[int]) -> list[int]:
    """Where sentences begin that say something: signs alone belong to the one behind them, or before them at the end of a line."""
    kept = [0]
    for before, at in pairwise((0, *begun)):
        if not empty(blank[before:at]):
            kept.append(at)
    if empty(blank[kept[-1] :]):
        kept.pop()
    return kept[1:]


def empty(content: str) -> bool:
    """Whether a text holds nothing but blanks and punctuation; a tick or an arrow says something."""
    return all(not char.isalnum() and (char.isascii() or unicodedata.category(char)[0] in "PZ") for char in content)


def apart(blank: str, begun: list[int], struck: Sequence[tuple[int, int]]) -> list[int]:
    """Set sentences that are struck through apart from those around them.

    Args:
        blank: a line with blanks for its markers.
        begun: where its sentences begin, but for the first.
        struck: the offsets of what is struck through.

    Returns:
        Where the sentences begin now. What is struck within a sentence parts nothing.
    """
    found = set(begun)
    for first, last in struck:
        last = min(last, len(blank))
        before = blank[max(0, first - _SEEN) : first].rstrip(" *_")
        if before[-1:] in _STOPS and before:
            inside = begun[bisect_right(begun, first) : bisect_left(begun, last)]
            found.difference_update(at for at in inside[:1] if not text.content_words(text.unstruck(blank[first:at])))
            found.add(_word(blank, max(0, first - _SEEN) + len(before)))
        if text.unstruck(blank[max(first, last - _SEEN) : last]).rstrip(" *_")[-1:] in _STOPS:
            found.add(_word(blank, last + len(_STYLE.match(blank, last).group())))  # pyright: ignore[reportOptionalMemberAccess]
    length = len(blank.rstrip())
    return sorted({at for at in found if 0 < at < length})


def stands_for_paper(line: str, start: int) -> bool:
    """Whether a marker that begins at `start` of a line stands for its paper in the sentence: "according to [1]"."""
    return bool(_NAMED.search(line[max(0, start - _SEEN) : start]))


def _trail(held: str) -> str:
    return held[len(held.rstrip(_TRAIL)) :]


def _word(blank: str, at: int) -> int:
    while at < len(blank) and blank[at].isspace():
        at += 1
    return at


def _ends(blank: str, stop: re.Match[str]) -> bool:
    end = stop.end()
    at = _word(blank, end)
    following = _NEXT.match(blank, at)
    if not following or _IMAGE.match(blank, stop.start()):
        return False
    if not set(stop.group().rstrip("\"'\u201d\u2019\u00bb)]}*_")) <= _PLAIN:
        return at > end or stop.group()[0] not in "!?" or following.group(1)[0].isalpha()
    written = blank[max(0, stop.start() - _SEEN) : stop.start()].rstrip()  # a marker before the stop left blanks
    left, word = _LEFT.search(written[-41:]), following.group(1)
    if not left or (stop.group() == "." and _ABBREVIATION.search(blank[max(0, stop.start() - 13) : stop.start()])):
        return False
    before = left.group()
    closed = before[-1] in "\"'\u201d\u2019\u00bb)]}%" or len(stop.group()) > 1 or blank[stop.start() - 1].isspace()
    if at > end:
        return closed or before[-1].isdigit() or before[-2:].isalpha()
    rest = blank[following.end() : following.end() + 1]
    if word[0].isdigit():
        return before[-3:].isalpha() and before[-3:].islower() and (not rest or rest.isspace())
    if len(word) == 1 and word not in "aAI":
        return False
    if closed:
        return True
    if before[-1].isdigit():
        return len(word) > 1 and word[0].isupper() and word[1:2].islower()
    if not before[-2:].isalpha() or "/" in before or "." in before or rest in (".", "_", "/", "("):
        return False
    if word[0].isupper():
        return before[0].islower() or not (word.isupper() and len(word) < 4)
    return word in text.STOP_WORDS or (word not in _SUFFIXES and len(word) > 2 and rest.isspace())


def _clause(before: str, behind: str) -> bool:
    """Whether a marker parts two clauses: what stands before the marker is one, and what stands behind begins another."""
    following = _NEXT.match(behind)
    if not following or len(text.content_words(before)) < _CLAUSE or not text.content_words(behind):
        return False
    first = following.group(1)
    return first.lower() in _OPENERS or first[0].isupper()
