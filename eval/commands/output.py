"""What all commands do around a measurement: errors as one line, tables, JSON, the record and the ledger."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import typer

from assistant import stdio
from eval.commands import results

if TYPE_CHECKING:
    from assistant import Assistant


class Asked(Protocol):
    """A question, a planted pair or a hostile paper."""

    @property
    def split(self) -> str:
        """`tune` or `held-out`."""
        ...


@contextmanager
def errors() -> Generator[None]:
    """Print an error that the user can mend as one line, and exit with its code."""
    from assistant.errors import AssistantError

    try:
        yield
    except AssistantError as exc:
        stdio.tell(f"eval: {exc}")
        raise typer.Exit(exc.exit_code) from exc


def seeds(flags: Sequence[str] | None = None) -> AbstractContextManager[Assistant]:
    """An assistant over a new library of the saved pages, with the settings `flags`.

    Raises:
        typer.BadParameter: the saved pages are missing.
    """
    from eval.bench.corpus import sources
    from eval.runs import cases

    if not cases.SEEDS.is_dir():
        raise typer.BadParameter(f"the saved pages are not at {cases.SEEDS}")
    return _over(sources(), flags)


def records(flags: Sequence[str] | None = None) -> AbstractContextManager[Assistant]:
    """An assistant over a new library of the records that `blind` and `details` were written from, with the settings `flags`.

    Raises:
        typer.BadParameter: the records are missing.
    """
    from eval.runs import cases

    if not cases.RECORDS.is_file():
        raise typer.BadParameter(f"the records are not at {cases.RECORDS}")
    return _over([str(cases.RECORDS)], flags)


@contextmanager
def _over(sources: Sequence[str], flags: Sequence[str] | None) -> Generator[Assistant]:
    from assistant import Assistant

    with tempfile.TemporaryDirectory() as home, Assistant.open(home, set=flags or ()) as assistant:
        assistant.ingest(*sources)
        yield assistant


@contextmanager
def folder(kept: Path | None) -> Generator[Path]:
    """The folder `kept`, or a temporary one that is removed at the end."""
    if kept:
        yield kept
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)


def looked(command: str, name: str, asked: Sequence[Asked], flags: Sequence[str] | None = None, version: str | None = None) -> None:
    """Count a look at held-out questions in the ledger.

    Args:
        command: name of the command that asked.
        name: name of the question set.
        asked: the questions that were asked; those of the split `held-out` count.
        flags: settings of the measurement.
        version: fingerprint of the run; None to compute one from command, set and settings.
    """
    from eval.runs import ledger
    from eval.runs.run import fingerprint

    held = sum(case.split == "held-out" for case in asked)
    ledger.record(command, name, held, version or fingerprint(command, name, *(flags or ())))


def rows(rows: Sequence[dict[str, Any]]) -> str:
    """A Markdown table with the columns of the first row; a cell that another row lacks is empty."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(_cell(row.get(name, "")) for name in rows[0]) + " |" for row in rows)])


def table(figures: dict[str, Any]) -> str:
    """A Markdown table with one row for each name and figure."""
    lines = ["| what | figure |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {_cell(value)} |" for name, value in figures.items())])


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        return ", ".join(
            f"{name} ({_cell(part)})" if isinstance(part, dict) else f"{name} {_cell(part)}" for name, part in parts.items()
        )
    if isinstance(value, tuple):
        return " to ".join(_cell(part) for part in cast("tuple[Any, ...]", value))
    if value is None:
        return "none"
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")


def show(title: str, blocks: Sequence[str], figures: dict[str, Any], out: Path | None, *, record: bool) -> None:
    """Print a measurement: the blocks of text, then the figures as one line of JSON.

    Args:
        title: title of the section in eval/RESULTS.md.
        blocks: tables and sentences, in Markdown.
        figures: the same figures as JSON.
        out: file for the figures, too; None for none.
        record: write the blocks into eval/RESULTS.md, too.
    """
    print("\n\n".join(blocks))
    print(json.dumps(figures))
    if out:
        out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    if record:
        results.record(title, "\n\n".join(blocks))
