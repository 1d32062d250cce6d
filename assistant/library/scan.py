"""A scan over all papers: those whose title, or a sentence of whose abstract, holds a term, its acronym or its long form."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from assistant import text
from assistant.library.chunking import paper_of
from assistant.library.generations import Snapshot
from assistant.text.terms import row, singular
from assistant.types import Paper

_PREFIX = 4
"""A word and its stem share at least this many letters: Snowball turns a final y into i and removes endings."""
_REMEMBERED = 4096
_UNSURE = re.compile("[^\\w\\s'’/-]")
"""Between the words of a row, such a sign may end a sentence, or be a part of markup."""
Span = tuple[int, int]


class Place(NamedTuple):
    """A paper that holds a term."""

    id: str
    form: str
    """The form of the term that stands there: as asked for, in the singular or plural, or else as the paper writes it."""
    asked: str
    """The term, or the other form of the term, that was scanned for."""
    chunks: tuple[str, ...]
    """Ids of the chunks that hold its stems in a row, in their text or their title."""


class Shown(NamedTuple):
    """A paper that holds a term, as it is shown."""

    paper: Paper
    form: str
    """As in `Place`."""
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
        LibraryCorrupt: the content of one of the papers differs from its hash.
    """
    found: dict[str, Place] = {}
    for form in forms:
        chunks: dict[str, list[str]] = {}
        for key in snapshot.lexical.in_row(row(form)):
            paper = paper_of(key)
            if paper not in found and (allowed is None or paper in allowed):
                chunks.setdefault(paper, []).append(key)
        written = _written(snapshot, form, chunks)
        own = {key: Place(key, written[key], form, tuple(of)) for key, of in chunks.items() if key in written}
        found |= {key: place for key, place in own.items() if place.form == form}
        found |= {key: place for key, place in own.items() if place.form != form}
    return list(found.values())


def shown(snapshot: Snapshot, places: Sequence[Place]) -> list[Shown]:
    """Read some papers of a scan, with the sentences that hold the term.

    Returns:
        The papers in their order.

    Raises:
        LibraryCorrupt: the content of one of the papers differs from its hash.
    """
    papers = snapshot.index.held([place.id for place in places])
    spans = snapshot.index.spans([key for place in places for key in place.chunks])
    found: list[Shown] = []
    for place in places:
        if paper := papers.get(place.id):
            matches = [_matched(paper.title, paper.abstract, spans.get(key, ()), place.asked) for key in place.chunks]
            held = {span for match in matches if match for span in match.spans}
            found.append(Shown(paper, place.form, tuple(sorted(held))))
    return found


def _written(snapshot: Snapshot, form: str, chunks: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The form of a term that each of some papers holds, as in `Place`; papers that hold it in no sentence are left out."""
    told: dict[str, str] = {}
    unsure: list[str] = []
    for each in snapshot.index.texts(list(chunks)):
        rows = [*_plain(form, each.abstract, (0, len(each.abstract))), *_plain(form, each.title, (0, len(each.title)))]
        if rows and not any(map(_UNSURE.search, rows)):
            told[each.id] = form if any(_like(own, form) for own in rows) else rows[0].lower()
        else:
            unsure.append(each.id)
    texts = {each.id: each for each in snapshot.index.texts(unsure)}
    spans = snapshot.index.spans([key for paper in unsure for key in chunks[paper]])
    for paper in unsure:
        for key in chunks[paper]:
            if match := _matched(texts[paper].title, texts[paper].abstract, spans.get(key, ()), form):
                # of several chunks of a paper one that holds the words asked for tells the form
                told[paper] = form if match.written is None or told.get(paper) == form else match.written
    return told


def _matched(title: str, abstract: str, spans: Sequence[Span], form: str) -> _Match | None:
    """Where sentences of a chunk, or the title of its paper, hold a term; None where no one does."""
    rows = {span: own for span in spans if (own := _plain(form, abstract, span))}
    told = [*rows.values(), _plain(form, title, (0, len(title)))]
    if any(told):
        written = [each for own in told for each in own]
        return _Match(None if any(_like(each, form) for each in written) else written[0].lower(), tuple(rows))
    # markup inside a word hides the word from the pattern; the stems are those of the readable view
    among = tuple(span for span in spans if _among(form, abstract[slice(*span)]))
    return _Match(None, among) if among or _among(form, title) else None


def _plain(form: str, content: str, span: Span) -> list[str]:
    """The words of a stretch of a text that are a term by their stems; no other words than those that may be are stemmed."""
    stems = _row(form)
    return [match.group() for match in _pattern(stems).finditer(content, *span) if _row(match.group()) == stems]


@lru_cache
def _pattern(stems: Sequence[str]) -> re.Pattern[str]:
    """A pattern that matches the words that may be a row of stems."""
    letters = rf"(?:(?![{text.UNSPACED}])[^\W_]){{0,30}}" if "".join(stems).isascii() else r"[^\W_]{0,30}"
    words = rf"{letters}[\W_]{{1,3}}".join(re.escape(stem[:_PREFIX]) for stem in stems)
    return re.compile(rf"(?:(?<![^\W_])|(?<=[{text.UNSPACED}])){words}{letters}(?:\.\d{{1,9}})?%?", re.IGNORECASE)


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
