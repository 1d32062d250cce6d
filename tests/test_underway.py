"""An answer whose browser goes is written to its end and kept; other work ends with its browser or program."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from endpoint import Endpoint
from pipeline import opened, plays
from served import Visitor, served

from assistant import Assistant, cancel
from assistant.errors import Stopped
from assistant.page.store import Conversation, Owner, new_id, new_key
from assistant.page.underway import Asked, States, UnderWay
from assistant.page.views import Draft
from assistant.verify.local import LocalVerifier

pytestmark = pytest.mark.slow
QUESTION = "How many theorems does LeanBench hold?"
ONE = Owner(new_key(), "one")


def test_of_answers_that_nobody_waits_for_the_first_ends_early() -> None:
    def states(stop: threading.Event) -> States:
        yield Conversation(id="c"), Draft("Why?", "writing")
        stop.wait(10)

    under_way, ending = UnderWay(1), threading.Event()
    asked = [Asked(Conversation(id="c"), Draft(text), states, ending) for text in ("one", "two")]
    for each in asked:
        under_way.add(ONE, "c", each)
    assert under_way.of(ONE, "c") == tuple(asked) and under_way.of(Owner(new_key(), "other"), "c") == ()
    with under_way.watched(asked[0]):
        with under_way.watched(asked[0]), under_way.watched(asked[1]):
            pass
        assert not asked[0].stop.is_set(), "another tab waits for it"
    asked[1].going.done.result(5)
    assert asked[1].stop.is_set() and not asked[0].stop.is_set()
    asked[0].stop.set()
    asked[0].going.done.result(5)
    assert under_way.of(ONE, "c") == ()


def asking(visitor: Visitor, key: str) -> None:
    """Ask by the button, and lose the connection while the model writes."""
    event = visitor.event("ask", "click")
    given = dict(zip(event["inputs"], visitor.values(event), strict=True))
    ids = {field["props"].get("elem_id"): id for id, field in visitor.fields.items()}
    given |= {ids["question"]: QUESTION, ids["key"]: key, ids["chosen"]: new_id(), ids["editing"]: ""}
    given |= {ids["pages"]: [], ids["dates"]: [], ids["only"]: [], ids["topic"]: None, ids["fields"]: "", ids["writer"]: "model"}
    visitor.join(event, list(given.values()))
    with visitor.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": visitor.session}) as reply:
        for line in reply.iter_lines():
            if "process_generating" in line:
                break


def kept(visitor: Visitor, key: str) -> list[Any]:
    """The drawer of conversations, as the page opens with it."""
    event = next(each for each in visitor.events if any(target[1] == "load" for target in each["targets"]))
    return visitor.run(event, [key, "", ""]).json()["data"]


def test_an_answer_is_kept_where_the_connection_is_cut(
    shelf: Path, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "temp"))
    written = threading.Event()

    def says(body: object) -> str:
        written.wait(20)
        return "LeanBench holds 98 theorems of Lean [1]."

    plays(endpoint, says)
    with opened(shelf, endpoint) as assistant:
        monkeypatch.setattr(assistant, "home", tmp_path)  # for conversations; tests only read the shelf
    with served(assistant, max_concurrency=1) as url:
        visitor, key = Visitor(url).come(), new_key()
        asking(visitor, key)
        time.sleep(2.5)  # until gradio has noticed
        written.set()
        deadline = time.monotonic() + 20
        while QUESTION not in str(shown := kept(visitor, key)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert QUESTION in str(shown), "the answer is not kept"


@pytest.mark.parametrize("who", ["browser", "program"])
def test_work_ends_with_its_sender_and_gives_its_place_back(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "temp"))
    began: list[float] = []
    ended: list[float] = []

    def endless(*_: object, **__: object) -> None:
        began.append(time.monotonic())
        try:
            while True:
                cancel.check()  # without a word of progress
                time.sleep(0.02)
        finally:
            ended.append(time.monotonic())

    monkeypatch.setattr(Assistant, "check_text", endless)

    def leave(visitor: Visitor, number: int) -> None:
        if who == "program":
            with pytest.raises(httpx.ReadTimeout):
                visitor.client.post("/gradio_api/run/check", json={"data": ["Bees sleep.", "plain", ""]}, timeout=1)
            return
        event = visitor.event("check-make", "click")
        visitor.join(event, ["Bees sleep.", "plain", "", None])
        with visitor.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": visitor.session}) as reply:
            for _ in reply.iter_lines():
                if len(began) > number:
                    break

    with opened(shelf) as assistant, served(assistant, max_concurrency=2) as url:
        for number in range(4):  # more than there are places
            leave(Visitor(url).come(), number)
            left, deadline = time.monotonic(), time.monotonic() + 10
            while len(ended) <= number and time.monotonic() < deadline:
                time.sleep(0.02)
            assert len(began) == len(ended) == number + 1, "the work goes on"
            assert ended[-1] - left < 4, "it takes a second, and longer on a busy machine"


def test_the_verifier_can_be_stopped_between_two_sentences() -> None:
    stop = threading.Event()
    with cancel.stoppable(stop):
        LocalVerifier().verify("Bees sleep.", ["Bees sleep at night."])
        stop.set()
        with pytest.raises(Stopped):
            LocalVerifier().verify("Bees sleep.", ["Bees sleep at night."])
