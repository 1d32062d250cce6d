"""A question in; states of the page out while the question is answered. A generator over the events of the assistant."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from typing import Literal, TypeVar

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


def paced(states: Generator[T], beat: float = 1.0, ending: threading.Event | None = None) -> Generator[T | None]:
    """Yield the newest of `states`, which a thread of its own computes; None where nothing is new for a `beat`.

    A state waits for a moment, so that the last one takes the place of one that it follows at once.

    The caller can stop at any time, and does not wait for a model that has stalled. The thread is cancelled then, or when
    `ending` is set.
    """
    news: deque[T] = deque(maxlen=1)
    changed, stopped, ended = threading.Event(), threading.Event(), threading.Event()
    done: Future[None] = Future()

    def work() -> None:
        try:
            with stoppable(stopped, *([ending] if ending else [])):
                for state in states:
                    news.append(state)
                    changed.set()
                    if stopped.is_set():
                        break
            done.set_result(None)
        except BaseException as exc:  # it is raised where the states are taken
            done.set_exception(exc)
        ended.set()
        changed.set()

    threading.Thread(target=work, daemon=True).start()
    try:
        while not done.done() or news:
            changed.wait(beat)
            changed.clear()
            if news:
                ended.wait(_EVERY)
            yield news.pop() if news else None
        done.result()
    finally:
        stopped.set()


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
