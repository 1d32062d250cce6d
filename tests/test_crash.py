"""Kills, Ctrl-C and full disks, at any moment: the generation in force answers, and running it again finishes the job."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import ROOT
from nursery import Child, Nursery
from test_library import FAKE, QUESTIONS, assert_tidy, contents, made, opened, saved

from assistant.errors import StorageError
from assistant.library.lexical_index import Lexical, Posting

pytestmark = pytest.mark.slow

BATCH = ["--set", "ingest.batch=2"]
SAID = "assistant: stopped; what was stored is kept, and running it again goes on from there\n"

STARTING = """
import os, signal, sys
from assistant.__main__ import main
where, module = sys.argv.pop(1).split()
def called(frame, event, argument):
    if where == "import" or frame.f_code.co_name == "cb":  # importlib's callback, from which no exception gets out
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)
def heard(event, arguments):
    if event == "import" and arguments[0] == module:
        sys.setprofile(called)
sys.addaudithook(heard)
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Commands:
    """Starts the command, one at a time, and ends it."""

    def __init__(self, folder: Path) -> None:
        self._nursery = Nursery("vector_index._SYNC = 10  # Chroma writes its graph often, so that kills meet it")
        self._out, self._err = folder / "out", folder / "err"
        self._child: Child | None = None

    def start(self, home: Path, *arguments: str) -> None:
        """Start the command."""
        environment = {**os.environ, "ASSISTANT_HOME": str(home)}
        with open(os.devnull, "rb") as given, self._out.open("wb") as out, self._err.open("wb") as err:
            files = given.fileno(), out.fileno(), err.fileno()
            self._child = self._nursery.start(*arguments, "--set", FAKE[0], files=files, env=environment)

    def kill(self, number: signal.Signals) -> Ended:
        """Send it a signal and wait for it to end."""
        assert self._child
        self._child.send_signal(number)
        return self.wait()

    def wait(self) -> Ended:
        """Wait for it to end."""
        assert self._child
        return Ended(self._child.wait(), self._out.read_text("utf-8"), self._err.read_text("utf-8"))

    def run(self, home: Path, *arguments: str) -> Ended:
        """Run the command to its end."""
        self.start(home, *arguments)
        return self.wait()

    def close(self) -> None:
        self._nursery.close()


