"""Scores: small pure functions of ranks and labels. A score that does not apply is None, and is never counted as 0."""

# scipy has no types; its statistics take seconds to import, so functions import them.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray


def recall_at(k: int, ranked: Sequence[str], gold: Sequence[str]) -> float | None:
    """Share of the gold items among the first `k` of `ranked` (Manning et al. 2008, 8.4); None without gold."""
    return len(set(ranked[:k]) & set(gold)) / len(set(gold)) if gold else None


def reciprocal_rank(ranked: Sequence[str], gold: Sequence[str]) -> float | None:
    """1 / rank of the first gold item, 0 where there is none among `ranked` (Voorhees 1999); None without gold."""
    if not gold:
        return None
    return next((1 / rank for rank, item in enumerate(ranked, 1) if item in gold), 0.0)


def ndcg_at(k: int, ranked: Sequence[str], grades: Mapping[str, int]) -> float | None:
    """Normalised discounted cumulative gain of the first `k`, 0..1; None where nothing is relevant.

    The sum over the ranks of gain / log2(rank + 1), as a share of that of the best order (Järvelin and Kekäläinen 2002);
    the gain of grade g is 2^g - 1 (Burges et al. 2005), for grades 0 and 1 the grade itself. An item counts once.
    """
    best = _discounted(sorted(grades.values(), reverse=True)[:k])
    return _discounted([grades.get(item, 0) for item in dict.fromkeys(ranked[:k])]) / best if best else None


def precision(found: Sequence[str], gold: Sequence[str]) -> float | None:
    """Share of the items found that are gold, each once (Manning et al. 2008, 8.3); None without either."""
    return len(set(found) & set(gold)) / len(set(found)) if found and gold else None


