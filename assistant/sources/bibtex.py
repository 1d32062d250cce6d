"""BibTeX: an entry with an abstract is a paper.

bibtexparser takes the file apart and goes on after an entry that is broken. The abstract stays as it stands in the file;
LaTeX in titles and names becomes plain text, as they are shown on their own. Entries of our own exports are read back
to what they were written from.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistant import cancel, export
from assistant.errors import SourceError
from assistant.sources import fields as values
from assistant.sources import ids, papers
from assistant.text import scripts, tex
from assistant.types import Page, Paper, Rejection

if TYPE_CHECKING:
    from bibtexparser.library import Library
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from bibtexparser.model import Block, Entry

START = re.compile(r"\A(?:[^\S\n]*(?:%[^\n]*)?\n)*[^\S\n]*@[a-z]+\s*[{(]", re.IGNORECASE)
"""Start of a BibTeX file: comments and empty lines, then an entry."""
_OPENING = re.compile(r"@[a-z]{1,40}\s*+[{(]", re.IGNORECASE)
_MOST = 100_000
"""At most this many entries of a file are read: the parser takes some 50 microseconds and 2 kB for each, whole or broken."""
_CROWDED = f"opens more than {_MOST:,} entries; split it"
_ASCII = str.maketrans("\u02c6\u02dc", "^~")
"""LaTeX names of ASCII signs as reference managers write them; the decoder would read them as accents."""
_LATEX = re.compile(r"[\\{}$~]|--|``|''")
_LONGEST = 2000
"""A title or name with more characters is not decoded, as decoding takes quadratic time."""
_KEPT = "texttt textsf textmd textup mbox verb".split()
"""Commands whose argument the decoder would leave out."""
_DROPPED = "- cite citet citep footnote".split()
_SIGNS = {
    "url": "%s",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "slash": "/",
    "S": "§",
    "P": "¶",
    "copyright": "©",
}
_SPACES = "newline linebreak break par hfill thinspace nobreakspace".split()
_SILENT = frozenset(
    "em bf it sc tt rm sf sl bfseries mdseries itshape slshape scshape upshape rmfamily sffamily ttfamily normalfont tiny "
    "scriptsize footnotesize small normalsize large Large LARGE huge Huge boldmath unboldmath centering noindent relax protect "
    "xspace ignorespaces unskip allowbreak nobreak footnotemark cprime".split()
)
"""Commands without an argument that print nothing. The name of any other unknown command is shown."""
_ARGUMENT = re.compile(r"(?:\[[^]]*\])*\{(?!\s*\})")
_FIGURE = re.compile(r"\{\s?[+-]?\d")
_SPACE = re.compile(r"\s*+")
_WORD = re.compile(r"[^\s#]*+")
_BRACE = re.compile(r"\\.|[{}\"]", re.DOTALL)
_BRACES = 9
"""So many enclosing pairs of braces are taken off a text, each with a look for its end."""
_STRINGS = 10**6
"""The strings of a file may grow by this many characters by those that they name: one that names another twice is twice as long."""
_INHERITED = ("year", "month", "date", "booktitle", "journal", "journaltitle", "publisher", "url")
"""Fields that an entry inherits from the entry of its crossref where it has none of its own."""
_PLACING = re.compile(rf"\\({'|'.join(sorted(scripts.RAISING | scripts.LOWERING))})(?![A-Za-z])\s?(?=\{{?\s?([^{{}}\\]{{0,40}}))")
"""A command that raises or lowers what follows."""
_HAT = re.compile(r"\\\^\s?(?:\{\s?\}|(?=\{?\d))")
_MIXED = re.compile(rf"(?<=\d)\s?(?=\\(?:{'|'.join(scripts.FRACTIONS)})(?![A-Za-z]))")
"""Between a number and the fraction behind it."""
_LANGUAGE = re.compile(r"\\foreignlanguage\s*\{[^{}]*\}")
_BETWEEN = re.compile(r"\\.|[{}]|(?<=\s)and(?=\s)", re.IGNORECASE | re.DOTALL)
"""The words that separate several names."""
_DATE = re.compile(r"[0-9]{4}(?:[-/][0-9]{2}){0,2}(?![0-9])")
_MONTH, _MONTH_NAME = re.compile("[0-9]{1,2}"), re.compile("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
_ADDRESS = re.compile(r"\\url\s*\{([^{}]*)\}")
_VENUES = ("journal", "journaltitle", "booktitle", "howpublished", "school", "institution", "organization", "publisher")
"""Fields with the venue of a paper, the most specific first."""


def read(name: str, text: str, max_line: int) -> Iterator[Paper | Rejection]:
    """The papers of a BibTeX file, in order; `name` is the file's."""
    if _crowded(text):
        yield Rejection(file=name, line=None, reason=_CROWDED)
        return
    library, strings = _parsed(text)
    parents = {entry.key.lower(): entry for entry in library.entries}

    @cache
    def inherited(key: str) -> Mapping[str, str]:  # many entries name the same one
        return _inherited(parents[key], strings, max_line) if key in parents else {}

    page = Page(name=Path(name).stem)
    at, line, found = -1, 1, False
    for block in library.blocks:
        start = max(at, text.find(block.raw or "", at + 1))
        line += text.count("\n", max(at, 0), start)  # the parser's own count leaves out lines that end in a backslash
        at = start
        try:
            if entry := _entry(block):
                found = True
                yield papers.bounded(_paper(entry, strings, inherited, page, max_line), max_line)
        except _TooLong:
            reason = f"grows by more than {max_line:,} characters by the strings that it names (setting ingest.max_line)"
            yield Rejection(file=name, line=line, reason=reason)
        except ValueError as exc:
            found = True
            if isinstance(exc, _NoComma):
                exc = f"{exc} {line + (block.raw or '').count(chr(10), 0, (block.raw or '').find(exc.value) + exc.at)}"
            yield Rejection(file=name, line=line, reason=str(exc))
    if not found:
        yield Rejection(file=name, line=None, reason="holds no BibTeX entry")


