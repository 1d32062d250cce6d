"""Questions that assert a figure: corrected where the figure is wrong, and only there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from assistant import Assistant

QUESTIONS = Path(__file__).parents[1] / "questions" / "quantity_questions.jsonl"
"""150 questions over the sample, written by somebody who had not seen the code."""
WORDINGS = (
    "Give 3 findings of {}.",
    "Name two results of {}",
    "Summarise {} in 2 sentences.",
    "top 5 takeaways of {}",
    "Explain {} to a 10 year old.",
    "I have 2 GPUs. What does {} need?",
    "What is {}? Answer in German.",
    "ELI5: {}",
    "Give me the 3 main points of the 2025 paper on {}",
    "Tell me about {} in 50 words",
)
"""Requests that hold a number, or say how to answer, and assert nothing."""
_NO = re.compile(r"(?:The paper says otherwise|No)[:.]")
_YES = re.compile(r"Yes[:.]")

Outcome = Literal["corrected", "confirmed", "refused", "answered"]


class Row(NamedTuple):
    """A question about a figure."""

    split: str
    kind: str
    question: str
    right: str
    """`corrects` where the figure is wrong, `grants` where it is right, `no premise` where none is asserted."""


def load() -> list[Row]:
    """The 150 questions."""
    rows = map(json.loads, QUESTIONS.read_text("utf-8").splitlines())
    return [Row(row["split"], row["kind"], row["question"], row["right"]) for row in rows]


def outcome(assistant: Assistant, question: str) -> Outcome:
    """What the answer to `question` does with the figure."""
    answer = assistant.ask(question)
    if answer.abstained:
        return "refused"
    return "corrected" if _NO.match(answer.text) else "confirmed" if _YES.match(answer.text) else "answered"


def measure(assistant: Assistant, rows: Iterable[Row]) -> dict[tuple[str, str], Counter[Outcome]]:
    """The outcomes by split and by what is right."""
    found: dict[tuple[str, str], Counter[Outcome]] = {}
    for row in rows:
        found.setdefault((row.split, row.right), Counter())[outcome(assistant, row.question)] += 1
    return found


def requests(assistant: Assistant, papers: int = 30) -> list[str]:
    """Each wording for each of the first `papers` papers whose title begins with a name."""
    titles = [paper.title.partition(":") for paper in assistant.papers()]
    names = [name for name, colon, _ in titles if colon and len(name.split()) <= 3][:papers]
    return [wording.format(name) for name in names for wording in WORDINGS]
