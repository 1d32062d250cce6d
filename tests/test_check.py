"""Drafts checked: syntaxes, places, citations, references, states, formats, files, bounds, the command."""

from __future__ import annotations

import io
import json
import re
import threading
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import Run
from endpoint import Endpoint
from hypothesis import example, given
from hypothesis import strategies as st

from assistant import Assistant, Report, cancel, load, load_report
from assistant.check import citations, formats, latex, reading, references, word
from assistant.check.own import own
from assistant.check.values import STATES, STRUCK, State, Syntax
from assistant.errors import ArgumentError, SourceError, Stopped
from eval.bench import drafts as bench

BIB = """
@article{yang2023, title = {{LeanDojo}: Theorem Proving with Retrieval-Augmented Language Models}, author = {Yang, K. and others},
  year = 2023}
@inproceedings{xin2025, title = {BFS-Prover: Scalable Best-First Tree Search for LLM-based Automatic Theorem Proving},
  author = {Xin, Ran and Others, Ann}, year = {2025}}
@misc{made2031, title = {A Theory of Boiling Kettles}, author = {Duarte, Ines}, year = {2031}}
"""
PREMISES = "LeanDojo extracts data from Lean and annotates which premises occur in proofs"
SCORE = "On the MiniF2F test set, BFS-Prover scores 71.31"


def read(content: str, syntax: Syntax = "markdown") -> list[str]:
    """The sentences of a draft, as they stand there."""
    draft = reading.draft(content, syntax)
    return [content[one.start : one.end] for one in draft.sentences(lambda mark: True)]


def keys(content: str, syntax: Syntax = "markdown") -> list[str]:
    draft = reading.draft(content, syntax)
    return [key for one in draft.sentences(lambda mark: True) for mark in one.marks for key in mark.keys]


def claims(content: str, syntax: Syntax = "markdown") -> list[str]:
    return [one.claim for one in reading.draft(content, syntax).sentences(lambda mark: True)]


MARKDOWN = """---
title: "Kettles. All of them."
---

# Kettles boil. Always

Kettles boil in **two** minutes [@kettle2030, p. 3]. Spoons
bend [see @spoon; @fork].

Setext heading
--------------

```python
x = 1  # No sentence. At all.
```

    indented code. Not read.

| a. B | c. D |
|------|------|

- An item stands here.
- Another one too.

> A quote is read. <!-- A comment is not. -->

See [the page](https://example.org/a.b) and ![a picture. Truly](x.png) `code`.

$$ x = 1. $$

## References

Kettle, A. Boiling. 2030.
"""


def test_markdown_is_read_without_what_is_no_prose() -> None:
    assert read(MARKDOWN) == [
        "Kettles boil in **two** minutes [@kettle2030, p. 3].",
        "Spoons\nbend [see @spoon; @fork].",
        "An item stands here.",
        "Another one too.",
        "A quote is read.",
        "See [the page](https://example.org/a.b) and ![a picture. Truly](x.png) `code`.",
    ]
    assert keys(MARKDOWN) == ["kettle2030", "spoon", "fork"]
    assert claims(MARKDOWN)[:2] == ["Kettles boil in two minutes.", "Spoons bend."]


LATEX = r"""\documentclass{article}
\newcommand{\kettle}{A kettle. It boils.}
\begin{document}
\title{Kettles. All of them.}
\maketitle
\section{Kettles boil. Always}
Kettles boil in 2\% of the time~\cite[p. 3]{kettle2030,spoon}. % A comment. Not read.
% A line of comment within a paragraph.
\citet{fork} show that $x = 1$ holds
\begin{equation}
  y = 2 .
\end{equation}
for spoons; see Fig.~\ref{fig:a}.
\begin{figure}
  \caption{A caption. Not read.}
\end{figure}
\begin{itemize}
  \item An item stands here.
  \item Another one \emph{too}.
\end{itemize}
\input{other.tex}
\begin{verbatim}
Code. Not read.
\end{verbatim}
The end comes now \citep{last}.
\begin{thebibliography}{9}
\bibitem{kettle2030} A. Kettle. Boiling. 2030.
\end{thebibliography}
\end{document}
Behind the end. Not read.
"""


@pytest.mark.parametrize(
    "sentence", ["**{} [@b].**", "*{}* [@b].", "__{}__ [@b].", "~~{} [@b].~~", "<del>{} [@b].</del>", "({} [@b].)"]
)
def test_what_is_set_in_markdown_parts_its_sentences(sentence: str) -> None:
    middle = sentence.format("Bees fly by day")
    draft = reading.draft(f"Tea is hot [@a]. {middle} Wax melts [@c].", "markdown")
    found = draft.sentences(lambda mark: True)
    body = "(Bees fly by day.)" if "(" in sentence else "Bees fly by day."
    assert [(one.claim.strip("~"), one.marks[0].keys, one.struck) for one in found] == [
        ("Tea is hot.", ("a",), False),
        (body, ("b",), "~~" in sentence or "del" in sentence),
        ("Wax melts.", ("c",), False),
    ]
    assert read("**Results.** Tea *is* hot. **On tea and bees:** Wax melts.") == [
        "**Results.** Tea *is* hot.",
        "**On tea and bees:** Wax melts.",
    ]


@pytest.mark.parametrize(
    ("content", "syntax", "found"),
    [
        ("# Bees sleep at noon in May [@a]\nTea is hot.\n", "markdown", ["Bees sleep at noon in May [@a]", "Tea is hot."]),
        ("Tea is hot.\n\n## Bees are rare [3] ##\n\nWax.\n", "markdown", ["Tea is hot.", "Bees are rare [3]", "Wax."]),
        ("Bees are rare [@a]\n====\n\nTea is hot.\n", "markdown", ["Bees are rare [@a]", "Tea is hot."]),
        ("# Bees are rare\n\n## Bees at noon [@a]\n\nTea is hot.\n", "markdown", ["Tea is hot."]),
        (r"\section{Bees are rare \cite{a}} Tea is hot.", "latex", [r"Bees are rare \cite{a}", "Tea is hot."]),
        (r"\subsection*[B]{Bees lose 3 wings \cite{a}} Tea.", "latex", [r"Bees lose 3 wings \cite{a}", "Tea."]),
        (r"\paragraph{All bees sleep on warm tea.} Wax.", "latex", ["All bees sleep on warm tea.", "Wax."]),
        (r"\section{Bees are rare} \section{Bees \cite{a}} \paragraph{On bees.} Tea is hot.", "latex", ["Tea is hot."]),
    ],
)
def test_a_heading_that_states_and_cites_is_judged(content: str, syntax: Syntax, found: list[str]) -> None:
    assert read(content, syntax) == found


