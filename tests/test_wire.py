"""What an endpoint may send: nothing from elsewhere, nothing packed, nothing late, long or endless; whole, streamed, as vectors."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from endpoint import Endpoint, Handler

from assistant.errors import ModelError
from assistant.models.endpoint import Chat, OpenAIEmbedder
from assistant.types import Message, Reply

HI: list[Message] = [{"role": "user", "content": "Hi"}]
Call = Callable[[str, float], Any]
Sends = Callable[[Handler], None]


def complete(url: str, timeout: float) -> Reply:
    return Chat("m", url, timeout, 3).complete(HI)


def stream(url: str, timeout: float) -> Reply:
    pieces = Chat("m", url, timeout, 3).stream(HI)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def embed(url: str, timeout: float) -> Any:
    return OpenAIEmbedder("m", url, timeout).query("Hi")


CALLS = [pytest.param(call, id=call.__name__) for call in (complete, stream, embed)]
SECTIONS = {complete: "model", stream: "model", embed: "embedder"}


def told(call: Call, endpoint: Endpoint, timeout: float = 10) -> str:
    """The one line that a call ends in."""
    with pytest.raises(ModelError) as caught:
        call(endpoint.url, timeout)
    line = str(caught.value)
    assert line.isprintable() and line.startswith(endpoint.url) and len(line) < 300
    return line


def head(handler: Handler, kind: str = "application/json", **headers: str) -> None:
    handler.send_response(200)
    for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


# From elsewhere


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(endpoint: Endpoint, call: Call, status: int) -> None:
    with Endpoint() as other:
        endpoint.script, endpoint.headers = [(status, "")], {"Location": f"{other.url}/chat/completions"}
        said = told(call, endpoint)
        assert other.calls == []
    assert f"redirects the call to {other.origin} (HTTP {status}), which is not followed" in said
    assert f"set {SECTIONS[call]}.base_url" in said
    assert len(endpoint.calls) == 1


def test_a_redirect_to_an_odd_place_is_told_in_one_line(endpoint: Endpoint) -> None:
    endpoint.script, endpoint.headers = [(307, "")], {"Location": "javascript:\x1b[31m" + "x" * 5000}
    assert "\x1b" not in told(complete, endpoint)


# Packed


def packed(handler: Handler) -> None:
    head(handler, Content_Encoding="gzip")
    handler.wfile.write(gzip.compress(b" " * 50_000_000))


@pytest.mark.parametrize("call", CALLS)
def test_a_packed_reply_is_refused_before_it_is_unpacked(endpoint: Endpoint, call: Call) -> None:
    endpoint.sends = packed
    assert "packs its reply" in told(call, endpoint)
    assert endpoint.asked[0]["accept-encoding"] == "identity"
    assert len(endpoint.calls) == 1


def test_what_an_endpoint_says_of_an_error_is_not_unpacked_either(endpoint: Endpoint) -> None:
    endpoint.script, endpoint.headers = [(400, "no")], {"Content-Encoding": "br"}
    assert "packs its reply" in told(complete, endpoint)


# Late


def drips(kind: str, first: bytes, drop: bytes) -> Sends:
    def send(handler: Handler) -> None:
        head(handler, kind)
        handler.wfile.write(first)
        drip(handler, drop)

    return send


def drip(handler: Handler, drop: bytes) -> None:
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(drop)
        handler.wfile.flush()


def drips_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    drip(handler, b"x")


def stalls_after(handler: Handler) -> None:
    head(handler)
    handler.wfile.write(b"{")
    handler.wfile.flush()
    handler.server.closing.wait(30)


SLOW = [
    pytest.param(drips("application/json", b"{", b" "), id="blanks"),
    pytest.param(drips("text/event-stream", b"", b": still here\n\n"), id="comments"),
    pytest.param(drips_headers, id="headers"),
    pytest.param(stalls_after, id="a stall in the middle"),
]


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("sends", SLOW)
def test_a_slow_drip_does_not_extend_a_call(endpoint: Endpoint, call: Call, sends: Sends) -> None:
    endpoint.sends = sends
    start = time.monotonic()
    assert f"did not finish its reply within 0.6 s; raise {SECTIONS[call]}.timeout" in told(call, endpoint, 0.6)
    assert time.monotonic() - start < 5
    assert len(endpoint.calls) == 1, "what began to be answered is not asked for again"


def event(index: int = 0, **delta: str) -> bytes:
    return f"data: {json.dumps({'choices': [{'index': index, 'delta': delta, 'finish_reason': None}]})}\n\n".encode()


@pytest.mark.slow
def test_of_a_stream_that_is_late_what_came_is_kept(endpoint: Endpoint) -> None:
    endpoint.sends = drips("text/event-stream", event(content="Tea"), event(content=" is"))
    reply = stream(endpoint.url, 0.8)
    assert reply.text.startswith("Tea is") and not reply.finished
    assert "did not finish its reply within 0.8 s" in reply.cut


def test_of_several_replies_in_a_stream_the_first_one_is_taken(endpoint: Endpoint) -> None:
    pieces = [event(content="Tea"), event(1, content="Coffee"), event(content=" cools."), b"data: [DONE]\n\n"]
    endpoint.sends = lambda handler: (head(handler, "text/event-stream"), handler.wfile.write(b"".join(pieces)), None)[-1]
    assert stream(endpoint.url, 5).text == "Tea cools."


@pytest.mark.slow
def test_a_connection_that_is_used_again_has_its_whole_time(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    model = Chat("m", endpoint.url, 1, 0)
    endpoint.stall = 0.4
    for _ in range(4):
        assert model.complete(HI).text == "Hello."
    assert len(set(endpoint.ports)) == 1


# Long


def endless(kind: str, piece: bytes) -> Sends:
    def send(handler: Handler) -> None:
        head(handler, kind)
        while not handler.server.closing.is_set():
            handler.wfile.write(piece)

    return send


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "sends", "said"),
    [
        pytest.param(complete, endless("application/json", b" " * 10_000), "sent more than 1 MB", id="whole"),
        pytest.param(embed, endless("application/json", b" " * 100_000), "sent more than 16 MB", id="vectors"),
        pytest.param(
            stream, endless("text/event-stream", (b": still here" * 100 + b"\n\n") * 100), "sent more than 16 MB", id="comments"
        ),
        pytest.param(stream, endless("text/event-stream", b"data: " + b"x" * 10_000), "on one line of a stream", id="a line"),
        pytest.param(stream, endless("text/html", b"x\n" * 10_000), "sent more than 1 MB", id="a page"),
    ],
)
def test_an_endless_reply_is_given_up(endpoint: Endpoint, call: Call, sends: Sends, said: str) -> None:
    endpoint.sends = sends
    assert said in told(call, endpoint, 60)
    assert len(endpoint.calls) == 1


def test_an_endless_error_is_given_up(endpoint: Endpoint) -> None:
    def send(handler: Handler) -> None:
        handler.send_response(400)
        handler.end_headers()
        while not handler.server.closing.is_set():
            handler.wfile.write(b"x" * 10_000)

    endpoint.sends = send
    assert "sent more than 1 MB" in told(complete, endpoint)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["content", "reasoning_content"])
def test_an_endless_text_is_cut_at_its_bound(endpoint: Endpoint, name: str) -> None:
    piece = event(**{name: "Tea is hot. " * 1000})
    begun = event(content="Tea is hot. ")
    endpoint.sends = lambda handler: (head(handler, "text/event-stream"), handler.wfile.write(begun + piece * 100), None)[-1]
    reply = stream(endpoint.url, 60)
    assert not reply.finished and "more than 1,000,000 characters" in reply.cut
    assert reply.text.startswith("Tea is hot.") and len(reply.text) <= 1_000_000


@pytest.mark.slow
def test_a_reply_of_much_is_read(endpoint: Endpoint) -> None:
    endpoint.piece, endpoint.says = 40, lambda body: "Tea is hot. " * 8000
    assert len(complete(endpoint.url, 60).text) == len(stream(endpoint.url, 60).text) == 8000 * 12 - 1
