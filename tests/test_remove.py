"""Papers taken out: the library is as if they had never come in, and nothing else is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Run
from hypothesis import given, settings
from hypothesis import strategies as st
from test_library import FAKE, QUESTIONS, assert_tidy, contents, found, made, opened, saved

from assistant import Assistant
from assistant.errors import LibraryBusy, LibraryCorrupt, LibraryError, LibraryMismatch, UnknownPaper
from assistant.library.vector_index import Index

pytestmark = pytest.mark.slow

TITLES = [paper["title"] for paper in made(range(12))]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "assistant"


@pytest.fixture
def library(home: Path, tmp_path: Path) -> Assistant:
    """A library of 12 papers."""
    with opened(home) as assistant:
        assistant.ingest(saved(tmp_path / "first.jsonl", made(range(12))))
    return assistant


def titles(assistant: Assistant) -> list[str]:
    return [paper.title for paper in assistant.papers()]


def assert_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two libraries hold the same; vectors may differ by a rounding, as Chroma makes them of unit length at each writing."""
    vectors, others = one.pop("vectors"), other.pop("vectors")
    assert one == other
    assert vectors.keys() == others.keys()
    for key, (vector, sentences) in vectors.items():
        assert np.abs(np.frombuffer(vector, np.float32) - np.frombuffer(others[key][0], np.float32)).max() < 1e-6
        assert sentences == others[key][1]


def test_what_was_removed_can_be_brought_back_as_it_was(library: Assistant, tmp_path: Path) -> None:
    with library:
        library.ingest(saved(tmp_path / "second.jsonl", made([3])))  # it is on two pages
        before = {paper.id: paper for paper in library.papers()}
        found_before = found(library)
        report = library.remove(TITLES[3], TITLES[7], TITLES[8])
        library.ingest(saved(tmp_path / "third.jsonl", made([8])))
        again = {paper.id: paper for paper in library.papers()}
        assert library.restore(*report.removed) == 2  # one was taken in again meanwhile
        after = {paper.id: paper for paper in library.papers()}
        assert after == before | {id: again[id] for id in again if again[id].title == TITLES[8]}
        assert found(library) == found_before
        assert library.restore(*report.removed) == 0 and library.restore() == 0


@settings(max_examples=6)
@given(
    st.lists(st.sampled_from(["kept", "removed", "removed, on two pages"]), min_size=1, max_size=10),
    st.lists(st.integers(0, 10), max_size=2),
)
def test_what_is_removed_was_never_there(parts: Sequence[str], cuts: Sequence[int]) -> None:
    """Taken in within up to three ingests, by chunks so small that each paper has several."""
    made_once = [made([number], sentences=1 + 7 * (number % 3)) for number in range(len(parts))]
    again = [made([number], page="second", sentences=1 + 7 * (number % 3)) for number, part in enumerate(parts) if "two" in part]
    bounds = [0, *sorted(cuts), len(parts)]
    kept = [paper for (paper,), part in zip(made_once, parts, strict=True) if part == "kept"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home / "both", "chunk.tokens=20") as both, opened(home / "one", "chunk.tokens=20") as one:
            for first, last in zip(bounds, bounds[1:], strict=False):
                both.ingest(saved(home / "a.jsonl", [paper for (paper,) in made_once[first:last]]))
            both.ingest(saved(home / "b.jsonl", [paper for (paper,) in again]))
            removed = [paper for paper in both.papers() if paper.title not in {each["title"] for each in kept}]
            report = both.remove(*removed)
            assert (report.removed, report.papers) == (tuple(removed), len(kept))
            if not kept:
                assert (both.status().papers, both.status().chunks, both.status().pages) == (0, 0, {})
            else:
                one.ingest(saved(home / "kept.jsonl", kept))
                assert_alike(contents(both), contents(one))
                assert titles(both) == titles(one)
                assert found(both) == [(paper, pytest.approx(score, abs=1e-6)) for paper, score in found(one)]
            assert_tidy(both)


