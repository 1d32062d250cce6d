"""Sentences as words that can be held against each other: stems, figures, names, and which word stands for which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from assistant import figures, text

_TOKEN = re.compile(r"n't\b|(?:(?!n't\b)[^\W_])+(?:[-@.][^\W_]+)*|[,;:()\[\].!?]")
_PART = re.compile(r"[^\W_]+")


class Word(NamedTuple):
    """A word, a name or a figure of a sentence."""

    text: str
    """In lower case, without accents."""
    stem: str
    """What its inflected and derived forms share; of a figure its value, of a name with digits all but its hyphens."""
    stop: bool
    """It carries no content of its own."""
    name: bool
    """It is written as a name: a capital inside a sentence, several capitals, or letters and digits."""
    figure: figures.Figure | None
    clause: int
    """Number of the stretch between punctuation marks that it stands in, from 0."""


class Sentence:
    """A sentence taken apart."""

    def __init__(self, source: str) -> None:
        """Clean `source` and take it apart."""
        self.clean = text.clean(source)
        self.words = tuple(_words(self.clean))
        self.figures = [word.figure for word in self.words if word.figure]
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word.stem, []).append(place)
        self.forms = {word.text for word in self.words}
        self.content = [place for place, word in enumerate(self.words) if not word.stop]


def _words(cleaned: str) -> Iterator[Word]:
    """The words of a cleaned sentence in order."""
    at, clause, first = 0, 0, True
    for figure in (*figures.figures(cleaned), None):
        for match in _TOKEN.finditer(cleaned, at, figure.start if figure else len(cleaned)):
            token = match.group()
            if not token[0].isalnum():
                clause += 1
            elif any(char.isdigit() for char in token):
                plain = _plain(token)
                yield Word(plain, re.sub(r"[-@.]", "", plain), False, True, None, clause)
                first = False
            else:
                for part in ["n't"] if token == "n't" else _PART.findall(token):
                    form, root, stop = _form(part)
                    name = any(map(str.isupper, part[1:])) or (not first and part[0].isupper() and not stop)
                    yield Word(form, root, stop and not (name and len(part) > 1 and part.isupper()), name, None, clause)
                    first = False
        if figure:
            yield Word(figure.text.lower(), f"{figure.value:g}", False, False, figure, clause)
            at, first = figure.end, False


@lru_cache(maxsize=20_000)
def _form(word: str) -> tuple[str, str, bool]:
    plain = _plain(word)
    return plain, stem(plain), plain in text.STOP_WORDS or len(plain) == 1 or plain == "n't"


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)).casefold()


_ENDINGS = frozenset(
    """ational ization isation fulness ousness iveness ically ation ations ator ators ating ated ate ates ative ing ings ed edly
    ies ied ion ions ional ment ments ness ity ities ance ances ence ences ancy ency ant ants ent ents ive ives ably able ible
    ally al ous er ers or ors ly ize izes ized izing ise ises ised ising es s e y""".split()
)
_LONGEST = max(map(len, _ENDINGS))


def stem(word: str) -> str:
    """`word` without endings of inflection and derivation, at least four letters: gener for generates and generation.

    Coarser than Porter's stemmer on purpose: that a claim says "prediction" where its source says "predictive" is no
    difference, and words that fall together by chance seldom stand in the same sentence.
    """
    for _ in range(2):
        for length in range(min(_LONGEST, len(word) - 3), 0, -1):
            if word[-length:] in _ENDINGS and len(word) - length >= (4 if length > 1 else 3) and not word.endswith("ss"):
                word = word[:-length]
                break
        else:
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > 5 and word.endswith("ct") else word
