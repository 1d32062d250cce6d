"""The records of all papers of a generation: found by author, date, venue, DOI, title, key, and filtered by them.

The fields are read without a check, all at once, so they only find papers; what is shown of a paper comes from the store.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from assistant import text
from assistant.errors import ConfigError, brief
from assistant.library.chunking import chunk_id
from assistant.library.identity import name_parts, one_person
from assistant.sources import ids

Key = Literal["author", "date", "doi", "title", "venue", "year"]
KEYS: tuple[Key, ...] = ("author", "date", "doi", "title", "venue")
"""The keys of filters that are looked up here."""
_DATE = r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?"
_BOUND = re.compile(rf"(>=|<=|>|<|=)?\s{{0,3}}({_DATE})")
_RANGE = re.compile(rf"({_DATE})\.\.({_DATE})")
_DAY = re.compile(_DATE)
_SIMPLE = re.compile(r"[ -;=?-Z\[\]_a-z|]{0,2000}")
"""A title in lower case, ASCII, without markup of TeX or HTML that could stand inside a word."""
_FILTER = re.compile(r"([a-z]{1,20})\s{0,3}(>=|<=|>|<|=)(.*)", re.DOTALL)
_DATES = ("date", "year")
_FORM = "YYYY, YYYY-MM or YYYY-MM-DD, a range as 2030..2031, or comparisons as '>=2030 <2032'"
_MOST, _LONGEST = 100, 1_000
"""Filters as people write them, at most, and the characters of a value, at most."""
_NEAREST = 3
"""The error for an unknown value names at most this many values."""
_LIKE = 60
"""A value is named as near if its likeness (weighted ratio of rapidfuzz, 0..100) reaches this."""
_TOPICS, _COMMON = 8, 200
"""Phrases named as topics, among so many commonest ones."""
_PHRASE = (2, 3)
"""Words of such a phrase."""
_INSIDE = 0.7
"""Share of the papers with a phrase from which a longer phrase around it stands for it."""
_PRINTED = re.compile(r"(?=[^<>=]{0,40}[^\W\d_]|[^<>=]{0,40}/)(?![^<>=]{0,40}\.\.)[^<>=]{1,40}")
"""What can be a date as a page prints one: "3 June", "6/3"."""
_WILD = "*"
"""Stands behind the beginning of a value."""


class Card(NamedTuple):
    """The record of a paper."""

    id: str
    chunks: int
    title: str
    authors: tuple[str, ...] = ()
    date: str | None = None
    """ISO, as far as it is known: "2030", "2030-06"."""
    venue: str | None = None
    ids: tuple[str, ...] = ()
    """As in `Paper.ids`."""
    keys: tuple[str, ...] = ()
    pages: tuple[tuple[str, str | None], ...] = ()
    """Name and date."""


def card(key: str, chunks: int, fields: Sequence[Any]) -> Card:
    """The record of a paper from the values of `FIELDS`, as the store holds them."""
    title, authors, date, venue, known, keys, pages = fields
    named = [(str(page.get("name", "")), page.get("date")) for page in cast("list[dict[str, Any]]", pages or [])]
    return Card(
        key,
        chunks,
        title or "",
        tuple(authors or ()),
        date,
        venue,
        tuple(known or ()),
        tuple(keys or ()),
        tuple(named),
    )


FIELDS = ("title", "authors", "date", "venue", "ids", "keys", "pages")
"""The fields of a paper that a record has."""


class Span(NamedTuple):
    """The days that a date may mean, first and last, ISO."""

    first: str
    last: str

    @classmethod
    def of(cls, date: str) -> Span:
        """Of a year, a month or a day."""
        return cls(
            f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10],
            f"{date}-12-31"[:10] if len(date) == 4 else f"{date}-31"[:10],
        )


def bounds(value: str) -> list[tuple[str, Span]] | None:
    """Read a date, a range or comparisons: "2031-06", "2030..2031", ">=2030-06", ">=2030 <2031".

    Returns:
        Pairs of an operator and the date as its days, all of which have to hold; None where `value` is none of these.
    """
    value = value.strip()
    if between := _RANGE.fullmatch(value):
        return [(">=", Span.of(between[1])), ("<=", Span.of(between[2]))]
    found: list[tuple[str, Span]] = []
    at = 0
    while at < len(value):
        match = _BOUND.match(value, at)
        if match is None:
            return None
        found.append((match[1] or "=", Span.of(match[2])))
        at = match.end()
        while at < len(value) and value[at] in " ,":
            at += 1
    return found or None


def is_date(value: str) -> bool:
    """Whether a text is a year, a month or a day of the calendar, ISO."""
    if not _DAY.fullmatch(value):
        return False
    try:
        return len(value) < 10 or bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


def within(date: str | None, wanted: Sequence[tuple[str, Span]]) -> bool:
    """Whether a date surely lies within bounds: "2030" is not surely after 2030-06."""
    if not date or not re.fullmatch(_DATE, date):
        return False
    first, last = Span.of(date)
    return all(_holds(sign, (first, last), span) for sign, span in wanted)


def _holds(sign: str, days: tuple[str, str], span: Span) -> bool:
    first, last = days
    match sign:
        case "=":
            return span.first <= first and last <= span.last
        case ">=":
            return first >= span.first
        case ">":
            return first > span.last
        case "<=":
            return last <= span.last
        case _:
            return last < span.first


def _number(day: str) -> int:
    return int(day.replace("-", ""))


class Records:
    """The records of a generation, which never changes; what finds them is made at its first use."""

    def __init__(self, cards: Iterable[Card]) -> None:
        """The records, in the order in which their papers came in."""
        self.all = list(cards)
        self._values_of: dict[str, tuple[list[str], list[str]]] = {}
        self._finds: dict[str, Callable[[str], Callable[[Card], bool]]] = {
            "author": self._has_author,
            "date": _has_date,
            "year": _has_date,
            "doi": _has_doi,
            "title": lambda value: self._has_words(self._titles, value),
            "venue": lambda value: self._has_words(self._venues, value),
        }

    @cached_property
    def by_id(self) -> dict[str, Card]:
        """Each record by the id of its paper."""
        return {one.id: one for one in self.all}

    def chunk_ids(self, papers: Iterable[str]) -> list[str]:
        """The ids of all chunks of some papers."""
        return [chunk_id(id, number) for id in papers if id in self.by_id for number in range(self.by_id[id].chunks)]

    def filtered(self, where: Mapping[str, Any]) -> set[str]:
        """Apply the filters of `KEYS`, and bounds on a year; of several values for a key any one may match.

        Returns:
            The ids of the papers that pass.

        Raises:
            ConfigError: a value is no text.
        """
        kept = self.all
        for key, value in where.items():
            if key in self._finds:
                tests = [self._finds[key](each) for each in values(key, value)]
                kept = [one for one in kept if any(test(one) for test in tests)]
        return {one.id for one in kept}

    def by(self, author: str, *, first: bool = False) -> list[Card]:
        """The papers of an author, named in any usual way: "Duarte", "I. Duarte", "Duarte, Ines"; those of a first author alone."""
        found = self._those("author", author)
        return [one for one in found if one_person(name_parts(author), name_parts(one.authors[0]))] if first else found

    def dated(self, dates: str) -> list[Card]:
        """The papers whose own date lies within bounds; see `bounds`."""
        wanted = bounds(dates) or []
        first, last = self._days
        inside = first > 0
        for sign, span in wanted:
            low, high = _number(span.first), _number(span.last)
            inside &= {
                "=": (low <= first) & (last <= high),
                ">=": first >= low,
                ">": first > high,
                "<=": last <= high,
                "<": last < low,
            }[sign]
        return [self.all[place] for place in np.flatnonzero(inside).tolist()] if wanted else []

    @cached_property
    def _days(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first and the last day that the date of each record may mean, as 20300601; 0 without a date."""
        spans = [Span.of(one.date) if one.date and _DAY.fullmatch(one.date) else Span("0", "0") for one in self.all]
        return np.array([_number(span.first) for span in spans]), np.array([_number(span.last) for span in spans])

    def in_order(self, among: Sequence[Card], *, newest: bool, one: bool = False) -> list[Card]:
        """Sort those of some records that have a date; of the same day in the order given.

        Args:
            among: the records.
            newest: the newest first; else the oldest.
            one: keep those alone that none of the others surely precedes: one of 2031 may be as new as one of 2031-06.

        Returns:
            The records.
        """
        first, last = self._days
        places = np.array([self._place[each.id] for each in among], np.int64)
        places = places[first[places] > 0]
        if one and len(places):
            places = places[last[places] >= first[places].max() if newest else first[places] <= last[places].min()]
        days = -first[places] if newest else last[places]
        return [self.all[place] for place in places[np.argsort(days, kind="stable")].tolist()]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {one.id: place for place, one in enumerate(self.all)}

    @cached_property
    def missing(self) -> dict[str, int]:
        """How many records lack each of the fields authors, date and venue."""
        return {name: sum(not getattr(one, name) for one in self.all) for name in ("authors", "date", "venue")}

    def seen(self, date: str) -> list[Card]:
        """The papers of pages with this date, as the pages print it."""
        return [one for one in self.all if any(text.fold(day or "") == text.fold(date) for _, day in one.pages)]

    def out_in(self, venue: str) -> list[Card]:
        """The papers of a venue: those whose venue is just that, or else those whose venue holds its words in a row."""
        words = tuple(text.words(venue))
        own = {name: self._venue_words[name] for name in self._with_word.get(max(words, key=len, default=""), ())}
        found = [name for name in own if own[name] == words] or [name for name in own if _row(words, own[name])]
        return [self.all[place] for place in sorted(place for name in found for place in self._of_venue[name])]

    @cached_property
    def _venue_words(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(text.words(name)) for name in self._of_venue}

    @cached_property
    def _with_word(self) -> dict[str, list[str]]:
        """The venues with each word."""
        found: dict[str, list[str]] = {}
        for name, words in self._venue_words.items():
            for word in set(words):
                found.setdefault(word, []).append(name)
        return found

    @cached_property
    def _of_venue(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.all):
            if one.venue:
                found.setdefault(one.venue, []).append(place)
        return found

    def _those(self, key: Key, value: str) -> list[Card]:
        test = self._finds[key](value)
        return [one for one in (self._near(value) if key == "author" else self.all) if test(one)]

    def _near(self, author: str) -> Iterable[Card]:
        """The records with a name that shares a word with an author, in order."""
        places = {place for part in name_parts(author) if len(part) > 1 for place in self._parts.get(part, ())}
        return (self.all[place] for place in sorted(places))

    @cached_property
    def _parts(self) -> dict[str, list[int]]:
        """The places of the records by each word of their authors' names."""
        found: dict[str, list[int]] = {}
        known: dict[str, list[str]] = {}
        for place, one in enumerate(self.all):
            for name in one.authors:
                if name not in known:
                    known[name] = name_parts(name)
                for part in known[name]:
                    found.setdefault(part, []).append(place)
        return found

    def named(self, given: str) -> tuple[list[Card], bool]:
        """Find the papers that a text means, by the surest way that finds any.

        The ways are: an id or a key; the title; the name in front of its colon; words at its beginning; words in a row in it;
        all of its content words.

        Returns:
            The records, and whether one of the first three ways found them.
        """
        known = {given, *(ids.of_address(given) or ids.of("doi", given) or ids.of("arxiv", given))}
        if found := [self.all[place] for place in sorted({place for each in known for place in self._known.get(each, ())})]:
            return found, True
        title, words, content = text.title_key(given), tuple(text.words(given)), set(text.content_words(given))
        if not words:
            return [], False
        # the longest word stands in the title as it is, but where the title holds markup or accents
        longest = max(words, key=len)
        places = {place for place, plain in enumerate(self._plain) if longest in plain}
        near = [self.all[place] for place in sorted(places.union(self._marked))]
        titles = {one.id: tuple(text.words(one.title)) for one in near}
        ways: list[Callable[[Card], bool]] = [
            lambda one: text.title_key(one.title) == title,
            lambda one: titles[one.id][: len(words)] == words == tuple(text.words(one.title.partition(":")[0])),
            lambda one: titles[one.id][: len(words)] == words,
            lambda one: _row(words, titles[one.id]),
            lambda one: len(content) > 1 and content <= set(titles[one.id]),
        ]
        for place, way in enumerate(ways):
            if found := list(filter(way, near)):
                return found, place < 2
        return [], False

    def titled(self, word: str) -> list[Card]:
        """The papers whose titles hold a word, in lower case."""
        held = (self.all[place] for place, plain in enumerate(self._plain) if word in plain)
        return [one for one in held if word in text.words(one.title)]

    @cached_property
    def _known(self) -> dict[str, list[int]]:
        """The places of the records by ids and keys."""
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.all):
            for each in {one.id, *one.ids, *one.keys}:
                found.setdefault(each, []).append(place)
        return found

    @cached_property
    def _plain(self) -> list[str]:
        return [one.title.lower() for one in self.all]

    @cached_property
    def _marked(self) -> list[int]:
        """The places of the records whose titles may hold markup inside a word."""
        return [place for place, plain in enumerate(self._plain) if not _SIMPLE.fullmatch(plain)]

    @cached_property
    def _titles(self) -> dict[str, tuple[str, ...]]:
        return {one.id: tuple(text.words(one.title)) for one in self.all}

    @cached_property
    def _venues(self) -> dict[str, tuple[str, ...]]:
        return {one.id: tuple(text.words(one.venue or "")) for one in self.all}

    @cached_property
    def _people(self) -> dict[str, list[str]]:
        """The names of the authors, folded."""
        known: dict[str, str] = {}
        for one in self.all:
            for name in one.authors:
                if name not in known:
                    known[name] = text.fold(name)
        return {one.id: [known[name] for name in one.authors] for one in self.all}

    @cached_property
    def keys(self) -> dict[str, list[Card]]:
        """The papers by their keys of BibTeX."""
        found: dict[str, list[Card]] = {}
        for one in self.all:
            for key in one.keys:
                found.setdefault(key, []).append(one)
        return found

    def _has_author(self, value: str) -> Callable[[Card], bool]:
        parts = name_parts(value.rstrip(_WILD))
        longest = max(parts, key=len, default="\0")
        people = self._people
        if value.endswith(_WILD):
            start = text.fold(value.rstrip(_WILD)).strip()
            begins = re.compile(rf"(?<!\w){re.escape(start)}")
            return lambda one: any(start in name and begins.search(name) for name in people[one.id])
        return lambda one: any(longest in name and one_person(parts, name_parts(name)) for name in people[one.id])

    def _has_words(self, held: Mapping[str, tuple[str, ...]], value: str) -> Callable[[Card], bool]:
        words = tuple(text.words(value.rstrip(_WILD)))
        if value.endswith(_WILD) and words:
            start = words
            return lambda one: any(
                held[one.id][at : at + len(start) - 1] == start[:-1] and each.startswith(start[-1])
                for at, each in ((place - len(start) + 1, word) for place, word in enumerate(held[one.id]))
                if at >= 0
            )
        return lambda one: _row(words, held[one.id])

    def nearest(self, key: str, value: str) -> list[str]:
        """The values of a field that are most like `value`, the most alike first; of dates the nearest years."""
        if key in ("date", "year"):
            years = sorted({one.date[:4] for one in self.all if one.date})
            wanted = re.search(r"[0-9]{4}", value)
            return sorted(years, key=lambda year: abs(int(year) - int(wanted[0])))[:_NEAREST] if wanted else years[-_NEAREST:]
        held = self._folded(key)
        near = process.extract(text.fold(value), held[1], scorer=fuzz.WRatio, limit=_NEAREST, score_cutoff=_LIKE)
        return [held[0][place] for _, _, place in near]

    def _folded(self, key: str) -> tuple[list[str], list[str]]:
        """The different values of a field, and the same folded."""
        if key not in self._values_of:
            held = list(dict.fromkeys(_values(self.all, key)))
            self._values_of[key] = held, [text.fold(each) for each in held]
        return self._values_of[key]

    @cached_property
    def years(self) -> Counter[str]:
        """How many papers are of each year; papers without a date count nowhere."""
        return Counter(one.date[:4] for one in self.all if one.date and bounds(one.date))

    @cached_property
    def _shared(self) -> dict[tuple[str, ...], list[str]]:
        """The commonest phrases that titles share, and the titles with each."""
        ends = text.STOP_WORDS

        def phrases(words: tuple[str, ...]) -> set[tuple[str, ...]]:
            rows = (words[at : at + size] for size in _PHRASE for at in range(len(words) - size + 1))
            return {row for row in rows if row[0] not in ends and row[-1] not in ends and not row[0].isdecimal()}

        counts = Counter(row for words in self._titles.values() for row in phrases(words))
        held: dict[tuple[str, ...], list[str]] = {row: [] for row, number in counts.most_common(_COMMON) if number > 1}
        for one in self.all:
            for row in held.keys() & phrases(self._titles[one.id]):
                held[row].append(one.title)
        return held

    def topics(self, speaks: Callable[[str], bool]) -> list[tuple[str, int]]:
        """Phrases of two or three words that titles share, and the papers with each, the commonest first.

        A phrase inside another one of nearly as many papers is left out, and so is one of titles that speak to their reader.

        Args:
            speaks: whether a title does; a phrase needs two titles that do not.

        Returns:
            The phrases and the numbers.
        """
        common = [(row, len(held)) for row, held in self._shared.items()]
        chosen: list[tuple[tuple[str, ...], int]] = []
        for row, number in sorted(common, key=lambda each: (-each[1], -len(each[0]), each[0])):
            if len(chosen) == _TOPICS:
                break
            rivals = [(other, many) for other, many in common if len(other) > len(row) and _row(row, other)]
            if any(many >= _INSIDE * number for _, many in rivals) or any(_row(row, other) for other, _ in chosen):
                continue
            if len(list(islice((title for title in self._shared[row] if not speaks(title)), 2))) < 2:
                continue
            chosen.append((row, number))
        return [(" ".join(row), number) for row, number in chosen]


