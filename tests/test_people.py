"""Family names of authors in the forms of sources, as `check` and the exports read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.check import references
from assistant.export import entries, keys, ris
from assistant.text.people import person
from assistant.types import Paper
from tests.answers import paper

FORMS = [
    ("Ines Duarte", "Duarte", "Ines"),
    ("Duarte, Ines", "Duarte", "Ines"),
    ("I. Duarte", "Duarte", "I."),
    ("Duarte I.", "Duarte", "I."),
    ("Duarte I.M.", "Duarte", "I.M."),
    ("Duarte I. M.", "Duarte", "I. M."),
    ("Duarte IM", "Duarte", "IM"),
    ("Nguyen T T H", "Nguyen", "T T H"),
    ("Duarte Silva I.", "Duarte Silva", "I."),
    ("van der Berg J", "van der Berg", "J"),
    ("J. van der Berg", "Berg", "J. van der"),
    ("St. John B", "St. John", "B"),
    ("Kim J.-H.", "Kim", "J.-H."),
    ("Kim J-H", "Kim", "J-H"),
    ("O'Neil T", "O'Neil", "T"),
    ("Östlund Å.", "Östlund", "Å."),
    ("Иванов И.И.", "Иванов", "И.И."),
    ("Li X.Y.Z.", "Li", "X.Y.Z."),
    ("Li X", "Li", "X"),
    ("LI X", "LI", "X"),
    ("Yu O", "Yu", "O"),
    ("Xi Li", "Li", "Xi"),
    ("Xi LI", "LI", "Xi"),
    ("Anna K. LI", "LI", "Anna K."),
    ("J. K. XU", "XU", "J. K."),
    ("VAN DER LI J", "VAN DER LI", "J"),
    ("SMITH JR", "SMITH", "JR"),
    ("王 伟", "伟", "王"),
    ("OpenAI", "OpenAI", ""),
    ("NASA GISS", "GISS", "NASA"),
    ("Bank of Italy UK", "UK", "Bank of Italy"),
    ("", "", ""),
]


@pytest.mark.parametrize(("name", "family", "given"), FORMS)
def test_the_family_name_of_any_usual_form(name: str, family: str, given: str) -> None:
    assert person(name) == (family, given, "")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Smith J Jr", ("Smith", "J", "Jr")),
        ("SMITH J JR", ("SMITH", "J", "JR")),
        ("John Smith Jr.", ("Smith", "John", "Jr.")),
        ("John Smith III", ("Smith", "John", "III")),
        ("John Smith, Jr.", ("Smith", "John", "Jr.")),
        ("Smith, Jr., John", ("Smith", "John", "Jr.")),
        ("Smith, John, Jr.", ("Smith", "John", "Jr.")),
        ("Barnes and Noble, Inc", ("Barnes and Noble", "Inc", "")),
    ],
)
def test_what_is_added_to_a_name_is_no_family_name(name: str, parts: tuple[str, str, str]) -> None:
    assert person(name) == parts


def by(name: str) -> Paper:
    return paper("Badger digs").model_copy(update={"authors": (name,), "date": "2021"})


@pytest.mark.parametrize(
    ("name", "bibtex", "in_ris"),
    [
        ("Ines Duarte", "Ines Duarte", "Ines Duarte"),
        ("Duarte I.", "Duarte, I.", "Duarte, I."),
        ("van der Berg J", "van der Berg, J", "van der Berg, J"),
        ("John Smith Jr", "Smith, Jr, John", "Smith, John, Jr"),
        ("NASA GISS", "NASA GISS", "NASA GISS"),
    ],
)
def test_exports_say_which_part_is_the_family_name(name: str, bibtex: str, in_ris: str) -> None:
    assert f"author = {{{bibtex}}}" in entries([by(name)])
    assert f"AU  - {in_ris}\n" in ris([by(name)])


def test_a_key_begins_with_the_family_name_before_initials() -> None:
    assert list(keys([by("Duarte I.")]).values()) == ["duarte2021badger"]


ABSTRACT = "We present BADGER. It digs 4 m an hour through clay."
FILES = {
    "a.csv": f'Title,Authors,Year,Abstract\nBadger digs,"Duarte I.; Tea A.",2021,{ABSTRACT}\n',
    "b.csv": f'Title,Authors,Year,Abstract\nBadger digs,"Duarte I.M., Tea A.",2021,{ABSTRACT}\n',
    "a.nbib": f"PMID- 1234\nTI  - Badger digs\nAB  - {ABSTRACT}\nAU  - Duarte I\nAU  - Tea A\nDP  - 2021\n",
    "a.ris": f"TY  - JOUR\nTI  - Badger digs\nAU  - Duarte I\nAU  - Tea A\nPY  - 2021\nAB  - {ABSTRACT}\nER  - \n",
    "a.bib": f"@article{{x, title={{Badger digs}}, author={{Duarte I and Tea A}}, year=2021, abstract={{{ABSTRACT}}}}}",
}


@pytest.mark.parametrize("name", FILES)
def test_a_citation_finds_authors_with_initials_behind(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], "utf-8")
    with Assistant.open(tmp_path / "library", set=["embedder.kind=fake"]) as assistant:
        assistant.ingest(tmp_path / name)
        found = assistant.check_text("BADGER digs 4 m an hour through clay (Duarte and Tea, 2021).", "markdown").sentences[0]
    assert [one.title for one in found.citations] == ["Badger digs"] and found.state == "proved"


def test_a_bibliography_names_authors_with_initials_behind() -> None:
    (one,) = references.of_bibtex("@article{x, title={Badger digs}, author={Duarte I and Tea A}, year=2021}")
    assert one.surnames == ["duarte"]
