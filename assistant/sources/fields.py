"""Values of many shapes to the fields of a paper: authors, dates, texts, inverted indexes. What has no known shape is left out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any, cast

from assistant.sources import ids
from assistant.types import IdKind

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_ISO = re.compile(r"([0-9]{4})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?(?![0-9])")
_WORDED = re.compile(r"(?:([0-9]{1,2})\s{1,4})?([A-Za-z]{3})[a-z.]{0,8}(?:[\s,]{1,4}([0-9]{1,2}))?(?![0-9])")
_YEAR = re.compile(r"(?<![0-9])[12][0-9]{3}(?![0-9])")
_BETWEEN_NAMES = re.compile(r" ?; ?| and | ?\| ?")
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[ -]?){1,4}")
_WITH_INITIALS = re.compile(rf"[^\W\d_][\w'’-]+(?: [\w'’-]+){{0,3}} {_INITIALS.pattern}")
"""A name of a database: "van der Berg A.-M."."""
_NUMBER_BEHIND = re.compile(r" ?\([^()]{0,40}\)$")
_WITHDRAWN = re.compile(
    r"\b(?:this|the) (?:paper|article|manuscript|submission|preprint|work|arxiv submission)\s{1,3}"
    r"(?:has been|have been|is|was|is being)\s{1,3}(?:temporarily |permanently )?(withdrawn|retracted)\b"
    r"|^\W{0,3}(withdrawn|retracted)\b",
    re.IGNORECASE,
)
_RETRACTED_TITLE = re.compile(r"^\W{0,3}(retracted|withdrawn)(?:\s+(?:article|paper|chapter))?\s*[:\]]", re.IGNORECASE)
_HEAD = 200
"""A withdrawal is recognized in this many characters at the beginning of a comment or an abstract."""


def a_text(value: Any) -> str | None:
    """A text; of a list of texts the first; None for anything else, and for a blank one."""
    if isinstance(value, list) and value:
        value = cast("list[Any]", value)[0]
    return value if isinstance(value, str) and value.strip() else None


def first(record: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value of the first of some fields that holds anything."""
    return next((record[name] for name in names if record.get(name) not in (None, "", [], {})), None)


def people(value: Any) -> tuple[str, ...]:
    """Names, first name first, of a list of names or objects, or of a text with several."""
    if isinstance(value, str):
        value = " ".join(value.split())
        parts = _BETWEEN_NAMES.split(value)
        if len(parts) == 1:
            parts = _listed(value)
        elif len(parts) > 1 and not any("," in part.partition(", ")[2] for part in parts):
            commas = [part.split(",") for part in parts]
            # "A. One, B. Two and C. Three": what stands before a comma is a name, not a family name
            if all(len(one) == 1 for one in commas[1:]) and len(commas[0]) > 1:
                parts = [*commas[0], *parts[1:]]
        return tuple(name for part in parts if (name := turned(part)))
    if isinstance(value, dict):
        value = list(cast("dict[str, Any]", value).values()) if not _person(value) else [value]
    if not isinstance(value, list):
        return ()
    return tuple(name for one in cast("list[Any]", value) if (name := _person(one)))


def _listed(value: str) -> list[str]:
    """The names of a text with nothing but commas between them; one name where a comma stands between its parts."""
    parts = [part.strip() for part in value.strip(", ").split(",")]
    if len(parts) % 2 == 0 and all(map(_INITIALS.fullmatch, parts[1::2])):  # "Duarte, I., Li, W."
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts if len(parts) != 2 or all(map(_WITH_INITIALS.fullmatch, parts)) else [value]


def turned(name: str) -> str:
    """A name with the first name first: "Duarte, Ines" is "Ines Duarte"."""
    name = _NUMBER_BEHIND.sub("", " ".join(name.split())).strip(";, ")
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma and "," not in given else name


def _person(value: Any) -> str | None:
    if isinstance(value, str):
        return turned(value) or None
    if isinstance(value, list):
        parts = [part.strip() for part in cast("list[Any]", value) if isinstance(part, str) and part.strip()]
        return " ".join([*parts[1:2], *parts[:1], *parts[2:]]) or None  # arXiv's: family name, first name, addition
    if not isinstance(value, dict):
        return None
    one = cast("dict[str, Any]", value)
    if isinstance(inner := one.get("author"), dict):
        return _person(inner)
    if name := a_text(first(one, ("name", "display_name", "literal", "full_name", "fullname", "fullName", "raw_author_name"))):
        return turned(name)
    given = first(one, ("given", "first", "firstname", "first_name", "forename"))
    middle = one.get("middle")
    family = a_text(first(one, ("family", "last", "lastname", "last_name", "surname")))
    between = [" ".join(part for part in cast("list[Any]", middle) if isinstance(part, str))] if isinstance(middle, list) else []
    particle = a_text(one.get("non-dropping-particle"))
    parts = [given if isinstance(given, str) else "", *between, particle or "", family or ""]
    return " ".join(" ".join(parts).split()) or None


