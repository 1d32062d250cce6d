"""Papers out of BibTeX: what reference managers write, what is broken, and our own exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from test_export import HOSTILE, TEXTS, answer, shown
from test_library import FAKE
from test_sources import read_all, saved

from assistant import Assistant, Page, Paper, Rejection
from assistant.assistant import SAMPLE
from assistant.sources import bibtex, papers
from assistant.text.tex import escaped, unescaped

ABSTRACT = "We get 12.4\\% of {BLEU}\r\n   with $\\alpha$, after {\\'E}luard \\\\\r\n  and {\\em care}."


def entry(**fields: str) -> str:
    """An entry with these fields, and a title and an abstract where they are not among them."""
    whole = {"title": "{A Title}", "abstract": "{An abstract.}"} | fields
    return "@article{key,\n" + "".join(f"  {name} = {value},\n" for name, value in whole.items()) + "}\n"


def one(folder: Path, content: str) -> Paper:
    (paper,), rejections = read_all(saved(folder, content, "refs.bib"))
    assert rejections == []
    return paper


def reasons(folder: Path, content: str) -> list[tuple[int | None, str]]:
    return [(rejection.line, rejection.reason) for rejection in read_all(saved(folder, content, "refs.bib"))[1]]


def test_an_entry_is_a_paper_with_its_abstract_byte_for_byte(tmp_path: Path) -> None:
    paper = one(
        tmp_path,
        "% Encoding: UTF-8\r\n\r\n@Comment{jabref-meta: x}\r\n"
        + entry(
            abstract=f"{{{ABSTRACT}}}", author="{Potter, Ada and Bo Kettle}", year="2024", month="may", url="{https://x.org/a\\_b}"
        ),
    )
    assert paper.abstract == ABSTRACT
    assert (paper.title, paper.authors, paper.date, paper.url) == (
        "A Title",
        ("Ada Potter", "Bo Kettle"),
        "2024-05",
        "https://x.org/a_b",
    )
    assert (paper.pages, paper.source, paper.id) == ((Page(name="refs"),), "bibtex", papers.paper_id("A Title"))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"{10\textsuperscript{6} or 10\high6 Cells}", "10^6 or 10^6 Cells"),
        (r"{10\^{}6 Parts of H\textsubscript{2}O at 10\textsubscript{6}}", "10^6 Parts of H2O at 10_6"),
        (r"{The 5\textsuperscript{th} 1\frac{1}{2} Cups}", "The 5th 1 1/2 Cups"),
        ("{{LeanCup}: {A} Cup}", "LeanCup: A Cup"),
        ('"A {"}quoted{"} Cup"', 'A "quoted" Cup'),
        ("{{\\\"U}ber-Cup by B\\'enard \\& {\\c{C}}elik}", "Über-Cup by Bénard & Çelik"),
        ("{$\\pi_0$ at 12.4\\% and 100%}", "$\\pi_0$ at 12.4% and 100%"),
        ("{On the\n    Boiling   of \\emph{Kettles}}", "On the Boiling of Kettles"),
        ("{{{{deep}}}}", "deep"),
        ("{LoRA\\${\\textasciicircum}2\\$ {\\textasciitilde}5}", "LoRA$^2$ ~5"),
        ("cup", "The Cup"),
        ("{\\texttt{foo} \\textsf{foo} \\mbox{foo} \\uppercase{abc} \\textbf{\\textup{b}}}", "foo foo foo abc b"),
        ("{A \\foreignlanguage{german}{foo} \\verb|a b|}", "A foo a b"),
        ("{\\LaTeX{} and \\BibTeX: {\\LaTeX} is\\textless{}1 \\textgreater}", "LaTeX and BibTeX: LaTeX is<1 >"),
        ("{\\ours: a \\ours cup of \\ours{}, \\emph\\ours}", "ours: a ours cup of ours, ours"),
        ("{\\brew{tea} for {\\sc Two} \\bf{now}\\/}", "tea for Two now"),
        ("{Tea \\cite{x}for\\footnote{y} Two\\newline Ket\\-tles\\hspace{1em}}", "Tea for Two Kettles"),
    ],
)
def test_latex_in_a_title_is_plain_text(tmp_path: Path, written: str, title: str) -> None:
    assert one(tmp_path, "@string{CUP = {The Cup}}\n" + entry(title=written)).title == title


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("{Ada Potter}", ("Ada Potter",)),
        ("{Potter, A. B. and van der Berg, Jan}", ("A. B. Potter", "Jan van der Berg")),
        ("{{Barnes and Noble} and others}", ("Barnes and Noble",)),
        ('{{\\"O}zg{\\"u}r \\c{C}elik\n and Last, Jr., First}', ("Özgür Çelik", "First Last Jr.")),
        ("{}", ()),
        ("{Too, Many, Commas, Here}", ("Commas Here Too Many",)),
        (
            "{Smith, A. and \\O{}stergaard, S. and \\L{}ukasz Kaiser and \\'Emile Durkheim and \\v{C}ech, E.}",
            ("A. Smith", "S. Østergaard", "Łukasz Kaiser", "Émile Durkheim", "E. Čech"),
        ),
        ("{Smith, John and , , and Doe,}", ("John Smith", "Doe")),
        ("{Sandy Anderson\n\tAND and {} and {Cup {and} Co}}", ("Sandy Anderson", "Cup and Co")),
    ],
)
def test_authors_are_named_first_name_first(tmp_path: Path, written: str, authors: tuple[str, ...]) -> None:
    assert one(tmp_path, entry(author=written)).authors == authors


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ({"date": "{2024-05-17}"}, "2024-05-17"),
        ({"date": "{2024-05/2024-06}", "year": "1999"}, "2024-05"),
        ({"year": "{2024}"}, "2024"),
        ({"year": "2024", "month": "{5}"}, "2024-05"),
        ({"year": "2024", "month": "{Dec.}"}, "2024-12"),
        ({"year": "2024", "month": "{13}"}, "2024"),
        ({"year": "{in press}", "month": "may"}, None),
        ({"date": "{2020-13-45}"}, "2020"),
        ({"date": "{2031/04/05}"}, "2031-04-05"),
        ({"date": "{2031-04-05T10:00:00Z}"}, "2031-04-05"),
        ({"date": "{2031-21}"}, "2031"),
        ({"year": "{2031}", "month": "{September}"}, "2031-09"),
        ({"year": "2031", "month": '"12 " # mar'}, "2031-03-12"),
        ({"year": '"20" # "31"', "month": 'jul # "~5"'}, "2031-07-05"),
        ({"date": "{2020-13-45}", "year": "2021", "month": "may"}, "2021-05"),
        ({"date": "{20205}", "year": "2020"}, "2020"),
        ({}, None),
    ],
)
def test_a_date_is_told_as_far_as_it_is_known(tmp_path: Path, fields: dict[str, str], date: str | None) -> None:
    assert one(tmp_path, entry(**fields)).date == date


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"url": "{https://x.org/a}", "doi": "{10.1145/1}"}, "https://x.org/a"),
        ({"url": "{\\url{http://x.org/a_b}}"}, "http://x.org/a_b"),
        ({"doi": "{https://doi.org/10.1145/12\\_3}"}, "https://doi.org/10.1145/12_3"),
        ({"eprint": "{2310.12345v2}", "archivePrefix": "{arXiv}"}, "https://arxiv.org/abs/2310.12345"),
        ({"eprint": "{cs/0112017}"}, "https://arxiv.org/abs/cs/0112017"),
        ({"eprint": "{2310.12345}", "eprinttype": "{jstor}"}, None),
        ({"eprint": "{../x}", "doi": "{none}"}, None),
    ],
)
def test_a_paper_is_found_by_address_doi_or_eprint(tmp_path: Path, fields: dict[str, str], url: str | None) -> None:
    assert one(tmp_path, entry(**fields)).url == url


def test_what_is_broken_is_rejected_with_its_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = (
        "@misc{a, title={A}, abstract={An a \\\\\nwith a break.}}\n"  # the parser would miscount this line
        "@misc{no-abstract, title={B}}\n"
        "\n"
        "@misc{no-title, abstract={C}}\n"
        "@misc{open, title={D, abstract={d}\n"
        "@misc{a, title={E}, abstract={An e.}, title={Other}}\n"
        "@misc{parts, title={F}, abstract={f} # {g}}\n"
        "@misc{string, title=nowhere, abstract={f}}\n"
        "@misc{comma\n title={G}}\n"
        "@misc{h, title={H}, abstract={An h.}}"
    )
    found, _ = read_all(saved(tmp_path, content, "refs.bib"))
    assert [paper.title for paper in found] == ["A", "E", "F", "H"]
    told = reasons(tmp_path, content)
    assert [(line, reason.split(":")[0]) for line, reason in told] == [
        (3, "the entry 'no-abstract' has no abstract"),
        (5, "the entry 'no-title' has no title"),
        (6, "is a broken entry ('@misc{open, title={D, abstract={d}')"),
        (9, "the entry 'string' names the string 'nowhere', which the file does not define"),
        (10, "is a broken entry ('@misc{comma title='" + ")"),
    ]


def test_what_the_parser_warns_of_is_not_printed(tmp_path: Path, run: Run) -> None:
    file = saved(tmp_path, "@misc{open, title={D\n" + entry(), "refs.bib")
    done = run("ingest", str(file))
    assert done.returncode == 3
    assert done.stdout.startswith("1 papers: 1 new")
    head, line = done.stderr.splitlines()
    assert head == "1 rejected:" and line.startswith(f"  {file}:1: is a broken entry")


def test_an_abstract_that_is_too_long_is_rejected_with_its_line(tmp_path: Path) -> None:
    file = saved(tmp_path, "\n" + entry(abstract="{" + "x" * 101 + "}"), "refs.bib")
    found, (rejection,) = read_all(file, max_line=100)
    assert found == []
    assert (rejection.line, rejection.reason) == (2, "the abstract of 'A Title' has 101 characters (setting ingest.max_line)")


@pytest.mark.parametrize("title", ["{" * 500 + "x" + "}" * 500, "\\a" * 5000, "$\\begin{a}" * 100])
def test_a_title_that_cannot_be_decoded_stays_as_it_is_written(title: str) -> None:
    (paper,) = bibtex.read("refs.bib", entry(title=f"{{{title}}}"), 10**6)
    assert isinstance(paper, Paper) and paper.title


# Our own exports


def exported(*given: Paper) -> list[Paper]:
    """The papers of an answer, written as BibTeX and read again, without what the file adds: its name, its kind."""
    found = [item for item in bibtex.read("refs.bib", answer(*given).to_bibtex(), 10**6)]
    assert all(isinstance(item, Paper) for item in found), found
    return [item.model_copy(update={"pages": each.pages, "source": each.source}) for item, each in zip(found, given, strict=True)]  # type: ignore[union-attr]


def test_an_export_is_read_as_the_paper_that_it_was_written_from() -> None:
    full = papers.make(
        "$\\pi_0$: 100% {Done} -- a ``Cup''",
        "It has 12.4\\% of $x^{2}$, \\input{/etc/passwd} & ~all_of #it. {",
        Page(name="000", date="Aug 19"),
        "page",
        date="2024-10-31",
        url="https://arxiv.org/abs/2410.1?a=1&b=_#x",
        authors=("Ada Lovelace", "Knuth, Donald E.", "Barnes and Noble, Inc"),
    )
    bare = papers.make("Cups", "Cups are held ...", Page(name="x"), "jsonl")
    assert exported(full, bare) == [full, bare]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_as_it_was_written(text: str) -> None:
    check(text)


@given(TEXTS)
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    check(text)


def check(text: str) -> None:
    each = papers.make(f"T {shown(text)}".strip(), f"Tea: {shown(text)}".strip(), Page(name=text), "page")
    assert exported(each) == [each]


@given(st.text())
def test_escaping_is_undone(text: str) -> None:
    assert unescaped(escaped(text)) == text


def test_an_exported_answer_is_taken_in_again_without_a_change_of_text(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        assistant.ingest(SAMPLE)
        before = list(assistant.papers())
        file = saved(tmp_path, answer(*before[:5]).to_bibtex(), "refs.bib")
        report = assistant.ingest(file)
        assert (report.papers, report.new, report.chunks, report.rejected) == (5, 0, 0, ())
        after = [paper.model_copy(update={"pages": paper.pages[:1], "source": "jsonl"}) for paper in assistant.papers()]
        assert after == before


def doubling(levels: int) -> str:
    """Definitions of strings, each twice as long as the one before it."""
    return '@string{s0 = "abcdefghij"}\n' + "".join(f"@string{{s{n} = s{n - 1} # s{n - 1}}}\n" for n in range(1, levels + 1))


def test_strings_that_name_strings_grow_within_a_bound() -> None:
    # 18 doublings of 10 characters are 2.6 million; the other entries come in
    kept = "@article{b, title={A Paper of Kites}, abstract={Kites fly.}}"
    found = list(bibtex.read("a.bib", f"{doubling(18)}@article{{a, title={{Kites of Strings}}, abstract=s18}}\n{kept}", 10**6))
    assert [item.title for item in found if isinstance(item, Paper)] == ["A Paper of Kites"]
    reasons = [item.reason for item in found if not isinstance(item, Paper)]
    assert reasons == ["grows by more than 1,000,000 characters by the strings that it names (setting ingest.max_line)"]


def test_the_fields_of_an_entry_grow_within_a_bound() -> None:
    fields = ", ".join(f"note{n} = s14" for n in range(10))
    text = f"{doubling(14)}@article{{a, title={{Kites of Strings}}, abstract={{Kites fly.}}, {fields}}}"
    assert [item.title for item in bibtex.read("a.bib", text, 2 * 10**6) if isinstance(item, Paper)] == ["Kites of Strings"]
    (rejected,) = bibtex.read("a.bib", text, 10**6)
    assert isinstance(rejected, Rejection) and rejected.line == 16
    assert "by the strings that it names (setting ingest.max_line)" in rejected.reason
