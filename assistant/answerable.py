"""Whether the library holds an answer at all, from what a search found: the estimated probability behind a refusal."""

from __future__ import annotations

import math

from assistant.retrieve import Found

_SCORE, _MARGIN, _UNKNOWN, _BIAS = 12.18, 15.18, -7.54, -5.12
"""Logistic regression with both classes weighing the same, on the tuning questions; `python -m eval calibrate` fits it."""


def evidence(found: Found) -> tuple[float, float, float]:
    """What confidence rests on.

    The best paper's score, its margin over the next one, and the share of the names in the question that the library
    does not hold: who asks about GraphCast is not served by the next best paper on the weather.
    """
    best, *others = found.scores
    unknown = len(found.unknown) / len(found.names) if found.names else 0.0
    return best, best - others[0] if others else 0.0, unknown


def confidence(found: Found) -> float:
    """Probability that the library holds an answer, at even odds beforehand."""
    if not found.hits:
        return 0.0
    score, margin, unknown = evidence(found)
    return 1 / (1 + math.exp(-(_SCORE * score + _MARGIN * margin + _UNKNOWN * unknown + _BIAS)))
