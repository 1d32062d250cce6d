"""How often the gate speaks up where nothing changed, and where something broke, over many draws of the questions.

Each fault is run once a question; then questions and planted pairs are drawn with replacement, as many as the set holds, and the
gate's rule is put to every draw.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from eval.bench import faults
from eval.bench.faults import Change, Quoter
from eval.runs import scores, stats, suite
from eval.runs.concurrency import Progress
from eval.runs.gate import GATED, Rule, table
from eval.runs.run import PLANTED, Row, run
from eval.runs.stats import Floats, Ints
from eval.runs.suite import Suite

DRAWS = 200
_ROUNDS = 2000
TENTHS = 10
SEEDS = 6
"""Runs of a writer that is not the same every time."""
_NOISE = 0.05
"""Share of the sentences that it leaves out."""
_WRONG = 0.2
"""Share of the sentences to which a faulty writer gives another paper's number."""


class Versus(NamedTuple):
    """Two runs of the same cases in the same order."""

    old: Sequence[Row]
    new: Sequence[Row]


class Seen(NamedTuple):
    """Shares of the draws."""

    worse: float
    """The gate says 10, a score is worse."""
    flips: float
    """The bound on verdicts that flip is passed (14)."""
    either: float
    bootstrap: float
    """A percentile bootstrap, one-sided, at the level shared among the scores, would say worse."""


class Runs(NamedTuple):
    """What was run: each fault, or the same system twice, in as many versions as there are."""

    same: Versus
    twins: list[Versus]
    """A writer that is not the same every time, by two seeds."""
    faults: dict[str, list[Versus]]
    questions: int
    pairs: int


def measure(progress: Progress) -> list[str]:
    """Tables of what the gate sees."""
    return tables(gather(progress))


def gather(progress: Progress) -> Runs:
    """Run each fault once a question."""
    chosen = suite.load("sample")
    questions = chosen._replace(asked=list(chosen.questions))
    names = sorted({paper.title for paper in chosen.papers})
    random.Random(0).shuffle(names)
    steps = iter(range(1, 100))
    total = 6 + TENTHS + SEEDS

    with suite.library(chosen) as real:
        threshold = real.settings.answer.threshold

        def ran(change: Change = lambda tools: tools, flags: Sequence[str] = (), cases: Suite = questions) -> list[Row]:
            with faults.changed(real, change, flags) as system:
                rows = [line.row() for line in run(system, cases.asked, suite.judge("local"), cases.papers)]
            progress(next(steps), total)
            return rows

        base = ran(cases=chosen)
        asked = [row for row in base if row.type != PLANTED]
        lost = [Versus(asked, ran(faults.losing(names[start::TENTHS]))) for start in range(TENTHS)]
        blind = Versus(base, ran(faults.blind, cases=chosen))
        quoted = ran(faults.writing(Quoter()))
        wrong = Versus(quoted, ran(faults.writing(Quoter(wrong=_WRONG))))
        off = {step: Versus(asked, ran(flags=[f"answer.threshold={threshold + step:.2f}"])) for step in (0.2, -0.2)}
        noisy = [ran(faults.writing(Quoter(noise=_NOISE, seed=seed))) for seed in range(SEEDS)]
    by_fault = {
        "a retriever that loses one paper in ten (each tenth in turn)": lost,
        "a verifier blind to figures": [blind],
        f"a writer that cites the wrong number, for {_WRONG:.0%} of its sentences": [wrong],
        **{
            f"a refusal threshold off by a fifth of its scale ({threshold + step:.2f} for {threshold:.2f})": [versus]
            for step, versus in off.items()
        },
    }
    twins = [Versus(one, two) for one, two in permutations(noisy, 2)]
    return Runs(Versus(base, base), twins, by_fault, len(asked), len(base) - len(asked))


