"""Saved Hugging Face Daily Papers pages, as text.

After the head of the page ("Get trending papers in your email inbox!", "Subscribe", the date ...) titles and abstracts
take turns, a line each, in some pages with an empty line between all lines. Where a page was saved without empty lines
"Subscribe" is glued to the first title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from assistant.sources import papers
from assistant.types import Page, Paper, Rejection

_BANNER = re.compile(r"get trending papers in your email inbox", re.IGNORECASE)
_HEAD = re.compile(
    r"new|get trending papers in your email inbox.*|subscribe|daily papers|by\s?AK and the research community",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2}(?:, \d{4})?|\d{4}-\d{2}-\d{2}")
_SHORT_ABSTRACT = re.compile(r".{80,}[.!?]", re.DOTALL)
"""A text behind a title that ends a sentence is an abstract, however short; titles end without a full stop."""
_GLUED = "Subscribe"
LONGEST_TITLE = 300
"""A line with more characters is an abstract. In 363 papers the longest title has 213 and the shortest abstract 461."""


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a saved page, in order; `name` is the file's."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    at, date, banner, glued = 0, None, False, True
    while at < len(lines):
        line = lines[at][1]
        banner = banner or bool(_BANNER.match(line))
        glued = glued and line != _GLUED  # with a line of its own it is no part of a title
        if _DATE.fullmatch(line):
            date = line
        elif not _HEAD.fullmatch(line):
            break
        at += 1
    if not banner:
        found = lines[0][1]
        shown = found if len(found) <= 60 else f"{found[:57]}..."
        yield Rejection(
            file=name,
            line=lines[0][0],
            reason='is not a saved Daily Papers page: expected its head ("Get trending papers in your email inbox!"), '
            f"found {shown!r}",
        )
        return
    if glued and at < len(lines):
        lines[at] = (lines[at][0], lines[at][1].removeprefix(_GLUED).lstrip())
    if at == len(lines):
        yield Rejection(file=name, line=None, reason="holds the head of a Daily Papers page and no paper")
    yield from _entries(name, lines[at:], Page(name=Path(name).stem, date=date), max_line)


def _entries(name: str, lines: list[tuple[int, str]], page: Page, max_line: int) -> Iterator[Paper | Rejection]:
    title: tuple[int, str] | None = None
    for number, line in lines:
        if len(line) > max_line:
            reason = f"the line has {len(line):,} characters, more than {max_line:,} (setting ingest.max_line)"
            yield Rejection(file=name, line=number, reason=reason)
            title = None
        elif len(line) <= LONGEST_TITLE and not (title and _SHORT_ABSTRACT.fullmatch(line)):
            if title:
                yield _lonely(name, *title)
            title = (number, line)
        elif title is None:
            yield Rejection(file=name, line=number, reason=f"an abstract without a title: {line[:50]!r}...")
        else:
            try:
                yield papers.make(title[1], line, page, "page")
            except ValueError as exc:
                yield Rejection(file=name, line=title[0], reason=str(exc))
            title = None
    if title:
        yield _lonely(name, *title)


def _lonely(name: str, number: int, title: str) -> Rejection:
    reason = f"a title without an abstract (a line of more than {LONGEST_TITLE} characters): {title[:80]!r}"
    return Rejection(file=name, line=number, reason=reason)
