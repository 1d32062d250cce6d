"""Conversations and feedback on disk, under the library's home. A conversation opens with its key, for its visitor alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from assistant.errors import AssistantError, LibraryError, SourceError, StorageError, storage_errors
from assistant.files import append_plain, read_plain, replace_file, write_plain
from assistant.page.newest import Newest
from assistant.page.views import Lost, Note, Turn
from assistant.types import Value, Where

KEY = re.compile(r"[0-9a-zA-Z-]{16,64}")
ID = re.compile(r"[0-9a-f]{16}")
_LARGEST = 50_000_000
"""A file of a conversation with more bytes is refused."""

UNDO = 600
"""A removed conversation can be restored for this many seconds."""
_REMOVED = ".removed"
"""The ending of the file of a removed conversation."""
_VISITOR = "visitor"
"""The file beside the conversations of a key that holds the mark of the key's visitor."""

FEEDBACK = "feedback.jsonl"
"""The file under the library's home, a `Feedback` a line."""
Judgement = Literal["good", "bad", "wrong sentence"]


_log = logging.getLogger(__name__)
_MOST_NOTES = 1000
"""A conversation keeps this many notes, the newest."""
_MOST_UNKEPT = 100
"""At most this many conversations are held in memory; the oldest go first."""
_MOST_RECENT, _SMALL = 64, 1_000_000
"""At most this many conversations are remembered as their files hold them, of at most so many bytes each."""
_MOST_VISITORS = 1000
"""At most so many keys are remembered with their visitors."""
_LOCKS = 64
"""Conversations share so many locks: a file is written through to the disk, which those of others need not wait for."""


class Branch(Value):
    """Turns whose place another version of their first question took."""

    after: str
    """The id of the turn before; empty where the conversation begins with the question."""
    place: int
    """The version of the question, from 0."""
    turns: tuple[Turn, ...]


