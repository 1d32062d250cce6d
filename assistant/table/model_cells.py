"""Cells that rules leave empty, by a language model in one call a paper: each is proved by the sentence it names, or emptied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from assistant import text
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence, listed
from assistant.table import cells, figure_cells, name_cells
from assistant.table.abstracts import Abstract, Line
from assistant.table.columns import Asked
from assistant.table.values import Cell
from assistant.text.quantities import compare, quantities
from assistant.text.stems import stem
from assistant.text.terms import terms
from assistant.text.view import View
from assistant.types import LanguageModel, Reply, Schema, Structured, Verdict, Verifier
from assistant.verify.injection import heading

_TOKENS, _THOUGHT = 80, 1000
"""A reply has at most this many tokens for each column and as many more, and never fewer than the second, as models may think."""
_LONGEST = 300
"""A value has at most this many characters."""
_NOTHING = frozenset(
    "not said|not stated|not given|not mentioned|not specified|not reported|n/a|na|none|unknown|null|no|-".split("|")
)
"""Values by which a model says that there is none."""
_SHARE = 0.8
"""A sentence states a longer value if it holds at least this share of its content words, and all its figures and names."""
_SHORT = 6
"""A value of at most this many words, and each value of a column for figures or names, stands in its sentence word for word."""
_JOINING = frozenset(
    """a an and are as at be been being by can for from had has have in is it its of on or our that the their these they this those
    to was we were which with""".split()
)
"""Stop words that a longer value may have and its sentence may not: they assert, deny and bound nothing."""
_PIECE = re.compile(r"(?<![^\s(\[])-\d+(?:\.\d+)?|\w+(?:\.\d+)*|[^\w\s]")
"""A word, a figure with its minus, or a sign."""
_UNSEEN = frozenset("\"'`*()[]")
"""Signs that assert nothing: quotation marks, emphasis, brackets."""
_ALIKE = frozenset("`^~×−")
"""Symbols that `text.fold` brings to one form with others."""


class _Filled(BaseModel):
    """A cell, as the model is asked for it."""

    column: Annotated[int, Field(strict=True)]
    value: str
    sentence: Annotated[int, Field(strict=True)]


class Filled(NamedTuple):
    """The cells of a paper."""

    cells: tuple[Cell, ...]
    """One for each column."""
    emptied: int
    """Cells that the model filled and that were emptied, because no sentence proves them."""
    unread: str = ""
    """Why cells are without what the model says of them, in a few words; empty where its reply was read."""
    asked: bool = True
    """Whether the model was asked."""


class CellWriter:
    """Asks a language model for the cells of a paper that rules leave empty."""

    holes = frozenset({"columns", "paper"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt, verifier: Verifier, guard: Verifier) -> None:
        """Ask `model`; `verifier` judges what it fills, and `guard`, the local one, what the rules fill."""
        self.name = model.name
        self._model = model
        self._prompt = prompt
        self._verifier = verifier
        self._guard = guard

    def fill(self, abstract: Abstract, asked: Sequence[Asked]) -> Filled:
        """Fill the cells of a paper by rules, and what they leave empty by the model: rules are right more often than a small one.

        Args:
            abstract: the paper, as read.
            asked: the columns, as read; those that the record answers are filled from it.

        Returns:
            The cells.

        Raises:
            ModelError: the model cannot be asked.
            BudgetError: the call could cost more than a cap allows.
        """
        own = [cells.fill(abstract, one, self._guard) for one in asked]
        empty = [at for at, one in enumerate(asked) if one.asks != "record" and not own[at].said]
        if not empty or not abstract.lines:
            return Filled(tuple(own), 0, asked=False)
        told = self.by_model(abstract, [asked[at] for at in empty])
        for at, cell in zip(empty, told.cells, strict=True):
            own[at] = cell
        return told._replace(cells=tuple(own))

    def by_model(self, abstract: Abstract, asked: Sequence[Asked]) -> Filled:
        """The cells as the model fills them; see `fill`."""
        replied, unread = self._asked(abstract, asked)
        told = [replied.get(at) for at in range(len(asked))]
        stated = [one if one and one.sentence and not _is_nothing(one.value) else None for one in told]
        own = [self._proved(abstract, column, one) if one else Cell() for column, one in zip(asked, stated, strict=True)]
        emptied = sum(bool(one) and not cell.said for one, cell in zip(stated, own, strict=True))
        return Filled(tuple(own), emptied, unread)

    def _asked(self, abstract: Abstract, asked: Sequence[Asked]) -> tuple[dict[int, _Filled], str]:
        """What the model says of each column, by its place, the first of several; and why some of it cannot be read."""
        title = heading(abstract.title)
        lines = [f"({at}) {line.text}" for at, line in enumerate(abstract.lines, 1)]
        paper = fence("\n".join([" ".join(title.split()), *lines] if title else lines), "paper")
        names = fence("\n".join(f"({at}) {text.harmless(one.name)}" for at, one in enumerate(asked, 1)), "columns")
        messages = self._prompt.messages(columns=names, paper=paper)
        limit = max(_THOUGHT, _TOKENS * (len(asked) + 1))
        try:
            if isinstance(self._model, Structured):
                reply = self._model.structured(messages, _schema(len(asked), len(lines)), max_tokens=limit)
            else:
                reply = self._model.complete(messages, max_tokens=limit, temperature=0, json=True)
        except EmptyReply as exc:
            return {}, str(exc)
        return _read(reply, len(asked))

    def _proved(self, abstract: Abstract, asked: Asked, filled: _Filled) -> Cell:
        """The cell, with the sentence that states it; empty where none does, or the verifier speaks against it."""
        if len(filled.value) > _LONGEST:
            return Cell()
        value = " ".join(View(text.harmless(filled.value)).text.split())
        lines = list(abstract.lines)
        if 1 <= filled.sentence <= len(lines):  # the one that was named first
            lines.insert(0, lines.pop(filled.sentence - 1))
        fits = (line for line in lines if _states(line, value, asked) and _of_kind(line, value, asked))
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
        if verdict.verdict != "supported":  # the formats show a value without its verdict
            return None
        moved = {"quote": quote, "start": line.start, "end": line.end, "text": 0, "further": ()}
        return verdict.model_copy(update=moved)


def _schema(columns: int, sentences: int) -> Schema:
    """Each column once, its sentence before its value: a model that first looks for the sentence makes up fewer values."""
    one = {
        "type": "object",
        "properties": {
            "column": {"type": "integer", "enum": list(range(1, columns + 1))},
            "sentence": {"type": "integer", "enum": list(range(sentences + 1))},
            "value": {"type": "string"},
        },
        "required": ["column", "sentence", "value"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"cells": {"type": "array", "items": one, "minItems": columns, "maxItems": columns}},
        "required": ["cells"],
        "additionalProperties": False,
    }


def _read(reply: Reply, columns: int) -> tuple[dict[int, _Filled], str]:
    """The cells of a reply, by the places of their columns; and why some of them cannot be read."""
    listed_ = listed(reply.text, "cells")
    if listed_ is None:
        return {}, f"its reply ended early: {reply.cut}" if reply.cut else "its reply holds no cells"
    found: dict[int, _Filled] = {}
    unread = ""
    for value in listed_:
        try:
            one = _Filled.model_validate(value)
        except ValidationError:
            unread = "its reply holds cells that cannot be read"
            continue
        if 1 <= one.column <= columns:
            found.setdefault(one.column - 1, one)
    return found, unread


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


def _states(line: Line, value: str, asked: Asked) -> bool:
    """Whether a sentence states a value: a short one word for word, a longer one with its figures, names and most of its words."""
    if not _of_signs(line, value):
        return False
    own, held = _pieces(value), _pieces(line.text)
    if asked.asks in ("figure", "name") or len(own) <= _SHORT:
        if _behind(held, own) is None and not _lists(line, value, asked):
            return False
    elif not {word for word in own if word in text.STOP_WORDS - _JOINING}.issubset(held):
        return False
    held_quantities = quantities(line.text)
    if not all(
        any(compare(one, other) == "holds" for other in held_quantities) or one.text.lower() in line.text.lower()
        for one in quantities(value)
    ):
        return False
    if any(text.fold(name) not in line.folded for name in text.names(value)):
        return False
    if any(digits not in line.text.replace(",", "") for digits in re.findall(r"\d+(?:\.\d+)?", value.replace(",", ""))):
        return False
    words = terms(value)
    return bool(words or quantities(value)) and sum(word in line.stems for word in words) >= _SHARE * len(words)


def _of_signs(line: Line, value: str) -> bool:
    """Whether the sentence has each symbol of a value, and each mark on its letters, and nothing of the value is struck through."""
    signs = {char for char in unicodedata.normalize("NFC", value) if unicodedata.category(char)[0] in "MS"}
    return signs - _ALIKE <= set(line.text) and not text.struck(value)


def _pieces(content: str) -> list[str]:
    """The words, figures and signs of a text, folded; words in a hyphen apart, signs that assert nothing left out."""
    plain = text.fold(content.replace("$", " dollar "))  # TeX is decoded already: what is left is a currency
    apart = re.sub(r"(?<=\w)-(?=\w)", " ", plain.replace("%", " % "))
    return [piece for piece in _PIECE.findall(apart.strip(" .")) if piece not in _UNSEEN]


def _lists(line: Line, value: str, asked: Asked) -> bool:
    """Whether a value is a list whose parts stand in a sentence: figures each of the kind asked for, all but names in order."""
    held, at = _pieces(line.text), 0
    for part in re.split(r"[,;]\s|\s(?:and|&)\s", value):
        own = _pieces(part)
        end = _behind(held, own, 0 if asked.asks == "name" else at)
        says = terms(part) or any(piece[-1].isdigit() for piece in own)  # "no" alone says nothing
        if end is None or not says or (asked.asks == "figure" and not _of_kind(line, part, asked)):
            return False
        at = end
    return True


def _behind(held: Sequence[str], own: Sequence[str], first: int = 0) -> int | None:
    """Where the words end that stand side by side in others, in their order, from a place on; None where they do not."""
    if not own or own[0] == "-":  # set apart from its figure, the dash of a sentence reads as a minus
        return None
    size = len(own)
    ends = (at + size for at in range(first, len(held) - size + 1) if all(map(_same, held[at : at + size], own)))
    return next(ends, None)


def _same(one: str, other: str) -> bool:
    return one == other or (one.isalpha() and other.isalpha() and stem(one) == stem(other))
