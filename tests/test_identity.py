"""When two records are one paper, and that merging loses nothing."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Assistant
from assistant.errors import UnknownPaper
from assistant.library import identity
from assistant.library.arrivals import Arrivals, Arrived
from assistant.library.store import Head
from assistant.sources import ids, papers
from assistant.types import Answer, Page, Paper, Source, Usage

FAKE = ["embedder.kind=fake"]
CASES = ROOT.parent / "shared" / "cases" / "same-paper"
TEXT = (
    "Otter explores by play. In ten sparse worlds it finds the goal in 420 steps, where curiosity needs 1,300. The code is public."
)


def record(title: str = "Otter: Playful Exploration", abstract: str = TEXT, page: str = "a", **more: object) -> Paper:
    return papers.make(title, abstract, Page(name=page), "jsonl", **more)  # type: ignore[arg-type]


def joined(*records: Paper) -> Paper:
    """The one paper that records are."""
    whole, *rest = records
    for each in rest:
        assert identity.same(whole, each)
        whole = identity.merge(whole, each)
    return whole


class Held:
    """What a writer holds, in memory."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}

    def named_like(self, names: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for paper in self.papers.values():
            for name in {*identity.names(paper), *identity.sketches(paper.abstract)} & set(names):
                found.setdefault(name, []).append(paper.id)
        return found

    def heads(self, paper_ids: Iterable[str]) -> dict[str, Head]:
        return {id: Head(self.papers[id], 1) for id in paper_ids if id in self.papers}

    def ingest(self, records: Sequence[Paper]) -> Arrived:
        arrived = Arrivals(self).take(records)  # type: ignore[arg-type]
        self.papers |= {paper.id: paper for paper in arrived.papers}
        for head in arrived.gone:
            del self.papers[head.paper.id]
        return arrived


# What is one paper


ONE = [
    pytest.param({"ids": ("doi:10.1/a",)}, {"title": "Another Name", "ids": ("doi:10.1/a",)}, "doi:10.1/a", id="DOI"),
    pytest.param(
        {"url": "https://arxiv.org/abs/3012.00077v1"},
        {"title": "Another Name", "url": "http://arxiv.org/pdf/3012.00077v4.pdf"},
        "arxiv:3012.00077",
        id="versions of arXiv",
    ),
    pytest.param({"ids": ("pubmed:99",), "date": "2020"}, {"ids": ("pubmed:99",), "date": "2031"}, "pubmed:99", id="years apart"),
    pytest.param({}, {"title": "OTTER -- playful exploration."}, "title", id="title"),
    pytest.param({"authors": ("Ines Duarte",)}, {"authors": ("I. Duarte", "Wei Li")}, "title", id="initials"),
    pytest.param({"authors": ("Ines Duarte",)}, {"authors": ("Duarte I",)}, "title", id="initials behind"),
    pytest.param({"authors": ("Wei Li",)}, {"authors": ("Li Wei",)}, "title", id="family name first"),
    pytest.param({"date": "2029-12"}, {"date": "2031"}, "title", id="two years apart"),
    pytest.param(
        {"authors": ("Ines Duarte", "Wei Li"), "ids": ("doi:10.1101/2031.01",)},
        {"title": "Play in Sparse Worlds", "authors": ("I. Duarte", "W. Li"), "ids": ("doi:10.1038/x",)},
        "authors and abstract",
        id="preprint and journal",
    ),
]
TWO = [
    pytest.param({"ids": ("doi:10.1/a",)}, {"ids": ("doi:10.1/b",)}, id="another DOI"),
    pytest.param({"ids": ("arxiv:3012.00077",)}, {"ids": ("arxiv:3012.00078",)}, id="another id of arXiv"),
    pytest.param({"ids": ("arxiv:3012.00077", "doi:10.1/a")}, {"ids": ("arxiv:3012.00077", "doi:10.1/b")}, id="differing ids veto"),
    pytest.param({"authors": ("Kofi Amara",)}, {"authors": ("Greta Blom",)}, id="other authors"),
    pytest.param({"authors": ("Ines Duarte",)}, {"authors": ("Ivo Duarte",)}, id="another first name"),
    pytest.param({"date": "2028"}, {"date": "2031-01-01"}, id="three years apart"),
    pytest.param({}, {"title": "Another Name"}, id="the abstract alone"),
    pytest.param(
        {"authors": ("Ines Duarte",)}, {"title": "Another Name", "authors": ("Wei Li",)}, id="the abstract and other authors"
    ),
    pytest.param({"title": "World Models"}, {"title": "World Models 2"}, id="another title"),
]

GLACIERS = (
    "We measure how fast the glaciers of the western fjords lose ice, with stakes that are read four times a year and with images "
    "of a satellite. The loss is {loss} metres a year, and the model Firn predicts it with an error of {error}%. {more}All "
    "readings are released, and so is the code that aligns the images with the stakes."
)
TEAM = ("Ida Tester", "Bo Fern")


def glaciers(title: str, date: str = "2031", loss: str = "1.4", error: str = "6", more: str = "", **words: str) -> Paper:
    """A record of one of several papers that share authors and nearly all words."""
    abstract = GLACIERS.format(loss=loss, error=error, more=more)
    for old, new in words.items():
        abstract = abstract.replace(old, new)
    return record(title, abstract, page=title, date=date, authors=TEAM)


ICE = "Ice Loss of the Western Fjords"
REVISED = [
    pytest.param(glaciers("Measuring the Glaciers by Stakes"), id="another title"),
    pytest.param(glaciers("How Fast Fjords Lose Ice", more="A second set of 40 stakes on Svalbard agrees. "), id="a sentence more"),
    pytest.param(glaciers("Ice Losses of Western Fjords", "2030", error="7", more="It agrees with Landsat. "), id="revised"),
    pytest.param(glaciers("Losing Ice in the West", loss="1.40", four="4"), id="figures written otherwise"),
    pytest.param(glaciers("Losing Ice in the West", Firn="FIRN", released="public"), id="words"),
]
SERIES = [
    pytest.param(glaciers("Ice Loss of the Western Fjords: the Second Year", "2032", "1.9", "5"), id="figures and an ordinal"),
    pytest.param(glaciers("Ice Loss in a Warm Year", "2032", "1.9"), id="a figure"),
    pytest.param(glaciers("Ice Loss of the Western Fjords in a Warm Year", "2031", error="9"), id="a figure and a longer title"),
    pytest.param(glaciers("Ice Loss in a Warm Year", error="4"), id="a figure that stands elsewhere too"),
    pytest.param(glaciers("Ice Loss of the Western Fjords II"), id="a part"),
    pytest.param(glaciers("Ice Loss of Three Western Fjords"), id="a number word in the title"),
    pytest.param(glaciers("Ice Loss of the Eastern Fjords", western="eastern"), id="a word of the title"),
    pytest.param(glaciers("How Fast Glaciers Lose Ice", Firn="Neve"), id="a name"),
]


@pytest.mark.parametrize("revised", REVISED)
def test_a_revision_under_another_title_is_one_paper(revised: Paper) -> None:
    first = glaciers(ICE)
    assert identity.same(first, revised) == identity.same(revised, first) == "authors and abstract"


@pytest.mark.parametrize("further", SERIES)
def test_papers_of_a_series_stay_apart(further: Paper) -> None:
    """Once one took the place of the other, and the figures of that one were in no answer."""
    first = glaciers(ICE)
    for records in ([first, further], [further, first]):
        held = Held()
        (pair,) = held.ingest(records).alike
        assert {paper.abstract for paper in held.papers.values()} == {first.abstract, further.abstract}
        assert pair.titles == (records[0].title, records[1].title)
        assert held.ingest(records).merged == [] and len(held.papers) == 2


def test_a_record_that_lacks_a_figure_joins_no_two_papers_of_a_series() -> None:
    first, second = glaciers(ICE), glaciers("Ice Loss in a Warm Year", "2032", "1.9")
    vague = record(
        "Fjords Lose Ice", first.abstract.replace("The loss is 1.4 metres a year, and the", "The"), page="c", authors=TEAM
    )
    assert identity.same(first, vague) and identity.same(second, vague)
    for records in permutations([first, second, vague]):
        held = Held()
        for each in records:
            held.ingest([each])
        assert len(held.papers) == 2
        told = [{paper.abstract, *(edition.abstract for edition in paper.editions)} for paper in held.papers.values()]
        assert all(any(each.abstract in texts for texts in told) for each in (first, second))
        assert not any({first.abstract, second.abstract} <= texts for texts in told)


@pytest.mark.parametrize(("one", "other", "by"), ONE)
def test_records_of_one_paper(one: dict[str, object], other: dict[str, object], by: str) -> None:
    assert identity.same(record(**one), record(**other)) == identity.same(record(**other), record(**one)) == by  # type: ignore[arg-type]


@pytest.mark.parametrize(("one", "other"), TWO)
def test_records_of_two_papers(one: dict[str, object], other: dict[str, object]) -> None:
    assert identity.same(record(**one), record(**other)) is identity.same(record(**other), record(**one)) is None  # type: ignore[arg-type]
    held = Held()
    arrived = held.ingest([record(**one), record(page="b", **other)])  # type: ignore[arg-type]
    assert len(held.papers) == 2 and arrived.merged == []
    assert held.ingest([record(**one), record(page="b", **other)]).papers == list(held.papers.values())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://doi.org/10.1000/OTTER.", ("doi:10.1000/otter",)),
        ("https://doi.org/10.48550/arXiv.2310.12357", ("arxiv:2310.12357",)),
        ("https://doi.org/10.18653/v1/2031.xyz-long.1", ("doi:10.18653/v1/2031.xyz-long.1", "acl:2031.xyz-long.1")),
        ("http://arxiv.org/abs/math.GT/0309136v2", ("arxiv:math/0309136",)),
        ("https://huggingface.co/papers/2310.12345", ("arxiv:2310.12345",)),
        ("https://pubmed.ncbi.nlm.nih.gov/99999991/", ("pubmed:99999991",)),
        ("https://aclanthology.org/P19-1001.pdf", ("acl:P19-1001",)),
        ("https://openreview.net/forum?id=rJl-b3RcF7", ("openreview:rJl-b3RcF7",)),
        ("https://openalex.org/W2741809807", ("openalex:W2741809807",)),
        ("https://example.org/2310.12345", ()),
    ],
)
def test_an_address_tells_ids(address: str, found: tuple[str, ...]) -> None:
    assert ids.of_address(address) == found


