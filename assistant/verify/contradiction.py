"""Contradictions: of a question's premise by the paper asked about, and between cited papers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from assistant import text
from assistant.config import fitted
from assistant.text.terms import terms
from assistant.types import Disagreement, Paper, Source, Verifier
from assistant.verify.alignment import Sentence
from assistant.verify.features import Resemblance, places
from assistant.verify.injection import without
from assistant.verify.local import load_trees, load_words

_DENYING = re.compile(r"(?i)\b(?:not|no|never|without|cannot|neither|nor|none|nothing|rather than|instead of)\b|n['’]t\b")
_FIT = fitted("premise")
_TOLD = 2
"""Words beyond the paper's title that a denial shares at least with a question that states nothing: what X needs is not denied by
a sentence on something that X does not need."""
_COVERED: float = _FIT["covered"]
"""The least share of a premise's weight in a sentence that contradicts it."""
_SHARED: float = _FIT["shared"]
"""The least share of its words, rare or not, in a sentence that is looked at closely, which takes half a millisecond."""
_UNLIKELY: float = _FIT["unlikely"]
"""The most probability, by the verifier's trees, that such a sentence supports the premise, ..."""
_SAME: float = _FIT["same"]
"""... but where it holds so much of the premise: what one word turns around is very like it."""
_GRANTED: float = _FIT["granted"]
"""The least probability, by the same trees, with which a sentence without such doubts grants the premise."""
_LOOSE = frozenset(
    """under over above below behind ahead up down in out large largely larger small smaller long longer short shorter high low
    highest lowest most more less few fewer many include includes including contain contains add first last local global""".split()
)
"""Words whose opposites in another sentence seldom deny anything: "under a policy" does not deny that one improves."""
_ABOUT_ONE: float = _FIT["about_one"]
"""The share of the content words of the shorter of two quotes that the other holds at least where both are about one thing."""


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
    """The pairs of quotes from different papers of which one contradicts the other."""
    found: list[Disagreement] = []
    for (one, first), (other, second) in combinations(enumerate(sources), 2):
        words = set(text.content_words(first.quote)), set(text.content_words(second.quote))
        if first.paper.id == second.paper.id or len(words[0] & words[1]) < _ABOUT_ONE * min(map(len, words)):
            continue
        both = [guard.verify(first.quote, [second.quote]), guard.verify(second.quote, [first.quote])]
        opposed = [verdict for verdict in both if verdict.verdict == "contradicted"]
        if opposed:
            found.append(Disagreement(sources=(one, other), reason=opposed[0].reasons[0]))
    return found
