"""Papers of Crossref, OpenAlex, Semantic Scholar, OpenReview and PubMed through their APIs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

from assistant.sources import json_files, xml_files
from assistant.sources.web import Site, WebError
from assistant.types import Paper, Rejection

_BATCH = 100
"""A request asks for this many papers."""
_S2_FIELDS = "title,abstract,year,authors,venue,externalIds,publicationDate,url"
Items = Iterator[Paper | Rejection]


def crossref(name: str, site: Site, most: int) -> Items:
    """The paper of "doi:DOI"."""
    reply = _json(site.get(f"/works/{quote(_rest(name), safe='')}", {}))
    message = reply.get("message")
    record = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    updates = record.get("updated-by")
    kinds = [cast("dict[str, Any]", one).get("type") for one in cast("list[Any]", updates)] if isinstance(updates, list) else []
    yield from _made(name, "Crossref", [record | {"is_retracted": "retraction" in kinds, "url": record.get("URL")}])


def openalex(name: str, site: Site, most: int) -> Items:
    """The paper of "openalex:W123", or the papers that "openalex:QUERY" finds, the best first."""
    rest = _rest(name)
    if re.fullmatch("[Ww][0-9]{1,12}", rest):
        yield from _made(name, "OpenAlex", [_json(site.get(f"/works/{rest.upper()}", {}))])
        return
    cursor, taken = "*", 0
    while cursor and taken < most:
        asked = {"search": rest, "per-page": min(_BATCH, most - taken), "cursor": cursor}
        reply = _json(site.get("/works", asked))
        found = _listed(reply.get("results"))
        yield from _made(name, "OpenAlex", found)
        taken += len(found)
        meta = reply.get("meta")
        after = cast("dict[str, Any]", meta).get("next_cursor") if isinstance(meta, dict) else None
        cursor = after if isinstance(after, str) and found else ""
    if not taken:
        yield Rejection(file=name, line=None, reason="OpenAlex finds no paper")


def semantic_scholar(name: str, site: Site, most: int) -> Items:
    """The paper of "s2:ID"; an id may be one of Semantic Scholar, or "DOI:10.1000/xyz", "ARXIV:2310.12345"."""
    reply = _json(site.get(f"/graph/v1/paper/{quote(_rest(name), safe=':')}", {"fields": _S2_FIELDS}))
    yield from _made(name, "Semantic Scholar", [reply])


def openreview(name: str, site: Site, most: int) -> Items:
    """The paper of "openreview:ID"."""
    reply = _json(site.get("/notes", {"id": _rest(name)}))
    yield from _made(name, "OpenReview", [_note(note) for note in _listed(reply.get("notes"))] or [{}])


def pubmed(name: str, site: Site, most: int) -> Items:
    """The papers of "pubmed:123,456", or those that "pubmed:QUERY" finds."""
    rest = _rest(name)
    numbers = [part.strip() for part in rest.split(",")]
    if not all(re.fullmatch("[0-9]{1,8}", number) for number in numbers):
        reply = _json(site.get("/esearch.fcgi", {"db": "pubmed", "term": rest, "retmode": "json", "retmax": most}))
        result = reply.get("esearchresult")
        found = cast("dict[str, Any]", result).get("idlist") if isinstance(result, dict) else None
        numbers = [one for one in cast("list[Any]", found or []) if isinstance(one, str)][:most]
    for at in range(0, len(numbers), _BATCH):
        asked = {"db": "pubmed", "id": ",".join(numbers[at : at + _BATCH]), "retmode": "xml"}
        text = site.get("/efetch.fcgi", asked).decode("utf-8", "replace")
        for item in xml_files.read(name, text, len(text)):
            empty = isinstance(item, Rejection) and "unknown shape" in item.reason
            yield Rejection(file=name, line=None, reason="PubMed knows no such paper") if empty else item
    if not numbers:
        yield Rejection(file=name, line=None, reason="PubMed finds no paper")


READERS: dict[str, tuple[str, str, Callable[[str, Site, int], Items]]] = {
    "doi:": ("Crossref", "crossref_url", crossref),
    "openalex:": ("OpenAlex", "openalex_url", openalex),
    "s2:": ("Semantic Scholar", "s2_url", semantic_scholar),
    "openreview:": ("OpenReview", "openreview_url", openreview),
    "pubmed:": ("PubMed", "pubmed_url", pubmed),
}
"""Prefix of an input -> the site's name, the setting with its address, its reader."""


def read(name: str, prefix: str, site: Site, most: int) -> Items:
    """The papers that an input names; what does not come is a rejection."""
    known, _, reader = READERS[prefix]
    if not _rest(name) or not name.isprintable() or len(name) > 600:
        yield Rejection(file=name, line=None, reason=f"names no paper of {known}; write for example {_EXAMPLES[prefix]}")
        return
    try:
        yield from reader(name, site, most)
    except WebError as exc:
        said = f"{known} knows no such paper" if exc.status == 404 else f"{known}: {exc}"
        yield Rejection(file=name, line=None, reason=said)


_EXAMPLES = {
    "doi:": "doi:10.1000/xyz",
    "openalex:": "openalex:graph retrieval",
    "s2:": "s2:204e3073870fae3d05bcbc2f6a8e263d9b72e776",
    "openreview:": "openreview:rJl-b3RcF7",
    "pubmed:": "pubmed:31452104",
}


def _rest(name: str) -> str:
    return name.partition(":")[2].strip()


def _made(name: str, known: str, found: list[dict[str, Any]]) -> Items:
    for record in found:
        try:
            yield json_files.paper(record, name, "web")
        except ValueError as exc:
            lacking = "abstract" in str(exc) and bool(record.get("title") or record.get("display_name"))
            reason = f"{known} has no abstract of it; give its BibTeX with the abstract" if lacking else f"{known}: {exc}"
            yield Rejection(file=name, line=None, reason=reason)


def _json(content: bytes) -> dict[str, Any]:
    try:
        value: Any = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise WebError("the reply is no JSON, or a broken one") from exc
    if not isinstance(value, dict):
        raise WebError("the reply is no object")
    return cast("dict[str, Any]", value)


def _listed(value: Any) -> list[dict[str, Any]]:
    given = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", one) for one in given if isinstance(one, dict)]


def _note(note: dict[str, Any]) -> dict[str, Any]:
    """A note of OpenReview as a record; its second API wraps each value."""
    content = note.get("content")
    fields: dict[str, Any] = {}
    for key, value in (cast("dict[str, Any]", content) if isinstance(content, dict) else {}).items():
        fields[key] = cast("dict[str, Any]", value).get("value") if isinstance(value, dict) else value
    stamp = note.get("pdate") or note.get("cdate")
    moment = datetime.fromtimestamp(stamp / 1000, UTC).date().isoformat() if isinstance(stamp, int) and 0 < stamp < 1e14 else None
    number = note.get("forum") or note.get("id")
    url = f"https://openreview.net/forum?id={number}" if isinstance(number, str) else None
    own = {key: fields.get(key) for key in ("title", "abstract", "authors", "venue")}
    return own | {"date": moment, "forum": number, "url": url}
