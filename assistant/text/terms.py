"""Content words as stems, as the lexical index holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import tantivy

from assistant.text.words import content_words, words

_REMEMBERED = 8192
"""Stems and frequencies of at most this many words and texts are cached, because words recur from question to question."""
_LONG = 500
"""The stems of texts with more characters are not cached."""


@cache
def analyzer() -> Any:
    """The stemmer of the lexical index (Snowball English), over words in their search form."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(tantivy.Filter.stemmer("english")).build()


def terms(content: str) -> Sequence[str]:
    """The distinct stems of the content words of a text, as the index has them."""
    return _remembered_stems(content) if len(content) <= _LONG else _stems(content)


def _stems(content: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(analyzer().analyze(" ".join(content_words(singular(content))))))


def row(content: str) -> tuple[str, ...]:
    """The stems of all words of a text in their order, acronyms in the singular, as the lexical index keeps them in a row."""
    return tuple(analyzer().analyze(" ".join(words(singular(content)))))


_PLURAL = re.compile(r"\b([A-Z]{2,})s\b")
_NO_VOWEL = re.compile(r"\b([^\W\daeiouy_]{2,}[^\W\d_s])s\b")


def singular(content: str) -> str:
    """A text with its acronyms in the singular: LLM for LLMs, which stemmers leave apart, as no vowel is before the s."""
    return _NO_VOWEL.sub(r"\1", _PLURAL.sub(r"\1", content))


_remembered_stems = lru_cache(_REMEMBERED)(_stems)
