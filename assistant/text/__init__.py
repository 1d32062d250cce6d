"""Strings in; sentences with offsets, cleaned and folded texts, words, stems, figures and TeX out. Pure functions."""

from assistant.text.cleaning import clean, fold, harmless, shown
from assistant.text.sentences import LONGEST, sentences
from assistant.text.words import STOP_WORDS, capitals, content_words, names, numbers, title_key, words

__all__ = [
    "LONGEST",
    "STOP_WORDS",
    "capitals",
    "clean",
    "content_words",
    "fold",
    "harmless",
    "names",
    "numbers",
    "sentences",
    "shown",
    "title_key",
    "words",
]
