"""One quantity compared with another, and the arithmetic of one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import inf
from typing import Literal, NamedTuple

from assistant.text.stems import stem
from assistant.text.units import DIMENSIONS, FINE, HUNDREDTHS, LONG_TIMES, Bound, Manner, Quantity, Role

Relation = Literal["holds", "conflicts", "unrelated"]

_COMMON = (
    "people persons participants patients subjects individuals users respondents volunteers men women children adults students",
    "problems tasks questions exercises items challenges puzzles",
    "theorems lemmas propositions statements",
    "papers studies articles publications works abstracts trials",
    "pictures images photos photographs",
    "steps iterations rounds",
    "clinics hospitals centres centers sites",
)


def kin(*further: str) -> list[frozenset[str]]:
    """Make groups of nouns of which each can count the same things as the others: common groups, and `further` ones.

    Returns:
        The stems of each group.
    """
    return [frozenset(map(stem, group.split())) for group in (*_COMMON, *further)]


_KIN = kin("examples samples instances cases", "models systems methods approaches", "gpus cards accelerators")
"""Nouns of one group can count the same things in two texts."""


class _Interval(NamedTuple):
    low: float
    high: float
    low_open: bool
    high_open: bool

    def within(self, other: _Interval) -> bool:
        low = self.low > other.low or (_same(self.low, other.low) and (self.low_open or not other.low_open))
        high = self.high < other.high or (_same(self.high, other.high) and (self.high_open or not other.high_open))
        return low and high

    def apart(self, other: _Interval) -> bool:
        return _before(self, other) or _before(other, self)


def _before(one: _Interval, other: _Interval) -> bool:
    if _same(one.high, other.low):
        return one.high_open or other.low_open
    return one.high < other.low


def _same(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= 1e-9 * max(abs(one), abs(other)) < inf


def compare(claim: Quantity, source: Quantity) -> Relation:
    """What a source's quantity says about a claim's, both of the same thing.

    A claim holds where all that the source leaves possible lies in what the claim says, once rounded where the claim
    rounds. It conflicts where nothing does, or where the claim turns a bound into another. What the source leaves open is
    unrelated, as is another dimension, unit or noun.
    """
    if (told := _moved_apart(claim, source)) is not None:
        return told
    held = _in_terms_of(claim, source)
    if held is None:
        return "unrelated"
    loose = 0.5 * claim.step if claim.bound == "range" and claim.step > source.step * _scale(claim, source) else 0.0
    said = _Interval(claim.low - loose, claim.high + loose, claim.low_open, claim.high_open)
    if claim.bound == "up to" and source.bound != "most":
        return _up_to(claim, source, held)
    if claim.kind == "year" and claim.bound == "range" and source.bound == "range":
        return "holds" if held == said else "conflicts"
    if claim.bound == "more" and claim.unit in LONG_TIMES and held.low > _FAR * claim.value:
        return "conflicts"  # "over three months" is seldom said of three years
    if held.within(said):
        if claim.bound == source.bound == "range" and said.high - said.low > _WIDER * (held.high - held.low):
            return "conflicts"  # a range names the ends that are reached
        return "unrelated" if claim.bound == "exact" and source.bound in ("range",) and held.low != held.high else "holds"
    if claim.low == claim.high and held.low == held.high:
        return "holds" if claim.bound != "exact" and _rounds(claim, held.low, source) else _otherwise(claim, held.low, source)
    if source.bound == "more" and source.unit in LONG_TIMES and claim.bound == "plain" and _names_same(claim, source, held):
        return "holds"  # "over three years" may be during them
    if held.apart(said):
        return (
            "unrelated" if _names_same(claim, source, held) and claim.bound == "plain" and source.bound != "range" else "conflicts"
        )
    return _partly(claim, source, held)


def _moved_apart(claim: Quantity, source: Quantity) -> Relation | None:
    """What the places of two quantities in a change tell before their values do."""
    if {claim.role, source.role} == {"from", "to"}:
        return "unrelated"
    moved = claim.kind == source.kind and claim.kind in ("change", "points")
    if (moved or claim.role == source.role == "difference") and {claim.manner, source.manner} in _OPPOSITE:
        return "conflicts"
    counted = {claim.kind, source.kind} & _COUNTED and claim.role != source.role
    return "unrelated" if counted and "difference" in (claim.role, source.role) else None  # 700 more than before, and 2,700


_FAR = 3.0
"""A claim "over T" conflicts with a source whose duration exceeds this multiple of T."""
_WIDER = 2.0
"""A claimed range that is more than this many times as wide as the range of the source conflicts."""
_OPPOSITE = ({"more", "less"}, {"faster", "slower"})


def _otherwise(claim: Quantity, value: float, source: Quantity) -> Relation:
    """Conflicts, but where the source rounds and the claim may say what it rounded."""
    rounded = (
        claim.step < source.step
        and source.bound == "plain"
        and abs(claim.value - value) <= 0.5 * source.step * _scale(claim, source)
    )
    return "unrelated" if rounded else "conflicts"


_COUNTED = frozenset({"count", "number", "measure"})


def _scale(claim: Quantity, source: Quantity) -> float:
    ours, theirs = DIMENSIONS.get(claim.unit), DIMENSIONS.get(source.unit)
    return theirs[1] / ours[1] if ours and theirs else 1.0


def _up_to(claim: Quantity, source: Quantity, held: _Interval) -> Relation:
    """Whether the highest value that the source gives is the one that the claim says is reached."""
    if held.high == inf:
        return "conflicts" if held.low > claim.high else "unrelated"
    if _same(held.high, claim.high) or _rounds(claim, held.high, source):
        return "holds"
    return "conflicts"


def _names_same(claim: Quantity, source: Quantity, held: _Interval) -> bool:
    ends = [end for end in (held.low, held.high) if abs(end) < inf]
    return bool(ends) and any(_same(claim.value, end) for end in ends)


_LOWER = frozenset({"more", "least"})
_UPPER = frozenset({"less", "most", "up to"})


def _partly(claim: Quantity, source: Quantity, held: _Interval) -> Relation:
    """What the source neither proves nor excludes."""
    if source.bound in ("about", "nearly") and claim.bound in ("plain", "about", "nearly"):
        value = source.value * _scale(claim, source)
        return "holds" if _same(claim.value, value) or _rounds(claim, value, source) else "unrelated"
    if claim.bound == "exact" and _names_same(claim, source, held) or claim.bound == "exact" and _same(claim.value, source.value):
        return "conflicts"
    if {claim.bound in _LOWER, source.bound in _LOWER} == {True, False} and {claim.bound, source.bound} <= _LOWER | _UPPER:
        return "conflicts" if _names_same(claim, source, held) else "unrelated"
    if claim.bound == "plain" and source.bound == "up to" and _same(claim.value, held.high):
        return "conflicts"
    if source.bound == "up to" and claim.bound in ("most", "less"):
        return "conflicts"  # what the source says is reached is beyond the claim's bound
    if source.bound == "range" and claim.bound == "about" and held.low <= claim.value <= held.high:
        return "holds"
    if source.bound == "range":  # both ends are reached
        return "conflicts" if claim.bound in ("range", "more", "least", "less", "most") else "unrelated"
    return "unrelated"


_FEW_ZEROS = 0.01
"""A rounded number such as 97,000 may differ from the exact one by at most this share of its value."""


def _rounds(claim: Quantity, value: float, source: Quantity) -> bool:
    """Whether a claim's number is `value` written with fewer digits."""
    step, finer = claim.step, source.step * _scale(claim, source)
    if claim.kind == "share" and source.kind == "number":
        finer *= 100
    away = abs(claim.value - value) * (1 - 1e-9)
    if claim.kind == "share" and not claim.text[:1].isdigit():
        return away <= 0.5  # half, a third
    if (step > finer or _scale(claim, source) != 1.0) and away <= 0.5 * step and (abs(claim.value) >= 10 * step or step < 1):
        return True
    round_to = claim.roundness
    return (
        abs(claim.value) >= 1000 and step >= 1 and round_to >= 100 and round_to > finer
        and away <= min(0.5 * round_to, _FEW_ZEROS * abs(claim.value)) and source.roundness < round_to
    )  # fmt: skip


