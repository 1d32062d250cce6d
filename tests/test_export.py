"""Exports, read back by parsers: markdown-it for Markdown, and below strict ones for LaTeX and BibTeX."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

import assistant
from assistant import Answer, Assistant, Claim, Page, Paper, Passage, Source, sources
from assistant.errors import SourceError, StorageError
from assistant.export import entries, keys, ris, spreadsheet
from assistant.saved import compare, read
from assistant.text.view import View
from assistant.types import Disagreement, Signals, Usage, Verdict

HOSTILE = [
    pytest.param("<script>alert(1)</script><img src=x onerror=alert(1)>", id="html"),
    pytest.param("x](javascript:alert(1)) [y](http://evil.example) ![z](http://evil.example/a.png)", id="links"),
    pytest.param("<http://evil.example> https://evil.example www.evil.example evil.example a@evil.example mailto:a", id="bare"),
    pytest.param("[1]: http://evil.example 'x'", id="definition"),
    pytest.param("\\input{/etc/passwd} \\write18{rm} ^^5cinput $\\pi_0$ 100% #1 a&b ~x \\", id="tex"),
    pytest.param("}", id="closing"),
    pytest.param("{{{", id="opening"),
    pytest.param('@misc{evil, title = {x}}, url = "y"', id="bibtex"),
    pytest.param("\n\n# Heading\n\n- item\n\n    code\n\n---\n\n| a | b |\n|---|---|", id="blocks"),
    pytest.param("1. one", id="list"),
    pytest.param("- - - ", id="rule"),
    pytest.param("``` `x` *a* _b_ ~~c~~ &lt;b&gt; &#106;", id="inline"),
    pytest.param("a\u202eb\u2066c\x1b[31m\x00\x85", id="bidi and controls"),
    pytest.param("定理 证明 B\u00e9nard \u03c0", id="Unicode"),
]
TEXTS = st.text(max_size=40) | st.text("\\{}[]()<>!`*_#+-.|~&:@$%^=\"'\n ahtps/w12;,", max_size=40)
URL = "https://arxiv.org/abs/2501.00001"
SIGNALS = Signals(dense=0.5, sentence=0.5, lexical=0.5, late=None, name=0.0)


def paper(title: str = "A Paper", abstract: str = "It works. It does.", **data: object) -> Paper:
    return Paper.model_validate({"id": f"id of {title}", "title": title, "abstract": abstract, **data})


def answer(*papers: Paper, **data: object) -> Answer:
    """An answer that claims what each paper says, in its own words."""
    spans = [(0, len(each.abstract)) for each in papers]
    sources = [
        Source(number=number, paper=each, quote=each.abstract, start=start, end=end)
        for number, (each, (start, end)) in enumerate(zip(papers, spans, strict=True), 1)
    ]
    claims = [Claim(text=source.quote, sources=(source.number,)) for source in sources]
    given = {
        "question": "What?",
        "text": " ".join(f"{claim.text} [{claim.sources[0]}]" for claim in claims),
        "claims": claims,
        "sources": sources,
        "confidence": 0.75,
        "usage": Usage(seconds=0.1),
        "fingerprint": "abc-1",
    }
    return Answer.model_validate({**given, **data})


def refusal(each: Paper, **data: object) -> Answer:
    end = len(each.abstract)
    near = Passage(paper=each, text=each.abstract, start=0, end=end, score=0.1, signals=SIGNALS, shares={}, best=(0, end))
    given = {"text": "It is not here.", "reason": "It is not here.", "abstained": True, "nearest": (near,)}
    return answer(**{**given, **data})


def shown(text: str) -> str:
    """What a reader sees of `text`."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", "\ufffd", " ".join(text.split()))