def test_latex_is_read_without_what_is_no_prose() -> None:
    found = read(LATEX, "latex")
    assert [one.split("\n")[0] for one in found] == [
        r"Kettles boil in 2\% of the time~\cite[p. 3]{kettle2030,spoon}.",
        r"\citet{fork} show that $x = 1$ holds",
        "An item stands here.",
        r"Another one \emph{too}.",
        r"The end comes now \citep{last}.",
    ]
    assert keys(LATEX, "latex") == ["kettle2030", "spoon", "fork", "last"]
    assert claims(LATEX, "latex")[0] == "Kettles boil in 2% of the time."
    assert claims(LATEX, "latex")[1].startswith("They show that")
    assert reading.draft(LATEX, "latex").references[0].key == "kettle2030"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize(("content", "syntax"), [(MARKDOWN, "markdown"), (LATEX, "latex"), (MARKDOWN, "plain")])
def test_a_draft_is_read_the_same_with_line_ends_of_other_systems(content: str, syntax: Syntax, end: str) -> None:
    other = content.replace("\n", end)
    assert [each.replace(end, "\n") for each in read(other, syntax)] == read(content, syntax)
    assert (keys(other, syntax), claims(other, syntax)) == (keys(content, syntax), claims(content, syntax))
    assert reading.draft(other, syntax).references == reading.draft(content, syntax).references


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_draft_with_a_mark_of_its_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    for name, content in (("draft.md", MARKDOWN), ("refs.bib", BIB)):
        (tmp_path / name).write_text(content, encoding)
    assert reading.read_file(tmp_path / "draft.md").text == MARKDOWN
    assert [one.key for one in reading.read_bib(tmp_path / "refs.bib")] == ["yang2023", "xin2025", "made2031"]


def test_plain_text_has_headings_and_a_list_of_references() -> None:
    listed = "[1] A. Kettle.\nBoiling. 2030.\n[2] B. Spoon.\n"
    content = f"Kettles and spoons\n\nKettles boil [1]. Spoons bend [2-4, 7]. [3] say so.\n\nReferences\n\n{listed}"
    assert read(content, "plain") == ["Kettles boil [1].", "Spoons bend [2-4, 7].", "[3] say so."]
    assert keys(content, "plain") == ["1", "2", "3", "4", "7", "3"]
    found = reading.draft(content, "plain").references
    assert [(one.key, one.written, one.year) for one in found] == [
        ("1", "A. Kettle. Boiling. 2030.", "2030"),
        ("2", "B. Spoon.", ""),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "## References {-}",
        "## References {.unnumbered}",
        "# References {#refs .unnumbered} #",
        "### 5) Works Cited",
        "## Notes and references",
        "References and Notes",
        "Literature cited",
        "Cited literature",
        "7. References",
        "VII. REFERENCES",
        "A. References",
        "**7. References**",
        "List of references",
        "Selected bibliography:",
        "References\n----------",
        "<h2>References</h2>",
    ],
)
def test_the_list_of_references_is_known_by_its_heading(heading: str) -> None:
    draft = reading.draft(f"Kettles boil [1].\n\n{heading}\n\nKettle, A. (2030). Boiling. It is hot.\n", "markdown")
    assert [one.written for one in draft.references] == ["Kettle, A. (2030). Boiling. It is hot."]
    assert [one.claim for one in draft.sentences(lambda mark: True)] == ["Kettles boil."]


@pytest.mark.parametrize(
    "heading", ["Related literature", "References to kettles", "Literature review", "Notes", "Works", "## The literature"]
)
def test_another_heading_begins_no_list_of_references(heading: str) -> None:
    assert not reading.draft(f"Kettles boil [1].\n\n{heading}\n\nKettle, A. (2030). Boiling.\n", "markdown").listed


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("A.\n\\iffalse\nDead. Dead too.\n\\fi\nB.", ["A.", "B."]),
        (
            "A. \\iffalse Dead. \\ifx x y Dead. \\else Dead. \\fi Dead. % \\fi\nDead. \\iff \\ifthenelse{x} Dead. \\fi B.",
            ["A.", "B."],
        ),
        ("\\iffalse Dead. \\else B. \\fi C.", ["B.", "C."]),
        ("\\iftrue B. \\else Dead. \\ifnum1>2 Dead. \\fi \\fi C.", ["B.", "C."]),
        ("A. \\iffalse B.", ["A.", "B."]),
        ("A.\n\\if0\nDead. \\else B. \\fi", ["A.", "B."]),
        ("A. \\if 0 Dead. \\fi B.", ["A.", "B."]),
        ("A.\\comment{Dead.}\\fixme{Dead.} B.", ["A.", "B."]),
        ("A.\n\\begin{comment}\nDead. Dead.\n\\end{comment}\nB.", ["A.", "B."]),
        ("A.\n%\\end{document}\nB.\n\\end{document}\nDead.", ["A.", "B."]),
        ("\\begin{document}\nA. %\\end{document}\nB.\n\\end{document}\nDead.", ["A.", "B."]),
        ("A.\n\\endinput\nDead.", ["A."]),
    ],
)
def test_what_latex_never_sets_is_not_read(content: str, found: list[str]) -> None:
    words = {"A.": "Kettles are hot.", "B.": "Spoons are bent.", "C.": "Forks are old.", "Dead.": "Pans are dead."}
    for short, whole in words.items():
        content = content.replace(short, whole)
    assert claims(content, "latex") == [words[one] for one in found]


def test_a_bibliography_in_a_comment_is_none() -> None:
    content = "% \\begin{thebibliography}{1}\nKettles.\n\\begin{thebibliography}{1}\n\\bibitem{a} Kettle.\n\\end{thebibliography}\n"
    assert [one.key for one in reading.draft(content, "latex").references] == ["a"]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Duarte et al. (2029) boil water.", ["Duarte et al. 2029"]),
        ("Water boils (Duarte et al., 2029; see Kettle and Spoon, 2030a).", ["Duarte et al. 2029", "Kettle and Spoon 2030a"]),
        ("Water boils (Duarte, 2029, 2031).", ["Duarte 2029", "Duarte 2031"]),
        ("Water boils [Duarte et al., 2029].", ["Duarte et al. 2029"]),
        ("Water boils, as van der Berg (2030) says.", ["van der Berg 2030"]),
        ("Water boils (May, 2029).", []),
        ("Water boils (in 2029, at sea level).", []),
        ("The interval [0, 1] holds it.", []),
        ("A mail to me@example.org was sent.", []),
        (r"Water boils \cite{a, b} and \citep[see][p. 2]{c} and \textcite{d}, not \nocite{e}.", ["a", "b", "c", "d"]),
        ("Water boils [@a; -@b, p. 4] and @c says so.", ["a", "b", "c"]),
        ("Duarte et al. [3] boil water.", ["3"]),
    ],
)
def test_citations_of_a_sentence(sentence: str, found: list[str]) -> None:
    marks = citations.marks(sentence, "markdown", lambda mark: True)
    assert [key for mark in marks for key in mark.keys] == found


