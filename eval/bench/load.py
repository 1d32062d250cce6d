"""The page under load: many ask at once, each by the events that a browser sends, of a server in a process of its own.

Each of them has a conversation, which the server keeps, and a timer that looks whether the library changed. Nobody pauses
between two questions. The scripts and styles that a browser fetches once are left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

from assistant.page.store import Owner, Store
from assistant.page.visitors import visitor
from eval.runs.timing import quantiles

USERS, EACH = 20, 10
LIMITS = {"errors": 0, "usable_s": 8, "p95_s": 1.5, "peak_mb": 900, "seen_s": 6}
"""At most so much, on two cores. An open page looks each 5 seconds."""
_PATIENCE = 60
"""Seconds to wait for a reply."""
_NEWS = {"title": "Quagga: News of the Hour", "abstract": "Quagga comes in while the page is open, from another process."}


def measure(
    home: Path, questions: Sequence[str], users: int = USERS, each: int = EACH, flags: Sequence[str] = ()
) -> dict[str, Any]:
    """Figures of a page over the library in `home`, which gains a paper by it.

    Of these, errors are questions without an answer in their conversation, usable_s goes from the start of the server to the
    end of a browser's first events, peak_mb is the server's where the system tells it, and seen_s goes from a paper of another
    process being in force to the last open page that knows of it.
    """
    asked = [[questions[(user * each + place) % len(questions)] for place in range(each)] for user in range(users)]
    server = Server(home, flags)
    try:
        visits = asyncio.run(_visits(server, asked))
        peak = server.peak_mb()
    finally:
        server.stop()
    store = Store(home)
    held = [{turn.answer.question for turn in store.open(who.owner, who.chosen).turns} for who in visits.visitors]
    times = quantiles([seconds for who in visits.visitors for seconds in who.times])
    return {
        "users": users,
        "questions": users * each,
        "errors": sum(question not in kept for own, kept in zip(asked, held, strict=True) for question in own),
        "usable_s": round(visits.usable - server.began, 2),
        "p50_s": round(times["p50_ms"] / 1000, 3),
        "p95_s": round(times["p95_ms"] / 1000, 3),
        "peak_mb": peak,
        "seen_s": round(visits.seen, 2),
    }


class Server:
    """`assistant chat` in a process of its own."""

    def __init__(self, home: Path, flags: Sequence[str]) -> None:
        self._home = home
        self._flags = [part for flag in flags for part in ("--set", flag)]
        self.began = time.time()
        self._process = subprocess.Popen(self._command("chat", "--port", "0"), stdout=subprocess.PIPE, text=True, **self._place)
        assert self._process.stdout
        line = self._process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            raise RuntimeError(f"the page did not start: {line!r}")
        self.url = found.group()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "assistant", *arguments, *self._flags]

    @property
    def _place(self) -> dict[str, Any]:
        return {"env": os.environ | {"ASSISTANT_HOME": str(self._home)}}

    def ingest(self) -> float:
        """Take in a paper by another process; when it came into force."""
        source = json.dumps(_NEWS).encode()
        subprocess.run(self._command("ingest", "-"), input=source, stdout=subprocess.DEVNULL, check=True, **self._place)
        return (self._home / "library" / "CURRENT").stat().st_mtime

    def peak_mb(self) -> float | None:
        """The most memory that the process and those that it started held, each at its largest."""
        return _peak(self._process.pid) if Path("/proc/self/status").exists() else None

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=_PATIENCE)


def _peak(process: int) -> float:
    folder = Path(f"/proc/{process}")
    own = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
    started = [child for thread in folder.glob("task/*/children") for child in thread.read_text().split()]
    return round(int(own.group(1)) * 1024 / 1e6 if own else 0) + sum(_peak(int(child)) for child in started)


class Visits(NamedTuple):
    """What came of it."""

    visitors: list[Visitor]
    usable: float
    """When the first could ask."""
    seen: float
    """Seconds until all knew of the new paper."""


async def _visits(server: Server, asked: Sequence[Sequence[str]]) -> Visits:
    everything = httpx.Limits(max_connections=None, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=server.url, timeout=_PATIENCE, limits=everything, trust_env=False) as client:
        first = await Visitor(client).come()
        usable = time.time()
        visitors = [first, *await asyncio.gather(*(Visitor(client).come() for _ in asked[1:]))]
        async with asyncio.TaskGroup() as group:
            looking = [group.create_task(who.look_on()) for who in visitors]
            await asyncio.gather(*(who.talk(own) for who, own in zip(visitors, asked, strict=True)))
            known = first.generation
            published = await asyncio.to_thread(server.ingest)
            await asyncio.gather(*(who.hear_of(known + 1) for who in visitors))
            for each in looking:
                each.cancel()
        return Visits(visitors, usable, max(who.changed for who in visitors) - published)


class Visitor:
    """One browser with the page open."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._session = secrets.token_hex(6)
        self.key = secrets.token_hex(16)
        self.chosen = ""
        """The conversation that is open."""
        self.generation = 0
        """Of the library, as the page has it."""
        self.changed = 0.0
        """When that changed."""
        self.times: list[float] = []
        """Seconds to each answer."""
        self._fields = dict[int, Any]()
        """What the page says of its fields."""
        self._events = dict[str, Any]()
        """What it says of its events, by field and kind, or by kind alone."""
        self._pause = 0.0
        """Seconds between two looks whether the library changed."""

    @property
    def owner(self) -> Owner:
        """Whom the server keeps the conversation for."""
        return Owner(self.key, visitor("", self._client.cookies["assistant-visitor"]))

    async def come(self) -> Self:
        """Open the page."""
        (await self._client.get("/")).raise_for_status()
        config = (await self._client.get("/config")).raise_for_status().json()
        self._fields = {field["id"]: field["props"] for field in config["components"]}
        for event in config["dependencies"]:
            for target, kind in event["targets"]:
                name = self._fields.get(target, {}).get("elem_id")
                self._events[f"{name} {kind}" if name else kind] = event
                if kind == "tick":
                    self._pause = self._fields[target]["value"]
        self.chosen = (await self._event("load", key=self.key, chosen=""))[1]
        await self._look()
        return self

    async def talk(self, questions: Sequence[str]) -> None:
        """Ask one after the other."""
        for question in questions:
            began = time.perf_counter()
            with suppress(httpx.HTTPError, _Failed):  # then it is not in the conversation
                shown = await self._event("ask click", question=question, key=self.key, chosen=self.chosen, editing="")
                self.chosen = shown[5]
            self.times.append(time.perf_counter() - began)

    async def look_on(self) -> None:
        """Look from time to time whether the library changed."""
        while True:
            await asyncio.sleep(self._pause)
            await self._look()

    async def hear_of(self, generation: int) -> None:
        """Wait for the page to know of a generation."""
        async with asyncio.timeout(_PATIENCE):
            while self.generation < generation:
                await asyncio.sleep(0.01)

    async def _look(self) -> None:
        if isinstance((await self._call("tick", generation=self.generation))[0], float):  # else there is nothing new
            self.generation = (await self._call("due change", generation=self.generation))[1]
            self.changed = time.time()

    async def _call(self, name: str, **given: object) -> list[Any]:
        """What comes of an event that waits for no other."""
        reply = await self._client.post("/gradio_api/run/predict", json=self._body(name, **given))
        return reply.raise_for_status().json()["data"]

    async def _event(self, name: str, **given: object) -> list[Any]:
        """Send an event, and wait until all that comes of it has come; the first state of it, later ones being differences."""
        states: list[list[Any]] = []
        (await self._client.post("/gradio_api/queue/join", json=self._body(name, **given))).raise_for_status()
        async with self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session}) as reply:
            async for line in reply.raise_for_status().aiter_lines():
                message: dict[str, Any] = json.loads(line.removeprefix("data:")) if line else {}
                if not message.get("success", True):
                    raise _Failed(name)
                if message.get("msg") in ("process_generating", "process_completed"):
                    states.append(message["output"]["data"])
        return states[0]

    def _body(self, name: str, **given: object) -> dict[str, Any]:
        event = self._events[name]
        fields = [self._fields[each] for each in event["inputs"]]
        data = [given.get(field.get("elem_id"), field.get("value")) for field in fields]
        return {"data": data, "fn_index": event["id"], "session_hash": self._session, "event_data": None, "trigger_id": None}


class _Failed(Exception):
    """An event of the page failed."""
