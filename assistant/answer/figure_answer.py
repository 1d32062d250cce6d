"""The paper with the highest or lowest stated figure of a quantity on a benchmark, with the sentences that state the figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from assistant.answer import confidence
from assistant.answer.draft import Draft, Session, Steps
from assistant.answer.list_answer import MOST, Line, counted, told
from assistant.answer.steps import timed
from assistant.errors import brief
from assistant.library.scan import Shown
from assistant.question.best_figure import BestFigure
from assistant.question.read import Question
from assistant.search.retriever import Found
from assistant.text.reading import quantities
from assistant.text.terms import row
from assistant.text.units import Quantity
from assistant.text.view import View
from assistant.types import Paper, Retrieved, Source
from assistant.verify import injection

_SEARCHED = 10
_APART = 40
"""A figure belongs to the name of a quantity that stands at most this many characters away, with no other figure between."""
_MEASURED = ("number", "share", "points", "ratio", "measure", "count", "money")
_WORD = re.compile(r"[^\W_]+(?:[@-][^\W_]+)*")


class _Stated(NamedTuple):
    """A figure of the quantity in a sentence of a paper."""

    paper: Paper
    start: int
    end: int
    """Offsets of the sentence."""
    written: str
    value: float
    """In `unit`; a share as per cent."""
    unit: str


def best(session: Session, question: Question, asked: BestFigure) -> Steps[Draft | None]:
    """Name the paper with the highest or lowest figure, or refuse with the reason why no paper is known to have it.

    Args:
        session: the question.
        question: as read.
        asked: the quantity, the benchmark, and which end.

    Yields:
        The events of the answer.

    Returns:
        The draft; None where no paper names the benchmark.
    """

    def work() -> Steps[tuple[tuple[list[Shown], list[_Stated]], str]]:
        yield from ()
        retriever = session.tools.retriever
        shown = retriever.shown(retriever.scan(asked.bench, session.where)[:MOST])
        stated = [each for paper in shown for each in _stated(paper, asked.quantity)]
        return (shown, stated), f"{len(stated)} figures of {brief(asked.quantity)} in {len(shown)} papers"

    shown, stated = yield from timed("compare", session, work())
    if not shown:
        return None
    units = {each.unit for each in stated}
    if len(units) != 1:
        return (yield from _refused(session, question, _why(asked, shown, stated)))
    ordered = sorted(stated, key=lambda each: each.value, reverse=asked.asks == "highest")
    found = list({each.paper.id: each for each in reversed(ordered)}.values())[::-1]
    number = f"{counted(len(found))} that {'states' if len(found) == 1 else 'state'} one"
    head = f"The {asked.asks} {asked.quantity} on {asked.bench} in an abstract is {found[0].written}, of {number}:"
    lines = [_line(place, each) for place, each in enumerate(found[: max(2, session.tools.settings.papers)], 1)]
    draft = Draft(question, (yield from _found(session, question)), confidence.LISTED)
    return (yield from told(session, draft, head, lines))


def _line(number: int, each: _Stated) -> Line:
    source = Source(
        number=number, paper=each.paper, quote=each.paper.abstract[each.start : each.end], start=each.start, end=each.end
    )
    return Line(source.shown, (source,), "\n- ")


def _why(asked: BestFigure, shown: Sequence[Shown], stated: Sequence[_Stated]) -> str:
    """Why no figure is the best one."""
    if stated:
        kinds = ", ".join(dict.fromkeys(each.written for each in stated))
        return f"The figures of {asked.quantity} on {asked.bench} are in units that cannot be compared: {kinds}."
    names = "; ".join(f'"{View(each.paper.title).text}"' for each in shown[:3])
    more = f" and {len(shown) - 3:,} more" if len(shown) > 3 else ""
    mention = "mentions" if len(shown) == 1 else "mention"
    return (
        f"No abstract states a figure of {asked.quantity} on {asked.bench}, so none is known as the {asked.asks}; "
        f"{counted(len(shown))} {mention} {asked.bench}: {names}{more}."
    )


def _refused(session: Session, question: Question, why: str) -> Steps[Draft]:
    found = yield from _found(session, question)
    return replace(Draft(question, found), refused=why)


def _found(session: Session, question: Question) -> Steps[Found]:
    found = session.tools.retriever.search(question, _SEARCHED, session.where)
    yield Retrieved(passages=tuple(hit.passage for hit in found.hits))
    return found


def _stated(shown: Shown, quantity: str) -> list[_Stated]:
    """The figures of a quantity in the sentences of a paper that name the benchmark."""
    abstract, found = shown.paper.abstract, list[_Stated]()
    for start, end in (shown.spans[at] for at in injection.free(abstract, shown.spans)):
        sentence = abstract[start:end]
        figure = _figure(sentence, quantity)
        if figure is None:
            continue
        share = figure.unit == "%" or (figure.kind == "number" and 0 <= figure.value <= 1)
        value = figure.value * 100 if share and figure.unit != "%" else figure.value
        found.append(_Stated(shown.paper, start, end, figure.text, value, "%" if share else figure.unit))
    return found


def _figure(sentence: str, quantity: str) -> Quantity | None:
    """The figure nearest to the name of a quantity, behind it before in front of it; of a change the later one."""
    wanted = row(quantity)
    words = [(match, row(match.group())) for match in _WORD.finditer(sentence)]
    figures = [each for each in quantities(sentence) if each.kind in _MEASURED and each.role not in ("from", "before")]
    best: tuple[int, Quantity] | None = None
    for at in range(len(words)):
        stems, last = list[str](), at
        while last < len(words) and len(stems) < len(wanted):
            stems += words[last][1]
            last += 1
        if tuple(stems) != tuple(wanted):
            continue
        start, end = words[at][0].start(), words[last - 1][0].end()
        for place, figure in enumerate(figures):
            behind = figure.start >= end
            gap = sentence[end : figure.start] if behind else sentence[figure.end : start]
            between = figures[place - 1].start >= end if behind and place else False
            if len(gap) <= _APART and not between and not re.search(r"[,;:]|\b(?:and|with)\b", gap):
                near = len(gap) + (0 if behind else 4)
                best = min(best or (near, figure), (near, figure), key=lambda each: each[0])
    return best[1] if best else None
