"""BibTeX: an entry with an abstract is a paper.

bibtexparser takes the file apart and goes on after an entry that is broken. The abstract stays as it stands in the file;
LaTeX in titles and names becomes plain text, as they are shown on their own. Entries of our own exports are read back
to what they were written from.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import export
from assistant.sources import ids, papers
from assistant.text import tex
from assistant.types import Page, Paper, Rejection

if TYPE_CHECKING:
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from bibtexparser.model import Block, Entry

START = re.compile(r"\A(?:[^\S\n]*(?:%[^\n]*)?\n)*[^\S\n]*@[a-z]+\s*[{(]", re.IGNORECASE)
"""How a BibTeX file begins: comments and empty lines, then an entry."""
_OPENING = re.compile(r"@[a-z]{1,40}\s*+[{(]", re.IGNORECASE)
_MOST = 100_000
"""Entries of a file: the parser takes some 50 microseconds and 2 kB for each, whole or broken."""
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTHS = {given: f"{number:02}" for number, name in enumerate(_NAMES, 1) for given in (name, f"{number:02}")}
_ASCII = str.maketrans("\u02c6\u02dc", "^~")
"""LaTeX names of ASCII signs as reference managers write them; the decoder would read them as accents."""
_LATEX = re.compile(r"[\\{}$~]|--|``|''")
_LONGEST = 2000
"""Characters; a longer title or name stays as it is, as decoding takes quadratic time."""
_KEPT = "texttt textsf textmd textup mbox verb".split()
"""Commands whose argument the decoder would leave out."""
_DROPPED = "- cite citet citep footnote".split()
_SIGNS = {"url": "%s", "textless": "<", "textgreater": ">", "textbar": "|", "slash": "/", "S": "§", "P": "¶", "copyright": "©"}
_SPACES = "newline linebreak break par hfill thinspace nobreakspace".split()
_SILENT = frozenset(
    "em bf it sc tt rm sf sl bfseries mdseries itshape slshape scshape upshape rmfamily sffamily ttfamily normalfont tiny "
    "scriptsize footnotesize small normalsize large Large LARGE huge Huge boldmath unboldmath centering noindent relax protect "
    "xspace ignorespaces unskip allowbreak nobreak footnotemark cprime".split()
)
"""Commands that take no argument and print nothing; of any other that the decoder does not know the name is shown."""
_ARGUMENT = re.compile(r"(?:\[[^]]*\])*\{(?!\s*\})")
_LANGUAGE = re.compile(r"\\foreignlanguage\s*\{[^{}]*\}")
_BETWEEN = re.compile(r"\\.|[{}]|(?<=\s)and(?=\s)", re.IGNORECASE | re.DOTALL)
"""The words that separate several names."""
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}(?![0-9])")
_ADDRESS = re.compile(r"\\url\s*\{([^{}]*)\}")
_VENUES = ("journal", "journaltitle", "booktitle", "howpublished", "school", "institution", "organization", "publisher")
"""Fields that say where a paper came out, the most telling first."""


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a BibTeX file, in order; `name` is the file's."""
    from bibtexparser.entrypoint import parse_string  # slow to import

    if sum(1 for _ in islice(_OPENING.finditer(text), _MOST + 1)) > _MOST:
        yield Rejection(file=name, line=None, reason=f"opens more than {_MOST:,} entries; split it")
        return
    for module in ("bibtexparser", "pylatexenc"):
        logging.getLogger(module).setLevel(logging.CRITICAL)  # what they warn of comes as rejections, or is shown as it is
    library = parse_string(text, parse_stack=[])
    strings = {string.key.lower(): string.value for string in library.strings}
    page = Page(name=Path(name).stem)
    at, line, found = -1, 1, False
    for block in library.blocks:
        start = max(at, text.find(block.raw or "", at + 1))
        line += text.count("\n", max(at, 0), start)  # the parser's own count leaves out lines that end in a backslash
        at = start
        try:
            if entry := _entry(block):
                found = True
                yield papers.bounded(_paper(entry, strings, page), max_line)
        except ValueError as exc:
            found = True
            yield Rejection(file=name, line=line, reason=str(exc))
    if not found:
        yield Rejection(file=name, line=None, reason="holds no BibTeX entry")


