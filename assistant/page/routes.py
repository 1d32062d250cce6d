"""The routes of gradio that are served, with the largest request of each; all others are not found."""

from __future__ import annotations

import re
from typing import NamedTuple

API = "/gradio_api"
UPLOAD = f"{API}/upload"
HEARTBEAT = f"{API}/heartbeat/"
DATA = f"{API}/queue/data"
PROGRESS = f"{API}/upload_progress"
KATEX = "/katex.js"

_READ = re.compile(
    rf"/|{KATEX}|/config/?|/theme\.css|/manifest\.json|/robots\.txt|/favicon\.ico|/(static|assets|svelte)/.+"
    rf"|{API}/(info/?|app_id/?|user/?|login_check/?|startup-events|theme\.css|openapi\.json|upload_progress|queue/(data|status))"
    rf"|{API}/heartbeat/[^/]+|{API}/call/(?!v2/)[^/]+/[^/]+"
)
_WRITE = re.compile(rf"{API}/((run|api)/[^/]+/?|call/(v2/)?[^/]+/?|queue/join|cancel|reset/?)")
_MCP = re.compile(rf"{API}/mcp(/.*)?")
LARGEST_HEAD = 65_536
"""A request with a larger head, in bytes, is refused. The server stops reading there, and refuses longer heads that arrive in one
piece."""
LARGEST = 1_000_000
"""A request with more bytes is refused; uploads are excepted."""
LARGEST_UPLOAD = 20_000_000


class Route(NamedTuple):
    """What a request asks for."""

    largest: int
    """Most bytes of a request."""
    json: bool = False
    """True where the request is an event in JSON."""


def route(method: str, path: str) -> Route | None:
    """Look up the route of a request.

    The page and its API need these routes alone. Gradio has others, which read files of the server, fetch addresses, run ffmpeg,
    or reveal who asked which question.

    Returns:
        The route; None where there is none.
    """
    if method in ("GET", "HEAD") and _READ.fullmatch(path):
        return Route(LARGEST)
    if method == "POST" and _WRITE.fullmatch(path):
        return Route(LARGEST, json=True)
    if method == "POST" and path == UPLOAD:
        return Route(LARGEST_UPLOAD)
    if method in ("GET", "POST", "DELETE") and _MCP.fullmatch(path):
        return Route(LARGEST)
    return None
