"""What calls cost, and the caps that stop before spending."""

from __future__ import annotations

import threading
import time

import hypothesis
import pytest
from endpoint import Endpoint
from hypothesis import given
from hypothesis import strategies as st

from assistant.config import ModelSettings, load
from assistant.errors import BudgetError, ConfigError, EmptyReply, ModelError
from assistant.models import tokens
from assistant.models.budget import Budget
from assistant.models.endpoint import Chat
from assistant.types import Message, Reply

HI: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
LONG = sum(tokens.count(message["content"]) + 4 for message in HI)


def settings(*flags: str) -> ModelSettings:
    return load(flags=[f"model.{flag}" for flag in flags], environment={}).settings.model


PRICED = ("price_input=1000", "price_output=2000")


def budget(endpoint: Endpoint, *flags: str, before: float = 0.0) -> Budget:
    return Budget(Chat("m", endpoint.url, 5, 0), settings(*flags), before)


def spent(budget: Budget) -> tuple[int, int, int]:
    usage = budget.usage(0)
    return usage.calls, usage.input_tokens, usage.output_tokens


# Counting


def test_calls_and_tokens_are_added_up_and_priced(endpoint: Endpoint) -> None:
    model = budget(endpoint, *PRICED)
    assert model.name == f"m at {endpoint.url}"
    model.complete(HI)
    assert "".join(model.stream(HI)) == "Hello."
    usage = model.usage(1.5)
    assert spent(model) == (2, 22, 14)
    assert usage.cost == pytest.approx((22 * 1000 + 14 * 2000) / 1_000_000)
    assert usage.seconds == 1.5


def test_prices_of_nothing_are_a_price(endpoint: Endpoint) -> None:
    model = budget(endpoint, "price_input=0", "price_output=0")
    model.complete(HI)
    assert model.usage(0).cost == 0


@pytest.mark.parametrize("flags", [(), ("price_input=1",), ("price_output=1",)])
def test_without_both_prices_there_is_no_cost(endpoint: Endpoint, flags: tuple[str, ...]) -> None:
    model = budget(endpoint, *flags)
    model.complete(HI)
    assert model.usage(0).cost is None


def test_what_an_endpoint_does_not_count_is_counted(endpoint: Endpoint) -> None:
    endpoint.script = [(200, {"choices": [{"message": {"content": "Tea is hot."}, "finish_reason": "stop"}]})]
    model = budget(endpoint)
    model.complete(HI)
    assert spent(model) == (1, LONG, tokens.count("Tea is hot."))


def test_a_stream_that_is_left_costs_what_came(endpoint: Endpoint) -> None:
    endpoint.says = lambda body: "Tea is hot. " * 50
    model = budget(endpoint)
    pieces = model.stream(HI)
    came = next(pieces) + next(pieces)
    pieces.close()
    assert spent(model) == (1, LONG, tokens.count(came))


def test_a_call_that_fails_is_a_call_that_costs_nothing(endpoint: Endpoint) -> None:
    endpoint.script = [404, 404]
    model = budget(endpoint, *PRICED)
    with pytest.raises(ModelError):
        model.complete(HI)
    with pytest.raises(ModelError):
        next(model.stream(HI))
    assert spent(model) == (2, 0, 0)


def test_thoughts_without_a_reply_cost_what_they_cost(endpoint: Endpoint) -> None:
    endpoint.says = lambda body: "<think>Hm"
    model = budget(endpoint)
    with pytest.raises(EmptyReply):
        model.complete(HI)
    with pytest.raises(EmptyReply):
        list(model.stream(HI))
    assert spent(model) == (2, 22, 14)


def test_nothing_is_asked_before_a_stream_is_read(endpoint: Endpoint) -> None:
    model = budget(endpoint)
    model.stream(HI)
    assert endpoint.calls == []
    assert spent(model) == (0, 0, 0)