@pytest.mark.parametrize(
    "claim",
    [
        "We build on this.",
        "Our kettle is blue.",
        "In this section, kettles are described.",
        "The rest of this paper is about spoons.",
        "Let x be a kettle.",
        "Figure 2 shows a kettle.",
        "Why does water boil?",
        "In short:",
    ],
)
def test_a_sentence_about_the_draft_needs_no_source(claim: str) -> None:
    assert own(claim)


@pytest.mark.parametrize(
    "claim", ["Kettles boil in two minutes.", "US kettles boil.", "Type I errors are rare.", "Lean is used in Section A of GPT."]
)
def test_a_sentence_about_the_world_needs_one(claim: str) -> None:
    assert not own(claim) or "Section" in claim


@pytest.fixture(scope="module")
def report(sample: Assistant) -> Report:
    """A draft with a sentence for each state."""
    content = (
        f"# Provers\n\n{PREMISES} [@yang2023]. On the MiniF2F test set, BFS-Prover scores 78.31 [@xin2025].\n"
        f"{SCORE} [@yang2023]. {SCORE}. LeanDojo boils water in copper kettles [@yang2023].\n\n"
        "Kettles think [@made2031; @nobody]. We like kettles.\n"
    )
    return sample.check_text(content, "markdown", BIB)


def test_each_state_is_met(report: Report) -> None:
    assert [one.state for one in report.sentences] == [
        "proved",
        "differs",
        "other paper",
        "uncited",
        "not found",
        "unknown citation",
        "own",
    ]
    proved, differs, other, uncited, _, unknown, _ = report.sentences
    assert report.papers[proved.citations[0].papers[0]].title.startswith("LeanDojo")
    assert differs.reasons == ("the source says 71.31, not 78.31",)
    for one in (other, uncited):
        assert one.offered is not None and report.papers[one.offered].title.startswith("BFS-Prover")
    assert [one.problem for one in unknown.citations] == [
        "the library does not hold this paper",
        "the bibliography has no such entry",
    ]
    assert unknown.citations[0].title == "A Theory of Boiling Kettles"
    assert report.problems == (differs, other, unknown)
    assert report.counts == dict.fromkeys(STATES, 1)


def test_places_are_those_of_the_draft(report: Report) -> None:
    lines = report.text.split("\n")
    for one in report.sentences:
        assert report.text[one.start : one.end] == one.text
        first = lines[one.line - 1][one.column - 1 :]
        assert one.text.startswith(first) or first.startswith(one.text)
        assert lines[one.end_line - 1][: one.end_column - 1].endswith(one.text.split("\n")[-1])
        for proof in one.proofs:
            assert report.papers[proof.paper].abstract[proof.start : proof.end] == proof.quote


@pytest.mark.parametrize(
    ("content", "syntax", "bib"),
    [
        (f"{PREMISES} \\cite{{yang2023}}.", "latex", BIB),
        (f"{PREMISES} (Yang et al., 2023).", "markdown", BIB),
        (
            f"{PREMISES} [1].\n\nReferences\n\n1. K. Yang: LeanDojo: Theorem Proving with Retrieval-Augmented Language Models.",
            "plain",
            "",
        ),
        (
            f"{PREMISES} (Yang et al., 2023).\n\n# References\n\nYang, K. and others (2023). LeanDojo: Theorem proving with "
            "retrieval-augmented language models.\n",
            "markdown",
            "",
        ),
        (
            f"{PREMISES} \\cite{{a}}.\n\\begin{{thebibliography}}{{1}}\\bibitem{{a}} Yang: \\emph{{LeanDojo: Theorem Proving with "
            "Retrieval-Augmented Language Models}}.\\end{thebibliography}",
            "latex",
            "",
        ),
    ],
)
def test_a_paper_is_known_by_every_kind_of_reference(sample: Assistant, content: str, syntax: Syntax, bib: str) -> None:
    found = sample.check_text(content, syntax, bib)
    assert [one.state for one in found.sentences] == ["proved"]


def test_a_sentence_may_rest_on_two_papers_that_it_cites(sample: Assistant) -> None:
    both = f"{PREMISES}, and BFS-Prover scores 71.31 on the MiniF2F test set"
    assert sample.check_text(f"{both} [@yang2023; @xin2025].", "markdown", BIB).sentences[0].state == "proved"
    assert sample.check_text(f"{both} [@yang2023].", "markdown", BIB).sentences[0].state in ("differs", "not found")


def test_a_claim_about_the_draft_may_cite(sample: Assistant) -> None:
    assert sample.check_text("We follow @yang2023 in all of our kettles.", "markdown", BIB).sentences[0].state == "own"


def test_each_clause_is_held_against_the_paper_that_it_cites(sample: Assistant) -> None:
    forms: tuple[tuple[Syntax, str], ...] = (
        ("markdown", "@yang2023 assemble a benchmark of 96,962 theorems, whereas @xin2025 score 71.31 on MiniF2F."),
        ("latex", r"\citet{yang2023} assemble a benchmark of 96,962 theorems, whereas \citet{xin2025} score 71.31 on MiniF2F."),
    )
    for syntax, true in forms:
        false = true.replace("yang2023", "x").replace("xin2025", "yang2023").replace("{x}", "{xin2025}").replace("@x ", "@xin2025 ")
        assert sample.check_text(true, syntax, BIB).sentences[0].state == "proved"
        (wrong,) = sample.check_text(false, syntax, BIB).sentences
        assert wrong.state == "differs" and "cited for it" in wrong.reasons[0]


def test_keys_of_the_library_need_no_bibliography(tmp_path: Path, sample: Assistant) -> None:
    kettle = (
        "@article{kettle, title = {Kettles}, abstract = {Kettles boil water in two minutes.}, author = {Duarte, Ines}, year = 2029}"
    )
    (tmp_path / "kettles.bib").write_text(kettle, "utf-8")
    with Assistant.open(tmp_path / "library", set=["embedder.kind=fake"]) as assistant:
        assistant.ingest(tmp_path / "kettles.bib")
        found = assistant.check_text("Kettles boil water in two minutes \\cite{kettle}.", "latex")
        named = assistant.check_text("Duarte (2029) boils water. In Kettle (2029), water boils.", "plain")
    assert [one.state for one in found.sentences] == ["proved"]
    assert [len(one.citations) for one in named.sentences] == [1, 0], (
        "a place and a year are no citation unless somebody has the name"
    )


