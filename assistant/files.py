"""Files replaced whole: a reader sees the old content or the new, never a part. Files read only where they are plain files."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from assistant.errors import StorageError, brief, storage_errors


class NotPlain(OSError):
    """A folder, device or pipe has the name of a file."""


def open_plain(path: Path) -> BufferedReader:
    """Open a plain file for reading; a pipe of that name is not waited for.

    Raises:
        NotPlain: `path` is no plain file.
        OSError: the file cannot be opened.
    """
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise NotPlain(f"{str(path)!r} is no plain file")
    return open(number, "rb")


def read_plain(path: Path) -> bytes:
    """The content of a plain file; see `open_plain`."""
    with open_plain(path) as file:
        return file.read()


def replace_file(path: Path, content: str) -> None:
    """Write `content` to `path`, durably, in place of the file that is there.

    Raises:
        StorageError: the file cannot be written.
    """
    if not path.name or "\0" in path.name:
        raise StorageError(f"{brief(str(path))} is no name of a file")
    part = path.with_name(f"{path.name}.part")
    with storage_errors(path):
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
