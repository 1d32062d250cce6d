"""An ingest that would change nothing reads no papers, and reports what reading them would: under removals, edits and settings."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_nothing_lost import ABSTRACTS, FILES, FORMATS, Written

from assistant import Assistant
from assistant.library.repeats import TAKEN
from assistant.types import IngestReport

FAKE = ("embedder.kind=fake", "ingest.batch=1")
ANIMALS = ("Otter", "Badger", "Heron", "Vole")


def write(file: Path, titles: tuple[str, ...] = ANIMALS, abstract: str = ABSTRACTS[0]) -> Path:
    """A file of papers with different abstracts."""
    records = [{"title": title, "abstract": f"{title} is new. {abstract}", "date": "2031"} for title in titles]
    file.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return file


def ingest(home: Path, *files: Path, **options: str) -> tuple[IngestReport, bool]:
    """The report, and whether the papers were read."""
    calls: list[int] = []
    flags = [f"{key}={value}" for key, value in options.items() if "." in key]
    others = {key: value for key, value in options.items() if "." not in key}
    with Assistant.open(home, set=[*FAKE, *flags]) as assistant:
        report = assistant.ingest(*files, progress=lambda done, total: calls.append(done), **others)  # type: ignore[arg-type]
    return report, len(calls) > 1


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a library that is not there yet."""
    return tmp_path / "home"


def test_the_second_ingest_reads_no_papers(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path / "papers.jsonl")
    with file.open("a") as more:
        more.write('\n{"title": "Mole"}')
    first, read = ingest(home, file)
    assert (first.new, read) == (4, True)
    second, read = ingest(home, file)
    assert (second.new, second.unchanged, second.added, second.chunks, read) == (0, 4, (), 0, False)
    assert (second.rejected, second.generation) == (first.rejected, first.generation)


def test_a_changed_file_is_read(tmp_path: Path, home: Path) -> None:
    ingest(home, write(tmp_path / "papers.jsonl"))
    report, _ = ingest(home, write(tmp_path / "papers.jsonl", (*ANIMALS, "Mole")))
    assert (report.new, report.unchanged) == (1, 4)


def test_a_removed_paper_comes_back(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path / "papers.jsonl")
    for _ in range(2):
        ingest(home, file)
    with Assistant.open(home, set=FAKE) as assistant:
        assistant.remove("Otter")
    assert not (home / "library" / TAKEN).exists()  # it could name the paper
    report, _ = ingest(home, file)
    assert (report.new, report.unchanged) == (1, 3)


@pytest.mark.parametrize("options", [{"since": "2032"}, {"ingest.max_line": "100"}, {"fresh": "yes"}], ids=lambda each: min(each))
def test_other_settings_read_the_papers(tmp_path: Path, home: Path, options: dict[str, str]) -> None:
    file = write(tmp_path / "papers.jsonl")
    ingest(home, file)
    report, _ = ingest(home, file, **options)
    assert (report.left_out or len(report.rejected) or report.new) == 4


def test_an_ingest_of_another_file_makes_the_report_void(tmp_path: Path, home: Path) -> None:
    file, other = write(tmp_path / "papers.jsonl"), write(tmp_path / "others.jsonl", ("Mole",))
    for each in (file, other):
        ingest(home, each)
    report, read = ingest(home, file)
    assert (report.unchanged, read) == (4, True)
    report, read = ingest(home, file)
    assert (report.unchanged, read) == (4, False)
    assert not ingest(home, other)[1]  # nothing was written since


def test_what_is_damaged_is_stored_anew(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path / "papers.jsonl")
    ingest(home, file)
    (store,) = home.glob("library/gen-*/chroma/chunks.sqlite3")
    with sqlite3.connect(store) as held:
        held.execute("UPDATE papers SET whole = replace(whole, 'ten sparse', 'six sparse') WHERE id LIKE 'otter-%'")
    held.close()
    report, _ = ingest(home, file)
    assert (report.changed, report.unchanged) == (1, 3)
    assert ingest(home, file)[0].unchanged == 4


def test_a_malformed_memory_is_no_trouble(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path / "papers.jsonl")
    ingest(home, file)
    for content in ("{", "[]", "[" * 100_000, '{"state": 3}', (home / "library" / TAKEN).read_text().replace("4", '"four"')):
        (home / "library" / TAKEN).write_text(content)
        assert ingest(home, file)[0].unchanged == 4


ORDER = st.lists(st.integers(0, 1), min_size=2, max_size=5)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(FILES, FILES, ORDER)
def test_a_report_that_is_kept_is_that_of_an_ingest(
    one: tuple[str, list[Written]], other: tuple[str, list[Written]], order: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{name}.{kind}") for name, (kind, _) in (("one", one), ("other", other))]
        for file, (kind, records) in zip(files, (one, other), strict=True):
            file.write_text(FORMATS[kind](records), "utf-8")
        homes = Path(folder, "kept"), Path(folder, "read")
        for at in [*order, *order[-1:]]:
            (homes[1] / "library" / TAKEN).unlink(missing_ok=True)
            kept, read = (ingest(home, files[at])[0].model_copy(update={"seconds": 0.0}) for home in homes)
            assert kept == read
            held: list[list[str]] = []
            for home in homes:
                with Assistant.open(home, set=FAKE) as assistant:
                    held.append([paper.model_dump_json() for paper in assistant.papers()])
            assert held[0] == held[1]
