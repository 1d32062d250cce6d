"""Nouns and noun phrases that papers share, to name a group of papers; without a tagger of parts of speech."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from assistant import text
from assistant.library.orders import NOTHING, Kept
from assistant.text.stems import stem
from assistant.types import Paper
from assistant.verify import injection

Key = tuple[str, ...]
"""A term as the stems of its words: one for its singular and plural, and for its forms with a hyphen and without."""

_TOKEN = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*|\S")
_LONGEST = 3000
"""Characters of an abstract that are read."""
_HEADS = frozenset("model models learning training data network networks analysis".split())
"""Words too common to name a group alone that may end a phrase: reward models, federated learning."""
_EMPTY = text.STOP_WORDS | frozenset(
    """abilities ability accuracy achieve achieves across among analysis applications approach approaches based best better build
    building capabilities capability challenge challenges com consistently current data datasets demonstrate different diverse
    due effective effectiveness enable enables end-to-end existing experiments extensive fine-grained first framework
    furthermore gaps general github high high-quality higher highlights however https improve improved improves improving
    including insight insights introduce introduces key large large-scale learning low lower main method methods model models
    multiple new novel number open-source order outperforms paper performance present presents previous prior problem problems
    process processes propose proposed proposes provide real-world recent results scale setting settings several show shows
    significant significantly simple state-of-the-art strong study task tasks time towards training use used uses using various
    way ways well-known widely work""".split()
)
"""Words that name nothing alone, nor within a phrase."""
_ADJECTIVE = re.compile(r"-(?:aware|based|driven|level|like|oriented|specific|wise)$")
_BEFORE_VERBS = frozenset("to we can will may could they it which that cannot not be is are been".split())
_OF_PHRASE, _OF_WORD = 0.1, 0.2
"""A phrase, or a word alone, names a group if at least this share of its papers hold it, and two of them."""
_CONTRAST = 1.5
"""And if it is this much commoner in the group than in the others."""
_WEIGHTS = (1.0, 1.7, 2.0)
"""Terms of one, two and three words: the longer, the more it says."""


def shared(papers: Sequence[Paper], groups: Sequence[Sequence[int]], kept: Kept = NOTHING) -> list[list[str]]:
    """The terms that the papers of each group share and those of the others seldom hold; none is out of an order to a reader.

    Args:
        papers: all papers.
        groups: the places of the papers of each group.
        kept: what is known of orders in their abstracts, which are looked at otherwise.

    Returns:
        The terms of each group, the best first, as the papers write them most often; no two with the same word. Those in a title
        of the group come before those of abstracts alone.
    """
    forms: dict[Key, Counter[str]] = defaultdict(Counter)
    held: list[set[Key]] = []
    titled: list[set[Key]] = []
    for paper in papers:
        heads = list(_terms(injection.heading(paper.title)))
        titled.append({key for key, _ in heads})
        injection.recall(paper.abstract, kept)
        found = [*heads, *_terms(injection.without(paper.abstract)[:_LONGEST])]
        held.append({key for key, _ in found})
        for key, form in found:
            forms[key][form] += 1
    everywhere = Counter(key for keys in held for key in keys)
    return [_of_group(own, held, titled, everywhere, forms) for own in groups]


def _of_group(
    own: Sequence[int],
    held: Sequence[set[Key]],
    titled: Sequence[set[Key]],
    everywhere: Counter[Key],
    forms: dict[Key, Counter[str]],
) -> list[str]:
    inside = Counter(key for at in own for key in held[at])
    heads = {key for at in own for key in titled[at]}
    others = len(held) - len(own)

    def weight(key: Key) -> float:
        share = inside[key] / len(own)
        contrast = math.log(share * (others + 1) / (everywhere[key] - inside[key] + 0.5)) if others else 1.0
        return share * contrast * _WEIGHTS[min(len(key), len(_WEIGHTS)) - 1]

    def names(key: Key) -> bool:
        least = max(2, (_OF_WORD if len(key) == 1 else _OF_PHRASE) * len(own))
        rare = not others or inside[key] / len(own) > _CONTRAST * (everywhere[key] - inside[key]) / others
        return inside[key] >= least and rare

    taken: list[Key] = []
    for key in sorted(filter(names, inside), key=lambda key: (key not in heads, -weight(key), key)):
        if all(set(key).isdisjoint(other) for other in taken):
            taken.append(key)
    return [forms[key].most_common(1)[0][0] for key in taken]


def _terms(content: str) -> Iterator[tuple[Key, str]]:
    """The terms of a text, as stems and as written: what ends a run of content words, and a word with a hyphen anywhere."""
    tokens = _TOKEN.findall(content)
    low = [token.lower() for token in tokens]
    for at, word in enumerate(low):
        if not _says(word) and word not in _HEADS:
            continue
        compound = "-" in word
        ends = at + 1 == len(low) or not low[at + 1][0].isalpha() or low[at + 1] in text.STOP_WORDS
        if not (ends or compound):
            continue
        before = low[at - 1] if at else ""
        if _says(word) and not _ADJECTIVE.search(word) and (compound or before not in _BEFORE_VERBS):
            yield _key(word), tokens[at]
        first = at
        while ends and first and at - first < 2 and _says(low[first - 1]):
            first -= 1
            yield tuple(one for each in low[first : at + 1] for one in _key(each)), " ".join(tokens[first : at + 1])


def _says(word: str) -> bool:
    """Whether a word can name something: neither a sign nor an adverb, nor too common."""
    return len(word) > 2 and word[0].isalpha() and word not in _EMPTY and not word.endswith("ly")


def _key(word: str) -> Key:
    return tuple(map(stem, word.split("-")))
