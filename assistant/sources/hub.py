"""Daily Papers through the hub's API: those of a day or a month, or one by its id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from assistant.sources import addresses, papers, saved_html
from assistant.sources.web import Site, WebError
from assistant.types import Page, Paper, Rejection

PREFIX = "hf:"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BATCH = 100
"""A request asks for this many papers."""
_PAGES = 20


def read(name: str, site: Site) -> Iterator[Paper | Rejection]:
    """The papers of "hf:2024-05-01" or "hf:2024-05", or the one of "hf:2310.12345"."""
    given = name[len(PREFIX) :].strip()
    try:
        if _is_day(given) or _is_day(f"{given}-01"):
            yield from _of_day(name, given, site)
        elif papers.arxiv_key(given) == given:
            yield _single(name, given, site)
        else:
            reason = "is neither a day (2024-05-01), a month (2024-05) nor the id of a paper, without its version (2310.12345)"
            near = addresses.meant(name)
            yield Rejection(file=name, line=None, reason=f"{reason}; {near}" if near else reason)
    except WebError as exc:
        known = {400: "; the day is not listed", 404: "; the hub knows no such paper"}
        yield Rejection(file=name, line=None, reason=f"the hub: {exc}{known.get(exc.status or 0, '')}")


def _is_day(given: str) -> bool:
    try:
        return bool(_DAY.fullmatch(given)) and bool(date.fromisoformat(given))
    except ValueError:
        return False


def _of_day(name: str, day: str, site: Site) -> Iterator[Paper | Rejection]:
    met: set[str] = set()
    for number in range(_PAGES):
        listed = _json(site.get("/api/daily_papers", {"date" if len(day) == 10 else "month": day, "limit": _BATCH, "p": number}))
        if not isinstance(listed, list):
            raise WebError("the reply is no list of papers")
        fresh = [each for each in cast("list[Any]", listed) if json.dumps(each) not in met]
        met.update(json.dumps(each) for each in fresh)
        yield from (_paper(name, each, _page(day)) for each in fresh)
        if len(cast("list[Any]", listed)) < _BATCH or not fresh:  # not every server knows pages
            break
    if not met:
        yield Rejection(file=name, line=None, reason="the hub lists no papers for the day")


def _single(name: str, key: str, site: Site) -> Paper | Rejection:
    record = _json(site.get(f"/api/papers/{key}", {}))
    listed: Any = cast("dict[str, Any]", record).get("submittedOnDailyAt") if isinstance(record, dict) else None
    day = listed[:10] if isinstance(listed, str) and _is_day(listed[:10]) else None
    return _paper(name, record, _page(day) if day else Page(name="hf"))


def _page(day: str) -> Page:
    return Page(name=f"{PREFIX}{day}", date=day)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise WebError("the reply is no JSON, or a broken one") from exc


def _paper(name: str, record: Any, page: Page) -> Paper | Rejection:
    """A paper of the API: as it is, or as listed for a day, with who listed it around it."""
    entry = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
    inner: Any = entry.get("paper", entry)
    if not isinstance(inner, dict) or not saved_html.is_paper(cast("dict[str, Any]", inner)):
        return Rejection(file=name, line=None, reason=f"an entry without title or abstract: {str(entry.get('title', ''))[:80]!r}")
    try:
        return saved_html.from_json(cast("dict[str, Any]", inner), page, "hub")
    except ValueError as exc:
        return Rejection(file=name, line=None, reason=str(exc))
