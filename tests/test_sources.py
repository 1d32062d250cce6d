from __future__ import annotations

import html
import io
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import assistant
from assistant.errors import SourceError
from assistant.library import identity
from assistant.sources import expand, pages, papers, read
from assistant.types import Page, Paper, Rejection

TITLES = ["On the Boiling of Kettles", "Teapots: A Survey of 12 Spouts", "Do Cups Dream of Saucers?"]
ABSTRACTS = [
    f"We boil {what} and time it with a clock. The lid keeps 12.4\\% of the heat, e.g. in winter. " * 4 + "It is warm."
    for what in ("kettles", "teapots", "cups")
]
LINES = [line for pair in zip(TITLES, ABSTRACTS, strict=True) for line in pair]
HEAD = ["new", "Get trending papers in your email inbox!", "Subscribe", "Daily Papers", "byAK and the research community"]


def spaced(lines: list[str], date: str = "Jan 2") -> str:
    """A page as it is saved with empty lines."""
    return "\n\n".join([*HEAD, date, *lines])


def glued(lines: list[str]) -> str:
    """A page as it is saved without empty lines."""
    first, *others = lines or [""]
    head = ["Get trending papers in your email inbox once a day!", "Get trending papers in your email inbox!"]
    return "\n".join([*head, f"Subscribe{first}", *others])


KINDS = ".bib, .bibtex, .ciw, .csv, .enw, .gz, .htm, .html, .json, .jsonl, .nbib, .ndjson, .ris, .tsv, .txt, .xml, .zip"
both_layouts = pytest.mark.parametrize("layout", [spaced, glued])


def read_all(file: Path | str, max_line: int = 10**6, max_file: int = 10**9) -> tuple[list[Paper], list[Rejection]]:
    items = list(read(str(file), max_line=max_line, max_file=max_file).items)
    return [item for item in items if isinstance(item, Paper)], [item for item in items if isinstance(item, Rejection)]


def saved(folder: Path, content: str | bytes, name: str = "page.txt") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def rejected(file: Path, **limits: int) -> Rejection:
    """The one rejection of a file that holds no paper."""
    found, (rejection,) = read_all(file, **limits)
    assert found == []
    assert rejection.file == str(file)
    return rejection


# The saved pages


@pytest.fixture
def entries(seeds: Path) -> dict[str, list[Paper]]:
    """The papers of every page, by the page's number."""
    found: dict[str, list[Paper]] = {}
    for file in expand([str(seeds / "*.txt")]):
        found[Path(file).name[:3]], rejections = read_all(file)
        assert rejections == []
    return found


def test_the_pages_hold_378_entries_of_363_papers_15_of_them_on_two_pages(entries: dict[str, list[Paper]]) -> None:
    assert {page: len(found) for page, found in entries.items()} == {"000": 103, "001": 51, "002": 115, "003": 66, "004": 43}
    ids = Counter(paper.id for found in entries.values() for paper in found)
    assert sum(ids.values()) == 378
    assert Counter(ids.values()) == {1: 348, 2: 15}
    for found in entries.values():
        assert len({paper.id for paper in found}) == len(found)


def test_a_paper_on_two_pages_has_one_text(entries: dict[str, list[Paper]]) -> None:
    texts = {(paper.id, paper.title, paper.abstract) for found in entries.values() for paper in found}
    assert len(texts) == 363
    assert len({title for _, title, _ in texts}) == 363


def test_three_pages_are_dated_and_two_are_not(entries: dict[str, list[Paper]]) -> None:
    dates = {page: {paper.pages[0].date for paper in found} for page, found in entries.items()}
    assert dates == {"000": {"Aug 19"}, "001": {None}, "002": {None}, "003": {"Jun 26"}, "004": {"Sep 9"}}
    assert {paper.pages[0].name for paper in entries["003"]} == {"003_da90013ed2a310ca"}


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("000", "Binding Precedent"),
        ("001", "Evaluation Techniques for Recommendation Systems"),
        ("002", "A Unified Approach to Interpreting Model Predictions"),
        ("003", "Survival of the Most Influential Prompts"),
        ("004", "The Imitation Game: Turing Machine Imitator"),
    ],
)
def test_the_abstract_on_the_unterminated_last_line_is_kept_whole(
    seeds: Path, entries: dict[str, list[Paper]], page: str, title: str
) -> None:
    (file,) = seeds.glob(f"{page}_*.txt")
    last = entries[page][-1]
    assert title in last.title
    assert file.read_bytes().endswith(b"\n" + last.abstract.encode())


def test_every_title_and_abstract_stands_byte_for_byte_in_its_file(seeds: Path, entries: dict[str, list[Paper]]) -> None:
    for page, found in entries.items():
        (file,) = seeds.glob(f"{page}_*.txt")
        content = file.read_bytes()
        for paper in found:
            assert f"\n{paper.abstract}\n".encode() in content + b"\n"
            assert f"{paper.title}\n".encode() in content


