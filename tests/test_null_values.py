"""Events of the page with null values, and calls that are refused: one error, and one line of the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline import opened
from served import Visitor, served

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning")]  # as `serve` has it


@pytest.fixture
def visitor(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "temp"))
    with opened(shelf) as assistant:
        monkeypatch.setattr(assistant, "home", tmp_path)  # tests only read the shelf
    with served(assistant) as url:
        yield Visitor(url).come()


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    caplog.clear()
    return found


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        pytest.param(None, "an event failed", id="null"),
        pytest.param("\ud800", "Exception", id="half a surrogate pair"),  # which no error may repeat
    ],
)
def test_events_take_odd_values(visitor: Visitor, caplog: pytest.LogCaptureFixture, value: str | None, wrong: str) -> None:
    failed: list[str] = []
    for event in visitor.events:
        if not event["backend_fn"] or event["api_name"] in ("ask", "table", "review", "check", "search", "papers"):
            continue
        for event_data in (None, {"act": None}):
            reply = visitor.run(event, [value] * len(event["inputs"]), event_data=event_data)
            assert reply.status_code in (200, 500)
            failed += [line for line in warned(caplog) if wrong in line]
    assert not failed


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("run/nowhere", {"data": []}, "There is no such event"),
        ("run/ask", {"data": []}, "0 were sent"),
        ("run/ask", {"data": ["Why?", None, None, None, "yes", None]}, "strict"),
        ("run/papers", {"data": ["", None, "first"]}, "start"),
        ("call/v2/ask", {"questions": "Why?"}, "There is no value"),
        ("run/ask", ["Why?"], "An event is a JSON object"),
        ("run/search", {"data": ["?!", 3, None, None, None, None]}, "holds no word"),
    ],
)
def test_a_call_that_is_refused_is_one_line_of_the_log(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, path: str, body: object, said: str
) -> None:
    reply = visitor.client.post(f"/gradio_api/{path}", json=body)
    assert reply.status_code >= 400 and said in reply.text
    (line,) = warned(caplog)
    assert said in line and "\n" not in line
