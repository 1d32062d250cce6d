"""What a library remembers beside its papers: the sources that it was made of, and questions that are watched."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from assistant.errors import LibraryCorrupt, storage_errors
from assistant.files import NotPlain, read_plain, replace_file

SOURCES, WATCHES = "sources.json", "watches.json"
_AGAIN = {
    SOURCES: "give the sources to: assistant ingest SOURCES",
    WATCHES: "all papers count as new the next time with: assistant watch QUESTION",
}
"""How each of the files is made again."""


def sources(folder: Path) -> list[str]:
    """Read the sources of the ingests so far.

    Returns:
        The sources, the first first.

    Raises:
        LibraryCorrupt: the file is damaged.
        StorageError: it may not be read.
    """
    return [one for one in _read(folder / SOURCES, list) if isinstance(one, str)]


def record(folder: Path, given: Iterable[str], fresh: bool) -> None:
    """Remember sources of an ingest; with `fresh` they take the place of the others."""
    before = [] if fresh else sources(folder)
    after = list(dict.fromkeys([*before, *given]))
    if after != before:
        replace_file(folder / SOURCES, json.dumps(after, indent=1) + "\n")  # a name may be no Unicode


def seen(folder: Path, question: str) -> list[str] | None:
    """The ids of the papers that were there when a question was last looked at; None for a new one."""
    found = _read(folder / WATCHES, dict).get(question)
    return cast("list[str]", found) if isinstance(found, list) else None


def note_seen(folder: Path, question: str, ids: Iterable[str]) -> None:
    """Remember which papers were there when a question was looked at."""
    watches = _read(folder / WATCHES, dict)
    replace_file(folder / WATCHES, json.dumps(watches | {question: list(ids)}) + "\n")


def _read(path: Path, kind: type[Any]) -> Any:
    with storage_errors(path):
        try:
            value = json.loads(read_plain(path))
        except FileNotFoundError:
            return kind()
        except (ValueError, RecursionError, NotPlain) as exc:
            raise _damaged(path) from exc
    if not isinstance(value, kind):
        raise _damaged(path)
    return value


def _damaged(path: Path) -> LibraryCorrupt:
    return LibraryCorrupt(f"{str(path)!r} is damaged; move it away, and {_AGAIN[path.name]}")
