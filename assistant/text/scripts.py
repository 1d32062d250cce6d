"""Raised and lowered text within a line: the sign that keeps 10 with a raised 6 from being read as 106. Elements of MathML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RAISING = frozenset("textsuperscript realsuperscript superscript sp ap up high sups supscr textsu".split())
LOWERING = frozenset("textsubscript realsubscript subscript sb ped low textsb".split())
FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac flatfrac".split())
"""Macros of LaTeX and ConTeXt."""
_NO_POWERS = frozenset("circ prime dagger ast star st nd rd th TM SM textregistered texttrademark * ' ° ∘ ′ ″ † ® ™".split())
_TEN = re.compile(r"(?<![\d.,])10\s{1,3}$")
_INTEGER = re.compile(r"[-−–+]?\d{1,3}$")
_SIGNED = re.compile(r"[-−–]\s?\d{1,3}$")


def raised(content: str, before: str, behind: str = "") -> str:
    """The sign for raised text.

    Args:
        content: the text, or its beginning.
        before: the text before, as it is shown; its last characters are enough.
        behind: the text behind, as far as it is known.

    Returns:
        The hat of a power; nothing for an ordinal, a charge, a degree, a mark, or text that raises nothing.
    """
    plain, last = content.strip().lstrip("\\"), before[-1:]
    if plain in _NO_POWERS or not plain:
        return ""
    if last.isspace():  # "10 <sup>6</sup>", but not "and <sup>13</sup>C"
        ten = _TEN.search(before) and _INTEGER.match(plain)
        unit = before.rstrip()[-1:].isalpha() and _SIGNED.match(plain)
        return "^" if (ten or unit) and not behind[:1].isalpha() else ""
    if last.isalpha() and plain[-1] in "+-−":
        return ""  # a charge
    return "^" if last.isalnum() or last in (")", "]") else ""


def lowered(content: str, before: str) -> str:
    """The sign for lowered text: a line between two figures, which would be one figure without it; else nothing."""
    return "_" if before[-1:].isdecimal() and content.lstrip()[:1].isdecimal() else ""


# MathML

FORMULA = frozenset(
    """math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msup msub msubsup mover munder munderover mmultiscripts mprescripts none
    mfenced menclose mstyle mpadded mphantom merror mtable mtr mtd mlabeledtr semantics maction""".split()
)
"""The elements of a formula, without those that tell it again."""
UNSEEN = frozenset("annotation annotation-xml".split())
"""Elements that tell a formula again in another language."""
_DEEPEST = 500


@dataclass
class _Element:
    name: str
    children: int = 0
    closing: str = ""


@dataclass
class Formulas:
    """The elements of MathML that are open, and the signs that stand for the way in which they place their children."""

    _open: list[_Element] = field(default_factory=list[_Element])

    @property
    def inside(self) -> bool:
        """Whether a formula is open."""
        return bool(self._open)

    def opened(self, name: str, content: str, before: str, *, empty: bool) -> str:
        """The sign at an opening tag.

        Args:
            name: of the tag, in lower case, without a prefix.
            content: the text that follows, without tags.
            before: the text before, as it is shown.
            empty: the tag closes itself.

        Returns:
            The sign, or nothing.
        """
        sign = self._placed(self._open[-1], name, content, before) if self._open else ""
        if name in ("msqrt", "mroot"):
            sign += "√"
        elif name == "mfenced":
            sign += "("
        elif name == "mspace":
            sign += " "
        if not empty and len(self._open) < _DEEPEST:
            self._open.append(_Element(name, closing=")" if name == "mfenced" else " " if name in ("mtd", "mtr") else ""))
        return sign

    def closed(self, name: str) -> str:
        """The sign at a closing tag; elements inside that nothing closed are closed, too."""
        at = next((at for at in range(len(self._open) - 1, -1, -1) if self._open[at].name == name), None)
        if at is None:
            return ""
        element = self._open[at]
        del self._open[at:]
        return element.closing

    def _placed(self, parent: _Element, name: str, content: str, before: str) -> str:
        place = parent.children
        parent.children += 1
        between = " " if before[-1:].isalnum() and content[:1].isalnum() else ""
        match parent.name:
            case "mfrac":
                return ("/" if place == 1 else "") or (" " if place == 0 and before[-1:].isdecimal() else "")
            case "msup" if place == 1:
                return raised(content, before)
            case "msub" if place == 1:
                return lowered(content, before)
            case "msubsup" if place:
                return lowered(content, before) if place == 1 else raised(content, before)
            case "mmultiscripts" if place:
                if name == "mprescripts":
                    parent.children = 1
                if name in ("mprescripts", "none"):
                    return ""
                return lowered(content, before) if place % 2 else raised(content, before)
            case "mroot" | "mover" | "munder" | "munderover" if place:
                return between
            case _:
                return ""