_PERCENTS = frozenset({"share", "points", "change"})


def _in_terms_of(claim: Quantity, source: Quantity) -> _Interval | None:
    """What the source's quantity leaves possible, in the unit of the claim; None where the two cannot be compared."""
    held = _Interval(source.low, source.high, source.low_open, source.high_open)
    kinds = {claim.kind, source.kind}
    if claim.kind in _FACTORED and source.kind in _FACTORED and "ratio" in kinds:
        return _factors(claim, source)
    if kinds <= _PERCENTS:
        apart = _levels(claim, source) or (kinds == {"points", "change"} and "difference" in (claim.role, source.role))
        return None if apart else held
    if kinds == {"measure"} or kinds == {"money"}:
        return _converted(claim, source, held)
    if claim.role == source.role == "difference" and kinds <= _COUNTED | {"points"}:
        return held if claim.unit in (source.unit, "") or source.unit in ("", "points") else None
    if kinds <= {"count", "number"}:
        whole = claim.kind == "count" and claim.step >= 1 and source.step < 1 and source.kind == "number"
        return None if whole or not _same_noun(claim, source) else _rated(claim, source, held)
    if kinds == {"share", "number"}:
        return _fraction_of_one(claim, source, held)
    if kinds == {"points", "number"}:
        return held if "difference" in (claim.role, source.role) or not (claim.role or source.role) else None
    if kinds == {"measure", "number"} and not (claim.noun or source.noun):
        same = _same(held.low, claim.low) and _same(held.high, claim.high)
        return held if same and not claim.role and not source.role else None
    if kinds == {"rank"}:
        alike = claim.noun.split()[:1] == source.noun.split()[:1]
        return held if alike else None
    return held if kinds == {"year"} else None


