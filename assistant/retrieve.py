"""Questions to passages: two indexes propose chunks, their signals are added up, the best chunk of each paper stays.

Scores are added, not ranks: a lexical rank exists for every question, also for one that shares no meaningful word with
its paper, and rank fusion would then count it as much as a meaningful cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assistant import text
from assistant.chunk import chunk_id
from assistant.config import SearchSettings
from assistant.index import Entry
from assistant.lexical import Lexical
from assistant.library import Library, Snapshot
from assistant.types import Embedder, Passage, Query, Signals, Vectors, Where

_CACHED = 10_000
"""Chunks kept in memory, 11 kB each."""
_TWO_RARE_WORDS = 20.0
"""Inverse document frequency; a word of one chunk in 20,000 has about half of it."""


class Hit(NamedTuple):
    """A paper found."""

    passage: Passage
    entries: tuple[Entry, ...]
    """All chunks of the paper, in order."""


class Found(NamedTuple):
    """What a search found, and what the writer needs to know of it."""

    hits: list[Hit]
    """Best first, a paper once."""
    query: Query
    """The vectors of the question."""
    idf: dict[str, float]
    """Stem of a content word of the question -> its inverse document frequency."""
    names: tuple[str, ...]
    """The words that the question writes as names."""
    unknown: tuple[str, ...]
    """Those of them that the library does not hold."""
    generation: int


class _Memory(NamedTuple):
    """What was read of a generation; a generation never changes."""

    generation: int
    entries: dict[str, Entry]
    names: dict[str, frozenset[str]]
    """Paper id -> stems of the name in its title, none where it has no name."""


class Retriever:
    """Searches a library."""

    def __init__(self, library: Library, embedder: Embedder, settings: SearchSettings) -> None:
        self._library = library
        self._embedder = embedder
        self._settings = settings
        self._memory = _Memory(0, {}, {})

    def search(self, question: str, k: int, where: Where | None = None) -> Found:
        """The `k` best papers for `question`, among those that the filter `where` lets through."""
        query = self._embedder.query(question)
        return self._library.read(lambda snapshot: self._search(snapshot, question, query, k, where))

    def _search(self, snapshot: Snapshot, question: str, query: Query, k: int, where: Where | None) -> Found:
        memory = self._memory
        if memory.generation != snapshot.current.generation or len(memory.entries) > _CACHED:
            memory = self._memory = _Memory(snapshot.current.generation, {}, {})
        idf = {term: snapshot.lexical.idf(term) for term in snapshot.lexical.terms(question)}
        ids, lexical = self._proposals(snapshot, question, query.vector, where)
        entries = _load(snapshot, memory, ids)
        written = tuple(dict.fromkeys(text.names(question)))
        names = _names(snapshot.lexical, memory, written, entries, idf)
        best: dict[str, tuple[float, Entry, Signals, int]] = {}
        for entry, signals, at in _signals(entries, query, _rarity(snapshot.lexical, query), lexical, names):
            score = self._score(signals)
            if entry.paper.id not in best or score > best[entry.paper.id][0]:
                best[entry.paper.id] = (score, entry, signals, at)
        # the id settles ties, so that the order never depends on that of the proposals
        ranked = sorted(best.values(), key=lambda found: (-found[0], found[1].id))[:k]
        hits = [
            Hit(
                _passage(entry, score, signals, at),
                tuple(_load(snapshot, memory, [chunk_id(entry.paper.id, n) for n in range(entry.chunks)])),
            )
            for score, entry, signals, at in ranked
        ]
        unknown = tuple(name for name in written if not snapshot.lexical.holds(name))
        return Found(hits, query, idf, written, unknown, snapshot.current.generation)

    def _proposals(
        self, snapshot: Snapshot, question: str, vector: Vectors, where: Where | None
    ) -> tuple[list[str], dict[str, float]]:
        """The chunks that either index proposes, and the lexical score of all that it scored."""
        most = self._settings.candidates
        near = [key for key, _ in snapshot.index.nearest(vector, most, where)]
        # twice as deep, so that what only the vectors propose has its lexical score too
        scored = snapshot.lexical.search(question, snapshot.current.chunks if where else most * 2)
        if where:
            allowed = set(snapshot.index.ids(where))
            scored = [(key, score) for key, score in scored if key in allowed]
        lexical = dict(scored)
        return list(dict.fromkeys([*near, *list(lexical)[:most]])), lexical

    def stems(self, sentence: str) -> set[str]:
        """The stems of the content words of `sentence`, as the lexical index has them."""
        return self._library.read(lambda snapshot: set(snapshot.lexical.terms(sentence)))

    def _score(self, signals: Signals) -> float:
        """The weighted mean of the signals that apply."""
        weights = self._settings
        parts = [
            (weights.dense, signals.dense),
            (weights.sentence, signals.sentence),
            (weights.late, signals.late),
            (weights.lexical, signals.lexical),
            (weights.name, signals.name),
        ]
        applicable = [(weight, max(0.0, value)) for weight, value in parts if value is not None]
        total = sum(weight for weight, _ in applicable)
        return min(1.0, sum(weight * value for weight, value in applicable) / total) if total else 0.0


def _load(snapshot: Snapshot, memory: _Memory, ids: list[str]) -> list[Entry]:
    """Chunks by id, out of memory where they were read before."""
    missing = [key for key in ids if key not in memory.entries]
    if missing:
        memory.entries.update((entry.id, entry) for entry in snapshot.index.load(missing))
    return [memory.entries[key] for key in ids if key in memory.entries]


def _names(
    lexical: Lexical, memory: _Memory, written: Sequence[str], entries: list[Entry], idf: dict[str, float]
) -> dict[str, float]:
    """How rare the names are that question and paper share, by chunk; two rare words make it 1.

    A name is what stands before the colon of a title, where the question holds all of it, and what the question itself
    writes as a name (ClaPS, LeanDojo).
    """
    stems = set(lexical.terms(" ".join(written))) & idf.keys()
    having = {stem: lexical.having(stem, len(entries)) for stem in stems}
    result: dict[str, float] = {}
    for entry in entries:
        title = memory.names.get(entry.paper.id)
        if title is None:
            name, mark, _ = entry.paper.title.partition(":")
            title = memory.names[entry.paper.id] = frozenset(lexical.terms(name)) if mark else frozenset()
        shared = {stem for stem in stems if entry.id in having[stem]}
        if title <= idf.keys():
            shared |= title
        result[entry.id] = min(1.0, sum(idf[stem] for stem in shared) / _TWO_RARE_WORDS)
    return result


def _signals(
    entries: list[Entry], query: Query, rarity: Vectors, lexical: dict[str, float], names: dict[str, float]
) -> list[tuple[Entry, Signals, int]]:
    """Each entry's signals and the number of its best sentence."""
    if not entries:
        return []
    dense = np.array([entry.vector for entry in entries]) @ query.vector
    sentence = np.concatenate([entry.sentences for entry in entries]).astype(np.float32) @ query.vector / 127
    late = _late(entries, query, rarity)
    results: list[tuple[Entry, Signals, int]] = []
    at = 0
    for number, (entry, cosine) in enumerate(zip(entries, dense.tolist(), strict=True)):
        own = sentence[at : at + len(entry.sentences)]
        at += len(entry.sentences)
        top = int(own.argmax()) if len(own) else 0
        signals = Signals(
            dense=cosine,
            sentence=float(own[top]) if len(own) else cosine,
            late=late[number] if late else None,
            lexical=lexical.get(entry.id, 0.0),
            name=names[entry.id],
        )
        results.append((entry, signals, top))
    return results


def _rarity(lexical: Lexical, query: Query) -> Vectors:
    """The inverse document frequency of the word of each token of the question."""
    return np.array([max((lexical.idf(stem) for stem in lexical.terms(word)), default=0.0) for word in query.words], np.float32)


def _late(entries: list[Entry], query: Query, rarity: Vectors) -> list[float]:
    """Late interaction of the question and each entry; nothing where there are no tokens."""
    counts = [len(entry.tokens) for entry in entries]
    if not all(counts) or not rarity.sum():
        return []
    tokens = np.concatenate([entry.tokens for entry in entries]).astype(np.float32)
    nearest = np.maximum.reduceat(query.tokens @ tokens.T, np.cumsum([0, *counts[:-1]]), axis=1)
    return (rarity @ nearest / (127 * rarity.sum())).tolist()


def _passage(entry: Entry, score: float, signals: Signals, at: int) -> Passage:
    return Passage(
        paper=entry.paper,
        text=entry.text,
        start=entry.start,
        end=entry.end,
        score=score,
        signals=signals,
        best=entry.spans[at],
    )
