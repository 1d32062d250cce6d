"""Plain files alone are opened: a pipe is not waited for, a device not read. Files replaced whole: never a part is seen."""

from __future__ import annotations

import codecs
import errno
import json
import os
import shutil
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from assistant.errors import StorageError, brief, storage_errors

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded(content: bytes) -> str:
    """Decode a text file: UTF-8, or UTF-16 where the file begins with its mark, as Excel and PowerShell write it.

    Returns:
        The text, without the mark.

    Raises:
        UnicodeDecodeError: the content is neither; `encoding` tells which of them it began as.
    """
    return content.decode("utf-16" if content.startswith(_WIDE) else "utf-8-sig")


class NotPlain(OSError):
    """A folder, pipe, socket or device has the name of a file; `strerror` says which."""

    def __init__(self, path: Path, mode: int) -> None:
        what = _KINDS.get(stat.S_IFMT(mode), "something else")
        super().__init__(errno.EINVAL, f"no plain file but {what}", str(path))

    def __str__(self) -> str:
        return f"{str(self.filename)!r} is {self.strerror}"


def _opened(path: Path, flags: int, found: os.stat_result | None) -> int:
    """The descriptor of a plain file; `found` is what stands at `path`, as to open a device can set the device to work."""
    harmless = (stat.S_ISREG, stat.S_ISDIR) if flags == os.O_RDONLY else (stat.S_ISREG,)  # a closed folder is to say so
    if found and not any(kind(found.st_mode) for kind in harmless):
        raise NotPlain(path, found.st_mode)
    number = os.open(path, flags | _AT_ONCE, 0o666)
    if not stat.S_ISREG(mode := os.fstat(number).st_mode):  # put there meanwhile
        os.close(number)
        raise NotPlain(path, mode)
    return number


def open_plain(path: Path) -> BufferedReader:
    """Open a plain file for reading; a pipe of that name is not waited for.

    Returns:
        The open file.

    Raises:
        NotPlain: `path` is no plain file.
        OSError: the file cannot be opened.
    """
    return open(_opened(path, os.O_RDONLY, os.stat(path)), "rb")


def read_plain(path: Path) -> bytes:
    """The content of a plain file; see `open_plain`."""
    with open_plain(path) as file:
        return file.read()


def write_plain(path: Path, content: bytes) -> None:
    """Write a file durably, over a plain file of that name; a link of that name is not followed.

    Raises:
        NotPlain: something of that name is no plain file.
        OSError: the file cannot be written.
    """
    found = os.lstat(path) if os.path.lexists(path) else None
    number = _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), found)
    with open(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def append_plain(path: Path, content: bytes) -> None:
    """Write behind the end of a plain file, or to a new one.

    Raises:
        NotPlain: something of that name is no plain file.
        OSError: the file cannot be written.
    """
    found = os.stat(path) if path.exists() else None
    with open(_opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, found), "ab") as file:
        file.write(content)


def remove_tree(path: Path) -> None:
    """Remove a folder with all in it, or what else has its name, as far as that is allowed: no pipe is opened, no link touched."""
    with suppress(OSError):
        if path.is_symlink():
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


_ROOM = 1 << 18
"""More bytes than an answer has in a file."""


def check_target(path: Path) -> None:
    """Check that `replace_file` can write a result to `path`, and that the disk has room for one; nothing there is changed.

    Raises:
        StorageError: see `replace_file`.
    """
    with storage_errors(path), _written(path, bytes(_ROOM)):
        pass


def replace_file(path: Path, content: str) -> None:
    """Write `content` to `path`, durably, in place of the file that is there.

    Raises:
        StorageError: `path` is no name of a file, the folder is missing or closed, something there is no plain file, or the
            disk is full.
    """
    with storage_errors(path), _written(path, content.encode()) as part:
        os.replace(part, path)


@contextmanager
def _written(path: Path, content: bytes) -> Generator[Path]:
    """The content in a file beside `path`, which is removed behind the block if it is still there."""
    part = _part(path)
    try:
        write_plain(part, content)
        yield part
    except NotPlain:  # it was there before
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.unlink(missing_ok=True)


def record(kind: str, version: int, content: Mapping[str, object]) -> str:
    """The text of a file that holds a result: its kind, its version, and the result in JSON."""
    return json.dumps({"kind": kind, "version": version, **content}, ensure_ascii=False, indent=1) + "\n"


def _part(path: Path) -> Path:
    """Choose the name under which the content of a file is written first.

    Returns:
        The path, in the folder of the file.

    Raises:
        StorageError: `path` is no name of a file, or the folder is missing.
        NotPlain: something of that name is no plain file.
    """
    if not path.name or "\0" in path.name:
        raise StorageError(f"{brief(str(path))} is no name of a file")
    if not path.parent.is_dir():
        raise StorageError(f"cannot write {brief(str(path))}: there is no folder {brief(str(path.parent))}")
    if path.exists() and not path.is_file():
        raise NotPlain(path, path.stat().st_mode)
    return path.with_name(f"{path.name}.part")
