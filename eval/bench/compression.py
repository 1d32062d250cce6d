"""What of the facts asked for is left where a model reads only the sentences that bear on the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant import Assistant
from assistant.answer.context import bearing
from assistant.models import tokens
from eval.runs import scores
from eval.runs.cases import Case

BUDGETS = (10_000, 600, 500, 400, 300, 200)


def compression(assistant: Assistant, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """A row a budget: tokens kept and key facts left in the abstracts of the papers that a model would be given."""
    papers = assistant.settings.answer.passages
    found = {case.id: assistant.retriever.found(case.question, 10) for case in cases if case.answerable}
    rows: list[dict[str, Any]] = []
    for budget in BUDGETS:
        kept, facts = list[float | None](), list[float | None]()
        for case in cases:
            if case.id in found:
                hits = found[case.id].hits[:papers]
                text = " ".join(bearing(found[case.id], hits, budget))
                kept.append(tokens.count(text))
                facts.append(scores.key_fact_recall(text, case.facts))
        rows.append({"answer.read_tokens": budget, "tokens kept": scores.mean(kept), "key facts kept": scores.mean(facts)})
    return rows
