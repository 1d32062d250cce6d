"""Contradictions: of a question's premise by the paper asked about, and between cited papers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from assistant import text
from assistant.config import fitted
from assistant.text.quantities import compare, quantities, same_quantity
from assistant.text.terms import terms
from assistant.text.view import View
from assistant.types import Disagreement, Paper, Source, Verifier
from assistant.verify.alignment import Sentence
from assistant.verify.features import Resemblance, places
from assistant.verify.injection import without
from assistant.verify.local import load_trees, load_words

_DENYING = re.compile(r"(?i)\b(?:not|no|never|without|cannot|neither|nor|none|nothing|rather than|instead of)\b|n['’]t\b")
_FIT = fitted("premise")
_TOLD = 2
"""A denial contradicts a question that states nothing only if both share at least this many words beyond the paper's title: a
sentence on something that X does not need does not deny what X needs."""
_COVERED: float = _FIT["covered"]
"""A sentence contradicts a premise only if the sentence holds at least this share of the premise's weight."""
_SHARED: float = _FIT["shared"]
"""A sentence is compared closely, which takes half a millisecond, if the sentence holds at least this share of the premise's
words."""
_UNLIKELY: float = _FIT["unlikely"]
"""A sentence contradicts a premise only if the probability of support, by the verifier's trees, is at most this; see `_SAME`."""
_SAME: float = _FIT["same"]
"""From this share of the premise's weight, `_UNLIKELY` does not apply, because a sentence that one word reverses scores high."""
_GRANTED: float = _FIT["granted"]
"""A sentence without hard doubts grants a premise if the probability of support, by the verifier's trees, reaches this."""
_LOOSE = frozenset(
    """under over above below behind ahead up down in out large largely larger small smaller long longer short shorter high low
    highest lowest most more less few fewer many include includes including contain contains add first last local global""".split()
)
"""Words whose opposites in another sentence seldom deny anything: "under a policy" does not deny that one improves."""
_SAME_THING: float = _FIT["same_thing"]
"""Figures of two papers disagree only if their likeness by `same_quantity` reaches this in both directions."""
_ABOUT_ONE: float = _FIT["about_one"]
"""Two quotes are about one thing if they share at least this share of the content words of the shorter one."""


def against(premise: str, paper: Paper, *, stated: bool) -> tuple[int, int] | None:
    """The sentence of an abstract that contradicts the premise of a question.

    Args:
        premise: the statement that the question takes for granted, or the whole question.
        paper: the paper that the question is about.
        stated: whether the question takes `premise` for granted. Of other questions only denials are compared. Figures are
            compared by `verify.premises`.

    Returns:
        The offsets of the sentence in the abstract; None where no sentence contradicts the premise.
    """
    abstract = without(paper.abstract)
    asked = set(terms(premise))
    told = asked - set(terms(paper.title))
    spans = [
        (start, end)
        for start, end in text.sentences(abstract)
        if (stated or (_DENYING.search(abstract, start, end) and len(told & set(terms(abstract[start:end]))) >= _TOLD))
        and len(asked.intersection(terms(abstract[start:end]))) >= _SHARED * len(asked)
    ]
    if not spans:
        return None
    words, claim, title = load_words(), Sentence(premise), Sentence(paper.title)
    found: list[tuple[float, tuple[int, int]]] = []
    others: list[Resemblance] = []
    for start, end in spans:
        if near := places([abstract[start:end]]):
            resemblance = Resemblance(claim, near, words.rarity, words.kin, title)
            if _denies(resemblance, stated):
                found.append((resemblance.covered(), (start, end)))
            else:
                others.append(resemblance)
    if not found or any(map(_grants, others)):
        return None
    return max(found)[1]


def _grants(near: Resemblance) -> bool:
    return not any(doubt.hard for doubt in near.doubts) and load_trees().score(near.features()) >= _GRANTED


def _denies(near: Resemblance, stated: bool) -> bool:
    kinds = ("denied", "opposite", "role") if stated else ("denied",)
    against = any(doubt.hard and doubt.kind in kinds and _LOOSE.isdisjoint(doubt.words) for doubt in near.doubts)
    covered = near.covered()
    if not against or covered < _COVERED:
        return False
    return covered >= _SAME or load_trees().score(near.features()) <= _UNLIKELY


def disagreements(sources: Sequence[Source], guard: Verifier) -> list[Disagreement]:
    """Find pairs of quotes from different papers of which one contradicts the other.

    Figures contradict where both quotes give the same quantity of the same thing; a figure that only one quote gives does not.

    Returns:
        The pairs.
    """
    found: list[Disagreement] = []
    words = [set(text.content_words(source.quote)) for source in sources]
    for (one, first), (other, second) in combinations(enumerate(sources), 2):
        if not (first.quote and second.quote) or first.paper.id == second.paper.id or not _about_one(words[one], words[other]):
            continue
        if reason := _figures_apart(View(first.quote).text, View(second.quote).text) or _opposed(first, second, guard):
            found.append(Disagreement(sources=(one, other), reason=reason))
    return found


def rival(quote: str, paper: Paper) -> tuple[int, int] | None:
    """The offsets of the sentence of a paper that gives another value for a quantity of a quote; None where none does."""
    if not any(map(str.isdigit, quote)):
        return None
    abstract, view, words = without(paper.abstract), View(quote).text, set(text.content_words(quote))
    for start, end in text.sentences(abstract):
        sentence = abstract[start:end]
        told = any(map(str.isdigit, sentence)) and _about_one(words, set(text.content_words(sentence)))
        if told and _figures_apart(view, View(sentence).text):
            return start, end
    return None


def _about_one(one: set[str], other: set[str]) -> bool:
    """Whether two sentences are about one thing, by the words that they share."""
    return len(one & other) >= _ABOUT_ONE * min(len(one), len(other))


def _opposed(first: Source, second: Source, guard: Verifier) -> str | None:
    """The reason for which one quote contradicts the other, figures aside."""
    verdicts = [guard.verify(first.quote, [second.quote]), guard.verify(second.quote, [first.quote])]
    opposed = [verdict.reasons for verdict in verdicts if verdict.verdict == "contradicted" and verdict.reasons]
    return next((reasons[0] for reasons in opposed if not any(map(str.isdigit, "".join(reasons)))), None)


def _figures_apart(first: str, second: str) -> str | None:
    """The two values that two quotes give for the same quantity: "71.20% against 34.55%"; None where they give none."""
    mine, theirs = quantities(first), quantities(second)
    if _names(first) ^ _names(second) or not mine or not theirs:
        return None
    for one in mine:
        relations = [(other, compare(one, other), compare(other, one)) for other in theirs if one.kind == other.kind]
        if any("holds" in row[1:] for row in relations):
            continue
        for other, forth, back in relations:
            alike = min(same_quantity(first, one, second, other), same_quantity(second, other, first, one))
            if forth == back == "conflicts" and alike >= _SAME_THING:
                return f"{one.text} against {other.text}"
    return None


def _names(content: str) -> set[str]:
    """The names in a quote, its figures aside: results of different systems are no disagreement."""
    return {text.fold(name) for name in text.names(content) if not any(map(str.isdigit, name))}