SIGNS = [*"aA1 .\n\t#`~*_[]()@{}\\%$|>-+<&;,:?!\"'\u2019\x1e\x00\u00a0\ud800é。", "et al.", "2029", "\\cite{", "\\begin{"]
ODD = st.lists(st.sampled_from(SIGNS) | st.characters(), max_size=100).map("".join)
PIECES = st.lists(
    st.sampled_from(
        [
            *MARKDOWN.splitlines(keepends=True),
            *LATEX.splitlines(keepends=True),
            "$$",
            "<!--",
            "-->",
            "```\n",
            "---\n",
            "\\[",
            "[1]",
            "[@",
            "\n\n",
        ]
    ),
    max_size=30,
).map("".join)


@given(ODD | PIECES, st.sampled_from(["markdown", "latex", "plain"]))
@example("[1]\n\n\\cite{", "latex")
@example("---\n", "markdown")
@example("References", "plain")
def test_any_text_is_read_and_each_word_stands_in_one_sentence(content: str, syntax: Syntax) -> None:
    draft = reading.draft(content, syntax)
    assert len(draft.masked) == len(content)
    found = draft.sentences(lambda mark: mark.start % 2 == 0)
    assert all(one.start < other.start and one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert all(0 <= one.start < one.end <= len(content) for one in found)
    inside = {at for one in found for at in range(one.start, one.end)}
    words = latex.splittable(draft.masked) if syntax == "latex" else draft.masked  # the name of a command is no word
    assert all(at in inside for at, char in enumerate(words) if char.isalpha())
    for one in found:
        assert all(one.start <= mark.start < mark.end <= one.end for mark in one.marks)


@given(
    st.lists(
        st.sampled_from(["Kettles boil.", "We boil [@a].", f"{PREMISES} [@yang2023].", "# Head\n", "\n\n", "x", "<b>", "`c`"]),
        max_size=8,
    )
)
def test_each_sentence_is_in_the_report_once_in_every_format(sample: Assistant, parts: list[str]) -> None:
    made = sample.check_text(" ".join(parts), "markdown", BIB)
    count = len(made.sentences)
    assert made.to_html().count('<span class="check-draft">') == count
    assert len(re.findall(r"^\d+\. \*\*", made.to_markdown(), re.MULTILINE)) == count
    assert len(re.findall(r"^draft:\d+:\d+: ", made.to_text(), re.MULTILINE)) == count
    told = [one for one in made.sentences if one.state not in ("proved", "own")]
    assert len(json.loads(made.to_sarif())["runs"][0]["results"]) == len(told)
    assert Report.model_validate_json(made.model_dump_json()) == made


def test_sarif_has_what_the_standard_asks_for(report: Report) -> None:
    log = json.loads(report.to_sarif())
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] and run["columnKind"] == "unicodeCodePoints"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert report.text[region["charOffset"] :][: region["charLength"]] in [one.text for one in report.sentences]
        assert region["startLine"] >= 1 and region["startColumn"] >= 1
    assert [result["level"] for result in run["results"]] == ["error", "error", "note", "warning", "error"]


