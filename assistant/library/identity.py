"""When two records are one paper, and what the paper is then.

A shared id (DOI, arXiv, PubMed, ACL, OpenReview, OpenAlex, Semantic Scholar) makes two records one paper, unless they differ in
another id of one kind. Without a shared id the same title does, unless something speaks against it, or the same authors with
next to the same abstract, unless figures or names differ: papers of a series share all else. What is merged keeps every id, every
author and every whole abstract.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, cast, get_args

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.sources.ids import gathered
from assistant.text import figures
from assistant.text.figures import Figure
from assistant.text.stems import stem
from assistant.types import PREPRINT_DOIS, Edition, IdKind, Page, Paper

_VETOING = cast("tuple[IdKind, ...]", tuple(kind for kind in get_args(IdKind) if kind != "s2"))
"""Kinds whose differing ids say that two papers are two; Semantic Scholar numbers some papers twice."""
_YEARS = 2
"""Records of one paper, such as a preprint and its journal version, lie at most this many years apart."""
_ROW = 4
"""A shingle has this many words."""
_SKETCHES = 4
"""Of 4 sketches, texts that share 80 % of their shingles share one with a probability of 99.8 %."""
_NEAR = 0.7
"""Two abstracts are nearly the same if they share at least this share of their shingles: one of six sentences was added, or a few
words changed."""
_FEWEST = 12
"""An abstract with fewer words is not compared, as short texts are alike by chance."""
_WORD = re.compile("[^\\W_]+")
_NUMERAL = re.compile(r"\d+(?:\.\d+)?|\b[IVX]+\b")
_CAPITAL = re.compile(r"(?<=[\w,(] )[A-Z][^\W_]+")
"""A word with a capital that begins no sentence."""
_ARTICLES = frozenset(("a", "an", "the"))
_MULTIPLIERS = np.array([[0x9E3779B97F4A7C15], [0xC2B2AE3D27D4EB4F], [0x165667B19E3779F9], [0xD6E8FEB86659FD93]], np.uint64)
"""Odd numbers, one a sketch: each orders the shingles in its own way."""
BY_TEXT = "authors and abstract"
Shingles = NDArray[np.uint64]


def names(paper: Paper) -> tuple[str, ...]:
    """What a paper is looked up by: its ids, and its titles."""
    return (*paper.ids, *titles(paper))


def titles(paper: Paper) -> tuple[str, ...]:
    """A name for each title that a paper has had, its own first; two spellings of a title have one name."""
    given = dict.fromkeys((paper.title, *(edition.title for edition in paper.editions if edition.title)))
    return tuple(dict.fromkeys(_title_name(title) for title in given))


@lru_cache(10_000)
def _title_name(title: str) -> str:
    key = text.title_key(title) or title
    return f"title:{blake2b(key.encode(), digest_size=12).hexdigest()}"


@lru_cache(10_000)  # asked for when a record comes in, and again when the paper is stored
def sketches(abstract: str) -> tuple[str, ...]:
    """Compute keys of a text: the smallest shingles under several orders.

    Source: Broder, On the resemblance and containment of documents (1997).

    Returns:
        The keys: nearly equal texts share at least one, other texts seldom do. None for a short text.
    """
    rows = _shingles(abstract)
    if not len(rows):
        return ()
    smallest = (rows[None, :] * _MULTIPLIERS).min(axis=1)
    return tuple(f"text:{number}:{int(value):x}" for number, value in enumerate(smallest))


@lru_cache(1_000)
def _shingles(abstract: str) -> Shingles:
    """A number for each row of words."""
    words = _WORD.findall(abstract.lower())
    if len(words) < _FEWEST:
        return np.zeros(0, np.uint64)
    numbers = np.array([zlib.crc32(word.encode()) for word in words], np.uint64)
    rows = np.zeros(len(numbers) - _ROW + 1, np.uint64)
    for place in range(_ROW):
        rows = (rows ^ numbers[place : len(rows) + place]) * np.uint64(0x9FB21C651E98DF25)
        rows ^= rows >> np.uint64(29)
    return np.unique(rows)


def resemblance(one: str, other: str) -> float:
    """The share of their rows of four words that two texts have in common, 0..1; 0 where one is short."""
    first, second = _shingles(one), _shingles(other)
    if not len(first) or not len(second):
        return 0.0
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)


def same(one: Paper, other: Paper) -> str | None:
    """What makes two records one paper: a shared id, "title", or "authors and abstract"; None where they are two."""
    if apart(one, other):
        return None
    if shared := sorted(set(one.ids) & set(other.ids)):
        return shared[0]
    if set(titles(one)) & set(titles(other)):
        return "title"
    near = _same_people(one, other) and alike(one, other) and not _told_apart(one, other)
    return BY_TEXT if near else None


def apart(one: Paper, other: Paper) -> bool:
    """Something tells two records apart: differing ids of a kind, or, where they share none, authors or years."""
    if _differ(one, other):
        return True
    if set(one.ids) & set(other.ids):
        return False
    strangers = bool(one.authors and other.authors) and not common_author(one, other)
    return strangers or _years_apart(one, other) > _YEARS


def alike(one: Paper, other: Paper) -> bool:
    """Two abstracts are next to the same."""
    return resemblance(one.abstract, other.abstract) >= _NEAR


def _told_apart(one: Paper, other: Paper) -> bool:
    """Titles or contents tell apart two records of the same authors with next to the same abstract.

    Returns:
        The numbers in the titles differ, or each record tells what the other one lacks, where a revision adds or drops. Where the
        titles have the same words, a figure or a name was revised.
    """
    if _wording(one.title) == _wording(other.title):
        return False
    if _numbers(one.title) != _numbers(other.title):
        return True
    first, second = _told(one), _told(other)
    return first.tells(second) and second.tells(first)


def _told(paper: Paper) -> _Told:
    """What a paper tells in all its texts, those of its editions included."""
    titled = (paper.title, *(edition.title for edition in paper.editions))
    return _Told.of(titled, (paper.abstract, *(edition.abstract for edition in paper.editions)))


def _wording(title: str) -> list[str]:
    return [stem(word) for word in text.words(title) if word not in _ARTICLES]


def _numbers(title: str) -> list[str]:
    """The numbers of a title, sorted: in digits, also inside a name, in words, of which "first" is none, and Roman ones."""
    plain = text.clean(title).replace(",", "")
    worded = (f"{figure.value:g}" for figure in figures.figures(plain) if not figure.text[:1].isdigit())
    return sorted((*_NUMERAL.findall(plain), *worded))


class _Told(NamedTuple):
    """What some texts tell."""

    figures: tuple[Figure, ...]
    """Those of the abstracts."""
    names: frozenset[str]
    """Stems of names, and of the words of the titles that the abstracts use."""
    said: frozenset[str]
    """Stems of all words."""

    @classmethod
    @lru_cache(1_000)  # a record is compared with several papers, and a paper with several records
    def of(cls, titled: tuple[str, ...], abstracts: tuple[str, ...]) -> _Told:
        """Read titles and abstracts."""
        texts = [text.clean(each) for each in abstracts if each]
        stated = tuple(figure for each in texts for figure in figures.figures(each))
        written = [name for each in texts for name in (*text.names(each), *_CAPITAL.findall(each))]
        names = {stem(part) for name in written for part in text.words(name)}
        used = {stem(word) for each in texts for word in text.words(each)}
        marking = used.intersection(stem(word) for each in titled for word in text.content_words(each))
        said = used.union(stem(word) for each in titled for word in text.words(each))
        return cls(stated, frozenset(names | marking), frozenset(names | said))

    def tells(self, other: _Told) -> bool:
        """A figure, a name, or a word of a title that is used is not told by the other one."""
        return not self.names <= other.said or _states_more(self.figures, other.figures)


def _states_more(mine: Sequence[Figure], theirs: Sequence[Figure]) -> bool:
    """A text has a figure without a counterpart of its own in another text; equal ones go together, then rounded ones."""
    left, rest = _beyond(mine, theirs), _beyond(theirs, mine)
    for figure in left:
        counterpart = next((each for each in rest if figures.same(figure, each) or figures.same(each, figure)), None)
        if counterpart is None:
            return True
        rest.remove(counterpart)
    return False


def _beyond(mine: Sequence[Figure], theirs: Sequence[Figure]) -> list[Figure]:
    """The figures of a text that another text does not have as often."""
    held = Counter((figure.value, figure.unit) for figure in theirs)
    left: list[Figure] = []
    for figure in mine:
        if held[figure.value, figure.unit]:
            held[figure.value, figure.unit] -= 1
        else:
            left.append(figure)
    return left


def _differ(one: Paper, other: Paper) -> bool:
    """The papers differ in an id of one kind; the DOI of a preprint differs from that of the journal by right."""
    for kind in _VETOING:
        first, second = set(one.all_of(kind)), set(other.all_of(kind))
        if first and second and not first & second:
            published = [{doi for doi in each if not doi.startswith(PREPRINT_DOIS)} for each in (first, second)]
            if kind != "doi" or all(published) or not any(published):
                return True
    return False


def _years_apart(one: Paper, other: Paper) -> int:
    return abs(one.year - other.year) if one.year and other.year else 0


def common_author(one: Paper, other: Paper) -> bool:
    """Some author of one paper may be an author of the other."""
    if set(one.authors) & set(other.authors):
        return True
    return any(one_person(name_parts(first), name_parts(second)) for first in one.authors for second in other.authors)


def _same_people(one: Paper, other: Paper) -> bool:
    """Each author of the shorter list may be one of the longer."""
    short, long = sorted(([name_parts(name) for name in each.authors] for each in (one, other)), key=len)
    return bool(short) and all(any(one_person(name, further) for further in long) for name in short)


def name_parts(name: str) -> list[str]:
    """The words of a person's name, folded."""
    return _WORD.findall(text.fold(name))


