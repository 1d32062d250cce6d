"""This checkout beside one of another commit, in turns (A B A B): what slows a shared machine slows both, and the ratio stays."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eval.bench import speed
from eval.bench.corpus import questions, sources
from eval.bench.process import child

ROOT = Path(__file__).parents[2]
_SIDES = ("here", "beside")
_WARM = 10
"""Questions that are asked before any is timed."""
Seconds = list[tuple[float, float]]
"""Seconds of the clock and of the processor, one pair for each input."""


class Side:
    """A process with the modules and the Python of a checkout, which works when it is called."""

    def __init__(self, tree: Path, home: Path) -> None:
        """Start the process.

        Args:
            tree: the checkout, with its `.venv`.
            home: the folder of its library.
        """
        home.mkdir(parents=True, exist_ok=True)
        program = [str(tree / ".venv" / "bin" / "python"), "-P", str(Path(__file__).with_name("turn.py")), str(home)]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tree, env=environment
        )

    def __call__(self, work: str, *inputs: Any) -> Any:
        """Do a work: "make" a library of so many passages, "ingest" files, "search" or "ask" each input, tell the "peak".

        Returns:
            `Seconds` of each input of a search or an answer, and of an ingest as a whole; of "peak" the largest memory, in kB.

        Raises:
            RuntimeError: the process ended. Its standard error is on the terminal.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        try:
            stdin.write(json.dumps([work, inputs]) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"{work} failed in {self._process.args}")
        return json.loads(line)

    def __enter__(self) -> Side:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()


def ratios(what: str, rounds: Sequence[tuple[Seconds, Seconds]], unit: float = 1000) -> dict[str, Any]:
    """Two sides compared, by the clock and by the processor.

    Args:
        what: what was timed.
        rounds: for each round the seconds here and beside.
        unit: seconds are multiplied by it.

    Returns:
        A row: the medians over all inputs of all rounds; the ratio of the medians of a round, its median over the rounds, and the
        least and the most of it.
    """
    row: dict[str, Any] = {"what": what}
    for clock, name in enumerate(("", "processor: ")):
        own, other = ([[seconds[clock] for seconds in each[side]] for each in rounds] for side in (0, 1))
        medians = [statistics.median([one for each in rows for one in each]) for rows in (own, other)]
        single = [statistics.median(a) / statistics.median(b) for a, b in zip(own, other, strict=True)]
        for side, median in zip(_SIDES, medians, strict=True):
            row[name + side] = round(median * unit, 2)
        row[name + "ratio"] = round(statistics.median(single), 3)
        row[name + "least and most of a round"] = round(min(single), 3), round(max(single), 3)
    return row


def commit(tree: Path) -> str:
    """The commit of a checkout, in short; its path where git tells none."""
    done = subprocess.run(["git", "-C", str(tree), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or str(tree)


def measure(tree: Path, rounds: int) -> list[dict[str, Any]]:
    """Ingest, search and answers here and in `tree`, and of plain LlamaIndex where that is installed; a row each."""
    taken: dict[str, list[tuple[Seconds, Seconds]]] = {}
    peers: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for side, where in zip(_SIDES, (ROOT, tree), strict=True):
            with Side(where, Path(folder, side, "models")) as first:
                first("search")
        for turn in range(rounds):
            homes = [Path(folder, side, str(turn)) for side in _SIDES]
            for home in homes:
                home.mkdir(parents=True)
                (home / "models").symlink_to(home.parent / "models" / "models")
            with ExitStack() as stack:
                sides = [stack.enter_context(Side(where, home)) for where, home in zip((ROOT, tree), homes, strict=True)]
                taken.setdefault("ingest, s", []).append(_in_turn(sides, [("ingest", *sources())]))
            if speed.has_baseline():
                with tempfile.TemporaryDirectory() as other:
                    peers.append(child("eval.bench.baseline", other))
            with ExitStack() as stack:  # new processes, which have read no paper
                sides = [stack.enter_context(Side(where, home)) for where, home in zip((ROOT, tree), homes, strict=True)]
                asked = _warm(sides)
                for what, work in (("search", "search"), ("search, papers read before", "search"), ("ask", "ask")):
                    taken.setdefault(f"{what}, ms", []).append(_in_turn(sides, [(work, question) for question in asked]))
    rows = [ratios(what, both, 1 if what == "ingest, s" else 1000) for what, both in taken.items()]
    if peers:
        rows += [_beside_peer("ingest, s", [peer["seconds"] for peer in peers], taken["ingest, s"], 1)]
        rows += [_beside_peer("search, ms", [peer["search"]["p50_ms"] for peer in peers], taken["search, ms"], 1000)]
    return rows


def _beside_peer(what: str, theirs: Sequence[float], ours: Sequence[tuple[Seconds, Seconds]], unit: float) -> dict[str, Any]:
    """This checkout beside plain LlamaIndex, by the clock."""
    own = [statistics.median(seconds[0] for seconds in here) * unit for here, _ in ours]
    single = [a / b for a, b in zip(own, theirs, strict=True)]
    return {
        "what": f"{what}, beside plain LlamaIndex",
        "here": round(statistics.median(own), 2),
        "beside": round(statistics.median(theirs), 2),
        "ratio": round(statistics.median(single), 3),
        "least and most of a round": (round(min(single), 3), round(max(single), 3)),
    }


def measure_scale(tree: Path, rounds: int, passages: int, home: Path) -> list[dict[str, Any]]:
    """Search among the saved pages and among `passages` made ones, here and in `tree`; what `home` holds is not made again."""
    rows: list[dict[str, Any]] = []
    works: dict[str, Callable[[Side], Any]] = {
        "pages": lambda side: side("ingest", *sources()),
        "made": lambda side: side("make", passages),
    }
    for name, work in works.items():
        homes = [home / side / name for side in _SIDES]
        for where, folder in zip((ROOT, tree), homes, strict=True):
            if not (folder / "library" / "CURRENT").exists():
                with Side(where, folder) as side:
                    work(side)
        taken: list[tuple[Seconds, Seconds]] = []
        peaks: list[list[int]] = []
        for _ in range(rounds):
            with ExitStack() as stack:
                sides = [stack.enter_context(Side(where, folder)) for where, folder in zip((ROOT, tree), homes, strict=True)]
                asked = _warm(sides, "search")
                taken.append(_in_turn(sides, [("search", question) for question in asked]))
                peaks.append([side("peak")[0] for side in sides])
        rows.append({"library": name} | ratios("search, ms", taken))
        own, other = (max(each[side] for each in peaks) for side in (0, 1))
        scale = 1e6 if sys.platform == "darwin" else 1e3
        rows.append({"library": name, "what": "peak memory, MB", "here": round(own / scale), "beside": round(other / scale)})
        rows[-1]["ratio"] = round(own / other, 3)
    return rows


def _warm(sides: Sequence[Side], work: str = "ask") -> list[str]:
    """Ask the first questions of each side; the others are to be timed."""
    asked = questions()
    for side in sides:
        side(work, *asked[:_WARM])
    return asked[_WARM:]


def _in_turn(sides: Sequence[Side], works: Sequence[tuple[Any, ...]]) -> tuple[Seconds, Seconds]:
    """Each work done by each side before the next work."""
    taken: tuple[Seconds, Seconds] = ([], [])
    for number, work in enumerate(works):
        order = (0, 1) if number % 2 == 0 else (1, 0)  # what comes second finds the caches of the processor as the first left them
        for place in order:
            taken[place].extend(sides[place](*work))
    return taken
