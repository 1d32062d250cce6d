"""What similarity cannot see: the small changes that turn a true sentence into a false one.

Each guard holds a claim against the sentences that it rests on and gives doubts, in words for people. None parses grammar:
a negation reaches over the next words of its clause, and a word stands for the one that `align` found in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Literal, NamedTuple

from assistant.text import STOP_WORDS, disguise, figures
from assistant.text.comparing import same_unit
from assistant.text.numerals import LABELS, MONTHS, SPEECH, noun_behind
from assistant.text.quantities import Judged, Quantity, judged, quantities, unstated_ends
from assistant.text.reading import BOUND_WORDS
from assistant.text.signed import Signed, Version, numbered, signed, versions
from assistant.text.stems import stem
from assistant.text.units import CURRENCIES, UNITS
from assistant.verify import amounts, exceptions, modality, negation, opposites, pairing, relations, single, variants
from assistant.verify.alignment import Kin, Match, Sentence, Word

Kind = Literal[
    "figure",
    "other figure",
    "far figure",
    "range",
    "name",
    "unreadable",
    "denied",
    "not denied",
    "opposite",
    "other word",
    "role",
    "quantifier",
    "amount",
    "variant",
    "hedge",
    "modality",
    "cause",
    "reported",
]


class Doubt(NamedTuple):
    """What speaks against a claim."""

    kind: Kind
    reason: str
    """For people: "the source says lower, not higher"."""
    hard: bool
    """True where the claim is not supported, whatever else speaks for it."""
    words: tuple[str, ...] = ()
    """The word of the claim and the word of the source; empty for most kinds of doubt."""


Matches = Mapping[int, Match]


def quantities_of(claim: Sentence, evidence: Sequence[Sentence], kin: Kin) -> list[Judged]:
    """What the evidence says about the quantities of `claim`; nothing of a table, which has too many."""
    return judged(claim.view, " ".join(sentence.view for sentence in evidence), kin) if len(claim.figures) <= _MOST_FIGURES else []


def doubts(
    claim: Sentence,
    support: Sequence[Sentence],
    matches: Sequence[Matches],
    evidence: Sequence[Sentence],
    found: Sequence[Judged],
) -> list[Doubt]:
    """What speaks against `claim`.

    Args:
        claim: what is judged.
        support: the sentences that it rests on, best first, at least one.
        matches: what stands in each of them for the words of the claim.
        evidence: all sentences.
        found: what they say of the claim's quantities.
    """
    # "under 50 ms" is no opposite of "over": the quantities are compared with their bounds
    settled = _settled(claim, [each for each in found if each.relation == "holds"], support[0])
    others = [
        *_figures(claim, found, support, matches, evidence),
        *_singles(claim, support, evidence),
        *_pairs(claim, support, evidence),
        *_signs(claim, evidence),
        *_versions(claim, evidence),
        *_names(claim, evidence),
        *_variants(claim, support[0], evidence),
        *_unreadable(claim, evidence),
        *_polarity(claim, support, matches),
        *_other_words(claim, support, matches),
        *_roles(claim, support),
        *_clauses(claim, support, matches),
        *_order(claim, support, matches, evidence),
        *_quantifiers(claim, support[0]),
        *_amounts(claim, support[0], matches[0], evidence),
        *_hedges(claim, support[0]),
        *_modality(claim, support[0], matches[0], evidence),
        *_reported(claim, support[0]),
        *_framed(claim, support[0], evidence),
    ]
    excepted = exceptions.told(claim, support[0], matches[0])
    if excepted and not excepted.same:
        others.append(Doubt("denied", f"the source says '{excepted.written}'", hard=True))
    answered = ("denied", "not denied", "quantifier") if excepted and excepted.same else ()
    return [doubt for doubt in others if not settled.covers(doubt) and doubt.kind not in answered]


class _Settled(NamedTuple):
    """What the comparison of the quantities has settled."""

    words: frozenset[str]
    """Words of bounds, and the words behind multiples: "larger" of "80 times larger". Doubts about these words are dropped."""
    sides: bool
    """True if the quantity comparison already checked the two sides ("B is 80 times larger than A"); doubts about roles are
    dropped."""
    denial: bool
    """True if the only negation of the claim, or of the sentence where the claim has none, belongs to a bound: "no more than 4%".
    Doubts about negations are dropped."""

    rest: bool
    """True if a figure of the claim is the rest of a whole in the source: it solves 31, of 40 of which it fails on 9. Doubts about
    opposites and words are dropped."""

    def covers(self, doubt: Doubt) -> bool:
        """Whether a doubt is about what is settled."""
        if doubt.kind in ("opposite", "other word") and self.rest:
            return True
        if doubt.kind in ("opposite", "other word"):
            return not self.words.isdisjoint(doubt.words[:1])
        return (doubt.kind == "role" and self.sides) or (doubt.kind in ("not denied", "denied", "quantifier") and self.denial)


def _settled(claim: Sentence, holding: Sequence[Judged], main: Sentence) -> _Settled:
    held = [each.claim for each in holding]
    bounded = [mine for mine in held if mine.bound != "plain"]
    multiples = [mine for mine in held if mine.kind in ("ratio", "change") and mine.manner]
    words = {word for mine in bounded for word in claim.view[: mine.start].lower().split()[-_BOUND:]}
    words |= {word for mine in bounded for word in _LETTERS.findall(claim.view[mine.end :].lower())[:_BOUND]}
    words |= {word for mine in multiples for word in _LETTERS.findall(claim.view[mine.end :].lower())[:_BOUND]}
    words |= {word for mine in held if mine.kind == "rank" for word in _LETTERS.findall(claim.view[mine.end :].lower())[:1]}
    rest = any(each.source is not None and each.source.role == "rest" for each in holding)
    denied = any(mine.bound in ("most", "least") and _NEGATED.search(claim.view[: mine.start]) for mine in bounded)
    cues = negation.cues(claim)
    denial = rest or (len(cues) == 1 and denied) or (bool(bounded) and not cues and _denies_beyond(main))
    sides = any(mine.kind == "ratio" for mine in multiples) or any(
        mine.bound in ("more", "less", "most", "least") for mine in bounded
    )
    return _Settled(frozenset(words), sides, denial, rest)


def _denies_beyond(sentence: Sentence) -> bool:
    """Whether the only negation of a sentence states a bound: "never exceeds 2%"."""
    return len(negation.cues(sentence)) == 1 and any(
        other.bound in ("most", "least") and _NEGATED.search(sentence.view[: other.start]) for other in quantities(sentence.view)
    )


def unproved(
    claim: Sentence, doubts: Sequence[Doubt], found: Sequence[Judged], matches: Sequence[Matches], evidence: Sequence[Sentence]
) -> list[Word] | None:
    """The claim's own words where its figures prove it: each holds, nothing speaks against it, and few words are its own.

    None where the figures do not prove the claim.

    The fitted trees weigh words and not values: a claim of six words that says "errs by 0.049 m" for "the mean error is
    0.0487 m" has too few words in common with its source for them.
    """
    if not claim.figures or any(doubt.hard or doubt.kind not in _WORDING for doubt in doubts):
        return None
    if not found or any(each.relation != "holds" or each.score < _SAME for each in found):
        return None
    counted = {part for each in found for part in _LETTERS.findall(each.claim.text.lower())} | BOUND_WORDS
    near = {place for each in matches for place, match in each.items() if not match.flipped}
    content = [place for place in claim.content if not claim.words[place].figure and claim.words[place].text not in counted]
    own = [
        claim.words[place]
        for place in content
        if place not in near and not any(claim.words[place].stem in sentence.places for sentence in evidence)
    ]
    few = len(own) <= max(1, _OWN_WORDS * len(content)) and not any(word.name for word in own)
    return own if few else None


def replaced(claim: Sentence, doubts: Sequence[Doubt], evidence: Sequence[Sentence]) -> bool:
    """Whether a claim differs from its evidence in nothing but names that stand nowhere there."""
    if not any(doubt.hard and doubt.kind == "name" for doubt in doubts):
        return False
    content = [claim.words[place] for place in claim.content]
    return all(word.name or any(word.stem in sentence.places for sentence in evidence) for word in content)


_WORDING = ("other word", "far figure")
"""Kinds of doubt about the words around a figure; the comparison of quantities has judged these words."""
_SAME = 0.3
"""Figures prove a claim only if each is this much like a figure of the source."""
_OWN_WORDS = 0.34
"""Figures prove a claim only if at most this share of its words, or one word, are the claim's own."""
_LETTERS = re.compile(r"[a-z]+")
_NEGATED = re.compile(r"(?i)(?:\b(?:no|not|never|none)\b|n['’]t\b)[^,.;:]{0,40}$")


