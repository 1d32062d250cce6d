"""The vector index in Chroma: the one place that everything an answer needs is kept. The only user of chromadb.

A record is a chunk: its vector, offsets and sentence vectors; the first chunk of a paper also carries the paper itself.
All chunks of a paper go to Chroma in one call, which is one transaction, so a paper is there whole or not at all.
"""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import warnings
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from assistant.chunk import chunk_id, paper_of
from assistant.errors import AssistantError, ConfigError, LibraryCorrupt, disk_full, short_of_room, storage_errors
from assistant.types import Paper, Record, Vectors, Where

T = TypeVar("T")
DATABASE = "chroma.sqlite3"
FORMAT = 2
"""Raise it when what a record holds changes, so that older libraries are not opened."""
FILTERS = ("page", "date", "year", "paper", "source")
"""What the index may filter by."""
_SYNC = 100
"""Chroma writes its graph to disk every so many changes; a process that opens the store replays what came after."""
_NEVER = 1_000_000_000
_PAGE = 1000
"""Rows asked for at a time: Chroma refuses queries with very many ids."""
_COPIED = 250
"""Rows copied at a time: what Chroma is given at once it also keeps room for."""
_MOST = 5000
"""Rows written at a time: Chroma refuses more than 5461."""
_NOWHERE: dict[str, Any] = {"_env_file": None, "_env_prefix": "nobody sets this "}
"""Where Chroma is to look for settings."""


class Head(NamedTuple):
    """What the first chunk of a paper tells of all of it."""

    paper: Paper
    chunks: int

    @property
    def all_ids(self) -> list[str]:
        """The ids of all chunks of the paper."""
        return [chunk_id(self.paper.id, number) for number in range(self.chunks)]


class Entry(NamedTuple):
    """A chunk as read back."""

    id: str
    head: Head
    start: int
    end: int
    spans: tuple[tuple[int, int], ...]
    """Offsets of its sentences in the abstract."""
    vector: Vectors
    """[dimensions]"""
    sentences: Vectors
    """[sentences, dimensions], or no rows."""
    tokens: Vectors
    """[content tokens, fewer dimensions], or no rows."""

    @property
    def paper(self) -> Paper:
        """The paper that it is a part of."""
        return self.head.paper

    @property
    def text(self) -> str:
        """The chunk's text."""
        return self.paper.abstract[self.start : self.end]


