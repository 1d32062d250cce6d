"""Vectors of papers to topics. Plain numpy, and the same for the same papers.

scikit-learn would be a dependency of the core for this module alone: docs/decisions/0027.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from assistant.types import Vectors

_MOST = 12
"""At most this many topics are made."""
_PER_TOPIC = 4
"""The number of topics is the square root of the number of papers divided by this."""
_OFFERED = 256
"""The first centres are chosen from at most this many papers."""


def cluster(vectors: Vectors, per_topic: int = _PER_TOPIC, most: int = _MOST) -> NDArray[np.int64]:
    """The topic of each paper, by k-means over directions.

    The first centres are chosen as medoids are: Kaufman and Rousseeuw, Partitioning around medoids (1990), the BUILD step.

    Args:
        vectors: [papers, dimensions].
        per_topic: the number of topics is the square root of the number of papers divided by this.
        most: topics at most.

    Returns:
        [papers] the topics, from 0, none of them empty.
    """
    n = len(vectors)
    k = max(1, min(most, _MOST, round(math.sqrt(n / per_topic))))
    offered = vectors[:: -(-n // _OFFERED)]
    alike = offered @ vectors.T
    nearest = np.full(n, -1.0, np.float32)
    chosen: list[int] = []
    for _ in range(k):  # each centre brings the papers nearest to one; the paper farthest off would be a topic of its own
        chosen.append(int(np.argmax(np.maximum(alike, nearest).sum(axis=1))))
        nearest = np.maximum(nearest, alike[chosen[-1]])
    centres = offered[chosen]
    labels = np.zeros(n, np.int64)
    for _ in range(30):
        labels = np.argmax(vectors @ centres.T, axis=1)
        sums = np.array([vectors[labels == each].sum(axis=0) if (labels == each).any() else centres[each] for each in range(k)])
        centres = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    _, labels = np.unique(labels, return_inverse=True)
    return labels
