"""Bad input from outside: a line that says what, which and what to do, an exit code that tells, and nothing is lost.

BAD_INPUT_REPORT=FILE makes a table of what each printed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from conftest import ROOT, Run
from endpoint import Endpoint
from test_library import FAKE, QUESTIONS, contents, made, opened, saved
from test_sources import KINDS

from assistant import Assistant
from assistant.errors import ArgumentError, AssistantError, QuestionError, StorageError

pytestmark = pytest.mark.slow

HEAD = (
    "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nDaily Papers\n\nby AK and the research community\n\nMay 3\n\n"
)
_lock = threading.Lock()


def page(papers: Sequence[dict[str, str]], head: str = HEAD) -> str:
    """A saved page with these papers."""
    return head + "".join(f"{paper['title']}\n\n{paper['abstract']}\n\n" for paper in papers)


def lines(done: subprocess.CompletedProcess[str], what: str) -> list[str]:
    """What a command printed to standard error, checked for what no bad input may cause."""
    said = done.stderr.splitlines()
    if report := os.environ.get("BAD_INPUT_REPORT"):
        with _lock, open(report, "a", encoding="utf-8") as file:
            print(f"{what:44} exit {done.returncode}  {' | '.join(said) or '(nothing)'}", file=file)
    assert "Traceback" not in done.stderr
    assert all(line.strip() for line in said)
    return said


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "assistant"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A page of 5 papers."""
    file = tmp_path / "good.txt"
    file.write_text(page(made(range(5), sentences=6)), "utf-8")
    return file


@pytest.fixture
def unprivileged() -> list[str]:
    """What to put before a command so that permissions bind it, also where the tests run as root."""
    if os.geteuid():
        return []
    names = "-dac_override,-dac_read_search"
    command = ["setpriv", f"--bounding-set={names}", f"--inh-caps={names}"]
    if not shutil.which("setpriv") or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("runs as root, whom permissions do not bind, and setpriv cannot drop that")
    return command


def command(
    *arguments: str | bytes, before: Sequence[str] = (), env: Mapping[str, str] = os.environ, **options: object
) -> subprocess.CompletedProcess[str]:
    """The command as `run` has it, for what `run` cannot."""
    whole = [*before, sys.executable, "-m", "assistant", *arguments, "--set", FAKE[0]]
    if before:  # under a limit, or as another user, coverage cannot write its data, and says so on standard error
        env = {key: value for key, value in env.items() if not key.startswith("COVERAGE_")}
    more: Any = {"cwd": ROOT, "timeout": 60} | options
    done = cast("subprocess.CompletedProcess[bytes]", subprocess.run(whole, capture_output=True, env=env, **more))
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


# Files

