"""Bounds on the replies of a model's endpoint: time, bytes, length of a line; no packed replies, no redirects."""

from __future__ import annotations

import importlib
import os
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from assistant import cancel
from assistant.errors import Stopped

LINE = 256_000
"""A longer line of a stream, in bytes, is refused; a line is an event, which may hold a whole reply."""
_STREAM = 16_000_000
"""A longer stream, in bytes, is refused: each piece of text comes in an event of some hundred bytes."""
_TICK = 0.1
"""While nothing comes, the caller is checked for every so many seconds."""
_HOST = re.compile(r"https?://[\w.:\[\]-]{1,80}")


class Refused(BaseException):
    """The reply is given up; the message says why and what to do, behind the name of the endpoint.

    No `Exception`, as the client calls again after one of these: the endpoint would send the same once more.
    """


class Left(BaseException):
    """Nobody waits for the reply any more; no `Exception` for the same reason."""


def client(kind: Any, seconds: float, most: int, section: str) -> Any:
    """Make an HTTP client for the client of openai, with bounds on replies.

    The client follows no redirect. It asks for unpacked replies and refuses others, because a small packed reply could unpack
    to one without end.

    Args:
        kind: the class of the client: of httpx, or of httpx2 from version 3 of openai.
        seconds: time for a call, from the first byte sent to the last byte of the reply.
        most: the most bytes of a reply that is no stream.
        section: the section of the settings that holds `base_url` and `timeout`, for messages.

    Returns:
        The client, an instance of `kind`.
    """

    def check(response: Any) -> None:
        _check(response, section)
        stream = "text/event-stream" in response.headers.get("Content-Type", "")
        response.stream = _bounded(response, _STREAM if stream else most, LINE if stream else most)

    hooks = {"response": [check]}
    trusted = _trusted(_module(kind.__mro__[1]), os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    made: Any = kind(follow_redirects=False, timeout=seconds, event_hooks=hooks, verify=trusted)
    late = f"did not finish its reply within {seconds:g} s; raise {section}.timeout or try again later"
    # the parameter for this is one of the pool's alone, and a transport of our own would go past the proxies of the environment
    for transport in (made._transport, *made._mounts.values()):
        if transport:
            pool = transport._pool
            pool._network_backend = _Backend(pool._network_backend, seconds, late)
    return made


@lru_cache(maxsize=4)
def _trusted(module: str, file: str | None, folder: str | None) -> Any:
    """The certificates that the clients of a module trust, read once for the places that two variables name."""
    return importlib.import_module(module).create_ssl_context()


def _module(kind: Any) -> str:
    """The module of the HTTP client: httpx or httpx2."""
    return kind.__module__.partition(".")[0]


def _check(response: Any, section: str) -> None:
    """Refuse a reply by its status and its headers."""
    if 300 <= response.status_code < 400:
        host = _HOST.match(response.headers.get("Location", ""))
        to = f" to {host.group()}" if host else ""
        raise Refused(
            f"redirects the call{to} (HTTP {response.status_code}), which is not followed, as it holds the prompt;"
            f" set {section}.base_url to the address that answers"
        )
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise Refused(f"packs its reply, which was asked for unpacked; check {section}.base_url and what stands before it")


def _bounded(response: Any, most: int, line: int) -> Any:
    """The stream of bytes of the response, which ends in `Refused` behind `most` bytes, or `line` of them without a line's end."""
    inner = response.stream
    base: Any = importlib.import_module(_module(type(response))).SyncByteStream

    class Bounded(base):
        def __iter__(self) -> Iterator[bytes]:
            came = unbroken = 0
            for piece in inner:
                came += len(piece)
                last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
                unbroken = len(piece) - last - 1 if last >= 0 else unbroken + len(piece)
                if came > most:
                    raise Refused(f"sent more than {most / 1e6:g} MB; a reply has less")
                if unbroken > line:
                    raise Refused(f"sent more than {line / 1e3:g} kB on one line of a stream; a reply has shorter ones")
                yield piece

        def close(self) -> None:
            inner.close()

        def __getattr__(self, name: str) -> Any:  # what else the client asks its own stream
            return getattr(inner, name)

    return Bounded()


def _awaited() -> None:
    """Raise `Left` where the reply is not waited for any more."""
    try:
        cancel.check()
    except Stopped as exc:
        raise Left(str(exc)) from exc
    if cancel.ended():
        raise Left("it was stopped before anything was written")


class _Backend:
    """The network as the client's pool of connections uses it, each connection timed."""

    def __init__(self, inner: Any, seconds: float, late: str) -> None:
        self._inner, self._seconds, self._late = inner, seconds, late

    def connect_tcp(self, *arguments: Any, **options: Any) -> Any:
        return _Timed(self._inner.connect_tcp(*arguments, **options), self._seconds, self._late)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Timed:
    """A connection that reads for so many seconds from what was written last after a reply: the beginning of a call."""

    def __init__(self, inner: Any, seconds: float, late: str) -> None:
        self._inner, self._seconds, self._late = inner, seconds, late
        self._end = time.monotonic() + seconds
        self._came = False

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._came:  # the connection is used again
            self._end, self._came = time.monotonic() + self._seconds, False
        self._inner.write(buffer, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._end - time.monotonic()
        if self._came and left <= 0:
            raise Refused(self._late)
        until = time.monotonic() + (max(left, 0.001) if timeout is None else min(timeout, max(left, 0.001)))
        while True:
            try:
                piece = self._inner.read(max_bytes, max(0.001, min(_TICK, until - time.monotonic())))
            except Exception as exc:
                if type(exc).__name__ == "ReadTimeout" and time.monotonic() < until:
                    _awaited()
                    continue
                if self._came and time.monotonic() >= self._end:
                    raise Refused(self._late) from None
                raise  # nothing came at all: the client may call again
            self._came = True
            return piece

    def start_tls(self, *arguments: Any, **options: Any) -> Any:
        return _Timed(self._inner.start_tls(*arguments, **options), self._seconds, self._late)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
