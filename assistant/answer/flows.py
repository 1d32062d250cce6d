"""The flows: in which order the steps of an answer run, after the patterns of Modular RAG (Gao et al., arXiv 2407.21059)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest

from assistant import cancel, text
from assistant.answer import confidence, refusal
from assistant.answer.draft import Draft, Session, Steps
from assistant.answer.extract import named
from assistant.answer.steps import bare, found, proved, read, rephrase, search_again, without_evidence
from assistant.config import fitted
from assistant.question.decompose import MANY
from assistant.question.read import Question
from assistant.question.rewrite import points_back
from assistant.question.singles import Single, asks
from assistant.search.retriever import Found
from assistant.text.terms import terms
from assistant.types import Paper, Step, Verified

_SURE: float = fitted("refusal")["sure"]
"""A part of a refused question is answered if its confidence reaches this. Of 127 pairs of unanswerable tuning questions nine in a
hundred have a part of 0.5 or more and none of 0.6; of 63 with one answerable part all have one of 0.85."""

_SEVERAL = 3
"""Of so many questions in one, each is answered or named."""
_TELLING = 3
"""A question without a name and with fewer content words may belong to the question before: "who did that"."""
_PASSED = f"At most {MANY} parts of a question are looked at."
_ASK = "Ask for each alone."
_STOPPED = "stopped before the rest of the question was answered"

Flow = Callable[[Session, Question], Steps[Draft]]


def linear(session: Session, question: Question) -> Steps[Draft]:
    """Write from whatever is found; refuse only where nothing survives the verifier."""
    draft = yield from found(session, question)
    draft = yield from proved(session, draft)
    return replace(draft, passed={single.said: _ASK for single in _missing(draft)})


def conditional(session: Session, question: Question) -> Steps[Draft]:
    """Write only where the library seems to hold an answer: a refusal costs no call of a model.

    The questions of a double question that no papers answer together are answered one by one.

    Yields:
        The events of the steps.

    Returns:
        The draft of the answer or the refusal.
    """
    draft = yield from found(session, question)
    if _apart(session, draft):
        draft = yield from _each(session, draft, question.singles)
    return (yield from _completed(session, draft))


def branching(session: Session, question: Question) -> Steps[Draft]:
    """Each question of a double question is searched for and answered by itself."""
    if question.singles:
        return (yield from _each(session, Draft(question), question.singles))
    draft = yield from found(session, question)
    return (yield from _completed(session, draft))


def looping(session: Session, question: Question) -> Steps[Draft]:
    """Search again for the parts without evidence, before anything is written."""
    draft = yield from found(session, question)
    tried, rounds, most = [question.text], 0, session.tools.settings.rounds
    while (bare := bool(without_evidence(draft))) and rounds < most:
        query = yield from rephrase(session, draft, tried)
        draft = replace(draft, found=(yield from search_again(session, draft, query)))
        tried.append(query)
        rounds += 1
    why = f"{'still' if bare else 'no longer'} uncovered after {rounds} rounds"
    session.trace.append(Step(name="loop", seconds=0.0, detail=why))
    return (yield from _completed(session, draft))


FLOWS: dict[str, Flow] = {"linear": linear, "conditional": conditional, "branching": branching, "looping": looping}


def _enough(session: Session, draft: Draft, least: float = 0.0) -> bool:
    return draft.confidence >= max(session.tools.settings.threshold, least) and not draft.claims


def _answered(session: Session, draft: Draft, least: float = 0.0, *, follows: bool = False) -> Steps[Draft]:
    """The draft written, verified and repaired, where the library seems to hold an answer and nothing is written yet."""
    return (yield from proved(session, draft, follows=follows)) if _enough(session, draft, least) else draft


def _apart(session: Session, draft: Draft) -> bool:
    """Whether the question is a double one that no papers answer together."""
    asked = draft.question.singles
    if not (draft.found and asked):
        return False
    return not (_enough(session, draft, confidence.WEAK) and confidence.together(draft.found, asked, session.tools.settings.papers))


def _completed(session: Session, draft: Draft) -> Steps[Draft]:
    """The draft answered, and behind that answer those of the questions of three or more on which its papers do not bear.

    A model that writes has read the whole question, so no further call is made for what it leaves out: the parts are named.

    Yields:
        The events of the steps.

    Returns:
        The draft of the whole answer.
    """
    answered = yield from _answered(session, draft)
    if answered is draft or not (missing := _missing(answered)):
        return answered
    if session.tools.generator:
        return replace(answered, passed={single.said: _ASK for single in missing})
    return (yield from _each(session, answered, missing))


def _missing(draft: Draft) -> list[Single]:
    """The questions of three or more on which no paper cited bears; of a thing, its own paper where that was found."""
    asked = draft.question.singles
    if len(asked) < _SEVERAL or not draft.found or not draft.answered or draft.confidence < confidence.WEAK:
        return []
    papers = [draft.offered[draft.cited[number - 1]] for number in sorted(_cited(draft))]
    left = {single.said for single in asked if not _borne(single, draft.found, papers)}
    # behind a sentence that is no question, or where the papers hold the words of but one, the others may be worded otherwise
    worded = all(asks(single.said) for single in asked) and len(asked) - len(left) >= _SEVERAL - 1
    missing = [single for single in asked if single.said in left and single.said not in draft.uncovered]
    return missing if worded else [single for single in missing if single.thing]


def _borne(single: Single, searched: Found, papers: Sequence[Paper]) -> bool:
    """Whether papers bear on a question: of a thing, its own paper where that was found."""
    if single.thing:
        own = {hit.passage.paper.id for hit in searched.hits if named(hit.passage.paper, terms(single.said))}
        return not own.isdisjoint(paper.id for paper in papers) if own else not bare(searched, [single.said], papers)
    if single.follows or points_back(single.said):
        return True
    if names := text.names(single.said):
        held = set(terms(" ".join(f"{paper.title}. {paper.abstract}" for paper in papers)))
        return held.issuperset(terms(" ".join(names)))
    return len(text.content_words(single.said)) < _TELLING or not bare(searched, [single.said], papers)


def _each(session: Session, whole: Draft, asked: Sequence[Single]) -> Steps[Draft]:
    """Answer each question of a double question by itself, with common numbers and quotes, and join the answers.

    Where none of the questions is answered, the draft stays as it was, except that the paper of a question whose detail is
    left out becomes the paper of the draft.

    Args:
        session: the question.
        whole: the draft of the double question; its claims, if any, stay in front.
        asked: the questions; those past the bound are named as not looked at.

    Yields:
        The events of the steps.

    Returns:
        The joint draft.
    """
    least = _SURE if whole.claims or (whole.found and not _enough(session, whole, confidence.WEAK)) else 0.0
    joined, branches, uncovered = whole, list[Draft](), dict[str, str]()
    passed = {single.said: _PASSED for single in asked[MANY:]}
    asked = asked[:MANY]
    for single in asked:
        if cancel.ended():
            joined = replace(joined, incomplete=joined.incomplete or _STOPPED)
            break
        branch = yield from _branch(session, single, joined, branches[-1] if branches else None, least)
        branches.append(branch)
        known = {claim.text for claim in joined.claims}
        joined = replace(
            joined,
            claims=(*joined.claims, *(claim for claim in branch.claims if claim.text not in known)),
            quotes=branch.quotes,
            cited=branch.cited,
            offered=branch.offered,
            rewritten=branch.rewritten,
            incomplete=joined.incomplete or branch.incomplete,
        )
        if branch.answered:
            uncovered |= branch.uncovered
        else:
            uncovered[single.said] = refusal.reason(branch.found, session.where, session.tools.retriever) if branch.found else ""
    answered = [branch for branch in branches if branch.answered]
    if not branches:
        return joined
    silent = [branch for branch in branches if branch.found and confidence.left_out(branch.found)]
    if silent and not answered and not whole.claims:
        return replace(joined, confidence=silent[0].confidence, found=silent[0].found)
    if answered or whole.claims or not whole.found:
        # the papers of the questions answered first, then those near to each question, under its words
        papers = [branch.found for branch in ((whole, *answered) if whole.claims else answered) if branch.found]
        papers += [_under(single, each.found) for single, each in zip(asked, branches, strict=False) if each.found]
        sure = [branch.confidence for branch in answered or branches]
        return replace(
            joined,
            uncovered={**joined.uncovered, **uncovered},
            passed=passed,
            confidence=whole.confidence if whole.claims else min(sure),
            found=_merged(papers),
        )
    return joined


def _branch(session: Session, single: Single, joined: Draft, before: Draft | None, least: float) -> Steps[Draft]:
    """One question of a double question. A question that asks on is answered only by a paper of the question before."""
    question = yield from read(session, single.asked)
    shared = replace(joined, question=question, found=None, claims=(), uncovered={})
    asks_on = before if single.follows else None
    if asks_on and not asks_on.claims and not (asks_on.found and confidence.left_out(asks_on.found)):
        return shared
    searched = yield from found(session, question)
    several = len(joined.question.singles) >= _SEVERAL
    if several and searched.found and searched.found.hits and named(searched.found.hits[0].passage.paper, question.stems):
        least = min(least, confidence.WEAK)
    draft = replace(shared, found=searched.found, confidence=searched.confidence)
    branch = yield from _answered(session, draft, least, follows=bool(joined.claims))
    if asks_on and asks_on.claims and not _cited(asks_on) & _cited(branch):
        branch = replace(branch, claims=tuple(claim.model_copy(update={"struck": True}) for claim in branch.claims))
        yield from (Verified(claim=claim) for claim in branch.claims)
    return branch


def _cited(draft: Draft) -> set[int]:
    return {number for claim in draft.claims if not claim.struck for number in claim.sources}


def _under(single: Single, papers: Found) -> Found:
    """The papers found for one question of a double question, marked as such."""
    return papers._replace(hits=[hit._replace(passage=hit.passage.model_copy(update={"part": single.said})) for hit in papers.hits])


def _merged(papers: list[Found]) -> Found | None:
    """Several searches as one: the best paper of each first."""
    if not papers:
        return None
    ranks = [hit for row in zip_longest(*(each.hits for each in papers)) for hit in row if hit]
    hits = {hit.passage.paper.id: hit for hit in reversed(ranks)}
    unknown = tuple(dict.fromkeys(name for each in papers for name in each.question.unknown))
    return papers[0]._replace(hits=[*reversed(hits.values())], question=replace(papers[0].question, unknown=unknown))
