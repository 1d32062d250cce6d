"""Answers without a flow: small talk, lists and counts, what the records of the papers tell; papers named by a citation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant import text
from assistant.answer import figure_answer, list_answer, metadata_answer, overview_answer
from assistant.answer.draft import Draft, Session, Steps
from assistant.answer.steps import last_list, read
from assistant.question.list_intent import Narrowed
from assistant.question.metadata_intent import OfPaper, Papers
from assistant.question.names import called, subjects
from assistant.question.read import Question
from assistant.question.rewrite import points_back
from assistant.text.terms import terms
from assistant.text.view import View
from assistant.types import Answer, Listing, Paper

_SUMMARY = re.compile(
    r"(?i)^\W*(?:(?:please|can|could|you|give|me|us|write|an?|the|short|brief) )*"
    r"(?:summari[sz]e|summary|sum up|overview|tl;? ?dr)\b"
    r"(?: (?:of )?(?:it|(?:this|the|that)(?: (?:paper|article|work|study|abstract))?))?(?! (?:of|on|about))"
)
"""A wish for a summary, of nothing or of "it", "this paper" and the like."""


_IT = re.compile(r"(?i)(?<![\w'\"(])(?:it|this (?:paper|article|work|study))(?![\w'\")])(?! that\b)")
"""The word that stands for the paper that is kept to."""


def asked_of(session: Session, earlier: Sequence[Answer] = (), *, tried: bool = False) -> Steps[Question]:
    """Read the question; where the filter keeps to one paper, "it" and a question without a subject ask for that paper.

    A question with a rare word that the paper does not hold stays as it is: the name would make it one about the paper.

    Args:
        session: the question.
        earlier: the answers of the conversation so far, oldest first.
        tried: the filter tries papers one by one, so that nobody asks for that paper.

    Yields:
        The step.

    Returns:
        The question, which stands alone.
    """
    paper = None if tried else _only(session)
    if paper is None:
        return (yield from read(session, session.asked, earlier))
    name, plain = called(text.clean(paper.title)), session.asked.rstrip(" ?.!")
    if _SUMMARY.match(plain):
        return (yield from read(session, f"{_SUMMARY.sub(f'What does {name} propose and show', plain)}?"))
    question = yield from read(session, session.asked)
    aside = question.about or question.listing or question.cited or question.record or question.more or question.narrowed
    points = points_back(session.asked)
    if points and isinstance(question.record, OfPaper):
        return question  # it asks for the record of that paper, whatever was asked before
    if aside or not (points or not (subjects(session.asked) or _strange(session, paper))):
        return (yield from read(session, session.asked, earlier)) if earlier else question
    named = _IT.sub(lambda _: name, plain, count=1)
    return (yield from read(session, f"{named if named != plain else f'{plain} ({name})'}?"))


def _strange(session: Session, paper: Paper) -> bool:
    """Whether a question holds a word that neither the paper nor, but for a few passages, the library holds."""
    rare = session.tools.retriever.rare(" ".join(text.content_words(session.asked)))
    return not rare.issubset(terms(f"{paper.title} {paper.abstract}"))


def mended(session: Session, question: Question) -> tuple[Question, str]:
    """Read a question with mistyped words of a title in the words of the title.

    Args:
        session: the question.
        question: as read.

    Returns:
        The question, and the line that names the papers meant; the same question and no line where nothing is mistyped.
    """
    if question.about or question.more or question.narrowed or isinstance(question.record, Papers):
        return question, ""
    retriever = session.tools.retriever
    slip = retriever.slip(question.alone)
    if slip is None:
        return question, ""
    titles = [f'"{View(card.title).text}"' for card in slip.meant]
    names = titles[0] if len(titles) == 1 else f"one of {len(titles)} papers, such as {titles[0]}"
    return replace(retriever.read(slip.text), asked=question.asked), f"Did you mean {names}? The question was read so."


def _only(session: Session) -> Paper | None:
    """The paper that the filter keeps to; None where the filter names no paper, or several."""
    if not (chosen := (session.where or {}).get("paper")):
        return None
    ids = [chosen] if isinstance(chosen, str) else [str(each) for each in chosen]
    return next(iter(session.tools.retriever.papers(ids)), None) if len(ids) == 1 else None


def direct(session: Session, question: Question, earlier: Sequence[Answer] = ()) -> Steps[Draft | None]:
    """Answer a question for papers, for what the records tell, or about the library.

    Args:
        session: the question.
        question: as read.
        earlier: the answers of the conversation so far, oldest first.

    Yields:
        The events of the answer.

    Returns:
        The draft with its claims and quotes; None where the flow has to answer.
    """
    lists = last_list(earlier)
    before = lists.listing if lists else None
    if before and question.more:
        return (yield from list_answer.continued(session, question, before, question.more))
    if before and question.narrowed:
        return (yield from _narrowed(session, question, question.narrowed, before))
    kept = _only(session)
    draft: Draft | None = None
    if question.about == "papers":
        draft = yield from list_answer.shelved(session, question)
    elif question.about:
        draft = yield from list_answer.replied(session, question)
    elif isinstance(question.record, OfPaper):
        draft = yield from metadata_answer.field(session, question, question.record, [kept] if kept else _cited(earlier))
    elif isinstance(question.record, Papers):
        draft = yield from metadata_answer.papers(session, question, question.record)
    elif question.cited:
        draft = yield from metadata_answer.cited(session, question, question.cited)
    if draft is None and question.best_figure and not question.about:
        draft = yield from figure_answer.best(session, question, question.best_figure)
    if draft is None and question.overview and not question.about and kept is None:
        draft = yield from overview_answer.overview(session, question, question.overview)
    if draft is None and question.listing and not question.about:
        draft = yield from list_answer.listed(session, question, question.listing.topic)
    return draft


def _narrowed(session: Session, question: Question, asked: Narrowed, before: Listing) -> Steps[Draft | None]:
    """Those papers of a list that hold a term, or whose records hold something; None where the flow has to answer."""
    if isinstance(question.record, Papers):
        return (yield from metadata_answer.papers(session, question, question.record, before))
    if not asked.topic:
        return None
    return (yield from list_answer.among(session, question, asked, before))


def _cited(earlier: Sequence[Answer]) -> list[Paper]:
    """The papers that the answer before rests on, each once."""
    return list({source.paper.id: source.paper for source in earlier[-1].sources}.values()) if earlier else []


def referred(session: Session, question: Question) -> tuple[Session, Question]:
    """Keep to the paper that a question names by a citation, and ask for the paper by name, where one such paper is held."""
    reference = question.cited
    found = metadata_answer.meant(session, reference) if reference else []
    if reference is None or len(found) != 1:
        return session, question
    (paper,) = session.tools.retriever.papers(found)
    alone = f"{question.alone[: reference.start]}{called(text.clean(paper.title))}{question.alone[reference.end :]}"
    return session._replace(where={**(session.where or {}), "paper": paper.id}), session.tools.retriever.read(alone)
