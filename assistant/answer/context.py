"""Abstracts to the sentences that bear on the question, so that a model reads half as much."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.answer.extract import chances
from assistant.config import fitted
from assistant.models import tokens
from assistant.search.retriever import Found, Hit

_STEEPNESS: float = fitted("selection")["steepness"]
"""A paper with a score this much below the best one gets 1/e of the weight of the best one; chosen on the tuning questions."""


def bearing(found: Found, hits: Sequence[Hit], share: float) -> list[str]:
    """Choose the sentences of abstracts that a model reads: over all papers those most likely to hold the answer.

    Args:
        found: the search.
        hits: the papers.
        share: the share of the tokens of all abstracts to keep.

    Returns:
        For each hit the sentences kept, in their order; empty where none is.
    """
    sentences: list[tuple[float, int, tuple[int, int], int]] = []
    whole = 0
    for number, hit in enumerate(hits):
        abstract = hit.passage.paper.abstract
        best = math.exp((max(hit.whole, hit.passage.score) - hits[0].whole) / _STEEPNESS)
        for span, chance in zip(*chances(found, hit), strict=True):
            size = tokens.count(abstract[slice(*span)])
            whole += size
            sentences.append((-best * float(chance), number, span, size))
    left = share * whole
    kept: list[list[tuple[int, int]]] = [[] for _ in hits]
    for _, number, span, size in sorted(sentences):
        if size <= left:
            kept[number].append(span)
            left -= size
    return [
        " ".join(hit.passage.paper.abstract[slice(*span)] for span in sorted(spans)) for hit, spans in zip(hits, kept, strict=True)
    ]
