"""Several processes of the page on one database, behind one address that gives each request to the next of them."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from conftest import ROOT
from endpoint import Endpoint
from nursery import Child, Nursery
from pipeline import PAPERS
from postgres import Postgres, named
from roundabout import roundabout
from test_page import answer

from assistant import Assistant
from assistant.errors import LibraryAway
from assistant.library.group import Group
from assistant.library.shared import Shared
from assistant.page import render
from assistant.page.group_store import GroupStore
from assistant.page.peers import NAMED
from assistant.page.store import Conversation, Feedback, NotOwned, Owner, new_id
from assistant.page.views import Note, Turn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the browser's and the server's own packages
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
OWNER = Owner("k" * 32, "visitor")
QUESTION = "How long do bees sleep?"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="module")
def url(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the five papers of the shelf."""
    url, folder = server.database(), tmp_path_factory.mktemp("first")
    path = folder / "papers.jsonl"
    path.write_text("".join(json.dumps({"title": title, "abstract": text}) + "\n" for title, text in PAPERS.items()), "utf-8")
    with Assistant.open(folder, set=["embedder.kind=fake", f"store.url={url}"]) as assistant:
        assistant.ingest(path)
    return url


@pytest.fixture
def stores(url: str, tmp_path: Path) -> tuple[GroupStore, GroupStore]:
    """Those of two processes."""
    one, two = (GroupStore(tmp_path / name, Shared(Group(url))) for name in ("one", "two"))
    return one, two


def turn(id: str, text: str = "The score is 5.") -> Turn:
    return Turn(id=id, answer=answer(text))


# Conversations and feedback


def test_a_conversation_goes_on_in_another_process(stores: tuple[GroupStore, GroupStore], tmp_path: Path) -> None:
    one, two = stores
    begun = one.add(OWNER, Conversation(id=new_id()), turn("a", "bees"))
    assert two.open(OWNER, begun.id) == begun
    two.add(OWNER, begun, turn("b"))
    longer = one.add(OWNER, begun, turn("c"))  # as a tab that did not see the second turn
    assert "".join(each.id for each in longer.turns) == "abc" and two.open(OWNER, begun.id) == longer
    note = Note(id="0" * 16, paper="1", title="t", quote="q", start=0, end=1, text="mine")
    assert two.note(OWNER, begun.id, note) == one.open(OWNER, begun.id)
    again = one.add(OWNER, longer, turn("d"), "b")
    assert [each.id for each in again.turns] == ["a", "d"]
    assert two.switch(OWNER, begun.id, "d", 0) == one.open(OWNER, begun.id)
    other = two.add(OWNER, Conversation(id=new_id()), turn("e"))
    assert list(one.questions(OWNER)) == [other.id, begun.id] == list(two.questions(OWNER))
    assert list(tmp_path.rglob("*.json*")) == []


def test_what_is_removed_in_one_process_is_gone_in_the_other(
    stores: tuple[GroupStore, GroupStore], server: Postgres, url: str
) -> None:
    one, two = stores
    owner = OWNER._replace(key="r" * 32)
    kept = one.add(owner, Conversation(id=new_id()), turn("a"))
    assert two.open(owner, kept.id) == kept
    one.remove(owner, kept.id)
    assert two.questions(owner) == {} and two.open(owner, kept.id).turns == ()
    two.restore(owner, kept.id)
    assert one.open(owner, kept.id) == kept
    one.remove(owner, kept.id)
    server.ask("UPDATE assistant_conversations SET removed = removed - interval '11 minutes'", named(url))
    assert two.questions(owner) == {}
    one.restore(owner, kept.id)
    assert one.questions(owner) == {}
    assert server.ask(f"SELECT count(*) FROM assistant_conversations WHERE id = '{kept.id}'", named(url)) == [(0,)]


def test_nobody_reads_the_conversations_of_another(stores: tuple[GroupStore, GroupStore], server: Postgres, url: str) -> None:
    one, two = stores
    owner = OWNER._replace(key="o" * 32)
    kept = one.add(owner, Conversation(id=new_id()), turn("a"))
    other = owner._replace(visitor="other")
    for act in (lambda: two.open(other, kept.id), lambda: two.questions(other), lambda: two.remove(other, kept.id)):
        with pytest.raises(NotOwned):
            act()
    assert two.open(Owner("p" * 32, "visitor"), kept.id).turns == () and two.open(Owner("", "visitor"), kept.id).turns == ()
    assert server.ask(f"SELECT 1 FROM assistant_owners WHERE key LIKE '%{owner.key}%'", named(url)) == []


def test_feedback_is_there_once(stores: tuple[GroupStore, GroupStore], url: str) -> None:
    for store, judgement in zip(stores, ("good", "bad"), strict=True):
        store.judge(turn("a"), judgement)
    found = [Feedback.model_validate_json(line) for line in Shared(Group(url)).notes()]
    assert [entry.judgement for entry in found] == ["good", "bad"]


