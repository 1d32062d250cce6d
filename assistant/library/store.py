"""Papers and chunks in a file of SQLite, which holds all that an answer needs.

Vectors are bytes here, so the forty chunks that a question looks at are read in a millisecond; out of Chroma, through its
text, they take ten times as long. The ids of chunks that Chroma does not hold yet are written in the same transaction as
the chunks, so a kill between the two stores loses nothing.

Each paper and each chunk has a sum of what a quote rests on: the text, and where its sentences are. What does not agree with
its sum is not sound, and nobody quotes it. Papers are found by their ids, titles and sketches of their text (`identity.py`). A
store made before there were sums or names has them after the next write to it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from assistant.library import identity
from assistant.library.chunking import chunk_id, paper_of
from assistant.library.metadata import FIELDS, Card, card
from assistant.sources import ids
from assistant.types import Paper, Record, Vectors

Packed = NDArray[np.int8]
"""Unit vectors, a byte a number."""
PACKED_ONE = np.float32(127)
_NOTHING: Packed = np.zeros((0, 0), np.int8)
STORE = "chunks.sqlite3"
_PAGE = 500
"""Rows asked for at a time: SQLite of before 2020 takes no more than 999 values."""
_TABLES = """
    CREATE TABLE papers (id TEXT PRIMARY KEY, whole TEXT, chunks INTEGER, sum BLOB);
    CREATE TABLE chunks (
        id TEXT PRIMARY KEY, vector BLOB, start INTEGER, "end" INTEGER, spans TEXT, sentences BLOB, tokens BLOB, width INTEGER,
        sum BLOB
    );
    CREATE TABLE waiting (id TEXT PRIMARY KEY);
"""
_NAMES = "CREATE TABLE names (name TEXT, paper TEXT, PRIMARY KEY (name, paper)) WITHOUT ROWID"
"""Names and ids by which a paper is found when a record of it comes in."""
_PAPER = """
    INSERT INTO papers VALUES (?, CAST(? AS TEXT), ?, ?)
    ON CONFLICT (id) DO UPDATE SET whole = excluded.whole, chunks = excluded.chunks, sum = excluded.sum
"""
"""A paper that is changed keeps its place among the others."""
_CHUNK = "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?)"
_PAPER_ROW = "id, CAST(whole AS BLOB), chunks"
"""Columns of a paper, as bytes, because damaged text may not decode."""
_CHUNK_ROW = 'id, vector, start, "end", CAST(spans AS BLOB), sentences, tokens, width'
_PLACES = 'id, start, "end", CAST(spans AS BLOB), width'
_SUM_BYTES = 16


class Head(NamedTuple):
    """A paper, and how many chunks it has."""

    paper: Paper
    chunks: int
    sound: bool = True
    """Whether the content equals the content that was stored."""

    @property
    def all_ids(self) -> list[str]:
        """The ids of all chunks of the paper."""
        return [chunk_id(self.paper.id, number) for number in range(self.chunks)]


class Rows(NamedTuple):
    """Papers and their chunks as they are stored, each with its sum."""

    papers: list[tuple[Any, ...]]
    chunks: list[tuple[Any, ...]]


class Text(NamedTuple):
    """The text of a paper."""

    id: str
    title: str
    abstract: str
    sound: bool = True
    """Whether the content equals the content that was stored."""


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
    packed_sentences: Packed
    """[sentences, dimensions], or no rows."""
    packed_tokens: Packed
    """[content tokens, fewer dimensions], or no rows."""
    placed: bool = True
    """True where the stored offsets are undamaged."""

    @property
    def sound(self) -> bool:
        """It may be quoted."""
        return self.placed and self.head.sound

    @property
    def sentences(self) -> Vectors:
        """The vectors of its sentences."""
        return _unpack(self.packed_sentences)

    @property
    def tokens(self) -> Vectors:
        """The vectors of its content tokens."""
        return _unpack(self.packed_tokens)

    @property
    def paper(self) -> Paper:
        """The paper that it is a part of."""
        return self.head.paper

    @property
    def text(self) -> str:
        """The chunk's text."""
        return self.paper.abstract[self.start : self.end]


