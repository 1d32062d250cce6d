"""The local verifier: how far texts support a claim, told by words, figures and fitted trees, without a model."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from assistant import cancel, text
from assistant.config import FITTED, fitted
from assistant.text import disguise, marks
from assistant.text.language import is_foreign
from assistant.text.stems import stem
from assistant.text.view import View
from assistant.types import Label, Quote, Verdict
from assistant.verify import checks, clauses, joined, modality, negation
from assistant.verify.alignment import Sentence
from assistant.verify.clauses import Part
from assistant.verify.features import FURTHER, Place, Resemblance, places
from assistant.verify.spelling import spelled

TREES = FITTED / "verifier.json"
"""Names of features, bias and trees, by `python -m eval fit-verifier`."""
CLAUSES = FITTED / "clauses.json"
"""Names of features, bias and trees that find additions to a claim, by the same command."""
WORDS = FITTED / "words.npz"
"""Rarity of stems, and stems that are close in meaning, by the same command."""
_FIT = fitted("verdict")
SUPPORTED: float = _FIT["supported"]
"""A claim is supported if its score reaches this, a little more than where both classes, weighed alike, are equally likely."""
CAPPED: float = _FIT["capped"]
"""A claim with a hard doubt, or with an addition, scores at most this."""
PARTLY: float = _FIT["partly"]
"""An unsupported claim is "partly" supported if the evidence holds at least this share of its weight."""
CHANGING: float = _FIT["changing"]
"""The same threshold as `ADDED` for a part that changes the claim: a lead, a contrast, a denial."""
BEHIND: float = _FIT["behind"]
"""The same threshold for a clause that begins behind a marker in the middle of a sentence."""
ADDED: float = _FIT["added"]
"""A part of a claim is an addition if its log odds by the trees, plus `MISSING` times the weight of its unsupported words, reach
this."""
MISSING: float = _FIT["missing"]
"""The factor of the weight of unsupported words in that sum; without it the trees overrate synonyms."""
ENTAILED: float = _FIT["entailed"]
"""A text can become the source of a claim if the text holds at least this share of the claim's content words."""
_TELLING = 3
"""A claim with fewer content words gets no source in this way."""

CONTRADICTING = ("other figure", "opposite", "denied", "not denied", "role")
"""Kinds of doubt that make a claim contradicted."""
FOREIGN = "it is not in English, the one language that the checks know"
"""The reason where a claim in another language is no quote: its negations and figures would not be seen."""
REASONS = 3
"""A verdict gives at most this many reasons."""
_LONGEST = 200
"""A reason, which names words of the claim, is cut to this many characters."""


class Words(NamedTuple):
    """What is known of stems."""

    rarity: dict[str, float]
    """Logarithm of the sentences for each that holds the stem."""
    kin: dict[str, dict[str, float]]
    """The stems closest in meaning, and their cosines."""


@dataclass(frozen=True)
class Trees:
    """Boosted trees, whose sum is the logarithm of the odds that a claim is supported."""

    features: list[str]
    bias: float
    trees: list[list[list[float]]]
    """Nodes of each tree, the root first: [feature, threshold, node for values up to it, node for larger ones], or [value]."""

    @cached_property
    def _nodes(self) -> _Nodes:
        return _Nodes.of(self.trees)

    def odds(self, features: dict[str, float]) -> float:
        """The logarithm of the odds for these features."""
        values = np.array([float(features[name]) for name in self.features])
        nodes = self._nodes
        at = nodes.roots
        for _ in range(nodes.depth):  # a leaf leads to itself
            at = np.where(values[nodes.feature[at]] > nodes.threshold[at], nodes.larger[at], nodes.smaller[at])
        return sum(nodes.threshold[at].tolist(), self.bias)

    def score(self, features: dict[str, float]) -> float:
        """The probability, at even odds, that a claim with these features is supported."""
        return 1 / (1 + math.exp(-self.odds(features)))


