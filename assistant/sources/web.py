"""Papers over HTTP: one address, asked with pauses and retries; no redirect is followed.

The retries are not tenacity, which saves no line here: docs/decisions/0027.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

_TRIES = 5
_LONGEST_WAIT = 60.0
"""A site that asks for a longer pause, in seconds, gets no further request."""


class WebError(Exception):
    """A request failed; the message gives the reason in a few words."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class _Later(WebError):
    """It may come when it is asked for again."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Site:
    """Replies of one address.

    No redirect is followed and no key sent. What is busy, fails or breaks off is asked for again; after it was in vain,
    and where nobody is there, the site is not asked any more.
    """

    def __init__(self, base: str, *, timeout: float, most: int, pause: float = 0.0) -> None:
        """Made once for a run.

        Args:
            base: the address, without a path that requests add.
            timeout: seconds before a request is given up.
            most: bytes; a larger reply is refused.
            pause: seconds between two requests.
        """
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._most = most
        self._pause = pause
        self._client: httpx.Client | None = None
        self._last = float("-inf")
        self._gone: WebError | None = None

    def close(self) -> None:
        """Let go of connections."""
        if self._client:
            self._client.close()

    def get(self, path: str, parameters: Mapping[str, str | int]) -> bytes:
        """Send a GET request.

        Args:
            path: the path below the site's address.
            parameters: the parameters of the query.

        Returns:
            The body of the reply.

        Raises:
            WebError: the site cannot be reached, or replies with an error, a redirect or too much.
        """  # noqa: DOC501  # the AssertionError is never reached
        if self._gone:
            raise self._gone
        for tries in range(1, _TRIES + 1):
            try:
                return self._once(path, parameters)
            except _Later as exc:
                wait = 0.5 * 2**tries if exc.wait is None else exc.wait
                if tries == _TRIES:
                    self._gone = WebError(f"{exc}, {_TRIES} times; try again later")
                elif wait > _LONGEST_WAIT:
                    self._gone = WebError(f"{exc} and wants to be left alone for {wait:.0f} s; try again then")
                if self._gone:
                    raise self._gone from exc
                time.sleep(wait)
        raise AssertionError("the last try raises")

    def _once(self, path: str, parameters: Mapping[str, str | int]) -> bytes:
        import httpx

        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        began = time.monotonic()
        try:
            if self._client is None:
                self._client = httpx.Client(timeout=self._timeout, headers={"User-Agent": "assistant (paper reader)"})
            with self._client.stream("GET", self._base + path, params=parameters) as response:
                _check(response)
                return self._body(response, began)
        except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
            self._gone = WebError(f"{self._base} cannot be reached")
            raise self._gone from exc
        except httpx.TimeoutException as exc:
            raise _Later(f"no reply within {self._timeout:g} s") from exc
        except httpx.TransportError as exc:
            said = f": {' '.join(str(exc).split())[:100]}" if isinstance(exc, httpx.RemoteProtocolError) else ""
            raise _Later(f"the reply broke off ({type(exc).__name__}{said})") from exc
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError) as exc:
            # besides a broken address, a reply that cannot be unpacked or a proxy of an unknown kind
            raise WebError(f"cannot be fetched: {' '.join(str(exc).split())[:200]}") from exc
        finally:
            self._last = time.monotonic()

    def _body(self, response: httpx.Response, began: float) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._most:
                raise WebError(f"the reply is larger than {self._most:,} bytes (setting ingest.max_file)")
            if time.monotonic() - began > self._timeout:
                raise _Later(f"no whole reply within {self._timeout:g} s")
        return bytes(body)


def _check(response: httpx.Response) -> None:
    """Raise where the status is not 200."""
    status = response.status_code
    if status == 429 or status >= 500:
        raise _Later(f"HTTP {status}", _asked_to_wait(response.headers.get("Retry-After", "")))
    if 300 <= status < 400:
        raise WebError(f"HTTP {status}, a redirect, which is not followed", status)
    if status != 200:
        raise WebError(f"HTTP {status}", status)


def _asked_to_wait(header: str) -> float | None:
    """Seconds, of a header that gives them or a date."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):  # a year that no clock knows
        return None
