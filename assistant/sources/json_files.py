"""Papers as JSON: an object a line, an array, or objects inside an object, in the shapes of many sources.

The fields of OpenAlex, Semantic Scholar, arXiv's metadata, CSL, Crossref, the hub's data sets and plain lists of papers are known
by their names; other fields are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from assistant.sources import fields, ids, papers
from assistant.types import IdKind, Page, Paper, Rejection, SourceKind

_TITLES = ("title", "paper_title", "display_name", "Title", "articleTitle")
_ABSTRACTS = ("abstract", "summary", "paperAbstract", "paper_abstract", "abstractText", "abstract_text", "Abstract")
_AUTHORS = ("authors_parsed", "authorships", "authors", "author", "Authors", "creators")
_DATES = tuple("publication_date publicationDate date publishedAt published issued published_date publication_year year".split())
_ADDRESSES = ("url", "URL", "link", "landing_page_url", "html_url", "pdf_url")
_VENUES = tuple("venue journal container-title journal-ref journal_ref journal_name publicationVenue primary_location".split())
_IDS: tuple[tuple[IdKind, tuple[str, ...]], ...] = (
    ("doi", ("doi", "DOI")),
    ("arxiv", ("arxiv_id", "arxivId", "arxiv", "ArXiv", "eprint")),
    ("pubmed", ("pmid", "PMID", "PubMed", "pubmed_id")),
    ("acl", ("ACL", "acl_id", "aclId")),
    ("openreview", ("openreview_id", "forum")),
    ("openalex", ("openalex", "openalex_id")),
    ("s2", ("paperId", "s2_id")),
)
_INSIDE = ("externalIds", "external_ids", "ids")
"""Objects that hold further ids."""
_START, _BETWEEN = re.compile(r"\s*"), re.compile(r"[\s,:]*")
_MOST_CHARACTERS = 200_000
"""A date or a name with more characters is ignored."""


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a file, in order; `name` is the file's."""
    lines = text.split("\n")
    start = next(line for line in lines if line.strip())
    if _is_whole(start) or Path(name).suffix.lower() in (".jsonl", ".ndjson") and not _is_document(text):
        yield from stream(name, enumerate(lines, 1), max_line)
    elif text.lstrip().startswith("[") or text.lstrip().startswith("{"):
        yield from _document(name, text, max_line)
    else:
        yield from stream(name, enumerate(lines, 1), max_line)


def _is_whole(line: str) -> bool:
    """A line is an object by itself, or begins what cannot be one over several lines."""
    try:
        return isinstance(json.loads(line, parse_int=float), dict)
    except (ValueError, RecursionError):
        return False


def _is_document(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_int=float), dict | list)
    except (ValueError, RecursionError):
        return False


