"""Replies that come in pieces."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from assistant.errors import Stopped
from assistant.types import Reply


class Streamed:
    """The pieces of a reply, to be iterated over once; the whole of it stands in `reply` afterwards."""

    reply: Reply

    def __init__(self, pieces: Generator[str, None, Reply]) -> None:
        """Take what `LanguageModel.stream` gives."""
        self._pieces = pieces

    def __iter__(self) -> Iterator[str]:
        self.reply = yield from self._pieces


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
