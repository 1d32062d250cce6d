"""What the pages of a group share in its database: conversations, feedback, and where each process of a page listens.

assistant_owners         the visitor that a key belongs to; keys as hashes
assistant_conversations  conversations of a key as JSON, with the questions alone beside it; removed ones for a while
assistant_feedback       what people think of answers, in order
assistant_pages          processes of pages, by their addresses
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from assistant.library.group import Group

_META = MetaData()
_OWNERS = Table("assistant_owners", _META, Column("key", Text, primary_key=True), Column("visitor", Text))
_TALKS = Table(
    "assistant_conversations",
    _META,
    Column("key", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("whole", LargeBinary),
    Column("asked", Text),
    Column("changed", DateTime(timezone=True)),
    Column("removed", DateTime(timezone=True)),
)
_FEEDBACK = Table("assistant_feedback", _META, Column("number", BigInteger, Identity(), primary_key=True), Column("whole", Text))
_PAGES = Table(
    "assistant_pages",
    _META,
    Column("address", Text, primary_key=True),
    Column("machine", Text, primary_key=True),
    Column("mark", Text),
)


class Shared:
    """The tables of pages; nothing is asked of them yet."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self.host = group.host
        """See `Group.host`."""

    @contextmanager
    def drawer(self, key: str, *, writes: bool) -> Generator[Drawer]:
        """The conversations of a key, in one transaction.

        Args:
            key: a hash of the key.
            writes: wait for others who write under this key.

        Yields:
            The conversations.
        """
        with self._group.connected() as connection, connection.begin():
            if writes:
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
            yield Drawer(connection, key)

    def note(self, whole: str) -> None:
        """Keep a line of feedback."""
        with self._group.connected() as connection, connection.begin():
            connection.execute(insert(_FEEDBACK).values(whole=whole))

    def notes(self) -> list[str]:
        """The lines of feedback, oldest first."""
        with self._group.connected() as connection:
            return list(connection.scalars(select(_FEEDBACK.c.whole).order_by(_FEEDBACK.c.number)))

    def announce(self, mark: str, machine: str, address: str) -> None:
        """Say where a process of a page listens; whoever listened there before has gone."""
        insertion = postgresql.insert(_PAGES).values(address=address, machine=machine, mark=mark)
        with self._group.connected() as connection, connection.begin():
            connection.execute(insertion.on_conflict_do_update(index_elements=["address", "machine"], set_={"mark": mark}))

    def leave(self, mark: str) -> None:
        """Say that a process of a page has gone."""
        with self._group.connected() as connection, connection.begin():
            connection.execute(delete(_PAGES).where(_PAGES.c.mark == mark))

    def page(self, mark: str) -> tuple[str, str] | None:
        """Machine and address of a process; None where there is none of this mark."""
        with self._group.connected() as connection:
            row = connection.execute(select(_PAGES.c.machine, _PAGES.c.address).where(_PAGES.c.mark == mark)).one_or_none()
            return (row.machine, row.address) if row else None


class Drawer:
    """The conversations of a key, within a transaction."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._key = key
        self.visitor: str | None = connection.scalar(select(_OWNERS.c.visitor).where(_OWNERS.c.key == key))
        """The visitor that the key belongs to; None where nothing is kept under it."""

    def claim(self, visitor: str) -> None:
        """Give the key to a visitor."""
        self._connection.execute(insert(_OWNERS).values(key=self._key, visitor=visitor))
        self.visitor = visitor

    def whole(self, id: str) -> bytes | None:
        """A conversation; None where there is none, or it was removed."""
        found = select(_TALKS.c.whole).where(_TALKS.c.key == self._key, _TALKS.c.id == id, _TALKS.c.removed.is_(None))
        return self._connection.scalar(found)

    def put(self, id: str, whole: bytes, asked: Sequence[str]) -> None:
        """Keep a conversation with its questions."""
        kept = {"whole": whole, "asked": json.dumps(asked), "changed": func.clock_timestamp(), "removed": None}
        insertion = postgresql.insert(_TALKS).values(key=self._key, id=id, **kept)
        self._connection.execute(insertion.on_conflict_do_update(index_elements=["key", "id"], set_=kept))

    def asked(self, seconds: float) -> dict[str, tuple[str, ...]]:
        """The questions of each conversation by its id, the latest first; those removed so many seconds ago go for good."""
        late = func.clock_timestamp() - text(f"interval '{seconds:g} seconds'")
        self._connection.execute(delete(_TALKS).where(_TALKS.c.key == self._key, _TALKS.c.removed < late))
        found = select(_TALKS.c.id, _TALKS.c.asked).where(_TALKS.c.key == self._key, _TALKS.c.removed.is_(None))
        return {row.id: tuple(json.loads(row.asked)) for row in self._connection.execute(found.order_by(_TALKS.c.changed.desc()))}

    def mark(self, id: str, *, removed: bool) -> None:
        """Remove a conversation, or undo that."""
        when = func.clock_timestamp() if removed else None
        self._connection.execute(update(_TALKS).where(_TALKS.c.key == self._key, _TALKS.c.id == id).values(removed=when))