def stream(name: str, lines: Iterable[tuple[int, str | bytes]], max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of numbered lines, an object each, as they come."""
    gathered = _Gathered(name)
    for number, line in lines:
        if not line.strip():
            continue
        try:
            if len(line) > max_line:
                raise ValueError(f"the line has {len(line):,} characters, more than {max_line:,} (setting ingest.max_line)")
            yield from gathered.take(_parsed(line if isinstance(line, str) else _decoded(line)), number)
        except ValueError as exc:
            gathered.known = True
            yield Rejection(file=name, line=number, reason=str(exc))
    yield from gathered.rest()


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as exc:
        raise ValueError(f"is not UTF-8 (byte 0x{line[exc.start]:02x}); save it again as UTF-8") from exc


def _document(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a file that is one value."""
    gathered = _Gathered(name)
    try:
        value = _parsed(text)
    except ValueError as exc:
        cause = exc.__cause__
        yield Rejection(file=name, line=cause.lineno if isinstance(cause, json.JSONDecodeError) else None, reason=str(exc))
        return
    records, path = _records(value)
    lines: list[int | None] = []
    for place, record in enumerate(records):
        for item in papers.all_bounded(name, gathered.take(record, place), max_line):
            if isinstance(item, Rejection):  # the parser tells no places; they are looked for where one is needed
                lines = lines or _lines(text, path, len(records))
                item = item.model_copy(update={"line": lines[place if item.line is None else item.line]})
            yield item
    for item in gathered.rest():
        lines = lines or _lines(text, path, len(records))
        yield item.model_copy(update={"line": lines[item.line or 0]})


def _lines(text: str, path: tuple[int, ...] | None, count: int) -> list[int | None]:
    """The lines that records begin on, None where they cannot be told; `path` leads to the list of them, see `_records`."""
    at = _START.match(text).end()  # pyright: ignore[reportOptionalMemberAccess]
    if path is None:
        return [text.count("\n", 0, at) + 1] * count
    starts: list[int] = []
    try:
        for place in path:
            at = next(islice(_inside(text, at), place, None))  # the value itself is not parsed, however deep it holds the list
        starts = list(_inside(text, at))
    except (ValueError, IndexError, StopIteration):  # an object names a key twice, so the path leads elsewhere
        pass
    if len(starts) != count:
        return [None] * count
    found: list[int | None] = []
    line, at = 1, 0
    for start in starts:
        line += text.count("\n", at, start)
        at = start
        found.append(line)
    return found


def _inside(text: str, at: int) -> Iterator[int]:
    """Where the values of the list or the object begin that begins at `at`.

    Yields:
        The places of the values, in order.

    Raises:
        ValueError: another value begins there.
    """
    decoder = json.JSONDecoder(parse_int=_number)
    named = text[at] == "{"
    if not named and text[at] != "[":
        raise ValueError("no list and no object")
    at = _BETWEEN.match(text, at + 1).end()  # pyright: ignore[reportOptionalMemberAccess]
    while text[at] not in "]}":
        if named:
            at = _BETWEEN.match(text, decoder.raw_decode(text, at)[1]).end()  # pyright: ignore[reportOptionalMemberAccess]
        yield at
        at = _BETWEEN.match(text, decoder.raw_decode(text, at)[1]).end()  # pyright: ignore[reportOptionalMemberAccess]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_number)
    except json.JSONDecodeError as exc:
        place = f"column {exc.colno}" if exc.lineno == 1 else f"line {exc.lineno}, column {exc.colno}"
        raise ValueError(f"is not JSON: {exc.msg} at {place}") from exc
    except RecursionError as exc:
        raise ValueError("is nested too deeply") from exc


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float("inf")  # Python reads no int of 5,000 digits


def _records(value: Any) -> tuple[list[Any], tuple[int, ...] | None]:
    """The records of a value: those of a list, of the longest list of objects in an object, or the object.

    Returns:
        The records, and which value of an object, of one inside it and so on their list is; None where they are no list.
    """
    if isinstance(value, list):
        return cast("list[Any]", value), ()
    if not isinstance(value, dict):
        return [value], None
    one = cast("dict[str, Any]", value)
    if fields.first(one, _TITLES):
        return [one], None
    inside = list(enumerate(one.values()))
    lists = [(at, cast("list[Any]", each)) for at, each in inside if isinstance(each, list) and each and isinstance(each[0], dict)]
    if lists:
        at, longest = max(lists, key=lambda each: len(each[1]))
        return longest, (at,)
    inner = [(at, cast("dict[str, Any]", each)) for at, each in inside if isinstance(each, dict)]
    if len(inner) != 1:
        return [one], None
    found, path = _records(inner[0][1])
    return found, None if path is None else (inner[0][0], *path)


class _Gathered:
    """The records of a file; where the shape of none is known, one rejection says so."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._page = Path(name.removesuffix(".gz")).stem
        self._strange: list[tuple[int | None, str, str]] = []
        self.known = False
        """Some record had the fields of a paper."""

    def take(self, record: Any, line: int | None) -> Iterator[Paper | Rejection]:
        """A record's paper or rejection, and those of records before whose shape was not known."""
        if isinstance(record, dict) and isinstance(inner := cast("dict[str, Any]", record).get("paper"), dict):
            # of the hub's: who listed it is around it
            record = cast("dict[str, Any]", record) | cast("dict[str, Any]", inner)
        try:
            if not isinstance(record, dict):
                shown = json.dumps(record)[:40]
                raise ValueError(f"is not a JSON object: {shown!r}")
            one = cast("dict[str, Any]", record)
            if not any(key in one for key in _TITLES) or not any(key in one for key in (*_ABSTRACTS, "abstract_inverted_index")):
                missing = "title" if not any(key in one for key in _TITLES) else "abstract"
                strange = (line, missing, fields.names(one))
                if not self.known:
                    self._strange.append(strange)
                    return
                yield self._lacking(*strange)
                return
            if not self.known:
                self.known = True
                yield from (self._lacking(*each) for each in self._strange)
            yield paper(one, self._page)
        except ValueError as exc:
            self.known = True
            yield Rejection(file=self._name, line=line, reason=str(exc))

    def rest(self) -> Iterator[Rejection]:
        """What is to be said at the end."""
        if not self.known and len(self._strange) == 1:
            yield self._lacking(*self._strange[0])
        elif not self.known and self._strange:
            line, _, found = self._strange[0]
            reason = f"holds {len(self._strange):,} records in an unknown shape: the fields found are {found}; {fields.WANTED}"
            yield Rejection(file=self._name, line=line, reason=reason)

    def _lacking(self, line: int | None, missing: str, found: str) -> Rejection:
        reason = f"{missing!r} is missing or is not text; the fields found are {found}; {fields.WANTED}"
        return Rejection(file=self._name, line=line, reason=reason)


def paper(record: dict[str, Any], name: str, source: SourceKind = "jsonl") -> Paper:
    """Read a record.

    Args:
        record: an object of one of the known shapes.
        name: of the page, where the record names none.
        source: the kind of source.

    Returns:
        The paper.

    Raises:
        ValueError: there is no title or no abstract, or some of it cannot be stored.
    """
    title = fields.a_text(fields.first(record, _TITLES))
    abstract = fields.a_text(fields.first(record, _ABSTRACTS)) or fields.unfolded(record.get("abstract_inverted_index"))
    for key, value in (("title", title), ("abstract", abstract)):
        if value is None:
            of = f" (the record {title.strip()[:80]!r} has none)" if title else ""
            raise ValueError(f"{key!r} is missing or is not text{of}")
    assert title and abstract
    page = fields.a_text(record.get("page")) or name
    arxiv = _arxiv(record)
    comment = fields.a_text(fields.first(record, ("comments", "comment")))
    told = fields.a_text(record.get("notice"))  # of a record of ours
    notice = "retracted" if record.get("is_retracted") is True else fields.withdrawn(title, comment, told, abstract)
    return papers.make(
        " ".join(title.split()),
        papers.unwrapped(abstract) if "versions" in record else abstract,
        Page(name=page),
        source,
        date=_date(record),
        url=_address(record) or (f"{papers.ARXIV}{arxiv[0]}" if arxiv else None),
        authors=_authors(record),
        ids=(*_ids(record), *((f"arxiv:{arxiv[0]}",) if arxiv else ())),
        version=arxiv[1] if arxiv else None,
        venue=_venue(record),
        key=_key(record),
        categories=fields.strings(record.get("categories")) if arxiv else (),
        notice=notice,
    )


def _arxiv(record: dict[str, Any]) -> tuple[str, int | None] | None:
    """Number and version: the id of a record of arXiv's metadata or of the hub."""
    versions = record.get("versions")
    last = cast("list[Any]", versions)[-1] if isinstance(versions, list) and versions else None
    told = cast("dict[str, Any]", last).get("version") if isinstance(last, dict) else None
    number = int(told[1:]) if isinstance(told, str) and told[1:].isdecimal() and len(told) < 4 else None
    given = record.get("id")
    found = ids.arxiv_id(given) if isinstance(given, str) and len(given) < 40 else None
    return (found[0], found[1] or number) if found else None


def _authors(record: dict[str, Any]) -> tuple[str, ...]:
    for name in _AUTHORS:
        value = record.get(name)
        if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
            continue
        if found := fields.people(value):
            return found
    return ()


def _date(record: dict[str, Any]) -> str | None:
    """The date of the first version, or the most exact of the fields that agree."""
    versions = record.get("versions")
    start = cast("list[Any]", versions)[0] if isinstance(versions, list) and versions else None
    if isinstance(start, dict) and (created := fields.day(cast("dict[str, Any]", start).get("created"))):
        return created
    found = [date for name in _DATES if (date := fields.day(record.get(name)))]
    return next((date for date in found if len(date) == 10), found[0] if found else None)


def _address(record: dict[str, Any]) -> str | None:
    value = fields.first(record, _ADDRESSES)
    if isinstance(value, list):
        value = cast("list[Any]", value)[0]
    if isinstance(value, dict):
        value = cast("dict[str, Any]", value).get("url")
    if isinstance(value, str) and value.strip():
        found = ids.arxiv_id(value)
        return f"{papers.ARXIV}{found[0]}" if found else value.strip()
    doi = record.get("doi") or record.get("DOI")
    return ids.doi_address(doi) if isinstance(doi, str) else None


def _ids(record: dict[str, Any]) -> tuple[str, ...]:
    inside = [cast("dict[str, Any]", record[name]) for name in _INSIDE if isinstance(record.get(name), dict)]
    groups: list[tuple[IdKind, Any]] = [
        (kind, one.get(name)) for one in (record, *inside) for kind, names in _IDS for name in names
    ]
    if isinstance(own := record.get("id"), str):
        groups.append(("openalex", own if "openalex.org/" in own else None))
    address = fields.a_text(fields.first(record, _ADDRESSES)) or ""
    found = ids.arxiv_id(address)
    return (*fields.several(groups), *((f"arxiv:{found[0]}",) if found else ()))


def _venue(record: dict[str, Any]) -> str | None:
    for name in _VENUES:
        value = record.get(name)
        if isinstance(value, dict):
            one = cast("dict[str, Any]", value)
            inner = one.get("source")
            one = cast("dict[str, Any]", inner) if isinstance(inner, dict) else one
            value = fields.first(one, ("display_name", "name", "title"))
        if text := fields.a_text(value):
            return " ".join(text.split())[:300]
    return None


def _key(record: dict[str, Any]) -> str | None:
    """The key of a CSL record, which reference managers make of the user's own."""
    value = record.get("citation-key") or (record.get("id") if "issued" in record and "type" in record else None)
    return value if isinstance(value, str) and 0 < len(value) < 200 and "/" not in value else None
