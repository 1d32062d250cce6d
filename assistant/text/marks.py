"""Marks that set a stretch of a sentence apart, such as bold and quotation marks; sentences joined without a stop."""

from __future__ import annotations

import html
import re
import unicodedata

from assistant.text.view import View
from assistant.text.words import STOP_WORDS

_STYLED = [
    re.compile(r"\*\*(?=[^\s*])([^*\n]{2,400})\*\*"),
    re.compile(r"(?<!\w)__(?=[^\s_])([^_\n]{2,400})__(?!\w)"),
    re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{2,400})\*(?![\w*])"),
    re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]{2,400})_(?!\w)"),
    re.compile(r"(?<!`)`([^`\n]{2,400})`(?!`)"),
    re.compile(r"<(?:b|i|em|strong|u|mark|code|tt|small|big|ins|q|font|span)\b[^<>]{0,200}>([^<>]{2,400})</"),
    re.compile(r"\\[A-Za-z]{2,20}\*?\s?(?:\[[^\[\]]{0,40}\]\s?)?(?:\{[^{}]{0,40}\}\s?)?\{\s?([^{}]{2,400})\}"),
    re.compile(r"[\u201c\u201e]([^\u201c-\u201e]{2,400})[\u201c\u201d]"),
    re.compile(r"\u00ab([^\u00ab\u00bb]{2,400})\u00bb"),
    re.compile(r"(?<![\w\"])\"(?=[^\s\"])([^\"]{2,400})\"(?!\w)"),
    re.compile(r"(?<![\w'])'(?=[^\s'])([^']{2,400})'(?!\w)"),
]
"""What styles or quotes a stretch."""
BREAK = re.compile(
    r"(?:<|&lt;)br\s{0,3}/?(?:>|&gt;)|\\\\(?=[\s\[]|[A-Z]|$)|\\(?:newline|linebreak|par|break|q{1,2}uad|hfill|bigskip|medskip|smallskip)(?![A-Za-z])"
    r"|\\[hv]space\*?\{[^{}]{0,20}\}|\\(?:begin|end)\{(?:quote|quotation|center|flushleft|flushright|verse|abstract|itemize|enumerate)\}"
)
"""The end of a line or a block, in HTML and TeX."""
NOTE = re.compile(r"\\(?:footnote|footnotetext|thanks|marginpar|marginnote|sidenote|todo)\s?\{([^{}]{1,400})\}")
"""A note, in TeX."""
DISPLAY = re.compile(r"\$\$([^$\n]{1,400})\$\$|\\\[((?:[^\\\n]|\\(?!\])){1,400})\\\]")
"""A displayed formula, which is a line of its own on the page."""
_OPENERS = """It They He She We You This These Those Nobody Everyone Everybody Nothing Everything All There Here However But And Yet
So Because Since Although Though While Whereas Which Who The A An In On By For With From After Before When If As At Our Its Their
His Her My Your No Not Neither Nor None Never Only Also Moreover Furthermore""".split()
LED = re.compile(
    r"^\s{0,3}(?:(?P<style>\*\*|\*|__|_|`)|<(?P<tag>[a-z]{1,6})\b[^<>]{0,200}>|(?P<macro>\\[a-z]{2,12}\{)|(?P<quote>[\"\u201c\u201e\u00ab'])|\$(?=\\|[A-Za-z]{3}))"
    r"(?P<said>[^*_`<>{}$\"\u201c-\u201e\u00ab\u00bb\n]{2,400}?|\\[a-z]{2,12}\{[^{}$\n]{2,400}\})"
    r"(?(style)(?P=style)|(?(tag)</(?P=tag)>|(?(macro)\}|(?(quote)[\"\u201d\u201c\u00bb']|\$))))\s{1,3}(?=[A-Z])"
)
"""A styled or quoted lead before a capital."""
JOINED = re.compile(rf"(?<=[^\W\d_][a-z0-9)%\"'*`]) (?=(?:{'|'.join(_OPENERS)})\s[a-z])")
"""A blank before a word that opens a sentence, in the middle of a line: "... for Lean It was ..."."""
_PRONOUN = re.compile(
    r"(?:It|They|He|She|We|This|These|Nobody|Everyone|Everybody) (?:is|was|are|were|has|have|had|can|could|will|would|may|does|did"
    r"|do|should|must|[a-z]{2,20}(?:s|ed))\b"
)
_LAST = re.compile(r"(?<![^\W_])([^\W_]+)[)%\"'*`]{0,4}$")


