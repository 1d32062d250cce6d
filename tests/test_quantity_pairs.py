"""Figures of claims against short sources: 300 pairs by somebody who had not seen the system, 534 more to tune on."""

from __future__ import annotations

import pytest

from assistant.text.numerals import written_plainly
from assistant.verify.local import LocalVerifier
from eval.judging import quantities


@pytest.mark.slow
@pytest.mark.parametrize(("split", "found", "flagged"), [("tune", 0.93, 0.06), ("own", 0.89, 0.12), ("held-out", 0.70, 0.28)])
def test_errors_are_found_and_true_claims_left_alone(split: str, found: float, flagged: float) -> None:
    pairs = [pair for pair in quantities.load() if pair.split == split]
    row = quantities.table(quantities.judge(LocalVerifier(), pairs))[0]
    assert row["kind"] == "all"
    assert row["errors found"] >= found
    assert row["true claims flagged"] <= flagged


_AGENT = "The agent completes 27 of 45 tasks, while the baseline completes 18."
_NET = "ToneNet uses 24 layers and 3B parameters and was trained on 60 languages."


@pytest.mark.parametrize(
    ("claim", "source", "said"),
    [
        pytest.param("The baseline completes 27 of 45 tasks.", _AGENT, "18", id="subject"),
        pytest.param("ToneNet was trained on 24 languages.", _NET, "60", id="noun"),
        pytest.param("ToneNet was trained on 3B tokens.", _NET, "3B parameters", id="noun-of-same-number"),
        pytest.param("Tansy gets 66.1 on Sedge.", "Lovage gets 66.1 on Sedge, whereas Chervil gets 59.8.", "", id="name"),
        pytest.param("Moisture rose by 18%.", "Moisture declined by 18%.", "", id="way"),
        pytest.param("Recall falls from 66.5% to 54.0%.", "Recall climbs from 54.0% to 66.5%.", "54.0%", id="from-to"),
        pytest.param("Kelpie came last in the shared task.", "Kelpie came second in the shared task.", "second", id="last"),
        pytest.param("Kelpie is the second to close the gap.", "Kelpie is the first to close the gap.", "first", id="first-to"),
        pytest.param("It reaches 97.6% on miniF2F.", "It reaches 57.6% on miniF2F.", "the source says 57.6%", id="figure"),
        pytest.param("It solves 70 problems.", "It solves 7 problems.", "the source says 7", id="count"),
        pytest.param("It ranks second in the contest.", "It ranks first in the contest.", "first", id="rank"),
        pytest.param("Sand had the highest yields.", "Yields were highest on clay, lowest on sand.", "lowest", id="other-clause"),
        pytest.param(
            "The student has 7B parameters.",
            "The student is smaller than the teacher, which has 7B parameters.",
            "so of teacher",
            id="relative-clause",
        ),
        pytest.param("Clary had the lowest error.", "Burnet had the lowest error; Clary came next.", "so of Burnet", id="next"),
        pytest.param("The models are larger by a factor of 14.", "The models are 14 times smaller.", "14 times", id="larger-by"),
        pytest.param(
            "The models are smaller by a factor of 41.", "The models are 14 times smaller.", "14 times", id="another-factor"
        ),
        pytest.param("Rook outlived Daw.", "Daw outlived Rook.", "the other way round", id="outlived"),
        pytest.param("All three raters agreed.", "Two of three raters agreed.", "Two", id="all-of-three"),
        pytest.param("Seven samples failed.", "One in seven samples failed.", "One in seven", id="one-in-seven"),
        pytest.param("Error fell to 12%.", "Error fell from 12% to 9%.", "9%", id="fell-to"),
        pytest.param(
            "The set adds 2,700 calls more than before.", "The set grew from 2,000 to 2,700 calls.", "2,000", id="more-than"
        ),
        pytest.param("It needs a labelled set.", "It needs no labelled set.", "no", id="denied"),
        pytest.param("The vaccine protected calves.", "The vaccine failed to protect calves.", "failed", id="failed"),
        pytest.param("It solves more than 90 problems.", "It solves 86 problems.", "the source says 86", id="bound"),
        pytest.param("It took 8 hours on 18 GPUs.", "It took 18 hours on 8 GPUs.", "18", id="swapped"),
        pytest.param("Training takes 2.7 times as long.", "Training is 2.7 times faster.", "2.7 times", id="as-long"),
        pytest.param("The dropout rate fell to 9%.", "The dropout rate fell from 24% to 15%.", "15%", id="level-and-difference"),
        pytest.param("Most birds had rings.", "Only one in twenty birds had rings.", "one in twenty", id="most"),
        pytest.param("Better data makes all six points.", "Better data makes 3 of 6 points.", "3", id="all-of-six"),
        pytest.param("The decoder needs a lock.", "Neither the encoder nor the decoder needs a lock.", "nor", id="neither-nor"),
        pytest.param("Tern passed two weeks after Knot.", "Knot passed two weeks after Tern.", "other way round", id="after"),
        pytest.param(
            "The old plant uses less water than the new one.",
            "The new plant uses less water than the old one.",
            "the other way round",
            id="the-new-one",
        ),
        pytest.param(
            "Younger drivers reacted more slowly.", "Older drivers reacted more slowly than younger ones.", "round", id="one-side"
        ),
    ],
)
def test_what_the_source_says_otherwise_is_contradicted(claim: str, source: str, said: str) -> None:
    verdict = LocalVerifier().verify(claim, [source])
    assert verdict.verdict == "contradicted"
    assert said in verdict.reasons[0]


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        pytest.param("Plumb errs by 0.049 m.", "The mean error of Plumb is 0.0487 m.", id="few-words"),
        pytest.param("40 of the 80 nurses withdrew.", "Half of the eighty nurses withdrew.", id="half-of"),
        pytest.param(
            "About 67% of the queries are cached.", "Roughly two thirds of the queries are cached.", id="about-a-fraction"
        ),
        pytest.param("The prover solves 31 of the 40 problems.", "The prover fails on 9 of the 40 problems.", id="the-rest"),
        pytest.param("Latency falls by a third.", "Latency falls from 210 to 140 ms.", id="by-a-third"),
        pytest.param("The index takes 40% of the former size.", "The index is 60% smaller.", id="of-the-former-size"),
        pytest.param("About 15,900 births were included.", "The cohort comprised 15,872 births.", id="own-verb"),
        pytest.param("CO2 emissions fall by 40%.", r"CO$_2$ emissions fall by 40\%.", id="subscript"),
        pytest.param("The cable weighs less than a tonne.", "The cable is 2.4 km long and weighs 850 kg.", id="a-tonne"),
        pytest.param("The error is at most 2%.", "The error never exceeds 2%.", id="never-exceeds"),
        pytest.param(
            "The survey covered 70 more farms in the south than in the north.",
            "The survey reached 240 farms in the north and 310 in the south.",
            id="more-of",
        ),
        pytest.param(
            "Kits became more than twice as expensive in five years.",
            "The price of a kit tripled between 2015 and 2020.",
            id="span-of-years",
        ),
        pytest.param(
            "The symbolic planner loses to the hybrid planner.",
            "The hybrid planner beats both the neural and the symbolic planner.",
            id="loses-to",
        ),
        pytest.param("The models are smaller by a factor of 14.", "The models are 14 times smaller.", id="factor-of"),
        pytest.param("Sedge compresses models by a factor of 14.", "Models are 14 times smaller with Sedge.", id="compresses"),
        pytest.param(
            "Rook has higher precision but lower recall than Daw.",
            "Rook is an analyzer. Its precision is higher than that of Daw, but its recall is lower.",
            id="two-degrees",
        ),
        pytest.param("Damson passed before Sloe did.", "Sloe passed two months after Damson.", id="before-and-after"),
    ],
)
def test_figures_that_hold_prove_a_claim(claim: str, source: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("TopiaryNet doubles the accuracy on HedgeBench.", "TopiaryNet reaches 91.4% accuracy on HedgeBench."),
        ("TopiaryNet is thrice as accurate on HedgeBench.", "TopiaryNet reaches 91.4% accuracy on HedgeBench."),
        ("TopiaryNet improves accuracy tenfold on HedgeBench.", "TopiaryNet improves accuracy on HedgeBench."),
        ("Recall quadrupled in adults after a nap.", "After a nap, recall rose by 12% in adults."),
        ("Prices halved in the second year.", "The harvest rose and prices fell in the second year."),
        ("Hikers lost twice the weight of walkers.", "Hikers lost more weight than walkers."),
    ],
)
def test_a_factor_in_words_that_no_source_has_is_not_supported(claim: str, source: str) -> None:
    verdict = LocalVerifier().verify(claim, [source])
    assert verdict.verdict != "supported" and "the source" in verdict.reasons[0], verdict


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Pruning halves memory without loss of accuracy.", "Pruning cuts memory by a factor of two without loss of accuracy."),
        ("Yields doubled under irrigation in dry years.", "Yields grew by 100% under irrigation in dry years."),
        ("Throughput tripled with caching.", "Throughput increased from 10 to 30 requests per second with caching."),
        ("Double descent vanishes with bagging.", "We study double descent and show that it vanishes with bagging."),
        ("We make a twofold contribution.", "Our contribution is twofold: a corpus of letters and a parser for them."),
        ("No cell is visited twice by the robot.", "The robot never revisits a cell."),
        ("Triples are stored in a graph.", "The tool extracts triples from text and stores them in a graph."),
    ],
)
def test_a_factor_in_words_holds_as_in_digits(claim: str, source: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"


_RAISED = "Slabs held 10(6) spores per gram, paths 2 x 10(-3) g, and the run took 10**6 steps, 1 1/2 hours and 2½ km."


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("Slabs held 10^6 spores per gram.", True),
        ("Slabs held a million spores per gram.", True),
        ("Paths held 2 x 10^-3 g.", True),
        ("The run took 10^6 steps.", True),
        ("The run took 1.5 hours.", True),
        ("The run took 2.5 km.", True),
        ("Slabs held 10^7 spores per gram.", False),
        ("Slabs held 10(5) spores per gram.", False),
        ("The run took 10**5 steps.", False),
        ("The run took 2½ hours.", False),
        ("The run took 2 1/4 km.", False),
    ],
)
def test_powers_and_mixed_numbers_are_read_as_any_text_writes_them(claim: str, holds: bool) -> None:
    assert (LocalVerifier().verify(claim, [_RAISED]).verdict == "supported") is holds


