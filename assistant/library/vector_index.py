"""The vector index: what `store.py` keeps, and Chroma, which finds the nearest and filters. The only user of chromadb.

Chroma holds of a chunk its vector and what filters look at. All that is written goes to the store first, all chunks of a
paper in one transaction, so a paper is there whole or not at all; what a kill then keeps from Chroma, `catch_up` tells it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import struct
import threading
import warnings
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from heapq import nsmallest
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.errors import (
    AssistantError,
    ConfigError,
    LibraryCorrupt,
    LibraryMismatch,
    brief,
    scarcity,
    short_of_descriptors,
    storage_errors,
    too_many_files,
)
from assistant.library.chunking import chunk_id, paper_of
from assistant.library.metadata import KEYS, Card, values
from assistant.library.scratch import Scratch
from assistant.library.store import STORE, Entry, Head, Rows, Store, Text
from assistant.types import Paper, Record, Vectors, Where

T = TypeVar("T")
DATABASE = "chroma.sqlite3"
FORMAT = 3
"""Raise it when what a record holds changes, so that older libraries are not opened."""
FILTERS = ("page", "year", "paper", "source", "without")
"""The keys of filters that Chroma looks up; `metadata.KEYS` are looked up in the store."""
_SYNC = 100
"""Chroma writes its graph to disk after this many changes; a process that opens the store replays the later ones."""
_NEVER = 1_000_000_000
_COPIED = 250
"""Rows are copied in groups of this many, because Chroma keeps memory in proportion to one call."""
_COMPARED = 5000
"""Vectors that are compared at a time, where all of them are."""
_MOST = 5000
"""Rows are written in groups of at most this many: Chroma refuses more than 5461."""
_NOWHERE: dict[str, Any] = {"_env_file": None, "_env_prefix": "nobody sets this "}
"""Arguments that keep Chroma from reading settings of the environment."""


class Index:
    """A collection of chunks in a folder."""

    def __init__(
        self, folder: Path, name: str, *, create: bool = False, writes: bool = False, scratch: Scratch | None = None
    ) -> None:
        """Open a collection for reading, or make an empty one.

        Args:
            folder: the folder of the collection.
            name: the name of the collection.
            create: make an empty collection.
            writes: open the collection for writing too.
            scratch: the folder for files that Chroma writes when it reads; None for the collection's own folder.

        Raises:
            LibraryCorrupt: there is no such collection, or Chroma cannot read it.
        """  # damaged() makes LibraryCorrupt
        self._folder = self._place = folder
        self._name = name
        with _guard(folder, writes=writes):
            for name in () if create else (DATABASE, STORE):
                if not (folder / name).is_file():  # Chroma would make an empty one
                    raise _lost_store(folder, _absent(folder)) if name == STORE else damaged(folder, f"{name} is missing")
            if scratch:
                self._place = scratch.mirror(folder, [DATABASE])
            self._connect(create=create)
            try:
                with _store_guard(folder):
                    self._store = Store(folder, create=create, writes=writes)
            except BaseException:
                self._client.close()
                raise
            if writes:
                self._sync_every(_SYNC)

    def _connect(self, *, create: bool = False) -> None:
        self._client = _client(self._place)
        try:
            if create:
                configuration: Any = {"hnsw": {"space": "cosine", "ef_search": 128}}
                self._collection = self._client.create_collection(self._name, configuration=configuration, embedding_function=None)
            else:
                self._collection = self._client.get_collection(self._name, embedding_function=None)
        except BaseException:
            self._client.close()
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
        self._client.close()
        with _guard(self._folder, writes=True):
            self._connect()
            self._sync_every(1)
            self._collection.count()
            self._sync_every(_NEVER)

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()
        self._store.close()

    def count(self) -> int:
        """The chunks held."""
        with _guard(self._folder):
            return self._collection.count()

    def write(self, records: Sequence[Record]) -> None:
        """Insert or replace chunks; all chunks of a paper must come in one call.

        Raises:
            LibraryMismatch: the vectors have not as many numbers as those of the index, or as each other.
        """
        self.check(record.embedding.vector for record in records)
        papers = [list(own) for _, own in groupby(records, lambda record: record.paper.id)]
        for group in _groups(papers, len, _MOST):
            with _guard(self._folder, writes=True):
                self._store.write([(record, len(own)) for own in group for record in own])
            self.catch_up()

    def catch_up(self) -> None:
        """Tell Chroma of the chunks that the store holds and it may not."""
        with _guard(self._folder, writes=True):
            if entries := self._store.load(self._store.waiting()):
                self._collection.upsert(
                    ids=[entry.id for entry in entries],
                    embeddings=np.array([entry.vector for entry in entries]),
                    metadatas=[_tags(entry.paper) for entry in entries],
                )
            self._store.told()

    def retag(self, heads: Sequence[Head]) -> None:
        """Store papers anew whose text is unchanged: their pages, date, link."""
        for group in _groups(heads, lambda head: head.chunks, _MOST):
            rows = [(key, head.paper) for head in group for key in head.all_ids]
            with _guard(self._folder, writes=True):
                self._store.retag(group)
                self._collection.update(ids=[key for key, _ in rows], metadatas=[_tags(paper) for _, paper in rows])
                self._store.told()

    def remove(self, ids: Sequence[str]) -> None:
        """Delete chunks."""
        for at in range(0, len(ids), _MOST):
            with _guard(self._folder, writes=True):
                self._store.remove(ids[at : at + _MOST])  # first, as Chroma's count tells that it is not done
                self._collection.delete(ids=list(ids[at : at + _MOST]))

    def drop(self, heads: Sequence[Head]) -> None:
        """Delete papers that became part of others."""
        with _guard(self._folder, writes=True):
            self._store.drop(heads)  # first, as above
        self.remove([key for head in heads for key in head.all_ids])

    def named_like(self, names: Sequence[str]) -> dict[str, list[str]] | None:
        """The ids of the papers that have each of some names; None where an older program made the store, which holds no names."""
        with _guard(self._folder):
            return self._store.named_like(names) if self._store.named else None

    def take_over(self, other: Index, but: Collection[str]) -> None:
        """Insert all that `other` holds, in its order, but for the papers `but`.

        That is how papers are taken out: Chroma leaves what it deletes in its files, and in the way of its graph.
        """
        with _guard(other._folder):
            kept = [head for head in other._store.all_heads() if head.paper.id not in but]
        self._take_over(other._store, kept)

    def take_over_from(self, folder: Path, heads: Sequence[Head]) -> None:
        """Insert papers that the store in `folder` holds; what is Chroma's there is not looked at."""
        with stored(folder) as store:
            self._take_over(store, heads)

    def _take_over(self, store: Store, heads: Sequence[Head]) -> None:
        for group in _groups(heads, lambda head: head.chunks, _COPIED):
            with _guard(self._folder, writes=True):
                self._store.take_over(store, group)
            self.catch_up()

    def take_in(self, rows: Rows) -> None:
        """Insert or replace papers with all their chunks, as another store holds them."""
        with _guard(self._folder, writes=True):
            leftover = self._store.take_in(rows)
        self.catch_up()
        self.remove(leftover)

    def rows(self, paper_ids: Sequence[str]) -> Rows:
        """Papers in the order of their ids, and their chunks, as they are stored."""
        with _guard(self._folder):
            heads = self._store.heads(paper_ids)
            return self._store.rows([heads[key] for key in paper_ids])

    def sums(self) -> dict[str, bytes]:
        """The sums of all papers, by id, in the order in which they came in."""
        with _guard(self._folder):
            return self._store.sums()

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that are there, by id. Some may not be sound."""
        with _guard(self._folder):
            return self._store.heads(paper_ids)

    def all_heads(self) -> Iterator[Head]:
        """Every paper, in the order in which they came in. Some may not be sound."""
        with _guard(self._folder):
            yield from self._store.all_heads()

    def papers(self) -> Iterator[Paper]:
        """Read all papers, in the order in which they came in.

        Yields:
            The papers.

        Raises:
            LibraryCorrupt: the content of a paper differs from its hash.
        """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
        for head in self.all_heads():
            if not head.sound:
                raise damaged_paper(self._folder, head.paper.id)
            yield head.paper

    def sound(self) -> bool:
        """Whether the content of each paper equals the content that was stored, as far as sums tell."""
        with _guard(self._folder):
            return self._store.sound()

    def records(self) -> list[Card]:
        """The records of all papers, in the order in which they came in; they only find papers, as they may not be sound."""
        with _guard(self._folder):
            return list(self._store.records())

    def nearest(self, vectors: Vectors, n: int, where: Where | None = None) -> list[list[str]]:
        """Ids of the `n` chunks nearest to each of `vectors`, nearest first."""
        with _guard(self._folder):
            queries: Any = vectors
            return self._collection.query(query_embeddings=queries, n_results=n, where=_condition(where), include=[])["ids"]

    def nearest_of_all(self, vectors: Vectors, n: int) -> list[list[str]]:
        """Find the nearest chunks by a comparison with every vector that Chroma holds.

        Args:
            vectors: [queries, dimensions].
            n: chunks for each query.

        Returns:
            Ids of the nearest chunks of each query, nearest first; two indexes of the same vectors give the same ids.
        """
        held = sorted(self.stored_ids())  # equal batches for equal libraries, as sums depend on them in the last bit
        best: list[list[tuple[float, str]]] = [[] for _ in vectors]
        for at in range(0, len(held), _COMPARED):
            with _guard(self._folder):
                got: Any = self._collection.get(ids=held[at : at + _COMPARED], include=["embeddings"])
            order = np.argsort(np.array(got["ids"]))
            for row, scores in enumerate(vectors @ np.asarray(got["embeddings"], np.float32)[order].T):
                near = np.argsort(-scores, kind="stable")[:n]
                found = ((-float(scores[place]), got["ids"][order[place]]) for place in near)
                best[row] = nsmallest(n, [*best[row], *found])
        return [[key for _, key in row] for row in best]

    def ids(self, where: Where | None = None) -> list[str]:
        """The ids of all chunks that a filter lets through."""
        with _guard(self._folder):
            return self._collection.get(where=_condition(where), include=[])["ids"]

    def load(self, ids: Sequence[str]) -> list[Entry]:
        """Read chunks by their ids.

        Returns:
            The chunks in the order of the ids; unknown ids are left out.

        Raises:
            LibraryCorrupt: the content of a chunk differs from its hash.
        """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
        entries = self.load_all(ids)
        for entry in entries:
            if not entry.sound:
                raise damaged_paper(self._folder, entry.paper.id)
        return entries

    def held(self, paper_ids: Sequence[str]) -> dict[str, Paper]:
        """Read papers by their ids.

        Returns:
            Those that are there, by id.

        Raises:
            LibraryCorrupt: the content of a paper differs from its hash.
        """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
        heads = self.heads(paper_ids)
        for head in heads.values():
            if not head.sound:
                raise damaged_paper(self._folder, head.paper.id)
        return {key: head.paper for key, head in heads.items()}

    def texts(self, paper_ids: Sequence[str]) -> Iterator[Text]:
        """Read titles and abstracts of papers.

        Yields:
            The texts of those that are there, in no order.

        Raises:
            LibraryCorrupt: the content of a paper differs from its hash.
        """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
        with _guard(self._folder):
            for each in self._store.texts(paper_ids):
                if not each.sound:
                    raise damaged_paper(self._folder, each.id)
                yield each

    def spans(self, ids: Sequence[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        """Read the offsets of the sentences of chunks.

        Returns:
            The offsets in the abstract, by the id of the chunk; unknown ids are left out.

        Raises:
            LibraryCorrupt: the content of a chunk differs from its hash.
        """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
        with _guard(self._folder):
            found = self._store.spans(ids)
        for key, spans in found.items():
            if spans is None:
                raise damaged_paper(self._folder, paper_of(key))
        return {key: spans for key, spans in found.items() if spans is not None}

    def load_all(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, damaged ones included, which must not be quoted."""
        with _guard(self._folder):
            return self._store.load(ids)

    def stored_ids(self) -> list[str]:
        """The ids of all chunks of the store, which are Chroma's, where neither is damaged."""
        with _guard(self._folder):
            return self._store.ids()

    def check(self, vectors: Iterable[Vectors]) -> None:
        """Check that vectors can stand beside those of the index: an endpoint may give ones of another model under its name.

        Raises:
            LibraryMismatch: they have not as many numbers, or not as many as each other.
        """
        with _guard(self._folder):
            width = self._store.width()
        for each in vectors:
            width = width or len(each)
            if len(each) != width:
                raise LibraryMismatch(
                    f"the embedder gave a vector of {len(each)} numbers where those of the library have {width}; check "
                    "embedder.model and its endpoint, or build the library again with: assistant ingest --fresh SOURCES"
                )

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the chunks with these ids, which come faster than all that `load` brings."""
        with _guard(self._folder):
            return self._store.vectors(ids)

    def vectors_of(self, papers: Sequence[str]) -> Vectors:
        """The vectors of papers, those of their first chunks.

        Args:
            papers: their ids.

        Returns:
            [papers, dimensions]; a row of zeros for a paper that is not there.
        """
        keys = [chunk_id(paper, 0) for paper in papers]
        found = self.vectors(keys)
        nothing = np.zeros(len(next(iter(found.values()), ())), np.float32)
        return np.array([found.get(key, nothing) for key in keys], np.float32).reshape(len(keys), len(nothing))

    def graph(self) -> dict[str, tuple[int, int]]:
        """List size and time of each file of Chroma's graph.

        Chroma writes the files in place, one after the other; a kill in between leaves them inconsistent. The files are sound
        as long as the list equals the list after a call of `write`.

        Returns:
            Size and modification time in nanoseconds, by the name of the file.
        """
        return {path.name: ((stat := path.stat()).st_size, stat.st_mtime_ns) for path in graph_files(self._folder)}


def graph_files(folder: Path) -> list[Path]:
    """The files of the graph in the folder of a collection; none before Chroma has written it a first time."""
    return sorted(path for last in folder.glob("*/index_metadata.pickle") for path in last.parent.iterdir())


_HEADER = struct.Struct("<i6QiI3QdQ")
"""The header of a graph on disk, of hnswlib: a version, offset, most elements, elements, bytes of one, offsets of its label and its
vector, highest level, entry, most links above and on the lowest level, M, a factor, ef_construction."""
_ROWS = 65_536


def blank_unused(folder: Path) -> None:
    """Write zeros over what the graphs of a closed collection do not use: places of elements to come, and of links to come.

    The hnswlib of Chroma 1.5 writes these places as they are in memory, with whatever stood there before: titles and texts of
    papers that were removed, for example.

    Args:
        folder: of a collection that nobody has open. Files of another form are left as they are.
    """
    for path in folder.glob("*/header.bin"):
        content = path.read_bytes()
        if len(content) != _HEADER.size:
            continue
        version, _, most, count, size, label, vector, _, _, upper, lowest, *_ = _HEADER.unpack(content)
        data, lists = path.with_name("data_level0.bin"), path.with_name("link_lists.bin")
        told = version == 1 and count <= most and 4 + 4 * lowest == vector < label < size and data.is_file()
        if not told or data.stat().st_size != most * size or not most:
            continue
        held = np.memmap(data, np.uint8, "r+", shape=(most, size))
        for first in range(0, most, _ROWS):
            rows = held[first : first + _ROWS]
            used = max(0, min(count - first, len(rows)))
            if rows[used:].any():
                rows[used:] = 0
            links = rows[:used, 4:vector]
            linked: NDArray[np.uint16] = np.ascontiguousarray(rows[:used, :2]).view(np.uint16)
            spare = np.arange(4 * int(lowest)) >= 4 * linked.astype(np.int64)
            if links[spare].any():
                links[spare] = 0
        held.flush()
        del held
        if lists.is_file():
            _blank_lists(lists, 4 + 4 * upper)


def _blank_lists(path: Path, size: int) -> None:
    """The same for the links above the lowest level: of each element the bytes of its lists, then the lists, each `size` bytes."""
    before = path.read_bytes()
    content, at = bytearray(before), 0
    while at + 4 <= len(content):
        end = at + 4 + int.from_bytes(content[at : at + 4], "little")
        if (end - at - 4) % size or end > len(content):
            return
        for start in range(at + 4, end, size):
            used = start + 4 + 4 * int.from_bytes(content[start : start + 2], "little")
            if used > start + size:
                return
            content[used : start + size] = bytes(start + size - used)
        at = end
    if bytes(content) != before:
        path.write_bytes(content)


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


@contextmanager
def stored(folder: Path) -> Generator[Store]:
    """Open the store of a collection alone, for a look at a library whose Chroma files may be damaged.

    Yields:
        The store.

    Raises:
        LibraryCorrupt: the store cannot be read.
    """  # noqa: DOC501  # damaged() makes LibraryCorrupt
    with _guard(folder):
        if not (folder / STORE).is_file():
            raise _lost_store(folder, _absent(folder))
        with _store_guard(folder):
            store = Store(folder)
        with closing(store):
            yield store


COPY = "replica-"
"""How the folder of a copy of a group's library begins."""


