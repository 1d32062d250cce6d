"""A run as a report: the scores with intervals, where they come from, calibration, the baseline, and the worst cases to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.page.plots import Dot
from assistant.page.reports import Card, Cell, Mean, Plot, Report, Section, Table
from assistant.types import Claim, Source
from eval.runs import rendering, scores, stats
from eval.runs.cases import Case
from eval.runs.gate import TOLD, Gate, Judge, beside, table
from eval.runs.grade import JUDGED, Judgement
from eval.runs.ledger import Look
from eval.runs.rendering import COUNTED, Calibration, calibration
from eval.runs.run import PLANTED, About, Line, Row
from eval.runs.scores import Bin
from eval.runs.stats import Estimate
from eval.runs.timing import quantiles

_OUTCOMES = ("right", "wrong", "refused", "failed")
_PARTS = ("right", "MRR", "key facts", "citation recall", "faithfulness")
"""Scores that are shown for parts of the set."""
_WORST = 20
_OPEN = 3
"""Of them, those that need no click."""
_ROUNDS = 2000
"""Of each bootstrap."""
_SHOWN = 40


def report(lines: Sequence[Line], about: About, judge: Judge | str, looks: Sequence[Look], against: Gate | None = None) -> Report:
    """The report of a run.

    Args:
        lines: of the run.
        about: what it was made of.
        judge: what is known of its judge.
        looks: at the held-out questions of its set.
        against: how it compares with a baseline.
    """
    asked = [line for line in lines if line.type != PLANTED]
    failed = [line for line in asked if line.outcome == "failed"]
    known = calibration(asked)
    settings = f"settings: {', '.join(about.settings)}" if about.settings else "default settings"
    sections = [
        Section("Scores", _scores(lines, judge), first=True),
        Section("By type of question", [_outcomes(asked), _parts(asked, lambda line: line.type, "type")]),
        Section("By scope and wording", _cells(asked, about)),
        Section("Answering or refusing", _abstention(asked, known)),
        Section("Confidence", _confidence(known), first=True),
        Section("Failures and counts", _counts(lines, failed)),
        *([Section("Against the baseline", _against(against))] if against else []),
        Section("Worst cases", _worst(asked), first=True),
        Section("Looks at held-out questions", _looks(lines, looks)),
    ]
    questions = f"{len(asked)} questions, {len(lines) - len(asked)} planted pairs, {len(failed)} failed"
    made = f"{questions}; {settings}; judge: {about.judge}"
    return Report(f"Eval report: {about.set}", made, _tiles(asked, known, against), sections)


def _estimate(rows: Sequence[Row], name: str) -> Estimate | None:
    groups = stats.clusters([row.papers for row in rows])
    return stats.interval(table(rows, [name])[:, 0], groups, rounds=_ROUNDS) if rows else None


def _cell(rows: Sequence[Row], name: str) -> Cell:
    found = _estimate(rows, name)
    return _mean(found) if found else "does not apply"


def _mean(found: Estimate) -> Mean:
    return Mean(found.mean, found.low, found.high)


def _tiles(asked: Sequence[Line], known: Calibration, against: Gate | None) -> list[tuple[str, str, str]]:
    tiles = [
        (name, f"{found.mean:.3f}", f"{found.low:.3f} to {found.high:.3f}")
        for name in ("right", "decision", "faithfulness", "citation recall", "MRR")
        if (found := _estimate(asked, name))
    ]
    if known.error is not None:
        tiles.append(("calibration error", f"{known.error:.3f}", "expected, at even odds"))
    if against:
        tiles.append(("against the baseline", TOLD[against.code], f"{len(against.flipped)} verdicts flipped"))
    return tiles


def _scores(lines: Sequence[Line], judge: Judge | str) -> list[str | Table]:
    names = list(dict.fromkeys(name for line in lines for name in line.scores))
    found = [(name, estimate) for name in names if (estimate := _estimate(lines, name))]
    rows = [(name, _mean(one), str(one.questions), beside(name, judge)) for name, one in found]
    return [
        "Means over the questions to which a score applies, with 95 % bootstrap intervals over papers. What failed is in none.",
        Table(("score", "mean, 95 % interval", "cases", "judge, against people"), rows),
        f"{', '.join(JUDGED)} rest on a judge, and are as good as its agreement with people. {judge}.",
    ]


def _outcomes(asked: Sequence[Line]) -> Table:
    kinds = dict.fromkeys(line.type for line in asked)
    rows = [(kind, *(str(sum((line.type, line.outcome) == (kind, one) for line in asked)) for one in _OUTCOMES)) for kind in kinds]
    total = ("all", *(str(sum(line.outcome == one for line in asked)) for one in _OUTCOMES))
    return Table(("type", *_OUTCOMES), [*rows, total])


def _parts(asked: Sequence[Line], part: Callable[[Line], str], name: str) -> Table:
    rows: list[Sequence[Cell]] = []
    for value in dict.fromkeys(map(part, asked)):
        own = [line for line in asked if part(line) == value]
        rows.append((value, str(len(own)), *(_cell(own, score) for score in _PARTS)))
    return Table((name, "questions", *_PARTS), rows)


def _cells(asked: Sequence[Line], about: About) -> list[str | Table]:
    known = [line for line in asked if line.id in about.cells and isinstance(line.case, Case) and line.case.answerable]
    return [
        "Questions with an answer, by how much has to be found and how hard it is to find: whether the question shares its words "
        "with the abstracts that answer it (the two axes of Goldman et al. 2024).",
        _parts(known, lambda line: ", ".join(about.cells[line.id]), "scope and wording"),
    ]


def _abstention(asked: Sequence[Line], known: Calibration) -> list[str | Table]:
    refused, answered = known.refused, known.answerable - known.refused
    kept, unfounded = known.unanswerable - known.unfounded, known.unfounded
    rows = [
        ("there is an answer", str(answered), str(refused), _share(refused, known.answerable)),
        ("there is none", str(unfounded), str(kept), _share(unfounded, known.unanswerable)),
    ]
    return [
        "A refusal is a decision, with two ways to be wrong: refusing what could be answered, and answering without grounds. "
        "Refusals are in no score of faithfulness or citation.",
        Table(("", "answered", "refused", "error, 95 % interval (Wilson)"), rows),
        _parts_of_decision(asked),
    ]


def _parts_of_decision(asked: Sequence[Line]) -> Table:
    kinds = dict.fromkeys(line.type for line in asked)
    rows = [(kind, _cell([line for line in asked if line.type == kind], "decision")) for kind in kinds]
    return Table(("type", "rightly answered or refused"), rows)


def _share(errors: int, of: int) -> Cell:
    return Mean(errors / of, *scores.wilson(errors, of)) if of else "does not apply"


def _confidence(known: Calibration) -> list[str | Plot]:
    if not known.bins or not known.curve:
        return ["There are too few answers to say how good the confidence is."]
    bins = [(f"{b.low:.1f} to {b.high:.1f}", str(b.answers), f"{b.confidence:.3f}", f"{b.right:.3f}") for b in known.bins]
    step = max(1, len(known.curve) // 10)
    points = [(f"{coverage:.2f}", f"{risk:.3f}") for coverage, risk in [*known.curve[step - 1 :: step], known.curve[-1]]]
    return [
        Plot(
            "mean confidence",
            "answerable",
            1.0,
            [(bin.confidence, bin.right) for bin in known.bins],
            [(0.0, 0.0), (1.0, 1.0)],
            [_dot(bin) for bin in known.bins],
            f"Reliability: how many of the questions with such a confidence can be answered, both kinds weighing the same; dashed "
            f"where they are as many as it says. Expected calibration error {known.error or 0.0:.3f}.",
            Table(("confidence", "questions", "mean confidence", "answerable"), bins),
        ),
        Plot(
            "share of the answers that are given",
            "share of them wrong",
            next(top for top in (0.05, 0.1, 0.2, 0.5, 1.0) if all(risk <= top for _, risk in known.curve)),
            known.curve,
            [(0.0, known.curve[-1][1]), (1.0, known.curve[-1][1])],
            [],
            f"Risk and coverage: the share of the answers that is wrong where only the most confident ones are given; dashed where "
            f"all are, {known.curve[-1][1]:.3f}. Area {known.area or 0.0:.3f}.",
            Table(("answers given", "of them wrong"), points),
        ),
    ]


def _dot(bin: Bin) -> Dot:
    label = f"{bin.answers} questions: confidence {bin.confidence:.2f}, {bin.right:.2f} of them"
    return Dot(bin.confidence, bin.right, bin.weight, label)


def _counts(lines: Sequence[Line], failed: Sequence[Line]) -> list[str | Table]:
    counts = [(name, str(sum(line.counts.get(name, 0) for line in lines))) for name in COUNTED]
    asked = [line for line in lines if line.type != PLANTED and line.outcome != "failed"]
    costs = [line.cost for line in asked if line.cost is not None]
    spent = [("tokens of language models", str(sum(line.tokens for line in asked)))]
    spent.append(("their cost", f"{sum(costs):.4f}" if costs else "none known"))
    if len(asked) > 1:
        times = quantiles([line.seconds for line in asked])
        spent.append(("time a question, median and 95th percentile", f"{times['p50_ms']} ms, {times['p95_ms']} ms"))
    errors = [f"{line.id}: {line.error}" for line in failed[:_SHOWN]]
    return [
        Table(("what", "count"), [("cases that failed", str(sum(line.outcome == "failed" for line in lines))), *counts, *spent]),
        *(errors or ["No question failed."]),
    ]


def _against(gate: Gate) -> list[str | Table]:
    flips = [(before.id, before.type, before.outcome, after.outcome) for before, after in gate.flipped[:_SHOWN]]
    share = len(gate.flipped) / gate.questions if gate.questions else 0.0
    return [
        f"The gate says: {TOLD[gate.code]} (exit code {gate.code}).",
        *gate.reasons,
        Table(
            ("score", "baseline", "now", "difference, 95 %", "lost / won", "chance", "judge, against people"),
            [(*rendering.compared(one), beside(one.score, gate.judge)) for one in gate.compared],
        ),
        "Chance: of so large a drop of any score where nothing changed. "
        f"Smallest drop of a yes/no score that the set shows in four of five runs: {gate.detectable:.3f}. "
        f"{len(gate.flipped)} of {gate.questions} questions have another verdict ({share:.1%}).",
        *([Table(("question", "type", "baseline", "now"), flips)] if flips else []),
    ]


def _worst(asked: Sequence[Line]) -> list[str | Card]:
    bad = sorted((line for line in asked if _badness(line) < 1), key=lambda line: (_badness(line), line.id))
    if not bad:
        return ["Every question is answered right, and every claim of the answers is supported."]
    intro = f"{min(len(bad), _WORST)} of {len(bad)} cases that are not right, or hold claims that are not supported; worst first."
    return [intro, *(_card(line, open=at < _OPEN) for at, line in enumerate(bad[:_WORST]))]


def _badness(line: Line) -> float:
    """1 for what is right and supported; the lower, the more is wrong: no answer by an error, then what misleads."""
    start = {"failed": -2.0, "wrong": -1.0, "refused": 0.0, "right": 0.5}[line.outcome]
    judged = [line.scores.get(name) for name in ("key facts", "faithfulness", "paper precision")]
    mean = scores.mean(judged)
    return start + (0.5 if mean is None else mean / 2)


def _card(line: Line, *, open: bool) -> Card:
    case, answer = line.case, line.answer
    parts: list[tuple[str, Sequence[str]]] = []
    if isinstance(case, Case):
        parts.append(("Question", [case.question]))
        parts.append(("Answered by", case.gold if case.answerable else ["no paper"]))
        parts.append(("Found first", line.ranked[:3]))
        if case.facts:
            parts.append(("Must hold", [f"{fact} ({'held' if _held(line, fact) else 'missing'})" for fact in case.facts]))
    if line.error:
        parts.append(("Error", [line.error]))
    if answer:
        shown = f"Refused: {answer.reason or answer.text}" if answer.abstained else answer.text
        parts.append((f"Answer, confidence {answer.confidence:.2f}", [shown]))
        parts.append(("Evidence", [_quoted(source) for source in answer.sources]))
        said = {one.claim: one for one in line.judged}
        parts.append(("Claims and verdicts", [_claim(claim, said.get(claim.text)) for claim in answer.claims]))
    applying = [f"{name} {value:.2f}" for name, value in line.scores.items() if value is not None]
    parts.append(("Scores", [", ".join(applying)] if applying else []))
    return Card(f"{line.id} ({line.type})", line.outcome, [(name, values) for name, values in parts if values], open)


def _held(line: Line, fact: str) -> bool:
    answer = line.answer
    return bool(answer) and not answer.abstained and scores.key_fact_recall(answer.text, [fact]) == 1


def _quoted(source: Source) -> str:
    return f"[{source.number}] {source.paper.title}: \N{LEFT DOUBLE QUOTATION MARK}{source.quote}\N{RIGHT DOUBLE QUOTATION MARK}"


def _claim(claim: Claim, judged: Judgement | None) -> str:
    """A claim with the verdict that the answer shows, and the judge's, where that is another."""
    verdict = claim.verdict
    if verdict is None:
        return f"{claim.text} (needs no source)"
    why = "".join(f"; {reason}" for reason in verdict.reasons)
    cites = f", cites {', '.join(map(str, claim.sources))}" if claim.sources else ""
    other = judged.cited.verdict if judged and judged.cited else None
    says = f"; the judge: {other}" if other not in (None, verdict.verdict) else ""
    return f"{claim.text} ({verdict.verdict}{cites}{', struck' if claim.struck else ''}{why}{says})"


def _looks(lines: Sequence[Line], looks: Sequence[Look]) -> list[str | Table]:
    held = sum(line.case.split == "held-out" for line in lines)
    intro = (
        f"{held} of the cases are held out from all fitting. What is looked at again and again is no longer held out (Dwork et al. "
        f"2015); looks at this set so far: {len(looks)}."
    )
    rows = [(look.date, look.command, str(look.questions)) for look in looks]
    return [intro, *([Table(("date", "command", "held-out cases"), rows)] if rows else [])]