MARKER = "[1]"
"""Stands in a claim where a citation stood between words of its sentence."""
_BLANK = r"[\s~\u00ad\u200b-\u200f\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
"""White space, ties of TeX, and characters that show nothing."""
_UNWORDED = rf"(?>(?:{_BLANK}|&(?:#?\w{{2,8}};)?|\\(?:[A-Za-z]{{1,20}}|[,;:! ])?|[^\w\s.,;:!?()\[\]~&\\]){{0,40}})"
"""Blanks, entities, macros and signs, but for those that part a sentence anyway."""
WORD_BEHIND = re.compile(rf"{_UNWORDED}\w")
_MARKER = re.compile(rf"(?<=\S)[ \t]?(?:\[\d{{1,3}}\]){{1,9}}(?={_UNWORDED}\w)")
_SIGNS = re.compile(r"\*\*|__|(?<!\w)[*_`](?=\w)|(?<=[\w.])[*_`](?![\w{])")
"""Signs of Markdown around words."""


_ENTITY = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z]{2,8}\d{0,2});")
_QUOTED = [
    re.compile(
        r"(?<!\w)[\u2018\u201a\u2039](?=\S)((?:[^\u2018-\u201b\u2039\u203a\n]|\u2019(?=\w)){2,400})[\u2018\u2019\u203a](?!\w)"
    ),
    re.compile(r"(?<!\w)[\u2032\u2035\u2033\u2036](?=\S)([^\u2032-\u2036\n]{2,400})[\u2032\u2035\u2033\u2036](?!\w)"),
    re.compile(r"(?<![\w`])`{1,2}(?=[^\s`])([^`'\n]{2,400})'{1,2}(?![\w'])"),
    re.compile(r"(?<!\w)'(?=[^\s'])([^'\n]{2,400})'(?!\w)"),
    re.compile(r"(?<![\w=])==(?=[^\s=])([^=\n]{2,400})==(?![\w=])"),
    re.compile(
        r"[\u3008\u300a\u300c\u300e\u3014\u3016\u3018\u301a\ufe41\uff62]([^\u3008-\u301b\n]{2,400})[\u3009\u300b\u300d\u300f\u3015\u3017\u3019\u301b\ufe42\uff63]"
    ),
]
"""Quotation marks other than double ones: single ones, primes, those of TeX and of East Asia, the highlight of Markdown."""
_WIDE = re.compile(r"\s?[\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5d\u3001\u3002\uff61\uff64\ufe50-\ufe5e]\s?")
_EAST = {"\u3001": ",", "\u3002": ".", "\uff61": ".", "\uff64": ","}
_STAR = re.compile(r"(?<=[a-z]{2})\*\s(?=[a-z]{2}|[aA]\s)")
"""An asterisk behind a word, as a note has it."""
_PARTING = re.compile(
    rf"{_STAR.pattern}|"
    r"(?<!\d)\s?[\u2020\u2021\u203b\u00a1\u00bf\u2460-\u2473\u2776-\u2793\u202d\u202e]\s?(?=[^\W\d_]{2}|[aA]\s)"
    r"|(?<=[^\W\d_]{2})\s[~\u2053\u223c]\s(?=[a-z]{2}|[aA]\s)"
)
"""Signs behind which a note stands."""


_FORMULA = re.compile(
    r"(?:\$|\\\()\s?(?:(?P<sign>\\[A-Za-z]{1,20}|[^\w\s$\\]{1,3})|(?P<said>[^\W\d_]{2,40}(?:\s[^\W\d_]{1,40}){1,40}))\s?(?:\$|\\\))(?!\d)"
)
"""A formula of one sign, or of words alone."""
_MACRO = re.compile(r"(?<!\\)\\(?:[,;:!/ ]|[A-Za-z]{1,20}(?![A-Za-z]|\s?[\[{]))|(?<=\s)\\[&%#](?=\s)")
"""A sign or a blank of TeX, or a switch of its type."""


