"""The references of a draft, by BibTeX, a list in the draft or `thebibliography`, and the papers of the library they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from assistant import text
from assistant.check.citations import Mark
from assistant.check.masks import lines
from assistant.library.identity import name_parts
from assistant.library.metadata import Card, Records
from assistant.sources import bibtex, ids
from assistant.text.people import person
from assistant.text.view import View

_NUMBERED = re.compile(r"[ \t]{0,8}(?:\[(\d{1,3})\]|(\d{1,3})[.)])[ \t]+")
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\.?\d)")
"""A year, and no number of arXiv."""
_BULLET = re.compile(r"[ \t]{0,8}[-*+\u2022][ \t]+")
_FIRST_WORDS = 4
"""The first author of a list's entry is named by one of so many words."""
_FEWEST = 3
"""A title of fewer words is looked for only as a whole title, not inside the text of a reference."""
_SHOWN = 120
"""A reference without a title of its own is shown to this length."""


class Reference(NamedTuple):
    """An entry of the references."""

    key: str
    title: str
    """Empty where the entry is one text."""
    written: str
    """The whole entry of a list; empty for one of BibTeX."""
    people: tuple[str, ...]
    """The authors; of a list's entry the text before its year stands for them."""
    year: str
    ids: tuple[str, ...] = ()

    def of(self, year: str) -> bool:
        """Whether it may be of a year."""
        return year in _YEAR.findall(self.written) if self.written and self.year else self.year in ("", year)

    @property
    def surnames(self) -> Sequence[str]:
        """What the surname of its first author may be, folded."""
        if self.written:
            return name_parts(self.people[0])[:_FIRST_WORDS]
        return [_last(self.people[0])] if self.people else []

    @property
    def shown(self) -> str:
        """The title, or the start of the entry."""
        return self.title or (self.written if len(self.written) <= _SHOWN else f"{self.written[:_SHOWN]}...")


def of_bibtex(content: str) -> list[Reference]:
    """The entries of a BibTeX file; those that are broken are left out."""
    return [
        Reference(one.key, one.title, "", one.authors, (one.date or "")[:4], one.ids) for one in bibtex.listed(content) if one.key
    ]


def of_list(draft: str, span: tuple[int, int]) -> list[Reference]:
    """The entries of a list in a draft, numbered or not."""
    entries: list[tuple[str, list[str]]] = []
    section = draft[slice(*span)]
    numbered = any(_NUMBERED.match(section, start, end) for start, end in lines(section))
    parted = True
    for start, end in lines(section):
        line = section[start:end].strip()
        begins = _NUMBERED.match(section, start, end)
        if begins:
            entries.append((begins[1] or begins[2], [section[begins.end() : end].strip()]))
        elif not line:
            parted = True
            continue
        elif entries and (numbered or not (parted or _opens(section[start:end], entries[-1][1]))):
            entries[-1][1].append(line)
        elif not numbered:
            entries.append(("", [_BULLET.sub("", line, count=1)]))
        parted = False
    return [_written(key, " ".join(parts)) for key, parts in entries]


def _opens(line: str, entry: Sequence[str]) -> bool:
    """Whether a line opens a new entry without an empty line before it: behind a bullet, or a whole entry on each line."""
    if _BULLET.match(line):
        return True
    return line[:1].isupper() and bool(_YEAR.search(line)) and bool(_YEAR.search(" ".join(entry)))


def of_items(items: Iterable[tuple[str, str]]) -> list[Reference]:
    r"""The entries of `thebibliography`, by keys and texts."""
    return [_written(key, View(content).text) for key, content in items]


def _written(key: str, content: str) -> Reference:
    content = " ".join(View(content).text.replace("*", "").split())
    year = _YEAR.search(content)
    doi, arxiv = ids.doi_in(content), ids.arxiv_in(content)
    known = [*(ids.of("doi", doi) if doi else ()), *([f"arxiv:{arxiv[0]}"] if arxiv else [])]
    people = content[: year.start()] if year else content
    return Reference(key, "", content, (people[:_SHOWN],), year.group() if year else "", tuple(known))


class Meant(NamedTuple):
    """What a citation means."""

    key: str
    title: str
    papers: tuple[str, ...]
    """Ids of papers of the library."""
    problem: str
    """Why there is none."""


