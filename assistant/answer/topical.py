"""Papers in groups of two levels: clusters, named by what their papers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.answer import phrases
from assistant.library import topics
from assistant.library.orders import NOTHING, Kept
from assistant.question.names import called
from assistant.text.stems import stem
from assistant.types import Paper, Vectors

_PER_TOPIC = 2
"""The number of topics is the square root of the number of papers divided by this."""
_LARGE = 7
"""A topic of at least this many papers has topics of its own."""
_WORDS = 50
"""Each topic can have at least this many words."""
OTHERS = "Other papers"


class Group(NamedTuple):
    """Papers under a name."""

    heading: str
    papers: list[Paper]
    """Without those of the groups below it."""
    level: Literal[1, 2] = 1


def groups(papers: Sequence[Paper], vectors: Vectors, words: int) -> list[Group]:
    """Group papers by clusters.

    Args:
        papers: the papers, best first.
        vectors: [papers, dimensions].
        words: the bound on the length of the text, which bounds the number of groups too.

    Returns:
        The groups in the order of their best papers, each paper in one of them.
    """
    if not papers:
        return []
    most = max(1, words // _WORDS)
    first = _grouped(vectors, most)
    found: list[Group] = []
    headings = names(papers, first)
    deep = len(first) + sum(len(own) >= _LARGE for own in first) <= most
    for own, name in zip(first, headings, strict=True):
        held = [papers[at] for at in own]
        parts = _grouped(vectors[own], most // len(first)) if deep and len(own) >= _LARGE else [list(range(len(own)))]
        if len(parts) == 1:
            found.append(Group(name, held))
            continue
        found.append(Group(name, []))
        named = names(held, parts, name)
        found += [Group(heading, [held[at] for at in part], 2) for heading, part in zip(named, parts, strict=True)]
    return found


def _grouped(vectors: Vectors, most: int) -> list[list[int]]:
    """The clusters as places of their papers, in the order of their first papers; a paper alone joins the likest cluster."""
    if len(vectors) < 3 or most < 2:
        return [list(range(len(vectors)))]
    labels = topics.cluster(vectors, _PER_TOPIC, most)
    sizes = np.bincount(labels)
    if (sizes > 1).any():
        labels = _joined(vectors, labels, sizes)
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels.tolist())]


def _joined(vectors: Vectors, labels: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    large = np.flatnonzero(sizes > 1)
    centres = np.array([vectors[labels == label].mean(axis=0) for label in large])
    joined = labels.copy()
    for at in np.flatnonzero(sizes[labels] == 1):
        joined[at] = large[int(np.argmax(centres @ vectors[at]))]
    return joined


def names(papers: Sequence[Paper], groups: Sequence[Sequence[int]], above: str = "", kept: Kept = NOTHING) -> list[str]:
    """Name groups by what their papers share and the others seldom hold, a group of one paper by the name of the paper.

    What is `kept` of orders to a reader need not be looked for; see `phrases.shared`.

    Returns:
        The names. Two of them, or one and `above`, the name of the group above, share no word but the last one of a phrase:
        "language models" and "diffusion models".
    """
    named: list[str] = []
    told = set[str]().union(*map(_stems, above.split(", ")))
    for terms, own in zip(phrases.shared(papers, groups, kept), groups, strict=True):
        fresh = [term for term in terms if told.isdisjoint(_stems(term))][:2]
        told = told.union(*map(_stems, fresh))
        name = called(papers[own[0]].shown) if len(own) == 1 else ", ".join(fresh) or OTHERS
        name = f"{name[:1].upper()}{name[1:]}"
        named.append(f"{name} ({named.count(name) + 1})" if name in named else name)
    return named


def _stems(term: str) -> set[str]:
    """The stems of a term that tell it from others: without the last one of a phrase."""
    found = [stem(word) for word in text.words(term)]
    return set(found[:-1] or found)
