"""Names in a question."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant import text

_LETTER = rf"(?:(?![{text.UNSPACED}])\w)"
_SIGN = rf"(?:(?![{text.UNSPACED}])[\w+*^])"
_WORD = rf"(?:[A-Z]{_SIGN}*|{_LETTER}+[A-Z0-9]{_SIGN}*)(?:[-.]{_SIGN}+)*"
_NAMED = re.compile(
    rf"[\"“]([^\"”]{{2,80}})[\"”]|(?:(?<![\w-])|(?<=[{text.UNSPACED}]))({_WORD}(?:\s+(?:{_WORD}|\d\w*(?:\.\w+)*))*)"
)
_APART = r"(?: ?, ?(?:(?:and|or|&) )?| (?:and|or|&|vs\.?|versus) )(?:the )?"
_ROWED = rf"(?=[\w+*^.-]{{0,40}}[A-Za-z])(?>{_WORD}(?: {_WORD}){{0,8}})"
_ENUMERATED = re.compile(rf"(?<![\w-]){_ROWED}(?:{_APART}{_ROWED}){{2,}}(?![\w-])")
OPENERS = frozenset("compare contrast name list describe summarise summarize define ok okay thanks yes no".split())
"""Words that open a question with a capital and name nothing, beside the stop words."""
_SHORT = 4
"""A paper is asked for by the name before the colon of its title, if that name has at most this many words."""


def subjects(question: str) -> list[str]:
    """The subjects of a question, in order: quoted phrases, and runs of words with capitals."""
    found: list[str] = []
    acronyms = [[acronym] for acronym in text.capitals(question)]
    for quoted, written in _NAMED.findall(question):
        words = written.split()
        while words and words[0].lower() in text.STOP_WORDS | OPENERS and words not in acronyms:
            words.pop(0)
        if name := quoted or " ".join(words):
            found.append(name)
    return list(dict.fromkeys(found))


class Enumeration(NamedTuple):
    """Three or more names in a row in a question."""

    names: tuple[str, ...]
    """Each once, in order."""
    start: int
    end: int
    """Offsets of the row in the question."""


def enumeration(question: str) -> Enumeration | None:
    """Find the row of names in a question: "Lean, Coq and Isabelle".

    Returns:
        The longest row of three or more names outside of quotation marks; None where there is none.
    """
    rows: list[Enumeration] = []
    for match in _ENUMERATED.finditer(question):
        first, *others = re.split(_APART, match.group())
        opening = subjects(first)  # without "Compare"
        quoted = question.count('"', 0, match.start()) % 2 or question.rfind("“", 0, match.start()) > question.rfind("”")
        goes_on = re.match(_APART, question[match.end() :])  # with something that has no capital
        if opening and first.endswith(opening[-1]) and not quoted and not goes_on:
            names = tuple(dict.fromkeys((opening[-1], *others)))
            rows.append(Enumeration(names, match.start() + first.rfind(opening[-1]), match.end()))
    rows = [row for row in rows if len(row.names) > 2]
    return max(rows, key=lambda row: len(row.names), default=None)


_AUX = r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
_LIKE = re.compile(r"\w|-(?:like|style|type|based|inspired)")
_EXPLAIN = "(?:explain|define|describe|compare|tell me about)"
_SUBJECT = re.compile(
    rf"(?i)\b{_AUX} (?:(?:the|an?) (?:[\w-]+ )?)?$"
    rf"|^\W{{0,3}}(?:(?:what|who|how|why)(?:['’]s)? |(?:please )?{_EXPLAIN} )?(?:the )?$"
)
_OWNER = re.compile(r"['’]s?(?!\w)")
_LAST = re.compile(r"(?i)\b(?:of|by|with|on) (?:the )?$")
_ENDING = re.compile(r"\W{0,3}\Z")
_BESIDE = 120
"""A verb or a preposition before a name is looked for in so many characters: in all, a long row of names takes quadratic time."""


def around(question: str, name: str) -> list[tuple[str, str]]:
    """Find a name in a question, in either case.

    Fixed patterns can be matched against the text around a name: to compile a pattern for each name takes longer than to search.

    Returns:
        The text before and the text after each place.
    """
    return [(question[: at.start()], question[at.end() :]) for at in re.finditer(re.escape(name), question, re.IGNORECASE)]


def about(question: str, name: str) -> bool:
    """Decide whether a question is about a name, or only mentions the name beside its subject.

    A question is about the subject of a verb ("does NAME use"), an owner ("NAME's loss"), and a name at its beginning or end.
    "Coq-like systems" and "passages from Wikipedia" are about systems and passages.

    Returns:
        Whether `question` is about `name`.
    """
    return any(
        (_SUBJECT.search(question, max(0, at.start() - _BESIDE), at.start()) and not _LIKE.match(question, at.end()))
        or (_OWNER.match(question, at.end()) and not question[at.start() - 1 : at.start()].isalnum())
        or (_LAST.search(question, max(0, at.start() - _BESIDE), at.start()) and _ENDING.match(question, at.end()))
        for at in re.finditer(re.escape(name), question, re.IGNORECASE)
    )


_CAPITAL = re.compile(r"(?<=[^.?!:\s])\s+[\"'“‘(]*([A-Z][^\W_]+)")


def written_as_names(question: str) -> tuple[str, ...]:
    """The words of a question with inner capitals or figures (ClaPS, LeanDojo), each once."""
    return tuple(dict.fromkeys(text.names(question)))


def capitalised(question: str) -> tuple[str, ...]:
    """The capitalised words inside the sentences of a question."""
    return tuple(_CAPITAL.findall(text.clean(question)))


_NO_NAME = re.compile(
    r"\w+(?:self|selves)|(?:across|along|among|around|beyond|despite|inside|outside|past|versus|vs\.?)|.*[,;/?!'’\"“].*"
)
"""A word of a phrase or a sentence, beside the stop words: a pronoun, a preposition, a word with a sign, such as "Don't"."""


def called(title: str) -> str:
    """A paper as a question names it: by the name before the colon of its title, where that is short, else by the title."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and _is_name(name) else f'the paper "{title}"'


def _is_name(said: str) -> bool:
    """Whether the words before the colon of a title are a name: one, or a few capitalised ones that are no phrase or sentence."""
    words = said.removeprefix("The ").split()
    if len(words) < 2:
        return bool(words)
    plain = [word.lower() for word in words]
    return (
        len(said.split()) <= _SHORT
        and not any(word[0].islower() and not text.names(word) for word in words)
        and not any(word in text.STOP_WORDS or _NO_NAME.fullmatch(word) for word in plain)
        and not plain[0].endswith("ing")  # an action: "Taming LLMs"
    )
