"""Bring a library level with its sources: what is new or changed is embedded and stored, the rest is left alone."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from assistant.config import IngestSettings
from assistant.library import chunking, identity, repeats
from assistant.library.arrivals import Arrivals, Arrived
from assistant.library.generations import Library, Writer
from assistant.library.store import Head
from assistant.sources import fetch, papers, read, remote
from assistant.text.view import View
from assistant.types import Alike, Chunk, Embedder, IngestReport, Merge, Paper, Record, Rejection, Replaced

_WINDOW = 4096
"""Records are compared and merged in groups of this many."""
_LACKING = re.compile(r"\A(.{1,200}) has no abstract|\A'abstract' is missing or is not text(?: \(the (.{1,200}) has none\))?")
"""The reasons by which readers reject such a record, with its name."""
_NAMED = 3
"""Such records of a file that are named."""
Progress = Callable[[int, int], None]
"""Called with the papers done and the papers in all."""


class Engine(Protocol):
    """Where the work of an ingest is done that needs no order; what it gives comes in the order of what it takes."""

    def items(self, files: Sequence[str], settings: IngestSettings) -> Iterator[Paper | Rejection]:
        """Read files of this machine."""
        ...

    def records(self, batches: Iterable[Sequence[Paper]], chunk_tokens: int) -> Iterator[list[Record]]:
        """Chunk and embed papers, a batch at a time; an empty one costs nothing."""
        ...


class _Here:
    """This process."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = embedder

    def items(self, files: Sequence[str], settings: IngestSettings) -> Iterator[Paper | Rejection]:
        """Read files of this machine."""
        for file in files:
            yield from items(file, settings)

    def records(self, batches: Iterable[Sequence[Paper]], chunk_tokens: int) -> Iterator[list[Record]]:
        """Chunk and embed papers, a batch at a time."""
        for batch in batches:
            yield records(batch, self._embedder(), chunk_tokens) if batch else []


def ingest(
    files: Iterable[str],
    library: Library,
    embedder: Callable[[], Embedder],
    *,
    settings: IngestSettings,
    chunk_tokens: int,
    wait: float,
    fresh: bool = False,
    sample: bool = False,
    since: str | None = None,
    categories: Sequence[str] = (),
    progress: Progress = lambda done, total: None,
    engine: Engine | None = None,
) -> IngestReport:
    """Take in the papers of files, and of sites after the files.

    Records of one paper are merged (`identity.py`). Nothing is in force before all work is done. A run that was stopped is
    continued by the next run. The embedder is made only where a text is new. At most `_WINDOW` papers are in memory at a time.
    An ingest that would change nothing, as `repeats` knows, reads no papers.

    Args:
        files: the inputs, as `expand` gives them.
        library: the library.
        embedder: makes the embedder.
        settings: bounds and addresses of sources.
        chunk_tokens: the most tokens of a chunk.
        wait: seconds to wait for another writer.
        fresh: start from an empty library.
        sample: the papers are the sample that is shipped with the package.
        since: a date; records of an older date, and of none, are left out.
        categories: of arXiv; records of no such category are left out, where "cs" stands for "cs.CL" too.
        progress: called with the numbers of finished papers and of all papers.
        engine: where files are read and papers embedded; None for this process.

    Returns:
        The numbers of papers and chunks, the rejections and the merges.
    """
    began = time.perf_counter()
    library.prepare(wait)
    files = list(files)
    shaped = {"ingest": settings.model_dump(), "chunk": chunk_tokens, "since": since, "categories": list(categories)}
    asked = None if fresh or sample else repeats.run(files, shaped)
    if asked and (known := repeats.recalled(library, asked, wait)):
        progress(known.papers, known.papers)
        return known.model_copy(update={"seconds": _since(began)})
    run = _Run(since, categories)
    engine = engine or _Here(embedder)
    windows = _batches(run.papers(_items(files, settings, engine)), _WINDOW)
    window = next(windows, None)  # before the lock is taken, as reading takes time
    with library.writer(wait=wait, fresh=fresh, sample=sample) as writer:
        arrivals = Arrivals(writer)
        while window:
            arrived = arrivals.take(window)
            run.note(arrived)
            batches = list(_batches(arrived.papers, settings.batch))
            parts = [_compared(batch, arrived.before) for batch in batches]
            made = engine.records((part.changed for part in parts), chunk_tokens)
            for batch, part, embedded in zip(batches, parts, made, strict=True):
                run.counts += _written(part, embedded, writer, arrived.before)
                run.added += [paper.id for paper in batch if paper.id not in arrived.before]
                run.truncated += sum(paper.truncated for paper in batch)
                progress(sum(run.counts[key] for key in ("new", "changed", "unchanged")), run.total)
            writer.drop(arrived.gone)
            window = next(windows, None)
        wrote = writer.wrote
        report = run.report(writer.publish(), _since(began))
        if asked:
            repeats.remember(library, asked, files, report, wrote)
    return report


