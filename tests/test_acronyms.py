"""Acronyms: their definitions, and questions that ask for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.acronyms import asked, meanings
from eval.cases import papers


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
    ],
)
def test_a_definition_is_the_acronym_behind_its_long_form(acronym: str, text: str, long: str | None) -> None:
    assert meanings(acronym, [text]) == ({long: [0]} if long else {})


def test_long_forms_are_grouped() -> None:
    texts = ["A Kettle Basin (KB).", "Nothing.", "The kettle-basins (KB).", "A Kind Bear (KB).", "A tin kettle basin (TKB)."]
    assert meanings("KB", texts) == {"Kettle Basin": [0, 2], "Kind Bear": [3]}
    assert meanings("LM", ["A large model (LM)", "a large learned model (LM)"]) == {"large model": [0], "learned model": [1]}
    assert meanings("LLM", ["A large lean model (LLM)", "a large lean tin model (LLM)"]) == {"large lean model": [0, 1]}


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