def test_a_conversation_outlives_a_time_without_the_server(
    tmp_path: Path, stores: tuple[GroupStore, GroupStore], server: Postgres
) -> None:
    one, two = stores
    owner = OWNER._replace(key="s" * 32)
    kept = one.add(owner, Conversation(id=new_id()), turn("a"))
    assert one.questions(owner)
    server.kill()
    try:
        assert one.open(owner, kept.id) == kept and list(one.questions(owner)) == [kept.id]
        longer = one.add(owner, kept, turn("b"))
        assert [each.kept for each in longer.turns] == [True, False]
        assert "The database of the group did not take it" in render.thread(longer.turns)
        with pytest.raises(LibraryAway, match="cannot be reached"):
            two.open(owner, kept.id)
    finally:
        server.start()
    two.add(owner, kept, turn("c"))
    whole = one.add(owner, longer, turn("d"))
    assert [each.id for each in whole.turns] == ["a", "c", "b", "d"] and two.open(owner, kept.id) == whole
    assert all(each.kept for each in whole.turns)


def test_two_processes_that_write_at_once_lose_nothing(stores: tuple[GroupStore, GroupStore]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    owner, begun = OWNER._replace(key="t" * 32), Conversation(id=new_id())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: stores[at % 2].add(owner, begun, turn(str(at))), range(16)))
    assert {each.id for each in stores[0].open(owner, begun.id).turns} == {str(at) for at in range(16)}


# Processes


class Chat:
    """`assistant chat` of a machine."""

    def __init__(self, pages: Nursery, home: Path, url: str, *flags: str) -> None:
        home.mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "OPENAI_"))}
        environment |= {"ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1"}
        self.log = home / "log"
        with self.log.open("w") as err:
            words = ["chat", "--port", "0", "--set", "embedder.kind=fake", "--set", f"store.url={url}", *flags]
            self.child: Child = pages.open(*words, env=environment, cwd=home, err=err.fileno())
        assert self.child.output
        line = self.child.output.readline()
        assert "The page is at" in line, line + self.log.read_text("utf-8")
        self.url = line.split()[4]

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()  # later signals go nowhere


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """A language model."""
    with Endpoint() as endpoint:
        endpoint.says = lambda body: "Bees sleep at night. [1]"
        yield endpoint


@pytest.fixture(scope="module")
def pair(pages: Nursery, tmp_path_factory: pytest.TempPathFactory, url: str, endpoint: Endpoint) -> Iterator[tuple[Chat, Chat]]:
    model = ["--set", "model.name=slow", "--set", f"model.base_url={endpoint.url}", "--set", "model.timeout=300"]
    folder = tmp_path_factory.mktemp("pages")
    both = Chat(pages, folder / "one", url, *model), Chat(pages, folder / "two", url, *model)
    yield both
    for each in both:
        each.child.send_signal(signal.SIGINT)
        each.child.wait(timeout=30)


def test_a_request_goes_to_the_process_that_it_names(pair: tuple[Chat, Chat], url: str) -> None:
    with httpx.Client(trust_env=False, timeout=30) as client:
        marks = [client.get(f"{each.url}/gradio_api/app_id").headers[NAMED] for each in pair]
        assert len(set(marks)) == 2
        for at, other in ((0, 1), (1, 0)):
            told = client.get(f"{pair[at].url}/gradio_api/app_id", headers={NAMED: marks[other]})
            assert told.headers[NAMED] == marks[other] and told.status_code == 200
        told = client.get(f"{pair[0].url}/gradio_api/app_id", headers={NAMED: "nobody"})
        assert told.headers[NAMED] == marks[0]  # of a process that has gone
        strange = client.get(f"{pair[0].url}/gradio_api/app_id", headers={NAMED: "nobody", "X-Assistant-Handed-On": "1"})
        assert strange.status_code == 421
        Shared(Group(url)).announce("stale", os.uname().nodename, pair[1].url)  # as of a process that listened there before
        told = client.get(f"{pair[0].url}/gradio_api/app_id", headers={NAMED: "stale"})
        assert told.headers[NAMED] == marks[0]


def test_a_program_that_queues_calls_keeps_to_its_process(pair: tuple[Chat, Chat]) -> None:
    from gradio_client import Client

    with roundabout(*(each.url for each in pair)) as address:
        client = Client(address, verbose=False)
        for _ in range(3):  # an odd number of requests goes before, or an even one
            assert client.predict(question=QUESTION, api_name="/ask")["sources"]
            assert client.predict(question="bees", api_name="/search")
        client.close()
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as plain:
            queued = plain.post("/gradio_api/call/papers", json={"data": ["", None, 0]}).json()["event_id"]
            plain.get("/gradio_api/app_id")
            told = plain.get(f"/gradio_api/call/papers/{queued}").text
            assert "event: complete" in told, told


