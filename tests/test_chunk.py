from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import text
from assistant.library import chunking
from assistant.library.chunking import chunk_id, split
from assistant.sources import expand, papers, read
from assistant.types import Chunk, Page, Paper


def count_words(given_text: str) -> int:
    return len(given_text.split())


def paper(abstract: str) -> Paper:
    """Also one whose abstract holds no word, which no reader takes in."""
    return papers.make("A Made-up Paper", "Tea.", Page(name="made"), "page").model_copy(update={"abstract": abstract})


def check(chunks: list[Chunk], abstract: str, size: int) -> None:
    """What holds of the chunks of any text."""
    end = 0
    for number, chunk in enumerate(chunks):
        assert (chunk.number, chunk.id) == (number, chunk_id(chunk.paper_id, number))
        assert chunk.text == abstract[chunk.start : chunk.end] == chunk.text.strip() != ""
        assert end <= chunk.start
        assert not abstract[end : chunk.start].strip()
        assert count_words(chunk.text) <= size
        inside = chunk.start
        for start, stop in chunk.sentences:
            assert inside <= start < stop <= chunk.end
            assert not abstract[inside:start].strip()
            inside = stop
        assert not abstract[inside : chunk.end].strip()
        end = chunk.end
    assert not abstract[end:].strip()


SENTENCES = st.lists(
    st.sampled_from(["A kettle boils.", "It sings, e.g. loudly!", "So https://a.b/c.d", "endless " * 9, "\n\n\n\n"])
)
TEXTS = st.text(max_size=200) | SENTENCES.map(" ".join) | st.lists(st.sampled_from("ab. ,;\n\u3000。？A")).map("".join)


@settings(deadline=None)  # the first long text imports the splitter
@given(TEXTS, st.integers(1, 12))
@example("endless " * 30, 4)
@example("", 4)
@example("one. " * 10, 1)
def test_chunks_are_exact_slices_that_hold_every_character_and_fit(abstract: str, size: int) -> None:
    check(split(paper(abstract), size, count_words), abstract, size)


@settings(deadline=None)
@given(TEXTS, st.integers(1, 12))
@example("a. b. c.\n\n\nd. e.", 3)
def test_whole_sentences_are_joined_as_llamaindex_joins_them(abstract: str, size: int) -> None:
    made = paper(abstract).abstract
    spans = text.sentences(made)
    if spans and count_words(made) > size:
        assert chunking._pieces(made, spans, size, count_words) == chunking._cut(made, size, count_words)


def test_ordinary_abstracts_need_no_llamaindex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(chunking, "_splitter")
    chunks = split(paper("One kettle boils. Two sing loudly. Three are full."), 6, count_words)
    assert [chunk.text for chunk in chunks] == ["One kettle boils. Two sing loudly.", "Three are full."]


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(1, 12))
def test_a_word_over_the_size_is_cut_between_its_characters(abstract: str, size: int) -> None:
    chunks = split(paper(abstract), size, len)
    assert all(len(chunk.text) <= size for chunk in chunks)
    assert "".join("".join(chunk.text for chunk in chunks).split()) == "".join(abstract.split())


@pytest.mark.parametrize("size", [1, 7, 60, 120])
def test_the_pages_are_held_whole_by_chunks_of_any_size(seeds: Path, size: int) -> None:
    (file,) = expand([str(seeds / "001*.txt")])
    for item in read(file, max_line=10**6, max_file=10**9).items:
        assert isinstance(item, Paper)
        check(split(item, size, count_words), item.abstract, size)


def test_where_every_sentence_fits_none_is_cut(seeds: Path) -> None:
    (file,) = expand([str(seeds / "003*.txt")])
    several = 0
    for item in read(file, max_line=10**6, max_file=10**9).items:
        assert isinstance(item, Paper)
        spans = text.sentences(item.abstract)
        size = max(count_words(item.abstract[start:end]) for start, end in spans)
        chunks = split(item, size, count_words)
        assert [span for chunk in chunks for span in chunk.sentences] == spans
        several += len(chunks) > 1
    assert several > 50


def test_a_text_that_fits_is_one_chunk() -> None:
    (chunk,) = split(paper(" A kettle boils. It sings. "), 5, count_words)
    assert (chunk.id, chunk.number, chunk.text) == (chunk_id(chunk.paper_id, 0), 0, "A kettle boils. It sings.")
    assert chunk.sentences == ((1, 16), (17, 26))


def test_a_text_that_does_not_fit_is_cut_between_sentences() -> None:
    chunks = split(paper("A kettle boils. It sings."), 4, count_words)
    assert [chunk.text for chunk in chunks] == ["A kettle boils.", "It sings."]


def test_no_text_makes_no_chunk() -> None:
    assert split(paper("  \n"), 5, count_words) == []


def test_ids_are_the_same_in_every_run_and_unlike_for_unlike_titles() -> None:
    abstract = "A kettle boils. It sings."
    ids = [chunk.id for chunk in split(paper(abstract), 4, count_words)]
    assert ids == ["a-made-up-paper-b638975e#0", "a-made-up-paper-b638975e#1"]
    other = papers.make("Another Made-up Paper", abstract, Page(name="made"), "page")
    assert not {chunk.id for chunk in split(other, 4, count_words)} & set(ids)
