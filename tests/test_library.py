"""The library's folder: generations, what replaces what, damage, several processes at once, states that a stop leaves."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Run

from assistant import Assistant, AssistantError
from assistant.errors import LibraryBusy, LibraryCorrupt, LibraryError, LibraryMismatch
from assistant.library import chunking
from assistant.library import generations as library_module
from assistant.library import vector_index as index_module
from assistant.library.generations import Writer
from assistant.library.lexical_index import LexicalError
from assistant.library.vector_index import Head, Index
from assistant.types import Chunk, Embedding, Page, Paper, Record

pytestmark = pytest.mark.slow

FAKE = ["embedder.kind=fake"]
_WORDS = [
    first + last for first in "ba ce di fo gu ka le mi no pu ra se ti vo zu".split() for last in "bel dron fim gast lor".split()
]
QUESTIONS = [" ".join(_WORDS[at : at + 3]) for at in range(0, len(_WORDS), 7)]


def made(numbers: Sequence[int], *, sentences: int = 3, page: str = "first", text: int = 0) -> list[dict[str, str]]:
    """Papers of made-up words; `text` tells apart abstracts of one paper."""

    def abstract(number: int) -> str:
        chosen = random.Random(f"{number} {text}")
        return " ".join(f"The {' '.join(chosen.choices(_WORDS, k=11))}." for _ in range(sentences))

    return [
        {"title": f"Made {_WORDS[number % len(_WORDS)]} number {number}", "abstract": abstract(number), "page": page}
        for number in numbers
    ]


def saved(path: Path, papers: Sequence[dict[str, str]]) -> Path:
    """The papers as a JSONL file."""
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers), "utf-8")
    return path


def opened(home: Path, *settings: str) -> Assistant:
    """The library under `home`, with the fake embedder."""
    return Assistant.open(home, set=[*FAKE, *settings])


def contents(assistant: Assistant) -> dict[str, Any]:
    """All that must not depend on how a library came to be."""

    def look(snapshot: Any) -> dict[str, Any]:
        entries = snapshot.index.load(snapshot.index.ids())
        found = {key: score for question in QUESTIONS for key, score in snapshot.lexical.search(question, 1000)}
        return {
            "papers": sorted(paper.model_dump_json() for paper in snapshot.index.papers()),
            "chunks": sorted((e.id, e.start, e.end, e.spans, e.head.chunks, e.text) for e in entries),
            "vectors": {e.id: (e.vector.tobytes(), e.sentences.tobytes()) for e in entries},
            "lexical": found,
            "current": snapshot.current.model_dump(exclude={"generation"}),
        }

    return assistant.library.read(look)


def found(assistant: Assistant) -> list[tuple[str, float]]:
    """What searches find."""
    return [(passage.paper.id, passage.score) for question in QUESTIONS for passage in assistant.search(question, 5)]


def assert_tidy(assistant: Assistant, *aside: str) -> None:
    """No folder is left over but the generation in force and those set aside; beside them is what ingests keep."""
    folder = assistant.library.folder
    current = assistant.library.current()
    assert current
    generation = assistant.library.generation(current.generation)
    assert {path.name for path in folder.iterdir()} - {"writer.lock", "sources.json", "taken.json"} == {
        "CURRENT",
        generation.name,
        *aside,
    }
    assert {path.name for path in generation.iterdir()} == {
        "MANIFEST",
        "chroma",
        "chroma.sums",
        "lexical",
        "lexical.sums",
        "orders",
    }
    assert not assistant.library.unfinished


def garbage(path: Path, *, at: int = 0, size: int | None = None) -> None:
    """Overwrite a file, or `size` bytes of it."""
    content = bytearray(path.read_bytes())
    size = len(content) - at if size is None else size
    content[at : at + size] = random.Random(7).randbytes(size)
    path.write_bytes(content)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "assistant"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A file of 12 papers."""
    return saved(tmp_path / "first.jsonl", made(range(12)))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a library of 25 papers, for tests to copy, and the file that they came from."""
    folder = tmp_path_factory.mktemp("large")
    with opened(folder / "home") as assistant:
        assistant.ingest(saved(folder / "large.jsonl", made(range(25))))
    return folder


@pytest.fixture
def library(large: Path, home: Path) -> Assistant:
    """An assistant on a copy of that library."""
    shutil.copytree(large / "home", home)
    return opened(home)


# What replaces what


def test_what_is_known_is_left_alone(home: Path, first: Path) -> None:
    with opened(home) as assistant:
        one = assistant.ingest(first)
        before = contents(assistant)
        two = assistant.ingest(first)
        assert (one.new, two.new, two.changed, two.unchanged, two.chunks) == (12, 0, 0, 12, 0)
        assert two.generation == one.generation == 1
        assert contents(assistant) == before
        assert_tidy(assistant)


def test_a_paper_on_another_page_gains_the_page_and_is_not_embedded_again(home: Path, first: Path, tmp_path: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        before = contents(assistant)
        report = assistant.ingest(saved(tmp_path / "b.jsonl", made([3, 4], page="second")))
        assert (report.new, report.changed, report.unchanged, report.seen_again, report.chunks) == (0, 0, 2, 2, 0)
        after = contents(assistant)
        assert after["vectors"] == before["vectors"] and after["chunks"] == before["chunks"]
        assert after["lexical"] == before["lexical"]
        assert assistant.status().pages == {"first": None, "second": None}
        on_second = {passage.paper.title for passage in assistant.search(QUESTIONS[0], 12, {"page": "second"})}
        assert on_second == {paper["title"] for paper in made([3, 4])}
        assert len(assistant.search(QUESTIONS[0], 12, {"page": "first"})) == 12
        assert_tidy(assistant)


@pytest.mark.parametrize(("before", "after"), [(60, 2), (2, 60), (60, 40)])
def test_a_changed_abstract_replaces_all_chunks(before: int, after: int, home: Path, first: Path, tmp_path: Path) -> None:
    marked = {"title": "Made marked paper", "page": "first"}
    with opened(home) as assistant:
        old = marked | {"abstract": made([99], sentences=before)[0]["abstract"] + " At last a quetzalword."}
        new = marked | {"abstract": made([99], sentences=after, text=1)[0]["abstract"] + " At last an axolotlword."}
        assistant.ingest(first, saved(tmp_path / "a.jsonl", [old]))
        report = assistant.ingest(saved(tmp_path / "b.jsonl", [new]))
        assert (report.new, report.changed) == (0, 1)
        after_change = contents(assistant)
        status = assistant.status()
        assert (status.papers, status.chunks) == (13, 12 + report.chunks)
        assert assistant.library.read(lambda snapshot: snapshot.lexical.search("quetzalword", 9)) == []
        hits = assistant.library.read(lambda snapshot: snapshot.lexical.search("axolotlword", 9))
        assert [key.rpartition("#")[2] for key, _ in hits] == [str(report.chunks - 1)]
        assert_tidy(assistant)
    with opened(tmp_path / "other") as other:  # no trace: a library that never held the old text is the same
        other.ingest(first, tmp_path / "b.jsonl")
        assert contents(other) == after_change


def test_the_sample_is_flagged_and_makes_way(home: Path, first: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest_sample()
        assert assistant.status().sample and assistant.status().papers == 60
        assistant.ingest(first)
        status = assistant.status()
        assert (status.sample, status.papers, list(status.pages)) == (False, 12, ["first"])
        assert_tidy(assistant)


def test_a_question_without_a_library_makes_the_sample(run: Run, home: Path, first: Path) -> None:
    asked = run("ask", "What is known about language models?")
    assert asked.returncode == 0
    assert asked.stderr == f"No library in {home} yet: making one from the shipped sample.\n"
    status = run("status")
    assert "60 (the shipped sample)" in status.stdout
    with opened(home) as assistant:
        assistant.ingest(first)
        assert not assistant.status().sample


def test_many_chunks_are_written_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index(tmp_path / "chroma", "papers", create=True, writes=True)
    client: Any = index._client
    assert index_module._MOST <= client.get_max_batch_size()
    monkeypatch.setattr(index_module, "_MOST", 5)
    vector = np.array([0.6, 0.8], np.float32)
    records = [
        Record(
            Chunk(id=f"{n}#{m}", paper_id=str(n), number=m, start=0, end=1, text="a", sentences=((0, 1),)),
            Paper(id=str(n), title=str(n), abstract="a", pages=(Page(name="p"),)),
            Embedding(vector, vector[None], vector[None]),
        )
        for n in range(20)
        for m in range(1 + n % 7)
    ]
    index.write(records)
    assert index.count() == len(records)
    heads = list(index.all_heads())
    assert [head.chunks for head in heads] == [1 + n % 7 for n in range(20)]
    index.retag([Head(head.paper.model_copy(update={"date": "2031-01-01"}), head.chunks) for head in heads])
    assert len(index.ids({"year": "2031"})) == len(records)
    index.remove(index.ids())
    assert index.count() == 0
    index.close()


def test_a_filter_that_cannot_be_encoded_matches_nothing(library: Assistant) -> None:
    with library:
        assert library.search(QUESTIONS[0], where={"page": "\udcff"}) == []


# Other settings


def test_a_library_of_other_settings_is_refused(home: Path, first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with opened(home) as assistant:
        assistant.ingest(first)
        before = contents(assistant)
    with opened(home, "chunk.tokens=64") as chunks, opened(home, "embedder.kind=openai") as embedder:
        works: list[Callable[[], object]] = [
            lambda: chunks.search("cebel"),
            lambda: chunks.ask("cebel?"),
            lambda: chunks.ingest(first),
            lambda: embedder.ingest(first),
            lambda: embedder.library.read(lambda snapshot: None),
        ]
        for work in works:
            with pytest.raises(LibraryMismatch, match="assistant ingest --fresh SOURCES") as caught:
                work()
            assert caught.value.exit_code == 4
    with opened(home) as assistant:
        assert contents(assistant) == before
        assert_tidy(assistant)


def test_fresh_sets_the_old_library_aside(run: Run, home: Path, first: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        before = contents(assistant)
    refused = run("ingest", str(first), "--set", "chunk.tokens=64")
    assert refused.returncode == 4
    assert refused.stderr.count("\n") == 1 and "assistant ingest --fresh SOURCES" in refused.stderr
    done = run("ingest", str(first), "--fresh", "--set", "chunk.tokens=64")
    assert (done.returncode, done.stderr) == (0, "")
    with opened(home, "chunk.tokens=64") as assistant:
        assert assistant.status().papers == 12
        assert_tidy(assistant, "old-gen-000001")
        # and it can be taken back
        folder = assistant.library.folder
    shutil.rmtree(folder / "gen-000002")
    os.replace(folder / "old-gen-000001", folder / "gen-000001")
    current = json.loads((folder / "CURRENT").read_text())
    (folder / "CURRENT").write_text(json.dumps(current | {"generation": 1, "fingerprint": before["current"]["fingerprint"]}))
    with opened(home) as assistant:
        assert contents(assistant)["chunks"] == before["chunks"]


def test_fresh_twice_keeps_both(home: Path, first: Path) -> None:
    with opened(home) as assistant:
        for _ in range(3):
            assistant.ingest(first, fresh=True)
        assert_tidy(assistant, "old-gen-000001", "old-gen-000002")
        shutil.rmtree(assistant.library.generation(3))
        (assistant.library.folder / "CURRENT").unlink()
        assert assistant.ingest(first).generation == 3  # past those set aside, which stay as they are
        assert_tidy(assistant, "old-gen-000001", "old-gen-000002")


# Damage


def _graph(folder: Path, name: str) -> Path:
    return next((folder / "chroma").glob(f"*/{name}"))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "database garbage": lambda folder: garbage(folder / "chroma/chroma.sqlite3"),
    "database header": lambda folder: garbage(folder / "chroma/chroma.sqlite3", size=64),
    "database cut": lambda folder: os.truncate(folder / "chroma/chroma.sqlite3", 200_000),
    "database empty": lambda folder: os.truncate(folder / "chroma/chroma.sqlite3", 0),
    "database gone": lambda folder: (folder / "chroma/chroma.sqlite3").unlink(),
    "store garbage": lambda folder: garbage(folder / "chroma/chunks.sqlite3"),
    "store header": lambda folder: garbage(folder / "chroma/chunks.sqlite3", size=64),
    "store tables": lambda folder: garbage(folder / "chroma/chunks.sqlite3", at=4096),
    "store cut": lambda folder: os.truncate(folder / "chroma/chunks.sqlite3", 20_000),
    "store empty": lambda folder: os.truncate(folder / "chroma/chunks.sqlite3", 0),
    "store gone": lambda folder: (folder / "chroma/chunks.sqlite3").unlink(),
    "graph vectors": lambda folder: garbage(_graph(folder, "data_level0.bin"), at=1000, size=64),
    "graph lengths": lambda folder: garbage(_graph(folder, "length.bin")),
    "graph links": lambda folder: garbage(_graph(folder, "link_lists.bin")),
    "graph names cut": lambda folder: os.truncate(_graph(folder, "index_metadata.pickle"), 100),
    "graph names gone": lambda folder: _graph(folder, "index_metadata.pickle").unlink(),
    "chroma gone": lambda folder: shutil.rmtree(folder / "chroma"),
    "generation gone": lambda folder: shutil.rmtree(folder),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_reported_and_built_again(damage: str, library: Assistant, large: Path, tmp_path: Path) -> None:
    with library:
        before = contents(library)
        generation = library.library.generation(1)
    DAMAGE[damage](generation)
    left = sorted(generation.rglob("*"))
    with opened(library.home) as assistant:
        other = saved(tmp_path / "other.jsonl", made([7], text=1))
        works: list[Callable[[], object]] = [
            lambda: found(assistant),
            lambda: assistant.ask("cebel?"),
            lambda: assistant.ingest(other),
        ]
        for work in works:
            with pytest.raises(
                LibraryCorrupt, match=r"(is damaged \(|is gone|is missing).*assistant ingest --fresh SOURCES"
            ) as caught:
                work()
            assert caught.value.exit_code == 4 and "\n" not in str(caught.value)
        assert sorted(generation.rglob("*")) == left  # and nothing is made in its place
        assert assistant.ingest(large / "large.jsonl", fresh=True).new == 25  # in the same process
        assert contents(assistant) == before
        assert_tidy(assistant, *(["old-gen-000001"] if left else []))


def test_a_damaged_graph_does_not_crash_the_command(library: Assistant, run: Run, large: Path) -> None:
    """Chroma reads such a graph as it is, and the process dies of it."""
    garbage(_graph(library.library.generation(1), "data_level0.bin"), size=64)
    search = run("search", "cebel")
    assert (search.returncode, search.stdout, search.stderr.count("\n")) == (4, "", 1)
    with library:
        library.ingest(large / "large.jsonl", fresh=True)
        assert library.search("cebel")


LEXICAL_DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": shutil.rmtree,
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
    "meta cut": lambda folder: os.truncate(folder / "meta.json", 300),
    "meta garbage": lambda folder: garbage(folder / "meta.json"),
    "sums gone": lambda folder: folder.with_suffix(".sums").unlink(),
    "sums garbage": lambda folder: garbage(folder.with_suffix(".sums")),
} | {
    f"{ending} {name}": lambda folder, ending=ending, work=work: [work(path) for path in folder.glob(f"*.{ending}")]
    for ending in ("store", "idx", "term", "pos", "fieldnorm")
    for name, work in {
        "gone": os.unlink,
        "garbage": garbage,
        "scratched": lambda path: garbage(path, at=min(40, path.stat().st_size // 2), size=8),
    }.items()
}


def test_a_damaged_lexical_index_is_built_again_without_a_word(library: Assistant, capfd: pytest.CaptureFixture[str]) -> None:
    with library:
        before, results = contents(library), found(library)
        folder = library.library.generation(1) / "lexical"
        for name, damage in LEXICAL_DAMAGE.items():
            library.close()
            damage(folder)
            assert found(library) == results, name
            assert contents(library) == before, name
            assert_tidy(library)
    assert capfd.readouterr() == ("", "")


def test_a_lexical_index_is_built_again_in_whole_papers(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path / "long.jsonl", made(range(3), sentences=30))
    with opened(home, "chunk.tokens=40") as assistant:
        assert assistant.ingest(tmp_path / "long.jsonl").chunks > 6
        before = contents(assistant)
        assistant.close()
        shutil.rmtree(assistant.library.generation(1) / "lexical")
        monkeypatch.setattr(library_module, "_BATCH", 1)
        assert contents(assistant) == before


def test_a_lexical_index_damaged_while_open_is_built_again(library: Assistant) -> None:
    with library:
        results = found(library)
        for path in (library.library.generation(1) / "lexical").glob("*.store"):
            garbage(path, size=path.stat().st_size // 2)
        assert found(library) == results
        assert found(library) == results


def test_a_lexical_index_that_stays_damaged_is_an_error(library: Assistant) -> None:
    def work(snapshot: object) -> None:
        raise LexicalError("no use")

    with library, pytest.raises(LibraryCorrupt, match="assistant ingest --fresh"):
        library.library.read(work)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\0", b"{}", b'{"generation": "one"}'])
def test_a_damaged_current_is_reported_and_built_again(content: bytes, home: Path, first: Path, run: Run) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        (assistant.library.folder / "CURRENT").write_bytes(content)
        for work in (lambda: found(assistant), lambda: assistant.ingest(first), assistant.status):
            with pytest.raises(LibraryCorrupt, match=r"CURRENT.*assistant ingest --fresh SOURCES"):
                work()
        if not content:
            asked = run("ask", "cebel?")
            assert (asked.returncode, asked.stderr.count("\n")) == (4, 1)
        assistant.ingest(first, fresh=True)
        assert assistant.status().generation == 2
        assert_tidy(assistant, "old-gen-000001")


# Several at once


def test_a_second_writer_is_told_who_the_first_is(run: Run, home: Path, first: Path) -> None:
    with opened(home) as assistant:
        with assistant.library.writer(wait=0):
            busy = run("ingest", str(first), "--wait", "0")
            assert busy.returncode == 5
            assert busy.stderr.count("\n") == 1 and f"process {os.getpid()} is writing" in busy.stderr
            with opened(home) as same_process, pytest.raises(LibraryBusy):
                same_process.ingest(first, wait=0)
        assert assistant.ingest(first, wait=0).new == 12


def test_a_writer_whose_owner_is_unknown_is_waited_for_all_the_same(home: Path, first: Path) -> None:
    with opened(home) as one, opened(home) as two, one.library.writer(wait=0):
        for content in (b"", b"[]", b"\xff", None):
            owner = one.library.folder / "writer.json"
            owner.unlink() if content is None else owner.write_bytes(content)
            with pytest.raises(LibraryBusy, match="process unknown"):
                two.ingest(first, wait=0)


def test_two_ingests_at_once_take_turns(home: Path, tmp_path: Path) -> None:
    files = [saved(tmp_path / f"{n}.jsonl", made(range(20 * n, 20 * n + 20), page=str(n))) for n in range(2)]
    command = [sys.executable, "-m", "assistant", "ingest", "--wait", "100", "--set", "ingest.batch=1", "--set", FAKE[0]]
    both = [subprocess.Popen([*command, str(file)], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) for file in files]
    ends = [(*process.communicate(timeout=120), process.returncode) for process in both]
    assert [(err, code) for _, err, code in ends] == [(b"", 0)] * 2
    with opened(home) as assistant:
        assert (assistant.status().papers, list(assistant.status().pages)) == (40, ["0", "1"])
        assert_tidy(assistant)


def test_an_open_reader_sees_what_another_process_wrote(run: Run, home: Path, first: Path, tmp_path: Path) -> None:
    with opened(home) as reader:
        reader.ingest(first)
        assert reader.search("xylophonist") and reader.ask("cebel?").fingerprint.endswith("-1")
        more = saved(tmp_path / "more.jsonl", [{"title": "Xylophonist", "abstract": "A xylophonist plays."}])
        assert run("ingest", str(more)).returncode == 0
        assert reader.search("xylophonist")[0].paper.title == "Xylophonist"
        assert reader.ask("cebel?").fingerprint.endswith("-2")
        assert reader.status().papers == 13


READER = """
import sys
from assistant import Assistant
with Assistant.open(set=["embedder.kind=fake"]) as assistant:
    seen, count, stop = [], 0, sys.argv[1]
    while not seen or seen[-1] < int(stop):
        answer = assistant.ask("cebel didron fofim?")
        assert len(answer.nearest) == 3
        assert len(assistant.search("gugast kalor", 5)) == 5
        assert assistant.status().papers >= 25
        generation = int(answer.fingerprint.rpartition("-")[2])
        if generation not in seen[-1:]:
            seen.append(generation)
            print(generation, flush=True)
        count += 1
    print("searches", count)
