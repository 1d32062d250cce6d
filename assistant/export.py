r"""An answer as Markdown, LaTeX or BibTeX, papers as BibTeX, RIS or CSV. What papers and models wrote is escaped: none
of it is markup there.

White space becomes one blank, as all three take it. What would turn the direction of reading, or a terminal would obey,
becomes a replacement character; `Answer.sources` keeps every quote to the byte.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from assistant import text
from assistant.text import people, tex

if TYPE_CHECKING:  # `Answer.to_markdown` and the like call this module, which reads values and makes none
    from assistant.types import Answer, Claim, Paper

_MARKUP = re.compile(
    r"[\\`*_\[\]{}<>&#|~@$^]"
    r"|\A[-+=:]"  # lists, underlines and definitions begin a line
    r"|\.(?=[^\W\d])|(?<=www)\.|:(?=//)|(?<=mailto):|(?<=xmpp):",  # of these many renderers make links unasked
    re.IGNORECASE,
)
_LONGEST = 24
"""A word in a key is cut to this many letters."""
_KEY = re.compile(r"[^\s,{}()=\"#%~\\']{1,200}")
"""A key that a BibTeX file and an argument of `\\cite` can hold."""
_TYPE = re.compile("[a-z]{1,40}")
_NUMBERED = re.compile(r"\A(\d+)([.)])")


def markdown(answer: Answer) -> str:
    """The answer with its marks, then its sources with their quotes; of a refusal, what is near."""
    blocks = [f"# {escaped(answer.question)}"]
    if answer.read_as:
        blocks.append(f"*Read as: {escaped(answer.read_as)}*")
    numbers = {source.number for source in answer.sources}  # a claim can also cite what was found not to hold it
    if answer.abstained:
        blocks.append(f"**Not answered.** {escaped(answer.reason or answer.text)}")
        blocks += [f"*Not covered: {escaped(part)}*" for part in answer.uncovered]
    if answer.caution:
        blocks.append(f"*{escaped(answer.caution)}*")
    for paragraph in _paragraphs(answer):
        blocks.append(" ".join(escaped(claim.text) + _md_cite(claim, numbers) + _md_mark(claim) for claim in paragraph))
    blocks += [f"*{escaped(note)}*" for note in _notes(answer)]
    if answer.sources:
        blocks.append("## Sources")
        for number, paper, quotes in _cited(answer):
            blocks.append(_md_entry(number, paper, quotes))
    elif answer.nearest:
        blocks.append("## Nearest in the library")
        for number, passage in enumerate(answer.nearest, 1):
            blocks.append(_md_entry(number, passage.paper, [passage.shown] if passage.shown else []))
    if answer.rewordings:
        blocks.append("## Questions that it can answer")
        blocks.append("\n".join(f"- {escaped(question)}" for question in answer.rewordings))
    blocks.append(f"Confidence {answer.confidence:.2f}{sort_of_match(answer)}; settings and library {escaped(answer.fingerprint)}.")
    return "\n\n".join(blocks) + "\n"


def sort_of_match(answer: Answer) -> str:
    """The words behind the figure of the confidence, which of a refusal is that of the library, not of an answer."""
    return {"strong": "", "weak": " (weak match)", "none": " that the library holds an answer"}[answer.match]


def latex(answer: Answer) -> str:
    r"""The text with `\cite` and footnotes for the marks, to be put into a document that loads the file of `bibtex`."""
    lines = ["% UTF-8: XeLaTeX and LuaLaTeX read all of it, pdfLaTeX what its fonts hold. The keys stand in the .bib file."]
    if answer.abstained:
        lines.append(rf"\textit{{Not answered:}} {tex_words(answer.reason or answer.text)}")
        lines += [rf"\textit{{Not covered:}} {tex_words(part)}" for part in answer.uncovered]
    if answer.caution:
        lines.append(rf"\textit{{{tex_words(answer.caution)}}}")
    names = keys(source.paper for source in answer.sources)
    key_of = {source.number: names[source.paper.id] for source in answer.sources}
    for paragraph in _paragraphs(answer):
        lines.append(" ".join(tex_words(claim.text) + _cite(claim, key_of) + _tex_mark(claim) for claim in paragraph))
    lines += [rf"\textit{{{tex_words(note)}}}" for note in _notes(answer)]
    if not answer.sources:
        near = [(passage.paper.shown, passage.shown) for passage in answer.nearest]
        lines += _tex_list(
            "Nearest in the library:",
            [rf"\textit{{{tex_words(title)}}}{f': {tex_words(best)}' if best else ''}" for title, best in near],
        )
    lines += _tex_list("Questions that it can answer:", [tex_words(question) for question in answer.rewordings])
    return "\n\n".join(lines) + "\n"


def bibtex(answer: Answer) -> str:
    """Write a BibTeX entry for each paper that the answer cites, under the keys that `latex` uses.

    The entry holds the abstract, so that `sources.bibtex` reads the same paper from it.

    Returns:
        The entries; empty for a refusal.
    """
    return entries(source.paper for source in answer.sources)


def entries(papers: Iterable[Paper]) -> str:
    """A BibTeX entry for each of `papers`, once, under its key of `keys`."""
    own = {paper.id: paper for paper in papers}
    names = keys(own.values())
    return "\n".join(_entry(names[paper.id], paper) for paper in own.values())


def ris(papers: Iterable[Paper]) -> str:
    """Write an entry of RIS for each paper, which Zotero, EndNote and `sources.ris` read."""
    return "\n".join(map(_record, papers))


def _record(paper: Paper) -> str:
    kind = "JOUR" if paper.venue else "GEN"
    fields = [
        ("TI", paper.title),
        *(("AU", _ris_author(author)) for author in paper.authors),
        ("PY", _date(paper)[:4]),
        ("DA", _date(paper).replace("-", "/")),
        ("JO", paper.venue or ""),
        ("DO", paper.doi or ""),
        ("AN", next(iter(paper.all_of("pubmed")), "")),
        ("UR", _leads(paper)),
        ("N1", paper.notice or ""),
        ("AB", paper.abstract),
    ]
    told = [(name, one_line(value)) for name, value in fields]
    lines = [f"{name}  - {value}\n" for name, value in told if value]
    return "".join([f"TY  - {_RIS.get(paper.type or '', kind)}\n", *lines, "ER  - \n"])


def _ris_author(name: str) -> str:
    turned = people.turned(name)
    return ", ".join(filter(None, (turned.family, turned.given, turned.addition))) if turned else name


_RIS = {"article": "JOUR", "inproceedings": "CONF", "book": "BOOK", "incollection": "CHAP", "techreport": "RPRT"} | dict.fromkeys(
    ("phdthesis", "mastersthesis", "thesis"), "THES"
)
"""Types of BibTeX -> types of RIS."""


def spreadsheet(papers: Iterable[Paper]) -> str:
    """Write a CSV with a row for each paper, which `sources.tables` reads.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.

    Returns:
        The rows, with a header.
    """
    held = io.StringIO()
    rows = csv.writer(held, lineterminator="\n")
    rows.writerow(["title", "authors", "date", "venue", "doi", "arxiv", "url", "notice", "abstract"])
    for paper in papers:
        cells = (
            paper.title,
            "; ".join(paper.authors),
            _date(paper),
            paper.venue,
            paper.doi,
            paper.arxiv,
            _leads(paper),
            paper.notice,
            paper.abstract,
        )
        rows.writerow(plain_cell(cell or "") for cell in cells)
    return held.getvalue()


_COMPUTED = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, full-width signs among it."""


def plain_cell(content: str) -> str:
    """A cell on one line that a spreadsheet takes for text: one that would be computed has an apostrophe in front."""
    line = one_line(content)
    return f"'{line}" if line.startswith(_COMPUTED) else line


def _leads(paper: Paper) -> str:
    """The paper's address, or that of its id at arXiv."""
    return url(paper) or (f"https://arxiv.org/abs/{paper.arxiv}" if paper.arxiv else "")


def keys(papers: Iterable[Paper]) -> dict[str, str]:
    """Make BibTeX keys: the user's own, else family name (or title word), year, title word, in ASCII.

    A key depends on its paper alone; keys shared by several of the papers each end in a hash of the paper's id.

    Returns:
        The key of each paper, by its id.
    """
    plain = {paper.id: next(filter(_is_key, paper.keys), None) or _key(paper) for paper in papers}
    shared = Counter(plain.values())
    return {id: key if shared[key] == 1 else f"{key}-{hashlib.sha256(id.encode()).hexdigest()[:8]}" for id, key in plain.items()}


def _is_key(key: str) -> bool:
    return bool(_KEY.fullmatch(key)) and key.isprintable()  # a terminal may obey what is not


def _key(paper: Paper) -> str:
    family = people.person(paper.authors[0]).family if paper.authors else ""
    found = filter(None, map(_ascii, [family, *text.content_words(paper.title)]))
    words = list(islice(found, 2)) or ["paper"]
    return "".join([words[0][:_LONGEST], _date(paper)[:4], *(word[:_LONGEST] for word in words[1:2])])


