"""The only place where settings become objects: `Assistant`, the whole system behind one door."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from assistant import answer, config, prompts
from assistant.config import Loaded, Settings
from assistant.errors import ConfigError, LibraryError
from assistant.expand import HyDE, MultiQuery
from assistant.index import FORMAT
from assistant.ingest import Progress, ingest
from assistant.library import Library
from assistant.rerank import CrossEncoder, UtilityJudge
from assistant.retrieve import Retriever
from assistant.sources import expand
from assistant.types import (
    Answer,
    Embedder,
    Expansion,
    IngestReport,
    LanguageModel,
    Paper,
    Passage,
    SecondPass,
    Status,
    Where,
)

SAMPLE = Path(__file__).parent / "sample" / "papers.jsonl"
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

    @classmethod
    def open(
        cls,
        home: str | Path | None = None,
        *,
        config_file: str | Path | None = None,
        set: Sequence[str] = (),
        loaded: Loaded | None = None,
    ) -> Self:
        """The assistant for the library under `home`.

        Args:
            home: folder of the library; None for ASSISTANT_HOME, else the platform's data folder.
            config_file: YAML with differences from the default settings.
            set: further differences, "key=value" with dotted keys.
            loaded: settings read already, in place of the two above.

        Raises:
            ConfigError: a setting is unknown or wrong.
        """
        settings = (loaded or config.load(Path(config_file) if config_file else None, set)).settings
        return cls(settings, Path(home).expanduser() if home else config.home(settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the library's files."""
        if self._library:
            self._library.close()

    def ingest(
        self,
        *sources: str | Path,
        fresh: bool = False,
        progress: Progress = lambda done, total: None,
        wait: float | None = None,
    ) -> IngestReport:
        """Take in papers.

        Args:
            sources: files, folders, patterns, or "-" for standard input.
            fresh: build a new library; the one that is there is kept beside it.
            progress: called with papers done and papers in all.
            wait: seconds to wait for another process that writes; None for the setting.

        Raises:
            SourceError: a source names no file.
            LibraryError: the library is damaged, busy, or made by other settings.
            StorageError: the disk is full, or a folder may not be used.
        """
        return self._ingest(expand(str(source) for source in sources), fresh=fresh, progress=progress, wait=wait)

    def ingest_sample(self, progress: Progress = lambda done, total: None) -> IngestReport:
        """Take in the sample that is shipped with the package; the first real ingest replaces it."""
        return self._ingest([str(SAMPLE)], sample=True, progress=progress)

    def _ingest(
        self,
        files: list[str],
        *,
        fresh: bool = False,
        sample: bool = False,
        progress: Progress,
        wait: float | None = None,
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
            progress=progress,
        )

    def search(self, question: str, k: int = 10, where: Where | None = None) -> list[Passage]:
        """The best passage of each of the `k` best papers, best first.

        Args:
            question: in plain words.
            k: papers at most.
            where: a filter, e.g. {"page": "sample"}; keys: page, date, year, paper, source, and
                text (words that title or text hold in a row).
        """
        question = answer.checked(question, self.settings.answer.max_question)
        return [hit.passage for hit in self.retriever.search(question, k, where).hits]

    def ask(self, question: str, where: Where | None = None) -> Answer:
        """An answer made of exact quotes, or a refusal that says what is near.

        Raises:
            QuestionError: the question is empty, too long, or holds no word.
            LibraryError: there is no library, or it cannot be used.
        """
        answer.checked(question, self.settings.answer.max_question)
        fingerprint = self.settings.fingerprint("embedder", "chunk", "search", "answer", "model")
        return answer.answer(question, self.retriever, self.settings.answer, fingerprint, where)

    def papers(self) -> Iterator[Paper]:
        """Every paper, in the order in which they came in."""
        yield from self.library.read(lambda snapshot: list(snapshot.index.papers()))

    def status(self) -> Status:
        """What the library holds.

        Raises:
            LibraryError: there is no library.
        """
        library = self.library
        current = library.current()
        if current is None:
            raise LibraryError(f"there is no library in {str(library.folder)!r} yet; make one with: assistant ingest SOURCES")
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
        )

    @property
    def library(self) -> Library:
        """The library's folder."""
        if self._library is None:
            name, shape = _identity(self.settings)
            fingerprint = f"{shape}-{FORMAT}-{self.settings.fingerprint('chunk')}"
            self._library = Library(self.home, fingerprint, name)
        return self._library

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded at the first use."""
        if self._embedder is None:
            self._embedder = _embedder(self.settings, self.home)
        return self._embedder

    @property
    def retriever(self) -> Retriever:
        """The retriever."""
        if self._retriever is None:
            settings = self.settings
            self._retriever = Retriever(self.library, self.embedder, settings.search, _expansion(settings), _second_pass(settings))
        return self._retriever


def ask(question: str) -> Answer:
    """Ask the default library; where there is none, one is made from the shipped sample, and the log says so.

    Raises:
        QuestionError: the question is empty, too long, or holds no word.
        AssistantError: see `assistant.errors`.
    """
    with Assistant.open() as assistant:
        if assistant.library.current() is None:
            report = assistant.ingest_sample()
            _log.warning("no library in %s yet: made one from the %d papers of the shipped sample", assistant.home, report.papers)
        return assistant.ask(question)


def _expansion(settings: Settings) -> Expansion | None:
    match settings.search.expansion:
        case "none":
            return None
        case "multi-query":
            prompt = prompts.load("multi-query", MultiQuery.holes)
            return MultiQuery(_model(settings, "search.expansion=multi-query"), prompt, settings.search.rewordings)
        case "hyde":
            return HyDE(_model(settings, "search.expansion=hyde"), prompts.load("hyde", HyDE.holes))


def _second_pass(settings: Settings) -> SecondPass | None:
    match settings.search.second_pass:
        case "none":
            return None
        case "cross-encoder":
            return CrossEncoder(settings.search.second_pass_model)
        case "utility":
            prompt = prompts.load("utility", UtilityJudge.holes)
            return UtilityJudge(_model(settings, "search.second_pass=utility"), prompt, settings.search.votes)


def _model(settings: Settings, needed_by: str) -> LanguageModel:
    from assistant.openai_api import Chat

    model = settings.model
    if model.name is None:
        raise ConfigError(
            f"{needed_by} asks a language model and none is named; set model.name, and model.base_url where it is not OpenAI's"
        )
    return Chat(model.name, model.base_url, timeout=model.timeout, retries=model.retries)


def _identity(settings: Settings) -> tuple[str, str]:
    """Name and fingerprint of the embedder in force, without loading it."""
    from assistant.embed import FakeEmbedder, MiniLM

    match settings.embedder.kind:
        case "minilm":
            return MiniLM.identity(settings.embedder.precision)
        case "openai":
            from assistant.openai_api import OpenAIEmbedder

            return OpenAIEmbedder.identity(settings.embedder.model)
        case "fake":
            return FakeEmbedder.name, FakeEmbedder.fingerprint


def _embedder(settings: Settings, home: Path) -> Embedder:
    from assistant.embed import FakeEmbedder, MiniLM

    chosen = settings.embedder
    embedder: Embedder
    match chosen.kind:
        case "minilm":
            embedder = MiniLM(home / "models", chosen.precision, chosen.threads, chosen.weights)
        case "openai":
            from assistant.openai_api import OpenAIEmbedder

            embedder = OpenAIEmbedder(chosen.model, chosen.base_url, chosen.timeout)
        case "fake":
            embedder = FakeEmbedder()
    if settings.chunk.tokens > embedder.window:
        raise ConfigError(f"chunk.tokens is {settings.chunk.tokens}, but {embedder.name} reads {embedder.window} tokens at most")
    return embedder