def _levels(claim: Quantity, source: Quantity) -> bool:
    """Whether one is the start or end of a change and the other a difference."""
    moved = {"points", "change"}
    return (claim.kind in moved and source.role in ("from", "to")) or (source.kind in moved and claim.role in ("from", "to"))


def _converted(claim: Quantity, source: Quantity, held: _Interval) -> _Interval | None:
    if same_unit(claim.unit, source.unit):
        return _rated(claim, source, held)
    ours, theirs = DIMENSIONS.get(claim.unit), DIMENSIONS.get(source.unit)
    if claim.unit in HUNDREDTHS.get(source.unit, ()):
        factor = 0.01
    elif source.unit in HUNDREDTHS.get(claim.unit, ()):
        factor = 100.0
    elif ours and theirs and ours[0] == theirs[0]:
        factor = theirs[1] / ours[1]
    else:
        return None
    return _rated(claim, source, _Interval(held.low * factor, held.high * factor, held.low_open, held.high_open))


def _rated(claim: Quantity, source: Quantity, held: _Interval) -> _Interval:
    if not claim.per or not source.per or claim.per == source.per:
        return held
    factor = DIMENSIONS[claim.per][1] / DIMENSIONS[source.per][1]
    return _Interval(held.low * factor, held.high * factor, held.low_open, held.high_open)


def same_unit(one: str, other: str) -> bool:
    """Whether two units are one, or the one is a kind of the other: francs and Swiss francs."""
    return one == other or one.endswith(f" {other}") or other.endswith(f" {one}")


_LEAST_SHARE = 0.001
"""A smaller bare number, except 0, is no share of one."""


def _fraction_of_one(claim: Quantity, source: Quantity, held: _Interval) -> _Interval | None:
    """0.45 and 45%."""
    number = source if source.kind == "number" else claim
    if number.role or (number.step >= 1 and not _same(held.low, claim.low)):
        return None
    if 0 < number.value < _LEAST_SHARE:
        return None
    if not 0 <= number.value <= 1 or number.step >= 1:
        return held
    factor = 100 if number is source else 0.01
    return _Interval(held.low * factor, held.high * factor, held.low_open, held.high_open)


_FACTORED = frozenset({"ratio", "change", "share"})


