"""Three processes that share a library by PostgreSQL: two ask, one takes papers in and removes some, each with a copy of its own.

    python -m eval.bench.group URL SECONDS [FOLDER]

URL names an empty database. It prints what was asked and published, and ends with an error where a quote is no slice of its
abstract, a call fails, or the copies differ at the end.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from assistant import Assistant
from assistant.assistant import SAMPLE
from eval.bench.corpus import questions
from eval.bench.scale import papers
from eval.runs.timing import quantiles


def ask(home: Path, url: str, seconds: float, seed: int) -> dict[str, Any]:
    """Ask for some seconds; how many questions, their milliseconds, and the generations seen."""
    rng, asked, times, seen = random.Random(seed), questions(), list[float](), set[int]()
    end = time.monotonic() + seconds
    with Assistant.open(home, set=[f"store.url={url}"]) as assistant:
        while time.monotonic() < end:
            began = time.perf_counter()
            answer = assistant.ask(rng.choice(asked))
            times.append(time.perf_counter() - began)
            for source in answer.sources:
                assert source.paper.abstract[source.start : source.end] == source.quote, "a quote is no slice of its abstract"
            seen.add(assistant.status().generation)
        time.sleep(5)  # the last generation comes
        sums = assistant.library.read(lambda snapshot: snapshot.index.sums())
    figures = {key: round(value, 1) for key, value in quantiles(times).items()}
    return {
        "questions": len(times),
        "generations seen": len(seen),
        "longest, ms": round(1000 * max(times)),
        **figures,
        "sums": sums,
    }


def write(home: Path, url: str, seconds: float) -> dict[str, Any]:
    """Take made papers in and remove some of them, for some seconds; how many generations."""
    end, published = time.monotonic() + seconds, 0
    made = papers(100_000, seed=7)
    home.mkdir(parents=True, exist_ok=True)
    file = home / "new.jsonl"
    with Assistant.open(home, set=[f"store.url={url}"]) as assistant:
        while time.monotonic() < end:
            new = [next(made) for _ in range(3)]
            file.write_text("".join(json.dumps(paper) + "\n" for paper in new), "utf-8")
            added = assistant.ingest(file).added
            assistant.remove(*added[:2])
            published += 2
        sums = assistant.library.read(lambda snapshot: snapshot.index.sums())
    return {"generations": published, "sums": sums}


def main(url: str, seconds: float, folder: Path) -> None:
    """Run the three, and compare their copies at the end."""
    with Assistant.open(folder / "first", set=[f"store.url={url}"]) as assistant:
        assistant.ingest(SAMPLE)
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:  # which tells where a process ends
        jobs = [pool.submit(ask, folder / f"asks{seed}", url, seconds, seed) for seed in (1, 2)]
        jobs.append(pool.submit(write, folder / "writes", url, seconds))
        told = [job.result() for job in jobs]
    sums = [each.pop("sums") for each in told]
    assert sums[0] == sums[1] == sums[2], "the copies differ"
    sys.stdout.write("".join(json.dumps(each) + "\n" for each in told))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp()))
