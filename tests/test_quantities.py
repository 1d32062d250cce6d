"""Quantities in text: what is one and what it says, how two compare, what arithmetic gives, and what a source says of a claim."""

from __future__ import annotations

import json
import time
from math import inf
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from assistant.text import sentences
from assistant.text.quantities import Quantity, compare, derived, judged, quantities, same_quantity
from assistant.text.reading import _quantities  # pyright: ignore[reportPrivateUsage]
from assistant.text.view import View

CASES = Path(__file__).parents[2] / "shared" / "cases"


def read(text: str) -> list[tuple[float, str]]:
    return [(round(quantity.value, 6), quantity.unit) for quantity in quantities(View(text).text)]


def only(text: str) -> Quantity:
    (quantity,) = quantities(View(text).text)
    return quantity


# Reading


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        (r"12.4\%", 12.4, "%"),
        ("12.4 %", 12.4, "%"),
        ("12.4 percent", 12.4, "%"),
        ("12.4 per cent", 12.4, "%"),
        ("12·4%", 12.4, "%"),
        ("12.4 percentage points", 12.4, "points"),
        ("12.4 BLEU points", 12.4, "points"),
        ("3x", 3, "x"),
        ("3 times", 3, "x"),
        ("three times", 3, "x"),
        ("threefold", 3, "x"),
        ("3-fold", 3, "x"),
        ("tripled", 3, "x"),
        (r"20$\times$", 20, "x"),
        (r"2{\texttimes}", 2, "x"),
        ("1.64M", 1_640_000, ""),
        ("1.64 million", 1_640_000, ""),
        ("1,640,000", 1_640_000, ""),
        ("1.640.000", 1_640_000, ""),
        ("1 640 000", 1_640_000, ""),
        ("1\u2009640\u202f000", 1_640_000, ""),
        (r"3\,000", 3000, ""),
        ("26, 000", 26_000, ""),
        (r"$1.2\times10^6$", 1_200_000, ""),
        (r"$3\times10^{-4}$", 0.0003, ""),
        ("5.6 &times; 10<sup>3</sup>", 5600, ""),
        ("1e-3", 0.001, ""),
        ("10⁶", 1_000_000, ""),
        ("two hundred", 200, ""),
        ("a hundred and twenty", 120, ""),
        ("twenty-nine", 29, ""),
        ("half a million", 500_000, ""),
        ("a dozen", 12, ""),
        ("two dozen", 24, ""),
        ("four dozen", 48, ""),
        ("half", 50, "%"),
        ("two thirds", 66.666667, "%"),
        ("four fifths", 80, "%"),
        ("a tenth of them", 10, "%"),
        ("one in five", 20, "%"),
        ("two out of three", 66.666667, "%"),
        ("halves", 2, "x"),
        ("an order of magnitude", 10, "x"),
        ("two orders of magnitude", 100, "x"),
        ("5 GB", 5, "GB"),
        ("5GB", 5, "GB"),
        ("24 hours", 24, "h"),
        ("an hour and a half", 1.5, "h"),
        ("half an hour", 0.5, "h"),
        ("8 minutes and 30 seconds", 8.5, "min"),
        ("10ms", 10, "ms"),
        ("12 GPU hours", 12, "GPU h"),
        ("8 GPUs", 8, ""),
        ("4-bit", 4, "bit"),
        ("7B", 7e9, ""),
        ("{\\$}40", 40, "$"),
        ("$1.5 million", 1_500_000, "$"),
        ("40 euros", 40, "€"),
        ("31 °C", 31, "°C"),
        ("the third", 3, "th"),
        ("2nd", 2, "th"),
        (".5", 0.5, ""),
    ],
)
def test_a_quantity_is_read_with_its_unit(written: str, value: float, unit: str) -> None:
    assert read(f"It is {written} here.") == [(value, unit)]


