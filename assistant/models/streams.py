"""Replies that come in pieces."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

from assistant.errors import EmptyReply, Stopped
from assistant.types import Reply, Schema

_KNOWN = re.compile(r"[A-Za-z0-9_]{1,20}")
"""A reason to stop that an error repeats; any other text could be a statement of the model."""
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


def empty(model: str, reason: str | None, spent: tuple[int, int], *, declined: bool = False) -> EmptyReply:
    """The error for a reply without a text.

    Args:
        model: the model, for people.
        reason: why it stopped, as its endpoint says.
        spent: tokens read and written.
        declined: the model says in a field of its own that it declines; its words there have no verdict, and are not shown.

    Returns:
        The error.
    """
    if declined:
        return EmptyReply(f"{model} declined to answer", *spent, declined=True)
    but = " but a call of a tool" if reason in _TOOLS else ""
    why = repr(reason) if reason and _KNOWN.fullmatch(reason) else "another reason" if reason else "no reason that it gives"
    return EmptyReply(f"{model} replied nothing{but}; it stopped for {why}", *spent)


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
    return f"stopped{after(text)}"


def after(text: str) -> str:
    """How much was written, for people: " after 1 word"."""
    count = len(text.split())
    return f" after {count:,} word{'' if count == 1 else 's'}"
