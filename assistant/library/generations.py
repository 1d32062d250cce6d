"""The library's folder: one writer, many readers, and generations that replace each other whole.

    HOME/library/
      CURRENT          which generation is in force, and what shaped it
      gen-000007/      chroma/ (with the store, the source of truth) and lexical/ (derived), each with a .sums beside it;
                       MANIFEST, what CURRENT says while it is in force; orders (derived), see orders.py
      old-gen-000006/  a generation that was set aside: nobody reads or removes it
      next/            the generation being written: a copy of the current one, plus what is new
      writer.lock      held while somebody writes; writer.json says who

A writer works in `next/` and publishes it by renaming the folder and then replacing CURRENT, so no reader ever sees half
an ingest, a kill at any moment leaves the generation in force as it was, and the next run goes on with `next/` where
the last one stopped; BASE in a folder says that a writer is not done with it. Chroma's embedded client is not safe for
several processes on one folder; here no two processes write to one, and a reader that finds another CURRENT opens that.
What is published is not written to again: readers have a `Scratch` for what their engines write.

A generation stands where it is there and was in force. While one stands and CURRENT is missing, damaged or names another one,
nothing is swept, and no library is made in its place: `assistant doctor --repair` puts one in force.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import LibraryBusy, LibraryCorrupt, LibraryError, LibraryMismatch, StorageError, brief, storage_errors
from assistant.files import NotPlain, open_plain, read_plain, remove_tree, write_plain
from assistant.library.lexical_index import Lexical, LexicalError, Posting
from assistant.library.orders import NOTHING, Kept, Look, Noting
from assistant.library.orders import read as read_orders
from assistant.library.scratch import Scratch
from assistant.library.store import STORE, Head, Rows
from assistant.library.vector_index import DATABASE, Index, blank_unused, copy, damaged, graph_files
from assistant.types import Record

T = TypeVar("T")
COLLECTION = "papers"
"""The name of Chroma's collection."""
_BATCH = 500


class Copied(BaseModel):
    """The generation of a group's database that a generation equals; see `group.py`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    mark: str


class Current(BaseModel):
    """The content of CURRENT, and of the MANIFEST of a generation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: int
    fingerprint: str
    """A hash of everything that shapes the index: embedder, its weights, chunking."""
    embedder: str
    papers: int
    chunks: int
    pages: dict[str, str | None]
    sample: bool = False
    made_by: dict[str, str | int] = Field(default_factory=dict, exclude_if=lambda value: not value)
    """Settings of the embedder that differ from the defaults, by their keys, so that nobody has to name them again."""
    copied: Copied | None = Field(default=None, exclude_if=lambda value: value is None)
    """None but in a copy of a group's database."""


class Base(BaseModel):
    """The content of `next/BASE`: the generation copied, the purpose, and the sound part."""

    generation: int
    fingerprint: str
    fresh: bool
    sample: bool
    keep: bool
    """The generation in force is to be set aside, not removed."""
    removing: bool = False
    """True while papers are removed or a generation is repaired. An interrupted draft of this kind is discarded: resuming it could
    silently lose or restore papers."""
    rebuilding: bool = False
    """The papers of the generation in force are embedded anew."""
    copied: str = ""
    """The mark of the generation of a group's database that is copied. No ingest goes on with such a draft."""
    graph: dict[str, tuple[int, int]] = {}
    """`Index.graph` after the last call that wrote."""

    @property
    def ingesting(self) -> bool:
        """An ingest writes the draft."""
        return not (self.removing or self.rebuilding or self.copied)


class _Sums(BaseModel):
    """The content of a `.sums` file: the hash of each file."""

    files: dict[str, str]
    large: dict[str, str] = {}
    """Hashes of files that are too large to hash at each opening; only `doctor` checks them."""


@dataclass(frozen=True)
class Snapshot:
    """One generation, open."""

    current: Current
    index: Index
    lexical: Lexical
    scratch: Scratch
    orders: Kept
    """Which sentences give orders to a reader, as far as that is known."""


