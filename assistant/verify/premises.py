"""The figures that a question asserts, held against the paper that the question is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assistant import text
from assistant.config import fitted
from assistant.text.quantities import Quantity, compare, derived, quantities, same_quantity
from assistant.text.terms import terms
from assistant.text.view import View
from assistant.types import Paper
from assistant.verify.injection import without

_FIT = fitted("premise")
_ACCUSED: float = _FIT["accused"]
"""A quantity of the paper denies an asserted one only if their likeness by `same_quantity` reaches this."""
_AHEAD: float = _FIT["ahead"]
"""The quantity that denies must be more alike than any that grants by at least this, and the other way round."""
_COMPUTED: float = _FIT["computed"]
"""The likeness of a quantity computed from two of the paper is reduced by this."""
_GRANTED: float = _FIT["confirmed"]
"""A quantity of the paper confirms a yes-or-no question only if their likeness reaches this."""
_TOLD: float = _FIT["told"]
"""A matching figure confirms a statement only if its sentence holds at least this share of the statement's other words."""
_SIZE = re.compile(r"\d[\d.]*\s?[BM](?![\s-](?:[\w-]+\s){0,2}?(?:param|token|word|byte))\b")
"""A number that states a model's size as a part of its name: 32B, but not 32B parameters."""
_TOGETHER = re.compile(r"(?i)\b(?:together|altogether|combined|in total|in all|sum|jointly)\b")
"""Words with which a question asks for a sum."""
_INSIDE = "-^/@_*"
"""Characters that join a number to the name in front of it: IMO-AG-30, pass@32."""
_KINDS = frozenset("count share points change ratio money measure number".split())
"""Kinds of quantities that a question can be wrong about; years and ranks are names more often."""


class Answered(NamedTuple):
    """What a paper says of a figure that a question asserts."""

    denied: bool
    """The paper gives another value for the same quantity."""
    said: str
    """The quantity as the paper writes it: "96,962"; empty where several are as like."""
    start: int
    end: int
    """Offsets in the abstract of the sentence that says so."""


class _Stated(NamedTuple):
    quantity: Quantity
    whole: float | None
    """The whole that the quantity is a part of, where the text states it: 30 for 25 of 30."""
    near: str
    """The sentence, and the one before it; the offsets of the quantity are those in this text."""
    start: int
    end: int
    """Offsets of the sentence in the view of the abstract."""
    computed: bool


class _Compared(NamedTuple):
    denies: bool
    likeness: float
    said: str
    in_digits: bool
    """Whether the question writes its number in digits: "eight" may count what the question itself names."""
    start: int
    end: int


def checked(statement: str, paper: Paper, *, polar: bool) -> Answered | None:
    """What `paper` says of the figures that a question asserts.

    Args:
        statement: what the question takes for granted or wants to be confirmed.
        paper: the paper that the question is about.
        polar: whether the question is answered by yes or no.

    Returns:
        The denial of the figure that is most surely of the same quantity; for a question answered by yes or no else the
        confirmation; None where the question asserts no figure or the paper gives none for the same quantity.
    """
    claim = View(statement).text
    asserted = quantities(claim)
    mine = [quantity for quantity in asserted if _asserted(quantity, claim, paper.title)]
    if not mine:
        return None
    view = View(without(paper.abstract))
    stated = list(_stated(view.text))
    found = [answer for quantity in mine if (answer := _compared(quantity, _whole(quantity, asserted), claim, stated))]
    denied = [answer for answer in found if answer.denies]
    best = max(denied or found, key=lambda answer: (answer.in_digits, answer.likeness), default=None)
    if best is None:
        return None
    if not denied and (not polar or len(found) < len(mine) or _told(claim, asserted, view.text, best, paper) < _TOLD):
        return None
    start, end = view.original_span(best.start, best.end)
    return Answered(best.denies, best.said, start, end)


def _told(claim: str, asserted: Sequence[Quantity], content: str, best: _Compared, paper: Paper) -> float:
    """The share of the content words of a statement, its quantities aside, that a sentence and the title of its paper hold."""
    for quantity in asserted:
        claim = claim[: quantity.start] + " " * (quantity.end - quantity.start) + claim[quantity.end :]
    words = set(terms(claim))
    return len(words & {*terms(content[best.start : best.end]), *terms(paper.title)}) / len(words) if words else 1.0


