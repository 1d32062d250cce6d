"""The assistant for programs: `ask`, `table`, `review`, `check`, `search` and `papers` as an HTTP API, and as MCP tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from assistant.check.values import Syntax
from assistant.errors import AssistantError, need
from assistant.page.framework import gone, gr
from assistant.page.room import Room
from assistant.page.service import Service, joined
from assistant.review.build import LEAST_WORDS, MOST_PAPERS, MOST_WORDS
from assistant.table.build import MOST_ROWS
from assistant.types import Where

T = TypeVar("T")
_MOST = 50
_LONGEST = 200_000
"""A draft that a program sends, and its references, have at most so many characters each."""


class Programs:
    """What programs may call. The docstrings are what they are told.

    As many questions are answered at once as the page allows, and further ones wait, apart from all else. Half as many
    tables, reviews and checks of drafts are made at once.
    """

    def __init__(self, service: Service, at_once: int, waiting: int) -> None:
        self._service = service
        self._answers = Room(at_once, waiting, service.ending)
        self._works = Room(max(1, at_once // 2), waiting, service.ending)  # a long draft takes a minute, and questions do not wait
        self._looks = Room(at_once, waiting, service.ending)

    def offer(self) -> None:
        """Make them endpoints of the page that is being built."""
        for function in (self.ask, self.table, self.review, self.check, self.search, self.papers):
            gr.api(function, api_name=function.__name__, queue=False)

    async def ask(
        self,
        question: str,
        page: str | None = None,
        date: str | None = None,
        paper: str | None = None,
        strict: bool = True,
        where: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question over the abstracts of the library's papers, every sentence proved by an exact quote, or refuse.

        The reply holds `text` with numbers such as [1], `claims` (each sentence, its verdict, the places of its quotes in
        `sources`), `sources` (number, paper, quote, its offsets in the abstract), `confidence`, `match`, and for a refusal
        `abstained`, `reason`, `uncovered`, `nearest` and `rewordings`, which are questions that can be answered. If `match` is
        "weak", the library may not answer: the text tells what comes nearest. "strong" is an answer, "none" a refusal.

        Args:
            question: a question in plain words, for example: What does LeanDojo offer?
            page: keep to the papers of this page of the library.
            date: keep to papers of this date: a year, a month or a day, as 2031-06, or as the library writes it.
            paper: keep to the paper with this id, as `search` and `papers` tell it.
            strict: leave out what is not supported by what it cites; otherwise it stays, and its verdict tells.
            where: further filters, apart by semicolons: author=Duarte; date>=2030-06; venue=..., doi=..., title=....

        Returns:
            The answer with its claims, verdicts, sources and quotes.
        """
        return await _run(
            self._answers, lambda: self._service.ask(question, _where(page, date, paper, where), strict=_flag("strict", strict))
        )

    async def table(
        self,
        question: str = "",
        columns: str = "",
        papers: str = "",
        rows: int = 20,
        sort: str = "",
        descending: bool = False,
        where: str | None = None,
    ) -> dict[str, Any]:
        """Lay papers side by side: a row for each paper, each cell proved by an exact quote, or not said.

        The reply holds `columns` (name) and `rows`: `paper`, and `cells` in the order of the columns, each with `value` (empty
        where the paper does not say), `quote`, its offsets `start` and `end` in the abstract, `verdict`, `number` and `unit` of a
        figure, and `against`, the places of rows that give another value. `conflicts` says how these differ, and `found` how many
        papers there are. If `match` is "weak", the library may not answer the question, and the rows are what comes nearest;
        `incomplete` says why rows lack cells of the model.

        Args:
            question: a question in plain words, whose papers are the rows, for example: theorem provers on miniF2F.
            columns: apart by commas, for example: benchmark, best score, model size; empty for what the papers have in common.
            papers: ids of papers in place of a question, apart by commas, as `search` and `papers` tell them.
            rows: papers at most, 100 at the most.
            sort: the name of a column to order the rows by, figures by their amounts.
            descending: the largest first.
            where: filters, apart by semicolons: author=Duarte; date>=2030-06; venue=..., doi=..., title=....

        Returns:
            The table.
        """

        def made() -> dict[str, Any]:
            named = [id.strip() for id in (_text("papers", papers) or "").split(",") if id.strip()]
            asked = _text("question", question) or ""
            need("papers", papers, "empty where there is a question", not (named and asked))
            return self._service.table(
                named or asked,
                _text("columns", columns),
                joined({}, _text("where", where)) or None,
                _whole("rows", rows, 1, MOST_ROWS),
                _text("sort", sort),
                descending=_flag("descending", descending),
            )

        return await _run(self._works, made)

    async def review(
        self,
        question: str = "",
        outline: str = "",
        papers: str = "",
        count: int = 20,
        words: int = 800,
        where: str | None = None,
    ) -> dict[str, Any]:
        """Review papers by topic: a paragraph for each topic, each sentence an exact quote or proved by one.

        The reply holds `topics`: `heading`, `level` (1 or 2), `papers` (numbers), `claims` (sentences with their verdicts; lines of
        the assistant's own have none) and `sources` (number, quote, its offsets in the abstract). `papers` is the list of
        references, the first one being [1]; `missing` names what no paper of the library mentions, `facts` what papers state of
        their studies, `disagreements` the quotes that contradict each other, and `trace` what was searched.

        Args:
            question: a question in plain words, whose papers are reviewed, for example: theorem provers on miniF2F.
            outline: headings, a line each, those of the second level behind "##" or blanks; empty for the topics of the papers.
            papers: ids of papers in place of a question, apart by commas, as `search` and `papers` tell them.
            count: papers at most, 100 at the most.
            words: words of the paragraphs at most, from 50 to 20,000.
            where: filters, apart by semicolons: author=Duarte; date>=2030-06; venue=..., doi=..., title=....

        Returns:
            The review.
        """

        def made() -> dict[str, Any]:
            named = [id.strip() for id in (_text("papers", papers) or "").split(",") if id.strip()]
            asked = _text("question", question) or ""
            need("papers", papers, "empty where there is a question", not (named and asked))
            return self._service.review(
                named or asked,
                _text("outline", outline),
                joined({}, _text("where", where)) or None,
                _whole("count", count, 1, MOST_PAPERS),
                _whole("words", words, LEAST_WORDS, MOST_WORDS),
            )

        return await _run(self._works, made)

    async def check(self, draft: str, syntax: str = "markdown", bib: str = "") -> dict[str, Any]:
        r"""Check a draft: hold each of its sentences against the papers that it cites, then against the rest of the library.

        The reply holds `sentences` in order: `text`, its offsets `start` and `end` in the draft, `line`, `column`, `state`,
        `citations`, `proofs` (the place of a paper in `papers`, an exact quote and its offsets in the abstract), `offered`, the
        place of a paper that says it and is not cited, and `reasons`. The states are proved, differs, other paper, uncited, not
        found, unknown citation and own; `counts` says how often each is met.

        Args:
            draft: the text, 200,000 characters at the most, citing as [@key], \cite{key}, [3] or Duarte et al. (2029).
            syntax: markdown, latex or plain.
            bib: the references, as BibTeX; empty where the draft lists them, or cites by keys of the library.

        Returns:
            The report.
        """

        def made() -> dict[str, Any]:
            content, references = _text("draft", draft) or "", _text("bib", bib) or ""
            fits = len(content) <= _LONGEST and len(references) <= _LONGEST
            need("the draft", "a longer one", f"a text of at most {_LONGEST:,} characters, as its BibTeX", fits)
            need("syntax", syntax, "one of markdown, latex, plain", syntax in ("markdown", "latex", "plain"))
            return self._service.check(content, cast("Syntax", syntax), references)

        return await _run(self._works, made)

    async def search(
        self,
        question: str,
        k: int = 10,
        page: str | None = None,
        date: str | None = None,
        paper: str | None = None,
        where: str | None = None,
    ) -> list[dict[str, Any]]:
        """Find the papers nearest to a question, best first, with the sentence that matched and what each signal gave.

        Args:
            question: a question or some words.
            k: papers at most, 50 at the most.
            page: keep to the papers of this page of the library.
            date: keep to papers of this date: a year, a month or a day, as 2031-06, or as the library writes it.
            paper: keep to the paper with this id.
            where: further filters, apart by semicolons: author=Duarte; date>=2030-06; venue=..., doi=..., title=....

        Returns:
            Passages: `paper`, `text`, `score`, and `best`, the offsets in the abstract of the sentence that matched.
        """
        return await _run(
            self._looks, lambda: self._service.search(question, _whole("k", k, 1, _MOST), _where(page, date, paper, where))
        )

    async def papers(self, words: str = "", page: str | None = None, start: int = 0) -> dict[str, Any]:
        """List the papers of the library whose title or abstract holds all of some words, fifty at a time.

        Args:
            words: all of them must be there, in any order; empty for all papers.
            page: keep to the papers of this page of the library.
            start: how many to leave out from the front, to read on.

        Returns:
            `total`, and `papers` with id, title, abstract, pages and date.
        """

        def listed() -> dict[str, Any]:
            first = _whole("start", start, 0, 10**9)
            return self._service.papers(_text("words", words) or "", _text("page", page), slice(first, first + _MOST))

        return await _run(self._looks, listed)


async def _run(room: Room, work: Callable[[], T]) -> T:
    try:
        return await room.run(work, gone.get())
    except AssistantError as exc:
        raise gr.Error(str(exc), print_exception=False) from exc


def _where(page: object, date: object, paper: object, where: object) -> Where | None:
    given = {"page": page, "date": date, "paper": paper}
    return joined({key: text for key, value in given.items() if (text := _text(key, value))}, _text("where", where)) or None


def _text(name: str, value: object) -> str | None:
    """A text, or None where it is empty; annotations are shown to programs, and nothing enforces them."""
    need(name, value, "a text", value is None or isinstance(value, str))
    return value if isinstance(value, str) and value else None


def _flag(name: str, value: object) -> bool:
    need(name, value, "true or false", isinstance(value, bool))
    return value is True


def _whole(name: str, value: object, least: int, most: int) -> int:
    """A whole number within bounds; JavaScript writes some as 3.0."""
    number = int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 else None
    need(name, value, f"a whole number from {least} to {most}", number is not None and least <= number <= most)
    return number or 0
