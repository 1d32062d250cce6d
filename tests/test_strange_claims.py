"""Claims of six kinds by one who had seen neither the system nor its rules: how many of each are supported."""

from __future__ import annotations

import pytest

from assistant.verify.local import LocalVerifier
from eval.judging import judge


@pytest.mark.parametrize(
    ("kind", "true", "false"),
    [
        ("figure-behind-noun", 0.90, 0.25),
        ("range", 0.80, 0.05),
        ("unit-or-currency", 0.50, 0.10),
        ("hedge", 0.60, 0.65),
        ("quantifier", 0.45, 0.40),
        ("name-version", 0.85, 0.25),
    ],
)
def test_held_out_claims(kind: str, true: float, false: float) -> None:
    verifier = LocalVerifier()
    kept: dict[int, list[bool]] = {0: [], 1: []}
    for pair in judge.claims("held-out"):
        if pair.set == kind:
            kept[pair.label].append(verifier.verify(pair.claim, pair.evidence).verdict == "supported")
    shares = {label: sum(held) / len(held) for label, held in kept.items()}
    assert shares[1] >= true, shares
    assert shares[0] <= false, shares
