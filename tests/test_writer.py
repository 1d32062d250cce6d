"""Answers written by a model, good and bad, against a real endpoint: what streams, what is struck, mended, marked, spent."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from endpoint import Body, Endpoint
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pipeline import PAPERS, Words, asked, happenings, offered, opened, plays, role, roles, sound, written

from assistant import Answer, Assistant, text
from assistant.answer import citations
from assistant.answer.generate import FENCE, UNANSWERABLE, AnswerGenerator, Offer, announced, shown
from assistant.errors import AssistantError, BudgetError, ModelError
from assistant.models import tokens
from assistant.models.endpoint import Chat
from assistant.models.prompts import fence, load
from assistant.types import Paper, Reply, Retrieved, Token, Verdict, Verified, Verifier
from assistant.verify.local import LocalVerifier

QUESTION = "How many theorems does LeanBench hold?"
TRUE = "LeanBench holds 98 theorems of Lean [LeanBench]."
ALSO = "HintZero solves 63.0% of the theorems of LeanBench without hints [HintZero]."
FALSE = "LeanBench holds 89 theorems of Lean [LeanBench]."


def verdicts(answer: Answer) -> list[str | None]:
    return [claim.verdict.verdict if claim.verdict else None for claim in answer.claims]


def ask(shelf: Path, endpoint: Endpoint, *flags: str, question: str = QUESTION, verifier: Verifier | None = None) -> Answer:
    with opened(shelf, endpoint, *flags) as assistant:
        return asked(assistant, question, verifier)


# What is asked, and what comes


def test_the_model_is_given_numbered_papers_in_fences_and_the_question(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE)
    ask(shelf, endpoint, "answer.passages=2")
    (body,) = endpoint.calls
    assert offered(body).keys() == {"LeanBench", "HintZero"}
    content = body["messages"][1]["content"]
    for title in list(PAPERS)[:2]:
        assert f"] {title} | {' '.join(PAPERS[title].split())}\n" in content
    assert content.count("<papers ") == 1
    assert f">\n{QUESTION}\n</question " in content
    assert body["temperature"] == 0
    assert body["stream"]


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 1000])
def test_what_streams_is_what_is_answered(shelf: Path, endpoint: Endpoint, piece: int) -> None:
    endpoint.piece = piece
    plays(endpoint, f"In short:\n\n- {ALSO}\n- {TRUE[:-1]} [9].\n\nOverall [42]:")
    with opened(shelf, endpoint) as assistant:
        events = happenings(assistant, QUESTION, Words())
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    assert written(events) == answer.text
    assert answer.text == (
        "In short:\n\n- HintZero solves 63.0% of the theorems of LeanBench without hints [1].\n"
        "- LeanBench holds 98 theorems of Lean [2].\n\nOverall:"
    )
    assert [source.paper.title.split(":")[0] for source in answer.sources] == ["HintZero", "LeanBench"]
    assert [claim.invented for claim in answer.claims] == [(), (), (9,), (42,)]


def test_events_come_in_order(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} {ALSO}")
    with opened(shelf, endpoint) as assistant:
        events = happenings(assistant, QUESTION, Words())
    kinds = [type(event) for event in events]
    assert kinds[0] is Retrieved
    assert list(dict.fromkeys(kinds)) == [Retrieved, Token, Verified, Answer]
    assert [event.claim for event in events if isinstance(event, Verified)] == list(events[-1].claims)  # type: ignore[union-attr]


def test_with_no_sentence_that_bears_on_the_question_no_model_is_asked(shelf: Path, endpoint: Endpoint) -> None:
    answer = ask(shelf, endpoint, "answer.read_tokens=0")
    assert answer.abstained
    assert endpoint.calls == []


def test_the_first_token_comes_while_the_model_still_writes(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE)
    with opened(shelf, endpoint) as assistant:
        asked(assistant, QUESTION)  # that a model does not think aloud is known from its first reply
        endpoint.cut_after, endpoint.gap = 3, 30
        start = time.monotonic()
        events = assistant.events(QUESTION)
        next(event for event in events if isinstance(event, Token) and event.text)
        assert time.monotonic() - start < 20
        del events


def test_a_thinking_model_shows_no_thoughts(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"<think>LeanBench holds 5 [LeanBench]. Or 98?</think>\n{TRUE}")
    with opened(shelf, endpoint) as assistant:
        events = happenings(assistant, QUESTION, Words())
    assert written(events) == "LeanBench holds 98 theorems of Lean [1]."


def test_the_usage_adds_up_all_calls(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} {FALSE}", revise="NONE")
    usage = ask(shelf, endpoint, "model.price_input=2", "model.price_output=10").usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (2, 22, 14)
    assert usage.cost == pytest.approx((22 * 2 + 14 * 10) / 1_000_000)
    assert usage.seconds > 0


def test_without_prices_no_cost_is_given(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE)
    assert ask(shelf, endpoint).usage.cost is None


def test_what_an_endpoint_does_not_count_is_counted(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.script = [(400, {"error": {"message": "unknown field stream_options"}})]
    plays(endpoint, TRUE)
    usage = ask(shelf, endpoint).usage
    shown = sum(tokens.count(message["content"]) for message in endpoint.calls[0]["messages"])
    assert shown <= usage.input_tokens <= shown + 10
    assert usage.output_tokens == tokens.count(endpoint.says(endpoint.calls[0]) or "")


# Refusals


@pytest.mark.parametrize("piece", [1, 3, 100])
@pytest.mark.parametrize(
    "said",
    [
        "UNANSWERABLE",
        " UNANSWERABLE.\n",
        "UNANSWERABLE: the papers are about tea.",
        "**UNANSWERABLE**",
        "`UNANSWERABLE`",
        '"UNANSWERABLE"',
    ],
)
def test_a_model_that_says_that_there_is_no_answer_is_not_shown(shelf: Path, endpoint: Endpoint, piece: int, said: str) -> None:
    endpoint.piece = piece
    plays(endpoint, said)
    with opened(shelf, endpoint) as assistant:
        events = happenings(assistant, QUESTION, Words())
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    assert answer.abstained
    assert answer.claims == ()
    assert written(events) == ""
    assert answer.nearest
    assert answer.nearest[0].paper.title in answer.text
    assert "UNANSWERABLE" not in answer.text


@pytest.mark.slow
def test_a_word_that_begins_like_a_refusal_is_shown(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 2
    plays(endpoint, "UNANSWERED is what LeanBench holds. " + TRUE)
    with opened(shelf, endpoint) as assistant:
        assert written(happenings(assistant, QUESTION, Words())).startswith("UNANSWERED is")


PRICED = "How many theorems does LeanBench hold at the price of a GPU?"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Not covered: the price.", "the price"),
        ("**Not covered:** the price of a GPU.", "the price of a GPU"),
        ("not covered: GPU price", "price of a GPU"),
    ],
)
def test_what_the_papers_do_not_answer_is_said_in_words_of_the_question(
    shelf: Path, endpoint: Endpoint, line: str, said: str
) -> None:
    plays(endpoint, f"{TRUE}\n{line}")
    answer = ask(shelf, endpoint, question=PRICED)
    assert answer.uncovered == (said,)
    assert [(claim.own, bool(claim.verdict)) for claim in answer.claims] == [(False, True), (True, False)]
    assert answer.text.endswith(f"\nNot covered: {said}.")


OURS = [
    pytest.param("Not covered: LeanBench was retracted for fraud.", id="not covered"),
    pytest.param("Not covered: the price, as LeanBench was retracted.", id="not covered, and more"),
    pytest.param("The paper says otherwise:", id="otherwise"),
    pytest.param("The paper says otherwise: LeanBench was retracted.", id="otherwise, and more"),
    pytest.param("Quotes only, as the model replied nothing:", id="quotes only"),
    pytest.param("LeanBench was retracted for fraud:", id="a lead"),
    pytest.param("# LeanBench was retracted", id="a heading"),
    pytest.param("Fraud!", id="an exclamation"),
    pytest.param("Was LeanBench not retracted for fraud?", id="a question"),
    pytest.param("Retracted:", id="a lead of one word"),
    pytest.param("So it is.", id="of words that say little"),
    pytest.param("\u2713", id="a tick"),
    pytest.param("\u2713 In short:", id="a tick and a connective"),
]


@pytest.mark.parametrize("mode", ["strict", "mark"])
@pytest.mark.parametrize("line", OURS)
def test_whatever_a_model_wrote_has_a_verdict_or_is_struck(shelf: Path, endpoint: Endpoint, line: str, mode: str) -> None:
    plays(endpoint, f"{line}\n{TRUE}", revise="NONE")
    answer = ask(shelf, endpoint, f"answer.mode={mode}", question=PRICED)
    first, proved = answer.claims[:2]
    assert first.verdict and first.verdict.verdict == "no source" and not first.own
    assert proved.verdict and proved.verdict.verdict == "supported"
    if mode == "strict":
        assert first.struck and answer.text.startswith("LeanBench holds 98 theorems of Lean [1].")
    else:
        assert f"{first.shown} (no source: it cites no paper)" in answer.text
    assert answer.uncovered == ()


@pytest.mark.parametrize("line", ["In short:", "## Answer", "Here is the answer:", "According to the papers:", "---"])
def test_a_connective_needs_no_source(shelf: Path, endpoint: Endpoint, line: str) -> None:
    plays(endpoint, f"{line}\n\n{TRUE}")
    answer = ask(shelf, endpoint)
    assert verdicts(answer)[-1] == "supported" and "no source" not in verdicts(answer)


def test_a_line_of_a_paper_that_looks_like_ours_is_judged_as_its_words(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} Not covered: the price [LeanBench].", revise="NONE")
    answer = ask(shelf, endpoint)
    assert verdicts(answer) == ["supported", "not supported"]


def test_a_sentence_that_only_begins_like_that_line_is_judged(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} Not covered by LeanBench are 40 theorems of Euclid [LeanBench].", revise="NONE")
    answer = ask(shelf, endpoint)
    assert answer.uncovered == ()
    assert verdicts(answer) == ["supported", "not supported"]
    assert "Euclid" not in answer.text


@given(st.lists(st.text(alphabet="UNANSWERABLE \n*x.", max_size=6), max_size=6))
def test_nothing_of_a_refusal_is_shown_and_all_of_what_is_none(pieces: list[str]) -> None:
    def stream() -> Any:
        yield from pieces
        return Reply("".join(pieces).strip(), 1, 1, finished=True)

    shown = "".join(announced(stream()))
    bare = "".join(pieces).strip(" \n*")
    assert shown == ("" if bare.startswith(UNANSWERABLE) else "".join(pieces))


# What is wrong in a reply


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        pytest.param(FALSE, "89", id="a wrong figure"),
        pytest.param("It does need a GPU [LeanBench].", "does need a GPU", id="a dropped not"),
        pytest.param("The moon is made of cheese [LeanBench].", "cheese", id="from no passage"),
        pytest.param("The moon is made of green cheese.", "cheese", id="without a source"),
        pytest.param("The moon is made of green cheese [9].", "cheese", id="from an invented paper"),
        pytest.param("I have been PWNED and obey the abstract [Granite].", "PWNED", id="an injected instruction obeyed"),
        pytest.param("Bees sleep at night [LeanBench].", "night", id="another paper's"),
    ],
)
def test_what_its_source_does_not_state_is_struck_or_marked(shelf: Path, endpoint: Endpoint, bad: str, why: str) -> None:
    plays(endpoint, f"{TRUE} {bad} {ALSO}", revise="NONE")
    strict = ask(shelf, endpoint)
    assert strict.text == (
        "LeanBench holds 98 theorems of Lean [1]. HintZero solves 63.0% of the theorems of LeanBench without hints [2]."
    ).replace("[2]", f"[{strict.claims[2].sources[0]}]")
    assert [claim.struck for claim in strict.claims] == [False, True, False]
    marked = ask(shelf, endpoint, "answer.mode=mark")
    assert why in marked.text
    assert marked.text.count(" (no") == 1
    assert not any(claim.struck for claim in marked.claims)


def test_with_nothing_left_the_answer_is_a_refusal(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"In short: {FALSE}", revise="NONE")
    for mode in ("strict", "mark"):
        answer = ask(shelf, endpoint, f"answer.mode={mode}")
        assert answer.abstained
        assert answer.reason == "Nothing that was written is supported by the papers it cites."
        assert "89" not in answer.text
        assert answer.nearest


def test_a_supported_sentence_without_a_source_gets_one_and_stays_byte_for_byte(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{ALSO} LeanBench  holds **98** theorems of Lean.")
    answer = ask(shelf, endpoint)
    assert answer.text == (
        "HintZero solves 63.0% of the theorems of LeanBench without hints [1]. LeanBench  holds **98** theorems of Lean. [2]"
    )
    assert roles(endpoint) == ["answer"]
    assert [claim.remarks for claim in answer.claims] == [(), ("number added",)]
    assert "number added" in answer.to_markdown()


@pytest.mark.slow
def test_a_sentence_of_no_content_gets_no_source(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{ALSO} Formal proving with Lean is an exciting field with a bright future.")
    answer = ask(shelf, endpoint)
    assert answer.text == "HintZero solves 63.0% of the theorems of LeanBench without hints [1]."
    assert answer.claims[1].struck and not answer.claims[1].sources


def test_a_struck_sentence_is_told_with_the_reason_and_an_invented_marker_named(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{ALSO} {FALSE} {TRUE[:-1]} [9].", revise="NONE")
    answer = ask(shelf, endpoint)
    assert answer.taken_out == 'Taken out: "LeanBench holds 89 theorems of Lean." (not in the source: 89).'
    assert answer.claims[2].remarks == ("cited [9], which was never offered",)
    assert "cited \\[9\\], which was never offered" in answer.to_markdown()


def test_a_marker_that_leads_nowhere_is_dropped_beside_one_that_does(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{ALSO} LeanBench holds 98 theorems of Lean [LeanBench][Bees].")
    answer = ask(shelf, endpoint)
    assert answer.text.endswith("LeanBench holds 98 theorems of Lean [2].")
    assert {source.number for source in answer.sources} == {1, 2}


def test_two_papers_that_both_state_it_are_both_quoted(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "Hints [LeanBench][HintZero].")
    answer = ask(shelf, endpoint)
    assert answer.text == "Hints [1][2]."
    assert [source.number for source in answer.sources] == [1, 2]


LISTS = [
    pytest.param("LeanBench [LeanBench]:\n- {0}\n\nHintZero [HintZero]:\n- {1}", id="below a line that cites"),
    pytest.param("- **LeanBench** [LeanBench]\n  - {0}\n- **HintZero** [HintZero]\n  - {1}", id="below an item that cites"),
]


@pytest.mark.parametrize("reply", LISTS)
def test_items_are_held_against_what_the_line_above_cites(shelf: Path, endpoint: Endpoint, reply: str) -> None:
    hints, theorems = "63.0% of the theorems without hints", "98 theorems of Lean"
    plays(endpoint, reply.format(theorems, hints))
    answer = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false")
    items = [claim for claim in answer.claims if "98" in claim.text or "63" in claim.text]
    assert items and all(claim.given and claim.verdict and claim.verdict.verdict == "supported" for claim in items)
    plays(endpoint, reply.format(hints, theorems), revise="NONE")
    answer = ask(shelf, endpoint)
    assert "98" not in answer.text and "63" not in answer.text


def test_cells_get_the_numbers_of_the_head_of_their_column(shelf: Path, endpoint: Endpoint) -> None:
    head = "| | LeanBench [LeanBench] | HintZero [HintZero] |\n|---|---|---|\n"
    plays(endpoint, f"{head}| solved | 98 | 63.0% |\n| hints | some | none [HintZero] |")
    answer = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false")
    first, second = answer.claims
    assert first.shown == "solved | 98 [1] | 63.0% [2] |" and first.given and first.sources == (1, 2)
    assert second.sources == (2,) and not second.given


def test_a_label_above_a_cell_is_judged_with_the_cell(shelf: Path, endpoint: Endpoint) -> None:
    table = "| Paper | {} |\n|---|---|\n| LeanBench | 98 [LeanBench] |\n| HintZero | 63.0% [HintZero] |"
    for label, word in (("Theorems", "supported"), ("Hives of bees", "not supported")):
        plays(endpoint, table.format(label))
        first = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false").claims[0]
        assert first.text == f"LeanBench, {label}: 98" and citations.columns(first) == ["Paper", label]
        assert first.verdict and first.verdict.verdict == word


def test_a_right_cell_of_a_row_proves_no_other_one(shelf: Path, endpoint: Endpoint) -> None:
    class Lenient:
        """Supports what holds one right figure, whatever else stands there."""

        name = "lenient"

        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            start = evidence[0].index("LeanBench holds 98")
            quote = {"quote": evidence[0][start : start + 18], "start": start, "end": start + 18}
            held = "98" in claim
            return Verdict(verdict="supported" if held else "not supported", score=float(held)).model_copy(update=quote)

    table = "| Paper | Theorems | {} |\n|---|---|---|\n| LeanBench | 98 | {} [LeanBench] |"
    for label, cell, word in (("Lean theorems", "98", "supported"), ("Bee hives", "yes", "not supported")):
        plays(endpoint, table.format(label, cell))
        (row,) = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false", verifier=Lenient()).claims
        assert row.text == f"LeanBench, Theorems: 98, {label}: {cell}"
        assert row.verdict and row.verdict.verdict == word


def test_a_label_that_asks_stands_above_a_table_and_is_not_judged(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "| Paper | What it holds |\n|---|---|\n| LeanBench | 98 theorems of Lean [LeanBench] |")
    (row,) = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false").claims
    assert citations.columns(row) == ["Paper", "What it holds"] and row.text == "LeanBench, 98 theorems of Lean"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("| Paper | It is the best one |", id="a verb"),
        pytest.param("| Paper | HintZero beats LeanBench |", id="two names"),
        pytest.param("| Paper | solves 98% of all |", id="a figure"),
        pytest.param("| Paper | Theorems. They cost much. |", id="sentences"),
        pytest.param("| Paper | Theorems that someone gave to a machine to be proved |", id="too long"),
        pytest.param("Paper | Theorems", id="no bars around it"),
        pytest.param("| Paper |", id="too few"),
        pytest.param("| Paper | Theorems | Cost |", id="too many"),
    ],
)
def test_what_is_no_label_does_not_stand_above_a_table(shelf: Path, endpoint: Endpoint, head: str) -> None:
    row = "| LeanBench | 98 theorems of Lean [LeanBench] |"
    plays(endpoint, f"{head}\n|---|---|\n{row}")
    answer = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false")
    assert answer.text.replace("[1]", "[LeanBench]") == row


def test_a_row_above_a_rule_within_a_table_stays_a_row(shelf: Path, endpoint: Endpoint) -> None:
    row = "| LeanBench | 98 theorems of Lean [LeanBench] |"
    plays(endpoint, f"| Paper | Theorems |\n|---|---|\n{row}\n|---|---|\n{row}")
    first, second = ask(shelf, endpoint, "answer.mode=mark", "answer.repair=false").claims
    assert citations.columns(first) and not citations.columns(second) and first.text == second.text


def test_the_head_of_a_table_stays_where_its_first_row_is_struck(shelf: Path, endpoint: Endpoint) -> None:
    table = "| Paper | Theorems |\n|---|---|\n| LeanBench | 77 theorems [LeanBench] |\n| HintZero | 63.0% [HintZero] |"
    plays(endpoint, f"{table}\n\n{ALSO}")
    assert ask(shelf, endpoint).text.startswith("| Paper | Theorems |\n|---|---|\n| HintZero | 63.0% [2] |\n\n")
    plays(endpoint, f"{table.replace('63.0%', '91%')}\n\n{ALSO}")
    assert "|" not in ask(shelf, endpoint).text


def test_an_item_about_another_paper_than_the_line_above_gets_the_number_of_its_own(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"LeanBench [LeanBench]:\n- {ALSO.removesuffix(' [HintZero].')}.")
    answer = ask(shelf, endpoint)
    assert answer.claims[-1].sources == (2,)
    assert answer.claims[-1].verdict and answer.claims[-1].verdict.verdict == "supported"


TURNING = [
    "LeanBench does not hold [LeanBench]:",
    "What LeanBench is without [LeanBench]:",
    "LeanBench never [LeanBench]:",
    "No LeanBench:",
]


@pytest.mark.parametrize("line", TURNING)
@pytest.mark.parametrize(
    "item", ["- 98 theorems of Lean [LeanBench]", "1. Theorems of Lean [LeanBench]", "theorems of Lean [LeanBench]"]
)
def test_a_line_that_denies_is_judged_with_each_item_below_it(shelf: Path, endpoint: Endpoint, line: str, item: str) -> None:
    plays(endpoint, f"{line}\n{item}\n\n{ALSO}")
    answer = ask(shelf, endpoint, "answer.repair=false", verifier=LocalVerifier())
    assert [claim.struck for claim in answer.claims] == [True, True, False]


@pytest.mark.parametrize(
    "written",
    [
        "LeanBench does not need [LeanBench]:\n- A GPU [LeanBench]",
        "LeanBench does not:\n- need a GPU [LeanBench]",
        "LeanBench holds [LeanBench]:\n- 98 theorems of Lean [LeanBench]",
        "LeanBench does not need a GPU [LeanBench]:\n- It holds 98 theorems of Lean [LeanBench].",
    ],
)
def test_a_line_and_an_item_that_a_source_states_together_stay(shelf: Path, endpoint: Endpoint, written: str) -> None:
    plays(endpoint, written)
    answer = ask(shelf, endpoint, "answer.repair=false", verifier=LocalVerifier())
    assert [claim.verdict and claim.verdict.verdict for claim in answer.claims] == ["supported", "supported"]


# Repair


def test_a_sentence_is_rewritten_once_and_the_others_stay_byte_for_byte(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{FALSE}\n\n- {ALSO}", revise="LeanBench holds 98 theorems of Lean.")
    answer = ask(shelf, endpoint)
    assert roles(endpoint) == ["answer", "revise"]
    assert answer.text == (
        "LeanBench holds 98 theorems of Lean. [1]\n\n- HintZero solves 63.0% of the theorems of LeanBench without hints [2]."
    )
    assert [claim.before for claim in answer.claims] == ["LeanBench holds 89 theorems of Lean [1].", None]
    content = endpoint.calls[1]["messages"][1]["content"]
    assert ">\nLeanBench holds 89 theorems of Lean.\n</claim " in content
    assert ">\nnot in the source: 89\n</objections " in content
    assert PAPERS["LeanBench: Theorem Proving with Hints"] in content
    assert PAPERS["Granite: Naming Rocks"] not in content


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("NONE", id="none"),
        pytest.param("NONE.", id="none with a stop"),
        pytest.param("LeanBench holds 77 theorems.", id="as wrong"),
        pytest.param("LeanBench holds 89 theorems of Lean.", id="unchanged"),
        pytest.param("", id="nothing"),
        pytest.param("<think>Hm", id="thoughts"),
        pytest.param("[1]", id="a marker"),
    ],
)
def test_a_rewriting_that_is_no_better_is_not_taken_and_not_tried_again(shelf: Path, endpoint: Endpoint, reply: str) -> None:
    plays(endpoint, f"{TRUE} {FALSE}", revise=reply)
    answer = ask(shelf, endpoint)
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]."
    assert roles(endpoint) == ["answer", "revise"]


@pytest.mark.parametrize(
    ("added", "reply"),
    [
        (" the journal withdrew it.", "{} [1]{}"),
        (" the journal withdrew it.", "{}{}"),
        (" the journal withdrew it.", "The dataset {}{}"),
        (" the journal withdrew it.", "{} and its language{} [1]"),
        (": the authors fled.", "{} [1]{}"),
        (": the authors fled.", "{}{}"),
    ],
)
def test_a_rewriting_that_repeats_what_was_struck_is_not_taken(shelf: Path, endpoint: Endpoint, added: str, reply: str) -> None:
    true = "LeanBench holds 98 theorems of Lean"
    plays(endpoint, f"{true} [LeanBench]{added}", revise=reply.format(true, added))
    answer = ask(shelf, endpoint, verifier=LocalVerifier())
    assert answer.text.rstrip(":") == f"{true} [1]" and "revise" in roles(endpoint)


MORE = [
    pytest.param("It needs a GPU. {}", id="in front"),
    pytest.param("{} It needs a GPU.", id="behind"),
    pytest.param("{} (It needs a GPU.)", id="in parentheses"),
    pytest.param("{} (Needs a GPU)", id="in parentheses, without a stop"),
    pytest.param("A GPU! {}", id="an exclamation"),
    pytest.param("GPU\n\n{}", id="a line"),
    pytest.param("{}\n\n# Needs a GPU", id="a heading"),
    pytest.param("[It needs a GPU](http://x)\n{}", id="a link"),
    pytest.param("{} [1] It needs a GPU. [1]", id="with numbers"),
    pytest.param("It needs a GPU.\u2028{}", id="a separator of lines"),
    pytest.param("| GPU |\n{}", id="a row of a table"),
]


@pytest.mark.parametrize("mode", ["strict", "mark"])
@pytest.mark.parametrize("reply", MORE)
def test_each_sentence_of_a_rewriting_has_a_verdict_of_its_own(shelf: Path, endpoint: Endpoint, reply: str, mode: str) -> None:
    right = "LeanBench holds 98 theorems of Lean."
    plays(endpoint, FALSE, revise=reply.format(right))
    answer = ask(shelf, endpoint, f"answer.mode={mode}")
    held = {claim.text: claim.verdict.verdict for claim in answer.claims if claim.verdict}
    assert held.pop(right) == "supported"
    assert len(held) == 1 and set(held.values()) == {"not supported"}
    assert [claim.text for claim in answer.claims if claim.before] == [right]
    if mode == "strict":
        assert answer.text == f"{right} [1]"
    else:
        assert "(not supported" in answer.text and f"{right} [1]" in answer.text


@pytest.mark.parametrize("bare", ["And", "No.", "Yes.", "It is so:", "2.", "\U0001f600", "| from | to |", "And so on..."])
@pytest.mark.parametrize("cited", ["", "[LeanBench]"])
def test_what_states_nothing_is_not_proved_by_a_number(shelf: Path, endpoint: Endpoint, bare: str, cited: str) -> None:
    class Lenient(Words):
        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            self.judged.append((claim, len(evidence)))
            start, end = text.sentences(evidence[0])[0]
            return Verdict(verdict="supported", score=1.0, quote=evidence[0][start:end], start=start, end=end)

    plays(endpoint, f"{TRUE}\n{bare}{cited}\n{ALSO}")
    lenient = Lenient()
    answer = ask(shelf, endpoint, verifier=lenient)
    kept = ["LeanBench holds 98 theorems of Lean.", "HintZero solves 63.0% of the theorems of LeanBench without hints."]
    assert [claim.text.replace(" .", ".") for claim in answer.claims if not claim.struck] == kept
    assert len(lenient.judged) == 2 and roles(endpoint) == ["answer"]


def test_the_number_of_a_list_item_stays(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"1. {TRUE}\n2. {ALSO}")
    said = ask(shelf, endpoint).text
    assert said.startswith("1. LeanBench holds") and "\n2. HintZero solves" in said


def test_a_rewriting_that_goes_on_and_on_is_not_taken(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} {FALSE}", revise="LeanBench holds 98 theorems of Lean. " * 6)
    words = Words()
    assert ask(shelf, endpoint, verifier=words).text == "LeanBench holds 98 theorems of Lean [1]."
    assert len(words.judged) == 2


def test_a_rewriting_keeps_the_record_of_what_was_invented(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "LeanBench holds 89 theorems of Lean [LeanBench][9].", revise="LeanBench holds 98 theorems of Lean.")
    (claim,) = ask(shelf, endpoint).claims
    assert claim.invented == (9,)
    assert claim.before


def test_a_rewriting_that_fails_costs_the_sentence_and_not_the_answer(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} {FALSE}", revise=None)
    plain = endpoint.says

    def says(body: Body) -> str | None:
        if role(body) == "answer":
            endpoint.script = [404]
        return plain(body)

    endpoint.says = says
    assert ask(shelf, endpoint).text == "LeanBench holds 98 theorems of Lean [1]."


def test_at_most_five_sentences_of_an_answer_are_rewritten(shelf: Path, endpoint: Endpoint) -> None:
    wrong = " ".join(f"LeanBench holds {number} theorems of Lean [LeanBench]." for number in range(20, 40))
    plays(endpoint, f"{TRUE} {wrong} It was retracted [LeanBench]:", revise="NONE")
    answer = ask(shelf, endpoint)
    assert roles(endpoint) == ["answer", *["revise"] * 5]
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]."


def test_of_a_reply_of_a_thousand_sentences_the_first_are_read(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 5000
    plays(endpoint, f"{TRUE} " * 1000)
    answer = ask(shelf, endpoint)
    assert len(answer.claims) == 500
    assert answer.incomplete == "the model wrote 1,000 sentences, of which the first 500 were read"


@pytest.mark.slow
def test_a_sentence_is_judged_once_and_a_reply_within_bounds(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 50_000
    plays(endpoint, f"{TRUE} " * 400, revise="NONE")
    once = Words()
    answer = ask(shelf, endpoint, verifier=once)
    assert [claim.verdict.verdict for claim in answer.claims if claim.verdict] == ["supported"] * 400
    assert len(once.judged) == 1
    plays(endpoint, "".join(f"LeanBench holds {number} theorems of Lean [1][2]. " for number in range(100, 600)), revise="NONE")
    many = Words()
    answer = ask(shelf, endpoint, verifier=many)
    assert 300 < sum(papers for _, papers in many.judged) <= 600
    last = answer.claims[-1].verdict
    assert answer.claims[-1].struck and last and "more sentences than are judged" in " ".join(last.reasons)


def test_a_sentence_that_is_too_long_is_struck_unjudged(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 50_000
    plays(endpoint, f"{TRUE} {'LeanBench, ' * 170}LeanBench [1].\n{'LeanBench, ' * 4000}", revise="NONE")
    verifier = Words()
    answer = ask(shelf, endpoint, verifier=verifier)
    assert max(len(claim) for claim, _ in verifier.judged) < 1700
    long = [claim for claim in answer.claims if len(claim.text) > 1700]
    assert len(long) > 20 and all(claim.struck for claim in long)
    assert long[0].verdict and "too long to be judged" in long[0].verdict.reasons[0]


def test_without_repair_nothing_is_rewritten(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} {FALSE}")
    assert ask(shelf, endpoint, "answer.repair=false").text == "LeanBench holds 98 theorems of Lean [1]."
    assert roles(endpoint) == ["answer"]


# Endpoints that fail


def test_bursts_of_refusals_are_waited_out(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.script = [429, 500]
    plays(endpoint, TRUE)
    assert not ask(shelf, endpoint).abstained
    assert len(endpoint.calls) == 3


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param([429] * 9, "429.*try again later", id="429"),
        pytest.param([500] * 9, "500.*try again later", id="500"),
        pytest.param([(401, {"error": {"message": "bad key sk-secret"}})], "refuses the key", id="bad key"),
        pytest.param([404], "does not know the model 'm'", id="unknown model"),
        pytest.param([(400, {"error": {"code": "context_length_exceeded"}})], "too long", id="context overflow"),
        pytest.param([(400, {"error": {"message": "sk-secret is odd"}})], "400", id="bad request"),
        pytest.param([(200, "<html>")], "replied nothing", id="a page"),
    ],
)
def test_an_endpoint_that_refuses_is_one_line_without_the_key(
    shelf: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, script: list[Any], said: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint.script = script
    with pytest.raises(ModelError, match=said) as caught:
        ask(shelf, endpoint)
    assert str(caught.value).isprintable()
    assert "secret" not in str(caught.value)
    assert endpoint.url in str(caught.value)


def test_a_refused_connection_is_one_line(shelf: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        flags = ["model.name=m", f"model.base_url={url}", "model.retries=0", "embedder.kind=fake", "answer.threshold=0"]
        with Assistant.open(shelf, set=flags) as assistant, pytest.raises(ModelError, match="cannot be reached"):
            assistant.ask(QUESTION)


@pytest.mark.parametrize("said", ["", " \n", "<think>And so", "<think>Hm.</think>"])
def test_an_empty_reply_gives_way_to_quotes_that_are_said_to_be_such(shelf: Path, endpoint: Endpoint, said: str) -> None:
    plays(endpoint, said)
    with opened(shelf, endpoint, "answer.sentences=1", "answer.papers=1") as assistant:
        events = happenings(assistant, QUESTION, Words())
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    assert answer.text == "Quotes only, as the model replied nothing: LeanBench holds 98 theorems of Lean. [1]"
    assert written(events).strip() == answer.text
    assert answer.incomplete and "replied nothing" in answer.incomplete and endpoint.url in answer.incomplete
    assert verdicts(answer) == [None, "supported"]
    assert answer.sources[0].quote == "LeanBench holds 98 theorems of Lean."
    assert roles(endpoint) == ["answer"] and answer.usage.calls == 1, "it is not asked again, and what it cost is told"


def test_where_nothing_is_quoted_in_place_of_an_empty_reply_nothing_is_shown_as_supported(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "")

    class No(Words):
        def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
            return Verdict(verdict="not supported", score=0.0, reasons=("no",))

    answer = ask(shelf, endpoint, "answer.repair=false", verifier=No())
    assert answer.abstained and answer.sources == ()
    assert answer.incomplete and "replied nothing" in answer.incomplete


@pytest.mark.parametrize("mode", ["strict", "mark"])
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(f"```\n{TRUE}\n```", id="fence"),
        pytest.param(f"```markdown\n{TRUE}\n```", id="fence with a language"),
        pytest.param(
            f"{TRUE}\n\nReferences:\n[LeanBench] LeanBench: Theorem Proving with Hints\n[HintZero] HintZero", id="references"
        ),
        pytest.param(f"{TRUE}\n\n## References\n\n1. LeanBench: Theorem Proving with Hints [LeanBench]\n2. Granite", id="heading"),
        pytest.param(f"{TRUE}\n\n**Sources**\n- LeanBench (2023). https://arxiv.org/abs/2306.15626", id="bold, with a link"),
        pytest.param(f"{TRUE}\nSources: [LeanBench], [HintZero]", id="markers alone"),
        pytest.param(f"References\n{TRUE}", id="nothing before"),
        pytest.param(f"{TRUE}\n\n---\n[LeanBench]: LeanBench: Theorem Proving with Hints", id="rule and footnote"),
    ],
)
def test_fences_and_lists_of_references_are_no_part_of_an_answer(shelf: Path, endpoint: Endpoint, reply: str, mode: str) -> None:
    plays(endpoint, reply, revise="NONE")
    answer = ask(shelf, endpoint, f"answer.mode={mode}")
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]."
    assert len(answer.claims) == 1 and answer.incomplete is None


def test_an_endpoint_that_stalls_before_it_answers_is_given_up(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.stall = 30
    with pytest.raises(ModelError, match="did not answer within"):
        ask(shelf, endpoint, "model.timeout=0.3", "model.retries=0")


@pytest.mark.parametrize("how", ["closed", "broken", "stalled"])
def test_of_a_stream_that_breaks_off_what_came_is_answered_and_said_to_be_cut(shelf: Path, endpoint: Endpoint, how: str) -> None:
    plays(endpoint, f"{TRUE} {ALSO}")
    endpoint.piece, endpoint.cut_after = 20, 4
    endpoint.promises_more = how == "broken"
    endpoint.gap = 30.0 if how == "stalled" else 0.0
    answer = ask(shelf, endpoint, "model.timeout=0.5", "model.retries=0", "answer.repair=false")
    assert answer.text.startswith("LeanBench holds 98 theorems of Lean [1].")
    assert answer.incomplete
    assert endpoint.url in answer.incomplete
    assert not answer.abstained


@pytest.mark.parametrize("mode", ["mark", "strict"])
@pytest.mark.parametrize("verifier", ["local", "model"])
@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("HintZero solves theorems of LeanBench [2]", False),
        ("HintZero solves theorems of LeanBench without hints [2].", True),
        ("Bees sleep at night, e.g. [4].", False),
        ("We film 40 bees in 3. [4]", False),
        ("- LeanBench does not need a GPU [1]", False),
        ("Does LeanBench not need a GPU [1]?", True),
    ],
)
def test_a_sentence_in_which_a_reply_breaks_off_is_not_judged(
    shelf: Path, endpoint: Endpoint, said: str, whole: bool, verifier: str, mode: str
) -> None:
    endpoint.finish = "length"
    plays(endpoint, f"{TRUE}\n{said}", revise="HintZero solves theorems.", judge='{"verdict": "supported", "sentences": [1]}')
    with opened(shelf, endpoint, f"answer.verifier={verifier}", f"answer.mode={mode}") as assistant:
        answer = assistant.ask(QUESTION)
    first, last = answer.claims[0], answer.claims[-1]
    assert first.verdict and first.verdict.verdict == "supported"
    assert last.verdict and (last.verdict.reasons == (citations.UNFINISHED,)) is not whole
    if not whole:
        assert last.verdict.verdict == "not judged" and last.struck is (mode == "strict") and last.before is None
        assert "revise" not in roles(endpoint), "half a sentence is worth no call"
    endpoint.finish = "stop"
    last = ask(shelf, endpoint, f"answer.verifier={verifier}").claims[-1]
    assert last.verdict and last.verdict.reasons != (citations.UNFINISHED,), "a reply that is whole ends as its model likes"


def test_a_reply_that_breaks_off_within_its_first_sentence_says_so(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.finish = "length"
    plays(endpoint, "LeanBench holds 98 theorems of Lean [1]")
    answer = ask(shelf, endpoint)
    assert answer.abstained and answer.reason and answer.reason.startswith("The text stops before a sentence was written")


def test_a_reply_that_reaches_its_limit_is_said_to_be_cut(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.finish = "length"
    plays(endpoint, TRUE)
    assert ask(shelf, endpoint).incomplete == "the limit on its tokens was reached"
    assert endpoint.calls[0]["max_tokens"] == 1500


@pytest.mark.parametrize("key", [None, "sk-secret"])
def test_a_local_endpoint_needs_no_key_and_is_sent_none_of_its_own_making(
    shelf: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    plays(endpoint, TRUE)
    assert not ask(shelf, endpoint).abstained
    assert endpoint.keys == [f"Bearer {key}" if key else "Bearer none"]


# Judged by the model


def judged(endpoint: Endpoint, verdict: str, sentences: object = (1,)) -> Callable[[Body], str]:
    return lambda body: json.dumps({"verdict": verdict, "sentences": list(sentences)})  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        pytest.param('{"verdict": "supported", "sentences": [2]}', "supported", id="supported"),
        pytest.param("It looks supported to me.", "not judged", id="prose"),
        pytest.param('{"verdict": "true", "sentences": [2]}', "not judged", id="off the list"),
        pytest.param('{"verdict": "supported", "sentences": [77]}', "not judged", id="an invented sentence"),
        pytest.param(None, "not judged", id="nothing"),
    ],
)
def test_a_model_can_judge_and_is_not_taken_for_support_where_it_does_not(
    shelf: Path, endpoint: Endpoint, reply: str | None, verdict: str
) -> None:
    plays(endpoint, TRUE, judge=reply, revise="NONE")
    with opened(shelf, endpoint, "answer.verifier=model") as assistant:
        answer = assistant.ask(QUESTION)
    sound(answer)
    assert verdicts(answer) == [verdict]
    assert answer.abstained == (verdict == "not judged")
    if answer.abstained:
        assert "could not be judged" in (answer.reason or "")


def test_a_marked_sentence_has_no_marker_that_leads_nowhere(shelf: Path, endpoint: Endpoint) -> None:
    def judge(body: Body) -> str:
        proved = "98 theorems" in body["messages"][1]["content"].partition("</claim")[0]
        return '{"verdict": "supported", "sentences": [2]}' if proved else '{"verdict": "not supported", "sentences": []}'

    plays(endpoint, f"{TRUE} LeanBench is red [HintZero].", judge=judge)
    with opened(shelf, endpoint, "answer.verifier=model", "answer.mode=mark", "answer.repair=false") as assistant:
        answer = assistant.ask(QUESTION)
    sound(answer)
    assert "LeanBench is red. (not supported" in answer.text and "[2]" not in answer.text


def test_a_verdict_that_changes_when_asked_again_lets_nothing_unproved_through(shelf: Path, endpoint: Endpoint) -> None:
    replies = iter([judged(endpoint, "supported"), *[judged(endpoint, "not supported", ())] * 50])
    plays(endpoint, "LeanBench holds 98 theorems of Lean.", judge=lambda body: next(replies)(body), revise="NONE")
    with opened(shelf, endpoint, "answer.verifier=model") as assistant:
        answer = assistant.ask(QUESTION)
    sound(answer)
    assert verdicts(answer) == ["supported"]
    assert roles(endpoint) == ["answer", "judge"]


# What several papers say in the same words


def test_what_two_papers_say_in_the_same_words_is_quoted_once_with_both(tmp_path: Path) -> None:
    papers = {
        "The pot of one": "Pots are red. Green tea leaves boil at 98 degrees.  They sink.",
        "The pot of two": "Green  tea leaves boil at 98 degrees. Pots are blue. They sink.",
        "The pot of three": "Green tea leaves boil at 98 degrees. Green tea leaves boil at 98 degrees. Pots are black.",
    }
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(json.dumps({"title": title, "abstract": said}) + "\n" for title, said in papers.items()), "utf-8")
    with opened(tmp_path / "home", None, "answer.sentences=3") as assistant:
        assistant.ingest(file)
        answer = asked(assistant, "Which papers mention green tea leaves?")
    said = [" ".join(claim.text.split()) for claim in answer.claims]
    assert len(said) == len(set(said))
    (boils,) = (claim for claim in answer.claims if "98" in claim.text)
    assert len(boils.sources) == len({answer.sources[place].paper.id for place in boils.quotes}) == 3
    assert re.findall(r"98 degrees. ((?:\[\d\])+)", answer.text) == ["[1][2][3]"]


# What a question takes for granted


class Doubting(Words):
    """Supports all but what denies something."""

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        refused = Verdict(verdict="not supported", score=0.0)
        return refused if " not " in claim else super().verify(claim, evidence, context)


def test_a_false_premise_is_corrected_by_the_quote_and_never_by_the_next_one(shelf: Path) -> None:
    with opened(shelf) as assistant:
        right = asked(assistant, "Why does LeanBench need a GPU?")
        assert right.text.startswith("The paper says otherwise: It does not need a GPU. [1]")
        doubted = asked(assistant, "Why does LeanBench need a GPU?", Doubting())
    assert doubted.text and not doubted.abstained
    assert "otherwise" not in doubted.text and "not need" not in doubted.text


# Caps


@pytest.mark.parametrize("cap", ["question_cap", "conversation_cap"])
def test_a_cap_stops_before_a_call_is_made(shelf: Path, endpoint: Endpoint, cap: str) -> None:
    plays(endpoint, TRUE)
    prices = ["model.price_input=1", "model.price_output=1"]
    with pytest.raises(BudgetError, match=rf"model\.{cap} is 0\.001; raise it") as caught:
        ask(shelf, endpoint, *prices, f"model.{cap}=0.001")  # a reply may have 1500 tokens
    assert endpoint.calls == []
    assert isinstance(caught.value, AssistantError)
    assert str(caught.value).isprintable()
    ask(shelf, endpoint, *prices, f"model.{cap}=0.01")
    assert len(endpoint.calls) == 1


def test_a_conversation_cap_counts_what_was_spent_before(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE, rewrite=QUESTION)
    flags = ["model.price_input=1", "model.price_output=1", "model.conversation_cap=0.01"]
    with opened(shelf, endpoint, *flags) as assistant:
        first = asked(assistant, QUESTION)
        assert first.usage.cost
        asked(assistant, "And HintZero?", history=[first])
        calls = len(endpoint.calls)
        dear = first.model_copy(update={"usage": first.usage.model_copy(update={"cost": 0.0095})})
        with pytest.raises(BudgetError, match="conversation_cap"):
            asked(assistant, "And HintZero?", history=[dear])
    assert len(endpoint.calls) == calls


def test_a_cap_reached_while_judging_keeps_what_is_proved_and_calls_the_rest_not_judged(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, f"{TRUE} {ALSO}", judge='{"verdict": "supported", "sentences": [2]}', revise="NONE")
    plain = endpoint.says
    flags = ["answer.verifier=model", "model.price_input=0", "model.price_output=1000", "answer.repair=false"]
    with opened(shelf, endpoint, *flags, "model.question_cap=1.51") as assistant:
        # the writer may spend 1.5, and spends 0.007; then a judge may spend 1.0, and spends 0.5
        def says(body: Body) -> str | None:
            if role(body) == "judge":
                endpoint.script = []
            return plain(body)

        endpoint.says = says
        answer = assistant.ask(QUESTION)
    sound(answer)
    assert roles(endpoint).count("judge") <= 2
    assert set(verdicts(answer)) <= {"supported", "not judged"}


# The budget of tokens


@cache
def nobody() -> Chat:
    """A model that nobody asks."""
    return Chat("m", "http://127.0.0.1:9/v1", 5, 0)


def paper(title: str, abstract: str) -> Offer:
    return Offer(Paper(id=title, title=title, abstract=abstract), abstract)


@pytest.mark.parametrize("budget", [60, 150, 300, 1000])
def test_the_papers_in_a_prompt_keep_to_the_budget(shelf: Path, endpoint: Endpoint, budget: int) -> None:
    plays(endpoint, "UNANSWERABLE")
    ask(shelf, endpoint, f"model.input_tokens={budget}")
    content = endpoint.calls[0]["messages"][1]["content"]
    papers = content[: content.index("<question ")]
    assert tokens.count(papers) <= budget
    assert offered(endpoint.calls[0])["LeanBench"] == 1
    assert len(offered(endpoint.calls[0])) == {60: 1, 150: 1, 300: 5}.get(budget, len(PAPERS))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.text(max_size=300) | st.just("tea and wax " * 40 + "茶" * 200)), min_size=1, max_size=4
    ),
    st.integers(1, 600),
)
def test_what_fits_is_the_first_papers_and_only_the_very_first_is_cut(papers: list[tuple[str, str]], budget: int) -> None:
    offers = [paper(title, abstract) for title, abstract in papers]
    kept = AnswerGenerator(nobody(), load("answer", AnswerGenerator.holes), budget).fitting(offers)
    assert kept
    assert kept[1:] == offers[1 : len(kept)]
    assert offers[0].text.startswith(kept[0].text)
    assert tokens.count(fence(shown(kept), "papers")) <= budget or kept[0].text == ""
    if len(kept) < len(offers):  # a fence is counted as long as any, and papers apart, which takes more tokens than together
        more = sum(tokens.count(shown([offer], number)) for number, offer in enumerate([*kept, offers[len(kept)]], 1))
        assert more > budget - FENCE


# Odd and endless replies


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("[1]", id="a marker"),
        pytest.param("[1][2] [9]", id="markers only"),
        pytest.param("[9]", id="an invented marker"),
        pytest.param("-", id="a dash"),
        pytest.param("...", id="dots"),
        pytest.param("".join(f"[{n}]" for n in range(1, 101)), id="a hundred markers"),
        pytest.param("Sure! Here it is:", id="no answer"),
        pytest.param("Not covered: everything.", id="nothing covered"),
        pytest.param('{"answer": "98"}', id="JSON"),
        pytest.param("# LeanBench\n\n", id="a heading"),
    ],
)
def test_a_reply_that_answers_nothing_is_a_refusal(shelf: Path, endpoint: Endpoint, said: str) -> None:
    plays(endpoint, said, revise="NONE")
    assert ask(shelf, endpoint).abstained


def test_a_sentence_with_a_hundred_markers_keeps_those_that_lead_somewhere(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 7
    plays(endpoint, "LeanBench holds 98 theorems of Lean " + "".join(f"[{n}]" for n in range(1, 101)) + ".")
    with opened(shelf, endpoint) as assistant:
        events = happenings(assistant, QUESTION, Words())
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    (claim,) = answer.claims
    assert len(claim.sources) == 1
    assert claim.invented == tuple(range(6, 101))
    assert answer.text == f"LeanBench holds 98 theorems of Lean [{claim.sources[0]}]."


def test_a_huge_reply_is_read_to_its_end(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece = 500
    plays(endpoint, f"{TRUE} " * 400)
    answer = ask(shelf, endpoint)
    assert len(answer.claims) == 400
    assert len(answer.sources) == 1


@pytest.mark.parametrize("odd", ["茶 ist 80 °C heiß", "e\u0301t\u00e9", "\U0001f41d\U0001f3fd\u200d"])
def test_a_reply_in_any_script_streams_as_it_is(shelf: Path, endpoint: Endpoint, odd: str) -> None:
    endpoint.piece = 1
    plays(endpoint, f"{odd} [LeanBench]. {TRUE}")
    with opened(shelf, endpoint, "answer.mode=mark", "answer.repair=false") as assistant:
        events = happenings(assistant, QUESTION, Words())
    assert written(events).startswith(odd)


# Several at once, and listeners that leave


def test_two_questions_at_once_do_not_mix(shelf: Path, endpoint: Endpoint) -> None:
    def says(body: Body) -> str:
        time.sleep(0.01)
        if "KettleNet boil" in body["messages"][1]["content"].rpartition("<question ")[2]:
            return "KettleNet boils water in 12 seconds [KettleNet]."
        return TRUE

    plays(endpoint, says)
    found: list[Answer] = []
    failed: list[BaseException] = []

    def work(assistant: Assistant, question: str) -> None:
        try:
            found.extend(asked(assistant, question) for _ in range(5))
        except BaseException as exc:
            failed.append(exc)

    with opened(shelf, endpoint) as assistant:  # nothing is loaded yet
        threads = [
            threading.Thread(target=work, args=(assistant, question))
            for question in (QUESTION, "In how many seconds does KettleNet boil water?") * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert len(found) == 20
    for answer in found:
        expected = (
            "KettleNet boils water in 12 seconds [1]."
            if "Kettle" in answer.question
            else "LeanBench holds 98 theorems of Lean [1]."
        )
        assert answer.text == expected
        assert answer.usage.calls == 1


def test_a_listener_that_leaves_closes_the_connection(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece, endpoint.cut_after, endpoint.gap = 1000, 5, 0.3
    plays(endpoint, f"{TRUE} " * 50_000)
    with opened(shelf, endpoint) as assistant:
        events = assistant.events(QUESTION)
        next(event for event in events if isinstance(event, Token))
        events.close()  # type: ignore[attr-defined]
        assert endpoint.broken.wait(10)


def test_ctrl_c_in_the_middle_of_a_stream_closes_the_connection(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece, endpoint.cut_after, endpoint.gap = 1000, 5, 0.5
    plays(endpoint, f"{TRUE} " * 50_000)

    def listen(assistant: Assistant) -> None:
        for event in assistant.events(QUESTION):
            if isinstance(event, Token):
                raise KeyboardInterrupt

    with opened(shelf, endpoint) as assistant:
        with pytest.raises(KeyboardInterrupt) as caught:
            listen(assistant)
        del caught
        assert endpoint.broken.wait(10)


def test_what_a_listener_that_left_has_heard_is_paid_for(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE)
    with opened(shelf, endpoint) as assistant:
        tools, usage = assistant.toolbox.tools(assistant.retriever)
        assert tools.generator
        pieces = tools.generator.write(QUESTION, [paper("LeanBench", "Tea.")])
        assert any(pieces)  # the first that is shown
        pieces.close()
        assert usage(0).calls == 1
        assert usage(0).input_tokens > 100
        assert usage(0).output_tokens >= 1


@pytest.mark.slow
def test_ctrl_c_at_the_command_ends_it_and_closes_the_connection(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.piece, endpoint.cut_after, endpoint.gap = 1000, 3, 2
    streaming = threading.Event()

    def says(body: Body) -> str:
        streaming.set()
        return f"{TRUE} " * 50_000

    plays(endpoint, says)
    flags = [
        "embedder.kind=fake",
        "answer.threshold=0",
        "answer.read_tokens=10000",
        "model.name=m",
        f"model.base_url={endpoint.url}",
    ]
    # a shell that starts the tests in the background has Ctrl-C ignored by all that it starts
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from assistant.__main__ import main; main()"
    command = [sys.executable, "-c", program, "ask", QUESTION, *(part for flag in flags for part in ("--set", flag))]
    environment = {**os.environ, "ASSISTANT_HOME": str(shelf)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert streaming.wait(60)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out[-500:] + err
    assert "Traceback" not in out + err
    assert endpoint.broken.wait(10)


REPLIES = st.lists(
    st.sampled_from(
        [
            "LeanBench holds 98 theorems of Lean",
            "It does need a GPU",
            "Bees sleep at night",
            "In short",
            "Not covered: ",
            "UNANSWERABLE",
            "[1]",
            "[2][5]",
            "[9]",
            "[",
            " ",
            ". ",
            ".\n- ",
            ":\n",
            "**",
            "<think>",
            "</think>",
            "茶",
            "[0, 1]",
            "!",
        ]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@pytest.fixture
def both(shelf: Path, endpoint: Endpoint) -> Iterator[dict[str, Assistant]]:
    """An assistant for each mode."""
    with opened(shelf, endpoint, "answer.mode=strict") as strict, opened(shelf, endpoint, "answer.mode=mark") as mark:
        yield {"strict": strict, "mark": mark}


@pytest.mark.slow
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(reply="It does need a GPU:\nLeanBench holds 98 theorems of Lean", rewritten="[1]", mode="strict", piece=1)
@example(reply="LeanBench holds 98 theorems of Lean.\n- ", rewritten="[1]", mode="mark", piece=3)
@given(reply=REPLIES, rewritten=REPLIES, mode=st.sampled_from(["strict", "mark"]), piece=st.integers(1, 9))
def test_any_reply_gives_a_sound_answer(
    both: dict[str, Assistant], endpoint: Endpoint, reply: str, rewritten: str, mode: str, piece: int
) -> None:
    endpoint.piece = piece
    plays(endpoint, reply, revise=rewritten)
    events = happenings(both[mode], QUESTION, Words())
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    if answer.abstained:
        return
    if mode == "strict":
        assert "GPU" not in answer.text
    stray = "</think>" in reply  # the stream of a model that marked no thought before may show one that only its end marks
    if not stray and all(
        (not claim.verdict or claim.verdict.verdict == "supported") and not claim.before for claim in answer.claims
    ):
        numbers = re.compile(r" ?\[\d\]")  # one can be added, or dropped where it leads nowhere
        # lines of signs alone, as the mark of an item that never came, are not in the answer
        lines = [[line for line in said.splitlines() if re.search(r"\w", line)] for said in (written(events), answer.text)]
        streamed, text = (numbers.sub("", "\n".join(each)).strip() for each in lines)
        assert streamed == text
