"""Whether an outcome was increased, decreased or not different: the claim that scores highest, against the label of experts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from assistant.types import Verifier
from eval.judging.judge import FOLDER

FILE = FOLDER / "evidence_inference.jsonl"
CLAIMS = {
    "increased": "{outcome} was higher with {intervention} than with {comparator}.",
    "decreased": "{outcome} was lower with {intervention} than with {comparator}.",
    "no difference": "{outcome} did not differ between {intervention} and {comparator}.",
}
"""The claim of each label."""


def load() -> list[dict[str, str]]:
    """The rows: outcome, intervention, comparator, label, the experts' sentence of evidence, abstract; none without the file."""
    return [json.loads(line) for line in FILE.read_text("utf-8").splitlines()] if FILE.is_file() else []


def table(verifier: Verifier, rows: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """The shares of each label that are told, against the sentence of evidence and against the whole abstract."""
    found: list[dict[str, Any]] = []
    if not rows:
        return found
    for source in ("evidence", "abstract"):
        right = {label: [told(verifier, row, row[source]) == label for row in rows if row["label"] == label] for label in CLAIMS}
        found.append(
            {
                "held against": source,
                "cases": len(rows),
                "three-way accuracy": sum(map(sum, right.values())) / len(rows),
                "most frequent label": max(map(len, right.values())) / len(rows),
                **{label: sum(own) / len(own) for label, own in right.items()},
            }
        )
    return found


def told(verifier: Verifier, row: dict[str, str], evidence: str) -> str:
    """The label whose claim scores highest."""
    scores = {label: verifier.verify(claim.format_map(row), [evidence]).score or 0.0 for label, claim in CLAIMS.items()}
    return max(scores, key=lambda label: scores[label])
