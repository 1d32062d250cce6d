"""A question in; states of the page out while the question is answered. A generator over the events of the assistant."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from assistant.assistant import Assistant
from assistant.cancel import stoppable
from assistant.errors import AssistantError, Stopped
from assistant.page.views import Draft
from assistant.types import Answer, Retrieved, Token, Verified, Where

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


def paced(states: Generator[T], beat: float = 0.25, ending: threading.Event | None = None) -> Generator[T | None]:
    """Yield the newest of `states`, which a thread of its own computes; None where nothing is new for a `beat`.

    The caller can stop at any time, and does not wait for a model that has stalled. The thread is cancelled then, or when
    `ending` is set.
    """
    news: deque[T] = deque(maxlen=1)
    changed, stopped = threading.Event(), threading.Event()
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
        changed.set()

    threading.Thread(target=work, daemon=True).start()
    try:
        while not done.done() or news:
            changed.wait(beat)
            changed.clear()
            yield news.pop() if news else None
            if not done.done():
                time.sleep(_EVERY)
        done.result()
    finally:
        stopped.set()
