"""Whatever a model replies, as text and as bytes: the answer is sound, or the error is one of ours.

`--fuzz SECONDS` goes on longer.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from endpoint import Body, Endpoint, Handler
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pipeline import Words, happenings, opened, role, sound

from assistant import Answer, Assistant
from assistant.answer.citations import connective
from assistant.answer.steps import HELD
from assistant.errors import AssistantError, ModelError
from assistant.models.endpoint import Chat, OpenAIEmbedder
from assistant.types import Reply

QUESTION = "How many theorems does LeanBench hold at the price of a GPU?"
SECRET = "Zyx"
"""A word of thoughts, each of which ends with a mark."""
THOUGHTS = [
    *(f"<think>{SECRET}</think>", f"{SECRET}</THINKING>", f"[THINK]{SECRET}[/THINK]", f"<think><think>{SECRET}</think></think>"),
    f"<|channel|>analysis<|message|>{SECRET}<|end|><|start|>assistant<|channel|>final<|message|>",
]
WORDS = [
    *("LeanBench holds 98 theorems of Lean", "LeanBench holds 89 theorems", "It does need a GPU", "Bees sleep at night", "Fraud"),
    *("In short", "Not covered: ", "the price", "The paper says otherwise:", "Quotes only:", "UNANSWERABLE", "NONE", "References:"),
    *("[1]", "[2][5]", "[9]", "[1[99], 2]", "[[2]]", "[1", "[", "]", "[0, 1]", "\u30101\u2020x\u3011", "[^2]", "[1-3]", "99]"),
    *(" ", ". ", "! ", "? ", ".\n- ", ":\n", "\n# ", "\n\n", "**", "```\n", "```json\n", "---\n", "|", "<", "&lt;", "<b>", "\\"),
    *(
        "\u8336",
        "\u2713",
        "\u200b",
        "\u202e",
        "\x00",
        "\x1b[31m",
        "\ud800",
        "\U0001f41d",
        "\ue0001\ue001",
        "\r",
        "\u2028",
        "$x$",
        "1e999",
    ),
]
TEXTS = st.builds(
    lambda thoughts, words: "".join(thoughts + words),
    st.lists(st.sampled_from(THOUGHTS), max_size=2),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=14),
)
ATOMS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5)
KEYS = st.sampled_from(
    ["choices", "message", "delta", "content", "usage", "finish_reason", "error", "index", "data", "embedding", "x"]
)
ODD = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)
USAGES = ODD | st.fixed_dictionaries({"prompt_tokens": ODD, "completion_tokens": ODD})
REASONS = st.sampled_from(["stop", "length", "content_filter", None, 5, ["stop"], {}])
NOISE = st.sampled_from([b": still here\n\n", b"\n", b"event: x\n", b"retry: 1\n\n", b"\r\n"]) | st.binary(max_size=12)


def event(**choice: object) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n"


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """A reply that streams, most events of it as they should be."""
    text, size = draw(TEXTS), draw(st.integers(1, 30))
    sent = [event(delta={"content": text[at : at + size]}, finish_reason=None) for at in range(0, len(text), size)]
    if draw(st.booleans()):
        sent = [event(delta={"content": [{"type": "text", "text": text}, {"type": "thinking", "thinking": SECRET}]})]
    for _ in range(draw(st.integers(0, 3))):
        odd = draw(NOISE | ODD.map(lambda value: b"data: " + json.dumps(value).encode() + b"\n\n"))
        odd = draw(st.sampled_from([odd, event(delta={"reasoning_content": SECRET}), event(delta=None), event(delta={})]))
        sent.insert(draw(st.integers(0, len(sent))), odd)
    sent.append(event(delta={}, finish_reason=draw(REASONS)))
    if draw(st.booleans()):
        sent.append(b"data: " + json.dumps({"choices": [], "usage": draw(USAGES)}).encode() + b"\n\n")
    return b"".join([*sent, draw(st.sampled_from([b"data: [DONE]\n\n", b""]))])


@st.composite
def wholes(draw: st.DrawFn) -> bytes:
    """A reply that comes whole, mostly as it should be."""
    message = {"content": draw(TEXTS), "reasoning_content": SECRET}
    body = {"choices": [{"message": message, "finish_reason": draw(REASONS)}], "usage": draw(USAGES)}
    return json.dumps(draw(st.sampled_from([body, body, draw(ODD)]))).encode()


def sends(handler: Handler, kind: str, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def goes_on(seconds: float, once: Callable[[int], None]) -> None:
    """Run batches of examples, each from another seed, for so long."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        once(number)
        number += 1