class Conversation(Value):
    """Questions and their answers, with all that these rest on, oldest first."""

    kind: Literal["assistant conversation"] = "assistant conversation"
    version: Literal[1] = 1
    id: str
    turns: tuple[Turn, ...] = ()
    branches: tuple[Branch, ...] = ()
    """What an edited question, or one asked again, took the place of."""
    notes: tuple[Note, ...] = ()
    """What the reader noted on quotes."""

    @property
    def title(self) -> str:
        """Its first question."""
        return self.turns[0].answer.question if self.turns else "New conversation"

    @property
    def every(self) -> tuple[Turn, ...]:
        """All turns, those of branches behind the others."""
        return (*self.turns, *(turn for branch in self.branches for turn in branch.turns))

    def turn(self, id: str) -> Turn | None:
        """The turn with this id."""
        return next((turn for turn in self.turns if turn.id == id), None)

    def before(self, id: str) -> Conversation:
        """What came before the turn with this id; all of it where there is none such."""
        place = next((place for place, turn in enumerate(self.turns) if turn.id == id), len(self.turns))
        return self.model_copy(update={"turns": self.turns[:place]})

    def then(self, turn: Turn, instead: str = "", after: str = "") -> Conversation:
        """The conversation with one turn more.

        Args:
            turn: the new turn.
            instead: the id of a turn that the new one takes the place of. That turn and all later ones become a branch. The new
                turn comes last where there is no turn with this id.
            after: the id of the last turn when the question was asked. Where another version of the questions has been put in
                force since, the new turn goes to the version that it was asked in, and that other one stays in force.

        Returns:
            The conversation.
        """
        there = self.showing(instead or after)
        start = there.before(instead).turns
        longer = there.model_copy(update={"turns": (*start, turn), "branches": there._left(len(start))})
        return longer if start == self.turns[: len(start)] else longer.showing(self.turns[-1].id)

    def showing(self, id: str) -> Conversation:
        """The conversation with those versions of its questions in force that lead to a turn; the same one without such a turn."""
        shown, left = self, list(self.branches)
        path: list[Branch] = []
        while branch := next((each for each in left if any(turn.id == id for turn in each.turns)), None):
            left.remove(branch)
            path.append(branch)
            id = branch.after
        for branch in reversed(path):
            place = len(shown.before(branch.after).turns) + 1 if branch.after else 0
            if place < len(shown.turns):
                shown = shown.switched(shown.turns[place].id, branch.place)
        return shown

    def versions(self, place: int) -> tuple[int, int]:
        """Which version of its question the turn in a place is, from 0, and how many versions there are."""
        after = self.turns[place - 1].id if place else ""
        others = {branch.place for branch in self.branches if branch.after == after}
        return next(each for each in range(len(others) + 1) if each not in others), len(others) + 1

    def switched(self, id: str, version: int) -> Conversation:
        """The conversation with a version of a turn's question in the turn's place, and with what followed that version.

        Args:
            id: the id of the turn.
            version: the version, from 0.

        Returns:
            The conversation; the same one where there is no such turn or version.
        """
        start = self.before(id).turns
        after = start[-1].id if start else ""
        chosen = next((each for each in self.branches if (each.after, each.place) == (after, version)), None)
        if chosen is None or len(start) == len(self.turns):
            return self
        kept = tuple(each for each in self._left(len(start)) if each is not chosen)
        return self.model_copy(update={"turns": (*start, *chosen.turns), "branches": kept})

    def noted(self, note: Note) -> Conversation:
        """The conversation with a note in the place of the one with its id, or behind the others; without it where it is empty."""
        others = {each.id: each for each in self.notes}
        held = {**others, note.id: note} if note.text else {id: each for id, each in others.items() if id != note.id}
        return self.model_copy(update={"notes": tuple(held.values())[-_MOST_NOTES:]})

    def over(self, other: Conversation | None) -> Conversation:
        """This conversation, which was not kept, over the one that is: what another process added to that one comes first."""
        known = {turn.id for turn in self.every}
        if other is None or known.issuperset(turn.id for turn in other.turns):
            return self
        there = {turn.id for turn in other.turns}
        return other.model_copy(update={"turns": (*other.turns, *(turn for turn in self.turns if turn.id not in there))})

    def settled(self) -> Conversation:
        """The conversation as it is kept, with turns among it that could not be kept before."""
        if all(turn.kept for turn in self.every):
            return self
        return self._each(lambda turn: turn.model_copy(update={"kept": True}))

    def foreign(self) -> Conversation:
        """The conversation as a new one, each turn marked as read from a file."""
        marked = self._each(lambda turn: turn.model_copy(update={"from_file": True, "kept": True}))
        return marked.model_copy(update={"id": new_id()})

    def _each(self, changed: Callable[[Turn], Turn]) -> Conversation:
        branches = tuple(branch.model_copy(update={"turns": tuple(map(changed, branch.turns))}) for branch in self.branches)
        return self.model_copy(update={"turns": tuple(map(changed, self.turns)), "branches": branches})

    def _left(self, place: int) -> tuple[Branch, ...]:
        """The branches, with the turns from a place on as one of them."""
        if place >= len(self.turns):
            return self.branches
        after = self.turns[place - 1].id if place else ""
        return (*self.branches, Branch(after=after, place=self.versions(place)[0], turns=self.turns[place:]))


class Owner(NamedTuple):
    """Who has conversations: a key, and the visitor that the key belongs to."""

    key: str
    """Made by the script of the page, and kept by the browser."""
    visitor: str
    """The mark of the browser's cookie and of the user's name, which a request cannot choose; see `visitors.visitor`."""


