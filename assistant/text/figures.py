"""Figures in text, with their units, so that "1.64 million" and "1,640,000", or "threefold" and "3x", are one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class Figure(NamedTuple):
    """A figure that a text states."""

    value: float
    unit: str
    """"%", "x", "th" for ordinals, a unit of `UNITS`; empty where it stands alone or before a word that is no unit."""
    start: int
    end: int
    """Offsets in the text, unit included."""
    text: str
    """As written, unit included."""
    decimals: int
    """Digits after the point; where it was rounded by a scale ("1.6M"), below zero."""


_ONES = "one two three four five six seven eight nine ten eleven twelve".split()
_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: number for number, word in enumerate(_ONES + _TEENS, 1)} | {"dozen": 12}
_LARGE = {word: 10 * number for number, word in enumerate(_TENS, 2)}
_ORDINALS = {word: number for number, word in enumerate("second third fourth fifth sixth seventh eighth ninth tenth".split(), 2)}
_MULTIPLES = {
    "x": "double doubles doubled doubling twice twofold|triple triples tripled tripling thrice threefold|"
    "quadruple quadruples quadrupled fourfold|fivefold|sixfold|sevenfold|eightfold|ninefold|tenfold"
}
_FACTORS = {word: value for value, group in enumerate(_MULTIPLES["x"].split("|"), 2) for word in group.split()}
_SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
    "k": 3, "K": 3, "M": 6, "mn": 6, "bn": 9, "B": 9, "T": 12,
}  # fmt: skip
"""Powers of ten; the letters only behind digits."""

UNITS = {
    name: unit
    for unit, names in {
        "%": "% percent percentage percents pct",
        "point": "point points pp",
        "x": "x X times fold",
        "th": "th st nd rd",
        "bit": "bit bits",
        "KB": "KB kB kilobyte kilobytes", "MB": "MB MiB megabyte megabytes", "GB": "GB GiB gigabyte gigabytes",
        "TB": "TB TiB terabyte terabytes",
        "us": "us µs μs microsecond microseconds", "ms": "ms msec millisecond milliseconds", "s": "s sec secs second seconds",
        "min": "min mins minute minutes", "h": "h hr hrs hour hours", "day": "day days", "week": "week weeks",
        "month": "month months", "year": "year years yr yrs",
        "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz", "W": "W watt watts", "kWh": "kWh", "dB": "dB",
        "mm": "mm millimeter millimeters", "cm": "cm centimeter centimeters", "m": "m meter meters metre metres",
        "km": "km kilometer kilometers kilometre kilometres", "mg": "mg", "g": "g gram grams", "kg": "kg", "ml": "ml mL",
        "FLOPs": "FLOP FLOPs FLOPS", "GPU": "GPU GPUs", "fps": "fps FPS",
    }.items()
    for name in names.split()
}  # fmt: skip
"""Spellings of units; other words behind a figure are no units, but what is counted."""

_NUMBER = re.compile(
    r"(?<!\w)(?<!\d\.)(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
    r"|\b(?=[dnefoqst])(?:(?P<tens>" + "|".join(_TENS) + r")(?:[- ](?P<ones>" + "|".join(_ONES[:9]) + r"))?"
    r"|(?P<small>" + "|".join(sorted(_SMALL, key=len, reverse=True)) + r")(?P<dozens>[- ]dozen)?"
    r"|(?P<factor>" + "|".join(_FACTORS) + r")(?!-)|(?P<ordinal>" + "|".join(_ORDINALS) + r"))\b",
    re.IGNORECASE,
)
"""The initials are looked at first: where letters of both cases match, `re` tries each alternative otherwise."""
_LONGEST_NAME = 40
_IN_NAME = re.compile(rf"[^\W\d_][\w.@-]{{,{_LONGEST_NAME}}}[-@.]$")
"""The end of the text before digits that belong to a name."""
_BEHIND = re.compile(r"(\s|-)?(%|[A-Za-zµμ]+)")
_NTHS = {word: number for number, word in enumerate("third quarter fifth sixth seventh eighth ninth tenth".split(), 3)}
_NTH = "|".join(_NTHS)
_SHARE = re.compile(
    rf"\b(?=[ahotfsen1])(?:halve[sd]?|halving|(?:(?:one|an?|1)[- ])?half|(?:one|a|an|1)[- ](?P<one>{_NTH})(?=\s+(?:of|the)\b)"
    rf"|(?P<count>{'|'.join(_ONES[1:9])})[- ](?P<more>{_NTH})s)\b",
    re.IGNORECASE,
)


def figures(text: str) -> list[Figure]:
    """List the figures that a text states.

    Digits inside a name ("GPT-4", "miniF2F", "top-5", "pass@32", "4o") are no figures. Number words, ordinals from the
    second on, multiples ("twofold") and shares ("half", "two thirds") are.

    Args:
        text: cleaned by `text.clean`.

    Returns:
        The figures, in the order of the text.
    """
    found: list[Figure] = []
    for match in _SHARE.finditer(text):
        nth = match["one"] or match["more"]
        share = 100 * _SMALL[(match["count"] or "one").lower()] / (_NTHS[nth.lower()] if nth else 2)
        found.append(Figure(share, "%", *match.span(), match.group(), 0))
    taken = [(figure.start, figure.end) for figure in found]
    end = 0
    for match in _NUMBER.finditer(text):
        if match.start() < end or any(start < match.end() and match.start() < stop for start, stop in taken):
            continue
        if figure := _figure(text, match):
            found.append(figure)
            end = figure.end
    return sorted(found, key=lambda figure: figure.start)


def _figure(text: str, match: re.Match[str]) -> Figure | None:
    kind = match.lastgroup or ""
    end, decimals, unit = match.end(), 0, ""
    if kind == "digits":
        if _IN_NAME.search(text[max(0, match.start() - _LONGEST_NAME) : match.start()]):
            return None
        written = match.group("digits").replace(",", "")
        value, decimals = float(written), len(written.partition(".")[2])
    elif kind == "factor":
        return Figure(_FACTORS[match.group("factor").lower()], "x", *match.span(), match.group(), 0)
    elif kind == "ordinal":
        return Figure(_ORDINALS[match.group("ordinal").lower()], "th", *match.span(), match.group(), 0)
    elif kind in ("small", "dozens"):
        value = float(_SMALL[match.group("small").lower()] * (12 if kind == "dozens" else 1))
    else:
        value = float(_LARGE[match.group("tens").lower()] + _SMALL.get((match.group("ones") or "").lower(), 0))
    # a scale, then a unit, each after a space, a hyphen or nothing
    for table in (_SCALES, UNITS):
        behind = _BEHIND.match(text, end)
        if not behind:
            break
        apart, word = behind.groups()
        # of one letter, "5 s" but not "five s", and "5M" but not "5 M"
        known = word in table and (len(word) > 1 or word == "%" or (kind == "digits" and (table is UNITS or not apart)))
        if known and table is _SCALES:
            value, decimals, end = value * 10 ** _SCALES[word], decimals - _SCALES[word], behind.end()
        elif known and not (word == "s" and not apart and len(match.group()) == 4):  # but "the 1980s"
            unit, end = UNITS[word], behind.end()
            if points := re.match(r" points?\b", text[end : end + 7]):
                unit, end = "point", end + points.end()
        elif kind == "digits" and not apart and table is UNITS and word != "s":
            return None  # a name that begins with a figure, as "4o"
    return Figure(value, unit, match.start(), end, text[match.start() : end], decimals)


_ALIKE = ({"%", "point"}, {"x", ""})


def same_kind(one: Figure, other: Figure) -> bool:
    """Whether two figures can be compared: their units are the same, or one has none."""
    units = {one.unit, other.unit}
    return len(units) == 1 or "" in units or units in _ALIKE


def same(stated: Figure, source: Figure, *, loosely: bool = False) -> bool:
    """Compare two figures.

    Args:
        stated: the figure of a claim.
        source: the figure of a source.
        loosely: the claim hedges its figure ("about", "nearly", "more than").

    Returns:
        Whether the figures are equal, or `stated` is `source` rounded to fewer digits; with `loosely`, within 5 %.
    """
    if not same_kind(stated, source):
        return False
    units = {stated.unit, source.unit}
    values = [source.value]
    if units == {"%", ""}:  # 0.45 and 45 %
        values += [source.value * 100] if stated.unit == "%" else [source.value / 100]
    return any(
        abs(stated.value - value) <= 1e-9 * max(1.0, abs(value))
        or (stated.decimals < source.decimals and (stated.value >= 10 or stated.decimals > 0) and _rounds(stated, value))
        or (loosely and abs(stated.value - value) <= 0.05 * abs(value))
        for value in values
    )


def _rounds(stated: Figure, value: float) -> bool:
    return abs(stated.value - value) <= 0.5 * 10.0**-stated.decimals


def stands(stated: Figure, source: Iterable[Figure], *, loosely: bool = False) -> bool:
    """Whether one of the figures of `source` says what `stated` does."""
    return any(same(stated, figure, loosely=loosely) for figure in source)
