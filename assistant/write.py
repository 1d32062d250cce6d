"""Passages to an answer without a model: the sentences that answer best, quoted to the byte and numbered."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.config import AnswerSettings
from assistant.lexical import terms
from assistant.retrieve import Found, Hit
from assistant.types import Claim, Paper, Source

_SEVERAL = re.compile(
    r"\b(compar\w+|contrast\w*|differ\w*|versus|vs|both|between|respectively|relat\w+ to"
    r"|(?:papers|works|studies|systems|methods|provers|benchmarks)\b.*\?)",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\b(how (?:many|much|large|big|long|often|fast|far)|by how|figure|percent\w*|accuracy|rate"
    r"|what (?:share|fraction|number|score|size|factor|speed\w*))\b",
    re.IGNORECASE,
)


class _Candidate(NamedTuple):
    paper: Paper
    start: int
    end: int
    score: float
    stems: frozenset[str]
    order: int


def extract(question: str, found: Found, settings: AnswerSettings) -> tuple[list[Claim], list[Source]]:
    """Claims and the sources they quote: one to `settings.sentences` sentences from the best papers, each a claim.

    Args:
        question: the question.
        found: what a search found for it.
        settings: how many papers and sentences at most.
    """
    chosen: list[_Candidate] = []
    hits = _papers(question, found, settings)
    per_paper = max(1, settings.sentences // len(hits)) if hits else 0
    for order, hit in enumerate(hits):
        chosen += _choose(question, hit, order, found, per_paper)
    chosen.sort(key=lambda candidate: (candidate.order, candidate.start))
    sources = [
        Source(
            number=number,
            paper=candidate.paper,
            quote=candidate.paper.abstract[candidate.start : candidate.end],
            start=candidate.start,
            end=candidate.end,
        )
        for number, candidate in enumerate(chosen, 1)
    ]
    return [Claim(text=source.quote, sources=(source.number,)) for source in sources], sources


def _papers(question: str, found: Found, settings: AnswerSettings) -> list[Hit]:
    """The papers to quote: the best one, and others near it, nearer where the question is not about several."""
    if not found.hits:
        return []
    share = 0.85 if _SEVERAL.search(question) else 0.99  # scores of neighbours lie close together
    top = found.hits[0].passage.score
    return [hit for hit in found.hits[: settings.papers] if hit.passage.score >= share * top]


def _choose(question: str, hit: Hit, order: int, found: Found, most: int) -> list[_Candidate]:
    """The fewest sentences of a paper that cover what of the question the paper covers."""
    asks_figure = bool(_FIGURE.search(question))
    total = sum(found.idf.values()) or 1.0
    candidates: list[_Candidate] = []
    for entry in hit.entries:
        cosines = entry.sentences @ found.query.vector
        for (start, end), cosine in zip(entry.spans, cosines.tolist() or [0.0] * len(entry.spans), strict=True):
            sentence = entry.paper.abstract[start:end]
            shared = frozenset(terms(sentence)) & found.idf.keys()
            score = cosine + sum(found.idf[stem] for stem in shared) / total
            if asks_figure and re.search(r"\d", sentence):
                score += 0.15
            candidates.append(_Candidate(entry.paper, start, end, score, shared, order))
    picked: list[_Candidate] = []
    covered: set[str] = set()
    while candidates and len(picked) < most:
        best = max(candidates, key=lambda c: c.score + sum(found.idf[s] for s in c.stems - covered) / total)
        gain = sum(found.idf[stem] for stem in best.stems - covered) / total
        if picked and gain < 0.1 and best.score < 0.9 * picked[0].score:
            break
        picked.append(best)
        covered |= best.stems
        candidates.remove(best)
    return picked