@pytest.mark.parametrize(
    "name",
    ["GPT-4", "V2", "miniF2F", "Llama-2-7B", "top-5", "pass@32", "4o", "F1", "R1-Distill-Qwen-7B", "3D", "5-shot", "Table 2"]
    + [
        "Llama 3",
        "version 2.1",
        "2024-05-01",
        "10:30",
        "2310.12345",
        "v1.2.3",
        "AIME'24",
        "[12]",
        "12 March",
        "March 12",
        "Phase 3",
    ]
    + ["double-blind", "two-step", "10-fold cross-validation", "second-order", "The Four Seasons"],
)
def test_what_is_part_of_a_name_is_no_quantity(name: str) -> None:
    assert read(f"We use {name} here.") == []


@pytest.mark.parametrize(
    ("text", "kind", "noun"),
    [
        ("It solves 86 hidden problems at once.", "count", "hidden problems"),
        ("It solves 7 of the puzzles.", "count", "puzzles"),
        ("It holds 12.000 letters.", "count", "letters"),
        ("An 8B model is small.", "count", "parameters"),
        ("It has 8B parameters.", "count", "parameters"),
        ("It finds 81.4% of the gold boundaries.", "share", "gold boundaries"),
        ("It was found in 2019.", "year", ""),
        ("From 2017-2022 it ran.", "year", ""),
        ("It saw 2000 images.", "count", "images"),
        ("It reaches 57.6 on the set.", "number", ""),
        ("It is 24% smaller.", "change", ""),
        ("It cuts the cost by 38%.", "change", ""),
        ("It reaches 38% on the set.", "share", ""),
        ("It came second.", "rank", ""),
    ],
)
def test_kind_and_noun_are_told_by_what_stands_around(text: str, kind: str, noun: str) -> None:
    assert (only(text).kind, only(text).noun) == (kind, noun)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("more than 90,000 words", 90_000, inf),
        ("over 80 words", 80, inf),
        ("{\\textgreater}5 words", 5, inf),
        ("100+ words", 100, inf),
        ("3 or more words", 3, inf),
        ("at least 3 words", 3, inf),
        ("no fewer than 3 words", 3, inf),
        ("fewer than 3 words", -inf, 3),
        ("under 50 ms", -inf, 50),
        ("at most 3 words", -inf, 3),
        ("no more than 3 words", -inf, 3),
        ("no text is longer than 3 words", -inf, 3),
        ("up to 38%", -inf, 38),
        ("within $\\pm$4.1 ppm", -inf, 4.1),
        ("about 80%", 76, 84),
        ("{\\textasciitilde}40 words", 38, 42),
        ("roughly 76 words", 75, 77),
        ("nearly 97,000 words", 96_000, 97_000),
        ("between 18 and 22 words", 18, 22),
        ("18-22 h", 18, 22),
        ("12{\\textendash}15 minutes", 12, 15),
        ("4 to 9 days", 4, 9),
        ("ranging from 4 to 9 days", 4, 9),
        ("1-2 million words", 1e6, 2e6),
        ("hundreds of words", 200, 1000),
        ("tens of thousands of words", 2e4, 1e5),
        ("a majority of the words", 50, 100),
        ("an average over 3 runs", 3, 3),
        ("gains over 3 baselines", 3, 3),
        ("within two settings", 2, 2),
    ],
)
def test_bounds_and_ranges_are_intervals(text: str, low: float, high: float) -> None:
    assert (only(text).low, only(text).high) == (low, high)


@pytest.mark.parametrize(
    "text", ["Scores rose from 61.2 to 73.9.", "It cuts the queue from 12 minutes to 6.", "Up to 42, from 31 to 42."]
)
def test_from_one_to_another_is_a_pair_and_no_range(text: str) -> None:
    assert [quantity.role for quantity in quantities(text)][-2:] == ["from", "to"]


def test_a_decade_has_no_seconds() -> None:
    assert read("It was so since the 1980s.") == [(1980, "")]


# Comparing


