"""The server of PostgreSQL of `eval`, with what tests do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from eval.bench import postgres

_FAST = "dynamic_shared_memory_type=mmap\nfsync=off\nfull_page_writes=off\nshared_buffers=16MB\nmax_connections=40\n"


class Postgres(postgres.Postgres):
    """The server, running; its files need not outlive the machine."""

    def __init__(self) -> None:
        try:
            super().__init__(_FAST)
        except FileNotFoundError as exc:
            pytest.skip(str(exc))

    def kill(self) -> None:
        """As a failure of the machine: no process of it ends in order."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
        all_of_them = [pid, *map(int, children)]
        for each in all_of_them:
            os.kill(each, signal.SIGKILL)
        while any(map(_runs, all_of_them)):  # else the new one finds the memory of the old one in use
            time.sleep(0.01)
        for lock in self.data / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock":
            lock.unlink()  # nobody may have asked for the end of the process, which then seems to be there

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(host=str(self.folder), user="boss", dbname=database, autocommit=True) as connection:
            done = connection.execute(statement)  # pyright: ignore
            return done.fetchall() if done.description else []

    @contextmanager
    def holding(self, table: str, database: str, mode: str) -> Iterator[None]:
        """Keep others from a table."""
        with psycopg.connect(host=str(self.folder), user="boss", dbname=database) as connection:
            connection.execute(f"LOCK TABLE {table} IN {mode} MODE")  # pyright: ignore
            yield


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def named(url: str) -> str:
    """The name of a database."""
    return url.partition("@/")[2].partition("?")[0]
