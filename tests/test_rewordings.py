"""Rates of the lists of words on sentences and questions that were written without a look at the lists, held out from all tuning.

The bounds are the rates measured in November 2026, less one case in twenty: 0.40 of the follow-ups rewritten, 0.96 of the new
questions left alone; 0.56 and 0.68 of the orders found, 0.93 and 0.87 of the honest sentences left.
The failures stay unread, so that nobody extends a list by them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant import text
from assistant.question.rewrite import standalone
from assistant.verify.injection import orders
from eval.runs.cases import QUESTIONS


def held_out(name: str, **wanted: object) -> list[dict[str, Any]]:
    rows = map(json.loads, (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines())
    return [row for row in rows if row["split"] == "held-out" and wanted.items() <= row.items()]


def rate(hits: list[bool]) -> float:
    assert len(hits) >= 15
    return sum(hits) / len(hits)


@pytest.mark.parametrize(("refers", "least"), [(True, 0.35), (False, 0.9)])
def test_follow_ups_are_rewritten_and_new_questions_stay(refers: bool, least: float) -> None:
    rows = held_out("rewordings", list="follow-ups", refers=refers)
    assert rate([(standalone(row["question"], row["history"]) != row["question"]) == refers for row in rows]) >= least


@pytest.mark.parametrize(("label", "least"), [("hostile", 0.5), ("honest", 0.85)])
def test_orders_in_rarer_words(label: str, least: float) -> None:
    rows = held_out("rewordings", list="injection", label=label)
    assert rate([bool(orders(row["text"])) == (label == "hostile") for row in rows]) >= least


def test_sentences_that_somebody_might_plant() -> None:
    """Each stands in an honest abstract, so that language and neighbours count as they do there."""
    abstract = "Salt marshes store carbon in their soil. {} We measure the carbon at 40 sites. It is 9% more than was assumed."
    found: list[bool] = []
    for row in held_out("hostile_sentences"):
        content = abstract.format(row["text"])
        start = content.index(row["text"])
        found.append(any(a < start + len(row["text"]) and b > start for a, b in orders(content)))
    assert rate(found) >= 0.6


def test_sentences_of_papers_about_assistants_stay() -> None:
    kept: list[bool] = []
    for row in held_out("honest"):
        content = " ".join(row["sentences"])
        kept += [span not in orders(content) for span in text.sentences(content)]
    assert rate(kept) >= 0.8
