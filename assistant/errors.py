"""Every error a user can meet, in one tree.

    AssistantError                 base; printed as one line, never as a traceback
    |-- ConfigError                a setting, a flag or a variable is wrong           exit 2
    |-- QuestionError              the question cannot be searched for                exit 2
    |-- ArgumentError              an argument in Python is of a wrong kind           exit 2
    |-- SourceError                an input cannot be read as papers                  exit 3
    |-- LibraryError               the library cannot serve                           exit 4
    |   |-- LibraryMismatch        it was made by other settings
    |   |-- LibraryCorrupt         its files are damaged
    |   |-- UnknownPaper           it holds no such paper
    |   |-- LibraryAway            the server of a group's database cannot be reached
    |   `-- LibraryBusy            another process is writing to it                   exit 5
    |-- StorageError               the disk is full, or a folder may not be used      exit 6
    |-- ModelError                 weights, or a model's endpoint, do not work        exit 7
    |   `-- EmptyReply             the model replied nothing
    |-- BudgetError                a call could cost more than a cap allows           exit 8
    `-- Stopped                    nobody waits for it any more

A message says what went wrong, with which thing, and what to do about it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

try:
    import resource
except ImportError:  # there are no such limits on Windows
    resource = None

_ROOM = 16_000_000
"""If fewer bytes are free and an engine fails to write without a reason, the error reports a full disk."""
_DESCRIPTORS = 16
"""If fewer descriptors can be opened and an engine fails without a reason, the error reports the limit on open files; Chroma needs
a dozen."""
_SHOWN = 80
"""An error shows at most this many characters of a value."""


class AssistantError(Exception):
    """Base of all errors that a user can mend."""

    exit_code = 1


class ConfigError(AssistantError):
    """A setting, a flag or a variable is wrong."""

    exit_code = 2


class QuestionError(AssistantError):
    """The question is empty, too long, or holds nothing to search for."""

    exit_code = 2


class ArgumentError(AssistantError, TypeError):
    """An argument that was given in Python is of a wrong kind."""

    exit_code = 2


class SourceError(AssistantError):
    """An input cannot be read as papers."""

    exit_code = 3


class LibraryError(AssistantError):
    """The library cannot serve: missing, mismatched, damaged, busy or without what is wanted."""

    exit_code = 4


class LibraryMismatch(LibraryError):
    """The library was made with settings other than those in force."""


class LibraryCorrupt(LibraryError):
    """The library's files are damaged."""


class UnknownPaper(LibraryError):
    """The library holds no such paper."""


class LibraryAway(LibraryError):
    """The server of a group's database cannot be reached, or refuses who comes."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""

    exit_code = 5


class StorageError(AssistantError):
    """The disk is full, or a file or folder may not be read or written."""

    exit_code = 6


class ModelError(AssistantError):
    """Weights are missing or wrong, or a model's endpoint does not work."""

    exit_code = 7


class EmptyReply(ModelError):
    """The model replied nothing, or nothing but its thoughts, a call of a tool or a refusal, which cost all the same."""

    def __init__(self, message: str, input_tokens: int = 0, output_tokens: int = 0, *, declined: bool = False) -> None:
        super().__init__(message)
        self.declined = declined
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens


class BudgetError(AssistantError):
    """A call of a language model could pass a cap on what is spent."""

    exit_code = 8


class Stopped(AssistantError):
    """Nobody waits any more for what was asked: the caller has gone, pressed Stop, or the page is being ended."""


def brief(value: object) -> str:
    """A value that somebody gave, as an error repeats it: its start is enough to know it by."""
    try:
        said = repr(value[: _SHOWN + 1] if isinstance(value, str) else value)
    except ValueError:  # Python writes no number of thousands of digits
        said = "..."
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}..."


def masked(address: str) -> str:
    """An address as it is shown: without the user, the password and the query, which may hold a key."""
    hidden = re.sub(r"(?s)^([\w+.-]*:?/{0,2}).*@", r"\1***@", address)  # up to the last "@": a password may hold "/" and "?"
    plain, query, _ = hidden.partition("?")
    return plain + (f"{query}***" if query else "")