@pytest.mark.parametrize(
    ("claim", "source", "relation"),
    [
        ("12.4%", "12.4 percent", "holds"),
        ("12.4%", "12.5%", "conflicts"),
        ("12%", "12.4%", "holds"),
        ("13%", "12.4%", "conflicts"),
        ("1.6M", "1.64 million", "holds"),
        ("1.7M", "1.64 million", "conflicts"),
        ("45%", "0.45", "holds"),
        ("5 ms", "5 s", "conflicts"),
        ("5 ms", "0.005 s", "holds"),
        ("5 ms", "5 GB", "unrelated"),
        ("2", "2.4", "conflicts"),
        ("7.6 points", "7.6%", "holds"),
        ("twice", "2x", "holds"),
        ("more than 90,000 words", "96,962 words", "holds"),
        ("over 100,000 words", "96,962 words", "conflicts"),
        ("nearly 97,000 words", "96,962 words", "holds"),
        ("97,000 words", "96,962 words", "holds"),
        ("more than 97,000 words", "96,962 words", "conflicts"),
        ("6000.0 words a day", "5999.75 words a day", "conflicts"),
        ("at least 96,000 words", "96,962 words", "holds"),
        ("tens of thousands of words", "96,962 words", "holds"),
        ("90 words", "86 words", "conflicts"),
        ("86 words", "86 towns", "unrelated"),
        ("86 tasks", "86 problems", "holds"),
        ("almost 85%", "84.6%", "holds"),
        ("more than 85%", "84.6%", "conflicts"),
        ("at most 38%", "up to 38%", "holds"),
        ("exactly 38%", "up to 38%", "conflicts"),
        ("38%", "up to 38%", "conflicts"),
        ("up to 45%", "up to 38%", "conflicts"),
        ("as much as 38%", "up to 38%", "holds"),
        ("more than 40%", "up to 38%", "conflicts"),
        ("over 400 words", "more than 500 words", "holds"),
        ("over 700 words", "more than 500 words", "unrelated"),
        ("fewer than 400 words", "more than 500 words", "conflicts"),
        ("exactly 300 words", "roughly 300 words", "conflicts"),
        ("300 words", "roughly 300 words", "holds"),
        ("297 words", "roughly 300 words", "unrelated"),
        ("between 18 and 22 minutes", "20 minutes", "holds"),
        ("25 to 30 minutes", "20 minutes", "conflicts"),
        ("9 to 14 days", "4 to 9 days", "conflicts"),
        ("at least 18 h", "18-22 h", "holds"),
        ("12 h", "18-22 h", "conflicts"),
        ("3.4 times as fast", "240% faster", "holds"),
        ("2.4 times as fast", "240% faster", "conflicts"),
        ("3.4x faster", "3.4 times as fast", "holds"),
        ("80x larger", "80x smaller", "conflicts"),
        ("50% smaller", "half of it", "holds"),
        ("a third of the time", "three times as fast", "holds"),
        ("almost two orders of magnitude smaller", "80x smaller", "holds"),
        ("$40", "40 dollars", "holds"),
        ("$40", "40 euros", "unrelated"),
        ("5 mg a day", "5 mg per week", "conflicts"),
        ("a third of them", "33%", "holds"),
        ("one in four", "20%", "conflicts"),
        ("7B", "7 s", "unrelated"),
    ],
)
def test_a_claim_is_compared_with_a_source(claim: str, source: str, relation: str) -> None:
    assert compare(only(f"It is {claim}."), only(f"It is {source}.")) == relation


@pytest.mark.parametrize(
    ("claim", "source", "relation"),
    [
        ("70 puzzles", "3B parameters", "unrelated"),
        ("97.6% of them", "57.6 ms", "unrelated"),
        ("2019", "2,019 towns", "unrelated"),
        ("3 findings", "3B parameters", "unrelated"),
    ],
)
def test_other_dimensions_and_nouns_say_nothing(claim: str, source: str, relation: str) -> None:
    assert compare(only(f"It was {claim}."), only(f"It has {source}.")) == relation


# Arithmetic


