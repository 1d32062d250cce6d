"""A library of one machine sent to the database of a group, and checked by what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from assistant.errors import LibraryError, QuestionError
from assistant.library.generations import Library
from assistant.library.ingest import Progress
from assistant.library.replica import Replica
from assistant.library.vector_index import damaged_paper, stored
from assistant.types import MigrationReport

_SEARCHES = 100
"""Titles that are searched for on both sides."""
Search = Callable[[str], Sequence[str]]
"""A question to the ids of the papers found."""


def migrate(
    source: Library, target: Replica, searches: tuple[Search, Search], *, wait: float, progress: Progress
) -> MigrationReport:
    """Send the generation in force to an empty database, copy it back, and compare the copy with the library.

    A run that was stopped is continued by the next run. The library stays as it is.

    Args:
        source: the library of this machine.
        target: the copy of the database on this machine.
        searches: a search of each of the two.
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
        asked = differing = 0
        for title in titles[:: max(1, len(titles) // _SEARCHES)][:_SEARCHES]:
            with suppress(QuestionError):  # a title may hold no word
                here, there = (search(title) for search in searches)
                asked, differing = asked + 1, differing + (here != there)
    return MigrationReport(
        papers=copy.papers,
        chunks=copy.chunks,
        searches=asked,
        differing=differing,
        folder=str(target.folder),
        seconds=round(time.perf_counter() - began, 3),
    )
