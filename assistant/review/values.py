"""The values of a review, all frozen: topics with their sentences, what is missing, facts, and the review itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from assistant.files import record, replace_file
from assistant.table.values import Cell
from assistant.types import WEAK_MATCH, Answer, Claim, Disagreement, Match, Paper, Source, Step, Usage, Value, Where

SAVED_REVIEW: Final = "assistant review"
"""Kind of the file of a review; see `assistant.saved`."""
REVIEW_VERSION: Final = 1
Level = Literal[1, 2]


class Heading(Value):
    """A heading of an outline."""

    text: str
    level: Level = 1


class Topic(Value):
    """A heading, and what is written below it."""

    heading: str
    level: Level = 1
    papers: tuple[int, ...] = ()
    """The numbers of the papers of this topic itself, without those of the topics below it."""
    claims: tuple[Claim, ...] = ()
    """The sentences in their order, struck ones included; lines of the assistant's own have no verdict."""
    sources: tuple[Source, ...] = ()
    """The quotes that the claims rest on, by their places here."""
    by_model: int = 0
    """The sentences that a model wrote, without struck ones; the others are quotes."""
    note: str = ""
    """Why there is no paper, for a heading of an outline for which nothing is found."""
    written: bool = False
    """False where the work stopped before this topic."""

    @property
    def unquoted(self) -> tuple[int, ...]:
        """The papers of which no sentence is quoted, as the bound on words leaves no room."""
        told = {number for claim in self.claims if not claim.struck for number in claim.sources}
        return tuple(number for number in self.papers if number not in told) if self.written else ()


class Missing(Value):
    """Words that no paper of the library holds, by a scan of all titles and abstracts."""

    term: str
    scanned: int
    """The papers that were scanned: all of the library."""

    @property
    def shown(self) -> str:
        """In a sentence."""
        return f'No paper of this library ({self.scanned:,} scanned) mentions "{self.term}" in title or abstract.'


class Fact(Value):
    """What a paper states of its study, proved as a cell of a table is."""

    number: int
    """Of the paper."""
    name: str
    """"model size", "participants", "data set"."""
    cell: Cell


class Review(Value):
    """The papers of a question by topic, each sentence an exact quote or proved by one."""

    question: str = ""
    """Empty where the papers were named, or a filter found them."""
    read_as: str | None = None
    """The question that was searched for, where it differs."""
    named: tuple[str, ...] = ()
    """The ids of the papers that were named."""
    where: Where | None = None
    outline: tuple[Heading, ...] = ()
    """The headings that were asked for; empty where the topics are those of the papers."""
    bound: int
    """Words of the paragraphs at most."""
    most: int
    """Papers at most."""
    topics: tuple[Topic, ...]
    papers: tuple[Paper, ...]
    """The list of references: the paper with the number n is `papers[n - 1]`."""
    facts: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()
    """What nobody in this library reports, of the words of question and outline."""
    disagreements: tuple[Disagreement, ...] = ()
    """Pairs of quotes that contradict each other, by their places in `sources`."""
    found: int
    """Papers that were found; the review holds the first of them."""
    reason: str | None = None
    """Why there is no paper."""
    confidence: float | None = None
    """Estimated probability, 0..1, that the library answers the question; None without a question."""
    match: Match = "strong"
    """The confidence in a word; a weak match is shown under the line `WEAK_MATCH`, and none has no paper."""
    writer: str | None = None
    """The language model that was asked to write the paragraphs; None without one."""
    usage: Usage
    trace: tuple[Step, ...] = ()
    fingerprint: str
    """A hash of the settings and of the library's generation."""

    @property
    def caution(self) -> str | None:
        """The line to be shown above a review whose question is a weak match; None where it needs none."""
        return WEAK_MATCH if self.match == "weak" and self.papers else None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The quotes of all topics, in the order of the topics."""
        return tuple(source for topic in self.topics for source in topic.sources)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The sentences of all topics; their quotes by their places in `sources`."""
        return _moved(self.topics)

    @property
    def words(self) -> int:
        """The words of the paragraphs, without headings and references."""
        return sum(len(claim.shown.split()) for claim in self.claims if not claim.struck)

    @property
    def finished(self) -> bool:
        """Whether all topics are written."""
        return all(topic.written for topic in self.topics)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines on papers that were withdrawn or retracted."""
        return tuple(f"[{number}] {paper.warning}" for number, paper in enumerate(self.papers, 1) if paper.warning)

    def to_answer(self) -> Answer:
        """The review as an answer, headings as lines of the assistant's own: what shows answers shows reviews too."""
        from assistant.review import formats

        return formats.answer(self)

    def to_text(self) -> str:
        """As plain text: topics with their sentences, then references with the offsets of the quotes."""
        from assistant.review import formats

        return formats.text(self)

    def to_markdown(self) -> str:
        """As Markdown, with the quotes below the references."""
        from assistant.review import formats

        return formats.markdown(self)

    def to_latex(self) -> str:
        r"""As LaTeX sections, with `\cite` under the keys of `to_bibtex`."""
        from assistant.review import formats

        return formats.latex(self)

    def to_bibtex(self) -> str:
        """The papers, as BibTeX."""
        from assistant.review import formats

        return formats.bibtex(self)

    def save(self, path: str | Path) -> None:
        """Write it to a file; `assistant.load_review` reads it back.

        Raises:
            StorageError: the file cannot be written.
        """
        replace_file(Path(path), record(SAVED_REVIEW, REVIEW_VERSION, {"review": self.model_dump(mode="json")}))


def _moved(topics: Sequence[Topic]) -> tuple[Claim, ...]:
    """The claims of topics, their quotes as places among the quotes of all topics."""
    found: list[Claim] = []
    before = 0
    for topic in topics:
        found += [claim.model_copy(update={"quotes": tuple(before + place for place in claim.quotes)}) for claim in topic.claims]
        before += len(topic.sources)
    return tuple(found)
