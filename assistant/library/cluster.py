"""The work of an ingest spread over a cluster of Ray: reading, cleaning, chunking and embedding. The only user of Ray.

The process that was started reads the results in order, merges records and writes, as it does without a cluster. A task whose
worker is killed runs again elsewhere, and nothing of a task is written before it has ended.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assistant.config import IngestSettings
from assistant.errors import LibraryError
from assistant.library.ingest import items, records
from assistant.types import Embedder, Paper, Record, Rejection

_AHEAD = 2
"""So many tasks for each processor are given out before their results are taken."""
_LARGE = 16_000_000
"""A file with more bytes is read where the ingest was started, a paper at a time."""
_made: dict[bytes, Embedder] = {}
"""The embedder of this worker, by what makes it."""


class Cluster:
    """Gives work to Ray; see `ingest.Engine`."""

    def __init__(self, ray: Any, embedder: Callable[[], Embedder]) -> None:
        """Take Ray, connected, and what makes the embedder of a worker, which is sent there."""
        self._ray = ray
        self._embedder = pickle.dumps(embedder)
        self._ahead = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._read = ray.remote(max_retries=-1)(_read)
        self._work = ray.remote(max_retries=-1)(_worked)

    def items(self, files: Sequence[str], settings: IngestSettings) -> Iterator[Paper | Rejection]:
        """Read files, which each worker has to find under the same names."""
        folder = os.getcwd()
        small = [os.path.isfile(file) and os.path.getsize(file) <= _LARGE for file in files]
        tasks = (
            (lambda name=file: self._read.remote(folder, name, settings)) if near else None
            for file, near in zip(files, small, strict=True)
        )
        for file, found in zip(files, self._in_order(tasks), strict=True):
            yield from items(file, settings) if found is None else found

    def records(self, batches: Iterable[Sequence[Paper]], chunk_tokens: int) -> Iterator[list[Record]]:
        """Chunk and embed papers, a task for each batch."""
        tasks = (
            (lambda papers=batch: self._work.remote(self._embedder, papers, chunk_tokens)) if batch else None for batch in batches
        )
        return (found or [] for found in self._in_order(tasks))

    def _in_order(self, tasks: Iterable[Callable[[], Any] | None]) -> Iterator[Any]:
        """The results of tasks, with None where there is none to do; some tasks are ahead of the result that is taken."""
        going: deque[Any] = deque()
        for task in tasks:
            going.append(task and task())
            if len(going) > self._ahead:
                yield self._result(going.popleft())
        while going:
            yield self._result(going.popleft())

    def _result(self, task: Any) -> Any:
        if task is None:
            return None
        try:
            return self._ray.get(task)
        except self._ray.exceptions.RayTaskError as exc:
            raise exc.cause from exc
        except self._ray.exceptions.RayError as exc:
            raise LibraryError(f"the cluster of Ray failed: {type(exc).__name__}; see its log, and run the ingest again") from exc


def _read(folder: str, file: str, settings: IngestSettings) -> list[Paper | Rejection]:
    """The papers of a file, whose name is one within a folder."""
    os.chdir(folder)
    return list(items(file, settings))


def _worked(embedder: bytes, papers: Sequence[Paper], chunk_tokens: int) -> list[Record]:
    """The chunks of papers with their vectors, by the embedder that this worker keeps."""
    if embedder not in _made:
        _made.clear()
        _made[embedder] = pickle.loads(embedder)()
    return records(papers, _made[embedder], chunk_tokens)


@contextmanager
def connected(embedder: Callable[[], Embedder]) -> Generator[Cluster]:
    """Connect to the cluster that RAY_ADDRESS names, or start one on this machine, which ends behind the block.

    Args:
        embedder: makes the embedder of a worker; it is pickled.

    Yields:
        The engine of an ingest.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray: Any = importlib.import_module("ray")
    there = ray.is_initialized()
    if not there:
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False, logging_level=logging.ERROR)
    try:
        yield Cluster(ray, embedder)
    finally:
        if not there:
            ray.shutdown()
