"""How well a verifier tells supported claims from others: public sets judged by people, and planted errors."""

from __future__ import annotations

import json
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from assistant import text
from assistant.assistant import SAMPLE
from assistant.errors import ModelError
from assistant.types import Paper, Verifier
from eval.runs import cases, concurrency, scores
from eval.runs.concurrency import Progress, silent
from eval.runs.run import Careful
from eval.runs.timing import quantiles

_T = TypeVar("_T")
FOLDER = Path(__file__).parents[3] / "shared" / "data" / "support"
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


def load(name: str, folder: Path | None = None) -> list[Pair]:
    """The pairs of a set, from `FOLDER` where no other is given."""
    with ((folder or FOLDER) / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    folds = _folds([(row["claim"], *row["evidence"]) for row in rows])
    return [
        Pair(name, row["claim"], _texts(name, row["evidence"]), row["label"], row["split"], fold)
        for row, fold in zip(rows, folds, strict=True)
    ]


def _texts(name: str, evidence: Sequence[str]) -> tuple[str, ...]:
    """The evidence, a text for each document: what these sets give piece by piece comes from one."""
    return ("\n".join(evidence),) if name in ("scifact", "wice") else tuple(evidence)


def _folds(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """A fold for each row, such that rows that share a text are in the same one.

    Of evidence in pieces, those of less than 80 characters or of more than 40 rows are furniture of web pages and bind nothing.
    """
    counts = Counter(piece for row in rows for piece in set(row))
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[str, int] = {}
    for number, (claim, *evidence) in enumerate(rows):
        whole = len(evidence) == 1
        for piece in (claim, *(piece for piece in evidence if whole or (len(piece) >= 80 and counts[piece] <= 40))):
            parent[root(number)] = root(first.setdefault(piece, number))
    return [zlib.crc32(rows[root(number)][0].encode()) % FOLDS for number in range(len(rows))]


def planted(split: cases.Split) -> list[Pair]:
    """The planted pairs of a split, each twice: as changed, and as true; the evidence is the sample's abstract."""
    return _twice(cases.pairs([split]), cases.papers(str(SAMPLE)))


def quantities(split: cases.Split) -> list[Pair]:
    """The claims about quantities of a split; those by whoever wrote the code are to tune on."""
    cases.permitted([split])
    found: list[Pair] = []
    for name in ("quantities", "quantities-tune"):
        for line in cases.path(name).read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.get("split", "tune") == split:
                fold, label = zlib.crc32(row["evidence"].encode()) % FOLDS, int(row["label"] == "supported")
                found.append(Pair("quantities", row["claim"], (row["evidence"],), label, split, fold, row["kind"]))
    return found


def reworded() -> list[Pair]:
    """Likewise the pairs over the saved pages, whose true claims are further from the words of their abstracts.

    Nothing is fitted on them.
    """
    return _twice(cases.pairs(name="reworded"), cases.papers(*cases.pages()))


def two_papers(split: cases.Split) -> list[Pair]:
    """Sentences about two papers of the sample each, true ones and ones that relate or mix up what the two abstracts say apart."""
    cases.permitted([split])
    abstracts = {paper.id: paper.abstract for paper in cases.papers(str(SAMPLE))}
    rows = [json.loads(line) for line in cases.path("two_papers").read_text("utf-8").splitlines()]
    return [
        Pair(
            "two papers",
            row["claim"],
            tuple(abstracts[id] for id in row["papers"]),
            int(row["true"]),
            row["split"],
            zlib.crc32(row["papers"][0].encode()) % FOLDS,
        )
        for row in rows
        if row["split"] == split
    ]


def claims(split: cases.Split) -> list[Pair]:
    """Claims of six kinds about made-up abstracts, by one who had seen neither the system nor its rules; the set is the kind."""
    cases.permitted([split])
    found: list[Pair] = []
    for line in cases.path("claims").read_text("utf-8").splitlines():
        row = json.loads(line)
        fold = zlib.crc32(row["evidence"].encode()) % FOLDS
        found += [
            Pair(each["kind"], each["claim"], (row["evidence"],), int(each["label"] == "supported"), split, fold, each["change"])
            for each in row["claims"]
            if each["split"] == split
        ]
    return found


def _twice(pairs: Sequence[cases.Pair], papers: Sequence[Paper]) -> list[Pair]:
    abstracts = {paper.title: paper.abstract for paper in papers}
    twice: list[Pair] = []
    for pair in pairs:
        evidence, fold = (abstracts[pair.title],), zlib.crc32(pair.title.encode()) % FOLDS
        twice.append(Pair("planted", pair.changed, evidence, 0, pair.split, fold, pair.kind))
        twice.append(Pair("planted", pair.true, evidence, 1, pair.split, fold, pair.kind))
    return twice


Pick = Callable[[Pair], Verifier]
"""The verifier for a pair: the same for all, or one that was fitted without it."""


def always(verifier: Verifier) -> Pick:
    """The same verifier for all pairs."""
    return lambda pair: verifier


class Judged(NamedTuple):
    """What a verifier said of a pair."""

    pair: Pair
    score: float
    supported: bool | None
    """None: it gave no usable verdict."""
    seconds: float


def judge(pick: Pick, pairs: Sequence[Pair], threads: int = 1, progress: Progress = silent) -> list[Judged]:
    """What the verifiers say of `pairs`."""

    def judged(pair: Pair) -> Judged:
        verifier = Careful(pick(pair))
        began = time.perf_counter()
        verdict = verifier.verify(pair.claim, pair.evidence)
        supported = None if verdict.verdict == "not judged" else verdict.verdict == "supported"
        return Judged(pair, verdict.score or 0.0, supported, time.perf_counter() - began)

    return concurrency.mapped(judged, pairs, threads, progress)


def drawn(pairs: Sequence[_T], count: int | None) -> Sequence[_T]:
    """`count` of the pairs at random, always the same ones; all where it is None, or more than there are."""
    return pairs if count is None or count >= len(pairs) else random.Random(0).sample(pairs, count)


def row(judged: Sequence[Judged]) -> dict[str, Any]:
    """A row of the table for the pairs of one set, at the same threshold as all others; what was not judged is left out.

    Raises:
        ModelError: none was judged.
    """
    name = judged[0].pair.set
    usable = [(one, one.supported) for one in judged if one.supported is not None]
    if not usable:
        raise ModelError(f"the judge gave no usable verdict on any claim of {name}")
    labels = [bool(one.pair.label) for one, _ in usable]
    said = [supported for _, supported in usable]
    recalls = [word_recall(one.pair.claim, one.pair.evidence) for one, _ in usable]
    return {
        "set": name,
        "claims": len(judged),
        "not judged": len(judged) - len(usable),
        "base rate": sum(labels) / len(labels),
        "balanced accuracy": scores.balanced_accuracy(said, labels),
        "AUROC": _auroc([one.score for one, _ in usable], labels),
        "kappa": scores.kappa(said, labels),
        "words alone: balanced accuracy": scores.balanced_accuracy([recall >= RECALLED for recall in recalls], labels),
        "words alone: AUROC": _auroc(recalls, labels),
        **quantiles([one.seconds for one in judged]),
        "published": PUBLISHED.get(name, ""),
    }


def found(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """How many planted errors were found, and how many true claims were taken for one, by kind."""
    rows: list[dict[str, Any]] = []
    for kind in ("all", *dict.fromkeys(one.pair.kind for one in judged)):
        own = [one for one in judged if kind in ("all", one.pair.kind)]
        changed, true = ([one for one in own if one.pair.label == label] for label in (0, 1))
        better = [t.score > c.score for c, t in zip(changed, true, strict=True)]
        rows.append(
            {
                "changed": kind,
                "pairs": len(changed),
                "changed ones found": sum(one.supported is False for one in changed) / len(changed),
                "true ones flagged": sum(one.supported is False for one in true) / len(true),
                "true scored above changed": sum(better) / len(better),
                "AUROC": _auroc([one.score for one in own], [bool(one.pair.label) for one in own]),
            }
        )
    return rows


def _auroc(values: Sequence[float], labels: Sequence[bool]) -> float | None:
    positive = [value for value, label in zip(values, labels, strict=True) if label]
    return scores.auroc(positive, [value for value, label in zip(values, labels, strict=True) if not label])


RECALLED = 0.5
"""The share of its content words that stand in the evidence from which on words alone call a claim supported: of the steps
of 0.05 the one with the greatest mean balanced accuracy over the sets."""


def word_recall(claim: str, evidence: Sequence[str]) -> float:
    """The share of the content words of `claim` that `evidence` holds: what any judge is to be measured against."""
    wanted = set(text.content_words(claim))
    held = {word for source in evidence for word in text.content_words(source)}
    return len(wanted & held) / len(wanted) if wanted else 0.0
