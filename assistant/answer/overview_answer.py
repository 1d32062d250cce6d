"""Overviews: the papers on a topic in groups that are named by what they share, with a quote of each."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from assistant import text
from assistant.answer import chosen, confidence, grouped, list_answer, topical
from assistant.answer.draft import Draft, Session, Steps
from assistant.answer.list_answer import ours, said
from assistant.answer.steps import timed
from assistant.question.names import called
from assistant.question.read import Question
from assistant.search.retriever import Found
from assistant.table import abstracts
from assistant.types import Claim, Listed, Listing, Paper, Retrieved, Source

_LEAST = 3
"""An overview is one of at least this many papers; of fewer, the question is answered as any other."""
_PAPERS, _WORDS = 12, 400
"""Papers and words of an overview at most."""


class _OnTopic(NamedTuple):
    """The papers on a topic."""

    papers: list[Paper]
    """Those that are quoted."""
    found: Found
    listing: Listing | None
    """All papers that hold the words of the topic; None where no paper holds them."""
    head: str
    """The line above, which counts the papers."""
    ends: str = ""
    """The line below."""


def overview(session: Session, question: Question, topic: str) -> Steps[Draft | None]:
    """Answer a question for an overview by the papers that hold the words of a topic, else by those that are likely about it.

    Args:
        session: the question.
        question: as read.
        topic: in the words of the question.

    Yields:
        The events of the answer.

    Returns:
        The draft; None where fewer than three papers are on the topic, or the topic is a paper itself.
    """

    def work() -> Steps[tuple[_OnTopic | None, str]]:
        on_topic = _on_topic(session, topic)
        if len(on_topic.papers) < _LEAST:
            return None, f"{len(on_topic.papers)} papers are on the topic"
        if any(text.fold(called(text.clean(paper.title))) == text.fold(topic) for paper in on_topic.papers):
            return None, "the topic is a paper"
        yield Retrieved(passages=tuple(hit.passage for hit in on_topic.found.hits))
        return on_topic, on_topic.head

    looked = yield from timed("overview", session, work())
    if looked is None:
        return None
    sure = confidence.LISTED if looked.listing else confidence.confidence(looked.found)
    draft = Draft(question, looked.found, sure, listing=looked.listing)
    return (yield from _told(session, draft, looked))


def _on_topic(session: Session, topic: str) -> _OnTopic:
    retriever = session.tools.retriever
    places = retriever.scan(topic, session.where)
    found = retriever.search(retriever.read(topic), chosen.SEARCHED, session.where)
    chances = [(confidence.likely(found, hit), hit.passage.paper) for hit in found.hits]
    if not places:
        near = [paper for chance, paper in chances if chance >= chosen.EVEN]
        number = list_answer.counted(len(near))
        some = f", {_PAPERS} of which are quoted" if len(near) > _PAPERS else ""
        return _OnTopic(near[:_PAPERS], found, None, f"{number} are likely about this{some}:")
    held = {place.id for place in places}
    likely = [
        Listed(paper=paper, chance=round(chance, 4))
        for chance, paper in chances
        if paper.id not in held and chance >= list_answer.LIKELY
    ]
    whole = list_answer.holding(topic, places, retriever.shown(places[: list_answer.MOST]), likely)
    listing = list_answer.shown_from(0, whole, _PAPERS)
    papers = [each.paper for each in listing.papers[: listing.shown]]
    return _OnTopic(papers, found, listing, list_answer.head(listing), list_answer.others(likely))


def _told(session: Session, draft: Draft, on_topic: _OnTopic) -> Steps[Draft]:
    """The draft with the lines and quotes of each group."""

    def work() -> Steps[tuple[Draft, str]]:
        papers = on_topic.papers
        vectors = session.tools.retriever.vectors([paper.id for paper in papers])
        groups = [group for group in topical.groups(papers, vectors, _WORDS) if group.papers]
        order = [paper.id for group in groups for paper in group.papers]
        numbers = {id: number for number, id in enumerate(order, 1)}
        claims: list[Claim] = [ours(on_topic.head)]
        quotes: list[Source] = []
        for group in groups:
            if len(groups) > 1:
                claims.append(ours(f"{group.heading}:", "\n\n"))
            read = [abstracts.read(paper) for paper in group.papers]
            own = grouped.paragraph(read, numbers, _WORDS * len(read) // len(papers), session.tools.guard)
            for claim in own.claims:
                moved = tuple(len(quotes) + place for place in claim.quotes)
                claims.append(claim.model_copy(update={"quotes": moved, "lead": claim.lead or "\n"}))
            quotes += own.quotes
        if on_topic.ends:
            claims.append(ours(on_topic.ends, "\n\n"))
        yield from said(claims)
        done = replace(draft, claims=tuple(claims), quotes=tuple(quotes), cited=tuple(order))
        return done, f"{len(groups)} topics, {len(quotes)} quotes"

    return timed("overview", session, work())