class Index:
    """A collection of chunks in a folder."""

    def __init__(self, folder: Path, name: str, *, create: bool = False, writes: bool = False) -> None:
        """Open the collection `name` in `folder`, or make an empty one, for reading or, with `writes`, for writing too.

        Raises:
            LibraryCorrupt: there is no such collection, or Chroma cannot read it.
        """
        self._folder = folder
        self._name = name
        with _guard(folder, writes=writes):
            if not create and not (folder / DATABASE).is_file():  # Chroma would make an empty one
                raise damaged(folder, f"{DATABASE} is missing")
            self._connect(create=create)
            if writes:
                self._sync_every(_SYNC)

    def _connect(self, *, create: bool = False) -> None:
        self._client = _client(self._folder)
        try:
            if create:
                configuration: Any = {"hnsw": {"space": "cosine", "ef_search": 128}}
                self._collection = self._client.create_collection(self._name, configuration=configuration, embedding_function=None)
            else:
                self._collection = self._client.get_collection(self._name, embedding_function=None)
        except BaseException:
            self.close()
            raise

    def _sync_every(self, changes: int) -> None:
        """Set when Chroma writes its graph; it looks at that when it first needs the graph, and not again."""
        with warnings.catch_warnings(action="ignore"):  # it misses a function that makes embeddings
            self._collection.modify(configuration={"hnsw": {"sync_threshold": changes}})

    def settle(self) -> None:
        """Have Chroma write its whole graph, so that readers find nothing to replay.

        A reader that replays changes counts them, twice if two threads ask at once, and writes the graph when they are
        many: into a folder that others read, and that nothing may change any more.
        """
        self.close()
        with _guard(self._folder, writes=True):
            self._connect()
            self._sync_every(1)
            self._collection.count()
            self._sync_every(_NEVER)

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()

    def count(self) -> int:
        """The chunks held."""
        with _guard(self._folder):
            return self._collection.count()

    def write(self, records: Sequence[Record]) -> None:
        """Insert or replace chunks; all chunks of a paper must come in one call."""
        papers = [list(own) for _, own in groupby(records, lambda record: record.paper.id)]
        for group in _groups(papers, len):
            rows = [(record, len(own)) for own in group for record in own]
            with _guard(self._folder, writes=True):
                self._collection.upsert(
                    ids=[record.chunk.id for record, _ in rows],
                    embeddings=np.array([record.embedding.vector for record, _ in rows]),
                    metadatas=[_metadata(record, chunks) for record, chunks in rows],
                )

    def retag(self, heads: Sequence[Head]) -> None:
        """Store papers anew whose text is unchanged: their pages, date, link."""
        for group in _groups(heads, lambda head: head.chunks):
            rows = [(key, head, number) for head in group for number, key in enumerate(head.all_ids)]
            with _guard(self._folder, writes=True):
                self._collection.update(
                    ids=[key for key, _, _ in rows],
                    metadatas=[_tags(head.paper) | (_whole(head) if number == 0 else {}) for _, head, number in rows],
                )

    def remove(self, ids: Sequence[str]) -> None:
        """Delete chunks."""
        for at in range(0, len(ids), _MOST):
            with _guard(self._folder, writes=True):
                self._collection.delete(ids=list(ids[at : at + _MOST]))

    def take_over(self, other: Index, but: Collection[str]) -> None:
        """Insert all that `other` holds, in its order, but for the papers `but`.

        That is how papers are taken out: Chroma leaves what it deletes in its files, and in the way of its graph.
        """
        kept = [key for key in other.ids() if paper_of(key) not in but]
        for at in range(0, len(kept), _COPIED):
            with _guard(other._folder):
                rows: Any = other._collection.get(ids=kept[at : at + _COPIED], include=["metadatas", "embeddings"])
            with _guard(self._folder, writes=True):
                self._collection.upsert(ids=rows["ids"], embeddings=rows["embeddings"], metadatas=rows["metadatas"])

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that are there, by id."""
        wanted = [chunk_id(paper_id, 0) for paper_id in paper_ids]
        found: dict[str, Head] = {}
        for at in range(0, len(wanted), _PAGE):
            found |= {head.paper.id: head for head in self._heads(ids=wanted[at : at + _PAGE])}
        return found

    def all_heads(self) -> Iterator[Head]:
        """Every paper, in the order in which they came in."""
        offset = 0
        while page := self._heads(where={"number": 0}, limit=_PAGE, offset=offset):
            yield from page
            offset += len(page)

    def papers(self) -> Iterator[Paper]:
        """Every paper, in the order in which they came in."""
        return (head.paper for head in self.all_heads())

    def nearest(self, vectors: Vectors, n: int, where: Where | None = None) -> list[list[str]]:
        """Ids of the `n` chunks nearest to each of `vectors`, nearest first."""
        with _guard(self._folder):
            queries: Any = vectors
            return self._collection.query(query_embeddings=queries, n_results=n, where=_condition(where), include=[])["ids"]

    def ids(self, where: Where | None = None) -> list[str]:
        """The ids of all chunks that a filter lets through."""
        with _guard(self._folder):
            return self._collection.get(where=_condition(where), include=[])["ids"]

    def load(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, in their order; ids that are not there are left out."""
        wanted = list(dict.fromkeys([*ids, *(chunk_id(paper_of(key), 0) for key in ids)]))
        rows: dict[str, tuple[Any, Any]] = {}
        for at in range(0, len(wanted), _PAGE):
            with _guard(self._folder):
                reply = self._collection.get(ids=wanted[at : at + _PAGE], include=["metadatas", "embeddings"])
                vectors: Any = reply["embeddings"]
                rows |= dict(zip(reply["ids"], zip(reply["metadatas"] or [], vectors, strict=True), strict=True))
        with _guard(self._folder):
            papers = {paper: _head(rows[first][0]) for paper in map(paper_of, ids) if (first := chunk_id(paper, 0)) in rows}
            known = [key for key in ids if key in rows and paper_of(key) in papers]
            return [_entry(key, *rows[key], papers[paper_of(key)]) for key in known]

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the chunks with these ids, which come many times faster than all that `load` brings."""
        found: dict[str, Vectors] = {}
        for at in range(0, len(ids), _PAGE):
            with _guard(self._folder):
                reply = self._collection.get(ids=list(ids[at : at + _PAGE]), include=["embeddings"])
                vectors: Any = reply["embeddings"]
                found |= dict(zip(reply["ids"], vectors, strict=True))
        return found

    def graph(self) -> dict[str, tuple[int, int]]:
        """Size and time of each file of Chroma's graph.

        Chroma writes them in place, one after the other, and a kill within that leaves them at odds; they are sound as
        long as this is what it was after a call of `write`.
        """
        return {path.name: ((stat := path.stat()).st_size, stat.st_mtime_ns) for path in graph_files(self._folder)}

    def _heads(self, **query: Any) -> list[Head]:
        with _guard(self._folder):
            rows: list[Any] = self._collection.get(include=["metadatas"], **query)["metadatas"] or []
            return [_head(row) for row in rows]


def graph_files(folder: Path) -> list[Path]:
    """The files of the graph in the folder of a collection; none before Chroma has written it a first time."""
    return sorted(path for last in folder.glob("*/index_metadata.pickle") for path in last.parent.iterdir())


def copy(folder: Path, target: Path) -> None:
    """Copy the folder of a collection, which others may be reading."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(f"{DATABASE}*"))
    # who opens a store writes a little to its database, so a plain copy might catch it half-written
    with (
        _guard(folder),
        closing(sqlite3.connect(folder / DATABASE)) as source,
        closing(sqlite3.connect(target / DATABASE)) as copied,
    ):
        source.backup(copied)


def damaged(folder: Path, why: str) -> LibraryCorrupt:
    """The error for an index that cannot be used."""
    return LibraryCorrupt(
        f"the index in {str(folder)!r} is damaged ({why}); "
        "build it again with: assistant ingest --fresh SOURCES (the damaged one is kept beside it)"
    )


