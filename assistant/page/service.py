"""State behind the events of the page: assistants by choice of settings, the catalogue, conversations. No gradio here."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache
from itertools import islice, zip_longest
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from assistant.answer import flows, refusal
from assistant.answer.toolbox import writer
from assistant.assistant import Assistant
from assistant.cancel import check, stoppable
from assistant.check.values import Report, Syntax
from assistant.errors import AssistantError, ConfigError, LibraryAway, QuestionError, SourceError, brief, need
from assistant.library.ingest import Progress
from assistant.library.metadata import parsed, values
from assistant.library.scratch import Scratch
from assistant.page import catalogue, render, reports
from assistant.page.catalogue import Catalogue
from assistant.page.chat import respond
from assistant.page.markup import Html
from assistant.page.routes import LARGEST_UPLOAD
from assistant.page.store import UNDO, Conversation, Owner, Store, new_id
from assistant.page.table_view import Shown
from assistant.page.views import Controls, Draft, Turn
from assistant.review.values import Review
from assistant.saved import Saved
from assistant.search.orders import harmless
from assistant.sources import addresses
from assistant.table.values import Table
from assistant.types import Answer, IngestReport, Paper, RemovalReport, Where

if TYPE_CHECKING:
    from assistant.page.peers import Peers

T = TypeVar("T")
LONGEST = 5000
"""A text that names papers has at most this many characters."""
_APART = re.compile(r"[\s,;]+")
"""What sets names of papers apart."""
_FOLLOWED, _FOLLOW_UPS = 1, 3
"""Of so many papers of an answer, the first ones, so many follow-ups are offered: each costs some answers by quotes."""
_MADE = 50
"""So many tables, reviews and reports of all visitors are kept, the newest of each."""
_REMOVALS = 1000
"""So many removals of all visitors can be undone."""
_BEAT = 0.5
"""Work says how far it is at least once in so many seconds."""
ROWS = 25
"""A page of the table shows this many papers."""
FLOWS = ("conditional", *(name for name in flows.FLOWS if name != "conditional"))


class Service:
    """Answers, searches and papers for every visitor of the page; a visitor's own state comes with each call."""

    def __init__(self, assistant: Assistant, runs: Path = reports.RUNS) -> None:
        """Take the assistant and the folder `runs` of the eval suite."""
        self.assistant = assistant
        self._runs = runs
        self.ending = threading.Event()
        """Set while the page shuts down; work that still runs for the page stops."""
        self.settings = assistant.settings
        self.mark = new_id()
        """Tells this process from others."""
        self.peers: Peers | None = None
        """The processes behind one address; None for a library of this machine."""
        self.store = self._shared_store() if self.settings.store.url else Store(assistant.home)
        self._reading = threading.Lock()
        self._catalogue: Catalogue | None = None
        self._removed: dict[str, _Removal] = {}
        """By names that nobody guesses."""
        self._examples: tuple[Catalogue, list[str]] | None = None
        self.tables: Kept[Shown] = Kept(_MADE)
        self.reviews: Kept[Review] = Kept(_MADE)
        self.reports: Kept[Report] = Kept(_MADE)
        self._under = lru_cache(maxsize=64)(self._with)
        self._answered = lru_cache(maxsize=256)(self._ask_silently)

    def _shared_store(self) -> Store:
        """The store of a group, whose tables are made ready."""
        from assistant.library.replica import Replica
        from assistant.library.shared import Shared
        from assistant.page.group_store import GroupStore
        from assistant.page.peers import Peers

        library = self.assistant.library
        assert isinstance(library, Replica)
        with suppress(LibraryAway):  # answers come from the copy meanwhile
            library.prepare(self.settings.library.wait)
        shared = Shared(library.group)
        self.peers = Peers(shared, self.mark)
        return GroupStore(self.assistant.home, shared)

    @property
    def noted(self) -> str:
        """Where feedback goes."""
        return "Noted in the database of the group." if self.peers else "Noted in feedback.jsonl, on this machine."

    def _with(self, controls: Controls) -> Assistant:
        if controls.flow not in self.flows:  # a browser can send any text
            raise ConfigError(f"the flow {brief(controls.flow)} is none of {', '.join(self.flows)}")
        return self.assistant.with_settings(controls.apply(self.settings))

    def _ask_silently(self, held: Catalogue, paper: str) -> tuple[str, ...]:
        return tuple(catalogue.questions(self._quoting, held.by_id[paper], held.like(paper)))

    @property
    def controls(self) -> Controls:
        """How a question is answered where nothing else is chosen."""
        answer = self.settings.answer
        written_by = "quotes" if self.model is None else writer(self.settings, named=True)
        return Controls("mark", answer.papers, answer.flow, written_by, answer.threshold)

    @property
    def model(self) -> str | None:
        """The language model that the settings name."""
        return self.settings.model.chosen

    @property
    def flows(self) -> list[str]:
        """The flows that can be chosen."""
        return list(dict.fromkeys([*FLOWS, self.settings.answer.flow]))

    def warm(self) -> None:
        """Load what the first question would wait for."""
        with suppress(AssistantError):  # the page itself says what is wrong
            self.assistant.search("warm up", k=1)
            self.examples()

    def catalogue(self) -> Catalogue:
        """The papers of the generation in force."""
        with self._reading:
            held = self._catalogue
            if held is None or held.current != self.assistant.library.current():
                held = self._catalogue = catalogue.read(self.assistant)
            return held

    def examples(self) -> list[str]:
        """Questions that this library answers."""
        held = self.catalogue()
        if self._examples is None or self._examples[0] is not held:
            self._examples = held, catalogue.examples(held, self._quoting)
        return self._examples[1]

    @property
    def _quoting(self) -> Assistant:
        """Answers by quotes, which costs nothing."""
        return self._under(self.controls._replace(writer="quotes"))

    def questions(self, paper: str) -> list[str]:
        """Questions that a paper answers."""
        return list(self._answered(self.catalogue(), paper))

    def follow_ups(self, conversation: Conversation) -> list[str]:
        """Questions that the papers of the last answer answer and that were not asked; none after a refusal."""
        if not conversation.turns or conversation.turns[-1].answer.abstained:
            return []
        asked = {turn.answer.question for turn in conversation.turns}
        papers = dict.fromkeys(source.paper.id for source in conversation.turns[-1].answer.sources)
        held = self.catalogue().by_id
        offered = [self._answered(self.catalogue(), id) for id in list(papers)[:_FOLLOWED] if id in held]
        turned = (question for row in zip_longest(*offered) for question in row if question and question not in asked)
        return list(islice(dict.fromkeys(turned), _FOLLOW_UPS))

    def welcome(self) -> Html:
        """What stands where nothing was asked yet."""
        try:
            current = self.catalogue().current
            return render.welcome(current.papers, len(current.pages), current.sample, self.examples())
        except AssistantError as exc:
            return render.problem(str(exc))

    def where(
        self, pages: Sequence[str], dates: Sequence[str], topic: str | None, papers: Sequence[str], fields: str | None = None
    ) -> Where | None:
        """Make the filter of the user's choices.

        Returns:
            The filter; None without a choice.

        Raises:
            ArgumentError: a choice is no text, as values from a browser may be.
            ConfigError: `fields` are no filters, or are chosen elsewhere too.
            QuestionError: the topic no longer exists.
        """
        given: dict[str, Sequence[object]] = {
            "pages": pages,
            "dates": dates,
            "papers": papers,
            "topic": [topic or ""],
            "fields": [fields or ""],
        }
        for name, several in given.items():
            need(name, several, "texts", all(isinstance(each, str) for each in several))
        chosen: Where = {}
        if pages:
            chosen["page"] = list(pages)
        if dates:
            chosen["date"] = list(dates)
        ids = list(papers)
        if topic:
            held = self.catalogue().of_topic(topic)
            ids = [id for id in ids if id in held] if ids else held
            if not ids:
                raise QuestionError("no paper is of that topic and among those chosen; choose others")
        if ids:
            chosen["paper"] = ids
        return joined(chosen, fields) or None

    def answers(
        self,
        owner: Owner,
        conversation: Conversation,
        question: str,
        controls: Controls,
        where: Where | None,
        stop: threading.Event | None = None,
        instead: str = "",
        without: Sequence[Paper] = (),
    ) -> Generator[tuple[Conversation, Draft | None]]:
        """Answer a question of a conversation. Once `stop` is set, the answer holds what was written until then.

        The turn comes last, or takes the place of the turn with the id `instead`. No answer rests on the papers of `without`.

        Yields:
            The states of the conversation; the turn is kept before the last of them is shown.
        """
        history = [turn.answer for turn in conversation.before(instead).turns]
        where = leaving(where, without)
        try:
            assistant = self._under(controls)
        except AssistantError as exc:
            yield conversation, Draft(question, "failed", error=str(exc), instead=instead)
            return
        for state in respond(assistant, question, where, history, stop):
            if isinstance(state, Answer):
                told = refusal.naming(state, self.settings.answer.nearest) if state.abstained else state
                turn = Turn(id=new_id(), answer=told, where=where, without=tuple(without))
                yield self.store.add(owner, conversation, turn, instead), None
            else:
                yield conversation, state._replace(instead=instead)

    def ingest(self, files: Sequence[str]) -> Iterator[tuple[int, int] | IngestReport]:
        """Take in files.

        Yields:
            The numbers of finished papers and of all papers; the report comes last.

        Raises:
            AssistantError: the ingest failed.
        """
        # goes on where nobody waits for it any more; an ingest that is cut off is taken up by the next one
        yield (yield from _reported(lambda moved: self.assistant.ingest(*files, progress=moved), self.ending))

    def add(self, text: str) -> Iterator[tuple[int, int] | IngestReport]:
        """Take in the papers that a text names, from the sites that know them.

        Args:
            text: arXiv ids, DOIs, addresses or queries, as `assistant ingest` takes them; see `named`.

        Yields:
            The numbers of finished papers and of all papers; the report comes last.

        Raises:
            AssistantError: the text names no paper, or the ingest failed.
        """
        yield from self.ingest(named(text))

    @property
    def sample(self) -> bool:
        """The library in force is the shipped sample."""
        current = self.assistant.library.current()
        return bool(current and current.sample)

    def remove(self, *papers: str, visitor: str = "") -> tuple[RemovalReport, str]:
        """Take papers out of the library: all of them, or none.

        Args:
            papers: their ids.
            visitor: the mark of the visitor that removes them; see `undoable`.

        Returns:
            The report, and the name under which `bring_back` knows the removal for `UNDO` seconds.

        Raises:
            AssistantError: the removal failed.
        """
        report, now = self.assistant.remove(*papers), time.monotonic()
        name = new_id()
        with self._reading:
            kept = {each: held for each, held in self._removed.items() if held.began + UNDO > now}
            self._removed = {**dict(list(kept.items())[1 - _REMOVALS :]), name: _Removal(now, report.removed, visitor)}
        return report, name

    def undoable(self, visitor: str) -> dict[str, tuple[Paper, ...]]:
        """The papers of each removal of a visitor that `bring_back` undoes, by its name, the latest first."""
        now = time.monotonic()
        with self._reading:
            held = reversed(list(self._removed.items()))
        return {name: one.papers for name, one in held if one.visitor == visitor and one.papers and one.began + UNDO > now}

    def bring_back(self, removal: str) -> int:
        """Take the papers of a removal back in.

        Returns:
            The number of papers.

        Raises:
            QuestionError: it is too late.
            AssistantError: the papers could not be taken in.
        """
        with self._reading:
            held = self._removed.get(removal)
        if held is None or not held.papers or held.began + UNDO < time.monotonic():
            raise QuestionError("it is too late to undo this removal; add the papers anew")
        back = self.assistant.restore(*held.papers)
        with self._reading:
            self._removed.pop(removal, None)
        return back

    def scores(self) -> Html:
        """The latest run of the eval suite."""
        try:
            return reports.shown(reports.latest(self._runs))
        except AssistantError as exc:
            return render.problem(str(exc))

    def record(self, turn: Turn) -> str:
        """The record of an answer, as `assistant ask --save` writes it and `assistant replay` reads it."""
        return Saved(answer=turn.answer, where=turn.where).model_dump_json(indent=1)

    def ask(self, question: str, where: Where | None, *, strict: bool) -> dict[str, Any]:
        """An answer as JSON, for programs."""
        controls = self.controls._replace(mode="strict" if strict else "mark")
        answer = self._under(controls).ask(question, where)
        return refusal.naming(answer, self.settings.answer.nearest).model_dump(mode="json")

    def table(
        self, of: str | Sequence[str], columns: str | None, where: Where | None, rows: int, sort: str | None, *, descending: bool
    ) -> dict[str, Any]:
        """A table as JSON, for programs."""
        made = self.assistant.table(of, columns, where, rows=rows)
        if sort and made.rows:
            made = made.sorted_by(sort, descending=descending)
        held = tuple(row.model_copy(update={"paper": harmless(row.paper)}) for row in made.rows)
        return made.model_copy(update={"rows": held}).model_dump(mode="json")

    def check(self, draft: str, syntax: Syntax, bib: str) -> dict[str, Any]:
        """The report of a draft as JSON, for programs."""
        report = self.assistant.check_text(draft, syntax, bib)
        held = report.model_copy(update={"papers": tuple(map(harmless, report.papers))})
        return held.model_dump(mode="json") | {"counts": report.counts}

    def compare(self, of: str, columns: str, fields: str, rows: float, papers: str) -> Generator[tuple[int, int] | str]:
        """Make a table, which `tables` keeps; the work ends where nobody waits for it.

        Args:
            of: a question, whose papers are the rows; empty where a filter or `papers` chooses them.
            columns: names of columns, apart by commas; empty for what the papers have in common.
            fields: filters, apart by semicolons.
            rows: papers at most.
            papers: ids of the papers to compare, apart by blanks, in place of a question.

        Yields:
            The numbers of finished papers and of all papers; the name of the table in `tables` comes last.

        Raises:
            AssistantError: the table failed.
        """
        named = [id for id in papers.split() if id in self.catalogue().by_id]
        where, wanted = joined({}, fields) or None, columns.strip() or None

        def make(moved: Progress) -> Table:
            return self.assistant.table(named or of.strip(), wanted, where, rows=int(rows), progress=moved)

        made = yield from self._ending(make)
        held = tuple(row.model_copy(update={"paper": harmless(row.paper)}) for row in made.rows)
        yield self.tables.put(Shown(made.model_copy(update={"rows": held})))

    def review(self, of: str | Sequence[str], outline: str | None, where: Where | None, papers: int, words: int) -> dict[str, Any]:
        """A review as JSON, for programs."""
        made = self.assistant.review(of, outline, where, papers=papers, words=words)
        held = tuple(harmless(paper) for paper in made.papers)
        topics = [
            topic.model_copy(
                update={"sources": tuple(one.model_copy(update={"paper": held[one.number - 1]}) for one in topic.sources)}
            )
            for topic in made.topics
        ]
        return made.model_copy(update={"papers": held, "topics": tuple(topics)}).model_dump(mode="json")

    def write_review(self, of: str, outline: str, papers: float) -> Generator[tuple[int, int] | str]:
        """Write a review, which `reviews` keeps; the work ends where nobody waits for it.

        Args:
            of: a question, whose papers are reviewed.
            outline: headings, a line each; empty for the topics of the papers.
            papers: papers at most.

        Yields:
            The numbers of finished topics and of all topics; the name of the review in `reviews` comes last.

        Raises:
            AssistantError: the review failed.
        """
        headings = [line for line in outline.splitlines() if line.strip()] or None

        def make(moved: Progress) -> Review:
            return self.assistant.review(of.strip(), headings, papers=int(papers), progress=moved)

        yield self.reviews.put((yield from self._ending(make)))

    def check_draft(self, text: str, syntax: Syntax, bib: str, files: Sequence[str] | None) -> Generator[tuple[int, int] | str]:
        """Check a draft; `reports` keeps what comes of it. The work ends where nobody waits for it.

        Args:
            text: the draft, where no file holds it.
            syntax: how the text is written.
            bib: its references, as BibTeX.
            files: a file of the draft, and files of references, whose names end in `.bib`.

        Yields:
            The numbers of finished sentences and of all sentences; the name of the report in `reports` comes last.

        Raises:
            QuestionError: there is no draft, or more than one, or its references are given elsewhere.
            AssistantError: the check failed.
        """
        drafts = [file for file in files or () if not file.casefold().endswith(".bib")]
        bibs = [file for file in files or () if file not in drafts]
        if len(drafts) + bool(text.strip()) != 1:
            raise QuestionError("give one draft: paste its text, or choose its file")
        if (drafts and bib.strip()) or (text.strip() and bibs):
            raise QuestionError("give a pasted draft its references as a text, and a file of a draft its references as a file")

        def make(moved: Progress) -> Report:
            if drafts:
                return self.assistant.check(drafts[0], bibs, progress=moved)
            return self.assistant.check_text(text, syntax, bib, progress=moved)

        yield self.reports.put((yield from self._ending(make)))

    def _ending(self, make: Callable[[Progress], T]) -> Generator[tuple[int, int], None, T]:
        """Do some work, which ends where nobody waits for it.

        Yields:
            How far it is.

        Returns:
            What it gave.
        """
        left = threading.Event()
        try:
            return (yield from _reported(make, self.ending, left))
        finally:
            left.set()

    def search(self, question: str, k: int, where: Where | None) -> list[dict[str, Any]]:
        """Passages as JSON, for programs."""
        return [passage.model_dump(mode="json") for passage in self.assistant.search(question, k, where)]

    def papers(self, words: str, page: str | None, some: slice) -> dict[str, Any]:
        """Papers as JSON, for programs."""
        found = self.catalogue().found(words, page, "as they came in")
        return {"total": len(found), "papers": [harmless(paper).model_dump(mode="json") for paper in found[some]]}


