"""Records that come in, brought together with each other and with the papers of the library: which are one, which are new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from assistant.library import identity
from assistant.library.generations import Writer
from assistant.library.store import Head
from assistant.types import Alike, Merge, Paper

_COMPARED = 8
"""A record is compared with at most this many papers of one sketch, as a boilerplate text can occur in thousands of papers."""


class Arrived(NamedTuple):
    """What became of some records."""

    papers: list[Paper]
    """Papers as the library will hold them, in the order of the records."""
    before: dict[str, Head]
    """The same papers, and papers like them, as the library held them before."""
    gone: list[Head]
    """Papers of the library that were merged into another paper of it."""
    merged: list[Merge]
    alike: list[Alike]


class Arrivals:
    """One run of an ingest: remembers which papers the run has met."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._met: set[str] = set()
        """Ids of the papers that this run has met."""

    def take(self, records: Sequence[Paper]) -> Arrived:
        """Bring some records together; what was taken before is held by the writer."""
        return _Table(self._writer, self._met, records).arrived()


class _Table:
    """Some records and the papers of the library that they may be."""

    def __init__(self, writer: Writer, met: set[str], records: Sequence[Paper]) -> None:
        self._met = met
        self._records = records
        names = [identity.names(record) for record in records]
        found = writer.named_like(sorted({name for own in names for name in own}))
        # of what is known by its name the text is not looked for: most of an ingest of known papers
        self._sketches = {
            at: identity.sketches(record.abstract)
            for at, (record, own) in enumerate(zip(records, names, strict=True))
            if not any(name in found for name in own)
        }
        near = writer.named_like(sorted({name for own in self._sketches.values() for name in own}))
        found |= {sketch: of[:_COMPARED] for sketch, of in near.items()}
        ids = {paper for papers in found.values() for paper in papers}
        self._held = writer.heads(ids | {record.id for record in records})
        self._papers = {id: head.paper for id, head in self._held.items() if head.sound}
        self._index = {name: dict.fromkeys(id for id in of if id in self._papers) for name, of in found.items()}
        self._touched: dict[str, None] = {}
        self._gone: dict[str, str] = {}
        self._merged: list[Merge] = []
        self._alike: list[Alike] = []

    def arrived(self) -> Arrived:
        """All records, one after the other."""
        for at, record in enumerate(self._records):
            self._take(record, self._sketches.get(at, ()))
        self._met.update(self._touched)
        papers = [self._papers[id] for id in self._touched if id not in self._gone]
        gone = [self._held[id] for id in self._gone if id in self._held]
        merged = [one.model_copy(update={"paper": self._now(one.paper)}) for one in self._merged]
        return Arrived(papers, self._held, gone, merged, self._alike)

    def _now(self, id: str) -> str:
        while id in self._gone:
            id = self._gone[id]
        return id

    def _take(self, record: Paper, sketches: tuple[str, ...]) -> None:
        names = (*identity.names(record), *sketches)
        paper, near = None, list[Paper]()
        for id in self._candidates(identity.names(record), sketches):
            known = self._papers[id]
            by = identity.same(known, record)
            if by is None:
                if sketches and identity.alike(known, record):
                    near.append(known)
            elif paper is None:
                paper = self._join(known, record, by)
            else:  # the record tells that two papers are one
                paper = self._unite(paper, known, by)
        if paper is None:
            paper = record
            if record.id in self._papers:
                paper = record.model_copy(update={"id": identity.further_id(record, self._papers)})
            titled = (known for known in near if not set(identity.titles(known)) & set(identity.titles(record)))
            if first := next(titled, None):  # the papers of a group are near each other, and one pair joins a paper to its group
                self._alike.append(Alike(papers=(first.id, paper.id), titles=(first.title, paper.title)))
        self._put(paper, (*names, *identity.names(paper)))

    def _candidates(self, names: Iterable[str], sketches: Iterable[str]) -> list[str]:
        """Ids of papers with a name of the record, then of the first few with a sketch of the record."""
        named = [id for name in names for id in self._index.get(name, ())]
        near = [id for sketch in sketches for id in islice(self._index.get(sketch, ()), _COMPARED)]
        return [id for id in dict.fromkeys((*named, *near)) if id not in self._gone]

    def _join(self, known: Paper, record: Paper, by: str) -> Paper:
        first = known.id not in self._met and known.id not in self._touched
        pages = {page.name for page in known.pages}
        again = first and pages <= {page.name for page in record.pages}
        if not (first and {page.name for page in record.pages} <= pages):
            page = record.pages[0].name if record.pages else ""
            self._merged.append(Merge(paper=known.id, title=record.title, page=page, by=by))
        return identity.merge(known, record, again=again)

    def _unite(self, paper: Paper, known: Paper, by: str) -> Paper:
        if identity.apart(paper, known) or (by == identity.BY_TEXT and identity.same(paper, known) is None):
            return paper
        self._gone[known.id] = paper.id
        page = known.pages[0].name if known.pages else ""
        self._merged.append(Merge(paper=paper.id, title=known.title, page=page, by=by))
        return identity.merge(paper, known)

    def _put(self, paper: Paper, names: Iterable[str]) -> None:
        self._papers[paper.id] = paper
        self._touched[paper.id] = None
        for name in names:
            self._index.setdefault(name, {})[paper.id] = None
