"""The values of a checked draft, all frozen: citations, proofs, sentences with their states, and the report."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final, Literal

from assistant.files import record, replace_file
from assistant.text.view import View
from assistant.types import Label, Paper, Usage, Value

SAVED_REPORT: Final = "assistant report"
"""Kind of the file of a report; see `assistant.saved`."""
REPORT_VERSION: Final = 1

Syntax = Literal["markdown", "latex", "plain"]
"""How a draft is written; a file of Word is read as plain text."""
State = Literal["proved", "differs", "other paper", "uncited", "not found", "unknown citation", "own"]
"""The state of a sentence.

- "proved": an abstract that it cites says it.
- "differs": an abstract says something else; `Sentence.reasons` names the difference.
- "other paper": no abstract that it cites says it, but that of another paper of the library, which is offered.
- "uncited": it cites nothing, and a paper of the library says it, which is offered.
- "not found": no abstract of the library was found to say it, or the draft strikes it through.
- "unknown citation": it cites what the references do not list, or a paper that the library does not hold.
- "own": it speaks of the draft's own work, or states nothing, so that no source is needed.
"""
STATES: Final[tuple[State, ...]] = ("proved", "differs", "other paper", "uncited", "not found", "unknown citation", "own")
STRUCK: Final = "it is struck through"
"""The reason why a sentence whose draft strikes it through is "not found"."""
PROBLEMS: Final[frozenset[State]] = frozenset(("differs", "other paper", "unknown citation"))
"""States that make a draft wrong; the command ends with exit code 1 where one is met."""


class Citation(Value):
    """A citation in a sentence of a draft."""

    key: str
    r"""As the draft has it: "yang2023" of `\cite{yang2023}` and `[@yang2023]`, "3" of `[3]`, "Duarte et al. 2029"."""
    start: int
    end: int
    """Offsets in the draft of the mark, which may hold several keys."""
    title: str = ""
    """The title in the list of references, or the entry itself where no title is told apart; empty without an entry."""
    papers: tuple[int, ...] = ()
    """Places in `Report.papers` of the papers that it can mean; several where author and year leave that open."""
    problem: str = ""
    """Why it means no paper of the library, in words; empty where it does."""


class Proof(Value):
    """A sentence of an abstract that bears on a sentence of the draft."""

    paper: int
    """Place in `Report.papers`."""
    quote: str
    """To the byte."""
    start: int
    end: int
    """`Report.papers[paper].abstract[start:end] == quote`, always."""

    @property
    def shown(self) -> str:
        """The quote as a reader sees it, LaTeX, HTML and line breaks decoded."""
        return View(self.quote).text


class Sentence(Value):
    """A sentence of a draft."""

    start: int
    end: int
    """Offsets in the draft: `Report.text[start:end] == text`, always."""
    line: int
    column: int
    """Of its first character, from 1; a column is a character."""
    end_line: int
    end_column: int
    """Of the place behind its last character, from 1."""
    text: str
    """As it stands in the draft, with its marks."""
    claim: str
    """As it was held against the papers: without citations and markup."""
    state: State
    citations: tuple[Citation, ...] = ()
    proofs: tuple[Proof, ...] = ()
    """The sentences of abstracts that the state rests on, the one that bears on it most first."""
    offered: int | None = None
    """Place in `Report.papers` of a paper that says it and is not cited."""
    verdict: Label | None = None
    """What the verifier says of the sentence and the abstracts of `proofs`; None where nothing was judged."""
    score: float | None = None
    """0..1, rising with support; None where nothing was judged."""
    reasons: tuple[str, ...] = ()
    """What speaks against it, each in a few words for people: "the source says 71.31, not 78.31"."""

    @property
    def problem(self) -> bool:
        """Whether the draft is wrong here."""
        return self.state in PROBLEMS


class Report(Value):
    """A draft with a state for each of its sentences."""

    name: str
    """The draft's file, as it was named; empty for a text."""
    syntax: Syntax
    text: str
    """The draft, byte for byte; of a file of Word its paragraphs, an empty line between them."""
    papers: tuple[Paper, ...]
    """The papers that the sentences cite and that prove them, each once."""
    sentences: tuple[Sentence, ...]
    """In order. What is no sentence has none: headings, formulas, code, comments, tables, the list of references."""
    verifier: str
    """The name of the verifier."""
    usage: Usage
    fingerprint: str
    """A hash of the settings and of the library's generation."""

    @property
    def counts(self) -> dict[State, int]:
        """How many sentences have each state."""
        found = Counter(one.state for one in self.sentences)
        return {state: found[state] for state in STATES}

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """The sentences where the draft is wrong."""
        return tuple(one for one in self.sentences if one.problem)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines on papers of the report that were withdrawn or retracted."""
        return tuple(f'"{paper.shown}": {paper.warning}' for paper in self.papers if paper.warning)

    def told(self, sentence: Sentence) -> str:
        """The state of a sentence in words, with the paper and the difference, without the quote."""
        from assistant.check import formats

        return formats.told(self, sentence)

    def to_text(self) -> str:
        """As plain text, a block for each sentence; see `assistant.check.formats`."""
        from assistant.check import formats

        return formats.text(self)

    def to_markdown(self) -> str:
        """As Markdown, an item for each sentence."""
        from assistant.check import formats

        return formats.markdown(self)

    def to_html(self) -> str:
        """As an HTML document of its own: the draft at the left, what the library says at the right."""
        from assistant.check import side_by_side

        return side_by_side.document(self)

    def to_html_fragment(self) -> str:
        """The same as an element to be put into a page, without style and script."""
        from assistant.check import side_by_side

        return side_by_side.fragment(self)

    def to_sarif(self) -> str:
        """As SARIF 2.1.0, which editors and code hosts show beside the lines."""
        from assistant.check import sarif

        return sarif.log(self)

    def save(self, path: str | Path) -> None:
        """Write it to a file; `assistant.load_report` reads it back.

        Raises:
            StorageError: the file cannot be written.
        """
        replace_file(Path(path), record(SAVED_REPORT, REPORT_VERSION, {"report": self.model_dump(mode="json")}))
