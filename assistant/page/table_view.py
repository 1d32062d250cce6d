"""A comparison table as an HTML fragment, each cell with its quote to unfold; all that is foreign is escaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from assistant.page import render
from assistant.page.markup import Html, joined, tag
from assistant.table.values import NOT_SAID, Cell, Row, Table


class Shown(NamedTuple):
    """A table in the order in which it is shown."""

    table: Table
    column: str = ""
    """The column that the rows are ordered by; empty for the order in which the papers were found."""
    descending: bool = False


EXPORTS: dict[str, tuple[str, Callable[[Shown], str]]] = {
    "Markdown": ("md", lambda shown: shown.table.to_markdown()),
    "LaTeX": ("tex", lambda shown: shown.table.to_latex()),
    "BibTeX": ("bib", lambda shown: shown.table.to_bibtex()),
    "CSV": ("csv", lambda shown: shown.table.to_csv()),
    "JSON": ("json", lambda shown: shown.table.record()),
}
"""The ending of a file and how it is written, by the name of the button."""


def table(shown: Shown) -> Html:
    """A table with its notes and the buttons that sort and export it."""
    made = shown.table
    if not made.rows:
        return tag("div", tag("p", made.reason or "No paper is there.", dir="auto"), class_="card", role="status")
    head = tag("tr", tag("th", "Paper", scope="col"), *(_head(column.name, shown) for column in made.columns))
    rows = [_row(number, row) for number, row in enumerate(made.rows, 1)]
    return tag(
        "section",
        _notes(made),
        tag(
            "div",
            tag("table", tag("thead", head), tag("tbody", *rows)),
            class_="grid",
            tabindex="0",
            role="region",
            aria_label="Comparison table",
        ),
        render.as_files(EXPORTS),
        aria_label="Table",
    )


def _head(name: str, shown: Shown) -> Html:
    """The name of a column, which sorts by it: first the smallest on top, then the largest."""
    own = name.casefold() == shown.column.casefold()
    down = own and not shown.descending
    sign = (" ▼" if shown.descending else " ▲") if own else ""
    button = tag(
        "button",
        name,
        tag("span", sign, aria_hidden="true"),
        type="button",
        class_="sort",
        data_act="sort",
        data_column=name,
        data_descending="1" if down else "",
        title=f"Sort, the {'largest' if down else 'smallest'} first",
        dir="auto",
    )
    return tag("th", button, scope="col", aria_sort=("descending" if shown.descending else "ascending") if own else None)


def _row(number: int, row: Row) -> Html:
    title = tag("th", tag("span", str(number), class_="number"), " ", render.opener(row.paper), scope="row")
    return tag("tr", title, *map(_cell, row.cells))


def _cell(cell: Cell) -> Html:
    """A value, which unfolds to the quote and the verdict."""
    if not cell.said:
        return tag("td", NOT_SAID, class_="empty")
    verdict = cell.verdict
    mark = render.verdict_sign(verdict) if verdict else Html()
    others = f"≠ {', '.join(str(at + 1) for at in cell.against)}" if cell.against else ""
    against = tag("span", others, class_="against", title="Another value for the same quantity in these rows") if others else Html()
    reasons = "; ".join(verdict.reasons) if verdict else ""
    return tag(
        "td",
        tag(
            "details",
            tag("summary", tag("span", cell.shown, dir="auto"), " ", mark, against),
            tag("blockquote", cell.shown_quote, dir="auto"),
            tag("p", reasons, class_="note", dir="auto") if reasons else Html(),
        ),
        class_=render.state(verdict) if verdict else None,
    )


def _notes(made: Table) -> Html:
    """That the papers may not answer, how many there are, disagreements, and warnings."""
    told = [render.some_papers(len(made.rows), made.found)]
    told += [f'read as "{made.read_as}"'] if made.read_as else []
    told += [f"filled by rules and {made.writer}"] if made.writer else []
    told += [f"{made.unproved} cells left out, as no sentence proves them"] if made.unproved else []
    parts = [tag("p", made.caution, class_="banner", role="note")] if made.caution else []
    parts.append(tag("p", " · ".join(told), class_="note", role="status", dir="auto"))
    said = [
        f"{one.rows[0] + 1} and {one.rows[1] + 1} disagree on {made.columns[one.column].name}: {one.reason}"
        for one in made.conflicts
    ]
    parts += [
        tag("p", line, class_="banner", dir="auto")
        for line in (*made.warnings, *said, *([f"{made.incomplete}."] if made.incomplete else []))
    ]
    return joined(parts)
