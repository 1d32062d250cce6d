"""Files with a value a line, as JSON: question sets, runs, recorded calls, the ledger. A name that ends in .gz is compressed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from assistant.errors import ConfigError
from assistant.types import Value

_T = TypeVar("_T", bound=Value)


def read(file: Path, kind: type[_T], what: str, *, damaged: bool = False) -> list[_T]:
    """The values in `file`; arguments and errors are those of `numbered`."""
    return list(numbered(file, kind, what, damaged=damaged).values())


def numbered(file: Path, kind: type[_T], what: str, *, damaged: bool = False) -> dict[int, _T]:
    """The values in `file` by the numbers of their lines, of which each is `what`; blank lines say nothing.

    Args:
        file: with a value a line.
        kind: of the values.
        what: a value is called, for people.
        damaged: lines that hold none, such as the last one of a run that was killed, are left out.

    Raises:
        ConfigError: the file cannot be read, or a line of it holds something else.
    """
    try:
        content = _bytes(file).decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError) as exc:
        raise ConfigError(f"{str(file)!r} cannot be read as UTF-8 text") from exc
    except OSError as exc:
        raise ConfigError(f"{str(file)!r} cannot be read: {exc.strerror or exc}") from exc
    values: dict[int, _T] = {}
    # not splitlines, which would cut a text at characters that end a line for people, but not for JSON
    for number, line in enumerate(content.split("\n"), 1):
        try:
            if line.strip():
                values[number] = kind.model_validate_json(line)
        except ValidationError as exc:
            if not damaged:
                first = exc.errors()[0]
                place = ".".join(map(str, first["loc"])) or "the line"
                raise ConfigError(f"{str(file)!r}, line {number}, is no {what}: {place}: {first['msg']}") from exc
    return values


def append(file: Path, values: Iterable[Value]) -> None:
    """Put `values` behind what `file` holds; it and its folder are made where they are not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if _packed(file):  # anew and at once: a part of a compressed stream that was cut off would spoil the rest
        _replace(file, (_bytes(file) if file.exists() else b"") + _lines(values).encode())
        return
    with file.open("ab+") as out:
        if out.tell() and (out.seek(-1, 2), out.read(1))[1] != b"\n":
            out.write(b"\n")  # the last line was cut off when its writer was killed
        out.write(_lines(values).encode())


def write(file: Path, values: Iterable[Value]) -> None:
    """Put `values` into `file` in place of what it holds, at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    _replace(file, _lines(values).encode())


def _packed(file: Path) -> bool:
    return file.suffix == ".gz"


def _bytes(file: Path) -> bytes:
    content = file.read_bytes()
    return gzip.decompress(content) if _packed(file) else content


def _replace(file: Path, content: bytes) -> None:
    new = file.with_name(file.name + ".new")
    new.write_bytes(gzip.compress(content, mtime=0) if _packed(file) else content)  # no time: the same values, the same file
    new.replace(file)


def _lines(values: Iterable[Value]) -> str:
    return "".join(value.model_dump_json() + "\n" for value in values)