def restore(
    held: Sequence[Paper],
    library: Library,
    embedder: Callable[[], Embedder],
    *,
    settings: IngestSettings,
    chunk_tokens: int,
    wait: float,
) -> int:
    """Take papers that were removed back in, with all that the library knew of them.

    Args:
        held: the papers, as a report of a removal holds them; one that was taken in again meanwhile stays as it is now.
        library: the library.
        embedder: makes the embedder.
        settings: the number of papers that are embedded together.
        chunk_tokens: the most tokens of a chunk.
        wait: seconds to wait for another writer.

    Returns:
        The number of papers that are back.
    """
    back, current = 0, library.current()
    with library.writer(wait=wait, sample=bool(current and current.sample)) as writer:
        known = writer.heads({paper.id for paper in held})
        for batch in _batches((paper for paper in held if paper.id not in known), settings.batch):
            back += store(batch, writer, embedder, chunk_tokens, {})["new"]
        writer.publish()
    return back


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


class _Run:
    """What happened so far."""

    def __init__(self, since: str | None, categories: Sequence[str]) -> None:
        self._since = since
        self._categories = categories
        self.counts: Counter[str] = Counter()
        self.total = 0
        self.truncated = 0
        self._rejected: list[Rejection] = []
        self._cut: list[str] = []
        self._merged: list[Merge] = []
        self._alike: list[Alike] = []
        self._replaced: list[Replaced] = []
        self.added: list[str] = []

    def papers(self, items: Iterable[Paper | Rejection]) -> Iterator[Paper]:
        """The papers among some items, in a size that can be worked on."""
        for item in items:
            if isinstance(item, Rejection):
                self._rejected.append(item)
                continue
            if not self._asked_for(item):
                self.counts["left_out"] += 1
                continue
            paper, told = papers.fitted(item)
            if told:
                self._cut.append(told)
            yield paper

    def _asked_for(self, paper: Paper) -> bool:
        if self._since and (not paper.date or paper.date < self._since[: len(paper.date)]):
            return False
        among = (each == wanted or each.startswith(f"{wanted}.") for each in paper.categories for wanted in self._categories)
        return not self._categories or any(among)

    def note(self, arrived: Arrived) -> None:
        """Count what became of some records."""
        self.total += len(arrived.papers)
        self._merged += arrived.merged
        self._alike += arrived.alike
        for paper in arrived.papers:
            held = arrived.before.get(paper.id)
            if held and held.sound and identity.gives_up(held.paper, paper):
                self._replaced.append(Replaced(paper=paper.id, title=paper.title, before=held.paper.abstract))

    def report(self, generation: int, seconds: float) -> IngestReport:
        """The report of the whole run."""
        return IngestReport(
            new=self.counts["new"],
            changed=self.counts["changed"],
            unchanged=self.counts["unchanged"],
            added=tuple(self.added),
            seen_again=self.counts["seen_again"],
            truncated=self.truncated,
            chunks=self.counts["chunks"],
            seconds=seconds,
            generation=generation,
            rejected=tuple(_summed(self._rejected)),
            replaced=tuple(self._replaced),
            left_out=self.counts["left_out"],
            cut=tuple(dict.fromkeys(self._cut)),
            merged=tuple(self._merged),
            alike=tuple(self._alike),
        )


