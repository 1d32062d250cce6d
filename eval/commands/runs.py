"""Commands around runs: check a question set, run it, compare two runs, gate a change, report, analyse the questions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.cli import progress
from eval.commands import output, results
from eval.commands.options import Calls, Folder, Judge, JUnit, Kind, Markdown, Out, Papers, Questions, Record, Replies, Set, Threads

if TYPE_CHECKING:
    from assistant.page.reports import Report
    from eval.runs.gate import Gate
    from eval.runs.suite import Measured


def check(name: Questions = "sample", papers: Papers = None) -> None:
    """Look for what is wrong with a question set: ids, titles, facts, answers given away, repeats, what is not asked."""
    from eval.runs import suite
    from eval.runs.check import check as look

    with output.errors():
        chosen = suite.load(name, papers or ())
        with suite.library(chosen) as assistant:
            found = look(chosen.questions, list(assistant.papers()), lambda text: assistant.embedder.query(text)[0].vector)
    print("\n".join([*found.problems, *found.gaps]))
    cells = ", ".join(f"{count} about {scope} in {wording}" for (scope, wording), count in found.cells.items())
    print(f"{len(chosen.questions)} questions about {found.papers} papers: {cells}; Vendi score {found.vendi:.1f}")
    if found.problems:
        raise typer.Exit(1)


def feedback(
    file: Annotated[Path, typer.Argument(metavar="SET.jsonl", help="A set of your own; what is new is put behind what it holds.")],
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="The page's feedback; that of the library in place if left out.")
    ] = None,
) -> None:
    """Put the questions whose answers were marked as wrong on the page into a question set, to be filled in by a person."""
    from assistant import Assistant
    from eval.runs import cases, jsonl
    from eval.runs import feedback as page

    if file.suffix != ".jsonl":
        raise typer.BadParameter("the name of a question set ends in .jsonl")
    with output.errors():
        if source is None:
            with Assistant.open() as assistant:
                entries = page.kept(assistant)
        else:
            entries = page.read(source)
        found = page.cases(entries, cases.load(str(file)) if file.is_file() else ())
    jsonl.append(file, found)
    print(f"{len(found)} new questions in {file}; python -m eval check {file} says what a person has to fill in")


def run(
    name: Questions = "sample",
    set: Set = None,
    papers: Papers = None,
    folder: Folder = None,
    judge: Judge = "local",
    calls: Calls = None,
    threads: Threads = 1,
    baseline: Annotated[bool, typer.Option("--baseline", help="Keep what is needed to compare in eval/baselines.")] = False,
    record: Record = False,
) -> None:
    """Ask the questions of a set and score the answers; what was stopped goes on where it was."""
    from eval.runs import gate, jsonl, rendering

    ran = _measured("run", name, set, papers, folder, judge, threads, calls)
    shown = rendering.summary(ran.lines, ran.judge)
    print(f"{shown}\n\nkept in {ran.folder}")
    if baseline:
        jsonl.write(gate.baseline(ran.about.set, ran.about.judge), [line.row() for line in ran.lines])
    if record:
        results.record(f"Answers to the set {name}: `python -m eval run {name}`", shown)
    if any(line.outcome == "failed" for line in ran.lines):
        raise typer.Exit(13)


def written(
    name: Questions = "sample",
    replies: Replies = None,
    set: Set = None,
    papers: Papers = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Score answers that a language model writes, beside quotes: from recorded replies, and from the model where it is named.

    With `--set answer.writer=pick` the model picks among the quotes. A reply counts only for the prompt that it was given to.
    Questions whose prompt changed since are named, and in no score.
    """
    from assistant import config
    from eval.runs import suite
    from eval.runs import written as runs

    wanted = config.load(None, set or ()).settings.answer.writer
    picks: Literal["pick", "model"] = "pick" if wanted == "pick" else "model"
    file = replies or (runs.PICKED if picks == "pick" else runs.SHIPPED)
    try:
        with output.errors():
            chosen = suite.asking(name, papers or ())
            model = suite.writer(set or (), file)
            with suite.library(chosen, [*(set or ()), "answer.writer=quotes"]) as assistant, progress("Asking") as moved:
                found = runs.measure(assistant, chosen.questions, suite.judge("local"), model, moved, writer=picks)
    except KeyboardInterrupt:
        print("stopped; the replies are kept, and running it again goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    if model.asked:
        model.keep_used()
    failed = [line for line in found.model if line.outcome == "failed"]
    asked = runs.put(found)
    output.looked("written", chosen.name, [line.case for line in asked.model], set)
    tables = {"scores": runs.compared(asked), "outcomes": runs.outcomes(asked), "answers": runs.spent(asked)}
    times = runs.times(model)
    blocks = [runs.headline(found, model), *(output.rows(rows) for rows in tables.values() if rows), output.table(times)]
    figures = {"model": model.name, **tables, "times": times, "unfit": [line.id for line in found.unfit]}
    title = f"Answers that a model writes, beside quotes, set {name}: `python -m eval written {name}`"
    if picks == "pick":
        title = (
            f"Quotes that a model picks, beside all quotes, set {name}: `python -m eval written {name} --set answer.writer=pick`"
        )
    output.show(title, blocks, figures, out, record=record)
    if failed:
        raise typer.Exit(13)


def compare(
    new: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    old: Annotated[Path, typer.Argument(metavar="BASELINE", help="Folder of another, or a baseline's file.")],
    junit: JUnit = None,
    markdown: Markdown = None,
) -> None:
    """Hold a run against another, case by case; the exit code is the gate's."""
    from eval.runs import suite
    from eval.runs.gate import gate as decide
    from eval.runs.run import about, rows

    with output.errors():
        decided = decide(rows(new), rows(old), suite.judge_of(about(new), old))
    _decided(decided, junit, markdown)


def gate(
    name: Questions = "sample",
    against: Annotated[
        Path | None, typer.Option(metavar="BASELINE", help="Its file; the committed one of the set and the judge if left out.")
    ] = None,
    set: Set = None,
    papers: Papers = None,
    folder: Folder = None,
    judge: Judge = "local",
    calls: Calls = None,
    threads: Threads = 1,
    junit: JUnit = None,
    markdown: Markdown = None,
) -> None:
    """Run a set and refuse what is worse than the baseline: 0 fine, 10 worse, 11 not shown to be no worse, 12 judge failed,
    13 run incomplete, 14 too many verdicts flip.
    """
    from eval.runs import suite
    from eval.runs.gate import baseline
    from eval.runs.gate import gate as decide
    from eval.runs.run import rows

    with output.errors():
        suite.asking(name, papers or ())  # whose file is missing rather than its baseline
        old = rows(against or baseline(Path(name).stem, suite.called(suite.judge(judge, set or (), calls))))
    ran = _measured("gate", name, set, papers, folder, judge, threads, calls)
    _decided(decide(ran.lines, old, ran.judge), junit, markdown)


def report(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="Folder of a run; the latest under runs/ if left out.")] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="BASELINE", help="Another run or a baseline's file; the committed one if left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help="The page; RUN/report.html if left out.")] = None,
) -> None:
    """Write a run as one HTML page, and the same in Markdown beside it."""
    from eval.runs import html_page
    from eval.runs.run import latest

    with output.errors():
        folder = run or latest()
        content = _reported(folder, against)
    file = out or folder / "report.html"
    file.write_text(html_page.to_html(content), "utf-8")
    file.with_suffix(".md").write_text(html_page.to_markdown(content), "utf-8")
    print(f"{file}\n{file.with_suffix('.md')}")


