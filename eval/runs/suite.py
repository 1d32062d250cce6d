"""The parts of a run put together: the question set, the library it is about, the system, the judge, the folder it is kept in."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from assistant import Assistant, config
from assistant.answer.toolbox import Toolbox, chat
from assistant.assistant import SAMPLE
from assistant.errors import ConfigError
from assistant.models import weights
from assistant.types import Paper, Verifier
from assistant.verify.local import LocalVerifier
from eval.runs import cases, check, gate, jsonl, recorded, run
from eval.runs.cases import Case, Pair
from eval.runs.concurrency import Progress, silent
from eval.runs.recorded import Recorded
from eval.runs.run import About, Line


class Suite(NamedTuple):
    """A question set and what it is about."""

    name: str
    asked: list[Case | Pair]
    files: tuple[str, ...]
    """The papers; none for those of the library in place."""

    @property
    def questions(self) -> list[Case]:
        """Without the planted pairs."""
        return [case for case in self.asked if isinstance(case, Case)]

    @property
    def papers(self) -> list[Paper]:
        """Read anew."""
        return cases.papers(*self.files)


def load(name: str, files: Sequence[str] = ()) -> Suite:
    """A set by its name, or by the path of a JSONL of the same form.

    Args:
        name: sample (with the planted pairs), seeds (over the saved pages), or a path.
        files: the papers that a set of one's own is about; none for the library in place.

    Raises:
        ConfigError: there is no such set, or the saved pages are not there.
    """
    asked: list[Case | Pair] = [*cases.load(name)]
    if name == "sample":
        return Suite(name, [*asked, *cases.pairs()], (str(SAMPLE),))
    if name == "seeds":
        if not cases.SEEDS.is_dir():
            raise ConfigError(f"the saved pages are not at {str(cases.SEEDS)!r}")
        files = cases.pages()
    return Suite(cases.path(name).stem, asked, tuple(files))


def asking(name: str, files: Sequence[str] = ()) -> Suite:
    """A set as `load` gives it, whose questions can be asked.

    Raises:
        ConfigError: as `load` does; or the set holds no question, or an id twice, so that one line of a run would stand for both.
    """
    suite, file, lines = load(name, files), cases.path(name), dict[str, int]()
    for number, case in jsonl.numbered(file, Case, "question").items():
        if (first := lines.setdefault(case.id, number)) != number:
            raise ConfigError(f"{str(file)!r}, line {number}, has the id {case.id!r} of line {first}; give each question its own")
    if not lines:
        raise ConfigError(f"{str(file)!r} holds no question; write one a line, as eval/README.md shows")
    return suite


@contextmanager
def library(suite: Suite, flags: Sequence[str] = ()) -> Generator[Assistant]:
    """An assistant over the suite's papers, its library made anew; the models that are built for it are kept under runs/.

    Raises:
        SourceError: a file of papers is missing, or holds none.
    """
    if not suite.files:
        with Assistant.open(set=flags) as assistant:
            yield assistant
        return
    models = run.RUNS / "models"
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.RUNS) as home:
        (Path(home) / "models").symlink_to(models.resolve())
        with Assistant.open(home, set=flags) as assistant:
            if suite.name == "sample":
                assistant.ingest_sample()
            else:
                cases.whole(assistant.ingest(*suite.files).rejected)
            yield assistant


def model(flags: Sequence[str] = (), calls: Path | None = None) -> Recorded:
    """The language model that the settings name, or that `calls` holds the replies of.

    Args:
        flags: settings, such as the model's name.
        calls: a file that its calls are kept in and replayed from; None for the one under runs/.

    Raises:
        ConfigError: no model is named, and `calls` is of none or of several.
    """
    settings = config.load(None, flags).settings
    file = calls or run.RUNS / "model-calls.jsonl"
    names = {settings.model.name} if settings.model.name else {call.model for call in recorded.calls(file)}
    if len(names) != 1:
        held = f"calls of {len(names)} models" if names else "no calls of a model yet"
        raise ConfigError(f"{str(file)!r} holds {held}; name the model: --set model.name=NAME")
    return Recorded(names.pop(), file, lambda: chat(settings))


def writer(flags: Sequence[str], file: Path) -> Recorded:
    """The model whose replies `file` holds; the one in this process or at an endpoint that `flags` name writes what is missing.

    Args:
        flags: settings; without a model among them, what `file` lacks stays missing.
        file: of the replies.

    Raises:
        ConfigError: no model is named and `file` holds replies of none or of several, or replies of other weights.
        ModelError: the weights are not there.
    """
    settings = config.load(None, flags).settings.model
    held = {(call.model, call.weights) for call in recorded.calls(file)}
    if settings.gguf:
        path = weights.find(settings.gguf)
        named = path.stem, weights.digest(path)
    elif settings.name:
        named = settings.name, ""
    elif len(held) == 1:
        return Recorded(held.pop()[0], file, cut=True)
    else:
        raise ConfigError(f"{str(file)!r} holds replies of {len(held)} models; record some with: make eval-model")
    if held - {named}:
        raise ConfigError(f"{str(file)!r} holds replies of another model than {named[0]}; name another file with --replies")
    return Recorded(named[0], file, lambda: chat(config.load(None, flags).settings), weights=named[1], cut=True)


def judge(kind: str, flags: Sequence[str] = (), calls: Path | None = None) -> Verifier:
    """The judge of claims: `local`, `entailment`, or `model`; `flags` and `calls` as in `model`.

    Raises:
        ConfigError: no model is named, and `calls` is of none or of several.
        ModelError: a local model cannot be loaded.
    """
    if kind == "local":
        return LocalVerifier()
    # the caps are for what one question costs, and a judge is asked about all of them
    wanted = [f"answer.verifier={kind}", "model.question_cap=null", "model.conversation_cap=null"]
    settings = config.load(None, [*flags, *wanted]).settings
    return Toolbox(settings, model(flags, calls) if kind == "model" else None).verifier()


def called(judge: Verifier) -> str:
    """The name that a judge's agreement with people is kept under: that of its model, or `local`."""
    return "local" if isinstance(judge, LocalVerifier) else judge.name


