"""A dictionary that holds the newest entries alone."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Newest(dict[K, V]):
    """At most `most` entries; `keep` drops the oldest of more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V) -> None:
        """Hold a value as the newest one."""
        self.pop(key, None)
        while len(self) >= self._most:
            del self[next(iter(self))]
        self[key] = value
