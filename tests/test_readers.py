"""Exports of reference managers and data sets: every paper comes in with what the source knows of it."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT
from test_sources import KINDS, read_all, rejected, saved

from assistant import Assistant
from assistant.errors import ArgumentError
from assistant.sources import expand, passed_over
from assistant.text.view import View
from assistant.types import Paper
from assistant.verify.local import LocalVerifier

CASES = ROOT.parent / "shared" / "cases"
ABSTRACT = "Otter explores by play. In ten sparse worlds it finds the goal in 420 steps, where curiosity needs 1,300."


def told(paper: Paper) -> tuple[object, ...]:
    return paper.title, paper.abstract, paper.date, paper.authors, paper.venue, paper.ids


OTTER = ("Otter: Play", ABSTRACT, "2031-05-02", ("Ines Duarte", "Wei Li"), "Journal of Play")

RIS = f"""TY  - JOUR
TI  - Otter: Play
AU  - Duarte, Ines
AU  - Li, Wei
PY  - 2031
DA  - 2031/05/02/
JO  - Journal of Play
AB  - {ABSTRACT.replace(". In", f". {chr(10)}In")}
DO  - 10.1000/OTTER
ER  - 

TY  - CONF
T1  - No abstract
ER  -
TY  - CONF
T1  - Without an end
N2  - It has no line that ends it.
"""
NBIB = f"""
PMID- 99
TI  - Otter:
      Play
AB  - {ABSTRACT}
FAU - Duarte, Ines
AU  - Duarte I
FAU - Li, Wei
JT  - Journal of Play
DP  - 2031 May 2
PT  - Journal Article
PT  - Retracted Publication
LID - 10.1000/otter [doi]

PMID- 100
TI  - No abstract
"""
PUBMED = f"""<?xml version="1.0"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>99</PMID><Article><Journal><JournalIssue><PubDate><Year>2031</Year>
<Month>May</Month><Day>2</Day></PubDate></JournalIssue><Title>Journal of Play</Title></Journal>
<ArticleTitle>Otter: <i>Play</i></ArticleTitle><ELocationID EIdType="doi">10.1000/otter</ELocationID>
<Abstract><AbstractText>{ABSTRACT}</AbstractText></Abstract><AuthorList><Author><LastName>Duarte</LastName>
<ForeName>Ines</ForeName></Author><Author><LastName>Li</LastName><Initials>W</Initials><ForeName>Wei</ForeName></Author></AuthorList>
<PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList>
</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"""
ENDNOTE = f"""<xml><records><record><ref-type name="Journal Article">17</ref-type><contributors><authors>
<author><style>Duarte, Ines</style></author><author>Li, Wei</author></authors></contributors>
<titles><title><style>Otter: Play</style></title></titles><periodical><full-title>Journal of Play</full-title></periodical>
<dates><year>2031</year><pub-dates><date>May 2</date></pub-dates></dates><abstract><style>{ABSTRACT}</style></abstract>
<electronic-resource-num>10.1000/otter</electronic-resource-num></record></records></xml>"""
ENW = f"""%0 Journal Article
%T Otter: Play
%A Duarte, Ines
%A Li, Wei
%D 2031
%8 2031/05/02
%J Journal of Play
%R 10.1000/otter
%X {ABSTRACT}
"""
WOS_TEXT = f"""FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Duarte, I
   Li, W
AF Duarte, Ines
   Li, Wei
TI Otter:
   Play
SO Journal of Play
DT Article; Retracted Publication
AB {ABSTRACT.replace(" In", f"{chr(10)}   In")}
PD MAY 2
PY 2031
DI 10.1000/otter
PM 99
ER

PT J
TI No abstract
ER

