"""How the page's process ends: by SIGTERM and by Ctrl-C, with nothing under way and with everything."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from endpoint import Endpoint
from nursery import Child, Nursery
from served import API, Visitor

from assistant import Assistant

pytestmark = pytest.mark.slow

SIGNALS = [signal.SIGTERM, signal.SIGINT]
Start = Callable[..., "tuple[Child, str]"]


@pytest.fixture
def start(tmp_path: Path, pages: Nursery) -> Iterator[Start]:
    """`start(...)` runs `assistant chat` with these flags, and gives the process and its address."""
    begun: list[Child] = []

    def chat(*flags: str) -> tuple[Child, str]:
        environment = {**os.environ, "ASSISTANT_HOME": str(tmp_path / "page"), "TMPDIR": str(tmp_path)}
        arguments = ["chat", "--port", "0", "--set", "embedder.kind=fake", *flags]
        with (tmp_path / "said").open("wb") as said:
            process = pages.open(*arguments, err=said.fileno(), env=environment)
        begun.append(process)
        assert process.output
        found = re.search(r"http://\S+", process.output.readline())
        assert found
        for _ in range(600):
            with suppress(httpx.TransportError):
                httpx.get(f"{found.group()}/robots.txt", trust_env=False)
                break
            time.sleep(0.1)
        return process, found.group()

    yield chat
    for process in begun:
        process.send_signal(signal.SIGKILL)
        process.wait()


def ended(process: Child, by: signal.Signals, tmp_path: Path) -> tuple[int, float, str]:
    """The exit code, as a shell has it, the seconds to it, and what was said."""
    assert list(tmp_path.glob("assistant-page-*"))
    began = time.monotonic()
    process.send_signal(by)
    code = process.wait(timeout=60)
    return 128 - code if code < 0 else code, time.monotonic() - began, (tmp_path / "said").read_text("utf-8")


def waited(for_: Callable[[], bool]) -> None:
    """Wait for something, a minute at most."""
    deadline = time.monotonic() + 60
    while not for_():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def many(number: int) -> bytes:
    """Papers that take a while."""
    words = "Kettles boil water in winter and the measure of it is taken twice a day. " * 3
    return b"".join(
        json.dumps({"title": f"Kettle {at}", "abstract": f"Kettle {at}. {words}"}).encode() + b"\n" for at in range(number)
    )


@pytest.mark.slow
@pytest.mark.parametrize("by", SIGNALS, ids=lambda sign: sign.name)
def test_a_page_ends_within_seconds_whatever_is_under_way(
    start: Start, endpoint: Endpoint, tmp_path: Path, by: signal.Signals
) -> None:
    process, url = start("--set", "model.name=m", "--set", f"model.base_url={endpoint.url}")
    endpoint.stall = 120
    visitor = Visitor(url, "asking").come()
    asking, taking = visitor.event("question", "submit"), visitor.event("files", "upload")

    def left(work: Callable[[], object]) -> None:
        def run() -> None:
            with suppress(httpx.HTTPError, ValueError):
                work()

        threading.Thread(target=run, daemon=True).start()

    for _ in range(7):  # four that a model is asked for, three that wait
        left(lambda: Visitor(url).call("ask", "What is LeanDojo?", None, None, None, True, None))
    visitor.join(asking, ["What is LeanDojo?", *visitor.values(asking)[1:]])
    left(lambda: visitor.heard())
    waited(lambda: len(endpoint.calls) >= 4)
    path = visitor.upload(many(4_000))
    other = Visitor(url, "taking")
    other.client.cookies = visitor.client.cookies
    other.client.post(
        f"{API}/queue/join",
        json={
            "data": [[{"path": path, "meta": {"_type": "gradio.FileData"}}]],
            "fn_index": taking["id"],
            "session_hash": "taking",
        },
    ).raise_for_status()
    left(lambda: other.heard())
    left(lambda: other.client.get(f"{API}/heartbeat/taking"))
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as half:
        half.sendall(f"POST {API}/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\nabc".encode())
        waited((tmp_path / "page/library/next").exists)
        time.sleep(0.5)
        code, seconds, said = ended(process, by, tmp_path)
    assert code == 128 + by and seconds < 5, said
    assert "Traceback" not in said, said
    assert not list(tmp_path.glob("assistant-page-*"))
    with Assistant.open(tmp_path / "page", set=["embedder.kind=fake"]) as assistant:
        assert assistant.status().papers == 60 and assistant.status().unfinished  # nothing in force by half


@pytest.mark.slow
@pytest.mark.parametrize("by", SIGNALS, ids=lambda sign: sign.name)
def test_a_page_at_rest_ends_at_once(start: Start, tmp_path: Path, by: signal.Signals) -> None:
    process, url = start()
    Visitor(url).come()
    code, seconds, said = ended(process, by, tmp_path)
    assert code == 128 + by and seconds < 5 and "Traceback" not in said
    assert not list(tmp_path.glob("assistant-page-*"))
