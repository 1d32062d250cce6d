"""Saved Hugging Face Daily Papers pages, as HTML.

The page carries its papers twice: as JSON in the `data-props` of an element, whole, and as articles for the eye, a
heading that links to /papers/ID and, in search results, the abstract. The JSON is read where there is one.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from assistant.sources import papers
from assistant.types import Page, Paper, Rejection

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_URL = "https://huggingface.co/papers/"
_ID = re.compile(r"/papers/(\d{4}\.\d{4,5})")


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a saved page, in order; `name` is the file's."""
    from bs4 import BeautifulSoup, ParserRejectedMarkup  # slow to import, and most pages are saved as text

    try:
        with warnings.catch_warnings(action="ignore"):  # that it looks like a file's name, or like XML
            soup = BeautifulSoup(text, "html.parser")
    except ParserRejectedMarkup:
        yield Rejection(file=name, line=None, reason="is not HTML that can be read")
        return
    page = Page(name=Path(name).stem, date=_date(soup))
    found = list(_embedded(name, soup, page)) or list(_articles(name, soup, page))
    if not found:
        title = soup.title.get_text(strip=True)[:60] if soup.title else "no title"
        yield Rejection(
            file=name,
            line=None,
            reason=f"is not a saved Daily Papers page: expected papers in data-props or in <article>s, found none ({title!r})",
        )
    yield from papers.all_bounded(name, found, max_line)


def _date(soup: BeautifulSoup) -> str | None:
    tag = soup.find("time")
    if tag is not None:
        stamp = tag.get("datetime")
        return stamp[:10] if isinstance(stamp, str) else tag.get_text(strip=True)
    return None


def _embedded(name: str, soup: BeautifulSoup, page: Page) -> Iterator[Paper | Rejection]:
    for element in soup.select("[data-props]"):
        try:
            records = list(_records(json.loads(str(element["data-props"]))))
        except (ValueError, RecursionError):
            continue
        for record in records:
            try:
                yield from_json(record, page)
            except ValueError as exc:
                yield Rejection(file=name, line=element.sourceline, reason=str(exc))


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with a title and a summary, however deep; of one with a paper inside, the paper."""
    if isinstance(value, dict):
        record = cast("dict[str, Any]", value)
        inner: Any = record.get("paper")
        if isinstance(inner, dict) and is_paper(cast("dict[str, Any]", inner)):
            yield cast("dict[str, Any]", inner)
        elif is_paper(record):
            yield record
        else:
            for part in record.values():
                yield from _records(part)
    elif isinstance(value, list):
        for part in cast("list[Any]", value):
            yield from _records(part)


def is_paper(record: dict[str, Any]) -> bool:
    """The hub's JSON for a paper: it has a title and an abstract."""
    return all(isinstance(record.get(key), str) and record[key].strip() for key in ("title", "summary"))


def from_json(record: dict[str, Any], page: Page, source: Literal["html", "hub"] = "html") -> Paper:
    """The paper that the hub's JSON tells of.

    Raises:
        ValueError: some of it cannot be stored.
    """
    date, key, authors = record.get("publishedAt"), record.get("id"), record.get("authors")
    listed = cast("list[Any]", authors) if isinstance(authors, list) else []
    names = [cast("dict[str, Any]", one).get("name") for one in listed if isinstance(one, dict)]
    return papers.make(
        " ".join(record["title"].split()),
        papers.unwrapped(record["summary"]),
        page,
        source,
        date=date[:10] if isinstance(date, str) else None,
        url=f"{_URL}{key}" if isinstance(key, str) and re.fullmatch(r"[\w.]+", key) else None,
        authors=tuple(name for name in names if isinstance(name, str) and name.strip()),
    )


def _articles(name: str, soup: BeautifulSoup, page: Page) -> Iterator[Paper | Rejection]:
    for article in soup.find_all("article"):
        heading = article.find(["h1", "h2", "h3", "h4"])
        if heading is None:
            continue
        title = " ".join(heading.get_text(" ", strip=True).split())
        texts = [" ".join(p.get_text(" ", strip=True).split()) for p in article.find_all("p")]
        abstract = max(texts, key=len, default="")
        link = article.find("a", href=_ID)
        match = _ID.search(str(link["href"])) if link is not None else None
        if not title:
            continue
        if not abstract:
            yield Rejection(file=name, line=heading.sourceline, reason=f"a title without an abstract: {title[:80]!r}")
            continue
        yield papers.make(title, abstract, page, "html", url=f"{_URL}{match.group(1)}" if match else None)