def test_a_title_glued_to_the_head_is_the_title_it_is_elsewhere(entries: dict[str, list[Paper]]) -> None:
    first, second = entries["001"][0], entries["002"][11]
    assert first.title == second.title == "Towards Understanding Grokking: An Effective Theory of Representation Learning"
    merged = identity.merge(first, second)
    assert merged.id == first.id == second.id
    assert [page.name[:3] for page in merged.pages] == ["001", "002"]
    assert entries["002"][0].title.startswith("WebShaper")
    assert not any(paper.title.startswith("Subscribe") for found in entries.values() for paper in found)


def test_one_abstract_is_cut_off_by_its_source(entries: dict[str, list[Paper]]) -> None:
    truncated = [(page, at) for page, found in entries.items() for at, paper in enumerate(found, 1) if paper.truncated]
    assert truncated == [("000", 51)]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        pytest.param("in Quantum Gravity", 2, id="Lectures and Visions"),
        pytest.param("Goedel-Prover", 2, id="Goedel V1 and V2"),
        pytest.param("A Comprehensive Survey of", 2, id="surveys"),
        pytest.param("Graph Neural Networks", 4, id="graph neural networks"),
    ],
)
def test_alike_titles_are_different_papers(entries: dict[str, list[Paper]], words: str, number: int) -> None:
    ids = {paper.title: paper.id for found in entries.values() for paper in found if words in paper.title}
    assert len(ids) >= number
    assert len(set(ids.values())) == len(ids)


# Pages as text


@both_layouts
def test_a_page_gives_its_titles_and_abstracts_in_order(tmp_path: Path, layout: Any) -> None:
    found, rejections = read_all(saved(tmp_path, layout(LINES), "2 Jan.txt"))
    assert rejections == []
    assert [(paper.title, paper.abstract) for paper in found] == list(zip(TITLES, ABSTRACTS, strict=True))
    date = "Jan 2" if layout is spaced else None
    assert {paper.pages for paper in found} == {(Page(name="2 Jan", date=date),)}
    assert {(paper.source, paper.date, paper.url, paper.authors, paper.truncated) for paper in found} == {
        ("page", None, None, (), False)
    }


@both_layouts
@pytest.mark.parametrize(
    ("around", "written", "other"),
    [
        pytest.param("{}", "\n", "\r\n", id="CRLF"),
        pytest.param("{}", "\n", "\r", id="CR"),
        pytest.param("\ufeff{}", "", "", id="byte order mark"),
        pytest.param("{}\n", "", "", id="newline at the end"),
        pytest.param("\n \n{}\n\n", "\n", " \n\t", id="white space around"),
        pytest.param("{}", "email inbox", "EMAIL INBOX", id="head in capitals"),
    ],
)
def test_how_a_page_was_saved_does_not_change_its_papers(
    tmp_path: Path, layout: Any, around: str, written: str, other: str
) -> None:
    plain = read_all(saved(tmp_path, layout(LINES)))
    assert len(plain[0]) == 3
    content = layout(LINES).replace(written, other) if written else layout(LINES)
    assert read_all(saved(tmp_path, around.format(content))) == plain


@pytest.mark.parametrize("date", ["Aug 19", "September 9", "Sept 9", "Jan 2, 2026"])
def test_a_date_in_the_head_is_the_date_of_the_page(tmp_path: Path, date: str) -> None:
    found, _ = read_all(saved(tmp_path, spaced(LINES, date)))
    assert [paper.pages[0].date for paper in found] == [date] * 3


def test_a_title_that_itself_begins_with_subscribe_is_kept(tmp_path: Path) -> None:
    lines = ["Subscribers of Teapots", ABSTRACTS[0]]
    for layout in (spaced, glued):
        (paper,), _ = read_all(saved(tmp_path, layout(lines)))
        assert paper.title == "Subscribers of Teapots"


def test_subscribe_glued_with_a_space_is_taken_off_too(tmp_path: Path) -> None:
    (paper,), _ = read_all(saved(tmp_path, glued([" Do Cups Dream?", ABSTRACTS[0]])))
    assert paper.title == "Do Cups Dream?"


@both_layouts
def test_a_line_of_300_characters_is_a_title_and_a_longer_one_an_abstract(tmp_path: Path, layout: Any) -> None:
    (paper,), rejections = read_all(saved(tmp_path, layout(["t" * pages.LONGEST_TITLE, "a" * (pages.LONGEST_TITLE + 1)])))
    assert (len(paper.title), len(paper.abstract), rejections) == (300, 301, [])


@pytest.mark.parametrize("end", ["...", "…", "... "])
def test_an_abstract_that_ends_in_dots_is_cut_off(tmp_path: Path, end: str) -> None:
    (paper,), _ = read_all(saved(tmp_path, spaced([TITLES[0], ABSTRACTS[0] + end])))
    assert paper.truncated


