"""What all readers share: a checked paper out of raw fields."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from assistant import text
from assistant.types import Page, Paper


def paper_id(title: str) -> str:
    """A readable, stable id: the same for two spellings of a title, different for different titles."""
    key = text.title_key(title)
    slug = "-".join(re.findall(r"[a-z0-9]+", key))[:48].rstrip("-")
    return f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def make(
    title: str,
    abstract: str,
    page: Page,
    source: Literal["page", "html", "jsonl"],
    date: str | None = None,
    url: str | None = None,
    authors: tuple[str, ...] = (),
) -> Paper:
    """A paper, its text as it is.

    Raises:
        ValueError: some of it cannot be stored.
    """
    for field, value in (
        ("title", title),
        ("abstract", abstract),
        ("date", date),
        ("url", url),
        ("page", page.name),
        ("authors", " ".join(authors)),
    ):
        _check(field, value or "")
    return Paper(
        id=paper_id(title),
        title=title,
        abstract=abstract,
        pages=(page,),
        date=date,
        url=url,
        authors=authors,
        truncated=abstract.rstrip().endswith(("...", "…")),
        source=source,
    )


def _check(field: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as exc:  # JSON may spell half a surrogate pair, which no encoding holds
        raise ValueError(f"{field!r} holds half a surrogate pair at character {exc.start}") from exc


def merge(first: Paper, second: Paper) -> Paper:
    """One paper met twice: the second one's text and data, and the pages of both."""
    pages = {page.name: page for page in (*first.pages, *second.pages)}
    return second.model_copy(
        update={
            "pages": tuple(pages.values()),
            "date": second.date or first.date,
            "url": second.url or first.url,
            "authors": second.authors or first.authors,
        }
    )
