"""Questions to answers: a flow runs, and what it leaves becomes an answer, or a refusal that helps."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from assistant import cancel
from assistant.answer import confidence, refusal
from assistant.answer.citations import citing
from assistant.answer.direct import asked_of, direct, mended, referred
from assistant.answer.draft import Draft, Session, Tools
from assistant.answer.flows import Flow
from assistant.answer.steps import HELD, own_up
from assistant.errors import QuestionError, Stopped
from assistant.search.orders import guarded
from assistant.text import harmless
from assistant.types import WEAK_MATCH, Answer, Claim, Event, Source, Usage, Where
from assistant.verify.contradiction import disagreements


def checked(question: str, most: int) -> str:
    """Check a question, and put the question on one line with single blanks.

    Returns:
        The question, fit to be searched for.

    Raises:
        QuestionError: the question is empty, too long, or holds no letter and no figure.
    """
    if not question.strip():
        raise QuestionError("the question is empty; ask something like: What does LeanDojo offer?")
    if len(question) > most:
        raise QuestionError(
            f"the question has {len(question):,} characters; at most {most:,} are read (setting answer.max_question)"
        )
    if not any(char.isalnum() for char in question):
        raise QuestionError("the question holds no word; ask something like: What does LeanDojo offer?")
    # half a surrogate pair (undecodable bytes of a command line) cannot be encoded; controls mean nothing
    question = question.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in question).split())


def events(
    question: str,
    flow: Flow,
    tools: Tools,
    usage: Callable[[float], Usage],
    fingerprint: str,
    earlier: Sequence[Answer] = (),
    where: Where | None = None,
    *,
    tried: bool = False,
) -> Generator[Event]:
    """Answer a question.

    Args:
        question: as `checked` gives it.
        flow: the order of the steps.
        tools: the models and settings.
        usage: the cost so far, from the seconds that passed.
        fingerprint: of the settings and prompts; the library's generation is added.
        earlier: the answers of the conversation so far, oldest first.
        where: a filter on papers.
        tried: the filter tries papers one by one, so that nobody asks for that paper.

    Yields:
        The events of the steps; the answer comes last.

    Raises:
        Stopped: it was stopped before anything was written.
    """
    began = time.perf_counter()
    session = Session(question, where, tools, [])
    asked = yield from asked_of(session, earlier, tried=tried)
    asked, meant = mended(session, asked)
    draft = yield from direct(session, asked, earlier)
    if draft is None:
        session, asked = referred(session, asked)
        draft = yield from flow(session, asked)
    if cancel.ended() and not draft.claims:
        raise Stopped("it was stopped before anything was written")
    answered = _answered(draft)
    if answered:
        for claim, lines in own_up(draft, meant):
            draft = replace(draft, claims=(*draft.claims, claim))
            yield from lines
    spent = usage(round(time.perf_counter() - began, 4))
    yield _answer(session._replace(where=where), draft, answered, spent, fingerprint)


def _answer(session: Session, draft: Draft, answered: bool, usage: Usage, fingerprint: str) -> Answer:
    found, question, tools = draft.found, draft.question, session.tools
    most = max(tools.settings.nearest, refusal.ASKABLE)
    near = tuple(guarded(refusal.quotable(hit)) for hit in found.hits[:most]) if found else ()
    nearest = near[: tools.settings.nearest]
    rewordings, why, written, uncovered = (), None, draft.claims, {**draft.uncovered, **draft.passed}
    if not answered:
        why = refusal.why(session, draft)
        lacking = confidence.uncovered(found) if found else ()
        uncovered |= dict.fromkeys(refusal.unmentioned(lacking, session.where, tools.retriever), "")
        rewordings = tuple(refusal.rewordings(question, lacking, near[: refusal.ASKABLE]))
        written = tuple(claim.model_copy(update={"struck": True}) for claim in draft.claims)
    claims, sources = _cited(written, draft.quotes)
    weak = draft.confidence < confidence.WEAK or any(claim.text == WEAK_MATCH for claim in claims)
    return Answer(
        question=session.asked,
        read_as=question.worded if question.worded != session.asked else None,
        text=harmless(refusal.told(why, nearest, rewordings) if why else told(claims)),
        claims=claims,
        sources=sources,
        disagreements=tuple(disagreements(sources, tools.guard)),
        abstained=not answered,
        reason=why,
        uncovered=tuple(uncovered),
        rewordings=rewordings,
        incomplete=draft.incomplete,
        nearest=nearest,
        confidence=round(draft.confidence, 4),
        match="none" if not answered else "weak" if weak else "strong",
        usage=usage,
        trace=tuple(session.trace),
        listing=draft.listing,
        fingerprint=f"{fingerprint}-{found.generation if found else draft.generation}",
    )


def _answered(draft: Draft) -> bool:
    return draft.replied or any(claim.verdict and claim.verdict.verdict in HELD and not claim.struck for claim in draft.claims)


def _cited(claims: Sequence[Claim], sources: Sequence[Source]) -> tuple[tuple[Claim, ...], tuple[Source, ...]]:
    """Keep the sources that claims of the text rest on.

    A number of a paper without a quote would lead nowhere, so the number is left out of the text.

    Returns:
        The claims with the places of their sources, and the sources in the order of their numbers.
    """
    used = dict.fromkeys(place for claim in claims if not claim.struck for place in claim.quotes)
    order = sorted(used, key=lambda place: sources[place].number)
    new = {old: place for place, old in enumerate(order)}
    numbers = {sources[place].number for place in order}
    claims = [claim if claim.struck or numbers.issuperset(claim.sources) else citing(claim, numbers) for claim in claims]
    moved = [claim.model_copy(update={"quotes": tuple(new[old] for old in claim.quotes if old in new)}) for claim in claims]
    return tuple(moved), tuple(sources[place] for place in order)


def told(claims: Sequence[Claim]) -> str:
    """The text of an answer: what was struck left out, what is not supported marked."""
    return "".join(f"{claim.lead}{claim.shown}{mark(claim)}" for claim in claims if not claim.struck).strip()


def mark(claim: Claim) -> str:
    """The note behind the text of a claim; empty where the claim is supported or needs no source."""
    if claim.verdict is None or claim.verdict.verdict == "supported":
        return ""
    return f" ({claim.verdict.verdict}{': ' if claim.verdict.reasons else ''}{'; '.join(claim.verdict.reasons)})"
