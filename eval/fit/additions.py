"""Inventions added to true sentences, to fit the verifier on: a clause, a lead, a phrase, an attribute, a comparison."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Added(NamedTuple):
    """A sentence with an invention."""

    text: str
    start: int
    """Offset of what was added."""
    end: int


KINDS = ("and", "semicolon", "but", "which", "because", "apposition", "participle", "lead", "phrase", "attribute", "comparison",
         "parenthesis", "denied", "list", "foreign")  # fmt: skip


def _inventions() -> dict[str, list[str]]:
    """The lines of `inventions.txt` under each heading."""
    found: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("inventions.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            found[line[2:]] = []
        else:
            list(found.values())[-1].append(line)
    return found


_BANK = _inventions()
_PREDICATES = """is are can has have was were achieves? improves? requires? uses? provides? shows? reduces? increases? allows?
enables? leads? outperforms? contains? includes? learns? produces? remains? offers? supports?"""
_FOREIGN = re.compile(rf"(?<=[a-z] )(?:{'|'.join(_PREDICATES.split())})\s[a-zA-Z][^.;:()\[\]\n]{{15,90}}")
_LIST = re.compile(r"(?<=[a-z]), (?:and|or) (?=[a-z])|(?<=[a-z]) and (?=[a-z])")
_PLACE = re.compile(r"(?<= )(?:a|an|the|its|their|our|this) (?=[a-z])")
_COMMA = re.compile(r", ")
_SUBJECTS = ("it", "it", "it", "this", "the system", "the method", "the approach", "the model", "they")


def add(sentence: str, kind: str, others: Sequence[str], rng: random.Random) -> Added | None:
    """`sentence` with an addition of a `kind`, foreign ones out of `others`; None where it offers no place for one."""
    bare = sentence.rstrip()
    stop = bare[-1] if bare[-1:] in ".!?" else ""
    bare = bare[: len(bare) - len(stop)]
    verb = rng.choice(_BANK["verbs"])
    if rng.random() < 0.35 and (foreign := _foreign(others, rng)):
        verb = foreign
    subject = rng.choice(_SUBJECTS)
    bare_subject = rng.choice(("", f"{subject} "))
    stated = f"{subject} {verb}"
    clause = rng.choice(_BANK["clauses"])
    tail = {
        "and": lambda: f"{_one(rng, ', and ', ' and ')}{bare_subject}{_one(rng, '', '', 'also ', 'even ', 'secretly ')}{verb}",
        "semicolon": lambda: f"; {_one(rng, clause, stated, f'moreover, {clause}')}",
        "but": lambda: (
            f"{_one(rng, ', but ', ', yet ', ' but ', ', although ', ', while ', ', though ')}{_one(rng, stated, clause)}"
        ),
        "which": lambda: f"{_one(rng, ', which ', ', a result that ', ', which also ', ', something that ')}{verb}",
        "because": lambda: (
            f"{_one(rng, ' because ', ', since ', ', so that ', ' when ', ', as ', ' if ', ' after ', ' until ')}"
            f"{_one(rng, clause, clause, stated)}"
        ),
        "apposition": lambda: f", {_one(rng, *_BANK['nouns'])}",
        "participle": lambda: f", {_one(rng, *_BANK['participles'])}",
        "phrase": lambda: f" {_one(rng, *_BANK['phrases'])}",
        "comparison": lambda: f"{_one(rng, ', ', ' ')}{_one(rng, *_BANK['compared'])}",
        "parenthesis": lambda: f" ({_one(rng, *_BANK['nouns'], stated, clause)})",
        "denied": lambda: f"{_one(rng, ', and ', ', but ', ' and ')}{bare_subject}{_denied(rng)}",
        "foreign": lambda: f"{_one(rng, ', and ', '; it ', ', which ', ', but it ')}{_foreign(others, rng) or verb}",
    }
    if kind in tail:
        added = tail[kind]()
        if kind in ("apposition", "which", "parenthesis") and rng.random() < 0.3:
            if not (comma := _COMMA.search(bare)):
                return None
            at = comma.start()
            return Added(f"{bare[:at]}{added}{bare[at:]}{stop}", at, at + len(added))
        return Added(f"{bare}{added}{stop}", len(bare), len(bare) + len(added))
    if kind == "lead":
        lead = f"{rng.choice(_BANK['leads'])} "
        first = bare[:1].lower() + bare[1:] if bare[1:2].islower() and not lead.endswith(": ") else bare
        return Added(f"{lead}{first}{stop}", 0, len(lead))
    if kind == "attribute":
        places = [match.end() for match in _PLACE.finditer(bare)]
        word = f"{rng.choice(_BANK['words'])} "
    else:
        places = [match.start() for match in _LIST.finditer(bare)]
        word = f", {rng.choice(_BANK['things'])}"
    if not places:
        return None
    at = rng.choice(places)
    return Added(f"{bare[:at]}{word}{bare[at:]}{stop}", at, at + len(word))


def _one(rng: random.Random, *options: str) -> str:
    return rng.choice(options)


def _denied(rng: random.Random) -> str:
    first, _, rest = rng.choice(_BANK["verbs"]).partition(" ")
    if first in ("is", "was", "can", "has", "could", "will"):
        return f"{first} not {rest}"
    bare = first[:-2] if first.endswith(("sses", "shes", "ches", "xes")) else first[:-1] if first.endswith("s") else first
    return f"{rng.choice(('does not', 'never', 'cannot'))} {bare} {rest}"


def _foreign(others: Sequence[str], rng: random.Random) -> str | None:
    """The predicate of a sentence of another text."""
    for other in rng.sample(list(others), min(6, len(others))):
        if found := _FOREIGN.findall(other):
            return rng.choice(found).strip(" ,")
    return None
