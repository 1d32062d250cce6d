"""The local verifier: what it says of claims, and that its quotes are exact whatever it is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.text import marks
from assistant.types import Verdict
from assistant.verify.local import FOREIGN, TREES, WORDS, LocalVerifier, entailed

ABSTRACT = (
    "Formal mathematics offers machine learning few statements to learn from. We train GoedelNet, an open-source LLM. "
    r"It proves 57.6\% of miniF2F, 7.6\% above the strongest earlier model, and lowers the cost of search. "
    "It does not need human proofs. The code, which is written in Lean 4, is public."
)
verifier = LocalVerifier()


def check(verdict: Verdict, evidence: list[str]) -> None:
    """Every quote is a slice of the evidence."""
    assert verdict.score is not None and 0 <= verdict.score <= 1
    assert len(verdict.further) <= 3
    if verdict.quote:
        assert evidence[verdict.text][verdict.start : verdict.end] == verdict.quote
    for quote in verdict.further:
        assert evidence[quote.text][quote.start : quote.end] == quote.quote != ""


def test_a_sentence_of_the_source_is_supported_without_doubt() -> None:
    for claim in ("It proves 57.6% of miniF2F, 7.6% above the strongest earlier model, and lowers the cost of search.",
                  "it does not  need human\nproofs", "The code, which is written in Lean 4, is public."):  # fmt: skip
        verdict = verifier.verify(claim, [ABSTRACT])
        assert (verdict.verdict, verdict.score, verdict.reasons) == ("supported", 1.0, ())
        check(verdict, [ABSTRACT])


def test_several_sentences_of_the_source_in_a_row_are_supported() -> None:
    claim = "It does not need human proofs. The code, which is written in Lean 4, is public."
    verdict = verifier.verify(claim, ["Something else.", ABSTRACT])
    assert (verdict.verdict, verdict.score, verdict.text) == ("supported", 1.0, 1)
    assert verdict.quote == "It does not need human proofs."
    assert [quote.quote for quote in verdict.further] == ["The code, which is written in Lean 4, is public."]


def test_a_word_that_only_begins_like_one_of_the_source_is_not_verbatim() -> None:
    assert verifier.verify("It does not need human proof", ["It does not need human proofs at all."]).score != 1.0


def test_a_rewording_is_supported_and_quotes_its_sentence() -> None:
    verdict = verifier.verify("GoedelNet proves 57.6 percent of miniF2F and lowers the cost of the search.", [ABSTRACT])
    assert verdict.verdict == "supported"
    assert verdict.quote.startswith("It proves 57.6")
    assert "We train GoedelNet, an open-source LLM." in [quote.quote for quote in verdict.further]
    check(verdict, [ABSTRACT])


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("It proves 58.6% of miniF2F, 7.6% above the strongest earlier model.", "the source says 57.6%, not 58.6%"),
        ("It proves 57.6% of PutnamBench, 7.6% above the strongest earlier model.", "PutnamBench is not in the source"),
        ("It needs human proofs.", "the source says 'not ... need'"),
        ("It raises the cost of search.", "the source says lowers, not raises"),
        ("The code is not public.", "the source does not deny public"),
    ],
)
def test_a_changed_sentence_is_never_supported_and_says_why(claim: str, reason: str) -> None:
    verdict = verifier.verify(claim, [ABSTRACT])
    assert verdict.verdict != "supported"
    assert verdict.score is not None and verdict.score < 0.5
    assert reason in verdict.reasons


@pytest.mark.parametrize(
    ("said", "source", "verdict"),
    [
        ("final", "first", "contradicted"),
        ("second", "first", "contradicted"),
        ("first hidden", "last hidden", "contradicted"),
        ("initial", "first", "supported"),
        ("final", "last", "supported"),
    ],
)
def test_a_place_in_an_order_is_held_against_the_place_of_the_same_noun(said: str, source: str, verdict: str) -> None:
    evidence = f"We probe a network of 12 layers. The {source} layer stores most facts about places."
    assert verifier.verify(f"The {said} layer stores most facts about places.", [evidence]).verdict == verdict
    both = f"{evidence} The {said} layer stores dates."
    assert not any("layer" in reason for reason in verifier.verify(f"The {said} layer stores dates.", [both]).reasons)


def test_a_figure_with_another_bound_is_told_as_such() -> None:
    found = verifier.verify("Costs were always 38% lower.", ["Costs were up to 38% lower."])
    assert (found.verdict, found.reasons[0]) == ("contradicted", "the source gives 38% another bound or direction")


def test_what_the_source_denies_is_contradicted() -> None:
    assert verifier.verify("It needs human proofs.", [ABSTRACT]).verdict == "contradicted"


def test_what_the_source_does_not_speak_of_is_not_supported() -> None:
    verdict = verifier.verify("Penguins breed on sea ice in the dark of winter.", [ABSTRACT])
    assert verdict.verdict == "not supported"
    assert verdict.reasons == ("Penguins is not in the source",)


NOTHING = "Text generation models read text. Tea cools in cups in 5 minutes. The band Duran Duran drinks tea. The label is 5 5 5."


@pytest.mark.parametrize(
    "claim",
    [
        "text text text text",
        "Text [1] text.",
        "Tea tea tea tea tea.",
        "Text and text.",
        "The tea is tea.",
        "Cups, cups; cup!",
        "text generation text generation text generation",
        "Tea cools tea cools",
    ],
)
def test_a_word_that_is_repeated_states_nothing(claim: str) -> None:
    found = LocalVerifier().verify(claim, [NOTHING])
    assert found.verdict == "not supported" and found.reasons == ("it repeats itself, and states nothing",)
    assert not entailed(marks.uncited(claim), NOTHING)


@pytest.mark.parametrize(
    "claim",
    ["text", "Tea cools.", "Duran Duran", "Duran Duran.", "The label is 5 5 5.", "5 minutes", "Tea cools in cups in 5 minutes."],
)
def test_a_short_claim_states_something(claim: str) -> None:
    assert "it repeats itself, and states nothing" not in LocalVerifier().verify(claim, [NOTHING]).reasons


STROKES = "\u0335\u0336\u0337\u0338"


@pytest.mark.parametrize("stroke", STROKES)
@pytest.mark.parametrize(("written", "figure"), [("1/5 %", "15 %"), ("15/ %", "15 %"), ("2/4.5/ %", "24.5 %"), ("4/ %", "4 %")])
def test_a_stroke_over_a_digit_changes_no_figure_silently(written: str, figure: str, stroke: str) -> None:
    crossed = written.replace("/", stroke)
    said, plain = f"Tea cools in {crossed} of the cups.", f"Tea cools in {figure} of the cups."
    assert verifier.verify(said, [plain]).verdict != "supported"
    assert verifier.verify(plain, [said]).verdict != "supported"
    assert verifier.verify(f"In {figure} of the cups tea cools.", [said]).verdict != "supported"
    assert verifier.verify(said, [said]).verdict == "supported", "a quote"
    assert verifier.verify(plain, [f"{said} Later, as we said, {plain[0].lower()}{plain[1:]}"]).verdict == "supported"


def test_no_evidence_is_no_source_and_no_claim_is_not_supported() -> None:
    for evidence in ([], [""], [" \n"]):
        assert verifier.verify("It proves theorems.", evidence) == Verdict(verdict="no source", score=0.0)
    for claim in ("", " ", "$", "\n\t"):
        verdict = verifier.verify(claim, [ABSTRACT])
        assert (verdict.verdict, verdict.quote) == ("not supported", "")


pieces = ["not", "12.4%", "GPT-4", "lowers", "the", "Model", ".", ",", "\n", r"\%", "$", "n't", "one", "half", "é", "  "]
texts = st.text(max_size=120) | st.lists(st.sampled_from(pieces), max_size=25).map(" ".join)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(texts, st.lists(texts, max_size=4))
@example("...", ["... a. B."])
@example("\u0130 x", ["\u0130 x."])
@example("1.64 million", ["1,640,000. 1.64M!"])
def test_any_claim_and_evidence_give_exact_quotes_and_the_same_again(claim: str, evidence: list[str]) -> None:
    verdict = verifier.verify(claim, evidence)
    check(verdict, evidence)
    assert LocalVerifier().verify(claim, evidence) == verdict


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 4), st.integers(0, 2))
def test_every_sentence_of_an_evidence_is_supported_by_it(number: int, before: int) -> None:
    from assistant.text import sentences

    evidence = ["Nothing of it."] * before + [ABSTRACT]
    start, end = sentences(ABSTRACT)[number]
    verdict = verifier.verify(ABSTRACT[start:end], evidence)
    assert (verdict.verdict, verdict.text, verdict.start, verdict.end) == ("supported", before, start, end)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["a", "word ", "12 ", "not ", "A. ", "\n", "(", "x-", "'", "Ünï ", "1,000"])
def test_very_long_texts_are_judged(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    check(verifier.verify("It does not prove 12.4% of miniF2F.", [long]), [long])
    check(verifier.verify(long[:5_000], [ABSTRACT]), [ABSTRACT])


def test_a_reason_stays_short_where_a_word_does_not() -> None:
    reasons = verifier.verify("a" * 5_000, [ABSTRACT]).reasons
    assert reasons and all(len(reason) <= 203 for reason in reasons)


def test_the_shipped_files_are_small_and_fit_the_code() -> None:
    assert TREES.stat().st_size + WORDS.stat().st_size < 500_000
    data = json.loads(Path(TREES).read_text("utf-8"))
    held = verifier.verify("It proves many theorems with few resources.", [ABSTRACT])
    assert held.score is not None
    for tree in data["trees"]:
        for node in tree:
            assert len(node) == 1 or (0 <= node[0] < len(data["features"]) and node[2] < len(tree) and node[3] < len(tree))


@pytest.mark.parametrize(
    "figure",
    [
        r"\textcolor{red}{91.31}",
        r"$\textcolor{red}{91.31}$",
        r"\fcolorbox{red}{white}{91.31}",
        r"\foreignlanguage{english}{91.31}",
        r"\unheardof{a}{91.31}",
        "about91.31",
        "EM91.31",
    ],
)
def test_a_wrong_figure_is_seen_behind_a_colour_and_letters(figure: str) -> None:
    source = ["BrewBench is hard. KettleNet scores 71.31 on BrewBench with seven cups of GPT-4."]
    assert verifier.verify(f"KettleNet scores {figure} on BrewBench.", source).verdict in ("contradicted", "not supported")
    assert verifier.verify(f"KettleNet scores {figure.replace('91', '71')} on BrewBench.", source).verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Child labour increased.", "School attendance increased among girls. Child labour declined. The programme was cheap."),
        ("The code is private.", "The code is public. The data are private."),
        ("The method needs more memory.", "The method needs less memory. It gives more accurate results."),
        ("Zolpirin increased adverse events.", "Zolpirin increased sleep time. Zolpirin reduced adverse events."),
    ],
)
def test_the_word_in_another_sentence_does_not_excuse_its_opposite(claim: str, source: str) -> None:
    assert verifier.verify(claim, [source]).verdict == "contradicted"


OF_DENIED_NOUNS: list[tuple[str, list[str], list[str]]] = [
    (
        "Without the corpus, which contains 3,100 letters, recall drops by half.",
        ["The corpus contains 3,100 letters."],
        ["The corpus does not contain 3,100 letters.", "Recall drops by half with the corpus."],
    ),
    (
        "We do not use TideBench, which has 640 tasks.",
        ["TideBench has 640 tasks."],
        ["We use TideBench.", "We use TideBench with 640 tasks."],
    ),
    (
        "The model never saw the Fern set, which holds 1,250 photos.",
        ["The Fern set holds 1,250 photos."],
        ["The model saw the Fern set.", "The model saw 1,250 photos of the Fern set."],
    ),
    (
        "No gain comes from Pelican, which has 7 billion parameters.",
        ["Pelican has 7 billion parameters."],
        ["A gain comes from Pelican."],
    ),
    (
        "The tool does not need the index, which was built from 42 archives, at run time.",
        ["The index was built from 42 archives."],
        ["The tool needs the index at run time."],
    ),
    (
        "The release lacks the second stage, which takes nine hours.",
        ["The second stage takes nine hours."],
        ["The release has the second stage."],
    ),
    (
        "The survey did not reach the nurses, who numbered 230.",
        ["The nurses numbered 230."],
        ["The survey reached the nurses.", "The survey reached 230 nurses."],
    ),
    (
        "There is no need for the encoder, whose 12 layers are slow.",
        ["The encoder has 12 layers.", "The 12 layers of the encoder are slow."],
        ["There is a need for the encoder."],
    ),
    (
        "Results do not transfer to the trial, in which 96 patients took part.",
        ["96 patients took part in the trial."],
        ["Results transfer to the trial."],
    ),
    (
        "Our method cannot read the logs, which cover 18 months.",
        ["The logs cover 18 months."],
        ["The logs cover our method.", "Our method can read the logs."],
    ),
    (
        "The team did not publish the map, which shows 31 lakes that never freeze.",
        ["The map shows 31 lakes."],
        ["The team published the map."],
    ),
    (
        "No set that holds 500 photos is free.",
        [],
        ["A set that holds 500 photos is free.", "The set holds 500 photos and is free."],
    ),
    ("The archive does not keep drafts, which are not dated.", [], ["Drafts are dated.", "The archive keeps drafts."]),
]
HELD_OUT_OF_DENIED_NOUNS: list[tuple[str, list[str], list[str]]] = [
    (
        "The guide was written without the atlas, which lists 870 springs.",
        ["The atlas lists 870 springs."],
        ["The guide was written with the atlas.", "The guide lists 870 springs."],
    ),
    (
        "Swift does not include the Heron module, which parses 14 formats.",
        ["The Heron module parses 14 formats."],
        ["Swift includes the Heron module.", "Swift parses 14 formats."],
    ),
    (
        "We never repeated the first test, which ran for 60 hours, on a phone.",
        ["The first test ran for 60 hours."],
        ["We repeated the first test on a phone."],
    ),
    (
        "Errors are not caused by the camera, which takes 25 frames a second.",
        ["The camera takes 25 frames a second."],
        ["Errors are caused by the camera."],
    ),
    (
        "There was no contact with the pupils, whose mean age was 11 years.",
        ["The mean age of the pupils was 11 years."],
        ["There was contact with the pupils."],
    ),
    (
        "The license excludes the audio, which lasts 300 hours.",
        ["The audio lasts 300 hours."],
        ["The license includes the audio.", "The audio does not last 300 hours."],
    ),
    (
        "None of this holds for Lark, which was trained on 5 million songs.",
        ["Lark was trained on 5 million songs."],
        ["All of this holds for Lark."],
    ),
    (
        "The authors avoid the baseline, which fails on 9 of 10 tasks.",
        ["The baseline fails on 9 of 10 tasks."],
        ["The baseline solves 9 of 10 tasks."],
    ),
    ("It cannot open the vault, where 77 maps are kept.", ["77 maps are kept in the vault."], ["It can open the vault."]),
    (
        "The score does not depend on the judge, which is not neutral.",
        [],
        ["The judge is neutral.", "The score depends on the judge."],
    ),
    (
        "Without sleep, which lasted eight hours, recall fell to 40%.",
        ["Sleep lasted eight hours."],
        ["Recall fell to 40% with sleep."],
    ),
    ("No model beats Kite, which reaches 88%.", ["Kite reaches 88%."], ["A model beats Kite.", "Kite beats no model."]),
]


@pytest.mark.parametrize(("rows", "least"), [(OF_DENIED_NOUNS, 11), (HELD_OUT_OF_DENIED_NOUNS, 10)])
def test_what_a_relative_clause_states_of_a_noun_that_is_denied(rows: list[tuple[str, list[str], list[str]]], least: int) -> None:
    verifier = LocalVerifier()
    found = [(verifier.verify(claim, [evidence]).verdict == "supported") for evidence, true, _ in rows for claim in true]
    assert sum(found) >= least and len(found) - least <= 1
    assert not [each for evidence, _, false in rows for each in false if verifier.verify(each, [evidence]).verdict == "supported"]


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Kurzer Schlaf war nicht mit schlechter Laune verbunden.", "Kurzer Schlaf war mit schlechter Laune verbunden."),
        ("Un lien causal a été établi.", "Aucun lien causal n'a été établi."),
        ("Вкус чая изменился.", "Вкус чая не изменился."),
        ("La infusión reduce la fatiga.", "La infusión aumenta la fatiga."),
    ],
)
def test_what_is_not_in_english_is_supported_as_a_quote_alone(said: str, source: str) -> None:
    judged = LocalVerifier().verify(said, [f"{source} Tea is hot."])
    assert (judged.verdict, judged.reasons) == ("not supported", (FOREIGN,))
    assert LocalVerifier().verify(source, [f"{source} Tea is hot."]).verdict == "supported"
