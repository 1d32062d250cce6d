"""Reports of eval runs: what `python -m eval` keeps beside a run, and the page shows; all that is foreign in them is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from assistant.errors import SourceError
from assistant.files import read_plain, write_plain
from assistant.page import plots
from assistant.page.markup import Html, joined, tag

FILE = "report.json"
"""Name of the report in the folder of its run."""
RUNS = Path(__file__).parents[2] / "runs"
"""The folder of runs, in the checkout, where the eval suite is."""
_MANY = 5
"""A table with more columns is set close."""


@dataclass(frozen=True)
class Mean:
    """A mean between 0 and 1 with its interval."""

    mean: float
    low: float
    high: float


Cell = str | Mean


@dataclass(frozen=True)
class Table:
    """Rows under a header."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Plot:
    """A drawing; in Markdown the table that it is drawn from. See `plots.drawn`."""

    across: str
    up: str
    top: float
    curve: Sequence[tuple[float, float]]
    ideal: Sequence[tuple[float, float]]
    dots: Sequence[plots.Dot]
    caption: str
    table: Table


@dataclass(frozen=True)
class Card:
    """A case: its name, what became of it, and its parts."""

    name: str
    mark: Literal["right", "wrong", "refused", "failed"]
    parts: Sequence[tuple[str, Sequence[str]]]
    """Name and lines."""
    open: bool = False
    """Shown without a click."""


Block = str | Table | Plot | Card


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    title: str
    blocks: Sequence[Block]
    first: bool = False
    """It is what most come for."""


@dataclass(frozen=True)
class Report:
    """A run in figures, plots and cases."""

    title: str
    about: str
    tiles: Sequence[tuple[str, str, str]]
    """The figures to see first: name, figure, and what it is out of."""
    sections: Sequence[Section]


class Run(NamedTuple):
    """A run that has a report."""

    report: Report
    asked: datetime
    """Time of the last question of the run."""


_REPORT = TypeAdapter(Report)
_LINES = "lines.jsonl"


def keep(report: Report, run: Path) -> None:
    """Write a report into the folder of its run, at once."""
    new = run / f"{FILE}.new"
    write_plain(new, _REPORT.dump_json(report))
    new.replace(run / FILE)


def latest(runs: Path) -> Run | None:
    """Find the run with a report that was worked on last.

    Returns:
        The run; None where there is none.

    Raises:
        SourceError: the report cannot be read, or another version wrote the report.
    """
    times = {file.parent: file.stat().st_mtime for file in runs.glob(f"*/{_LINES}") if (file.parent / FILE).is_file()}
    if not times:
        return None
    run = max(times, key=lambda run: times[run])
    try:
        report = _REPORT.validate_json(read_plain(run / FILE))
    except (OSError, ValidationError) as exc:
        raise SourceError(f"the report of the run {run.name!r} cannot be read; make it anew with: python -m eval report") from exc
    return Run(report, datetime.fromtimestamp(times[run], UTC))


def shown(run: Run | None) -> Html:
    """A run on the page: what most come for first, the rest folded."""
    if run is None:
        return tag(
            "div",
            tag("h2", "No run yet"),
            tag("p", "What the assistant was measured at is shown here. In a checkout of the project, measure it with:"),
            tag("p", tag("code", "python -m eval run")),
            tag("p", "It asks the shipped questions about the sample, in a library of its own. It takes minutes.", class_="note"),
            class_="eval",
        )
    report = run.report
    first = [tag("section", tag("h3", part.title), *map(block, part.blocks)) for part in report.sections if part.first]
    rest = [tag("details", tag("summary", part.title), *map(block, part.blocks)) for part in report.sections if not part.first]
    return tag(
        "div",
        tag("h2", report.title, dir="auto"),
        tag("p", f"{run.asked:%Y-%m-%d %H:%M} UTC. {report.about}", class_="note", dir="auto"),
        tiles(report),
        *first,
        tag("h3", "More"),
        *rest,
        class_="eval",
    )


def tiles(report: Report) -> Html:
    """The figures to see first."""
    held = [tag("div", tag("span", name), tag("strong", figure), tag("small", rest)) for name, figure, rest in report.tiles]
    return tag("div", *held, class_="tiles")


def block(block: Block) -> Html:
    """A block of a report."""
    match block:
        case str():
            return tag("p", block, dir="auto")
        case Table():
            return _table(block)
        case Plot():
            drawing = plots.drawn(block.across, block.up, block.top, block.curve, block.ideal, block.dots)
            table = tag("details", tag("summary", "As a table"), _table(block.table))
            return tag("figure", drawing, tag("figcaption", block.caption), table)
        case Card():
            return _card(block)


def _table(table: Table) -> Html:
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in table.header)))
    body = tag("tbody", *(tag("tr", *map(_cell, row)) for row in table.rows))
    many = len(table.header) > _MANY
    label = ", ".join(name for name in table.header if name)
    return tag(
        "div", tag("table", head, body), class_="wide many" if many else "wide", tabindex="0", role="region", aria_label=label
    )


def _cell(cell: Cell) -> Html:
    if isinstance(cell, str):
        return tag("td", cell, dir="auto")
    told = joined([tag("b", f"{cell.mean:.3f}"), tag("small", f"{cell.low:.3f} to {cell.high:.3f}")], " ")
    return tag("td", plots.bar(cell.mean, cell.low, cell.high), told, class_="mean")


def _card(card: Card) -> Html:
    parts = [joined([tag("dt", name), *(tag("dd", line, dir="auto") for line in lines)]) for name, lines in card.parts]
    summary = tag("summary", tag("span", card.mark, class_=f"outcome {card.mark}"), " ", card.name)
    return tag("details", summary, tag("dl", *parts), class_="case", open=card.open)
