"""Two judges on the same claims: those of a saved run on which another one says something else than the run's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.types import Paper, Verdict, Verifier
from eval.runs import concurrency, scores
from eval.runs.concurrency import Progress
from eval.runs.grade import verdict
from eval.runs.run import Careful, Line


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
        return self.both and _yes(self.recorded) != _yes(self.other)

    @property
    def both(self) -> bool:
        """Both gave a verdict."""
        return "not judged" not in (self.recorded.verdict, self.other.verdict)


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


class _Asked(NamedTuple):
    case: str
    claim: str
    papers: tuple[Paper, ...]
    recorded: Verdict


def disagree(lines: Sequence[Line], judge: Verifier, threads: int, progress: Progress) -> Agreement:
    """Hold the claims that the judge of a run held against what they cite against the same papers, by `judge`."""
    careful = Careful(judge)

    def judged(one: _Asked) -> Judged:
        titles = tuple(paper.title for paper in one.papers)
        return Judged(one.case, one.claim, titles, one.recorded, verdict(one.claim, one.papers, careful))

    claims = concurrency.mapped(judged, [asked for line in lines for asked in _asked(line)], threads, progress)
    both = [one for one in claims if one.both]
    first, second = [_yes(one.recorded) for one in both], [_yes(one.other) for one in both]
    agreement = scores.mean([float(a == b) for a, b in zip(first, second, strict=True)])
    return Agreement(claims, len(claims) - len(both), agreement, scores.kappa(first, second))


def _asked(line: Line) -> list[_Asked]:
    papers = {source.number: source.paper for source in line.answer.sources} if line.answer else {}
    return [
        _Asked(line.id, one.claim, tuple(papers[number] for number in one.sources), one.cited) for one in line.judged if one.cited
    ]


def _yes(verdict: Verdict) -> bool:
    return verdict.verdict == "supported"
