"""How much a claim resembles its evidence, in about a hundred features that a fitted model weighs."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple, get_args

from assistant import text
from assistant.verify import checks, negation, opposites
from assistant.verify.alignment import Kin, Sentence, Word, align

RARITY = 8.0
"""The weight of a word that the fit never met: about the logarithm of the number of sentences that the weights come from."""
_SHORT = 3
"""Content words of a claim up to which one of them without a counterpart is much of what the claim says."""
FURTHER = 3
"""At most this many sentences are added to the best one; each holds words of the claim that the best one lacks."""


class Place(NamedTuple):
    """A sentence of the evidence and where it stands."""

    text: int
    start: int
    end: int
    sentence: Sentence


@lru_cache(maxsize=64)
def _places(source: str) -> tuple[tuple[int, int, Sentence], ...]:
    """The sentences of a text, lines counting as sentences too."""
    found: list[tuple[int, int, Sentence]] = []
    for start, end in text.sentences(source):
        at = start
        for line in source[start:end].split("\n"):
            bare = line.strip()
            if bare:
                begin = at + line.index(bare)
                found.append((begin, begin + len(bare), Sentence(bare)))
            at += len(line) + 1
    return tuple(found)


def places(evidence: Sequence[str]) -> list[Place]:
    """Every sentence of every text."""
    return [Place(number, *place) for number, source in enumerate(evidence) for place in _places(source)]


class Support(NamedTuple):
    """The sentences that a claim rests on, and what was counted on the way."""

    best: int
    """Place of the best sentence."""
    further: tuple[int, ...]
    """Others that hold what it does not, most helpful first."""
    recalls: tuple[float, ...]
    """For every sentence, the share of the claim's weight that the sentence holds."""