# What is kept


def test_a_cut_abstract_replaces_no_whole_one_in_any_order() -> None:
    cut = record(abstract="Otter explores by play. In ten...", page="b")
    part = record(abstract=TEXT.partition(" The code")[0], page="b")
    for less in (cut, part):
        assert joined(record(), less).abstract == joined(less, record()).abstract == TEXT
        assert not joined(less, record()).truncated


def test_the_newest_version_counts_and_the_other_is_kept() -> None:
    old = record(abstract=f"{TEXT} Old.", url="https://arxiv.org/abs/3012.00077v1")
    new = record(abstract=f"{TEXT} New.", url="https://arxiv.org/abs/3012.00077v2")
    for whole in (joined(old, new), joined(new, old)):
        assert (whole.abstract, whole.version, whole.arxiv) == (new.abstract, 2, "3012.00077")
        assert [edition.abstract for edition in whole.editions] == [old.abstract]


def test_a_preprint_and_its_journal_version_are_two_places_of_one_paper() -> None:
    preprint = record(ids=("arxiv:3012.00077",), date="2030-12", authors=("I. Duarte",), abstract=TEXT.replace("420", "440"))
    journal = record(ids=("arxiv:3012.00077", "doi:10.1/a"), date="2031", venue="Journal of Play", authors=("Ines Duarte",))
    for whole in (joined(preprint, journal), joined(journal, preprint)):
        assert (whole.venue, whole.date, whole.doi, whole.abstract) == ("Journal of Play", "2031", "10.1/a", TEXT)
        assert whole.authors == ("Ines Duarte",)
        (edition,) = whole.editions
        assert (edition.ids, edition.date, edition.abstract) == (("arxiv:3012.00077",), "2030-12", preprint.abstract)
        assert joined(whole, preprint, journal) == whole