def test_by_id_by_title_and_by_paper(library: Assistant) -> None:
    with library:
        one, two, three, *others = library.papers()
        report = library.remove(one.id, f" {two.title.upper().replace(' ', '  ')}.", three, one.title, one)
        assert (report.removed, report.chunks, report.papers, report.generation) == ((one, two, three), 3, 9, 2)
        assert list(library.papers()) == others
        assert not {passage.paper.title for passage in library.search(one.title, 12)} & {one.title, two.title, three.title}
        assert library.remove().generation == 2  # none is named, and nothing is done
        assert_tidy(library)


@pytest.mark.parametrize("unknown", ["Made quagga number 4", "", "\udcff", "x" * 5000])
def test_all_that_are_named_or_none(unknown: str, library: Assistant) -> None:
    with library:
        before = contents(library)
        with pytest.raises(UnknownPaper, match="the library holds no paper") as caught:
            library.remove(TITLES[0], unknown)
        assert "\n" not in str(caught.value) and caught.value.exit_code == 4
        assert library.status().generation == 1 and contents(library) == before
        assert_tidy(library)


def test_the_nearest_titles_are_named(home: Path, tmp_path: Path) -> None:
    papers = [
        {"title": "LeanDojo: Theorem Proving", "abstract": "We build tools."},
        {"title": "A Survey of Tools", "abstract": "LeanDojo and LeanDojo again, LeanDojo at last."},
        {"title": "Bread\nand\x1b[31m butter", "abstract": "Toast is made."},
        {"title": "Nothing of That", "abstract": "Clouds pass over fields."},
    ]
    with opened(home) as assistant:
        assistant.ingest(saved(tmp_path / "papers.jsonl", papers))
        for name, near in [
            ("LeanDojo", "nearest: 'LeanDojo: Theorem Proving', 'A Survey of Tools'"),
            ("leandojo-theorem-proving-00000000", "nearest: 'LeanDojo: Theorem Proving', 'A Survey of Tools'"),
            ("theorem provig", "nearest: 'LeanDojo: Theorem Proving'"),
            ("butter", r"nearest: 'Bread and\x1b[31m butter'"),
            ("xylophone", "none is like it"),
        ]:
            with pytest.raises(UnknownPaper) as caught:
                assistant.remove(name)
            assert str(caught.value) == f"the library holds no paper {name!r}; {near}"


def test_no_file_holds_what_was_removed(home: Path, tmp_path: Path) -> None:
    said = "Quetzals nest where the fog is"
    with opened(home) as assistant:
        papers = [*made(range(5)), {"title": "Birds", "abstract": f"{said}."}]
        assistant.ingest(saved(tmp_path / "papers.jsonl", papers))
        assistant.ingest(saved(tmp_path / "page.jsonl", [{"title": "Birds", "abstract": f"{said}.", "page": "second"}]))
        *_, birds = assistant.papers()
        (entry,) = assistant.library.read(lambda snapshot: snapshot.index.load([f"{birds.id}#0"]))
        packed = np.round(entry.sentences * 127).astype(np.int8)
        marks = [said.encode(), birds.id.encode(), entry.vector.tobytes(), packed.tobytes()]

        def holding(mark: bytes) -> list[Path]:
            return [path for path in home.rglob("*") if path.is_file() and mark in path.read_bytes()]

        assert all(map(holding, marks))
        assistant.remove("Birds")
        assert [holding(mark) for mark in marks] == [[], [], [], []]
        assert "second" not in assistant.status().pages


