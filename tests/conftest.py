"""What all tests share: an environment of their own, a library of the sample with the fake embedder, the seed pages.

The process that hands the tests out loads this file too and runs none, so fixtures import what takes long to load.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from endpoint import Endpoint
from filelock import FileLock
from hypothesis import settings
from nursery import Nursery

if TYPE_CHECKING:
    from assistant import Assistant

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported; each core has its worker
_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:  # there no test waits for a disk to have a library
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
os.environ["HF_HUB_OFFLINE"] = "1"  # which huggingface_hub reads when it is imported, before any test
settings.register_profile("steady", deadline=None)  # a busy machine is no failure
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("steady")
SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
ROOT = Path(__file__).parents[1]
_ALL_SLOW = re.compile(r"^pytestmark = (?:\[\s*)?pytest\.mark\.slow\b", re.M)
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fuzz SECONDS`: look longer than CI does."""
    parser.addoption("--fuzz", type=float, default=4.0, help="seconds for each fuzz test")


def pytest_configure(config: pytest.Config) -> None:
    """`make quick` tries a quarter of the made inputs."""
    if config.getoption("markexpr") == "not slow":
        settings.load_profile("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make quick` leaves out files of slow tests alone, so that no worker imports them."""
    file = collection_path.suffix == ".py" and config.getoption("markexpr") == "not slow"
    return True if file and _ALL_SLOW.search(collection_path.read_text("utf-8")) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that run commands in processes of their own are slow."""
    for item in items:
        if {"run", "own"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the real home, the real settings or a key, none reaches the hub, and no look of one is counted.

    All is kept below a plain file, so that no test can make a folder there, and what one writes is not seen by the next.
    """
    from eval.runs import ledger

    file = tmp_path_factory.getbasetemp() / "plain"
    file.touch()
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("ASSISTANT_", "OPENAI_", "HF_", "CHROMA_")):
                patch.delenv(name)
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr(ledger, "FILE", file / "nowhere" / "LEDGER.jsonl")
        _live_in(file / "nowhere", patch)
        yield


def _live_in(place: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HOME", str(place / "home"))
    patch.setenv("XDG_DATA_HOME", str(place / "home" / "data"))
    patch.setenv("ASSISTANT_HOME", str(place / "assistant"))


@pytest.fixture(autouse=True)
def own_environment(request: pytest.FixtureRequest) -> None:
    """A slow test, and one that asks for a folder, has a home of its own; three thousand homes take longer than most tests."""
    if "tmp_path" in request.fixturenames or request.node.get_closest_marker("slow"):
        place: Path = request.getfixturevalue("tmp_path")
        patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        (place / "home").mkdir()
        _live_in(place, patch)
        patch.setattr("eval.runs.ledger.FILE", place / "LEDGER.jsonl")


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts commands in processes of their own that need import nothing."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def pages() -> Iterator[Nursery]:
    """The same for `assistant chat`, with gradio."""
    nursery = Nursery("import assistant.page.app")
    yield nursery
    nursery.close()


@pytest.fixture
def run(nursery: Nursery) -> Run:
    """`run("ask", "...")` runs the command as a person would and returns what it printed and its exit code."""

    def run_command(
        *arguments: str, fake: bool = True, stdin: str | bytes | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        flags = ["--set", "embedder.kind=fake"] if fake else []
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = nursery.run(*arguments, *flags, input=data, **options)
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
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@contextmanager
def made_once(folder: Path) -> Iterator[bool]:
    """Whether a folder is still to be made, for one worker at a time; the others wait and find it."""
    done = folder.with_suffix(".done")
    with FileLock(folder.with_suffix(".lock")):
        if missing := not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of one that was broken off
            folder.mkdir()
        yield missing
        done.touch()


@pytest.fixture(scope="session")
def models(common: Path) -> Path:
    """A folder of built graphs that all tests share: building one takes seconds."""
    folder = common / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> list[str]:
    """Arguments for a command over a small set, everything kept under the test's folder."""
    from eval.runs import cases, suite
    from eval.runs import run as runs

    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "models").symlink_to(models)
    chosen = [c for c in cases.load("sample") if c.id in ("figure-001", "unanswerable-001")]
    (tmp_path / "own.jsonl").write_text("".join(c.model_dump_json() + "\n" for c in chosen), "utf-8")
    return [str(tmp_path / "own.jsonl"), "--papers", str(suite.SAMPLE), "--set", "embedder.kind=fake"]


@pytest.fixture(scope="session")
def sample(common: Path, models: Path) -> Iterator[Assistant]:
    """An assistant over the shipped sample, with the real embedder; tests only read it."""
    from assistant import Assistant

    home, one_thread = common / "sample", ["embedder.threads=1"]  # each core has its worker
    with made_once(home) as missing:
        if missing:
            (home / "models").symlink_to(models)
            with Assistant.open(home, set=one_thread) as assistant:
                assistant.ingest_sample()
    with Assistant.open(home, set=one_thread) as assistant:
        yield assistant


@pytest.fixture(autouse=True)
def strong_matches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no question to the shelf be a weak match: its fake embedder knows no meaning, so the confidence tells nothing there."""
    if "shelf" in request.fixturenames:
        monkeypatch.setattr("assistant.answer.confidence.WEAK", 0.0)


@pytest.fixture(scope="session")
def shelf(common: Path) -> Iterator[Path]:
    """The home of a library of five short papers, with the fake embedder; tests only read it."""
    from pipeline import kept_open, shelve

    home = common / "shelf"
    with made_once(home) as missing:
        if missing:
            shelve(home)
    with kept_open(home):
        yield home
