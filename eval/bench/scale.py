"""How fast and how large a library of 100,000 passages is, beside one of the saved pages; each in a process of its own.

The papers are made: sentences of the sample in a new order, with words swapped. So are most vectors, because the encoder
would take three quarters of an hour: the first passages are encoded, and the others get the vectors of one of these with
noise added. Questions are encoded as ever.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant import Assistant, text
from assistant.assistant import SAMPLE
from assistant.cli import progress
from assistant.library.ingest import ingest
from assistant.types import Chunk, Embedder, Embedding, Query, Vectors
from eval.bench.corpus import questions, sources
from eval.bench.postgres import Postgres
from eval.bench.process import child, peak_mb
from eval.runs import cases
from eval.runs.timing import quantiles, timed

ENCODED = 2000
"""Passages that the encoder reads."""
NOISE = 0.75
"""Length of what is added to a unit vector: its cosine with the sum is then about 0.8."""
PER_PAPER = 2
"""Passages of a made paper, roughly."""
_SENTENCES = (7, 11)
_SWAPPED = 0.2
"""Share of the words of a sentence."""
_BATCH = 1000
_SERVER = "dynamic_shared_memory_type=mmap\n"
"""The default needs /dev/shm, which is small or missing in containers."""
_NEW = 100
"""Papers taken in by one machine, and followed by another."""


def _made(name: str, passages: int, home: Path) -> Path:
    folder = home / name
    if not (folder / "library" / "CURRENT").exists():
        child("eval.bench.scale", name, str(folder), str(passages))
    return folder


def measure_store(passages: int, home: Path, store: str) -> dict[str, Any]:
    """A library of `passages` made ones moved to a database, and the library beside a copy; see `_shared`.

    Args:
        passages: the size of the library.
        home: where the library is made, unless it is there.
        store: the address of an empty database; "postgresql" for a server that is started for this.

    Returns:
        Seconds, milliseconds and counts by name.

    Raises:
        FileNotFoundError: a server is to be started, and PostgreSQL is not installed.
    """
    if store != "postgresql":
        return child("eval.bench.scale", store, str(_made("made", passages, home)))
    server = Postgres(_SERVER)
    try:
        return measure_store(passages, home, server.database())
    finally:
        server.close()


def measure(passages: int, home: Path) -> list[dict[str, Any]]:
    """A row for the saved pages and one for `passages` made ones; what `home` holds already is not made again."""
    rows: list[dict[str, Any]] = []
    for name in ("pages", "made"):
        folder = _made(name, passages, home)
        rows.append({"library": name} | child("eval.bench.scale", "search", str(folder)))
    return rows


def papers(count: int, seed: int = 0, swapped: float = _SWAPPED) -> Iterator[dict[str, str]]:
    """`count` made papers, the same for the same `seed`: title and abstract.

    Args:
        count: how many.
        seed: of what is drawn.
        swapped: share of the words of a sentence that are replaced.
    """
    rng = random.Random(seed)
    real = cases.papers(str(SAMPLE))
    sentences = [paper.abstract[a:b] for paper in real for a, b in text.sentences(paper.abstract)]
    # the words of the questions too, so that searching meets them as often as others
    words = (word for source in (*sentences, *questions()) for word in source.split())
    vocabulary = [word for word in words if word.isalpha() and word.casefold() not in text.STOP_WORDS]
    for _ in range(count):
        own = [_swapped(rng.choice(sentences), vocabulary, rng, swapped) for _ in range(rng.randint(*_SENTENCES))]
        name = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).capitalize()
        title = _swapped(rng.choice(real).title.rpartition(": ")[2], vocabulary, rng, 0.5)
        yield {"title": f"{name}: {title}", "abstract": " ".join(own)}


def _swapped(sentence: str, vocabulary: Sequence[str], rng: random.Random, share: float) -> str:
    """`sentence` with about a `share` of its words replaced; the last stays, for its stop."""
    *words, last = sentence.split()
    return " ".join([*(rng.choice(vocabulary) if rng.random() < share else word for word in words), last])


class Noisy:
    """An embedder that encodes the first passages and makes the vectors of the others out of theirs."""

    def __init__(self, real: Embedder, encoded: int = ENCODED) -> None:
        self._real = real
        self._encoded = encoded
        self._known: list[Embedding] = []
        self._rng = np.random.default_rng(0)
        self.name, self.fingerprint, self.window, self.scale = real.name, real.fingerprint, real.window, real.scale

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return self._real.count(text)

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question and its parts, encoded."""
        return self._real.query(question, parts)

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks: encoded as long as there are few, then made."""
        new = max(0, min(len(chunks), self._encoded - len(self._known)))
        encoded = self._real.chunks(titles[:new], chunks[:new])
        self._known += encoded
        return [*encoded, *map(self._made, chunks[new:])]

    def _made(self, chunk: Chunk) -> Embedding:
        known = self._known[int(self._rng.integers(len(self._known)))]
        # as many sentences as the chunk has: of those of the known passage, some twice or not at all
        sentences = np.resize(known.sentences, (len(chunk.sentences), known.sentences.shape[1]))
        return Embedding(self._near(known.vector), self._near(sentences), self._near(known.tokens))

    def _near(self, vectors: Vectors) -> Vectors:
        noise = self._rng.standard_normal(vectors.shape, np.float32) * (NOISE / vectors.shape[-1] ** 0.5)
        near = vectors + noise
        return near / np.linalg.norm(near, axis=-1, keepdims=True)


def make(home: Path, passages: int, flags: Sequence[str] = ()) -> None:
    """Write a library of about so many made passages."""
    file = home / "papers.jsonl"
    home.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(paper) + "\n" for paper in papers(passages // PER_PAPER))
    with Assistant.open(home, set=(f"ingest.batch={_BATCH}", "ingest.max_file=10000000000", *flags)) as assistant:
        take_in(assistant, file, Noisy(assistant.embedder))
    file.unlink()


def take_in(assistant: Assistant, file: Path, embedder: Embedder) -> None:
    """Make the library anew of the papers in `file`, with the vectors of another embedder than the assistant's own."""
    settings = assistant.settings
    with progress("papers") as moved:
        ingest(
            [str(file)],
            assistant.library,
            lambda: embedder,
            settings=settings.ingest,
            chunk_tokens=settings.chunk.tokens,
            wait=0,
            fresh=True,
            progress=moved,
        )


