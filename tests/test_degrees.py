"""How surely, of how many and of which version a claim speaks, held against its source; the sentences were tuned on."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from assistant.verify import modality
from assistant.verify.alignment import Sentence, align
from assistant.verify.local import LocalVerifier


@cache
def verdicts(kind: str) -> tuple[Counter[str], Counter[str]]:
    """The verdicts on the true sentences of a kind, and on the false ones."""
    rows = [json.loads(line) for line in (Path(__file__).parent / "data/degrees.jsonl").read_text("utf-8").splitlines()]
    verifier = LocalVerifier()
    true, false = (
        Counter(verifier.verify(claim, [row["evidence"]]).verdict for row in rows if row["kind"] == kind for claim in row[name])
        for name in ("true", "false")
    )
    return true, false


@pytest.mark.parametrize(
    ("kind", "wrongly_accused", "missed"),
    [pytest.param("hedges", 2, 2, id="hedges")],
)
def test_degrees(kind: str, wrongly_accused: int, missed: int) -> None:
    true, false = verdicts(kind)
    assert true.total() >= 40
    assert false.total() >= 40
    assert true.total() - true["supported"] <= wrongly_accused
    assert false["supported"] <= missed


def judge(claim: str, source: str) -> tuple[str, tuple[str, ...]]:
    verdict = LocalVerifier().verify(claim, [f"We study birds in cold seas. {source} The code is open."])
    return verdict.verdict, verdict.reasons


@pytest.mark.parametrize(
    ("source", "claim", "reason"),
    [
        ("Gulls may warn the herring.", "Gulls warn the herring.", "the source says 'may'"),
        ("Perhaps gulls warn the herring.", "Gulls warn the herring.", "the source says 'perhaps'"),
        ("We hypothesise that gulls warn the herring.", "Gulls warn the herring.", "the source says 'hypothesise'"),
        ("Gulls are expected to warn the herring.", "Gulls warned the herring.", "the source says 'expected'"),
        ("Gulls warn the herring.", "Gulls would warn the herring.", "the source does not say 'would'"),
        ("Gulls warn the herring.", "Gulls are meant to warn the herring.", "the source does not say 'meant'"),
        ("Gulls warn the herring.", "Gulls used to warn the herring.", "the source does not say 'used'"),
        ("Gulls warned the herring.", "Gulls once warned the herring.", "the source does not say 'once'"),
    ],
)
def test_more_or_less_surely_than_the_source(source: str, claim: str, reason: str) -> None:
    assert judge(claim, source) == ("partly", (reason,))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Gulls may warn the herring.", "Gulls might warn the herring."),
        ("Gulls may warn the herring. We found that gulls warn the herring.", "Gulls warn the herring."),
        ("Gulls warn the herring and may follow the boats.", "Gulls warn the herring."),
        ("Gulls warn the herring.", "Gulls can warn the herring."),
        ("The bell is used to warn the herring.", "The bell is used to warn herring."),
        ("In May gulls warned the herring.", "Gulls warned the herring in May."),
    ],
)
def test_as_surely_as_the_source(source: str, claim: str) -> None:
    assert judge(claim, source)[0] == "supported"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Once the model is trained, it may forget.", [("may", "possible")]),
        ("The bell is used to warn ships.", []),
        ("The bell used to warn ships.", [("used", "past")]),
        ("It remains unclear whether ships hear.", [("unclear", "possible"), ("whether", "possible")]),
        ("Ships need a plan to leave.", []),
        ("Perhaps surprisingly, ships left.", []),
    ],
)
def test_cues(sentence: str, said: list[tuple[str, str]]) -> None:
    taken = Sentence(sentence)
    assert [(taken.words[cue.place].text, cue.level) for cue in modality.cues(taken)] == said


def test_far_wording_is_left_to_the_trees() -> None:
    claim, source = Sentence("Gulls help fishing boats."), Sentence("Gulls may warn the herring of hunters at night.")
    assert modality.shifted(claim, source, align(claim, source, {}), [source]) is None
