"""The database of a group in PostgreSQL: the papers and chunks that several machines share. The only user of SQLAlchemy.

    assistant_format       the number of the form of these tables
    assistant_generations  one row for each generation: what made it, its counts, and a mark, random, that tells it from any other;
                           number 0 stands for a first load that is not finished
    assistant_papers       papers as the store of a machine holds them, each with the generation that last wrote it
    assistant_chunks       their chunks, with the vectors
    assistant_gone         ids of papers that went, with the generation, and whether they were removed or merged

`schema/` makes these tables, and `shared.py` has those of pages. One machine writes at a time, under an advisory lock. What it
writes is one transaction, so a reader sees a generation whole or not at all. A first load alone is committed batch by batch, so
that it goes on where it was stopped.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    func,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from assistant.errors import AssistantError, ConfigError, LibraryAway, LibraryBusy, LibraryError, brief, masked
from assistant.library.chunking import chunk_id, paper_of
from assistant.library.schema import FORMAT, upgrade
from assistant.library.store import Rows

importlib.import_module("sqlalchemy.orm")  # else a thread that asks meets it half imported, as LlamaIndex imports it too
_BATCH = 250
"""Papers that are sent or read together."""
_KEY = int.from_bytes(sha256(b"assistant").digest()[:4], "big", signed=True)
"""The number of the advisory lock of those who write."""
_CHANNEL = "assistant"
_PAUSE = 0.1
"""Seconds between two tries for the lock."""
_CONNECT = 5
"""Seconds to wait for the server, where the address names none."""
_AWAY = ("08", "57P")
"""The beginnings of the states of a server that starts, stops or is gone."""
_NAMING = ("host", "port", "hostaddr", "dbname", "service", "options")
"""What stands behind the `?` of an address and tells which database it is."""
_CHUNK = ("id", "vector", "start", "end", "spans", "sentences", "tokens", "width", "sum")
"""The columns of a chunk, in the order of the store of a machine."""
Progress = Callable[[int, int], None]
"""Called with the papers done and the papers in all."""


@dataclass(frozen=True)
class Published:
    """A generation of the database."""

    number: int
    mark: str
    fingerprint: str
    embedder: str
    made_by: Mapping[str, str | int]
    papers: int
    chunks: int


_META = MetaData()
_FORMAT = Table("assistant_format", _META, Column("number", Integer, primary_key=True, autoincrement=False))
_GENERATIONS = Table(
    "assistant_generations",
    _META,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Text, nullable=False) for name in ("mark", "fingerprint", "embedder", "made_by")),
    *(Column(name, BigInteger, nullable=False) for name in ("papers", "chunks")),
    Column("anew", Boolean, nullable=False),
    Column("published", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
_PAPERS = Table(
    "assistant_papers",
    _META,
    Column("id", Text, primary_key=True),
    Column("place", BigInteger, nullable=False, unique=True),
    Column("whole", LargeBinary, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("sum", LargeBinary, nullable=False),
    Column("generation", BigInteger, nullable=False, index=True),
)
_CHUNKS = Table(
    "assistant_chunks",
    _META,
    Column("id", Text, primary_key=True),
    Column("paper", Text, nullable=False, index=True),
    *(Column(name, Integer, nullable=False) for name in ("start", "end", "width")),
    *(Column(name, LargeBinary, nullable=False) for name in ("vector", "spans", "sentences", "tokens", "sum")),
)
_GONE = Table(
    "assistant_gone",
    _META,
    Column("id", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False, index=True),
    Column("removed", Boolean, nullable=False),
)


class Group:
    """The database; nothing is asked of it yet."""

    def __init__(self, url: str) -> None:
        """Prepare to ask the database at `url`, "postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME".

        Raises:
            ConfigError: the address is malformed.
        """
        self.shown = masked(url)
        """The address without user, password and query."""
        try:
            address = make_url(url)
        except (ArgumentError, ValueError) as exc:
            raise ConfigError(f"store.url cannot be {brief(self.shown)}: it is no address of a database") from exc
        names = sorted((key, value) for key, value in address.query.items() if key in _NAMING)
        self.host = _first(address.host, address.query.get("host"))
        """Name or address of the server, or the folder of its socket; the first of several; empty for that of this machine."""
        self.key = sha256(repr((address.host, address.port, address.database, names)).encode()).hexdigest()[:12]
        """A hash of what the address says of which database it is; how it is reached, as by `sslmode`, does not count."""
        named = f"assistant on {platform.node()}, process {os.getpid()}"[:63]  # PostgreSQL cuts names there
        asked = {"application_name": named} | ({} if "connect_timeout" in address.query else {"connect_timeout": _CONNECT})
        self._engine = create_engine(address, poolclass=NullPool, connect_args=asked)

    @contextmanager
    def errors(self) -> Generator[None]:
        """Errors of the database as ours, in one line.

        Raises:
            LibraryError: the server cannot be reached, refuses, or fails.
        """  # noqa: DOC501
        try:
            yield
        except AssistantError:
            raise
        except SQLAlchemyError as exc:
            raise self.told(exc) from exc

    def told(self, exc: Exception) -> LibraryError:
        """An error of the database as ours."""
        original = getattr(exc, "orig", None) or exc
        said = (str(original).splitlines() or [type(original).__name__])[0].strip()
        match getattr(original, "sqlstate", None):
            case "42501":
                return LibraryError(
                    f"the user of store.url may not do this in the database at {self.shown}: {said}; have its owner grant it (see "
                    "docs/scale.md), or name another user"
                )
            case "25006":
                return LibraryError(
                    f"the database at {self.shown} only reads, as a standby does; name the one that writes in store.url"
                )
            case "53100":
                return LibraryError(f"the disk of the database at {self.shown} is full; free some space there and run it again")
            case str(state) if not state.startswith(_AWAY):
                return LibraryError(f"the database at {self.shown} failed: {said}; run it again, or see the log of the server")
            case _:
                of_password = "password" in said and "authentication" in said or "no password" in said
                remedy = (
                    "set PGPASSWORD or mend ~/.pgpass" if of_password else "start it, or mend store.url (see: assistant config)"
                )
                return LibraryAway(f"the database at {self.shown} cannot be reached: {said}; {remedy}")

    @contextmanager
    def connected(self, **options: Any) -> Generator[Connection]:
        """A connection of its own, closed behind the block."""
        with self.errors(), closing(self._engine.connect()) as connection:
            # the server notices within a minute that a machine which held the lock is gone
            alive = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
            connection.execute(select(*(func.set_config(name, value, False) for name, value in alive.items())))
            connection.commit()
            yield connection.execution_options(**options)

    def newest(self) -> Published | None:
        """The newest generation; None where there is none yet."""
        with self.connected() as connection:
            return self.latest(connection)

    def latest(self, connection: Connection) -> Published | None:
        """The newest generation that a connection sees.

        Returns:
            The generation; None where there is none yet.

        Raises:
            LibraryError: another version of the program made the tables.
        """
        made = self.format(connection)
        if made is None:
            return None
        if made != FORMAT:
            renewed = "; the next assistant ingest brings them up to date" if made < FORMAT else ""
            raise LibraryError(
                f"the tables in the database at {self.shown} have format {made}, and this program reads format {FORMAT}{renewed}; "
                "use the same version of assistant on all machines"
            )
        table = _GENERATIONS
        row = connection.execute(select(table).where(table.c.number > 0).order_by(table.c.number.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        return Published(row.number, row.mark, row.fingerprint, row.embedder, json.loads(row.made_by), row.papers, row.chunks)

    def format(self, connection: Connection) -> int | None:
        """The version of the tables; None where there are none."""
        there = connection.scalar(select(func.to_regclass(_FORMAT.name)))
        return None if there is None else connection.scalar(select(_FORMAT.c.number))

    def renew(self, wait: float) -> None:
        """Bring tables of an older version to the newest; see `turn`."""
        with self.connected() as connection:
            made = self.format(connection)
        if made is not None and made < FORMAT:
            with self.turn(wait):
                pass

    @contextmanager
    def reading(self) -> Generator[Reading]:
        """One state of the database, for as long as the block takes."""
        with self.connected(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
            yield Reading(self, connection)

    @contextmanager
    def turn(self, wait: float) -> Generator[Turn]:
        """Become the one machine that writes. Tables of an older version are brought to the newest before.

        Args:
            wait: seconds to wait for another machine.

        Yields:
            The turn.

        Raises:
            LibraryBusy: another machine did not finish in time.
            LibraryError: the database cannot be reached or written.
        """
        turn = Turn(self, wait)
        try:
            yield turn
        finally:
            turn.close()

    @contextmanager
    def news(self) -> Generator[News]:
        """Hear of new generations."""
        with self.connected(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"LISTEN {_CHANNEL}"))
            yield News(self, connection)


def _first(named: str | None, asked: Sequence[str] | str | None) -> str:
    """The first of the servers of an address: of its part for them, else of `host`, whose values may have a port."""
    if named:
        return named.partition(",")[0]
    first = (asked if isinstance(asked, str) else (asked or ("",))[0]).partition(",")[0]
    port = re.fullmatch(r"([^/:]*):\d*", first)
    return port.group(1) if port else first


class News:
    """A connection on which the database tells of new generations."""

    def __init__(self, group: Group, connection: Connection) -> None:
        self._group = group
        self._connection = connection

    def newest(self) -> Published | None:
        """The newest generation."""
        with self._group.errors():
            return self._group.latest(self._connection)

    def wait(self, seconds: float) -> bool:
        """Wait for a notification; whether one came."""
        raw: Any = self._connection.connection.driver_connection
        try:
            return bool(list(raw.notifies(timeout=seconds, stop_after=1)))
        except psycopg.Error as exc:
            raise self._group.told(exc) from exc


class Reading:
    """One state of the database."""

    def __init__(self, group: Group, connection: Connection) -> None:
        self._group = group
        self._connection = connection
        self.head = group.latest(connection)
        """The newest generation of this state."""

    def follows(self, number: int, mark: str) -> bool:
        """Whether a copy of that generation can be brought level by what changed since: no later one was made from nothing."""
        table = _GENERATIONS
        known = self._connection.scalar(select(table.c.mark).where(table.c.number == number))
        anew = self._connection.scalar(select(table.c.number).where(table.c.number > number, table.c.anew).limit(1))
        return known == mark and anew is None

    def gone(self, number: int) -> dict[str, bool]:
        """The ids of papers that went after a generation, with True where they were removed, False where merged."""
        table = _GONE
        found = self._connection.execute(select(table.c.id, table.c.removed).where(table.c.generation > number))
        return {row.id: row.removed for row in found}

    def sums(self, number: int) -> dict[str, bytes]:
        """The sums of the papers written after a generation, by id, in the order of the library."""
        table = _PAPERS
        asked = select(table.c.id, table.c.sum).where(table.c.generation > number).order_by(table.c.place)
        return {row.id: row.sum for row in self._connection.execute(asked)}

    def rows(self, keys: Sequence[str]) -> Rows:
        """Papers in the order of `keys`, and their chunks."""
        of_papers = [_PAPERS.c[name] for name in ("id", "whole", "chunks", "sum")]
        of_chunks = [_CHUNKS.c[name] for name in _CHUNK]
        papers = {row[0]: tuple(row) for row in self._connection.execute(select(*of_papers).where(_PAPERS.c.id.in_(keys)))}
        chunks = {row[0]: tuple(row) for row in self._connection.execute(select(*of_chunks).where(_CHUNKS.c.paper.in_(keys)))}
        found = [papers[key] for key in keys if key in papers]
        order = (chunk_id(row[0], number) for row in found for number in range(row[2]))
        return Rows(found, [chunks[key] for key in order if key in chunks])


class Turn:
    """The one machine's turn to write."""

    def __init__(self, group: Group, wait: float) -> None:
        self._group = group
        self._wait = wait
        self._open()
        self.start: Published | None = None
        """The newest generation when the turn began."""
        try:
            self._renew()
            self.start = self._latest()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._entered = self._group.connected()
        self._connection = self._entered.__enter__()
        try:
            self._lock()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the lock."""
        self._entered.__exit__(None, None, None)

    def _lock(self) -> None:
        until = time.monotonic() + self._wait
        with self._group.errors():
            while not self._connection.scalar(select(func.pg_try_advisory_lock(_KEY))):
                if time.monotonic() >= until:
                    holder = self._connection.scalar(
                        text(
                            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
                            f"WHERE locktype = 'advisory' AND granted AND objid = {_KEY % (1 << 32)} "
                            "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                        )
                    )
                    raise LibraryBusy(
                        f"{holder or 'another machine'} is writing to the library in the database at {self._group.shown} and did "
                        f"not finish within {self._wait:g} s; try again later, or wait longer with --wait SECONDS"
                    )
                self._connection.commit()
                time.sleep(_PAUSE)
            self._connection.commit()  # the lock stays until the connection is closed

    def _renew(self) -> None:
        with self._group.errors(), self._connection.begin():
            made = self._group.format(self._connection)
            if made is not None and made < FORMAT:
                upgrade(self._connection)

    def _latest(self) -> Published | None:
        with self._group.errors():
            found = self._group.latest(self._connection)
            self._connection.commit()
            return found

    def _alive(self) -> Connection:
        """The connection, made anew where the server went away meanwhile and is back."""
        try:
            self._connection.execute(text("SELECT 1"))
            self._connection.commit()
        except DBAPIError:
            self.close()
            self._open()
        if self._latest() != self.start:
            raise LibraryError(
                f"another machine wrote to the library in the database at {self._group.shown} meanwhile; run it again"
            )
        return self._connection

    def push(
        self,
        told: Published,
        sums: Mapping[str, bytes],
        rows: Callable[[Sequence[str]], Rows],
        *,
        anew: bool,
        removed: bool,
        progress: Progress = lambda done, total: None,
    ) -> Published:
        """Bring the database level with a generation of this machine.

        Args:
            told: what the database is to say of the generation, but for number and mark.
            sums: of all papers of the generation, by id, in their order.
            rows: gives papers with their chunks.
            anew: the generation was not made out of the one before.
            removed: papers that are missing were removed, not merged.
            progress: called with the papers sent.

        Returns:
            The generation of the database; the newest one where nothing differs.

        Raises:
            LibraryError: the database cannot be reached or written, or another machine wrote to it.
        """
        connection, start = self._alive(), self.start
        with self._group.errors():
            if start is None:
                self._begin_load(connection, told.fingerprint)
            theirs = {row.id: row.sum for row in connection.execute(select(_PAPERS.c.id, _PAPERS.c.sum))}
            places = 1 + (connection.scalar(select(func.max(_PAPERS.c.place))) or 0)
            connection.commit()
            renewed = anew and start is not None
            changed = [key for key, sum in sums.items() if renewed or theirs.get(key) != sum]
            gone = [key for key in theirs if key not in sums]
            if start and not changed and not gone:
                return start
            sent = Published(
                (start.number if start else 0) + 1,
                secrets.token_hex(8),
                told.fingerprint,
                told.embedder,
                told.made_by,
                told.papers,
                told.chunks,
            )
            whole, part = (connection.begin, nullcontext) if start else (nullcontext, connection.begin)
            with whole():
                if renewed:
                    self._clear(connection)
                done = len(sums) - len(changed)
                for at in range(0, len(changed), _BATCH):
                    batch = changed[at : at + _BATCH]
                    with part():
                        self._send(connection, rows(batch), sent.number, places + at, replaced=not renewed)
                    progress(done + at + len(batch), len(sums))
                with part():
                    if not renewed:
                        self._drop(connection, gone, sent.number, removed, noted=start is not None)
                    self._publish(connection, sent, anew=anew or start is None)
            return sent

    def _begin_load(self, connection: Connection, fingerprint: str) -> None:
        """Make the tables; what a stopped first load left stays, where the same settings made it."""
        with connection.begin():
            upgrade(connection)
            before = connection.scalar(select(_GENERATIONS.c.fingerprint).where(_GENERATIONS.c.number == 0))
            if before != fingerprint:
                self._clear(connection)
                connection.execute(delete(_GENERATIONS))
                of = {
                    "number": 0,
                    "mark": "",
                    "fingerprint": fingerprint,
                    "embedder": "",
                    "made_by": "{}",
                    "papers": 0,
                    "chunks": 0,
                }
                connection.execute(insert(_GENERATIONS).values(**of, anew=True))

    def _clear(self, connection: Connection) -> None:

        for table in (_GONE, _CHUNKS, _PAPERS):
            connection.execute(delete(table))

    def _send(self, connection: Connection, rows: Rows, number: int, place: int, *, replaced: bool) -> None:
        """Insert or replace papers with all their chunks; a paper that is there keeps its place."""
        keys = [row[0] for row in rows.papers]
        if replaced:
            connection.execute(delete(_CHUNKS).where(_CHUNKS.c.paper.in_(keys)))
        insertion = postgresql.insert(_PAPERS)
        kept = {name: insertion.excluded[name] for name in ("whole", "chunks", "sum", "generation")}
        papers = [
            {"id": key, "place": place + at, "whole": whole, "chunks": chunks, "sum": sum, "generation": number}
            for at, (key, whole, chunks, sum) in enumerate(rows.papers)
        ]
        connection.execute(insertion.on_conflict_do_update(index_elements=["id"], set_=kept), papers)
        if chunks := [{"paper": paper_of(row[0]), **dict(zip(_CHUNK, row, strict=True))} for row in rows.chunks]:
            connection.execute(insert(_CHUNKS), chunks)

    def _drop(self, connection: Connection, keys: Sequence[str], number: int, removed: bool, *, noted: bool) -> None:

        for at in range(0, len(keys), _BATCH):
            batch = keys[at : at + _BATCH]
            connection.execute(delete(_CHUNKS).where(_CHUNKS.c.paper.in_(batch)))
            connection.execute(delete(_PAPERS).where(_PAPERS.c.id.in_(batch)))
            if noted:
                insertion = postgresql.insert(_GONE)
                kept = {name: insertion.excluded[name] for name in ("generation", "removed")}
                went = [{"id": key, "generation": number, "removed": removed} for key in batch]
                connection.execute(insertion.on_conflict_do_update(index_elements=["id"], set_=kept), went)

    def _publish(self, connection: Connection, sent: Published, *, anew: bool) -> None:

        held = [connection.scalar(select(func.count()).select_from(table)) for table in (_PAPERS, _CHUNKS)]
        if held != [sent.papers, sent.chunks]:
            raise LibraryError(
                f"the database at {self._group.shown} holds {held[0]} papers and {held[1]} chunks where {sent.papers} and "
                f"{sent.chunks} were written; nothing was changed; somebody else may be writing to its tables"
            )
        connection.execute(delete(_GENERATIONS).where(_GENERATIONS.c.number == 0))
        of = {
            "number": sent.number,
            "mark": sent.mark,
            "fingerprint": sent.fingerprint,
            "embedder": sent.embedder,
            "made_by": json.dumps(dict(sent.made_by)),
            "papers": sent.papers,
            "chunks": sent.chunks,
        }
        connection.execute(insert(_GENERATIONS).values(**of, anew=anew))
        connection.execute(select(func.pg_notify(_CHANNEL, str(sent.number))))