@both_layouts
@pytest.mark.parametrize(
    ("lines", "kept", "number", "reason"),
    [
        pytest.param([*LINES[:2], TITLES[1], *LINES[4:]], [0, 2], 2, "a title without an abstract", id="title in the middle"),
        pytest.param(LINES[:5], [0, 1], 4, "a title without an abstract", id="title at the end"),
        pytest.param([TITLES[0], TITLES[1], ABSTRACTS[1]], [1], 0, "a title without an abstract", id="title at the start"),
        pytest.param([*LINES[:2], ABSTRACTS[1], *LINES[4:]], [0, 2], 2, "an abstract without a title", id="abstract"),
    ],
)
def test_what_has_no_partner_is_rejected_and_the_others_are_kept(
    tmp_path: Path, layout: Any, lines: list[str], kept: list[int], number: int, reason: str
) -> None:
    found, (rejection,) = read_all(saved(tmp_path, layout(lines)))
    assert [(paper.title, paper.abstract) for paper in found] == [(TITLES[at], ABSTRACTS[at]) for at in kept]
    assert rejection.line == (2 * (len(HEAD) + 1 + number) + 1 if layout is spaced else 3 + number)
    assert rejection.reason.startswith(reason)
    assert lines[number][:30] in rejection.reason


@both_layouts
def test_a_line_that_is_too_long_is_rejected_with_its_title(tmp_path: Path, layout: Any) -> None:
    lines = [*LINES[:3], ABSTRACTS[1] * 5, *LINES[4:]]
    file = saved(tmp_path, layout(lines))
    found, (rejection,) = read_all(file, max_line=1000)
    assert [paper.title for paper in found] == [TITLES[0], TITLES[2]]
    assert rejection.line == (19 if layout is spaced else 6)
    assert f"has {len(lines[3]):,} characters, more than 1,000 (setting ingest.max_line)" in rejection.reason
    assert str(rejection).startswith(f"{file}:{rejection.line}: ")


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param("\n".join(LINES), 1, f"found '{TITLES[0]}'", id="no head"),
        pytest.param("\n\n" + "\n".join([ABSTRACTS[0], *LINES]), 3, f"found '{ABSTRACTS[0][:57]}...'", id="no head, long line"),
        pytest.param("new\nDaily Papers\n" + "\n".join(LINES), 1, "found 'new'", id="head without its banner"),
        pytest.param("from os import path\n", 1, "found 'from os import path'", id="something else"),
    ],
)
def test_a_file_without_the_head_is_rejected_once_with_what_was_expected_and_found(
    tmp_path: Path, content: str, line: int, reason: str
) -> None:
    rejection = rejected(saved(tmp_path, content))
    assert rejection.line == line
    assert 'expected its head ("Get trending papers in your email inbox!")' in rejection.reason
    assert rejection.reason.endswith(reason)


@pytest.mark.parametrize("content", [spaced([]), "\n".join(HEAD), glued([]), HEAD[1]], ids=["dated", "undated", "glued", "banner"])
def test_a_head_alone_is_rejected(tmp_path: Path, content: str) -> None:
    rejection = rejected(saved(tmp_path, content))
    assert (rejection.line, rejection.reason) == (None, "holds the head of a Daily Papers page and no paper")


# Files that cannot be read


@pytest.mark.parametrize("name", ["page.txt", "page.html", "page.jsonl"])
@pytest.mark.parametrize("content", ["", " \r\n\n", "\ufeff", "\ufeff\n", "\u3000\n"], ids=ascii)
def test_an_empty_file_is_rejected_as_empty(tmp_path: Path, name: str, content: str) -> None:
    rejection = rejected(saved(tmp_path, content, name))
    assert (rejection.line, rejection.reason) == (None, "is empty")


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None, "is a binary file", id="picture"),
        pytest.param(spaced(LINES).encode("utf-32"), None, "is a binary file", id="UTF-32"),
        pytest.param(
            b"\xff\xfe" + spaced(LINES).encode() + b"\n" * (len(spaced(LINES)) % 2 + 1), None, "begins as", id="no UTF-16"
        ),
        pytest.param(spaced(["Caf\xe9s", *LINES]).encode("latin-1"), 13, "is not UTF-8 (byte 0xe9)", id="Latin-1"),
        pytest.param(b"\xff" + spaced(LINES).encode(), 1, "is not UTF-8 (byte 0xff)", id="first byte"),
    ],
)
def test_a_file_that_is_no_text_is_rejected_where_it_is_none(tmp_path: Path, content: bytes, line: int | None, reason: str) -> None:
    rejection = rejected(saved(tmp_path, content))
    assert rejection.line == line
    assert rejection.reason.startswith(reason)