def tokens(markdown: str) -> Iterator[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for token in parser.parse(markdown):
        yield token
        yield from token.children or ()


def seen(markdown: str) -> str:
    """The words of the rendered page, a block a line."""
    blocks = [token.children or [] for token in tokens(markdown) if token.type == "inline"]
    return "\n".join("".join(child.content for child in block) for block in blocks)


def check_markdown(markdown: str, urls: set[str]) -> None:
    """Nothing is alive in it but links to papers."""
    found = list(tokens(markdown))
    alive = {token.type for token in found} & {
        "html_inline", "html_block", "image", "fence", "code_block", "code_inline", "table_open", "hr", "s_open", "hardbreak"
    }  # fmt: skip
    assert not alive
    assert {str(token.attrs["href"]) for token in found if token.type == "link_open"} <= urls
    written = re.sub(r"\]\(https?://[^()\s]*\)", "]()", markdown)
    assert not re.search(r"(?i)(?<!\\)(://|@)|(www|mailto|xmpp)[.:]", written)  # what renderers make links of unasked


COMMAND = re.compile(
    r"\\(?:cite\{[a-z0-9,-]+\}|(?:begin|end)\{itemize\}|item\{\}|(?:textit|footnote)(?=\{)"
    r"|text(?:backslash|braceleft|braceright|asciicircum|asciitilde)\{\}|[$&#_%])"
)


def check_latex(latex: str) -> None:
    """The commands in it are those that an export uses, no special character is bare, and braces match."""
    note, _, body = latex.partition("\n")
    assert note.startswith("% ")
    rest = COMMAND.sub("", body)
    assert not set(rest) & set("\\$&#_%^~")
    check_braces(body)


def check_braces(text: str) -> None:
    """As TeX and BibTeX count them."""
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0


DECODED = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
} | {f"\\{char}": char for char in "$&#_%"}


def decode(tex: str) -> str:
    return re.sub(r"\\(text[a-z]+\{\}|.)", lambda match: DECODED[match.group()], tex)


def parse_bibtex(content: str) -> dict[str, dict[str, str]]:
    """The entries by key; anything that is not exactly BibTeX fails."""
    entries: dict[str, dict[str, str]] = {}
    at = 0
    while at < len(content):
        head = re.compile(r"\s*@misc\{([a-z0-9-]+),\s*").match(content, at)
        assert head, content[at:]
        assert head.group(1) not in entries
        entry = entries[head.group(1)] = {}
        at = head.end()
        while content[at] != "}":
            field = re.compile(r"([a-z]+) = \{").match(content, at)
            assert field and field.group(1) not in entry, content[at:]
            start = at = field.end()
            depth = 1
            while depth:  # as BibTeX does: a backslash does not hide a brace
                depth += (content[at] == "{") - (content[at] == "}")
                at += 1
            entry[field.group(1)] = content[start : at - 1]
            separator = re.compile(r",\s*").match(content, at)
            assert separator
            at = separator.end()
        at = re.compile(r"\}\s*").match(content, at).end()  # type: ignore[union-attr]
    return entries


def title_of(entry: dict[str, str]) -> str:
    inner = entry["title"]
    assert inner[0] == "{" and inner[-1] == "}"
    return decode(inner[1:-1].removeprefix("{}"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    check(text)


@pytest.mark.slow
@given(TEXTS)
def test_any_text_stays_text(text: str) -> None:
    check(text)


def check(text: str) -> None:
    each = paper(f"T {text}", f"{text} x", url=URL, authors=(f"A {text}",), pages=(Page(name=f"p{text}", date=text),))
    bare = each.model_copy(update={"title": text})
    verdict = Verdict(verdict="partly", score=0.5, reasons=(text,))
    full = answer(
        each,
        claims=[
            Claim(text=text, sources=(1,), verdict=verdict),
            Claim(text=text, verdict=verdict, struck=True),
        ],
        question=text,
        read_as=text,
        incomplete=text,
        disagreements=[Disagreement(sources=(0, 0), reason=text)],
        fingerprint=text,
    )
    for exported in (full, answer(bare), refusal(bare, reason=text, uncovered=(text,), rewordings=(text,), question=text)):
        check_markdown(exported.to_markdown(), {URL})
        check_latex(exported.to_latex())
        parse_bibtex(exported.to_bibtex())
    assert shown(View(f"T {text}").text) in seen(full.to_markdown())
    assert shown(View(f"{text} x").text) in seen(full.to_markdown())
    assert shown(f"{text} x") in decode_all(answer(each).to_latex())
    (entry,) = parse_bibtex(full.to_bibtex()).values()
    assert title_of(entry) == shown(f"T {text}")
    (entry,) = parse_bibtex(answer(bare).to_bibtex()).values()
    assert title_of(entry) == shown(text)


def decode_all(latex: str) -> str:
    return decode(re.sub(r" \\cite\{[^}]*\}", "", latex.partition("\n")[2]))


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4, unique_by=lambda pair: pair[0]))
def test_keys_are_ascii_unique_and_shared_by_both_exports(pairs: list[tuple[str, str]]) -> None:
    papers = [paper(title, authors=(author,)) for title, author in pairs]
    names = keys(papers)
    assert len(set(names.values())) == len(papers)
    assert all(re.fullmatch("[a-z0-9-]+", key) for key in names.values())
    assert keys(papers[::-1]) == names
    exported = answer(*papers)
    assert list(parse_bibtex(exported.to_bibtex())) == re.findall(r"\\cite\{([^}]*)\}", exported.to_latex())


