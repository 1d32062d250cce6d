"""Embedders on this machine: what all of ONNX Runtime share, the packaged MiniLM, and a fake one for tests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.models import onnx_graph
from assistant.types import NO_ROWS, Chunk, Embedding, Query, Scale, Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH_TOKENS = 1024
"""A batch holds at most this many tokens, padding included. Larger batches are no faster on a few cores, and cost memory."""
_AT_ONCE = 8
"""At most this many batches are computed at a time; each takes some 30 MB."""


class Local:
    """An encoder on ONNX Runtime. Sentences get vectors of their own out of the same pass (late chunking)."""

    window: int
    scale = Scale()
    _OVERHEAD = 2  # a token in front and one behind
    _prompts = ("", "")
    """The text in front of a question, and that in front of a passage."""
    _pools_prompt = True
    _at_once = 1
    """How many batches are computed at a time."""

    def _load(self, graph: Path, tokenizer: Path, threads: int) -> None:
        self._tokenizer = tokenizer_of(tokenizer)
        self._session = session(graph, threads)
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        special = {token.content for token in self._tokenizer.get_added_tokens_decoder().values() if token.special}
        self._content = np.zeros(max(vocabulary.values()) + 1, bool)
        self._content[[number for token, number in vocabulary.items() if token not in special and _is_content(token)]] = True

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of its parts, out of one pass; what is past the window is not read."""
        asked = self._prompts[0] + question
        lead = len(asked) - len(question)
        encoded = self._tokenizer.encode(self._read(asked))
        ids = encoded.ids
        most = self.window + self._OVERHEAD
        ids = ids[: most - 1] + ids[-1:] if len(ids) > most else ids
        offsets, word_ids = encoded.offsets, encoded.word_ids  # each access makes a new list
        inner = [i for i in range(1, len(ids) - 1) if offsets[i][1] > lead]
        members = [list(range(len(ids))) if self._pools_prompt else [*inner, len(ids) - 1]]
        members += [[i for i in inner if first <= offsets[i][0] - lead < last] or members[0] for first, last in parts]
        pool = np.zeros((1, len(members), len(ids)), np.float32)
        for row, own in enumerate(members):
            pool[0, row, own] = 1 / len(own)
        vectors, tokens = self._run([ids], pool)
        words: dict[int, str] = {}
        for i in inner:
            word = word_ids[i]
            span = encoded.word_to_chars(word) if word is not None and self._content[ids[i]] else None
            if span:
                words[i] = asked[max(lead, span[0]) : span[1]].strip()
        queries: list[Query] = []
        for vector, own in zip(vectors[0], members, strict=True):
            kept = [i for i in own if i in words]
            queries.append(Query(vector, tokens[0, kept], tuple(words[i] for i in kept)))
        return queries

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks, of their sentences and of their tokens."""
        encoded = [self.encode(title, chunk) for title, chunk in zip(titles, chunks, strict=True)]
        made = batches([len(each.ids) for each in encoded])

        def embed(batch: list[int]) -> list[Embedding]:
            return self._embedded([encoded[i] for i in batch])

        at_once = min(self._at_once, len(made))
        if at_once > 1:
            with ThreadPoolExecutor(at_once) as pool:
                found = list(pool.map(embed, made))
        else:
            found = list(map(embed, made))
        results = {i: each for batch, own in zip(made, found, strict=True) for i, each in zip(batch, own, strict=True)}
        return [results[i] for i in range(len(encoded))]

    def _embedded(self, batch: Sequence[Encoded]) -> list[Embedding]:
        """The vectors of chunks out of one pass."""
        width = max(len(each.ids) for each in batch)
        pool = np.zeros((len(batch), max(len(each.ranges) for each in batch), width), np.float32)
        for row, each in enumerate(batch):
            for column, (first, last) in enumerate(each.ranges):
                pool[row, column, first:last] = 1 / (last - first)
        vectors, tokens = self._run([each.ids for each in batch], pool)
        return [
            Embedding(
                vectors[row, 0].copy(),
                vectors[row, 1 : len(ranges)].copy(),
                tokens[row, lead : len(ids)][self._content[ids[lead:]]],
            )
            for row, (ids, ranges, lead) in enumerate(batch)
        ]

    def _read(self, content: str) -> str:
        """A text as the encoder reads it, of the same length."""
        return content

    def encode(self, title: str, chunk: Chunk) -> Encoded:
        """The tokens of a chunk behind its title, as far as the window goes."""
        raise NotImplementedError

    def _run(self, rows: list[list[int]], pool: Vectors) -> tuple[Vectors, Vectors]:
        """The pooled vectors [rows, vectors, dimensions] and the tokens [rows, tokens, fewer dimensions], each of length 1."""
        raise NotImplementedError


class Encoded(NamedTuple):
    """A chunk behind its title, as tokens."""

    ids: list[int]
    ranges: list[tuple[int, int]]
    """The tokens to pool: the whole, then each sentence."""
    lead: int = 1
    """The tokens in front that are none of title or chunk."""


class MiniLM(Local):
    """all-MiniLM-L6-v2 on ONNX Runtime."""

    window = onnx_graph.WINDOW - 2

    def __init__(self, cache: Path, precision: str = "int8", threads: int = 0, weights: Path | None = None) -> None:
        """Load the graph from `cache`, building it there first where it is not there.

        Args:
            cache: folder for built graphs.
            precision: "int8" or "fp32".
            threads: batches to compute at a time, a thread each; 0 for one a core.
            weights: folder with model.safetensors and tokenizer.json; None to find them.

        Raises:
            ModelError: the weights are nowhere, or are not the published ones.
        """
        graph, tokenizer = onnx_graph.load(cache, precision, weights)
        # a second thread answers a question in 2.4 ms instead of 3.6 where a core is idle, and takes 6.4 ms of processor time
        # instead of 3.9 everywhere; two batches side by side take seven eighths of the time of two threads in one
        self._load(graph, tokenizer, 1)
        self._at_once = threads or min(_cores(), _AT_ONCE)
        self.name, self.fingerprint = self.identity(precision)

    @staticmethod
    def identity(precision: str) -> tuple[str, str]:
        """The name and the fingerprint of the embedder at this precision."""
        fingerprint = f"minilm-{precision}-{onnx_graph.WEIGHTS_SHA256[:12]}-v{onnx_graph.GRAPH_FORMAT}"
        return f"all-MiniLM-L6-v2 ({precision}, ONNX Runtime)", fingerprint

    def tokens(self, content: str) -> Vectors:
        """The full vectors [content tokens, 384] of the tokens of a text, as far as the window goes."""
        ids = self._tokenizer.encode(content).ids[: onnx_graph.WINDOW]
        vectors, _ = self._run([ids], np.eye(len(ids), dtype=np.float32)[None])
        return vectors[0][self._content[ids]]

    def encode(self, title: str, chunk: Chunk) -> Encoded:
        """The tokens of a chunk behind its title, as far as the window goes."""
        head = self._tokenizer.encode(f"{title}. ", add_special_tokens=False).ids
        body = self._tokenizer.encode(chunk.text, add_special_tokens=False)
        cls, *_, sep = self._tokenizer.encode("").ids
        head = head[: max(0, self.window - len(body.ids))]  # a chunk fits the window; of a long title what room is left
        ids = [cls, *head, *body.ids[: self.window], sep]
        starts = [chunk.start + first for first, _ in body.offsets[: self.window]]
        return Encoded(ids, ranges(chunk, starts, 1 + len(head), (0, len(ids))))

    def _run(self, rows: list[list[int]], pool: Vectors) -> tuple[Vectors, Vectors]:
        ids, mask = padded(rows)
        vectors, tokens = self._session.run(None, {"ids": ids, "mask": mask, "pool": pool})
        return vectors, tokens


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def session(graph: Path, threads: int = 0) -> Any:
    """A session of ONNX Runtime, which is not typed, for the graph in a file; `threads` of 0 are one a core."""
    import onnxruntime

    options = cast("Any", onnxruntime).SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # it would keep the memory of the largest batch for good
    # threads that wait busily make a question a third faster, and between questions they would take a core from others
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return cast("Any", onnxruntime).InferenceSession(
        str(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=onnx_graph.SLOW_FUSIONS
    )


def tokenizer_of(path: Path) -> Tokenizer:
    """The tokenizer in a file, which neither cuts nor pads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def padded(
    rows: Sequence[Sequence[int]], padding: int = 0, width: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ids and mask [rows, tokens] of texts, the shorter ones padded to the longest, or to `width`."""
    width = width or max(map(len, rows))
    ids = np.full((len(rows), width), padding, np.int32)
    mask = np.zeros((len(rows), width), np.int32)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def ranges(chunk: Chunk, starts: Sequence[int], lead: int, whole: tuple[int, int]) -> list[tuple[int, int]]:
    """The tokens of the whole, then those of each sentence of a chunk; the whole for a sentence past the window.

    Args:
        chunk: the chunk.
        starts: the offset in the abstract of each token of the chunk.
        lead: the tokens in front of these.
        whole: the first token of the whole, and that behind its last one.

    Returns:
        The first token of each, and that behind its last one.
    """
    found = [whole]
    for first, last in chunk.sentences:
        low, high = np.searchsorted(starts, [first, last])
        found.append((lead + int(low), lead + int(high)) if high > low else whole)
    return found


def _is_content(token: str) -> bool:
    token = token.lstrip("\u0120\u2581").lower()  # the marks of a space of byte-level and of unigram tokenizers
    if token in text.STOP_WORDS:
        return False
    return token.isalnum() or (not token.startswith("[") and any(char.isalnum() for char in token))


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of texts grouped by length, so that little of a batch is padding."""
    made: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if made and (len(made[-1]) + 1) * lengths[i] <= BATCH_TOKENS:
            made[-1].append(i)
        else:
            made.append([i])
    return made


class FakeEmbedder:
    """For tests: a text's vector is the normalised sum of a fixed random direction for each of its content words."""

    name = "fake (hashed words, for tests)"
    fingerprint = "fake-v1"
    window = 254
    scale = Scale()

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return len(text.split())

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of its parts."""
        texts = [question, *(question[first:last] for first, last in parts)]
        return [Query(self._vector(content), NO_ROWS, ()) for content in texts]

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks and of their sentences."""
        return [
            Embedding(
                self._vector(f"{title} {chunk.text}"),
                np.array([self._vector(chunk.text[a - chunk.start : b - chunk.start]) for a, b in chunk.sentences]),
                NO_ROWS,
            )
            for title, chunk in zip(titles, chunks, strict=True)
        ]

    def _vector(self, content: str) -> Vectors:
        rows = [np.ones(64, np.float32) * 1e-3]
        for word in text.content_words(content):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
            rows.append(np.random.default_rng(seed).standard_normal(64).astype(np.float32))
        total: Vectors = np.sum(rows, axis=0)
        return total / np.float32(np.linalg.norm(total))
