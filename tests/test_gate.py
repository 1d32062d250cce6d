"""The gate: each outcome, its order, and what must not change it; the committed set and baseline."""

from __future__ import annotations

import json
import random
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from answers import case
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant.errors import ConfigError
from eval.__main__ import app
from eval.bench import power
from eval.bench.power import Runs, Versus
from eval.runs import cases, check, rendering
from eval.runs.gate import BASELINES, CHURN, FINE, GATED, INCOMPLETE, JUDGE, UNCLEAR, WORSE, Gate, Judge, Rule, gate, judge
from eval.runs.run import PLANTED, Row, rows

GOOD = Judge("local", 0.8, (("scifact", 300, 0.8),))


def row(number: int, right: bool = True, *, kind: str = "fact", **scores: float) -> Row:
    found = {"right": float(right), "MRR": 1.0, **scores}
    outcome = "right" if right else "wrong"
    return Row(id=f"{kind}-{number:03}", type=kind, papers=(f"P{number}",), outcome=outcome, scores=found, counts={"unjudged": 0})


OLD = [row(number, number % 4 != 0) for number in range(80)]


def held(new: list[Row], old: list[Row] = OLD, known: Judge | str = GOOD, rule: Rule | None = None) -> Gate:
    return gate(new, old, known, rule, rounds=1000)


def test_nothing_changed_is_fine() -> None:
    decided = held(OLD)
    assert (decided.code, decided.reasons, decided.flipped) == (FINE, (), ())
    assert rendering.verdict(decided) == "gate: fine (exit code 0)"
    assert {one.score for one in decided.compared} == {"right", "MRR"}


def test_a_drop_that_is_no_chance_is_worse() -> None:
    decided = held([row(number, number % 4 != 0 and number > 12) for number in range(80)])
    assert decided.code == WORSE
    assert "right fell from 0.750 to 0.637 (9 lost, 0 won" in decided.reasons[0]
    (one,) = [one for one in decided.compared if one.score == "right"]
    assert one.difference.mean == pytest.approx(-9 / 80) and one.difference.high < 0
    assert one.mcnemar == 2**-9


def test_as_many_won_as_lost_is_not_worse_but_flips() -> None:
    new = [row(number, number % 4 != 1) for number in range(80)]
    assert held(new).code == CHURN
    meant = held(new, rule=Rule(flips=1.0))
    assert meant.code == UNCLEAR  # so much moved that a drop cannot be ruled out
    assert all("may have dropped" in reason for reason in meant.reasons)
    sampled = Rule(own=0.5)
    assert sampled.bound(80) == pytest.approx(0.5 + 2.33 * (0.25 / 80) ** 0.5)
    assert held(new, rule=sampled).code == UNCLEAR


def test_the_flips_bound_lets_a_few_through() -> None:
    two = [row(number, number % 4 != 0 or number < 5) for number in range(80)]  # 2 of 80
    assert held(two).code == FINE
    three = [row(number, number % 4 != 0 or number < 9) for number in range(80)]
    assert held(three).code == CHURN
    assert [before.id for before, _ in held(three).flipped] == ["fact-000", "fact-004", "fact-008"]


def test_planted_pairs_are_no_questions() -> None:
    pairs = [row(number, kind=PLANTED) for number in range(80)]
    worse = [row(number, number > 20, kind=PLANTED) for number in range(80)]
    decided = held([*OLD, *worse], [*OLD, *pairs])
    assert decided.code == WORSE and decided.flipped == () and decided.questions == 80


def test_an_incomplete_run_comes_first() -> None:
    assert held(OLD[1:], known="unknown").code == INCOMPLETE
    assert "1 of the baseline not run: fact-000" in held(OLD[1:]).reasons
    failed = OLD[0].model_copy(update={"outcome": "failed", "scores": {}})
    decided = held([failed, *OLD[1:]])
    assert decided.code == INCOMPLETE and "1 failed: fact-000" in decided.reasons
    assert [one.old.questions for one in decided.compared] == [79, 79]  # it is in no score
    assert held([], []).code == INCOMPLETE
    assert held([*OLD, row(99)]).code == FINE  # a new question has nothing to be compared with


def test_a_judge_that_is_not_known_or_not_good_or_silent_may_not_gate(tmp_path: Path) -> None:
    assert held(OLD, known="not measured").code == JUDGE
    poor = held(OLD, known=Judge("local", 0.55, ()))
    assert poor.code == JUDGE and "under 0.6" in poor.reasons[0]
    silent = OLD[0].model_copy(update={"counts": {"unjudged": 2}})
    assert "claims of 1 cases were not judged: fact-000" in held([silent, *OLD[1:]]).reasons[0]
    with pytest.raises(ConfigError, match="python -m eval judge --record"):
        judge("local", tmp_path)
    file = tmp_path / "judge-local.json"
    file.write_text("{}", "utf-8")
    with pytest.raises(ConfigError, match="does not hold"):
        judge("local", tmp_path)
    sets = [{"set": "a", "claims": 10, "balanced accuracy": 0.7}, {"set": "b", "claims": 20, "balanced accuracy": 0.9}]
    file.write_text(json.dumps({"sets": sets}), "utf-8")
    assert judge("local", tmp_path).accuracy == pytest.approx(0.8)
    assert "a 0.700 of 10" in str(judge("local", tmp_path))


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_lines_says_nothing(seed: int) -> None:
    rng = random.Random(seed)
    new = [row(number, rng.random() < 0.7) for number in range(30)]
    old = [row(number, rng.random() < 0.7) for number in range(30)]
    first = gate(new, old, GOOD, rounds=200)
    rng.shuffle(new)
    rng.shuffle(old)
    assert gate(new, old, GOOD, rounds=200) == first


