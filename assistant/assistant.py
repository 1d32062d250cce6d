"""The only place where settings become objects: `Assistant`, the whole system behind one door."""

from __future__ import annotations

import logging
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, SupportsIndex, cast

from assistant import cancel, config
from assistant.answer import pipeline
from assistant.answer.generate import AnswerGenerator
from assistant.answer.list_answer import LIKELY
from assistant.answer.refusal import quotable
from assistant.answer.toolbox import Toolbox
from assistant.config import EmbedderSettings, Loaded, Settings
from assistant.errors import AssistantError, ConfigError, QuestionError, SourceError, StorageError, need
from assistant.library import doctor, memory, metadata
from assistant.library.doctor import Diagnosis
from assistant.library.generations import Library
from assistant.library.ingest import Progress, ingest, restore
from assistant.library.orders import Look
from assistant.library.reembed import rebuild
from assistant.library.remove import find, remove
from assistant.library.vector_index import FORMAT
from assistant.search.orders import guarded
from assistant.search.retriever import Retriever
from assistant.sources import STDIN, addresses, expand, passed_over, remote
from assistant.types import (
    Answer,
    Embedder,
    Event,
    IngestReport,
    LanguageModel,
    MigrationReport,
    Paper,
    Passage,
    RebuildReport,
    RemovalReport,
    Status,
    Usage,
    Verdict,
    Where,
)
from assistant.verify import injection
from assistant.verify.local import LocalVerifier

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

    from assistant.check.reading import Draft
    from assistant.check.references import Reference
    from assistant.check.values import Report, Syntax
    from assistant.library.cluster import Cluster
    from assistant.library.replica import Replica
    from assistant.review.values import Review
    from assistant.table.values import Chosen, Table

SAMPLE = config.SAMPLE
_OPENAI = "text-embedding-3-small"
"""The model of an endpoint where `embedder.model` has its default, which names an encoder of this machine."""
_WATCHED = 20
"""A watched question is asked of at most this many new papers, one by one."""
_log = logging.getLogger("assistant")


