"""Pure functions on text: sentences with offsets, cleaning what LaTeX left behind, search forms."""

from __future__ import annotations

import re
import unicodedata

_ABBREVIATION = re.compile(
    r"\b(?:(?i:e\.?g|i\.?e|i\.i\.d|et al|vs|cf|viz|resp|approx|ca|w\.?r\.?t|figs?|eqs?|sec|refs?|nos?|dr|prof|mrs?|st|inc|ltd"
    r"|rev|lett|phys)|[A-Z])\.$"
)
_END = re.compile(r"[.!?]+[\"'”’)\]}]*")
_OPENER = re.compile(r"(?<!\s)\s++[\"'“‘(\[{`$\\]*(?:[A-Z0-9]|https?:|[a-z]+[A-Z0-9])")
_CAPITAL = re.compile(r"(?<!\s)\s++[A-Z]")
_LOST = re.compile(r"[A-Z][a-z]+[\s,]|https?://")
_URL = re.compile(r"https?://[^\s<>{}]+")
LONGEST = 2000
"""Characters of a sentence: in 6,400 abstracts the longest has 1,677."""


def sentences(text: str) -> list[tuple[int, int]]:
    """The offsets of the sentences of `text`, in order, without the white space around them.

    A stop ends a sentence where white space and something that opens a sentence follow, or where a capital letter
    follows at once (a lost space), but not after an abbreviation or inside a link or a figure. Every character that is
    not white space lies in exactly one sentence. What goes on for more than `LONGEST` characters is no sentence, and is cut at
    a blank: sentences are held against each other word by word.
    """
    links = {at for match in _URL.finditer(text) for at in range(match.start() + 1, match.end())}
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(text, match, links):
            _append(spans, text, start, match.end())
            start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        blank = max(text.rfind(" ", start, start + LONGEST), text.rfind("\n", start, start + LONGEST))
        cut = blank if blank > start else start + LONGEST
        spans.append((start, start + len(text[start:cut].rstrip())))
        start = cut
        while text[start].isspace():
            start += 1
    if start < end:
        spans.append((start, end))


def _ends_sentence(text: str, match: re.Match[str], links: set[int]) -> bool:
    end = match.end()
    if match.start() in links and end in links:
        return False
    if end == len(text):
        return True
    if _ABBREVIATION.search(text[max(0, match.start() - 12) : match.start() + 1]):
        return False
    if text[end].isspace():
        opener = _CAPITAL if match.group().startswith("...") else _OPENER
        return bool(opener.match(text, end))
    # a lost space: "results.The model", but neither "U.S.A" nor "v1.Net"
    return bool(_LOST.match(text, end)) and bool(
        re.search(r"[a-z)\]}]{2}[.!?]$", text[max(0, match.start() - 2) : match.start() + 1])
    )


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
"""What an ASCII text holds where `clean` changes more of it than white space."""


def clean(text: str) -> str:
    r"""`text` for searching and for comparing figures: LaTeX and what saved pages left of it turned to plain words.

    `12.4\%` becomes `12.4%`, `B\'enard` Bénard, `mathcal{O}` O, `11.9times` 11.9x, `26, 000` 26000. Offsets are not
    kept: quotes are always cut from the original.
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
    r"""`text` cleaned, without accents, in lower case: `B\'enard`, `Bénard` and `Benard` are one."""
    cleaned = clean(text)
    if cleaned.isascii():
        return cleaned.lower()
    decomposed = unicodedata.normalize("NFKD", cleaned)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but for tab and line feed, what turns the direction of reading, and halves of surrogate pairs."""


def shown(text: str) -> str:
    """`text` character by character, those replaced that a terminal would obey or that turn the direction of reading."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


def harmless(text: str) -> str:
    """`text` as `shown`, its lines ended by line feeds."""
    return shown(text.replace("\r\n", "\n"))


_WORD = re.compile(r"[^\W_]+(?:\.\d+)?%?")

# The usual closed-class English words, and the words that questions to a library are made of.
STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before being below between both
    but by can cannot could did do does doing done down during each either else ever every few for from further get had
    has have having he her here hers him his how i if in into is it its itself just let like made make many may me might
    more most much must my near neither no nor not now of off on once one only or other our ours out over own per same
    shall she should since so some such than that the their theirs them then there these they this those through to too
    toward towards under until up upon us use used uses using very via was we well were what when where whether which
    while who whom whose why will with within without would yes yet you your
    anything authors claim describe described discuss explain find finds found give given know paper papers please
    propose proposed report reported say says show shows shown something study studies tell told work works""".split()
)

_CAPITALS = re.compile(r"(?<![\w-])[A-Z]{2,3}(?![\w-])")
_STRESSED = frozenset("all and any are but can do for has how no nor not now of on one or our out the to who why yes you".split())
"""Stop words in capitals that are stressed, and no acronyms."""


def words(text: str) -> list[str]:
    """The words of `text` in their search form, figures with their point and per cent sign."""
    return _WORD.findall(fold(text).replace("^", ""))


def content_words(text: str) -> list[str]:
    """The words of `text` that are not stop words; those that it writes as acronyms in capitals: HE, IS."""
    return [word for word in words(text) if word not in STOP_WORDS] + capitals(text)


def capitals(text: str) -> list[str]:
    """The stop words that `text` writes as acronyms, where not all of it is in capitals."""
    found = [word for word in dict.fromkeys(_CAPITALS.findall(text)) if word.lower() in STOP_WORDS - _STRESSED]
    return [] if found and text.isupper() and " " in text.strip() else found


_QUIET = re.compile(r"[\s\-:;,.!?'\"()\[\]]+")


_NAME = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z0-9][a-z0-9]*[A-Z]|[A-Z][a-z]*[0-9])[A-Za-z0-9]*")


def names(text: str) -> list[str]:
    """The words of `text` that are written as names: more capitals than a first one, or capitals and figures."""
    return _NAME.findall(clean(text).replace("^", ""))


def numbers(name: str) -> tuple[str, ...]:
    """A name, and where it is an acronym the same in the other number: GPU and GPUs, which stemmers leave apart."""
    if name.isalpha() and name.isupper():
        return name, f"{name}s"
    return (name, name[:-1]) if name[-1:] == "s" and len(name) > 2 and name[:-1].isalpha() and name[:-1].isupper() else (name,)


def title_key(title: str) -> str:
    """What two spellings of one title share: case, accents, spaces and quiet punctuation do not count; `+`, `*`, `^` do."""
    return _QUIET.sub(" ", re.sub(r"(?<!\s)\s+([+*^#])", r"\1", fold(title).replace("-", " "))).strip()
