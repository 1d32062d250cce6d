"""XML files, parsed without entities, document types or addresses; each kind of root has its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from assistant.sources import endnote, papers, pubmed
from assistant.types import Page, Paper, Rejection

Reader = Callable[[Element, Page], Paper]
_READERS: dict[str, Reader] = {
    "PubmedArticle": pubmed.paper,
    "PubmedBookArticle": pubmed.paper,
    "record": endnote.paper,
}
"""The tag of a record to its reader."""


class _Builder(TreeBuilder):
    """Builds elements, and notes the line that each record begins on."""

    def __init__(self) -> None:
        super().__init__()
        self.line: Callable[[], int] = int
        """Where the parser is."""
        self.lines: dict[Element, int] = {}

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """See `TreeBuilder`."""
        element = super().start(tag, attrs)
        if tag in _READERS:
            self.lines[element] = self.line()
        return element


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of an XML file, in order; `name` is the file's."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import XMLParser, iterparse

    page, found, root = Page(name=Path(name).stem), 0, ""
    builder = _Builder()
    parser = XMLParser(target=builder, encoding="utf-8")  # whatever the file declares, it is decoded
    builder.line = lambda: parser.parser.CurrentLineNumber
    try:
        for event, element in iterparse(BytesIO(text.encode()), events=("start", "end"), parser=parser):
            root = root or element.tag
            if event == "start" or element.tag not in _READERS:
                continue
            found += 1
            line = builder.lines.pop(element)
            try:
                yield papers.bounded(_READERS[element.tag](element, page), max_line)
            except ValueError as exc:
                yield Rejection(file=name, line=line, reason=str(exc))
            element.clear()
    except (ParseError, DefusedXmlException, ValueError) as exc:
        said = "declares entities, which are not read" if isinstance(exc, DefusedXmlException) else f"is broken XML: {exc}"
        yield Rejection(file=name, line=None, reason=f"{said}, after {found} records" if found else said)
        return
    if not found:
        shape = f"is XML of an unknown shape (its root is {root.rpartition('}')[2][:60]!r}); known are PubMed's and EndNote's"
        reason = f"{shape}; export the papers as BibTeX, RIS or CSL-JSON instead"
        yield Rejection(file=name, line=None, reason=reason)