def damaged(folder: Path, why: str) -> LibraryCorrupt:
    """The error for an index that cannot be used."""
    return LibraryCorrupt(
        f"the index in {str(folder)!r} is damaged ({why}); mend it with: assistant doctor --repair, or "
        "build it again with: assistant ingest --fresh SOURCES (the damaged one is kept beside it)"
    )


@contextmanager
def _store_guard(folder: Path) -> Generator[None]:
    """A store that cannot be opened: the papers are in no other file of its generation, so no repair can make them again."""
    try:
        yield
    except sqlite3.DatabaseError as exc:
        if isinstance(exc, sqlite3.OperationalError):  # it could not be opened, which is no damage
            raise
        raise _lost_store(folder, f"is damaged ({exc})") from exc


def _lost_store(folder: Path, why: str) -> LibraryCorrupt:
    if folder.parent.parent.name.startswith(COPY):  # a new library would take the place of everybody's
        anew = "make the copy anew from the group's database with: assistant doctor --repair"
        return LibraryCorrupt(f"{str(folder / STORE)!r}, which holds the papers, {why}; {anew}")
    others = sorted(each.name for each in folder.parent.parent.glob("gen-[0-9]*") if each != folder.parent)
    mend = f"put {others[-1]} in force with: assistant doctor --repair" if others else "put a copy of the file in its place"
    return LibraryCorrupt(
        f"{str(folder / STORE)!r}, which holds the papers, {why}; {mend}, or build the library again with: "
        "assistant ingest --fresh SOURCES (what is there is kept beside it)"
    )


