"""Work in threads that can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def silent(done: int, total: int) -> None:
    """No progress bar."""


def each(work: Callable[[_In], _Out], items: Sequence[_In], threads: int, then: Callable[[_Out], None]) -> None:
    """Hand what `work` makes of each item to `then`, as it comes.

    Where that raises, or the user stops it, what is under way is waited for and the rest is not begun.
    """
    executor = ThreadPoolExecutor(threads)
    try:
        waiting: list[Future[_Out]] = [executor.submit(work, item) for item in items]
        for future in as_completed(waiting):
            then(future.result())
    finally:
        executor.shutdown(cancel_futures=True)


def mapped(work: Callable[[_In], _Out], items: Sequence[_In], threads: int, progress: Progress = silent) -> list[_Out]:
    """What `work` makes of each item, in their order."""
    made: dict[int, _Out] = {}

    def numbered(place: int) -> tuple[int, _Out]:
        return place, work(items[place])

    def keep(one: tuple[int, _Out]) -> None:
        made[one[0]] = one[1]
        progress(len(made), len(items))

    each(numbered, range(len(items)), threads, keep)
    return [made[place] for place in range(len(items))]
