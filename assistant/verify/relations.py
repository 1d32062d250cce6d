"""Who is said to do what: a claim that joins the subject of one clause of its source to the predicate of another.

No grammar is parsed. A sentence is cut into segments at punctuation and at conjunctions, and the words of a claim have to stand
together in a segment where the source sets two against each other: first and last, raises and lowers, one name and another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from assistant.verify import opposites
from assistant.verify.alignment import Match, Sentence

_CUTS = frozenset("and but while whereas although though which who whose whereby yet or because since".split())
"""Words that begin a segment."""
_RELATIVE = frozenset("which who that whose".split())
_ORDER = {
    word: place
    for place, words in {
        1: "first initial earliest opening",
        **{place: word for place, word in enumerate("second third fourth fifth sixth seventh eighth ninth tenth".split(), 2)},
        -2: "penultimate",
        -1: "last final latest closing",
    }.items()
    for word in words.split()
}
"""Words for a place in an order -> the place; below 0 from the end."""
_RANKS = frozenset((*_ORDER, "next", "runner"))
_DETERMINERS = frozenset("the a an its our their his her this that these those each every".split())


class Segment(NamedTuple):
    """A stretch of a sentence between punctuation marks and conjunctions."""

    start: int
    """Place of its first word."""
    end: int
    """Place behind its last word."""
    stems: frozenset[str]
    """Stems of its content words."""


@lru_cache(maxsize=1024)
def segments(sentence: Sentence) -> tuple[Segment, ...]:
    """The segments of a sentence that hold a content word."""
    words = sentence.words
    starts = [
        place for place, word in enumerate(words) if place == 0 or word.clause != words[place - 1].clause or word.text in _CUTS
    ]
    found: list[Segment] = []
    for start, end in pairwise([*starts, len(words)]):
        stems = frozenset(word.stem for word in words[start:end] if not word.stop)
        if stems:
            found.append(Segment(start, end, stems))
    return tuple(found)


def segment_of(sentence: Sentence, place: int) -> Segment | None:
    """The segment of the word at `place`."""
    return next((part for part in segments(sentence) if part.start <= place < part.end), None)


def crossed(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> tuple[str, str] | None:
    """Find a word of the claim that the source says about another subject.

    "Sand had the highest yields" takes "highest" from one segment and "sand" from another, which has the lowest.

    Returns:
        The word of the claim, and the word that the source has in its place; None without such a word.
    """
    parts = segments(main)
    if len(parts) < 2:
        return None
    for place, match in found.items():
        if match.close < 1:
            continue
        ends = _ends(main, match.place)
        if not ends and claim.words[place].text not in _RANKS:
            continue
        here = segment_of(main, match.place)
        for part in parts:
            if here is None or part is here or not (at := _partner(main, part, match.place, ends)):
                continue
            if main.words[at - 1].stem in claim.places:
                continue  # the claim tells both
            if _joined(claim, place, main, match.place, here, at - 1, part):
                return claim.words[place].text, main.words[at - 1].text
    return None


def _ends(sentence: Sentence, place: int) -> frozenset[tuple[int, int]]:
    word = sentence.words[place]
    return opposites.ends(word.text, word.stem)


def _partner(main: Sentence, part: Segment, at: int, ends: frozenset[tuple[int, int]]) -> int:
    """One more than the place of the word of a segment that is set against the word at `at`; 0 where there is none."""
    ranked = main.words[at].text in _RANKS
    for place in range(part.start, part.end):
        word = main.words[place]
        if word.text != main.words[at].text and (opposites.across(ends, _ends(main, place)) or (ranked and word.text in _RANKS)):
            return place + 1
    return 0


def _joined(claim: Sentence, place: int, main: Sentence, at: int, here: Segment, partner: int, there: Segment) -> bool:
    """Whether what the claim says beside a word stands beside its partner in the source, and not beside the word itself."""
    mine = segment_of(claim, place)
    if mine is None:
        return False
    own = {claim.words[at].stem for at in claim.content if mine.start <= at < mine.end and at != place}
    before = {claim.words[at].stem for at in claim.content if mine.start <= at < place}
    shared = _stems(main, here.start, at) if not _stems(main, there.start, partner) else frozenset[str]()
    head = {main.words[at + 1].stem} if at + 1 < here.end else set[str]()
    one = here.stems - there.stems - shared - head - {main.words[at].stem}
    other = there.stems - here.stems - {main.words[partner].stem}
    if own & other and not own & one:
        return True
    return bool(before & _stems(main, there.start, partner) & other) and not before & one


def _stems(sentence: Sentence, start: int, end: int) -> frozenset[str]:
    return frozenset(word.stem for word in sentence.words[start:end] if not word.stop)


def displaced(claim: Sentence, main: Sentence, found: Mapping[int, Match], evidence: Sequence[Sentence]) -> tuple[str, str] | None:
    """Find a place in an order that the source gives otherwise for the same noun: the second layer for the first layer.

    Returns:
        The word of the claim, and the word that the source has in its place; None without such a word.
    """
    for noun, match in found.items():
        mine = _ordinal(claim, noun)
        theirs = _ordinal(main, match.place) if mine and match.close == 1 else ""
        if not theirs or _ORDER[mine] == _ORDER[theirs]:
            continue
        stem = claim.words[noun].stem
        held = {_ordinal(sentence, place) for sentence in evidence for place in sentence.places.get(stem, ())}
        if _ORDER[mine] not in {_ORDER[word] for word in held if word}:
            return mine, theirs
    return None


def _ordinal(sentence: Sentence, noun: int) -> str:
    """The word for a place in an order that stands, behind a determiner, at most one word before a noun; empty without one."""
    words = sentence.words
    for place in (noun - 1, noun - 2):
        if place > 0 and words[place].text in _ORDER and words[place - 1].text in _DETERMINERS:
            return words[place].text if words[place].clause == words[noun].clause else ""
    return ""


def misled(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> str:
    """What a claim puts in the place of the subject of a relative clause: "the student has 7B parameters", not the teacher."""
    for place, match in found.items():
        part = segment_of(main, match.place)
        if match.close < 1 or part is None or main.words[part.start].text not in _RELATIVE or not part.start:
            continue
        subject = [word.stem for word in claim.words[:place] if not word.stop]
        antecedent = main.words[part.start - 1]
        inside = [other for other in found.values() if part.start <= other.place < part.end]
        outside = [stem for stem in subject if stem in main.places and all(at < part.start for at in main.places[stem])]
        if (
            not antecedent.stop
            and antecedent.stem not in claim.places
            and len(inside) >= len(found) - len(outside)
            and outside == subject
            and len(inside) > 1
            and subject
        ):
            return antecedent.text
    return ""


def renamed(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> str:
    """A name whose place another name of the source takes in a claim: Clary for Burnet, which has the lowest error."""
    names = {word.stem for word in claim.words if word.name and not word.stop} | _opening(claim)
    for part in segments(main):
        held = [match.place for match in found.values() if match.close == 1 and part.start <= match.place < part.end]
        words = {main.words[place].stem for place in held}
        if len(words) < 2 or words & names or part.stems & names:
            continue
        subject = _opening_of(main, part)
        if subject and subject not in claim.places and names & main.places.keys() and len(words) >= len(claim.content) - 1:
            return next(word.text for word in main.words if word.stem == subject)
    return ""


def _opening(sentence: Sentence) -> set[str]:
    """The first word of a sentence, which may be a name, where it is no common word and a verb or the like stands behind."""
    first = sentence.words[0] if sentence.words else None
    return {first.stem} if first and not first.stop and first.text.isalpha() else set()


def _opening_of(sentence: Sentence, part: Segment) -> str:
    word = sentence.words[part.start]
    named = word.name or part.start == 0
    return word.stem if named and not word.stop and word.text.isalpha() else ""


def told(sentence: Sentence, places: Sequence[int]) -> bool:
    """Whether the words at `places` stand in one segment."""
    return len({segment_of(sentence, place) for place in places}) <= 1


_WAYS = frozenset("to into onto from over instead rather".split())
"""Words, other than verbs, whose two sides make a difference: "text to speech", "code instead of text"."""
_EVEN = frozenset("and or with between versus vs".split())
"""Words that join two sides of which neither comes first."""
_BE = frozenset("is are was were be been being am".split())
_SIDE = 3
"""This many content words on either side of a word are read."""


def swapped(claim: Sentence, main: Sentence, found: Mapping[int, Match]) -> str:
    """Find a word of a claim with its two sides turned round: "insomnia causes stress", "from text to speech".

    The nearest word on each side stands on the other side of the same form of the word in the source; where either is passive,
    or goes on with another preposition, the forms are not the same.

    Returns:
        The word as it is written; empty without one.
    """
    exact = {place: match.place for place, match in found.items() if match.close == 1}
    for place, word in enumerate(claim.words):
        verb = place in exact and not word.name and not word.figure
        if (not verb and word.text not in _WAYS) or len(claim.places[word.stem]) > 1:
            continue  # what stands twice may be said both ways
        for at in main.places.get(word.stem, ()):
            same = word.text == main.words[at].text and _form(claim, place) == _form(main, at)
            if same and (not verb or len(main.places[word.stem]) == 1) and _turned(claim, place, main, at, exact):
                return word.text
    return ""


def _form(sentence: Sentence, place: int) -> tuple[bool, str]:
    """Whether a form of "be" stands shortly before a word, and the preposition behind it."""
    words = sentence.words
    behind = words[place + 1] if place + 1 < len(words) else None
    linked = behind.text if behind and behind.stop and behind.text not in _DETERMINERS else ""
    return any(word.text in _BE for word in words[max(0, place - 3) : place]), linked


def _turned(claim: Sentence, place: int, main: Sentence, at: int, exact: Mapping[int, int]) -> bool:
    left, right = _sides(claim, place)
    ahead, behind = _sides(main, at)
    if not (left and right and ahead and behind and exact.get(left[-1]) in behind and exact.get(right[0]) in ahead):
        return False
    between = claim.words[left[-1] : right[0]] + main.words[ahead[0] : behind[-1]]
    return _EVEN.isdisjoint(word.text for word in between)


def _sides(sentence: Sentence, place: int) -> tuple[list[int], list[int]]:
    """The places of the nearest content words before and behind a word, inside its segment."""
    part = segment_of(sentence, place)
    inside = [other for other in sentence.content if part and part.start <= other < part.end and other != place]
    return [other for other in inside if other < place][-_SIDE:], [other for other in inside if other > place][:_SIDE]
