"""Take papers out of a library, which is then as if they had never come in."""

from __future__ import annotations

import time
from collections.abc import Sequence

from assistant import text
from assistant.errors import UnknownPaper, brief
from assistant.library import repeats
from assistant.library.chunking import paper_of
from assistant.library.generations import Library, Snapshot
from assistant.library.identity import titles
from assistant.library.spelling import respell
from assistant.library.store import Head
from assistant.sources.papers import paper_id
from assistant.types import Paper, RemovalReport

_NEAR = 3
"""The error for a paper that is not held names at most this many titles."""
_AMONG = 50
"""These titles come from the papers of this many chunks, found by the words of the query."""


def find(wanted: Sequence[str | Paper], library: Library) -> list[Paper]:
    """Find papers by id or title; spellings of a title are compared as in an ingest.

    Returns:
        The papers, each once.

    Raises:
        UnknownPaper: one of the papers is not in the library, or several papers have the title.
        LibraryError: there is no library, or it cannot be used.
    """
    return [head.paper for head in library.read(lambda snapshot: _heads(wanted, snapshot))]


def remove(wanted: Sequence[str | Paper], library: Library, *, wait: float) -> RemovalReport:
    """Take papers out of the library: all of them, or none where one is not held.

    A run that was stopped has either removed all papers or changed nothing.

    Returns:
        The papers removed, those with a damaged text apart, and the number of papers left.
    """
    began = time.perf_counter()
    library.prepare(wait)
    find(wanted, library)  # what is not held needs no lock
    with library.writer(wait=wait, removing=True) as writer:
        heads = library.read(lambda snapshot: _heads(wanted, snapshot))  # again, as another writer may have been at work
        writer.remove(heads)
        repeats.forget(library.folder)
        generation = writer.publish()
        current = library.current()
    return RemovalReport(
        removed=tuple(head.paper for head in heads if head.sound),
        damaged=tuple(head.paper for head in heads if not head.sound),
        chunks=sum(head.chunks for head in heads),
        papers=current.papers if current else 0,
        seconds=round(time.perf_counter() - began, 3),
        generation=generation,
    )


def _heads(wanted: Sequence[str | Paper], snapshot: Snapshot) -> list[Head]:
    given = [each.id if isinstance(each, Paper) else each.encode("utf-8", "replace").decode() for each in wanted]
    held = snapshot.index.heads({key for name in given for key in (name, paper_id(name))})
    found: dict[str, Head] = {}
    for name in given:
        head = held.get(name) or held.get(paper_id(name))
        if head is None:
            near = ", ".join(repr(title) for title in _nearest(name, snapshot))
            raise UnknownPaper(f"the library holds no paper {brief(name)}; {f'nearest: {near}' if near else 'none is like it'}")
        if head.paper.id != name and (others := _namesakes(head, snapshot)):
            ids = ", ".join(repr(id) for id in (head.paper.id, *others))
            raise UnknownPaper(f"{len(others) + 1} papers are called {brief(name)}; name one by its id: {ids}")
        found[head.paper.id] = head
    return list(found.values())


def _namesakes(head: Head, snapshot: Snapshot) -> list[str]:
    """The ids of other papers under the title of a paper."""
    title = titles(head.paper)[0]
    found = snapshot.index.named_like([title]) or {}
    return [id for id in found.get(title, ()) if id != head.paper.id]


def _nearest(name: str, snapshot: Snapshot) -> list[str]:
    """Titles with the most words of `name`, typos mended; those of papers with more of its words elsewhere before others."""
    spelled = respell(name, snapshot.lexical, lambda word: False).text
    words = set(text.words(spelled))
    papers = dict.fromkeys(paper_of(key) for key, _ in snapshot.lexical.search(spelled, _AMONG))
    heads = snapshot.index.heads(papers)
    titles = [heads[paper].paper.title for paper in papers]
    return sorted(titles, key=lambda title: -len(words.intersection(text.words(title))))[:_NEAR]
