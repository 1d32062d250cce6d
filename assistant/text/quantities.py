"""Quantities as the field understands them: what a source says about those of a claim, where both are of the same thing.

Texts are to be readable views (`text.view.View`). Quantities are read by `quantities` and compared by `compare`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, takewhile
from math import inf
from operator import itemgetter
from typing import NamedTuple

from assistant.text.comparing import Relation, compare, derived
from assistant.text.numerals import RANKED
from assistant.text.reading import BOUND_WORDS, quantities
from assistant.text.sentences import sentences
from assistant.text.stems import stem
from assistant.text.terms import terms
from assistant.text.units import FINE, LARGE, MULTIPLES, NTHS, ORDINALS, SMALL, UNITS, VAGUE, Manner, Quantity
from assistant.text.words import STOP_WORDS

__all__ = ["Judged", "Quantity", "Relation", "compare", "derived", "judged", "quantities", "same_quantity", "unstated_ends"]


class Judged(NamedTuple):
    """A quantity of a claim and what a source says about it."""

    claim: Quantity
    relation: Relation
    """"unrelated" where the source states no such quantity."""
    source: Quantity | None
    """The quantity of the source that decides, its offsets in the source; those of its first part where it was computed."""
    score: float
    """How surely the two quantities are of the same thing: 0..1."""


# Whether two quantities are of the same thing

_CLAUSE = re.compile(
    r"[,;:()]\s|\s[–—-]\s|\b(?:and|but|while|whereas|although|though|against|versus|compared|than|who|which|instead)\b|[.!?]\s(?=[A-Z])"
)
_BETWEEN = re.compile(r"(?i)\bbetween\s(?:about\s)?[$€£]?[\d.,]+\S{0,3}\s$")
"""The words before the "and" of a range."""
_NAME = re.compile(r"[A-Z][\w-]+")
_WEIGHTS = (1.0, 0.6, 0.4)
"""Weights of a word in the clause of the source's quantity, in a clause beside it, and elsewhere in the text."""
_NAMED = 1.5
"""A name weighs this many times as much as another word."""
_OTHERS = 0.8
"""Each name beside the source's quantity that the claim lacks adds this to the denominator of the score; at most two names
count."""


Kin = Mapping[str, Mapping[str, float]]
"""Stem -> the stems that are close in meaning, with their likeness: 0..1."""


def same_quantity(claim: str, mine: Quantity, source: str, theirs: Quantity, kin: Kin | None = None) -> float:
    """How surely two quantities are of the same thing, from 0 to 1, told by the words around them.

    It is the share of the content words of the claim's clause, names counting more, that the source has too: most where
    they stand in the clause of its quantity. Nouns that match count as one word more, in full, and a word that the source
    lacks counts as much as the closest of its `kin` there.
    """
    clauses, held = _clauses(claim), _clauses(source)
    own, at = _clause_at(clauses, mine), _clause_at(held, theirs)
    near: dict[str, float] = {}
    for place, clause in enumerate(held):
        weight = 1.0 if theirs.role == "sum" and theirs.kind == "count" else _WEIGHTS[min(abs(place - at), 2)]
        for word in clause.words:
            near[word] = max(weight, near.get(word, 0.0))
    coarse = {_coarse(word): weight for word, weight in near.items()} if kin is not None else {}
    names, everything = frozenset[str]().union(*(clause.names for clause in clauses)), set[str]()
    shared = total = 0.0
    for place, clause in enumerate(clauses):
        everything.update(clause.words)
        for word in clause.words:
            weight = (_NAMED if word in names else 1.0) * (1.0 if place == own else 0.5)
            total += weight
            shared += weight * (near.get(word, 0.0) if word in near or kin is None else _kindred(_coarse(word), coarse, kin))
    if mine.noun and theirs.noun and mine.kind == theirs.kind == "count":
        total, shared = total + 1, shared + 1
    others = held[at].names - everything
    return shared / (total + _OTHERS * min(len(others), 2)) if total else 0.5