def test_exact_dates_and_full_names_win() -> None:
    vague = record(date="2031", authors=("I. Duarte", "Li, W."), page="b")
    exact = record(date="2031-02-03", authors=("Ines Duarte", "Wei Li", "Ada Potter"))
    for whole in (joined(vague, exact), joined(exact, vague)):
        assert (whole.date, whole.authors) == ("2031-02-03", ("Ines Duarte", "Wei Li", "Ada Potter"))


def test_a_text_under_another_title_is_one_edition_however_often_it_comes() -> None:
    long = "Abstract: Moths fly at 3 m/s. © 2024 Elsevier Ltd. All rights reserved."
    records = [
        record("Zeta of Moths", long, ids=["doi:10.1/zeta"]),
        record("Zeta (Preprint)", "Moths fly at 3 m/s.", ids=["doi:10.1/zeta"]),
    ]
    held = Held()
    held.ingest(records)
    (first,) = held.papers.values()
    for again in (records, records[:1], records[1:], records):
        held.ingest(again)
        assert list(held.papers.values()) == [first]
    assert [(one.title, one.abstract) for one in first.editions] == [("Zeta of Moths", long)]
    doubled = first.model_copy(update={"editions": (*first.editions, first.editions[0].model_copy(update={"title": ""}))})
    assert identity.merge(doubled, records[0], again=True).editions == first.editions  # of a library that doubled it before


