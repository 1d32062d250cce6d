"""Whatever stands in the place of a file of the library is an error or is built again, and is never waited for."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Run
from test_library import QUESTIONS, made, opened, saved

from assistant import Answer, Assistant
from assistant.errors import AssistantError, StorageError
from assistant.files import NotPlain, append_plain, read_plain, replace_file, write_plain
from assistant.models import onnx_graph
from assistant.page.store import FEEDBACK, Store, Turn
from assistant.types import Usage

pytestmark = pytest.mark.slow

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
        "orders",
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


@pytest.mark.parametrize("kind", ["file", "pipe"])
@pytest.mark.parametrize("name", ["lexical", "chroma", "next", "lexical.building"])
def test_a_file_or_pipe_in_the_place_of_a_folder(name: str, kind: str, home: Path, tmp_path: Path) -> None:
    path = home / ("library" if name == "next" else GENERATION) / name
    if path.exists():
        shutil.rmtree(path)
    if name == "lexical.building":
        shutil.rmtree(path.with_name("lexical"))  # so that it is built
    path.touch() if kind == "file" else os.mkfifo(path)
    with opened(home) as assistant, ThreadPoolExecutor(1) as pool:
        said = pool.submit(tried, assistant).result(SECONDS)
        assert all(said)
        if name != "chroma":  # which holds the papers
            assert pool.submit(assistant.search, QUESTIONS[0]).result(SECONDS)
            more = saved(tmp_path / "more.jsonl", made(range(12, 14)))
            assert pool.submit(assistant.ingest, more).result(SECONDS).new == 2


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(NotPlain, match="is no plain file"):
            read_plain(path)
    (tmp_path / "file").write_bytes(b"content")
    assert read_plain(tmp_path / "file") == b"content"


KINDS = {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": Path.mkdir}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_a_user_names_is_a_plain_one(kind: str, home: Path, tmp_path: Path, run: Run) -> None:
    named = tmp_path / "named.jsonl"
    KINDS[kind](named)
    commands: dict[tuple[str, ...], int] = {
        ("replay", str(named)): 3,
        ("ask", QUESTIONS[0], "-c", str(named)): 2,
        ("chat", "--auth-file", str(named)): 2,
    }
    if kind != "folder":  # a folder holds files to take in
        commands["ingest", str(named)] = 3
    for command, code in commands.items():
        done = run(*command, timeout=SECONDS)
        said = done.stdout + done.stderr
        assert done.returncode == code
        assert f"no plain file but a {kind}" in said and "Traceback" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_not_written_to(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "name"
    KINDS[kind](path)
    for work in (
        lambda: write_plain(path, b"content"),
        lambda: append_plain(path, b"content"),
        lambda: replace_file(path, "content"),
        lambda: replace_file(tmp_path / "other", "content"),
    ):
        (tmp_path / "other.part").unlink(missing_ok=True)
        (tmp_path / "other.part").symlink_to(path)
        with pytest.raises((NotPlain, StorageError), match="is no plain file but a"):
            work()
    assert (tmp_path / "other.part").is_symlink() and not (tmp_path / "other").exists()
    append_plain(tmp_path / "log", b"one\n")
    append_plain(tmp_path / "log", b"two\n")
    assert read_plain(tmp_path / "log") == b"one\ntwo\n"


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_page_keeps_is_kept_in_plain_files(kind: str, tmp_path: Path) -> None:
    KINDS[kind](tmp_path / FEEDBACK)
    answer = Answer(question="What?", text="This.", confidence=0.9, abstained=False, usage=Usage(seconds=0.1), fingerprint="f")
    with pytest.raises(StorageError, match=f"feedback.jsonl' is no plain file but a {kind}"):
        Store(tmp_path).judge(Turn(id="1", answer=answer), "good")


@pytest.mark.parametrize(("which", "kind"), [("*.onnx", "pipe"), ("*.onnx", "damaged"), ("*.json", "device")])
def test_a_built_model_that_is_no_plain_file_is_built_again_and_this_is_said(
    which: str, kind: str, models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    graph, tokenizer = onnx_graph.load(models, "int8")
    assert not caplog.messages
    for path in (graph, tokenizer):
        copy = tmp_path / path.name
        if not path.match(which):
            shutil.copyfile(path, copy)
        elif kind == "damaged":
            copy.write_bytes(path.read_bytes()[:-1])
        else:
            KINDS[kind](copy)
    again = onnx_graph.load(tmp_path, "int8")
    assert [path.read_bytes() for path in again] == [graph.read_bytes(), tokenizer.read_bytes()]
    assert len(caplog.messages) == 1 and "is damaged and is built again" in caplog.text


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


@pytest.mark.parametrize("kind", ["gone", "pipe"])
def test_a_store_that_is_not_there_is_told_with_what_helps(kind: str, home: Path) -> None:
    store = home / GENERATION / "chroma/chunks.sqlite3"
    store.unlink()
    if kind == "pipe":
        os.mkfifo(store)
    with opened(home) as assistant:
        with pytest.raises(AssistantError, match="holds the papers, is (missing|no plain file); put a copy") as caught:
            assistant.search(QUESTIONS[0])
        assert "--repair" not in str(caught.value) and "assistant ingest --fresh SOURCES" in str(caught.value)


def test_a_hidden_file_of_the_engine_that_is_a_pipe_is_not_waited_for(home: Path) -> None:
    hidden = home / GENERATION / "lexical" / ".managed.json"
    hidden.unlink()
    os.mkfifo(hidden)
    with opened(home) as assistant:
        assert assistant.search(QUESTIONS[0])


def test_a_number_that_python_does_not_read_is_no_matter(tmp_path: Path) -> None:
    paper = made([1])[0]
    line = f'{{"title": "Kettles", "abstract": "We propose kettles that sing in tune.", "votes": {"9" * 5000}}}'
    (tmp_path / "papers.jsonl").write_text(line, "utf-8")
    with opened(tmp_path / "assistant") as assistant:
        report = assistant.ingest(str(tmp_path / "papers.jsonl"))
    assert (report.new, report.rejected) == (1, ()) and paper
