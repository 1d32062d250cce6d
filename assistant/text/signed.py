"""Signs that stand at figures, such as "≤", "$" or a raised digit, and the versions behind names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from assistant.text.units import CURRENCIES

_NUMBER = re.compile(r"(?<![\w.^])\d{1,30}(?:[.,]\d{1,30}){0,10}")
_BEFORE = "−–-±√#¬<>=≤≥≲≳≪≫~≈∼≃" + "".join(sign for sign in CURRENCIES if len(sign) == 1)
_AHEAD = re.compile(rf"[{re.escape(_BEFORE)}](?:\s?[{re.escape(_BEFORE)}]){{0,3}}\s?$")
_BOUND = re.compile(
    r"(?i)\b(?:(?P<most>at most|(?:no|not) (?:more|greater|higher) than)|at least|(?:no|not) (?:less|fewer|lower) than)\s?[(\"']?$"
)
_BOUND_BEHIND = re.compile(
    r"(?:\s?%|\sper\s?cent)?"
    r"(?:\+(?!\w)|\s(?:(?P<most>or (?:less|fewer|below|lower)|at most)|or (?:more|above|higher|over)|at least)\b)"
)
_LONGEST = 24
"""Characters before and behind a number in which the words of a bound stand."""
_PRIMES = "′″‴‰‱"
_PLAIN = "®©™✓✔"
_BEHIND = re.compile(r"[\^_]\{?[\w+−-]{1,10}|!(?=\s[a-z])|[⁰¹²³⁴-⁹⁺⁻]{1,10}|[^\x00-\x7f\s]")
_PERCENT = re.compile(r"\s?(?:%|per\s?cent)")
_HEDGES = dict.fromkeys(map(ord, "~≈∼≃= \u00a0\u2009\u202f"))
"""Signs that say no more than "about"."""
_SAME = {"-": "−", "–": "−", "≲": "≤", "≳": "≥", "≪": "<", "≫": ">"}
_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_RAISED = str.maketrans(_HIGH, "0123456789+−")


class Signed(NamedTuple):
    """A number in digits and the signs that stand at it."""

    digits: str
    """Without commas."""
    signs: tuple[str, ...]
    """Those before it and those behind it, in one spelling each; the per cent sign is none."""
    percent: bool
    """Whether a per cent sign stands behind it."""
    written: str
    """The number with its signs."""
    start: int
    end: int
    """Offsets in the text, signs included."""


def signed(text: str) -> Iterator[Signed]:
    """Yield the numbers of a text that are written in digits, with the signs at them.

    A sign before a number may stand apart by a blank, but for a minus sign, which is a dash then. Signs that say "about" are none,
    and so are dashes behind a letter or a digit, and punctuation that is no part of mathematics.

    Args:
        text: a readable view (`text.view.View`), with its raised and lowered digits.
    """
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        signs: list[str] = []
        last = text[start - 2 : start].strip()[-1:] if start > 1 else text[:start]
        if last in _BEFORE and last and (ahead := _ahead(text, start)):
            signs += [_SAME.get(sign, sign) for sign in ahead.translate(_HEDGES)]
            start -= len(ahead)
        elif text[start - 1 : start] == " " and last in "tn" and (bound := _BOUND.search(text, max(0, start - _LONGEST), start)):
            if _tells(match.group(), text[end : end + 1]):
                signs.append("≤" if bound["most"] else "≥")
                start = bound.start()
        following = text[end : end + 1]
        if following in "% +" and (bound := _BOUND_BEHIND.match(text, end, end + _LONGEST)):
            if _tells(match.group(), following):
                signs.append("≤" if bound["most"] else "≥")
                yield Signed(
                    match.group().replace(",", ""), tuple(signs), "%" in bound.group(), text[start : bound.end()], start, end
                )
                continue
        elif following and (following in "^_!" or following > "~") and (behind := _BEHIND.match(text, end)):
            if sign := _tail(behind.group()):
                signs.append(sign)
                end = behind.end()
        percent = _PERCENT.match(text, end) if following in "% p" else None
        end = percent.end() if percent else end
        yield Signed(match.group().replace(",", ""), tuple(signs), percent is not None, text[start:end], start, end)


def _ahead(text: str, start: int) -> str:
    """The signs before a number, as written; empty where they are a dash or part of a word."""
    ahead = _AHEAD.search(text, max(0, start - 12), start)
    if not ahead:
        return ""
    outer, written = text[ahead.start() - 1 : ahead.start()], ahead.group()
    apart = written[-1].isspace() and written[-2] in "−–-#=" and written[-3:-1] not in ("<=", ">=")
    return "" if outer.isalnum() or outer in (")", "%", "_", "/") or apart else written.replace("<=", " ≤").replace(">=", " ≥")


def _tells(number: str, following: str) -> bool:
    """Whether a bound of a number is worth a look: "at least 2" is often said of two."""
    return len(number) > 1 or following in ("%", "+")


def _tail(written: str) -> str:
    """The sign behind a number; empty where it says nothing of the number's value."""
    if written[0] in _HIGH:
        return f"^{written.translate(_RAISED)}"
    if written[0] in "^_!":
        return written.replace("{", "")
    told = written in _PRIMES or (unicodedata.category(written) in ("No", "Nd", "Nl", "Sk", "So") and written not in _PLAIN)
    return written if told else ""


