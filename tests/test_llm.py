"""The language model behind an OpenAI-compatible endpoint, against a real server on loopback, good and bad."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Generator, Iterator
from typing import Any

import httpx
import openai
import pytest
from endpoint import Endpoint

from assistant.errors import EmptyReply, ModelError
from assistant.models import endpoint as endpoints
from assistant.models.endpoint import Chat
from assistant.types import Message, Reply

HI: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]


def chat(endpoint: Endpoint, timeout: float = 10, retries: int = 2) -> Chat:
    return Chat("m", endpoint.url, timeout, retries)


def known(endpoint: Endpoint, timeout: float = 10) -> Chat:
    """A model that replied before, and so streams."""
    model, says = chat(endpoint, timeout), endpoint.says
    endpoint.says = lambda body: "Tea."
    model.complete(HI)
    endpoint.says = says
    endpoint.calls.clear()
    return model


def line(error: pytest.ExceptionInfo[ModelError]) -> str:
    """The error's text, which is one line."""
    assert str(error.value).isprintable()
    return str(error.value)


# Good


def test_a_reply_comes_with_what_it_cost(endpoint: Endpoint) -> None:
    assert chat(endpoint).complete(HI) == ("Hello.", 11, 7, True, "")
    assert endpoint.calls == [{"model": "m", "messages": HI}]


def test_only_what_is_asked_for_is_sent(endpoint: Endpoint) -> None:
    chat(endpoint).complete(HI, max_tokens=5, temperature=0, json=True)
    sent = {"max_tokens": 5, "temperature": 0, "response_format": {"type": "json_object"}}
    assert endpoint.calls == [{"model": "m", "messages": HI} | sent]


