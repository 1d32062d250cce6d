"""A question in; states of the page out while the question is answered. A generator over the events of the assistant."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from typing import Generic, Literal, TypeVar

from pydantic import Field, ValidationError

from assistant.assistant import Assistant
from assistant.cancel import stoppable
from assistant.errors import AssistantError, Stopped
from assistant.page.store import Conversation
from assistant.page.views import Draft
from assistant.types import Answer, Retrieved, Token, Value, Verified, Where

T = TypeVar("T")
_EVERY = 0.04
"""The page shows a new state at most once in this many seconds."""


def respond(
    assistant: Assistant,
    question: str,
    where: Where | None = None,
    history: Sequence[Answer] = (),
    stop: threading.Event | None = None,
) -> Generator[Draft | Answer]:
    """Answer a question for the page. Once `stop` is set, the answer holds what was written until then.

    Yields:
        The states of the question on its way; the answer comes last, or a draft that says why there is none.
    """
    draft = Draft(question)
    try:
        for event in assistant.events(question, where, history, stop=stop):
            match event:
                case Retrieved(passages=passages):
                    draft = draft._replace(passages=passages)
                    yield draft
                case Token(text=piece):
                    draft = draft._replace(state="writing", text=draft.text + piece)
                    yield draft
                case Verified():
                    pass  # verdicts come with the answer, a moment later
                case Answer():
                    yield event
    except AssistantError as exc:
        if stop and stop.is_set() and isinstance(exc, Stopped):
            yield draft._replace(state="stopped")
            return
        yield draft._replace(state="failed", error=str(exc))


class Going(Generic[T]):
    """States that a thread of its own computes, whoever looks at them."""

    def __init__(self, states: Generator[T], ending: threading.Event | None = None) -> None:
        """Begin. The thread is cancelled where it is given up, or when `ending` is set."""
        self.newest: T | None = None
        self.done: Future[None] = Future()
        self._number = 0
        """How many states there were."""
        self._news = threading.Condition()
        self._given_up = threading.Event()
        threading.Thread(target=self._work, args=[states, [self._given_up, *([ending] if ending else [])]], daemon=True).start()

    def _work(self, states: Generator[T], stops: Sequence[threading.Event]) -> None:
        try:
            with stoppable(*stops):
                for state in states:
                    with self._news:
                        self.newest, self._number = state, self._number + 1
                        self._news.notify_all()
                    if self._given_up.is_set():
                        break
            self.done.set_result(None)
        except BaseException as exc:  # it is raised where the states are taken
            self.done.set_exception(exc)
        with self._news:
            self._news.notify_all()

    def give_up(self) -> None:
        """Cancel the thread, without waiting for a model that has stalled."""
        self._given_up.set()

    def states(self, beat: float = 1.0) -> Generator[T | None]:
        """Yield the newest state, again and again to the end; None where nothing is new for a `beat`.

        A state waits for a moment, so that the last one takes the place of one that it follows at once. Whoever looks can leave at
        any time, and the work goes on.
        """
        seen = 0
        while True:
            with self._news:
                self._news.wait_for(lambda before=seen: self._number != before or self.done.done(), beat)
                if self._number != seen:
                    self._news.wait_for(self.done.done, _EVERY)
                over, new = self.done.done(), self._number != seen
                state, seen = self.newest, self._number
            if new or not over:
                yield state if new else None
            if over:
                self.done.result()
                return


MOST_FIELDS, MOST_PAPERS, SUREST = 500, 10, 0.95
"""Bounds of choices: characters of the filters by fields, papers of an answer, the threshold."""


class Left(Value):
    """What was under way when a page was left."""

    chosen: str = ""
    """The id of the conversation."""
    last: str = ""
    """The id of the last turn; empty where there was none."""
    going: str = ""
    """The question that was being answered."""
    instead: str = ""
    """The turn whose place the answer was to take."""
    box: str = ""
    """The text in the box."""
    editing: str = ""
    """The turn that was edited."""


def left_off(told: str, conversation: Conversation) -> Left:
    """Read what was under way when a page was left.

    Args:
        told: `Left` in JSON, as a browser kept it; anything else counts as nothing.
        conversation: the conversation as it is now: the answer may have come after the page was left.

    Returns:
        What can be gone on with.
    """
    try:
        left = Left.model_validate_json(told) if told else Left()
    except ValidationError:
        return Left()
    if left.chosen != conversation.id and (conversation.turns or left.last):
        return Left(box=left.box)
    came = (conversation.turns[-1].id if conversation.turns else "") != left.last and not conversation.turn(left.instead)
    editing = left.editing if conversation.turn(left.editing) else ""
    return left.model_copy(update={"going": "" if came else left.going, "editing": editing})


class Choices(Value):
    """How questions are to be answered, as a browser kept it."""

    pages: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    topic: str | None = None
    only: tuple[str, ...] = ()
    fields: str | None = Field(default=None, max_length=MOST_FIELDS)
    mode: Literal["mark", "strict"] | None = None
    papers: int | None = Field(default=None, ge=1, le=MOST_PAPERS)
    flow: str | None = None
    writer: str | None = None
    threshold: float | None = Field(default=None, ge=0, le=SUREST)
    """None and an empty filter stand for what holds where nothing was chosen."""


def chosen_before(told: str) -> Choices:
    """Read the choices of how to answer that a browser kept; what is none of these counts as nothing chosen."""
    try:
        return Choices.model_validate_json(told) if told else Choices()
    except ValidationError:
        return Choices()
