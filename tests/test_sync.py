"""Sources brought up to date, questions watched, withdrawn papers marked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run
from sites import Entry, Sites
from test_sources import saved

from assistant import Assistant
from assistant.errors import LibraryCorrupt, SourceError

FAKE = ["embedder.kind=fake"]
OTTER = {"title": "Otter: Play in Sparse Worlds", "abstract": "Otter explores sparse worlds by play. Otter needs 420 steps."}
BADGER = {"title": "Badger: Digging", "abstract": "Badger digs tunnels under farms. Badger needs 300 steps."}
MINK = {"title": "Mink: Play in Rivers", "abstract": "Mink explores rivers by play. Mink needs 77 steps in rivers."}


def lines(*records: dict[str, str]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_sync_brings_files_and_sites_up_to_date(tmp_path: Path) -> None:
    file = saved(tmp_path, lines(OTTER), "a.jsonl")
    with Sites() as sites, Assistant.open(tmp_path / "library", set=[*FAKE, *sites.settings]) as assistant:
        with pytest.raises(SourceError, match="remembers no source"):
            assistant.sync()
        sites.add(Entry("2401.00001", "Cups", "Cups are held by their handles."))
        assistant.ingest([file, "arxiv:cat:cs.CL"])
        assert assistant.sync().added == ()
        saved(tmp_path, lines(OTTER, BADGER), "a.jsonl")
        sites.add(Entry("2401.00002", "Spouts", "Spouts are older than cups."))
        report = assistant.sync()
        assert [paper.title for paper in assistant.held(report.added)] == ["Badger: Digging", "Spouts"]
        assert (report.new, report.unchanged) == (2, 2)
        assistant.ingest(file, fresh=True)
        assert (assistant.sync().papers, len(list(assistant.papers()))) == (2, 2)
        (assistant.library.folder / "sources.json").write_text("{", "utf-8")
        with pytest.raises(LibraryCorrupt, match=r"sources\.json' is damaged"):
            assistant.sync()


@pytest.mark.parametrize("content", ["[" * 100_000, "{", "null", "", "\0", '"'])
def test_a_damaged_memory_names_its_file_and_the_command_that_makes_it_again(content: str, tmp_path: Path) -> None:
    file = saved(tmp_path, lines(OTTER), "a.jsonl")
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        assistant.ingest(file)
        memory = assistant.library.folder
        (memory / "sources.json").write_text(content, "utf-8")
        saved(tmp_path, lines(OTTER, BADGER), "a.jsonl")
        with pytest.raises(LibraryCorrupt, match=r"sources\.json' is damaged; move it away, and .*: assistant ingest") as caught:
            assistant.ingest(file)
        assert "\n" not in str(caught.value) and len(list(assistant.papers())) == 1, "told before the work"
        assert assistant.ingest(file, fresh=True).papers == 2 and assistant.sync().unchanged == 2
        (memory / "watches.json").write_text(content, "utf-8")
        with pytest.raises(LibraryCorrupt, match=r"watches\.json' is damaged; move it away, and .*: assistant watch") as caught:
            assistant.watch("How many steps does Otter need?")
        assert "ingest" not in str(caught.value)
        (memory / "watches.json").unlink()
        assert len(assistant.watch("How many steps does Otter need?")) == 1


def test_watch_tells_each_paper_once(tmp_path: Path, run: Run) -> None:
    home = {"ASSISTANT_HOME": str(tmp_path / "assistant")}
    with Assistant.open(home["ASSISTANT_HOME"], set=FAKE) as assistant:
        assistant.ingest(saved(tmp_path, lines(OTTER, BADGER), "a.jsonl"))
        question = "How many steps does Otter need?"
        assert [answer.sources[0].paper.title for answer in assistant.watch(question)] == [OTTER["title"]]
        assert assistant.watch(question) == []
        assistant.ingest(saved(tmp_path, lines(MINK), "b.jsonl"))
        assert assistant.watch(question) == []
        assert [answer.sources[0].paper.title for answer in assistant.watch("How many steps does Mink need?")] == [MINK["title"]]
    assert run("watch", "How many steps does Mink need?").returncode == 1
    done = run("watch", "How many steps does Badger need?")
    assert (done.returncode, "Badger: Digging" in done.stdout) == (0, True)


@pytest.mark.slow
def test_watch_tells_no_paper_of_something_else(models: Path, tmp_path: Path) -> None:
    home = tmp_path / "watching"
    home.mkdir()
    (home / "models").symlink_to(models)
    with Assistant.open(home) as assistant:
        assistant.ingest_sample()
        asked = ("How to bake bread with less sugar?", "How do plants fix nitrogen?", "Which methods cure malaria in children?")
        assert [assistant.watch(question) for question in asked] == [[], [], []]
        (first, *_) = assistant.watch("What does LeanDojo offer?")
        assert first.read_as is None and first.sources[0].paper.title.startswith("LeanDojo")


def test_an_answer_says_that_a_cited_paper_was_withdrawn(tmp_path: Path, run: Run) -> None:
    gone = OTTER | {"comments": "This paper has been withdrawn by the authors due to an error in Lemma 3."}
    file = saved(tmp_path, lines(gone, BADGER), "a.jsonl")
    assert run("ingest", str(file)).returncode == 0
    done = run("ask", "What does Otter explore?")
    said = "its source says that it was withdrawn or retracted: This paper has been withdrawn by the authors due to an error"
    assert f"[1] {said}" in " ".join(done.stdout.split())
    with Assistant.open(tmp_path / "assistant", set=FAKE) as assistant:
        answer = assistant.ask("What does Otter explore?")
        assert [warning.startswith(f"[1] {said}") for warning in answer.warnings] == [True]
        assert "withdrawn" in answer.to_markdown() and "withdrawn" in answer.to_latex()
        assert assistant.ask("How many steps does Badger need?").warnings == ()