def test_a_file_that_is_too_large_is_rejected_and_one_of_just_that_size_is_not(tmp_path: Path) -> None:
    file = saved(tmp_path, spaced(LINES))
    size = file.stat().st_size
    assert len(read_all(file, max_file=size)[0]) == 3
    assert rejected(file, max_file=size - 1).reason == f"is larger than {size - 1:,} bytes (setting ingest.max_file); split it"


def test_a_missing_file_and_a_folder_are_rejected(tmp_path: Path) -> None:
    assert rejected(tmp_path / "missing.txt").reason == "cannot be read: no such file or directory"
    assert rejected(tmp_path).reason == f"the folder holds no {KINDS} file"


def test_a_file_whose_name_is_not_unicode_is_read(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        file = saved(tmp_path, spaced(LINES), name)
    except OSError:
        pytest.skip("this file system takes no such name")
    found, _ = read_all(file)
    assert {paper.pages[0].name for paper in found} == {"caf\ufffd"}


def test_standard_input_is_read_as_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    record = json.dumps({"title": TITLES[0], "abstract": ABSTRACTS[0]})
    entry = f"% Encoding: UTF-8\n\n@Misc {{a, title = {{{TITLES[0]}}}, abstract = {{{ABSTRACTS[0]}}}}}"
    for content, source in (
        (glued(LINES[:2]), "page"),
        (record, "jsonl"),
        (html_page(LINES[:2]), "html"),
        (entry, "bibtex"),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode()), "utf-8"))
        (paper,), _ = read_all("-")
        assert (paper.title, paper.source, paper.pages[0].name) == (TITLES[0], source, "standard input")


PIECES = st.sampled_from(
    ["<article>", "<h3>", "<p>", "</p>", "<a href='/papers/2601.01234'>", "<time datetime=''>", "<time>", "</", "<![x", "<!--", "<"]
    + [
        "&#xD800;",
        "&",
        "<i data-props='",
        "{",
        "}",
        "[",
        '"title":"a",',
        '"summary":"b"',
        '"\\ud800"',
        '"paper":',
        ":",
        ",",
        "1e999",
    ]
    + [
        "@misc{",
        "@string{",
        "a,",
        "title",
        "abstract",
        "author",
        "month",
        " = ",
        "# ",
        "\\",
        '"',
        "(",
        ")",
        "%",
        "$",
        "and ",
        "jan",
    ]
    + ["\n", "\n", "x" * 400, "A title", *HEAD, "Subscribe", "Jan 2", "\u3000", "\x85", "\r", "..."]
)
CONTENTS = st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | st.lists(PIECES).map("".join).map(str.encode)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["txt", "html", "jsonl", "bib"])
@settings(deadline=None)  # the first HTML imports its parser
@given(CONTENTS)
@example(b"<![foo[bar]]>")
@example("\u3000".encode())
def test_whatever_a_file_holds_comes_as_papers_or_rejections(
    tmp_path_factory: pytest.TempPathFactory, ending: str, content: bytes
) -> None:
    file = saved(tmp_path_factory.getbasetemp(), content, f"any.{ending}")
    found, rejections = read_all(file)
    if ending == "txt" and not rejections:
        assert found
    for item in found:
        assert item.title.strip() and item.abstract.strip()
        item.model_dump_json().encode()
    assert all(rejection.file == str(file) and rejection.reason for rejection in rejections)


# Pages as HTML