def search(home: Path, flags: Sequence[str] = ()) -> dict[str, Any]:
    """Milliseconds of a search for ten papers, megabytes of this process at its largest and of the library."""
    asked = questions()
    with Assistant.open(home, set=flags) as assistant:
        for question in asked[:10]:
            assistant.search(question)
        times = timed(assistant.search, asked)
        status = assistant.status()
    sizes = {"papers": status.papers, "passages": status.chunks}
    return sizes | times | {"peak_mb": peak_mb(), "disk_mb": round(status.bytes / 1e6)}


def _shared(home: Path, url: str) -> dict[str, Any]:
    """Seconds of the moves between a library, a database and copies; searches and ingests of both."""
    figures: dict[str, Any] = {}
    sent: list[float] = []

    def moved(done: int, total: int) -> None:
        if 2 * done == total and not sent:
            sent.append(time.perf_counter() - began)
        shown(done, total)

    with Assistant.open(home) as own, progress("papers sent and copied back") as shown:
        began = time.perf_counter()
        report = own.migrate(url, moved)
    figures |= {"papers": report.papers, "passages": report.chunks, "searches equal": report.searches - report.differing}
    figures["library to database, s"] = round(sent[0], 1)
    shared = [f"store.url={url}"]
    figures["database to a new copy, s"] = _brought_level(home / "other", shared)
    file = home / "new.jsonl"
    # others than those of a run before, which the library keeps
    file.write_text("".join(json.dumps(paper) + "\n" for paper in papers(_NEW, seed=report.papers)), "utf-8")
    with Assistant.open(home) as own, Assistant.open(home, set=shared) as group:
        both = {"library": own, "copy": group}
        figures |= _in_turn(both, questions())
        for name, assistant in both.items():
            began, used = time.perf_counter(), time.process_time()
            assistant.ingest(file)
            figures[f"ingest of {_NEW} papers, {name}, s"] = round(time.perf_counter() - began, 1)
            figures[f"ingest of {_NEW} papers, {name}, processor s"] = round(time.process_time() - used, 1)
    figures[f"these {_NEW} papers to another copy, s"] = _brought_level(home / "other", shared)
    return figures


def _brought_level(home: Path, shared: Sequence[str]) -> float:
    """The seconds that a copy takes to follow the database."""
    with Assistant.open(home, set=shared) as assistant:
        began = time.perf_counter()
        assistant.library.in_force()
        return round(time.perf_counter() - began, 1)


def _in_turn(assistants: dict[str, Assistant], asked: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a search, of the clock and of the processor: each question of each assistant, the first one in turns."""
    clock: dict[str, list[float]] = {name: [] for name in assistants}
    processor: dict[str, list[float]] = {name: [] for name in assistants}
    for assistant in assistants.values():
        for question in asked[:10]:
            assistant.search(question)
    order = [*assistants.items()]
    for question in asked:
        for name, assistant in order:
            began, used = time.perf_counter(), time.process_time()
            assistant.search(question)
            clock[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - used)
        order.reverse()
    return {
        f"search of the {name}, {kind}{key}": value
        for name in assistants
        for kind, times in (("", clock), ("processor ", processor))
        for key, value in quantiles(times[name]).items()
    }


def _work(what: str, home: Path, passages: int = 0) -> dict[str, Any]:
    match what:
        case "pages":
            with Assistant.open(home) as assistant:
                assistant.ingest(*sources())
        case "made":
            make(home, passages)
        case url if "://" in url:
            return _shared(home, url)
        case _:
            return search(home)
    return {}


if __name__ == "__main__":
    print(json.dumps(_work(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))))
