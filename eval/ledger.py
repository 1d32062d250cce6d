"""eval/LEDGER.jsonl: every recorded look at held-out questions, as what is looked at again and again is no longer held out.

Choosing by what held-out questions say wears them out (Dwork et al. 2015, adaptive data analysis): the more looks, the less a
figure on them says of new questions.
"""

from __future__ import annotations

import datetime
from pathlib import Path

from assistant.types import Value

FILE = Path(__file__).parent / "LEDGER.jsonl"


class Look(Value):
    """One look."""

    date: str
    command: str
    set: str
    questions: int
    """Held-out ones among those that were run."""


def record(command: str, name: str, questions: int, file: Path = FILE) -> None:
    """Add a look; none where no held-out question was run."""
    if questions:
        look = Look(date=datetime.datetime.now(datetime.UTC).date().isoformat(), command=command, set=name, questions=questions)
        with file.open("a", encoding="utf-8") as out:
            out.write(look.model_dump_json() + "\n")


def looks(name: str, file: Path = FILE) -> list[Look]:
    """The looks at a set's held-out questions."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [look for look in map(Look.model_validate_json, lines) if look.set == name]
