"""Models behind any OpenAI-compatible endpoint. The only user of openai and tiktoken."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.types import Chunk, Embedding, Query, Vectors

_BATCH = 64


class OpenAIEmbedder:
    """Embeddings of an OpenAI-compatible endpoint. The key comes from OPENAI_API_KEY; a local endpoint needs none."""

    window = 8191

    def __init__(self, model: str, base_url: str | None, timeout: float) -> None:
        """Embed with `model` at `base_url` (None: OPENAI_BASE_URL, else OpenAI's own).

        Raises:
            ModelError: no key is set and the endpoint is OpenAI's own.
        """
        import openai

        base_url = base_url or os.environ.get("OPENAI_BASE_URL")
        key = os.environ.get("OPENAI_API_KEY")
        if not key and not base_url:
            raise ModelError("OPENAI_API_KEY is not set; set it, or embedder.base_url to a local endpoint, or embedder.kind=minilm")
        self._where = base_url or "OpenAI"
        self._model = model
        self._client = openai.OpenAI(api_key=key or "none", base_url=base_url, timeout=timeout, max_retries=4)
        self._encoding = _encoding()
        self.name, self.fingerprint = self.identity(model)

    @staticmethod
    def identity(model: str) -> tuple[str, str]:
        """The name and the fingerprint of the embedder with this model."""
        return f"{model} (OpenAI-compatible)", f"openai-{model}"

    def count(self, text: str) -> int:
        """The tokens in `text`, by cl100k_base."""
        return len(self._encoding.encode(text, disallowed_special=()))

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of its parts, without any for tokens."""
        texts = [question, *(question[first:last] for first, last in parts)]
        return [Query(vector, np.zeros((0, 1), np.float32), ()) for vector in self._embed(texts)]

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks, without any for sentences and tokens: the endpoint gives one a text."""
        texts = [f"{title}. {chunk.text}" for title, chunk in zip(titles, chunks, strict=True)]
        vectors = [row for at in range(0, len(texts), _BATCH) for row in self._embed(texts[at : at + _BATCH])]
        none = np.zeros((0, 1), np.float32)
        return [Embedding(vector, none, none) for vector in vectors]

    def _embed(self, texts: list[str]) -> Vectors:
        import openai

        try:
            reply = self._client.embeddings.create(model=self._model, input=texts, encoding_format="float")
        except openai.AuthenticationError as exc:
            raise ModelError(f"{self._where} refuses the key in OPENAI_API_KEY; check it") from exc
        except openai.NotFoundError as exc:
            raise ModelError(f"{self._where} does not know the model {self._model!r}; check embedder.model") from exc
        except openai.APIStatusError as exc:
            raise ModelError(f"{self._where} answered {exc.status_code} to an embedding call; try again later") from exc
        except openai.APIConnectionError as exc:
            raise ModelError(f"{self._where} cannot be reached; check embedder.base_url and that the server runs") from exc
        vectors = np.array([row.embedding for row in sorted(reply.data, key=lambda row: row.index)], np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise ModelError(f"{self._where} gave {len(reply.data)} usable vectors for {len(texts)} texts; check embedder.model")
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _encoding() -> Any:
    """cl100k_base, from the copy that llama-index ships, so that counting needs no network."""
    spec = importlib.util.find_spec("llama_index.core")
    if spec and spec.origin:
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(Path(spec.origin).parent / "_static" / "tiktoken_cache"))
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")