# Versions

_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9", "X": "10", "I": "1"}
_VERSION = r"\d{1,2}(?:\.\d{1,2}){0,2}"
_NAMED = re.compile(rf"(?<=[^\W\d_])\s(?P<number>{_VERSION}|I{{1,3}}|I?[VX]|VI{{1,3}})(?![\w%°]|[.,]\d|\s?%|[-–/]\d|['’])")
"""A blank behind a letter, and a number below 100."""
_WORD = re.compile(r"[^\W\d_](?:[\w@-]{0,40}[^\W\d_])?$")
_LETTERS = re.compile(r"(?<![^\W\d_])[^\W\d_]+$")
_HELD = re.compile(
    rf"(?<![^\W\d_])(?P<name>[^\W\d_]{{2,40}})[\s@_-]{{0,2}}(?:[vV]\.?\s?)?(?P<numbers>{_VERSION}(?!\d)"
    rf"(?:\s?(?:,|/|&|and|or|to|–|-)\s?-?{_VERSION}(?![\d.]*\w)){{0,4}}|(?<=\s)(?:I{{1,3}}|I?[VX]|VI{{1,3}})(?!\w))"
)
_ONE = re.compile(rf"{_VERSION}|[IVX]+")


class Version(NamedTuple):
    """A number behind a word."""

    word: str
    """As written."""
    name: str
    """The last letters of the word in lower case: prover of Goedel-Prover."""
    number: str
    """In Arabic digits, without a last ".0"."""
    written: str
    """The number as written."""
    start: int
    """Offset of the word."""
    at: int
    """Offset of the number."""
    end: int


def numbered(text: str) -> Iterator[Version]:
    """Yield each number below 100 that stands behind a word and a blank: "Llama 2.5", "LeanDojo II", "Table 3", "phase 2"."""
    for match in _NAMED.finditer(text):
        word = _WORD.search(text, max(0, match.start() - 42), match.start())
        if word and (last := _LETTERS.search(word.group())):
            number = match["number"]
            yield Version(
                word.group(), last.group().lower(), _arabic(number), number, word.start(), match.start("number"), match.end()
            )


def versions(text: str) -> set[tuple[str, str]]:
    """The names of a text and the numbers at them, with or without a blank or a hyphen: GPT-4, GPT 4 and GPT4, Llama 2 and 3."""
    found: set[tuple[str, str]] = set()
    for match in _HELD.finditer(text):
        numbers = [_arabic(number) for number in _ONE.findall(match["numbers"])]
        name = match["name"].lower()
        for each in (name, name[:-1]) if name.endswith("v") else (name,):  # YOLOv5
            found.update((each, number) for number in numbers)
    return found


def _arabic(number: str) -> str:
    number = _ROMAN.get(number, number)
    while number.endswith(".0"):
        number = number[:-2]
    return number
