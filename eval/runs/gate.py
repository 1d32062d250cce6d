"""Two runs of a set held against each other, case by case, and the decision whether a change may be merged.

    code  outcome                  what it says
    0     fine                     no score can have dropped by more than the margin
    10    worse                    a score dropped, and not by chance
    11    not shown to be no worse the set cannot rule out a drop of more than the margin; a warning, which need not block
    12    judge failed             claims were not judged, or the judge's agreement with people is unknown or too low
    13    run incomplete           cases of the baseline were not run, or failed
    14    too many verdicts flip   right, wrong and refused changed places for too many questions, for better or worse

The first of 13, 12, 10, 14, 11 that holds is what the gate says.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.errors import ConfigError
from eval.runs import scores, stats
from eval.runs.grade import JUDGED
from eval.runs.run import PLANTED, Row
from eval.runs.stats import Estimate, Floats, Ints

BASELINES = Path(__file__).parents[1] / "baselines"
FINE, WORSE, UNCLEAR, JUDGE, INCOMPLETE, CHURN = 0, 10, 11, 12, 13, 14
TOLD = {
    FINE: "fine",
    WORSE: "worse",
    UNCLEAR: "not shown to be no worse",
    JUDGE: "judge failed",
    INCOMPLETE: "run incomplete",
    CHURN: "too many verdicts flip",
}
GATED = (
    "right",
    "decision",
    "MRR",
    "key facts",
    "paper precision",
    "paper recall",
    "citation recall",
    "citation precision",
    "faithfulness",
    "numbers offered",
    "quotes exact",
    "errors caught",
    "truths kept",
)
"""Scores that may block, each 0..1 and better when higher; recall@5 and nDCG@10 say the same as MRR, and are shown."""
FLOOR = 0.6
"""Least balanced accuracy, over the sets judged by people, of a judge that may block."""


class Rule(NamedTuple):
    """When a change is refused; chosen by `python -m eval power`."""

    level: float = 0.05
    """Chance that any score is called worse where nothing changed."""
    margin: float = 0.05
    """A drop that would be too much."""
    flips: float = 0.025
    """Largest share of the questions whose verdict may change without a new baseline."""
    own: float = 0.0
    """Share of them that changes between two runs of the same version: 0 but where a model writes."""

    def bound(self, questions: int) -> float:
        """The largest share that may flip: `flips`, or what two runs of the same version pass once in a hundred times."""
        return max(self.flips, self.own + 2.33 * math.sqrt(self.own * (1 - self.own) / max(1, questions)))


class Compared(NamedTuple):
    """A score in both runs."""

    score: str
    old: Estimate
    new: Estimate
    difference: Estimate
    """New less old, over the cases to which it applies in both."""
    chance: float
    """Of so large a drop of any score where nothing changed."""
    lost: int
    """Cases where it fell."""
    won: int
    """Cases where it rose."""
    mcnemar: float | None
    """Exact one-sided probability; None where the score is not yes or no."""


class Gate(NamedTuple):
    """What the comparison says."""

    code: int
    reasons: tuple[str, ...]
    """Of the code, one each."""
    compared: tuple[Compared, ...]
    flipped: tuple[tuple[Row, Row], ...]
    """Questions whose verdict differs: before, after."""
    questions: int
    detectable: float
    """Smallest drop of a yes/no score that the set shows in four of five runs."""
    judge: Judge | str
    """What is known of the judge, or why nothing is."""


class Judge(NamedTuple):
    """A judge's agreement with people, as `python -m eval judge --record` measured it."""

    name: str
    accuracy: float
    """Mean balanced accuracy over the sets."""
    sets: tuple[tuple[str, int, float], ...]
    """Name, claims, balanced accuracy."""

    def __str__(self) -> str:
        sets = ", ".join(f"{name} {accuracy:.3f} of {claims}" for name, claims, accuracy in self.sets)
        return f"{self.name}: balanced accuracy {self.accuracy:.3f} against people ({sets})"


def beside(score: str, judge: Judge | str) -> str:
    """What is to be read beside a score: who gave it and how far they agree with people, where it rests on a judge."""
    if score not in JUDGED:
        return ""
    return "agreement unknown" if isinstance(judge, str) else f"{judge.name}, balanced accuracy {judge.accuracy:.3f}"


def baseline(set: str, judge: str) -> Path:
    """The file of the committed baseline of a set: runs that different judges scored are not to be compared."""
    return BASELINES / (f"{set}.jsonl" if judge == "local" else f"{set}-by-{_slug(judge)}.jsonl")


def agreement(judge: str, folder: Path) -> Path:
    """The file that holds how far a judge agrees with people."""
    return folder / f"judge-{_slug(judge)}.json"


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


def judge(name: str, folder: Path | None = None) -> Judge:
    """The measured agreement of the judge `name`, kept in `folder`, else beside the baselines.

    Raises:
        ConfigError: it was not measured, or the file holds something else.
    """
    file = agreement(name, folder or BASELINES)
    how = f"measure it with: python -m eval judge{'' if name == 'local' else ' --judge KIND'} --record"
    if not file.is_file():
        raise ConfigError(f"the agreement of the judge {name!r} with people is unknown: there is no {str(file)!r}; {how}")
    try:
        sets = tuple(
            (str(row["set"]), int(row["claims"]), float(row["balanced accuracy"]))
            for row in json.loads(file.read_text("utf-8"))["sets"]
        )
        return Judge(name, sum(accuracy for *_, accuracy in sets) / len(sets), sets)
    except (ValueError, KeyError, TypeError, ZeroDivisionError) as exc:
        raise ConfigError(f"{str(file)!r} does not hold what `python -m eval judge` writes; {how}") from exc


