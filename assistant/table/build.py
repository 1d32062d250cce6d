"""A table made: columns read or proposed, cells filled and compared."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from assistant import cancel, text
from assistant.errors import ModelError, QuestionError, brief
from assistant.table import abstracts, cells, columns, order
from assistant.table.abstracts import Abstract
from assistant.table.columns import Asked
from assistant.table.model_cells import Filled
from assistant.table.propose import propose
from assistant.table.values import Cell, Chosen, Column, Row, Table
from assistant.types import Usage, Verifier, Where

MOST_COLUMNS = 12
"""A table has at most this many columns."""
MOST_ROWS = 100
"""A table has at most this many rows."""
_LONGEST = 100
"""A column's name has at most this many characters."""
_FAILED = 3
"""After this many rows one after another for which the model fails, it is asked no more: each may take minutes to fail."""
Fill = Callable[[Abstract, Sequence[Asked]], Filled]
"""Fills the cells of a paper, by a model where rules leave them empty."""


def read_columns(given: str | Sequence[str]) -> list[str]:
    """Read the names of columns, apart by commas or as a list.

    Returns:
        The names, each once.

    Raises:
        QuestionError: there is none, one holds no word or is too long, or there are too many.
    """
    parts = _apart(given) if isinstance(given, str) else list(given)
    kept: dict[str, str] = {}
    for part in parts:
        name = " ".join(part.split())
        if not name and isinstance(given, str):
            continue
        if not any(char.isalnum() for char in name):
            raise QuestionError(f"a column is named {brief(part)}, which holds no word; name columns like: benchmark, model size")
        if len(name) > _LONGEST:
            raise QuestionError(f"the column {brief(name)} has {len(name)} characters; at most {_LONGEST} are read")
        kept.setdefault(name.casefold(), name)
    if not kept:
        raise QuestionError("no column is named; name columns like: benchmark, model size, or leave them out")
    if len(kept) > MOST_COLUMNS:
        raise QuestionError(f"{len(kept)} columns are named; a table has at most {MOST_COLUMNS}")
    return list(kept.values())


def _apart(given: str) -> list[str]:
    """The parts of a text between commas; a comma that a closing bracket follows parts nothing."""
    runs = re.sub(r"[^()]+\)?", lambda run: run[0] if run[0].endswith(")") else run[0].replace(",", "\n"), " ".join(given.split()))
    return runs.split("\n")


def build(
    chosen: Chosen,
    wanted: Sequence[str] | None,
    *,
    question: str,
    papers: Sequence[str],
    where: Where | None,
    most: int,
    guard: Verifier,
    fill: Fill | None,
    writer: str | None,
    usage: Callable[[float], Usage],
    began: float,
    fingerprint: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:
    """Fill a table.

    Args:
        chosen: the papers.
        wanted: the names of the columns; None to propose some.
        question: that found the papers; empty where they were named.
        papers: the ids of the papers that were named.
        where: the filter that the papers passed.
        most: rows at most.
        guard: the local verifier.
        fill: fills the cells of a paper, by a model where rules leave them empty; None for rules alone.
        writer: the name of that model.
        usage: the cost, from the seconds that passed.
        began: when the work began, by the clock of `time.perf_counter`.
        fingerprint: of settings and library.
        progress: called with the papers done and all.

    Returns:
        The table; a row for which the model fails, behind one for which it replied, is filled without it.

    Raises:
        ModelError: the model cannot be asked at all: it fails for the first row.
    """
    read = [abstracts.read(paper) for paper in chosen.papers]
    names = list(wanted) if wanted else propose(read) if read else []
    about = text.names(question)
    asked = [columns.read(name, about) for name in names]
    rows: list[Row] = []
    unproved = 0
    unread: list[str] = []
    replied, failed = False, 0
    for done, abstract in enumerate(read):
        cancel.check()
        progress(done, len(read))
        own: tuple[Cell, ...] | None = None
        if fill and failed < _FAILED:
            try:
                own, emptied, why, heard = fill(abstract, asked)
            except ModelError as exc:
                if not replied:
                    raise
                failed += 1
                why = str(exc)
            else:
                replied = replied or heard
                failed = 0
                unproved += emptied
            unread += [why] if why else []
        elif fill:
            unread.append("it was asked no more")
        if own is None:
            own = tuple(cells.fill(abstract, one, guard) for one in asked)
        rows.append(Row(paper=abstract.paper, cells=own))
    progress(len(read), len(read))
    marked, conflicts = order.compared(rows, guard)
    return Table(
        question=question,
        read_as=chosen.read_as,
        papers=tuple(papers),
        where=where,
        most=most,
        columns=tuple(Column(name=one.name, asks=one.asks) for one in asked),
        proposed=not wanted,
        rows=marked,
        conflicts=conflicts,
        found=chosen.found,
        reason=chosen.reason,
        confidence=chosen.confidence,
        match=chosen.match,
        writer=writer,
        unproved=unproved,
        incomplete=_incomplete(unread, len(rows)),
        usage=usage(round(time.perf_counter() - began, 4)),
        fingerprint=fingerprint,
    )


def _incomplete(unread: Sequence[str], rows: int) -> str | None:
    """How many rows lack what the model says, and why; None where each reply was read."""
    if not unread:
        return None
    lack = "row lacks" if len(unread) == 1 else "rows lack"
    return f"{len(unread)} of {rows} {lack} cells of the model: {'; '.join(dict.fromkeys(unread))}"