def parsed(filters: Sequence[str]) -> dict[str, Any] | None:
    """Read filters as people write them: "author=Duarte", "date>=2030-06".

    Comparisons of one key have to hold together; of several equal signs for a key any one may match.

    Returns:
        The filter, or None where there is none.

    Raises:
        ConfigError: there are more than 100; one has no key, or no sign behind its key, compares what is no date, or has a
            malformed value; see `values`.
    """
    if len(filters) > _MOST:
        raise ConfigError(f"{len(filters):,} filters are given; at most {_MOST} are read")
    found: dict[str, Any] = {}
    for each in filters:
        match = _FILTER.fullmatch(each.strip())
        if match is None:
            raise ConfigError(f"a filter is KEY=VALUE, or, for dates, KEY>=VALUE, not {brief(each)}")
        key, sign, value = match[1], match[2], match[3].strip()
        held = found.get(key)
        if sign != "=" and key not in _DATES:
            raise ConfigError(f"dates alone are compared; a filter by {brief(key)} is {brief(f'{key}=VALUE')}, not {brief(each)}")
        if sign != "=":
            found[key] = f"{held or ''} {sign}{value}".strip()
        else:
            found[key] = value if held is None else [*(held if isinstance(held, list) else [held]), value]
    for key, value in found.items():
        values(key, value)
    return found or None


