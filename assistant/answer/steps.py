"""The operators that flows are made of, and the work that they hand on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from typing import NamedTuple

from assistant import cancel
from assistant.answer import citations, confidence, extract
from assistant.answer.context import bearing
from assistant.answer.flow import Do, Each, If, Node, While
from assistant.answer.generate import Composer, Offer, announced, refuses
from assistant.config import AnswerSettings
from assistant.errors import BudgetError, EmptyReply, ModelError
from assistant.models.prompts import Prompt, fence
from assistant.models.streams import Streamed
from assistant.question.decompose import parts
from assistant.question.rewrite import Condenser, named, singles, standalone
from assistant.search.retriever import Found, Retriever
from assistant.text.terms import terms
from assistant.types import (
    Answer,
    Claim,
    Event,
    Expansion,
    LanguageModel,
    Paper,
    Retrieved,
    SecondPass,
    Source,
    Step,
    Token,
    Verdict,
    Verified,
    Verifier,
    Where,
)
from assistant.verify import injection
from assistant.verify.contradiction import against, premise

_SEARCHED = 10
"""Papers looked at for an answer."""
HELD = ("supported", "partly")
"""Verdicts with which a claim may stay."""
_NO_SOURCE = Verdict(verdict="no source", score=0.0, reasons=("it cites no paper",))
OTHERWISE = "The paper says otherwise:"
"""What stands before a quote that contradicts the question."""
_UNWRITTEN = "Quotes only, as the model replied nothing:"
"""What stands before the quotes that take the place of a model's text."""
_NOT_COVERED = re.compile(r"(?i)not covered\s*:[\s:*]*")
"""How the model begins the line that says what the papers do not answer."""
_SURE = 0.75
"""The confidence that it takes to answer a part of a question that is refused as a whole. Of 127 pairs of unanswerable tuning
questions nine in a hundred have a part of 0.5 or more and none of 0.6; of 63 with one answerable part all have one of 0.85."""
_REWRITES = 5
"""Sentences that a model is asked to rewrite, for one answer."""
_READ = 500
"""Sentences that are read of what a model wrote: it is asked for a handful, and each is held against every paper offered."""
_NONE = "NONE"
"""What the model replies where a sentence cannot be mended."""


class Tools(NamedTuple):
    """What the operators work with, for one question."""

    retriever: Retriever
    settings: AnswerSettings
    verifier: Verifier
    guard: Verifier
    """The local verifier, which costs nothing: it sees contradictions."""
    expansion: Expansion | None = None
    second_pass: SecondPass | None = None
    composer: Composer | None = None
    """None where quotes are the answer."""
    condenser: Condenser | None = None
    reviser: Reviser | None = None
    rephraser: Expansion | None = None
    """Words a part of the question anew, where a loop finds nothing for it."""


@dataclass
class Work:
    """A question on its way to an answer."""

    question: str
    earlier: tuple[Answer, ...] = ()
    where: Where | None = None
    asked: str = ""
    """The question that is searched for."""
    follows: bool = False
    """What is written comes behind another text."""
    query: str = ""
    """What the next search asks, where it differs: a part of the question."""
    tried: list[str] = field(default_factory=list[str])
    """What was searched for."""
    found: Found | None = None
    confidence: float = 0.0
    least: float = 0.0
    """The confidence that it takes to answer, where it is more than the settings say."""
    papers: dict[str, Paper] = field(default_factory=dict[str, Paper])
    """Those that were offered to a writer, by their ids."""
    cited: list[str] = field(default_factory=list[str])
    """The ids of the papers that have number 1, 2, ... in the answer."""
    claims: list[Claim] = field(default_factory=list[Claim])
    sources: list[Source] = field(default_factory=list[Source])
    uncovered: dict[str, str] = field(default_factory=dict[str, str])
    """What of the question is not answered, and why, where that is known."""
    rewritten: list[str] = field(default_factory=list[str])
    """Sentences that the model was asked to rewrite, whatever came of it; shared by the branches of a question."""
    incomplete: str | None = None
    trace: list[Step] = field(default_factory=list[Step])
    note: str = ""
    """What the trace says of the operator that runs."""