def test_no_memory_is_left_in_places_of_the_graph_that_are_not_used(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stood in memory gets into such places of the files that hnswlib writes: here it is put there."""
    close, said = Index.close, b"Quetzals nest where the fog is. "

    def leaky(index: Index) -> None:
        close(index)
        for data in home.rglob("next/chroma/*/data_level0.bin"):
            content = bytearray(data.read_bytes())
            content[-len(said) :] = said  # an element to come
            content[132 - len(said) : 132] = said  # links to come of the first of twelve elements
            data.write_bytes(content)
            planted.append(data)

    planted: list[Path] = []
    with opened(home) as assistant:
        monkeypatch.setattr(Index, "close", leaky)
        assistant.ingest(saved(tmp_path / "papers.jsonl", made(range(12))))
        monkeypatch.undo()
        assert planted and not [path for path in home.rglob("*") if path.is_file() and said in path.read_bytes()]
    with opened(home) as assistant:
        assert len(assistant.search("cebel", 12)) == 12
        assert assistant.doctor().exit_code == 0


def test_the_last_paper_leaves_an_empty_library_that_says_so(run: Run, library: Assistant, tmp_path: Path) -> None:
    with library:
        before = contents(library)
        assert library.remove(*library.papers()).papers == 0
        assert (library.status().papers, list(library.papers())) == (0, [])
        for work in (lambda: library.search("cebel"), lambda: library.ask("cebel?")):
            with pytest.raises(LibraryError, match="is empty; take in papers with: assistant ingest SOURCES"):
                work()
        with pytest.raises(UnknownPaper, match="none is like it"):
            library.remove(TITLES[0])
        asked = run("ask", "cebel?")  # and no sample takes its place
        assert (asked.returncode, asked.stderr.count("\n")) == (4, 1)
        assert "The library is empty" in run("status").stdout
        report = library.ingest(tmp_path / "first.jsonl")
        assert (report.new, report.generation) == (12, 3)
        assert contents(library) == before
        assert_tidy(library)


def test_taken_in_again_a_paper_is_new(library: Assistant, tmp_path: Path) -> None:
    with library:
        before = contents(library)
        library.remove(TITLES[3])
        report = library.ingest(tmp_path / "first.jsonl")
        assert (report.new, report.unchanged) == (1, 11)
        assert_alike(contents(library), before)


def test_what_is_left_of_the_sample_makes_way_too(home: Path, tmp_path: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest_sample()
        first = next(assistant.papers())
        assert assistant.remove(first).papers == 59
        assert assistant.status().sample
        assistant.ingest(saved(tmp_path / "own.jsonl", made([1])))
        assert (assistant.status().papers, assistant.status().sample) == (1, False)
        assert_tidy(assistant)


def test_without_a_library_or_under_other_settings_nothing_is_touched(library: Assistant, tmp_path: Path) -> None:
    with opened(tmp_path / "nowhere") as nowhere, pytest.raises(LibraryError, match="there is no library"):
        nowhere.remove("x")
    assert not (tmp_path / "nowhere").exists()
    with opened(library.home, "chunk.tokens=64") as other, pytest.raises(LibraryMismatch):
        other.remove(TITLES[0])
    with library:
        assert len(titles(library)) == 12
        os.truncate(next(library.library.folder.glob("gen-*/chroma/*/data_level0.bin"), Path()), 10)
        library.close()
        with pytest.raises(LibraryCorrupt, match="assistant ingest --fresh"):
            library.remove(TITLES[0])


# Several at once


def test_an_open_reader_notices(run: Run, library: Assistant) -> None:
    with library:
        assert library.search(TITLES[5])[0].paper.title == TITLES[5]
        done = run("remove", TITLES[5], "--yes")
        assert (done.returncode, done.stderr) == (0, "")
        assert TITLES[5] not in {passage.paper.title for passage in library.search(TITLES[5], 12)}
        assert (library.status().papers, library.status().generation) == (11, 2)


def test_it_waits_for_a_writer(run: Run, library: Assistant) -> None:
    with library:
        with library.library.writer(wait=0):
            busy = run("remove", TITLES[0], "--yes", "--wait", "0")
            assert (busy.returncode, busy.stderr.count("\n")) == (5, 1) and f"process {os.getpid()} is writing" in busy.stderr
            with opened(library.home) as same_process, pytest.raises(LibraryBusy):
                same_process.remove(TITLES[0], wait=0)
            command = [sys.executable, "-m", "assistant", "remove", TITLES[0], "--yes", "--wait", "60", "--set", FAKE[0]]
            waiting = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(3)
            assert waiting.poll() is None and len(titles(library)) == 12
        assert waiting.communicate(timeout=60)[1] == "" and waiting.returncode == 0
        assert titles(library) == TITLES[1:]


def test_of_two_who_remove_the_same_one_finds_it_gone(library: Assistant) -> None:
    command = [sys.executable, "-m", "assistant", "remove", TITLES[0], "--yes", "--wait", "60", "--set", FAKE[0]]
    with library, library.library.writer(wait=0):
        both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
        time.sleep(3)
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in both]
    assert sorted(code for _, code in ends) == [0, 4]
    with library:
        assert titles(library) == TITLES[1:]
        with library.library.writer(wait=0):  # what the other one read while it was removed, the next writer clears away
            pass
        assert_tidy(library)


# What a stop leaves


def _stopped(assistant: Assistant, title: str) -> None:
    """Remove a paper and do not publish that."""
    with assistant.library.writer(wait=0, removing=True) as writer:
        heads = assistant.library.read(lambda snapshot: [head for head in snapshot.index.all_heads() if head.paper.title == title])
        writer.remove(heads)
    assert (assistant.library.folder / "next" / "BASE").exists()
    assert not assistant.status().unfinished  # there is nothing to finish


@pytest.mark.parametrize("renamed", [False, True])
def test_an_ingest_takes_up_no_stopped_removal(renamed: bool, library: Assistant, tmp_path: Path) -> None:
    """Whoever stopped it in time would lose the paper all the same."""
    with library:
        _stopped(library, TITLES[2])
        folder = library.library.folder
        if renamed:  # the stop came between the renaming and CURRENT
            os.replace(folder / "next", folder / "gen-000002")
        library.ingest(saved(tmp_path / "more.jsonl", made([20])))
        assert titles(library) == [*TITLES, made([20])[0]["title"]]
        assert_tidy(library)


def test_a_removal_does_not_take_up_another(library: Assistant) -> None:
    with library:
        _stopped(library, TITLES[2])
        library.remove(TITLES[4])
        assert titles(library) == [title for title in TITLES if title != TITLES[4]]
        assert_tidy(library)


def test_a_removal_publishes_no_stopped_ingest(library: Assistant, tmp_path: Path) -> None:
    def progress(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with library, pytest.raises(KeyboardInterrupt):
        library.ingest(saved(tmp_path / "more.jsonl", made(range(20, 24))), progress=progress)
    with library:
        assert library.status().unfinished
        library.remove(TITLES[0])
        assert titles(library) == TITLES[1:]
        assert_tidy(library)
        assert library.ingest(tmp_path / "more.jsonl").new == 4


# The command


def test_the_command_asks_first(run: Run, library: Assistant) -> None:
    with library:
        for said, code, last in [
            ("n\n", 1, "Remove 2 papers? [y/N] Nothing was removed."),
            ("\n", 1, "Remove 2 papers? [y/N] Nothing was removed."),
            (None, 2, "assistant: Invalid value: it asks before it removes anything, and nobody answered; "),
        ]:
            done = run("remove", TITLES[1], TITLES[0], stdin=said)
            assert (done.returncode, done.stdout) == (code, "")
            *shown, final = done.stderr.splitlines()
            assert final.startswith(last)
            assert TITLES[0] in " ".join(shown) and TITLES[1] in " ".join(shown)
            assert library.status().generation == 1
        done = run("remove", TITLES[1], TITLES[0], stdin="y\n")
        assert done.returncode == 0
        assert "2 papers removed in" in done.stdout and "10 papers left (generation 2)" in done.stdout
        assert titles(library) == TITLES[2:]


def test_the_command_prints_json(run: Run, library: Assistant) -> None:
    with library:
        first = next(library.papers())
        done = run("remove", first.id, "--yes", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        report = json.loads(done.stdout)
        assert [paper["title"] for paper in report["removed"]] == [TITLES[0]]
        assert (report["papers"], report["chunks"], report["generation"]) == (11, 1, 2)


def test_the_command_names_what_is_near(run: Run, library: Assistant) -> None:
    for more in ([], ["--yes"]):
        done = run("remove", TITLES[0] + " no", *more, stdin="y\n")
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith(f"assistant: the library holds no paper '{TITLES[0]} no'; nearest: '{TITLES[0]}', ")
        assert done.stderr.count("\n") == 1
    with library:
        assert len(library.search(QUESTIONS[0], 12)) == 12
