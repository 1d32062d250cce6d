"""The cross-check by ragas, which is real here, against an endpoint on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from answers import Judge, System, answer, case, paper
from conftest import ROOT
from endpoint import Body, Endpoint
from typer.testing import CliRunner

from eval.__main__ import app
from eval.judging import crosscheck
from eval.runs import jsonl, run
from eval.runs.run import About

pytestmark = pytest.mark.slow

A = paper("A", "Alpha holds. It reaches 42 points.")
TOLD = {
    "What about one?": [("It reaches 42 points.", (1,))],
    "What about two?": [("Alpha holds. It reaches 43 points.", (1,))],  # one claim for us, two statements for ragas
    "What about three?": [("It reaches nothing.", (1,))],
    "What about four?": [],
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A run of three answers and a refusal."""
    folder = tmp_path / "run"
    folder.mkdir()
    asked = [case("one"), case("two"), case("three"), case("four")]
    run.run(System(lambda question: answer(question, TOLD[question], [A]), [A]), asked, Judge(), file=folder / "lines.jsonl")
    jsonl.write(folder / "about.json", [About(set="own", judge="local", cells={})])
    return folder


def plays(body: Body) -> str:
    """A model that cuts answers at full stops, and calls a statement supported where it stands in the context."""
    prompt = body["messages"][-1]["content"]
    given = json.loads(prompt[prompt.rindex("input: ") + len("input: ") : prompt.rindex("Output:")])
    if "answer" in given:
        return json.dumps({"statements": [f"{part.strip()}." for part in given["answer"].split(".") if part.strip()]})
    if "It reaches nothing." in given["statements"]:
        return "I would rather not say."
    verdicts = [{"statement": s, "reason": "read", "verdict": int(s in given["context"])} for s in given["statements"]]
    return "```json\n" + json.dumps({"statements": verdicts}) + "\n```"


@pytest.mark.skipif(not find_spec("ragas"), reason="ragas is not installed (the group `ragas`)")
def test_ragas_scores_the_same_run_through_the_endpoint(saved: Path, endpoint: Endpoint) -> None:
    endpoint.says = plays
    command = [sys.executable, "-m", "eval", "ragas", str(saved), "--calls", str(saved / "calls.jsonl")]
    named = ["--set", "model.name=m", "--set", f"model.base_url={endpoint.url}"]

    def ask(*more: str) -> str:  # a process of its own, as ragas warns of much while it is imported
        done = subprocess.run([*command, *more], capture_output=True, text=True, cwd=ROOT, env=os.environ, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = ask(*named)
    assert "| answers | 3 |" in first and "| without a score by ragas | 1 |" in first
    assert "| faithfulness, ours, judged by local | 0.500 |" in first  # over the two that both scored
    assert "| faithfulness, ragas, by m | 0.750 |" in first
    assert "| two | 0.000 | 0.500 |" in first and "| one |" not in first
    assert "- three: m did not fill in the form of ragas (NLIStatementOutput)" in first
    assert crosscheck.DIFFERENCE in first
    calls = len(endpoint.calls)
    assert calls == 6
    assert ask() == first and len(endpoint.calls) == calls  # replayed, without a model


def test_without_ragas_it_is_told_how_to_get_it(saved: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crosscheck, "find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["ragas", str(saved), "--set", "model.name=m", "--set", f"model.base_url={endpoint.url}"])
    assert done.exit_code == 2 and "pip install --group ragas" in done.output


def test_the_difference_in_definition_stands_in_the_docs() -> None:
    docs = " ".join((ROOT / "eval" / "README.md").read_text("utf-8").split())
    assert crosscheck.DIFFERENCE in docs
