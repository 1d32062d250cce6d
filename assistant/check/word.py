"""Drafts in files of Word: the paragraphs of the document as plain text, read within bounds, without entities."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from xml.etree.ElementTree import Element, ParseError

from assistant import cancel
from assistant.check import raised
from assistant.check.raised import DOWN, UP
from assistant.errors import SourceError

_DOCUMENT, _NUMBERING, _STYLES = "word/document.xml", "word/numbering.xml", "word/styles.xml"
_MOST = 50_000_000
"""The document may unpack to at most so many bytes."""
_RATIO, _FREE = 200, 10_000_000
"""A document that unpacks to more than `_FREE` bytes may have at most `_RATIO` times its packed size."""
_SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_LEFT_OUT = frozenset(
    (
        *(f"{_SPACE}{name}" for name in ("tbl", "del", "moveFrom", "txbxContent", "instrText")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    )
)
"""Tables, deleted text, text boxes, the instructions of fields, and what older programs show in its place."""
_HIDING = tuple(f"{_SPACE}{name}" for name in ("strike", "dstrike", "vanish", "specVanish"))
_BLANKS = frozenset(f"{_SPACE}{name}" for name in ("tab", "ptab", "br", "cr"))
_HYPHEN, _SYMBOL, _RAISED = f"{_SPACE}noBreakHyphen", f"{_SPACE}sym", f"{_MATHS}sup"
_SYMBOLS = dict(zip("aAbBgdDelmpstwW", "αΑβΒγδΔελμπστωΩ", strict=True)) | {
    chr(code): sign
    for code, sign in {0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB9: "≠", 0xBB: "≈", 0xAE: "→"}.items()
}
"""Signs of the font Symbol, whose codes are those of other letters."""
_STRETCH = re.compile(rf"{UP}([^{UP}{DOWN}]*){DOWN}")
_LEVELS = frozenset("012345678")
"""The levels that a list of Word has."""
_FIRST = re.compile(r"\d{1,9}", re.ASCII)
"""The number that a level begins with."""
_SUPERSCRIPT = "superscript"
_OFF = frozenset(("0", "false", "off", "none"))


def text(name: str, content: bytes) -> str:
    """The paragraphs of a document, an empty line between them; headings and titles keep their place as short lines.

    Args:
        name: of the file, for the errors.
        content: the file.

    Returns:
        The text.

    Raises:
        SourceError: it is no file of Word, broken, encrypted, or unpacks to more than a bound; or its XML declares entities.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = _part(name, archive, _DOCUMENT)
            held = archive.namelist()
            lists = _Lists(_part(name, archive, _NUMBERING) if _NUMBERING in held else None)
            styles = _raising(_part(name, archive, _STYLES)) if _STYLES in held else frozenset[str]()
    except KeyError as exc:
        raise SourceError(f"{name!r} is no document of Word: it holds no {_DOCUMENT}") from exc
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as exc:
        raise SourceError(f"{name!r} is a broken file of Word: {exc}") from exc
    return "\n\n".join(filter(None, _paragraphs(root, lists, styles))) + "\n"


