"""The papers of one generation of the library, for browsing: a table, topics, a map, questions that they answer."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Literal, NamedTuple

import numpy as np

from assistant import text
from assistant.answer import topical
from assistant.assistant import Assistant
from assistant.library import topics
from assistant.library.generations import Current, Snapshot
from assistant.library.orders import NOTHING, Kept
from assistant.page import places
from assistant.question.names import called
from assistant.types import Answer, Paper, Vectors
from assistant.verify import injection

Order = Literal["as they came in", "title", "page", "newest"]
_MONTHS: Sequence[str] = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAY = re.compile(rf"(?i)({'|'.join(_MONTHS)})[a-z]*\.? (\d{{1,2}})")
"""A date as saved pages print it: "Aug 19"."""
_EXAMPLES = 4
_NEAREST = 5
_ALIKE = 0.35
"""A paper is related to another one from this cosine on."""
_TRIES = 3
"""Of each kind of question at most this many are tried."""
_LONGEST = 160
"""A question with more characters is not offered."""


class Point(NamedTuple):
    """A paper on the map."""

    paper: Paper
    topic: int
    x: float
    y: float


class Catalogue:
    """What can be browsed; topics and map are worked out at the first look, once."""

    def __init__(self, current: Current, papers: Sequence[Paper], vectors: Vectors, kept: Kept = NOTHING) -> None:
        """The papers of a generation, a vector for each, and what is known of orders to a reader in them."""
        self.current = current
        self.papers = papers
        self.by_id = {paper.id: paper for paper in papers}
        self._vectors = vectors
        self._kept = kept
        self._working = threading.Lock()

    def found(self, words: str, page: str | None, order: Order, year: str | None = None) -> list[Paper]:
        """The papers of a page and a year that hold all of `words` in title or text, in order."""
        wanted = text.fold(words).split()
        kept = [
            paper
            for paper, content, own in zip(self.papers, self._contents, self._years, strict=True)
            if all(word in content for word in wanted)
            and (not page or any(each.name == page for each in paper.pages))
            and (not year or own == year)
        ]
        match order:
            case "as they came in":
                return kept
            case "title":
                return sorted(kept, key=lambda paper: text.fold(paper.shown))
            case "page":
                return sorted(kept, key=lambda paper: paper.pages[0].name if paper.pages else "")
            case "newest":
                return sorted(kept, key=when, reverse=True)

    @cached_property
    def _contents(self) -> list[str]:
        return [text.fold(f"{paper.title} {paper.abstract}") for paper in self.papers]

    @cached_property
    def _years(self) -> list[str]:
        return [year_of(paper) for paper in self.papers]

    @cached_property
    def years(self) -> dict[str, int]:
        """The number of papers of each year, from the first one with a paper to the last one."""
        known = Counter(filter(None, self._years))
        return {str(year): known[str(year)] for year in range(int(min(known)), int(max(known)) + 1)} if known else {}

    def like(self, paper: str) -> list[Paper]:
        """The papers whose vectors are nearest to that of a paper, the nearest first."""
        place = next(at for at, each in enumerate(self.papers) if each.id == paper)
        cosines = self._vectors @ self._vectors[place]
        nearest = [at for at in np.argsort(-cosines, kind="stable").tolist() if at != place and cosines[at] >= _ALIKE]
        return [self.papers[at] for at in nearest[:_NEAREST]]

    @property
    def dates(self) -> list[str]:
        """All dates by which can be filtered."""
        found = {date for paper in self.papers for date in (paper.date, *(page.date for page in paper.pages)) if date}
        return sorted(found)

    @property
    def topics(self) -> list[str]:
        """The names of the topics."""
        with self._working:  # two who look at once shall not both work it out
            return self._names

    def of_topic(self, name: str) -> list[str]:
        """The ids of the papers of a topic."""
        place = {each: place for place, each in enumerate(self.topics)}.get(name)
        return [paper.id for paper, label in zip(self.papers, self._labels, strict=True) if label == place]

    @property
    def points(self) -> list[Point]:
        """The map."""
        with self._working:
            return self._points

    @cached_property
    def _labels(self) -> list[int]:
        return topics.cluster(self._vectors).tolist() if self.papers else []

    @cached_property
    def _names(self) -> list[str]:
        labels = np.array(self._labels, np.int64)
        groups = [np.flatnonzero(labels == topic).tolist() for topic in range(max(self._labels, default=-1) + 1)]
        return topical.names(self.papers, groups, kept=self._kept)

    @cached_property
    def _points(self) -> list[Point]:
        spots: list[tuple[float, float]] = places.layout(self._vectors).tolist()
        return [Point(paper, label, x, y) for paper, label, (x, y) in zip(self.papers, self._labels, spots, strict=True)]

    def central(self) -> list[Paper]:
        """A paper of each of the largest topics, the one most like the others there."""
        labels = np.array(self._labels)
        largest = sorted(set(labels.tolist()), key=lambda topic: (-int((labels == topic).sum()), topic))
        chosen: list[Paper] = []
        for topic in largest[:_EXAMPLES]:
            rows = np.flatnonzero(labels == topic)
            centre = self._vectors[rows].mean(axis=0)
            chosen.append(self.papers[int(rows[int(np.argmax(self._vectors[rows] @ centre))])])
        return chosen


def year_of(paper: Paper) -> str:
    """The year of a paper, or of the page that it was on; empty where none is known."""
    known, date = when(paper)
    return date[:4] if known and "1000" < date[:4] else ""


def when(paper: Paper) -> tuple[bool, str]:
    """The key by which papers are put in the order of their dates: what has no year comes before all that has one."""
    dates = [date for date in (paper.date, *(page.date for page in paper.pages)) if date]
    if years := [date for date in dates if date[:4].isdecimal()]:
        return True, years[0] if paper.date else max(years)
    days = [f"{_MONTHS.index(day[1].lower()):02}-{int(day[2]):02}" for date in dates if (day := _DAY.fullmatch(date))]
    return False, max(days, default="")


def read(assistant: Assistant) -> Catalogue:
    """Read the catalogue of the generation in force.

    Returns:
        The catalogue.

    Raises:
        LibraryError: there is no library, or it cannot be used.
    """

    def work(snapshot: Snapshot) -> Catalogue:
        papers = list(snapshot.index.papers())
        vectors = snapshot.index.vectors_of([paper.id for paper in papers])
        return Catalogue(snapshot.current, papers, vectors, snapshot.orders)

    return assistant.library.read(work)


def questions(assistant: Assistant, paper: Paper, related: Sequence[Paper]) -> list[str]:
    """A question of each kind that this paper answers, as a silent try shows: figures, a comparison, a detail, a list, a fact.

    Args:
        assistant: answers by quotes.
        paper: the paper.
        related: papers to compare the paper with.

    Returns:
        The questions.
    """
    short = called(paper.shown)
    names = [
        each
        for each in dict.fromkeys(text.names(injection.without(paper.abstract)))
        if each.casefold() not in paper.title.casefold()
    ]
    own = [each for each in names if not any(each in other.abstract for other in related)]  # "LLM" is asked of any paper

    def first(answer: Answer) -> bool:
        return bool(answer.sources) and answer.sources[0].paper.id == paper.id

    def both(answer: Answer) -> bool:
        cited = {source.paper.id for source in answer.sources}
        return paper.id in cited and len(cited) > 1

    def several(answer: Answer) -> bool:
        return bool(answer.listing and answer.listing.exact > 1)

    kinds: tuple[tuple[Callable[[Answer], bool], list[str]], ...] = (
        (first, [f"Which results does {short} report?"]),
        (both, [f"Compare {short} and {called(other.shown)}" for other in related]),
        (first, [f"What does {short} say about {each}?" for each in own]),
        (several, [f"Which papers mention {each}?" for each in names]),
        (first, [f"What problem does {short} address?", f"What does {short} propose?", f"How does {short} work?"]),
    )
    found: list[str] = []
    for holds, kind in kinds:
        tried = (question for question in kind[:_TRIES] if len(question) <= _LONGEST)
        answered = (each for each in tried if (answer := assistant.ask(each)).match == "strong" and holds(answer))
        found += list(islice(answered, 1))
    return found


def examples(catalogue: Catalogue, assistant: Assistant) -> list[str]:
    """A question of each kind that this library answers: a fact, figures, a comparison, a list, an overview."""
    if not catalogue.papers:
        return []
    named = sorted((called(paper.shown) for paper in catalogue.central()), key=len)
    phrases: list[str] = assistant.retriever.look_up(
        lambda records, _: [phrase for phrase, _ in records.topics(injection.addresses)]
    )
    kinds = (
        [f"What problem does {name} address?" for name in named],
        [f"Which results does {name} report?" for name in named[1:]],
        [f"Compare {one} and {other}" for one, other in pairwise(named)],
        [f"Which papers mention {phrase}?" for phrase in phrases],
        [*(f"Give me an overview of {phrase}" for phrase in phrases[1:_TRIES]), "What is in the library?"],
    )
    tried = ((question for question in kind[:_TRIES] if len(question) <= _LONGEST) for kind in kinds)
    found = (next((question for question in kind if not assistant.ask(question).abstained), None) for kind in tried)
    return [question for question in found if question]
