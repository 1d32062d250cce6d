"""Whatever a file holds or a site replies, a reader gives papers that can be stored and rejects that say why, and raises nothing.

`--fuzz SECONDS` looks longer than CI does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from sites import Entry, Reply, Sites, feed, record

from assistant import Assistant, sources
from assistant.config import IngestSettings
from assistant.sources import (
    arxiv,
    bibtex,
    endnote,
    hub,
    json_files,
    medline,
    pages,
    papers,
    ris,
    saved_html,
    tables,
    wos,
    xml_files,
)
from assistant.types import Page, Paper, Rejection

ENTRY = Entry("2401.00001", "Bees & Kettles", "Bees sleep at night. We film 40 bees.")
PAPER = json.dumps(record(ENTRY))
PIECES = {
    "html": [
        *("<article>", "</article>", "<h3>", "</h3>", "<p>", "</p>", "</a>", "<title>", "<!--", "-->", "<script>", "</script>"),
        *("<a href='/papers/2401.00001'>", "<time datetime='2024-05-01'>", "<div data-props='", "'>", PAPER),
        *("&quot;", "&#55296;", "&#x110000;", f"&#{'1' * 5000};"),
    ],
    "bib": [
        *("@misc{k,", "@article(", "title = {", "abstract = {", 'author = "', "}", '"', ")", ",\n", " and ", "@string{a = {"),
        *("@comment{", "@preamble{", "year = 2024", "month = may", "note = {as listed on page x}", "eprint = {2401.00001}"),
        *("\\'e", "\\url{", "$", "% ", "#", "\\"),
    ],
    "jsonl": [
        *(PAPER, '{"title": "', '", "abstract": "', '"}', "{", "[", "\n", '"authors": [', "\\ud800", "NaN", "1" * 5000, "null"),
        "[" * 3000,
    ],
    "ris": [
        *(
            "TY  - JOUR\n",
            "TI  - ",
            "AB  - ",
            "AU  - A, B\n",
            "ER  - \n",
            "\n",
            "N2  -",
            "DO  - 10.1/x\n",
            "x - y",
            "DA  - 2031//\n",
        )
    ],
    "nbib": [
        *("PMID- 9\n", "TI  - ", "AB  - ", "      more\n", "\n", "PT  - Retracted Publication\n", "LID - 10.1/x [doi]\n", "DP  - x")
    ],
    "enw": [*("%0 Journal Article\n", "%T ", "%X ", "%A A, B\n", "\n", "%D 2031", "%", "%% x\n")],
    "ciw": [*("PT J\n", "TI T", "AB A.", "   more\n", "AU A, B\n", "\n", "ER\n", "EF\n", "FN x\n", "PY 2031\n", "DI 10.1/x\n")],
    "xml": [
        *(
            "<?xml version='1.0'?>",
            "<records>",
            "<record>",
            "</record>",
            "<titles><title>",
            "</title></titles>",
            "<abstract>",
            "</abstract>",
        ),
        *(
            "<PubmedArticle>",
            "</PubmedArticle>",
            "<ArticleTitle>T</ArticleTitle>",
            "<Abstract><AbstractText>A</AbstractText></Abstract>",
        ),
        *("<!DOCTYPE a [<!ENTITY x 'y'>]>", "&x;", "&amp;", "<a>" * 2000, "<Year>2031</Year>"),
    ],
    "csv": [*("Title,Abstract\n", '"', ",", "\n", "a,b\n", ";", "\t", "\0", "Title\tAbstract\tYear\n", "T" * 300)],
    "txt": [
        *("Get trending papers in your email inbox!\n", "Subscribe\n", "Subscribe", "Daily Papers\n", "May 3\n", "new\n"),
        *("Bees: A Title\n", "b" * 301 + "\n"),
    ],
}
"""What files of each kind are made of."""
SPOILT = ["", "<", "]]>", "&x;", "\0", "9" * 5000, "[[", "{}", "null", '"', "\\ud800", "<entry/>", "</feed>"]
READERS: dict[str, Callable[[str, str, int], Iterator[Paper | Rejection]]] = {
    "html": saved_html.read,
    "bib": bibtex.read,
    "jsonl": json_files.read,
    "txt": pages.read,
    "ris": ris.read,
    "nbib": medline.read,
    "enw": endnote.read,
    "ciw": wos.read,
    "xml": xml_files.read,
    "csv": tables.read,
}
FEED = feed([ENTRY], 1)
steady = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def goes_on(length: float, once: Callable[[int], None]) -> None:
    """Look for so many seconds."""
    began, number = time.monotonic(), 0
    while number == 0 or time.monotonic() - began < length:
        once(number)
        number += 1


def sound(items: Sequence[Paper | Rejection]) -> None:
    """Papers that can be stored, cut where they are too long, and rejects that can be shown."""
    for item in items:
        if isinstance(item, Rejection):
            assert str(item).isprintable()
            assert item.reason
            continue
        item.model_dump_json().encode()
        assert item.title.strip()
        assert item.id == papers.paper_id(item.title)
        cut, _ = papers.fitted(item)
        assert len(cut.title) <= papers.LONGEST_TITLE
        assert len(cut.abstract) <= papers.LONGEST_ABSTRACT


def written(kind: str) -> st.SearchStrategy[str]:
    """Files of a kind, whole, broken and mixed with others."""
    other = [piece for pieces in PIECES.values() for piece in pieces]
    part = st.sampled_from(PIECES[kind]) | st.sampled_from(PIECES[kind]) | st.sampled_from(other) | st.text(max_size=12)
    return st.lists(part, max_size=30).map("".join)


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
def test_whatever_a_file_holds(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    file = tmp_path / f"a.{kind}"

    def once(number: int) -> None:
        @seed(number)
        @steady
        @given(written(kind) | st.binary(max_size=40).map(lambda content: content.decode("latin-1")))
        def example(content: str) -> None:
            data = content.encode("utf-8", "surrogatepass")
            file.write_bytes(data)
            sound(list(sources.read(str(file), max_line=20_000, max_file=100_000).items))
            file.write_bytes(data[: len(data) // 2])
            sound(list(sources.read(str(file), max_line=200, max_file=100_000).items))

        example()

    goes_on(request.config.getoption("--fuzz"), once)


def replies(whole: str) -> st.SearchStrategy[bytes]:
    """A good reply with something cut out, put in or exchanged, and what is no reply at all."""

    def spoilt(draw: st.DrawFn) -> bytes:
        content = whole
        for _ in range(draw(st.integers(1, 4))):
            start = draw(st.integers(0, len(content)))
            end = start + draw(st.sampled_from([0, 1, 3, 40, 400]))
            put = draw(st.sampled_from(SPOILT) | st.text(max_size=5))
            content = content[:start] + put + content[end:]
        return content.encode(draw(st.sampled_from(["utf-8", "utf-16", "latin-1"])), "replace")

    return st.composite(spoilt)() | st.binary(max_size=60)


@pytest.mark.slow
@pytest.mark.parametrize("site", ["arxiv", "hub, a day", "hub, a paper"])
def test_whatever_a_site_replies(site: str, request: pytest.FixtureRequest) -> None:
    whole = {
        "arxiv": FEED,
        "hub, a day": json.dumps([{"paper": record(ENTRY), "title": "x"}] * 2),
        "hub, a paper": json.dumps(record(ENTRY)),
    }[site]
    given_names = {"arxiv": "arxiv:2401.00001", "hub, a day": "hf:2024-05-01", "hub, a paper": "hf:2401.00001"}

    with Sites() as server, Assistant.open(request.getfixturevalue("tmp_path") / "home", set=server.settings) as assistant:
        asked: IngestSettings = assistant.settings.ingest

        def once(number: int) -> None:
            @seed(number)
            @steady
            @given(replies(whole))
            def example(reply: bytes) -> None:
                server.script[:] = [Reply(body=reply)] * 8
                items = list(sources.fetch([given_names[site]], asked))
                assert items
                sound(items)

            example()

        goes_on(request.config.getoption("--fuzz"), once)


class Odd:
    """A parser of somebody else that does not take what it is given."""

    def __call__(self, *arguments: object, **more: object) -> Any:
        raise AssertionError("an odd reply")


def test_what_the_parser_of_feeds_raises_is_a_reject_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    good.write_text(json.dumps({"title": "On Bees", "abstract": "Bees sleep at night."}), "utf-8")
    with Sites() as server, Assistant.open(tmp_path / "home", set=["embedder.kind=fake", *server.settings]) as assistant:
        server.add(ENTRY, day="2024-05-01")
        monkeypatch.setattr(feedparser, "parse", Odd())
        report = assistant.ingest("arxiv:2401.00001", "arxiv:cat:cs.CL", "hf:2401.00001", good)
    assert report.new == 2
    assert [str(each) for each in report.rejected] == [
        "arxiv:2401.00001: arXiv: the reply cannot be read: AssertionError",
        "arxiv:cat:cs.CL: arXiv: the reply cannot be read: AssertionError",
    ]


@pytest.mark.parametrize("ending", READERS)
def test_what_any_reader_raises_is_a_reject_and_what_came_before_is_kept(
    ending: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paper = papers.make("On Bees", "Bees sleep at night.", Page(name="a"), "jsonl")

    def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
        yield paper
        raise RecursionError("too\ndeep")

    modules = {"html": saved_html, "bib": bibtex, "jsonl": json_files, "txt": pages, "ris": ris, "nbib": medline}
    module = (modules | {"enw": endnote, "ciw": wos, "xml": xml_files, "csv": tables})[ending]
    monkeypatch.setattr(module, "read", read)
    file = tmp_path / f"a.{ending}"
    file.write_text("something", "utf-8")
    first, second = sources.read(str(file), max_line=1000, max_file=1000).items
    assert first == paper
    assert str(second).endswith(f"a.{ending}: cannot be read: RecursionError: too deep")


@pytest.mark.parametrize(("module", "asked"), [(arxiv, "arxiv:2401.00001"), (hub, "hf:2401.00001")])
def test_what_the_reader_of_a_site_raises_is_a_reject(
    module: Any, asked: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "read", lambda *arguments: (Odd()() for _ in range(1)))
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        (item,) = sources.fetch([asked], assistant.settings.ingest)
    assert isinstance(item, Rejection)
    assert item.reason == "cannot be read: AssertionError: an odd reply"
