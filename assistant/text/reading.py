"""The quantities that a text states: numbers with what the words around them say of bound, noun, way and rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import inf

from assistant.text.counted import noun_before
from assistant.text.numerals import BREAKS, FIRST, START, built, noun_behind, pounds_of, read_at
from assistant.text.units import CURRENCIES, DIMENSIONS, FINE, LONG_TIMES, SPEEDS, UNITS, Bound, Kind, Manner, Quantity, Role

_MORE = frozenset(
    """more higher larger greater bigger better longer increase increases increased increasing gain gains gained improvement
    improvements improve improves improved improving rise rises rose rising risen growth grow grows grew boost boosts boosted lift
    lifts lifted raise raises raised raising ahead above additional uplift climb climbs climbed jump jumps jumped high large many
    much long great big likely accurate good often outperform outperforms outperformed exceed exceeds exceeded surpass surpasses
    surpassing outperforming exceeding beating leading beat beats double doubles lead leads""".split()
)
_LESS = frozenset(
    """less fewer lower smaller shorter cheaper worse reduction reductions reduce reduces reduced reducing decrease decreases
    decreased decreasing drop drops dropped dropping decline declines declined cut cuts cutting fall falls fell falling fallen loss
    lowers lowered lowering save saves saved saving savings shrink shrinks shrank shrunk compress compresses
    compressing below behind beneath few small little low
    short lag lags trails""".split()
)
_FASTER = frozenset(
    "faster quicker speedup speedups speed speeds sped acceleration accelerates accelerated sooner fast quick quickly".split()
)
_SLOWER = frozenset("slower slowdown slows slowed slow".split())
_WAYS: dict[str, Manner] = {
    **dict.fromkeys(_MORE, "more"),
    **dict.fromkeys(_LESS, "less"),
    **dict.fromkeys(_FASTER, "faster"),
    **dict.fromkeys(_SLOWER, "slower"),
}
MOVES = re.compile(
    r"(?i)\b(?:r[io]se[sn]?|rising|grow\w*|grew|climb\w*|go|goes|going|went|increas\w+|improv\w+|drop\w*|fall\w*|fell|decreas\w+|declin\w+"
    r"|reduc\w+|cut\w*|lower\w*|rais\w+|lift\w*|boost\w*|push\w*|shr[aiu]nk\w*|mov\w+|jump\w*|doubl\w+|halv\w+|sp[ee]+d\w*|br[io]+[nu]g\w*"
    r"|chang\w+|gain\w*|advanc\w+|slid\w*|sank|sink\w*|widen\w*|narrow\w*|up|down)\b"
)
"""Words that make "from A to B" a change, not a range."""
_SPANS = re.compile(r"(?i)\b(?:rang\w+|var(?:y|ies|ied|ying)|span\w*|last\w*)\W+$")

_BOUND_WORDS: dict[Bound, str] = {
    "more": "more than|over|above|exceeding|exceeds|exceed|exceeded|greater than|in excess of|beyond|upwards of|higher than"
    "|larger than|longer than|bigger than|surpassing|surpasses|surpassed|older than|better than|later than|north of|past",
    "least": "at least|no fewer than|no less than|not less than|not fewer than|minimum of|at a minimum|no lower than"
    "|no shorter than|no smaller than|not below",
    "less": "fewer than|less than|under|below|lower than|smaller than|shorter than|short of|younger than|earlier than|cheaper than",
    "most": "at most|no more than|not more than|maximum of|within|not exceeding|no longer than|no higher than|no larger than"
    "|no greater than|not over|not above",
    "up to": "up to|as many as|as much as|as high as|as large as|as long as|as big as",
    "about": "about|around|approximately|roughly|some|circa|ca|approx|on the order of|close to|in the region of|estimated"
    "|an estimated|or so|near",
    "nearly": "nearly|almost|nearing|approaching|just under|just below|slightly under|slightly below|slightly less than"
    "|slightly fewer than|just short of|not quite|just shy of|virtually",
    "exact": "exactly|precisely|always|invariably|consistently",
}
_BOUNDS: dict[str, Bound] = {words: bound for bound, group in _BOUND_WORDS.items() for words in group.split("|")}
BOUND_WORDS = frozenset(word for phrase in _BOUNDS for word in phrase.split()) | {"most", "majority", "minority"}
_BOUND_SIGNS: dict[str, Bound] = {
    ">": "more", "<": "less", ">=": "least", "<=": "most", "≥": "least", "≤": "most", "~": "about", "≈": "about", "∼": "about",
    "±": "most", "≳": "least", "≲": "most", "≫": "more", "≪": "less", "≃": "about",
}  # fmt: skip
_LONGEST_BOUND = 4
"""The words of a bound, such as "no more than", are at most this many."""
_FILLERS = frozenset("a an the only just merely well even still another total of".split())
_OVER_NO_BOUND = re.compile(
    r"(?i)\b(?:averag\w+|mean|improv\w+|gain\w*|advantage|win\w*|lead\w*|preferred|superior\w*|repeated|trained|runs?|ran|measured|observed)"
    r"\W+(?:[\w-]+\W+){0,2}$"
)
"""Words before "over" and "above" where these compare, or name a period, and state no bound."""
_SETTINGS = re.compile(r"\W{1,3}(?:[\w-]{1,40}\W{1,3})?(?:conditions?|settings?|regimes?|scenarios?|assumptions?|constraints?)\b")
_DENIED = re.compile(r"(?i)(?:\b(?:no|not|never|none|nor|without|cannot)\b|n['’]t\b)[^,.;:]{0,40}$")
_AFTER = re.compile(
    r"(?P<plus>\+(?!\w))|(?:\W(?:[\w-]{1,40}\s){0,2}?|\s)(?:(?P<more>or\s(?:more|above|over|higher|greater|longer|better)|and\s(?:above|over|more)|at\sleast)"
    r"|(?P<less>or\s(?:less|fewer|below|under|lower|shorter|earlier)|at\s(?:most|the\s(?:latest|most|longest)))|(?P<about>or\sso))\b"
)
_PER = re.compile(
    r"(?:\s[a-z-]{1,40}){0,2}?(?:\s?/\s?|\s(?:per|an?|each|every)\s)(second|sec|s|minute|min|hour|hr|h|day|week|month|year)s?(?!\w)"
)


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities that `text` states, in order.

    Digits inside a name ("GPT-4", "top-5", "pass@32"), labels ("Table 2"), dates, versions and identifiers are none.
    """
    return _remembered(text) if len(text) <= _LONG else _quantities(text)


