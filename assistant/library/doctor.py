"""Checks of a library, and the repair: the newest whole generation is put in force, derived indexes are built again.

Papers are the one thing that cannot be made again, so a generation is worth what its store is. Nothing is removed: what a
mended generation takes the place of is set aside.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.errors import LibraryCorrupt, LibraryMismatch, StorageError, storage_errors
from assistant.library import chunking, ingest
from assistant.library.generations import COLLECTION, Current, Library, altered, fault, read_manifest, rebuild, summary
from assistant.library.identity import same
from assistant.library.lexical_index import Lexical, LexicalError
from assistant.library.scratch import Scratch
from assistant.library.store import STORE, Entry, Head, Store
from assistant.library.vector_index import DATABASE, Index, stored
from assistant.sources.papers import paper_id
from assistant.types import Embedder, Paper, Value

_REPAIR = "assistant doctor --repair"
_ANEW = "build the library again with: assistant ingest --fresh SOURCES (what is there is kept beside it)"
_BATCH = 250
_NAMED = 5
"""A line names at most this many papers."""
_LENGTH_ERROR = 0.01
"""A vector is damaged if its length differs from 1 by more than this."""
_ALIKE = 0.98
"""Two vectors of one text by one embedder must have at least this cosine; threads and processors change the cosine by less."""
_ROOM = 20_000_000
"""The disk must have this many bytes free beside a copy of the generation in force."""


class Check(Value):
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    """The state of the part."""
    remedy: str = ""
    """The command that helps; empty for a sound part."""


class Diagnosis(Value):
    """The findings and the repairs of `Assistant.doctor`."""

    checks: tuple[Check, ...]
    mended: tuple[str, ...] = ()
    """The repairs, one line each."""

    @property
    def exit_code(self) -> int:
        """The exit code of the error for the worst finding; 0 without one."""
        wrong = {check.name for check in self.checks if not check.ok}
        return 0 if not wrong else StorageError.exit_code if wrong == {"disk"} else LibraryCorrupt.exit_code


class _Held(NamedTuple):
    """The content of the store of a generation."""

    heads: list[Head]
    ids: list[str]
    unsound: list[str]
    """Papers whose text is not what was stored."""
    misplaced: list[str]
    """Papers with chunks that are missing, or lie elsewhere than they were stored."""
    askew: list[str]
    """Papers whose stored vectors are invalid."""
    trouble: str | None
    """The error that the integrity check of SQLite reports; None without one."""


class _Finding(NamedTuple):
    """A generation looked at."""

    folder: Path
    held: _Held | None
    """None where its store cannot be read."""
    checks: list[Check]

    @property
    def whole(self) -> bool:
        """Every paper is there as it was stored."""
        return self.held is not None and not self.held.unsound

    def wrong(self, name: str) -> bool:
        """A check failed."""
        return any(check.name == name and not check.ok for check in self.checks)


def examine(library: Library) -> Diagnosis:
    """Check all parts of a library without a change.

    Returns:
        The findings.

    Raises:
        LibraryError: there is no library.
        StorageError: a file may not be read.
    """
    while True:
        with suppress(LibraryCorrupt):
            library.in_force()
        said, standing = _said(library), library.standing()
        current = said if isinstance(said, Current) else None
        generation = (
            _settings(library, current)
            if current
            else Check(name="generation", ok=False, found=str(said).partition("; ")[0], remedy=_REPAIR if standing else _ANEW)
        )
        folders = [library.generation(current.generation)] if current else standing[-1:]
        try:
            checks = [generation, *(check for folder in folders for check in _look(folder).checks), _disk(library, folders)]
        except StorageError:
            if said == _said(library):
                raise
            continue
        if said == _said(library) or not current:  # else a writer was at work
            return Diagnosis(checks=tuple(checks))


def repair(library: Library, embedder: Callable[[], Embedder], chunk_tokens: int, *, wait: float) -> Diagnosis:
    """Put the newest whole generation in force, build derived files again, then check all parts.

    Args:
        library: the library.
        embedder: makes the embedder, where vectors have to be computed.
        chunk_tokens: the most tokens of a chunk.
        wait: seconds to wait for another writer.

    Returns:
        The findings after the repair.

    Raises:
        LibraryError: there is no library, no generation can be read, other settings made it, or another process writes to it.
        StorageError: the folder may not be written, or the disk is full.
    """
    if not library.standing():
        library.in_force()
    mended: list[str] = []
    with library.lock(wait):
        said = _said(library)
        current = said if isinstance(said, Current) else None
        finding = _chosen(library, current)
        about = current if current and finding.folder == library.generation(current.generation) else _about(library, finding)
        if about is not current and read_manifest(finding.folder) is None:
            _check_embedder(library, finding, embedder(), chunk_tokens)
        if finding.wrong("vectors") or _untrusted(finding):
            library.check(about)
            number = _mend(library, finding, about, embedder, chunk_tokens)
            mended.append(f"generation {number} was built out of the papers of generation {about.generation}, and is in force")
        elif about is not current:
            library.force(about)
            mended.append(f"put in force: {_told(about)}")
        elif finding.wrong("words"):
            library.close()
            library.read(lambda snapshot: rebuild(finding.folder / "lexical", snapshot.index))
            mended.append("the index of words was built again")
    library.close()
    return examine(library).model_copy(update={"mended": tuple(mended)})


def renew(library: Library, *, wait: float) -> Diagnosis:
    """Make a damaged copy of a group's library anew from the database, then check all parts.

    Returns:
        The findings after the repair.
    """
    before = examine(library)
    if all(check.ok or check.name in ("generation", "disk") for check in before.checks):
        return before
    library.renew(wait)
    library.close()
    return examine(library).model_copy(update={"mended": ("the copy was made anew from the database of the group",)})


def _said(library: Library) -> Current | LibraryCorrupt | None:
    try:
        return library.current()
    except LibraryCorrupt as exc:
        return exc


def _settings(library: Library, current: Current) -> Check:
    try:
        library.check(current)
    except LibraryMismatch as exc:
        found, _, remedy = str(exc).partition("; ")
        return Check(name="generation", ok=False, found=found, remedy=remedy)
    return Check(name="generation", ok=True, found=_told(current))


def _told(about: Current) -> str:
    return f"generation {about.generation} is in force: {about.papers} papers, {about.chunks} chunks"


def _chosen(library: Library, current: Current | None) -> _Finding:
    """The generation in force where its store can be read, else the newest whole one, else the newest that can be read."""
    inside = library.generation(current.generation) if current else None
    if inside and (finding := _look(inside)).held:
        return finding
    others = [_look(folder) for folder in reversed(library.standing()) if folder != inside]
    for finding in (*(each for each in others if each.whole), *others):
        if finding.held:
            return finding
    raise LibraryCorrupt(f"no generation in {str(library.folder)!r} can be read; {_ANEW}")


def _about(library: Library, finding: _Finding) -> Current:
    """The content of CURRENT for a generation; for one of an older program taken from its store and the settings."""
    number = int(finding.folder.name.rpartition("-")[2])
    if manifest := read_manifest(finding.folder):
        return manifest.model_copy(update={"generation": number})
    papers, chunks, pages = summary(finding.held.heads if finding.held else ())
    return Current(
        generation=number,
        fingerprint=library.fingerprint,
        embedder=library.embedder,
        papers=papers,
        chunks=chunks,
        pages=pages,
        made_by=library.made_by,
    )


def _check_embedder(library: Library, finding: _Finding, embedder: Embedder, chunk_tokens: int) -> None:
    """Refuse a generation that does not say what made it, and that the settings in force did not make."""
    for head in finding.held.heads[:1] if finding.held else ():
        pieces = chunking.split(head.paper, chunk_tokens, embedder.count)
        with stored(finding.folder / "chroma") as store:
            (entry, *_) = store.load(head.all_ids)
        alike = [(piece.start, piece.end) for piece in pieces[:1]] == [(entry.start, entry.end)] and len(pieces) == head.chunks
        if alike:
            (made, *_) = embedder.chunks([head.paper.title], pieces[:1])
            alike = made.vector.shape == entry.vector.shape and float(made.vector @ entry.vector) > _ALIKE
        if not alike:
            raise LibraryCorrupt(
                f"{finding.folder.name} in {str(library.folder)!r} does not say which settings made it, and those in force, "
                f"{library.embedder} [{library.fingerprint}], did not; set embedder and chunk back (see: assistant config)"
            )


def _untrusted(finding: _Finding) -> bool:
    """What the store says beside the text of its papers may be wrong: it is made of that text once more."""
    held = finding.held
    if held is None:
        return True
    unexplained = STORE in (altered(finding.folder / "chroma") or ()) and not held.unsound
    return bool(held.misplaced or held.askew or held.trouble) or unexplained


def _mend(library: Library, finding: _Finding, about: Current, embedder: Callable[[], Embedder], chunk_tokens: int) -> int:
    heads = finding.held.heads if finding.held else []
    with library.mender(about) as writer:
        if _untrusted(finding):
            for batch in _batches([head.paper for head in heads if head.sound]):
                ingest.store(batch, writer, embedder, chunk_tokens, {})
            writer.take_over(finding.folder, [head for head in heads if not head.sound])
        else:
            writer.take_over(finding.folder, heads)
        return writer.publish()


def _batches(papers: Sequence[Paper]) -> Iterator[Sequence[Paper]]:
    return (papers[at : at + _BATCH] for at in range(0, len(papers), _BATCH))


def _look(folder: Path) -> _Finding:
    """The checks of one generation."""
    try:
        held = _held(folder)
    except LibraryCorrupt as exc:  # what is scarce, or may not be read, is no damage
        found, _, remedy = str(exc).partition("; ")
        return _Finding(folder, None, [Check(name="store", ok=False, found=found, remedy=remedy)])
    checks = [_store(held), _vectors(folder, held), _words(folder, held), _offsets(held), _checksums(folder, held), _twice(held)]
    return _Finding(folder, held, checks)


def _held(folder: Path) -> _Held:
    with stored(folder / "chroma") as store:
        heads = list(store.all_heads())
        found = _Held(heads, store.ids(), [head.paper.id for head in heads if not head.sound], [], [], store.trouble())
        width = None
        for at in range(0, len(heads), _BATCH):
            for head, entries in _chunks(store, heads[at : at + _BATCH]):
                width = width or len(entries[0].vector) if entries else width
                if head.sound and not (len(entries) == head.chunks and all(map(_placed, entries))):
                    found.misplaced.append(head.paper.id)
                if not all(_is_vector(entry, width) for entry in entries):
                    found.askew.append(head.paper.id)
        return found


def _chunks(store: Store, heads: Sequence[Head]) -> Iterator[tuple[Head, list[Entry]]]:
    entries = {entry.id: entry for entry in store.load([key for head in heads for key in head.all_ids])}
    return ((head, [entries[key] for key in head.all_ids if key in entries]) for head in heads)


def _placed(entry: Entry) -> bool:
    ends = [entry.start, *(place for span in entry.spans for place in span), entry.end]
    return entry.placed and 0 <= entry.start and entry.end <= len(entry.paper.abstract) and ends == sorted(ends)


def _is_vector(entry: Entry, width: int | None) -> bool:
    return len(entry.vector) == width and bool(abs(float(np.linalg.norm(entry.vector)) - 1) < _LENGTH_ERROR)


def _store(held: _Held) -> Check:
    if held.trouble:
        return Check(name="store", ok=False, found=f"SQLite finds: {held.trouble}", remedy=_REPAIR)
    return Check(name="store", ok=True, found=f"{len(held.heads)} papers, {len(held.ids)} chunks")


def _vectors(folder: Path, held: _Held) -> Check:
    """Chroma is opened only where its files are what was written: a damaged graph crashes the process."""
    wrong = f"the vectors of {_named(held.askew)} are none" if held.askew else ""
    try:
        with storage_errors(folder / "chroma"):
            of_files = fault(folder / "chroma")
        if of_files:
            wrong = f"Chroma: {of_files}"
        else:
            scratch = Scratch((folder / "chroma" / DATABASE).stat().st_size)
            try:
                with closing(Index(folder / "chroma", COLLECTION, scratch=scratch)) as index:
                    differ = set(index.ids()) ^ set(held.ids)
            finally:
                scratch.close()
            wrong = wrong or (f"{len(differ)} chunks are in Chroma alone or in the store alone" if differ else "")
    except LibraryCorrupt as exc:
        wrong = str(exc).partition("; ")[0]
    return Check(name="vectors", ok=not wrong, found=wrong or f"{len(held.ids)} vectors", remedy=_REPAIR if wrong else "")


def _words(folder: Path, held: _Held) -> Check:
    with storage_errors(folder / "lexical"):
        if not (wrong := fault(folder / "lexical")):
            scratch = Scratch(0)
            try:
                lexical = Lexical(folder / "lexical", scratch=scratch)
                lacking = lexical.lacks(held.ids)
                if lacking or lexical.count != len(held.ids):
                    wrong = f"it holds {lexical.count} chunks, and lacks {len(lacking)} of {len(held.ids)}"
            except LexicalError as exc:
                wrong = str(exc)
            finally:
                scratch.close()
    found = wrong or f"{len(held.ids)} chunks"
    return Check(name="words", ok=not wrong, found=found, remedy=f"{_REPAIR} (or ask: it is built again)" if wrong else "")


def _offsets(held: _Held) -> Check:
    if held.misplaced:
        found = f"the sentences of {_named(held.misplaced)} are not where they were stored"
        return Check(name="offsets", ok=False, found=found, remedy=_REPAIR)
    return Check(name="offsets", ok=True, found="every sentence lies in its abstract")


def _checksums(folder: Path, held: _Held) -> Check:
    if held.unsound:
        found = f"the text of {_named(held.unsound)} is not what was stored"
        return Check(
            name="checksums",
            ok=False,
            found=found,
            remedy=f"take it out and in again: assistant remove {shlex.quote(held.unsound[0])}, then assistant ingest SOURCES",
        )
    files = altered(folder / "chroma")
    if files:
        return Check(name="checksums", ok=False, found=f"{', '.join(files)}: not what was written", remedy=_REPAIR)
    older = files is None
    return Check(name="checksums", ok=True, found="not all are there yet: the next ingest adds them" if older else "all agree")


def _twice(held: _Held) -> Check:
    """Find papers held twice: papers under one title that nothing separates. Two titles over one abstract are no fault."""
    titles: dict[str, list[Paper]] = {}
    texts: dict[str, list[str]] = {}
    for head in held.heads:
        if head.sound:
            titles.setdefault(paper_id(head.paper.title), []).append(head.paper)
            texts.setdefault(" ".join(head.paper.abstract.split()), []).append(head.paper.id)
    pairs = (pair for each in titles.values() for pair in combinations(each, 2))
    twice = [[one.id, other.id] for one, other in pairs if same(one, other)]
    alike = [each for each in texts.values() if len(each) > 1]
    if twice:
        remedy = f"take all but one out: assistant remove {shlex.quote(twice[0][-1])}"
        return Check(name="duplicates", ok=False, found=f"{_named(twice[0])} are one paper", remedy=remedy)
    found = f"none by title; {len(alike)} abstracts under two titles or more, such as {_named(alike[0])}" if alike else "none"
    return Check(name="duplicates", ok=True, found=found)


def _disk(library: Library, folders: Sequence[Path]) -> Check:
    needed = _ROOM + sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(library.folder).free
    stopped = "; an ingest was stopped, and goes on when it is run again" if library.unfinished else ""
    if not os.access(library.folder, os.W_OK):
        return Check(name="disk", ok=True, found=f"may be read, and not written{stopped}")
    found = f"{free / 1e6:,.0f} MB are free, an ingest needs {needed / 1e6:,.0f}{stopped}"
    return Check(name="disk", ok=free >= needed, found=found, remedy="" if free >= needed else "free some space")


def _named(papers: Sequence[str]) -> str:
    more = f" and {len(papers) - _NAMED} more" if len(papers) > _NAMED else ""
    return f"{', '.join(map(repr, papers[:_NAMED]))}{more}"
