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
    """The values of each signal, float32 [candidates]; `assistant.types.Signals` describes the signals."""

    dense: Vectors
    sentence: Vectors
    late: Vectors | None
    lexical: Vectors
    name: Vectors


def shares(evidence: Evidence, settings: SearchSettings) -> dict[str, Vectors]:
    """Compute the part of each signal in the scores of candidates, by `settings.fusion`.

    The default is the weighted mean of the signals that apply; the other kinds of fusion are for comparison.

    Returns:
        Values [candidates] by the name of the signal; their sum over the signals is the score, 0..1.
    """
    if settings.fusion == "score":
        weights = {
            "dense": settings.dense,
            "sentence": settings.sentence,
            "late": settings.late if evidence.late is not None else 0.0,
            "lexical": settings.lexical,
            "name": settings.name,
        }
        signals = evidence._asdict()
    else:
        weights = {name: float(settings.fusion in (name, "rank")) for name in ("dense", "lexical")}
        signals = {name: signal for name, signal in (("dense", evidence.dense), ("lexical", evidence.lexical))}
        if settings.fusion == "rank":
            signals = {name: _reciprocal(signal) * (_RRF + 1) for name, signal in signals.items()}
    total = sum(weights.values()) or 1.0
    return {name: np.clip(signals[name], 0, 1) * np.float32(weight / total) for name, weight in weights.items() if weight}


def _reciprocal(signal: Vectors) -> Vectors:
    """1 / (60 + rank) of each candidate by one signal, 0 where the signal is silent."""
    ranks = 1 + len(signal) - np.searchsorted(np.sort(signal), signal, side="right")  # ties share the better rank
    return np.where(signal > 0, 1 / (_RRF + ranks), 0).astype(np.float32)
