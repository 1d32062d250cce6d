"""How the page's process ends: by SIGTERM and by Ctrl-C, with nothing under way and with everything."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from conftest import ROOT
from endpoint import Endpoint
from nursery import Child, Nursery
from onnx import TensorProto, helper, save_model
from served import API, Visitor

from assistant import Assistant

pytestmark = pytest.mark.slow

WARMING = """
import signal, sys
import numpy, onnxruntime
from assistant.__main__ import main
from assistant.page.service import Service
alone = onnxruntime.SessionOptions()
alone.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv.pop(1), alone, providers=["CPUExecutionProvider"])
def warm(service):
    while True:
        session.run(None, {"square": numpy.ones((800, 800), numpy.float32)})
Service.warm = warm
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
"""The command, with a model that never ends to warm: nearly all of its time is native code."""
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
        waited(lambda: answers(found.group()))
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


def answers(url: str) -> bool:
    """The page is up."""
    try:
        return httpx.get(f"{url}/robots.txt", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


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


def squares(path: Path) -> Path:
    """A model that multiplies for a tenth of a second."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [800, 800]) for name in ("square", "product")]
    names = ["square", *(f"step{at}" for at in range(8)), "product"]
    nodes = [helper.make_node("MatMul", [before, "square"], [after]) for before, after in zip(names, names[1:], strict=False)]
    opsets = [helper.make_opsetid("", 17)]
    save_model(
        helper.make_model(helper.make_graph(nodes, "squares", value[:1], value[1:]), opset_imports=opsets, ir_version=8), path
    )
    return path


@pytest.mark.slow
@pytest.mark.parametrize("by", SIGNALS, ids=lambda sign: sign.name)
def test_a_page_that_still_loads_its_model_ends_in_order(tmp_path: Path, by: signal.Signals) -> None:
    command = [sys.executable, "-c", WARMING, str(squares(tmp_path / "squares.onnx")), "chat", "--port", "0"]
    environment = {**os.environ, "ASSISTANT_HOME": str(tmp_path / "page"), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*command, "--set", "embedder.kind=fake"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        waited(lambda: answers(found.group()))
        process.send_signal(by)
        _, said = process.communicate(timeout=60)
    assert process.returncode in (-by, 128 + by), said
    assert "terminate" not in said and "Traceback" not in said
    assert not list(tmp_path.glob("assistant-page-*"))
