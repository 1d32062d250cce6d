"""Intervals and tests for scores of questions. Those about one paper rise and fall together, so papers are drawn.

Values are [questions], or [questions, scores] with NaN where a score does not apply; clusters are numbers [questions].
"""

# scipy has no types; its statistics take seconds to import, so a function imports them.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ROUNDS = 10_000


def clusters(papers: Sequence[Sequence[str]]) -> Ints:
    """A number for each question, from its gold papers: the same for questions that are joined by papers; alone without any."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    names = [[f"paper {title}" for title in own] or [f"question {at}"] for at, own in enumerate(papers)]
    for own in names:
        for name in own:
            parent[root(name)] = root(own[0])
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(root(own[0]), len(numbers)) for own in names], np.int64)


class Estimate(NamedTuple):
    """A mean with its interval."""

    mean: float
    low: float
    high: float
    questions: int


def interval(values: Floats, groups: Ints, level: float = 0.95, rounds: int = _ROUNDS, seed: int = 0) -> Estimate | None:
    """The mean over the questions it applies to, and the middle `level` of the means of clusters drawn with replacement.

    The cluster percentile bootstrap (Davison and Hinkley 1997, 3.8): what the mean would be over other papers' questions.
    Values that each stand alone have a cluster each. None where it applies to none.
    """
    applies = ~np.isnan(values)
    if not applies.any():
        return None
    sums, counts = _sums(np.where(applies, values, 0.0), groups), _sums(applies.astype(float), groups)
    inside = counts > 0
    low, high = np.quantile(resampled(sums[inside], counts[inside], rounds, seed), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(values[applies].mean()), float(low), float(high), int(applies.sum()))


def resampled(sums: Floats, counts: Floats, rounds: int = _ROUNDS, seed: int = 0) -> Floats:
    """Means of clusters drawn with replacement, [rounds], or [scores, rounds] of sums [clusters, scores].

    Args:
        sums: of the values of each cluster.
        counts: values of each cluster, at least one.
        rounds: draws.
        seed: of the draws.
    """
    if len(sums) == 1:  # which scipy refuses to draw from
        return np.broadcast_to((sums / counts).T, (*sums.shape[1:], rounds))
    from scipy.stats import bootstrap

    def mean(sums: Floats, counts: Floats, axis: int) -> Floats:
        return sums.sum(axis=axis) / counts.sum(axis=axis)

    counts = counts.reshape(-1, *[1] * (sums.ndim - 1)) * np.ones_like(sums)
    return bootstrap(
        (sums, counts), mean, n_resamples=rounds, batch=500, axis=0, paired=True, vectorized=True, method="percentile",
        rng=np.random.default_rng(seed),
    ).bootstrap_distribution  # fmt: skip


def drops(new: Floats, old: Floats, groups: Ints, rounds: int = _ROUNDS, seed: int = 0) -> Floats:
    """For each score [questions, scores] the probability of so large a drop where nothing changed, over all scores together.

    Under "nothing changed" the two runs of a cluster could as well be swapped. So the signs of the clusters' differences are
    drawn at random, and a score's drop, as a share of its spread, is held against the largest such drop of any score
    (max-T: Westfall and Young 1993). It is exact for any number of questions, and the chance that any score is called worse by
    mistake is at most the level. Pairs where a score applies to one run only say nothing of it here.
    """
    difference = np.nan_to_num(new - old)
    sums = np.stack([_sums(column, groups) for column in difference.T], axis=1)
    spread = np.sqrt((sums**2).sum(axis=0))
    moved = spread > 0
    found = np.ones(difference.shape[1])
    if moved.any():
        own = sums[:, moved] / spread[moved]
        signs = np.random.default_rng(seed).integers(0, 2, (rounds, len(own))) * 2.0 - 1
        largest = (signs @ own).max(axis=1)
        reached = (largest[:, None] >= -own.sum(axis=0) - 1e-9).sum(axis=0)
        found[moved] = (reached + 1) / (rounds + 1)
    return found


def mcnemar(lost: int, won: int) -> float:
    """Probability of at least so many losses among `lost` + `won` questions whose yes or no changed, were both as likely.

    The exact test of McNemar (1947), one-sided: 1 without any change.
    """
    changed = lost + won
    return sum(math.comb(changed, k) for k in range(lost, changed + 1)) / 2**changed


def detectable(groups: Ints, level: float = 0.05, power: float = 0.8) -> float:
    """The smallest drop of a yes/no score that is shown in `power` of the runs, where nothing else changes.

    Each cluster is lost with the same chance, and `drops` needs so many lost ones, with none won, that half to their power is
    at most `level`. A lower bound: gains beside the losses, and other scores that move, ask for more.
    """
    count = int(groups.max()) + 1 if len(groups) else 0
    needed = math.ceil(-math.log2(level))
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        shown = 1 - sum(math.comb(count, k) * middle**k * (1 - middle) ** (count - k) for k in range(min(needed, count + 1)))
        low, high = (low, middle) if shown >= power else (middle, high)
    return high


def _sums(values: Floats, groups: Ints) -> Floats:
    return np.bincount(groups, weights=values).astype(np.float64)
