"""Names of files, folders, patterns and sites in; papers and rejections out. One module reads one kind of source.

A file is told by what it holds, its ending only where that does not tell. Lines of JSON are read as they come, however many.

Others use `read` of this module, and `papers.paper_id`. A reader takes the text of one file, or an address at a site, and yields
papers and rejections. An error in one input does not stop the others.
"""

from __future__ import annotations

import glob
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, NamedTuple, cast

from assistant.config import IngestSettings
from assistant.errors import SourceError
from assistant.files import NotPlain, decoded, open_plain
from assistant.sources import (
    addresses,
    archives,
    arxiv,
    bibtex,
    endnote,
    hub,
    json_files,
    lookups,
    medline,
    pages,
    papers,
    ris,
    saved_html,
    tables,
    wos,
    xml_files,
)
from assistant.sources.web import Site
from assistant.types import Paper, Rejection

STDIN = "-"
_ENDINGS = frozenset(".txt .html .htm .jsonl .ndjson .json .bib .bibtex .ris .nbib .xml .enw .ciw .csv .tsv .zip .gz".split())
_OPENED = frozenset({".zip", ".gz"})
_LISTED = 1000
"""So many rejections of an input are listed; a file may hold millions."""
_HEAD = 65536
"""The kind of a file is recognized by this many bytes at its beginning."""
_BIBTEX = re.compile(r"^[^\S\n]*@[a-z]{3,20}[^\S\n]*[{(][^\n]{0,300}[,{]", re.IGNORECASE | re.MULTILINE)
_NAMESPACED = re.compile(r"<[a-z][\w.-]{0,40}(?::[\w.-]{1,40})?\s+xmlns[:=]")
"""Start of XML without a declaration, as Zotero writes RDF."""
_BARE_CR = re.compile(r"\r(?!\n)")
_BINARY = "is a binary file; give a saved Daily Papers page, JSON, BibTeX, RIS, XML or a table"
_NO_SITE = "is an address of no known paper; known are those of arXiv, the hub's papers, DOIs, PubMed, OpenAlex and OpenReview"
_PDF = "is a PDF, whose text is not read; give the paper's BibTeX, or its id (arxiv:2310.12345, doi:10.1000/xyz)"


class File(NamedTuple):
    """A file that was read."""

    name: str
    items: Iterator[Paper | Rejection]


_NAMELESS = "the name of an input is empty"


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
        SourceError: no input names anything.
    """
    files: list[str] = []
    nothing: list[str] = []
    named = False
    for given in inputs:
        if not given:
            nothing.append(_NAMELESS)
            files.append(given)
            continue
        address = addresses.is_address(given)
        if remote(given) or (not os.path.exists(given) and (address or not glob.has_magic(given))):
            forms = addresses.understood(given) or ([given] if address else [])  # the reader says what is known
            files += forms
            if forms:
                named = True
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
    return given.lower().startswith(addresses.PREFIXES)


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
        for prefix in lookups.READERS:
            asked = [given for given in inputs if given.lower().startswith(prefix)]
            yield from _looked_up(asked, prefix, settings) if asked else ()
        for given in inputs:
            if given.lower().startswith(hub.PREFIX):
                yield from _whatever_comes(given, papers.all_bounded(given, hub.read(given, other), settings.max_line))


def _looked_up(inputs: Sequence[str], prefix: str, settings: IngestSettings) -> Iterator[Paper | Rejection]:
    """The papers of one site that inputs name."""
    address: str = getattr(settings, lookups.READERS[prefix][1])
    pause = min(1.0, settings.remote_pause)
    with closing(Site(address, timeout=settings.remote_timeout, most=settings.max_file, pause=pause)) as site:
        for given in inputs:
            items = lookups.read(given, prefix, site, settings.remote_max)
            yield from _whatever_comes(given, papers.all_bounded(given, items, settings.max_line))


def passed_over(inputs: Iterable[str]) -> list[str]:
    """What the folders among inputs hold that is no source, a line a folder."""
    lines: list[str] = []
    for given in inputs:
        folder = os.path.expanduser(given)
        if not given or remote(given) or not os.path.isdir(folder):
            continue
        names = [Path(name) for _, _, names in os.walk(folder) for name in names if not name.startswith(".")]
        counts = Counter(name.suffix.lower() or "no ending" for name in names if name.suffix.lower() not in _ENDINGS)
        if counts:
            kinds = ", ".join(f"{number} {ending}" for ending, number in counts.most_common(6))
            lines.append(f"{given}: {counts.total()} {'files' if counts.total() > 1 else 'file'} passed over ({kinds})")
    return lines


def read(file: str, *, max_line: int, max_file: int) -> File:
    """The papers in `file` ("-" for standard input); what cannot be read comes as rejections."""
    name = "standard input" if file == STDIN else os.fsencode(file).decode(errors="replace")  # fit to be stored and shown
    return File(name, _whatever_comes(name, _opened(name, file, max_line, max_file)))


def _opened(name: str, file: str, max_line: int, max_file: int) -> Iterator[Paper | Rejection]:
    if not file:
        yield from _refused("''", _NAMELESS)
        return
    try:
        if file == STDIN:
            yield from _told(name, sys.stdin.buffer, max_line, max_file)
        else:
            with open_plain(Path(file)) as stream:
                yield from _told(name, stream, max_line, max_file)
    except OSError as exc:
        if (isinstance(exc, NotPlain) and os.path.isdir(file)) or (isinstance(exc, FileNotFoundError) and glob.has_magic(file)):
            yield from _refused(name, _why_nothing(file))  # `expand` kept it
        else:
            near = addresses.meant(file)
            said = f"cannot be read: {(exc.strerror or str(exc)).lower()}" if not addresses.is_address(file) else _NO_SITE
            yield from _refused(name, f"{said}; {near}" if near else said)


def _told(name: str, stream: IO[bytes], max_line: int, max_file: int, packed: bool = False) -> Iterator[Paper | Rejection]:
    """The papers of a stream, by what it begins with."""
    head = stream.read(_HEAD)
    if head.startswith(archives.GZIP) and not packed:
        whole = io.BytesIO(head + stream.read(max_file + 1)) if not stream.seekable() else stream
        whole.seek(0)
        unpacked = io.BufferedReader(cast("io.RawIOBase", archives.Gunzipped(whole)), _HEAD)
        inner = name[:-3] if name.lower().endswith(".gz") else name
        try:
            yield from _told(inner, cast("IO[bytes]", unpacked), max_line, max_file, packed=True)
        except (archives.TooLarge, EOFError, OSError) as exc:
            yield from _refused(name, f"cannot be unpacked: {exc}")
        return
    if _is_lines(head):
        lines = _lines(head, stream, max_line)
        yield from json_files.stream(name, lines, max_line)
        return
    content = head + stream.read(max(0, max_file + 1 - len(head)))
    if len(content) > max_file:
        yield from _refused(name, f"is larger than {max_file:,} bytes (setting ingest.max_file); split it")
    elif content.startswith(archives.ZIP) and not packed:
        endings = _ENDINGS - _OPENED

        def inside(inner: str, member: IO[bytes]) -> Iterator[Paper | Rejection]:
            return _whatever_comes(inner, _told(inner, member, max_line, max_file, packed=True))

        yield from archives.read_zip(name, io.BytesIO(content), endings, max_file, inside)
    else:
        yield from _parse(name, content, max_line)


def _is_lines(head: bytes) -> bool:
    """A file begins with an object on a line of its own."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    line, end, rest = start.partition(b"\n")
    if not start.startswith(b"{") or not end or not rest.strip():
        return False
    try:
        return isinstance(json.loads(line, parse_int=float), dict)
    except (ValueError, RecursionError):
        return False


