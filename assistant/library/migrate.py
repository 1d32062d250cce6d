"""A library of one machine sent to the database of a group, and checked by what comes back."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

from assistant.errors import LibraryError, QuestionError
from assistant.library.generations import Library
from assistant.library.ingest import Progress
from assistant.library.replica import Replica
from assistant.library.vector_index import damaged_paper, stored
from assistant.types import MigrationReport, Vectors

_SEARCHES = 100
"""Titles that are searched for on both sides."""
_NEAREST = 50
"""Chunks that a search over all vectors gives."""
Search = Callable[[str], Sequence[str]]
"""A question to the ids of the papers found."""


def migrate(
    source: Library,
    target: Replica,
    searches: tuple[Search, Search],
    vector: Callable[[str], Vectors],
    *,
    wait: float,
    progress: Progress,
) -> MigrationReport:
    """Send the generation in force to an empty database, copy it back, and compare the copy with the library.

    A run that was stopped is continued by the next run. The library stays as it is.

    Args:
        source: the library of this machine.
        target: the copy of the database on this machine.
        searches: a search of each of the two.
        vector: the vector of a question.
        wait: seconds to wait for another process that writes to either.
        progress: called with papers sent and copied back, and twice the number of papers.

    Returns:
        The counts, and the searches that found other papers.

    Raises:
        LibraryError: there is no library, it is the sample or damaged, the database holds another one, or the copy differs.
    """  # noqa: DOC501  # damaged_paper() makes LibraryCorrupt
    began = time.perf_counter()
    with source.lock(wait):
        current = source.in_force()
        source.check(current)
        if current.sample:
            raise LibraryError("the library of this machine is the shipped sample; take in papers with: assistant ingest SOURCES")
        folder = source.generation(current.generation) / "chroma"
        with stored(folder) as store:
            for head in store.all_heads():
                if not head.sound:
                    raise damaged_paper(folder, head.paper.id)
            target.load(current, store, wait, lambda done, total: progress(done, 2 * total))
            target.level(wait, lambda done, total: progress(total + done, 2 * total))
            whole, titles = store.digest(), [head.paper.title for head in store.all_heads()]
        copy = target.in_force()
        with stored(target.generation(copy.generation) / "chroma") as store:
            if (copy.papers, copy.chunks, store.digest()) != (current.papers, current.chunks, whole):
                raise LibraryError(
                    f"the copy of the database at {target.group.shown} differs from the library in {str(source.folder)!r}: it has "
                    f"{copy.papers} papers of {current.papers}, {copy.chunks} chunks of {current.chunks}, or others; empty the "
                    "database and run it again"
                )
        asked: list[str] = []
        differing = 0
        for title in titles[:: max(1, len(titles) // _SEARCHES)][:_SEARCHES]:
            with suppress(QuestionError):  # a title may hold no word
                here, there = (search(title) for search in searches)
                asked, differing = [*asked, title], differing + (here != there)
        if asked:
            vectors = np.array([vector(title) for title in asked])
            here, there = (
                library.read(lambda snapshot: snapshot.index.nearest_of_all(vectors, _NEAREST)) for library in (source, target)
            )
            if others := sum(map(operator.ne, here, there)):
                raise LibraryError(
                    f"the index of vectors in {str(target.folder)!r} differs from the library's: {others} of {len(asked)} searches "
                    "over all vectors find other chunks; run assistant doctor in both places"
                )
    return MigrationReport(
        papers=copy.papers,
        chunks=copy.chunks,
        searches=len(asked),
        differing=differing,
        folder=str(target.folder),
        seconds=round(time.perf_counter() - began, 3),
    )
