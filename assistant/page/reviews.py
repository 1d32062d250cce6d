"""The tab of reviews."""

from __future__ import annotations

from typing import Any

from assistant.page import review_view
from assistant.page.framework import gr
from assistant.page.service import Service
from assistant.page.tools import Tool
from assistant.review.values import Review

_PAPERS = 50
_LONGEST_OUTLINE = 2000


class Reviews(Tool[Review]):
    """Writes and exports reviews."""

    def __init__(self, service: Service) -> None:
        super().__init__("review", service.reviews, review_view.review, review_view.EXPORTS)
        self._service = service

    def lay_out(self) -> None:
        """Make the components, inside the tab."""
        with gr.Row(elem_classes="asking"):
            self._of = gr.Textbox(
                label="Papers on",
                info="A question or a topic",
                placeholder="theorem proving with language models",
                lines=1,
                max_length=self._service.settings.answer.max_question,
                elem_id="review-of",
                scale=3,
            )
            self._papers = gr.Slider(1, _PAPERS, value=20, step=1, label="Papers at most", elem_id="review-papers", scale=2)
        with gr.Row(elem_classes="asking"):
            self._outline = gr.Textbox(
                label="Headings",
                info="A line each, those of the second level indented; empty for the topics of the papers",
                lines=2,
                max_lines=8,
                max_length=_LONGEST_OUTLINE,
                elem_id="review-outline",
                scale=3,
            )
            self.lay_out_buttons("Review")
        self.lay_out_result()

    def join(self, handed: Any) -> None:
        """Say what happens; see `Tool.connect`."""
        self.connect([self._of.submit], [self._of, self._outline, self._papers], self._service.write_review, handed)
