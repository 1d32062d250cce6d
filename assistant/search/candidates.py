"""Which chunks are worth a close look: what either index proposes, and the short list of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ConfigError, brief
from assistant.library.chunking import paper_of
from assistant.library.generations import Snapshot
from assistant.library.metadata import KEYS, Records, bounds, malformed, values
from assistant.library.store import Entry
from assistant.types import Query, Scale, Vectors, Where

_ENTRIES = 3_000
"""At most this many chunks are cached, 12 kB each."""
_EXACT = 10_000
"""Up to this many chunks, all vectors are kept in memory (1.5 kB each) and compared, which is faster than a query to Chroma, and
exact."""
_ALL = 200
"""If a filter leaves at most this many chunks, all of them are candidates."""
_OF_ONE_PAPER = 3
"""At most this many chunks of one paper are proposed; few abstracts have more."""
_DEEPER = 2
"""The index is asked for this many times the chunks wanted, because one paper may hold many of them."""
_PART = 4
"""A part of a question gets one place in the short list for every so many places of the whole question."""


class Aspect(NamedTuple):
    """The question, or a part of it, as it is searched for."""

    text: str
    query: Query
    idf: dict[str, float]
    names: tuple[str, ...]
    lexical: dict[str, float]
    """Lexical score by chunk, best first."""


class Reader:
    """Reads a generation, which never changes, and remembers what it read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._entries: dict[str, Entry] = {}
        self._known: tuple[dict[str, int], Vectors] | None = None

    def on(self, snapshot: Snapshot) -> Reader:
        """This reader, or a new one where `snapshot` is of another generation or opened anew."""
        return self if snapshot is self._snapshot else Reader(snapshot)

    def entries(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, in their order; ids that are not there are left out."""
        known = self._entries
        if len(known) > _ENTRIES:
            known = self._entries = {}  # a new one: another thread may be reading the old one
        found = {key: known[key] for key in ids if key in known}
        if missing := [key for key in ids if key not in found]:
            loaded = {entry.id: entry for entry in self._snapshot.index.load(missing)}
            known.update(loaded)
            found.update(loaded)
        return [found[key] for key in ids if key in found]

    def candidates(self, aspects: Sequence[Aspect], depth: int, where: Where | None) -> list[str]:
        """Ids of the chunks that either index proposes for an aspect, `depth` each, sorted."""
        allowed = self.allowed(where) if where else None
        if allowed is not None and len(allowed) <= _ALL:
            return sorted(allowed)
        near = self._nearest(np.array([aspect.query.vector for aspect in aspects]), _DEEPER * depth, where, allowed)
        proposed: set[str] = set()
        for ids in (*near, *(aspect.lexical for aspect in aspects)):
            proposed.update(_spread(ids if allowed is None else filter(allowed.__contains__, ids), depth))
        return sorted(proposed)

    def shortlist(self, ids: Sequence[str], aspects: Sequence[Aspect], most: int, scale: Scale) -> list[str]:
        """The chunks that cosine and words alone put first, sorted: loading and comparing all of the others takes longer."""
        if len(ids) <= most:
            return list(ids)
        there, vectors = self._vectors(ids)
        cosines = scale.apply("dense", vectors @ np.array([aspect.query.vector for aspect in aspects]).T)
        chosen: set[str] = set()
        for number, aspect in enumerate(aspects):
            rough = cosines[:, number] + np.array([aspect.lexical.get(key, 0.0) for key in there], np.float32)
            ranked = map(there.__getitem__, _largest(rough, len(there)))
            chosen.update(_spread(ranked, most // _PART if number else most))
        return sorted(chosen)

    @cached_property
    def records(self) -> Records:
        """The records of all papers, read at the first question for them."""
        return Records(self._snapshot.index.records())

    def allowed(self, where: Where) -> set[str]:
        """The ids of the chunks that a filter lets through; by text it is the index of words that knows."""
        stored, recorded = _split(where)
        papers = self.records.filtered(recorded) if recorded else None
        if stored or papers is None:
            allowed = {key for key in self._snapshot.index.ids(stored) if papers is None or paper_of(key) in papers}
        else:
            allowed = set(self.records.chunk_ids(papers))
        if "text" in where:
            papers = {paper_of(key) for key in self._snapshot.lexical.containing(_phrase(where["text"]))}
            allowed = {key for key in allowed if paper_of(key) in papers}
        return allowed

    def unmatched(self, where: Where) -> str:
        """Why a filter lets no paper through: its first value that is malformed, or that no paper has; empty for others."""
        for key, value in where.items():
            for each in values(key, value) if key not in ("text", "without") else ():
                if not self.allowed({key: each}):
                    if said := malformed(key, each):
                        return f"{said[0].upper()}{said[1:]}."
                    near = self.records.nearest(key, each)
                    return f"No paper has the {key} {brief(each)}{'; the nearest: ' if near else ''}{', '.join(near)}."
        return ""

    def _nearest(self, queries: Vectors, n: int, where: Where | None, allowed: set[str] | None) -> Sequence[Iterable[str]]:
        """The chunks nearest to each query: all of a small library, `n` of a large one's that a filter lets through."""
        chunks = self._snapshot.current.chunks
        stored, recorded = _split(where or {})
        if chunks > _EXACT and allowed is not None and recorded:
            if len(allowed) > _EXACT:  # Chroma knows nothing of the records
                return self._snapshot.index.nearest(queries, min(chunks, math.ceil(n * chunks / len(allowed))), stored)
            ids, vectors = self._vectors(sorted(allowed))
        elif chunks > _EXACT:
            return self._snapshot.index.nearest(queries, n, stored)
        else:
            rows, vectors = self._everything()
            ids = list(rows)
        # a query at a time: numpy's product of two matrices would first copy all of the vectors
        return [map(ids.__getitem__, _ranked(vectors @ query, n)) for query in queries]

    def _vectors(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """The ids that are there, and their vectors."""
        if self._snapshot.current.chunks <= _EXACT:
            rows, vectors = self._everything()
            there = [key for key in ids if key in rows]
            return there, vectors[[rows[key] for key in there]]
        found = self._snapshot.index.vectors(ids)
        there = [key for key in ids if key in found]
        return there, np.array([found[key] for key in there])

    def _everything(self) -> tuple[dict[str, int], Vectors]:
        """The row of each id, and all vectors."""
        if self._known is None:
            found = self._snapshot.index.vectors(sorted(self._snapshot.index.ids()))
            self._known = {key: row for row, key in enumerate(found)}, np.array(list(found.values()))
        return self._known


def _largest(values: NDArray[np.float32], n: int) -> list[int]:
    """The places of the `n` largest values, the first of equal ones first."""
    return np.argsort(-values, kind="stable")[:n].tolist()


def _ranked(values: NDArray[np.float32], n: int) -> Iterator[int]:
    """The places of all values, as `_largest` has them; those behind the first `n` are sorted only when they are asked for."""
    if len(values) <= n:
        yield from _largest(values, len(values))
        return
    least = np.partition(values, -n)[-n]
    for places in (np.flatnonzero(values >= least), np.flatnonzero(values < least)):
        yield from places[_largest(values[places], len(places))].tolist()


def _spread(ids: Iterable[str], n: int) -> list[str]:
    """The first `n` of `ids`, few of any one paper: a long one would leave no room for others."""
    taken: dict[str, int] = {}
    kept: list[str] = []
    for key in ids:
        if len(kept) == n:
            break
        paper = key.rpartition("#")[0]  # `paper_of`, without a call for each chunk of the library
        already = taken.get(paper, 0)
        if already < _OF_ONE_PAPER:
            taken[paper] = already + 1
            kept.append(key)
    return kept


def _split(where: Where) -> tuple[Where | None, Mapping[str, object]]:
    """The part of a filter that the vector index can apply, and that for the records."""
    recorded = {key: value for key, value in where.items() if key in KEYS or (key == "year" and _compares(value))}
    return {key: value for key, value in where.items() if key != "text" and key not in recorded} or None, recorded


def _compares(value: object) -> bool:
    """Whether a year is given by bounds: ">=2030"."""
    return isinstance(value, str) and not value.isalnum() and bounds(value) is not None


def _phrase(value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"the filter text takes words, not {brief(value)}")
    return values("text", value)[0]
