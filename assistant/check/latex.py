r"""Drafts in LaTeX: comments, preamble, formulas, floats, code and commands of layout blanked; nothing is included."""

from __future__ import annotations

import re

from assistant.check import citations, raised
from assistant.check.masks import BLANK, Mask

_MATHS = "equation align gather multline eqnarray displaymath math flalign alignat split subequations".split()
"""Environments that stand inside a sentence."""
_FLOATS = (
    "figure table tabular tabularx longtable wrapfigure subfigure verbatim Verbatim lstlisting minted algorithm algorithmic "
    "tikzpicture comment filecontents thebibliography sidewaystable teaserfigure CCSXML keywords"
).split()
"""Environments that part what stands before and behind them."""
_OPENING = re.compile(
    r"(?P<comment>%)|\\begin\s?\{(?P<begin>[A-Za-z]{1,30})\*?\}|(?P<end>\\end\s?\{[A-Za-z]{1,30}\*?\})"
    r"|(?P<display>\\\[|\$\$)|(?P<verb>\\verb\*?(?![A-Za-z]))|(?P<macro>\\[A-Za-z]{1,40})\*?|(?P<sign>\\.)",
    re.DOTALL,
)
_PARTING = frozenset(
    """documentclass usepackage title author date address affiliation affil email input include bibliography
    bibliographystyle caption pagestyle thispagestyle setlength setcounter newcommand renewcommand providecommand def
    newtheorem institute keywords icmltitle addbibresource graphicspath hypersetup usetikzlibrary definecolor pdfinfo
    acmConference orcid running titlerunning authorrunning printbibliography maketitle tableofcontents listoffigures
    listoftables appendix newpage clearpage pagebreak bigskip medskip smallskip vfill noindent centering onecolumn
    twocolumn""".split()
)
"""Commands that part what stands before and behind them, with arguments that are no prose."""
_HEADINGS = frozenset("section subsection subsubsection chapter part paragraph subparagraph".split())
"""Commands that do so too, with an argument that is prose where it is to be proved."""
_ENDING = frozenset("item par newline".split())
"""Commands that part, and whose arguments are prose."""
_INLINE = frozenset(
    """label thanks footnote footnotemark footnotetext nocite color vspace hspace index todo fixme comment marginpar includegraphics
    phantom hphantom vphantom""".split()
)
"""Commands within a sentence that are left out with their arguments."""
_ADDRESSES = frozenset("href hyperref".split())
"""Commands whose first argument is left out, and whose second one is prose."""
_CONDITIONALS = frozenset("iffalse iftrue if else fi".split())
_ZERO = re.compile(r"\s?0(?=[^\\0\d])")
"""Behind `\\if`, where it compares a zero with the first sign of what is commented out by it."""
_BRANCH = re.compile(
    r"\\[\\%]|%[^\n]*|(?:(?P<else>\\else)|(?P<fi>\\fi)|(?P<if>\\(?!ifthenelse|iff(?![A-Za-z@]))if[A-Za-z@]{0,40}))(?![A-Za-z@])"
)
"""What nests conditionals; what a comment holds does not count, and `\\iff` is a sign."""
_COMMENT = re.compile(r"(?<!\\)%")
_BIBITEM = re.compile(r"\\bibitem\s?(?:\[[^\[\]]{0,300}\]\s?)?\{([^{}]{1,200})\}")
_BRACES = re.compile(r"\\.|[{}\[\]]", re.DOTALL)
_COMMAND = re.compile(r"\\[A-Za-z]{1,40}\*?\s?(?=\{)|(?<!\\)[{}]|(?P<word>\\[A-Za-z]{1,40})")
_MOST_ARGUMENTS = 6
_LONGEST_HEADING = 1000
"""What has more characters says something."""
_WITHIN = 1000
"""A comment sign is looked for in so many characters before what it may hide."""


def masked(text: str) -> str:
    r"""Blank what is no prose in a file of LaTeX; where it has `\begin{document}`, what stands outside of the document too."""
    mask = Mask(text)
    start, end = _document(text)
    mask.part(0, start)
    mask.part(end, len(text))
    pairs, unset = _pairs(text, start, end), _branches(text, start, end)
    missing: set[str] = set()
    at = start
    while match := _OPENING.search(text, at, end):
        at = match.end()
        if match["comment"]:
            line = text.find("\n", at, end)
            at = end if line < 0 else line
            mask.blank(match.start(), at)
        elif match["begin"]:
            at = _environment(text, mask, match, end, missing, pairs)
        elif match["end"]:
            mask.part(*match.span())
        elif match["display"]:
            at = _closed(text, "$$" if match["display"] == "$$" else "\\]", at, end, missing)
            mask.blank(match.start(), at)
        elif match["verb"]:
            close = text.find(text[at : at + 1] or "\n", at + 1, min(end, at + 300))
            at = close + 1 if close > 0 else at
            mask.blank(match.start(), at)
        elif match["macro"] and match["macro"][1:] in _CONDITIONALS:
            at = unset.get(match.start(), at)
            mask.blank(match.start(), at)
        elif match["macro"]:
            at = _macro(text, mask, match, pairs)
    raised.lay(mask, mask.text, "latex")
    return mask.text


def _document(text: str) -> tuple[int, int]:
    begins = _uncommented(text, "\\begin{document}")
    start = begins + len("\\begin{document}") if begins >= 0 else 0
    ends = [_uncommented(text, end, start) for end in ("\\end{document}", "\\endinput")]
    return start, min((end for end in ends if end >= 0), default=len(text))