def one_person(one: list[str], other: list[str]) -> bool:
    """Two names, as their parts in lower case, may be one person's: "I. Duarte", "Duarte, Ines", "Ines Maria Duarte"."""
    family = {part for part in one if len(part) > 1 and part in other}
    if not family:
        return bool(one) and one == other
    rest, further = ([part for part in name if part not in family] for name in (one, other))
    short, long = sorted((rest, further), key=len)
    for part in short:
        match = next((each for each in long if each.startswith(part) or part.startswith(each)), None)
        if match is None or (len(part) > 1 and len(match) > 1):  # two names in full that differ
            return False
        long = [each for each in long if each is not match]
    return True


def _people(main: tuple[str, ...], further: tuple[str, ...]) -> tuple[str, ...]:
    """The authors of one record, each name in its fullest form, then those whom only the other one names."""
    if not main or not further or main == further:
        return main or further
    people = list(main)
    left = [name_parts(name) for name in main]
    for name in further:
        parts = name_parts(name)
        exact = next((place for place, known in enumerate(left) if known and known == parts), None)
        place = exact if exact is not None else next((at for at, known in enumerate(left) if one_person(known, parts)), None)
        if place is None:
            if parts or name not in people:
                people.append(name)
                left.append([])
            continue
        if _fullness(parts) > _fullness(name_parts(people[place])):
            people[place] = name
        left[place] = []  # a name stands for one person
    return tuple(people)


