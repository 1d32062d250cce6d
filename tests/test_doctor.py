"""What stands is not swept, what is damaged is not quoted, and `assistant doctor` says so and mends it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from test_library import QUESTIONS, assert_tidy, contents, found, garbage, made, opened, saved

import assistant as package
from assistant import Assistant
from assistant.errors import LibraryCorrupt, LibraryError, StorageError
from assistant.library import doctor
from assistant.library.doctor import Diagnosis
from assistant.library.store import Store
from assistant.page import render
from assistant.page.service import Service

pytestmark = pytest.mark.slow

REPAIR = "assistant doctor --repair"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "assistant"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a library of 12 papers, for tests to copy, and the file that they came from."""
    folder = tmp_path_factory.mktemp("template")
    with opened(folder / "home") as assistant:
        assistant.ingest(saved(folder / "first.jsonl", made(range(12))))
    return folder


@pytest.fixture
def library(template: Path, home: Path) -> Assistant:
    shutil.copytree(template / "home", home)
    return opened(home)


def wrong(diagnosis: Diagnosis) -> set[str]:
    return {check.name for check in diagnosis.checks if not check.ok}


# A generation that stands

LOST: dict[str, Callable[[Path], object]] = {
    "missing": lambda current: current.unlink(),
    "empty": lambda current: current.write_bytes(b""),
    "garbage": garbage,
    "other JSON": lambda current: current.write_bytes(b'{"generation": "one"}'),
    "a folder": lambda current: (current.unlink(), current.mkdir()),
    "a pipe": lambda current: (current.unlink(), os.mkfifo(current)),
    "naming one that is gone": lambda current: current.write_text(
        json.dumps(json.loads(current.read_bytes()) | {"generation": 7}), "utf-8"
    ),
}


@pytest.mark.parametrize("lost", LOST)
def test_without_current_nothing_is_swept_or_made(lost: str, library: Assistant, template: Path) -> None:
    with library:
        before, folder = contents(library), library.library.folder
    LOST[lost](folder / "CURRENT")
    left = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with opened(library.home) as assistant:
        works: list[Callable[[], object]] = [
            lambda: assistant.ask("cebel?"),
            lambda: assistant.search("cebel"),
            lambda: assistant.ingest(template / "first.jsonl"),
            assistant.ingest_sample,
            lambda: assistant.remove("x"),
            assistant.status,
            lambda: list(assistant.papers()),
        ]
        for work in works:
            with pytest.raises(LibraryCorrupt, match=f"CURRENT.*{REPAIR}") as caught:
                work()
            assert "\n" not in str(caught.value)
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == left
        assert wrong(assistant.doctor()) == {"generation"}
        done = assistant.doctor(repair=True)
        assert not wrong(done) and len(done.mended) == 1
        assert contents(assistant) == before
        assert_tidy(assistant, *(["old-CURRENT"] if lost in ("a folder", "a pipe") else []))


def test_neither_the_command_nor_the_page_nor_ask_makes_a_sample(library: Assistant, run: Run, home: Path) -> None:
    (home / "library" / "CURRENT").unlink()
    for arguments in (("ask", "cebel?"), ("search", "cebel"), ("chat", "--port", "0")):
        done = run(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1) and REPAIR in done.stderr
    with pytest.raises(LibraryError, match=REPAIR):
        package.ask("What does LeanDojo offer?")
    with library:
        assert REPAIR in str(Service(library).welcome())
        assert [path.name for path in library.library.generations()] == ["gen-000001"]


def test_a_library_that_was_never_published_is_none(home: Path) -> None:
    with opened(home) as assistant:
        for call in (assistant.doctor, lambda: assistant.doctor(repair=True)):
            with pytest.raises(LibraryError, match="make one with: assistant ingest SOURCES"):
                call()
        assert not home.exists()


def test_fresh_sets_aside_what_stands(library: Assistant, template: Path) -> None:
    (library.library.folder / "CURRENT").unlink()
    with library:
        assert library.ingest(template / "first.jsonl", fresh=True).new == 12
        assert_tidy(library, "old-gen-000001")