@pytest.mark.parametrize(
    "text",
    [
        "a median of 10 (6 to 14) days",
        "IL-10(6) was found",
        "**10**6 items",
        "group 2 1/3 of all",
        "f(10)(3)",
        "1.10(2)",
        "pages 10(6)(7)",
    ],
)
def test_what_is_no_power_and_no_mixed_number_stays(text: str) -> None:
    assert written_plainly(text) == text


@pytest.mark.parametrize(
    ("claim", "source", "said"),
    [
        ("TopiaryNet runs on three GPUs.", "TopiaryNet runs on one GPU.", "one GPU"),
        (
            "The trial was held in two hospitals.",
            "The trial was held in a single hospital and enrolled 120 nurses.",
            "single hospital",
        ),
        ("The hedge is cut in four passes.", "The hedge is cut in only one short pass.", "one short pass"),
        ("The herbal spans one language.", "The herbal spans two languages and four centuries.", "two languages"),
        ("A single gardener read each label.", "Two gardeners read each label.", "Two gardeners"),
    ],
)
def test_one_is_not_several(claim: str, source: str, said: str) -> None:
    verdict = LocalVerifier().verify(claim, [source])
    assert verdict.verdict == "contradicted" and f"the source says {said}" in verdict.reasons[0], verdict


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("TopiaryNet runs on a single GPU.", "TopiaryNet runs on one GPU."),
        ("One gardener labels faster.", "We compare two gardeners, and one gardener labels faster."),
        ("One sensor is for heat.", "The device has three sensors, one for heat and two for light."),
        ("Two gardens were flooded.", "One garden in the north and one garden in the south were flooded."),
        ("No one knows why the birds return to the two islands.", "Why the birds return to the two islands, no one knows."),
        ("One can prune two hedges at once.", "One can prune two hedges at once with the new blade."),
        ("Two hedges need water.", "Two of the hedges need water, more than one hedge needs light."),
    ],
)
def test_one_that_is_no_count_says_nothing_against_several(claim: str, source: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"
