"""The page in a real browser, and its API and MCP tools by real clients, against the sample with the fake embedder."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from conftest import ROOT
from endpoint import Endpoint
from nursery import Nursery
from sites import Entry, Sites

from assistant import Assistant, load_table
from assistant.page import plots, reports
from assistant.page.app import built, listening
from assistant.page.auth import Door
from assistant.page.service import Service

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
if CHROMIUM is None:
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("REQUIRE_BROWSER is set, and there is no Chromium in /usr/bin", pytrace=False)
    pytest.skip("there is no Chromium in /usr/bin; install Debian's package chromium", allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the clients' own packages
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
QUESTION = "What does LeanDojo extract from Lean?"
OTHER = "Which open-source LLM generates formal proofs and sets the state of the art?"
NONSENSE = "What does Zorblatt7000 say about quantum marmalade?"
HOSTILE = (
    "<script>window.hacked=1</script><img src=http://evil.example/x onerror=window.hacked=1> ![a](http://evil.example/y) "
    "\u202egnp ${window.hacked=1} {{hacked}}"
)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
expect.set_options(timeout=20_000)


class Server:
    """`assistant chat`, running."""

    nursery: Nursery

    def __init__(self, home: Path, *flags: str, port: int = 0) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "OPENAI_"))}
        environment |= {"ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "no_proxy": "127.0.0.1"}
        arguments = ["chat", "--port", str(port), "--set", "embedder.kind=fake", *flags]
        self._process = self.nursery.open(*arguments, env=environment, cwd=home)
        assert self._process.output
        self.line = self._process.output.readline()
        found = re.search(r"http://[^/\s]+", self.line)
        assert found, self.line
        self.url = found.group()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                httpx.get(self.url, timeout=5, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)

    def stop(self) -> int:
        """As Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=30)


@contextmanager
def serving(home: Path, *flags: str, port: int = 0) -> Generator[Server]:
    server = Server(home, *flags, port=port)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", autouse=True)
def nursery_of_servers(pages: Nursery) -> None:
    Server.nursery = pages


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with serving(home, "--mcp") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A browser of one person on the page, and all that it asked for."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        wanted: dict[str, Any] = {"viewport": {"width": 1300, "height": 900}, **options}
        self.context = browser.new_context(**wanted)
        self.page: Page = self.context.new_page()
        self.requested: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", lambda request: self.requested.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open()

    def open(self) -> None:
        self.page.goto(self.url)
        expect(self.page.locator(".welcome, .thread").first).to_be_visible()
        expect(self.page.locator("#header h1")).to_be_visible()

    def ask(self, question: str) -> None:
        turns = self.page.locator(".turn:not(.draft)").count()
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#ask").click()
        expect(self.page.locator(".turn:not(.draft)")).to_have_count(turns + 1)
        self.page.wait_for_timeout(300)  # gradio takes no further question until it was told that this one is over

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def keep_to_leandojo(self) -> None:
        """Have the chat ask the paper on LeanDojo only."""
        self.tab("Library")
        self.page.locator("#words input, #words textarea").fill("reprover")
        expect(self.page.locator("#table .note")).to_contain_text("of 1 paper", timeout=20_000)
        self.page.locator("#table button.open").first.click()
        expect(self.page.locator("#paper")).to_contain_text("LeanDojo")
        self.page.get_by_role("button", name="Ask about this paper only").click()

    def outside(self) -> list[str]:
        return [url for url in self.requested if not url.startswith((self.url, "data:", "blob:"))]


@contextmanager
def visiting(browser: Browser, server: Server | str, **options: Any) -> Generator[Visit]:
    visit = Visit(browser, server if isinstance(server, str) else server.url, **options)
    yield visit
    assert visit.outside() == [] and visit.errors == []
    visit.context.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    with visiting(browser, server) as visit:
        yield visit


