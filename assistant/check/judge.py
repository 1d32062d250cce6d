"""A sentence of a draft held against the papers that it cites, then against the rest of the library."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from assistant import text
from assistant.answer import citations
from assistant.check.own import own, speaks_of_itself
from assistant.check.values import State
from assistant.text import marks
from assistant.text.terms import terms
from assistant.text.words import JOINING
from assistant.types import Paper, Verdict, Verifier
from assistant.verify import injection, turned
from assistant.verify.against import AGAINST, sets_against
from assistant.verify.local import misplaced

NEAREST = 5
"""So many papers of the library are held against a sentence that its own citations do not prove."""
OFFERED = 0.62
"""A paper is offered as a citation if the local verifier's score reaches this, as the verifier errs sooner on one of five papers
than on the one that is cited. Chosen on the tuning half of the drafts."""
HOLDS = 0.5
"""An abstract gives another figure if its sentences hold at least this share of the stems of a sentence, figures left out."""
_TELLING = 2
"""Content words of a piece that is judged alone, at least."""
_DENIES = re.compile(r"(?i)\b(?:not|no|neither|nor|none|never|without|unlike)\b")
"""A denial can span the pieces of a sentence."""
_JOINING = re.compile(rf"(?i)[\s,;]{{1,9}}(?:{JOINING})\s{{0,9}}$|^\s{{0,9}}(?:{JOINING})\s")
"""Words that join the pieces of a sentence, at the ends of a piece."""
_FIGURE = re.compile(r"\d[^\n]{0,200} is not in the source$")
Near = Callable[[str, int], Sequence[Paper]]
"""The papers nearest to a sentence."""


class Held(NamedTuple):
    """A sentence of an abstract that bears on a sentence of the draft."""

    paper: Paper
    start: int
    end: int
    """Offsets in the abstract."""


class Judged(NamedTuple):
    """A sentence judged."""

    state: State
    held: tuple[Held, ...] = ()
    verdict: Verdict | None = None
    """On the papers of `held`."""
    reasons: tuple[str, ...] = ()
    """What speaks against the papers that it cites."""


class Judge:
    """Judges sentences by a verifier, and finds other papers by a search."""

    def __init__(self, verifier: Verifier, guard: Verifier, near: Near) -> None:
        """Judge by `verifier`; what `guard`, the local one, does not call supported is offered as no citation."""
        self.name = verifier.name
        self._verifier = verifier
        self._guard = guard
        self._near = near

    def judged(
        self, claim: str, cited: Sequence[Paper], *, cites: bool, pieces: Sequence[citations.Piece] = (), written: str = ""
    ) -> Judged:
        """Judge a sentence.

        Args:
            claim: the sentence, without citations and markup; a sign for each citation between words.
            cited: the papers of the library that it cites.
            cites: it cites something, if only what is unknown.
            pieces: the pieces of the sentence with citations of their own; numbers are places in `cited`.
            written: the sentence as it stands there, with `[1]` for each citation.

        Returns:
            Its state, without a view on unknown citations, and what the state rests on.

        Raises:
            ModelError: the model that the settings name as the judge cannot be asked.
            BudgetError: a call could cost more than a cap allows.
        """
        bare = marks.uncited(claim)
        if not citations.states(bare) or (not cites and own(bare)):
            return Judged("own")
        if len(claim) > citations.LONG and not any(claim in paper.abstract for paper in cited):
            return Judged("not found", reasons=(citations.TOO_LONG,))
        verdict = _verdict(self._verifier, claim, cited) if cited else None
        held = _held(verdict, cited) if verdict else ()
        reasons = verdict.reasons if verdict else ()
        if verdict and verdict.verdict == "supported":
            wrong = misplaced(pieces, [injection.evidence(claim, paper.abstract) for paper in cited]) if pieces else ""
            wrong = AGAINST if sets_against(written, [paper.abstract for paper in cited]) else wrong
            return Judged("differs", held, verdict, (wrong,)) if wrong else Judged("proved", held, verdict)
        if alone := self._each(pieces, cited):
            return Judged("proved", *alone)
        if speaks_of_itself(bare):  # "We follow [3]" is a claim about the draft
            contradicted = verdict is not None and verdict.verdict == "contradicted"
            return Judged("differs", held, verdict, reasons) if contradicted else Judged("own")
        if other := self._other(claim, cited):
            return Judged("other paper" if cites else "uncited", *other, reasons)
        if verdict and (verdict.verdict in ("contradicted", "partly") or _other_figure(bare, verdict, held)):
            return Judged("differs", held, verdict, reasons)
        return Judged("not found", held, verdict, reasons)

    def denied(self, line: str, item: str, cited: Sequence[Paper]) -> Judged:
        """Judge an item of a list with the line above the list, which denies: what is cited has to state the denial."""
        found = self.judged(turned.joined(line, item), cited, cites=bool(cited))
        if found.state != "proved" or any(turned.denied(one.paper.abstract[one.start : one.end]) for one in found.held):
            return found
        return Judged("differs", found.held, found.verdict, (turned.UNDENIED,))

    def _each(self, pieces: Sequence[citations.Piece], cited: Sequence[Paper]) -> tuple[tuple[Held, ...], Verdict] | None:
        r"""The proofs of the pieces of a sentence, each by what is cited for it alone; None where one of them is not proved.

        Without its name, "\citet{a} reach 87\%, whereas \citet{b} reach 91\%" is two figures for one thing.

        Returns:
            The sentences that hold the pieces, and the verdict of the lowest score.
        """
        found: list[tuple[Verdict, list[Paper]]] = []
        for said, places in pieces:
            papers = [cited[place] for place in sorted(places)]
            if not papers or len(text.content_words(said)) < _TELLING or _DENIES.search(said):
                return None
            found.append((_verdict(self._guard, _JOINING.sub("", said).strip(" ,;."), papers), papers))
            if found[-1][0].verdict != "supported":
                return None
        if not found:
            return None
        held = tuple(each for verdict, papers in found for each in _held(verdict, papers))
        return held, min((verdict for verdict, _ in found), key=lambda verdict: verdict.score or 0)

    def _other(self, claim: str, cited: Sequence[Paper]) -> tuple[tuple[Held, ...], Verdict] | None:
        """The proof of a sentence by the paper that supports it most, other than those that it cites; None where none does."""
        known = {paper.id for paper in cited}
        near = [paper for paper in self._near(marks.uncited(claim), NEAREST + len(known)) if paper.id not in known]
        found: list[tuple[Verdict, Paper]] = []
        for paper in near[:NEAREST]:
            verdict = _verdict(self._guard, claim, [paper])
            if verdict.verdict == "supported" and (verdict.score or 0) >= OFFERED:
                found.append((verdict, paper))
        if not found:
            return None
        verdict, paper = max(found, key=lambda one: one[0].score or 0)
        if self._verifier is not self._guard:
            verdict = _verdict(self._verifier, claim, [paper])
        return (_held(verdict, [paper]), verdict) if verdict.verdict == "supported" else None


def _other_figure(claim: str, verdict: Verdict, held: Sequence[Held]) -> bool:
    """Whether sentences say what a claim says but for a figure, which is not theirs."""
    if not any(map(_FIGURE.search, verdict.reasons)):
        return False
    said = {stem for stem in terms(claim) if not any(map(str.isdigit, stem))}
    theirs = set(terms(" ".join(one.paper.abstract[one.start : one.end] for one in held)))
    return bool(said) and len(said & theirs) >= HOLDS * len(said)


def _verdict(verifier: Verifier, claim: str, papers: Sequence[Paper]) -> Verdict:
    evidence = [injection.evidence(claim, paper.abstract) for paper in papers]
    return verifier.verify(claim, evidence, " ".join(injection.heading(paper.title) for paper in papers))


def _held(verdict: Verdict, papers: Sequence[Paper]) -> tuple[Held, ...]:
    """The sentences that a verdict on papers rests on."""
    spans = [(verdict.text, verdict.start, verdict.end)] if verdict.quote.strip() else []
    spans += [(one.text, one.start, one.end) for one in verdict.further]
    return tuple(Held(papers[which], start, end) for which, start, end in spans)
