"""HTML that escapes what is put into it: only what was built here is markup, everything else is text."""

from __future__ import annotations

import html
from collections.abc import Iterable

from assistant.text import shown

_VOID = {"hr", "input"}


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """`text` as markup that shows it."""
    return text if isinstance(text, Html) else Html(html.escape(shown(text)))


def joined(parts: Iterable[str], between: str = "") -> Html:
    """The parts one after the other."""
    return Html(escaped(between).join(escaped(part) for part in parts))


def tag(name: str, *content: str, **attributes: str | int | bool | None) -> Html:
    """Make an element: `tag("a", "here", href="/", class_="quiet", data_turn="1")`.

    An underscore in the name of an attribute stands for a hyphen. True gives an attribute without value, None and False none.

    Returns:
        The element, its text and attributes escaped.
    """
    given = "".join(
        f" {key.strip('_').replace('_', '-')}" + ("" if value is True else f'="{html.escape(shown(str(value)))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{joined(content)}</{name}>")