@contextmanager
def hosting(home: Path, runs: Path) -> Generator[str]:
    """The page in this process, over a library of its own and the runs in a folder."""
    with Assistant.open(home, set=["embedder.kind=fake"]) as assistant, closing(listening("127.0.0.1", 0)) as listener:
        assistant.ingest_sample()
        server = uvicorn.Server(uvicorn.Config(built(Service(assistant, runs), Door({}, ())), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def serious(page: Page) -> list[str]:
    """What axe-core holds against the page."""
    axe: Any = Axe()
    found = axe.run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in ("serious", "critical")]


def test_a_number_leads_to_its_quote(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("#header")).to_contain_text("no model, exact quotes")
    page.locator("#controls > button").click()
    expect(page.locator("#writer")).to_contain_text("No language model is set")
    expect(page.locator("footer")).to_be_hidden()
    visit.ask(QUESTION)
    assert not [url for url in visit.requested if "katex" in url]  # no formula, no library for it
    page.locator("button.cite").first.click()
    expect(page.locator(".source.lit")).to_be_focused()
    lit = page.locator("mark.lit")
    expect(lit.first).to_be_in_viewport()
    claim = page.locator(".claim").first.inner_text()
    assert lit.first.inner_text() in claim  # without a model a claim is its quote
    page.get_by_role("button", name="Back to the sentence").click()
    expect(page.locator("button.cite").first).to_be_focused()
    page.locator("button.mark").first.click()
    expect(page.locator(".checks li.lit")).to_be_visible()
    expect(page.locator(".checks li.lit")).to_contain_text("supported")
    assert page.locator(".unused .found").count() >= 1


def test_marks_have_colours_and_numbers_show_their_quotes(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    colours = "element => [getComputedStyle(element).color, getComputedStyle(element.closest('.claim')).color]"
    mark, text = page.locator(".claim.supported .mark").first.evaluate(colours)
    assert mark != text
    assert page.evaluate("getComputedStyle(document.querySelector('.note')).color") != mark  # nor is it the grey of notes
    assert (page.locator(".claim.supported .mark").first.get_attribute("title") or "").startswith("supported")
    page.locator("button.cite").first.hover()
    card = page.locator("#peek")
    expect(card).to_be_visible()
    expect(card).to_contain_text("LeanDojo")
    expect(card).to_contain_text(page.locator(".abstract mark").first.inner_text()[:60])
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


@pytest.mark.parametrize("width, height", [(1440, 900), (1024, 768), (390, 844), (720, 450)])  # the last is 200 % of the first
def test_the_beginning_of_an_answer_is_in_view(browser: Browser, server: Server, width: int, height: int) -> None:
    with visiting(browser, server, viewport={"width": width, "height": height}) as visit:
        page = visit.page
        for question in (QUESTION, "Which papers mention Lean?", OTHER, NONSENSE):
            visit.ask(question)
            page.wait_for_timeout(500)
            top = page.locator(".turn").last.evaluate("element => element.getBoundingClientRect().top")
            assert 0 <= top < height / 2, question


def test_the_evidence_follows_the_answer_that_is_read(browser: Browser, server: Server) -> None:
    with visiting(browser, server, viewport={"width": 1440, "height": 700}) as visit:
        page = visit.page
        for question in (QUESTION, OTHER, "Which papers mention Lean?"):
            visit.ask(question)
        panel = page.locator(".panel[data-current]")
        expect(panel.locator("h2").first).to_contain_text("for question 3")
        page.mouse.move(300, 300)
        page.mouse.wheel(0, -10_000)
        expect(panel.locator("h2").first).to_contain_text("for question 1")
        page.mouse.wheel(0, 10_000)
        expect(panel.locator("h2").first).to_contain_text("for question 3")
        page.locator(".rest summary").click()
        page.locator(".rest .open").first.click()
        expect(page.locator("#paper h2")).to_be_in_viewport()


def test_a_question_that_a_filter_hides_can_be_asked_without_the_filter(visit: Visit) -> None:
    page = visit.page
    page.locator("#controls > button").click()
    page.locator("#fields textarea, #fields input").first.fill("title=Goedel")
    expect(page.locator("#kept")).to_contain_text("title=Goedel")
    page.wait_for_timeout(500)
    visit.ask("What is ReProver?")
    expect(page.locator(".refusal")).to_be_visible()
    page.get_by_role("button", name="Ask without the filter").click()
    expect(page.locator(".turn")).to_contain_text("2 of 2")
    expect(page.locator("#thread")).to_contain_text("LeanDojo")
    expect(page.locator("#kept")).to_contain_text("title=Goedel")


def test_a_refusal_offers_questions_that_are_answered(visit: Visit) -> None:
    visit.ask(NONSENSE)
    card = visit.page.locator(".refusal")
    expect(card).to_contain_text("Not answered")
    expect(card).to_contain_text("Zorblatt7000")
    assert card.locator(".near li").count() >= 1
    card.locator("button.ask").last.click()
    expect(visit.page.locator(".turn:not(.draft)")).to_have_count(2)


def test_how_well_an_answer_fits_and_whose_it_is_are_seen_at_once(visit: Visit) -> None:
    page = visit.page
    weak = "How often do language models hallucinate in radiology reports?"
    visit.ask(weak)
    expect(page.locator(".turn .banner")).to_contain_text("Weak match: this may not answer your question.")
    expect(page.locator(".turn .done summary")).to_contain_text("low confidence")
    assert page.locator(".turn h3.whose").count() == 4
    visit.ask("Which papers mention Lean?")
    shown = page.locator(".turn").last
    expect(shown).to_contain_text("6 papers hold")
    rows = shown.locator("li:visible").count()
    shown.get_by_text("Show all 6").click()
    assert shown.locator("li:visible").count() > rows
    page.locator("#controls > button").click()
    page.locator("#threshold input[type=number]").fill("0.95")
    page.locator("#threshold input[type=number]").press("Tab")
    page.wait_for_timeout(500)
    visit.ask("Compare LeanDojo and BFS-Prover")
    expect(page.locator(".turn").last.locator(".refusal")).to_contain_text("below the 95% asked for")


def test_a_paper_is_summarised_where_the_chat_keeps_to_it(visit: Visit) -> None:
    page = visit.page
    visit.keep_to_leandojo()
    for question in ("Summarise this paper", "What does it propose?"):
        visit.ask(question)
        expect(page.locator(".turn").last.locator(".claim.supported").first).to_be_visible()
        titles = page.locator(".panel[data-current] h3").all_inner_texts()
        assert titles and all("LeanDojo" in title for title in titles if title)


def test_sources_are_turned_off_and_on_by_a_tick(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    page.get_by_role("checkbox", name="Use LeanDojo").uncheck()
    again = page.locator(".panel[data-current] .use-line button")
    expect(again).to_have_text("Ask again without 1 paper")
    assert serious(page) == []
    again.click()
    turn = page.locator(".turn:not(.draft)")
    expect(turn).to_contain_text("2 of 2")
    expect(turn.locator(".banner.left")).to_contain_text("Left out by you: LeanDojo")
    cited = page.locator(".panel[data-current] .source h3")
    assert not [title for title in cited.all_inner_texts() if "LeanDojo" in title]
    assert serious(page) == []
    page.wait_for_timeout(300)
    turn.get_by_role("button", name="Ask again").click()  # it stays left out
    expect(turn).to_contain_text("3 of 3")
    expect(turn.locator(".banner.left")).to_be_visible()
    page.wait_for_timeout(300)
    page.get_by_role("checkbox", name="Use LeanDojo").check()
    expect(again).to_have_text("Ask again with all papers")
    turn.get_by_role("button", name="Ask again").click()
    expect(turn).to_contain_text("4 of 4")
    expect(turn.locator(".banner.left")).to_have_count(0)
    expect(page.locator(".panel[data-current] .source h3").first).to_contain_text("LeanDojo")


def test_a_passage_has_notes_that_stay_with_the_conversation(visit: Visit, tmp_path: Path) -> None:
    page, notes = visit.page, visit.page.locator(".panel[data-current] .notes").first
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask(QUESTION)
    page.evaluate("window.hacked = 0")
    notes.get_by_role("button", name="Add a note").click()
    box = notes.get_by_role("textbox", name="Your note")
    expect(box).to_be_focused()
    box.fill("thrown away")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    notes.get_by_role("button", name="Add a note").click()
    expect(box).to_have_value("")
    box.fill(f"compare with ours {HOSTILE}")
    assert serious(page) == []
    visit.ask(OTHER)  # what is typed stays
    page.evaluate("scrollTo(0, 0)")
    page.locator("button.cite").first.click()
    expect(box).to_have_value(re.compile("^compare with ours"))
    box.press("Control+Enter")
    expect(notes.locator("li")).to_contain_text("compare with ours <script>")
    expect(notes.get_by_role("button", name="Add a note")).to_be_focused()
    assert page.locator(".notes :is(img, script)").count() == 0 and page.evaluate("window.hacked") == 0
    notes.get_by_role("button", name="Edit this note").click()
    box.fill("ours is older")
    notes.get_by_role("button", name="Save").click()
    expect(notes.locator("li p")).to_have_text("Your note: ours is older")
    page.wait_for_timeout(300)
    page.locator(".turn").first.get_by_role("button", name="Copy as Markdown").click()
    assert page.evaluate("navigator.clipboard.readText()").endswith("\n\nours is older\n")
    page.get_by_role("button", name="Conversations").click()
    with page.expect_download() as taken:
        page.locator("#download").click()
    taken.value.save_as(tmp_path / "conversation.json")
    page.keyboard.press("Escape")
    notes.get_by_role("button", name="Delete this note").click()
    expect(notes.locator("li")).to_have_count(0)
    notes.get_by_role("button", name="Undo").click()
    expect(notes.locator("li p")).to_have_text("Your note: ours is older")
    visit.open()
    page.locator("button.cite").first.click()
    expect(notes.locator("li p")).to_have_text("Your note: ours is older")
    assert serious(page) == []
    page.locator("input[type=file][accept='.json']").set_input_files(str(tmp_path / "conversation.json"))
    expect(page.locator(".turn .banner").first).to_contain_text("From a file")
    expect(page.locator(".notes li p")).to_have_text("Your note: ours is older")


def test_a_question_that_cannot_be_searched_for_is_an_error_that_keeps_it(visit: Visit) -> None:
    page = visit.page
    page.locator("#question textarea").fill("?!")
    page.locator("#ask").click()
    expect(page.locator(".draft .card")).to_contain_text("holds no word")
    expect(page.locator("#question textarea")).to_have_value("?!")
    expect(page.locator("#ask")).to_be_enabled()


def test_examples_follow_ups_edit_and_again(visit: Visit) -> None:
    page = visit.page
    example = page.locator(".examples button.ask").first
    text = example.inner_text()
    example.click()
    expect(page.locator(".turn:not(.draft) h2").first).to_contain_text(text)
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)
    visit.ask(QUESTION)
    visit.ask("and what does it extract?")
    expect(page.locator(".turn").last).to_contain_text("Read as:")
    page.locator(".turn").nth(1).get_by_role("button", name="Edit").click()
    expect(page.locator("#question textarea")).to_have_value(QUESTION)
    page.locator("#question textarea").fill(OTHER)
    page.locator("#ask").click()
    expect(page.locator(".turn:not(.draft)")).to_have_count(2)
    expect(page.locator(".turn").last).to_contain_text("Goedel-Prover")
    first = page.locator(".turn").first.get_attribute("id")
    page.locator(".turn").last.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn.draft")).to_have_count(0)
    expect(page.locator(".turn:not(.draft)")).to_have_count(2)
    assert page.locator(".turn").first.get_attribute("id") == first


def test_a_filter_keeps_to_a_paper_and_the_map_to_a_topic(visit: Visit) -> None:
    page = visit.page
    visit.keep_to_leandojo()
    expect(page.locator("#question textarea")).to_be_visible()
    visit.ask("What is proposed?")
    titles = page.locator(".panel[data-current] h3").all_inner_texts()
    assert all("LeanDojo" in title for title in titles if title)
    assert page.locator(".panel[data-current] .source, .panel[data-current] .found").count() == 1
    visit.tab("Map")
    expect(page.locator("#map svg .dot").first).to_be_attached()
    button = page.locator(".topics button").first
    name = button.get_attribute("data-topic")
    button.click()
    expect(page.locator("#question textarea")).to_be_visible()
    page.locator("#controls > button").click()
    expect(page.locator("#topic input")).to_have_value(name or "")
    expect(page.locator("#kept")).to_contain_text(f"topic {name}")
    expect(page.locator("#kept")).not_to_contain_text("LeanDojo")  # in place of the paper
    expect(page.locator("#kept")).to_be_in_viewport()
    page.get_by_role("button", name="Ask all papers").click()
    expect(page.locator("#topic input")).to_have_value("all")
    expect(page.locator("#kept")).to_be_hidden()
    visit.tab("Map")
    dot = page.locator("#map .dot").first
    dot.hover()
    title = dot.locator("title").text_content() or ""
    expect(page.locator("#pointed")).to_have_text(title)
    drawing = page.locator("#map .map svg")
    page.get_by_role("button", name="Nearer").click()
    expect(drawing).to_have_attribute("viewBox", "250 135 500 270")
    place = drawing.bounding_box()
    assert place
    page.mouse.move(place["x"] + 300, place["y"] + 200)
    page.mouse.down()
    page.mouse.move(place["x"] + 200, place["y"] + 150, steps=3)
    page.mouse.up()
    expect(drawing).not_to_have_attribute("viewBox", "250 135 500 270")
    assert page.evaluate("location.hash") == "#map"  # the end of a drag opens nothing
    page.locator("#map .wide").focus()
    page.keyboard.press("0")
    expect(drawing).to_have_attribute("viewBox", "0 0 1000 540")
    page.locator("#map .label").nth(1).click()
    expect(page.locator("#kept")).to_contain_text("topic ")


def test_years_keep_the_table_and_related_papers_open(browser: Browser, tmp_path: Path) -> None:
    papers = tmp_path / "dated.jsonl"
    kinds = ("kettles boil water quickly", "kettles boil tea slowly", "glaciers melt in spring")
    dated = [
        {"title": f"On {kind}, {year}", "abstract": f"We show that {kind}.", "year": year}
        for kind in kinds
        for year in (2019, 2021)
    ]
    papers.write_text("".join(json.dumps(each) + "\n" for each in dated))
    home = tmp_path / "library"
    home.mkdir()
    with serving(home) as server, visiting(browser, server) as visit:
        page, rows = visit.page, visit.page.locator("#table tbody tr")
        visit.tab("Library")
        expect(rows).to_have_count(25)
        expect(page.locator("#years .years")).to_have_count(0)  # the sample has no years
        page.locator("#files input[type=file]").set_input_files(str(papers))
        expect(rows).to_have_count(6)
        years = page.locator("#years button")
        assert years.all_inner_texts() == ["2019", "2020", "2021"]
        expect(years.nth(1)).to_be_disabled()
        years.nth(2).click()
        expect(rows).to_have_count(3)
        expect(years.nth(2)).to_have_attribute("aria-pressed", "true")
        assert serious(page) == []
        page.locator("#words textarea").fill("kettles")
        expect(rows).to_have_count(2)
        years.nth(2).click()
        expect(rows).to_have_count(4)
        rows.filter(has_text="glaciers").or_(rows).first.locator("button.open").click()
        related = page.locator("#opened .related button")
        expect(related.first).to_be_visible()
        title = related.first.inner_text()
        assert "kettles" in title
        related.first.click()
        expect(page.locator("#paper h2")).to_contain_text(title)


def test_what_can_be_asked_next_is_answered(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("#next .ask")).to_have_count(0)
    visit.ask(QUESTION)
    offered = page.locator("#next .ask")
    expect(offered).to_have_count(3)
    assert serious(page) == []
    kinds = offered.all_inner_texts()
    assert len({tuple(each.split()[:2]) for each in kinds}) == 3 and not [each for each in kinds if each.endswith("show?")]
    question = offered.first.inner_text()
    offered.first.click()
    turn = page.locator(".turn:not(.draft)").nth(1)
    expect(turn.locator("h2")).to_contain_text(question)
    expect(turn.locator(".answer")).to_contain_text("LeanDojo")
    expect(page.locator("#next")).not_to_contain_text(question)
    visit.ask(NONSENSE)
    expect(page.locator("#next .ask")).to_have_count(0)
    page.locator("#fresh").click()
    expect(page.locator("#next .ask")).to_have_count(0)


def compare(page: Page, of: str, columns: str) -> None:
    page.locator("#table-of textarea").fill(of)
    page.locator("#table-columns textarea").fill(columns)
    page.locator("#table-make").click()


def test_papers_stand_side_by_side(browser: Browser, server: Server, tmp_path: Path) -> None:
    with visiting(browser, server, color_scheme="dark") as visit:
        page, table = visit.page, visit.page.locator("#table-result table")
        visit.tab("Table")
        assert serious(page) == []
        compare(page, "Which papers mention Lean?", "benchmark, best score, authors")
        scores = table.locator("tbody td:nth-child(3)")
        expect(scores.first).to_be_visible()
        assert table.locator("thead th").all_inner_texts() == ["Paper", "benchmark", "best score", "authors"]
        cell = scores.filter(has=page.locator("summary")).first
        cell.locator("summary").click()
        value = cell.locator("summary span").first.inner_text()
        expect(cell.locator("blockquote")).to_contain_text(value)
        assert serious(page) == []

        page.get_by_role("button", name="best score").click()
        expect(table.locator("th[aria-sort=ascending]")).to_contain_text("best score")
        page.get_by_role("button", name="best score").click()
        expect(table.locator("th[aria-sort=descending]")).to_contain_text("best score")
        said = [each.split("%")[0] for each in scores.all_inner_texts() if "%" in each]
        assert len(said) > 1 and [float(each) for each in said] == sorted(map(float, said), reverse=True)

        with page.expect_download() as handed:
            page.locator("#table-result [data-as=JSON]").click()
        handed.value.save_as(tmp_path / "table.json")
        held = load_table(tmp_path / "table.json")
        assert [row.paper.shown for row in held.rows] == table.locator("th button.open").all_inner_texts()
        with page.expect_download() as handed:
            page.locator("#table-result [data-as=LaTeX]").click()
        assert handed.value.suggested_filename == "table.tex"

        table.locator("th button.open").first.click()
        expect(page.locator("#paper h2")).to_contain_text(held.rows[0].paper.shown)


def test_ticked_papers_are_compared_and_errors_stay_in_the_tab(visit: Visit) -> None:
    page = visit.page
    visit.tab("Library")
    rows = page.locator("#table tbody tr")
    titles = [rows.nth(at).locator("button.open").inner_text() for at in (0, 2)]
    for at in (0, 2):
        rows.nth(at).get_by_role("checkbox").check()
    page.get_by_role("button", name="Ask 2 papers").click()
    expect(page.locator("#kept")).to_contain_text(titles[1][:20])
    visit.ask("What do they propose?")
    shown = page.locator(".panel[data-current] :is(.source h3, .found summary)")
    assert 1 <= shown.count() <= 2  # of the ticked ones alone
    visit.tab("Library")
    page.get_by_role("button", name="Compare 2 papers").click()
    expect(page.locator("#table-only")).to_contain_text(titles[1])
    page.locator("#table-make").click()
    expect(page.locator("#table-result th button.open")).to_have_text(titles)
    page.get_by_role("button", name="Compare others").click()
    expect(page.locator("#table-only .kept")).to_have_count(0)
    compare(page, "Which papers mention Zorblatt7000?", "")
    expect(page.locator("#table-result")).to_contain_text("Zorblatt7000")
    expect(page.locator("#table-result table")).to_have_count(0)
    page.locator("#table-fields textarea").fill("nothing")
    page.locator("#table-make").click()
    expect(page.locator("#table-result [role=alert]")).to_contain_text("nothing")
    expect(page.locator("#table-make")).to_be_enabled()


def test_a_review_is_written_and_a_draft_checked(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.tab("Review")
    page.locator("#review-of textarea").fill("Which papers mention Lean?")
    page.locator("#review-make").click()
    review = page.locator("#review-result")
    expect(review.locator(".references li").first).to_be_visible()
    review.locator("summary").first.click()
    expect(review.locator(".quotes q").first).to_contain_text("Lean")
    named = review.locator(".whose").all_inner_texts()
    assert "LeanDojo" in named and review.locator("p > .supported").count() >= len(named)  # no "we" without whose
    assert serious(page) == []
    with page.expect_download() as handed:
        review.locator("[data-as=LaTeX]").click()
    assert handed.value.suggested_filename == "review.tex"

    visit.tab("Check")
    assert serious(page) == []
    page.locator("#check-make").click()
    expect(page.locator("#check-result [role=alert]")).to_contain_text("paste its text")
    page.evaluate("window.hacked = 0")
    page.locator("#check-text textarea").fill(f"LeanDojo is an open-source playground for Lean. <b>We like tea.</b> {HOSTILE}")
    page.locator("#check-make").click()
    result = page.locator("#check-result")
    expect(result.locator(".check-sentence").first).to_contain_text("LeanDojo is an open-source playground")
    assert result.locator("img, script, b").count() == 0 and page.evaluate("window.hacked") == 0
    page.wait_for_timeout(300)  # the colour of the button fades back
    assert serious(page) == []
    page.locator("#check-text textarea").fill("")
    (tmp_path / "own.md").write_text("LeanDojo bundles toolkits, data, models, and benchmarks.\n")
    page.locator("#check-files input[type=file]").set_input_files(str(tmp_path / "own.md"))
    expect(page.locator("#check-files")).to_contain_text("own")
    page.locator("#check-make").click()
    expect(result.locator(".check-sentence")).to_have_count(1)
    expect(result).to_contain_text("toolkits")
    with page.expect_download() as handed:
        result.locator("[data-as=SARIF]").click()
    assert json.loads(Path(handed.value.path()).read_text("utf-8"))["version"] == "2.1.0"


def test_a_table_of_a_model_is_stopped_and_its_text_stays_text(browser: Browser, tmp_path: Path, endpoint: Endpoint) -> None:
    flags = ("--set", "model.name=m", "--set", f"model.base_url={endpoint.url}")
    cells = {"cells": [{"column": 1, "value": HOSTILE, "sentence": 1}]}
    endpoint.says = lambda body: json.dumps(cells)
    with serving(tmp_path, *flags) as server, visiting(browser, server) as visit:
        page = visit.page
        page.evaluate("window.hacked = 0")
        visit.tab("Table")
        compare(page, "Which papers mention Lean?", "tax rate")  # rules find none, so the model is asked
        expect(page.locator("#table-result tbody tr").first).to_be_visible()
        assert (
            endpoint.calls and page.locator("#table-result :is(img, script)").count() == 0 and page.evaluate("window.hacked") == 0
        )
        endpoint.stall = 5
        page.locator("#table-make").click()
        expect(page.locator("#table-result [role=progressbar]")).to_be_visible()
        page.locator("#table-stop").click()
        expect(page.locator("#table-result [role=progressbar]")).to_have_count(0)
        expect(page.locator("#table-make")).to_be_enabled()


def test_papers_dropped_on_the_page_are_taken_in(browser: Browser, tmp_path: Path) -> None:
    good = tmp_path / "<img src=x onerror=window.hacked=1>.jsonl"
    # a sentence that holds hidden text or a link is shown to nobody, so what is to be found stands in one before it
    abstract = f"The Quuxinator measures flux in volts. Its label says {HOSTILE}"
    hostile = {"title": HOSTILE, "abstract": abstract, "url": "javascript:alert(1)"}
    megabyte = {"title": "long", "abstract": "<b>$\\def\\x{\\x}\\x$ " * 60_000}
    good.write_text("".join(json.dumps(each) + "\n" for each in (hostile, {"title": "no abstract"}, megabyte)))
    home = tmp_path / "library"
    home.mkdir()
    with serving(home) as server, visiting(browser, server) as visit:
        page = visit.page
        page.evaluate("window.hacked = 0")
        visit.tab("Library")
        page.locator("#files input[type=file]").set_input_files(str(good))
        expect(page.locator("#files-report")).to_contain_text("1 new")
        expect(page.locator("#files-report .rejected")).to_contain_text("line 2")
        expect(page.locator("#files-report .rejected li")).to_have_count(2)
        expect(page.locator("#files-report img")).to_have_count(0)
        expect(page.locator("#header")).to_contain_text("1 paper ")
        expect(page.locator("#table")).to_contain_text("<script>")
        page.locator("#table button.open").first.click()
        expect(page.locator("#paper")).to_contain_text("Quuxinator")
        visit.tab("Map")
        expect(page.locator("#map .dot")).to_have_count(1)
        visit.tab("Chat")
        visit.ask("What does the Quuxinator measure?")
        visit.ask(HOSTILE[:200])
        expect(page.locator("#evidence")).to_contain_text("Quuxinator")
        ways = page.locator("#evidence a").evaluate_all("links => links.map((link) => link.href)")
        assert ways and all(way.startswith("https://www.semanticscholar.org/search?q=") for way in ways)
        assert page.evaluate("window.hacked") == 0
        assert page.locator("#thread img, #evidence img, #thread script, #evidence script").count() == 0
        visit.tab("Library")
        references = tmp_path / "refs.bib"
        references.write_text("@misc{a, title = {Kettles}, abstract = {Kettles boil in winter.}}\n")
        page.locator("#files input[type=file]").set_input_files(str(references))
        expect(page.locator("#header")).to_contain_text("2 papers")


def test_papers_are_added_by_id_where_nothing_was_asked_yet(browser: Browser, tmp_path: Path) -> None:
    with Sites() as sites:
        said = "The Quuxinator measures flux in volts. Our kettles agree."
        sites.entries = {"2405.01234": Entry("2405.01234", "Quuxinator: Flux for Kettles", said)}
        flags = [flag for setting in sites.settings for flag in ("--set", setting)]
        with serving(tmp_path, *flags) as server, visiting(browser, server) as visit:
            page = visit.page
            names, report = page.locator("#start-names textarea"), page.locator("#start-report")
            names.fill("a thought")
            page.locator("#start-add").click()
            expect(report).to_contain_text("'a thought' is no arXiv id, DOI or address of a paper")
            expect(names).to_have_value("a thought")
            names.fill("https://arxiv.org/abs/2405.01234v2, 2405.09999")
            page.locator("#start-add").click()
            expect(report).to_contain_text("1 new")
            expect(report).to_contain_text("2405.09999")
            expect(names).to_have_value("")
            expect(page.locator(".welcome")).to_contain_text("This library holds 1 paper")
            assert serious(page) == []
            visit.ask("Which papers mention the Quuxinator?")
            expect(page.locator("#adding")).to_be_hidden()
            links = page.locator(".source .links a")
            expect(links.nth(1)).to_have_attribute("href", "https://arxiv.org/pdf/2405.01234")
            visit.tab("Library")
            assert page.locator("#files-names").bounding_box()["y"] < page.locator("#table").bounding_box()["y"]  # type: ignore[index]
            page.locator("#files-names textarea").fill("arxiv:2405.01234")
            page.keyboard.press("Enter")
            expect(page.locator("#files-report")).to_contain_text("1 unchanged")


def test_a_paper_can_be_removed(browser: Browser, tmp_path: Path) -> None:
    two = tmp_path / "two.jsonl"
    papers = [{"title": f"The {name}", "abstract": f"The {name} measures flux in volts."} for name in ("Quuxinator", "Frobnicator")]
    two.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    home = tmp_path / "library"
    home.mkdir()
    with serving(home) as server, visiting(browser, server) as visit:
        page = visit.page
        visit.tab("Library")
        page.locator("#files input[type=file]").set_input_files(str(two))
        expect(page.locator("#header")).to_contain_text("2 papers")
        page.locator("#table button.open", has_text="Quuxinator").click()
        page.get_by_role("button", name="Ask about this paper only").click()
        expect(page.locator("#kept")).to_contain_text("Quuxinator")
        visit.ask("What does the Quuxinator measure?")
        visit.tab("Library")
        remove = page.get_by_role("button", name="Remove it")
        expect(remove).to_be_hidden()  # until it is asked for
        page.locator(".removal summary").click()
        remove.click()
        expect(page.locator("#opened")).to_contain_text("1 paper left")
        expect(page.locator("#header")).to_contain_text("1 paper ")
        expect(page.locator("#table")).not_to_contain_text("Quuxinator")
        visit.tab("Chat")
        expect(page.locator("#kept")).to_be_hidden()  # what is gone keeps the chat to nothing
        expect(page.locator("#evidence")).to_contain_text("Quuxinator")
        visit.ask("What does the Frobnicator measure?")
        expect(page.locator("#evidence")).to_contain_text("Frobnicator")


def test_several_papers_are_removed_at_once_and_brought_back(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as server, visiting(browser, server) as visit:
        page = visit.page
        visit.tab("Library")
        rows = page.locator("#table tbody tr")
        titles = [rows.nth(at).locator("button.open").inner_text() for at in (1, 3)]
        for at in (1, 2, 3):
            rows.nth(at).get_by_role("checkbox").check()
        rows.nth(2).get_by_role("checkbox").uncheck()
        assert serious(page) == []
        page.get_by_role("button", name="Remove 2 papers").click()
        expect(page.locator("#files-report")).to_contain_text("58 papers left")
        for title in titles:
            expect(page.locator("#table")).not_to_contain_text(title)
        expect(page.locator("#header")).to_contain_text("58 papers")
        expect(page.locator("#table [data-pick]:checked")).to_have_count(0)
        rows.nth(5).get_by_role("checkbox").check()
        expect(page.get_by_role("button", name="Remove 1 paper")).to_be_visible()
        kept = rows.nth(5).locator("button.open").inner_text()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#files-report")).to_contain_text("2 papers brought back")
        expect(page.locator("#header")).to_contain_text("60 papers")
        ticked = page.locator("#table tr:has([data-pick]:checked)")
        expect(ticked).to_have_count(1)
        expect(ticked).to_contain_text(kept)
        expect(page.get_by_role("button", name="Remove 1 paper")).to_be_visible()
        ticked.get_by_role("checkbox").uncheck()
        others = [rows.nth(at).locator("button.open").inner_text() for at in (0, 4)]
        for title, left in zip(others, (59, 58), strict=True):  # two removals, each to be undone after a reload
            page.locator("#table tr", has_text=title).get_by_role("checkbox").check()
            page.get_by_role("button", name="Remove 1 paper").click()
            expect(page.locator("#files-report")).to_contain_text(f"{left} papers left")
            expect(page.locator("#header")).to_contain_text(f"{left} papers")  # the table is drawn anew with it
            page.wait_for_timeout(300)
        expect(page.locator("#files-report .undo")).to_have_count(2)
        visit.open()
        visit.tab("Library")
        for title, count in zip(others, (59, 60), strict=True):
            page.locator("#files-report .undo", has_text=title).get_by_role("button", name="Undo").click()
            expect(page.locator("#header")).to_contain_text(f"{count} papers")
        expect(page.locator("#files-report .undo")).to_have_count(0)
        page.locator("#words textarea").fill(titles[0][:40])
        expect(page.locator("#table")).to_contain_text(titles[0])


def measured(runs: Path) -> None:
    """A run with a report in which what can be hostile is."""
    run = runs / "own-1"
    run.mkdir(parents=True)
    (run / "lines.jsonl").touch()
    table = reports.Table(("score", "mean, 95 % interval"), [("right", reports.Mean(0.757, 0.692, 0.825)), (HOSTILE, "1")])
    dots = [plots.Dot(0.5, 0.6, 0.5, HOSTILE)]
    plot = reports.Plot("confidence", "answerable", 1.0, [(0.1, 0.2), (0.9, 0.8)], [(0, 0), (1, 1)], dots, HOSTILE, table)
    card = reports.Card("fact-001", "wrong", [("Answer", [HOSTILE])], open=True)
    first, rest = reports.Section("Worst cases", [plot, card], first=True), reports.Section("Counts", [table])
    reports.keep(reports.Report("Eval report: own", HOSTILE, [("right", "0.757", HOSTILE)], [first, rest]), run)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_latest_run_is_shown(browser: Browser, tmp_path: Path, scheme: str) -> None:
    runs = tmp_path / "runs"
    size = {"width": 380, "height": 740} if scheme == "dark" else {"width": 1440, "height": 900}
    with hosting(tmp_path / "home", runs) as url, visiting(browser, url, color_scheme=scheme, viewport=size) as visit:
        page = visit.page
        page.evaluate("window.hacked = 0")
        visit.tab("Eval")
        expect(page.locator("#eval")).to_contain_text("python -m eval run")
        measured(runs)
        visit.tab("Chat")
        visit.tab("Eval")
        expect(page.locator(".eval h2")).to_have_text("Eval report: own")
        expect(page.locator(".eval figure > svg")).to_be_visible()
        expect(page.locator(".case dd")).to_contain_text("<script>")
        page.locator(".eval details > summary", has_text="Counts").click()
        expect(page.locator(".eval td.mean").last).to_contain_text("0.757 0.692 to 0.825")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.locator("#eval img, #eval script, #eval a").count() == 0 and page.evaluate("window.hacked") == 0
        assert serious(page) == []


def test_a_conversation_outlives_a_reload_and_a_restart(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        visit = Visit(browser, server.url)
        page = visit.page
        visit.ask(QUESTION)
        before = page.locator("#evidence").text_content()
        visit.open()
        expect(page.locator(".turn:not(.draft)")).to_have_count(1)
        expect(page.locator("#evidence")).to_have_text(before or "")
        port = int(server.url.rpartition(":")[2])
        assert server.stop() in (0, 130)
    with page.expect_navigation(timeout=90_000):  # gradio's own script loads the page anew when the server is back
        again = Server(tmp_path, port=port)
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)
    visit.ask("and what does it extract?")
    visit.open()
    expect(page.locator(".turn:not(.draft)")).to_have_count(2)
    page.locator(".turn").first.locator("button.cite").first.click()
    expect(page.locator("mark.lit").first).to_be_in_viewport()
    visit.context.close()
    again.stop()


def test_a_page_notices_a_restart_between_two_of_its_looks(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        visit = Visit(browser, server.url)
        page = visit.page
        visit.ask(QUESTION)
        page.locator("#question textarea").fill("and what does it extract?")
        looks: list[Route] = []
        page.route("**/run/predict", lambda look: looks.append(look))  # none of them fails, as where the server is back at once
        server.stop()
    with serving(tmp_path, port=int(server.url.rpartition(":")[2])):
        page.unroute("**/run/predict")
        with page.expect_navigation():
            for look in looks:
                look.continue_()
        expect(page.locator("#question textarea")).to_have_value("and what does it extract?")
        page.wait_for_timeout(300)
        page.locator("#ask").click()
        expect(page.locator(".turn:not(.draft)")).to_have_count(2)
        visit.context.close()


def test_a_question_asked_before_the_page_is_ready_waits_and_is_kept(visit: Visit) -> None:
    held, ready = list[Route](), threading.Event()
    page = visit.context.new_page()
    page.route("**/assets/*.js", lambda call: call.abort())
    page.goto(visit.url)
    assert "opens" in page.evaluate("getComputedStyle(document.querySelector('gradio-app'), '::before').content")
    page.unroute("**/assets/*.js")
    page.route("**/run/predict", lambda call: call.continue_() if ready.is_set() else held.append(call))
    page.goto(visit.url)
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    page.wait_for_timeout(300)
    ready.set()
    for call in held:
        call.continue_()
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)
    page.wait_for_timeout(300)
    page.reload()
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)


def test_addresses_lead_back_to_a_conversation_a_paper_and_a_topic(browser: Browser, visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    conversation = page.evaluate("location.hash")
    assert re.fullmatch("#chat/[0-9a-f]{16}", conversation)
    page.locator("#fresh").click()
    expect(page.locator(".welcome")).to_be_visible()
    visit.ask(OTHER)
    assert page.evaluate("location.hash") != conversation
    page.go_back()
    page.go_back()
    expect(page.locator(".turn h2")).to_contain_text(QUESTION)
    visit.tab("Library")
    page.locator("#table button.open").nth(2).click()
    title = page.locator("#paper h2").inner_text()
    expect(page).to_have_url(re.compile("#library/[a-z0-9-]+$"))
    paper = page.url
    page.locator("#table button.open").first.click()
    expect(page.locator("#paper h2")).not_to_have_text(title)
    page.go_back()
    expect(page.locator("#paper h2")).to_have_text(title)
    page.reload()
    expect(page.locator("#paper h2")).to_have_text(title)
    expect(page.get_by_role("tab", name="Library")).to_have_attribute("aria-selected", "true")
    visit.tab("Map")
    page.locator("#map .label").nth(1).click()
    expect(page.locator("#kept")).to_contain_text("topic ")
    topic = page.locator("#kept span").inner_text()
    expect(page).to_have_url(re.compile("#topic/"))
    with visiting(browser, visit.url) as other:
        other.page.goto(page.url)
        expect(other.page.locator("#kept")).to_contain_text(topic)
        other.page.goto(paper)
        expect(other.page.locator("#paper h2")).to_have_text(title)
        other.page.goto(visit.url + conversation)  # of another browser
        expect(other.page.locator(".welcome")).to_be_visible()


def test_choices_outlive_a_reload_and_new_asks_all_papers(visit: Visit) -> None:
    page = visit.page
    page.locator("#controls > button").click()
    page.locator("#mode").get_by_label("take it out").check()
    page.locator("#papers input[type=number]").fill("2")
    page.locator("#papers input[type=number]").press("Tab")
    page.locator("#fields textarea").fill("title=Lean")
    page.locator("#fields textarea").press("Tab")
    expect(page.locator("#kept")).to_contain_text("title=Lean")
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator("#kept")).to_contain_text("title=Lean")
    page.locator("#controls > button").click()
    expect(page.locator("#mode").get_by_label("take it out")).to_be_checked()
    expect(page.locator("#papers input[type=number]")).to_have_value("2")
    expect(page.locator("#fields textarea")).to_have_value("title=Lean")
    page.locator("#fresh").click()
    expect(page.locator("#kept .kept")).to_have_count(0)
    expect(page.locator("#fields textarea")).to_have_value("")
    expect(page.locator("#papers input[type=number]")).to_have_value("2")


def test_keys_lead_to_the_box_and_along_the_numbers(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    visit.tab("Library")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("a/b?")
    expect(page.locator("#question textarea")).to_have_value("a/b?")
    numbers = page.locator("#thread button.cite")
    numbers.first.focus()
    page.keyboard.press("ArrowRight")
    expect(numbers.nth(1)).to_be_focused()
    expect(page.locator("#peek")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(numbers.first).to_be_focused()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Ask a question")
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()


def test_an_edited_question_keeps_the_other_version(visit: Visit) -> None:
    page = visit.page
    for question in (QUESTION, OTHER, "and what does it extract?"):
        visit.ask(question)
    box = page.locator("#question textarea")
    box.fill("half a thought")
    page.locator(".turn").nth(1).get_by_role("button", name="Edit").click()
    note = page.locator("#edited")
    expect(note).to_contain_text("Editing question 2. It and the question after it stay as an earlier version.")
    expect(box).to_have_value(OTHER)
    expect(box).to_be_focused()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(box).to_have_value("half a thought")
    page.locator(".turn").nth(1).get_by_role("button", name="Edit").click()
    note.get_by_role("button", name="Cancel").click()
    expect(box).to_have_value("half a thought")
    page.locator(".turn").nth(1).get_by_role("button", name="Edit").click()
    expect(box).to_have_value(OTHER)
    page.wait_for_timeout(300)  # the page puts the caret behind the question then, also within a question that is filled in
    box.fill("?!")
    page.locator("#ask").click()
    expect(page.locator(".draft .card")).to_contain_text("holds no word")
    expect(page.locator(".turn:not(.draft)")).to_have_count(3)
    expect(note).to_be_visible()
    expect(page.locator("#ask")).to_be_enabled()
    page.wait_for_timeout(300)
    box.fill("What is ReProver?")
    page.locator("#ask").click()
    expect(page.locator(".turn:not(.draft)")).to_have_count(2)
    expect(note).to_be_hidden()
    expect(page.locator(".turn").nth(1)).to_contain_text("2 of 2")
    assert serious(page) == []
    page.wait_for_timeout(300)
    page.locator(".turn").first.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)
    page.get_by_role("button", name="Earlier version of this question").click()
    expect(page.locator(".turn:not(.draft)")).to_have_count(2)
    visit.open()
    page.locator(".turn").nth(1).get_by_role("button", name="Earlier version of this question").click()
    expect(page.locator(".turn:not(.draft)")).to_have_count(3)
    expect(page.locator(".turn").nth(1)).to_contain_text("1 of 2")
    expect(page.locator(".turn h2").nth(1)).to_contain_text(OTHER)


def test_a_deleted_conversation_can_be_had_back(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    page.get_by_role("button", name="Conversations").click()
    page.locator("#forget").click()
    expect(page.locator(".undo")).to_contain_text(f"Deleted: {QUESTION}")
    expect(page.locator(".turn")).to_have_count(0)
    assert serious(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".turn h2")).to_contain_text(QUESTION)
    expect(page.locator(".undo")).to_be_hidden()
    visit.ask("and what does it extract?")
    expect(page.locator(".turn:not(.draft)")).to_have_count(2)
    page.locator("#fresh").click()
    expect(page.locator(".turn")).to_have_count(0)
    visit.ask(OTHER)
    opener, listed = page.get_by_role("button", name="Conversations"), page.locator("#earlier li:visible")
    opener.click()
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    expect(listed).to_have_text([OTHER, QUESTION])
    expect(page.locator("#earlier [aria-current]")).to_have_text(OTHER)
    assert serious(page) == []
    search.fill("WHAT extract it")  # of the second question
    expect(listed).to_have_text([QUESTION])
    search.fill("zorblatt")
    expect(page.locator("#earlier .note")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(search).to_be_hidden()
    opener.click()
    listed.last.get_by_role("button").click()
    expect(page.locator(".turn h2").first).to_contain_text(QUESTION)
    expect(search).to_be_hidden()


def test_two_tabs_show_the_same_conversation(visit: Visit) -> None:
    one = visit.page
    visit.ask(QUESTION)
    other = visit.context.new_page()
    other.goto(visit.url)
    expect(other.locator(".turn h2")).to_have_text(f"Question 1: {QUESTION}")
    other.locator("#question textarea").fill("not sent yet")
    visit.ask(OTHER)
    expect(other.locator(".turn")).to_have_count(2)
    expect(other.locator("#question textarea")).to_have_value("not sent yet")
    for tab, question in ((one, "What is ReProver?"), (other, "What is miniF2F?")):
        tab.locator("#question textarea").fill(question)
    one.locator("#ask").click()
    other.locator("#ask").click()
    for tab in (one, other):
        expect(tab.locator(".turn:not(.draft)")).to_have_count(4)
    visit.open()
    expect(one.locator(".turn:not(.draft)")).to_have_count(4)


def test_two_people_see_their_own(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as one, visiting(browser, server) as other:
        one.page.locator("#question textarea").fill(QUESTION)
        other.page.locator("#question textarea").fill(OTHER)
        one.page.locator("#ask").click()
        other.page.locator("#ask").click()
        for visit, own, foreign in ((one, "LeanDojo", "formal proofs"), (other, "formal proofs", "LeanDojo")):
            expect(visit.page.locator(".turn:not(.draft)")).to_have_count(1)
            expect(visit.page.locator("#thread")).to_contain_text(own)
            expect(visit.page.locator("#thread")).not_to_contain_text(foreign)
            visit.open()
            expect(visit.page.locator("#thread")).to_contain_text(own)


def test_take_away_and_open_again(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask(QUESTION)
    for name, held in (("Markdown", "## Sources"), ("LaTeX", "\\cite{"), ("BibTeX", "@misc{")):
        page.get_by_role("button", name=f"Copy as {name}").click()
        assert held in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Answer record").click()
    taken.value.save_as(tmp_path / "answer.json")
    from assistant import load

    assert load(tmp_path / "answer.json").question == QUESTION
    page.get_by_role("button", name="Conversations").click()
    with page.expect_download() as taken:
        page.locator("#download").click()
    taken.value.save_as(tmp_path / "conversation.json")
    for form, begin in (("bibtex", "@"), ("ris", "TY  - "), ("csv", "title,authors,")):
        with page.expect_download() as taken:
            page.locator(f"#as-{form}").click()
        taken.value.save_as(tmp_path / form)
        assert (tmp_path / form).read_text("utf-8").startswith(begin)
        assert "LeanDojo: Theorem Proving" in (tmp_path / form).read_text("utf-8").replace("{", "")
    before = page.locator(".abstract").first.inner_html()
    page.locator("#forget").click()
    expect(page.locator(".welcome")).to_be_visible()
    page.locator("input[type=file][accept='.json']").set_input_files(str(tmp_path / "conversation.json"))
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)
    page.locator("button.cite").first.click()
    assert re.sub(r" (id|class)=\"[^\"]*\"", "", page.locator(".abstract").first.inner_html()) == re.sub(
        r" (id|class)=\"[^\"]*\"", "", before
    )


def test_a_sentence_can_be_called_wrong(visit: Visit, home: Path) -> None:
    visit.ask(QUESTION)
    visit.page.locator(".checks summary").click()
    visit.page.get_by_role("button", name="This sentence is wrong").first.click()
    expect(visit.page.get_by_text("Noted in feedback.jsonl")).to_be_visible()
    last = json.loads((home / "feedback.jsonl").read_text().splitlines()[-1])
    assert last["judgement"] == "wrong sentence" and last["sentence"] and last["question"] == QUESTION


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, server: Server, scheme: str) -> None:
    with visiting(browser, server, color_scheme=scheme) as visit:
        page = visit.page
        assert serious(page) == []
        visit.ask(QUESTION)
        visit.ask(NONSENSE)
        page.locator("#controls > button").click()
        page.get_by_role("button", name="Conversations").click()
        page.locator(".checks summary").first.click()
        page.wait_for_timeout(500)
        assert serious(page) == []
        visit.tab("Library")
        page.locator("#table button.open").first.click()
        expect(page.locator("#paper")).to_be_visible()
        assert serious(page) == []
        visit.tab("Map")
        expect(page.locator("#map svg")).to_be_visible()
        assert serious(page) == []


def test_dark_follows_the_system_and_the_button(browser: Browser, server: Server) -> None:
    with visiting(browser, server, color_scheme="dark") as visit:
        page = visit.page

        def brightness() -> int:
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            return sum(map(int, re.findall(r"\d+", colour)[:3]))

        assert brightness() < 200
        page.get_by_role("button", name="Light or dark").click()
        assert brightness() > 600
        visit.open()
        assert brightness() > 600


def test_a_phone_shows_all_of_it(browser: Browser, server: Server) -> None:
    with visiting(browser, server, viewport={"width": 380, "height": 740}, has_touch=True) as visit:
        page = visit.page
        visit.ask(QUESTION)
        for name in ("Chat", "Library", "Table", "Review", "Check", "Map"):
            visit.tab(name)
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= 380
        visit.tab("Table")
        compare(page, "Which papers mention Lean?", "benchmark, best score, authors")
        expect(page.locator("#table-result tbody tr").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        visit.tab("Map")
        expect(page.locator("#map svg")).to_be_hidden()
        expect(page.locator("#map .topics button").first).to_be_visible()
        visit.tab("Chat")
        page.locator("button.cite").first.click()
        expect(page.locator("mark.lit").first).to_be_in_viewport()
        below = "document.querySelector('#right').offsetTop >= document.querySelector('#left').offsetTop + 200"
        assert page.evaluate(below)


def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn:not(.draft)")).to_have_count(1)
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator(".source.lit")).to_be_focused()


def test_tex_of_a_model_is_shown_and_its_html_is_not(browser: Browser, tmp_path: Path, endpoint: Endpoint) -> None:
    said = "We release **LeanDojo**, an open-source playground for Lean [1]. It extracts data from Lean [1]. "
    said += "Its cost is $n_{i}^2$ steps <img src=x onerror=window.hacked=1> and [x](http://a.example) [1].\n\n"
    said += (
        "| Part | Loss |\n|---|---|\n| **data** | \\(\\frac{a}{b}\\) [1] |\n| `model` | $\\href{javascript:alert(1)}{c}$ [1] |\n\n"
    )
    said += "```python\nfrom lean_dojo import *\n    # <img src=x onerror=window.hacked=1> $x_1$ **b**\n```\n\n"
    said += "It takes $\\phantom{no} 91$ and $\\def\\n{no} 92$ and $93 % no$ steps [1].\n\n"
    said += "Hostile ones are $\\def\\x{\\x\\x}\\x$ and $\\includegraphics{http://evil.example/a.png}$ and $\\nonsense{$ [1]."
    endpoint.says = lambda body: said
    with serving(tmp_path, "--set", "model.name=m", "--set", f"model.base_url={endpoint.url}") as server:
        with visiting(browser, server) as visit:
            page = visit.page
            visit.ask(QUESTION)
            answer = page.locator(".turn .answer")
            expect(answer.locator("strong").first).to_have_text("LeanDojo")
            expect(answer.locator(".math").first).to_have_attribute("title", "n_{i}^2")
            expect(answer.locator(".math math msubsup").first).to_be_visible()
            expect(answer.locator("table thead th")).to_have_text(["Part", "Loss"])
            expect(answer.locator("table tbody tr")).to_have_count(2)
            expect(answer.locator("table mfrac")).to_be_visible()
            expect(answer.locator("table code")).to_have_text("model")
            expect(answer.locator("pre .mark")).to_have_count(2)  # each line has its verdict
            expect(answer.locator("pre")).to_contain_text("    # <img src=x onerror=window.hacked=1> $x_1$ **b**")
            expect(answer.locator(".math").last).to_have_attribute("title", "\\nonsense{")
            expect(answer.locator(".math").last.locator("math")).to_have_count(0)  # no TeX: its text stays
            for hiding, checked in (("phantom", "91"), ("def\\\\n", "no"), ("%", "no")):  # what was checked stays in sight
                expect(answer.locator(f".math[title*='{hiding}']")).to_contain_text(checked)
                expect(answer.locator(f".math[title*='{hiding}'] math")).to_have_count(0)
            assert answer.locator("img, a, script, [href], [src]").count() == 0 and page.evaluate("window.hacked") is None
            assert serious(page) == []
            assert sum(url.endswith("/katex.js") for url in visit.requested) == 1


def test_a_model_streams_and_can_be_stopped(browser: Browser, tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.says = lambda body: "LeanDojo extracts data from Lean [1]. It is 12 times faster [1]. It was made on Mars."
    endpoint.piece, endpoint.gap = 30, 60.0
    with serving(tmp_path, "--set", "model.name=m", "--set", f"model.base_url={endpoint.url}") as server:
        with visiting(browser, server) as visit:
            page = visit.page
            visit.ask(QUESTION)  # the first reply of a model is shown at its end alone, as it may hold thoughts
            page.locator("#fresh").click()
            expect(page.locator(".turn")).to_have_count(0)
            endpoint.cut_after, endpoint.piece = 1, 37
            page.locator("#question textarea").fill(QUESTION)
            page.locator("#ask").click()
            expect(page.locator(".unchecked")).to_contain_text("LeanDojo extracts")
            expect(page.locator("#found .found").first).to_be_visible()
            page.locator("#stop").click()
            expect(page.locator(".turn:not(.draft) .note.warn").last).to_contain_text("The text stops early: stopped after 6 words")
            expect(page.locator(".turn:not(.draft) .claim")).to_contain_text("LeanDojo extracts data from Lean")
            expect(page.locator(".source").first).to_contain_text("LeanDojo")  # it is verified
            expect(page.locator(".draft")).to_have_count(0)
            expect(page.locator("#ask")).to_be_enabled()
            expect(page.locator("#stop")).to_be_disabled()
            page.reload()
            expect(page.locator(".turn .note.warn").last).to_contain_text("stopped after 6 words")  # it is kept
            page.locator("#fresh").click()
            expect(page.locator(".turn")).to_have_count(0)
            endpoint.stall = 30.0
            page.locator("#question textarea").fill(QUESTION)
            page.locator("#ask").click()
            expect(page.locator("#found .found").first).to_be_visible()
            top = page.locator(".draft h2").evaluate("element => element.getBoundingClientRect().top")
            page.locator("#stop").click()
            expect(page.locator(".draft .card")).to_contain_text("Nothing was written yet")
            assert top == page.locator(".draft h2").evaluate("element => element.getBoundingClientRect().top")
            expect(page.locator(".draft h2")).to_contain_text(QUESTION)
            expect(page.locator("#ask")).to_be_enabled()
            page.wait_for_timeout(1000)  # as in `Visit.ask`
            endpoint.cut_after, endpoint.stall = None, 0.0
            visit.ask(QUESTION)
            expect(page.locator(".claim.no-source, .claim.not-supported").first).to_be_visible()
            expect(page.locator(".done summary")).to_contain_text("tokens in")
            page.locator("#controls > button").click()
            page.get_by_label("take it out").check()
            before = page.locator(".turn").last.get_attribute("id")
            page.locator(".turn").last.get_by_role("button", name="Ask again").click()
            expect(page.locator(f"#{before}")).to_have_count(0)
            expect(page.locator(".turn:not(.draft)")).to_have_count(1)
            page.wait_for_timeout(300)
            expect(page.locator(".claim.no-source, .claim.not-supported")).to_have_count(0)
            expect(page.locator(".turn .note.warn").first).to_contain_text('Taken out: "It is 12 times faster')
            page.get_by_label("exact quotes, no model").check()
            page.wait_for_timeout(2000)  # the server hears of it by an event of its own
            calls = len(endpoint.calls)
            visit.ask(OTHER)
            assert len(endpoint.calls) == calls


def test_a_reload_in_the_middle_of_an_answer_keeps_the_answer(browser: Browser, tmp_path: Path, endpoint: Endpoint) -> None:
    written = threading.Event()
    written.set()

    def says(body: object) -> str:
        assert written.wait(60)
        return "LeanDojo extracts data from Lean [1]."

    endpoint.says = says
    with serving(tmp_path, "--set", "model.name=m", "--set", f"model.base_url={endpoint.url}") as server:
        with visiting(browser, server) as visit:
            page = visit.page

            def left(question: str) -> None:
                expect(page.locator(".draft h2")).to_contain_text(question)
                page.locator("#question textarea").fill("the next one")
                page.reload()
                expect(page.locator(".draft h2")).to_contain_text(question)
                expect(page.locator("#stop")).to_be_enabled()
                expect(page.locator("#question textarea")).to_have_value("the next one")

            def came(turns: int) -> None:
                written.set()
                expect(page.locator(".turn:not(.draft)")).to_have_count(turns)
                expect(page.locator(".draft")).to_have_count(0)
                expect(page.locator("#ask")).to_be_enabled()
                page.wait_for_timeout(300)  # as in `Visit.ask`
                written.clear()

            written.clear()
            for turns in (1, 2):  # the first question of a conversation, and a later one
                page.locator("#question textarea").fill(QUESTION)
                page.locator("#ask").click()
                left(QUESTION)
                assert serious(page) == []
                came(turns)
            page.locator(".turn").first.get_by_role("button", name="Ask again").click()
            left(QUESTION)
            came(1)
            expect(page.locator(".turn")).to_contain_text("2 of 2")
            page.locator("#question textarea").fill(OTHER)
            page.locator("#ask").click()
            left(OTHER)
            page.goto("about:blank")
            server.stop()  # an answer that ends with its server is offered anew
            with serving(tmp_path, port=int(server.url.rpartition(":")[2])):
                visit.open()
                expect(page.locator(".draft h2")).to_contain_text(OTHER)
                expect(page.locator(".draft .card")).to_contain_text("Not answered yet")
                page.reload()  # it stays offered
                expect(page.locator(".draft .card")).to_contain_text("Not answered yet")
                page.get_by_role("button", name="Try again").click()
                expect(page.locator(".turn:not(.draft)")).to_have_count(2)


def test_a_draft_stands_below_the_version_that_it_was_asked_in(browser: Browser, tmp_path: Path, endpoint: Endpoint) -> None:
    written = threading.Event()
    written.set()

    def says(body: object) -> str:
        assert written.wait(60)
        return "LeanDojo extracts data from Lean [1]."

    endpoint.says = says
    with (
        serving(tmp_path, "--set", "model.name=m", "--set", f"model.base_url={endpoint.url}") as server,
        visiting(browser, server) as visit,
    ):
        page = visit.page
        visit.ask(QUESTION)
        page.locator(".turn").first.get_by_role("button", name="Ask again").click()
        expect(page.locator(".turn")).to_contain_text("2 of 2")
        page.wait_for_timeout(300)  # as in `Visit.ask`
        written.clear()
        page.locator("#question textarea").fill(OTHER)
        page.locator("#ask").click()
        expect(page.locator(".draft h2")).to_contain_text(OTHER)
        page.get_by_role("button", name="Earlier version of this question").click()
        expect(page.locator(".turn:not(.draft)")).to_contain_text("1 of 2")
        expect(page.locator(".draft")).to_be_hidden()
        page.get_by_role("button", name="Later version of this question").click()
        expect(page.locator(".turn:not(.draft)")).to_contain_text("2 of 2")
        expect(page.locator(".draft h2")).to_be_visible()
        expect(page.locator("#stop")).to_be_enabled()
        page.locator("#fresh").click()
        expect(page.locator(".turn:not(.draft)")).to_have_count(0)
        written.set()
        expect(page.locator(".turn:not(.draft)")).to_have_count(2)


def test_what_another_process_takes_in_is_seen(browser: Browser, tmp_path: Path, nursery: Nursery) -> None:
    more = tmp_path / "one.jsonl"
    more.write_text(json.dumps({"title": "The Quuxinator", "abstract": "The Quuxinator measures flux in volts."}) + "\n")
    home = tmp_path / "library"
    home.mkdir()
    with serving(home) as server, visiting(browser, server) as visit:
        expect(visit.page.locator("#header")).to_contain_text("60 papers")
        environment = {**os.environ, "ASSISTANT_HOME": str(home)}
        nursery.run("ingest", str(more), "--set", "embedder.kind=fake", env=environment).check_returncode()
        began = time.monotonic()
        expect(visit.page.locator("#header")).to_contain_text("1 paper ", timeout=15_000)
        assert time.monotonic() - began < 12  # 6 on a quiet machine
        visit.ask("What does the Quuxinator measure?")
        expect(visit.page.locator("#evidence")).to_contain_text("Quuxinator")


def test_a_paper_opens_at_its_title_and_leads_back_to_its_row(visit: Visit) -> None:
    page = visit.page
    visit.tab("Library")
    expect(page.locator("#opened .hint")).to_be_visible()
    row = page.locator("#table button.open").nth(20)
    row.click()
    expect(page.locator("#paper h2")).to_be_in_viewport()
    expect(row).to_be_in_viewport()  # the paper stands beside the list
    page.get_by_role("button", name="Back to the list").click()
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    assert page.evaluate("location.hash").startswith("#library/")
    page.reload()
    expect(page.locator("#table")).to_be_visible()


def test_an_idle_tab_asks_little(visit: Visit) -> None:
    visit.page.wait_for_timeout(2000)
    visit.requested.clear()
    visit.page.wait_for_timeout(11_000)
    assert 1 <= len(visit.requested) <= 3  # one in five seconds


def test_the_gradio_client_asks_searches_and_lists(server: Server) -> None:
    config = httpx.get(f"{server.url}/config", trust_env=False).json()
    assert config["root"] == server.url and not any("api_info" in each for each in config["components"])
    from gradio_client import Client

    client: Any = Client(server.url, verbose=False)
    offered = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(offered) == {"/ask", "/table", "/review", "/check", "/search", "/papers"}
    assert all(each["description"] for each in offered.values())
    answer = client.predict(question=QUESTION, api_name="/ask")
    assert answer["text"] and not answer["abstained"]
    for source in answer["sources"]:
        assert source["paper"]["abstract"][source["start"] : source["end"]] == source["quote"]
    passages = client.predict(question="diversity of samples", k=3, api_name="/search")
    assert len(passages) == 3
    table = client.predict(question="theorem provers on miniF2F", columns="best score, year", sort="best score", api_name="/table")
    assert [row["cells"][0]["value"] for row in table["rows"]] == ["42%", "57.6%", "71.31", "75.0%", "90.4%"]
    for row in table["rows"]:
        assert row["paper"]["abstract"][row["cells"][0]["start"] : row["cells"][0]["end"]] == row["cells"][0]["quote"]
    report = client.predict(draft="BFS-Prover scores 71.31 on MiniF2F. We like it.", api_name="/check")
    assert [one["state"] for one in report["sentences"]] == ["uncited", "own"] and report["counts"]["own"] == 1
    for proof in report["sentences"][0]["proofs"]:
        assert report["papers"][proof["paper"]]["abstract"][proof["start"] : proof["end"]] == proof["quote"]
    with pytest.raises(Exception, match="one of markdown, latex, plain"):
        client.predict(draft="x", syntax="word", api_name="/check")
    with pytest.raises(Exception, match="empty where there is a question"):
        client.predict(question="Lean", papers="x", api_name="/table")
    review = client.predict(question="theorem provers on miniF2F", outline="# Lean\n# Toasters", words=200, api_name="/review")
    assert len(review["papers"]) == 5 and [one["term"] for one in review["missing"]] == ["Toasters"]
    for source in (source for topic in review["topics"] for source in topic["sources"]):
        assert source["paper"]["abstract"][source["start"] : source["end"]] == source["quote"]
    papers = client.predict(words="reprover", api_name="/papers")
    assert papers["total"] == 1 and "LeanDojo" in papers["papers"][0]["title"]
    one = client.predict(question="What is it?", k=5, paper=papers["papers"][0]["id"], api_name="/search")
    assert [each["paper"]["id"] for each in one] == [papers["papers"][0]["id"]]
    with pytest.raises(Exception, match="holds no word"):
        client.predict(question="?!", api_name="/ask")


def test_an_mcp_client_asks_and_searches(server: Server) -> None:
    from mcp import ClientSession, McpError
    from mcp.client import streamable_http

    connected: Any = streamable_http.streamablehttp_client  # pyright: ignore[reportDeprecated]  # the new name is not in mcp 1.21

    async def talk() -> None:
        async with (
            connected(f"{server.url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert set(tools) == {"ask", "table", "review", "check", "search", "papers"}
            assert tools["ask"].inputSchema["required"] == ["question"]
            assert "plain words" in tools["ask"].inputSchema["properties"]["question"]["description"]
            told = await session.call_tool("ask", {"question": QUESTION})
            assert json.loads(told.content[0].text)["sources"]  # type: ignore[union-attr]
            told = await session.call_tool("search", {"question": "diversity of samples", "k": 2})
            assert len(json.loads(told.content[0].text)) == 2  # type: ignore[union-attr]
            told = await session.call_tool("table", {"question": "theorem provers on miniF2F", "columns": "best score"})
            assert len(json.loads(told.content[0].text)["rows"]) == 5  # type: ignore[union-attr]
            told = await session.call_tool("review", {"question": "theorem provers on miniF2F", "words": 200})
            assert len(json.loads(told.content[0].text)["papers"]) == 5  # type: ignore[union-attr]
            told = await session.call_tool("check", {"draft": "BFS-Prover scores 71.31 on MiniF2F."})
            assert json.loads(told.content[0].text)["counts"]["uncited"] == 1  # type: ignore[union-attr]
            told = await session.call_tool("ask", {"question": "?!"})
            assert told.isError
            assert not (await session.list_prompts()).prompts
            for name in ("papers", "ask", "no such prompt", ""):
                with pytest.raises(McpError, match=f"no prompt is named '{name}'; there are no prompts, but tools: ask, table"):
                    await session.get_prompt(name, {})

    with ThreadPoolExecutor() as pool:  # Playwright has a loop of its own in this thread
        pool.submit(asyncio.run, talk()).result()


def test_strangers_other_sites_and_long_requests_stay_out(tmp_path: Path, server: Server) -> None:
    def get(url: str, **headers: str) -> int:
        return httpx.get(url, headers=headers, trust_env=False).status_code

    assert get(server.url) == 200
    assert get(server.url, Host="evil.example") == 400
    assert get(f"{server.url}/config", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}) == 403
    assert get(server.url, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}) == 200
    assert get(server.url, Origin="http://evil.example") == get(server.url, Origin="null") == 403
    given = httpx.get(server.url, headers={"Origin": server.url}, trust_env=False).headers
    assert "script-src-attr 'none'" in given["content-security-policy"] and "access-control-allow-origin" not in given
    long = httpx.post(f"{server.url}/gradio_api/call/ask", content=b"x" * 2_000_000, trust_env=False)
    assert long.status_code == 413
    too_long = httpx.post(f"{server.url}/gradio_api/run/ask", json={"data": ["a " * 9000]}, trust_env=False)
    assert too_long.status_code >= 400

    from assistant.page.auth import hashed

    users = tmp_path / "users.txt"
    users.write_text(f"ada:{hashed('correct horse')}\n")
    with serving(tmp_path, "--auth-file", str(users), "--host", "0.0.0.0", "--mcp") as guarded:
        url = guarded.url.replace("0.0.0.0", "127.0.0.1")

        def basic(password: str) -> dict[str, str]:
            return {"Authorization": "Basic " + base64.b64encode(f"ada:{password}".encode()).decode()}

        assert get(url, **basic("correct horse")) == get(url + "/config", **basic("correct horse")) == 200
        for path in ("", "/config", "/gradio_api/info", "/gradio_api/mcp/schema", "/gradio_api/mcp/"):
            assert get(url + path) == get(url + path, **basic("wrong")) == get(url + path, Authorization="Basic !") == 401


def test_behind_a_proxy_under_a_path(tmp_path: Path) -> None:
    with serving(tmp_path, "--root-path", "/papers") as server:
        found = httpx.get(server.url + "/config", trust_env=False).json()
        assert found["root"].endswith("/papers")
        assert found["run_history"] is False, "answers would be kept in the browser a second time"
