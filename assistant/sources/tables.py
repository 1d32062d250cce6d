"""Tables (CSV, tab-separated) of Zotero, Scopus, Web of Science, OpenAlex and others: columns are known by their names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from assistant.sources import fields, papers
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
    "extra": ("extra", "is_retracted", "publication stage", "document type", "item type"),
}
"""Field -> the columns that hold it, in any case, the most specific first."""
_DELIMITERS = ",;\t|"


def is_table(text: str) -> bool:
    """A text begins with a row of known column names, a title and an abstract among them."""
    head = text.lstrip("\ufeff \r\n").partition("\n")[0]
    return bool(head) and len(head) < 20_000 and {"title", "abstract"} <= set(_places(_split(head)))


def _split(head: str) -> list[str]:
    delimiter = max(_DELIMITERS, key=head.count)
    return next(csv.reader([head.rstrip("\r\n")], delimiter=delimiter))


def _places(head: list[str]) -> dict[str, list[int]]:
    """A field -> the numbers of its columns, the most telling first."""
    names = [name.strip().strip("\ufeff").lower() for name in head]
    found = {field: [names.index(column) for column in columns if column in names] for field, columns in _COLUMNS.items()}
    return {field: places for field, places in found.items() if places}


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a table, in order; `name` is the file's."""
    text = text.lstrip("\ufeff \r\n")
    head = text.partition("\n")[0]
    columns = _split(head)
    places = _places(columns)
    if not {"title", "abstract"} <= set(places):
        reason = f"is a table of an unknown shape: the columns found are {fields.names(dict.fromkeys(columns))}; {fields.WANTED}"
        yield Rejection(file=name, line=1, reason=reason)
        return
    csv.field_size_limit(max(max_line, 131_072))
    rows = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=head.count))
    next(rows)
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
            if any(cell.strip() for cell in row):
                yield papers.bounded(_paper(row, places, Page(name=Path(name).stem)), max_line)
        except StopIteration:
            return
        except (csv.Error, ValueError) as exc:
            said = f"a row that cannot be read: {exc}" if isinstance(exc, csv.Error) else str(exc)
            yield Rejection(file=name, line=line, reason=said)


def _paper(row: list[str], places: dict[str, list[int]], page: Page) -> Paper:
    def cell(field: str) -> str:
        return next((row[at].strip() for at in places.get(field, ()) if at < len(row) and row[at].strip()), "")

    title, abstract = cell("title"), cell("abstract")
    if not title or not abstract or abstract == "[No abstract available]":  # as Scopus has it
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
        url=cell("url") or (f"https://doi.org/{doi}" if doi.startswith("10.") else None),
        authors=fields.people(cell("authors")),
        ids=fields.several([("doi", doi), ("pubmed", cell("pubmed")), ("openalex", cell("openalex")), ("arxiv", cell("arxiv"))]),
        venue=" ".join(cell("venue").split()) or None,
        notice="retracted" if retracted else fields.withdrawn(title, *extra, abstract),
    )
