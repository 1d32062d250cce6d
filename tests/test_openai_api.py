"""The OpenAI-compatible embedder against a real server on loopback, good and bad."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from endpoint import Endpoint

from assistant import Assistant
from assistant.errors import LibraryMismatch, ModelError
from assistant.models.endpoint import OpenAIEmbedder

pytestmark = pytest.mark.slow


def embedder(endpoint: Endpoint) -> OpenAIEmbedder:
    return OpenAIEmbedder("letters", endpoint.url, timeout=10)


@pytest.mark.usefixtures("tmp_path")
def test_a_library_is_made_and_asked_through_the_endpoint(endpoint: Endpoint) -> None:
    with Assistant.open(set=["embedder.kind=openai", f"embedder.base_url={endpoint.url}", "embedder.model=letters"]) as a:
        report = a.ingest_sample()
        assert report.new == 60
        assert a.search("What does LeanDojo offer?")[0].paper.title.startswith("LeanDojo")
        answer = a.ask("What does LeanDojo offer?")
        assert all(s.paper.abstract[s.start : s.end] == s.quote for s in answer.sources)
        assert "letters" in a.status().embedder


def test_no_cloud_key_is_asked_for_with_a_local_endpoint(endpoint: Endpoint) -> None:
    assert np.linalg.norm(embedder(endpoint).query("abc")[0].vector) == pytest.approx(1)


def test_without_key_and_endpoint_the_error_names_the_ways_out() -> None:
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY.*embedder\.base_url.*embedder\.kind=local"):
        OpenAIEmbedder("letters", None, timeout=10)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks4://me:secret@127.0.0.1:1080"),
        ("HTTPS_PROXY", "teapot://me:secret@127.0.0.1:1080"),
        ("SSL_CERT_FILE", "/nowhere/at-all.pem"),
        ("OPENAI_BASE_URL", "http://[::1/v1"),
    ],
)
def test_a_client_that_cannot_be_made_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv(name, value)
    with pytest.raises(ModelError, match=r"cannot be called.*embedder\.base_url.*ALL_PROXY.*SSL_CERT_FILE") as caught:
        OpenAIEmbedder("letters", None, timeout=10).query("abc")
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_burst_of_refusals_is_waited_out(endpoint: Endpoint) -> None:
    endpoint.script = [429, 500]
    embedder(endpoint).query("abc")
    assert len(endpoint.calls) == 3


def test_vectors_are_put_in_the_order_of_the_texts(endpoint: Endpoint) -> None:
    endpoint.shuffle = True
    client = embedder(endpoint)
    together = client._embed(["aaaa", "bbbb"])  # pyright: ignore[reportPrivateUsage]
    assert np.allclose(together[0], client.query("aaaa")[0].vector)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(401, "OPENAI_API_KEY", id="bad key"),
        pytest.param(404, "'letters'", id="unknown model"),
        pytest.param(400, "400", id="bad request"),
    ],
)
def test_a_refusal_is_one_clear_line(endpoint: Endpoint, status: int, said: str) -> None:
    endpoint.script = [status]
    with pytest.raises(ModelError, match=said) as caught:
        embedder(endpoint).query("abc")
    assert "\n" not in str(caught.value)


def test_too_few_vectors_are_refused(endpoint: Endpoint) -> None:
    endpoint.drop = True
    with pytest.raises(ModelError, match="0 vectors for 1"):
        embedder(endpoint).query("abc")


@pytest.mark.parametrize(("value", "usable"), [(3e30, True), (3e48, False)])
def test_numbers_of_any_size_are_vectors_or_one_clear_line(endpoint: Endpoint, value: float, usable: bool) -> None:
    endpoint.script = [(200, {"data": [{"index": 0, "embedding": [value, 0.0], "object": "embedding"}], "object": "list"})]
    if usable:
        assert embedder(endpoint).query("abc")[0].vector.tolist() == [1.0, 0.0]
    else:
        with pytest.raises(ModelError, match="not rows of 32-bit numbers"):
            embedder(endpoint).query("abc")


def test_vectors_of_another_length_than_those_of_the_library_are_one_clear_line(endpoint: Endpoint, tmp_path: Path) -> None:
    paper = {"title": "Kelpnet", "abstract": "Kelpnet counts kelp in photographs of the sea floor and scores 0.91."}
    other = {"title": "Reefnet", "abstract": "Reefnet counts reefs in photographs of the sea floor."}
    file = tmp_path / "papers.jsonl"
    file.write_text(json.dumps(paper), "utf-8")
    reply = {"data": [{"index": 0, "embedding": [1.0, 2.0, 3.0], "object": "embedding"}], "object": "list"}
    with Assistant.open(set=["embedder.kind=openai", f"embedder.base_url={endpoint.url}", "embedder.model=letters"]) as a:
        a.ingest(file)
        endpoint.script = [(200, reply)]
        with pytest.raises(LibraryMismatch, match="a vector of 3 numbers where those of the library have 8"):
            a.ask("What does Kelpnet count?")
        file.write_text(json.dumps(other), "utf-8")
        endpoint.script = [(200, reply)]
        with pytest.raises(LibraryMismatch, match="3 numbers"):
            a.ingest(file)
        assert a.ask("What does Kelpnet count?").sources


@pytest.mark.parametrize(
    "content",
    [
        *("<html>", {"data": None}, {"data": [{"index": 0}]}, [], {"error": {"message": "no"}}),
        {"data": [{"index": 0, "embedding": [], "object": "embedding"}], "object": "list"},
    ],
    ids=repr,
)
def test_what_is_no_reply_of_an_embedder_is_one_clear_line(endpoint: Endpoint, content: object) -> None:
    endpoint.script = [(200, content)]
    with pytest.raises(ModelError, match=r"embedder\.") as caught:
        embedder(endpoint).query("abc")
    assert "\n" not in str(caught.value)


def test_vectors_of_different_lengths_are_refused(endpoint: Endpoint) -> None:
    endpoint.script = [(200, {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]})]
    with pytest.raises(ModelError, match="OpenAI-compatible"):
        embedder(endpoint)._embed(["a", "b"])  # pyright: ignore[reportPrivateUsage]


@pytest.mark.slow
def test_a_refused_connection_names_the_endpoint(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    client = OpenAIEmbedder("letters", "http://127.0.0.1:9/v1", timeout=1)
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9.*cannot be reached"):
        client.query("abc")


def test_the_key_is_in_no_error(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint.script = [401]
    with pytest.raises(ModelError) as caught:
        embedder(endpoint).query("abc")
    assert endpoint.keys == ["Bearer sk-secret"]
    assert "sk-secret" not in str(caught.value)


def test_the_page_starts_whatever_proxy_the_environment_names() -> None:
    told = "import os; from assistant.page.framework import gr; print(os.environ['ALL_PROXY'])"
    environment = {"PATH": "/usr/bin:/bin", "ALL_PROXY": "teapot://127.0.0.1:1080"}
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, environment["ALL_PROXY"]), done.stderr
