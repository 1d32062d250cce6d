"""The signals of candidate chunks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from assistant.config import fitted
from assistant.library.lexical_index import Lexical
from assistant.library.store import PACKED_ONE, Entry, Packed
from assistant.search.candidates import Aspect
from assistant.search.fusion import Evidence
from assistant.text.terms import terms
from assistant.types import Scale, Vectors

_TWO_RARE_WORDS: float = fitted("selection")["name_rarity"]
"""The sum of inverse document frequencies at which a shared name scores 1. A word of one chunk in 20,000 has about half of it."""


class Candidates:
    """Chunks to which questions can be put."""

    def __init__(self, entries: Sequence[Entry], lexical: Lexical, scale: Scale) -> None:
        """Take `entries`, at least one, and what the cosines of their encoder mean."""
        self.entries: Sequence[Entry] = entries
        self._scale = scale
        self._lexical = lexical
        self._has_sentences = np.array([len(entry.packed_sentences) > 0 for entry in entries])
        self._has_tokens = any(len(entry.packed_tokens) for entry in entries)
        self._names = [_title_name(entry.paper.title) for entry in entries]

    def evidence(self, aspects: Sequence[Aspect]) -> list[Evidence]:
        """For each aspect of a question the signals of every candidate."""
        queries = np.array([aspect.query.vector for aspect in aspects])
        scale = self._scale
        dense = scale.apply("dense", queries @ np.array([entry.vector for entry in self.entries]).T)
        nearest = scale.apply("sentence", _largest(queries, [entry.packed_sentences for entry in self.entries]))
        sentence = np.where(self._has_sentences, nearest, dense)
        late = self._late(aspects)
        return [
            Evidence(
                dense=dense[number],
                sentence=sentence[number],
                late=late[number],
                lexical=np.array([aspect.lexical.get(entry.id, 0.0) for entry in self.entries], np.float32),
                name=self._name(aspect),
            )
            for number, aspect in enumerate(aspects)
        ]

    def _late(self, aspects: Sequence[Aspect]) -> list[Vectors | None]:
        """Late interaction, where an aspect has words with tokens and candidates have tokens; one without any scores 0."""
        if not self._has_tokens or not any(aspect.query.words for aspect in aspects):
            return [None] * len(aspects)
        asked = np.concatenate([aspect.query.tokens for aspect in aspects])
        largest = self._scale.apply("late", _largest(asked, [entry.packed_tokens for entry in self.entries]))
        results: list[Vectors | None] = []
        at = 0
        for aspect in aspects:
            rarity = np.array([self._rarity(word) for word in aspect.query.words], np.float32)
            own = largest[at : at + len(rarity)]
            at += len(rarity)
            results.append(rarity @ own / rarity.sum() if rarity.sum() else None)
        return results

    def _rarity(self, word: str) -> float:
        return max(map(self._lexical.idf, terms(word)), default=0.0)

    def _name(self, aspect: Aspect) -> Vectors:
        """Compute the rarity of the names that question and paper share; two rare words make 1.

        A name is the part of a title before its colon, where the question holds all of the part, or a name written as such in the
        question (ClaPS, LeanDojo).

        Returns:
            Values [candidates], 0..1.
        """
        idf = aspect.idf
        shared: dict[int, set[str]] = {}
        for at, name in enumerate(self._names):
            if name and idf.keys() >= name:
                shared.setdefault(at, set()).update(name)
        for stem in idf.keys() & set(terms(" ".join(aspect.names))):
            having = self._lexical.having(stem, [entry.id for entry in self.entries])
            for at, entry in enumerate(self.entries):
                if entry.id in having:
                    shared.setdefault(at, set()).add(stem)
        result = np.zeros(len(self.entries), np.float32)
        for at, stems in shared.items():
            result[at] = min(1.0, sum(idf[stem] for stem in stems) / _TWO_RARE_WORDS)
        return result


def _largest(queries: Vectors, blocks: Sequence[Packed]) -> Vectors:
    """[queries, blocks]: the largest cosine of each query with a row of each block, 0 where it has none."""
    counts = np.array([len(block) for block in blocks])
    filled = counts > 0
    result = np.zeros((len(queries), len(blocks)), np.float32)
    if filled.any():
        rows = np.concatenate([block for block in blocks if len(block)], dtype=np.float32, casting="unsafe")  # int8, copied once
        starts = (np.cumsum(counts) - counts)[filled]
        result[:, filled] = np.maximum.reduceat(rows @ (queries / PACKED_ONE).T, starts, axis=0).T
    return result


@lru_cache(maxsize=10_000)
def _title_name(title: str) -> frozenset[str]:
    name, mark, _ = title.partition(":")
    return frozenset(terms(name)) if mark else frozenset()
