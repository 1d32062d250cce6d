"""An OpenAI-compatible server on loopback, good and bad, for the tests."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from loopback import Loopback

Body = dict[str, Any]


class Endpoint(Loopback):
    """Plays /v1/embeddings (a vector of letter counts) and /v1/chat/completions, after what `script` says to answer first."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.script: list[int | tuple[int, object]] = []
        """Statuses, or statuses with what is sent: JSON, or a text as a page."""
        self.retry_after = "0.01"
        self.stall = 0.0
        """Seconds before anything is answered."""
        self.broken = threading.Event()
        """A client went before it had everything."""
        self.says: Callable[[Body], str | None] = lambda body: "Hello."
        """What the language model replies to a call."""
        self.finish = "stop"
        self.piece = 3
        """Characters that a streamed piece holds."""
        self.cut_after: int | None = None
        """Pieces after which a stream breaks off, or stalls where `gap` is set."""
        self.gap = 0.0
        """Seconds that a stream stalls there, before it goes on."""
        self.promises_more = False
        """A stream announces more than it sends, so that the client's transport sees it break."""
        self.stream_ends = "[DONE]"
        """What a stream says last."""
        self.headers: dict[str, str] = {}
        """Further headers of what `script` says."""
        self.sends: Callable[[Handler], None] | None = None
        """Writes the reply, headers and all, in place of all of the above."""
        self.asked: list[dict[str, str]] = []
        """The headers of all calls, their names in small letters."""
        self.ports: list[int] = []
        """Where all calls came from: a connection that is used again has one."""
        self.shuffle = False
        self.drop = False
        self.calls: list[Body] = []
        self.keys: list[str | None] = []
        self.times: list[float] = []

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def says_in_turn(self, *replies: str | None) -> None:
        """Reply these, one a call."""
        rest = iter(replies)
        self.says = lambda body: next(rest)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up and went."""
        self.broken.set()


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.calls.append(body)
        server.keys.append(self.headers["Authorization"])
        server.times.append(time.monotonic())
        server.asked.append({name.lower(): value for name, value in self.headers.items()})
        server.ports.append(self.client_address[1])
        server.closing.wait(server.stall)
        if server.sends:
            self.close_connection = True
            server.sends(self)
            return
        if server.script:
            step = server.script.pop(0)
            status, content = step if isinstance(step, tuple) else (step, {"error": {"message": "scripted"}})
            self.reply(status, content)
        elif self.path.endswith("/embeddings"):
            self.reply(200, self.embeddings(body))
        else:
            if body.get("stream"):
                self.stream(server.says(body) or "", "stream_options" in body)
                return
            message = {"role": "assistant", "content": server.says(body)}
            choice = {"index": 0, "message": message, "finish_reason": server.finish}
            usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
            self.reply(200, {"id": "1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage})

    def stream(self, text: str, usage: bool) -> None:
        server = self.server
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if server.promises_more:
            self.send_header("Content-Length", "1000000")
        self.end_headers()
        chunk: Body = {"id": "1", "object": "chat.completion.chunk", "model": "m"}
        pieces = [text[at : at + server.piece] for at in range(0, len(text), server.piece)]
        for number, piece in enumerate(pieces):
            if number == server.cut_after:
                if not server.gap:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                server.closing.wait(server.gap)
            self.event({**chunk, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        self.event({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": server.finish}]})
        if usage:
            spent = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
            self.event({**chunk, "choices": [], "usage": spent})
        self.wfile.write(f"data: {server.stream_ends}\n\n".encode())

    def event(self, content: Body) -> None:
        self.wfile.write(f"data: {json.dumps(content)}\n\n".encode())
        self.wfile.flush()

    def embeddings(self, body: Body) -> object:
        rows = [
            {"object": "embedding", "index": i, "embedding": [1.0 + text.lower().count(letter) for letter in "abcdefgh"]}
            for i, text in enumerate(body["input"])
        ]
        if self.server.shuffle:
            rows.reverse()
        if self.server.drop:
            rows.pop()
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "data": rows, "model": body["model"], "usage": usage}

    def reply(self, status: int, content: object) -> None:
        data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(content, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        if status == 429 or status >= 500:
            self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass
