"""Figures of a claim beside the words that its source has beside another figure."""

from __future__ import annotations

import pytest

from assistant.verify.local import LocalVerifier

SCORES = "On MoleBench, VOLE reaches 91.4% accuracy, while KITE reaches 88.2%."
TIMES = "Training takes 3 hours and inference takes 5 ms on one GPU."
ERRORS = "Error was 8.2% for boys and 4.1% for girls."
RISES = "Recall rose by 12% in adults and by 5% in children."


@pytest.mark.parametrize(
    ("source", "claim", "reason"),
    [
        (
            SCORES,
            "On MoleBench, VOLE reaches 88.2% accuracy, while KITE reaches 91.4%.",
            "the source says 91.4% of 'accuracy', not 88.2%",
        ),
        (TIMES, "Training takes 5 ms and inference takes 3 hours on one GPU.", "the source says 3 hours of 'Training', not 5 ms"),
        (ERRORS, "Error was 4.1% for boys and 8.2% for girls.", "the source says 8.2% of 'boys', not 4.1%"),
        (ERRORS, "Error was 4.1% for boys.", "the source says 8.2% of 'boys', not 4.1%"),
        (RISES, "Recall rose by 5% in adults.", "the source says 12% of 'adults', not 5%"),
    ],
)
def test_a_figure_beside_the_words_of_another_is_contradicted(source: str, claim: str, reason: str) -> None:
    found = LocalVerifier().verify(claim, [source])
    assert found.verdict == "contradicted" and reason in found.reasons


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (SCORES, "KITE reaches 88.2%, and VOLE reaches 91.4% accuracy on MoleBench."),
        (TIMES, "Inference takes 5 ms, training 3 hours."),
        (ERRORS, "For girls the error was 4.1%, and for boys 8.2%."),
        (ERRORS, "Girls had 4.1% and boys 8.2% error."),
        (ERRORS, "Error was 4.1%."),
        (RISES, "In children recall rose by 5%."),
        ("Precision and recall were 0.91 and 0.72, respectively.", "Precision was 0.91 and recall was 0.72."),
    ],
)
def test_a_figure_beside_its_own_words_is_supported(source: str, claim: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"


def test_a_source_without_words_pairs_nothing() -> None:
    assert LocalVerifier().verify("Error was 4.1% for boys.", ["?!"]).verdict == "not supported"


@pytest.mark.parametrize(
    ("source", "claim", "reason"),
    [
        (
            "Accuracy rose to 42% with labels.",
            "Accuracy rose by 42% with labels.",
            "the source says to 42%, not by 42%",
        ),
        ("Error drops by 8 points.", "Error drops to 8 points.", "the source says by 8 points, not to 8 points"),
        ("Latency was reduced by about 40 ms.", "Latency was reduced to 40 ms.", "the source says by 40 ms, not to 40 ms"),
        ("We see a 12% relative increase in yield.", "Yield increased to 12%.", "the source says by 12%, not to 12%"),
        ("Bycatch fell to 6 per haul.", "Bycatch fell by 6 per haul.", "the source says to 6, not by 6"),
    ],
)
def test_by_for_to_is_contradicted(source: str, claim: str, reason: str) -> None:
    found = LocalVerifier().verify(claim, [source])
    assert found.verdict == "contradicted" and reason in found.reasons


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Accuracy rose by 12% to 42%.", "Accuracy rose to 42%."),
        ("Accuracy rose by 12% to 42%.", "Accuracy rose by 12%."),
        ("Accuracy improves from 30% to 42%.", "Accuracy improves by 12 points to 42%."),
        ("We see a 12% increase in accuracy.", "Accuracy rose by 12%."),
        ("Accuracy reaches 42%.", "Accuracy rose to 42%."),
        ("Losses fell by up to 40%.", "Losses fell up to 40%."),
        ("The catch fell by 5 to 10%.", "The catch fell by 5 to 10%."),
    ],
)
def test_by_and_to_as_in_the_source_are_supported(source: str, claim: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"
