"""Two judges on the same claims: those of a saved run on which another one says something else than what is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.types import Claim, Paper, Verdict, Verifier
from eval import scores
from eval.run import Careful, Line, Progress


class Judged(NamedTuple):
    """A claim with both verdicts."""

    case: str
    claim: str
    papers: tuple[str, ...]
    """Titles of those that it cites."""
    recorded: Verdict
    other: Verdict

    @property
    def differ(self) -> bool:
        """One calls it supported and the other does not; what was not judged does not count."""
        return "not judged" not in (self.recorded.verdict, self.other.verdict) and _yes(self.recorded) != _yes(self.other)


class Agreement(NamedTuple):
    """The claims, and how far the two judges agree on whether they are supported."""

    claims: list[Judged]
    unjudged: int
    agreement: float | None
    kappa: float | None
    """Cohen's; None where chance agrees always."""

    @property
    def differing(self) -> list[Judged]:
        """Where they disagree."""
        return [one for one in self.claims if one.differ]


def disagree(lines: Sequence[Line], judge: Verifier, progress: Progress) -> Agreement:
    """Hold the claims of a run's answers against the papers that they cite, by `judge`, beside the verdicts of the answers."""
    told = [(line, claim, verdict) for line in lines for claim, verdict in _claims(line)]
    careful = Careful(judge)
    claims: list[Judged] = []
    for done, (line, claim, verdict) in enumerate(told, 1):
        papers = _papers(line, claim)
        context = "\n".join(paper.title for paper in papers)
        other = careful.verify(claim.text, [paper.abstract for paper in papers], context)
        claims.append(Judged(line.id, claim.text, tuple(paper.title for paper in papers), verdict, other))
        progress(done, len(told))
    both = [one for one in claims if "not judged" not in (one.recorded.verdict, one.other.verdict)]
    first, second = [_yes(one.recorded) for one in both], [_yes(one.other) for one in both]
    agreement = scores.mean([float(a == b) for a, b in zip(first, second, strict=True)])
    return Agreement(claims, len(claims) - len(both), agreement, scores.kappa(first, second))


def _claims(line: Line) -> list[tuple[Claim, Verdict]]:
    """Those that were judged by papers which the answer still names; struck ones too, as judges may differ on them most."""
    if line.answer is None:
        return []
    named = {source.number for source in line.answer.sources}
    return [
        (claim, claim.verdict)
        for claim in line.answer.claims
        if claim.verdict and claim.sources and named.issuperset(claim.sources)
    ]


def _papers(line: Line, claim: Claim) -> list[Paper]:
    found = {source.number: source.paper for source in line.answer.sources} if line.answer else {}
    return [found[number] for number in dict.fromkeys(claim.sources)]


def _yes(verdict: Verdict) -> bool:
    return verdict.verdict == "supported"
