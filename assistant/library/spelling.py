"""Questions in the spelling of the library: a typo mended, a name joined or taken apart as the papers write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from assistant import text
from assistant.library.lexical_index import Lexical
from assistant.library.metadata import Card, Records

_LETTERS = 5
"""A shorter word is not corrected: it has too many neighbours and is mostly right."""
_NAME_LETTERS = 7
"""A shorter name is not corrected, because names differ by one letter more often than words do."""
_PART = 3
"""A name written as one word is split only into parts of at least this many letters."""
_POWERS = {"squared": "2", "cubed": "3"}
_WORD = re.compile(r"[^\W_]+")
_BRITISH = re.compile(r"(?i)summaris(?:e[sd]?|ing)")
"""A wish in British spelling, which is no slip of "summaries"."""
_VERSION = re.compile(
    r"(?<![\w-])(?:(?<=[^.?!:\s] )[A-Z][\w-]* ){0,3}(?P<name>(?![vV]ersion )[^\W\d_][\w-]*?[^\W\d_])"
    r"(?:[ -][vV]| [vV]ersion |-|(?P<blank> )?)(?P<figure>\d{1,2}(?:\.\d+)?)(?!\w|[.,] ?\d|-[a-z]|\s*\\?%)"
    r"(?(blank)(?! (?!(?:is|was|has|does|as|vs)\b)\w+s\b| (?:percent|point|[mb]illion)\b))"
)
"""A word and a figure that may be its version, with capitalised words before it: "LeanDojo v2", "Balance Act 2", "Table 2"; but
what counts is none: "LoRA 2 times faster"."""


_ALONE = 6
"""A single word is taken for a slip of the name before the colon of a title if it has at least this many letters."""
_LONG = 3
"""Words of a title with fewer letters do not count as a match of a slip."""


class Slip(NamedTuple):
    """A question with mistyped words of a title."""

    text: str
    """The question with the words as the title writes them."""
    meant: tuple[Card, ...]
    """The papers with such a title."""


class _Run(NamedTuple):
    """Words of a question in a row that are words of a title in a row, slips among them."""

    content: int
    """The number of words that count as a match."""
    start: int
    words: tuple[str, ...]
    """The words of the title."""


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
        if unknown[i] and not is_word(word) and not _BRITISH.fullmatch(word):
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


def slip(question: str, records: Records, lexical: Lexical, is_word: Callable[[str], bool]) -> Slip | None:
    """Find the title that words of a question mean where some of them are mistyped: "Polciy Clif" is "Policy Cliff".

    A word that the library does not hold stands for a word of a title at an edit distance of one, if a neighbour of the word is
    the neighbour in the title too, or if the word is long and alone is the name before the colon. One of the slips is no word of
    the language. Words with figures stay.

    Args:
        question: the question.
        records: the records with the titles.
        lexical: the words of the library.
        is_word: recognizes a word of the language.

    Returns:
        The question in the words of the title; None where there is no slip, or where several titles are as near.
    """
    matches = list(_WORD.finditer(question))
    folded = [text.fold(match.group()) for match in matches]
    odd = [at for at, word in enumerate(folded) if word.isalpha() and len(word) > _LONG and not _known(word, lexical)]
    odd = odd[:_MOST_SLIPS]
    if all(is_word(matches[at].group()) for at in odd):
        return None
    near = {at: lexical.neighbours(folded[at]) for at in odd}
    runs: dict[_Run, list[Card]] = {}
    for at in odd:
        for other in near[at]:
            for card in records.titled(other):
                run = _run(folded, near, at, text.words(card.title), other)
                if _holds(run, odd, matches, is_word, card):
                    runs.setdefault(run, []).append(card)
    most = max((run.content for run in runs), default=0)
    best = [run for run in runs if run.content == most]
    if len({run.words for run in best}) != 1:
        return None
    run, meant = best[0], {card.id: card for each in best for card in runs[each]}
    written = {text.fold(word): word for word in _WORD.findall(next(iter(meant.values())).title)}
    changes: list[tuple[int, int, str]] = []
    for at, match in enumerate(matches):
        inside = run.start <= at < run.start + len(run.words)
        said = run.words[at - run.start] if inside else None if _known(folded[at], lexical) else _function_word(folded[at])
        if said and said != folded[at]:
            changes.append((*match.span(), _cased(match.group(), written.get(said, said) if inside else said)))
    return Slip(_changed(question, changes), tuple(meant.values()))


_MOST_SLIPS = 6
"""At most this many words of a question are looked up as slips."""


def _run(folded: Sequence[str], near: Mapping[int, Sequence[str]], at: int, title: Sequence[str], other: str) -> _Run:
    """The longest run of words of a question around the place `at` that a title holds, with `other` at this place."""
    best = _Run(0, at, ())
    for place in (place for place, word in enumerate(title) if word == other):
        start, first, end, last = at, place, at + 1, place + 1
        while min(start, first) > 0 and _same(folded, near, start - 1, title[first - 1]):
            start, first = start - 1, first - 1
        while end < len(folded) and last < len(title) and _same(folded, near, end, title[last]):
            end, last = end + 1, last + 1
        words = tuple(title[first:last])
        content = sum(len(word) >= _LONG and word not in text.STOP_WORDS for word in words)
        best = max(best, _Run(content, start, words), key=lambda run: run.content)
    return best


def _same(folded: Sequence[str], near: Mapping[int, Sequence[str]], at: int, word: str) -> bool:
    return folded[at] == word or word in near.get(at, ())


def _holds(run: _Run, odd: Sequence[int], matches: Sequence[re.Match[str]], is_word: Callable[[str], bool], card: Card) -> bool:
    """Whether a run is enough to take its words for slips of those of the title."""
    inside = [at for at in odd if run.start <= at < run.start + len(run.words)]
    if not any(not is_word(matches[at].group()) for at in inside):
        return False
    alone = len(run.words[0]) >= _ALONE and tuple(text.words(card.title.partition(":")[0])) == run.words if run.words else False
    return run.content > 1 or alone


def _function_word(word: str) -> str | None:
    """The only function word that two swapped letters make of a word: "teh" is "the"."""
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    found = swapped & text.STOP_WORDS
    return found.pop() if len(found) == 1 else None


def _cased(written: str, word: str) -> str:
    """A word with a capital where the user wrote one; a name with inner capitals as the title writes it."""
    return word if not word[1:].islower() else word.capitalize() if written[:1].isupper() else word.lower()


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
