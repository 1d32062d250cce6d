"""The encoder of a library is switched: killed in the middle, asked in between, gone on with."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import tiny_encoders as tiny
from conftest import ROOT, Run

from assistant import Assistant
from assistant.errors import LibraryError, LibraryMismatch

pytestmark = pytest.mark.slow
QUESTION = "What does LeanDojo offer?"
FLAGS = ["chunk.tokens=64", "answer.threshold=0"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A library of the sample by a tiny encoder, and another tiny encoder beside it."""
    first = tiny.export(tmp_path / "first", "mpnet")
    tiny.export(tmp_path / "second", "roberta")
    with Assistant.open(tmp_path / "home", set=[*FLAGS, f"embedder.model={first}"]) as assistant:
        assistant.ingest_sample()
    return tmp_path / "home"


def embedded(home: Path) -> int:
    """The papers of the generation that is being written."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'library' / 'next' / 'chroma' / 'chunks.sqlite3'}?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM papers").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def answers(home: Path) -> str:
    """The encoder that answers, of a program that names none."""
    with Assistant.open(home, set=FLAGS) as assistant:
        assert assistant.ask(QUESTION).sources
        return assistant.status().embedder


def test_a_rebuild_that_is_killed_goes_on_and_the_old_vectors_answer_meanwhile(home: Path) -> None:
    flags = ["--set", f"embedder.model={home.parent / 'second'}", "--set", "chunk.tokens=64", "--set", "ingest.batch=2"]
    command = [sys.executable, "-m", "assistant", "rebuild", *flags]
    environment = {**os.environ, "ASSISTANT_HOME": str(home)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 200
            while embedded(home) < 6 and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            process.send_signal(signal.SIGSTOP)  # asked while the writer is at work, and holds its lock
            assert 6 <= embedded(home) < 60
            assert answers(home).startswith("first")
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL
    with Assistant.open(home, set=FLAGS) as assistant:
        assert assistant.status().rebuilding and not assistant.status().unfinished
    assert answers(home).startswith("first")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("60 papers embedded by second (int8, ONNX Runtime), ") and "stopped before" in done.stdout
    assert answers(home).startswith("second")
    with Assistant.open(home, set=FLAGS) as assistant:
        assert not assistant.status().rebuilding and len(list((home / "library").glob("*gen-*"))) == 1
        assert assistant.doctor().exit_code == 0 and assistant.rebuild().papers == 0
        switched = [(hit.paper.id, round(hit.score, 4)) for hit in assistant.search(QUESTION)]
    # in the same batches, as a product at int8 has one step for all texts of a batch
    with Assistant.open(home.parent / "anew", set=[*FLAGS, "ingest.batch=2", f"embedder.model={home.parent / 'second'}"]) as anew:
        anew.ingest_sample()
        assert [(hit.paper.id, round(hit.score, 4)) for hit in anew.search(QUESTION)] == switched


def test_the_library_remembers_its_encoder_and_flags_come_first(home: Path, run: Run) -> None:
    with Assistant.open(home, set=FLAGS) as assistant:
        assert assistant.settings.embedder.model == str(home.parent / "first")
    with (
        Assistant.open(home, set=[*FLAGS, "embedder.model=minilm"]) as plain,
        pytest.raises(LibraryMismatch, match="assistant rebuild"),
    ):
        plain.search(QUESTION)
    told = run("config", fake=False, env={**os.environ, "ASSISTANT_HOME": str(home), "COLUMNS": "200"}).stdout
    assert "the library" in next(line for line in told.splitlines() if line.startswith("embedder.model"))


def test_a_library_goes_back_to_minilm(home: Path, models: Path, run: Run) -> None:
    with Assistant.open(home, set=[*FLAGS, "embedder.model=minilm"]) as assistant:
        seen: list[tuple[int, int]] = []
        report = assistant.rebuild(lambda done, total: seen.append((done, total)))
        assert (report.papers, report.resumed) == (60, 0) and seen[-1] == (60, 60)
    with Assistant.open(home, set=FLAGS) as assistant:
        assert assistant.settings.embedder.model == "minilm" and assistant.ask("What does LeanDojo offer?").sources
    assert "made_by" not in (home / "library" / "CURRENT").read_text()
    with Assistant.open(home, set=[*FLAGS, "embedder.precision=fp32"]) as assistant:
        assistant.rebuild()
    with Assistant.open(home, set=FLAGS) as assistant:  # the library remembers a precision of MiniLM too
        assert assistant.settings.embedder.precision == "fp32" and assistant.ask("What does LeanDojo offer?").sources
    (home / "library" / "CURRENT").unlink()  # which names the precision
    mended = run("doctor", "--repair", "--set", FLAGS[0], fake=False, env={**os.environ, "ASSISTANT_HOME": str(home)})
    assert mended.returncode == 0 and "wrong" not in mended.stdout


def test_a_stopped_ingest_is_to_be_finished_first(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.library.generations import Writer

    more = tmp_path / "more.jsonl"
    more.write_text('{"title": "Kernels of kites", "abstract": "We study kernels of kites. They fly."}\n')

    def stopped(self: Writer) -> int:
        raise KeyboardInterrupt

    with Assistant.open(home, set=FLAGS) as assistant:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Writer, "publish", stopped)
            assistant.ingest(str(more))
        with (
            pytest.raises(LibraryError, match="run it again to finish it, then rebuild"),
            Assistant.open(home, set=[*FLAGS, f"embedder.model={home.parent / 'second'}"]) as other,
        ):
            other.rebuild()
        assert assistant.ingest(str(more)).generation == 2 and assistant.status().papers == 1


def test_without_a_library_there_is_nothing_to_rebuild(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "none") as assistant, pytest.raises(LibraryError, match="no library"):
        assistant.rebuild()