@lru_cache(20_000)
def _coarse(word: str) -> str:
    """The coarse stem of a word or of one of its `terms`: recov for recoveri and recover."""
    return stem(f"{word[:-1]}y" if word.endswith("i") else word)


def _kindred(word: str, near: Mapping[str, float], kin: Kin) -> float:
    """What a word counts that stands near only in another form or by one close in meaning."""
    close = kin.get(word, {})
    return max(
        near.get(word, 0.0), max((near[other] * likeness for other, likeness in close.items() if other in near), default=0.0)
    )


def _contents(text: str) -> list[str]:
    return [word for word in terms(text) if not word[0].isdigit() and word not in _NUMERIC]


def _names(text: str) -> set[str]:
    return {word for name in _NAME.findall(text) for word in _contents(name)}


_NUMERIC = frozenset(
    word for group in (SMALL, LARGE, UNITS, ORDINALS, NTHS, MULTIPLES, VAGUE) for name in group for word in terms(name)
) - {"score"} | {"major", "minor", "magnitud", "order", "third", "half"}


class _Clause(NamedTuple):
    end: int
    words: tuple[str, ...]
    names: frozenset[str]


@lru_cache(1024)
def _clauses(text: str) -> tuple[_Clause, ...]:
    """The clauses of a text; what has no content word of its own belongs to the clause before it in its sentence, or behind."""
    found: list[_Clause] = []
    begun = 0
    cuts = [
        match.start() for match in _CLAUSE.finditer(text) if not _BETWEEN.search(text[max(0, match.start() - 30) : match.start()])
    ]
    for start, end in pairwise([0, *cuts, len(text)]):
        words = _contents(text[begun:end])
        opens = begun < start or not found or text[start : start + 1] in (".", "!", "?")
        if words:
            found.append(_Clause(end, tuple(words), frozenset(_names(text[begun:end]))))
            begun = end
        elif not opens:
            found[-1] = found[-1]._replace(end=end)
            begun = end
    return tuple(found) or (_Clause(len(text), (), frozenset()),)


def _clause_at(clauses: Sequence[_Clause], quantity: Quantity) -> int:
    return next((at for at, clause in enumerate(clauses) if quantity.start < clause.end), len(clauses) - 1)


# What a source says about the quantities of a claim

_ENOUGH = 0.15
"""A quantity of the source proves one of the claim only with at least this score."""
_ACCUSED = 0.35
"""A quantity of the source contradicts one of the claim only with at least this score."""
_ACCUSED_UNNAMED = 0.6
_ACCUSED_OF_YEARS = 0.6
_BETTER = 0.15
"""A conflicting quantity fits better than a proving one only if its score is higher by at least this."""
_LEAST_MOVED = 0.3
"""A conflicting quantity is a candidate to replace a proving one only with at least this score."""
_FITS = 0.55
"""A proving quantity with at least this score is not replaced by a conflicting one of a higher score."""
_ACCUSED_COMPUTED = 0.6
_COUNTED = 20
"""A number word up to this may count the items of a list in the source."""


def judged(claim: str, source: str, kin: Kin | None = None) -> list[Judged]:
    """What `source` says about each quantity of `claim`, words close in meaning by `kin` counting as alike.

    Left out is what a source need not state: ranks that are none, "most of", and "four" where the source lists four.
    """
    mine = quantities(claim)
    if not mine:
        return []
    theirs = _stated_in(source)
    first = [_judged(claim, quantity, theirs, kin) for quantity in mine]
    proved = [other for judgement, other in first if judgement.relation == "holds"]
    found: list[Judged] = []
    for judgement, other in first:
        if judgement.relation == "conflicts" and other in proved:
            judgement, _ = _judged(claim, judgement.claim, [other for other in theirs if other not in proved], kin)
        if judgement.relation != "unrelated" or not _needs_none(judgement.claim, claim, source):
            found.append(judgement)
    return found


