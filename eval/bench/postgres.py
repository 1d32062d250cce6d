"""A server of PostgreSQL in a temporary folder, on a Unix socket: for measurements, and for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
"""Where Debian keeps them, the newest version last."""


class Postgres:
    """The server, running."""

    def __init__(self, settings: str = "") -> None:
        """Make an empty cluster and start the server.

        Args:
            settings: lines of postgresql.conf beside the defaults.

        Raises:
            FileNotFoundError: PostgreSQL is not installed.
        """
        if not _BINARIES:
            raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
        self._bin = _BINARIES[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self.data = self.folder / "data"
        self._numbers = count(1)
        if os.getuid() == 0:  # as whom the server refuses to run
            shutil.chown(self.folder, "nobody", "nogroup")
        self._do("initdb", "-D", str(self.data), "-U", "boss", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses=''\nunix_socket_directories='{self.folder}'\n{settings}")
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
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._do("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "start")

    def close(self) -> None:
        """Stop the server, and remove the folder."""
        self._do("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"group{next(self._numbers)}"
        self._do("createdb", "-h", str(self.folder), "-U", "boss", name)
        return self.url(name)

    def url(self, name: str, user: str = "boss") -> str:
        """The address of a database, as `store.url` takes it."""
        return f"postgresql+psycopg://{user}@/{name}?host={self.folder}"
