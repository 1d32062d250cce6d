"""arXiv's Atom API and the hub's API on loopback, good and bad, for the tests."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from loopback import Loopback


class Reply(NamedTuple):
    """What is answered out of turn."""

    status: int = 200
    body: str | bytes = ""
    headers: dict[str, str] = {}
    stall: float = 0.0
    """Seconds before it."""
    drip: float = 0.0
    """Seconds between its bytes."""


BUSY = Reply(429, "slow down", {"Retry-After": "0.01"})


class Entry(NamedTuple):
    """A paper as the sites know it."""

    key: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ("Ada Potter", "Bo Kettle")
    published: str = "2024-05-01T17:59:59.000Z"
    version: int = 2


class Sites(Loopback):
    """Both sites at one address, after what `script` says to answer first."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.entries: dict[str, Entry] = {}
        self.days: dict[str, list[str]] = {}
        """Day -> ids of the papers listed."""
        self.script: list[Reply] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Paths with their parameters."""
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.refuses: set[str] = set()
        """Ids that arXiv calls malformed, and with them all that is asked for together."""
        self.knows_pages = True
        self.replies: dict[str, str] = {}
        """Path -> what the other sites say there."""

    @property
    def settings(self) -> list[str]:
        """What leads an assistant here, with no pause between requests."""
        others = ("crossref", "pubmed", "openalex", "s2", "openreview")
        own = [f"ingest.arxiv_url={self.origin}/api/query", f"ingest.hub_url={self.origin}", "ingest.remote_pause=0"]
        return [*own, *(f"ingest.{name}_url={self.origin}/{name}" for name in others)]

    def add(self, *entries: Entry, day: str | None = None) -> None:
        """Know these papers, listed for a day."""
        self.entries |= {entry.key: entry for entry in entries}
        if day:
            self.days.setdefault(day, []).extend(entry.key for entry in entries)


class Handler(BaseHTTPRequestHandler):
    server: Sites

    def do_GET(self) -> None:
        server = self.server
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        server.asked.append((parts.path, asked))
        server.headers.append(dict(self.headers))
        server.times.append(time.monotonic())
        if server.script:
            self.reply(server.script.pop(0))
        elif parts.path in server.replies:
            self.reply(Reply(body=server.replies[parts.path]))
        elif parts.path == "/api/query":
            self.reply(self.atom(asked))
        elif parts.path == "/api/daily_papers":
            self.reply(self.daily(asked))
        else:
            self.reply(self.single(parts.path.rpartition("/")[2]))

    def atom(self, asked: dict[str, str]) -> Reply:
        server = self.server
        if "id_list" in asked:
            keys = [key.partition("v") for key in asked["id_list"].split(",")]
            if any(key in server.refuses for key, *_ in keys):
                return Reply(400, "<feed/>")
            found = [
                server.entries[key]._replace(version=int(version or server.entries[key].version))
                for key, _, version in keys
                if key in server.entries
            ]
            return Reply(body=feed(found, len(found)))
        start, most = int(asked["start"]), int(asked["max_results"])
        return Reply(body=feed([*server.entries.values()][start : start + most], len(server.entries)))

    def daily(self, asked: dict[str, str]) -> Reply:
        wanted = asked.get("date") or asked["month"]
        listed = [self.server.entries[key] for day, keys in self.server.days.items() if day.startswith(wanted) for key in keys]
        limit = int(asked["limit"])
        start = int(asked["p"]) * limit if self.server.knows_pages else 0
        records = [
            {
                "paper": record(entry) | {"upvotes": 7, "discussionId": "65"},
                "publishedAt": f"{wanted}T02:11:00.000Z",
                "title": entry.title,
                "numComments": 1,
                "submittedBy": {"_id": "1", "fullname": "A. Reader", "name": "reader", "type": "user"},
            }
            for entry in listed[start : start + limit]
        ]
        return Reply(body=json.dumps(records))

    def single(self, key: str) -> Reply:
        if key not in self.server.entries:
            return Reply(404, json.dumps({"error": "Paper not found"}))
        days = [day for day, keys in self.server.days.items() if key in keys]
        listed = {"submittedOnDailyAt": f"{days[0]}T00:00:00.000Z"} if days else {}
        return Reply(body=json.dumps(record(self.server.entries[key]) | {"comments": []} | listed))

    def reply(self, reply: Reply) -> None:
        self.server.closing.wait(reply.stall)
        data = reply.body if isinstance(reply.body, bytes) else reply.body.encode()
        self.send_response(reply.status)
        for name, value in ({"Content-Length": str(len(data))} | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        for at in range(len(data)) if reply.drip else ():
            self.wfile.write(data[at : at + 1])
            self.server.closing.wait(reply.drip)
        if not reply.drip:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def record(entry: Entry) -> dict[str, object]:
    """A paper as the hub's JSON has it."""
    return {
        "id": entry.key,
        "authors": [{"_id": str(number), "name": name, "hidden": False} for number, name in enumerate(entry.authors)],
        "publishedAt": entry.published,
        "title": entry.title,
        "summary": entry.abstract,
    }


def feed(entries: list[Entry], total: int) -> str:
    """Papers as arXiv's Atom has them."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?search_query=x" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=x&amp;id_list=</title>
  <id>http://arxiv.org/api/abc</id>
  <updated>2024-06-01T00:00:00-04:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{total}</opensearch:totalResults>
{"".join(atom(entry) for entry in entries)}</feed>
"""


def atom(entry: Entry) -> str:
    authors = "".join(f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in entry.authors)
    return f"""  <entry>
    <id>http://arxiv.org/abs/{entry.key}v{entry.version}</id>
    <updated>2024-05-02T00:00:00Z</updated>
    <published>{entry.published}</published>
    <title>{escape(entry.title)}</title>
    <summary>  {escape(entry.abstract)}
</summary>
{authors}    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">12 pages</arxiv:comment>
    <link href="http://arxiv.org/abs/{entry.key}v{entry.version}" rel="alternate" type="text/html"/>
    <link title="pdf" href="http://arxiv.org/pdf/{entry.key}v{entry.version}" rel="related" type="application/pdf"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CL"/>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
"""
