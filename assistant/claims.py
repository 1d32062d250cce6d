"""The text of a language model to claims: its markers read, numbered anew and checked against what was offered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from assistant import text
from assistant.types import Claim

_NUMBERS = r"(?!0\d* *[,;])\d{1,3}(?: *[,;\u2013-] *\d{1,3})*"
_MARKER = re.compile(rf"\[\^?({_NUMBERS})\]|\u3010({_NUMBERS})(?:\u2020[^\u3011\n]{{0,40}})?\u3011")
"""`[1]`, `[1, 2]`, `[1-3]`, `[^1]`, and what some models write instead: a number between lenticular brackets.

`[0, 1]` is an interval, as papers are numbered from 1.
"""
_OPEN = re.compile(r"(?:(?<! ) +)?(?:\[\^?[\d ,;\u2013-]*|\u3010[\d ,;\u2013-]*(?:\u2020[^\u3011\n]{0,40})?)?\Z")
"""The end of a piece of text that may yet become a marker, with the blanks before it."""
_BULLET = re.compile(r"[ \t]*(?:[-*\u2022+]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)?")
_FRAME = re.compile(r"(?:`{3,}|~{3,})[\w+-]*\Z|[-*_]{3,}\Z|\[\^?\d{1,3}\]:")
"""A line that opens or closes a block of code, a rule, and a footnote."""
_REFERENCES = re.compile(r"(?i)(?:references?|sources|bibliography|citations|works cited|cited papers)\s*(?::|\Z)")
_WIDEST = 20
"""A range of more numbers than that is no citation."""
_TOLD, _LED_IN = 2, 5
"""Content words with which a sentence says something of its own, and new ones with which one that ends in a colon does."""
_STRESSED = re.compile(r"(?i)\b(?:do|does|did)(?:n['’]t| not)? \w")
"""Says that something does, or does not: "It does need a GPU:", but not "What it does:"."""


class Numbered(NamedTuple):
    """A piece of text with its markers numbered anew."""

    text: str
    invented: tuple[int, ...]
    """Numbers that were not offered, and are dropped."""


class Numbering:
    """Gives papers their numbers in the order in which they are first cited, while the text comes in."""

    def __init__(self, offered: Sequence[str], cited: list[str]) -> None:
        """Read the numbers of a text as those of `offered`, ids of papers, from 1.

        `cited` holds the ids that have their numbers already, 1, 2, ...; those that the text cites first are added to it.
        """
        self._offered = offered
        self._held = ""
        self.cited = cited

    def feed(self, piece: str) -> str:
        """What of the text so far can be shown now; what may become a marker is held back."""
        self._held += piece
        held = _OPEN.search(self._held)
        start = held.start() if held else len(self._held)
        ready, self._held = self._held[:start], self._held[start:]
        return self.number(ready).text

    def rest(self) -> str:
        """What was held back when the text ended."""
        ready, self._held = self._held, ""
        return self.number(ready).text

    def number(self, content: str) -> Numbered:
        """`content`, whole, with its markers numbered anew, and those dropped that were not offered."""
        invented: list[int] = []

        def anew(match: re.Match[str]) -> str:
            kept: list[int] = []
            for number in _numbers(match):
                if 1 <= number <= len(self._offered):
                    kept.append(place(self._offered[number - 1], self.cited))
                else:
                    invented.append(number)
            return markers(dict.fromkeys(kept))

        return Numbered(_between(content, anew), tuple(invented))


def place(paper: str, cited: list[str]) -> int:
    """The number of a paper, by its id; a new one where it is cited for the first time."""
    if paper not in cited:
        cited.append(paper)
    return cited.index(paper) + 1


def split(content: str, numbering: Numbering) -> list[Claim]:
    """The claims of an answer as the model wrote it, a sentence each, their markers numbered anew, without verdicts.

    The `lead` and `shown` of the claims, put one behind the other, are the text that `numbering` let through. Markers on a
    line of their own belong to the sentence before.
    """
    found: list[Claim] = []
    at, held = 0, ""
    for start, end in _spans(content):
        # from where the last one ended, as a marker that is dropped takes the blanks before it along
        written, invented = numbering.number(content[at:end])
        bare = written[len(content[at:start].rstrip(" ")) :].strip()
        lead, _, rest = written.rpartition(bare) if bare else (written, "", "")
        numbers = [number for match in _MARKER.finditer(bare) for number in _numbers(match)]
        sources = tuple(dict.fromkeys(numbers))
        found.append(Claim(text=plain(bare), shown=bare, lead=held + lead, sources=sources, invented=invented))
        at, held = end, rest
    return found


def body(found: Sequence[Claim]) -> list[Claim]:
    """The claims without what models put around a text: fences of code, rules, and the list of references that ends it.

    The references of an answer are those that its claims are proved by; a title in a list would prove itself.
    """
    kept: list[Claim] = []
    for claim in found:
        if kept and _REFERENCES.match(claim.text):
            break
        if not (_FRAME.match(claim.shown) or _REFERENCES.match(claim.text)):
            kept.append(claim)
    return kept


def citing(claim: Claim, numbers: Collection[int]) -> Claim:
    """The claim with none but these of its numbers."""
    shown = _between(claim.shown, lambda match: match.group() if int(match.group(1)) in numbers else "")
    return claim.model_copy(update={"shown": shown, "sources": tuple(n for n in claim.sources if n in numbers)})


def plain(shown: str) -> str:
    """A sentence without its markers, and without the signs of Markdown around its words."""
    bare = _between(shown, lambda match: "")
    return re.sub(r"\*\*|__|(?<!\w)[*_`](?=\w)|(?<=[\w.])[*_`](?!\w)", "", bare).strip()


def markers(numbers: Iterable[int]) -> str:
    """Numbers of papers as they stand behind a claim: `[1][2]`."""
    return "".join(f"[{number}]" for number in numbers)


def inert(content: str) -> str:
    """`content`, of a paper, with what looks like a marker of ours told apart: `[3]` becomes `[ref 3]`."""
    return _MARKER.sub(lambda match: f"[ref {match.group(1) or match.group(2)}]", content)


def needs_source(claim: str, question: str) -> bool:
    """A sentence says something of its own: not "In short:", "Both papers address this." or a heading.

    It does where it holds a figure, or two content words, those of the question too: "X does need Y" answers whether it does.
    One that leads in a list does where it holds five that the question does not, or stresses that something does or does not.
    A bare answer does too: a yes, a no, a name.
    """
    claim = claim.strip()
    if re.match(r"(?i)(yes|no)\b|.*\d", claim, re.DOTALL):
        return True
    if claim.endswith(":"):
        return bool(_STRESSED.search(claim)) or not of_question(claim, question)
    told = text.content_words(claim)
    bare = claim.endswith(".") and len(told) == len(text.words(claim)) > 0
    return bare or sum(map(_weight, told)) >= _TOLD


def of_question(content: str, question: str) -> bool:
    """It is about what the question asks: it adds no figure and fewer than five content words."""
    asked = set(text.content_words(question))
    added = [word for word in text.content_words(content) if word not in asked]
    return sum(map(_weight, added)) < _LED_IN and not any(char.isdigit() for word in added for char in word)


def _weight(word: str) -> int:
    """For how many words it counts: where a script puts no blanks between words, for one in two letters."""
    return max(1, sum(unicodedata.category(char) == "Lo" for char in word) // 2)


def _numbers(match: re.Match[str]) -> list[int]:
    numbers: list[int] = []
    for part in re.split("[,;]", match.group(1) or match.group(2)):
        first, *last = (int(number) for number in re.split("[-\u2013]", part))
        numbers += range(first, last[-1] + 1) if last and first < last[-1] <= first + _WIDEST else [first, *last]
    return numbers


def _between(content: str, anew: Callable[[re.Match[str]], str]) -> str:
    """`content` with `anew` of each marker; one that vanishes takes the white space before it along."""
    parts: list[str] = []
    at = 0
    for match in _MARKER.finditer(content):
        before, marker = content[at : match.start()], anew(match)
        parts += [before if marker else before.rstrip(" "), marker]
        at = match.end()
    return "".join([*parts, content[at:]])


def _spans(content: str) -> list[tuple[int, int]]:
    """The offsets of the sentences, each with the markers behind it."""
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", content):
        bullet = _BULLET.match(line.group())
        start = line.start() + (bullet.end() if bullet else 0)
        body = content[start : line.end()]
        # markers make way for as much white space, so that a stop before or behind them ends the sentence all the same
        blank = _MARKER.sub(lambda match: " " * len(match.group()), body)
        sentences = text.sentences(blank)
        if not sentences and body.strip() and spans:
            spans[-1] = (spans[-1][0], start + len(body.rstrip()))
            continue
        for number, (first, _) in enumerate(sentences or [(0, 0)]):
            last = sentences[number + 1][0] if number + 1 < len(sentences) else len(body)
            first = first if number else 0  # a marker right before the next sentence belongs to this one
            piece = body[first:last]
            spans.append((start + first + len(piece) - len(piece.lstrip()), start + first + len(piece.rstrip())))
    return [span for span in spans if span[0] < span[1]]
