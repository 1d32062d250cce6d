"""A draft with what is no prose blanked, of the same length, so that every offset is one in the draft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BREAK = "\x1e"
"""Parts what stands before and behind it as an empty line does."""
BLANK = "\N{NO-BREAK SPACE}"
"""Stands in place of what is blanked: a line of these is no empty line, so that a formula within a paragraph parts nothing."""
_KEPT = f"\n{BREAK}"


class Mask:
    """A text whose characters are blanked in place."""

    def __init__(self, text: str) -> None:
        """Blank parts of `text`."""
        self._signs = list(text)

    def blank(self, start: int, end: int) -> None:
        """Put a blank in place of each character but the ends of lines."""
        self._signs[start:end] = [sign if sign in _KEPT else BLANK for sign in self._signs[start:end]]

    def part(self, start: int, end: int) -> None:
        """Blank a part that separates what is around it."""
        self.blank(start, end)
        if start < end:
            self._signs[start] = BREAK

    def write(self, start: int, end: int, content: str) -> None:
        """Put `content` in place of a stretch that is as long or longer, with blanks behind it."""
        self._signs[start:end] = content.ljust(end - start, BLANK)

    @property
    def text(self) -> str:
        """The text as it is now."""
        return "".join(self._signs)


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text with stretches of it blanked, of the same length."""
    mask = Mask(text)
    for start, end in spans:
        mask.blank(start, end)
    return mask.text


def lines(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of the lines of a text, without their ends."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def blocks(masked: str) -> list[tuple[int, int]]:
    """The offsets of the paragraphs of a masked text: what stands between empty lines and breaks."""
    found: list[tuple[int, int]] = []
    begun = -1
    for start, end in lines(masked):
        if not masked[start:end].strip(" \t\r\x0b\x0c"):  # a break is no white space here
            if begun >= 0:
                found.append((begun, start))
            begun = -1
            continue
        begun = start if begun < 0 else begun
        while (at := masked.find(BREAK, start, end)) >= 0:
            found.append((begun, at))
            begun = start = at + 1
    if begun >= 0:
        found.append((begun, len(masked)))
    return [(start, end) for start, end in found if masked[start:end].strip()]