@pytest.fixture(scope="module")
def folder() -> Generator[Path]:
    """A folder in memory where there is one: what a process wrote outlives its kill there too, and it is faster."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def _copy_of(job: Job, home: Path) -> Generator[Path]:
    shutil.copytree(job.template, home)
    yield home
    shutil.rmtree(home)


@pytest.fixture
def killed(folder: Path, job: Job) -> Generator[Path]:
    """A home with the library that is to be disturbed."""
    yield from _copy_of(job, folder / "killed")


@pytest.fixture(scope="module")
def commands(folder: Path) -> Generator[Commands]:
    commands = Commands(folder)
    yield commands
    commands.close()


class Job(NamedTuple):
    """An ingest to disturb."""

    template: Path
    """A home with a library, to copy."""
    before: dict[str, Any]
    """Its contents."""
    file: Path
    """What to ingest into it: papers that are new, changed, known, and known from another page."""
    whole: dict[str, Any]
    """The contents after an undisturbed ingest."""
    seconds: float
    """How long that took, two papers at a time."""


@pytest.fixture(scope="module")
def job(folder: Path, commands: Commands) -> Job:
    with opened(folder / "template") as assistant:
        assistant.ingest(saved(folder / "first.jsonl", [*made(range(6)), *made(range(6, 10), sentences=40)]))
        before = contents(assistant)
    papers = [
        *made(range(2)),
        *made([2, 3], page="second"),
        *made([6, 7], sentences=15),
        *made([4, 8], sentences=25, text=1),
        *made(range(20, 48), sentences=2),
        *made(range(50, 54), sentences=40),
    ]
    file = saved(folder / "second.jsonl", papers)
    shutil.copytree(folder / "template", folder / "whole")
    began = time.perf_counter()
    assert commands.run(folder / "whole", "ingest", str(file), *BATCH)[0] == 0
    seconds = time.perf_counter() - began
    with opened(folder / "whole") as assistant:
        assert_tidy(assistant)
        return Job(folder / "template", before, file, contents(assistant), seconds)


def _check(home: Path, job: Job) -> bool:
    """After a kill the library is the old one or the new one, and answers; whether it is the new one."""
    with opened(home) as assistant:
        current = assistant.library.current()
        assert current
        new = current.generation == 2
        assert contents(assistant) == (job.whole if new else job.before)
        assert assistant.ask(QUESTIONS[0]).nearest
        return new


def _finish(home: Path, job: Job, commands: Commands) -> dict[str, Any]:
    """Ingest undisturbed; the report."""
    done = commands.run(home, "ingest", str(job.file), *BATCH, "--json")
    assert (done.code, done.err) == (0, "")
    with opened(home) as assistant:
        assert contents(assistant) == job.whole
        assert_tidy(assistant)
    return json.loads(done.out)


def _kills(home: Path, job: Job, commands: Commands, *arguments: str) -> Generator[None]:
    """Kill a command at 20 random moments: most while it is at work, some before; after each, pause.

    A moment is counted from when the work begins, and how late it may be is learnt, as both are any on a busy machine.
    """
    chance = random.Random(20)
    latest, met = job.seconds / 2, 0
    for number in range(20):
        before = _mark(home)
        commands.start(home, *arguments)
        if number % 4:
            _wait_for_work(home, before)
        time.sleep(chance.uniform(0, latest))
        assert commands.kill(signal.SIGKILL).err == ""
        at_work = (home / "library" / "next").exists()
        latest *= 1.3 if at_work else 0.5
        met += at_work
        yield
    assert met > 5


def _mark(home: Path) -> tuple[int, int] | None:
    """Tells one writing of BASE from another."""
    try:
        stat = (home / "library" / "next" / "BASE").stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def _wait_for_work(home: Path, before: tuple[int, int] | None) -> None:
    """Until a writer has left its mark, or has published."""
    until = time.perf_counter() + 60
    while _mark(home) in (None, before) and (home / "library" / "gen-000001").exists() and time.perf_counter() < until:
        time.sleep(0.001)


def _begin_again(home: Path, job: Job) -> None:
    shutil.rmtree(home)
    shutil.copytree(job.template, home)


@pytest.mark.slow
def test_kills_at_random_moments(job: Job, commands: Commands, killed: Path) -> None:
    for _ in _kills(killed, job, commands, "ingest", str(job.file), *BATCH):
        if _check(killed, job):
            _finish(killed, job, commands)
            _begin_again(killed, job)
    _finish(killed, job, commands)


STEPS = ["next/BASE", "next/lexical.building", "next/lexical.sums", "gen-000002", "CURRENT.part", "CURRENT", "no gen-000001"]


def _kill_at(step: str, home: Path, commands: Commands, *arguments: str) -> None:
    """Start a command on a library of one generation, and kill it at a step of publishing."""
    library = home / "library"
    old = (library / "CURRENT").stat().st_ino

    def reached() -> bool:
        if step == "CURRENT":
            return (library / "CURRENT").stat().st_ino != old
        return not (library / "gen-000001").exists() if step.startswith("no ") else (library / step).exists()

    commands.start(home, *arguments)
    until = time.perf_counter() + 30
    while not reached() and (library / "gen-000001").exists() and time.perf_counter() < until:
        pass
    commands.kill(signal.SIGKILL)


@pytest.mark.parametrize("step", STEPS)
def test_kills_at_the_steps_of_publishing(step: str, job: Job, commands: Commands, killed: Path) -> None:
    _kill_at(step, killed, commands, "ingest", str(job.file))
    new = _check(killed, job)
    assert new or step != "CURRENT"
    report = _finish(killed, job, commands)
    assert report["generation"] == 2


@pytest.mark.parametrize("share", [0, 0.4, 0.8])
def test_ctrl_c(share: float, job: Job, commands: Commands, killed: Path) -> None:
    commands.start(killed, "ingest", str(job.file), *BATCH)
    while not (killed / "library" / "writer.json").exists():
        time.sleep(0.001)
    time.sleep(share * job.seconds)
    ended = commands.kill(signal.SIGINT)
    new = _check(killed, job)
    if ended.out:  # it was done
        assert new
    else:
        assert ended == (130, "", SAID)
    kept = (killed / "library" / "next" / "BASE").exists()
    report = _finish(killed, job, commands)
    assert report["unchanged"] > 4 or not (share and kept)


MODULES = ["typer", "pydantic", "chromadb"]


@pytest.mark.parametrize("where", [*(f"import {module}" for module in MODULES), "callback chromadb"])
def test_ctrl_c_while_starting(where: str, job: Job, commands: Commands, killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(killed))
    command = [sys.executable, "-c", STARTING, where, "ingest", str(job.file), *BATCH, "--set", FAKE[0]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", SAID)
    assert not _check(killed, job)
    _finish(killed, job, commands)


# The same of a removal, which nobody goes on with

OUT = [paper["title"] for paper in (*made([2, 7]), *made([20]))]


@pytest.fixture(scope="module")
def removal(folder: Path, job: Job, commands: Commands) -> Job:
    """A removal to disturb, of a library of 42 papers."""
    with opened(folder / "template2") as assistant:
        assistant.ingest(saved(folder / "kept.jsonl", [*made(range(6)), *made(range(6, 10), sentences=40)]), job.file)
        before = contents(assistant)
    shutil.copytree(folder / "template2", folder / "whole2")
    began = time.perf_counter()
    assert commands.run(folder / "whole2", "remove", "--yes", *OUT).code == 0
    seconds = time.perf_counter() - began
    with opened(folder / "whole2") as assistant:
        assert_tidy(assistant)
        assert assistant.status().papers == 39
        return Job(folder / "template2", before, job.file, contents(assistant), seconds)


@pytest.fixture
def robbed(folder: Path, removal: Job) -> Generator[Path]:
    """A home with the library that is to be disturbed."""
    yield from _copy_of(removal, folder / "robbed")


def _remove_again(home: Path, removal: Job, commands: Commands, *, done: bool) -> None:
    """Remove undisturbed, or be told that it is done."""
    ended = commands.run(home, "remove", "--yes", *OUT)
    assert (ended.code, ended.err == "") == ((4, False) if done else (0, True))
    with opened(home) as assistant:
        assert contents(assistant) == removal.whole
        assert_tidy(assistant)


@pytest.mark.slow
def test_kills_of_a_removal_at_random_moments(removal: Job, commands: Commands, robbed: Path) -> None:
    for _ in _kills(robbed, removal, commands, "remove", "--yes", *OUT):
        if _check(robbed, removal):
            with opened(robbed) as assistant:  # any writer clears away what the kill left
                assert assistant.ingest(saved(robbed / "one.jsonl", made([5]))).unchanged == 1
                assert contents(assistant) == removal.whole
                assert_tidy(assistant)
            _begin_again(robbed, removal)
    _remove_again(robbed, removal, commands, done=False)


@pytest.mark.parametrize("step", STEPS)
def test_kills_at_the_steps_of_publishing_a_removal(step: str, removal: Job, commands: Commands, robbed: Path) -> None:
    _kill_at(step, robbed, commands, "remove", "--yes", *OUT)
    new = _check(robbed, removal)
    assert new or step != "CURRENT"
    with opened(robbed) as assistant:
        assert assistant.ingest(saved(robbed / "one.jsonl", made([5]))).unchanged == 1
        assert contents(assistant) == (removal.whole if new else removal.before)
        assert_tidy(assistant)
    if not new:
        _remove_again(robbed, removal, commands, done=False)


def test_ctrl_c_of_a_removal(removal: Job, commands: Commands, robbed: Path) -> None:
    commands.start(robbed, "remove", "--yes", *OUT)
    while not (robbed / "library" / "next" / "BASE").exists():
        time.sleep(0.001)
    ended = commands.kill(signal.SIGINT)
    new = _check(robbed, removal)
    assert new or (ended.code, ended.out) == (130, "")
    _remove_again(robbed, removal, commands, done=new)


# A full disk

LARGE = 60_000_000
STEP = 20 * 4096


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Path]:
    """A disk of its own; `_resize` makes it small."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a disk of its own to fill it")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def _resize(disk: Path, size: int) -> None:
    for _ in range(50):  # what was removed takes room until nobody has it open
        if not subprocess.run(["mount", "-o", f"remount,size={size}", disk], capture_output=True).returncode:
            return
        gc.collect()
        time.sleep(0.1)
    raise AssertionError(f"{_used(disk)} bytes stay in use on a disk that is to have {size}")