class Measured(NamedTuple):
    """A run."""

    folder: Path
    """That it is kept in."""
    about: About
    lines: list[Line]

    @property
    def judge(self) -> gate.Judge | str:
        """What is known of its judge, or why nothing is."""
        return known(self.about.judge)


def measure(
    suite: Suite,
    assistant: Assistant,
    judge: Verifier,
    out: Path | None = None,
    threads: int = 1,
    progress: Progress = silent,
    *,
    flags: Sequence[str] = (),
) -> Measured:
    """Run the suite; a run of the same version that was stopped is gone on with.

    Args:
        suite: what is asked.
        assistant: over its papers.
        judge: of the claims.
        out: where the folder is made; None for runs/.
        threads: questions at a time.
        progress: called with cases done and cases in all.
        flags: the settings that `assistant` was opened with, for the record.
    """
    # whatever is loaded at first use is loaded before threads could do so twice
    _ = assistant.retriever
    shaped = [assistant.toolbox.fingerprint, judge.name]
    content = [item.model_dump_json() for item in [*suite.asked, *suite.papers]]
    folder = (out or run.RUNS) / f"{suite.name}-{run.fingerprint(*shaped, *content)}"
    folder.mkdir(parents=True, exist_ok=True)
    papers = {paper.title: paper for paper in suite.papers or assistant.papers()}
    cells = {case.id: (check.scope(case), check.diffusion(case, papers)) for case in suite.questions if case.gold}
    about = About(set=suite.name, judge=called(judge), settings=tuple(flags), cells=cells)
    (folder / "about.json").write_text(about.model_dump_json(indent=1) + "\n", "utf-8")
    lines = run.run(assistant, suite.asked, judge, suite.papers, folder / "lines.jsonl", threads, progress)
    return Measured(folder, about, lines)


def known(name: str) -> gate.Judge | str:
    """What is known of the judge called `name`, or why nothing is."""
    try:
        return gate.judge(name)
    except ConfigError as exc:
        return str(exc)


def judge_of(made: About, old: Path) -> gate.Judge | str:
    """What is known of the judge of a run that is held against the one in `old`; that is no use where their judges differ."""
    before = run.about(old).judge if old.is_dir() else made.judge
    return known(made.judge) if before == made.judge else f"the runs have different judges, {before} and {made.judge}"
