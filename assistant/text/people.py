"""Names of authors: which part is the family name."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_ADDITION = re.compile(r"[JS]r\.?|II|III|IV")
_CAPITAL_ADDITION = re.compile(r"[JS]R\.?")
"""In capitals these are initials as well: "Smith JR" is J. R. Smith."""
_JOINTS = re.compile("[.\u2010\u2011-]")
_OF_BODIES = frozenset(("and", "for", "of", "the"))
"""Words of the name of an organisation, which no family name holds."""
_CLOSE, _WITH_STOPS = 3, 5
"""At most so many initials stand in one word, without stops and with them."""
_WORDS = 3
"""A family name has at most so many words with a capital; more are taken for an organisation."""


class Person(NamedTuple):
    """The parts of a name, as they are written."""

    family: str
    """Of a name with the first name first the last word, whose particles ("van der") count as given names."""
    given: str
    addition: str = ""
    """ "Jr", "III"."""


def person(name: str) -> Person:
    """Take a name apart: "Duarte, Ines", "Ines Duarte", "Duarte I.M.", "van der Berg J", "SMITH JR", "Smith J Jr".

    Returns:
        The parts. One to three capitals behind a longer word are initials ("Yu O"); where no word is longer ("Xi LI"), the last
        one is the family name.
    """
    if "," in name:
        return _parted(*(part.strip() for part in name.split(",")))
    words = name.split()
    addition = words.pop() if _has_addition(words) else ""
    at = _initials_from(words)
    if at < len(words):
        return Person(" ".join(words[:at]), " ".join(words[at:]), addition)
    return Person(" ".join(words[-1:]), " ".join(words[:-1]), addition)


def turned(name: str) -> Person | None:
    """The parts of a name whose family name neither ends it nor stands before a comma alone, as programs expect; else None."""
    found = person(name)
    initials_behind = "," not in name and name.split()[-1:] != [found.family]
    return found if found.given and (found.addition or initials_behind) else None


def _parted(family: str, *rest: str) -> Person:
    """A name with commas: "Duarte, Ines", "John Smith, Jr.", "Smith, Jr., John", "Smith, John, Jr."."""
    added = [bool(_ADDITION.fullmatch(part)) for part in rest]
    match added:
        case [True]:
            return person(family)._replace(addition=rest[0])
        case [True, False]:
            return Person(family, rest[1], rest[0])
        case [False, True]:
            return Person(family, rest[0], rest[1])
        case _:
            return Person(family, ", ".join(rest))


def _has_addition(words: list[str]) -> bool:
    if len(words) < 2:
        return False
    if _CAPITAL_ADDITION.fullmatch(words[-1]):
        return len(words) > 2 and (" ".join(words).isupper() or bool(_initials(words[-2])))
    return bool(_ADDITION.fullmatch(words[-1])) and (len(words) > 2 or not words[-1].isupper())


def _initials_from(words: list[str]) -> int:
    """Where initials behind a family name begin; the number of words where there are none."""
    last = words[-1] if words else ""
    stops = "." in last
    if not _initials(last) or _is_body(words[:-1]):
        return len(words)
    if not stops and any("." in word and _initials(word) for word in words):  # "Anna K. LI"
        return len(words)
    at = len(words) - 1
    # "Duarte I. M." and "Duarte I M", but not "VAN DER LI J"
    while at > 1 and (_initials(words[at - 1]) if stops and "." in words[at - 1] else len(words[at - 1]) == len(last) == 1):
        at -= 1
    longest = max((_letters(word) for word in words[:at] if "." not in word), default=0)
    return at if longest > (1 if stops else max(map(_letters, words[at:]))) else len(words)


def _initials(word: str) -> int:
    """How many initials a word is; 0 for any other word."""
    letters = _JOINTS.sub("", unicodedata.normalize("NFC", word))
    most = _WITH_STOPS if "." in word else _CLOSE
    return len(letters) if letters.isalpha() and letters.isupper() and len(letters) <= most else 0


def _letters(word: str) -> int:
    return sum(map(str.isalpha, unicodedata.normalize("NFC", word)))


def _is_body(words: list[str]) -> bool:
    """Whether words before what could be initials name an organisation rather than a family."""
    if any(word in _OF_BODIES or any(map(str.isdecimal, word)) for word in words):
        return True
    return sum(word[:1].isupper() for word in words) > _WORDS
