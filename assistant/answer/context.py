"""Abstracts to the sentences that bear on the question, so that a model reads a fifth as much."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.answer.extract import chances, named
from assistant.config import fitted
from assistant.models import tokens
from assistant.search.retriever import Found, Hit

_STEEPNESS: float = fitted("selection")["steepness"]
"""A paper with a score this much below the best one gets 1/e of the weight of the best one; chosen on the tuning questions."""
_ASKED_FOR, _EVEN = 0.5, 0.5
"""A paper that the question asks for: the share of the best sentence of all that its own best one counts at least, and the power
that brings its other sentences closer to that one; chosen on the tuning questions."""
_AROUND = 6
"""Tokens around a paper, beside its title."""


def bearing(found: Found, hits: Sequence[Hit], budget: int) -> list[str]:
    """Choose the sentences of abstracts that a model reads: over all papers those most likely to hold the answer.

    Papers that the question names, the best paper and those that a part of the question put forward are papers that the question
    asks for: the sentences of each are also held against its own best one alone, as a comparison needs both of its papers.

    Args:
        found: the search.
        hits: the papers.
        budget: the tokens of titles and sentences for a question of one part; each further part has half as many.

    Returns:
        For each hit the sentences kept, in their order; empty where none is.
    """
    chosen: list[tuple[float, int, tuple[int, int]]] = []
    scores = [math.exp((max(hit.whole, hit.passage.score) - hits[0].whole) / _STEEPNESS) for hit in hits]
    spread = [chances(found, hit) for hit in hits]
    most = max((score * float(max(odds, default=0)) for score, (_, odds) in zip(scores, spread, strict=True)), default=0) or 1.0
    for number, (hit, score, (spans, odds)) in enumerate(zip(hits, scores, spread, strict=True)):
        passage, own = hit.passage, float(max(odds, default=0)) or 1.0
        asked = number == 0 or passage.part is not None or named(passage.paper, found.question.stems)
        for span, chance in zip(spans, odds, strict=True):
            share = score * float(chance) / most
            alone = _ASKED_FOR * (float(chance) / own) ** _EVEN if asked else 0.0
            chosen.append((-max(share, alone), number, span))
    left = budget * (1 + max(len(found.question.parts), 1)) // 2
    kept: list[list[tuple[int, int]]] = [[] for _ in hits]
    for _, number, span in sorted(chosen):
        paper = hits[number].passage.paper
        size = tokens.count(paper.abstract[slice(*span)]) + (0 if kept[number] else tokens.count(paper.title) + _AROUND)
        if size <= left:
            kept[number].append(span)
            left -= size
    return [
        " ".join(hit.passage.paper.abstract[slice(*span)] for span in sorted(spans)) for hit, spans in zip(hits, kept, strict=True)
    ]