def _client(folder: Path) -> Any:
    chromadb = _chromadb()
    settings = chromadb.config.Settings(anonymized_telemetry=False, **_NOWHERE)
    try:
        return chromadb.PersistentClient(str(folder), settings)
    except BaseException:
        # Chroma keeps one engine a folder, also one that failed to start, and would hand it out for good
        chromadb.api.shared_system_client.SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise


@cache
def _chromadb() -> Any:
    """Chroma, imported so that it takes no settings from elsewhere.

    It looks for them in variables as common as ENVIRONMENT and in the .env file of the working directory, which are
    other programs' business, and what it cannot parse there would stop even its import.
    """
    from pydantic_settings import BaseSettings

    base: Any = BaseSettings
    looking = base.__init__

    def given_only(self: Any, **values: Any) -> None:
        looking(self, **_NOWHERE, **values)

    base.__init__ = given_only
    try:
        import chromadb

        return chromadb
    finally:
        base.__init__ = looking


def _groups(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Items in groups of which each can be written at once."""
    group, total = list[T](), 0
    for item in items:
        if group and total + size(item) > _MOST:
            yield group
            group, total = [], 0
        group.append(item)
        total += size(item)
    if group:
        yield group


def _metadata(record: Record, chunks: int) -> dict[str, Any]:
    chunk = record.chunk
    metadata = _tags(record.paper) | {
        "number": chunk.number,
        "start": chunk.start,
        "end": chunk.end,
        "spans": json.dumps(chunk.sentences, separators=(",", ":")),
        "sentences": _pack(record.embedding.sentences),
        "tokens": _pack(record.embedding.tokens),
        "token_width": record.embedding.tokens.shape[1],
    }
    return metadata | (_whole(Head(record.paper, chunks)) if chunk.number == 0 else {})


def _whole(head: Head) -> dict[str, Any]:
    return {"whole": head.paper.model_dump_json(exclude_defaults=True), "chunks": head.chunks}


def _tags(paper: Paper) -> dict[str, Any]:
    """What filters look at; Chroma takes no empty lists and keeps no None."""
    dates = sorted({date for date in (paper.date, *(page.date for page in paper.pages)) if date})
    years = sorted({date[:4] for date in dates if date[:4].isdigit()})
    tags = {"page": [page.name for page in paper.pages], "date": dates, "year": years}
    return {key: values for key, values in tags.items() if values} | {"paper": paper.id, "source": paper.source}


def _condition(where: Where | None) -> Any:
    """A filter in Chroma's words; of several texts for a key, any will do.

    Raises:
        ConfigError: it names something that cannot be filtered by.
    """
    if not where:
        return None
    conditions: list[dict[str, Any]] = []
    for key, value in where.items():
        if key not in FILTERS:
            raise ConfigError(f"cannot filter by {key!r}; use one of: {', '.join(FILTERS)}, text")
        several: list[Any] = [*value] if isinstance(value, list | tuple) else [value]
        if not several or any(not isinstance(each, str | int) or isinstance(each, bool) for each in several):
            raise ConfigError(f"the filter {key} takes a text or some texts, not {value!r}")
        wanted = [str(each).encode("utf-8", "replace").decode() for each in several]  # half a surrogate pair matches nothing
        if key in ("paper", "source"):
            conditions.append({key: {"$in": wanted}})
        else:
            holds = [{key: {"$contains": each}} for each in wanted]
            conditions.append(holds[0] if len(holds) == 1 else {"$or": holds})
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def _head(metadata: Any) -> Head:
    return Head(Paper.model_validate_json(metadata["whole"]), metadata["chunks"])


def _entry(key: str, metadata: Any, vector: Any, head: Head) -> Entry:
    return Entry(
        id=key,
        head=head,
        start=metadata["start"],
        end=metadata["end"],
        spans=tuple((a, b) for a, b in json.loads(metadata["spans"])),
        vector=np.asarray(vector, np.float32),
        sentences=_unpack(metadata["sentences"], len(vector)),
        tokens=_unpack(metadata["tokens"], metadata["token_width"]),
    )


def _pack(vectors: Vectors) -> str:
    """Unit vectors as text, a byte a number: the cosine errs by less than 0.003."""
    return base64.b64encode(np.round(vectors * 127).astype(np.int8).tobytes()).decode()


def _unpack(packed: str, width: int) -> Vectors:
    return np.frombuffer(base64.b64decode(packed), np.int8).reshape(-1, width).astype(np.float32) / np.float32(127)


@contextmanager
def _guard(folder: Path, *, writes: bool = False) -> Generator[None]:
    """Chroma's errors as ours."""
    try:
        with storage_errors(folder):
            yield
    except (AssistantError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as exc:  # Chroma's engine also panics, and a panic is no Exception
        if writes and short_of_room(folder.parent):
            raise disk_full(folder) from exc
        said = (str(exc).splitlines() or ["no message"])[0]
        raise damaged(folder, f"{type(exc).__name__}: {said}") from exc
