"""Answers under way: each is written to its end and kept, whether or not the browser that asked is still there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from assistant.page.chat import Going
from assistant.page.store import Conversation, Owner
from assistant.page.views import Draft

States = Generator[tuple[Conversation, Draft | None]]


class Asked:
    """A question that is being answered."""

    def __init__(
        self, before: Conversation, draft: Draft, states: Callable[[threading.Event], States], ending: threading.Event
    ) -> None:
        """Begin to answer; `states` takes the event that ends the writing."""
        self.before = before
        """The conversation in front of the question."""
        self._draft = draft
        self.stop = threading.Event()
        """Set where the answer is to hold what was written until then."""
        self.watchers = 0
        """So many events show it."""
        self.going = Going(states(self.stop), ending)

    @property
    def draft(self) -> Draft:
        """The newest state of the question on its way."""
        newest = self.going.newest
        return (newest and newest[1]) or self._draft


class UnderWay:
    """The questions that are being answered, by conversation.

    At most `most` of them go on without a browser that waits. Of more than that, the one that was left first ends with what is
    written: else whoever asks and leaves again and again would keep a model at work without end.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[tuple[Owner, str], list[Asked]] = {}
        self._left: list[Asked] = []
        self._lock = threading.Lock()

    def add(self, owner: Owner, conversation: str, asked: Asked) -> None:
        """Note a question of a conversation until it is answered."""
        with self._lock:
            self._held.setdefault((owner, conversation), []).append(asked)
        asked.going.done.add_done_callback(lambda _: self._answered((owner, conversation), asked))

    def _answered(self, place: tuple[Owner, str], asked: Asked) -> None:
        with self._lock:
            self._held[place].remove(asked)
            if not self._held[place]:
                del self._held[place]
            if asked in self._left:
                self._left.remove(asked)

    def of(self, owner: Owner, conversation: str) -> tuple[Asked, ...]:
        """What is being answered in a conversation, the latest last."""
        with self._lock:
            return tuple(self._held.get((owner, conversation), ()))

    @contextmanager
    def watched(self, asked: Asked) -> Generator[None]:
        """Have a browser wait for an answer; the answer goes on where the browser leaves."""
        with self._lock:
            asked.watchers += 1
            if asked in self._left:
                self._left.remove(asked)
        try:
            yield
        finally:
            with self._lock:
                asked.watchers -= 1
                if not asked.watchers and not asked.going.done.done():
                    self._left.append(asked)
                    if len(self._left) > self._most:
                        self._left.pop(0).stop.set()
