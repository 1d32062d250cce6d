"""What each signal says of the chunks that may answer a question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.fusion import Evidence
from assistant.index import Entry
from assistant.lexical import Lexical
from assistant.types import Query, Vectors

_TWO_RARE_WORDS = 20.0
"""Inverse document frequency; a word of one chunk in 20,000 has about half of it."""


class Candidates:
    """Chunks, with their vectors stacked so that several questions can be put to them."""

    def __init__(self, entries: Sequence[Entry], lexical: Lexical) -> None:
        """Stack the vectors of `entries`, at least one."""
        self.entries: Sequence[Entry] = entries
        self._lexical = lexical
        self._vectors = np.array([entry.vector for entry in entries])
        self._sentences = _Rows([entry.sentences for entry in entries])
        self._tokens = _Rows([entry.tokens for entry in entries])
        self._names = [_title_name(entry.paper.title, lexical) for entry in entries]

    def evidence(self, query: Query, scores: dict[str, float], written: Sequence[str], idf: dict[str, float]) -> Evidence:
        """The signals of each candidate.

        Args:
            query: the vectors of the question.
            scores: lexical scores by chunk.
            written: the words that the question writes as names.
            idf: inverse document frequency of the question's stems.
        """
        dense = self._vectors @ query.vector
        return Evidence(
            dense=dense,
            sentence=np.where(self._sentences.filled, self._sentences.largest(query.vector[None])[0], dense),
            late=self._late(query),
            lexical=np.array([scores.get(entry.id, 0.0) for entry in self.entries], np.float32),
            name=self._name(written, idf),
        )

    def best_sentence(self, candidate: int, query: Query) -> int:
        """The number of the candidate's sentence that is nearest to the question."""
        sentences = self.entries[candidate].sentences
        return int((sentences.astype(np.float32) @ query.vector).argmax()) if len(sentences) else 0

    def _late(self, query: Query) -> Vectors | None:
        """Late interaction, where question and candidates have tokens."""
        rarity = np.array([self._rarity(word) for word in query.words], np.float32)
        if not self._tokens.filled.all() or not rarity.sum():
            return None
        return rarity @ self._tokens.largest(query.tokens) / rarity.sum()

    def _rarity(self, word: str) -> float:
        return max(map(self._lexical.idf, self._lexical.terms(word)), default=0.0)

    def _name(self, written: Sequence[str], idf: dict[str, float]) -> Vectors:
        """How rare the names are that question and paper share; two rare words make it 1.

        A name is what stands before the colon of a title, where the question holds all of it, and what the question
        itself writes as a name (ClaPS, LeanDojo).
        """
        shared: dict[int, set[str]] = {}
        for at, name in enumerate(self._names):
            if name and idf.keys() >= name:
                shared.setdefault(at, set()).update(name)
        for stem in idf.keys() & set(self._lexical.terms(" ".join(written))):
            having = self._lexical.having(stem, len(self.entries))
            for at, entry in enumerate(self.entries):
                if entry.id in having:
                    shared.setdefault(at, set()).add(stem)
        result = np.zeros(len(self.entries), np.float32)
        for at, stems in shared.items():
            result[at] = min(1.0, sum(idf[stem] for stem in stems) / _TWO_RARE_WORDS)
        return result


class _Rows:
    """Blocks of vectors, one for each candidate."""

    def __init__(self, blocks: Sequence[NDArray[np.int8]]) -> None:
        self.filled = np.array([len(block) > 0 for block in blocks])
        """Candidates that have rows."""
        self._blocks = [block.astype(np.float32) / 127 for block in blocks]

    def largest(self, queries: Vectors) -> Vectors:
        """[queries, candidates]: the largest cosine of each query with a row of each candidate, 0 without rows."""
        result = np.zeros((len(queries), len(self._blocks)), np.float32)
        # block by block: one large product would be shared out to threads, which cost more than they gain
        for at, block in enumerate(self._blocks):
            if len(block):
                result[:, at] = (queries @ block.T).max(axis=1)
        return result


def _title_name(title: str, lexical: Lexical) -> set[str]:
    name, mark, _ = title.partition(":")
    return set(lexical.terms(name)) if mark else set()
