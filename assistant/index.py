"""The vector index in Chroma: the one place that everything an answer needs is kept. The only user of chromadb.

A record is a chunk: its vector, offsets and sentence vectors; the first chunk of a paper also carries the paper itself,
and is written last, so that a paper whose first chunk is there is there whole.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.chunk import chunk_id
from assistant.errors import AssistantError, ConfigError, LibraryCorrupt, storage_errors
from assistant.types import Paper, Record, Vectors, Where

FILTERS = ("page", "date", "year", "paper", "source")
"""What `where` may name."""
_SYNC = 100
"""Chroma writes its graph to disk every so many changes; a process that opens the store replays what came after."""
_PAGE = 1000
"""Rows asked for at a time: Chroma refuses queries with very many ids."""


class Entry(NamedTuple):
    """A chunk as read back."""

    id: str
    paper: Paper
    number: int
    start: int
    end: int
    spans: tuple[tuple[int, int], ...]
    """Offsets of its sentences in the abstract."""
    chunks: int
    """Chunks of the paper."""
    vector: Vectors
    """[dimensions]"""
    sentences: NDArray[np.int8]
    """[sentences, dimensions], unit vectors times 127, or no rows."""

    @property
    def text(self) -> str:
        """The chunk's text."""
        return self.paper.abstract[self.start : self.end]


class Head(NamedTuple):
    """What the first chunk of a paper tells of all of it."""

    paper: Paper
    chunks: int


