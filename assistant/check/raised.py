r"""Raised numbers, as citations or powers: superscripts of Word, `<sup>2</sup>`, `^2^`, `$^{2}$`, `\textsuperscript{2}`."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.check.masks import Mask

UP, DOWN = "\x0e", "\x0f"
"""Stand around raised text in a draft that is being read; no XML holds them."""
NUMBERS = re.compile(rf"{UP}\s?(?!0)(\d{{1,3}}(?:\s?[,;\u2013-]\s?\d{{1,3}}){{0,30}})\s{{0,30}}{DOWN}")
"""A citation as `lay` writes it."""
_NUMBERS = re.compile(r"\s*\[?([1-9]\d{0,2}(?:\s*[,;–-]\s*[1-9]\d{0,2})*)\]?([,;.]?)\s*")
_BASE = re.compile(r"(?<![\w.,])(?:10|\d|[kcdmnµμ]?m|ft|[^\W\d_])$|[/·×*^]\s?(?:10|[^\W\d_]{1,2})$")
"""A number, unit or letter whose raised number is a power, where the power is small."""
_LOOKED_BACK = 8
_SMALL, _TEN = frozenset("01234"), "10"
"""Powers of units and letters; those of ten may be any."""
_POWERS = str.maketrans("0123456789+-\u2212\u2013=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")
_SET = r"[\d\s,;.\[\]+\u2212\u2013-]{1,40}"
_UNBROKEN = _SET.replace(r"\s", "")
"""Pandoc raises nothing with blanks: `3^2 + 4^2`."""
_TEX = rf"\\textsuperscript\s?\{{({_SET})\}}|\$\^(?:\{{({_SET})\}}|(\d))\$"
_MARKED = {
    "latex": re.compile(_TEX),
    "markdown": re.compile(rf"<sup>({_SET})</sup>|(?<![\^\[])\^({_UNBROKEN})\^|{_TEX}", re.IGNORECASE),
}
"""Syntax -> raised numbers in it."""


class Raised(NamedTuple):
    """What a raised text is."""

    text: str
    """As plain text: a power of a number, unit or letter, "²", or the numbers of a citation, "2,3"."""
    cites: bool
    stop: str = ""
    """What stands behind the numbers of a citation."""


def read(raised: str, content: str, start: int, end: int) -> Raised:
    """Tell a citation from a power.

    Args:
        raised: the raised text.
        content: the text around it.
        start: where in the text it begins, its markup included.
        end: where that ends.

    Returns:
        What it is.
    """
    before = content[max(0, start - _LOOKED_BACK) : start]
    numbers, base = _NUMBERS.fullmatch(raised), _BASE.search(before)
    small = raised.strip() in _SMALL or (raised.strip().isdecimal() and before.endswith(_TEN))
    isotope = not before[-1:].strip() and content[end : end + 1].isalpha()  # "¹³C"
    if numbers and not (base and small) and not isotope:
        return Raised(numbers[1], True, numbers[2])
    return Raised(raised if any(sign.isalpha() for sign in raised) else raised.translate(_POWERS), False)


def lay(mask: Mask, content: str, syntax: str) -> None:
    """Write the raised numbers of a masked draft, each as plain text in the place of its markup, citations for `NUMBERS`."""
    for match in _MARKED[syntax].finditer(content):
        given = next(filter(None, match.groups()))
        if any(map(str.isdecimal, given)):
            found = read(given, content, *match.span())
            room = match.end() - match.start() - len(found.stop)
            shown = f"{UP}{found.text}".ljust(room - 1) + DOWN + found.stop if found.cites else found.text
            mask.write(match.start(), match.end(), shown)
