"""The scores of an answer: definitions worked out by hand, and what may never happen to them."""

from __future__ import annotations

import pytest
from answers import Judge, answer, case, paper
from hypothesis import given
from hypothesis import strategies as st

from assistant.types import Claim, Verdict
from eval.runs import scores
from eval.runs.cases import Pair
from eval.runs.grade import JUDGED, grade, grade_pair
from eval.runs.scores import Held

A, B = paper("A", "Alpha holds. It reaches 42 points."), paper("B", "Beta fails. It loses.")
YES = Held(True, (True,), (False,), True)


def test_citation_recall_and_precision_as_worked_out_by_hand() -> None:
    unsupported = Held(False, (False,), (False,), False)
    spare = Held(True, (True, False), (False, True), True)  # the second does not support it, and the first does without it
    both = Held(True, (False, False), (False, False), True)  # only together
    bare = Held(False, (), (), False)
    assert scores.citation_recall([YES, unsupported, spare, bare]) == 0.5
    assert scores.citation_precision([YES, unsupported, spare, bare]) == 0.5  # of four citations, two are called for
    assert scores.citation_precision([both]) == 1
    assert scores.citation_precision([bare]) is None
    assert scores.citation_recall([]) is scores.faithfulness([]) is None


def test_a_wrong_number_is_an_error_of_citation_and_not_of_faith() -> None:
    wrong = Held(False, (False,), (False,), True)
    assert scores.faithfulness([wrong]) == 1
    assert scores.citation_recall([wrong]) == scores.citation_precision([wrong]) == 0


@given(st.lists(st.builds(Held, st.booleans(), st.just((True,)), st.just((False,)), st.booleans()), max_size=6), st.integers(0, 6))
def test_one_claim_without_a_verdict_leaves_the_scores_out(claims: list[Held], place: int) -> None:
    claims.insert(min(place, len(claims)), Held(None, (None,), (False,), None))
    assert scores.unjudged(claims) == 1
    assert scores.citation_recall(claims) is scores.citation_precision(claims) is scores.faithfulness(claims) is None


def test_numbers_never_offered_are_counted_apart() -> None:
    assert scores.offered(3, 1) == 0.75
    assert scores.offered(0, 0) is None


def test_a_quote_is_exact_to_the_character() -> None:
    assert scores.exactness([("abc", 0, 2, "ab"), ("abc", 0, 2, "Ab")]) == 0.5
    assert scores.exactness([("abc", 1, 1, "")]) == 0  # nothing is no quote
    assert scores.exactness([]) is None


def test_risk_and_coverage() -> None:
    points = scores.risk_coverage([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert points == [(0.25, 0), (0.75, 1 / 3), (1, 0.5)]
    assert scores.risk_coverage_area(points) == pytest.approx(0.5 / 3 + 0.25 / 2)
    assert scores.risk_coverage_area([]) is None


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=8))
def test_the_curve_does_not_depend_on_the_order_of_the_questions(told: list[tuple[float, bool]]) -> None:
    forth = scores.risk_coverage(*map(list, zip(*told, strict=True)))  # type: ignore[arg-type]
    back = scores.risk_coverage(*map(list, zip(*told[::-1], strict=True)))  # type: ignore[arg-type]
    assert forth == back
    area = scores.risk_coverage_area(forth)
    assert area is not None and 0 <= area <= 1


def test_churn_and_disagreement() -> None:
    assert scores.churn(["right", "wrong"], ["right", "refused"]) == 0.5
    assert scores.churn([], []) is None
    assert scores.disagreement(["a", "b"], ["b", "c"]) == pytest.approx(2 / 3)
    assert scores.disagreement([], []) is None
    assert scores.precision(["a", "a", "x"], ["a"]) == 0.5
    assert scores.precision([], ["a"]) is None


def test_an_answer_is_right_with_all_its_facts() -> None:
    good = grade(case("q"), answer("q", [("It reaches 42 points.", (1,))], [A]), ["A"], Judge())
    assert good.outcome == "right"
    assert {name: value for name, value in good.scores.items() if value != 1} == {}
    poor = grade(case("q"), answer("q", [("Alpha holds.", (1,))], [A]), ["B", "A"], Judge())
    assert poor.outcome == "wrong"
    assert poor.scores["key facts"] == 0 and poor.scores["MRR"] == 0.5


