"""What a sentence excepts: "all sets except MoleBench", "unless the graph is dense", "without labels".

A claim that says of the excepted thing what its source says of the rest states the contrary; one that denies it states the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

from assistant.verify import negation
from assistant.verify.alignment import Match, Sentence

_EXCEPT = frozenset("except excepting excluding barring".split())
_FROM = frozenset(("apart", "aside"))
_ALL = frozenset("all every each everyone everything everybody always any".split())
_NONE = frozenset("no none nobody nothing".split())
_FAR = 5
"""At most this many words of an exception are read."""
_TOLD = 0.75
"""A claim is held against an exception only where its source holds at least this share of the claim's content words."""
_PLAIN = frozenset("the a an its their our his her this these those any some".split())


class Excepted(NamedTuple):
    """What a claim says of an exception of its source."""

    same: bool
    """Whether it says what the source says of it."""
    written: str
    """The exception as the source writes it."""


def told(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> Excepted | None:
    """What a claim says of the exception of the sentence that it rests on.

    Args:
        claim: what is judged.
        main: the sentence that the claim rests on.
        found: what stands in `main` for the words of the claim.

    Returns:
        Whether both agree; None where the claim does not speak of an exception, or makes the same one.
    """
    if len(found) < _TOLD * len(claim.content):
        return None
    return _of_all(claim, main, found) or _unless(claim, main, found) or _without(claim, main, found)


def _of_all(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> Excepted | None:
    """The claim speaks of what all but that do: "all sets except MoleBench"."""
    at = _exception(main)
    if at < 0 or _exception(claim) >= 0:
        return None
    everything, nothing = bool(_ALL & main.forms), bool(_NONE & main.forms)
    if everything == nothing:
        return None
    inside = _behind(main, at)
    matched = {match.place: place for place, match in found.items() if not match.flipped}
    rest = matched.keys() - set(inside)
    if not inside or not all(place in matched or main.words[place].figure for place in inside) or not rest:
        return None
    counts = {main.words[place].stem for place in inside if main.words[place].figure}
    if not counts <= claim.places.keys():
        return None
    return Excepted(bool(negation.cues(claim)) == everything, _written(main, at, inside[-1]))


def _exception(sentence: Sentence) -> int:
    """The place of the last word before what a sentence excepts; -1 where it excepts nothing."""
    words = sentence.words
    for place, word in enumerate(words[:-1]):
        behind = words[place + 1].text
        if word.text in _EXCEPT:
            return place + (behind == "for")
        if (word.text in _FROM and behind == "from") or (word.text == "other" and behind == "than"):
            return place + 1
        before = {each.text for each in words[max(0, place - 3) : place]}
        if word.text == "but" and before & (_ALL | _NONE) and words[place - 1].clause == word.clause:
            return place
    return -1


def _behind(sentence: Sentence, at: int) -> list[int]:
    """The first words with content behind a place, up to a word without."""
    words = sentence.words
    start = at + 1
    while start < len(words) and words[start].text in _PLAIN:
        start += 1
    near = range(start, min(start + _FAR, len(words)))
    one = words[at].clause
    found = list(takewhile(lambda place: not words[place].stop and words[place].clause == one, near))
    if found and words[found[0]].figure:
        return found[:1]  # "all patients but two recovered"
    return found[:1] if found and not words[found[0]].name else found


def _written(sentence: Sentence, at: int, last: int) -> str:
    pair = sentence.words[at].text in ("for", "from", "than")
    return sentence.clean[sentence.words[at - pair].start : sentence.words[last].end]


def _unless(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> Excepted | None:
    """One of the two says "unless" and the other does not: it denies one thing more, or states the contrary."""
    mine, theirs = _place(claim, "unless"), _place(main, "unless")
    if (mine < 0) == (theirs < 0) or _EXCEPT & (claim.forms | main.forms):  # "except where" says "unless"
        return None
    if theirs >= 0:
        inside = {match.place for match in found.values() if match.place in _condition(main, theirs)}
        rest = {match.place for match in found.values()} - set(_condition(main, theirs))
    else:
        inside = found.keys() & set(_condition(claim, mine))
        rest = found.keys() - inside
        if not _IF & main.forms:
            return None
    if not inside or not rest:
        return None
    here, there = negation.cues(claim), negation.cues(main)
    flips = sum(match.flipped and place not in here and match.place not in there for place, match in found.items())
    odd = (len(here) + len(there) + flips) % 2 == 1
    side = (main, theirs) if theirs >= 0 else (claim, mine)
    last = min(side[1] + _FAR, len(side[0].words) - 1)
    return Excepted(odd, _written(side[0], side[1], last))


_IF = frozenset("if when whenever provided once where".split())


def _condition(sentence: Sentence, at: int) -> list[int]:
    """The words of the condition that begins at a place."""
    words = sentence.words
    return [place for place in range(at + 1, len(words)) if words[place].clause == words[at].clause and not words[place].stop]


def _place(sentence: Sentence, text: str) -> int:
    return next((place for place, word in enumerate(sentence.words) if word.text == text), -1)


def _without(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> Excepted | None:
    """The claim says "with" where its source says "without", of the same thing and of nothing else."""
    at = _place(main, "without")
    if at < 0 or any(match.flipped for match in found.values()) or {"with", "without"} <= main.forms or "without" in claim.forms:
        return None
    inside = _behind(main, at)
    place = next((place for place, match in found.items() if inside and match.place == inside[0]), -1)
    ahead = [word for word in claim.words[max(0, place - 3) : max(0, place)] if word.text not in _PLAIN]
    if place < 0 or not ahead or ahead[-1].text != "with" or len(negation.cues(claim)) >= len(negation.cues(main)):
        return None
    return Excepted(False, _written(main, at, inside[0]))
