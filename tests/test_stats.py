"""Intervals and tests: against theory, and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.runs import stats

VALUES = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, math.nan]), st.integers(0, 5)), min_size=1, max_size=20)


def test_questions_are_joined_by_their_papers() -> None:
    groups = stats.clusters([("A",), ("B",), ("A", "C"), ("C",), (), ()])
    assert groups.tolist() == [0, 1, 0, 0, 2, 3]  # those without a paper stand alone
    assert stats.clusters([("A",), ("B",), ("B", "A")]).tolist() == [0, 0, 0]  # joined by what comes later
    assert stats.clusters([]).tolist() == []


@given(VALUES)
@settings(deadline=None)
def test_an_interval_holds_its_mean(told: list[tuple[float, int]]) -> None:
    values = np.array([value for value, _ in told])
    _, groups = np.unique([group for _, group in told], return_inverse=True)
    found = stats.interval(values, groups, rounds=400)
    applies = values[~np.isnan(values)]
    if not len(applies):
        assert found is None
        return
    assert found is not None and found.questions == len(applies)
    assert applies.min() - 1e-9 <= found.low <= found.high <= applies.max() + 1e-9
    assert found.mean == pytest.approx(applies.mean())
    assert (
        stats.interval(np.append(values, math.nan), np.append(groups, 0), rounds=400) == found
    )  # what does not apply says nothing


def test_an_interval_is_wider_where_questions_share_a_paper() -> None:
    values = np.array([0.0, 1.0] * 100)
    apart = stats.interval(values, np.arange(200))
    alike = stats.interval(np.repeat([0.0, 1.0] * 10, 10), np.repeat(np.arange(20), 10))
    assert apart is not None and alike is not None
    assert (apart.low, apart.high) == pytest.approx((0.431, 0.569), abs=0.012)  # 1.96 standard errors of one half among 200
    assert (alike.low, alike.high) == pytest.approx((0.281, 0.719), abs=0.08)  # and among 20


def test_mcnemar_as_in_a_table() -> None:
    assert stats.mcnemar(0, 0) == 1
    assert stats.mcnemar(5, 0) == 1 / 32
    assert stats.mcnemar(3, 1) == pytest.approx(5 / 16)
    assert stats.mcnemar(0, 4) == 1


def test_a_drop_of_k_clusters_has_the_chance_of_as_many_heads() -> None:
    old = np.ones((40, 1))
    new = old.copy()
    new[:6] = 0
    assert stats.drops(new, old, np.arange(40))[0] == pytest.approx(2**-6, abs=0.004)
    # six questions about one paper are one
    assert stats.drops(new, old, np.repeat(np.arange(20), [6] + [1] * 15 + [19] + [0] * 3))[0] == pytest.approx(0.5, abs=0.02)
    assert stats.drops(old, new, np.arange(40))[0] > 0.97  # a gain is no drop
    assert stats.drops(old, old, np.arange(40))[0] == 1


def test_many_scores_ask_for_more() -> None:
    rng = np.random.default_rng(0)
    old, new = rng.random((60, 9)), rng.random((60, 9))
    alone = stats.drops(new[:, :1], old[:, :1], np.arange(60))[0]
    assert stats.drops(new, old, np.arange(60))[0] > alone


def test_nothing_changed_is_called_a_drop_as_seldom_as_said() -> None:
    rng = np.random.default_rng(1)
    called = 0
    for _ in range(300):
        pairs = (rng.random((2, 50, 4)) < 0.7).astype(float)
        called += stats.drops(pairs[0], pairs[1], np.arange(50), rounds=500).min() <= 0.05
    assert called / 300 < 0.08  # 0.05 and two standard errors


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_questions_says_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    old, new = (rng.random((2, 30, 2)) < 0.6).astype(float)
    groups = rng.integers(0, 12, 30)
    order = rng.permutation(30)
    _, first = np.unique(groups, return_inverse=True)
    moved = stats.drops(new[order], old[order], first[order])
    assert moved == pytest.approx(stats.drops(new, old, first))


def test_a_score_that_applies_to_one_run_only_says_nothing() -> None:
    old, new = np.ones((10, 1)), np.full((10, 1), math.nan)
    assert stats.drops(new, old, np.arange(10))[0] == 1


def test_the_smallest_drop_that_shows() -> None:
    assert stats.detectable(np.arange(100)) == pytest.approx(0.0665, abs=0.001)  # at least 5 of 100 lost in four of five runs
    assert stats.detectable(np.arange(400)) < stats.detectable(np.arange(100))
    assert stats.detectable(np.arange(3)) == pytest.approx(1)  # never
