"""Standard input, output and error: closed, full, or with nobody at their other end."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from assistant.errors import StorageError, brief

_MODES = {0: os.O_RDONLY, 1: os.O_RDONLY, 2: os.O_WRONLY}
"""Modes in which the null device replaces a closed stream: an input is at its end, an output cannot be written, so that the error
is seen, and messages are lost."""


@contextmanager
def standard(name: str) -> Generator[None]:
    """Run the command `name` so that failures of the standard streams end in an exit code, never in a traceback.

    A reader of the output that leaves (`head`) ends the command with 0; output that cannot be written is reported in one line,
    with the exit code of `StorageError`.

    Raises:
        SystemExit: a stream failed.
    """
    _open()
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except SystemExit as exc:
        if not isinstance(exc.__context__, BrokenPipeError):
            raise
        _silence(1)  # rich and click end with 1
        sys.exit(0)
    except BrokenPipeError:
        _silence(1)
        sys.exit(0)
    except OSError as exc:  # all others are met where they arise
        _silence(1)
        what = "write the output" if exc.filename is None else f"use {brief(os.fsdecode(exc.filename))}"
        tell(f"{name}: cannot {what}: {exc.strerror or exc}")
        sys.exit(StorageError.exit_code)


def tell(message: str) -> None:
    """Print a line to standard error, where that can be written: what goes wrong has an exit code too."""
    try:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
    except OSError:
        _silence(2)


def line() -> str:
    """A line of standard input; nothing where there is none that can be read."""
    with suppress(OSError, ValueError):  # ValueError: no text
        return sys.stdin.readline()
    return ""


def _open() -> None:
    """Put the null device behind the streams that are closed, so that no file gets their numbers."""
    for number, mode in _MODES.items():
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, mode)  # gets the lowest number that is free
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    names = ("stdin", "stdout", "stderr")
    for number, name in enumerate(names):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))


def _silence(number: int) -> None:
    """Lose what is still to be written: Python writes it at its very end, and would complain."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)
