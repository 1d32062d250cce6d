"""`python -m eval`: measures the system, and prints what the README and eval/RESULTS.md state."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from assistant import stdio
from assistant.cli import progress
from eval.bench import results

if TYPE_CHECKING:
    from assistant import Assistant
    from assistant.page.reports import Report
    from eval.bench.hostile import Hostile
    from eval.runs.cases import Case, Pair
    from eval.runs.gate import Gate
    from eval.runs.suite import Measured

app = typer.Typer(help="Measures the system.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Out = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there too, as JSON.")]
Record = Annotated[bool, typer.Option("--record", help="Put the tables into eval/RESULTS.md too.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting to measure with.")]
Questions = Annotated[str, typer.Argument(metavar="SET", help="sample, seeds, or the path of a JSONL of your own.")]
Papers = Annotated[list[str] | None, typer.Option("--papers", metavar="FILE", help="The papers that a set of your own is about.")]
Folder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Keep the run there instead of under runs/.")]
Kind = Literal["local", "model", "entailment"]
Judge = Annotated[Kind, typer.Option(help="Who judges claims: no model, the language model of the settings, or a classifier.")]
Calls = Annotated[
    Path | None,
    typer.Option("--calls", metavar="FILE", help="Keep the model's calls there instead of under runs/, and replay those it holds."),
]
Threads = Annotated[int, typer.Option(min=1, help="Questions at a time.")]
JUnit = Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML there.")]
Markdown = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a summary for a pull request there.")]
Home = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Keep the library there, so that it is made only once.")]


@app.callback()
def main() -> None:
    """Measures the system; run it from the checkout."""


@app.command()
def speed(out: Out = None, record: Record = False) -> None:
    """Time indexing, searching, asking and starting, beside plain LlamaIndex where the group `baseline` is installed."""
    from eval.bench.load import LIMITS
    from eval.bench.speed import measure

    figures = measure()
    rest = {name: value for name, value in figures.items() if name != "page"}
    page = [{"the page, all asking at once": "measured", **figures["page"]}, {"the page, all asking at once": "at most", **LIMITS}]
    _show("Speed: `python -m eval speed`", [_table(rest), _rows(page)], figures, out, record=record)


@app.command()
def retrieval(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; tune on tune.")] = "held-out",
    wordings: Annotated[
        bool, typer.Option("--wordings", help="Recall alone, of 1,128 further questions to tuning papers.")
    ] = False,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Recall over the saved pages by type of question, and how well confidence tells what can be answered."""
    from eval.bench.retrieval import answers
    from eval.bench.retrieval import retrieval as recall
    from eval.runs import cases

    if wordings:
        with _seeds(set) as assistant:
            rows = recall(assistant, cases.load("wordings"))
        title = "Retrieval on further questions to the tuning papers: `python -m eval retrieval --wordings`"
        return _show(title, [_rows(rows)], {"recall": rows}, out, record=record)
    asked = cases.load(splits=[split])
    with _seeds(set) as assistant:
        rows, (rest, reliability) = recall(assistant, asked), answers(assistant, asked)
    command = "python -m eval retrieval" + (" --split tune" if split == "tune" else "")
    title = f"Retrieval, refusals and confidence on the {'tuning' if split == 'tune' else 'held-out'} questions: `{command}`"
    figures = {"recall": rows, "answers": rest, "reliability": reliability}
    _looked("retrieval", "seeds", asked, set)
    _show(title, [_rows(rows), _table(rest), _rows(reliability)], figures, out, record=record)