class Assistant:
    """A library of papers that answers questions, by quotes.

        with Assistant.open() as a:
            a.ingest("pages/*.txt")
            print(a.ask("What does LeanDojo offer?").text)

    An embedder is loaded when it is first needed, so opening is cheap.
    """

    def __init__(self, settings: Settings, home: Path) -> None:
        """Use `open` instead, which reads the settings."""
        self.settings = settings
        self.home = home
        self._embedder: Embedder | None = None
        self._library: Library | None = None
        self._retriever: Retriever | None = None
        self._toolbox: Toolbox | None = None
        self._llm: LanguageModel | None = None
        self._embed_model: BaseEmbedding | None = None

    @classmethod
    def open(
        cls,
        home: str | Path | None = None,
        *,
        config_file: str | Path | None = None,
        set: Sequence[str] = (),
        loaded: Loaded | None = None,
        llm: LLM | None = None,
        embed_model: BaseEmbedding | None = None,
    ) -> Self:
        """Open the library under `home`, or the place of one that is to be made.

        Args:
            home: folder of the library; None for ASSISTANT_HOME, else the platform's data folder.
            config_file: YAML with differences from the default settings.
            set: further differences, "key=value" with dotted keys.
            loaded: settings read already, in place of the two above.
            llm: a LlamaIndex LLM, in place of the language model that the settings name.
            embed_model: a LlamaIndex embedding, in place of the embedder that the settings name.

        Returns:
            The assistant, to be used in a `with` statement or closed.

        Raises:
            ConfigError: a setting is unknown or wrong, or the name of the folder is not UTF-8.
        """
        loaded = loaded or config.load(Path(config_file) if config_file else None, set)
        folder = config.nameable(Path(home).expanduser()) if home else config.home(loaded.settings)
        assistant = cls((loaded if embed_model is not None else remembered(loaded, folder)).settings, folder)
        if llm is not None or embed_model is not None:
            assistant._take(llm, embed_model)
        return assistant

    def with_settings(self, settings: Settings) -> Self:
        """Make an assistant with other settings of `answer` and `model`, which shares the library, the embedder and the search.

        Returns:
            The new assistant.

        Raises:
            ConfigError: another section differs; its settings shaped parts that are loaded already.
        """
        others = {"answer", "model"}
        if settings.model_dump(exclude=others) != self.settings.model_dump(exclude=others):
            raise ConfigError("only the sections answer and model can be changed here; open another assistant for the rest")
        other = type(self)(settings, self.home)
        other._library, other._embedder, other._retriever = self.library, self.embedder, self.retriever
        other._llm, other._embed_model = self._llm, self._embed_model
        return other

    def _take(self, llm: LLM | None, embed_model: BaseEmbedding | None) -> None:
        """Use models of LlamaIndex; their names go into the settings, so that the fingerprint of an answer tells them."""
        from assistant.models.llama import LlamaEmbedder, LlamaModel

        named = dict[str, Any]()
        if llm is not None:
            self._llm = LlamaModel(llm, self.settings.model.timeout)
            named["model"] = self.settings.model.model_copy(update={"name": self._llm.name})
        if embed_model is not None:
            self._embed_model = embed_model
            named["embedder"] = self.settings.embedder.model_copy(update={"model": LlamaEmbedder.title(embed_model)})
        self.settings = self.settings.model_copy(update=named)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the library's files, and of a language model in this process."""
        if self._toolbox:
            self._toolbox.close()
        if self._library:
            self._library.leave()

    def ingest(
        self,
        *sources: str | Path | Sequence[str | Path],
        fresh: bool = False,
        since: str | None = None,
        categories: Sequence[str] = (),
        progress: Progress = lambda done, total: None,
        wait: float | None = None,
        engine: Literal["local", "ray"] = "local",
    ) -> IngestReport:
        """Take in papers.

        Args:
            sources: files, folders, patterns, or lists of them; "-" for standard input; "arxiv:2310.12345",
                "arxiv:cat:cs.CL AND abs:retrieval", "hf:2024-05-01" (Daily Papers of a day), "hf:2310.12345".
            since: a date, ISO or a year: what is older, or has no date, is left out.
            categories: of arXiv, such as "cs.CL" or "cs": what has none of them is left out.
            fresh: build a new library; the one that is there is kept beside it.
            progress: called with papers done and papers in all.
            wait: seconds to wait for another process that writes; None for the setting.
            engine: where files are read and papers embedded: in this process, or over a cluster of Ray, which finds files under
                the same names.

        Returns:
            The numbers of papers and chunks, and the rejections with their reasons.

        Raises:
            ArgumentError: a source is no text and no path, the date is none, or the time to wait is no number.
            ConfigError: the engine is none, or what it needs is not installed.
            SourceError: a source names no file.
            LibraryError: the library is damaged, busy, or made by other settings.
            StorageError: the disk is full, or a folder may not be used.
        """
        given = [one for source in sources for one in (source if isinstance(source, list | tuple) else [source])]
        for source in given:
            need("a source", source, "the name of a file, as a text or a path", _names_file(source))
        need("since", since, "a date of the calendar such as 2024-05-01 or 2024", since is None or metadata.is_date(str(since)))
        need("categories", categories, "a list of texts", _listed(categories, str))
        _check_wait(wait)
        names = [str(source) for source in given]
        if not fresh:
            memory.sources(self.library.folder)  # else a damaged file would be told after hours of work
        need("the engine", engine, "local or ray", engine in ("local", "ray"))
        with self._cluster() if engine == "ray" else nullcontext() as cluster:
            report = self._ingest(
                expand(names), fresh=fresh, since=since, categories=categories, progress=progress, wait=wait, engine=cluster
            )
        lasting = [
            name if remote(name) or addresses.understood(name) else os.path.abspath(name)
            for name in names
            if name not in ("", STDIN)
        ]
        memory.record(self.library.folder, lasting, fresh)
        return report.model_copy(update={"passed_over": tuple(passed_over([name for name in names if name]))})

    def sync(self, progress: Progress = lambda done, total: None, wait: float | None = None) -> IngestReport:
        """Bring every source of the ingests so far up to date.

        Args:
            progress: called with papers done and papers in all.
            wait: seconds to wait for another process that writes; None for the setting.

        Returns:
            The report; `IngestReport.added` has the ids of the new papers.

        Raises:
            SourceError: no source is remembered, or none of them is there any more.
            LibraryError, StorageError: as for `ingest`.
        """
        given = memory.sources(self.library.folder)
        if not given:
            raise SourceError("the library remembers no source; take in papers with: assistant ingest SOURCES")
        return self.ingest(*given, progress=progress, wait=wait)

    def watch(self, question: str, told: Callable[[Sequence[Answer]], None] = lambda found: None) -> list[Answer]:
        """Look for papers that answer a question and were not there when the question was last watched.

        Args:
            question: in plain words.
            told: takes the answers before their papers count as seen; where it raises, they count as new the next time.

        Returns:
            An answer for each such paper, the best first, weak matches left out; at the first time all papers count.

        Raises:
            QuestionError, LibraryError, ModelError: as for `ask`.
        """
        question = pipeline.checked(question, self.settings.answer.max_question)
        held = [paper.id for paper in self.papers()]
        before = memory.seen(self.library.folder, question)
        new = set(held).difference(before or ())
        found: list[Answer] = []
        if new:
            hits = self.search(question, _WATCHED, None if before is None else {"paper": sorted(new)})
            answers = (_last(self._events(question, {"paper": hit.paper.id}, tried=True)) for hit in hits)
            found = [answer for answer in answers if answer.match == "strong"]
        told(found)
        memory.note_seen(self.library.folder, question, held)
        return found

    def held(self, ids: Sequence[str]) -> list[Paper]:
        """Those of the papers with these ids that the library holds, in their order."""
        heads = self.library.read(lambda snapshot: snapshot.index.heads(ids))
        return [heads[id].paper for id in ids if id in heads]

    def ingest_sample(self, progress: Progress = lambda done, total: None) -> IngestReport:
        """Take in the sample that is shipped with the package; the first real ingest replaces it."""
        return self._ingest([str(SAMPLE)], sample=True, progress=progress)

    def _ingest(
        self,
        files: list[str],
        *,
        fresh: bool = False,
        sample: bool = False,
        since: str | None = None,
        categories: Sequence[str] = (),
        progress: Progress,
        wait: float | None = None,
        engine: Cluster | None = None,
    ) -> IngestReport:
        return ingest(
            files,
            self.library,
            lambda: self.embedder,
            settings=self.settings.ingest,
            chunk_tokens=self.settings.chunk.tokens,
            wait=self.settings.library.wait if wait is None else wait,
            fresh=fresh,
            sample=sample,
            since=since,
            categories=categories,
            progress=progress,
            engine=engine,
        )

    def _cluster(self) -> AbstractContextManager[Cluster]:
        """A cluster of Ray, whose workers have an encoder of one thread each."""
        if find_spec("ray") is None:
            raise ConfigError("--engine ray needs ray; install with: pip install 'assistant[ray]'")
        if self._embed_model is not None:
            raise ConfigError("the engine ray takes the encoders of the settings, and no embedding of LlamaIndex")
        from assistant.library.cluster import connected

        single = self.settings.embedder.model_copy(update={"threads": 1})
        return connected(partial(_embedder, self.settings.model_copy(update={"embedder": single}), self.home, None))

    def rebuild(self, progress: Progress = lambda done, total: None, wait: float | None = None) -> RebuildReport:
        """Embed all papers anew by the embedder of the settings, which the library remembers from then on.

        The old vectors answer until all new ones are there. A run that was stopped is continued by the next one.

        Args:
            progress: called with papers done and papers in all.
            wait: seconds to wait for another process that writes; None for the setting.

        Returns:
            The papers embedded, and the embedders before and after.

        Raises:
            ArgumentError: the time to wait is no number.
            LibraryError: there is no library, or it is damaged or busy.
            ModelError: the embedder cannot be used.
            StorageError: the disk is full, or a folder may not be used.
        """
        _check_wait(wait)
        return rebuild(
            self.library,
            lambda: self.embedder,
            batch=self.settings.ingest.batch,
            chunk_tokens=self.settings.chunk.tokens,
            wait=self.settings.library.wait if wait is None else wait,
            progress=progress,
        )

    def migrate(self, to: str, progress: Progress = lambda done, total: None, wait: float | None = None) -> MigrationReport:
        """Send the library of this machine to the empty database of a group, and compare what comes back with the library.

        The library stays; who sets `store.url` uses the database. A run that was stopped is continued by the next one.

        Args:
            to: the address of the database, as for `store.url`.
            progress: called with papers sent and copied back, and twice the number of papers.
            wait: seconds to wait for another process that writes; None for the setting.

        Returns:
            The counts, and the searches that found other papers.

        Raises:
            ArgumentError: the time to wait is no number.
            ConfigError: the address is none, or `store.url` is set.
            LibraryError: there is no library of this machine, it is the sample, damaged or busy, the database cannot be reached
                or holds another library, or what comes back differs.
            StorageError: the disk is full, or a folder may not be used.
        """
        _check_wait(wait)
        if self.settings.store.url:
            raise ConfigError("store.url is set, and the library of this machine is to be sent; unset it (see: assistant config)")
        from assistant.library.migrate import migrate

        settings = config.with_url(self.settings, to)
        with type(self)(settings, self.home) as other:
            other._embedder, other._embed_model = self.embedder, self._embed_model
            library = other.library
            assert isinstance(library, _replica())
            searches = partial(_found, self), partial(_found, other)
            seconds = self.settings.library.wait if wait is None else wait
            return migrate(
                self.library, library, searches, lambda text: self.embedder.query(text)[0].vector, wait=seconds, progress=progress
            )

    def remove(self, *papers: str | Paper, wait: float | None = None) -> RemovalReport:
        """Take papers out of the library, each from all its pages: all of them, or none where one is not held.

        No list of removed papers is kept: a removed paper that is taken in again is new.

        Args:
            papers: ids, titles, or papers.
            wait: seconds to wait for another process that writes; None for the setting.

        Returns:
            The papers removed, and how many are left.

        Raises:
            ArgumentError: one is no id, title or paper, or the time to wait is no number.
            UnknownPaper: one of them is not held; the nearest titles are named.
            LibraryError: there is no library, or it is damaged, busy, or made by other settings.
            StorageError: the disk is full, or a folder may not be used.
        """
        for paper in papers:
            need("a paper", paper, "an id, a title or a Paper", _is_any(paper, str, Paper))
        _check_wait(wait)
        return remove(papers, self.library, wait=self.settings.library.wait if wait is None else wait)

    def restore(self, *papers: Paper, wait: float | None = None) -> int:
        """Take papers that were removed back in, as `RemovalReport.removed` holds them.

        Args:
            papers: the papers; one that was taken in again meanwhile stays as it is now.
            wait: seconds to wait for another process that writes; None for the setting.

        Returns:
            The number of papers that are back.

        Raises:
            ArgumentError: one is no paper, or the time to wait is no number.
            LibraryError: the library is damaged, busy, or made by other settings.
            ModelError: the embedder cannot be used.
            StorageError: the disk is full, or a folder may not be used.
        """
        for paper in papers:
            need("a paper", paper, "a Paper", _is_any(paper, Paper))
        _check_wait(wait)
        return restore(
            papers,
            self.library,
            lambda: self.embedder,
            settings=self.settings.ingest,
            chunk_tokens=self.settings.chunk.tokens,
            wait=self.settings.library.wait if wait is None else wait,
        )

    def search(self, question: str, k: int = 10, where: Where | None = None) -> list[Passage]:
        """Find the best passages for a question, one of each paper.

        Args:
            question: in plain words.
            k: papers at most.
            where: a filter, e.g. {"page": "sample"}; keys: page, date, year, paper, source (each a text, or a list of
                which any will do), text (words that title or text hold in a row), and without (ids of papers to leave out).

        Returns:
            The passages, best first; sentences that give orders to a reader are blanked.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            QuestionError, LibraryError, ModelError: as for `ask`.
        """
        _checked(question, where)
        need("k", k, "a whole number from 0", _whole(k) and k >= 0)
        question = pipeline.checked(question, self.settings.answer.max_question)
        tools, _ = self.toolbox.tools(self.retriever)
        found = self.retriever.search(self.retriever.read(question), k, where, tools.expansion, tools.second_pass)
        return [guarded(quotable(hit)) for hit in found.hits]

    def ask(
        self, question: str, where: Where | None = None, history: Sequence[Answer] = (), *, stop: threading.Event | None = None
    ) -> Answer:
        """Answer a question from the library.

        Args:
            question: in plain words; a follow-up where there is a `history`.
            where: a filter on papers, as for `search`.
            history: the answers of the conversation so far, oldest first.
            stop: ends the writing when it is set: the answer holds what a model wrote until then, verified by the local
                verifier, and `Answer.incomplete` says so.

        Returns:
            An answer whose every sentence is proved by a quote, or a refusal that names the nearest passages.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            QuestionError: the question is empty, too long, or holds no word.
            LibraryError: there is no library, it is empty, or it cannot be used.
            ModelError: a model that the settings name cannot be asked.
            BudgetError: a call of the model could cost more than a cap allows.
            Stopped: `stop` was set before anything was written.
        """
        return _last(self.events(question, where, history, stop=stop))

    def events(
        self, question: str, where: Where | None = None, history: Sequence[Answer] = (), *, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """What happens while a question is answered, as it happens; the answer comes last. See `ask`."""
        _checked(question, where)
        need("history", history, "a list of answers", _listed(history, Answer))
        happens = self._events(question, where, history)
        return cancel.ending(happens, stop) if stop else happens

    def _events(
        self, question: str, where: Where | None, history: Sequence[Answer] = (), *, tried: bool = False
    ) -> Generator[Event]:
        question = pipeline.checked(question, self.settings.answer.max_question)
        toolbox = self.toolbox
        tools, usage = toolbox.tools(self.retriever, history)
        return pipeline.events(question, toolbox.flow, tools, usage, toolbox.fingerprint, history, where, tried=tried)

    def table(
        self,
        of: str | Sequence[str | Paper] = "",
        columns: str | Sequence[str] | None = None,
        where: Where | None = None,
        *,
        rows: int = 20,
        progress: Progress = lambda done, total: None,
    ) -> Table:
        """Lay papers side by side: a row for each paper, and cells that are proved by a quote, or "not said".

        Without a model, a column is a kind of question to one paper: a figure by its unit and noun, names of a type, or the
        sentence that answers. A model that the settings name is asked for the cells that are left empty, one call a paper, and
        what its quote does not prove is emptied.

        Args:
            of: a question, whose papers are the rows; or papers, by ids, titles or values; empty for the papers of the filter.
            columns: the names of the columns, apart by commas or as a list; None for what the papers have in common.
            where: a filter on papers, as for `search`.
            rows: papers at most, 100 at the most.
            progress: called with papers done and papers in all.

        Returns:
            The table; without rows, `Table.reason` says why.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            QuestionError: the question cannot be searched for, a column holds no word, or no paper is named or let through.
            UnknownPaper: the library does not hold a paper that was named.
            LibraryError, ModelError, BudgetError: as for `ask`.
        """
        from assistant.models import prompts
        from assistant.table import build
        from assistant.table.model_cells import CellWriter

        of_papers = _listed(of, (str, Paper))
        need("the rows of a table", of, "a question, or a list of ids, titles or papers", isinstance(of, str) or of_papers)
        need("columns", columns, "a text or a list of texts", columns is None or isinstance(columns, str) or _listed(columns, str))
        _checked("", where)
        need("rows", rows, f"a whole number from 1 to {build.MOST_ROWS}", _whole(rows) and 1 <= rows <= build.MOST_ROWS)
        wanted = None if columns is None else build.read_columns(columns)
        chosen, question = self._rows(of, where, rows)
        budget = self.toolbox.budget()
        prompt = prompts.load("table", CellWriter.holes) if budget else None
        guard = LocalVerifier()
        writer = CellWriter(budget, prompt, self.toolbox.verifier(), guard) if budget and prompt else None
        began = time.perf_counter()
        shaped = f"{self.toolbox.fingerprint}-{prompt.fingerprint}" if prompt else self.toolbox.fingerprint
        return build.build(
            chosen,
            wanted,
            question=question,
            papers=[paper.id for paper in chosen.papers] if of_papers else [],
            where=where,
            most=rows,
            guard=guard,
            fill=writer.fill if writer else None,
            writer=writer.name if writer else None,
            usage=lambda seconds: budget.usage(seconds) if budget else Usage(seconds=seconds),
            began=began,
            fingerprint=f"{shaped}-{self.library.in_force().generation}",
            progress=progress,
        )

    def review(
        self,
        of: str | Sequence[str | Paper] = "",
        outline: str | Sequence[str] | None = None,
        where: Where | None = None,
        *,
        papers: int = 20,
        words: int = 800,
        save: str | Path | None = None,
        progress: Progress = lambda done, total: None,
    ) -> Review:
        """Review papers by topic: a paragraph for each topic, each of whose sentences is an exact quote, or proved by one.

        Without a model, quotes are grouped under lines that say only how many papers are quoted. A model that the settings name
        writes each paragraph, one call a topic; what is not proved is struck, and papers that no proved sentence cites are quoted.

        Args:
            of: a question, whose papers are reviewed; or papers, by ids, titles or values; empty for the papers of the filter.
            outline: headings of two levels, a line each, under which the papers are put; None for the topics of the papers.
            where: a filter on papers, as for `search`.
            papers: papers at most, 100 at the most.
            words: words of the paragraphs at most; headings and references come on top.
            save: a file that is written after each topic; where it holds a part of the same review, the rest is written.
            progress: called with the topics done and all.

        Returns:
            The review; without papers, `Review.reason` says why.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            QuestionError: the question cannot be searched for, the outline holds no heading, or no paper is named or let through.
            UnknownPaper: the library does not hold a paper that was named.
            StorageError: the file cannot be written.
            LibraryError, ModelError, BudgetError: as for `ask`.
        """
        from assistant import saved
        from assistant.answer.chosen import EVEN, under
        from assistant.models import prompts
        from assistant.review import build
        from assistant.review import outline as outlines
        from assistant.review.model_text import TopicWriter

        of_papers = _listed(of, (str, Paper))
        need("what is reviewed", of, "a question, or a list of ids, titles or papers", isinstance(of, str) or of_papers)
        need(
            "the outline",
            outline,
            "a text or a list of texts",
            outline is None or isinstance(outline, str) or _listed(outline, str),
        )
        _checked("", where)
        need("papers", papers, f"a whole number from 1 to {build.MOST_PAPERS}", _whole(papers) and 1 <= papers <= build.MOST_PAPERS)
        fits = _whole(words) and build.LEAST_WORDS <= words <= build.MOST_WORDS
        need("words", words, f"a whole number from {build.LEAST_WORDS} to {build.MOST_WORDS}", fits)
        need("save", save, "the name of a file, as a text or a path", save is None or _names_file(save))
        began = time.perf_counter()
        headings = () if outline is None else outlines.read(outline)
        chosen, question = self._rows(of, where, papers, EVEN)
        ids = [paper.id for paper in chosen.papers]
        current = self.library.in_force()
        budget = self.toolbox.budget()
        prompt = prompts.load("review", AnswerGenerator.holes) if budget else None
        tools, usage = self.toolbox.tools(self.retriever, prompt=prompt)
        shaped = f"{self.toolbox.fingerprint}-{prompt.fingerprint}" if prompt else self.toolbox.fingerprint
        return build.build(
            chosen,
            self.retriever.vectors(ids),
            question=question,
            named=ids if of_papers else [],
            where=where,
            outline=headings,
            bound=words,
            most=papers,
            under=lambda heading: under(heading, self.retriever, ids) if ids else {},
            scan=lambda term: len(self.retriever.scan(term)),
            library=current.papers,
            guard=LocalVerifier(),
            write=TopicWriter(tools).write if budget else None,
            writer=budget.name if budget else None,
            usage=usage,
            fingerprint=f"{shaped}-{current.generation}",
            began=began,
            earlier=saved.earlier_review(save) if save else None,
            keep=lambda review: review.save(save) if save else None,
            progress=progress,
        )

    def _rows(self, of: str | Sequence[str | Paper], where: Where | None, most: int, least: float = LIKELY) -> tuple[Chosen, str]:
        """The papers of a table or a review, and the question that found them; see `chosen.asked`."""
        from assistant.answer import chosen

        if not isinstance(of, str):
            if not of:
                raise QuestionError("no paper is named; name papers by ids or titles, or ask a question")
            held = self.retriever.papers([paper.id for paper in find(of, self.library)])  # which looks at the sums
            return chosen.named(held, most), ""
        if not of.strip():
            if not where:
                raise QuestionError("no question is asked; ask one, name papers, or give a filter")
            return chosen.filtered(self.retriever, where, most), ""
        question = pipeline.checked(of, self.settings.answer.max_question)
        answer = self.settings.answer.model_copy(update={"writer": "quotes", "verifier": "local"})
        quoting = self.with_settings(self.settings.model_copy(update={"answer": answer}))
        return chosen.asked(question, self.retriever, lambda: quoting.ask(question, where), where, most, least), question

    def check(
        self,
        draft: str | Path,
        bib: str | Path | Sequence[str | Path] = (),
        *,
        progress: Progress = lambda done, total: None,
    ) -> Report:
        """Check a draft: hold each of its sentences against the papers that it cites, then against the rest of the library.

        Nothing but these files is read: what a draft includes is not.

        Args:
            draft: a file of Markdown (.md), LaTeX (.tex), plain text (.txt) or Word (.docx).
            bib: BibTeX files with the references; entries need no abstract.
            progress: called with sentences done and all.

        Returns:
            The report: a state for each sentence, with quotes.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            SourceError: a file cannot be read, is too large, or is of another kind.
            LibraryError, ModelError, BudgetError: as for `ask`.
        """
        from assistant.check import reading

        need("the draft", draft, "the name of a file, as a text or a path", _names_file(draft))
        files = [bib] if isinstance(bib, str | Path) else bib
        need("bib", bib, "the names of files, as texts or paths", _listed(files, (str, Path)) and all(map(_names_file, files)))
        began = time.perf_counter()
        read = reading.read_file(Path(draft))
        references = [one for file in files for one in reading.read_bib(Path(file))]
        return self._checked_draft(read, references, given=bool(files), began=began, progress=progress)

    def check_text(
        self,
        content: str,
        syntax: Syntax = "markdown",
        bib: str = "",
        *,
        progress: Progress = lambda done, total: None,
    ) -> Report:
        """Check a draft that is given as a text; see `check`.

        Args:
            content: the draft.
            syntax: "markdown", "latex" or "plain".
            bib: the references, as BibTeX.
            progress: called with sentences done and all.

        Returns:
            The report.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            SourceError: the draft or its BibTeX is too long.
            LibraryError, ModelError, BudgetError: as for `ask`.
        """
        from assistant.check import reading

        need("the draft", content, "a text", _listed([content], str))
        need("the syntax", syntax, "one of markdown, latex, plain", syntax in ("markdown", "latex", "plain"))
        need("bib", bib, "BibTeX, as a text", _listed([bib], str))
        began = time.perf_counter()
        read = reading.draft(content, syntax)
        return self._checked_draft(read, reading.bib_text(bib), given=bool(bib.strip()), began=began, progress=progress)

    def _checked_draft(self, draft: Draft, bib: Sequence[Reference], *, given: bool, began: float, progress: Progress) -> Report:
        from assistant.check import build
        from assistant.check.judge import Judge

        verifier, guard = self.toolbox.verifier(), LocalVerifier()
        return build.build(
            draft,
            bib,
            self.retriever,
            Judge(guard if isinstance(verifier, LocalVerifier) else verifier, guard, self.retriever.near),
            given=given,
            usage=lambda seconds: Usage(seconds=seconds),
            began=began,
            fingerprint=f"{self.toolbox.fingerprint}-{self.library.in_force().generation}",
            progress=progress,
        )

    def verify(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """Judge how far texts support a claim, by the verifier of the settings.

        Args:
            claim: a sentence.
            evidence: texts, such as abstracts, each of a paper of its own; one alone may stand for a list of it.

        Returns:
            The verdict with its score, quotes and reasons.

        Raises:
            ArgumentError: an argument is of a wrong kind.
            ModelError: the model that the settings name as the judge cannot be asked.
        """
        texts = [evidence] if isinstance(evidence, str) else evidence
        need("claim", claim, "a text", _listed([claim], str))
        need("evidence", evidence, "a text or a list of texts", _listed(texts, str))
        return self.toolbox.verifier().verify(claim, texts)

    def as_retriever(self, k: int = 10, where: Where | None = None) -> BaseRetriever:
        """A LlamaIndex retriever; its nodes are the passages of `search`."""
        from assistant.llamaindex import PassageRetriever

        return PassageRetriever(lambda question: self.search(question, k, where))

    def as_query_engine(self, where: Where | None = None, streaming: bool = False) -> BaseQueryEngine:
        """A LlamaIndex query engine; its responses are answers, and their nodes the quotes."""
        from assistant.llamaindex import AnswerEngine

        return AnswerEngine(lambda question: self.events(question, where), streaming)

    def papers(self) -> Iterator[Paper]:
        """Every paper, in the order in which they came in."""
        yield from self.library.read(lambda snapshot: list(snapshot.index.papers()))

    def status(self) -> Status:
        """Describe the library: papers, chunks, size, settings.

        Returns:
            The description.

        Raises:
            LibraryError: there is no library.
        """
        library = self.library
        current = library.in_force()
        return Status(
            home=str(self.home),
            generation=current.generation,
            papers=current.papers,
            chunks=current.chunks,
            pages=current.pages,
            sample=current.sample,
            embedder=current.embedder,
            fingerprint=current.fingerprint,
            bytes=library.size(),
            unfinished=library.unfinished,
            rebuilding=library.rebuilding,
        )

    def doctor(self, *, repair: bool = False, wait: float | None = None) -> Diagnosis:
        """Check the library, and repair it where asked to.

        Args:
            repair: put the newest whole generation in force, and build again what is derived; nothing is removed.
            wait: seconds to wait for another process that writes; None for the setting.

        Returns:
            The findings, each with the command that helps.

        Raises:
            LibraryError: there is no library, or none that could be mended.
            StorageError: the library is to be mended, and the disk is full, or a folder may not be used.
        """
        _check_wait(wait)
        if not repair:
            return doctor.examine(self.library)
        seconds = self.settings.library.wait if wait is None else wait
        if self.settings.store.url:
            return doctor.renew(self.library, wait=seconds)
        return doctor.repair(self.library, lambda: self.embedder, self.settings.chunk.tokens, wait=seconds)

    @property
    def library(self) -> Library:
        """The library's folder."""
        if self._library is None:
            foreign = self._embed_model and self.embedder
            name, shape = (foreign.name, foreign.fingerprint) if foreign else _identity(self.settings.embedder, self.home)
            fingerprint = f"{shape}-{FORMAT}-{self.settings.fingerprint('chunk')}"
            made_by = {} if foreign else _made_by(self.settings.embedder)
            self._library = _library(self.settings, self.home, fingerprint, name, made_by)
        return self._library

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded at the first use."""
        if self._embedder is None:
            self._embedder = _embedder(self.settings, self.home, self._embed_model)
        return self._embedder

    @property
    def retriever(self) -> Retriever:
        """The retriever."""
        if self._retriever is None:
            self._retriever = Retriever(self.library, self.embedder, self.settings.search)
        return self._retriever

    @property
    def toolbox(self) -> Toolbox:
        """The models that the settings name, loaded at the first use."""
        if self._toolbox is None:
            self._toolbox = Toolbox(self.settings, self._llm)
        return self._toolbox


def ask(question: str) -> Answer:
    """Ask the default library; where there is none, one is made from the shipped sample, and the log says so.

    Returns:
        The answer or the refusal.

    Raises:
        QuestionError: the question is empty, too long, or holds no word.
        AssistantError: see `assistant.errors`.
    """
    with Assistant.open() as assistant:
        if assistant.library.current() is None:
            report = assistant.ingest_sample()
            _log.warning("no library in %s yet: made one from the %d papers of the shipped sample", assistant.home, report.papers)
        return assistant.ask(question)


def _last(events: Iterator[Event]) -> Answer:
    """The answer, which comes after all else that happens."""
    *_, last = events
    assert isinstance(last, Answer)
    return last


def _checked(question: object, where: object) -> None:
    need("the question", question, "a text", isinstance(question, str))
    need("where", where, 'a filter such as {"year": "2025"}', where is None or isinstance(where, dict))


def _check_wait(wait: object) -> None:
    # a clock counts in floats, and a whole number may be beyond them
    seconds = isinstance(wait, int | float) and not isinstance(wait, bool) and (0 <= wait <= sys.float_info.max or wait == math.inf)
    need("the time to wait", wait, "a number of seconds from 0, or None", wait is None or seconds)


def _is_any(value: object, *kinds: type) -> bool:
    return isinstance(value, kinds)


def _names_file(source: object) -> bool:
    try:
        return isinstance(source, str | Path) and b"\0" not in os.fsencode(source)
    except UnicodeEncodeError:  # half a character
        return False


def _whole(number: object) -> bool:
    return isinstance(number, SupportsIndex) and not isinstance(number, bool)


def _listed(values: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, kind) for value in cast("Sequence[object]", values))


def remembered(loaded: Loaded, home: Path) -> Loaded:
    """The settings; where they name no encoder, with the one that the library remembers."""
    if loaded.origins["embedder.model"] != "default" or loaded.settings.embedder.kind != "local":
        return loaded
    try:
        made_by = _library(loaded.settings, home).remembered()
    except AssistantError:  # who uses the library is told
        return loaded
    known = {key: value for key, value in made_by.items() if loaded.origins[f"embedder.{key}"] == "default"}
    if not known:
        return loaded
    chosen = EmbedderSettings.model_validate(loaded.settings.embedder.model_dump() | known)
    origins = loaded.origins | {f"embedder.{key}": "the library" for key in known}
    return Loaded(loaded.settings.model_copy(update={"embedder": chosen}), origins)


def _library(
    settings: Settings, home: Path, fingerprint: str = "", embedder: str = "", made_by: Mapping[str, str | int] | None = None
) -> Library:
    """The library of this machine, or its copy of a group's."""
    look = Look(injection.rules(), injection.look)
    if settings.store.url is None:
        return Library(home, fingerprint, embedder, made_by, look=look)
    return _replica()(home, fingerprint, embedder, made_by, url=settings.store.url, wait=settings.library.wait, look=look)


def _replica() -> type[Replica]:
    """The copy of a group's library, whose packages are an extra."""
    try:
        from assistant.library.replica import Replica
    except ImportError as exc:
        missing = exc.name or "psycopg"  # which names none where the library of PostgreSQL is missing
        raise ConfigError(f"store.url needs {missing}; install with: pip install 'assistant[postgresql]'") from exc
    return Replica


def _found(assistant: Assistant, title: str) -> list[str]:
    """The ids of the papers that a search finds."""
    return [hit.paper.id for hit in assistant.search(title)]


def _made_by(chosen: EmbedderSettings) -> dict[str, str | int]:
    """What a library remembers of an encoder on this machine: the settings that differ from the defaults."""
    if chosen.kind != "local":
        return {}
    if chosen.model == config.MINILM:
        return {} if chosen.precision == "int8" else {"precision": chosen.precision}
    named = chosen.model == "mpnet" or chosen.model.startswith("hf:")
    model = chosen.model if named else os.path.abspath(os.path.expanduser(chosen.model))
    settings = {"model": model, "dimensions": chosen.dimensions, "precision": chosen.precision}
    return {key: value for key, value in settings.items() if value not in (0, "int8")}


def _identity(chosen: EmbedderSettings, home: Path) -> tuple[str, str]:
    """Name and fingerprint of the embedder in force, without loading it."""
    from assistant.models.embedders import FakeEmbedder, MiniLM

    match chosen.kind:
        case "local" if chosen.model == config.MINILM:
            return MiniLM.identity(chosen.precision)
        case "local":
            from assistant.models import encoders

            return encoders.identity(home / "models", encoders.find(chosen.model), chosen.precision, chosen.dimensions)
        case "openai":
            from assistant.models.endpoint import OpenAIEmbedder

            return OpenAIEmbedder.identity(_endpoint_model(chosen))
        case "fake":
            return FakeEmbedder.name, FakeEmbedder.fingerprint


def _endpoint_model(chosen: EmbedderSettings) -> str:
    return _OPENAI if chosen.model == config.MINILM else chosen.model


def _embedder(settings: Settings, home: Path, foreign: BaseEmbedding | None) -> Embedder:
    if foreign is not None:
        from assistant.models.llama import LlamaEmbedder

        embedder = LlamaEmbedder(foreign)
    else:
        embedder = _own_embedder(settings.embedder, home)
    if settings.chunk.tokens > embedder.window:
        raise ConfigError(f"chunk.tokens is {settings.chunk.tokens}, but {embedder.name} reads {embedder.window} tokens at most")
    return embedder


def _own_embedder(chosen: EmbedderSettings, home: Path) -> Embedder:
    from assistant.models.embedders import FakeEmbedder

    match chosen.kind:
        case "local":
            try:
                return _local(chosen, home / "models")
            except StorageError:  # the graph is not there and may not be put there: for this process alone, then
                with tempfile.TemporaryDirectory() as folder:
                    return _local(chosen, Path(folder))
        case "openai":
            from assistant.models.endpoint import OpenAIEmbedder

            return OpenAIEmbedder(_endpoint_model(chosen), chosen.base_url, chosen.timeout)
        case "fake":
            return FakeEmbedder()


def _local(chosen: EmbedderSettings, cache: Path) -> Embedder:
    if chosen.model == config.MINILM:
        from assistant.models.embedders import MiniLM

        return MiniLM(cache, chosen.precision, chosen.threads, chosen.weights)
    from assistant.models import encoders

    return encoders.Encoder(cache, encoders.find(chosen.model), chosen.precision, chosen.threads, chosen.dimensions)