class Resemblance:
    """A claim held against evidence."""

    def __init__(
        self,
        claim: Sentence,
        found: Sequence[Place],
        rarity: Mapping[str, float],
        kin: Kin | None = None,
        context: Sentence | None = None,
    ) -> None:
        """Hold `claim` against the sentences `found`, at least one, words weighing as `rarity` says of their stems.

        Words that stand in `context` and in none of `found` weigh nothing: what a paper is called is no claim about it.
        """
        self.claim, self.found = claim, found
        self.rarity, self.kin = rarity, kin or {}
        self.weights = {claim.words[place].stem: self._weight(claim.words[place]) for place in claim.content}
        known = [context] if context else []
        held = {stem for place in found for stem in place.sentence.places}
        self.weights = {
            stem: weight
            for stem, weight in self.weights.items()
            if stem in held or not any(stem in sentence.places for sentence in known)
        }
        if not self.weights:  # nothing but stop words
            self.weights = {word.stem: 1.0 for word in claim.words}
        self.total = sum(self.weights.values()) or 1.0
        self.support = self._support()
        self.rest = [found[place].sentence for place in (self.support.best, *self.support.further)]
        self.matches = [align(claim, sentence, self.kin) for sentence in self.rest]
        self.evidence = [*(place.sentence for place in found), *known]
        self.judged = checks.quantities_of(claim, self.evidence, self.kin)
        self.doubts = checks.doubts(claim, self.rest, self.matches, self.evidence, self.judged)

    def _weight(self, word: Word) -> float:
        return self.rarity.get(word.stem, RARITY)

    def _support(self) -> Support:
        """The best sentence: that with most of the claim's weight, the shorter one of two alike; then greedily what adds."""
        pairs = set(_pairs(self.claim))
        recalls: list[float] = []
        scores: list[float] = []
        held = [self.held(place.sentence) for place in self.found]
        for place, keys in zip(self.found, held, strict=True):
            recall = sum(self.weights[key] for key in keys) / self.total
            recalls.append(recall)
            row = len(pairs & _pair_set(place.sentence)) / (len(pairs) or 1)
            scores.append(recall + 0.2 * row - 0.0005 * len(place.sentence.words))
        best = max(range(len(scores)), key=lambda place: (scores[place], -place))
        covered = held[best]
        further: list[int] = []
        while len(further) < FURTHER:
            gains = [sum(self.weights[key] for key in keys - covered) / self.total for keys in held]
            most = max(range(len(gains)), key=lambda place: (gains[place], -place))
            if gains[most] < 0.05:
                break
            further.append(most)
            covered = covered | held[most]
        return Support(best, tuple(further), tuple(recalls))

    def held(self, sentence: Sentence) -> set[str]:
        """The stems of the claim that `sentence` holds."""
        return self.weights.keys() & sentence.places.keys()

    def covered(self) -> float:
        """The share of the claim's weight that the sentences it rests on hold: 0..1."""
        near = {key for sentence in self.rest for key in sentence.places}
        return sum(weight for key, weight in self.weights.items() if key in near) / self.total

    def bare(self) -> bool:
        """Whether a short claim has no counterpart in the evidence for half of its content words: "LeanDojo won." names a paper."""
        content = self.claim.content
        found = {place for matches in self.matches for place in matches}
        return 0 < len(content) <= _SHORT and 2 * len(found.intersection(content)) <= len(content)

    def missing(self) -> str:
        """For people: the rarest word of the claim that stands nowhere in the evidence."""
        rarest = max((key for key in self.weights if key not in self.union), key=lambda key: self.weights[key], default=None)
        word = next((word.text for word in self.claim.words if word.stem == rarest), None)
        return f"{self.claim.written(word)} is not in the source" if word else "the source puts these words together differently"

    @cached_property
    def union(self) -> set[str]:
        """The stems of all sentences."""
        return {key for place in self.found for key in place.sentence.places}

    @cached_property
    def closeness(self) -> dict[str, tuple[float, float]]:
        """For each content word of the claim, by stem, its weight and how close the closest word of the evidence is: 0..1.

        Figures and words of a direction count as held, as checks compare them.
        """
        found: dict[str, tuple[float, float]] = {}
        for place in self.claim.content:
            word = self.claim.words[place]
            key = word.stem
            weight = 0.0 if word.figure or word.text in opposites.DIRECTED else self.weights.get(key, 0.0)
            found[key] = weight, 1.0 if key in self.union or not weight else self._closest(key, self.union)
        return found

    def _closest(self, key: str, held: Container[str]) -> float:
        """How close the closest of the stems `held` is to the stem `key`, which is none of them: 0..1."""
        return max((close for other, close in self.kin.get(key, {}).items() if other in held), default=0.0)

    def _polarity(self) -> dict[str, float]:
        """How many matched words one side denies, or both; how many are matched by an opposite."""
        counts = Counter[str]()
        mine = negation.cues(self.claim)
        here = negation.negated(self.claim, mine)
        exact = {place for found in self.matches for place, match in found.items() if match.close == 1}
        for number, (sentence, found) in enumerate(zip(self.rest, self.matches, strict=True)):
            cues = negation.cues(sentence)
            there = negation.negated(sentence, cues)
            plain = negation.negated(sentence, [cue for cue in cues if sentence.words[cue].text in negation.PLAIN])
            where = "best" if number == 0 else "further"
            for place, match in found.items():
                if match.close < 1 and place in exact:
                    continue
                ours, theirs = len(here.get(place, ())), len(there.get(match.place, ()))
                odd = (ours + theirs + match.flipped) % 2
                counts[f"flipped {where}"] += match.flipped
                counts[f"close {where}"] += match.close < 1
                counts[f"agree denied {where}"] += not odd and bool(ours or theirs)
                counts[f"denied here {where}"] += odd and ours > theirs
                counts[f"denied there {where}"] += odd and theirs > ours
                counts[f"plainly denied there {where}"] += bool(
                    odd and theirs > ours and not mine and min(plain.get(match.place, (9,))) <= 1
                )
                counts[f"plainly denied here {where}"] += bool(odd and ours > theirs and not cues and min(here[place]) <= 1)
                if odd and match.flipped:
                    counts[f"flipped beside {where}"] = max(
                        counts[f"flipped beside {where}"], 1 + checks.beside(place, match, found)
                    )
        names = (
            "flipped",
            "close",
            "agree denied",
            "denied here",
            "denied there",
            "plainly denied here",
            "plainly denied there",
            "flipped beside",
        )
        return {f"{name} {where}": float(counts[f"{name} {where}"]) for name in names for where in ("best", "further")}

    def _locality(self) -> dict[str, float]:
        """How closely the words of the best sentence stand together that stand together in the claim."""
        main, found = self.rest[0], self.matches[0]
        placed = [found[place].place for place in self.claim.content if place in found]
        gaps = [abs(after - before) for before, after in zip(placed, placed[1:], strict=False)]
        claimed = {word.stem for word in self.claim.words}
        rivals = [place for place in main.content if _notable(main.words[place]) and main.words[place].stem not in claimed]
        nearer = 0.0
        for order, place in enumerate(self.claim.content):
            if place not in found or not _notable(self.claim.words[place]):
                continue
            around = [near for near in self.claim.content[max(0, order - 2) : order + 3] if near != place and near in found]
            around = [found[near].place for near in around if not _notable(self.claim.words[near])]
            others = [
                *rivals,
                *(match.place for near, match in found.items() if near != place and _notable(self.claim.words[near])),
            ]
            if around and others:
                own = _distance(found[place].place, around)
                nearer = max(nearer, own - min(_distance(other, around) for other in others))
        between = [place for place in main.content if placed and min(placed) < place < max(placed)]
        return {
            "gap mean": sum(gaps) / (len(gaps) or 1),
            "gap most": max(gaps, default=0),
            "backward": sum(after < before for before, after in zip(placed, placed[1:], strict=False)) / (len(gaps) or 1),
            "between": sum(main.words[place].stem not in claimed for place in between),
            "rivals": len(rivals),
            "rival nearer": nearer,
            "names elsewhere": sum(
                word.name and word.stem not in main.places for word in (self.claim.words[place] for place in self.claim.content)
            ),
        }

    def _slots(self) -> dict[str, float]:
        """What the words that are matched nowhere stand beside, and how rare they are."""
        claim, found = self.claim, self.matches[0]
        anywhere = {place for matches in self.matches for place in matches}
        loose = [order for order, place in enumerate(claim.content) if place not in anywhere]

        def matched(order: int) -> bool:
            return 0 <= order < len(claim.content) and claim.content[order] in found

        def weight(order: int) -> float:
            return self._weight(claim.words[claim.content[order]])

        held = [order for order in loose if matched(order - 1) and matched(order + 1)]
        either = [order for order in loose if matched(order - 1) or matched(order + 1)]
        adjectives = [order for order in either if matched(order + 1)]
        return {
            "loose": len(loose),
            "loose between": len(held),
            "loose between rarest": max(map(weight, held), default=0.0),
            "loose beside rarest": max(map(weight, either), default=0.0),
            "loose before rarest": max(map(weight, adjectives), default=0.0),
            "loose rare": sum(weight(order) > 6 for order in loose),
            "loose common": sum(weight(order) < 4 for order in loose),
        }

    def features(self) -> dict[str, float]:
        """The figures, by name."""
        claim, main = self.claim, self.rest[0]
        union = self.union
        near = {key for sentence in self.rest for key in sentence.places}
        keys = self.weights
        recalls = sorted(self.support.recalls, reverse=True)
        missing_all = [key for key in keys if key not in union]
        missing_best = [key for key in keys if key not in main.places]
        missing_near = [key for key in keys if key not in near]
        number = len(keys) or 1

        def share(missing: Sequence[str]) -> float:
            return 1 - sum(keys[key] for key in missing) / self.total

        by_stem = {claim.words[place].stem: claim.words[place] for place in claim.content}
        two, three = _pairs(claim), _grams(claim, 3)
        union_pairs = {pair for place in self.found for pair in _pair_set(place.sentence)}
        forms = {form for place in self.found for form in place.sentence.forms}
        content_forms = {claim.words[place].text for place in claim.content} or {""}
        content = [claim.words[place].stem for place in claim.content]
        half = len(content) // 2
        run, order = _run(claim, main), _order(claim, main)
        kinds = Counter(doubt.kind for doubt in self.doubts)
        hard = Counter(doubt.kind for doubt in self.doubts if doubt.hard)
        mine, theirs = len(negation.cues(claim)), len(negation.cues(main))
        main_weight = sum(self._weight(main.words[place]) for place in main.content) or 1.0
        letters = _letters(" ".join(word.text for word in claim.words))
        main_letters = _letters(" ".join(word.text for word in main.words))
        closest = {key: self._closest(key, main.places) for key in missing_best}
        closest_near = {key: self._closest(key, near) for key in missing_near}
        closest_all = {key: self._closest(key, union) for key in missing_all}
        apart = sorted((keys[key] * (1 - close) for key, close in closest_all.items()), reverse=True)
        features = {
            "soft best": 1 - sum(keys[key] * (1 - close) for key, close in closest.items()) / self.total,
            "soft near": 1 - sum(keys[key] * (1 - close) for key, close in closest_near.items()) / self.total,
            "soft all": 1 - sum(keys[key] * (1 - close) for key, close in closest_all.items()) / self.total,
            "apart first": apart[0] if apart else 0.0,
            "apart second": apart[1] if len(apart) > 1 else 0.0,
            "apart mean": sum(apart) / (len(apart) or 1),
            "unrelated": sum(not close for close in closest_all.values()),
            "unrelated near": sum(not close for close in closest_near.values()),
            "unrelated best": sum(not close for close in closest.values()),
            "recall all": share(missing_all),
            "recall best": share(missing_best),
            "recall near": share(missing_near),
            "recall second": recalls[1] if len(recalls) > 1 else 0.0,
            "recall third": recalls[2] if len(recalls) > 2 else 0.0,
            "recall mean": sum(recalls) / len(recalls),
            "plain recall all": 1 - len(missing_all) / number,
            "plain recall best": 1 - len(missing_best) / number,
            "form recall all": len(content_forms & forms) / len(content_forms),
            "form recall best": len(content_forms & main.forms) / len(content_forms),
            "pairs all": sum(pair in union_pairs for pair in two) / (len(two) or 1),
            "pairs best": sum(pair in _pair_set(main) for pair in two) / (len(two) or 1),
            "triples best": len(set(three) & set(_grams(main, 3))) / (len(set(three)) or 1),
            "letters best": len(letters & main_letters) / (len(letters) or 1),
            "precision best": sum(self._weight(main.words[place]) for place in main.content if main.words[place].stem in keys)
            / main_weight,
            "run best": run / (len(claim.words) or 1),
            "order best": order,
            "missing all": len(missing_all),
            "missing best": len(missing_best),
            "missing near": len(missing_near),
            "rarest missing all": max((keys[key] for key in missing_all), default=0.0),
            "rarest missing best": max((keys[key] for key in missing_best), default=0.0),
            "mean missing all": sum(keys[key] for key in missing_all) / (len(missing_all) or 1),
            "commonest held": min((keys[key] for key in keys if key in main.places), default=9.0),
            "rarest held": max((keys[key] for key in keys if key in main.places), default=0.0),
            "first half best": _part(content[:half], main),
            "second half best": _part(content[half:], main),
            "first half all": sum(key in union for key in content[:half]) / (half or 1),
            "last word best": float(bool(content) and content[-1] in main.places),
            "last word all": float(bool(content) and content[-1] in union),
            "first word all": float(bool(content) and content[0] in union),
            "names": sum(word.name for word in by_stem.values()),
            "names missing best": sum(by_stem[key].name for key in missing_best if key in by_stem),
            "names missing all": sum(by_stem[key].name for key in missing_all if key in by_stem),
            "figures": len(claim.figures),
            "negations claim": mine,
            "negations best": theirs,
            "negations differ": float((mine > 0) != (theirs > 0)),
            "negations parity": (mine + theirs) % 2,
            "negations denied all": float(mine > 0 and not any(negation.cues(place.sentence) for place in self.found)),
            "negations denied near": float(mine > 0 and not any(negation.cues(sentence) for sentence in self.rest)),
            "plain negations differ": _plain_cues(claim) - max(_plain_cues(sentence) for sentence in self.rest),
            **self._polarity(),
            **self._locality(),
            **self._slots(),
            "claim words": len(claim.words),
            "claim content": len(claim.content),
            "claim rarity": self.total / number,
            "claim clauses": claim.words[-1].clause if claim.words else 0,
            "best words": len(main.words),
            "best where": self.support.best / len(self.found),
            "sentences": math.log1p(len(self.found)),
            "evidence words": math.log1p(sum(len(place.sentence.words) for place in self.found)),
            "further": len(self.support.further),
            "lean differs": _lean(claim) - _lean(main),
            "directed missing": sum(bool(opposites.ends(by_stem[key].text, key)) for key in missing_near if key in by_stem),
            "hedged claim": float(bool(claim.forms & checks.HEDGES)),
            "hedged best": float(bool(main.forms & checks.HEDGES)),
        }
        for kind in get_args(checks.Kind):
            features[f"doubt {kind}"] = kinds[kind]
        for kind in ("name", "opposite", "denied", "not denied", "role"):
            features[f"hard {kind}"] = hard[kind]
        return features