def _uncommented(text: str, wanted: str, start: int = 0) -> int:
    """The first place of a text from `start` where no comment stands before it in its line; -1 where there is none."""
    at = text.find(wanted, start)
    while at >= 0:
        before = text[max(0, at - _WITHIN) : at]
        if not _COMMENT.search(before, before.rfind("\n") + 1):
            return at
        at = text.find(wanted, at + 1)
    return -1


def _environment(text: str, mask: Mask, match: re.Match[str], end: int, missing: set[str], pairs: dict[int, int]) -> int:
    """Blank an environment, or the command that begins it; the place behind it."""
    name = match["begin"]
    if name in _MATHS or name in _FLOATS:
        star = "*" if text[match.end() - 2] == "*" else ""
        at = _closed(text, f"\\end{{{name}{star}}}", match.end(), end, missing)
        (mask.blank if name in _MATHS else mask.part)(match.start(), at)
        return at
    at = _arguments(text, match.end(), pairs)
    mask.part(match.start(), at)
    return at


def _closed(text: str, closing: str, at: int, end: int, missing: set[str]) -> int:
    """The place behind the next `closing`; `at` where there is none, which is looked for only once."""
    found = -1 if closing in missing else text.find(closing, at, end)
    if found < 0:
        missing.add(closing)
        return at
    return found + len(closing)


def _branches(text: str, start: int, end: int) -> dict[int, int]:
    r"""The branches of conditionals that are never set, each from its `\iffalse`, `\if0`, or the `\else` of an `\iftrue`.

    Returns:
        Where such a command begins -> the place behind its branch; none for a conditional that nothing closes.
    """
    found: dict[int, int] = {}
    opened: list[tuple[re.Match[str], re.Match[str] | None]] = []
    for match in _BRANCH.finditer(text, start, end):
        if match["if"]:
            opened.append((match, None))
        elif match["else"] and opened:
            opened[-1] = opened[-1][0], match
        elif match["fi"] and opened:
            begins, other = opened.pop()
            if begins["if"] == "\\iffalse" or (begins["if"] == "\\if" and _ZERO.match(text, begins.end())):
                found[begins.start()] = (other or match).end()
            elif begins["if"] == "\\iftrue" and other:
                found[other.start()] = match.end()
    return found


def _macro(text: str, mask: Mask, match: re.Match[str], pairs: dict[int, int]) -> int:
    """Blank a command of layout; the place behind what was blanked."""
    name, at = match["macro"][1:], match.end()
    if name in _PARTING:
        at = _arguments(text, at, pairs)
        mask.part(match.start(), at)
    elif name in _HEADINGS:
        opened = _arguments(text, at, pairs, most=1) if text[at : at + 1] == "[" else at
        close = pairs.get(opened, opened)
        short = close - opened < _LONGEST_HEADING  # else headings within each other are each looked through
        if short and not citations.states(text[opened + 1 : close], "latex", run_in=name.endswith("paragraph")):
            at = _arguments(text, at, pairs)
            mask.part(match.start(), at)
        else:
            mask.part(match.start(), opened + 1)
            mask.part(close, close + 1)
            at = opened + 1
    elif name in _ENDING:
        mask.part(match.start(), at)
    elif name in _INLINE or name in _ADDRESSES:
        at = _arguments(text, at, pairs, most=1 if name in _ADDRESSES else _MOST_ARGUMENTS)
        mask.blank(match.start(), at)
    return at


def _arguments(text: str, at: int, pairs: dict[int, int], most: int = _MOST_ARGUMENTS) -> int:
    """The place behind the arguments in brackets and braces that stand at `at`."""
    for _ in range(most):
        if at not in pairs:
            break
        at = pairs[at] + 1
    return at


def _pairs(text: str, start: int, end: int) -> dict[int, int]:
    """The place of each brace and bracket that opens -> that of the one that closes it."""
    found: dict[int, int] = {}
    open_: list[int] = []
    for match in _BRACES.finditer(text, start, end):
        sign = match.group()
        if sign in "{[":
            open_.append(match.start())
        elif sign == "}":
            while open_ and text[open_[-1]] == "[":  # one that nothing closes
                open_.pop()
            if open_:
                found[open_.pop()] = match.start()
        elif sign == "]" and open_ and text[open_[-1]] == "[":
            found[open_.pop()] = match.start()
    return found


def splittable(content: str) -> str:
    r"""A masked text for the search of its sentences: braces and what stands before them blanked, as `\emph` of `\emph{Lean} is`.

    A command without an argument is a word, as `\ours` of "\ours is fast".

    Returns:
        The text, of the same length.
    """
    return _COMMAND.sub(lambda found: ("X" if found["word"] else BLANK) * len(found.group()), content)


def bibitems(text: str) -> list[tuple[str, str]]:
    r"""The keys and texts of the entries of `thebibliography`."""
    start = _uncommented(text, "\\begin{thebibliography}")
    if start < 0:
        return []
    end = text.find("\\end{thebibliography}", start)
    inside = text[start : len(text) if end < 0 else end]
    found = list(_BIBITEM.finditer(inside))
    starts = [*(match.start() for match in found[1:]), len(inside)]
    return [(match[1].strip(), " ".join(inside[match.end() : stop].split())) for match, stop in zip(found, starts, strict=False)]
