"""Questions with what is known of their answers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from assistant.sources import read
from assistant.types import Paper, Value

QUESTIONS = Path(__file__).parent / "questions"
SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
"""The saved pages, beside the project where it is developed; they are not part of it."""

Split = Literal["tune", "held-out"]


def papers(*files: str) -> list[Paper]:
    """The papers in `files`, each once."""
    items = (item for file in files for item in read(file, max_line=10**6, max_file=10**9).items)
    return list({item.id: item for item in items if isinstance(item, Paper)}.values())


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


def load(name: str = "seeds", splits: Iterable[Split] = ("tune", "held-out")) -> list[Case]:
    """The cases of a question set that belong to `splits`."""
    wanted = set(splits)
    lines = (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [case for case in map(Case.model_validate_json, lines) if case.split in wanted]
