"""Answers that a recorded model writes beside answers by quotes, on the same questions over the same library."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Literal, NamedTuple

from assistant import Assistant
from assistant.types import Verifier
from eval.runs import gate, run, stats
from eval.runs.cases import Case
from eval.runs.concurrency import Progress, silent
from eval.runs.recorded import NEVER, Recorded, UnrecordedError, Writing
from eval.runs.run import Line

FOLDER = Path(__file__).parents[1] / "recorded"
SHIPPED = FOLDER / "qwen2.5-coder-1.5b.jsonl.gz"
"""Replies of the packaged model to the questions of the sample."""
PICKED = FOLDER / "qwen2.5-coder-1.5b-picks.jsonl.gz"
"""Its picks of quotes for these questions."""
ATTACKED = FOLDER / "qwen2.5-coder-1.5b-hostile.jsonl.gz"
"""Its replies to the questions of hostile papers."""
FOLLOWED = FOLDER / "qwen2.5-coder-1.5b-follow-ups.jsonl.gz"
"""Its readings of follow-ups."""
TABLED = FOLDER / "qwen2.5-coder-1.5b-tables.jsonl.gz"
"""Its cells of comparison tables over the sample."""
TABLED_PAGES = FOLDER.parents[1] / "runs" / "qwen2.5-coder-1.5b-tables-pages.jsonl.gz"
"""Those of tables over the saved pages; not shipped, as they hold abstracts."""
SCORES = (
    "right",
    "decision",
    "key facts",
    "faithfulness",
    "citation recall",
    "citation precision",
    "paper precision",
    "paper recall",
    "numbers offered",
    "quotes exact",
)
_LISTED = 20
"""Questions without a fitting reply that are listed."""
_UNFIT = f"{UnrecordedError.__name__}: "

Row = dict[str, Any]


class Beside(NamedTuple):
    """Both runs; those questions are left out of both whose replies are missing."""

    quotes: list[Line]
    model: list[Line]
    unfit: list[Line]
    """Lines of the model where no recorded reply fits; each says why."""


def mixed(cases: Sequence[Case]) -> list[Case]:
    """The cases in an order that takes one of each type and split in turn, so that the first ones are a mixture."""
    kinds: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        kinds.setdefault((case.type, case.split), []).append(case)
    return [case for case in chain.from_iterable(zip_longest(*kinds.values())) if case]


def measure(
    assistant: Assistant,
    cases: Sequence[Case],
    judge: Verifier,
    model: Recorded,
    progress: Progress = silent,
    *,
    writer: Literal["pick", "model"] = "model",
) -> Beside:
    """Ask the cases twice, of `model` first.

    Args:
        assistant: over their papers; it quotes.
        cases: the questions.
        judge: of the claims.
        model: the model.
        progress: called with answers done and answers in all.
        writer: whether the model picks quotes or writes.
    """
    asked = mixed(cases)
    model_lines = run.run(Writing(assistant, model, writer), asked, judge, progress=lambda done, _: progress(done, 2 * len(asked)))
    unfit = [line for line in model_lines if line.error and line.error.startswith(_UNFIT)]
    left = [case for case, line in zip(asked, model_lines, strict=True) if line not in unfit]
    quotes = run.run(assistant, left, judge, progress=lambda done, _: progress(len(asked) + done, 2 * len(asked)))
    return Beside(quotes, [line for line in model_lines if line not in unfit], unfit)


def headline(found: Beside, model: Recorded) -> str:
    """How many questions were asked, which of them count nowhere, and why."""
    never = [line for line in found.unfit if NEVER in (line.error or "")]
    changed = [line for line in found.unfit if line not in never]
    written = sum(bool(line.answer and line.answer.usage.calls) for line in found.model)
    lines = [
        f"{len(found.model) + len(found.unfit)} questions; {model.name} was asked about {written} of them, in {len(model.used)} "
        f"calls, {model.asked} of them new; {len(found.model) - written} needed no model and are in no table.",
        f"In no score: {len(never)} questions without a recorded reply, and {len(changed)} whose prompt changed.",
        *(f"- {line.id}: {(line.error or '').removeprefix(_UNFIT)}" for line in changed[:_LISTED]),
    ]
    if len(changed) > _LISTED:
        lines.append(f"- and {len(changed) - _LISTED} more")
    if found.unfit:
        lines.append("Record what is missing with: make eval-model")
    return "\n".join([*lines, *(f"- {line.id} failed: {line.error}" for line in found.model if line.outcome == "failed")])


def put(found: Beside) -> Beside:
    """The questions that the model was asked about: the others are answered or refused alike without it."""
    kept = [
        (old, new)
        for old, new in zip(found.quotes, found.model, strict=True)
        if new.answer is None or new.answer.usage.calls > 0  # no answer: the run of the model failed
    ]
    return Beside([old for old, _ in kept], [new for _, new in kept], found.unfit)


def compared(found: Beside) -> list[Row]:
    """A row a score: both means and their difference, with 95 % intervals over papers, and the questions that count."""
    if not found.quotes:
        return []
    groups = stats.clusters([line.papers for line in found.quotes])
    old, new = gate.table(found.quotes, SCORES), gate.table(found.model, SCORES)
    rows: list[Row] = []
    for at, score in enumerate(SCORES):
        both = [stats.interval(column, groups) for column in (old[:, at], new[:, at], new[:, at] - old[:, at])]
        if all(both):
            shown = dict(zip(("quotes", "model", "difference"), map(_estimate, both), strict=True))
            rows.append({"score": score, **shown, "questions in both": both[2].questions if both[2] else 0})
    return rows


def _estimate(one: stats.Estimate | None) -> str:
    return f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f})" if one else ""


def spent(found: Beside) -> list[Row]:
    """A row a writer: claims, words and tokens of an answer, over the questions that both answer."""
    pairs = [
        (old, new) for old, new in zip(found.quotes, found.model, strict=True) if not any(_refused(line) for line in (old, new))
    ]
    rows: list[Row] = []
    for name, lines in (("quotes", [old for old, _ in pairs]), ("model", [new for _, new in pairs])):
        rows.append(
            {
                "writer": name,
                "answers": len(lines),
                "words, median": _median([len(line.answer.text.split()) for line in lines if line.answer]),
                "claims, median": _median([line.counts["claims"] for line in lines]),
                "claims struck": sum(claim.struck for line in lines if line.answer for claim in line.answer.claims),
                "claims rewritten": sum(claim.before is not None for line in lines if line.answer for claim in line.answer.claims),
                "tokens read, median": _median([line.answer.usage.input_tokens for line in lines if line.answer]),
                "tokens written, median": _median([line.answer.usage.output_tokens for line in lines if line.answer]),
                "calls, mean": statistics.mean([line.answer.usage.calls for line in lines if line.answer] or [0]),
            }
        )
    return rows


def times(model: Recorded) -> Row:
    """Seconds and processor seconds of a recorded call, median and 95th percentile."""
    figures: Row = {"calls": len(model.used)}
    for name in ("seconds", "processor"):
        values = sorted(value for call in model.used.values() if (value := getattr(call, name)) is not None)
        if len(values) > 1:
            figures[f"{name}, median"] = round(statistics.median(values), 1)
            figures[f"{name}, p95"] = round(statistics.quantiles(values, n=20)[-1], 1)
    return figures


def outcomes(found: Beside) -> list[Row]:
    """A row a type of question: right, wrong and refused by both writers."""
    rows: list[Row] = []
    for kind in dict.fromkeys(line.type for line in found.quotes):
        row: Row = {"type": kind, "questions": sum(line.type == kind for line in found.quotes)}
        for name, lines in (("quotes", found.quotes), ("model", found.model)):
            own = [line.outcome for line in lines if line.type == kind]
            row |= {f"{name}: {outcome}": own.count(outcome) for outcome in ("right", "wrong", "refused", "failed")}
        rows.append(row)
    return rows


def _refused(line: Line) -> bool:
    return line.answer is None or line.answer.abstained


def _median(values: Sequence[float]) -> float | None:
    return float(statistics.median(values)) if values else None
