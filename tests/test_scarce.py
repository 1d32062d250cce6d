"""A library that may not be written, or has no room, is asked all the same; what is scarce is told, and not taken for damage."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from conftest import Run
from test_bad_input import command
from test_library import QUESTIONS, contents, found, garbage, made, opened, saved

from assistant import Assistant
from assistant.errors import StorageError
from assistant.files import check_target
from assistant.library import scratch
from assistant.library.scratch import Scratch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template() -> Generator[Path]:
    """A home with a library of 12 papers, in a folder that every user may read."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        home = Path(folder) / "home"
        with opened(home) as assistant:
            assistant.ingest(saved(Path(folder) / "first.jsonl", made(range(12))))
        yield home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "assistant"))


def _mounted(folder: Path, *arguments: str) -> None:
    if not shutil.which("mount") or subprocess.run(["mount", *arguments, str(folder)], capture_output=True).returncode:
        pytest.skip("may not mount")


@pytest.fixture
def read_only(home: Path) -> Generator[Path]:
    """The home on a mount that nobody may write to, root neither."""
    _mounted(home, "--bind", str(home))
    try:
        _mounted(home, "-o", "remount,ro,bind")
        with pytest.raises(OSError, match="Read-only"):
            (home / "x").touch()
        yield home
    finally:
        subprocess.run(["umount", "-l", home], check=True)


@pytest.mark.parametrize("words", ["whole", "damaged"])
def test_a_read_only_mount_can_be_asked(words: str, home: Path, template: Path, request: pytest.FixtureRequest, run: Run) -> None:
    with opened(template) as assistant:
        before, results = contents(assistant), found(assistant)
    if words == "damaged":  # and what would be built again is, for the reader alone
        garbage(home / "library/gen-000001/lexical/meta.json")
    request.getfixturevalue("read_only")
    with opened(home) as assistant:
        assert found(assistant) == results and contents(assistant) == before
        assert assistant.ask("cebel?").nearest and assistant.status().papers == 12
        assert {check.name for check in assistant.doctor().checks if not check.ok} == ({"words"} if words == "damaged" else set())
        with pytest.raises(StorageError, match="Read-only file system"):
            assistant.ingest(saved(home.parent / "more.jsonl", made([20])))
    assert run("search", QUESTIONS[0]).returncode == 0


def test_another_users_library_can_be_asked(template: Path) -> None:
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() or not shutil.which("setpriv") or subprocess.run([*nobody, sys.executable, "-c", ""]).returncode:
        pytest.skip("only root may be another user, who here may not run this Python")
    environment = os.environ | {"ASSISTANT_HOME": str(template), "HOME": "/nonexistent", "TMPDIR": "/tmp"}
    for arguments in (("ask", "cebel?"), ("search", QUESTIONS[0]), ("status",), ("doctor",)):
        done = command(*arguments, before=nobody, env=environment)
        assert (done.returncode, done.stderr) == (0, ""), done
    refused = command("ingest", str(template.parent / "first.jsonl"), before=nobody, env=environment)
    assert refused.returncode == 6 and refused.stderr.count("\n") == 1


