"""Ranked items, reordered so that what is alike does not crowd the top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.types import Vectors


def mmr(scores: Sequence[float], vectors: Vectors, diversity: float, k: int) -> list[int]:
    """Choose items by maximal marginal relevance (Carbonell and Goldstein 1998), the first item first.

    Each next item has the largest (1 - diversity) * score - diversity * (largest cosine to the items before it).

    Args:
        scores: of the items, in their order.
        vectors: [items, dimensions], each of length 1.
        diversity: 0..1; 0 ranks by score alone.
        k: items wanted.

    Returns:
        The numbers of the items, `k` at most.
    """
    chosen = list(range(min(1, k, len(scores))))
    relevance = np.array(scores, np.float32)
    alike = np.full(len(scores), -1, np.float32)
    while 0 < len(chosen) < min(k, len(scores)):
        alike = np.maximum(alike, vectors @ vectors[chosen[-1]])
        value = (1 - diversity) * relevance - diversity * alike
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return chosen
