"""The cost of calls of a language model, and caps on the cost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence

from assistant.config import ModelSettings
from assistant.errors import BudgetError, EmptyReply
from assistant.models import tokens
from assistant.models.streams import Streamed
from assistant.types import Chances, LanguageModel, Message, Reply, Schema, Structured, Usage, Weighing

_MILLION = 1_000_000


class Budget:
    """Wraps a language model for one question: counts its calls and stops before a cap is passed."""

    def __init__(self, model: LanguageModel, settings: ModelSettings, spent_before: float = 0.0) -> None:
        """Count the calls of `model`; earlier questions of the conversation cost `spent_before`."""
        self.name = model.name
        self._model = model
        self._settings = settings
        self._before = spent_before
        self._lock = threading.Lock()
        self._calls = self._read = self._written = 0
        self._reserved = 0.0

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """Ask the model, and count tokens and cost; see `assistant.types.LanguageModel`.

        Returns:
            The reply.

        Raises:
            BudgetError: the call could pass a cap.
            EmptyReply: the model replied nothing; its tokens are counted.
        """
        limit = max_tokens or self._settings.output_tokens
        return self._counted(
            messages, limit, lambda: self._model.complete(messages, max_tokens=limit, temperature=temperature, json=json)
        )

    def structured(self, messages: Sequence[Message], schema: Schema, *, max_tokens: int | None = None) -> Reply:
        """Ask the model for a reply by `schema`, or for JSON where it takes none; see `assistant.types.Structured`.

        Returns:
            The reply.

        Raises:
            BudgetError: the call could pass a cap.
            EmptyReply: the model replied nothing; its tokens are counted.
        """
        model = self._model
        if not isinstance(model, Structured):
            return self.complete(messages, max_tokens=max_tokens, temperature=0, json=True)
        limit = max_tokens or self._settings.output_tokens
        return self._counted(messages, limit, lambda: model.structured(messages, schema, max_tokens=limit))

    def _counted(self, messages: Sequence[Message], limit: int, call: Callable[[], Reply]) -> Reply:
        reserved = self._reserve(messages, limit)
        reply = None
        try:
            reply = call()
            return reply
        except EmptyReply as exc:
            reply = _thoughts(exc)
            raise
        finally:
            self._book(messages, reply, reserved)

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """Ask the model, and count tokens and cost; see `assistant.types.LanguageModel`.

        Yields:
            The text of the reply in pieces.

        Returns:
            The whole reply.

        Raises:
            BudgetError: the call could pass a cap.
            EmptyReply: the model replied nothing; its tokens are counted.
        """
        limit = max_tokens or self._settings.output_tokens
        reserved = self._reserve(messages, limit)
        reply, arrived = None, list[str]()
        try:
            for piece in (streamed := Streamed(self._model.stream(messages, max_tokens=limit, temperature=temperature))):
                arrived.append(piece)
                yield piece
            reply = streamed.reply
            return reply
        except EmptyReply as exc:
            reply = _thoughts(exc)
            raise
        finally:
            if arrived and not reply:  # whoever stops listening has paid for what came
                reply = Reply("".join(arrived), 0, 0, finished=False)
            self._book(messages, reply, reserved)

    def chances(self, messages: Sequence[Message], words: Sequence[str]) -> Chances | None:
        """Ask the model for probabilities, and count tokens and cost; see `assistant.types.Weighing`.

        Returns:
            The probabilities; None where the model tells none.

        Raises:
            BudgetError: the call could pass a cap.
        """
        if not isinstance(self._model, Weighing):
            return None
        reserved = self._reserve(messages, 1)
        found = None
        try:
            found = self._model.chances(messages, words)
            return found
        finally:
            self._book(messages, Reply("", found.input_tokens, found.output_tokens, finished=True) if found else None, reserved)

    def usage(self, seconds: float) -> Usage:
        """The amount spent on the question so far."""
        return Usage(
            seconds=seconds,
            calls=self._calls,
            input_tokens=self._read,
            output_tokens=self._written,
            cost=self._cost(self._read, self._written),
        )

    def _cost(self, read: int, written: int) -> float | None:
        prices = self._settings.price_input, self._settings.price_output
        if prices[0] is None or prices[1] is None:
            return None
        return round((read * prices[0] + written * prices[1]) / _MILLION, 9)

    def _reserve(self, messages: Sequence[Message], limit: int) -> float:
        """Keep what the call may cost at most, so that calls at the same time do not pass a cap together."""
        most = self._cost(_length(messages), limit)
        if most is None:
            return 0.0
        with self._lock:
            spent = (self._cost(self._read, self._written) or 0.0) + self._reserved
            for cap, before, name in (
                (self._settings.question_cap, 0.0, "question_cap"),
                (self._settings.conversation_cap, self._before, "conversation_cap"),
            ):
                if cap is not None and before + spent + most > cap:
                    raise BudgetError(
                        f"the next call of {self.name} may cost {most:.6f} and {before + spent:.6f} is spent;"
                        f" model.{name} is {cap:g}; raise it, or set answer.writer=quotes"
                    )
            self._reserved += most
        return most

    def _book(self, messages: Sequence[Message], reply: Reply | None, reserved: float) -> None:
        """Endpoints that do not say what they counted are counted after."""
        with self._lock:
            self._reserved -= reserved
            self._calls += 1
            if reply:
                self._read += reply.input_tokens or _length(messages)
                self._written += reply.output_tokens or tokens.count(reply.text)


def _thoughts(exc: EmptyReply) -> Reply:
    return Reply("", exc.input_tokens, exc.output_tokens, finished=False)


def _length(messages: Sequence[Message]) -> int:
    """Tokens of a prompt; each message takes about four more for its role."""
    return sum(tokens.count(message["content"]) + 4 for message in messages)
