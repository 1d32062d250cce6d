"""A library that several machines share: a real server of PostgreSQL, and a home for each machine."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import ROOT, Run
from nursery import Nursery
from pipeline import PAPERS
from postgres import Postgres, named

from assistant import Assistant
from assistant.errors import ConfigError, LibraryBusy, LibraryError, LibraryMismatch
from assistant.library import group, replica
from assistant.library.generations import Library
from assistant.library.group import Group, Turn
from assistant.library.replica import Replica

pytestmark = pytest.mark.slow
TITLES = list(PAPERS)
BEES = "On the Sleep of Bees"
GRANITE = "Granite: Naming Rocks"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def url(server: Postgres) -> str:
    return server.database()


def machine(folder: Path, url: str, *flags: str) -> Assistant:
    return Assistant.open(folder, set=["embedder.kind=fake", f"store.url={url}", "library.wait=0.2", *flags])


def copy_of(assistant: Assistant) -> Replica:
    assert isinstance(assistant.library, Replica)
    return assistant.library


def ingest(assistant: Assistant, folder: Path, papers: dict[str, str]) -> None:
    path = folder / "papers.jsonl"
    path.write_text("".join(json.dumps({"title": title, "abstract": text}) + "\n" for title, text in papers.items()), "utf-8")
    assistant.ingest(path)


def titles(assistant: Assistant) -> list[str]:
    return [paper.title for paper in assistant.papers()]


def stored(assistant: Assistant) -> dict[str, bytes]:
    return assistant.library.read(lambda snapshot: snapshot.index.sums())


def kept(assistant: Assistant) -> bytes:
    """The texts that were looked at for orders to a reader."""
    return assistant.library.read(lambda snapshot: snapshot.orders.texts)


def until(done: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def filled(tmp_path: Path, url: str) -> Iterator[tuple[Assistant, Assistant]]:
    """Two machines with the five papers of the shelf, the second of which has looked once."""
    with machine(tmp_path / "one", url) as one, machine(tmp_path / "two", url) as two:
        ingest(one, tmp_path, PAPERS)
        assert titles(two) == TITLES
        yield one, two


# What one machine writes, the others find


def test_a_paper_taken_in_on_one_machine_is_found_on_another(filled: tuple[Assistant, Assistant]) -> None:
    one, two = filled
    for assistant in filled:
        (best, *_) = assistant.search("How long do bees sleep?")
        assert best.paper.title == BEES
    assert one.search("hints") == two.search("hints")
    assert stored(one) == stored(two)
    assert kept(one) == kept(two) != b""
    assert one.status().generation == two.status().generation == 1
    assert not (one.home / "library").exists()


def test_a_running_process_follows_what_another_machine_changes(filled: tuple[Assistant, Assistant], tmp_path: Path) -> None:
    one, two = filled
    (bees,) = (paper for paper in two.papers() if paper.title == BEES)
    time.sleep(1.1)  # by then it listens
    ingest(one, tmp_path, {"Moss": "Moss grows on 7 walls. It needs water.", BEES: "Old bees sleep less. " * 90})
    began = time.monotonic()
    until(lambda: len(titles(two)) == 6)
    assert time.monotonic() - began < 0.7  # it is told, as a look each second takes longer
    assert titles(two) == [*TITLES, "Moss"] == titles(one) and stored(one) == stored(two)
    ingest(one, tmp_path, {BEES: PAPERS[BEES]})  # which has fewer chunks
    until(lambda: two.held([bees.id])[0].abstract == PAPERS[BEES])
    assert stored(one) == stored(two) and two.status().chunks == one.status().chunks == 6
    ids = [sorted(each.library.read(lambda snapshot: snapshot.index.stored_ids())) for each in filled]
    assert ids[0] == ids[1]


def test_a_removed_paper_leaves_no_trace_in_any_copy(filled: tuple[Assistant, Assistant], caplog: pytest.LogCaptureFixture) -> None:
    one, two = filled
    two.close()
    one.remove(BEES)
    assert titles(two) == [title for title in TITLES if title != BEES] == titles(one)
    for home in one.home, two.home:
        files = [path for path in home.rglob("*") if path.is_file()]
        assert [path for path in files if b"We film 40 bees" in path.read_bytes()] == []
    assert "anew" not in caplog.text  # it was followed


def test_papers_that_were_merged_removed_or_taken_in_again_meanwhile(filled: tuple[Assistant, Assistant], tmp_path: Path) -> None:
    one, two = filled
    two.close()
    one.remove(BEES)
    ingest(one, tmp_path, {BEES: PAPERS[BEES], "Moss": "Moss grows on 7 walls."})
    with one.library.writer(wait=0) as writer:  # as one that became a part of another
        (moss,) = (head for head in writer.heads([paper.id for paper in one.papers()]).values() if head.paper.title == "Moss")
        writer.drop([moss])
        writer.publish()
    assert titles(two) == [*(title for title in TITLES if title != BEES), BEES] == titles(one)
    assert stored(one) == stored(two)


def test_a_library_made_anew_or_embedded_anew_is_followed(filled: tuple[Assistant, Assistant], tmp_path: Path, url: str) -> None:
    one, two = filled
    two.close()
    one.ingest(str(next(tmp_path.glob("*.jsonl"))), fresh=True)
    ingest(one, tmp_path, {"Moss": "Moss grows on 7 walls."})
    assert titles(two) == [*TITLES, "Moss"]
    two.close()
    with machine(tmp_path / "one", url, "chunk.tokens=20") as smaller:
        assert smaller.rebuild().papers == 6
        chunks = smaller.status().chunks
    with pytest.raises(LibraryMismatch, match="assistant rebuild"):
        two.search("hints")
    with machine(tmp_path / "two", url, "chunk.tokens=20") as smaller:
        assert smaller.search("bees")[0].paper.title == BEES and smaller.status().chunks == chunks > 6


def test_the_encoder_of_the_library_is_asked_of_the_database(tmp_path: Path, url: str) -> None:
    made_by = {"model": "mpnet", "precision": "fp32"}
    with closing(Replica(tmp_path / "one", "print", "name", made_by, url=url, wait=0)) as one:
        with one.writer(wait=0) as writer:
            writer.copy_in(group.Rows([], []))
            writer.publish()
        one.leave()
    opened = Assistant.open(tmp_path / "two", set=[f"store.url={url}"])
    assert (opened.settings.embedder.model, opened.settings.embedder.precision) == ("mpnet", "fp32")


# Who may write


def test_one_machine_writes_at_a_time(filled: tuple[Assistant, Assistant], tmp_path: Path) -> None:
    one, two = filled
    with one.library.writer(wait=0), pytest.raises(LibraryBusy, match=r"^assistant on \S+, process \d+ is writing .* 0.2 s; try"):
        ingest(two, tmp_path, {"Moss": "Moss grows on 7 walls."})


def test_the_first_load_goes_on_where_it_was_stopped(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    send = Turn._send

    def stopping(self: Turn, connection: group.Connection, rows: group.Rows, *rest: int, replaced: bool) -> None:
        if len(sent) == 2:
            raise KeyboardInterrupt
        sent.append(len(rows.papers))
        send(self, connection, rows, *rest, replaced=replaced)

    monkeypatch.setattr(group, "_BATCH", 2)
    monkeypatch.setattr(Turn, "_send", stopping)
    with machine(tmp_path / "one", url) as one, machine(tmp_path / "two", url) as two:
        with pytest.raises(KeyboardInterrupt):
            ingest(one, tmp_path, PAPERS)
        assert two.library.current() is None and one.library.current() is None and one.library.unfinished
        sent[:] = [0, 0, 0]
        ingest(one, tmp_path, PAPERS)
        assert sent[3:] == [1]  # the four others were there
        two.close()
        assert titles(two) == TITLES and stored(one) == stored(two)


def test_no_ingest_goes_on_with_a_copy_that_was_stopped(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[int] = []
    copy_in = replica.Writer.copy_in

    def stopping(self: replica.Writer, rows: group.Rows) -> None:
        if len(copied) == 2:
            raise KeyboardInterrupt
        copied.append(len(rows.papers))
        copy_in(self, rows)

    with machine(tmp_path / "one", url) as one:
        ingest(one, tmp_path, PAPERS)
    monkeypatch.setattr(replica, "_BATCH", 2)
    monkeypatch.setattr(replica.Writer, "copy_in", stopping)
    with machine(tmp_path / "two", url) as two:
        with pytest.raises(KeyboardInterrupt):
            two.library.current()
        assert not two.library.unfinished
        copied[:] = [0, 0, 0]
        ingest(two, tmp_path, {"Moss": "Moss grows on 7 walls."})
        assert copied[3:] == [1] and titles(two) == [*TITLES, "Moss"]


def test_the_sample_never_gets_into_a_group(tmp_path: Path, url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_STORE_URL", url)
    done = run("ask", "What does LeanDojo offer?")
    assert done.returncode == 4 and done.stdout == ""
    assert re.fullmatch(
        r"assistant: the database at \S+ holds no library yet; make one with: assistant ingest SOURCES\n", done.stderr
    )


# A library moved


def test_a_library_is_moved_to_a_group(
    tmp_path: Path, server: Postgres, url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "one"))
    with Assistant.open(tmp_path / "one", set=["embedder.kind=fake"]) as own:
        ingest(own, tmp_path, PAPERS)
        ingest(own, tmp_path, {"Moss": "Moss grows on 7 walls."})
        before = own.library.read(lambda snapshot: snapshot.index.sums())
    send = Turn._send
    sent: list[int] = []

    def stopping(self: Turn, connection: group.Connection, rows: group.Rows, *rest: int, replaced: bool) -> None:
        if len(sent) == 2:
            raise KeyboardInterrupt
        sent.append(len(rows.papers))
        send(self, connection, rows, *rest, replaced=replaced)

    with monkeypatch.context() as patch, Assistant.open(tmp_path / "one", set=["embedder.kind=fake"]) as own:
        patch.setattr(group, "_BATCH", 2)
        patch.setattr(Turn, "_send", stopping)
        with pytest.raises(KeyboardInterrupt):
            own.migrate(url)
        sent[:] = [0, 0, 0]
        moved: list[tuple[int, int]] = []
        report = own.migrate(url, lambda done, total: moved.append((done, total)))
        assert sent[3:] == [2] and moved[0] == (6, 12) and moved[-1] == (12, 12)
        assert (report.papers, report.chunks, report.searches, report.differing) == (6, 6, 6, 0)
    done = run("migrate", "--to", url)
    assert done.returncode == 0 and "counts, hashes of all texts and vectors, 6 of 6 searches over all vectors" in done.stdout
    with machine(tmp_path / "two", url) as two:
        assert titles(two) == [*TITLES, "Moss"] and stored(two) == before
        with pytest.raises(ConfigError, match="store.url is set"):
            two.migrate(url)
        two.remove("Moss")
    done = run("migrate", "--to", url)
    assert done.returncode == 4 and re.fullmatch(r"assistant: the database at \S+ holds another library already; .*\n", done.stderr)
    with Assistant.open(tmp_path / "one", set=["embedder.kind=fake"]) as own:
        for wrong in "mysql://ann:secret@a/b", "postgresql+psycopg://ann:secret@a:port/b":
            with pytest.raises(ConfigError) as caught:
                own.migrate(wrong)
            assert "secret" not in str(caught.value)


def test_the_sample_and_a_damaged_library_are_not_moved(tmp_path: Path, url: str) -> None:
    with Assistant.open(tmp_path / "one", set=["embedder.kind=fake"]) as own:
        own.ingest_sample()
        with pytest.raises(LibraryError, match="is the shipped sample"):
            own.migrate(url)
        ingest(own, tmp_path, PAPERS)
        own.close()
        (store,) = (own.home / "library").glob("gen-*/chroma/chunks.sqlite3")
        content = store.read_bytes()
        store.write_bytes(content.replace(b"We film 40 bees", b"We film 90 bees"))
        with pytest.raises(LibraryError, match="is damaged"):
            own.migrate(url)
    assert Group(url).newest() is None


# What goes wrong


def test_a_server_that_is_gone(
    filled: tuple[Assistant, Assistant], tmp_path: Path, server: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = filled
    with one.library.writer(wait=0) as writer:
        (bees,) = (head for head in writer.heads([paper.id for paper in one.papers()]).values() if head.paper.title == BEES)
        writer.retag([bees._replace(paper=bees.paper.model_copy(update={"venue": "Hive"}))])
        server.kill()
        assert two.search("bees")[0].paper.title == BEES
        two.close()
        one.library.leave()
        before = len(caplog.records)
        with caplog.at_level(logging.WARNING):
            assert two.search("bees")[0].paper.title == BEES
        time.sleep(1.1)  # by then a thread has tried again
        (said,) = (record.getMessage() for record in caplog.records[before:])
        assert "\n" not in said and "from the copy on this machine" in said and "cannot be reached" in said
        with pytest.raises(LibraryError, match=r"cannot be reached: .*; start it, or mend store.url"):
            ingest(two, tmp_path, {"Moss": "Moss grows on 7 walls."})
        with machine(tmp_path / "three", copy_of(one).group._engine.url.render_as_string()) as three:
            with pytest.raises(LibraryError, match="cannot be reached"):
                three.search("bees")
        server.start()
        writer.publish()  # over a new connection, as nobody wrote meanwhile
    until(lambda: two.held([bees.paper.id])[0].venue == "Hive")


def test_a_server_that_goes_while_it_is_written_to(
    filled: tuple[Assistant, Assistant], tmp_path: Path, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = filled
    publish = Turn._publish

    def dying(self: Turn, *given: object, anew: bool) -> None:
        server.kill()
        publish(self, *given, anew=anew)  # pyright: ignore

    new = {"Moss": "Moss grows on 7 walls."}
    with monkeypatch.context() as patch:
        patch.setattr(Turn, "_publish", dying)
        with pytest.raises(LibraryError, match="cannot be reached"):
            ingest(one, tmp_path, new)
    server.start()
    assert titles(one) == titles(two) == TITLES and one.library.unfinished
    ingest(one, tmp_path, new)
    until(lambda: titles(two) == [*TITLES, "Moss"] == titles(one))
    assert not one.library.unfinished


def test_a_kill_between_the_database_and_the_copy(
    filled: tuple[Assistant, Assistant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = filled

    def dying(library: Library, current: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Library, "put", dying)
        with pytest.raises(SystemExit):
            ingest(one, tmp_path, {"Moss": "Moss grows on 7 walls."})
    one.close()
    assert titles(one) == [*TITLES, "Moss"]
    until(lambda: stored(one) == stored(two))


@pytest.mark.parametrize(
    ("words", "table", "mode"),
    [
        pytest.param(["ingest", "papers.jsonl"], "assistant_generations", "SHARE", id="ingest"),
        pytest.param(["search", "moss"], "assistant_chunks", "ACCESS EXCLUSIVE", id="reader"),
        pytest.param(["remove", "--yes", BEES], "assistant_gone", "SHARE", id="remove"),
    ],
)
def test_a_kill(
    words: list[str],
    table: str,
    mode: str,
    filled: tuple[Assistant, Assistant],
    tmp_path: Path,
    server: Postgres,
    nursery: Nursery,
    url: str,
) -> None:
    one, two = filled
    new = {"Moss": "Moss grows on 7 walls."}
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps({"title": title, "abstract": text}) for title, text in new.items()))
    one.close()
    two.close()
    if words[0] == "search":
        ingest(two, tmp_path, new)
        two.close()
    flags = ["--set", "embedder.kind=fake", "--set", f"store.url={url}"]
    environment = {**os.environ, "ASSISTANT_HOME": str(one.home)}
    with server.holding(table, named(url), mode):  # it waits for the table, in the middle of its work
        child = nursery.open(*words, *flags, env=environment, cwd=tmp_path)
        until(lambda: server.ask(f"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '{named(url)}'"))
        child.send_signal(signal.SIGKILL)
        child.wait()
    done = nursery.run(*words, *flags, env=environment, cwd=tmp_path)
    assert done.returncode == 0 and (b"oss" in done.stdout or words[0] != "search")
    left = [title for title in TITLES if title != BEES] if words[0] == "remove" else [*TITLES, "Moss"]
    assert titles(one) == titles(two) == left
    assert stored(one) == stored(two) and not one.library.unfinished


@pytest.mark.parametrize(
    ("table", "mode"),
    [
        pytest.param("assistant_generations", "SHARE", id="sending"),
        pytest.param("assistant_chunks", "ACCESS EXCLUSIVE", id="copying back"),
    ],
)
def test_a_kill_of_a_migration(table: str, mode: str, tmp_path: Path, server: Postgres, nursery: Nursery, url: str) -> None:
    environment = {**os.environ, "ASSISTANT_HOME": str(tmp_path / "one")}
    with Assistant.open(tmp_path / "one", set=["embedder.kind=fake"]) as own:
        ingest(own, tmp_path, PAPERS)
        before = stored(own)
        if mode == "SHARE":
            with Group(url).turn(0) as turn:  # else there is no table to hold
                turn._begin_load(turn._connection, own.library.current().fingerprint)  # pyright: ignore
        else:
            own.migrate(url)
            shutil.rmtree(next((tmp_path / "one").glob("replica-*")))
    words = ["migrate", "--to", url, "--set", "embedder.kind=fake"]
    with server.holding(table, named(url), mode):
        child = nursery.open(*words, env=environment, cwd=tmp_path)
        until(lambda: server.ask(f"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '{named(url)}'"))
        child.send_signal(signal.SIGKILL)
        child.wait()
    done = nursery.run(*words, env=environment, cwd=tmp_path)
    assert done.returncode == 0 and b"5 papers and 5 chunks" in done.stdout, done.stdout + done.stderr
    with machine(tmp_path / "two", url) as two:
        assert titles(two) == TITLES and stored(two) == before
    assert server.ask("SELECT count(*) FROM assistant_chunks", named(url)) == [(5,)]


def test_without_the_server_each_command_says_one_line(
    filled: tuple[Assistant, Assistant], tmp_path: Path, server: Postgres, nursery: Nursery, url: str
) -> None:
    one, two = filled
    one.close()
    two.close()
    (tmp_path / "new.jsonl").write_text('{"title": "Moss", "abstract": "Moss grows on 7 walls."}')
    flags = ["--set", "embedder.kind=fake", "--set", f"store.url={url}"]
    environment = {**os.environ, "ASSISTANT_HOME": str(one.home)}
    server.kill()
    try:
        for words, code in ((["search", "bees"], 0), (["ingest", "new.jsonl"], 4), (["remove", BEES], 4), (["status"], 0)):
            done = nursery.run(*words, *flags, env=environment, cwd=tmp_path)
            (line,) = done.stderr.decode().splitlines()
            assert done.returncode == code and "cannot be reached" in line, words
    finally:
        server.start()


def test_a_database_that_was_put_back_or_lost(
    filled: tuple[Assistant, Assistant], tmp_path: Path, server: Postgres, url: str
) -> None:
    one, two = filled
    name = named(url)
    two.close()
    ingest(one, tmp_path, {"Moss": "Moss grows on 7 walls."})
    assert titles(two)[-1] == "Moss"
    for assistant in filled:
        assistant.close()
    # as a backup of generation 1, to which another paper is added than before
    server.ask("DELETE FROM assistant_generations WHERE number = 2", name)
    server.ask("DELETE FROM assistant_chunks USING assistant_papers p WHERE paper = p.id AND p.generation = 2", name)
    server.ask("DELETE FROM assistant_papers WHERE generation = 2", name)
    assert titles(two) == TITLES
    two.close()
    with machine(tmp_path / "three", url) as three:
        ingest(three, tmp_path, {"Fern": "Ferns grow in 9 woods."})
    assert titles(one) == titles(two) == [*TITLES, "Fern"]  # of the same number as the generation with moss
    for assistant in filled:
        assistant.close()
    server.ask("UPDATE assistant_generations SET papers = 7 WHERE number = 2", name)
    server.ask("UPDATE assistant_generations SET mark = 'other' WHERE number = 2", name)
    assert titles(two) == [*TITLES, "Fern"]  # with a warning
    with pytest.raises(LibraryError, match="says that it holds 7 papers and 6 chunks, and gave 6 and 6"):
        copy_of(two).level(0)
    server.ask("DELETE FROM assistant_generations", name)
    with pytest.raises(LibraryError, match="holds no library, and .* has a copy of one; put a backup .* or move that folder away"):
        ingest(two, tmp_path, {"Reed": "Reed grows in 3 ponds."})


def test_a_damaged_copy_is_made_anew(filled: tuple[Assistant, Assistant], tmp_path: Path) -> None:
    one, two = filled
    two.close()
    (graph,) = copy_of(two).folder.glob("gen-*/chroma/*/header.bin")
    graph.write_bytes(b"damage")
    with pytest.raises(LibraryError, match="assistant doctor --repair"):
        two.search("bees")
    found = two.doctor(repair=True)
    assert found.exit_code == 0 and found.mended == ("the copy was made anew from the database of the group",)
    assert titles(two) == TITLES and two.search("bees")[0].paper.title == BEES
    two.close()
    (store,) = copy_of(two).folder.glob("gen-*/*/chunks.sqlite3")
    store.write_bytes(b"damage" * 1000)
    with pytest.raises(LibraryError, match="assistant doctor --repair") as caught:
        two.search("bees")
    assert "--fresh" not in str(caught.value), "that would replace the library of all"
    assert two.doctor(repair=True).exit_code == 0
    assert titles(two) == TITLES
    two.close()
    (copy_of(two).folder / "CURRENT").write_text("damage")
    assert titles(two) == TITLES


def test_a_user_who_may_only_read(filled: tuple[Assistant, Assistant], tmp_path: Path, server: Postgres, url: str) -> None:
    name = named(url)
    server.ask("CREATE ROLE guest LOGIN")
    server.ask("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", name)
    with machine(tmp_path / "three", server.url(name, "guest")) as three:
        assert titles(three) == TITLES
        with pytest.raises(
            LibraryError, match="may not do this in the database at .*: permission denied for .*; have its owner grant"
        ):
            ingest(three, tmp_path, {"Moss": "Moss grows on 7 walls."})
    empty = server.url(named(server.database()), "guest")
    with machine(tmp_path / "four", empty) as four, pytest.raises(LibraryError, match="permission denied for schema"):
        ingest(four, tmp_path, {"Moss": "Moss grows on 7 walls."})


def test_tables_of_the_first_version_are_brought_up_to_date_by_who_writes(
    filled: tuple[Assistant, Assistant], server: Postgres, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = filled
    before, name = stored(one), named(url)
    for assistant in filled:
        assistant.close()
    for table in "version", "owners", "conversations", "feedback", "pages":  # as a program before Alembic left it
        server.ask(f"DROP TABLE assistant_{table}", name)
    server.ask("UPDATE assistant_format SET number = 1", name)
    told = r"have format 1, and this program reads format 2; the next assistant ingest brings them up to date; use the same"
    with machine(tmp_path / "three", url) as three, pytest.raises(LibraryError, match=told):
        three.search("bees")
    caplog.clear()
    assert two.search("bees")[0].paper.title == BEES  # from its copy
    (said,) = (record.getMessage() for record in caplog.records)
    assert re.search(told, said) and "\n" not in said
    with machine(tmp_path / "three", url) as three:
        ingest(three, tmp_path, {"Moss": "Moss grows on 7 walls."})
        assert titles(three) == [*TITLES, "Moss"] and before.items() <= stored(three).items()
    assert server.ask("SELECT version_num FROM assistant_version", name) == [("2",)]
    assert server.ask("SELECT number FROM assistant_format", name) == [(2,)]
    until(lambda: titles(two) == [*TITLES, "Moss"])


def test_tables_of_another_version(filled: tuple[Assistant, Assistant], server: Postgres, url: str, tmp_path: Path) -> None:
    server.ask("UPDATE assistant_format SET number = 99", named(url))
    with (
        machine(tmp_path / "three", url) as three,
        pytest.raises(LibraryError, match="have format 99, .* reads format 2; use the same"),
    ):
        three.search("bees")


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['psycopg'] = None; from assistant.__main__ import main; main()"
    words = ["search", "bees", "--set", "embedder.kind=fake", "--set", "store.url=postgresql+psycopg://ann:secret@nowhere/x"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT)
    said = "assistant: store.url needs psycopg; install with: pip install 'assistant[postgresql]'\n"
    assert (done.returncode, done.stderr) == (2, said)


# The password


def test_no_password_is_shown(run: Run, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    address = "postgresql+psycopg://ann:secret@127.0.0.1:9/x?sslmode=disable"
    assert "secret" not in run("config", "--set", f"store.url={address}").stdout
    for words in ["config", "--json"], ["search", "bees"], ["status"]:
        done = run(*words, "--set", f"store.url={address}")
        assert "secret" not in done.stdout + done.stderr and "***@127.0.0.1:9/x" in done.stdout + done.stderr, words
    for wrong in "mysql://ann:secret@a/b", "postgresql+psycopg://ann:secret@a:port/b", "[postgresql+psycopg://ann:secret@a/b":
        with pytest.raises(ConfigError) as caught:
            _ = Assistant.open(tmp_path, set=[f"store.url={wrong}"]).library
        assert "secret" not in str(caught.value), wrong


def test_the_key_of_a_copy_knows_no_user() -> None:
    keys = {Group(f"postgresql+psycopg://{who}h/x").key for who in ("", "ann@", "bob:secret@")}
    assert len(keys) == 1 and keys != {Group("postgresql+psycopg://h/y").key}
    assert keys == {Group("postgresql+psycopg://h/x?sslmode=verify-full&connect_timeout=3").key}
    assert keys != {Group("postgresql+psycopg://h/x?options=-csearch_path%3Dother").key}


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("/x", ""),
        ("db/x", "db"),
        ("db,standby/x?target_session_attrs=read-write", "db"),
        ("/x?host=db:5432&host=standby:5433", "db"),
        ("/x?host=db,standby&port=5432,5433", "db"),
        ("/x?host=/run/one&host=/run/two", "/run/one"),
        ("[::1]:5432/x", "::1"),
        ("/x?host=::1", "::1"),
    ],
)
def test_the_first_of_several_servers(address: str, host: str) -> None:
    assert Group(f"postgresql+psycopg://{address}").host == host


def test_another_server_of_the_address_takes_the_place_of_one_that_is_gone(tmp_path: Path, server: Postgres, run: Run) -> None:
    name = named(server.database())
    url = f"postgresql+psycopg://boss@/{name}?host=/nowhere&host={server.folder}&target_session_attrs=read-write"
    file = tmp_path / "papers.jsonl"
    file.write_text('{"title": "Moss", "abstract": "Moss grows on 7 walls."}', "utf-8")
    flags = ["--set", f"store.url={url}"]
    assert run("ingest", str(file), *flags).returncode == 0
    server.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")  # as a standby that is not in charge yet
    file.write_text('{"title": "Fern", "abstract": "Ferns grow in 9 woods."}', "utf-8")
    assert "grows on 7" in run("ask", "How many walls does moss grow on?", *flags).stdout
    done = run("ingest", str(file), *flags)
    assert done.returncode == 4 and "session is read-only" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    server.ask(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert run("ingest", str(file), *flags).returncode == 0


def test_a_store_closed_under_its_readers_does_not_end_the_process(filled: tuple[Assistant, Assistant]) -> None:
    one, _ = filled
    (folder,) = copy_of(one).folder.glob("gen-*/chroma")
    code = f"""
import threading, time
from pathlib import Path
from assistant.library.store import Store

def reads(store):
    try:
        while True:
            list(store.all_heads()), store.ids()
    except Exception:
        pass

for _ in range(150):
    store = Store(Path({str(folder)!r}))
    threads = [threading.Thread(target=reads, args=[store]) for _ in range(3)]
    for each in threads:
        each.start()
    time.sleep(0.004)
    store.close()
    for each in threads:
        each.join()
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