def _used(disk: Path) -> int:
    room = os.statvfs(disk)
    return (room.f_blocks - room.f_bfree) * room.f_frsize


@pytest.mark.slow
@pytest.mark.parametrize("later", [False, True])
def test_a_full_disk(later: bool, job: Job, commands: Commands, disk: Path) -> None:
    """With every size from too small for anything to just large enough, on what the sizes before it left."""
    home = disk / "home"

    def begin() -> None:
        if later:
            shutil.copytree(job.template, home)

    def finish() -> None:
        _resize(disk, LARGE)
        done = commands.run(home, "ingest", str(job.file), *BATCH, "--json")
        assert (done.code, done.err) == (0, "")
        with opened(home) as assistant:
            assert assistant.status().papers == (42 if later else 40)
            assert not later or contents(assistant) == job.whole
            assert_tidy(assistant)

    begin()
    size, failures = _used(disk) + STEP, 0
    while True:
        _resize(disk, size)
        done = commands.run(home, "ingest", str(job.file), *BATCH)
        if done.code == 0:
            break
        failures += 1
        assert (done.code, done.out) == (6, "")
        assert done.err.startswith("assistant: the disk is full: ") and done.err.count("\n") == 1
        assert "free some space and run it again" in done.err
        with opened(home) as assistant:
            if later:
                assert contents(assistant) == job.before
                assert assistant.ask(QUESTIONS[0]).nearest
            else:
                assert assistant.library.current() is None
        if failures % 3 == 0:  # now and then make room, finish, and begin anew
            finish()
            shutil.rmtree(home)
            begin()
        size += STEP
    assert failures > 5
    finish()