def gate(new: Sequence[Row], old: Sequence[Row], judge: Judge | str, rule: Rule | None = None, rounds: int = 10_000) -> Gate:
    """Hold a run against a baseline; the order of the lines says nothing.

    Args:
        new: the run.
        old: the baseline; cases that it does not hold are left out.
        judge: of the run, or why nothing is known of it.
        rule: when to refuse.
        rounds: of each resampling.
    """
    rule = rule or Rule()
    now = {row.id: row for row in new}
    pairs = [(before, now[before.id]) for before in sorted(old, key=lambda row: row.id) if before.id in now]
    pairs = [(before, after) for before, after in pairs if "failed" not in (before.outcome, after.outcome)]
    groups = stats.clusters([before.papers for before, _ in pairs])
    compared = compare([after for _, after in pairs], [before for before, _ in pairs], groups, rounds)
    asked = [(before, after) for before, after in pairs if before.type != PLANTED]
    flipped = tuple((before, after) for before, after in asked if before.outcome != after.outcome)
    held: dict[int, list[str]] = {
        INCOMPLETE: _incomplete(new, old),
        JUDGE: _judge(new, judge),
        WORSE: [_fell(one) for one in compared if one.score in GATED and one.chance <= rule.level],
        CHURN: _churn(asked, rule),
        UNCLEAR: [
            f"{one.score} may have dropped by as much as {-one.difference.low:.3f}"
            for one in compared
            if one.score in GATED and one.difference.low < -rule.margin
        ],
    }
    code = next((code for code, reasons in held.items() if reasons), FINE)
    apart = stats.clusters([before.papers for before, _ in asked])
    detectable = stats.detectable(apart, rule.level)
    return Gate(code, tuple(held.get(code, ())), compared, flipped, len(asked), detectable, judge)


def compare(new: Sequence[Row], old: Sequence[Row], groups: Ints, rounds: int = 10_000) -> tuple[Compared, ...]:
    """Each score in both runs, which hold the same cases in the same order."""
    names = [name for name in dict.fromkeys(name for row in old for name in row.scores) if name in GATED]
    names += [name for name in dict.fromkeys(name for row in old for name in row.scores) if name not in GATED]
    before, after = table(old, names), table(new, names)
    gated = [at for at, name in enumerate(names) if name in GATED]
    chances = (
        dict(zip(gated, stats.drops(after[:, gated], before[:, gated], groups, rounds).tolist(), strict=True)) if gated else {}
    )
    rows: list[Compared] = []
    for at, name in enumerate(names):
        difference = after[:, at] - before[:, at]
        estimates = [stats.interval(values, groups, rounds=rounds) for values in (before[:, at], after[:, at], difference)]
        was, now, moved = estimates
        if was is None or now is None or moved is None:
            continue
        lost, won = int((difference < 0).sum()), int((difference > 0).sum())
        yes_no = set(np.unique(np.concatenate([before[:, at], after[:, at]]))) - {0.0, 1.0}
        plain = not any(value == value for value in yes_no)
        rows.append(Compared(name, was, now, moved, chances.get(at, 1.0), lost, won, stats.mcnemar(lost, won) if plain else None))
    return tuple(rows)


def table(rows: Sequence[Row], names: Sequence[str]) -> Floats:
    """The scores [rows, names], NaN where one does not apply."""
    values = [[row.scores.get(name) for name in names] for row in rows]
    return np.array([[np.nan if value is None else value for value in row] for row in values], np.float64).reshape(
        len(rows), len(names)
    )


def _fell(one: Compared) -> str:
    return (
        f"{one.score} fell from {one.old.mean:.3f} to {one.new.mean:.3f} ({one.lost} lost, {one.won} won; chance {one.chance:.4f})"
    )


def _incomplete(new: Sequence[Row], old: Sequence[Row]) -> list[str]:
    run = {row.id for row in new}
    missing = [row.id for row in old if row.id not in run]
    failed = [row.id for row in new if row.outcome == "failed"]
    gaps = [(missing, "of the baseline not run"), (failed, "failed")]
    return [f"{len(ids)} {what}: {', '.join(ids[:5])}{' ...' if len(ids) > 5 else ''}" for ids, what in gaps if ids] + (
        [] if old else ["the baseline is empty"]
    )


def _judge(new: Sequence[Row], judge: Judge | str) -> list[str]:
    if isinstance(judge, str):
        return [judge]
    if judge.accuracy < FLOOR:
        return [f"{judge} is under {FLOOR}, too little for {', '.join(JUDGED)} to block a change"]
    ids = [row.id for row in new if row.counts.get("unjudged")]
    return [f"claims of {len(ids)} cases were not judged: {', '.join(ids[:5])}"] if ids else []


def _churn(asked: Sequence[tuple[Row, Row]], rule: Rule) -> list[str]:
    share = scores.churn([before.outcome for before, _ in asked], [after.outcome for _, after in asked])
    bound = rule.bound(len(asked))
    if share is None or share <= bound:
        return []
    return [
        f"{share:.1%} of the questions have another verdict, more than {bound:.1%}; "
        "where that is meant, commit a new baseline: python -m eval run sample --baseline"
    ]
