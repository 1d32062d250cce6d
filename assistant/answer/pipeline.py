"""Questions to answers: a flow runs, and what it leaves becomes an answer, or a refusal that helps."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from assistant.answer import confidence, refusal
from assistant.answer.citations import citing
from assistant.answer.flow import Node
from assistant.answer.steps import HELD, Tools, Work, own_up, run
from assistant.errors import QuestionError
from assistant.types import Answer, Claim, Event, Source, Usage, Where
from assistant.verify.contradiction import disagreements


def checked(question: str, most: int) -> str:
    """The question on one line, fit to be searched for, each stretch of white space a single blank.

    Raises:
        QuestionError: it is empty, too long, or holds no letter and no figure.
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
    steps: Sequence[Node],
    tools: Tools,
    usage: Callable[[float], Usage],
    fingerprint: str,
    earlier: Sequence[Answer] = (),
    where: Where | None = None,
) -> Iterator[Event]:
    """What happens while `question` is answered; the answer comes last.

    Args:
        question: in plain words.
        steps: the flow.
        tools: what its operators work with.
        usage: gives what was spent, from the seconds that passed.
        fingerprint: of the settings and prompts; the library's generation is added to it.
        earlier: the answers of the conversation so far, oldest first.
        where: a filter on papers.
    """
    began = time.perf_counter()
    work = Work(checked(question, tools.settings.max_question), tuple(earlier), where)
    work.asked = work.question
    yield from run(steps, work, tools)
    if _answered(work):
        yield from own_up(work)
    spent = usage(round(time.perf_counter() - began, 4))
    yield _answer(work, tools, spent, fingerprint)


def _answer(work: Work, tools: Tools, usage: Usage, fingerprint: str) -> Answer:
    found = work.found
    nearest = tuple(refusal.quotable(hit) for hit in found.hits[: tools.settings.nearest]) if found else ()
    answered = _answered(work)
    rewordings, why, written = (), None, work.claims
    if not answered:
        why = _why(work)
        lacking = confidence.uncovered(found) if found else ()
        work.uncovered |= dict.fromkeys(lacking, "")
        rewordings = tuple(refusal.rewordings(work.asked, lacking, nearest))
        written = [claim.model_copy(update={"struck": True}) for claim in work.claims]
    claims, sources = _cited(written, work.sources)
    return Answer(
        question=work.question,
        read_as=work.asked if work.asked != work.question else None,
        text=refusal.told(why, nearest, rewordings) if why else told(claims),
        claims=claims,
        sources=sources,
        disagreements=tuple(disagreements(sources, tools.guard)),
        abstained=not answered,
        reason=why,
        uncovered=tuple(work.uncovered),
        rewordings=rewordings,
        incomplete=work.incomplete,
        nearest=nearest,
        confidence=round(work.confidence, 4),
        usage=usage,
        trace=tuple(work.trace),
        fingerprint=f"{fingerprint}-{found.generation if found else 0}",
    )


def _answered(work: Work) -> bool:
    return any(claim.verdict and claim.verdict.verdict in HELD and not claim.struck for claim in work.claims)


def _why(work: Work) -> str:
    """Why nothing is answered, in a sentence."""
    unjudged = [claim.verdict for claim in work.claims if claim.verdict and claim.verdict.verdict == "not judged"]
    if unjudged:
        return f"What was written could not be judged: {'; '.join(unjudged[0].reasons)}."
    if work.claims:
        return "Nothing that was written is supported by the papers it cites."
    return confidence.reason(work.found, work.where) if work.found else "The flow searched for nothing."


def _cited(claims: Sequence[Claim], sources: Sequence[Source]) -> tuple[tuple[Claim, ...], tuple[Source, ...]]:
    """The sources that claims of the text rest on, in the order of their numbers, and the claims with their places there.

    A number of a paper that nothing is quoted of would lead nowhere: it is left out of the text.
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
    """What a reader is told of a claim behind its text; nothing where it is supported or needs no source."""
    if claim.verdict is None or claim.verdict.verdict == "supported":
        return ""
    return f" ({claim.verdict.verdict}{': ' if claim.verdict.reasons else ''}{'; '.join(claim.verdict.reasons)})"
