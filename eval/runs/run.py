"""Question sets through the system as users call it: a line a case, kept as it comes, so that a run can be gone on with."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from assistant.config import data_folder
from assistant.errors import BudgetError, ConfigError, ModelError
from assistant.page.reports import RUNS
from assistant.types import Answer, Event, Paper, Retrieved, Value, Verdict, Verifier
from assistant.verify.model import NOT_JUDGED
from eval.runs import concurrency, jsonl
from eval.runs.cases import Case, Pair
from eval.runs.concurrency import Progress, silent
from eval.runs.grade import Grades, Judgement, Outcome, Score, grade, grade_pair

PLANTED = "planted"
"""The type of the lines of planted pairs."""
_CODE = ("assistant/**/*.py", "assistant/**/*.json", "assistant/**/*.np[yz]", "eval/**/*.py")


class System(Protocol):
    """What is measured; `assistant.Assistant` is one."""

    def events(self, question: str) -> Iterator[Event]:
        """What happens while a question is answered; the answer comes last."""
        ...

    def verify(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """How far texts support a claim."""
        ...


class Row(Value):
    """What two runs are compared by."""

    id: str
    type: str
    """Of the question; "planted" for a pair of claims that the system's verifier was given."""
    papers: tuple[str, ...]
    """Gold titles."""
    outcome: Outcome
    scores: Score
    """Empty where the case failed."""
    counts: dict[str, int]
    confidence: float | None = None


class Line(Row):
    """A case as it was run."""

    case: Case | Pair
    answer: Answer | None = None
    ranked: tuple[str, ...] = ()
    """Titles of the papers found, best first."""
    verdicts: tuple[Verdict, ...] = ()
    """Of a planted pair, by the system: of the true claim, then of the changed one."""
    judged: tuple[Judgement, ...] = ()
    """Of an answer, by the judge: the claims that its scores count."""
    seconds: float = 0.0
    tokens: int = 0
    cost: float | None = None
    error: str | None = None

    def row(self) -> Row:
        """Without what a comparison does not need."""
        return Row(**{name: getattr(self, name) for name in Row.model_fields})


class About(Value):
    """What a run was made of, kept beside its lines."""

    set: str
    judge: str
    """The name that its agreement with people is kept under."""
    settings: tuple[str, ...] = ()
    """Those that differ from the default."""
    cells: dict[str, tuple[str, str]]
    """Of each question that has gold papers, by its id: scope and diffusion (`eval.runs.check`)."""


