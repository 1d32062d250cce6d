"""Parts of a claim: an invention added to a true sentence is found and named, whatever else the sentence says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.assistant import SAMPLE
from assistant.verify import clauses
from assistant.verify.alignment import Sentence
from assistant.verify.local import LocalVerifier
from eval.judging import additions, judge
from eval.runs import cases

ABSTRACT = (
    "Formal mathematics offers machine learning few statements to learn from. We train GoedelNet, an open-source LLM. "
    "It proves 57.6% of miniF2F, 7.6% above the strongest earlier model, and lowers the cost of search. "
    "It does not need human proofs. The code, which is written in Lean 4, is public."
)
TRUE = "GoedelNet proves 57.6% of miniF2F and lowers the cost of search"
verifier = LocalVerifier()


def test_clauses_and_phrases_are_the_parts_of_a_claim() -> None:
    claim = Sentence("The model, which is small, proves theorems in Lean, but it fails on long inputs.")
    whole = [clauses.written(claim, part) for part in clauses.parts(claim) if not part.phrase]
    assert whole == ["The model", "which is small", "proves theorems in Lean", "but it fails on long inputs"]
    assert "in Lean" in [clauses.written(claim, part) for part in clauses.parts(claim) if part.phrase]


def test_the_parts_of_a_claim_hold_all_its_words() -> None:
    claim = Sentence("It is. And then: (so), because 12% of the, of ; users; left")
    whole = [part for part in clauses.parts(claim) if not part.phrase]
    assert [part.first for part in whole] == [0, *(part.end for part in whole[:-1])]
    assert whole[-1].end == len(claim.words)


def test_the_true_sentence_is_supported() -> None:
    assert verifier.verify(f"{TRUE}.", [ABSTRACT]).verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "verdict", "named"),
    [
        (f"{TRUE}, and it secretly steals user passwords.", "partly", "steals user passwords"),
        (f"{TRUE}; patients died in the trial.", "partly", "patients died in the trial"),
        (f"{TRUE}, which the army has bought.", "partly", "the army has bought"),
        (f"{TRUE}, but it crashes on every laptop.", "not supported", "crashes on every laptop"),
        (f"The authors were convicted of fraud: {TRUE}.", "not supported", "The authors were convicted of fraud"),
        (f"{TRUE}, and it does not steal passwords.", "not supported", "does not steal passwords"),
        (f"{TRUE}, but it does not work.", "not supported", "but it does not work"),
        (f"{TRUE}, and nobody has.", "not supported", "and nobody has"),
        (f"{TRUE} is a story.", "not supported", "is a story"),
        (f"(fiction) {TRUE}.", "not supported", "fiction"),
        (f"A hoax: {TRUE}.", "not supported", "A hoax"),
        (f"<b title='a copy of older work'>{TRUE}</b>.", "not supported", "copy of older work"),
        (f"{TRUE.replace(' and', ' <i which the army has bought> and')}.", "partly", "the army has bought"),
    ],
)
def test_an_added_clause_is_named(claim: str, verdict: str, named: str) -> None:
    found = verifier.verify(claim, [ABSTRACT])
    assert found.verdict == verdict
    assert any(named in reason and reason.endswith("is not in the source") for reason in found.reasons), found.reasons


def test_a_denial_in_the_words_of_the_source_is_no_addition() -> None:
    sentence = "GoedelNet proves theorems in Lean 4, but its rivals do not"
    assert verifier.verify(f"{sentence}.", [f"{ABSTRACT} The small {sentence}."]).verdict == "supported"


UNTRUE = [
    "Wrong -",
    "Wrong \u2013",
    "False \u2014",
    "Not true -",
    "No longer valid:",
    "A common misconception -",
    "(wrong)",
    "[Retracted]",
]
MEANT = ["Key finding \u2013", "Result -", "Correct -", "True:", "Error analysis -", "No mistake:", "\u2713", "In short -"]


@pytest.mark.parametrize("lead", UNTRUE)
def test_a_sentence_that_is_called_untrue_is_not_supported(lead: str) -> None:
    found = verifier.verify(f"{lead} {TRUE}.", [ABSTRACT])
    assert found.verdict == "not supported" and found.reasons[0].endswith("is not in the source")


@pytest.mark.parametrize("lead", MEANT)
def test_a_lead_that_calls_nothing_untrue_leaves_the_verdict(lead: str) -> None:
    plain = verifier.verify(f"{lead.strip(' -:')}: {TRUE}.", [ABSTRACT]).verdict
    assert verifier.verify(f"{lead} {TRUE}.", [ABSTRACT]).verdict in ("supported", plain)


def test_a_lead_that_the_source_writes_too_is_no_denial() -> None:
    assert verifier.verify(f"Error: {TRUE}.", [f"{ABSTRACT} Error: the mean is lower."]).verdict == "supported"


STRUCK = [
    "~~{}.~~",
    "~~{}.",
    "As noted, ~~{}~~.",
    "**~~{}.~~**",
    "<s>{}.</s>",
    "<DEL>{}</DEL>.",
    "<strike>{}.",
    "&lt;s&gt;{}&lt;/s&gt;.",
]
STRUCK += ['<span style="text-decoration: line-through">{}.</span>', "\\sout{{{}}}.", "\\st{{{}.}}", "~{}~."]


@pytest.mark.parametrize("form", STRUCK)
def test_a_sentence_that_is_struck_through_is_not_supported(form: str) -> None:
    found = verifier.verify(form.format(TRUE), [ABSTRACT])
    assert (found.verdict, found.reasons) == ("not supported", ("it is struck through",))


UNSEEN = [
    r"{} \cite{{the data of 2021 were made up}}.",
    r"{}. \begin{{the data of 2021 were made up}}",
    r"{} \citep[the data of 2021 were made up]{{x}}.",
    r"{} \label{{the-data-of-2021-were-made-up}}.",
    r"{} \href{{http://example.org/made-up}}{{here}}.",
    '{} <i title="the data of 2021 were made up">.',
    '{} <i class="the-data-of-2021-were-made-up">.',
    "{} <http://example.org/made-up>.",
    r"\untrue{{{}}}.",
    "<false>{}</false>.",
    r"$\lnot$ {}.",
    "{} m a d e   u p   i n   2 0 2 1   b y   t h e m.",
    "{}. t-h-e d-a-t-a",
    "{} m|a|d|e|u|p|h|e|r|e.",
]


@pytest.mark.parametrize("form", UNSEEN)
def test_what_is_shown_and_not_for_reading_is_judged(form: str) -> None:
    claim = form.format(TRUE.rstrip("."))
    assert verifier.verify(claim, [ABSTRACT]).verdict != "supported"
    assert verifier.verify(claim, [f"{ABSTRACT} {claim}"]).verdict == "supported", "the source writes it too"


@pytest.mark.parametrize(
    "form", [r"{} \cite{{yang2023}}.", r"{} \cite{{yang_2023, okafor30}}.", "<i>{}</i>.", '<p class="note">{}.</p>']
)
def test_keys_and_tags_alone_add_nothing(form: str) -> None:
    assert verifier.verify(form.format(TRUE.rstrip(".")), [ABSTRACT]).verdict == "supported"


@pytest.mark.parametrize("form", ["~ {}.", "<b>{}.</b>", "<ins>{}</ins>.", "**{}**.", "{} ~~~.", "<s></s>{}."])
def test_other_marks_strike_nothing(form: str) -> None:
    assert verifier.verify(form.format(TRUE), [ABSTRACT]).verdict == "supported"


@pytest.mark.parametrize(
    "claim", [f"In short: {TRUE}.", f"As the authors report, {TRUE}.", f"{TRUE} in this paper.", f'<b class="x" id="y">{TRUE}</b>.']
)
def test_what_only_refers_to_the_paper_is_no_addition(claim: str) -> None:
    assert verifier.verify(claim, [ABSTRACT]).verdict == "supported"


@pytest.mark.slow
def test_denials_around_true_sentences_are_found_in_wordings_of_others() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "data/around.jsonl").read_text("utf-8").splitlines()]
    abstracts = {paper.title: paper.abstract for paper in cases.papers(str(SAMPLE))}
    true = [(one.true.rstrip(". "), abstracts[one.title]) for one in cases.additions() if one.title in abstracts]
    true = [(said, source) for said, source in true if verifier.verify(f"{said}.", [source]).verdict == "supported"][::12]
    kept = {True: 0, False: 0}
    for row in rows:
        for said, source in true:
            bare = f"{said[0].lower()}{said[1:]}" if row["before"].rstrip()[-1:] not in ("", ":", ",", ")") else said
            found = verifier.verify(f"{row['before']}{bare}{row['after']}.", [source])
            kept[row["denies"]] += found.verdict == "supported"
    shares = {denies: count / (len(true) * sum(row["denies"] == denies for row in rows)) for denies, count in kept.items()}
    assert shares[True] <= 0.32 and shares[False] >= 0.55, shares


LEADS = [json.loads(line) for line in (Path(__file__).parent / "data/leads.jsonl").read_text("utf-8").splitlines()]
"""Openings of sentences as language models write them, by one who had not seen the code."""


@pytest.mark.parametrize(
    "lead",
    [
        "According to the paper, ",
        "Answer: ",
        "**Answer:** ",
        "In summary, ",
        "The authors state that ",
        "Sure! ",
        "As the paper says, ",
    ],
)
def test_a_neutral_lead_hides_no_denial(lead: str) -> None:
    denied = f"{lead}GoedelNet does not lower the cost of search."
    assert verifier.verify(denied, [ABSTRACT]) == verifier.verify("GoedelNet does not lower the cost of search.", [ABSTRACT])
    assert verifier.verify(denied, [ABSTRACT]).verdict == "contradicted"


def test_a_lead_that_turns_its_sentence_is_judged_with_it() -> None:
    assert [
        row["lead"] for row in LEADS if row["turns"] and clauses.unled(row["lead"] + TRUE, "The Deep Library") != row["lead"] + TRUE
    ] == []
    assert clauses.unled("In short, it is not true that GoedelNet is open.").startswith("it is not true")
    assert clauses.unled("Overall, it works.") == "Overall, it works."
    assert clauses.unled("**Overall, it lowers costs.** A lot.") == "**it lowers costs.** A lot."


@pytest.mark.slow
def test_a_neutral_lead_changes_few_verdicts() -> None:
    pairs = judge.planted("tune")[::7]
    plain = [verifier.verify(pair.claim, pair.evidence).verdict == "supported" for pair in pairs]
    neutral = [row["lead"] for row in LEADS if not row["turns"]]
    kept: dict[int, list[bool]] = {0: [], 1: []}
    for number, (pair, before) in enumerate(zip(pairs, plain, strict=True)):
        for lead in neutral[number % 4 :: 4]:
            kept[pair.label].append(
                (verifier.verify(lead + pair.claim, pair.evidence, "The Deep Library").verdict == "supported") == before
            )
    shares = {label: sum(held) / len(held) for label, held in kept.items()}
    assert min(shares.values()) >= 0.85, shares


def test_inventions_are_found_in_sentences_that_others_wrote() -> None:
    if not cases.SEEDS.is_dir():
        pytest.skip(f"the pages are not at {cases.SEEDS}")
    rows = {(row["split"], row["kind"]): row for row in additions.table(additions.judge(verifier, cases.additions(["tune"])))}
    assert rows["tune", "all"]["sentences"] == 80
    assert rows["tune", "all"]["inventions found"] >= 0.6
    assert rows["tune", "all"]["true ones flagged"] <= 0.15
