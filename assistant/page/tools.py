"""What the tabs of tables, reviews and drafts share: work that reports its progress and can be stopped, and files of its result."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Generic, TypeVar

from assistant.errors import AssistantError
from assistant.page import render
from assistant.page.events import CLICKS, At_once, Plain, Private, said
from assistant.page.framework import EventData, gr
from assistant.page.markup import Html
from assistant.page.service import Kept

T = TypeVar("T")
_AT_ONCE = 2
"""Tables, reviews and checks of drafts made at once by all browsers; questions have places of their own."""
Exports = Mapping[str, tuple[str, Callable[[T], str]]]
"""The ending of a file and how it is written, by the name of the button."""


class Tool(Generic[T]):
    """Buttons that begin and stop some work; its result stays on the server, under a name that the browser keeps."""

    def __init__(self, name: str, kept: Kept[T], shown: Callable[[T], Html], exports: Exports[T]) -> None:
        """Take the start of the elements' ids, what keeps results, how they are shown, and the files they are written to."""
        self._name = name
        self._kept = kept
        self._shown = shown
        self._exports = exports

    def lay_out_buttons(self, label: str) -> None:
        """Make the buttons, in a row of the tab."""
        with gr.Row(elem_id=f"{self._name}-buttons", elem_classes="begin"):
            self._stop = gr.Button("Stop", size="sm", elem_id=f"{self._name}-stop", interactive=False)
            self.begin: Any = gr.Button(label, size="sm", variant="primary", elem_id=f"{self._name}-make")

    def lay_out_result(self) -> None:
        """Make the place of the result."""
        self._made = gr.Textbox(visible="hidden", elem_id=f"{self._name}-made")
        self.view: Any = gr.HTML(apply_default_css=False, elem_id=f"{self._name}-result", js_on_load=CLICKS)

    def connect(
        self,
        begins: Sequence[Any],
        given: Sequence[Any],
        work: Callable[..., Generator[tuple[int, int] | str]],
        handed: Any,
    ) -> None:
        """Say what happens.

        Args:
            begins: the events that begin the work, the click on its button aside.
            given: the components whose values `work` takes.
            work: yields how far it is, then the name of the result among those kept.
            handed: where a file for the browser goes.
        """
        done = [self.view, self._made, self.begin, self._stop]

        def run(*values: Any) -> Iterator[list[Any]]:
            same = gr.skip()
            yield [render.progress(0, 0, "Work"), same, *_buttons(busy=True)]
            try:
                with closing(work(*values)) as states:
                    for state in states:
                        if isinstance(state, str):
                            yield [self._shown(self._kept.get(state)), state, *_buttons(busy=False)]
                        else:
                            yield [render.progress(*state, "Work"), same, same, same]
            except AssistantError as exc:
                yield [render.problem(str(exc)), "", *_buttons(busy=False)]

        places = {"concurrency_id": "works", "concurrency_limit": _AT_ONCE}
        event = gr.on([self.begin.click, *begins], run, list(given), done, **places, **Private, **Plain)
        self._stop.click(lambda: [Html(), "", *_buttons(busy=False)], None, done, cancels=[event], **At_once)
        self.view.apply(self.acted, self._made, [self.view, handed], **At_once).then(None, [handed], None, js="assistantHand")

    def acted(self, event: EventData, made: str) -> list[Any]:
        """The result changed, or as a file."""
        try:
            held = self._kept.get(made)
            if changed := self.changed(event, held):
                self._kept.change(made, changed)
                return [self._shown(changed), None]
        except AssistantError as exc:
            return [render.problem(str(exc)), None]
        if said(event, "as") in self._exports:
            ending, write = self._exports[said(event, "as")]
            return [gr.skip(), {"name": f"{self._name}.{ending}", "content": write(held)}]
        return [gr.skip(), None]

    def changed(self, event: EventData, held: T) -> T | None:
        """What a button makes of the result; None where it makes nothing of it."""
        return None


def _buttons(*, busy: bool) -> list[Any]:
    return [gr.Button(interactive=not busy), gr.Button(interactive=busy)]
