"""Names of a claim in the spelling of its source: Qiskit v0.45 as Qiskit 0.45, James Webb Space Telescope as JWST."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"[^\W_]+(?:\.\d+)*")
_DIGIT = re.compile(r"\d")
_RUN = 3
"""A name has at most this many tokens where its parts are joined."""
_VERSION = re.compile(r"v(?=\d)")
_PLURAL = re.compile(r"(?<=\d)s$")
_CAPITALS = re.compile(r"(?<![^\W_])[A-Z][^\W_]*(?:[ -](?:(?:of|for|and|the|in) )?[A-Z][^\W_]*){2,7}")
"""Words with a capital each: Insomnia Severity Index, Atlas of the Deep Sea."""
_WORD = re.compile(r"[A-Z][^\W_]*")
_ACRONYM = re.compile(r"(?<![\w-])[A-Z]{3,8}(?![\w-])")
_INITIALS = 3
"""Two initials may stand for anything."""


class _Name(NamedTuple):
    """A name in a text."""

    start: int
    end: int
    key: str
    """What its spellings have in common; those of acronyms and of words written out are told apart."""
    sought: str
    """The key of a spelling to replace it by."""


def spelled(claim: str, evidence: Sequence[str]) -> str:
    """Spell the names of a claim as its evidence does.

    A name may have other blanks and hyphens than in the evidence, a "v" before its version, or initials for its words, and the
    reverse. A name that the evidence holds as the claim writes it stays.

    Returns:
        The claim.
    """
    held = _held(tuple(evidence))
    parts: list[str] = []
    at = 0
    for name in _names(claim):
        written = claim[name.start : name.end]
        theirs = held.get(name.sought)
        if name.start >= at and theirs and theirs != written and not any(written in text for text in evidence):
            parts += claim[at : name.start], theirs
            at = name.end
    return "".join((*parts, claim[at:]))


def unversioned(name: str) -> str:
    """A name in lower case without the "v" before a number."""
    return _VERSION.sub("", name)


@lru_cache(maxsize=64)
def _held(evidence: tuple[str, ...]) -> dict[str, str]:
    """The names of texts, as the first of them writes each, by their keys."""
    found: dict[str, str] = {}
    for text in evidence:
        for name in _names(text):
            found.setdefault(name.key, text[name.start : name.end])
    return found


def _names(text: str) -> list[_Name]:
    """The names of a text by their beginnings, of several that begin together the longest first."""
    return sorted((*_joined(text), *_initials(text)), key=lambda name: (name.start, -name.end))


def _joined(text: str) -> Iterator[_Name]:
    """Runs of tokens that hold a capital and a digit, with a blank or a hyphen between them; the key is the run as one word."""
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    digits = [place for place, (start, end) in enumerate(tokens) if _DIGIT.search(text, start, end)]
    for first in sorted({place - back for place in digits for back in range(min(_RUN, place + 1))}):
        start = tokens[first][0]
        for place in range(first, min(first + _RUN, len(tokens))):
            if place > first and text[tokens[place - 1][1] : tokens[place][0]] not in (" ", "-"):
                break
            name = text[start : tokens[place][1]]
            if not name.islower() and _DIGIT.search(name) and any(map(str.isupper, name)):
                key = _PLURAL.sub("", unversioned(name.casefold().replace(" ", "").replace("-", "")))
                yield _Name(start, tokens[place][1], key, key)


def _initials(text: str) -> Iterator[_Name]:
    """Acronyms, and words with capitals: their initials, and all letters of a word in capitals."""
    for match in _ACRONYM.finditer(text):
        yield _Name(*match.span(), match.group(), f"{match.group()} in words")
    for match in _CAPITALS.finditer(text):
        words = list(_WORD.finditer(match.group()))
        for first in range(len(words)):
            for last in range(first + 1, len(words)):
                key = "".join(word.group() if word.group().isupper() else word.group()[0] for word in words[first : last + 1])
                if len(key) >= _INITIALS:
                    yield _Name(match.start() + words[first].start(), match.start() + words[last].end(), f"{key} in words", key)