Operator = Callable[[Work, Tools], Iterator[Event]]


def run(steps: Sequence[Node], work: Work, tools: Tools) -> Iterator[Event]:
    """Run a flow on `work`; each operator leaves a step in its trace, its seconds without those of the listener."""
    for step in steps:
        match step:
            case Do(name):
                yield from _timed(name, OPERATORS[name], work, tools)
            case If(condition, then, otherwise):
                yield from run(then if CONDITIONS[condition](work, tools) else otherwise, work, tools)
            case While(condition, inner):
                rounds = 0
                while (held := CONDITIONS[condition](work, tools)) and rounds < tools.settings.rounds:
                    yield from run(inner, work, tools)
                    rounds += 1
                why = f"still {condition} after {rounds} rounds" if held else f"no longer {condition} after {rounds} rounds"
                work.trace.append(Step(name="while", seconds=0.0, detail=why))
            case Each(inner):
                yield from _each(inner, work, tools)


def _timed(name: str, operator: Operator, work: Work, tools: Tools) -> Iterator[Event]:
    work.note = ""
    seconds = 0.0
    events = operator(work, tools)
    while True:
        cancel.check()
        began = time.perf_counter()
        event = next(events, None)
        seconds += time.perf_counter() - began
        if event is None:
            break
        yield event
    work.trace.append(Step(name=name, seconds=round(seconds, 4), detail=work.note))


def _each(steps: Sequence[Node], work: Work, tools: Tools) -> Iterator[Event]:
    """Run `steps` for each of the questions in one, numbers and sources shared, and join what comes out.

    Where none of them is answered, the question is left as it was, but that a paper leaves out what one of them asks for.
    """
    asked = singles(work.asked)
    if not asked:
        yield from run(steps, work, tools)
        return
    branches: list[Work] = []
    uncovered: dict[str, str] = {}
    least = _SURE if work.found and work.confidence < tools.settings.threshold else work.least
    for single in asked:
        branch = replace(work, asked=single.asked, follows=bool(work.claims), least=least, found=None, claims=[], uncovered={})
        if single.follows and branches:
            yield from _following(branches[-1], steps, branch, tools)
        else:
            yield from run(steps, branch, tools)
        branches.append(branch)
        known = {claim.text for claim in work.claims}
        work.claims += [claim for claim in branch.claims if claim.text not in known]
        if any(not claim.struck for claim in branch.claims):
            uncovered |= branch.uncovered
        else:
            uncovered[single.said] = confidence.reason(branch.found, work.where) if branch.found else ""
        work.incomplete = work.incomplete or branch.incomplete
    answered = [branch for branch in branches if any(not claim.struck for claim in branch.claims)]
    silent = [branch for branch in branches if branch.found and confidence.left_out(branch.found)]
    if silent and not answered:
        work.confidence, work.found = silent[0].confidence, silent[0].found
    elif answered or not work.found:
        work.uncovered |= uncovered
        work.confidence = min(branch.confidence for branch in answered or branches)
        # the papers of what is answered first, and those near to the rest under its name
        work.found = _merged(
            [branch.found for branch in answered if branch.found]
            + [_for(single.said, branch.found) for single, branch in zip(asked, branches, strict=True) if branch.found]
        )


def _following(before: Work, steps: Sequence[Node], branch: Work, tools: Tools) -> Iterator[Event]:
    """Run `steps` for a question that asks on about what another is about: other papers than that one's do not answer it."""
    if not before.claims and not (before.found and confidence.left_out(before.found)):
        return
    yield from run(steps, branch, tools)
    cited = [{number for claim in work.claims if not claim.struck for number in claim.sources} for work in (before, branch)]
    if before.claims and not cited[0] & cited[1]:
        branch.claims = [claim.model_copy(update={"struck": True}) for claim in branch.claims]
        yield from (Verified(claim=claim) for claim in branch.claims)


