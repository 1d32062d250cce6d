"""How hard each question is and how well it tells good settings from bad ones, over several runs of a set.

Difficulty is the share of the runs that got it right; discrimination is the point-biserial correlation of being right with the
score on the other questions, over the runs (Lord and Novick 1968, 15.3). A question that the better runs get wrong discriminates
backwards: its gold may be wrong, or it asks for something else than the others. A handful of runs makes coarse figures: what is
flagged is to be read, not thrown out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assistant.errors import ConfigError
from eval.runs.run import PLANTED, Row
from eval.runs.stats import Floats

BACKWARDS = -0.3
"""A discrimination below this is flagged; chance alone gives small ones of either sign."""


class Item(NamedTuple):
    """A question over the runs."""

    id: str
    type: str
    difficulty: float
    """Share of the runs that got it right: 1 is easiest."""
    discrimination: float | None
    """-1..1; None where all runs did alike on it or on the others."""

    @property
    def backwards(self) -> bool:
        """The better runs get it wrong more often."""
        return self.discrimination is not None and self.discrimination < BACKWARDS


def items(runs: Sequence[Sequence[Row]]) -> list[Item]:
    """The questions that all runs answered, in the order of the first run.

    Raises:
        ConfigError: there are fewer than three runs, or they share no question.
    """
    if len(runs) < 3:
        raise ConfigError("item analysis needs three runs or more, of different settings; make them with: python -m eval run --set")
    right = [{row.id: row.outcome == "right" for row in run if row.type != PLANTED and row.outcome != "failed"} for run in runs]
    shared = [row for row in runs[0] if all(row.id in own for own in right)]
    if not shared:
        raise ConfigError("the runs share no question that was answered in all of them")
    table = np.array([[own[row.id] for row in shared] for own in right], np.float64)
    rest = table.sum(axis=1, keepdims=True) - table
    return [
        Item(row.id, row.type, float(table[:, at].mean()), _correlation(table[:, at], rest[:, at])) for at, row in enumerate(shared)
    ]


def _correlation(one: Floats, other: Floats) -> float | None:
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / spread if spread > 0 else None
