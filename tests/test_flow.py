"""Flows: the shipped ones, wrong ones, and what runs in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from endpoint import Endpoint
from pipeline import Words, asked, happenings, opened, plays, roles, sound, written

from assistant import Answer, Assistant
from assistant.answer.flow import SHIPPED, Do, Each, If, While, load
from assistant.answer.steps import CONDITIONS, OPERATORS
from assistant.errors import ConfigError

QUESTION = "How many theorems does LeanBench hold?"
BOTH = "How many theorems does LeanBench hold, and in how many seconds does KettleNet boil water?"
NOT_HELD = "Who painted the GraphCast ceiling?"


def flow(folder: Path, content: object) -> str:
    """The path of a file with this flow."""
    path = folder / "flow.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
    return str(path)


def steps(answer: Answer) -> list[str]:
    return [step.name for step in answer.trace]


# Reading


def test_every_shipped_flow_loads_and_no_other_is_shipped() -> None:
    for name in SHIPPED:
        assert load(name, OPERATORS, CONDITIONS)
    folder = Path(__file__).parents[1] / "config" / "flows"
    assert {path.stem for path in folder.glob("*")} == set(SHIPPED)


def test_a_flow_of_every_kind_of_step_is_read(tmp_path: Path) -> None:
    written = """
    steps:
      - retrieve
      - while: uncovered
        do: [rephrase]
      - each: part
        do:
          - if: answerable
            then: [write, verify]
            else: [repair]
    """
    assert load(flow(tmp_path, written), OPERATORS, CONDITIONS) == (
        Do("retrieve"),
        While("uncovered", (Do("rephrase"),)),
        Each((If("answerable", (Do("write"), Do("verify")), (Do("repair"),)),)),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param({"steps": ["retreive"]}, "unknown step 'retreive'; did you mean 'retrieve'", id="unknown operator"),
        pytest.param({"steps": ["zzz"]}, "unknown step 'zzz'; it is one of condense, retrieve", id="nothing near"),
        pytest.param(
            {"steps": [{"if": "answerabel", "then": ["retrieve"]}]}, "condition 'answerabel'.*'answerable'", id="unknown condition"
        ),
        pytest.param({"steps": [{"while": 5, "do": ["retrieve"]}]}, "unknown condition 5", id="condition that is no text"),
        pytest.param({"steps": [{"while": ["uncovered"], "do": ["retrieve"]}]}, "unknown condition", id="condition in a list"),
        pytest.param({"steps": [{"each": {"part": 1}, "do": ["retrieve"]}]}, "unknown word after 'each'", id="each of what"),
        pytest.param({"steps": [{"each": "page", "do": ["retrieve"]}]}, "unknown word after 'each' 'page'", id="each page"),
        pytest.param({"steps": []}, "a list of steps is wanted", id="no steps"),
        pytest.param({"steps": None}, "a list of steps is wanted", id="nothing under steps"),
        pytest.param({"steps": "retrieve"}, "has 'retrieve' where a list of steps is wanted", id="not a list"),
        pytest.param({"steps": {"retrieve": 1}}, "a list of steps is wanted", id="keys for a list"),
        pytest.param({"steps": [{"if": "answerable", "then": []}]}, "a list of steps is wanted", id="nothing to do"),
        pytest.param({"steps": [{"if": "answerable"}]}, "a step is a name, or has the keys", id="if without then"),
        pytest.param({"steps": [{"if": "answerable", "do": ["retrieve"]}]}, "a step is a name", id="keys mixed"),
        pytest.param({"steps": [5]}, "has 5; a step is a name", id="a number"),
        pytest.param({"steps": [["retrieve"]]}, "a step is a name", id="a list in the list"),
        pytest.param({}, "must hold the key 'steps' and no other", id="empty"),
        pytest.param({"steps": ["retrieve"], "name": "x"}, "and no other", id="another key"),
        pytest.param("- retrieve", "holds no keys", id="a bare list"),
        pytest.param("steps: [", "cannot read the flow", id="no YAML"),
    ],
)
def test_a_wrong_flow_is_one_line_that_names_file_and_fault(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(flow(tmp_path, content), OPERATORS, CONDITIONS)
    assert "flow.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(["retrieve", "write"], id="never"),
        pytest.param(["retrieve", "verify", "write"], id="before"),
        pytest.param(["retrieve", "write", "verify", "write"], id="only once of twice"),
        pytest.param(["write", {"if": "answerable", "then": ["verify"]}], id="only at times"),
        pytest.param([{"if": "answerable", "then": ["write"], "else": ["verify"]}], id="in the other branch"),
        pytest.param(["write", {"while": "uncovered", "do": ["verify"]}], id="in a loop that may not run"),
        pytest.param([{"while": "uncovered", "do": ["verify", "write"]}], id="before, in a loop"),
        pytest.param([{"each": "part", "do": ["write"]}], id="in parts"),
        pytest.param(["write", {"each": "part", "do": ["retrieve", "verify"]}], id="other parts"),
    ],
)
def test_a_flow_that_may_show_what_is_not_verified_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(ConfigError, match="does not verify afterwards; nothing unproved is shown"):
        load(flow(tmp_path, {"steps": content}), OPERATORS, CONDITIONS)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(["write", "verify"], id="afterwards"),
        pytest.param(["write", "write", "repair", "verify"], id="later"),
        pytest.param(["verify", {"if": "answerable", "then": ["write", "verify"]}], id="in its branch"),
        pytest.param([{"if": "answerable", "then": ["write"]}, "verify"], id="after the branch"),
        pytest.param([{"each": "part", "do": ["write"]}, "verify"], id="after the parts"),
        pytest.param(["retrieve"], id="nothing written"),
    ],
)
def test_a_flow_that_verifies_all_it_writes_is_taken(tmp_path: Path, content: object) -> None:
    assert load(flow(tmp_path, {"steps": content}), OPERATORS, CONDITIONS)


@pytest.mark.parametrize("name", ["conditonal", "none", "", "flow.txt"])
def test_a_flow_that_is_neither_shipped_nor_a_file_is_named_with_those_that_are(name: str) -> None:
    with pytest.raises(ConfigError, match=r"answer\.flow cannot be .*linear, conditional, branching, looping or the path"):
        load(name, OPERATORS, CONDITIONS)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"cannot read the flow 'gone\.yaml': No such file"):
        load("gone.yaml", OPERATORS, CONDITIONS)


def test_a_wrong_flow_stops_a_question_with_one_line(shelf: Path, tmp_path: Path) -> None:
    with opened(shelf, None, f"answer.flow={flow(tmp_path, {'steps': ['wirte']})}") as assistant, pytest.raises(ConfigError):
        assistant.ask(QUESTION)


# Running


@pytest.mark.parametrize("name", SHIPPED)
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
    assert [step for step in steps(answer) if step != "while"] == ["condense", "retrieve", "write", "verify", "repair"]
    assert all(step.seconds >= 0 for step in answer.trace)
    assert len(endpoint.calls) == (1 if writer == "model" else 0)


def test_a_flow_of_ones_own_runs_and_shapes_the_fingerprint(shelf: Path, tmp_path: Path) -> None:
    first = flow(tmp_path, {"steps": ["retrieve", "write", "verify"]})
    prints: list[str] = []
    for content in (["retrieve", "write", "verify"], ["retrieve", "write", "verify", "repair"]):
        flow(tmp_path, {"steps": content})
        with opened(shelf, None, f"answer.flow={first}") as assistant:
            answer = asked(assistant, QUESTION)
        assert steps(answer) == content
        prints.append(answer.fingerprint)
    assert prints[0] != prints[1]  # the file has the same name, and other steps


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(["condense"], id="searches for nothing"),
        pytest.param(["write", "verify"], id="writes from nothing"),
        pytest.param(["rephrase", "retrieve", "rephrase", "verify", "repair"], id="rephrases before it searches"),
        pytest.param([{"while": "uncovered", "do": ["rephrase"]}, {"if": "answerable", "then": ["repair"]}], id="no search"),
        pytest.param([{"each": "part", "do": ["condense"]}], id="parts of nothing"),
        pytest.param([{"each": "part", "do": [{"each": "part", "do": ["retrieve"]}]}], id="parts of parts"),
    ],
)
def test_an_odd_flow_refuses(shelf: Path, tmp_path: Path, content: object) -> None:
    with opened(shelf, None, f"answer.flow={flow(tmp_path, {'steps': content})}") as assistant:
        answer = asked(assistant, BOTH)
    assert answer.abstained


def test_a_conditional_flow_asks_no_model_about_what_the_library_does_not_hold(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "UNANSWERABLE")
    with opened(shelf, endpoint, "answer.flow=conditional", "answer.threshold=0.9") as assistant:
        refused = asked(assistant, NOT_HELD)
    assert refused.abstained
    assert refused.usage.calls == 0
    assert endpoint.calls == []
    assert steps(refused) == ["condense", "retrieve"]
    with opened(shelf, endpoint, "answer.flow=linear", "answer.threshold=0.9") as assistant:
        same = asked(assistant, NOT_HELD)
    assert same.abstained
    assert same.reason == refused.reason
    assert roles(endpoint) == ["answer"]


def test_a_loop_ends_after_its_rounds_and_says_so(shelf: Path) -> None:
    question = "How many theorems does LeanBench hold, and what does the Zeppelin lander weigh?"
    with opened(shelf, None, "answer.flow=looping", "answer.rounds=2") as assistant:
        answer = asked(assistant, question)
    assert [step for step in steps(answer) if step in ("retrieve", "rephrase")] == ["retrieve"] + ["rephrase", "retrieve"] * 2
    (why,) = [step.detail for step in answer.trace if step.name == "while"]
    assert why == "still uncovered after 2 rounds"


def test_a_loop_that_has_what_it_wants_ends_at_once_and_says_so(shelf: Path) -> None:
    with opened(shelf, None, "answer.flow=looping") as assistant:
        answer = asked(assistant, QUESTION)
    (why,) = [step.detail for step in answer.trace if step.name == "while"]
    assert why == "no longer uncovered after 0 rounds"
    assert steps(answer).count("retrieve") == 1


def test_a_loop_lets_the_model_reword_what_it_does_not_find(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "UNANSWERABLE", multi_query='{"rewordings": ["the bees in the hives"]}')
    with opened(shelf, endpoint, "answer.flow=looping", "answer.rounds=3") as assistant:
        answer = asked(assistant, "What does the Zeppelin lander weigh?")
    reworded = [step.detail for step in answer.trace if step.name == "rephrase"]
    assert "the bees in the hives" in reworded
    assert roles(endpoint)[-1] == "answer"


def test_a_flow_of_ones_own_can_let_the_model_reword_too(shelf: Path, tmp_path: Path, endpoint: Endpoint) -> None:
    plays(endpoint, multi_query='{"rewordings": ["the bees in the hives"]}')
    own = flow(tmp_path, {"steps": ["retrieve", {"while": "uncovered", "do": ["rephrase", "retrieve"]}]})
    with opened(shelf, endpoint, f"answer.flow={own}") as assistant:
        answer = asked(assistant, "What does the Zeppelin lander weigh?")
    assert "the bees in the hives" in [step.detail for step in answer.trace]


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
    assert steps(answer) == ["condense"] + ["retrieve", "write", "verify", "repair"] * 2
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
    assert steps(answer) == ["condense", "retrieve", "write", "verify", "repair"]
    assert "98 theorems" in answer.text and "does not need a GPU" in answer.text


def test_where_only_the_whole_is_held_the_whole_is_answered(sample: Assistant) -> None:
    """Its second half alone is refused, and says nothing that the papers hold."""
    answer = sample.ask("Does LeanDojo help provers, and how should the GraphCast-like trimmings be weighed out by hand?")
    assert not answer.abstained
    assert answer.sources[0].paper.title.startswith("LeanDojo")