def _lines(head: bytes, stream: IO[bytes], max_line: int) -> Iterator[tuple[int, str | bytes]]:
    """The lines of a stream, numbered; of a line that is too long the beginning."""
    # an io.BufferedReader would seek or copy; the head is at hand
    first = io.BytesIO(head)
    number, most = 0, 4 * max_line + 2
    while True:
        line = first.readline()
        if not line.endswith(b"\n"):
            line += stream.readline(most)
        if not line:
            return
        number += 1
        cut = len(line) > most
        while not line.endswith(b"\n") and cut and (rest := stream.readline(_HEAD)):
            if rest.endswith(b"\n"):
                break
        yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _whatever_comes(name: str, items: Iterator[Paper | Rejection]) -> Iterator[Paper | Rejection]:
    """The items; what a parser raises, which other people wrote, is a rejection, and ends only this input."""
    rejected = 0
    try:
        for item in items:
            rejected += isinstance(item, Rejection)
            if isinstance(item, Paper) or rejected <= _LISTED:
                yield item
    except Exception as exc:
        yield from _refused(name, f"cannot be read: {type(exc).__name__}: {' '.join(str(exc).split())[:200]}")
    if rejected > _LISTED:
        yield from _refused(name, f"holds {rejected - _LISTED:,} more records that were rejected")


def _refused(name: str, reason: str, line: int | None = None) -> Iterator[Rejection]:
    yield Rejection(file=name, line=line, reason=reason)


def _parse(name: str, content: bytes, max_line: int) -> Iterator[Paper | Rejection]:
    if content.startswith(b"%PDF"):
        return _refused(name, _PDF)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _refused(name, archives.OFFICE)
    try:
        text = decoded(content)
    except UnicodeDecodeError as exc:
        if exc.encoding != "utf-8":
            return _refused(name, "begins as UTF-16 and is none; save it again as UTF-8")
        if b"\0" in content[:_HEAD]:
            return _refused(name, _BINARY)
        line = content.count(b"\n", 0, exc.start) + 1
        byte = content[exc.start]
        return _refused(name, f"is not UTF-8 (byte 0x{byte:02x}); save it again as UTF-8", line)
    if "\0" in text[:_HEAD]:
        return _refused(name, _BINARY)
    if not text.strip():
        return _refused(name, "is empty")
    text = _BARE_CR.sub("\n", text)  # the end of a line in files of old Macs; readers count lines by "\n"
    return _reader(name, text)(name, text, max_line)


def _reader(name: str, text: str) -> Callable[[str, str, int], Iterator[Paper | Rejection]]:
    """By how the text begins, and where that does not tell by the ending of the name."""
    start = text.lstrip()[:200].lower()
    ending = Path(name).suffix.lower()
    if start.startswith(("<!doctype html", "<html")) or ending in (".html", ".htm"):
        return saved_html.read
    for module in (ris, medline, endnote, wos):
        if module.START.match(text):
            return module.read
    if start.startswith("<?xml") or ending == ".xml" or _NAMESPACED.match(start):
        return xml_files.read
    if ending in (".jsonl", ".ndjson", ".json") or start.startswith(("{", "[")):
        return json_files.read
    if ending in (".csv", ".tsv") or tables.is_table(text):
        return tables.read
    if ending in (".bib", ".bibtex") or bibtex.START.match(text) or _BIBTEX.search(text[:_HEAD]):
        return bibtex.read
    return {".ris": ris.read, ".nbib": medline.read, ".enw": endnote.read, ".ciw": wos.read}.get(ending, pages.read)
