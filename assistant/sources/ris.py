"""RIS, as most reference managers export it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.sources import fields, ids, papers
from assistant.types import Page, Paper, Rejection

START = re.compile(r"\A\s*(?:[a-z][\w -]{0,30}:[^\n]*\n\s*)*TY {1,4}- ", re.IGNORECASE)
"""Start of a file; publishers write lines such as "Provider: ..." above the first entry."""
_ENTRY = re.compile(r"^TY {1,4}- ?", re.MULTILINE | re.IGNORECASE)
_END = re.compile(r"^ER {0,4}-", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"([A-Z][A-Z0-9])(?: {1,4}-|-(?= |$)) ?")
_TYPES = {"JOUR": "article", "EJOUR": "article", "CONF": "inproceedings", "CPAPER": "inproceedings", "CHAP": "incollection"} | {
    "BOOK": "book",
    "THES": "phdthesis",
    "RPRT": "techreport",
    "UNPB": "unpublished",
}
"""Types of RIS -> types of BibTeX."""


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a RIS file, in order; `name` is the file's."""
    logging.getLogger("rispy").setLevel(logging.CRITICAL)
    starts = [match.start() for match in _ENTRY.finditer(text)]
    line, at = 1, 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", at, start)
        at = start
        try:
            yield papers.bounded(_paper(_fields(text[start:end]), Page(name=Path(name).stem)), max_line)
        except ValueError as exc:
            yield Rejection(file=name, line=line, reason=str(exc))
    if not starts:
        yield Rejection(file=name, line=None, reason="holds no entry of RIS (a line that begins with TY  -)")


def _fields(entry: str) -> dict[str, Any]:
    import rispy

    whole = entry if _END.search(entry) else f"{entry.rstrip()}\nER  - \n"
    single = rispy.TAG_KEY_MAPPING.keys() - {*rispy.LIST_TYPE_TAGS, *rispy.config.DELIMITED_TAG_MAPPING}
    small, loose = entry.startswith("ty"), not entry[:6].upper().startswith("TY  -")
    lines: list[list[str]] = []
    """Each with what continues it."""
    last = "TY"
    for line in map(str.rstrip, whole.split("\n")):
        match = _TAG.match(line[:8].upper() if small else line)  # else a wrapped line of a text may begin with "do - "
        if match and (match[1] in rispy.TAG_KEY_MAPPING or (loose and not small)):
            last = match[1]
            lines.append([f"{last}  - {line[match.end() :]}"])
        elif last in single and line[2:5] != "  -":  # the parser goes wrong on a second text of a tag that is wrapped
            lines[-1].append(line.strip())
        else:
            lines.append([line])
    try:
        found: list[dict[str, Any]] = rispy.loads("\n".join(map(" ".join, lines)), enforce_list_tags=False)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except (KeyError, TypeError, IndexError, AttributeError) as exc:
        raise ValueError(f"the entry {' '.join(entry.split())[:40]!r} has a tag that cannot be read as RIS") from exc
    return found[0] if found else {}


def _paper(entry: dict[str, Any], page: Page) -> Paper:
    title = _text(entry, "title", "primary_title")
    abstract = _text(entry, "abstract", "notes_abstract")
    if not title or not abstract:
        raise ValueError(f"the entry {(title or 'without a title')[:80]!r} has no {'abstract' if title else 'title'}")
    authors = [name for key in ("authors", "first_authors") for name in _list(entry.get(key))]
    urls = [url for url in _list(entry.get("urls")) if url.startswith("http")]
    doi = _text(entry, "doi") or next((url for url in urls if "doi.org/" in url), "")
    dates = [date for key in ("date", "year", "publication_year") if (date := fields.day(_text(entry, key)))]
    return papers.make(
        " ".join(title.split()),
        abstract,
        page,
        "ris",
        date=max(dates, key=len, default=None),
        url=urls[0] if urls else ids.doi_address(doi),
        authors=fields.people(authors),
        ids=fields.several((("doi", doi), ("pubmed", _text(entry, "accession_number")))),
        venue=_text(entry, "journal_name", "secondary_title", "alternate_title3", "alternate_title2") or None,
        kind=_TYPES.get(str(entry.get("type_of_reference")).strip()),
        notice=fields.withdrawn(title, *_list(entry.get("notes")), abstract),
    )


def _list(value: Any) -> list[str]:
    return [str(one).strip() for one in (value if isinstance(value, list) else [value] if value else [])]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _text(entry: dict[str, Any], *keys: str) -> str:
    """The longest text of the first field that is there."""
    return next((max(found, key=len) for key in keys if (found := [one for one in _list(entry.get(key)) if one])), "")
