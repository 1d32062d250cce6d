"""Retrieval: signals and how they are fused, names and typos, parts of a question, diversity, filters."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from endpoint import Endpoint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from assistant import Assistant, Paper, text
from assistant.assistant import SAMPLE
from assistant.config import SearchSettings, load
from assistant.errors import ConfigError, QuestionError
from assistant.library.spelling import respell
from assistant.question.decompose import parts
from assistant.search import candidates
from assistant.search.diversity import mmr
from assistant.search.fusion import Evidence, shares

FIXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The sample with the fake embedder."""
    with Assistant.open(tmp_path_factory.mktemp("fake"), set=["embedder.kind=fake"]) as assistant:
        assistant.ingest_sample()
        yield assistant


def titles(assistant: Assistant, question: str, k: int = 10, **where: object) -> list[str]:
    return [passage.paper.title for passage in assistant.search(question, k, where or None)]


def reading(**flags: object) -> SearchSettings:
    return load(flags=[f"search.{key}={json.dumps(value)}" for key, value in flags.items()], environment={}).settings.search


# Fusion

UNIT = st.floats(-1, 1, width=32)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    n = draw(st.integers(1, 8))
    signal = st.lists(UNIT, min_size=n, max_size=n).map(lambda values: np.array(values, np.float32))
    return Evidence(draw(signal), draw(signal), draw(st.none() | signal), draw(signal), draw(signal))


@pytest.mark.slow
@given(evidences(), st.sampled_from(["score", "rank", "dense", "lexical"]), st.randoms())
def test_fusion_ignores_the_order_of_candidates(evidence: Evidence, fusion: str, random: object) -> None:
    order = np.random.default_rng(random.randrange(1000)).permutation(len(evidence.dense))  # type: ignore[attr-defined]
    shuffled = Evidence(*(None if signal is None else signal[order] for signal in evidence))
    how = reading(fusion=fusion)
    for name, share in shares(evidence, how).items():
        assert np.array_equal(share[order], shares(shuffled, how)[name])


@pytest.mark.slow
@given(evidences(), st.sampled_from(["score", "rank", "dense", "lexical"]))
def test_scores_are_finite_and_within_0_and_1(evidence: Evidence, fusion: str) -> None:
    total = sum(shares(evidence, reading(fusion=fusion)).values())
    assert np.all(np.isfinite(total))
    assert np.all((total >= 0) & (total <= 1 + 1e-6))


def test_rank_fusion_by_hand() -> None:
    zeros = np.zeros(3, np.float32)
    evidence = Evidence(np.array([0.9, 0.5, 0.1], np.float32), zeros, None, np.array([0, 0.2, 0.2], np.float32), zeros)
    total = sum(shares(evidence, reading(fusion="rank")).values())
    # ranks: dense 1, 2, 3; lexical silent, 1, 1; the most that can be had is rank 1 in both
    assert total == pytest.approx([61 / 2 / 61, 61 / 2 * (1 / 62 + 1 / 61), 61 / 2 * (1 / 63 + 1 / 61)])


def test_all_weights_at_zero_score_zero_and_not_nan() -> None:
    ones = np.ones(2, np.float32)
    nothing = reading(dense=0, sentence=0, late=0, lexical=0, name=0)
    assert shares(Evidence(ones, ones, ones, ones, ones), nothing) == {}


def test_what_the_signals_gave_adds_up_to_the_score(sample: Assistant) -> None:
    for passage in sample.search("How does Goedel-Prover-V2 differ from LeanDojo?"):
        assert sum(passage.shares.values()) == pytest.approx(passage.score, abs=1e-6)
        assert passage.paper.abstract[slice(*passage.best)] in passage.text


@pytest.mark.parametrize("fusion", ["score", "rank", "dense", "lexical"])
def test_every_fusion_finds_a_paper_by_its_name(sample: Assistant, fusion: str) -> None:
    with Assistant.open(sample.home, set=[f"search.fusion={fusion}"]) as assistant:
        first = assistant.search("What does LeanDojo offer?")[0]
    assert first.paper.title.startswith("LeanDojo")
    assert set(first.shares) >= ({"dense", "lexical"} if fusion in ("score", "rank") else {fusion})