EF
"""


def table(columns: dict[str, str], delimiter: str = ",") -> str:
    """A table of one row."""
    return "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in (columns.keys(), columns.values())) + "\n"


REST = {"Abstract": ABSTRACT, "DOI": "10.1000/otter"}
PEOPLE = "Duarte, Ines; Li, Wei"
ZOTERO = table(
    {"Key": "A", "Publication Year": "2031", "Author": PEOPLE, "Title": "Otter: Play", "Publication Title": "Journal of Play"}
    | {"Abstract Note": ABSTRACT, "DOI": "10.1000/otter", "Date": "2031-05-02"}
)
SCOPUS = "\ufeff" + table(
    {"Authors": "Duarte I.; Li W.", "Author full names": "Duarte, Ines (5720); Li, Wei (5721)", "Title": "Otter: Play"}
    | {"Year": "2031-05-02", "Source title": "Journal of Play"}
    | REST
)
WOS = table(
    {"Authors": "Duarte, I; Li, W", "Author Full Names": PEOPLE, "Article Title": "Otter: Play", "Source Title": "Journal of Play"}
    | {"Publication Date": "2031-05-02"}
    | REST,
    "\t",
)
OPENALEX = table(
    {"id": "https://openalex.org/W9", "display_name": "Otter: Play", "publication_date": "2031-05-02", "doi": "10.1000/otter"}
    | {"authorships.author.display_name": "Ines Duarte|Wei Li", "primary_location.source.display_name": "Journal of Play"}
    | {"abstract": ABSTRACT}
)


@pytest.mark.parametrize(
    ("name", "content", "more", "notice"),
    [
        pytest.param("a.ris", RIS, (), None, id="RIS"),
        pytest.param("a.txt", RIS.replace("\n", "\r\n"), (), None, id="RIS, CRLF, another ending"),
        pytest.param("a.nbib", NBIB, ("pubmed:99",), "retracted", id="nbib"),
        pytest.param("a.xml", PUBMED, ("pubmed:99",), "retracted", id="PubMed XML"),
        pytest.param("a.xml", ENDNOTE, (), None, id="EndNote XML"),
        pytest.param("a.enw", ENW, (), None, id="EndNote"),
        pytest.param("a.enw", f"{ENW}%Z Read it\n%Z Retracted in 2032\n", (), "Retracted in 2032", id="EndNote, a note"),
        pytest.param("a.xml", ENDNOTE.replace("<dates>", "<notes>Retracted</notes><dates>"), (), "Retracted", id="XML, a note"),
        pytest.param("savedrecs.txt", WOS_TEXT, ("pubmed:99",), "retracted", id="Web of Science, plain text"),
        pytest.param("a.ciw", WOS_TEXT.partition("VR 1.0\n")[2], ("pubmed:99",), "retracted", id="Web of Science, without a head"),
        pytest.param("a.csv", ZOTERO, (), None, id="Zotero"),
        pytest.param("a.csv", SCOPUS, (), None, id="Scopus"),
        pytest.param("a.txt", WOS, (), None, id="Web of Science"),
        pytest.param("a.csv", OPENALEX, ("openalex:W9",), None, id="OpenAlex table"),
    ],
)
def test_every_format_gives_the_same_paper(
    tmp_path: Path, name: str, content: str, more: tuple[str, ...], notice: str | None
) -> None:
    found, _ = read_all(saved(tmp_path, content, name))
    assert told(found[0]) == (*OTTER, ("doi:10.1000/otter", *more))
    assert found[0].notice == notice


@pytest.mark.parametrize("lead", ["", "doi:", "DOI: ", "https://doi.org/", "http://dx.doi.org/"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ris", RIS.replace("10.1000/OTTER", "10.1000/otter")),
        ("a.xml", ENDNOTE),
        ("a.enw", ENW),
        ("a.txt", WOS_TEXT),
        ("a.csv", ZOTERO),
        ("a.bib", f"@article{{x, title={{Otter: Play}}, abstract={{{ABSTRACT}}}, doi={{10.1000/otter}}}}"),
        ("a.jsonl", json.dumps({"title": "Otter: Play", "abstract": ABSTRACT, "doi": "10.1000/otter"})),
    ],
)
def test_a_doi_in_any_form_is_one_address(tmp_path: Path, name: str, content: str, lead: str) -> None:
    assert content.count("10.1000/otter") == 1
    paper = read_all(saved(tmp_path, content.replace("10.1000/otter", f"{lead}10.1000/otter"), name))[0][0]
    assert (paper.doi, paper.url) == ("10.1000/otter", "https://doi.org/10.1000/otter")


def test_what_has_no_abstract_is_named_with_its_line(tmp_path: Path) -> None:
    found, rejections = read_all(saved(tmp_path, RIS, "a.ris"))
    assert [paper.title for paper in found] == ["Otter: Play", "Without an end"]
    assert [(each.line, each.reason) for each in rejections] == [(13, "the entry 'No abstract' has no abstract")]
    _, rejections = read_all(saved(tmp_path, NBIB, "a.nbib"))
    assert [(each.line, each.reason) for each in rejections] == [(15, "the entry 'No abstract' has no abstract")]
    _, rejections = read_all(saved(tmp_path, WOS_TEXT, "a.txt"))
    assert [(each.line, each.reason) for each in rejections] == [(20, "the entry 'No abstract' has no abstract")]


def test_an_inverted_index_with_gaps_is_unfolded(tmp_path: Path) -> None:
    record = {
        "display_name": "T",
        "id": "https://openalex.org/W1",
        "abstract_inverted_index": {"gaps": [7], "With": [0], "and": [9, 2]},
    }
    ((paper,), rejections) = read_all(saved(tmp_path, json.dumps(record | {"is_retracted": True}), "a.json"))
    assert (paper.abstract, paper.ids, paper.notice, rejections) == ("With and gaps and", ("openalex:W1",), "retracted", [])


WITHDRAWN = "This paper has been withdrawn by the author due to an error in Lemma 3"


@pytest.mark.parametrize(
    ("more", "notice"),
    [
        ({"comments": f"{WITHDRAWN}. Sorry."}, WITHDRAWN),
        ({"abstract": "This submission has been withdrawn by arXiv."}, "This submission has been withdrawn by arXiv"),
        ({"title": "RETRACTED: Otters"}, "retracted"),
        ({"comments": "9 pages"}, None),
        ({"abstract": "We study why papers are withdrawn. Of 90 papers, 9 were retracted."}, None),
    ],
)
def test_a_withdrawn_paper_says_so(tmp_path: Path, more: dict[str, str], notice: str | None) -> None:
    (paper,), _ = read_all(saved(tmp_path, json.dumps({"title": "T", "abstract": "A."} | more), "a.jsonl"))
    assert paper.notice == notice


def test_one_message_where_the_shape_is_unknown(tmp_path: Path) -> None:
    rejection = rejected(saved(tmp_path, '{"heading": "x", "text": "y"}\n' * 50, "a.jsonl"))
    assert rejection.reason == (
        "holds 50 records in an unknown shape: the fields found are heading, text; wanted are a title (title, paper_title, "
        "display_name) and an abstract (abstract, summary, paperAbstract)"
    )
    assert "the columns found are Name, Text" in rejected(saved(tmp_path, "Name,Text\na,b\n", "a.csv")).reason
    assert "its root is 'dblp'" in rejected(saved(tmp_path, "<dblp><article/></dblp>", "a.xml")).reason


@pytest.mark.parametrize("name", ["library.rdf", "library.txt", "library"])
def test_xml_that_is_not_read_names_what_to_export(tmp_path: Path, name: str) -> None:
    space = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    rdf = f'<rdf:RDF\n xmlns:rdf="{space}"\n xmlns:z="http://www.zotero.org/namespaces/export#">\n<z:Item/></rdf:RDF>'
    reason = rejected(saved(tmp_path, rdf, name)).reason
    assert "its root is 'RDF'" in reason and reason.endswith("export the papers as BibTeX, RIS or CSL-JSON instead")


def test_entities_are_not_read(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><records>&b;</records>'
    assert rejected(saved(tmp_path, bomb, "a.xml")).reason == "declares entities, which are not read"


@pytest.mark.parametrize("content", [b"%PDF-1.5\n%\xe2\xe3", b"\xd0\xcf\x11\xe0\xa1\xb1"], ids=["PDF", "old Word"])
def test_a_pdf_is_called_a_pdf(tmp_path: Path, content: bytes) -> None:
    reason = rejected(saved(tmp_path, content, "a.txt")).reason
    assert ("is a PDF" in reason) == content.startswith(b"%PDF")
    assert "BibTeX" in reason and "arxiv:2310.12345" in reason


# Packed files


def packed(folder: Path, **content: str | bytes) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name.replace("_", ".", 1) if "/" not in name else name, text)
    return path


def test_a_zip_is_read_in_place(tmp_path: Path) -> None:
    found, rejections = read_all(packed(tmp_path, a_ris=RIS, b_nbib=NBIB, c_pdf=b"%PDF"))
    assert ([paper.pages[0].name for paper in found], len(rejections)) == (["a", "a", "b"], 2)
    assert rejections[0].file.endswith("a.zip/a.ris")


def test_a_zip_of_word_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, "<x/>")
    assert "is a file of Word" in rejected(path).reason


@pytest.mark.parametrize("name", ["../evil.ris", "/etc/evil.ris", "C:\\evil.ris", "a/../../evil.ris", "..\\evil.ris"])
def test_no_name_leads_out_of_an_archive(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, RIS)
        archive.writestr("ok.ris", RIS)
    found, rejections = read_all(path)
    assert len(found) == 2 and "leads out of the archive" in rejections[0].reason
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.zip", "home"]


def test_what_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    bomb = b'{"title": "' + b"a" * 30_000_000 + b'"}'
    assert "200 times its size" in read_all(packed(tmp_path, a_json=bomb))[1][0].reason
    assert "200 times its size" in rejected(saved(tmp_path, gzip.compress(bomb), "a.json.gz")).reason
    lines = gzip.compress(b'{"title": "a", "abstract": "b"}\n' * 2 + b" " * 30_000_000)
    found, rejections = read_all(saved(tmp_path, lines, "a.jsonl.gz"))
    assert len(found) == 2 and "200 times its size" in rejections[-1].reason
    assert "setting ingest.max_file" in read_all(packed(tmp_path, a_ris=RIS), max_file=300)[1][0].reason


@pytest.mark.parametrize("content", [gzip.compress(RIS.encode())[:-9], b"\x1f\x8b" + b"x" * 50, b"PK\x03\x04" + b"x" * 50])
def test_a_broken_archive_is_a_rejection(tmp_path: Path, content: bytes) -> None:
    assert read_all(saved(tmp_path, content, "a.ris.gz"))[1]


def test_a_gz_is_read_as_what_it_holds(tmp_path: Path) -> None:
    found, _ = read_all(saved(tmp_path, gzip.compress(RIS.encode()), "a.ris.gz"))
    assert [paper.pages[0].name for paper in found] == ["a", "a"]


# arXiv's dump


def dump(number: int) -> bytes:
    buffer = io.BytesIO()
    for at in range(number):
        record = {
            "id": f"31{1 + at % 12:02}.{at:05}",
            "authors": "Ines Duarte and Wei Li",
            "title": f"Otter number {at}:\n  Play",
            "comments": None,
            "categories": "cs.CL cs.IR" if at % 2 else "math.AG",
            "abstract": f"  Otter {at} explores by play,\nand finds {at} goals.\n",
            "versions": [
                {"version": "v1", "created": f"Mon, 1 Jan {2020 + at % 10} 10:00:00 GMT"},
                {"version": "v2", "created": "x"},
            ],
            "update_date": "2031-01-02",
            "authors_parsed": [["Duarte", "Ines", ""], ["Li", "Wei", ""]],
        }
        buffer.write(json.dumps(record).encode() + b"\n")
    return buffer.getvalue()


def test_the_dump_is_read_line_by_line_however_large(tmp_path: Path) -> None:
    found, rejections = read_all(saved(tmp_path, dump(200), "arxiv.json"), max_file=10_000)
    assert (len(found), rejections) == (200, [])
    paper = found[1]
    assert (paper.title, paper.abstract) == ("Otter number 1: Play", "Otter 1 explores by play, and finds 1 goals.")
    assert (paper.date, paper.version, paper.categories, paper.ids) == ("2021-01-01", 2, ("cs.CL", "cs.IR"), ("arxiv:3102.00001",))
    assert (paper.url, paper.authors) == ("https://arxiv.org/abs/3102.00001", ("Ines Duarte", "Wei Li"))


def test_since_and_category_choose(tmp_path: Path) -> None:
    file = saved(tmp_path, gzip.compress(dump(40)), "arxiv.json.gz")
    with Assistant.open(tmp_path / "library", set=["embedder.kind=fake"]) as assistant:
        report = assistant.ingest(file, since="2025", categories=["cs"])
        assert (report.new, report.left_out) == (12, 28)
        assert {(paper.date or "")[:4] for paper in assistant.papers()} == {"2025", "2027", "2029"}
        assert assistant.ingest(file, categories=["math.AG"]).new == 20


@pytest.mark.parametrize("since", ["2024-02-31", "2023-02-29", "2024-13", "2024-00", "24"])
def test_since_takes_days_of_the_calendar(since: str, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        with pytest.raises(ArgumentError, match=f"since must be a date .*'{since}'"):
            assistant.ingest(saved(tmp_path, "", "a.jsonl"), since=since)


# Folders, lists


def test_a_folder_counts_what_it_skips(tmp_path: Path) -> None:
    for name, content in (("a.ris", RIS), ("sub/b.nbib", NBIB), ("c.pdf", "%PDF"), ("sub/d.pdf", "%PDF"), (".hidden", "x")):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(content, "utf-8")
    assert [Path(file).name for file in expand([str(tmp_path / "in")])] == ["a.ris", "b.nbib"]
    assert passed_over([str(tmp_path / "in")]) == [f"{tmp_path / 'in'}: 2 files passed over (2 .pdf)"]
    with Assistant.open(tmp_path / "library", set=["embedder.kind=fake"]) as assistant:
        report = assistant.ingest([tmp_path / "in" / "a.ris", tmp_path / "in"])
        assert (report.new, len(report.passed_over)) == (2, 1)


# What went wrong before, see shared/cases


@pytest.fixture
def cases() -> Path:
    if not CASES.is_dir():
        pytest.skip(f"the cases are not at {CASES}")
    return CASES


@pytest.mark.parametrize(
    ("folder", "papers", "without"),
    [
        pytest.param("json-sources", 1015, ["No Abstract Here", "Tawny Owl"], id="JSON"),
        pytest.param("other-formats/folder", 7, ["a comma seems to be missing after line 10"], id="folder"),
        pytest.param("other-formats/folder2", 2, [], id="folder2"),
        pytest.param("bibtex-concat", 2, [], id="concatenated"),
        pytest.param("bibtex-acl", 1, ["acl-2099-long", "etxe-2031-noabs"], id="ACL"),
        pytest.param("bibtex-broken", 6, ["a comma seems to be missing after line 10", "is a broken entry"], id="broken"),
        pytest.param("wrapped-lines", 3, [], id="wrapped"),
        pytest.param("zotero", 6, [], id="Zotero"),
    ],
)
def test_cases_of_files(cases: Path, folder: str, papers: int, without: list[str]) -> None:
    results = [read_all(file) for file in expand([str(cases / folder)])]
    found = [paper for each, _ in results for paper in each]
    reasons = [rejection.reason for _, each in results for rejection in each]
    assert len(found) == papers
    assert len(reasons) == len(without) and all(word in reason for word, reason in zip(without, reasons, strict=True)), reasons
    if folder != "json-sources":
        assert all(paper.date for paper in found if "Siskin" not in paper.title)


def test_cases_of_braces_and_of_lines(cases: Path) -> None:
    found, _ = read_all(cases / "double-braces" / "wrapped.bib")
    by_title = {paper.title: paper for paper in found}
    dust = by_title["Sparse Dust: Learning to Model Grains from Few Spectra"]
    assert (dust.date, dust.arxiv, dust.abstract[:7], dust.abstract[-5:]) == ("2031-04", "3104.01111", "Grains ", "part.")
    assert by_title["Child of a Volume on Small Models"].date == "2030-05"
    assert by_title["Paper as Google Scholar Gives It"].arxiv == "3105.00012"
    assert by_title["Paper with Note Url"].url == "https://example.org/a_b%20c"
    assert by_title["Paper of Old arXiv"].arxiv == "hep-th/9901001"
    ((birds,), _) = read_all(cases / "double-braces" / "wos.bib")
    assert (birds.abstract[:6], birds.date, birds.doi) == ("Foreca", "2031-08", "10.1000/birds")


def test_kinds_are_named() -> None:
    assert KINDS.count(",") == 16


ODD_DAY = "Mon, 1 Jan 2031 10:00:00 +99999999999999999"


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param('"issued": {"date-parts": [[1e400]]}', id="an endless year"),
        pytest.param(f'"issued": {{"date-parts": [[{10**30}]]}}', id="a long year"),
        pytest.param(f'"date": "{ODD_DAY}"', id="a time zone"),
        pytest.param('"pmid": 1e400', id="an endless id"),
        pytest.param(f'"pmid": {10**30}', id="a long id"),
    ],
)
@pytest.mark.parametrize("name", ["odd.json", "odd.jsonl"])
def test_an_odd_number_costs_no_paper(name: str, odd: str, tmp_path: Path) -> None:
    records = [f'{{"title": "Otter: Play", "abstract": "{ABSTRACT}", {odd}}}', json.dumps({"title": "Ant", "abstract": ABSTRACT})]
    content = f"[{','.join(records)}]" if name == "odd.json" else "\n".join(records)
    papers, rejections = read_all(saved(tmp_path, content, name))
    assert ([paper.title for paper in papers], rejections) == (["Otter: Play", "Ant"], [])


def test_an_odd_entry_of_ris_costs_no_other(tmp_path: Path) -> None:
    one = f"TY  - JOUR\nTI  - Otter: Play\nDA  - {ODD_DAY}\nAB  - {ABSTRACT}\nER  - \n\n"
    papers, rejections = read_all(saved(tmp_path, f"{one}TY   - \n\n{one.replace('Otter', 'Ant')}", "odd.ris"))
    assert [paper.title for paper in papers] == ["Otter: Play", "Ant: Play"]
    assert [item.line for item in rejections] == [7]


LACKING = {
    "page.txt": ("Get trending papers in your email inbox!\nSubscribe\n\nAnt\n", 4),
    "page.html": ("<html>\n<article><h3><a href='/papers/3101.00001'>Ant</a></h3></article></html>", 2),
    "a.jsonl": ('{"title": "Otter", "abstract": "It plays."}\n{"title": "Ant", "abstract": ""}\n', 2),
    "list.json": ('[{"title": "Otter", "abstract": "It plays."},\n\n{"title": "Ant", "abstract": null}]', 3),
    "inner.json": ('{"n": {"b": 1},\n"results": [{"title": "Otter", "abstract": "It plays."},\n{"title": "Ant"}]}', 3),
    "one.json": ('\n{"title": "Ant",\n"abstract": null}', 2),
    "a.bib": ("@misc{o, title={Otter},\nabstract={It plays.}}\n@misc{a, title={Ant}}", 3),
    "a.ris": ("TY  - JOUR\nTI  - Otter\nAB  - It plays.\nER  - \nTY  - JOUR\nTI  - Ant\nER  - \n", 5),
    "a.nbib": ("PMID- 1\nTI  - Otter\nAB  - It plays.\n\nPMID- 2\nTI  - Ant\n", 5),
    "a.ciw": ("PT J\nTI Otter\nAB It plays.\nER\n\nPT J\nTI Ant\nER\n", 6),
    "a.enw": ("%0 Thesis\n%T Otter\n%X It plays.\n\n%0 Thesis\n%T Ant\n", 5),
    "a.csv": ("\n\nTitle,Abstract\nOtter,It plays.\nAnt,\n", 5),
    "pubmed.xml": (
        f"{PUBMED.removesuffix('</PubmedArticleSet>')}\n<PubmedArticle><PMID>1</PMID></PubmedArticle></PubmedArticleSet>",
        10,
    ),
    "endnote.xml": (ENDNOTE.replace("</records>", "\n<record\n><titles><title>Ant</title></titles></record></records>"), 6),
}
"""Name of a file -> what it holds, and the line of its record without an abstract."""


@pytest.mark.parametrize("name", LACKING)
def test_each_reader_names_file_and_line_of_what_it_leaves_out(name: str, tmp_path: Path) -> None:
    content, line = LACKING[name]
    papers, (rejection,) = read_all(file := saved(tmp_path, content, name))
    assert (rejection.file, rejection.line) == (str(file), line)
    assert [paper.title.partition(":")[0] for paper in papers] in (["Otter"], [])


RAISED = {
    "pubmed.xml": PUBMED.replace(
        ABSTRACT, "Otters eat 10<sup>6</sup> urchins on 25 m<sup>2</sup>, by H<sub>2</sub>O and 10<sup><i>-4</i></sup> g."
    ),
    "endnote.xml": ENDNOTE.replace(
        f"<style>{ABSTRACT}</style>",
        "<style>Otters eat 10</style><style face='superscript'>6</style><style> urchins on 25 m</style>"
        "<style face='bold superscript'>2</style><style>, by H</style><style face='subscript'>2</style><style>O and 10</style>"
        "<style face='superscript'>-4</style><style> g.</style>",
    ),
    "formula.xml": PUBMED.replace(
        ABSTRACT,
        'Otters eat <mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:msup><mml:mn>10</mml:mn><mml:mn>6</mml:mn></mml:msup>'
        "</mml:math> urchins on 25 m<sup>2</sup>, by H<sub>2</sub>O and 10<sup>-4</sup> g.",
    ),
    "saved.html": "<html><article><h3>Otter</h3><p>Otters eat 10<sup>6</sup> urchins on 25 <b>m<sup>2</sup></b>, by H<sub>2</sub>O "
    "and <math><msup><mn>10</mn><mrow><mo>-</mo><mn>4</mn></mrow></msup></math> g.</p></article></html>",
    "otter.bib": r"@misc{o, title={Otter}, abstract={Otters eat 10\textsuperscript{6} urchins on 25 m\textsuperscript{2}, by "
    r"H\textsubscript{2}O and 10\textsuperscript{-4} g.}}",
    "otter.json": json.dumps(
        {
            "title": "Otter",
            "abstract": "Otters eat 10<sup>6</sup> urchins on 25 m^2, by H<sub>2</sub>O and 10^-4 g.",
        }
    ),
    "openalex.json": json.dumps(
        {
            "display_name": "Otter",
            "abstract_inverted_index": {
                word: [place]
                for place, word in enumerate(
                    "Otters eat 10<sup>6</sup> urchins on 25 m<sup>2</sup>, by H<sub>2</sub>O and 10<sup>-4</sup> g.".split()
                )
            },
        }
    ),
}


@pytest.mark.parametrize("name", RAISED)
def test_raised_text_is_not_glued_to_its_base(name: str, tmp_path: Path) -> None:
    ((paper,), _) = read_all(saved(tmp_path, RAISED[name], name))
    assert View(paper.abstract).text == "Otters eat 10^6 urchins on 25 m^2, by H2O and 10^-4 g."
    assert LocalVerifier().verify("Otters eat 106 urchins.", [paper.abstract]).verdict != "supported"
    assert LocalVerifier().verify("Otters eat 10^6 urchins.", [paper.abstract]).verdict == "supported"


def test_a_key_that_stands_twice_costs_the_line_alone(tmp_path: Path) -> None:
    content = '{"a": 1, "a": 2,\n"results": [{"title": "Ant", "abstract": "It runs."}, {"title": "Bee"}]}'
    papers, (rejection,) = read_all(saved(tmp_path, content, "a.json"))
    assert (len(papers), rejection.line) == (1, None)
    assert rejected(saved(tmp_path, "[1,\n2 3]", "a.json")).line == 2


@pytest.mark.parametrize("form", ["UTF-16", "CR"])
@pytest.mark.parametrize("name", LACKING)
def test_how_a_file_was_saved_changes_nothing(name: str, form: str, tmp_path: Path) -> None:
    content = LACKING[name][0]
    other = content.encode("utf-16") if form == "UTF-16" else content.replace("\n", "\r").encode()
    expected = read_all(saved(tmp_path, content, name))
    assert read_all(saved(tmp_path, other, name)) == expected


NONE = (
    "N/A|n.a.|null|NaN|-|–|...|#N/A|None|TBA|not available|Abstract not available.|[No abstract available]|(no abstract)"
    "|Abstract|Summary:|ABSTRACT.|**Abstract**|Graphical abstract|Background. Methods. Results.|Zusammenfassung|要旨|[Résumé]"
    "|There is no abstract for this article.|No abstract was provided by the publisher.|Unknown".split("|")
)
SOME = (
    "We do not know.|No free lunch.|Nothing is as missing as data.|A is not B.|Papers contain no pandas."
    "|Abstract art sells.|Methods fail."
).split("|")


@pytest.mark.parametrize(
    "name", ["a.jsonl", "list.json", "page.html", "a.bib", "a.ris", "a.nbib", "a.enw", "a.ciw", "a.csv", "endnote.xml"]
)
def test_a_word_for_no_abstract_is_none(name: str, tmp_path: Path) -> None:
    forms = {
        "page.html": "<html>\n<article><h3>Otter</h3><p>It plays.</p></article></html>",
        "endnote.xml": "<xml>\n<record><titles><title>Otter</title></titles><abstract>It plays.</abstract></record></xml>",
    }
    content = forms.get(name) or LACKING[name][0]
    for none in NONE:
        papers, rejections = read_all(file := saved(tmp_path, content.replace("It plays.", none), name))
        assert papers == [] and all(each.file == str(file) and each.line for each in rejections)
        assert f"has no abstract ({none!r})" in rejections[0].reason
    for some in SOME:
        papers, _ = read_all(saved(tmp_path, content.replace("It plays.", some), name))
        assert [paper.abstract for paper in papers] == [some]


def test_a_table_loses_no_part_of_a_row(tmp_path: Path) -> None:
    content = 'Title,Abstract\nOtter,It plays, and swims.\nAnt,It runs.,,\nBee,"It flies.\nCow,It eats.\n'
    papers, rejections = read_all(saved(tmp_path, content, "a.csv"))
    assert [paper.title for paper in papers] == ["Ant"]
    assert [(each.line, each.reason) for each in rejections] == [
        (2, "the row 'Otter' has 3 cells, and the head names 2; put the texts that hold the separator in quotation marks"),
        (4, "2 lines from here on were left out: a quotation mark is not closed, or not doubled"),
    ]
    content = 'Title,Abstract\nBee,"It flies.\nCow,It eats.\nDog,"It "barks""\nOwl,It "hoots".\n'
    papers, rejections = read_all(saved(tmp_path, content, "a.csv"))
    assert ([paper.title for paper in papers], [each.line for each in rejections]) == (["Owl"], [2])
    quoted = 'Title,Abstract\nAnt,"It ""runs""\nfar."'
    assert [paper.abstract for paper in read_all(saved(tmp_path, quoted, "a.csv"))[0]] == ['It "runs"\nfar.']


def test_quotation_marks_of_web_of_science_are_signs_of_the_text(tmp_path: Path) -> None:
    content = 'TI\tAB\t\nOtter\t"Play" is what it does.\t\nAnt\t"It runs.\t\nBee\t"It flies.\t\n'
    papers, rejections = read_all(saved(tmp_path, content, "a.txt"))
    assert [paper.abstract for paper in papers] == ['"Play" is what it does.', '"It runs.', '"It flies.']
    assert rejections == []
    content = 'TI\tAB\nOtter\t"It ""plays""\nand swims."\n'
    assert [paper.abstract for paper in read_all(saved(tmp_path, content, "a.txt"))[0]] == ['It "plays"\nand swims.']


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n\n', "SEP=;\n", "\ufeffsep=;\n", "sep=|\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_the_delimiter_may_be_named_in_the_first_line(first: str, name: str, tmp_path: Path) -> None:
    content = f"{first}Title;Authors,editors;Abstract,text\nOtter;x;y\nAnt;;\n".replace(";", first.strip('\ufeffSEPsep="\r\n'))
    content = content.replace("Abstract,text", "Abstract")
    (paper,), (rejection,) = read_all(saved(tmp_path, content, name))
    assert (paper.title, paper.abstract, rejection.line) == ("Otter", "y", content.count("\n"))


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Smith J., Doe A.", ["Smith J.", "Doe A."]),
        ("van der Berg A.-M., Ångström É. L.", ["van der Berg A.-M.", "Ångström É. L."]),
        ("Smith J, Doe AB", ["Smith J", "Doe AB"]),
        ("Smith, J., Doe, A.B.", ["J. Smith", "A.B. Doe"]),
        ("Smith, J., Doe, A.B., Li, W.", ["J. Smith", "A.B. Doe", "W. Li"]),
        ("Smith, J.", ["J. Smith"]),
        ("Smith J.", ["Smith J."]),
        ("Duarte Silva, Ines", ["Ines Duarte Silva"]),
        ("Ines Duarte, Wei Li, Bo Xu", ["Ines Duarte", "Wei Li", "Bo Xu"]),
    ],
)
def test_authors_of_databases_are_told_apart(written: str, names: list[str], tmp_path: Path) -> None:
    (paper,), _ = read_all(saved(tmp_path, table({"Authors": written, "Title": "Otter", "Abstract": "It plays."}), "a.csv"))
    assert list(paper.authors) == names


@pytest.mark.parametrize("form", ["as it is", "small", "one blank", "bare CR", "with lines above"])
def test_ris_of_other_programs_is_read(form: str, tmp_path: Path) -> None:
    entry = f"TY  - JOUR\nTI  - Otter: Play\nAU  - Duarte, Ines\nAB  - {ABSTRACT.replace('Otter', 'OT-like otter')}\nER  - \n\n"
    content = (entry + entry.replace("Otter:", "Ant:")).replace("explores by", "\nAI-based\nco-operation\nexplores by")
    match form:
        case "small":
            content = re.sub(r"(?m)^[A-Z]{2}(?=  - )", lambda tag: tag.group().lower(), content)
        case "one blank":
            content = content.replace("  - ", " - ")
        case "bare CR":
            content = content.replace("\n", "\r")
        case "with lines above":
            content = f"Provider: Kettle Press\nContent: text/plain; charset=UTF-8\n\n{content}"
        case _:
            pass
    papers, rejections = read_all(saved(tmp_path, content, "a.txt"))
    assert ([paper.title for paper in papers], rejections) == (["Otter: Play", "Ant: Play"], [])
    assert {paper.authors for paper in papers} == {("Ines Duarte",)}
    assert all("otter AI-based co-operation explores by play" in paper.abstract for paper in papers)


def test_a_second_abstract_of_ris_that_is_wrapped_costs_no_entry(tmp_path: Path) -> None:
    content = f"TY  - JOUR\nTI  - Otter\nAB  - Short.\nAB  - {ABSTRACT}\nIt swims.\nER  - \n"
    (paper,), _ = read_all(saved(tmp_path, content, "a.ris"))
    assert paper.abstract == f"{ABSTRACT} It swims."


def test_rejections_beyond_a_thousand_are_counted(tmp_path: Path) -> None:
    good = json.dumps({"title": "Otter: Play", "abstract": ABSTRACT})
    papers, rejections = read_all(saved(tmp_path, "\n".join([good, *["1"] * 3000, good.replace("Otter", "Ant")]), "odd.jsonl"))
    assert [paper.title for paper in papers] == ["Otter: Play", "Ant: Play"]
    assert (len(rejections), rejections[-1].reason) == (1001, "holds 2,000 more records that were rejected")
