"""Figures of claims against short sources: 300 pairs written before the code, by somebody who had not seen the system."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ROOT

from assistant.verify.local import LocalVerifier

PAIRS: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "eval" / "questions" / "quantities.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(("split", "found", "flagged"), [("tune", 0.83, 0.13), ("held-out", 0.60, 0.38)])
def test_errors_are_found_and_true_claims_left_alone(split: str, found: float, flagged: float) -> None:
    verifier = LocalVerifier()
    verdicts = [
        (pair["label"], verifier.verify(pair["claim"], [pair["evidence"]]).verdict) for pair in PAIRS if pair["split"] == split
    ]
    wrong = [verdict for label, verdict in verdicts if label != "supported"]
    true = [verdict for label, verdict in verdicts if label == "supported"]
    assert sum(verdict in ("contradicted", "not supported") for verdict in wrong) >= found * len(wrong)
    assert sum(verdict != "supported" for verdict in true) <= flagged * len(true)
