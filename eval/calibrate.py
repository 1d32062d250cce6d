"""Fits the constants of `assistant.answer.confidence` on the tuning questions."""

# numpy infers too little of linear algebra for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import numpy as np

from assistant import Assistant
from assistant.answerable import evidence
from eval import cases


def calibrate(assistant: Assistant) -> tuple[list[float], int, int]:
    """The weights of the evidence, the bias last, and how many questions of either kind they were fitted on.

    Besides the tuning questions, "What is NAME?" is asked for every tuning paper whose title begins with a name: people
    ask so, and the written questions do not. Both classes weigh the same.
    """
    asked = [(case.question, case.answerable) for case in cases.load(splits=["tune"]) if case.type != "detail"]
    titles = {title for case in cases.load(splits=["tune"]) for title in case.gold}
    names = sorted(title.split(":")[0] for title in titles if ":" in title and len(title.split(":")[0].split()) <= 3)
    asked += [(f"What is {name}?", True) for name in names]
    features = [[*evidence(assistant.retriever.search(question, 10)), 1.0] for question, _ in asked]
    labels = [answerable for _, answerable in asked]
    return _logistic(features, labels), sum(labels), len(labels) - sum(labels)


def _logistic(features: list[list[float]], labels: list[bool], ridge: float = 0.01) -> list[float]:
    """Logistic regression with balanced classes, by Newton's method (Hastie et al. 2009, 4.4.1)."""
    x, y = np.array(features, np.float64), np.array(labels, np.float64)
    weight = (y / y.mean() + (1 - y) / (1 - y.mean())) / 2
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (weight * (y - p)) - ridge * beta
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(beta))
        step = np.linalg.solve(curve, slope)
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return beta.tolist()
