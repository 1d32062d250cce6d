"""Answers made by hand, a system that gives them, and a judge that goes by words, for the tests of the eval suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assistant.types import Answer, Claim, Event, Paper, Passage, Retrieved, Signals, Source, Usage, Verdict
from eval.runs.cases import Case

SUPPORTED = Verdict(verdict="supported", score=1.0)


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(id=title, title=title, abstract=abstract or f"{title} is a paper. It reaches 42 points.")


def passage(of: Paper) -> Passage:
    signals = Signals(dense=0, sentence=0, lexical=0, late=None, name=0)
    text = of.abstract
    return Passage(paper=of, text=text, start=0, end=len(text), score=0.5, signals=signals, shares={}, best=(0, len(text)))


def answer(
    question: str = "q", claims: Sequence[tuple[str, tuple[int, ...]]] = (), papers: Sequence[Paper] = (), confidence: float = 0.9
) -> Answer:
    """An answer of `claims`, each with the numbers it cites, over `papers`, numbered from 1; a refusal without claims."""
    made = [Claim(text=text, shown=text, sources=numbers, verdict=SUPPORTED if numbers else None) for text, numbers in claims]
    sources = [Source(number=n, paper=p, quote=p.abstract[:5], start=0, end=5) for n, p in enumerate(papers, 1)]
    return Answer(
        question=question,
        text=" ".join(claim.text for claim in made) or "No paper says so.",
        claims=tuple(made),
        sources=tuple(sources) if made else (),
        abstained=not made,
        match="strong" if made else "none",
        confidence=confidence,
        usage=Usage(seconds=0.01),
        fingerprint="f",
    )


def case(id: str, gold: Sequence[str] = ("A",), facts: Sequence[str] = ("42",), kind: str = "fact", split: str = "tune") -> Case:
    answerable = kind not in ("unanswerable", "detail")
    content = {"id": id, "question": f"What about {id}?", "type": kind, "split": split, "gold": gold, "answerable": answerable}
    return Case.model_validate(content | {"facts": facts if answerable else ()})


class Judge:
    """Supports a claim that stands in what it is held against; has no verdict on one with a question mark."""

    name = "by words"

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        if "?" in claim:
            return Verdict(verdict="not judged", score=None)
        if any(claim.replace("not ", "") in text for text in evidence):
            return SUPPORTED if "not " not in claim else Verdict(verdict="contradicted", score=0.0)
        return Verdict(verdict="not supported", score=0.0)


class System:
    """Answers by a function, which may raise; supports claims that stand in the evidence."""

    def __init__(self, says: Callable[[str], Answer], found: Sequence[Paper] = ()) -> None:
        self.says = says
        self.found = found
        self.asked: list[str] = []

    def events(self, question: str) -> Iterator[Event]:
        self.asked.append(question)
        yield Retrieved(passages=tuple(map(passage, self.found)))
        yield self.says(question)

    def verify(self, claim: str, evidence: Sequence[str]) -> Verdict:
        return Judge().verify(claim, evidence)
