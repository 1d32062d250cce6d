"""Answers marked as wrong on the page, as questions of a set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from answers import answer, case, paper
from typer.testing import CliRunner

from assistant import Assistant
from assistant.page.store import FEEDBACK, Store
from assistant.page.views import Turn
from eval.__main__ import app
from eval.runs import cases, feedback, jsonl
from eval.runs.cases import Case

pytestmark = pytest.mark.slow

A = paper("A", "Alpha holds. It reaches 42 points.")


def turn(question: str, *claims: str) -> Turn:
    return Turn(id="1", answer=answer(question, [(claim, (1,)) for claim in claims], [A]), where={"page": "a"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store(tmp_path)
    kept.judge(turn("Good?", "It is."), "good")
    kept.judge(turn("Bad?", "It is.", "Or not."), "bad")
    kept.judge(turn("Bad?", "It is.", "Or not."), "wrong sentence", 1)
    kept.judge(turn("Changed?", "It is."), "bad")
    kept.judge(turn("Changed?", "It is."), "good")
    kept.judge(turn("Refused?"), "bad")
    return kept


@pytest.mark.usefixtures("store")
def test_each_question_with_a_wrong_answer_is_one_case(tmp_path: Path) -> None:
    entries = feedback.read(tmp_path / FEEDBACK)
    bad, refused = feedback.cases(entries)
    assert (bad.id, bad.question, bad.split, bad.gold, bad.facts) == ("feedback-001", "Bad?", "tune", (), ())
    assert bad.todo == ("type", "gold", "facts", "answerable")
    assert bad.note == "answered: It is. Or not. | wrong sentence: Or not. | cited: A"
    assert refused.question == "Refused?" and refused.note.startswith("refused: ")
    assert feedback.cases(entries, [bad, refused]) == []
    assert [new.id for new in feedback.cases(entries, [refused.model_copy(update={"id": "feedback-007"})])] == ["feedback-008"]


def test_from_the_page_to_a_set_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    home = tmp_path / "library"
    home.mkdir()
    (home / "models").symlink_to(models)
    monkeypatch.setenv("ASSISTANT_HOME", str(home))
    monkeypatch.setattr("eval.runs.run.RUNS", tmp_path / "runs")
    question = next(c for c in cases.load("sample") if c.id == "figure-001")
    own = tmp_path / "mine.jsonl"
    earlier = question.model_copy(update={"id": "mine-1", "question": "Something else that I asked myself?"})
    jsonl.write(own, [earlier])
    with Assistant.open() as assistant:
        assistant.ingest_sample()
        Store(assistant.home).judge(Turn(id="1", answer=assistant.ask(question.question)), "bad")

    def ask(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments])
        return done.exit_code, done.output

    code, said = ask("feedback", str(own))
    assert code == 0 and said.startswith("1 new questions in")
    assert ask("feedback", str(own))[1].startswith("0 new questions in")
    code, said = ask("check", str(own))
    assert code == 1 and "feedback-001: to be filled in by a person: type, gold, facts, answerable" in said
    code, said = ask("run", str(own))
    assert code == 2 and "feedback-001: to be filled in first" in said

    first, second = (json.loads(line) for line in own.read_text("utf-8").splitlines())
    assert first["id"] == "mine-1"
    filled = second | {"type": "figure", "gold": question.gold, "facts": question.facts, "todo": []}
    jsonl.write(own, [Case.model_validate(filled)])
    code, said = ask("check", str(own))
    assert code == 0 and "no question asks for several in other words" in said, said
    code, said = ask("run", str(own))
    assert code == 0 and "1 questions, 0 planted pairs, 0 failed" in said


def test_what_is_no_feedback_is_one_line(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["feedback", str(tmp_path / "set.txt")]).exit_code == 2
    none = CliRunner().invoke(app, ["feedback", str(tmp_path / "set.jsonl"), "--from", str(tmp_path / "none.jsonl")])
    assert none.exit_code == 2 and f"there is no feedback {str(tmp_path / 'none.jsonl')!r}" in none.output
    (tmp_path / "odd.jsonl").write_text('{"id": 1}\n', "utf-8")
    odd = CliRunner().invoke(app, ["feedback", str(tmp_path / "set.jsonl"), "--from", str(tmp_path / "odd.jsonl")])
    assert odd.exit_code == 2 and "line 1, is no feedback of the page" in odd.output
    assert not (tmp_path / "set.jsonl").exists()


def test_a_text_with_odd_line_breaks_is_one_line(tmp_path: Path) -> None:
    asked = case("odd").model_copy(update={"question": "One\u2028two\x85three?"})
    jsonl.append(tmp_path / "set.jsonl", [asked])
    with (tmp_path / "set.jsonl").open("a", encoding="utf-8") as out:
        out.write("\n  \n")
    jsonl.append(tmp_path / "set.jsonl", [case("two")])
    assert [one.question for one in cases.load(str(tmp_path / "set.jsonl"))] == [asked.question, "What about two?"]
