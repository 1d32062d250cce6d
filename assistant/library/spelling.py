"""Questions in the spelling of the library: a typo mended, a name joined or taken apart as the papers write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from assistant import text
from assistant.library.lexical_index import Lexical

_LETTERS = 5
"""A shorter word is not corrected: it has too many neighbours and is mostly right."""
_NAME_LETTERS = 7
"""A shorter name is not corrected, because names differ by one letter more often than words do."""
_PART = 3
"""A name written as one word is split only into parts of at least this many letters."""
_POWERS = {"squared": "2", "cubed": "3"}
_WORD = re.compile(r"[^\W_]+")
_VERSION = re.compile(
    r"(?<![\w-])(?:(?<=[^.?!:\s] )[A-Z][\w-]* ){0,3}(?P<name>(?![vV]ersion )[^\W\d_][\w-]*?[^\W\d_])"
    r"(?:[ -][vV]| [vV]ersion |-|(?P<blank> )?)(?P<figure>\d{1,2}(?:\.\d+)?)(?!\w|[.,] ?\d|-[a-z]|\s*\\?%)"
    r"(?(blank)(?! (?!(?:is|was|has|does|as|vs)\b)\w+s\b| (?:percent|point|[mb]illion)\b))"
)
"""A word and a figure that may be its version, with capitalised words before it: "LeanDojo v2", "Balance Act 2", "Table 2"; but
what counts is none: "LoRA 2 times faster"."""


class Spelling(NamedTuple):
    """A question as it is searched for."""

    text: str
    changes: tuple[tuple[str, str], ...]
    """The word as written -> the word read in its place."""
    versions: tuple[tuple[str, str], ...]
    """Possible names with a version that the library holds in no spelling: the name alone, and the name with its version."""


def respell(question: str, lexical: Lexical, is_word: Callable[[str], bool]) -> Spelling:
    """Replace words of a question that the library does not hold by words that the library holds, where the match is plain.

    Tried in this order: two words that the library writes as one ("Lean Dojo"), one word that the library writes as two
    ("GoedelProver"), one wrong letter ("sciense"). Words with figures stay, because their neighbours mean other things; only
    the spelling of a version is adapted ("GPT4").

    Args:
        question: the question.
        lexical: the words of the library.
        is_word: recognizes a word of the language, which stays although the library does not hold the word ("flame" is no "frame").

    Returns:
        The question in the spelling of the library, and the changes.
    """
    matches = list(_WORD.finditer(question))
    folded = [text.fold(match.group()) for match in matches]
    unknown = [not _known(word, lexical) for word in folded]
    changes: list[tuple[int, int, str]] = []
    i = 0
    while i < len(matches):
        match = matches[i]
        following = matches[i + 1] if i + 1 < len(matches) and question[match.end() : matches[i + 1].start()] == " " else None
        if following and _may_join(folded[i], folded[i + 1], unknown[i] or unknown[i + 1]):
            joined = match.group() + _POWERS.get(following.group().lower(), following.group())
            if lexical.knows(text.fold(joined)):
                changes.append((match.start(), following.end(), joined))
                i += 2
                continue
        word = match.group()
        if unknown[i] and not is_word(word):
            name = bool(text.names(word)) or (match.start() > 0 and word[0].isupper())
            if better := _mended(word, _NAME_LETTERS if name else _LETTERS, lexical):
                changes.append((match.start(), match.end(), better))
        i += 1
    spelled = _changed(question, changes)
    versions = [match for match in _VERSION.finditer(spelled) if text.fold(match["name"]) not in text.STOP_WORDS]
    forms = [_version(match, lexical) for match in versions]
    respelled = [(match.start("name"), match.end(), form) for match, form in zip(versions, forms, strict=True) if form]
    pairs = [(question[start:end], better) for start, end, better in changes]
    pairs += [(spelled[start:end], better) for start, end, better in respelled if spelled[start:end] != better]
    unheld = dict.fromkeys((match["name"], match.group()) for match, form in zip(versions, forms, strict=True) if not form)
    return Spelling(_changed(spelled, respelled), tuple(pairs), tuple(unheld))


def _changed(question: str, changes: Sequence[tuple[int, int, str]]) -> str:
    for start, end, better in reversed(changes):
        question = question[:start] + better + question[end:]
    return question


def _version(match: re.Match[str], lexical: Lexical) -> str | None:
    """A name with its version as the library writes it: as it stands, or else apart or joined, with or without a v or a .0."""
    figure = match["figure"].removesuffix(".0")
    marks = [f"{mark}{each}" for each in (match["figure"], figure, f"{figure}.0") for mark in (" ", "", " v")]
    forms = [match.string[match.start("name") : match.end()], *(match["name"] + mark for mark in marks)]
    return next((form for form in forms if lexical.containing(form)), None)


def _may_join(word: str, following: str, unknown: bool) -> bool:
    """Both are words of content ("in stance" is no "instance"), and one is unknown by itself or a power."""
    return (unknown or following in _POWERS) and not {word, following} & text.STOP_WORDS


def _known(folded: str, lexical: Lexical) -> bool:
    return folded in text.STOP_WORDS or lexical.knows(folded) or lexical.holds(folded)


def _mended(word: str, shortest: int, lexical: Lexical) -> str | None:
    folded = text.fold(word)
    if not folded.isalpha():
        return None
    for cut in range(_PART, len(folded) - _PART + 1):
        apart = f"{word[:cut]} {word[cut:]}"
        if lexical.knows(folded[:cut]) and lexical.knows(folded[cut:]) and lexical.containing(apart):
            return apart
    near = [other for other in lexical.neighbours(folded) if other.isalpha()] if len(folded) >= shortest else []
    # a letter left out, doubled or swapped is a likelier slip than a wrong one
    return min(near, key=lambda other: len(other) == len(folded) and sorted(other) != sorted(folded), default=None)
