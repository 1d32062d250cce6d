"""Questions that the records of papers answer, and filters by author, date, venue, DOI and title."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run

from assistant import Answer, Assistant
from assistant.errors import ConfigError
from assistant.library.metadata import Card, Records, bounds, parsed, within
from assistant.question.metadata_intent import OfPaper, Papers, Reference, of_paper, papers, reference
from eval.bench import metadata_questions as bench

CASES = Path(__file__).parents[2] / "shared" / "cases" / "metadata-questions"
PAPERS = [
    {
        "title": "Heron: Slow Search in Wide Marshes",
        "abstract": "Heron searches marshes with patient planning. It finds 31 of 40 fish without a map of the water.",
        "authors": ["Sofía Almeida", "Jan de Wit"],
        "date": "2029-03-02",
        "venue": "Journal of Quiet Search",
        "doi": "10.5555/heron.1",
    },
    {
        "title": "Egret: Patient Planning under Rain",
        "abstract": "Egret is a planner that waits. With patient planning it loses two of ninety fish in heavy rain.",
        "authors": ["Almeida, Sofia"],
        "date": "2031",
        "venue": "Proceedings of the Marsh Conference",
        "doi": "10.5555/egret.2",
    },
    {
        "title": "Stork: Maps of Nests from the Air",
        "abstract": "Stork draws maps of nests from photographs. A map takes nine seconds and covers a whole village.",
        "authors": ["Lena Brooks", "Sofia Lindholm"],
        "date": "2030-11",
    },
    {
        "title": "Bittern: Sounds in Reeds",
        "abstract": "Bittern tells forty sounds of reeds apart by their rhythm alone, at night too.",
    },
]
"""Made up; one without authors, date and venue."""


@pytest.fixture(scope="module")
def marsh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("marsh")
    (home / "marsh.jsonl").write_text("\n".join(map(json.dumps, PAPERS)), "utf-8")
    with Assistant.open(home, set=["embedder.kind=fake"]) as assistant:
        assistant.ingest(home / "marsh.jsonl")
        yield assistant


def names(answer: Answer) -> list[str]:
    """The listed papers, by the word in front of the colon."""
    assert answer.listing
    return [each.paper.title.partition(":")[0] for each in answer.listing.papers]


def proved(answer: Answer) -> dict[str, str]:
    """The fields that prove an answer, which are those of the papers cited."""
    for source in answer.sources:
        if source.field == "authors":
            assert source.value == "; ".join(source.paper.authors)
        elif source.field in ("date", "venue", "doi"):
            assert source.value == getattr(source.paper, source.field)
    for claim in answer.claims:
        assert claim.own or (claim.verdict and claim.verdict.verdict == "supported" and claim.quotes)
    return {source.field: source.value for source in answer.sources if source.field}


@pytest.mark.parametrize(
    ("question", "said", "field", "value"),
    [
        ("Who wrote Heron?", "is by Sofía Almeida and Jan de Wit.", "authors", "Sofía Almeida; Jan de Wit"),
        ("Who is the last author of the Heron paper?", "last author", "authors", "Sofía Almeida; Jan de Wit"),
        (
            "How many authors does Stork have?",
            "2 authors: Lena Brooks and Sofia Lindholm",
            "authors",
            "Lena Brooks; Sofia Lindholm",
        ),
        ("When was Heron published?", "on 2 March 2029", "date", "2029-03-02"),
        ("What year is Egret from?", "in 2031", "date", "2031"),
        ("When did Stork appear?", "in November 2030", "date", "2030-11"),
        ("Where was Heron published?", "came out in Journal of Quiet Search", "venue", "Journal of Quiet Search"),
        ('What is the DOI of "Egret: Patient Planning under Rain"?', "is 10.5555/egret.2", "doi", "10.5555/egret.2"),
        ("who wrote the paper on maps of nests", "Lena Brooks and Sofia Lindholm", "authors", "Lena Brooks; Sofia Lindholm"),
    ],
)
def test_a_field_of_a_record_is_its_own_proof(marsh: Assistant, question: str, said: str, field: str, value: str) -> None:
    answer = marsh.ask(question)
    assert said in answer.text
    assert proved(answer) == {field: value}
    assert answer.confidence == 1.0


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote Badger?",
        "Who is the last author of Badger?",
        "How many authors does Badger have?",
        "Where was Badger published?",
        "papers by Duartez",
    ],
)
def test_a_name_that_ends_in_a_full_stop_ends_its_sentence(question: str, tmp_path: Path) -> None:
    record = {"title": "Badger: Digging", "authors": ["Duarte I.", "Tea A."], "venue": "J. Clay Sci.", "date": "2021"} | {
        "abstract": "Badger digs 4 m an hour through clay."
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(record), "utf-8")
    with Assistant.open(tmp_path / "library", set=["embedder.kind=fake"]) as assistant:
        assistant.ingest(tmp_path / "a.jsonl")
        answer = assistant.ask(question)
    said = answer.reason if answer.abstained else answer.text
    assert said and re.search(r"(?:I|A|Sci)\.(?!\.)", said) and ".." not in said


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("Who wrote Bittern?", "authors"),
        ("When was Bittern published?", "date of publication"),
        ("Which journal published Stork?", "journal or other venue"),
        ("Does Stork have a DOI?", "DOI"),
    ],
)
def test_what_a_record_does_not_hold_is_said(marsh: Assistant, question: str, what: str) -> None:
    answer = marsh.ask(question)
    assert answer.text.startswith(f"The library holds no {what} for ")
    assert not answer.abstained
    assert not answer.sources


@pytest.mark.parametrize(
    ("question", "found", "fields"),
    [
        ("papers by Sofia Almeida", ["Heron", "Egret"], {"authors"}),
        ("What has S. Almeida published?", ["Heron", "Egret"], {"authors"}),
        ("Which papers did Sofia write?", ["Heron", "Egret", "Stork"], {"authors"}),
        ("How many papers are by Almeida?", ["Heron", "Egret"], {"authors"}),
        ("What did Almeida publish in 2031?", ["Egret"], {"authors", "date"}),
        ("Which papers are from 2030?", ["Stork"], {"date"}),
        ("papers from November 2030", ["Stork"], {"date"}),
        ("papers published before 2030", ["Heron"], {"date"}),
        ("Which papers came out between 2030 and 2031?", ["Egret", "Stork"], {"date"}),
        ("papers from 2030 or later", ["Egret", "Stork"], {"date"}),
        ("papers published in the Journal of Quiet Search", ["Heron"], {"venue"}),
        ("Which papers appeared in Marsh Conference?", ["Egret"], {"venue"}),
        ("papers in Marsh Conference", ["Egret"], {"venue"}),
        ("Which papers in the Marsh Conference before 2100 mention egrets?", ["Egret"], {"venue", "date"}),
        ("papers with a DOI", ["Heron", "Egret"], {"doi"}),
        ("What is the latest paper?", ["Egret"], {"date"}),
        ("oldest paper about patient planning", ["Heron"], {"date"}),
        ("papers by Almeida about patient planning", ["Heron", "Egret"], {"authors"}),
        ("Which papers from 2031 mention patient planning?", ["Egret"], {"date"}),
        ("Almeida 2031", ["Egret"], {"authors", "date"}),
        ("Which paper has the DOI 10.5555/heron.1?", ["Heron"], {"doi"}),
    ],
)
def test_papers_are_listed_by_their_records(marsh: Assistant, question: str, found: list[str], fields: set[str]) -> None:
    answer = marsh.ask(question)
    assert sorted(names(answer)) == sorted(found)
    assert answer.listing
    assert answer.listing.exact == len(found)
    assert fields <= proved(answer).keys()


def test_the_newest_is_told_with_its_date(marsh: Assistant) -> None:
    told = marsh.ask("What is the latest paper?").text
    assert told.startswith("The newest of 3 papers is from 2031:")
    assert "no date for 1 paper" in told


def test_nobody_of_that_name(marsh: Assistant) -> None:
    told = marsh.ask("papers by Sofia Almeyda").text
    assert told.startswith("The library holds no paper by Sofia Almeyda. The nearest authors: ")
    assert "Sofía Almeida" in told
    assert "The library holds no authors for 1 of 4 papers." in told


def test_a_name_that_belongs_to_the_topic_is_no_author(marsh: Assistant) -> None:
    answer = marsh.ask("papers about maps of nests from photographs")
    assert answer.listing is None or answer.listing.wanted == ""


@pytest.mark.parametrize(
    ("question", "which"),
    [("latest paper on ropes", ' with "ropes" in title or abstract'), ("What is the oldest paper?", "")],
    ids=["on a topic", "of all"],
)
def test_papers_without_dates_are_in_no_order(tmp_path: Path, question: str, which: str) -> None:
    held = [{"title": f"{name} ropes", "abstract": f"{name} ropes hold."} for name in ("Wet", "Dry")]
    (tmp_path / "ropes.jsonl").write_text("\n".join(map(json.dumps, held)), "utf-8")
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as ropes:
        ropes.ingest(tmp_path / "ropes.jsonl")
        told = ropes.ask(question).text
    kind = "newest" if "latest" in question else "oldest"
    assert told == f"The library holds no date of publication for 2 papers{which}, so none is known as the {kind} one."


def test_a_follow_up_asks_for_the_paper_before(marsh: Assistant) -> None:
    first = marsh.ask("When was Heron published?")
    assert "Jan de Wit" in marsh.ask("Who wrote it?", history=[first]).text
    listed = marsh.ask("papers by Sofia")
    assert marsh.ask("more", history=[listed]).text == "The library holds 3 papers by Sofia; no further ones are left to show."
    titles = marsh.ask("list the titles only", history=[listed])
    assert {source.field for source in titles.sources} == {"title"}


def test_a_citation_is_the_paper(marsh: Assistant) -> None:
    answer = marsh.ask("What does Almeida et al. (2029) find?")
    assert answer.read_as == "What does Heron find?"
    assert {passage.paper.title[:5] for passage in answer.nearest} == {"Heron"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who wrote Mole?", OfPaper("authors", "Mole")),
        ("Who introduced GRPO?", OfPaper("authors", "GRPO", loose=True)),
        ("When was the paper published?", OfPaper("date", "")),
        ("papers by Ines Duarte", Papers("list", by="Ines Duarte")),
        ("papers from before 2030", Papers("list", dates="<2030")),
        ("which papers from Aug 19 are about agents?", Papers("list", dates="Aug 19", topic="agents")),
    ],
)
def test_what_is_asked_of_records(question: str, expected: OfPaper | Papers) -> None:
    assert (of_paper(question) or papers(question)) == expected


@pytest.mark.parametrize(
    "question", ["What does LeanDojo offer?", "Which papers mention Lean?", "Who are you?", "What is the last layer?", "papers"]
)
def test_other_questions_ask_for_no_record(question: str) -> None:
    assert of_paper(question) is None
    assert papers(question) is None


def test_references() -> None:
    assert reference("Duarte 2031") == Reference(0, 11, "Duarte", "2031", alone=True)
    assert reference("What does Li and O'Brien (2030) say?") == Reference(10, 31, "Li", "2030")
    assert reference("In LeanDojo 2023 was a year") is None
    found = reference("What does okafor30 report?")
    assert found
    assert found.id == "okafor30"
    assert reference("What does okafor30 report?", lambda word: word == "okafor30") is None


@pytest.mark.parametrize(
    ("date", "wanted", "inside"),
    [
        ("2030", "2030", True),
        ("2030-06", "2030", True),
        ("2030", "2030-06", False),
        ("2030-06", ">=2030-06", True),
        ("2030", ">=2030-06", False),
        ("2031", ">=2030-06 <2032", True),
        ("2030-06-15", "<2030-06", False),
        ("2030-05", "<2030-06", True),
        ("2030-05", "2029..2030", True),
        ("2031", "2029..2030", False),
        (None, "2030", False),
        ("Aug 19", ">=2030", False),
    ],
)
def test_dates_lie_within_bounds_as_far_as_they_are_known(date: str | None, wanted: str, inside: bool) -> None:
    assert within(date, bounds(wanted) or []) is inside


def test_what_is_no_date_has_no_bounds() -> None:
    assert bounds("Aug 19") is None
    assert bounds("") is None
    assert bounds("2030 or so") is None


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"author": "Almeida"}, {"Heron", "Egret"}),
        ({"author": "S. Almeida"}, {"Heron", "Egret"}),
        ({"author": "Lind*"}, {"Stork"}),
        ({"author": ["Brooks", "de Wit"]}, {"Heron", "Stork"}),
        ({"date": "2029"}, {"Heron"}),
        ({"date": "2029-03"}, {"Heron"}),
        ({"date": ">=2030"}, {"Egret", "Stork"}),
        ({"date": ">=2030 <2031"}, {"Stork"}),
        ({"date": "2029..2030"}, {"Heron", "Stork"}),
        ({"year": ">2029"}, {"Egret", "Stork"}),
        ({"year": "2031"}, {"Egret"}),
        ({"venue": "quiet search"}, {"Heron"}),
        ({"venue": "Marsh Conf*"}, {"Egret"}),
        ({"doi": "10.5555/heron.1"}, {"Heron"}),
        ({"doi": "https://doi.org/10.5555/HERON.1"}, {"Heron"}),
        ({"doi": "10.5555"}, {"Heron", "Egret"}),
        ({"doi": "10.5555/he"}, set()),
        ({"title": "patient planning"}, {"Egret"}),
        ({"author": "Almeida", "date": "<2030"}, {"Heron"}),
        ({"author": "Almeida", "text": "heavy rain"}, {"Egret"}),
        ({"author": "Almeida", "source": "jsonl"}, {"Heron", "Egret"}),
    ],
)
def test_filters_keep_to_records(marsh: Assistant, where: dict[str, object], found: set[str]) -> None:
    assert {hit.paper.title.partition(":")[0] for hit in marsh.search("fish and maps", where=where)} == found


def test_a_filter_that_nothing_passes_names_the_nearest(marsh: Assistant) -> None:
    answer = marsh.ask("What does it find?", where={"author": "Almeyda"})
    assert (
        answer.reason
        == "No paper matches the filter. No paper has the author 'Almeyda'; the nearest: Sofía Almeida, Sofia Almeida."
    )
    years = marsh.ask("What does it find?", where={"date": "2040"}).reason
    assert years == "No paper matches the filter. No paper has the date '2040'; the nearest: 2031, 2030, 2029."
    with pytest.raises(ConfigError, match="author"):
        marsh.search("fish", where={"author": [["Almeida"]]})
    with pytest.raises(ConfigError, match="cannot filter by 'colour'; use one of: author, date, doi, page"):
        marsh.search("fish", where={"colour": "red"})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("year=20x5", "year takes YYYY"),
        ("year=30", "year takes YYYY"),
        ("year>=soon", "year takes YYYY"),
        ("date=2030..", "a range as 2030..2031"),
        ("date=..2030", "a range as 2030..2031"),
        ("date>=", "comparisons as"),
        ("date=2030-13", "YYYY-MM or YYYY-MM-DD"),
        ("date=2031..2030", "ends before it begins"),
        ("date=2030-02-31", "2030-02-31 is no day of the calendar"),
        ("date>=2031-02-29", "2031-02-29 is no day of the calendar"),
        ("year=2030-01-01..2030-06-31", "2030-06-31 is no day of the calendar"),
        ("author=", "author has no value"),
        ("page= ", "page has no value"),
        ("author>=Duarte", "author=VALUE"),
        ("doi=heron", "10.1000/182"),
        ("title=" + "w" * 1_001, "has 1,001 characters"),
        ("date>=" + "2" * 999, "has 1,001 characters"),
    ],
)
def test_a_malformed_filter_is_told_as_such(given: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed([given])
    assert told in str(caught.value) and "no paper" not in str(caught.value).lower()


def test_a_date_in_words_that_no_page_has_is_told_with_the_right_form(marsh: Assistant) -> None:
    reason = marsh.ask("What does it find?", where={"date": "soon"}).reason
    assert reason and "The filter date takes YYYY" in reason and "No paper has" not in reason
    with pytest.raises(ConfigError, match="text has no value"):
        marsh.search("fish", where={"text": " "})
    with pytest.raises(ConfigError, match="text has 1,001 characters"):
        marsh.search("fish", where={"text": "w" * 1_001})


def test_filters_as_people_write_them(run: Run, marsh: Assistant) -> None:
    assert parsed(["author=Duarte", "date>=2030-06", "date<2031", "venue=a", "venue=b"]) == {
        "author": "Duarte",
        "date": ">=2030-06 <2031",
        "venue": ["a", "b"],
    }
    assert parsed([]) is None
    with pytest.raises(ConfigError, match="KEY=VALUE"):
        parsed(["date"])
    with pytest.raises(ConfigError, match="101 filters are given; at most 100"):
        parsed(["author=Duarte"] * 101)
    env = {"ASSISTANT_HOME": str(marsh.home), "PATH": "/usr/bin:/bin", "HOME": str(marsh.home)}
    told = run("search", "fish", "--where", "date>=2031", "--set", "embedder.kind=fake", env=env).stdout
    assert "Egret" in told
    assert "Heron" not in told
    assert "the nearest:" in run("search", "fish", "-w", "author=Almeyda", "--set", "embedder.kind=fake", env=env).stdout


def test_a_filter_among_many_passages(marsh: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.search import candidates

    monkeypatch.setattr(candidates, "_EXACT", 1)
    monkeypatch.setattr(candidates, "_ALL", 0)
    assert {hit.paper.title[:5] for hit in marsh.search("fish and maps", where={"author": "Almeida"})} == {"Heron", "Egret"}
    assert {hit.paper.title[:5] for hit in marsh.search("fish and maps", where={"author": "Brooks"})} == {"Stork"}


def test_a_title_is_meant_by_the_surest_way() -> None:
    held = Records(
        [
            Card("a", 1, "Otter", keys=("ott30",)),
            Card("b", 1, "Otter: Play in Worlds"),
            Card("c", 1, "More on the Otter", ids=("arxiv:2310.12345",)),
        ]
    )
    assert [[one.id for one in held.named(given)[0]] for given in ("Otter", "the otter", "worlds play", "2310.12345", "ott30")] == [
        ["a"],
        ["c"],
        ["b"],
        ["c"],
        ["a"],
    ]


RIGHT: dict[str, list[str]] = {
    "papers by Ines Duarte": ["Otter", "Badger", "Shrew"],
    "Which papers did Duarte write?": ["Otter", "Badger", "Shrew"],
    "What did Ines Duarte publish in 2031?": ["Badger", "Shrew"],
    "latest paper on reinforcement learning": ["Badger"],
    "What is the most recent paper on exploration?": ["Badger"],
    "Which papers are from 2030?": ["Mole", "Vole"],
    "How many papers are from 2031?": ["Badger", "Shrew"],
    "Duarte 2031": ["Badger", "Shrew"],
}
SAID = {
    "Who wrote Mole?": "Wei Li and Seán O'Brien",
    "Who are the authors of Shrew?": "Eva Brandt and Ines Duarte",
    "When was Vole published?": "September 2030",
    "What year is Badger from?": "June 2031",
    "Which journal published Otter?": "The library holds no journal or other venue for",
}
READ = {
    "What does Duarte et al. (2029) propose?": "Otter",
    "What does doi 10.1/c say?": "Mole",
    "What does okafor30 report?": "Vole",
}


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared is not there")
def test_the_cases_about_records(tmp_path: Path) -> None:
    asked = (CASES / "questions.txt").read_text("utf-8").splitlines()
    assert {*RIGHT, *SAID, *READ} <= set(asked)
    with Assistant.open(tmp_path, set=["embedder.kind=fake"]) as assistant:
        assistant.ingest(CASES / "authors.bib")
        for question, found in RIGHT.items():
            assert sorted(names(assistant.ask(question))) == sorted(found), question
        for question, said in SAID.items():
            assert said in assistant.ask(question).text, question
        for question, name in READ.items():
            answer = assistant.ask(question)
            assert name in (answer.read_as or ""), question
            assert {passage.paper.title.partition(":")[0] for passage in answer.nearest} == {name}, question


def test_the_question_set_tells_right_from_wrong(marsh: Assistant) -> None:
    both = bench.load("tune") + bench.load("held-out")
    assert len({one.id for one in both}) == len(both) == 58
    who = bench.Question(
        id="a", split="tune", kind="a", question="Who wrote Heron?", gold=(PAPERS[0]["title"],), values=("Jan de Wit",)
    )  # type: ignore[arg-type]
    how_many = bench.Question(id="b", split="tune", kind="b", question="How many papers are by Almeida?", count=2)
    rows, wrong = bench.measure(marsh, [who, how_many, who.model_copy(update={"id": "c", "values": ("Lena Brooks",)})])
    assert wrong == ["c"]
    assert rows[0] == {"kind": "all", "questions": 3, "right": pytest.approx(2 / 3)}
