"""TeX within a sentence of a model as text with indices, which the script of the page draws as a formula where it can."""

from __future__ import annotations

import re

from assistant.page.markup import Html, tag
from assistant.text.view import View

FORMULA = re.compile(
    r"\$\$([^$\n]{1,400})\$\$|\\\[([^\n]{1,400}?)\\\]|\$(?=[^\s$])([^$\n]{1,400})(?<=[^\s\\])\$(?!\d)|\\\(([^\n]{1,400}?)\\\)"
)
"""Between dollars, where these are no prices, or between backslashed parentheses or brackets."""
_SCRIPT = re.compile(r"(?<!\\)([_^])(?:\{([^{}]{0,100})\}|(\\[A-Za-z]{1,30}|[^\s{}\\]))")


def math(body: str) -> Html:
    """TeX as text with indices, the original at its title; where indices stand inside of other commands, in one line."""
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
