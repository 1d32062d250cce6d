"""Commands about judges of claims: their agreement with people, with each other, and with ragas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import progress
from eval.commands import output
from eval.commands.options import Calls, Judge, Kind, Out, Record, Set, Threads

if TYPE_CHECKING:
    from assistant.types import Verifier
    from eval.judging.judge import Pair, Pick

_KEPT = ("set", "claims", "base rate", "balanced accuracy", "AUROC", "kappa")
"""Columns of a set that are committed under eval/baselines."""
_ABOUT = "Label 1 (supported) against the rest, one threshold for all sets; SciFact: dev."
_FITTED = (
    " The sets but SciFact and the tuning pairs: each claim judged by a fit that saw neither its wording nor its evidence "
    "(five folds); SciFact: fitted on train. Held-out and reworded pairs: judged by the shipped fit, which saw none of them."
)


_QUANTITIES = (
    "Quantities, `eval/questions/quantities.jsonl` (held-out and tune) and `quantities-tune.jsonl` (own). Found: the wrong claim "
    "is contradicted or not supported. Flagged: the true claim is not supported. The fit saw all but the held-out ones."
)


def judge(
    judge: Judge = "local",
    set: Set = None,
    claims: Annotated[int | None, typer.Option(min=20, help="Only so many of each set, drawn at random.")] = None,
    calls: Calls = None,
    threads: Threads = 1,
    out: Out = None,
    record: Annotated[bool, typer.Option("--record", help="Keep it where the gate looks, and in eval/RESULTS.md.")] = False,
) -> None:
    """How well a judge tells supported claims from others, on sets judged by people and on planted errors."""
    from eval.judging import direction, quantities
    from eval.judging import judge as bench
    from eval.runs import suite
    from eval.runs.run import Careful

    if not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"the sets are not at {bench.FOLDER}")
    with output.errors(), progress("Judging") as moved:
        asked = suite.judge(judge, set or (), calls)
        pick, planted = _picked(judge, asked)
        dev = {"scifact": "dev"}
        sets = [[pair for pair in bench.load(name) if pair.split == dev.get(name, pair.split)] for name in bench.SETS]
        rows = [bench.row(bench.judge(pick, bench.drawn(pairs, claims), threads, moved)) for pairs in sets]
        joined = bench.row(bench.judge(bench.always(asked), bench.two_papers("held-out")[:claims], threads, moved))
        stranger = bench.claims("held-out")[:claims]
        kinds = [[pair for pair in stranger if pair.set == kind] for kind in dict.fromkeys(pair.set for pair in stranger)]
        by_kind = [bench.row(bench.judge(bench.always(asked), pairs, threads, moved)) for pairs in kinds]
        tables = {
            name: bench.found(bench.judge(by, pairs[: claims and 2 * claims], threads, moved))
            for name, (by, pairs) in planted.items()
        }
        directions = direction.table(asked, bench.drawn(direction.load(), claims))
        figures_of = quantities.table(quantities.judge(Careful(asked), quantities.load()[:claims]))
    name = suite.called(asked)
    blocks = [_ABOUT + (_FITTED if judge == "local" else ""), output.rows(rows)]
    blocks += ["Sentences about two papers of the sample, held-out:", output.rows([joined])]
    blocks += ["Claims of six kinds by one who had not seen the rules, held-out:", output.rows(by_kind)]
    for kind, table in tables.items():
        blocks += [f"Planted, {kind} pairs:", output.rows(table)]
    if directions:
        blocks += ["Direction of an outcome (Evidence Inference), the claim of three that scores highest:", output.rows(directions)]
    blocks += [_QUANTITIES, output.rows(figures_of)]
    figures = {
        "judge": name,
        "sets": rows,
        "two papers": joined,
        "planted": tables,
        "direction": directions,
        "quantities": figures_of,
    }
    if record:
        _keep(name, rows)
    title = "Judging claims: `python -m eval judge`" if judge == "local" else f"Judging claims, by {name}: `python -m eval judge`"
    output.show(title, blocks, figures, out, record=record)


def _picked(kind: Kind, judge: Verifier) -> tuple[Pick, dict[str, tuple[Pick, Sequence[Pair]]]]:
    """The verifier for the pairs of the sets, and for each kind of planted pairs the verifier and the pairs.

    The local verifier is fitted on the sets and the tuning pairs, so these are judged by fits that did not see them.
    """
    from eval.fit import verifier
    from eval.judging import judge as bench
    from eval.runs import cases

    always = bench.always(judge)
    pick = verifier.out_of_fold() if kind == "local" else always
    planted: dict[str, tuple[Pick, Sequence[Pair]]] = {
        "tuning": (pick, bench.planted("tune")),
        "held-out": (always, bench.planted("held-out")),
    }
    if cases.SEEDS.is_dir():
        planted["reworded"] = always, bench.reworded()
    return pick, planted


def _keep(name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write the agreement of the judge `name` with people to the file that the gate reads."""
    from eval.runs import gate

    kept = [{column: row[column] for column in _KEPT} for row in rows]
    gate.agreement(name, gate.BASELINES).write_text(json.dumps({"judge": name, "sets": kept}, indent=1) + "\n", "utf-8")


