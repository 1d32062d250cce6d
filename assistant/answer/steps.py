"""The steps of an answer: read, search, write, verify, repair. Each takes a draft and returns the next one."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

from assistant import cancel
from assistant.answer import citations, confidence, extract
from assistant.answer.context import bearing
from assistant.answer.draft import Draft, Session, Steps, T, Tools
from assistant.answer.generate import AnswerGenerator, Offer, announced, declined, refuses
from assistant.answer.pick import Candidate, Picker
from assistant.answer.revise import Reviser
from assistant.config import fitted
from assistant.errors import BudgetError, EmptyReply, ModelError, Stopped, brief
from assistant.models.streams import Streamed
from assistant.question.read import Question
from assistant.question.rewrite import standalone
from assistant.search.retriever import Found
from assistant.text import marks, struck
from assistant.text.disguise import figures, unmasked
from assistant.text.terms import terms
from assistant.text.view import View
from assistant.text.words import names
from assistant.types import WEAK_MATCH, Answer, Claim, Event, Paper, Retrieved, Source, Step, Token, Verdict, Verified, Verifier
from assistant.verify import injection, premises, turned
from assistant.verify.against import AGAINST, sets_against
from assistant.verify.contradiction import against, rival
from assistant.verify.local import CAPPED, entailed, misplaced
from assistant.verify.model import Held, ModelVerifier

_SEARCHED = 10
"""An answer searches for this many papers."""
HELD = ("supported", "partly")
"""Verdicts with which a claim may stay."""
_NO_SOURCE = Verdict(verdict="no source", score=0.0, reasons=("it cites no paper",))
_WORD = re.compile(r"[^\W_]+")
_JOINTS = " .,:;-\u2013\u2014"
"""What may end a sentence, or join it and what was added to it."""
_TOO_LONG = Verdict(verdict="not supported", score=0.0, reasons=(citations.TOO_LONG,))
_STRUCK = Verdict(verdict="not supported", score=0.0, reasons=("the model has struck it through",))
_TOO_MANY = Verdict(verdict="not judged", score=None, reasons=("the reply holds more sentences than are judged for one answer",))
_UNFINISHED = Verdict(verdict="not judged", score=None, reasons=(citations.UNFINISHED,))
_NOTHING_STATED = Verdict(verdict="not supported", score=0.0, reasons=("nothing is stated that a source could prove",))
OTHERWISE = "The paper says otherwise:"
"""The line before a quote that contradicts the question."""
_LEADS = (OTHERWISE, "Yes:", "Yes.", "No:", "No.")
"""Words that begin a line and lead in the next sentence: a quote that contradicts the question, or a yes or no."""
_BELOW = "\n\n"
"""Between the line of a weak match and the text of a model."""
_EXCLUDED = "Papers are found by what their abstracts say, so none can be found for leaving out"
_UNWRITTEN = "Quotes only, as the model replied nothing:"
"""The line before the quotes that take the place of a model's text."""
_DECLINED = "Quotes only, as the model declined to answer:"
"""The same where the model says in a field of its own that it declines."""
_NOT_COVERED = re.compile(r"(?i)not covered\s*:[\s:*]*")
"""The beginning of the model's line about what the papers do not answer."""
_PICKED_FROM = 2
"""Of fewer quotes a model picks none."""
_FIGURE = re.compile(r"\d")
_RARE = 0.5
"""A word of the question is rare if it is at least this rare, as a share of its rarest word."""
_RIVALS = 4
"""This many papers found are checked for another value of a figure that an answer quotes."""
_REWRITES = 5
"""A model is asked to rewrite at most this many sentences of one answer."""
_PIECES = 5
"""A rewrite of more sentences than this is dropped, as each may cost a call of the model that judges."""
_COMPARED = 600
"""Comparisons of a sentence with a paper for one answer, identical ones counted once: a long answer needs a hundred, and each takes
about three milliseconds."""
_READ = 500
"""At most this many sentences of a model's text are read, as each is compared with every paper offered; the prompt asks for a
handful."""
_EVIDENCE: float = fitted("selection")["part_evidence"]
"""A paper is evidence for a part of the question if the paper holds at least this share of the part's rare words."""


def timed(name: str, session: Session, work: Steps[tuple[T, str]]) -> Steps[T]:
    """Run a step and add it to the trace. The time that the listener takes between two events does not count."""
    seconds = 0.0
    with closing(work):
        while True:
            cancel.check()
            began = time.perf_counter()
            try:
                event = next(work)
            except StopIteration as done:
                result, note = done.value
                seconds += time.perf_counter() - began
                session.trace.append(Step(name=name, seconds=round(seconds, 4), detail=note))
                return result
            seconds += time.perf_counter() - began
            yield event


