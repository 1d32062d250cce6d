"""What reasoning models write between <think> tags before they reply: it is no part of the reply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_THOUGHTS = re.compile(r"\A\s*<think>.*?(</think>|\Z)", re.DOTALL)


def without(reply: str) -> str:
    """The text after a leading <think> block."""
    return _THOUGHTS.sub("", reply).strip()


def without_as_it_comes(pieces: Iterable[str]) -> Iterator[str]:
    """The text after a leading <think> block, each piece as soon as it is known to stand outside."""
    held: str | None = ""
    for piece in pieces:
        if held is None:
            yield piece
            continue
        held += piece
        start = held.lstrip()
        if "<think>".startswith(start[:7]) and "</think>" not in start:
            continue
        if rest := _THOUGHTS.sub("", held).lstrip():
            yield rest
            held = None
    if held and (rest := without(held)):
        yield rest
