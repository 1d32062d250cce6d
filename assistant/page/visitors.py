"""Owners of events: each browser has a key in a cookie, and its sessions and uploads belong to that key."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
import stat
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import brief
from assistant.page import bodies
from assistant.page.auth import USER
from assistant.page.routes import API, DATA, HEARTBEAT, PROGRESS, UPLOAD, route

_log = logging.getLogger(__name__)
_COOKIE = "assistant-visitor"
_AGE = 400 * 86_400
"""Seconds for which a browser keeps the cookie after each visit: the most that browsers allow."""
_KEY = re.compile(rf"(?:^|[; ]){_COOKIE}=([0-9a-f]{{32}})(?:;|$)")
_SESSION = re.compile(r"[0-9A-Za-z_-]{1,64}")
VISITOR = "assistant.visitor"
"""Where a request's scope holds the mark of its visitor, which conversations on disk are bound to."""
_MARK = 32
"""An owner's mark has this many characters."""
_LOST = 'data: {"msg": "unexpected_error", "message": "There is no such session.", "success": false, "session_not_found": true}\n\n'
"""The message that gradio sends in the stream of an unknown session before the stream fails."""
_EVENT = re.compile(rf"{API}/(?:(?:run|api|call(?:/v2)?)/([^/]+)/?|queue/join)")
"""The path of an event, with its API name."""
_NAMED = re.compile(rf"{API}/call/v2/([^/]+)/?")
"""The path of an event whose values come by their names."""
_VALUES = 10_000
"""Lists, objects and commas of an event, outside strings: gradio walks through all of them in the loop that serves everybody."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A string of JSON; one that is not closed too, so that the time is linear."""
_PARTS = 50
"""Files and fields of an upload."""
_BOUNDARY = re.compile(r"boundary=\"?([^\";, ]{1,70})")
_FILES = 10_000
"""At most this many files are remembered; gradio deletes old ones."""


class Unnamed(ValueError):
    """A value given by name is unknown, or one is missing."""