def unstated_ends(mine: Quantity, source: str) -> list[str]:
    """The ends of a claim's range that a source states nowhere, as written: "90" of "31 to 90" where the source has 31.

    A figure of the source is compared in any unit, rounded as the claim rounds, and with its noun, unless only the claim has it.
    """
    noun = mine.noun if mine.noun and set(terms(mine.noun.split()[-1])) & set(terms(source)) else ""
    stated = [other for start, end in sentences(source) for other in quantities(source[start:end])]
    ends = [_plain(mine, value)._replace(noun=noun) for value in (mine.low, mine.high)]
    if mine.high - mine.low <= mine.step * (1 + FINE) and any(
        other.step < mine.step and compare(mine, other) == "holds" for other in stated
    ):
        return []  # "between 6 and 7 km" rounds 6.4 km
    held = [_plain(other, value) for other in stated for value in {other.low, other.high, other.value} if abs(value) < inf]
    missing = [at for at, end in enumerate(ends) if not any(_is_end(end, other) for other in held)]
    written = _ENDS.split(mine.text, 1)
    return [written[at] for at in missing] if len(written) == 2 else [mine.text] * bool(missing)


_ENDS = re.compile(r"\s?(?:[–—]|--|(?<=[\d%])-)\s?|\s(?:to|and|-)\s")


def _plain(quantity: Quantity, value: float) -> Quantity:
    return quantity._replace(low=value, high=value, value=value, low_open=False, high_open=False, bound="plain", role="", manner="")


def _is_end(end: Quantity, other: Quantity) -> bool:
    """Whether a figure of the source is an end of a range, or is rounded to it."""
    rounded = {other.value, round(other.value / end.step) * end.step} if end.step > other.step else {other.value}
    return any(compare(end, _plain(other, value)) == "holds" for value in rounded)


_SEGMENT = re.compile(r"[^.;:!?()]+")
_LAST = re.compile(r",?\s(?:and|or)\s")
_LONGEST_ITEM = 6
"""An item of a list has at most this many words."""
_PAIR = re.compile(r"(?i)\b(?:both|pairs?|two-|dual|either|binary)\b")


def _needs_none(mine: Quantity, claim: str, source: str) -> bool:
    """Whether a quantity may be true though the source does not state it."""
    if mine.kind == "rank":
        return not RANKED.search(claim)
    if mine.kind == "share" and mine.bound == "vague" or (mine.kind == "measure" and mine.text.startswith(("a ", "an "))):
        return True
    if mine.text[:1].isdigit() or mine.kind not in ("count", "number") or mine.value > _COUNTED:
        return False
    if mine.value <= 2:
        return mine.value < 2 or bool(_PAIR.search(source))
    return mine.value in {count for segment in _SEGMENT.findall(source) for count in _items(segment)}


def _items(segment: str) -> Iterator[int]:
    """How many things each list of a part of a sentence names: three in "of trees, nets and words"."""
    for last in _LAST.finditer(segment):
        middle = segment[: last.start()].rsplit(",", _COUNTED)[1:]
        short = takewhile(lambda item: len(item.split()) <= _LONGEST_ITEM, reversed(middle))
        yield 2 + sum(1 for _ in short)


class _Stated(NamedTuple):
    quantity: Quantity
    """Its offsets are in `text`."""
    text: str
    """The sentence, and the one before it."""
    start: int
    """Where `text` stands in the source."""


@lru_cache(256)
def _stated_in(source: str) -> tuple[_Stated, ...]:
    stated: list[_Stated] = []
    last = 0
    for start, end in sentences(source):
        of_sentence = quantities(source[start:end])
        for quantity in (*of_sentence, *derived(of_sentence)):
            moved = quantity._replace(start=quantity.start + start - last, end=quantity.end + start - last)
            stated.append(_Stated(moved, source[last:end], last))
        last = start
    return tuple(stated)


_Scored = tuple[float, _Stated]


class _Weighed(NamedTuple):
    """The quantities of a source that say anything of one of a claim, with how surely they are of the same thing."""

    holds: _Scored | None
    conflicts: _Scored | None
    against: list[_Scored]
    """All quantities that conflict and are probably of the same thing."""
    alike: _Scored | None
    """The same number, which the source counts by another noun."""
    open_to: float
    """The highest score of a quantity that neither proves nor excludes the claim."""