_LOOSELY = frozenset(
    """about almost nearly roughly approximately around some over above exceeding least most than up under below close
    fewer less more""".split()
)
_MOST_FIGURES = 60
"""A claim with more figures is a table, and is not judged, as each figure is compared with each of the source."""
_BOUND = 3
"""The words of a bound are searched in this many words beside a quantity."""
_SMALL = 4
"""A number word up to this may count the items of a list in the source."""


def _figures(
    claim: Sentence,
    found: Sequence[Judged],
    support: Sequence[Sentence],
    matches: Sequence[Matches],
    evidence: Sequence[Sentence],
) -> Iterator[Doubt]:
    """Quantities of the claim that the source states otherwise for the same thing, or states nowhere."""
    if len(claim.figures) > _MOST_FIGURES:
        yield Doubt("figure", f"it holds {len(claim.figures)} figures, too many to be held against the source", hard=True)
        return
    for judgement in found:
        mine = judgement.claim
        ranges = mine.bound == "range" and judgement.relation != "conflicts"
        if ranges and (ends := unstated_ends(mine, " ".join(sentence.view for sentence in evidence))):
            reason = f"{ends[0]} of {mine.text} is not in the source" if len(ends) == 1 else f"{mine.text} is not in the source"
            yield Doubt("range", reason, hard=True, words=(mine.text,))
            continue
        level = judgement.relation == "conflicts" and mine.role in ("from", "to")  # no difference of two
        if judgement.relation == "holds" or (not level and _stands(mine, claim, support, evidence)):
            continue
        if judgement.relation == "conflicts" and judgement.source:
            theirs = judgement.source.text
            same = theirs.lower() == mine.text.lower()  # "up to 38%" for "always 38%"
            other = f"the source says {theirs}, not {mine.text}"
            reason = f"the source gives {theirs} another bound or direction" if same else other
            yield Doubt("other figure", reason, hard=True, words=(mine.text,))
        elif other := _of_another(mine, claim, support, matches):
            yield Doubt("other figure", f"the source says {other}, not {_said(claim, mine)}", hard=True, words=(mine.text,))
        elif mine.text.isalpha() and mine.kind == "count" and (one := single.one_for_several(mine, support)):
            yield Doubt("other figure", f"the source says {one}, not {mine.text}", hard=True, words=(mine.text,))
        elif judgement.relation == "unrelated" and _written(mine, claim, support):
            yield Doubt("far figure", f"{mine.text} stands beside other words in the source", hard=False, words=(mine.text,))
        else:
            words = mine.text.isalpha() and mine.kind != "rank"
            counted = words and (_how_often(claim, mine) if mine.kind == "ratio" else mine.value <= _SMALL)
            reason = f"{mine.text} is not in the source"
            yield Doubt("far figure" if counted else "figure", reason, hard=not counted, words=(mine.text,))