class Uploads:
    """Which files came from whom."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], None] = OrderedDict()

    def add(self, owner: str, path: str) -> None:
        """An owner sent this file."""
        self._held[owner, path] = None
        self._held.move_to_end((owner, path))
        if len(self._held) > _FILES:
            self._held.popitem(last=False)

    def holds(self, session: str | None, path: str) -> bool:
        """The owner of this session sent this file, and it is one: no link, device or pipe."""
        if (owner_of(session), path) not in self._held:
            return False
        try:
            return stat.S_ISREG(Path(path).lstat().st_mode)
        except (OSError, ValueError):
            return False


def visitor(user: str, key: str) -> str:
    """The mark of a visitor, which stays the same when the page is started anew.

    Args:
        user: the user's name; empty where nobody is asked for one.
        key: the key in the browser's cookie; empty for a program.

    Returns:
        A hash, from which nobody learns the key.
    """
    return hashlib.sha256(f"{user}\0{key}".encode()).hexdigest()


def owner_of(session: str | None) -> str:
    """The mark of the owner of a session, as this module names sessions."""
    return session[:_MARK] if session else ""


class Visitors:
    """Middleware before gradio: it puts the owner's mark before each session's name, so that nobody can name another's.

    Gradio gives the events of a session to whoever knows its name, and lets them be cancelled. The mark is made of the key in
    the browser's cookie and of the user's name, by a secret of this process. Programs have no cookie; among those of a user a
    session's name, which each of them makes up at random, is the secret that it is in gradio.
    """

    def __init__(
        self,
        app: ASGIApp,
        uploads: Uploads,
        knows: Callable[[str], bool],
        session_of: Callable[[str], str | None],
        offers: Callable[[str | None, object], bool],
        values: Callable[[str, dict[str, Any]], list[Any]],
    ) -> None:
        """Serve `app`.

        Args:
            app: gradio.
            uploads: where the files of each owner are noted.
            knows: whether there are events of a session in the queue.
            session_of: the session of an event by its id, while the event is known.
            offers: whether there is an event of this API name, or of this number where one is given.
            values: those of an event, in order, out of those given by name; `Unnamed` where one is unknown or missing.
        """
        self._app = app
        self._uploads = uploads
        self._knows = knows
        self._session_of = session_of
        self._offers = offers
        self._values = values
        self._secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request under the names of its sender's sessions."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        key = _key(Headers(scope=scope))
        owner = hmac.new(self._secret, f"{scope.get(USER, '')}\0{key}".encode(), "sha256").hexdigest()[:_MARK]
        scope[VISITOR] = visitor(scope.get(USER, ""), key)
        if scope["path"] == "/":
            send = _with_key(scope, send, key or secrets.token_hex(16))
        wanted = route(scope["method"], scope["path"])
        if scope["path"] == UPLOAD:
            await self._upload(owner, scope, receive, send)
        elif wanted and wanted.json:
            await self._event(owner, scope, receive, send)
        else:
            await (self._asked(owner, scope) or PlainTextResponse("There is no such session.", 404))(scope, receive, send)

    def _asked(self, owner: str, scope: Scope) -> ASGIApp | None:
        """What answers a request that reads, with the sender's own session in it; None where that cannot be."""
        path, event = scope["path"], scope["path"].rpartition("/")[2]
        if path.startswith(f"{API}/call/"):
            return self._app if self._may(owner, event) else None
        if path.startswith(HEARTBEAT):
            session = _own(owner, event)
            return self._as({"path": HEARTBEAT + session, "raw_path": (HEARTBEAT + session).encode()}) if session else None
        if path in (DATA, PROGRESS):
            name = "session_hash" if path == DATA else "upload_id"
            session = _own(owner, QueryParams(scope["query_string"]).get(name, ""))
            if session and path == DATA and not self._knows(session):
                return PlainTextResponse(_LOST, media_type="text/event-stream")
            return self._as({"query_string": urlencode({name: session}).encode()}) if session else None
        return self._app

    def _as(self, changed: dict[str, Any]) -> ASGIApp:
        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app({**scope, **changed}, receive, send)

        return served

    def _may(self, owner: str, event: str) -> bool:
        session = self._session_of(event)
        return session is not None and hmac.compare_digest(owner_of(session), owner)

    async def _event(self, owner: str, scope: Scope, receive: Receive, send: Send) -> None:
        """An event: the body is read whole, and goes on under the sender's own session."""
        body = await bodies.read(receive)
        if body is None:
            return
        try:
            bare = _STRING.sub(b"", body)
            if sum(bare.count(sign) for sign in b"[{,") > _VALUES:
                raise ValueError
            sent: Any = json.loads(body)
            if (named := _NAMED.fullmatch(scope["path"])) and isinstance(sent, dict) and self._offers(named[1], None):
                sent = {"data": self._values(named[1], cast("dict[str, Any]", sent))}
                path = f"{API}/call/{named[1]}"
                scope = {**scope, "path": path, "raw_path": path.encode()}
            refusal = self._mended(owner, scope["path"], sent)
            body = json.dumps(sent, ensure_ascii=False).encode(errors="replace")  # no error may repeat half a surrogate pair
        except Unnamed as exc:
            refusal = str(exc)
        except (ValueError, RecursionError):
            refusal = f"An event is JSON, of {_VALUES:,} values at most."
        if refusal:
            _log.warning("an event was refused: %s", brief(refusal))
            await PlainTextResponse(refusal, 400)(scope, receive, send)
            return
        headers = MutableHeaders(raw=[each for each in scope["headers"] if each[0] != b"transfer-encoding"])
        headers["content-length"] = str(len(body))
        await self._app({**scope, "headers": headers.raw}, bodies.again(body, receive), send)

    def _mended(self, owner: str, path: str, sent: Any) -> str:
        """Put the sender's own session into an event; why it cannot be."""
        if not isinstance(sent, dict):
            return "An event is a JSON object."
        event = cast("dict[str, Any]", sent)
        if (named := _EVENT.fullmatch(path)) and not self._offers(named[1], event.get("fn_index")):
            return f"There is no such event; the API is listed at {API}/info."
        session, id = event.get("session_hash"), event.get("event_id")
        if session is None and path.startswith(f"{API}/call/"):
            session = secrets.token_hex(16)  # gradio would name it after the event
        if session is not None:
            event["session_hash"] = _own(owner, session) if isinstance(session, str) else None
            if event["session_hash"] is None:
                return "The name of a session is letters and figures, 64 at most."
        if path == f"{API}/cancel" and not (isinstance(id, str) and (self._session_of(id) is None or self._may(owner, id))):
            return "There is no such event."
        return ""

    async def _upload(self, owner: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Files: gradio says where it put them."""
        headers = [each for each in scope["headers"] if each[0] != b"accept-encoding"]  # else what it says may come packed
        id = _own(owner, QueryParams(scope["query_string"]).get("upload_id", ""))  # by which the browser asks how far it is
        query = urlencode({"upload_id": id} if id else {}).encode()
        parts, held, refused = 0, b"", False
        replies: list[Message] = []  # kept until the whole is known to have gone well
        named = _BOUNDARY.search(Headers(scope=scope).get("content-type", ""))
        mark = f"--{named[1]}".encode() if named else b"\n--"

        async def counted() -> Message:
            nonlocal parts, held, refused
            message = await receive()
            held += message.get("body", b"")
            parts += held.count(mark)
            last = held.rfind(mark)
            held = held[last + len(mark) :][-len(mark) + 1 :] if last >= 0 else held[-len(mark) + 1 :]
            if parts > _PARTS + 1 and not refused:  # the last mark ends the body
                refused = True
                said = f"An upload has at most {_PARTS} files."
                await PlainTextResponse(said, 413, {"Connection": "close"})(scope, receive, send)
            return {"type": "http.disconnect"} if refused else message

        async def heard(message: Message) -> None:
            replies.append(message)

        try:
            await self._app({**scope, "headers": headers, "query_string": query}, counted, heard)
        except Exception as exc:  # any body may be sent, so a line of the log is enough
            if refused:  # else it was told that the sender has gone
                return
            _log.warning("an upload was not taken: %s", brief(f"{type(exc).__name__}: {exc}"))
            _log.debug("where it failed", exc_info=exc)
            disk = isinstance(exc, OSError)
            told = "The server cannot keep the file; its log says why." if disk else "An upload is a form of named files."
            await PlainTextResponse(told, 500 if disk else 400, {"Connection": "close"})(scope, receive, send)
            return
        if refused:
            return
        if replies and replies[0].get("status") == 200:
            for path in json.loads(b"".join(message.get("body", b"") for message in replies)):
                self._uploads.add(owner, path)
        for message in replies:
            await send(message)


def _key(headers: Headers) -> str:
    """The key of a browser; empty where it has none."""
    found = _KEY.search(headers.get("cookie", ""))
    return found.group(1) if found else ""


def _with_key(scope: Scope, send: Send, key: str) -> Send:
    """Give the browser its key with the page, before it sends an event; a key that it has is kept from growing old."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            secure = "; Secure" if scope.get("scheme") == "https" else ""
            cookie = f"{_COOKIE}={key}; Path=/; Max-Age={_AGE}; HttpOnly; SameSite=Lax{secure}"
            MutableHeaders(scope=message).append("Set-Cookie", cookie)
        await send(message)

    return sent


def _own(owner: str, session: str) -> str | None:
    """The name of a session as gradio knows it."""
    return f"{owner}-{session}" if _SESSION.fullmatch(session) else None
