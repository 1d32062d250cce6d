"""PubMed's .nbib, the format of MEDLINE: lines of "TAG - value", continued by indented lines. No kept library reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from assistant.sources import fields, papers
from assistant.types import Page, Paper, Rejection

START = re.compile(r"\A\s*PMID *- ")
"""Start of a file."""
_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)")


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of an .nbib file, in order; `name` is the file's."""
    for line, entry in _entries(text):
        try:
            yield papers.bounded(_paper(entry, Page(name=Path(name).stem)), max_line)
        except ValueError as exc:
            yield Rejection(file=name, line=line, reason=str(exc))


def _entries(text: str) -> Iterator[tuple[int, dict[str, list[str]]]]:
    entry: dict[str, list[str]] = {}
    start, last = 1, None
    for number, line in enumerate(text.split("\n"), 1):
        match = _TAG.match(line.rstrip())
        if match and match.group(1) == "PMID" and entry:
            yield start, entry
            entry = {}
        if match:
            start = number if not entry else start
            last = entry.setdefault(match.group(1), [])
            last.append(match.group(2).strip())
        elif last and line.startswith(" ") and line.strip():
            last[-1] += f" {line.strip()}"
    if entry:
        yield start, entry


def _paper(entry: dict[str, list[str]], page: Page) -> Paper:
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
