"""A report made: the sentences of a draft, what they cite, and their states."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from assistant import cancel
from assistant.answer import citations
from assistant.check import masks
from assistant.check.citations import Mark
from assistant.check.judge import Judge, Judged
from assistant.check.reading import Draft, Read
from assistant.check.references import Meant, Reference, Shelf
from assistant.check.values import STRUCK, Citation, Proof, Report, Sentence
from assistant.search.retriever import Retriever
from assistant.types import Paper, Usage
from assistant.verify import turned

_ITEM = re.compile(r"[ \t>]*(?:[-*+•]|\(?\w{1,3}[.)]|\\item(?:[ \t]?\[[^\[\]\n]{0,80}\])?)[ \t]*(?:\[[ xX]\][ \t]*)?")
"""What stands in front of an item of a list in its line."""
_STRUCK = Judged("not found", reasons=(STRUCK,))


class _Papers:
    """The papers of a report, each once, by their places."""

    def __init__(self) -> None:
        self.all: list[Paper] = []
        self._places: dict[str, int] = {}

    def place(self, paper: Paper) -> int:
        if paper.id not in self._places:
            self._places[paper.id] = len(self.all)
            self.all.append(paper)
        return self._places[paper.id]


def build(
    draft: Draft,
    bib: Sequence[Reference],
    retriever: Retriever,
    judge: Judge,
    *,
    given: bool,
    usage: Callable[[float], Usage],
    began: float,
    fingerprint: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Check a draft.

    Args:
        draft: the draft, as read.
        bib: the entries of the BibTeX files beside it; of a key that both have, the draft's own list counts.
        retriever: the search over the library.
        judge: judges the sentences.
        given: BibTeX files were given.
        usage: the cost, from the seconds that passed.
        began: when the work began, by the clock of `time.perf_counter`.
        fingerprint: of settings and library.
        progress: called with the sentences done and all.

    Returns:
        The report.

    Raises:
        SourceError: the draft has too many sentences.
        LibraryError, ModelError, BudgetError: as for `Assistant.check`.
    """
    shelf = retriever.look_up(lambda records, _: Shelf([*draft.references, *bib], records, given=given or draft.listed))
    read = draft.sentences(shelf.holds)
    meant = [_meant(one, shelf) for one in read]
    ids = list(dict.fromkeys(id for cited in meant for _, each in cited for id in each.papers))
    held = {paper.id: paper for paper in retriever.papers(ids)}
    papers = _Papers()
    kept = masks.without(draft.text, draft.struck)
    lines = [0, *(at + 1 for at, char in enumerate(draft.text) if char == "\n")]
    heads = _denying(draft, read)
    all_: list[Judged] = []
    denied: dict[int, list[Judged]] = {}
    cites = [list({id: held[id] for _, each in cited for id in each.papers if id in held}.values()) for cited in meant]
    for done, (one, cited) in enumerate(zip(read, meant, strict=True)):
        cancel.check()
        progress(done, len(read))
        head, own = heads[done], cites[done]
        if one.struck:
            all_.append(_STRUCK)
        elif head is not None:
            all_.append(judge.denied(read[head].claim, one.claim, own or cites[head]))
            denied.setdefault(head, []).append(all_[-1])
        else:
            all_.append(judge.judged(one.marked, own, cites=bool(cited), pieces=_pieces(kept, one, cited, own), written=one.cited))
    for head, items in denied.items():  # a line stands with an item that it denies, or falls with all of them
        best = next((item for item in items if item.state == "proved"), items[0])
        if (best.state == "proved") != (all_[head].state == "proved"):
            all_[head] = best
    rows = zip(read, meant, all_, strict=True)
    sentences = [_sentence(draft, one, cited, judged, held, papers, lines) for one, cited, judged in rows]
    progress(len(read), len(read))
    return Report(
        name=draft.name,
        syntax=draft.syntax,
        text=draft.text,
        papers=tuple(papers.all),
        sentences=tuple(sentences),
        verifier=judge.name,
        usage=usage(round(time.perf_counter() - began, 4)),
        fingerprint=fingerprint,
    )


def _denying(draft: Draft, read: Sequence[Read]) -> list[int | None]:
    """For each sentence that begins an item of a list the place of the line above the list that denies it; else None."""
    found: list[int | None] = []
    above: list[tuple[int, int]] = []
    for at, one in enumerate(read):
        before = draft.text[draft.text.rfind("\n", 0, one.start) + 1 : one.start]
        item = bool(_ITEM.fullmatch(before))
        indent = len(before) - len(before.lstrip()) if item else -1
        if item or not before:  # a new paragraph
            above = [line for line in above if item and line[0] < indent]
        heads = (head for _, head in reversed(above) if item and turned.turns(read[head].claim, one.claim))
        found.append(next(heads, None))
        if one.claim.endswith(":"):
            above = [*(line for line in above if line[0] < indent), (indent, at)]
    return found


Cited = list[tuple[Mark, Meant]]
"""The citations of a sentence: the mark, and what a key of it means."""


def _meant(one: Read, shelf: Shelf) -> Cited:
    return [(mark, each) for mark in one.marks for each in shelf.meant(mark)]


def _pieces(source: str, one: Read, cited: Cited, own: Sequence[Paper]) -> list[citations.Piece]:
    """The pieces of a sentence with citations of their own; numbers are places in `own`."""
    if len(own) < 2:
        return []
    place = {paper.id: at for at, paper in enumerate(own)}
    found = [
        (mark.start - one.start, mark.end - one.start, {place[id] for id in each.papers if id in place}) for mark, each in cited
    ]
    return citations.apart(source[one.start : one.end], sorted(found, key=lambda mark: mark[:2]))


def _sentence(
    draft: Draft, one: Read, cited: Cited, judged: Judged, held: Mapping[str, Paper], papers: _Papers, lines: Sequence[int]
) -> Sentence:
    unknown = [f"{each.key}: {each.problem}" for _, each in cited if each.problem]
    named = [
        Citation(
            key=each.key,
            start=mark.start,
            end=mark.end,
            title=each.title,
            papers=tuple(papers.place(held[id]) for id in each.papers if id in held),
            problem=each.problem,
        )
        for mark, each in cited
    ]
    proofs = tuple(
        Proof(paper=papers.place(each.paper), quote=each.paper.abstract[each.start : each.end], start=each.start, end=each.end)
        for each in judged.held
    )
    state = "unknown citation" if unknown else judged.state
    line, column = _position(lines, one.start)
    end_line, end_column = _position(lines, one.end)
    return Sentence(
        start=one.start,
        end=one.end,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        text=draft.text[one.start : one.end],
        claim=one.claim,
        state=state,
        citations=tuple(named),
        proofs=proofs,
        offered=proofs[0].paper if proofs and judged.state in ("other paper", "uncited") else None,
        verdict=judged.verdict.verdict if judged.verdict else None,
        score=judged.verdict.score if judged.verdict else None,
        reasons=(*dict.fromkeys(unknown), *judged.reasons),
    )


def _position(lines: Sequence[int], at: int) -> tuple[int, int]:
    """Line and column of a place, from 1."""
    line = bisect_right(lines, at)
    return line, at - lines[line - 1] + 1