class NotOwned(AssistantError):
    """The key belongs to another visitor."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation.")


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


def new_key() -> str:
    """A key for conversations, as the script of the page makes them."""
    return secrets.token_hex(16)


class Feedback(Value):
    """What a person thinks of an answer, or of one of its sentences, with what is needed to ask it again."""

    time: str
    judgement: Judgement
    question: str
    where: Where | None
    answerable: bool
    """True where the question was answered."""
    text: str
    sentence: str | None
    """The sentence that the user marked as wrong."""
    verdict: str | None
    papers: tuple[str, ...]
    quotes: tuple[str, ...]
    fingerprint: str


def judged(turn: Turn, judgement: Judgement, claim: int | None = None) -> Feedback:
    """What a person thinks of an answer, or of its sentence in the place `claim`."""
    answer = turn.answer
    sentence = answer.claims[claim] if claim is not None and 0 <= claim < len(answer.claims) else None
    return Feedback(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        judgement=judgement,
        question=answer.read_as or answer.question,
        where=turn.where,
        answerable=not answer.abstained,
        text=answer.text,
        sentence=sentence.text if sentence else None,
        verdict=sentence.verdict.verdict if sentence and sentence.verdict else None,
        papers=tuple(dict.fromkeys(source.paper.title for source in answer.sources)),
        quotes=tuple(source.quote for source in answer.sources),
        fingerprint=answer.fingerprint,
    )


class Store:
    """Keeps conversations, each in a file of its own, and feedback, a line each.

    A key belongs to the first visitor that keeps a conversation under the key. Conversations that were stored without a visitor
    belong to the first one that comes with their key. For every other visitor each method raises `NotOwned`.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "conversations"
        self._feedback = home / FEEDBACK
        self._writing = threading.Lock()
        self._changing = [threading.Lock() for _ in range(_LOCKS)]
        self._recent = Newest[Path, tuple[_State, Conversation]](_MOST_RECENT)
        """What files held when they had that state."""
        self._visitors = Newest[Path, str](_MOST_VISITORS)
        """The visitor of each folder, which stays the same."""
        self._questions = lru_cache(maxsize=4096)(self._asked)
        self._unkept = Newest[tuple[Owner, str], Conversation](_MOST_UNKEPT)
        """Conversations that could not be written, for the same visitor while the process runs."""

    def open(self, owner: Owner, id: str) -> Conversation:
        """The conversation with this id; a new one where its owner has none such."""
        return self._unkept.get((owner, id)) or self.held(owner, id) or Conversation(id=new_id())

    def held(self, owner: Owner, id: str) -> Conversation | None:
        """The conversation as it is kept; None where its owner has none with this id."""
        path = self._path(owner, id)
        return self._parsed(path, _state(path)) if path and path.is_file() else None

    def _parsed(self, path: Path, state: _State) -> Conversation:
        """A conversation by its file, which is read where it is not remembered in that state."""
        with self._writing:
            known = self._recent.get(path)
        if known and known[0] == state:
            return known[1]
        found = parsed(path)
        self._remember(path, state, found)
        return found

    def _remember(self, path: Path, state: _State, conversation: Conversation) -> None:
        with self._writing:
            if state.size <= _SMALL:
                self._recent.keep(path, (state, conversation))
            else:
                self._recent.pop(path, None)

    def keep(self, owner: Owner, conversation: Conversation) -> None:
        """Write a conversation; where the owner's key is none, nothing is kept."""
        path = self._path(owner, conversation.id, new=True)
        if path is None:
            return
        part = path.with_suffix(f".{secrets.token_hex(4)}.part")
        with storage_errors(path):
            try:
                write_plain(part, conversation.model_dump_json().encode())
                state = _state(part)  # another process may replace the file as soon as it is there
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        self._remember(path, state, conversation)

    def changed(self, owner: Owner, id: str, change: Callable[[Conversation | None], Conversation]) -> Conversation:
        """Change a conversation as it is kept, where another tab or process may have changed the conversation meanwhile.

        Args:
            owner: whose it is.
            id: its id.
            change: makes the new one of the kept one, or of None.

        Returns:
            The conversation as it was written; one that `change` left as it was, or without turns, is not written.
        """
        with self._changing[hash((owner.key, id)) % _LOCKS]:
            before = self.held(owner, id)
            after = change(before)
            if after is not before and after.turns:
                after = after.settled()
                self.keep(owner, after)
        return after

    def add(self, owner: Owner, conversation: Conversation, turn: Turn, instead: str = "") -> Conversation:
        """Add a turn to a conversation as it is kept now; see `then`.

        Where nothing can be written, the turn says so, and the conversation lasts as long as the process. The next turn that can be
        written takes it along.

        Returns:
            The conversation as it was written.
        """
        unkept = self._unkept.get((owner, conversation.id))
        before, after = unkept or conversation, conversation.turns[-1].id if conversation.turns else ""

        def lengthened(held: Conversation | None) -> Conversation:
            nonlocal before
            before = unkept.over(held) if unkept else held or conversation
            return before.then(turn, instead, after)

        try:
            _check_key(owner)
            longer = self.changed(owner, conversation.id, lengthened)
            self._unkept.pop((owner, conversation.id), None)
        except (StorageError, LibraryError) as exc:
            _log.warning("a conversation is not kept: %s", exc)
            lost: Lost = "database" if isinstance(exc, LibraryError) else "folder" if KEY.fullmatch(owner.key or "") else "key"
            longer = before.then(turn.model_copy(update={"kept": False, "lost": lost}), instead, after)
            self._unkept.keep((owner, longer.id), longer)
        return longer

    def switch(self, owner: Owner, id: str, turn: str, version: int) -> Conversation:
        """Put another version of a question into a conversation; see `Conversation.switched`.

        Returns:
            The conversation as it was written.
        """
        if unkept := self._unkept.get((owner, id)):
            self._unkept[owner, id] = unkept = unkept.switched(turn, version)
            return unkept
        return self.changed(owner, id, lambda held: (held or Conversation(id=new_id())).switched(turn, version))

    def note(self, owner: Owner, id: str, note: Note) -> Conversation:
        """Keep, change or, where its text is empty, delete a note of a conversation.

        Returns:
            The conversation as it was written.
        """
        if unkept := self._unkept.get((owner, id)):
            self._unkept[owner, id] = unkept = unkept.noted(note)
            return unkept
        return self.changed(owner, id, lambda held: (held or Conversation(id=new_id())).noted(note))

    def remove(self, owner: Owner, id: str) -> None:
        """Forget a conversation; `restore` brings the conversation back for `UNDO` seconds."""
        path = self._path(owner, id)
        if path and path.is_file():
            with storage_errors(path):
                os.utime(path)
                path.replace(path.with_suffix(_REMOVED))

    def restore(self, owner: Owner, id: str) -> None:
        """Undo `remove`; nothing happens where it is too late."""
        path = self._path(owner, id)
        removed = path.with_suffix(_REMOVED) if path else None
        if path and removed and removed.is_file() and not path.exists():
            with storage_errors(path):
                removed.replace(path)

    def questions(self, owner: Owner) -> dict[str, tuple[str, ...]]:
        """The questions of each conversation of an owner by its id, the latest first; removed ones go when their time is up."""
        folder = self._of(owner)
        for old in folder.glob(f"*{_REMOVED}") if folder else ():
            with storage_errors(old), suppress(FileNotFoundError):
                if time.time() - old.stat().st_mtime > UNDO:
                    old.unlink()
        paths = list(folder.glob("*.json")) if folder else []
        held: dict[str, tuple[str, ...]] = {}
        for state, path in sorted(((_state(path), path) for path in paths), reverse=True):
            if (asked := self._questions(path, state)) is not None:
                held[path.stem] = asked
        return held

    def _asked(self, path: Path, state: _State) -> tuple[str, ...] | None:
        """The questions of a conversation; None of a damaged one, which takes no others away."""
        try:
            return tuple(turn.answer.question for turn in self._parsed(path, state).turns)
        except SourceError:
            return None

    def judge(self, turn: Turn, judgement: Judgement, claim: int | None = None) -> None:
        """Keep what a person thinks of an answer, or of its sentence in the place `claim`."""
        entry = judged(turn, judgement, claim)
        with self._writing, storage_errors(self._feedback):
            self._feedback.parent.mkdir(parents=True, exist_ok=True)
            append_plain(self._feedback, f"{json.dumps(entry.model_dump(), ensure_ascii=True)}\n".encode())

    def _of(self, owner: Owner, *, new: bool = False) -> Path | None:
        """The folder of an owner: named by a hash, so that who reads names of folders holds no key; made where it is `new`."""
        if not KEY.fullmatch(owner.key or ""):
            return None
        folder = self._folder / hashlib.sha256(owner.key.encode()).hexdigest()[:32]
        with storage_errors(folder):
            if not (there := folder.is_dir()):
                self._visitors.pop(folder, None)
            if new and not there:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if (new or there) and not hmac.compare_digest(self._visitor(folder, owner, new=new).encode(), owner.visitor.encode()):
                raise NotOwned
        return folder

    def _visitor(self, folder: Path, owner: Owner, *, new: bool) -> str:
        """The visitor that a key belongs to; `owner` takes the key where it belonged to none, if that can be written."""
        if known := self._visitors.get(folder):
            return known
        path = folder / _VISITOR
        with self._writing:
            held = read_plain(path).decode("utf-8", "replace") if path.is_file() else ""
            if not held:
                try:
                    replace_file(path, owner.visitor)
                except StorageError:
                    if new:
                        raise
                    return owner.visitor
            self._visitors.keep(folder, held or owner.visitor)
        return held or owner.visitor

    def _path(self, owner: Owner, id: str, *, new: bool = False) -> Path | None:
        folder = self._of(owner, new=new) if ID.fullmatch(id or "") else None
        return folder / f"{id}.json" if folder else None