@app.command()
def scifact(
    split: Annotated[Literal["test", "train"], typer.Option(help="Which queries; tune on train.")] = "test",
    queries: Annotated[int | None, typer.Option(min=2, help="Only so many, the first ones.")] = None,
    home: Home = None,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Retrieval on SciFact by each kind of fusion, beside published figures."""
    from eval.bench import scifact as bench

    if not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"SciFact is not at {bench.FOLDER}")
    asked = bench.load(bench.FOLDER, split)[:queries]
    with _folder(home) as folder:
        documents = bench.ingest(folder, bench.FOLDER, set or ())
        rows = bench.measure(folder, documents, asked, set or ())
    merged = sum(len(own) for own in documents.values() if len(own) > 1)
    about = f"{len(asked)} {split} queries, {len(documents)} papers; {merged} documents share a title with another."
    published = [{"system": f"{name}, published (test)", "nDCG@10": value} for name, value in bench.PUBLISHED.items()]
    figures = {"split": split, "queries": len(asked), "rows": rows}
    _show(
        f"SciFact, {split}: `python -m eval scifact --split {split}`",
        [about, _rows([*rows, *published])],
        figures,
        out,
        record=record,
    )


@app.command()
def limit(set: Set = None, out: Out = None, record: Record = False) -> None:
    """Recall on made questions that every pair of 24 papers answers one of, by each kind of fusion."""
    from eval.bench.limit import measure

    with tempfile.TemporaryDirectory() as folder:
        rows = [row for shared in (False, True) for row in measure(Path(folder), shared=shared, flags=set or ())]
    _show("Pairs of papers, after LIMIT: `python -m eval limit`", [_rows(rows)], {"rows": rows}, out, record=record)


@app.command()
def hostile(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which papers; tune on tune.")] = "held-out",
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Papers that attack their reader: how often the false claim that they plant is found supported."""
    from assistant import Assistant
    from eval.bench import hostile as attacks

    cases = attacks.load(split)
    with tempfile.TemporaryDirectory() as home, Assistant.open(home, set=set or ()) as assistant:
        attacks.ingest(assistant, cases, Path(home))
        rows, rest = attacks.measure(assistant, cases)
    _looked("hostile", "hostile", cases, set)
    command = f"python -m eval hostile --split {split}"
    figures = {"split": split, "rows": rows, **rest}
    _show(f"Hostile papers, {split}: `{command}`", [_rows(rows), _table(rest)], figures, out, record=record)


@app.command()
def scale(
    passages: Annotated[int, typer.Option(min=100, help="Size of the large library.")] = 100_000,
    home: Home = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Time and memory of a search among the saved pages and among many made passages. Writes gigabytes."""
    from eval.bench.scale import measure

    with _folder(home) as folder:
        rows = measure(passages, folder)
    _show("Search among many passages: `python -m eval scale`", [_rows(rows)], {"rows": rows}, out, record=record)


@app.command()
def flows(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; the default is chosen on tune.")] = "tune",
    out: Out = None,
    record: Record = False,
) -> None:
    """Refusals, key facts and time of each flow, without a model."""
    from eval.bench.flows import flows as measure
    from eval.runs import cases

    asked = cases.load(splits=[split])
    with _seeds() as assistant:
        rows = measure(assistant, asked)
    _looked("flows", "seeds", asked)
    _show(f"Flows, {split} questions: `python -m eval flows --split {split}`", [_rows(rows)], {"rows": rows}, out, record=record)


@app.command()
def compression(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; tune on tune.")] = "held-out",
    out: Out = None,
    record: Record = False,
) -> None:
    """Tokens and key facts that are left of the abstracts a model is given."""
    from eval.bench.compression import compression as measure
    from eval.runs import cases

    asked = cases.load(splits=[split])
    with _seeds() as assistant:
        rows = measure(assistant, asked)
    _looked("compression", "seeds", asked)
    title = f"Compression before a model reads, {split} questions: `python -m eval compression --split {split}`"
    _show(title, [_rows(rows)], {"rows": rows}, out, record=record)


@app.command()
def calibrate() -> None:
    """Fit the constants of the confidence and of the choice of sentences on the tuning questions, and print them."""
    from eval.fit.calibrate import calibrate as fit
    from eval.fit.calibrate import sentences
    from eval.runs import cases

    with cases.tuning(), _seeds() as assistant:
        of_features, share, papers = sentences(assistant)
        weights, held, lacking, removed = fit(assistant)
    print(f"score, margin, uncovered, words, bias: {', '.join(f'{weight:.2f}' for weight in weights)}")
    print(f"fitted on {held} answerable, {lacking} unanswerable questions and {removed} whose papers were removed")
    print(f"features of a sentence: {', '.join(f'{weight:.2f}' for weight in of_features)}")
    print(f"fitted on {papers} papers; cross-validated, the best three sentences hold {share:.3f} of the key facts")


@app.command()
def basis() -> None:
    """Fit the directions in which tokens are kept, on the shipped sample, and write them into the package."""
    from eval.fit.basis import basis as fit

    print(f"kept {fit():.1%} of the tokens' squared length")


@app.command()
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
    from eval.fit import verifier
    from eval.judging import judge as bench
    from eval.runs import cases, gate, suite

    if not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"the sets are not at {bench.FOLDER}")
    with _errors(), progress("Judging") as moved:
        asked = suite.judge(judge, set or (), calls)
        pick = verifier.out_of_fold() if judge == "local" else bench.always(asked)
        dev = {"scifact": "dev"}
        sets = [[pair for pair in bench.load(name) if pair.split == dev.get(name, pair.split)] for name in bench.SETS]
        rows = [bench.row(bench.judge(pick, bench.drawn(pairs, claims), threads, moved)) for pairs in sets]
        always = bench.always(asked)
        planted = {
            "tuning": (pick, bench.planted("tune")),
            "held-out": (always, bench.planted("held-out")),
        }
        if cases.SEEDS.is_dir():
            planted["reworded"] = always, bench.reworded()
        tables = {
            name: bench.found(bench.judge(by, pairs[: claims and 2 * claims], threads, moved))
            for name, (by, pairs) in planted.items()
        }
    name = suite.called(asked)
    fitted = (
        " The sets but SciFact and the tuning pairs: each claim judged by a fit that saw neither its wording nor its evidence "
        "(five folds); SciFact: fitted on train. Held-out and reworded pairs: judged by the shipped fit, which saw none of them."
    )
    about = "Label 1 (supported) against the rest, one threshold for all sets; SciFact: dev." + (fitted if judge == "local" else "")
    blocks = [about, _rows(rows)]
    for kind, table in tables.items():
        blocks += [f"Planted, {kind} pairs:", _rows(table)]
    figures = {"judge": name, "sets": rows, "planted": tables}
    if record:
        kept = [{name: row[name] for name in ("set", "claims", "base rate", "balanced accuracy", "AUROC", "kappa")} for row in rows]
        file = gate.agreement(name, gate.BASELINES)
        file.write_text(json.dumps({"judge": name, "sets": kept}, indent=1) + "\n", "utf-8")
    title = "Judging claims: `python -m eval judge`" if judge == "local" else f"Judging claims, by {name}: `python -m eval judge`"
    _show(title, blocks, figures, out, record=record)


@app.command("fit-verifier")
def fit_verifier(words: Annotated[bool, typer.Option(help="Also what is known of words, which takes minutes.")] = False) -> None:
    """Fit the local verifier on the sets, all but SciFact's dev split and the planted held-out pairs, and write its files."""
    from eval.fit import verifier as fit
    from eval.judging import judge as bench
    from eval.runs import cases

    if not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"the sets are not at {bench.FOLDER}")
    if words:
        print(f"what is known of {fit.fit_words()} stems is written")
    with cases.tuning():
        rows = fit.examples()
        fit.write(fit.fit_trees(rows))
    print(f"fitted on {len(rows)} claims")


@app.command()
def check(name: Questions = "sample", papers: Papers = None) -> None:
    """Look for what is wrong with a question set: ids, titles, facts, answers given away, repeats, what is not asked."""
    from eval.runs import suite
    from eval.runs.check import check as look

    with _errors():
        chosen = suite.load(name, papers or ())
        with suite.library(chosen) as assistant:
            found = look(chosen.questions, list(assistant.papers()), lambda text: assistant.embedder.query(text)[0].vector)
    print("\n".join([*found.problems, *found.gaps]))
    cells = ", ".join(f"{count} about {scope} in {wording}" for (scope, wording), count in found.cells.items())
    print(f"{len(chosen.questions)} questions about {found.papers} papers: {cells}; Vendi score {found.vendi:.1f}")
    if found.problems:
        raise typer.Exit(1)


@app.command()
def feedback(
    file: Annotated[Path, typer.Argument(metavar="SET.jsonl", help="A set of your own; what is new is put behind what it holds.")],
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="The page's feedback; that of the library in place if left out.")
    ] = None,
) -> None:
    """Put the questions whose answers were marked as wrong on the page into a question set, to be filled in by a person."""
    from assistant import Assistant
    from assistant.page.store import FEEDBACK
    from eval.runs import cases, jsonl
    from eval.runs import feedback as page

    if file.suffix != ".jsonl":
        raise typer.BadParameter("the name of a question set ends in .jsonl")
    with _errors():
        if source is None:
            with Assistant.open() as assistant:
                source = assistant.home / FEEDBACK
        found = page.cases(page.read(source), cases.load(str(file)) if file.is_file() else ())
    jsonl.append(file, found)
    print(f"{len(found)} new questions in {file}; python -m eval check {file} says what a person has to fill in")