def test_an_edit_of_the_only_file_is_no_edition() -> None:
    held = Held()
    held.ingest([record()])
    held.ingest([record(abstract=f"An edit. {TEXT}")])
    (paper,) = held.papers.values()
    assert (paper.abstract, paper.editions) == (f"An edit. {TEXT}", ())


def test_a_record_that_is_two_papers_makes_them_one() -> None:
    held = Held()
    held.ingest([record("Otter One", ids=("doi:10.1/a",)), record("Otter Two", ids=("arxiv:3012.00077",), page="b")])
    assert len(held.papers) == 2
    arrived = held.ingest([record("Otter", ids=("doi:10.1/a", "arxiv:3012.00077"), page="c")])
    (paper,) = held.papers.values()
    assert paper.ids == ("arxiv:3012.00077", "doi:10.1/a")
    assert {page.name for page in paper.pages} == {"a", "b", "c"}
    assert [merge.paper for merge in arrived.merged] == [paper.id] * 2


KINDS = [["doi:10.1/a", "doi:10.1/b", "doi:10.1101/c"], ["arxiv:3012.00077", "arxiv:3012.00078"], ["pubmed:1"], ["openalex:W1"]]
NAMES = ["Ines Duarte", "I. Duarte", "Wei Li", "W. Li", "Kofi Amara", "Sean O'Brien"]
TEXTS = [
    TEXT,
    TEXT.replace("420", "440"),
    "Badgers dig. They dig for twelve hours, and then they sleep for nine.",
    "Short one.",
]
RECORDS = st.builds(
    record,
    title=st.sampled_from(["Otter", "otter!", "Badger"]),
    abstract=st.sampled_from([*TEXTS, *(f"{text[:30]}..." for text in TEXTS[:3])]),
    page=st.sampled_from(["a", "b", "c"]),
    date=st.sampled_from([None, "2029", "2031", "2031-02", "2032-02-03"]),
    authors=st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple),
    ids=st.tuples(*(st.sampled_from([(), *([one] for one in of)]) for of in KINDS)).map(lambda some: sum(map(list, some), [])),
    version=st.sampled_from([None, 1, 2]),
    venue=st.sampled_from([None, "Journal of Play", "Digging"]),
)


@pytest.mark.slow
@settings(max_examples=120)
@given(st.lists(RECORDS, max_size=6), st.lists(RECORDS, max_size=6))
def test_no_order_of_two_files_loses_a_whole_abstract_an_id_or_an_author(one: list[Paper], other: list[Paper]) -> None:
    one = [each.model_copy(update={"pages": (Page(name="one"),)}) for each in one]
    other = [each.model_copy(update={"pages": (Page(name="other"),)}) for each in other]
    for first, second in ((one, other), (other, one), (one + other, []), (other + one, one)):
        held = Held()
        held.ingest(first)
        held.ingest(second)
        assert_nothing_is_lost([*first, *second], list(held.papers.values()))
        held.ingest(second)
        assert_nothing_is_lost([*first, *second], list(held.papers.values()))


