r"""Citations in a draft: `\cite{key}` and its kin, `[@key]`, `[3]`, "Duarte et al. (2029)", each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant import text
from assistant.check import masks, raised
from assistant.check.values import Syntax
from assistant.verify.clauses import AUXILIARIES

_TEX = re.compile(
    r"~?\\(?P<command>[A-Za-z]{0,20}[Cc]ite[A-Za-z]{0,20})\*?(?:\s?\[[^\[\]]{0,200}\]){0,2}\s?\{(?P<keys>[^{}]{0,2000})\}"
)
_NO_CITATION = frozenset("nocite citestyle citesetup bibcite defcitealias citereset".split())
_TEX_SUBJECT = re.compile(r"(?i)citet|citealt|textcite|citeauthor|newcite|namecite|citeasnoun|shortciteN")
"""Commands that print the authors, who are part of the sentence."""
_BRACKETS = re.compile(r"\[[^\[\]]{1,1000}\]")
_PANDOC_KEY = re.compile(r"(?<![\w@.])-?@\{?([\w][\w:.#$%&+?<>~/-]{0,200})")
_PANDOC_SUBJECT = re.compile(r"(?<![\w@./\\-])@([^\W\d][\w:.#$%&+?<>~/-]{0,200})")
_TRAILING = ":.#$%&+?<>~/-"
_NUMBERS = re.compile(r"\[\s?(?!0\d*\s?[,;])(\d{1,3}(?:\s?[,;\u2013-]\s?\d{1,3}){0,30})\s?\]")
_RANGE = re.compile(r"(\d{1,3})\s?[\u2013-]\s?(\d{1,3})|(\d{1,3})")
_WIDEST = 20
"""A range of more numbers than that is no citation."""
_NAME = (
    r"(?:(?:de|da|di|del|van|von|der|den|la|le|ten|ter|dos|al|el|bin)\s){0,3}(?:De\s|La\s|Le\s|Van\s|Von\s)?"
    r"[^\W\d_a-z][\w'\u2019-]{1,40}"
)
_PEOPLE = rf"{_NAME}(?:(?:,\s{_NAME}){{0,5}},?\s(?:and|&|\\&)\s{_NAME}|,?\set\sal\.?)?"
_SUBJECT = re.compile(
    rf"(?<![\w-])(?P<people>{_PEOPLE})(?:['\u2019]s)?\s(?P<open>[(\[])(?P<year>(?:1[89]|20)\d\d)(?P<letter>[a-z])?(?:,\s[^()\[\]]{{0,40}})?[)\]]"
)
_ASIDE = re.compile(r"\([^()]{4,400}\)")
_PART = re.compile(
    rf"\s*(?:(?:see|cf\.?|e\.g\.|i\.e\.|also|for example|for instance|and|as in|in),?\s){{0,4}}"
    rf"(?P<people>{_PEOPLE}),?\s\(?(?P<year>(?:1[89]|20)\d\d)(?P<letter>[a-z])?(?P<more>(?:,\s(?:(?:1[89]|20)\d\d)?[a-z]?){{0,5}})\)?"
    r"(?:,\s(?:p{1,2}\.|chap\.|sec\.|ch\.)[^;]{0,40})?\s*"
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_LOCATOR = re.compile(r"\s?\[[^\[\]@]{1,100}\](?!\()")
_BEFORE = re.compile(rf"(?<![\w-]){_NAME}(?:[\s~](?:and|&)[\s~]{_NAME}|,?[\s~]et[\s~]al\.?)(?:\\?[\s~]){{0,3}}$")
"""The authors in front of their mark: "Duarte et al. [3]"."""
_LOOKED_BACK = 90
_NOT_PEOPLE = frozenset(
    "january february march april may june july august september october november december spring summer autumn fall winter since "
    "in figure table section version".split()
)
_NAME_WORDS = 3
"""Content words of a heading that only names something, at most."""
_SEVERAL = re.compile(r"\bet\s+al|\band\b|&")


@dataclass(frozen=True)
class Mark:
    """A mark with one or several citations."""

    start: int
    end: int
    keys: tuple[str, ...]
    subject: bool = False
    """The authors, or the mark itself, are part of the sentence."""
    people: tuple[tuple[str, str], ...] = ()
    """Of author and year: the surname of the first author, and the year, for each of `keys`."""
    surely: bool = True
    """A citation even where it means no entry; "In Lean (2021)" and a bare `@name` are one only where they do."""
    numbered: bool = False


def marks(masked: str, syntax: Syntax, holds: Callable[[Mark], bool]) -> list[Mark]:
    """Find the citations of a masked draft.

    Args:
        masked: the draft, what is no prose blanked.
        syntax: how it is written.
        holds: whether the references, or the library, have what a mark means; asked of those that may be no citation.

    Returns:
        The marks in order, none within another.
    """
    found = [*_tex(masked), *_numbers(masked, raised.NUMBERS)]
    if syntax != "latex":
        found += [*_numbers(masked, _NUMBERS)]
    if syntax == "markdown":
        found += [*_pandoc(masked)]
    found = [_with_authors(masked, mark) for mark in found]
    found += [*_asides(masked), *_subjects(masked)]
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda one: (one.start, -one.end)):
        if len(masks.blocks(masked[mark.start : mark.end])) > 1:  # a bracket that something in another paragraph closes
            continue
        if (not kept or mark.start >= kept[-1].end) and (mark.surely or holds(mark)):
            kept.append(mark)
    return kept


def states(heading: str, syntax: Syntax, *, run_in: bool = False) -> bool:
    """Whether a heading is to be proved: it says something by a verb, a figure or more words than a name has.

    Args:
        heading: the heading.
        syntax: how it is written.
        run_in: it stands in the line of its paragraph, and needs no citation where it is a sentence.

    Returns:
        True for what says something and cites.
    """
    found = marks(heading, syntax, lambda mark: False)
    said = masks.without(heading, [(mark.start, mark.end) for mark in found])
    words = said.lower().split()
    telling = any(map(str.isdigit, said)) or not AUXILIARIES.isdisjoint(words) or len(text.content_words(said)) > _NAME_WORDS
    return telling and (bool(found) or (run_in and said.rstrip().endswith(".")))


def _with_authors(masked: str, mark: Mark) -> Mark:
    """A mark with the authors in front of it, who are part of the sentence."""
    first = max(0, mark.start - _LOOKED_BACK)
    before = _BEFORE.search(masked[first : mark.start])
    return replace(mark, start=first + before.start(), subject=True) if before else mark


def _tex(masked: str) -> Iterator[Mark]:
    for match in _TEX.finditer(masked):
        keys = tuple(filter(None, (" ".join(key.split()) for key in match["keys"].split(","))))
        if keys and match["command"] not in _NO_CITATION:
            yield Mark(*match.span(), keys, subject=bool(_TEX_SUBJECT.search(match["command"])))


def _pandoc(masked: str) -> Iterator[Mark]:
    for match in _BRACKETS.finditer(masked):
        if keys := tuple(one[1].rstrip(_TRAILING) for one in _PANDOC_KEY.finditer(match.group())):
            yield Mark(*match.span(), keys)
    for match in _PANDOC_SUBJECT.finditer(masked):
        key = match[1].rstrip(_TRAILING)
        end = match.start() + 1 + len(key)
        locator = _LOCATOR.match(masked, end)
        yield Mark(match.start(), locator.end() if locator else end, (key,), subject=True, surely=False)


def _numbers(masked: str, pattern: re.Pattern[str]) -> Iterator[Mark]:
    for match in pattern.finditer(masked):
        keys = list[str]()
        for one in _RANGE.finditer(match[1]):
            first, last = (int(one[1]), int(one[2])) if one[1] else (int(one[3]), int(one[3]))
            keys += map(str, range(first, min(last, first + _WIDEST) + 1))
        if keys:
            yield Mark(*match.span(), tuple(dict.fromkeys(keys)), numbered=True)


def _asides(masked: str) -> Iterator[Mark]:
    """Authors and years between brackets."""
    for pattern in (_ASIDE, _BRACKETS):
        for match in pattern.finditer(masked):
            if not _YEAR.search(match.group()):
                continue
            parts = [_PART.fullmatch(part) for part in match.group()[1:-1].split(";")]
            people = [one for part in parts if part for one in _years(part)]
            if people:
                keys = tuple(_key(*one) for one in people)
                yield Mark(*match.span(), keys, people=tuple((_surname(who), year) for who, year, _ in people))


def _years(part: re.Match[str]) -> Iterator[tuple[str, str, str]]:
    if part["people"].casefold() in _NOT_PEOPLE:
        return
    yield part["people"], part["year"], part["letter"] or ""
    for year in _YEAR.findall(part["more"] or ""):
        yield part["people"], year, ""


def _subjects(masked: str) -> Iterator[Mark]:
    for match in _SUBJECT.finditer(masked):
        who = match["people"]
        if who.casefold() not in _NOT_PEOPLE:
            yield Mark(
                *match.span(),
                (_key(who, match["year"], match["letter"] or ""),),
                subject=True,
                people=((_surname(who), match["year"]),),
                surely=bool(_SEVERAL.search(who)),
            )


def _key(who: str, year: str, letter: str) -> str:
    return f"{' '.join(who.split())} {year}{letter}"


def _surname(who: str) -> str:
    """The surname of the first of several people."""
    return " ".join(re.split(r",|\s(?:and|&|\\&|et)\s", who, maxsplit=1)[0].split())


def filled(masked: str, found: list[Mark]) -> str:
    """A masked draft for the search of its sentences: marks blanked, a word in place of those that are part of the sentence."""
    parts: list[str] = []
    at = 0
    for mark in found:
        parts += [masked[at : mark.start], _filling(masked, mark)]
        at = mark.end
    return "".join([*parts, masked[at:]])


def _filling(masked: str, mark: Mark) -> str:
    sign = "X" if is_subject(masked, mark) else "\N{NO-BREAK SPACE}"
    return "".join("\n" if char == "\n" else sign for char in masked[mark.start : mark.end])


def is_subject(masked: str, mark: Mark) -> bool:
    """Whether a mark is part of its sentence: it says so, or begins the sentence and a small letter follows."""
    if mark.subject:
        return True
    before = masked[max(0, mark.start - 20) : mark.start].rstrip()
    after = masked[mark.end : mark.end + 20].lstrip()
    begins = not before or before[-1] in ".!?" or "\n\n" in masked[max(0, mark.start - 20) : mark.start]
    return begins and after[:1].islower()


def within(found: list[Mark], spans: list[tuple[int, int]]) -> list[tuple[tuple[int, int], list[Mark]]]:
    """Give each mark to its sentence: the one that it stands in, else the one before it in its paragraph, else the next one.

    Args:
        found: the marks, in order.
        spans: the sentences of a paragraph, in order.

    Returns:
        The sentences, as far as their marks reach, with their marks.
    """
    reach = [list(span) for span in spans]
    own: list[list[Mark]] = [[] for _ in spans]
    starts = [span[0] for span in spans]
    place = 0
    for mark in found:
        while place + 1 < len(starts) and starts[place + 1] <= mark.start:
            place += 1
        own[place].append(mark)
        reach[place][0] = min(reach[place][0], mark.start)
        reach[place][1] = max(reach[place][1], mark.end)
    for one, other in pairwise(range(len(reach))):
        reach[one][1] = min(reach[one][1], reach[other][0])
    return [((start, end), marks) for (start, end), marks in zip(reach, own, strict=True)]
