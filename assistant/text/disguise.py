"""Words that a reader reads otherwise than a program does: unmasked, and told apart where nothing unmasks them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters that show nothing."""
_APOSTROPHE = re.compile(
    r"(?<=[^\W\d_])[`\u00b4\u02b9\u02bb-\u02bd\u02c8\u02ca\u02cb\u055a\u05f3\u2018\u2019\u201b\u2032\u2035\ua78c\uff07\uff40]"
    r"(?=[^\W\d_])"
)
_SHOWS = re.compile(r"(?:LATIN[A-Z ]* |REGIONAL INDICATOR SYMBOL )LETTER (?:SMALL CAPITAL )?([A-Z])$")
"""Names of characters that show one Latin letter: small capitals, letters in squares and circles, those of flags."""
_ALIKE = {
    ord(unicodedata.lookup(f"{kind} {name}")): letter
    for kind, pairs in {
        "CYRILLIC SMALL LETTER": """A:a ES:c IE:e SHHA:h BYELORUSSIAN-UKRAINIAN_I:i JE:j KA:k PALOCHKA:l EM:m O:o ER:p QA:q DZE:s
        TE:t IZHITSA:v WE:w HA:x U:y KOMI_DE:d""",
        "CYRILLIC CAPITAL LETTER": """A:A VE:B ES:C IE:E EN:H BYELORUSSIAN-UKRAINIAN_I:I JE:J KA:K EM:M O:O ER:P DZE:S TE:T HA:X
        U:Y""",
        "GREEK SMALL LETTER": "ALPHA:a EPSILON:e IOTA:i KAPPA:k NU:v OMICRON:o RHO:p TAU:t UPSILON:u CHI:x",
        "GREEK CAPITAL LETTER": """ALPHA:A BETA:B EPSILON:E ETA:H IOTA:I KAPPA:K MU:M NU:N OMICRON:O RHO:P TAU:T CHI:X UPSILON:Y
        ZETA:Z""",
        "LATIN SMALL LETTER": "ALPHA:a SCRIPT_G:g DOTLESS_I:i DOTLESS_J:j",
        "ARMENIAN SMALL LETTER": "VO:n OH:o SEH:u",
    }.items()
    for name, letter in (pair.replace("_", " ").split(":") for pair in pairs.split())
}
"""Letters of other scripts, and odd Latin ones, to the letters that they look like."""
_WORD = re.compile(r"[^\W\d_]+")
_SPELT = re.compile(
    r"(?=[ncw])(?<![^\W_])(?:n([-.*_\u00b7 ])o\1(?:t|r|n\1e)|n([-.*_\u00b7 ])e\2v\2e\2r|c([-.*_\u00b7 ])a\3n\3n\3o\3t"
    r"|w([-.*_\u00b7 ])i\4t\4h\4o\4u\4t)(?![^\W_])",
    re.IGNORECASE,
)
"""Negations with their letters apart: N.O.T., n-o-t."""
_APART = re.compile(r"(?<![^\W_])(?:[^\W\d_][\s.|_*\u00b7-]{1,3}){5,}[^\W\d_](?![^\W_])")
"""Words with their letters apart."""
_STROKES = r"\u0335-\u0338\u20d2\u20d3\u20e5\u20e6\u20eb"
_STROKE = re.compile(f"[{_STROKES}]")
_OVERLAID = re.compile(rf"[^\W_][{_STROKES}]")
_FIGURE = re.compile(rf"\d[\d.,{_STROKES}]*")
_BARE = re.compile(
    r"\b(?=[iawdhcsm])((?:is|are|was|were|do|does|did|has|have|had|could|would|should|must|ca|wo)n)t\b", re.IGNORECASE
)
"""Negations that lost their apostrophe."""
_UN = re.compile(r"\b[Uu]n-(?=[^\W\d_])")
_SIGN = re.compile(r"!=|=/=|[^\x00-\x7f]")
_DENIES = re.compile(r"\b(?:NOT|NEITHER)\b")
_PLAIN_SIGN = re.compile(r"ARROW|CHECK MARK|(?:BLACK|WHITE) (?:CIRCLE|SQUARE|DIAMOND|STAR)|DEGREE|COPYRIGHT|REGISTERED|TRADE MARK")
"""Names of symbols that only point or adorn."""
_ODD_FORM = re.compile(r"\b(?:TURNED|REVERSED|INVERTED|SIDEWAYS)\b")
_CJK = frozenset(("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"))


