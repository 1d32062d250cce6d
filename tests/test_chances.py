"""What a small model says of public pairs: kept, fitted on and reported without the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.types import Chances, Message
from assistant.verify.local import LocalVerifier
from assistant.verify.model import Fit, fit
from eval.fit import support
from eval.judging import chances, judge


def line(yes: float, label: int, *, odds: float = 0.0, contradicted: bool = False, split: chances.Split = "tune") -> chances.Line:
    return chances.Line(
        key="k",
        set="wice",
        split=split,
        label=label,
        yes=yes,
        odds=odds,
        contradicted=contradicted,
        score=0.5,
        supported=True,
        seconds=1.0,
        local_seconds=0.01,
    )


class Even:
    """A model that says yes as often as no."""

    def __init__(self) -> None:
        self.asked = 0

    def chances(self, messages: Sequence[Message], words: Sequence[str]) -> Chances | None:
        self.asked += 1
        return Chances({"yes": 0.4, "no": 0.4})


@pytest.mark.slow  # for the import of scikit-learn
def test_the_shipped_weights_are_those_of_the_kept_lines() -> None:
    assert support.fit(chances.lines(), local=False) == fit()


def test_the_kept_lines_are_of_all_sets_splits_and_labels() -> None:
    found = chances.lines()
    assert {(one.set, one.split, one.label) for one in found} == {
        (name, split, label) for name in chances.SETS for split in ("tune", "report") for label in (0, 1)
    }
    assert len({one.key for one in found}) == len(found)


@pytest.mark.slow  # for the import of scikit-learn
def test_weights_follow_what_tells_the_labels_apart() -> None:
    lines = [line(yes, label, odds=odds) for yes, odds, label in [(0.8, 0, 1), (0.7, 1, 1), (0.3, 0, 0), (0.2, 1, 0)] * 5]
    found = support.fit(lines, local=True)
    assert found.yes > 0.5 and abs(found.local) < found.yes
    assert support.fit(lines, local=False).local == 0.0


def test_a_contradiction_is_not_outvoted() -> None:
    assert line(0.99, 1, odds=9.0, contradicted=True).joint(Fit(0, 1, 1)) < 0.5 < line(0.99, 1, odds=9.0).joint(Fit(0, 1, 1))


def test_the_table_is_of_the_pairs_to_report() -> None:
    lines = [line(0.9, 1, split="report"), line(0.1, 0, split="report"), line(0.1, 1), line(0.9, 0)]
    row = chances.table(lines, {"model": Fit(0, 1, 0)})[0]
    assert (row["set"], row["claims"]) == ("wice", 2)
    assert (row["model: balanced accuracy"], row["local: balanced accuracy"]) == (1.0, 0.5)


@pytest.mark.skipif(not judge.FOLDER.is_dir(), reason="the public sets are not there")
def test_a_pair_is_asked_about_once(tmp_path: Path) -> None:
    model, file = Even(), tmp_path / "chances.jsonl"
    local = LocalVerifier()
    made = chances.record(model, lambda pair: local, 2, file, lambda done, total: None)
    assert made == model.asked == len(chances.lines(file)) > 6
    assert chances.record(model, lambda pair: local, 2, file, lambda done, total: None) == 0 and model.asked == made
    assert {one.yes for one in chances.lines(file)} == {0.5}


@pytest.mark.skipif(not judge.FOLDER.is_dir(), reason="the public sets are not there")
@pytest.mark.parametrize("name", chances.SETS)
def test_no_document_is_in_both_splits(name: str) -> None:
    tune, report = ({pair.evidence for pair in chances.drawn(name, split, 200)} for split in ("tune", "report"))
    assert len(tune) > 10 and (name == "scifact" or not tune & report)  # whose own splits share abstracts, and no claim
