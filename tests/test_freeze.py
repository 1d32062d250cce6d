"""Nothing that a question, an abstract or a file holds takes more than linear time, and what is too long is cut or refused."""

from __future__ import annotations

import gc
import json
import random
import string
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from endpoint import Endpoint
from hypothesis import given
from hypothesis import strategies as st
from pipeline import opened

from assistant import Assistant, text
from assistant.answer import pipeline
from assistant.answer.citations import Numbering, split
from assistant.check import latex
from assistant.sources import bibtex, papers, saved_html
from assistant.types import Page, Paper, Rejection

MOST = 10_000
QUESTIONS = (
    "What does Zorblax show?",
    "Why is it that Zorblax does not increase 15 points?",
    "What is ZB?",
    "Which papers mention Zorblax v2?",
)
_random = random.Random(0)


def word() -> str:
    return "".join(_random.choices(string.ascii_lowercase, k=_random.randint(3, 9)))


SHAPES: dict[str, Callable[[], str]] = {
    "one sentence": lambda: f"{word()} ",
    "sentences": lambda: f"Zorblax {word()} {word()}. ",
    "short sentences": lambda: f"{word().title()} it. ",
    "figures": lambda: f"{_random.randint(20, 99_999)} ",
    "figures in sentences": lambda: f"Zorblax has {_random.randint(20, 999)} points. ",
    "names": lambda: f"{word().title()}X{_random.randint(1, 9)} ",
    "opposites": lambda: f"{_random.choice(['increases', 'decreases', 'not', 'never'])} {word()} ",
    "acronyms": lambda: f"{word()} {word()} (ZB) ",
    "quotations": lambda: f'Zorblax "{word()} {word()}" is {word()}. ',
    "brackets": lambda: f"({word()} [1] ",
}