class Library:
    """A library for reading; `writer` gives the one that writes."""

    def __init__(
        self,
        home: Path,
        fingerprint: str,
        embedder: str,
        made_by: Mapping[str, str | int] | None = None,
        name: str = "library",
        look: Look | None = None,
    ) -> None:
        """A library under the folder `home`; nothing is opened yet.

        Args:
            home: the folder; it need not exist.
            fingerprint: of the embedder and chunking in force; a library made by others is not opened.
            embedder: the embedder's name, for people.
            made_by: its settings that differ from the defaults.
            name: the folder's name under `home`.
            look: for orders to a reader in what is written; None for no look.
        """
        self.folder = home / name
        self.fingerprint = fingerprint
        self.embedder = embedder
        self.made_by = dict(made_by or {})
        self.look = look
        self._snapshot: Snapshot | None = None
        self._current: tuple[tuple[int, ...], bytes] | None = None
        """What tells a version of the file CURRENT, and its content."""
        self._seen: tuple[tuple[int, ...], str, Current] | None = None
        """The same, with the folder of the generation, and the generation."""
        self._path = str(self.folder / "CURRENT")
        self._opening = threading.Lock()
        self._filelock = FileLock(self.folder / "writer.lock")  # one object: it may be taken again while held

    def current(self) -> Current | None:
        """Find the generation in force.

        Returns:
            The generation; None where there is no library.

        Raises:
            LibraryCorrupt: CURRENT is missing though a generation exists, is malformed, or names a missing generation.
        """
        if unchanged := self._unchanged():
            return unchanged
        path = self.folder / "CURRENT"
        with storage_errors(path):
            while True:
                content, current = self._said(), None
                with suppress(ValidationError):
                    current = Current.model_validate_json(content) if content is not None else None
                if current and (folder := self.generation(current.generation)).is_dir():
                    if (read := self._current) and read[1] is content:
                        self._seen = read[0], str(folder), current
                    return current
                standing = self.standing()
                if content == self._said():  # else a writer was at work
                    break
        if content is None and not standing:
            return None
        what = f"names generation {current.generation}, which is gone" if current else "is damaged"
        raise LibraryCorrupt(
            f"{str(path)!r} {what if content is not None else 'is missing'}"
            + (
                f", but {_listed(standing)}; put the newest whole one in force with: assistant doctor --repair, or "
                if standing
                else f", and no generation stands beside it; {self._to_have_back()}"
            )
            + "build the library again with: assistant ingest --fresh SOURCES (what is there is kept beside it)"
        )

    def _to_have_back(self) -> str:
        """How to have back the latest generation that was set aside; empty where there is none."""
        latest = max(self.folder.glob("old-gen-[0-9]*"), key=lambda folder: folder.stat().st_mtime, default=None)
        if latest is None:
            return ""
        name = "-".join(latest.name.split("-")[1:3])  # several of one number have another one behind it
        renamed = f"{brief(latest.name)}, which was set aside, rename it to {brief(name)}"
        return f"to have back {renamed} and call assistant doctor --repair; else "

    def in_force(self) -> Current:
        """Find the generation in force.

        Returns:
            The generation.

        Raises:
            LibraryError: there is no library, or see `current`.
        """
        if current := self.current():
            return current
        raise LibraryError(f"there is no library in {str(self.folder)!r} yet; make one with: assistant ingest SOURCES")

    def remembered(self) -> Mapping[str, str | int]:
        """The settings of the encoder that made the library; none where there is no library, or the default made it."""
        current = self.current()
        return current.made_by if current else {}

    def prepare(self, wait: float) -> None:
        """Have the form of what is to be written brought up to date, where the library is that of a group.

        Args:
            wait: seconds to wait for another writer.
        """

    def renew(self, wait: float) -> None:
        """Make the library anew from where it was copied from.

        Args:
            wait: seconds to wait for another writer.

        Raises:
            LibraryError: it is no copy.
        """
        raise LibraryError(f"the library in {str(self.folder)!r} is no copy; mend it with: assistant doctor --repair")

    def _unchanged(self) -> Current | None:
        """The generation that was in force at the last look, where CURRENT is the same file and the generation stands."""
        if self._seen:  # a question looks a dozen times
            mark, folder, current = self._seen
            with suppress(OSError):
                return current if _mark(self._path) == mark and os.path.isdir(folder) else None
        return None

    def _said(self) -> bytes | None:
        path = self.folder / "CURRENT"
        try:
            mark = _mark(self._path)
            if (read := self._current) is None or read[0] != mark:
                self._current = read = mark, read_plain(path)
            return read[1]
        except FileNotFoundError:
            return b"" if os.path.lexists(path) else None
        except NotPlain:
            return b""

    def standing(self) -> list[Path]:
        """The folders of the generations that were in force, or may have been, oldest first."""
        return [folder for folder in self.generations() if not (base := read_base(folder)) or base.generation]

    @property
    def unfinished(self) -> bool:
        """An ingest was stopped before it finished."""
        bases = (read_base(folder) for folder in (self.folder / "next", *self.generations()))
        return any(base and base.ingesting for base in bases)

    @property
    def rebuilding(self) -> bool:
        """A rebuild is at work, or was stopped before it finished."""
        base = read_base(self.folder / "next")
        return bool(base and base.rebuilding)

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """Call a function on the newest generation, and again where another generation takes its place meanwhile.

        Args:
            work: the function.

        Returns:
            The result of `work`.

        Raises:
            LibraryError: there is no library, other settings made it, or it is damaged.
            StorageError: the library cannot be read.
        """  # noqa: DOC501  # LexicalError becomes LibraryCorrupt by damaged()
        rebuilt = False
        while True:
            snapshot = None
            current = self.in_force()
            try:
                snapshot = self._open(current)
                result = work(snapshot)
            except (LibraryError, StorageError, LexicalError) as exc:
                # a writer that publishes takes the old generation away from under its readers, and a thread that opens
                # another one closes this one
                if self.current() != current or (snapshot and snapshot is not self._snapshot):
                    continue
                if not isinstance(exc, LexicalError):
                    raise
                if rebuilt:
                    raise damaged(self.generation(current.generation) / "lexical", str(exc)) from exc
                rebuilt = True
                self.close()  # opening it again rebuilds it
            else:
                now = self.current()
                if now is current or now == current:
                    return result

    def _open(self, current: Current) -> Snapshot:
        snapshot = self._snapshot
        if snapshot and (snapshot.current is current or snapshot.current == current):
            return snapshot
        with self._opening:
            current = self.current() or current  # while this thread waited, another one may have opened a newer one
            if self._snapshot is None or self._snapshot.current != current:
                self.check(current)
                snapshot = self.open(current)
                self.close()
                self._snapshot = snapshot
            return self._snapshot

    def open(self, current: Current) -> Snapshot:
        """Open a generation, whether it is in force or not; a damaged lexical index is built again.

        Returns:
            The open generation.

        Raises:
            LibraryError: the generation is damaged.
            StorageError: the generation may not be read.
        """  # noqa: DOC501  # damaged() makes LibraryCorrupt
        folder = self.generation(current.generation)
        with storage_errors(folder):
            if wrong := fault(folder / "chroma"):  # Chroma does not look, and a damaged graph crashes the process
                raise damaged(folder / "chroma", wrong)
            scratch = Scratch(_size(folder / "chroma" / DATABASE))
            try:
                index = Index(folder / "chroma", COLLECTION, scratch=scratch)
                try:
                    return Snapshot(current, index, self._open_lexical(current, index, scratch), scratch, self.orders(current))
                except BaseException:
                    index.close()
                    raise
            except BaseException:
                scratch.close()
                raise

    def check(self, current: Current) -> None:
        """Refuse a generation that other settings made.

        Raises:
            LibraryMismatch: they did.
        """
        if current.fingerprint != self.fingerprint:
            raise LibraryMismatch(
                f"the library in {str(self.folder)!r} was made with {current.embedder} [{current.fingerprint}], but the settings "
                f"in force are {self.embedder} [{self.fingerprint}]; set embedder and chunk back (see: assistant config), "
                "embed its papers anew with: assistant rebuild, or build it again with: assistant ingest --fresh SOURCES (the old "
                "one is kept beside it)"
            )

    def _open_lexical(self, current: Current, index: Index, scratch: Scratch) -> Lexical:
        folder = self.generation(current.generation) / "lexical"
        try:
            if not fault(folder):
                lexical = Lexical(folder, scratch=scratch)
                if lexical.count == current.chunks:
                    return lexical
        except (LexicalError, PermissionError):
            pass
        try:  # it is derived: build it again
            with self.lock(wait=60):
                rebuild(folder, index)
                return Lexical(folder, scratch=scratch)
        except (StorageError, LibraryBusy):  # for this reader alone, where it may not be written for all
            rebuild(scratch.path / "words", index)
            return Lexical(scratch.path / "words")

    def orders(self, current: Current | None) -> Kept:
        """What is kept of a generation's orders to a reader; nothing for no generation."""
        return read_orders(self.generation(current.generation), self.look) if current and self.look else NOTHING

    def close(self) -> None:
        """Let go of the files."""
        if self._snapshot:
            self._snapshot.index.close()
            self._snapshot.scratch.close()
            self._snapshot = None

    def leave(self) -> None:
        """Let go of everything, as nobody is going to ask any more."""
        self.close()

    def share(self, current: Current, base: Base, index: Index) -> Current:
        """Hear of a generation that is whole and is about to be put in force.

        Args:
            current: what CURRENT is to say.
            base: what the generation was made of.
            index: its store.

        Returns:
            What CURRENT is to say.
        """
        return current

    def size(self) -> int:
        """Bytes on disk."""
        total = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with suppress(FileNotFoundError):  # a writer may be at work
                    total += os.lstat(os.path.join(folder, name)).st_size
        return total

    @contextmanager
    def writer(
        self,
        *,
        wait: float,
        fresh: bool = False,
        sample: bool = False,
        removing: bool = False,
    ) -> Generator[Writer]:
        """Become the one writer of the library. Leaving the block does not publish; `Writer.publish` does.

        Args:
            wait: seconds to wait for another writer to finish.
            fresh: start from an empty library; the generation in force is set aside when the new one is published.
            sample: the papers to be written are the sample that is shipped with the package.
            removing: papers are to be taken out of the generation in force; the rest of a stopped ingest is thrown away.

        Yields:
            The writer.

        Raises:
            LibraryBusy: another writer did not finish in time.
            LibraryCorrupt: the library is damaged.
            LibraryError: other settings made the library.
            StorageError: the folder may not be written, or the disk is full.
        """
        with self.lock(wait), storage_errors(self.folder):
            current = None
            try:
                current = self.current()
            except LibraryCorrupt:
                if not fresh:
                    raise
            if current and not fresh and not current.sample:
                self.check(current)
            if removing:
                sample = bool(current and current.sample)  # what is left of the sample is the sample
            # the sample makes way for a person's own papers
            fresh = fresh or bool(current and current.sample and not sample)
            base = Base(
                generation=current.generation if current else 0,
                fingerprint=self.fingerprint,
                fresh=fresh,
                sample=sample,
                keep=fresh and not (current and current.sample),
                removing=removing,
            )
            with self._writing(Writer(self, current, base)) as writer:
                yield writer

    @contextmanager
    def rebuilder(self, wait: float) -> Generator[tuple[Current, Writer]]:
        """A writer of a generation with the papers of the one in force, whatever embedded those; a stopped one goes on.

        Args:
            wait: seconds to wait for another writer to finish.

        Yields:
            The generation in force, and the writer.

        Raises:
            LibraryError: there is no library, it is damaged or busy, or an ingest into it was stopped.
            StorageError: the folder may not be written, or the disk is full.
        """
        with self.lock(wait), storage_errors(self.folder):
            current = self.in_force()
            begun = read_base(self.folder / "next")
            if begun and begun.ingesting and begun.generation == current.generation:
                raise LibraryError(
                    f"an ingest into {str(self.folder)!r} was stopped before it finished; run it again to finish it, then rebuild"
                )
            base = Base(
                generation=current.generation,
                fingerprint=self.fingerprint,
                fresh=True,
                sample=current.sample,
                keep=False,
                rebuilding=True,
            )
            with self._writing(Writer(self, current, base)) as writer:
                yield current, writer

    @contextmanager
    def mender(self, damaged: Current) -> Generator[Writer]:
        """A writer of a generation that takes the place of one that is damaged; all that stand are set aside. Take `lock` first."""
        base = Base(
            generation=damaged.generation,
            fingerprint=self.fingerprint,
            fresh=True,
            sample=damaged.sample,
            keep=True,
            removing=True,
        )
        with storage_errors(self.folder):
            if read_base(self.folder / "next"):  # of a stopped ingest, which may be all that is left of its papers
                os.replace(self.folder / "next", _aside(self.folder / "next"))
            with self._writing(Writer(self, None, base)) as writer:
                yield writer

    @contextmanager
    def copier(self, current: Current | None, mark: str, fingerprint: str, *, fresh: bool, removing: bool) -> Generator[Writer]:
        """A writer of a generation that a group's database holds; a stopped one goes on. Take `lock` first.

        Args:
            current: the generation in force; None where there is none that can be used.
            mark: of the generation that is copied.
            fingerprint: of the embedder and chunking that made it.
            fresh: start from an empty library.
            removing: papers are to be taken out of the generation in force.

        Yields:
            The writer.

        Raises:
            LibraryError: the library is damaged.
            StorageError: the folder may not be written, or the disk is full.
        """
        base = Base(
            generation=current.generation if current else 0,
            fingerprint=fingerprint,
            fresh=fresh,
            sample=False,
            keep=False,
            removing=removing,
            copied=mark,
        )
        with storage_errors(self.folder), self._writing(Writer(self, current, base)) as writer:
            yield writer

    @contextmanager
    def _writing(self, writer: Writer) -> Generator[Writer]:
        try:
            with storage_errors(self.folder):
                yield writer
        except KeyboardInterrupt:
            writer.mark()
            raise
        except StorageError:
            writer.make_room()
            raise
        except LibraryCorrupt:
            writer.discard()  # it may be what was being written, and the next run shall not stumble over it
            raise
        except LexicalError as exc:
            writer.discard()
            raise damaged(self.folder / "next" / "lexical", str(exc)) from exc
        finally:
            writer.close()

    def force(self, current: Current) -> None:
        """Put a generation in force, and set aside all others that stand. Take `lock` first."""
        with storage_errors(self.folder):
            self.put(current)
            self.close()
            inside = self.generation(current.generation)
            for folder in self.standing():
                if folder != inside:
                    os.replace(folder, _aside(folder))
            (inside / "BASE").unlink(missing_ok=True)

    @contextmanager
    def lock(self, wait: float) -> Generator[None]:
        """The right to write; this process may take it again while it has it.

        Raises:
            LibraryBusy: another writer did not finish in time.
            StorageError: the folder may not be written, or the disk is full.
        """
        owner = self.folder / "writer.json"
        lock = self._filelock
        if lock.is_locked:
            yield
            return
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=wait)
            except Timeout as exc:  # in here, because it is an OSError too
                try:
                    pid = json.loads(read_plain(owner))["pid"]
                except (OSError, ValueError, KeyError, TypeError):
                    pid = "unknown"
                raise LibraryBusy(
                    f"process {pid} is writing to the library in {str(self.folder)!r} and did not finish within {wait:g} s; "
                    "try again later, or wait longer with --wait SECONDS"
                ) from exc
        try:
            with storage_errors(self.folder):
                _make_way(owner)
                write_plain(owner, json.dumps({"pid": os.getpid()}).encode())
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()

    def put(self, current: Current) -> None:
        """Have CURRENT say this; what of that name is no plain file is set aside."""
        path = self.folder / "CURRENT"
        _make_way(path)
        _write_whole(path, current)

    def generation(self, number: int) -> Path:
        """The folder of a generation."""
        return self.folder / f"gen-{number:06d}"

    def generations(self) -> list[Path]:
        """The folders of all generations that are there, oldest first."""
        return sorted(self.folder.glob("gen-[0-9]*"))