def test_arithmetic_of_one_sentence() -> None:
    made = derived(quantities("Accuracy rose from 61.2% to 73.9% with it."))
    assert [(quantity.kind, round(quantity.value, 2), quantity.manner) for quantity in made] == [
        ("points", 12.7, "more"),
        ("ratio", 1.21, "more"),
        ("change", 20.75, "more"),
    ]
    made = derived(quantities("It fails 9 of 40 tasks."))
    assert [(quantity.role, quantity.unit, quantity.value) for quantity in made] == [
        ("part", "%", 22.5),
        ("rest", "", 31),
        ("rest", "%", 77.5),
    ]
    made = derived(quantities("Eleven men and nine women came."))
    assert [(quantity.unit, quantity.value) for quantity in made] == [("", 2), ("", 20), ("%", 55), ("%", 45)]


# What a source says of a claim


def verdict(claim: str, source: str) -> str:
    relations = {judgement.relation for judgement in judged(View(claim).text, View(source).text)}
    return "conflicts" if "conflicts" in relations else "unrelated" if "unrelated" in relations else "holds"


@pytest.mark.parametrize(
    ("source", "claim", "relation"),
    [
        ("The model fails on 9 of 40 tasks.", "The model solves 31 tasks.", "holds"),
        ("The model fails on 9 of 40 tasks.", "The model fails on 31 of 40 tasks.", "conflicts"),
        ("The model fails on 9 of 40 tasks.", "The model solves more than three quarters of the tasks.", "holds"),
        ("Birch found 3 of 25 bugs.", "Birch found fewer than one in five bugs.", "holds"),
        ("Birch found 3 of 25 bugs.", "Birch found a quarter of the bugs.", "conflicts"),
        ("Eleven men and nine women came.", "More than half of those who came were women.", "conflicts"),
        ("Eleven men and nine women came.", "More than half of those who came were men.", "holds"),
        ("Of 200 patients, 130 recovered.", "65% of the patients recovered.", "holds"),
        ("Of 200 patients, 70 recovered.", "A majority of the patients recovered.", "conflicts"),
        ("Accuracy goes from 61.2 to 73.9.", "Accuracy improves by more than 12 points.", "holds"),
        ("Accuracy goes from 61.2 to 73.9.", "Accuracy improves by more than 15 points.", "conflicts"),
        ("Recall climbs from 50% to 60%.", "Recall climbs by 20 percentage points.", "conflicts"),
        ("Latency fell from 100 ms to 10 ms.", "Latency fell by an order of magnitude.", "holds"),
        ("Latency fell from 100 ms to 10 ms.", "Latency was cut by 90%.", "holds"),
        ("Latency fell from 100 ms to 10 ms.", "Latency was halved.", "conflicts"),
        ("It beats the best rival by 7.6 points on the set.", "It scores 7.6 on the set.", "unrelated"),
        ("Aspen has 3B parameters and writes 12 lines a minute.", "Aspen writes 3 lines a minute.", "conflicts"),
        ("We saw 18 towns and 6 rivers.", "We saw 18 rivers.", "conflicts"),
        ("The plan has four stages and two of them can go.", "Two of the 4 stages can go.", "holds"),
        ("In 2021, 35 towns joined.", "It was joined by 2,021 towns.", "conflicts"),
        ("Rowan gets 66.1 on the set, whereas Elder gets 59.8.", "Elder gets 66.1 on the set.", "conflicts"),
        ("Rowan gets 66.1 on the set, whereas Elder gets 59.8.", "Elder gets 59.8 on the set.", "holds"),
        ("Rowan decodes 3.4x faster than Elder.", "Elder decodes 3.4 times faster than Rowan.", "conflicts"),
        ("Rowan is 80X smaller than its teacher.", "The teacher is 80 times larger than Rowan.", "holds"),
        ("Rowan is 80X smaller than its teacher.", "Rowan is 80X larger than its teacher.", "conflicts"),
        ("The trial ran from 2017 to 2022.", "The trial ran from 2015 to 2022.", "conflicts"),
        ("Rowan came first in the cup.", "Rowan ranks second in the cup.", "conflicts"),
        ("Rowan took part in the cup.", "Rowan came third in the cup.", "unrelated"),
        ("Rowan is a small model.", "Rowan has 1.3 billion parameters.", "unrelated"),
        ("It supports over 30 languages.", "It supports 38 languages.", "unrelated"),
        ("We weigh oaks, elms, limes and firs.", "We weigh four trees.", "holds"),
        ("We weigh oaks, elms, limes and firs.", "We weigh five trees.", "unrelated"),
        ("Our 1B and 8B models beat Elder.", "Elder is beaten by the 1B model.", "holds"),
        ("We train models of 7 and 13 billion parameters.", "We train models of 7 billion parameters.", "holds"),
        ("Rowan beats Elder by a factor of 19.2.", "Rowan is 19.2 times better than Elder.", "holds"),
        ("No runner needed more than 6 hours.", "No runner needed longer than 5 hours.", "unrelated"),
        ("Guests stayed 4 to 9 days.", "No guest stayed longer than a week.", "conflicts"),
    ],
)
def test_a_source_proves_or_contradicts_the_same_quantity_only(source: str, claim: str, relation: str) -> None:
    assert verdict(claim, source) == relation


