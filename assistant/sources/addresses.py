"""What people type for a paper of a site, in one form: "arxiv:2310.12345", "hf:2024-05-01", "doi:10.1000/xyz"."""

from __future__ import annotations

import re

from assistant.sources import ids

PREFIXES = ("arxiv:", "hf:", "doi:", "pubmed:", "openalex:", "s2:", "openreview:")
"""Prefixes of the forms."""
_SCHEME = re.compile(r"https?://(?:www\.|export\.|m\.)?", re.IGNORECASE)
_HOSTS = re.compile(
    r"(?:www\.)?(?:arxiv\.org|huggingface\.co|hf\.co|(?:dx\.)?doi\.org|pubmed\.ncbi\.nlm\.nih\.gov|openalex\.org|semanticscholar\.org"
    r"|openreview\.net|aclanthology\.org)/",
    re.IGNORECASE,
)
_HUB = re.compile(r"(?:huggingface\.co|hf\.co)/papers/(?:date/|month/)?([^?#\s]{4,40})", re.IGNORECASE)
_ARCHIVE = re.compile(r"\[[a-z.-]{2,12}(?:\.[A-Z]{2})?\]$", re.IGNORECASE)
_DAY = re.compile("[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
_SHORT = {"pmid:": "pubmed:", "semanticscholar:": "s2:", "semantic scholar:": "s2:"}


def understood(given: str) -> list[str]:
    """The forms that a text stands for; none where it names no paper of a site, but perhaps a file."""
    given = given.strip()
    lower = given.lower()
    for long, short in _SHORT.items():
        if lower.startswith(long):
            given, lower = short + given[len(long) :], short + lower[len(long) :]
    for prefix in PREFIXES:
        if lower.startswith(prefix):
            return _prefixed(prefix, given[len(prefix) :].strip())
    if _SCHEME.match(given) or _HOSTS.match(given):
        return _of_address(given)
    if "," in given and all(found := [understood(part) for part in given.split(",")]):
        return [form for forms in found for form in forms]
    if arxiv := _arxiv(given):
        return [arxiv]
    return _of_doi(given) if lower.startswith("10.") else []


def _prefixed(prefix: str, rest: str) -> list[str]:
    if prefix == "arxiv:":
        parts = [_arxiv(part) or _arxiv_in(part) for part in rest.split(",")]
        return [part for part in parts if part] if all(parts) else [f"arxiv:{rest}"]
    if _SCHEME.match(rest) and (inner := _of_address(rest)):
        return inner
    if prefix == "doi:":
        return _of_doi(rest) or [f"doi:{rest}"]
    return [f"{prefix}{rest}"]


def _arxiv(text: str) -> str | None:
    found = ids.arxiv_id(_ARCHIVE.sub("", text.strip()).strip()) if len(text) < 60 else None
    return _form(*found) if found else None


def _arxiv_in(text: str) -> str | None:
    found = ids.arxiv_in(text) if _SCHEME.match(text.strip()) or _HOSTS.match(text.strip()) else None
    return _form(*found) if found else None


def _form(number: str, version: int | None) -> str:
    return f"arxiv:{number}v{version}" if version else f"arxiv:{number}"


def _of_doi(text: str) -> list[str]:
    kinds = dict(found.split(":", 1) for found in ids.of("doi", text))
    return [f"{kind}:{kinds[kind]}" for kind in ("doi", "arxiv") if kind in kinds][:1]


def _of_address(address: str) -> list[str]:
    if match := _HUB.search(address):
        rest = match.group(1).strip("/")
        return [f"hf:{rest}"] if _DAY.fullmatch(rest) or ids.arxiv_id(rest) else []
    if arxiv := _arxiv_in(address):
        return [arxiv]
    found = dict(one.split(":", 1) for one in reversed(ids.of_address(address)))
    if "acl" in found and "doi" not in found:  # the Anthology has no API
        return []
    return [f"{kind}:{found[kind]}" for kind in ("doi", "pubmed", "openalex", "s2", "openreview") if kind in found][:1]


def is_address(given: str) -> bool:
    """A text begins like an address on the web, and names no file."""
    return bool(_SCHEME.match(given.strip()) or _HOSTS.match(given.strip()))


def meant(given: str) -> str:
    """What was perhaps meant, for people: "did you mean arxiv:2310.12348?"; empty where nothing is near."""
    if acl := next((one for one in ids.of_address(given.removesuffix(".bib")) if one.startswith("acl:")), None):
        return f"download its BibTeX and give the file, or did you mean doi:10.18653/v1/{acl.removeprefix('acl:')}?"
    if found := ids.arxiv_in(given) or ids.arxiv_id(given.rpartition(":")[2]):
        return f"did you mean {'hf' if given.lower().startswith('hf:') else 'arxiv'}:{found[0]}?"
    if match := re.search(r"(?<![0-9])([0-9]{4}\.[0-9]{4,5})(?![0-9])", given):
        return f"did you mean arxiv:{match.group(1)}?" if ids.arxiv_id(match.group(1)) else ""
    rest = given.partition(":")[2].strip()
    if given.lower().startswith("arxiv:") and re.fullmatch(r"[\w -]{3,200}", rest) and re.search("[A-Za-z]{3}", rest):
        return f'did you mean arxiv:all:"{rest}"?'
    return ""
