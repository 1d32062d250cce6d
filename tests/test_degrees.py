"""How surely, of how many and of which version a claim speaks, held against its source; the sentences were tuned on."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from assistant.verify import amounts, modality, variants
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
    [
        pytest.param("hedges", 2, 2, id="hedges"),
        pytest.param("quantifiers", 2, 1, id="quantifiers"),
        pytest.param("names", 4, 3, id="names"),
    ],
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
        ("Gulls run along the beach.", "Gulls once ran along the beach.", "the source does not say 'once'"),
    ],
)
def test_more_or_less_surely_than_the_source(source: str, claim: str, reason: str) -> None:
    assert judge(claim, source) == ("partly", (reason,))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Gulls may warn the herring.", "Gulls might warn the herring."),
        ("Our results suggest that gulls warn the herring.", "The results suggest that gulls warn the herring."),
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


@pytest.mark.parametrize(
    ("source", "claim", "reason"),
    [
        ("All gulls warn the herring.", "Few gulls warn the herring.", "the source says 'all', not 'few'"),
        ("All gulls warn the herring.", "Nearly all gulls warn the herring.", "the source says 'all', not 'nearly all'"),
        ("All gulls warn the herring.", "All gulls but one warn the herring.", "the source says 'all', not 'all but some'"),
        ("All gulls warn the herring.", "Only some gulls warn the herring.", "the source says 'all', not 'only some'"),
        ("Some gulls warn the herring.", "Most gulls warn the herring.", "the source says 'some', not 'most'"),
        ("Gulls usually warn the herring.", "Gulls always warn the herring.", "the source says 'usually', not 'always'"),
        ("Gulls warn the herring.", "A minority of gulls warn the herring.", "the source does not say 'minority'"),
        ("Few gulls warn the herring.", "Gulls warn the herring.", "the source says 'few'"),
    ],
)
def test_of_other_shares_than_the_source(source: str, claim: str, reason: str) -> None:
    assert judge(claim, source) == ("partly", (reason,))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("All gulls warn the herring.", "Every gull warns the herring."),
        ("All gulls warn the herring.", "The gulls warn the herring."),
        ("All gulls except one warn the herring.", "All gulls but one warn the herring."),
        ("Nearly all gulls warn the herring.", "Most gulls warn the herring."),
        ("Some gulls warn the herring.", "Several gulls warn the herring."),
        ("Greedy search solved 45 puzzles, beam search all 80.", "Beam search solved every puzzle."),
        ("Gulls warn the most herring.", "Gulls warn the most herring, after all."),
    ],
)
def test_of_the_shares_of_the_source(source: str, claim: str) -> None:
    assert judge(claim, source)[0] == "supported"


def test_a_share_that_another_sentence_tells() -> None:
    claim, main, other = (
        Sentence(text)
        for text in ("All gulls warn herring.", "Most gulls warn herring at night.", "All gulls warn herring by day.")
    )
    assert amounts.differing(claim, main, align(claim, main, {}), [main]) == ("all", "most")
    assert amounts.differing(claim, main, align(claim, main, {}), [main, other]) is None


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("Gullnet-2 warns the herring.", "Gullnet-2"),
        ("GullnetV2 warns the herring.", "GullnetV2"),
        ("Gullnet++ warns the herring.", "Gullnet++"),
        ("Mini-Gullnet warns the herring.", "Mini-Gullnet"),
        ("Gullnet XL warns the herring.", "Gullnet XL"),
        ("Gullnet two warns the herring.", "Gullnet two"),
        ("A copy of Gullnet warns the herring.", "copy"),
        ("Gullnet's successor warns the herring.", "successor"),
        ("Another Gullnet warns the herring.", "Another"),
    ],
)
def test_another_version_of_a_name(claim: str, named: str) -> None:
    assert judge(claim, "Gullnet warns the herring.") == ("not supported", (f"the source does not say so of '{named}'",))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Gullnet v2 warns the herring.", "GullnetV2 warns the herring."),
        ("Gullnet v2 warns the herring.", "Gullnet-2 warns the herring."),
        ("Gullnet-S warns the herring.", "Gullnet S warns the herring."),
        ("Gullnet warns the herring.", "Gullnet's warnings reach the herring."),
        ("Gullnet warns the herring.", "Gullnet-based warnings reach the herring."),
        ("A copy of Gullnet warns the herring.", "The herring hear a copy of Gullnet."),
    ],
)
def test_the_same_version_of_a_name(source: str, claim: str) -> None:
    sentences = [Sentence(source)]
    assert list(variants.others(Sentence(claim), sentences[0], sentences)) == []


def test_what_is_said_of_a_longer_name_is_not_said_of_the_shorter_one() -> None:
    assert judge("Gullnet warns the herring.", "Gullnet was trained on songs. Gullnet-S warns the herring.")[0] == "not supported"
