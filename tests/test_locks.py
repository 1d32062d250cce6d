"""The page's locks: files, sessions, origins, sizes, passwords, cancellation, and how a server ends; against real servers."""

from __future__ import annotations

import ast
import asyncio
import base64
import hashlib
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ROOT, Run
from endpoint import Endpoint
from fastapi import FastAPI
from pipeline import opened, plays
from served import API, Visitor, file, kept, poured, served
from starlette.responses import PlainTextResponse

from assistant import Assistant
from assistant.cancel import stoppable
from assistant.errors import ConfigError, Stopped, brief
from assistant.page.app import Page, Server, prefix
from assistant.page.auth import Door, Gate, Guesses, door, hashed, proxies
from assistant.page.routes import route
from assistant.page.service import Service, scratch
from assistant.page.store import Conversation, new_id
from assistant.page.views import Turn
from assistant.types import Token

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of gradio's own packages
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SECRET = "The Quuxinator's secret is seventeen marmalades."
PASSWORD = "correct horse"
DOOR = Door({"ada": hashed(PASSWORD), "bo": hashed(PASSWORD)}, ())


def basic(name: str = "ada", password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where gradio keeps files."""
    folder = tmp_path_factory.mktemp("uploads")
    before = os.environ.get("GRADIO_TEMP_DIR")
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    yield folder
    os.environ.pop("GRADIO_TEMP_DIR")
    if before is not None:
        os.environ["GRADIO_TEMP_DIR"] = before


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("locked")
    with Assistant.open(home, set=["embedder.kind=fake"]) as assistant:
        assistant.ingest_sample()
        yield assistant


@pytest.fixture(scope="module")
def url(library: Assistant, uploads: Path) -> Iterator[str]:
    with served(library) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(library: Assistant, uploads: Path) -> Iterator[str]:
    with served(library, DOOR) as url:
        yield url


# Files


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is none of the page's business; as a source of papers it would be taken in."""
    path = tmp_path / "secret.jsonl"
    path.write_text(json.dumps({"title": "Secret", "abstract": SECRET}))
    return path


def hostile(path: Path) -> list[Any]:
    """Ways to name a file of the server."""
    named = file(path)
    return [named, [named], {"value": named}, {"path": str(path)}, str(path), file(f"file://{path}"), {**named, "is_stream": True}]


@pytest.mark.slow
@pytest.mark.parametrize("door", [False, True], ids=["open", "auth-file"])
def test_no_event_reads_takes_in_or_tells_a_file_of_the_server(
    request: pytest.FixtureRequest, library: Assistant, uploads: Path, secret: Path, door: bool
) -> None:
    visitor = Visitor(request.getfixturevalue("guarded" if door else "url"), headers=basic() if door else {}).come()
    before = library.library.current()
    said: list[str] = []
    walked = 0
    for event in visitor.events:
        if not event["backend_fn"]:
            continue
        for place in range(len(event["inputs"])):
            ways = hostile(secret)  # behind a door, which tells who comes and nothing more, one of them for each place, in turn
            for value in [ways[(walked + place) % len(ways)]] if door else ways:
                data = visitor.values(event)
                data[place] = value
                said.append(visitor.run(event, data, event_data=value).text)
                if event["api_visibility"] == "public":
                    said.append(visitor.call(event["api_name"], *data).text)
        walked += 1
    assert walked > 30 and {"ask", "search", "papers"} <= {event["api_name"] for event in visitor.events}
    for path in (f"{API}/file={secret}", f"{API}/file/{secret}", f"/file={secret}", f"{API}/proxy=http://127.0.0.1:1/"):
        assert visitor.client.get(path).status_code == 404
    assert not [each for each in said if SECRET in each or str(uploads) in each]
    assert not [path for path, content in kept(uploads).items() if SECRET.encode() in content]
    assert library.library.current() == before


def test_a_queue_takes_no_file_of_the_server_either(url: str, library: Assistant, uploads: Path, secret: Path) -> None:
    visitor, before = Visitor(url, "queued").come(), library.library.current()
    for event in (visitor.event("files", "upload"), visitor.event("question", "submit")):
        for value in (file(secret), [file(secret)]):
            data = visitor.values(event)
            visitor.join(event, [value, *data[1:]])
            *_, last = (each for each in visitor.heard() if each["msg"] == "process_completed")
            assert not last["success"] and "file" in last["output"]["error"]
    assert SECRET.encode() not in b"".join(kept(uploads).values())
    assert library.library.current() == before


def test_a_file_is_taken_from_the_browser_that_sent_it_alone(url: str, tmp_path: Path) -> None:
    one, other = Visitor(url, "one").come(), Visitor(url, "other").come()
    program = Visitor(url, "one")
    path = one.upload(b'{"kind": "no conversation"}', "talk.json")
    event = one.event("reopen", "upload")
    for visitor in (other, program):
        visitor.fields, visitor.config = one.fields, one.config
        refused = visitor.run(event, ["k" * 16, "", file(path)])
        assert refused.status_code == 500 and "this browser uploaded" in refused.json()["error"]
    assert "no saved conversation" in one.run(event, ["k" * 16, "", file(path)]).text
    for name, make in (("link", lambda: Path(path).symlink_to("/etc/hostname")), ("pipe", lambda: os.mkfifo(path))):
        Path(path).unlink()
        make()
        began = time.monotonic()
        assert "this browser uploaded" in one.run(event, ["k" * 16, "", file(path)]).text, name
        assert time.monotonic() - began < 5
    Path(path).unlink()
    for device in ("/dev/zero", "/dev/stdin", "/proc/self/environ"):
        assert "this browser uploaded" in one.run(event, ["k" * 16, "", file(device)]).text


@pytest.mark.parametrize("wrong", [{"a": 1}, ["May 1"], 7, True, ["x" * 500]], ids=str)
def test_a_filter_that_is_no_text_is_refused(url: str, wrong: Any) -> None:
    program = Visitor(url)
    for name, rest in (("ask", []), ("search", [3])):
        for place in range(3):
            filters: list[Any] = [None] * 3
            filters[place] = wrong
            said = program.call(name, "What is proposed?", *rest, *filters, *([True] if name == "ask" else []), None).json()[
                "error"
            ]
            assert "must be a text" in said and len(said) < 200
    for wrong_papers in ([wrong, None, 0], ["", wrong, 0]):
        assert "must be a text" in program.call("papers", *wrong_papers).json()["error"]
    assert "whole number" in program.call("search", "What?", "many", None, None, None, None).json()["error"]
    assert "true or false" in program.call("ask", "What?", None, None, None, "no", None).json()["error"]


@pytest.mark.slow
def test_an_error_repeats_the_start_of_a_value(library: Assistant) -> None:
    assert brief("x" * 80) == "'" + "x" * 79 + "..." and brief(["y"] * 10**5).endswith("...") and brief("short") == "'short'"
    for where in ({"page": [["z" * 10**5]]}, {"z" * 10**5: "a"}, {"text": ["z" * 10**5]}):
        with pytest.raises(ConfigError) as caught:
            library.search("theorem proving", where=where)  # type: ignore[arg-type]
        assert len(str(caught.value)) < 220
    shown = "z" * 10**5
    for command in (["search", "x", "--where", shown], ["search", "x", "--set", f"{shown}=1"], ["search", "x", "--set", shown]):
        done = subprocess.run([sys.executable, "-m", "assistant", *command], capture_output=True, cwd=ROOT, text=True)
        assert done.returncode == 2 and len(done.stderr) < 400


def test_all_errors_repeat_values_by_one_function() -> None:
    """`!r` in a text of the package stands for a path or a model of the settings, or for a piece of something."""
    plain = set(
        "path self.path run.name model self._model key field reason title __name__ name head given shown near[0] missing".split()
    )
    for source in (ROOT / "assistant").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.FormattedValue) and node.conversion == ord("r"):
                whole = ast.unparse(node.value)
                assert whole in plain or whole.startswith("str(") or isinstance(node.value, ast.Subscript), f"{source}: {whole}"


