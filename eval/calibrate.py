"""Fits the constants of `assistant.answer.confidence` and `assistant.write` on the tuning questions."""

# numpy infers too little of linear algebra for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant import Assistant
from assistant.answerable import evidence
from assistant.write import features
from eval import cases, scores


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


class Choice(NamedTuple):
    """The sentences of a gold paper of a question."""

    fold: str
    """What is left out together: the title of the question's first gold paper."""
    features: NDArray[np.float32]
    """[sentences, features]"""
    facts: list[set[str]]
    """The key facts that each sentence holds; some sentence holds one."""


def sentences(assistant: Assistant) -> tuple[list[float], float, int]:
    """The weights of the features of a sentence, the share of key facts in the best three, and the papers fitted on.

    The share is cross-validated: what is scored was fitted without the questions of the same paper.
    """
    choices = [choice for case in cases.load(splits=["tune"]) if case.answerable for choice in _choices(assistant, case)]
    shares: list[float] = []
    folds = sorted({choice.fold for choice in choices})
    for left_out in range(10):
        inside = set(folds[left_out::10])
        weights = _listwise([choice for choice in choices if choice.fold not in inside])
        shares += [_share(choice, weights) for choice in choices if choice.fold in inside]
    return _listwise(choices), sum(shares) / len(shares), len(choices)


def _choices(assistant: Assistant, case: cases.Case) -> list[Choice]:
    found = assistant.retriever.search(case.question, 10)
    choices: list[Choice] = []
    for hit in found.hits:
        if (paper := hit.passage.paper).title in case.gold:
            ranked = features(case.question, found, hit)
            texts = [paper.abstract[start:end] for start, end in ranked.spans]
            facts = [{fact for fact in case.facts if scores.key_fact_recall(text, [fact])} for text in texts]
            if any(facts):
                choices.append(Choice(case.gold[0], ranked.features, facts))
    return choices


def _share(choice: Choice, weights: list[float], most: int = 3) -> float:
    best = np.argsort(-(choice.features @ np.array(weights)), kind="stable")[:most].tolist()
    held = set[str]().union(*(choice.facts[at] for at in best))
    return len(held) / len(set[str]().union(*choice.facts))


def _listwise(choices: Sequence[Choice], ridge: float = 10.0) -> list[float]:
    """The conditional logit (McFadden 1974) of which sentence of a paper holds a key fact, by Newton's method.

    The ridge is on the weights of the standardised features; several sentences that hold one share the choice.
    """
    rows = np.concatenate([choice.features for choice in choices])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    beta = np.zeros(rows.shape[1])
    for _ in range(20):
        slope, curve = -ridge * beta, ridge * np.eye(len(beta))
        for choice in choices:
            x = (choice.features - mean) / spread
            right = np.array([bool(facts) for facts in choice.facts], np.float64)
            p = np.exp(x @ beta - (x @ beta).max())
            p /= p.sum()
            slope += x.T @ (right / right.sum() - p)
            curve += (x.T * p) @ x - np.outer(x.T @ p, x.T @ p)
        beta = beta + np.linalg.solve(curve, slope)
    return (beta / spread).tolist()
