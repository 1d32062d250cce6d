"""How surely a sentence states something: as a fact, as likely, as possible, as what is planned, or as what was so once.

No grammar is parsed. A word such as "may" reaches the next content word behind it, which is mostly the verb; "suggest that" reaches
all words behind it. What reaches a word of the claim is held against what reaches the word that `align` found in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from assistant.verify.alignment import Match, Sentence

Level = Literal["future", "likely", "able", "possible", "planned", "past"]
_FACT = 4
_STATED: dict[Level, int] = {"past": _FACT, "future": _FACT, "likely": 2, "able": 1, "possible": 1, "planned": 1}
"""How much a claim states by a word of a level, `_FACT` without one."""
_GRANTED: dict[Level, int] = {"past": _FACT, "future": _FACT, "likely": 2, "able": _FACT, "possible": 1, "planned": 1}
"""How much a claim may state where its source has a word of a level. Of what can be done, and of what will be done, abstracts and
claims say in turns that it is done."""
_UNDONE: frozenset[Level] = frozenset(("likely", "possible", "planned", "past"))
"""Levels by which a claim takes back a fact of its source. What is done can be done."""

_BESIDE: dict[str, Level] = {
    **dict.fromkeys("may might could".split(), "possible"),
    **dict.fromkeys("would should ought".split(), "planned"),
    **dict.fromkeys("will shall".split(), "future"),
    **dict.fromkeys("can able".split(), "able"),
}
"""Modal verbs."""
_ADVERBS: dict[str, Level] = {
    **dict.fromkeys("possibly perhaps maybe potentially conceivably hypothetically".split(), "possible"),
    **dict.fromkeys("probably likely presumably apparently seemingly reportedly".split(), "likely"),
    **dict.fromkeys("once formerly".split(), "past"),
}
"""Adverbs that stand beside the verb, or before the clause."""
_TAKING: tuple[tuple[Level, re.Pattern[str]], ...] = (
    (
        "possible",
        re.compile(
            r"hypothes\w+|speculat\w+|conjectur\w+|postulat\w+|suppos\w+|unclear|uncertain|whether|possib(?:le|ility)|potential|chance"
        ),
    ),
    (
        "likely",
        re.compile(
            r"suggest(?:s|ed|ing|ive)?|seem(?:s|ed)?|appear(?:s|ed)?|believ\w+|presum\w+|expect(?:s|ed|ation)?|assum(?:e|es|ed|ption)|thought"
            r"|deemed|tend(?:s|ed)?"
        ),
    ),
    (
        "planned",
        re.compile(
            r"plan(?:s|ned|ning)?|aim(?:s|ed|ing)?|intend(?:s|ed)?|hop(?:e|es|ed|ing)|wants?|meant|designed|scheduled|going|seeks?|tr(?:y|ies|ied)"
            r"|attempt(?:s|ed)?"
        ),
    ),
)
"""Words that take a clause with "that", or an infinitive with "to"."""
_LIGHT = frozenset("become becomes became help helps helped remain remains begin start able need needs".split())
"""Verbs whose complement tells what is stated."""
_BE = frozenset("is are was were be been being get gets got".split())
_DETERMINERS = frozenset("a an the its their our his her this".split())
_NEXT = 3
"""A "that" stands at most this many words behind the word that takes its clause."""
_EARLY = 4
"""A subject has at most this many words, where a verb in the past is not known by its ending."""
_FAR = 8
"""A verb stands at most this many words behind its modal verb."""
_CLOSE = 0.6
"""A sentence speaks of the claim only if it holds at least this share of the claim's content words."""
_CLOSER = 0.8
"""The same where the claim takes back what the sentence states."""
_WHOLE = 0.8
"""A cue before a clause reaches a claim if at least this share of the claim's words stand behind the cue."""


class Cue(NamedTuple):
    """A word that says how surely a sentence states what the word reaches."""

    place: int
    level: Level
    target: int
    """Place of the one content word that the cue reaches; -1 where the cue reaches all words behind it."""

    def reaches(self, place: int) -> bool:
        """Whether the cue reaches the word at a place."""
        return place == self.target or (self.target < 0 and place > self.place)


@lru_cache(maxsize=1024)
def cues(sentence: Sentence) -> tuple[Cue, ...]:
    """The words of a sentence that say how surely it states something, in order."""
    return tuple(_cues(sentence))


def _cues(sentence: Sentence) -> Iterator[Cue]:
    words = sentence.words
    if not any(map(_telling, sentence.forms)):
        return
    for place, word in enumerate(words):
        begins = place == 0 or words[place - 1].clause != word.clause
        if level := _BESIDE.get(word.text):
            named = word.text in ("may", "will") and place and sentence.clean[word.start].isupper()
            target, wide = -1 if named else _target(sentence, place), False
            if word.text == "could" and words[place + 1 : place + 2] and words[place + 1].text == "have":
                level = "planned"
        elif level := _ADVERBS.get(word.text):
            target, wide = _target(sentence, place), begins and level != "past"
            if (level == "past" and not _was(sentence, place)) or _comments(sentence, place):
                continue
        elif word.text == "used" and _used_to(sentence, place):
            level, target, wide = "past", _target(sentence, place), False
        elif level := _taking(word.text):
            behind = [other.text for other in words[place + 1 : place + 1 + _NEXT]]
            wide = word.text == "whether" or "that" in behind or "whether" in behind
            noun = level == "planned" and place and words[place - 1].text in _DETERMINERS
            target = _target(sentence, place) if behind[:1] == ["to"] and not noun and word.text != "possible" else -1
        else:
            continue
        if wide or target >= 0:
            yield Cue(place, level, -1 if wide else target)


