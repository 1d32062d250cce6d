"""Questions within a filter: one paper as the subject, and refusals that name a filter or a threshold as their cause."""

from __future__ import annotations

import re

import pytest

from assistant import Assistant
from assistant.config import default


def paper(assistant: Assistant, title: str) -> str:
    """The id of the paper whose title begins with `title`."""
    return next(each.paper.id for each in assistant.search(title, k=5) if each.paper.title.startswith(title))


@pytest.mark.parametrize(
    "question",
    [
        "What does it propose?",
        "Summarise this paper",
        "tl;dr",
        "Give me a short summary of the paper.",
        "What do the authors show?",
        "What are the main results?",
        "Why?",
    ],
)
@pytest.mark.parametrize("title", ["LeanDojo", "Lean Workbook"])
def test_the_only_paper_is_the_subject(sample: Assistant, question: str, title: str) -> None:
    id = paper(sample, title)
    answer = sample.ask(question, {"paper": [id]})
    assert not answer.abstained, answer.reason
    assert {source.paper.id for source in answer.sources} == {id}
    assert answer.read_as and title in answer.read_as
    assert {source.paper.id for source in sample.ask(question).sources} != {id}  # without the filter nothing tells it


def test_a_question_about_something_else_is_refused_within_a_paper(sample: Assistant) -> None:
    where = {"paper": paper(sample, "LeanDojo")}
    for question in ("What is the weather in Paris?", "What is the capital of France?", "Who won the world cup of 2030?"):
        assert sample.ask(question, where).abstained
    assert sample.ask("hello", where).read_as is None
    before = sample.ask("What is Goedel-Prover-V2?")
    again = sample.ask("What does it propose?", where, history=[before])
    assert again.read_as == "What does LeanDojo propose?"
    wrote = sample.ask("Who wrote it?", where, history=[before])
    assert wrote.read_as is None and "LeanDojo" in wrote.text


@pytest.mark.parametrize("question", ["What does it propose?", "Summarise this paper"])
def test_what_a_paper_proposes_is_quoted(sample: Assistant, question: str) -> None:
    proposes = re.compile(r"(?i)\b(?:we|this (?:paper|work|study)) .{0,30}(?:propos|introduc|present)")
    papers = [each.paper for each in sample.search("models", k=60) if proposes.search(each.paper.abstract)]
    quoted = [any(proposes.search(source.quote) for source in sample.ask(question, {"paper": each.id}).sources) for each in papers]
    assert len(papers) > 15 and sum(quoted) >= 0.95 * len(papers)


def test_a_refusal_names_the_filter_that_hides_the_paper(sample: Assistant) -> None:
    lean, other = paper(sample, "LeanDojo"), paper(sample, "Goedel-Prover-V2")
    refused = sample.ask("What does LeanDojo extract from Lean?", {"paper": [other]})
    assert refused.abstained and refused.reason
    assert "LeanDojo" in refused.reason and "outside it" in refused.reason and "Ask without the filter." in refused.reason
    assert not sample.ask("What does LeanDojo extract from Lean?", {"paper": [lean]}).abstained
    nowhere = sample.ask("What does LeanDojo extract from Lean?", {"page": ["no such page"]})
    assert nowhere.reason and nowhere.reason.startswith("No paper matches the filter. No paper has the page")
    unknown = sample.ask("What does Zorblatt7000 say?", {"paper": [other]})
    assert unknown.reason == "No paper in the library mentions Zorblatt7000."


def test_a_refusal_names_the_threshold(sample: Assistant) -> None:
    question = "Which open-source LLM generates formal proofs and sets the state of the art?"
    usual = sample.ask(question)
    assert not usual.abstained and default("answer.threshold") <= usual.confidence < 1
    sure = sample.settings.answer.model_copy(update={"threshold": min(1.0, usual.confidence + 0.01)})
    refused = sample.with_settings(sample.settings.model_copy(update={"answer": sure})).ask(question)
    assert refused.abstained and refused.reason
    assert f"{usual.confidence:.0%}" in refused.reason and f"{sure.threshold:.0%} asked for" in refused.reason
    assert "answer.threshold" in refused.reason
    lacking = sample.with_settings(sample.settings.model_copy(update={"answer": sure})).ask("What is the capital of France?")
    assert lacking.reason and "asked for" not in lacking.reason


@pytest.mark.parametrize(
    "question",
    [
        "How to bake bread with less sugar?",
        "How do plants fix nitrogen?",
        "Which methods cure malaria in children?",
        "How is cheese made?",
    ],
)
def test_a_filter_to_one_paper_makes_no_answer_of_something_else(sample: Assistant, question: str) -> None:
    papers = [paper.id for paper in sample.papers()][::3]
    assert {sample.ask(question, {"paper": id}).match for id in papers} == {"none"}


@pytest.mark.parametrize("question", ["What does it propose?", "How does the method work?", "What are the main results?"])
def test_questions_without_a_subject_are_asked_of_the_only_paper(sample: Assistant, question: str) -> None:
    papers = [paper.id for paper in sample.papers()][::3]
    strong = sum(sample.ask(question, {"paper": id}).match == "strong" for id in papers)
    assert strong >= 0.75 * len(papers)
