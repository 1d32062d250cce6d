"""Fits the local verifier: `assistant/words.npz`, what is known of words, and `assistant/verifier.json`, the trees."""

# numpy infers too little of linear algebra for the strict checks of what is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant import text
from assistant.assistant import SAMPLE
from assistant.models.embedders import MiniLM
from assistant.text.stems import stem
from assistant.types import Vectors
from assistant.verify import local
from assistant.verify.alignment import Sentence
from assistant.verify.features import Resemblance, places
from eval.fit import trees
from eval.fit.perturb import KINDS, perturb
from eval.judging import judge
from eval.runs import cases

STEMS = 12_000
"""Stems of which is known what is close; the rarest of them occurs some five times in the texts."""
CLOSE = 0.42
"""The least cosine of stems that are close."""
KIN = 8
"""The most stems that are kept as close to one."""
FORMS = 3
"""Forms of a stem whose vectors are averaged, the most frequent ones."""


def texts() -> list[str]:
    """All evidence of the sets, and the sample's abstracts; each once."""
    sets = [source for name in judge.SETS for pair in judge.load(name) for source in pair.evidence]
    return list(dict.fromkeys([*sets, *(paper.abstract for paper in cases.papers(str(SAMPLE)))]))


def fit_words(file: Path = local.WORDS) -> int:
    """Write how rare stems are in `texts` and which are close; returns the number of stems.

    Rarity is the inverse document frequency over sentences. Closeness is the cosine of what the embedder makes of single
    words, less the mean of all words, which takes out that they are all words.
    """
    sentences, forms, occurrences, count = Counter[str](), dict[str, Counter[str]](), Counter[str](), 0
    for source in texts():
        for place in places([source]):
            count += 1
            sentences.update(place.sentence.places.keys())
            for word in place.sentence.words:
                if not word.stop and word.figure is None and word.text.isalpha():
                    forms.setdefault(word.stem, Counter())[word.text] += 1
                    occurrences[word.stem] += 1
    known = sorted(occurrences, key=lambda key: (-occurrences[key], key))[:STEMS]
    known += sorted(
        word
        for word in {stem(stop) for stop in text.STOP_WORDS} | sentences.keys()
        if word not in set(known) and sentences[word] > 50
    )
    rarity = [round(10 * math.log((count + 1) / (sentences[key] + 0.5))) for key in known]
    vectors = _vectors([forms[key] if key in forms else Counter() for key in known[:STEMS]])
    of, to, close = _close(vectors)
    stems = np.frombuffer("\n".join(known).encode(), np.uint8)
    np.savez_compressed(file, stems=stems, rarity=np.array(rarity, np.uint8), of=of, to=to, close=close)
    return len(known)


def _vectors(forms: Sequence[Counter[str]]) -> Vectors:
    """A vector for each stem: the mean over its forms, weighted by the root of how often each occurs."""
    rows: list[Vectors] = []
    with tempfile.TemporaryDirectory() as cache:
        model = MiniLM(Path(cache), "fp32")
        for own in forms:
            common = sorted(own.items(), key=lambda item: (-item[1], item[0]))[:FORMS]
            rows.append(np.sum([math.sqrt(times) * model.query(form)[0].vector for form, times in common], axis=0))
    vectors = np.array(rows, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors -= vectors.mean(axis=0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _close(vectors: Vectors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of rows that are close, the first number the smaller, and their cosines in hundredths."""
    pairs: dict[tuple[int, int], float] = {}
    for row in range(len(vectors)):
        cosines = vectors @ vectors[row]
        cosines[row] = -1
        for other in np.argsort(-cosines, kind="stable")[:KIN].tolist():
            if cosines[other] >= CLOSE:
                pairs[min(row, other), max(row, other)] = float(cosines[other])
    order = sorted(pairs)
    of, to = np.array(order, np.uint16).T
    return of, to, np.array([round(100 * pairs[pair]) for pair in order], np.uint8)


class Row(NamedTuple):
    """An example to fit on."""

    group: str
    """What it weighs alike with: its set, "auto" for errors planted by `eval.fit.perturb`, "planted" for those of a person."""
    fold: int
    label: int
    features: dict[str, float]


def examples() -> list[Row]:
    """All that may be fitted on: the sets but SciFact's dev split, errors planted into these, tuning pairs, also of quantities."""
    pairs = [pair for name in judge.SETS for pair in judge.load(name) if (pair.set, pair.split) != ("scifact", "dev")]
    pairs += [*_planted([pair for pair in pairs if pair.label]), *judge.planted("tune"), *judge.quantities("tune")]
    words = local.load_words()
    return [
        Row(
            pair.set,
            pair.fold,
            pair.label,
            Resemblance(Sentence(pair.claim), places(pair.evidence), words.rarity, words.kin).features(),
        )
        for pair in pairs
    ]


def _planted(true: Sequence[judge.Pair], seed: int = 0) -> list[judge.Pair]:
    """For each true pair one error of a random kind that it offers a place for, beside the pair itself."""
    rng = random.Random(seed)
    pairs: list[judge.Pair] = []
    others = {name: [pair.claim for pair in true if pair.set == name] for name in judge.SETS}
    for pair in true:
        for kind in rng.sample(KINDS, len(KINDS)):
            source = pair.evidence if rng.random() < 0.5 else others[pair.set]
            if changed := perturb(pair.claim, kind, source, rng):
                pairs.append(pair._replace(set="auto", claim=changed, label=0, kind=kind))
                break
        pairs.append(pair._replace(set="auto"))
    return pairs


WEIGHTS = {"planted": 2.0, "quantities": 0.5}
"""Weights of groups that are not 1: claims on papers of this field, worded by a person, are what the product meets, and those about
quantities have sources of a sentence, which no paper has."""


SETTINGS = {"max_iter": 250, "learning_rate": 0.04, "min_samples_leaf": 80}


def fit_trees(rows: Sequence[Row]) -> local.Trees:
    """Trees fitted on `rows`, both classes weighing alike within each group, and the groups among each other as `WEIGHTS` says."""
    counts = Counter((row.group, row.label) for row in rows)
    weights = [WEIGHTS.get(row.group, 1.0) / counts[row.group, row.label] for row in rows]
    return trees.fit([row.features for row in rows], [bool(row.label) for row in rows], weights, **SETTINGS)


def write(fitted: local.Trees, file: Path = local.TREES) -> None:
    """Write the trees, one a line."""
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in fitted.trees)
    head = json.dumps({"features": fitted.features, "bias": fitted.bias})[:-1]
    file.write_text(f'{head}, "trees": [\n{lines}\n]}}\n', "utf-8")


def out_of_fold() -> judge.Pick:
    """For each pair a verifier that was fitted without its fold, or the shipped one for what is never fitted on."""
    rows = examples()
    folds = [local.LocalVerifier(fit_trees([row for row in rows if row.fold != fold])) for fold in range(judge.FOLDS)]
    shipped = local.LocalVerifier()

    def pick(pair: judge.Pair) -> local.LocalVerifier:
        return shipped if (pair.set, pair.split) == ("scifact", "dev") or pair.split == "held-out" else folds[pair.fold]

    return pick