def test_each_call_is_given_the_limit_of_the_settings_where_it_has_none(endpoint: Endpoint) -> None:
    model = budget(endpoint, "output_tokens=77")
    model.complete(HI)
    model.complete(HI, max_tokens=5, temperature=0.5, json=True)
    list(model.stream(HI, temperature=0.5))
    assert [body["max_tokens"] for body in endpoint.calls] == [77, 5, 77]
    assert [body.get("temperature") for body in endpoint.calls] == [None, 0.5, 0.5]
    assert "response_format" in endpoint.calls[1]


# Caps


def test_a_cap_without_prices_is_refused() -> None:
    for flags in (("question_cap=1",), ("conversation_cap=1", "price_input=1")):
        with pytest.raises(ConfigError, match=r"a cap needs model\.price_input and model\.price_output"):
            settings(*flags)


@pytest.mark.parametrize("cap", ["question_cap", "conversation_cap"])
def test_a_call_that_could_pass_a_cap_is_not_made(endpoint: Endpoint, cap: str) -> None:
    most = (LONG * 1000 + 100 * 2000) / 1_000_000
    model = budget(endpoint, *PRICED, "output_tokens=100", f"{cap}={most * 0.999}")
    for call in (lambda: model.complete(HI), lambda: next(model.stream(HI))):
        with pytest.raises(BudgetError, match=rf"model\.{cap} is .*raise it, or set answer\.writer=quotes") as caught:
            call()
        assert str(caught.value).isprintable()
    assert endpoint.calls == []
    assert spent(model) == (0, 0, 0)
    budget(endpoint, *PRICED, "output_tokens=100", f"{cap}={most * 1.001}").complete(HI)


def test_a_cap_of_nothing_lets_nothing_through_that_costs(endpoint: Endpoint) -> None:
    with pytest.raises(BudgetError):
        budget(endpoint, *PRICED, "question_cap=0").complete(HI)
    budget(endpoint, "price_input=0", "price_output=0", "question_cap=0").complete(HI)
    assert len(endpoint.calls) == 1


def test_what_was_spent_before_counts_for_the_conversation_alone(endpoint: Endpoint) -> None:
    flags = (*PRICED, "output_tokens=10")
    budget(endpoint, *flags, "question_cap=0.1", before=5).complete(HI)
    with pytest.raises(BudgetError, match="conversation_cap"):
        budget(endpoint, *flags, "conversation_cap=5.01", before=5).complete(HI)


@pytest.mark.slow
def test_calls_at_once_do_not_pass_a_cap_together(endpoint: Endpoint) -> None:
    endpoint.stall = 0.3
    most = (LONG * 1000 + 100 * 2000) / 1_000_000
    model = budget(endpoint, *PRICED, "output_tokens=100", f"question_cap={most * 1.5}")
    refused: list[BudgetError] = []

    def call() -> None:
        try:
            model.complete(HI)
        except BudgetError as exc:
            refused.append(exc)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert len(endpoint.calls) == 1
    assert len(refused) == 3
    model.complete(HI)  # what was kept for the first is free again


class Spends:
    """A model that replies with as many tokens as it is told, within its limit."""

    name = "spends"

    def __init__(self, replies: list[int]) -> None:
        self.replies = replies

    def complete(self, messages: list[Message], *, max_tokens: int, **wishes: object) -> Reply:
        return Reply("x", sum(len(message["content"]) for message in messages), min(self.replies.pop(), max_tokens), finished=True)


@pytest.mark.slow
@hypothesis.settings(deadline=None)
@given(st.lists(st.integers(1, 2000), max_size=30), st.integers(0, 20_000), st.integers(1, 500))
def test_a_cap_is_never_passed(replies: list[int], cap: int, limit: int) -> None:
    model = Budget(
        Spends([*replies]),  # type: ignore[arg-type]
        settings("price_input=0", "price_output=10", f"question_cap={cap / 1e6:.6f}", f"output_tokens={limit}"),
    )
    for _ in replies:
        try:
            model.complete(HI)
        except BudgetError:
            break
    assert (model.usage(0).cost or 0) <= cap / 1e6
