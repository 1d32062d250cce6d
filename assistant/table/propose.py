"""Columns proposed from what papers have in common: benchmarks and data sets, models, figures of one kind, what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant import text
from assistant.table import columns, figure_cells, name_cells, sentence_cells
from assistant.table.abstracts import Abstract
from assistant.table.columns import Asked

_OFFERED = (
    "dataset", "benchmark", "base model", "metrics", "accuracy", "improvement", "speedup", "model size", "dataset size",
    "number of participants", "number of datasets", "code available",
)  # fmt: skip
"""Columns that are tried on every set of papers."""
_LAST = "what is new"
_MOST = 4
"""At most this many columns are proposed before the last one."""
_SHARE = 0.4
"""A column is proposed if this share of the papers, two at least, fill it."""


def propose(abstracts: Sequence[Abstract]) -> list[str]:
    """Columns that papers have in common, those that most of them fill first; "what is new" is always the last one.

    Results on a benchmark that several papers report are a column under the name of the benchmark.

    Args:
        abstracts: the papers, as read.

    Returns:
        The names of the columns.
    """
    least = max(2, _SHARE * len(abstracts))
    asked = {name: columns.read(name) for name in _OFFERED}
    filled = {name: sum(_fills(abstract, one) for abstract in abstracts) for name, one in asked.items()}
    sets = [name_cells.names(abstract, asked["dataset"]) for abstract in abstracts]
    if sum(
        bool(one and one == name_cells.names(abstract, asked["benchmark"])) for one, abstract in zip(sets, abstracts, strict=True)
    ) >= (filled["dataset"] / 2):
        filled.pop("dataset")  # the same under another name
    shared = _shared(abstracts)
    if shared:
        filled.pop("accuracy")  # the results are told apart by benchmark
    ranked = sorted((name for name, count in filled.items() if count >= least), key=lambda name: -filled[name])
    if len(abstracts) == 1:
        ranked = [name for name, count in filled.items() if count]
    return [*[*shared, *ranked][:_MOST], _LAST]


def _fills(abstract: Abstract, asked: Asked) -> bool:
    match asked.asks:
        case "figure":
            return figure_cells.figure(abstract, asked) is not None
        case "name":
            return name_cells.names(abstract, asked) is not None
        case _:
            return sentence_cells.sentence(abstract, asked) is not None


def _shared(abstracts: Sequence[Abstract]) -> list[str]:
    """Names of benchmarks on which at least two papers report a result, the commonest first; at most two."""
    asked = columns.read("benchmark")
    held: Counter[str] = Counter()
    written: dict[str, str] = {}
    for abstract in abstracts:
        if found := name_cells.names(abstract, asked):
            for name in found.names:
                held[text.fold(name)] += 1
                written.setdefault(text.fold(name), name)
    results = {
        name: sum(figure_cells.figure(abstract, columns.read(written[name])) is not None for abstract in abstracts)
        for name, count in held.items()
        if count >= 2 and columns.read(written[name]).asks == "figure"
    }
    return [written[name] for name, count in sorted(results.items(), key=lambda one: -one[1]) if count >= 2][:2]