def malformed(key: str, value: str) -> str:
    """What is wrong with a text as the value of a filter, whatever the library holds, and the right form; empty for others."""
    if len(value) > _LONGEST:
        return f"the value of the filter {key} has {len(value):,} characters; at most {_LONGEST:,} are read"
    wanted = bounds(value) if key in _DATES else None
    if not value.strip():
        return f"the filter {key} has no value"
    if key in _DATES and wanted is None:
        return f"the filter {key} takes {_FORM}, not {brief(value)}"
    if wanted and (missing := next((day for day in _DAY.findall(value) if not is_date(day)), None)):
        return f"the filter {key} takes {_FORM}, and {missing} is no day of the calendar"
    if wanted and (ends := _RANGE.fullmatch(value.strip())) and wanted[0][1].first > wanted[1][1].last:
        return f"the range {brief(ends[0])} of the filter {key} ends before it begins"
    if key == "doi" and not ids.of("doi", value) and not _bare_doi(value).startswith("10."):
        return f"the filter doi takes a DOI or its beginning, as 10.1000/182 or 10.1000/*, not {brief(value)}"
    return ""


def values(key: str, value: object) -> list[str]:
    """Check the value of a filter.

    Returns:
        The value, or each of several, as a text.

    Raises:
        ConfigError: one of them is no text and no number, or is malformed.
    """
    several: list[Any] = [*cast("Sequence[Any]", value)] if isinstance(value, list | tuple) else [cast("Any", value)]
    if not several or any(not isinstance(each, str | int) or isinstance(each, bool) for each in several):
        raise ConfigError(f"the filter {key} takes a text or some texts, not {brief(cast('Any', value))}")
    texts = [str(each).encode("utf-8", "replace").decode() for each in several]  # half a surrogate pair matches nothing
    for each in texts:
        # a filter may repeat the date of a page as the page prints it
        if (said := malformed(key, each)) and not (key == "date" and _PRINTED.fullmatch(each)):
            raise ConfigError(said)
    return texts


