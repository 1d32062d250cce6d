"""Language models in this process, by llama.cpp. The only user of xllamacpp."""

from __future__ import annotations

import importlib
import os
import queue
import re
import secrets
import sys
import tempfile
import threading
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from assistant import cancel
from assistant.errors import ModelError
from assistant.models import chances
from assistant.models.reasoning import Listener
from assistant.models.streams import Streamed, empty, json_form, stopped
from assistant.text import shown
from assistant.types import Chances, Message, Reply, Schema

_BATCH = 128
"""After every batch of this many prompt tokens, the model checks whether the caller still waits."""
_TICK = 0.1
"""While no token comes, the caller is checked for every so many seconds."""
_PREFIXES = 256
"""Beginnings of earlier prompts are kept in at most this many MiB, and are not read again."""
_REPLY = 1_000_000
"""A reply with more characters is cut off."""
_QUIET = -1
"""The level of llama.cpp's log that prints nothing."""
_MARK = re.compile(r"<(?=[^\s<>]{1,40}>)|\[(?=/?[A-Z_]{3,30}\])")
"""The beginning of a mark such as <|im_end|>, </s>, <start_of_turn> and [/INST], which llama.cpp obeys in any text."""
_UNFORMED = "samplers"
"""The word in llama.cpp's error where the vocabulary of a model cannot be held to a form: the reply comes without one."""
_CUT: Final = "the limit on its tokens was reached"


class LocalModel:
    """A language model in a GGUF file. Models of the same file and settings share the weights, which the last one frees."""

    def __init__(self, file: Path, context: int, threads: int) -> None:
        """Make the model; its weights are loaded with the first call.

        Args:
            file: the GGUF file.
            context: tokens of prompt and reply together.
            threads: threads to compute with; 0 for as many as llama.cpp takes, one for each physical core.

        Raises:
            ModelError: the extra `local` is not installed.
        """
        _library()
        self.name = f"{file.stem} in this process"
        self._asked = (file, context, threads)
        self._held: _Loaded | None = None
        self._listener = Listener(known=True)  # llama.cpp tells thoughts from the reply by the template of the model

    def close(self) -> None:
        """Let go of the weights; a later call loads them anew."""
        self._held = None

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """The reply to `messages`, without thoughts; see `assistant.types.LanguageModel`."""
        return self._whole(messages, max_tokens, temperature, {"response_format": json_form()} if json else {})

    def structured(self, messages: Sequence[Message], schema: Schema, *, max_tokens: int | None = None) -> Reply:
        """The reply to `messages`, of which every token keeps to `schema`; see `assistant.types.Structured`."""
        return self._whole(messages, max_tokens, 0, {"response_format": json_form(schema)})

    def _whole(self, messages: Sequence[Message], max_tokens: int | None, temperature: float | None, form: dict[str, Any]) -> Reply:
        try:
            for _ in (streamed := Streamed(self._replied(messages, max_tokens, temperature, form))):
                pass
        except ModelError as exc:
            if not form or _UNFORMED not in str(exc):
                raise
            return self._whole(messages, max_tokens, temperature, {})
        if cancel.ended():
            stopped("")
        return streamed.reply

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """The reply as it comes, without thoughts; see `assistant.types.LanguageModel`."""
        return self._replied(messages, max_tokens, temperature, {})

    def chances(self, messages: Sequence[Message], words: Sequence[str]) -> Chances | None:
        """How likely `words` are; see `assistant.types.Weighing`.

        Returns:
            The probabilities.

        Raises:
            Stopped: nobody waits any more.
        """
        form = {"logprobs": True, "top_logprobs": chances.TOP}
        told: list[Any] = []
        spent = 0, 0
        with closing(self._events(messages, 1, 0.0, form)) as events:
            for event in events:
                if usage := event.get("usage"):
                    spent = (usage["prompt_tokens"], usage["completion_tokens"])
                for choice in event["choices"][:1]:
                    told += _tokens(choice)
        if cancel.ended():
            stopped("")
        found = chances.read(told, words)
        return Chances(found, *spent) if found else None

    def _events(
        self, messages: Sequence[Message], max_tokens: int | None, temperature: float | None, form: dict[str, Any]
    ) -> Generator[dict[str, Any], None, None]:
        wishes = {"max_tokens": max_tokens, "temperature": temperature}
        request = {
            "messages": [{"role": message["role"], "content": _sendable(message["content"])} for message in messages],
            **{name: value for name, value in wishes.items() if value is not None},
            **form,
        }
        self._held = self._held or _loaded(*self._asked)
        with closing(self._held.events(request)) as events:
            for event in events:
                if "error" in event:
                    raise self._refused(event["error"])
                yield event

    def _replied(
        self, messages: Sequence[Message], max_tokens: int | None, temperature: float | None, form: dict[str, Any]
    ) -> Generator[str, None, Reply]:
        heard, reason, spent, came = self._listener.hear(), "", (0, 0), 0
        with closing(self._events(messages, max_tokens, temperature, form)) as events:
            for event in events:
                if usage := event.get("usage"):
                    spent = (usage["prompt_tokens"], usage["completion_tokens"])
                for choice in event["choices"][:1]:
                    reason = choice["finish_reason"] or reason
                    piece = shown(choice["delta"].get("content") or "")
                    came += len(piece)
                    yield heard.feed(piece)
                if came > _REPLY:
                    reason = "length"
                    break
        early = cancel.ended() and not reason
        rest, text = heard.end(whole=reason != "length" and not early, broken=early)
        cut = stopped(text) if early else _CUT if reason == "length" else ""
        if rest:
            yield rest
        if not text:
            raise empty(f"the model {self.name}", reason, spent)
        return Reply(text, *spent, finished=not cut, cut=cut)

    def _refused(self, error: dict[str, Any]) -> ModelError:
        if error.get("type") == "exceed_context_size_error":
            return ModelError(
                f"the text of {error['n_prompt_tokens']:,} tokens is too long for {self.name}, which reads {error['n_ctx']:,};"
                " raise model.context, or lower model.input_tokens"
            )
        said = " ".join(str(error.get("message")).split())[:200]
        return ModelError(f"{self.name} refuses the call ({said}); set model.gguf to another model")


