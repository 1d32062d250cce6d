"""The tab of comparison tables: its components, and what happens when they are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from assistant.errors import AssistantError
from assistant.page import render, table_view
from assistant.page.chat import MOST_FIELDS
from assistant.page.events import CLICKS, At_once, Plain, Private, said
from assistant.page.framework import EventData, gr
from assistant.page.markup import Html
from assistant.page.service import Service

_MOST_COLUMNS = 500
"""Characters of the names of columns."""
_ROWS = 50
"""A table of the page has at most this many rows."""


class Tables:
    """Makes, sorts and exports tables; what was made stays on the server, under a name that the browser keeps."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.named: Any = None
        """The ids of papers that were ticked in the library, apart by blanks."""

    def lay_out(self) -> None:
        """Make the components, inside a tab."""
        self.named = gr.Textbox(visible="hidden", elem_id="compare-named")
        self._made = gr.Textbox(visible="hidden", elem_id="compare-made")
        self._only = gr.HTML(apply_default_css=False, elem_id="compare-only", js_on_load=CLICKS)
        with gr.Row(elem_classes="asking"):
            self._of = gr.Textbox(
                label="Papers that answer",
                info="A question or a topic; empty for all papers",
                placeholder="theorem provers on miniF2F",
                lines=1,
                max_length=self._service.settings.answer.max_question,
                elem_id="compare-of",
                scale=3,
            )
            self._columns = gr.Textbox(
                label="Columns",
                info="Apart by commas; empty for what the papers have in common",
                placeholder="benchmark, best score, model size",
                lines=1,
                max_length=_MOST_COLUMNS,
                elem_id="compare-columns",
                scale=3,
            )
        with gr.Row(elem_classes="asking"):
            self._fields = gr.Textbox(
                label="Only papers with",
                info="author, date, venue, doi or title, apart by semicolons",
                placeholder="author=Duarte; date>=2030-06",
                max_length=MOST_FIELDS,
                elem_id="compare-fields",
                scale=3,
            )
            self._rows = gr.Slider(1, _ROWS, value=20, step=1, label="Papers at most", elem_id="compare-rows", scale=2)
            with gr.Row(elem_id="compare-buttons"):
                self._stop = gr.Button("Stop", size="sm", elem_id="compare-stop", interactive=False)
                self._make = gr.Button("Compare", size="sm", variant="primary", elem_id="compare-make")
        self._view = gr.HTML(apply_default_css=False, elem_id="compared", js_on_load=CLICKS)

    def connect(self, paper: Any, tabs: Any, handed: Any, looked_up: Any) -> None:
        """Say what happens.

        Args:
            paper: where a paper is opened.
            tabs: the tabs of the page.
            handed: where a file for the browser goes.
            looked_up: opens a paper, as an event of the page does it.
        """
        given = [self._of, self._columns, self._fields, self._rows, self.named]
        done = [self._view, self._made, self._make, self._stop]
        run = gr.on(
            [self._make.click, self._of.submit, self._columns.submit, self._fields.submit],
            self.made,
            given,
            done,
            concurrency_id="answers",
            **Private,
            **Plain,
        )
        self._stop.click(self.stopped, None, done, cancels=[run], **At_once)
        self._view.apply(self.acted, self._made, [self._view, handed], **At_once).then(None, [handed], None, js="assistantHand")
        self._view.expand(looked_up, None, [paper, tabs], **At_once).then(None, None, None, js="assistantShowPaper")
        self.named.change(self.chosen, self.named, self._only, **At_once)
        self._only.apply(lambda: "", None, self.named, **At_once)

    def made(self, of: str, columns: str, fields: str, rows: float, named: str) -> Iterator[list[Any]]:
        """The states of a table that is being made, and the table."""
        same = gr.skip()
        yield [render.progress(0, 0, "Table"), same, *_buttons(busy=True)]
        try:
            with closing(self._service.compare(of, columns, fields, int(rows), named.split())) as states:
                for state in states:
                    if isinstance(state, str):
                        yield [table_view.table(self._service.tables.get(state)), state, *_buttons(busy=False)]
                    else:
                        yield [render.progress(*state, "Table"), same, same, same]
        except AssistantError as exc:
            yield [render.problem(str(exc)), "", *_buttons(busy=False)]

    def stopped(self) -> list[Any]:
        """No table."""
        return [Html(), "", *_buttons(busy=False)]

    def acted(self, event: EventData, made: str) -> list[Any]:
        """The table in another order, or as a file."""
        try:
            shown = self._service.tables.get(made)
        except AssistantError as exc:
            return [render.problem(str(exc)), None]
        if said(event, "act") == "sort":
            column, descending = said(event, "column"), bool(said(event, "descending"))
            shown = table_view.Shown(shown.table.sorted_by(column, descending=descending), column, descending)
            self._service.tables.change(made, shown)
            return [table_view.table(shown), None]
        if said(event, "as") in table_view.EXPORTS:
            ending, write = table_view.EXPORTS[said(event, "as")]
            return [gr.skip(), {"name": f"table.{ending}", "content": write(shown.table)}]
        return [gr.skip(), None]

    def chosen(self, named: str) -> Html:
        """The papers that were ticked in the library."""
        held = self._service.catalogue().by_id
        return render.kept_papers([held[id].shown for id in named.split() if id in held])


def _buttons(*, busy: bool) -> list[Any]:
    return [gr.Button(interactive=not busy), gr.Button(interactive=busy)]
