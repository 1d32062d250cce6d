"""Text that is set as struck through, in Markdown, HTML, TeX and Unicode: its writer takes it back."""

from __future__ import annotations

import re
from bisect import bisect_left

from assistant.text.words import content_words

_LEFT, _RIGHT = r"(?:<|&lt;)", r"(?:>|&gt;)"
_TEX = r"sout|st|xout|textst|strike(?:out)?|hcancel|[xb]?cancel|deleted|DIFdel(?:FL)?|removed?"
_MARK = re.compile(
    r"\\[^A-Za-z]"
    r"|(?<!~)(?P<tilde>~{1,2})(?!~)"
    rf"|{_LEFT}(?P<tag>s|strike|del)(?:\s[^<>&]{{0,200}})?{_RIGHT}|{_LEFT}/(?P<end>s|strike|del)\s{{0,3}}{_RIGHT}"
    rf"|{_LEFT}(?P<styled>[a-z]{{1,10}})\s[^<>]{{0,200}}line-through[^<>]{{0,200}}{_RIGHT}|{_LEFT}/(?P<plain>[a-z]{{1,10}}){_RIGHT}"
    r"|\[(?P<code>s|strike|del)\]|\[/(?P<closed>s|strike|del)\]"
    rf"|\\(?P<tex>{_TEX})\*?(?:\[[^\[\]]{{0,200}}\])?\s?\{{|(?P<critic>\{{--)(?!\}})|(?P<ends>--\}})|(?P<open>\{{)|(?P<brace>\}})",
    re.IGNORECASE,
)
"""Where struck text begins or ends, and braces in between; what a backslash escapes is neither."""
_CROSSED = re.compile(r"(?:[^\W\d_][\u0335-\u0338\u20d2\u20d3\u20e5\u20e6\u20eb]\s?){3,}")
"""Letters with a stroke through each."""
_LOOKED_BACK = 200
"""So many characters before a mark may be signs that begin its line."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


def struck(text: str) -> list[tuple[int, int]]:
    """Find what a text sets as struck through and says something.

    What is not closed is struck to the end of its paragraph if it begins a line. Tildes are closed in their paragraph.

    Returns:
        The offsets of each stretch, with the marks around it, in order; of stretches that overlap, those of all of them.
    """
    opened: dict[str, int] = {}
    braces: list[bool] = []
    breaks = [*(match.start() for match in _PARAGRAPH.finditer(text)), len(text)]
    found = [match.span() for match in _CROSSED.finditer(text)]
    for mark in _MARK.finditer(text):
        if mark["open"] or mark["tex"]:
            strikes = bool(mark["tex"]) and "}" not in opened
            braces.append(strikes)
            if strikes:
                opened["}"] = mark.start()
            continue
        if mark["brace"]:
            if braces and braces.pop():
                found.append((opened.pop("}"), mark.end()))
            continue
        if not (kind := _kind(mark)):
            continue
        if mark["tilde"] and kind in opened and breaks[bisect_left(breaks, opened[kind])] < mark.start():
            found += _unclosed(text, opened.pop(kind), breaks)
        closes = not (mark["tag"] or mark["styled"] or mark["code"] or mark["critic"])
        if closes and kind in opened and (not mark["tilde"] or kind != "~" or _ends(text, mark)):
            found.append((opened.pop(kind), mark.end()))
        elif kind not in opened and (not closes or (mark["tilde"] and _opens(text, mark))):
            opened[kind] = mark.start()
    for start in opened.values():
        found += _unclosed(text, start, breaks)
    return [span for span in _apart(found) if content_words(unstruck(text[slice(*span)]))]


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one: thousands may stand within each other."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((start, end))
    return apart


def unstruck(text: str) -> str:
    """`text` with a blank for each mark that begins or ends struck text."""
    return _MARK.sub(" ", text)


def _unclosed(text: str, start: int, breaks: list[int]) -> list[tuple[int, int]]:
    """What is struck from a mark that nothing closes: the rest of its paragraph if the mark begins a line, else nothing."""
    before = text[max(0, start - _LOOKED_BACK) : start]
    line = before.rpartition("\n")[2]
    begins = not line.strip(" \t*_>-") and (line != before or start <= _LOOKED_BACK)
    return [(start, breaks[bisect_left(breaks, start)])] if begins else []


def _kind(mark: re.Match[str]) -> str:
    """What closes a mark, or is closed by it; empty for what a backslash escapes."""
    if mark["tilde"]:
        return mark["tilde"]
    if mark["code"] or mark["closed"]:
        return f"[{mark['code'] or mark['closed']}".lower()
    if mark["critic"] or mark["ends"]:
        return "--}"
    return str(mark["tag"] or mark["end"] or mark["styled"] or mark["plain"] or "").lower()


def _opens(text: str, mark: re.Match[str]) -> bool:
    """Whether tildes open struck text: one alone stands for "about" too, before a figure, and binds words in TeX."""
    before, behind = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    return bool(behind.strip()) and (len(mark["tilde"]) == 2 or not (before.strip("*_([\"' \n\t") or behind.isdigit()))


def _ends(text: str, mark: re.Match[str]) -> bool:
    """Whether a single tilde ends struck text."""
    return bool(text[mark.start() - 1].strip()) and not text[mark.end() : mark.end() + 1].isalnum()