def props(value: object) -> str:
    """An element that carries JSON as the hub's pages do."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{html.escape(text)}"></div>'


def record_of(title: str, abstract: str, **more: object) -> dict[str, object]:
    return {"paper": {"id": "2601.01234", "title": title, "summary": abstract, **more}, "numComments": 3}


def html_page(lines: list[str]) -> str:
    found = [record_of(title, abstract) for title, abstract in zip(lines[::2], lines[1::2], strict=True)]
    return f"<!doctype html><html><body><p>chrome</p>{props({'dailyPapers': found})}</body></html>"


def article(title: str, *abstract: str, tag: str = "h3") -> str:
    texts = "".join(f"<p>{part}</p>" for part in abstract)
    return f'<article><{tag}><a href="/papers/2601.01234">{title}</a></{tag}>{texts}<a href="/u">by us</a></article>'


def html_file(folder: Path, body: str) -> Path:
    return saved(folder, f"<!doctype html><html><head><title>Daily Papers</title></head><body>\n{body}</body></html>", "p.html")


def test_the_json_in_a_page_gives_papers_with_all_it_knows(tmp_path: Path) -> None:
    known = record_of(
        TITLES[0],
        ABSTRACTS[0],
        publishedAt="2026-01-02T03:04:05.000Z",
        authors=[{"name": "A. Potter", "hidden": False}, {"name": "B. Kettle"}, {"hidden": True}, "C. Cup"],
    )
    body = '<time datetime="2026-01-05T00:00:00">Jan 5</time>' + props({"dailyPapers": [known], "other": [1, None, "x"]})
    (paper,), rejections = read_all(html_file(tmp_path, body))
    assert rejections == []
    assert (paper.title, paper.abstract, paper.source) == (TITLES[0], ABSTRACTS[0], "html")
    assert paper.date == "2026-01-02"
    assert paper.url == "https://huggingface.co/papers/2601.01234"
    assert paper.authors == ("A. Potter", "B. Kettle")
    assert paper.pages == (Page(name="p", date="2026-01-05"),)


def test_line_breaks_in_json_are_spaces(tmp_path: Path) -> None:
    (paper,), _ = read_all(html_file(tmp_path, props([record_of("On the Boiling\n  of Kettles", "We boil\nkettles.\n")])))
    assert (paper.title, paper.abstract) == ("On the Boiling of Kettles", "We boil kettles.")


def test_json_without_an_inner_paper_is_read_too(tmp_path: Path) -> None:
    value = {"results": {"hits": [{"title": TITLES[0], "summary": ABSTRACTS[0]}, {"title": "no summary"}]}}
    (paper,), _ = read_all(html_file(tmp_path, props({}) + props(value)))
    assert (paper.title, paper.url, paper.date, paper.authors) == (TITLES[0], None, None, ())


def test_where_there_is_json_the_articles_are_passed_over(tmp_path: Path) -> None:
    body = article(TITLES[1], "short of it") + props([record_of(TITLES[0], ABSTRACTS[0])])
    found, _ = read_all(html_file(tmp_path, body))
    assert [paper.title for paper in found] == [TITLES[0]]


@pytest.mark.parametrize("tag", ["h1", "h2", "h3", "h4"])
def test_articles_give_papers_where_there_is_no_json(tmp_path: Path, tag: str) -> None:
    body = article(TITLES[0], "Yes: 12 votes", ABSTRACTS[0], tag=tag) + article(TITLES[1], ABSTRACTS[1], tag=tag)
    found, rejections = read_all(html_file(tmp_path, '<time datetime="2026-01-05">5</time>' + body))
    assert rejections == []
    assert [(paper.title, paper.abstract) for paper in found] == list(zip(TITLES[:2], ABSTRACTS[:2], strict=True))
    assert {paper.url for paper in found} == {"https://huggingface.co/papers/2601.01234"}
    assert {paper.pages[0].date for paper in found} == {"2026-01-05"}


def test_an_article_without_an_abstract_is_rejected_with_its_line_and_the_others_are_kept(tmp_path: Path) -> None:
    body = "\n".join([article(TITLES[0]), article(TITLES[1], ABSTRACTS[1]), "<article>no heading</article>", article(" ", "x")])
    (paper,), (rejection,) = read_all(html_file(tmp_path, body))
    assert paper.title == TITLES[1]
    assert (rejection.line, rejection.reason) == (2, f"a title without an abstract: '{TITLES[0]}'")


def test_a_page_with_neither_is_rejected_with_what_was_expected_and_found(tmp_path: Path) -> None:
    rejection = rejected(html_file(tmp_path, "<p>Nothing here.</p>"))
    assert rejection.line is None
    assert rejection.reason.endswith("expected papers in data-props or in <article>s, found none ('Daily Papers')")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param('{"title": "a"', id="cut off"),
        pytest.param("", id="empty"),
        pytest.param("[" * 100_000, id="nested too deeply"),
        pytest.param('{"a":' * 950 + "1" + "}" * 950, id="nested almost too deeply"),
        pytest.param("1" * 5000, id="endless figure"),
        pytest.param("[{}, {'a': 1}]", id="no JSON"),
    ],
)
def test_broken_json_is_passed_over_for_the_articles(tmp_path: Path, broken: str) -> None:
    (paper,), rejections = read_all(html_file(tmp_path, props(broken) + article(TITLES[0], ABSTRACTS[0])))
    assert (paper.title, rejections) == (TITLES[0], [])
    assert "found none" in rejected(html_file(tmp_path, props(broken))).reason


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"authors": 5, "id": 7, "publishedAt": 2026}, id="figures"),
        pytest.param({"authors": {"name": "x"}, "id": ["x"], "publishedAt": None}, id="lists"),
        pytest.param({"authors": [{"name": name} for name in (None, 5, ["x"], "", " ")], "id": ""}, id="names"),
        pytest.param({"authors": [5, None, ["x"]], "id": "../../etc"}, id="a path for an id"),
    ],
)
def test_data_of_a_wrong_kind_is_left_out(tmp_path: Path, more: dict[str, object]) -> None:
    (paper,), _ = read_all(html_file(tmp_path, props([record_of(TITLES[0], ABSTRACTS[0], **more)])))
    assert (paper.title, paper.authors, paper.url, paper.date) == (TITLES[0], (), None, None)


def test_tags_in_a_title_are_text(tmp_path: Path) -> None:
    title = "<script>alert('tea')</script> & <b>bold</b> cups"
    for body in (props([record_of(title, ABSTRACTS[0])]), article(html.escape(title), ABSTRACTS[0])):
        (paper,), _ = read_all(html_file(tmp_path, body))
        assert paper.title == title


def test_half_a_surrogate_pair_costs_no_record_but_one_without_text(tmp_path: Path) -> None:
    found = [
        record_of("\ud800", ABSTRACTS[0]),
        record_of(TITLES[0], "a \udfff"),
        record_of(TITLES[1], ABSTRACTS[0], publishedAt="\ud800", authors=[{"name": "\ud800"}, {"name": "Ada\ud800"}]),
    ]
    papers, (rejection,) = read_all(html_file(tmp_path, "\n" + props(found)))
    assert (rejection.line, rejection.reason) == (3, "'title' holds nothing but halves of surrogate pairs")
    assert [(paper.title, paper.abstract, paper.date, paper.authors) for paper in papers] == [
        (TITLES[0], "a \ufffd", None, ()),
        (TITLES[1], ABSTRACTS[0], None, ("Ada\ufffd",)),
    ]


@pytest.mark.parametrize("field", ["venue", "authors", "date", "url", "doi", "page", "year", "categories", "id", "note", "journal"])
def test_half_a_surrogate_pair_in_a_field_leaves_the_rest_of_the_record(tmp_path: Path, field: str) -> None:
    half = ["Ada \udfff"] if field == "authors" else "tea \ud800"
    (paper,), rejections = read_all(jsonl(tmp_path, {**GOOD, field: half}))
    assert not rejections and (paper.title, paper.abstract) == (GOOD["title"], GOOD["abstract"])
    assert paper.model_dump_json().encode()
    told = {"venue": paper.venue, "authors": paper.authors[0] if paper.authors else "", "page": paper.pages[0].name}
    assert (told.get(field, "\ufffd") or "").endswith("\ufffd")


def test_an_overlong_abstract_is_rejected_and_the_others_are_kept(tmp_path: Path) -> None:
    body = props([record_of(TITLES[0], ABSTRACTS[0] * 5), record_of(TITLES[1], ABSTRACTS[1])])
    (paper,), (rejection,) = read_all(html_file(tmp_path, body), max_line=1000)
    assert paper.title == TITLES[1]
    assert TITLES[0] in rejection.reason and "ingest.max_line" in rejection.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("<![foo[bar]]>", "found none ('no title')", id="a declaration of nothing"),
        pytest.param("https://example.com/papers", "found none ('no title')", id="an address"),
        pytest.param("papers.html", "found none ('no title')", id="a file's name"),
        pytest.param("<?xml version='1.0'?><feed/>", "found none ('no title')", id="XML"),
        pytest.param("<div>" * 5000, "found none ('no title')", id="deep"),
    ],
)
def test_what_is_hardly_html_is_rejected(tmp_path: Path, content: str, reason: str) -> None:
    assert rejected(saved(tmp_path, content, "p.html")).reason.endswith(reason)


@pytest.mark.parametrize("name", ["p.html", "p.HTM", "p.txt", "p"])
def test_html_is_told_by_its_ending_or_its_beginning(tmp_path: Path, name: str) -> None:
    found, _ = read_all(saved(tmp_path, "\n" + html_page(LINES), name))
    assert [(paper.title, paper.source) for paper in found] == [(title, "html") for title in TITLES]


def test_a_paper_is_one_paper_in_every_kind_of_source(tmp_path: Path) -> None:
    record = json.dumps({"title": TITLES[0], "abstract": ABSTRACTS[0], "date": "2026-01-02"})
    files = [
        saved(tmp_path, glued(LINES[:2]), "a.txt"),
        html_file(tmp_path, props([record_of(TITLES[0].upper(), ABSTRACTS[0], authors=[{"name": "A. Potter"}])])),
        saved(tmp_path, record, "b.jsonl"),
    ]
    first, second, third = (read_all(file)[0][0] for file in files)
    assert first.id == second.id == third.id
    merged = identity.merge(identity.merge(first, second), third)
    assert [page.name for page in merged.pages] == ["a", "p", "b"]
    assert (merged.title, merged.authors, merged.date, merged.source) == (TITLES[0], ("A. Potter",), "2026-01-02", "page")
    assert merged.url == second.url
    assert identity.merge(third, first).date == "2026-01-02"


# JSONL


def jsonl(folder: Path, *lines: str | dict[str, object]) -> Path:
    return saved(folder, "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "made.jsonl")


GOOD: dict[str, object] = {"title": TITLES[0], "abstract": ABSTRACTS[0]}


@pytest.mark.parametrize(
    ("more", "date", "authors"),
    [
        ({"date": 2026, "authors": "A. Potter"}, "2026", ("A. Potter",)),
        ({"year": 2026, "authors": ["A. Potter", 5]}, "2026", ("A. Potter",)),
        ({"date": {"x": 1}, "authors": {"y": 2}}, None, ()),
        ({"date": True, "authors": 7}, None, ()),
        ({"date": "2026-02-31T00:00:00Z", "authors": "Potter, Ada; Kettle, Bo"}, "2026-02", ("Ada Potter", "Bo Kettle")),
        (
            {"published": "Mon, 5 Jan 2026 10:00:00 GMT", "authors": "A. Potter, B. Kettle and C. Cup"},
            "2026-01-05",
            ("A. Potter", "B. Kettle", "C. Cup"),
        ),
        (
            {
                "issued": {"date-parts": [[2026, 5]]},
                "author": [{"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"}],
            },
            "2026-05",
            ("Jan van der Berg",),
        ),
        ({"authors_parsed": [["Potter", "Ada", "Jr."], ["Kettle", "", ""]]}, None, ("Ada Potter Jr.", "Kettle")),
        ({"authors": [{"first": "Ada", "middle": ["B."], "last": "Potter"}]}, None, ("Ada B. Potter",)),
        ({"authorships": [{"author": {"display_name": "Ada Potter"}}]}, None, ("Ada Potter",)),
    ],
)
def test_authors_and_dates_of_any_shape_cost_no_paper(
    tmp_path: Path, more: dict[str, object], date: str | None, authors: tuple[str, ...]
) -> None:
    (paper,), rejections = read_all(jsonl(tmp_path, GOOD | more))
    assert (paper.date, paper.authors, rejections) == (date, authors, [])


def test_a_record_gives_a_paper_with_all_it_knows(tmp_path: Path) -> None:
    more = {"date": "2026-01-02", "url": "https://a.org", "authors": ["A. Potter"], "page": "tea", "votes": 3}
    (paper,), rejections = read_all(jsonl(tmp_path, GOOD | more))
    assert rejections == []
    assert (paper.title, paper.abstract, paper.source) == (TITLES[0], ABSTRACTS[0], "jsonl")
    assert (paper.date, paper.url, paper.authors) == ("2026-01-02", "https://a.org", ("A. Potter",))
    assert paper.pages == (Page(name="tea"),)


@pytest.mark.parametrize(
    "more", [{}, {"date": None, "url": None, "authors": None, "page": None}, {"authors": []}], ids=["absent", "null", "empty"]
)
def test_only_title_and_abstract_are_needed(tmp_path: Path, more: dict[str, object]) -> None:
    (paper,), _ = read_all(jsonl(tmp_path, GOOD | more))
    assert (paper.date, paper.url, paper.authors, paper.pages) == (None, None, (), (Page(name="made"),))


def test_an_abstract_is_kept_as_it_is(tmp_path: Path) -> None:
    abstract = ' We "boil"\nB\\\'enard cells \U0001f375 at 12.4\\%. '
    (paper,), _ = read_all(jsonl(tmp_path, GOOD | {"abstract": abstract}))
    assert paper.abstract == abstract


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"title": "a",', "is not JSON: Expecting property name", id="cut off"),
        pytest.param("tea", "is not JSON: Expecting value at column 1", id="no JSON"),
        pytest.param('["a", "b"]', 'is not a JSON object: \'["a", "b"]\'', id="list"),
        pytest.param("null", "is not a JSON object: 'null'", id="null"),
        pytest.param({"abstract": "b"}, "'title' is missing or is not text", id="no title"),
        pytest.param(GOOD | {"title": 7}, "'title' is missing or is not text", id="figure for a title"),
        pytest.param({"title": "a"}, "'abstract' is missing or is not text", id="no abstract"),
        pytest.param(GOOD | {"abstract": " \n"}, "'abstract' is missing or is not text", id="blank abstract"),
        pytest.param(GOOD | {"abstract": "\udfff"}, "'abstract' holds nothing but halves", id="half in abstract"),
        pytest.param("[" * 100_000, "is nested too deeply", id="deep list"),
        pytest.param('{"title":' * 100_000, "is nested too deeply", id="deep object"),
        pytest.param(GOOD | {"more": "x" * 9000}, "the line has 9,", id="overlong"),
        pytest.param('{"title": ' + "1" * 5000 + "}", "'abstract' is missing or is not text", id="endless figure"),
    ],
)
def test_a_bad_line_is_rejected_with_its_number_and_the_others_are_kept(
    tmp_path: Path, line: str | dict[str, object], reason: str
) -> None:
    limit = 9000 if isinstance(line, dict) else 10**6
    file = jsonl(tmp_path, GOOD, "", line, GOOD | {"title": TITLES[1]})
    found, (rejection,) = read_all(file, max_line=limit)
    assert [paper.title for paper in found] == TITLES[:2]
    assert rejection.line == 3
    assert rejection.reason.startswith(reason)


@pytest.mark.parametrize(("mark", "end"), [("", "\r\n"), ("", "\r"), ("\ufeff", "\n")], ids=["CRLF", "CR", "mark"])
def test_how_jsonl_was_saved_does_not_change_its_papers(tmp_path: Path, mark: str, end: str) -> None:
    content = jsonl(tmp_path, GOOD, GOOD | {"title": TITLES[1]}).read_text("utf-8")
    found, rejections = read_all(saved(tmp_path, mark + content.replace("\n", end), "made.jsonl"))
    assert ([paper.title for paper in found], rejections) == (TITLES[:2], [])


@pytest.mark.parametrize("name", ["a.jsonl", "a.NDJSON", "a.txt", "a"])
def test_jsonl_is_told_by_its_ending_or_its_beginning(tmp_path: Path, name: str) -> None:
    (paper,), _ = read_all(saved(tmp_path, "\n" + json.dumps(GOOD), name))
    assert paper.source == "jsonl"


def test_the_sample_holds_60_papers() -> None:
    found, rejections = read_all(Path(assistant.__file__).parent / "sample" / "papers.jsonl")
    assert rejections == []
    assert len({paper.id for paper in found}) == len(found) == 60
    assert not any(paper.truncated for paper in found)


# Ids


def test_an_id_is_readable_and_the_same_in_every_run() -> None:
    assert papers.paper_id("On the Boiling of Kettles") == "on-the-boiling-of-kettles-0af4a171"


@pytest.mark.parametrize(
    "title", ["", "?!", "熵", "x" * 5000, "../../etc/passwd", "a\0b"], ids=["empty", "marks", "zh", "x", "..", "0"]
)
def test_an_id_is_short_plain_text_for_any_title(title: str) -> None:
    key = papers.paper_id(title)
    assert len(key) <= 57
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


# From inputs to files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pages and other things, which the process works in."""
    root = tmp_path / "work"
    for name in ("b.txt", "a.HTML", "c.jsonl", "notes.md", "deep/er/d.ndjson", "empty/e.md", "odd[1].txt", "~$b.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", "utf-8")
    (root / "folder.txt").mkdir()
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param(["b.txt"], ["b.txt"], id="file"),
        pytest.param(["notes.md"], ["notes.md"], id="file of any ending"),
        pytest.param(["deep"], ["deep/er/d.ndjson"], id="folder, searched through"),
        pytest.param(["."], ["a.HTML", "b.txt", "c.jsonl", "deep/er/d.ndjson", "odd[1].txt", "~$b.txt"], id="folder of many"),
        pytest.param(["[ab].*"], ["a.HTML", "b.txt"], id="pattern"),
        pytest.param(["**/*.ndjson"], ["deep/er/d.ndjson"], id="pattern through folders"),
        pytest.param(["d*"], ["deep/er/d.ndjson"], id="pattern that matches a folder"),
        pytest.param(["*.pdf", "b.txt", "empty"], ["*.pdf", "b.txt", "empty"], id="what names nothing, for the reader to say"),
        pytest.param(["b.txt", ""], ["b.txt", ""], id="an empty name, for the reader to say"),
        pytest.param(["odd[1].txt"], ["odd[1].txt"], id="file that looks like a pattern"),
        pytest.param(["~$b.txt"], ["~$b.txt"], id="file that looks like a home"),
        pytest.param(["-"], ["-"], id="standard input"),
        pytest.param(["missing.txt"], ["missing.txt"], id="missing, for the reader to say"),
        pytest.param(["x" * 300], ["x" * 300], id="name that is too long, likewise"),
        pytest.param(["b.txt", "./b.txt", "*.txt", "-", "-"], ["b.txt", "odd[1].txt", "~$b.txt", "-"], id="duplicates"),
        pytest.param(["c.jsonl", "b.txt"], ["c.jsonl", "b.txt"], id="in the order given"),
        pytest.param([], [], id="none"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_inputs_name_files(inputs: list[str], expected: list[str]) -> None:
    assert expand(inputs) == expected


def test_a_tilde_stands_for_the_home_of_the_user(tmp_path: Path) -> None:
    assert expand(["~/page.txt"]) == [str(tmp_path / "home" / "page.txt")]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        pytest.param(["empty"], f"'empty': the folder holds no {KINDS} file", id="folder"),
        pytest.param(["*.pdf", "*.doc"], "'*.pdf': no file matches; '*.doc': no file matches", id="patterns"),
        pytest.param([""], "the name of an input is empty", id="empty name"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_inputs_that_name_nothing_are_an_error(inputs: list[str], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        expand(inputs)
    assert str(caught.value) == message


def test_a_name_that_is_too_long_is_rejected_by_the_reader() -> None:
    assert rejected(Path("x" * 300)).reason == "cannot be read: file name too long"
