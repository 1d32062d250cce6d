"""Cancellation: `stoppable` names the events that stop the work inside, and long work calls `check` from time to time.

`endable` names an event that ends the writing inside: a model stops, and what it wrote is kept.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

from assistant.errors import Stopped

T = TypeVar("T")
_stops: ContextVar[tuple[Event, ...]] = ContextVar("stops", default=())
_end: ContextVar[Event | None] = ContextVar("end", default=None)


@contextmanager
def stoppable(*stops: Event) -> Generator[None]:
    """Let any of these events, or of those of an outer `stoppable`, stop the work inside, in this thread."""
    before = _stops.set((*_stops.get(), *stops))
    try:
        yield
    finally:
        _stops.reset(before)


@contextmanager
def endable(end: Event) -> Generator[None]:
    """Let this event end the writing inside, in this thread; from then on no model is asked."""
    before = _end.set(end)
    try:
        yield
    finally:
        _end.reset(before)


def ending(happens: Generator[T], end: Event) -> Generator[T]:
    """What `happens`, inside of `endable`; whoever listens is outside of it."""
    with closing(happens):
        while True:
            try:
                with endable(end):
                    each = next(happens)
            except StopIteration:
                return
            yield each


def check() -> None:
    """Raise where one of the events is set.

    Raises:
        Stopped: one is.
    """
    if any(stop.is_set() for stop in _stops.get()):
        raise Stopped("it was stopped before it was done")


def ended() -> bool:
    """Whether the writing is to end."""
    end = _end.get()
    return end is not None and end.is_set()