def _summed(rejected: Iterable[Rejection]) -> list[Rejection]:
    """The rejections, with one for all records of a file that lack an abstract, as all of some exports do."""
    lacking: dict[str, list[Rejection]] = {}
    for one in rejected:
        if _LACKING.fullmatch(one.reason):
            lacking.setdefault(one.file, []).append(one)
    found: list[Rejection] = []
    for one in rejected:
        same = lacking.get(one.file, []) if _LACKING.fullmatch(one.reason) else []
        if len(same) <= _NAMED:
            found.append(one)
        elif one is same[0]:
            names = ", ".join(_LACKING.sub(r"\1\2", each.reason) or "one without a title" for each in same[:_NAMED])
            reason = f"{len(same):,} records have no abstract, and no paper can be quoted without one; the first are {names}"
            found.append(one.model_copy(update={"reason": reason}))
    return found


def items(file: str, settings: IngestSettings) -> Iterable[Paper | Rejection]:
    """The papers of a file."""
    return read(file, max_line=settings.max_line, max_file=settings.max_file).items


def _items(files: Sequence[str], settings: IngestSettings, engine: Engine) -> Iterator[Paper | Rejection]:
    """The papers of files, then those of sites."""
    yield from engine.items([file for file in files if not remote(file)], settings)
    if asked := [file for file in files if remote(file)]:
        yield from fetch(asked, settings)


class _Compared(NamedTuple):
    """Some papers beside what is known of them."""

    changed: list[Paper]
    """Those to be embedded."""
    retagged: list[Paper]
    counts: Counter[str]


def store(
    batch: Sequence[Paper], writer: Writer, embedder: Callable[[], Embedder], chunk_tokens: int, known: Mapping[str, Head]
) -> Counter[str]:
    """Write what is new or changed of some papers, as they are to be held, beside what is known; how many are which."""
    part = _compared(batch, known)
    return _written(part, records(part.changed, embedder(), chunk_tokens) if part.changed else [], writer, known)


def _compared(batch: Sequence[Paper], known: Mapping[str, Head]) -> _Compared:
    found = _Compared([], [], Counter())
    for paper in batch:
        held = known.get(paper.id)
        old = held.paper if held and held.sound else None  # what is damaged is stored anew
        found.counts["seen_again"] += len(paper.pages) > 1
        if old is None or (old.title, old.abstract) != (paper.title, paper.abstract):
            found.changed.append(paper)
            found.counts["changed" if held else "new"] += 1
        elif old != paper:
            found.retagged.append(paper)
            # a further page is news of the page, not of the paper
            found.counts["unchanged" if old == paper.model_copy(update={"pages": old.pages}) else "changed"] += 1
        else:
            found.counts["unchanged"] += 1
    return found


def _written(part: _Compared, embedded: list[Record], writer: Writer, known: Mapping[str, Head]) -> Counter[str]:
    if embedded:
        numbers = Counter(record.paper.id for record in embedded)
        leftover = [
            chunking.chunk_id(paper.id, number)
            for paper in part.changed
            if paper.id in known and known[paper.id].sound  # else `publish` finds them
            for number in range(numbers[paper.id], known[paper.id].chunks)
        ]
        writer.write(embedded, leftover)
    writer.retag([known[paper.id]._replace(paper=paper) for paper in part.retagged])
    part.counts["chunks"] = len(embedded)
    return part.counts


def records(papers: Sequence[Paper], embedder: Embedder, chunk_tokens: int) -> list[Record]:
    """The chunks of papers with their vectors."""
    chunks = [(paper, piece) for paper in papers for piece in chunking.split(paper, chunk_tokens, embedder.count)]
    return _embedded(chunks, embedder)


def _embedded(chunks: Sequence[tuple[Paper, Chunk]], embedder: Embedder) -> list[Record]:
    titles = [View(paper.title).text for paper, _ in chunks]
    vectors = embedder.chunks(titles, [chunking.readable(piece) for _, piece in chunks])
    return [Record(piece, paper, vector) for (paper, piece), vector in zip(chunks, vectors, strict=True)]


def _batches(items: Iterable[Paper], size: int) -> Iterator[list[Paper]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