def shared(lead: str, evidence: Sequence[Sentence]) -> bool:
    """Whether a lead and the evidence have a word that says how surely they speak."""
    words = [word for word in Sentence(lead).words if _telling(word.text)]
    return any(word.stem in sentence.places for word in words for sentence in evidence)


@lru_cache(maxsize=20_000)
def _telling(form: str) -> bool:
    """Whether a word may be a cue."""
    return form in _BESIDE or form in _ADVERBS or form == "used" or _taking(form) is not None


@lru_cache(maxsize=4096)
def _taking(word: str) -> Level | None:
    return next((level for level, pattern in _TAKING if pattern.fullmatch(word)), None)


def _was(sentence: Sentence, place: int) -> bool:
    """Whether "once" or "formerly" stands before a verb in the past, and begins no clause: "once the model is trained"."""
    words = sentence.words
    if not 0 < place < len(words) - 1 or words[place - 1].clause != words[place + 1].clause:
        return False
    if place <= _EARLY and not words[place - 1].stop and not words[place + 1].stop:
        return True  # "the sensor once ran": a verb without a sign of the past
    return words[place + 1].text.endswith(("ed", "en")) or words[place + 1].text in _BE or words[place - 1].text in _BE


def _comments(sentence: Sentence, place: int) -> bool:
    """Whether an adverb stands before another one and a comma: "perhaps surprisingly, ..."."""
    words = sentence.words
    return place + 2 < len(words) and words[place + 1].text.endswith("ly") and words[place + 2].clause != words[place].clause


def _used_to(sentence: Sentence, place: int) -> bool:
    """Whether "used to" stands for what was so once: "is used to" does not."""
    words = sentence.words
    return (
        0 < place < len(words) - 1
        and words[place + 1].text == "to"
        and words[place - 1].text not in _BE
        and not words[place - 1].text.endswith("ly")
        and words[place - 1].clause == words[place].clause
    )


def _target(sentence: Sentence, place: int) -> int:
    """The place of the next content word behind a place in the same clause that is no adverb; -1 without one."""
    words = sentence.words
    for at in range(place + 1, min(place + 1 + _FAR, len(words))):
        word = words[at]
        if word.clause != words[place].clause:
            return -1
        if not (word.stop or word.text.endswith("ly") or word.text in _LIGHT or word.text in _ADVERBS):
            return at
    return -1


class Shift(NamedTuple):
    """What a claim states more surely, or less surely, than its source."""

    said: str
    """The word that says how surely: of the source, or where the source states a fact, of the claim."""
    weaker: bool
    """Whether the claim has the word, and the source states a fact."""


def shifted(claim: Sentence, main: Sentence, found: Mapping[int, Match], evidence: Sequence[Sentence]) -> Shift | None:
    """Find what a claim states more or less surely than the sentence that it rests on.

    Args:
        claim: what is judged.
        main: the sentence that it rests on.
        found: what stands in `main` for the words of the claim.
        evidence: all sentences; another one of them may state what `main` supposes.

    Returns:
        The shift; None without one.
    """
    mine, theirs = cues(claim), cues(main)
    if not mine and not theirs:
        return None
    said = {cue.place for cue in mine}
    content = [place for place in claim.content if place not in said]
    held = len(found.keys() & set(content))
    if held < _CLOSE * len(content):
        return None
    stated = min((_STATED[cue.level] for cue in mine), default=_FACT)
    levels = {cue.level for cue in mine}
    for cue in theirs:
        if stated > _GRANTED[cue.level] and cue.level not in levels and (places := _reached(claim, main, found, cue)):
            if not _elsewhere(claim, main, {claim.words[place].stem for place in places}, evidence):
                return Shift(main.words[cue.place].text, weaker=False)
    for cue in () if theirs or held < _CLOSER * len(content) else mine:
        reached = [place for place in found if cue.reaches(place)]
        whole = cue.target >= 0 or len(reached) >= _WHOLE * len(found)
        if _takes_back(claim, cue) and reached and whole and not any(map(cues, _alike(claim, main, evidence))):
            return Shift(claim.words[cue.place].text, weaker=True)
    return None


def _takes_back(claim: Sentence, cue: Cue) -> bool:
    """Whether a cue of a claim takes back a fact; what was done could be done."""
    return cue.level in _UNDONE and (claim.words[cue.place].text != "could" or cue.level == "planned")


def _reached(claim: Sentence, main: Sentence, found: Mapping[int, Match], cue: Cue) -> list[int]:
    """The words of the claim, by place, that a cue of the source reaches."""
    reached = [place for place, match in found.items() if cue.reaches(match.place)]
    if cue.target < 0:
        return reached if len(reached) >= _WHOLE * len(found) else []
    return reached


def _alike(claim: Sentence, main: Sentence, evidence: Sequence[Sentence]) -> list[Sentence]:
    """The other sentences that hold about as many words of the claim as `main` does."""
    held = len(_held(claim, main))
    return [sentence for sentence in evidence if sentence is not main and len(_held(claim, sentence)) >= _WHOLE * held]


def _held(claim: Sentence, sentence: Sentence) -> set[str]:
    return {claim.words[place].stem for place in claim.content} & sentence.places.keys()


def _elsewhere(claim: Sentence, main: Sentence, stems: set[str], evidence: Sequence[Sentence]) -> bool:
    """Whether another sentence states as a fact what `main` does not."""
    for sentence in _alike(claim, main, evidence):
        places = [place for stem in stems for place in sentence.places.get(stem, ())]
        if places and not any(cue.reaches(place) for cue in cues(sentence) for place in places):
            return True
    return False
