"""Whatever stands in the place of a file of the library is an error or is built again, and is never waited for."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Run
from test_library import QUESTIONS, made, opened, saved

from assistant import Assistant
from assistant.errors import AssistantError
from assistant.files import NotPlain, read_plain

SECONDS = 30
GENERATION = "library/gen-000001"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with opened(tmp_path / "assistant") as assistant:
        assistant.ingest(saved(tmp_path / "first.jsonl", made(range(12))))
    return tmp_path / "assistant"


def tried(assistant: Assistant) -> list[str]:
    """What a search and the doctor say, at length or in an error."""
    said = list[str]()
    for work in (
        lambda: str(assistant.search(QUESTIONS[0])),
        lambda: str(assistant.doctor()),
        lambda: str(assistant.doctor(repair=True)),
    ):
        try:
            said.append(work())
        except AssistantError as exc:
            said.append(str(exc))
    return said


@pytest.mark.parametrize("kind", ["folder", "pipe"])
@pytest.mark.parametrize(
    "name",
    [
        "CURRENT",
        "writer.json",
        "MANIFEST",
        "BASE",
        "chroma.sums",
        "lexical.sums",
        "lexical/meta.json",
        "chroma/chroma.sqlite3",
        "chroma/chunks.sqlite3",
    ],
)
def test_a_folder_or_pipe_in_the_place_of_a_file(name: str, kind: str, home: Path) -> None:
    path = home / ("library" if name in ("CURRENT", "writer.json") else GENERATION) / name
    path.unlink(missing_ok=True)
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with opened(home) as assistant, ThreadPoolExecutor(1) as pool:
        said = pool.submit(tried, assistant).result(SECONDS)
        assert all(said)
        if name not in ("chroma/chunks.sqlite3", "writer.json"):  # papers cannot be made again
            assert assistant.search(QUESTIONS[0])


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(NotPlain, match="is no plain file"):
            read_plain(path)
    (tmp_path / "file").write_bytes(b"content")
    assert read_plain(tmp_path / "file") == b"content"


def test_a_store_that_cannot_be_opened_is_told_with_what_helps(home: Path, run: Run) -> None:
    """A damaged first byte: no repair can make the papers again."""
    store = home / GENERATION / "chroma/chunks.sqlite3"
    content = store.read_bytes()
    store.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with opened(home) as assistant:
        for work in (lambda: assistant.search(QUESTIONS[0]), lambda: assistant.doctor(repair=True)):
            with pytest.raises(AssistantError) as caught:
                work()
            assert "--repair" not in str(caught.value) and "assistant ingest --fresh SOURCES" in str(caught.value)
        (wrong,) = (check for check in assistant.doctor().checks if check.name == "store")
        assert not wrong.ok and "--repair" not in wrong.remedy and "put a copy of the file in its place" in wrong.remedy
    store.write_bytes(content)
    with opened(home) as assistant:
        assert assistant.search(QUESTIONS[0])


def test_a_number_that_python_does_not_read_is_no_matter(tmp_path: Path) -> None:
    paper = made([1])[0]
    line = f'{{"title": "Kettles", "abstract": "We propose kettles that sing in tune.", "votes": {"9" * 5000}}}'
    (tmp_path / "papers.jsonl").write_text(line, "utf-8")
    with opened(tmp_path / "assistant") as assistant:
        report = assistant.ingest(str(tmp_path / "papers.jsonl"))
    assert (report.new, report.rejected) == (1, ()) and paper
