"""Negations: the words that deny, what they reach, and denials of a claim that no denial of its source answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from assistant.text.stems import stem
from assistant.verify.alignment import Match, Sentence

PLAIN = frozenset("not n't no never without cannot neither nor none nothing nobody nowhere".split())
"""Words whose only meaning is negation."""
LACK = frozenset(("no", "without"))
"""Negations of the noun behind them: a negation in another clause of the source does not answer them."""
NEGATIONS = PLAIN | frozenset("hardly barely scarcely rarely seldom non unable unlike".split())
NEGATING = frozenset(
    map(
        stem,
        """fail fails failed failure lack lacks lacking absence absent avoid avoids prevent prevents refuse miss missing omit exempt
        cease dispense exclude forgo neglect overlook ignore eliminate""".split(),
    )
)
PAIRS = (("rather", "than"), ("instead", "of"), ("far", "from"), ("free", "of"), ("except", "for"), ("leave", "out"),
          ("leaves", "out"), ("left", "open"), ("left", "out"), ("kept", "out"), ("short", "of"), ("anything", "but"))  # fmt: skip
_REVERSING = frozenset((("far", "from"), ("anything", "but")))
"""Those of the pairs that deny as "not" does."""
_PREDICATE = PLAIN | frozenset("hardly barely scarcely rarely seldom unable".split())
"""Negations of what stands behind them, and of nothing else."""
_FAIL = frozenset(map(stem, ("fail", "failure")))
_ALL = frozenset("all both each every everyone everything always".split())
"""Words whose denial, "not all", denies less than what stands behind it."""
_ONLY = frozenset("only just merely simply solely necessarily".split())
REACH = 4
"""A negation applies to at most this many content words behind it."""
SPAN = 12
"""This many words on either side are read: behind a negation, and around a comparison for its two sides."""


@lru_cache(maxsize=256)
def cues(sentence: Sentence) -> list[int]:
    """The places of the words of `sentence` that negate; "not only" does not."""
    words = sentence.words
    places: list[int] = []
    for place, word in enumerate(words):
        behind = words[place + 1].text if place + 1 < len(words) else ""
        if word.text in NEGATIONS and behind in _ONLY:
            continue
        if word.text in NEGATIONS or word.stem in NEGATING or (word.text, behind) in PAIRS:
            places.append(place)
    return places


def negated(sentence: Sentence, found: Sequence[int]) -> dict[int, list[int]]:
    """For the places that the negations at the places `found` reach, how many content words lie between, for each of them."""
    reached: dict[int, list[int]] = {}
    for cue in found:
        count = 0
        for place in range(cue + 1, min(cue + 1 + SPAN, len(sentence.words))):
            word = sentence.words[place]
            if word.clause != sentence.words[cue].clause or count == REACH:
                break
            if word.text == "nor" and sentence.words[cue].text == "neither":
                break  # what "nor" denies is denied once
            if not word.stop and word.text not in NEGATIONS:
                reached.setdefault(place, []).append(count)
                count += 1
    return reached


def unanswered(claim: Sentence, support: Sequence[Sentence], matches: Sequence[Mapping[int, Match]]) -> Iterator[int]:
    """The words that a claim denies and its support states, where no denial of the support answers that of the claim.

    "Without labels" in the source does not answer "does not detect". A denial of the support answers one that reaches the same
    word. It answers one other too if it denies words that stand elsewhere in the claim, or leaves out what it denies: "which
    the ones before could not".

    Args:
        claim: the claim.
        support: the sentences that it rests on.
        matches: for each of them, what stands there for the words of the claim.

    Yields:
        Places in the claim, each the first word that a denial reaches.
    """
    scopes = {cue: _scope(claim, cue) for cue in cues(claim)}
    if not scopes:
        return
    denied = [set(negated(sentence, cues(sentence))) for sentence in support]
    answered = {
        cue
        for cue, scope in scopes.items()
        for found, there in zip(matches, denied, strict=True)
        if any(place in found and (found[place].flipped or found[place].place in there) for place in scope)
    }
    told = {place for cue in answered for place in scopes[cue]}
    spare = 0
    for sentence, found in zip(support, matches, strict=True):
        named = {match.place for place, match in found.items() if place not in told}
        spare += sum(_speaks_of(sentence, cue, named) for cue in cues(sentence))
    often = Counter(place for scope in scopes.values() for place in scope)
    for cue, scope in scopes.items():
        if cue in answered or not scope or not _denies(claim, cue):
            continue
        first = scope[0]
        stated = any(first in found and found[first].close == 1 for found in matches)
        if not stated or often[first] % 2 == 0:  # "misses none" denies nothing
            continue
        if spare:
            spare -= 1
        else:
            yield first


def _scope(sentence: Sentence, cue: int) -> list[int]:
    """The content words that a negation denies, nearest first: those behind it, or before the last word: "License: no"."""
    if cue < len(sentence.words) - 1:
        return sorted(negated(sentence, [cue]))
    before = [place for place in range(cue) if sentence.words[place].clause == sentence.words[cue - 1].clause]
    return [place for place in reversed(before) if not sentence.words[place].stop][:REACH]


def _denies(claim: Sentence, cue: int) -> bool:
    """Whether a negation of a claim denies all that stands behind it; "not all" and "prevents" say something else."""
    word = claim.words[cue]
    behind = claim.words[cue + 1].text if cue + 1 < len(claim.words) else ""
    fails = word.stem in _FAIL and behind in ("to", "of")
    return (word.text in _PREDICATE or fails or (word.text, behind) in _REVERSING) and behind not in _ALL


def _speaks_of(sentence: Sentence, cue: int, named: set[int]) -> bool:
    """Whether a negation of a sentence denies any of the words at the places `named`, or leaves out what it denies."""
    words = [word.text for word in sentence.words[cue : cue + 2]]
    reached = negated(sentence, [cue + 1 if tuple(words) in PAIRS else cue])  # "left open" denies what stands behind "open"
    return not reached or not named.isdisjoint(reached)
