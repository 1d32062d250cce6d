"""How well the right papers are found, and questions without an answer told apart from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assistant import Assistant
from assistant.types import Answer
from eval.runs import scores
from eval.runs.cases import Case

Row = dict[str, Any]


def retrieval(assistant: Assistant, cases: Sequence[Case]) -> list[Row]:
    """A row a question type, and one for all: recall@1/5/10, MRR and diversity over answerable questions."""
    found: dict[str, list[str]] = {}
    diversity: dict[str, float] = {}
    for case in cases:
        if case.answerable:
            hits = assistant.retriever.found(case.question, 10).hits
            found[case.id] = [hit.passage.paper.title for hit in hits]
            diversity[case.id] = scores.vendi(np.array([hit.entries[0].vector for hit in hits]))
    kinds = [*dict.fromkeys(case.type for case in cases if case.answerable), "all"]
    rows: list[Row] = []
    for kind in kinds:
        of_kind = [case for case in cases if case.id in found and kind in (case.type, "all")]

        def averaged(score: Callable[[Case], float | None], of_kind: list[Case] = of_kind) -> float | None:
            return scores.mean([score(case) for case in of_kind])

        row: Row = {"type": kind, "questions": len(of_kind)}
        for k in (1, 5, 10):
            # of several gold papers only so many fit into the first k
            row[f"recall@{k}"] = averaged(
                lambda case, k=k: _capped(scores.recall_at(k, found[case.id], case.gold), k, len(case.gold))
            )
        row["MRR"] = averaged(lambda case: scores.reciprocal_rank(found[case.id], case.gold))
        row["Vendi score of the first 10"] = averaged(lambda case: diversity[case.id])
        rows.append(row)
    return rows


def _capped(recall: float | None, k: int, gold: int) -> float | None:
    return None if recall is None else recall * gold / min(k, gold)


def answers(assistant: Assistant, cases: Sequence[Case]) -> tuple[Row, list[Row]]:
    """Refusals and quotes: who is refused, what the answers hold, whether confidence tells the two apart, and how well.

    The second is the reliability table of the confidence, over answerable and unanswerable questions; where a set has none of the
    latter, over answerable ones and those about details left out.
    """
    given: dict[str, Answer] = {case.id: assistant.ask(case.question) for case in cases}
    answerable = [case for case in cases if case.answerable]
    absent = [case for case in cases if case.type == "unanswerable"]
    details = [case for case in cases if case.type == "detail"]
    without = absent or details
    judged = [*answerable, *without]
    bins = scores.reliability([given[case.id].confidence for case in judged], [case.answerable for case in judged])
    answered = [case for case in answerable if not given[case.id].abstained]

    def matched(asked: Sequence[Case], *matches: str) -> float | None:
        return scores.mean([float(given[case.id].match in matches) for case in asked])

    figures = {
        "questions": len(cases),
        "AUROC of confidence (answerable against unanswerable)": scores.auroc(
            [given[case.id].confidence for case in answerable], [given[case.id].confidence for case in without]
        ),
        "expected calibration error, both kinds weighing the same": scores.calibration_error(bins),
        "unanswerable refused": matched(absent, "none"),
        "unanswerable refused or marked as a weak match": matched(absent, "none", "weak"),
        "details that their abstract leaves out refused": matched(details, "none"),
        "details that their abstract leaves out refused or marked as a weak match": matched(details, "none", "weak"),
        "answerable refused": matched(answerable, "none"),
        "answerable marked as a weak match": matched(answerable, "weak"),
        "key facts in the answer (refusals count as none)": scores.mean(
            [scores.key_fact_recall("" if given[c.id].abstained else given[c.id].text, c.facts) for c in answerable]
        ),
        "cited papers that are gold": scores.mean(
            [float(title in case.gold) for case in answered for title in {source.paper.title for source in given[case.id].sources}]
        ),
        "sentences an answer": scores.mean([float(len(given[case.id].claims)) for case in answered]),
    }
    table: list[Row] = [
        {
            "confidence": f"{row.low:.1f} to {row.high:.1f}",
            "questions": row.answers,
            "mean confidence": row.confidence,
            "answerable, at even odds": row.right,
        }
        for row in bins
    ]
    return figures, table