LONG = "A sentence of a line without end. "
BAD: dict[str, tuple[bytes | None, str]] = {
    "missing.txt": (None, "cannot be read: no such file or directory"),
    "empty.txt": (b"", "is empty"),
    "blank.jsonl": (b" \n\n\t \n", "is empty"),
    "binary.txt": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\xff", "is a binary file"),
    "latin1.txt": (page(made([90])).replace("community", "communaut\u00e9").encode("latin-1"), "is not UTF-8 (byte 0xe9)"),
    "utf16.txt": (page(made([91])).encode("utf-16-le"), "is a binary file"),
    "late-binary.jsonl": (b'{"title": "a", "abstract": "b"}\n' * 3000 + b"\xff\xfe\n", ":3001: is not UTF-8 (byte 0xff)"),
    "prose.txt": (b"Dear diary,\ntoday I read no papers.\n", "is not a saved Daily Papers page"),
    "head.txt": (HEAD.encode(), "holds the head of a Daily Papers page and no paper"),
    "other.html": (b"<html><title>Shop</title><p>Buy!</html>", "is not a saved Daily Papers page"),
    "array.jsonl": (b'["no object"]\n', ": is not a JSON object"),
    "broken.jsonl": (b'{"title": "a"\n', ":1: is not JSON"),
    "fields.jsonl": (b'{"title": "a"}\n', ":1: 'abstract' is missing or is not text"),
    "surrogate.jsonl": (b'{"title": "a", "abstract": "\\ud800"}\n', ":1: 'abstract' holds nothing but halves of surrogate pairs"),
    "no-entry.bib": (b"Dear diary,\n", ": holds no BibTeX entry"),
    "no-abstract.bib": (b"% mine\n@misc{a,\n title = {A}}\n", ":2: the entry 'a' has no abstract"),
    "open.bib": (b"\n@misc{a, title = {A, abstract = {b}\n", ":2: is a broken entry"),
    "deep.jsonl": (b'{"title": ' + b"[" * 90_000 + b"\n", ":1: is nested too deeply"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_and_the_good_one_beside_it_taken_in(name: str, tmp_path: Path, good: Path, home: Path) -> None:
    content, reason = BAD[name]
    bad = tmp_path / name
    if content is not None:
        bad.write_bytes(content)
    with opened(home) as assistant:
        report = assistant.ingest(bad, good)
        whole = [rejection for rejection in report.rejected if reason in str(rejection)]
        assert len(report.rejected) == 1 and len(whole) == 1
        assert str(whole[0]).startswith(str(bad)) and "\n" not in str(whole[0])
        assert report.new == (6 if name == "late-binary.jsonl" else 5)  # lines before it are taken in
        bad.write_text(page(made([99], sentences=6)) if bad.suffix == ".txt" else json.dumps(made([99])[0]), "utf-8")
        if bad.suffix not in (".html", ".bib"):  # mended, it is taken in by the same call
            again = assistant.ingest(bad, good)
            assert (again.new, again.unchanged, again.rejected) == (1, 5, ())


def test_bad_files_on_the_command_line(tmp_path: Path, good: Path, run: Run) -> None:
    """All of them at once, then each alone: a line each, exit code 3."""
    for name, (content, _) in BAD.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    done = run("ingest", *(str(tmp_path / name) for name in BAD), str(good))
    said = lines(done, "bad files beside a good one")
    assert done.returncode == 3
    assert said[0] == f"{len(BAD)} rejected:" and len(said) == 1 + len(BAD)
    for line, (name, (_, reason)) in zip(said[1:], BAD.items(), strict=True):
        assert line.startswith(f"  {tmp_path / name}") and reason in line
    assert done.stdout.startswith("6 papers: 6 new")


@pytest.mark.parametrize("name", ["missing.txt", "empty.txt", "binary.txt", "latin1.txt"])
def test_a_bad_file_alone(name: str, tmp_path: Path, run: Run, home: Path) -> None:
    content, reason = BAD[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("ingest", str(tmp_path / name))
    said = lines(done, name)
    assert done.returncode == 3 and said[0] == "1 rejected:" and reason in said[1] and len(said) == 2
    assert not (home / "library" / "CURRENT").exists()


def test_a_page_with_a_title_and_no_abstract(tmp_path: Path, run: Run, home: Path) -> None:
    papers = made(range(3), sentences=6)
    file = tmp_path / "lonely.txt"
    file.write_text(page(papers[:1]) + "A title that stands alone\n\n" + page(papers[1:], head=""), "utf-8")
    done = run("ingest", str(file))
    said = lines(done, "title without abstract")
    assert done.returncode == 3 and done.stdout.startswith("3 papers: 3 new")
    assert said[1:] == [
        f"  {file}:17: a title without an abstract (a line of more than 300 characters): 'A title that stands alone'"
    ]
    file.write_text(page(papers), "utf-8")
    with opened(home) as assistant:
        again = assistant.ingest(file)
        assert (again.unchanged, again.rejected) == (3, ())


def test_a_line_of_50_mb(tmp_path: Path, good: Path) -> None:
    line = LONG * (50_000_000 // len(LONG))
    one, two, three = ([paper] for paper in made(range(80, 83), sentences=6))
    endless = page(one) + f"A title\n\n{line}\n\n" + page(two, head="")
    (tmp_path / "endless.txt").write_text(endless, "utf-8")
    (tmp_path / "endless.jsonl").write_text(json.dumps({"title": "a", "abstract": line}) + "\n" + json.dumps(three[0]), "utf-8")
    (tmp_path / "nothing.txt").write_text(line, "utf-8")
    files = [str(tmp_path / name) for name in ("endless.txt", "endless.jsonl", "nothing.txt")]
    measure = "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode;"
    measure += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    done = command("ingest", *files, str(good), before=[sys.executable, "-c", measure])
    said = lines(done, "lines of 50 MB")
    assert done.returncode == 3 and max(map(len, said)) < 400
    assert [line.rpartition(".txt:" if ".txt:" in line else ".jsonl:")[2][:33] for line in said[1:]] == [
        "17: the line has 49,999,9",
        "1: the line has 50,000,0",
        "1: is not a saved Daily Papers pa",
    ] or len(said) == 4
    assert done.stdout.startswith("8 papers: 8 new")
    assert int(done.stdout.split()[-1]) < 700_000  # kB


def test_a_file_that_is_too_large(good: Path, run: Run, home: Path) -> None:
    done = run("ingest", str(good), "--set", "ingest.max_file=1000")
    said = lines(done, "file over ingest.max_file")
    assert done.returncode == 3 and said[1].endswith("is larger than 1,000 bytes (setting ingest.max_file); split it")
    with opened(home) as assistant:
        assert assistant.ingest(good).new == 5


def test_standard_input(run: Run) -> None:
    done = run("ingest", "-", stdin=b"\0\1\2")
    assert lines(done, "binary on standard input")[1].startswith("  standard input: is a binary file")
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("given", "reason"), [("folder", "holds no"), ("*.nothing", "no file matches"), ("good.txt/inside", "cannot be read")]
)
def test_an_input_that_names_nothing(given: str, reason: str, tmp_path: Path, good: Path, run: Run) -> None:
    (tmp_path / "folder").mkdir()
    done = run("ingest", str(tmp_path / given))
    said = lines(done, f"input {given}")
    assert done.returncode == 3 and reason in said[-1] and given.split("/")[0] in said[-1]


def test_a_file_whose_name_is_no_text(tmp_path: Path, home: Path) -> None:
    file = os.fsencode(tmp_path) + b"/\xff\n\x1b[31m.txt"
    with open(file, "wb") as stream:
        stream.write(page(made(range(2), sentences=6)).encode())
    with opened(home) as assistant:
        assert assistant.ingest(os.fsdecode(file)).new == 2
        assert len(assistant.search(QUESTIONS[0])) == 2
        assistant.status().model_dump_json()
    refused = command("ingest", file[:-1], file, "--json")
    assert (refused.returncode, refused.stderr) == (3, "")
    (rejection,) = json.loads(refused.stdout)["rejected"]
    assert rejection["file"] == file[:-1].decode(errors="replace") and rejection["reason"] == "no file matches"
    shown = command("ingest", file[:-1], file)
    assert shown.returncode == 3 and "\x1b" not in shown.stderr and len(shown.stderr.splitlines()) == 2
    alone = command("ingest", file[:-1])
    assert alone.returncode == 3 and len(lines(alone, "name that is no text")) == 1


def test_the_name_of_a_file_breaks_no_line_of_what_is_printed(tmp_path: Path, run: Run, home: Path) -> None:
    odd = tmp_path / "od\nzz\x1b[31m"
    odd.mkdir()
    paper = {"title": "Kettles", "abstract": "Kettles boil water in four minutes. Tea is brewed for three minutes."}
    (odd / "pa\nzz\x07.jsonl").write_text(json.dumps(paper), "utf-8")
    (odd / "sa\nzz.jsonl").write_text(json.dumps({**paper, "abstract": f"{paper['abstract']} It is hot."}), "utf-8")
    (odd / "no.pa\nzz").write_text("", "utf-8")
    env = {"ASSISTANT_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home)}
    done = run("ingest", str(odd), str(tmp_path / "go\nzz\x1b.jsonl"), env=env)
    told = [done.stdout, done.stderr]
    told += [run(*command, env=env).stdout for command in (["status"], ["ask", "How long is tea brewed?"], ["sync"])]
    told += [run("ask", "Why?", "--config", "se\nzz\x1b", fake=False, env=env).stderr]
    told += [run("ask", "Why?", "--fl\nzz\x1b", fake=False, env=env).stderr]
    assert not [each for each in told if "\x1b" in each or "\x07" in each]
    assert not [line for each in told for line in each.splitlines() if line.startswith("zz")]
    assert "1 file passed over" in done.stdout and "pa zz\ufffd" in told[2]


def test_a_terminal_obeys_nothing_that_a_paper_says(tmp_path: Path, run: Run) -> None:
    paper = {
        "title": "Kettle\x1b]0;owned\x07Net \u202edna",
        "abstract": "KettleNet boils\twater\r\nin \x1b[31m12 seconds\x9b0m. It is hot.",
    }
    (tmp_path / "hostile.jsonl").write_text(json.dumps(paper), "utf-8")
    assert run("ingest", str(tmp_path / "hostile.jsonl")).returncode == 0
    for command in ("ask", "search"):
        shown = run(command, "What does KettleNet boil?").stdout
        assert "12 seconds" in shown and "\N{REPLACEMENT CHARACTER}" in shown
        assert not set(shown) & {"\x1b", "\x07", "\u202e", "\x9b"}


def test_inputs_that_name_nothing_beside_a_good_one(tmp_path: Path, good: Path, run: Run) -> None:
    (tmp_path / "folder").mkdir()
    inputs = [str(tmp_path / name) for name in ("missing-*.txt", "folder", "missing.txt")]
    done = run("ingest", *inputs, str(good))
    assert done.returncode == 3 and done.stdout.startswith("5 papers: 5 new")
    assert lines(done, "inputs that name nothing beside a good one")[1:] == [
        f"  {inputs[0]}: no file matches",
        f"  {inputs[1]}: the folder holds no {KINDS} file",
        f"  {inputs[2]}: cannot be read: no such file or directory",
    ]


# Permissions


def test_a_file_that_may_not_be_read(tmp_path: Path, good: Path, home: Path, unprivileged: list[str]) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(page(made([70], sentences=6)), "utf-8")
    secret.chmod(0)
    done = command("ingest", str(secret), str(good), before=unprivileged)
    assert lines(done, "file without permission")[1:] == [f"  {secret}: cannot be read: permission denied"]
    assert done.returncode == 3 and done.stdout.startswith("5 papers: 5 new")
    secret.chmod(0o600)
    with opened(home) as assistant:
        again = assistant.ingest(secret, good)
        assert (again.new, again.unchanged, again.rejected) == (1, 5, ())


@pytest.mark.parametrize("mode", [0, 0o400])
def test_a_folder_that_may_not_be_read(mode: int, tmp_path: Path, good: Path, home: Path, unprivileged: list[str]) -> None:
    folder = tmp_path / "papers"
    secret = folder / "secret"
    secret.mkdir(parents=True)
    shutil.copy(good, folder)
    (secret / "page.txt").write_text(page(made([70], sentences=6)), "utf-8")
    secret.chmod(mode)
    done = command("ingest", str(folder), str(secret), str(secret / "page.txt"), before=unprivileged)
    said = lines(done, f"folder without permission ({mode:o})")
    assert done.returncode == 3 and done.stdout.startswith("5 papers: 5 new")
    named = {secret, secret / "page.txt"} if mode == 0 else {secret / "page.txt"}
    assert set(said[1:]) == {f"  {path}: cannot be read: permission denied" for path in named}
    secret.chmod(0o700)
    with opened(home) as assistant:
        again = assistant.ingest(folder)
        assert (again.new, again.unchanged, again.rejected) == (1, 5, ())


def test_a_home_that_may_not_be_written(home: Path, good: Path, unprivileged: list[str]) -> None:
    home.mkdir(mode=0o500)
    for arguments in (("ingest", str(good)), ("ask", "cebel?")):
        done = command(*arguments, before=unprivileged)
        said = lines(done, f"home without permission: {arguments[0]}")
        assert done.returncode == 6 and said[-1].startswith("assistant: may not use") and str(home) in said[-1]
        assert "mend its permissions or set ASSISTANT_HOME" in said[-1]
    home.chmod(0o700)
    assert command("ingest", str(good), before=unprivileged).returncode == 0
    with opened(home) as assistant:
        before = contents(assistant)
    folders = [home, *(path for path in home.rglob("*"))]
    for path in folders:
        path.chmod(0o500 if path.is_dir() else 0o400)
    done = command("ingest", str(good), before=unprivileged)
    said = lines(done, "library that may not be written: ingest")
    assert done.returncode == 6 and len(said) == 1 and "mend its permissions" in said[0]
    done = command("search", "cebel", before=unprivileged)
    assert done.returncode == 0 and done.stdout and not lines(done, "library that may not be written: search")
    (home / "library" / "CURRENT").chmod(0)
    done = command("status", before=unprivileged)
    assert done.returncode == 6 and "CURRENT" in lines(done, "CURRENT without permission")[0]
    for path in folders:
        path.chmod(0o700)
    with opened(home) as assistant:
        assert assistant.ingest(good).unchanged == 5 and contents(assistant) == before


def test_a_home_that_is_a_file(home: Path, good: Path, run: Run) -> None:
    home.write_text("no folder", "utf-8")
    done = run("ingest", str(good))
    assert done.returncode == 6 and f"cannot use '{home}/" in lines(done, "home is a file")[0]
    with pytest.raises(StorageError, match="cannot use"), Assistant.open(home, set=FAKE) as assistant:
        assistant.ingest(good)


# Questions

WRONG_QUESTIONS = {
    "empty": "",
    "blank": " \t\n",
    "too long": "why " * 25_000,
    "punctuation": "?!... --- ,;:",
    "emoji": "\U0001f600\U0001f44d\U0001f3fd",
    "lone surrogate": "\udcff",
    "controls": "\x01\x02\x7f",
}
GOOD_QUESTIONS = {
    "surrogate and words": "cebel \udcff\udcfe",
    "controls and words": "\x00cebel\x00\x07\x1b[31m didron",
    "emoji and words": "\U0001f600 cebel \U0001f469\u200d\U0001f680",
    "right to left": "\u05de\u05d4 \u05d6\u05d4 cebel \u202e\u0645\u0627 \u0647\u0630\u0627\u061f",
    "combining": "c" + "\u0301" * 300 + "ebel",
    "one letter": "a",
    "long": "cebel " * 1600,
    "only stop words": "what is this about",
    "quotes": "\"cebel' AND title:didron OR * ~2 (",
}


def test_questions(home: Path, good: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(good)
        for name, question in WRONG_QUESTIONS.items():
            for work in (assistant.ask, assistant.search):
                with pytest.raises(QuestionError) as caught:
                    work(question)
                assert "\n" not in str(caught.value) and len(str(caught.value)) < 200, name
        for name, question in GOOD_QUESTIONS.items():
            answer = assistant.ask(question)
            answer.model_dump_json()
            assert answer.text and len(answer.nearest) == 3, name
            assert len(assistant.search(question)) == 5


@pytest.mark.parametrize("name", [name for name in WRONG_QUESTIONS if name not in ("blank",)])
def test_a_wrong_question_on_the_command_line(name: str, home: Path, good: Path, run: Run) -> None:
    with opened(home) as assistant:
        assistant.ingest(good)
    done = run("ask", WRONG_QUESTIONS[name])
    said = lines(done, f"question: {name}")
    assert done.returncode == 2 and len(said) == 1 and done.stdout == ""
    assert said[0].startswith("assistant: the question ")


def test_bytes_that_are_no_text_on_the_command_line(home: Path, good: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(good)
    asked = command("ask", b"cebel \xff\xc3 didron", "--where", b"page=\xfe", "--json")
    assert (asked.returncode, asked.stderr) == (0, "")
    answer = json.loads(asked.stdout)
    assert answer["question"] == "cebel ?? didron" and answer["reason"].startswith("No paper matches the filter.")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("ask",), "question"),
        (("bogus",), "bogus"),
        (("search", "a", "-k", "0"), "-k"),
        (("search", "a", "--where", "page"), "--where"),
        (("status", "--set", "embedder.precison=fp32"), "embedder.precision"),
        (("status", "--set", "ingest.batch=many"), "ingest.batch"),
        (("status", "--config", "no.yaml"), "no.yaml"),
        (("ingest",), "sources"),
    ],
)
def test_a_wrong_flag(arguments: tuple[str, ...], names: str, run: Run) -> None:
    done = run(*arguments, fake=False)
    said = lines(done, " ".join(arguments))
    assert done.returncode == 2 and len(said) == 1 and names.lower() in said[0].lower()


def test_no_library(run: Run, home: Path) -> None:
    done = run("status")
    assert done.returncode == 4 and "make one with: assistant ingest SOURCES" in lines(done, "status without a library")[0]


# What is around


@pytest.mark.parametrize(
    "content",
    [
        b"CHROMA_SERVER_NOFILE=abc\nIS_PERSISTENT=perhaps\nCHROMA_DB_IMPL=duckdb\nCHROMA_API_IMPL=none\nMIGRATIONS=never\n"
        b"ANONYMIZED_TELEMETRY=perhaps\nPERSIST_DIRECTORY=/nowhere\nALLOW_RESET=\nCHROMA_SERVER_CORS_ALLOW_ORIGINS=[\n",
        b"\xff\xfe\0 no text\n= = =\n",
    ],
    ids=["settings of Chroma", "no text"],
)
def test_what_others_keep_in_env_has_no_effect(content: bytes, home: Path, good: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / ".env").write_bytes(content)
    variables = dict(line.split("=", 1) for line in content.decode("latin-1").splitlines() if "\xff" not in line and line[0] != "=")
    done = command("ingest", str(good), env=os.environ | variables | {"PYTHONPATH": str(ROOT)}, cwd=work)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in work.iterdir()] == [".env"]
    assert {path.name for path in home.iterdir()} == {"library"}


def test_a_reader_that_leaves_early(home: Path, tmp_path: Path) -> None:
    with opened(home) as assistant:
        assistant.ingest(saved(tmp_path / "a.jsonl", made(range(40))))
    pipeline = f"{sys.executable} -m assistant search cebel -k 40 --set {FAKE[0]} | head -1"
    done = subprocess.run(pipeline, shell=True, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout.startswith("1. ") and done.stderr == ""
    for arguments in (["config"], ["status", "--json"]):  # nobody reads from the beginning
        read, write = os.pipe()
        os.close(read)
        whole = [sys.executable, "-m", "assistant", *arguments]
        closed = subprocess.run(whole, stdout=write, stderr=subprocess.PIPE, timeout=60, cwd=ROOT)
        os.close(write)
        assert closed.stderr == b""


def test_a_terminal_that_cannot_show_all(home: Path, tmp_path: Path) -> None:
    paper = {"title": "B\u00e9nard \u2019 \U0001f600 cells", "abstract": "Caf\u00e9 \u2014 cells of na\u00efve \U0001f600 fluids."}
    with opened(home) as assistant:
        assistant.ingest(saved(tmp_path / "a.jsonl", [paper]))
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    shown = command("search", "B\u00e9nard cells", env=ascii_only)
    assert (shown.returncode, shown.stderr) == (0, "") and r"B\xe9nard" in shown.stdout
    as_json = command("ingest", "B\u00e9nard \U0001f600.txt", "--json", env=ascii_only)
    assert json.loads(as_json.stdout)["rejected"][0]["file"] == "B\u00e9nard \U0001f600.txt"


def test_json_and_nothing_else(home: Path, good: Path, run: Run) -> None:
    commands: dict[str, tuple[str, ...]] = {
        "ingest": ("-", str(good.with_name("missing.txt"))),
        "ask": ("What is cebel?",),
        "search": ("cebel", "-k", "2"),
        "status": (),
        "config": (),
    }
    printed = {name: run(name, *arguments, "--json", stdin=good.read_bytes()) for name, arguments in commands.items()}
    assert {name: (done.returncode, done.stderr) for name, done in printed.items()} == {
        name: (3 if name == "ingest" else 0, "") for name in commands
    }
    values = {name: json.loads(done.stdout) for name, done in printed.items()}
    assert (values["ingest"]["new"], len(values["ingest"]["rejected"])) == (5, 1)
    assert values["ask"]["question"] == "What is cebel?" and len(values["search"]) == 2
    assert values["status"]["papers"] == 5 and values["config"]["embedder.kind"] == {"value": "fake", "from": "--set embedder.kind"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_output_that_cannot_be_written_is_one_line(run: Run, good: Path) -> None:
    assert run("ingest", str(good)).returncode == 0
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        whole = [sys.executable, "-m", "assistant", "search", "kettle", "--set", FAKE[0]]
        done = subprocess.run(whole, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 6 and done.stderr == "assistant: cannot write the output: No space left on device\n"


def test_where_an_answer_cannot_be_kept_is_said_before_the_question_is_asked(
    run: Run, good: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    assert run("ingest", str(good)).returncode == 0
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "answer.json.part")
    (tmp_path / "folder").mkdir()
    model = ("--set", "model.name=m", "--set", f"model.base_url={endpoint.url}")
    for file, said in {
        "/nowhere/answer.json": "there is no folder '/nowhere'",
        "": "no name of a file",
        f"{tmp_path}/pipe": "pipe' is no plain file but a pipe",
        f"{tmp_path}/folder": "folder' is no plain file but a folder",
        f"{tmp_path}/answer.json": "answer.json.part' is no plain file but a pipe",
        "/dev/null": "'/dev/null' is no plain file but a device",
    }.items():
        done = run("ask", "What is the kettle?", "--save", file, *model)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (6, "", 1)
        assert said in done.stderr
    assert not endpoint.calls
    assert Path("/dev/null").is_char_device() and (tmp_path / "answer.json.part").is_fifo()


def test_errors_with_json_leave_standard_output_empty(run: Run) -> None:
    done = run("search", "cebel", "--json", "--set", "chunk.tokens=1")
    assert (done.returncode, done.stdout) == (2, "") and len(lines(done, "setting out of range")) == 1


def test_the_api_takes_no_bad_input_for_good(home: Path, tmp_path: Path) -> None:
    from assistant.errors import SourceError

    with Assistant.open(home, set=FAKE) as assistant:
        with pytest.raises(SourceError):
            assistant.ingest(tmp_path / "*.nothing")
        assert not (home / "library").exists()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        pytest.param("ask(3)", "the question must be a text, not int 3", id="ask a number"),
        pytest.param("ask(None)", "the question must be a text, not None", id="ask nothing"),
        pytest.param("ask(b'x')", "the question must be a text, not bytes b'x'", id="ask bytes"),
        pytest.param("ask('x' * 9, where='page')", 'where must be a filter such as {"year": "2025"}, not str \'page\'', id="where"),
        pytest.param("ask('x', history=['x'])", "history must be a list of answers, not list ['x']", id="history"),
        pytest.param("events(3)", "the question must be a text, not int 3", id="events"),
        pytest.param("search(['x'])", "the question must be a text, not list ['x']", id="search a list"),
        pytest.param("search('x', k='3')", "k must be a whole number from 0, not str '3'", id="k in words"),
        pytest.param("search('x', k=2.5)", "k must be a whole number from 0, not float 2.5", id="half a paper"),
        pytest.param("search('x', k=-1)", "k must be a whole number from 0, not int -1", id="less than none"),
        pytest.param("verify(3, 'x')", "claim must be a text, not int 3", id="claim"),
        pytest.param("verify('x', 3)", "evidence must be a text or a list of texts, not int 3", id="evidence"),
        pytest.param("verify('x', ['y', None])", "evidence must be a text or a list of texts, not list ['y', None]", id="no text"),
        pytest.param(
            "ingest(['x', [7]])", "a source must be the name of a file, as a text or a path, not list [7]", id="ingest a list"
        ),
        pytest.param(
            "ingest('a\\0b')", "a source must be the name of a file, as a text or a path, not str 'a\\x00b'", id="no name"
        ),
        pytest.param("ingest('x', wait=-1)", "the time to wait must be a number of seconds from 0, or None, not int -1", id="wait"),
        pytest.param(
            "ingest('x', wait=10**400)",
            f"the time to wait must be a number of seconds from 0, or None, not int 1{'0' * 79}...",
            id="wait longer than any clock counts",
        ),
        pytest.param(
            "search('x', k=-(10**5000))", "k must be a whole number from 0, not int ...", id="more digits than are written"
        ),
        pytest.param("remove(3)", "a paper must be an id, a title or a Paper, not int 3", id="remove a number"),
        pytest.param("ask(['x' * 1000])", f"the question must be a text, not list ['{'x' * 78}...", id="cut short"),
    ],
)
def test_an_argument_of_a_wrong_kind_is_one_line(sample: Assistant, call: str, said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        eval(call, {name: getattr(sample, name) for name in ("ask", "events", "search", "verify", "ingest", "remove")})
    assert str(caught.value) == said
    assert isinstance(caught.value, AssistantError) and caught.value.exit_code == 2


def test_a_whole_number_of_another_library_will_do(sample: Assistant) -> None:
    assert len(sample.search("Lean", k=np.int64(2))) == 2  # pyright: ignore[reportArgumentType]


def test_what_is_wrong_with_a_command_names_its_own_help(run: Run) -> None:
    for arguments, said in {
        ("ask",): "(see: assistant ask --help)",
        ("doctor", "--nothing"): "(see: assistant doctor --help)",
        ("nothing",): "(see: assistant --help)",
    }.items():
        done = run(*arguments, fake=False)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.rstrip().endswith(said)
    bare = run(fake=False)
    assert bare.returncode == 2 and (bare.stdout + bare.stderr).startswith("Usage: ")