def _row(words: tuple[str, ...], own: tuple[str, ...]) -> bool:
    """Whether words stand in a row among others."""
    return bool(words) and any(own[at : at + len(words)] == words for at, word in enumerate(own) if word == words[0])


def _has_date(value: str) -> Callable[[Card], bool]:
    """A date of a paper, or of a page that it was seen on; a page may print one without a year."""
    wanted = bounds(value)
    plain = text.fold(value)

    def holds(one: Card) -> bool:
        days = [one.date, *(day for _, day in one.pages)]
        if wanted is None:
            return any(day and text.fold(day) == plain for day in days)
        # only a record without a date of its own is looked up by the date of its page
        among = days if all(sign == "=" for sign, _ in wanted) else days[:1] if one.date else days
        return any(within(day, wanted) for day in among)

    return holds


def _has_doi(value: str) -> Callable[[Card], bool]:
    whole = ids.of("doi", value)
    start = _bare_doi(value).rstrip(_WILD)

    def holds(one: Card) -> bool:
        if set(whole) & set(one.ids):
            return True
        dois = (each.removeprefix("doi:") for each in one.ids if each.startswith("doi:"))
        # the beginning of a DOI counts up to one of its joints, so 10.1/a is not 10.1/ab
        return any(
            doi.startswith(start) and (value.endswith(_WILD) or not doi[len(start) : len(start) + 1].isalnum()) for doi in dois
        )

    return holds


def _bare_doi(value: str) -> str:
    return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", value.strip().lower())


def _values(cards: Iterable[Card], key: str) -> Iterable[str]:
    for one in cards:
        match key:
            case "author":
                yield from one.authors
            case "venue":
                yield from [one.venue] if one.venue else []
            case "doi":
                yield from (each.removeprefix("doi:") for each in one.ids if each.startswith("doi:"))
            case "title":
                yield one.title
            case "page":
                yield from (name for name, _ in one.pages)
            case _:
                pass