def _for(part: str, found: Found) -> Found:
    """What was found for a part of the question, as such."""
    return found._replace(hits=[hit._replace(passage=hit.passage.model_copy(update={"part": part})) for hit in found.hits])


def _merged(found: Sequence[Found]) -> Found | None:
    """Several searches as one: the best paper of each first."""
    if not found:
        return None
    ranks = [hit for row in zip_longest(*(each.hits for each in found)) for hit in row if hit]
    hits = {hit.passage.paper.id: hit for hit in reversed(ranks)}
    unknown = tuple(dict.fromkeys(name for each in found for name in each.unknown))
    return found[0]._replace(hits=[*reversed(hits.values())], unknown=unknown)


# Operators


def _condense(work: Work, tools: Tools) -> Iterator[Event]:
    """A follow-up to a question that stands alone, out of what the user asked before."""
    before = [answer.read_as or answer.question for answer in work.earlier]
    make = tools.condenser.standalone if tools.condenser else standalone
    work.asked = make(work.question, before)
    work.note = f"read as: {work.asked}" if work.asked != work.question else "stands alone"
    yield from ()


def _retrieve(work: Work, tools: Tools) -> Iterator[Event]:
    """Search for the question, or, in a loop, for a part of it; what is new then comes after the best."""
    query, work.query = work.query or work.asked, ""
    work.tried.append(query)
    found = tools.retriever.search(query, _SEARCHED, work.where, tools.expansion, tools.second_pass)
    if work.found is None:
        work.found = found
        work.asked = found.spelling.text
        work.confidence = confidence.confidence(found)
    else:
        known = {hit.passage.paper.id for hit in work.found.hits}
        new = [hit._replace(passage=hit.passage.model_copy(update={"part": query})) for hit in found.hits[:1]]
        new = [hit for hit in new if hit.passage.paper.id not in known]
        work.found = work.found._replace(hits=[*work.found.hits[:1], *new, *work.found.hits[1:]])
    work.note = f"{len(work.found.hits)} papers"
    yield Retrieved(passages=tuple(hit.passage for hit in work.found.hits))


def _rephrase(work: Work, tools: Tools) -> Iterator[Event]:
    """What to search for next: the first part without evidence, by itself, then with the names asked about, then reworded."""
    part, *_ = *_bare(work), work.asked
    wordings = [part, " ".join([part, *(name for name in named(work.asked) if name not in part)])]
    if tools.rephraser and all(wording in work.tried for wording in wordings):
        wordings += tools.rephraser.expand(part)
    work.query = next((wording for wording in wordings if wording not in work.tried), part)
    work.note = work.query
    yield from ()


def _write(work: Work, tools: Tools) -> Iterator[Event]:
    """Quotes, or the model's text, as claims without verdicts."""
    if not work.found or not work.found.hits:
        return
    first = len(work.claims)
    gap = " " if work.claims or work.follows else ""
    for event in _composed(work, tools.composer, tools) if tools.composer else _quoted(work, tools):
        if gap:
            yield Token(text=gap)
            gap = ""
        yield event
    if work.claims[first:] and (first or work.follows):
        work.claims[first] = work.claims[first].model_copy(update={"lead": " " + work.claims[first].lead})


