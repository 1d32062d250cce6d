"""Scores: small pure functions of ranks and labels. A score that does not apply is None, and is never counted as 0."""

from __future__ import annotations

from collections.abc import Sequence


def recall_at(k: int, ranked: Sequence[str], gold: Sequence[str]) -> float | None:
    """Share of the gold items among the first `k` of `ranked` (Manning et al. 2008, 8.4); None without gold."""
    return len(set(ranked[:k]) & set(gold)) / len(set(gold)) if gold else None


def reciprocal_rank(ranked: Sequence[str], gold: Sequence[str]) -> float | None:
    """1 / rank of the first gold item, 0 where there is none among `ranked` (Voorhees 1999); None without gold."""
    if not gold:
        return None
    return next((1 / rank for rank, item in enumerate(ranked, 1) if item in gold), 0.0)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative, ties counting half (Hanley and McNeil 1982)."""
    if not positive or not negative:
        return None
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def key_fact_recall(text: str, facts: Sequence[str]) -> float | None:
    """Share of the facts that occur in `text`, both in the form used for searching; None without facts."""
    from assistant.text import fold

    folded = " ".join(fold(text).split())
    return sum(" ".join(fold(fact).split()) in folded for fact in facts) / len(facts) if facts else None


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of the values that apply."""
    applicable = [value for value in values if value is not None]
    return sum(applicable) / len(applicable) if applicable else None
