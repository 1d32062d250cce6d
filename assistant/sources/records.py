"""Papers as JSON, one object a line: "title" and "abstract"; also "date", "url", "authors" and "page" where known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from assistant.sources import papers
from assistant.types import Page, Paper, Rejection


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a JSONL file, in order; fields other than those above are passed over."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            if len(line) > max_line:
                raise ValueError(f"the line has {len(line):,} characters, more than {max_line:,} (setting ingest.max_line)")
            yield _paper(line, Path(name).stem)
        except ValueError as exc:
            yield Rejection(file=name, line=number, reason=str(exc))


def _paper(line: str, page: str) -> Paper:
    try:
        parsed: Any = json.loads(line, parse_int=float)  # no field is a number, and Python reads no int of 5,000 digits
    except json.JSONDecodeError as exc:
        raise ValueError(f"is not JSON: {exc.msg} at column {exc.colno}") from exc
    except RecursionError as exc:
        raise ValueError("is nested too deeply") from exc
    if not isinstance(parsed, dict):
        raise ValueError(f"is not a JSON object: {line.strip()[:40]!r}")
    record = cast("dict[str, Any]", parsed)
    fields: dict[str, str | None] = {}
    for key, needed in (("title", True), ("abstract", True), ("date", False), ("url", False), ("page", False)):
        value: Any = record.get(key)
        if value is None and not needed:
            fields[key] = None
        elif not isinstance(value, str) or not value.strip():
            raise ValueError(f"{key!r} is missing or is not text")
        else:
            fields[key] = value
    authors: Any = record.get("authors") or []
    if not isinstance(authors, list) or not all(isinstance(author, str) for author in cast("list[Any]", authors)):
        raise ValueError("'authors' is not a list of names")
    return papers.make(
        (fields["title"] or "").strip(),
        fields["abstract"] or "",
        Page(name=fields["page"] or page),
        "jsonl",
        date=fields["date"],
        url=fields["url"],
        authors=tuple(cast("list[str]", authors)),
    )
