"""How a question wants to be answered: how many things, how long, in which language, for whom.

The reading goes by grammar, not by what is counted: a number behind a request ("give me 3 ...", "which three ...") says how many
things to name, a number before a unit of text says how long the answer may be, and what follows "I have", "my" or "as if I were"
tells about the reader. None of these is a statement about a paper, and none has to be found in one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant import text
from assistant.text.units import SMALL

_N = rf"(?P<n>\d{{1,4}}|{'|'.join(word for word, value in SMALL.items() if 0 < value <= 20)})"
_GIVE = r"(?:give|list|name|tell|show|write|provide|state|find|suggest|quote|mention|cite|share|present|send|offer)"
_NUMBERED = re.compile(rf"(?i){_N}")
"""Something that every match of `_LENGTHS` and `_COUNTS` needs; most questions have none."""
_REQUEST = (
    rf"(?:(?:please|can you|could you|would you) ){{0,3}}{_GIVE}(?: (?:me|us|out|up))?"
    r"|i(?:['’]d| would)? (?:need|want|like)(?! one\b)"
)
_UNIT = r"(?P<unit>sentence|word|paragraph|bullet(?:[ -]point)?|tweet|character)"
_OTHER_UNIT = r"(?P<unit>line|point|step|second|minute)"
"""Units of which a paper may say something too: "decodes in 2 steps"; they count where an explanation is asked for."""
_EXPLAIN = r"(?i)^(?!.{0,500}\b(?:does|do|did|is|are|was|were|can|which|who|why)\b)"
_MOST = (
    r"(?:(?:at most|no more than|up to|max(?:imum|\.)?(?: of)?|about|around|roughly|under|fewer than|less than|exactly|just|only)"
    r" )?"
)
_BRIEF = r"(?:(?:short|brief|simple|plain|single|concise|crisp|easy) ){0,3}"
_IN = r",? ?\b(?:in|as|into) (?:a )?"
_ENOUGH = r"(?: (?:or (?:less|fewer)|at most|each|max(?:imum)?|only|please))?(?![\w-])"
_LANGUAGE = (
    r"(?:english|german|deutsch|french|français|spanish|español|italian|italiano|portuguese|dutch|polish|russian"
    r"|chinese|japanese|korean|arabic|hindi|turkish|swedish|greek|ukrainian|czech|latin)"
)
_LENGTHS = [
    re.compile(pattern)
    for pattern in (
        rf"(?i)(?P<cut>{_IN}{_MOST}{_N}[ -]{_BRIEF}{_UNIT}s?{_ENOUGH}[,:]?)",
        rf"{_EXPLAIN}.{{0,300}}?(?P<cut>{_IN}{_MOST}{_N}[ -]{_BRIEF}{_OTHER_UNIT}s?{_ENOUGH}[,:]?)",
        rf"(?i)(?P<cut>\b(?:an? )?{_N}-{_UNIT}s?"
        r"(?= (?:summary|version|answer|overview|explanation|description|abstract|gist|pitch)))",
        rf"(?i)(?:^|(?<=[.?!;,(]))(?P<cut> ?{_MOST}{_N} {_BRIEF}{_UNIT}s?{_ENOUGH})(?= ?(?:[.,;)!]|$|\babout\b))",
    )
]
"""An adverbial, a compound ("a 60-word summary"), and a remark on its own."""
_NOUN = r"(?= (?!(?:and|or|of|to|in|on|at|for|with|is|are|percent|times|more)\b)[A-Za-z])"
_COUNTS = [
    re.compile(pattern)
    for pattern in (
        rf"(?i)(?:^|[.?!;:,] ?|\band )\W{{0,3}}(?:{_REQUEST}) (?:(?:the|some|any|my|up to|at least|about) ){{0,3}}(?P<cut>{_N})"
        rf"{_NOUN}",
        rf"(?i)(?:^| )(?P<cut>top {_N}){_NOUN}",
        r"(?i)(?:^|: |\band )(?P<cut>(?P<n>\d{1,2}))(?= [a-z]+(?: (?:of|from|on|about)\b| and \d|\W{0,3}$))",
        rf"(?i)\bwhat (?:are|would be) (?P<cut>{_N}){_NOUN}",
    )
]
"""A request, a ranking, a note ("3 bullets on ..."), and a question for so many things."""
_READER = [
    re.compile(pattern)
    for pattern in (
        r"(?i)\bELI ?\d{1,2}\b:?|\btl;? ?dr\b(?: (?:of|on|for))?:?|\bin a nutshell\b,?|\bfor dummies\b",
        r"(?i),? ?\b(?:to|for) (?:an?|my|the|our) (?:class of )?\d{1,2}[- ]?"
        r"(?:years?[- ]?old|yo|pupils|students|kids|children)"
        r"(?: (?:child|kid|boy|girl|niece|nephew|son|daughter))?\b",
        r"(?i),? ?\b(?:like|as if|as though) (?:i['’]m|i am|i were|i was) (?:an? )?\d{1,2}\b(?:[- ]years?[- ]old)?",
        rf"(?i)(?:\b(?:please )?(?:answer|reply|respond|write) (?:\w+ )?in {_LANGUAGE}\b|(?<=[,;]) ?in {_LANGUAGE}\b"
        rf"| in {_LANGUAGE}(?= ?[.?!]*$)|\bantworte\w* (?:\w+ )?auf \w+)[,:]?",
        r"(?i)(?:^|(?<=[.?!])) ?(?:i|we)(?:['’]ve got|['’](?:m|re)| (?:(?:only|just|do) )?(?:have|own|run|got|use|am|are))\b"
        r"(?=[^.?!]{0,200}\d)[^.?!]{0,200}[.!] (?=\S)",
        r"(?i)^(?:with|on|using|given|for) (?:only )?(?:my|our) (?:only )?\d[^,.?!:]{0,200}[,:] ?",
        r"(?i)^for an? (?:talk|slide|meeting|lecture|poster|class|presentation|exam)\b"
        r"(?=[^,?!:]{0,200}\d)(?:max\.|[^,.?!:]){0,200}[,:] ?",
        r"(?i),? ?\bon a scale (?:from|of) \d+ (?:to|-) \d+",
        r"(?i),? ?\b(?:if|when|as|since|because|given that) (?:i|we) (?:only |just )?(?:have|own|run|use|am|are|had|got)\b"
        r"(?=[^,.?!]{0,200}\d)[^,.?!]{0,200}",
        r"(?i),? ?\b(?:with|on|using|for|in) (?:only |just )?(?:my|our) (?:only |single )?\d[^,.?!]{0,200}",
        r"\b(?:19|20)\d\d (?=(?:paper|study|work|article|preprint)\b)",
    )
]
"""The reader and what the reader has, in the first person; the language; the year of a paper, which abstracts do not hold."""
_GAPS = (
    (re.compile(r"\( ?\)"), ""),
    (re.compile(r" ([,;:.?!])"), r"\1"),
    (re.compile(r"^[ ,;:.!?)]{1,9}|(?<![ ,;:(])[ ,;:(]{1,9}$"), ""),
    (re.compile(r"([?!])[ ,.;:]{0,9}\."), r"\1"),
    (re.compile(r"[,;:] ?(?=[.?!])"), ""),
    (re.compile(r" {2,}"), " "),
)
"""Remains of cuts, and their replacements."""
_PER_WORD = 6
"""Characters of a word and its blank, by which a length in characters is converted into words."""


@dataclass(frozen=True)
class How:
    """How to answer."""

    count: int | None = None
    """The number of things asked for: 3 for "give 3 findings"."""
    sentences: int | None = None
    """The answer has at most this many sentences; a line, a bullet and a step are each a sentence."""
    words: int | None = None
    """The answer has at most this many words."""
    said: tuple[str, ...] = ()
    """The words of the question that say how to answer, as written: numbers, lengths, languages, readers."""


def how(question: str) -> tuple[How, str]:
    """Read from a question how to answer: number of items, length, reader, language.

    Args:
        question: the question, on one line.

    Returns:
        How to answer, and the question without these words; the whole question where nothing else would be left.
    """
    read, rest = How(), question
    if _NUMBERED.search(question):
        read, rest = _taken(_LENGTHS, read, rest)
        read, rest = _taken(_COUNTS, read, rest)
    read, rest = _taken(_READER, read, rest)
    if not read.said:
        return read, question
    for gap, put in _GAPS:
        rest = gap.sub(put, rest)
    rest = rest.strip()
    return (read, rest) if text.content_words(rest) else (replace(read, said=()), question)


def _taken(patterns: Sequence[re.Pattern[str]], read: How, rest: str) -> tuple[How, str]:
    """`read` with what the patterns find in `rest`, and `rest` without their cuts, or without all that they match."""
    for pattern in patterns:
        while match := pattern.search(rest):
            start, end = match.span("cut" if "cut" in pattern.groupindex else 0)
            left = f"{rest[:start]} {rest[end:]}"
            if not text.content_words(left):
                break
            number, unit = _asked(match) if "n" in pattern.groupindex else (0, "")
            read = replace(_with(read, number, unit), said=(*read.said, rest[start:end].strip(" ,")))
            rest = left
    return read, rest


_UNIT_BEHIND = re.compile(rf"(?i) {_BRIEF}{_UNIT}s?\b")


def _asked(match: re.Match[str]) -> tuple[int, str]:
    """The number that a match holds, and the unit of text that it counts; empty where it counts things."""
    written = match["n"].lower()
    number = int(written) if written.isdigit() else int(SMALL[written])
    if unit := match.groupdict().get("unit"):
        return number, unit.lower()
    behind = _UNIT_BEHIND.match(match.string, match.end("n"))
    return number, behind["unit"].lower() if behind else "thing"


def _with(read: How, number: int, unit: str) -> How:
    match unit.split("-")[0].split()[0] if unit else "":
        case "thing":
            return replace(read, count=read.count or number)
        case "word":
            return replace(read, words=read.words or number)
        case "character":
            return replace(read, words=read.words or max(1, number // _PER_WORD))
        case "sentence" | "bullet" | "line" | "point" | "step":
            return replace(read, sentences=read.sentences or number)
        case _:
            return read