@pytest.mark.slow
def test_a_full_disk_within_a_removal(removal: Job, commands: Commands, disk: Path) -> None:
    """Nothing of it is kept: what it wrote makes room at once."""
    home = disk / "home"
    shutil.copytree(removal.template, home)
    size, failures = _used(disk), 0
    while True:
        size += STEP
        _resize(disk, size)
        ended = commands.run(home, "remove", "--yes", *OUT)
        if ended.code == 0:
            break
        failures += 1
        assert (ended.code, ended.out) == (6, "") and ended.err.startswith("assistant: the disk is full: ")
        with opened(home) as assistant:
            assert contents(assistant) == removal.before
            assert_tidy(assistant)
    assert failures > 3
    _resize(disk, LARGE)
    with opened(home) as assistant:
        assert contents(assistant) == removal.whole
        assert_tidy(assistant)


def test_a_full_disk_within_a_process_that_goes_on(job: Job, disk: Path) -> None:
    """What Chroma remembers of a folder that it could not open must not stay."""
    home = disk / "home"
    shutil.copytree(job.template, home)
    with opened(home, "ingest.batch=2") as assistant:
        used = _used(disk)
        for pages in (5, 30, 60, 90):
            _resize(disk, used + pages * 4096)
            with pytest.raises(StorageError, match="the disk is full"):
                assistant.ingest(job.file)
            assert contents(assistant) == job.before
        _resize(disk, LARGE)
        assistant.ingest(job.file)
        assert contents(assistant) == job.whole
        assert_tidy(assistant)


def test_a_full_disk_met_by_a_thread_of_the_lexical_index(disk: Path) -> None:
    """It says that a thread was killed, and not why."""
    lexical = Lexical(disk / "lexical", create=True)
    _resize(disk, _used(disk) + 4096)
    with pytest.raises(StorageError, match="the disk is full"):
        lexical.write([Posting(f"{number:050}", f"{number}", "", "") for number in range(3000)])
    _resize(disk, LARGE)
    again = Lexical(disk / "lexical", create=True)  # as the library does: the error may keep the writer, and its lock, alive
    again.write([Posting("1", "1", "", "")])
    assert again.count == 1
