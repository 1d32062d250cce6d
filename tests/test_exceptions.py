"""What a source excepts, in a claim that drops the exception, turns it round, or says it in other words."""

from __future__ import annotations

import pytest

from assistant.verify.local import LocalVerifier


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The proof holds if the hedge is dense.", "The proof holds unless the hedge is dense."),
        ("The proof holds when the hedge is dense.", "Unless the hedge is dense, the proof holds."),
        ("The gate opens unless two keys are turned.", "The gate opens when two keys are turned."),
        ("TopiaryNet works on HedgeBench.", "TopiaryNet works on all sets except HedgeBench."),
        ("The gardeners were paid.", "Everyone apart from the gardeners was paid."),
        ("The owls sang at dawn.", "Apart from the owls, all birds sang at dawn."),
        ("Two hedges grew in a month.", "All hedges but two grew in a month."),
        ("Box hedges grew in a month.", "All hedges other than box grew in a month."),
        ("With labels, TopiaryNet fails on night scenes.", "Without labels, TopiaryNet fails on night scenes."),
        ("The maze did not keep its walls.", "No garden except the maze kept its walls."),
    ],
)
def test_an_exception_that_is_dropped_or_turned_is_contradicted(claim: str, source: str) -> None:
    verdict = LocalVerifier().verify(claim, [source])
    assert verdict.verdict == "contradicted", verdict


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The proof holds unless the hedge is dense.", "Unless the hedge is dense, the proof holds."),
        ("The proof does not hold if the hedge is dense.", "The proof holds unless the hedge is dense."),
        ("If the sensor is not cooled, its noise doubles.", "Unless the sensor is cooled, its noise doubles."),
        ("The gardeners were not paid.", "Everyone apart from the gardeners was paid."),
        ("The tax does not apply to banks.", "The tax applies to all firms except banks."),
        ("Three hedges did not pass the test.", "All hedges but three passed the test."),
        ("The maze kept its walls.", "No garden except the maze kept its walls."),
        ("TopiaryNet fails on night scenes without labels.", "Without labels, TopiaryNet fails on night scenes."),
        ("With and without labels, TopiaryNet fails at night.", "TopiaryNet fails at night with and without labels."),
        ("Apart from its speed, TopiaryNet improves accuracy.", "Apart from speed, TopiaryNet improves accuracy."),
        ("Unless the hedge is tall, pruning is easy.", "Except where the hedge is tall, pruning is easy."),
    ],
)
def test_an_exception_in_other_words_is_supported(claim: str, source: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"