class _Loaded:
    """Weights in memory."""

    def __init__(self, file: Path, context: int, threads: int) -> None:
        library = _library()
        wanted = library.CommonParams()
        wanted.model.path = str(file)
        wanted.n_ctx = context
        wanted.n_parallel = 1
        wanted.n_batch = wanted.n_ubatch = _BATCH
        wanted.cpuparams.n_threads = threads or -1
        wanted.cache_ram_mib = _PREFIXES
        wanted.warmup = False
        wanted.verbosity = _QUIET
        wanted.ui = False
        # the library listens to HTTP without being asked to: behind a key that nobody knows, and at a socket of no name
        wanted.api_keys = [secrets.token_hex(32)]
        with tempfile.TemporaryDirectory(prefix="assistant-") as folder:
            if sys.platform != "win32":
                wanted.hostnames = [os.path.join(folder, "s.sock")]
            try:
                server = library.Server(wanted)
            except RuntimeError as exc:
                raise ModelError(
                    f"llama.cpp cannot load {str(file)!r}: cut short, of a kind that this version does not know, or too large for"
                    " the memory; get it again, or set model.gguf to another model"
                ) from exc
        self._holder = [server]
        self._working: list[tuple[threading.Event, threading.Thread]] = []
        weakref.finalize(self, _end, self._holder, self._working)

    def events(self, request: dict[str, Any]) -> Generator[dict[str, Any], None, None]:
        """The events of a streamed reply, or those until its end is wished for; the model stops after at most a batch."""
        came: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
        left = threading.Event()
        whole = {**request, "stream": True, "stream_options": {"include_usage": True}, "return_progress": True}
        (server,) = self._holder

        def hear(event: dict[str, Any]) -> bool:
            came.put(event)
            return left.is_set()

        def work() -> None:
            try:
                server.handle_chat_completions(whole, hear)
            except Exception as exc:  # of the library, to be raised where the reply is waited for
                came.put(exc)
            came.put(None)

        worker = threading.Thread(target=work, name="llama.cpp", daemon=True)
        cancel.check()
        at_work = left, worker
        self._working.append(at_work)
        worker.start()
        try:
            while True:
                cancel.check()
                if cancel.ended():
                    return
                try:
                    event = came.get(timeout=_TICK)
                except queue.Empty:
                    continue
                if event is None:
                    return
                if isinstance(event, Exception):
                    raise ModelError(f"llama.cpp failed ({' '.join(str(event).split())[:200]})") from event
                yield event
        finally:
            left.set()
            worker.join()
            self._working.remove(at_work)


def _end(holder: list[Any], working: list[tuple[threading.Event, threading.Thread]]) -> None:
    """Stop the work and free the weights; at the end of the process too, as Python may not end while the library calls it."""
    for left, worker in working:
        left.set()
        worker.join()
    holder.clear()


_kept: weakref.WeakValueDictionary[tuple[Path, int, int], _Loaded] = weakref.WeakValueDictionary()
_loading = threading.Lock()


def _loaded(file: Path, context: int, threads: int) -> _Loaded:
    """The weights, loaded once as long as anybody holds them."""
    with _loading:
        held = _kept.get((file, context, threads))
        if held is None:
            held = _kept[file, context, threads] = _Loaded(file, context, threads)
        return held


def _library() -> Any:
    try:
        return importlib.import_module("xllamacpp")  # by name, as types and linters must hold without the extra too
    except ImportError as exc:
        raise ModelError("model.gguf needs the extra 'local'; install it with: pip install 'assistant[local]'") from exc


def _tokens(choice: dict[str, Any]) -> list[Any]:
    """The tokens of an event with their log-probabilities."""
    given: dict[str, Any] = choice.get("logprobs") or {}
    return given.get("content") or []


def _sendable(text: str) -> str:
    """The text without halves of surrogate pairs, which are no JSON, and with a blank in what a chat template may obey."""
    return _MARK.sub(lambda mark: f"{mark.group()} ", text.encode("utf-8", "replace").decode("utf-8"))