def read(session: Session, asked: str, earlier: Sequence[Answer] = ()) -> Steps[Question]:
    """The question, read once; a follow-up stands alone afterwards."""

    def work() -> Steps[tuple[Question, str]]:
        rewrite = session.tools.rewriter.standalone if session.tools.rewriter else standalone
        before = [answer.read_as or answer.question for answer in earlier]
        lists = last_list(earlier)
        answered = next((place for place in reversed(range(len(earlier))) if earlier[place].sources), None)
        question = session.tools.retriever.read(
            asked,
            before,
            rewrite,
            listed=(lists.read_as or lists.question) if lists else "",
            answered=before[answered] if answered is not None else "",
        )
        yield from ()
        as_read = f", read as: {question.worded}" if question.worded != asked else ""
        return question, f"{question.kind}{as_read}"

    return timed("read", session, work())


def last_list(earlier: Sequence[Answer]) -> Answer | None:
    """The list that a follow-up acts on: of the answer before, or before refusals and words of the assistant's own."""
    for answer in reversed(earlier):
        if answer.listing and answer.listing.exact:
            return answer
        if answer.sources:
            return None
    return None


def search(session: Session, question: Question) -> Steps[Found]:
    """The papers for a question."""

    def work() -> Steps[tuple[Found, str]]:
        tools = session.tools
        found = tools.retriever.search(question, _SEARCHED, session.where, tools.expansion, tools.second_pass)
        yield _retrieved(found)
        return found, f"{len(found.hits)} papers"

    return timed("search", session, work())


def search_again(session: Session, draft: Draft, query: str) -> Steps[Found]:
    """The papers of a draft, and behind the best of them the best paper for `query`, if that is a new one."""

    def work() -> Steps[tuple[Found, str]]:
        assert draft.found
        tools = session.tools
        question = tools.retriever.read(query)
        more = tools.retriever.search(question, _SEARCHED, session.where, tools.expansion, tools.second_pass)
        known = {hit.passage.paper.id for hit in draft.found.hits}
        new = [hit._replace(passage=hit.passage.model_copy(update={"part": query})) for hit in more.hits[:1]]
        new = [hit for hit in new if hit.passage.paper.id not in known]
        found = draft.found._replace(hits=[*draft.found.hits[:1], *new, *draft.found.hits[1:]])
        yield _retrieved(found)
        return found, f"{len(found.hits)} papers"

    return timed("search", session, work())


def _retrieved(found: Found) -> Retrieved:
    return Retrieved(passages=tuple(hit.passage for hit in found.hits))


def rephrase(session: Session, draft: Draft, tried: Sequence[str]) -> Steps[str]:
    """The next search of a loop: the first part without evidence, then with the subjects of the question, then reworded."""

    def work() -> Steps[tuple[str, str]]:
        question = draft.question
        part = next(iter(without_evidence(draft)), question.text)
        wordings = [part, " ".join([part, *(name for name in question.subjects if name not in part)])]
        if session.tools.rephraser and all(wording in tried for wording in wordings):
            wordings += session.tools.rephraser.expand(part)
        query = next((wording for wording in wordings if wording not in tried), part)
        yield from ()
        return query, query

    return timed("rephrase", session, work())


def without_evidence(draft: Draft) -> list[str]:
    """The parts of the question of which no paper found holds half of the rare words."""
    if not draft.found:
        return []
    question = draft.question.text
    papers = [hit.passage.paper for hit in draft.found.hits]
    parts = [question[start:end] for start, end in draft.question.parts or [(0, len(question))]]
    return [part.strip(" ,;?.") for part in bare(draft.found, parts, papers)]


def bare(searched: Found, parts: Sequence[str], papers: Sequence[Paper]) -> list[str]:
    """The parts of a question of which none of some papers holds half of the rare words."""
    held = [set(terms(f"{paper.title}. {paper.abstract}")) for paper in papers]
    left: list[str] = []
    for part in parts:
        rare = {term: searched.idf.get(term, 0.0) for term in terms(part)}
        best = max((sum(rare[term] for term in rare.keys() & stems) for stems in held), default=0.0)
        if rare and best < _EVIDENCE * sum(rare.values()):
            left.append(part)
    return left


def write(session: Session, draft: Draft, *, follows: bool = False) -> Steps[Draft]:
    """Write the answer: quotes, or the text of a model.

    Args:
        session: the question.
        draft: the papers found.
        follows: whether the text stands behind another one.

    Yields:
        The text in pieces, and the step.

    Returns:
        The draft with claims, which have no verdicts yet.
    """

    def work() -> Steps[tuple[Draft, str]]:
        if not draft.found or not draft.found.hits:
            return draft, ""
        if cancel.ended():
            return draft, "stopped"
        gap = " " if follows else ""
        steps = _generated(session, draft, session.tools.generator) if session.tools.generator else _quoted(session, draft)
        with closing(steps):
            while True:
                try:
                    event = next(steps)
                except StopIteration as done:
                    written, note = done.value
                    break
                if gap:
                    yield Token(text=gap)
                    gap = ""
                yield event
        if follows and written.claims:
            first, *rest = written.claims
            written = replace(written, claims=(first.model_copy(update={"lead": " " + first.lead}), *rest))
        return written, note

    return timed("write", session, work())


