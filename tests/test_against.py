"""Sentences that set themselves against the paper that they cite are not supported, whatever the paper says of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from endpoint import Endpoint

from assistant import Assistant
from assistant.answer.citations import Numbering, cited, split
from assistant.verify.against import AGAINST, sets_against

SAID = "LeanDojo is an open-source playground for Lean"
AGAINST_IT = [
    "Contrary to [1], {}.",
    "Contrary to the authors of [1], {}.",
    "{} is refuted by [1].",
    "{} is not what [1] says.",
    "Unlike [1], {}.",
    "{} despite [1].",
    "Misreading [1], {}.",
    "Whoever misreads [1] thinks {}.",
    "No, says [1]: {}.",
    "{} [1] lied.",
    "{} [1] doubts this.",
    "{}, which is at odds with [1, 2].",
    "{}, a statement that finds no support in [1].",
    "In conflict with [1][2], {}.",
]
WITH_IT = [
    "{} [1].",
    "According to [1], {}.",
    "As the authors of [1] say, {}.",
    "{}, as is shown in [1].",
    "[1] shows that {}.",
    "It does not need GPUs [1].",
    "Experts reject it [1].",
    "LeanDojo [1] ignores comments.",
    "It was compared against [1].",
    "Unlike BERT [1], it reads proofs.",
]


def shown(form: str) -> str:
    """The sentence with its markers as the check reads it."""
    (claim,) = split(form.format(SAID), Numbering(["p", "q"], []))
    return cited(claim)


@pytest.mark.parametrize("form", AGAINST_IT)
def test_a_sentence_against_its_citation_is_known(form: str) -> None:
    assert sets_against(shown(form), ["A paper."])


@pytest.mark.parametrize("form", WITH_IT)
def test_a_sentence_on_the_word_of_its_citation_is_none(form: str) -> None:
    assert not sets_against(shown(form), ["A paper."])


def test_what_the_paper_says_itself_is_not_held_against_a_sentence() -> None:
    assert sets_against("The data contradicts [1].", ["Tea is hot."])
    assert not sets_against("The data contradicts [1].", ["The data contradicts earlier work."])


def test_a_model_that_denies_what_it_cites_is_not_shown_as_supported(endpoint: Endpoint, tmp_path: Path) -> None:
    said = "LeanDojo extracts data from Lean and annotates which premises occur in proofs"
    settings = [f"model.base_url={endpoint.url}", "model.name=m", "answer.repair=false", "answer.mode=mark"]
    with Assistant.open(tmp_path / "home", set=settings) as a:
        a.ingest_sample()
        for form, verdict in (("As [1] says, {}.", "supported"), ("Contrary to [1], {}.", "not supported")):
            endpoint.says = lambda body, form=form: form.format(said)
            (claim,) = [one for one in a.ask("What does LeanDojo extract?").claims if not one.own][:1]
            assert claim.verdict and claim.verdict.verdict == verdict
        assert claim.verdict.reasons == (AGAINST,)


def test_a_draft_that_denies_what_it_cites_is_not_proved(sample: Assistant, tmp_path: Path) -> None:
    said = "LeanDojo extracts data from Lean and annotates which premises occur in proofs"
    body = f"As shown in~\\cite{{y}}, {said}. Contrary to~\\cite{{y}}, {said}."
    (tmp_path / "draft.tex").write_text(f"\\documentclass{{article}}\\begin{{document}}{body}\\end{{document}}")
    (tmp_path / "own.bib").write_text(
        "@misc{y, title={LeanDojo: Theorem Proving with Retrieval-Augmented Language Models}, author={Yang, K.}, year=2023}"
    )
    made = sample.check(tmp_path / "draft.tex", bib=tmp_path / "own.bib")
    assert [(one.state, AGAINST in one.reasons) for one in made.sentences] == [("proved", False), ("differs", True)]
