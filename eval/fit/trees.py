"""Boosted trees by scikit-learn, in the form in which the package keeps trees."""

# scikit-learn has no types, and takes seconds to import, so a function imports it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from assistant.verify.local import Trees

SETTINGS: Mapping[str, Any] = {
    "max_leaf_nodes": 8,
    "l2_regularization": 5.0,
    "max_bins": 48,
    "max_features": 0.2,
    "early_stopping": False,
}
"""How trees grow; the values were chosen by cross-validation (docs/experiments.md)."""


def fit(rows: Sequence[Mapping[str, float]], labels: Sequence[bool], weights: Sequence[float], **settings: Any) -> Trees:
    """Fit trees whose sum is the log odds of the label.

    Args:
        rows: the features of each example, all with the same names.
        labels: of the examples.
        weights: of the examples; their scale does not matter.
        settings: of `HistGradientBoostingClassifier`, beside `SETTINGS`.

    Returns:
        The trees.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    names = list(rows[0])
    x = np.array([[row[name] for name in names] for row in rows], np.float64)
    model = HistGradientBoostingClassifier(**{**SETTINGS, **settings}, random_state=0)
    with threadpool_limits(1):  # the threads of OpenMP wait for each other in loops, which on a busy machine takes minutes
        model.fit(x, np.array(labels), np.array(weights) / np.mean(weights))
    # scikit-learn shows the nodes of these trees nowhere in public; tests/test_verifiers.py compares the sums with its own
    nodes = [stage[0].nodes for stage in model._predictors]  # pyright: ignore[reportPrivateUsage]
    bias = float(model._baseline_prediction.item())  # pyright: ignore[reportPrivateUsage]
    return Trees(names, round(bias, 5), [_tree(own) for own in nodes])


def _tree(nodes: np.ndarray[Any, Any]) -> list[list[float]]:
    return [
        [round(float(node["value"]), 5)]
        if node["is_leaf"]
        else [int(node["feature_idx"]), float(node["num_threshold"]), int(node["left"]), int(node["right"])]
        for node in nodes
    ]