class _Nodes(NamedTuple):
    """The nodes of all trees in a row, so that numpy walks all trees at once; each but `roots` and `depth` has a value a node."""

    roots: NDArray[np.intp]
    depth: int
    """The steps from a root to the deepest leaf."""
    feature: NDArray[np.intp]
    threshold: NDArray[np.float64]
    """The threshold of the feature; of a leaf its value."""
    smaller: NDArray[np.intp]
    """The place of the node for values up to the threshold; of a leaf its own."""
    larger: NDArray[np.intp]

    @classmethod
    def of(cls, trees: Sequence[Sequence[Sequence[float]]]) -> Self:
        """Lay the nodes of `trees` in a row."""
        rows: list[tuple[int, float, int, int]] = []
        roots: list[int] = []
        for tree in trees:
            first = len(rows)
            roots.append(first)
            for at, node in enumerate(tree, first):
                leaf = len(node) == 1
                rows.append((0, node[0], at, at) if leaf else (int(node[0]), node[1], first + int(node[2]), first + int(node[3])))
        feature, threshold, smaller, larger = zip(*rows, strict=True) if rows else ((), (), (), ())
        places = [np.array(each, np.intp) for each in (roots, feature, smaller, larger)]
        depth = max((_depth(tree) for tree in trees), default=0)
        return cls(places[0], depth, places[1], np.array(threshold, np.float64), places[2], places[3])


def _depth(tree: Sequence[Sequence[float]], at: int = 0) -> int:
    node = tree[at]
    return 0 if len(node) == 1 else 1 + max(_depth(tree, int(node[2])), _depth(tree, int(node[3])))


@cache
def load_words(file: Path = WORDS) -> Words:
    """Read what is known of stems."""
    with np.load(file) as data:
        stems: list[str] = bytes(data["stems"]).decode().split("\n")
        rarity = {stem: float(value) / 10 for stem, value in zip(stems, data["rarity"], strict=True)}
        kin: dict[str, dict[str, float]] = {}
        of, to, cosines = (cast("list[int]", data[name].tolist()) for name in ("of", "to", "close"))
        for one, other, close in zip(of, to, cosines, strict=True):
            kin.setdefault(stems[one], {})[stems[other]] = close / 100
            kin.setdefault(stems[other], {})[stems[one]] = close / 100
    return Words(rarity, kin)


@cache
def load_trees(file: Path = TREES) -> Trees:
    """Read the fitted trees."""
    data = json.loads(file.read_text("utf-8"))
    return Trees(data["features"], data["bias"], data["trees"])


class Judged(NamedTuple):
    """A verdict, and what decided it."""

    verdict: Verdict
    odds: float | None = None
    """The logarithm of the odds of support by the trees; None where something else decided alone, such as a verbatim quote."""


