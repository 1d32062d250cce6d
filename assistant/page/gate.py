"""What stands before the page: who may come in, from where, with how much; and what a browser is told to refuse."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import ConfigError

_COST = {"n": 2**14, "r": 8, "p": 1}
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_LARGEST = 1_000_000
"""Bytes of a request that is no upload."""
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""Gradio needs inline scripts and eval; attributes such as onerror run nothing, and nothing is fetched from elsewhere."""


def loopback(host: str) -> bool:
    """Only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hashed(password: str, salt: bytes | None = None) -> str:
    """A password as a file of users keeps it."""
    salt = salt or secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **_COST)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def users(path: Path) -> dict[str, str]:
    """Each name with its hashed password, out of a file of lines `name:hash`.

    Raises:
        ConfigError: it cannot be read, holds nobody, or a line is none of `assistant password`.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as exc:
        raise ConfigError(f"cannot read the file of users {str(path)!r}: {getattr(exc, 'strerror', None) or exc}") from exc
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, kept = line.strip().partition(":")
        if not (name and colon and _parts(kept)):
            raise ConfigError(f"{str(path)!r}, line {number}, is not NAME:HASH; make one with: assistant password NAME")
        found[name] = kept
    if not found:
        raise ConfigError(f"{str(path)!r} names nobody; add a line with: assistant password NAME")
    return found


def _parts(kept: str) -> tuple[bytes, bytes] | None:
    """Salt and digest."""
    kind, *rest = kept.split("$")
    if kind != "scrypt" or len(rest) != 2:
        return None
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in rest)
    except binascii.Error:
        return None
    return (salt, digest) if salt and digest else None


class Door(NamedTuple):
    """Who may come in."""

    users: Mapping[str, str]
    """Nobody is asked for a name where there are none."""
    names: Sequence[str]
    """The hosts under which the page may be asked for; empty for any."""


def door(host: str, auth_file: Path | None) -> Door:
    """The door of a page that listens on `host`.

    Raises:
        ConfigError: others can reach it, and nobody would be asked who they are; or the file of users is wrong.
    """
    if auth_file:
        return Door(users(auth_file), ())
    if not loopback(host):
        raise ConfigError(
            f"--host {host} can be reached from other machines, and without --auth-file anyone there could read the library, ask "
            "at your cost and add papers; make a file of users with: assistant password NAME > users.txt"
        )
    # a page elsewhere whose name is pointed at this machine would otherwise be let in by the browser
    return Door({}, (*_LOCAL_NAMES, host))


class Gate:
    """Middleware before all that is served."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door
        self._known: dict[bytes, None] = {}
        self._secret = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            if scope["type"] != "websocket":  # the page has none
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if refusal := self._refusal(scope, headers) or await self._stranger(headers.get("authorization", "")):
            await refusal(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                given["Content-Security-Policy"] = _POLICY
                given["X-Content-Type-Options"] = "nosniff"
                given["Referrer-Policy"] = "no-referrer"
                for name in [name for name in given if name.startswith("access-control-")]:
                    del given[name]  # gradio would let pages of other hosts read what is served here
            await send(message)

        await self._app(scope, receive, sent)

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "").lower()
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if self._door.names and name not in self._door.names:
            return PlainTextResponse("This page is for this machine only.", 403)
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("Requests of other sites are not served.", 403)
        upload = scope["path"].endswith("/upload")
        length = headers.get("content-length", "0")
        if not upload and (not length.isdigit() or int(length) > _LARGEST):
            return PlainTextResponse("The request is too long.", 413)
        return None

    async def _stranger(self, authorization: str) -> PlainTextResponse | None:
        """The request for name and password, where they are not right; slow the first time, which makes guessing slow."""
        seen = hmac.digest(self._secret, authorization.encode(), "sha256")
        if not self._door.users or seen in self._known:
            return None
        if await asyncio.to_thread(self._right, authorization):
            self._known[seen] = None
            return None
        asked = {"WWW-Authenticate": 'Basic realm="Assistant", charset="UTF-8"'}
        return PlainTextResponse("Name and password, please.", 401, asked)

    def _right(self, authorization: str) -> bool:
        kind, _, given = authorization.partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            name, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        # somebody unknown takes as long as a wrong password
        parts = _parts(self._door.users.get(name, "")) or (b"0" * 16, b"")
        return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=parts[0], **_COST), parts[1]) and bool(colon)