class _State(NamedTuple):
    """What tells whether a file was written since."""

    changed: int
    size: int
    place: int


def _check_key(owner: Owner) -> None:
    """Check that something can be kept for an owner.

    Raises:
        StorageError: the owner's key is none.
    """
    if not KEY.fullmatch(owner.key or ""):
        raise StorageError("the browser sent no key")


def _state(path: Path) -> _State:
    found = path.stat()
    return _State(found.st_mtime_ns, found.st_size, found.st_ino)


def parsed(path: Path) -> Conversation:
    """Read a conversation from a file that `Store.keep` wrote or the page handed out.

    Returns:
        The conversation.

    Raises:
        SourceError: the file is no conversation, or a quote in it is not in its abstract.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise SourceError(f"the file has more than {_LARGEST:,} bytes, so it is no saved conversation")
        return read(read_plain(path))
    except OSError as exc:
        raise SourceError(f"cannot read the conversation: {exc.strerror or exc}") from exc


def read(content: bytes) -> Conversation:
    """Read a conversation from JSON.

    Returns:
        The conversation.

    Raises:
        SourceError: it is no conversation, or a quote in it is not in its abstract.
    """
    try:
        conversation = Conversation.model_validate_json(content)
    except (ValidationError, RecursionError) as exc:
        raise SourceError("the file is no saved conversation; one comes of the button Download") from exc
    for turn in conversation.every:
        answer = turn.answer
        for source in answer.sources:
            if source.paper.abstract[source.start : source.end] != source.quote:
                raise SourceError(f"the conversation is damaged: a quote of [{source.number}] is not in its abstract")
        places = [place for claim in answer.claims for place in claim.quotes]
        places += [place for each in answer.disagreements for place in each.sources]
        if any(not 0 <= place < len(answer.sources) for place in places):
            raise SourceError("the conversation is damaged: a sentence names a quote that is not there")
    return conversation