@pytest.mark.parametrize(
    ("data", "key"),
    [
        pytest.param({"authors": ("Kaiyu Yang", "A. Swope"), "date": "2023-06-27"}, "yang2023leandojo", id="author"),
        pytest.param({"authors": ("G\u00f6del, Kurt",), "date": "1931"}, "godel1931leandojo", id="comma and accent"),
        pytest.param({"date": "2023-06-27"}, "leandojo2023theorem", id="no author"),
        pytest.param({"date": "Aug 19"}, "leandojotheorem", id="no year"),
        pytest.param({"authors": ("\u738b\u4f1f",)}, "leandojotheorem", id="no letter of ASCII"),
    ],
)
def test_a_key_names_author_year_and_title(data: dict[str, object], key: str) -> None:
    each = paper("The LeanDojo: Theorem Proving", **data)
    assert list(keys([each]).values()) == [key]


def test_bibtex_says_what_is_known_of_a_paper() -> None:
    each = paper(
        "$\\pi_0$: 100% {Done}",
        date="2024-10-31",
        url="https://arxiv.org/abs/1?a=1&b=_#x}",
        authors=("Ada Lovelace", "Knuth, Donald E.", "Barnes and Noble, Inc"),
        pages=(Page(name="000", date="Aug 19"), Page(name="001")),
    )
    assert parse_bibtex(answer(each, each).to_bibtex()) == {
        "lovelace2024pi0": {
            "title": r"{{}\$\textbackslash{}pi\_0\$: 100\% \textbraceleft{}Done\textbraceright{}}",
            "author": "Ada Lovelace and Knuth, Donald E. and {Barnes and Noble, Inc}",
            "year": "2024",
            "date": "2024-10-31",
            "url": "https://arxiv.org/abs/1?a=1&b=_#x%7D",
            "note": "as listed on page 000 (Aug 19), 001",
            "abstract": "It works. It does.",
        }
    }
    assert refusal(each).to_bibtex() == ""


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "ftp://a/b", "//evil.example", "https://", "http://[", "", "file:///etc/passwd"],
)
def test_only_addresses_on_the_web_are_linked(url: str) -> None:
    exported = answer(paper(url=url))
    check_markdown(exported.to_markdown(), set())
    assert "url" not in exported.to_bibtex()


@given(TEXTS)
def test_no_address_ends_its_link(rest: str) -> None:
    exported = answer(paper(url=f"https://arxiv.org/{rest}"))
    markdown = exported.to_markdown()
    links = [str(token.attrs["href"]) for token in tokens(markdown) if token.type == "link_open"]
    assert len(links) == 1 and links[0].startswith("https://arxiv.org/")
    check_markdown(markdown, set(links))
    (entry,) = parse_bibtex(exported.to_bibtex()).values()
    assert not set(entry["url"]) & set("{}\\ ")