def one_line(said: str) -> str:
    """What is told, on one line: a sign in place of each character that ends a line or that a terminal obeys."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in said)


def need(name: str, value: object, wanted: str, held: bool) -> None:
    """Check an argument.

    Args:
        name: the name of the argument.
        value: the value given.
        wanted: the values allowed, for people.
        held: whether the value is allowed.

    Raises:
        ArgumentError: the value is not allowed.
    """
    if not held:
        given = f"{type(value).__name__} {brief(value)}" if value is not None else "None"
        raise ArgumentError(f"{name} must be {wanted}, not {given}")


@contextmanager
def storage_errors(path: Path) -> Generator[None]:
    """Turn errors of the file system, raised by it or by an engine that works on `path`, into `StorageError`."""
    try:
        yield
    except AssistantError:
        raise
    except Exception as exc:
        if trouble := _storage_error(exc, path):
            raise trouble from exc
        raise


def disk_full(path: Path) -> StorageError:
    """The error for a disk with no room left."""
    return StorageError(f"the disk is full: {str(path)!r} cannot be written; free some space and run it again")


def scarcity(path: Path, said: str, *, writes: bool) -> StorageError | None:
    """Find the scarce resource, where an engine failed at work on a folder without naming the cause.

    Args:
        path: the folder.
        said: the engine's message.
        writes: the engine was to write there.

    Returns:
        The error to raise; None where nothing is scarce.
    """
    if short_of_descriptors():
        return too_many_files(path)
    if _size_limit() and (writes or "disk I/O error" in said):
        return _too_large(path)
    return disk_full(path) if writes and shutil.disk_usage(path.parent).free < _ROOM else None


def of_descriptors(exc: Exception) -> bool:
    """An error says that too many files are open."""
    number = exc.errno if isinstance(exc, OSError) else None
    return number in (errno.EMFILE, errno.ENFILE) or any(sign in str(exc) for sign in ("Too many open files", "os error 24"))


def too_many_files(path: Path) -> StorageError:
    """The error for a process that may open no further file."""
    return StorageError(
        f"too many files are open: {str(path)!r} cannot be opened; raise the limit (ulimit -n 1024) and run it again"
    )


def _too_large(path: Path) -> StorageError:
    return StorageError(
        f"a limit on the size of files is in force ({_size_limit():,} bytes): {str(path)!r} cannot be written; "
        "raise it (ulimit -f unlimited) and run it again"
    )


def _size_limit() -> int:
    """Bytes that a file of this process may have at most; 0 where there is no limit."""
    if resource is None:
        return 0
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return 0 if limit == resource.RLIM_INFINITY else limit


def short_of_descriptors() -> bool:
    """This process may open next to no further file; what an engine opened it has closed again when its error is met."""
    if resource is None:
        return False
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        return limit != resource.RLIM_INFINITY and limit - len(os.listdir("/dev/fd")) < _DESCRIPTORS
    except OSError as exc:
        return exc.errno == errno.EMFILE


def _storage_error(exc: Exception, path: Path) -> StorageError | None:
    number = exc.errno if isinstance(exc, OSError) else None
    said = (str(exc).splitlines() or [""])[0]
    if number == errno.ENOSPC or any(sign in said for sign in ("disk is full", "No space left", "os error 28")):
        return disk_full(path)
    if of_descriptors(exc):
        return too_many_files(path)
    if number == errno.EFBIG or any(sign in said for sign in ("File too large", "os error 27")):
        return _too_large(path)
    if "unable to open database" in said and short_of_descriptors():
        return too_many_files(path)
    denied = ("permission denied", "readonly database", "unable to open database", "read-only file")
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or any(sign in said.lower() for sign in denied):
        why = os.strerror(number) if number else said
        return StorageError(f"may not use {str(path)!r}: {why}; mend its permissions or set ASSISTANT_HOME")
    return StorageError(f"cannot use {str(path)!r}: {said}") if isinstance(exc, OSError) else None
