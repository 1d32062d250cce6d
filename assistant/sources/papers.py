"""Raw fields to a checked paper, for all readers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from assistant import text
from assistant.sources import ids as numbers
from assistant.text.view import View
from assistant.types import Page, Paper, Rejection, SourceKind

ARXIV = "https://arxiv.org/abs/"
LONGEST_WORD, LONGEST_TITLE, LONGEST_ABSTRACT = 200, 1000, 20_000
"""Longer words, titles and abstracts are cut to this many characters. In 6,400 abstracts the longest word has 129, the longest
title 213, the longest abstract 10,000."""
_LONG_WORD = re.compile(rf"(?<!\w)(\w{{{LONGEST_WORD}}})\w+")
_WORD = re.compile(r"\w")
_LONGEST_NONE = 120
"""So many characters are enough to say that there is no abstract."""
_WORDS = re.compile(r"[^\W\d_]+")
_NOT_APPLICABLE = re.compile(r"\bn\.?[/.] ?a\b")
_DENYING = frozenset(
    "no not none null nil na nan nothing without unavailable inaccessible missing absent empty blank unknown undefined unspecified "
    "tba tbd tbc pending".split()
)
_BESIDE = frozenset(
    "abstract abstracts summary summaries text available provided given found supplied recorded present listed included indexed "
    "applicable yet is are was were has have been be there for this the an a of in by to it does do exist contain document article "
    "paper publication record entry item work title journal publisher author authors source database language english currently "
    "here can could cannot value data at time moment on with any".split()
)
"""Words that say that there is no abstract, and those that may stand beside them."""
_HEADINGS = frozenset(
    "abstract abstracts summary background introduction overview objective objectives aim aims purpose method methods results "
    "conclusion conclusions discussion keywords extended executive graphical structured plain language lay and "
    "zusammenfassung kurzfassung résumé resume resumen resumo riassunto sommario samenvatting streszczenie sammanfattning özet "
    "аннотация резюме реферат 摘要 概要 要旨 要約 抄録 초록 요약".split()
)
"""Headings of abstracts, which are none without a text below."""
_SLUG = re.compile("[a-z0-9]+")
_ARXIV_KEY = re.compile(r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/[0-9]{7})(?:v[1-9][0-9]?)?")


def paper_id(title: str) -> str:
    """A readable, stable id: the same for two spellings of a title, different for different titles."""
    key = text.title_key(title)
    slug = "-".join(_SLUG.findall(key))[:48].rstrip("-")
    # a title without a Latin letter has no slug, one without any letter no key
    return f"{slug or 'paper'}-{hashlib.sha256((key or title).encode()).hexdigest()[:8]}"


def arxiv_key(given: str) -> str | None:
    """The id of arXiv that a text is, without its version; None for any other text."""
    match = _ARXIV_KEY.fullmatch(given)
    return match.group(1) if match else None


def unwrapped(content: str) -> str:
    """A text on one line, which arXiv and the hub break into lines as arXiv's listing does."""
    return " ".join(content.split("\n")).strip()


def make(
    title: str,
    abstract: str,
    page: Page,
    source: SourceKind,
    date: str | None = None,
    url: str | None = None,
    authors: tuple[str, ...] = (),
    ids: Iterable[str] = (),
    version: int | None = None,
    venue: str | None = None,
    key: str | None = None,
    kind: str | None = None,
    categories: tuple[str, ...] = (),
    notice: str | None = None,
) -> Paper:
    """Check the fields of a paper; texts stay as they are, but for halves of surrogate pairs, which JSON may spell.

    In a text a sign stands in place of each half. A date, address, key or id with one is left out, and a name without a letter.

    Returns:
        The paper, with its id.

    Args:
        title: of the paper.
        abstract: of the paper.
        page: where the record stands.
        source: the kind of source.
        date: ISO, as far as it is known.
        url: of the paper; ids that it tells are the paper's.
        authors: their names, first name first.
        ids: as in `Paper.ids`.
        version: of arXiv; None for the one that the address tells, if any.
        venue: journal, conference or archive.
        key: of a BibTeX entry.
        kind: of a BibTeX entry: "article".
        categories: of arXiv.
        notice: the source's word that the paper was withdrawn.

    Raises:
        ValueError: title or abstract hold halves of surrogate pairs alone, or the abstract says that there is none ("N/A").
    """
    title, abstract = _text("title", title), _text("abstract", abstract)
    if _stands_for_none(abstract):
        raise ValueError(f"the record {title[:80]!r} has no abstract ({abstract.strip()[:80]!r})")
    # the name of a file may hold what breaks a line or a terminal obeys
    page = Page(name=" ".join(text.shown(text.paired(page.name)).split()), date=_whole(page.date))
    url, venue, notice = _whole(url), text.paired(venue or ""), text.paired(notice or "")
    authors = tuple(name for each in authors if (name := text.paired(each)) == each or _WORD.search(name))
    told = numbers.arxiv_in(url) if url else None
    return Paper(
        id=paper_id(title),
        title=title,
        abstract=abstract,
        pages=(page,),
        date=_whole(date),
        url=url,
        authors=authors,
        truncated=abstract.rstrip().endswith(("...", "…")),
        source=source,
        ids=numbers.gathered(filter(_whole, ids), numbers.of_address(url) if url else ()),
        version=version or (told[1] if told else None),
        venue=venue if _WORD.search(venue) else None,
        keys=(key,) if _whole(key) and key else (),
        type=_whole(kind) or None,
        categories=tuple(filter(_whole, categories)),
        notice=notice or None,
    )


