"""A run and a gate as text: tables in Markdown, for a terminal and a pull request, and JUnit XML for a CI server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from eval.runs import scores, stats
from eval.runs.cases import Case
from eval.runs.gate import CHURN, FINE, GATED, INCOMPLETE, JUDGE, TOLD, UNCLEAR, WORSE, Compared, Gate, Judge, beside, table
from eval.runs.grade import JUDGED
from eval.runs.run import PLANTED, Line, Row
from eval.runs.scores import Bin
from eval.runs.timing import quantiles

COUNTED = ("claims", "contradicted", "unbacked", "invented", "unjudged")
_SHOWN = 20
"""Cases of a kind that are listed."""


def summary(lines: Sequence[Line], judge: Judge | str) -> str:
    """A run: what failed, the scores with intervals, outcomes by type, both errors of refusing, calibration, latency and cost."""
    asked = [line for line in lines if line.type != PLANTED]
    return "\n\n".join([_headline(lines, judge), _scores(lines, judge), _types(asked), *_calibration(asked), _spent(asked)])


def _headline(lines: Sequence[Line], judge: Judge | str) -> str:
    questions = sum(line.type != PLANTED for line in lines)
    failed = [line for line in lines if line.outcome == "failed"]
    counts = {name: sum(line.counts.get(name, 0) for line in lines) for name in COUNTED}
    lines_of_text = [
        f"{questions} questions, {len(lines) - questions} planted pairs, {len(failed)} failed (in no score below)",
        *(f"- {line.id}: {line.error}" for line in failed[:_SHOWN]),
        f"{counts['claims']} claims: {counts['contradicted']} contradicted, {counts['unbacked']} unbacked, "
        f"{counts['invented']} with numbers that were not offered, {counts['unjudged']} not judged",
        f"judge of {', '.join(JUDGED)}: {judge}",
    ]
    return "\n".join(lines_of_text)


def _scores(rows: Sequence[Row], judge: Judge | str) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row.scores))
    groups = stats.clusters([row.papers for row in rows])
    estimates = [(name, stats.interval(column, groups)) for name, column in zip(names, table(rows, names).T, strict=True)]
    shown = [
        (name, f"{e.mean:.3f}", f"{e.low:.3f} to {e.high:.3f}", str(e.questions), beside(name, judge)) for name, e in estimates if e
    ]
    return _table(("score", "mean", "95 %, over papers", "cases", "judge, against people"), shown)


def _types(asked: Sequence[Line]) -> str:
    outcomes = ("right", "wrong", "refused", "failed")
    rows = [
        (kind, *(str(sum(line.type == kind and line.outcome == outcome for line in asked)) for outcome in outcomes))
        for kind in dict.fromkeys(line.type for line in asked)
    ]
    return _table(("type", *outcomes), rows)


class Calibration(NamedTuple):
    """Confidence held against what can be answered and what is right; refusing held against what should be refused."""

    bins: list[Bin]
    error: float | None
    curve: list[tuple[float, float]]
    """Coverage and risk of the answers; a refusal is not answered at any coverage."""
    area: float | None
    refused: int
    """Though there is an answer."""
    answerable: int
    unfounded: int
    """Answered as a strong match though there is no answer."""
    unanswerable: int


def calibration(asked: Sequence[Line]) -> Calibration:
    """Confidence is of there being an answer; the risk is that what is answered is not right."""
    rated = [
        (line.confidence, line.case.answerable, line)
        for line in asked
        if line.confidence is not None and isinstance(line.case, Case)
    ]
    bins = scores.reliability([confidence for confidence, *_ in rated], [answerable for _, answerable, _ in rated])
    answered = [(confidence, line.outcome == "right") for confidence, _, line in rated if line.answer and not line.answer.abstained]
    curve = scores.risk_coverage([confidence for confidence, _ in answered], [right for _, right in answered])
    return Calibration(
        bins,
        scores.calibration_error(bins),
        curve,
        scores.risk_coverage_area(curve),
        sum(answerable and line.outcome == "refused" for _, answerable, line in rated),
        sum(answerable for _, answerable, _ in rated),
        [answerable for _, answerable, line in rated if line.answer and line.answer.match == "strong"].count(False),
        sum(not answerable for _, answerable, _ in rated),
    )


def _calibration(asked: Sequence[Line]) -> list[str]:
    bins, error, curve, area, refused, answerable, unfounded, unanswerable = calibration(asked)
    rows = [(f"{row.low:.1f} to {row.high:.1f}", str(row.answers), f"{row.confidence:.3f}", f"{row.right:.3f}") for row in bins]
    figures = [
        f"refused although there is an answer: {refused} of {answerable}",
        f"answered, not as a weak match, although there is none: {unfounded} of {unanswerable}",
        f"expected calibration error, both kinds weighing the same: {'none' if error is None else f'{error:.3f}'}",
        f"area under the risk-coverage curve of the answers: {'none' if area is None else f'{area:.3f}'}"
        + (f" (risk {curve[-1][1]:.3f} at full coverage)" if curve else ""),
    ]
    header = ("confidence", "questions", "mean confidence", "answerable, at even odds")
    return ["\n".join(figures), *([_table(header, rows)] if rows else [])]


def _spent(asked: Sequence[Line]) -> str:
    ran = [line for line in asked if line.outcome != "failed"]
    if len(ran) < 2:
        return "too few questions to say how long they take"
    costs = [line.cost for line in ran if line.cost is not None]
    cost = f"{sum(costs):.4f}" if costs else "none known"
    times = quantiles([line.seconds for line in ran])
    return f"p50 {times['p50_ms']} ms, p95 {times['p95_ms']} ms, {sum(line.tokens for line in ran)} tokens, cost {cost}"


def verdict(gate: Gate) -> str:
    """What the gate says, in a line and its reasons."""
    return "\n".join([f"gate: {TOLD[gate.code]} (exit code {gate.code})", *(f"- {reason}" for reason in gate.reasons)])


def markdown(gate: Gate) -> str:
    """A gate for a pull request."""
    lost = [(before, after) for before, after in gate.flipped if before.outcome == "right"]
    won = [(before, after) for before, after in gate.flipped if after.outcome == "right"]
    other = [pair for pair in gate.flipped if pair not in lost and pair not in won]
    share = len(gate.flipped) / gate.questions if gate.questions else 0.0
    blocks = [
        f"## Eval gate: {TOLD[gate.code]}",
        "\n".join(f"- {reason}" for reason in gate.reasons),
        _table(
            ("score", "baseline", "now", "difference (95 %)", "lost / won", "chance", "judge, against people"),
            [(*compared(one), beside(one.score, gate.judge)) for one in gate.compared],
        ),
        f"{len(gate.flipped)} of {gate.questions} questions have another verdict ({share:.1%}).",
        *(f"{what}:\n" + _listed(pairs) for what, pairs in [("Lost", lost), ("Won", won), ("Otherwise changed", other)] if pairs),
        "Chance: of so large a drop of any score where nothing changed. Smallest drop of a yes/no score that this set shows in "
        f"four of five runs: {gate.detectable:.3f}. Judge: {gate.judge}.",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def compared(one: Compared) -> tuple[str, ...]:
    """The cells of a score in both runs."""
    moved = f"{one.difference.mean:+.3f} ({one.difference.low:+.3f} to {one.difference.high:+.3f})"
    chance = f"{one.chance:.3f}" if one.score in GATED else "shown only"
    return one.score, f"{one.old.mean:.3f}", f"{one.new.mean:.3f}", moved, f"{one.lost} / {one.won}", chance


def _listed(pairs: Sequence[tuple[Row, Row]]) -> str:
    rows = [f"- {before.id}: {before.outcome}, now {after.outcome}" for before, after in pairs[:_SHOWN]]
    return "\n".join(rows + ([f"- and {len(pairs) - _SHOWN} more"] if len(pairs) > _SHOWN else []))


def junit(gate: Gate) -> str:
    """A gate as JUnit XML: a test for each gated score, and for the run, the judge, the churn and the margin."""
    suite = ElementTree.Element("testsuite", name="eval gate")
    for name in (one.score for one in gate.compared if one.score in GATED):
        fell = [reason for reason in gate.reasons if reason.startswith(f"{name} fell")]
        _test(suite, name, fell if gate.code == WORSE else (), TOLD[WORSE])
    for code, name in ((INCOMPLETE, "run complete"), (JUDGE, "judge"), (CHURN, "verdicts flipped"), (UNCLEAR, "no worse")):
        _test(suite, name, gate.reasons if gate.code == code else (), TOLD[code])
    failures = len(suite.findall(".//failure"))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    assert bool(failures) == (gate.code != FINE)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _test(suite: ElementTree.Element, name: str, reasons: Sequence[str], kind: str) -> None:
    test = ElementTree.SubElement(suite, "testcase", classname="eval.runs.gate", name=name)
    if reasons:
        failure = ElementTree.SubElement(test, "failure", type=kind, message=reasons[0])
        failure.text = "\n".join(reasons)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
