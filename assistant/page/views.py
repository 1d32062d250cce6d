"""Values of the page: turns of a conversation, the draft of the answer under way, and the choices of how to answer."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from assistant.config import Settings
from assistant.types import Answer, Paper, Passage, Source, Value, Where

Lost = Literal["folder", "database", "key"]


class Turn(Value):
    """A question that was answered, or refused."""

    id: str
    answer: Answer
    where: Where | None = None
    """The filter that it was asked with."""
    without: tuple[Paper, ...] = ()
    """The papers that the person left out; `where` holds their ids."""
    kept: bool = True
    """False where it could not be kept, so that it ends with the process."""
    lost: Lost = "folder"
    """Why it is not kept: the folder of the library, or the database of a group, did not take it, or its browser sent no key."""
    from_file: bool = False
    """It was read from a file that a person opened, who may have changed text, quotes and verdicts."""

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers that the answer rests on, then those that were left out."""
        return tuple({paper.id: paper for paper in (*(source.paper for source in self.answer.sources), *self.without)}.values())

    def __hash__(self) -> int:
        return hash(self.id)  # two are the same where all else is, too


LONGEST_NOTE = 2000
"""A note has at most this many characters."""


class Note(Value):
    """What a reader notes on a quoted passage, in whichever answer the passage is quoted."""

    id: str = Field(pattern="^[0-9a-f]{16}$")
    paper: str
    """The id of the paper."""
    title: str
    quote: str
    """The passage as a reader sees it."""
    start: int
    end: int
    text: str = Field(max_length=LONGEST_NOTE)

    def on(self, source: Source) -> bool:
        """Whether the note is on this quote."""
        return (self.paper, self.start, self.end, self.quote) == (source.paper.id, source.start, source.end, source.shown)

    def __hash__(self) -> int:
        return hash(self.id)


class Draft(NamedTuple):
    """A question on its way to an answer."""

    question: str
    state: Literal["searching", "writing", "stopped", "failed", "interrupted"] = "searching"
    passages: tuple[Passage, ...] = ()
    text: str = ""
    """The text written so far, not checked yet."""
    error: str = ""
    instead: str = ""
    """The id of the turn whose place the answer is to take; empty for a new question."""


class Controls(NamedTuple):
    """How a question is to be answered."""

    mode: Literal["mark", "strict"] = "mark"
    papers: int = 4
    """Most papers that it rests on."""
    flow: str = "conditional"
    writer: str = "auto"
    threshold: float = 0.3
    """A question is refused below this probability that the library holds an answer."""

    def apply(self, settings: Settings) -> Settings:
        """The settings with these choices."""
        answer = settings.answer.model_copy(
            update={
                "mode": self.mode,
                "papers": self.papers,
                "passages": max(self.papers, settings.answer.passages if self.writer == "quotes" else 1),
                "flow": self.flow,
                "writer": self.writer,
                "threshold": self.threshold,
                "nearest": max(_CONSIDERED, settings.answer.nearest),
            }
        )
        return settings.model_copy(update={"answer": answer})


_CONSIDERED = 8
"""An answer on the page keeps at least this many nearest papers, to show which looked relevant; a refusal does not."""
