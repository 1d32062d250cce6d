"""EndNote: records of its XML, and its tagged text (.enw)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from assistant.sources import fields, ids, papers, tagged
from assistant.sources.pubmed import text_of
from assistant.types import Page, Paper, Rejection

START = re.compile(r"\A\s*%0 ")
"""Start of a file of tagged text."""
_TAG = re.compile(r"(%\S)(?:\s(.*))?$")
_TYPES = {"Journal Article": "article", "Conference Proceedings": "inproceedings", "Conference Paper": "inproceedings"} | {
    "Book": "book",
    "Book Section": "incollection",
    "Thesis": "phdthesis",
}
"""Types of EndNote -> types of BibTeX."""


def paper(record: Element, page: Page) -> Paper:
    """Read a <record>.

    Returns:
        The paper.

    Raises:
        ValueError: there is no title or no abstract, or some of it cannot be stored.
    """
    kind = record.find("ref-type")
    dates = [text_of(record.find(path)) for path in ("./dates/pub-dates/date", "./dates/year")]
    return _made(
        page,
        title=text_of(record.find("./titles/title")),
        abstract=text_of(record.find("abstract")),
        authors=[text_of(one) for one in record.findall("./contributors/authors/author")],
        date=" ".join(filter(None, dates)) if not re.search("[0-9]{4}", dates[0]) else dates[0],
        doi=text_of(record.find("electronic-resource-num")),
        url=text_of(record.find("./urls/related-urls/url")),
        venue=text_of(record.find("./periodical/full-title")) or text_of(record.find("./titles/secondary-title")),
        kind=kind.get("name", "") if kind is not None else "",
        notes=[text_of(one) for one in record.findall("notes")],
    )


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of tagged text, in order; `name` is the file's."""
    return tagged.read(name, text, max_line, _of_entry, _TAG, "%0")


def _of_entry(entry: tagged.Entry, page: Page) -> Paper:
    one = {tag: tagged.texts(entry, tag, "\n")[0] for tag in entry}
    return _made(
        page,
        title=one.get("%T", ""),
        abstract=one.get("%X", ""),
        authors=tagged.texts(entry, "%A"),
        date=one.get("%8", "") if re.search("[0-9]{4}", one.get("%8", "")) else one.get("%D", ""),
        doi=one.get("%R", ""),
        url=one.get("%U", ""),
        venue=one.get("%J", "") or one.get("%B", ""),
        kind=one.get("%0", ""),
        notes=tagged.texts(entry, "%Z"),
    )


def _made(
    page: Page,
    *,
    title: str,
    abstract: str,
    authors: list[str],
    date: str,
    doi: str,
    url: str,
    venue: str,
    kind: str,
    notes: list[str],
) -> Paper:
    if not title or not abstract:
        raise ValueError(f"the record {(title or 'without a title')[:80]!r} has no {'abstract' if title else 'title'}")
    return papers.make(
        " ".join(title.split()),
        abstract,
        page,
        "endnote",
        date=fields.day(date),
        url=url or ids.doi_address(doi),
        authors=fields.people(authors),
        ids=fields.several((("doi", doi),)),
        venue=" ".join(venue.split()) or None,
        kind=_TYPES.get(kind),
        notice=fields.withdrawn(title, *notes, abstract),
    )
