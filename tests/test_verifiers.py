"""Measuring verifiers: the sets, the table, planted errors, and the trees that the local one is fitted with."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant.types import Verdict
from eval.__main__ import app
from eval.fit import verifier
from eval.fit.perturb import KINDS, perturb
from eval.judging import direction, judge
from eval.runs import scores


class Holds:
    """Says supported where the evidence holds the claim."""

    name = "for tests"

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        held = any(claim in source for source in evidence)
        return Verdict(verdict="supported" if held else "not supported", score=0.9 if held else 0.2)


def pair(claim: str, evidence: str, label: int, kind: str = "") -> judge.Pair:
    return judge.Pair("scifact", claim, (evidence,), label, "dev", 0, kind)


def test_rows_that_share_a_claim_or_evidence_share_a_fold(tmp_path: Path) -> None:
    long = [f"A piece of evidence that is long enough to bind those rows that hold it together, number {n}." for n in range(60)]
    rows = [{"claim": f"c{n}", "evidence": [long[n], "short", long[n + 1] if n < 3 else "other"]} for n in range(30)]
    rows += [{"claim": "c7", "evidence": [long[40], "short"]}]
    lines = [json.dumps({**row, "id": "x", "label": 1, "raw_label": "S", "split": "dev"}) for row in rows]
    (tmp_path / "wice.jsonl").write_text("\n".join(lines), "utf-8")
    folds = [one.fold for one in judge.load("wice", tmp_path)]
    assert folds[0] == folds[1] == folds[2] == folds[3]
    assert folds[7] == folds[30]
    assert set(folds) == set(range(judge.FOLDS))


def test_a_row_of_the_table() -> None:
    pairs = [pair("the cat sat", "the cat sat", 1), pair("dogs bark loudly", "a dog", 1), pair("fish swim", "fish swim", 0)]
    pairs += [pair("birds fly", "birds fly low", 1), pair("cows moo", "grass", 0)]
    row = judge.row(judge.judge(lambda _: Holds(), pairs))
    assert row["claims"] == 5
    assert row["base rate"] == 0.6
    assert row["balanced accuracy"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert row["AUROC"] == pytest.approx((2 * 0.5 + 2 * 1 + 0 + 0.5) / 6)
    assert row["kappa"] == pytest.approx((3 / 5 - 13 / 25) / (1 - 13 / 25))
    assert row["words alone: balanced accuracy"] == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_planted_errors_found_and_true_ones_flagged_by_kind() -> None:
    pairs = [pair("x is 5", "x is 4", 0, "figure"), pair("x is 4", "x is 4", 1, "figure")]
    pairs += [pair("it is not so", "it is so", 0, "negation"), pair("so it is", "it is so", 1, "negation")]
    every, figure, negation = judge.found(judge.judge(lambda _: Holds(), pairs))
    assert (every["pairs"], every["changed ones found"], every["true ones flagged"]) == (2, 1.0, 0.5)
    assert (figure["changed"], figure["true ones flagged"], figure["true scored above changed"]) == ("figure", 0.0, 1.0)
    assert (negation["changed ones found"], negation["true scored above changed"]) == (1.0, 0.0)


def test_the_planted_pairs_are_twins_over_the_sample() -> None:
    for split in ("tune", "held-out"):
        pairs = judge.planted(split)
        assert [one.label for one in pairs] == [0, 1] * (len(pairs) // 2)
        assert {one.kind for one in pairs} == {"figure", "negation", "direction", "entity"}
        assert all(one.evidence[0] for one in pairs)


def test_words_alone() -> None:
    assert judge.word_recall("The cat sleeps deeply.", ["A cat.", "It sleeps."]) == pytest.approx(2 / 3)
    assert judge.word_recall("the of and", ["x"]) == 0.0


def test_balanced_accuracy_and_kappa() -> None:
    assert scores.balanced_accuracy([True, False, True, True], [True, True, True, False]) == pytest.approx((2 / 3 + 0) / 2)
    assert scores.balanced_accuracy([True], [True]) is None
    assert scores.kappa([True, False], [True, False]) == 1
    assert scores.kappa([True, True, False, False], [True, False, True, False]) == 0
    assert scores.kappa([True, True], [True, True]) is None


@pytest.mark.parametrize(
    ("kind", "sentence", "offers"),
    [
        ("figure", "It proves 57.6% of them.", True),
        ("figure", "It proves most of them.", False),
        ("negation", "The model is able to learn.", True),
        ("negation", "The model does not learn.", True),
        ("negation", "Hooray for Lean!", False),
        ("direction", "It increases the cost.", True),
        ("direction", "It is a model.", False),
        ("entity", "The code is written in Lean for everyone.", True),
    ],
)
def test_an_error_of_each_kind_is_planted_where_there_is_a_place(kind: str, sentence: str, offers: bool) -> None:
    others = ["We prefer Isabelle and Coq, and mathematical libraries."] * 4
    changed = [perturb(sentence, kind, others, random.Random(seed)) for seed in range(8)]
    assert kind in KINDS
    assert any(changed) is offers
    assert all(one != sentence for one in changed)
    if (kind, offers) == ("negation", True) and "not" in sentence:
        assert "The model learn." in changed


@pytest.mark.slow  # for the import of scikit-learn
def test_trees_learn_what_no_line_separates_and_are_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "SETTINGS", {"max_iter": 60, "learning_rate": 0.3, "max_features": 1.0})
    x = np.random.default_rng(3).random((1200, 3))
    rows = [verifier.Row("a", 0, int((one > 0.5) != (other > 0.5)), {"a": one, "b": other, "c": third}) for one, other, third in x]
    fitted = verifier.fit_trees(rows)
    assert np.mean([(fitted.score(row.features) > 0.5) == row.label for row in rows]) > 0.95
    assert verifier.fit_trees(rows) == fitted


@pytest.mark.slow  # for the import of scikit-learn
def test_trees_score_as_the_model_of_scikit_learn_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn import ensemble

    models: list[ensemble.HistGradientBoostingClassifier] = []

    class Kept(ensemble.HistGradientBoostingClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            models.append(self)
            return super().fit(X, y, sample_weight)

    monkeypatch.setattr(ensemble, "HistGradientBoostingClassifier", Kept)
    monkeypatch.setattr(verifier, "SETTINGS", {"max_iter": 20})
    x = np.random.default_rng(4).random((600, 3)).round(2)  # values that meet thresholds
    rows = [
        verifier.Row("a" if one > 0.2 else "b", 0, int(one + other > 1), {"a": one, "b": other, "c": third})
        for one, other, third in x
    ]
    fitted = verifier.fit_trees(rows)
    assert [fitted.score(row.features) for row in rows] == pytest.approx(models[0].predict_proba(x)[:, 1], abs=1e-3)


@pytest.mark.slow  # for the import of scikit-learn
def test_the_fit_weighs_classes_alike_and_its_file_scores_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from assistant.verify.local import load_trees

    monkeypatch.setattr(verifier, "SETTINGS", {"max_iter": 50, "learning_rate": 0.2})
    rows = [verifier.Row("a", 0, int(n % 10 == 0), {"signal": float(n % 10 == 0) + n % 7 / 10, "noise": n % 3}) for n in range(900)]
    fitted = verifier.fit_trees(rows)
    assert fitted.bias == 0
    assert fitted.score({"signal": 1.3, "noise": 0}) > 0.9 > 0.1 > fitted.score({"signal": 0.3, "noise": 0})
    verifier.write(fitted, tmp_path / "trees.json")
    assert load_trees(tmp_path / "trees.json") == fitted


@pytest.mark.parametrize("command", ["judge", "fit-verifier"])
def test_missing_sets_are_one_clear_line(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judge, "FOLDER", tmp_path / "nowhere")
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2
    assert "the sets are not at" in result.output


@pytest.mark.slow
def test_the_whole_measurement_on_small_made_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = "apple bread chair dance eagle flour grass horse igloo joker kettle lemon".split()
    for name in judge.SETS:
        rows = [
            {
                "id": str(number),
                "claim": f"The {words[number]} of {name} costs {number + 2} euros{'' if number % 2 else ' on Mars'}.",
                "evidence": [f"In {name} people pay {number + 2} euros for the {words[number]}. They like it a lot."],
                "label": number % 2,
                "split": "dev" if number < 6 else "train",
            }
            for number in range(12)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    outcomes = [
        {
            "outcome": "Pain",
            "intervention": "tea",
            "comparator": "water",
            "label": label,
            "evidence": said,
            "abstract": f"Tea. {said}",
        }
        for label, said in (
            ("increased", "Pain was higher with tea than with water."),
            ("decreased", "Pain was lower with tea than with water."),
            ("no difference", "Pain did not differ between tea and water."),
        )
    ]
    (tmp_path / "evidence_inference.jsonl").write_text("\n".join(map(json.dumps, outcomes)), "utf-8")
    monkeypatch.setattr(judge, "FOLDER", tmp_path)
    monkeypatch.setattr(direction, "FILE", tmp_path / "evidence_inference.jsonl")
    monkeypatch.setattr(verifier, "SETTINGS", {"max_iter": 3})
    rows = verifier.examples()
    groups = [row.group for row in rows]
    assert groups.count("scifact") == 6  # its dev split is kept out
    assert groups.count("wice") == 12
    assert set(groups) == {*judge.SETS, "auto", "planted", "quantities"}
    assert groups.count("quantities") == len(judge.quantities("tune"))
    assert not {pair.claim for pair in judge.quantities("tune")} & {pair.claim for pair in judge.quantities("held-out")}
    done = CliRunner().invoke(app, ["judge", "--json", str(tmp_path / "out.json")])
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [row["claims"] for row in figures["sets"]] == [6, 12, 12, 12, 12]
    assert [row["three-way accuracy"] for row in figures["direction"]] == [1.0, 1.0]
    assert set(figures["planted"]) - {"reworded"} == {"tuning", "held-out"}  # that one where the pages are
    pick = verifier.out_of_fold()
    first, *_, last = judge.load("wice")
    dev = judge.load("scifact")[0]
    assert pick(dev) is pick(judge.planted("held-out")[0])  # the shipped one
    assert pick(first) is not pick(dev)
    assert (pick(first) is pick(last)) == (first.fold == last.fold)
