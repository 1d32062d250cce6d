"""Follow-ups as they are read: by rules, by a language model, and not at all.

A reading is right where the best paper for it is the paper that is asked about, and where it holds the words that the follow-up
asks for. The follow-ups (eval/questions/follow_ups.jsonl) were written from the abstracts before the rules were read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant import Assistant
from assistant.question.rewrite import ModelRewriter, standalone
from assistant.types import Value
from eval.bench.hostile import share
from eval.runs import jsonl
from eval.runs.cases import QUESTIONS, Split

Row = dict[str, Any]
Reader = Callable[[str, Sequence[str]], str]
"""A follow-up and the questions before it to a question that stands alone."""


class FollowUp(Value):
    """A question in a conversation."""

    id: str
    split: Split
    history: tuple[str, ...]
    """Questions asked before, oldest first."""
    question: str
    refers: bool
    """It cannot be understood without the history; else it is a new question."""
    gold: str
    """Title of the paper that it asks about."""
    holds: tuple[str, ...]
    """Words that the reading has to hold, in any case."""


def load() -> list[FollowUp]:
    """The follow-ups."""
    return jsonl.read(QUESTIONS / "follow_ups.jsonl", FollowUp, "follow-up")


def measure(assistant: Assistant, cases: Sequence[FollowUp], model: ModelRewriter | None) -> tuple[list[Row], dict[str, list[str]]]:
    """A row a reader with the rate of right readings, and the ids of those it reads wrongly.

    Args:
        assistant: over the papers of the sample.
        cases: the follow-ups.
        model: reads by a language model; None to leave it out.
    """
    readers: dict[str, Reader] = {"as asked": lambda question, earlier: question, "rules": standalone}
    if model:
        readers["model"] = model.standalone
    rows: list[Row] = []
    wrong: dict[str, list[str]] = {}
    for name, read in readers.items():
        right = {case.id: _right(assistant, case, read(case.question, case.history)) for case in cases}
        wrong[name] = [id for id, good in right.items() if not good]
        row: Row = {"read by": name}
        for kind, refers in (("follow-ups", True), ("new questions", False)):
            row[kind] = share([right[case.id] for case in cases if case.refers == refers])
        rows.append(row)
    return rows, wrong


def _right(assistant: Assistant, case: FollowUp, reading: str) -> bool:
    best = assistant.search(reading, 1)
    held = all(word.lower() in reading.lower() for word in case.holds)
    return held and bool(best) and best[0].paper.title == case.gold
