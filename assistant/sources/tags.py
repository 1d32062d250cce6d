"""HTML to its tags and texts, one after the other, in a time that is linear in its length whatever it holds.

Nothing is repaired and no tree is built: what is never closed costs no more than what is, and nesting has no depth.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*+)")
_ATTRIBUTE = re.compile(r"[\s/]*+([^\s/>=]++|=)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]*+)))?+")
_END = re.compile(r"[\s/]*+>?")
_NO_CHARACTER = re.compile("&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
"""References to what no character has for its number; some are longer than Python reads a number."""
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}
"""Tags whose content is no text, and what ends it."""


class Tag(NamedTuple):
    """A tag."""

    name: str
    """In lower case."""
    closes: bool
    attributes: Mapping[str, str]
    """As they are written, character references and all."""
    at: int
    """Its offset."""


def tokens(content: str) -> Iterator[Tag | str]:
    """The tags of `content` and the texts between them, in order; comments, declarations, scripts and styles are left out."""
    at = 0
    while (start := content.find("<", at)) >= 0:
        if match := _NAME.match(content, start):
            yield from _text(content, at, start)
            tag, at = _tag(content, match)
            yield tag
            if not tag.closes and tag.name in _RAW:
                end = _RAW[tag.name].search(content, at)
                if end is None:
                    return
                at = end.start()
        elif content.startswith(("<!", "<?"), start):
            yield from _text(content, at, start)
            close = "-->" if content.startswith("<!--", start) else ">"
            end = content.find(close, start + 2)
            if end < 0:
                return
            at = end + len(close)
        else:
            yield from _text(content, at, start + 1)
            at = start + 1
    yield from _text(content, at, len(content))


def _text(content: str, start: int, end: int) -> Iterator[str]:
    if start < end:
        yield unescaped(content[start:end])


def unescaped(content: str) -> str:
    """A text or the value of an attribute with its character references read."""
    return html.unescape(_NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", content))


def _tag(content: str, match: re.Match[str]) -> tuple[Tag, int]:
    """The tag whose name a match holds, and the offset of its end."""
    closes, at = content[match.start() + 1] == "/", match.end()
    attributes: dict[str, str] = {}
    while found := _ATTRIBUTE.match(content, at):
        # of an attribute that is there twice the first counts, as in browsers
        attributes.setdefault(found.group(1).lower(), next((each for each in found.groups()[1:] if each is not None), ""))
        at = found.end()
    end = _END.match(content, at)
    return Tag(match.group(1).lower(), closes, attributes, match.start()), end.end() if end else at
