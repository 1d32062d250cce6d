"""Strings in; readable views, sentences, words, stems and quantities with their offsets, and escaped TeX out. Pure functions.

`View` decodes LaTeX, HTML and JATS and maps its offsets back to the original; `fold` and the words and stems that are searched
read that view. `quantities.judged` takes the views of a claim and of a source and says which quantities of the claim hold.
"""

from assistant.text.cleaning import blank, clean, fold, harmless, paired, shown, spaced
from assistant.text.disguise import unmasked
from assistant.text.sentences import LONGEST, asks, sentences
from assistant.text.struck import struck, unstruck
from assistant.text.words import STOP_WORDS, UNSPACED, capitals, content_words, names, numbers, title_key, words

__all__ = [
    "LONGEST",
    "STOP_WORDS",
    "UNSPACED",
    "asks",
    "blank",
    "capitals",
    "clean",
    "content_words",
    "fold",
    "harmless",
    "names",
    "numbers",
    "paired",
    "sentences",
    "shown",
    "spaced",
    "struck",
    "title_key",
    "unmasked",
    "unstruck",
    "words",
]
