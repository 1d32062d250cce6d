"""Replies that come in pieces."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from assistant.errors import EmptyReply, Stopped
from assistant.text import shown
from assistant.types import Reply, Schema

_SHOWN = 200
"""An error shows at most this many characters of a refusal."""
_TOOLS = ("tool_calls", "function_call")


class Streamed:
    """The pieces of a reply, to be iterated over once; the whole of it stands in `reply` afterwards."""

    reply: Reply

    def __init__(self, pieces: Generator[str, None, Reply]) -> None:
        """Take what `LanguageModel.stream` gives."""
        self._pieces = pieces

    def __iter__(self) -> Iterator[str]:
        self.reply = yield from self._pieces


def json_form(schema: Schema | None = None) -> dict[str, Any]:
    """The parameter `response_format` for a reply in JSON, of this schema where one is given."""
    if schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


def empty(model: str, reason: str | None, spent: tuple[int, int], refusal: str = "") -> EmptyReply:
    """The error for a reply without a text.

    Args:
        model: the model, for people.
        reason: why it stopped, as its endpoint says.
        spent: tokens read and written.
        refusal: the model's words, where it says in a field of their own that it declines.

    Returns:
        The error.
    """
    if refusal.strip():
        said = " ".join(shown(refusal).split())[:_SHOWN]
        return EmptyReply(f"{model} declined to answer ({said})", *spent, declined=True)
    but = " but a call of a tool" if reason in _TOOLS else ""
    return EmptyReply(f"{model} replied nothing{but}; it stopped for {reason!r}", *spent)


def stopped(text: str) -> str:
    """Why a reply ends where its reader stopped it.

    Args:
        text: what was written until then.

    Returns:
        The reason, for people.

    Raises:
        Stopped: nothing was written.
    """
    if not text:
        raise Stopped("it was stopped before anything was written")
    return f"stopped after {len(text.split()):,} words"
