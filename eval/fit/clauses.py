"""Fits `assistant/fitted/clauses.json`: the trees that tell the added parts of a claim from its true ones."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assistant.assistant import SAMPLE
from assistant.verify import clauses, local
from assistant.verify.alignment import Sentence
from assistant.verify.features import Resemblance, places
from eval.fit import additions, trees
from eval.judging import judge
from eval.runs import cases

DRAWN = 400
"""True pairs of each set."""
KINDS = 2
"""Additions planted into each of them; into a planted tuning pair, which a person worded on a paper, one of each kind."""
LONGEST = 400
"""Characters of a claim at most: longer ones are no sentence."""
WEIGHT = 3.0
"""What the parts of planted tuning pairs weigh, those of the sets 1."""
SETTINGS = {"max_iter": 80, "learning_rate": 0.12, "min_samples_leaf": 60}


class Row(NamedTuple):
    """A part of a claim to fit on."""

    added: bool
    weight: float
    features: dict[str, float]


def examples(seed: int = 1) -> list[Row]:
    """The parts of true pairs, and of the same with an addition; those that an addition cuts in halves are left out."""
    rng = random.Random(seed)
    abstracts = [paper.abstract for paper in cases.papers(str(SAMPLE))]
    rows: list[Row] = []
    for pair in judge.planted("tune"):
        if pair.label:
            rows += _rows(pair, additions.KINDS, abstracts, rng, WEIGHT)
    for pair in judge.quantities("tune"):
        if pair.label:
            rows += _rows(pair, rng.sample(additions.KINDS, KINDS), abstracts, rng, WEIGHT)
    for name in judge.SETS:
        pairs = [
            pair
            for pair in judge.load(name)
            if pair.label and (pair.set, pair.split) != ("scifact", "dev") and len(pair.claim) < LONGEST
        ]
        pairs = rng.sample(pairs, min(DRAWN, len(pairs)))
        others = [pair.claim for pair in pairs]
        for pair in pairs:
            rows += _rows(pair, rng.sample(additions.KINDS, KINDS), others, rng, 1.0)
    return rows


def _rows(pair: judge.Pair, kinds: Sequence[str], others: Sequence[str], rng: random.Random, weight: float) -> Iterator[Row]:
    found = places(pair.evidence)
    if not found:
        return
    words = local.load_words()
    for kind in ("", *kinds):
        added = additions.add(pair.claim, kind, others, rng) if kind else additions.Added(pair.claim, 0, 0)
        if not added:
            continue
        claim = Sentence(added.text)
        piece = added.text[added.start : added.end].strip()
        start = claim.clean.find(piece)  # the offsets are those of the text as written
        if start < 0 or not claim.words:
            continue
        end = start + len(piece)
        held = Resemblance(claim, found, words.rarity, words.kin)
        for part in clauses.parts(claim):
            own = [word for word in claim.words[part.first : part.end] if not word.stop] or claim.words[part.first : part.end]
            share = sum(word.start >= start and word.end <= end for word in own) / len(own)
            if not 0.3 < share < 0.7:
                yield Row(share > 0.5, weight, clauses.features(held, part))


def fit(rows: Sequence[Row]) -> local.Trees:
    """Trees fitted on `rows`, both classes weighing alike."""
    totals = Counter[bool]()
    for row in rows:
        totals[row.added] += row.weight  # pyright: ignore[reportArgumentType]
    weights = [row.weight / totals[row.added] for row in rows]
    return trees.fit([row.features for row in rows], [row.added for row in rows], weights, **SETTINGS)