def _stands_for_none(abstract: str) -> bool:
    """Whether an abstract holds no letter, or no word but headings or those that say that there is none."""
    if len(abstract) > _LONGEST_NONE:
        return False
    words = _WORDS.findall(_NOT_APPLICABLE.sub("na", View(abstract).text.lower()))
    return (
        not words
        or _HEADINGS.issuperset(words)
        or (not _DENYING.isdisjoint(words) and all(word in _DENYING or word in _BESIDE for word in words))
    )


def _text(field: str, value: str) -> str:
    paired = text.paired(value)
    if paired != value and not _WORD.search(paired):
        raise ValueError(f"{field!r} holds nothing but halves of surrogate pairs")
    return paired


def _whole(value: str | None) -> str | None:
    """The value, where it holds no half of a surrogate pair."""
    return value if value is None or text.paired(value) == value else None


def bounded(paper: Paper, max_line: int) -> Paper:
    """Check the length of an abstract.

    Returns:
        The paper, unchanged.

    Raises:
        ValueError: the abstract has more than `max_line` characters.
    """
    if len(paper.abstract) > max_line:
        raise ValueError(f"the abstract of {paper.title[:60]!r} has {len(paper.abstract):,} characters (setting ingest.max_line)")
    return paper


def all_bounded(name: str, items: Iterable[Paper | Rejection], max_line: int) -> Iterator[Paper | Rejection]:
    """The items, a rejection in place of each paper that is too long."""
    for item in items:
        try:
            yield bounded(item, max_line) if isinstance(item, Paper) else item
        except ValueError as exc:
            yield Rejection(file=name, line=None, reason=str(exc))


def fitted(paper: Paper) -> tuple[Paper, str | None]:
    """Cut the fields that are longer than the bounds of this module; the id stays that of the whole title.

    An abstract ends with its last whole sentence. Code that works on words and sentences may rely on the bounds.

    Returns:
        The paper, and a description of the fields that were cut; None where none was.
    """
    cut: list[str] = []
    title, words = _LONG_WORD.subn(r"\1", paper.title)
    if len(title) > LONGEST_TITLE:
        cut.append(f"the title from {len(title):,} characters to {LONGEST_TITLE:,}")
        title = title[:LONGEST_TITLE].rstrip()
    abstract, more = _LONG_WORD.subn(r"\1", paper.abstract)
    if words + more:
        cut.insert(0, f"{words + more:,} {'words' if words + more > 1 else 'word'} to {LONGEST_WORD} characters")
    if len(abstract) > LONGEST_ABSTRACT:
        spans = text.sentences(abstract[:LONGEST_ABSTRACT])
        cut.append(f"the abstract from {len(abstract):,} characters to {LONGEST_ABSTRACT:,} or its last sentence before")
        abstract = abstract[: spans[-2][1] if len(spans) > 1 else LONGEST_ABSTRACT]
    if not cut:
        return paper, None
    return paper.model_copy(update={"title": title, "abstract": abstract}), f"{title[:60]!r}: cut {' and '.join(cut)}"
