"""An ingest spread over a cluster of Ray of two workers, for real; it needs the extra `ray`, which the lock does not hold."""

from __future__ import annotations

import json
import os
import secrets
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.errors import ConfigError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of Ray
    pytest.mark.timeout(600),
]
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'assistant[ray]'")


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else one is kept under the user's home
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield ray
        ray.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files, one of which lacks a title in a line; two papers stand in two files."""
    for name in "abc":
        papers = [
            {"title": f"Moss {name} {at}", "abstract": f"Moss {name} grows on {at} walls. It needs water."} for at in range(40)
        ]
        papers += [{"title": f"Fern {at}", "abstract": f"Ferns of the kind {at} grow in woods."} for at in range(2)]
        lines = [json.dumps(paper) for paper in papers]
        (tmp_path / f"{name}.jsonl").write_text("\n".join([*lines, '{"abstract": "nameless"}'] if name == "b" else lines), "utf-8")
    return tmp_path


def machine(folder: Path, name: str) -> Assistant:
    return Assistant.open(folder / name, set=["embedder.kind=fake", "ingest.batch=4"])


def held(assistant: Assistant) -> tuple[list[str], dict[str, bytes]]:
    return [paper.title for paper in assistant.papers()], assistant.library.read(lambda snapshot: snapshot.index.sums())


@needs_ray
def test_it_gives_the_library_that_one_process_gives(ray: Any, folder: Path) -> None:
    told: list[tuple[int, int]] = []
    with machine(folder, "one") as one, machine(folder, "two") as two:
        files = sorted(map(str, folder.glob("*.jsonl")))
        here = one.ingest(*files)
        there = two.ingest(*files, engine="ray", progress=lambda done, total: told.append((done, total)))
        assert held(one) == held(two)
        assert here.model_copy(update={"seconds": 0}) == there.model_copy(update={"seconds": 0})
        assert there.new == 122 and len(there.rejected) == 1 and told[-1] == (122, 122) and len(told) > 20
        assert [each.paper.title for each in one.search("moss walls")] == [each.paper.title for each in two.search("moss walls")]
        again = two.ingest(*files, folder / "c.jsonl", engine="ray")
        assert (again.new, again.changed) == (0, 0)


@needs_ray
def test_a_killed_worker_loses_nothing_and_doubles_nothing(ray: Any, folder: Path) -> None:
    def where() -> int:
        return os.getpid()

    pids: set[int] = set()
    ask = ray.remote(where)
    pids = set(ray.get([ask.remote() for _ in range(20)]))
    killed: list[int] = []

    def moved(done: int, total: int) -> None:
        if done >= 20 and not killed:
            for pid in pids:  # tasks are ahead in them
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    with machine(folder, "one") as one, machine(folder, "two") as two:
        files = sorted(map(str, folder.glob("*.jsonl")))
        one.ingest(*files)
        report = two.ingest(*files, engine="ray", progress=moved)
        assert killed and report.new == 122 and held(one) == held(two)


@needs_ray
def test_a_stopped_ingest_goes_on(ray: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(map(str, folder.glob("*.jsonl")))

    def stopping(done: int, total: int) -> None:
        if done >= 40:
            raise KeyboardInterrupt

    with machine(folder, "one") as one, machine(folder, "two") as two:
        one.ingest(*files)
        with pytest.raises(KeyboardInterrupt):
            two.ingest(*files, engine="ray", progress=stopping)
        report = two.ingest(*files, engine="ray")
        assert report.unchanged >= 36 and report.new + report.unchanged == 122 and held(one) == held(two)


def test_without_ray_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.assistant.find_spec", lambda name: None)
    with (
        machine(tmp_path, "one") as one,
        pytest.raises(ConfigError, match=r"needs ray; install with: pip install 'assistant\[ray\]'"),
    ):
        one.ingest("nothing.jsonl", engine="ray")