@app.command()
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


@app.command()
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

    with _errors():
        decided = decide(rows(new), rows(old), suite.judge_of(about(new), old))
    _decided(decided, junit, markdown)


@app.command()
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

    with _errors():
        old = rows(against or baseline(Path(name).stem, suite.called(suite.judge(judge, set or (), calls))))
    ran = _measured("gate", name, set, papers, folder, judge, threads, calls)
    _decided(decide(ran.lines, old, ran.judge), junit, markdown)


@app.command()
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

    with _errors():
        folder = run or latest()
        content = _reported(folder, against)
    file = out or folder / "report.html"
    file.write_text(html_page.to_html(content), "utf-8")
    file.with_suffix(".md").write_text(html_page.to_markdown(content), "utf-8")
    print(f"{file}\n{file.with_suffix('.md')}")


@app.command()
def robust(
    name: Questions = "sample",
    set: Set = None,
    papers: Papers = None,
    judge: Judge = "local",
    calls: Calls = None,
    threads: Threads = 2,
    out: Out = None,
    record: Record = False,
) -> None:
    """Scores where passages are shuffled, distractors or hostile papers added, names and figures remapped, abstracts swapped."""
    from eval.bench import hostile as attacks
    from eval.bench.robust import HOSTILE, measure
    from eval.runs import suite
    from eval.runs.grade import JUDGED

    with _errors(), progress("Changing") as moved:
        chosen, asked = suite.load(name, papers or ()), suite.judge(judge, set or (), calls)
        rows, swapped, attacked = measure(chosen, asked, set or (), threads, moved)
    _looked("robust", chosen.name, chosen.questions, set)
    _looked("robust", "hostile", attacks.load(HOSTILE), [chosen.name, *(set or ())])
    judged = f"{', '.join(JUDGED)}: {suite.known(suite.called(asked))}."
    blocks = [_rows(rows), judged, "Abstracts swapped:", _table(swapped), "Hostile papers added:", _table(attacked)]
    figures = {"rows": rows, "swapped": swapped, "hostile": attacked}
    _show(f"Robustness, {name}: `python -m eval robust {name}`", blocks, figures, out, record=record)


