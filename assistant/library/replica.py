"""A machine's copy of the library of a group: an ordinary library that follows the group's database.

Questions read the copy alone. Who writes takes the lock of the machine and the turn of the database, brings the copy level and
writes its next generation; `Writer.publish` sends what differs to the database in one transaction before the copy is put in
force. A kill in between leaves the transaction undone, or done and followed by the next process that looks.

A copy is brought level when a process first looks at it, and then by a thread. It is made anew where it does not descend from
what the database holds, as after a backup was put back, or where it is damaged.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from assistant.errors import AssistantError, LibraryAway, LibraryBusy, LibraryCorrupt, LibraryError
from assistant.library.generations import Base, Copied, Current, Library, Writer
from assistant.library.group import Group, Progress, Published, Reading, Turn
from assistant.library.orders import Look
from assistant.library.store import Store
from assistant.library.vector_index import COPY, Index, stored

_BATCH = 250
"""Papers that are copied together."""
_LOOK = 1.0
"""Seconds between two looks at the database, where no notification comes."""
_SLICE = 0.2
"""Seconds in which the thread hears that it is to end."""
_MANY = 5000
"""Where more papers are copied, the log says so before."""
_log = logging.getLogger("assistant")


class _Unequal(LibraryError):
    """The copy does not hold what the database says."""


class _Ended(LibraryError):
    """Nobody needs the copy any more; the next process goes on with it."""


class Replica(Library):
    """The copy."""

    def __init__(
        self,
        home: Path,
        fingerprint: str,
        embedder: str,
        made_by: Mapping[str, str | int] | None = None,
        *,
        url: str,
        wait: float,
        look: Look | None = None,
    ) -> None:
        """The copy under the folder `home` of the database at `url`; nothing is opened or asked yet.

        Args:
            home: the folder; it need not exist.
            fingerprint: of the embedder and chunking in force.
            embedder: the embedder's name, for people.
            made_by: its settings that differ from the defaults.
            url: of the database.
            wait: seconds to wait for another process that makes the first copy.
            look: for orders to a reader in what is copied and written; None for no look.
        """
        self.group = Group(url)
        super().__init__(home, fingerprint, embedder, made_by, f"{COPY}{self.group.key}", look)
        self._wait = wait
        self._first = threading.RLock()
        self._ready = self._making_ready = False
        self._turn: Turn | None = None
        self._head: Published | None = None
        """What is being copied."""
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def remembered(self) -> Mapping[str, str | int]:
        """The settings of the encoder that made the library, as the database says; without the database, as the copy does."""
        try:
            head = self.group.newest()
        except LibraryError:
            copy = self._copy()
            return copy.made_by if copy else {}
        return head.made_by if head else {}

    def current(self) -> Current | None:
        """Find the generation in force; at the first call the copy is brought level before.

        Returns:
            The generation; None where the database holds no library yet.
        """
        if not self._ready:
            with self._first:
                if not self._ready and not self._making_ready:
                    self._making_ready = True
                    try:
                        self._make_ready()
                    finally:
                        self._making_ready = False
        return super().current()

    def prepare(self, wait: float) -> None:
        """Bring tables of an older version to the newest."""
        self.group.renew(wait)

    def _make_ready(self) -> None:
        copy, told = self._copy(), set[str]()
        self._end = threading.Event()
        try:
            self.level(0 if copy else self._wait)
        except LibraryBusy:
            if not copy:
                raise
        except AssistantError as exc:
            if not copy or isinstance(exc, LibraryCorrupt):
                raise
            _log.warning("questions are answered from the copy on this machine: %s", exc)
            told.add(_kind(exc))
        self._ready = True
        self._thread = threading.Thread(target=_follow, args=(weakref.ref(self), self._end, told), name="library", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Stop following the database, and let go of everything."""
        self._end.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()
        self._ready = False
        super().leave()

    def _copy(self) -> Current | None:
        """The copy as it is; None where there is none that can be used."""
        try:
            return super().current()
        except LibraryCorrupt:
            return None

    def level(self, wait: float, progress: Progress = lambda done, total: None) -> None:
        """Bring the copy level with the database.

        Args:
            wait: seconds to wait for another process of this machine.
            progress: called with the papers copied, and all that are to be copied.

        Raises:
            LibraryError: the database cannot be reached, or what it holds cannot be copied.
            LibraryBusy: another process of this machine writes to the copy.
            StorageError: the folder may not be written, or the disk is full.
        """
        if self.differs(self.group.newest()):
            with self.lock(wait), self.group.reading() as reading:
                if self.differs(reading.head):
                    self._copy_from(reading, progress)

    def differs(self, head: Published | None) -> bool:
        """Whether the copy equals no generation of the database but an older one.

        Args:
            head: the newest generation of the database.

        Returns:
            True where the copy is to be brought level.

        Raises:
            LibraryError: the database holds no library, and there is a copy of one.
        """
        copy = self._copy()
        if head is None:
            if copy:
                raise LibraryError(
                    f"the database at {self.group.shown} holds no library, and {str(self.folder)!r} has a copy of one; put a "
                    "backup of the database back, or move that folder away to begin with an empty library"
                )
            return False
        return copy is None or copy.copied != Copied(number=head.number, mark=head.mark)

    def _copy_from(self, reading: Reading, progress: Progress) -> None:
        copy = self._copy()
        of = copy.copied if copy else None
        if copy and of and reading.follows(of.number, of.mark):
            try:
                return self._pull(reading, copy, of.number, progress)
            except (LibraryCorrupt, _Unequal) as exc:
                _log.warning("the copy is made anew: %s", exc)
        self._pull(reading, copy, 0, progress)

    def load(self, current: Current, store: Store, wait: float, progress: Progress) -> None:
        """Send a generation of another library of this machine to the database; a load that was stopped goes on.

        Args:
            current: the generation.
            store: its store.
            wait: seconds to wait for another machine.
            progress: called with the papers sent and all papers.

        Raises:
            LibraryError: the database cannot be reached or written, or holds another library.
        """
        sums = store.sums()
        with self.group.turn(wait) as turn:
            if turn.start is None:
                turn.push(
                    _told(current),
                    sums,
                    lambda keys: store.rows([*map(store.heads(keys).__getitem__, keys)]),
                    anew=True,
                    removed=False,
                    progress=progress,
                )
                return
        with self.group.reading() as reading:
            if reading.head is None or reading.head.fingerprint != current.fingerprint or reading.sums(0) != sums:
                raise LibraryError(
                    f"the database at {self.group.shown} holds another library already; name an empty one, or take the papers in "
                    "with: assistant ingest SOURCES"
                )

    def renew(self, wait: float) -> None:
        """Make the copy anew from the database.

        Args:
            wait: seconds to wait for another process of this machine.
        """
        with self.lock(wait), self.group.reading() as reading:
            if reading.head:
                self._pull(reading, self._copy(), 0)

    def _pull(self, reading: Reading, copy: Current | None, since: int, progress: Progress = lambda done, total: None) -> None:
        """Copy what was written after the generation `since`; 0 for all that there is."""
        head = reading.head
        assert head
        folder = self.generation(copy.generation) if copy and since else None
        gone, removed = self._gone(reading, folder, since)
        with self.copier(copy, head.mark, head.fingerprint, fresh=not since, removing=removed) as writer:
            if folder and removed:
                with stored(folder / "chroma") as store:
                    kept = [each for each in store.all_heads() if each.paper.id not in gone]
                writer.take_over(folder, kept)
            have = writer.sums()
            if folder and not removed:
                writer.drop(list(writer.heads(gone).values()))
            missing = [key for key, sum in reading.sums(since).items() if have.get(key) != sum or key in gone]
            if len(missing) > _MANY:
                _log.warning("copying %s papers from the database at %s", f"{len(missing):,}", self.group.shown)
            for at in range(0, len(missing), _BATCH):
                if self._end.is_set():
                    raise _Ended("the copy is not finished")
                writer.copy_in(reading.rows(missing[at : at + _BATCH]))
                progress(min(at + _BATCH, len(missing)), len(missing))
            self._head = head
            writer.publish()

    def _gone(self, reading: Reading, folder: Path | None, since: int) -> tuple[set[str], bool]:
        """The papers of the copy that went, and whether one of them was removed."""
        if not folder or not (gone := reading.gone(since)):
            return set(), False
        with stored(folder / "chroma") as store:
            held = store.heads(gone)
        return set(held), any(gone[key] for key in held)

    def share(self, current: Current, base: Base, index: Index) -> Current:
        """Send a generation to the database, or check one that was copied from there.

        Args:
            current: what CURRENT is to say.
            base: what the generation was made of.
            index: its store.

        Returns:
            What CURRENT is to say.

        Raises:
            LibraryError: the database cannot be reached or written, or holds something else.
        """  # noqa: DOC501  # which is a LibraryError
        if base.copied:
            head = self._head
            assert head
            if (head.papers, head.chunks) != (current.papers, current.chunks):
                raise _Unequal(
                    f"the database at {self.group.shown} says that it holds {head.papers} papers and {head.chunks} chunks, and "
                    f"gave {current.papers} and {current.chunks}; put a backup of it back"
                )
        else:
            assert self._turn
            head = self._turn.push(_told(current), index.sums(), index.rows, anew=base.fresh, removed=base.removing)
        return current.model_copy(
            update={
                "generation": max(current.generation, head.number),
                "embedder": head.embedder,
                "made_by": dict(head.made_by),
                "copied": Copied(number=head.number, mark=head.mark),
            }
        )

    @contextmanager
    def writer(self, *, wait: float, fresh: bool = False, sample: bool = False, removing: bool = False) -> Generator[Writer]:
        """Become the one writer of the group; see `Library.writer`.

        Yields:
            The writer.

        Raises:
            LibraryError: the sample was to be taken in, or the database cannot be reached or written.
        """
        if sample:
            raise LibraryError(f"the database at {self.group.shown} holds no library yet; make one with: assistant ingest SOURCES")
        with self._writing_turn(wait), super().writer(wait=wait, fresh=fresh, removing=removing) as writer:
            yield writer

    @contextmanager
    def rebuilder(self, wait: float) -> Generator[tuple[Current, Writer]]:
        """A writer of the group that embeds all papers anew; see `Library.rebuilder`."""
        with self._writing_turn(wait), super().rebuilder(wait) as (current, writer):
            yield current, writer

    @contextmanager
    def _writing_turn(self, wait: float) -> Generator[None]:
        self.prepare(wait)
        self.current()
        with self.lock(wait), self.group.turn(wait) as turn:
            self.level(wait)
            self._turn = turn
            try:
                yield
            finally:
                self._turn = None


