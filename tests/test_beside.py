"""Two checkouts measured in turns: each by its own modules, and only the ratios are compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from eval.bench import beside, speed
from eval.bench.beside import ROOT, Side, ratios

ASKED = ["What does LeanDojo offer?", "Which benchmark has theorems?", "What is Lean?"]
SAMPLE = str(ROOT / "assistant" / "sample" / "papers.jsonl")


class Recorded:
    """A side that notes what it is asked to do, and says that everything takes a second here and two beside."""

    works: list[tuple[str, str, tuple[Any, ...]]]

    def __init__(self, tree: Path, home: Path) -> None:
        self._name, self._home = tree.name, home

    def __call__(self, work: str, *inputs: Any) -> list[Any]:
        self.works.append((self._name, work, inputs))
        if work in ("make", "ingest"):
            (self._home / "library").mkdir(parents=True)
            (self._home / "library" / "CURRENT").touch()
        seconds = 1.0 if self._name == "here" else 2.0
        return [2000] if work == "peak" else [(seconds, seconds) for _ in (inputs if work in ("search", "ask") else [0])]

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, tuple[Any, ...]]]:
    """What two sides are asked to do, in the order in which they are."""
    found: list[tuple[str, str, tuple[Any, ...]]] = []
    monkeypatch.setattr(Recorded, "works", found, raising=False)
    monkeypatch.setattr(beside, "Side", Recorded)
    monkeypatch.setattr(beside, "ROOT", Path("here"))
    monkeypatch.setattr(beside, "questions", lambda: ASKED)
    monkeypatch.setattr(beside, "sources", lambda: [SAMPLE])
    monkeypatch.setattr(beside, "_WARM", 1)
    return found


def test_the_ratio_is_the_median_of_the_rounds_and_its_spread_theirs() -> None:
    row = ratios("search", [([(1.0, 3.0), (1.0, 3.0)], [(2.0, 3.0), (2.0, 3.0)]), ([(3.0, 3.0)] * 2, [(2.0, 6.0)] * 2)])
    assert (row["here"], row["beside"], row["ratio"], row["least and most of a round"]) == (2000, 2000, 1, (0.5, 1.5))
    assert (row["processor: ratio"], row["processor: least and most of a round"]) == (0.75, (0.5, 1))


def test_two_checkouts_and_plain_llamaindex_take_turns(
    works: list[tuple[str, str, tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "has_baseline", lambda: True)
    monkeypatch.setattr(beside, "child", lambda *_: {"seconds": 4.0, "search": {"p50_ms": 500.0}})
    rows = {row["what"]: row["ratio"] for row in beside.measure(Path("there"), 2)}
    ours = dict.fromkeys(["ingest, s", "search, ms", "search, papers read before, ms", "ask, ms"], 0.5)
    assert rows == ours | {"ingest, s, beside plain LlamaIndex": 0.25, "search, ms, beside plain LlamaIndex": 2}
    for work in ("search", "ask"):
        turns = [(name, *inputs) for name, own, inputs in works if own == work and inputs and inputs[0] != ASKED[0]]
        assert turns[:4] == [("here", ASKED[1]), ("there", ASKED[1]), ("there", ASKED[2]), ("here", ASKED[2])]
    assert [name for name, work, _ in works if work == "ingest"] == ["here", "there"] * 2


def test_made_libraries_are_searched_in_turns_and_kept(works: list[tuple[str, str, tuple[Any, ...]]], tmp_path: Path) -> None:
    rows = beside.measure_scale(Path("there"), 1, 100, tmp_path)
    assert [(row["library"], row["what"], row["ratio"]) for row in rows] == [
        *(("pages", "search, ms", 0.5), ("pages", "peak memory, MB", 1)),
        *(("made", "search, ms", 0.5), ("made", "peak memory, MB", 1)),
    ]
    assert [work for work in works if work[1] == "make"] == [("here", "make", (100,)), ("there", "make", (100,))]
    works.clear()
    beside.measure_scale(Path("there"), 1, 100, tmp_path)
    assert {work for _, work, _ in works} == {"search", "peak"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the Python of a checkout lies elsewhere there")
def test_a_checkout_works_with_its_own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_EMBEDDER_KIND", "fake")
    tree = tmp_path / "there"
    tree.mkdir()
    for name in ("assistant", "eval", "config", "prompts"):
        (tree / name).symlink_to(ROOT / name)
    (tree / ".venv").symlink_to(sys.prefix)
    with Side(tree, tmp_path / "home") as side:
        assert len(side("ingest", SAMPLE)) == 1
        taken = side("search", *ASKED)
        assert len(taken) == 3 and all(0 < seconds for each in taken for seconds in each)
        assert side("peak")[0] > 10_000
        with pytest.raises(RuntimeError, match="juggle failed"):
            side("juggle", "x")
