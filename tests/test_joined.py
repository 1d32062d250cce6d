"""Claims over several papers: a relation that no paper states is not supported; what each paper says, side by side, is."""

from __future__ import annotations

import pytest

from assistant.answer import citations
from assistant.types import Claim
from assistant.verify.local import LocalVerifier, misplaced
from eval.judging import judge

KETTLE = "We train KettleNet, an open-source model for boiling. KettleNet reaches 62.5% on BrewBench and uses policy gradients."
POT = "PotFormer is a search over cups that is trained by preference. PotFormer reaches 71.0% on BrewBench with a learned critic."
verifier = LocalVerifier()


@pytest.mark.parametrize(
    "claim",
    [
        "KettleNet was trained on PotFormer.",
        "KettleNet (62.5%) outperforms PotFormer (71.0%) on BrewBench.",
        "PotFormer builds on KettleNet.",
        "KettleNet reaches 71.0% on BrewBench, while PotFormer reaches 62.5%.",
        "Both KettleNet and PotFormer use policy gradients.",
        "The best model on BrewBench is KettleNet with 62.5%.",
        "KettleNet and PotFormer reach 71.0% and 62.5% on BrewBench, respectively.",
    ],
)
def test_what_no_paper_says_of_the_other_is_not_supported(claim: str) -> None:
    found = verifier.verify(claim, [KETTLE, POT])
    assert found.verdict != "supported" and found.reasons
    assert verifier.verify(claim, [KETTLE, POT, f"As we show elsewhere, {claim}"]).verdict == "supported", "a paper says it"


@pytest.mark.parametrize(
    "claim",
    [
        "KettleNet reaches 62.5% on BrewBench, while PotFormer reaches 71.0%.",
        "KettleNet and PotFormer reach 62.5% and 71.0% on BrewBench, respectively.",
        "Both KettleNet and PotFormer report results on BrewBench.",
        "KettleNet uses policy gradients and PotFormer is trained by preference.",
        "PotFormer reaches 71.0% on BrewBench with a learned critic.",
    ],
)
def test_what_each_paper_says_is_supported_side_by_side(claim: str) -> None:
    assert verifier.verify(claim, [KETTLE, POT]).verdict == "supported"


def test_one_text_joins_nothing() -> None:
    assert (
        verifier.verify("KettleNet reaches 62.5% on BrewBench, while PotFormer reaches 71.0%.", [f"{KETTLE} {POT}"]).verdict
        == "supported"
    )


def test_sentences_about_two_papers_by_one_who_had_not_seen_the_rules() -> None:
    kept: dict[int, list[bool]] = {0: [], 1: []}
    for pair in judge.two_papers("held-out"):
        kept[pair.label].append(verifier.verify(pair.claim, pair.evidence).verdict == "supported")
    shares = {label: sum(held) / len(held) for label, held in kept.items()}
    assert shares[1] >= 0.75 and shares[0] <= 0.35, shares


def piecewise(shown: str) -> str:
    pieces = citations.cited_apart(Claim(text=citations.plain(shown), shown=shown, sources=(1, 2)))
    return misplaced([(said, frozenset(number - 1 for number in numbers)) for said, numbers in pieces], [KETTLE, POT])


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("| BrewBench | 71.0% [1] | 62.5% [2] |", "71.0%"),
        ("Results range from 71.0% [1] to 62.5% [2].", "71.0%"),
        ("KettleNet [1] and PotFormer [2] reach 71.0% and 62.5%, respectively.", "71.0"),
        ("[1] and [2] report 71.0% and 62.5%, respectively.", "71.0"),
        ("KettleNet [1] reaches 71.0%, whereas PotFormer [2] reaches 62.5%.", "71.0%"),
        ("KettleNet [1] reaches 71.0% and PotFormer [2] reaches 62.5%.", "71.0%"),
        ("A learned critic [1] and policy gradients [2] have been used.", "critic"),
        ("According to [1], it is 71.0%; according to [2], it is 62.5%.", "71.0%"),
        ("[1] reports 71.0% on BrewBench, whereas [2] reports 62.5%.", "71.0%"),
        ("Approaches include a learned critic [1] and policy gradients [2].", "gradients"),
    ],
)
def test_each_piece_is_held_against_its_own_citation(shown: str, told: str) -> None:
    assert piecewise(shown) == f"'{told}' is not in the source that is cited for it"
    assert not piecewise(shown.replace("[1]", "[9]").replace("[2]", "[1]").replace("[9]", "[2]"))


@pytest.mark.parametrize(
    "line",
    [
        "According to [1], the sensitivity is 62.5%; according to [2], it is 71.0%.",
        "KettleNet [1] reaches an F1 score of 62.5% on BrewBench, whereas PotFormer [2] reaches 71.0%.",
    ],
)
def test_a_marker_that_stands_for_its_paper_or_behind_a_subject_ends_no_sentence(line: str) -> None:
    assert [claim.shown for claim in citations.split(line, citations.Numbering(["a", "b"], []))] == [line]


@pytest.mark.parametrize(
    "shown",
    [
        "KettleNet and PotFormer are compared on BrewBench. [1][2]",
        "Both report on BrewBench [1], [2].",
        "One says so [1].",
    ],
)
def test_citations_in_one_place_cut_nothing(shown: str) -> None:
    assert citations.cited_apart(Claim(text=shown, shown=shown, sources=(1, 2))) == []