def _fullness(parts: list[str]) -> tuple[int, int]:
    """Names in full count more than initials."""
    return sum(len(part) > 1 for part in parts), sum(map(len, parts))


def merge(held: Paper, met: Paper, *, again: bool = False) -> Paper:
    """Merge two records of one paper; the id stays that of the first record.

    Args:
        held: the paper as held.
        met: the record met since. Its text replaces the text held, unless the new text is cut off, part of the other, of an older
            version, of a preprint of the published form held, or known already as another edition.
        again: `met` comes from the place of `held` and from nowhere else: its text replaces the earlier text and is no edition.

    Returns:
        The merged paper.
    """
    if _adds_nothing(held, met):
        return held
    newer = _text_counts(held, met, again)
    main, other = (met, held) if newer else (held, met)
    editions = {_edition_key(one): one for one in (*held.editions, *met.editions)}
    if not (again and newer) and (edition := _edition(other, main, editions.values())):
        editions.setdefault(_edition_key(edition), edition)
    text_of = _squeezed(main.abstract)
    kept = [one.model_copy(update={"abstract": ""}) if _squeezed(one.abstract) == text_of else one for one in editions.values()]
    return main.model_copy(
        update={
            "id": held.id,
            "pages": _pages(held, met),
            "ids": gathered(held.ids, met.ids),
            "authors": _people(main.authors, other.authors),
            "date": _date(main, other),
            "url": main.url or other.url,
            "venue": main.venue or other.venue,
            "version": main.version or (other.version if _squeezed(main.abstract) == _squeezed(other.abstract) else None),
            "keys": tuple(dict.fromkeys((*held.keys, *met.keys))),
            "type": main.type or other.type,
            "categories": tuple(dict.fromkeys((*main.categories, *other.categories))),
            "notice": main.notice or other.notice,
            "editions": _each_once(one for one in kept if one.abstract or one.title or one.ids or one.venue),
        }
    )


