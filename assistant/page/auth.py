"""Access to the page: passwords, origins, sizes of requests, and headers that restrict the browser.

Passwords are not hashed by pwdlib, which knows no scrypt: docs/decisions/0027.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import logging
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.errors import ConfigError, brief
from assistant.files import read_plain
from assistant.page.newest import Newest
from assistant.page.routes import LARGEST_HEAD, Route, route

_log = logging.getLogger(__name__)
_COST = {"n": 2**14, "r": 8, "p": 1}
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_FREE = 5
"""After this many wrong passwords, an address has to wait."""
_LONGEST_WAIT = 60.0
"""The longest delay after wrong passwords, in seconds."""
_FORGOTTEN = 900.0
"""After this many seconds without a wrong password, the attempts of an address are forgotten."""
_ADDRESSES = 10_000
"""Attempts of at most this many addresses are kept; the oldest are forgotten first."""
_ANYONES = (b"x-gradio-server",)
"""Beginnings of headers that gradio takes for the address of the page, and that no proxy sets or clears."""
_FORWARDED = (b"forwarded", b"x-forwarded-", *_ANYONES)
"""Beginnings of headers by which a proxy names the sender of a request and the address that the request was sent to."""
USER = "assistant.user"
"""The key of a request's scope that holds the user's name; the name is empty where the page needs no login."""
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
"""Gradio needs inline scripts and eval. Attributes such as onerror run nothing, and nothing is fetched from other hosts."""


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
    """Read a file of users, with lines `name:hash`.

    Returns:
        The hashed password of each name.

    Raises:
        ConfigError: the file cannot be read, holds nobody, or has a line that `assistant password` did not write.
    """
    try:
        lines = read_plain(path).decode().splitlines()
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
    """Users and hashed passwords; empty where the page needs no login."""
    names: Sequence[str]
    """The host names that a request may use; empty for any."""


def proxies(addresses: Sequence[str]) -> list[str]:
    """Check the addresses or networks of proxies.

    Returns:
        The addresses.

    Raises:
        ConfigError: an item is neither address nor network.
    """
    for address in addresses:
        try:
            ipaddress.ip_network(address)
        except ValueError as exc:
            raise ConfigError(f"--proxy takes an address or a network such as 10.0.0.0/8, not {brief(address)}") from exc
    return list(addresses)


def door(host: str, auth_file: Path | None) -> Door:
    """Choose how the page that listens on `host` admits users.

    Returns:
        The users and the host names that are accepted.

    Raises:
        ConfigError: other machines can reach the page and no password would be asked for, or the file of users is wrong.
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


class Guesses:
    """Slows down who tries passwords, by address: after a few, each further wrong one doubles the time until the next is looked at.

    An address of IPv6 stands for its network of 64 bits, as whoever has one has them all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tried: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds until a further password of this address is looked at; 0 where it is now, which then counts as wrong."""
        key, now = _network(address), self._clock()
        count, last = self._tried.get(key, (0, now))
        if now - last > _FORGOTTEN:
            count = 0
        due = last + min(_LONGEST_WAIT, 2.0 ** (count - _FREE)) if count >= _FREE else now
        if due > now:
            return due - now
        self._tried[key] = count + 1, now  # before it is looked at, as others may come meanwhile
        self._tried.move_to_end(key)
        if len(self._tried) > _ADDRESSES:
            self._tried.popitem(last=False)
        return 0.0

    def right(self, address: str) -> None:
        """The one that was looked at is right."""
        self._tried.pop(_network(address), None)


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


