"""The guards: each finds its kind of change in several wordings, and leaves a true rewording alone."""

from __future__ import annotations

import pytest

from assistant.text.stems import stem
from assistant.verify.alignment import Sentence, align
from assistant.verify.checks import Doubt, doubts, quantities_of
from assistant.verify.local import LocalVerifier, load_words
from assistant.verify.opposites import across, bare, ends


def doubt(claim: str, *source: str) -> list[Doubt]:
    said, sentences = Sentence(claim), [Sentence(one) for one in source]
    kin = load_words().kin
    found = quantities_of(said, sentences, kin)
    return doubts(said, sentences, [align(said, sentence, kin) for sentence in sentences], sentences, found)


def hard(claim: str, *source: str) -> list[str]:
    return [one.reason for one in doubt(claim, *source) if one.hard]


@pytest.mark.parametrize(
    ("claim", "source", "reason"),
    [
        ("It proves 58.6% of the problems.", r"It proves 57.6\% of the problems.", "the source says 57.6%, not 58.6%"),
        ("It is 14 times faster.", "It is 24x faster.", "the source says 24x, not 14 times"),
        ("It relies on three properties of flow.", "It exploits two properties of flow.", "the source says two, not three"),
        ("It took 5 hours.", "It took 5 days.", "the source says 5 days, not 5 hours"),
        ("Seven courts were studied.", "Five courts were studied.", "the source says Five, not Seven"),
        ("The proofs are written in Isabelle.", "The proofs are written in Lean 4.", "Isabelle is not in the source"),
        ("BASED trails MixLoRA.", "BASED trails MoLA.", "MixLoRA is not in the source"),
        ("The method does not converge.", "The method converges.", "the source does not deny converge"),
        ("The score never needs labels.", "The score needs labels.", "the source does not deny needs"),
        ("The score needs labels.", "The score does not need labels.", "the source says 'not ... need'"),
        ("A sequence folds into it.", "No sequence folds into it.", "the source says 'no ... sequence'"),
        (
            "The method raises the cost of training.",
            "The method lowers the cost of training.",
            "the source says lowers, not raises",
        ),
        ("GANs are more diverse than the data.", "GANs are less diverse than the data.", "the source says less, not more"),
        (
            "Rulings from after the precedent are found.",
            "Rulings from before the precedent are found.",
            "the source says before, not after",
        ),
        ("An efficient solver of equations.", "An inefficient solver of equations.", "the source says inefficient, not efficient"),
        ("It proves two fifths of the theorems.", "It proves 5 of the 10 theorems.", "the source says 5, not two fifths"),
        (
            "Mamba and Hyena beat BASED on recall.",
            "BASED outperforms Mamba and Hyena on recall.",
            "the source has it the other way round",
        ),
    ],
)
def test_a_change_is_found_and_named(claim: str, source: str, reason: str) -> None:
    assert reason in hard(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It proves 57.6 percent of the problems.", r"It proves 57.6\% of the problems."),
        ("Twenty-nine models were assessed.", "We assess 29 models."),
        ("It is 19.6 points better than the 20.1% of before.", "It has 39.7%, before it was 20.1%."),
        ("LLMs write proofs.", "Large language models write proofs."),
        ("GraphCast forecasts weather.", "Graph Cast forecasts weather."),
        ("The method lacks labels.", "The method has no labels."),
        ("The method fails to converge.", "The method does not converge."),
        ("It not only converges but is fast.", "It converges and is fast."),
        ("The cost of training does not rise.", "The cost of training does not increase."),
        ("BASED outperforms Mamba on recall.", "Mamba is outperformed by BASED on recall."),
        ("Mamba trails BASED on recall.", "BASED outperforms Mamba on recall."),
        ("The solver is not inefficient.", "The solver is efficient."),
        ("Together they solve nine tenths of the thirty problems.", "Together they solve 27 out of 30 problems."),
        ("It proves half of the theorems.", "It proves 5 of the 10 theorems."),
        ("The 32B model gains 7.7 points.", "Qwen3-32B gains 7.7 points."),
        ("With 512 attempts each it solves seven problems.", "It solves 7 problems (Pass@512)."),
        ("Four dozen motifs were found.", "We find 48 motifs."),
        ("ZIP-FIT beats D4 and DSIR on Python code.", "On Python code it surpasses leading baselines, D4 and DSIR among them."),
        ("On recall, BASED is 6.2 points better than Hyena.", "BASED equals Hyena and surpasses it by 6.2 points on recall."),
    ],
)
def test_a_rewording_is_left_alone(claim: str, source: str) -> None:
    assert hard(claim, source) == []