def _part(name: str, archive: zipfile.ZipFile, part: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    member = archive.getinfo(part)
    if member.flag_bits & 1:
        raise SourceError(f"{name!r} is encrypted; save it without a password")
    if member.file_size > min(_MOST, max(_FREE, _RATIO * member.compress_size)):
        raise SourceError(f"{name!r} unpacks to more than a text of its size can")
    with archive.open(member) as stream:
        packed = stream.read(member.file_size + 1)
    try:
        return fromstring(packed)
    except (ParseError, DefusedXmlException, ValueError) as exc:
        said = "declares entities, which are not read" if isinstance(exc, DefusedXmlException) else f"holds broken XML: {exc}"
        raise SourceError(f"{name!r} {said}") from exc


class _Lists:
    """The lists of a document, whose numbers stand in no paragraph: Word counts them as it shows them."""

    def __init__(self, numbering: Element | None) -> None:
        self._forms: dict[str, dict[str, tuple[str, int]]] = {}
        """A form of lists -> a level -> the kind of its numbers, and the first of them."""
        self._of: dict[str, tuple[str, str]] = {}
        """The number that paragraphs give -> the list, and its form; a list that begins anew is one of its own."""
        self._at: dict[str, dict[str, int]] = {}
        """A list -> the number that each of its levels is at."""
        for one in numbering if numbering is not None else ():
            if one.tag == f"{_SPACE}abstractNum":
                levels = self._forms.setdefault(one.get(f"{_SPACE}abstractNumId", ""), {})
                for level in one.iterfind(f"{_SPACE}lvl"):
                    first = _value(level, "start")
                    form = _value(level, "numFmt"), int(first) if _FIRST.fullmatch(first) else 1
                    levels[level.get(f"{_SPACE}ilvl", "0")] = form
            elif one.tag == f"{_SPACE}num":
                number, form = one.get(f"{_SPACE}numId", ""), _value(one, "abstractNumId")
                own = one.find(f"{_SPACE}lvlOverride") is not None
                self._of[number] = f"{form} {number}" if own else form, form

    def label(self, paragraph: Element) -> str:
        """What stands in front of a paragraph: "3. " or a bullet, or nothing."""
        given = paragraph.find(f"{_SPACE}pPr/{_SPACE}numPr")
        of, form = self._of.get(_value(given, "numId"), ("", "")) if given is not None else ("", "")
        level = (_value(given, "ilvl") or "0") if given is not None else ""
        kind, first = self._forms.get(form, {}).get(level, ("none", 1)) if level in _LEVELS else ("none", 1)
        if kind == "none":
            return ""
        numbers = self._at.setdefault(of, {})
        self._at[of] = {at: number for at, number in numbers.items() if at <= level} | {level: numbers.get(level, first - 1) + 1}
        return f"{self._at[of][level]}. " if kind == "decimal" else "\u2022 "


def _value(element: Element, name: str) -> str:
    found = element.find(f"{_SPACE}{name}")
    return found.get(f"{_SPACE}val", "") if found is not None else ""


def _paragraphs(root: Element, lists: _Lists, styles: frozenset[str]) -> list[str]:
    found: list[str] = []
    parts: list[str] = []
    open_: list[tuple[Element, str | None]] = [(root, None)]  # no recursion: the document decides how deep it goes
    while open_:
        element, closing = open_.pop()
        if closing == DOWN:
            parts.append(DOWN)
        elif closing is not None:
            cancel.check()
            content = " ".join(_lowered("".join(parts)).split())
            found.append(f"{closing}{content}" if content else "")
            parts = []
        elif element.tag in _LEFT_OUT or (element.tag == f"{_SPACE}r" and _hidden(element)):
            continue
        elif element.tag in _SIGNS:
            parts.append(_SIGNS[element.tag](element))
        else:
            if element.tag == f"{_SPACE}p":
                open_.append((element, lists.label(element)))
            elif _raised(element, styles):
                parts.append(UP)
                open_.append((element, DOWN))
            open_.extend((child, None) for child in reversed(element))
    return found


def _hidden(run: Element) -> bool:
    """Whether a run of text is struck through or hidden by its own properties."""
    set_ = [run.find(f"{_SPACE}rPr/{name}") for name in _HIDING]
    return any(one is not None and one.get(f"{_SPACE}val", "1").lower() not in _OFF for one in set_)


def _raising(styles: Element) -> frozenset[str]:
    """The styles that raise text, by their own properties or by those of the style that they are based on."""
    own: dict[str, tuple[str | None, str]] = {}
    for style in styles.iterfind(f"{_SPACE}style"):
        own[style.get(f"{_SPACE}styleId", "")] = _height(style), _value(style, "basedOn")
    found: dict[str, bool] = {"": False}
    for name in own:
        chain: dict[str, None] = {}
        while name not in found and name not in chain and own.get(name, ("", ""))[0] is None:
            chain[name] = None
            name = own[name][1]
        raises = found[name] if name in found else own.get(name, ("", ""))[0] == _SUPERSCRIPT
        found |= dict.fromkeys([*chain, name], raises)
    return frozenset(name for name, raises in found.items() if raises)


def _height(element: Element) -> str | None:
    """Where the properties of a run or a style set its text: "superscript", "baseline"; None where they do not say."""
    place = element.find(f"{_SPACE}rPr/{_SPACE}vertAlign")
    return place.get(f"{_SPACE}val", "") if place is not None else None


def _raised(element: Element, styles: frozenset[str]) -> bool:
    """Whether an element is a run that is raised by its own properties or by its style, or a power of a formula."""
    if element.tag != f"{_SPACE}r":
        return element.tag == _RAISED
    own, style = _height(element), element.find(f"{_SPACE}rPr/{_SPACE}rStyle")
    by_style = style is not None and style.get(f"{_SPACE}val") in styles
    return own == _SUPERSCRIPT if own is not None else by_style


def _symbol(element: Element) -> str:
    """The sign of a font of signs; a blank for one that is not known, so that nothing is glued together."""
    code = element.get(f"{_SPACE}char", "")
    sign = chr(int(code, 16) & 0xFF) if re.fullmatch("[0-9A-Fa-f]{2,4}", code) else ""
    return _SYMBOLS.get(sign, " ") if element.get(f"{_SPACE}font", "") == "Symbol" else " "


_SIGNS: dict[str, Callable[[Element], str]] = {
    f"{_SPACE}t": lambda element: element.text or "",
    f"{_MATHS}t": lambda element: element.text or "",
    **dict.fromkeys(_BLANKS, lambda _: " "),
    _HYPHEN: lambda _: "-",
    _SYMBOL: _symbol,
}
"""The elements that show something, by their tags."""


def _lowered(content: str) -> str:
    """A paragraph with its raised numbers as citations, "set [2]", or as powers of numbers, units and letters, "m²"."""
    return _STRETCH.sub(_as_text, content.replace(f"{DOWN}{UP}", "")).translate({ord(UP): None, ord(DOWN): None})


def _as_text(stretch: re.Match[str]) -> str:
    found = raised.read(stretch[1], stretch.string, *stretch.span())
    return f" [{found.text}]{found.stop}{' ' if stretch[1][-1:].isspace() else ''}" if found.cites else found.text