class Forwarded:
    """Middleware before all others: who sent a request, and to which address, is believed of named proxies alone."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        """Serve `app`; `proxies` are addresses and networks."""
        self._app = app
        self._believed = ProxyHeadersMiddleware(cast(Any, app), list(proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as its proxy forwards it, or as it comes where no proxy sent it."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        believed = (scope.get("client") or ("",))[0] in self._believed.trusted_hosts
        dropped = _ANYONES if believed else _FORWARDED
        kept = [each for each in scope["headers"] if not each[0].lower().startswith(dropped)]
        app = cast(ASGIApp, self._believed) if believed else self._app
        await app({**scope, "headers": kept}, receive, send)


class Gate:
    """Middleware before all that is served."""

    def __init__(self, app: ASGIApp, door: Door, guesses: Guesses | None = None) -> None:
        self._app = app
        self._door = door
        self._known: Newest[bytes, str] = Newest(_ADDRESSES)
        """Who came in by a password from an address; from another one the password waits its turn, as a guess does."""
        self._secret = secrets.token_bytes(16)
        self._guesses = guesses or Guesses()
        self._looks: dict[bytes, asyncio.Future[bool]] = {}
        """Passwords that are being looked at: a browser sends the same with several requests at once."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # the page has none
                await send({"type": "websocket.close"})
            else:
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._stray(scope, headers) or await self._stranger(scope, headers.get("authorization", ""))
        wanted = route(scope["method"], scope["path"])

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                given["Content-Security-Policy"] = _POLICY
                given["X-Content-Type-Options"] = "nosniff"
                given["Referrer-Policy"] = "no-referrer"
                for name in [name for name in given if name.startswith("access-control-")]:
                    del given[name]  # gradio would let pages of other hosts read what is served here
            await send(message)

        if refusal is not None:
            await refusal(scope, receive, sent)
        elif wanted is None:
            await PlainTextResponse("There is no such page.", 404)(scope, receive, sent)
        else:
            await _bounded(self._app, wanted, scope, receive, sent)

    def _stray(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """The refusal of what comes of another site, or has too long a head."""
        head = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if head + sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > LARGEST_HEAD:
            return PlainTextResponse(f"A request has a head of at most {LARGEST_HEAD:,} bytes.", 431)
        if _foreign(scope["method"], headers):
            return PlainTextResponse("Requests of other sites are not served.", 403)
        return None

    async def _stranger(self, scope: Scope, authorization: str) -> PlainTextResponse | None:
        """The request for name and password, where they are not right."""
        scope[USER] = ""
        if not self._door.users:
            return None
        address = (scope.get("client") or ("unknown",))[0]
        seen = hmac.digest(self._secret, f"{_network(address)} {authorization}".encode(), "sha256")
        if seen in self._known:
            scope[USER] = self._known[seen]
            return None
        name, password = _credentials(authorization)
        asked = {"WWW-Authenticate": 'Basic realm="Assistant", charset="UTF-8"'}
        if not name:
            return PlainTextResponse("Name and password, please.", 401, asked)
        look = self._looks.get(seen)
        if look is None:
            if wait := math.ceil(self._guesses.wait(address)):
                _log.warning("passwords of %s are not looked at for %d s", brief(address), wait)
                after = {"Retry-After": str(wait)}
                return PlainTextResponse("Too many wrong passwords; wait a little.", 429, after)
            look = self._looks[seen] = asyncio.ensure_future(self._look(name, password, address))
            look.add_done_callback(lambda _: self._looks.pop(seen))
        if not await asyncio.shield(look):
            return PlainTextResponse("Name and password, please.", 401, asked)
        scope[USER] = name
        self._known.keep(seen, name)
        return None

    async def _look(self, name: str, password: str, address: str) -> bool:
        right = await asyncio.to_thread(self._right, name, password)
        if right:
            self._guesses.right(address)
        else:
            _log.warning("a wrong password for %s, from %s", brief(name), brief(address))
        return right

    def _right(self, name: str, password: str) -> bool:
        # somebody unknown takes as long as a wrong password
        parts = _parts(self._door.users.get(name, "")) or (b"0" * 16, b"")
        return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=parts[0], **_COST), parts[1])


def _foreign(method: str, headers: Headers) -> bool:
    """Decide whether a page of another site makes a request, by a form too; programs name no site.

    A link to the page may be followed from anywhere. `Sec-Fetch-Site` is sent only over HTTPS and on this machine; elsewhere
    browsers name the origin of all but the plainest requests.

    Returns:
        Whether another site makes the request.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        alone = headers.get("sec-fetch-dest", "document") == "document"  # and in no frame of the other site
        followed = alone and headers.get("sec-fetch-mode") == "navigate" and method in ("GET", "HEAD")
        return site not in ("same-origin", "none") and not followed
    origin = headers.get("origin")
    if origin is None:
        return False
    own = {headers.get("host", "").lower()}
    own |= {name.strip().lower() for name in headers.get("x-forwarded-host", "").split(",")}  # no form of another site sets it
    return urlsplit(origin).netloc.lower() not in own - {""}


def _credentials(authorization: str) -> tuple[str, str]:
    """Name and password of HTTP Basic; an empty name where there are none."""
    kind, _, given = authorization.partition(" ")
    try:
        name, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, password) if colon and kind.lower() == "basic" else ("", "")


async def _bounded(app: ASGIApp, wanted: Route, scope: Scope, receive: Receive, send: Send) -> None:
    """Run `app`, which is given no more bytes than its route may be sent, however the sender counts them."""
    refusal = PlainTextResponse("The request is too long.", 413, {"Connection": "close"})
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > wanted.largest:
        await refusal(scope, receive, send)
        return
    come, begun, over = 0, False, False

    async def counted() -> Message:
        nonlocal come, over
        message = await receive()
        come += len(message.get("body", b""))
        if come > wanted.largest and not over:
            over = True
            if not begun:
                await refusal(scope, receive, send)
        return {"type": "http.disconnect"} if over else message

    async def sent(message: Message) -> None:
        nonlocal begun
        if not over:  # else the refusal has been sent
            begun = True
            await send(message)

    try:
        await app(scope, counted, sent)
    except Exception:
        if not over:  # else it was told that the sender has gone
            raise
