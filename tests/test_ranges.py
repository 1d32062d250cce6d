"""Ranges of claims: both ends stand in the source, or the claim is at most partly supported and the ends are named."""

from __future__ import annotations

import pytest

from assistant.verify.local import LocalVerifier

SOURCE = (
    "FerryNet answers 450 queries per second on two GPUs. The mean error falls from 11.2 minutes to 7.8 minutes. Each sensor costs "
    "65 euros, and its battery lasts for seven months. Precision is 0.91 and recall is 0.83. Doses ranged from 5 to 20 mg."
)


@pytest.mark.parametrize(
    "claim",
    [
        "The mean error is between 7.8 and 11.2 minutes.",
        "The mean error is 8 to 11 minutes.",
        "Precision and recall lie between 83% and 91%.",
        "Doses were 5-20 mg.",
        "Doses were 0.005 to 0.02 g.",
        "The mean error falls to between 7 and 8 minutes.",
    ],
)
def test_a_range_with_ends_of_the_source_is_supported(claim: str) -> None:
    assert LocalVerifier().verify(claim, [SOURCE]).verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "ends"),
    [
        ("FerryNet answers 450 to 900 queries per second on two GPUs.", "900 of"),
        ("FerryNet answers 400-450 queries per second on two GPUs.", "400 of"),
        ("FerryNet answers between 400 and 500 queries per second on two GPUs.", "400 and 500 is"),
        ("Each sensor costs 65–90 euros.", "90 euros of"),
        ("The battery of each sensor lasts for seven to twelve months.", "twelve months of"),
        ("Precision is 0.85 to 0.95.", "0.85 to 0.95 is"),
    ],
)
def test_an_invented_end_is_named(claim: str, ends: str) -> None:
    verdict = LocalVerifier().verify(claim, [SOURCE])
    assert verdict.verdict in ("partly", "not supported")
    assert verdict.reasons[0].startswith(ends)


def test_a_figure_of_another_noun_is_no_end() -> None:
    source = ["The network has 14 layers and answers 450 queries per second."]
    assert LocalVerifier().verify("The network has 14 to 450 layers.", source).verdict != "supported"