def assert_nothing_is_lost(given: list[Paper], held: list[Paper]) -> None:
    texts = {text for paper in held for text in (paper.abstract, *(edition.abstract for edition in paper.editions))}
    for each in given:
        assert each.truncated or any(text.lower().startswith(each.abstract.lower()) for text in texts), each.abstract
        assert set(each.ids) <= {id for paper in held for id in paper.ids}
        for name in each.authors:
            family, initial = name.split()[-1], name[0]
            assert any(author.endswith(family) and author.startswith(initial) for paper in held for author in paper.authors)
            if "." not in name:
                assert any(name in paper.authors for paper in held)


# In a library


def titles(assistant: Assistant) -> list[str]:
    return [paper.title for paper in assistant.papers()]


def files(folder: Path, **content: str) -> list[Path]:
    paths = [folder / name.replace("_", ".") for name in content]
    for path, text in zip(paths, content.values(), strict=True):
        path.write_text(text, "utf-8")
    return paths


def entry(key: str, title: str, author: str, year: int, doi: str, text: str = TEXT, journal: str = "Journal of Play") -> str:
    fields = {"title": title, "author": author, "year": year, "doi": doi, "journal": journal, "abstract": text}
    return f"@article{{{key}, " + ", ".join(f"{name}={{{value}}}" for name, value in fields.items()) + "}\n"


def test_one_title_of_two_papers_is_kept_apart_and_removed_by_id(tmp_path: Path) -> None:
    two = entry("amara", "World Models", "Amara, Kofi", 2029, "10.1000/a") + entry(
        "blom", "World models", "Blom, Greta", 2031, "10.2/b", "B. C"
    )
    one, other = files(tmp_path, x_bib=two, y_bib=entry("amara2", "World Models", "Amara, K.", 2029, "10.1000/A"))
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        report = assistant.ingest(one)
        assert (report.new, report.merged) == (2, ())
        report = assistant.ingest(other)
        assert (report.new, report.changed + report.unchanged, report.chunks) == (0, 1, 0)
        assert [(merge.by, merge.page, merge.title) for merge in report.merged] == [("doi:10.1000/a", "y", "World Models")]
        first, second = assistant.papers()
        assert (first.keys, first.authors) == (("amara", "amara2"), ("Kofi Amara",))
        assert assistant.doctor().exit_code == 0
        with pytest.raises(UnknownPaper, match="2 papers are called 'World Models'; name one by its id"):
            assistant.remove("World Models")
        assert assistant.remove(second.id).papers == 1
        assert assistant.ingest(one).new == 1
        assert sorted(titles(assistant)) == ["World Models", "World models"]


def test_papers_that_turn_out_to_be_one_leave_no_trace_of_two(tmp_path: Path) -> None:
    one = entry("a", "Otter One", "Duarte, I.", 2031, "10.1/aaaa")
    two = '{"title": "Otter Two", "abstract": "Otters dig and swim.", "url": "https://arxiv.org/abs/3012.00077"}'
    both = one.replace("Otter One", "Otter").replace("year=", "eprint={3012.00077}, year=")
    paths = files(tmp_path, x_bib=one, y_jsonl=two, z_bib=both)
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        assert assistant.ingest(*paths[:2]).new == 2
        report = assistant.ingest(paths[2])
        (paper,) = assistant.papers()
        assert (paper.ids, len(report.merged)) == (("arxiv:3012.00077", "doi:10.1/aaaa"), 2)
        assert {edition.abstract for edition in paper.editions if edition.abstract} == {"Otters dig and swim."}
        assert {hit.paper.id for hit in assistant.search("otters dig", 5)} == {paper.id}
        assert assistant.doctor().exit_code == 0


