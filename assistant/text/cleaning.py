"""Texts cleaned of what LaTeX left behind, folded for comparison, made harmless for a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from assistant.text.view import GREEK, View

_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"} | {
    "c": "\u0327",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
}
_ACCENT = re.compile(r"""\\(['`^"~=.])\s*\{?\\?([A-Za-z])\}?|\\([cvuH])\{([A-Za-z])\}""")
_STYLE = re.compile(
    r"\\?\b(?:mathcal|mathbf|mathbb|mathrm|mathit|mathfrak|mathsf|boldsymbol|operatorname|textbf|textit|texttt|textsc|emph"
    r"|text(?=\{)|(?<=\\)text)"  # bare it is the English word
    r"(?:\s*\{([^{}]*)\}|\s+(?=\w))"
)
_OLD_STYLE = re.compile(r"\{\\?(?:em|bf|it|rm|cal|tt|sc)\s+([^{}]*)\}")
_SIGNS = [
    (re.compile(r"(?<=\d)\s*\\?times(?![A-Za-z])|(?<=\d)\s*[×✕]"), "x"),
    (re.compile(r" ?(?:\\pm(?![A-Za-z])|\bpm\b) ?"), " ± "),
    (re.compile(r"\\?\b(?:sim|approx)\s*(?=\d)|~(?=\d)"), "about "),
    (re.compile(r"\\(?:leq?|leqslant)(?![A-Za-z])|\b(?:leq?|leqslant)\b"), "<="),
    (re.compile(r"\\(?:geq?|geqslant)(?![A-Za-z])|\b(?:geq?|geqslant)\b"), ">="),
    (re.compile(r"x201[34](?=[a-z]|\b)"), " - "),
    (re.compile(r"[‐‑‒–—−]"), "-"),
    (re.compile(r"[“”„]|``|''"), '"'),
    (re.compile(r"[‘’`]"), "'"),
    (re.compile(r"(?<=\d), (?=000\b)|(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"\b(percent|per cent)\b"), "%"),
    (re.compile(r"(?<=\d)\s+%"), "%"),
]
_MARKED = re.compile(
    r"[\\~${}`]|''|(?<=\d)(?:,|\s+%|\s*times)|x201[34]"
    r"|\b(?:math(?:cal|bf|bb|rm|it|frak|sf)|boldsymbol|operatorname|text(?:bf|it|tt|sc)|emph)\s"
    r"|\b(?:sim|approx)\s*\d|\b(?:pm|leq?|leqslant|geq?|geqslant|percent|per\s+cent)\b"
)
"""Characters of an ASCII text in which `clean` changes more than white space."""


def clean(text: str) -> str:
    r"""Turn LaTeX, and the remains of LaTeX in saved pages, into plain words, for search and for the comparison of figures.

    `12.4\%` becomes `12.4%`, `B\'enard` Bénard, `mathcal{O}` O, `11.9times` 11.9x, `26, 000` 26000.

    Returns:
        The cleaned text. Offsets differ from those of `text`, so quotes are cut from the original.
    """
    if text.isascii() and not _MARKED.search(text):
        return " ".join(text.split())  # nearly all texts, in a tenth of the time
    text = re.sub(r"\s+", " ", text)  # first, as the patterns below take quadratic time on long white space
    text = _ACCENT.sub(_accented, text)
    text = re.sub(r"\\([%&$#_{}])", r"\1", text)
    text = _OLD_STYLE.sub(r"\1", text)
    text = _STYLE.sub(lambda match: match.group(1) or "", text)
    for pattern, sign in _SIGNS:
        text = pattern.sub(sign, text)
    text = re.sub(r"\\[()\[\]]|\$|\\(?=[A-Za-z])|[{}]", "", text)
    text = text.replace("~", " ")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def _accented(match: re.Match[str]) -> str:
    mark, letter = (match.group(1), match.group(2)) if match.group(1) else (match.group(3), match.group(4))
    return unicodedata.normalize("NFC", letter + _ACCENTS[mark])


def fold(text: str) -> str:
    r"""Fold the readable view of `text` for search: `B\'enard`, `Bénard` and `Benard` are one.

    Returns:
        The text in lower case, without accents; a Greek letter that stands alone is replaced by its name (`$\beta$`, `β`: beta).
    """
    if len(text) <= _WORD:
        return _folded_word(text)
    return _folded_text(text) if len(text) <= _LONG else _folded(text)


_WORD, _LONG = 60, 2_500
"""Shorter texts, in characters, are words, and sentences or abstracts; both come again, and so many are remembered of each."""


def _folded(text: str) -> str:
    cleaned = _DASHES.sub("-", clean(View(text).text))  # the view decodes dashes of TeX where other marks tell that it is TeX
    if cleaned.isascii():
        return cleaned.lower()
    decomposed = unicodedata.normalize("NFKD", _GREEK_LETTER.sub(lambda match: GREEK.get(match.group(), match.group()), cleaned))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


_folded_word = lru_cache(maxsize=20_000)(_folded)
_folded_text = lru_cache(maxsize=4096)(_folded)
_DASHES = re.compile(r"(?<=\w)-{2,3}(?=\w)")
_GREEK_LETTER = re.compile(r"(?<![^\W\d_])[\u0370-\u03ff](?![^\W\d_])")
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")
"""Control characters but for tab and line feed, what turns the direction of reading, halves of surrogate pairs, invisible tags."""


def shown(text: str) -> str:
    """`text` character by character, those replaced that a terminal would obey or that turn the direction of reading."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


def harmless(text: str) -> str:
    """`text` as `shown`, its lines ended by line feeds."""
    return shown(text.replace("\r\n", "\n"))


def blank(text: str) -> bool:
    """Whether nothing of `text` can be seen: white space, signs without width or ink, marks that stand on no letter."""
    return all(unicodedata.category(char)[0] in "CMZ" or char in _INKLESS for char in text)


_WIDE = r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_BLANKS = re.compile(rf"(?<!\d){_WIDE}|{_WIDE}(?!\d)|(?: |{_WIDE}){{2,}}")
"""A blank of another width than the plain one, and several in a row; a single one between digits groups them."""
_WIDTHLESS = re.compile(
    "(?P<before>[^\\W_]{0,40})(?P<sign>[\xad\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]{1,40})"
    "(?=(?P<behind>[^\\W_]{0,40}))"
)
"""Signs that show nothing, and the letters beside them."""


def spaced(text: str, known: Callable[[str], bool]) -> str:
    """Write the blanks of a sentence as plain single ones, so that what stands behind one is read like behind any other.

    Args:
        text: the sentence.
        known: whether letters on both sides of a sign without width are one word; else the sign is a blank, too.

    Returns:
        The sentence; offsets differ from those of `text`.
    """

    def read(match: re.Match[str]) -> str:
        before, behind = match["before"], match["behind"]
        beside = match.string[match.start("sign") - 1 : match.start("sign")]
        if not behind or not (before or beside in ".,;:!?)]") or (before and known(before + behind)):
            return before
        return f"{before} "

    if not text.isascii():
        text = _WIDTHLESS.sub(read, text)
    return _BLANKS.sub(" ", text)


_INKLESS = "\u115f\u1160\u2800\u3164\uffa0\ufffd"
"""Fillers of Hangul, the empty pattern of Braille, and the sign in place of a character that was taken out."""


def paired(text: str) -> str:
    """`text` with a sign in place of each half of a surrogate pair, which nothing encodes."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
