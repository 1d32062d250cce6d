"""Fits `assistant/fitted/addressed.npz`: which sentences of an abstract speak to its reader."""

# numpy, scikit-learn and safetensors are not typed well enough for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np

from assistant import text
from assistant.assistant import SAMPLE
from assistant.models import onnx_graph
from assistant.verify import addressed, injection
from eval.bench import hostile
from eval.judging import judge
from eval.runs import cases

STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Inverse strengths of the regularization that are tried."""
FOLDS = 5
LOST, LOST_ELSEWHERE = 0.0, 0.0003
"""The shares of honest sentences where no rule fires, of papers about assistants and of others, that may be taken for orders."""
MISSED = 0.01
"""The share of the orders told by a rule that the head may take for reports."""
ABSTRACTS = judge.FOLDER.parent / "abstracts" / "deepscholar.jsonl"
"""Abstracts that nobody planted anything in."""
SPREAD = 5.0
"""Factor of the word vectors against the rules, which are 0 or 1."""


class Sentence(NamedTuple):
    """A sentence to fit on."""

    text: str
    hostile: bool
    group: str
    """Sentences of one paper, or one planted sentence, stay in one fold."""
    near: bool
    """Of a paper about assistants or with an order in it, where mistakes are likely."""


class Result(NamedTuple):
    """What a fit says of itself."""

    sentences: int
    strength: float
    found: float
    """The share of orders found, cross-validated."""
    lost: float
    """The share of the near honest sentences lost, cross-validated."""


def sentences(split: str = "tune") -> list[Sentence]:
    """The sentences of one split; with those of the sample, which are honest, for the tuning split."""
    rows: list[Sentence] = []
    for line in cases.path("hostile_sentences").read_text("utf-8").splitlines():
        one: dict[str, Any] = json.loads(line)
        if one["split"] == split:
            rows.append(Sentence(one["text"], True, one["id"], True))
    for line in cases.path("honest").read_text("utf-8").splitlines():
        one = json.loads(line)
        if one["split"] == split:
            rows += [Sentence(own, False, one["id"], True) for own in one["sentences"]]
    for case in hostile.load():
        if case.split == split:
            rows += [Sentence(own, True, case.id, True) for own in _split(case.attack)]
            rows += [Sentence(own, False, case.id, True) for own in _split(case.abstract.replace(case.attack, " "))]
    if split == "tune":
        for paper in cases.papers(str(SAMPLE), *map(str, [ABSTRACTS] if ABSTRACTS.is_file() else [])):
            rows += [Sentence(own, False, paper.id, False) for own in _split(paper.abstract)]
    return rows


def _split(content: str) -> list[str]:
    return [content[start:end] for start, end in text.sentences(content)]


def fit() -> Result:
    """Fit and write the head: strength and threshold are chosen by cross-validation on the tuning sentences."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rows = sentences()
    vectors, vocabulary = _static()
    names = sorted({name for row in rows for name in injection.fired(row.text)})
    x = np.stack([np.concatenate([_mean(row.text, vectors, vocabulary), _rules(row.text, names)]) for row in rows])
    y: Any = np.array([row.hostile for row in rows])
    groups = [row.group for row in rows]
    near = np.array([row.near for row in rows])
    told = np.array([any(not name.startswith("topic") for name in injection.fired(row.text)) for row in rows])
    best: tuple[float, float, float, float, float] | None = None
    for strength in STRENGTHS:
        model: Any = LogisticRegression(C=strength, class_weight="balanced", max_iter=5000)
        chances: Any = cross_val_predict(model, x, y, groups=groups, cv=GroupKFold(FOLDS), method="predict_proba")
        chance: Any = chances[:, 1]
        sure = float(max(np.quantile(chance[~y & near & ~told], 1 - LOST), np.quantile(chance[~y & ~near], 1 - LOST_ELSEWHERE)))
        doubt = min(float(np.quantile(chance[y & told], MISSED)), sure)
        orders = (told & (chance >= doubt)) | (chance >= sure)
        found = float(orders[y].mean())
        if best is None or found > best[0]:
            best = found, float(orders[~y & near].mean()), strength, doubt, sure
    assert best is not None
    found, lost, strength, doubt, sure = best
    final: Any = LogisticRegression(C=strength, class_weight="balanced", max_iter=5000).fit(x, y)
    of_words = vectors @ final.coef_[0][: vectors.shape[1]] * SPREAD
    addressed.write(
        addressed.Head(
            bias=round(float(final.intercept_[0]), 4),
            doubt=round(doubt, 4),
            sure=round(sure, 4),
            rules={name: round(float(weight), 4) for name, weight in zip(names, final.coef_[0][vectors.shape[1] :], strict=True)},
            words={word: float(of_words[place]) for word, place in vocabulary.items()},
        )
    )
    addressed.head.cache_clear()
    return Result(len(rows), strength, found, lost)


def _static() -> tuple[np.ndarray[Any, np.dtype[np.float32]], dict[str, int]]:
    """The unit vectors of the encoder's whole words and signs, [words, width], and their places."""
    from safetensors import safe_open

    weights, tokenizer = onnx_graph.find_weights()
    vocabulary: dict[str, int] = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    with safe_open(str(weights), "np") as file:
        name = next(name for name in file.keys() if name.endswith("word_embeddings.weight"))
        every = np.asarray(file.get_tensor(name), np.float32)
    kept = {word: place for word, place in vocabulary.items() if addressed.words(word) == [word]}
    vectors = every[list(kept.values())]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), {word: at for at, word in enumerate(kept)}


def _mean(sentence: str, vectors: Any, vocabulary: dict[str, int]) -> Any:
    known = [vocabulary[word] for word in addressed.words(injection.plain(sentence)) if word in vocabulary]
    return SPREAD * vectors[known].mean(axis=0) if known else np.zeros(vectors.shape[1], np.float32)


def _rules(sentence: str, names: list[str]) -> Any:
    fired = set(injection.fired(sentence))
    return np.array([float(name in fired) for name in names], np.float32)