def _adds_nothing(held: Paper, met: Paper) -> bool:
    """A record says what is held already, as nearly all do that are read a second time."""
    told = held.model_copy(
        update={"source": met.source, "pages": met.pages, "keys": met.keys, "editions": met.editions, "id": met.id}
    )
    within = set(met.pages) <= set(held.pages) and set(met.keys) <= set(held.keys) and set(met.editions) <= set(held.editions)
    return within and told == met


def _pages(held: Paper, met: Paper) -> tuple[Page, ...]:
    pages = {page.name: page for page in held.pages}
    for page in met.pages:
        if page.date or page.name not in pages:
            pages[page.name] = page
    return tuple(pages.values())


@lru_cache(8192)  # each record of a title is compared with all editions of it
def _squeezed(abstract: str) -> str:
    return " ".join(_WORD.findall(abstract.lower()))


def _text_counts(held: Paper, met: Paper, again: bool) -> bool:
    """The text of the record that was met takes the place of the text that is held."""
    if held.truncated != met.truncated:
        return held.truncated
    if held.version and met.version and held.version != met.version:
        return met.version > held.version
    old, new = _squeezed(held.abstract), _squeezed(met.abstract)
    if old == new:
        return again or bool(met.venue and not held.venue)
    if old.startswith(new) or new.startswith(old):
        return new.startswith(old)
    if any(_squeezed(one.abstract) == new for one in held.editions if one.abstract):
        return False
    return again or not (_published(held) and _preprint(met))


def _published(paper: Paper) -> bool:
    doi = paper.doi
    return bool(doi and not doi.startswith(PREPRINT_DOIS)) or bool(paper.venue and "arxiv" not in paper.venue.lower())


def _preprint(paper: Paper) -> bool:
    return bool(paper.ids) and not _published(paper) and bool(paper.arxiv or paper.doi)


def _edition(other: Paper, main: Paper, known: Iterable[Edition]) -> Edition | None:
    """What of a record that gave way is to be kept: a whole text of its own, another place of publication."""
    own = not other.truncated and not _squeezed(main.abstract).startswith(_squeezed(other.abstract))
    told = {*main.ids, *(one for edition in known for one in edition.ids)}
    elsewhere = bool(set(other.ids) - told) or bool(other.venue and main.venue and other.venue != main.venue)
    renamed = titles(other)[0] not in titles(main.model_copy(update={"editions": tuple(known)}))
    if not own and not renamed and not (elsewhere and (main.ids or main.venue)):
        return None
    return Edition(
        title=other.title if renamed else "",
        abstract=other.abstract if own else "",
        venue=other.venue,
        date=other.date,
        url=other.url,
        ids=other.ids,
        version=other.version,
    )


def _each_once(editions: Iterable[Edition]) -> tuple[Edition, ...]:
    """The editions without those that repeat the text of one with a title, as a record that became one does when it comes again."""
    listed = list(editions)
    titled = {_squeezed(one.abstract): one for one in listed if one.title and one.abstract}

    def repeats(one: Edition) -> bool:
        first = titled.get(_squeezed(one.abstract)) if one.abstract and not one.title else None
        return bool(first and set(one.ids) <= set(first.ids) and one.venue in (None, first.venue))

    return tuple(one for one in listed if not repeats(one))


def _edition_key(edition: Edition) -> tuple[str, ...]:
    """What tells editions of a paper apart."""
    place = () if edition.abstract else (" ".join(edition.ids), edition.venue or "")
    return (edition.title, _squeezed(edition.abstract), *place)


def _date(main: Paper, other: Paper) -> str | None:
    """The date of the text that counts, or an exact one that agrees with it."""
    if main.date and other.date and other.date.startswith(main.date):
        return other.date
    return main.date or other.date


def gives_up(before: Paper, now: Paper) -> bool:
    """Whether a whole abstract that was held is held no more, neither as a part of the new one nor as an edition."""
    old = _squeezed(before.abstract)
    if before.truncated or before.abstract == now.abstract:
        return False
    return not any(_squeezed(each).startswith(old) for each in (now.abstract, *(one.abstract for one in now.editions)))


def further_id(paper: Paper, taken: Iterable[str]) -> str:
    """An id for a paper whose title another paper has already."""
    marks = [*paper.ids, *paper.authors, paper.date or "", paper.abstract]
    slug = paper.id.rpartition("-")[0]
    taken = set(taken)
    for length in range(1, len(marks) + 1):
        key = f"{slug}-{blake2b(chr(0).join([paper.id, *marks[:length]]).encode('utf-8', 'replace'), digest_size=4).hexdigest()}"
        if key not in taken:
            return key
    return f"{paper.id}-{len(taken)}"
