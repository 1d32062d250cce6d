"""Gradient-boosted trees for two classes, in numpy, small enough to read (Friedman 2001; histograms after Ke et al. 2017)."""

# numpy infers too little of sums and sorting for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tree = list[list[float]]
"""Nodes: [feature, threshold, node for smaller or equal, node for larger], or [value] for a leaf; the first is the root."""


class Settings(NamedTuple):
    """How trees are grown; the values were chosen by cross-validation (CONTRIBUTING.md)."""

    trees: int = 250
    rate: float = 0.04
    leaves: int = 8
    smallest: int = 40
    """Rows in a leaf."""
    ridge: float = 5.0
    columns: float = 0.5
    """Share of the features that a tree sees."""
    rows: float = 0.7
    """Share of the rows that a tree sees."""
    bins: int = 48


class _Leaf(NamedTuple):
    gain: float
    node: int
    rows: NDArray[np.intp]
    feature: int
    bin: int


def fit(x: Floats, y: Floats, weight: Floats, settings: Settings | None = None, seed: int = 0) -> tuple[float, list[Tree]]:
    """The bias and the trees, whose sum is the log odds, fitted on rows `x` with labels `y` 0 or 1."""
    s = settings or Settings()
    rng = np.random.default_rng(seed)
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, s.bins + 1)[1:-1])) for column in x.T]
    binned = np.stack([np.searchsorted(edge, column, "left") for edge, column in zip(edges, x.T, strict=True)]).astype(np.intp)
    weight = weight / weight.mean()
    bias = float(np.log((weight * y).sum() / (weight * (1 - y)).sum()))
    score = np.full(len(y), bias)
    trees: list[Tree] = []
    for _ in range(s.trees):
        p = 1 / (1 + np.exp(-score))
        slope, curve = weight * (y - p), weight * p * (1 - p)
        rows = np.flatnonzero(rng.random(len(y)) < s.rows)
        columns = np.sort(rng.permutation(len(edges))[: max(1, int(s.columns * len(edges)))])
        tree = _grow(binned, edges, slope, curve, rows, columns, s)
        trees.append(tree)
        score += predict([tree], x)
    return bias, trees


def _grow(binned: NDArray[np.intp], edges: list[Floats], slope: Floats, curve: Floats, rows: NDArray[np.intp],
          columns: NDArray[np.intp], s: Settings) -> Tree:  # fmt: skip
    """A tree, the leaf that gains most split first."""
    tree: Tree = [[0.0]]

    def leaf(node: int, own: NDArray[np.intp]) -> _Leaf:
        tree[node] = [round(float(s.rate * slope[own].sum() / (curve[own].sum() + s.ridge)), 5)]
        gain, feature, cut = _best(binned, slope, curve, own, columns, s)
        return _Leaf(gain, node, own, feature, cut)

    open_leaves = [leaf(0, rows)]
    for _ in range(s.leaves - 1):
        best = max(open_leaves, key=lambda one: one.gain)
        if best.gain <= 0:
            break
        open_leaves.remove(best)
        left = binned[best.feature, best.rows] <= best.bin
        tree += [[0.0], [0.0]]
        open_leaves += [leaf(len(tree) - 2, best.rows[left]), leaf(len(tree) - 1, best.rows[~left])]
        tree[best.node] = [best.feature, float(f"{edges[best.feature][best.bin]:.6g}"), len(tree) - 2, len(tree) - 1]
    return tree


def _best(binned: NDArray[np.intp], slope: Floats, curve: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp],
          s: Settings) -> tuple[float, int, int]:  # fmt: skip
    """The gain, the feature and the bin of the best split of `rows`; a gain of 0 where none is allowed."""
    own_slope, own_curve = slope[rows], curve[rows]
    all_slope, all_curve = own_slope.sum(), own_curve.sum()
    whole = all_slope**2 / (all_curve + s.ridge)
    best = (0.0, 0, 0)
    for feature in columns:
        bins = binned[feature, rows]
        count = np.bincount(bins, minlength=s.bins).cumsum()[:-1]
        left_slope = np.bincount(bins, own_slope, s.bins).cumsum()[:-1]
        left_curve = np.bincount(bins, own_curve, s.bins).cumsum()[:-1]
        gain = left_slope**2 / (left_curve + s.ridge) + (all_slope - left_slope) ** 2 / (all_curve - left_curve + s.ridge) - whole
        gain[(count < s.smallest) | (len(rows) - count < s.smallest)] = 0
        at = int(gain.argmax())
        if gain[at] > best[0] + 1e-9:
            best = (float(gain[at]), int(feature), at)
    return best


def predict(trees: list[Tree], x: Floats) -> Floats:
    """The sum of the trees for each row of `x`, the bias left out."""
    total = np.zeros(len(x))
    for tree in trees:
        at = np.zeros(len(x), np.intp)
        table = np.array([node if len(node) == 4 else [-1.0, node[0], 0.0, 0.0] for node in tree])
        while (inner := table[at, 0] >= 0).any():
            rows = np.flatnonzero(inner)
            nodes = table[at[rows]]
            larger = x[rows, nodes[:, 0].astype(np.intp)] > nodes[:, 1]
            at[rows] = np.where(larger, nodes[:, 3], nodes[:, 2]).astype(np.intp)
        total += table[at, 1]
    return total
