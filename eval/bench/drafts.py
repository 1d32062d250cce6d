"""Drafts checked: does each planted sentence get the state that the gold says, over the papers of the sample?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from assistant.assistant import Assistant
from assistant.check.reading import SYNTAXES
from assistant.check.values import Report, Sentence, State
from assistant.types import Value
from eval.runs import cases, jsonl, stats
from eval.runs.concurrency import Progress, silent

Kind = Literal["right", "figure", "direction", "wrong_paper", "stitched", "invented", "nowhere", "uncited", "own"]
ABOUT: dict[Kind, str] = {
    "right": "right, and cited",
    "figure": "a figure changed",
    "direction": "a direction turned round",
    "wrong_paper": "another paper cited",
    "stitched": "stitched from two papers",
    "invented": "an invented reference",
    "nowhere": "cited, but no abstract says it",
    "uncited": "right, and not cited",
    "own": "a claim about the draft",
}
_RIGHT: dict[Kind, frozenset[State]] = {
    "right": frozenset(("proved",)),
    "figure": frozenset(("differs",)),
    "direction": frozenset(("differs",)),
    "wrong_paper": frozenset(("other paper",)),
    "stitched": frozenset(("differs", "not found")),
    "invented": frozenset(("unknown citation",)),
    "nowhere": frozenset(("differs", "not found")),
    "uncited": frozenset(("uncited",)),
    "own": frozenset(("own",)),
}
_OFFERS = ("wrong_paper", "uncited")
"""Kinds where the paper that says it has to be offered."""
_ERRORS = ("figure", "direction", "wrong_paper", "stitched", "invented", "nowhere")
"""Kinds of wrong sentences."""


class GoldSentence(Value):
    """A sentence of a draft with its kind."""

    text: str
    """As it stands in the draft."""
    kind: Kind
    paper: str | None = None
    """Id of the paper whose abstract says it, or that it is about."""


class Gold(Value):
    """A draft with what is right."""

    id: str
    split: cases.Split
    papers: Literal["sample"]
    name: str
    """Of the file; its ending tells the syntax."""
    text: str
    bib: str = ""
    sentences: tuple[GoldSentence, ...]


class Graded(NamedTuple):
    """A sentence, graded."""

    draft: str
    kind: Kind
    text: str
    state: State | None
    """None where the draft was taken apart otherwise."""
    right: bool


def load(split: cases.Split) -> list[Gold]:
    """The drafts of `split`."""
    cases.permitted((split,))
    return [one for one in jsonl.read(cases.QUESTIONS / "drafts.jsonl", Gold, "draft") if one.split == split]


def check(assistant: Assistant, asked: Sequence[Gold], progress: Progress = silent) -> tuple[list[Graded], int, float]:
    """Check drafts.

    Args:
        assistant: with a library of the sample.
        asked: the drafts.
        progress: called with drafts done and all.

    Returns:
        The sentences, graded; how many sentences were found that are none of the gold's; and the processor seconds of the checks.
    """
    found: list[Graded] = []
    further, seconds = 0, 0.0
    for done, gold in enumerate(asked):
        progress(done, len(asked))
        began = time.process_time()
        report = assistant.check_text(gold.text, SYNTAXES[f".{gold.name.rpartition('.')[2]}"], gold.bib)
        seconds += time.process_time() - began
        graded = grade(gold, report)
        further += len(report.sentences) - sum(one.state is not None for one in graded)
        found += graded
    progress(len(asked), len(asked))
    return found, further, seconds


def grade(gold: Gold, report: Report) -> list[Graded]:
    """Grade the sentences of a draft, each told by its exact text."""
    own = {one.text: one for one in report.sentences}
    return [
        Graded(
            gold.id, one.kind, one.text, own[one.text].state if one.text in own else None, _right(one, own.get(one.text), report)
        )
        for one in gold.sentences
    ]


def _right(gold: GoldSentence, found: Sentence | None, report: Report) -> bool:
    if found is None or found.state not in _RIGHT[gold.kind]:
        return False
    return gold.kind not in _OFFERS or (found.offered is not None and report.papers[found.offered].id == gold.paper)


def measure(graded: Sequence[Graded]) -> list[dict[str, Any]]:
    """Rows for each kind, the share of the sentences with the right state, with its interval, and the states met.

    Two further rows: the share of all wrong sentences that pass, and of the right ones that are flagged.

    Drafts are drawn for the intervals.
    """
    rows: list[dict[str, Any]] = []
    for kind, about in ABOUT.items():
        own = [one for one in graded if one.kind == kind]
        met = sorted({one.state or "another sentence" for one in own}, key=lambda state: -sum(one.state == state for one in own))
        states = ", ".join(f"{state} {sum((one.state or 'another sentence') == state for one in own)}" for state in met)
        rows.append({"sentences": about, "number": len(own), "share": _share(own, [one.right for one in own]), "states": states})
    wrong = [one for one in graded if one.kind in _ERRORS]
    true = [one for one in graded if one.kind == "right"]
    rows.append(
        {
            "sentences": "wrong ones passed: called proved, uncited or own",
            "number": len(wrong),
            "share": _share(wrong, [one.state in ("proved", "uncited", "own") for one in wrong]),
            "states": "",
        }
    )
    rows.append(
        {
            "sentences": "right ones flagged: not called proved",
            "number": len(true),
            "share": _share(true, [one.state != "proved" for one in true]),
            "states": "",
        }
    )
    return rows


def _share(own: Sequence[Graded], marks: Sequence[bool]) -> str:
    """The share of the marks that are true, with its interval."""
    drafts = list(dict.fromkeys(one.draft for one in own))
    groups = np.array([drafts.index(one.draft) for one in own], np.int64)
    found = stats.interval(np.array([float(mark) for mark in marks]), groups) if own else None
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})" if found else "none"