def _crowded(text: str) -> bool:
    """Whether a file opens more entries than are read."""
    return sum(1 for _ in islice(_OPENING.finditer(text), _MOST + 1)) > _MOST


def _parsed(text: str) -> tuple[Library, dict[str, str | None]]:
    """The blocks of a file, and its strings, each whole; None for one that is too long."""
    from bibtexparser.entrypoint import parse_string  # slow to import

    for module in ("bibtexparser", "pylatexenc"):
        logging.getLogger(module).setLevel(logging.CRITICAL)  # what they warn of comes as rejections, or is shown as it is
    library = parse_string(text, parse_stack=[])
    strings: dict[str, str | None] = {string.key.lower(): string.value for string in library.strings}
    left = len(text) + _STRINGS
    for key, value in strings.items():
        try:
            strings[key] = whole = _joined("", value or "", strings, left)
            left -= len(whole)
        except _TooLong:
            strings[key] = None
        except ValueError:
            continue  # a comma is missing
    return library, strings


class Listed(NamedTuple):
    """An entry as a list of references needs it; it may have no abstract."""

    key: str
    title: str
    """Without LaTeX; empty where the entry has none."""
    authors: tuple[str, ...]
    """First name first."""
    date: str | None
    """ISO, as far as the entry gives it."""
    ids: tuple[str, ...]
    """As in `Paper.ids`."""


def listed(text: str) -> list[Listed]:
    """Read the entries of a file as a list of references, also those without an abstract; a broken entry is left out.

    Returns:
        The entries in order.

    Raises:
        SourceError: the file opens more entries than are read.
    """
    if _crowded(text):
        raise SourceError(f"the BibTeX {_CROWDED}")
    library, strings = _parsed(text)
    found: list[Listed] = []
    for block in library.blocks:
        cancel.check()
        try:
            if entry := _entry(block):
                fields = _fields(entry, strings, len(text) + _STRINGS)
                title = " ".join(_without_latex(fields.get("title", "")).split())
                people = _authors(fields.get("author", fields.get("editor", "")))
                authors = tuple(name for one in people if (name := _first_name_first(one)))
                found.append(Listed(entry.key, title, authors, _date(fields), ids.gathered(_ids(fields))))
        except ValueError:
            continue
    return found


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


