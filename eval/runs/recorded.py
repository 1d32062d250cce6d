"""A language model whose replies are kept in a JSONL file, so that asking the same again is free and gives the same."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from assistant.errors import ModelError
from assistant.types import LanguageModel, Message, Reply, Value
from eval.runs import jsonl


class Call(Value):
    """A line of the file."""

    key: str
    model: str
    messages: list[Message]
    """As they were sent, for people to read."""
    text: str
    input_tokens: int
    output_tokens: int
    finished: bool
    cut: str

    @property
    def reply(self) -> Reply:
        """What was replied."""
        return Reply(self.text, self.input_tokens, self.output_tokens, self.finished, self.cut)


class Recorded:
    """Replays what the file holds; what it does not hold is asked of the model, where there is one, and added to it."""

    def __init__(self, name: str, file: Path, model: Callable[[], LanguageModel | None] = lambda: None) -> None:
        """Stand in for the model called `name`; `model` makes it, at the first call that the file does not hold.

        Raises:
            ConfigError: a line of the file is no recorded call.
        """
        self.name = name
        self._file = file
        self._make = model
        self._model: LanguageModel | None = None
        self._calls = {call.key: call for call in calls(file)}
        self._lock = threading.Lock()
        self.asked = 0
        """Calls that reached the model."""

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """See `LanguageModel.complete`; a reply that was cut off or failed is not kept.

        Raises:
            ModelError: the file does not hold it and there is no model, or the model gives no reply.
        """
        key = _key(self.name, messages, max_tokens, temperature, json)
        if key in self._calls:
            return self._calls[key].reply
        with self._lock:
            self._model = model = self._model or self._make()
        if model is None:
            raise ModelError(f"{str(self._file)!r} holds no reply of {self.name!r} to this call; set model.name to record it")
        reply = model.complete(messages, max_tokens=max_tokens, temperature=temperature, json=json)
        with self._lock:
            self.asked += 1
            if reply.finished and key not in self._calls:
                self._calls[key] = Call(key=key, model=self.name, messages=list(messages), **reply._asdict())
                jsonl.append(self._file, [self._calls[key]])
        return reply

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """See `LanguageModel.stream`: the whole reply in one piece."""
        reply = self.complete(messages, max_tokens=max_tokens, temperature=temperature)
        yield reply.text
        return reply


def _key(name: str, messages: Sequence[Message], max_tokens: int | None, temperature: float | None, as_json: bool) -> str:
    return hashlib.sha256(json.dumps([name, list(messages), max_tokens, temperature, as_json]).encode()).hexdigest()


def calls(file: Path) -> list[Call]:
    """What `file` holds; nothing where it is not there.

    Raises:
        ConfigError: a line of it is no recorded call.
    """
    return jsonl.read(file, Call, "recorded call") if file.is_file() else []
