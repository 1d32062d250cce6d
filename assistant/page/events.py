"""What the events of the page share: their options, the script of clicks, and the reading of what a browser sends."""

from __future__ import annotations

from typing import Any

from assistant.page.framework import EventData

CLICKS = """
element.addEventListener('click', (event) => {
  const ask = event.target.closest('[data-ask]');
  const act = event.target.closest('[data-act]');
  const named = {
    retry: 'retry', version: 'select', undo: 'undo', paper: 'expand', picked: 'select', compare: 'submit', sources: 'retry',
  };
  if (ask) trigger('submit', {...ask.dataset, question: ask.dataset.ask});
  else if (act) trigger(named[act.dataset.act] || 'apply', {...act.dataset});
});
"""
"""The script of a fragment that sends clicks on its buttons to the server."""

Private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
At_once: dict[str, Any] = {**Private, "queue": False}
Plain: dict[str, Any] = {"postprocess": False}
"""Options of events whose values need no conversion by gradio, which would hand each value to a thread."""
Unlooked: dict[str, Any] = {**At_once, **Plain, "preprocess": False}
"""Options of an event whose values gradio hands on as they are, in both directions."""


def said(event: EventData, name: str) -> str:
    """What a button sent; it comes out of a browser, so it may be anything."""
    data: Any = event._data  # pyright: ignore[reportPrivateUsage]
    given = dict[str, object](data) if isinstance(data, dict) else {}  # pyright: ignore[reportUnknownArgumentType]
    value = given.get(name)
    return value if isinstance(value, str) else ""
