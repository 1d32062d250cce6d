"""Names in a question."""

from __future__ import annotations

import re

from assistant import text

_WORD = r"(?:[A-Z][\w+*^]*|\w+[A-Z0-9][\w+*^]*)(?:[-.][\w+*^]+)*"
_NAMED = re.compile(rf"[\"“]([^\"”]{{2,80}})[\"”]|(?<![\w-])({_WORD}(?:\s+(?:{_WORD}|\d\w*(?:\.\w+)*))*)")
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


_AUX = r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
_LIKE = r"(?![\w]|-(?:like|style|type|based|inspired))"
_EXPLAIN = "(?:explain|define|describe|compare|tell me about)"


def about(question: str, name: str) -> bool:
    """Decide whether a question is about a name, or only mentions the name beside its subject.

    A question is about the subject of a verb ("does NAME use"), an owner ("NAME's loss"), and a name at its beginning or end.
    "Coq-like systems" and "passages from Wikipedia" are about systems and passages.

    Returns:
        Whether `question` is about `name`.
    """
    written = re.escape(name)
    return any(
        re.search(pattern, question)
        for pattern in (
            rf"(?i)\b{_AUX} (?:(?:the|an?) (?:[\w-]+ )?)?{written}{_LIKE}",
            rf"(?<!\w){written}['’]s?(?!\w)",
            rf"(?i)\b(?:of|by|with|on) (?:the )?{written}\W{{0,3}}$",
            rf"(?i)^\W{{0,3}}(?:(?:what|who|how|why)(?:['’]s)? |(?:please )?{_EXPLAIN} )?(?:the )?{written}{_LIKE}",
        )
    )


_CAPITAL = re.compile(r"(?<=[^.?!:\s])\s+[\"'“‘(]*([A-Z][^\W_]+)")


def written_as_names(question: str) -> tuple[str, ...]:
    """The words of a question with inner capitals or figures (ClaPS, LeanDojo), each once."""
    return tuple(dict.fromkeys(text.names(question)))


def capitalised(question: str) -> tuple[str, ...]:
    """The capitalised words inside the sentences of a question."""
    return tuple(_CAPITAL.findall(text.clean(question)))


def called(title: str) -> str:
    """A paper as a question names it: by the name before the colon of its title, where that is short, else by the title."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name.split()) <= _SHORT else f'the paper "{title}"'