def _quoted(work: Work, tools: Tools, opening: str | None = None) -> Iterator[Event]:
    """Quotes as the answer, behind an opening that needs no source."""
    assert work.found
    quotes, sources = extract.extract(work.found, tools.settings)
    papers = {source.number: source.paper for source in sources}
    work.papers |= {paper.id: paper for paper in papers.values()}
    named = [number for number, paper in papers.items() if extract.named(paper, work.asked)]
    first = min(named or papers, default=0)  # a premise is one about the paper that the question names
    if first and (said := _correction(work.asked, papers[first])):
        quotes = [
            Claim(text=OTHERWISE, own=True),
            Claim(text=said, sources=(first,)),
            *(quote for quote in quotes if quote.text != said),
        ]
    if opening and quotes:
        quotes = [Claim(text=opening, own=True), *quotes]
    for place, claim in enumerate(quotes):
        numbers = tuple(citations.place(papers[number].id, work.cited) for number in claim.sources)
        shown = f"{citations.inert(claim.text)} {citations.markers(numbers)}".rstrip()
        lead = " " if place else ""
        work.claims.append(claim.model_copy(update={"sources": numbers, "shown": shown, "lead": lead}))
        yield Token(text=lead + shown)
    work.note = f"{len(sources)} quotes, no model"


def _correction(question: str, paper: Paper) -> str | None:
    """The sentence of the paper that contradicts what the question takes for granted."""
    span = against(premise(question), paper)
    return paper.abstract[slice(*span)] if span else None


def _composed(work: Work, composer: Composer, tools: Tools) -> Iterator[Event]:
    assert work.found
    hits = work.found.hits[: tools.settings.passages]
    shown = bearing(work.found, hits, tools.settings.keep)
    offers = [Offer(hit.passage.paper, citations.inert(text)) for hit, text in zip(hits, shown, strict=True) if text]
    offers = composer.fitting(offers)
    if not offers:
        work.note = "no sentence bears on the question"
        return
    work.papers |= {offer.paper.id: offer.paper for offer in offers}
    numbering = citations.Numbering([offer.paper.id for offer in offers], work.cited)
    streamed = Streamed(announced(composer.write(work.asked, offers)))
    try:
        for piece in streamed:
            yield Token(text=numbering.feed(piece))  # also where nothing is to be shown yet: whoever listens may leave
    except EmptyReply as exc:
        work.incomplete = f"{exc}; what is quoted was chosen without it"
        yield from _quoted(work, tools, _UNWRITTEN)
        return
    if shown := numbering.rest():
        yield Token(text=shown)
    reply = streamed.reply
    written = [] if refuses(reply) else citations.body(citations.split(reply.text, numbering))
    work.claims += [_told(claim, work) for claim in written[:_READ]]
    work.incomplete = reply.cut or None
    if len(written) > _READ:
        work.incomplete = f"the model wrote {len(written):,} sentences, of which the first {_READ} were read"
    work.note = f"{len(offers)} papers offered, {len(work.claims)} sentences written"


def _told(claim: Claim, work: Work) -> Claim:
    """A line of the model's on what the papers do not cover as one of our own, in the words of the question; else the claim."""
    told = _NOT_COVERED.match(claim.text)
    part = citations.of_question(claim.text[told.end() :], work.question) if told else None
    if part is None:
        return claim
    work.uncovered[part] = ""
    return _not_covered(part).model_copy(update={"lead": claim.lead})


def _not_covered(part: str, why: str = "") -> Claim:
    said = citations.inert(f"Not covered: {part}.{why and ' '}{why}")
    return Claim(text=said, shown=said, own=True)


def _verify(work: Work, tools: Tools) -> Iterator[Event]:
    """Hold each claim against the papers that it cites."""
    for place, claim in enumerate(work.claims):
        if claim.text and not claim.own and (claim.sources or not citations.connective(claim.text)):
            claim = work.claims[place] = _judged(claim, work, tools)
        yield Verified(claim=claim)
    held = sum(claim.verdict is not None and claim.verdict.verdict == "supported" for claim in work.claims)
    work.note = f"{held} of {len(work.claims)} sentences supported, judged by {tools.verifier.name}"