def _entry(block: Block) -> Entry | None:
    """Check a block of a file.

    Returns:
        The entry of the block; None for comments and the like.

    Raises:
        ValueError: the block is broken.
    """
    from bibtexparser.model import Entry, ParsingFailedBlock

    if isinstance(block, ParsingFailedBlock):
        if block.ignore_error_block is None:
            head = " ".join((block.raw or "").split())[:40]
            reason = " ".join(str(getattr(block.error, "abort_reason", block.error)).split())
            raise ValueError(f"is a broken entry ({head!r}): {reason[:200]}")
        block = block.ignore_error_block  # a key or a field that is there twice
    return block if isinstance(block, Entry) else None


def _paper(entry: Entry, strings: Mapping[str, str], page: Page) -> Paper:
    fields = _fields(entry, strings)
    own = fields.get("note", "").startswith(tex.LISTED)
    plain = _written_by_us if own else _without_latex
    title = " ".join(plain(fields.get("title", "")).split())
    abstract = fields.get("abstract", "").strip()
    if not title or not abstract:
        raise ValueError(f"the entry {entry.key[:80]!r} has no {'abstract' if title else 'title'}")
    paper = papers.make(
        title,
        tex.unescaped(abstract) if own else abstract,
        page,
        "bibtex",
        date=_date(fields),
        url=_url(fields),
        authors=tuple(filter(None, map(plain if own else _first_name_first, _authors(fields.get("author", ""))))),
        ids=_ids(fields),
        venue=_venue(fields, plain),
        key=entry.key,
        kind=entry.entry_type.lower(),
        categories=tuple(fields.get("primaryclass", fields.get("eprintclass", "")).split()),
    )
    bare = paper.model_copy(update={"keys": (), "type": None})
    made_up = export.keys([bare])[paper.id]
    # of an export of ours, key and type may be no user's
    return bare if own and (entry.key == made_up or entry.key.startswith(f"{made_up}-")) else paper


def _ids(fields: Mapping[str, str]) -> tuple[str, ...]:
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "").lower()
    found = [*ids.of("doi", fields.get("doi", ""))]
    if archive in ("", "arxiv"):
        found += ids.of("arxiv", fields.get("eprint", ""))
    elif archive == "pubmed":
        found += ids.of("pubmed", fields.get("eprint", ""))
    found += ids.of("pubmed", fields.get("pmid", ""))
    for name in ("eid", "journal", "note", "howpublished", "number"):  # Zotero, ADS and Google Scholar have the number there
        if arxiv := ids.arxiv_in(fields.get(name, "")):
            found.append(f"arxiv:{arxiv[0]}")
    return tuple(found)


def _venue(fields: Mapping[str, str], plain: Callable[[str], str]) -> str | None:
    for name in _VENUES:
        if (value := fields.get(name)) and not _ADDRESS.search(value) and not value.startswith("http"):
            return " ".join(plain(value).split()) or None
    return None


def _fields(entry: Entry, strings: Mapping[str, str]) -> dict[str, str]:
    """Read the fields of an entry.

    Returns:
        The values by their names in lower case, strings of the file filled in, without braces or quotation marks around a value.

    Raises:
        ValueError: title or abstract are concatenated from several texts, or name an undefined string.
    """
    from bibtexparser.library import Library
    from bibtexparser.middlewares import RemoveEnclosingMiddleware

    for field in entry.fields:
        field.value = strings.get(field.value.lower(), field.value)
    RemoveEnclosingMiddleware().transform_entry(entry, Library())
    fields = {field.key.lower(): field for field in reversed(entry.fields)}  # of one that is there twice the first
    for name in ("title", "abstract"):
        if name in fields and fields[name].enclosing == "no-enclosing":
            raise ValueError(f"the {name} of {entry.key[:80]!r} is not one text in braces or quotes")
    return {name: field.value for name, field in fields.items()}