class Tags(HTMLParser):
    """The elements of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.met = set[str]()
        self.data = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.add(tag)
        assert all(not name.startswith("on") and name not in ("href", "src") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def test_what_a_draft_holds_is_no_markup_in_any_format(sample: Assistant) -> None:
    odd = "Kettles <b title=x>boil</b> &lt;i&gt; *twice* [a](javascript:b) \x1b[31m | \\input{c} \u202e said @nobody [@x<u>y]."
    made = sample.check_text(odd, "markdown", "@misc{x, title={<i>Kettles</i> \x1b[1m](http://a)}}")
    tags = Tags()
    tags.feed(made.to_html())
    assert tags.met <= set("html head meta title style body h1 section p div span blockquote br cite".split())
    assert "<b title=x>boil</b>" in "".join(tags.data)
    for shown in (made.to_html(), made.to_text(), made.to_markdown()):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", shown)
    assert "](" not in json.loads(made.to_sarif())["runs"][0]["results"][0]["message"]["text"]
    assert "](" not in made.to_markdown()


def docx(body: str, name: str = "word/document.xml", head: str = "", numbering: str = "", styles: str = "") -> bytes:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, f'<?xml version="1.0"?>{head}<w:document {space}><w:body>{body}</w:body></w:document>')
        if numbering:
            archive.writestr("word/numbering.xml", f"<w:numbering {space}>{numbering}</w:numbering>")
        if styles:
            archive.writestr("word/styles.xml", f"<w:styles {space}>{styles}</w:styles>")
    return out.getvalue()


def paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def test_a_file_of_word_is_read(tmp_path: Path, sample: Assistant) -> None:
    deleted = "<w:p><w:del><w:r><w:delText>Gone.</w:delText></w:r></w:del><w:r><w:t>Kept here.</w:t></w:r>"
    deleted += "<w:r><w:rPr><w:strike/></w:rPr><w:t>Struck.</w:t></w:r>"
    deleted += '<w:r><w:rPr><w:strike w:val="0"/></w:rPr><w:t> Kept too.</w:t></w:r></w:p>'
    table = f"<w:tbl><w:tr><w:tc>{paragraph('A cell. Not read.')}</w:tc></w:tr></w:tbl>"
    listed = paragraph("[1] Yang. LeanDojo: Theorem Proving with Retrieval-Augmented Language Models. 2023.")
    body = (
        paragraph("Provers")
        + paragraph(f"{PREMISES[:20]}", f"{PREMISES[20:]} [1].")
        + deleted
        + table
        + paragraph("References")
        + listed
    )
    file = tmp_path / "draft.docx"
    file.write_bytes(docx(body))
    made = sample.check(file)
    assert [(one.text, one.state) for one in made.sentences] == [
        (f"{PREMISES} [1].", "proved"),
        ("Kept here.", "not found"),
        ("Kept too.", "not found"),
    ]


def run_of_word(content: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{content}</w:t></w:r>'


def of_word(*runs: str) -> str:
    """The text of a file of Word with one paragraph."""
    spaces = {"m": "officeDocument/2006/math", "mc": "markup-compatibility/2006"}
    named = "".join(f' xmlns:{key}="http://schemas.openxmlformats.org/{name}"' for key, name in spaces.items())
    return word.text("draft.docx", docx(f"<w:p{named}>{''.join(runs)}</w:p>")).strip()


RAISED = '<w:vertAlign w:val="superscript"/>'


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("the test set^2^ is", "the test set [2] is"),
        ("was tested.^2,3^ Next", "was tested. [2,3] Next"),
        ("a set^2^^,^^4^^–^^6^ and", "a set [2,4–6] and"),
        ("a set^2, ^and", "a set [2], and"),
        ("scores 71.31^2^ in 2020^12^.", "scores 71.31 [2] in 2020 [12]."),
        ("Kettle^[2]^ (n = 84)^3^ and x^12^", "Kettle [2] (n = 84) [3] and x [12]"),
        ("5 m^2^, mg/m^2^, per km^2^, R^2^", "5 m², mg/m², per km², R²"),
        ("10^5^, 10^12^, 10^−5^, s^-1^", "10⁵, 10¹², 10⁻⁵, s⁻¹"),
        ("the 1^st^ kettle^*^", "the 1st kettle*"),
    ],
)
def test_a_raised_number_of_word_is_a_citation_or_a_power(written: str, text: str) -> None:
    runs = [run_of_word(part, RAISED if place % 2 else "") for place, part in enumerate(written.split("^"))]
    assert of_word(*runs) == text


def style(name: str, properties: str = "", on: str = "") -> str:
    based = f'<w:basedOn w:val="{on}"/>' if on else ""
    return f'<w:style w:type="character" w:styleId="{name}">{based}<w:rPr>{properties}</w:rPr></w:style>'


def test_a_number_of_word_is_raised_by_its_style() -> None:
    styles = style("Cited", RAISED) + style("Bold", "<w:b/>") + style("BoldCited", "<w:b/>", on="Cited")
    styles += style("Level", '<w:vertAlign w:val="baseline"/>', on="Cited") + style("A", on="B") + style("B", on="A")
    named = ["Cited", "BoldCited", "Bold", "Level", "A", "none"]
    runs = [run_of_word(f" {name}") + run_of_word("7", f'<w:rStyle w:val="{name}"/>') for name in named]
    runs.append(run_of_word("7", '<w:rStyle w:val="Cited"/><w:vertAlign w:val="baseline"/>'))
    read = word.text("draft.docx", docx(f"<w:p>{''.join(runs)}</w:p>", styles=styles)).strip()
    assert read == "Cited [7] BoldCited [7] Bold7 Level7 A7 none77"
    with pytest.raises(SourceError, match="broken XML"):
        word.text("draft.docx", docx("<w:p/>", styles="<w:style>"))


@pytest.mark.parametrize(
    ("content", "syntax", "cited", "claim"),
    [
        ("A test set<sup>2</sup> is small.", "markdown", ["2"], "A test set is small."),
        ("It was tested.^2,4–5^ Kettles boil.", "markdown", ["2", "4", "5"], "It was tested."),
        ("A set^[3]^ is small.", "markdown", ["3"], "A set is small."),
        ("A set$^{2}$, and $^7$ more.", "markdown", ["2", "7"], "A set, and more."),
        ("It was tested.\\textsuperscript{2,3} Kettles boil.", "latex", ["2", "3"], "It was tested."),
        ("A set$^{12}$ is small.", "latex", ["12"], "A set is small."),
        ("It holds 5 m<sup>2</sup>, 10^5^ kettles.", "markdown", [], "It holds 5 m², 10⁵ kettles."),
        ("It holds 5~m\\textsuperscript{2} or 3 km$^{2}$ of it.", "latex", [], "It holds 5 m² or 3 km² of it."),
        ("We see $^{13}$C here.", "latex", [], "We see ¹³ C here."),
        ("It is `x^2^` and x^2 or y^3 here.", "markdown", [], "It is x^2^ and x^2 or y^3 here."),
        ("It is 3^2 + 4^2 kettles here.", "markdown", [], "It is 3^2 + 4^2 kettles here."),
        ("A note[^2] and the 1<sup>st</sup> kettle.", "markdown", [], "A note and the 1 st kettle."),
    ],
)
def test_a_raised_number_is_a_citation_or_a_power(content: str, syntax: Syntax, cited: list[str], claim: str) -> None:
    assert (keys(content, syntax), claims(content, syntax)[0]) == (cited, claim)
    first = next((mark for one in reading.draft(content, syntax).sentences(lambda mark: True) for mark in one.marks), None)
    assert first is None or content[first.start : first.end].strip("^$")[-1:] in ("}", ">", "]", "5", "7", "2")


def test_a_raised_number_of_word_cites(sample: Assistant, tmp_path: Path) -> None:
    body = f"<w:p>{run_of_word(PREMISES)}{run_of_word('1', RAISED)}{run_of_word('. ' + SCORE)}{run_of_word('.')}"
    body += f"{run_of_word('1', RAISED)}</w:p>{paragraph('7. Literature cited')}"
    body += paragraph("1. Yang. LeanDojo: Theorem Proving with Retrieval-Augmented Language Models. 2023.")
    (tmp_path / "draft.docx").write_bytes(docx(body))
    made = sample.check(tmp_path / "draft.docx")
    assert [(one.state, len(one.citations)) for one in made.sentences] == [("proved", 1), ("other paper", 1)]


def item(content: str, number: int, level: int = 0) -> str:
    given = f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    return f"<w:p>{given}{run_of_word(content)}</w:p>"


def levels(of: int, *kinds: str) -> str:
    made = "".join(f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/></w:lvl>' for at, kind in enumerate(kinds))
    return f'<w:abstractNum w:abstractNumId="{of}">{made}</w:abstractNum>'


NUMBERING = (
    levels(7, "decimal", "decimal")
    + levels(8, "bullet", "none")
    + "".join(f'<w:num w:numId="{at}"><w:abstractNumId w:val="{of}"/></w:num>' for at, of in ((1, 7), (2, 8), (3, 7)))
    + '<w:num w:numId="4"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"/></w:num>'
)


def test_the_numbers_of_lists_of_word_are_counted(sample: Assistant, tmp_path: Path) -> None:
    body = item("One.", 1) + item("Below.", 1, 1) + item("", 1) + item("Below again.", 1, 1) + item("Three.", 3)
    body += item("A bullet.", 2) + item("None.", 2, 1) + item("Anew.", 4) + item("No list.", 0) + item("Unknown.", 9)
    found = word.text("draft.docx", docx(body, numbering=NUMBERING)).split("\n\n")
    assert [one.strip() for one in found] == [
        *("1. One.", "1. Below.", "1. Below again.", "3. Three.", "\u2022 A bullet.", "None.", "1. Anew.", "No list.", "Unknown."),
    ]
    body = paragraph(f"{PREMISES} [2].") + item("Bees are rare.", 2) + paragraph("References") + item("Kettle. Boiling. 2030.", 4)
    body += item("Yang. LeanDojo: Theorem Proving with Retrieval-Augmented Language Models. 2023.", 4)
    (tmp_path / "draft.docx").write_bytes(docx(body, numbering=NUMBERING))
    made = sample.check(tmp_path / "draft.docx")
    assert [(one.text, one.state) for one in made.sentences] == [(f"{PREMISES} [2].", "proved"), ("Bees are rare.", "not found")]
    with pytest.raises(SourceError, match="broken XML"):
        word.text("draft.docx", docx(body, numbering="<w:num>"))


def test_many_lists_and_levels_of_word_are_read_in_a_second() -> None:
    many = 2_000
    numbering = levels(7, *["decimal"] * many)
    numbering += "".join(
        f'<w:num w:numId="{at}"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"/></w:num>' for at in range(many)
    )
    content = docx("".join(item("Tea.", at, at) for at in range(many)), numbering=numbering)
    began = time.process_time()
    found = word.text("draft.docx", content).split("\n\n")
    assert time.process_time() - began < 2
    assert (found[0], found[8], found[9]) == ("1. Tea.", "1. Tea.", "Tea.")  # Word has nine levels


def test_long_numbers_of_word_are_read() -> None:
    assert of_word(run_of_word("Tea is hot."), run_of_word("1" * 5_000, RAISED)).startswith("Tea is hot.\u00b9")
    numbering = levels(7, "decimal").replace('<w:start w:val="1"/>', f'<w:start w:val="{"9" * 5_000}"/>')
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    assert word.text("draft.docx", docx(item("Tea.", 1), numbering=numbering)) == "1. Tea.\n"


def test_a_bibliography_of_too_many_entries_is_told_as_such(sample: Assistant, tmp_path: Path) -> None:
    (tmp_path / "big.bib").write_text("@a{b}\n" * 100_001, "utf-8")
    (tmp_path / "draft.md").write_text(f"{PREMISES} [@b].\n", "utf-8")
    with pytest.raises(SourceError, match=r"big\.bib.* opens more than 100,000 entries; split it"):
        sample.check(tmp_path / "draft.md", bib=tmp_path / "big.bib")
    with pytest.raises(SourceError, match="opens more than 100,000 entries"):
        sample.check_text(f"{PREMISES} [@b].", "markdown", bib="@a{b}\n" * 100_001)


def test_a_draft_and_its_bibliography_can_be_stopped_while_they_are_read() -> None:
    stop = threading.Event()
    stop.set()
    with cancel.stoppable(stop):
        with pytest.raises(Stopped):
            word.text("draft.docx", docx(paragraph("Tea.")))
        with pytest.raises(Stopped):
            reading.bib_text(BIB)


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        (run_of_word("state") + "<w:r><w:noBreakHyphen/></w:r>" + run_of_word("of-the-art"), "state-of-the-art"),
        (run_of_word("Kept.") + run_of_word(" Hidden.", "<w:vanish/>"), "Kept."),
        (run_of_word("Kept.") + run_of_word(" Shown.", '<w:vanish w:val="0"/>'), "Kept. Shown."),
        ('<w:r><w:t>5</w:t><w:sym w:font="Symbol" w:char="F0B1"/><w:t>3</w:t></w:r>', "5±3"),
        ('<w:r><w:t>5</w:t><w:sym w:font="Wingdings" w:char="F0B1"/><w:t>3</w:t></w:r>', "5 3"),
        (
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:t>Once.</w:t></mc:Choice>"
            "<mc:Fallback><w:t>Once.</w:t></mc:Fallback></mc:AlternateContent></w:r>",
            "Once.",
        ),
        (
            f"<w:ins>{run_of_word('Put in.')}</w:ins><w:del><w:r><w:delText> Taken</w:delText></w:r>{run_of_word(' out.')}</w:del>"
            f"<w:moveFrom>{run_of_word(' Was here.')}</w:moveFrom><w:moveTo>{run_of_word(' Is here.')}</w:moveTo>",
            "Put in. Is here.",
        ),
        (
            run_of_word("Of ")
            + "<m:oMath><m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup>"
            "</m:oMath>" + run_of_word(" kettles"),
            "Of 10⁶ kettles",
        ),
    ],
)
def test_what_word_shows_is_read_once_and_what_it_hides_is_not(runs: str, text: str) -> None:
    assert of_word(runs) == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no zip", "broken file of Word"),
        (docx("", name="other.xml"), "no document of Word"),
        (docx("<w:p>"), "broken XML"),
        (docx("", head='<!DOCTYPE d [<!ENTITY a "b">]>'), "declares entities"),
        (docx(" " * 12_000_000), "unpacks to more"),
    ],
)
def test_a_file_that_is_no_document_of_word_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        word.text("draft.docx", content)


def test_a_deep_document_of_word_is_read() -> None:
    assert word.text("draft.docx", docx("<w:p>" * 20_000 + "<w:r><w:t>Deep.</w:t></w:r>" + "</w:p>" * 20_000)).strip() == "Deep."


def test_wrong_input_is_told_in_a_line(sample: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(said: str, name: str, content: bytes | None = None, bib: str = "") -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=said):
            sample.check(tmp_path / name, [tmp_path / bib] if bib else [])

    told("No such file", "none.md")
    told("its name ends with one of", "draft.pdf", b"x")
    told("no UTF-8", "draft.md", b"\xff\xff")
    (tmp_path / "empty.bib").write_text("nothing", "utf-8")
    told("no BibTeX entry", "fine.md", b"Fine.", "empty.bib")
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 10)
    told("at most 10 are read", "long.md", b"A kettle boils.")
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 1000)
    monkeypatch.setattr(reading, "MOST_SENTENCES", 3)
    told("more than 3 sentences", "many.md", b"A kettle boils. " * 9)
    for wrong in (lambda: sample.check(7), lambda: sample.check_text("x", "word"), lambda: sample.check("x.md", [7])):  # pyright: ignore[reportArgumentType]
        with pytest.raises(ArgumentError):
            wrong()


def test_references_are_read_from_bibtex_and_lists() -> None:
    found = references.of_bibtex(BIB + "@article{broken, title = ")
    assert [(one.key, one.year) for one in found] == [("yang2023", "2023"), ("xin2025", "2025"), ("made2031", "2031")]
    content = "Kettle, A. (2030). Boiling.\n\nSpoon, B.\n(2031). Bending. arXiv:2310.12345\n"
    listed = references.of_list(content, (0, len(content)))
    assert [(one.year, one.ids) for one in listed] == [("2030", ()), ("2031", ("arxiv:2310.12345",))]


def test_a_report_is_saved_and_read(report: Report, sample: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    report.save(file)
    assert load_report(file) == report
    with pytest.raises(SourceError, match="holds the report of a draft; read it with: assistant.load_report"):
        load(file)
    sample.ask("What does LeanDojo offer?").save(tmp_path / "answer.json")
    with pytest.raises(SourceError, match="holds an answer"):
        load_report(tmp_path / "answer.json")
    content = json.loads(file.read_text("utf-8"))
    content["report"]["sentences"][0]["proofs"][0]["quote"] = "Kettles."
    file.write_text(json.dumps(content), "utf-8")
    with pytest.raises(SourceError, match="a quote of sentence 1 is not in its abstract"):
        load_report(file)
    content["report"]["sentences"][0]["text"] = "Kettles."
    file.write_text(json.dumps(content), "utf-8")
    with pytest.raises(SourceError, match="sentence 1 is not in its draft"):
        load_report(file)


def test_a_sentence_that_no_abstract_could_hold_is_not_judged(sample: Assistant) -> None:
    found = sample.check_text(f"LeanDojo holds {'3 fields, ' * 180} [@yang2023]. {PREMISES} [@yang2023].", bib=BIB).sentences
    assert [one.state for one in found] == ["not found", "proved"]
    assert (found[0].reasons, found[0].verdict) == (("a sentence of more than 1,700 characters is too long to be judged",), None)


def test_progress_is_told(sample: Assistant) -> None:
    steps = list[tuple[int, int | None]]()
    sample.check_text("Kettles boil. Spoons bend.", "plain", progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 2), (1, 2), (2, 2)]


def test_the_state_is_told_in_words(report: Report) -> None:
    told = [formats.told(report, one) for one in report.sentences]
    lean, bfs = (f'"{paper.title}"' for paper in report.papers[:2])
    assert told[0] == f"{lean} says it"
    assert told[1] == f"{bfs} says something else: the source says 71.31, not 78.31"
    assert told[2] == f"{lean} does not say it; {bfs} does, cite that"
    assert told[3] == f"{bfs} says it, cite that"
    assert told[5] == "made2031: the library does not hold this paper; nobody: the bibliography has no such entry"
    assert told[6] == "no source needed"


def test_the_state_of_a_sentence_with_several_papers_is_told_in_words(report: Report) -> None:
    cited = report.sentences[0].citations[0]
    report = report.model_copy(update={"papers": (*report.papers, report.papers[0])})
    for places, listed, verbs in (
        ((0,), '"{0}"', ("says", "does", "the abstract")),
        ((0, 1), '"{0}" and "{1}"', ("say", "do", "the abstracts")),
        ((0, 1, 2), '"{0}", "{1}" and "{2}"', ("say", "do", "the abstracts")),
    ):
        one = report.sentences[0].model_copy(update={"citations": (cited.model_copy(update={"papers": places}),), "reasons": ()})
        named = listed.format(*(paper.shown for paper in report.papers))
        says, does, abstracts = verbs
        states: dict[State, str] = {
            "proved": f"{named} {says} it",
            "differs": f"{named} {says} something else",
            "not found": f"{abstracts} of {named} {does} not say it",
        }
        for state, said in states.items():
            assert formats.told(report, one.model_copy(update={"state": state, "verdict": None})) == said
        other = formats.told(report, one.model_copy(update={"state": "other paper", "offered": 1}))
        assert other.startswith(f"{named} {does} not say it; ")


def test_the_command_checks_a_draft(run: Run, tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(BIB, "utf-8")
    (tmp_path / "draft.tex").write_text(
        f"{PREMISES} \\cite{{yang2023}}.\n{SCORE.replace('71', '78')} \\cite{{xin2025}}.\n", "utf-8"
    )
    (tmp_path / "fine.md").write_text(f"{PREMISES} [@yang2023]. We like it.\n", "utf-8")
    bib = ("--bib", str(tmp_path / "refs.bib"))
    found = run("check", str(tmp_path / "draft.tex"), *bib, "--save", str(tmp_path / "report.json"))
    assert found.returncode == 1
    assert f"{tmp_path / 'draft.tex'}:2:1: says something else" in found.stdout
    assert "the source says 71.31, not 78.31" in " ".join(found.stdout.split())
    assert load_report(tmp_path / "report.json").counts["differs"] == 1
    fine = run("check", str(tmp_path / "fine.md"), *bib, "--json")
    assert fine.returncode == 0
    assert [one["state"] for one in json.loads(fine.stdout)["sentences"]] == ["proved", "own"]
    log = run("check", str(tmp_path / "draft.tex"), *bib, "--format", "sarif")
    assert log.returncode == 1 and json.loads(log.stdout)["runs"][0]["results"][0]["level"] == "error"
    assert "<!DOCTYPE html>" in run("check", str(tmp_path / "fine.md"), *bib, "--format", "html").stdout
    assert run("check", str(tmp_path / "fine.md"), "--format", "html", "--json").returncode == 2
    assert run("check", str(tmp_path / "none.md")).returncode == 3
    again = run("replay", str(tmp_path / "report.json"))
    assert again.returncode == 3 and "check the draft again" in again.stderr


def test_the_drafts_of_the_benchmark_are_whole() -> None:
    for split in ("tune", "held-out"):
        asked = bench.load(split)
        assert len(asked) == 20
        for gold in asked:
            draft = reading.draft(gold.text, reading.SYNTAXES[Path(gold.name).suffix])
            assert [gold.text[one.start : one.end] for one in draft.sentences(lambda mark: True)] == [
                one.text for one in gold.sentences
            ]


@pytest.mark.slow
def test_the_benchmark_grades_by_kind(sample: Assistant) -> None:
    graded, further, seconds = bench.check(sample, bench.load("tune")[:4])
    assert not further and seconds > 0
    rows = {row["sentences"]: row for row in bench.measure(graded)}
    assert rows["an invented reference"]["share"].startswith("1.00") and rows["a claim about the draft"]["number"] == 4
    assert sum(row["number"] for row in list(rows.values())[: len(bench.ABOUT)]) == len(graded)


REAL = r"""\documentclass{article}
\begin{document}
\paragraph{Provers.} LeanDojo~\citep{a} extracts data, e.g.,~premises\footnote{A note. Not read.}. Xin et al.~\cite{b} search.
It is simple (see~\citealp{b}; cf.\ Fig.~\ref{x}), as shown by \citet[Sec.~2]{a}. {\color{red} Red text is read.}
\href{https://example.org}{Links} are read. \todo{Not this.}
\emph{Lean} is old. \textbf{Kettle} is new! \ours is {both.}
\end{document}
"""


def test_sentences_of_latex_have_their_markup() -> None:
    content = "\\emph{Lean} is old. \\textbf{Kettle} is new! \\ours is {both.}\n\n\\textit{All of it.}"
    assert read(content, "latex") == [
        "\\emph{Lean} is old.",
        "\\textbf{Kettle} is new!",
        "\\ours is {both.}",
        "\\textit{All of it.}",
    ]


STRIKES: list[tuple[str, Syntax]] = [
    *(
        (f"\\{macro}{{{{{{}}}}}}", "latex")
        for macro in "sout st xout cancel bcancel deleted deleted[id=AB] textst remove DIFdel strikeout".split()
    ),
    ("\\textcolor{{red}}{{\\sout{{\\emph{{{}}}}}}}", "latex"),
    *((f"<{tag}>{{}}</{tag}>", "markdown") for tag in ("del", "s", "strike")),
    ('<span style="text-decoration:line-through">{}</span>', "markdown"),
    ("~~{}~~", "markdown"),
    ("{{--{}--}}", "markdown"),
    ("- [ ] ~~{}~~", "markdown"),
    ("<del>\n\n{}\n\n</del>", "markdown"),
    ("~~{}~~", "plain"),
]


@pytest.mark.parametrize(("form", "syntax"), STRIKES)
@pytest.mark.parametrize("inside", [True, False], ids=["marker within", "marker behind"])
def test_a_sentence_that_is_struck_through_is_not_proved(sample: Assistant, form: str, syntax: Syntax, inside: bool) -> None:
    mark = "\\cite{yang2023}" if syntax == "latex" else "[@yang2023]" if syntax == "markdown" else "(Yang et al., 2023)"
    content = form.format(f"{PREMISES} {mark}." if inside else PREMISES) + ("" if inside else f" {mark}.")
    content = f"Kettles boil.\n\n{content}\n\n{PREMISES} {mark}.\n"
    report = sample.check_text(content, syntax=syntax, bib=BIB)
    struck = [one for one in report.sentences if one.reasons == (STRUCK,)]
    assert [one.state for one in struck] == ["not found"] and PREMISES in struck[0].claim
    assert formats.told(report, struck[0]) == "it is struck through"
    assert report.sentences[-1].state == "proved", "what stands behind is read"


@pytest.mark.parametrize(
    ("content", "syntax"),
    [
        ("LeanDojo does not extract [@yang2023]:\n\n- data from Lean [@yang2023]\n- Data from Lean\n", "markdown"),
        ("LeanDojo never [@yang2023]:\n\n1. extracts data from Lean [@yang2023]\n2. extracts data from Lean\n", "markdown"),
        ("LeanDojo never \\cite{yang2023}:\n\\item extracts data from Lean\n\\item Extracts data from Lean\n", "latex"),
    ],
)
def test_a_line_that_denies_is_held_with_each_item_below_it(sample: Assistant, content: str, syntax: Syntax) -> None:
    made = sample.check_text(content, syntax=syntax, bib=BIB)
    assert len(made.sentences) == 3 and not any(one.state == "proved" for one in made.sentences)
    assert not any(formats.told(made, one).startswith("says") for one in made.sentences)


def test_items_below_an_item_that_denies_are_held_with_it(sample: Assistant) -> None:
    draft = "- LeanDojo does not offer [@yang2023]:\n  - Toolkits and data\n- LeanDojo bundles benchmarks [@yang2023]\n"
    line, item, beside = sample.check_text(draft, "markdown", BIB).sentences
    assert item.state == "differs" and item.offered is None and beside.state == "proved"
    assert line.state != "uncited"


def test_a_line_that_rightly_denies_stands_with_its_items(sample: Assistant) -> None:
    bib = "@misc{a, title = {Visual Reasoning Evaluation of Grok, Deepseek Janus, Gemini, Qwen, Mistral, and ChatGPT}}"
    for draft in (
        "Size alone does not [@a]:\n\n- settle performance\n",
        "Size alone does not settle [@a]:\n\n- Performance [@a]\n",
    ):
        assert [one.state for one in sample.check_text(draft, "markdown", bib).sentences] == ["proved", "proved"]


def test_words_that_are_struck_through_are_left_out_of_their_sentence(sample: Assistant) -> None:
    content = f"{PREMISES.replace('Lean and', '~~Coq~~ Lean and')} [@yang2023]. We `<del>` tags ~5 and ~6."
    report = sample.check_text(content, syntax="markdown", bib=BIB)
    assert (report.sentences[0].state, report.sentences[0].claim) == ("proved", f"{PREMISES}.")
    assert STRUCK not in report.sentences[1].reasons
    content = f"See Fig.~\\ref{{a}} ~{PREMISES}~\\cite{{yang2023}}. Costs of 3{{--}}5 fell."
    assert [STRUCK in one.reasons for one in sample.check_text(content, syntax="latex", bib=BIB).sentences] == [False, False]


@pytest.mark.parametrize(("syntax", "mark"), [("markdown", "[@yang2023]"), ("latex", "\\cite{yang2023}")])
def test_what_stands_behind_a_citation_is_held_alone_too(sample: Assistant, syntax: Syntax, mark: str) -> None:
    draft = f"{PREMISES} {mark} cats sleep all day.\n\nLeanDojo extracts data {mark} from Lean and annotates premises {mark}.\n"
    rider, right = sample.check_text(draft, syntax=syntax, bib=BIB).sentences
    assert rider.state != "proved" and rider.claim == f"{PREMISES} cats sleep all day."
    assert right.state == "proved"


def test_claims_read_well_without_marks_and_markup() -> None:
    assert claims(REAL, "latex") == [
        "LeanDojo extracts data, e.g., premises.",
        "They search.",
        "It is simple, as shown by them.",
        "Red text is read.",
        "Links are read.",
        "Lean is old.",
        "Kettle is new!",
        "ours is both.",
    ]
    assert claims("As *all* know[^1], `x` is set [see @a, p. 2] by @b [p. 3]. Tea et al. [4] say so.") == [
        "As all know, x is set by them.",
        "They say so.",
    ]


def test_what_may_be_a_citation_is_one_only_where_somebody_has_the_name() -> None:
    content = "In Lean (2021), @everyone proves. Duarte and Tea (2029) do too."
    for known, found in ((False, ["Duarte and Tea 2029"]), (True, ["Lean 2021", "everyone", "Duarte and Tea 2029"])):
        marks = citations.marks(content, "markdown", lambda mark, known=known: known)
        assert [key for mark in marks for key in mark.keys] == found
    first = reading.draft(content, "markdown").sentences(lambda mark: False)[0]
    assert first.claim == "In Lean (2021), @everyone proves."


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("- Kettle (2030). A.\n- Spoon (2031). B.\n", 2),
        ("Kettle, A. (2030). Boiling.\nSpoon, B. (2031). Bending.\n", 2),
        ("Kettle, A. (2030). Boiling\nof Kettles.\n\nSpoon, B. (2031).\n", 2),
        ("[1] Kettle. Boiling.\n  of Kettles in 2030.\n\n[2] Spoon. 2031. arXiv:1903.01234\n", 2),
        ("", 0),
    ],
)
def test_entries_of_a_list_are_told_apart(content: str, count: int) -> None:
    assert len(references.of_list(content, (0, len(content)))) == count


def test_a_model_as_the_judge_has_the_last_word(endpoint: Endpoint, tmp_path: Path, sample: Assistant) -> None:
    settings = ["answer.verifier=model", "model.name=m", f"model.base_url={endpoint.url}", "model.retries=0"]
    endpoint.says = lambda body: json.dumps({"verdict": "not supported", "reasons": ["kettles"]})
    with Assistant.open(sample.home, set=settings) as assistant:
        made = assistant.check_text(f"{PREMISES} [@yang2023]. {SCORE}.", "markdown", BIB)
    assert made.verifier != sample.toolbox.verifier().name and endpoint.calls
    assert all(one.state not in ("proved", "uncited") for one in made.sentences)