def test_the_newest_whole_generation_is_put_in_force_and_the_others_set_aside(library: Assistant, tmp_path: Path) -> None:
    folder = library.library.folder
    shutil.copytree(folder / "gen-000001", tmp_path / "one")
    with library:
        library.ingest(saved(tmp_path / "more.jsonl", made([20])))
        before = contents(library)
    shutil.copytree(tmp_path / "one", folder / "gen-000001")
    shutil.copytree(folder / "gen-000002", folder / "gen-000003")
    garbage(folder / "gen-000003/chroma/chunks.sqlite3")
    (folder / "CURRENT").unlink()
    with opened(library.home) as assistant:
        assert "generation 2 is in force: 13 papers" in assistant.doctor(repair=True).mended[0]
        assert contents(assistant) == before
        assert_tidy(assistant, "old-gen-000001", "old-gen-000003")
        assert assistant.ingest(tmp_path / "more.jsonl").unchanged == 1
        assert_tidy(assistant, "old-gen-000001", "old-gen-000003")


def test_a_newer_generation_than_the_one_in_force_is_not_swept(library: Assistant, tmp_path: Path) -> None:
    folder = library.library.folder
    shutil.copytree(folder / "gen-000001", folder / "gen-000004")
    with library:
        library.ingest(saved(tmp_path / "more.jsonl", made([40])))
        assert_tidy(library, "old-gen-000004")


def test_an_older_programs_generation_is_put_in_force_by_the_settings_that_made_it(library: Assistant, tmp_path: Path) -> None:
    folder = library.library.folder
    with library:
        before = contents(library)
    (folder / "CURRENT").unlink()
    (folder / "gen-000001" / "MANIFEST").unlink()
    with opened(library.home, "chunk.tokens=16") as other, pytest.raises(LibraryCorrupt, match="set embedder and chunk back"):
        other.doctor(repair=True)
    with opened(library.home) as assistant:
        assistant.doctor(repair=True)
        assert contents(assistant) == before


def test_when_no_generation_can_be_read_the_error_says_how_to_build_one(library: Assistant, home: Path) -> None:
    garbage(home / "library/gen-000001/chroma/chunks.sqlite3")
    with library:
        assert wrong(library.doctor()) == {"store"}
        with pytest.raises(LibraryCorrupt, match="assistant ingest --fresh SOURCES"):
            library.doctor(repair=True)
        assert (home / "library/gen-000001/chroma/chunks.sqlite3").exists()


# What is derived

DERIVED: dict[str, tuple[Callable[[Path], object], str]] = {
    "database": (lambda folder: garbage(folder / "chroma/chroma.sqlite3", at=9000, size=40), "vectors"),
    "database gone": (lambda folder: (folder / "chroma/chroma.sqlite3").unlink(), "vectors"),
    "graph": (lambda folder: garbage(next(folder.glob("chroma/*/header.bin")), size=8), "vectors"),
    "graph gone": (lambda folder: shutil.rmtree(next(folder.glob("chroma/*/header.bin")).parent), "vectors"),
    "words": (lambda folder: garbage(folder / "lexical/meta.json"), "words"),
    "words gone": (lambda folder: shutil.rmtree(folder / "lexical"), "words"),
}


@pytest.mark.parametrize("damage", DERIVED)
def test_what_is_derived_is_built_again(damage: str, library: Assistant) -> None:
    harm, name = DERIVED[damage]
    with library:
        before = contents(library)
    harm(library.library.generation(1))
    with opened(library.home) as assistant:
        assert name in wrong(assistant.doctor())
        done = assistant.doctor(repair=True)
        assert not wrong(done) and len(done.mended) == 1
        assert contents(assistant) == before
        assert_tidy(assistant, *(["old-gen-000001"] if name == "vectors" else []))
        assert assistant.doctor(repair=True).mended == ()


