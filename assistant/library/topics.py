"""Vectors of papers to topics with names. Plain numpy, and the same for the same papers.

scikit-learn would be a dependency of the core for this module alone: docs/decisions/0027.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.types import Paper, Vectors

_MOST = 12
"""At most this many topics are made."""
_PER_TOPIC = 4
"""The number of topics is the square root of the number of papers divided by this."""
_ENOUGH = 0.08
"""A word can name a topic if at least this share of the topic's papers hold the word."""
EMPTY = text.STOP_WORDS | frozenset(
    """achieve achieves accuracy analysis applications approach approaches based consistently data datasets demonstrate
    effective existing experiments extensive framework furthermore however large learning method methods model models new
    novel outperforms performance provide recent results significant significantly state-of-the-art task tasks towards
    training various""".split()
)
"""Words that abstracts of all topics hold, and that name none."""


def cluster(vectors: Vectors, per_topic: int = _PER_TOPIC, most: int = _MOST) -> NDArray[np.int64]:
    """The topic of each paper, by k-means over directions.

    Args:
        vectors: [papers, dimensions].
        per_topic: the number of topics is the square root of the number of papers divided by this.
        most: topics at most.

    Returns:
        [papers] the topics, from 0, none of them empty.
    """
    n = len(vectors)
    k = max(1, min(most, _MOST, round(math.sqrt(n / per_topic))))
    chosen = [0]
    nearest = vectors @ vectors[0]
    for _ in range(k - 1):  # each centre as far as can be from those before
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    centres = vectors[chosen]
    labels = np.zeros(n, np.int64)
    for _ in range(30):
        labels = np.argmax(vectors @ centres.T, axis=1)
        sums = np.array([vectors[labels == each].sum(axis=0) if (labels == each).any() else centres[each] for each in range(k)])
        centres = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    _, labels = np.unique(labels, return_inverse=True)
    return labels


def names(papers: Sequence[Paper], labels: Sequence[int]) -> list[str]:
    """A name for each topic, out of what its papers share."""
    return [", ".join(terms) or f"topic {number}" for number, terms in enumerate(_shared(papers, labels), 1)]


def _shared(papers: Sequence[Paper], labels: Sequence[int]) -> list[list[str]]:
    """The two terms of each topic that its papers have in common and others seldom hold, the best first."""
    held = [_terms(paper.title, paper.abstract) for paper in papers]
    everywhere = Counter(term for terms in held for term in terms)
    found: list[list[str]] = []
    for topic in range(max(labels, default=-1) + 1):
        own = [terms for terms, label in zip(held, labels, strict=True) if label == topic]
        inside = Counter(term for terms in own for term in terms)
        outside = max(1, len(held) - len(own))

        def weight(term: str, inside: Counter[str] = inside, size: int = len(own), outside: int = outside) -> float:
            share = inside[term] / size
            other = (everywhere[term] - inside[term] + 0.5) / outside
            return share * math.log(share / other) * (1.4 if " " in term else 1.0)

        least = max(2, _ENOUGH * len(own))
        kept = [term for term in inside if inside[term] >= least]
        ranked = sorted(kept, key=lambda term: (-weight(term), term))
        taken: list[str] = []
        for term in ranked:
            if len(taken) < 2 and not any(set(_stems(term)) & set(_stems(other)) for other in taken):
                taken.append(term)
        found.append(taken)
    return found


def _terms(title: str, abstract: str = "") -> set[str]:
    """The words of title and abstract, and the pairs of neighbours in the title."""
    heading, body = ([word for word in text.words(part) if len(word) > 2 and word.isalpha()] for part in (title, abstract[:3000]))
    pairs = [(one, other) for one, other in pairwise(heading) if not {one, other} & EMPTY]
    return {word for word in (*heading, *body) if word not in EMPTY} | {" ".join(pair) for pair in pairs}


def _stems(term: str) -> list[str]:
    return [word[:5] for word in term.split()]
