"""What all readers share: a checked paper out of raw fields."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from assistant import text
from assistant.types import Page, Paper, Rejection

ARXIV = "https://arxiv.org/abs/"
_ARXIV_KEY = re.compile(r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/[0-9]{7})(?:v[1-9][0-9]?)?")


def paper_id(title: str) -> str:
    """A readable, stable id: the same for two spellings of a title, different for different titles."""
    key = text.title_key(title)
    slug = "-".join(re.findall(r"[a-z0-9]+", key))[:48].rstrip("-")
    # a title without a Latin letter has no slug, one without any letter no key
    return f"{slug or 'paper'}-{hashlib.sha256((key or title).encode()).hexdigest()[:8]}"


def arxiv_key(given: str) -> str | None:
    """The id of arXiv that a text is, without its version; None for any other text."""
    match = _ARXIV_KEY.fullmatch(given)
    return match.group(1) if match else None


def unwrapped(content: str) -> str:
    """A text on one line, which arXiv and the hub break into lines as arXiv's listing does."""
    return " ".join(content.split("\n")).strip()


def make(
    title: str,
    abstract: str,
    page: Page,
    source: Literal["page", "html", "jsonl", "bibtex", "arxiv", "hub"],
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


def bounded(paper: Paper, max_line: int) -> Paper:
    """The paper.

    Raises:
        ValueError: its abstract has more than `max_line` characters.
    """
    if len(paper.abstract) > max_line:
        raise ValueError(f"the abstract of {paper.title[:60]!r} has {len(paper.abstract):,} characters (setting ingest.max_line)")
    return paper


def all_bounded(name: str, items: Iterable[Paper | Rejection], max_line: int) -> Iterator[Paper | Rejection]:
    """The items, a rejection in place of each paper that is too long."""
    for item in items:
        try:
            yield bounded(item, max_line) if isinstance(item, Paper) else item
        except ValueError as exc:
            yield Rejection(file=name, line=None, reason=str(exc))


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