@app.command()
def items(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of three runs or more, of different settings.")],
    out: Out = None,
    record: Record = False,
) -> None:
    """How hard each question is, and how well it tells good settings from bad ones; those that do it backwards are flagged."""
    from eval.runs.items import items as analyse
    from eval.runs.run import PLANTED, about, lines

    with _errors():
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
    told = (
        f"{len(rows)} questions; {sum(row['difficulty'] == 1 for row in rows)} were right in all runs, "
        f"{sum(row['difficulty'] == 0 for row in rows)} in none; {sum(bool(row['flag']) for row in rows)} discriminate backwards."
    )
    telling.sort(key=lambda row: row["discrimination"])
    title = f"Questions of the set {made[0].set} over {len(runs)} runs: `python -m eval items`"
    blocks = [told, _rows(settings), *([_rows(telling)] if telling else [])]
    _show(title, blocks, {"runs": settings, "items": rows}, out, record=record)


@app.command()
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

    with _errors(), progress("Judging") as moved:
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
    _show(title, [_table(figures), *([_rows(rows)] if rows else [])], figures | {"claims that differ": rows}, out, record=record)


@app.command()
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

    with _errors(), progress("Scoring") as moved:
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
    blocks = [_table(figures), *([_rows(rows)] if rows else []), *(["No score by ragas:\n" + "\n".join(failed)] if failed else [])]
    title = f"Faithfulness beside ragas, {made.set}: `python -m eval ragas`"
    _show(title, blocks, figures | {"cases": [one._asdict() for one in found]}, out, record=record)