def _judged(claim: Claim, work: Work, tools: Tools, verdict: Verdict | None = None) -> Claim:
    """The claim with its verdict and the quotes that this rests on.

    Of a claim that holds, each paper cited holds it alone too or gives a quote to what they hold together; else its number
    is dropped.
    """
    if not claim.sources:
        return claim.model_copy(update={"verdict": _NO_SOURCE, "quotes": ()})
    papers = [work.papers[work.cited[number - 1]] for number in claim.sources]
    verdict = verdict or _asked(claim.text, papers, tools)
    places = _places(verdict, claim.sources, papers, work)
    if places and verdict.verdict in HELD:
        proved = {work.sources[place].number for place in places}
        for number, paper in zip(claim.sources, papers, strict=True):
            if number not in proved and (alone := _asked(claim.text, [paper], tools)).verdict in HELD:
                places += _places(alone, [number], [paper], work)
        claim = citations.citing(claim, {work.sources[place].number for place in places})
    return claim.model_copy(update={"verdict": verdict, "quotes": tuple(dict.fromkeys(places))})


def _places(verdict: Verdict, numbers: Sequence[int], papers: Sequence[Paper], work: Work) -> list[int]:
    """The places in `work.sources` of the quotes of a verdict on `papers`; those that are new are added."""
    spans = [(verdict.text, verdict.start, verdict.end)] if verdict.quote else []
    spans += [(quote.text, quote.start, quote.end) for quote in verdict.further]
    places: list[int] = []
    for which, start, end in spans:
        paper = papers[which]
        source = Source(number=numbers[which], paper=paper, quote=paper.abstract[start:end], start=start, end=end)
        if source not in work.sources:
            work.sources.append(source)
        places.append(work.sources.index(source))
    return places


def _asked(claim: str, papers: Sequence[Paper], tools: Tools) -> Verdict:
    try:
        cancel.check()  # a call of a model, or a long comparison
        return tools.verifier.verify(
            claim,
            [injection.evidence(claim, paper.abstract) for paper in papers],
            context="\n".join(injection.heading(paper.title) for paper in papers),
        )
    except BudgetError as exc:  # what is written stays, and is not called proved
        return Verdict(verdict="not judged", score=None, reasons=(str(exc),))


def _repair(work: Work, tools: Tools) -> Iterator[Event]:
    """Give what is not supported a source or another wording where that helps; else strike it, or leave it marked."""
    for place, claim in enumerate(work.claims):
        if claim.verdict is None or claim.verdict.verdict in HELD:
            continue
        mended = (
            None if citations.leads_in(claim) else _mended(claim, work, tools)
        )
        if mended is None and tools.settings.mode == "strict":
            mended = claim.model_copy(update={"struck": True})
        if mended is not None:
            work.claims[place] = mended
            yield Verified(claim=mended)
    for place, (claim, behind) in enumerate(pairwise(work.claims)):
        if claim.own and claim.text == OTHERWISE and behind.struck:  # what it leads in is gone
            work.claims[place] = claim.model_copy(update={"struck": True})
    changed = sum(claim.before is not None for claim in work.claims)
    work.note = f"{changed} rewritten, {sum(claim.struck for claim in work.claims)} struck"


def _mended(claim: Claim, work: Work, tools: Tools) -> Claim | None:
    """The claim with a source, or in other words; None where neither helps."""
    mended = _sourced(claim, work, tools) if not claim.sources else None
    if mended is None and tools.reviser and len(work.rewritten) < _REWRITES:
        work.rewritten.append(claim.text)
        mended = _revised(claim, work, tools, tools.reviser)
    return mended


def _sourced(claim: Claim, work: Work, tools: Tools) -> Claim | None:
    """The claim, byte for byte, with the number of an offered paper that supports it; None where none does."""
    for paper in work.papers.values():
        verdict = _asked(claim.text, [paper], tools)
        if verdict.verdict == "supported":
            number = citations.place(paper.id, work.cited)
            cited = claim.model_copy(update={"sources": (number,), "shown": f"{claim.shown} [{number}]"})
            return _judged(cited, work, tools, verdict)
    return None


