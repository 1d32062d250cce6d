"""An answer whose browser goes is written to its end and kept."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from endpoint import Endpoint
from pipeline import opened, plays
from served import Visitor, served

from assistant.page.store import Conversation, Owner, new_id, new_key
from assistant.page.underway import Asked, States, UnderWay
from assistant.page.views import Draft

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
