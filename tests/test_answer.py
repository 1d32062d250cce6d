from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant, ask
from assistant.errors import ConfigError, QuestionError


def sound(answer: Answer) -> None:
    """What holds of every answer."""
    assert answer.abstained == (not answer.claims) == (answer.reason is not None)
    kept = [claim for claim in answer.claims if not claim.struck]
    numbers = [source.number for source in answer.sources]
    papers = {source.number: source.paper.id for source in answer.sources}
    assert numbers == sorted(numbers)
    assert sorted(papers) == list(range(1, len(papers) + 1))
    assert len(set(papers.values())) == len(papers)
    assert {number for claim in kept for number in claim.sources} == papers.keys()
    assert {place for claim in kept for place in claim.quotes} == set(range(len(answer.sources)))
    for source in answer.sources:
        assert source.paper.abstract[source.start : source.end] == source.quote
        assert f"[{source.number}]" in answer.text
    for passage in answer.nearest:
        assert passage.paper.abstract[passage.start : passage.end] == passage.text
        assert passage.start <= passage.best[0] < passage.best[1] <= passage.end
    assert 0 <= answer.confidence <= 1


@pytest.mark.parametrize(
    ("question", "title"),
    [
        pytest.param("What does SHAP assign to each feature?", "A Unified Approach to Interpreting", id="SHAP"),
        pytest.param("What does LeanDojo offer?", "LeanDojo", id="LeanDojo"),
        pytest.param("How does the Vendi Score measure diversity?", "The Vendi Score", id="Vendi score"),
        pytest.param("What does Balance Act do about hubness?", "Balance Act", id="Balance Act"),
        pytest.param("How does ClaPS search prompts?", "Survival of the Most Influential", id="ClaPS"),
        pytest.param("How can I explain which features drive a model's prediction?", "A Unified", id="SHAP by idea"),
        pytest.param("Rayleigh-Benard convection control", "Effective control of two-dimensional", id="accent left out"),
        pytest.param("Rayleigh-B\\'enard convection control", "Effective control of two-dimensional", id="TeX accent"),
        pytest.param("What does LoRA^2 do?", "LoRA$^2$", id="LaTeX in the title"),
    ],
)
def test_the_right_paper_is_cited(sample: Assistant, question: str, title: str) -> None:
    answer = sample.ask(question)
    sound(answer)
    assert not answer.abstained
    assert answer.sources[0].paper.title.startswith(title)


def test_the_readme_shows_what_is_answered(sample: Assistant) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    match = re.search(r'make ask Q="(.+?)"', readme)
    assert match
    answer = sample.ask(match.group(1))
    assert answer.text in " ".join(readme.split())
    for source in answer.sources:
        assert f"{source.start}-{source.end}" in readme


def test_a_comparison_cites_both_papers(sample: Assistant) -> None:
    answer = sample.ask("How does Goedel-Prover-V2 differ from the first Goedel-Prover?")
    sound(answer)
    cited = {source.paper.title.split(":")[0] for source in answer.sources}
    assert cited == {"Goedel-Prover-V2", "Goedel-Prover"}


@pytest.mark.parametrize(
    "question",
    ["What hydration does a sourdough loaf need?", "Who won the 1998 football world cup?", "qwxz plmkt vbnrs"],
    ids=["baking", "football", "no words"],
)
def test_what_is_far_is_refused_and_the_nearest_is_named(sample: Assistant, question: str) -> None:
    answer = sample.ask(question)
    sound(answer)
    assert answer.abstained
    assert len(answer.nearest) == sample.settings.answer.nearest


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_any_question_gets_a_sound_answer_or_a_clear_error(sample: Assistant, question: str) -> None:
    try:
        sound(sample.ask(question))
    except QuestionError as exc:
        assert "\n" not in str(exc)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param(" \n\t", "empty", id="blank"),
        pytest.param("?!… --", "no word", id="punctuation"),
        pytest.param("x" * 100_000, "100,000 characters", id="endless"),
    ],
)
def test_a_question_that_cannot_be_searched_for_is_refused(sample: Assistant, question: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        sample.ask(question)
    with pytest.raises(QuestionError, match=said):
        sample.search(question)


def test_the_same_question_gets_the_same_answer(sample: Assistant) -> None:
    first, second = (sample.ask("What is a Rashomon set?") for _ in range(2))
    assert first.model_dump(exclude={"usage", "trace"}) == second.model_dump(exclude={"usage", "trace"})


def test_a_search_lists_each_paper_once_best_first(sample: Assistant) -> None:
    passages = sample.search("theorem proving in Lean", k=7)
    assert len({passage.paper.id for passage in passages}) == len(passages) == 7
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)


