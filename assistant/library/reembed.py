"""The papers of a library embedded anew, by the embedder in force; the old generation answers until the new one is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice

from assistant.library import ingest
from assistant.library.generations import Library
from assistant.library.store import Head
from assistant.library.vector_index import damaged_paper, stored
from assistant.types import Embedder, RebuildReport


def rebuild(
    library: Library,
    embedder: Callable[[], Embedder],
    *,
    batch: int,
    chunk_tokens: int,
    wait: float,
    progress: ingest.Progress = lambda done, total: None,
) -> RebuildReport:
    """Embed all papers anew and put the result in force; nothing is done where the embedder in force made the library.

    A run that was stopped is continued by the next run with the same settings. An ingest in between throws its work away.

    Args:
        library: the library.
        embedder: makes the embedder.
        batch: the papers embedded and stored at a time.
        chunk_tokens: the most tokens of a chunk.
        wait: seconds to wait for another writer.
        progress: called with the numbers of finished papers and of all papers.

    Returns:
        The papers embedded, and what was in force before.

    Raises:
        LibraryCorrupt: the content of a paper differs from its hash.
    """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
    began = time.perf_counter()
    before = library.in_force()
    if before.fingerprint == library.fingerprint:
        return RebuildReport(papers=0, resumed=0, before=before.embedder, embedder=library.embedder, generation=before.generation)
    library.prepare(wait)
    with library.rebuilder(wait) as (current, writer):
        folder = library.generation(current.generation) / "chroma"
        done = resumed = 0
        with stored(folder) as store:
            for heads in _batches(store.all_heads(), batch):
                for head in heads:
                    if not head.sound:
                        raise damaged_paper(folder, head.paper.id)
                papers = [head.paper for head in heads]
                counts = ingest.store(papers, writer, embedder, chunk_tokens, writer.heads([paper.id for paper in papers]))
                done, resumed = done + len(papers), resumed + counts["unchanged"]
                progress(done, current.papers)
        generation = writer.publish()
    return RebuildReport(
        papers=done - resumed,
        resumed=resumed,
        before=current.embedder,
        embedder=library.embedder,
        seconds=round(time.perf_counter() - began, 3),
        generation=generation,
    )


def _batches(heads: Iterator[Head], size: int) -> Iterator[list[Head]]:
    while batch := list(islice(heads, size)):
        yield batch
