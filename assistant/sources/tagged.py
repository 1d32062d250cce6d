"""Entries of tagged text, as PubMed, EndNote and Web of Science export it: a tag and its text, continued by further lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.sources import papers
from assistant.types import Page, Paper, Rejection

Entry = dict[str, list[list[str]]]
"""A tag -> its texts, each as the lines that it stands on."""


def read(
    name: str, text: str, max_line: int, made: Callable[[Entry, Page], Paper], tag: re.Pattern[str], first: str, indent: str = ""
) -> Iterator[Paper | Rejection]:
    """The papers of a file, in order; `made` makes one of an entry, or raises ValueError. For the rest see `entries`."""
    for line, entry in entries(text, tag, first, indent):
        try:
            yield papers.bounded(made(entry, Page(name=Path(name).stem)), max_line)
        except ValueError as exc:
            yield Rejection(file=name, line=line, reason=str(exc))


def entries(text: str, tag: re.Pattern[str], first: str, indent: str = "") -> Iterator[tuple[int, Entry]]:
    """Take a file apart.

    Args:
        text: the file.
        tag: a line with a tag; the tag and the text behind it are its groups.
        first: the tag that an entry begins with.
        indent: what a line begins with that continues the one before.

    Yields:
        The number of the line that an entry begins on, and the entry.
    """
    entry: Entry = {}
    last: list[str] = []  # a list of lines, as a text that grows by a line is copied each time
    start = 1
    for number, line in enumerate(text.split("\n"), 1):
        if match := tag.match(line.rstrip()):
            if match[1] == first and entry:
                yield start, entry
                entry = {}
            start = start if entry else number
            last = [(match[2] or "").strip()]
            entry.setdefault(match[1], []).append(last)
        elif last and line.startswith(indent) and line.strip():
            last.append(line.strip())
    if entry:
        yield start, entry


def texts(entry: Entry, tag: str, between: str = " ") -> list[str]:
    """The texts of a tag, each with its lines put together."""
    return [between.join(lines).strip() for lines in entry.get(tag, ())]