# Sessions


def test_who_knows_the_name_of_a_session_does_not_get_its_events(url: str) -> None:
    one, other, program = Visitor(url, "mine").come(), Visitor(url, "mine").come(), Visitor(url, "mine")
    assert "HttpOnly" in httpx.get(url, trust_env=False).headers["set-cookie"]
    event = one.event("question", "submit")
    id = one.join(event, ["What does LeanDojo offer?", *one.values(event)[1:]])
    for visitor in (other, program):
        assert [each["msg"] for each in visitor.heard("mine")] == ["unexpected_error"]
        stop = {"session_hash": "mine", "fn_index": event["id"], "event_id": id}
        assert visitor.client.post(f"{API}/cancel", json=stop).status_code == 400
        assert visitor.client.get(f"{API}/call/ask/{id}").status_code == 404
    told = one.heard("mine")
    assert told[-1]["msg"] == "close_stream" and "LeanDojo" in json.dumps(told)


_KEY = "0123456789abcdef" * 2
_OF_A_CONVERSATION = [("download", "click"), ("forget", "click"), ("stop", "click"), ("question", "submit")]


def _chats(visitor: Visitor, chosen: str, elem_id: str, kind: str) -> httpx.Response:
    """Run an event of the chat with the key `_KEY` and this conversation."""
    event = visitor.event(elem_id, kind)
    given = {"key": _KEY, "chosen": chosen, "earlier": chosen, "question": "What does LeanDojo offer?"}
    fields = [visitor.fields[id]["props"] for id in event["inputs"]]
    return visitor.run(event, [given.get(field.get("elem_id"), field.get("value")) for field in fields])


def _comes(visitor: Visitor, chosen: str) -> list[Any]:
    """Open the page with the key `_KEY`, as its script does."""
    load = next(event for event in visitor.events if "load" in [kind for _, kind in event["targets"]])
    return visitor.run(load, [_KEY, chosen, ""]).raise_for_status().json()["data"]