@pytest.mark.parametrize("seed", range(3))
def test_bits_of_chromas_files_never_reach_chroma(seed: int, library: Assistant, run: Run) -> None:
    """They abort the process where they do: in its database as well as in its graph."""
    folder = library.library.generation(1) / "chroma"
    for path in (folder / "chroma.sqlite3", *folder.glob("*/*.bin")):
        content = path.read_bytes()
        if content:
            garbage(path, at=seed * len(content) // 3, size=1)
            with pytest.raises(LibraryCorrupt, match=REPAIR):
                found(library)
            path.write_bytes(content)
    with library:
        assert found(library)


def test_a_reader_leaves_every_file_as_it_was(library: Assistant) -> None:
    folder = library.library.folder
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}
    with library:
        assert found(library) and library.ask("cebel?").nearest
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()} == before


# Bits of an abstract


def _edit(home: Path, statement: str, *values: object) -> None:
    (path,) = home.glob("library/gen-*/chroma/chunks.sqlite3")
    file = sqlite3.connect(path)
    with file:
        file.execute(statement, values)
    file.close()


def _flip(home: Path, paper: str, at: int, bit: int) -> None:
    """Another bit in a paper as it is stored."""
    (path,) = home.glob("library/gen-*/chroma/chunks.sqlite3")
    file = sqlite3.connect(path)
    (whole,) = file.execute("SELECT CAST(whole AS BLOB) FROM papers WHERE id = ?", (paper,)).fetchone()
    file.close()
    content = bytearray(path.read_bytes())
    content[content.index(whole) + at % len(whole)] ^= 1 << bit
    path.write_bytes(content)


