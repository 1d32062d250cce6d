"""Web of Science's plain text (`.txt`, `.ciw`): two-letter tags, texts continued by lines behind three blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.sources import fields, ids, papers, tagged
from assistant.types import Page, Paper, Rejection

START = re.compile(r"\A\s*(?:FN [^\n]*\n\s*)?(?:VR [^\n]*\n\s*)?PT [A-Z]\s*\n(?=[A-Z][A-Z0-9] )")
"""Start of a file."""
_TAG = re.compile(r"(?!FN|VR|ER|EF)([A-Z][A-Z0-9])(?: (.*))?$")
"""But for those of the file itself and of the ends of entries."""
_TYPES = {"J": "article", "C": "inproceedings", "B": "book"}
"""Types of Web of Science -> types of BibTeX."""


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a file, in order; `name` is the file's."""
    return tagged.read(name, text, max_line, _paper, _TAG, "PT", indent="   ")


def _paper(entry: tagged.Entry, page: Page) -> Paper:
    one = {tag: tagged.texts(entry, tag)[0] for tag in entry}
    title, abstract = one.get("TI", ""), one.get("AB", "")
    if not title or not abstract:
        raise ValueError(f"the entry {(title or 'without a title')[:80]!r} has no {'abstract' if title else 'title'}")
    people = [name for lines in entry.get("AF") or entry.get("AU", []) for name in lines]  # a line each
    kinds = one.get("DT", "").lower().split("; ")
    return papers.make(
        " ".join(title.split()),
        abstract,
        page,
        "wos",
        date=fields.day(f"{one.get('PD', '')} {one.get('PY', '')}".strip()),
        url=ids.doi_address(one.get("DI", "")),
        authors=fields.people(people),
        ids=fields.several((("doi", one.get("DI")), ("pubmed", one.get("PM")))),
        venue=one.get("SO") or None,
        kind=_TYPES.get(one.get("PT", "")),
        notice="retracted" if "retracted publication" in kinds else fields.withdrawn(title, abstract),
    )