def test_hedges_quantifiers_and_causes_are_told_but_are_not_decisive() -> None:
    found = doubt("All coffee causes cancer.", "Coffee may be associated with some cancers.")
    assert {one.kind for one in found} >= {"hedge", "quantifier", "cause"}
    assert not any(one.hard for one in found)
    reasons = [one.reason for one in found]
    assert "the source says 'may'" in reasons
    assert "the source says some, not all" in reasons


def test_a_figure_of_another_sentence_is_the_figure_of_another_thing() -> None:
    source = "Recall rises by 12%.", "Speed rises by 30%."
    said = Sentence("Recall rises by 30%.")
    sentences = [Sentence(one) for one in source]
    found = doubts(said, sentences[:1], [align(said, sentences[0], {})], sentences, quantities_of(said, sentences, {}))
    assert [(one.reason, one.hard) for one in found if one.kind == "other figure"] == [("the source says 12%, not 30%", True)]


def test_stems_opposites_and_prefixes() -> None:
    assert stem("generates") == stem("generation") == stem("generative")
    assert stem("prediction") == stem("predictive") == stem("predicts")
    assert stem("raises") != stem("lowers")

    def of(word: str) -> frozenset[tuple[int, int]]:
        return ends(word, stem(word))

    assert across(of("raises"), of("lowering"))
    assert across(of("outperforms"), of("underperforms"))
    assert not across(of("raises"), of("grows"))
    assert of("largely") == frozenset()
    assert stem("suitable") in bare("unsuitable")


def test_words_are_aligned_by_stem_by_opposite_and_by_meaning() -> None:
    claim, source = Sentence("Courts raise the price of litigation."), Sentence("The cost of litigation is lowered by courts.")
    matches = align(claim, source, {stem("price"): {stem("cost"): 0.6}})
    paired = {claim.words[place].text: (source.words[match.place].text, match.flipped) for place, match in matches.items()}
    assert paired == {
        "courts": ("courts", False),
        "raise": ("lowered", True),
        "price": ("cost", False),
        "litigation": ("litigation", False),
    }


def test_a_denial_in_a_sentence_about_something_else_contradicts_nothing() -> None:
    claim = "Drink plenty of water, eat healthy food and sleep long enough every night."
    source = "Drink plenty of water and eat healthy food. Sleep long enough at night."
    assert not hard(claim, source, "Not sleeping every night harms you.")
    assert "the source says 'not ... sleeping'" in hard("Sleeping harms.", "Not sleeping harms.")


@pytest.mark.parametrize("claim", ["What does LeanDojo cost?", "Does it hold 96,962 theorems? Or fewer?"])
def test_a_question_states_nothing(claim: str) -> None:
    source = "LeanDojo holds 96,962 theorems. LeanDojo costs nothing."
    verdict = LocalVerifier().verify(claim, [source])
    assert (verdict.verdict, verdict.reasons) == ("not supported", ("it is a question, which states nothing",))
    assert LocalVerifier().verify("Does it hold?", ["Does it hold? It does."]).verdict == "supported"  # a quote


KETTLE = (
    "We present Otter, an open library for boiling water that holds kettles, lids, timers, and measurements. "
    "Its catalogue lists 1,204 kettles with lids, including a part where kettles are tested that the recipe never used."
)


@pytest.mark.parametrize(
    "claim",
    [
        "It is untrue that Otter holds kettles, lids, timers, and measurements.",
        "It was wrong that Otter is an open library for boiling water.",
        "It is a myth that the catalogue of Otter lists 1,204 kettles with lids.",
        "Otter purports to be an open library for boiling water that holds kettles, lids, timers, and measurements.",
        "Otter is allegedly an open library for boiling water that holds kettles, lids, timers, and measurements.",
        "The catalogue lists 1,204 kettles without lids.",
        "The catalogue of Otter lists 1,204 kettles with no lids.",
    ],
)
def test_the_words_of_the_source_behind_a_denial_are_not_supported(claim: str) -> None:
    """A frame around them, a verb that takes them back, "without" before one of them; a "never" elsewhere answers none of these."""
    assert hard(claim, *KETTLE.split(". "))
    assert LocalVerifier().verify(claim, [KETTLE]).verdict != "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "It is shown that Otter is an open library for boiling water.",
        "Otter is an open library for boiling water that holds kettles, lids, timers, and measurements.",
        "The catalogue of Otter lists 1,204 kettles with lids.",
        "Otter holds kettles.",
    ],
)
def test_a_frame_that_affirms_takes_nothing_back(claim: str) -> None:
    assert not hard(claim, *KETTLE.split(". "))
    assert LocalVerifier().verify(claim, [KETTLE]).verdict == "supported"