def test_a_full_disk_can_be_asked(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Temporary files are on it too."""
    if not scratch._MEMORY.is_dir():
        pytest.skip("no other place")
    disk = tmp_path / "disk"
    disk.mkdir()
    _mounted(disk, "-t", "tmpfs", "-o", "size=4m", "tmpfs")
    try:
        shutil.copytree(home, disk / "home")
        with pytest.raises(OSError, match="No space"), (disk / "full").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        monkeypatch.setenv("ASSISTANT_HOME", str(disk / "home"))
        monkeypatch.setenv("TMPDIR", str(disk))
        for arguments in (("search", QUESTIONS[0]), ("ask", "cebel?")):
            done = run(*arguments)
            assert (done.returncode, done.stderr) == (0, ""), done
        monkeypatch.setattr(tempfile, "gettempdir", lambda: str(disk))
        with monkeypatch.context() as patch, opened(disk / "home") as assistant:
            patch.setattr(scratch, "_MEMORY", disk)
            with pytest.raises(StorageError, match="no room for .* set TMPDIR"):
                assistant.search(QUESTIONS[0])
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def _limited(limit: str, value: int) -> list[str]:
    """What to put before a command so that it runs under a limit."""
    code = f"import os, resource, sys; resource.setrlimit(resource.{limit}, ({value},) * 2); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code]


@pytest.mark.parametrize("descriptors", [9, 14, 19, 24])
def test_few_descriptors_are_told_as_such(descriptors: int, home: Path) -> None:
    done = command("search", QUESTIONS[0], before=_limited("RLIMIT_NOFILE", descriptors), timeout=200)
    assert done.returncode in (0, 6)
    if done.returncode:
        assert done.stderr.count("\n") == 1 and "too many files are open" in done.stderr and "ulimit -n" in done.stderr
    else:
        assert descriptors > 20
    looked = command("doctor", before=_limited("RLIMIT_NOFILE", descriptors), timeout=200)
    assert looked.returncode == done.returncode and ("damage" not in looked.stderr + looked.stdout)


def test_descriptors_that_run_out_in_a_process_that_goes_on(home: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = list[int]()
    with opened(home) as assistant:
        found(assistant)
        assistant.close()
        most = max(map(int, os.listdir("/dev/fd"))) + 40  # other tests of this process keep some open
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                while True:
                    taken.append(os.open(os.devnull, os.O_RDONLY))
            for free in range(0, 16, 2):
                for _ in range(2 if free else 0):
                    os.close(taken.pop())
                try:
                    assistant.search(QUESTIONS[0])
                except StorageError as exc:
                    assert "too many files are open" in str(exc)
                else:
                    assert free > 12
                assistant.close()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            for number in taken:
                os.close(number)
        assert found(assistant)


@pytest.mark.parametrize("size", [1_000, 60_000, 150_000, 250_000])
def test_a_limit_on_the_size_of_files_is_told_as_such(size: int, home: Path, tmp_path: Path) -> None:
    more = saved(tmp_path / "more.jsonl", made(range(20, 120), sentences=6))
    done = command("ingest", str(more), before=_limited("RLIMIT_FSIZE", size), timeout=200)
    assert done.returncode == 6 and done.stderr.count("\n") == 1
    assert f"a limit on the size of files is in force ({size:,} bytes)" in done.stderr and "ulimit -f" in done.stderr
    with opened(home) as assistant:
        assert found(assistant)
        report = assistant.ingest(more)  # it may go on with what was stored
        assert report.new + report.unchanged == 100


def test_a_file_that_has_no_room_for_an_answer_is_told_before_the_question(tmp_path: Path) -> None:
    """An answer can have cost money."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    try:
        with pytest.raises(StorageError, match="a limit on the size of files is in force"):
            check_target(tmp_path / "answer.json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.glob("*answer*"))


@pytest.mark.slow
def test_a_home_where_no_graph_can_be_kept_has_an_embedder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    with Assistant.open(tmp_path / "file") as assistant:
        assert assistant.embedder.count("two words") == 2
        assert len(assistant.embedder.query("two words")) == 1


# Where readers write


def test_a_killed_readers_folder_is_swept_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code = "import os, assistant.library.scratch as s; s.Scratch(0); kept = s.Scratch(0); print(kept.path); os.kill(os.getpid(), 9)"
    left = Path(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip())
    assert list(tmp_path.glob("assistant-reads-*")) == [left]
    held = Scratch(0)
    for folder in (left, held.path):
        os.utime(folder, (time.time() - 100, time.time() - 100))
    other = Scratch(0)
    assert set(tmp_path.glob("assistant-reads-*")) == {held.path, other.path}
    for each in (held, other):
        each.close()
    assert not list(tmp_path.glob("assistant-reads-*"))


def test_a_child_that_ends_leaves_its_parents_folder(tmp_path: Path) -> None:
    code = (
        "import os, sys, assistant.library.scratch as s; kept = s.Scratch(0)\nif os.fork():\n os.wait(); print(kept.path.is_dir())"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "True"
