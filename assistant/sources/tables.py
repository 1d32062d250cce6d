"""Tables (CSV, tab-separated) of Zotero, Scopus, Web of Science, OpenAlex and others: columns are known by their names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from assistant.sources import fields, ids, papers
from assistant.types import Page, Paper, Rejection

_COLUMNS = {
    "title": ("title", "article title", "document title", "display_name", "paper title", "ti"),
    "abstract": ("abstract", "abstract note", "summary", "ab"),
    "authors": ("author full names", "authorships.author.display_name", "authors", "author", "author names", "af", "au"),
    "date": ("publication_date", "publication date", "date", "publication year", "publication_year", "year", "py"),
    "venue": (
        "publication title",
        "source title",
        "primary_location.source.display_name",
        "journal",
        "journal/book",
        "venue",
        "so",
    ),
    "doi": ("doi", "di"),
    "pubmed": ("pmid", "pubmed id", "pubmed_id", "ids.pmid", "pm"),
    "openalex": ("id", "openalex id", "openalex_id", "ids.openalex"),
    "arxiv": ("arxiv id", "arxiv_id", "arxiv"),
    "url": ("url", "link", "doi link", "landing_page_url", "primary_location.landing_page_url"),
    "extra": ("extra", "is_retracted", "publication stage", "document type", "item type", "notice"),
}
"""Field -> the columns that hold it, in any case, the most specific first."""
_DELIMITERS = ",;\t|"
_NAMED = re.compile(r'"?sep=([^\r\n"])"?[^\S\n]*\n[\r\n]*', re.IGNORECASE)
_WIDEST = 20_000
"""A head with more characters is none."""


def is_table(text: str) -> bool:
    """A text begins with a row of known column names, a title and an abstract among them."""
    head = _head(text)
    return bool(head.columns) and {"title", "abstract"} <= set(_places(head.columns))


class _Head(NamedTuple):
    """The row of the names of a table's columns."""

    columns: list[str]
    """Empty for an empty text, and one whose first line is too long."""
    delimiter: str
    at: int
    """Where in the text the row begins."""


def _head(text: str) -> _Head:
    """The first row that is not empty, behind the line by which Excel names the delimiter, where there is one."""
    start = len(text) - len(text.lstrip("\ufeff \r\n"))
    named = _NAMED.match(text, start)
    at = named.end() if named else start
    end = text.find("\n", at)
    head = text[at : len(text) if end < 0 else end].rstrip("\r\n")
    delimiter = named[1] if named else max(_DELIMITERS, key=head.count)
    return _Head(next(csv.reader([head], delimiter=delimiter)) if 0 < len(head) < _WIDEST else [], delimiter, at)


def _places(head: list[str]) -> dict[str, list[int]]:
    """A field -> the numbers of its columns, the most telling first."""
    names = [name.strip().strip("\ufeff").lower() for name in head]
    found = {field: [names.index(column) for column in columns if column in names] for field, columns in _COLUMNS.items()}
    return {field: places for field, places in found.items() if places}


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a table, in order; `name` is the file's."""
    head = _head(text)
    places = _places(head.columns)
    first = text.count("\n", 0, head.at)
    if not {"title", "abstract"} <= set(places):
        found = fields.names(dict.fromkeys(head.columns))
        reason = f"is a table of an unknown shape: the columns found are {found}; {fields.WANTED}"
        yield Rejection(file=name, line=first + 1, reason=reason)
        return
    csv.field_size_limit(max(max_line, 131_072))
    lines = text[head.at :].split("\n")
    quoting = csv.QUOTE_NONE if head.delimiter == "\t" and _literal(lines) else csv.QUOTE_MINIMAL
    rows = csv.reader((f"{line}\n" for line in lines), delimiter=head.delimiter, quoting=quoting)
    next(rows)
    while True:
        start = rows.line_num
        try:
            row = next(rows)
            if any(cell.strip() for cell in row):
                _check(row, len(head.columns), lines[start : rows.line_num], head.delimiter)
                yield papers.bounded(_paper(row, places, Page(name=Path(name).stem)), max_line)
        except StopIteration:
            return
        except (csv.Error, ValueError) as exc:
            said = f"a row that cannot be read: {exc}" if isinstance(exc, csv.Error) else str(exc)
            yield Rejection(file=name, line=first + start + 1, reason=said)


def _literal(lines: list[str]) -> bool:
    """Whether quotation marks in tab-separated lines are signs of the texts, as Web of Science writes them."""
    try:
        for _ in csv.reader((f"{line}\n" for line in lines), delimiter="\t", strict=True):
            pass
    except csv.Error as exc:
        return "field limit" not in str(exc)
    return False


def _check(row: list[str], columns: int, lines: list[str], delimiter: str) -> None:
    """Check that a row ends where it seems to.

    Raises:
        ValueError: it has more cells than the table has columns, or takes in lines behind a quotation mark that nothing closes.
    """
    if len(lines) > 1:
        try:
            list(csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True))
        except csv.Error as exc:
            number = sum(1 for line in lines if line.strip())
            reason = f"{number:,} lines from here on were left out: a quotation mark is not closed, or not doubled"
            raise ValueError(reason) from exc
    if any(cell.strip() for cell in row[columns:]):
        shown = next(filter(str.strip, row)).strip()[:80]
        more = "put the texts that hold the separator in quotation marks"
        raise ValueError(f"the row {shown!r} has {len(row)} cells, and the head names {columns}; {more}")


def _paper(row: list[str], places: dict[str, list[int]], page: Page) -> Paper:
    def cell(field: str) -> str:
        return next((row[at].strip() for at in places.get(field, ()) if at < len(row) and row[at].strip()), "")

    title, abstract = cell("title"), cell("abstract")
    if not title or not abstract:
        raise ValueError(f"the row {(title or 'without a title')[:80]!r} has no {'abstract' if title else 'title'}")
    dates = [fields.day(row[at]) for at in places.get("date", ()) if at < len(row)]
    extra = [row[at].strip() for at in places.get("extra", ()) if at < len(row)]
    retracted = any(re.fullmatch("true|retracted|retracted publication", one, re.IGNORECASE) for one in extra)
    doi = cell("doi")
    return papers.make(
        " ".join(title.split()),
        abstract,
        page,
        "csv",
        date=max(filter(None, dates), key=len, default=None),
        url=cell("url") or ids.doi_address(doi),
        authors=fields.people(cell("authors")),
        ids=fields.several([("doi", doi), ("pubmed", cell("pubmed")), ("openalex", cell("openalex")), ("arxiv", cell("arxiv"))]),
        venue=" ".join(cell("venue").split()) or None,
        notice="retracted" if retracted else fields.withdrawn(title, *extra, abstract),
    )
