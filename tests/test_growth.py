"""Whatever stands in long runs in a file of papers or a draft, twice the length takes its reader at most three times as long."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from itertools import islice, product

import pytest
from test_freeze import linear
from test_readers import ABSTRACT, ENDNOTE, ENW, NBIB, PUBMED, RIS, WOS, WOS_TEXT, ZOTERO

from assistant import sources, text
from assistant.check import latex, references
from assistant.check.citations import Mark
from assistant.check.references import Shelf
from assistant.library.metadata import Records

pytestmark = pytest.mark.slow
BIB = f"@article{{otter,\n title = {{Otter: Play}},\n author = {{Duarte, Ines and Li, Wei}},\n abstract = {{{ABSTRACT}}},\n}}\n"
RECORD = {"title": "Otter: Play", "authors": [{"name": "Ines Duarte"}], "abstract": ABSTRACT}
JSON = json.dumps([RECORD], indent=1)
HTML = f"<article><h3><a href='/papers/2401.00002'>Otter: Play</a></h3><p>{ABSTRACT}</p></article>"
PAGE = f"Get trending papers in your email inbox!\nSubscribe\nOtter: Play\n{ABSTRACT * 3}\n"
FILES = {
    "a.ris": RIS,
    "a.nbib": NBIB,
    "pubmed.xml": PUBMED,
    "endnote.xml": ENDNOTE,
    "a.enw": ENW,
    "a.ciw": WOS_TEXT,
    "a.csv": ZOTERO,
    "a.tsv": WOS,
    "a.bib": BIB,
    "a.json": JSON,
    "a.html": HTML,
    "a.txt": PAGE,
}
"""A file of each kind, by its name."""
PLACES = "Otter:", ABSTRACT[:20]
"""Runs stand within the title and within the abstract."""
RUNS = ["a", "\n", "\n      x", "1,", '"', "'\n", "{", "}", "\\", "&amp;", "<a>", "<!--", "; ", " and ", "a. ", "[{", "@a{"]
LENGTH = 25_000
NOTABLE = 0.05
"""Seconds; what takes less is not measured again."""


def read(name: str, content: str) -> float:
    """The seconds that a file takes its reader."""
    stream = io.BytesIO(content.encode())
    return took(lambda: list(sources._told(name, stream, 10**9, 10**9)))  # pyright: ignore[reportPrivateUsage]


def took(call: Callable[[], object]) -> float:
    """The seconds of processor time of a call."""
    began = time.process_time()
    call()
    return time.process_time() - began


def runs(content: str) -> Iterator[str]:
    """What is repeated: signs of all kinds, each line of the file, and the whole file."""
    yield from RUNS
    yield from dict.fromkeys(f"\n{line}" for line in content.splitlines() if 0 < len(line) < 99)
    yield content


@pytest.mark.parametrize("name", FILES)
def test_no_run_freezes_a_reader_of_papers(name: str) -> None:
    content = FILES[name]
    read(name, content)  # imports
    slow: list[tuple[str, str]] = []
    for place in PLACES:
        before, behind = content.split(place, 1)
        for run in runs(content):

            def takes(length: int, before: str = before + place, run: str = run, behind: str = behind) -> float:
                return read(name, before + run * (length // len(run)) + behind)

            if takes(LENGTH) > NOTABLE and not linear(takes, LENGTH, NOTABLE):
                slow.append((place, run))
    assert slow == []


CONTINUED = "\n      x" * 60


def crossed(number: int) -> str:
    children = "".join(f"@article{{c{at}, title={{T}}, crossref={{p}}}}\n" for at in range(number))
    return f"@book{{p, title={{P}}, note={{{'x ' * 25 * number}}}}}\n{children}"


KINDS = ["".join(letters) for letters in islice(product("abcdefghijk", repeat=4), 10_000)]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda n: "".join(f"<{kind} line-through>\na" for kind in KINDS[:n]), id="kinds of struck text, open"),
        pytest.param(
            lambda n: "".join([*(f"<{kind} line-through>a" for kind in KINDS[:n]), *(f"</{kind}>" for kind in KINDS[:n])]),
            id="kinds of struck text, closed",
        ),
    ],
)
def test_struck_text_in_struck_text_takes_linear_time(made: Callable[[int], str]) -> None:
    assert linear(lambda number: took(lambda: text.struck(made(number))), 2000, 0.1)


def test_headings_of_latex_in_headings_take_linear_time() -> None:
    heading = r"\section{It is \cite{a} "
    assert linear(lambda number: took(lambda: latex.masked(heading * number + "}" * number)), 1000, 0.1)


def test_many_citations_of_many_references_take_linear_time() -> None:
    def takes(number: int) -> float:
        written = "".join(f"- Name{kind}, A. (2029). A title of it.\n" for kind in KINDS[:number])
        shelf = Shelf(references.of_list(written, (0, len(written))), Records(()), True)
        marks = [Mark(0, 1, ("k",), people=((f"Name{kind}", "2029"),)) for kind in KINDS[:number]]
        assert all(len(shelf.meant(mark)) == 1 for mark in marks)
        return took(lambda: [shelf.meant(mark) for mark in marks])

    assert linear(takes, 1000, 0.1)


def nested(number: int) -> str:
    depth = number // 10
    return '{"a": ' * depth + f"[{'{},' * 20 * number}[]]" + "}" * depth


@pytest.mark.parametrize(
    ("name", "made"),
    [
        pytest.param("a.bib", crossed, id="many entries inherit from a long one"),
        pytest.param("a.bib", lambda n: f"@book{{a, title={{P}}, abstract={'{' * n}x{'}' * n}}}", id="an abstract in many braces"),
        pytest.param("a.nbib", lambda n: f"PMID- 1\nTI  - a\nAB  - b{CONTINUED * n}", id="a text of many lines, nbib"),
        pytest.param("a.enw", lambda n: f"%0 Journal Article\n%T a\n%X b{CONTINUED * n}", id="a text of many lines, EndNote"),
        pytest.param("a.ris", lambda n: f"TY  - JOUR\nTI  - a\nAB  - b{CONTINUED * n}", id="a text of many lines, RIS"),
        pytest.param("a.json", nested, id="rejected records deep inside"),
    ],
)
def test_no_order_of_what_a_file_holds_freezes_its_reader(name: str, made: object) -> None:
    assert callable(made)
    assert linear(lambda number: read(name, str(made(number))), 1500, 0.1)
