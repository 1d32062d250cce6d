r"""A readable view of a text as files hold it, LaTeX, HTML and JATS decoded, with a map back to the characters of the file.

The tokenizers are here because every character of the view has to know where it came from: pylatexenc and BeautifulSoup
give positions of nodes only, take ten times as long, and drop what is no LaTeX or HTML, such as `a < b` and `$5`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from html.entities import html5

from assistant.text.scripts import FORMULA, FRACTIONS, LOWERING, RAISING, UNSEEN, Formulas, lowered, raised

_GREEK = dict(
    zip(
        """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
        Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varepsilon vartheta varphi varrho varsigma ell hbar
        partial nabla infty""".split(),
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩεϑφϱςℓℏ∂∇∞",
        strict=True,
    )
)
GREEK = {letter: name.lower() for name, letter in _GREEK.items()}
"""The names of Greek letters, as queries spell them."""
_RELATIONS = dict(
    zip(
        """times div cdot pm mp sim approx simeq cong leq le geq ge leqslant geqslant ll gg neq ne equiv propto to rightarrow
        leftarrow Rightarrow leftrightarrow uparrow downarrow mapsto in notin subset subseteq cup cap forall exists wedge vee
        neg ast star circ bullet oplus otimes perp parallel langle rangle ldots dots cdots prime dagger sum prod int sqrt
        textgreater textless greater less gt lt therefore because implies iff Longrightarrow longrightarrow Leftarrow Leftrightarrow
        longleftarrow hookrightarrow checkmark bigstar square blacksquare diamond lozenge triangle""".split(),
        "×÷·±∓~≈≃≅≤≤≥≥≤≥≪≫≠≠≡∝→→←⇒↔↑↓↦∈∉⊂⊆∪∩∀∃∧∨¬*⋆°•⊕⊗⊥∥⟨⟩………′†∑∏∫√><><><∴∵⇒⇔⟹⟶⇐⇔⟵↪✓★□■⋄◊△",
        strict=True,
    )
)
_TEXT = {
    "textasciitilde": "~", "textasciicircum": "^", "textbackslash": "\\", "textbar": "|", "textunderscore": "_",
    "textdollar": "$", "textpercent": "%", "textbraceleft": "{", "textbraceright": "}", "lbrace": "{", "rbrace": "}",
    "textquotesingle": "'", "textquotedbl": '"', "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“",
    "textquotedblright": "”", "textendash": "–", "textemdash": "—", "texttimes": "×", "textdiv": "÷", "textpm": "±",
    "textdegree": "°", "degree": "°", "textmu": "µ", "micro": "µ", "texteuro": "€", "euro": "€", "textsterling": "£",
    "pounds": "£", "textyen": "¥", "textcent": "¢", "textregistered": "®", "texttrademark": "™", "textcopyright": "©",
    "copyright": "©", "textsection": "§", "S": "§", "P": "¶", "textbullet": "•", "textperiodcentered": "·", "textellipsis": "…",
    "textonehalf": "½", "textonequarter": "¼", "textthreequarters": "¾", "textonesuperior": "^1", "texttwosuperior": "^2",
    "textthreesuperior": "^3", "textrightarrow": "→", "textleftarrow": "←", "mathsemicolon": ";", "mathcolon": ":",
    "colon": ":", "vert": "|", "mid": "|", "Vert": "‖", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "textminus": "−", "textperthousand": "‰", "permil": "‰", "textcelsius": "°C", "celsius": "°C", "degreeCelsius": "°C",
    "textohm": "Ω", "ohm": "Ω", "textfractionsolidus": "/", "thinspace": " ", "enspace": " ", "nobreakspace": " ", "per": " per ",
    "quad": " ", "qquad": " ", "space": " ", "newline": " ", "par": "\n\n", "item": "\n\n", "TeX": "TeX", "LaTeX": "LaTeX",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_SYMBOLS = _GREEK | _RELATIONS | _TEXT | {"backslash": "\\"}
_FUNCTIONS = frozenset("log ln exp sin cos tan max min arg argmax argmin sup inf lim det dim ker gcd Pr mod bmod poly".split())
_SILENT = frozenset(
    """left right big Big bigl bigr Bigl Bigr bigg Bigg displaystyle textstyle scriptstyle limits nolimits em bf it rm tt sc sf sl
    bfseries itshape scshape ttfamily upshape cal small large Large footnotesize normalsize noindent centering maketitle boldmath
    protect relax ensuremath text mbox hbox textrm textbf textit textsf texttt textsc textsl textup textnormal textmd emph underline
    mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak mathscr boldsymbol bm operatorname mathop hat bar tilde vec dot ddot
    overline widehat widetilde uppercase MakeUppercase url nolinkurl path""".split()
)
"""Macros that leave what they are applied to."""
_OVER = frozenset("hat bar tilde vec dot ddot overline underline widehat widetilde".split())
"""Silent macros that give a figure another meaning."""
_RANGES = frozenset("numrange SIrange qtyrange".split())
_QUANTITIES = _RANGES | frozenset("num SI qty si unit ang numlist SIlist qtylist".split())
"""Macros for figures and units, which may have options before their arguments."""
_DROPPED = frozenset(
    """cite citep citet citealp ref eqref label begin end hspace vspace color includegraphics href pagestyle textcolor colorbox
    cellcolor rowcolor foreignlanguage selectlanguage hyperlink hypertarget hyperref raisebox parbox makebox framebox scalebox
    rotatebox phantom hphantom vphantom""".split()
)
"""Macros whose first argument is not for reading."""
_DROPPED_TWICE = frozenset("rule fcolorbox resizebox fontsize setlength definecolor".split())
"""Macros whose first two arguments are not for reading."""
UNREAD = re.compile(
    rf"\\(?:{'|'.join(sorted(_DROPPED | _DROPPED_TWICE))})\*?\s?(?:\[([^\[\]]{{0,200}})\])?\s?\{{([^{{}}]{{0,300}})\}}"
)
"""Such a macro with its arguments, which no view shows."""

_MARKS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"} | {
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_TEX = re.compile(
    r"""(?P<accent>\\(?:(?P<mark>['`^"~=.])\s?|(?P<named>[cvuHkrdb])(?=[\s{])\s?)"""
    r"(?:\{\s?(?P<in>\\?[^\W\d_])\s?\}|(?P<dotless>\\[ij](?![A-Za-z]))\s?|(?P<bare>[^\W\d_])))"
    r"|\\(?P<macro>[A-Za-z]+)\*?"
    r"|\\(?P<escape>[^A-Za-z])"
    r"|(?P<math>\$\$?)"
    r"|(?P<raise>[\^_])"
    r"|(?P<brace>[{}])"
    r"|(?P<tie>~)"
    r"|(?P<quote>``|'')"
    r"|(?P<dash>-{2,3})"
)
_SIGN = re.compile(r"[\\$^_{}~`'-]")
"""The first character of any match of `_TEX`."""
_LOST_SIGNS = re.compile(
    r"(?<!\\)\bmath(?:cal|bb|bf|rm|it|frak|sf)(?=\{)|(?<=\d)times(?![a-z])|x201[34](?![0-9])|(?<!\\)\b(?:pm |sim ?)(?=\d)"
    r"|(?<=\d), (?=000(?!\d))"
)
_LOST_PARTS = [re.compile(part) for part in (r"math[a-z]{2,4}\{", r"times(?![a-z])", r"x201[34]", r"pm \d", r"sim ?\d", r", 000")]
"""Parts that every match of `_LOST_SIGNS` needs; a search for them takes a tenth of the time."""
_LOST = {"times": "×", "x2013": "–", "x2014": "—", "pm ": "±", "sim ": "~", "sim": "~", ", ": ","}
"""Macros without their backslash -> signs, as saved pages write them."""
_ARGUMENT = re.compile(r"\s?(?:\[[^\[\]]{0,200}\])?\s?\{[^{}]{0,300}\}")
_SCRIPT = re.compile(r"\s?(?:\{([^{}]{0,40})\}|(\\[A-Za-z]+|[^\\{}$]))")
_PEELED = re.compile(r"[\s{$]{0,5}(?:\\(?P<macro>[A-Za-z]{1,30})\s?[{$]{0,3}){0,4}(?P<content>[^{}$\\]{0,40})")
"""The argument of a macro that further macros stand in."""
_OPTIONS = re.compile(r"\s?\[[^\[\]]{0,200}\]")
_BARE_FRACTION = re.compile(r"\s?(\d)(?:\s?(\d)(?!\d)|(?=\s?\{))")
_OF_FIGURES = re.compile(r"\{[\s{$+−-]{0,5}\.?\d")
_LOWERED = re.compile(r"~([^\s~]{1,8})~(?!\w)")
_LOWERS = re.compile(r"(?:\d|[A-Z][a-z]?)$")
"""A figure or the sign of an element, behind which pandoc's ~2~ is a lowered 2."""
_IS_TEX = re.compile(r"[\\${}]|``|\w~\w|\d--\d")
_SPACES = {",": " ", ";": " ", ":": " ", " ": " ", "\n": " ", "\t": " ", "!": "", "-": "", "/": "", "@": "", "\\": " "}
_MATH_LIMIT = 600
_PROSE = re.compile(r"\s")
_SIGNS = re.compile(r"[\\^_={}<>+*/|]")


@dataclass
class _Decoded:
    """A text under construction, and for every character of it where in the source it starts and ends."""

    parts: list[str] = field(default_factory=list[str])
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    last: str = ""
    """The last character."""

    def keep(self, source: str, start: int, end: int) -> None:
        if start < end:
            self.parts.append(source[start:end])
            self.starts.extend(range(start, end))
            self.ends.extend(range(start + 1, end + 1))
            self.last = source[end - 1]

    def put(self, written: str, start: int, end: int) -> None:
        if written:
            self.parts.append(written)
            self.starts.extend([start] * len(written))
            self.ends.extend([end] * len(written))
            self.last = written[-1]

    @property
    def tail(self) -> str:
        """Some of the last characters."""
        return "".join(part[-8:] for part in self.parts[-8:])[-8:]

    def unblank(self) -> None:
        """Take the blanks at the end back."""
        while self.last.isspace():
            part = self.parts.pop()
            kept = part.rstrip()
            del self.starts[len(self.starts) - len(part) + len(kept) :], self.ends[len(self.ends) - len(part) + len(kept) :]
            if kept:
                self.parts.append(kept)
            self.last = self.parts[-1][-1] if self.parts else ""

    def mark(self, sign: str, start: int, end: int) -> None:
        """Put the sign of raised or lowered text right behind its base."""
        if sign == "^":
            self.unblank()
        self.put(sign, start, end)

    @property
    def text(self) -> str:
        return "".join(self.parts)


@dataclass(frozen=True, init=False)
class View:
    """A text as a reader sees it, and where each of its characters stands in the original."""

    original: str
    text: str
    _starts: array[int] | None = field(repr=False, compare=False)
    _ends: array[int] | None = field(repr=False, compare=False)

    def __init__(self, original: str) -> None:
        text, starts, ends = original, None, None
        for decode in (_lost, _tex, _tex_twice, _html, _lines):
            if decoded := decode(text, starts is not None):
                text, (starts, ends) = decoded.text, _composed(decoded, starts, ends)
        for name, value in (("original", original), ("text", text), ("_starts", starts), ("_ends", ends)):
            object.__setattr__(self, name, value)

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        r"""The offsets in the original of what the view shows between `start` and `end`; of `%` those of `{\%}`."""
        start, end, _ = slice(start, end).indices(len(self.text))
        if self._starts is None or self._ends is None:
            return start, max(start, end)
        if start >= end:
            at = self._starts[start] if start < len(self._starts) else len(self.original)
            return at, at
        return _closed(self.original, self._starts[start], self._ends[end - 1])

    def view_span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the view of what stands in the original between `start` and `end`, whole signs only."""
        start, end, _ = slice(start, end).indices(len(self.original))
        if self._starts is None or self._ends is None:
            return start, max(start, end)
        first = bisect_right(self._ends, start)
        return first, max(first, bisect_left(self._starts, end))


def _composed(decoded: _Decoded, starts: array[int] | None, ends: array[int] | None) -> tuple[array[int], array[int]]:
    if starts is None or ends is None:
        return decoded.starts, decoded.ends
    return array("q", [starts[at] for at in decoded.starts]), array("q", [ends[at - 1] for at in decoded.ends])


def _closed(original: str, start: int, end: int) -> tuple[int, int]:
    """A span widened by the braces and dollar signs beside it that belong to what it holds."""
    held = original[start:end]
    missing = held.count("{") - held.count("}")
    while missing > 0 and original[end : end + 1] == "}":
        end, missing = end + 1, missing - 1
    while missing < 0 < start and original[start - 1] == "{":
        start, missing = start - 1, missing + 1
    while start > 0 and original[start - 1] + original[end : end + 1] in ("{}", "$$"):
        start, end = start - 1, end + 1
    if held.count("$") % 2 and original[end : end + 1] == "$":
        end += 1
    return start, end


# LaTeX


def _lost(text: str, _decoded: bool) -> _Decoded | None:
    parts = "math" in text or "times" in text or "x201" in text or "pm " in text or "sim" in text or ", 000" in text
    if not (parts and any(part.search(text) for part in _LOST_PARTS)):
        return None
    out, at = _Decoded(), 0
    for match in _LOST_SIGNS.finditer(text):
        out.keep(text, at, match.start())
        out.put(_LOST.get(match.group(), ""), *match.span())
        at = match.end()
    out.keep(text, at, len(text))
    return out if at else None


def _tex(text: str, _decoded: bool) -> _Decoded | None:
    marked = "\\" in text or "$" in text or "{" in text or "}" in text or "``" in text or "~" in text or "--" in text
    return _Tex(text).decoded() if marked and _IS_TEX.search(text) else None


_TWICE = re.compile(r"\\(?:[%&$#_{}~]|[A-Za-z]{2,}|['`^\"][A-Za-z])")


def _tex_twice(text: str, decoded: bool) -> _Decoded | None:
    r"""What a reference manager escaped again: `{\textbackslash}\%` was `\%` before."""
    return _Tex(text).decoded() if decoded and _TWICE.search(text) else None


class _Tex:
    """One pass over a text with LaTeX in it; a macro that is not known leaves its argument, or its name where it has none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out = _Decoded()
        self.at = 0
        self.pairs = _math_pairs(text)
        self.maths = False
        self.braces: list[str] = []
        """What to write where an open brace closes."""
        self.paired = _brace_pairs(text)
        self.closings: dict[int, str] = {}
        """Where an argument opens -> what to write where it closes: a blank or " to " where another argument follows."""
        self.raw: set[int] = set()
        """Where the arguments open that are shown with their braces."""
        self.ties: set[int] = set()
        """Where lowered text of pandoc ends."""
        self.marked = "\\" in text or bool(self.pairs)

    def decoded(self) -> _Decoded:
        for sign in _SIGN.finditer(self.text):
            if sign.start() >= self.at and (match := _TEX.match(self.text, sign.start())):
                self.out.keep(self.text, self.at, match.start())
                self.at = match.end()
                _HANDLERS[match.lastgroup if match["accent"] is None else "accent"](self, match)
        self.out.keep(self.text, self.at, len(self.text))
        return self.out

    def same(self, match: re.Match[str]) -> None:
        self.out.keep(self.text, *match.span())

    def accent(self, match: re.Match[str]) -> None:
        letter = (match["in"] or match["dotless"] or match["bare"]).lstrip("\\")
        mark = _MARKS[match["mark"] or match["named"]]
        self.out.put(unicodedata.normalize("NFC", letter + mark), *match.span())

    def macro(self, match: re.Match[str]) -> None:
        name, (start, end) = match["macro"], match.span()
        if name in _LETTERS and (letter := _LETTERS[name]):
            self.at += self.text[end : end + 1] == " " and not self.maths
            self.out.put(letter, start, self.at)
        elif name in _SYMBOLS:
            self.out.put(_SYMBOLS[name], start, end)
        elif name in RAISING or name in LOWERING:
            self.at += self.text[end : end + 1] == " "
            self.placed(start, name in RAISING)
        elif name in _DROPPED or name in _DROPPED_TWICE:
            self.dropped(name, start)
        elif name in FRACTIONS:
            self.fraction(start)
        elif name == "over":
            self.out.unblank()
            self.at += self.text[end : end + 1] == " "
            self.out.put("/", start, self.at)
        elif name == "footnote" and self.text[end : end + 1] == "{":
            self.out.put(" (", start, end)
            self.closings[end] = ")"
        elif name in _FUNCTIONS:
            self.out.put((" " if self.out.last.isalnum() else "") + name, start, end)
        elif name in _SILENT and not (name in _OVER and self.figures(end, ".")):
            if self.text[end : end + 1] == " " and (not self.out.last or self.out.last.isspace() or self.maths):
                self.at += 1
        else:
            self.unknown(name, start, end)

    def unknown(self, name: str, start: int, end: int) -> None:
        """A macro that is not known leaves its argument, its name where it has none, or both between two figures."""
        if name in _QUANTITIES and (options := _OPTIONS.match(self.text, end)):
            self.at = end = options.end()
        if self.text[end : end + 1] != "{" or self.text[end + 1 : end + 2] == "}":
            self.out.keep(self.text, start + 1, end)
        elif self.figures(end, "." if name in _OVER else ""):
            self.out.keep(self.text, start, end)
            self.raw.add(end)
        else:
            self.closings[end] = " to " if name in _RANGES else "°" if name == "ang" else " "

    def figures(self, at: int, signs: str) -> bool:
        """Whether an argument that begins with a figure opens right behind one, or behind one of `signs`."""
        last = self.out.last
        return bool(last and (last.isdecimal() or last in signs) and _OF_FIGURES.match(self.text, at))

    def placed(self, start: int, above: bool) -> None:
        """Raised or lowered text is about to begin."""
        content = self.argument(self.at) or ""
        sign = raised(content, self.out.tail) if above else lowered(content, self.out.last)
        self.out.mark(sign, start, self.at)

    def argument(self, at: int) -> str | None:
        """What a macro is applied to, or its beginning; None where there is nothing."""
        if simple := _SCRIPT.match(self.text, at):
            return simple[1] or simple[2] or ""
        inner = _PEELED.match(self.text, at)
        if not inner or inner["macro"] in _DROPPED:
            return None
        return inner["content"] or inner["macro"]

    def dropped(self, name: str, start: int) -> None:
        for _ in range(1 + (name in _DROPPED_TWICE)):
            if argument := _ARGUMENT.match(self.text, self.at):
                self.at = argument.end()
        if name == "raisebox":
            self.placed(start, "{-" not in self.text[start : self.at])
        elif self.out.last.isdecimal() and self.text[self.at : self.at + 1].isdecimal():
            self.out.put(" ", start, self.at)

    def fraction(self, start: int) -> None:
        self.out.put(" " if self.out.last.isdecimal() else "", start, self.at)
        if bare := _BARE_FRACTION.match(self.text, self.at):
            self.out.put(f"{bare[1]}/{bare[2] or ''}", start, bare.end())
            self.at = bare.end()
        else:
            self.at += self.text[self.at : self.at + 2] == " {"
            self.closings[self.at] = "/"

    def escape(self, match: re.Match[str]) -> None:
        sign = match["escape"]
        if sign in "()[]":
            self.maths = sign in "(["
        else:
            self.out.put(_SPACES.get(sign, sign), *match.span())

    def math(self, match: re.Match[str]) -> None:
        if match.start() in self.pairs:
            self.maths = self.pairs[match.start()]
        else:
            self.same(match)

    def script(self, match: re.Match[str]) -> None:
        content = self.argument(match.end()) if self.maths else None
        if content is None:
            self.same(match)
        elif match.group() == "^":
            self.out.mark(raised(content, self.out.tail.rstrip() or self.out.tail), *match.span())
        elif (len(content) > 2 and "\\" not in content) or lowered(content, self.out.last):
            self.same(match)  # L_total is easier to read than Ltotal, and 10_6 is not 106

    def brace(self, match: re.Match[str]) -> None:
        at = match.start()
        if at not in self.paired:
            self.same(match)
        elif match.group() == "{":
            self.braces.append(self.closings.get(at, ""))
            if at in self.raw or (not self.maths and not self.marked and _is_data(self.text, at)):
                self.braces[-1] = "}"
                self.same(match)
        elif closing := self.braces.pop():
            behind = self.text[at + 1 : at + 2]
            if closing.strip() and closing != " to ":
                self.out.put(closing, *match.span())
            elif behind == "{":  # arguments of an unknown macro are apart: "red 91", never "red91"
                self.closings[at + 1] = " "
                self.out.put(closing, *match.span())
            elif self.out.last.isdecimal() and behind.isdecimal():
                self.out.put(" ", *match.span())

    def tie(self, match: re.Match[str]) -> None:
        if match.start() in self.ties:
            return
        if (pandoc := _LOWERED.match(self.text, match.start())) and _LOWERS.search(self.out.tail):
            self.ties.add(pandoc.end() - 1)
            self.out.put(lowered(pandoc[1], self.out.last), *match.span())
            return
        after = self.text[match.end() : match.end() + 1]
        tied = self.out.last and not self.out.last.isspace() and self.out.last not in "([{,/=" and not after.isspace()
        self.out.put(" " if tied else "~", *match.span())

    def quote(self, match: re.Match[str]) -> None:
        self.out.put("“" if match.group() == "``" else "”", *match.span())

    def dash(self, match: re.Match[str]) -> None:
        around = self.out.last + self.text[match.end() : match.end() + 1]
        if match.group() == "--" and around.isdigit() and len(around) == 2:
            self.out.put("–", *match.span())
        elif self.marked and not around.startswith("-") and not (self.out.last.isspace() and around[1:].isalpha()):
            self.out.put("–" if match.group() == "--" else "—", *match.span())
        else:
            self.same(match)


_HANDLERS: dict[str | None, Callable[[_Tex, re.Match[str]], None]] = {
    "accent": _Tex.accent,
    "macro": _Tex.macro,
    "escape": _Tex.escape,
    "math": _Tex.math,
    "raise": _Tex.script,
    "brace": _Tex.brace,
    "tie": _Tex.tie,
    "quote": _Tex.quote,
    "dash": _Tex.dash,
}


_DATA = re.compile(r"""\{\s?(?:["'][^{}]{0,80}["']\s?:|[\w.]{1,20}(?:,\s?[\w.]{1,20}){1,20}\})""")


def _is_data(text: str, at: int) -> bool:
    """Whether the brace at `at`, in a text without LaTeX, opens a set or an object and protects no capitals."""
    return bool(_DATA.match(text, at))


def _brace_pairs(text: str) -> set[int]:
    pairs: set[int] = set()
    opened: list[int] = []
    for match in re.finditer(r"\\[\\{}]|[{}]", text):
        if match.group() == "{":
            opened.append(match.start())
        elif match.group() == "}" and opened:
            pairs.update((opened.pop(), match.start()))
    return pairs


def _math_pairs(text: str) -> dict[int, bool]:
    """Where dollar signs open (True) and close mathematics; those of prices are left out."""
    found: dict[int, bool] = {}
    opened: re.Match[str] | None = None
    for sign in re.finditer(r"\\\\|\\\$|\$\$?", text):
        if sign.group().startswith("\\"):
            continue
        if opened and _is_math(text, opened, sign):
            found |= {opened.start(): True, sign.start(): False}
            opened = None
        else:
            opened = sign
    return found


def _is_math(text: str, opened: re.Match[str], closed: re.Match[str]) -> bool:
    inside = text[opened.end() : min(closed.start(), opened.end() + _MATH_LIMIT + 1)]
    if opened.group() != closed.group() or not inside.strip() or len(inside) > _MATH_LIMIT:
        return False
    signs = _SIGNS.search(inside)
    if text[closed.end() : closed.end() + 1].isdigit() and not (signs or inside in "~<>-−±"):
        return False
    return bool(signs) or not _PROSE.search(inside)


# HTML and JATS

INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q small span strike strong sub sup tt u var wbr
    br italic bold sc sub sup monospace underline overline roman sans-serif strike-through named-content styled-content ext-link
    xref inline-formula disp-formula tex-math alternatives uri email""".split()
)
BLOCK = frozenset(
    """p div section article abstract title sec list list-item ul ol li dl dt dd table tr td th thead tbody h1 h2 h3 h4 h5 h6
    blockquote pre hr header footer label disp-quote body html""".split()
)
_JATS_ONLY = frozenset("italic bold sc monospace roman list label title sec abstract body uri email overline".split())
"""Tags that are markup only with a prefix, because papers write names like these in angle brackets of their own."""
_ALWAYS = frozenset("italic bold title sec abstract".split())
"""Tags of `_JATS_ONLY` that are markup without a prefix too, because exports write them so."""
_HTML = re.compile(
    r"""(?:<|&lt;)(?P<close>/?)(?P<space>(?:m|[A-Za-z]{2,10}):)?(?P<name>[A-Za-z][A-Za-z0-9-]{0,24})"""
    r"""(?:\s{1,5}[\w:.-]{1,40}\s?=\s?(?:"[^"<>]{0,300}"|'[^'<>]{0,300}'|[^\s"'<>=&]{1,100})){0,8}\s{0,3}/?(?:>|&gt;)"""
    r"|(?P<comment><!--[^>]{0,500}-->)"
    r"|&(?:amp;)?(?P<entity>[A-Za-z][A-Za-z0-9]{1,30}|\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6});"
)
_IS_HTML = re.compile(r"<[A-Za-z/!]|&[A-Za-z#]")
_FOLLOWING = re.compile(
    r"(?:\s|(?:<|&lt;)/?[A-Za-z][^<>&]{0,300}(?:>|&gt;)){0,12}(?P<content>(?:[^<>&]|&(?!lt;|gt;)#?\w{1,10};){0,40})"
    r"(?:(?:<|&lt;)/[A-Za-z:]{1,20}(?:>|&gt;)){0,3}(?P<behind>[^<>&]?)"
)
"""The text behind a tag, and the sign behind the tags that end it."""
_ABOVE, _BELOW = frozenset("sup superscript sups".split()), frozenset("sub subscript inf".split())
_RARE = frozenset("superscript sups subscript inf".split())
"""Names of raised and lowered text that are markup only where a tag closes them."""
_STYLED = re.compile(
    r"""(?i)\bclass\s?=\s?["']?(?:(?P<above>sup)|(?P<below>sub))(?:er|script)?\b"""
    r"""|\bvertical-align\s?:\s?(?:(?P<super>super|text-top)|(?P<sub>sub|text-bottom))\b"""
)
_SAME_AGAIN = re.compile(r"/(?:[A-Za-z]{2,10}:)?(?P<name>su[bp])(?:>|&gt;)$")
_PARTS = re.compile(r"\s?\d{1,4}\s?(?:<|&lt;)/sup(?:>|&gt;)\s?(?:[/\u2044\u2215]|&frasl;|&#8260;)\s?(?:<|&lt;)sub(?:>|&gt;)")
"""A numerator, a stroke, and the tag of a denominator."""
_LONGEST_FORMULA = 3000
_FORMULA_TAG = r"(?:<|&lt;)(?:mml:|m:)?math\b"
_TEX_AGAIN = re.compile(rf"[^\0]{{0,3000}}?(?:<|&lt;)/(?:jats:)?tex-math(?:>|&gt;)(?P<formula>(?=\s{{0,20}}{_FORMULA_TAG}))?")
_UNSEEN_END = re.compile(r"[^\0]{0,3000}?(?:<|&lt;)/(?:mml:|m:)?annotation(?:-xml)?(?:>|&gt;)")
_FORMULA_END = re.compile(r"/(?:mml:|m:)?math(?:>|&gt;)\s{0,20}$")
_ODD_SPACE = str.maketrans({"\xa0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " "} | dict.fromkeys("\xad\u200b"))
_LINES = re.compile(r"[\n\t\r\v\f]")
_BLANK_LINE = re.compile(r"\n[^\S\n]{0,200}\n")
_STOPPED = re.compile(r"(?:[.!?:;,。！？][\"'”’)\]}]{0,3}|[(\[-])$")
_STOP = ". "
"""The text that ends a block without a stop of its own, such as a heading."""


def _html(text: str, _decoded: bool) -> _Decoded | None:
    return _Html(text).decoded() if _IS_HTML.search(text) else None


class _Html:
    """One pass over a text with HTML, JATS or MathML in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out = _Decoded()
        self.at = 0
        self.formulas = Formulas()

    def decoded(self) -> _Decoded | None:
        found = False
        for match in _HTML.finditer(self.text):
            if match.start() < self.at:
                continue
            self.keep(match.start())
            self.at = match.end()
            written = self.shown(match)
            if written is None:
                self.at = match.start()
            else:
                found = True
                self.out.mark(written, match.start(), self.at)
        self.keep(len(self.text))
        return self.out if found else None

    def keep(self, end: int) -> None:
        """Keep the text up to a tag, but for blanks between the tags of a formula."""
        if not (self.formulas.inside and self.text[self.at : end].isspace()):
            self.out.keep(self.text, self.at, end)
        self.at = end

    def shown(self, match: re.Match[str]) -> str | None:
        """What is shown for a tag or an entity; None where it is none."""
        if entity := match["entity"]:
            return _entity(entity)
        if match["comment"]:
            return ""
        space, name = (match["space"] or "").lower(), match["name"].lower()
        bare = not space and name in FORMULA | UNSEEN and (self.formulas.inside or (name == "math" and self.ends(match, name)))
        if space in ("mml:", "m:") or bare:
            return self.formula(match, name)
        if name == "tex-math" and not match["close"]:
            return self.tex(match)
        rare = name in _RARE and not space
        if rare and not self.ends(match, name):
            return None
        if space or rare or name not in _JATS_ONLY or name in _ALWAYS:
            if name in BLOCK:
                return "\n\n"
            if name in ("br", "break"):
                return " "
            if not match["close"] and (name in _ABOVE or name in _BELOW):
                return self.placed(match, name in _ABOVE)
            if not match["close"] and (style := _STYLED.search(match.group())):
                return self.placed(match, bool(style["above"] or style["super"]))
            if rare or name in INLINE or space in ("jats:", "xhtml:"):
                return ""
        return None

    def ends(self, match: re.Match[str], name: str) -> bool:
        """Whether a tag of that name closes what this one opens; papers write such names in angle brackets of their own."""
        end = match.end() + _LONGEST_FORMULA
        return any(self.text.find(f"{sign}/{name}", match.start(), end) >= 0 for sign in ("<", "&lt;"))

    def placed(self, match: re.Match[str], above: bool) -> str:
        """The sign at a tag that raises or lowers what follows."""
        following = _FOLLOWING.match(self.text, match.end())
        content, behind = (following["content"], following["behind"]) if following else ("", "")
        again = _SAME_AGAIN.search(self.text[max(0, match.start() - 20) : match.start()])
        if again and (again["name"] == "sup") == above and content[:1].isdecimal():
            return ""
        if above and _PARTS.match(self.text, match.end()):
            return " " if self.out.last.isdecimal() else ""
        return raised(content, self.out.tail, behind) if above else lowered(content, self.out.last)

    def formula(self, match: re.Match[str], name: str) -> str:
        """The sign at a tag of MathML."""
        if match["close"]:
            return self.formulas.closed(name)
        if name in UNSEEN and (unseen := _UNSEEN_END.match(self.text, match.end())):
            self.at = unseen.end()
            return ""
        following = _FOLLOWING.match(self.text, match.end())
        empty = match.group().endswith(("/>", "/&gt;"))
        return self.formulas.opened(name, following["content"] if following else "", self.out.tail, empty=empty)

    def tex(self, match: re.Match[str]) -> str:
        """Leave a formula of TeX out that stands beside the same one of MathML."""
        again = _TEX_AGAIN.match(self.text, match.end())
        if again and (again["formula"] is not None or _FORMULA_END.search(self.text[max(0, match.start() - 40) : match.start()])):
            self.at = again.end()
        return ""


def _entity(name: str) -> str | None:
    if name.startswith("#"):
        code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
        sign = chr(code) if 31 < code < 0x110000 and not 0x7F <= code < 0xA0 and not 0xD800 <= code < 0xE000 else None
    else:
        sign = html5.get(f"{name};")
    return sign.translate(_ODD_SPACE) if sign else sign


# Lines

_BREAK = re.compile(r"(?P<hyphen>(?<=[^\W\d_])-\r?\n[^\S\n]*(?=[a-z]))|\s\s+|[^\S ]")
_COMPOUND = re.compile(
    r"(?:and|or|of|the|to|in|art|aware|based|bit|class|defined|dependent|driven|end|event|explanatory|fine|fold|free|grained|guided"
    r"|invariant|known|language|layer|level|like|line|long|makers?|making|only|order|oriented|parameter|performing|quality|regressive"
    r"|related|resolution|respect|rich|scale|sensitive|shot|source|specific|state|step|style|supervised|term|time|token|tuned"
    r"|tuning|trained|training|turn|type|wide|wise|world)\b"
)
"""Second parts of compounds, which keep their hyphen where a line ends behind it."""


def _lines(text: str, decoded: bool) -> _Decoded | None:
    """Lines joined; a blank line ends a sentence. White space in a row becomes one blank where there was anything to decode."""
    if not _LINES.search(text) and not (decoded and ("  " in text or text != text.strip())):
        return None
    out, at = _Decoded(), len(text) - len(text.lstrip())
    end = len(text.rstrip())
    for match in _BREAK.finditer(text, at, max(at, end)):
        out.keep(text, at, match.start())
        at = match.end()
        if match["hyphen"] is not None:
            out.put(_hyphen(text, match), *match.span())
        elif _BLANK_LINE.search(match.group()) and not _STOPPED.search(text[max(0, match.start() - 4) : match.start()]):
            out.put(_STOP, *match.span())
        elif not (_is_cjk(out.last) and _is_cjk(text[at : at + 1])):
            out.put(" ", *match.span())
    out.keep(text, at, end)
    return out


def _hyphen(text: str, match: re.Match[str]) -> str:
    """The hyphen of a word that a line break parted, where it is the word's own."""
    before = re.search(r"(?<![\w-])[\w-]+$", text[max(0, match.start() - 30) : match.start()])
    own = _COMPOUND.match(text, match.end()) or (before and "-" in before.group())
    return "-" if own else ""


def _is_cjk(char: str) -> bool:
    return bool(char) and ("\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef")
