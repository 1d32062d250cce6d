"""A scan over all papers: those whose title, or a sentence of whose abstract, holds a term, its acronym or its long form."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from assistant import text
from assistant.library.chunking import paper_of
from assistant.library.generations import Snapshot
from assistant.library.store import Entry
from assistant.text.terms import row, singular
from assistant.types import Paper

_BATCH = 500
"""Chunks read at a time."""
_PREFIX = 4
"""A word and its stem share at least this many letters: Snowball turns a final y into i and removes endings."""
_REMEMBERED = 4096
Span = tuple[int, int]


class Place(NamedTuple):
    """Where a paper holds a term."""

    paper: Paper
    form: str
    """The form of the term that stands there: as asked for, in the singular or plural, or else as the paper writes it."""
    spans: tuple[Span, ...]
    """Offsets in the abstract of the sentences that hold the term; none where the title alone does."""


class _Match(NamedTuple):
    """A row of stems in a chunk or its title."""

    written: str | None
    """The words, where they are not those asked for; None where they are, or are hidden by markup."""
    spans: tuple[Span, ...]


def scan(snapshot: Snapshot, forms: Sequence[str], allowed: Collection[str] | None = None) -> list[Place]:
    """Find all papers that hold one of `forms` as a row of stems.

    Args:
        snapshot: the generation to read.
        forms: the term as asked for, then other forms of the term.
        allowed: the ids of the papers to keep to; None for all.

    Returns:
        Each paper once, those that hold the first form in its own words first.

    Raises:
        LibraryCorrupt: what is held of one of the papers is not what was stored.
    """
    found: dict[str, Place] = {}
    for form in forms:
        ids = [key for key in snapshot.lexical.in_row(row(form)) if allowed is None or paper_of(key) in allowed]
        own: dict[str, Place] = {}
        for at in range(0, len(ids), _BATCH):
            for entry in snapshot.index.load(ids[at : at + _BATCH]):
                if entry.paper.id not in found and (match := _matched(entry, form)):
                    known = own.get(entry.paper.id)
                    # of several chunks of a paper one that holds the words asked for tells the form
                    written = form if match.written is None or (known and known.form == form) else match.written
                    spans = sorted({*(known.spans if known else ()), *match.spans})
                    own[entry.paper.id] = Place(entry.paper, written, tuple(spans))
        found |= {key: place for key, place in own.items() if place.form == form}
        found |= {key: place for key, place in own.items() if place.form != form}
    return list(found.values())


def _matched(entry: Entry, form: str) -> _Match | None:
    """Where a chunk, or the title of its paper, holds a term; None where it does in no sentence."""
    abstract, title = entry.paper.abstract, entry.paper.title
    rows = {span: own for span in entry.spans if (own := _plain(form, abstract, span))}
    told = [*rows.values(), _plain(form, title, (0, len(title)))]
    if any(told):
        written = [each for own in told for each in own]
        return _Match(None if any(_like(each, form) for each in written) else written[0].lower(), tuple(rows))
    # markup inside a word hides the word from the pattern; the stems are those of the readable view
    spans = tuple(span for span in entry.spans if _among(form, abstract[slice(*span)]))
    return _Match(None, spans) if spans or _among(form, title) else None


def _plain(form: str, content: str, span: Span) -> list[str]:
    """The words of a stretch of a text that are a term by their stems; no other words than those that may be are stemmed."""
    stems = _row(form)
    return [match.group() for match in _pattern(stems).finditer(content, *span) if _row(match.group()) == stems]


@lru_cache
def _pattern(stems: Sequence[str]) -> re.Pattern[str]:
    """A pattern that matches the words that may be a row of stems."""
    words = r"[^\W_]{0,30}[\W_]{1,3}".join(re.escape(stem[:_PREFIX]) for stem in stems)
    return re.compile(rf"(?<![^\W_]){words}[^\W_]{{0,30}}(?:\.\d{{1,9}})?%?", re.IGNORECASE)


def _like(written: str, form: str) -> bool:
    """Whether words are those of a term, in the singular or plural."""
    return _numberless(written) == _numberless(form)


def _among(form: str, content: str) -> bool:
    """Whether a text has the stems of a term in a row."""
    return f" {' '.join(_row(form))} " in f" {' '.join(row(content))} "


_row = lru_cache(_REMEMBERED)(row)


@lru_cache(_REMEMBERED)
def _numberless(content: str) -> tuple[str, ...]:
    """The words of a text without the s of a plural."""
    return tuple(word.removesuffix("s") for word in text.words(singular(content)))
