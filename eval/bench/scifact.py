"""Retrieval on SciFact (Wadden et al. 2020) in its BEIR form (Thakur et al. 2021), beside what others published."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assistant import Assistant
from assistant.cli import progress
from assistant.sources.papers import paper_id
from eval.runs import scores, stats
from eval.runs.timing import quantiles

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "retrieval" / "scifact"
"""Beside the project where it is developed; it is not part of it."""
FUSIONS = ("dense", "lexical", "rank", "score")
"""Values of the setting search.fusion."""
PUBLISHED = {
    "BM25": "0.665 to 0.687",
    "all-MiniLM-L6-v2": "0.645",
    "all-mpnet-base-v2": "0.656",
    "e5-small-v2": "0.689",
    "bge-small": "0.713",
    "gte-small": "0.727",
    "bge-base": "0.743",
}
"""System -> nDCG@10 on the test queries as published."""

Row = dict[str, Any]


class Question(NamedTuple):
    """A query with its judgments."""

    text: str
    grades: dict[str, int]
    """Id of a document -> how relevant it is; those left out are not."""


def load(folder: Path, split: str) -> list[Question]:
    """The queries that have judgments in `split`, in the order of the file."""
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        texts = {line["_id"]: line["text"] for line in map(json.loads, lines)}
    grades: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            grades.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return [Question(texts[key], own) for key, own in grades.items()]


def ingest(home: Path, folder: Path, flags: Sequence[str] = ()) -> dict[str, list[str]]:
    """Bring the library under `home` level with the corpus; returns paper id -> ids of its documents.

    Alike titles are one paper to the product, which keeps the text met last; the paper then stands for all of them.
    """
    documents: dict[str, list[str]] = {}
    file = home / "corpus.jsonl"
    home.mkdir(parents=True, exist_ok=True)
    with (folder / "corpus.jsonl").open(encoding="utf-8") as corpus, file.open("w", encoding="utf-8") as lines:
        for document in map(json.loads, corpus):
            documents.setdefault(paper_id(document["title"].strip()), []).append(document["_id"])
            lines.write(json.dumps({"title": document["title"], "abstract": document["text"]}) + "\n")
    with Assistant.open(home, set=flags) as assistant, progress("papers") as moved:
        assistant.ingest(file, progress=moved)
    file.unlink()
    return documents


def measure(home: Path, documents: dict[str, list[str]], questions: Sequence[Question], flags: Sequence[str] = ()) -> list[Row]:
    """A row a fusion: nDCG@10 with its 95% interval and the milliseconds of a search for ten papers, and recall@100.

    `score` looks closely at its short list only, 200 chunks for a hundred papers, and the others rank all that was proposed.
    """
    rows: list[Row] = []
    for fusion in FUSIONS:
        shallow, times = _ranked(home, documents, questions, 10, (*flags, f"search.fusion={fusion}"))
        # as many chunks as make a hundred papers
        deep, _ = _ranked(home, documents, questions, 100, (*flags, f"search.fusion={fusion}", "search.candidates=250"))
        gains = [scores.ndcg_at(10, ranked, question.grades) for ranked, question in zip(shallow, questions, strict=True)]
        recalls = [
            scores.recall_at(100, ranked, [key for key, grade in question.grades.items() if grade > 0])
            for ranked, question in zip(deep, questions, strict=True)
        ]
        rows.append(
            {
                "system": fusion,
                "nDCG@10": scores.mean(gains),
                "95%": (estimate.low, estimate.high) if (estimate := _interval(gains)) else None,
                "recall@100": scores.mean(recalls),
                "p50_ms": quantiles(times)["p50_ms"],
            }
        )
    return rows


def _interval(gains: Sequence[float | None]) -> stats.Estimate | None:
    """Each question is a cluster of its own."""
    return stats.interval(np.array(gains, np.float64), np.arange(len(gains)), rounds=2000)


def _ranked(
    home: Path, documents: dict[str, list[str]], questions: Sequence[Question], k: int, flags: Sequence[str]
) -> tuple[list[list[str]], list[float]]:
    """The documents found for each question, best first, and the seconds that each search took."""
    found: list[list[str]] = []
    times: list[float] = []
    with Assistant.open(home, set=flags) as assistant:
        assistant.search(questions[0].text, k)  # opens the library and loads the embedder
        for question in questions:
            began = time.perf_counter()
            passages = assistant.search(question.text, k)
            times.append(time.perf_counter() - began)
            found.append([key for passage in passages for key in documents[passage.paper.id]][:k])
    return found, times
