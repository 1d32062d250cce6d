"""Fits the weights that turn the probability of "yes" and the odds of the local trees into one of support."""

# numpy infers too little of linear algebra for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from assistant.verify.model import Fit
from eval.judging.chances import Line

_RIDGE = 0.01
"""A mild ridge: a set has few pairs."""
_LEAST = 1e-6


def fit(found: Sequence[Line], *, local: bool) -> Fit:
    """Fit on the lines to tune on, in which each set and each label weighs the same.

    Args:
        found: the lines.
        local: whether the odds of the local trees are a feature.

    Returns:
        The weights.
    """
    from sklearn.linear_model import LogisticRegression  # takes seconds to import

    tune = [line for line in found if line.split == "tune"]
    counts = Counter((line.set, line.label) for line in tune)
    weights = [len(tune) / (len(counts) * counts[line.set, line.label]) for line in tune]
    features = [[_odds(line.yes), line.odds if local else 0.0] for line in tune]
    model = LogisticRegression(C=1 / _RIDGE, solver="newton-cholesky", tol=1e-9)
    model.fit(np.array(features), np.array([line.label for line in tune]), np.array(weights))
    yes, of_trees, bias = np.concatenate([np.ravel(model.coef_), np.ravel(model.intercept_)]).tolist()
    return Fit(round(bias, 3), round(yes, 3), round(of_trees, 3) if local else 0.0)


def _odds(yes: float) -> float:
    yes = min(max(yes, _LEAST), 1 - _LEAST)
    return math.log(yes / (1 - yes))
