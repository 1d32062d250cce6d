"""Replies that come in pieces."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from assistant.types import Reply


class Streamed:
    """The pieces of a reply, to be iterated over once; the whole of it stands in `reply` afterwards."""

    reply: Reply

    def __init__(self, pieces: Generator[str, None, Reply]) -> None:
        """Take what `LanguageModel.stream` gives."""
        self._pieces = pieces

    def __iter__(self) -> Iterator[str]:
        self.reply = yield from self._pieces
