"""The values of a comparison table, all frozen: columns, cells, rows, conflicts, and the table itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, NamedTuple

from assistant.errors import need
from assistant.files import record, replace_file
from assistant.text.view import View
from assistant.types import WEAK_MATCH, Match, Paper, Usage, Value, Verdict, Where

NOT_SAID: Final = "not said"
"""The text of an empty cell."""
SAVED_TABLE: Final = "assistant table"
"""Kind of the file of a table; see `assistant.saved`."""
TABLE_VERSION: Final = 1

Asks = Literal["figure", "name", "sentence", "record", "open"]
"""What a column asks of a paper: a figure, names of a type, the sentence that answers, a field of the record; or, "open", the first
of these that the paper gives."""


class Chosen(NamedTuple):
    """The papers of a table or a review."""

    papers: tuple[Paper, ...]
    """Best first, at most as many as were asked for."""
    found: int
    """How many there are."""
    read_as: str | None = None
    reason: str | None = None
    """Why there is none."""
    confidence: float | None = None
    """Estimated probability, 0..1, that the library answers the question; None without a question."""
    match: Match = "strong"
    """The confidence in a word."""


class Column(Value):
    """A column."""

    name: str
    """In the words of the user."""
    asks: Asks


class Cell(Value):
    """The content of one column for one paper."""

    value: str = ""
    """Empty where the paper does not say."""
    quote: str = ""
    """The sentence that the value rests on; empty where `field` is the proof, or nothing is said."""
    start: int = 0
    end: int = 0
    """`paper.abstract[start:end] == quote`, always."""
    field: str | None = None
    """The field of the record that is the proof; None where the abstract is quoted."""
    verdict: Verdict | None = None
    """None where nothing is said."""
    number: float | None = None
    """The value as a number in `unit`, where it is a figure; of a range the lower end."""
    unit: str = ""
    """Canonical: "ms", "%", "x"; empty where there is none."""
    against: tuple[int, ...] = ()
    """Rows that give another value for the same quantity, from 0."""

    @property
    def said(self) -> bool:
        """Whether the paper says something."""
        return bool(self.value)

    @property
    def shown(self) -> str:
        """The value for readers; "not said" where there is none."""
        return self.value or NOT_SAID

    @property
    def shown_quote(self) -> str:
        """The quote as a reader sees it, LaTeX, HTML and line breaks decoded; field and value where the record is the proof."""
        return f"{self.field}: {self.value}" if self.field else View(self.quote).text


class Row(Value):
    """A paper and its cells, one for each column."""

    paper: Paper
    cells: tuple[Cell, ...]


class Conflict(Value):
    """Two rows that give other values for the same quantity."""

    column: int
    """From 0."""
    rows: tuple[int, int]
    """From 0."""
    reason: str
    """The two values, in a few words for people."""


class Table(Value):
    """Papers side by side, each cell a value with its exact quote and a verdict, or not said."""

    question: str = ""
    """Empty where the papers were named."""
    read_as: str | None = None
    """The question that was searched for, where it differs."""
    papers: tuple[str, ...] = ()
    """The ids of the papers that were named; empty where a question or a filter found the papers."""
    where: Where | None = None
    most: int = 20
    """Rows at most."""
    columns: tuple[Column, ...]
    proposed: bool = False
    """The columns were proposed from what the papers have in common."""
    rows: tuple[Row, ...]
    conflicts: tuple[Conflict, ...] = ()
    found: int
    """Papers that were found; the table holds the first of them."""
    reason: str | None = None
    """Why there is no row."""
    confidence: float | None = None
    """Estimated probability, 0..1, that the library answers the question; None without a question."""
    match: Match = "strong"
    """The confidence in a word; a weak match is shown under the line `WEAK_MATCH`, and none has no row."""
    writer: str | None = None
    """The language model that filled cells that rules left empty; None without one."""
    unproved: int = 0
    """Cells that a model filled and that were emptied, because their quote does not prove them."""
    incomplete: str | None = None
    """How many rows lack cells of the model, and why: it failed, or its reply could not be read; None where each was read."""
    usage: Usage
    fingerprint: str
    """A hash of the settings and of the library's generation."""

    @property
    def caution(self) -> str | None:
        """The line to be shown above a table whose question is a weak match; None where it needs none."""
        return WEAK_MATCH if self.match == "weak" and self.rows else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines on papers of the table that were withdrawn or retracted."""
        return tuple(f'"{row.paper.shown}": {row.paper.warning}' for row in self.rows if row.paper.warning)

    def sorted_by(self, column: str, *, descending: bool = False) -> Table:
        """The table with its rows in the order of a column: figures by their amounts, units understood, else by letters.

        Rows that say nothing there come last.

        Args:
            column: the name of the column.
            descending: largest first.

        Returns:
            The table, its rows and conflicts numbered anew.

        Raises:
            ArgumentError: there is no such column.
        """
        from assistant.table.order import order

        names = [one.name.casefold() for one in self.columns]
        need("the column to sort by", column, f"one of {', '.join(one.name for one in self.columns)}", column.casefold() in names)
        return order(self, names.index(column.casefold()), descending=descending)

    def to_text(self) -> str:
        """As plain text, cells in columns, then quotes; see `assistant.table.formats`."""
        from assistant.table import formats

        return formats.text(self)

    def to_markdown(self) -> str:
        """As Markdown: the table, then the quotes of its cells."""
        from assistant.table import formats

        return formats.markdown(self)

    def to_latex(self) -> str:
        r"""As LaTeX by booktabs, with `\cite` under the keys of `to_bibtex`."""
        from assistant.table import formats

        return formats.latex(self)

    def to_csv(self) -> str:
        """As CSV: a row for each paper, a column for each column and one for its quote."""
        from assistant.table import formats

        return formats.csv_text(self)

    def to_bibtex(self) -> str:
        """The papers, as BibTeX."""
        from assistant.table import formats

        return formats.bibtex(self)

    def record(self) -> str:
        """The whole table in JSON, as `save` writes it."""
        return record(SAVED_TABLE, TABLE_VERSION, {"table": self.model_dump(mode="json")})

    def save(self, path: str | Path) -> None:
        """Write it to a file; `assistant.load_table` reads it back, and `assistant replay` makes it again.

        Raises:
            StorageError: the file cannot be written.
        """
        replace_file(Path(path), self.record())
