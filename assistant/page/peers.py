"""Several processes of the page behind one address: a request for a process goes to that process, whoever takes it in.

Gradio's events are two requests, and what they tell stays in the memory of the process that works on them. So the script of the
page names the process that it was loaded from in each request, and a process that takes in a request for another one of the
group hands it on. Where that one has gone, the request is worked on here, and the page finds out and loads itself anew. A program
that queues calls has no such script: it gets a cookie with the name, which gradio's client sends back like any other client with
cookies.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import platform
import re
import socket
import threading
from typing import TYPE_CHECKING

import httpx
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import AssistantError, LibraryAway
from assistant.page import bodies

if TYPE_CHECKING:
    from assistant.library.shared import Shared

NAMED = "X-Assistant-Process"
"""The header that names the process; each reply says who gave it."""
_COOKIE = "assistant-process"
_COOKIE_OF = re.compile(rf"(?:^|[; ]){_COOKIE}=(\w+)(?:;|$)")
_GIVEN = ("/config", "/gradio_api/call/")
"""The beginnings of the paths whose replies give the cookie: with these a program begins what it queues."""
_HANDED = "X-Assistant-Handed-On"
_ELSEWHERE = 421
"""The status of a reply to a request that is for another process."""
_CONNECT = 2.0
"""Seconds to wait for another process."""
_AGAIN = 5.0
"""Seconds between two tries to announce a process, while the database is away."""
_HOPS = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"})
"""Headers of one connection."""
_log = logging.getLogger("assistant")


class Peers:
    """The processes of a group's page."""

    def __init__(self, shared: Shared, mark: str) -> None:
        """Nothing is asked yet.

        Args:
            shared: the tables.
            mark: of this process.
        """
        self.mark = mark
        self._shared = shared
        self._machine = platform.node()
        self._known: dict[str, str | None] = {}
        self._ended = threading.Event()

    def announce(self, host: str, port: int) -> None:
        """Say where this process listens; while the database is away, a thread tries again.

        Args:
            host: where it listens.
            port: the same.

        Raises:
            LibraryError: the user of the database may not write there.
        """
        address = f"http://{_named(_reachable(host, self._shared.host))}:{port}"

        def again() -> None:
            while not self._ended.wait(_AGAIN):
                try:
                    return self._shared.announce(self.mark, self._machine, address)
                except AssistantError as exc:
                    _log.debug("the process is not announced: %s", exc)

        try:
            self._shared.announce(self.mark, self._machine, address)
        except LibraryAway:
            threading.Thread(target=again, daemon=True).start()

    def leave(self) -> None:
        """Say that this process has gone."""
        self._ended.set()
        try:
            self._shared.leave(self.mark)
        except AssistantError as exc:  # the next process at this address takes its place
            _log.debug("the end of the process is not announced: %s", exc)

    def find(self, mark: str) -> str | None:
        """The address of another process; None where there is none, or none that can be reached from here."""
        if mark not in self._known:
            try:
                found = self._shared.page(mark)
            except AssistantError:
                return None
            there = found and (found[0] == self._machine or not _loopback(found[1]))
            self._known[mark] = found[1] if found and there else None
        return self._known[mark]

    def gone(self, mark: str) -> None:
        """Another process does not answer any more."""
        self._known[mark] = None


class HandOn:
    """Middleware that hands requests on to the process that they name."""

    def __init__(self, app: ASGIApp, mark: str, peers: Peers | None) -> None:
        """Serve `app` as the process `mark`; `peers` is None where there are no others."""
        self._app = app
        self._mark = mark
        self._peers = peers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or have it served."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers, peers = Headers(scope=scope), self._peers
        cookie = _COOKIE_OF.search(headers.get("cookie", ""))
        named = headers.get(NAMED) or (cookie.group(1) if cookie else self._mark)
        given = NAMED not in headers and scope["path"].startswith(_GIVEN)

        async def said(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                told[NAMED] = self._mark
                if given:
                    told.append("Set-Cookie", f"{_COOKIE}={self._mark}; Path=/; HttpOnly; SameSite=Lax")
            await send(message)

        if named == self._mark or peers is None:
            return await self._app(scope, receive, said)
        if headers.get(_HANDED):
            return await PlainTextResponse("This process has another name.", _ELSEWHERE)(scope, receive, send)
        address = await asyncio.to_thread(peers.find, named)
        if address is None:
            return await self._app(scope, receive, said)
        body = await bodies.read(receive)
        if body is None or await self._handed_on(address, body, scope, receive, send):
            return None
        peers.gone(named)
        await self._app(scope, bodies.again(body, receive), said)

    async def _handed_on(self, address: str, body: bytes, scope: Scope, receive: Receive, send: Send) -> bool:
        """Have another process serve a request; whether it did."""
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        url = httpx.URL(address).copy_with(raw_path=path + (b"?" + query if query else b""))
        headers = [each for each in scope["headers"] if each[0].decode("latin-1") not in _HOPS]
        asked = httpx.Request(scope["method"], url, headers=[*headers, (_HANDED.encode(), b"1")], content=body)
        timeout = httpx.Timeout(None, connect=_CONNECT)
        # pages listen by plain HTTP, so that certificates need not be loaded for each request
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=False) as client:
            try:
                reply = await client.send(asked, stream=True)
            except httpx.HTTPError:
                return False
            if reply.status_code == _ELSEWHERE:
                await reply.aclose()
                return False
            left = asyncio.ensure_future(_left(receive))
            try:
                kept = [each for each in reply.headers.raw if each[0].decode("latin-1").lower() not in _HOPS - {"content-length"}]
                await send({"type": "http.response.start", "status": reply.status_code, "headers": kept})
                pump = asyncio.ensure_future(_pump(reply, send))
                await asyncio.wait({pump, left}, return_when=asyncio.FIRST_COMPLETED)
                if not pump.done():
                    pump.cancel()
                await asyncio.wait({pump})
                if not pump.cancelled() and (broken := pump.exception()) and not isinstance(broken, httpx.HTTPError):
                    raise broken  # where the other process goes in the middle, so does the reply
            finally:
                left.cancel()
                await reply.aclose()
            return True


async def _pump(reply: httpx.Response, send: Send) -> None:
    async for piece in reply.aiter_raw():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _reachable(host: str, database: str | None) -> str:
    """The address at which others reach what listens at `host`: of the network that the database is in, where it is any."""
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            return host
    except ValueError:
        return host
    if not database or database.startswith("/"):
        return "127.0.0.1"
    try:
        family, kind, _, _, target = socket.getaddrinfo(database, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as line:  # nothing is sent
            line.connect(target)
            return str(line.getsockname()[0])
    except OSError:
        return platform.node()


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _loopback(address: str) -> bool:
    host = httpx.URL(address).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