def _absent(folder: Path) -> str:
    return "is no plain file" if os.path.lexists(folder / STORE) else "is missing"


def damaged_paper(folder: Path, paper: str) -> LibraryCorrupt:
    """The error for a paper of which nothing may be quoted."""
    return LibraryCorrupt(
        f"the paper {brief(paper)} in {str(folder)!r} is damaged: its text, or where its sentences are, is not what was stored; "
        f"see: assistant doctor, or take it out and in again: assistant remove {shlex.quote(paper)}, then assistant ingest SOURCES"
    )


_IMPORTS = threading.Lock()
"""Held while Chroma is imported: of two threads that began at once, each would take the other's stand-in for the original."""


def _client(folder: Path) -> Any:
    if short_of_descriptors():  # its engine panics, and prints that
        raise too_many_files(folder)
    chromadb = _chromadb()
    try:
        return chromadb.PersistentClient(str(folder), _settings().model_copy())  # Chroma writes the folder into its settings
    except BaseException:
        # Chroma keeps one engine a folder, also one that failed to start, and would hand it out for good
        chromadb.api.shared_system_client.SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise


@cache
def _settings() -> Any:
    """Chroma's settings, made once: they are a hundred fields, and take as long as the rest of an opening."""
    return _chromadb().config.Settings(anonymized_telemetry=False, **_NOWHERE)


