"""Text that is set as struck through, in Markdown, HTML, TeX and Unicode: its writer takes it back."""

from __future__ import annotations

import re

from assistant.text.words import content_words

_LEFT, _RIGHT = r"(?:<|&lt;)", r"(?:>|&gt;)"
_MARK = re.compile(
    r"(?<![~\\])(?P<tilde>~{1,2})(?!~)"
    rf"|{_LEFT}(?P<tag>s|strike|del)(?:\s[^<>&]{{0,200}})?{_RIGHT}|{_LEFT}/(?P<end>s|strike|del)\s{{0,3}}{_RIGHT}"
    rf"|{_LEFT}(?P<styled>[a-z]{{1,10}})\s[^<>]{{0,200}}line-through[^<>]{{0,200}}{_RIGHT}|{_LEFT}/(?P<plain>[a-z]{{1,10}}){_RIGHT}"
    r"|\[(?P<code>s|strike|del)\]|\[/(?P<closed>s|strike|del)\]"
    r"|\\(?P<tex>sout|st|xout|[xb]?cancel)\{|(?P<brace>\})",
    re.IGNORECASE,
)
"""Where struck text begins or ends."""
_CROSSED = re.compile(r"(?:[^\W\d_][\u0335-\u0338\u20d2\u20d3\u20e5\u20e6\u20eb]\s?){3,}")
"""Letters with a stroke through each."""


def struck(text: str) -> list[tuple[int, int]]:
    """Find what a text sets as struck through and says something; what is not closed is struck to the end if it begins a line.

    Returns:
        The offsets of each stretch, with the marks around it, in order.
    """
    opened: dict[str, int] = {}
    found = [match.span() for match in _CROSSED.finditer(text)]
    for mark in _MARK.finditer(text):
        kind, closes = _kind(mark), not (mark["tag"] or mark["styled"] or mark["tex"] or mark["code"])
        if closes and kind in opened and (kind != "~" or _ends(text, mark)):
            found.append((opened.pop(kind), mark.end()))
        elif kind not in opened and (not closes or (mark["tilde"] and _opens(text, mark))):
            opened[kind] = mark.start()
    for start in opened.values():
        if not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t*_>-"):
            found.append((start, len(text)))
    return sorted(span for span in found if content_words(_MARK.sub(" ", text[slice(*span)])))


def _kind(mark: re.Match[str]) -> str:
    if mark["tilde"]:
        return mark["tilde"]
    if mark["code"] or mark["closed"]:
        return f"[{mark['code'] or mark['closed']}".lower()
    return "}" if mark["tex"] or mark["brace"] else str(mark["tag"] or mark["end"] or mark["styled"] or mark["plain"]).lower()


def _opens(text: str, mark: re.Match[str]) -> bool:
    """Whether tildes open struck text: one alone stands for "about" too, before a figure, and binds words in TeX."""
    before, behind = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    return bool(behind.strip()) and (len(mark["tilde"]) == 2 or not (before.strip("*_([\"' \n\t") or behind.isdigit()))


def _ends(text: str, mark: re.Match[str]) -> bool:
    """Whether a single tilde ends struck text."""
    return bool(text[mark.start() - 1].strip()) and not text[mark.end() : mark.end() + 1].isalnum()
