"""Which chunks are worth a close look: what either index proposes, and the short list of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.chunk import paper_of
from assistant.index import Entry
from assistant.lexical import Lexical
from assistant.library import Snapshot
from assistant.types import Query, Vectors, Where

_ENTRIES = 3_000
"""Chunks kept in memory, 33 kB each."""
_EXACT = 10_000
"""Chunks whose vectors are all kept and compared, 1.5 kB each: faster than asking for the nearest, and exact."""
_ALL = 200
"""Where a filter leaves no more chunks than that, all of them are looked at."""
_PART = 4
"""A part of a question gets one place in the short list for so many of the whole."""


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
        self.generation = snapshot.current.generation
        self._entries: dict[str, Entry] = {}
        self._known: tuple[dict[str, int], Vectors] | None = None

    def on(self, snapshot: Snapshot) -> Reader:
        """This reader, or a new one where `snapshot` is of another generation or opened anew."""
        return self if snapshot is self._snapshot else Reader(snapshot)

    def entries(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, in their order; ids that are not there are left out."""
        if len(self._entries) > _ENTRIES:
            self._entries.clear()
        if missing := [key for key in ids if key not in self._entries]:
            self._entries.update((entry.id, entry) for entry in self._snapshot.index.load(missing))
        return [self._entries[key] for key in ids if key in self._entries]

    def proposals(self, aspects: Sequence[Aspect], depth: int, where: Where | None) -> list[str]:
        """Ids of the chunks that either index proposes for an aspect, `depth` each, sorted."""
        lexical = [list(aspect.lexical) for aspect in aspects]
        allowed = None
        if where:
            where = _with_text(self._snapshot.lexical, where)
            allowed = set(self._snapshot.index.ids(where))
            if len(allowed) <= _ALL:
                return sorted(allowed)
            lexical = [[key for key in ids if key in allowed] for ids in lexical]
        near = self._nearest(np.array([aspect.query.vector for aspect in aspects]), depth, where, allowed)
        return sorted({key for ids in [*near, *lexical] for key in ids[:depth]})

    def shortlist(self, ids: Sequence[str], aspects: Sequence[Aspect], most: int) -> list[str]:
        """The chunks that cosine and words alone put first, sorted: loading and comparing all of the others takes longer."""
        if len(ids) <= most:
            return list(ids)
        there, vectors = self._vectors(ids)
        cosines = vectors @ np.array([aspect.query.vector for aspect in aspects]).T
        chosen: set[str] = set()
        for number, aspect in enumerate(aspects):
            rough = cosines[:, number] + np.array([aspect.lexical.get(key, 0.0) for key in there], np.float32)
            first = _largest(rough, most // _PART if number else most)
            chosen.update(there[at] for at in first)
        return sorted(chosen)

    def _nearest(self, queries: Vectors, n: int, where: Where | None, allowed: set[str] | None) -> list[list[str]]:
        if self._snapshot.current.chunks > _EXACT:
            return self._snapshot.index.nearest(queries, n, where)
        rows, vectors = self._everything()
        ids = list(rows)
        cosines = queries @ vectors.T
        if allowed is not None:
            cosines[:, [at for at, key in enumerate(ids) if key not in allowed]] = -np.inf
            n = min(n, len(allowed))
        return [[ids[at] for at in _largest(row, n)] for row in cosines]

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


def _with_text(lexical: Lexical, where: Where) -> Where:
    """A filter by text as one by paper."""
    if "text" not in where:
        return where
    papers = {paper_of(key) for key in lexical.containing(str(where["text"]))}
    rest = {key: value for key, value in where.items() if key != "text"}
    return rest | {"paper": sorted(papers & {str(rest["paper"])} if "paper" in rest else papers)}
