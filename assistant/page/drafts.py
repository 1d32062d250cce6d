"""The tab that checks drafts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from assistant.check.values import Report
from assistant.page.framework import EventData, gr
from assistant.page.markup import Html, joined, tag
from assistant.page.service import Service
from assistant.page.tools import Exports, Tool

_LONGEST = 200_000
"""Characters of a draft that is pasted."""
_SYNTAXES = [("Markdown", "markdown"), ("LaTeX", "latex"), ("plain text", "plain")]
_EXPORTS: Exports[Report] = {
    "Markdown": ("md", Report.to_markdown),
    "HTML": ("html", Report.to_html),
    "SARIF": ("sarif", Report.to_sarif),
    "Text": ("txt", Report.to_text),
}


class Drafts(Tool[Report]):
    """Checks drafts and exports the reports."""

    def __init__(self, service: Service) -> None:
        super().__init__("check", service.reports, report, _EXPORTS)
        self._service = service

    def lay_out(self) -> None:
        """Make the components, inside the tab."""
        with gr.Row(elem_classes="asking"):
            self._text = gr.Textbox(
                label="Your draft",
                info="Each sentence is held against what it cites, then against the library",
                lines=6,
                max_lines=16,
                max_length=_LONGEST,
                elem_id="check-text",
                scale=3,
            )
            self._bib = gr.Textbox(
                label="Its references",
                info="BibTeX, if the draft cites by keys",
                lines=6,
                max_lines=16,
                max_length=_LONGEST,
                elem_id="check-bib",
                scale=2,
            )
        with gr.Row(elem_classes="asking"):
            self._syntax = gr.Radio(_SYNTAXES, value="markdown", label="Written in", elem_id="check-syntax", scale=3)
            self._files = gr.File(
                label="Or files: a draft (.md, .tex, .txt, .docx), and .bib",
                file_count="multiple",
                elem_id="check-files",
                height=56,
                scale=2,
            )
            self.lay_out_buttons("Check")
        self.lay_out_result()

    def join(self, page: tuple[Any, Any, Any], looked_up: Callable[[EventData], list[Any]]) -> None:
        """Say what happens; see `Tool.connect`."""
        self.connect([], [self._text, self._syntax, self._bib, self._files], self._work, page, looked_up)

    def _work(self, text: str, syntax: Any, bib: str, files: list[str] | None) -> Generator[tuple[int, int] | str]:
        yield from self._service.check_draft(text, syntax, bib, files or [])


def report(made: Report) -> Html:
    """The draft beside what the library says, with the buttons of exports."""
    exports = [tag("button", name, type="button", class_="act", data_act="export", data_as=name) for name in _EXPORTS]
    line = tag("p", tag("span", "As a file", class_="label"), *exports, class_="line")
    return joined([Html(made.to_html_fragment()), line])