def plainly(text: str) -> str:
    """Write a sentence with plain signs around its words.

    The end of a line becomes a semicolon, entities of HTML and signs of TeX become their characters, a formula of words alone an
    aside in brackets, full-width signs narrow ones, quotation marks of all kinds double ones, an ellipsis three dots, "&" between
    words "and", and a dagger or another sign before a note a semicolon.

    Returns:
        The sentence; offsets differ from those of `text`.
    """
    if "\\" in text or "<" in text or "&" in text:
        text = BREAK.sub("; ", text)
    if "$" in text or "\\" in text:
        text = _MACRO.sub(_signed, _FORMULA.sub(lambda each: f" ({each['said']}) " if each["said"] else _signed(each), text))
    if "&" in text:
        text = re.sub(r"(?<=[a-z]{2}) & (?=[a-z]{2}|a )", " and ", _ENTITY.sub(_decoded, text))
    if not text.isascii():
        text = _WIDE.sub(_narrow, text).replace("\u2026", "...")
    for pattern in _QUOTED:
        text = pattern.sub("\u201c\\1\u201d", text)
    return _PARTING.sub("; ", text)


def _signed(written: re.Match[str]) -> str:
    """A sign of TeX as its character, apart from the words around; as written where it is a letter or not known."""
    sign = View(written.group()).text.strip()
    return written.group() if any(char.isalnum() or char == "\\" for char in sign) else f" {sign} " if sign else " "


def _decoded(entity: re.Match[str]) -> str:
    char = html.unescape(entity.group())
    return entity.group() if char.isalnum() or char in "<>&" or len(char) > 1 else char


def _narrow(sign: re.Match[str]) -> str:
    """A full-width sign as the narrow one, with the blank that such a sign holds, but between digits."""
    wide = sign.group().strip()
    narrow = _EAST.get(wide) or unicodedata.normalize("NFKC", wide)
    around = sign.string[max(0, sign.start() - 1) : sign.start()] + sign.string[sign.end() : sign.end() + 1]
    if narrow in "([{":
        return f" {narrow}"
    return f"{narrow} " if narrow in ",;:.!?)]}" and not around.isdigit() else sign.group().replace(wide, narrow)


def bare(text: str) -> str:
    """`text` without the signs of Markdown around its words."""
    return _SIGNS.sub("", text)


def uncited(text: str) -> str:
    """`text` without the markers between its words."""
    return _MARKER.sub("", text) if "[" in text else text


def behind(text: str) -> list[str]:
    """What stands behind each marker in the middle of a sentence, up to the next one: another writer may have set it there."""
    return _MARKER.split(text)[1:] if "[" in text else []


def styled(text: str) -> list[str]:
    """What a text sets in bold, italics, code or quotation marks, one of several words at least, in no order."""
    found: list[str] = []
    if any(sign in text for sign in "*_`<\\\"'\u201c\u201e\u00ab"):
        for pattern in _STYLED:
            found += [match.group(1) for match in pattern.finditer(text) if " " in match.group(1).strip()]
    return found


def noted(text: str) -> bool:
    """Whether signs of Markdown set words of a text apart, which `bare` takes away: several words, a lead, a note."""
    return bool(styled(text) or LED.match(text) or _STAR.search(text))


def joined(text: str) -> list[int]:
    """Where sentences of a line begin that no stop parts: behind a word of content that is no name, and not in a title.

    Args:
        text: a line.

    Returns:
        Offsets, in order.
    """
    found: list[int] = []
    for blank in JOINED.finditer(text):
        last = _LAST.search(text, max(0, blank.start() - 40), blank.start())
        if last and last[1].lower() not in STOP_WORDS and (last[1][0].islower() or _PRONOUN.match(text, blank.end())):
            found.append(blank.end())
    return found