def test_reports_for_people_and_for_a_server() -> None:
    for new in (
        OLD,
        OLD[1:],
        [row(number, number > 30) for number in range(80)],
        [row(number, number % 4 != 1) for number in range(80)],
    ):
        decided = held(new)
        suite = ElementTree.fromstring(rendering.junit(decided))
        failures = suite.findall("testcase/failure")
        assert bool(failures) == (decided.code != FINE)
        assert suite.get("failures") == str(len(failures)) and suite.get("tests") == str(len(suite))
        shown = rendering.markdown(decided)
        assert shown.startswith("## Eval gate: ") and all(reason in shown for reason in decided.reasons)
    assert "- fact-000: wrong, now right" in shown and "- fact-001: right, now wrong" in shown


@pytest.mark.slow
def test_power_tells_what_it_was_given() -> None:
    same = Versus(OLD, OLD)
    lost = Versus(OLD, [row(number, number % 4 != 0 and number > 30) for number in range(80)])
    made = power.tables(Runs(same, [same], {"broken": [lost]}, 80, 0))
    assert "| the same system | 0.0% | 0.0% | 0.0% | 0.0% |" in made[2]
    assert "| broken | 100.0% | 100.0% | 100.0% | 100.0% |" in made[4]


def test_the_shipped_set_is_whole() -> None:
    found = check.check(cases.load("sample"), cases.papers(str(power.suite.SAMPLE)), lambda text: np.ones(1, np.float32))
    assert found.problems == found.gaps == ()
    asked = cases.load("sample")
    kinds = {
        kind: sum(c.type == kind for c in asked) for kind in ("other-words", "compare", "unanswerable", "detail", "false-premise")
    }
    assert len(asked) >= 70 and found.papers >= 45
    assert kinds["other-words"] >= 12 and min(kinds["compare"], kinds["unanswerable"]) >= 10
    assert min(kinds["detail"], kinds["false-premise"]) >= 5
    split = {pair.title: pair.split for pair in cases.pairs()}
    assert all(c.split == split[title] for c in asked for title in c.gold)


def test_what_is_wrong_with_a_set_is_told() -> None:
    papers = cases.papers(str(power.suite.SAMPLE))
    title = next(paper.title for paper in papers if paper.title.startswith("LeanDojo"))
    wrong = [
        case("a", gold=["Nowhere"]),
        case("b", gold=[title], facts=["96,962"]).model_copy(update={"question": "Are there 96,962 theorems?"}),
        case("b", gold=[title], facts=["MIT license"]).model_copy(
            update={"question": "What is an open-source playground for Lean that bundles?"}
        ),
        case("d", gold=[title], facts=["Coq"], kind="other-words").model_copy(update={"question": "Which theorem?"}),
        case("e", gold=[title], facts=["MIT license"]).model_copy(update={"question": "Which theorem?"}),
        case("f", gold=[], kind="unanswerable").model_copy(update={"facts": ("x",)}),
        case("g", gold=[]),
        case("h", gold=[title], facts=["Coq"], split="held-out").model_copy(update={"question": "Which theorem?"}),
    ]
    found = check.check(wrong, papers, lambda text: np.ones(1, np.float32))
    assert "no question asks for several in other words" in found.gaps
    problems = "\n".join(found.problems)
    for problem in (
        "a: no paper has the title 'Nowhere'",
        "b: the question gives '96,962' away",
        "the same id twice: b",
        "b: the question has the words 'open source playground for lean that'",
        "d: 'Coq' is in no gold abstract",
        "d: 'theorem' is in the title",
        "the same question twice: d and e",
        "f: a question without an answer has no facts",
        "g: an answerable question needs gold papers",
        "e and h",
        f"a gold paper in both splits: {title}",
    ):
        assert problem in problems, problem


def test_a_set_without_questions_is_told() -> None:
    assert check.check([], [], lambda text: np.ones(1, np.float32)).problems == ("it holds no question",)


def test_the_committed_baseline_is_of_the_committed_set() -> None:
    kept = rows(BASELINES / "sample.jsonl")
    assert [one.id for one in kept] == [c.id for c in [*cases.load("sample"), *cases.pairs()]]
    assert all(one.outcome != "failed" for one in kept)
    assert {name for one in kept for name in one.scores} >= set(GATED)
    assert judge("local").accuracy >= 0.6


def test_help_tells_the_exit_codes() -> None:
    shown = " ".join(CliRunner().invoke(app, ["gate", "--help"]).output.split())
    for code in (WORSE, UNCLEAR, JUDGE, INCOMPLETE, CHURN):
        assert f"{code} " in shown
