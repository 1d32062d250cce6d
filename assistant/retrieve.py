"""Questions to passages: two indexes propose chunks, their signals are added up, the best chunk of each paper stays.

Scores are added, not ranks: a lexical rank exists for every question, also for one that shares no meaningful word with
its paper, and rank fusion would then count it as much as a meaningful cosine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.chunk import chunk_id
from assistant.config import SearchSettings
from assistant.index import Entry
from assistant.library import Library, Snapshot
from assistant.types import Embedder, Passage, Signals, Vectors, Where

_CACHED = 20_000
"""Chunks kept in memory, 5 kB each."""


class Hit(NamedTuple):
    """A paper found."""

    passage: Passage
    entries: tuple[Entry, ...]
    """All chunks of the paper, in order."""


class Found(NamedTuple):
    """What a search found, and what the writer needs to know of it."""

    hits: list[Hit]
    """Best first, a paper once."""
    vector: Vectors
    """Of the question."""
    idf: dict[str, float]
    """Stem of a content word of the question -> its inverse document frequency."""
    generation: int


class Retriever:
    """Searches a library."""

    def __init__(self, library: Library, embedder: Embedder, settings: SearchSettings) -> None:
        self._library = library
        self._embedder = embedder
        self._settings = settings
        self._entries: dict[str, Entry] = {}
        self._generation = 0

    def search(self, question: str, k: int, where: Where | None = None) -> Found:
        """The `k` best papers for `question`, among those that the filter `where` lets through."""
        vector = self._embedder.query(question)
        return self._library.read(lambda snapshot: self._search(snapshot, question, vector, k, where))

    def _search(self, snapshot: Snapshot, question: str, vector: Vectors, k: int, where: Where | None) -> Found:
        proposals = [key for key, _ in snapshot.index.nearest(vector, self._settings.candidates, where)]
        allowed = set(snapshot.index.ids(where)) if where else None
        depth = snapshot.current.chunks if where else self._settings.candidates * 2
        lexical = {key: score for key, score in snapshot.lexical.search(question, depth) if allowed is None or key in allowed}
        proposals += list(lexical)[: self._settings.candidates]
        entries = self._load(snapshot, list(dict.fromkeys(proposals)))
        best: dict[str, tuple[float, Entry, Signals, int]] = {}
        for entry, signals, at in self._signals(entries, vector, lexical):
            score = self._score(signals)
            if entry.paper.id not in best or score > best[entry.paper.id][0]:
                best[entry.paper.id] = (score, entry, signals, at)
        # the id settles ties, so that the order never depends on that of the proposals
        ranked = sorted(best.values(), key=lambda found: (-found[0], found[1].id))[:k]
        wanted = [chunk_id(entry.paper.id, n) for _, entry, _, _ in ranked for n in range(entry.chunks)]
        whole = {entry.id: entry for entry in self._load(snapshot, wanted)}
        hits = [
            Hit(
                _passage(entry, score, signals, at),
                tuple(whole[key] for n in range(entry.chunks) if (key := chunk_id(entry.paper.id, n)) in whole),
            )
            for score, entry, signals, at in ranked
        ]
        idf = {term: snapshot.lexical.idf(term) for term in snapshot.lexical.terms(question)}
        return Found(hits, vector, idf, snapshot.current.generation)

    def stems(self, text: str) -> set[str]:
        """The stems of the content words of `text`, as the lexical index has them."""
        return self._library.read(lambda snapshot: set(snapshot.lexical.terms(text)))

    def _load(self, snapshot: Snapshot, ids: list[str]) -> list[Entry]:
        """Chunks by id, kept in memory: a generation never changes."""
        if self._generation != snapshot.current.generation or len(self._entries) > _CACHED:
            self._entries, self._generation = {}, snapshot.current.generation
        entries = self._entries
        missing = [key for key in ids if key not in entries]
        if missing:
            entries.update((entry.id, entry) for entry in snapshot.index.load(missing))
        return [entries[key] for key in ids if key in entries]

    def _signals(self, entries: list[Entry], vector: Vectors, lexical: dict[str, float]) -> list[tuple[Entry, Signals, int]]:
        """Each entry's signals and the number of its best sentence."""
        if not entries:
            return []
        dense = np.array([entry.vector for entry in entries]) @ vector
        sentence = np.concatenate([entry.sentences for entry in entries]).astype(np.float32) @ vector / 127
        results: list[tuple[Entry, Signals, int]] = []
        at = 0
        for entry, cosine in zip(entries, dense.tolist(), strict=True):
            own = sentence[at : at + len(entry.sentences)]
            at += len(entry.sentences)
            top = int(own.argmax()) if len(own) else 0
            signals = Signals(dense=cosine, sentence=float(own[top]) if len(own) else cosine, lexical=lexical.get(entry.id, 0.0))
            results.append((entry, signals, top))
        return results

    def _score(self, signals: Signals) -> float:
        weights = self._settings
        total = weights.dense + weights.sentence + weights.lexical
        parts = (
            weights.dense * max(0.0, signals.dense)
            + weights.sentence * max(0.0, signals.sentence)
            + weights.lexical * signals.lexical
        )
        return min(1.0, parts / total) if total else 0.0


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