def _plain_cues(sentence: Sentence) -> int:
    return sum(sentence.words[cue].text in negation.PLAIN for cue in negation.cues(sentence))


def _notable(word: Word) -> bool:
    return word.name or word.figure is not None


def _distance(place: int, around: Sequence[int]) -> float:
    return sum(abs(place - near) for near in around) / len(around)


def _part(keys: Sequence[str], sentence: Sentence) -> float:
    return sum(key in sentence.places for key in keys) / (len(keys) or 1)


def _pairs(sentence: Sentence) -> list[tuple[str, ...]]:
    return _grams(sentence, 2)


@lru_cache(maxsize=1024)
def _pair_set(sentence: Sentence) -> frozenset[tuple[str, ...]]:
    return frozenset(_grams(sentence, 2))


def _grams(sentence: Sentence, size: int) -> list[tuple[str, ...]]:
    stems = [word.stem for word in sentence.words]
    return list(zip(*(stems[start:] for start in range(size)), strict=False))


def _letters(words: str) -> set[str]:
    return {words[place : place + 4] for place in range(len(words) - 3)}


def _run(claim: Sentence, main: Sentence) -> int:
    """The most words in a row that both have."""
    best = 0
    before: dict[int, int] = {}
    for word in claim.words:
        now = {place: before.get(place - 1, 0) + 1 for place in main.places.get(word.stem, ())}
        best = max(best, *now.values()) if now else best
        before = now
    return best


def _order(claim: Sentence, main: Sentence) -> float:
    """The share of the claim's words found in `main` that stand in the same order: 0..1."""
    found = [main.places[claim.words[place].stem][0] for place in claim.content if claim.words[place].stem in main.places]
    tails: list[int] = []
    for place in found:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
    return len(tails) / len(found) if found else 0.0


def _lean(sentence: Sentence) -> float:
    """How far the words of a sentence lie at the upper ends of the first scale, more and less: -1..1."""
    ends = [1 - 2 * end for word in sentence.words for scale, end in opposites.ends(word.text, word.stem) if scale == 0]
    return sum(ends) / (len(ends) or 1)