def _factors(claim: Quantity, source: Quantity) -> _Interval | None:
    """A source's multiple, change or share as the claim states its own: 240% faster is 3.4 times as fast."""
    for one, other in ((claim, source), (source, claim)):
        if one.kind == "share" and (one.role or (other.kind == "ratio" and one.text[:1].isdigit())):
            return None  # 50% is a level more often than it is half of what was before
    low, high = _factor(source, source.low), _factor(source, source.high)
    if {_way(claim), _way(source)} in ({"faster", "less"}, {"slower", "more"}):
        low, high = 1 / low if low else inf, 1 / high if high else inf  # three times as fast takes a third of the time
    ends = [(_stated(claim, low), source.low_open), (_stated(claim, high), source.high_open)]
    ends.sort()
    if any(end != end for end, _ in ends):
        return None
    held = _Interval(ends[0][0], ends[1][0], ends[0][1], ends[1][1])
    unknown = {claim.kind, source.kind} == {"ratio", "change"} and not (claim.manner and source.manner)
    return None if unknown and not (_same(held.low, claim.low) and _same(held.high, claim.high)) else held


def _way(quantity: Quantity) -> Manner:
    return "less" if quantity.kind == "share" and not quantity.manner else quantity.manner


def _factor(quantity: Quantity, value: float) -> float:
    """A multiple, change or share as what the old value is multiplied by."""
    less = quantity.manner in ("less", "slower")
    if quantity.kind == "ratio":
        value = max(value, 0.0)
        return value if not less else (1 / value if value else inf)
    if quantity.kind == "change":
        return max(0.0, 1 - value / 100) if less else max(0.0, 1 + value / 100)
    return max(0.0, value / 100)


def _stated(quantity: Quantity, factor: float) -> float:
    """The inverse of `_factor`."""
    less = quantity.manner in ("less", "slower")
    if quantity.kind == "ratio":
        return factor if not less else (1 / factor if factor else inf)
    if quantity.kind == "change":
        return 100 * (1 - factor) if less else 100 * (factor - 1)
    return 100 * factor


def _same_noun(claim: Quantity, source: Quantity) -> bool:
    if not claim.noun or not source.noun:
        return True
    ours, theirs = stem(claim.noun.split()[-1]), stem(source.noun.split()[-1])
    return ours == theirs or any(ours in group and theirs in group for group in _KIN)


# Arithmetic