def test_markdown_shows_text_marks_and_sources() -> None:
    alpha = paper("Alpha", "Alpha says it.", url=URL, date="2025-01-02")
    beta = paper("Beta", "Beta adds that.", pages=(Page(name="000"),))
    verdict = Verdict(verdict="partly", score=0.4, reasons=("12.4% is not in the source",))
    claims = [
        Claim(text="Alpha says it."),
        Claim(text="Beta adds 12.4%.", sources=(1, 2), verdict=verdict),
        Claim(text="So both.", lead="\n\n", sources=(2,), verdict=Verdict(verdict="supported", score=0.9)),
        Claim(text="And more.", verdict=Verdict(verdict="contradicted", score=0.0), struck=True),
        Claim(text="As if.", sources=(3,), verdict=Verdict(verdict="not supported", score=0.1)),
    ]
    exported = answer(alpha, beta, claims=claims, disagreements=[Disagreement(sources=(0, 1), reason="how many")])
    assert exported.to_markdown() == (
        "# What?\n\n"
        "Alpha says it. Beta adds 12.4%. [1] [2] *(partly supported; 12.4% is not in the source)*\n\n"
        "So both. [2] As if. *(not supported)*\n\n"
        "*Taken out, contradicted: And more.*\n\n"
        '*"Alpha" and "Beta" disagree: how many*\n\n'
        "## Sources\n\n"
        f"1. [Alpha]({URL}), 2025-01-02\n\n   > Alpha says it.\n\n"
        "2. Beta, page 000\n\n   > Beta adds that.\n\n"
        "Confidence 0.75; settings and library abc-1.\n"
    )
    latex = exported.to_latex()
    assert r"Beta adds 12.4\%. \cite{alpha2025,beta}\footnote{\textit{partly supported; 12.4\% is not in the source}}" in latex
    assert (
        "\n\nSo both. \\cite{beta} As if.\\footnote{\\textit{not supported}}\n\n\\textit{Taken out, contradicted: And more.}"
        in latex
    )


def test_a_paper_quoted_twice_is_one_source() -> None:
    each = paper()
    sources = [Source(number=1, paper=each, quote=each.abstract[a:b], start=a, end=b) for a, b in [(0, 9), (10, 18)]]
    markdown = answer(each, sources=sources).to_markdown()
    assert "1. A Paper\n\n   > It works.\n\n   > It does.\n\nConfidence" in markdown


def test_a_refusal_says_what_is_near() -> None:
    each = paper("Near", "Near says it.", url=URL)
    written = Claim(text="It costs 5.", verdict=Verdict(verdict="no source", score=0.0))  # mode=mark leaves it in
    exported = refusal(each, claims=(written,), uncovered=("the price",), rewordings=("What does it say?",))
    assert exported.to_markdown() == (
        "# What?\n\n**Not answered.** It is not here.\n\n*Not covered: the price*\n\n"
        "*Taken out, no source: It costs 5.*\n\n"
        f"## Nearest in the library\n\n1. [Near]({URL})\n\n   > Near says it.\n\n"
        "## Questions that it can answer\n\n- What does it say?\n\n"
        "Confidence 0.75; settings and library abc-1.\n"
    )
    assert "\\item{} \\textit{Near}: Near says it." in exported.to_latex()


@pytest.mark.slow
def test_an_answer_of_the_sample_is_exported(sample: Assistant) -> None:
    exported = sample.ask("How does Goedel-Prover-V2 differ from the first Goedel-Prover?")
    check_markdown(exported.to_markdown(), set())
    check_latex(exported.to_latex())
    assert len(parse_bibtex(exported.to_bibtex())) == 2
    for source in exported.sources:
        assert shown(source.quote) in seen(exported.to_markdown())


