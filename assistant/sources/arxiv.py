"""arXiv through its Atom API: papers by their ids, or the newest that match a query."""

from __future__ import annotations

import io
import logging
import re
import xml.sax
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from assistant.sources import addresses, fields, ids, papers
from assistant.sources.web import Site, WebError
from assistant.types import Page, Paper, Rejection

PREFIX = "arxiv:"
_FIELD = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|all|submittedDate):\S")
_LONGEST = 500
"""A query with more characters is refused."""
_BATCH = 100
"""A request asks for this many papers."""
_TRIES = 3
"""A page that comes empty although more papers exist is asked for at most this many times."""
_TOTAL = re.compile("[0-9]{1,12}")
_CLASS = re.compile(r"\.[A-Z]{2}/")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_log = logging.getLogger("assistant")


class _Feed(NamedTuple):
    total: int
    entries: list[Any]


def read(inputs: Sequence[str], site: Site, most: int) -> Iterator[Paper | Rejection]:
    """The papers of "arxiv:ID" and "arxiv:QUERY", at most `most` a query; ids are asked for together."""
    asked = {name: name[len(PREFIX) :].strip() for name in dict.fromkeys(inputs)}
    ids = {name: key for name, key in asked.items() if papers.arxiv_key(key)}
    names = list(ids)
    for at in range(0, len(names), _BATCH):
        yield from _by_id({name: ids[name] for name in names[at : at + _BATCH]}, site)
    for name, query in asked.items():
        if name not in ids:
            yield from _by_query(name, query, site, most)


def _by_id(ids: dict[str, str], site: Site) -> Iterator[Paper | Rejection]:
    try:
        feed = _feed(site.get("", {"id_list": ",".join(ids.values()), "max_results": len(ids)}))
    except WebError as exc:
        if exc.status == 400 and len(ids) > 1:  # one of them is to blame
            for name, key in ids.items():
                yield from _by_id({name: key}, site)
            return
        for name in ids:
            yield Rejection(file=name, line=None, reason=f"arXiv: {exc}")
        return
    found = {_classless(key): entry for entry in feed.entries for key in (_key(entry), papers.arxiv_key(_key(entry)) or "")}
    for name, key in ids.items():
        entry = found.get(_classless(key))
        if entry is None or not entry.get("summary"):
            yield Rejection(file=name, line=None, reason="arXiv knows no such paper")
        else:
            yield _paper(name, entry, "arxiv")


def _by_query(name: str, query: str, site: Site, most: int) -> Iterator[Paper | Rejection]:
    if not _FIELD.search(query) or len(query) > _LONGEST or not query.isprintable():
        reason = f"is neither an id (2310.12345) nor a query of up to {_LONGEST} characters (cat:cs.CL AND abs:retrieval)"
        near = addresses.meant(name)
        yield Rejection(file=name, line=None, reason=f"{reason}; {near}" if near else reason)
        return
    start, total = 0, 1
    try:
        while start < min(total, most):
            total, entries = _page(query, start, min(_BATCH, most - start), site)
            yield from (_paper(name, entry, name) for entry in entries)
            start += len(entries)
    except WebError as exc:
        yield Rejection(file=name, line=None, reason=f"arXiv, after {start} papers: {exc}" if start else f"arXiv: {exc}")
    if not start and not total:
        yield Rejection(file=name, line=None, reason="arXiv finds no paper")
    elif total > most:
        _log.warning("%s: of %d papers the newest %d are taken in (setting ingest.remote_max)", name, total, most)


def _page(query: str, start: int, number: int, site: Site) -> _Feed:
    """Ask for a page of the papers that match a query, newest first.

    Returns:
        The page; without entries where no paper is left.

    Raises:
        WebError: the request failed, or the reply is no feed.
    """
    asked = {"search_query": query, "start": start, "max_results": number, "sortBy": "submittedDate", "sortOrder": "descending"}
    for _ in range(_TRIES):
        feed = _feed(site.get("", asked))
        if feed.entries or feed.total <= start:
            return feed._replace(entries=feed.entries[:number])
    raise WebError(f"a page came empty {_TRIES} times, though there are more papers; try again later")


def _feed(content: bytes) -> _Feed:
    """Parse a reply.

    Returns:
        The entries and the total.

    Raises:
        WebError: the reply is no feed, or a feed that reports an error.
    """
    import feedparser  # slow to import

    parse: Callable[..., Any] = feedparser.parse  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    try:
        parsed = parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    except Exception as exc:  # of a reply that is hardly a feed the parser raises what it likes
        raise WebError(f"the reply cannot be read: {type(exc).__name__}") from exc
    if parsed.get("version") != "atom10" or isinstance(parsed.get("bozo_exception"), xml.sax.SAXException):
        raise WebError("the reply is no Atom feed, or a broken one")
    entries: list[Any] = parsed.entries
    for entry in entries:
        if "/api/errors" in entry.get("id", ""):
            raise WebError(f"refused: {' '.join(entry.get('summary', '').split())[:200]!r}", 400)
    total = str(parsed.feed.get("opensearch_totalresults", len(entries)))
    return _Feed(int(total) if _TOTAL.fullmatch(total) else len(entries), entries)


def _key(entry: Any) -> str:
    """An entry's id, with its version."""
    return str(entry.get("id", "")).rpartition("/abs/")[2]


def _classless(key: str) -> str:
    """An id without the subject class (math.GT/0309136), which arXiv leaves out of its replies."""
    return _CLASS.sub("/", key)


def _paper(name: str, entry: Any, page: str) -> Paper | Rejection:
    try:
        return _made(name, entry, page)
    except (ValueError, TypeError, AttributeError) as exc:  # a field holds what cannot be stored, or no text
        return Rejection(file=name, line=None, reason=f"an entry that cannot be read: {' '.join(str(exc).split())[:200]}")


def _made(name: str, entry: Any, page: str) -> Paper | Rejection:
    key = papers.arxiv_key(_key(entry))
    title, abstract = " ".join(entry.get("title", "").split()), papers.unwrapped(entry.get("summary", ""))
    if not key or not title or not abstract:
        return Rejection(file=name, line=None, reason=f"an entry without id, title or abstract: {title[:80]!r}")
    published = _DAY.match(entry.get("published", ""))
    told = ids.arxiv_id(_key(entry))
    terms = (str(one.get("term", "")) for one in entry.get("tags", ()))
    return papers.make(
        title,
        abstract,
        Page(name=page),
        "arxiv",
        date=published.group() if published else None,
        url=f"{papers.ARXIV}{key}",
        version=told[1] if told else None,
        venue=" ".join(entry.get("arxiv_journal_ref", "").split()) or None,
        ids=ids.of("doi", entry.get("arxiv_doi", "")),
        categories=tuple(term for term in terms if re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", term)),
        notice=fields.withdrawn(title, entry.get("arxiv_comment"), abstract),
        authors=tuple(name for author in entry.get("authors", ()) if (name := " ".join(author.get("name", "").split()))),
    )
