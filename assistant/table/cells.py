"""Cells without a model: what a paper says to a column, with the quote that proves it."""

from __future__ import annotations

import re

from assistant.table import figure_cells, name_cells, sentence_cells
from assistant.table.abstracts import Abstract, Line
from assistant.table.columns import Asked
from assistant.table.values import Cell
from assistant.text.units import Bound, Quantity
from assistant.types import Paper, Verdict, Verifier

_PROVED = Verdict(verdict="supported", score=1.0)
_BOUNDS: dict[Bound, str] = {
    "more": "more than", "least": "at least", "less": "less than", "most": "at most", "up to": "up to", "about": "about",
    "nearly": "nearly",
}  # fmt: skip

_APART = 30
"""At most this many characters stand between a number and the noun that it counts."""


def fill(abstract: Abstract, asked: Asked, verifier: Verifier) -> Cell:
    """What a paper says to a column.

    Args:
        abstract: the paper, as read.
        asked: the column, as read.
        verifier: judges the quote.

    Returns:
        The cell, empty where the paper does not say.
    """
    match asked.asks:
        case "record":
            return of_record(abstract.paper, asked.field)
        case "figure":
            return _figure(abstract, asked, verifier)
        case "name":
            return _names(abstract, asked, verifier)
        case "sentence":
            return _sentence(abstract, asked, verifier)
        case "open":
            for one in (_figure, _names, _sentence):
                if (cell := one(abstract, asked, verifier)).said:
                    return cell
            return Cell()


def _figure(abstract: Abstract, asked: Asked, verifier: Verifier) -> Cell:
    found = figure_cells.figure(abstract, asked)
    if not found:
        return Cell()
    cell = quoted(abstract, found.line, written(found.line, found.quantity), verifier)
    return cell.model_copy(update={"number": found.quantity.value, "unit": found.quantity.unit})


def _names(abstract: Abstract, asked: Asked, verifier: Verifier) -> Cell:
    found = name_cells.names(abstract, asked)
    return quoted(abstract, found.line, ", ".join(found.names), verifier) if found else Cell()


def _sentence(abstract: Abstract, asked: Asked, verifier: Verifier) -> Cell:
    line = sentence_cells.sentence(abstract, asked)
    return quoted(abstract, line, line.text, verifier) if line else Cell()


def written(line: Line, quantity: Quantity) -> str:
    """A quantity with its bound and what it counts, in the words of the sentence."""
    bound = _BOUNDS.get(quantity.bound, "")
    sign = line.text[: quantity.start].rstrip()[-1:] if bound else ""
    value = line.text[quantity.start : quantity.end]
    if sign in ("<", ">", "~", "≈", "±", "≤", "≥"):
        bound = ""
        value = f"{sign}{value}" if sign != "±" else value
    noun = quantity.noun if quantity.kind == "count" else ""
    behind = line.text[quantity.end :]
    at = behind.lower().find(noun) if noun else -1
    if noun and 0 <= at <= _APART and not re.search(r"[\d.;:()]", behind[:at]):
        value += behind[: at + len(noun)]
    return f"{bound} {value}".strip()


def quoted(abstract: Abstract, line: Line, value: str, verifier: Verifier) -> Cell:
    """A cell that a sentence proves, with the verdict on the sentence."""
    quote = abstract.paper.abstract[line.start : line.end]
    verdict = verifier.verify(quote, [abstract.paper.abstract])
    return Cell(value=value, quote=quote, start=line.start, end=line.end, verdict=verdict)


def of_record(paper: Paper, field: str) -> Cell:
    """A field of the record of a paper."""
    value = {
        "title": paper.shown,
        "authors": "; ".join(paper.authors),
        "year": str(paper.year or ""),
        "date": paper.date or "",
        "venue": paper.venue or "",
        "doi": paper.doi or "",
        "arxiv": paper.arxiv or "",
        "url": paper.url or "",
        "pages": ", ".join(page.name for page in paper.pages),
    }[field]
    if not value:
        return Cell()
    number = float(paper.year) if field == "year" and paper.year else None
    return Cell(value=value, field=field, verdict=_PROVED, number=number)