def _singles(claim: Sentence, support: Sequence[Sentence], evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """One thing in a claim where its best sentences count several."""
    if several := single.several_for_one(claim, support, evidence):
        yield Doubt("other figure", f"the source says {several[0]}, not {several[1]}", hard=True, words=(several[1],))


def _how_often(claim: Sentence, mine: Quantity) -> bool:
    """Whether a multiple may say how often something happens: "is not visited twice", but "twice as many", "twice the error"."""
    return mine.text.lower() in _OFTEN and not _MORE_OF.match(claim.view, mine.end)


_OFTEN = frozenset(("twice", "thrice"))
_MORE_OF = re.compile(r"\s(?:as|the|that|those|its|their|his|her|our)\b")


def _of_another(mine: Quantity, claim: Sentence, support: Sequence[Sentence], matches: Sequence[Matches]) -> str:
    """What the best sentences count or measure by the figure of a claim, where that is surely another thing; else empty."""
    small = mine.value <= _SMALL
    if (small and mine.kind not in _IN_UNITS) or not (mine.noun or mine.unit or mine.kind == "number"):
        return ""
    heads = [place for place, word in enumerate(claim.words) if mine.noun and word.text == mine.noun.split()[-1]]
    for sentence, found in zip(support, matches, strict=True):
        if any(place in found for place in heads):
            continue
        for other in quantities(sentence.view):
            if other.value != mine.value or other.kind == "rank" or (small and other.kind not in _IN_UNITS):
                continue
            if mine.unit and other.unit and not same_unit(_family(mine), _family(other)):
                return _said(sentence, other)
            counts = other.noun and stem(other.noun.split()[-1]) not in claim.places
            if other.kind == "count" and mine.kind in ("share", "money", "measure") and not other.unit and counts:
                return _said(sentence, other)
            counts_units = mine.noun and UNITS.get(mine.noun.split()[-1]) == other.unit  # 64 pretraining hours
            if other.kind in _IN_UNITS and mine.kind == "count" and not counts_units:
                return _said(sentence, other)
            if counts and other.kind == "count" and mine.kind in ("count", "ratio"):
                return _said(sentence, other)
            if other.kind == "points" and mine.kind == "number" and mine.step < 1:
                return f"{other.text} of difference"
    return ""


_IN_UNITS = ("measure", "money")


def _family(quantity: Quantity) -> str:
    """The unit of a quantity; one name for per cent, points and multiples, which state one change in three ways, and for pounds."""
    if quantity.kind in ("share", "points", "change", "ratio"):
        return "x"
    return "pounds" if quantity.unit in ("lb", "£") else quantity.unit


def _said(sentence: Sentence, quantity: Quantity) -> str:
    """A quantity as a sentence writes it, with the word that says what it counts."""
    behind = sentence.view.find(quantity.noun.split()[-1], quantity.end) if quantity.noun else -1
    last = behind + len(quantity.noun.split()[-1]) if behind >= 0 else quantity.end
    return sentence.view[quantity.start : last]


def _written(mine: Quantity, claim: Sentence, support: Sequence[Sentence]) -> bool:
    """Whether the best sentences write the figure of a quantity, whatever they count by it."""
    multiple = mine.kind == "ratio"  # "halved in the second year": the year is no factor
    figure = next((each for each in claim.figures if each.value == mine.value and (not multiple or each.unit == "x")), None)
    return figure is not None and figures.stands(figure, [other for sentence in support for other in sentence.figures])


def _stands(mine: Quantity, claim: Sentence, support: Sequence[Sentence], evidence: Sequence[Sentence]) -> bool:
    """Whether a quantity is part of a name of the source, or the difference of two figures of its best sentences."""
    figure = next((figure for figure in claim.figures if figure.value == mine.value), None)
    near = [other for sentence in support for other in sentence.figures]
    return figure is not None and (_in_name(figure, evidence) or _difference(figure, near))


def _difference(figure: figures.Figure, near: Sequence[figures.Figure]) -> bool:
    """Whether a figure with decimals or a per cent sign is what two figures of a kind differ by."""
    if figure.decimals <= 0 and figure.unit not in ("%", "point"):
        return False
    values = {round(other.value, 6) for other in near if figures.same_kind(figure, other)}
    return any(round(value + figure.value, 6) in values for value in values)


def _in_name(figure: figures.Figure, evidence: Sequence[Sentence]) -> bool:
    """Whether a figure is the last part of a name: "the 32B model" of Qwen3-32B, "512 attempts" of Pass@512."""
    written = (f"-{figure.text.lower()}", f"@{figure.text.lower()}")
    return any(form.endswith(written) for sentence in evidence for form in sentence.forms)


def _names(claim: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Names of the claim that the source does not hold, written out or as initials."""
    missing: list[str] = []
    for word in claim.words:
        if (
            not word.name
            or word.stop
            or word.text in missing
            or any(_holds(sentence, word.text, word.stem) for sentence in evidence)
        ):
            continue
        if any(map(str.isdigit, word.text)) and (pairs := versions(claim.clean[word.start : word.end])):
            if pairs <= {pair for sentence in evidence for pair in sentence.versions}:
                continue  # GPT-4 for GPT 4
        if word.text.isalpha() and any(_spells(sentence, word.text.rstrip("s")) for sentence in evidence):
            continue
        if word.text in _DEGREES or claim.clean[word.start : word.end] in CURRENCIES or word.text == "rs":
            continue  # the quantities are compared with their units
        missing.append(word.text)
        written = claim.written(word.text)
        if glued := _GLUED.fullmatch(claim.clean, word.start, word.end):
            if float(glued[1]) not in {figure.value for sentence in evidence for figure in sentence.figures}:
                yield Doubt("figure", f"{written} is not in the source", hard=True, words=(word.text,))
                continue
        # a source may well write out what an abbreviation or a code stands for, but not another way to write "Isabelle"
        if instead := _other_device(claim, word, evidence):
            yield Doubt("name", f"the source says {instead}, not {written}", hard=True, words=(word.text,))
            continue
        yield Doubt("name", f"{written} is not in the source", hard=not written.rstrip("s").isupper() and written.isalpha())


def _variants(claim: Sentence, main: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Other versions and relatives of a name of the source: KelpNet-2, Mini-KelpNet, the successor of KelpNet."""
    for written in variants.others(claim, main, evidence):
        yield Doubt("variant", f"the source does not say so of '{written}'", hard=True)


_DEGREES = frozenset(("celsius", "fahrenheit"))
_GLUED = re.compile(r"(?:[^\W\d_]+\W?(?=\d+\.)|[a-z]{2,}\W?)?(\d+(?:\.\d+)?)[a-z]*")
"""A figure that letters are glued to: "about91.31", "approx.91", "91.31th"; "GPT4" and "Qwen3" are names."""


_CODE = re.compile(r"(?=\w*[A-Z])(?=\w*\d)\w{2,12}|[A-Z]{2,8}s?")
"""A model name such as A100, or an abbreviation."""
_CHIP = re.compile(r"[A-Z]{1,3}\d{1,4}[A-Z]{0,2}")
_DEVICES = frozenset(
    map(
        stem,
        """gpus tpus cpus npus fpgas cards chips cores boards nodes processors accelerators machines servers instances phones
        laptops cameras devices sensors""".split(),
    )
)


def _other_device(claim: Sentence, word: Word, evidence: Sequence[Sentence]) -> str:
    """The model name that the source has beside the same count or the same devices as a claim has `word`: A100, for H100."""
    at = claim.words.index(word)
    written = claim.clean[word.start : word.end]
    if not _CODE.fullmatch(written):
        return ""
    ahead = claim.words[at - 1] if at and claim.words[at - 1].figure else None
    behind = claim.words[at + 1] if at + 1 < len(claim.words) and claim.words[at + 1].stem in _DEVICES else None
    for sentence in evidence:
        beside = [place + 1 for place in sentence.places.get(ahead.stem, ())] if ahead else []
        beside += [place - 1 for place in sentence.places.get(behind.stem, ())] if behind else []
        if word.stem in _DEVICES:
            beside += [place for device in _DEVICES for place in sentence.places.get(device, ())]
        elif _CHIP.fullmatch(written):
            beside += [place - 1 for device in _DEVICES for place in sentence.places.get(device, ())]
        for place in beside:
            other = sentence.words[place] if 0 <= place < len(sentence.words) else None
            if other and other.name and other.text not in claim.forms:
                name = sentence.clean[other.start : other.end]
                if _CODE.fullmatch(name):
                    return name
    return ""


def _pairs(claim: Sentence, support: Sequence[Sentence], evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Figures of the claim beside the words of another figure of the source, and "by" for "to"."""
    for figure, word, other in pairing.mixed(claim, support):
        yield Doubt("other figure", f"the source says {other} of '{word}', not {figure}", hard=True)
    for figure, theirs, mine in pairing.moved(claim, evidence):
        yield Doubt("other figure", f"the source says {theirs} {figure}, not {mine} {figure}", hard=True)


def _unreadable(claim: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Words of the claim in several scripts, signs, and scripts that the source does not hold: none can be told from a denial."""
    for written in claim.unreadable:
        if not any(written in sentence.view for sentence in evidence):
            yield Doubt("unreadable", f"{written} is not in the source", hard=True)
    for letter in disguise.overlaid(claim.shown):
        if not any(letter in sentence.shown for sentence in evidence):
            yield Doubt("unreadable", f"the source strikes no {letter[0]} through", hard=True)
    if crossed := {figure for sentence in evidence for figure in disguise.figures(sentence.shown, crossed=True)}:
        plain = {figure for sentence in evidence for figure in disguise.figures(sentence.shown, crossed=False)}
        for figure in sorted((crossed - plain) & disguise.figures(claim.shown, crossed=False)):
            yield Doubt("unreadable", f"the source strikes a digit of {figure} through", hard=True)
    for script in sorted(claim.scripts - {script for sentence in evidence for script in sentence.scripts}):
        yield Doubt("unreadable", f"the source has no word in {script.capitalize()} letters", hard=True)


def _signs(claim: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Figures that stand in the source without the sign or bound that the claim sets at them: "$96,962", "96,962₅", "≤84.6%"."""
    for mine in signed(claim.shown):
        whole = mine.digits.replace(".", "") if _THOUSANDS.fullmatch(mine.digits) else ""
        if not (mine.signs or whole or mine.percent):
            continue
        held = [(other, sentence) for sentence in evidence for other in signed(sentence.shown)]
        same = [(other, sentence) for other, sentence in held if other.digits == mine.digits]
        points = [other for other, _ in held if other.digits == whole] if whole and not same else []
        if points or (same and not any(_says_as_much(mine, other, sentence) for other, sentence in same)):
            other = (points or [other for other, _ in same])[0].written
            yield Doubt("other figure", f"the source says {other}, not {mine.written}", hard=True, words=(mine.written,))


_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_LESS_WORDS = (
    r"most|up to|under|below|less|fewer|within|max\w*|more than|exceed\w*|lower|smaller|short|shy|bound\w*|limit\w*|cap\w*"
    r"|threshold\w*|highest|largest|best|nearly|almost|until|as (?:much|many|high|large|low) as"
)
_MORE_WORDS = (
    r"least|over|above|more|exceed\w*|min\w*|less than|fewer than|beyond|greater|larger|higher|upwards?|surpass\w*|bound\w*"
    r"|limit\w*|threshold\w*|lowest|smallest|worst|longer|older"
)
_RANGE = r"\d\s?(?:[-–—]|to|and)\s?\d"
_MONEY_NAMES = {
    sign: [name for name, of in CURRENCIES.items() if same_unit(of, unit) and len(name) > 1]
    for sign, unit in CURRENCIES.items()
    if len(sign) == 1
}
_SIGN_WORDS = {
    "−": re.compile(
        r"(?i)\b(?:minus|negative|below|down|cheaper|smaller|short|drop|f[ae]ll|reduc|decreas|decline|declining|los[est]|less|lower|fewer"
        r"|cut|sav|shr[aiu]nk|worse|degrad|penalt)"
    ),
    "±": re.compile(r"(?i)\b(?:plus|minus|deviation|error|interval|margin)|\+/?[-−]"),
    "°": re.compile(r"(?i)\b(?:degrees?|celsius|fahrenheit|angle|rotat)|°"),
    "#": re.compile(r"(?i)\b(?:number|rank|place|no\.)"),
    **dict.fromkeys("<≤", re.compile(rf"(?i)\b(?:{_LESS_WORDS})\b|[<≤]|{_RANGE}")),
    **dict.fromkeys(">≥", re.compile(rf"(?i)\b(?:{_MORE_WORDS})\b|[>≥+]|{_RANGE}")),
    **{
        sign: re.compile(rf"{re.escape(sign)}|\b(?:{'|'.join([*map(re.escape, names), *['pounds?'] * (sign == '£')])})\b")
        for sign, names in _MONEY_NAMES.items()
    },
}
"""The words that say in a source what a sign says in a claim."""
_BESIDE = 40
"""Characters on either side of a figure in which words for its sign or its bound stand."""


def _says_as_much(mine: Signed, other: Signed, sentence: Sentence) -> bool:
    """Whether a figure of the source has the signs of the claim's figure, or words for them beside it."""
    around = sentence.shown[max(0, other.start - _BESIDE) : other.end + _BESIDE]
    if mine.percent and not (other.percent or "." in mine.digits or "%" in sentence.shown or "percent" in sentence.clean):
        return False
    return all(sign in other.signs or (sign in _SIGN_WORDS and _SIGN_WORDS[sign].search(around)) for sign in mine.signs)


_FEW = 20.0
"""A number behind a name from here on is no version, and is compared as a quantity."""
_LATE = 6.0
"""A number with a decimal above this may be a score: BLEU 12.3."""


def _versions(claim: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Numbers behind a name that do not stand at the name in the source: "LeanDojo 3", "Llama 2.5" for Llama 2, "phase 3"."""
    for mine in numbered(claim.clean):
        if not (label := mine.word.lower() in _NUMBERED) and not _is_named(claim, mine, evidence):
            continue
        held = {number for sentence in evidence for name, number in sentence.versions if name == mine.name}
        if mine.number in held or any(number.startswith(f"{mine.number}.") for number in held):
            continue
        if (held if label else (held or mine.written != "I")) and not _counts(claim, mine, evidence):
            written = f"{mine.word} {mine.written}"
            yield Doubt("figure", f"{written} is not in the source", hard=True, words=(mine.written,))


_NUMBERED = frozenset("phase type level layer stage grade class version scenario cohort arm".split())
"""Common words whose number tells one of a kind from the others."""


def _is_named(claim: Sentence, mine: Version, evidence: Sequence[Sentence]) -> bool:
    """Whether a word with a number behind it is a name, by its capitals, or by those of the source where it begins the claim."""
    last = mine.word.rpartition("-")[2].lower()
    if (
        mine.word in CURRENCIES
        or float(mine.number.split(".")[0]) >= _FEW
        or last in LABELS - _PRODUCTS
        or last in MONTHS | SPEECH | STOP_WORDS | BOUND_WORDS
    ):
        return False
    end = mine.start + len(mine.word)
    word = next((word for word in claim.words if word.end == end), None)
    if word is None or len(mine.name) < 2 or not any(map(str.isupper, mine.word)):
        return False
    return word.name or any(other.text == word.text and other.name for sentence in evidence for other in sentence.words)


_PRODUCTS = frozenset(("lean", "python", "model"))


_TO_NEXT = re.compile(r"\s(?:to|and|or)\s(?:\d|[a-z]{2,9}\s(?:times|fold))")
"""The rest of a range, which no version begins."""


def _counts(claim: Sentence, mine: Version, evidence: Sequence[Sentence]) -> bool:
    """Whether a number behind a name counts or measures something, as the source does by the same number: "on MATH 3 runs"."""
    figure = next((figure for figure in claim.figures if figure.start == mine.at), None)
    if figure is None:
        return False
    if figure.unit or _TO_NEXT.match(claim.clean, mine.end):
        return True
    near = [sentence for sentence in evidence if figures.stands(figure, sentence.figures)]
    if figure.decimals and figure.value > _LATE:
        return any(mine.name in sentence.forms for sentence in near)
    return bool(near) and bool(noun_behind(claim.clean, mine.end, plural=True))


def _holds(sentence: Sentence, form: str, root: str) -> bool:
    return form in sentence.forms or root in sentence.places or form.rstrip("s") in sentence.forms


def _spells(sentence: Sentence, name: str) -> bool:
    """Whether the sentence writes `name` out, or in parts: large language model for LLM, Graph Cast for GraphCast."""
    initials, all_initials, joined = sentence.runs
    return (len(name) > 1 and (name in initials or name in all_initials)) or (len(name) > 3 and name in joined)


def _polarity(claim: Sentence, support: Sequence[Sentence], matches: Sequence[Matches]) -> Iterator[Doubt]:
    """What one side states and the other denies: by a negation, by an opposite, or by both, which is to agree."""
    mine = negation.cues(claim)
    here = negation.negated(claim, mine)
    same = {place for found in matches for place, match in found.items() if match.close == 1}
    for sentence, found in zip(support, matches, strict=True):
        flipped = {place for place, match in found.items() if match.flipped and match.close < 1}
        # "rose" in a sentence on something else does not excuse "fell" in the one that holds all the rest of the claim
        exact = same - flipped if len(flipped) == 1 and _own(claim, found) <= flipped else same
        theirs = negation.cues(sentence)
        there = negation.negated(sentence, theirs)
        own = _own(claim, found)
        beside_denial = set[int]() if mine else _of_relative_clause(claim, sentence, found, theirs)
        if (mine or theirs) and any(match.flipped for match in found.values()):
            here, there = _unanswered(claim, sentence, found, exact)
        for place, match in found.items():
            if match.close < 1 and (place in exact or not match.flipped):
                continue
            alone = own <= {place}  # all else is said in the words of the source
            near = [*here.get(place, ()), *(() if match.place in beside_denial else there.get(match.place, ()))]
            if (len(near) + match.flipped) % 2 == 0:
                continue
            word, other = claim.words[place].text, sentence.words[match.place].text
            if match.flipped and _same_sides(claim, place, sentence):
                continue
            if match.flipped and not near:
                near_too = beside(place, match, found) > (0 if alone and not _same_end(claim, place, sentence) else 1)
                yield Doubt("opposite", f"the source says {other}, not {word}", hard=near_too, words=(word, other))
            elif min(near, default=9) <= (negation.REACH if alone else 1) and not match.flipped:
                within = relations.segment_of(sentence, match.place)
                denials = [cue for cue in theirs if within and within.start <= cue < within.end and _denies(sentence, cue, claim)]
                if place in here:
                    within = {sentence.words[cue].clause for cue in theirs}
                    apart = claim.words[mine[0]].text in negation.LACK and sentence.words[match.place].clause not in within
                    yield Doubt(
                        "not denied",
                        f"the source does not deny {word}",
                        hard=claim.words[mine[0]].text in negation.PLAIN
                        and min(near) == 0
                        and (not theirs or (alone and not denials and not _contrary(sentence, mine, claim)) or apart),
                    )
                else:
                    cue = max((cue for cue in theirs if cue < match.place), default=theirs[0])
                    yield Doubt(
                        "denied",
                        f"the source says '{_shown(sentence, cue)} ... {other}'",
                        hard=(
                            not mine
                            and min(near) == 0
                            and sentence.words[cue].text in negation.PLAIN
                            and not (own and _of_all(claim))
                            and len(found) >= _TOLD * len(claim.content)
                        )
                        or (alone and len(denials) == 1 and not _says_no(claim, mine, sentence)),
                    )
    for place in negation.unanswered(claim, support, matches):
        yield Doubt("not denied", f"the source does not deny {claim.words[place].text}", hard=True)
    if mine and not any(negation.cues(sentence) for sentence in support):
        yield Doubt("not denied", f"the source does not say '{_shown(claim, mine[0])}'", hard=False)


_ATTACHED = frozenset("of on in with from under at using without".split())
_RELATIVE = frozenset("which who whose whom where".split())
_BEFORE_NOUN = _ATTACHED | frozenset("the a an any its our this that these those to for at by".split())


def _of_relative_clause(claim: Sentence, sentence: Sentence, found: Matches, denials: Sequence[int]) -> set[int]:
    """The places of a noun that a sentence denies, where the claim says what a relative clause behind the noun states.

    "Without the corpus, which holds 3,100 letters, recall drops" does not deny that the corpus holds 3,100 letters.

    Returns:
        The places in the sentence; none where the claim holds anything of the clause that denies, or the relative one denies too.
    """
    words, at = sentence.words, {match.place for match in found.values()}
    for place in range(1, len(words)):
        before = words[place - 1].clause
        opens = words[place].clause == before + 1 and sentence.marks[before] == ","
        if not opens or _RELATIVE.isdisjoint(word.text for word in words[place : place + 2]):
            continue
        noun = place
        while noun and words[noun - 1].clause == before and not words[noun - 1].stop and noun - 1 not in denials:
            noun -= 1
        inside = {other for other in range(place, len(words)) if words[other].clause == before + 1}
        cue = max((cue for cue in denials if cue < noun), default=noun)
        said = {word.stem for word in words[cue + 1 : noun] if word.text not in _BEFORE_NOUN}
        if inside & at and at <= inside.union(range(noun, place)) and inside.isdisjoint(denials) and said.isdisjoint(claim.places):
            return set(range(noun, place))
    return set()


def _same_sides(claim: Sentence, place: int, sentence: Sentence) -> bool:
    """Whether an opposite at a place of the claim goes with sides that are turned too: "A beats B" and "B trails A"."""
    versus = claim.words[place].stem in _WINS | _LOSES or _loses_to(claim.words, place)
    if versus or ("than" in claim.forms and _degree(claim)):
        straight, crossed = _straight(claim, sentence)
        if straight > crossed:
            return True
    return _along(_ordered(claim), _ordered(sentence)) or _of_one_side(claim, sentence) > 0


def _unanswered(
    claim: Sentence, sentence: Sentence, found: Matches, exact: set[int]
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """What `negated` says of a claim and a sentence, but for negations that an opposite answers.

    "Does not affect accuracy" says of accuracy what "leaves accuracy intact" says.
    """
    mine, theirs = negation.cues(claim), negation.cues(sentence)
    here, there = {cue: negation.negated(claim, [cue]) for cue in mine}, {cue: negation.negated(sentence, [cue]) for cue in theirs}
    for place, match in found.items():
        if match.flipped and place not in exact:
            ours = [cue for cue in mine if place in here[cue]]
            others = [cue for cue in theirs if match.place in there[cue]]
            if len(ours) + len(others) == 1:
                mine, theirs = [cue for cue in mine if cue not in ours], [cue for cue in theirs if cue not in others]
    answered = len(mine) < len(here) or len(theirs) < len(there)
    if not answered:
        return negation.negated(claim, mine), negation.negated(sentence, theirs)
    flipped = {place: match.place for place, match in found.items() if match.flipped}
    # the opposites themselves stay answered
    left, right = negation.negated(claim, mine), negation.negated(sentence, theirs)
    for place, at in flipped.items():
        left[place] = [count for cue in here for count in here[cue].get(place, ())]
        right[at] = [count for cue in there for count in there[cue].get(at, ())]
    return left, right


_TOLD = 0.5
"""A sentence that denies a word of the claim speaks against the claim only if it holds at least this share of the claim's content
words."""
_LIGHT = frozenset(
    map(
        stem,
        """come comes have has use uses make makes provide offer give gives get gets take takes show contain include need require
        requires necessary must do does carry keep""".split(),
    )
)
"""Words that a claim may add without a change of its meaning."""


def _own(claim: Sentence, found: Matches) -> set[int]:
    """The content words of a claim, by place, that do not stand in the sentence, but for light ones and adverbs."""
    return {
        place
        for place in claim.content
        if (place not in found or found[place].close < 1)
        and claim.words[place].stem not in _LIGHT
        and claim.words[place].text not in _QUANTIFIERS
        and claim.words[place].text not in negation.NEGATIONS
        and not claim.words[place].text.endswith("ly")
    }


def _of_all(claim: Sentence) -> bool:
    """Whether a claim begins with all: "all stayed" may be what "none left" says."""
    return bool(claim.words) and _QUANTIFIERS.get(claim.words[0].text) == "all"


def _same_end(claim: Sentence, place: int, sentence: Sentence) -> bool:
    """Whether the sentence also has a word at the same end of a scale as the word of the claim: increasing, for higher."""
    word = claim.words[place]
    ends = opposites.ends(word.text, word.stem)
    return any(ends & opposites.ends(other.text, other.stem) for other in sentence.words)


_WEAK = frozenset({"non", "unlike"})


def _denies(sentence: Sentence, cue: int, claim: Sentence) -> bool:
    """Whether a word denies something that the claim does not deny by the same word; "none is longer than" states a bound."""
    word = sentence.words[cue]
    compares = any(other.text == "than" for other in sentence.words[cue : cue + negation.SPAN // 2])
    return word.text not in _WEAK and word.stem not in claim.places and not compares


_CONTRARY = re.compile(r"(?:un|in|im|ir|dis|non)[a-z]{3,}|[a-z]{3,}less$|free$")


def _contrary(sentence: Sentence, mine: Sequence[int], claim: Sentence) -> bool:
    """Whether a sentence denies something by another word than "not", or by the one that the claim has."""
    return any(claim.words[cue].stem in sentence.places for cue in mine) or any(
        _CONTRARY.match(word.text) for word in sentence.words
    )


def _says_no(claim: Sentence, mine: Sequence[int], sentence: Sentence) -> bool:
    """Whether a claim denies anything by a word that the sentence does not have itself."""
    return any(claim.words[cue].stem not in sentence.places for cue in mine) or any(
        word.stem not in sentence.places and (_CONTRARY.match(word.text) or word.text in ("despite", "spite", "other"))
        for word in claim.words
    )


def _shown(sentence: Sentence, place: int) -> str:
    return sentence.words[place].text.replace("n't", "not")


def beside(place: int, match: Match, found: Matches) -> int:
    """How many of the six words around a place of the claim stand around its match too."""
    return sum(abs(found[near].place - match.place) <= 5 for near in range(place - 3, place + 4) if near != place and near in found)


def _other_words(claim: Sentence, support: Sequence[Sentence], matches: Sequence[Matches]) -> Iterator[Doubt]:
    """Words of the claim that stand in no sentence it rests on, where between the same neighbours others stand."""
    main, found = support[0], matches[0]
    for order, place in enumerate(claim.content):
        word = claim.words[place]
        if place in found or any(word.stem in sentence.places for sentence in support):
            continue
        before = found.get(claim.content[order - 1]) if order else None
        behind = found.get(claim.content[order + 1]) if order + 1 < len(claim.content) else None
        if not (before or behind):
            continue
        if before and behind:
            low, high = before.place, behind.place
        elif before:
            low, high = before.place, before.place + 4
        else:
            assert behind
            low, high = behind.place - 4, behind.place
        if not 1 < high - low <= 5:
            continue
        taken = {match.place for match in found.values()}
        rivals = [
            main.words[at].text
            for at in main.content
            if low < at < high and at not in taken and main.words[at].stem not in claim.places
        ]
        if rivals:
            yield Doubt("other word", f"the source says {' '.join(rivals)}, not {word.text}", hard=False)


_WINS = frozenset(
    map(stem, "outperform surpass beat beaten exceed outscore outstrip overtake dominate top lead outdo ahead above".split())
)
_LOSES = frozenset(map(stem, "underperform trail lag behind below under".split()))


_OUTDOES = re.compile(r"out(?!come|put|side|li[en]|break|door|patient|let|look|reach|set|standing|age|er|going|law|line)[a-z]{3,}")
"""Verbs that name the side that is ahead: outlives, outlasts, outranks."""
_PRONOUNS = frozenset("it they we this these those which that them he she who ones".split())
"""Words behind a pronoun that only replaces a noun: "those on standard care"."""


@lru_cache(maxsize=256)
def compared(sentence: Sentence) -> tuple[set[str], set[str]] | None:
    """The stems of who is said to be ahead, and of who is behind; None where no two are compared.

    A pronoun stands for words that nobody can tell here, so nothing beyond it counts.
    """
    words = sentence.words
    for place, word in enumerate(words):
        wins = word.stem in _WINS or word.text in ("beats", "than") or bool(_OUTDOES.match(word.text))
        if not wins and word.stem not in _LOSES and not _loses_to(words, place):
            continue
        left = _since_pronoun(words[max(0, place - negation.SPAN) : place])
        right = _until_pronoun(words[place + 1 : place + 1 + negation.SPAN])
        passive = any(other.text == "by" for other in words[place + 1 : place + 3]) and any(
            other.text in ("is", "are", "was", "were", "be", "been") for other in words[max(0, place - 3) : place]
        )
        return (left, right) if wins != passive else (right, left)
    return None


def _loses_to(words: Sequence[Word], place: int) -> bool:
    return words[place].text in ("lose", "loses", "lost", "losing") and place + 1 < len(words) and words[place + 1].text == "to"


@lru_cache(maxsize=256)
def _ordered(sentence: Sentence) -> tuple[set[str], set[str]] | None:
    """The stems of what is said to come first, and of what comes later, where "before" or "after" stands between the two."""
    words = sentence.words
    for place, word in enumerate(words):
        if word.text not in ("before", "after"):
            continue
        left = {other.stem for other in words[max(0, place - negation.SPAN) : place] if not other.stop}
        right = {
            other.stem for other in words[place + 1 : place + 1 + negation.SPAN] if not other.stop and other.clause == word.clause
        }
        if left and right:
            return (left, right) if word.text == "before" else (right, left)
    return None


def _until_pronoun(words: Sequence[Word]) -> set[str]:
    end = next(
        (
            at
            for at, word in enumerate(words)
            if (word.text in _PRONOUNS or (word.text == "one" and at))
            and not (word.text in ("those", "that") and at + 1 < len(words) and words[at + 1].text in _ATTACHED)
        ),
        len(words),
    )
    return {word.stem for word in words[:end] if not word.stop}


def _since_pronoun(words: Sequence[Word]) -> set[str]:
    return {word.stem for word in takewhile(lambda word: word.text not in _PRONOUNS, reversed(words)) if not word.stop}


def _as_compared(claim: Sentence, sentence: Sentence) -> tuple[set[str], set[str]] | None:
    """The sides of a sentence's comparison in the order of the claim's: "A is worse than B" is "B is better than A"."""
    theirs = compared(sentence)
    turned = opposites.across(_degree(claim), _degree(sentence))
    return (theirs[1], theirs[0]) if theirs and turned else theirs


@lru_cache(maxsize=256)
def _degree(sentence: Sentence) -> frozenset[tuple[int, int]]:
    """Which way the comparison goes that "than" ends, or that a verb such as "beats" or "trails" makes."""
    words = sentence.words
    than = next((place for place, word in enumerate(words) if word.text == "than"), 0)
    if not than and any(word.stem in _WINS | _LOSES or _loses_to(words, place) for place, word in enumerate(words)):
        return opposites.ends("better", "better")
    found = [opposites.ends(word.text, word.stem) for word in reversed(sentence.words[max(0, than - 5) : than])]
    nearest = next(filter(None, found), frozenset[tuple[int, int]]())
    # "higher precision but lower recall than" goes both ways
    return nearest if not any(opposites.across(nearest, each) for each in found) else frozenset()


def _straight(claim: Sentence, sentence: Sentence) -> tuple[int, int]:
    """How many words are on the same side in both comparisons, and how many are not; none where either compares nothing."""
    mine = compared(claim)
    theirs = _as_compared(claim, sentence) if mine else None
    if not (mine and theirs):
        return 0, 0
    straight = len(mine[0] & theirs[0] - theirs[1]) + len(mine[1] & theirs[1] - theirs[0])
    return straight, len(mine[0] & theirs[1] - theirs[0]) + len(mine[1] & theirs[0] - theirs[1])


def _turned(claim: Sentence, sentence: Sentence) -> bool:
    """Whether each side of a claim's comparison stands on the other side of the source's."""
    mine, ordered = compared(claim), _ordered(claim)
    if mine and _across(mine, _as_compared(claim, sentence)):
        return True
    return bool(ordered) and _across(ordered, _ordered(sentence))


_Sides = tuple[set[str], set[str]] | None


def _across(mine: _Sides, theirs: _Sides) -> bool:
    """Whether each side of the one stands on the other side of the other."""
    if not (mine and theirs):
        return False
    left, right = mine[0] - mine[1], mine[1] - mine[0]
    ahead, behind = theirs[0] - theirs[1], theirs[1] - theirs[0]
    return bool(left & behind and right & ahead) and not (left & ahead and right & behind)


def _along(mine: _Sides, theirs: _Sides) -> bool:
    """Whether each side of the one stands on the same side of the other."""
    return bool(mine and theirs) and _across(mine, theirs and (theirs[1], theirs[0]))


def _of_one_side(claim: Sentence, sentence: Sentence) -> int:
    """What a sentence that compares two says of a claim that names one of them, as "younger drivers reacted more slowly".

    Returns:
        1 where the claim is of the side that the sentence says so of, -1 where it is of the other side, else 0.
    """
    if "than" not in sentence.forms or compared(claim):
        return 0
    theirs, degree = compared(sentence), _degree(sentence)
    if not theirs or not degree:
        return 0
    ends = {claim.words[place].stem: opposites.ends(claim.words[place].text, claim.words[place].stem) for place in claim.content}
    same = any(each & degree for each in ends.values())
    turned = any(opposites.across(each, degree) for each in ends.values())
    told = {key for key, each in ends.items() if not each & degree and not opposites.across(each, degree)}
    at = next((at for at, each in enumerate(ends.values()) if each & degree or opposites.across(each, degree)), 0)
    ahead, behind = theirs[0] - theirs[1], theirs[1] - theirs[0]
    if same == turned or not told or not told <= theirs[0] | theirs[1] or behind & set(list(ends)[at:]):
        return 0
    last, first = bool(told & behind) and bool(_subject(sentence, ahead) - told), not told & behind
    return (-1 if same else 1) if last else (1 if same else -1) if first else 0


def _subject(sentence: Sentence, ahead: set[str]) -> set[str]:
    """The first content words of a sentence among those of one side, of which no other word parts them."""
    words = [sentence.words[place] for place in sentence.content]
    return {word.stem for word in takewhile(lambda word: word.stem in ahead, words[:2])}


def _roles(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """Who beats whom, the wrong way round in the sentence that compares most of the same."""
    straight, crossed = max((_straight(claim, sentence) for sentence in support), key=sum)
    turned = any(_turned(claim, sentence) for sentence in support) or _of_one_side(claim, support[0]) < 0
    mine = compared(claim)
    if mine and any(_along(mine, _as_compared(claim, sentence)) for sentence in support):
        return
    if turned or crossed > straight:
        yield Doubt("role", "the source has it the other way round", hard=turned or crossed - straight > 1)


_CLOSE = 0.75
"""The sides and clauses of a claim are compared only if its sentence holds at least this share of the claim's words."""


def _clauses(claim: Sentence, support: Sequence[Sentence], matches: Sequence[Matches]) -> Iterator[Doubt]:
    """What the source says of another subject of the same sentence."""
    main, found = support[0], matches[0]
    if sum(match.close == 1 for match in found.values()) < max(2, _CLOSE * len(claim.content)):
        return  # far from the wording of the source, words stand beside others than there
    if other := relations.crossed(claim, main, found):
        yield Doubt("role", f"the source says {other[1]}, not {other[0]}", hard=True, words=other)
    elif subject := relations.misled(claim, main, found) or relations.renamed(claim, main, found):
        yield Doubt("role", f"the source says so of {main.written(subject)}", hard=True)
    elif pivot := relations.swapped(claim, main, found):
        yield Doubt("role", f"the source has it the other way round around '{pivot}'", hard=True)


def _order(
    claim: Sentence, support: Sequence[Sentence], matches: Sequence[Matches], evidence: Sequence[Sentence]
) -> Iterator[Doubt]:
    """Places in an order that the best sentence gives otherwise: the second layer for the first layer."""
    if other := relations.displaced(claim, support[0], matches[0], evidence):
        yield Doubt("opposite", f"the source says {other[1]}, not {other[0]}", hard=True, words=other)


_QUANTIFIERS = {
    word: group
    for group, words in {
        "all": "all every each always entire entirely whole any both universally",
        "most": "most majority mostly usually generally largely",
        "some": "some several many sometimes certain partly occasionally",
        "few": "few rarely hardly seldom minority",
        "no": "no none never",
        "only": "only solely exclusively just",
    }.items()
    for word in words.split()
}


def _quantifiers(claim: Sentence, main: Sentence) -> Iterator[Doubt]:
    """All for some, most for few."""
    theirs = {_QUANTIFIERS[word.text]: word.text for word in main.words if word.text in _QUANTIFIERS}
    for word in claim.words:
        group = _QUANTIFIERS.get(word.text)
        if group and group not in theirs:
            said = next(iter(theirs.values()), None)
            reason = f"the source says {said}, not {word.text}" if said else f"the source does not say {word.text}"
            yield Doubt("quantifier", reason, hard=False)
            return


def _amounts(claim: Sentence, main: Sentence, found: Matches, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Another share than that of the source: few for all, all for some, all but one for all."""
    if differing := amounts.differing(claim, main, found, evidence):
        said, other = differing
        reason = f"the source says '{other}', not '{said}'" if said and other else f"the source says '{other}'"
        yield Doubt("amount", reason if other else f"the source does not say '{said}'", hard=True)


HEDGES = frozenset(
    """may might could possibly perhaps potentially likely probably suggest suggests suggesting suggested appear appears seem seems
    hypothesize hypothesise speculate preliminary putative presumably can""".split()
)
_LINKS = frozenset(map(stem, "associate associated association correlate correlated correlation linked link related".split()))
_CAUSES = frozenset(
    map(stem, "cause causes caused causing lead leads led result results drive drives induce produces trigger due".split())
)


def _hedges(claim: Sentence, main: Sentence) -> Iterator[Doubt]:
    """What the source supposes and the claim states; what goes together there and is caused here."""
    said = next((word.text for word in main.words if word.text in HEDGES), None)
    if said and not claim.forms & HEDGES:
        yield Doubt("hedge", f"the source says '{said}'", hard=False)
    linked = next((word.text for word in main.words if word.stem in _LINKS), None)
    cause = next((word.text for word in claim.words if word.stem in _CAUSES), None)
    if linked and cause and not any(word.stem in _CAUSES for word in main.words):
        yield Doubt("cause", f"the source says '{linked}', not '{cause}'", hard=False)


def _modality(claim: Sentence, main: Sentence, found: Matches, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """What the source supposes or plans and the claim states, and the other way round: "does" for "may", "would" for "does"."""
    if shift := modality.shifted(claim, main, found, evidence):
        says = "does not say" if shift.weaker else "says"
        yield Doubt("modality", f"the source {says} '{shift.said}'", hard=True)


_CLAUSE = re.compile(r"\b(?:that|whether)\b|[\"“„«]")
_OWN_FINDING = re.compile(
    r"(?i)\b(?:we|our|ours|results?|experiments?|findings?|evaluations?|analys[ei]s|simulations?|study|evidence|theorems?|proofs?|data)\b"
    r"|\bit (?:is|was|has been|can be) (?:shown|found|proven|proved|established|observed|demonstrated)\b"
    r"|\b(?:show|shows|shown|showed|find|finds|found|prove|proves|proved|demonstrat\w+|confirm\w*|reveal\w*|establish\w*|observ\w+)\b"
)
UNFOUND = re.compile(
    r"(?i)\b(?:no|not|n't|never|without|whether|neither|little|doubt\w*|reject\w*|refut\w*|den(?:y|ies|ied)|false|myth)\b"
)
_SAYING = re.compile(
    r"(?i)\b(?:say|says|said|state[sd]?|mention\w*|claim\w*|argu\w+|believ\w+|assum\w+|hypothes\w+|conjectur\w*|told|tell\w*|writ\w+"
    r"|quot\w+|cit(?:e|es|ed|ing)|credit\w*|repeat\w*|answer\w*|repl\w+|acknowledg\w*|remember\w*|note[ds]?|ask\w*|report\w*)\b"
)
_READ = 1000
"""Only this many characters of a sentence are read for clauses: longer ones are no prose, and each clause is read anew."""


def _clauses_in(sentence: Sentence) -> Iterator[tuple[str, str, int]]:
    """What stands before each "that" or "whether" of a sentence, the word itself, and the offset behind it."""
    clean = sentence.clean[:_READ]
    for match in _CLAUSE.finditer(clean):
        yield clean[: match.start()], match.group(), match.end()


def _shared(claim: Sentence, main: Sentence) -> set[str]:
    """The stems of the content words of the claim that the source holds."""
    return {claim.words[place].stem for place in claim.content} & main.places.keys()


def _behind(sentence: Sentence, start: int, stems: set[str], least: float) -> bool:
    """Whether a sentence holds enough of `stems`, at least `least`, behind an offset."""
    return len(stems) >= least and len(stems & Sentence(sentence.clean[start:_READ]).places.keys()) >= least


def _reported(claim: Sentence, main: Sentence) -> Iterator[Doubt]:
    """What stands in the source as said by somebody, or as not found: "no evidence that X", "it should be said that X"."""
    told = _shared(claim, main)
    if len(told) < max(1, _TOLD * len(claim.content)):
        return
    for head, opener, start in _clauses_in(main):
        unfound = opener == "whether" or bool(UNFOUND.search(head))
        unfound = unfound and not any(place in negation.PLAIN for place in claim.forms) and not _denying(claim)
        said = _SAYING.search(head) and not _OWN_FINDING.search(head)
        if not (unfound or said) or not _behind(main, start, told, 0.8 * len(told)):
            continue
        if unfound:
            yield Doubt("reported", f"the source says it behind '{(head.split() or [opener])[-1]} {opener}'", hard=True)
        else:
            yield Doubt("reported", "the source has it as what somebody says", hard=True)
        return


DENYING_FRAME = re.compile(rf"{UNFOUND.pattern}|(?i:\b(?:untrue|lies?|wrong|incorrect|mistake|mistaken|hoax|rumou?rs?|unlikely)\b)")
_UNREAL = re.compile(r"(?i)\b(?:(?:pretend|purport|feign)(?:s|ed|ing)?|supposedly|allegedly|purportedly)\b")


def _denying(sentence: Sentence) -> bool:
    """Whether a sentence denies what stands behind one of its "that" or "whether"."""
    return any(DENYING_FRAME.search(head) for head, _, _ in _clauses_in(sentence))


def _framed(claim: Sentence, main: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Yield what the claim wraps around the words of the source: "it is false that X", "pretends to X"."""
    held = _shared(claim, main)
    for head, opener, start in _clauses_in(claim):
        denying = DENYING_FRAME.search(head)
        if denying and not _denying(main) and _behind(claim, start, held, max(2, 0.8 * len(held))):
            yield Doubt("not denied", f"the source does not say '{denying.group()} {opener}'", hard=True)
            return
    clean = claim.clean[:_READ]
    unreal = _UNREAL.search(clean)
    if unreal and not any(_UNREAL.search(sentence.clean[:_READ]) for sentence in evidence):
        yield Doubt("hedge", f"the source does not say '{unreal.group()}'", hard=True)