def _quoted(session: Session, draft: Draft, opening: str | None = None) -> Steps[tuple[Draft, str]]:
    """Quotes as the answer, behind an opening line of ours."""
    assert draft.found
    question = draft.question
    weak = draft.confidence < confidence.WEAK
    quotes, sources = extract.extract(draft.found, session.tools.settings, weak=weak)
    papers = {source.number: source.paper for source in sources}
    quotes, papers = _with_rivals(quotes, papers, [hit.passage.paper for hit in draft.found.hits[:_RIVALS]])
    named = [number for number, paper in papers.items() if extract.named(paper, question.stems)]
    first = min(named or papers, default=0)  # a premise is about the paper that the question names
    remark = _remark(question, papers[first]) if first else None
    picked = ""
    if session.tools.picker and opening is None and not remark:
        some = _picked(session.tools.picker, draft.found, quotes, papers)
        if len(some) < len(quotes):
            picked = f", {len(some)} of them picked by the model"
            quotes = some
    if remark:
        line, said = remark
        quotes = [
            Claim(text=line, own=True),
            Claim(text=said, sources=(first,)),
            *(quote for quote in quotes if quote.text != said),
        ]
    if quotes:
        said = confidence.excluding(draft.found)
        lines = (WEAK_MATCH if weak else "", opening, f"{_EXCLUDED} {brief(citations.inert(said))}; these have it." if said else "")
        opens = [line for line in lines if line]
        quotes = [*(Claim(text=line, own=True) for line in opens), *quotes]
    cited, claims = list(draft.cited), list[Claim]()
    for place, claim in enumerate(quotes):
        numbers = tuple(citations.place(papers[number].id, cited) for number in claim.sources)
        shown = f"{citations.inert(claim.text)} {citations.markers(numbers)}".rstrip()
        lead = " " if place else ""
        if lead and weak and numbers != claims[-1].sources:  # passages of several papers are no running text
            lead = "\n\n"
        claims.append(claim.model_copy(update={"sources": numbers, "shown": shown, "lead": lead}))
        yield Token(text=lead + shown)
    offered = {**draft.offered, **{paper.id: paper for paper in papers.values()}}
    note = f"{len(sources)} quotes{picked or ', no model'}"
    return replace(draft, claims=tuple(claims), cited=tuple(cited), offered=offered), note


def _picked(picker: Picker, found: Found, quotes: Sequence[Claim], papers: Mapping[int, Paper]) -> list[Claim]:
    """Let a model pick quotes.

    Where a figure is asked for, each quote with a figure stays: small models mix up figures that stand beside each other. So does
    a quote with a rare word of the question that no picked one has. Comparisons and lists keep all, without a call.

    Returns:
        The quotes that it picks, in their order, and those that it may not leave out; all of them where it picks none.
    """
    question = found.question
    ordered = sorted(quotes, key=lambda quote: quote.sources[0])
    named = [paper for paper in papers.values() if extract.named(paper, question.stems)]
    if len(quotes) < _PICKED_FROM or len(question.parts) > 1 or len(named) > 1 or question.intent.lists or question.how.said:
        return list(quotes)
    candidates = [Candidate(papers[quote.sources[0]].title, quote.text) for quote in ordered]
    kept = [ordered[place] for place in picker.pick(question.worded, candidates)]
    if not kept:
        return list(quotes)
    if question.intent.figure:
        kept += [quote for quote in ordered if _FIGURE.search(quote.text)]
    least = _RARE * max(found.idf.values(), default=0.0)
    for rare in sorted((stem for stem in found.idf if found.idf[stem] >= least), key=lambda stem: (-found.idf[stem], stem)):
        if not any(rare in terms(quote.text) for quote in kept):
            kept += [quote for quote in ordered if rare in terms(quote.text)][:1]
    texts = {quote.text for quote in kept}
    return [quote for quote in quotes if quote.text in texts]


def _with_rivals(
    quotes: Sequence[Claim], papers: Mapping[int, Paper], near: Sequence[Paper]
) -> tuple[list[Claim], dict[int, Paper]]:
    """The quotes, and behind each figure the sentence of a near paper, not quoted yet, that gives another value for it."""
    numbered, written = dict(papers), list[Claim]()
    for quote in quotes:
        written.append(quote)
        known = {paper.id for paper in numbered.values()}
        for paper in (paper for paper in near if paper.id not in known):
            if span := rival(quote.text, paper):
                numbered[max(numbered) + 1] = paper
                written.append(Claim(text=_readable(paper, *span), sources=(max(numbered),)))
    return written, numbered


