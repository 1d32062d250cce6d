"""The noun or the unit that stands before its number: "the number of images is 31", "Images per second: 31"."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.text.numerals import BREAKS, noun_behind
from assistant.text.stems import stem
from assistant.text.units import CURRENCIES, UNITS

_FAR = 160
"""The noun is searched in this many characters before its number."""
_HEDGES = (
    r"about|around|roughly|approximately|nearly|almost|only|just|exactly|precisely|some|over|under|now|also|still|therefore|merely"
    r"|(?:more|less|fewer)\sthan|at\s(?:least|most)|up\sto|as\smany\sas|close\sto|a\stotal\sof|[~≈<>≤≥]"
)
_LEADS = re.compile(
    r"(?i)(?:\s?(?:[:=|?→…(]|\.{3,9})|\s[–—-]|\s(?:is|are|was|were|be|equal(?:s|l?ed)?|total(?:s|l?ed|l?ing)?|number(?:s|ed|ing)?"
    r"|reach(?:es|ed)?|(?:amount|add|sum|r[au]n)(?:s|ed|med|ing)?(?:\sup)?\sto|c[oa]mes?\sto|st(?:and|ands|ood)\sat)|(?<=\bcount)\sof"
    rf"|,?\sthere\s(?:is|are|was|were))[*_]{{0,3}}\s?(?:(?:{_HEDGES})\s?){{0,3}}[\s*_`\"'“$€£¥-]{{0,4}}$"
)
"""What leads from a noun to its number."""
_EDGE = re.compile(
    r"[.;:!?|,]\s|\(|(?:^|\s)[–—•*+-]\s|\s(?:and|but|while|whereas)\s(?=(?:the|its|their|an?)\s)|\b(?i:how\smany)(?=\s)"
)
_MARKS = re.compile(r"[*_`#>]+")
_ASIDE = re.compile(r"\s?\([^()]{0,60}\)$")
_ARTICLE = re.compile(r"(?i)^\s*(?:of\s)?(?:(?:all\s)?(?:the|its|their|our|these|those)\s)?")
_NUMBER_OF = re.compile(r"(?i)\b(?:numbers?|counts?|total|amount|quantity|tally|sum)\sof(?=\s)")
_STATED = re.compile(r"(?i)\bnumber\sof(?=\s)[^\d,;:.()]*$")
"""A number at the end of a clause about "the number of", whatever its verb is."""
_LISTED = re.compile(r"(?:,|,?\s(?:and|or|vs\.?|versus))\s\d")
_IS_NUMBER = re.compile(r"(?i)\s(?:is|are|was|were)\s(?:(?:the|its|their)\s)?(?:total\s|overall\s)?(?:number|count)\sof(?=\s)")
_COUNT = re.compile(r"(?i)\b([a-z][\w-]{1,40})\s(?:counts?|tally)\b")
_MEASURED = frozenset(
    map(
        stem,
        """scores accuracies rates values errors losses results ratios levels means averages medians ages temperatures
        prices costs sizes lengths widths heights depths weights percentages probabilities correlations precisions
        recalls gains measures metrics indices speeds times durations frequencies distances grades marks ratings
        thresholds coefficients factors ranks places concentrations figures numbers totals counts increases decreases
        improvements reductions differences""".split(),
    )
)
"""Stems of what has a value: its number counts nothing."""
_IN_UNIT = re.compile(r"(?:\bin\s|\()([^\W\d_]{1,20}|%)\)?$")
_ABOUT = re.compile(r"(?i)(?:^|[.;]\s)(?:as\s(?:for|to)|regarding|concerning|in\sterms\sof|with\s(?:regard|respect)\sto)(?=\s)")
_TOTAL = re.compile(r"\s(?:of\sthem\b|in\s(?:total|all|number)\b|altogether\b)")


class Led(NamedTuple):
    """What a number counts or measures by the words before it."""

    noun: str
    """In lower case; a unit or a currency may be its last word."""
    rest: str
    """What stands between the noun and the number."""


def noun_before(text: str, start: int, end: int) -> Led | None:
    """What the number at `start` to `end` counts or measures, where a noun before it says so.

    The noun leads to its number by a sign ("Images: 31"), by a verb ("the images amount to 31"), or as what the sentence is about
    ("As for the images, there are 31").

    Returns:
        The noun; None where no noun before the number is counted by it.
    """
    if told := _IS_NUMBER.match(text, end):
        return _counted(text[told.end() : told.end() + _FAR])
    before = text[max(0, start - _FAR) : start]
    if _LISTED.match(text, end):
        return None  # "the groups are 31 and 20"
    if told := _STATED.search(before):
        return None if len(_NUMBER_OF.findall(told.group())) > 1 else _counted(told.group())
    if lead := _LEADS.search(before):
        subject = before[: lead.start()]
    elif before.endswith(", ") and _TOTAL.match(text, end):
        return _counted(before[:-2].rpartition(" ")[2]) or _topic(before)
    else:
        return _topic(before)
    subject = _MARKS.sub("", subject).strip()
    unit = _IN_UNIT.search(subject)
    if unit and (unit[1] in UNITS or unit[1] in CURRENCIES):
        return Led(unit[1], "")
    subject = _ASIDE.sub("", subject)
    edge = max((match.end() for match in _EDGE.finditer(subject)), default=0)
    return _counted(subject[edge:]) or _counted(subject.rpartition(" ")[2]) or _topic(before)


def _counted(subject: str) -> Led | None:
    """The noun that a subject counts: the plural behind "number of", the word before "count", else its first plural."""
    numbers = list(_NUMBER_OF.finditer(subject))
    if not numbers and (counts := _COUNT.search(subject)):
        word = counts[1].lower()
        return None if word in BREAKS else Led(word, subject[counts.end() :])
    told = subject[numbers[-1].end() :] if numbers else f" {_ARTICLE.sub('', subject)}"
    noun = noun_behind(told, 0, plural=True)
    last = noun.split()[-1] if noun else ""
    if not noun or stem(last) in _MEASURED:
        return None
    return Led(noun, told[told.lower().find(last) + len(last) :])


def _topic(before: str) -> Led | None:
    """The noun that a lead says the sentence is about: "In terms of images, it has"."""
    lead = next(reversed([*_ABOUT.finditer(before)]), None)
    if lead is None or any(map(str.isdigit, before[lead.end() :])):
        return None
    told, comma, _ = before[lead.end() :].partition(",")
    return _counted(told) if comma else None