@FIXED
@given(st.text(min_size=1, max_size=60))
def test_scores_are_finite_for_any_question(fake: Assistant, question: str) -> None:
    try:
        passages = fake.search(question)
    except QuestionError:
        return
    assert all(math.isfinite(passage.score) and 0 <= passage.score <= 1 for passage in passages)
    assert len({passage.paper.id for passage in passages}) == len(passages)


# Names and typos


@pytest.mark.parametrize(
    ("question", "title"),
    [
        pytest.param("the SHAP paper", "A Unified Approach", id="an acronym"),
        pytest.param("Goedel prover v2", "Goedel-Prover-V2", id="without hyphens"),
        pytest.param("GoedelProver", "Goedel-Prover:", id="as one word"),
        pytest.param("What does Lean Dojo do?", "LeanDojo", id="as two words"),
        pytest.param("What is LoRA squared?", "LoRA$^2$", id="a power in words"),
        pytest.param("What does LeanDjo offer?", "LeanDojo", id="a letter left out of a name"),
        pytest.param("Rayleigh-Bénard convection", "Effective control of two-dimensional", id="an accent"),
        pytest.param("What is the Vendi scroe?", "The Vendi Score", id="two letters swapped"),
    ],
)
def test_a_paper_is_found_however_its_name_is_written(sample: Assistant, question: str, title: str) -> None:
    assert titles(sample, question)[0].startswith(title)


def test_every_name_in_a_title_finds_its_paper_first(sample: Assistant) -> None:
    names = {name: paper.title for paper in sample.papers() if len((name := paper.title.split(":")[0]).split()) <= 3}
    assert len(names) > 20
    missed = {name: first for name, title in names.items() if (first := titles(sample, f"What is {name}?")[0]) != title}
    assert missed == {}


@pytest.mark.parametrize(
    ("question", "read"),
    [
        pytest.param("the acuracy of evalution", "the accuracy of evaluation", id="typos"),
        pytest.param("a flame and a powder", "a flame and a powder", id="words that the library does not hold"),
        pytest.param("Does GPT-9 beat Llama7?", "Does GPT-9 beat Llama7?", id="figures in names"),
        pytest.param("What is FlashAttention2?", "What is FlashAttention 2?", id="a version, apart"),
        pytest.param("What is Qwen 3?", "What is Qwen3?", id="a version, joined"),
        pytest.param("Is Goedel Prover 2.0 open?", "Is Goedel Prover v2 open?", id="a version with a v"),
        pytest.param("Is LoRA 2 times faster, or LoRA 2% better?", "Is LoRA 2 times faster, or LoRA 2% better?", id="no version"),
        pytest.param("What does GraphCast forecast?", "What does GraphCast forecast?", id="an unknown name"),
        pytest.param("What did Leman show?", "What did Leman show?", id="an unknown person"),
        pytest.param(
            "differences in stance, poems in verse", "differences in stance, poems in verse", id="small words before others"
        ),
    ],
)
def test_only_plain_slips_are_mended(sample: Assistant, question: str, read: str) -> None:
    mended = sample.library.read(lambda s: respell(question, s.lexical, lambda word: sample.embedder.count(word) == 1))
    assert mended.text == read
    assert bool(mended.changes) == (question != read)


def test_an_answer_says_how_the_question_was_read(sample: Assistant) -> None:
    assert sample.ask("What does LeanDjo offer?").read_as == "What does LeanDojo offer?"
    assert sample.ask("What does LeanDojo offer?").read_as is None


@FIXED
@given(st.text(max_size=60))
def test_spelling_never_fails_and_is_stable(fake: Assistant, question: str) -> None:
    once = fake.library.read(lambda s: respell(question, s.lexical, lambda word: False))
    assert (once.text == question) == (not once.changes)


# Parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How does SHAP differ from LIME?", ["How does SHAP", "LIME?"]),
        ("Compare LeanDojo, ClaPS and the Vendi score.", ["Compare LeanDojo", "ClaPS", "the Vendi score."]),
        ("What is SHAP? And how large is LeanDojo?", ["What is SHAP?", "And how large is LeanDojo?"]),
        ("What does LeanDojo offer?", []),
        ("A list of alpha, beta, gamma.", []),
        ("a cat, a dog, a cow, a hen, a goose and SHAP", ["a cat", "a dog", "a cow", "a hen", "SHAP"]),
    ],
)
def test_a_question_about_several_things_has_parts(question: str, expected: list[str]) -> None:
    assert [question[first:last] for first, last in parts(question)] == expected


@given(st.text(max_size=80) | st.lists(st.sampled_from(["and", "SHAP", "vs", ",", "or", "the", "Lean", "?", "x"])).map(" ".join))
def test_parts_are_apart_in_order_and_hold_a_word(question: str) -> None:
    spans = parts(question)
    assert len(spans) != 1
    assert all(0 <= first < last <= len(question) and text.content_words(question[first:last]) for first, last in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))


def test_each_part_brings_its_paper_and_the_best_stays_first(sample: Assistant) -> None:
    question = "Compare LeanDojo, the Vendi Score and ClaPS."
    passages = sample.search(question, 3)
    assert {passage.paper.title.split(":")[0] for passage in passages} == {
        "LeanDojo",
        "The Vendi Score",
        "Survival of the Most Influential Prompts",
    }
    assert passages[0].part is None
    assert all(passage.part and passage.part in question for passage in passages if passage.part is not None)
    with Assistant.open(sample.home, set=["search.parts=false"]) as whole:
        assert whole.search(question, 1)[0].paper == passages[0].paper
        assert all(passage.part is None for passage in whole.search(question))


# Diversity


