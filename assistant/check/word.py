"""Drafts in files of Word: the paragraphs of the document as plain text, read within bounds, without entities."""

from __future__ import annotations

import io
import zipfile
from xml.etree.ElementTree import Element, ParseError

from assistant.errors import SourceError

_DOCUMENT = "word/document.xml"
_MOST = 50_000_000
"""The document may unpack to at most so many bytes."""
_RATIO, _FREE = 200, 10_000_000
"""A document that unpacks to more than `_FREE` bytes may have at most `_RATIO` times its packed size."""
_SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEFT_OUT = frozenset((f"{_SPACE}tbl", f"{_SPACE}del", f"{_SPACE}moveFrom", f"{_SPACE}txbxContent", f"{_SPACE}instrText"))
"""Tables, deleted text, text boxes and the instructions of fields."""
_STRIKES = (f"{_SPACE}strike", f"{_SPACE}dstrike")
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
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = archive.getinfo(_DOCUMENT)
            if member.flag_bits & 1:
                raise SourceError(f"{name!r} is encrypted; save it without a password")
            if member.file_size > min(_MOST, max(_FREE, _RATIO * member.compress_size)):
                raise SourceError(f"{name!r} unpacks to more than a text of its size can")
            with archive.open(member) as stream:
                packed = stream.read(member.file_size + 1)
    except KeyError as exc:
        raise SourceError(f"{name!r} is no document of Word: it holds no {_DOCUMENT}") from exc
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as exc:
        raise SourceError(f"{name!r} is a broken file of Word: {exc}") from exc
    try:
        root: Element = fromstring(packed)
    except (ParseError, DefusedXmlException, ValueError) as exc:
        said = "declares entities, which are not read" if isinstance(exc, DefusedXmlException) else f"holds broken XML: {exc}"
        raise SourceError(f"{name!r} {said}") from exc
    return "\n\n".join(filter(None, _paragraphs(root))) + "\n"


def _paragraphs(root: Element) -> list[str]:
    found: list[str] = []
    parts: list[str] = []
    open_ = [(root, False)]  # no recursion: the document decides how deep it goes
    while open_:
        element, done = open_.pop()
        if done:
            found.append(" ".join("".join(parts).split()))
            parts = []
        elif element.tag in _LEFT_OUT or (element.tag == f"{_SPACE}r" and _struck(element)):
            continue
        elif element.tag == f"{_SPACE}t":
            parts.append(element.text or "")
        elif element.tag in (f"{_SPACE}tab", f"{_SPACE}br", f"{_SPACE}cr"):
            parts.append(" ")
        else:
            if element.tag == f"{_SPACE}p":
                open_.append((element, True))
            open_.extend((child, False) for child in reversed(element))
    return found


def _struck(run: Element) -> bool:
    """Whether a run of text is struck through by its own properties."""
    set_ = [run.find(f"{_SPACE}rPr/{name}") for name in _STRIKES]
    return any(one is not None and one.get(f"{_SPACE}val", "1").lower() not in _OFF for one in set_)
