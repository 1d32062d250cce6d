from __future__ import annotations

import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from assistant import text
from assistant.sources import read
from assistant.types import Paper
from eval import cases, scores


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
