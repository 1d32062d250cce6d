"""The assistant for programs: `ask`, `search` and `papers` as an HTTP API, and as MCP tools."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from assistant.errors import AssistantError
from assistant.page.desk import Desk
from assistant.page.framework import gr
from assistant.types import Where

T = TypeVar("T")
_MOST = 50


class Programs:
    """What programs may call. The docstrings are what they are told; as many run at once as the page allows."""

    def __init__(self, desk: Desk, at_once: int) -> None:
        self._desk = desk
        self._room = threading.BoundedSemaphore(at_once)

    def offer(self) -> None:
        """Make them endpoints of the page that is being built."""
        for function in (self.ask, self.search, self.papers):
            gr.api(function, api_name=function.__name__, queue=False)

    def ask(
        self, question: str, page: str | None = None, date: str | None = None, paper: str | None = None, strict: bool = True
    ) -> dict[str, Any]:
        """Answer a question over the abstracts of the library's papers, every sentence proved by an exact quote, or refuse.

        The reply holds `text` with numbers such as [1], `claims` (each sentence, its verdict, the places of its quotes in
        `sources`), `sources` (number, paper, quote, its offsets in the abstract), `confidence`, and for a refusal `abstained`,
        `reason`, `uncovered`, `nearest` and `rewordings`, which are questions that can be answered.

        Args:
            question: a question in plain words, for example: What does LeanDojo offer?
            page: keep to the papers of this page of the library.
            date: keep to papers of this date, as the library writes it.
            paper: keep to the paper with this id, as `search` and `papers` tell it.
            strict: leave out what is not supported by what it cites; otherwise it stays, and its verdict tells.

        Returns:
            The answer with its claims, verdicts, sources and quotes.
        """
        return self._run(lambda: self._desk.ask(question, _where(page, date, paper), strict=strict))

    def search(
        self, question: str, k: int = 10, page: str | None = None, date: str | None = None, paper: str | None = None
    ) -> list[dict[str, Any]]:
        """Find the papers nearest to a question, best first, with the sentence that matched and what each signal gave.

        Args:
            question: a question or some words.
            k: papers at most, 50 at the most.
            page: keep to the papers of this page of the library.
            date: keep to papers of this date, as the library writes it.
            paper: keep to the paper with this id.

        Returns:
            Passages: `paper`, `text`, `score`, and `best`, the offsets in the abstract of the sentence that matched.
        """
        return self._run(lambda: self._desk.search(question, max(1, min(k, _MOST)), _where(page, date, paper)))

    def papers(self, words: str = "", page: str | None = None, start: int = 0) -> dict[str, Any]:
        """List the papers of the library whose title or abstract holds all of some words, fifty at a time.

        Args:
            words: all of them must be there, in any order; empty for all papers.
            page: keep to the papers of this page of the library.
            start: how many to leave out from the front, to read on.

        Returns:
            `total`, and `papers` with id, title, abstract, pages and date.
        """
        return self._run(lambda: self._desk.papers(words, page, slice(max(0, start), max(0, start) + _MOST)))

    def _run(self, work: Callable[[], T]) -> T:
        with self._room:
            try:
                return work()
            except AssistantError as exc:
                raise gr.Error(str(exc), print_exception=False) from exc


def _where(page: str | None, date: str | None, paper: str | None) -> Where | None:
    return {key: value for key, value in {"page": page, "date": date, "paper": paper}.items() if value} or None