@given(TEXTS)
def test_a_saved_answer_is_read_back_whole(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("saved") / "answer.json"
    full = answer(paper(text, text + "x"), question=text)
    full.save(file, {"page": text}, [full])
    assert assistant.load(file) == full
    assert (read(file).where, read(file).history) == ({"page": text}, (full,))
    assert [each.name for each in file.parent.iterdir()] == ["answer.json"]


def test_what_cannot_be_written_leaves_the_file_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    answer(paper()).save(file)
    before = file.read_bytes()
    (tmp_path / "answer.json.part").mkdir()
    with pytest.raises(StorageError, match="answer.json"):
        answer(paper("Other")).save(file)
    assert file.read_bytes() == before
    with pytest.raises(StorageError, match="there is no folder"):
        answer(paper()).save(tmp_path / "nowhere" / "answer.json")


def damaged(change: dict[str, object]) -> str:
    content = json.loads(json.dumps({"kind": "assistant answer", "version": 1, "answer": answer(paper()).model_dump(mode="json")}))
    return json.dumps({**content, **change})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "cannot read .*: No such file", id="missing"),
        pytest.param(b"", "is not JSON", id="empty"),
        pytest.param(b"\xff\xfe", "is not JSON", id="binary"),
        pytest.param(b"[" * 100_000, "is not JSON", id="endless nesting"),
        pytest.param(b"[1]", "is no saved answer", id="other JSON"),
        pytest.param(b'{"version": 1}', "is no saved answer", id="other object"),
        pytest.param(damaged({"version": 2}).encode(), "of version 2", id="other version"),
        pytest.param(damaged({"answer": {}}).encode(), "damaged answer: answer.question: field required", id="field gone"),
        pytest.param(damaged({"extra": 1}).encode(), "damaged answer: extra", id="field more"),
        pytest.param(damaged({}).replace('"quote": "It', '"quote": "He').encode(), r"quote of \[1\]", id="quote altered"),
        pytest.param(
            damaged({}).replace('"quotes": []', '"quotes": [7]').encode(), "names a quote or a paper", id="quote not there"
        ),
    ],
)
def test_what_is_no_saved_answer_is_told_in_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "answer.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        assistant.load(file)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_saved_answer(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no plain file but a folder"):
        assistant.load(tmp_path)


def test_what_changed_is_told() -> None:
    one, two, three = (paper(name, f"{name} says it.") for name in ("One", "Two", "Three"))
    before, now = answer(one, two), answer(two, three, fingerprint="abc-2")
    doubted = now.claims[0].model_copy(update={"verdict": Verdict(verdict="partly", score=0.5)})
    now = now.model_copy(update={"claims": (doubted, now.claims[1])})
    changes = compare(before, now)
    assert (changes.kept, changes.gone, changes.new) == (("Two says it.",), ("One says it.",), ("Three says it.",))
    assert changes.verdicts == {"Two says it.": (None, "partly")}
    assert changes.quotes_gone == ("One: One says it.",) and changes.quotes_new == ("Three: Three says it.",)
    assert changes.fingerprint == ("abc-1", "abc-2") and changes.refusal is None and changes.changed
    assert compare(before, refusal(one)).refusal == (None, "It is not here.")
    same = compare(before, before.model_copy(update={"fingerprint": "abc-2"}))
    assert same.fingerprint and not same.changed


def test_replay_says_whether_the_answer_is_the_same(run: Run, tmp_path: Path) -> None:
    file, question = tmp_path / "answer.json", "How does Goedel-Prover-V2 differ from the first Goedel-Prover?"
    always = "--set", "answer.threshold=0.0"
    asked = run("ask", question, "--save", str(file), "--where", "page=sample", "--format", "bibtex", *always)
    assert asked.returncode == 0 and parse_bibtex(asked.stdout)
    assert read(file).where == {"page": "sample"}
    again = run("replay", str(file), *always)
    assert again.returncode == 0 and again.stdout.startswith("The same: ")
    other = run("replay", str(file), "--json", "--set", "answer.threshold=1.0")
    assert other.returncode == 1
    changes = json.loads(other.stdout)
    assert changes["changed"] and changes["gone"] and changes["refusal"][0] is None
    shown = run("replay", str(file), "--set", "answer.threshold=1.0")
    assert shown.returncode == 1 and "refusal answered -> " in shown.stdout


def test_an_answer_is_printed_as_asked_for(run: Run) -> None:
    for form, start in [("markdown", "# What does LeanDojo offer?"), ("latex", "% UTF-8")]:
        asked = run("ask", "What does LeanDojo offer?", "--format", form)
        assert asked.returncode == 0 and asked.stdout.startswith(start)


