"""Ids of papers in what sources write: DOIs, and the numbers of arXiv, PubMed, ACL, OpenReview, OpenAlex, Semantic Scholar."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.types import IdKind

_DOI = re.compile(r"(?<![0-9])10\.[0-9]{1,9}(?:\.[0-9]{1,9})?/[^\s\"<>{}\\]{1,300}")
_ARXIV = re.compile(
    r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}|[a-z]{2,12}(?:-[a-z]{2,8})*(?:\.[a-z]{2})?/[0-9]{7})(?:v([1-9][0-9]?))?", re.IGNORECASE
)
_CLASS = re.compile(r"\.[a-z]{2}/", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|(?:huggingface\.co|hf\.co)/papers/|alphaxiv\.org/abs/|(?<![a-z0-9])arxiv\s{0,3}[:.]\s{0,3})"
    rf"({_ARXIV.pattern})(?![0-9.]*[0-9])",
    re.IGNORECASE,
)
"""An id behind what says that it is one of arXiv."""
_ACL_DOI = re.compile(r"10\.18653/v1/(.+)")
_PLACES: tuple[tuple[IdKind, re.Pattern[str]], ...] = (
    ("pubmed", re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/([0-9]{1,8})(?![0-9])")),
    ("acl", re.compile(r"aclanthology\.org/([A-Za-z0-9][A-Za-z0-9._-]{2,60}?)(?:\.pdf|\.bib)?/?(?:[?#].*)?$")),
    ("openreview", re.compile(r"openreview\.net/(?:forum|pdf)\?id=([A-Za-z0-9_-]{3,40})")),
    ("openalex", re.compile(r"openalex\.org/(?:works/)?([Ww][0-9]{1,12})(?![0-9])")),
    ("s2", re.compile(r"semanticscholar\.org/paper/(?:[^/\s]{1,300}/)?([0-9a-f]{40})(?![0-9a-f])")),
)


def arxiv_id(given: str) -> tuple[str, int | None] | None:
    """Number and version, where the whole text is an id of arXiv: "2310.12345v2"; None for any other text."""
    match = _ARXIV.fullmatch(given.strip())
    return _arxiv(match.group(1), match.group(2)) if match else None


def arxiv_in(text: str) -> tuple[str, int | None] | None:
    """Number and version of the first id of arXiv that a text names as one: an address, "arXiv:2310.12345 [cs]"."""
    match = _NAMED.search(text)
    return _arxiv(match.group(2), match.group(3)) if match else None


def _arxiv(number: str, version: str | None) -> tuple[str, int | None]:
    # arXiv itself leaves out the subject class: math.GT/0309136 is math/0309136
    return _CLASS.sub("/", number.lower()), int(version) if version else None


def doi_in(text: str) -> str | None:
    """The first DOI of a text, in lower case, as DOIs differ by no case."""
    match = _DOI.search(text.replace("\\_", "_"))
    return match.group().rstrip(".,;:'").lower() if match else None


def doi_address(value: str) -> str | None:
    """The address of the DOI in a field for DOIs: "10.1000/182", "doi:10.1000/182", "https://doi.org/10.1000/182"."""
    doi = doi_in(value)
    return f"https://doi.org/{doi}" if doi else None


def of(kind: IdKind, value: str) -> tuple[str, ...]:
    """A field that a source calls an id of a kind, as ids: a DOI of arXiv is the id of arXiv; none where it is none."""
    value = value.strip()
    if kind == "doi":
        return _of_doi(value)
    if kind == "arxiv":
        found = arxiv_id(value) or arxiv_in(value)
        return (f"arxiv:{found[0]}",) if found else ()
    shown = value.rpartition("/")[2] if kind in ("openalex", "pubmed") else value
    shown = shown.removeprefix("PMID:").strip() if kind == "pubmed" else shown.upper() if kind == "openalex" else shown
    shapes = {"pubmed": r"[0-9]{1,8}", "openalex": r"W[0-9]{1,12}", "s2": r"[0-9a-zA-Z]{1,64}"}
    return (f"{kind}:{shown}",) if re.fullmatch(shapes.get(kind, r"[A-Za-z0-9._-]{3,60}"), shown) else ()


def _of_doi(value: str) -> tuple[str, ...]:
    doi = doi_in(value)
    if doi is None:
        return ()
    if doi.startswith("10.48550/arxiv."):
        return of("arxiv", doi.removeprefix("10.48550/arxiv."))
    acl = _ACL_DOI.fullmatch(doi)
    return (f"doi:{doi}", *(of("acl", acl.group(1)) if acl else ()))


def of_address(url: str) -> tuple[str, ...]:
    """The ids that an address of a paper tells."""
    found = list[str]()
    if "doi.org/" in url.lower():
        found += _of_doi(url)
    if arxiv := arxiv_in(url):
        found.append(f"arxiv:{arxiv[0]}")
    for kind, place in _PLACES:
        if match := place.search(url):
            found += of(kind, match.group(1))
    return tuple(dict.fromkeys(found))


def gathered(*groups: Iterable[str]) -> tuple[str, ...]:
    """Ids of several places, each once, sorted."""
    return tuple(sorted({one for group in groups for one in group}))