def _quantities(text: str) -> tuple[Quantity, ...]:
    found: list[Quantity] = []
    at = 0
    for match in START.finditer(text):
        word = match.group()
        if match.start() < at or (word[0].isalpha() and word.lower() not in FIRST):
            continue
        read, at = read_at(text, match)
        if read:
            found.append(read)
    paired = _ranges(text, _wholes(text, found))
    return tuple(_described(text, quantity, paired, at) for at, quantity in enumerate(paired))


_LONG = 1_000
"""Longer texts, in characters, are not remembered. An answer holds a sentence against several others."""
_remembered = lru_cache(1024)(_quantities)


def _ranges(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """Neighbours that are the ends of a range are one; those of a change are "from" and "to"."""
    joined: list[Quantity] = []
    for quantity in _scaled(text, found):
        last = joined[-1] if joined else None
        between = text[last.end : quantity.start] if last else ""
        if last is None or len(between) > _APART or last.role or last.bound != "plain":
            joined.append(quantity)
        elif between in (" ", " and ", ", ") and _goes_on(last, quantity):
            factor = DIMENSIONS[quantity.unit][1] / DIMENSIONS[last.unit][1]
            value, step = last.value + quantity.value * factor, quantity.step * factor
            joined[-1] = built(text, last, "measure", value, step, quantity.end, last.unit)
        elif between in (" to ", " up to ", " down to ") or _TO_LATER.fullmatch(between):
            joined[-1:] = _from_to(text, last, quantity, between)
        elif _is_range(text, last, quantity, between):
            joined[-1] = _range(text, last, quantity)
        else:
            joined.append(quantity)
    return joined


_APART = 60
"""Two numbers can be one range, or part and whole, if at most this many characters lie between them."""


def _scaled(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """Numbers with the scale that only the next one names: 7 and 13 billion."""
    scaled = list(found)
    for at, (one, other) in reversed(list(enumerate(pairwise(found)))):
        other = scaled[at + 1]
        bare = one.kind == other.kind == "number" and one.text.isdigit() and text[other.end - 1].isalpha() and other.step >= 1000
        if bare and text[one.end : other.start] in (" and ", " or ", ", ", ", and ") and one.value < 1000:
            value = one.value * other.step
            scaled[at] = one._replace(low=value, high=value, value=value, step=other.step)
    return scaled


def _goes_on(one: Quantity, other: Quantity) -> bool:
    """Whether two times are one: 8 minutes and 20 seconds."""
    ours, theirs = DIMENSIONS.get(one.unit), DIMENSIONS.get(other.unit)
    if not ours or not theirs or ours[0] != "time" or theirs[0] != "time":
        return False
    return other.value * theirs[1] < ours[1] and one.step >= 1


_TO_LATER = re.compile(r"\s(?:[a-z]{1,20}\s){1,2}to\s")
_FROM = re.compile(r"(?i)\bfrom\s(?:about\s|roughly\s|just\s|only\s)?[$€£]?$")


def _is_range(text: str, low: Quantity, high: Quantity, between: str) -> bool:
    if between in ("-", "–") and _YEARS.fullmatch(text[low.start : high.end]):
        return True
    if between.strip() in ("-", "–", "—", "--") or (between.startswith("-") and high.start == low.end):
        return low.value < high.value and (not low.unit or low.unit == high.unit)
    return between.strip() == "and" and bool(
        re.search(r"(?i)\bbetween\s(?:about\s)?[$€£]?$", text[max(0, low.start - 16) : low.start])
    )


def _range(text: str, low: Quantity, high: Quantity) -> Quantity:
    first, last = low.value, high.value
    if _YEARS.fullmatch(text[low.start : high.end]) and last < 100:
        last += first - first % 100
    if not low.unit and high.step > 1 and last / high.step > first:
        first *= high.step if first * high.step < last else 1  # 1-2 million
    first, last = sorted((first, last))
    return high._replace(
        low=first,
        high=last,
        value=first,
        start=low.start,
        text=text[low.start : high.end],
        bound="range",
        step=min(low.step, high.step),
    )


def _from_to(text: str, one: Quantity, other: Quantity, between: str) -> list[Quantity]:
    before = text[max(0, one.start - 80) : one.start]
    units = {one.unit, other.unit} - {""}
    alike = len(units) < 2 and {one.kind, other.kind} & {"number", "measure", "share", "money"}
    origin = _FROM.search(before)
    if not alike or (_TO_LATER.fullmatch(between) and not origin):
        return [one, other]
    years = _YEARS.fullmatch(text[one.start : other.end])
    moved = (
        origin
        and not years
        and not _SPANS.search(before[: origin.start()])
        and (MOVES.search(before[: origin.start()]) or bool({one.unit, other.unit} & {"%"}) or one.step < 1)
    )
    if moved or (one.value > other.value and origin and not years):
        unit = units.pop() if units else ""
        kind = other.kind if other.unit else one.kind
        return [
            one._replace(role="from", unit=unit, kind=kind),
            other._replace(role="to", unit=unit, kind=kind),
        ]
    if between != " to " or one.value >= other.value:
        return [one, other]
    return [_range(text, one, other)]


_OF = re.compile(r"\s?/\s?|\s(?:out\s)?of\s(?:the\s|all\s|its\s|our\s|their\s|these\s|those\s|a\stotal\sof\s)?(?:[a-z]+['’]s?\s)?")
_OF_COMMA = re.compile(r"(?:\s[\w-]{1,40}){1,4},\s(?:only\s|just\s|some\s|about\s)?")


def _wholes(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """Pairs such as 9 of 40 get the roles of part and whole."""
    marked = list(found)
    for at, (one, other) in enumerate(pairwise(found)):
        between = text[one.end : other.start]
        if (
            other.kind != "number"
            or one.kind != "number"
            or marked[at].role
            or len(between) > _APART
            or min(one.value, other.value) < 0
        ):
            continue
        if one.value < other.value and _OF.fullmatch(between) and one.value == int(one.value):
            marked[at], marked[at + 1] = one._replace(role="part"), other._replace(role="whole")
        elif one.value > other.value and _OF_COMMA.fullmatch(between) and text[max(0, one.start - 3) : one.start].lower() == "of ":
            marked[at], marked[at + 1] = one._replace(role="whole"), other._replace(role="part")
    return marked


def _described(text: str, read: Quantity, around: Sequence[Quantity], at: int) -> Quantity:
    """A quantity with bound, noun, way and rate, as the words around it tell them."""
    before = text[around[at - 1].end if at else max(0, read.start - 60) : read.start][-60:]
    stop = around[at + 1].start if at + 1 < len(around) else len(text)
    read = _priced(text, read, before)
    if read.kind == "number" and read.low > 0 and _FACTOR.search(before):
        read = read._replace(kind="ratio", unit="x")
    noun = _noun_of(text, read, around, at)
    led = noun_before(text, read.start, read.end) if read.kind == "number" and not (noun or read.role) else None
    read, noun = _led(text, read, led.noun) if led else (read, noun)
    if read.kind == "number" and _is_year(text, read, noun, before):
        read = read._replace(kind="year")
    elif read.kind == "number":
        noun = "parameters" if _is_size(text, read, noun) else noun
        read = read._replace(kind="count" if noun and read.step >= 1 else "number")
    read = read._replace(noun=noun if read.kind != "year" else "")
    moved = around[at - 1].kind in ("points", "share", "ratio", "change") if at else False
    if not read.role and (role := "to" if moved and _ON_TO.fullmatch(before) else _moved(read, before)):
        read = read._replace(role=role)
    if read.kind in ("share", "ratio", "points") and not read.role:
        read = _moving(text, read, before)
    elif read.kind in ("number", "measure", "money") and not read.role and (saved := _SAVED.search(before)):
        read = read._replace(role="difference", manner="less" if saved[1].lower().startswith(("sav", "shav")) else "more")
    elif read.kind in ("count", "number", "measure") and not read.role and (beyond := _BEYOND.match(text, read.end)):
        read = read._replace(role="difference", manner=_WAYS.get(beyond[1], "more" if beyond[1] == "later" else "less"))
    if per := SPEEDS.get(read.text.rpartition(" ")[2]):
        read = read._replace(per=per)
    elif match := _PER.match(text, read.end, stop) or (_PER.match(led.rest) if led else None):
        read = read._replace(per=UNITS[match[1]])
    return _bounded(text, read, before)


def _noun_of(text: str, read: Quantity, around: Sequence[Quantity], at: int) -> str:
    """The noun behind a quantity, or behind the whole that the quantity is a part of."""
    if read.kind in ("points", "ratio"):
        return ""
    noun = _ranked(text, read) if read.kind == "rank" else noun_behind(text, read.end)
    if not noun and read.role == "part" and at + 1 < len(around) and around[at + 1].role == "whole":
        noun = noun_behind(text, around[at + 1].end)
    if not noun and read.role == "part" and at and around[at - 1].role == "whole":
        noun = noun_behind(text, around[at - 1].end)
    return noun


def _led(text: str, read: Quantity, noun: str) -> tuple[Quantity, str]:
    """A number with the noun before it: a count, or a measure or money where the noun is a unit ("Hours: 64")."""
    unit = noun.split()[-1]
    if unit in ("pound", "pounds"):
        sign, kind = pounds_of(text)
        return built(text, read, kind, read.value, read.step, read.end, sign), ""
    if unit in CURRENCIES:
        return built(text, read, "money", read.value, read.step, read.end, CURRENCIES[unit]), ""
    if unit not in UNITS:
        return read, noun
    if UNITS[unit] in ("x", "points") or (UNITS[unit] in LONG_TIMES and _YEAR.fullmatch(read.text)):
        return read, ""
    return built(text, read, "share" if UNITS[unit] == "%" else "measure", read.value, read.step, read.end, UNITS[unit]), ""


_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_SAVED = re.compile(
    r"(?i)\b(saves?|saved|saving|shaves?|shaved|gains?|gained|adds?)\s(?:(?:about|over|more\sthan|at\sleast|some|off|another)\s){0,2}$"
)
_LEVELS: frozenset[Kind] = frozenset({"share", "number", "count", "measure", "money"})
_MOVED_TO = re.compile(
    r"(?i)\b(?:r[io]se[sn]?|grow[sn]?|grew|climb\w*|increas\w+|improv\w+|drop\w*|fall\w*|fell|decreas\w+|declin\w+|reduc\w+|cuts?"
    r"|lower\w*|rais\w+|lift\w*|boost\w*|shr[aiu]nk\w*|jump\w*|down)\s(?:[\w-]{1,30}\s){0,4}to\s(?:about\s|just\s|only\s)?[$€£]?$"
)
_ON_TO = re.compile(r",?\s(?:up\s|down\s)?(?:to|reaching)\s(?:about\s|just\s)?[$€£]?")
_MOVED_FROM = re.compile(r"(?i)\b(?:up|down|increase|decrease|rise|drop|improvement)\sfrom\s(?:about\s|just\s|only\s)?[$€£]?$")
_BEYOND = re.compile(
    r"(?:\s[a-z-]{1,30}){0,2}\s(more|fewer|less|longer|shorter|higher|lower|faster|slower|earlier|later)\s(?:[a-z]+\s){0,6}than\b"
)


def _moved(read: Quantity, before: str) -> Role:
    """The place of a level in a change that names one end of two: "falls to 9.1%", "up from 12.4%"."""
    if read.kind not in _LEVELS or not (read.text[:1].isdigit() or read.text[:1] in CURRENCIES):
        return ""  # to a third is no level
    return "to" if _MOVED_TO.search(before) else "from" if _MOVED_FROM.search(before) else ""


_FACTOR = re.compile(r"(?i)\bfactors?\sof\s(?:[a-z]{2,10}\s){0,3}$")


_CODES = [name for name in CURRENCIES if len(name) == 3 and name.isupper()]
_PRICE = re.compile(rf"(?<![A-Za-z])(?:(?P<code>{'|'.join(_CODES)})|(?P<rupees>Rs\.?))\s?$")
"""A code of a currency before a number."""


def _priced(text: str, read: Quantity, before: str) -> Quantity:
    if read.kind not in ("number", "measure") or not before:
        return read
    unit, start = CURRENCIES.get(before[-1], ""), read.start - 1
    if not unit and before[-1] in " .s" or before[-1].isupper():
        code = _PRICE.search(before[-5:])
        unit = CURRENCIES[code["code"] or "rupee"] if code else ""
        start = read.start - len(code.group()) if code else start
    return read._replace(kind="money", unit=unit, start=start, text=text[start : read.end]) if unit else read


def _is_year(text: str, read: Quantity, noun: str, before: str) -> bool:
    written = text[read.start : read.end]
    if not (
        written.isdigit()
        and len(written) == 4
        and 1500 <= read.value < 2100
        or (read.bound == "range" and _YEARS.fullmatch(written))
    ):
        return False
    return not noun or bool(re.search(r"(?i)\b(?:in|of|since|by|from|until|during|before|after|to|year|early|late|the)\s$", before))


_YEARS = re.compile(r"(?:1[5-9]|20)\d\d(?:\s?[-–]\s?|\sto\s|\sand\s)(?:(?:1[5-9]|20)\d\d|\d\d)(?!\d)")


def _is_size(text: str, read: Quantity, noun: str) -> bool:
    """Whether a number with B behind it counts parameters that are not named: an 8B model."""
    return text[read.end - 1 : read.end] == "B" and read.value >= 1e8 and (not noun or bool(_SIZED.match(text, read.end)))


_SIZED = re.compile(r"[\s-](?:[a-z]{1,20}\s)?(?:model|version|variant|prover|LLM|network|parameter)s?\b")


_RANKS = re.compile(r"(?:\s(?!place|rank|position|spot)[A-Za-z][\w-]{0,40}){1,3}")


def _ranked(text: str, read: Quantity) -> str:
    """What is numbered rather than ranked: the second survey."""
    match = _RANKS.match(text, read.end) if read.text.lower() not in ("won", "wins", "runner-up") else None
    words = match.group().lower().split() if match else []
    stop = next(
        (at for at, word in enumerate(words) if word in BREAKS or word in ("behind", "after", "among", "overall")), len(words)
    )
    return " ".join(words[:stop])


_WAY_BEFORE = 12
"""The verb of "by 12%" is searched in this many words before."""


def _moving(text: str, read: Quantity, before: str) -> Quantity:
    """Shares and multiples that say how far something moved, and which way: 12% fewer, 3.4x faster, cut by half."""
    if read.kind == "share" and _FORMER.match(text, read.end) and 0 < read.value < 100:
        value = 100 / read.value
        return read._replace(kind="ratio", unit="x", low=value, high=value, value=value, step=FINE, manner="less", noun="")
    way = "more" if before.endswith("+") else read.manner
    behind = re.findall(r"[A-Za-z-]+", text[read.end : read.end + 40].partition(".")[0].partition(",")[0])[:3]
    ahead = re.findall(r"[A-Za-z-]+", _BY_FACTOR.sub("by ", re.split(r"[;:.]\s", before)[-1]))
    while ahead and ahead[-1].lower() in _FILLER_BOUNDS:
        ahead.pop()
    led = ahead[-1].lower() if ahead else ""
    if not way and behind and (behind[0] in _COMPARED or (behind[0] == "as" and len(behind) > 1)):
        way = _WAYS.get(behind[1] if behind[0] == "as" else behind[0], "")
    if not way and (led == "by" or (led == "of" and len(ahead) > 1 and ahead[-2].lower() in _WAYS)):
        acts = [word for word in map(str.lower, ahead[-_WAY_BEFORE:]) if word in _ACTS]
        way = _WAYS[acts[-1]] if acts else way
    if read.kind == "ratio" and way == "more" and behind[:2] == ["as", "long"] and _TAKES.search(before):
        way = "slower"
    if read.kind == "share" and way and (read.text[:1].isdigit() or led == "by" or (behind and behind[0] in _COMPARED)):
        return read._replace(kind="change", manner=way)
    return read._replace(manner=way if read.kind in ("ratio", "points") else "")


_BY_FACTOR = re.compile(r"\bby (?:a|the) factor of\s?$")
_TAKES = re.compile(r"(?i)\b(?:takes?|took|taken|taking)\s(?:[a-z]+\s){0,2}$")
_FORMER = re.compile(r"\sof\s(?:the|its|their|that)\s(?:former|original|previous|old|earlier|initial|prior|usual|full)\b")
_COMPARED = (_MORE | _LESS | _FASTER | _SLOWER) - frozenset(
    "high large many much long great big likely good few small little low short".split()
)
_ACTS = (_MORE | _LESS | _FASTER | _SLOWER) - frozenset(
    "high large many much long great big likely good few small little low short fast".split()
)
_FILLER_BOUNDS = frozenset(word for phrase in _BOUNDS for word in phrase.split()) | _FILLERS


def _bounded(text: str, read: Quantity, before: str) -> Quantity:
    """A quantity whose interval is what its bound leaves."""
    bound = _bound_before(before, text, read)
    if bound == "up to" and (read.role == "to" or _ADDS.search(before)):
        bound = "plain"
    if bound == "plain" and _EXACTLY.search(before):
        bound = "exact"
    if read.bound in ("range", "vague"):
        within = bound == "most" and before.rstrip().lower().endswith("within")
        return read if within or bound in ("plain", "about", "exact", "nearly") else _open(read, bound)
    if bound == "plain" and (after := _AFTER.match(text, read.end)):
        bound = "least" if after["plus"] or after["more"] else "most" if after["less"] else "about"
    return _open(read, bound)


def _bound_before(before: str, text: str, read: Quantity) -> Bound:
    """The bound that the words or signs before a number give it."""
    bare = before.rstrip()
    sign = next((bare[-length:] for length in (2, 1) if bare[-length:] in _BOUND_SIGNS), "")
    if sign == "±" and _SPREAD.search(bare[-8:]):
        return "plain"
    if sign:
        outer: Bound = _bound_before(bare[: -len(sign)], text, read) if sign in "±~" else "plain"
        return outer if outer != "plain" else _BOUND_SIGNS[sign]
    words = bare.split()
    while words and words[-1].lower() in _FILLERS and not any(" ".join(words[-n:]).lower() in _BOUNDS for n in (2, 3)):
        words.pop()
    for count in range(min(_LONGEST_BOUND, len(words)), 0, -1):
        phrase, ahead = " ".join(words[-count:]).lower().lstrip("(\"'“"), " ".join(words[:-count]) + " "
        bound = _BOUNDS.get(phrase)
        if bound and not _is_no_bound(phrase, ahead, text, read):
            return _DENIALS[bound] if bound in _DENIALS and _DENIED.search(ahead) else bound
    return "plain"


_ADDS = re.compile(r"(?i)\b(?:add|sum)(?:s|ed|med)?\sup\sto\s$")
_EXACTLY = re.compile(r"(?i)\b(?:always|invariably|exactly|precisely)\s(?:[a-z]+\s){0,4}$")
_SPREAD = re.compile(r"[\d%)]\s?±$")
_DENIALS: dict[Bound, Bound] = {"more": "most", "less": "least"}


def _is_no_bound(phrase: str, before: str, text: str, read: Quantity) -> bool:
    if phrase in ("over", "above", "past"):
        return (phrase == "past" and read.unit != "h") or bool(_OVER_NO_BOUND.search(before))
    if phrase in ("under", "within"):
        return bool(_SETTINGS.match(text, read.end)) or (phrase == "within" and read.kind == "rank")
    return phrase == "some" and read.kind not in ("number", "count", "measure", "money")


_NEAR = 0.05
""""About" and "nearly" allow a difference of this share of the value."""
_TENFOLD = 1.6
""""An order of magnitude" allows this factor in both directions."""


def _open(read: Quantity, bound: Bound) -> Quantity:
    low, high, value = read.low, read.high, read.value
    if read.unit == "orders":
        value = 10.0 ** min(value, 300)
        low, high, read = value / _TENFOLD, value * _TENFOLD, read._replace(unit="x", value=value, step=value / 2)
        bound = "about" if bound == "plain" else bound
        return read._replace(low=value if bound == "more" else low, high=inf if bound == "more" else high, bound=bound)
    if bound in ("more", "least"):
        return read._replace(low=high, high=inf, low_open=bound == "more", high_open=False, bound=bound)
    if bound in ("less", "most", "up to"):
        return read._replace(
            low=-inf, high=low if bound == "less" else high, high_open=bound == "less", low_open=False, bound=bound
        )
    if bound in ("about", "nearly"):
        near = 2 * _NEAR if read.kind == "share" and not read.text[:1].isdigit() else _NEAR
        reach = max(min(near * abs(value), read.roundness), 0.5 * read.step if read.step <= 0.5 * abs(value) else 0.0)
        near = bound == "nearly"
        return read._replace(low=value - reach, high=value if near else value + reach, high_open=near, bound=bound)
    return read._replace(bound=bound)