def _inherited(parent: Entry, strings: Mapping[str, str | None], growth: int) -> dict[str, str]:
    """The fields that entries inherit from another one; none of one that cannot be read, which its own rejection says."""
    try:
        fields = _fields(parent, strings, growth)
    except ValueError:
        return {}
    fields |= {"booktitle": fields.get("booktitle", fields.get("title", ""))}
    return {name: fields[name] for name in _INHERITED if fields.get(name)}


def _paper(
    entry: Entry,
    strings: Mapping[str, str | None],
    inherited: Callable[[str], Mapping[str, str]],
    page: Page,
    growth: int,
) -> Paper:
    fields = _fields(entry, strings, growth)
    if above := fields.get("crossref", "").lower():
        fields = {**(inherited(above) if above != entry.key.lower() else {}), **fields}
    own = fields.get("note", "").startswith(tex.LISTED)
    plain = _written_by_us if own else _without_latex
    title = " ".join(plain(fields.get("title", "")).split())
    abstract = _unbraced(fields.get("abstract", "").strip())
    if not title or not abstract:
        raise ValueError(f"the entry {entry.key[:80]!r} has no {'abstract' if title else 'title'}")
    told = " ".join(plain(fields.get("annote", "")).split())
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
        notice=told if own and told else values.withdrawn(title, plain(fields.get("note", "")), told, abstract),
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


class _NoComma(ValueError):
    """A field is followed by another one without a comma between them."""

    def __init__(self, key: str, value: str, at: int) -> None:
        super().__init__(f"the entry {key[:80]!r} cannot be read: a comma seems to be missing after line")
        self.value = value
        self.at = at
        """Where in the value the first field ends."""


def _fields(entry: Entry, strings: Mapping[str, str | None], growth: int) -> dict[str, str]:
    """Read the fields of an entry, which may grow by `growth` characters by the strings that they name.

    Returns:
        The values by their names in lower case, strings of the file filled in, without braces or quotation marks around a value.

    Raises:
        ValueError: title or abstract name a string that is not there, or a comma is missing.
        _TooLong: they grow by more.
    """
    fields: dict[str, str] = {}
    most = len(entry.raw or "") + growth
    for field in entry.fields:
        name = field.key.lower()
        value = _joined(entry.key, str(field.value), strings, most, strict=name in ("title", "abstract"))
        most -= len(value)
        fields.setdefault(name, value)  # of one that is there twice the first
    return fields


class _TooLong(ValueError):
    """A value names strings that name strings, and so on, and grows beyond its bound."""


def _joined(key: str, value: str, strings: Mapping[str, str | None], most: int, strict: bool = False) -> str:
    """Put a value together of texts in braces or quotes, numbers and names of strings, with `#` between them.

    A string that is too long is None in `strings`.

    Returns:
        The texts, joined.

    Raises:
        ValueError: the value is `strict`, and names a string that is not there.
        _NoComma: another field follows inside the value.
        _TooLong: the texts have more than `most` characters, or one is too long.
    """
    parts, at = list[str](), 0
    while at < len(value):
        start = _SPACE.match(value, at).end()  # pyright: ignore[reportOptionalMemberAccess]
        end = _part_end(value, start)
        part = value[start:end]
        if part[:1] in ("{", '"'):
            parts.append(part[1:-1])
        elif strict and part.lower() not in strings:
            raise ValueError(f"the entry {key[:80]!r} names the string {part[:40]!r}, which the file does not define")
        else:
            known = strings.get(part.lower(), part)
            if known is None:
                raise _TooLong
            parts.append(known)
        most -= len(parts[-1])
        if most < 0:
            raise _TooLong
        at = _SPACE.match(value, end).end()  # pyright: ignore[reportOptionalMemberAccess]
        if at < len(value) and value[at] != "#":
            raise _NoComma(key, value, end)
        at += 1
    return "".join(parts)


