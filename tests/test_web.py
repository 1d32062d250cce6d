"""Papers of arXiv and of the hub, over real HTTP on loopback."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Run
from sites import BUSY, Entry, Reply, Sites, feed
from test_library import FAKE
from test_sources import html_page, saved

from assistant import Assistant, Page, Paper, Rejection
from assistant.config import load
from assistant.sources import addresses, expand, fetch
from assistant.sources.web import Site, WebError

pytestmark = pytest.mark.slow

LEAN = Entry(
    "2310.12345",
    "On the Boiling of\n  Kettles & $\\pi_0$",
    "We boil kettles with $x < y$ &amp; 12.4\\% of the\nheat, e.g. <b>in</b> winter, after B\\'enard &lt;3.",
)
CUPS = Entry("2402.00001", "Cups", "Cups are held by their handles. It is warm.")
OLD = Entry("cs/0112017", "Spouts", "Spouts are older than cups.", published="2001-12-11T00:00:00Z")


@pytest.fixture
def sites() -> Iterator[Sites]:
    with Sites() as server:
        server.add(LEAN, CUPS, OLD)
        yield server


def asked(sites: Sites, *inputs: str, **more: object) -> tuple[list[Paper], list[str]]:
    """The papers, and the rejections in words."""
    flags = [*sites.settings, *(f"ingest.{key}={value}" for key, value in more.items())]
    items = list(fetch(expand(inputs), load(flags=flags, environment={}).settings.ingest))
    papers = [item for item in items if isinstance(item, Paper)]
    return papers, [str(item) for item in items if isinstance(item, Rejection)]


def many(number: int) -> list[Entry]:
    return [Entry(f"2401.{at:05}", f"Paper {at}", f"This is abstract {at}.") for at in range(number)]


# Addresses


@pytest.mark.parametrize(
    ("given", "forms"),
    [
        ("2310.12347v3", ["arxiv:2310.12347v3"]),
        ("hep-th/9901002", ["arxiv:hep-th/9901002"]),
        ("https://arxiv.org/pdf/2310.12349v1.pdf", ["arxiv:2310.12349v1"]),
        ("arxiv.org/abs/2310.12349", ["arxiv:2310.12349"]),
        ("arXiv:2310.12354 [cs.CL]", ["arxiv:2310.12354"]),
        ("arxiv: 2310.12353", ["arxiv:2310.12353"]),
        ("arxiv:2310.12358V2", ["arxiv:2310.12358v2"]),
        ("arxiv:https://arxiv.org/abs/2310.12352", ["arxiv:2310.12352"]),
        ("arxiv:2310.12355,2310.12356", ["arxiv:2310.12355", "arxiv:2310.12356"]),
        ("2310.12355, doi:10.1000/x", ["arxiv:2310.12355", "doi:10.1000/x"]),
        ("arxiv:cat:cs.CL AND abs:a, b", ["arxiv:cat:cs.CL AND abs:a, b"]),
        ("https://huggingface.co/papers/2310.12350", ["hf:2310.12350"]),
        ("https://huggingface.co/papers/date/2024-05-01", ["hf:2024-05-01"]),
        ("https://huggingface.co/papers/month/2024-05", ["hf:2024-05"]),
        ("https://doi.org/10.48550/arXiv.2310.12357", ["arxiv:2310.12357"]),
        ("10.1000/OTTER", ["doi:10.1000/otter"]),
        ("https://doi.org/10.18653/v1/2031.xyz-long.1", ["doi:10.18653/v1/2031.xyz-long.1"]),
        ("https://pubmed.ncbi.nlm.nih.gov/99/", ["pubmed:99"]),
        ("PMID:99", ["pubmed:99"]),
        ("https://openalex.org/W9", ["openalex:W9"]),
        ("https://openreview.net/forum?id=abc_-1", ["openreview:abc_-1"]),
        ("openalex:graph retrieval", ["openalex:graph retrieval"]),
        ("https://aclanthology.org/2031.xyz-long.1.bib", []),
        ("https://example.org/paper", []),
        ("refs.bib", []),
        ("a.bib,b.bib", []),
        ("", []),
    ],
)
def test_what_people_type_is_understood(given: str, forms: list[str]) -> None:
    assert addresses.understood(given) == forms


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("arxiv:attention is all you need", 'did you mean arxiv:all:"attention is all you need"?'),
        ("hf:2310.12351v2", "did you mean hf:2310.12351?"),
        ("https://aclanthology.org/2031.xyz-long.1.bib", "did you mean doi:10.18653/v1/2031.xyz-long.1?"),
        ("https://example.org/2310.12348", "did you mean arxiv:2310.12348?"),
        ("paper 2310.12348", "cannot be read: no such file or directory; did you mean arxiv:2310.12348?"),
        ("https://example.org/x", "is an address of no known paper"),
    ],
)
def test_what_is_not_understood_is_answered_with_the_form_that_is(sites: Sites, given: str, said: str, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", set=[*FAKE, *sites.settings]) as assistant:
        (rejection,) = assistant.ingest(given).rejected
    assert said in rejection.reason and sites.asked == []


def test_every_line_of_the_cases_is_understood_or_answered() -> None:
    path = ROOT.parent / "shared" / "cases" / "addresses" / "inputs.txt"
    if not path.is_file():
        pytest.skip(f"the cases are not at {path}")
    lines = path.read_text("utf-8").splitlines()
    plain = [line for line in lines if not addresses.understood(line)]
    assert len(lines) > 30 and plain == ["https://aclanthology.org/2031.xyz-long.1.bib"]


# Other sites

WORK = {
    "id": "https://openalex.org/W9",
    "doi": "https://doi.org/10.1000/otter",
    "display_name": "Otter: Play",
    "title": "Otter: Play",
    "publication_date": "2031-05-02",
    "ids": {"openalex": "https://openalex.org/W9", "pmid": "https://pubmed.ncbi.nlm.nih.gov/99"},
    "primary_location": {"source": {"display_name": "Journal of Play"}, "landing_page_url": "https://doi.org/10.1000/otter"},
    "authorships": [{"author_position": "first", "author": {"id": "https://openalex.org/A1", "display_name": "Ines Duarte"}}],
    "is_retracted": False,
    "abstract_inverted_index": {"Otters": [0], "play.": [1]},
}
CROSSREF = {
    "status": "ok",
    "message-type": "work",
    "message": {
        "DOI": "10.1000/otter",
        "URL": "https://doi.org/10.1000/otter",
        "type": "journal-article",
        "title": ["Otter: Play"],
        "container-title": ["Journal of Play"],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>Otters play.</jats:p>",
        "author": [{"given": "Ines", "family": "Duarte", "sequence": "first", "affiliation": []}],
        "issued": {"date-parts": [[2031, 5, 2]]},
        "updated-by": [{"type": "retraction", "DOI": "10.1000/gone"}],
    },
}
S2 = {
    "paperId": "204e3073870fae3d05bcbc2f6a8e263d9b72e776",
    "externalIds": {"DOI": "10.1000/otter", "ArXiv": "3105.00001", "CorpusId": 1},
    "url": "https://www.semanticscholar.org/paper/204e3073870fae3d05bcbc2f6a8e263d9b72e776",
    "title": "Otter: Play",
    "abstract": "Otters play.",
    "venue": "Journal of Play",
    "year": 2031,
    "publicationDate": "2031-05-02",
    "authors": [{"authorId": "1", "name": "Ines Duarte"}],
}
NOTES = {
    "notes": [
        {
            "id": "abc",
            "forum": "abc",
            "pdate": 1935446400000,
            "content": {
                "title": {"value": "Otter: Play"},
                "abstract": {"value": "Otters play."},
                "authors": {"value": ["Ines Duarte"]},
                "venue": {"value": "Journal of Play"},
            },
        }
    ]
}
EFETCH = """<?xml version="1.0" ?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">99</PMID><Article><Journal><JournalIssue><PubDate>
<Year>2031</Year><Month>May</Month><Day>2</Day></PubDate></JournalIssue><Title>Journal of Play</Title></Journal>
<ArticleTitle>Otter: Play</ArticleTitle><Abstract><AbstractText>Otters play.</AbstractText></Abstract><AuthorList><Author>
<LastName>Duarte</LastName><ForeName>Ines</ForeName></Author></AuthorList><PublicationTypeList>
<PublicationType UI="D016441">Retracted Publication</PublicationType></PublicationTypeList></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1000/otter</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle></PubmedArticleSet>"""
SITES = [
    pytest.param("https://doi.org/10.1000/OTTER", "/crossref/works/10.1000%2Fotter", CROSSREF, (), "retracted", id="Crossref"),
    pytest.param("openalex:W9", "/openalex/works/W9", WORK, ("openalex:W9", "pubmed:99"), None, id="OpenAlex"),
    pytest.param("openalex:otters", "/openalex/works", {"results": [WORK], "meta": {"next_cursor": None}},
                 ("openalex:W9", "pubmed:99"), None, id="OpenAlex query"),
    pytest.param("s2:DOI:10.1000/otter", "/s2/graph/v1/paper/DOI:10.1000%2Fotter", S2,
                 ("arxiv:3105.00001", "s2:204e3073870fae3d05bcbc2f6a8e263d9b72e776"), None, id="Semantic Scholar"),
    pytest.param("https://openreview.net/forum?id=abc", "/openreview/notes", NOTES, ("openreview:abc",), None, id="OpenReview"),
    pytest.param("https://pubmed.ncbi.nlm.nih.gov/99", "/pubmed/efetch.fcgi", EFETCH, ("pubmed:99",), "retracted", id="PubMed"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "path", "body", "ids", "notice"), SITES)
def test_other_sites_give_the_paper(
    sites: Sites, given: str, path: str, body: object, ids: tuple[str, ...], notice: str | None
) -> None:
    sites.replies[path] = body if isinstance(body, str) else json.dumps(body)
    (paper,), rejections = asked(sites, given)
    assert (paper.title, paper.date, paper.authors, paper.venue) == (
        "Otter: Play",
        "2031-05-02",
        ("Ines Duarte",),
        "Journal of Play",
    )
    assert "Otters play." in paper.abstract and (paper.source, rejections) in (("web", []), ("pubmed", []))
    assert {*ids, *(() if "openreview" in path else ("doi:10.1000/otter",))} == set(paper.ids)
    assert paper.notice == notice
    assert [at for at, _ in sites.asked] == [path]


@pytest.mark.slow
@pytest.mark.parametrize(("given", "path"), [(each.values[0], each.values[1]) for each in SITES])
def test_other_sites_fail_in_one_line_and_are_asked_again_where_busy(sites: Sites, given: str, path: str) -> None:
    for script in ([Reply(404, "{}")], [Reply(200, "<html>")], [Reply(200, "[]")], [Reply(200, "{}")], [Reply(200, '{"a": [')]):
        sites.script = script
        papers, rejections = asked(sites, given)
        assert papers == [] and len(rejections) == 1 and "\n" not in rejections[0]
    sites.asked.clear()
    sites.script = [BUSY, Reply(503), Reply(404)]
    asked(sites, given)
    assert [at for at, _ in sites.asked] == [path] * 3


def test_a_query_to_pubmed_asks_for_numbers_first(sites: Sites) -> None:
    sites.replies["/pubmed/esearch.fcgi"] = json.dumps({"esearchresult": {"count": "1", "idlist": ["99"]}})
    sites.replies["/pubmed/efetch.fcgi"] = EFETCH
    (paper,), rejections = asked(sites, "pubmed:otters AND play")
    assert (paper.title, rejections) == ("Otter: Play", [])
    assert [asked["db"] for _, asked in sites.asked] == ["pubmed", "pubmed"]


def test_a_month_of_the_hub_is_asked_for(sites: Sites) -> None:
    sites.add(CUPS, day="2024-05-03")
    (paper,), rejections = asked(sites, "https://huggingface.co/papers/month/2024-05")
    assert (paper.title, rejections) == ("Cups", [])


def test_a_paper_that_arxiv_says_is_withdrawn_says_so(sites: Sites) -> None:
    gone = feed([LEAN], 1).replace("12 pages", "This paper has been withdrawn by the authors")
    sites.script = [Reply(body=gone)]
    (paper,), _ = asked(sites, "arxiv:2310.12345")
    assert (paper.notice, paper.version, paper.categories) == ("This paper has been withdrawn by the authors", 2, ("cs.CL",))


# arXiv


def test_ids_are_asked_for_together_and_come_as_papers(sites: Sites) -> None:
    papers, rejections = asked(sites, "arxiv:2310.12345", "arXiv:2402.00001v1", "arxiv:cs/0112017")
    assert rejections == []
    assert sites.asked == [("/api/query", {"id_list": "2310.12345,2402.00001v1,cs/0112017", "max_results": "3"})]
    first = papers[0]
    assert first.title == "On the Boiling of Kettles & $\\pi_0$"
    assert first.abstract == "We boil kettles with $x < y$ &amp; 12.4\\% of the heat, e.g. <b>in</b> winter, after B\\'enard &lt;3."
    assert (first.authors, first.date, first.source) == (("Ada Potter", "Bo Kettle"), "2024-05-01", "arxiv")
    assert [paper.url for paper in papers] == [f"https://arxiv.org/abs/{key}" for key in ("2310.12345", "2402.00001", "cs/0112017")]
    assert {paper.pages for paper in papers} == {(Page(name="arxiv"),)}


def test_an_unknown_id_is_rejected_and_the_rest_goes_on(sites: Sites) -> None:
    papers, rejections = asked(sites, "arxiv:2312.99999", "arxiv:2402.00001")
    assert [paper.title for paper in papers] == ["Cups"]
    assert rejections == ["arxiv:2312.99999: arXiv knows no such paper"]


@pytest.mark.parametrize("key", ["math.GT/0309136", "math.GT/0309136v1", "math/0309136"])
def test_an_old_id_is_found_with_its_subject_class_and_without(sites: Sites, key: str) -> None:
    sites.script = [Reply(body=feed([OLD._replace(key="math/0309136", version=1)], 1))]
    (paper,), rejections = asked(sites, f"arxiv:{key}")
    assert (paper.url, rejections) == ("https://arxiv.org/abs/math/0309136", [])


def test_an_id_that_arxiv_refuses_takes_no_other_with_it(sites: Sites) -> None:
    sites.refuses.add("2312.99999")
    papers, rejections = asked(sites, "arxiv:2310.12345", "arxiv:2312.99999", "arxiv:2402.00001")
    assert len(papers) == 2
    assert rejections == ["arxiv:2312.99999: arXiv: HTTP 400"]


@pytest.mark.parametrize(
    "given",
    [
        "arxiv:",
        "arxiv:2310.123",
        "arxiv:2313.12345",
        "arxiv:2310.12345v0",
        "arxiv:../../etc/passwd",
        "arxiv:2310.12345&id_list=1",
        "arxiv:http://evil.example/",
        "arxiv:dense retrieval",
        "arxiv:ti:a\nb",
        "arxiv:ti:" + "a" * 500,
        "hf:",
        "hf:2024-13-01",
        "hf:2024-5-1",
        "hf:2310.12345v2",
        "hf:../api/whoami",
        "hf:２０２４-05-01",
        "hf://evil.example",
    ],
)
def test_what_is_no_id_and_no_query_is_rejected_before_anything_is_asked(sites: Sites, given: str) -> None:
    papers, (rejection,) = asked(sites, given)
    assert papers == [] and sites.asked == []
    assert "is neither" in rejection and "\n" not in rejection


def test_a_query_takes_in_the_newest_page_by_page_up_to_a_bound(sites: Sites, caplog: pytest.LogCaptureFixture) -> None:
    sites.entries.clear()
    sites.add(*many(260))
    query = "arxiv:cat:cs.CL AND abs:retrieval"
    with caplog.at_level(logging.WARNING, "assistant"):
        papers, rejections = asked(sites, query, remote_max=230)
    assert [paper.title for paper in papers] == [f"Paper {at}" for at in range(230)]
    assert rejections == []
    assert {paper.pages for paper in papers} == {(Page(name=query),)}
    assert [(each["start"], each["max_results"]) for _, each in sites.asked] == [("0", "100"), ("100", "100"), ("200", "30")]
    first = sites.asked[0][1]
    assert first["search_query"] == "cat:cs.CL AND abs:retrieval"
    assert (first["sortBy"], first["sortOrder"]) == ("submittedDate", "descending")
    assert caplog.messages == [f"{query}: of 260 papers the newest 230 are taken in (setting ingest.remote_max)"]


def test_a_query_that_finds_nothing_is_rejected(sites: Sites) -> None:
    sites.entries.clear()
    assert asked(sites, "arxiv:ti:nothing") == ([], ["arxiv:ti:nothing: arXiv finds no paper"])


def test_a_page_that_comes_empty_is_asked_for_again(sites: Sites) -> None:
    sites.script = [Reply(body=feed([], 3))] * 2
    papers, rejections = asked(sites, "arxiv:all:cups")
    assert (len(papers), rejections, len(sites.asked)) == (3, [], 3)
    sites.script = [Reply(body=feed([], 3))] * 3
    papers, (rejection,) = asked(sites, "arxiv:all:cups")
    assert papers == [] and "a page came empty 3 times" in rejection


def test_what_came_before_a_failure_is_kept(sites: Sites) -> None:
    sites.entries.clear()
    sites.add(*many(150))
    sites.script = [Reply(body=feed(many(100), 150)), Reply(404)]
    papers, rejections = asked(sites, "arxiv:all:cups")
    assert len(papers) == 100
    assert rejections == ["arxiv:all:cups: arXiv, after 100 papers: HTTP 404"]


@pytest.mark.slow
def test_two_requests_to_arxiv_are_a_pause_apart(sites: Sites) -> None:
    sites.entries.clear()
    sites.add(*many(201))
    papers, _ = asked(sites, "arxiv:all:cups", remote_max=201, remote_pause=0.3)
    assert len(papers) == 201
    assert len(sites.times) == 3
    assert min(later - earlier for earlier, later in zip(sites.times, sites.times[1:], strict=False)) >= 0.3


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("<html><body>Rate exceeded.</body></html>", id="HTML"),
        pytest.param(feed([LEAN], 1)[:-40], id="cut off"),
        pytest.param(feed([LEAN], 1).replace("</title>", ""), id="tags that do not match"),
        pytest.param('{"papers": []}', id="JSON"),
        pytest.param(b"\xff\xfe\x00", id="bytes"),
        pytest.param(
            '<!DOCTYPE f [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + feed([LEAN], 1).partition("?>")[2].replace("Kettles", "&e;"),
            id="entity",
        ),
    ],
)
def test_a_reply_that_is_no_feed_is_rejected(sites: Sites, body: str | bytes) -> None:
    sites.script = [Reply(body=body)]
    papers, rejections = asked(sites, "arxiv:2310.12345")
    assert papers == []
    assert rejections == ["arxiv:2310.12345: arXiv: the reply is no Atom feed, or a broken one"]


def test_an_entry_that_tells_of_an_error_is_no_paper(sites: Sites) -> None:
    error = Entry("2310.12345", "Error", "incorrect id format for 1234.12345")
    body = feed([error], 1).replace("http://arxiv.org/abs/2310.12345v2", "http://arxiv.org/api/errors#incorrect_id_format")
    sites.script = [Reply(body=body)]
    papers, (rejection,) = asked(sites, "arxiv:ti:x")
    assert papers == []
    assert "refused: 'incorrect id format" in rejection


@pytest.mark.parametrize("lost", ["title", "abstract"])
def test_an_entry_that_lacks_something_is_rejected_and_the_rest_goes_on(sites: Sites, lost: str) -> None:
    sites.script = [Reply(body=feed([LEAN._replace(**{lost: ""}), CUPS], 2))]
    papers, (rejection,) = asked(sites, "arxiv:all:cups")
    assert [paper.title for paper in papers] == ["Cups"]
    assert "without id, title or abstract" in rejection


# The hub


def test_the_papers_of_a_day_are_seen_on_its_page(sites: Sites) -> None:
    sites.add(LEAN, CUPS, day="2024-05-01")
    papers, rejections = asked(sites, "hf:2024-05-01")
    assert rejections == []
    assert [paper.url for paper in papers] == [f"https://huggingface.co/papers/{key}" for key in ("2310.12345", "2402.00001")]
    assert {paper.pages for paper in papers} == {(Page(name="hf:2024-05-01", date="2024-05-01"),)}
    assert {(paper.date, paper.source, paper.authors) for paper in papers} == {("2024-05-01", "hub", ("Ada Potter", "Bo Kettle"))}
    assert sites.asked == [("/api/daily_papers", {"date": "2024-05-01", "limit": "100", "p": "0"})]


@pytest.mark.parametrize("knows_pages", [True, False])
def test_a_long_day_is_read_to_its_end(sites: Sites, knows_pages: bool) -> None:
    sites.knows_pages = knows_pages
    sites.add(*many(130), day="2024-05-01")
    papers, rejections = asked(sites, "hf:2024-05-01")
    assert (len(papers), rejections, len(sites.asked)) == (130 if knows_pages else 100, [], 2)


def test_one_paper_is_seen_on_the_page_that_lists_it(sites: Sites) -> None:
    sites.add(LEAN, day="2024-05-03")
    papers, _ = asked(sites, "hf:2310.12345", "hf:2402.00001")
    assert [paper.pages for paper in papers] == [(Page(name="hf:2024-05-03", date="2024-05-03"),), (Page(name="hf"),)]
    assert [path for path, _ in sites.asked] == ["/api/papers/2310.12345", "/api/papers/2402.00001"]


def test_an_unknown_paper_and_an_empty_day_are_rejected(sites: Sites) -> None:
    assert asked(sites, "hf:2310.99999", "hf:2024-05-05", "hf:2402.00001")[1] == [
        "hf:2310.99999: the hub: HTTP 404; the hub knows no such paper",
        "hf:2024-05-05: the hub lists no papers for the day",
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("", "no JSON, or a broken one", id="nothing"),
        pytest.param('[{"paper": {"title": "a"', "no JSON, or a broken one", id="cut off"),
        pytest.param(b"\xff\xfe", "no JSON, or a broken one", id="bytes"),
        pytest.param("[" * 90_000, "no JSON, or a broken one", id="deep"),
        pytest.param('{"error": "x"}', "no list of papers", id="no list"),
        pytest.param('[{"paper": {"title": "a"}, "title": "a"}]', "without title or abstract: 'a'", id="no abstract"),
        pytest.param('["x"]', "without title or abstract: ''", id="no object"),
        pytest.param('[{"paper": {"title": "a", "summary": "\\ud800"}}]', "nothing but halves of surrogate pairs", id="surrogate"),
    ],
)
def test_a_reply_that_is_no_list_of_papers_is_rejected(sites: Sites, body: str | bytes, reason: str) -> None:
    sites.script = [Reply(body=body)]
    papers, (rejection,) = asked(sites, "hf:2024-05-01")
    assert papers == []
    assert reason in rejection and rejection.startswith("hf:2024-05-01: ")


# Asking


def test_what_is_busy_or_fails_is_asked_again(sites: Sites) -> None:
    sites.script = [
        BUSY,
        Reply(500, "", {"Retry-After": "0"}),
        Reply(503, "", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        BUSY,
    ]
    papers, rejections = asked(sites, "arxiv:2310.12345")
    assert (len(papers), rejections, len(sites.asked)) == (1, [], 5)


def test_after_five_times_in_vain_a_site_is_left_alone(sites: Sites) -> None:
    sites.script = [BUSY] * 5
    papers, rejections = asked(sites, "arxiv:2310.12345", "arxiv:all:cups", "hf:2402.00001")
    assert [paper.source for paper in papers] == ["hub"]
    assert len(sites.asked) == 6
    assert rejections == [
        "arxiv:2310.12345: arXiv: HTTP 429, 5 times; try again later",
        "arxiv:all:cups: arXiv: HTTP 429, 5 times; try again later",
    ]


def test_who_wants_to_be_left_alone_for_long_is(sites: Sites) -> None:
    sites.script = [Reply(429, "", {"Retry-After": "3600"})]
    _, rejections = asked(sites, "arxiv:2310.12345")
    assert rejections == ["arxiv:2310.12345: arXiv: HTTP 429 and wants to be left alone for 3600 s; try again then"]
    assert len(sites.asked) == 1


@pytest.mark.slow
def test_a_wait_that_is_not_named_doubles(sites: Sites) -> None:
    sites.script = [Reply(500), Reply(502, "", {"Retry-After": "soon"})]
    papers, _ = asked(sites, "hf:2310.12345")
    assert len(papers) == 1
    first, second, third = sites.times
    assert second - first >= 1 and third - second >= 2


@pytest.mark.slow
def test_a_date_that_no_clock_knows_names_no_wait(sites: Sites) -> None:
    sites.script = [Reply(503, "", {"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"})]
    papers, rejections = asked(sites, "hf:2310.12345")
    assert (len(papers), rejections, len(sites.asked)) == (1, [], 2)


def test_an_address_that_is_none_is_told_in_one_line() -> None:
    site = Site("http://x:y\n/", timeout=1.0, most=1000)
    with pytest.raises(WebError, match="^cannot be fetched: [^\n]+$"):
        site.get("/", {})
    site.close()


def test_nobody_there_is_said_once_and_soon(sites: Sites) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, rejections = asked(sites, "arxiv:2310.12345", "arxiv:ti:x", arxiv_url=f"http://127.0.0.1:{port}/q")
    assert rejections == [
        f"{given}: arXiv: http://127.0.0.1:{port}/q cannot be reached" for given in ("arxiv:2310.12345", "arxiv:ti:x")
    ]


def test_no_redirect_is_followed(sites: Sites) -> None:
    with Sites() as elsewhere:
        elsewhere.add(LEAN)
        sites.script = [Reply(302, "", {"Location": f"{elsewhere.origin}/api/papers/2310.12345"})]
        papers, rejections = asked(sites, "hf:2310.12345")
        assert (papers, elsewhere.asked) == ([], [])
        assert rejections == ["hf:2310.12345: the hub: HTTP 302, a redirect, which is not followed"]


@pytest.mark.slow
@pytest.mark.parametrize("slow", [Reply(stall=30), Reply(body=" " * 300, drip=0.1)], ids=["silent", "dripping"])
def test_a_reply_that_takes_too_long_is_given_up(sites: Sites, slow: Reply) -> None:
    sites.script = [slow]
    papers, rejections = asked(sites, "hf:2310.12345", remote_timeout=1.0)
    assert (len(papers), rejections, len(sites.asked)) == (1, [], 2)


@pytest.mark.slow
def test_a_reply_that_breaks_off_is_asked_for_again(sites: Sites) -> None:
    sites.script = [Reply(body="[", headers={"Content-Length": "5"})]
    papers, rejections = asked(sites, "hf:2310.12345", remote_timeout=2)
    assert (len(papers), rejections, len(sites.asked)) == (1, [], 2)


def test_a_reply_is_read_up_to_a_bound_however_it_is_packed(sites: Sites) -> None:
    packed = gzip.compress(b" " * 5_000_000)
    sites.script = [Reply(body=packed, headers={"Content-Encoding": "gzip", "Content-Length": str(len(packed))})]
    _, rejections = asked(sites, "hf:2310.12345", max_file=1_000_000)
    assert rejections == ["hf:2310.12345: the hub: the reply is larger than 1,000,000 bytes (setting ingest.max_file)"]


def test_a_reply_that_cannot_be_unpacked_is_rejected(sites: Sites) -> None:
    sites.script = [Reply(body="no gzip", headers={"Content-Encoding": "gzip"})]
    _, (rejection,) = asked(sites, "hf:2310.12345")
    assert rejection.startswith("hf:2310.12345: the hub: cannot be fetched: ")


def test_no_key_is_sent(sites: Sites, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    netrc = tmp_path / "home" / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", "utf-8")
    netrc.chmod(0o600)
    asked(sites, "hf:2310.12345", "arxiv:2310.12345")
    assert len(sites.headers) == 2
    for headers in sites.headers:
        assert "secret" not in str(headers)
        assert not {"Authorization", "Cookie"} & set(headers)


def test_an_abstract_that_is_too_long_is_rejected(sites: Sites) -> None:
    papers, rejections = asked(sites, "arxiv:2310.12345", "hf:2310.12345", "hf:2402.00001", max_line=60)
    assert [paper.title for paper in papers] == ["Cups"]
    assert len(rejections) == 2 and all("characters (setting ingest.max_line)" in rejection for rejection in rejections)


# The whole way


def test_one_paper_on_a_saved_page_on_both_sites_and_in_bibtex_is_one_paper(sites: Sites, tmp_path: Path) -> None:
    title, abstract = "On the Boiling of Kettles & $\\pi_0$", LEAN.abstract.replace("\n", " ")
    page = saved(tmp_path, html_page([title, "x" * 400]).replace("2601.01234", LEAN.key), "1 May.html")
    bib = saved(
        tmp_path, f"@misc{{a, title = {{On the Boiling of {{K}}ettles \\& $\\pi_0$}}, abstract = {{{abstract}}}}}", "refs.bib"
    )
    sites.add(LEAN, day="2024-05-01")
    with Assistant.open(tmp_path / "library", set=[*FAKE, *sites.settings]) as assistant:
        report = assistant.ingest(page, bib, "arxiv:2310.12345", "hf:2024-05-01")
        assert (report.new, report.rejected) == (1, ())
        (paper,) = assistant.papers()
        assert [each.name for each in paper.pages] == ["1 May", "refs", "arxiv", "hf:2024-05-01"]
        assert paper.abstract == abstract
        again = assistant.ingest("hf:2024-05-01")
        assert (again.new, again.changed, again.unchanged) == (0, 0, 1)


def test_the_command_takes_sites_and_files_and_says_what_did_not_come(sites: Sites, run: Run, tmp_path: Path) -> None:
    record = saved(tmp_path, json.dumps({"title": "T", "abstract": "An abstract."}), "a.jsonl")
    flags = [part for setting in sites.settings for part in ("--set", setting)]
    done = run("ingest", str(record), "arxiv:2310.12345", "hf:2402.00001", "arxiv:2312.99999", *flags)
    assert done.returncode == 3
    assert done.stdout.startswith("3 papers: 3 new")
    assert done.stderr.splitlines() == ["1 rejected:", "  arxiv:2312.99999: arXiv knows no such paper"]


def test_a_file_whose_name_begins_like_a_site_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, "x", "hf:2024-05-01.txt")
    assert expand(["."]) == expand(["./hf:*"]) == ["./hf:2024-05-01.txt"]
    assert expand(["hf:2024-05-01.txt", "*.pdf"]) == ["hf:2024-05-01.txt", "*.pdf"]
