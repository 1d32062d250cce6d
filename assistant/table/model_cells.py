"""Cells by a language model, one call a paper: each is proved by the sentence that the model names, or emptied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from assistant import text
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence, listed
from assistant.table import figure_cells, name_cells
from assistant.table.abstracts import Abstract, Line
from assistant.table.cells import of_record
from assistant.table.columns import Asked
from assistant.table.values import Cell
from assistant.text.quantities import compare, quantities
from assistant.text.terms import terms
from assistant.types import LanguageModel, Schema, Structured, Verdict, Verifier
from assistant.verify.injection import heading

_TOKENS = 80
"""A reply has at most this many tokens for each column, and as many more."""
_LONGEST = 300
"""A value has at most this many characters."""
_NOTHING = frozenset(
    "not said|not stated|not given|not mentioned|not specified|not reported|n/a|na|none|unknown|null|no|-".split("|")
)
"""Values by which a model says that there is none."""
_SHARE = 0.8
"""A sentence states a value if it holds at least this share of its content words, and all its figures and names."""


class _Filled(BaseModel):
    """A cell, as the model is asked for it."""

    column: Annotated[int, Field(strict=True)]
    value: str
    sentence: Annotated[int, Field(strict=True)]


class CellWriter:
    """Asks a language model for the cells of a paper."""

    holes = frozenset({"columns", "paper"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt, verifier: Verifier) -> None:
        """Ask `model`; `verifier` judges what it fills."""
        self.name = model.name
        self._model = model
        self._prompt = prompt
        self._verifier = verifier

    def fill(self, abstract: Abstract, asked: Sequence[Asked]) -> tuple[list[Cell], int]:
        """Fill the cells of a paper.

        Args:
            abstract: the paper, as read.
            asked: the columns, as read; those that the record answers are filled from it.

        Returns:
            The cells, one for each column; and how many were emptied because no sentence proves them.

        Raises:
            ModelError: the model cannot be asked.
            BudgetError: the call could cost more than a cap allows.
        """
        cells = [of_record(abstract.paper, one.field) if one.asks == "record" else Cell() for one in asked]
        open_ = [at for at, one in enumerate(asked) if one.asks != "record"]
        emptied = 0
        if open_ and abstract.lines:
            for number, filled in self._asked(abstract, [asked[at] for at in open_]).items():
                cell = self._proved(abstract, asked[open_[number]], filled)
                cells[open_[number]] = cell
                emptied += not cell.said
        return cells, emptied

    def _asked(self, abstract: Abstract, asked: Sequence[Asked]) -> dict[int, _Filled]:
        """What the model says of each column, by its place; the first of several."""
        title = heading(abstract.title)
        lines = [f"({at}) {line.text}" for at, line in enumerate(abstract.lines, 1)]
        paper = fence("\n".join([" ".join(title.split()), *lines] if title else lines), "paper")
        names = fence("\n".join(f"({at}) {text.harmless(one.name)}" for at, one in enumerate(asked, 1)), "columns")
        messages = self._prompt.messages(columns=names, paper=paper)
        limit = _TOKENS * (len(asked) + 1)
        try:
            if isinstance(self._model, Structured):
                reply = self._model.structured(messages, _schema(len(asked), len(lines)), max_tokens=limit)
            else:
                reply = self._model.complete(messages, max_tokens=limit, temperature=0, json=True)
        except EmptyReply:
            return {}
        found: dict[int, _Filled] = {}
        for value in listed(reply.text, "cells") or ():
            try:
                one = _Filled.model_validate(value)
            except ValidationError:
                continue
            if 1 <= one.column <= len(asked) and not _is_nothing(one.value):
                found.setdefault(one.column - 1, one)
        return found

    def _proved(self, abstract: Abstract, asked: Asked, filled: _Filled) -> Cell:
        """The cell, with the sentence that states it; empty where none does, or the verifier speaks against it."""
        value = " ".join(text.harmless(filled.value).split())
        lines = list(abstract.lines)
        if 1 <= filled.sentence <= len(lines):  # the one that was named first
            lines.insert(0, lines.pop(filled.sentence - 1))
        fits = (line for line in lines if len(value) <= _LONGEST and _states(line, value) and _of_kind(line, value, asked))
        line = next(fits, None)
        if line is None:
            return Cell()
        quote = abstract.paper.abstract[line.start : line.end]
        verdict = self._verdict(line, quote, asked, value)
        if verdict is None:
            return Cell()
        stated = quantities(value)
        number, unit = (stated[0].value, stated[0].unit) if stated and asked.asks != "sentence" else (None, "")
        return Cell(value=value, quote=quote, start=line.start, end=line.end, verdict=verdict, number=number, unit=unit)

    def _verdict(self, line: Line, quote: str, asked: Asked, value: str) -> Verdict | None:
        """The verdict on what the cell says, with the offsets of the quote in the abstract; None where it is not supported."""
        verdict = self._verifier.verify(f"The {asked.name} is {value}.", [quote])
        if verdict.verdict not in ("supported", "partly"):
            return None
        moved = {"quote": quote, "start": line.start, "end": line.end, "text": 0, "further": ()}
        return verdict.model_copy(update=moved)


def _schema(columns: int, sentences: int) -> Schema:
    one = {
        "type": "object",
        "properties": {
            "column": {"type": "integer", "enum": list(range(1, columns + 1))},
            "value": {"type": "string"},
            "sentence": {"type": "integer", "enum": list(range(1, sentences + 1))},
        },
        "required": ["column", "value", "sentence"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"cells": {"type": "array", "items": one, "maxItems": columns}},
        "required": ["cells"],
        "additionalProperties": False,
    }


def _is_nothing(value: str) -> bool:
    plain = text.fold(value).strip(" .\"'")
    return not plain or plain in _NOTHING


def _of_kind(line: Line, value: str, asked: Asked) -> bool:
    """Whether a value is of the kind that a column asks for: models put figures of one column into another."""
    match asked.asks:
        case "figure":
            return figure_cells.of_kind(line, value, asked)
        case "name":
            return name_cells.of_type([name.strip() for name in value.split(",")], asked)
        case _:
            return True


def _states(line: Line, value: str) -> bool:
    """Whether a sentence holds a value: all its figures and names, and most of its words."""
    held = quantities(line.text)
    if not all(
        any(compare(one, other) == "holds" for other in held) or one.text.lower() in line.text.lower() for one in quantities(value)
    ):
        return False
    if any(text.fold(name) not in line.folded for name in text.names(value)):
        return False
    if any(digits not in line.text.replace(",", "") for digits in re.findall(r"\d+(?:\.\d+)?", value.replace(",", ""))):
        return False
    words = terms(value)
    return bool(words or quantities(value)) and sum(word in line.stems for word in words) >= _SHARE * len(words)