def _written_by_us(content: str) -> str:
    inner = content[1:-1] if content.startswith("{") and content.endswith("}") else content
    return tex.unescaped(inner.removeprefix("{}"))


def _without_latex(content: str) -> str:
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    if not _LATEX.search(content) or len(content) > _LONGEST:
        return content
    kept = re.sub(r"(?<!\\)%", r"\\%", _LANGUAGE.sub("", content))  # in BibTeX % begins no comment
    decoded = _decoder().transform_entry(Entry("misc", "", [Field("text", kept)]), Library())
    return str(decoded["text"]).translate(_ASCII) if isinstance(decoded, Entry) else content


@cache
def _decoder() -> LatexDecodingMiddleware:
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from pylatexenc import latex2text

    known: Any = latex2text.get_default_latex_context_db()
    spec: Any = latex2text.MacroTextSpec
    signs = _SIGNS | dict.fromkeys(_SPACES, " ")
    ours = [
        *(spec(name, discard=False) for name in _KEPT),
        *(spec(name) for name in _DROPPED),
        *(spec(name, simplify_repl=sign) for name, sign in signs.items()),
    ]
    known.add_context_category("ours", prepend=True, macros=ours)
    known.set_unknown_macro_spec(spec("", simplify_repl=_unknown))
    return LatexDecodingMiddleware(decoder=latex2text.LatexNodes2Text(latex_context=known, math_mode="verbatim"))


def _unknown(node: Any) -> str:
    """The text of a command that the decoder has none for: its name, unless it takes an argument, which is shown after it."""
    name, space, end = node.macroname, node.macro_post_space, node.pos + node.len
    parsed = node.nodeargd and node.nodeargd.argnlist  # a command that is itself an argument has none
    takes = parsed or (not space and _ARGUMENT.match(node.parsing_state.s, end))
    return "" if takes or name in _SILENT or not name.isalpha() else name + space


def _authors(names: str) -> list[str]:
    """The names, taken apart at each "and" outside braces; bibtexparser would lose a command that a name begins with."""
    found, start, depth = list[str](), 0, 0
    for match in _BETWEEN.finditer(names):
        if match.group() in "{}":
            depth = max(0, depth + (1 if match.group() == "{" else -1))
        elif not depth and not match.group().startswith("\\"):
            found.append(names[start : match.start()].strip())
            start = match.end()
    found.append(names[start:].strip())
    return [name for name in found if name and name != "others"]


def _first_name_first(name: str) -> str:
    from bibtexparser.middlewares.names import parse_single_name_into_parts

    return " ".join(_without_latex(parse_single_name_into_parts(name, strict=False).merge_first_name_first).split())


def _date(fields: Mapping[str, str]) -> str | None:
    """The date of an entry, ISO, as far as the entry gives it."""
    if (match := _DATE.match(fields.get("date", ""))) and _is_date(match.group()):
        return match.group()
    year = re.search(r"[0-9]{4}", fields.get("year", ""))
    if year is None:
        return None
    month = fields.get("month", "").strip("{} .").lower()
    number = _MONTHS.get(month[:3]) or _MONTHS.get(month.zfill(2))
    return f"{year.group()}-{number}" if number else year.group()


def _is_date(given: str) -> bool:
    try:
        return bool(date.fromisoformat(f"{given}-01-01"[:10]))
    except ValueError:
        return False


def _url(fields: Mapping[str, str]) -> str | None:
    given = fields.get("url", "")
    inner = _ADDRESS.search(given)
    if url := re.sub(r"\\([%&$#_~])", r"\1", inner.group(1) if inner else given).strip():
        return url
    if doi := ids.doi_in(fields.get("doi", "")):
        return f"https://doi.org/{doi}"
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or ""
    key = papers.arxiv_key(fields.get("eprint", "").strip())
    return f"{papers.ARXIV}{key}" if key and archive.lower() in ("", "arxiv") else None