def _remark(question: Question, paper: Paper) -> tuple[str, str] | None:
    """The paper's statement on the premise of the question: a fixed line, and the sentence behind the line; None without one."""
    premise = question.premise
    asserts = premise.stated or premise.polar
    if asserts and (answered := premises.checked(premise.text, paper, polar=premise.polar)):
        verdict = f"{'No' if answered.denied else 'Yes'}{': ' if answered.said else ''}{answered.said}."
        return verdict if premise.polar else OTHERWISE, _readable(paper, answered.start, answered.end)
    span = against(premise.text, paper, stated=premise.stated)
    return (OTHERWISE, _readable(paper, *span)) if span else None


def _readable(paper: Paper, start: int, end: int) -> str:
    """A sentence of an abstract as a reader sees it."""
    return View(paper.abstract[start:end]).text


def _generated(session: Session, draft: Draft, generator: AnswerGenerator) -> Steps[tuple[Draft, str]]:
    """The text of a model as the answer; quotes where the model replies nothing."""
    assert draft.found
    settings = session.tools.settings
    hits = draft.found.hits[: settings.passages]
    shown = bearing(draft.found, hits, settings.read_tokens)
    offers = [Offer(hit.passage.paper, citations.inert(text)) for hit, text in zip(hits, shown, strict=True) if text]
    offers = generator.fitting(offers)
    if not offers:
        return draft, "no sentence bears on the question"
    offered = {**draft.offered, **{offer.paper.id: offer.paper for offer in offers}}
    cited = list(draft.cited)
    numbering = citations.Numbering([offer.paper.id for offer in offers], cited)
    streamed = Streamed(announced(generator.write(draft.question.worded, offers)))
    line = f"{WEAK_MATCH}{_BELOW}" if draft.confidence < confidence.WEAK else ""
    try:
        for piece in streamed:
            if piece.strip() and line:
                yield Token(text=line)
                line = ""
            yield Token(text=numbering.feed(piece))  # an empty piece too: the listener may leave
    except EmptyReply as exc:
        silent = replace(draft, offered=offered, incomplete=f"{exc}; what is quoted was chosen without it")
        return (yield from _quoted(session, silent, _DECLINED if exc.declined else _UNWRITTEN))
    if part := numbering.rest():
        yield Token(text=part)
    reply = streamed.reply
    refused = declined(reply.text)
    sentences = [] if refused or refuses(reply) else citations.body(citations.split(reply.text, numbering, _READ + 1))
    uncovered = dict(draft.uncovered)
    claims = [_own_line(claim, session.asked, uncovered) for claim in sentences[:_READ]]
    if claims and draft.confidence < confidence.WEAK:
        claims[0] = claims[0].model_copy(update={"lead": _BELOW + claims[0].lead.lstrip()})
        claims = [Claim(text=WEAK_MATCH, shown=WEAK_MATCH, own=True), *claims]
    incomplete = reply.cut or None
    if len(sentences) <= _READ and reply.cut and claims and _needs_proof(claims[-1]) and not citations.whole(claims[-1].text):
        claims[-1] = claims[-1].model_copy(update={"verdict": _UNFINISHED})
    if len(sentences) > _READ:
        incomplete = f"the model wrote {citations.count(reply.text):,} sentences, of which the first {_READ} were read"
    written = replace(
        draft,
        claims=tuple(claims),
        cited=tuple(cited),
        offered=offered,
        uncovered=uncovered,
        incomplete=incomplete,
        declined=refused,
    )
    return written, f"{len(offers)} papers offered, {sum(not claim.own for claim in claims)} sentences written"


def _own_line(claim: Claim, asked: str, uncovered: dict[str, str]) -> Claim:
    """Replace a model's line about an uncovered part of the question by a fixed line in the words of the question.

    Args:
        claim: the claim of the model.
        asked: the question.
        uncovered: receives the part of the question.

    Returns:
        The fixed line; `claim` where the claim is no such line.
    """
    told = _NOT_COVERED.match(claim.text)
    part = citations.of_question(claim.text[told.end() :], asked) if told else None
    if part is None:
        return claim
    uncovered[part] = ""
    return _not_covered(part).model_copy(update={"lead": claim.lead})


def _not_covered(part: str, why: str = "", begins: str = "Not covered") -> Claim:
    said = citations.inert(f"{begins}: {part}.{why and ' '}{why}")
    return Claim(text=said, shown=said, own=True)


def _needs_proof(claim: Claim) -> bool:
    return bool(claim.text) and not claim.own and (bool(claim.sources) or not citations.connective(claim.text))


def _held(claim: str, papers: Sequence[Paper]) -> Held:
    """A claim and papers as a verifier gets them."""
    sources = tuple(injection.evidence(claim, paper.abstract) for paper in papers)
    shown = claim if figures(claim, crossed=True) else unmasked(claim)  # a stroke over a digit is not to be lost
    return Held(shown, sources, "\n".join(injection.heading(paper.title) for paper in papers))


