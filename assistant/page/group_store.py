"""Conversations and feedback in the database of a group, where each process of the page finds them."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import LibraryAway
from assistant.library.shared import Drawer, Shared
from assistant.page.newest import Newest
from assistant.page.store import ID, KEY, UNDO, Conversation, Judgement, NotOwned, Owner, Store, judged, read
from assistant.page.views import Turn

_MOST_KNOWN = 100
"""So many conversations are remembered for the time when the server of the database is away."""
_log = logging.getLogger("assistant")


class GroupStore(Store):
    """Keeps conversations and feedback as `Store` does, in the database.

    While the server is away, a conversation goes on that was opened before; its new turns say that they are not kept.
    """

    def __init__(self, home: Path, shared: Shared) -> None:
        super().__init__(home)
        self._shared = shared
        self._known = Newest[tuple[Owner, str], Conversation](_MOST_KNOWN)
        self._listed = Newest[Owner, dict[str, tuple[str, ...]]](_MOST_KNOWN)

    @contextmanager
    def _drawer(self, owner: Owner, *, writes: bool = False) -> Generator[Drawer]:
        """The conversations of an owner, where the key is one."""
        with self._shared.drawer(hashlib.sha256(owner.key.encode()).hexdigest()[:32], writes=writes) as drawer:
            if drawer.visitor is not None and not hmac.compare_digest(drawer.visitor.encode(), owner.visitor.encode()):
                raise NotOwned
            yield drawer

    def open(self, owner: Owner, id: str) -> Conversation:
        """The conversation with this id; a new one where its owner has none such."""
        try:
            found = super().open(owner, id)
        except LibraryAway:
            if known := self._known.get((owner, id)):
                return known
            raise
        return self._remembered(owner, found)

    def _remembered(self, owner: Owner, conversation: Conversation) -> Conversation:
        self._known.keep((owner, conversation.id), conversation)
        return conversation

    def held(self, owner: Owner, id: str) -> Conversation | None:
        """The conversation as it is kept; None where its owner has none with this id."""
        if not _valid(owner, id):
            return None
        with self._drawer(owner) as drawer:
            return _read(drawer, id)

    def keep(self, owner: Owner, conversation: Conversation) -> None:
        """Write a conversation; where the owner's key is none, nothing is kept."""
        self.changed(owner, conversation.id, lambda held: conversation)

    def changed(self, owner: Owner, id: str, change: Callable[[Conversation | None], Conversation]) -> Conversation:
        """Change a conversation as it is kept; see `Store.changed`."""
        if not _valid(owner, id):
            return change(None)
        with self._drawer(owner, writes=True) as drawer:
            before = _read(drawer, id)
            after = change(before)
            if after is not before and after.turns:
                if drawer.visitor is None:
                    drawer.claim(owner.visitor)
                after = after.settled()
                drawer.put(id, after.model_dump_json().encode(), [turn.answer.question for turn in after.turns])
        return self._remembered(owner, after)

    def remove(self, owner: Owner, id: str) -> None:
        """Forget a conversation; `restore` brings the conversation back for `UNDO` seconds."""
        self._mark(owner, id, removed=True)

    def restore(self, owner: Owner, id: str) -> None:
        """Undo `remove`; nothing happens where it is too late."""
        self._mark(owner, id, removed=False)

    def _mark(self, owner: Owner, id: str, *, removed: bool) -> None:
        if _valid(owner, id):
            with self._drawer(owner, writes=True) as drawer:
                drawer.mark(id, removed=removed)
            self._known.pop((owner, id), None)

    def questions(self, owner: Owner) -> dict[str, tuple[str, ...]]:
        """The questions of each conversation of an owner by its id, the latest first; removed ones go when their time is up."""
        if not KEY.fullmatch(owner.key or ""):
            return {}
        try:
            with self._drawer(owner, writes=True) as drawer:
                found = drawer.asked(UNDO)
        except LibraryAway as exc:
            _log.warning("the list of conversations may be old: %s", exc)
            return self._listed.get(owner, {})
        self._listed.keep(owner, found)
        return found

    def judge(self, turn: Turn, judgement: Judgement, claim: int | None = None) -> None:
        """Keep what a person thinks of an answer, or of its sentence in the place `claim`."""
        self._shared.note(json.dumps(judged(turn, judgement, claim).model_dump(), ensure_ascii=True))


def _valid(owner: Owner, id: str) -> bool:
    return bool(KEY.fullmatch(owner.key or "") and ID.fullmatch(id or ""))


def _read(drawer: Drawer, id: str) -> Conversation | None:
    whole = drawer.whole(id)
    return None if whole is None else read(whole)
