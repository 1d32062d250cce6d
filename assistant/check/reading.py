"""A draft read: its sentences with their places, citations and claims, and its own list of references."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant import text
from assistant.check import citations, latex, markdown, masks, references, word
from assistant.check.citations import Mark
from assistant.check.references import Reference
from assistant.check.values import Syntax
from assistant.errors import SourceError, brief
from assistant.files import decoded, open_plain
from assistant.text.marks import MARKER, WORD_BEHIND, uncited
from assistant.text.view import View

MOST_BYTES = 20_000_000
"""A file of Word may have at most so many bytes."""
MOST_CHARACTERS = 2_000_000
"""A draft may have at most so many characters; a book has a million."""
MOST_SENTENCES = 10_000
"""A draft may have at most so many sentences."""
MOST_BIB = 50_000_000
"""A BibTeX file may have at most so many bytes."""
SYNTAXES: dict[str, Syntax] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".qmd": "markdown",
    ".rmd": "markdown",
    ".tex": "latex",
    ".ltx": "latex",
    ".txt": "plain",
    ".text": "plain",
    ".docx": "plain",
}
"""The ending of a draft's name -> how it is written."""
_WORD_FILE = ".docx"
_EMPTY_ASIDE = re.compile(
    r"[(\[]\s{0,5}(?:(?:see|cf\.|e\.g\.|i\.e\.|also|and|or|(?i:figs?\.|sec\.|tab\.)|\[1\]|[,;])[,\s]{0,3}){0,8}[)\]]"
)
_NO_BRACES = {ord("{"): None, ord("}"): None}
_TIE = re.compile(r"(?<!\\)~")
_BEHIND = re.compile(r"\b(?:by|of|from|with|to|in|for|on|cites|following|like|than|see)\s$")
"""A word that an object follows."""
_BEFORE_STOP = re.compile(r"\s{1,9}(?=[.,;:!?)])")
_LETTER = re.compile(r"[^\W\d_]")
_SPLITTABLE: dict[Syntax, Callable[[str], str]] = {"latex": latex.splittable, "markdown": markdown.splittable}


@dataclass(frozen=True)
class Read:
    """A sentence of a draft, not judged yet."""

    start: int
    end: int
    marked: str
    """Without markup and what is struck through in it, with a sign for each mark between its words."""
    marks: tuple[Mark, ...]
    struck: bool = False
    """All of it is struck through; the claim is what stood there."""
    cited: str = ""
    """As it stands there, with `[1]` for each mark."""

    @property
    def claim(self) -> str:
        """The sentence without marks."""
        return uncited(self.marked)


@dataclass(frozen=True)
class Draft:
    """A draft as text."""

    name: str
    syntax: Syntax
    text: str
    masked: str
    """What is no prose blanked."""
    references: tuple[Reference, ...]
    """Those that the draft itself lists."""
    listed: bool
    """The draft holds a list of references."""
    struck: tuple[tuple[int, int], ...] = ()
    """The offsets of what is struck through, marks included."""

    def sentences(self, holds: Callable[[Mark], bool]) -> list[Read]:
        """Take the draft apart.

        Args:
            holds: whether the references, or the library, have what a mark means; see `citations.marks`.

        Returns:
            The sentences in order.

        Raises:
            SourceError: there are too many.
        """
        found: list[Read] = []
        marks = citations.marks(self.masked, self.syntax, holds)
        unmarked = citations.filled(self.masked, marks)
        kept = masks.without(self.masked, self.struck)
        plain = _SPLITTABLE.get(self.syntax, str)(unmarked)
        starts = [mark.start for mark in marks]
        for start, end in masks.blocks(self.masked):
            own = marks[bisect_right(starts, start - 1) : bisect_right(starts, end - 1)]
            spans = [(start + first, start + last) for first, last in text.sentences(plain[start:end])]
            spans = _with_gaps(unmarked, _with_letters(plain, spans), (start, end)) or ([(start, end)] if own else [])
            for (first, last), inside in citations.within(own, spans):
                first, last = _trimmed(self.masked, first, last)
                found.append(self._read(kept, first, last, tuple(inside)))
            if len(found) > MOST_SENTENCES:
                raise SourceError(f"the draft has more than {MOST_SENTENCES:,} sentences; check its parts one by one")
        return found

    def _read(self, kept: str, start: int, end: int, marks: tuple[Mark, ...]) -> Read:
        """A sentence, `kept` being the masked text without what is struck through."""
        claim = self._claim(kept, start, end, marks)
        if kept[start:end] == self.masked[start:end] or text.content_words(claim):
            return Read(start, end, claim, marks, cited=self._cited(start, end, marks))
        return Read(start, end, self._claim(self.masked, start, end, marks), marks, struck=True)

    def _cited(self, start: int, end: int, marks: Sequence[Mark]) -> str:
        parts: list[str] = []
        for mark in marks:
            parts += [self.masked[start : mark.start], f" {MARKER}"]
            start = mark.end
        return " ".join(_TIE.sub(" ", "".join([*parts, self.masked[start:end]])).split())

    def _claim(self, masked: str, start: int, end: int, marks: Sequence[Mark]) -> str:
        """A sentence without markup, a sign for each mark between words; "they" stands for authors who are part of the sentence."""
        parts: list[str] = []
        at = start
        for mark in marks:
            parts.append(masked[at : mark.start])
            if citations.is_subject(masked, mark):
                them = _BEHIND.search(masked, max(start, mark.start - 12), mark.start)
                parts.append("They" if mark.start == start else "them" if them else "they")
            if start < mark.start and WORD_BEHIND.match(masked, mark.end, end):
                parts.append(f" {MARKER} ")
            at = max(at, mark.end)
        content = "".join([*parts, masked[at:end]])
        if self.syntax == "latex":
            content = View(_TIE.sub(" ", content)).text.translate(_NO_BRACES)
        elif self.syntax == "markdown":
            content = markdown.EMPHASIS.sub("", content)
        content = _EMPTY_ASIDE.sub(" ", " ".join(content.split()))
        return _BEFORE_STOP.sub("", " ".join(content.split()))