def test_a_filter_lets_only_its_papers_through(sample: Assistant) -> None:
    best = sample.search("theorem proving", k=1)[0].paper
    assert [p.paper.id for p in sample.search("alloys", where={"paper": best.id})] == [best.id]
    assert sample.search("theorem proving", where={"page": "no such page"}) == []
    assert len(sample.search("theorem proving", k=60, where={"page": "sample", "source": "jsonl"})) > 10
    answer = sample.ask("theorem proving", where={"year": "1999"})
    assert answer.abstained and answer.reason == "No paper matches the filter. No paper has the year '1999'."


@pytest.mark.parametrize(
    ("question", "held"),
    [
        pytest.param("Which papers mention Lean?", "lean", id="many"),
        pytest.param("Which papers mention Qwen?", "qwen", id="a name in any version"),
        pytest.param("List the papers on the Transformer.", "transformer", id="a word"),
        pytest.param("Does any paper mention Mamba?", "mamba", id="two"),
        pytest.param("Which papers in the library use GPUs?", "gpu", id="in the other number"),
    ],
)
def test_papers_on_something_are_those_that_hold_it(sample: Assistant, question: str, held: str) -> None:
    answer = sample.ask(question)
    sound(answer)
    papers = {source.paper.id: f"{source.paper.title} {source.paper.abstract}".lower() for source in answer.sources}
    assert len(papers) >= 2
    assert all(held in content for content in papers.values())


@pytest.mark.parametrize("topic", ["GraphCast", "tax law", "weight loss", "LeanDojo 2"])
def test_papers_on_what_no_paper_holds_are_refused(sample: Assistant, topic: str) -> None:
    assert sample.ask(f"Which papers mention {topic}?").abstained


def test_an_unknown_filter_is_named(sample: Assistant) -> None:
    with pytest.raises(ConfigError, match="'colour'"):
        sample.search("alloys", where={"colour": "red"})


@pytest.mark.slow
def test_ask_makes_the_sample_library_and_says_so(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "models").symlink_to(models)
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "own"))
    answer = ask("What does LeanDojo offer?")
    sound(answer)
    assert "60 papers of the shipped sample" in caplog.text
    caplog.clear()
    ask("What does LeanDojo offer?")
    assert caplog.text == ""


def test_papers_iterates_all(sample: Assistant) -> None:
    papers = list(sample.papers())
    assert len(papers) == len({paper.id for paper in papers}) == 60 == sample.status().papers


def test_a_text_alone_may_stand_for_a_list_of_it(sample: Assistant) -> None:
    verdict = sample.verify("The sky is blue.", "The sky is blue.")
    assert (verdict.verdict, verdict.quote) == ("supported", "The sky is blue.")


def test_the_proof_shows_verdict_and_quote_of_each_sentence(run: Run, shelf: Path) -> None:
    done = run(
        "ask",
        "What does LeanBench hold?",
        "--proof",
        "--set",
        "answer.flow=linear",
        env={**os.environ, "ASSISTANT_HOME": str(shelf)},
    )
    assert done.returncode == 0
    _, _, proof = done.stdout.partition("confidence")
    assert "    supported" in proof
    assert re.search(r'    \[1\] \d+-\d+: "', proof)
