"""Bring a library level with its sources: what is new or changed is embedded and stored, the rest is left alone."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from assistant.config import IngestSettings
from assistant.library import chunking
from assistant.library.generations import Library, Writer
from assistant.sources import fetch, papers, read, remote
from assistant.text.view import View
from assistant.types import Chunk, Embedder, IngestReport, Paper, Record, Rejection

Progress = Callable[[int, int], None]
"""Called with the papers done and the papers in all."""


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
    progress: Progress = lambda done, total: None,
) -> IngestReport:
    """Take in the papers of `files`, as `expand` gives them; what is asked of sites comes after the files.

    A paper met twice keeps the pages of both and the text met last. Nothing is in force before all is done; a run that
    was stopped is taken up where it stopped by the next one. The embedder is asked for only where a text is new.
    """
    began = time.perf_counter()
    met, rejected, cut = _read(files, settings)
    counts: Counter[str] = Counter()
    generation = 0
    with library.writer(wait=wait, fresh=fresh, sample=sample) as writer:
        for batch in _batches(met.values(), settings.batch):
            counts += store(batch, writer, embedder, chunk_tokens)
            progress(counts["new"] + counts["changed"] + counts["unchanged"], len(met))
        generation = writer.publish()
    return IngestReport(
        new=counts["new"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        seen_again=counts["seen_again"],
        truncated=sum(paper.truncated for paper in met.values()),
        chunks=counts["chunks"],
        seconds=round(time.perf_counter() - began, 3),
        generation=generation,
        rejected=tuple(rejected),
        cut=tuple(cut.values()),
    )


def _read(files: Iterable[str], settings: IngestSettings) -> tuple[dict[str, Paper], list[Rejection], dict[str, str]]:
    """The papers by their ids, what was rejected, and what was cut of which papers."""
    met: dict[str, Paper] = {}
    rejected: list[Rejection] = []
    cut: dict[str, str] = {}
    for item in _items(list(files), settings):
        if isinstance(item, Rejection):
            rejected.append(item)
        else:
            paper, told = papers.fitted(item)
            met[paper.id] = papers.merge(met[paper.id], paper) if paper.id in met else paper
            cut.pop(paper.id, None)  # the text met last counts
            if told:
                cut[paper.id] = told
    return met, rejected, cut


def _items(files: Sequence[str], settings: IngestSettings) -> Iterator[Paper | Rejection]:
    """What files hold, then what sites do."""
    for file in files:
        if not remote(file):
            yield from read(file, max_line=settings.max_line, max_file=settings.max_file).items
    if asked := [file for file in files if remote(file)]:
        yield from fetch(asked, settings)


def store(batch: Sequence[Paper], writer: Writer, embedder: Callable[[], Embedder], chunk_tokens: int) -> Counter[str]:
    """Write what is new or changed of some papers; how many are which."""
    known = writer.heads(paper.id for paper in batch)
    counts: Counter[str] = Counter()
    changed: list[Paper] = []
    retagged: list[Paper] = []
    for paper in batch:
        held = known.get(paper.id)
        old = held.paper if held and held.sound else None  # what is damaged is stored anew
        whole = papers.merge(old, paper) if old else paper
        counts["seen_again"] += len(whole.pages) > 1
        if old is None or (old.title, old.abstract) != (whole.title, whole.abstract):
            changed.append(whole)
            counts["changed" if held else "new"] += 1
        elif old != whole:
            retagged.append(whole)
            # a further page is news of the page, not of the paper
            counts["unchanged" if old == whole.model_copy(update={"pages": old.pages}) else "changed"] += 1
        else:
            counts["unchanged"] += 1
    chunked = {paper.id: chunking.split(paper, chunk_tokens, embedder().count) for paper in changed}
    chunks = [(paper, piece) for paper in changed for piece in chunked[paper.id]]
    if chunks:
        leftover = [
            chunking.chunk_id(paper.id, number)
            for paper in changed
            if paper.id in known and known[paper.id].sound  # else `publish` finds them
            for number in range(len(chunked[paper.id]), known[paper.id].chunks)
        ]
        writer.write(_embedded(chunks, embedder()), leftover)
    writer.retag([known[paper.id]._replace(paper=paper) for paper in retagged])
    counts["chunks"] = len(chunks)
    return counts


def _embedded(chunks: Sequence[tuple[Paper, Chunk]], embedder: Embedder) -> list[Record]:
    titles = [View(paper.title).text for paper, _ in chunks]
    vectors = embedder.chunks(titles, [chunking.readable(piece) for _, piece in chunks])
    return [Record(piece, paper, vector) for (paper, piece), vector in zip(chunks, vectors, strict=True)]


def _batches(items: Iterable[Paper], size: int) -> Iterator[list[Paper]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
