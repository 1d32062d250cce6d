"""Bodies of requests: read whole, and handed to who reads them next."""

from __future__ import annotations

from starlette.types import Message, Receive


async def read(receive: Receive) -> bytes | None:
    """The body of a request, which the gate has bounded; None where the sender has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """What receives `body`, and then what else `receive` gives."""
    given = False

    async def told() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return told
