"""Papers and questions that times and sizes are measured on: the saved pages where they are, else the shipped sample."""

from __future__ import annotations

from assistant.assistant import SAMPLE
from assistant.types import Paper
from eval.runs import cases


def sources() -> list[str]:
    """Paths of the files that hold the papers."""
    return cases.pages() or [str(SAMPLE)]


def papers() -> list[Paper]:
    """The papers of `sources`, each paper once."""
    return cases.papers(*sources())


def questions() -> list[str]:
    """The first hundred tuning questions."""
    return [case.question for case in cases.load(splits=["tune"])][:100]
