"""Words, names and titles in their search form."""

from __future__ import annotations

import re

from assistant.text.cleaning import clean, fold
from assistant.text.view import View

UNSPACED = (
    "\u0e01-\u0eff\u1000-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
"""A class of letters whose scripts set no blank beside a Latin word: Thai, Lao, Burmese, Khmer, Han, kana, Hangul."""
_WORD = re.compile(r"[^\W_]+(?:\.\d+)?%?")
_WORD_BESIDE = re.compile(rf"(?:(?![{UNSPACED}])[^\W_])+(?:\.\d+)?%?|(?:(?=[{UNSPACED}])[^\W_])+")
_UNSPACED = re.compile(f"[{UNSPACED}]")

# The usual closed-class English words, and the words that questions to a library are made of.
STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before being below between both
    but by can cannot could did do does doing done down during each either else ever every few for from further get had
    has have having he her here hers him his how i if in into is it its itself just let like made make many may me might
    more most much must my near neither no nor not now of off on once one only or other our ours out over own per same
    shall she should since so some such than that the their theirs them then there these they this those through to too
    toward towards under until up upon us use used uses using very via was we well were what when where whether which
    while who whom whose why will with within without would yes yet you your
    anything authors claim describe described discuss explain find finds found give given know paper papers please
    propose proposed report reported say says show shows shown something study studies tell told work works""".split()
)

_CAPITALS = re.compile(r"(?<![\w-])[A-Z]{2,3}(?![\w-])")
_STRESSED = frozenset("all and any are but can do for has how no nor not now of on one or our out the to who why yes you".split())
"""Stop words in capitals that are stressed, and no acronyms."""


def words(text: str) -> list[str]:
    """The words of `text` in their search form, figures with their point and per cent sign."""
    folded = fold(text).replace("^", "")
    beside = not folded.isascii() and _UNSPACED.search(folded)
    return (_WORD_BESIDE if beside else _WORD).findall(folded)


def content_words(text: str) -> list[str]:
    """The words of `text` that are not stop words; those that it writes as acronyms in capitals: HE, IS."""
    return [word for word in words(text) if word not in STOP_WORDS] + capitals(text)


def capitals(text: str) -> list[str]:
    """The stop words that `text` writes as acronyms, where not all of it is in capitals."""
    found = [word for word in dict.fromkeys(_CAPITALS.findall(text)) if word.lower() in STOP_WORDS - _STRESSED]
    return [] if found and text.isupper() and " " in text.strip() else found


_QUIET = re.compile(r"[\s\-:;,.!?'\"()\[\]]+")


CONTRASTING = "while|whereas|but|although|though"
JOINING = f"and|or|{CONTRASTING}"
"""Words that join two clauses, as a part of a pattern."""
_NAME = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z0-9][a-z0-9]*[A-Z]|[A-Z][a-z]*[0-9])[A-Za-z0-9]*")


def names(text: str) -> list[str]:
    """The words of `text` that are written as names: more capitals than a first one, or capitals and figures."""
    return _NAME.findall(clean(View(text).text).replace("^", ""))


def numbers(name: str) -> tuple[str, ...]:
    """A name, and where it is an acronym the same in the other number: GPU and GPUs, which stemmers leave apart."""
    if name.isalpha() and name.isupper():
        return name, f"{name}s"
    return (name, name[:-1]) if name[-1:] == "s" and len(name) > 2 and name[:-1].isalpha() and name[:-1].isupper() else (name,)


def title_key(title: str) -> str:
    """The key of a title, equal for its spellings: case, accents, spaces and most punctuation are dropped; `+`, `*`, `^` stay."""
    return _QUIET.sub(" ", re.sub(r"(?<!\s)\s+([+*^#])", r"\1", fold(title).replace("-", " "))).strip()