def _revised(claim: Claim, work: Work, tools: Tools, reviser: Reviser) -> Claim | None:
    """The claim rewritten once against what it cites; None where that is no better."""
    papers = [work.papers[work.cited[number - 1]] for number in claim.sources] or list(work.papers.values())[:1]
    try:
        text = reviser.revise(claim, papers)
    except (ModelError, BudgetError):  # the answer stands without it
        return None
    if not text or text == claim.text:
        return None
    numbers = tuple(citations.place(paper.id, work.cited) for paper in papers)
    shown = f"{text} {citations.markers(numbers)}"
    new = Claim(text=text, shown=shown, lead=claim.lead, sources=numbers, invented=claim.invented, before=claim.shown)
    mended = _judged(new, work, tools)
    return mended if mended.verdict and mended.verdict.verdict == "supported" else None


def own_up(work: Work) -> Iterator[Event]:
    """Say behind what is answered which part of the question is not, and why, where the text does not say so yet."""
    told = " ".join(claim.text for claim in work.claims if claim.own)
    for part, why in work.uncovered.items():
        if part not in told:
            claim = _not_covered(part, why).model_copy(update={"lead": " "})
            work.claims.append(claim)
            yield Token(text=claim.lead + claim.shown)
            yield Verified(claim=claim)


class Reviser:
    """Rewrites a sentence against its source by a language model."""

    holes = frozenset({"claim", "objections", "source"})
    """Those of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def revise(self, claim: Claim, papers: Sequence[Paper]) -> str | None:
        """The sentence rewritten, without markers; None where the model says that it cannot be mended.

        Raises:
            ModelError: the model cannot be asked.
        """
        objections = claim.verdict.reasons if claim.verdict else ()
        messages = self._prompt.messages(
            claim=fence(claim.text, "claim"),
            objections=fence("\n".join(objections) or "the source does not state it", "objections"),
            source="\n\n".join(
                fence(f"{injection.heading(paper.title)}\n{injection.without(paper.abstract)}", "source") for paper in papers
            ),
        )
        try:
            reply = self._model.complete(messages, temperature=0).text
        except EmptyReply:
            return None
        sentence = citations.inert(citations.plain(" ".join(reply.split())))
        return None if sentence.strip(" .") == _NONE else sentence


OPERATORS: dict[str, Operator] = {
    "condense": _condense,
    "retrieve": _retrieve,
    "rephrase": _rephrase,
    "write": _write,
    "verify": _verify,
    "repair": _repair,
}


# Conditions


def _answerable(work: Work, tools: Tools) -> bool:
    """The library seems to hold an answer, and none is written yet."""
    return work.confidence >= max(tools.settings.threshold, work.least) and not work.claims


def _apart(work: Work, tools: Tools) -> bool:
    """Several questions in one, which the library does not answer together."""
    asked = singles(work.asked)
    if not (work.found and asked):
        return False
    return not (_answerable(work, tools) and confidence.together(work.found, asked, tools.settings.papers))


def _bare(work: Work) -> list[str]:
    """The parts of the question of which none of the papers found holds half of what is rare in them."""
    if not work.found:
        return []
    spans = parts(work.asked) or [(0, len(work.asked))]
    papers = [hit.passage.paper for hit in work.found.hits]
    held = [set(terms(f"{paper.title}. {paper.abstract}")) for paper in papers]
    left: list[str] = []
    for start, end in spans:
        rare = {term: work.found.idf.get(term, 0.0) for term in terms(work.asked[start:end])}
        if rare and max((sum(rare[term] for term in rare.keys() & stems) for stems in held), default=0.0) < 0.5 * sum(
            rare.values()
        ):
            left.append(work.asked[start:end].strip(" ,;?."))
    return left


CONDITIONS: dict[str, Callable[[Work, Tools], bool]] = {
    "answerable": _answerable,
    "apart": _apart,
    "uncovered": lambda work, tools: bool(_bare(work)),
}
