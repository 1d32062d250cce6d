"""Texts as files hold them, searched, answered from and shown as a reader sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import Assistant, text
from assistant.library import chunking
from assistant.page.render import Span, abstract
from assistant.question.acronyms import meanings
from assistant.question.details import details
from assistant.text.terms import terms
from assistant.types import Paper

TREES = r"A parser is trained on {\em few} trees. Its accuracy is 93{\%} on the UD treebanks."


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (r"CO$_2$", "CO2"),
        ("CO<sub>2</sub>", "CO2"),
        ("NO$_x$", "NOx"),
        (r"$\ell_2$", "L2"),
        (r"$\beta$-Lantern", "beta-Lantern"),
        ("β-Lantern", "beta-Lantern"),
        (r"na{\"\i}ve", "naive"),
        ("Moss &amp; Fern", "Moss & Fern"),
    ],
)
def test_markup_is_searched_as_it_reads(written: str, asked: str) -> None:
    assert terms(written) == terms(asked)


def test_words_and_units_of_greek_stay() -> None:
    assert text.fold("λόγος") == "λογοσ"
    assert text.fold("5 μm") == "5 μm"


def test_tags_end_sentences_and_belong_to_the_one_before() -> None:
    marked = "<p>Lichens grow on roofs</p><p>Heat raises growth by <i>37</i>%.</p> Ferns do not."
    spans = text.sentences(marked)
    assert [marked[start:end] for start, end in spans] == [
        "<p>Lichens grow on roofs</p><p>",
        "Heat raises growth by <i>37</i>%.</p>",
        "Ferns do not.",
    ]


def test_the_readable_view_of_a_chunk_is_embedded() -> None:
    paper = Paper(id="a", title="Trees", abstract=TREES)
    (chunk,) = chunking.split(paper, 256, len)
    assert chunk.text == TREES
    view = chunking.readable(chunk)
    assert [view.text[start - view.start : end - view.start] for start, end in view.sentences] == [
        "A parser is trained on few trees.",
        "Its accuracy is 93% on the UD treebanks.",
    ]


def test_details_and_acronyms_are_looked_for_in_the_readable_view() -> None:
    assert not details("What accuracy does it reach?").missing(["It reaches 93{\\%}."])
    assert meanings("COD", [r"the {C}onditional \emph{Operator} Discrepancy (COD)"]) == {"Conditional Operator Discrepancy": [0]}


def test_the_page_shows_the_readable_view_with_its_marks() -> None:
    start = TREES.index("Its")
    shown = str(abstract(TREES, [Span(start, len(TREES))]))
    assert "few trees. <mark" in shown
    assert ">Its accuracy is 93% on the UD treebanks.</mark>" in shown


def test_an_answer_reads_well_and_its_quote_stays_to_the_byte(tmp_path: Path) -> None:
    papers = tmp_path / "papers.jsonl"
    papers.write_text(json.dumps({"title": "Parsing Small Treebanks", "abstract": TREES}) + "\n", "utf-8")
    with Assistant.open(tmp_path, set=["embedder.kind=fake", "answer.threshold=0"]) as assistant:
        assistant.ingest(papers)
        answer = assistant.ask("What is the accuracy of the parser on the UD treebanks?")
    assert not answer.abstained
    assert "Its accuracy is 93% on the UD treebanks." in [claim.text for claim in answer.claims]
    for source in answer.sources:
        assert source.quote == TREES[source.start : source.end]
        assert "{" not in source.shown


def test_titles_and_quotes_are_shown_readable_everywhere(tmp_path: Path) -> None:
    title = r"CO$_2$ Uptake of {M}oss \& Fern"
    abstract = r"Moss takes up 12{\%} more CO$_2$ than fern. It needs no soil."
    papers = tmp_path / "papers.jsonl"
    papers.write_text(json.dumps({"title": title, "abstract": abstract}) + "\n", "utf-8")
    with Assistant.open(tmp_path, set=["embedder.kind=fake", "answer.threshold=0"]) as assistant:
        assistant.ingest(papers)
        answer = assistant.ask("How much more CO2 does moss take up than fern?")
        denied = assistant.ask("Why does moss take up 40% more CO2 than fern?")
        (passage, *_) = assistant.search("CO2 of moss")
    assert passage.paper.shown == "CO2 Uptake of Moss & Fern"
    for written in (answer.to_markdown(), answer.to_latex()):
        assert r"{\%}" not in written and r"$_2$" not in written
    assert "CO2 Uptake of Moss & Fern" in answer.to_markdown().replace("\\", "")
    assert "Moss takes up 12% more CO2 than fern." in answer.to_markdown().replace("\\", "")
    assert all(source.quote == abstract[source.start : source.end] for source in answer.sources)
    assert "12% more CO2" in denied.text
    assert r"{\%}" not in denied.text