def _with_letters(content: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sentences that hold a word; what holds none belongs to the one before it."""
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if _LETTER.search(content, start, end):
            kept.append((start, end))
        elif kept:
            kept[-1] = kept[-1][0], end
    return kept


def _with_gaps(content: str, spans: list[tuple[int, int]], block: tuple[int, int]) -> list[tuple[int, int]]:
    """Sentences of a block with the markup beside them: what touches the end of one without a blank, else the start of the next."""
    ends = [block[0], *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), block[1]]
    gaps = [content[end:start] for end, start in zip(ends, starts, strict=True)]
    after = [_to_blank(gap) if place else 0 for place, gap in enumerate(gaps)]
    before = [min(_to_blank(gap[::-1]), len(gap) - taken) for gap, taken in zip(gaps, after, strict=True)]
    return [(start - before[place], end + after[place + 1]) for place, (start, end) in enumerate(spans)]


def _to_blank(gap: str) -> int:
    """How many characters stand before the first white space."""
    return next((at for at, char in enumerate(gap) if char.isspace()), len(gap))


def _trimmed(content: str, start: int, end: int) -> tuple[int, int]:
    while start < end and content[start].isspace():
        start += 1
    while end > start and content[end - 1].isspace():
        end -= 1
    return start, end


def syntax_of(name: str) -> Syntax:
    """Tell how a draft is written by the ending of its name.

    Returns:
        The syntax.

    Raises:
        SourceError: the ending is none of a draft.
    """
    found = SYNTAXES.get(Path(name).suffix.lower())
    if found is None:
        raise SourceError(f"{brief(name)} is no draft that can be read; its name ends with one of {', '.join(SYNTAXES)}")
    return found


def draft(content: str, syntax: Syntax, name: str = "") -> Draft:
    """Read a draft.

    Args:
        content: the draft.
        syntax: how it is written.
        name: of its file.

    Returns:
        The draft.

    Raises:
        SourceError: it is too long.
    """
    if len(content) > MOST_CHARACTERS:
        raise SourceError(f"the draft has {len(content):,} characters; at most {MOST_CHARACTERS:,} are read")
    read = content.replace("\r\n", " \n").replace("\r", "\n")  # of the same length, so a place is one of the draft
    if syntax == "latex":
        items = references.of_items(latex.bibitems(read))
        masked = latex.masked(read)
        gone = text.struck(masked.replace("~", " "))  # which ties words here
        return Draft(name, syntax, content, masked, tuple(items), bool(items), tuple(gone))
    found = markdown.masked(read, plain=syntax == "plain")
    own = references.of_list(read, found.listed) if found.listed else []
    return Draft(name, syntax, content, found.text, tuple(own), bool(own), found.struck)


def read_file(path: Path) -> Draft:
    """Read a draft's file.

    Returns:
        The draft.

    Raises:
        SourceError: the file cannot be read, is too large, is no text, or no draft.
    """
    syntax = syntax_of(path.name)
    content = _bytes(path, MOST_BYTES)
    if path.suffix.lower() == _WORD_FILE:
        return draft(word.text(path.name, content), syntax, str(path))
    return draft(_decoded(path, content), syntax, str(path))


def read_bib(path: Path) -> list[Reference]:
    """Read the references of a BibTeX file.

    Returns:
        The entries.

    Raises:
        SourceError: the file cannot be read, is too large, is no text, or holds no entry.
    """
    content = _decoded(path, _bytes(path, MOST_BIB))
    try:
        found = references.of_bibtex(content)
    except SourceError as exc:
        raise SourceError(f"{str(path)!r}: {exc}") from exc
    if not found:
        raise SourceError(f"{str(path)!r} holds no BibTeX entry")
    return found


def bib_text(content: str) -> list[Reference]:
    """Read the references of a BibTeX text.

    Returns:
        The entries; none of an empty text.

    Raises:
        SourceError: it is too long, or has too many entries.
    """
    if len(content) > MOST_BIB:
        raise SourceError(f"the BibTeX has {len(content):,} characters; at most {MOST_BIB:,} are read")
    return references.of_bibtex(content) if content.strip() else []


def _bytes(path: Path, most: int) -> bytes:
    try:
        with open_plain(path) as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise SourceError(f"cannot read {brief(str(path))}: {why}") from exc
    if len(content) > most:
        raise SourceError(f"{brief(str(path))} has more than {most:,} bytes")
    return content


def _decoded(path: Path, content: bytes) -> str:
    try:
        return decoded(content)
    except UnicodeDecodeError as exc:
        raise SourceError(f"{brief(str(path))} is no UTF-8 text; save it as UTF-8") from exc
