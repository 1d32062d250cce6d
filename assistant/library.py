"""The library's folder: one writer, many readers, and generations that replace each other whole.

    HOME/library/
      CURRENT          which generation is in force, and what shaped it
      gen-000007/      chroma/ (the source of truth) and lexical/ (derived from it)
      next/            the generation being written: a copy of the current one, plus what is new
      writer.lock      held while somebody writes; writer.json says who

A writer works in `next/` and publishes it by renaming the folder and then replacing CURRENT, so no reader ever sees half
an ingest, a kill at any moment leaves the generation in force as it was, and the next run goes on with `next/` where
the last one stopped. Chroma's embedded client is not safe for several processes on one folder; here no two processes
write to one, and a reader that finds another CURRENT opens that.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import LibraryBusy, LibraryCorrupt, LibraryError, LibraryMismatch, storage_errors
from assistant.index import Head, Index
from assistant.lexical import Lexical, LexicalError, Posting
from assistant.types import Record

T = TypeVar("T")
_COLLECTION = "papers"
_BATCH = 500


class Current(BaseModel):
    """What CURRENT says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: int
    fingerprint: str
    """Of what shapes the index: embedder, its weights, chunking."""
    embedder: str
    papers: int
    chunks: int
    pages: dict[str, str | None]
    sample: bool = False


class _Base(BaseModel):
    """What `next/BASE` says: from which generation it was copied, and for what."""

    generation: int
    fingerprint: str
    fresh: bool
    sample: bool


@dataclass(frozen=True)
class Snapshot:
    """One generation, open."""

    current: Current
    index: Index
    lexical: Lexical


