"""Replies of a model that writes, recorded and replayed: by a tiny model that is made here, and the ones that are shipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from answers import Judge, case
from endpoint import Body, Endpoint
from typer.testing import CliRunner

from assistant import Answer, Assistant
from assistant.errors import ConfigError
from assistant.models import prompts, weights
from assistant.question.rewrite import ModelRewriter
from assistant.types import Message, Reply, Schema
from assistant.verify.local import LocalVerifier
from eval.__main__ import app
from eval.bench import follow_ups, hostile
from eval.bench.follow_ups import FollowUp
from eval.runs import cases, jsonl, recorded, run, suite, written
from eval.runs.recorded import Call, Recorded, UnrecordedError, Writing

pytestmark = pytest.mark.slow

ASKED = "How many theorems does LeanBench hold?"
RIGHT = "LeanBench holds 98 theorems of Lean. [1]"


class Model:
    """A model in this process that replies by a function of the last message."""

    name = "m"

    def __init__(self, says: Callable[[str], str] = lambda asked: RIGHT) -> None:
        self.says = says
        self.asked: list[str] = []

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        self.asked.append(messages[-1]["content"])
        return Reply(self.says(messages[-1]["content"]), 100, 10, finished=True)

    def stream(self, messages: Sequence[Message], **wishes: object) -> Generator[str, None, Reply]:
        raise AssertionError("a recorded model is asked for whole replies")
        yield ""


@pytest.fixture
def library(shelf: Path) -> Iterator[Assistant]:
    with Assistant.open(shelf, set=["embedder.kind=fake", "answer.flow=linear"]) as assistant:
        yield assistant


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "replies.jsonl.gz"


def ask(assistant: Assistant, model: Recorded, question: str = ASKED) -> Answer:
    *_, last = Writing(assistant, model).events(question)
    assert isinstance(last, Answer)
    return last


def edited(file: Path, change: Callable[[str], str], at: int = -1) -> None:
    """The recorded messages changed, as if a later version asked otherwise."""
    made: list[Call] = []
    for call in recorded.calls(file):
        messages = [message.copy() for message in call.messages]
        messages[at]["content"] = change(messages[at]["content"])
        made.append(call.model_copy(update={"key": "other", "messages": messages}))
    jsonl.write(file, made)


def test_a_written_answer_is_replayed_with_the_seconds_it_took(library: Assistant, file: Path) -> None:
    model = Model()
    live = ask(library, Recorded("m", file, lambda: model, weights="ab" * 32))
    (call,) = recorded.calls(file)
    assert (call.question, call.weights, call.text) == (ASKED, "ab" * 32, RIGHT)
    assert call.seconds is not None and call.processor is not None
    jsonl.write(file, [call.model_copy(update={"seconds": 40.0})])
    replayed = ask(library, Recorded("m", file))
    assert replayed.text == live.text and "98 theorems" in live.text
    assert replayed.usage.seconds > 40 > live.usage.seconds
    assert (replayed.usage.calls, replayed.usage.input_tokens, len(model.asked)) == (1, 100, 1)


@pytest.mark.parametrize(
    ("change", "at", "why"),
    [
        pytest.param(lambda old: old + "\n- Be kind.", 0, "the instructions of the prompt changed", id="instructions"),
        pytest.param(
            lambda old: old.replace("KettleNet: Boiling Water by Learning", "Tea"), 1, "other papers are offered", id="papers"
        ),
        pytest.param(lambda old: old.replace("98", "97"), 1, "other text of the same papers", id="text"),
    ],
)
def test_a_reply_to_another_prompt_is_not_used(
    library: Assistant, file: Path, change: Callable[[str], str], at: int, why: str
) -> None:
    ask(library, Recorded("m", file, Model))
    before = recorded.calls(file)[0].messages[at]["content"]
    assert change(before) != before
    edited(file, change, at)
    with pytest.raises(UnrecordedError, match=f"{why}.*make eval-model"):
        ask(library, Recorded("m", file))
    with pytest.raises(UnrecordedError, match="no reply to it is recorded"):
        ask(library, Recorded("m", file), "How many rocks does Granite name?")


def test_an_answer_without_its_recorded_repair_is_no_answer_of_the_model(library: Assistant, file: Path) -> None:
    """The pipeline goes on where a repair fails; a replay may not."""
    wrong = Model(lambda asked: "LeanBench holds 99 theorems of Lean. [1]" if "<claim " not in asked else "NONE")
    ask(library, Recorded("m", file, lambda: wrong))
    writes, repair = recorded.calls(file)
    assert "<claim " in repair.messages[-1]["content"]
    jsonl.write(file, [writes])
    with pytest.raises(UnrecordedError, match="not the call that mends"):
        ask(library, Recorded("m", file))


def test_a_recorded_model_in_this_process_mends_nothing_where_that_is_not_set(library: Assistant, file: Path) -> None:
    wrong = Model(lambda asked: "LeanBench holds 99 theorems of Lean. [1]" if "<claim " not in asked else "NONE")
    ask(library, Recorded("m", file, lambda: wrong, weights="ab" * 32))
    assert len(wrong.asked) == 1


def test_replies_that_nothing_asks_for_are_dropped(library: Assistant, file: Path) -> None:
    ask(library, Recorded("m", file, Model))
    old = recorded.calls(file)[0].model_copy(update={"key": "old"})
    jsonl.append(file, [old])
    model = Recorded("m", file, Model)
    ask(library, model)
    assert (model.asked, model.keep_used()) == (0, 1)
    assert [call.key for call in recorded.calls(file)] != ["old"] and len(recorded.calls(file)) == 1


def test_a_compressed_file_is_the_same_for_the_same_replies(tmp_path: Path) -> None:
    one, two = tmp_path / "one.gz", tmp_path / "two.gz"
    made = [case("a"), case("b")]
    jsonl.write(one, made)
    for item in made:
        jsonl.append(two, [item])
    assert one.read_bytes() == two.read_bytes()
    assert jsonl.read(one, cases.Case, "case") == made
    assert len(gzip.decompress(one.read_bytes()).splitlines()) == 2
    one.write_bytes(one.read_bytes()[:-9])
    with pytest.raises(ConfigError, match="cannot be read"):
        jsonl.read(one, cases.Case, "case")


def test_cut_replies_are_part_of_what_a_writer_does(library: Assistant, file: Path) -> None:
    class Cut(Model):
        def complete(self, messages: Sequence[Message], **wishes: object) -> Reply:
            return Reply(RIGHT, 100, 10, finished=False, cut="the limit on its tokens was reached")

    assert ask(library, Recorded("m", file, Cut, cut=True)).incomplete
    assert ask(library, Recorded("m", file)).incomplete


def test_both_writers_are_held_against_each_other(library: Assistant, file: Path) -> None:
    asked = [
        case("held", gold=["LeanBench: Theorem Proving with Hints"], facts=["98"]).model_copy(update={"question": ASKED}),
        case("rocks", gold=["Granite: Naming Rocks"], facts=["300"]).model_copy(
            update={"question": "How many kinds of rocks does Granite name?"}
        ),
    ]
    ask(library, Recorded("m", file, Model))
    model = Recorded("m", file)
    found = written.measure(library, asked, Judge(), model)
    assert [line.id for line in found.unfit] == ["rocks"]
    assert [line.id for line in found.model] == [line.id for line in found.quotes] == ["held"]
    headline = written.headline(found, model)
    assert "2 questions; m was asked about 1 of them, in 1 calls, 0 of them new; 0 needed no model and are in no table." in headline
    assert "1 questions without a recorded reply, and 0 whose prompt changed" in headline and "make eval-model" in headline
    assert written.put(found) == found
    scores = {row["score"]: row for row in written.compared(found)}
    assert scores["key facts"]["model"].startswith("1.000") and scores["key facts"]["questions in both"] == 1
    quotes, by_model = written.spent(found)
    assert by_model["words, median"] < quotes["words, median"] and by_model["tokens read, median"] == 100
    assert quotes["tokens read, median"] == 0
    (row,) = written.outcomes(found)
    assert (row["quotes: right"], row["model: right"], row["model: failed"]) == (1, 1, 0)


def test_the_order_mixes_types_and_splits() -> None:
    asked = written.mixed(cases.load("sample"))
    assert sorted(one.id for one in asked) == sorted(one.id for one in cases.load("sample"))
    assert len({(one.type, one.split) for one in asked[:18]}) == 18


def test_the_command_records_and_replays(
    own: list[str], endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    endpoint.says = first_sentence
    named = ["--set", "model.name=m", "--set", f"model.base_url={endpoint.url}", "--set", "answer.flow=linear"]
    flags = [*own, "--set", "answer.flow=linear", "--replies", str(tmp_path / "r.jsonl.gz")]
    nothing = CliRunner().invoke(app, ["written", *flags])
    assert nothing.exit_code == 2 and "holds replies of 0 models; record some with: make eval-model" in nothing.output
    live = CliRunner().invoke(app, ["written", *flags, *named])
    assert live.exit_code == 0, live.output
    calls = len(endpoint.calls)
    assert calls and f"in {calls} calls, {calls} of them new" in live.output and "0 whose prompt changed" in live.output
    monkeypatch.delenv("OPENAI_API_KEY")
    replayed = CliRunner().invoke(app, ["written", *flags])
    assert replayed.exit_code == 0 and f"in {calls} calls, 0 of them new" in replayed.output and len(endpoint.calls) == calls
    assert "| key facts |" in replayed.output and "| model |" in replayed.output
    changed = CliRunner().invoke(app, ["written", *flags, "--set", "answer.read_tokens=60"])
    assert changed.exit_code == 0 and "- figure-001: " in changed.output and "make eval-model" in changed.output
    other = CliRunner().invoke(app, ["written", *flags, "--set", "model.name=n"])
    assert other.exit_code == 2 and "holds replies of another model than n" in other.output


def first_sentence(body: Body) -> str:
    """A model that copies the first sentence of the first paper."""
    content = body["messages"][-1]["content"]
    return f"{content.partition('[1] ')[2].partition(' | ')[2].partition('. ')[0]}. [1]" if "<papers " in content else "NONE"


def test_replies_of_other_weights_are_refused(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gguf = tmp_path / "tiny.gguf"
    gguf.write_bytes(b"GGUF")
    monkeypatch.setattr(weights, "find", lambda setting: gguf)
    held = Call(key="k", model="tiny", messages=[], text="", input_tokens=0, output_tokens=0, finished=True, cut="", weights="00")
    jsonl.write(file, [held])
    with pytest.raises(ConfigError, match="replies of another model than tiny"):
        suite.writer([f"model.gguf={gguf}"], file)
    jsonl.write(file, [held.model_copy(update={"weights": weights.digest(gguf)})])
    assert suite.writer([f"model.gguf={gguf}"], file).name == suite.writer([], file).name == "tiny"


# Other things that a model reads


def test_what_a_model_reads_with_and_without_the_defence(file: Path) -> None:
    attacks = hostile.load("tune")[:4]

    class Obeys(Model):
        def complete(self, messages: Sequence[Message], **wishes: object) -> Reply:
            content = messages[-1]["content"]
            fallen = next((attack for attack in attacks if attack.attack in content), None)
            return Reply(f"{fallen.planted} [1]" if fallen else "It is a paper. [1]", 1, 1, finished=True)

    obeys = Recorded("m", file, Obeys)
    (off, on), unfit = hostile.read_by(obeys, prompts.load("answer", hostile.AnswerGenerator.holes), attacks, LocalVerifier())
    name = "the model writes what is planted"
    assert (off["defence"], on["defence"]) == ("off", "on")
    assert not off[name].startswith("0 of 4") and on[name].startswith("0 of 4") and unfit == []


def test_hostile_papers_without_a_recorded_reply_count_in_no_row(file: Path) -> None:
    read = prompts.load("answer", hostile.AnswerGenerator.holes)
    attacks = hostile.load("tune")[:3]
    hostile.read_by(Recorded("m", file, Model), read, attacks[:2], LocalVerifier())
    rows, unfit = hostile.read_by(Recorded("m", file), read, attacks, LocalVerifier())
    assert [row["papers"] for row in rows] == [2, 2] and unfit == [attacks[2].id]


def test_follow_ups_read_by_rules_and_by_a_model(library: Assistant) -> None:
    bees = "On the Sleep of Bees"
    asked = [
        FollowUp(
            id="a",
            split="tune",
            history=("How many bees are filmed?",),
            question="And hives?",
            refers=True,
            gold=bees,
            holds=("hives",),
        ),
        FollowUp(
            id="b",
            split="tune",
            history=("What is Granite?",),
            question="How long do young bees sleep?",
            refers=False,
            gold=bees,
            holds=(),
        ),
    ]
    reads = ModelRewriter(Model(lambda asked: "How many hives of bees are filmed?"), prompts.load("rewrite", ModelRewriter.holes))
    rows, wrong = follow_ups.measure(library, asked, reads)
    assert [row["read by"] for row in rows] == ["as asked", "rules", "model"]
    assert rows[2]["follow-ups"].startswith("1 of 1") and wrong["model"] == []


def test_the_follow_ups_are_about_the_sample() -> None:
    titles = {json.loads(line)["title"]: json.loads(line)["abstract"] for line in suite.SAMPLE.read_text("utf-8").splitlines()}
    asked = follow_ups.load()
    assert len(asked) == len({one.id for one in asked}) == 60 and sum(one.refers for one in asked) == 45
    assert all(one.gold in titles and one.history for one in asked)


# What is shipped


@pytest.mark.parametrize(("file", "writer"), [(written.SHIPPED, "model"), (written.PICKED, "pick")], ids=["texts", "picks"])
def test_the_shipped_replies_still_fit(sample: Assistant, file: Path, writer: Literal["model", "pick"]) -> None:
    """Their answers are as good as they were recorded. Where this fails as prompts changed: make eval-model."""
    held_calls = recorded.calls(file)
    model = Recorded(held_calls[0].model, file, weights=held_calls[0].weights)
    asked = {call.question for call in held_calls}
    chosen = [one for one in cases.load("sample") if one.question in asked]
    lines = run.run(Writing(sample, model, writer), chosen, LocalVerifier())
    unfit = [f"{line.id}: {line.error}" for line in lines if line.error]
    assert len(unfit) <= len(chosen) / 2, f"of {len(chosen)} recorded replies {len(unfit)} do not fit: {unfit[:5]}"
    held = [line for line in lines if not line.error]
    assert all(line.scores["quotes exact"] in (None, 1.0) for line in held)


_OUTDATED = {"attacked": ["markup-08"]}
"""Papers whose prompts have changed since the replies were recorded: of this one, a sentence less is blanked."""


@pytest.mark.parametrize(
    ("command", "file"), [("attacked", written.ATTACKED), ("follow-ups", written.FOLLOWED)], ids=["hostile papers", "follow-ups"]
)
def test_the_shipped_replies_to_hostile_papers_and_follow_ups_are_replayed(command: str, file: Path, tmp_path: Path) -> None:
    """None of them is asked anew: there is no model. Where this fails as prompts changed: make eval-model."""
    held = recorded.calls(file)
    done = CliRunner().invoke(app, [command, "--json", str(tmp_path / "figures.json")])
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert figures["model"] == held[0].model and len(figures["rows"]) >= 2
    assert figures.get("unfit", []) == _OUTDATED.get(command, []), "other papers have no fitting reply"


def test_the_shipped_cells_of_tables_are_replayed(tmp_path: Path) -> None:
    """Those over the sample; the saved pages have theirs elsewhere. Where this fails as prompts changed: make eval-model."""
    held = recorded.calls(written.TABLED)
    done = CliRunner().invoke(app, ["tables", "--replies", str(written.TABLED), "--json", str(tmp_path / "figures.json")])
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert figures["filled by"] == held[0].model and figures["rows"][0]["number"] >= 90


def test_a_form_is_asked_for_once_and_replayed_by_its_messages_and_its_schema(file: Path) -> None:
    class Formed(Model):
        def structured(self, messages: Sequence[Message], schema: Schema, *, max_tokens: int | None = None) -> Reply:
            return self.complete(messages)

    model, schema = Formed(), {"type": "object"}
    hello: list[Message] = [{"role": "user", "content": "Fill it."}]
    assert Recorded("m", file, lambda: model).structured(hello, schema).text == RIGHT
    replayed = Recorded("m", file)
    assert replayed.structured(hello, schema).text == RIGHT and len(model.asked) == 1
    for other in (
        lambda: replayed.structured(hello, {"type": "array"}),
        lambda: replayed.complete(hello, temperature=0, json=True),
    ):
        with pytest.raises(UnrecordedError):
            other()
    plain = Model()
    Recorded("m", file, lambda: plain).structured(hello, {})
    assert len(plain.asked) == 1, "a model without forms is asked for JSON"