def tables(runs: Runs, rule: Rule | None = None) -> list[str]:
    """Shares of the draws in which the gate speaks up, as tables."""
    rule = rule or Rule()
    own = float(np.mean([_flips(twin) for twin in runs.twins]))
    same = {
        "the same system": _seen([runs.same], rule),
        f"a writer that leaves out {_NOISE:.0%} of its sentences at random, so that {own:.1%} of its own verdicts flip": _seen(
            runs.twins, rule._replace(own=own)
        ),
        **{
            f"{name}, which run is the old one drawn for each cluster of papers": _seen(versus, rule._replace(flips=1.0), swap=True)
            for name, versus in runs.faults.items()
        },
    }
    caught = {name: _seen(versus, rule) for name, versus in runs.faults.items()}
    return [
        f"{runs.questions} questions and {runs.pairs} planted pairs, {DRAWS} draws of as many, with replacement.",
        "False alarms, nothing changed:",
        _table(same),
        "Faults caught:",
        _table(caught),
    ]


def _flips(versus: Versus) -> float:
    pairs = [(a.outcome, b.outcome) for a, b in zip(versus.old, versus.new, strict=True) if a.type != PLANTED]
    return scores.churn([a for a, _ in pairs], [b for _, b in pairs]) or 0.0


def _seen(runs: Sequence[Versus], rule: Rule, *, swap: bool = False) -> Seen:
    """What the rule says of draws of the runs, each run in turn; `swap`: old and new change places for clusters drawn at random."""
    rng = np.random.default_rng(0)
    said: list[tuple[bool, bool, bool]] = []
    prepared = [_prepared(versus) for versus in runs]
    for number in range(DRAWS):
        old, new, flipped, asked, groups = prepared[number % len(runs)]
        if swap:
            turned = rng.random(len(groups)) < 0.5
            old, new = np.where(turned[groups][:, None], new, old), np.where(turned[groups][:, None], old, new)
        drawn = np.concatenate(
            [rng.choice(part, len(part)) for part in (np.flatnonzero(asked), np.flatnonzero(~asked)) if len(part)]
        )
        _, own = np.unique(groups[drawn], return_inverse=True)
        worse = _least(stats.drops, new[drawn], old[drawn], own) <= rule.level
        boot = _least(_bootstrap, new[drawn], old[drawn], own) <= rule.level
        said.append((worse, bool(flipped[drawn][asked[drawn]].mean() > rule.bound(int(asked.sum()))), boot))
    array = np.array(said)
    return Seen(array[:, 0].mean(), array[:, 1].mean(), array[:, :2].any(axis=1).mean(), array[:, 2].mean())


def _prepared(versus: Versus) -> tuple[Floats, Floats, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]], Ints]:
    old, new = versus
    names = [name for name in GATED if any(name in row.scores for row in old)]
    asked = np.array([row.type != PLANTED for row in old])
    flipped = np.array([float(a.outcome != b.outcome) for a, b in zip(old, new, strict=True)])
    return table(old, names), table(new, names), flipped, asked, stats.clusters([row.papers for row in old])


def _least(test: Callable[[Floats, Floats, Ints, int], Floats], new: Floats, old: Floats, groups: Ints) -> float:
    return float(test(new, old, groups, _ROUNDS).min())


def _bootstrap(new: Floats, old: Floats, groups: Ints, rounds: int) -> Floats:
    """For each score the share of cluster bootstrap means without a drop, times the number of scores (Bonferroni)."""
    sums = np.stack([np.bincount(groups, weights=column).astype(np.float64) for column in np.nan_to_num(new - old).T], axis=1)
    drops = stats.resampled(sums, np.ones(len(sums)), rounds)
    return np.minimum(1.0, (drops >= 0).mean(axis=1) * len(drops))


def _table(rows: Mapping[str, Seen]) -> str:
    header = "| what | worse (10) | verdicts flip (14) | either | bootstrap in place of signs |\n|---|---|---|---|---|"
    return "\n".join([header, *(f"| {name} | {' | '.join(f'{share:.1%}' for share in seen)} |" for name, seen in rows.items())])