def test_replaying_what_is_no_answer_is_an_error(run: Run, tmp_path: Path) -> None:
    missing = run("replay", str(tmp_path / "none.json"))
    assert missing.returncode == SourceError.exit_code
    assert missing.stderr.count("\n") == 1


LISTED = [
    paper("Otter: Play", "Otters play. They do.", authors=["Duarte, Ines", "Li, Wei"], date="2031-05-02", venue="Journal of Play"),
    paper(
        'Kettles, "boiling"; all',
        'Kettles "boil", often.\nIn winter too.',
        date="2030",
        ids=["arxiv:3012.00077", "doi:10.1000/otter"],
    ),
    paper("Bénard 定理 cells", "Cells roll.", url=URL, type="inproceedings", venue="Proc. of Rolls"),
]


@pytest.mark.parametrize(("ending", "write"), [("ris", ris), ("csv", spreadsheet), ("bib", entries)])
def test_lists_of_papers_are_read_back(ending: str, write: Callable[[Iterable[Paper]], str], tmp_path: Path) -> None:
    file = tmp_path / f"papers.{ending}"
    file.write_text(write(LISTED), "utf-8")
    found = [each for each in sources.read(str(file), max_line=10**6, max_file=10**6).items if isinstance(each, Paper)]
    assert [each.title for each in found] == [each.title for each in LISTED]
    assert [" ".join(each.abstract.split()) for each in found] == [" ".join(each.abstract.split()) for each in LISTED]
    assert [each.authors for each in found][0] == ("Ines Duarte", "Wei Li") and found[0].date == "2031-05-02"
    assert [each.venue for each in found] == [each.venue for each in LISTED]
    assert found[1].doi == "10.1000/otter" and (ending != "csv" or found[1].arxiv == "3012.00077")
    assert found[2].url == URL


NOTICES = ("retracted", "withdrawn", "This paper has been withdrawn by the authors, as 5_6 % {of} the data $were$ lost")


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize(
    ("ending", "write"),
    [("ris", ris), ("csv", spreadsheet), ("bib", entries), ("bib", lambda listed: answer(*listed).to_bibtex())]
    + [("jsonl", lambda listed: "".join(f"{each.model_dump_json()}\n" for each in listed))],
)
def test_an_exported_paper_stays_withdrawn(
    ending: str, write: Callable[[Iterable[Paper]], str], notice: str, tmp_path: Path
) -> None:
    listed = [each.model_copy(update={"notice": notice if at else None}) for at, each in enumerate(LISTED[:2])]
    file = tmp_path / f"papers.{ending}"
    file.write_text(write(listed), "utf-8")
    found = [each for each in sources.read(str(file), max_line=10**6, max_file=10**6).items if isinstance(each, Paper)]
    assert [each.notice for each in found] == [None, notice]
    assert ending != "bib" or "says that it was withdrawn or retracted" in file.read_text("utf-8").partition("note = ")[2]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_foreign_text_is_one_field_of_a_list(hostile: str) -> None:
    held = paper(f"a{hostile}", hostile or "a", authors=[hostile], venue=hostile)
    assert len(ris([held]).splitlines()) == sum(line[2:6] == "  - " for line in ris([held]).splitlines())
    assert [name for name in re.findall(r"(?m)^([A-Z]{2})  - ", ris([held]))] == ["TY", "TI", "AU", "JO", "AB", "ER"]
    rows = list(csv.reader(io.StringIO(spreadsheet([held]))))
    assert len(rows) == 2 and len(rows[1]) == len(rows[0])
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in rows[1])


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x9b", "\u202e"])
def test_no_field_of_a_record_reaches_a_terminal_with_what_it_obeys(sign: str) -> None:
    odd = f"10.1/x{sign}[31m"
    fields = {
        "ids": (f"doi:{odd}", f"pubmed:1{sign}"),
        "keys": (f"k{sign}[31m",),
        "venue": odd,
        "authors": (odd,),
        "categories": (odd,),
    }
    each = paper(f"A {sign} Paper", date=f"2025{sign}", type=f"a{sign}", **fields)
    told = answer(each)
    for written in (told.to_bibtex(), told.to_latex(), told.to_markdown(), ris([each]), spreadsheet([each])):
        assert sign not in written