steady = settings(
    deadline=None,
    max_examples=15,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def modes(shelf: Path, endpoint: Endpoint) -> Iterator[dict[str, Assistant]]:
    """An assistant for each mode."""
    flags = ["model.retries=0"]
    with (
        opened(shelf, endpoint, "answer.mode=strict", *flags) as strict,
        opened(shelf, endpoint, "answer.mode=mark", *flags) as mark,
    ):
        yield {"strict": strict, "mark": mark}


def check(answer: Answer, mode: str) -> None:
    """What holds of an answer, whatever a model wrote."""
    sound(answer)
    assert SECRET not in answer.text
    answer.text.encode()
    for claim in answer.claims:
        if claim.struck:
            continue
        assert claim.own or claim.verdict or connective(claim.text)
        assert claim.own == claim.text.startswith(("Not covered: ", "Quotes only, as the model replied nothing:")) or claim.verdict
        assert mode == "mark" or not claim.verdict or claim.verdict.verdict in HELD
        assert {int(number) for number in re.findall(r"\[([1-9]\d{0,2})\]", claim.shown)} == set(claim.sources)
    assert all(part in QUESTION for part in answer.uncovered)
    assert answer.incomplete is None or answer.incomplete.isprintable()
    answer.to_markdown(), answer.to_latex(), answer.model_dump_json()


@pytest.mark.slow
def test_any_reply_gives_a_sound_answer(modes: dict[str, Assistant], endpoint: Endpoint, request: pytest.FixtureRequest) -> None:
    def once(number: int) -> None:
        @seed(number)
        @steady
        @given(streams(), st.lists(wholes(), min_size=1, max_size=3), st.sampled_from(["strict", "mark"]))
        def example(stream: bytes, rewritten: list[bytes], mode: str) -> None:
            def reply(handler: Handler) -> None:
                body: Body = endpoint.calls[-1]
                written = role(body) == "answer"
                kind = "text/event-stream" if written else "application/json"
                sends(handler, kind, stream if written else rewritten[len(endpoint.calls) % len(rewritten)])

            endpoint.sends = reply
            endpoint.calls.clear()
            try:
                *_, answer = happenings(modes[mode], QUESTION, Words())
            except ModelError as exc:
                assert str(exc).isprintable()
                return
            assert isinstance(answer, Answer)
            check(answer, mode)
            assert len(endpoint.calls) <= 6

        example()

    goes_on(request.config.getoption("--fuzz"), once)


@pytest.mark.slow
def test_any_bytes_are_a_reply_or_an_error_of_ours(endpoint: Endpoint, request: pytest.FixtureRequest) -> None:
    chat, embedder = Chat("m", endpoint.url, 10, 0), OpenAIEmbedder("m", endpoint.url, 10)
    bodies = streams() | wholes() | ODD.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200)
    vectors = st.lists(st.fixed_dictionaries({"index": ODD, "embedding": ODD | st.lists(st.floats(), max_size=3)}), max_size=2)
    bodies |= vectors.map(lambda rows: json.dumps({"data": rows}).encode())
    kinds = st.sampled_from(["application/json", "text/event-stream", "text/html", "image/png", ""])

    def drained() -> Reply:
        pieces = chat.stream([{"role": "user", "content": "Hi"}])
        while True:
            try:
                assert isinstance(next(pieces), str)
            except StopIteration as end:
                return end.value

    calls: list[Callable[[], Any]] = [lambda: chat.complete([{"role": "user", "content": "Hi"}]), drained]

    def once(number: int) -> None:
        @seed(number)
        @steady
        @given(bodies, kinds, st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 404, 418, 422]))
        def example(body: bytes, kind: str, status: int) -> None:
            endpoint.sends = lambda handler: sends(handler, kind, body, status)
            endpoint.calls.clear(), endpoint.asked.clear()
            for call in calls:
                try:
                    reply = call()
                except AssistantError as exc:
                    assert str(exc).isprintable() and len(str(exc)) < 600
                    continue
                assert reply.text.strip() and SECRET not in reply.text
                reply.text.encode()
                assert type(reply.input_tokens) is int and type(reply.output_tokens) is int
                assert reply.cut == "" or reply.cut.isprintable()
            try:
                embedder.query("Hi")
            except AssistantError as exc:
                assert str(exc).isprintable()

        example()

    goes_on(request.config.getoption("--fuzz"), once)