def derived(stated: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """What simple arithmetic makes of the quantities of one sentence.

    From 61.2 to 73.9: 12.7 points, 1.21 times, 20.8 % more. 9 of 40: the other 31, 22.5 %, 77.5 %. 61.2 and 73.9 without
    such words: their difference. 11 men and 9 women: 20, and the share of each.
    """
    found: list[Quantity] = []
    for one, other in pairwise(stated):
        if one.role == "from" and other.role == "to":
            found += _change(one, other)
        elif one.kind == "points" and other.role == "to" and one.manner in _SIGNS and other.kind in ("share", "number"):
            found.append(_made(other, other.value + _SIGNS[one.manner] * one.value, role="before"))
        elif {one.role, other.role} == {"part", "whole"}:
            part, whole = (one, other) if one.role == "part" else (other, one)
            found += _parts(part, whole)
        elif (
            one.kind == "share"
            and other.kind in ("count", "number")
            and other.step == 1
            and not other.role
            and other.start - one.end <= _OF_THE
        ):
            found.append(_made(other, one.value * other.value / 100, role="part"))
        elif other.kind == "ratio" and other.manner and one.kind in ("count", "number") and not one.role and other.value:
            found.append(_made(one, one.value / _factor(other, other.value), role="before"))
        elif (
            one.kind == "ratio" and other.kind in ("measure", "number", "count") and other.start - one.end <= 5 and one.unit == "x"
        ):
            found.append(_made(other, other.value / _factor(one, one.value), role="before") if _factor(one, one.value) else other)
    found += [_complement(share) for share in stated if share.kind == "share" and share.role == "" and 0 < share.value < 100]
    free = [quantity for quantity in stated if quantity.role == "" and quantity.low == quantity.high]
    found += _differences([quantity for quantity in free if quantity.kind in ("number", "share")])
    found += _more_of([quantity for quantity in free if quantity.kind in ("count", "number") and quantity.step >= 1])
    found += [_span(quantity) for quantity in stated if quantity.kind == "year" and quantity.bound == "range"]
    found += _sums([quantity for quantity in free if quantity.kind in ("count", "number") and quantity.step == 1])
    return tuple(found)


_SIGNS: dict[Manner, int] = {"more": -1, "less": 1}
"""The sign that leads from the level after a change back to the level before."""


def _made(near: Quantity, value: float, **changes: object) -> Quantity:
    return near._replace(low=value, high=value, value=value, low_open=False, high_open=False, bound="plain", **changes)  # pyright: ignore[reportArgumentType]


def _change(one: Quantity, other: Quantity) -> list[Quantity]:
    change = other.value - one.value
    way: Manner = "more" if change > 0 else "less"
    points = one.unit in ("%", "")
    step = min(one.step, other.step)
    difference = _made(one, round(abs(change), 9), role="difference", manner=way, step=step)
    counted = points and one.unit == "" and max(one.step, other.step) >= 1 and "count" in (one.kind, other.kind)
    found = [difference._replace(kind="points", unit="points") if points and not counted else difference]
    if one.value > 0 and other.value > 0:
        ratio = max(one.value, other.value) / min(one.value, other.value)
        found.append(_made(one, ratio, kind="ratio", unit="x", role="difference", manner=way, step=FINE, noun=""))
        percent = 100 * abs(change) / one.value
        found.append(_made(one, percent, kind="change", unit="%", role="difference", manner=way, step=FINE, noun=""))
    return found


def _parts(part: Quantity, whole: Quantity) -> list[Quantity]:
    found = [_share_of(part, part.value, whole.value, "part")]
    if part.bound == "plain" and whole.bound == "plain":
        found.append(_made(part, whole.value - part.value, role="rest"))
        found.append(_share_of(part, whole.value - part.value, whole.value, "rest"))
    return found


def _share_of(near: Quantity, value: float, whole: float, role: Role) -> Quantity:
    return _made(near, 100 * value / whole, kind="share", unit="%", role=role, step=FINE)


def _complement(share: Quantity) -> Quantity:
    """What is left of a whole: 30 % at most of at least 70 %."""
    return share._replace(
        low=100 - share.high, high=100 - share.low, low_open=share.high_open, high_open=share.low_open,
        value=100 - share.value, role="rest", bound=_SWAPPED.get(share.bound, share.bound), step=min(share.step, 1.0),
    )  # fmt: skip


_SWAPPED: dict[Bound, Bound] = {"more": "less", "less": "more", "least": "most", "most": "least", "up to": "least"}
_OF_THE = 8
"""A share and the number that it is a share of ("half of the eighty") have at most this many characters between them."""
_MANY = 6
"""At most this many quantities of one sentence are added up or subtracted."""


def _differences(levels: Sequence[Quantity]) -> list[Quantity]:
    return [
        _made(one, round(abs(one.value - other.value), 9), kind="points", unit="points", role="difference")
        for one, other in combinations(levels[:_MANY], 2)
        if one.kind == other.kind and one.step == other.step and one.value != other.value
    ]


def _more_of(counts: Sequence[Quantity]) -> list[Quantity]:
    """By how many one count is above another of the same noun, which the second may leave out: 240 farms and 310."""
    return [
        _made(one, abs(one.value - other.value), role="difference")
        for one, other in pairwise(counts[:_MANY])
        if one.noun and one.value != other.value and _same_noun(one, other)
    ]


def _span(years: Quantity) -> Quantity:
    """The years that a range of years lasts."""
    return _made(years, years.high - years.low, kind="measure", unit="year", step=1.0)


def _sums(counts: Sequence[Quantity]) -> list[Quantity]:
    near = all(other.start - one.end <= _NEAR for one, other in pairwise(counts))
    nouns = [quantity for quantity in counts if quantity.noun]
    if not 2 <= len(counts) <= _MANY or not nouns or not (near or counts[0].noun):
        return []
    total = sum(quantity.value for quantity in counts)
    if whole := next((quantity for quantity in counts if 2 * quantity.value == total), None):
        return [_share_of(quantity, quantity.value, whole.value, "part") for quantity in counts if quantity is not whole]
    if not all(_same_noun(quantity, nouns[0]) for quantity in nouns):
        return []
    shares = [_share_of(quantity, quantity.value, total, "sum") for quantity in nouns] if len(nouns) == len(counts) == 2 else []
    return [_made(nouns[0], total, role="sum"), *(shares if total > 0 else ())]


_NEAR = 30
"""Two numbers are added up, although one has no noun, if at most this many characters lie between them: 13 critical and 9 sparse
categories."""
