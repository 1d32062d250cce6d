"""The probability of "yes" that a language model gives to claims of the sets judged by people, beside the local verifier."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from assistant.models.prompts import load
from assistant.types import Value, Weighing
from assistant.verify.local import CAPPED, LocalVerifier
from assistant.verify.model import Fit, ModelVerifier, material
from eval.judging import judge
from eval.judging.judge import Pair, Pick
from eval.runs import jsonl, scores

FILE = Path(__file__).parents[1] / "baselines" / "chances.jsonl"
"""What the packaged model said; the texts of the sets are not in it."""
SETS = ("summedits", "scifact", "wice")
Split = Literal["tune", "report"]
"""What the weights are fitted on, and what the figures are of. They share no claim, and no document but in SciFact."""
_TUNED = (0, 1, 2)
"""Folds of WiCE and of SummEdits to tune on; of SciFact these are the pairs of its split `train`."""
SUPPORTED = 0.5


class Line(Value):
    """A pair: what the model and the local verifier said of it."""

    key: str
    """A hash of claim and evidence."""
    set: str
    split: Split
    label: int
    """1 for supported."""
    yes: float
    """The probability of "yes", as a share of those of "yes" and "no"."""
    odds: float
    """The logarithm of the odds of support by local trees that were fitted without the pair."""
    contradicted: bool
    """By the local verifier, which nothing outvotes."""
    score: float
    """Of the local verifier."""
    supported: bool
    """By the local verifier."""
    seconds: float
    """Processor time of the model."""
    local_seconds: float
    """The same of the local verifier."""

    def joint(self, fit: Fit) -> float:
        """The score of model and trees together, as `ModelVerifier` gives it."""
        score = fit.score(self.yes, self.odds)
        return min(score, CAPPED) if self.contradicted else score


def drawn(name: str, split: Split, count: int) -> list[Pair]:
    """Pairs of a set, at random, as many supported as others, always the same ones."""
    pairs = judge.load(name)
    if name == "scifact":
        pairs = [pair for pair in pairs if pair.split == ("train" if split == "tune" else "dev")]
    else:
        of_set = [pair for pair in pairs if name == "wice" or pair.split == "test"]
        pairs = [pair for pair in of_set if (pair.fold in _TUNED) == (split == "tune")]
    random.Random(0).shuffle(pairs)
    by_label = zip(*([pair for pair in pairs if bool(pair.label) == label] for label in (True, False)), strict=False)
    return [pair for two in by_label for pair in two][:count]


def key(pair: Pair) -> str:
    """A hash of claim and evidence."""
    return hashlib.sha256(json.dumps([pair.claim, *pair.evidence]).encode()).hexdigest()[:16]


def record(model: Weighing, pick: Pick, count: int, file: Path = FILE, moved: Callable[[int, int], None] = print) -> int:
    """Ask a model about pairs that the file does not hold yet, the sets and splits in turn, and add what it says.

    Args:
        model: the model.
        pick: the local verifier for a pair, fitted without it.
        count: pairs of each set and split.
        file: where the lines are kept.
        moved: called with the pairs done and all of them.

    Returns:
        The number of new lines. A pair that the local verifier judges without its trees, word for word say, has none.
    """
    held = {line.key for line in lines(file)}
    prompt = load("support", ModelVerifier.weighing)
    asked = list(_in_turn(count))
    new = 0
    for place, (split, pair) in enumerate(asked):
        moved(place, len(asked))
        began = time.process_time()
        verifier = pick(pair)
        assert isinstance(verifier, LocalVerifier)
        own = verifier.judged(pair.claim, pair.evidence)
        local = time.process_time() - began
        if key(pair) in held or own.odds is None:
            continue
        began = time.process_time()
        found = model.chances(prompt.messages(material=material(pair.claim, own.verdict)), ("yes", "no"))
        if found is None:
            continue
        line = Line(
            key=key(pair),
            set=pair.set,
            split=split,
            label=pair.label,
            yes=round(found.of["yes"] / (found.of["yes"] + found.of["no"]), 4),
            odds=round(own.odds, 4),
            contradicted=own.verdict.verdict == "contradicted",
            score=round(own.verdict.score or 0.0, 4),
            supported=own.verdict.verdict == "supported",
            seconds=round(time.process_time() - began, 2),
            local_seconds=round(local, 4),
        )
        jsonl.append(file, [line])
        new += 1
    return new


def _in_turn(count: int) -> Iterator[tuple[Split, Pair]]:
    """The pairs of all sets and splits, one of each after the other, so that a run that is stopped has as many of each."""
    splits: tuple[Split, ...] = ("tune", "report")
    columns: list[list[tuple[Split, Pair]]] = [
        [(split, pair) for pair in drawn(name, split, count)] for split in splits for name in SETS
    ]
    for row in range(count):
        yield from (column[row] for column in columns if row < len(column))


def lines(file: Path = FILE) -> list[Line]:
    """The lines of a file; none where there is no such file."""
    return jsonl.read(file, Line, "line of probabilities") if file.is_file() else []


def table(found: Sequence[Line], fits: dict[str, Fit]) -> list[dict[str, Any]]:
    """The balanced accuracy and AUROC of each way to judge, on the pairs to report.

    Args:
        found: the lines.
        fits: the weights of each way, by its name.

    Returns:
        A row for each set, and one for all of them.
    """
    rows: list[dict[str, Any]] = []
    reported = [line for line in found if line.split == "report"]
    for name in (*SETS, "all"):
        own = [line for line in reported if name in (line.set, "all")]
        if not own:
            continue
        labels = [bool(line.label) for line in own]
        row: dict[str, Any] = {"set": name, "claims": len(own), "supported": sum(labels)}
        row |= _columns("local", [line.score for line in own], [line.supported for line in own], labels)
        for way, fit in fits.items():
            values = [line.joint(fit) for line in own]
            row |= _columns(way, values, [value >= SUPPORTED for value in values], labels)
        row["seconds a claim, local"] = round(sum(line.local_seconds for line in own) / len(own), 3)
        row["seconds a claim, model"] = round(sum(line.seconds for line in own) / len(own), 2)
        rows.append(row)
    return rows


def _columns(way: str, values: Sequence[float], said: Sequence[bool], labels: Sequence[bool]) -> dict[str, Any]:
    true = [value for value, label in zip(values, labels, strict=True) if label]
    false = [value for value, label in zip(values, labels, strict=True) if not label]
    return {f"{way}: balanced accuracy": scores.balanced_accuracy(said, labels), f"{way}: AUROC": scores.auroc(true, false)}
