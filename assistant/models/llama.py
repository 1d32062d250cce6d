"""Models of LlamaIndex for the assistant: an LLM as a language model, an embedding as an embedder."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import LLM

from assistant import cancel
from assistant.errors import EmptyReply, ModelError
from assistant.models import tokens
from assistant.models.reasoning import Listener
from assistant.models.streams import stopped
from assistant.text import paired
from assistant.types import NO_ROWS, Chunk, Embedding, Message, Query, Reply, Scale, Vectors

_REPLY = 1_000_000
"""A reply with more characters is refused."""
_TOO_MUCH = f"its reply has more than {_REPLY:,} characters"
_LIMITS = ("length", "max_tokens")
"""Values with which endpoints report that a reply reached the limit on its tokens."""


class LlamaModel:
    """A LlamaIndex LLM as a language model. It is used as it was made: its own temperature, limit and format hold.

    How long it takes for a whole reply, or for the next piece of one, is its own affair too.
    """

    def __init__(self, llm: LLM, seconds: float = math.inf) -> None:
        """Wrap `llm`; a stream is cut off with the first piece that comes after `seconds`."""
        self._llm = llm
        self._seconds = seconds
        self._listener = Listener()
        self.name = f"{llm.metadata.model_name} ({type(llm).__name__})"

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """The reply to `messages`; see `assistant.types.LanguageModel`."""
        with _errors(self.name):
            response = self._llm.chat(_chat(messages))
            content = paired(response.message.content or "")
            if len(content) > _REPLY:
                raise ValueError(_TOO_MUCH)
            text = self._listener.whole(content)
        return self._reply(text, response)

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """The reply as it comes; see `assistant.types.LanguageModel`."""
        cut, left, heard = "", False, self._listener.hear()
        last: list[ChatResponse] = []
        try:
            with _errors(self.name):
                for piece in _pieces(self._llm.stream_chat(_chat(messages)), last, time.monotonic() + self._seconds):
                    yield heard.feed(piece)
                    if left := cancel.ended():
                        break
        except ModelError as exc:
            if not heard.began and isinstance(exc.__cause__, NotImplementedError):  # it does not stream
                reply = self.complete(messages)
                yield reply.text
                return reply
            if not heard.began:
                raise
            cut = str(exc)
        response = last[0] if last else None
        rest, text = heard.end(whole=not (cut or left) and _finish(response) not in _LIMITS, broken=bool(cut or left))
        if left:
            cut = stopped(text)
        if rest:
            yield rest
        return self._reply(text, response, cut)

    def _reply(self, text: str, response: ChatResponse | None, cut: str = "") -> Reply:
        if not text.strip():
            said = f"what {self.name} sent can be a thought alone; {cut}" if cut else f"{self.name} replied nothing"
            raise EmptyReply(said)
        if not cut and _finish(response) in _LIMITS:
            cut = "the limit on its tokens was reached"
        return Reply(text.strip(), *_spent(response), finished=not cut, cut=cut)


def _pieces(responses: Iterable[ChatResponse], last: list[ChatResponse], end: float) -> Iterator[str]:
    """Read the text of a stream.

    Args:
        responses: the stream.
        last: receives the last response of the stream, which may hold the token counts.
        end: the time, by the clock of `time.monotonic`, at which the stream is given up.

    Yields:
        The text in pieces.

    Raises:
        ValueError: the text is too long.
        TimeoutError: the stream lasts longer than until `end`.
    """
    came = 0
    for response in responses:
        last[:] = [response]
        if time.monotonic() > end:
            raise TimeoutError("its reply was not finished in time (setting model.timeout)")
        if response.delta:
            came += len(response.delta)
            if came > _REPLY:
                raise ValueError(_TOO_MUCH)
            yield paired(response.delta)


def _chat(messages: Sequence[Message]) -> list[ChatMessage]:
    return [ChatMessage(role=message["role"], content=message["content"]) for message in messages]


@contextmanager
def _errors(name: str) -> Generator[None]:
    """Turn what a foreign model raises, which may be anything, into `ModelError`."""
    try:
        yield
    except Exception as exc:
        said = " ".join("".join(char if char.isprintable() else " " for char in str(exc)).split())[:300]
        raise ModelError(f"{name} failed ({type(exc).__name__}: {said}); check it outside of the assistant") from exc


def _get(holder: Any, name: str) -> Any:
    return cast("dict[str, Any]", holder).get(name) if isinstance(holder, dict) else getattr(holder, name, None)


_COUNTS = ("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"), ("prompt_eval_count", "eval_count")
"""The names that endpoints give to the counts of tokens read and written."""


def _spent(response: ChatResponse | None) -> tuple[int, int]:
    """Tokens read and written; 0 where the model does not say, and they are counted afterwards."""
    raw = _get(response, "raw")
    for usage in (_get(raw, "usage"), raw, _get(response, "additional_kwargs")):
        for names in _COUNTS:
            read, written = (_get(usage, name) for name in names)
            if type(read) is int and type(written) is int and read >= 0 <= written:
                return read, written
    return 0, 0


def _finish(response: ChatResponse | None) -> str | None:
    """Why the model stopped, where its endpoint says."""
    raw = _get(response, "raw")
    choices = _get(raw, "choices")
    told = [_get(choice, "finish_reason") for choice in cast("list[Any]", choices)[:1]] if isinstance(choices, list) else []
    reasons = [*told, _get(raw, "stop_reason"), _get(raw, "done_reason")]
    return next((reason for reason in reasons if reason and isinstance(reason, str)), None)


class LlamaEmbedder:
    """A LlamaIndex embedding as an embedder."""

    window = 8191
    """The widest window in use, as a LlamaIndex embedding does not name its own. For a narrower one, lower `chunk.tokens`."""
    scale = Scale()

    def __init__(self, model: BaseEmbedding) -> None:
        """Wrap `model`; a word is embedded for its dimensions.

        Raises:
            ModelError: the model does not work.
        """
        self._model = model
        self.name = self.title(model)
        self.fingerprint = f"llama-index {self.name} {self._vectors(lambda: [model.get_text_embedding('word')], 1).shape[1]}"

    @staticmethod
    def title(model: BaseEmbedding) -> str:
        """The identity of a model, without its dimensions and without a call."""
        return f"{type(model).__name__} {model.model_name}"

    def count(self, text: str) -> int:
        """The tokens in `text`, by another model's count."""
        return tokens.count(text)

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of its parts, without any for tokens."""
        texts = [question, *(question[first:last] for first, last in parts)]
        vectors = self._vectors(lambda: [self._model.get_query_embedding(text) for text in texts], len(texts))
        return [Query(vector, NO_ROWS, ()) for vector in vectors]

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks, without any for sentences and tokens."""
        texts = [f"{title}. {chunk.text}" for title, chunk in zip(titles, chunks, strict=True)]
        vectors = self._vectors(lambda: self._model.get_text_embedding_batch(texts), len(texts))
        return [Embedding(vector, NO_ROWS, NO_ROWS) for vector in vectors]

    def _vectors(self, embed: Callable[[], list[list[float]]], count: int) -> Vectors:
        with _errors(self.name):
            vectors = np.array(embed(), np.float32)
        if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1] or not np.isfinite(vectors).all():
            raise ModelError(f"{self.name} gave no usable vectors for {count} texts; check it outside of the assistant")
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
