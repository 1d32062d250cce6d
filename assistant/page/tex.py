"""TeX within a sentence of a model as text with indices. All else in the sentence stays text, HTML and links too."""

from __future__ import annotations

import re

from assistant.page.markup import Html, joined, tag
from assistant.text.view import View

_TEX = re.compile(r"\$(?=[^\s$])([^$\n]{1,200})(?<=[^\s\\])\$(?!\d)|\\\(([^\n]{1,200}?)\\\)")
"""Between dollars, where these are no prices, or between backslashed parentheses."""
_SCRIPT = re.compile(r"(?<!\\)([_^])(?:\{([^{}]{0,100})\}|(\\[A-Za-z]{1,30}|[^\s{}\\]))")


def shown(text: str) -> Html:
    """The text of a sentence, its TeX decoded and the original at the title of the element."""
    pieces: list[str] = []
    at = 0
    for found in _TEX.finditer(text):
        pieces += [text[at : found.start()], _math(found[1] or found[2])]
        at = found.end()
    return joined([*pieces, text[at:]])


def _math(body: str) -> Html:
    """TeX as text with indices; where these stand inside of other commands, in one line."""
    parts: list[str] = []
    at = 0
    for found in _SCRIPT.finditer(body):
        before = body[at : found.start()]
        if before.count("{") != before.count("}"):
            break
        parts += [_decoded(before), tag("sub" if found[1] == "_" else "sup", _decoded(found[2] or found[3] or ""))]
        at = found.end()
    else:
        if body[at:].count("{") == body[at:].count("}"):
            return tag("span", *parts, _decoded(body[at:]), class_="math", title=body)
    return tag("span", _decoded(body), class_="math", title=body)


def _decoded(body: str) -> str:
    inner = body.strip()
    before, after = body[: len(body) - len(body.lstrip())], body[len(body.rstrip()) :]  # the view drops blanks at its ends
    return f"{before}{View(f'${inner}$').text}{after}" if inner else body
