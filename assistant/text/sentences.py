"""Sentences of a text with their offsets."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from assistant.text.view import View

_ABBREVIATION = re.compile(
    r"\b(?:(?i:e\.?g|i\.?e|i\.i\.d|et al|vs|cf|viz|resp|approx|ca|w\.?r\.?t|figs?|eqs?|sec|refs?|nos?|dr|prof|mrs?|st|inc|ltd"
    r"|rev|lett|phys)|[A-Z])\.$"
)
_ALWAYS = "。！？।"
_END = re.compile(rf"[.!?؟۔]+[\"'”’»)\]}}]*|[{_ALWAYS}]+[\"'”’)\]}}」』）】》]*")
_BEYOND = r"(?P<beyond>[^\W\d_\x00-\x7f])"
"""A letter beyond ASCII; it opens a sentence unless it is a small one: "Δ", "Ü" and "м" are told apart by their case."""
_OPENER = re.compile(rf"(?<!\s)\s++[\"'“‘«¿¡(\[{{`$\\]*(?:[A-Z0-9]|https?:|[a-z]+[A-Z0-9]|{_BEYOND})")
_CAPITAL = re.compile(rf"(?<!\s)\s++(?:[A-Z]|{_BEYOND})")
_LOST = re.compile(r"[A-Z][a-z]+[\s,]|https?://")
_URL = re.compile(r"https?://[^\s<>{}]+")
LONGEST = 2000
"""A longer sentence, in characters, is cut. In 6,400 abstracts the longest has 1,677."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Split a text into sentences.

    A stop ends a sentence where white space and an opening of a sentence follow, or where a capital letter follows at once
    (a lost space). A stop after an abbreviation or inside a link or a figure ends none. A Chinese, Japanese or Indian stop always
    ends a sentence. A sentence of more than `LONGEST` characters is cut at a blank, because sentences are compared word by word.
    Tags of HTML and JATS end sentences as the readable view of the tags does, and belong to the sentence before them.

    Returns:
        Offsets [start, end) in order, without the white space around a sentence. Each other character lies in one sentence.
    """
    return list(_remembered(text) if len(text) <= _LONG else _split(text))


def _split(text: str) -> tuple[tuple[int, int], ...]:
    if ("<" in text or "&lt;" in text) and (view := View(text)).text != text:
        starts = [view.original_span(start, end)[0] for start, end in _sentences(view.text)]
        spans: list[tuple[int, int]] = []
        for start, end in pairwise([0, *starts[1:], len(text)]):
            _append(spans, text, start, end)
        return tuple(spans)
    return tuple(_sentences(text))


_LONG = 5_000
"""Longer texts, in characters, are not remembered. An answer splits its abstracts several times."""
_remembered = lru_cache(256)(_split)


def _sentences(text: str) -> list[tuple[int, int]]:
    links = {at for match in _URL.finditer(text) for at in range(match.start() + 1, match.end())}
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(text, match, links):
            _append(spans, text, start, match.end())
            start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        blank = max(text.rfind(" ", start, start + LONGEST), text.rfind("\n", start, start + LONGEST))
        cut = blank if blank > start else start + LONGEST
        spans.append((start, start + len(text[start:cut].rstrip())))
        start = cut
        while text[start].isspace():
            start += 1
    if start < end:
        spans.append((start, end))


def _ends_sentence(text: str, match: re.Match[str], links: set[int]) -> bool:
    end = match.end()
    if match.group()[0] in _ALWAYS:
        return True
    if match.start() in links and end in links:
        return False
    if end == len(text):
        return True
    if _ABBREVIATION.search(text[max(0, match.start() - 12) : match.start() + 1]):
        return False
    if text[end].isspace():
        opener = _CAPITAL if match.group().startswith("...") else _OPENER
        opened = opener.match(text, end)
        return bool(opened) and not (opened["beyond"] or "").islower()
    # a lost space: "results.The model", but neither "U.S.A" nor "v1.Net"
    return bool(_LOST.match(text, end)) and bool(
        re.search(r"[a-z)\]}]{2}[.!?]$", text[max(0, match.start() - 2) : match.start() + 1])
    )


_ASKS = re.compile(r"[?？؟][\"'”’»)\]*_\s]{0,8}$")


def asks(content: str) -> bool:
    """Whether a text is nothing but questions: each sentence of it ends with a question mark."""
    spans = sentences(content)
    return bool(spans) and all(_ASKS.search(content[max(start, end - 10) : end]) for start, end in spans)