def unmasked(text: str) -> str:
    """Write a text as a reader reads it, without what shows nothing, and with Latin letters for those that look like them.

    Format characters such as zero-width spaces and soft hyphens go, and so do combining marks that are part of no letter.
    Full-width, small, circled and mathematical letters become plain ones (NFKC, or the letter in the character's name). In a
    word, letters of other scripts that look like Latin ones become these where the whole word is Latin then. Apostrophes are
    one. The letters of a negation are joined, a lost apostrophe of a negation comes back, and "un-" is "non-".

    Returns:
        The text; offsets differ from those of `text`.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = "".join(char if char < "\x80" else _shown(char) for char in text)
        text = _WORD.sub(_latin, text)
        text = _APOSTROPHE.sub("'", text)
    elif "`" in text:
        text = _APOSTROPHE.sub("'", text)
    text = _BARE.sub(r"\1't", _SPELT.sub(lambda match: re.sub(r"[\W_]", "", match.group()), text))
    return _UN.sub("non-", text) if "n-" in text else text


def unreadable(text: str) -> tuple[str, ...]:
    """What is hard to read in an unmasked text.

    Returns:
        Words whose letters stand apart, words that mix scripts or turn letters, and signs that say something, such as "not equal".
    """
    found = [match.group() for match in _APART.finditer(text)]
    if text.isascii() and "=" not in text:
        return tuple(dict.fromkeys(found))
    found += [match.group() for match in _SIGN.finditer(text) if _says(match.group())]
    if not text.isascii():
        found += [word for word in _WORD.findall(text) if not word.isascii() and _mixed(word)]
    return tuple(dict.fromkeys(found))


def overlaid(text: str) -> tuple[str, ...]:
    """The letters and digits of a view, not unmasked, that have a stroke through them, which is a sign of "not"."""
    return () if text.isascii() else tuple(dict.fromkeys(_OVERLAID.findall(text)))


def crossed(text: str) -> bool:
    """Whether a character of a text has a stroke through it."""
    return not text.isascii() and bool(_STROKE.search(text))


def figures(text: str, *, crossed: bool) -> frozenset[str]:
    """The figures of a view, as digits, with a stroke through one of them or more, or those without any."""
    if crossed and text.isascii():
        return frozenset()
    found = [match.group() for match in _FIGURE.finditer(text) if bool(_OVERLAID.search(match.group())) is crossed]
    return frozenset(_STROKE.sub("", each).rstrip(".,") for each in found)


def scripts(text: str) -> frozenset[str]:
    """The scripts of the letters of `text` other than Latin and Greek, by the first word of the letters' names."""
    return frozenset() if text.isascii() else frozenset(map(_script, filter(str.isalpha, text))) - {"LATIN", "GREEK"}


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    """What a character outside ASCII shows of a word; the character itself where it shows no Latin letter."""
    kind, name = unicodedata.category(char), unicodedata.name(char, "")
    if kind in ("Cf", "Me") or char in _UNSEEN or (kind == "Mn" and (name.startswith("COMBINING") or "VARIATION SELECTOR" in name)):
        return ""
    plain = unicodedata.normalize("NFKC", char)
    if kind[0] in "LNS" and plain.isascii() and (plain.isalpha() or kind == "Nd"):
        return plain
    letter = _SHOWS.search(name)
    return letter[1].lower() if letter else char


def _latin(match: re.Match[str]) -> str:
    word = match.group()
    if word.isascii() or len(word) == 1:  # one Greek letter is a letter
        return word
    plain = word.translate(_ALIKE)
    return plain if plain.isascii() else word


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    first = unicodedata.name(char, "").split(" ")[0]
    return "LATIN" if char == "\u00b5" or first in ("MODIFIER", "FEMININE", "MASCULINE") else "CJK" if first in _CJK else first


def _mixed(word: str) -> bool:
    held = {_script(char) for char in word if char.isalpha()} - {"GREEK", "CJK"}
    return len(held) > 1 or any(_ODD_FORM.search(unicodedata.name(char, "")) for char in word)


@lru_cache(maxsize=4096)
def _says(sign: str) -> bool:
    if sign.isascii():
        return True
    kind, name = unicodedata.category(sign), unicodedata.name(sign, "")
    return (kind == "Sm" and bool(_DENIES.search(name))) or (kind == "So" and not _PLAIN_SIGN.search(name))