"""


def test_reading_and_writing_overlap(library: Assistant, tmp_path: Path) -> None:
    with library:
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, "6"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert reader.stdout and reader.stdout.readline() == "1\n"
        for n in range(5):
            library.ingest(saved(tmp_path / "more.jsonl", made([5, *range(200 + 9 * n, 209 + 9 * n)], page=str(n), text=n)))
            time.sleep(0.25)
        out, err = reader.communicate(timeout=60)
        assert (reader.returncode, err) == (0, "")
        *seen, last = out.split("\n")[:-1]
        assert seen == sorted(seen) and seen[-1] == "6"
        assert int(last.split()[1]) > 20
        assert_tidy(library)


FIRST = """
import threading
from assistant import Assistant
with Assistant.open(set=["embedder.kind=fake"]) as assistant:
    threads = [threading.Thread(target=assistant.search, args=["gugast kalor"]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_may_be_the_first_to_use_a_library(library: Assistant) -> None:
    library.close()
    done = subprocess.run([sys.executable, "-c", FIRST], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_threads_read_while_one_writes(library: Assistant, tmp_path: Path) -> None:
    done = threading.Event()
    errors: list[BaseException] = []
    counts = [0, 0]

    def read(number: int) -> None:
        try:
            while not done.is_set():
                assert len(library.search(QUESTIONS[counts[number] % len(QUESTIONS)], 5)) == 5
                counts[number] += 1
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(2)]
    with library:
        for thread in threads:
            thread.start()
        try:
            for n in range(5):
                library.ingest(saved(tmp_path / "more.jsonl", made(range(200 + 9 * n, 209 + 9 * n), page=str(n))))
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert not errors and min(counts) > 20
        assert library.status().papers == 70


# What a stop leaves


def _records(papers: Sequence[dict[str, str]], assistant: Assistant) -> list[Record]:
    whole = [
        Paper(
            id=chunked.id,
            title=chunked.title,
            abstract=chunked.abstract,
            pages=chunked.pages,
            source="jsonl",
        )
        for chunked in (_paper(paper) for paper in papers)
    ]
    pieces = [(paper, piece) for paper in whole for piece in chunking.split(paper, 190, assistant.embedder.count)]
    vectors = assistant.embedder.chunks([paper.title for paper, _ in pieces], [piece for _, piece in pieces])
    return [Record(piece, paper, vector) for (paper, piece), vector in zip(pieces, vectors, strict=True)]


def _paper(fields: dict[str, str]) -> Paper:
    from assistant.sources import papers

    return papers.make(fields["title"], fields["abstract"], Page(name=fields["page"]), "jsonl")


def _stopped(assistant: Assistant, papers: Sequence[dict[str, str]], *, fresh: bool = False) -> Writer:
    """Write papers and do not publish them."""
    with assistant.library.writer(wait=0, fresh=fresh) as writer:
        writer.heads([])
        writer.write(_records(papers, assistant))
    assert assistant.library.unfinished
    return writer


@pytest.fixture
def expected(first: Path, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A second file, and what a library holds that took in both undisturbed."""
    second = saved(tmp_path / "second.jsonl", [*made(range(30, 40), sentences=40), *made([2], page="second"), *made([3], text=1)])
    with opened(tmp_path / "undisturbed") as assistant:
        assistant.ingest(first)
        assistant.ingest(second)
        return second, contents(assistant)


def test_a_stopped_ingest_is_taken_up(home: Path, first: Path, expected: tuple[Path, dict[str, Any]]) -> None:
    second, whole = expected
    with opened(home) as assistant:
        assistant.ingest(first)
        before = contents(assistant)
        _stopped(assistant, made(range(30, 34), sentences=40))
        assert contents(assistant) == before
        assert assistant.status().unfinished
        report = assistant.ingest(second)
        assert (report.new, report.unchanged, report.changed) == (6, 5, 1)
        assert contents(assistant) == whole
        assert_tidy(assistant)


def test_a_stopped_ingest_with_other_settings_or_purpose_is_thrown_away(home: Path, first: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        before = contents(assistant)
        _stopped(assistant, made([50]), fresh=True)
        assert assistant.ingest(first).generation == 1
        assert contents(assistant) == before
        assert_tidy(assistant)
        _stopped(assistant, made([50]))
        with opened(home, "chunk.tokens=64") as other:
            other.ingest(first, fresh=True)
            assert other.status().papers == 12
            assert_tidy(other, "old-gen-000001")


def test_the_sample_does_not_replace_a_stopped_ingest(home: Path, first: Path, run: Run) -> None:
    with opened(home) as assistant:
        _stopped(assistant, made(range(5)))
        with pytest.raises(LibraryError, match="run it again to finish it"):
            assistant.ingest_sample()
        assert (lambda report: (report.new, report.unchanged))(assistant.ingest(first)) == (7, 5)
        assert_tidy(assistant)


@pytest.mark.parametrize("current", [True, False])
def test_a_kill_between_the_renaming_and_current(
    current: bool, home: Path, first: Path, expected: tuple[Path, dict[str, Any]]
) -> None:
    second, whole = expected
    with opened(home) as assistant:
        if current:
            assistant.ingest(first)
            before = contents(assistant)
        _stopped(assistant, made(range(30, 40), sentences=40))
        folder = assistant.library.folder
        os.replace(folder / "next", folder / f"gen-{1 + current:06d}")
        if current:
            assert contents(assistant) == before
        assert assistant.library.unfinished
        report = assistant.ingest(first, second)
        assert (report.new, report.unchanged, report.changed) == ((0, 21, 1) if current else (12, 10, 0))
        assert report.generation == 1 + current
        assert contents(assistant)["vectors"] == whole["vectors"]
        assert_tidy(assistant)


def test_what_a_reader_kept_from_being_removed_goes_with_the_next_writer(home: Path, first: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        left = assistant.library.folder / "gen-000000" / "chroma"
        left.mkdir(parents=True)
        (left / "chroma.sqlite3-journal").write_text("", "utf-8")
        assert assistant.ingest(first).unchanged == 12
        assert_tidy(assistant)


def test_a_kill_while_current_is_written(home: Path, first: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        (assistant.library.folder / "CURRENT.part").write_text('{"generation": 2, "fing', "utf-8")
        assert assistant.ingest(first).unchanged == 12
        assert_tidy(assistant)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_kill_between_current_and_the_end(fresh: bool, home: Path, first: Path, tmp_path: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(first)
        folder = assistant.library.folder
        _stopped(assistant, made([50]), fresh=fresh)
        base = (folder / "next" / "BASE").read_bytes()
        shutil.copytree(folder / "gen-000001", tmp_path / "gen-000001")
        assistant.ingest(saved(tmp_path / "more.jsonl", made([50, 51])), fresh=fresh)
        shutil.rmtree(folder / "old-gen-000001", ignore_errors=True)
        shutil.move(tmp_path / "gen-000001", folder / "gen-000001")
        (folder / "gen-000002" / "BASE").write_bytes(base)
        whole = contents(assistant)
        report = assistant.ingest(tmp_path / "more.jsonl")  # nothing is new, and yet what was begun is finished
        assert (report.unchanged, report.generation) == (2, 2)
        assert contents(assistant) == whole
        assert_tidy(assistant, *(["old-gen-000001"] if fresh else []))


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    ("harm", "kept"),
    [
        (lambda folder: _touch(_graph(folder, "header.bin")), False),  # a kill while Chroma wrote its graph
        (lambda folder: garbage(_graph(folder, "index_metadata.pickle")), False),
        (lambda folder: garbage(folder / "chroma/chroma.sqlite3"), False),
        (lambda folder: os.truncate(folder / "chroma/chroma.sqlite3", 60_000), False),
        (lambda folder: (folder / "chroma/chroma.sqlite3").unlink(), False),
        (lambda folder: garbage(folder / "chroma/chunks.sqlite3"), False),
        (lambda folder: os.truncate(folder / "chroma/chunks.sqlite3", 20_000), False),
        (lambda folder: (folder / "chroma/chunks.sqlite3").unlink(), False),
        (lambda folder: (folder / "BASE").unlink(), False),
        (lambda folder: garbage(folder / "BASE"), False),
        (lambda folder: shutil.rmtree(folder / "lexical"), True),
        (lambda folder: [garbage(path) for path in (folder / "lexical").iterdir()], True),
        (lambda folder: (folder / "BASE.part").write_text("half"), True),
        (lambda folder: shutil.copytree(folder / "lexical", folder / "lexical.building"), True),
    ],
)
def test_a_stopped_ingest_in_any_state_is_taken_up_or_begun_again(
    harm: Callable[[Path], object], kept: bool, library: Assistant, tmp_path: Path
) -> None:
    papers = made(range(200, 210), sentences=20)
    with library:
        library.ingest(saved(tmp_path / "change.jsonl", made([0], text=9)))
        before = contents(library)
        _stopped(library, papers)
        harm(library.library.folder / "next")
        assert contents(library) == before
        report = library.ingest(saved(tmp_path / "more.jsonl", papers))
        assert (report.new, report.unchanged) == ((0, 10) if kept else (10, 0))
        after = contents(library)
        assert set(before["vectors"]) < set(after["vectors"]) and after["current"]["papers"] == 35
        assert_tidy(library)


def test_a_kill_within_a_batch_leaves_no_half_paper(home: Path, first: Path, tmp_path: Path) -> None:
    """A paper gets shorter; the kill comes before its last chunks are removed; the next ingest is of something else."""
    with opened(home) as assistant:
        assistant.ingest(first, saved(tmp_path / "long.jsonl", made([60], sentences=60)))
        _stopped(assistant, made([60], sentences=20))
        assistant.ingest(saved(tmp_path / "else.jsonl", made([61])))
        after = contents(assistant)
        assert_tidy(assistant)
    with opened(tmp_path / "other") as other:
        other.ingest(first, saved(tmp_path / "short.jsonl", made([60], sentences=20)), tmp_path / "else.jsonl")
        assert contents(other) == after


@pytest.mark.parametrize("name", ["upsert", "update"])
def test_a_stop_between_store_and_chroma_leaves_both_with_the_same(
    name: str, home: Path, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Papers that are new, or seen on another page; the next ingest is of something else."""
    papers = made(range(30, 34), sentences=40) if name == "upsert" else made([3, 4], page="second")

    def stop(self: object, **given: object) -> None:
        raise KeyboardInterrupt

    with opened(home) as assistant:
        assistant.ingest(first)
        with pytest.raises(KeyboardInterrupt), monkeypatch.context() as patch:
            patch.setattr(f"chromadb.Collection.{name}", stop)
            assistant.ingest(saved(tmp_path / "stopped.jsonl", papers))
        assert assistant.status().unfinished
        assistant.ingest(saved(tmp_path / "else.jsonl", made([60])))
        with opened(tmp_path / "other") as other:
            other.ingest(first)
            other.ingest(tmp_path / "stopped.jsonl")
            other.ingest(tmp_path / "else.jsonl")
            assert contents(assistant) == contents(other)
            for where in ({"page": "first"}, {"page": "second"}):
                let = [each.library.read(lambda s, where=where: sorted(s.index.ids(where))) for each in (assistant, other)]
                assert let[0] == let[1]
        assert assistant.library.read(lambda snapshot: snapshot.index.count()) == assistant.status().chunks
        assert_tidy(assistant)


def test_many_threads_read_one_store(library: Assistant) -> None:
    with library:
        expected = contents(library)["chunks"]
        index = library.library.read(lambda snapshot: snapshot.index)
        ids = index.ids()
        read: list[bool] = []

        def work(seed: int) -> None:
            for _ in range(200):
                some = random.Random(seed).sample(ids, 10)
                read.append([entry.id for entry in index.load(some)] == some and len(index.vectors(ids)) == len(ids))

        threads = [threading.Thread(target=work, args=[seed]) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert read == [True] * 1600 and contents(library)["chunks"] == expected


def test_errors_within_an_ingest_leave_what_was_stored(home: Path, first: Path) -> None:
    def progress(done: int, total: int) -> None:
        if done == 8:
            raise AssistantError("the model has left")

    with opened(home, "ingest.batch=2") as assistant:
        with pytest.raises(AssistantError, match="has left"):
            assistant.ingest(first, progress=progress)
        assert (lambda report: (report.new, report.unchanged))(assistant.ingest(first)) == (4, 8)
        assert_tidy(assistant)
