"""Questions with what is known of their answers."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, TypeVar

from assistant.errors import ConfigError, SourceError
from assistant.sources import read
from assistant.types import Paper, Rejection, Value
from eval.runs import jsonl

QUESTIONS = Path(__file__).parents[1] / "questions"
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
"""The saved pages, beside the project where it is developed; they are not part of it."""
RECORDS = SEEDS.parent / "data" / "abstracts" / "deepscholar.jsonl"
"""The records that the questions `blind` and `details` were written from, in the same place."""

Split = Literal["tune", "held-out"]
_T = TypeVar("_T", bound=Value)


def pages() -> list[str]:
    """Paths of the saved pages, sorted; none where the folder `SEEDS` does not exist."""
    return sorted(str(path) for path in SEEDS.glob("*.txt"))


def papers(*files: str) -> list[Paper]:
    """The papers in `files`, each once. Raises as `whole` does."""
    items = [item for file in files for item in read(file, max_line=10**6, max_file=10**9).items]
    whole(item for item in items if isinstance(item, Rejection))
    return list({item.id: item for item in items if isinstance(item, Paper)}.values())


def whole(rejected: Iterable[Rejection]) -> None:
    """Refuse papers of which a file is missing.

    Raises:
        SourceError: a whole file was rejected.
    """
    for one in rejected:
        if one.line is None:
            raise SourceError(f"no papers come from {one}; --papers takes what assistant ingest takes")


class Case(Value):
    """A question and its gold."""

    id: str
    question: str
    type: Literal["fact", "figure", "name", "typo", "other-words", "compare", "unanswerable", "detail", "false-premise"]
    split: Split
    """Papers are split, and a question goes with its papers: what is tuned on `tune` never saw the `held-out` papers' questions."""
    gold: tuple[str, ...]
    """Titles of the papers that answer it, or, of type "detail", of the paper it names."""
    facts: tuple[str, ...]
    """Short strings of the gold abstracts that an answer must hold."""
    answerable: bool
    todo: tuple[Literal["type", "gold", "facts", "answerable"], ...] = ()
    """What a person has still to fill in, such as in a case made from feedback; until then it is not asked."""
    note: str = ""
    """For that person; it is not used."""


class Pair(Value):
    """A claim that is true of an abstract, and the same claim with one thing changed, so that it is not."""

    id: str
    title: str
    kind: Literal["figure", "entity", "negation", "direction"]
    """What was changed."""
    split: Split
    true: str
    changed: str


class Addition(Value):
    """A claim that is true of an abstract, and the same claim with an invention added to it."""

    id: str
    title: str
    kind: str
    """Where in the sentence the invention stands."""
    split: Split
    true: str
    added: str


class HeldOutError(Exception):
    """Code that tunes asked for held-out gold."""


_tuning: ContextVar[bool] = ContextVar("tuning", default=False)


@contextmanager
def tuning() -> Generator[None]:
    """Whoever fits constants works within this: held-out cases cannot be loaded there."""
    token = _tuning.set(True)
    try:
        yield
    finally:
        _tuning.reset(token)


def path(name: str) -> Path:
    """The file of a question set: one of those in eval/questions by its name, else a JSONL of the user's own by its path."""
    return Path(name) if name.endswith(".jsonl") else QUESTIONS / f"{name}.jsonl"


def load(name: str = "seeds", splits: Iterable[Split] = ("tune", "held-out")) -> list[Case]:
    """The cases of a question set that belong to `splits`.

    Raises:
        ConfigError: there is no such set, or a line of it is no case.
        HeldOutError: code that tunes asked for held-out cases.
    """
    wanted = permitted(splits)
    return [case for case in _read(path(name), Case) if case.split in wanted]


def pairs(splits: Iterable[Split] = ("tune", "held-out"), name: Literal["planted", "reworded"] = "planted") -> list[Pair]:
    """The planted pairs that belong to `splits`, over the shipped sample, or `reworded` ones over saved pages.

    Raises as `load` does.
    """
    wanted = permitted(splits)
    return [pair for pair in _read(QUESTIONS / f"{name}.jsonl", Pair) if pair.split in wanted]


def additions(splits: Iterable[Split] = ("tune", "held-out")) -> list[Addition]:
    """The claims with inventions that belong to `splits`, over the shipped sample and the saved pages.

    Raises as `load` does.
    """
    wanted = permitted(splits)
    return [one for one in _read(QUESTIONS / "additions.jsonl", Addition) if one.split in wanted]


def permitted(splits: Iterable[Split]) -> set[Split]:
    """The splits, where they may be read.

    Raises:
        HeldOutError: code that tunes asked for held-out gold.
    """
    wanted = set(splits)
    if "held-out" in wanted and _tuning.get():
        raise HeldOutError("what is tuned may not see held-out questions; load splits=['tune']")
    return wanted


def _read(file: Path, kind: type[_T]) -> list[_T]:
    if not file.is_file():
        raise ConfigError(f"there is no question set {str(file)!r}; give sample, seeds, or the path of a .jsonl file")
    return jsonl.read(file, kind, "question")
