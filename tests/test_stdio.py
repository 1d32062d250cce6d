"""Standard input, output and error that are closed, full, or whose reader has left, for both commands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from pipeline import shelve

pytestmark = pytest.mark.slow

FAKE = "--set embedder.kind=fake"
LOST = "cannot write the output: "
COMMANDS = [
    "assistant config",
    "assistant config --json",
    "assistant --help",
    f"assistant status {FAKE}",
    f"assistant status --json {FAKE}",
    "eval feedback {folder}/asked.jsonl --from {folder}/marked.jsonl",
    "eval --help",
]
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")


def shell(command: str, redirected: str, home: Path | None = None) -> tuple[int, str, str]:
    """The exit code of a command, what it printed, and what it told."""
    line = f"{shlex.quote(sys.executable)} -m {command} {redirected}; exit ${{PIPESTATUS[0]}}"
    environment = os.environ | ({"ASSISTANT_HOME": str(home)} if home else {})
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120, cwd=ROOT, env=environment)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def check(command: str, redirected: str, code: int, why: str, home: Path | None = None) -> None:
    told = f"{command.split()[0]}: {LOST}{why}\n" if why else ""
    assert shell(command, redirected, home) == (code, "", told)


LEFT = [("| true", 0, ""), (">&-", 6, "Bad file descriptor"), pytest.param(">/dev/full", 6, "No space left on device", marks=full)]


@pytest.mark.slow
@pytest.mark.parametrize(("redirected", "code", "why"), LEFT)
@pytest.mark.parametrize("command", COMMANDS)
def test_output_of_any_command_that_nobody_gets(
    shelf: Path, tmp_path: Path, command: str, redirected: str, code: int, why: str
) -> None:
    (tmp_path / "marked.jsonl").touch()
    check(command.format(folder=tmp_path), redirected, code, why, shelf)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "--json", "--format markdown", "--format bibtex"])
def test_a_reader_of_an_answer_that_leaves(shelf: Path, form: str) -> None:
    command = f"assistant ask 'How many theorems does LeanBench hold?' {form} {FAKE} --set answer.threshold=0"
    assert shell(command, "| head -1 >/dev/null", shelf) == (0, "", "")
    assert shell(command, "| true", shelf) == (0, "", "")
    assert shell(command, ">&-", shelf)[0] == 6


@pytest.mark.parametrize("closed", ["2>&-", "2>&- <&-", pytest.param("2>/dev/full", marks=full), "2>&1 >/dev/null | true"])
def test_an_error_that_nobody_is_told_has_its_exit_code(closed: str) -> None:
    assert shell("assistant config --set a=b", closed) == (2, "", "")
    assert shell("eval check nosuch.jsonl", closed) == (2, "", "")


@pytest.mark.parametrize("closed", ["<&-", "</dev/null"])
def test_input_that_is_closed_is_at_its_end(tmp_path: Path, shelf: Path, closed: str) -> None:
    code, shown, told = shell("assistant password me", closed)
    assert (code, shown) == (2, "") and "8 characters or more" in told
    code, shown, told = shell(f"assistant ingest - {FAKE}", closed, tmp_path)
    assert code == 3 and "0 papers" in shown and "standard input" in told
    code, shown, told = shell(f"assistant remove 'On the Sleep of Bees' {FAKE}", closed, shelf)
    assert (code, shown) == (2, "") and "nobody answered" in told


def test_no_file_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    program = "from assistant import stdio\nwith stdio.standard('x'): print(open('/dev/null').fileno())"
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} <&- 2>&-"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "3")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    program = "from assistant import stdio\nwith stdio.standard('x'): open('/nowhere/file', 'w')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert (done.returncode, done.stderr) == (6, "x: cannot use '/nowhere/file': No such file or directory\n")


@pytest.mark.parametrize(("redirected", "code", "why"), LEFT)
def test_an_answer_is_saved_though_nobody_reads_it(shelf: Path, tmp_path: Path, redirected: str, code: int, why: str) -> None:
    kept = tmp_path / "answer.json"
    command = f"assistant ask 'How many theorems does LeanBench hold?' {FAKE} --set answer.threshold=0 --save {kept}"
    check(command, redirected, code, why, shelf)
    assert "LeanBench" in kept.read_text("utf-8")


@pytest.mark.parametrize(("redirected", "code", "why"), LEFT)
def test_what_nobody_was_told_is_new_to_the_next_watch(tmp_path: Path, redirected: str, code: int, why: str) -> None:
    shelve(tmp_path)
    command = f"assistant watch 'LeanBench holds theorems of Lean' {FAKE} --set answer.threshold=0"
    check(command, redirected, code, why, tmp_path)
    found, printed, _ = shell(command, "", tmp_path)
    assert (found, "98 theorems" in printed) == (0, True)
    assert shell(command, "", tmp_path)[0] == 1