class Index:
    """A collection of chunks in a folder."""

    def __init__(self, folder: Path, name: str, *, create: bool = False) -> None:
        """Open the collection `name` in `folder`.

        Raises:
            LibraryCorrupt: Chroma cannot read what is there.
        """
        import chromadb
        from chromadb.config import Settings

        self._folder = folder
        with _guard(folder):
            self._client: Any = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
            if create:
                configuration: Any = {"hnsw": {"space": "cosine", "sync_threshold": _SYNC, "ef_search": 128}}
                self._collection = self._client.create_collection(name, configuration=configuration, embedding_function=None)
            else:
                self._collection = self._client.get_collection(name, embedding_function=None)

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()

    def count(self) -> int:
        """The chunks held."""
        with _guard(self._folder):
            return self._collection.count()

    def write(self, records: Sequence[Record]) -> None:
        """Insert or replace chunks; all chunks of a paper must come in one call."""
        counts: dict[str, int] = {}
        for record in records:
            counts[record.paper.id] = counts.get(record.paper.id, 0) + 1
        first = [record for record in records if record.chunk.number == 0]
        rest = [record for record in records if record.chunk.number > 0]
        for group in (rest, first):
            if group:
                with _guard(self._folder):
                    self._collection.upsert(
                        ids=[record.chunk.id for record in group],
                        embeddings=np.array([record.embedding.vector for record in group]),
                        metadatas=[_metadata(record, counts[record.paper.id]) for record in group],
                    )

    def retag(self, heads: Sequence[Head]) -> None:
        """Store papers anew whose text is unchanged: their pages, date, link."""
        for numbers in ((1, None), (0, 1)):  # the first chunk last, as in write
            ids, metadatas = list[str](), list[Any]()
            for head in heads:
                for number in range(head.chunks)[slice(*numbers)]:
                    ids.append(chunk_id(head.paper.id, number))
                    metadatas.append(_tags(head.paper) | (_whole(head) if number == 0 else {}))
            if ids:
                with _guard(self._folder):
                    self._collection.update(ids=ids, metadatas=metadatas)

    def remove(self, ids: Sequence[str]) -> None:
        """Delete chunks."""
        if ids:
            with _guard(self._folder):
                self._collection.delete(ids=list(ids))

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        """Those of the papers that are there, by id."""
        wanted = [chunk_id(paper_id, 0) for paper_id in paper_ids]
        found: dict[str, Head] = {}
        for at in range(0, len(wanted), _PAGE):
            for metadata in self._metadatas(ids=wanted[at : at + _PAGE]):
                paper = Paper.model_validate_json(metadata["whole"])
                found[paper.id] = Head(paper, metadata["chunks"])
        return found

    def papers(self) -> Iterator[Paper]:
        """Every paper, in the order in which they came in."""
        offset = 0
        while page := self._metadatas(where={"number": 0}, limit=_PAGE, offset=offset):
            yield from (Paper.model_validate_json(metadata["whole"]) for metadata in page)
            offset += len(page)

    def nearest(self, vector: Vectors, n: int, where: Where | None = None) -> list[tuple[str, float]]:
        """Ids and cosines of the `n` chunks nearest to `vector`, nearest first."""
        with _guard(self._folder):
            reply = self._collection.query(
                query_embeddings=vector[None], n_results=n, where=_condition(where), include=["distances"]
            )
        distances = reply["distances"]
        assert distances is not None
        return [(key, 1 - distance) for key, distance in zip(reply["ids"][0], distances[0], strict=True)]

    def ids(self, where: Where | None = None) -> list[str]:
        """The ids of all chunks that a filter lets through."""
        with _guard(self._folder):
            return self._collection.get(where=_condition(where), include=[])["ids"]

    def load(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks with these ids, in their order; ids that are not there are left out."""
        entries: dict[str, Entry] = {}
        for at in range(0, len(ids), _PAGE):
            wanted = ids[at : at + _PAGE]
            papers = self.heads({key.rsplit("#", 1)[0] for key in wanted})
            with _guard(self._folder):
                reply = self._collection.get(ids=list(wanted), include=["metadatas", "embeddings"])
            vectors: Any = reply["embeddings"]
            for key, metadata, vector in zip(reply["ids"], reply["metadatas"] or [], vectors, strict=True):
                head = papers.get(key.rsplit("#", 1)[0])
                if head:
                    entries[key] = _entry(key, metadata, vector, head)
        return [entries[key] for key in ids if key in entries]

    def _metadatas(self, **query: Any) -> list[Any]:
        with _guard(self._folder):
            return list(self._collection.get(include=["metadatas"], **query)["metadatas"] or [])


def _metadata(record: Record, chunks: int) -> dict[str, Any]:
    chunk = record.chunk
    metadata = _tags(record.paper) | {
        "number": chunk.number,
        "start": chunk.start,
        "end": chunk.end,
        "spans": json.dumps(chunk.sentences, separators=(",", ":")),
        "sentences": _pack(record.embedding.sentences),
    }
    return metadata | (_whole(Head(record.paper, chunks)) if chunk.number == 0 else {})


def _whole(head: Head) -> dict[str, Any]:
    return {"whole": head.paper.model_dump_json(exclude_defaults=True), "chunks": head.chunks}


def _tags(paper: Paper) -> dict[str, Any]:
    """What filters look at; Chroma takes no empty lists and keeps no None."""
    dates = sorted({date for date in (paper.date, *(page.date for page in paper.pages)) if date})
    years = sorted({date[:4] for date in dates if date[:4].isdigit()})
    tags = {"page": [page.name for page in paper.pages], "date": dates, "year": years}
    return {key: values for key, values in tags.items() if values} | {"paper": paper.id, "source": paper.source}


def _condition(where: Where | None) -> Any:
    """A filter in Chroma's words.

    Raises:
        ConfigError: it names something that cannot be filtered by.
    """
    if not where:
        return None
    conditions: list[dict[str, Any]] = []
    for key, value in where.items():
        if key not in FILTERS:
            raise ConfigError(f"cannot filter by {key!r}; use one of: {', '.join(FILTERS)}")
        conditions.append({key: str(value) if key in ("paper", "source") else {"$contains": str(value)}})
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def _entry(key: str, metadata: Any, vector: Any, head: Head) -> Entry:
    packed = np.frombuffer(base64.b85decode(metadata["sentences"]), np.int8)
    return Entry(
        id=key,
        paper=head.paper,
        number=metadata["number"],
        start=metadata["start"],
        end=metadata["end"],
        spans=tuple((a, b) for a, b in json.loads(metadata["spans"])),
        chunks=head.chunks,
        vector=np.asarray(vector, np.float32),
        sentences=packed.reshape(-1, len(vector)),
    )


def _pack(vectors: Vectors) -> str:
    """Unit vectors as text, a byte a number: the cosine errs by less than 0.003, and they only rank sentences."""
    return base64.b85encode(np.round(vectors * 127).astype(np.int8).tobytes()).decode()


@contextmanager
def _guard(folder: Path) -> Generator[None]:
    """Chroma's errors as ours."""
    try:
        with storage_errors(folder):
            yield
    except (AssistantError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as exc:  # Chroma's engine also panics, and a panic is no Exception
        said = (str(exc).splitlines() or ["no message"])[0]
        raise LibraryCorrupt(
            f"the index in {str(folder)!r} is damaged ({type(exc).__name__}: {said}); "
            "build it again with: assistant ingest --fresh SOURCES (the damaged one is kept beside it)"
        ) from exc