def _told(current: Current) -> Published:
    """What the database is to say of a generation, but for number and mark."""
    return Published(0, "", current.fingerprint, current.embedder, current.made_by, papers=current.papers, chunks=current.chunks)


def _kind(exc: AssistantError) -> str:
    """What is told once: a server that is away says so in several ways, one after another."""
    return "away" if isinstance(exc, LibraryAway) else str(exc)


def _follow(of: weakref.ref[Replica], end: threading.Event, told: set[str]) -> None:
    """Keep a copy level until nobody has it any more; each kind of error is told once, those in `told` not at all."""
    while not end.wait(_LOOK):  # it was brought level just now
        if (replica := of()) is None:
            return
        group = replica.group
        del replica  # while this waits, it may go
        try:
            _listen(of, group, end, told)
        except AssistantError as exc:
            if not end.is_set() and _kind(exc) not in told:
                told.add(_kind(exc))
                _log.warning("the copy of the library on this machine is not brought up to date: %s", exc)


def _listen(of: weakref.ref[Replica], group: Group, end: threading.Event, told: set[str]) -> None:
    """Bring a copy level whenever the database tells of a generation, until that fails."""
    with group.news() as news:
        while not end.is_set() and (replica := of()):
            with suppress(LibraryBusy):
                if replica.differs(news.newest()):
                    replica.level(0)
            told.clear()
            del replica
            waited = 0.0
            while waited < _LOOK and not end.is_set() and not news.wait(_SLICE):
                waited += _SLICE