def day(value: Any) -> str | None:
    """A date, ISO, as far as a value tells it: a number, a text of many forms, CSL's date-parts."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _date(int(value), None, None) if value == value and abs(value) < 10_000 else None
    if isinstance(value, list):
        parts = [float(part) for part in cast("list[Any]", value)[:3] if isinstance(part, int | float) or str(part).isdecimal()]
        numbers = [int(part) for part in parts if abs(part) < 10_000]
        return _date(*numbers, *[None] * (3 - len(numbers))) if numbers else None
    if isinstance(value, dict):
        one = cast("dict[str, Any]", value)
        parts = one.get("date-parts")
        return day(parts[0]) if isinstance(parts, list) and parts else day(first(one, ("raw", "literal", "year")))
    if not isinstance(value, str) or len(value) > 100:
        return None
    return _day_in(value.strip())


def _day_in(text: str) -> str | None:
    if (match := _ISO.match(text)) and (found := _date(*(int(part) if part else None for part in match.groups()))):
        if match.group(2) or not re.search("[A-Za-z]", text):
            return found
    if "," in text[:5] and ":" in text:  # of an e-mail: "Mon, 1 Jan 2031 10:00:00 GMT"
        try:
            return parsedate_to_datetime(text).date().isoformat()
        except (ValueError, OverflowError):  # a time zone that no clock knows
            return None
    year = _YEAR.search(text)
    if year is None:
        return None
    for rest in (text[year.end() :], text[: year.start()]):  # "2031 May 2" and "2 May 2031"
        if (match := _WORDED.search(rest)) and (month := _MONTHS.get(match.group(2).lower())):
            number = match.group(3) or match.group(1)
            return _date(int(year.group()), month, int(number) if number else None)
    return year.group()


def _date(year: int | None, month: int | None, number: int | None) -> str | None:
    """ISO, as far as it makes sense."""
    if year is None or not 1000 <= year <= 9999:
        return None
    if not month or not 1 <= month <= 12:
        return str(year)
    try:
        return date(year, month, number).isoformat() if number else f"{year}-{month:02}"
    except ValueError:
        return f"{year}-{month:02}"


def unfolded(index: Any) -> str | None:
    """The text of an inverted index (word -> its places), as OpenAlex gives abstracts; a place that is missing is passed over."""
    if not isinstance(index, dict):
        return None
    placed: list[tuple[int, str]] = []
    for word, places in cast("dict[Any, Any]", index).items():
        if isinstance(word, str) and isinstance(places, list):
            placed += [(place, word) for place in cast("list[Any]", places) if isinstance(place, int | float)]  # type: ignore[misc]
    return " ".join(word for _, word in sorted(placed, key=lambda one: one[0])) or None


def several(groups: Iterable[tuple[IdKind, Any]]) -> tuple[str, ...]:
    """The ids in fields that a source calls ids of a kind; what is none is left out."""
    found: list[str] = []
    for kind, value in groups:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            value = str(int(value))
        if isinstance(value, str) and len(value) < 500:
            found += ids.of(kind, value)
    return tuple(found)


def withdrawn(title: str, *texts: str | None) -> str | None:
    """The words by which a title, a comment or an abstract says that the paper was withdrawn or retracted."""
    if match := _RETRACTED_TITLE.match(title):
        return match.group(1).lower()
    for text in texts:
        head = " ".join((text or "")[: 2 * _HEAD].split())[:_HEAD]
        if match := _WITHDRAWN.search(head):
            end = head.find(".", match.end())
            return head[match.start() : end if 0 <= end else _HEAD].strip(" [(")
    return None


def names(record: Mapping[str, Any]) -> str:
    """The fields of a record, for people."""
    listed = [str(name)[:40] for name in record]
    return ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")


WANTED = "wanted are a title (title, paper_title, display_name) and an abstract (abstract, summary, paperAbstract)"


def strings(value: Any) -> tuple[str, ...]:
    """A list of texts, or the words of one."""
    if isinstance(value, str):
        return tuple(value.split())
    given: Sequence[Any] = cast("list[Any]", value) if isinstance(value, list) else ()
    return tuple(one for one in given if isinstance(one, str) and one.strip())