@dataclass(frozen=True)
class Shelf:
    """The references of a draft beside the records of the library."""

    references: Sequence[Reference]
    records: Records
    given: bool
    """A BibTeX file was given, or the draft holds a list."""
    _found: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])

    def holds(self, mark: Mark) -> bool:
        """Whether the references, or the library, have what a mark means."""
        if mark.people:
            return any(each.title for each in self.meant(mark))
        return any(key in self._by_key or key in self.records.keys for key in mark.keys)

    def meant(self, mark: Mark) -> list[Meant]:
        """What the citations of a mark mean."""
        if mark.people:
            return [self._authors(key, *who) for key, who in zip(mark.keys, mark.people, strict=True)]
        return [self._key(key, numbered=mark.numbered) for key in mark.keys]

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {one.key: at for at, one in reversed(list(enumerate(self.references))) if one.key}

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """A surname -> the places of the references whose first author may have it."""
        found: dict[str, list[int]] = {}
        for at, one in enumerate(self.references):
            for name in filter(None, dict.fromkeys(one.surnames)):
                found.setdefault(name, []).append(at)
        return found

    def _key(self, key: str, *, numbered: bool) -> Meant:
        at = self._by_key.get(key)
        if at is not None:
            return self._held(key, [at])
        if cards := self.records.keys.get(key):
            return Meant(key, cards[0].title, tuple(card.id for card in cards), "")
        if numbered:
            said = "the list of references has no such number" if self.given else "the draft has no list of references"
        else:
            said = (
                "the bibliography has no such entry"
                if self.given
                else "no .bib file is given, and no paper of the library has this key"
            )
        return Meant(key, "", (), said)

    def _held(self, key: str, places: Sequence[int]) -> Meant:
        titles = "; ".join(dict.fromkeys(self.references[at].shown for at in places))
        papers = tuple(dict.fromkeys(id for at in places for id in self._papers(at)))
        return Meant(key, titles, papers, "" if papers else "the library does not hold this paper")

    def _authors(self, key: str, who: str, year: str) -> Meant:
        wanted = _last(who)
        places = [at for at in self._by_name.get(wanted, ()) if self.references[at].of(year)]
        if places:
            return self._held(key, places)
        cards = [
            card
            for card in self.records.by(who)
            if (card.date or "")[:4] == year and any(wanted == _last(name) for name in card.authors[:1])
        ]
        if cards:
            return Meant(key, cards[0].title, tuple(card.id for card in cards), "")
        said = "the references have no such entry" if self.given else "no paper of the library has this author and year"
        return Meant(key, "", (), said)

    def _papers(self, at: int) -> tuple[str, ...]:
        """The ids of the papers that a reference means."""
        if at not in self._found:
            self._found[at] = tuple(card.id for card in self._cards(self.references[at]))
        return self._found[at]

    def _cards(self, one: Reference) -> list[Card]:
        for id in one.ids:
            found, sure = self.records.named(id)
            if sure and found:
                return found
        if one.title:
            found, sure = self.records.named(one.title)
            return found if sure else self._inside(one.title)
        return self._inside(one.written)

    def _inside(self, content: str) -> list[Card]:
        """The papers with the longest title that stands in a text as a whole."""
        words = text.title_key(content).split()
        best: list[Card] = []
        longest = _FEWEST - 1
        for at in range(len(words) - _FEWEST + 1):
            for title, card in self._titles.get(tuple(words[at : at + _FEWEST]), ()):
                if len(title) < longest or words[at : at + len(title)] != title:
                    continue
                best = [*best, card] if len(title) == longest else [card]
                longest = len(title)
        return list({card.id: card for card in best}.values())

    @cached_property
    def _titles(self) -> dict[tuple[str, ...], list[tuple[list[str], Card]]]:
        """The records with the words of their titles, by the first of these."""
        found: dict[tuple[str, ...], list[tuple[list[str], Card]]] = {}
        for card in self.records.all:
            words = text.title_key(card.title).split()
            if len(words) >= _FEWEST:
                found.setdefault(tuple(words[:_FEWEST]), []).append((words, card))
        return found


def _last(name: str) -> str:
    """The surname of a person, folded."""
    parts = name_parts(person(name).family)
    return parts[-1] if parts else ""
