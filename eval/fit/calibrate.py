"""Fits the constants of `assistant.answer.confidence.confidence` and `assistant.answer.extract` on the tuning questions."""

# numpy infers too little of linear algebra for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant import Assistant
from assistant.answer.confidence import evidence
from assistant.answer.extract import features
from eval.runs import cases, scores

_REMOVED = 0.3
"""The share of the weight of unanswerable questions that those have whose papers were removed."""


def calibrate(pages: Assistant, others: Assistant) -> tuple[list[float], int, int, int]:
    """The weights of the evidence, the bias last, and how many questions of each kind they were fitted on.

    The kinds: answerable ones, "What is NAME?" for every tuning paper whose title begins with a name among them, as people ask
    so and the written questions do not; unanswerable ones; and answerable ones asked of a library without their papers, which
    have a part of the weight, as their words are those of answerable ones. Both classes weigh the same.

    Args:
        pages: over the saved pages, for the questions `seeds`.
        others: over the records that the questions `blind` were written from.
    """
    tune = [case for case in cases.load(splits=["tune"]) if case.type != "detail"]
    blind = [case for case in cases.load("blind", ["tune"]) if case.type != "detail"]
    titles = {title for case in tune for title in case.gold}
    names = {title.split(":")[0]: title for title in titles if ":" in title and len(title.split(":")[0].split()) <= 3}
    present = [(case.question, case.gold) for case in tune if case.answerable]
    present += [(f"What is {name}?", (title,)) for name, title in sorted(names.items())]
    held = [_evidence(pages, question) for question, _ in present]
    held += [_evidence(others, case.question) for case in blind if case.answerable]
    lacking = [_evidence(pages, case.question) for case in tune if not case.answerable]
    lacking += [_evidence(others, case.question) for case in blind if not case.answerable]
    removed = [_evidence(each, question) for each, question in _without(pages, present)]
    weights = (
        [1 / len(held)] * len(held) + [(1 - _REMOVED) / len(lacking)] * len(lacking) + [_REMOVED / len(removed)] * len(removed)
    )
    labels = [True] * len(held) + [False] * len(lacking + removed)
    return _logistic([*held, *lacking, *removed], labels, weights), len(held), len(lacking), len(removed)


def _evidence(assistant: Assistant, question: str) -> list[float]:
    return [*evidence(assistant.retriever.found(question, 10)), 1.0]


def _without(assistant: Assistant, asked: Sequence[tuple[str, tuple[str, ...]]], parts: int = 4) -> Iterator[tuple[Assistant, str]]:
    """The questions, each with a library that lacks the papers that answer it: a copy, so that no paper is embedded again."""
    for part in range(parts):
        own = asked[part::parts]
        gone = {title for _, gold in own for title in gold}
        with tempfile.TemporaryDirectory() as folder:
            home = Path(shutil.copytree(assistant.home, Path(folder) / "home", symlinks=True))
            with Assistant(assistant.settings, home) as less:
                less.remove(*(paper for paper in less.papers() if paper.title in gone))
                yield from ((less, question) for question, _ in own)


def _logistic(features: list[list[float]], labels: list[bool], weights: list[float], ridge: float = 1e-4) -> list[float]:
    """Logistic regression with weights for the rows; the ridge is on all coefficients (Hastie et al. 2009, 4.4.1)."""
    from sklearn.linear_model import LogisticRegression  # takes seconds to import

    model = LogisticRegression(C=1 / ridge, fit_intercept=False, solver="newton-cholesky", tol=1e-9)
    return model.fit(np.array(features), np.array(labels), np.array(weights)).coef_[0].tolist()


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
    found = assistant.retriever.found(case.question, 10)
    choices: list[Choice] = []
    for hit in found.hits:
        if (paper := hit.passage.paper).title in case.gold:
            ranked = features(found, hit)
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
