"""Names of files, folders, patterns and sites in; papers and rejections out. One module reads one kind of source.

Others use `read` of this module, and `papers.paper_id`. A reader takes the text of one file, or an address at a site, and yields
papers and rejections. An error in one input does not stop the others.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from assistant.config import IngestSettings
from assistant.errors import SourceError
from assistant.files import NotPlain, open_plain
from assistant.sources import arxiv, bibtex, hub, pages, papers, records, saved_html
from assistant.sources.web import Site
from assistant.types import Paper, Rejection

STDIN = "-"
_ENDINGS = {".txt", ".html", ".htm", ".jsonl", ".ndjson", ".bib"}


class File(NamedTuple):
    """A file that was read."""

    name: str
    items: Iterator[Paper | Rejection]


def expand(inputs: Iterable[str]) -> list[str]:
    """List the files that inputs name.

    Folders are searched, patterns are expanded, and "-" (standard input) is kept. A name of papers of a site
    ("arxiv:2310.12345") is kept; a file whose name begins like that is given as "./arxiv:...". An input that names nothing is
    kept where other inputs name something, so that `read` rejects it and the others are taken in.

    Args:
        inputs: files, folders, patterns, names of papers of a site.

    Returns:
        The files and the names of papers, in the order of the inputs.

    Raises:
        SourceError: the name of an input is empty, or no input names anything.
    """
    files: list[str] = []
    nothing: list[str] = []
    named = False
    for given in inputs:
        if not given:
            raise SourceError("the name of an input is empty")
        if remote(given):
            named = True
            files.append(given)
            continue
        path = str(Path(os.path.expanduser(given)))  # Path.expanduser raises where a name only begins like a home: "~$notes.txt"
        if found := [STDIN] if given == STDIN else _named(path):
            named = True
        else:
            nothing.append(f"{given!r}: {_why_nothing(path)}")
        files += [os.path.join(os.curdir, file) if remote(file) else file for file in found or [path]]
    if nothing and not named:
        raise SourceError("; ".join(nothing))
    return list(dict.fromkeys(files))


def remote(given: str) -> bool:
    """An input that names papers of a site, and no file."""
    return given.lower().startswith((arxiv.PREFIX, hub.PREFIX))


def _named(path: str) -> list[str]:
    pattern = glob.has_magic(path) and not os.path.exists(path)
    matches = sorted(glob.glob(path, recursive=True)) if pattern else [path]
    # os.path.isdir, because Path.is_dir raises where a name is too long
    return [file for match in matches for file in (_inside(Path(match)) if os.path.isdir(match) else [match])]


def _why_nothing(path: str) -> str:
    return f"the folder holds no {', '.join(sorted(_ENDINGS))} file" if os.path.isdir(path) else "no file matches"


def _inside(folder: Path) -> list[str]:
    """The files in a folder and its folders; a folder that may not be read is kept, so that `read` says so."""
    closed: list[str] = []
    paths = [
        str(Path(parent, name))
        for parent, _, names in os.walk(folder, onerror=lambda error: closed.append(str(error.filename)))
        for name in names
        if Path(name).suffix.lower() in _ENDINGS
    ]
    return sorted(paths + closed)


def fetch(inputs: Sequence[str], settings: IngestSettings) -> Iterator[Paper | Rejection]:
    """The papers of sites that inputs name; what does not come is a rejection."""
    timeout, most = settings.remote_timeout, settings.max_file
    with (
        closing(Site(settings.arxiv_url, timeout=timeout, most=most, pause=settings.remote_pause)) as one,
        closing(Site(settings.hub_url, timeout=timeout, most=most)) as other,
    ):
        of_arxiv = [given for given in inputs if given.lower().startswith(arxiv.PREFIX)]
        items = arxiv.read(of_arxiv, one, settings.remote_max)
        yield from _whatever_comes("arXiv", papers.all_bounded("arXiv", items, settings.max_line))
        for given in inputs:
            if given.lower().startswith(hub.PREFIX):
                yield from _whatever_comes(given, papers.all_bounded(given, hub.read(given, other), settings.max_line))


def read(file: str, *, max_line: int, max_file: int) -> File:
    """The papers in `file` ("-" for standard input); what cannot be read comes as rejections."""
    name = "standard input" if file == STDIN else os.fsencode(file).decode(errors="replace")  # fit to be stored and shown
    try:
        if file == STDIN:
            content = sys.stdin.buffer.read(max_file + 1)
        else:
            with open_plain(Path(file)) as stream:
                content = stream.read(max_file + 1)
    except OSError as exc:
        if isinstance(exc, NotPlain) and os.path.isdir(file) or (isinstance(exc, FileNotFoundError) and glob.has_magic(file)):
            return File(name, _refused(name, _why_nothing(file)))  # `expand` kept it
        return File(name, _refused(name, f"cannot be read: {(exc.strerror or str(exc)).lower()}"))
    if len(content) > max_file:
        return File(name, _refused(name, f"is larger than {max_file:,} bytes (setting ingest.max_file); split it"))
    return File(name, _whatever_comes(name, _parse(name, content, max_line)))


def _whatever_comes(name: str, items: Iterator[Paper | Rejection]) -> Iterator[Paper | Rejection]:
    """The items; what a parser raises, which other people wrote, is a rejection, and ends only this input."""
    try:
        yield from items
    except Exception as exc:
        yield from _refused(name, f"cannot be read: {type(exc).__name__}: {' '.join(str(exc).split())[:200]}")


def _refused(name: str, reason: str, line: int | None = None) -> Iterator[Rejection]:
    yield Rejection(file=name, line=line, reason=reason)


def _parse(name: str, content: bytes, max_line: int) -> Iterator[Paper | Rejection]:
    if b"\0" in content[:65536]:
        return _refused(name, "is a binary file; give a saved Daily Papers page (text or HTML), JSONL or BibTeX")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        byte = content[exc.start]
        return _refused(name, f"is not UTF-8 (byte 0x{byte:02x}); save it again as UTF-8", line)
    if not text.strip():
        return _refused(name, "is empty")
    return _reader(name, text)(name, text, max_line)


def _reader(name: str, text: str) -> Callable[[str, str, int], Iterator[Paper | Rejection]]:
    """By the ending of the name, and where that does not tell by how the text begins."""
    start = text.lstrip()[:200].lower()
    ending = Path(name).suffix.lower()
    if ending in (".html", ".htm") or start.startswith(("<!doctype html", "<html")):
        return saved_html.read
    if ending in (".jsonl", ".ndjson") or start.startswith("{"):
        return records.read
    if ending == ".bib" or bibtex.START.match(text):
        return bibtex.read
    return pages.read
