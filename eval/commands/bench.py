"""Commands that measure the system: speed, retrieval, flows, robustness, hostile papers; and the gate itself (`power`)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant.cli import progress
from eval.commands import output, results
from eval.commands.options import Calls, Home, Judge, Out, Papers, Questions, Record, Replies, Set, Threads

_IN_TURNS = (
    "Medians over all rounds, the questions in turns. The ratio is that of the medians of a round, by its median over the rounds; "
    "below 1 this checkout is faster, or takes less."
)
_SHORT = 160
"""Tokens that a model may reply where no more is needed."""


Beside = Annotated[
    Path | None,
    typer.Option("--beside", metavar="TREE", help="A checkout of another commit, with its .venv: only the ratios to it, in turns."),
]
Rounds = Annotated[int, typer.Option(min=1, help="With --beside: how often all is done by each side.")]


def speed(beside: Beside = None, rounds: Rounds = 3, out: Out = None, record: Record = False) -> None:
    """Time indexing, searching, asking and starting, beside plain LlamaIndex where the group `baseline` is installed."""
    from eval.bench.load import LIMITS
    from eval.bench.speed import measure

    if beside:
        from eval.bench import beside as bench

        rows = bench.measure(beside.absolute(), rounds)
        title = f"Speed beside commit {bench.commit(beside)}, in turns: `python -m eval speed --beside TREE`"
        return output.show(title, [_IN_TURNS, output.rows(rows)], {"rows": rows}, out, record=record)
    figures = measure()
    rest = {name: value for name, value in figures.items() if name != "page"}
    page = [{"the page, all asking at once": "measured", **figures["page"]}, {"the page, all asking at once": "at most", **LIMITS}]
    output.show("Speed: `python -m eval speed`", [output.table(rest), output.rows(page)], figures, out, record=record)


def retrieval(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; tune on tune.")] = "held-out",
    wordings: Annotated[
        bool, typer.Option("--wordings", help="Recall alone, of 1,128 further questions to tuning papers.")
    ] = False,
    name: Annotated[
        Literal["seeds", "blind", "details"],
        typer.Option("--questions", help="blind, details: by others, who had not seen the system, over records of their own."),
    ] = "seeds",
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Recall over the saved pages by type of question, and how well confidence tells what can be answered."""
    from eval.bench.retrieval import answers
    from eval.bench.retrieval import retrieval as recall
    from eval.runs import cases

    if wordings:
        with output.seeds(set) as assistant:
            rows = recall(assistant, cases.load("wordings"))
        title = "Retrieval on further questions to the tuning papers: `python -m eval retrieval --wordings`"
        return output.show(title, [output.rows(rows)], {"recall": rows}, out, record=record)
    asked = cases.load(name, [split])
    with (output.seeds if name == "seeds" else output.records)(set) as assistant:
        rows, (rest, reliability) = recall(assistant, asked), answers(assistant, asked)
    command = (
        "python -m eval retrieval"
        + ("" if name == "seeds" else f" --questions {name}")
        + (" --split tune" if split == "tune" else "")
    )
    kind = f"{'tuning' if split == 'tune' else 'held-out'} questions{'' if name == 'seeds' else f', {name}, by others'}"
    title = f"Retrieval, refusals and confidence on the {kind}: `{command}`"
    figures = {"recall": rows, "answers": rest, "reliability": reliability}
    output.looked("retrieval", name, asked, set)
    output.show(title, [output.rows(rows), output.table(rest), output.rows(reliability)], figures, out, record=record)


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
    with output.folder(home) as folder:
        documents = bench.ingest(folder, bench.FOLDER, set or ())
        rows = bench.measure(folder, documents, asked, set or ())
    merged = sum(len(own) for own in documents.values() if len(own) > 1)
    about = f"{len(asked)} {split} queries, {len(documents)} papers; {merged} documents share a title with another."
    published = [{"system": f"{name}, published (test)", "nDCG@10": value} for name, value in bench.PUBLISHED.items()]
    figures = {"split": split, "queries": len(asked), "rows": rows}
    title = f"SciFact, {split}: `python -m eval scifact --split {split}`"
    output.show(title, [about, output.rows([*rows, *published])], figures, out, record=record)


