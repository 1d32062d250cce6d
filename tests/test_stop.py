"""A stopped answer keeps what was written: verified, marked, and said to be cut."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import ROOT
from endpoint import Endpoint
from pipeline import opened, plays, roles, sound

from assistant import Answer, Assistant, cancel, load
from assistant.errors import ModelError, Stopped
from assistant.models.endpoint import Chat
from assistant.page.chat import respond
from assistant.page.views import Draft
from assistant.types import Event, Message, Token

QUESTION = "How many theorems does LeanBench hold?"
TRUE = "LeanBench holds 98 theorems of Lean [LeanBench]. "
WRONG = "LeanBench was made on Mars [LeanBench]. "
REST = "HintZero solves 63.0% of the theorems of LeanBench without hints [HintZero]."
HI: list[Message] = [{"role": "user", "content": "Hi"}]


@pytest.fixture
def stalls(endpoint: Endpoint) -> Endpoint:
    """Writes two sentences, and waits for half a minute then."""
    plays(
        endpoint, TRUE + WRONG + REST, revise="LeanBench holds 98 theorems [1].", judge='{"verdict": "supported", "sentences": [1]}'
    )
    endpoint.piece, endpoint.cut_after, endpoint.gap = 45, 2, 30.0
    return endpoint


def warmed(assistant: Assistant, endpoint: Endpoint) -> None:
    """Have the model answer once: its first reply is not shown before its end, as it may hold thoughts."""
    after, endpoint.cut_after = endpoint.cut_after, None
    assistant.ask(QUESTION)
    endpoint.cut_after = after
    endpoint.calls.clear()


def until(events: Callable[[threading.Event], Sequence[Event]], seconds: float = 1.0) -> tuple[Sequence[Event], float]:
    """The events where `stop` is set a while after, and the seconds from then on."""
    stop, at = threading.Event(), [0.0]

    def later() -> None:
        at[0] = time.monotonic()
        stop.set()

    timer = threading.Timer(seconds, later)
    timer.start()
    try:
        happened = list(events(stop))
    finally:
        timer.cancel()
    return happened, time.monotonic() - at[0]


@pytest.mark.slow
def test_what_was_written_is_verified_and_marked_and_said_to_be_cut(shelf: Path, stalls: Endpoint) -> None:
    with opened(shelf, stalls, "answer.mode=mark", "answer.verifier=model") as assistant:
        warmed(assistant, stalls)
        events, seconds = until(lambda stop: list(assistant.events(QUESTION, stop=stop)))
    answer = events[-1]
    assert isinstance(answer, Answer)
    sound(answer)
    assert seconds < 10, "an endpoint that stalls is not waited for"
    assert answer.text.startswith("LeanBench holds 98 theorems of Lean [1]. LeanBench was made on Mars")
    assert [claim.verdict.verdict for claim in answer.claims[:2] if claim.verdict][0] == "supported"
    assert answer.claims[1].verdict and answer.claims[1].verdict.verdict != "supported"
    assert answer.incomplete and answer.incomplete.startswith("stopped after 1")
    assert answer.incomplete.endswith(" words") and not answer.abstained
    assert roles(stalls) == ["answer"], "no model is asked once it is stopped"


@pytest.mark.slow
def test_ask_takes_the_same_event(shelf: Path, stalls: Endpoint) -> None:
    with opened(shelf, stalls, "answer.mode=strict") as assistant:
        warmed(assistant, stalls)
        (answer,), _ = until(lambda stop: [assistant.ask(QUESTION, stop=stop)])
    assert isinstance(answer, Answer)
    assert answer.text == "LeanBench holds 98 theorems of Lean [1]."
    assert any(claim.struck for claim in answer.claims) and answer.incomplete


@pytest.mark.slow
def test_a_stop_before_the_first_word_is_an_error_of_its_own(shelf: Path, endpoint: Endpoint) -> None:
    endpoint.stall = 30
    with opened(shelf, endpoint) as assistant, pytest.raises(Stopped, match="before anything was written"):
        until(lambda stop: list(assistant.events(QUESTION, stop=stop)))


@pytest.mark.slow
def test_a_stop_within_the_first_sentence_is_a_refusal_that_says_so(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, "LeanBench sings")
    endpoint.piece, endpoint.cut_after, endpoint.gap = 10, 1, 30.0
    with opened(shelf, endpoint) as assistant:
        assistant.toolbox._llm._listener.whole("Hi.")  # type: ignore[union-attr]
        (*_, answer), _ = until(lambda stop: list(assistant.events(QUESTION, stop=stop)))
    assert isinstance(answer, Answer)
    assert answer.abstained and answer.reason and answer.reason.startswith("It was stopped before")
    assert answer.incomplete == "stopped after 1 word"


def test_a_stop_while_the_judge_works_leaves_the_rest_to_the_local_one(shelf: Path, endpoint: Endpoint) -> None:
    stop = threading.Event()

    def judged(body: object) -> str:
        stop.set()
        endpoint.stall = 30
        return '{"verdict": "supported", "sentences": [1]}'

    plays(endpoint, TRUE + WRONG + REST, judge=judged, revise="")
    with opened(shelf, endpoint, "answer.mode=mark", "answer.verifier=model") as assistant:
        *_, answer = assistant.events(QUESTION, stop=stop)
    assert isinstance(answer, Answer)
    assert roles(endpoint) == ["answer", "judge-all", "judge"]
    assert [claim.verdict.verdict == "supported" for claim in answer.claims if claim.verdict] == [True, False, True]
    assert answer.incomplete is None, "all of it was written"


def test_quotes_are_whole_whenever_it_is_stopped(shelf: Path, endpoint: Endpoint) -> None:
    stop = threading.Event()
    with opened(shelf, endpoint, "answer.writer=quotes") as assistant:
        for event in assistant.events(QUESTION, stop=stop):
            if isinstance(event, Token):
                stop.set()
    assert isinstance(event, Answer) and event.incomplete is None and not event.abstained


def test_of_a_double_question_the_part_written_stays(shelf: Path, endpoint: Endpoint) -> None:
    plays(endpoint, TRUE)
    stop = threading.Event()
    double = "How many theorems does LeanBench hold? How fast does KettleNet boil water?"
    with opened(shelf, endpoint, "answer.flow=branching") as assistant:
        for event in assistant.events(double, stop=stop):
            if isinstance(event, Token) and event.text.strip():
                stop.set()
    assert isinstance(event, Answer)
    assert event.text == "LeanBench holds 98 theorems of Lean [1]."
    assert event.incomplete and event.incomplete.startswith("stopped") and roles(endpoint) == ["answer"]


def test_the_listener_is_outside_of_what_is_ended(shelf: Path, stalls: Endpoint) -> None:
    stop = threading.Event()
    stop.set()
    with opened(shelf, stalls) as assistant:
        events = assistant.events(QUESTION, stop=stop)
        next(iter(events))
        assert not cancel.ended()
        events.close()  # type: ignore[attr-defined]


def test_a_hard_stop_ends_an_endpoint_that_stalls(endpoint: Endpoint) -> None:
    endpoint.stall = 30
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with cancel.stoppable(stop), pytest.raises(Stopped):
        Chat("m", endpoint.url, timeout=60, retries=2).complete(HI)
    assert time.monotonic() - began < 10 and len(endpoint.calls) == 1, "it is not asked again"


@pytest.mark.slow
def test_patience_is_as_long_as_before(endpoint: Endpoint) -> None:
    endpoint.stall = 30
    began = time.monotonic()
    with pytest.raises(ModelError, match="did not answer within 0.7 s"):
        Chat("m", endpoint.url, timeout=0.7, retries=0).complete(HI)
    assert 0.6 < time.monotonic() - began < 10


@pytest.mark.slow
def test_the_page_shows_the_states_up_to_the_stopped_answer(shelf: Path, stalls: Endpoint) -> None:
    with opened(shelf, stalls) as assistant:
        warmed(assistant, stalls)
        (*_, answer), _ = until(lambda stop: list(respond(assistant, QUESTION, stop=stop)))  # type: ignore[arg-type]
        assert isinstance(answer, Answer) and answer.incomplete
        stalls.stall = 30
        (*_, draft), _ = until(lambda stop: list(respond(assistant, QUESTION, stop=stop)))  # type: ignore[arg-type]
    assert isinstance(draft, Draft) and draft.state == "stopped"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl-C as a signal")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_at_the_command_prints_what_was_written(shelf: Path, stalls: Endpoint, times: int, tmp_path: Path) -> None:
    flags = [
        *("embedder.kind=fake", "answer.threshold=0", "answer.read_tokens=10000", "answer.mode=mark", "model.name=m"),
        f"model.base_url={stalls.url}",
    ]
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nfrom assistant.__main__ import main; main()"
    command = [sys.executable, "-c", program, "ask", QUESTION, "--save", str(tmp_path / "answer.json")]
    command += [part for flag in flags for part in ("--set", flag)]
    environment = {**os.environ, "ASSISTANT_HOME": str(shelf)}
    if times == 2:
        stalls.gap = 0.2  # goes on, so that the second one comes while it writes
        stalls.says = lambda body: TRUE * 20_000
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not stalls.calls:
            time.sleep(0.05)
        time.sleep(1.5)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out[-500:] + err
    assert "Traceback" not in out + err
    if times == 1:
        assert "LeanBench holds 98 theorems of Lean [1]. LeanBench was made on Mars" in out
        assert "incomplete: stopped after 1" in out and not err
        assert load(tmp_path / "answer.json").incomplete
    else:
        assert not out, "the second one ends it at once"