@given(st.lists(UNIT, max_size=8), st.floats(0, 1), st.integers(0, 10), st.integers(0, 99))
def test_diversity_keeps_the_best_first_and_names_each_once(scores: list[float], diversity: float, k: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((len(scores), 4)).astype(np.float32)
    chosen = mmr(scores, vectors, diversity, k)
    assert len(chosen) == len(set(chosen)) == min(len(scores), k)
    assert chosen[:1] == list(range(min(1, len(chosen))))


def test_diversity_passes_over_a_twin() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert mmr([0.9, 0.8, 0.7], vectors, 0, 3) == [0, 1, 2]
    assert mmr([0.9, 0.8, 0.7], vectors, 0.5, 3) == [0, 2, 1]


def test_diversity_leaves_the_best_paper_where_it_is(sample: Assistant) -> None:
    question = "Which theorem provers work in Lean?"
    with Assistant.open(sample.home, set=["search.diversity=0.5"]) as diverse:
        assert titles(diverse, question, 5)[0] == titles(sample, question, 5)[0]
        assert titles(diverse, question, 5) != titles(sample, question, 5)


# Filters


def folded(paper: Paper) -> str:
    return " ".join(text.words(f"{paper.title}. {paper.abstract}"))


@pytest.mark.slow
@FIXED
@given(
    st.sampled_from(["theorem proving", "What is SHAP?", "diversity and retrieval"]),
    st.fixed_dictionaries(
        {},
        optional={
            "text": st.sampled_from(["theorem", "language models", "Lean", "xyzzy", "..."]),
            "source": st.sampled_from(["jsonl", "page"]),
            "page": st.sampled_from(["sample", "papers", "none"]),
            "year": st.sampled_from(["2025", "1900"]),
        },
    ),
)
def test_a_filter_never_widens(fake: Assistant, question: str, where: dict[str, str]) -> None:
    everything = {passage.paper.id for passage in fake.search(question, 1000)}
    kept = {passage.paper.id for passage in fake.search(question, 1000, where)}
    assert kept <= everything
    for key in where:
        fewer = {name: value for name, value in where.items() if name != key}
        assert kept <= {passage.paper.id for passage in fake.search(question, 1000, fewer)}


def test_a_filter_by_text_keeps_what_holds_the_words_in_a_row(fake: Assistant) -> None:
    found = [passage.paper for passage in fake.search("theorem", 1000, {"text": "Theorem  PROVING"})]
    assert {paper.id for paper in found} == {paper.id for paper in fake.papers() if "theorem proving" in folded(paper)}
    assert found
    assert fake.search("theorem", where={"text": "proving theorem xyzzy"}) == []
    assert fake.search("theorem", where={"text": "..."}) == []
    one = found[0]
    assert [p.paper for p in fake.search("theorem", where={"text": "theorem proving", "paper": one.id})] == [one]


def test_a_filter_by_text_does_not_run_from_the_title_into_the_abstract(fake: Assistant) -> None:
    paper = next(iter(fake.papers()))
    edge = f"{text.words(paper.title)[-1]} {text.words(paper.abstract)[0]}"
    assert edge not in " ".join(text.words(paper.abstract))
    assert paper.id not in {passage.paper.id for passage in fake.search("theorem", 100, {"text": edge})}


@pytest.mark.parametrize(
    "where", [{"paper": None}, {"paper": []}, {"page": ("sample", None)}, {"text": None}, {"text": ["a"]}, {"year": True}]
)
def test_a_filter_that_is_no_text_is_refused(fake: Assistant, where: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"the filter {next(iter(where))} takes"):
        fake.search("theorem", where=where)


def test_an_unknown_filter_names_the_known_ones(fake: Assistant) -> None:
    with pytest.raises(ConfigError, match="author, date, doi, page, paper, source, text, title, venue, without, year"):
        fake.search("theorem", where={"colour": "red"})


# With a model


def with_model(sample: Assistant, endpoint: Endpoint, *flags: str) -> Assistant:
    return Assistant.open(sample.home, set=["model.name=m", f"model.base_url={endpoint.url}", *flags])


@pytest.mark.parametrize(
    ("expansion", "reply"),
    [
        ("multi-query", json.dumps({"rewordings": ["What does LeanDojo offer?", "Which playground has LeanDojo?"]})),
        ("hyde", "LeanDojo is an open playground that lets a language model prove theorems in Lean."),
    ],
)
def test_other_wordings_bring_the_paper_up(sample: Assistant, endpoint: Endpoint, expansion: str, reply: str) -> None:
    question = "Where may a chatbot practise ironclad arguments?"
    endpoint.says = lambda body: reply
    with with_model(sample, endpoint, f"search.expansion={expansion}") as assistant:
        first = assistant.search(question)[0]
    assert first.paper.title.startswith("LeanDojo")
    assert sum(first.shares.values()) == pytest.approx(first.score, abs=1e-6)
    assert first.score > next(p.score for p in sample.search(question, 60) if p.paper == first.paper)


def test_wordings_that_are_none_leave_the_search_as_it_was(sample: Assistant, endpoint: Endpoint) -> None:
    endpoint.says = lambda body: "I would rather not."
    with with_model(sample, endpoint, "search.expansion=multi-query") as assistant:
        assert assistant.search("What does LeanDojo offer?") == sample.search("What does LeanDojo offer?")


def test_a_second_pass_has_the_last_word_on_the_top_and_no_more(sample: Assistant, endpoint: Endpoint) -> None:
    question = "Which theorem provers work in Lean?"
    before = titles(sample, question, 8)

    def favourite(body: dict[str, Any]) -> str:
        shown = body["messages"][-1]["content"]
        number = re.search(r"Passage (\d+):\n[^\n]*\n" + re.escape(before[3]), shown)
        return json.dumps({"useful": [int(number[1])] if number else []})

    endpoint.says = favourite
    with with_model(sample, endpoint, "search.second_pass=utility", "search.second_pass_top=5", "search.votes=2") as assistant:
        after = assistant.search(question, 8)
        assert titles(assistant, question, 2) == [before[3], before[0]]
    assert [passage.paper.title for passage in after] == [before[3], *before[:3], *before[4:]]
    assert [passage.second_pass for passage in after] == [1, 0, 0, 0, 0, None, None, None]


@pytest.mark.parametrize("setting", ["search.expansion=hyde", "search.second_pass=utility"])
def test_a_setting_that_asks_a_model_needs_one(sample: Assistant, setting: str) -> None:
    with Assistant.open(sample.home, set=[setting]) as assistant, pytest.raises(ConfigError, match=f"{setting}.*model.name"):
        assistant.search("What does LeanDojo offer?")


# What else must hold


def ingested(folder: Path, *papers: dict[str, str]) -> Assistant:
    """The sample and further papers, with the fake embedder."""
    sample = json.dumps({"title": "Lean proofs", "abstract": "Theorem proving in Lean is what this paper is about."})
    (folder / "more.jsonl").write_text("\n".join([sample, *map(json.dumps, papers)]), "utf-8")
    assistant = Assistant.open(folder, set=["embedder.kind=fake"])
    assistant.ingest(folder / "more.jsonl")
    return assistant


def test_a_long_paper_leaves_room_for_others(tmp_path: Path) -> None:
    sentences = " ".join(f"Theorem proving in Lean is what sentence {n} says over and over again here." for n in range(1500))
    with ingested(tmp_path, {"title": "All of Lean", "abstract": sentences}, {"title": "More Lean", "abstract": "Lean too."}) as a:
        assert a.status().chunks > 20  # of what is left of it: ingest cuts an abstract at 20,000 characters
        assert len(a.search("theorem proving in Lean")) == 3


@pytest.mark.slow
def test_a_chunk_of_small_words_alone_spoils_no_other(sample: Assistant, tmp_path: Path, models: Path) -> None:
    question = "What is it about, and which is it, LeanDojo?"
    (tmp_path / "models").symlink_to(models)
    (tmp_path / "odd.jsonl").write_text(json.dumps({"title": "???", "abstract": "It is what it is and so are they."}), "utf-8")
    with Assistant.open(tmp_path) as assistant:
        assistant.ingest(SAMPLE, tmp_path / "odd.jsonl")
        passages = assistant.search(question, 100)
    assert any(passage.paper.title == "???" for passage in passages)
    assert passages[0].signals.late is not None
    assert passages[0].score == pytest.approx(sample.search(question)[0].score, abs=0.02)


@pytest.mark.parametrize("k", [0, 10**9, 10**30])
def test_any_number_of_papers_may_be_asked_for(fake: Assistant, k: int) -> None:
    assert len(fake.search("theorem proving", k)) == min(k, fake.status().papers)


@pytest.mark.slow
def test_threads_find_what_one_alone_finds(sample: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_ENTRIES", 45)
    questions = [f"What is {paper.title.split(':')[0]}?" for paper in sample.papers()][:30]
    with threadpool_limits(2), Assistant.open(sample.home) as assistant:
        alone = [titles(assistant, question) for question in questions]
        before = threadpool_info()
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda question: titles(assistant, question), questions * 2))
        assert threadpool_info() == before
    assert together == alone * 2


