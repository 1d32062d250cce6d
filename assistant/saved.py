"""An answer, a table, a review or the report of a draft in a file of its own, and what changed since it was saved."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from assistant.check.values import REPORT_VERSION, SAVED_REPORT, Report
from assistant.errors import SourceError, brief
from assistant.files import read_plain
from assistant.review.values import REVIEW_VERSION, SAVED_REVIEW, Review
from assistant.table.values import SAVED_TABLE, TABLE_VERSION, Table
from assistant.types import SAVED_KIND, SAVED_VERSION, Answer, Claim, Value, Where

_log = logging.getLogger("assistant")


class Saved(Value):
    """The content of a file of an answer."""

    kind: Literal["assistant answer"] = SAVED_KIND
    version: Literal[1] = SAVED_VERSION
    answer: Answer
    where: Where | None = None
    """The filter that it was asked with."""
    history: tuple[Answer, ...] = ()
    """The answers before it in its conversation."""


class SavedTable(Value):
    """The content of a file of a table."""

    kind: Literal["assistant table"] = SAVED_TABLE
    version: Literal[1] = TABLE_VERSION
    table: Table


class SavedReport(Value):
    """The content of a file of a report."""

    kind: Literal["assistant report"] = SAVED_REPORT
    version: Literal[1] = REPORT_VERSION
    report: Report


class SavedReview(Value):
    """The content of a file of a review."""

    kind: Literal["assistant review"] = SAVED_REVIEW
    version: Literal[1] = REVIEW_VERSION
    review: Review


AnySaved = Saved | SavedTable | SavedReview | SavedReport
S = TypeVar("S", Saved, SavedTable, SavedReview, SavedReport)


class CellChange(Value):
    """A cell that says something else than before, or rests on another quote or verdict."""

    paper: str
    """The title."""
    column: str
    before: str
    now: str
    """Value, verdict and quote, or "not said"."""


class TableChanges(Value):
    """How a new table differs from the one before; rows are told apart by their papers, wherever they stand."""

    kept: int
    """Cells that are the same."""
    rows_gone: tuple[str, ...]
    rows_new: tuple[str, ...]
    """Titles."""
    columns_gone: tuple[str, ...]
    columns_new: tuple[str, ...]
    cells: tuple[CellChange, ...]
    fingerprint: tuple[str, str] | None
    """Fingerprints of settings and library before and now, where they differ. This alone is no change."""
    changed: bool


class Changes(Value):
    """How a new answer differs from the one before. Claims are told apart by their exact text."""

    kept: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    verdicts: dict[str, tuple[str | None, str | None]]
    """Kept claim -> its verdict before and now, where they differ."""
    refusal: tuple[str | None, str | None] | None
    """The reason of the refusal before and now, where they differ; None for an answer."""
    quotes_gone: tuple[str, ...]
    quotes_new: tuple[str, ...]
    """Quotes under the title of their paper."""
    fingerprint: tuple[str, str] | None
    """Fingerprints of settings and library before and now, where they differ. This alone is no change."""
    changed: bool


_KINDS: dict[str, tuple[str, int, type[AnySaved]]] = {
    SAVED_KIND: ("answer", SAVED_VERSION, Saved),
    SAVED_TABLE: ("table", TABLE_VERSION, SavedTable),
    SAVED_REVIEW: ("review", REVIEW_VERSION, SavedReview),
    SAVED_REPORT: ("report", REPORT_VERSION, SavedReport),
}
"""The kind of a file -> what it holds, the version that is read, and the form of its content."""


def read(path: str | Path) -> AnySaved:
    """Read a file that `Answer.save`, `Table.save`, `Review.save` or `Report.save` wrote.

    Returns:
        The answer with its question, history and filter, the table, the review, or the report.

    Raises:
        SourceError: the file cannot be read, is no such file, or is one of another version.
    """
    path = Path(path)
    shown = repr(str(path))
    try:
        content: Any = json.loads(read_plain(path))
    except OSError as exc:
        raise SourceError(f"cannot read {shown}: {exc.strerror}") from exc
    except (ValueError, RecursionError) as exc:  # ValueError: not UTF-8 either
        raise SourceError(f"{shown} is not JSON, so no saved answer") from exc
    kind: Any = content.get("kind") if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise SourceError(f"{shown} is no saved answer; save one with: assistant ask --save FILE")
    what, known, form = _KINDS[kind]
    version: Any = content.get("version")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if version != known:
        said = brief(version)  # pyright: ignore[reportUnknownArgumentType]
        raise SourceError(f"{shown} is a saved {what} of version {said}, and version {known} is read here")
    try:
        saved = form.model_validate(content)
    except ValidationError as exc:
        problem = exc.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise SourceError(f"{shown} is a damaged {what}: {where}: {problem['msg'].lower()}") from exc
    if isinstance(saved, SavedTable):
        _check_table(saved.table, shown)
        return saved
    if isinstance(saved, SavedReport):
        _check_report(saved.report, shown)
        return saved
    held = saved.review if isinstance(saved, SavedReview) else saved.answer
    for source in held.sources:
        if source.paper.abstract[source.start : source.end] != source.quote:
            raise SourceError(f"{shown} is a damaged {what}: a quote of [{source.number}] is not in its abstract")
    _check_places(held, f"{shown} is a damaged {what}")
    return saved


def _check_places(held: Answer | Review, damaged: str) -> None:
    """Each claim and each disagreement names quotes that are there, and each number of a review is that of a paper."""
    lists = (
        [(topic.claims, len(topic.sources)) for topic in held.topics]
        if isinstance(held, Review)
        else [(held.claims, len(held.sources))]
    )
    places = [(place, count) for claims, count in lists for claim in claims for place in claim.quotes]
    places += [(place, len(held.sources)) for pair in held.disagreements for place in pair.sources]
    if isinstance(held, Review):
        numbers = [number for topic in held.topics for number in topic.papers] + [fact.number for fact in held.facts]
        numbers += [number for claim in held.claims if not claim.struck for number in claim.sources]
        numbers += [source.number for source in held.sources]
        places += [(number - 1, len(held.papers)) for number in numbers]
    if not all(0 <= place < count for place, count in places):
        raise SourceError(f"{damaged}: it names a quote or a paper that it does not hold")


def _check_table(table: Table, shown: str) -> None:
    """Each quote stands in its abstract, and each row has a cell for each column."""
    for number, row in enumerate(table.rows, 1):
        if len(row.cells) != len(table.columns):
            raise SourceError(
                f"{shown} is a damaged table: row {number} has {len(row.cells)} cells for {len(table.columns)} columns"
            )
        if any(row.paper.abstract[cell.start : cell.end] != cell.quote for cell in row.cells):
            raise SourceError(f"{shown} is a damaged table: a quote of [{number}] is not in its abstract")


def _check_report(report: Report, shown: str) -> None:
    """Each sentence stands in the draft, each paper that is named is there, and each quote stands in its abstract."""
    for number, one in enumerate(report.sentences, 1):
        named = [place for each in one.citations for place in each.papers] + [proof.paper for proof in one.proofs]
        named += [one.offered] if one.offered is not None else []
        if report.text[one.start : one.end] != one.text or not all(0 <= place < len(report.papers) for place in named):
            raise SourceError(f"{shown} is a damaged report: sentence {number} is not in its draft, or names no paper")
        if any(report.papers[proof.paper].abstract[proof.start : proof.end] != proof.quote for proof in one.proofs):
            raise SourceError(f"{shown} is a damaged report: a quote of sentence {number} is not in its abstract")


def _read_as(path: str | Path, form: type[S]) -> S:
    """Read a file of one kind.

    Returns:
        The content.

    Raises:
        SourceError: see `read`, or the file is of another kind.
    """
    saved = read(path)
    if isinstance(saved, form):
        return saved
    match saved:
        case Saved():
            held = "an answer; read it with: assistant.load"
        case SavedTable():
            held = "a table; read it with: assistant.load_table"
        case SavedReview():
            held = "a review; read it with: assistant.load_review"
        case SavedReport():
            held = "the report of a draft; read it with: assistant.load_report"
    raise SourceError(f"{str(path)!r} holds {held}")


def load(path: str | Path) -> Answer:
    """Read the answer from a file that `Answer.save` wrote.

    Returns:
        The answer.

    Raises:
        SourceError: the file cannot be read, is no such file, or is one of another version.
    """
    return _read_as(path, Saved).answer


def load_table(path: str | Path) -> Table:
    """Read the table from a file that `Table.save` wrote.

    Returns:
        The table.

    Raises:
        SourceError: the file cannot be read, is no such file, or is one of another version.
    """
    return _read_as(path, SavedTable).table


def load_review(path: str | Path) -> Review:
    """Read the review from a file that `Review.save` or `assistant review --save` wrote, finished or not.

    Returns:
        The review.

    Raises:
        SourceError: the file cannot be read, is no such file, or is one of another version.
    """
    return _read_as(path, SavedReview).review


def earlier_review(path: str | Path) -> Review | None:
    """The review, whole or in part, that a file holds; None where it holds none, which a line of the log says of a file."""
    if not Path(path).exists():
        return None
    try:
        return load_review(path)
    except SourceError as exc:
        _log.warning("%s; the review begins anew, in its place", exc)
        return None


def load_report(path: str | Path) -> Report:
    """Read the report from a file that `Report.save` wrote.

    Returns:
        The report.

    Raises:
        SourceError: the file cannot be read, is no such file, or is one of another version.
    """
    return _read_as(path, SavedReport).report


def compare_tables(before: Table, now: Table) -> TableChanges:
    """The rows, columns and cells that differ."""
    old, new = _cells(before), _cells(now)
    rows = _told_apart(list(_titles(before).values()), list(_titles(now).values()))
    columns = _told_apart([one.name for one in before.columns], [one.name for one in now.columns])
    titles = _titles(before)
    cells = tuple(
        CellChange(paper=titles[key[0]], column=key[1], before=old[key], now=new[key])
        for key in old
        if key in new and old[key] != new[key]
    )
    moved = (before.fingerprint, now.fingerprint) if before.fingerprint != now.fingerprint else None
    return TableChanges(
        kept=sum(old[key] == new.get(key) for key in old),
        rows_gone=rows[1],
        rows_new=rows[2],
        columns_gone=columns[1],
        columns_new=columns[2],
        cells=cells,
        fingerprint=moved,
        changed=bool(cells or rows[1] or rows[2] or columns[1] or columns[2]),
    )


def _titles(table: Table) -> dict[str, str]:
    return {row.paper.id: row.paper.title for row in table.rows}


def _cells(table: Table) -> dict[tuple[str, str], str]:
    """What each cell says and rests on, by paper and column."""
    return {
        (row.paper.id, column.name): f'{cell.value} ({cell.verdict.verdict}): "{cell.shown_quote}"'
        if cell.said and cell.verdict
        else cell.shown
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
    }


def compare(before: Answer, now: Answer) -> Changes:
    """The values that are gone, and the new values."""
    old, new = _claims(before), _claims(now)
    old_quotes, new_quotes = _quotes(before), _quotes(now)
    kept, gone, come = _told_apart(list(old), list(new))
    _, quotes_gone, quotes_new = _told_apart(old_quotes, new_quotes)
    verdicts = {claim: (_verdict(old[claim]), _verdict(new[claim])) for claim in kept}
    verdicts = {claim: pair for claim, pair in verdicts.items() if pair[0] != pair[1]}
    refusal = (before.reason, now.reason) if before.reason != now.reason else None
    return Changes(
        kept=kept,
        gone=gone,
        new=come,
        verdicts=verdicts,
        refusal=refusal,
        quotes_gone=quotes_gone,
        quotes_new=quotes_new,
        fingerprint=(before.fingerprint, now.fingerprint) if before.fingerprint != now.fingerprint else None,
        changed=bool(gone or come or verdicts or refusal or quotes_gone or quotes_new),
    )


def _claims(answer: Answer) -> dict[str, Claim]:
    """Those of the text, by what they say."""
    return {claim.text: claim for claim in answer.claims if not (claim.struck or answer.abstained)}


def _verdict(claim: Claim) -> str | None:
    return claim.verdict.verdict if claim.verdict else None


def _quotes(answer: Answer) -> list[str]:
    return list(dict.fromkeys(f"{source.paper.title}: {source.quote}" for source in answer.sources))


def _told_apart(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The items of both, of the first alone, and of the second alone."""
    kept = tuple(each for each in old if each in new)
    return kept, tuple(each for each in old if each not in new), tuple(each for each in new if each not in old)
