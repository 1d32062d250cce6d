"""Many users at the page at once: how long each waits, and what the server takes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from eval.timing import quantiles


def load(home: Path, questions: Sequence[str], users: int = 20, each: int = 10) -> dict[str, Any]:
    """Start `assistant chat` over a library, and have users ask it so many questions each, one after the other.

    Raises:
        RuntimeError: it did not start, or a question was not answered.
    """
    began = time.perf_counter()
    environment = os.environ | {"ASSISTANT_HOME": str(home)}
    server = subprocess.Popen(
        [sys.executable, "-m", "assistant", "chat", "--port", "0"],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        assert server.stdout
        found = re.search(r"http://\S+", server.stdout.readline())
        if not found:
            raise RuntimeError("assistant chat did not start")
        with httpx.Client(base_url=found.group(), timeout=60, trust_env=False) as client:
            _answers(client)
            started = time.perf_counter() - began

            def user(number: int) -> list[float]:
                return [_seconds(client, questions[(number * each + at) % len(questions)]) for at in range(each)]

            with ThreadPoolExecutor(users) as pool:
                times = [one for own in pool.map(user, range(users)) for one in own]
        return {
            "seconds to the first page": round(started, 2),
            "users": users,
            **quantiles(times),
            "peak_mb": _peak_mb(server.pid),
        }
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _answers(client: httpx.Client) -> None:
    """Wait until the page is served."""
    while True:
        try:
            client.get("/").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.02)


def _seconds(client: httpx.Client, question: str) -> float:
    """How long an answer takes, as a program is given it.

    Raises:
        RuntimeError: there is none.
    """
    began = time.perf_counter()
    reply = client.post("/gradio_api/run/ask", json={"data": [question, None, None, None, True]})
    if reply.is_error or not reply.json()["data"][0]["text"]:
        raise RuntimeError(f"no answer to {question!r}: {reply.status_code} {reply.text[:200]}")
    return time.perf_counter() - began


def _peak_mb(pid: int) -> float | None:
    """The most memory a process has held; None where the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"))
    except OSError:
        return None
    return round(int(found.group(1)) * 1024 / 1e6) if found else None
