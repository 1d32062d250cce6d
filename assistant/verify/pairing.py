"""Which figure of a claim goes with which of its words, against its source: 12% of adults, 5% of children; by 12%, to 42%."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from assistant.text.reading import BOUND_WORDS, MOVES
from assistant.verify.alignment import Sentence
from assistant.verify.relations import segments

_MOST = 20
"""A sentence of more figures is a list, and is not read."""


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
    if "respectively" in sentence.forms or len(sentence.figures) > _MOST:
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


_BETWEEN = BOUND_WORDS - {"to", "by"} | frozenset(
    "a an the average further additional another total mean factor of only just".split()
)
"""Words between a preposition and its figure: "by an average of 12%"."""
_CHANGES = frozenset(
    "increase increases reduction reductions improvement improvements gain gains drop decrease decline rise boost".split()
)
_SCALES = frozenset("relative absolute average overall mean median total further additional".split())
_YEARS = range(1800, 2101)
_NEAR = 8
"""A word of a change stands at most this many words before its figure."""


def moved(claim: Sentence, evidence: Sequence[Sentence]) -> Iterator[tuple[str, str, str]]:
    """Find figures by which something changes in a claim, and to which it changes in its source, or the reverse.

    Yields:
        The figure as the claim writes it, and the prepositions of the source and of the claim.
    """
    for stem, mine in _steps(claim).items():
        theirs = set[str]().union(*(_steps(sentence).get(stem, set()) for sentence in evidence))
        if len(mine) == len(theirs) == 1 and "" not in mine | theirs and mine != theirs:
            yield next(word.text for word in claim.words if word.stem == stem), theirs.pop(), mine.pop()


def _steps(sentence: Sentence) -> dict[str, set[str]]:
    """What stands before each figure, by value: "by" where something changes by it, "to" where it changes to it, else nothing."""
    found: dict[str, set[str]] = {}
    for place, word in enumerate(sentence.words if len(sentence.figures) <= _MOST else ()):
        if word.figure and not (not word.figure.unit and word.figure.value in _YEARS):
            found.setdefault(word.stem, set()).add(_step(sentence, place))
    return found


def _step(sentence: Sentence, place: int) -> str:
    words = sentence.words
    behind = next((word.text for word in words[place + 1 : place + 3] if word.text not in _SCALES), "")
    at = place - 1
    while at >= 0 and (words[at].text in _BETWEEN or (words[at].text == "to" and at and words[at - 1].text == "up")):
        at -= 1
    if at < 0:
        return "by" if behind in _CHANGES else ""
    before = words[at]
    if before.text not in ("by", "to"):
        of = words[place - 1].text == "of" and before.text in _CHANGES
        return "by" if of or behind in _CHANGES else ""
    if before.text == "to" and words[at - 1].figure and not (at > 1 and words[at - 2].text == "from"):
        return ""  # "by 5 to 10%"
    near = [word for word in words[max(0, at - _NEAR) : at] if word.clause == before.clause]
    return before.text if near and MOVES.search(sentence.clean[near[0].start : before.start]) else ""
