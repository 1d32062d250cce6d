"""Sentences as words that can be held against each other: stems, figures, names, and which word stands for which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from assistant import text
from assistant.text import disguise, figures, signed
from assistant.text.numerals import written_plainly
from assistant.text.stems import stem
from assistant.text.view import View
from assistant.verify import opposites

_TOKEN = re.compile(r"n't\b|[^\W_]+(?:(?<!n)|(?!'t\b))(?:[-@.][^\W_]+)*|[,;:()\[\].!?]")
_PART = re.compile(r"[^\W_]+")


class Word(NamedTuple):
    """A word, a name or a figure of a sentence."""

    text: str
    """In lower case, without accents."""
    stem: str
    """The part that inflected and derived forms share; for a figure its value, for a name with digits the name without hyphens."""
    stop: bool
    """It carries no content of its own."""
    name: bool
    """It is written as a name: a capital inside a sentence, several capitals, or letters and digits."""
    figure: figures.Figure | None
    clause: int
    """Number of the stretch between punctuation marks that it stands in, from 0."""
    start: int
    """Offset of its first character in the cleaned sentence."""
    end: int


class Sentence:
    """A sentence taken apart."""

    def __init__(self, source: str) -> None:
        """Clean `source`, with its words as a reader reads them, and take it apart."""
        self.shown = written_plainly(View(source).text)
        """What is read, with its raised, lowered and circled digits; powers and mixed numbers are written in one way."""
        self.view = text.unmasked(self.shown)
        self.clean = text.clean(self.view)
        self.unreadable = disguise.unreadable(self.view)
        """Words of several scripts, and signs that say something, such as "not equal"."""
        self.scripts = disguise.scripts(self.view)
        """Those of its letters other than Latin and Greek."""
        self.marks: list[str] = []
        """The punctuation mark behind each stretch; the last stretch may have none."""
        self.words = tuple(_words(self.clean, self.marks))
        self.figures = [word.figure for word in self.words if word.figure]
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word.stem, []).append(place)
        self.forms = {word.text for word in self.words}
        self.content = [place for place, word in enumerate(self.words) if not word.stop]

    @cached_property
    def runs(self) -> tuple[str, str, str]:
        """The initials of the words that are not stop words, of all words, and the words without spaces."""
        return (
            "".join(word.text[0] for word in self.words if not word.stop),
            "".join(word.text[0] for word in self.words),
            "".join(word.text for word in self.words),
        )

    @cached_property
    def versions(self) -> set[tuple[str, str]]:
        """Names and the numbers at them; see `signed.versions`."""
        return signed.versions(self.clean)

    def written(self, form: str) -> str:
        """The word `form` as the sentence writes it."""
        if not self.clean.isascii():
            match = re.search(rf"(?<!\w){re.escape(form)}", self.clean, re.IGNORECASE)
            return match.group() if match else form
        lower, at = self.clean.lower(), -1  # the compilation of a pattern takes longer than the rest of a check
        while (at := lower.find(form, at + 1)) >= 0:
            if not at or not (lower[at - 1].isalnum() or lower[at - 1] == "_"):
                return self.clean[at : at + len(form)]
        return form


def _words(cleaned: str, marks: list[str]) -> list[Word]:
    """The words of a cleaned sentence in order; the punctuation marks between them are added to `marks`."""
    found: list[Word] = []
    at, clause = 0, 0
    for figure in (*figures.figures(cleaned), None):
        for match in _TOKEN.finditer(cleaned, at, figure.start if figure else len(cleaned)):
            token, start = match.group(), match.start()
            if token.isalpha():
                found.append(Word(*_form(token, bool(found)), None, clause, start, start + len(token)))
            elif not token[0].isalnum():
                clause += 1
                marks.append(token)
            elif any(map(str.isdigit, token)):
                plain = _plain(token)
                found.append(Word(plain, re.sub(r"[-@.]", "", plain), False, True, None, clause, *match.span()))
            else:
                for piece in _PART.finditer(token) if token != "n't" else re.finditer("n't", token):
                    span = start + piece.start(), start + piece.end()
                    found.append(Word(*_form(piece.group(), bool(found)), None, clause, *span))
        if figure:
            found.append(Word(figure.text.lower(), f"{figure.value:g}", False, False, figure, clause, figure.start, figure.end))
            at = figure.end
    return found


@lru_cache(maxsize=20_000)
def _form(written: str, inside: bool) -> tuple[str, str, bool, bool]:
    """Read a word that is no figure.

    Args:
        written: the word.
        inside: whether other words of its sentence stand before it; a capital makes a name of it only then.

    Returns:
        The word as it is compared, its stem, whether it is a stop word, and whether it is written as a name.
    """
    plain = _plain(written)
    stop = (plain in text.STOP_WORDS and plain not in opposites.DIRECTED) or len(plain) == 1 or plain == "n't"
    name = any(map(str.isupper, written[1:])) or (inside and written[0].isupper() and not stop)
    stop = stop and not (name and len(written) > 1 and written.isupper())
    return plain, stem(plain), stop, name


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)).casefold()


class Match(NamedTuple):
    """What stands in a source for a word of a claim."""

    place: int
    close: float
    """1 for the same stem, else the cosine of two words close in meaning."""
    flipped: bool
    """The two are opposites."""


_NEAR = 3
"""An opposite counts if at most this many words lie between it and a matched neighbour of the word that it replaces."""
Kin = Mapping[str, Mapping[str, float]]
"""For a stem those that are close in meaning, and how close: 0..1."""


def align(claim: Sentence, source: Sentence, kin: Kin) -> dict[int, Match]:
    """For the content words of `claim`, by place, what stands for them in `source`.

    The same stem first, where it stands twice the one that goes on from the word before; then an opposite or a word close
    in meaning that the claim does not have itself.
    """
    matches: dict[int, Match] = {}
    last = -1
    for place in claim.content:
        if options := source.places.get(claim.words[place].stem):
            last = min(options, key=lambda option: abs(option - last - 1))
            matches[place] = Match(last, 1.0, flipped=False)
    free = [place for place in source.content if source.words[place].stem not in claim.places]
    for place in claim.content:
        if place not in matches and (match := _other_word(claim, place, source, free, matches, kin)):
            matches[place] = match
    return matches


def _other_word(
    claim: Sentence, place: int, source: Sentence, free: Sequence[int], matches: Mapping[int, Match], kin: Kin
) -> Match | None:
    """The word among the places `free` of `source` that is an opposite of a word of the claim, or closest to it."""
    word = claim.words[place]
    close = kin.get(word.stem, {})
    ends, bare = opposites.ends(word.text, word.stem), opposites.bare(word.text)
    beside = [matches[near].place for near in range(place - 4, place + 5) if near in matches]
    best, strength = None, 0.0
    for option in free:
        other = source.words[option]
        theirs = opposites.ends(other.text, other.stem)
        flipped = other.stem in bare or word.stem in opposites.bare(other.text) or opposites.across(ends, theirs)
        alike = close.get(other.stem, 0.0)
        if not (flipped or alike or ends & theirs):
            continue
        # beside words that are matched already, a weaker likeness will do
        distance = min((abs(option - near) for near in beside), default=9)
        if not alike and distance > _NEAR:
            continue
        found = max(alike, 0.4 if flipped or ends & theirs else 0.0) + 1 / (1 + distance)
        if found > strength:
            best, strength = Match(option, max(alike, 0.4), flipped), found
    return best
