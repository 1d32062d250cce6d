"""The papers of a table or a review: those of a list, those that a search finds, those that a filter lets through."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from assistant import text
from assistant.answer import confidence, list_answer
from assistant.library.metadata import Records
from assistant.search.retriever import Found, Retriever
from assistant.table.values import Chosen
from assistant.types import Answer, Paper, Where

SEARCHED = 50
"""At most this many papers are searched for beyond those that are scanned for."""
EVEN = 0.5
"""A paper belongs to a review, or under a heading, from this probability on."""
_WORDS = 6
"""A topic with more words is a description, which no paper holds word for word."""


def asked(
    question: str,
    retriever: Retriever,
    ask: Callable[[], Answer],
    where: Where | None,
    most: int,
    least: float = list_answer.LIKELY,
) -> Chosen:
    """The papers of a question.

    A question for a list, or for papers by their records, has the papers of that list. Of another one it is the papers that hold
    its names, else its words in a row, in the order of a search, then papers that are likely about it; where there is none, the
    papers that its answer cites.

    Args:
        question: in plain words.
        retriever: the search.
        ask: answers the question without a model.
        where: the filter that papers have to pass.
        most: papers at most.
        least: a paper that does not hold the words belongs to them from this probability on.

    Returns:
        The papers.
    """
    answer = ask()
    if answer.listing:
        own = [each.paper for each in answer.listing.papers]
        found = answer.listing.exact + answer.listing.likely
        return Chosen(tuple(own[:most]), found, answer.read_as, None, answer.confidence, answer.match)
    read = retriever.read(question)
    found = retriever.search(read, max(most, SEARCHED), where)
    held = _held(question, found, retriever, where)
    ranked = [hit.passage.paper.id for hit in found.hits]
    likely = [hit.passage.paper.id for hit in found.hits if confidence.likely(found, hit) >= least]
    cited = [] if answer.abstained else [source.paper.id for source in answer.sources]
    first = sorted(held, key=lambda id: ranked.index(id) if id in ranked else len(ranked))
    # a name is asked for by its name: what does not hold it is another topic
    ids = list(dict.fromkeys(first if held and read.names else [*first, *cited, *likely]))
    papers = retriever.papers(ids[:most])
    reason = None if ids else answer.reason or answer.text
    match = answer.match if answer.match == "strong" else "weak" if ids else "none"
    return Chosen(tuple(papers), len(ids), answer.read_as, reason, answer.confidence, match)


def _held(question: str, found: Found, retriever: Retriever, where: Where | None) -> list[str]:
    """The ids of the papers that hold all names of a question, else its words in a row."""
    if names := found.question.names:
        sets = [{place.id for place in retriever.scan(name, where)} for name in names]
        order = [place.id for place in retriever.scan(names[0], where)]
        return [id for id in order if all(id in own for own in sets)]
    words = text.clean(question).strip(" .?!")
    if not text.content_words(words) or len(words.split()) > _WORDS:
        return []
    return [place.id for place in retriever.scan(words, where)]


def under(heading: str, retriever: Retriever, ids: Sequence[str]) -> dict[str, float]:
    """The papers that are about a heading.

    Args:
        heading: in the words of the user.
        retriever: the search.
        ids: the papers to keep to.

    Returns:
        Id of a paper -> how likely the paper is about the heading: 1 for one that holds the names of the heading, or its words in
        a row.
    """
    where: Where = {"paper": list(ids)}
    found = retriever.search(retriever.read(heading), len(ids), where)
    chances = {hit.passage.paper.id: confidence.likely(found, hit) for hit in found.hits}
    likely = {id: round(chance, 4) for id, chance in chances.items() if chance >= EVEN}
    return likely | dict.fromkeys(_held(heading, found, retriever, where), 1.0)


def filtered(retriever: Retriever, where: Where, most: int) -> Chosen:
    """The papers that a filter lets through, in the order in which they came in."""

    def ids(records: Records, allowed: Collection[str] | None) -> list[str]:
        return [card.id for card in records.all if allowed is None or card.id in allowed]

    held = retriever.look_up(ids, where)
    reason = None if held else f"No paper matches the filter. {retriever.unmatched(where)}".strip()
    return Chosen(tuple(retriever.papers(held[:most])), len(held), None, reason)


def named(papers: Sequence[Paper], most: int) -> Chosen:
    """Papers that were named."""
    return Chosen(tuple(papers[:most]), len(papers))
