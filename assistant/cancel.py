"""Cancellation: `stoppable` names the events that stop the work inside, and long work calls `check` from time to time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

from assistant.errors import Stopped

_stops: ContextVar[tuple[Event, ...]] = ContextVar("stops", default=())


@contextmanager
def stoppable(*stops: Event) -> Generator[None]:
    """Let any of these events, or of those of an outer `stoppable`, stop the work inside, in this thread."""
    before = _stops.set((*_stops.get(), *stops))
    try:
        yield
    finally:
        _stops.reset(before)


def check() -> None:
    """Raise where one of the events is set.

    Raises:
        Stopped: one is.
    """
    if any(stop.is_set() for stop in _stops.get()):
        raise Stopped("it was stopped before it was done")
