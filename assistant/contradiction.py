"""What speaks against what: a question's premise against the paper asked about, one cited paper against another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from assistant import text
from assistant.orders import without
from assistant.types import Disagreement, Paper, Source, Verifier

_PREMISE = re.compile(
    r"(?i)^\s*(?:so |and |but )?(?:why|how come|(?:by )?how much|how far|to what extent)\s+"
    r"(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)\s+(.+?)\s*\?*\s*$"
)
"""Questions that take a whole statement for granted. "How does X ..." does so too, but in words too general to be held
against a paper: of the tuning questions six such would have been corrected wrongly, of these none."""
_BEARS = 0.3
"""A contradiction by a sentence that bears on the claim less than that is about something else; seen on the tuning questions."""
_ABOUT_ONE = 0.4
"""The share of the content words of the shorter of two quotes that the other holds at least where both are about one thing."""


def premise(question: str) -> str | None:
    """What a question takes for granted, as a statement; None where it only asks."""
    match = _PREMISE.match(question)
    return match.group(1) if match else None


def against(claim: str, paper: Paper, guard: Verifier) -> tuple[int, int] | None:
    """The offsets of the sentence of the abstract that contradicts a claim; None where none does."""
    found: list[tuple[float, tuple[int, int]]] = []
    abstract = without(paper.abstract)
    for start, end in text.sentences(abstract):
        verdict = guard.verify(claim, [abstract[start:end]], context=paper.title)
        if verdict.verdict == "contradicted" and (verdict.score or 0.0) >= _BEARS:
            found.append((verdict.score or 0.0, (start, end)))
    return max(found)[1] if found else None


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
