"""No ingest of two files of four formats, in any order, loses a whole abstract, an id or an author; what gives way is told."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_identity import Held, assert_nothing_is_lost

from assistant import Assistant
from assistant.sources import read
from assistant.types import Paper


class Written(NamedTuple):
    """A record as a person would export it."""

    title: str
    abstract: str
    authors: tuple[str, ...]
    year: str
    doi: str
    venue: str


def as_jsonl(records: list[Written]) -> str:
    return "\n".join(
        json.dumps({**one._asdict(), "authors": list(one.authors), "date": one.year or None, "doi": one.doi or None})
        for one in records
    )


def as_bibtex(records: list[Written]) -> str:
    entries: list[str] = []
    for number, one in enumerate(records):
        fields = {"title": one.title, "abstract": one.abstract, "author": " and ".join(one.authors), "year": one.year}
        fields |= {"doi": one.doi, "journal": one.venue}
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        entries.append(f"@article{{key{number},\n" + ",\n".join(lines) + "\n}\n")
    return "\n".join(entries)


def as_ris(records: list[Written]) -> str:
    lines: list[str] = []
    for one in records:
        lines += ["TY  - JOUR", f"TI  - {one.title}", *(f"AU  - {name}" for name in one.authors), f"AB  - {one.abstract}"]
        lines += [f"{tag}  - {value}" for tag, value in (("PY", one.year), ("DO", one.doi), ("JO", one.venue)) if value]
        lines += ["ER  - ", ""]
    return "\n".join(lines) + "\n"


def as_csv(records: list[Written]) -> str:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["Title", "Abstract", "Authors", "Year", "DOI", "Journal"])
    for one in records:
        writer.writerow([one.title, one.abstract, "; ".join(one.authors), one.year, one.doi, one.venue])
    return target.getvalue()


FORMATS: dict[str, Callable[[list[Written]], str]] = {"jsonl": as_jsonl, "bib": as_bibtex, "ris": as_ris, "csv": as_csv}
ABSTRACTS = [
    "Otter explores by play. In ten sparse worlds it finds the goal in 420 steps, where curiosity needs 1,300. The code is public.",
    "Otter explores by play. In ten sparse worlds it finds the goal in 440 steps, where curiosity needs 1,300. The code is public.",
    "Badgers dig. They dig for twelve hours, and then they sleep for nine.",
]
RECORDS = st.builds(
    Written,
    title=st.sampled_from(["Otter: Play in Sparse Worlds", "Otter: play in sparse worlds", "Badger: Digging for Hours"]),
    abstract=st.sampled_from([*ABSTRACTS, f"{ABSTRACTS[0][:40]}..."]),
    authors=st.lists(st.sampled_from(["Ines Duarte", "I. Duarte", "Wei Li", "Kofi Amara"]), max_size=3, unique=True).map(tuple),
    year=st.sampled_from(["", "2029", "2031"]),
    doi=st.sampled_from(["", "10.1234/otter", "10.1234/badger"]),
    venue=st.sampled_from(["", "Journal of Play"]),
)
FILES = st.tuples(st.sampled_from(sorted(FORMATS)), st.lists(RECORDS, min_size=1, max_size=4))


def taken(folder: Path, name: str, kind: str, records: list[Written]) -> list[Paper]:
    """The papers that the reader of a format reads from a file of some records: all of them, with what they hold."""
    file = folder / f"{name}.{kind}"
    file.write_text(FORMATS[kind](records), "utf-8")
    items = list(read(str(file), max_line=10**6, max_file=10**7).items)
    papers = [item for item in items if isinstance(item, Paper)]
    assert [paper.title for paper in papers] == [one.title for one in records]
    for paper, one in zip(papers, records, strict=True):
        assert (paper.abstract, set(paper.authors)) == (one.abstract, set(one.authors))
        assert paper.ids == ((f"doi:{one.doi}",) if one.doi else ())
    return papers


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, FILES)
def test_no_order_of_two_files_loses_anything(
    tmp_path: Path, one: tuple[str, list[Written]], other: tuple[str, list[Written]]
) -> None:
    both = taken(tmp_path, "one", *one), taken(tmp_path, "other", *other)
    for first, second in (both, both[::-1]):
        held = Held()
        for records in (first, second, second):
            held.ingest(records)
        assert_nothing_is_lost([*first, *second], list(held.papers.values()))


def test_an_edit_of_the_only_source_is_named(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "papers.jsonl"
    (old, other) = (Written("Otter", abstract, ("Ines Duarte",), "2031", "", "") for abstract in (ABSTRACTS[0], ABSTRACTS[2]))
    file.write_text(as_jsonl([old]), "utf-8")
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        assert assistant.ingest(file).replaced == ()
        assert assistant.ingest(file).replaced == ()
        file.write_text(as_jsonl([old._replace(abstract=f"{old.abstract} More.")]), "utf-8")
        assert assistant.ingest(file).replaced == ()  # nothing is lost
        file.write_text(as_jsonl([other]), "utf-8")
    env = {"ASSISTANT_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    told = run("ingest", str(file), "--set", "embedder.kind=fake", env=env).stdout
    assert re.search(r"1 abstract changed in the only source, which replaced what was held:\n  'Otter' \(otter-\w+\)", told)
    file.write_text(as_jsonl([old]), "utf-8")
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        (change,) = assistant.ingest(file).replaced
    assert (change.title, change.before) == ("Otter", other.abstract)


def test_another_file_replaces_nothing(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        for name, abstract in (("one", ABSTRACTS[0]), ("two", ABSTRACTS[2])):
            file = tmp_path / f"{name}.jsonl"
            file.write_text(as_jsonl([Written("Otter", abstract, (), "", "", "")]), "utf-8")
            assert assistant.ingest(file).replaced == ()
        (paper,) = assistant.papers()
    assert {paper.abstract, *(one.abstract for one in paper.editions)} == {ABSTRACTS[0], ABSTRACTS[2]}


@pytest.mark.parametrize(("records", "reasons"), [(3, 3), (40, 1)])
def test_records_without_an_abstract_are_told_by_one_line_a_file(tmp_path: Path, records: int, reasons: int) -> None:
    file = tmp_path / "dblp.bib"
    entries = [f"@article{{DBLP:{number}, title={{Paper {number}}}, author={{Li, Wei}}, year=2031}}" for number in range(records)]
    whole = f"@article{{whole, title={{Otter}}, abstract={{{ABSTRACTS[0]}}}}}"
    file.write_text("\n".join([*entries, whole]), "utf-8")
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        report = assistant.ingest(file)
    assert report.new == 1
    assert len(report.rejected) == reasons
    first = report.rejected[0]
    assert first.line == 1
    if reasons == 1:
        assert first.reason == (
            "40 records have no abstract, and no paper can be quoted without one; the first are the entry 'DBLP:0', "
            "the entry 'DBLP:1', the entry 'DBLP:2'"
        )


def test_objects_without_an_abstract_are_told_by_one_line_too(tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    held = [{"title": f"Paper {number}", "abstract": None} for number in range(9)]
    file.write_text("\n".join(map(json.dumps, [{"title": "Otter", "abstract": ABSTRACTS[0]}, *held])), "utf-8")
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        (told,) = assistant.ingest(file).rejected
    assert str(told) == (
        f"{file}:2: 9 records have no abstract, and no paper can be quoted without one; the first are record 'Paper 0', "
        "record 'Paper 1', record 'Paper 2'"
    )
