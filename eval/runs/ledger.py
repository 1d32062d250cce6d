"""eval/LEDGER.jsonl: every look at held-out questions, as what is looked at again and again is no longer held out.

Choosing by what held-out questions say wears them out (Dwork et al. 2015, adaptive data analysis): the more looks, the less a
figure on them says of new questions.
"""

from __future__ import annotations

import datetime
from pathlib import Path

from assistant.types import Value
from eval.runs import jsonl

FILE = Path(__file__).parents[1] / "LEDGER.jsonl"


class Look(Value):
    """One look."""

    date: str
    command: str
    set: str
    questions: int
    """Held-out ones among those that were run."""
    version: str = ""
    """Of code, settings and questions: what it said once, it says again, and nothing new is seen."""


def record(command: str, name: str, questions: int, version: str, file: Path | None = None) -> None:
    """Add a look; none where no held-out question was run, or where the same version of the same set was looked at before."""
    if questions and not any(look.version == version for look in looks(name, file)):
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        look = Look(date=date, command=command, set=name, questions=questions, version=version)
        jsonl.append(file or FILE, [look])


def looks(name: str, file: Path | None = None) -> list[Look]:
    """The looks at a set's held-out questions."""
    held = file or FILE
    return [look for look in (jsonl.read(held, Look, "look") if held.is_file() else []) if look.set == name]