def test_a_first_question_stays_in_the_conversation_that_its_browser_knows(library: Assistant, uploads: Path) -> None:
    with served(library) as url:
        one, other = Visitor(url).come(), Visitor(url).come()
        key, chosen, *_ = _comes(one, "")
        told = _chats(one, chosen, "question", "submit").raise_for_status().json()["data"]
        assert told[5] == chosen
        until = time.monotonic() + 30
        while "LeanDojo" not in json.dumps(_comes(one, chosen)[2]) and time.monotonic() < until:
            time.sleep(0.1)
        assert _comes(one, chosen)[1] == chosen
        foreign = _chats(other, chosen, "question", "submit")
        assert foreign.status_code >= 400 or foreign.json()["data"][5] != chosen
        for unknown in ("f" * 16, "../x"):  # the server gave these to no browser
            assert _chats(one, unknown, "question", "submit").raise_for_status().json()["data"][5] != unknown
        assert _chats(one, chosen, "forget", "click").raise_for_status()
        assert _chats(one, chosen, "question", "submit").raise_for_status().json()["data"][5] != chosen  # it can be restored


@pytest.mark.parametrize("users", [(), ("ada", "bo")])
def test_a_key_opens_conversations_for_its_own_visitor_alone(library: Assistant, uploads: Path, users: tuple[str, ...]) -> None:
    turn = Turn(id="1", answer=library.ask("What does LeanDojo offer?"))
    conversation = Conversation(id=new_id(), turns=(turn,))
    folder = library.home / "conversations" / hashlib.sha256(_KEY.encode()).hexdigest()[:32]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / f"{conversation.id}.json").write_text(conversation.model_dump_json())  # as it was kept before there were visitors
    own, foreign = ({"headers": basic(user)} for user in users) if users else ({}, {})
    with served(library, DOOR if users else None) as url:
        one, other = Visitor(url, **own).come(), Visitor(url, **foreign).come()
        assert "Max-Age=" in one.client.get("/").headers["set-cookie"]  # the key outlives the browser's end
        cookies = dict(one.client.cookies)
        assert _comes(one, conversation.id)[:2] == [_KEY, conversation.id]
        if users:  # another user of the same browser
            other.client.cookies.update(cookies)
        for elem_id, kind in _OF_A_CONVERSATION:
            refused = _chats(other, conversation.id, elem_id, kind)
            assert refused.status_code == 500 and "There is no such conversation" in refused.text, (elem_id, refused.text)
        key, chosen, *rest = _comes(other, conversation.id)
        assert key != _KEY and chosen != conversation.id and turn.answer.question not in json.dumps(rest)
        held = _chats(one, conversation.id, "download", "click").json()["data"][0]["content"]
        assert Conversation.model_validate_json(held) == conversation
    with served(library, DOOR if users else None) as url:  # a page that was started anew
        one = Visitor(url, cookies=cookies, **own).come()
        assert turn.answer.question in json.dumps(_comes(one, conversation.id))


def test_how_far_an_upload_is_its_sender_alone_is_told(url: str) -> None:
    one, other = Visitor(url).come(), Visitor(url).come()
    told: dict[str, str] = {}

    def look(name: str, visitor: Visitor) -> None:
        told[name] = visitor.client.get(f"{API}/upload_progress", params={"upload_id": "up"}).text

    looking = [threading.Thread(target=look, args=[name, visitor]) for name, visitor in (("one", one), ("other", other))]
    for each in looking:
        each.start()
    time.sleep(1.5)  # both have to look before the upload begins
    one.client.post(f"{API}/upload?upload_id=up", files={"files": ("kettles.jsonl", b"{}")}).raise_for_status()
    for each in looking:
        each.join()
    assert "kettles.jsonl" in told["one"] and "kettles" not in told["other"]


def test_a_program_gets_what_it_called_for_and_no_other_user_does(guarded: str) -> None:
    ada, bo = Visitor(guarded, headers=basic("ada")), Visitor(guarded, headers=basic("bo"))
    question = ["What does LeanDojo offer?", None, None, None, True, None]
    id = ada.client.post(f"{API}/call/ask", json={"data": question}).json()["event_id"]
    assert bo.client.get(f"{API}/call/ask/{id}").status_code == 404
    assert "event: complete" in ada.client.get(f"{API}/call/ask/{id}").text


def test_what_is_no_event_is_refused(url: str) -> None:
    program = Visitor(url)
    for body in ("", "[]", "7", "{", '{"data": [], "session_hash": 7}', '{"data": [], "session_hash": "../x"}', "[" * 100_000):
        refused = program.client.post(f"{API}/run/ask", content=body, headers={"Content-Type": "application/json"})
        assert refused.status_code == 400, body[:40]


