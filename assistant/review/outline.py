"""The outline of a review: lines of a file to headings of two levels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.errors import QuestionError, brief
from assistant.review.values import Heading

MOST_HEADINGS = 40
"""An outline has at most this many headings."""
_LONGEST = 200
"""A heading has at most this many characters."""
_MARKED = re.compile(r"(?P<hashes>#{1,6})\s+(?P<rest>.*)")
_NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})[.)]?\s+(?P<rest>.*)")
_BULLET = re.compile(r"[-*+\u2022]\s+(?P<rest>.*)")
_EDGES = " \t#*_:"


def read(given: str | Sequence[str]) -> tuple[Heading, ...]:
    """Read an outline.

    A heading is of the second level where it has more signs "#" than the first heading with some, a number such as "1.2", or
    is set in behind a heading that is not. Deeper levels count as the second one.

    Args:
        given: the lines, as a text or a list; empty lines are passed over.

    Returns:
        The headings; the first one is of the first level.

    Raises:
        QuestionError: there is no heading, one holds no word or is too long, or there are too many.
    """
    lines = given.splitlines() if isinstance(given, str) else [line for each in given for line in (each.splitlines() or [""])]
    found: list[Heading] = []
    top: int | None = None
    """The signs "#" of the first level."""
    edge: int | None = None
    """The blanks in front of the first level."""
    for line in lines:
        if not line.strip():
            continue
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        plain = line.strip()
        edge = indent if edge is None else min(edge, indent)
        deep = indent > edge
        if match := _MARKED.fullmatch(plain):
            top = len(match["hashes"]) if top is None else min(top, len(match["hashes"]))
            deep, plain = len(match["hashes"]) > top, match["rest"]
        elif match := _BULLET.fullmatch(plain):
            deep, plain = deep or top is not None, match["rest"]
        if match := _NUMBERED.fullmatch(plain):
            deep, plain = deep or "." in match["number"], match["rest"]
        heading = " ".join(plain.strip(_EDGES).split())
        if not any(char.isalnum() for char in heading):
            raise QuestionError(f"a heading of the outline is {brief(line.strip())}, which holds no word")
        if len(heading) > _LONGEST:
            raise QuestionError(f"the heading {brief(heading)} has {len(heading)} characters; at most {_LONGEST} are read")
        found.append(Heading(text=heading, level=2 if deep and found else 1))
    if not found:
        raise QuestionError("the outline holds no heading; write a heading a line, and those of the second level behind blanks")
    if len(found) > MOST_HEADINGS:
        raise QuestionError(f"the outline has {len(found)} headings; a review has at most {MOST_HEADINGS}")
    return tuple(found)