def _weighed(claim: str, mine: Quantity, theirs: Sequence[_Stated], kin: Kin | None) -> _Weighed:
    best: dict[Relation, _Scored] = {}
    alike, against, open_to = list[_Scored](), list[_Scored](), 0.0
    for other in theirs:
        quantity = other.quantity
        relation = compare(mine, _seen_from(claim, mine, other.text, quantity))
        if relation == "unrelated":
            relation = "conflicts" if _one_in(mine, quantity) else relation
        if relation == "unrelated":
            if _counts_alike(mine, other):
                if compare(mine, quantity._replace(noun="")) == "holds":
                    alike.append((same_quantity(claim, mine, other.text, quantity, kin), other))
            elif _leaves_open(mine, quantity):
                open_to = max(open_to, same_quantity(claim, mine, other.text, quantity, kin))
            continue
        if _misplaced(claim, mine, other.text, quantity, relation):
            continue
        score = same_quantity(claim, mine, other.text, quantity, kin)
        if relation == "conflicts" and score >= _LEAST_MOVED:
            against.append((score, other))
        if relation not in best or score > best[relation][0]:
            best[relation] = score, other
    return _Weighed(best.get("holds"), best.get("conflicts"), against, max(alike, default=None, key=itemgetter(0)), open_to)


def _judged(claim: str, mine: Quantity, theirs: Sequence[_Stated], kin: Kin | None) -> tuple[Judged, _Stated | None]:
    weighed = _weighed(claim, mine, theirs, kin)
    holds, conflicts, alike = weighed.holds, weighed.conflicts, weighed.alike
    if alike and not holds and not (conflicts and conflicts[0] >= max(_ACCUSED, alike[0])):
        holds = alike
    if holds and (instead := _elsewhere(claim, mine, holds, weighed.against, theirs)):
        return _judgement(mine, "conflicts", *instead)
    if holds and holds[0] >= _ENOUGH and (not conflicts or not _fits_better(claim, conflicts, holds)):
        return _judgement(mine, "holds", *holds)
    if conflicts and conflicts[0] >= max(_least(mine, conflicts[1].quantity), weighed.open_to):
        return _judgement(mine, "conflicts", *conflicts)
    return Judged(mine, "unrelated", None, 0.0), None


def _elsewhere(claim: str, mine: Quantity, holds: _Scored, against: Sequence[_Scored], theirs: Sequence[_Stated]) -> _Scored | None:
    """What the source says of the claim's thing, where the quantity that would prove the claim is of another; else None."""
    score, holding = holds
    if _ALL_OF.search(claim[: mine.start]) and (part := _part_of(holding, theirs)):
        close = holding.quantity.role == "whole" and _is_close(claim, holding.text)
        if close or not re.search(rf"(?<!\w){re.escape(part.quantity.text)}(?!\w)", claim):
            return score, part
    if _replaced(claim, mine, holding):
        return holds
    moved = (one for one in against if _lead_moved(claim, mine, one[1], holding) or _slot_moved(claim, mine, one[1], holding))
    return max(moved, default=None, key=itemgetter(0))


def _part_of(whole: _Stated, theirs: Sequence[_Stated]) -> _Stated | None:
    """The part that the source says of a whole: 3 of "3 of 6 points"."""
    return next(
        (
            other
            for other in theirs
            if other.text == whole.text
            and other.quantity.start < whole.quantity.start
            and _OUT_OF.fullmatch(other.text[other.quantity.end : whole.quantity.start])
        ),
        None,
    ) or (
        next((other for other in theirs if other.quantity.role == "part" and other.text == whole.text), None)
        if whole.quantity.role == "whole"
        else None
    )


_OUT_OF = re.compile(r"\s(?:out\s)?of\s(?:the\s|all\s|its\s|our\s)?")
_EVERY = re.compile(r"(?i)\b(?:in|out\sof)\s(?:every\s)?([a-z]+|\d+)$")


def _one_in(mine: Quantity, other: Quantity) -> bool:
    """Whether a claim counts by the number that the source takes a share of: seven, for one in seven."""
    every = _EVERY.search(other.text) if other.kind == "share" and mine.kind == "count" and mine.bound == "plain" else None
    return every is not None and every[1].lower() == mine.text.lower() and not mine.role


