"""What is known of each paper and each chunk, in a file of SQLite: the one place that everything an answer needs is kept.

Vectors are bytes here, so the forty chunks that a question looks at are read in a millisecond; out of Chroma, through its
text, they take ten times as long. What Chroma is yet to be told is noted in the same transaction as what it is to be told,
so a kill between the two loses nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.chunk import chunk_id, paper_of
from assistant.types import Paper, Record, Vectors

Packed = NDArray[np.int8]
"""Unit vectors, a byte a number."""
PACKED_ONE = np.float32(127)
STORE = "chunks.sqlite3"
_PAGE = 500
"""Rows asked for at a time: SQLite of before 2020 takes no more than 999 values."""
_TABLES = """
    CREATE TABLE papers (id TEXT PRIMARY KEY, whole TEXT, chunks INTEGER);
    CREATE TABLE chunks (
        id TEXT PRIMARY KEY, vector BLOB, start INTEGER, "end" INTEGER, spans TEXT, sentences BLOB, tokens BLOB, width INTEGER
    );
    CREATE TABLE waiting (id TEXT PRIMARY KEY);
"""
_PAPER = """
    INSERT INTO papers VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET whole = excluded.whole, chunks = excluded.chunks
"""
"""A paper that is changed keeps its place among the others."""
_CHUNK = "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Head(NamedTuple):
    """A paper, and how many chunks it has."""

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
    packed_sentences: Packed
    """[sentences, dimensions], or no rows."""
    packed_tokens: Packed
    """[content tokens, fewer dimensions], or no rows."""

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


class Store:
    """The file of a collection. Its errors are SQLite's; `Index` tells what they mean."""

    def __init__(self, folder: Path, *, create: bool = False, writes: bool = False) -> None:
        """Open the file in `folder`, or make an empty one there.

        Without `writes` it is taken for one that nobody changes, and may be read by several threads.
        """
        mode = "rwc" if create else "rw" if writes else "ro&immutable=1"
        self._file = sqlite3.connect(f"{(folder.absolute() / STORE).as_uri()}?mode={mode}", uri=True, check_same_thread=False)
        try:
            if create:
                self._file.executescript(_TABLES)
            self.waiting()  # so that a damaged file is told here
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def write(self, records: Sequence[tuple[Record, int]]) -> None:
        """Insert or replace chunks, each given with the number of chunks that its paper has; they wait for Chroma."""
        heads = {record.paper.id: Head(record.paper, chunks) for record, chunks in records}
        self._write(map(_paper, heads.values()), [_chunk(record) for record, _ in records])

    def retag(self, heads: Sequence[Head]) -> None:
        """Replace papers whose text is unchanged; their chunks wait for Chroma."""
        with self._file:
            self._file.executemany(_PAPER, map(_paper, heads))
            self._file.executemany("INSERT OR REPLACE INTO waiting VALUES (?)", [(key,) for head in heads for key in head.all_ids])

    def take_over(self, other: Store, heads: Sequence[Head]) -> None:
        """Insert papers that `other` holds; their chunks wait for Chroma."""
        self._write(map(_paper, heads), other._rows("SELECT * FROM chunks", [key for head in heads for key in head.all_ids]))

    def _write(self, papers: Iterable[tuple[Any, ...]], chunks: Sequence[tuple[Any, ...]]) -> None:
        with self._file:
            self._file.executemany(_PAPER, papers)
            self._file.executemany(_CHUNK, chunks)
            self._file.executemany("INSERT OR REPLACE INTO waiting VALUES (?)", [(chunk[0],) for chunk in chunks])

    def waiting(self) -> list[str]:
        """The ids of the chunks that Chroma is yet to be told of."""
        return [key for (key,) in self._file.execute("SELECT id FROM waiting ORDER BY rowid")]

    def told(self) -> None:
        """Chroma was told of all that waited."""
        with self._file:
            self._file.execute("DELETE FROM waiting")

    def remove(self, ids: Iterable[str]) -> None:
        """Delete chunks."""
        with self._file:
            self._file.executemany("DELETE FROM chunks WHERE id = ?", [(key,) for key in ids])

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that are there, by id."""
        return {head.paper.id: head for head in map(_head, self._rows("SELECT whole, chunks FROM papers", list(paper_ids)))}

    def all_heads(self) -> Iterator[Head]:
        """Every paper, in the order in which they came in."""
        last = 0
        while rows := self._file.execute(
            "SELECT rowid, whole, chunks FROM papers WHERE rowid > ? ORDER BY rowid LIMIT ?", (last, _PAGE)
        ).fetchall():
            yield from (_head(row[1:]) for row in rows)
            last = rows[-1][0]

    def load(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, in their order; ids that are not there are left out."""
        heads = self.heads({paper_of(key) for key in ids})
        rows = {row[0]: row for row in self._rows("SELECT * FROM chunks", ids)}
        return [_entry(rows[key], heads[paper_of(key)]) for key in ids if key in rows]

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the chunks with these ids."""
        return {key: np.frombuffer(vector, np.float32) for key, vector in self._rows("SELECT id, vector FROM chunks", ids)}

    def _rows(self, select: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for at in range(0, len(ids), _PAGE):
            page = ids[at : at + _PAGE]
            rows += self._file.execute(f"{select} WHERE id IN ({','.join('?' * len(page))})", page).fetchall()
        return rows


def _paper(head: Head) -> tuple[Any, ...]:
    return head.paper.id, head.paper.model_dump_json(exclude_defaults=True), head.chunks


def _head(row: tuple[Any, ...]) -> Head:
    whole, chunks = row
    return Head(Paper.model_validate_json(whole), chunks)


def _chunk(record: Record) -> tuple[Any, ...]:
    chunk, (vector, sentences, tokens) = record.chunk, record.embedding
    spans = json.dumps(chunk.sentences, separators=(",", ":"))
    whole = vector.astype(np.float32).tobytes()
    return chunk.id, whole, chunk.start, chunk.end, spans, _pack(sentences), _pack(tokens), tokens.shape[1]


def _entry(row: tuple[Any, ...], head: Head) -> Entry:
    key, whole, start, end, spans, sentences, tokens, width = row
    vector = np.frombuffer(whole, np.float32)
    places = tuple((a, b) for a, b in json.loads(spans))
    packed = (np.frombuffer(part, np.int8).reshape(-1, wide) for part, wide in ((sentences, len(vector)), (tokens, width)))
    return Entry(key, head, start, end, places, vector, *packed)


def _pack(vectors: Vectors) -> bytes:
    """Unit vectors, a byte a number: the cosine errs by less than 0.003."""
    return np.round(vectors * PACKED_ONE).astype(np.int8).tobytes()


def _unpack(packed: Packed) -> Vectors:
    return packed.astype(np.float32) / PACKED_ONE
