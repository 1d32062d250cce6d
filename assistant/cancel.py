"""Stopping work that nobody waits for any more. Whoever starts it says by what; what takes long asks from time to time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

from assistant.errors import Stopped

_stops: ContextVar[tuple[Event, ...]] = ContextVar("stops", default=())


@contextmanager
def stoppable(*stops: Event) -> Generator[None]:
    """Let what runs inside, in this thread, be stopped by any of these, and by those around it."""
    before = _stops.set((*_stops.get(), *stops))
    try:
        yield
    finally:
        _stops.reset(before)


def check() -> None:
    """Go on, unless it was stopped.

    Raises:
        Stopped: it was.
    """
    if any(stop.is_set() for stop in _stops.get()):
        raise Stopped("it was stopped before it was done")