_ALL_OF = re.compile(r"(?i)\b(?:all|each|every\sone)(?:\sof)?(?:\s(?:the|these|its|our))?\s$")


def _leaves_open(mine: Quantity, other: Quantity) -> bool:
    """Whether a quantity is of the claim's kind, neither proves nor excludes what the claim says, and would be the one meant."""
    return mine.kind == other.kind and mine.unit == other.unit and mine.noun == other.noun and not other.role


def _counts_alike(mine: Quantity, other: _Stated) -> bool:
    """Whether a number too special to be met by chance counts, by another noun, what its sentence names."""
    if mine.kind != "count" or other.quantity.kind != "count" or mine.value <= _COUNTED or mine.bound in ("more", "less"):
        return False
    heads = terms(mine.noun.split()[-1])
    return bool(heads) and heads[0] in terms(other.text)


def _judgement(mine: Quantity, relation: Relation, score: float, other: _Stated) -> tuple[Judged, _Stated]:
    quantity = other.quantity
    moved = quantity._replace(start=quantity.start + other.start, end=quantity.end + other.start)
    return Judged(mine, relation, moved, score), other


def _least(mine: Quantity, theirs: Quantity) -> float:
    """The least score at which one quantity contradicts another: years and what counts nothing named are seldom the same."""
    if mine.kind == "year":
        return _ACCUSED_OF_YEARS
    if theirs.role in ("part", "rest", "sum") and theirs.kind == "share":
        return _ACCUSED_COMPUTED
    return _ACCUSED if mine.kind != "count" or (mine.noun and theirs.noun) else _ACCUSED_UNNAMED


_LED = re.compile(r"(?<![\w-])([A-Z][\w-]++)\s([a-z]+)\b")
"""A name and the verb behind it."""


def _replaced(claim: str, mine: Quantity, other: _Stated) -> bool:
    """Whether the claim puts another name before the verb of the source: Tansy gets 66.1, not Lovage."""
    ours, theirs = (match := _LED.match(claim)), _led(other)
    if not ours or not theirs or match is None or mine.start < match.end():
        return False
    name, held = ours[1].lower(), set(_contents(other.text))
    return (
        ours[2] == theirs[2]
        and bool(set(terms(ours[1])))
        and not set(terms(ours[1])) <= held
        and theirs[1].lower() not in claim.lower()
        and name != theirs[1].lower()
    )


def _led(stated: _Stated) -> re.Match[str] | None:
    """The name that the clause of a quantity begins with, and the verb behind it."""
    clauses = _clauses(stated.text)
    at = _clause_at(clauses, stated.quantity)
    begin = clauses[at - 1].end if at else 0
    found = None
    for found in _LED.finditer(stated.text, begin, stated.quantity.start):
        if terms(found[1]):
            return found
    return None


_SETTING = re.compile(r"^(?:In|On|At|For|With|Among|Across|After|Before|During|Under|Of|From|By|Over)\b[^,]*,")
"""A place or a time at the beginning of a claim."""


def _lead_moved(claim: str, mine: Quantity, one: _Stated, other: _Stated) -> bool:
    """Whether the first word of the claim that tells two clauses of a sentence apart stands in the first clause alone.

    The baseline solves 27, which the source says of the agent.
    """
    kinds = {one.quantity.kind, other.quantity.kind}
    if one.text != other.text or one.quantity.unit != other.quantity.unit or not (len(kinds) == 1 or kinds == {"count", "number"}):
        return False
    if mine.noun and not one.quantity.noun and one.quantity.start < other.quantity.start:
        return False  # a noun is left out where it was said before
    ours, theirs = _clause_of(one).words, _clause_of(other).words
    if ours == theirs:
        return False
    lead = _SETTING.sub("", claim[: mine.start])
    told = next((word for word in _contents(lead) if (word in ours) != (word in theirs)), None)
    counted = set(terms(mine.noun))
    first = next((word for word in theirs if word not in counted), theirs[0])
    return told is not None and told in ours and first not in terms(claim)


