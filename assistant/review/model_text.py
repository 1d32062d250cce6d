"""The paragraph of a topic by a language model: what is not proved is struck, and quotes fill the gaps."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from assistant.answer import citations, grouped
from assistant.answer.draft import Draft, Session, Tools
from assistant.answer.generate import Offer, declined, refuses
from assistant.answer.grouped import Paragraph
from assistant.answer.steps import HELD, repair, verify
from assistant.errors import EmptyReply
from assistant.models.streams import Streamed
from assistant.table.abstracts import Abstract
from assistant.types import Claim, Event, Reply, Source

_SENTENCE = 25
"""Words of a sentence, for the number of sentences that a model is asked for."""
_MOST = 200
"""At most this many sentences of a reply are read."""


class TopicWriter:
    """Asks a language model for the paragraphs of a review."""

    def __init__(self, tools: Tools) -> None:
        """Write by the generator of `tools`, and judge by their verifier."""
        self._tools = tools._replace(settings=tools.settings.model_copy(update={"mode": "strict"}))

    def write(self, heading: str, abstracts: Sequence[Abstract], ids: Sequence[str], most: int) -> tuple[Paragraph, str]:
        """Write the paragraph of a topic.

        Papers that no proved sentence cites are quoted behind it, as far as the words allow.

        Args:
            heading: of the topic.
            abstracts: its papers, as read.
            ids: of all papers of the review, in the order of their numbers.
            most: words at most; what a model writes beyond them is left out.

        Returns:
            The paragraph, and what was done in a few words.

        Raises:
            ModelError: the model cannot be asked.
            BudgetError: a call could cost more than a cap allows.
        """
        claims = self._asked(heading, abstracts, ids, most)
        session = Session(heading, None, self._tools, [])
        papers = {abstract.paper.id: abstract.paper for abstract in abstracts}
        draft = Draft(self._tools.retriever.read(heading), claims=tuple(claims), cited=tuple(ids), offered=papers)
        draft = _drained(repair(session, _drained(verify(session, draft))))
        kept = _within(draft.claims, most)
        proved = {number for claim in kept if not claim.struck for number in claim.sources if _held(claim)}
        numbers = {id: number for number, id in enumerate(ids, 1) if id in papers}
        bare = [abstract for abstract in abstracts if numbers[abstract.paper.id] not in proved]
        rest = grouped.paragraph(bare, numbers, most - grouped.length(kept), self._tools.guard)
        kept, quotes = _used(kept, draft.quotes)
        moved = [claim.model_copy(update={"quotes": tuple(place + len(quotes) for place in claim.quotes)}) for claim in rest.claims]
        if kept and moved:
            moved[0] = moved[0].model_copy(update={"lead": "\n"})
        written = sum(not claim.struck for claim in kept)
        told = f"{written} sentences by the model, {len(kept) - written} struck, {len(rest.quotes)} quotes"
        return Paragraph((*kept, *moved), (*quotes, *rest.quotes), written), told

    def _asked(self, heading: str, abstracts: Sequence[Abstract], ids: Sequence[str], most: int) -> list[Claim]:
        """The sentences of the model, their numbers those of the review; none where it writes nothing."""
        generator = self._tools.generator
        assert generator is not None  # a review without a model has no such writer
        read = [(abstract.paper, " ".join(line.text for line in abstract.lines)) for abstract in abstracts]
        offers = generator.fitting([Offer(paper, citations.inert(said)) for paper, said in read if said])
        if not offers:
            return []
        numbering = citations.Numbering([offer.paper.id for offer in offers], list(ids))
        try:
            reply = _replied(generator.write(heading, offers, max(1, most // _SENTENCE)))
        except EmptyReply:
            return []
        if declined(reply.text) or refuses(reply):
            return []
        claims = [claim for claim in citations.body(citations.split(reply.text, numbering, _MOST)) if claim.text]
        # words that lead in, such as "In short:", are no sentence of a paper
        return [
            claim.model_copy(update={"own": True}) if not claim.sources and citations.connective(claim.text) else claim
            for claim in claims
        ]


def _replied(pieces: Generator[str, None, Reply]) -> Reply:
    streamed = Streamed(pieces)
    for _ in streamed:
        pass
    return streamed.reply


def _drained(work: Generator[Event, None, Draft]) -> Draft:
    """The result of a step, nobody listening to its events."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def _held(claim: Claim) -> bool:
    return claim.verdict is not None and claim.verdict.verdict in HELD


def _used(claims: Sequence[Claim], quotes: Sequence[Source]) -> tuple[list[Claim], list[Source]]:
    """The claims, and the quotes that those which stand rest on."""
    places = list(dict.fromkeys(place for claim in claims if not claim.struck for place in claim.quotes))
    new = {old: at for at, old in enumerate(places)}
    moved = [claim.model_copy(update={"quotes": tuple(new[old] for old in claim.quotes if old in new)}) for claim in claims]
    return moved, [quotes[old] for old in places]


def _within(claims: Sequence[Claim], most: int) -> list[Claim]:
    """The claims up to the bound on words; those that are struck have none."""
    kept: list[Claim] = []
    for claim in claims:
        if not claim.struck and grouped.length([*kept, claim]) > most:
            break
        kept.append(claim)
    return kept
