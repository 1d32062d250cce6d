"""Rows in the order of a column, and conflicts between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from assistant.table.values import Cell, Conflict, Row, Table
from assistant.text.units import DIMENSIONS
from assistant.types import Source, Verifier
from assistant.verify.contradiction import disagreements


def order(table: Table, column: int, *, descending: bool = False) -> Table:
    """Put the rows of a table in the order of a column; rows that say nothing there come last.

    Figures are ordered by their amounts, in one unit: 800 ms before 2 s. Figures of the commonest dimension come first. A number
    without a unit counts as one in per cent where others are.

    Returns:
        The table.
    """
    cells = [row.cells[column] for row in table.rows]
    dimensions = Counter(_dimension(cell) for cell in cells if cell.number is not None)
    if dimensions["%"]:  # of scores, some leave the sign out
        dimensions["%"] += dimensions.pop("", 0)
    ranks = {dimension: rank for rank, (dimension, _) in enumerate(dimensions.most_common())}

    def key(at: int) -> tuple[Any, ...]:
        cell = cells[at]
        if cell.number is None:
            return (len(ranks), 0.0)
        factor = DIMENSIONS.get(cell.unit, ("", 1.0))[1]
        return (ranks.get(_dimension(cell), ranks.get("%", 0)), (-1 if descending else 1) * cell.number * factor)

    said = [at for at, cell in enumerate(cells) if cell.said]
    if ranks:
        said.sort(key=key)
    else:
        said.sort(key=lambda at: cells[at].value.casefold(), reverse=descending)
    return _moved(table, [*said, *(at for at, cell in enumerate(cells) if not cell.said)])


def _dimension(cell: Cell) -> str:
    return DIMENSIONS.get(cell.unit, (cell.unit, 1.0))[0]


def _moved(table: Table, places: Sequence[int]) -> Table:
    """A table with its rows in another order; `places` are their old places."""
    new = {old: at for at, old in enumerate(places)}
    rows = [
        table.rows[old].model_copy(
            update={
                "cells": tuple(
                    cell.model_copy(update={"against": tuple(sorted(new[at] for at in cell.against))})
                    for cell in table.rows[old].cells
                )
            }
        )
        for old in places
    ]
    conflicts = [one.model_copy(update={"rows": (new[one.rows[0]], new[one.rows[1]])}) for one in table.conflicts]
    return table.model_copy(update={"rows": tuple(rows), "conflicts": tuple(conflicts)})


def compared(rows: Sequence[Row], guard: Verifier) -> tuple[tuple[Row, ...], tuple[Conflict, ...]]:
    """Mark cells of one column whose quotes give other values for the same quantity of the same thing.

    Results of different systems are no conflict.

    Args:
        rows: the rows.
        guard: the local verifier.

    Returns:
        The rows with their marks, and the conflicts.
    """
    found: list[Conflict] = []
    for column in range(len(rows[0].cells) if rows else 0):
        held = [(at, row.cells[column], row.paper) for at, row in enumerate(rows) if row.cells[column].quote]
        sources = [Source(number=at + 1, paper=paper, quote=cell.quote, start=cell.start, end=cell.end) for at, cell, paper in held]
        found += [
            Conflict(column=column, rows=(held[one.sources[0]][0], held[one.sources[1]][0]), reason=one.reason)
            for one in disagreements(sources, guard)
        ]
    return tuple(_marked(at, row, found) for at, row in enumerate(rows)), tuple(found)


def _marked(at: int, row: Row, found: Sequence[Conflict]) -> Row:
    cells = list(row.cells)
    for one in found:
        if at in one.rows:
            other = one.rows[1] if one.rows[0] == at else one.rows[0]
            cell = cells[one.column]
            cells[one.column] = cell.model_copy(update={"against": tuple(sorted({*cell.against, other}))})
    return row.model_copy(update={"cells": tuple(cells)})
