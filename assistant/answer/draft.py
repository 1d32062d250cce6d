"""An answer on its way: what each step takes and returns."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from assistant.answer.generate import AnswerGenerator
from assistant.answer.pick import Picker
from assistant.answer.revise import Reviser
from assistant.config import AnswerSettings
from assistant.question.read import Question
from assistant.question.rewrite import ModelRewriter
from assistant.search.retriever import Found, Retriever
from assistant.types import Claim, Event, Expansion, Listing, Paper, SecondPass, Source, Step, Verifier, Where

T = TypeVar("T")
Steps = Generator[Event, None, T]
"""Events while a step works; the generator returns the result of the step."""


class Tools(NamedTuple):
    """The models and settings for one question."""

    retriever: Retriever
    settings: AnswerSettings
    verifier: Verifier
    guard: Verifier
    """The local verifier, which costs nothing, for contradictions."""
    expansion: Expansion | None = None
    second_pass: SecondPass | None = None
    generator: AnswerGenerator | None = None
    """None where quotes are the answer."""
    picker: Picker | None = None
    """Picks the quotes that answer; None where all of them are the answer."""
    rewriter: ModelRewriter | None = None
    reviser: Reviser | None = None
    rephraser: Expansion | None = None
    """Words a part of the question anew, where a loop finds no evidence for that part."""


class Session(NamedTuple):
    """One question from the user's words to the answer."""

    asked: str
    """The question as the user asked it."""
    where: Where | None
    tools: Tools
    trace: list[Step]
    """The steps done, in order; each step adds itself."""


@dataclass(frozen=True)
class Draft:
    """An answer, or a part of one, between two steps."""

    question: Question
    found: Found | None = None
    confidence: float = 0.0
    """Probability that the library holds an answer."""
    claims: tuple[Claim, ...] = ()
    quotes: tuple[Source, ...] = ()
    """The quotes that claims rest on; a claim names its quotes by their places here."""
    cited: tuple[str, ...] = ()
    """The ids of the papers that have the numbers 1, 2, ... in the answer."""
    offered: Mapping[str, Paper] = field(default_factory=dict[str, Paper])
    """The papers that the text may cite, by their ids."""
    uncovered: Mapping[str, str] = field(default_factory=dict[str, str])
    """The parts of the question that are not answered, each with the reason where that is known."""
    passed: Mapping[str, str] = field(default_factory=dict[str, str])
    """The parts of the question that nothing looked at, each with the reason."""
    rewritten: int = 0
    """Sentences that the model was asked to rewrite, with or without success."""
    compared: int = 0
    """Comparisons of a claim with a paper so far."""
    incomplete: str | None = None
    """Why the text stops early, where it does."""
    declined: bool = False
    """The model said that it cannot or will not answer; its words have no verdict, and are not shown."""
    refused: str | None = None
    """Why there is no answer, in a sentence, where the step that looked knows."""
    listing: Listing | None = None
    """The papers that were asked for, where a term was scanned for."""
    replied: bool = False
    """True where the answer is a reply of the assistant itself: to small talk, or about the library."""
    generation: int = 0
    """The generation of the library, where nothing was searched for."""

    @property
    def answered(self) -> bool:
        """Whether a claim stands."""
        return any(not claim.struck for claim in self.claims)
