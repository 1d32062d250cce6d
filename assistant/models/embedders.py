"""Embedders on this machine: the packaged MiniLM on ONNX Runtime, and a fake one for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from assistant import text
from assistant.models import onnx_graph
from assistant.types import NO_ROWS, Chunk, Embedding, Query, Vectors

BATCH_TOKENS = 1024
"""A batch holds at most this many tokens, padding included. Larger batches are no faster on a few cores, and cost memory."""


class MiniLM:
    """all-MiniLM-L6-v2 on ONNX Runtime. Sentences get vectors of their own out of the same pass (late chunking)."""

    window = onnx_graph.WINDOW - 2
    _OVERHEAD = 2  # [CLS] in front and [SEP] behind

    def __init__(self, cache: Path, precision: str = "int8", threads: int = 0, weights: Path | None = None) -> None:
        """Load the graph from `cache`, building it there first where it is not there.

        Args:
            cache: folder for built graphs.
            precision: "int8" or "fp32".
            threads: threads to compute with; 0 for one a core.
            weights: folder with model.safetensors and tokenizer.json; None to find them.

        Raises:
            ModelError: the weights are nowhere, or are not the published ones.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        graph, tokenizer = onnx_graph.load(cache, precision, weights)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = cast("Any", onnxruntime).SessionOptions()  # the package is not typed
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        options.enable_cpu_mem_arena = False  # it would keep the memory of the largest batch for good
        # threads that wait busily make a question a third faster, and between questions they would take a core from others
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session: Any = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=onnx_graph.SLOW_FUSIONS
        )
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        self._content = np.zeros(len(vocabulary), bool)
        self._content[[number for token, number in vocabulary.items() if _is_content(token)]] = True
        self.name, self.fingerprint = self.identity(precision)

    @staticmethod
    def identity(precision: str) -> tuple[str, str]:
        """The name and the fingerprint of the embedder at this precision."""
        fingerprint = f"minilm-{precision}-{onnx_graph.WEIGHTS_SHA256[:12]}-v{onnx_graph.GRAPH_FORMAT}"
        return f"all-MiniLM-L6-v2 ({precision}, ONNX Runtime)", fingerprint

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of its parts, out of one pass; what is past the window is not read."""
        encoded = self._tokenizer.encode(question)
        ids = encoded.ids
        ids = ids[: onnx_graph.WINDOW - 1] + ids[-1:] if len(ids) > onnx_graph.WINDOW else ids
        inner, offsets, word_ids = range(1, len(ids) - 1), encoded.offsets, encoded.word_ids  # each access makes a new list
        members = [list(range(len(ids)))]
        members += [[i for i in inner if first <= offsets[i][0] < last] or members[0] for first, last in parts]
        pool = np.zeros((1, len(members), len(ids)), np.float32)
        for row, own in enumerate(members):
            pool[0, row, own] = 1 / len(own)
        vectors, tokens = self._run([ids], pool)
        words: dict[int, str] = {}
        for i in inner:
            word = word_ids[i]
            span = encoded.word_to_chars(word) if word is not None and self._content[ids[i]] else None
            if span:
                words[i] = question[slice(*span)]
        queries: list[Query] = []
        for vector, own in zip(vectors[0], members, strict=True):
            kept = [i for i in own if i in words]
            queries.append(Query(vector, tokens[0, kept], tuple(words[i] for i in kept)))
        return queries

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks, of their sentences and of their tokens."""
        encoded = [self._encode(title, chunk) for title, chunk in zip(titles, chunks, strict=True)]
        results: list[Embedding | None] = [None] * len(encoded)
        for batch in _batches([len(ids) for ids, _ in encoded]):
            width = max(len(encoded[i][0]) for i in batch)
            pool = np.zeros((len(batch), max(len(encoded[i][1]) for i in batch), width), np.float32)
            for row, i in enumerate(batch):
                for column, (first, last) in enumerate(encoded[i][1]):
                    pool[row, column, first:last] = 1 / (last - first)
            vectors, tokens = self._run([encoded[i][0] for i in batch], pool)
            for row, i in enumerate(batch):
                ids, ranges = encoded[i]
                own = tokens[row, : len(ids)][self._content[ids]]
                results[i] = Embedding(vectors[row, 0].copy(), vectors[row, 1 : len(ranges)].copy(), own)
        return [result for result in results if result is not None]

    def tokens(self, content: str) -> Vectors:
        """The full vectors [content tokens, 384] of the tokens of a text, as far as the window goes."""
        ids = self._tokenizer.encode(content).ids[: onnx_graph.WINDOW]
        vectors, _ = self._run([ids], np.eye(len(ids), dtype=np.float32)[None])
        return vectors[0][self._content[ids]]

    def _encode(self, title: str, chunk: Chunk) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids of title and chunk, and the token ranges to pool: the whole, then each sentence."""
        head = self._tokenizer.encode(f"{title}. ", add_special_tokens=False).ids
        body = self._tokenizer.encode(chunk.text, add_special_tokens=False)
        cls, *_, sep = self._tokenizer.encode("").ids
        head = head[: max(0, self.window - len(body.ids))]  # a chunk fits the window; of a long title what room is left
        ids = [cls, *head, *body.ids[: self.window], sep]
        starts = [chunk.start + first for first, _ in body.offsets[: self.window]]
        ranges = [(0, len(ids))]
        for first, last in chunk.sentences:
            low, high = np.searchsorted(starts, [first, last])
            offset = 1 + len(head)
            ranges.append((offset + int(low), offset + int(high)) if high > low else ranges[0])
        return ids, ranges

    def _run(self, rows: list[list[int]], pool: Vectors) -> tuple[Vectors, Vectors]:
        width = max(map(len, rows))
        ids, mask = np.zeros((2, len(rows), width), np.int32)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        vectors, tokens = self._session.run(None, {"ids": ids, "mask": mask, "pool": pool})
        return vectors, tokens


def _is_content(token: str) -> bool:
    if token in text.STOP_WORDS:
        return False
    return token.isalnum() or (not token.startswith("[") and any(char.isalnum() for char in token))


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of texts grouped by length, so that little of a batch is padding."""
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and (len(batches[-1]) + 1) * lengths[i] <= BATCH_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


class FakeEmbedder:
    """For tests: a text's vector is the normalised sum of a fixed random direction for each of its content words."""

    name = "fake (hashed words, for tests)"
    fingerprint = "fake-v1"
    window = 254

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
