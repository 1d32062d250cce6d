"""Item analysis: difficulty, discrimination, and questions that discriminate backwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant.errors import ConfigError
from eval.__main__ import app
from eval.runs import items, jsonl, run
from eval.runs.cases import Case
from eval.runs.run import About, Line, Row


def row(id: str, right: bool | None, kind: str = "fact") -> Row:
    outcome = "failed" if right is None else "right" if right else "wrong"
    return Row(id=id, type=kind, papers=(), outcome=outcome, scores={}, counts={})


def runs(*columns: str) -> list[list[Row]]:
    """Runs from a text a question: "1101", a sign a run."""
    return [[row(f"q{at}", column[number] == "1") for at, column in enumerate(columns)] for number in range(len(columns[0]))]


def test_a_question_that_the_better_runs_get_wrong_is_flagged() -> None:
    # the runs get better from left to right on q0 to q2; q3 falls
    found = {item.id: item for item in items.items(runs("0111", "0011", "0001", "1100", "1111", "0000"))}
    assert [found[id].difficulty for id in ("q0", "q1", "q2", "q3")] == [0.75, 0.5, 0.25, 0.5]
    assert [id for id, item in found.items() if item.backwards] == ["q3"]
    assert found["q4"].discrimination is None and found["q5"].discrimination is None  # all did alike on these
    # q2 is 0, 0, 0, 1 and the others sum up to 2, 3, 3, 3: by hand; with q2 itself among them it would be 0.816
    assert found["q2"].discrimination == pytest.approx(1 / 3)


def test_only_questions_that_all_runs_answered_count() -> None:
    three = runs("011", "001")
    three[1].append(row("only-there", True))
    three[0][1] = row("q1", None)
    for own in three:
        own.append(row("planted-1", True, run.PLANTED))
    assert [item.id for item in items.items(three)] == ["q0"]
    with pytest.raises(ConfigError, match="share no question"):
        items.items([[row("a", True)], [row("b", True)], [row("c", True)]])
    with pytest.raises(ConfigError, match="three runs"):
        items.items(three[:2])


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=3, max_size=8))
def test_discrimination_is_a_correlation_and_the_order_of_runs_says_nothing(table: list[list[bool]]) -> None:
    made = [[row(f"q{at}", right) for at, right in enumerate(own)] for own in table]
    found = items.items(made)
    assert all(item.discrimination is None or -1 - 1e-9 <= item.discrimination <= 1 + 1e-9 for item in found)
    for one, other in zip(found, items.items(made[::-1]), strict=True):
        assert one.discrimination == pytest.approx(other.discrimination)


def test_the_command(tmp_path: Path) -> None:
    folders: list[str] = []
    for number, own in enumerate(runs("0111", "0011", "1100", "0001")):
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        asked = Case(id="x", question="q", type="fact", split="tune", gold=(), facts=(), answerable=True)
        pair = row("planted-1", True, run.PLANTED)  # no question
        jsonl.write(folder / "lines.jsonl", [Line(**one.model_dump(), case=asked) for one in [*own, pair]])
        about = About(set="own", judge="local", settings=(f"search.fusion={number}",), cells={})
        (folder / "about.json").write_text(about.model_dump_json(), "utf-8")
        folders.append(str(folder))
    done = CliRunner().invoke(app, ["items", *folders])
    assert done.exit_code == 0, done.output
    assert "4 questions; 0 were right in all runs, 0 in none; 1 discriminate backwards." in done.output
    assert "| search.fusion=3 | 3 |" in done.output
    assert CliRunner().invoke(app, ["items", *folders[:2]]).exit_code == 2
