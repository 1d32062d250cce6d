"""The figure of a paper that a column asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from assistant.table.abstracts import Abstract, Line
from assistant.table.columns import Asked
from assistant.text.comparing import kin
from assistant.text.quantities import compare, quantities
from assistant.text.stems import stem
from assistant.text.terms import terms
from assistant.text.units import DIMENSIONS, Quantity


class Figure(NamedTuple):
    """A figure that answers a column."""

    line: Line
    quantity: Quantity
    fits: float
    """How well it is of the kind that the column asks for, 0..1."""
    score: float
    """Rises with how surely it is the one asked for, 0..1."""


_KIN = kin(
    "examples samples instances cases records pairs",
    "models llms lms",
    "methods approaches techniques algorithms",
    "datasets corpora benchmarks",
)
"""Nouns of one group can count the same things."""
_DATA = re.compile(
    r"\b(?:data ?sets?|training data|corpus|corpora|benchmark|collection|database|suite|test set|training set|it|which|that)\b"
    r"[^.;]{0,40}?"
    r"(?:\b(?:of|has|have|hold\w*|compris\w*|consist\w*|contain\w*|includ\w*|with|featur\w*|compos\w*|total\w*|offer\w*"
    r"|yields?)\b|[:,(])"
    r"(?:\s[\w-]+){0,4}\s\(?$",
    re.IGNORECASE,
)
"""Words before a figure that counts what a data set holds."""
_OTHERS = re.compile(
    r"(?:\bvs\.?\s|\b(?:compared (?:with|to)|against|versus|than|previous\w*|prior|earlier|before|ahead of|surpass\w*|exceed\w*"
    r"|beat\w*"
    r"|whereas|while|instead of|relative to|up from|available from)\b)[^.;,]{0,40}$",
    re.IGNORECASE,
)
"""Words before a figure of another work."""
_SPEED = re.compile(r"(?i)\b(?:fast\w*|speed\w*|sped|accelerat\w*|sooner|quick\w*)\b")
_BORROWED = re.compile(r"(?i)\b(?:existing|previous|prior|earlier|most|typically|usually|often|recent) ")
_BESIDE = 20
"""A word of the column this many characters from a figure stands beside it."""
_NEAR = 100.0
"""A word this many characters further away counts half."""
_FITS = 0.9
"""A figure is surely of the kind asked for if it fits this well."""
_OPENS, _WHOLE = 12, 0.8
"""A name within the first characters of a sentence ("On miniF2F, ...") is that of all its figures, which then score this."""
_TIED = 0.05
"""Figures whose scores differ by less are equally likely."""
_LEAST = 0.45
"""A figure answers if its score reaches this; chosen on the tuning half of the tables."""


def figure(abstract: Abstract, asked: Asked) -> Figure | None:
    """The figure of a paper that a column asks for; None where the paper gives none."""
    asked = _on_names(abstract, asked)
    given = [one for at, line in enumerate(abstract.lines) for one in _of(line, asked, _goes_on_from(abstract, at, asked))]
    found = [one for one in given if one.score >= _LEAST]
    if not found:
        return None
    best = max(found, key=lambda one: one.score)
    top = [one for one in found if one.score >= best.score - _TIED]
    if asked.best:  # any score of a sentence that gives one
        top = [one for one in given if one.fits >= _FITS and any(one.line is other.line for other in found)] or top
    if asked.measure == "level" and not _is_error(asked):
        return max(top, key=lambda one: one.quantity.value)
    return top[0]


def _on_names(abstract: Abstract, asked: Asked) -> Asked:
    """A score that names no benchmark as one on the names of the question, where the paper has such a score."""
    if asked.measure != "level" or asked.named or not asked.about:
        return asked
    for name in asked.about:
        narrow = replace(asked, named=(name,), about=())
        if any(one.score >= _LEAST for line in abstract.lines for one in _of(line, narrow, False)):
            return narrow
    return asked


def _goes_on_from(abstract: Abstract, at: int, asked: Asked) -> bool:
    """Whether a sentence goes on with results on the names of the column, which the sentence before holds, and names no others."""
    if at == 0 or asked.measure != "level" or not asked.named:
        return False
    before, line = abstract.lines[at - 1 : at + 1]
    told = all(name in before.folded for name in asked.named) and any(one.kind == "share" for one in before.quantities)
    return told and not _ELSEWHERE.search(line.text) and bool(_SCORED.search(line.text))


_ELSEWHERE = re.compile(r"\b(?:[Oo]n|[Ff]or|[Ii]n|[Oo]f|[Aa]cross)\s(?:the\s)?[A-Z]\w*[A-Z0-9]|\b[Oo]n\s(?:the\s)?[A-Z]\w+")
_FOLLOWED = 0.6
"""A figure of a sentence that goes on from the one with the name counts this much."""


def of_kind(line: Line, value: str, asked: Asked) -> bool:
    """Whether a figure that a sentence states is of the kind that a column asks for."""
    wanted = quantities(value)
    return any(
        compare(one, quantity) == "holds" and _fits(line, quantity, asked) > _OTHER
        for one in wanted
        for quantity in line.quantities
    )


_OTHER = 0.4
"""A figure of another work fits at most this well."""


def _is_error(asked: Asked) -> bool:
    return not {"error", "perplex", "wer", "cer", "fid"}.isdisjoint(asked.keys)


def _of(line: Line, asked: Asked, follows: bool) -> Iterator[Figure]:
    held = _FOLLOWED if follows and not all(name in line.folded for name in asked.named) else _held(line, asked)
    if held is None:
        return
    for quantity in line.quantities:
        fits = _fits(line, quantity, asked)
        if fits and line.asserts(quantity):
            yield Figure(line, quantity, fits, fits * _nearness(line, quantity, asked) * held)


def _held(line: Line, asked: Asked) -> float | None:
    """The share of the words of a column that a sentence holds; None where it lacks a name, or all of them."""
    if any(name not in line.folded for name in asked.named):
        return None
    if asked.measure in ("count", "parameters", "size", "years") or not asked.keys:
        return 1.0
    share = sum(key in line.stems for key in asked.keys) / len(asked.keys)
    return share if share > 0.5 or (share == 0.5 and asked.named) else None


def _nearness(line: Line, quantity: Quantity, asked: Asked) -> float:
    """1 where the words of a column lead to a figure ("an accuracy of 57.6%"), less where they stand further away."""
    if asked.measure in ("count", "parameters", "size", "years"):
        return 1.0
    names = [[match.span() for match in re.finditer(re.escape(name), line.text.lower())] for name in asked.named]
    words = [(match.span(), terms(match.group())) for match in re.finditer(r"[\w-]+", line.text)]
    keys = [[span for span, stems in words if key in stems] for key in asked.keys]
    if asked.measure == "level" and not any([*names, *keys]):  # "best score"
        keys = [[match.span() for match in _SCORED.finditer(line.text)]]
        if not keys[0]:
            return 0.0
    near = [max(_WHOLE * (own[0][0] <= _OPENS), *(_beside(line, quantity, span) for span in own)) for own in names if own]
    near += [max(_beside(line, quantity, span) for span in own) for own in keys if own]
    return sum(near) / len(near) if near else 1.0


def _beside(line: Line, quantity: Quantity, span: tuple[int, int]) -> float:
    start, end = span
    if end <= quantity.start and _LEADS.fullmatch(line.text, end, quantity.start):
        return 1.0
    between = line.text[end : quantity.start] if end <= quantity.start else line.text[quantity.end : start]
    apart = 0.5 if _APART.search(between) else 0.9
    return apart / (1 + max(0, len(between) - _BESIDE) / _NEAR)


_SCORED = re.compile(
    r"(?i)\b(?:scor\w+|accurac\w+|f1|pass@\w+|win[- ]rates?|solv(?:es|ed)|prov(?:es|ed)|success rates?|exact match|bleu"
    r"|rouge\S*|auc"
    r"|auroc|m?ap|ndcg|dice|m?iou|attain\w*|reach\w*|retains?)\b"
)
"""Words beside a figure that is a score."""
_APART = re.compile(r"[;:]|\b(?:while|whereas|but|although)\b|, (?:and|with|which)\b")
_LEADS = re.compile(r"(?:\s[a-z]+){0,2}\s?(?:of|is|was|at|to|by|reaches|:|=|\(|,)\s?(?:about |up to |only |just |nearly |[$~(])?")
"""What stands between a word of the column and the figure that it leads to."""


def _fits(line: Line, quantity: Quantity, asked: Asked) -> float:
    """How well a figure is of the kind that a column asks for, from 0 to 1."""
    before = line.text[max(0, quantity.start - 60) : quantity.start]
    if quantity.role in ("from", "before") or quantity.kind == "year":
        return float(asked.measure == "years" and quantity.bound == "range")
    match asked.measure:
        case "count":
            return _counts(quantity, asked, line)
        case "parameters":
            return _parameters(line, quantity)
        case "size":
            return _size(line, quantity)
        case "move":
            return _moves(quantity, asked, line, before)
        case "speed":
            return _speed(quantity, line)
        case "level":
            return _level(line, quantity, before)
        case _:
            return float(_plainly(quantity, asked))


def _plainly(quantity: Quantity, asked: Asked) -> bool:
    """Whether a figure is of a kind that its unit tells."""
    match asked.measure:
        case "share":
            return quantity.kind in ("share", "change")
        case "factor":
            rate = quantity.per or DIMENSIONS.get(quantity.unit, ("",))[0] in ("bytes", "time")
            return quantity.kind in ("ratio", "change", "share") or bool(quantity.kind == "measure" and rate)
        case "time":
            return DIMENSIONS.get(quantity.unit, ("",))[0] == "time"
        case "years":
            return quantity.unit in ("year", "decade")
        case _:
            return quantity.kind == "measure" or (quantity.kind != "rank" and not quantity.noun)


def _counts(quantity: Quantity, asked: Asked, line: Line) -> float:
    part = quantity.role == "part" and asked.asks != "open"
    if part or quantity.kind not in ("count", "number") or not quantity.noun or not asked.nouns or quantity.bound == "vague":
        return 0.0
    counted = [stem(word) for word in re.findall(r"[a-z]+", quantity.noun)]
    while len(counted) > 1 and counted[-1].endswith("ed"):
        counted.pop()
    *others, head = [stem(word) for word in asked.nouns]
    akin = any(head in group and counted[-1] in group for group in _KIN)
    if head != counted[-1] and not akin:
        return 0.0
    near = set(counted) | {stem(word) for word in re.findall(r"[a-z]+", line.text.lower())}
    if asked.asks == "open":
        return float(head == counted[-1] and all(word in near for word in others))
    modified = sum(word in near for word in others) / len(others) if others else 1.0
    return (0.9 if head == counted[-1] else 0.7) + 0.1 * modified - (0.2 if _BORROWED.search(line.text) else 0.0)


def _size(line: Line, quantity: Quantity) -> float:
    if quantity.kind != "count" or quantity.bound == "vague" or quantity.value < _FEWEST or re.search("token|param", quantity.noun):
        return 0.0
    return float(bool(_DATA.search(line.text[: quantity.start])))


_FEWEST = 20
"""A data set holds at least this many things."""


def _parameters(line: Line, quantity: Quantity) -> float:
    if quantity.bound == "vague" or not any(map(str.isdigit, quantity.text)):
        return 0.0
    if quantity.noun and quantity.noun.split()[-1] in ("parameters", "parameter", "weights"):
        return 1.0
    if not re.fullmatch(r"[\d.]+[BMb](?:[-–][\d.]+[BMb])?", quantity.text) or not 1e7 <= quantity.value <= 1e13:
        return 0.0
    sized = _SIZED.match(line.text, quantity.end) or _SIZES.search(line.text[: quantity.start])
    return 0.9 if sized and not _NO_SIZE.match(line.text, quantity.end) else 0.0


_CHAIN = r"(?:,? ?(?:and|or|to|,)? ?~?[\d.]+[BMb])*+,?[\s-]?"
_SIZED = re.compile(
    rf"{_CHAIN}(?:(?:[\w-]+\s)?[\w-]+[\s-])?(?:models?|param\w*|LLMs?|LMs?|versions?|variants?|flagship|base|backbones?|networks?"
    rf"|transformers?"
    r"|provers?|weights|sizes?)\b"
)
_SIZES = re.compile(r"(?i)\b(?:models?|sizes?|scales?|LLMs?|at)\b[^.;]{0,25}$")
_NO_SIZE = re.compile(
    rf"{_CHAIN}(?:(?:[\w-]+\s){{0,2}}[\w-]+[\s-])?(?:tokens?|words|pairs|examples|samples|sentences|images|documents)\b"
)


def _moves(quantity: Quantity, asked: Asked, line: Line, before: str) -> float:
    if quantity.kind not in ("share", "change", "points", "ratio", "number", "measure") or not any(map(str.isdigit, quantity.text)):
        return 0.0
    if quantity.manner and (quantity.manner in ("less", "slower")) != asked.falls:
        return 0.0
    told = _FALL.search(line.text) if asked.falls else _RISE.search(line.text)
    moved = quantity.kind in ("points", "change") or (quantity.kind == "ratio" and quantity.manner)
    return float(bool(told and quantity.role != "to" and (moved or _is_move(line, quantity, before))))


def _is_move(line: Line, quantity: Quantity, before: str) -> bool:
    """Whether a figure says how far something moved: "by 5%", "+5%", "a gain of 5%", "5% accuracy gains"."""
    return bool(_MOVED.search(before) or _MOVING.match(line.text, quantity.end))


_NO_LEVEL = re.compile(
    r"\s?(?:of the time|confidence"
    r"|(?:of|as many|fewer|less|more) (?:the )?(?:[\w-]+ )?(?:features|parameters|data|tokens|samples|cost|memory)\b)"
)


def _goes_on(line: Line, quantity: Quantity) -> bool:
    """Whether a figure stands beside one that says how far something moved: by 2.9% here and 8.3% there."""
    before = [one for one in line.quantities if one.end <= quantity.start and one.kind == quantity.kind][-1:]
    return any(
        re.fullmatch(r"[^.;]{0,50}?(?:,|\band\b)\s(?:\w+\s){0,2}", line.text[one.end : quantity.start])
        and (one.manner or _is_move(line, one, line.text[max(0, one.start - 60) : one.start]))
        for one in before
    )


_MOVING = re.compile(
    r"(?:\sand\s\d[\d.]*%)?\s(?:[\w-]+\s){0,2}?(?:gain|improvement|increase|boost|reduction|decrease|drop|saving|speed-?up)s?\b"
)
_RISE = re.compile(r"(?i)\b(?:improv\w+|gain\w*|increas\w+|boost\w*|rais\w+|exceed\w*|surpass\w*|outperform\w*|better|higher)\b")
_FALL = re.compile(r"(?i)\b(?:reduc\w+|sav\w+|cut\w*|lower\w*|drop\w*|decreas\w+|fall\w*|loss\w*|less|fewer|smaller)\b")
_MOVED = re.compile(
    r"(?i)(?:\b(?:improvement|gain|increase|boost|reduction|decrease|drop|saving|loss|decline|advantage|margin)s?\sof"
    r"|\bby(?:\s(?:an?|its|the)\s(?:average|mean|margin|factor)\sof)?)"
    r"\s(?:[\d.]+%?,?\s(?:and\s)?){0,3}(?:up\sto\s|about\s|nearly\s|over\s|more\sthan\s|at\sleast\s|an?\s)?$|(?:^|[\s(])[+−-]$"
)


def _speed(quantity: Quantity, line: Line) -> float:
    before, behind = line.text[max(0, quantity.start - _ASIDE) : quantity.start], line.text[quantity.end : quantity.end + _ASIDE]
    if quantity.manner in ("less", "slower") or not any(map(str.isdigit, quantity.text)):
        return 0.0
    told = _SPEED.search(behind) or (quantity.kind == "ratio" and _SPEED.search(before))
    return float(quantity.kind in ("ratio", "change", "share") and bool(told))


_ASIDE = 30
"""A word of speed stands within this many characters of a speed-up."""


def _level(line: Line, quantity: Quantity, before: str) -> float:
    if quantity.kind == "share":
        fits = 1.0
    elif (
        quantity.kind == "number"
        and not quantity.noun
        and 0 <= abs(quantity.value) <= 100
        and (quantity.step < 1 or quantity.bound == "range")
    ):
        fits = 0.95
    else:
        return 0.0
    if not (any(map(str.isdigit, quantity.text)) or "percent" in quantity.text) or _NO_LEVEL.match(line.text, quantity.end):
        return 0.0
    moved = quantity.value < 0 or _is_move(line, quantity, before) or _goes_on(line, quantity)
    return 0.0 if moved else fits * (0.4 if _OTHERS.search(before) else 1.0)
