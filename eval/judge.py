"""How well a verifier tells supported claims from others: public sets judged by people, and planted errors."""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from assistant.build import SAMPLE
from assistant.types import Verifier
from eval import cases, scores
from eval.speed import quantiles

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "support"
PLANTED = Path(__file__).parent / "questions" / "planted.jsonl"
SETS = ("scifact", "healthver", "wice", "attributionbench", "summedits")
FOLDS = 5
PUBLISHED = {
    "scifact": "",
    "healthver": "three-way accuracy: fine-tuned T5 80.7, SciBERT 78.1",
    "wice": "on the part in LLM-AggreFact: Bespoke-MiniCheck-7B 83.0",
    "attributionbench": "macro F1: fine-tuned GPT-3.5 about 80",
    "summedits": "human 90.9, GPT-4 82.1, ChatGPT 71.2, QAFactEval 65.5, SummaCConv 57.1",
}
"""Published figures, balanced accuracy where nothing else is said; those of SummEdits with a threshold of its own a domain."""


class Pair(NamedTuple):
    """A claim and what it is held against."""

    set: str
    claim: str
    evidence: tuple[str, ...]
    label: int
    """1 for supported."""
    split: str
    fold: int
    """0..4; claims that share their wording or a piece of evidence are in the same one."""
    kind: str = ""
    """What was planted."""


def load(name: str, folder: Path = FOLDER) -> list[Pair]:
    """The pairs of a set."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    folds = _folds([(row["claim"], *row["evidence"]) for row in rows])
    return [
        Pair(name, row["claim"], tuple(row["evidence"]), row["label"], row["split"], fold)
        for row, fold in zip(rows, folds, strict=True)
    ]


def _folds(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """A fold for each row, such that rows that share a text are in the same one.

    Lines of less than 80 characters, and those of more than 40 rows, are furniture of web pages and bind nothing.
    """
    counts = Counter(text for row in rows for text in set(row))
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[str, int] = {}
    for number, (claim, *evidence) in enumerate(rows):
        for text in (claim, *(text for text in evidence if len(text) >= 80 and counts[text] <= 40)):
            parent[root(number)] = root(first.setdefault(text, number))
    return [zlib.crc32(rows[root(number)][0].encode()) % FOLDS for number in range(len(rows))]


def planted(split: str, file: Path = PLANTED) -> list[Pair]:
    """The planted pairs of a split, each twice: as changed, and as true; the evidence is the sample's abstract."""
    abstracts = {paper.title: paper.abstract for paper in cases.papers(str(SAMPLE))}
    pairs: list[Pair] = []
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["split"] == split:
            evidence, fold = (abstracts[row["title"]],), zlib.crc32(row["title"].encode()) % FOLDS
            pairs.append(Pair("planted", row["changed"], evidence, 0, split, fold, row["kind"]))
            pairs.append(Pair("planted", row["true"], evidence, 1, split, fold, row["kind"]))
    return pairs
