"""Models behind any OpenAI-compatible endpoint. The only user of openai."""

from __future__ import annotations

import os
import re
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from assistant import cancel
from assistant.errors import ModelError, Stopped, masked, one_line
from assistant.models import chances, tokens, wire
from assistant.models.reasoning import Listener
from assistant.models.streams import after, empty, json_form, stopped
from assistant.text import paired, shown
from assistant.types import NO_ROWS, Chances, Chunk, Embedding, Message, Query, Reply, Scale, Schema, Vectors

if TYPE_CHECKING:
    from openai import APIStatusError

_BATCH = 64
_REPLY = 1_000_000
"""A reply with more bytes, or with more characters of text and reasoning, is refused."""
_VECTORS = 16_000_000
"""A reply with vectors of more bytes is refused."""
_COUNTED = 1_000_000_000
"""A larger count of tokens is ignored."""
_WISHES = {"temperature", "response_format", "stream_options", "logprobs", "top_logprobs"}
"""Optional parameters: some models take no temperature, some servers no response format, some count no tokens."""
_SCHEMA = "json_schema"
_LIMIT = "the limit on its tokens was reached"
_FILTER = "the endpoint's filter stopped it"
_CUT = {
    **dict.fromkeys(("length", "max_tokens", "max_length", "model_length"), _LIMIT),
    **dict.fromkeys(("content_filter", "safety", "recitation", "blocklist", "prohibited_content"), _FILTER),
    **dict.fromkeys(("error", "insufficient_system_resource"), "the endpoint failed within it"),
}
"""Reasons to stop that leave a reply unfinished, in small letters, as vendors name them."""
_BESIDE = ("reasoning_content", "reasoning")
"""Fields in which endpoints return reasoning apart from the reply."""
_TOO_LONG = re.compile(r"(?i)context.{0,9}(length|window|size)|(prompt|input) is too long|too many tokens|reduce the length")


_TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2")
_TOLD = 200
"""So many characters of what a library says are repeated."""
_PATIENCE = 120
"""Seconds that the client waits at most where an endpoint names a time."""


class _Broken(ModelError):
    """The connection failed: before a reply the endpoint cannot be reached, behind its first words it broke off."""


