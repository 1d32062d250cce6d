r"""A table as text, Markdown, LaTeX, CSV and BibTeX. What papers and models wrote is escaped: none of it is markup there.

Cells of CSV that a spreadsheet would compute have an apostrophe in front, and what ends a line is a blank in a comment of LaTeX.
"""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterator, Sequence

from assistant import export
from assistant.table.values import Cell, Row, Table

_WIDE = 130
"""Text is at most this many characters wide."""
_NARROW = 12
"""A column of text is at least this many characters wide."""
_TITLE = 36
"""The column of titles is at most this many characters wide."""


def text(table: Table) -> str:
    """As plain text: the table with its cells wrapped, then quotes."""
    lines = [*_grid([["paper", *(column.name for column in table.columns)], *_cells(table)])] if table.rows else []
    quotes = [
        line
        for number, row in enumerate(table.rows, 1)
        for line in (
            export.one_line(f"[{number}] {row.paper.shown}"),
            *(line for name, place, quote in _quotes(table, row, '"') for line in _wrapped(f"{name}, {place}: {quote}")),
        )
    ]
    notes = _notes(table)
    head = [table.caution] if table.caution else []
    blocks = ["\n".join(block) for block in (head, lines, quotes, notes) if block]
    return "\n\n".join(blocks) + "\n"


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _cells(table: Table) -> list[list[str]]:
    return [[f"[{number}] {row.paper.shown}", *(_marked(cell) for cell in row.cells)] for number, row in enumerate(table.rows, 1)]


def _marked(cell: Cell) -> str:
    """The value with the rows that say something else."""
    return cell.shown + (f" (against [{'], ['.join(str(at + 1) for at in cell.against)}])" if cell.against else "")


def _wrapped(content: str) -> list[str]:
    return textwrap.wrap(export.one_line(content), _WIDE, initial_indent=" " * 4, subsequent_indent=" " * 8, break_on_hyphens=False)