class LocalVerifier:
    """Judges claims by words, figures and fitted trees; the files are read at the first claim."""

    name = "local (words, figures, fitted trees)"

    def __init__(self, trees: Trees | None = None) -> None:
        """Judge by `trees`, or by the shipped ones."""
        self._trees = trees

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`; what stands in the evidence word for word, whole sentences, is supported."""
        return self.judged(claim, evidence, context).verdict

    def judged(self, claim: str, evidence: Sequence[str], context: str = "") -> Judged:
        """The verdict of `verify`, and what decided it."""
        cancel.check()  # tables and reviews judge hundreds of sentences between two of their steps
        if not text.clean(claim):
            return Judged(Verdict(verdict="not supported", score=0.0, reasons=("there is no claim",)))
        if quoted := _quoted(claim, evidence):
            return Judged(quoted)
        found = places(evidence)
        if not found:
            return Judged(Verdict(verdict="no source", score=0.0))
        shown = clauses.revealed(_spaced(claim, evidence), evidence)
        claim = clauses.unled(shown, context)
        if claim != shown and modality.shared(shown[: -len(claim)], [place.sentence for place in found]):
            claim = shown  # "the results suggest that" is what the source says too
        claim = spelled(claim, evidence)
        if text.struck(claim) and not any(claim in source for source in evidence):
            return Judged(Verdict(verdict="not supported", score=0.0, reasons=("it is struck through",)))
        said = marks.uncited(claim)
        if verbatim := _verbatim(marks.bare(said), found):
            return Judged(_verdict(evidence, found, "supported", 1.0, verbatim[0], verbatim[1 : 1 + FURTHER], ()))
        if text.asks(claim):
            return Judged(Verdict(verdict="not supported", score=0.0, reasons=("it is a question, which states nothing",)))
        if _repeats(said, evidence):
            return Judged(Verdict(verdict="not supported", score=0.0, reasons=("it repeats itself, and states nothing",)))
        if is_foreign(claim):
            return Judged(Verdict(verdict="not supported", score=0.0, reasons=(FOREIGN,)))
        words = load_words()
        claim = marks.plainly(claim)
        whole = Sentence(clauses.bracketed(marks.uncited(claim)))
        held = Resemblance(whole, found, words.rarity, words.kin, Sentence(context) if context else None)
        odds = (self._trees or load_trees()).odds(held.features())
        score = 1 / (1 + math.exp(-odds))
        own = checks.unproved(held.claim, held.doubts, held.judged, held.matches, held.evidence)
        hard = any(doubt.hard for doubt in held.doubts)
        telling = score >= SUPPORTED or held.covered() >= PARTLY
        # one word of its own adds nothing to what the figures prove, unless the word stands apart
        added = _added(held, claim, weighed=own is None or len(own) > 1) if not hard and telling else []
        score = max(score, SUPPORTED) if own is not None else score
        several = len(evidence) > 1 and score >= SUPPORTED and not hard and not added
        apart = joined.unjoined(whole, _texts(evidence, found)) if several else ""
        if apart or hard or added or (own is None and held.bare()):
            score = min(score, CAPPED)
        label = _label(score, held, added)
        reasons = () if label == "supported" else (apart,) if apart else _reasons(held, added)
        verdict = _verdict(evidence, found, label, score, held.support.best, held.support.further, reasons)
        return Judged(verdict, odds)


def misplaced(stretches: Sequence[tuple[str, frozenset[int]]], evidence: Sequence[str]) -> str:
    """See `joined.misplaced`; the texts are `evidence`."""
    return joined.misplaced(stretches, _texts(evidence, places(evidence)))


def _spaced(claim: str, evidence: Sequence[str]) -> str:
    """A claim with plain blanks; a sign without width in a word of the evidence or of the language is none."""

    def known(word: str) -> bool:
        plain = text.unmasked(word).lower()
        listed = plain in text.STOP_WORDS or plain in negation.NEGATIONS or stem(plain) in load_words().rarity
        return listed or any(plain in text.unmasked(source).lower() for source in evidence)

    return text.spaced(claim, known)


def _texts(evidence: Sequence[str], found: Sequence[Place]) -> joined.Texts:
    words = load_words()
    return joined.read(evidence, [(place.text, place.sentence) for place in found], words.rarity, words.kin)


def entailed(claim: str, evidence: str, context: str = "") -> bool:
    """Whether a text entails a claim strongly enough to become its source.

    Nothing speaks against the claim, but for the wording; its names and figures stand in the text; and the sentences that it
    rests on hold most of its words.

    Returns:
        True where all of that holds.
    """
    found = places([evidence])
    claim = spelled(clauses.unled(clauses.revealed(_spaced(claim, [evidence]), [evidence]), context), [evidence])
    if not found or not text.clean(claim) or _repeats(claim, [evidence]):
        return False
    if _verbatim(claim, found):
        return True
    words = load_words()
    held = Resemblance(Sentence(claim), found, words.rarity, words.kin, Sentence(context) if context else None)
    if any(doubt.kind not in ("other word", "hedge", "quantifier") for doubt in held.doubts):
        return False
    aligned = {place for matches in held.matches for place in matches}
    content = held.claim.content
    return len(content) >= _TELLING and len(aligned.intersection(content)) >= ENTAILED * len(content)


def _repeats(claim: str, evidence: Sequence[str]) -> bool:
    """Whether a claim has no content beyond one repeated word or phrase; a figure is content, as is a phrase of the evidence."""
    words, content = text.words(claim), [stem(word) for word in text.content_words(claim)]
    if len(content) < 2 or any(map(str.isdigit, claim)):
        return False
    phrases = (words[:size] * (len(words) // size) for size in range(1, len(words) // 2 + 1) if len(words) % size == 0)
    if len(set(content)) > 1 and words not in phrases:
        return False
    said = f" {' '.join(words)} "
    return not any(said in f" {' '.join(text.words(source))} " for source in evidence)


def _added(held: Resemblance, written: str, *, weighed: bool) -> list[Part]:
    """Find the parts of a claim that were added to what the evidence holds, none of them part of another, in order.

    Args:
        held: the claim and the evidence.
        written: the claim with its marks.
        weighed: whether the trees weigh parts of which the evidence holds some words.

    Returns:
        The parts.
    """
    trees = load_trees(CLAUSES)
    found: list[Part] = []
    for part in sorted([*clauses.parts(held.claim), *clauses.apart(held.claim, written)]):
        inside = found and part.end <= found[-1].end
        if inside or not clauses.doubtful(held, part):
            continue
        if clauses.foreign(held, part) or clauses.asserts(held, part):
            found.append(part)
            continue
        if not weighed:
            continue
        features = clauses.features(held, part)
        least = BEHIND if part.mark == clauses.BEGUN else CHANGING if clauses.changes(held.claim, part) else ADDED
        if trees.odds(features) + MISSING * features["loose sum"] >= least:
            found.append(part)
    narrow = list(clauses.around(held))
    return [next((one for one in narrow if part.first < one.first and one.end <= part.end), part) for part in found] or narrow


def _label(score: float, held: Resemblance, added: Sequence[Part]) -> Label:
    if score >= SUPPORTED:
        return "supported"
    if any(doubt.hard and doubt.kind in CONTRADICTING for doubt in held.doubts):
        return "contradicted"
    invented = any(doubt.hard and doubt.kind in ("figure", "unreadable", "variant") for doubt in held.doubts) or checks.replaced(
        held.claim, held.doubts, held.evidence
    )
    invented = invented or any(clauses.changes(held.claim, part) for part in added)
    return "partly" if held.covered() >= PARTLY and not invented else "not supported"


def _reasons(held: Resemblance, added: Sequence[Part]) -> tuple[str, ...]:
    """What decides alone where there is such, else the other doubts, else a word that the source does not hold."""
    hard = [f'"{clauses.written(held.claim, part)}" is not in the source' for part in added]
    hard += [doubt.reason for doubt in held.doubts if doubt.hard]
    soft = [doubt.reason for doubt in held.doubts if doubt.kind != "other word"]  # that one is often mere wording
    found = dict.fromkeys(hard or soft or [held.missing()])
    return tuple(reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}..." for reason in found)[:REASONS]


def _quoted(claim: str, evidence: Sequence[str]) -> Verdict | None:
    """The verdict where the claim is a sentence of the evidence byte for byte, which needs no words taken apart."""
    for number, source in enumerate(evidence):
        start = source.find(claim)
        if start >= 0 and (start, start + len(claim)) in text.sentences(source):
            return Verdict(verdict="supported", score=1.0, quote=claim, start=start, end=start + len(claim), text=number)
    return None


def _verbatim(claim: str, found: Sequence[Place]) -> list[int] | None:
    """The places that hold the sentences of `claim` word for word; None where one stands nowhere."""
    held: list[int] = []
    stroked = set(disguise.overlaid(claim))
    claim = text.unmasked(claim)
    for start, end in text.sentences(claim):
        # whole ones: a part may stand behind "it is not true that"
        wanted = text.clean(claim[start:end]).rstrip(" .").casefold()
        place = next((at for at, place in enumerate(found) if place.sentence.clean.rstrip(" .").casefold() == wanted), None)
        if place is None or not wanted or ("$" in claim and not _priced_alike(claim[start:end], found[place])):
            return None
        held.append(place)
    strokes = {letter for place in held for letter in disguise.overlaid(found[place].sentence.shown)}
    return list(dict.fromkeys(held)) if strokes == stroked else None


def _priced_alike(said: str, place: Place) -> bool:
    """Whether a sentence has the dollar signs of a place that are no mathematics, which cleaning takes away."""
    return View(said).text.count("$") == place.sentence.shown.count("$")


def _verdict(
    evidence: Sequence[str],
    found: Sequence[Place],
    label: Label,
    score: float,
    best: int,
    further: Sequence[int],
    reasons: tuple[str, ...],
) -> Verdict:
    main, others = found[best], [found[place] for place in further]
    return Verdict(
        verdict=label,
        score=score,
        quote=evidence[main.text][main.start : main.end],
        start=main.start,
        end=main.end,
        text=main.text,
        further=tuple(
            Quote(text=place.text, start=place.start, end=place.end, quote=evidence[place.text][place.start : place.end])
            for place in others
        ),
        reasons=reasons,
    )