@settings(max_examples=25)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_bit_of_a_paper_is_changed_unseen(at: int, bit: int, template: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("bits") / "home"
    shutil.copytree(template / "home", home)
    with opened(home) as assistant:
        paper, *_ = assistant.papers()
    _flip(home, paper.id, at, bit)
    with opened(home) as assistant:
        for work in (
            lambda: assistant.search(QUESTIONS[0], 12),
            lambda: assistant.ask(paper.title),
            lambda: list(assistant.papers()),
            lambda: assistant.table([paper.id], "topic"),
        ):
            with pytest.raises(LibraryCorrupt, match=f"the paper '{paper.id}'.*{REPAIR[:16]}.*assistant remove {paper.id}"):
                work()
        with suppress(LibraryCorrupt):  # as far as the record can be read
            assert assistant.table(where={"paper": paper.id}, columns="topic").rows == ()
        assert {"checksums"} <= wrong(assistant.doctor())
        assert f"'{paper.id}'" in str(assistant.doctor())


@pytest.mark.parametrize("way", ["remove", "ingest"])
def test_a_damaged_paper_is_taken_in_again_from_its_source(way: str, library: Assistant, template: Path, home: Path) -> None:
    with library:
        before, (paper, other, *_) = contents(library), library.papers()
    _flip(home, paper.id, len(paper.title) + 100, 1)
    with opened(home) as assistant:
        if way == "remove":
            gone = assistant.remove(paper.id, other.id)
            assert (gone.papers, [each.id for each in gone.removed], [each.id for each in gone.damaged]) == (
                10,
                [other.id],
                [paper.id],
            )
            assert "was damaged" in render.removed(gone, "x") and assistant.restore(*gone.removed) == 1
        report = assistant.ingest(template / "first.jsonl")
        assert (report.new, report.changed, report.unchanged) == ((1, 0, 11) if way == "remove" else (0, 1, 11))
        after = contents(assistant)
        assert after["papers"] == before["papers"] and after["chunks"] == before["chunks"]
        assert not wrong(assistant.doctor())


def test_others_are_not_held_up_by_a_damaged_paper_and_copying_makes_none_sound(
    library: Assistant, tmp_path: Path, home: Path
) -> None:
    with library:
        paper, other, *_ = library.papers()
    _flip(home, paper.id, len(paper.title) + 100, 1)
    with opened(home) as assistant:
        assert assistant.ingest(saved(tmp_path / "more.jsonl", made([30]))).new == 1
        assert assistant.remove(other.id).papers == 12
        shutil.rmtree(assistant.library.generation(3) / "lexical")
        diagnosis = assistant.doctor(repair=True)
        assert wrong(diagnosis) == {"checksums"} and paper.id in str(diagnosis)
        garbage(next(assistant.library.generation(3).glob("chroma/*/header.bin")))
        diagnosis = assistant.doctor(repair=True)
        assert wrong(diagnosis) == {"checksums"} and paper.id in str(diagnosis)
        assert assistant.status().generation == 4


@pytest.mark.parametrize("change", ["start = start + 1", "spans = '[[3, 9]]'", '"end" = "end" - 2'])
def test_sentences_that_were_moved_are_not_quoted_and_are_mended(change: str, library: Assistant, home: Path) -> None:
    with library:
        before = contents(library)
        paper = next(library.papers())
    _edit(home, f"UPDATE chunks SET {change} WHERE id = ?", f"{paper.id}#0")
    with opened(home) as assistant:
        with pytest.raises(LibraryCorrupt, match=f"the paper '{paper.id}'"):
            assistant.search(QUESTIONS[0], 12)
        assert "offsets" in wrong(assistant.doctor())
        assert not wrong(assistant.doctor(repair=True))
        assert contents(assistant) == before
        assert_tidy(assistant, "old-gen-000001")


def test_an_index_whose_checksums_are_gone_is_not_opened(library: Assistant, home: Path) -> None:
    with library:
        before = contents(library)
    generation = home / "library/gen-000001"
    for name in ("chroma.sums", "lexical.sums"):
        (generation / name).unlink()
    with opened(home) as assistant:
        with pytest.raises(LibraryCorrupt, match=r"checksums of its files are gone.*assistant doctor --repair"):
            assistant.search(QUESTIONS[0], 12)
        assert wrong(assistant.doctor()) == {"vectors", "words", "checksums"}
        assert not wrong(assistant.doctor(repair=True))
        assert contents(assistant) == before
    for path in home.glob("library/gen-*/*.sums"):
        path.unlink()
    for path in home.glob("library/gen-*/MANIFEST"):  # of a program from before there were checksums
        path.unlink()
    with opened(home) as assistant:
        assert contents(assistant) == before and not wrong(assistant.doctor())
        assert "the next ingest adds them" in str(assistant.doctor())


def test_vectors_that_are_none_are_made_again(library: Assistant, home: Path) -> None:
    with library:
        before = contents(library)
    _edit(home, "UPDATE chunks SET vector = zeroblob(256) WHERE rowid = 3")
    with opened(home) as assistant:
        assert wrong(assistant.doctor()) == {"vectors", "checksums"}
        assert not wrong(assistant.doctor(repair=True))
        assert contents(assistant) == before


def _as_older(home: Path) -> None:
    """A library as a program without sums of papers made it."""
    _edit(home, "ALTER TABLE papers DROP COLUMN sum")
    _edit(home, "ALTER TABLE chunks DROP COLUMN sum")
    for path in home.glob("library/gen-*/chroma.sums"):
        sums = json.loads(path.read_bytes())
        del sums["large"], sums["files"]["chroma.sqlite3"]
        path.write_text(json.dumps(sums), "utf-8")
    for path in home.glob("library/gen-*/MANIFEST"):
        path.unlink()


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 35), reason="this SQLite drops no columns")
def test_an_older_library_is_read_and_gets_its_sums_with_the_next_write(library: Assistant, tmp_path: Path, home: Path) -> None:
    with library:
        before = contents(library)
    _as_older(home)
    with opened(home) as assistant:
        assert contents(assistant) == before and not wrong(assistant.doctor())
        assert "the next ingest adds them" in str(assistant.doctor())
        removed, *_ = assistant.papers()
        assistant.ingest(saved(tmp_path / "more.jsonl", made([30])))
        assert "the next ingest adds them" not in str(assistant.doctor()) and not wrong(assistant.doctor())
        kept = next(paper for paper in assistant.papers() if paper != removed)
    _flip(home, kept.id, len(kept.title) + 100, 2)
    with opened(home) as assistant, pytest.raises(LibraryCorrupt, match=f"the paper '{kept.id}'"):
        assistant.search(QUESTIONS[0], 13)
    _as_older(home)
    with opened(home) as assistant:  # and with a removal
        assistant.remove(removed.id)
        store = Store(next(home.glob("library/gen-*/chroma")))
        assert store.summed and all(head.sound for head in store.all_heads())
        store.close()


