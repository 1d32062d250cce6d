"""Drafts in Markdown, and in plain text: front matter, headings, code, formulas, tables and the list of references blanked."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.check import citations, raised
from assistant.check.masks import BLANK, Mask, lines
from assistant.text import struck

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*$")
_ITEM = re.compile(r"[ \t]{0,12}(?:[-*+•]|\d{1,3}[.)])[ \t]+")
_QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_DEFINITION = re.compile(r" {0,3}\[[^\[\]]{1,200}\]:")
_LINK = re.compile(r"(!?)\[([^\[\]]{0,500})\](\([^()\s]{0,1000}(?:\s[^()]{0,200})?\)|\{[^{}]{0,200}\})")
_COMMENT, _COMMENT_END = "<!--", "-->"
_NOTE = re.compile(r"\[\^[^\[\]\s]{1,50}\]")
"""The mark of a footnote."""
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_CODE = re.compile(r"`{1,2}")
_CODED = re.compile(r"`[^`\n]{1,500}`")
EMPHASIS = re.compile(r"(?<![\w*])\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?![\w*])|(?<![\w_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![\w_])")
_SIGNS = re.compile(rf"{EMPHASIS.pattern}|~~")
_RUN_IN = re.compile(r"(?:\A|\n[ \t]{0,9}\n|\x1e)\s{0,20}(\*{1,3}|_{1,3})[^\s*_]{1,40}(?:[ ][^\s*_]{1,40}){0,2}?[.:!]{0,2}\1")
"""A heading of a few words in the line of its paragraph: "**Results.** The model is ..."."""
_LISTS = r"(?:references?|bibliography|works?[ \t]cited|cited[ \t]works?|citations|literature(?:[ \t](?:cited|list|references?))?)"
REFERENCES = re.compile(
    r"(?i)[ \t#*_]{0,12}(?:<h[1-6][^<>]{0,80}>)?(?:(?:\d{1,2}|[ivx]{1,5}|[a-z](?=[.)]))[.)]?[ \t]{1,4})?[*_]{0,3}"
    r"(?:(?:notes|footnotes|appendix)[ \t](?:and|&)[ \t]|list[ \t]of[ \t]|(?:cited|selected|main|key|all)[ \t])?"
    rf"{_LISTS}(?:[ \t](?:cited|list))?"
    rf"(?:[ \t]?(?:and|&|/)[ \t]?(?:end|foot)?(?:notes|further[ \t]reading|links|sources|{_LISTS}))?"
    r"[ \t:.*_#]{0,8}(?:\{[^{}\n]{0,100}\})?(?:</h[1-6]>)?[ \t#*_]{0,8}$"
)
"""The heading of a list of references, alone in its line; attributes of pandoc may stand behind it."""
_STOP = re.compile(r"[.!?:;][\"'”’)\]*_]{0,4}$")
_HEAD_WORDS = 14
"""A paragraph of one line with fewer words and no stop is a heading."""


class Masked(NamedTuple):
    """A draft without what is no prose."""

    text: str
    listed: tuple[int, int] | None
    """The offsets of the list of references; None where there is none."""
    struck: tuple[tuple[int, int], ...]
    """The offsets of what is struck through, marks included."""


def masked(text: str, *, plain: bool = False) -> Masked:
    """Blank what is no prose.

    Args:
        text: the draft.
        plain: plain text, where a short line without a stop between empty lines is a heading, and signs are no markup.

    Returns:
        The masked text, with the places of its references and of what is struck through.
    """
    mask = Mask(text)
    spans = list(lines(text))
    at = 0 if plain else _front_matter(text, spans, mask)
    fence = ""
    before_empty = True
    listed: tuple[int, int] | None = None
    while at < len(spans):
        start, end = spans[at]
        line = text[start:end]
        empty = not line.strip()
        if fence:
            mask.part(start, end)
            found = _FENCE.match(line)
            if found and found[1].startswith(fence) and not line[found.end() :].strip():
                fence = ""
        elif REFERENCES.match(line) and (before_empty or line.lstrip().startswith("#")):
            stop = _end_of_references(text, spans, at + 1)
            under = at + 1 < len(spans) and _UNDERLINE.match(text, *spans[at + 1])
            listed = spans[at + 1][1] if under else end, stop
            mask.part(start, stop)
            while at + 1 < len(spans) and spans[at + 1][0] < stop:
                at += 1
        elif plain:
            _plain_line(text, spans, at, mask, before_empty=before_empty)
        elif found := _FENCE.match(line):
            fence = found[1]
            mask.part(start, end)
        else:
            _line(text, spans, at, mask, before_empty=before_empty)
        before_empty = empty
        at += 1
    if not plain:
        _asides(mask.text, mask)
    uncoded = _CODED.sub(lambda code: " " * len(code.group()), mask.text)
    gone = struck(uncoded)
    if not plain:
        raised.lay(mask, uncoded, "markdown")
        _inline(mask.text, mask)
    return Masked(mask.text, listed, tuple(gone))


def splittable(content: str) -> str:
    """A masked text for the search of its sentences: signs of emphasis blanked, and the stop of a heading within a paragraph.

    Returns:
        The text, of the same length.
    """
    content = _RUN_IN.sub(lambda head: re.sub(r"[.:!*_]", BLANK, head.group()), content)
    return _SIGNS.sub(lambda sign: BLANK * len(sign.group()), content)


def _front_matter(text: str, spans: list[tuple[int, int]], mask: Mask) -> int:
    """Blank the front matter; the first line behind it."""
    if not spans or text[slice(*spans[0])].rstrip() not in ("---", "+++"):
        return 0
    sign = text[slice(*spans[0])].rstrip()
    for at in range(1, len(spans)):
        if text[slice(*spans[at])].rstrip() in (sign, "..." if sign == "---" else sign):
            mask.part(0, spans[at][1])
            return at + 1
    return 0


def _end_of_references(text: str, spans: list[tuple[int, int]], at: int) -> int:
    """Where the list of references that begins at a line ends: at the next heading of Markdown, or with the draft."""
    return next((spans[place][0] for place in range(at, len(spans)) if _HEADING.match(text[slice(*spans[place])])), len(text))


def _alone(text: str, spans: list[tuple[int, int]], at: int, *, before_empty: bool) -> bool:
    """Whether a line stands between empty lines."""
    return before_empty and (at + 1 == len(spans) or not text[slice(*spans[at + 1])].strip())


def _plain_line(text: str, spans: list[tuple[int, int]], at: int, mask: Mask, *, before_empty: bool) -> None:
    start, end = spans[at]
    line = text[start:end].strip()
    if _alone(text, spans, at, before_empty=before_empty) and len(line.split()) < _HEAD_WORDS and not _STOP.search(line):
        mask.part(start, end)
    elif found := _ITEM.match(text, start, end):
        mask.part(start, found.end())


def _line(text: str, spans: list[tuple[int, int]], at: int, mask: Mask, *, before_empty: bool) -> None:
    start, end = spans[at]
    line = text[start:end]
    under = text[slice(*spans[at + 1])] if at + 1 < len(spans) else ""
    heading = _HEADING.match(line)
    if heading and citations.states(line[heading.end() :], "markdown"):
        mask.part(start, start + heading.end())
        mask.part(start + len(line.rstrip(" \t#")), min(end + 1, len(text)))
    elif heading or _DEFINITION.match(line) or line.lstrip().startswith("|") or _UNDERLINE.match(line):
        mask.part(start, end)
    elif before_empty and line.strip() and _UNDERLINE.match(under):  # the heading above its line
        if not citations.states(line, "markdown"):
            mask.part(start, end)
    elif before_empty and line.startswith(("    ", "\t")) and not _ITEM.match(line):
        mask.part(start, end)
    else:
        quoted = _QUOTE.match(text, start, end)
        inner = quoted.end() if quoted else start
        mask.blank(start, inner)
        if found := _ITEM.match(text, inner, end):
            mask.part(inner, found.end())


def _asides(text: str, mask: Mask) -> None:
    """Blank comments and formulas that stand apart."""
    at = 0
    while (start := text.find(_COMMENT, at)) >= 0:
        stop = text.find(_COMMENT_END, start)
        if stop < 0:
            break
        at = stop + len(_COMMENT_END)
        mask.blank(start, at)
    at = 0
    while (start := text.find("$$", at)) >= 0:
        stop = text.find("$$", start + 2)
        if stop < 0:
            break
        at = stop + 2
        mask.blank(start, at)


def _inline(text: str, mask: Mask) -> None:
    """Blank images, addresses of links, tags and signs of markup."""
    for link in _LINK.finditer(text):
        if link[1]:
            mask.blank(*link.span())
        else:
            mask.blank(link.start(), link.start(2))
            mask.blank(link.end(2), link.end())
    for pattern in (_TAG, _CODE, _NOTE):
        for found in pattern.finditer(text):
            mask.blank(*found.span())
