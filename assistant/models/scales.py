"""What the cosines of an encoder mean: how they lie for questions and papers that everybody has, against those of MiniLM.

Weights of the fusion, the confidence and the margins between papers are fitted on MiniLM's cosines. Of another encoder a cosine
of 0.6 may say nothing, or all. The questions of `fitted/background.json` are put to the papers of the sample, and two numbers are
taken of each signal: its mean over all questions and papers, next to none of which belong together, and the mean over the questions
of the largest one. A line takes the one and the other to what MiniLM has there. Nobody has to know which paper answers a question.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assistant.config import SAMPLE, fitted
from assistant.text import sentences
from assistant.types import Chunk, Scale

if TYPE_CHECKING:
    from assistant.models.embedders import Local

_SIGNALS = ("dense", "sentence", "late")


class Levels(NamedTuple):
    """A signal over the questions and the papers."""

    far: float
    """Its mean over all pairs."""
    near: float
    """The mean over the questions of its largest value."""


def measured(encoder: Local) -> Scale:
    """Measure the lines of an encoder.

    Args:
        encoder: the encoder.

    Returns:
        The lines that take its levels to those of MiniLM.
    """
    known = fitted("background")["levels"]
    lines: list[tuple[float, float]] = []
    for name, here in levels(encoder).items():
        far, near = known[name]
        slope = (near - far) / max(here.near - here.far, 1e-6)
        lines.append((round(slope, 4), round(far - slope * here.far, 4)))
    return Scale(*lines)


def levels(encoder: Local) -> dict[str, Levels]:
    """The levels of an encoder by the name of the signal."""
    papers = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
    chunks = [_chunk(number, paper["abstract"]) for number, paper in enumerate(papers)]
    held = encoder.chunks([paper["title"] for paper in papers], chunks)
    rows: dict[str, list[list[float]]] = {name: [] for name in _SIGNALS}
    questions: Sequence[str] = fitted("background")["questions"]
    for question in questions:
        (query,) = encoder.query(question)
        rows["dense"].append([float(each.vector @ query.vector) for each in held])
        rows["sentence"].append([float((each.sentences @ query.vector).max()) for each in held])
        rows["late"].append([float((query.tokens @ each.tokens.T).max(axis=1).mean()) for each in held])
    tables = {name: np.array(each) for name, each in rows.items()}
    return {name: Levels(float(table.mean()), float(table.max(axis=1).mean())) for name, table in tables.items()}


def _chunk(number: int, abstract: str) -> Chunk:
    spans = tuple(sentences(abstract))
    return Chunk(id=f"{number}#0", paper_id=str(number), number=0, start=0, end=len(abstract), text=abstract, sentences=spans)