# The command


def test_the_command(library: Assistant, run: Run, home: Path) -> None:
    well = run("doctor")
    assert (well.returncode, well.stderr) == (0, "")
    names = ["generation", "store", "vectors", "words", "offsets", "checksums", "duplicates", "disk"]
    assert [line.split()[:2] for line in well.stdout.splitlines()] == [[name, "ok:"] for name in names]
    with library:
        paper = next(library.papers())
    _flip(home, paper.id, len(paper.title) + 100, 2)
    (home / "library" / "CURRENT").unlink()
    ill = run("doctor", "--json")
    assert (ill.returncode, ill.stderr) == (4, "")
    checks = {check["name"]: check for check in json.loads(ill.stdout)["checks"]}
    assert [name for name in names if not checks[name]["ok"]] == ["generation", "checksums"]
    assert paper.id in checks["checksums"]["found"] and "assistant remove" in checks["checksums"]["remedy"]
    mended = run("doctor", "--repair")
    assert mended.returncode == 4 and mended.stdout.startswith("mended: put in force: generation 1")


def test_the_disk_alone_has_an_exit_code_of_its_own(library: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    with library:
        monkeypatch.setattr("assistant.library.doctor._ROOM", 10**18)
        diagnosis = library.doctor()
        assert (wrong(diagnosis), diagnosis.exit_code) == ({"disk"}, StorageError.exit_code)


def test_a_title_under_two_ids_is_told(library: Assistant, home: Path) -> None:
    with library:
        one, other, *_ = library.papers()
        heads = library.library.read(lambda snapshot: snapshot.index.heads([one.id, other.id]))
    store = Store(next(home.glob("library/gen-*/chroma")), writes=True)
    store.retag([heads[other.id]._replace(paper=other.model_copy(update={"title": one.title}))])
    store.close()
    with opened(home) as assistant:
        (check,) = (check for check in assistant.doctor().checks if check.name == "duplicates")
        assert not check.ok and one.id in check.found and f"assistant remove {other.id}" in check.remedy


def test_other_settings_are_told(library: Assistant) -> None:
    with opened(library.home, "chunk.tokens=64") as other:
        assert wrong(other.doctor()) == {"generation"}


def test_a_generation_that_a_writer_replaced_meanwhile_is_looked_for_anew(
    library: Assistant, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, seen = doctor._look, list[Path]()  # pyright: ignore[reportPrivateUsage]

    def gone(folder: Path) -> object:
        seen.append(folder)
        if len(seen) == 1:
            with opened(library.home) as other:
                other.ingest(template / "first.jsonl", fresh=True)
            raise StorageError("may not use it")
        return look(folder)

    monkeypatch.setattr(doctor, "_look", gone)
    assert library.doctor().exit_code == 0
    assert len(set(seen)) == 2


def test_what_fresh_set_aside_can_be_had_back_where_the_generation_in_force_is_gone(library: Assistant, template: Path) -> None:
    with library:
        library.ingest(template / "first.jsonl", fresh=True)
        folder = library.library.folder
        shutil.rmtree(folder / f"gen-{library.library.in_force().generation:06}")
    with opened(folder.parent) as assistant:
        with pytest.raises(LibraryError, match="rename it to 'gen-000001' and call assistant doctor --repair"):
            assistant.ask("cebel?")
        (folder / "old-gen-000001").rename(folder / "gen-000001")
        assert assistant.doctor(repair=True).exit_code == 0
        assert len(list(assistant.papers())) == 12