def items(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of three runs or more, of different settings.")],
    out: Out = None,
    record: Record = False,
) -> None:
    """How hard each question is, and how well it tells good settings from bad ones; those that do it backwards are flagged."""
    from eval.runs.items import items as analyse
    from eval.runs.run import PLANTED, about, lines

    with output.errors():
        made = [about(folder) for folder in runs]
        ran = [lines(folder / "lines.jsonl") for folder in runs]
        found = analyse(ran)
    rows = [item._asdict() | {"flag": "backwards" if item.backwards else ""} for item in found]
    telling = [row for row in rows if row["discrimination"] is not None]
    settings = [
        {
            "settings": ", ".join(one.settings) or "default",
            "right": sum(line.outcome == "right" and line.type != PLANTED for line in own),
        }
        for one, own in zip(made, ran, strict=True)
    ]
    counts = (
        f"{len(rows)} questions; {sum(row['difficulty'] == 1 for row in rows)} were right in all runs, "
        f"{sum(row['difficulty'] == 0 for row in rows)} in none; {sum(bool(row['flag']) for row in rows)} discriminate backwards."
    )
    telling.sort(key=lambda row: row["discrimination"])
    title = f"Questions of the set {made[0].set} over {len(runs)} runs: `python -m eval items`"
    blocks = [counts, output.rows(settings), *([output.rows(telling)] if telling else [])]
    output.show(title, blocks, {"runs": settings, "items": rows}, out, record=record)


def _measured(
    command: str,
    name: str,
    flags: list[str] | None,
    papers: list[str] | None,
    folder: Path | None,
    judge: Kind,
    threads: int,
    calls: Path | None,
) -> Measured:
    """Run a question set for `command`, count the look at held-out questions, and keep the report beside the run."""
    from eval.runs import suite

    try:
        with output.errors():
            chosen = suite.asking(name, papers or ())
            asked = suite.judge(judge, flags or (), calls)
            with suite.library(chosen, flags or ()) as assistant, progress("Asking") as moved:
                ran = suite.measure(chosen, assistant, asked, folder, threads, moved, flags=flags or ())
    except KeyboardInterrupt:
        print("stopped; what was asked is kept, and running it again goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    output.looked(command, chosen.name, chosen.asked, version=ran.folder.name)
    with output.errors():
        _reported(ran.folder)
    return ran


def _reported(folder: Path, against: Path | None = None) -> Report:
    """The report of the run in `folder`, compared with `against` or else with the committed baseline of its set.

    The report is kept in `folder`, where the page of `assistant chat` finds it.
    """
    from assistant.page import reports
    from eval.runs import ledger, suite
    from eval.runs.gate import baseline
    from eval.runs.gate import gate as decide
    from eval.runs.report import report as make
    from eval.runs.run import about, lines, rows

    made, ran = about(folder), lines(folder / "lines.jsonl")
    committed = baseline(made.set, made.judge)
    old = against or (committed if committed.is_file() else None)
    decided = decide(ran, rows(old), suite.judge_of(made, old)) if old else None
    report = make(ran, made, suite.known(made.judge), ledger.looks(made.set), decided)
    reports.keep(report, folder)
    return report


def _decided(gate: Gate, junit: Path | None, markdown: Path | None) -> None:
    """Print the decision of the gate, write the files that were asked for, and exit with the code of the decision."""
    from eval.runs import rendering

    print(rendering.markdown(gate))
    print(rendering.verdict(gate))
    if junit:
        junit.write_text(rendering.junit(gate), "utf-8")
    if markdown:
        markdown.write_text(rendering.markdown(gate), "utf-8")
    raise typer.Exit(gate.code)
