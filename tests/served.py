"""The page served in this process, and a visitor who sends what browsers and programs send, for the tests."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from assistant import Assistant
from assistant.library.scratch import Scratch
from assistant.page.app import Server, built, listening
from assistant.page.auth import Door
from assistant.page.service import Service

API = "/gradio_api"
_clients: list[httpx.Client] = []


@contextmanager
def served(assistant: Assistant, door: Door | None = None, proxies: Sequence[str] = (), **options: Any) -> Iterator[str]:
    """Serve the page over this library, by the server of the product; gradio's files go where GRADIO_TEMP_DIR says."""
    service = Service(assistant)
    with closing(listening("127.0.0.1", 0)) as listener:

        async def build() -> FastAPI:  # in a loop, as gradio would make one else and not close it
            return built(service, door or Door({}, ()), proxies=proxies, **options)

        app = asyncio.run(build())
        server = Server(app, service.ending, Scratch(0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            while _clients:
                _clients.pop().close()
            service.ending.set()
            server.should_exit = True
            thread.join()


class Visitor:
    """A browser of one person; or, where it does not `come`, a program without cookies."""

    def __init__(self, url: str, session: str = "own", **options: Any) -> None:
        self.client = httpx.Client(base_url=url, timeout=60, trust_env=False, **options)
        _clients.append(self.client)
        self.session = session

    def come(self) -> Visitor:
        """Open the page, which gives a cookie."""
        self.client.get("/").raise_for_status()
        self.config = self.client.get("/config").raise_for_status().json()
        self.fields = {field["id"]: field for field in self.config["components"]}
        return self

    @property
    def events(self) -> list[dict[str, Any]]:
        """All that the page's own script can have done, those of programs among them."""
        return self.config["dependencies"]

    def event(self, elem_id: str, kind: str) -> dict[str, Any]:
        """The event of a field."""
        ids = [id for id, field in self.fields.items() if field["props"].get("elem_id") == elem_id]
        return next(event for event in self.events if [ids[0], kind] in [list(target) for target in event["targets"]])

    def values(self, event: dict[str, Any]) -> list[Any]:
        """What its fields hold when the page opens."""
        return [self.fields[id]["props"].get("value") for id in event["inputs"]]

    def body(self, event: dict[str, Any], data: Sequence[Any], **more: Any) -> dict[str, Any]:
        return {"data": list(data), "fn_index": event["id"], "session_hash": self.session, "event_data": None, **more}

    def run(self, event: dict[str, Any], data: Sequence[Any], **more: Any) -> httpx.Response:
        """Have an event worked on at once."""
        sent = json.dumps(self.body(event, data, **more))  # in ASCII: a value may be half a surrogate pair
        return self.client.post(f"{API}/run/predict", content=sent, headers={"Content-Type": "application/json"})

    def call(self, name: str, *data: Any) -> httpx.Response:
        """As a program does."""
        return self.client.post(f"{API}/run/{name}", json={"data": list(data)})

    def join(self, event: dict[str, Any], data: Sequence[Any]) -> str:
        """Put an event into the queue."""
        return self.client.post(f"{API}/queue/join", json=self.body(event, data)).raise_for_status().json()["event_id"]

    def heard(self, session: str | None = None, seconds: float = 60) -> list[dict[str, Any]]:
        """What comes of a session's events in the queue, to the end."""
        found: list[dict[str, Any]] = []
        with self.client.stream(
            "GET", f"{API}/queue/data", params={"session_hash": session or self.session}, timeout=seconds
        ) as reply:
            for line in reply.iter_lines():
                if line.startswith("data:"):
                    found.append(json.loads(line.removeprefix("data:")))
        return found

    def upload(self, content: bytes, name: str = "papers.jsonl") -> str:
        """Where the page keeps a file that is sent to it."""
        return self.client.post(f"{API}/upload", files={"files": (name, content)}).raise_for_status().json()[0]


def file(path: object) -> dict[str, Any]:
    """A file as gradio's browser names it."""
    return {"path": str(path), "orig_name": "x", "meta": {"_type": "gradio.FileData"}}


def poured(url: str, path: str, most: int, *, start: bytes = b"", kind: str = "application/json") -> tuple[int, int]:
    """Send a body in chunks, up to `most` bytes, until there is a reply: its status, and the bytes that were sent."""
    host, port = url.removeprefix("http://").split(":")
    sent, chunk = 0, b"a" * 50_000
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        for piece in (start, *[chunk] * (most // len(chunk))):
            if not piece:
                continue
            try:
                line.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            except OSError:
                break
            sent += len(piece)
            time.sleep(0.001)
        else:
            line.sendall(b"0\r\n\r\n")
        line.settimeout(30)
        return int(line.makefile("rb").readline().split()[1]), sent


def kept(folder: Path) -> dict[str, bytes]:
    """All files under a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
