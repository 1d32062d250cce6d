"""Odd replies of models end in a clear state: thoughts, refusals, calls of tools, cuts, nothing; and texts set in odd ways."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from endpoint import Endpoint
from pipeline import asked, opened, plays, roles
from test_llm import streamed
from test_local import Server

from assistant import Answer
from assistant.answer.citations import Numbering, body, split
from assistant.answer.generate import declined
from assistant.errors import EmptyReply
from assistant.models.endpoint import Chat
from assistant.models.local import LocalModel
from assistant.types import LanguageModel, Message, Reply

HI: list[Message] = [{"role": "user", "content": "Hi"}]
QUESTION = "How many theorems does LeanBench hold?"
TRUE = "LeanBench holds 98 theorems of Lean [LeanBench]."
CALL = {"index": 0, "id": "1", "type": "function", "function": {"name": "search", "arguments": "{}"}}


class Odd(NamedTuple):
    """A reply in pieces, and what becomes of it: a text, or the words of an error."""

    deltas: list[dict[str, Any]]
    finish: str
    text: str = ""
    error: str = ""
    cut: str = ""


LIMIT = "the limit on its tokens was reached"
ODD = {
    "thoughts": Odd([{"content": "<think>Hm.</think>"}, {"content": "Tea."}], "stop", "Tea."),
    "thoughts beside": Odd([{"reasoning_content": "Hm."}, {"content": "Tea."}], "stop", "Tea."),
    "thoughts alone": Odd([{"content": "<think>Hm.</think>"}], "stop", error="replied nothing; it stopped for 'stop'"),
    "thoughts beside alone": Odd([{"reasoning_content": "Hm."}], "stop", error="replied nothing; it stopped for 'stop'"),
    "thoughts up to the limit": Odd([{"content": "<think>Hm."}], "length", error="replied nothing; it stopped for 'length'"),
    "thoughts beside up to the limit": Odd([{"reasoning_content": "Hm."}], "length", error="it stopped for 'length'"),
    "the limit": Odd([{"content": "Tea is"}], "length", "Tea is", cut=LIMIT),
    "the limit behind thoughts": Odd([{"content": "<think>Hm.</think>Tea is"}], "length", "Tea is", cut=LIMIT),
    "nothing": Odd([], "stop", error="replied nothing; it stopped for 'stop'"),
    "blanks": Odd([{"content": " \n"}], "stop", error="replied nothing; it stopped for 'stop'"),
    "signs without width": Odd(
        [{"content": "\u200b\u2060"}, {"content": "\ufeff\u00ad"}], "stop", error="replied nothing; it stopped"
    ),
    "signs without ink": Odd([{"content": "\u3164\u2800 \ufe0f\u0301"}], "stop", error="replied nothing; it stopped for 'stop'"),
    "signs behind thoughts": Odd([{"content": "<think>Hm.</think>\u200b"}], "stop", error="replied nothing; it stopped for 'stop'"),
    "signs that are taken out": Odd([{"content": "\u202e\u2066\x07"}], "stop", error="replied nothing; it stopped for 'stop'"),
    "a call of a tool": Odd([{"tool_calls": [CALL]}], "tool_calls", error="replied nothing but a call of a tool"),
    "nothing, for a reason in words": Odd([], "Bees never sleep [1].", error="it stopped for another reason$"),
    "nothing, for a reason of its own": Odd([], "bees_sleep", error="it stopped for 'bees_sleep'$"),
    "a call behind a text": Odd([{"content": "Tea."}, {"tool_calls": [CALL]}], "tool_calls", "Tea."),
    "a refusal": Odd([{"refusal": "I cannot help "}, {"refusal": "with that."}], "stop", error="declined to answer$"),
    "a refusal behind a text": Odd([{"content": "Tea."}, {"refusal": "No."}], "stop", "Tea."),
}


def _event(delta: dict[str, Any] | None, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}]}


def replied(odd: Odd, kind: str, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reply:
    events = [*map(_event, odd.deltas), _event(None, odd.finish)]
    model: LanguageModel = Chat("m", endpoint.url, timeout=10, retries=0)
    match kind:
        case "whole":
            message: dict[str, Any] = {"role": "assistant", "content": None}
            for name, piece in (item for delta in odd.deltas for item in delta.items()):
                message[name] = (message.get(name) or type(piece)()) + piece
            endpoint.script = [(200, {"choices": [{"index": 0, "message": message, "finish_reason": odd.finish}]})]
            return model.complete(HI)
        case "streamed":
            endpoint.script = [(200, "".join(f"data: {json.dumps(event)}\n\n" for event in events))]
        case _:
            monkeypatch.setattr(importlib.import_module("xllamacpp"), "Server", Server)
            usage: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}
            monkeypatch.setattr(Server, "says", [*events, usage])
            model = LocalModel(tmp_path / "played.gguf", 2048, 1)
    return streamed(model.stream(HI))[1]


@pytest.mark.parametrize("kind", ["whole", "streamed", "in this process"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_reply_is_its_text_or_an_error_that_says_why(
    odd: Odd, kind: str, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "in this process" and any("refusal" in delta for delta in odd.deltas):
        pytest.skip("llama.cpp knows no such field")
    if odd.error:
        with pytest.raises(EmptyReply, match=odd.error) as caught:
            replied(odd, kind, endpoint, tmp_path, monkeypatch)
        assert str(caught.value).isprintable() and caught.value.declined == ("refusal" in odd.deltas[0] if odd.deltas else False)
    else:
        reply = replied(odd, kind, endpoint, tmp_path, monkeypatch)
        assert (reply.text, reply.cut, reply.finished) == (odd.text, odd.cut, not odd.cut)


def test_a_refusal_in_its_own_field_gives_way_to_quotes_that_say_so(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.script = [
        (200, "".join(f"data: {json.dumps(each)}\n\n" for each in (_event({"refusal": "No."}), _event(None, "stop"))))
    ]
    with opened(shelf, endpoint, "answer.sentences=1", "answer.papers=1") as assistant:
        answer = asked(assistant, QUESTION)
    assert answer.text == "Quotes only, as the model declined to answer: LeanBench holds 98 theorems of Lean. [1]"
    assert answer.incomplete and "declined to answer; what is quoted" in answer.incomplete


DECLINED = [
    "I cannot help with that.",
    "I can\u2019t answer this question from the papers.",
    "I'm sorry, but I can't assist with that request.",
    "I am sorry, I am unable to find this.",
    "Unfortunately, the provided abstracts do not mention the price of tea.",
    "The papers do not say how many theorems it holds.",
    "The given sources don't explicitly state the number of theorems. If you have more, tell me!",
    "As an AI language model, I have no access to that.",
    "Based on the given text, the passages do not provide this figure.",
    "My apologies! I could not find an answer.",
    "There is no information on this in the papers.",
    "I don't have enough information to answer.",
]
ANSWERS = [
    "I cannot be solved by search alone [1].",
    "The papers do not say how many, but LeanBench holds 98 [1].",
    "LeanBench does not need a GPU.",
    "Provers without hints cannot solve half of the theorems.",
    "It holds 98 theorems.",
    "Bees sleep; there is no information loss.",
    "Sorry is the name of the tactic that LeanBench leaves out.",
    "I-JEPA does not need labels.",
    "Text models do not need a GPU.",
]


@pytest.mark.parametrize("said", DECLINED)
def test_a_text_that_declines_is_told_from_an_answer(said: str) -> None:
    assert declined(said)


@pytest.mark.parametrize("said", ANSWERS)
def test_an_answer_declines_nothing(said: str) -> None:
    assert not declined(said)


@pytest.mark.parametrize("piece", [1, 1000])
@pytest.mark.parametrize("mode", ["strict", "mark"])
def test_a_text_that_declines_is_a_refusal_without_the_words_of_the_model(
    shelf: Path, endpoint: Endpoint, piece: int, mode: str
) -> None:
    endpoint.piece = piece
    plays(endpoint, "I'm sorry, but I can't assist with that. Ask me something else!", revise="x")
    answer = answered(shelf, endpoint, f"answer.mode={mode}")
    assert answer.abstained and answer.claims == ()
    assert answer.reason == "The model declined to answer."
    assert answer.nearest and roles(endpoint) == ["answer"], "no call is spent on mending it"


def answered(shelf: Path, endpoint: Endpoint, *flags: str) -> Answer:
    with opened(shelf, endpoint, *flags) as assistant:
        return asked(assistant, QUESTION)


def test_a_table_in_place_of_a_sentence_is_no_rewrite(shelf: Path, endpoint: Endpoint) -> None:
    plays(
        endpoint,
        "LeanBench holds 12 theorems of Lean [1].",
        revise="| set | banana |\n|---|---|\n| LeanBench | 98 theorems of Lean |",
    )
    answer = answered(shelf, endpoint)
    assert "revise" in roles(endpoint) and answer.abstained and "banana" not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        '<tool_call>\n{"name": "search", "arguments": {"query": "LeanBench"}}\n</tool_call>',
        '{"name": "search", "parameters": {}}',
        "```json\n{}\n```",
    ],
)
def test_a_call_of_a_tool_in_words_is_a_refusal(shelf: Path, endpoint: Endpoint, said: str) -> None:
    plays(endpoint, said, revise="NONE")
    assert answered(shelf, endpoint).abstained


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("[1] 1.25 million", [("1.25 million", (1,))], id="a figure behind a marker"),
        pytest.param("1.25 million [1]", [("1.25 million", (1,))], id="a figure before a marker"),
        pytest.param(
            "[1] Tea is hot. [2] Bees fly. [3] Wax melts.",
            [("Tea is hot.", (1,)), ("Bees fly.", (2,)), ("Wax melts.", (3,))],
            id="in front of each sentence",
        ),
        pytest.param("[3][1] Tea is hot. [2] Bees fly.", [("Tea is hot.", (1, 2)), ("Bees fly.", (3,))], id="two in front"),
        pytest.param("[1] Tea is hot. [2] Bees fly [3].", [("Tea is hot.", (1, 2)), ("Bees fly.", (3,))], id="in front once"),
        pytest.param("[1]: Tea is hot.\n[2]: Bees fly.", [("Tea is hot.", (1,)), ("Bees fly.", (2,))], id="with colons"),
        pytest.param("Tea is hot [1].\n[1]: A Paper on Tea", [("Tea is hot.", (1,))], id="a footnote"),
        pytest.param("(1) Tea is hot [1].\n(2) Wax melts [2].", [("Tea is hot.", (1,)), ("Wax melts.", (2,))], id="(1)"),
        pytest.param("a) Tea is hot [1]\nb) Wax melts [2]", [("Tea is hot", (1,)), ("Wax melts", (2,))], id="a)"),
        pytest.param("1. [1] Tea is hot.\n2. [2] Bees fly.", [("Tea is hot.", (1,)), ("Bees fly.", (2,))], id="list of them"),
        pytest.param(
            "Here it is:\n| Paper | Number |\n|:---|---:|\n| Tea [1] | 1.25 million |\n| Wax | 51.2% [2] |",
            [("Here it is:", ()), ("Tea, 1.25 million", (1,)), ("Wax, 51.2%", (2,))],
            id="table",
        ),
        pytest.param("p(x | y) is high [1].", [("p(x | y) is high.", (1,))], id="no table"),
    ],
)
def test_a_text_is_read_however_it_is_set(written: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    found = body(split(written, Numbering(["a", "b", "c"], [])))
    assert [(claim.text, claim.sources) for claim in found] == expected


@pytest.mark.parametrize(
    "said",
    [
        f"~~{TRUE}~~",
        f"~~{TRUE} {TRUE} {TRUE}~~",
        f"<del>It is so. {TRUE}</del>",
        f"- ~~{TRUE}~~",
        f"Wrong - {TRUE}",
        f"\\sout{{{TRUE}}}",
        "".join(f"{char}\u0336" for char in TRUE[:-13]) + TRUE[-13:],
    ],
    ids=["tildes", "around three", "a tag around two", "in a list", "called wrong", "tex", "a stroke a letter"],
)
def test_what_a_model_takes_back_is_not_supported(shelf: Path, endpoint: Endpoint, said: str) -> None:
    plays(endpoint, f"{said}\n\n{TRUE}", revise="NONE")
    *taken, kept = answered(shelf, endpoint, "answer.mode=mark").claims
    assert taken and not [claim for claim in taken if not claim.verdict or claim.verdict.verdict == "supported"]
    assert kept.verdict and kept.verdict.verdict == "supported"


@pytest.mark.parametrize(
    "reply",
    [
        f"## False claims\n\n{TRUE}",
        f"# What LeanBench does not say\n## Theorems\n{TRUE}",
        f"**Common myths**\n\n- {TRUE}",
        f"Not true\n- {TRUE}",
        "## Myths\n\nLeanBench holds 98 theorems of Lean.",
    ],
    ids=["heading", "two headings", "bold", "line", "without a source"],
)
def test_what_stands_below_a_heading_that_denies_is_not_shown_as_true(shelf: Path, endpoint: Endpoint, reply: str) -> None:
    plays(endpoint, f"{TRUE}\n\n{reply}\n\n# Findings\n\n- {TRUE}", revise="NONE")
    first, *others, last = answered(shelf, endpoint, "answer.mode=mark").claims
    denied = [claim for claim in others if claim.text.startswith("LeanBench holds")]
    assert [claim.verdict.reasons for claim in denied if claim.verdict] == [("its heading denies it",)]
    assert all(claim.verdict and claim.verdict.verdict == "supported" for claim in (first, last))


def test_a_table_of_true_cells_is_proved(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "| Data set | Theorems |\n|---|---|\n| LeanBench [LeanBench] | 98 theorems of Lean |")
    with opened(shelf, endpoint) as assistant:
        *_, answer = assistant.events(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.text == "| Data set | Theorems |\n|---|---|\n| LeanBench [1] | 98 theorems of Lean |" and not answer.abstained


def test_a_figure_alone_behind_its_marker_is_proved(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "[LeanBench] 98 theorems")
    with opened(shelf, endpoint) as assistant:
        *_, answer = assistant.events(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.text == "[1] 98 theorems" and answer.sources[0].quote == "LeanBench holds 98 theorems of Lean."


def test_what_is_written_well_is_no_refusal(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE)
    assert not answered(shelf, endpoint).abstained
