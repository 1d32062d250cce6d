from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant import Assistant, text
from assistant.sources import read
from assistant.types import Paper
from eval import calibrate, cases, retrieval, scores, speed
from eval.__main__ import app


def test_recall_and_reciprocal_rank() -> None:
    ranked = ["b", "a", "c"]
    assert scores.recall_at(1, ranked, ["a"]) == 0
    assert scores.recall_at(2, ranked, ["a", "x"]) == 0.5
    assert scores.reciprocal_rank(ranked, ["a", "c"]) == 0.5
    assert scores.reciprocal_rank(ranked, ["x"]) == 0


def test_a_score_that_does_not_apply_is_none_and_not_counted() -> None:
    assert scores.recall_at(1, ["a"], []) is None
    assert scores.reciprocal_rank(["a"], []) is None
    assert scores.key_fact_recall("text", []) is None
    assert scores.auroc([], [1.0]) is None
    assert scores.mean([None, 1.0, 0.0]) == 0.5
    assert scores.mean([None]) is None


def test_key_facts_are_found_however_they_are_spelled() -> None:
    assert scores.key_fact_recall(r"It reaches 12.4\% with Nystr\"om features.", ["12.4%", "Nyström", "13%"]) == 2 / 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_auroc_is_symmetric(positive: list[float], negative: list[float]) -> None:
    forth, back = scores.auroc(positive, negative), scores.auroc(negative, positive)
    assert forth is not None and back is not None
    assert forth + back == pytest.approx(1)


def test_the_questions_are_whole() -> None:
    loaded = cases.load()
    assert len({case.id for case in loaded}) == len({case.question for case in loaded}) == len(loaded) >= 200
    for case in loaded:
        assert case.answerable or not case.facts
        assert case.gold or case.type == "unanswerable"
        assert not case.answerable or case.facts


def test_no_paper_is_in_both_splits() -> None:
    golds = [{title for case in cases.load(splits=[split]) for title in case.gold} for split in ("tune", "held-out")]
    assert not golds[0] & golds[1]


@pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the saved pages are not at {SEEDS}")
def test_the_questions_fit_the_pages() -> None:
    files = [read(str(file), max_line=10**6, max_file=10**9) for file in SEEDS.glob("*.txt")]
    papers = {item.title: item for file in files for item in file.items if isinstance(item, Paper)}
    for case in cases.load():
        for title in case.gold:
            assert title in papers, case.id
        for fact in case.facts:
            assert any(text.fold(fact) in text.fold(papers[title].abstract) for title in case.gold), (case.id, fact)
        if case.type == "other-words":
            shared = set(text.content_words(case.question)) & set(text.content_words(case.gold[0]))
            assert not shared, (case.id, shared)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(tmp_path_factory.mktemp("eval"), set=["embedder.kind=fake"]) as assistant:
        assistant.ingest_sample()
        yield assistant


def case(question: str, gold: str, *, answerable: bool = True) -> cases.Case:
    kind = "fact" if answerable else "unanswerable"
    facts = ("Lean",) if answerable else ()
    return cases.Case(
        id=question, question=question, type=kind, split="tune", gold=(gold,) if gold else (), facts=facts, answerable=answerable
    )


def test_recall_and_refusals_are_measured_through_search_and_ask(sample: Assistant) -> None:
    title = next(paper.title for paper in sample.papers() if paper.title.startswith("LeanDojo"))
    asked = [
        case("LeanDojo for Lean", title),
        case("LeanDojo Lean", "A paper that is not there"),
        case("GraphCast weather HRES", "", answerable=False),
    ]
    rows = retrieval.retrieval(sample, asked)
    assert [row["type"] for row in rows] == ["fact", "all"]
    assert rows[-1]["questions"] == 2
    assert rows[-1]["recall@1"] == rows[-1]["MRR"] == 0.5
    rest = retrieval.answers(sample, asked)
    assert rest["questions"] == 3
    assert rest["unanswerable refused"] == 1
    assert rest["cited papers that are gold"] == 0.5


def test_of_several_gold_papers_as_many_count_as_fit() -> None:
    assert retrieval._capped(0.5, 1, 2) == 1  # pyright: ignore[reportPrivateUsage]
    assert retrieval._capped(0.5, 5, 2) == 0.5  # pyright: ignore[reportPrivateUsage]


def test_logistic_regression_balances_its_classes() -> None:
    features = [[x, 1.0] for x in (0.0, 1.0, 2.0, 3.0, 9.0, 10.0)]
    slope, bias = calibrate._logistic(features, [False, False, True, False, True, True])  # pyright: ignore[reportPrivateUsage]
    assert slope > 0
    assert 1 < -bias / slope < 9


def test_times_are_in_milliseconds() -> None:
    times = speed.timed(lambda seconds: time.sleep(float(seconds)), ["0.01"] * 20)
    assert 9 < times["p50_ms"] <= times["p95_ms"]
    assert speed.peak_mb() > 10
    assert speed.papers() and speed.questions()


def test_the_command_lists_what_it_measures() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for name in ("speed", "retrieval", "calibrate", "basis"):
        assert name in shown.output
