"""Packed files (zip, gz): read in place within bounds, never unpacked to disk."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO

from assistant.types import Paper, Rejection

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
"""The first bytes of the files."""
_OFFICE = "[Content_Types].xml"
_RATIO, _FREE = 200, 10_000_000
"""A file that unpacks to more than `_FREE` bytes may have at most `_RATIO` times its packed size; text reaches a tenth of that
ratio."""
_MOST = 10_000
"""An archive with more files is refused."""
Reader = Callable[[str, IO[bytes]], Iterator[Paper | Rejection]]


class TooLarge(ValueError):
    """A packed file unpacks to far more than any text does."""


class Gunzipped(io.RawIOBase):
    """A gz file, unpacked as it is read.

    Raises:
        TooLarge: at reading, where the bound is passed.
    """

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._file = gzip.GzipFile(fileobj=packed)
        self._total = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """See `io.RawIOBase`."""
        read = self._file.readinto(buffer)
        self._total += read
        if self._total > max(_FREE, _RATIO * self._packed.tell()):
            raise TooLarge(f"unpacks to more than {_RATIO} times its size, which no text does")
        return read


def read_zip(name: str, file: IO[bytes], endings: frozenset[str], max_file: int, reader: Reader) -> Iterator[Paper | Rejection]:
    """Read each file of an archive; a name that leads out of the archive is not read.

    Args:
        name: of the archive.
        file: the archive.
        endings: of the names that are read.
        max_file: bytes of a file, and a fourth of the bytes of all of them, that are unpacked.
        reader: takes the name and the content of a file.

    Yields:
        The papers and rejections of the files.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        yield Rejection(file=name, line=None, reason=f"is a broken zip archive: {exc}")
        return
    members = [member for member in archive.infolist() if not member.is_dir()]
    if any(member.filename == _OFFICE for member in members):
        yield Rejection(file=name, line=None, reason=OFFICE)
        return
    wanted = [each for each in members if PurePosixPath(each.filename).suffix.lower() in endings and _is_plain(each.filename)]
    escaping = [each.filename for each in members if not _is_safe(each.filename)]
    if escaping:
        yield Rejection(file=name, line=None, reason=f"holds a name that leads out of the archive: {escaping[0][:80]!r}")
    if len(members) > _MOST:
        yield Rejection(file=name, line=None, reason=f"holds more than {_MOST:,} files; unpack it")
        return
    if not wanted:
        yield Rejection(file=name, line=None, reason=f"holds no {', '.join(sorted(endings))} file")
    total = 0
    for member in wanted:
        inner = f"{name}/{member.filename}"
        total += member.file_size
        if not _is_safe(member.filename):
            continue
        if member.flag_bits & 1:
            yield Rejection(file=inner, line=None, reason="is encrypted; unpack it")
        elif member.file_size > max(_FREE, _RATIO * member.compress_size):
            yield Rejection(file=inner, line=None, reason=f"unpacks to more than {_RATIO} times its size, which no text does")
        elif member.file_size > max_file or total > 4 * max_file:
            yield Rejection(file=inner, line=None, reason=f"unpacks to more than {max_file:,} bytes (setting ingest.max_file)")
        else:
            try:
                with archive.open(member) as stream:
                    content = stream.read(member.file_size + 1)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as exc:
                yield Rejection(file=inner, line=None, reason=f"cannot be unpacked: {exc}")
                continue
            yield from reader(inner, io.BytesIO(content))


OFFICE = "is a file of Word, Excel or the like; give the papers' BibTeX, or their ids (arxiv:2310.12345, doi:10.1000/xyz)"


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and ":" not in path.parts[0] if path.parts else False


def _is_plain(name: str) -> bool:
    """No file of an operating system's own."""
    *folders, last = PurePosixPath(name).parts
    return not any(part.startswith(".") or part == "__MACOSX" for part in folders) and not last.startswith("._")
