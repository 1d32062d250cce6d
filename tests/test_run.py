"""Runs: a line a case, failures kept apart, going on after a stop."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from answers import Judge, System, answer, case, paper
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant import Assistant
from assistant.errors import ConfigError, ModelError
from assistant.page import reports
from assistant.types import Answer, Verdict
from eval.__main__ import app
from eval.bench import faults
from eval.runs import cases, gate, ledger, rendering, run, suite
from eval.runs.cases import HeldOutError, Pair
from eval.runs.run import Careful, Row

pytestmark = pytest.mark.slow

A = paper("A", "Alpha holds. It reaches 42 points.")
PAIR = Pair(id="planted-1", title="A", kind="figure", split="tune", true="It reaches 42 points.", changed="It reaches 43 points.")


def good(question: str) -> Answer:
    return answer(question, [("It reaches 42 points.", (1,))], [A])


def test_a_line_holds_what_was_asked_answered_and_scored(tmp_path: Path) -> None:
    lines = run.run(System(good, [A]), [case("one"), PAIR], Judge(), [A], tmp_path / "lines.jsonl")
    first, second = lines
    assert (first.outcome, first.ranked, first.confidence, first.papers) == ("right", ("A",), 0.9, ("A",))
    assert first.answer is not None and first.answer.text == "It reaches 42 points."
    assert (second.type, second.outcome, second.scores) == ("planted", "right", {"errors caught": 1, "truths kept": 1})
    assert [v.verdict for v in second.verdicts] == ["supported", "not supported"]
    assert run.lines(tmp_path / "lines.jsonl") == lines
    kept = json.loads((tmp_path / "lines.jsonl").read_text("utf-8").splitlines()[0])
    assert {"case", "answer", "scores", "seconds", "tokens", "cost", "error"} <= kept.keys()
    assert run.rows(tmp_path) == [line.row() for line in lines]


@given(st.sets(st.integers(0, 5)))
@settings(deadline=None, max_examples=15)
def test_a_failure_is_kept_and_never_becomes_a_score(failing: set[int]) -> None:
    def says(question: str) -> Answer:
        if any(str(number) in question for number in failing):
            raise ModelError("no reply")
        return good(question)

    lines = run.run(System(says, [A]), [case(f"q{number}") for number in range(6)], Judge())
    assert [line.outcome == "failed" for line in lines] == [number in failing for number in range(6)]
    for line in lines:
        assert bool(line.scores) == (line.error is None)
        assert line.error in (None, "ModelError: no reply")
    assert f"{len(failing)} failed" in rendering.summary(lines, "j")


def test_what_failed_is_asked_again_and_what_was_done_is_not(tmp_path: Path) -> None:
    file, asked = tmp_path / "lines.jsonl", [case(f"q{number}") for number in range(4)]

    def breaks(question: str) -> Answer:
        if "q2" in question:
            raise ValueError("odd")
        return good(question)

    run.run(System(breaks, [A]), asked, Judge(), file=file)
    with file.open("a", encoding="utf-8") as out:
        out.write('{"id": "cut off')
    whole = System(good, [A])
    again = run.run(whole, asked, Judge(), file=file)
    assert whole.asked == ["What about q2?"]
    assert [line.id for line in run.lines(file)] == ["q0", "q1", "q2", "q3"]
    assert again == run.run(System(good, [A]), asked, Judge())  # as if it had never been stopped


def test_a_stop_keeps_what_was_done_and_what_was_under_way(tmp_path: Path) -> None:
    file, asked = tmp_path / "lines.jsonl", [case(f"q{number}") for number in range(5)]
    stopped = threading.Event()

    def stop(done: int, total: int) -> None:
        if done == 2:
            stopped.set()
            raise KeyboardInterrupt

    def says(question: str) -> Answer:
        if "q2" in question:
            stopped.wait(20)
            time.sleep(1)  # so that the rest is called off before this is answered
        return good(question)

    with pytest.raises(KeyboardInterrupt):
        run.run(System(says, [A]), asked, Judge(), file=file, progress=stop)
    assert [line.id for line in run.lines(file)] == ["q0", "q1", "q2"]
    rest = System(good, [A])
    assert [line.id for line in run.run(rest, asked, Judge(), file=file)] == [c.id for c in asked]
    assert rest.asked == ["What about q3?", "What about q4?"]


def test_threads_give_the_same_lines_in_the_same_order() -> None:
    door = threading.Barrier(3)

    def says(question: str) -> Answer:
        door.wait(timeout=20)  # three are under way at once
        return good(question)

    asked = [case(f"q{number}") for number in range(6)]
    assert run.run(System(says, [A]), asked, Judge(), threads=3) == run.run(System(good, [A]), asked, Judge())


def test_a_judge_that_cannot_be_asked_gives_no_verdict() -> None:
    class Down:
        name = "down"

        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            raise ModelError("busy")

    assert Careful(Down()).verify("c", []).verdict == "not judged"
    (line,) = run.run(System(good, [A]), [case("one")], Down())
    assert line.counts["unjudged"] == 1 and line.error is None and line.scores["faithfulness"] is None


def test_a_pair_about_an_unknown_paper_fails() -> None:
    (line,) = run.run(System(good), [PAIR], Judge())
    assert line.outcome == "failed" and not line.scores


def test_a_broken_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="python -m eval run"):
        run.rows(tmp_path)
    (tmp_path / "lines.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        run.rows(tmp_path)


def test_a_run_belongs_to_a_version() -> None:
    assert run.fingerprint("a") == run.fingerprint("a") != run.fingerprint("b")


def test_a_summary_tells_both_errors_and_calibration() -> None:
    def says(question: str) -> Answer:
        return answer(question, confidence=0.1) if "none" in question else good(question)

    asked = [case("yes"), case("none"), case("no", gold=(), kind="unanswerable"), case("none-2", gold=(), kind="unanswerable")]
    shown = rendering.summary(run.run(System(says, [A]), [*asked, PAIR], Judge(), [A]), "by words")
    assert "refused although there is an answer: 1 of 2" in shown
    assert "answered, not as a weak match, although there is none: 1 of 2" in shown
    assert "| right | 0.500 |" in shown
    assert "| unanswerable | 1 | 1 | 0 | 0 |" in shown
    assert "expected calibration error" in shown and "area under the risk-coverage curve of the answers: 0.5" in shown


def test_tuning_cannot_read_held_out_gold(monkeypatch: pytest.MonkeyPatch) -> None:
    with cases.tuning():
        assert cases.load(splits=["tune"]) and cases.pairs(["tune"])
        with pytest.raises(HeldOutError):
            cases.load()
        with pytest.raises(HeldOutError):
            cases.pairs(["held-out"])
    assert {c.split for c in cases.load("sample")} == {"tune", "held-out"}

    def peek(assistant: Assistant) -> object:
        return cases.load(splits=["held-out"])

    monkeypatch.setattr("eval.fit.calibrate.sentences", peek)
    for library in ("seeds", "records"):  # libraries, which cost half a minute each
        monkeypatch.setattr(f"eval.commands.output.{library}", lambda flags: nullcontext(None))
    done = CliRunner().invoke(app, ["calibrate"])
    assert isinstance(done.exception, HeldOutError)


def test_looks_at_held_out_questions_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "LEDGER.jsonl"
    assert ledger.looks("sample", file) == []
    ledger.record("run", "sample", 70, "sample-1", file)
    ledger.record("run", "sample", 0, "sample-2", file)  # none of them was asked
    ledger.record("gate", "sample", 70, "sample-1", file)  # says what was said before
    ledger.record("retrieval", "seeds", 100, "seeds-1", file)
    (look,) = ledger.looks("sample", file)
    assert (look.command, look.questions) == ("run", 70)
    ledger.record("gate", "sample", 70, "sample-3", file)
    assert [look.command for look in ledger.looks("sample", file)] == ["run", "gate"]
    assert [look.command for look in ledger.looks("seeds", file)] == ["retrieval"]


def test_a_set_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(case("mine").model_dump_json() + "\n", "utf-8")
    mine = suite.load(str(file), ["papers.jsonl"])
    assert (mine.name, len(mine.questions), mine.files) == ("mine", 1, ("papers.jsonl",))
    file.write_text('{"id": 3}\n', "utf-8")
    with pytest.raises(ConfigError, match="line 1, is no question: id: Input should"):
        suite.load(str(file))
    with pytest.raises(ConfigError, match="no question set"):
        suite.load("nonsense")


TEA = {
    "title": "Tea cools in cups",
    "abstract": "Tea cools in small cups. Milk slows that by 3 minutes, as we found in two kitchens.",
}


@pytest.mark.parametrize("command", ["run", "gate", "written", "robust"])
@pytest.mark.parametrize(
    ("ids", "told"),
    [
        pytest.param([], "holds no question; write one a line", id="empty"),
        pytest.param(["a", "b", "a"], ", line 4, has the id 'a' of line 1; give each question its own", id="an id twice"),
    ],
)
def test_a_set_that_cannot_be_asked_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, ids: list[str], told: str
) -> None:
    monkeypatch.setattr("eval.runs.run.RUNS", tmp_path / "runs")
    monkeypatch.setenv("ASSISTANT_EMBEDDER_KIND", "fake")
    (tmp_path / "papers.jsonl").write_text(json.dumps(TEA), "utf-8")
    file = tmp_path / "mine.jsonl"
    lines = [case(id).model_dump_json() for id in ids]
    file.write_text("\n".join([*lines[:1], "", *lines[1:]]), "utf-8")
    done = CliRunner().invoke(app, [command, str(file), "--papers", str(tmp_path / "papers.jsonl")])
    assert (
        done.exit_code == 2
        and done.output.startswith(f"eval: {str(file)!r}")
        and done.output.count("\n") == 1
        and told in done.output
    )
    looked = CliRunner().invoke(app, ["check", str(file), "--papers", str(tmp_path / "papers.jsonl")])
    assert looked.exit_code == 1 and ("the same id twice: a" if ids else "it holds no question") in looked.output


@pytest.mark.parametrize("command", ["run", "check", "robust"])
@pytest.mark.parametrize(
    ("name", "why"), [("none.jsonl", "none.jsonl: "), ("empty.jsonl", "empty.jsonl: "), ("both", "none.jsonl: ")]
)
def test_the_file_of_papers_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str, why: str
) -> None:
    monkeypatch.setattr("eval.runs.run.RUNS", tmp_path / "runs")
    monkeypatch.setenv("ASSISTANT_EMBEDDER_KIND", "fake")
    (tmp_path / "papers.jsonl").write_text(json.dumps(TEA), "utf-8")
    (tmp_path / "empty.jsonl").write_text("", "utf-8")
    (tmp_path / "mine.jsonl").write_text(case("a").model_dump_json() + "\n", "utf-8")
    named = ["papers.jsonl", "none.jsonl"] if name == "both" else [name]
    given = [part for each in named for part in ("--papers", str(tmp_path / each))]
    done = CliRunner().invoke(app, [command, str(tmp_path / "mine.jsonl"), *given])
    assert done.exit_code == 3 and f"eval: no papers come from {tmp_path / named[-1]}: " in done.output
    assert "no library" not in done.output and done.output.count("\n") == 1


def test_a_gate_names_the_set_that_is_missing_not_its_baseline(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["gate", str(tmp_path / "none.jsonl")])
    assert done.exit_code == 2 and f"there is no question set {str(tmp_path / 'none.jsonl')!r}" in done.output


def test_run_and_gate_from_the_command(own: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(gate.BASELINES, tmp_path / "baselines")
    monkeypatch.setattr(gate, "BASELINES", tmp_path / "baselines")
    done = CliRunner().invoke(app, ["run", *own, "--baseline", "--out", str(tmp_path / "kept")])
    assert done.exit_code == 0, done.output
    assert "2 questions, 0 planted pairs, 0 failed" in done.output
    (folder,) = (tmp_path / "kept").iterdir()
    assert folder.name.startswith("own-")
    kept = reports.latest(tmp_path / "kept")
    assert kept and kept.report.title == "Eval report: own"
    assert [Row.model_validate_json(line).id for line in (tmp_path / "baselines" / "own.jsonl").read_text().splitlines()] == [
        "figure-001",
        "unanswerable-001",
    ]
    assert [(look.command, look.questions) for look in ledger.looks("own")] == [("run", 2)]
    same = CliRunner().invoke(app, ["compare", str(folder), str(tmp_path / "baselines" / "own.jsonl")])
    assert "gate: fine (exit code 0)" in same.output and same.exit_code == 0, same.output
    files = ["--junit", str(tmp_path / "j.xml"), "--markdown", str(tmp_path / "s.md")]
    lax = CliRunner().invoke(app, ["gate", *own, *files, "--set", "answer.threshold=1.0"])
    assert lax.exit_code == 14, lax.output
    assert "too many verdicts flip" in (tmp_path / "s.md").read_text("utf-8")
    assert "<failure" in (tmp_path / "j.xml").read_text("utf-8")


def test_a_stopped_command_says_so(own: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run", stop)
    done = CliRunner().invoke(app, ["run", *own])
    assert done.exit_code == 130
    assert "goes on from there" in done.output


def test_what_cannot_be_run_is_one_line() -> None:
    done = CliRunner().invoke(app, ["run", "nonsense"])
    assert done.exit_code == 2 and "no question set" in done.output
    assert CliRunner().invoke(app, ["compare", "nowhere", "nothing"]).exit_code == 2


def test_faults_break_what_they_say(sample: Assistant) -> None:
    question = "How high is the rejection accuracy of ChatGPT-o1 in the multi-image reasoning benchmark?"
    title = sample.ask(question).sources[0].paper.title
    with faults.changed(sample, faults.losing([title])) as losing:
        found = losing.retriever  # the real one: only what answers is changed
        assert found.found(question, 3).hits[0].passage.paper.title == title
        assert title not in [passage.paper.title for passage in losing.ask(question).nearest]
    abstract = "The system reaches 70.0 points on the first benchmark."
    claim = "The system reaches 71.5 points on the first benchmark."
    assert sample.verify(claim, [abstract]).verdict != "supported"
    with faults.changed(sample, faults.blind) as blind:
        assert blind.verify(claim, [abstract]).verdict == "supported"
    with faults.changed(sample, faults.writing(faults.Quoter())) as right:
        assert "70.0" in right.ask(question).text
    with faults.changed(sample, faults.writing(faults.Quoter(wrong=1.0))) as wrong:
        judged = [c.verdict.verdict for c in wrong.ask(question).claims if c.verdict]
        assert judged and "supported" not in judged
    with faults.changed(sample, faults.writing(faults.Quoter(noise=1.0))) as silent:
        assert silent.ask(question).abstained
