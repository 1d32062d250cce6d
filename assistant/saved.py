"""An answer in a file of its own, and what changed since it was saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from assistant.errors import SourceError, brief
from assistant.files import read_plain
from assistant.types import SAVED_KIND, SAVED_VERSION, Answer, Claim, Value, Where


class Saved(Value):
    """The content of a file of an answer."""

    kind: Literal["assistant answer"] = SAVED_KIND
    version: Literal[1] = SAVED_VERSION
    answer: Answer
    where: Where | None = None
    """The filter that it was asked with."""
    history: tuple[Answer, ...] = ()
    """The answers before it in its conversation."""


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


def read(path: str | Path) -> Saved:
    """Read a file that `Answer.save` wrote.

    Returns:
        The answer with its question, history and filter.

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
    if not isinstance(content, dict) or content.get("kind") != SAVED_KIND:  # pyright: ignore[reportUnknownMemberType]
        raise SourceError(f"{shown} is no saved answer; save one with: assistant ask --save FILE")
    version: Any = content.get("version")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if version != SAVED_VERSION:
        said = brief(version)  # pyright: ignore[reportUnknownArgumentType]
        raise SourceError(f"{shown} is a saved answer of version {said}, and version {SAVED_VERSION} is read here")
    try:
        saved = Saved.model_validate(content)
    except ValidationError as exc:
        problem = exc.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise SourceError(f"{shown} is a damaged answer: {where}: {problem['msg'].lower()}") from exc
    for source in saved.answer.sources:
        if source.paper.abstract[source.start : source.end] != source.quote:
            raise SourceError(f"{shown} is a damaged answer: a quote of [{source.number}] is not in its abstract")
    return saved


def load(path: str | Path) -> Answer:
    """Read the answer from a file that `Answer.save` wrote.

    Returns:
        The answer.

    Raises:
        SourceError: the file cannot be read, is no such file, or is one of another version.
    """
    return read(path).answer


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
