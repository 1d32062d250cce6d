"""A question to what is shown while it is answered: a pure generator over the events of the assistant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from assistant.build import Assistant
from assistant.errors import AssistantError
from assistant.page.views import Draft
from assistant.types import Answer, Retrieved, Token, Verified, Where

_EVERY = 0.05
"""Seconds between two states of a text that is being written."""


def respond(
    assistant: Assistant,
    question: str,
    where: Where | None = None,
    history: Sequence[Answer] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Draft | Answer]:
    """The states of a question on its way; the answer comes last, or a draft that says why there is none."""
    draft = Draft(question)
    yield draft
    shown = clock()
    try:
        for event in assistant.events(question, where, history):
            match event:
                case Retrieved(passages=passages):
                    draft = draft._replace(passages=passages)
                    yield draft
                case Token(text=piece):
                    draft = draft._replace(state="writing", text=draft.text + piece)
                    if clock() - shown >= _EVERY:
                        shown = clock()
                        yield draft
                case Verified():
                    pass  # verdicts come with the answer, a moment later
                case Answer():
                    yield event
    except AssistantError as exc:
        yield draft._replace(state="failed", error=str(exc))
