"""Saved Hugging Face Daily Papers pages, as HTML.

The page carries its papers twice: as JSON in the `data-props` of an element, whole, and as articles for the eye, a
heading that links to /papers/ID and, in search results, the abstract. The JSON is read where there is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from assistant.sources import papers, tags
from assistant.text import scripts
from assistant.types import Page, Paper, Rejection

_URL = "https://huggingface.co/papers/"
_ID = re.compile(r"/papers/(\d{4}\.\d{4,5})")
_KEY = re.compile(r"[\w.]+")
_LARGEST = 20_000_000
"""A file with more characters is refused; a saved page has less than a tenth."""
_PLACING = frozenset({"sup", "sub"}) | scripts.FORMULA | scripts.UNSEEN
"""Tags that a text keeps, as they tell 10^6 from 106."""
_GLUED = frozenset("b em i mark small strong tt u".split())
"""Tags that stand within words."""
_HEADINGS = frozenset("h1 h2 h3 h4".split())


@dataclass
class _Article:
    """The fields of an article read so far."""

    line: int = 0
    title: list[str] = field(default_factory=list[str])
    texts: list[list[str]] = field(default_factory=list[list[str]])
    """Its paragraphs."""
    key: str | None = None


class _Reader:
    """The articles of a page, read in one pass; an article begins with its heading and ends before the next heading."""

    def __init__(self, content: str) -> None:
        self.date: str | None = None
        self.title = ""
        self.embedded: list[tuple[int, str]] = []
        """JSON, and the line that it stands on."""
        self.articles: list[_Article] = []
        self._open: list[bool] = []
        """For each article that is open: its heading was met."""
        self._level = 0
        """Of the last article with a heading, while it is open."""
        self._untitled = _Article()
        """The fields of an article that stand before its heading."""
        self._into: tuple[str, list[str]] | None = None
        """The field that texts belong to, until a tag of that name."""
        self._content, self._line, self._at = content, 1, 0
        for token in tags.tokens(content):
            if isinstance(token, tags.Tag):
                self._tag(token)
            elif self._into:
                self._into[1].append(token)
        self._finish()

    def _tag(self, tag: tags.Tag) -> None:
        if self._into and tag.name in _PLACING:
            self._into[1].append(f"<{'/' if tag.closes else ''}{tag.name}>")
        elif self._into and tag.name not in _GLUED:
            self._into[1].append(" ")
        if not tag.closes and "data-props" in tag.attributes:
            self.embedded.append((self._line_of(tag), tags.unescaped(tag.attributes["data-props"])))
        if tag.name == "article":
            self._finish()
            self._article(tag.closes)
        elif tag.name == "p" or tag.name in _HEADINGS or (self._into and self._into[0] == tag.name):
            self._finish()
            if not tag.closes:
                self._begin(tag)
        elif tag.name in ("time", "title") and not tag.closes:
            self._aside(tag)
        elif tag.name == "a" and self._open and (match := _ID.search(tag.attributes.get("href", ""))):
            article = self._current()
            if article and article.key is None:
                article.key = match.group(1)

    def _article(self, closes: bool) -> None:
        if not closes:
            self._open.append(False)
            self._untitled = _Article()
        elif self._open:
            self._open.pop()
            self._level = min(self._level, len(self._open))

    def _current(self) -> _Article | None:
        """The article that what comes now belongs to."""
        if self._open and not self._open[-1]:
            return self._untitled
        return self.articles[-1] if self._level and self._level == len(self._open) else None

    def _begin(self, tag: tags.Tag) -> None:
        """A heading or a paragraph begins."""
        article = self._current()
        if article is None:
            return
        if tag.name == "p":
            article.texts.append([])
            self._into = (tag.name, article.texts[-1])
        elif not self._open[-1]:
            article.line = self._line_of(tag)
            self.articles.append(article)
            self._open[-1], self._level = True, len(self._open)
            self._into = (tag.name, article.title)

    def _aside(self, tag: tags.Tag) -> None:
        """The page's date or title begins."""
        if tag.name == "time" and self.date is None:
            stamp = tag.attributes.get("datetime")
            self.date = stamp[:10] if stamp is not None else ""
            self._into = self._into if stamp is not None else (tag.name, [])
        elif tag.name == "title" and not self.title:
            self._into = (tag.name, [])

    def _finish(self) -> None:
        """End the field that texts belonged to."""
        if self._into and self._into[0] == "time":
            self.date = _line(self._into[1])
        elif self._into and self._into[0] == "title":
            self.title = _line(self._into[1])
        self._into = None

    def _line_of(self, tag: tags.Tag) -> int:
        self._line += self._content.count("\n", self._at, tag.at)
        self._at = tag.at
        return self._line


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a saved page, in order; `name` is the file's."""
    if len(text) > _LARGEST:
        reason = f"has {len(text):,} characters, more than {_LARGEST:,}, which no saved page has; give its papers as JSONL"
        yield Rejection(file=name, line=None, reason=reason)
        return
    saved = _Reader(text)
    page = Page(name=Path(name).stem, date=saved.date)
    found = list(_embedded(name, saved, page)) or list(_articles(name, saved, page))
    if not found:
        title = saved.title[:60] or "no title"
        yield Rejection(
            file=name,
            line=None,
            reason=f"is not a saved Daily Papers page: expected papers in data-props or in <article>s, found none ({title!r})",
        )
    yield from papers.all_bounded(name, found, max_line)


def _embedded(name: str, saved: _Reader, page: Page) -> Iterator[Paper | Rejection]:
    for line, written in saved.embedded:
        try:
            records = list(_records(json.loads(written)))
        except (ValueError, RecursionError):
            continue
        for record in records:
            try:
                yield from_json(record, page)
            except ValueError as exc:
                yield Rejection(file=name, line=line, reason=str(exc))


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
    """Read a paper from the hub's JSON.

    Returns:
        The paper.

    Raises:
        ValueError: a field cannot be stored.
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
        url=f"{_URL}{key}" if isinstance(key, str) and _KEY.fullmatch(key) else None,
        authors=tuple(name for name in names if isinstance(name, str) and name.strip()),
    )


def _line(parts: list[str]) -> str:
    """Parts of a text as one line."""
    return " ".join("".join(parts).split())


def _articles(name: str, saved: _Reader, page: Page) -> Iterator[Paper | Rejection]:
    for article in saved.articles:
        title = _line(article.title)
        abstract = max((_line(text) for text in article.texts), key=len, default="")
        if not title:
            continue
        if not abstract:
            yield Rejection(file=name, line=article.line, reason=f"a title without an abstract: {title[:80]!r}")
            continue
        try:
            yield papers.make(title, abstract, page, "html", url=f"{_URL}{article.key}" if article.key else None)
        except ValueError as exc:
            yield Rejection(file=name, line=article.line, reason=str(exc))
