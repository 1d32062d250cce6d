"""The topics of a review: clusters of two levels, named by what their papers share, or the headings of an outline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.library import topics
from assistant.question.names import called
from assistant.review.values import Heading, Topic
from assistant.types import Paper, Vectors

Under = Callable[[str], Mapping[str, float]]
"""A heading to the papers that are about it: their ids, and how likely each is; 1 for a paper that holds its words."""

_PER_TOPIC = 2
"""The number of topics is the square root of the number of papers divided by this."""
_LARGE = 7
"""A topic of at least this many papers has topics of its own."""
_WORDS = 50
"""Each topic can have at least this many words."""
_SHARED = 0.5
"""A term names a topic if at least this share of its papers hold it."""
_OTHERS = "Other papers"


def by_topics(papers: Sequence[Paper], vectors: Vectors, words: int) -> list[tuple[Topic, list[Paper]]]:
    """Group papers by clusters.

    Args:
        papers: the papers, best first.
        vectors: [papers, dimensions].
        words: the bound on the length, which bounds the number of topics too.

    Returns:
        The topics with their papers, which have no numbers yet; topics come in the order of their best papers.
    """
    if not papers:
        return []
    most = max(1, words // _WORDS)
    first = _grouped(vectors, most)
    found: list[tuple[Topic, list[Paper]]] = []
    names = _names(papers, first)
    deep = len(first) + sum(len(own) >= _LARGE for own in first) <= most
    for own, name in zip(first, names, strict=True):
        held = [papers[at] for at in own]
        parts = _grouped(vectors[own], most // len(first)) if deep and len(own) >= _LARGE else [list(range(len(own)))]
        if len(parts) == 1:
            found.append((Topic(heading=name), held))
            continue
        found.append((Topic(heading=name), []))
        groups = [[held[at] for at in part] for part in parts]
        for group, heading in zip(groups, _names(held, parts), strict=True):
            found.append((Topic(heading=heading, level=2), group))
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


def _names(papers: Sequence[Paper], groups: Sequence[Sequence[int]]) -> list[str]:
    """A name for each group: what most of its papers share and the others seldom hold, else the name of its one paper."""
    labels = [0] * len(papers)
    for label, own in enumerate(groups):
        for at in own:
            labels[at] = label
    named: list[str] = []
    for terms, own in zip(topics.shared(papers, labels, _SHARED, titled=True), groups, strict=True):
        name = (
            called(papers[own[0]].shown)
            if len(own) == 1
            else ", ".join(_written(term, [papers[at] for at in own]) for term in terms)
        )
        name = f"{name[:1].upper()}{name[1:]}" if name else _OTHERS
        named.append(f"{name} ({named.count(name) + 1})" if name in named else name)
    return named


def _written(term: str, papers: Sequence[Paper]) -> str:
    """A term as most sentences of some papers write it; a title may set it in capitals."""
    pattern = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    forms = Counter(form for paper in papers for form in pattern.findall(paper.abstract))
    return forms.most_common(1)[0][0] if forms else term


def by_outline(papers: Sequence[Paper], outline: Sequence[Heading], under: Under) -> list[tuple[Topic, list[Paper]]]:
    """Put papers under the headings of an outline.

    A paper that holds the words of headings stands under the first of these, those of the second level before those of the
    first; any other one under the heading that it is likeliest about, if there is one.

    Args:
        papers: the papers, best first.
        outline: the headings.
        under: the papers that are about a heading.

    Returns:
        The headings with their papers, then the papers that are under none.
    """
    chances = [under(heading.text) for heading in outline]
    held: list[list[Paper]] = [[] for _ in outline]
    others: list[Paper] = []
    for paper in papers:
        ranked = sorted(
            (at for at, own in enumerate(chances) if paper.id in own),
            key=lambda at: (-chances[at][paper.id], -outline[at].level, at),
        )
        (held[ranked[0]] if ranked else others).append(paper)
    found = [(_topic(at, outline, held), own) for at, own in enumerate(held)]
    return [*found, (Topic(heading=_OTHERS), others)] if others else found


def _topic(at: int, outline: Sequence[Heading], held: Sequence[Sequence[Paper]]) -> Topic:
    """A heading, which says so where no paper stands under it or under those of the second level below it."""
    below = at + 1
    while outline[at].level == 1 and below < len(outline) and outline[below].level == 2:
        below += 1
    note = "" if any(held[at:below]) else "None of the papers of this review is found for this heading."
    return Topic(heading=outline[at].text, level=outline[at].level, note=note)


def numbered(planned: Sequence[tuple[Topic, list[Paper]]]) -> tuple[list[Topic], list[Paper]]:
    """Number papers in the order of the topics.

    Returns:
        The topics with the numbers of their papers, and the papers in the order of their numbers.
    """
    order = {paper.id: paper for _, papers in planned for paper in papers}
    numbers = {id: number for number, id in enumerate(order, 1)}
    topics_of = [topic.model_copy(update={"papers": tuple(numbers[paper.id] for paper in papers)}) for topic, papers in planned]
    return topics_of, list(order.values())