def seconds(call: Callable[[], object]) -> float:
    """Of processor time, without looks for garbage among all that other tests left."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    try:
        call()
        return time.process_time() - began
    finally:
        gc.unfreeze()


def linear(takes: Callable[[int], float], length: int, least: float) -> bool:
    """Twice the length takes at most three times as long, or in five tries not always longer, as the machine is busy at times."""
    return any(takes(2 * length) <= 3 * max(least, takes(length)) for _ in range(5))


def library(home: Path, abstract: str) -> Assistant:
    """A library of a paper with that abstract, and of another one."""
    file = home.with_suffix(".jsonl")
    bees = {"title": "On Bees", "abstract": "Bees sleep. We film bees at night in three hives and count them."}
    file.write_text(json.dumps({"title": "Zorblax: A Way", "abstract": abstract}) + "\n" + json.dumps(bees), "utf-8")
    assistant = Assistant.open(home, set=["embedder.kind=fake"])
    assert assistant.ingest(file).papers == 2
    return assistant


def test_a_question_of_a_thousand_names_compares_none_with_each_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Mock(return_value=[])
    monkeypatch.setattr("assistant.answer.confidence.difflib.get_close_matches", compared)
    with library(tmp_path / "home", "Zorblax counts bees.") as assistant:
        few = "What do " + " and ".join(f"Abc{at}" for at in range(4)) + " show?"
        assert assistant.ask(few).abstained and compared.called
        compared.reset_mock()
        assert assistant.ask(" ".join(f"Abc{at}" for at in range(1400))[: MOST - 1]).abstained
    assert not compared.called


@given(st.lists(st.text("a?\u00a0\u2003 \t\n\r\x1c\x85", max_size=40), min_size=1, max_size=4))
def test_a_question_is_read_on_one_line_with_single_blanks(stretches: list[str]) -> None:
    question = "What is it" + "".join(stretches)
    read = pipeline.checked(question, MOST)
    assert "  " not in read
    assert all(char == " " or not char.isspace() for char in read)
    assert read.replace(" ", "") == "".join(question.split())


@pytest.mark.parametrize("between", [" ", "\n", "\t ", "\u2003", " ?", ", ", "("])
def test_a_question_of_thousands_of_blanks_holds_nobody(sample: Assistant, between: str) -> None:
    stretch = (between * MOST)[: MOST - 60]
    question = f"Since{stretch}Why is it that LeanDojo is{stretch[:9]}what"
    sample.ask("What does LeanDojo offer?")
    assert seconds(lambda: sample.ask(question)) < 5


@pytest.mark.parametrize("unit", ["<!--", "?!", "! ? ", "<br>", "~~", "([", "; ", "* "])
def test_a_reply_of_signs_is_split_in_a_second(unit: str) -> None:
    assert seconds(lambda: split(f"LeanDojo is open-source [1]. {unit * 30_000}", Numbering(["p"], []))) < 3


@pytest.mark.parametrize("piece", [" " * 4, "[1, ", "1 ", "\n", "] "])
def test_a_stream_of_a_megabyte_of_blanks_or_half_markers_is_numbered_in_seconds(piece: str) -> None:
    def streamed() -> None:
        numbering = Numbering(["p"], [])
        for _ in range(250_000):
            numbering.feed(piece)
        numbering.rest()

    assert seconds(streamed) < 10


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_no_abstract_freezes_the_questions_that_find_it(shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "LONGEST_ABSTRACT", 1_000_000)
    long = "".join(SHAPES[shape]() for _ in range(30_000))
    times: list[float] = []
    for length in (papers.LONGEST_ABSTRACT // 50, 3 * papers.LONGEST_ABSTRACT // 50):
        with library(tmp_path / str(length), long[:length]) as assistant:
            assistant.ask("What do bees do at night?")
            times.append(max(0.15, seconds(lambda: [assistant.ask(question) for question in QUESTIONS])))
    assert times[0] < 3  # at the length at which abstracts are cut
    assert times[1] < 6 * times[0]  # three times as long


@pytest.mark.slow
def test_what_is_too_long_is_cut_at_ingest_and_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sentence = "Zorblax films 40 bees. "
    for name, abstract in (("word", f"Zorblax films {'b' * 5000}."), ("all", sentence * 2000), ("good", sentence * 10)):
        content = json.dumps({"title": f"Zorblax {name}: A Way", "abstract": abstract})
        (tmp_path / f"{name}.jsonl").write_text(content, "utf-8")
    with Assistant.open(home, set=["embedder.kind=fake"]) as assistant:
        report = assistant.ingest(tmp_path)
        assert report.new == 3
        assert report.rejected == ()
        assert sorted(report.cut) == [
            "'Zorblax all: A Way': cut the abstract from 46,000 characters to 20,000 or its last sentence before",
            "'Zorblax word: A Way': cut 1 word to 200 characters",
        ]
        held = {paper.title.split(":")[0]: paper.abstract for paper in assistant.papers()}
        assert held["Zorblax word"] == f"Zorblax films {'b' * 200}."
        assert len(held["Zorblax all"]) in range(19_000, 20_001)
        assert held["Zorblax all"].endswith("40 bees.")
        assert held["Zorblax good"] == sentence * 10
        again = assistant.ingest(tmp_path)
        assert (again.unchanged, len(again.cut)) == (3, 2)


def test_the_command_says_what_was_cut(tmp_path: Path, run: Callable[..., object]) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"title": f"Bee{'e' * 400}", "abstract": "Bees sleep."}), "utf-8")
    done = run("ingest", str(tmp_path / "a.jsonl"))
    assert done.returncode == 0  # type: ignore[attr-defined]
    assert "too long: 'Bee" in done.stdout  # type: ignore[attr-defined]
    assert "cut 1 word to 200 characters" in done.stdout  # type: ignore[attr-defined]


@given(st.text("ab. \n1(", max_size=300), st.integers(0, 40))
def test_a_paper_is_cut_to_what_can_be_worked_on(piece: str, times: int) -> None:
    abstract = f"Bees {piece * times * 5}{'c' * times * 10}"
    paper = papers.make("On Bees", abstract, Page(name="a"), "jsonl")
    cut, told = papers.fitted(paper)
    assert cut.id == paper.id
    assert len(cut.abstract) <= papers.LONGEST_ABSTRACT
    assert max((len(each) for each in "".join(c if c.isalnum() else " " for c in cut.abstract).split()), default=0) <= 200
    assert (told is None) == (cut == paper)
    assert papers.fitted(cut) == (cut, None)


@given(st.lists(st.tuples(st.sampled_from(["bee", " ", "\n", ", ", "x" * 700]), st.integers(1, 900)), max_size=6))
def test_what_goes_on_is_cut_into_pieces_that_hold_all_of_it(runs: list[tuple[str, int]]) -> None:
    content = "".join(run * (times if len(run) < 9 else 4) for run, times in runs)
    spans = text.sentences(content)
    assert all(0 < end - start <= text.LONGEST for start, end in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    assert "".join("".join(content[start:end].split()) for start, end in spans) == "".join(content.split())
    assert all(content[start:end] == content[start:end].strip() for start, end in spans)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    ["<article>", "<article><h3>T", "<article><h3>T</h3><p>x", "<article><p>", "<p>", "<!--", "<", '<a b="', "<a ", "<script>"]
    + ["<script></script >", "&amp;", "</article>", "<div data-props='{}'>", "<time>", "<title>", "&#", "<?", "<a '"],
)
def test_nested_and_broken_html_takes_linear_time(piece: str) -> None:
    def read(times: int) -> float:
        page = f"<article><h2>Bees</h2><p>{piece * times}"
        return seconds(lambda: list(saved_html.read("a.html", page, 1000)))

    assert linear(read, 4000, 0.02)


def test_html_larger_than_any_page_is_refused() -> None:
    (refused,) = saved_html.read("a.html", "<p>" * 7_000_000, 1000)
    assert isinstance(refused, Rejection)
    assert refused.reason.startswith("has 21,000,000 characters, more than 20,000,000")


@pytest.mark.parametrize("opening", ["@a{", "@misc{k,\n", "@article (", "@A{x}"])
def test_bibtex_of_millions_of_openings_is_refused_at_once(opening: str) -> None:
    found = list[Paper | Rejection]()
    assert seconds(lambda: found.extend(bibtex.read("a.bib", opening * 1_000_000, 1000))) < 5
    assert [str(each) for each in found] == ["a.bib: opens more than 100,000 entries; split it"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "opening", ["@a{", "@misc{k,\n", "@misc{a,title={", '@misc{a, t = "', "{", "@string{a={b}}\n", "@misc{a}}"]
)
def test_broken_bibtex_takes_linear_time(opening: str) -> None:
    def read(times: int) -> float:
        return seconds(lambda: list(bibtex.read("a.bib", opening * times, 1000)))

    read(100)  # imports
    assert linear(read, 12000, 0.03)


@pytest.mark.slow
@pytest.mark.parametrize("opening", ["\\iffalse ", "\\iftrue a \\else ", "\\if0 ", "\\ifx\\a\\b \\iffalse "])
@pytest.mark.parametrize("closing", ["", "\\fi "], ids=["open", "closed"])
def test_conditionals_of_latex_take_linear_time(opening: str, closing: str) -> None:
    def read(times: int) -> float:
        return seconds(lambda: latex.masked(f"\\begin{{document}}{opening * times}{closing * times}"))

    read(100)
    assert linear(read, 4000, 0.03)


CLOSED = "<article><h3>Bees</h3><p>Bees sleep at night.</p></article>"
NEXT = "<article><h3><a href='/papers/2401.00002'>Rocks</a></h3><p>Rocks are named by eye, which takes long.</p></article>"


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<article><h3>Ants</h3>{NEXT}{CLOSED}", id="not closed"),
        pytest.param(f"<article><h3>Ants</h3><p></p>{NEXT}</article>{CLOSED}", id="closed behind the next one"),
        pytest.param(f"<article><h3>Ants</h3>{NEXT}<p>It belongs to nobody, long as it is.</p>{CLOSED}", id="a stray text"),
        pytest.param(f"<article><h3>Ants<article>{NEXT}{CLOSED}", id="neither is the heading"),
        pytest.param(f"<ARTICLE class=a><h3 x>Ants</h3 >{NEXT.upper().replace('PAPERS', 'papers')}{CLOSED}", id="in capitals"),
    ],
)
def test_a_title_gets_no_text_from_beyond_the_next_title(page: str) -> None:
    found = list(saved_html.read("a.html", page, 1000))
    read = {each.title.capitalize(): each for each in found if isinstance(each, Paper)}
    assert sorted(read) == ["Bees", "Rocks"]
    assert read["Rocks"].abstract.capitalize() == "Rocks are named by eye, which takes long."
    assert read["Rocks"].url == "https://huggingface.co/papers/2401.00002"
    assert read["Bees"].abstract == "Bees sleep at night."
    assert read["Bees"].url is None
    assert [each.reason for each in found if isinstance(each, Rejection)] == ["a title without an abstract: 'Ants'"]


@pytest.mark.slow
def test_a_reply_of_unsupported_sentences_is_mended_in_linear_time(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 50_000
    with opened(shelf, endpoint) as assistant:

        def takes(length: int) -> float:
            endpoint.says = lambda body: "a. " * length
            return seconds(lambda: assistant.ask("What does a sun dial tell?"))

        assert linear(takes, 20_000, 0.1)


@pytest.mark.parametrize("marked", [True, False])
def test_the_rest_of_a_sentence_that_was_cut_is_not_judged_alone(shelf: Path, endpoint: Endpoint, marked: bool) -> None:
    said = f"It is wrong to say, {'as many of the people who read this have said, ' * 60}that Granite names 300 kinds of rocks"
    endpoint.says = lambda body: f"{said} [1]. It names rocks." if marked else f"{said}."
    with opened(shelf, endpoint, "answer.mode=strict", "answer.repair=false") as assistant:
        found = assistant.ask("How many kinds of rocks does Granite name?")
    assert not any("300 kinds" in claim.text and not claim.struck for claim in found.claims), found.text