_TOKEN = re.compile(r"[A-Za-z][\w-]*(?:@\d+)?")


_CLOSE = 0.75
"""The places beside two quantities are told apart only if the sentence holds at least this share of the claim's words."""


def _is_close(claim: str, source: str) -> bool:
    """Whether a claim is close to the wording of the source: far from it, words stand beside others than there."""
    words = _tokens(claim)
    return len(words & _tokens(source)) >= _CLOSE * len(words)


def _slots(stated: _Stated) -> tuple[set[str], set[str]]:
    """The words of the clause of a quantity that stand before and behind it."""
    clauses = _clauses(stated.text)
    at = _clause_at(clauses, stated.quantity)
    before = stated.text[clauses[at - 1].end if at else 0 : stated.quantity.start]
    return _tokens(before), _tokens(stated.text[stated.quantity.end : clauses[at].end])


def _tokens(text: str) -> set[str]:
    return {_coarse(word) for word in map(str.lower, _TOKEN.findall(text)) if word not in STOP_WORDS and word not in _NUMERIC}


def _slot_moved(claim: str, mine: Quantity, one: _Stated, other: _Stated) -> bool:
    """Whether the claim has beside its quantity what stands beside the first in the source, and not beside the second.

    "In frost a charge lasts 18 to 22 h", which the source says of room temperature.
    """
    roles, kinds = {one.quantity.role, other.quantity.role}, {one.quantity.kind, other.quantity.kind}
    if one.text != other.text or not (len(roles) == 1 or roles == {"part", ""}):
        return False
    if not (len(kinds) == 1 or kinds == {"count", "number"}):
        return False
    words = _tokens(claim)
    if not (mine.unit or mine.noun or mine.step < 1) or not _is_close(claim, one.text):
        return False
    for first, second in zip(_slots(one), _slots(other), strict=True):
        own, instead = words & first - second, second - first - _tokens(mine.noun)
        if own and instead and not words & instead:
            return True
    return False


def _fits_better(claim: str, one: tuple[float, _Stated], other: tuple[float, _Stated]) -> bool:
    """Whether the first is of what the claim is about, and the second is not: by far more words, or by the name in its clause."""
    names, ours = _names(claim), set(terms(claim))
    beside = _clause_of(other[1]).words
    strange = sum(word not in ours for word in beside)
    own = set(beside) - set(_clause_of(one[1]).words)
    told = one[1].text == other[1].text and bool(own & ours)  # a word of the claim stands beside the second alone
    if one[0] >= other[0] + _BETTER and other[0] < _FITS and 2 * strange > len(beside) and not told:
        return True
    first, second = (_clause_of(stated).names for _, stated in (one, other))
    return one[0] >= _ACCUSED and bool((names & first) - second) and first <= ours and not second <= ours


def _clause_of(stated: _Stated) -> _Clause:
    clauses = _clauses(stated.text)
    return clauses[_clause_at(clauses, stated.quantity)]


_COMPARISON = re.compile(r"(?i)\b(?:than|compared\s(?:to|with)|relative\sto|as\sthat\sof|as)\b")
_TURNED: dict[Manner, Manner] = {"more": "less", "less": "more", "faster": "slower", "slower": "faster", "": ""}


def _seen_from(claim: str, mine: Quantity, source: str, theirs: Quantity) -> Quantity:
    """A source's multiple as the claim sees it, which may name first what the source names last: B is 80 times larger than A."""
    if mine.kind != theirs.kind or mine.kind not in ("ratio", "change", "points") or theirs.role:
        return theirs
    ours, other = _sides(claim, mine), _sides(source, theirs)
    if not ours or not other:
        return theirs
    straight = len(ours[0] & other[0]) + len(ours[1] & other[1])
    crossed = len(ours[0] & other[1]) + len(ours[1] & other[0])
    return theirs._replace(manner=_TURNED[theirs.manner]) if crossed > straight else theirs