@cache
def _chromadb() -> Any:
    """Import Chroma so that it reads no settings from elsewhere.

    Chroma reads variables as common as ENVIRONMENT and the .env file of the working directory. They belong to other programs,
    and a value that Chroma cannot parse would stop even its import.

    Returns:
        The module.
    """
    from pydantic_settings import BaseSettings

    base: Any = BaseSettings
    with _IMPORTS:
        looking = base.__init__

        def given_only(self: Any, **values: Any) -> None:
            looking(self, **{**_NOWHERE, **values})

        base.__init__ = given_only
        try:
            import chromadb

            return chromadb
        finally:
            base.__init__ = looking


def _groups(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Items in groups of a size of at most `most`; one that is larger makes a group of its own."""
    group, total = list[T](), 0
    for item in items:
        if group and total + size(item) > most:
            yield group
            group, total = [], 0
        group.append(item)
        total += size(item)
    if group:
        yield group


def _tags(paper: Paper) -> dict[str, Any]:
    """The metadata for filters; Chroma takes no empty lists and keeps no None."""
    dates = sorted({date for date in (paper.date, *(page.date for page in paper.pages)) if date})
    years = sorted({date[:4] for date in dates if date[:4].isdigit()})
    tags = {"page": [page.name for page in paper.pages], "date": dates, "year": years}
    return {key: values for key, values in tags.items() if values} | {"paper": paper.id, "source": paper.source}


def _condition(where: Where | None) -> Any:
    """Translate a filter for Chroma; of several values for a key, any one matches.

    Returns:
        The condition in Chroma's form; None without a filter.

    Raises:
        ConfigError: the filter names an unknown key.
    """
    if not where:
        return None
    conditions: list[dict[str, Any]] = []
    for key, value in where.items():
        if key not in FILTERS:
            raise ConfigError(f"cannot filter by {brief(key)}; use one of: {', '.join(sorted((*FILTERS, *KEYS, 'text')))}")
        wanted = values(key, value)
        if key == "without":
            conditions.append({"paper": {"$nin": wanted}})
        elif key in ("paper", "source"):
            conditions.append({key: {"$in": wanted}})
        else:
            holds = [{key: {"$contains": each}} for each in wanted]
            conditions.append(holds[0] if len(holds) == 1 else {"$or": holds})
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


@contextmanager
def _guard(folder: Path, *, writes: bool = False) -> Generator[None]:
    """The errors of Chroma and of SQLite as ours."""
    try:
        with storage_errors(folder):
            yield
    except (AssistantError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as exc:  # Chroma's engine also panics, and a panic is no Exception
        said = (str(exc).splitlines() or ["no message"])[0]
        if trouble := scarcity(folder, said, writes=writes):
            raise trouble from exc
        if isinstance(exc, sqlite3.DatabaseError):  # Chroma's own database raises errors of Chroma
            raise _lost_store(folder, f"is damaged ({said})") from exc
        raise damaged(folder, f"{type(exc).__name__}: {said}") from exc
