"""A proxy that gives each request to the next of several servers, without sticky sessions, for the tests."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send


class _Roundabout:
    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = servers
        self._next = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        query = scope["query_string"]
        path = scope["raw_path"] + (b"?" + query if query else b"")
        async with httpx.AsyncClient(timeout=None, trust_env=False, verify=False) as client:
            for _ in self._servers:
                server = self._servers[next(self._next) % len(self._servers)]
                url = httpx.URL(server).copy_with(raw_path=path)
                asked = httpx.Request(scope["method"], url, headers=scope["headers"], content=body)
                try:
                    reply = await client.send(asked, stream=True)
                except httpx.ConnectError:
                    continue
                break
            else:
                await send({"type": "http.response.start", "status": 502, "headers": []})
                return await send({"type": "http.response.body", "body": b""})
            await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.headers.raw})
            left = asyncio.ensure_future(receive())
            try:
                pieces = reply.aiter_raw()
                while True:
                    piece = asyncio.ensure_future(anext(pieces, None))
                    await asyncio.wait({piece, left}, return_when=asyncio.FIRST_COMPLETED)
                    if not piece.done() or piece.exception() or (said := piece.result()) is None:
                        piece.cancel()
                        break
                    await send({"type": "http.response.body", "body": said, "more_body": True})
                if piece.done() and not piece.cancelled() and not piece.exception():
                    await send({"type": "http.response.body", "body": b""})
            finally:
                left.cancel()
                await reply.aclose()


@contextmanager
def roundabout(*servers: str) -> Iterator[str]:
    """Serve them behind one address, which is yielded."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(
            uvicorn.Config(_Roundabout(servers), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