def _part_end(value: str, start: int) -> int:
    """Where the text, number or name that begins at `start` ends."""
    opening = value[start : start + 1]
    if opening not in ("{", '"') or not opening:
        return _WORD.match(value, start).end()  # pyright: ignore[reportOptionalMemberAccess]
    depth = 0
    for match in _BRACE.finditer(value, start + (opening == '"')):
        sign = match.group()
        if sign == '"' and opening == '"' and not depth:
            return match.end()
        depth += (sign == "{") - (sign == "}")
        if opening == "{" and not depth and sign == "}":
            return match.end()
    return len(value)


def _unbraced(content: str) -> str:
    """A text without an enclosing pair of braces, of which reference managers write a second one."""
    for _ in range(_BRACES):
        if not (content.startswith("{") and content.endswith("}") and _part_end(content, 0) == len(content)):
            break
        content = content[1:-1].strip()
    return content


def _written_by_us(content: str) -> str:
    inner = content[1:-1] if content.startswith("{") and content.endswith("}") else content
    return tex.unescaped(inner.removeprefix("{}"))


def _without_latex(content: str) -> str:
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    if not _LATEX.search(content) or len(content) > _LONGEST:
        return content
    kept = re.sub(r"(?<!\\)%", r"\\%", _LANGUAGE.sub("", content))  # in BibTeX % begins no comment
    kept = _MIXED.sub(" ", _HAT.sub(r"\\textasciicircum{}", _PLACING.sub(_placed, kept)))
    decoded = _decoder().transform_entry(Entry("misc", "", [Field("text", kept)]), Library())
    return str(decoded["text"]).translate(_ASCII) if isinstance(decoded, Entry) else content


def _placed(match: re.Match[str]) -> str:
    """The sign for a command that raises or lowers, as the decoder leaves commands like these out: 10^6, not 106."""
    before = match.string[: match.start()].rstrip("{")[-8:]
    sign = scripts.raised(match[2], before) if match[1] in scripts.RAISING else scripts.lowered(match[2], before)
    return {"^": r"\textasciicircum{}", "_": r"\_"}.get(sign, "")


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
    if takes and node.parsing_state.s[node.pos - 1 : node.pos].isdecimal() and _FIGURE.match(node.parsing_state.s, end):
        return f"\\{name} "  # 10\what{6} is not 106
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
    given = fields.get("date", "")
    match = _DATE.match(given)
    told = values.day(match.group()) if match else None
    if match and told and (len(told) == len(match.group()) or "year" not in fields):
        return told
    year = re.search(r"[0-9]{4}", fields.get("year", ""))
    if year is None:
        return None
    month = fields.get("month", "").replace("~", " ").strip("{} .").lower()
    number, name = _MONTH.search(month), _MONTH_NAME.search(month)
    if name is None:
        return values.day(f"{year.group()}-{number.group()}") if number else year.group()
    day = number.group() if number else fields.get("day", "").strip("{} ")
    return values.day(f"{year.group()} {name.group()} {day}".strip())


def _url(fields: Mapping[str, str]) -> str | None:
    for given in (fields.get("url", ""), fields.get("howpublished", "")):
        inner = _ADDRESS.search(given)
        url = re.sub(r"\\([%&$#_~])", r"\1", inner.group(1) if inner else given).strip()
        if url and (given == fields.get("url") or inner or url.startswith("http")):
            return url
    if address := ids.doi_address(fields.get("doi", "")):
        return address
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or ""
    key = papers.arxiv_key(fields.get("eprint", "").strip())
    if key and archive.lower() in ("", "arxiv"):
        return f"{papers.ARXIV}{key}"
    found = next((one for one in _ids(fields) if one.startswith("arxiv:")), None)
    return f"{papers.ARXIV}{found.removeprefix('arxiv:')}" if found else fields.get("adsurl")
