"""Judges' calls kept and replayed, and two judges on the same claims."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from answers import Judge, System, answer, case, paper
from endpoint import Body, Endpoint
from typer.testing import CliRunner

from assistant.errors import ConfigError, ModelError
from assistant.openai_api import Chat
from assistant.types import Message, Reply, Verdict
from eval import recorded, run, suite
from eval.__main__ import app
from eval.disagree import disagree
from eval.recorded import Recorded
from eval.run import silent

A = paper("A", "Alpha holds. It reaches 42 points.")
ASKED: list[Message] = [{"role": "user", "content": "Is it so?"}]


@pytest.fixture
def model(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Chat:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    return Chat("m", endpoint.url, timeout=10, retries=0)


def test_a_call_is_asked_once_and_replayed_without_a_model(endpoint: Endpoint, model: Chat, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    endpoint.says_in_turn("yes", "no")
    live = Recorded("m", file, lambda: model)
    first = live.complete(ASKED, max_tokens=5, temperature=0, json=True)
    assert (first.text, live.asked, len(endpoint.calls)) == ("yes", 1, 1)
    assert live.complete(ASKED, max_tokens=5, temperature=0, json=True) == first
    assert live.complete(ASKED, max_tokens=6, temperature=0, json=True).text == "no"  # another wish is another call
    again = Recorded("m", file)
    assert again.complete(ASKED, max_tokens=5, temperature=0, json=True) == first
    assert len(endpoint.calls) == 2 and again.asked == 0
    with pytest.raises(ModelError, match="set model.name to record it"):
        again.complete([{"role": "user", "content": "Another?"}])
    with pytest.raises(ModelError):  # of another model
        Recorded("n", file).complete(ASKED, max_tokens=5, temperature=0, json=True)
    kept = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(one["model"], one["messages"], one["text"]) for one in kept] == [("m", ASKED, "yes"), ("m", ASKED, "no")]


def test_a_stream_is_replayed_in_one_piece(tmp_path: Path) -> None:
    live = Recorded("m", tmp_path / "c.jsonl", lambda: Says("It is."))
    assert list(live.stream(ASKED)) == ["It is."]
    assert list(Recorded("m", tmp_path / "c.jsonl").stream(ASKED)) == ["It is."]


class Says:
    """A model that replies one thing."""

    name = "m"

    def __init__(self, text: str, finished: bool = True) -> None:
        self.reply = Reply(text, 1, 1, finished)

    def complete(self, messages: Sequence[Message], **wishes: object) -> Reply:
        return self.reply

    stream = complete  # type: ignore[assignment]


def test_what_was_cut_off_or_failed_is_not_kept(endpoint: Endpoint, model: Chat, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    endpoint.finish = "length"
    live = Recorded("m", file, lambda: model)
    assert not live.complete(ASKED).finished
    endpoint.script = [(400, {"error": {"message": "no"}})] * 3
    with pytest.raises(ModelError):
        live.complete(ASKED)
    assert recorded.calls(file) == []


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text("{}\n", "utf-8")
    with pytest.raises(ConfigError, match="line 1, is no recorded call"):
        Recorded("m", file)


def verdict(body: Body) -> str:
    """What a judge says that finds 42 supported and everything else contradicted."""
    content = body["messages"][-1]["content"]
    claim = content[content.index("<claim") : content.index("</claim")]
    return json.dumps({"verdict": "supported" if "42" in claim else "contradicted", "sentences": [1]})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A run of two answers: one claim each, both recorded as supported."""
    folder = tmp_path / "run"
    folder.mkdir()
    told = {"What about one?": "It reaches 42 points.", "What about two?": "Alpha | holds."}
    system = System(lambda question: answer(question, [(told[question], (1,))], [A]), [A])
    run.run(system, [case("one"), case("two")], Judge(), file=folder / "lines.jsonl")
    return folder


def test_the_claims_on_which_judges_differ_are_listed(saved: Path) -> None:
    class Strict:
        name = "strict"

        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            assert evidence == [A.abstract] and context == "A"
            return Verdict(verdict="supported" if "42" in claim else "not supported", score=0.5)

    found = disagree(run.lines(saved / "lines.jsonl"), Strict(), silent)
    assert [(one.case, one.claim, one.papers) for one in found.differing] == [("two", "Alpha | holds.", ("A",))]
    assert (found.agreement, found.unjudged, len(found.claims)) == (0.5, 0, 2)

    class Down(Strict):
        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            raise ModelError("busy")

    silence = disagree(run.lines(saved / "lines.jsonl"), Down(), silent)
    assert (silence.unjudged, silence.agreement, silence.kappa, silence.differing) == (2, None, None, [])


def test_the_command_asks_once_and_then_replays(saved: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    endpoint.says = verdict
    named = ["--set", "model.name=m", "--set", f"model.base_url={endpoint.url}"]
    nothing = CliRunner().invoke(app, ["disagree", str(saved)])
    assert nothing.exit_code == 2 and "--set model.name=NAME" in nothing.output
    first = CliRunner().invoke(app, ["disagree", str(saved), *named])
    assert first.exit_code == 0, first.output
    assert "| two | Alpha \\| holds. | A | supported | contradicted |" in first.output
    assert "| one |" not in first.output and "| agreement | 0.500 |" in first.output
    calls = len(endpoint.calls)
    assert calls == 2
    monkeypatch.delenv("OPENAI_API_KEY")
    second = CliRunner().invoke(app, ["disagree", str(saved)])  # no model, no key
    assert second.output == first.output and len(endpoint.calls) == calls


def test_a_run_judged_from_the_file_needs_no_model(saved: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    endpoint.says = verdict
    calls = saved / "calls.jsonl"
    flags = ["model.name=m", f"model.base_url={endpoint.url}"]
    system = System(lambda question: answer(question, [("It reaches 42 points.", (1,))], [A]), [A])
    live = run.run(system, [case("one")], suite.judge("model", flags, calls))
    replayed = run.run(system, [case("one")], suite.judge("model", calls=calls))
    assert live == replayed and live[0].scores["faithfulness"] == 1.0
    assert len(endpoint.calls) == 1