def _discounted(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def wilson(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share (Wilson 1927): sound where few or none of few trials hit; 0 and 1 without trials."""
    if not trials:
        return 0.0, 1.0
    from scipy.stats import binomtest

    low, high = binomtest(hits, trials).proportion_ci(level, method="wilson")
    return float(low), float(high)


def vendi(vectors: NDArray[np.float32]) -> float:
    """The effective number of different items among [items, dimensions] of length 1: 1..items.

    The exponential of the entropy of the eigenvalues of the matrix of their cosines over their number (Friedman and Dieng
    2023, arXiv 2210.02410).
    """
    eigenvalues = np.linalg.eigvalsh(vectors @ vectors.T / len(vectors))
    positive = eigenvalues[eigenvalues > 1e-12]
    return float(np.exp(-(positive * np.log(positive)).sum()))


class Bin(NamedTuple):
    """Answers whose confidence lies within the same tenth."""

    low: float
    high: float
    answers: int
    confidence: float
    """Their mean confidence."""
    right: float
    """The share of them that are right."""
    weight: float
    """Their share of all weight."""


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """How often confidence is right, by bins of the same width, empty ones left out.

    Right and wrong answers weigh the same in sum, because the confidence is stated at even odds; without either there is
    no table.
    """
    if all(right) or not any(right):
        return []
    weights = [0.5 / sum(right) if good else 0.5 / (len(right) - sum(right)) for good in right]
    rows: list[Bin] = []
    for number in range(bins):
        own = [at for at, value in enumerate(confidences) if min(bins - 1, int(value * bins)) == number]
        weight = sum(weights[at] for at in own)
        if own:
            mean_confidence = sum(weights[at] * confidences[at] for at in own) / weight
            share = sum(weights[at] for at in own if right[at]) / weight
            rows.append(Bin(number / bins, (number + 1) / bins, len(own), mean_confidence, share, weight))
    return rows


def calibration_error(rows: Sequence[Bin]) -> float | None:
    """Expected calibration error: the mean gap between confidence and share right (Naeini et al. 2015), 0..1."""
    if not rows:
        return None
    return sum(row.weight * abs(row.confidence - row.right) for row in rows)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative, ties counting half (Hanley and McNeil 1982)."""
    if not positive or not negative:
        return None
    from scipy.stats import rankdata

    ranks = rankdata([*positive, *negative])[: len(positive)]
    return float(ranks.sum() / len(positive) - (len(positive) + 1) / 2) / len(negative)


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """For each confidence from which on one could answer: the share of questions answered, and the share of those that is wrong.

    The risk-coverage curve (El-Yaniv and Wiener 2010), from the most to the least confident; equal confidences are one point,
    so the order of the questions says nothing.
    """
    order = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points: list[tuple[float, float]] = []
    wrong = 0
    for place, (confidence, good) in enumerate(order, 1):
        wrong += not good
        if place == len(order) or order[place][0] != confidence:
            points.append((place / len(order), wrong / place))
    return points


def risk_coverage_area(points: Sequence[tuple[float, float]]) -> float | None:
    """Area under the risk-coverage curve (Geifman and El-Yaniv 2017): the mean risk over all coverages, 0 at best."""
    if not points:
        return None
    before = [0.0, *(coverage for coverage, _ in points[:-1])]
    return sum((coverage - start) * risk for start, (coverage, risk) in zip(before, points, strict=True))


class Held(NamedTuple):
    """A claim of an answer, held by a judge against the papers that it cites; None: no usable verdict."""

    together: bool | None
    """All that it cites support it; False where it cites nothing."""
    alone: tuple[bool | None, ...]
    """Each of them by itself supports it."""
    others: tuple[bool | None, ...]
    """All but each of them support it."""
    answer: bool | None
    """The papers that the answer cites anywhere support it."""
    contradicted: bool = False
    """Those papers say otherwise."""


def unjudged(claims: Sequence[Held]) -> int:
    """Claims that the judge gave no usable verdict on; with any, the scores that rest on it do not apply."""
    return sum(None in (claim.together, claim.answer, *claim.alone, *claim.others) for claim in claims)


def citation_recall(claims: Sequence[Held]) -> float | None:
    """Share of the claims that the papers they cite support, taken together (ALCE: Gao et al. 2023, arXiv 2305.14627).

    Mended: `claims` leaves out sentences that need no source, such as "In short:", and refusals have none, so that neither
    counts as a miss. None without claims, or where one was not judged.
    """
    return None if not claims or unjudged(claims) else sum(claim.together is True for claim in claims) / len(claims)


def citation_precision(claims: Sequence[Held]) -> float | None:
    """Share of the citations that are called for (ALCE: Gao et al. 2023, arXiv 2305.14627); None without any, or unjudged.

    A citation is not called for where the claim is not supported, or where the cited paper alone does not support it while
    the others do without it. Numbers that were never offered are counted by `offered`, not here.
    """
    citations = sum(len(claim.alone) for claim in claims)
    if not citations or unjudged(claims):
        return None
    good = sum(
        bool(claim.together) and (len(claim.alone) == 1 or bool(alone) or not without)
        for claim in claims
        for alone, without in zip(claim.alone, claim.others, strict=True)
    )
    return good / citations


def faithfulness(claims: Sequence[Held]) -> float | None:
    """Share of the claims that the papers cited anywhere in the answer support.

    As in ragas (Es et al. 2024, arXiv 2309.15217), but against what is cited and not all that was found, and never over
    fewer verdicts than claims. A wrong number is an error of citation, not of faith. None without claims, or unjudged.
    """
    return None if not claims or unjudged(claims) else sum(claim.answer is True for claim in claims) / len(claims)


def offered(cited: int, invented: int) -> float | None:
    """Share of the numbers cited that had been offered: the others are errors of a class of their own; None without any."""
    return cited / (cited + invented) if cited + invented else None


def exactness(quotes: Sequence[tuple[str, int, int, str]]) -> float | None:
    """Share of the quotes (text, start, end, quote) that are that slice of the text, to the character; None without any."""
    return sum(bool(quote) and text[start:end] == quote for text, start, end, quote in quotes) / len(quotes) if quotes else None


def decision(match: Literal["strong", "weak", "none"], answerable: bool) -> float:
    """1 where an answerable question is answered, or one without an answer is refused or marked as a weak match, else 0.

    Both errors, refusing too much and answering without grounds, are counted by question type.
    """
    return float(match != "none" if answerable else match != "strong")


def disagreement(first: Sequence[str], second: Sequence[str]) -> float | None:
    """1 - Jaccard index of two sets, e.g. of the papers cited before and after a change: 0 for the same; None for two empty ones.

    With passages in another order it is the sensitivity to order; between two versions, the churn of citations.
    """
    union = set(first) | set(second)
    return 1 - len(set(first) & set(second)) / len(union) if union else None


def churn(before: Sequence[str], after: Sequence[str]) -> float | None:
    """Share of the questions whose verdict differs (predictive churn: Milani Fard et al. 2016); None without questions."""
    return sum(a != b for a, b in zip(before, after, strict=True)) / len(before) if before else None


def balanced_accuracy(said: Sequence[bool], labels: Sequence[bool]) -> float | None:
    """Mean of the shares of either class judged right (Brodersen et al. 2010): 0..1, 0.5 by guessing; None without either."""
    shares = [
        mean([float(one == label) for one, label in zip(said, labels, strict=True) if label == wanted]) for wanted in (True, False)
    ]
    return None if None in shares else mean(shares)


def kappa(said: Sequence[bool], labels: Sequence[bool]) -> float | None:
    """Agreement beyond chance (Cohen 1960): 1 for all, 0 for as much as by chance; None where chance agrees always."""
    if not labels:
        return None
    agreed = sum(one == label for one, label in zip(said, labels, strict=True)) / len(labels)
    yes, true = sum(said) / len(said), sum(labels) / len(labels)
    chance = yes * true + (1 - yes) * (1 - true)
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def key_fact_recall(text: str, facts: Sequence[str]) -> float | None:
    """Share of the facts that occur in `text` as whole words, both in the form used for searching; None without facts."""
    from assistant.text import fold

    folded = " ".join(fold(text).split())
    folded_facts = [" ".join(fold(fact).split()) for fact in facts]
    # "12 times" is folded to "12x", and does hold 12
    ends = [r"(?!(?!x\b)\w|\.\d)" if fact[-1:].isdigit() else r"(?!\w|\.\d)" for fact in folded_facts]
    patterns = [rf"(?<![\w.]){re.escape(fact)}{end}" for fact, end in zip(folded_facts, ends, strict=True)]
    return sum(bool(re.search(pattern, folded)) for pattern in patterns) / len(facts) if facts else None


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of the values that apply."""
    applicable = [value for value in values if value is not None]
    return sum(applicable) / len(applicable) if applicable else None