def test_a_source_that_denies_supports_the_denial() -> None:
    source = "It is false that the lid of a kettle keeps the heat of boiling water."
    assert not hard("It is untrue that the lid of a kettle keeps the heat of boiling water.", source)


@pytest.mark.parametrize(
    "claim", ["Otter burns.", "Otter was abandoned.", "Otter is a swindle.", "The kettles are dirty.", "Water is rude."]
)
def test_a_short_claim_is_more_than_a_name(claim: str) -> None:
    """Half of its content words stand nowhere in the source."""
    assert LocalVerifier().verify(claim, [KETTLE]).verdict == "not supported"


@pytest.mark.parametrize(
    ("claim", "source", "denied"),
    [
        ("KelpNet does not detect oil spills.", "KelpNet detects oil spills without labels.", "detect"),
        ("KelpNet fails to detect oil spills.", "KelpNet detects oil spills without labels.", "detect"),
        ("Without labels, KelpNet cannot detect oil spills.", "KelpNet detects oil spills without labels.", "detect"),
        ("The code has an MIT license: no.", "The code has an MIT license and does not need a key.", "license"),
        ("Training is anything but stable.", "Training is stable and does not need a warm-up.", "stable"),
        ("The vaccine hardly protects infants.", "The vaccine protects infants, but not adults.", "protects"),
        ("Neither the cost nor the size is reduced.", "The cost and the size are reduced, and no accuracy is lost.", "cost"),
    ],
)
def test_a_denial_of_something_else_answers_no_denial(claim: str, source: str, denied: str) -> None:
    assert f"the source does not deny {denied}" in hard(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("KelpNet does not need labels.", "KelpNet detects oil spills without labels."),
        ("Needs labels: no.", "KelpNet detects oil spills without labels."),
        ("The vaccine does not protect adults.", "The vaccine protects infants, but not adults."),
        ("The parts that others could not solve are solved.", "It solves many parts that the ones before could not."),
        ("Not all spills are detected.", "It detects spills and does not need labels."),
        ("It misses none of the spills.", "It detects the spills, none of them with labels."),
    ],
)
def test_a_denial_that_the_source_answers_is_not_held_against_the_claim(claim: str, source: str) -> None:
    assert not [one for one in hard(claim, source) if "does not deny" in one]


@pytest.mark.parametrize(
    ("claim", "source", "pivot"),
    [
        ("Insomnia causes stress in nurses.", "Stress causes insomnia in nurses.", "causes"),
        ("The valve opens the gate.", "The gate opens the valve.", "opens"),
        ("We turn songs into scores.", "We turn scores into songs.", "into"),
        ("The mites spread from bees to wasps.", "The mites spread from wasps to bees.", "to"),
        ("It infers river depth from colour.", "It infers colour from river depth.", "from"),
        ("We train on maps instead of photos.", "We train on photos instead of maps.", "instead"),
    ],
)
def test_two_sides_turned_round_are_seen(claim: str, source: str, pivot: str) -> None:
    assert f"the source has it the other way round around '{pivot}'" in hard(claim, source)
    assert not hard(source, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Insomnia is caused by stress in nurses.", "Stress causes insomnia in nurses."),
        ("Into songs we turn scores.", "We turn scores into songs."),
        ("The distance from tree to house is the one from house to tree.", "The distance from house to tree is small."),
        ("Wasps and bees spread mites.", "Bees and wasps spread mites."),
        ("What opens the valve is the gate.", "The gate opens the valve."),
    ],
)
def test_the_same_sides_in_other_words_are_not_turned(claim: str, source: str) -> None:
    assert not [one for one in hard(claim, source) if "other way round" in one]