def test_a_long_stretch_of_nothing_costs_no_time() -> None:
    began = time.perf_counter()
    parts("compare lean" + " " * 9950 + "dojo")
    assert time.perf_counter() - began < 1


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("bcdfghjk", min_size=6, max_size=9), min_size=20, max_size=40))
def test_an_unrelated_paper_drives_no_right_one_out_of_the_top_ten(
    fake: Assistant, tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    questions = ["What does LeanDojo offer?", "What is SHAP?", "How is the Vendi score defined?"]
    before = {question: titles(fake, question) for question in questions}
    folder: Path = tmp_path_factory.mktemp("unrelated")
    lines = [paper.model_dump_json(include={"title", "abstract"}) for paper in fake.papers()]
    lines.append(json.dumps({"title": " ".join(words[:5]), "abstract": " ".join(words) + "."}))
    (folder / "all.jsonl").write_text("\n".join(lines), "utf-8")
    with Assistant.open(folder, set=["embedder.kind=fake"]) as assistant:
        assert assistant.ingest(folder / "all.jsonl").new == 61
        for question, right in before.items():
            assert right[0] in titles(assistant, question)


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 70))
def test_the_first_places_come_in_the_order_of_a_whole_sort(values: list[int], n: int) -> None:
    found = np.array(values, np.float32)
    assert list(candidates._ranked(found, n)) == candidates._largest(found, len(found))