def _quotes(table: Table, row: Row, mark: str = "") -> Iterator[tuple[str, str, str]]:
    """The quotes of a row, each once: the columns that rest on it, its place and verdict, and its words between marks."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for name, cell in zip(_names(table), row.cells, strict=True):
        if cell.said:
            verdict = cell.verdict.verdict if cell.verdict else ""
            place = f"record, {verdict}" if cell.field else f"{cell.start}-{cell.end}, {verdict}"
            quote = cell.shown_quote if cell.field else f"{mark}{cell.shown_quote}{mark}"
            grouped.setdefault((place, quote), []).append(name)
    for (place, quote), own in grouped.items():
        yield ", ".join(own), place, quote


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines of text, each column as wide as it needs to be and may be."""
    plain = [[export.one_line(cell) for cell in row] for row in rows]
    count = len(plain[0])
    natural = [max(len(row[at]) for row in plain) for at in range(count)]
    natural[0] = min(natural[0], _TITLE)
    left = max(_WIDE - 2 * (count - 1), count * _NARROW)
    widths = _shared(natural, left)
    lines: list[str] = []
    for number, row in enumerate(plain):
        wrapped = [textwrap.wrap(cell, width, break_on_hyphens=False) or [""] for cell, width in zip(row, widths, strict=True)]
        for at in range(max(map(len, wrapped))):
            parts = [(own[at] if at < len(own) else "").ljust(width) for own, width in zip(wrapped, widths, strict=True)]
            lines.append("  ".join(parts).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return lines


def _shared(natural: Sequence[int], room: int) -> list[int]:
    """Widths that fit into a room: what is narrow keeps its width, and the rest is shared."""
    widths = [0] * len(natural)
    left, open_ = room, list(range(len(natural)))
    while open_:
        share = max(_NARROW, left // len(open_))
        fits = [at for at in open_ if natural[at] <= share]
        if not fits:
            for at in open_:
                widths[at] = share
            break
        for at in fits:
            widths[at] = max(1, natural[at])
            left -= widths[at]
            open_.remove(at)
    return widths


def _notes(table: Table) -> list[str]:
    """Lines about the whole table."""
    notes: list[str] = []
    if table.reason:
        notes.append(export.one_line(table.reason))
    for one in table.conflicts:
        first, second = (at + 1 for at in one.rows)
        notes.append(export.one_line(f"[{first}] and [{second}] disagree on {table.columns[one.column].name}: {one.reason}"))
    if table.found > len(table.rows):
        notes.append(f"{len(table.rows)} of {table.found:,} papers are shown.")
    notes += [export.one_line(warning) for warning in table.warnings]
    if table.incomplete:
        notes.append(export.one_line(f"{table.incomplete}."))
    if table.unproved:
        by = export.one_line(table.writer or "the model")
        notes.append(f"{table.unproved} cells of {by} were left out: no sentence proves them.")
    if table.read_as:
        notes.append(export.one_line(f"read as: {table.read_as}"))
    return notes


def markdown(table: Table) -> str:
    """As Markdown: the table, then the quotes of its cells, as numbered notes."""
    head = [f"# {export.escaped(table.question)}"] if table.question else []
    if not table.rows:
        return "\n\n".join([*head, *(f"*{export.escaped(note)}*" for note in _notes(table))]) + "\n"
    if table.caution:
        head.append(f"*{export.escaped(table.caution)}*")
    lines = ["| " + " | ".join(["paper", *(export.escaped(name) for name in _names(table))]) + " |"]
    lines.append("|---" * (len(table.columns) + 1) + "|")
    lines += ["| " + " | ".join(export.escaped(cell) for cell in row) + " |" for row in _cells(table)]
    quotes: list[str] = []
    for number, row in enumerate(table.rows, 1):
        link = export.url(row.paper)
        title = export.escaped(row.paper.shown)
        quotes.append(f"{number}. " + (f"[{title}]({link.replace('&', '&amp;')})" if link else title))
        quotes += [
            f"    - {export.escaped(name)} ({export.escaped(place)}): {export.escaped(quote)}"
            for name, place, quote in _quotes(table, row)
        ]
    notes = [f"*{export.escaped(note)}*" for note in _notes(table)]
    return "\n\n".join([*head, "\n".join(lines), *notes, "## Quotes", "\n".join(quotes)]) + "\n"


def latex(table: Table) -> str:
    r"""As a LaTeX table by booktabs, with `\cite` under the keys of `bibtex`; the quotes are comments below it."""
    lines = ["% needs \\usepackage{booktabs}; UTF-8: XeLaTeX and LuaLaTeX read all of it. The keys stand in the .bib file."]
    if not table.rows:
        return "\n".join([*lines, *(f"% {export.one_line(note)}" for note in _notes(table))]) + "\n"
    keys = export.keys(row.paper for row in table.rows)
    width = f"{0.8 / (len(table.columns) or 1):.2f}\\linewidth"
    spec = "l" + f"p{{{width}}}" * len(table.columns)
    if table.caution:
        lines.append(f"% {table.caution}")
    lines += [r"\begin{tabular}{" + spec + "}", r"\toprule"]
    lines.append(" & ".join(["Paper", *(export.tex_words(name) for name in _names(table))]) + r" \\")
    lines.append(r"\midrule")
    for row in table.rows:
        cells = [rf"\cite{{{keys[row.paper.id]}}}", *(_tex_cell(cell) for cell in row.cells)]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    for note in _notes(table):
        lines.append(f"% {export.one_line(note)}")
    for row in table.rows:
        lines += [f"% {keys[row.paper.id]}, {export.one_line(f'{name}: {quote}')}" for name, _, quote in _quotes(table, row)]
    return "\n".join(lines) + "\n"


def _tex_cell(cell: Cell) -> str:
    return rf"\textit{{{export.tex_words(cell.shown)}}}" if not cell.said else export.tex_words(cell.shown)


def csv_text(table: Table) -> str:
    """As CSV, where an empty value is not said.

    Returns:
        The paper's title and id, then each column with its value and its quote, then, where a paper was withdrawn, the notice.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    withdrawn = any(row.paper.notice for row in table.rows)
    head = ["paper", "id"]
    for name in _names(table):
        head += [name, f"{name} (quote)"]
    head += ["notice"] * withdrawn
    writer.writerow([export.plain_cell(each) for each in head])
    for row in table.rows:
        own = [row.paper.shown, row.paper.id]
        for cell in row.cells:
            own += [cell.value, cell.shown_quote if cell.said else ""]
        own += [row.paper.notice or ""] * withdrawn
        writer.writerow([export.plain_cell(each) for each in own])
    return out.getvalue()


def bibtex(table: Table) -> str:
    """The papers as BibTeX, under the keys of `latex`."""
    return export.entries(row.paper for row in table.rows)
