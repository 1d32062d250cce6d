"""The tab of comparison tables."""

from __future__ import annotations

from typing import Any

from assistant.page import render, table_view
from assistant.page.chat import MOST_FIELDS
from assistant.page.events import CLICKS, At_once, said
from assistant.page.framework import EventData, gr
from assistant.page.markup import Html
from assistant.page.service import Service
from assistant.page.table_view import Shown
from assistant.page.tools import Tool

_MOST_COLUMNS = 500
"""Characters of the names of columns."""
_ROWS = 50
"""A table of the page has at most this many rows."""


class Tables(Tool[Shown]):
    """Makes, sorts and exports tables."""

    def __init__(self, service: Service) -> None:
        super().__init__("table", service.tables, table_view.table, table_view.EXPORTS)
        self._service = service

    def lay_out(self) -> None:
        """Make the components, inside the tab."""
        self.named: Any = gr.Textbox(visible="hidden", elem_id="table-named")
        self._only = gr.HTML(apply_default_css=False, elem_id="table-only", js_on_load=CLICKS)
        with gr.Row(elem_classes="asking"):
            self._of = gr.Textbox(
                label="Papers that answer",
                info="A question or a topic",
                placeholder="theorem provers on miniF2F",
                lines=1,
                max_length=self._service.settings.answer.max_question,
                elem_id="table-of",
                scale=3,
            )
            self._columns = gr.Textbox(
                label="Columns",
                info="Apart by commas; empty for what the papers have in common",
                placeholder="benchmark, best score, model size",
                lines=1,
                max_length=_MOST_COLUMNS,
                elem_id="table-columns",
                scale=3,
            )
        with gr.Row(elem_classes="asking"):
            self._fields = gr.Textbox(
                label="Only papers with",
                info="author, date, venue, doi or title, apart by semicolons",
                placeholder="author=Duarte; date>=2030-06",
                max_length=MOST_FIELDS,
                elem_id="table-fields",
                scale=3,
            )
            self._rows = gr.Slider(1, _ROWS, value=20, step=1, label="Papers at most", elem_id="table-rows", scale=2)
            self.lay_out_buttons("Compare")
        self.lay_out_result()

    def join(self, handed: Any) -> None:
        """Say what happens; see `Tool.connect`."""
        begins = [self._of.submit, self._columns.submit, self._fields.submit]
        given = [self._of, self._columns, self._fields, self._rows, self.named]
        self.connect(begins, given, self._service.compare, handed)
        self.named.change(self._chosen, self.named, self._only, **At_once)
        self._only.apply(lambda: "", None, self.named, **At_once)

    def changed(self, event: EventData, held: Shown) -> Shown | None:
        """The table in the order of a column."""
        if said(event, "act") != "sort":
            return None
        column, descending = said(event, "column"), bool(said(event, "descending"))
        return Shown(held.table.sorted_by(column, descending=descending), column, descending)

    def _chosen(self, named: str) -> Html:
        """The papers that were ticked in the library."""
        held = self._service.catalogue().by_id
        return render.kept_papers([held[id].shown for id in named.split() if id in held])