def _sides(text: str, quantity: Quantity) -> tuple[set[str], set[str]] | None:
    """The words before a multiple, and behind the "than" that follows it, without those that are on both sides."""
    comparisons = list(_COMPARISON.finditer(text, quantity.end))
    if not comparisons:
        return None
    end = comparisons[-1].end()
    before, behind = set(_contents(text[max(0, quantity.start - 120) : quantity.start])), set(_contents(text[end : end + 80]))
    return before - behind, behind - before


_GAP = re.compile(
    r"(?i)\b(?:by|gap|lead\w*|ahead|behind|margin|differ\w*|improv\w+|gain\w*|better|worse|higher|lower|more|less|ris\w+|points?)\b"
)


def _slight(one: Quantity, other: Quantity) -> bool:
    """Whether a change is too small to be what a multiple speaks of."""
    return (one if one.kind == "change" else other).value < _SLIGHT


_SLIGHT = 20
"""A change of fewer per cent is never stated as a multiple."""


def _denies(claim: str, source: str) -> bool:
    """Whether a claim has a negation that its source does not have."""
    held = {match.group().lower() for match in _DENIED.finditer(source)}
    return any(match.group().lower() not in held for match in _DENIED.finditer(claim))


_EARLIER = re.compile(
    r"(?i)\b(?:before|previous\w*|earlier|former\w*|prior|old(?:er)?|predecessors?|originally|initially|had|was|were|others?)\b"
)
_IN_TOTAL = re.compile(r"(?i)\b(?:total\w*|altogether|overall|combined|in\sall)\b")
_BOUNDING = frozenset(stem for word in BOUND_WORDS for stem in terms(word))
_DENIED = re.compile(r"(?i)\b(?:not|no|never|without|un\w+)\b|n['’]t\b")
_FARTHER = re.compile(r"(?i)\b(?:closer|further|farther|ahead|above|below|higher|lower|more|less|better|worse|apart)\b")


def _loosely(claim: str, mine: Quantity, other: Quantity) -> bool:
    """Whether two quantities differ so much in kind that nearby words cannot show them to be the same: a number and a count."""
    bare = [quantity for quantity in (mine, other) if quantity.kind == "number"]
    if mine.kind == "number" and (other.kind == "count" or other.role):
        return not mine.role
    if (other.bound == "vague" and mine.kind == "number") or (
        {mine.kind, other.kind} == {"ratio", "change"} and _slight(mine, other)
    ):
        return True
    if {mine.kind, other.kind} in ({"points", "share"}, {"points", "change"}, {"change", "share"}):
        return True
    if not bare or mine.role or other.role:
        return False
    if len(bare) == 2:
        return (mine.step < 1) != (other.step < 1) or bool(_FARTHER.search(claim[mine.end : mine.end + 25]))
    return {mine.kind, other.kind} == {"number", "share"} and bare[0].step >= 1 or (bare[0].value == 1 and bare[0].step >= 1)


def _misplaced(claim: str, mine: Quantity, source: str, other: Quantity, relation: Relation) -> bool:
    """Whether a quantity that arithmetic made does not answer to the claim's words."""
    if relation == "conflicts" and _loosely(claim, mine, other):
        return True
    if other.role == "difference" and other.kind == "points" and mine.kind != "points":
        return relation == "conflicts" or not _GAP.search(claim)
    if other.kind == "points" and mine.kind in ("number", "share") and not _GAP.search(claim):
        return True
    if (
        mine.kind == "points"
        and other.kind in ("number", "share")
        and not other.role
        and not _GAP.search(source[max(0, other.start - 25) : other.start])
    ):
        return True
    if other.role == "rest":
        verb = terms(source[max(0, other.start - 30) : other.start])
        held = set(terms(source))
        own = any(word not in held and word not in _BOUNDING for word in _contents(claim)) or _denies(claim, source)
        return relation == "conflicts" or not own or bool(verb and verb[-1] in terms(claim))
    if other.role == "sum" and other.kind == "share":
        return not set(terms(other.noun)) & set(terms(claim))
    if other.role == "sum":
        return relation == "conflicts" and not _IN_TOTAL.search(claim)
    return other.role == "before" and (relation == "conflicts" or (other.kind == "count" and not _EARLIER.search(claim)))