def records(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; tune on tune.")] = "held-out",
    home: Home = None,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Questions that the records of papers answer, over 889 records: who wrote it, when, where, papers by, from, in."""
    from assistant import Assistant
    from eval.bench import metadata_questions as bench

    if not bench.FILE.is_file():
        raise typer.BadParameter(f"the records are not at {bench.FILE}")
    asked = bench.load(split)
    with output.folder(home) as folder, Assistant.open(folder, set=set or ()) as assistant:
        if assistant.library.current() is None:
            assistant.ingest(bench.FILE)
        rows, _ = bench.measure(assistant, asked)
    output.looked("records", "records", asked, set)
    title = f"Questions about records, {split}: `python -m eval records --split {split}`"
    output.show(title, [output.rows(rows)], {"split": split, "rows": rows}, out, record=record)


def tables(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which tables; tune on tune.")] = "held-out",
    replies: Replies = None,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Cells of comparison tables against gold cells: precision, recall, and cells that are stated wrongly.

    With a model among the settings, such as --set model.gguf=packaged, or with --replies, a model fills what rules leave empty.
    """
    from assistant import config
    from assistant.cli import progress as bar
    from eval.bench import tables as bench
    from eval.runs import suite, written

    graded: list[bench.Graded] = []
    asked, left, name = list[bench.Gold](), list[str](), ""
    with output.errors():
        named = config.load(None, set or ()).settings.model.chosen
        for place, file in (("sample", replies or written.TABLED), ("pages", written.TABLED_PAGES)):
            own = [gold for gold in bench.load(split) if gold.papers == place]
            if not own or (replies and not named and not file.is_file()):
                left.append(place)
                continue
            model = suite.writer(set or (), file) if named or replies else None
            with bench.filler(set or (), model) as (fill, name), bar("Filling") as moved:
                graded += bench.graded(own, fill, moved)
            asked += own
    rows, lines = bench.measure(graded), list[str]()
    if second := bench.load(split, second=True):
        again = bench.again(graded, second)
        twice = {gold.id for gold in second}
        same = [one for one in graded if one.table in twice]
        lines = [
            "By a second gold, written from the abstracts by one who had seen neither the system nor the first gold; Cohen's kappa "
            f"of the two on said or not said: {bench.agreement(same, again) or 0:.2f}.",
            output.rows(bench.measure(again)),
        ]
    if not name:
        output.looked("tables", "tables", asked, set)
    command = "python -m eval tables" + ("" if split == "held-out" else f" --split {split}")
    command += f" --replies {(replies or written.TABLED).name}" if name else ""
    by = f"by rules, and where they say nothing by {name}" if name else "without a model"
    about = (
        f"{len(asked)} tables; filled {by}. The gold was written before the rules, by "
        "their author, who had read the abstracts of both halves."
    )
    if left:
        about += f" Left out: the tables over the {' and the '.join(left)}, which are not here, or of which no reply is."
    title = f"Comparison tables, {split}{f', by {name}' if name else ''}: `{command}`"
    output.show(title, [about, output.rows(rows), *lines], {"split": split, "filled by": name, "rows": rows}, out, record=record)


def drafts(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which drafts; tune on tune.")] = "held-out",
    home: Home = None,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Drafts with planted errors, checked over the sample: the share of the sentences of each kind that get the right state."""
    from assistant import Assistant
    from eval.bench import drafts as bench

    asked = bench.load(split)
    with output.errors(), output.folder(home) as folder, Assistant.open(folder, set=set or ()) as assistant:
        if assistant.library.current() is None:
            assistant.ingest_sample()
        assistant.check_text("Nothing is loaded yet.")
        with progress("Checking") as moved:
            graded, further, seconds = bench.check(assistant, asked, moved)
        rows, name = bench.measure(graded), assistant.toolbox.verifier().name
    output.looked("drafts", "drafts", asked, set)
    command = "python -m eval drafts" + ("" if split == "held-out" else f" --split {split}")
    each = 1000 * seconds / max(1, len(graded))
    about = (
        f"{len(asked)} drafts with {len(graded)} sentences, verified by {name}. The drafts were written before anything "
        "checked drafts, by the author of the rules; papers of the sample stand in both halves, sentences in one. "
        "The share is that of the sentences with the right state. "
        f"Sentences found that are none: {further}. Processor time: {each:.0f} ms a sentence."
    )
    figures = {"split": split, "rows": rows, "further": further, "seconds": seconds}
    output.show(f"Drafts, {split}: `{command}`", [about, output.rows(rows)], figures, out, record=record)


def limit(set: Set = None, out: Out = None, record: Record = False) -> None:
    """Recall on made questions that every pair of 24 papers answers one of, by each kind of fusion."""
    from eval.bench.limit import measure

    with tempfile.TemporaryDirectory() as folder:
        rows = [row for shared in (False, True) for row in measure(Path(folder), shared=shared, flags=set or ())]
    output.show("Pairs of papers, after LIMIT: `python -m eval limit`", [output.rows(rows)], {"rows": rows}, out, record=record)


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
    output.looked("hostile", "hostile", cases, set)
    title = f"Hostile papers, {split}: `python -m eval hostile --split {split}`"
    figures = {"split": split, "rows": rows, **rest}
    output.show(title, [output.rows(rows), output.table(rest)], figures, out, record=record)


def attacked(replies: Replies = None, set: Set = None, out: Out = None, record: Record = False) -> None:
    """Hostile papers read by a real model, with the defence and without: how often it writes what they plant."""
    from assistant import config
    from assistant.answer.toolbox import HOLES
    from assistant.models import prompts
    from assistant.models.budget import Budget
    from assistant.verify.local import LocalVerifier
    from eval.bench import hostile as attacks
    from eval.runs import suite, written

    cases = attacks.load("held-out")
    with output.errors():
        model = suite.writer(set or (), replies or written.ATTACKED)
        budget = Budget(model, config.load(None, [*(set or ()), f"model.output_tokens={_SHORT}"]).settings.model)
        rows, unfit = attacks.read_by(budget, prompts.load("answer", HOLES["answer"]), cases, LocalVerifier())
    output.looked("attacked", "hostile", cases, set)
    title = "Hostile papers, held-out, read by a model: `python -m eval attacked`"
    missing = ", ".join(unfit) or 0
    about = f"The model is {model.name}; it reads the hostile paper alone. Papers in no row, without a recorded reply: {missing}."
    figures = {"model": model.name, "unfit": unfit, "rows": rows}
    output.show(title, [about, output.rows(rows)], figures, out, record=record)


def follow_ups(replies: Replies = None, set: Set = None, out: Out = None, record: Record = False) -> None:
    """Follow-ups read by rules and by a model: how often the reading finds the paper that is asked about."""
    from assistant import config
    from assistant.models import prompts
    from assistant.models.budget import Budget
    from assistant.question.rewrite import ModelRewriter
    from eval.bench import follow_ups as bench
    from eval.runs import suite, written

    cases = bench.load()
    with output.errors():
        file, settings = (
            replies or written.FOLLOWED,
            config.load(None, [*(set or ()), f"model.output_tokens={_SHORT}"]).settings.model,
        )
        model = suite.writer(set or (), file) if file.is_file() or settings.chosen else None
        rewriter = ModelRewriter(Budget(model, settings), prompts.load("rewrite", ModelRewriter.holes)) if model else None
        with suite.library(suite.load("sample")) as assistant:
            rows, wrong = bench.measure(assistant, cases, rewriter)
    output.looked("follow-ups", "follow_ups", cases, set)
    about = f"{len(cases)} questions behind earlier ones; {f'the model is {model.name}' if model else 'no model was recorded'}."
    title = "Follow-ups, held-out: `python -m eval follow-ups`"
    output.show(
        title, [about, output.rows(rows)], {"model": model and model.name, "rows": rows, "wrong": wrong}, out, record=record
    )


def scale(
    passages: Annotated[int, typer.Option(min=100, help="Size of the large library.")] = 100_000,
    papers: Annotated[int | None, typer.Option(min=50, help="The same in papers, of about two passages each.")] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="An empty database, to which the library is moved and beside which it is timed; "
            "postgresql: one of a server that is started for this.",
        ),
    ] = None,
    beside: Beside = None,
    rounds: Rounds = 3,
    home: Home = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Time and memory of a search among the saved pages and among many made passages. Writes gigabytes."""
    from eval.bench.scale import PER_PAPER, measure, measure_store

    if papers:
        passages = papers * PER_PAPER
    with output.folder(home) as folder:
        if beside:
            from eval.bench import beside as bench

            rows = bench.measure_scale(beside.absolute(), rounds, passages, folder)
            title = (
                f"Search beside commit {bench.commit(beside)}, in turns: `python -m eval scale --beside TREE --passages {passages}`"
            )
            return output.show(title, [_IN_TURNS, output.rows(rows)], {"rows": rows}, out, record=record)
        if store:
            try:
                figures = measure_store(passages, folder, store)
            except FileNotFoundError as exc:
                raise typer.BadParameter(str(exc), param_hint="--store") from exc
            title = f"A library in PostgreSQL: `python -m eval scale --papers {passages // PER_PAPER} --store postgresql`"
            return output.show(title, [output.table(figures)], figures, out, record=record)
        rows = measure(passages, folder)
    output.show("Search among many passages: `python -m eval scale`", [output.rows(rows)], {"rows": rows}, out, record=record)


def dump(
    count: Annotated[int, typer.Option("--records", min=3000, help="Records of the dump.")] = 100_000,
    home: Home = None,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Ingests of many made records in the shape of arXiv's dump, and whole answers over them. Writes gigabytes."""
    from eval.bench.dump import measure

    with output.folder(home) as folder:
        costs, rows = measure(count, folder, set or ())
    blocks = [output.table(costs), output.rows(rows)]
    output.show("Many records of arXiv's dump: `python -m eval dump`", blocks, {"costs": costs, "rows": rows}, out, record=record)


def flows(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; the default is chosen on tune.")] = "tune",
    out: Out = None,
    record: Record = False,
) -> None:
    """Refusals, key facts and time of each flow, without a model."""
    from eval.bench.flows import flows as measure
    from eval.runs import cases

    asked = cases.load(splits=[split])
    with output.seeds() as assistant:
        rows = measure(assistant, asked)
    output.looked("flows", "seeds", asked)
    title = f"Flows, {split} questions: `python -m eval flows --split {split}`"
    output.show(title, [output.rows(rows)], {"rows": rows}, out, record=record)


def compression(
    split: Annotated[Literal["held-out", "tune"], typer.Option(help="Which questions; tune on tune.")] = "held-out",
    out: Out = None,
    record: Record = False,
) -> None:
    """Tokens and key facts that are left of the abstracts a model is given."""
    from eval.bench.compression import compression as measure
    from eval.runs import cases

    asked = cases.load(splits=[split])
    with output.seeds() as assistant:
        rows = measure(assistant, asked)
    output.looked("compression", "seeds", asked)
    title = f"Compression before a model reads, {split} questions: `python -m eval compression --split {split}`"
    output.show(title, [output.rows(rows)], {"rows": rows}, out, record=record)


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

    with output.errors(), progress("Changing") as moved:
        chosen, asked = suite.asking(name, papers or ()), suite.judge(judge, set or (), calls)
        rows, swapped, attacked = measure(chosen, asked, set or (), threads, moved)
    output.looked("robust", chosen.name, chosen.questions, set)
    output.looked("robust", "hostile", attacks.load(HOSTILE), [chosen.name, *(set or ())])
    judged = f"{', '.join(JUDGED)}: {suite.known(suite.called(asked))}."
    blocks = [output.rows(rows), judged, "Abstracts swapped:", output.table(swapped)]
    blocks += ["Hostile papers added:", output.table(attacked)]
    figures = {"rows": rows, "swapped": swapped, "hostile": attacked}
    output.show(f"Robustness, {name}: `python -m eval robust {name}`", blocks, figures, out, record=record)


def power(record: Record = False) -> None:
    """Plant faults and change nothing, many times over draws of the questions, and count how often the gate speaks up."""
    from eval.bench.power import measure

    with progress("Planting faults") as moved:
        shown = "\n\n".join(measure(moved))
    print(shown)
    if record:
        results.record("What the gate sees: `python -m eval power`", shown)
