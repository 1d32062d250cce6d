"""The tab that checks drafts."""

from __future__ import annotations

from typing import Any

from assistant.check.values import Report
from assistant.page import render
from assistant.page.framework import gr
from assistant.page.markup import Html, joined
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

    def join(self, handed: Any) -> None:
        """Say what happens; see `Tool.connect`."""
        self.connect([], [self._text, self._syntax, self._bib, self._files], self._service.check_draft, handed)


def report(made: Report) -> Html:
    """The draft beside what the library says, with the buttons of exports."""
    return joined([Html(made.to_html_fragment()), render.as_files(_EXPORTS)])