def test_the_quantity_that_decides_is_named_by_its_place() -> None:
    source = "It is small. On the set it reaches 57.6%. It is fast."
    (judgement,) = judged("It reaches 97.6% on the set.", source)
    assert judgement.source is not None
    assert source[judgement.source.start : judgement.source.end] == "57.6%"


def test_words_tell_whether_two_quantities_are_of_the_same_thing() -> None:
    source = "Rowan has 3B parameters, and Elder found 40 bugs."
    parameters, bugs = quantities(source)
    claim = "Elder found 30 bugs."
    (mine,) = quantities(claim)
    assert same_quantity(claim, mine, source, bugs) > 0.9 > 0.6 > same_quantity(claim, mine, source, parameters)


PAIRS = [
    (
        "Our new benchmark has 96,962 theorems and proofs.",
        "The new benchmark consists of {} theorems and proofs.",
    )
    + (["more than 90,000", "over 96,000", "nearly 97,000", "at least 96,000"],)
    + (["over 100,000", "more than 97,000", "fewer than 90,000", "at least 97,000"],),
    ("On PutnamBench, the prover solves 86 problems at pass@184.", "On PutnamBench, the prover solves {} problems.")
    + (["more than 80", "fewer than 90"],)
    + (["more than 90", "over 86"],),
    ("It reaches 84.6% on MiniF2F with 8B parameters and is 80X smaller.", "It reaches {} on MiniF2F.")
    + (["more than 84%", "almost 85%", "over 80%"],)
    + (["more than 85%"],),
]


@pytest.mark.parametrize(("source", "claim", "right", "wrong"), PAIRS)
def test_bounds_are_held_against_the_figure(source: str, claim: str, right: list[str], wrong: list[str]) -> None:
    assert [verdict(claim.format(bound), source) for bound in right] == ["holds"] * len(right)
    assert [verdict(claim.format(bound), source) for bound in wrong] == ["conflicts"] * len(wrong)


@pytest.mark.parametrize("file", ["tex-names/verify_math.py", "zotero/verify_latex.py"])
def test_markup_hides_no_quantity(file: str) -> None:
    if not CASES.is_dir():
        pytest.skip(f"the inputs that went wrong are not at {CASES}")
    source = (CASES / file).read_text("utf-8")
    scope: dict[str, list[tuple[str, str]]] = {}
    exec(source[source.index("pairs") : source.index("with Assistant")], scope)
    assert len(scope["pairs"]) == 13
    assert {(verdict(claim, evidence), claim) for claim, evidence in scope["pairs"]} == {
        ("holds", claim) for claim, _ in scope["pairs"]
    }


# Invariants

PIECES = st.sampled_from(
    [
        "12",
        "3.5",
        "1,200",
        "9",
        "40",
        "0",
        "%",
        "x",
        "B",
        " million",
        " of ",
        " to ",
        "from ",
        "between ",
        " and ",
        "-",
        "–",
        "±",
        "~",
        ">",
    ]
    + [
        "more than ",
        "about ",
        "up to ",
        "half",
        "a third of ",
        "twelve ",
        "dozen ",
        "hundreds of ",
        " hours",
        " ms",
        "$",
        "one in five ",
        "^",
    ]
    + [
        " problems",
        " faster",
        " than ",
        ". ",
        ", ",
        "10^",
        "e5",
        "×10^9",
        " orders of magnitude",
        "(",
        ")",
        "first ",
        "second ",
        " per day",
    ]
)
TEXTS = st.text(max_size=80) | st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS)
def test_any_text_is_read_and_offsets_are_exact(text: str) -> None:
    end = 0
    for quantity in quantities(text):
        assert text[quantity.start : quantity.end] == quantity.text
        assert end <= quantity.start < quantity.end
        assert quantity.low <= quantity.high
        end = quantity.end


