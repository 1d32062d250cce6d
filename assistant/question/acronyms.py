"""Acronyms and what papers say they stand for: "Conditional Operator Discrepancy (COD)"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.text import STOP_WORDS
from assistant.text.terms import row, terms
from assistant.text.view import View

_QUESTION = re.compile(
    r"\W*(?:what(?:'s|\s+(?:is|are|does|do))?\s+)?(?:the\s+)?(?:(?:acronym|abbreviation)\s+)?([a-z]{2,8})"
    r"(?:\s+(?:stands?|short)\s+for|\s+means?)?\W*",
    re.IGNORECASE,
)
_MEANING = re.compile(r"\b(?:acronyms?|abbreviations?|stands? for|short for|meanings? of)\b", re.IGNORECASE)
_CAPITALS = re.compile(r"\b[A-Z]{2,8}\b")
_ACRONYM = re.compile(r"(?=\w*[A-Z]\w*[A-Z])[A-Za-z]{2,8}")
_BRACKETED = re.compile(r"[(\[]((?=\w{0,7}[A-Z]\w{0,7}[A-Z])[A-Za-z]{2,8}?)s?[)\],;]")
_BEFORE = 500
"""The long form of an acronym is searched in this many characters before the acronym: at most sixteen words."""
_MOST = 100
"""At most this many long forms of an acronym are compared with each other."""


def asked(question: str) -> str | None:
    """The acronym whose meaning is asked for: "What is COD?", "COD", "What does the acronym COD stand for in each paper?"."""
    match = _QUESTION.fullmatch(question)
    if match and match.group(1) not in STOP_WORDS:
        return match.group(1)
    written = set(_CAPITALS.findall(question))
    return written.pop() if len(written) == 1 and _MEANING.search(question) else None


def meaning_asked(question: str) -> bool:
    """No more is asked than what letters stand for."""
    return bool(_MEANING.search(question))


def meanings(acronym: str, texts: Sequence[str]) -> dict[str, list[int]]:
    """Find the long forms of an acronym; a definition is the acronym in brackets behind its long form.

    Long forms are one where all stems of one are stems of the other.

    Args:
        acronym: the acronym.
        texts: the texts with definitions.

    Returns:
        The places in `texts` of the texts that define each long form, by the long form as first written.
    """
    return _meanings(acronym, [View(text).text for text in texts])


def _meanings(acronym: str, texts: Sequence[str]) -> dict[str, list[int]]:
    """The long forms of an acronym in texts that are readable views."""
    defined = definition(acronym)
    written: dict[frozenset[str], str] = {}
    found: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        for match in defined.finditer(text):
            if len(written) > _MOST:
                return found
            if long := _long_form(acronym.lower(), text[max(0, match.start() - _BEFORE) : match.start()].rstrip()):
                stems = frozenset(terms(long))
                same = next((other for key, other in written.items() if key <= stems or stems <= key), None)
                own = found.setdefault(same or written.setdefault(stems, long), [])
                if number not in own:
                    own.append(number)
    return found


def other_forms(term: str, texts: Sequence[str]) -> list[str]:
    """The long forms of `term`, an acronym, or the acronym of `term`, as `texts` define them: "theory of mind" and "ToM"."""
    if _ACRONYM.fullmatch(term):
        return [long for long in meanings(term, texts) if _initials(long) == term.lower().removesuffix("s")]
    stems = row(term)
    if len(stems) < 2:
        return []
    # a long form begins with the first letter of its acronym
    acronyms = dict.fromkeys(match for text in texts for match in _BRACKETED.findall(text) if match[0].lower() == stems[0][0])
    views = [View(text).text for text in texts] if acronyms else []
    return [acronym for acronym in acronyms if any(row(long) == stems for long in _meanings(acronym, views))]


def _initials(long: str) -> str:
    """The first letters of the words of a long form: of letters inside words the shortest long form may take some."""
    return "".join(word[0].lower() for word in re.split(r"[\s-]+", long) if word)


def definition(acronym: str) -> re.Pattern[str]:
    """Matches the acronym in brackets, in any case but where it is a word of the language too: "(is" defines nothing."""
    case = re.NOFLAG if acronym.lower() in STOP_WORDS else re.IGNORECASE
    return re.compile(rf"[(\[]\s*{re.escape(acronym)}s?\b", case)


def _long_form(acronym: str, before: str) -> str | None:
    """Find the shortest end of `before` with the letters of the acronym in order, the first letter at the beginning of a word.

    The algorithm and its limit on the number of words are those of Schwartz and Hearst (2003).

    Returns:
        The long form; None where there is none.
    """
    at = len(before)
    for place in reversed(range(len(acronym))):
        at -= 1
        while at >= 0 and (before[at].lower() != acronym[place] or (place == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    long = before[at:]
    return long if len(long.split()) <= min(len(acronym) + 5, 2 * len(acronym)) else None
