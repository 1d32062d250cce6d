"""Threads for calls of programs alone, so that waiting calls delay nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from assistant.cancel import stoppable
from assistant.errors import AssistantError, Stopped

T = TypeVar("T")
_ENDING = "the server is stopping; ask again when it has started"
_LOOK = 0.2
"""The caller and the end of the page are checked for every so many seconds."""


class Room:
    """Runs `at_once` calls and lets `waiting` more wait; a further call gets an error."""

    def __init__(self, at_once: int, waiting: int, ending: threading.Event) -> None:
        """Calls are stopped when `ending` is set."""
        self._threads = ThreadPoolExecutor(at_once, "room")
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._ending = ending

    async def run(self, work: Callable[[], T], gone: Callable[[], Awaitable[bool]]) -> T:
        """Run `work` in a thread; once the caller is `gone`, stop it, or never begin it.

        Returns:
            The result of `work`.

        Raises:
            AssistantError: too many wait already.
            Stopped: the caller has gone, or the page is being ended.
        """
        if not self._places.acquire(blocking=False):
            raise AssistantError("too many calls wait already; ask again in a moment")
        stop = threading.Event()

        def stopping() -> T:
            with stoppable(stop, self._ending):
                return work()

        job = self._threads.submit(copy_context().run, stopping)
        job.add_done_callback(lambda _: self._places.release())
        waited = asyncio.wrap_future(job)
        try:
            while not (await asyncio.wait({waited}, timeout=_LOOK))[0]:
                if self._ending.is_set():  # the server waits a second for replies, and a model may stall for longer
                    raise Stopped(_ENDING)
                if await gone():
                    raise Stopped("the caller has gone")
            return waited.result()
        except Stopped:
            if self._ending.is_set():
                raise Stopped(_ENDING) from None
            raise
        finally:
            stop.set()
            waited.cancel()