def test_a_text_that_thousands_share_is_compared_with_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once an ingest of 8,000 such papers took an hour."""
    compared: list[str] = []
    resemblance = identity.resemblance

    def counted(one: str, other: str) -> float:
        compared.append(one)
        return resemblance(one, other)

    monkeypatch.setattr(identity, "resemblance", counted)
    boilerplate = "The lid of a kettle keeps the heat of the water in winter and the measure is taken twice a day. " * 3
    records = [record(f"Kettle {at}", f"Kettle {at}. {boilerplate}") for at in range(300)]
    held = Held()
    first, second = held.ingest(records[:150]), held.ingest(records[150:])
    assert len(held.papers) == 300 and len(first.alike) + len(second.alike) == 299
    assert len(compared) <= 300 * 8 * 4
    assert len(second.before) <= 8 * 4  # of the library, too, a few are read


def test_papers_alike_are_named(tmp_path: Path) -> None:
    text = f'{{"title": "%s", "abstract": "{TEXT}"}}\n'
    (path,) = files(tmp_path, x_jsonl=text % "Otter" + text % "Beaver")
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        (pair,) = assistant.ingest(path).alike
        assert (pair.titles, len(titles(assistant))) == (("Otter", "Beaver"), 2)


def test_a_library_of_the_version_before_opens_and_gets_its_ids(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "tests" / "data" / "library-before-identity.tar.xz") as kept:
        kept.extractall(tmp_path / "library", filter="data")
    (path,) = files(
        tmp_path, x_jsonl=f'{{"title": "Another Name", "abstract": "{TEXT}", "url": "https://arxiv.org/abs/3012.00077v3"}}'
    )
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        assert [paper.ids for paper in assistant.papers()] == [(), ()]
        assert assistant.search("caches on phones", 1)[0].paper.title == "Gecko: Sticky Caches"
        report = assistant.ingest(path)
        assert (report.new, report.unchanged + report.changed) == (0, 1)
        assert [paper.ids for paper in assistant.papers()] == [("arxiv:3012.00077",), ()]
        assert assistant.doctor().exit_code == 0


# Given back


def test_bibtex_gives_the_users_own_entry_back(tmp_path: Path) -> None:
    (path,) = files(tmp_path, x_bib=entry("okafor30", "Vole", "Okafor, Chidi", 2030, "10.1/d_e", journal="Tunnels"))
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        assistant.ingest(path)
        (paper,) = assistant.papers()
    source = Source(number=1, paper=paper, quote=paper.abstract, start=0, end=len(paper.abstract))
    answer = Answer(question="?", text="x [1]", sources=(source,), confidence=1.0, usage=Usage(seconds=0), fingerprint="x")
    given_back = answer.to_bibtex()
    assert given_back.startswith("@article{okafor30,\n")
    for field in (r"doi = {10.1/d\_e}", "journal = {Tunnels}", "year = {2030}", "author = {Chidi Okafor}"):
        assert field in given_back
    again = [item for item in assistant_papers(tmp_path, given_back)]
    assert [(each.keys, each.type, each.doi, each.venue) for each in again] == [(("okafor30",), "article", "10.1/d_e", "Tunnels")]


def assistant_papers(folder: Path, content: str) -> list[Paper]:
    (path,) = files(folder, again_bib=content)
    with Assistant.open(folder / "again", set=FAKE) as assistant:
        assistant.ingest(path)
        return list(assistant.papers())


# What went wrong before, see shared/cases


@pytest.fixture
def cases() -> Path:
    if not CASES.is_dir():
        pytest.skip(f"the cases are not at {CASES}")
    return CASES


def test_cases_of_the_same_paper(cases: Path, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", set=FAKE) as assistant:
        assert assistant.ingest(cases / "sametitle.bib").new == 2
        report = assistant.ingest(cases / "dup.bib")
        assert (report.new, len(report.merged)) == (3, 2)
        assert assistant.ingest(cases / "dup.jsonl").new == 0
        assert assistant.ingest(cases / "full.jsonl").new == 1
        before = next(paper for paper in assistant.papers() if "Gecko" in paper.title)
        assert assistant.ingest(cases / "trunc.bib").new == 0
        held = {re.match(r"\w+", paper.title).group(): paper for paper in assistant.papers()}  # type: ignore[union-attr]
    assert (held["Gecko"].abstract, held["Gecko"].date, held["Gecko"].authors) == (before.abstract, before.date, before.authors)
    otter = held["Otter"]
    assert (otter.arxiv, otter.doi, otter.venue) == ("3012.00077", "10.1000/otter", "Journal of Imagined Results")
    assert otter.authors == ("Ines Duarte", "Wei Li")
    assert any(edition.ids == ("arxiv:3012.00077",) and "440 steps" in edition.abstract for edition in otter.editions)
