"""What all tests share: an environment of their own, a library of the sample with the fake embedder, the seed pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from endpoint import Endpoint
from hypothesis import settings
from pipeline import shelve

from assistant import Assistant
from eval.runs import cases, ledger, suite
from eval.runs import run as runs

settings.register_profile("steady", deadline=None)  # a busy machine is no failure
settings.load_profile("steady")
SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
ROOT = Path(__file__).parents[1]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fuzz SECONDS`: look longer than CI does."""
    parser.addoption("--fuzz", type=float, default=4.0, help="seconds for each fuzz test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that run commands in processes of their own are slow."""
    for item in items:
        if {"run", "own"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the real home, the real settings or a key, none reaches the hub, and no look of one is counted."""
    for name in list(os.environ):
        if name.startswith(("ASSISTANT_", "OPENAI_", "HF_", "CHROMA_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "assistant"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(ledger, "FILE", tmp_path / "LEDGER.jsonl")


@pytest.fixture
def run() -> Run:
    """`run("ask", "...")` runs the command as a person would and returns what it printed and its exit code."""

    def run_command(
        *arguments: str, fake: bool = True, stdin: str | bytes | None = None, timeout: float = 120, **options: object
    ) -> subprocess.CompletedProcess[str]:
        flags = ["--set", "embedder.kind=fake"] if fake else []
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "assistant", *arguments, *flags],
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            timeout=timeout,
            cwd=ROOT,
            **options,  # type: ignore[call-overload]
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_command


@pytest.fixture
def seeds() -> Path:
    """The folder of the saved pages; skips where they are not."""
    if not SEEDS.is_dir():
        pytest.skip(f"the saved pages are not at {SEEDS}")
    return SEEDS


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An OpenAI-compatible server on loopback."""
    with Endpoint() as server:
        yield server


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of built graphs that all tests share: building one takes seconds."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> list[str]:
    """Arguments for a command over a small set, everything kept under the test's folder."""
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "models").symlink_to(models)
    chosen = [c for c in cases.load("sample") if c.id in ("figure-001", "unanswerable-001")]
    (tmp_path / "own.jsonl").write_text("".join(c.model_dump_json() + "\n" for c in chosen), "utf-8")
    return [str(tmp_path / "own.jsonl"), "--papers", str(suite.SAMPLE), "--set", "embedder.kind=fake"]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Assistant]:
    """An assistant over the shipped sample, with the real embedder; tests only read it."""
    home = tmp_path_factory.mktemp("sample")
    (home / "models").symlink_to(models)
    with Assistant.open(home) as assistant:
        assistant.ingest_sample()
        yield assistant


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a library of five short papers, with the fake embedder; tests only read it."""
    home = tmp_path_factory.mktemp("shelf")
    shelve(home)
    return home
