"""Claims over several papers: what joins a name of one text to a name, a figure or a predicate of another is said by no text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from assistant import text
from assistant.config import fitted
from assistant.text.words import CONTRASTING, STOP_WORDS
from assistant.verify.alignment import Kin, Sentence, Word
from assistant.verify.features import RARITY

_FIT = fitted("verdict")
BORROWED: float = _FIT["borrowed"]
"""A stretch of a claim is of another text than the names in it if at least this share of its weight stands in other texts alone."""
_NAME = re.compile(r"(?<![\w-])(?=[^\s]{0,40}[A-Z])[^\W\d_][\w+]{0,60}(?:[-.@][^\W_][\w+]{0,60}){0,9}")
_INNER = re.compile(r"[\w-]{1,60}[A-Z]|[A-Z]\w{0,60}\d")
"""What the first word of a sentence has where it is a name."""
_ASIDE = re.compile(r"\([^()]{0,200}\)|\[\d{1,3}\]")
_CUT = re.compile(rf"[,;:]\s|\s(?:{CONTRASTING})\s")
_AND = re.compile(r"\sand\s")
_WORD = re.compile(r"[^\W\d_]+")
_BESIDE = frozenset(
    """and or nor but while whereas although though unlike like versus vs compared comparison alongside plus both respectively
    which who whose whom where""".split()
)
"""Words that set two things side by side, or begin a clause, and state no relation between the two."""
_ONE_OTHER = re.compile(r"(?i)\b(?:one\b.{0,300}\bother|the former|the latter|the first\b.{0,300}\bsecond|respectively)\b")
"""What tells two things apart by their order."""
_EACH = re.compile(r"(?i)(?:all|both|each|every|these|none|neither|most|the (?:two|three|four|five))\b")
"""How a sentence begins that says one thing of several texts."""
_BEST = frozenset("only sole best highest lowest largest smallest fastest strongest worst latest earliest".split())
"""Words that set one thing against all others."""


class _Name(NamedTuple):
    """A name in a claim."""

    written: str
    start: int
    end: int
    texts: frozenset[int]
    """The texts that hold the name."""


class Texts(NamedTuple):
    """What the texts hold."""

    folded: Sequence[str]
    stems: Sequence[set[str]]
    """The stems of each."""
    rarity: Mapping[str, float]
    kin: Kin


def unjoined(claim: Sentence, texts: Texts) -> str:
    """Find what a claim joins that stands in different texts alone.

    Two names with words of content between them; a stretch with a name of one text and figures or predicates of another; one thing
    said of all texts that some do not say; a superlative that no text has.

    Args:
        claim: a sentence.
        texts: the texts it is held against.

    Returns:
        The reason in words; empty where nothing is joined so, and for a single text.
    """
    if len(texts.folded) < 2:
        return ""
    names = list(_names(claim.clean, texts.folded))
    plain = _ASIDE.sub(lambda aside: " " * len(aside.group()), claim.clean)
    for one, other in pairwise(names):
        if not one.texts & other.texts and _related(plain[one.end : other.start]):
            return f"no source speaks of both {one.written} and {other.written}"
    if "respectively" in claim.forms and (figure := _disordered(claim, names, texts)):
        return f"the source does not say '{figure}' of the name that it stands for"
    for start, end in () if _ONE_OTHER.search(claim.clean) else _stretches(claim.clean, names):
        inside = [name for name in names if start <= name.start < end]
        if _EACH.match(claim.clean) and len(inside) == 1:  # "both use DPO": DPO is no subject
            inside = []
        own = _content(claim, start, end, inside)
        several = sum(word.figure is not None for word in own) > 1
        for held in _wanted(claim.clean, inside, len(texts.folded)):
            shared = len(held) < len(inside) or not inside
            if several and shared:  # "71% and 57%": a figure for each
                continue
            if word := _borrowed(own, held, texts):
                who = inside[0].written if inside else "each paper"
                return f"the source does not say '{word}' of {who}"
    if best := next((word for word in claim.words if word.text in _BEST), None):
        if not any(best.stem in stems for stems in texts.stems):
            return f"no source says '{best.text}' of several papers"
    return ""


def misplaced(stretches: Sequence[tuple[str, frozenset[int]]], texts: Texts) -> str:
    """Find what a stretch of a sentence says that its own citation does not have, and another cited text has.

    Args:
        stretches: pieces of the sentence, each with the places of the texts that are cited for it.
        texts: all texts that the sentence cites.

    Returns:
        The reason in words; empty where nothing is misplaced.
    """
    for said, held in stretches:
        sentence = Sentence(said)
        if word := _borrowed([sentence.words[place] for place in sentence.content], held, texts):
            return f"'{word}' is not in the source that is cited for it"
    return ""


def read(evidence: Sequence[str], found: Iterable[tuple[int, Sentence]], rarity: Mapping[str, float], kin: Kin) -> Texts:
    """What the texts hold, from their sentences, each with the place of its text."""
    stems: list[set[str]] = [set() for _ in evidence]
    for number, sentence in found:
        stems[number] |= sentence.places.keys()
    return Texts([f" {text.fold(source)} " for source in evidence], stems, rarity, kin)


def _names(claim: str, folded: Sequence[str]) -> Iterator[_Name]:
    """The names of a claim that some text holds, in order."""
    for match in _NAME.finditer(claim):
        written = match.group()
        if written.lower() in STOP_WORDS or (not claim[: match.start()].strip() and not _INNER.match(written)):
            continue
        wanted = re.compile(rf"(?<!\w){re.escape(text.fold(written))}(?!\w)")
        if texts := frozenset(number for number, source in enumerate(folded) if wanted.search(source)):
            yield _Name(written, *match.span(), texts)


def _disordered(claim: Sentence, names: Sequence[_Name], texts: Texts) -> str:
    """A figure of "A and B reach 1 and 2, respectively" that its own name's texts lack and others have; empty without one."""
    figures = [word for word in claim.words if word.figure]
    subjects = [name for name in names if len(name.texts) < len(texts.folded)]
    if len(figures) != len(subjects) or len(figures) < 2:
        return ""
    every = frozenset(range(len(texts.folded)))
    for word, name in zip(figures, subjects, strict=True):
        if not _holds(word.stem, name.texts, texts) and _holds(word.stem, every - name.texts, texts):
            return word.text
    return ""


