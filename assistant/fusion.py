"""Signals to one score a candidate.

Scores are added, not ranks: a lexical rank exists for every question, also for one that shares no meaningful word with
its paper, and rank fusion then counts it as much as a meaningful cosine. Rank fusion and either index alone are there
to be measured against.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.config import SearchSettings
from assistant.types import Vectors

_RRF = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)."""


class Evidence(NamedTuple):
    """What each signal says of each candidate, float32 [candidates]; `assistant.types.Signals` tells what each is."""

    dense: Vectors
    sentence: Vectors
    late: Vectors | None
    lexical: Vectors
    name: Vectors


def score(evidence: Evidence, settings: SearchSettings) -> Vectors:
    """The score of each candidate, 0..1: by `settings.fusion` the weighted mean of the signals, or another to compare."""
    match settings.fusion:
        case "dense":
            total = evidence.dense
        case "lexical":
            total = evidence.lexical
        case "rank":
            total = (_reciprocal(evidence.dense) + _reciprocal(evidence.lexical)) * (_RRF + 1) / 2
        case "score":
            weighted = [
                (settings.dense, evidence.dense),
                (settings.sentence, evidence.sentence),
                (settings.late, evidence.late),
                (settings.lexical, evidence.lexical),
                (settings.name, evidence.name),
            ]
            applicable = [(weight, signal) for weight, signal in weighted if signal is not None]
            weights = sum(weight for weight, _ in applicable) or 1.0
            total = sum((weight * np.maximum(signal, 0) for weight, signal in applicable), np.zeros_like(evidence.dense))
            total = total / np.float32(weights)
    return np.clip(total, 0, 1)


def _reciprocal(signal: Vectors) -> Vectors:
    """1 / (60 + rank) of each candidate by one signal, 0 where the signal is silent."""
    ranks = 1 + len(signal) - np.searchsorted(np.sort(signal), signal, side="right")  # ties share the better rank
    return np.where(signal > 0, 1 / (_RRF + ranks), 0).astype(np.float32)
