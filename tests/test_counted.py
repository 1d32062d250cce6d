"""Figures behind the noun that they count: read as if the noun followed, in claims and in sources."""

from __future__ import annotations

import pytest

from assistant.text.quantities import quantities
from assistant.verify.local import LocalVerifier

SOURCE = (
    "QuillSum was fine-tuned on 8,450 rulings by 26 judges. In a blind test, 17 lawyers preferred its summaries. "
    "Training took 36 hours on eight GPUs and cost 410 euros. It reads 65 pages per second."
)


@pytest.mark.parametrize(
    ("text", "kind", "noun", "unit"),
    [
        ("The number of annotated images in KelpNet is 31.", "count", "annotated images", ""),
        ("The number of images used for training was given as 31.", "count", "images", ""),
        ("The annotated images number 31.", "count", "annotated images", ""),
        ("The annotated images number 12.", "count", "annotated images", ""),
        ("The GPUs number 64.", "count", "gpus", ""),
        ("It holds annotated images (310).", "count", "images", ""),
        ("Its images amount to about 31.", "count", "images", ""),
        ("The images add up to 31.", "count", "images", ""),
        ("**Annotated images:** 31", "count", "annotated images", ""),
        ("Annotated images (KelpNet) = 31", "count", "annotated images", ""),
        ("Annotated images | 31", "count", "annotated images", ""),
        ("No. of images: 31", "count", "images", ""),
        ("It has an image count of 31.", "count", "image", ""),
        ("How many images? 31.", "count", "images", ""),
        ("As for the images, there are 31.", "count", "images", ""),
        ("It was trained on images, 31 in total.", "count", "images", ""),
        ("31 is the number of images.", "count", "images", ""),
        ("Pretraining hours: 31", "measure", "", "h"),
        ("Price (euros): 31", "money", "", "€"),
        ("Mean error in minutes: 31", "measure", "", "min"),
    ],
)
def test_the_noun_before_a_number_is_what_the_number_counts(text: str, kind: str, noun: str, unit: str) -> None:
    (read,) = quantities(text)
    assert (read.kind, read.noun, read.unit) == (kind, noun, unit)


@pytest.mark.parametrize(
    "text",
    [
        "The scores are 85 here.",
        "KelpNet: 31",
        "The groups are 31 and 20.",
        "The number of dogs and the number of cats are 31 and 20.",
    ],
)
def test_what_has_a_value_or_two_is_not_counted(text: str) -> None:
    assert {read.noun for read in quantities(text)} == {""}


def test_a_rate_before_its_number_is_per_unit_of_time() -> None:
    (read,) = quantities("Pages per second: 31")
    assert (read.noun, read.per) == ("pages", "s")


@pytest.mark.parametrize(
    ("wording", "true", "false"),
    [
        ("The number of judges is {}.", "26", "17"),
        ("In QuillSum, the rulings number {}.", "8,450", "26"),
        ("QuillSum's rulings amount to {}.", "8,450", "36"),
        ("**Rulings:** {}", "8,450", "65"),
        ("- Lawyers: {}", "17", "410"),
        ("Judges = {}", "26", "8,450"),
        ("QuillSum: Lawyers = {}", "seventeen", "eight"),
        ("QuillSum took {} training hours.", "36", "410"),
        ("Training hours: {}", "36", "17"),
        ("Pages per second: {}", "65", "36"),
        ("The training cost in euros is {}.", "410", "36"),
    ],
)
def test_a_figure_of_another_noun_is_contradicted(wording: str, true: str, false: str) -> None:
    judge = LocalVerifier()
    assert judge.verify(wording.format(true), [SOURCE]).verdict == "supported"
    assert judge.verify(wording.format(false), [SOURCE]).verdict == "contradicted"


def test_a_source_may_have_its_noun_first() -> None:
    source = ["The number of sampled wells was 418, and the villages number 29."]
    assert LocalVerifier().verify("It sampled 418 wells.", source).verdict == "supported"
    assert LocalVerifier().verify("It sampled 29 wells.", source).verdict == "contradicted"