def test_openai_itself_is_sent_the_new_name_of_the_limit(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    model = Chat("m", None, 10, 0)
    model._endpoint.client = openai.OpenAI(api_key="x", base_url=endpoint.url)  # pyright: ignore[reportPrivateUsage]
    model.complete(HI, max_tokens=5)
    assert endpoint.calls[0]["max_completion_tokens"] == 5
    assert "max_tokens" not in endpoint.calls[0]


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_reply_that_was_cut_off_says_so(endpoint: Endpoint, finish: str) -> None:
    endpoint.finish = finish
    assert not chat(endpoint).complete(HI).finished


def test_thoughts_are_no_part_of_the_reply(endpoint: Endpoint) -> None:
    endpoint.says_in_turn("<think>\nHm.\n</think>\n\nYes.", "The tag <think> opens </think> thoughts.")
    model = chat(endpoint)
    assert model.complete(HI).text == "Yes."
    assert model.complete(HI).text == "thoughts."


def test_an_endpoint_that_does_not_count_costs_nothing(endpoint: Endpoint) -> None:
    endpoint.script = [(200, {"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]})]
    assert chat(endpoint).complete(HI) == ("Hi.", 0, 0, True, "")


@pytest.mark.parametrize(
    ("error", "left_out"),
    [
        pytest.param({"param": "temperature", "message": "Only the default (1) is supported."}, "temperature", id="temperature"),
        pytest.param({"message": "'response_format.type' must be 'json_schema'"}, "response_format", id="response format"),
    ],
)
def test_a_wish_that_is_refused_is_left_out_from_then_on(endpoint: Endpoint, error: object, left_out: str) -> None:
    endpoint.script = [(400, {"error": error})]
    model = chat(endpoint)
    for _ in range(2):
        assert model.complete(HI, max_tokens=5, temperature=0, json=True).text == "Hello."
    assert [left_out in call for call in endpoint.calls] == [True, False, False]
    assert all(len(call) == 4 and call["max_tokens"] == 5 for call in endpoint.calls[1:])


ODD = ["much", 5, [], [1], {"prompt_tokens": "many"}, {"prompt_tokens": -1, "completion_tokens": 1e9}, {"prompt_tokens": True}]
ODD += [{"prompt_tokens": 10**30, "completion_tokens": [7]}]
"""Usages that count nothing."""


@pytest.mark.parametrize("usage", ODD, ids=repr)
@pytest.mark.parametrize("reason", ["stop", 5, ["stop"], {"a": 1}, "stop" * 100], ids=repr)
def test_usage_and_reasons_of_odd_types_are_ignored(endpoint: Endpoint, usage: object, reason: object) -> None:
    choice = {"index": 0, "message": {"content": "Tea."}, "finish_reason": reason}
    endpoint.script = [(200, {"choices": [choice], "usage": usage})]
    assert chat(endpoint).complete(HI) == ("Tea.", 0, 0, True, "")
    sent = {"choices": [{"index": 0, "delta": {"content": "Tea."}, "finish_reason": reason}], "usage": usage}
    endpoint.script = [(200, f"data: {json.dumps(sent)}\n\n")]
    assert streamed(chat(endpoint).stream(HI))[1] == ("Tea.", 0, 0, True, "")


def test_a_reply_in_parts_is_read_without_those_of_thoughts(endpoint: Endpoint) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Tea."}]
    endpoint.script = [(200, {"choices": [{"message": {"content": parts, "reasoning_content": "Hm."}, "finish_reason": "stop"}]})]
    assert chat(endpoint).complete(HI).text == "Tea."


def test_thoughts_beside_a_reply_are_no_part_of_it_and_let_it_stream(endpoint: Endpoint) -> None:
    deltas = [{"reasoning_content": "Hm."}, {"reasoning": "Hm."}, {"content": "Tea "}, {"content": "is hot."}]
    events = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    endpoint.script = [(200, "".join(f"data: {json.dumps(event)}\n\n" for event in events))]
    arrived, reply = streamed(chat(endpoint).stream(HI))
    assert [piece for piece in arrived if piece] == ["Tea ", "is hot."] and reply.text == "Tea is hot."


def test_half_a_pair_of_surrogates_is_no_text(endpoint: Endpoint) -> None:
    endpoint.says = lambda body: "Tea \ud800."
    assert chat(endpoint).complete(HI).text == streamed(chat(endpoint).stream(HI))[1].text == "Tea \ufffd."


def test_json_nested_without_end_is_no_reply(endpoint: Endpoint) -> None:
    endpoint.script = [(200, '{"choices": ' + "[" * 100_000)] * 2
    for call in (lambda: chat(endpoint).complete(HI), lambda: streamed(chat(endpoint).stream(HI))):
        with pytest.raises(ModelError) as caught:
            call()
        line(caught)


# Key and address


def test_a_local_endpoint_asks_for_no_key_and_gets_the_one_there_is(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    chat(endpoint).complete(HI)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\n")
    chat(endpoint).complete(HI)
    assert endpoint.keys == ["Bearer none", "Bearer sk-secret"]


def test_the_address_in_the_settings_wins_over_the_environment(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert chat(endpoint).complete(HI).text == "Hello."


def test_without_an_address_in_the_settings_the_environment_counts(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    assert Chat("m", None, 10, 0).complete(HI).text == "Hello."


def test_without_key_and_address_the_error_names_the_ways_out() -> None:
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY.*model\.base_url.*model\.name=null"):
        Chat("m", None, 10, 0)


@pytest.mark.parametrize("key", ["sk-sécret", "sk\nsecret"], ids=["accent", "line break"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ModelError, match="OPENAI_API_KEY") as caught:
        chat(endpoint)
    assert "cret" not in line(caught)


def test_a_password_in_the_address_is_not_shown() -> None:
    model = Chat("m", "http://me:secret@127.0.0.1:9/v1?token=secret", 1, 0)
    assert model.name == "m at http://127.0.0.1:9/v1"
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/v1 cannot be reached") as caught:
        model.complete(HI)
    assert "secret" not in line(caught)


# Bad


@pytest.mark.slow
def test_a_burst_of_refusals_is_waited_out_for_as_long_as_the_endpoint_says(endpoint: Endpoint) -> None:
    endpoint.script = [429, 500]
    endpoint.retry_after = "1.1"  # the client's own first waits are 0.5 s and 1 s at most
    assert chat(endpoint).complete(HI).text == "Hello."
    first, second, third = endpoint.times
    assert second - first >= 1.1
    assert third - second >= 1.1


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        pytest.param(429, {"error": {"message": "Slow down."}}, r"429 - Slow down\..*try again later", id="rate limit"),
        pytest.param(503, {"error": {"message": "Loading."}}, r"503 - Loading\..*try again later", id="out of order"),
        pytest.param(502, "<html>Bad gateway</html>", r"502\).*try again later", id="a gateway's page"),
        pytest.param(401, {"error": {"message": "Bad key"}}, "refuses the key in OPENAI_API_KEY", id="bad key"),
        pytest.param(403, {"error": {"message": "Not from here."}}, r"403 - Not from here\.", id="forbidden"),
        pytest.param(404, {"error": {"message": "?"}}, r"does not know the model 'm'.*model\.name.*base_url", id="unknown model"),
        pytest.param(400, {"error": {"code": "context_length_exceeded"}}, "too long for the model 'm'", id="overflow by code"),
        pytest.param(
            400, {"error": {"message": "This model's maximum context length is 4096 tokens."}}, "too long", id="overflow by message"
        ),
        pytest.param(
            400, {"error": {"message": "exceeds the available context size, temperature 0"}}, "too long", id="overflow with a wish"
        ),
        pytest.param(400, {"error": {"message": "n must be 1"}}, "n must be 1.*check model.name", id="bad request"),
        pytest.param(422, {"detail": [{"loc": ["body"]}]}, "422", id="another form of error"),
        pytest.param(400, ["odd"], "400", id="a list"),
    ],
)
def test_a_refusal_is_one_clear_line(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, status: int, content: object, said: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint.script = [(status, content)] * 3
    with pytest.raises(ModelError, match=said) as caught:
        chat(endpoint, retries=1).complete(HI, temperature=0)
    assert endpoint.url in line(caught)
    assert len(endpoint.calls) == (2 if status == 429 or status >= 500 else 1)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("600", r"it asks to wait 600 s, until \d{4}-\d\d-\d\d \d\d:\d\d"),
        ("Fri, 31 Dec 2999 23:59:59 GMT", "until (2999-12-31|3000-01-01)"),
        ("9" * 30, "try again later"),
        ("soon", "try again later"),
        ("-5", "try again later"),
    ],
)
def test_a_time_to_wait_beyond_patience_is_told(endpoint: Endpoint, after: str, told: str) -> None:
    endpoint.script, endpoint.retry_after = [429] * 3, after
    start = time.monotonic()
    with pytest.raises(ModelError, match=told) as caught:
        chat(endpoint, retries=0).complete(HI)
    line(caught)
    assert time.monotonic() - start < 5


def test_what_an_endpoint_says_is_shown_without_key_and_on_one_short_line(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint.script = [(403, {"error": {"message": "\x1b[31mno\nwith sk-secret " + "x" * 10_000}})]
    with pytest.raises(ModelError, match=r"403 - \[31mno with \*\*\* x") as caught:
        chat(endpoint).complete(HI)
    assert "secret" not in line(caught)
    assert len(line(caught)) < 500


def test_no_key_where_one_is_asked_for(endpoint: Endpoint) -> None:
    endpoint.script = [401]
    with pytest.raises(ModelError, match="asks for a key; set OPENAI_API_KEY"):
        chat(endpoint).complete(HI)


def test_a_refused_connection_names_the_address(endpoint: Endpoint) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ModelError, match=rf"{address}/v1 cannot be reached; check model\.base_url") as caught:
            Chat("m", f"http://{address}/v1", 5, 0).complete(HI)
    line(caught)


@pytest.mark.slow
def test_an_endpoint_that_stalls_is_given_up(endpoint: Endpoint) -> None:
    endpoint.stall = 30
    start = time.monotonic()
    with pytest.raises(ModelError, match=r"did not answer within 0\.3 s; raise model\.timeout") as caught:
        chat(endpoint, timeout=0.3, retries=1).complete(HI)
    assert time.monotonic() - start < 15
    assert len(endpoint.calls) == 2
    line(caught)


@pytest.mark.parametrize(
    "said",
    ["", " \n", None, "<think>And so on</think>\n", "<think>And so"],
    ids=["empty", "blank", "null", "thoughts", "cut thoughts"],
)
def test_a_reply_of_nothing_is_an_error_that_says_why_it_stopped(endpoint: Endpoint, said: str | None) -> None:
    endpoint.finish = "length"
    endpoint.says = lambda body: said
    with pytest.raises(EmptyReply, match=r"'m' at .* replied nothing; it stopped for 'length'") as caught:
        chat(endpoint).complete(HI)
    line(caught)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("<html>Welcome</html>", id="a page"),
        pytest.param({"error": {"message": "as a success"}}, id="an error sent as a success"),
        pytest.param({"choices": []}, id="no choice"),
        pytest.param({"choices": [{}]}, id="no message"),
        pytest.param({"choices": [{"message": {"content": [{"type": "text"}]}}]}, id="no text"),
        pytest.param({"choices": [{"message": {"content": 5}}]}, id="a number"),
        pytest.param([], id="a list"),
    ],
)
def test_what_is_no_reply_is_one_clear_line(endpoint: Endpoint, content: object) -> None:
    endpoint.script = [(200, content)]
    with pytest.raises(ModelError, match=r"does not reply as an OpenAI-compatible endpoint; check model\.base_url") as caught:
        chat(endpoint).complete(HI)
    line(caught)


# Streams


def streamed(pieces: Generator[str, None, Reply]) -> tuple[list[str], Reply]:
    """The pieces of a stream and the whole that it returns."""
    arrived: list[str] = []
    while True:
        try:
            arrived.append(next(pieces))
        except StopIteration as end:
            return arrived, end.value


def test_a_stream_comes_in_pieces_and_returns_the_whole(endpoint: Endpoint) -> None:
    endpoint.says = lambda body: " Tea is hot. \n"
    arrived, reply = streamed(known(endpoint).stream(HI, max_tokens=5, temperature=0))
    assert len(arrived) > 3
    assert all(len(piece) <= endpoint.piece for piece in arrived)
    assert "".join(arrived).strip() == reply.text
    assert reply == ("Tea is hot.", 11, 7, True, "")
    sent = {"max_tokens": 5, "temperature": 0, "stream": True, "stream_options": {"include_usage": True}}
    assert endpoint.calls == [{"model": "m", "messages": HI} | sent]


@pytest.mark.parametrize("piece", [1, 2, 7, 100])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("<think>Hm. <b></think>\n\nTea.", "Tea.", id="thoughts"),
        pytest.param("\n <think>\n</think>Tea.", "Tea.", id="blank thoughts"),
        pytest.param("<thin ice> is thin.", "<thin ice> is thin.", id="no thoughts"),
        pytest.param("The tag <think> opens </think> thoughts.", "thoughts.", id="in the middle"),
        pytest.param("<", "<", id="an opening"),
    ],
)
def test_thoughts_are_no_part_of_a_stream(endpoint: Endpoint, piece: int, said: str, expected: str) -> None:
    endpoint.piece, endpoint.says = piece, lambda body: said
    arrived, reply = streamed(chat(endpoint).stream(HI))
    assert ("".join(arrived).strip(), reply.text) == (expected, expected)


@pytest.mark.parametrize("said", ["", " \n ", None, "<think>Hm</think>\n", "<think>Hm"], ids=repr)
def test_a_stream_of_nothing_is_an_error(endpoint: Endpoint, said: str | None) -> None:
    endpoint.finish, endpoint.says = "length", lambda body: said
    with pytest.raises(EmptyReply, match=r"'m' at .* replied nothing; it stopped for 'length'") as caught:
        streamed(chat(endpoint).stream(HI))
    line(caught)


@pytest.mark.parametrize("promises", [False, True], ids=["connection closed", "transport broken"])
def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(endpoint: Endpoint, promises: bool) -> None:
    endpoint.says, endpoint.cut_after, endpoint.promises_more = (lambda body: "Tea is hot."), 2, promises
    arrived, reply = streamed(chat(endpoint).stream(HI))
    assert "".join(arrived) == reply.text == "Tea is"
    assert not reply.finished
    assert reply.cut == f"{endpoint.url} broke off after 2 words"
    assert len(endpoint.calls) == 1  # what was shown cannot be taken back


def test_an_error_of_the_transport_in_a_stream_is_one_too(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """As openai 2 hands errors of httpx on."""
    whole = endpoints._pieces  # pyright: ignore[reportPrivateUsage]

    def broken(*arguments: Any) -> Iterator[str]:
        yield next(whole(*arguments))
        raise httpx.ReadError("reset")

    monkeypatch.setattr(endpoints, "_pieces", broken)
    arrived, reply = streamed(chat(endpoint).stream(HI))
    assert ("".join(arrived), reply.cut) == ("Hel", f"{endpoint.url} broke off after 1 word")
    monkeypatch.setattr(endpoints, "_pieces", lambda *_: (_ for _ in ()).throw(httpx.ConnectError("no")))
    with pytest.raises(ModelError, match="cannot be reached"):
        streamed(chat(endpoint).stream(HI))


def test_a_stream_that_breaks_off_keeps_a_text_that_cites_where_the_model_thinks_without_a_mark(endpoint: Endpoint) -> None:
    model = chat(endpoint)
    endpoint.says = lambda body: "Hmm.</think>Tea is hot. [1]"
    assert model.complete(HI).text == "Tea is hot. [1]"
    endpoint.says, endpoint.cut_after = (lambda body: "Tea is hot. [1] Tea also is"), 5
    arrived, reply = streamed(model.stream(HI))
    assert "".join(arrived) == reply.text == "Tea is hot. [1]" and not reply.finished
    endpoint.says = lambda body: "Hmm, the user asks for hot tea"
    with pytest.raises(ModelError, match="sent can be a thought alone; .* broke off") as caught:
        streamed(model.stream(HI))
    line(caught)


@pytest.mark.parametrize("promises", [False, True], ids=["connection closed", "transport broken"])
def test_a_stream_that_breaks_off_before_anything_came_is_an_error(endpoint: Endpoint, promises: bool) -> None:
    endpoint.says, endpoint.cut_after, endpoint.promises_more = (lambda body: "Tea is hot."), 0, promises
    with pytest.raises(ModelError) as caught:
        streamed(chat(endpoint).stream(HI))
    assert endpoint.url in line(caught)


def test_a_stream_that_stalls_keeps_what_came_and_says_so(endpoint: Endpoint) -> None:
    endpoint.says, endpoint.cut_after, endpoint.gap = (lambda body: "Tea is hot."), 2, 30
    start = time.monotonic()
    arrived, reply = streamed(chat(endpoint, timeout=0.3).stream(HI))
    assert time.monotonic() - start < 10
    assert "".join(arrived) == reply.text == "Tea is"
    assert "0.3 s" in reply.cut


@pytest.mark.parametrize(
    ("finish", "said"),
    [
        ("length", "the limit on its tokens was reached"),
        ("MAX_TOKENS", "the limit on its tokens was reached"),
        ("content_filter", "the endpoint's filter stopped it"),
        ("error", "the endpoint failed within it"),
    ],
)
def test_a_stream_that_was_cut_off_says_so(endpoint: Endpoint, finish: str, said: str) -> None:
    endpoint.finish = finish
    _, reply = streamed(chat(endpoint).stream(HI))
    assert (reply.finished, reply.cut) == (False, said)


@pytest.mark.parametrize(
    "content", [pytest.param("<html>Welcome</html>", id="a page"), pytest.param({"error": {"message": "no"}}, id="an error")]
)
def test_what_is_no_stream_is_one_clear_line(endpoint: Endpoint, content: object) -> None:
    endpoint.script = [(200, content)]
    with pytest.raises(ModelError) as caught:
        streamed(chat(endpoint).stream(HI))
    assert endpoint.url in line(caught)


@pytest.mark.parametrize("ends", ["nonsense", '{"error": {"message": "overloaded\\nsk-secret"}}', "[]", "[DONE]"])
def test_a_stream_that_ends_oddly_keeps_what_came(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint.stream_ends = ends
    _, reply = streamed(chat(endpoint).stream(HI))
    assert reply.text == "Hello."
    assert "secret" not in reply.cut
    assert reply.cut.isprintable()


def test_an_endpoint_that_refuses_to_count_a_stream_is_asked_without(endpoint: Endpoint) -> None:
    endpoint.script = [(400, {"error": {"message": "unknown field stream_options"}})]
    _, reply = streamed(chat(endpoint).stream(HI))
    assert reply == ("Hello.", 0, 0, True, "")
    assert ["stream_options" in call for call in endpoint.calls] == [True, False]


def test_whoever_stops_listening_closes_the_connection(endpoint: Endpoint) -> None:
    endpoint.says, endpoint.piece, endpoint.cut_after, endpoint.gap = (lambda body: "Tea. " * 200_000), 1000, 20, 0.2
    pieces = chat(endpoint).stream(HI)
    assert next(pieces) == ""  # nothing is shown yet of a model that is not known
    pieces.close()
    assert endpoint.broken.wait(10)


def test_the_first_piece_comes_before_the_last_is_sent(endpoint: Endpoint) -> None:
    endpoint.says, endpoint.cut_after, endpoint.gap = (lambda body: "Tea is hot."), 1, 30
    model = known(endpoint)
    start = time.monotonic()
    assert next(model.stream(HI)) == "Tea"
    assert time.monotonic() - start < 10


def test_a_refusal_comes_before_any_piece_and_is_waited_out(endpoint: Endpoint) -> None:
    endpoint.script = [429, 500]
    _, reply = streamed(chat(endpoint).stream(HI))
    assert reply.text == "Hello."
    assert len(endpoint.calls) == 3


def test_no_character_that_a_terminal_obeys_comes_through(endpoint: Endpoint) -> None:
    endpoint.says = lambda body: "Tea\x1b[31m is red.\r\nReally\x07.\tYes."
    assert chat(endpoint).complete(HI).text == "Tea\ufffd[31m is red.\nReally\ufffd.\tYes."
    endpoint.piece = 100
    assert "".join(known(endpoint).stream(HI)) == "Tea\ufffd[31m is red.\nReally\ufffd.\tYes."


def test_the_head_of_a_reply_that_is_too_long_is_named(endpoint: Endpoint) -> None:
    endpoint.headers = {"X-Long": "a" * 300_000}
    endpoint.script = [(200, {})]
    with pytest.raises(ModelError) as error:
        chat(endpoint, retries=0).complete(HI)
    assert "breaks HTTP in its reply" in line(error) and "cannot be reached" not in line(error)