def test_a_call_that_is_wrong_is_one_clean_error(
    url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Visitor(url, "wrong").come()
    for path in ("run/42", "run/nothing", "call/42", "api/42", "call/ask", "run/ask", "queue/join"):
        for body in (
            {"data": []},
            {"data": [], "fn_index": 10**6},
            {"data": [], "fn_index": "x"},
            {"data": [], "session_hash": "wrong"},
        ):
            reply = visitor.client.post(f"{API}/{path}", json=body)
            if path == "call/ask" and reply.status_code == 200:
                heard = visitor.client.get(f"{API}/call/ask/{reply.json()['event_id']}").text
                assert "event: error" in heard and "the event takes 6 values, and 0 were sent" in heard
            else:
                assert reply.status_code in (400, 404, 422, 500) and reply.text != '{"error":null}'
                assert len(reply.text) < 300
    for event in visitor.events:
        if event["backend_fn"] and event["inputs"]:
            for value in (7, "x", [], {}, [[{}]], -1e400):
                body = visitor.body(event, [value] * len(event["inputs"]))
                visitor.client.post(f"{API}/run/x", content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    assert "Traceback" not in capfd.readouterr().err and "Traceback" not in caplog.text


@pytest.mark.parametrize("wrong", [1.5, -1e400, 1e400, float("nan"), "3", True, None, [3]], ids=str)
def test_a_number_that_is_no_whole_one_is_refused(url: str, wrong: object) -> None:
    program = Visitor(url)
    for name, data in (("search", ["What?", wrong, None, None, None, None]), ("papers", ["", None, wrong])):
        body = json.dumps({"data": data})
        said = program.client.post(f"{API}/run/{name}", content=body, headers={"Content-Type": "application/json"}).json()["error"]
        assert "must be a whole number" in said
    assert len(program.call("search", "What?", 2.0, None, None, None, None).json()["data"][0]) == 2


@pytest.mark.parametrize("wrong", [-1, -1.0, 1e308, 10**30, 0, 10**4000], ids=["-1", "-1.0", "1e308", "10**30", "0", "10**4000"])
def test_a_number_beyond_its_bounds_is_refused_with_them(url: str, wrong: float) -> None:
    program = Visitor(url)
    for name, number, bounds in [
        ("search", "k", "from 1 to 50"),
        ("table", "rows", "from 1 to 100"),
        ("review", "count", "from 1 to 100"),
        ("review", "words", "from 50 to 20000"),
        ("papers", "start", "from 0 to 1000000000"),
    ]:
        if number == "start" and wrong == 0:
            continue
        given = {"question": "What?"} if name != "papers" else {}
        body = json.dumps({**given, number: wrong})
        asked = program.client.post(
            f"{API}/call/v2/{name}", content=body, headers={"Content-Type": "application/json"}
        ).raise_for_status()
        heard = program.client.get(f"{API}/call/{name}/{asked.json()['event_id']}").text
        assert f"{number} must be a whole number {bounds}, not " in heard and len(heard) < 400, heard


def test_an_event_of_many_values_and_an_upload_of_many_files_are_refused_by_count(url: str, uploads: Path) -> None:
    visitor, before = Visitor(url).come(), set(uploads.rglob("*.jsonl"))
    body = '{"data": [' + "[]," * 20_000 + "1]}"
    refused = visitor.client.post(f"{API}/call/papers", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400 and "10,000 values" in refused.text
    body = '{"data": ["\\"' + "[{," * 20_000 + '", 3, null]}'
    assert visitor.client.post(f"{API}/call/papers", content=body, headers={"Content-Type": "application/json"}).status_code == 200
    some = [("files", (f"{at}.jsonl", b"{}")) for at in range(50)]
    refused = visitor.client.post(f"{API}/upload", files=[*some, *some])
    assert refused.status_code == 413 and "50 files" in refused.text
    assert set(uploads.rglob("*.jsonl")) <= before  # files of visitors who left may go meanwhile
    assert len(visitor.client.post(f"{API}/upload", files=some).raise_for_status().json()) == 50


@pytest.mark.parametrize("upload_id", ["", "?upload_id=up"], ids=["plain", "watched"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="files"\r\n\r\ntext\r\n--x--\r\n'),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data\r\n\r\ntext\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", "--y\r\n\r\ntext\r\n--y--\r\n"),
        ("multipart/form-data", "text"),
    ],
    ids=["no-file", "no-name", "other-mark", "no-mark"],
)
def test_an_upload_that_is_no_file_is_refused_in_one_line(
    url: str, caplog: pytest.LogCaptureFixture, kind: str, body: str, upload_id: str
) -> None:
    refused = Visitor(url).client.post(f"{API}/upload{upload_id}", content=body.encode(), headers={"Content-Type": kind})
    assert refused.status_code == 400 and refused.text and "\n" not in refused.text
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) <= 1 and not any(record.exc_info for record in lines)


def test_a_page_that_has_to_end_removes_what_came_after_its_folder_was_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = scratch()
    server, left = Server(FastAPI(), threading.Event(), folder), list[int]()
    folder.close()
    (folder.path / "late").mkdir(parents=True)
    (folder.path / "late" / "papers.jsonl").write_text("{}")
    monkeypatch.setattr(os, "_exit", left.append)
    server._leave(15)  # pyright: ignore[reportPrivateUsage]
    assert left == [143] and not folder.path.exists()


# Routes, origins, sizes


def test_gradios_other_routes_are_closed(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/monitoring", "/monitoring/summary", "/monitoring/x", f"{API}/deep_link?session_hash=a", f"{API}/vibe-code"):
            assert client.get(path).status_code == 404, path
        for path in (f"{API}/component_server", f"{API}/process_recording", f"{API}/vibe-edit", f"{API}/stream/a", "/login"):
            assert client.post(path, json={}).status_code == 404, path
        assert client.put("/config").status_code == 404
        for path in ("/", "/config", "/theme.css", f"{API}/info", f"{API}/queue/status"):
            assert client.get(path).status_code == 200, path
    assert route("POST", f"{API}/upload/../run/ask") is None


@pytest.mark.parametrize("path", ["upload", "run/ask", "queue/join"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
    ids=["form", "sandboxed", "other port", "form with metadata", "neighbour"],
)
def test_another_site_sends_nothing(url: str, uploads: Path, path: str, headers: dict[str, str]) -> None:
    before = kept(uploads)
    refused = httpx.post(f"{url}{API}/{path}", files={"files": ("a.json", b"{}")}, headers=headers, trust_env=False)
    assert refused.status_code == 403 and kept(uploads) == before


def test_the_page_itself_sends_and_a_link_to_it_is_followed(url: str) -> None:
    def sent(**headers: str) -> int:
        return httpx.post(f"{url}{API}/upload", files={"files": ("a.json", b"{}")}, headers=headers, trust_env=False).status_code

    assert sent(Origin=url) == sent() == sent(**{"Sec-Fetch-Site": "same-origin", "Origin": url}) == 200
    assert sent(**{"Origin": "https://papers.example", "X-Forwarded-Host": "papers.example"}) == 403  # of no proxy that is named
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for inside in ("frame", "iframe", "embed", "object"):
        assert httpx.get(f"{url}/config", headers={**followed, "Sec-Fetch-Dest": inside}, trust_env=False).status_code == 403
    assert httpx.get(url, headers={**followed, "Sec-Fetch-Dest": "document"}, trust_env=False).status_code == 200
    assert httpx.get(url, headers=followed, trust_env=False).status_code == 200


def test_bytes_are_counted_as_they_come(url: str, uploads: Path) -> None:
    status, sent = poured(url, f"{API}/run/ask", 30_000_000)
    assert status == 413 and sent < 10_000_000
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jsonl"\r\n\r\n'
    before = sum(len(content) for content in kept(uploads).values())
    status, sent = poured(url, f"{API}/upload", 60_000_000, start=form, kind="multipart/form-data; boundary=x")
    assert status == 413 and 15_000_000 < sent < 40_000_000
    assert sum(len(content) for content in kept(uploads).values()) - before < 21_000_000
    assert poured(url, f"{API}/run/ask", 500_000)[0] == 400  # it is read, and is no JSON
    large = httpx.post(f"{url}{API}/upload", files={"files": ("a", b"a" * 21_000_000)}, trust_env=False)
    assert large.status_code == 413
    assert Visitor(url).upload(b"a" * 5_000_000)


@pytest.mark.parametrize("door", [None, DOOR], ids=["open", "auth-file"])
@pytest.mark.parametrize(
    ("start", "rest"),
    [
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", b"a"),
        ("GET /", b"a"),
        ("POST /config HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
    ],
    ids=["header", "line", "extension of a chunk"],
)
def test_the_head_of_a_request_is_bounded(library: Assistant, uploads: Path, door: Door | None, start: str, rest: bytes) -> None:
    """At 64 kB, by the server itself, so before any password; what waits in buffers of the sockets is sent all the same."""
    with served(library, door) as url:
        host, port = url.removeprefix("http://").split(":")
        sent = 0
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(start.encode())
            with suppress(OSError):  # the server closes
                while sent < 20_000_000:
                    sent += line.send(rest * 10_000)
            with suppress(OSError):
                while said := line.recv(1000):
                    assert b" 200 " not in said
        assert sent < 12_000_000
        assert httpx.get(f"{url}/robots.txt", headers=basic(), trust_env=False, timeout=5).status_code == 200


@pytest.mark.parametrize("size", [66_000, 100_000, 125_000])
def test_a_head_that_comes_in_one_piece_is_bounded_too(url: str, size: int) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(f"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {'a' * size}\r\n\r\n".encode())
        assert line.recv(100).split()[1] in (b"431", b"400")
    assert httpx.get(f"{url}/config", headers={"X": "a" * 60_000}, trust_env=False).status_code == 200


def test_an_upgrade_to_a_websocket_is_refused(url: str, caplog: pytest.LogCaptureFixture) -> None:
    host, port = url.removeprefix("http://").split(":")
    asked = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(f"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n{asked}\r\n".encode())
        assert line.recv(100).split()[1] == b"403"
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_what_the_api_says_of_itself_works(url: str) -> None:
    """Each path of the schema is served, and values are given by their names, with defaults."""
    program = Visitor(url)
    paths = program.client.get(f"{API}/openapi.json").raise_for_status().json()["paths"]
    info = program.client.get(f"{API}/info").raise_for_status().json()["named_endpoints"]
    assert {f"{API}/call/v2{name}" for name in info} <= paths.keys()
    examples = {
        "ask": {"question": "What does LeanDojo offer?"},
        "search": {"question": "LeanDojo", "k": 2},
        "papers": {"words": "LeanDojo"},
        "review": {"question": "What does LeanDojo offer?", "words": 100},
        "check": {"draft": "LeanDojo extracts data from Lean."},
        "table": {"question": "What does LeanDojo offer?", "columns": "benchmark"},
    }
    assert {f"/{name}" for name in examples} == info.keys()
    for name, given in examples.items():
        id = program.client.post(f"{API}/call/v2/{name}", json=given).raise_for_status().json()["event_id"]
        heard = program.client.get(f"{API}/call/{name}/{id}").text
        assert "event: complete" in heard and "LeanDojo" in heard
    for path in paths.keys() - {f"{API}/call/v2/{name}" for name in examples}:
        method = "GET" if "get" in paths[path] else "POST"
        assert program.client.request(method, path.replace("{event_id}", "x")).text != "There is no such page."
    for given, said in (
        ({}, "The value 'question' is missing."),
        ({"question": "LeanDojo", "kk": 2}, "There is no value 'kk'; the event takes question, k"),
        ({"question": "LeanDojo", "session_hash": "own"}, "There is no value 'session_hash'"),
    ):
        refused = program.client.post(f"{API}/call/v2/search", json=given)
        assert refused.status_code == 400 and said in refused.text
    for path in ("call/v2/nothing", "call/v2/42", "call/v2/"):
        assert program.client.post(f"{API}/{path}", json={}).status_code == 400


def test_a_root_path_has_no_slash_too_many(library: Assistant, uploads: Path) -> None:
    assert [prefix(path) for path in ("", "/", "/app/", "app", "/a/b/", "//app//")] == ["", "", "/app", "/app", "/a/b", "/app"]
    for wrong in ("https://elsewhere.example/app", "/a//b", "/a?b", "/a b"):
        with pytest.raises(ConfigError, match="--root-path takes a path"):
            prefix(wrong)
    with served(library, root_path=prefix("/app/")) as url:
        visitor = Visitor(url).come()
        assert visitor.config["root"].endswith("/app")
        assert "/app//" not in visitor.client.get("/").text


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_page_of_this_machine_is_served_under_its_names_alone(library: Assistant, uploads: Path, host: str) -> None:
    with served(library, door(host, None)) as url:

        def under(name: str) -> int:
            return httpx.get(f"{url}/robots.txt", headers={"Host": name}, trust_env=False).status_code

        port = url.rpartition(":")[2]
        names = ("localhost", f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "[::1]", "LOCALHOST")
        assert [under(name) for name in names] == [200] * len(names)
        for name in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example", "www.localhost"):
            assert under(name) == 400


# Passwords


def test_guesses_are_slowed_down_by_address() -> None:
    now = 0.0
    guesses = Guesses(lambda: now)
    assert [guesses.wait("10.0.0.1") for _ in range(5)] == [0.0] * 5
    assert guesses.wait("10.0.0.1") == 1.0 and guesses.wait("10.0.0.2") == 0.0
    now = 1.0
    assert guesses.wait("10.0.0.1") == 0.0 and guesses.wait("10.0.0.1") == 2.0
    for _ in range(20):
        now += 60
        assert guesses.wait("10.0.0.1") == 0.0
        assert guesses.wait("10.0.0.1") <= 60
    guesses.right("10.0.0.1")
    assert guesses.wait("10.0.0.1") == guesses.wait("10.0.0.1") == 0.0
    now += 10_000  # forgotten
    assert [guesses.wait(f"2001:db8::{end}") for end in range(5)] == [0.0] * 5
    assert guesses.wait("2001:db8::ffff") == 1.0 and guesses.wait("2001:db8:0:1::1") == 0.0
    assert guesses.wait("unknown") == 0.0


def test_wrong_passwords_wait_and_are_logged_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    gate = Gate(PlainTextResponse("Come in."), DOOR, Guesses(lambda: now))

    async def knock(*headers: dict[str, str], address: str = "10.0.0.9") -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate, client=(address, 1)), base_url="http://page") as client:
            return [reply.status_code for reply in await asyncio.gather(*(client.get("/", headers=each) for each in headers))]

    async def visit() -> None:
        nonlocal now
        assert await knock(*[basic()] * 12) == [200] * 12  # a browser sends several at once
        assert await knock(*[{}] * 12) == [401] * 12  # nobody has guessed
        guesses = [basic("ada", f"hunter2-{number}") for number in range(12)]
        assert sorted(await knock(*guesses)) == [401] * 5 + [429] * 7
        assert await knock(basic("bo")) == [429]
        assert await knock(basic()) == [200]  # who has come in already stays
        assert await knock(guesses[0], address="10.0.0.8") == [401]
        assert await knock(*guesses[1:6], address="10.0.0.8") == [401] * 4 + [429]
        assert await knock(basic(), address="10.0.0.8") == [429]  # a right guess is no faster than a wrong one
        now = 2.0
        assert await knock(basic("bo")) == [200]

    with caplog.at_level(logging.WARNING, "assistant"):
        asyncio.run(visit())
    assert caplog.messages.count("a wrong password for 'ada', from '10.0.0.9'") == 5
    assert "passwords of '10.0.0.9' are not looked at for 1 s" in caplog.messages and "for 0 s" not in caplog.text
    assert "hunter2" not in caplog.text and base64.b64encode(b"ada:hunter2-0").decode() not in caplog.text


@pytest.mark.parametrize(("trusted", "statuses"), [([], [401] * 5 + [429] * 4), (["127.0.0.1/32"], [401] * 9)])
def test_the_address_of_a_visitor_is_taken_of_named_proxies_alone(
    library: Assistant, uploads: Path, trusted: list[str], statuses: list[int]
) -> None:
    with served(library, DOOR, proxies(trusted)) as url:

        def guess(number: int, address: str) -> int:
            headers = basic("ada", f"wrong-{number}") | {"X-Forwarded-For": address}
            return httpx.get(f"{url}/robots.txt", headers=headers, trust_env=False).status_code

        assert [guess(number, f"10.0.0.{number}") for number in range(9)] == statuses
        if trusted:  # and by these addresses guesses are slowed down
            assert [guess(number, "10.0.1.1") for number in range(20, 26)] == [401] * 5 + [429]


@pytest.mark.parametrize("trusted", [[], ["10.0.0.1"], ["127.0.0.1"], ["::1", "127.0.0.0/8"]])
def test_the_address_of_the_page_is_taken_of_named_proxies_alone(library: Assistant, uploads: Path, trusted: list[str]) -> None:
    named = "127.0.0.1" in trusted or "127.0.0.0/8" in trusted
    with served(library, None, proxies(trusted), mcp=True) as url, httpx.Client(base_url=url, trust_env=False) as client:

        def root(**headers: str) -> str:
            assert "evil.example" not in client.get("/gradio_api/mcp/", headers={**headers, "Accept": "text/html"}).text or named
            return client.get("/config", headers=headers).json()["root"]

        def upload(**headers: str) -> int:
            return client.post(f"{API}/upload", files={"files": ("a.json", b"{}")}, headers=headers).status_code

        assert root() == url
        assert root(**{"X-Forwarded-Host": "evil.example"}) == ("http://evil.example" if named else url)
        https = url.replace("http:", "https:")
        assert root(**{"x-forwarded-proto": "https"}) == (https if named else url)
        assert root(**{"X-Gradio-Server": "http://evil.example", "Forwarded": "host=evil.example;proto=https"}) == url
        assert root(**{"X-Forwarded-Prefix": "/evil.example", "X-Forwarded-Server": "evil.example", "X-Forwarded-Port": "1"}) == url
        assert upload(**{"Origin": "https://papers.example", "X-Forwarded-Host": "papers.example"}) == (200 if named else 403)


def test_the_help_tells_all_that_a_proxy_is_believed(run: Run) -> None:
    shown = " ".join(run("chat", "--help", fake=False).stdout.split())
    assert "trusted to name visitors' addresses, and the host and protocol of the page" in shown


def test_a_proxy_is_an_address_or_a_network() -> None:
    assert proxies(["10.0.0.1", "10.0.0.0/8", "::1"]) == ["10.0.0.1", "10.0.0.0/8", "::1"]
    for wrong in ("*", "proxy.example", "10.0.0.1/8", ""):
        with pytest.raises(ConfigError, match="--proxy takes an address or a network"):
            proxies([wrong])


# Load, cancellation, and the end


def test_who_waits_when_the_server_stops_is_told_so(shelf: Path, uploads: Path, endpoint: Endpoint) -> None:
    plays(endpoint, SEVERAL)
    with opened(shelf, endpoint) as assistant, ThreadPoolExecutor(12) as pool:

        def ask(url: str) -> str:
            data = ["How many theorems does LeanBench hold?", None, None, None, True, None]
            return httpx.post(f"{url}{API}/run/ask", json={"data": data}, timeout=40, trust_env=False).json()["error"]

        def ask_by_queue(url: str) -> str:
            data = ["How many theorems does LeanBench hold?", None, None, None, True, None]
            with httpx.Client(base_url=url, timeout=40, trust_env=False) as client:
                id = client.post(f"{API}/call/ask", json={"data": data}).json()["event_id"]
                return client.get(f"{API}/call/ask/{id}").text

        with served(assistant, max_concurrency=2) as url:
            Visitor(url).call("search", "How many?", 3, None, None, None, None).raise_for_status()  # all is loaded
            endpoint.stall = 15
            before = len(endpoint.calls)
            waiting = [pool.submit(ask_by_queue if number < 4 else ask, url) for number in range(12)]
            until = time.monotonic() + 10
            while len(endpoint.calls) < before + 2 and time.monotonic() < until:
                time.sleep(0.1)
            time.sleep(3)  # the others wait in the server, which tells nobody so
        said = [each.result() for each in waiting]
    assert ["the server is stopping; ask again when it has started" in each for each in said] == [True] * 12


def test_the_uploads_of_a_killed_page_are_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code = (
        "import os; from assistant.page.service import scratch; it = scratch(); print(it.path, flush=True); os.kill(os.getpid(), 9)"
    )
    left = Path(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout.strip())
    held = scratch()
    for folder in (left, held.path):
        (folder / "upload").write_bytes(b"content")
        os.utime(folder, (time.time() - 100, time.time() - 100))
    other = scratch()
    assert set(tmp_path.glob("assistant-page-*")) == {held.path, other.path}
    for each in (held, other):
        each.close()


SEVERAL = (
    "LeanBench holds 98 theorems of Lean. [LeanBench] It was made on Mars. [LeanBench] It sings. [LeanBench] It swims. [LeanBench]"
)


def test_a_question_that_is_stopped_asks_no_model_further(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, SEVERAL, judge='{"verdict": "supported", "quote": 1}', revise="")
    stop = threading.Event()
    with opened(shelf, endpoint, "answer.verifier=model") as assistant, stoppable(stop), pytest.raises(Stopped):
        for event in assistant.events("How many theorems does LeanBench hold?"):
            if isinstance(event, Token):
                stop.set()
                calls = len(endpoint.calls)
    assert len(endpoint.calls) == calls


@pytest.mark.slow
def test_slow_questions_of_programs_keep_nobody_else_waiting(shelf: Path, uploads: Path, endpoint: Endpoint) -> None:
    plays(endpoint, SEVERAL, judge='{"verdict": "supported", "quote": 1}', revise="")
    question = "How many theorems does LeanBench hold?"
    with opened(shelf, endpoint) as assistant, served(assistant) as url:
        Visitor(url).call("search", question, 3, None, None, None, None).raise_for_status()  # all is loaded
        endpoint.stall = 30
        slow = [httpx.Client(base_url=url, timeout=0.2, trust_env=False) for _ in range(45)]

        def ask(client: httpx.Client) -> None:
            with pytest.raises(httpx.ReadTimeout):
                client.post(f"{API}/run/ask", json={"data": [question, None, None, None, True, None]}, timeout=12)

        with ThreadPoolExecutor(45) as pool:
            waiting = [pool.submit(ask, client) for client in slow]
            time.sleep(4)
            pages, searches = [], []
            for _ in range(3):
                began = time.monotonic()
                assert httpx.get(url, timeout=10, trust_env=False).status_code == 200
                pages.append(time.monotonic() - began)
                began = time.monotonic()
                assert (
                    len(Visitor(url).call("search", question, 3, None, None, None, None).raise_for_status().json()["data"][0]) == 3
                )
                searches.append(time.monotonic() - began)
            assert min(pages) < 2 and min(searches) < 2  # the least, as the machine may be busy with other things
            assert len(endpoint.calls) <= 4
            for each in waiting:
                each.result()
        time.sleep(2)
        # those that waited went with their callers; a place is free at once, and who is given it may be about to go too
        assert len(endpoint.calls) <= 20


def test_long_checks_of_drafts_keep_no_question_waiting(
    shelf: Path, uploads: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()
    monkeypatch.setattr(Service, "check", lambda *_: {"waited": done.wait(60)})
    plays(endpoint, SEVERAL, judge='{"verdict": "supported", "quote": 1}', revise="")
    with opened(shelf, endpoint) as assistant, served(assistant) as url, ThreadPoolExecutor(6) as pool:
        checks = [pool.submit(Visitor(url).call, "check", "Tea is hot.", "markdown", "") for _ in range(6)]
        try:
            time.sleep(1)
            answer = Visitor(url).call("ask", "How many theorems does LeanBench hold?", None, None, None, True, None)
            assert answer.raise_for_status().json()["data"][0]["claims"] and not any(check.done() for check in checks)
        finally:
            done.set()

    async def build() -> Page:  # in a loop, as gradio would make one else and not close it
        return Page(Service(assistant), 4)

    page = asyncio.run(build())
    long = [fn for fn in page.blocks.fns.values() if fn.concurrency_id == "works"]
    assert len(long) >= 3 and {fn.concurrency_limit for fn in long} == {2}


@pytest.mark.slow
def test_a_caller_who_goes_is_answered_no_further(shelf: Path, uploads: Path, endpoint: Endpoint) -> None:
    plays(endpoint, SEVERAL, judge='{"verdict": "not supported"}', revise="Still nothing.")
    endpoint.stall = 0.5
    with opened(shelf, endpoint, "answer.verifier=model") as assistant, served(assistant) as url:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{url}{API}/run/ask",
                json={"data": ["How many theorems does LeanBench hold?", None, None, None, True, None]},
                timeout=1.0,
                trust_env=False,
            )
        time.sleep(1.5)
        calls = len(endpoint.calls)
        time.sleep(2)
        assert calls == len(endpoint.calls) < 6
