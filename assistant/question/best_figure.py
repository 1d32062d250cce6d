"""Questions for the best figure of a quantity on a benchmark: "Which paper has the highest recall on TunnelBench?"."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from assistant import text

_EDGES = " \t.,;:!?…\"'“”‘’()[]"
_HEAD = (
    r"(?:(?:can|could|you|tell|show|me|please|and|so) ){0,4}(?:which|what|who)(?: (?:one )?of (?:the|these|those))?"
    r"(?: (?:papers?|methods?|models?|systems?|approach(?:es)?|works?|stud(?:y|ies)|algorithms?|techniques?|provers?|agents?|one))?"
)
_GETS = (
    r"(?:ha(?:s|ve)|gets?|got|achieves?|achieved|reports?|reported|reach(?:es|ed)?|shows?|obtains?|attains?|scores?|states?|gives?"
    r"|yields?|claims?|with)"
)
_BEST = (
    r"(?:(?:the|an?|its|overall|reported|stated|published) ){0,3}"
    r"(?P<best>best|highest|top|greatest|largest|maximum|lowest|smallest|least|worst|minimum)"
    r"(?: (?:reported|stated|published|known))?"
)
_QUANTITY = r"(?P<quantity>[^\W_](?:[\w@+-]| (?=\w)){0,40}?)"
_BENCH = r"(?:the )?(?P<bench>[\w(][^?;,]{1,60}?)(?: (?:benchmark|data ?set|test set|suite))?"
_ON = r"(?:on|for|at|in|over)"
_ASKED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_ON} {_BENCH},? {_HEAD} {_GETS} {_BEST} {_QUANTITY}",
        rf"{_HEAD} {_GETS} {_BEST} {_QUANTITY} {_ON} {_BENCH}",
        rf"(?:(?:what|which)(?: is| was|'s)? )?{_BEST} {_QUANTITY} {_ON} {_BENCH}",
        rf"whose {_QUANTITY} {_ON} {_BENCH} (?:is|was) {_BEST}",
        rf"{_HEAD} (?:performs?|does|do|works?|is) {_BEST} {_ON} {_BENCH} (?:in|by|in terms of|by its|measured by) {_QUANTITY}",
    )
]
_UNNAMED = frozenset("score scores result results performance number numbers value values figure figures rank ranking".split())
"""Words that name no quantity that two papers could be compared by."""
_THINGS = re.compile(
    r"\b(?:to|of|ways?|methods?|models?|papers?|approach(?:es)?|techniques?|algorithms?|systems?|choices?|options?|practices?|answers?"
    r"|solutions?|strateg(?:y|ies)|data ?sets?|benchmarks?|prompts?|tools?|baselines?|settings?|work)\b",
    re.IGNORECASE,
)
"""Words of a thing asked for, which is no quantity."""
_LESS = re.compile(
    r"\b(?:errors?|loss(?:es)?|latency|perplexity|times?|costs?|memory|energy|regret|bias|distance|delay|overhead|wer|cer|rmse|mae|mse"
    r"|fid|hallucinations?|failures?|tokens|steps)\b",
    re.IGNORECASE,
)
"""Quantities of which less is better."""


class BestFigure(NamedTuple):
    """The figure asked for."""

    asks: Literal["highest", "lowest"]
    quantity: str
    """In the words of the question: "recall", "error rate"."""
    bench: str
    """The benchmark or data set."""


def best_figure(question: str) -> BestFigure | None:
    """The figure that `question` asks for; None where it asks for something else, or names no quantity or no benchmark by name."""
    plain = " ".join(text.clean(question).split()).strip(_EDGES)
    for pattern in _ASKED:
        if not (match := pattern.fullmatch(plain)):
            continue
        quantity, bench = match["quantity"].strip(), match["bench"].strip(_EDGES)
        if quantity.lower() in _UNNAMED or _THINGS.search(quantity) or not re.search(r"[A-Z0-9]", bench):
            return None
        word = match["best"].lower()
        good, most = word in ("best", "top", "worst"), word in ("best", "top", "highest", "greatest", "largest", "maximum")
        if good and _LESS.search(quantity):
            most = not most
        return BestFigure("highest" if most else "lowest", quantity, bench)
    return None