def disagree(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    judge: Judge = "model",
    set: Set = None,
    calls: Calls = None,
    threads: Threads = 1,
    out: Out = None,
    record: Record = False,
) -> None:
    """Claims of a run on which another judge disagrees with the run's own; how far each agrees with people stands beside."""
    from eval.judging.disagree import disagree as compare_judges
    from eval.runs import suite
    from eval.runs.run import about, lines

    with output.errors(), progress("Judging") as moved:
        first, ran = about(run).judge, lines(run / "lines.jsonl")
        asked = suite.judge(judge, set or (), calls)
        found = compare_judges(ran, asked, threads, moved)
    other = suite.called(asked)
    rows = [
        {
            "case": one.case,
            "claim": one.claim,
            "cites": "; ".join(one.papers),
            f"{first} (the run's)": one.recorded.verdict,
            other: one.other.verdict,
            "because": "; ".join(one.other.reasons or one.recorded.reasons),
        }
        for one in found.differing
    ]
    figures: dict[str, Any] = {
        "claims": len(found.claims),
        "not judged by one": found.unjudged,
        "agreement": found.agreement,
        "kappa": found.kappa,
        "differ": len(rows),
        **{f"{name}, against people": str(suite.known(name)) for name in dict.fromkeys((first, other))},
    }
    title = f"Judges side by side, {first} and {other}: `python -m eval disagree --judge {judge}`"
    blocks = [output.table(figures), *([output.rows(rows)] if rows else [])]
    output.show(title, blocks, figures | {"claims that differ": rows}, out, record=record)


def ragas(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="Folder of a run; the latest under runs/ if left out.")] = None,
    set: Set = None,
    calls: Calls = None,
    threads: Threads = 1,
    out: Out = None,
    record: Record = False,
) -> None:
    """Score a saved run by ragas too, through the model that the settings name, as a cross-check of faithfulness."""
    from eval.judging import crosscheck
    from eval.runs import scores, suite
    from eval.runs.run import about, latest, lines

    with output.errors(), progress("Scoring") as moved:
        folder = run or latest()
        made, ran = about(folder), lines(folder / "lines.jsonl")
        model = suite.model(set or (), calls)
        found = crosscheck.crosscheck(ran, model, threads, moved)
    both = [(one, one.ours, one.ragas) for one in found if one.ours is not None and one.ragas is not None]
    apart = sorted(both, key=lambda one: -abs(one[1] - one[2]))
    rows = [{"case": one.case, "ours": ours, "ragas": theirs} for one, ours, theirs in apart if ours != theirs]
    figures: dict[str, Any] = {
        "answers": len(found),
        "without a score by ours": sum(one.ours is None for one in found),
        "without a score by ragas": sum(one.ragas is None for one in found),
        f"faithfulness, ours, judged by {made.judge}": scores.mean([ours for _, ours, _ in both]),
        f"faithfulness, ragas, by {model.name}": scores.mean([theirs for *_, theirs in both]),
        "answers on which they differ": len(rows),
        "mean difference without its sign": scores.mean([abs(ours - theirs) for _, ours, theirs in both]),
        "what is counted": crosscheck.DIFFERENCE,
        f"{made.judge}, against people": str(suite.known(made.judge)),
    }
    failed = [f"- {one.case}: {one.error}" for one in found if one.error]
    blocks = [output.table(figures), *([output.rows(rows)] if rows else [])]
    blocks += ["No score by ragas:\n" + "\n".join(failed)] if failed else []
    title = f"Faithfulness beside ragas, {made.set}: `python -m eval ragas`"
    output.show(title, blocks, figures | {"cases": [one._asdict() for one in found]}, out, record=record)


def premises(out: Out = None, record: Record = False) -> None:
    """How often a figure that a question asserts is corrected, rightly and wrongly, over the sample."""
    from assistant import Assistant
    from eval.judging import premises as bench

    with output.errors(), output.folder(None) as home, Assistant.open(home) as assistant:
        assistant.ingest_sample()
        asked = bench.load()
        output.looked("premises", "quantity_questions", asked)
        found = bench.measure(assistant, asked)
        requests = bench.measure(assistant, [bench.Row("", "", asks, "no premise") for asks in bench.requests(assistant)])
    kinds = ("corrected", "confirmed", "answered", "refused")
    titles = [(f"{split}, {right}", counts) for (split, right), counts in sorted(found.items())]
    titles += [("requests for a number of things", counts) for counts in requests.values()]
    rows = [{"questions": title, **{kind: counts[kind] for kind in kinds}} for title, counts in titles]
    about = (
        "Right is: corrected where the figure is wrong (corrects), never where the figure is right (grants) or none is asserted."
    )
    output.show(
        "Figures in questions: `python -m eval premises`", [about, output.rows(rows)], {"questions": rows}, out, record=record
    )


def additions(out: Out = None, record: Record = False) -> None:
    """How many inventions added to true sentences the local verifier finds, and how many true sentences it flags."""
    from assistant.verify.local import LocalVerifier
    from eval.judging import additions as bench
    from eval.runs import cases

    if not cases.SEEDS.is_dir():
        raise typer.BadParameter(f"the pages are not at {cases.SEEDS}")
    with output.errors():
        rows = bench.table(bench.judge(LocalVerifier(), cases.additions()))
    about = (
        "Found: the sentence with the invention is not supported. Flagged: the true sentence is not supported. The kinds "
        "adverbial, apposition, comparison and participle are among the held-out sentences only."
    )
    output.show("Added clauses: `python -m eval additions`", [about, output.rows(rows)], {"sentences": rows}, out, record=record)