class Careful:
    """A judge that gives no verdict where its model cannot be asked, so that a run goes on and the gap is counted."""

    def __init__(self, judge: Verifier) -> None:
        self.name = judge.name
        self._judge = judge

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`."""
        try:
            return self._judge.verify(claim, evidence, context)
        except (ModelError, BudgetError):
            return NOT_JUDGED


def run(
    system: System,
    asked: Sequence[Case | Pair],
    judge: Verifier,
    papers: Sequence[Paper] = (),
    file: Path | None = None,
    threads: int = 1,
    progress: Progress = silent,
) -> list[Line]:
    """Run the cases and pairs; the lines, in the order of `asked`. What `file` holds judged, without an error, is not run again.

    Args:
        system: what is measured.
        asked: questions for it, and pairs of claims for its verifier.
        judge: holds each claim of an answer against what it cites.
        papers: the abstracts that the pairs are about.
        file: where lines are kept: as they come, and in order at the end.
        threads: cases at a time.
        progress: called with cases done and cases in all.

    Raises:
        ConfigError: a case is still to be filled in.
    """
    if todo := [case.id for case in asked if isinstance(case, Case) and case.todo]:
        raise ConfigError(f"{', '.join(todo[:5])}: to be filled in first; python -m eval check says what")
    abstracts = {paper.title: paper.abstract for paper in papers}
    before = jsonl.read(file, Line, "line of a run", damaged=True) if file and file.exists() else []
    known = {line.id: line for line in before if line.error is None and not line.counts.get("unjudged")}
    done = {case.id: known[case.id] for case in asked if case.id in known}

    keeping = threading.Lock()

    def work(case: Case | Pair) -> Line:
        line = _pair(system, case, abstracts) if isinstance(case, Pair) else _case(system, case, Careful(judge))
        if file:  # here and not where it is waited for: who stops does not wait, and what is under way then costs too
            with keeping:
                jsonl.append(file, [line])
        return line

    def ran(line: Line) -> None:
        done[line.id] = line
        progress(len(done), len(asked))

    progress(len(done), len(asked))
    concurrency.each(work, [case for case in asked if case.id not in done], threads, ran)
    ordered = [done[case.id] for case in asked]
    if file:
        jsonl.write(file, ordered)
    return ordered


def _case(system: System, case: Case, judge: Verifier) -> Line:
    ranked: list[str] = []
    answer: Answer | None = None
    try:
        for event in system.events(case.question):
            if isinstance(event, Retrieved):
                ranked += [passage.paper.title for passage in event.passages]
            elif isinstance(event, Answer):
                answer = event
        assert answer, "the events end without an answer"
        grades = grade(case, answer, list(dict.fromkeys(ranked)), judge)
    except Exception as exc:  # whatever it is, it is counted, and the others are run
        return _line(case, Grades("failed", {}, {}), answer=answer, error=_told(exc))
    usage = answer.usage
    return _line(
        case,
        grades,
        confidence=answer.confidence,
        answer=answer,
        ranked=tuple(dict.fromkeys(ranked)),
        seconds=usage.seconds,
        tokens=usage.input_tokens + usage.output_tokens,
        cost=usage.cost,
    )


def _pair(system: System, pair: Pair, abstracts: dict[str, str]) -> Line:
    try:
        evidence = [abstracts[pair.title]]
        true, changed = system.verify(pair.true, evidence), system.verify(pair.changed, evidence)
    except Exception as exc:  # as above
        return _line(pair, Grades("failed", {}, {}), error=_told(exc))
    return _line(pair, grade_pair(pair, true, changed), verdicts=(true, changed))


def _line(case: Case | Pair, grades: Grades, **rest: Any) -> Line:
    kind, gold = (PLANTED, (case.title,)) if isinstance(case, Pair) else (case.type, case.gold)
    return Line(id=case.id, type=kind, papers=gold, case=case, **grades._asdict(), **rest)


def _told(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}"


def lines(file: Path) -> list[Line]:
    """The lines of a run. Raises as `rows` does."""
    return jsonl.read(_there(file), Line, "line of a run")


def rows(path: Path) -> list[Row]:
    """The rows of a run's folder, of its file, or of a baseline.

    Raises:
        ConfigError: it is not there, or is no such file.
    """
    file = path / "lines.jsonl" if path.is_dir() else path
    try:
        return [line.row() for line in lines(file)]
    except ConfigError:
        return jsonl.read(_there(file), Row, "line of a run")


def about(folder: Path) -> About:
    """What the run in `folder` was made of.

    Raises:
        ConfigError: it does not say.
    """
    try:
        return About.model_validate_json((folder / "about.json").read_text("utf-8"))
    except (OSError, ValidationError) as exc:
        raise ConfigError(f"{str(folder)!r} is no folder of a run; make one with: python -m eval run") from exc


def latest() -> Path:
    """The folder of the run that was worked on last.

    Raises:
        ConfigError: there is none.
    """
    files = [file for file in RUNS.glob("*/lines.jsonl") if (file.parent / "about.json").is_file()]
    if not files:
        raise ConfigError(f"there is no run under {str(RUNS)!r}; make one with: python -m eval run")
    return max(files, key=lambda file: file.stat().st_mtime_ns).parent


def _there(file: Path) -> Path:
    if not file.is_file():
        raise ConfigError(f"there is no run {str(file)!r}; make one with: python -m eval run")
    return file


def fingerprint(*parts: str) -> str:
    """Of a run: of `parts`, and of all code, prompts and settings, so that it is never gone on with by another version."""
    found = hashlib.sha256(json.dumps(parts).encode())
    root = Path(__file__).parents[2]
    files = [file for pattern in _CODE for file in root.glob(pattern)]
    files += [file for name in ("config", "prompts") for file in data_folder(name).rglob("*.yaml")]
    for file in sorted(files):
        found.update(file.read_bytes())
    return found.hexdigest()[:12]