def test_the_server_goes_and_comes_back_under_a_page(pair: tuple[Chat, Chat], server: Postgres, url: str, tmp_path: Path) -> None:
    def asked() -> dict[str, object]:
        told = httpx.post(
            f"{pair[0].url}/gradio_api/run/ask",
            json={"data": [QUESTION, None, None, None, True, None]},
            timeout=60,
            trust_env=False,
        )
        return told.raise_for_status().json()["data"][0]

    before = asked()
    lines = len(pair[0].log.read_text("utf-8").splitlines())
    server.kill()
    try:
        assert asked()["sources"] == before["sources"]
        time.sleep(3)  # by then the thread has tried again
        told = pair[0].log.read_text("utf-8").splitlines()[lines:]
        assert len(told) == 1 and "is not brought up to date" in told[0] and "cannot be reached" in told[0], told
    finally:
        server.start()
    (tmp_path / "papers.jsonl").write_text('{"title": "Moss", "abstract": "Moss grows on 7 walls."}', "utf-8")
    with Assistant.open(tmp_path / "three", set=["embedder.kind=fake", f"store.url={url}"]) as assistant:
        assistant.ingest(tmp_path / "papers.jsonl")
    until = time.monotonic() + 30
    while True:
        told = httpx.post(
            f"{pair[0].url}/gradio_api/run/papers", json={"data": ["Moss", None, 0]}, timeout=60, trust_env=False
        ).json()
        if told["data"][0]["total"] == 1:
            break
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium in /usr/bin; install Debian's package chromium")
def test_a_browser_goes_on_when_its_process_is_killed_in_the_middle_of_an_answer(
    pair: tuple[Chat, Chat], endpoint: Endpoint, server: Postgres, url: str
) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright, roundabout(*(each.url for each in pair)) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(address)
        expect(page.locator(".welcome")).to_be_visible(timeout=30_000)
        turns = page.locator(".turn:not(.draft)")
        for number, question in enumerate((QUESTION, "What do rocks have?"), 1):  # each is many requests
            page.locator("#question textarea").fill(question)
            page.locator("#ask").click()
            expect(turns).to_have_count(number, timeout=20_000)
        page.locator("#thread [data-act=good]").first.click()
        expect(page.get_by_text("Noted in the database of the group.")).to_be_visible(timeout=10_000)
        assert len([line for line in Shared(Group(url)).notes() if QUESTION in line]) == 1
        endpoint.stall = 300
        page.get_by_text("How to answer").click()
        page.get_by_label("slow", exact=True).check()
        page.locator("#question textarea").fill("How many bees?")
        page.locator("#ask").click()
        expect(page.locator("#draft")).to_contain_text("How many bees?", timeout=10_000)
        named_by = page.evaluate("document.querySelector('#process textarea, #process input').value")
        ((there,),) = server.ask(f"SELECT address FROM assistant_pages WHERE mark = '{named_by}'", named(url))
        (its,) = (each for each in pair if each.url == there)
        page.evaluate("window.before = true")
        its.kill()
        page.wait_for_function("!window.before", timeout=60_000)  # it loads itself anew
        expect(turns).to_have_count(2, timeout=20_000)
        expect(page.locator("#draft")).to_contain_text("The page was left before the answer came", timeout=20_000)
        expect(page.locator("#draft")).to_contain_text("How many bees?")
        endpoint.stall = 0
        page.wait_for_timeout(500)
        page.locator("#question textarea").fill("How many bees?")
        page.locator("#ask").click()
        expect(turns).to_have_count(3, timeout=60_000)
        browser.close()


# The example of docs/scale.md


def test_the_compose_file_starts_a_group(pages: Nursery) -> None:
    told = (ROOT / "config" / "compose.yaml").read_text("utf-8")
    held = yaml.safe_load(told)["services"]
    assert set(held) == {"database", "page1", "page2", "ingest", "proxy"}
    secret = "${POSTGRES_PASSWORD:?set a password for the database}"
    assert held["database"]["environment"]["POSTGRES_PASSWORD"] == held["page1"]["environment"]["PGPASSWORD"] == secret
    assert held["database"]["healthcheck"]["test"][-2:] == ["--host", "127.0.0.1"]
    assert [service for service in held if "ports" in held[service]] == ["proxy"]
    assert all(port.startswith("127.0.0.1:") for port in held["proxy"]["ports"])
    for name in ("page1", "page2", "ingest"):
        assert held[name]["environment"]["ASSISTANT_STORE_URL"].startswith("postgresql+psycopg://papers@database/")
    (line,) = re.findall(r"upstream pages \{ (.*) \}", told)
    assert line == "server page1:7860; server page2:7860;"
    words = held["page1"]["command"]
    assert words == held["page2"]["command"] and words[words.index("--port") + 1] == "7860"
    done = pages.run(*words, "--help")
    assert done.returncode == 0
    known = done.stdout.decode()
    assert all(word in known for word in words if word.startswith("--"))
