"""Commands in processes of their own, without the seconds that importing takes: children of a process that has imported all."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[1]
_SERVER = """
import gc, json, os, runpy, signal, socket, sys, tempfile
given = dict(os.environ)
import assistant.assistant, assistant.cli, assistant.models.embedders, llama_index.core.node_parser
from assistant.library import vector_index
vector_index._chromadb()
{prepared}
own = {{name: value for name, value in os.environ.items() if given.get(name) != value}}  # what imports set there
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background has it ignored
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
gc.collect()
gc.freeze()  # else a child copies all pages of these objects when it ends and looks for what is garbage
asked = socket.socket(fileno=int(sys.argv[1]))
asked.sendall(b".")
while True:
    _, files, _, _ = socket.recv_fds(asked, 1, 4)
    if not files:
        sys.exit()
    if not os.fork():  # a process for each command, which waits for the end of the command
        break
    for file in files:
        os.close(file)
asked.close()
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
line = socket.socket(fileno=files.pop())
with line.makefile() as lines:
    task = json.loads(lines.readline())
child = os.fork()
if child:
    for file in files:
        os.close(file)
    line.sendall(f"{{child}}\\n".encode())
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    line.sendall(f"{{ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status}}\\n".encode())
    line.recv(1)  # until the other end is closed the command keeps its number, ended or not
    os.waitpid(child, 0)
    os._exit(0)
line.close()
for number, (file, name) in enumerate(zip(files, ("stdin", "stdout", "stderr"))):
    os.dup2(file, number)
    os.close(file)
    stream = getattr(sys, name)  # which knows whether its old file could be sought
    setattr(sys, name, open(number, stream.mode, encoding=stream.encoding, errors=stream.errors, closefd=False))
os.environ.clear()
os.environ.update({{**task["environment"], **own}})
tempfile.tempdir = None  # that of this environment
os.chdir(task["folder"])
sys.argv = ["", *task["arguments"]]
runpy.run_module(task["module"], run_name="__main__", alter_sys=True)
"""


class Child:
    """A command, running or ended, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.pid = self._number()
        self.returncode: int | None = None
        self.output: TextIO | None = None
        """What it prints, where that is read as it comes."""

    def _number(self) -> int:
        told = b""
        while not told.endswith(b"\n"):
            told += self._line.recv(1) or b"?\n"  # where the server broke, and said so on standard error
        return int(told)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end: the exit code, or the signal that ended the command as a negative number."""
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = self._number()
            except TimeoutError:
                raise subprocess.TimeoutExpired("assistant", timeout or 0) from None
            self._line.close()
            if self.output:
                self.output.close()
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)


class Nursery:
    """Starts commands; `prepared` is code to run before the first one."""

    def __init__(self, prepared: str = "") -> None:
        self._server, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVER.format(prepared=prepared), str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )
        assert self._server.recv(1), "it has ended"

    def start(
        self,
        *arguments: str,
        files: tuple[int, int, int],
        module: str = "assistant",
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> Child:
        """Start `python -m assistant` with these arguments and these standard streams."""
        environment = dict(os.environ if env is None else env)
        task = {"module": module, "arguments": arguments, "environment": environment, "folder": str(cwd)}
        line, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._server, [b"."], [*files, theirs.fileno()])
        line.sendall(json.dumps(task).encode() + b"\n")
        return Child(line)

    def open(self, *arguments: str, err: int = 2, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Child:
        """Start it, and have its output read as it comes."""
        output, theirs = os.pipe()
        with open(os.devnull, "rb") as given, open(theirs, "wb") as out:
            child = self.start(*arguments, files=(given.fileno(), out.fileno(), err), env=env, cwd=cwd)
        child.output = open(output, encoding="utf-8")
        return child

    def run(
        self,
        *arguments: str,
        input: bytes | None = None,
        timeout: float = 120,
        module: str = "assistant",
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it to its end."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(input or b"")
            given.seek(0)
            child = self.start(*arguments, files=(given.fileno(), out.fileno(), err.fileno()), module=module, env=env, cwd=cwd)
            try:
                child.wait(timeout)
            finally:
                if child.returncode is None:
                    child.send_signal(signal.SIGKILL)
                    child.wait()
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(["assistant", *arguments], child.wait(), out.read(), err.read())

    def close(self) -> None:
        self._server.close()
        self._process.wait(30)
