"""Comparison tables: is each cell what the gold says, over papers of the sample and of the saved pages?"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np

from assistant import config, text
from assistant.answer.toolbox import Toolbox
from assistant.assistant import SAMPLE
from assistant.models import prompts
from assistant.table import abstracts, cells, columns
from assistant.table.model_cells import CellWriter
from assistant.text.figures import figures
from assistant.types import LanguageModel, Paper, Value
from assistant.verify.local import LocalVerifier
from eval.runs import cases, jsonl, scores, stats
from eval.runs.concurrency import Progress, silent

Kind = Literal["figure", "name", "sentence"]


class GoldColumn(Value):
    """A column with what is right for each paper."""

    name: str
    kind: Kind
    cells: dict[str, tuple[str, ...] | None]
    """Id of the paper -> the values of which any is right; None where the abstract does not say."""


class Gold(Value):
    """A table with what is right."""

    id: str
    split: cases.Split
    papers: Literal["sample", "pages"]
    """Where its papers are: an abstract of the sample is worded otherwise than that of the pages."""
    question: str
    columns: tuple[GoldColumn, ...]

    @property
    def ids(self) -> list[str]:
        """The ids of its papers."""
        return list(self.columns[0].cells)


class Graded(NamedTuple):
    """A cell, graded."""

    table: str
    kind: Kind
    paper: str
    column: str
    said: bool
    """The gold says something."""
    stated: bool
    right: bool
    """The cell states what is right; False where it states nothing."""
    value: str

    def by(self, gold: Sequence[str] | None) -> Graded:
        """The cell, graded by the values of which any is right; None where the abstract does not say."""
        ok = bool(self.value and gold and right(self.kind, self.value, gold))
        return self._replace(said=gold is not None, right=ok)


def load(split: cases.Split, *, second: bool = False) -> list[Gold]:
    """The tables of `split`, or those of them that a second person filled; tables over the saved pages only where these are."""
    cases.permitted((split,))
    held = jsonl.read(cases.QUESTIONS / ("tables-second.jsonl" if second else "tables.jsonl"), Gold, "table")
    return [one for one in held if one.split == split and (one.papers == "sample" or cases.pages())]


def papers() -> dict[tuple[str, str], Paper]:
    """The papers of the sample and of the saved pages, by place and id."""
    found = {("sample", paper.id): paper for paper in cases.papers(str(SAMPLE))}
    return found | {("pages", paper.id): paper for paper in cases.papers(*cases.pages())}


def right(kind: Kind, value: str, gold: Sequence[str]) -> bool:
    """Whether a value is right.

    A figure is right if all its numbers are among those of the gold; names if one is among those of the gold and at most half of
    them are not; a sentence if it holds one of the phrases of the gold.
    """
    said = text.fold(value)
    match kind:
        case "figure":
            own, held = _numbers(value), set[str]().union(*map(_numbers, gold))
            return bool(own) and own <= held
        case "name":
            given = [_plain(one) for one in value.split(", ")]
            known = [_plain(one) for one in gold]
            hits = [one for one in given if any(one == name or (len(name) > 2 and (name in one or one in name)) for name in known)]
            return bool(hits) and 2 * len(hits) >= len(given)
        case "sentence":
            return any(text.fold(phrase) in said for phrase in gold)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", text.fold(name))


def _numbers(content: str) -> set[str]:
    plain = re.sub(r"(?<=\d)[, ]+(?=\d{3}\b)", "", text.clean(content))
    return {f"{figure.value:g}" for figure in figures(plain)} | set(re.findall(r"\d+(?:\.\d+)?", plain))


Fill = Callable[[Paper, Sequence[str]], Sequence[str]]
"""The values of columns for a paper, empty where it does not say."""


@contextmanager
def filler(flags: Sequence[str] = (), model: LanguageModel | None = None) -> Generator[tuple[Fill, str]]:
    """A function that fills the cells of a paper, as `Assistant.table` does, and the name of its model; empty without one.

    Args:
        flags: settings.
        model: takes the place of the model that they name.

    Yields:
        The function and the name.

    Raises:
        ConfigError: a setting is wrong.
        ModelError: the model that the settings name cannot be used.
    """
    wanted = [*flags, "model.question_cap=null", *(["answer.writer=model"] if model else [])]
    toolbox = Toolbox(config.load(None, wanted).settings, model)
    budget, guard = toolbox.budget(), LocalVerifier()
    writer = CellWriter(budget, prompts.load("table", CellWriter.holes), toolbox.verifier(), guard) if budget else None

    def fill(paper: Paper, names: Sequence[str]) -> list[str]:
        abstract, asked = abstracts.read(paper), [columns.read(name) for name in names]
        filled = writer.fill(abstract, asked).cells if writer else [cells.fill(abstract, one, guard) for one in asked]
        return [cell.value for cell in filled]

    try:
        yield fill, writer.name if writer else ""
    finally:
        toolbox.close()


def graded(asked: Sequence[Gold], fill: Fill, progress: Progress = silent) -> list[Graded]:
    """The cells of tables, graded.

    Args:
        asked: the tables.
        fill: makes the values.
        progress: called with tables done and all.

    Returns:
        The cells.
    """
    held = papers()
    found: list[Graded] = []
    for done, gold in enumerate(asked):
        progress(done, len(asked))
        found += grade(gold, fill, held)
    progress(len(asked), len(asked))
    return found


def grade(gold: Gold, fill: Fill, held: dict[tuple[str, str], Paper]) -> Iterator[Graded]:
    """Grade the cells of a table.

    Args:
        gold: the table.
        fill: makes the values.
        held: the papers.

    Yields:
        The cells.
    """
    names = [column.name for column in gold.columns]
    for id in gold.ids:
        values = fill(held[gold.papers, id], names)
        for column, value in zip(gold.columns, values, strict=True):
            cell = Graded(gold.id, column.kind, id, column.name, said=False, stated=bool(value), right=False, value=value)
            yield cell.by(column.cells[id])


def again(graded: Sequence[Graded], golds: Sequence[Gold]) -> list[Graded]:
    """The cells of the tables that other golds hold, graded by these."""
    wanted = {(gold.id, id, column.name): column.cells[id] for gold in golds for column in gold.columns for id in gold.ids}
    keys = [(one, (one.table, one.paper, one.column)) for one in graded]
    return [one.by(wanted[key]) for one, key in keys if key in wanted]


def agreement(one: Sequence[Graded], other: Sequence[Graded]) -> float | None:
    """Cohen's kappa of two golds on whether a cell is said, over the same cells in the same order; None where it is undefined."""
    return scores.kappa([cell.said for cell in one], [cell.said for cell in other])


def measure(graded: Sequence[Graded]) -> list[dict[str, Any]]:
    """Rows for all cells and for each kind: precision, recall and the rate of cells that are stated wrongly, with intervals.

    Tables are drawn for the intervals, as the cells of one rise and fall together.
    """
    rows: list[dict[str, Any]] = []
    for kind in ("all", "figure", "name", "sentence"):
        own = [one for one in graded if kind in ("all", one.kind)]
        tables = list(dict.fromkeys(one.table for one in own))
        groups = np.array([tables.index(one.table) for one in own], np.int64)
        shares = {
            "precision": _share([one.right if one.stated else None for one in own], groups),
            "recall": _share([one.right if one.said else None for one in own], groups),
            "stated wrongly": _share([one.stated and not one.right for one in own], groups),
        }
        rows.append(
            {
                "cells": kind,
                "tables": len(tables),
                "number": len(own),
                "not said": sum(not one.said for one in own),
                **shares,
            }
        )
    return rows


def _share(marks: Sequence[bool | None], groups: stats.Ints) -> str:
    """The share of the marks that apply and are true, with its interval."""
    found = stats.interval(np.array([np.nan if mark is None else float(mark) for mark in marks]), groups)
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})" if found else "none"
