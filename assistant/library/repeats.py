"""Ingests that would change nothing: an ingest of the same files, with the same settings, into the library that the last one left.

TAKEN holds the report of such an ingest, found by the bytes of its files and by its settings. The report counts as long as the
library is the one it is about, so a removal, another ingest or a repair makes it void.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from assistant.errors import LibraryCorrupt, StorageError
from assistant.files import NotPlain, open_plain, read_plain, replace_file
from assistant.library.generations import Library
from assistant.types import IngestReport

TAKEN = "taken.json"
_KEPT = 50
"""The reports of at most this many ingests are held."""


class Run(NamedTuple):
    """What an ingest is made of."""

    key: str
    """A hash of the files, names and bytes, and of the settings."""
    times: tuple[tuple[int, int], ...]
    """Size and time of each file when its bytes were hashed."""


def run(files: Sequence[str], settings: Mapping[str, Any]) -> Run | None:
    """Hash an ingest.

    Args:
        files: the names of files; the name of a site's paper makes an ingest that is not known.
        settings: everything that shapes the result beside the files and the program.

    Returns:
        The ingest; None where an input is no plain file that can be read.
    """
    whole = blake2b(json.dumps([_program(), dict(settings)], sort_keys=True).encode())
    try:
        times = _times(files)
        for file in files:
            with open_plain(Path(file)) as stream:
                whole.update(f"\0{file}\0".encode("utf-8", "surrogateescape"))
                whole.update(file_digest(stream, "blake2b").digest())
    except (OSError, ValueError):  # a name may hold what no path can
        return None
    return Run(whole.hexdigest(), times)


@cache
def _program() -> str:
    """A hash of the code that reads sources and merges papers: a newer program may keep more of a record."""
    code = sorted(path for name in ("text", "sources", "library") for path in Path(__file__).parents[1].glob(f"{name}/*.py"))
    return blake2b(b"\0".join(path.read_bytes() for path in code), digest_size=16).hexdigest()


def _times(files: Sequence[str]) -> tuple[tuple[int, int], ...]:
    return tuple((found.st_size, found.st_mtime_ns) for found in map(os.stat, files))


def recalled(library: Library, asked: Run, wait: float) -> IngestReport | None:
    """Find the report of an ingest that would change nothing, with the right to write, as an ingest needs it.

    Args:
        library: the library.
        asked: the ingest.
        wait: seconds to wait for another writer.

    Returns:
        The report; None where the ingest is not known, the library is another one by now, or is damaged.
    """
    if asked.key not in _read(library)[1]:
        return None
    with library.lock(wait):
        state, runs = _read(library)
        try:
            report = IngestReport.model_validate(runs.get(asked.key))
        except ValidationError:
            return None
        # what a writer that was stopped left behind, any ingest finishes or puts aside
        if state is None or library.unfinished or len(library.generations()) > 1 or any(library.folder.glob("*.part")):
            return None
        # an ingest stores anew what is damaged
        return report if library.read(lambda snapshot: snapshot.index.sound()) else None


def remember(library: Library, asked: Run, files: Sequence[str], report: IngestReport, wrote: bool) -> None:
    """Keep the report that the same ingest would give next time, where that is sure.

    Args:
        library: as the ingest left it.
        asked: the ingest.
        files: its files.
        report: its report.
        wrote: whether the ingest wrote anything. If so, the next report is known only where each new record became a paper of its
            own.
    """
    if wrote and (report.changed or report.merged or report.replaced):
        return
    with suppress(OSError, StorageError):  # without the file the next ingest takes longer
        state, runs = _read(library)
        if state is None or _times(files) != asked.times:
            return
        done = {"new": 0, "unchanged": report.papers, "added": (), "chunks": 0, "alike": () if wrote else report.alike}
        runs.pop(asked.key, None)
        kept = dict([*runs.items()][-_KEPT + 1 :])
        kept[asked.key] = report.model_copy(update=done).model_dump(mode="json", exclude_defaults=True)
        replace_file(library.folder / TAKEN, json.dumps({"state": state, "runs": kept}) + "\n")


def forget(folder: Path) -> None:
    """Drop all reports, which name papers."""
    (folder / TAKEN).unlink(missing_ok=True)


def _read(library: Library) -> tuple[str | None, dict[str, Any]]:
    """The state of the library, and the reports about it."""
    state = _state(library)
    with suppress(OSError, NotPlain, ValueError, RecursionError):
        held = json.loads(read_plain(library.folder / TAKEN))
        if isinstance(held, dict) and state and cast("dict[str, Any]", held).get("state") == state:
            runs = cast("dict[str, Any]", held).get("runs")
            return state, cast("dict[str, Any]", runs) if isinstance(runs, dict) else {}
    return state, {}


def _state(library: Library) -> str | None:
    """A hash of the hashes of all files of the generation in force; None without a library that these settings may use."""
    try:
        current = library.current()
        if current is None or current.sample or current.fingerprint != library.fingerprint:
            return None
        sums = (library.generation(current.generation) / "chroma.sums").read_bytes()
    except (OSError, LibraryCorrupt):
        return None
    return blake2b(f"{current.generation}\0".encode() + sums).hexdigest()
