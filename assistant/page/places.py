"""Vectors of papers to places on a map. Plain numpy, and the same for the same papers.

scikit-learn would be a dependency of the core for this module alone: docs/decisions/0027.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from assistant.models.threads import one_thread
from assistant.types import Vectors

_LANDMARKS = 500
"""This many papers are laid out by a comparison of all pairs; each other paper is put beside the most similar of them."""
_ROUNDS, _EARLY = 300, 80
_PERPLEXITY = 15.0


def layout(vectors: Vectors) -> NDArray[np.float64]:
    """A place in the unit square for each paper, near to papers like it: t-SNE of some, the others beside these."""
    n = len(vectors)
    if n < 5:
        return np.array([[0.5 + 0.3 * math.cos(2 * i), 0.5 + 0.3 * math.sin(2 * i)] for i in range(n)]).reshape(n, 2)
    rows = np.unique(np.linspace(0, n - 1, min(n, _LANDMARKS)).astype(int))
    with one_thread():
        places = _tsne(vectors[rows].astype(np.float64))
        if len(rows) < n:
            likeness = vectors @ vectors[rows].T
            near = np.argsort(-likeness, axis=1)[:, :3]
            weights = np.maximum(np.take_along_axis(likeness, near, axis=1), 1e-6) ** 8
            all_places = (weights[:, :, None] * places[near]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
            all_places[rows] = places
            places = all_places
    low, high = np.percentile(places, [1, 99], axis=0)
    return np.clip((places - low) / np.maximum(high - low, 1e-9), -0.02, 1.02)


def _tsne(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(vectors)
    alike = _alike(vectors, min(_PERPLEXITY, (n - 1) / 3))
    centred = vectors - vectors.mean(axis=0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    places = left[:, :2] * size[:2]
    places = places / max(float(places.std()), 1e-12) * 1e-2
    moved, gains = np.zeros_like(places), np.ones_like(places)
    for step in range(_ROUNDS):
        squares = (places**2).sum(axis=1)
        close = 1 / (1 + np.maximum(squares[:, None] + squares[None, :] - 2 * places @ places.T, 0))
        np.fill_diagonal(close, 0)
        pull = (alike * (8 if step < _EARLY else 1) - np.maximum(close / close.sum(), 1e-12)) * close
        slope = 4 * (pull.sum(axis=1)[:, None] * places - pull @ places)
        gains = np.where((slope > 0) != (moved > 0), gains + 0.2, gains * 0.8).clip(0.01)
        moved = (0.5 if step < _EARLY else 0.8) * moved - max(n / 12, 50) * gains * slope
        places = places + moved
        places -= places.mean(axis=0)
    return places


def _alike(vectors: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """How alike two papers are, each weighed so that about `perplexity` others count as near."""
    distances = np.maximum(2 - 2 * vectors @ vectors.T, 0)
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)
    np.fill_diagonal(distances, 0)
    low, high = np.full(len(vectors), 1e-3), np.full(len(vectors), 1e5)
    shares = np.zeros_like(distances)
    for _ in range(40):
        sharp = np.sqrt(low * high)
        shares = np.exp(-distances * sharp[:, None])
        np.fill_diagonal(shares, 0)
        shares /= shares.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1)
        wide = entropy > math.log(perplexity)
        low, high = np.where(wide, sharp, low), np.where(wide, high, sharp)
    both = (shares + shares.T) / (2 * len(vectors))
    return np.maximum(both, 1e-12)
