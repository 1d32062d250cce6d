"""PubMed's .nbib, the format of MEDLINE: lines of "TAG - value", continued by indented lines. No kept library reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.sources import fields, papers, tagged
from assistant.types import Page, Paper, Rejection

START = re.compile(r"\A\s*PMID *- ")
"""Start of a file."""
_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)")


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of an .nbib file, in order; `name` is the file's."""
    return tagged.read(name, text, max_line, _paper, _TAG, "PMID", indent=" ")


def _paper(tags: tagged.Entry, page: Page) -> Paper:
    entry = {tag: tagged.texts(tags, tag) for tag in tags}
    title, abstract = (" ".join(entry.get(key, [""])) for key in ("TI", "AB"))
    number = entry.get("PMID", [""])[0]
    if not title or not abstract:
        raise ValueError(f"the entry {(title or number)[:80]!r} has no {'abstract' if title else 'title'}")
    dois = [value.partition(" ")[0] for key in ("LID", "AID") for value in entry.get(key, ()) if value.endswith("[doi]")]
    kinds = [kind.lower() for kind in entry.get("PT", ())]
    retracted = "retracted publication" in kinds or bool(entry.get("RIN"))
    return papers.make(
        title,
        abstract,
        page,
        "pubmed",
        date=fields.day(entry.get("DP", [""])[0]),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{number}/" if number.isdecimal() else None,
        authors=fields.people(entry.get("FAU") or entry.get("AU")),
        ids=fields.several((("pubmed", number), ("doi", dois[0] if dois else None))),
        venue=(entry.get("JT") or entry.get("TA") or [None])[0],
        kind="article",
        notice="retracted" if retracted else fields.withdrawn(title, abstract),
    )
