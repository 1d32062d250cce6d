"""A language model whose replies are kept in a JSONL file, so that asking the same again is free and gives the same."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Literal

from assistant import Assistant
from assistant.answer import pipeline
from assistant.answer.toolbox import Toolbox
from assistant.errors import ModelError
from assistant.types import Answer, Event, LanguageModel, Message, Reply, Schema, Structured, Value, Verdict
from eval.runs import jsonl

_OFFERED = re.compile(r"(?m)^\[\d+\] (.*?) \| ")
"""The title of a paper in the prompt of a writer."""


NEVER = "no reply to it is recorded"
"""Why a question has no reply where none was ever recorded."""


class Call(Value):
    """A line of the file."""

    key: str
    """A hash of model, messages and wishes."""
    model: str
    messages: list[Message]
    """As they were sent, for people to read."""
    text: str
    input_tokens: int
    output_tokens: int
    finished: bool
    cut: str
    question: str = ""
    """The question that was being answered; empty where the call was none of a writer."""
    weights: str = ""
    """The SHA-256 of the weights of a model in this process; empty for an endpoint."""
    seconds: float | None = None
    """Time that the reply took."""
    processor: float | None = None
    """Processor time of this process in these seconds, over all threads: a busy machine does not change it much."""

    @property
    def reply(self) -> Reply:
        """What was replied."""
        return Reply(self.text, self.input_tokens, self.output_tokens, self.finished, self.cut)


class UnrecordedError(ModelError):
    """The file holds no reply to a call, and there is no model to ask."""


class _Asking(threading.local):
    """What is known in a thread of the question that is being answered there."""

    question: str = ""
    used: tuple[Call, ...] = ()
    """Replies that came from the file."""
    missed: UnrecordedError | None = None


class Recorded:
    """Replays what the file holds; what it does not hold is asked of the model, where there is one, and added to it."""

    def __init__(
        self,
        name: str,
        file: Path,
        model: Callable[[], LanguageModel | None] = lambda: None,
        *,
        weights: str = "",
        cut: bool = False,
    ) -> None:
        """Stand in for the model called `name`.

        Args:
            name: of the model.
            file: the file of its calls.
            model: makes the model, at the first call that the file does not hold.
            weights: the SHA-256 of the weights of a model in this process.
            cut: keep replies that were cut off, too, as they are part of what is measured.

        Raises:
            ConfigError: a line of the file is no recorded call.
        """
        self.name = name
        self._file = file
        self._make = model
        self._model: LanguageModel | None = None
        self._weights = weights
        self._cut = cut
        self.within = bool(weights)
        """The model is one in this process."""
        self._calls = {call.key: call for call in calls(file)}
        self._lock = threading.Lock()
        self._asking = _Asking()
        self.asked = 0
        """Calls that reached the model."""
        self.used: dict[str, Call] = {}
        """Calls that were asked or replayed, by their keys."""

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """See `LanguageModel.complete`; a reply that failed is not kept.

        Raises:
            UnrecordedError: the file does not hold it and there is no model.
            ModelError: the model gives no reply.
        """
        key = _key(self.name, messages, max_tokens, temperature, json)

        def ask(model: LanguageModel) -> Reply:
            return model.complete(messages, max_tokens=max_tokens, temperature=temperature, json=json)

        return self._kept(key, messages, ask)

    def structured(self, messages: Sequence[Message], schema: Schema, *, max_tokens: int | None = None) -> Reply:
        """See `Structured.structured`, and `complete`.

        Raises:
            UnrecordedError: the file does not hold it and there is no model.
            ModelError: the model gives no reply.
        """

        def ask(model: LanguageModel) -> Reply:
            if isinstance(model, Structured):
                return model.structured(messages, schema, max_tokens=max_tokens)
            return model.complete(messages, max_tokens=max_tokens, temperature=0, json=True)

        return self._kept(_key(self.name, messages, max_tokens, 0, schema), messages, ask)

    def _kept(self, key: str, messages: Sequence[Message], ask: Callable[[LanguageModel], Reply]) -> Reply:
        """The reply that the file holds; else that of the model, which is added to the file."""
        if call := self._calls.get(key):
            self._asking.used = (*self._asking.used, call)
            self.used[key] = call
            return call.reply
        with self._lock:
            self._model = model = self._model or self._make()
        if model is None:
            missed = UnrecordedError(self._told(messages))
            self._asking.missed = self._asking.missed or missed
            raise missed
        began, worked = time.perf_counter(), time.process_time()
        reply = ask(model)
        seconds, processor = round(time.perf_counter() - began, 2), round(time.process_time() - worked, 2)
        with self._lock:
            self.asked += 1
            if (reply.finished or self._cut) and key not in self._calls:
                self._calls[key] = self.used[key] = Call(
                    key=key,
                    model=self.name,
                    messages=list(messages),
                    **reply._asdict(),
                    question=self._asking.question,
                    weights=self._weights,
                    seconds=seconds,
                    processor=processor,
                )
                jsonl.append(self._file, [self._calls[key]])
        return reply

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """See `LanguageModel.stream`: the whole reply in one piece."""
        reply = self.complete(messages, max_tokens=max_tokens, temperature=temperature)
        yield reply.text
        return reply

    def begin(self, question: str) -> None:
        """From here on, this thread answers `question`."""
        self._asking.question, self._asking.used, self._asking.missed = question, (), None

    def end(self) -> float:
        """The question of this thread is answered.

        Returns:
            The seconds that its replayed calls took when they were recorded.

        Raises:
            UnrecordedError: a call was missed, so what came out is no answer of the model.
        """
        if self._asking.missed:
            raise self._asking.missed
        return sum(call.seconds or 0.0 for call in self._asking.used)

    def keep_used(self) -> int:
        """Drop the replies from the file that nothing asked for; how many."""
        dropped = len(self._calls) - len(self.used)
        self._calls = {key: call for key, call in self._calls.items() if key in self.used}
        jsonl.write(self._file, self._calls.values())
        return dropped

    def _told(self, messages: Sequence[Message]) -> str:
        """Why the file holds no reply to `messages`, and what helps."""
        question = self._asking.question
        if not question:
            return f"{str(self._file)!r} holds no reply of {self.name!r} to this call; set model.name to record it, or model.gguf"
        held = [call.messages for call in self._calls.values() if call.question == question and call.model == self.name]
        alike = [before for before in held if before[0] == messages[0]]
        if self._asking.used:
            why = "the answer is recorded, but not the call that mends one of its sentences"
        elif not held:
            why = NEVER
        elif not alike:
            why = "the instructions of the prompt changed"
        elif all(_titles(before) != _titles(messages) for before in alike):
            why = "other papers are offered to the model"
        else:
            why = "the model is given other text of the same papers"
        return f"{why}; record it anew with: make eval-model"


class Writing:
    """An assistant whose answers are written by a model whose replies are recorded; a `System` to be measured."""

    def __init__(self, assistant: Assistant, model: Recorded, writer: Literal["pick", "model"] = "model") -> None:
        """Search by `assistant`; `model` writes, or picks the quotes."""
        settings = assistant.settings
        repair = settings.answer.repair
        if repair is None and model.within:  # as for the model itself
            repair = False
        writes = settings.answer.model_copy(update={"writer": writer, "repair": repair})
        self._assistant = assistant
        self._model = model
        self._toolbox = Toolbox(settings.model_copy(update={"answer": writes}), model)

    def events(self, question: str) -> Iterator[Event]:
        """See `Assistant.events`; the seconds of replayed calls are added to those of the answer.

        Raises:
            UnrecordedError: a reply is not recorded.
        """
        self._model.begin(question)
        tools, usage = self._toolbox.tools(self._assistant.retriever)
        for event in pipeline.events(question, self._toolbox.flow, tools, usage, self._toolbox.fingerprint):
            if isinstance(event, Answer):
                seconds = round(event.usage.seconds + self._model.end(), 4)
                event = event.model_copy(update={"usage": event.usage.model_copy(update={"seconds": seconds})})
            yield event

    def verify(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """See `Assistant.verify`."""
        return self._assistant.verify(claim, evidence)


def _key(name: str, messages: Sequence[Message], max_tokens: int | None, temperature: float | None, form: bool | Schema) -> str:
    return hashlib.sha256(json.dumps([name, list(messages), max_tokens, temperature, form]).encode()).hexdigest()


def _titles(messages: Sequence[Message]) -> set[str]:
    return set(_OFFERED.findall(messages[-1]["content"]))


def calls(file: Path) -> list[Call]:
    """What `file` holds; nothing where it is not there.

    Raises:
        ConfigError: a line of it is no recorded call.
    """
    return jsonl.read(file, Call, "recorded call") if file.is_file() else []