@given(TEXTS, TEXTS)
def test_any_two_texts_are_compared(claim: str, source: str) -> None:
    for judgement in judged(claim, source):
        assert 0 <= judgement.score <= 1
        assert (judgement.source is None) == (judgement.relation == "unrelated")


@given(TEXTS)
def test_a_quantity_holds_of_itself(text: str) -> None:
    for quantity in quantities(text):
        assert compare(quantity, quantity) == "holds" or quantity.kind == "share" and quantity.role


@given(st.integers(0, 10**9), st.integers(0, 3))
def test_a_quantity_is_worth_what_it_says(whole: int, places: int) -> None:
    written = f"{whole / 10**places:.{places}f}"
    quantity = only(f"It is about {written} of it, then")
    assert quantity.value == float(written)
    assert quantity.step == 10.0**-places


@given(st.integers(1000, 10**10), st.sampled_from([",", ".", " ", "\u2009", "\u202f", "\u00a0"]))
def test_thousands_are_read_in_every_style(value: int, separator: str) -> None:
    written = f"{value:,}".replace(",", separator)
    quantity = only(f"It holds {written} letters.")
    assert (quantity.value, quantity.text, quantity.noun) == (value, written, "letters")


@given(st.integers(100, 10**7), st.sampled_from([(2, 1), (3, 1), (3, 2)]))
def test_fewer_digits_of_a_figure_hold_and_others_do_not(digits: int, decimals: tuple[int, int]) -> None:
    places, fewer = decimals
    value = digits / 10**places
    source = only(f"It is {value:.{places}f}%.")
    rounded = round(value, fewer)
    assert compare(only(f"It is {value:.{fewer}f}%."), source) == "holds"
    assert compare(only(f"It is {rounded + 2 / 10**fewer:.{fewer}f}%."), source) == "conflicts"


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_bounds_are_strict_and_each_other_s_opposite(claim: int, source: int) -> None:
    held = only(f"It has {source} letters.")
    more, least = (only(f"It has {bound} {claim} letters.") for bound in ("more than", "at least"))
    fewer, most = (only(f"It has {bound} {claim} letters.") for bound in ("fewer than", "at most"))
    assert (compare(more, held) == "holds") == (source > claim) == (compare(most, held) == "conflicts")
    assert (compare(fewer, held) == "holds") == (source < claim) == (compare(least, held) == "conflicts")


def test_a_sentence_takes_under_a_third_of_a_millisecond() -> None:
    papers = [json.loads(line) for line in (ROOT / "assistant" / "sample" / "papers.jsonl").read_text("utf-8").splitlines()]
    views = [View(paper["abstract"]).text for paper in papers[:20]]
    cut = [view[start:end] for view in views for start, end in sentences(view)]
    best = inf
    for _ in range(5):
        start = time.process_time()
        for sentence in cut:
            _quantities(sentence)
        best = min(best, (time.process_time() - start) / len(cut))
    assert best < 0.0003, best  # half of that on a busy machine


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["9", "9,", "1,000", "1 of ", "from 1 to ", "twenty ", "a ", "-", "1-", "half a ", "1.", "10^", "1 a", "of 3, "]
)
def test_reading_takes_linear_time(piece: str) -> None:
    def best(text: str) -> float:
        taken: list[float] = []
        for _ in range(3):
            start = time.process_time()
            _quantities(text)
            taken.append(time.process_time() - start)
        return min(taken)

    assert best(piece * 3_200) < 40 * best(piece * 200) + 0.02  # 16 times as long; quadratic would be 256
