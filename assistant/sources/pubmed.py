"""A record of PubMed's XML: of a file, or of a reply of its API."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from assistant.sources import fields, papers
from assistant.text import scripts
from assistant.types import Page, Paper


def text_of(element: Element | None) -> str:
    """All text inside an element, on one line; raised and lowered text and formulas keep their tags, which tell 10^6 from 106."""
    parts: list[str] = []
    left: list[Element | str] = [element] if element is not None else []  # no recursion: the file decides how deep it goes
    while left:
        one = left.pop()
        if isinstance(one, str):
            parts.append(one)
            continue
        inside = [one.text or "", *(each for child in one for each in (child, child.tail or ""))]
        if name := _placed(one):
            inside = [f"<{name}>", *inside, f"</{name}>"]
        left.extend(reversed(inside))
    return " ".join("".join(parts).split())


def _placed(element: Element) -> str | None:
    """The tag to keep of an element that places its text: raised, lowered, or in a formula of MathML."""
    face = element.get("face", "")
    if element.tag in ("sup", "sub"):
        return element.tag
    if "superscript" in face or "subscript" in face:
        return "sup" if "superscript" in face else "sub"
    name = element.tag.rpartition("}")[2].rpartition(":")[2]
    return f"mml:{name}" if name in scripts.FORMULA | scripts.UNSEEN else None


def paper(record: Element, page: Page) -> Paper:
    """Read a <PubmedArticle>.

    Returns:
        The paper.

    Raises:
        ValueError: there is no title or no abstract, or some of it cannot be stored.
    """
    title = text_of(record.find(".//ArticleTitle")) or text_of(record.find(".//BookTitle"))
    number = text_of(record.find(".//PMID"))
    parts = [_part(one) for one in record.findall(".//Abstract/AbstractText")]
    abstract = "\n".join(part for part in parts if part)
    if not title or not abstract:
        raise ValueError(f"the record {(title or number)[:80]!r} has no {'abstract' if title else 'title'}")
    kinds = {text_of(one).lower() for one in record.iter("PublicationType")}
    dois = [one for one in (*record.iter("ELocationID"), *record.findall("./PubmedData/ArticleIdList/ArticleId"))]
    doi = next((text_of(one) for one in dois if "doi" in (one.get("EIdType"), one.get("IdType"))), None)
    dates = [
        _date(one) for path in (".//ArticleDate", ".//JournalIssue/PubDate", ".//PubMedPubDate") for one in record.findall(path)
    ]
    return papers.make(
        title,
        abstract,
        page,
        "pubmed",
        date=next(filter(None, dates), None),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{number}/" if number.isdecimal() else None,
        authors=tuple(filter(None, map(_author, record.findall(".//AuthorList/Author")))),
        ids=fields.several((("pubmed", number), ("doi", doi))),
        venue=text_of(record.find(".//Journal/Title")) or None,
        kind="article",
        notice="retracted" if "retracted publication" in kinds else fields.withdrawn(title, abstract),
    )


def _part(element: Element) -> str:
    label, text = element.get("Label"), text_of(element)
    return f"{label.capitalize()}: {text}" if label and text else text


def _author(element: Element) -> str:
    given = text_of(element.find("ForeName")) or text_of(element.find("Initials"))
    return " ".join(filter(None, (given, text_of(element.find("LastName")) or text_of(element.find("CollectiveName")))))


def _date(element: Element) -> str | None:
    year, month, number = (text_of(element.find(name)) for name in ("Year", "Month", "Day"))
    told = f"{year}-{month}-{number}".strip("-") if month.isdecimal() else f"{year} {month} {number}"
    return fields.day(told.strip() or text_of(element.find("MedlineDate")))
