"""Flows: the order of the steps."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from endpoint import Endpoint
from pipeline import Words, asked, happenings, opened, plays, roles, sound, written

from assistant import Answer, Assistant
from assistant.answer.flows import FLOWS
from assistant.config import AnswerSettings
from assistant.errors import ConfigError

QUESTION = "How many theorems does LeanBench hold?"
BOTH = "How many theorems does LeanBench hold, and in how many seconds does KettleNet boil water?"
NOT_HELD = "Who painted the GraphCast ceiling?"


def steps(answer: Answer) -> list[str]:
    return [step.name for step in answer.trace]


def test_the_settings_name_the_flows_and_no_others(tmp_path: Path) -> None:
    assert set(get_args(AnswerSettings.model_fields["flow"].annotation)) == set(FLOWS)
    with pytest.raises(ConfigError, match=r"answer\.flow"):
        Assistant.open(tmp_path, set=["answer.flow=own.yaml"])


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("writer", ["quotes", "model"])
def test_every_shipped_flow_answers_in_the_same_form_and_tells_its_steps(
    shelf: Path, endpoint: Endpoint, name: str, writer: str
) -> None:
    plays(endpoint, "LeanBench holds 98 theorems of Lean [LeanBench].")
    with opened(shelf, endpoint if writer == "model" else None, f"answer.flow={name}", "answer.sentences=1") as assistant:
        answer = asked(assistant, QUESTION)
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]." if writer == "model" else "98 theorems of Lean" in answer.text
    assert answer.sources[0].paper.title.startswith("LeanBench")
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
    assert [step for step in steps(answer) if step != "loop"] == ["read", "search", "write", "verify", "repair"]
    assert all(step.seconds >= 0 for step in answer.trace)
    assert len(endpoint.calls) == (1 if writer == "model" else 0)


def test_a_conditional_flow_asks_no_model_about_what_the_library_does_not_hold(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "UNANSWERABLE")
    with opened(shelf, endpoint, "answer.flow=conditional", "answer.threshold=0.9") as assistant:
        refused = asked(assistant, NOT_HELD)
    assert refused.abstained
    assert refused.usage.calls == 0
    assert endpoint.calls == []
    assert steps(refused) == ["read", "search"]
    with opened(shelf, endpoint, "answer.flow=linear", "answer.threshold=0.9") as assistant:
        same = asked(assistant, NOT_HELD)
    assert same.abstained
    assert same.reason == refused.reason
    assert roles(endpoint) == ["answer"]


def test_a_loop_ends_after_its_rounds_and_says_so(shelf: Path) -> None:
    question = "How many theorems does LeanBench hold, and what does the Zeppelin lander weigh?"
    with opened(shelf, None, "answer.flow=looping", "answer.rounds=2") as assistant:
        answer = asked(assistant, question)
    assert [step for step in steps(answer) if step in ("search", "rephrase")] == ["search"] + ["rephrase", "search"] * 2
    (why,) = [step.detail for step in answer.trace if step.name == "loop"]
    assert why == "still uncovered after 2 rounds"


def test_a_loop_that_has_what_it_wants_ends_at_once_and_says_so(shelf: Path) -> None:
    with opened(shelf, None, "answer.flow=looping") as assistant:
        answer = asked(assistant, QUESTION)
    (why,) = [step.detail for step in answer.trace if step.name == "loop"]
    assert why == "no longer uncovered after 0 rounds"
    assert steps(answer).count("search") == 1


def test_a_loop_lets_the_model_reword_what_it_does_not_find(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "UNANSWERABLE", multi_query='{"rewordings": ["the bees in the hives"]}')
    with opened(shelf, endpoint, "answer.flow=looping", "answer.rounds=3") as assistant:
        answer = asked(assistant, "What does the Zeppelin lander weigh?")
    reworded = [step.detail for step in answer.trace if step.name == "rephrase"]
    assert "the bees in the hives" in reworded
    assert roles(endpoint)[-1] == "answer"


def test_branching_answers_each_part_and_numbers_them_together(shelf: Path, endpoint: Endpoint) -> None:
    replies = iter(["LeanBench holds 98 theorems of Lean [LeanBench].", "KettleNet boils water in 12 seconds [KettleNet]."])
    plays(endpoint, lambda body: next(replies))
    with opened(shelf, endpoint, "answer.flow=branching") as assistant:
        events = happenings(assistant, BOTH, Words())
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]. KettleNet boils water in 12 seconds [2]."
    assert written(events) == answer.text
    assert [source.number for source in answer.sources] == [1, 2]
    assert steps(answer) == ["read"] + ["read", "search", "write", "verify", "repair"] * 2
    assert answer.uncovered == ()


@pytest.mark.parametrize("said", ["UNANSWERABLE", "The Zeppelin lander weighs 3 tons [Granite]."], ids=["refused", "struck"])
def test_branching_names_the_part_that_it_cannot_answer(shelf: Path, endpoint: Endpoint, said: str) -> None:
    replies = iter(["LeanBench holds 98 theorems of Lean [LeanBench].", said])
    plays(endpoint, lambda body: next(replies), revise="NONE")
    with opened(shelf, endpoint, "answer.flow=branching") as assistant:
        answer = asked(assistant, "How many theorems does LeanBench hold, and what does the Zeppelin lander weigh?")
    assert answer.text.startswith("LeanBench holds 98 theorems of Lean [1]. Not covered: what does the Zeppelin lander weigh.")
    assert answer.uncovered == ("what does the Zeppelin lander weigh",)


def test_branching_says_a_thing_once(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "LeanBench holds 98 theorems of Lean [LeanBench].")
    with opened(shelf, endpoint, "answer.flow=branching") as assistant:
        answer = asked(assistant, "What does LeanBench hold, and how many theorems of Lean are there?")
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]."


def test_of_two_questions_the_one_that_is_held_is_answered_and_the_other_named_with_its_reason(shelf: Path) -> None:
    with opened(shelf, None, "answer.threshold=0.25", "answer.sentences=1") as assistant:
        events = happenings(
            assistant, "In how many seconds does KettleNet boil water, and who painted the GraphCast ceiling?", Words()
        )
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    assert answer.text == (
        "KettleNet boils water in 12 seconds. [1] "
        "Not covered: who painted the GraphCast ceiling. No paper in the library mentions GraphCast."
    )
    assert written(events) == answer.text
    assert answer.uncovered == ("who painted the GraphCast ceiling",)
    assert "who painted the GraphCast ceiling" in [passage.part for passage in answer.nearest]
    assert answer.claims[-1].verdict is None, "what says that nothing is held needs no source"


@pytest.mark.parametrize("flow", ["conditional", "linear", "looping"])
def test_what_a_model_leaves_out_of_a_row_is_named_without_another_call(shelf: Path, endpoint: Endpoint, flow: str) -> None:
    plays(endpoint, "LeanBench holds 98 theorems of Lean [LeanBench].")
    with opened(shelf, endpoint, f"answer.flow={flow}") as assistant:
        answer = asked(assistant, "How many theorems of Lean do LeanBench, HintZero and KettleNet hold?")
    assert answer.text.endswith(" Not looked at: HintZero, KettleNet. Ask for each alone.")
    assert answer.uncovered == ("HintZero", "KettleNet")
    assert roles(endpoint) == ["answer"]


def test_two_questions_that_are_both_not_held_are_refused_as_one(shelf: Path) -> None:
    with opened(shelf, None, "answer.threshold=0.25") as assistant:
        answer = asked(assistant, "Who painted the GraphCast ceiling, and how tall is the Minecraft tower?")
    assert answer.abstained
    assert answer.reason == "No paper in the library mentions GraphCast."


def test_what_asks_on_about_something_that_is_not_held_is_not_answered_by_other_papers(shelf: Path) -> None:
    with opened(shelf, None, "answer.threshold=0.25") as assistant:
        answer = asked(assistant, "What is GraphCast, and in how many seconds does it boil water?")
    assert answer.abstained


def test_two_questions_that_one_paper_answers_are_answered_together(shelf: Path) -> None:
    with opened(shelf) as assistant:
        answer = asked(assistant, "How many theorems does LeanBench hold, and does it need a GPU?")
    assert steps(answer) == ["read", "search", "write", "verify", "repair"]
    assert "98 theorems" in answer.text and "does not need a GPU" in answer.text


def test_where_only_the_whole_is_held_the_whole_is_answered(sample: Assistant) -> None:
    """Its second half alone is refused, and says nothing that the papers hold."""
    answer = sample.ask("Does LeanDojo help provers, and how should the GraphCast-like trimmings be weighed out by hand?")
    assert not answer.abstained
    assert answer.sources[0].paper.title.startswith("LeanDojo")
