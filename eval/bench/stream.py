"""How long a streamed answer's first token takes from the endpoint to the listener."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from assistant import Assistant
from assistant.types import Token
from eval.runs.timing import quantiles

_SAYS = ["The", " method", " is", " new", " [1].", " It", " works", " [1]."]


class _Endpoint(ThreadingHTTPServer):
    """Streams the same answer on loopback, and remembers when it sent the first piece."""

    daemon_threads = True
    sent = 0.0


class _Handler(BaseHTTPRequestHandler):
    server: _Endpoint  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for number, piece in enumerate(_SAYS):
            choice = {"index": 0, "delta": {"content": piece}, "finish_reason": "stop" if piece is _SAYS[-1] else None}
            if number == 0:
                self.server.sent = time.perf_counter()
            self._send({"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]})
            time.sleep(0.02)
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, event: dict[str, object]) -> None:
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


def first_token(home: Assistant, questions: list[str]) -> dict[str, float]:
    """Milliseconds from the endpoint's first piece to the first `Token`, over the library of `home`."""
    server = _Endpoint(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    seconds: list[float] = []
    flags = ["model.name=m", f"model.base_url={url}", "answer.flow=linear", "answer.repair=false"]
    try:
        with Assistant.open(home.home, set=flags) as assistant:
            for question in questions:
                first = 0.0
                for event in assistant.events(question):
                    if isinstance(event, Token) and not first:
                        first = time.perf_counter()
                seconds.append(first - server.sent)
    finally:
        server.shutdown()
        server.server_close()
    return quantiles(seconds[1:])  # the first one loads what later ones find loaded