def _unproved(verdict: Verdict, reason: str) -> Verdict:
    """The verdict, which a check of the places of citations takes back."""
    score = None if verdict.score is None else min(verdict.score, CAPPED)
    return verdict.model_copy(update={"verdict": "not supported", "score": score, "reasons": (reason,)})


def _told(verdict: Verdict, papers: Sequence[Paper]) -> Verdict:
    """The verdict, with a reason where sentences were left out of the papers."""
    rules = sorted({order.rule for paper in papers for order in injection.found(paper.abstract)})
    if not rules or verdict.verdict in HELD:
        return verdict
    reason = f"left out of the source: what speaks to its reader ({', '.join(rules)})"
    return verdict.model_copy(update={"reasons": (*verdict.reasons, reason)})


class _Quotes:
    """The quotes of a draft while claims are judged; new quotes are added."""

    def __init__(self, draft: Draft, tools: Tools) -> None:
        self.quotes = list(draft.quotes)
        self.cited = list(draft.cited)
        self.offered = draft.offered
        self.rewritten = draft.rewritten
        self.compared = draft.compared
        self._tools = tools
        self._verdicts: dict[tuple[str, tuple[str, ...]], Verdict] = {}
        """By claim and papers, as a reply can repeat a sentence hundreds of times."""

    @property
    def judge(self) -> Verifier:
        """The verifier; the local one for an answer that was stopped, as no model is asked then."""
        return self._tools.guard if cancel.ended() else self._tools.verifier

    def papers(self, claim: Claim) -> list[Paper]:
        """The papers that a claim cites."""
        return [self.offered[self.cited[number - 1]] for number in claim.sources]

    def named(self, line: str) -> tuple[int, ...]:
        """The number of the one offered paper that holds the names in a line of a text; none where several do."""
        wanted = names(line)
        held = [
            paper.id
            for paper in self.offered.values()
            if wanted and all(name in f"{paper.title}\n{paper.abstract}" for name in wanted)
        ]
        return (citations.place(held[0], self.cited),) if len(held) == 1 else ()

    def judged(self, claim: Claim, verdict: Verdict | None = None) -> Claim:
        """Judge a claim and find the quotes that the verdict rests on.

        Each paper cited by a supported claim supports the claim alone too, or gives a quote to the joint support; the number of
        any other paper is dropped.

        Args:
            claim: the claim.
            verdict: the verdict, where the claim was judged already.

        Returns:
            The claim with verdict and quotes.
        """
        if not claim.sources:
            return claim.model_copy(update={"verdict": _NO_SOURCE, "quotes": ()})
        papers = self.papers(claim)
        verdict = self._placed(claim, verdict or self.verdict(citations.marked(claim), papers), papers)
        if verdict.verdict in HELD:
            cells = (self.verdict(said, papers) for said in citations.pairs(claim))  # a right one proves no other
            verdict = next((each for each in cells if each.verdict not in HELD), verdict)
        places = self._places(verdict, claim.sources, papers)
        if places and verdict.verdict in HELD:
            proved = {self.quotes[place].number for place in places}
            for number, paper in zip(claim.sources, papers, strict=True):
                if number not in proved and (alone := self.verdict(citations.marked(claim), [paper])).verdict in HELD:
                    places += self._places(alone, [number], [paper])
            claim = citations.citing(claim, {self.quotes[place].number for place in places})
        return claim.model_copy(update={"verdict": verdict, "quotes": tuple(dict.fromkeys(places))})

    def _placed(self, claim: Claim, verdict: Verdict, papers: Sequence[Paper]) -> Verdict:
        """The verdict on a claim by where its citations stand: "contrary to [1]"; each piece by its own: "91% [1], 87% [2]"."""
        if verdict.verdict not in HELD:
            return verdict
        abstracts = [paper.abstract for paper in papers]
        if sets_against(citations.cited(claim), abstracts) and not any(claim.text in abstract for abstract in abstracts):
            return _unproved(verdict, AGAINST)
        if len(papers) < 2 or not (pieces := citations.cited_apart(claim)):
            return verdict
        place = {number: at for at, number in enumerate(claim.sources)}
        stretches = [(said, frozenset(place[number] for number in numbers & place.keys())) for said, numbers in pieces]
        reason = misplaced(stretches, [injection.evidence(claim.text, paper.abstract) for paper in papers])
        return _unproved(verdict, reason) if reason else verdict

    def below(self, line: Claim, item: Claim) -> Claim:
        """An item judged with the line above it, which denies: its papers have to state the denial."""
        papers = self.papers(item) or self.papers(line)
        return self.judged(item, self._denial(turned.joined(citations.marked(line), citations.marked(item)), papers))

    def under(self, headings: Sequence[Claim], claim: Claim) -> tuple[int | None, Claim]:
        """A sentence judged as what its heading denies, where one does.

        Returns:
            The place of that heading among `headings`, None where none denies, and the claim.
        """
        papers = self.papers(claim)
        abstracts = [paper.abstract for paper in papers]
        at = next((at for at, heading in enumerate(headings) if turned.heads(heading.text, abstracts)), None)
        if at is None:
            return None, claim
        verdict = self._denial(turned.untrue(citations.marked(claim)), papers)
        judged = self.judged(claim, verdict)
        if not _holds(judged):
            verdict = verdict.model_copy(update={"verdict": "not supported", "score": 0.0, "reasons": (turned.HEADED,)})
            judged = judged.model_copy(update={"verdict": verdict})
        return at, judged

    def _denial(self, said: str, papers: Sequence[Paper]) -> Verdict:
        """The verdict on a sentence that denies: its papers have to deny, too."""
        verdict = self.verdict(said, papers)
        if verdict.verdict in HELD and not turned.denied(verdict.quote):
            return verdict.model_copy(update={"verdict": "not supported", "score": 0.0, "reasons": (turned.UNDENIED,)})
        return verdict

    def verdict(self, claim: str, papers: Sequence[Paper]) -> Verdict:
        """The verdict on a claim against papers; "not judged" where a cap leaves no call of a model, or no comparison."""
        cancel.check()  # a call of a model, or a long comparison, may follow
        if len(claim) > citations.LONG and not any(claim in paper.abstract for paper in papers):
            return _TOO_LONG
        if struck(claim) and not any(claim in paper.abstract for paper in papers):
            return _STRUCK
        same = claim, tuple(paper.id for paper in papers)
        if same not in self._verdicts:
            if self.compared + len(papers) > _COMPARED:
                return _TOO_MANY
            self.compared += len(papers)
            self._verdicts[same] = self._compared(claim, papers)
        return self._verdicts[same]

    def judge_together(self, claims: Sequence[Claim]) -> None:
        """Have a model judge claims in as few calls as it allows; what it leaves out is judged one by one later."""
        if not isinstance(self.judge, ModelVerifier):
            return
        asked: dict[tuple[str, tuple[str, ...]], tuple[Held, list[Paper]]] = {}
        for claim in claims:
            papers = self.papers(claim)
            same = citations.marked(claim), tuple(paper.id for paper in papers)
            told = (
                _needs_proof(claim)
                and claim.verdict != _UNFINISHED
                and papers
                and len(claim.text) <= citations.LONG
                and citations.states(claim.text)
                and not struck(claim.text)
            )
            if told and same not in asked and self.compared + len(papers) <= _COMPARED:
                self.compared += len(papers)
                asked[same] = _held(same[0], papers), papers
        try:
            verdicts = self.judge.verify_all([held for held, _ in asked.values()])
        except BudgetError:  # the claims are said to be not judged one by one
            return
        except Stopped:
            if not cancel.ended():
                raise
            return
        for (same, (_, papers)), verdict in zip(asked.items(), verdicts, strict=True):
            if verdict:
                self._verdicts[same] = _told(verdict, papers)

    def _compared(self, claim: str, papers: Sequence[Paper]) -> Verdict:
        if not citations.states(claim):
            return _NOTHING_STATED
        held = _held(claim, papers)
        try:
            verdict = self.judge.verify(*held)
        except BudgetError as exc:  # the text stays, and is not called proved
            return Verdict(verdict="not judged", score=None, reasons=(str(exc),))
        except Stopped:
            if not cancel.ended():
                raise
            verdict = self.judge.verify(*held)
        return _told(verdict, papers)

    def _places(self, verdict: Verdict, numbers: Sequence[int], papers: Sequence[Paper]) -> list[int]:
        """The places of the quotes of a verdict on `papers`; new quotes are added."""
        spans = [(verdict.text, verdict.start, verdict.end)] if verdict.quote else []
        spans += [(quote.text, quote.start, quote.end) for quote in verdict.further]
        places: list[int] = []
        for which, start, end in spans:
            paper = papers[which]
            source = Source(number=numbers[which], paper=paper, quote=paper.abstract[start:end], start=start, end=end)
            if source not in self.quotes:
                self.quotes.append(source)
            places.append(self.quotes.index(source))
        return places

    def mended(self, claim: Claim, said: Set[str]) -> list[Claim]:
        """The claim with a source, or in other words that are not `said` yet, each sentence a claim; none where neither helps."""
        if not claim.sources and (sourced := self._sourced(claim)):
            return [sourced]
        if self._tools.reviser and self.rewritten < _REWRITES and not cancel.ended() and not citations.row(claim):
            self.rewritten += 1
            return self._revised(claim, self._tools.reviser, said)
        return []

    def _sourced(self, claim: Claim) -> Claim | None:
        """The claim, byte for byte, with the number of an offered paper that entails it; None where none does."""
        for paper in self.offered.values():
            verdict = self.verdict(citations.marked(claim), [paper])
            if verdict.verdict == "supported" and entailed(claim.text, injection.evidence(claim.text, paper.abstract), paper.title):
                number = citations.place(paper.id, self.cited)
                return self.judged(citations.given(claim, (number,)), verdict)
        return None

    def _revised(self, claim: Claim, reviser: Reviser, said: Set[str]) -> list[Claim]:
        """Let the model rewrite a claim once against the papers that the claim cites, and judge each new sentence.

        A sentence that the answer has already is left out, as a model that returns the whole answer repeats the other claims.

        Returns:
            The new claims, of which the first supported one replaces the claim; none where no new sentence is supported.

        Raises:
            Stopped: nobody waits any more.
        """
        papers = self.papers(claim) or list(self.offered.values())[:1]
        try:
            found = reviser.revise(claim, papers, _PIECES)
        except (ModelError, BudgetError):  # the answer stands without a new sentence
            return []
        except Stopped:
            if not cancel.ended():
                raise
            return []
        if len(found) > _PIECES:
            self.rewritten = _REWRITES  # it does not do as it is asked: each further reply could be as long
            return []
        told = said | {_plainly(claim.text)}
        fresh = {_plainly(each.text): each for each in reversed(found) if not _repeats(each.text, claim.text, told)}
        if not fresh:
            return []
        numbers = tuple(citations.place(paper.id, self.cited) for paper in papers)
        new: list[Claim] = []
        replaced = False
        for each in reversed(fresh.values()):
            lead = claim.lead if not replaced else " "
            shown = f"{each.text} {citations.markers(numbers)}"
            written = Claim(text=each.text, shown=shown, lead=lead, sources=numbers)
            # with the markers where they stood, as what stands behind one may be an addition
            judged = self.judged(written, self.verdict(_behind(citations.marked(each), claim), papers))
            if not replaced and judged.verdict and judged.verdict.verdict == "supported":
                judged = judged.model_copy(update={"invented": claim.invented, "before": claim.shown})
                replaced = True
            new.append(judged)
        return new if replaced else []

    def draft(self, draft: Draft, claims: Sequence[Claim]) -> Draft:
        """The draft with these claims, and the quotes and numbers gathered."""
        return replace(
            draft,
            claims=tuple(claims),
            quotes=tuple(self.quotes),
            cited=tuple(self.cited),
            rewritten=self.rewritten,
            compared=self.compared,
        )


def verify(session: Session, draft: Draft) -> Steps[Draft]:
    """The draft with a verdict on each claim that needs a source."""

    def work() -> Steps[tuple[Draft, str]]:
        quotes = _Quotes(draft, session.tools)
        claims = list[Claim]()
        written = citations.below(draft.claims, quotes.named)
        quotes.judge_together(written)
        heads, headings = citations.leading(written), citations.headings(written)
        denied: dict[int, list[Claim]] = {}
        cut = False
        for claim, head, above in zip(written, heads, headings, strict=True):
            unfinished = claim.verdict == _UNFINISHED
            if _needs_proof(claim) and not unfinished:
                rest = cut and not any(claim.text in paper.abstract for paper in quotes.papers(claim))
                claim = claim.model_copy(update={"verdict": _TOO_LONG}) if rest else quotes.judged(claim)
            # the rest of a sentence that was cut says nothing by itself: "it is wrong to say ... that S"
            cut = (cut or len(claim.text) > citations.LONG) and not citations.stops(claim.text)
            head = None if unfinished else head
            if head is not None and not claims[head].own and _needs_proof(claim) and turned.turns(claims[head].text, claim.text):
                claim = quotes.below(claims[head], claim)
                denied.setdefault(head, []).append(claim)
            elif _needs_proof(claim) and not unfinished and (above := citations.headed(written, head, above)):
                at, claim = quotes.under([claims[place] for place in above], claim)
                if at is not None:
                    denied.setdefault(above[at], []).append(claim)
            claims.append(claim)
            yield Verified(claim=claim)
        for head, items in denied.items():  # a line stands with an item that it denies, or falls with all of them
            best = next(filter(_holds, items), items[0])
            line = claims[head] if claims[head].sources else citations.given(claims[head], best.sources)
            if _holds(claims[head]) != _holds(best) and set(line.sources) >= set(best.sources):
                claims[head] = line.model_copy(update={"verdict": best.verdict, "quotes": best.quotes})
                yield Verified(claim=claims[head])
        held = sum(claim.verdict is not None and claim.verdict.verdict == "supported" for claim in claims)
        note = f"{held} of {len(claims)} sentences supported, judged by {quotes.judge.name}"
        return quotes.draft(draft, claims), note

    return timed("verify", session, work())