class Library:
    """A library for reading; `writer` gives the one that writes."""

    def __init__(self, home: Path, fingerprint: str, embedder: str) -> None:
        """A library under the folder `home`; nothing is opened yet.

        Args:
            home: the folder; it need not exist.
            fingerprint: of the embedder and chunking in force; a library made by others is not opened.
            embedder: the embedder's name, for people.
        """
        self.folder = home / "library"
        self.fingerprint = fingerprint
        self.embedder = embedder
        self._snapshot: Snapshot | None = None
        self._opening = threading.Lock()
        self._filelock = FileLock(self.folder / "writer.lock")  # one object: it may be taken again while held

    def current(self) -> Current | None:
        """The generation in force, None where there is none.

        Raises:
            LibraryCorrupt: CURRENT cannot be understood.
        """
        path = self.folder / "CURRENT"
        try:
            with storage_errors(path):
                return Current.model_validate_json(path.read_bytes()) if path.exists() else None
        except ValidationError as exc:
            raise LibraryCorrupt(
                f"{str(path)!r} is damaged; build the library again with: assistant ingest --fresh SOURCES"
            ) from exc

    @property
    def unfinished(self) -> bool:
        """An ingest was stopped before it finished."""
        return (self.folder / "next" / "BASE").exists()

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """Do `work` on the newest generation.

        Raises:
            LibraryError: there is none, other settings made it, or it is damaged.
        """
        while True:
            snapshot = self._newest()
            try:
                return work(snapshot)
            except (LibraryCorrupt, LexicalError) as exc:
                # a writer that publishes takes the old generation away from under its readers
                newest = self.current()
                if newest is None or newest.generation == snapshot.current.generation:
                    if isinstance(exc, LexicalError):
                        raise LibraryCorrupt(
                            f"the lexical index cannot be read ({exc}); delete {str(self.folder)!r}/gen-*/lexical"
                        ) from exc
                    raise

    def _newest(self) -> Snapshot:
        current = self.current()
        if current is None:
            raise LibraryError(f"there is no library in {str(self.folder)!r}; make one with: assistant ingest SOURCES")
        snapshot = self._snapshot
        if snapshot and snapshot.current == current:
            return snapshot
        with self._opening:
            if self._snapshot is None or self._snapshot.current != current:
                self.check(current)
                index = Index(self.generation(current.generation) / "chroma", _COLLECTION)
                self.close()
                self._snapshot = Snapshot(current, index, self._open_lexical(current, index))
            return self._snapshot

    def check(self, current: Current) -> None:
        """Refuse a generation that other settings made.

        Raises:
            LibraryMismatch: they did.
        """
        if current.fingerprint != self.fingerprint:
            raise LibraryMismatch(
                f"the library in {str(self.folder)!r} was made with {current.embedder} [{current.fingerprint}], but the settings "
                f"in force are {self.embedder} [{self.fingerprint}]; set embedder and chunk back (see: assistant config), or build "
                "it again with: assistant ingest --fresh SOURCES (the old one is kept beside it)"
            )

    def _open_lexical(self, current: Current, index: Index) -> Lexical:
        folder = self.generation(current.generation) / "lexical"
        try:
            lexical = Lexical(folder)
            if lexical.count == current.chunks:
                return lexical
        except LexicalError:
            pass
        with self._lock(wait=60):  # it is derived: build it again
            return _rebuilt(folder, index)

    def close(self) -> None:
        """Let go of the files."""
        if self._snapshot:
            self._snapshot.index.close()
            self._snapshot = None

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @contextmanager
    def writer(self, *, wait: float, fresh: bool = False, sample: bool = False) -> Generator[Writer]:
        """The one writer; leaving the block does not publish, `Writer.publish` does.

        Args:
            wait: seconds to wait for another writer to finish.
            fresh: start from an empty library; the one in force is set aside when the new one is published.
            sample: what is written is the sample that is shipped with the package.

        Raises:
            LibraryBusy: another writer did not finish in time.
            StorageError: the folder may not be written, or the disk is full.
        """
        with self._lock(wait):
            current = None
            try:
                current = self.current()
            except LibraryCorrupt:
                if not fresh:
                    raise
            if current and not fresh and not current.sample:
                self.check(current)
            # the sample makes way for a person's own papers
            fresh = fresh or bool(current and current.sample and not sample)
            writer = Writer(self, current, fresh=fresh, sample=sample)
            try:
                with storage_errors(self.folder):
                    yield writer
            finally:
                writer.close()

    @contextmanager
    def _lock(self, wait: float) -> Generator[None]:
        owner = self.folder / "writer.json"
        lock = self._filelock
        if lock.is_locked:
            yield
            return
        try:
            with storage_errors(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                lock.acquire(timeout=wait)
        except Timeout as exc:
            try:
                pid = json.loads(owner.read_text("utf-8"))["pid"]
            except (OSError, ValueError, KeyError):
                pid = "unknown"
            raise LibraryBusy(
                f"process {pid} is writing to the library in {str(self.folder)!r} and did not finish within {wait:g} s; "
                "try again later, or wait longer with --wait SECONDS"
            ) from exc
        try:
            with storage_errors(self.folder):
                owner.write_text(json.dumps({"pid": os.getpid()}), "utf-8")
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()

    def generation(self, number: int) -> Path:
        """The folder of a generation."""
        return self.folder / f"gen-{number:06d}"

    def generations(self) -> list[Path]:
        """The folders of all generations that are there, oldest first."""
        return sorted(self.folder.glob("gen-*"))


class Writer:
    """Writes the next generation. Nothing is copied until there is something to write."""

    def __init__(self, library: Library, current: Current | None, *, fresh: bool, sample: bool) -> None:
        self._library = library
        self._current = current
        self._base = _Base(
            generation=current.generation if current else 0, fingerprint=library.fingerprint, fresh=fresh, sample=sample
        )
        self._next = library.folder / "next"
        self._index: Index | None = None
        self._lexical: Lexical | None = None
        self._resume()

    def _resume(self) -> None:
        """Go on with what a stopped writer left, where it was on the way to the same place; else throw it away."""
        for folder in self._library.generations():
            if (folder / "BASE").exists():  # a writer was stopped within `publish`
                if self._current and folder == self._library.generation(self._current.generation):
                    (folder / "BASE").unlink()
                elif not self._next.exists():
                    os.replace(folder, self._next)
        try:
            base = _Base.model_validate_json((self._next / "BASE").read_bytes())
            if base == self._base:
                self._open()
                return
        except (OSError, ValidationError, LibraryCorrupt, LexicalError):
            pass
        self._discard()

    def _discard(self) -> None:
        self.close()
        shutil.rmtree(self._next, ignore_errors=True)

    def _open(self, *, create: bool = False) -> None:
        self._index = Index(self._next / "chroma", _COLLECTION, create=create)
        self._lexical = Lexical(self._next / "lexical", create=create)

    def _begin(self) -> tuple[Index, Lexical]:
        if self._index is None or self._lexical is None:
            empty = self._current is None or self._base.fresh
            shutil.rmtree(self._next, ignore_errors=True)
            if empty or self._current is None:
                self._next.mkdir(parents=True)
            else:
                shutil.copytree(self._library.generation(self._current.generation), self._next)
            self._open(create=empty)
            _write_whole(self._next / "BASE", self._base)
        assert self._index is not None and self._lexical is not None
        return self._index, self._lexical

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that the library, with what was written so far, holds."""
        paper_ids = list(paper_ids)
        if self._index:
            return self._index.heads(paper_ids)
        if self._current is None or self._base.fresh:
            return {}
        return self._library.read(lambda snapshot: snapshot.index.heads(paper_ids))

    def write(self, records: Sequence[Record], leftover: Sequence[str] = ()) -> None:
        """Insert or replace papers, all chunks of each.

        Args:
            records: the chunks.
            leftover: ids of chunks that their papers had before and have no more.
        """
        index, lexical = self._begin()
        index.remove(leftover)
        lexical.write(Posting(r.chunk.id, r.paper.id, f"{r.paper.title}\n{r.chunk.text}") for r in records)
        index.write(records)  # last, because its first chunks are what says that a paper is there

    def retag(self, heads: Sequence[Head]) -> None:
        """Store papers anew whose text is unchanged."""
        if heads:
            self._begin()[0].retag(heads)

    def publish(self) -> int:
        """Put what was written in force; returns the generation, a new one where anything was written."""
        if self._index is None or self._lexical is None:
            return self._base.generation
        pages: dict[str, str | None] = {}
        papers = 0
        for paper in self._index.papers():
            papers += 1
            for page in paper.pages:
                pages[page.name] = page.date or pages.get(page.name)
        chunks = self._index.count()
        if self._lexical.count != chunks:
            self._lexical = _rebuilt(self._next / "lexical", self._index)
        library, old = self._library, self._current
        self.close()
        library.close()
        # past every folder that is there, so that a library whose CURRENT was lost is not overwritten
        generation = max([self._base.generation, *(int(path.name[4:]) for path in library.generations())]) + 1
        target = library.generation(generation)
        with storage_errors(library.folder):
            os.replace(self._next, target)
            current = Current(
                generation=generation,
                fingerprint=self._base.fingerprint,
                embedder=library.embedder,
                papers=papers,
                chunks=chunks,
                pages=dict(sorted(pages.items())),
                sample=self._base.sample,
            )
            _write_whole(library.folder / "CURRENT", current)
            (target / "BASE").unlink()
            self._sweep(generation, keep=self._base.fresh and not (old and old.sample))
        return generation

    def _sweep(self, generation: int, *, keep: bool) -> None:
        """Remove the generations before this one; a library that `fresh` replaced is set aside instead."""
        for folder in self._library.generations():
            if folder == self._library.generation(generation):
                continue
            if keep:
                os.replace(folder, folder.with_name(f"old-{folder.name}"))
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Let go of the files."""
        if self._index:
            self._index.close()
        self._index = self._lexical = None


def _rebuilt(folder: Path, index: Index) -> Lexical:
    """The lexical index of all that `index` holds, in place of what is in `folder`."""
    ids = index.ids()
    building = folder.with_name("lexical.building")
    lexical = Lexical(building, create=True)
    for at in range(0, len(ids), _BATCH):
        entries = index.load(ids[at : at + _BATCH])
        lexical.write(Posting(entry.id, entry.paper.id, f"{entry.paper.title}\n{entry.text}") for entry in entries)
    with storage_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(building, folder)
    return Lexical(folder)


def _write_whole(path: Path, value: BaseModel) -> None:
    """Replace a file at once: a reader finds the old one or the new one, after a power cut too."""
    part = path.with_suffix(".part")
    with storage_errors(path), part.open("w", encoding="utf-8") as file:
        file.write(value.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
