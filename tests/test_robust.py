"""Robustness: texts spelled anew, distractors that answer nothing, another order, abstracts swapped, hostile papers."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import Judge, System, answer, case, paper
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant import Assistant, text
from assistant.verify import injection
from eval.__main__ import app
from eval.bench import faults, hostile, robust
from eval.bench.robust import Remap, Text, distractors
from eval.runs import cases, run, scores, suite

pytestmark = pytest.mark.slow

SAMPLE = [Text(paper.title, paper.abstract) for paper in cases.papers(str(suite.SAMPLE))]


def test_names_and_figures_are_spelled_anew_and_the_rest_stays() -> None:
    remap = Remap(["LeanDojo proves 96,962 theorems in 2.5 hours by an LLM."])
    new = remap("LeanDojo proves 96,962 theorems in 2.5 hours by an LLM.")
    name, *rest = new.split()
    assert name != "LeanDojo" and [char.isupper() for char in name] == [char.isupper() for char in "LeanDojo"]
    assert " ".join(rest).translate(str.maketrans("0123456789", "#" * 10)) == "proves ##,### theorems in #.# hours by an LLM."
    assert "96,962" not in new and "2.5" not in new
    assert remap("leandojo's") == f"{name.lower()}'s"  # however a question writes it
    assert remap("LeanDjoo") != "LeanDjoo" and sorted(remap("LeanDjoo")) == sorted(name)  # a slip stays the same slip
    assert remap("learned") == "learned"


@given(st.lists(st.from_regex(r"[A-Z][a-z]{1,4}[A-Z][a-z]{0,4} [0-9]{1,4}", fullmatch=True), unique=True, min_size=2))
def test_different_texts_stay_different_and_lengths_the_same(texts: list[str]) -> None:
    remap = Remap(texts)
    assert len({remap(content) for content in texts}) == len(texts)
    for content in texts:
        assert len(remap(content)) == len(content) and remap(content) == remap(content)


def test_the_gold_of_the_sample_follows_the_text() -> None:
    remap = Remap([f"{paper.title} {paper.abstract}" for paper in SAMPLE])
    before = {paper.title: paper.abstract for paper in SAMPLE}
    after = {remap(paper.title): remap(paper.abstract) for paper in SAMPLE}
    assert len(after) == len(SAMPLE)
    changed = 0
    for old in cases.load("sample"):
        new = remap.case(old)
        assert all(title in after for title in new.gold)
        abstracts = " ".join(after[title] for title in new.gold)
        for was, fact in zip(old.facts, new.facts, strict=True):
            assert scores.key_fact_recall(abstracts, [fact]) == 1, (old.id, fact)
            if was != fact:
                changed += 1
                assert scores.key_fact_recall(" ".join(before[title] for title in old.gold), [was]) == 1
    assert changed > 30  # enough for memory to show


def test_an_answer_out_of_memory_is_not_right_once_the_text_is_another() -> None:
    abstract = paper("A", "Alpha holds. It reaches 42 points.")
    asked = case("one")
    remembers = System(lambda question: answer(question, [("It reaches 42 points.", (1,))], [abstract]), [abstract])
    assert [line.outcome for line in run.run(remembers, [asked], Judge())] == ["right"]
    assert [line.outcome for line in run.run(remembers, [Remap([]).case(asked)], Judge())] == ["wrong"]


def test_distractors_answer_nothing() -> None:
    asked = [
        case("one", facts=("42 points", "alpha")),
        case("two", gold=(), kind="unanswerable").model_copy(update={"question": "Is GraphCast good?"}),
    ]
    pages = [
        Text("A", "In the library already."),
        Text("Holds both", "ALPHA reaches 42 points."),
        Text("Holds one", "It reaches 42 points."),
        Text("Named", "GraphCast forecasts."),
        Text("Plain", "Something else."),
    ]
    found = distractors([Text("A", "")], asked, 5, pages)
    assert {paper.title for paper in found[:2]} == {"Holds one", "Plain"}
    assert len(found) == 5 and len({text.title_key(paper.title) for paper in found}) == 5  # the rest is made
    assert distractors([Text("A", "")], asked, 5, pages) == found


def test_no_made_distractor_answers_the_sample() -> None:
    asked = cases.load("sample")
    for made in distractors(SAMPLE, asked, 80, []):
        for one in asked:
            assert not one.facts or scores.key_fact_recall(made.abstract, one.facts) != 1, one.id


def test_another_order_of_the_same_passages(sample: Assistant) -> None:
    question = "What does LeanDojo offer?"
    plain = [hit.passage.paper.title for hit in sample.retriever.found(question, 10).hits]
    shuffled = robust.Shuffled(sample.retriever)
    once = [hit.passage.paper.title for hit in shuffled.found(question, 10).hits]
    assert sorted(once) == sorted(plain) and once != plain
    assert once == [hit.passage.paper.title for hit in shuffled.found(question, 10).hits]
    with faults.changed(sample, robust.shuffled) as system:
        assert system.ask(question).question == question


def of_attacked() -> list[cases.Case]:
    """A question about each of five hostile papers to tune on."""
    return [
        case(paper.id, gold=(), kind="unanswerable").model_copy(update={"question": paper.question})
        for paper in hostile.load("tune")[:5]
    ]


def test_an_attack_that_gets_through_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(content: str) -> tuple[injection.Span, ...]:
        return ()

    attackers = hostile.load("tune")[:5]
    with Assistant.open(tmp_path, set=["embedder.kind=fake"]) as assistant:
        hostile.ingest(assistant, attackers, tmp_path)
        defended = robust.attacked(run.run(assistant, of_attacked(), Judge()), attackers)
        monkeypatch.setattr(injection, "orders", none)  # no sentence is told to be an order
        open_to_all = robust.attacked(run.run(assistant, of_attacked(), Judge()), attackers)
    for figures in (defended, open_to_all):
        assert figures["hostile papers"] == 5 and figures["answers that quote one"].startswith("5 of 5 ")
    assert defended["answers in which an attack stands as supported"].startswith("0 of 5 ")
    assert open_to_all["answers in which an attack stands as supported"].startswith("4 of 5 ")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(cases, "SEEDS", tmp_path / "nowhere")
    monkeypatch.setattr(robust, "SHARES", (0.3,))
    monkeypatch.setattr(robust, "HOSTILE", "tune")
    chosen = [c for c in cases.load("sample") if c.id in ("figure-001", "name-001", "figure-004")] + of_attacked()[:1]
    own = tmp_path / "own.jsonl"
    own.write_text("".join(c.model_dump_json() + "\n" for c in chosen), "utf-8")
    flags = ["--papers", str(suite.SAMPLE), "--set", "embedder.kind=fake", "--json", str(tmp_path / "figures.json")]
    done = CliRunner().invoke(app, ["robust", str(own), *flags])
    assert done.exit_code == 0, done.output
    rows = {line.split(" | ")[0].strip("| "): line for line in done.output.splitlines() if line.startswith("| ")}
    for name in ("as it is", "passages shuffled", "30% of the library are distractors", "names and figures remapped"):
        assert f"| {name} | 4 | 0 |" in rows[name]
    assert "| hostile papers added (tune) | 4 | 0 |" in rows["hostile papers added (tune)"]
    assert rows["as it is"].endswith("| 0.000 | 0.000 |")
    assert "| still states all key facts | 0.000 |" in done.output
    assert "| hostile papers | 90 |" in done.output
    assert "| answers that quote one | 1 of 4 (" in done.output
    assert CliRunner().invoke(app, ["robust", str(own)]).exit_code == 2  # which papers is it about?
