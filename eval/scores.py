"""Scores: small pure functions of ranks and labels. A score that does not apply is None, and is never counted as 0."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


def recall_at(k: int, ranked: Sequence[str], gold: Sequence[str]) -> float | None:
    """Share of the gold items among the first `k` of `ranked` (Manning et al. 2008, 8.4); None without gold."""
    return len(set(ranked[:k]) & set(gold)) / len(set(gold)) if gold else None


def reciprocal_rank(ranked: Sequence[str], gold: Sequence[str]) -> float | None:
    """1 / rank of the first gold item, 0 where there is none among `ranked` (Voorhees 1999); None without gold."""
    if not gold:
        return None
    return next((1 / rank for rank, item in enumerate(ranked, 1) if item in gold), 0.0)


def ndcg_at(k: int, ranked: Sequence[str], grades: Mapping[str, int]) -> float | None:
    """Normalised discounted cumulative gain of the first `k`, 0..1; None where nothing is relevant.

    The sum over the ranks of gain / log2(rank + 1), as a share of that of the best order (Järvelin and Kekäläinen 2002);
    the gain of grade g is 2^g - 1 (Burges et al. 2005), for grades 0 and 1 the grade itself. An item counts once.
    """
    best = _discounted(sorted(grades.values(), reverse=True)[:k])
    return _discounted([grades.get(item, 0) for item in dict.fromkeys(ranked[:k])]) / best if best else None


def _discounted(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def interval(values: Sequence[float], share: float = 0.95, rounds: int = 2000, seed: int = 0) -> tuple[float, float] | None:
    """The middle `share` of the means of samples drawn from `values` with replacement; None without values.

    The percentile bootstrap (Efron and Tibshirani 1993, chapter 13): an interval for the mean over other such questions.
    """
    if not values:
        return None
    rng = random.Random(seed)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    outside = round((1 - share) / 2 * rounds)
    return means[outside], means[rounds - 1 - outside]


def wilson(hits: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share, by default at 95% (Wilson 1927): sound where few or none of few trials hit."""
    if not trials:
        return 0.0, 1.0
    share, squared = hits / trials, z * z / trials
    middle = share + squared / 2
    spread = z * math.sqrt(share * (1 - share) / trials + squared / trials / 4)
    low, high = (middle - spread) / (1 + squared), (middle + spread) / (1 + squared)
    return max(0.0, min(share, low)), max(share, min(1.0, high))  # rounding must not leave the share outside


def vendi(vectors: NDArray[np.float32]) -> float:
    """The effective number of different items among [items, dimensions] of length 1: 1..items.

    The exponential of the entropy of the eigenvalues of the matrix of their cosines over their number (Friedman and Dieng
    2023, arXiv 2210.02410).
    """
    eigenvalues = np.linalg.eigvalsh(vectors @ vectors.T / len(vectors))
    positive = eigenvalues[eigenvalues > 1e-12]
    return float(np.exp(-(positive * np.log(positive)).sum()))


class Bin(NamedTuple):
    """Answers whose confidence lies within the same tenth."""

    low: float
    high: float
    answers: int
    confidence: float
    """Their mean confidence."""
    right: float
    """The share of them that are right."""
    weight: float
    """Their share of all weight."""


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """How often confidence is right, by bins of the same width, empty ones left out.

    Right and wrong answers weigh the same in sum, because the confidence is stated at even odds; without either there is
    no table.
    """
    if all(right) or not any(right):
        return []
    weights = [0.5 / sum(right) if good else 0.5 / (len(right) - sum(right)) for good in right]
    rows: list[Bin] = []
    for number in range(bins):
        own = [at for at, value in enumerate(confidences) if min(bins - 1, int(value * bins)) == number]
        weight = sum(weights[at] for at in own)
        if own:
            mean_confidence = sum(weights[at] * confidences[at] for at in own) / weight
            share = sum(weights[at] for at in own if right[at]) / weight
            rows.append(Bin(number / bins, (number + 1) / bins, len(own), mean_confidence, share, weight))
    return rows


def calibration_error(rows: Sequence[Bin]) -> float | None:
    """Expected calibration error: the mean gap between confidence and share right (Naeini et al. 2015), 0..1."""
    if not rows:
        return None
    return sum(row.weight * abs(row.confidence - row.right) for row in rows)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative, ties counting half (Hanley and McNeil 1982)."""
    if not positive or not negative:
        return None
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def balanced_accuracy(said: Sequence[bool], labels: Sequence[bool]) -> float | None:
    """Mean of the shares of either class told right (Brodersen et al. 2010): 0..1, 0.5 by guessing; None without either."""
    shares = [
        mean([float(one == label) for one, label in zip(said, labels, strict=True) if label == wanted]) for wanted in (True, False)
    ]
    return None if None in shares else mean(shares)


def kappa(said: Sequence[bool], labels: Sequence[bool]) -> float | None:
    """Agreement beyond chance (Cohen 1960): 1 for all, 0 for as much as by chance; None where chance agrees always."""
    if not labels:
        return None
    agreed = sum(one == label for one, label in zip(said, labels, strict=True)) / len(labels)
    yes, true = sum(said) / len(said), sum(labels) / len(labels)
    chance = yes * true + (1 - yes) * (1 - true)
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def key_fact_recall(text: str, facts: Sequence[str]) -> float | None:
    """Share of the facts that occur in `text` as whole words, both in the form used for searching; None without facts."""
    from assistant.text import fold

    folded = " ".join(fold(text).split())
    patterns = [rf"(?<![\w.]){re.escape(' '.join(fold(fact).split()))}(?!\w|\.\d)" for fact in facts]
    return sum(bool(re.search(pattern, folded)) for pattern in patterns) / len(facts) if facts else None


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of the values that apply."""
    applicable = [value for value in values if value is not None]
    return sum(applicable) / len(applicable) if applicable else None
