"""The threads of numpy."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_inside: list[Any] = []
"""The limit in force, once for each thread that is inside."""


@cache
def _controller() -> Any:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Generator[None]:
    """Have numpy compute with one thread, in this whole process, until the last one that is inside leaves.

    Products as small as a search makes gain nothing by several, and these would starve the encoder's: a question is
    embedded in 4 ms instead of 9.
    """
    with _lock:
        _inside.append(_inside[0] if _inside else _controller().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            limit = _inside.pop()
            if not _inside:
                limit.restore_original_limits()
