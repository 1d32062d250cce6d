"""Acronyms: their definitions, and questions that ask for nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.question.acronyms import asked, meanings
from assistant.text import STOP_WORDS
from assistant.text.terms import terms
from eval.runs.cases import papers


@pytest.mark.parametrize(
    ("question", "acronym"),
    [
        ("What is COD?", "COD"),
        ("What does MoE stand for?", "MoE"),
        ("what's ir", "ir"),
        ("GW", "GW"),
        ("What does the acronym IS mean?", "IS"),
        ("What is a Rashomon set?", None),
        ("What does LeanDojo offer?", None),
        ("How is COD computed?", None),
        ("What is this?", None),
        ("What is IS?", "IS"),
    ],
)
def test_only_a_bare_word_is_asked_for(question: str, acronym: str | None) -> None:
    assert asked(question) == acronym


@pytest.mark.parametrize(
    ("acronym", "text", "long"),
    [
        pytest.param("KB", "We boil in a Kettle Basin (KB) of tin.", "Kettle Basin", id="initials"),
        pytest.param("KB", "They trust kettle-basins (KBs).", "kettle-basins", id="hyphen and plural"),
        pytest.param("MoK", "A mixture of kettles (MoK) boils.", "mixture of kettles", id="a small word"),
        pytest.param("TKM", "Our tin-plated Kettle Model [TKM] holds.", "tin-plated Kettle Model", id="square brackets"),
        pytest.param("kb", "We boil in a Kettle Basin (KB) of tin.", "Kettle Basin", id="small letters"),
        pytest.param("KB", "It boils (KB) well.", None, id="letters that do not match"),
        pytest.param("KB", "Kettles are of many kinds and all of them are bad (KB).", None, id="too many words"),
        pytest.param("KB", "The KB boils.", None, id="no brackets"),
        pytest.param("KB", "A Kettle Basin (KBX) boils.", None, id="another acronym"),
        pytest.param("IS", "We use importance sampling (IS).", "importance sampling", id="a stop word"),
        pytest.param("IS", "An iron stove (is it hot) boils.", None, id="the word itself"),
    ],
)
def test_a_definition_is_the_acronym_behind_its_long_form(acronym: str, text: str, long: str | None) -> None:
    assert meanings(acronym, [text]) == ({long: [0]} if long else {})


def test_long_forms_are_grouped() -> None:
    texts = ["A Kettle Basin (KB).", "Nothing.", "The kettle-basins (KB).", "A Kind Bear (KB).", "A tin kettle basin (TKB)."]
    assert meanings("KB", texts) == {"Kettle Basin": [0, 2], "Kind Bear": [3]}
    assert meanings("LM", ["A large model (LM)", "a large learned model (LM)"]) == {"large model": [0], "learned model": [1]}
    assert meanings("LLM", ["A large lean model (LLM)", "a large lean tin model (LLM)"]) == {"large lean model": [0, 1]}


def stove(home: Path) -> Assistant:
    """An assistant whose papers define IS, and LLMs in either number."""
    rows = [
        ("Sampling Kettles", "We boil by importance sampling (IS). The estimate is low in variance."),
        ("Stoves", "An iron stove (IS) is hot. It boils water."),
        ("Talking Kettles", "A large language model (LLM) talks about tea. It is slow."),
        ("Bees", "Bees sleep at night. It is cold."),
    ]
    papers = home / "papers.jsonl"
    papers.write_text("".join(json.dumps({"title": title, "abstract": text}) + "\n" for title, text in rows), "utf-8")
    assistant = Assistant.open(home, set=["embedder.kind=fake"])
    assistant.ingest(papers)
    return assistant


def test_an_acronym_that_is_a_stop_word_is_answered_for_each_meaning(tmp_path: Path) -> None:
    with stove(tmp_path) as assistant:
        for question in ("What is IS?", "IS", "What does IS stand for?"):
            quotes = {source.quote for source in assistant.ask(question).sources}
            assert quotes == {"We boil by importance sampling (IS).", "An iron stove (IS) is hot."}
        assert assistant.ask("What is is?").abstained


@pytest.mark.parametrize("question", ["What is IS and what is LLM?", "What is LLM, and what is IS?"])
def test_two_acronyms_are_both_answered(tmp_path: Path, question: str) -> None:
    with stove(tmp_path) as assistant:
        answer = assistant.ask(question)
    assert {source.paper.title for source in answer.sources} == {"Sampling Kettles", "Stoves", "Talking Kettles"}


def test_acronyms_are_found_in_either_number(tmp_path: Path) -> None:
    with stove(tmp_path) as assistant:
        for question in ("Do LLMs talk?", "do llms talk", "Does an LLM talk?"):
            best = assistant.search(question, 1)[0]
            assert (best.paper.title, best.signals.lexical > 0.5) == ("Talking Kettles", True)
    assert terms("LLMs LMs llms GPS bees") == ("llm", "lm", "gps", "bee")


def test_an_index_of_other_terms_is_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries from before acronyms were told apart."""
    with monkeypatch.context() as before:
        before.setattr("assistant.library.lexical_index._ANALYZER", "words")
        before.setattr(sys.modules["assistant.text.words"], "_STRESSED", STOP_WORDS)
        stove(tmp_path).close()
    with Assistant.open(tmp_path, set=["embedder.kind=fake"]) as assistant:
        assert len(assistant.ask("What is IS?").sources) == 2


def test_an_acronym_with_two_meanings_is_answered_for_both(sample: Assistant) -> None:
    for question in ("What is COD?", "what does cod stand for?"):
        answer = sample.ask(question)
        assert not answer.abstained
        assert [source.number for source in answer.sources] == [1, 2]
        assert all("(COD)" in source.quote for source in answer.sources)
        assert {source.paper.title.split(":")[0] for source in answer.sources} == {
            "COD",
            "Unveiling Downstream Performance Scaling of LLMs",
        }


@pytest.mark.parametrize(
    ("acronym", "stems"),
    [
        ("COD", ["conditional operator", "clustering-on"]),
        ("DM", ["diffusion", "dzyaloshinsky", "dungeon"]),
        ("GW", ["gravitational", "gromov"]),
        ("IR", ["information retrieval", "inductive"]),
        ("IS", ["interactive", "information-seeking"]),
        ("MoE", ["mixture"]),
    ],
)
def test_the_acronyms_of_the_saved_pages(seeds: Path, acronym: str, stems: list[str]) -> None:
    abstracts = [paper.abstract for paper in papers(*map(str, sorted(seeds.glob("*.txt"))))]
    found = [long.lower() for long in meanings(acronym, abstracts)]
    assert len(found) == len(stems)
    assert all(any(long.startswith(stem) for long in found) for stem in stems)
