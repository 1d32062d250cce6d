"""A folder of one process, such as the one in which a reader opens a generation, which nobody writes to.

Engines write a little where they read: Chroma a row into its database, tantivy a lock. What is published stays as it was
written all the same, so its files can be checked by their sums, and a library that may not be written, or that has no room
left, can be read: a reader has a folder of links to its files, and copies of the few that an engine insists on changing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import StorageError, storage_errors
from assistant.files import remove_tree

_PREFIX = "assistant-reads-"
_MEMORY = Path("/dev/shm")
"""A folder in memory, used where the disk has no room."""
_SPARE = 4_000_000
"""Beside the copy, this many bytes must be free for the journals of the engines."""
_YOUNG = 60
"""A folder younger than this many seconds is kept, as its lock may not exist yet."""


class Scratch:
    """The folder; it goes with `close`, with the process, or, where that was killed, when the next one makes its own."""

    def __init__(self, size: int, prefix: str = _PREFIX) -> None:
        """Make it where there is room for `size` bytes; its name begins with `prefix`, which tells for what it is used.

        Raises:
            StorageError: there is no such place.
        """
        base = _place(size)
        with storage_errors(base):
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
            self._remove = weakref.finalize(self, _remove, self.path, os.getpid())
            self._lock = FileLock(self.path / "lock", thread_local=False)  # any thread may close it
            self._lock.acquire()
            _sweep(base, prefix)

    def mirror(self, folder: Path, copied: Collection[str] = ()) -> Path:
        """A folder with links to all in `folder`, and copies of the files `copied`; locks are left out."""
        mirrored = self.path / folder.name
        with storage_errors(mirrored):
            remove_tree(mirrored)
            mirrored.mkdir()
            for path in folder.absolute().iterdir():
                if path.name in copied:
                    shutil.copyfile(path, mirrored / path.name)
                elif path.suffix != ".lock":
                    (mirrored / path.name).symlink_to(path)
        return mirrored

    def close(self) -> None:
        """Remove it."""
        self._lock.release()
        self._remove()


def _place(size: int) -> Path:
    places = [_MEMORY]
    with suppress(OSError):  # it tries to write there
        places.insert(0, Path(tempfile.gettempdir()))
    for place in places:
        with suppress(OSError):
            if os.access(place, os.W_OK) and shutil.disk_usage(place).free > size + _SPARE:
                return place
    raise StorageError(
        f"no room for {(size + _SPARE) / 1e6:,.0f} MB of temporary files, in {' or '.join(map(str, places))}; "
        "free some space there, or set TMPDIR to another folder"
    )


def _sweep(base: Path, prefix: str) -> None:
    """Remove what killed processes left."""
    for folder in base.glob(f"{prefix}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < _YOUNG:
                continue
            lock = FileLock(folder / "lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:  # it is in use
                continue
            lock.release()
            remove_tree(folder)


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # and not a child that ends
        remove_tree(folder)