def _ascii(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.fold(word))


def _date(paper: Paper) -> str:
    """The paper's date, where it is ISO or a year."""
    return paper.date if paper.date and re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", paper.date) else ""


def url(paper: Paper) -> str | None:
    """The paper's address where it leads to the web, with nothing in it that could end the place it is put in."""
    try:
        parts = urlsplit(paper.url or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(parts.geturl().encode("utf-8", "replace"), safe="/:?#@!$&+,;=%-._~[]'")


def one_line(content: str) -> str:
    """`content` on one line, with nothing in it that controls how the rest is shown."""
    return text.harmless(" ".join(content.split()))


def _paragraphs(answer: Answer) -> Iterator[list[Claim]]:
    """The claims that stand in the text, by its lines; none of a refusal."""
    paragraph: list[Claim] = []
    for claim in answer.claims:
        if claim.struck or answer.abstained:
            continue
        if paragraph and "\n" in claim.lead:
            yield paragraph
            paragraph = []
        paragraph.append(claim)
    if paragraph:
        yield paragraph


def _cited(answer: Answer) -> Iterator[tuple[int, Paper, list[str]]]:
    """Each number with its paper and what is quoted of it."""
    for number, group in groupby(sorted(answer.sources, key=lambda source: source.number), lambda source: source.number):
        sources = list(group)
        yield number, sources[0].paper, [source.shown for source in sources]


def _notes(answer: Answer) -> Iterator[str]:
    """The notes beside the text, for readers."""
    for claim in answer.claims:
        if claim.struck or answer.abstained:
            yield f"Taken out, {_verdict(claim) or 'not supported'}: {claim.text}"
    for disagreement in answer.disagreements:
        first, second = (answer.sources[place].paper.shown for place in disagreement.sources)
        yield f'"{first}" and "{second}" disagree: {disagreement.reason}'
    yield from answer.warnings
    if answer.incomplete:
        yield f"The text stops early: {answer.incomplete}"


def _verdict(claim: Claim) -> str | None:
    """The note on a claim for readers; None where the claim is supported or needs no source."""
    if claim.verdict is None or claim.verdict.verdict == "supported":
        return "; ".join(claim.remarks) or None
    label = claim.verdict.verdict
    return "; ".join(["partly supported" if label == "partly" else label, *claim.verdict.reasons, *claim.remarks])


def _pages(paper: Paper) -> str:
    return ", ".join(page.name + (f" ({page.date})" if page.date else "") for page in paper.pages)


def escaped(content: str) -> str:
    """`content` as words of Markdown, with no markup, HTML, link or image in them."""
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", one_line(content)))


def _md_cite(claim: Claim, numbers: Container[int]) -> str:
    return "".join(f" [{number}]" for number in claim.sources if number in numbers)


def _md_mark(claim: Claim) -> str:
    verdict = _verdict(claim)
    return f" *({escaped(verdict)})*" if verdict else ""


def _md_entry(number: int, paper: Paper, quotes: Iterable[str]) -> str:
    title, link, pages = escaped(paper.shown), url(paper), _pages(paper)
    facts = [
        f"[{title}]({link.replace('&', '&amp;')})" if link else title,
        *([_date(paper)] if _date(paper) else []),
        *([f"page {escaped(pages)}"] if pages else []),
    ]
    indent = " " * (len(str(number)) + 2)
    return f"{number}. {', '.join(facts)}\n" + "".join(f"\n{indent}> {escaped(quote)}\n" for quote in quotes).rstrip("\n")


def tex_words(content: str) -> str:
    """`content` as words of LaTeX or BibTeX, with no command in them."""
    return tex.escaped(one_line(content))


def _cite(claim: Claim, key_of: dict[int, str]) -> str:
    cited = dict.fromkeys(key_of[number] for number in claim.sources if number in key_of)
    return rf" \cite{{{','.join(cited)}}}" if cited else ""


def _tex_mark(claim: Claim) -> str:
    verdict = _verdict(claim)
    return rf"\footnote{{\textit{{{tex_words(verdict)}}}}}" if verdict else ""


def _tex_list(head: str, items: list[str]) -> list[str]:
    listed = "\n".join(rf"\item{{}} {item}" for item in items)  # the braces: an item may begin with a bracket
    return [f"{head}\n\\begin{{itemize}}\n{listed}\n\\end{{itemize}}"] if items else []


def _entry(key: str, paper: Paper) -> str:
    title, date = tex_words(paper.title), _date(paper)
    kind = paper.type if paper.type and _TYPE.fullmatch(paper.type) else "article" if paper.venue and paper.doi else "misc"
    warned = [tex_words(paper.warning)] if paper.warning else []  # bibliographies print the note
    fields = {
        # the inner braces keep the case of names; one that opens with a command would be taken for an accented letter
        "title": f"{{{'{}' if title.startswith(chr(92)) else ''}{title}}}",
        "author": " and ".join(_author(author) for author in paper.authors if author.strip()),
        "year": date[:4],
        "date": date,
        **({_VENUES.get(kind, "journal"): tex_words(paper.venue)} if paper.venue else {}),
        "doi": tex.escaped(paper.doi) if paper.doi else "",
        **({"eprint": paper.arxiv, "archiveprefix": "arXiv"} if paper.arxiv else {}),
        **({"primaryclass": tex_words(paper.categories[0])} if paper.arxiv and paper.categories else {}),
        "pmid": next(iter(paper.all_of("pubmed")), ""),
        "url": url(paper) or "",  # not escaped: \url takes all but braces as they are
        "note": "; ".join(([f"{tex.LISTED}{tex_words(_pages(paper))}"] if paper.pages else []) + warned),
        "annote": tex_words(paper.notice or ""),
        "abstract": tex_words(paper.abstract),
    }
    lines = "".join(f"  {name} = {{{text.harmless(value)}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{lines}}}\n"


_VENUES = (
    {"inproceedings": "booktitle", "incollection": "booktitle", "inbook": "booktitle", "misc": "howpublished"}
    | {"phdthesis": "school", "mastersthesis": "school", "thesis": "school", "techreport": "institution", "report": "institution"}
    | dict.fromkeys(("book", "proceedings"), "publisher")
    | {"online": "organization"}
)
"""Type of an entry -> the field that says where it came out; "journal" otherwise."""


def _author(name: str) -> str:
    """A name as BibTeX takes it; one that it would take for several stays whole in braces."""
    if turned := people.turned(name):
        name = ", ".join(filter(None, (turned.family, turned.addition, turned.given)))
    several = (name.count(",") > 1 and not turned) or re.search(r"\b(and|others)\b", name, re.IGNORECASE)
    return f"{{{tex_words(name)}}}" if several else tex_words(name)