def _plainly(sentence: str) -> str:
    """A sentence in a form that is the same however the sentence is set."""
    return " ".join(unmasked(sentence).split()).strip(_JOINTS).casefold()


def _within(words: str, sentence: str) -> tuple[int, int] | None:
    """Where `sentence` holds the same words in a row; None where it does not, or `words` has no word."""
    pattern = r"[\W_]+".join(map(re.escape, _WORD.findall(words)))
    found = re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", sentence, re.IGNORECASE) if pattern else None
    return found.span() if found else None


def _repeats(sentence: str, struck: str, said: Set[str]) -> bool:
    """Whether a rewrite of the sentence `struck` is one that was `said`, by itself or with all of `struck` set into it."""
    if _plainly(sentence) in said:
        return True
    held = _within(struck, sentence)
    return held is not None and _plainly(f"{sentence[: held[0]]}{sentence[held[1] :].lstrip(_JOINTS)}") in said


def _behind(sentence: str, struck: Claim) -> str:
    """A rewrite of the claim `struck`, a marker set before what the claim says behind a marker, or before all of the claim."""
    for stretch in (struck.text, *marks.behind(citations.marked(struck))):
        held = _within(stretch, sentence)
        if held and _WORD.search(sentence, 0, held[0]):
            sentence = f"{sentence[: held[0]].rstrip()} {marks.MARKER} {sentence[held[0] :]}"
    return sentence


