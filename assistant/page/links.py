"""Addresses of a paper on the sites that know its ids."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from assistant import export
from assistant.types import IdKind, Paper

_SITES: tuple[tuple[IdKind, str, str], ...] = (
    ("arxiv", "arXiv", "https://arxiv.org/abs/"),
    ("arxiv", "PDF", "https://arxiv.org/pdf/"),
    ("doi", "DOI", "https://doi.org/"),
    ("acl", "ACL Anthology", "https://aclanthology.org/"),
    ("openreview", "OpenReview", "https://openreview.net/forum?id="),
    ("pubmed", "PubMed", "https://pubmed.ncbi.nlm.nih.gov/"),
)
"""Kind of id, name of the link, address in front of the id."""
_SCHOLAR = "https://www.semanticscholar.org/"
_LONGEST = 300
"""Of a longer title this many characters are searched for."""


class Link(NamedTuple):
    """An address with its name."""

    name: str
    address: str


def of(paper: Paper) -> list[Link]:
    """The addresses of a paper: of each site that knows an id of it, and of Semantic Scholar by id or by a search."""
    found = [
        Link(name, before + _quoted(id, "/" if kind in ("arxiv", "doi") else ""))
        for kind, name, before in _SITES
        for id in paper.all_of(kind)[:1]
    ]
    address = export.url(paper)
    if address and not any(address == link.address for link in found):
        found.insert(0, Link("Source", address))
    return [*found, _scholar(paper)]


def _scholar(paper: Paper) -> Link:
    if s2 := paper.all_of("s2"):
        return Link("Semantic Scholar", f"{_SCHOLAR}paper/{_quoted(s2[0])}")
    if paper.arxiv:
        return Link("Semantic Scholar", f"{_SCHOLAR}arxiv/{_quoted(paper.arxiv, '/')}")
    return Link("Find on Semantic Scholar", f"{_SCHOLAR}search?q={_quoted(paper.doi or paper.shown[:_LONGEST])}")


def _quoted(text: str, safe: str = "") -> str:
    return quote(text.encode("utf-8", "replace"), safe=safe)
