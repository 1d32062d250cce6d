"""What each flow gives on the same questions, so that the default is chosen by measurement."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from assistant import Assistant
from assistant.answer.flows import FLOWS
from eval.bench.retrieval import answers
from eval.runs.cases import Case

_SHOWN = {
    "unanswerable refused": "unanswerable refused",
    "answerable refused": "answerable refused",
    "key facts in the answer (refusals count as none)": "key facts",
    "cited papers that are gold": "cited papers that are gold",
    "sentences an answer": "sentences",
}


def flows(home: Assistant, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """A row a flow, each over the library of `home`."""
    rows: list[dict[str, Any]] = []
    for name in FLOWS:
        with Assistant.open(home.home, set=[f"answer.flow={name}"]) as assistant:
            figures, _ = answers(assistant, cases)
            seconds = [assistant.ask(case.question).usage.seconds for case in cases]
        shown = {short: figures[long] for long, short in _SHOWN.items()}
        rows.append({"flow": name, **shown, "p50 ms": round(statistics.median(seconds) * 1000, 1)})
    return rows
