"""A review made: papers by topic, a paragraph for each topic, what contradicts each other and what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from assistant import cancel, text
from assistant.answer import grouped
from assistant.answer.grouped import Paragraph
from assistant.review import plan
from assistant.review.plan import Under
from assistant.review.values import Fact, Heading, Missing, Review, Topic
from assistant.table import abstracts, cells, columns
from assistant.table.abstracts import Abstract
from assistant.table.values import Chosen
from assistant.types import Step, Usage, Vectors, Verifier, Where
from assistant.verify.contradiction import disagreements

MOST_PAPERS = 100
"""A review has at most this many papers."""
LEAST_WORDS, MOST_WORDS = 50, 20_000
"""The bound on its words."""
_SCANNED = 4
"""A heading with more words, or with a stop word, is a description, which no paper holds word for word."""
_FACTS = {"model size": "model size", "participants": "number of participants", "dataset": "dataset"}
"""What is told of each study, and the column of a table that asks for it."""

Write = Callable[[str, Sequence[Abstract], Sequence[str], int], tuple[Paragraph, str]]
"""Writes a topic by a model: heading, papers, ids of all papers by their numbers, words at most. The text says what was done."""
Scan = Callable[[str], int]
"""A term to the number of papers of the whole library that hold it in title or abstract."""


def build(
    chosen: Chosen,
    vectors: Vectors,
    *,
    question: str,
    named: Sequence[str],
    where: Where | None,
    outline: Sequence[Heading],
    bound: int,
    most: int,
    under: Under,
    scan: Scan,
    library: int,
    guard: Verifier,
    write: Write | None,
    writer: str | None,
    usage: Callable[[float], Usage],
    fingerprint: str,
    began: float,
    earlier: Review | None = None,
    keep: Callable[[Review], None] = lambda review: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Review:
    """Write a review.

    Args:
        chosen: the papers.
        vectors: of the papers, [papers, dimensions].
        question: that found the papers; empty where they were named.
        named: the ids of the papers that were named.
        where: the filter that the papers passed.
        outline: the headings; empty for topics of the papers.
        bound: words of the paragraphs at most.
        most: papers at most.
        under: the papers that are about a heading.
        scan: counts the papers of the library that hold a term.
        library: papers of the library.
        guard: the local verifier.
        write: writes a topic by a model; None for quotes.
        writer: the name of that model.
        usage: the cost, from the seconds that passed.
        fingerprint: of settings and library.
        began: when the work began, by the clock of `time.perf_counter`.
        earlier: a review that was stopped; its topics are kept if they are those of the same review.
        keep: takes the review after each topic.
        progress: called with the topics done and all.

    Returns:
        The review.
    """
    planned = plan.by_outline(chosen.papers, outline, under) if outline else plan.by_topics(chosen.papers, vectors, bound)
    topics, papers = plan.numbered(planned)
    missing, scans = _missing(question, topics if outline else (), scan, library)
    trace = [_searched(chosen, library), *scans, Step(name="topics", seconds=0.0, detail=f"{len(topics)} headings")]
    review = Review(
        question=question,
        read_as=chosen.read_as,
        named=tuple(named),
        where=where,
        outline=tuple(outline),
        bound=bound,
        most=most,
        topics=tuple(topics),
        papers=tuple(papers),
        missing=tuple(missing),
        found=chosen.found,
        reason=chosen.reason,
        confidence=chosen.confidence,
        match=chosen.match,
        writer=writer,
        usage=usage(0.0),
        trace=tuple(trace),
        fingerprint=fingerprint,
    )
    before = Usage(seconds=0.0)
    if earlier and _same(review, earlier):
        review, before = earlier, earlier.usage

    def spent() -> Usage:
        return _sum(before, usage(round(time.perf_counter() - began, 4)))

    held = {number: abstracts.read(paper) for number, paper in enumerate(review.papers, 1)}
    for at, topic in enumerate(review.topics):
        progress(at, len(review.topics))
        if topic.written:
            continue
        cancel.check()
        started = time.perf_counter()
        done, told = _written(topic, held, review, guard, write, at)
        step = Step(name="write", seconds=round(time.perf_counter() - started, 4), detail=f"{topic.heading}: {told}")
        topics = [*review.topics[:at], done, *review.topics[at + 1 :]]
        review = review.model_copy(update={"topics": tuple(topics), "trace": (*review.trace, step), "usage": spent()})
        if not review.finished:
            keep(review)
    progress(len(review.topics), len(review.topics))
    facts = [fact for number, abstract in held.items() for fact in _facts(number, abstract, guard)]
    against = tuple(disagreements(review.sources, guard))
    review = review.model_copy(update={"facts": tuple(facts), "disagreements": against, "usage": spent()})
    keep(review)
    return review


def _written(
    topic: Topic, held: dict[int, Abstract], review: Review, guard: Verifier, write: Write | None, at: int
) -> tuple[Topic, str]:
    """A topic with its paragraph, and what was done; its words are the share of what is left that its papers have."""
    left = sum(len(each.papers) for each in review.topics[at:])
    if not topic.papers:
        return topic.model_copy(update={"written": True}), "no papers"
    most = (review.bound - review.words) * len(topic.papers) // left
    own = [held[number] for number in topic.papers]
    if write:
        text, told = write(topic.heading, own, [paper.id for paper in review.papers], most)
    else:
        numbers = {held[number].paper.id: number for number in topic.papers}
        text = grouped.paragraph(own, numbers, most, guard)
        told = f"{len(text.quotes)} quotes of {len(own)} papers"
    update = {"claims": text.claims, "sources": text.quotes, "by_model": text.by_model, "written": True}
    return topic.model_copy(update=update), told


def _same(review: Review, earlier: Review) -> bool:
    """Whether a review that was stopped is the same one: asked for the same, by the same settings, of the same papers."""
    asked = ("question", "named", "where", "outline", "bound", "most", "writer", "fingerprint", "papers")
    plans = [[(topic.heading, topic.level, topic.papers) for topic in one.topics] for one in (review, earlier)]
    return plans[0] == plans[1] and all(getattr(review, name) == getattr(earlier, name) for name in asked)


def _sum(one: Usage, other: Usage) -> Usage:
    costs = [each.cost for each in (one, other) if each.cost is not None]
    return Usage(
        seconds=round(one.seconds + other.seconds, 4),
        calls=one.calls + other.calls,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=sum(costs) if costs else None,
    )


def _searched(chosen: Chosen, library: int) -> Step:
    read_as = f", read as: {chosen.read_as}" if chosen.read_as else ""
    return Step(name="search", seconds=0.0, detail=f"{chosen.found:,} of {library:,} papers{read_as}")


def _missing(question: str, headings: Sequence[Topic], scan: Scan, library: int) -> tuple[list[Missing], list[Step]]:
    """What no paper of the library holds: of the names of question and headings, and of short headings without papers."""
    terms = dict.fromkeys(name for content in (question, *(topic.heading for topic in headings)) for name in text.names(content))
    for topic in headings:
        words = text.words(topic.heading)
        if topic.note and not text.names(topic.heading) and len(words) <= _SCANNED and text.STOP_WORDS.isdisjoint(words):
            terms[topic.heading] = None
    counts = {term: scan(term) for term in terms}
    steps = [
        Step(name="scan", seconds=0.0, detail=f'{count:,} of {library:,} papers hold "{term}"') for term, count in counts.items()
    ]
    return [Missing(term=term, scanned=library) for term, count in counts.items() if not count], steps


def _facts(number: int, abstract: Abstract, guard: Verifier) -> list[Fact]:
    """What a paper states of its study."""
    asked = {name: columns.read(column) for name, column in _FACTS.items()}
    filled = {name: cells.fill(abstract, column, guard) for name, column in asked.items()}
    return [Fact(number=number, name=name, cell=cell) for name, cell in filled.items() if cell.said]
