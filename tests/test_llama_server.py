"""The client of OpenAI-compatible endpoints against llama.cpp's own server on loopback, with a tiny model."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest
import tiny
from test_llm import streamed

from assistant import Assistant, cancel
from assistant.errors import ModelError, Stopped
from assistant.models.endpoint import Chat
from assistant.types import Message

xllamacpp: Any = pytest.importorskip("xllamacpp", reason="needs the extra 'local'")
pytestmark = pytest.mark.slow
HI: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(tiny.make(tmp_path_factory.mktemp("tiny") / "tiny.gguf"))
    wanted.n_ctx, wanted.n_parallel, wanted.warmup, wanted.verbosity = 2048, 1, False, -1
    wanted.hostnames, wanted.port = ["127.0.0.1"], 0
    server = xllamacpp.Server(wanted)
    if not getattr(server, "listening_address", None):
        pytest.skip("this xllamacpp does not say where its server listens")
    yield f"{server.listening_address}/v1"
    del server


def chat(url: str, **options: Any) -> Chat:
    return Chat("tiny", url, **{"timeout": 60, "retries": 0, **options})


def test_it_replies_and_counts(url: str) -> None:
    reply = chat(url).complete(HI, max_tokens=20, temperature=0)
    assert reply.text and reply.input_tokens > 20
    assert (reply.output_tokens, reply.finished, "limit" in reply.cut) == (20, False, True)


def test_it_streams_the_same(url: str) -> None:
    model = chat(url)
    whole = model.complete(HI, max_tokens=20, temperature=0)
    arrived, reply = streamed(model.stream(HI, max_tokens=20, temperature=0))
    assert len([piece for piece in arrived if piece]) > 3
    assert "".join(arrived) == reply.text == whole.text and reply.output_tokens == 20


def test_it_keeps_to_json_and_to_a_schema(url: str) -> None:
    schema = {"type": "object", "properties": {"answerable": {"type": "boolean"}}, "required": ["answerable"]}
    assert isinstance(json.loads(chat(url).complete(HI, max_tokens=200, temperature=0, json=True).text), dict)
    assert json.loads(chat(url).structured(HI, schema, max_tokens=200).text)["answerable"] in (True, False)


def test_it_tells_probabilities(url: str) -> None:
    letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]  # a token is a byte
    found = chat(url).chances(HI, letters)
    assert found and 0 < sum(found.of.values()) <= 1


def test_a_prompt_that_is_too_long_is_one_clear_line(url: str) -> None:
    with pytest.raises(ModelError, match="too long for the model") as caught:
        chat(url).complete([{"role": "user", "content": "word " * 1000}])
    assert str(caught.value).isprintable()


def test_whoever_stops_is_not_kept_waiting(url: str) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()
    with suppress(Stopped), cancel.endable(stop):  # which is raised where nothing was written yet
        streamed(chat(url).stream(HI, max_tokens=2000))
    assert time.monotonic() - began < 20


def test_an_answer_is_written_by_it(url: str, shelf: Any) -> None:
    flags = ["embedder.kind=fake", "answer.threshold=0", "model.name=tiny", f"model.base_url={url}", "model.output_tokens=30"]
    with Assistant.open(shelf, set=flags) as assistant:
        answer = assistant.ask("How many theorems does LeanBench hold?")
    assert answer.usage.calls >= 1 and answer.text, "letters without sense are proved by nothing"
    assert answer.abstained
