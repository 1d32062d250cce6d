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
from assistant.models.endpoint import Chat
from assistant.types import Message, Reply, Verdict
from eval.__main__ import app
from eval.commands import results
from eval.judging import judge
from eval.judging.disagree import disagree
from eval.runs import gate, jsonl, recorded, run, suite
from eval.runs.concurrency import silent
from eval.runs.recorded import Recorded
from eval.runs.run import About

pytestmark = pytest.mark.slow

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
    """A run of three answers: a claim each, that its judge calls supported, and one that it did not judge."""
    folder = tmp_path / "run"
    folder.mkdir()
    told = {"What about one?": "It reaches 42 points.", "What about two?": "Alpha | holds.", "What about three?": "Is it?"}
    abstract = A.model_copy(update={"abstract": "Alpha | holds. It reaches 42 points."})
    system = System(lambda question: answer(question, [(told[question], (1,))], [abstract]), [abstract])
    lines = run.run(system, [case("one"), case("two"), case("three")], Judge(), file=folder / "lines.jsonl")
    assert [judged.cited and judged.cited.verdict for line in lines for judged in line.judged] == [
        "supported",
        "supported",
        "not judged",
    ]
    jsonl.write(folder / "about.json", [About(set="own", judge="local", cells={})])
    return folder


def test_the_claims_on_which_judges_differ_are_listed(saved: Path) -> None:
    class Strict:
        name = "strict"

        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            assert "It reaches 42 points." in evidence[0] and context == "A"
            return Verdict(verdict="supported" if "42" in claim else "not supported", score=0.5)

    found = disagree(run.lines(saved / "lines.jsonl"), Strict(), 2, silent)
    assert [(one.case, one.claim, one.papers) for one in found.differing] == [("two", "Alpha | holds.", ("A",))]
    assert (found.agreement, found.unjudged, len(found.claims)) == (0.5, 1, 3)

    class Down(Strict):
        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            raise ModelError("busy")

    silence = disagree(run.lines(saved / "lines.jsonl"), Down(), 1, silent)
    assert (silence.unjudged, silence.agreement, silence.kappa, silence.differing) == (3, None, None, [])


def test_the_command_asks_once_and_then_replays(
    saved: Path, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setattr(run, "RUNS", tmp_path / "runs")
    endpoint.says = verdict
    named = ["--set", "model.name=m", "--set", f"model.base_url={endpoint.url}"]
    nothing = CliRunner().invoke(app, ["disagree", str(saved)])
    assert nothing.exit_code == 2 and "--set model.name=NAME" in nothing.output
    first = CliRunner().invoke(app, ["disagree", str(saved), *named])
    assert first.exit_code == 0, first.output
    assert "| two | Alpha \\| holds. | A | supported | contradicted |" in first.output
    assert "| one |" not in first.output and "| agreement | 0.500 |" in first.output
    assert "| local, against people | local: balanced accuracy 0." in first.output
    assert "| m, against people | the agreement of the judge 'm' with people is unknown" in first.output
    calls = len(endpoint.calls)
    assert calls == 3
    monkeypatch.delenv("OPENAI_API_KEY")
    second = CliRunner().invoke(app, ["disagree", str(saved)])  # no model, no key
    assert second.output == first.output and len(endpoint.calls) == calls
    with (tmp_path / "runs" / "model-calls.jsonl").open("a", encoding="utf-8") as out:
        out.write(recorded.calls(tmp_path / "runs" / "model-calls.jsonl")[0].model_copy(update={"model": "n"}).model_dump_json())
    several = CliRunner().invoke(app, ["disagree", str(saved)])
    assert several.exit_code == 2 and "calls of 2 models" in several.output


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sets judged by people in the place of the public ones, and baselines of the test's own."""
    rows = [
        {"claim": f"It reaches {42 + n % 2} in {n}.", "evidence": [f"It reaches 42 in {n}."], "label": 1 - n % 2} for n in range(40)
    ]
    for name in judge.SETS:
        content = "".join(json.dumps({**row, "split": "dev"}) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(content, "utf-8")
    monkeypatch.setattr(judge, "FOLDER", tmp_path)
    monkeypatch.setattr(gate, "BASELINES", tmp_path / "baselines")
    (tmp_path / "baselines").mkdir()
    monkeypatch.setattr(results, "FILE", tmp_path / "RESULTS.md")
    (tmp_path / "RESULTS.md").write_text("# Results\n", "utf-8")


@pytest.mark.usefixtures("people")
def test_a_model_that_judges_is_measured_recorded_and_may_gate(
    own: list[str], endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = ["--judge", "model", "--set", "model.name=org/m:1", "--set", f"model.base_url={endpoint.url}"]
    kept = ["--calls", str(tmp_path / "calls.jsonl")]

    def ask(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments])
        return done.exit_code, done.output

    endpoint.says = supports
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    own += ["--set", "answer.writer=quotes"]  # the model judges only
    assert ask("run", *own, *named, *kept, "--baseline")[0] == 0
    assert [file.name for file in (tmp_path / "baselines").iterdir()] == ["own-by-org-m-1.jsonl"]
    code, said = ask("gate", *own, *named, *kept)
    assert code == 12 and "python -m eval judge --judge KIND --record" in said  # nobody knows how good it is

    endpoint.says = rejects  # a judge that believes everything is right where the local one finds a contradiction
    code, said = ask("judge", *named, *kept, "--claims", "20", "--threads", "4", "--record")
    assert code == 0 and "| scifact | 20 | 0 |" in said, said  # 50 % supported, so half right
    code, said = ask("gate", *own, *named, *kept)
    assert code == 12 and "org/m:1: balanced accuracy 0.500 against people" in said and "is under 0.6" in said

    endpoint.says = verdict
    assert ask("judge", *named, "--claims", "20", "--record", "--calls", str(tmp_path / "better.jsonl"))[0] == 0
    calls = len(endpoint.calls)
    monkeypatch.delenv("OPENAI_API_KEY")
    replayed = ["--judge", "model", *kept]  # no model, no key
    code, said = ask("gate", *own, *replayed)
    assert code == 0 and "Judge: org/m:1: balanced accuracy 1.000 against people" in said, said
    assert said.count("| org/m:1, balanced accuracy 1.000 |") == 3  # beside each score that it gave
    code, said = ask("report", "--out", str(tmp_path / "page.html"))
    assert code == 0 and "org/m:1, balanced accuracy 1.000" in (tmp_path / "page.html").read_text("utf-8"), said
    assert len(endpoint.calls) == calls

    by_model = run.latest()
    assert ask("run", *own, "--out", str(tmp_path / "local"))[0] == 0
    (by_words,) = (tmp_path / "local").iterdir()
    code, said = ask("compare", str(by_model), str(by_words))
    assert code == 12 and "the runs have different judges, local and org/m:1" in said

    without = ["--judge", "model", "--calls", str(tmp_path / "better.jsonl"), "--out", str(tmp_path / "again")]
    code, said = ask("gate", *own, *without)  # the file holds no call about these claims
    assert code == 12 and "claims of 1 cases were not judged: figure-001" in said
    assert ask("gate", *own, *replayed, "--out", str(tmp_path / "again"))[0] == 0  # what was not judged is asked again


def rejects(body: Body) -> str:
    """A judge that believes nothing."""
    return json.dumps({"verdict": "not supported", "sentences": []})


def supports(body: Body) -> str:
    """A judge that believes everything."""
    return json.dumps({"verdict": "supported", "sentences": [1]})


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
