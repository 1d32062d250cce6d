"""A server of PostgreSQL in a temporary folder, on a Unix socket, for tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
_FAST = "dynamic_shared_memory_type=mmap\nfsync=off\nfull_page_writes=off\nshared_buffers=16MB\nmax_connections=40\n"


class Postgres:
    """The server, running."""

    def __init__(self) -> None:
        if not _BINARIES:
            pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
        self._bin = _BINARIES[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self._data = self.folder / "data"
        self._numbers = count(1)
        if os.getuid() == 0:  # as whom the server refuses to run
            shutil.chown(self.folder, "nobody", "nogroup")
        self._do("initdb", "-D", str(self._data), "-U", "boss", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses=''\nunix_socket_directories='{self.folder}'\n{_FAST}")
        self.start()

    def _do(self, *words: str) -> None:
        who = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*who, str(self._bin / words[0]), *words[1:]],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"]},
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        self._do("pg_ctl", "-D", str(self._data), "-l", str(self.folder / "log"), "-w", "start")

    def kill(self) -> None:
        """As a failure of the machine: no process of it ends in order."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
        all_of_them = [pid, *map(int, children)]
        for each in all_of_them:
            os.kill(each, signal.SIGKILL)
        while any(map(_runs, all_of_them)):  # else the new one finds the memory of the old one in use
            time.sleep(0.01)
        for lock in self._data / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock":
            lock.unlink()  # nobody may have asked for the end of the process, which then seems to be there

    def close(self) -> None:
        self._do("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

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

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"group{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str, user: str = "boss") -> str:
        return f"postgresql+psycopg://{user}@/{name}?host={self.folder}"


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def named(url: str) -> str:
    """The name of a database."""
    return url.partition("@/")[2].partition("?")[0]
