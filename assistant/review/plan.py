"""The topics of a review: clusters of two levels, named by what their papers share, or the headings of an outline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assistant.answer import topical
from assistant.review.values import Heading, Topic
from assistant.types import Paper, Vectors

Under = Callable[[str], Mapping[str, float]]
"""A heading to the papers that are about it: their ids, and how likely each is; 1 for a paper that holds its words."""


def by_topics(papers: Sequence[Paper], vectors: Vectors, words: int) -> list[tuple[Topic, list[Paper]]]:
    """Group papers by clusters; see `topical.groups`.

    Returns:
        The topics with their papers, which have no numbers yet.
    """
    return [(Topic(heading=group.heading, level=group.level), group.papers) for group in topical.groups(papers, vectors, words)]


_NOTHING = "None of the papers of this review is found for this heading."
_ELSEWHERE = "The papers for this heading stand under other headings."


def by_outline(papers: Sequence[Paper], outline: Sequence[Heading], under: Under) -> list[tuple[Topic, list[Paper]]]:
    """Put papers under the headings of an outline.

    A paper stands under one heading: one whose words it holds before others that it is likely about, of the second level before
    the first, and of several the one that the fewest papers are about. A heading that is left without papers takes one of its own
    back from a heading that has more.

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
            key=lambda at: (-chances[at][paper.id], -outline[at].level, len(chances[at]), at),
        )
        (held[ranked[0]] if ranked else others).append(paper)
    for at, own in enumerate(chances):
        taken = next((other for other in held if len(other) > 1 for paper in other if paper.id in own), None)
        if own and not held[at] and taken:
            moved = next(paper for paper in taken if paper.id in own)
            taken.remove(moved)
            held[at].append(moved)
    found = [(_topic(at, outline, held, elsewhere=bool(own)), held[at]) for at, own in enumerate(chances)]
    return [*found, (Topic(heading=topical.OTHERS), others)] if others else found


def _topic(at: int, outline: Sequence[Heading], held: Sequence[Sequence[Paper]], *, elsewhere: bool) -> Topic:
    """A heading, which says so where no paper stands under it or under those of the second level below it."""
    below = at + 1
    while outline[at].level == 1 and below < len(outline) and outline[below].level == 2:
        below += 1
    note = _ELSEWHERE if elsewhere else _NOTHING
    note = "" if any(held[at:below]) else note
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
