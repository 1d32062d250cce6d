"""Claims about figures against short sources: the errors found, and the true claims taken for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from assistant.types import Label, Value, Verifier
from eval.runs import cases, jsonl

_FOUND: frozenset[Label] = frozenset({"contradicted", "not supported"})
"""Verdicts that count as an error found: "partly" is none."""


class Pair(Value):
    """A claim about a figure, and the sentences that it is held against."""

    id: str
    split: Literal["tune", "held-out", "own"] = "own"
    """`own` pairs were written by those who wrote the code, to tune on."""
    kind: str
    evidence: str
    claim: str
    label: Literal["supported", "contradicted", "unsupported"]
    sub: str = ""
    """The kind within the kind."""
    note: str = ""
    """For people; not used."""


class Judged(NamedTuple):
    """What a verifier says of a claim about a figure."""

    pair: Pair
    verdict: Label


def load() -> list[Pair]:
    """The 300 pairs by somebody who had not seen the code, then the pairs to tune on."""
    names = ("quantities", "quantities-tune")
    cases.permitted(("held-out",))
    return [pair for name in names for pair in jsonl.read(cases.QUESTIONS / f"{name}.jsonl", Pair, "pair")]


def judge(verifier: Verifier, pairs: Sequence[Pair]) -> list[Judged]:
    """What `verifier` says of the claims."""
    return [Judged(pair, verifier.verify(pair.claim, [pair.evidence]).verdict) for pair in pairs]


def table(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The shares by split and kind."""
    kinds = ("all", *sorted({one.pair.kind for one in judged}))
    groups = [(split, kind) for split in ("held-out", "tune", "own") for kind in kinds]
    rows: list[dict[str, Any]] = []
    for split, kind in groups:
        own = [one for one in judged if one.pair.split == split and kind in ("all", one.pair.kind)]
        wrong = [one.verdict in _FOUND for one in own if one.pair.label != "supported"]
        true = [one.verdict != "supported" for one in own if one.pair.label == "supported"]
        if wrong and true:
            rows.append(
                {
                    "split": split,
                    "kind": kind,
                    "errors": len(wrong),
                    "errors found": sum(wrong) / len(wrong),
                    "true claims": len(true),
                    "true claims flagged": sum(true) / len(true),
                }
            )
    return rows
