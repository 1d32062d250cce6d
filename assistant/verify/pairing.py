"""Which figure of a claim goes with which of its words, against the pairs of its source: 12% of adults, 5% of children."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from assistant.verify.alignment import Sentence
from assistant.verify.relations import segments


class Pair(NamedTuple):
    """A figure with the words of its segment."""

    figure: str
    """As it is written."""
    words: dict[str, str]
    """The content words: stem -> as written."""
    behind: frozenset[str]
    """The stems of those behind the figure."""


class Mixed(NamedTuple):
    """A figure of a claim that stands with a word of another figure of its source."""

    figure: str
    """Of the claim, as it is written."""
    word: str
    """Of the source, as it is written."""
    other: str
    """The figure that the source gives for the word."""


def mixed(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Mixed]:
    """Find figures of a claim that stand with the words of another figure of the source.

    Sentences with "respectively", and segments of several figures, pair them otherwise and are not read.

    Yields:
        Each such figure, by sentence of the source.
    """
    mine = _pairs(claim)
    for sentence in support:
        theirs = _pairs(sentence)
        held = [value for value in mine if value in theirs]
        for one, other in combinations(held, 2):
            yield from _exchanged(mine[one], mine[other], theirs[one], theirs[other])
        if len(mine) == 1 and held:
            yield from _taken(mine[held[0]], theirs[held[0]], [pair for value, pair in theirs.items() if value != held[0]])


def _exchanged(one: Pair, other: Pair, first: Pair, second: Pair) -> Iterator[Mixed]:
    """Two figures of a claim, each with a word that only the other one has in the source, and with none of its own."""
    ahead, behind = first.words.keys() - second.words.keys(), second.words.keys() - first.words.keys()
    if one.words.keys() & ahead or other.words.keys() & behind:
        return
    if (crossed := one.words.keys() & behind) and other.words.keys() & ahead:
        yield Mixed(one.figure, second.words[min(crossed)], second.figure)


def _taken(one: Pair, own: Pair, others: Sequence[Pair]) -> Iterator[Mixed]:
    """The only figure of a claim, with a word behind another figure of the source, and with none behind its own."""
    if not own.behind or one.words.keys() & own.behind:
        return
    for other in others:
        if crossed := one.words.keys() & (other.behind - own.words.keys()):
            yield Mixed(one.figure, other.words[min(crossed)], other.figure)


def _pairs(sentence: Sentence) -> dict[str, Pair]:
    """The figures that stand alone in their segment and once in their sentence, by value."""
    if "respectively" in sentence.forms:
        return {}
    found: dict[str, Pair] = {}
    words = sentence.words
    for part in segments(sentence):
        inside = range(part.start, part.end)
        figures = [place for place in inside if words[place].figure and not words[place].text.startswith("one")]  # "one GPU"
        if len(figures) != 1 or len(sentence.places[words[figures[0]].stem]) > 1:
            continue
        at = figures[0]
        own = {words[place].stem: place for place in inside if not words[place].stop and not words[place].figure}
        written = {stem: sentence.clean[words[place].start : words[place].end] for stem, place in own.items()}
        found[words[at].stem] = Pair(words[at].text, written, frozenset(stem for stem, place in own.items() if place > at))
    return found