class Writer:
    """Writes the next generation. Nothing is copied until there is something to write."""

    def __init__(self, library: Library, current: Current | None, base: Base) -> None:
        self._library = library
        self._current = current
        self._base = base
        self._next = library.folder / "next"
        self._index: Index | None = None
        self._lexical: Lexical | None = None
        self._resume()

    def _resume(self) -> None:
        """Go on with what a stopped writer left, where it was on the way to the same place; else throw it away.

        Raises:
            LibraryError: it was on the way to a person's own library, and this is to be the sample's.
        """
        (self._library.folder / "CURRENT.part").unlink(missing_ok=True)  # of a kill within `_write_whole`
        inside = self._library.generation(self._current.generation) if self._current else None
        published = inside if inside and not (inside / "BASE").exists() else None
        for folder in self._library.generations():
            base = read_base(folder)
            if base is None:
                if published and folder < published:  # somebody read it while it was removed
                    remove_tree(folder)
                elif published and folder > published:  # only by hand can CURRENT name an older one
                    os.replace(folder, _aside(folder))
                continue
            # a writer was stopped within `publish`
            if folder == inside:
                self._sweep(folder, keep=base.keep)
            elif not self._next.exists() and (inside or self._goes_on_with(base)):
                os.replace(folder, self._next)
        base = read_base(self._next)
        if base and self._base.sample and not base.sample and not base.removing:
            raise LibraryError(
                f"an ingest into {str(self._library.folder)!r} was stopped before it finished; run it again to finish it"
            )
        try:
            if base and self._goes_on_with(base):
                self._drop_lexical()  # it may know what the index does not
                index = self._open()[0]
                if index.graph() == base.graph and index.count() >= 0:  # counting reads the database
                    index.catch_up()
                    self.mark()
                    return
        except (OSError, LibraryCorrupt, LexicalError):
            pass
        self.discard()

    def _goes_on_with(self, base: Base) -> bool:
        return not base.removing and base == self._base.model_copy(update={"graph": base.graph})

    def discard(self) -> None:
        """Throw away what was written."""
        self.close()
        remove_tree(self._next)

    def _drop_lexical(self) -> None:
        """Remove the lexical index; `publish` builds it again."""
        for name in ("lexical", "lexical.building"):
            remove_tree(self._next / name)

    def make_room(self) -> None:
        """Leave a full disk with a little room, by what can be built again."""
        self.close()
        base = read_base(self._next)
        if base and not base.removing:
            self._drop_lexical()
        else:
            self.discard()

    def mark(self) -> None:
        """Note that what was written so far is sound, and the next writer may go on with it."""
        if self._index:
            _write_whole(self._next / "BASE", self._base.model_copy(update={"graph": self._index.graph()}))

    def _open(self, *, create: bool = False) -> tuple[Index, Lexical]:
        lexical = self._next / "lexical"
        self._index = Index(self._next / "chroma", COLLECTION, create=create, writes=True)
        self._lexical = Lexical(lexical, create=not lexical.exists())
        return self._index, self._lexical

    def _begin(self) -> tuple[Index, Lexical]:
        if self._index and self._lexical:
            return self._index, self._lexical
        remove_tree(self._next)
        self._next.mkdir(parents=True)
        current = None if self._base.fresh or self._base.removing else self._current
        if current:
            folder = self._library.generation(current.generation)
            if wrong := fault(folder / "chroma"):
                raise damaged(folder / "chroma", wrong)
            copy(folder / "chroma", self._next / "chroma")
            if not fault(folder / "lexical"):
                shutil.copytree(folder / "lexical", self._next / "lexical")
        opened = self._open(create=current is None)
        self.mark()
        return opened

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that the library, with what was written so far, holds."""
        paper_ids = list(paper_ids)
        if self._index:
            return self._index.heads(paper_ids)
        if self._current is None or self._base.fresh:
            return {}
        return self._library.read(lambda snapshot: snapshot.index.heads(paper_ids))

    def named_like(self, names: Sequence[str]) -> dict[str, list[str]]:
        """The ids of the papers that have each of some names (`identity.names`), among those of `heads`."""
        if self._index is None and (self._current is None or self._base.fresh):
            return {}
        found = self._library.read(lambda snapshot: snapshot.index.named_like(names)) if self._index is None else None
        if found is None:  # of an older program's store a copy is made, and gets its names
            found = self._begin()[0].named_like(names)
        return found or {}

    def write(self, records: Sequence[Record], leftover: Sequence[str] = ()) -> None:
        """Insert or replace papers, all chunks of each.

        Args:
            records: the chunks.
            leftover: ids of chunks that their papers had before and have no more.
        """
        index, lexical = self._begin()
        lexical.write(Posting(r.chunk.id, r.paper.id, r.paper.title, r.chunk.text) for r in records)
        index.write(records)
        index.remove(leftover)  # last: what a kill leaves over, `publish` finds
        self.mark()

    def retag(self, heads: Sequence[Head]) -> None:
        """Store papers anew whose text is unchanged."""
        if heads:
            self._begin()[0].retag(heads)
            self.mark()

    def drop(self, heads: Sequence[Head]) -> None:
        """Take out papers that became part of others; a trace of their vectors stays in Chroma's files."""
        if heads:
            index, lexical = self._begin()
            lexical.drop(head.paper.id for head in heads)
            index.drop(heads)
            self.mark()

    def remove(self, heads: Sequence[Head]) -> None:
        """Take papers out, by writing all the others anew: no trace of them is left in any file."""
        if heads:
            index, _ = self._begin()
            gone = {head.paper.id for head in heads}
            self._library.read(lambda snapshot: index.take_over(snapshot.index, gone))
            self.mark()

    def take_over(self, folder: Path, heads: Sequence[Head]) -> None:
        """Take in papers as another generation's store holds them, damaged ones too."""
        if heads:
            index, _ = self._begin()
            index.take_over_from(folder / "chroma", heads)
            self.mark()

    def copy_in(self, rows: Rows) -> None:
        """Insert or replace papers with all their chunks, as a group's database holds them."""
        index, lexical = self._begin()
        index.take_in(rows)
        entries = index.load_all([row[0] for row in rows.chunks])
        lexical.write(Posting(entry.id, entry.paper.id, entry.paper.title, entry.text) for entry in entries)
        self.mark()

    def sums(self) -> dict[str, bytes]:
        """The sums of all papers that were taken over or written, by id."""
        return self._begin()[0].sums()

    @property
    def wrote(self) -> bool:
        """Something was written that `publish` has not put in force yet."""
        return self._index is not None

    def publish(self) -> int:
        """Put what was written in force; returns the generation, a new one where anything was written."""
        if self._index is None or self._lexical is None:
            return self._base.generation
        library = self._library
        heads = self._index.all_heads()
        noting = Noting(library.look, library.orders(self._current)) if library.look else None
        papers, chunks, pages = summary(noting.passing(heads) if noting else heads)
        if noting:
            noting.write(self._next)
        self._complete(self._index, chunks)
        if self._lexical.replaced or self._lexical.count != chunks:
            rebuild(self._next / "lexical", self._index)
        self._index.settle()
        self.mark()
        # past every folder that is there, so that a library whose CURRENT was lost is not overwritten
        taken = [int(path.name.rpartition("-")[2]) for path in library.folder.glob("*gen-[0-9]*")]
        current = Current(
            generation=max([self._base.generation, *taken]) + 1,
            fingerprint=self._base.fingerprint,
            embedder=library.embedder,
            papers=papers,
            chunks=chunks,
            pages=pages,
            sample=self._base.sample,
            made_by=library.made_by,
        )
        current = library.share(current, self._base, self._index)
        self.close()
        blank_unused(self._next / "chroma")
        target = library.generation(current.generation)
        for name in ("chroma", "lexical"):
            _seal(self._next / name)
        for part in self._next.glob("*.part"):  # as above
            part.unlink()
        _write_whole(self._next / "MANIFEST", current)
        os.replace(self._next, target)
        library.put(current)
        library.close()  # now, because whoever loses it while searching shall find another generation in force
        self._sweep(target, keep=self._base.keep)
        return current.generation

    def _complete(self, index: Index, chunks: int) -> None:
        """Remove chunks past the last of their papers, which a kill within `write` leaves over."""
        if index.count() != chunks:
            whole = {key for head in index.all_heads() for key in head.all_ids}
            index.remove([key for key in index.ids() if key not in whole])
        if index.count() != chunks:
            raise damaged(self._next / "chroma", f"it holds {index.count()} chunks of {chunks}")

    def _sweep(self, folder: Path, *, keep: bool) -> None:
        """Remove the generations other than that in `folder`, or set them aside; then a writer is done with it."""
        for other in self._library.generations():
            if other == folder:
                continue
            if keep:
                os.replace(other, _aside(other))
            else:
                remove_tree(other)
        (folder / "BASE").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files."""
        if self._index:
            self._index.close()
        self._index = self._lexical = None


def summary(heads: Iterable[Head]) -> tuple[int, int, dict[str, str | None]]:
    """The papers, their chunks, and their pages with dates."""
    pages: dict[str, str | None] = {}
    papers = chunks = 0
    for head in heads:
        papers += 1
        chunks += head.chunks
        for page in head.paper.pages:
            pages[page.name] = page.date or pages.get(page.name)
    return papers, chunks, dict(sorted(pages.items()))


def read_base(folder: Path) -> Base | None:
    """The content of BASE in a folder; None where BASE is missing or malformed."""
    try:
        return Base.model_validate_json(read_plain(folder / "BASE"))
    except (OSError, ValidationError):
        return None


def read_manifest(folder: Path) -> Current | None:
    """The content of the MANIFEST of a generation; None where it is missing, as in older libraries, or malformed."""
    try:
        return Current.model_validate_json(read_plain(folder / "MANIFEST"))
    except (OSError, ValidationError):
        return None


def rebuild(folder: Path, index: Index) -> None:
    """Put the lexical index of all that `index` holds in place of what is in `folder`."""
    heads = list(index.all_heads())
    building = folder.with_name("lexical.building")
    with storage_errors(folder):
        lexical = Lexical(building, create=True)
        for at in range(0, len(heads), _BATCH):
            # whole papers, as writing a chunk of a paper replaces all that was written of it before
            entries = index.load_all([key for head in heads[at : at + _BATCH] for key in head.all_ids])
            lexical.write(Posting(entry.id, entry.paper.id, entry.paper.title, entry.text) for entry in entries)
        remove_tree(folder)
        os.replace(building, folder)
        _seal(folder)


def _files(folder: Path) -> list[Path]:
    """List the files of an index whose hashes are checked when the index is opened: all but locks and the store.

    Hashing the store takes a second among 100,000 passages; the text of a quote is checked by its paper instead.

    Returns:
        The paths.
    """
    if folder.name == "chroma":
        return [*graph_files(folder), folder / DATABASE]
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _no_files(folder: Path) -> list[str]:
    """The names of hidden entries of an index that are no plain files: an engine would wait for a pipe."""
    return sorted(path.name for path in folder.glob(".*") if not path.is_file())


def _sum(path: Path) -> str:
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(folder: Path) -> None:
    """Note the sums of the files of an index, beside it, and let all read them who may read these."""
    large = [path for path in (folder / STORE,) if path.exists()]
    sums = _Sums(files={path.name: _sum(path) for path in _files(folder)}, large={path.name: _sum(path) for path in large})
    beside = folder.with_suffix(".sums")
    _write_whole(beside, sums)
    mode = beside.stat().st_mode
    for path in folder.iterdir():
        if path.is_file():  # tantivy makes some that only their owner may read
            path.chmod(mode & 0o777)


_ALTERED = "its files are not those that were written"


def _mark(path: str) -> tuple[int, ...]:
    """What tells one version of a file from another."""
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def fault(folder: Path) -> str:
    """Check the files of an index against the hashes that were recorded beside it.

    A program that writes a MANIFEST records the hashes first, so without them they were lost. A generation without either is of an
    older program, and passes.

    Returns:
        What is wrong; empty where nothing is.
    """
    sums = folder.with_suffix(".sums")
    try:
        if not sums.exists():
            return "the checksums of its files are gone" if (folder.parent / "MANIFEST").exists() else ""
        sealed = _Sums.model_validate_json(read_plain(sums)).files
        there = {path.name: path for path in _files(folder)}
        if DATABASE not in sealed:  # an older program noted no sum of it, as it wrote to it when it read
            there.pop(DATABASE, None)
        if _no_files(folder):
            return _ALTERED
        return "" if sealed == {name: _sum(path) for name, path in there.items()} else _ALTERED
    except (FileNotFoundError, NotADirectoryError, NotPlain, ValidationError):
        return _ALTERED


def altered(folder: Path) -> list[str] | None:
    """The files of an index, large ones too, that are not what was sealed; None where an older program sealed them, or none did."""
    try:
        sums = _Sums.model_validate_json(read_plain(folder.with_suffix(".sums")))
    except FileNotFoundError:
        return [folder.with_suffix(".sums").name] if (folder.parent / "MANIFEST").exists() else None
    except (NotPlain, ValidationError):
        return [folder.with_suffix(".sums").name]
    sealed = sums.files | sums.large
    there = {path.name: path for path in (*_files(folder), folder / STORE) if path.is_file()}
    wrong = [name for name, kept in sealed.items() if name not in there or _sum(there[name]) != kept]
    wrong += [name for name in there if name not in sealed and name not in (DATABASE, STORE)]
    wrong += _no_files(folder)
    return wrong or (None if folder.name == "chroma" and not sums.large else [])


def _write_whole(path: Path, value: BaseModel) -> None:
    """Replace a file at once: a reader finds the old one or the new one, after a power cut too."""
    part = path.with_suffix(".part")
    with storage_errors(path):
        write_plain(part, value.model_dump_json().encode())
    os.replace(part, path)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _listed(folders: Sequence[Path]) -> str:
    return f"{' and '.join(folder.name for folder in folders)} {'stand' if len(folders) > 1 else 'stands'}"


def _make_way(path: Path) -> None:
    """Set aside what has the name of a file and is no plain file: a pipe would be waited for."""
    if os.path.lexists(path) and not path.is_file():
        os.replace(path, _aside(path))


def _aside(folder: Path) -> Path:
    """A name for a folder that is set aside."""
    names = [f"old-{folder.name}", *(f"old-{folder.name}-{number}" for number in range(2, 1000))]
    return next(path for path in map(folder.with_name, names) if not os.path.lexists(path))