@app.command()
def power(record: Record = False) -> None:
    """Plant faults and change nothing, many times over draws of the questions, and count how often the gate speaks up."""
    from eval.runs.power import measure

    with progress("Planting faults") as moved:
        shown = "\n\n".join(measure(moved))
    print(shown)
    if record:
        results.record("What the gate sees: `python -m eval power`", shown)


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
    """Run a set for `command`, and count the look."""
    from eval.runs import suite

    try:
        with _errors():
            chosen = suite.load(name, papers or ())
            asked = suite.judge(judge, flags or (), calls)
            with suite.library(chosen, flags or ()) as assistant, progress("Asking") as moved:
                ran = suite.measure(chosen, assistant, asked, folder, threads, moved, flags=flags or ())
    except KeyboardInterrupt:
        print("stopped; what was asked is kept, and running it again goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    _looked(command, chosen.name, chosen.asked, version=ran.folder.name)
    with _errors():
        _reported(ran.folder)
    return ran


def _looked(
    command: str, name: str, asked: Sequence[Case | Pair | Hostile], flags: Sequence[str] | None = None, version: str | None = None
) -> None:
    """Count a look at the held-out ones of what was asked; `version`: of the run, worked out where it is not known."""
    from eval.runs import ledger
    from eval.runs.run import fingerprint

    held = sum(case.split == "held-out" for case in asked)
    ledger.record(command, name, held, version or fingerprint(command, name, *(flags or ())))


def _reported(folder: Path, against: Path | None = None) -> Report:
    """The report of a run, held against a baseline, the committed one of its set by default; kept beside it for the page."""
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
    from eval.runs import rendering

    print(rendering.markdown(gate))
    print(rendering.verdict(gate))
    if junit:
        junit.write_text(rendering.junit(gate), "utf-8")
    if markdown:
        markdown.write_text(rendering.markdown(gate), "utf-8")
    raise typer.Exit(gate.code)


@contextmanager
def _errors() -> Generator[None]:
    """What a user can mend is told in a line."""
    from assistant.errors import AssistantError

    try:
        yield
    except AssistantError as exc:
        stdio.tell(f"eval: {exc}")
        raise typer.Exit(exc.exit_code) from exc


@contextmanager
def _seeds(flags: Sequence[str] | None = None) -> Generator[Assistant]:
    """An assistant over the saved pages, its library made anew."""
    from assistant import Assistant
    from eval.bench.speed import sources
    from eval.runs import cases

    if not cases.SEEDS.is_dir():
        raise typer.BadParameter(f"the saved pages are not at {cases.SEEDS}")
    with tempfile.TemporaryDirectory() as home, Assistant.open(home, set=flags or ()) as assistant:
        assistant.ingest(*sources())
        yield assistant


@contextmanager
def _folder(kept: Path | None) -> Generator[Path]:
    """The folder `kept`, or one that goes away."""
    if kept:
        yield kept
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def _rows(rows: Sequence[dict[str, Any]]) -> str:
    """A table with the columns of the first row; other rows may leave some out."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(_shown(row.get(name, "")) for name in rows[0]) + " |" for row in rows)])


def _table(figures: dict[str, Any]) -> str:
    rows = ["| what | figure |", "|---|---|"]
    return "\n".join([*rows, *(f"| {name} | {_shown(value)} |" for name, value in figures.items())])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        return ", ".join(
            f"{name} ({_shown(part)})" if isinstance(part, dict) else f"{name} {_shown(part)}" for name, part in parts.items()
        )
    if isinstance(value, tuple):
        return " to ".join(_shown(part) for part in cast("tuple[Any, ...]", value))
    if value is None:
        return "none"
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")


def _show(title: str, blocks: Sequence[str], figures: dict[str, Any], out: Path | None, *, record: bool) -> None:
    """Print the blocks of text and the figures as JSON, and keep them where that is asked for."""
    print("\n\n".join(blocks))
    print(json.dumps(figures))
    if out:
        out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    if record:
        results.record(title, "\n\n".join(blocks))


if __name__ == "__main__":
    with stdio.standard("eval"):
        app()