def test_a_refusal_is_a_decision_and_no_unfaithful_answer() -> None:
    refused = grade(case("q"), answer(), ["A"], Judge())
    assert (refused.outcome, refused.scores["decision"]) == ("refused", 0)
    well = grade(case("q", gold=(), kind="unanswerable"), answer(), [], Judge())
    assert (well.outcome, well.scores["decision"]) == ("right", 1)
    for grades in (refused, well):
        for name in (*JUDGED, "key facts", "paper precision", "paper recall", "quotes exact", "numbers offered"):
            assert grades.scores[name] is None, name
    told = grade(case("q", gold=(), kind="unanswerable"), answer("q", [("Alpha holds.", (1,))], [A]), [], Judge())
    assert (told.outcome, told.scores["decision"], told.scores["faithfulness"]) == ("wrong", 0, 1)


def test_a_weak_match_is_a_right_decision_either_way() -> None:
    weak = answer("q", [("It reaches 42 points.", (1,))], [A]).model_copy(update={"match": "weak"})
    for asked in (case("q"), case("q", gold=(), kind="unanswerable")):
        grades = grade(asked, weak, ["A"], Judge())
        assert (grades.outcome, grades.scores["decision"]) == ("right", 1)


def test_connectives_need_no_source_and_struck_claims_are_not_there() -> None:
    mixed = answer("q", [("In short:", ()), ("It reaches 42 points.", (1,))], [A])
    assert grade(case("q"), mixed, ["A"], Judge()).scores["citation recall"] == 1
    struck = mixed.model_copy(
        update={"claims": (*mixed.claims, mixed.claims[1].model_copy(update={"text": "No.", "struck": True}))}
    )
    assert grade(case("q"), struck, ["A"], Judge()).counts["claims"] == 1


def test_what_is_not_supported_is_contradicted_or_unbacked() -> None:
    claims = [("It reaches 42 points.", (1,)), ("not Alpha holds.", (1,)), ("Gamma.", (1,)), ("Beta fails.", (1,))]
    grades = grade(case("q"), answer("q", claims, [A, B]), ["A"], Judge())
    assert grades.counts | {"claims": 4} == {"claims": 4, "contradicted": 1, "unbacked": 1, "invented": 0, "unjudged": 0}
    assert grades.scores["faithfulness"] == 0.5
    assert grades.scores["citation recall"] == 0.25  # what B says bears the number of A
    assert grades.scores["paper precision"] == 0.5


def test_an_uncited_claim_that_needs_a_source_counts() -> None:
    bare = Claim(text="It wins.", shown="It wins.", verdict=Verdict(verdict="no source", score=0.0), invented=(7,))
    made = answer("q", [("It reaches 42 points.", (1,))], [A])
    grades = grade(case("q"), made.model_copy(update={"claims": (*made.claims, bare)}), ["A"], Judge())
    assert grades.scores["citation recall"] == 0.5
    assert grades.scores["numbers offered"] == 0.5
    assert grades.counts["invented"] == 1


def test_a_judge_without_a_verdict_is_counted() -> None:
    grades = grade(case("q"), answer("q", [("Really? 42", (1,))], [A]), ["A"], Judge())
    assert grades.counts["unjudged"] == 1
    assert all(grades.scores[name] is None for name in JUDGED)
    assert grades.outcome == "right"  # that rests on no judge


def test_a_planted_pair() -> None:
    pair = Pair(id="p", title="A", kind="figure", split="tune", true="t", changed="c")
    yes, no, none = (Verdict(verdict=v, score=None) for v in ("supported", "contradicted", "not judged"))
    assert grade_pair(pair, yes, no)[:3] == ("right", {"errors caught": 1, "truths kept": 1}, {"unjudged": 0})
    assert grade_pair(pair, no, yes)[:3] == ("wrong", {"errors caught": 0, "truths kept": 0}, {"unjudged": 0})
    assert grade_pair(pair, yes, none)[:3] == ("wrong", {"errors caught": None, "truths kept": 1}, {"unjudged": 1})