def _asserted(quantity: Quantity, claim: str, title: str) -> bool:
    """Whether a quantity can be right or wrong: no part of a name, no rank, no year, not the whole that a part is of."""
    if quantity.kind not in _KINDS or quantity.bound == "vague" or quantity.role == "whole":
        return False
    if _named(quantity, claim) or quantity.value in {other.value for other in quantities(title)}:
        return False
    return quantity.text[:1].isdigit() or quantity.kind != "number"


def _named(quantity: Quantity, content: str) -> bool:
    """Whether a number is a part of a name."""
    before, behind = content[max(0, quantity.start - 1) : quantity.start], content[quantity.end : quantity.end + 1]
    if before in _INSIDE and before or behind == "/":
        return True
    return quantity.kind == "count" and bool(_SIZE.match(content, quantity.start))


def _stated(content: str) -> Iterator[_Stated]:
    last = 0
    for start, end in text.sentences(content):
        own = quantities(content[start:end])
        named = {quantity for quantity in own if _named(quantity, content[start:end])}
        for quantity in (*own, *derived(own)):
            if quantity not in named:
                whole = _whole(quantity, own)
                moved = quantity._replace(start=quantity.start + start - last, end=quantity.end + start - last)
                yield _Stated(moved, whole, content[last:end], start, end, computed=quantity not in own)
        last = start


def _whole(quantity: Quantity, among: Sequence[Quantity]) -> float | None:
    """What a quantity is a part of, in the order in which the two are written."""
    if quantity.role != "part" or quantity not in among:
        return None
    at = list(among).index(quantity)
    return next((other.value for other in among[max(0, at - 1) : at + 2] if other.role == "whole"), None)


def _compared(mine: Quantity, whole: float | None, claim: str, stated: list[_Stated]) -> _Compared | None:
    """What the likest quantity of the paper says of one that the question asserts; None where none is surely the same one."""
    grants, denies = list[tuple[float, int]](), list[tuple[float, int]]()
    for at, other in enumerate(stated):
        quantity = other.quantity
        relation = compare(mine, quantity)
        left = other.computed and quantity.role == "rest" and quantity.kind == "share"  # a yes or no needs what is stated
        if relation == "unrelated" or left or quantity.role == "whole" or (quantity.role == "sum" and not _TOGETHER.search(claim)):
            continue
        likeness = same_quantity(claim, mine, other.near, quantity)
        if relation == "holds":
            grants.append((likeness - (_COMPUTED if other.computed else 0.0), at))
        elif not other.computed and whole == other.whole and _alike(mine, quantity):
            denies.append((likeness, at))
    granted, denied = max(grants, default=(0.0, -1)), max(denies, default=(0.0, -1))
    if denied[0] >= max(_ACCUSED, granted[0] + _AHEAD):
        return _read(mine, denied, denies, stated, denies_it=True)
    sure = granted[0] >= max(_GRANTED, denied[0] + _AHEAD) and not stated[granted[1]].computed
    if sure and whole == stated[granted[1]].whole:
        return _read(mine, granted, grants, stated, denies_it=False)
    return None


def _read(
    mine: Quantity, best: tuple[float, int], among: list[tuple[float, int]], stated: list[_Stated], *, denies_it: bool
) -> _Compared:
    likeness, at = best
    other = stated[at]
    rivals = {stated[place].quantity.value for like, place in among if like > likeness - _AHEAD and not stated[place].computed}
    said = other.quantity.text if len(rivals) == 1 else ""
    return _Compared(denies_it, likeness, said, mine.text[:1].isdigit(), other.start, other.end)


def _alike(mine: Quantity, other: Quantity) -> bool:
    """Whether two quantities are of one kind, and count by a noun where one of them does."""
    if mine.kind == "count" and not (mine.noun and other.noun):
        return False
    return mine.kind == other.kind and other.bound != "vague" and other.role not in ("before", "whole")