class _File(sqlite3.Connection):
    """A connection that waits with its end until no thread is within a statement: SQLite's module would crash the process."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lock = threading.RLock()

    def cursor(self, factory: Any = None) -> Any:
        """A cursor that keeps the connection open while it reads."""
        return super().cursor(_Cursor)

    def execute(self, *args: Any) -> Any:
        """Begin a statement."""
        with self.lock:
            return super().execute(*args)

    def close(self) -> None:
        """End, behind what is being read."""
        with self.lock:
            super().close()


class _Cursor(sqlite3.Cursor):
    """The rows of a statement, some at a time."""

    @property
    def _lock(self) -> threading.RLock:
        held: Any = self.connection
        return held.lock

    def fetchone(self) -> Any:
        """The next row."""
        with self._lock:
            return super().fetchone()

    def fetchmany(self, size: int | None = _PAGE) -> list[Any]:
        """The next rows."""
        with self._lock:
            return super().fetchmany(size)

    def fetchall(self) -> list[Any]:
        """All further rows."""
        with self._lock:
            return super().fetchall()

    def __iter__(self) -> Any:
        """Read row by row."""
        while rows := self.fetchmany():
            yield from rows


class Store:
    """The file of a collection. Its errors are SQLite's; `Index` tells what they mean."""

    def __init__(self, folder: Path, *, create: bool = False, writes: bool = False) -> None:
        """Open the file in `folder`, or make an empty one there.

        Without `writes` it is taken for one that nobody changes, and may be read by several threads.
        """
        mode = "rwc" if create else "rw" if writes else "ro&immutable=1"
        self._file = sqlite3.connect(
            f"{(folder.absolute() / STORE).as_uri()}?mode={mode}", uri=True, check_same_thread=False, factory=_File
        )
        try:
            if create:
                self._file.executescript(f"{_TABLES}{_NAMES};")
            self.waiting()  # so that a damaged file is told here
            columns = {row[1] for row in self._file.execute("PRAGMA table_info(papers)")}
            self.summed = "sum" in columns
            """Its papers have sums: an older program did not make it."""
            self.named = bool(self._file.execute("SELECT 1 FROM sqlite_master WHERE name = 'names'").fetchone())
            """Its papers can be found by their names: an older program did not make it."""
            if writes and not self.summed:
                self._add_sums()
            if writes and not self.named:
                self._add_names()
        except BaseException:
            self.close()
            raise

    def _add_sums(self) -> None:
        """Give all that an older program stored its sum."""
        with self._file:
            self._file.execute("BEGIN")
            for table, row in (("papers", _PAPER_ROW), ("chunks", _CHUNK_ROW)):
                self._file.execute(f"ALTER TABLE {table} ADD COLUMN sum BLOB")
                keys = [key for (key,) in self._file.execute(f"SELECT id FROM {table}")]
                for at in range(0, len(keys), _PAGE):
                    rows = self._rows(f"SELECT {row} FROM {table}", keys[at : at + _PAGE])
                    self._file.executemany(f"UPDATE {table} SET sum = ? WHERE id = ?", [(_sum(one), one[0]) for one in rows])
        self.summed = True

    def _add_names(self) -> None:
        """Give all that an older program stored the ids that their addresses tell, and their names."""
        told = [
            head._replace(paper=head.paper.model_copy(update={"ids": found}))
            for head in self.all_heads()
            if head.sound and (found := ids.of_address(head.paper.url or ""))
        ]
        with self._file:
            self._file.execute("BEGIN")
            self._file.execute(_NAMES)
            self._file.executemany(_PAPER, map(_paper, told))
            self._name(head.paper for head in self.all_heads() if head.sound)
        self.named = True

    def _name(self, papers: Iterable[Paper]) -> None:
        rows = ((name, paper.id) for paper in papers for name in (*identity.names(paper), *identity.sketches(paper.abstract)))
        self._file.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", rows)

    def _unname(self, papers: Iterable[Paper]) -> None:
        rows = ((name, paper.id) for paper in papers for name in (*identity.names(paper), *identity.sketches(paper.abstract)))
        self._file.executemany("DELETE FROM names WHERE name = ? AND paper = ?", rows)

    def named_like(self, names: Sequence[str]) -> dict[str, list[str]]:
        """The ids of the papers that have each of these names, where there are any."""
        found: dict[str, list[str]] = {}
        for name, paper in self._rows("SELECT name, paper FROM names", names, "name"):
            found.setdefault(name, []).append(paper)
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def write(self, records: Sequence[tuple[Record, int]]) -> None:
        """Insert or replace chunks, each given with the number of chunks that its paper has; they wait for Chroma."""
        heads = {record.paper.id: Head(record.paper, chunks) for record, chunks in records}
        before = [head.paper for head in self.heads(heads).values()]
        self._write(map(_paper, heads.values()), [_chunk(record) for record, _ in records], heads.values(), before)

    def retag(self, heads: Sequence[Head]) -> None:
        """Replace papers whose text is unchanged; their chunks wait for Chroma."""
        with self._file:
            self._file.executemany(_PAPER, map(_paper, heads))
            self._file.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", _rows_of_names(heads))
            self._file.executemany("INSERT OR REPLACE INTO waiting VALUES (?)", [(key,) for head in heads for key in head.all_ids])

    def take_over(self, other: Store, heads: Sequence[Head]) -> None:
        """Insert papers that `other` holds; their chunks wait for Chroma."""
        rows = other.rows(heads)
        # with the sums that they have: what is damaged is not to become sound by being copied
        self._write(rows.papers, rows.chunks, heads)

    def take_in(self, rows: Rows) -> list[str]:
        """Insert or replace papers with all their chunks, as another store holds them; the chunks wait for Chroma.

        Returns:
            The ids of the chunks that the papers had before and have no more; they are still there.
        """
        heads = [self._head(row) for row in rows.papers]
        before = self.heads([head.paper.id for head in heads])
        self._write(rows.papers, rows.chunks, heads, [head.paper for head in before.values()])
        return [key for head in heads if (old := before.get(head.paper.id)) for key in old.all_ids[head.chunks :]]

    def rows(self, heads: Sequence[Head]) -> Rows:
        """Papers in the order of `heads`, and their chunks."""
        papers = {row[0]: row for row in self._summed("papers", _PAPER_ROW, [head.paper.id for head in heads])}
        chunks = self._summed("chunks", _CHUNK_ROW, [key for head in heads for key in head.all_ids])
        return Rows([papers[head.paper.id] for head in heads], chunks)

    def sums(self) -> dict[str, bytes]:
        """The sums of all papers, by id, in the order in which they came in."""
        if not self.summed:
            return {head.paper.id: _paper(head)[-1] for head in self.all_heads()}
        return dict(self._file.execute("SELECT id, sum FROM papers ORDER BY rowid"))

    def _write(
        self,
        papers: Iterable[tuple[Any, ...]],
        chunks: Sequence[tuple[Any, ...]],
        heads: Iterable[Head],
        before: Sequence[Paper] = (),
    ) -> None:
        with self._file:
            self._unname(before)
            self._name(head.paper for head in heads if head.sound)
            self._file.executemany(_PAPER, papers)
            self._file.executemany(_CHUNK, chunks)
            self._file.executemany("INSERT OR REPLACE INTO waiting VALUES (?)", [(chunk[0],) for chunk in chunks])

    def waiting(self) -> list[str]:
        """The ids of the chunks that Chroma does not hold yet."""
        return [key for (key,) in self._file.execute("SELECT id FROM waiting ORDER BY rowid")]

    def told(self) -> None:
        """Note that Chroma holds all chunks that waited."""
        with self._file:
            self._file.execute("DELETE FROM waiting")

    def remove(self, ids: Iterable[str]) -> None:
        """Delete chunks."""
        with self._file:
            self._file.executemany("DELETE FROM chunks WHERE id = ?", [(key,) for key in ids])

    def drop(self, heads: Sequence[Head]) -> None:
        """Delete papers with their chunks."""
        with self._file:
            self._unname(head.paper for head in heads)
            self._file.executemany("DELETE FROM papers WHERE id = ?", [(head.paper.id,) for head in heads])
            self._file.executemany("DELETE FROM chunks WHERE id = ?", [(key,) for head in heads for key in head.all_ids])

    def digest(self) -> str:
        """A hash of all papers and chunks, with their vectors, in the order of their ids."""
        whole = blake2b()
        for table, row in (("papers", _PAPER_ROW), ("chunks", _CHUNK_ROW)):
            for values in self._file.execute(f"SELECT {row} FROM {table} ORDER BY id"):
                for value in values:
                    content = value if isinstance(value, bytes) else str(value).encode()
                    whole.update(len(content).to_bytes(8, "big") + content)
        return whole.hexdigest()

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that are there, by id."""
        return {row[0]: self._head(row) for row in self._rows(f"SELECT {self._columns(_PAPER_ROW)} FROM papers", list(paper_ids))}

    def all_heads(self) -> Iterator[Head]:
        """Every paper, in the order in which they came in."""
        last = 0
        while rows := self._file.execute(
            f"SELECT {self._columns(_PAPER_ROW)}, rowid FROM papers WHERE rowid > ? ORDER BY rowid LIMIT ?", (last, _PAGE)
        ).fetchall():
            yield from (self._head(row) for row in rows)
            last = rows[-1][-1]

    def records(self) -> Iterator[Card]:
        """The record of every paper, in the order in which they came in, without a look at the sums; damaged ones are left out."""
        fields = ", ".join(f"'$.{name}'" for name in FIELDS)
        select = (
            f"SELECT id, chunks, CAST(json_extract(whole, {fields}) AS BLOB) FROM papers WHERE json_valid(whole) ORDER BY rowid"
        )
        for key, chunks, found in self._file.execute(select):
            yield card(key, chunks, json.loads(found.decode("utf-8", "replace")))

    def sound(self) -> bool:
        """Whether the content of each paper equals the content that was stored; False where an older program stored no sums."""
        rows = self._file.execute(f"SELECT {_PAPER_ROW}, sum FROM papers") if self.summed else [(None,)]
        return all(row[-1] is not None and row[-1] == _sum(row[:-1]) for row in rows)

    def texts(self, paper_ids: Sequence[str]) -> Iterator[Text]:
        """Those of the papers that are there, in no order, without the other fields: a third of the time of `heads`."""
        for at in range(0, len(paper_ids), _PAGE):
            for row in self._rows(f"SELECT {self._columns(_PAPER_ROW)} FROM papers", paper_ids[at : at + _PAGE]):
                if self.summed and row[-1] != _sum(row[:-1]):
                    yield Text(row[0], "", "", sound=False)
                else:
                    whole = json.loads(row[1])
                    yield Text(row[0], whole["title"], whole["abstract"])

    def load(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, in their order; ids that are not there are left out. Some may not be sound."""
        heads = self.heads({paper_of(key) for key in ids})
        rows = {row[0]: row for row in self._rows(f"SELECT {self._columns(_CHUNK_ROW)} FROM chunks", ids)}
        return [self._entry(rows[key], heads[paper_of(key)]) for key in ids if key in rows]

    def spans(self, ids: Sequence[str]) -> dict[str, tuple[tuple[int, int], ...] | None]:
        """The offsets of the sentences of chunks, without their vectors; None where they are not those that were stored."""
        found: dict[str, tuple[tuple[int, int], ...] | None] = {}
        for key, start, end, spans, width, kept in self._rows(f"SELECT {self._columns(_PLACES)} FROM chunks", ids):
            sound = not self.summed or kept == _sum((key, None, start, end, spans, None, None, width))
            found[key] = tuple((a, b) for a, b in json.loads(spans)) if sound else None
        return found

    def ids(self) -> list[str]:
        """The ids of all chunks."""
        return [key for (key,) in self._file.execute("SELECT id FROM chunks ORDER BY id")]

    def trouble(self) -> str | None:
        """The fault that SQLite finds in its file; None without one."""
        (said,) = self._file.execute("PRAGMA integrity_check(1)").fetchone()
        return None if said == "ok" else str(said).splitlines()[-1]

    def width(self) -> int:
        """How many numbers a vector has; 0 where there is none."""
        row = self._file.execute("SELECT length(vector) FROM chunks LIMIT 1").fetchone()
        return row[0] // np.dtype(np.float32).itemsize if row else 0

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the chunks with these ids."""
        return {key: np.frombuffer(vector, np.float32) for key, vector in self._rows("SELECT id, vector FROM chunks", ids)}

    def _columns(self, row: str) -> str:
        return f"{row}, {'sum' if self.summed else 'NULL'}"

    def _summed(self, table: str, row: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """Rows to store elsewhere, each with the sum that it has, or, where an older program stored it, gets."""
        rows = self._rows(f"SELECT {self._columns(row)} FROM {table}", ids)
        return rows if self.summed else [(*one[:-1], _sum(one[:-1])) for one in rows]

    def _head(self, row: tuple[Any, ...]) -> Head:
        key, whole, chunks, kept = row[:4]
        if not self.summed or kept == _sum((key, whole, chunks)):
            return Head(Paper.model_validate_json(whole), chunks)
        try:
            paper = Paper.model_validate_json(whole).model_copy(update={"id": key})
        except ValidationError:
            paper = Paper(id=key, title=key, abstract="")
        return Head(paper, chunks, sound=False)

    def _entry(self, row: tuple[Any, ...], head: Head) -> Entry:
        key, whole, start, end, spans, sentences, tokens, width, kept = row
        vector = np.frombuffer(whole, np.float32)
        if self.summed and kept != _sum(row[:-1]):
            return Entry(key, head, 0, 0, (), vector, _NOTHING, _NOTHING, placed=False)
        places = tuple((a, b) for a, b in json.loads(spans))
        parts = [np.frombuffer(part, np.int8).reshape(-1, wide) for part, wide in ((sentences, len(vector)), (tokens, width))]
        return Entry(key, head, start, end, places, vector, parts[0], parts[1])

    def _rows(self, select: str, keys: Sequence[str], column: str = "id") -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for at in range(0, len(keys), _PAGE):
            page = keys[at : at + _PAGE]
            rows += self._file.execute(f"{select} WHERE {column} IN ({','.join('?' * len(page))})", page).fetchall()
        return rows


def _rows_of_names(heads: Iterable[Head]) -> Iterator[tuple[str, str]]:
    """The names of papers whose text is named already."""
    return ((name, head.paper.id) for head in heads for name in identity.names(head.paper))


def _paper(head: Head) -> tuple[Any, ...]:
    row = head.paper.id, head.paper.model_dump_json(exclude_defaults=True).encode(), head.chunks
    return *row, _sum(row)


def _chunk(record: Record) -> tuple[Any, ...]:
    chunk, (vector, sentences, tokens) = record.chunk, record.embedding
    spans = json.dumps(chunk.sentences, separators=(",", ":")).encode()
    whole = vector.astype(np.float32).tobytes()
    row = chunk.id, whole, chunk.start, chunk.end, spans, _pack(sentences), _pack(tokens), tokens.shape[1]
    return *row, _sum(row)


def _sum(row: tuple[Any, ...]) -> bytes:
    """The sum of a row of papers, or of one of chunks, whose vectors are left out: no quote rests on them, and they are long."""
    if len(row) == 3:
        key, text, *numbers = row[0], row[1], row[2]
    else:
        key, text, *numbers = row[0], row[4], row[2], row[3], row[7]
    content = f"{key}\0{numbers}\0".encode() + (text or b"")
    return blake2b(content, digest_size=_SUM_BYTES).digest()


def _pack(vectors: Vectors) -> bytes:
    """Unit vectors, a byte a number: the cosine errs by less than 0.003."""
    return np.round(vectors * PACKED_ONE).astype(np.int8).tobytes()


def _unpack(packed: Packed) -> Vectors:
    return packed.astype(np.float32) / PACKED_ONE
