"""True sentences with an invention added: how many of these are found, and how many true ones are taken for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from assistant.assistant import SAMPLE
from assistant.types import Verdict, Verifier
from eval.runs import cases


class Judged(NamedTuple):
    """What a verifier says of a sentence without and with its invention."""

    case: cases.Addition
    true: Verdict
    added: Verdict

    @property
    def found(self) -> bool:
        """The sentence with the invention is not supported."""
        return self.added.verdict != "supported"

    @property
    def flagged(self) -> bool:
        """The true sentence is not supported."""
        return self.true.verdict != "supported"


def judge(verifier: Verifier, rows: Sequence[cases.Addition]) -> list[Judged]:
    """What `verifier` says of the sentences whose abstracts are there: those of the pages are beside the project only."""
    abstracts = {paper.title: paper.abstract for paper in cases.papers(str(SAMPLE), *cases.pages())}
    return [
        Judged(row, verifier.verify(row.true, [abstracts[row.title]]), verifier.verify(row.added, [abstracts[row.title]]))
        for row in rows
        if row.title in abstracts
    ]


def table(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The shares by split and kind."""
    groups = [(split, kind) for split in ("tune", "held-out") for kind in ("all", *sorted({one.case.kind for one in judged}))]
    rows: list[dict[str, Any]] = []
    for split, kind in groups:
        own = [one for one in judged if one.case.split == split and kind in ("all", one.case.kind)]
        if own:
            rows.append(
                {
                    "split": split,
                    "kind": kind,
                    "sentences": len(own),
                    "inventions found": sum(one.found for one in own) / len(own),
                    "of them partly": sum(one.added.verdict == "partly" for one in own) / len(own),
                    "true ones flagged": sum(one.flagged for one in own) / len(own),
                }
            )
    return rows