def _related(between: str) -> bool:
    """Whether the words between two names state a relation: "A was trained on B", not "A and B", "A, while B"."""
    return _telling(between) and not _CUT.search(f"{between} ") and _BESIDE.isdisjoint(_WORD.findall(between.lower()))


def _telling(part: str) -> bool:
    return any(word not in STOP_WORDS and len(word) > 1 for word in _WORD.findall(part.lower()))


def _stretches(claim: str, names: Sequence[_Name]) -> Iterator[tuple[int, int]]:
    """Where the stretches of a claim begin and end, each with what is said of its own names."""
    start = 0
    for cut in (*_CUT.finditer(claim), None):
        end = cut.start() if cut else len(claim)
        for conjunction in _AND.finditer(claim, start, end):
            before = [name for name in names if start <= name.start < conjunction.start()]
            behind = [name for name in names if conjunction.end() <= name.start < end]
            told = " ".join([claim[start : before[0].start], claim[before[0].end : conjunction.start()]]) if before else ""
            if _telling(told) and behind and not before[-1].texts & behind[0].texts:
                yield start, conjunction.start()
                start = conjunction.end()
        yield start, end
        start = cut.end() if cut else end


def _wanted(claim: str, inside: Sequence[_Name], count: int) -> list[frozenset[int]]:
    """The sets of texts each of which has to hold a stretch: those of its names together, or each alone where all are said to."""
    every = frozenset(range(count))
    if not inside:
        return [frozenset((number,)) for number in every] if _EACH.match(claim) else []
    union = frozenset(number for name in inside for number in name.texts)
    if _apart(inside):
        return [name.texts for name in inside]
    return [union] if union != every else []


def _apart(inside: Sequence[_Name]) -> bool:
    """Whether no text holds all of several names."""
    return len(inside) > 1 and not inside[0].texts.intersection(*(name.texts for name in inside[1:]))


def _content(claim: Sentence, start: int, end: int, inside: Sequence[_Name]) -> list[Word]:
    """The content words of a stretch, its names left out."""
    return [
        word
        for word in (claim.words[place] for place in claim.content)
        if start <= word.start < end and not any(name.start <= word.start < name.end for name in inside)
    ]


def _borrowed(content: Sequence[Word], held: frozenset[int], texts: Texts) -> str:
    """The rarest of the words that only other texts than `held` have, where these weigh enough, as any figure does; else empty."""
    others = frozenset(range(len(texts.stems))) - held
    total, borrowed, rarest = 0.0, 0.0, (False, 0.0, "")
    for word in content:
        weight = texts.rarity.get(word.stem, RARITY)
        total += weight
        if not _holds(word.stem, held, texts) and _holds(word.stem, others, texts):
            borrowed += weight
            rarest = max(rarest, (word.figure is not None, weight, word.text))
    return rarest[2] if rarest[0] or borrowed >= BORROWED * total else ""


def _holds(stem: str, held: frozenset[int], texts: Texts) -> bool:
    close = texts.kin.get(stem, {})
    return any(stem in texts.stems[number] or not texts.stems[number].isdisjoint(close) for number in held)
