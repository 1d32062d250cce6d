"""Questions that the records of papers answer, over the 889 records of DeepScholar-bench: is what the record holds told?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from assistant import Answer, Assistant, text
from assistant.types import Value
from eval.runs import cases, jsonl

FILE = Path(__file__).parents[3] / "shared" / "data" / "abstracts" / "deepscholar.jsonl"
"""Beside the project where it is developed; it is not part of it."""


class Question(Value):
    """A question with what is right."""

    id: str
    split: Literal["tune", "held-out"]
    kind: str
    question: str
    gold: tuple[str, ...] | None = None
    """Titles of the papers: all that are listed, or, with `values`, the one that is asked about."""
    values: tuple[str, ...] | None = None
    """What the answer has to say of the record."""
    held: bool = True
    """False where the library holds no such thing, which the answer has to say."""
    count: int | None = None
    """The number of papers that the answer has to tell."""
    any: tuple[str, ...] | None = None
    """Titles of the newest, or oldest, papers by the year of their records; one of these is to be listed, and no other."""
    cited: tuple[str, ...] | None = None
    """Titles of the papers that the quotes have to come from."""


def load(split: Literal["tune", "held-out"]) -> list[Question]:
    """The questions of `split`."""
    cases.permitted((split,))
    return [one for one in jsonl.read(cases.QUESTIONS / "records.jsonl", Question, "question") if one.split == split]


def right(asked: Question, answer: Answer) -> bool:
    """Whether an answer tells what the records hold."""
    said = text.fold(answer.text)
    listed = {text.title_key(each.paper.title) for each in answer.listing.papers} if answer.listing else set[str]()
    cited = {text.title_key(source.paper.title) for source in answer.sources}
    if not asked.held:
        return not answer.abstained and "the library holds no" in said and all(text.fold(each) in said for each in asked.gold or ())
    if asked.values is not None:
        return all(text.fold(value) in said for value in asked.values) and cited == _keys(asked.gold)
    if asked.count is not None:
        figures = [int(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*", answer.text)]
        return bool(answer.listing) and figures[:1] == [asked.count]
    if asked.any is not None:
        return bool(listed) and listed <= _keys(asked.any)
    if asked.cited is not None:
        return not answer.abstained and cited == _keys(asked.cited)
    return listed == _keys(asked.gold)


def _keys(titles: Sequence[str] | None) -> set[str]:
    return {text.title_key(title) for title in titles or ()}


def measure(assistant: Assistant, questions: Sequence[Question]) -> tuple[list[dict[str, Any]], list[str]]:
    """Ask all questions.

    Returns:
        A row for each kind and for all, with the share answered rightly and its 95% interval; and the ids of the others.
    """
    marks = {one.id: right(one, assistant.ask(one.question)) for one in questions}
    rows: list[dict[str, Any]] = []
    for kind in ("all", *dict.fromkeys(one.kind for one in questions)):
        own = [marks[one.id] for one in questions if kind in ("all", one.kind)]
        rows.append({"kind": kind, "questions": len(own), "right": sum(own) / len(own)})
    return rows, [id for id, mark in marks.items() if not mark]