def _holds(claim: Claim) -> bool:
    """The claim needs no source, or has a verdict with which it may stay."""
    return claim.verdict is None or claim.verdict.verdict in HELD


def repair(session: Session, draft: Draft) -> Steps[Draft]:
    """The draft with each unsupported claim given a source or another wording; else struck, or left marked."""

    def work() -> Steps[tuple[Draft, str]]:
        tools = session.tools
        quotes = _Quotes(draft, tools)
        claims = list[Claim]()
        told = Counter(_plainly(claim.text) for claim in draft.claims)
        for claim in draft.claims:
            if _holds(claim):
                claims.append(claim)
                continue
            # a line that only leads in, stops early, or states nothing answers nothing by itself, and is worth no call
            bare = (
                claim.verdict in (_TOO_LONG, _STRUCK, _UNFINISHED) or citations.leads_in(claim) or not citations.states(claim.text)
            )
            # by itself it may be true, and then it is not what its heading says
            bare = bare or (claim.verdict is not None and turned.HEADED in claim.verdict.reasons)
            others = told - Counter([_plainly(claim.text)])
            new = [] if bare else quotes.mended(claim, others.keys())
            told.update(_plainly(each.text) for each in new)
            for each in new or [claim]:
                strike = tools.settings.mode == "strict" and not _holds(each)
                claims.append(each.model_copy(update={"struck": True}) if strike else each)
                if strike or new:
                    yield Verified(claim=claims[-1])
        for place, (claim, behind) in enumerate(pairwise(claims)):
            if claim.own and claim.text.startswith(_LEADS) and behind.struck:  # the sentence that the line leads in is gone
                claims[place] = claim.model_copy(update={"struck": True})
            if claim.struck and claims[place].lead.startswith(_BELOW) and "\n" not in behind.lead:  # the line keeps its distance
                claims[place + 1] = behind.model_copy(update={"lead": _BELOW + behind.lead.lstrip()})
            if claim.struck and citations.columns(claims[place]) and citations.cells(behind):  # the head stays above the table
                claims[place + 1] = behind.model_copy(update={"lead": claims[place].lead})
        changed = sum(claim.before is not None for claim in claims)
        return quotes.draft(draft, claims), f"{changed} rewritten, {sum(claim.struck for claim in claims)} struck"

    return timed("repair", session, work())


def proved(session: Session, draft: Draft, *, follows: bool = False) -> Steps[Draft]:
    """Write, verify and repair."""
    draft = yield from write(session, draft, follows=follows)
    draft = yield from verify(session, draft)
    return (yield from repair(session, draft))


def found(session: Session, question: Question) -> Steps[Draft]:
    """A draft of the papers for a question, and the confidence that they answer it."""
    hits = yield from search(session, question)
    return Draft(question, hits, confidence.confidence(hits))


def own_up(draft: Draft, meant: str = "") -> Iterator[tuple[Claim, tuple[Event, ...]]]:
    """The lines below an answer: its unanswered parts, as far as the text does not name them yet, and how the question was read."""
    told = " ".join(claim.text for claim in draft.claims if claim.own)
    lines = [_not_covered(part, why).model_copy(update={"lead": " "}) for part, why in draft.uncovered.items() if part not in told]
    for why in dict.fromkeys(draft.passed.values()):
        parts = ", ".join(part for part, reason in draft.passed.items() if reason == why)
        lines.append(_not_covered(parts, why, "Not looked at").model_copy(update={"lead": " "}))
    if meant:
        lines.append(Claim(text=meant, shown=citations.inert(meant), lead="\n", own=True))
    for claim in lines:
        yield claim, (Token(text=claim.lead + claim.shown), Verified(claim=claim))