class _Endpoint:
    """A model behind an OpenAI-compatible endpoint: its client, and one line for whatever goes wrong there."""

    def __init__(
        self, setting: str, model: str, base_url: str | None, timeout: float, retries: int, instead: str, most: int
    ) -> None:
        """Make the client.

        Args:
            setting: the setting that holds the model's name; `base_url` stands in the same section.
            model: the model's name.
            base_url: the endpoint; None for OPENAI_BASE_URL, else OpenAI's own.
            timeout: seconds for a call.
            retries: calls made again after a failure.
            instead: a setting that needs no endpoint, for messages.
            most: the most bytes of a reply that is no stream.

        Raises:
            ModelError: the key is missing or malformed, or an address is, or a variable that names a proxy or certificates.
        """
        import openai

        base_url = base_url or os.environ.get("OPENAI_BASE_URL")
        self._section = setting.partition(".")[0]
        self._setting, self._model, self._timeout = setting, model, timeout
        # a copied key often ends in a line break; one with other odd characters cannot be sent, and would be printed
        self._key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not self._key and not base_url:
            raise ModelError(f"OPENAI_API_KEY is not set; set it, or {self._section}.base_url to a local endpoint, or {instead}")
        if not (self._key.isascii() and self._key.isprintable()):
            raise ModelError("OPENAI_API_KEY holds characters that no key has; set it again")
        self.own = not base_url
        """The endpoint is OpenAI's."""
        # an address can hold a password too
        self.where = re.sub(r"//[^/]*@", "//", base_url.partition("?")[0]) if base_url else "OpenAI"
        try:
            connections = wire.client(openai.DefaultHttpxClient, timeout, most, self._section)
            weakref.finalize(self, connections.close)
            self.client = openai.OpenAI(
                api_key=self._key or "none",  # a local endpoint asks for no key, but the client does
                base_url=base_url,
                timeout=timeout,
                max_retries=retries,
                default_headers={"Accept-Encoding": "identity"},
                http_client=connections,
            )
        except Exception as exc:
            if isinstance(exc, ImportError | OSError | ValueError) or type(exc).__module__.partition(".")[0] in _TRANSPORTS:
                raise ModelError(
                    f"{self.where} cannot be called: {one_line(masked(str(exc)))[:_TOLD]}; check {self._section}.base_url, and the "
                    "variables that name a proxy (ALL_PROXY, HTTPS_PROXY, HTTP_PROXY) or certificates (SSL_CERT_FILE, SSL_CERT_DIR)"
                ) from exc
            raise

    @contextmanager
    def errors(self) -> Generator[None]:
        """Turn what goes wrong in a call, and in picking its reply apart, into `ModelError`."""
        import openai

        try:
            yield
        except openai.APITimeoutError as exc:
            raise ModelError(
                f"{self.where} did not answer within {self._timeout:g} s; raise {self._section}.timeout or try again later"
            ) from exc
        except openai.APIConnectionError as exc:
            raise self._unreached(exc.__cause__) from exc
        except openai.APIStatusError as exc:
            raise self._refusal(exc) from exc
        except wire.Refused as exc:
            raise ModelError(f"{self.where} {exc}") from exc
        except wire.Left as exc:
            raise Stopped(str(exc)) from exc
        # the client hands on as it came what is no reply of such an endpoint: a page, an error sent as a success, JSON of any
        # shape, figures of any size and nested without end
        except (openai.APIError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as exc:
            raise ModelError(
                f"{self.where} does not reply as an OpenAI-compatible endpoint; check {self._section}.base_url (many end in /v1)"
            ) from exc
        except Exception as exc:
            if type(exc).__module__.partition(".")[0] in _TRANSPORTS:  # which openai 2 hands on as they come
                raise self._unreached(exc) from exc
            raise

    def _unreached(self, cause: BaseException | None) -> _Broken:
        if type(cause).__name__ == "RemoteProtocolError":  # something did answer
            said = "".join(char for char in str(cause) if char.isprintable())[:100]
            return _Broken(f"{self.where} breaks HTTP in its reply ({said}); check {self._section}.base_url")
        return _Broken(f"{self.where} cannot be reached; check {self._section}.base_url and that the server runs")

    def _refusal(self, exc: APIStatusError) -> ModelError:
        where, model = self.where, self._model
        if exc.status_code == 401:
            mend = "refuses the key in OPENAI_API_KEY; check it" if self._key else "asks for a key; set OPENAI_API_KEY"
            return ModelError(f"{where} {mend}")
        if exc.status_code == 404:
            return ModelError(f"{where} does not know the model {model!r}; check {self._setting} and {self._section}.base_url")
        if _too_long(exc):
            return ModelError(
                f"the text is too long for the model {model!r} at {where}; set {self._setting} to one that reads more"
            )
        # the endpoint's own words tell most, but are not ours: they may repeat the key, break lines or never end
        said = exc.message.removeprefix("Error code: ").replace(self._key or "\0", "***")
        said = " ".join("".join(char if char.isprintable() else " " for char in said).split())[:300]
        busy = exc.status_code == 429 or exc.status_code >= 500
        mend = _wait(exc.response.headers.get("Retry-After", "")) or "try again later" if busy else f"check {self._setting}"
        return ModelError(f"{where} refuses the call ({said}); {mend}")


def _too_long(exc: APIStatusError) -> bool:
    """The endpoint refuses a call because its text is longer than the model reads."""
    return exc.code == "context_length_exceeded" or (exc.status_code in (400, 413, 422) and bool(_TOO_LONG.search(exc.message)))


def _wait(told: str) -> str:
    """What to do where an endpoint names a time to wait that is longer than the client waits; empty for any other."""
    now = datetime.now(UTC)
    try:
        until = now + timedelta(seconds=int(told)) if told.isdecimal() else parsedate_to_datetime(told)
        seconds = round((until - now).total_seconds())
    except (OverflowError, TypeError, ValueError):  # no time, one without a zone, or one beyond the calendar
        return ""
    return f"it asks to wait {seconds:,} s, until {until.astimezone():%Y-%m-%d %H:%M}" if seconds > _PATIENCE else ""


class Chat:
    """A language model of an OpenAI-compatible endpoint. The key comes from OPENAI_API_KEY; a local endpoint needs none."""

    def __init__(self, model: str, base_url: str | None, timeout: float, retries: int) -> None:
        """Ask `model` at `base_url` (None: OPENAI_BASE_URL, else OpenAI's own).

        A call that the endpoint is too busy for, fails at or is not reached for is made again up to `retries` times, after
        the time that the endpoint names, else after 0.5 s, 1 s, 2 s, ... 8 s. Each is given up after `timeout` seconds, however
        much of its reply came until then, and behind 1 MB; one that began to be answered is not made again.

        Raises:
            ModelError: no key is set and the endpoint is OpenAI's own.
        """
        self._endpoint = _Endpoint("model.name", model, base_url, timeout, retries, "model.name=null", _REPLY)
        self._model = model
        self._refused: set[str] = set()
        self._mute = False
        """The endpoint gives no log-probabilities."""
        self._listener = Listener(known=self._endpoint.own)  # OpenAI's own models show no thoughts
        self.name = f"{model} at {self._endpoint.where}"

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """The reply to `messages`, without thoughts; see `assistant.types.LanguageModel`."""
        return self._whole(messages, self._options(max_tokens, temperature, json_form() if json else None))

    def structured(self, messages: Sequence[Message], schema: Schema, *, max_tokens: int | None = None) -> Reply:
        """The reply to `messages`, by `schema` where the endpoint takes one, else JSON; see `assistant.types.Structured`."""
        return self._whole(messages, self._options(max_tokens, 0, json_form(schema)))

    def _whole(self, messages: Sequence[Message], options: dict[str, Any]) -> Reply:
        with self._endpoint.errors():
            reply = self._create(messages, options)
            choice = reply.choices[0]
            text = self._listener.whole(_said(choice.message.content))
            refusal = bool(_refusal(choice.message))
            spent, reason = _spent(reply.usage), _reason(choice.finish_reason)
        return self._reply(text, spent, reason, declined=refusal)

    def chances(self, messages: Sequence[Message], words: Sequence[str]) -> Chances | None:
        """How likely `words` are; see `assistant.types.Weighing`. An endpoint that gives no log-probabilities is asked once."""
        if self._mute:
            return None
        options = {**self._options(1, 0.0), "logprobs": True, "top_logprobs": chances.TOP}
        with self._endpoint.errors():
            reply = self._create(messages, options)
            given = getattr(reply.choices[0], "logprobs", None)
            told = given.model_dump().get("content") if given else None
            spent = _spent(reply.usage)
        self._mute = not told
        found = chances.read(told, words)
        return Chances(found, *spent) if found else None

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """The reply as it comes, without thoughts; see `types.LanguageModel` and `models.reasoning.Listener`."""
        options = self._options(max_tokens, temperature)
        cut, broke, last, heard = "", False, _Last(), self._listener.hear()
        with self._endpoint.errors():
            chunks = self._create(messages, {**options, "stream": True, "stream_options": {"include_usage": True}})
        try:
            with self._endpoint.errors():
                for piece in _pieces(chunks, last):
                    if not piece:
                        heard.apart()
                    yield heard.feed(piece)
                broke = last.reason is None
        except ModelError as exc:
            broke, cut = isinstance(exc, _Broken), str(exc)
            if not heard.began:
                raise
        except Stopped:
            if not cancel.ended():
                raise
        finally:
            chunks.close()
        left = cancel.ended() and last.reason is None
        early = bool(cut or broke or left)
        rest, text = heard.end(whole=not early and last.reason not in _CUT, broken=early)
        if left:
            cut = stopped(text)
        elif broke:
            cut = f"{self._endpoint.where} broke off{after(text) if text or not heard.began else ''}"
        if rest:
            yield rest
        return self._reply(text, last.spent, last.reason, cut, came=heard.began, declined=last.declined)

    def _options(self, max_tokens: int | None, temperature: float | None, form: dict[str, Any] | None = None) -> dict[str, Any]:
        # OpenAI's own models take only the new name of the limit, most others only the old one
        limit = "max_completion_tokens" if self._endpoint.own else "max_tokens"
        options = {limit: max_tokens, "temperature": temperature, "response_format": form}
        return {name: value for name, value in options.items() if value is not None}

    def _reply(
        self, text: str, spent: tuple[int, int], reason: str | None, cut: str = "", *, came: bool = False, declined: bool = False
    ) -> Reply:
        if not text:
            model = f"the model {self._model!r} at {self._endpoint.where}"
            if cut:  # it did not come to an end, or is no reply of a model at all
                said = f"what {model} sent can be a thought alone" if came else f"{model} replied nothing"
                raise ModelError(f"{said}; {cut}")
            raise empty(model, reason, spent, declined=declined)
        cut = cut or _CUT.get(reason or "", "")
        return Reply(text, *spent, finished=not cut, cut=cut)

    def _create(self, messages: Sequence[Message], options: dict[str, Any]) -> Any:
        """The endpoint's reply; wishes that it says it cannot fulfil are left out, from then on."""
        import openai

        cancel.check()
        wanted = {name: value for name, value in options.items() if name not in self._refused}
        schema = wanted.get("response_format", {}).get("type") == _SCHEMA
        if schema and _SCHEMA in self._refused:
            wanted["response_format"], schema = json_form(), False
        try:
            completions: Any = self._endpoint.client.chat.completions
            return completions.create(model=self._model, messages=list(messages), **wanted)
        except openai.APIStatusError as exc:
            refused = {wish for wish in _WISHES & wanted.keys() if wish == exc.param or wish in exc.message}
            if schema and (_SCHEMA in exc.message or "response_format" in refused):  # JSON of any form may do
                refused = (refused - {"response_format"}) | {_SCHEMA}
            if exc.status_code not in (400, 422) or _too_long(exc) or not refused:
                raise
            self._refused |= refused
        return self._create(messages, options)


class _Last:
    """The values that a stream gives beside its text."""

    spent: tuple[int, int] = (0, 0)
    reason: str | None = None
    declined: bool = False


def _spent(usage: Any) -> tuple[int, int]:
    """Tokens read and written; 0 where the endpoint does not say, or nothing that can be."""
    return _count(getattr(usage, "prompt_tokens", 0)), _count(getattr(usage, "completion_tokens", 0))


def _count(told: Any) -> int:
    return told if type(told) is int and 0 < told < _COUNTED else 0


def _reason(told: Any) -> str | None:
    """Why the model stopped; None where it did not, and nothing in words where the endpoint gives no word for it."""
    return told[:40].lower() if isinstance(told, str) else None if told is None else ""


def _said(content: Any) -> str:
    """Read the text of a message, which some endpoints send in parts, beside parts of reasoning.

    Returns:
        The text, without reasoning.

    Raises:
        TypeError: the content is neither text nor parts.
    """
    if isinstance(content, list):
        content = "".join(part["text"] for part in cast("list[dict[str, str]]", content) if part.get("type") == "text")
    if not isinstance(content, str | None):
        raise TypeError("the content of a message is no text")
    # halves of a surrogate pair that JSON can hold, and nothing can encode; and characters that a terminal obeys
    return shown(re.sub("\r\n?", "\n", paired(content or "")))


def _refusal(message: Any) -> str:
    """The words with which a model declines to answer, which endpoints send in a field of their own."""
    told = getattr(message, "refusal", None)
    return told.strip() if isinstance(told, str) else ""


def _pieces(chunks: Any, last: _Last) -> Iterator[str]:
    """The text of a stream, empty for a piece of a thought; further values of the stream go into `last`."""
    came = 0
    for chunk in chunks:
        cancel.check()
        if chunk.usage:
            last.spent = _spent(chunk.usage)
        for choice in [one for one in chunk.choices if not one.index][:1]:  # others are further replies
            last.reason = last.reason if choice.finish_reason is None else _reason(choice.finish_reason)
            said = _said(choice.delta.content) if choice.delta else ""
            refusal = _refusal(choice.delta)
            last.declined |= bool(refusal)
            beside = [getattr(choice.delta, name, None) for name in _BESIDE]
            came += len(said) + len(refusal) + sum(len(thought) for thought in beside if isinstance(thought, str))
            if came > _REPLY:
                raise wire.Refused(f"sent a text of more than {_REPLY:,} characters; a reply has less")
            if said or any(beside):
                yield said


class OpenAIEmbedder:
    """Embeddings of an OpenAI-compatible endpoint. The key comes from OPENAI_API_KEY; a local endpoint needs none."""

    window = 8191
    scale = Scale()

    def __init__(self, model: str, base_url: str | None, timeout: float) -> None:
        """Embed with `model` at `base_url` (None: OPENAI_BASE_URL, else OpenAI's own).

        Raises:
            ModelError: no key is set and the endpoint is OpenAI's own.
        """
        self._endpoint = _Endpoint("embedder.model", model, base_url, timeout, 4, "embedder.kind=local", _VECTORS)
        self._model = model
        self.name, self.fingerprint = self.identity(model)

    @staticmethod
    def identity(model: str) -> tuple[str, str]:
        """The name and the fingerprint of the embedder with this model."""
        return f"{model} (OpenAI-compatible)", f"openai-{model}"

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return tokens.count(text)

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of its parts, without any for tokens."""
        texts = [question, *(question[first:last] for first, last in parts)]
        return [Query(vector, NO_ROWS, ()) for vector in self._embed(texts)]

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks, without any for sentences and tokens: the endpoint gives one a text."""
        texts = [f"{title}. {chunk.text}" for title, chunk in zip(titles, chunks, strict=True)]
        vectors = [row for at in range(0, len(texts), _BATCH) for row in self._embed(texts[at : at + _BATCH])]
        return [Embedding(vector, NO_ROWS, NO_ROWS) for vector in vectors]

    def _embed(self, texts: list[str]) -> Vectors:
        with self._endpoint.errors():
            reply = self._endpoint.client.embeddings.create(model=self._model, input=texts, encoding_format="float")
            rows = sorted(reply.data, key=lambda row: row.index)
            vectors = np.array([row.embedding for row in rows], np.float64)
        # the largest 32-bit number squared is a 64-bit number, so that no length overflows
        if len(rows) != len(texts):
            raise ModelError(f"{self._endpoint.where} gave {len(rows)} vectors for {len(texts)} texts; check embedder.model")
        if vectors.ndim != 2 or not vectors.size or not (np.abs(vectors) <= np.finfo(np.float32).max).all():
            raise ModelError(f"{self._endpoint.where} gave vectors that are not rows of 32-bit numbers; check embedder.model")
        return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)).astype(np.float32)
