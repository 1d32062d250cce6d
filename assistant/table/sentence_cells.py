"""The sentence of a paper that answers a column."""

from __future__ import annotations

import re

from assistant.table.abstracts import Abstract, Line
from assistant.table.columns import Asked, Topic

_BY = r"\b(?:[Ww]e|[Tt]his (?:paper|work|study|report|research|contribution)|[Oo]urs?|[Hh]ere|[Ii]n this \w+)\b[^.;]{0,80}?\b"
_PROPOSES = re.compile(rf"{_BY}(?:propos|introduc|present|develop|defin|releas|design|offer|devis|call)\w*")
_NEW = re.compile(
    rf"{_BY}(?:build|creat|unify|unif|formali[sz]|describ|carr|extend|integrat|recast|summar|gather|show how|examin|deriv|ask|let"
    r"|investigat|consider|study|assess|test|address|tackl|train)\w*"
)
_PATTERNS: dict[Topic, re.Pattern[str]] = {
    "limits": re.compile(
        r"(?i)\blimitations? of (?:our|this|the proposed)\b|\bour (?:\w+ )?limitations?\b"
        r"|\bnot (?:at present|yet) (?:suit|ready|able)\w*|\bat present (?:suited|limited)\b|\bmostly unsolved\b"
        r"|\bperforms? poorly\b"
        r"|\bwe (?:also )?acknowledge\b|\bfurther work is needed\b"
    ),
    "access": re.compile(
        r"(?i)https?://|\bgithub\b|\b(?:code|data ?sets?|data|models?|tools?|benchmarks?|weights|checkpoints|provers|package"
        r"|emulator|software"
        r"|playground)\b.{0,60}\b(?:available|released?|open(?:ly|-sourced?)|public\w*|publish\w*)\b"
        r"|\bwe (?:\w+ )?(?:publicly )?(?:release|publish|open-source)\b"
    ),
    "problem": re.compile(
        r"(?i)\b(?:however|yet|challeng\w*|lack\w*|scarc\w*|limit\w*|difficult\w*|problems?|suffer\w*|overlook\w*|hard|fail\w*"
        r"|struggl\w*"
        r"|costly|unclear|gap|issue\w*|bottleneck|hinder\w*|hamper\w*)\b"
    ),
    "finding": re.compile(
        r"(?i)\b(?:we (?:\w+ )?(?:find|found|show|observe|demonstrate|conclude|reveal)|key lessons|our findings?"
        r"|(?:results?|experiments?|findings?|analysis|analyses|lessons) (?:\w+ ){0,4}(?:show|reveal|suggest|indicate"
        r"|demonstrate|confirm"
        r"|include)\w*)\b"
    ),
}
"""Sentences about a topic, other than what is new."""
_LEAST = 0.6
"""A sentence answers if it holds at least this share of the words of a column; chosen on the tuning half of the tables."""

_LATE, _EARLY = 0.4, 0.6
"""The limits of a work stand behind this share of the abstract, the problem that it addresses before that one."""


def sentence(abstract: Abstract, asked: Asked) -> Line | None:
    """The sentence of a paper that answers a column; None where none does."""
    match asked.topic:
        case "new":
            found = [line for pattern in (_PROPOSES, _NEW) for line in abstract.lines if pattern.search(line.text)]
        case "":
            return _holding(abstract, asked)
        case topic:
            found = [line for line in abstract.lines if _PATTERNS[topic].search(line.text)]
    if asked.topic == "access":
        return max(found, key=lambda line: ("http" in line.folded, line.place), default=None)
    if asked.topic == "limits":  # those of the work behind it come first
        return next((line for line in reversed(found) if line.place >= _LATE), None)
    if asked.topic == "problem":
        found = [line for line in found if line.place <= _EARLY]
    return found[0] if found else None


def _holding(abstract: Abstract, asked: Asked) -> Line | None:
    """The sentence that holds the words of the column."""
    wanted = set(asked.keys)
    if not wanted:
        return None
    lines = [line for line in abstract.lines if all(name in line.folded for name in asked.named)]
    ranked = [(len(wanted & line.stems) / len(wanted), _own(line), line) for line in lines]
    found = [
        (share + own, line)
        for share, own, line in ranked
        if share >= _LEAST and (own > -0.2 if len(wanted) > 1 else own > 0 and _speaks_of(line, asked))
    ]
    best = max(found, key=lambda one: one[0], default=None)
    return best[1] if best else None


def _own(line: Line) -> float:
    """More than 0 where a sentence tells of own work, less where it tells what stands behind it."""
    return (
        0.25 * bool(_OURS.search(line.text))
        - 0.25 * bool(_BEHIND.search(line.text))
        - 0.1 * (line.place < 0.15)
        + 0.05 * line.place
    )


def _speaks_of(line: Line, asked: Asked) -> bool:
    """Whether a sentence holds the one word of a column as a noun of its own: "in fields ranging from", not "field tests"."""
    noun = asked.nouns[-1] if asked.nouns else ""
    one = re.escape(noun.removesuffix("s"))
    return bool(noun) and bool(
        re.search(rf"(?i)\b{one}s?(?=[.,;:)]|\s(?:of|in|from|for|such|ranging|including|like|are|is|on|to|with)\b|$)", line.text)
    )


_OURS = re.compile(r"(?i)\b(?:we|our|ours|this (?:paper|work|study)|here)\b")
_BEHIND = re.compile(
    r"(?i)\b(?:however|despite|yet|existing|traditional\w*|typically|often|recent\w*|increasingly|crucial|previous\w*|have been)\b"
)