class _Removal(NamedTuple):
    """Papers that a visitor removed."""

    began: float
    papers: tuple[Paper, ...]
    visitor: str


class Kept(Generic[T]):
    """The newest values of some work, by names that nobody guesses."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[str, T] = {}
        self._lock = threading.Lock()

    def put(self, value: T) -> str:
        """Keep a value; the oldest ones go.

        Returns:
            Its name.
        """
        name = new_id()
        with self._lock:
            self._held = {**dict(list(self._held.items())[1 - self._most :]), name: value}
        return name

    def get(self, name: str) -> T:
        """Look up a value.

        Returns:
            The value.

        Raises:
            QuestionError: it is kept no more.
        """
        with self._lock:
            if name in self._held:
                return self._held[name]
        raise QuestionError("it is kept no more; make it again")

    def change(self, name: str, value: T) -> None:
        """Put a value in the place of another one that is still kept."""
        with self._lock:
            if name in self._held:
                self._held[name] = value


def _reported(work: Callable[[Progress], T], *stops: threading.Event) -> Generator[tuple[int, int], None, T]:
    """Do some work on papers in a thread of its own, which ends at its next step once one of `stops` is set.

    Yields:
        The numbers of finished papers and of all papers: again where nothing is new for a while, as gradio notices who has left,
        and closes the generator, by what it sends alone.

    Returns:
        What the work gave.

    Raises:
        BaseException: the work failed.
    """
    news: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    done: Future[T] = Future()

    def moved(finished: int, total: int) -> None:
        check()
        news.put((finished, total))

    def run() -> None:
        try:
            with stoppable(*stops):
                done.set_result(work(moved))
        except BaseException as exc:  # it is raised where the news are taken, which would else be waited for
            done.set_exception(exc)
        news.put(None)

    threading.Thread(target=run, daemon=True).start()
    piece = 0, 0
    while True:
        with suppress(Empty):
            piece = news.get(timeout=_BEAT)
        if piece is None:
            return done.result()
        yield piece


def named(text: str) -> list[str]:
    """Read the names of papers in a text, one or several a line. None of them is the name of a file.

    Returns:
        The names, in the form that an ingest takes.

    Raises:
        ArgumentError: the text is too long.
        SourceError: a part of the text names no paper of a site.
    """
    need("the text", text, f"of {LONGEST:,} characters at most", len(text) <= LONGEST)
    names: list[str] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        parts = [addresses.understood(part) for part in _APART.split(line) if part]
        forms = [form for each in parts for form in each] if all(parts) else addresses.understood(line)
        if not forms:
            hint = addresses.meant(line)
            raise SourceError(f"{brief(line)} is no arXiv id, DOI or address of a paper{f'; {hint}' if hint else ''}")
        names += forms
    if not names:
        raise SourceError("name a paper by its arXiv id, its DOI or its address")
    return list(dict.fromkeys(names))


def filters(fields: str | None) -> list[str]:
    """The filters of a text, which semicolons set apart."""
    return [each.strip() for each in (fields or "").split(";") if each.strip()]


def joined(chosen: Where, fields: str | None) -> Where:
    """Add the filters of a text to those chosen.

    Returns:
        The filter.

    Raises:
        ConfigError: the text holds something else, or a key that is chosen already.
    """
    more = parsed(filters(fields)) or {}
    if twice := chosen.keys() & more.keys():
        raise ConfigError(f"the filter {min(twice)} is chosen twice; leave one of them out")
    return {**chosen, **more}


def leaving(where: Where | None, papers: Sequence[Paper]) -> Where | None:
    """The filter with papers left out, beside those that the filter leaves out already."""
    if not papers:
        return where
    before = values("without", where["without"]) if where and "without" in where else []
    return {**(where or {}), "without": list(dict.fromkeys([*before, *(paper.id for paper in papers)]))}


def scratch() -> Scratch:
    """A folder of this process alone for files on their way in; those of killed processes are removed."""
    return Scratch(LARGEST_UPLOAD, "assistant-page-")
