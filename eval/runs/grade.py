"""The scores of one answer: what `eval.runs.scores` defines, worked out from a case, the answer and a judge of claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from assistant.types import Answer, Claim, Paper, Value, Verdict, Verifier
from eval.runs import scores
from eval.runs.cases import Case, Pair
from eval.runs.scores import Held

Score = dict[str, float | None]
Outcome = Literal["right", "wrong", "refused", "failed"]
"""Of a question: "right": all key facts are in the answer, or what has no answer is refused or marked as a weak match; "refused":
what has one is not answered; "failed": there was an error."""
JUDGED = ("citation recall", "citation precision", "faithfulness")
"""Scores that rest on a judge."""


class Judgement(Value):
    """What the judge says of a claim of an answer."""

    claim: str
    sources: tuple[int, ...]
    """The numbers that it cites, of those that the answer offers."""
    cited: Verdict | None
    """By the papers that it cites, taken together; None where it cites none."""
    answer: Verdict | None = None
    """By the papers that the answer cites anywhere; asked for only where `cited` does not support it."""


class Grades(NamedTuple):
    """What is said of one answer."""

    outcome: Outcome
    scores: Score
    counts: dict[str, int]
    """Claims, and those of them that are contradicted, unbacked, cite invented numbers or were not judged."""
    judged: tuple[Judgement, ...] = ()
    """The verdicts that the scores rest on, claim by claim."""


def grade(case: Case, answer: Answer, ranked: Sequence[str], judge: Verifier) -> Grades:
    """The scores of an answer; those that do not apply are None.

    Args:
        case: the question and its gold.
        answer: of the system.
        ranked: titles of the papers found, best first.
        judge: holds each claim against what it cites. It is not the system's own verifier, so a fault in that one shows.
    """
    grades = {title: 1 for title in case.gold}
    text = "" if answer.abstained else answer.text
    shown = [] if answer.abstained else [claim for claim in answer.claims if not claim.struck]
    stated = [claim for claim in shown if claim.sources or claim.verdict is not None]  # the others need no source
    papers = {source.number: source.paper for source in answer.sources}
    judged = [_held(claim, papers, judge) for claim in stated]
    held = [one for one, _ in judged]
    cited = [paper.title for paper in papers.values()]
    facts = scores.key_fact_recall(text, case.facts)
    numbers, invented = sum(len(claim.sources) for claim in shown), sum(len(claim.invented) for claim in shown)
    found: Score = {
        "recall@5": scores.recall_at(5, ranked, case.gold),
        "MRR": scores.reciprocal_rank(ranked, case.gold),
        "nDCG@10": scores.ndcg_at(10, ranked, grades),
        "decision": scores.decision(answer.match, case.answerable),
        "key facts": None if answer.abstained else facts,
        "paper precision": scores.precision(cited, case.gold),
        "paper recall": scores.recall_at(len(cited), cited, case.gold) if cited else None,
        "citation recall": scores.citation_recall(held),
        "citation precision": scores.citation_precision(held),
        "faithfulness": scores.faithfulness(held),
        "numbers offered": scores.offered(numbers, invented),
        "quotes exact": scores.exactness([(s.paper.abstract, s.start, s.end, s.quote) for s in answer.sources]),
    }
    outcome = _outcome(case, answer, facts)
    counts = {
        "claims": len(stated),
        "contradicted": sum(one.contradicted for one in held),
        "unbacked": sum(one.answer is False and not one.contradicted for one in held),
        "invented": sum(bool(claim.invented) for claim in shown),
        "unjudged": scores.unjudged(held),
    }
    kept = tuple(judgement for _, judgement in judged)
    return Grades(outcome, {"right": float(outcome == "right"), **found}, counts, kept)


def _outcome(case: Case, answer: Answer, facts: float | None) -> Outcome:
    if not case.answerable:
        return "wrong" if answer.match == "strong" else "right"
    if answer.abstained:
        return "refused"
    return "right" if facts in (None, 1.0) else "wrong"


def _held(claim: Claim, papers: dict[int, Paper], judge: Verifier) -> tuple[Held, Judgement]:
    cited = {number: papers[number] for number in claim.sources if number in papers}
    anywhere = list(papers.values())

    def supported(by: Sequence[Paper]) -> bool | None:
        return _supported(verdict(claim.text, by, judge))

    first = verdict(claim.text, list(cited.values()), judge) if cited else None
    together = _supported(first) if first else False
    if len(cited) > 1:
        alone = tuple(supported([paper]) for paper in cited.values())
        others = tuple(supported([other for other in cited.values() if other is not paper]) for paper in cited.values())
    else:
        alone, others = (together,) * len(cited), (False,) * len(cited)
    whole = verdict(claim.text, anywhere, judge) if together is not True and anywhere else None
    answered = _supported(whole) if whole else together
    contradicted = whole is not None and whole.verdict == "contradicted"
    judgement = Judgement(claim=claim.text, sources=tuple(cited), cited=first, answer=whole)
    return Held(together, alone, others, answered, contradicted), judgement


def verdict(claim: str, by: Sequence[Paper], judge: Verifier) -> Verdict:
    """What the judge says of a claim where it is held against papers."""
    return judge.verify(claim, [paper.abstract for paper in by], context="\n".join(paper.title for paper in by))


def _supported(verdict: Verdict) -> bool | None:
    return None if verdict.verdict == "not judged" else verdict.verdict == "supported"


def grade_pair(pair: Pair, true: Verdict, changed: Verdict) -> Grades:
    """The scores of the system's own verifier on a planted pair: the change is caught, the true claim is kept."""
    caught, kept = changed.verdict not in ("supported", "not judged"), true.verdict == "supported"
    judged: list[bool] = [verdict.verdict != "not judged" for verdict in (true, changed)]
    found: Score = {
        "errors caught": float(caught) if judged[1] else None,
        "truths kept": float(kept) if judged[0] else None,
    }
    return Grades("right" if caught and kept else "wrong", found, {"unjudged": judged.count(False)})
