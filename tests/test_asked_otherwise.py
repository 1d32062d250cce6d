"""Questions in rarer words for records by a name of an abstract, with typing slips, for best figures, and for another language.

`data/asked-otherwise.jsonl` was written before the code that answers it; the rows with "other" ask for something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Assistant
from assistant.question.best_figure import BestFigure, best_figure
from assistant.question.library import about

DATA = Path(__file__).parent / "data"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in (DATA / "asked-otherwise.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def caves(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("caves")
    (home / "models").symlink_to(models)
    with Assistant.open(home, set=["embedder.threads=1"]) as assistant:
        assistant.ingest(DATA / "asked-otherwise-papers.jsonl")
        yield assistant


def right(row: dict[str, Any], answer: Answer) -> bool:
    cited = [source.paper.title for source in answer.sources]
    fields = [source.field for source in answer.sources if source.field and source.field != "title"]
    match row["kind"], bool(row.get("other")):
        case "named", False:
            return row["said"] in answer.text and row["paper"] in cited and bool(fields)
        case "named", True:
            return not fields
        case "slip", other:
            return ("Did you mean" in answer.text) != other and (other or cited[:1] == [row["paper"]])
        case "best", _:
            where = answer.reason or "" if not row["paper"] else answer.text
            return row["said"] in where and (cited[:1] == [row["paper"]] if row["paper"] else answer.abstained)
        case _, other:
            return ("nothing is translated" in answer.text) != other and (other or not (answer.abstained or cited))


@pytest.mark.slow
@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("kind", ["named", "slip", "best", "language"])
def test_questions_in_other_words(caves: Assistant, kind: str, other: bool) -> None:
    rows = [row for row in ROWS if row["kind"] == kind and bool(row.get("other")) == other]
    before = [caves.ask("What does Lantern read?")] if kind == "language" else []
    hits = [right(row, caves.ask(row["question"], history=before)) for row in rows]
    assert len(hits) == 20 if not other else len(hits) != 1
    assert sum(hits) >= len(hits) * (0.9 if not other else 1)


@pytest.mark.slow
def test_best_figures_are_compared_across_units_and_quoted(caves: Assistant) -> None:
    answer = caves.ask("Which paper has the best recall on CaveBench?")
    assert answer.text.startswith("The highest recall on CaveBench in an abstract is 0.82, of 3 papers that state one:")
    assert [source.paper.title.partition(":")[0] for source in answer.sources] == ["Weasel", "Stoat", "Marmot"]
    for claim in answer.claims:
        assert claim.own or (claim.verdict and claim.verdict.verdict == "supported")
    within = caves.ask("Which paper has the best recall on CaveBench?", {"date": "<2031"})
    assert "0.64, of 1 paper that states one" in within.text
    none = caves.ask("Which paper has the best precision on CaveBench?")
    assert none.abstained and none.reason and none.reason.startswith("No abstract states a figure of precision on CaveBench")
    assert "4 papers mention CaveBench" in none.reason and none.nearest


@pytest.mark.slow
def test_a_name_of_an_abstract_stands_beside_the_title(caves: Assistant) -> None:
    answer = caves.ask("When was the TALLY paper published?")
    assert answer.text.startswith('"A Fair Way to Explain Forecasts" (TALLY) was published on 17 May 2029.')
    assert [(source.field, source.value) for source in answer.sources] == [("date", "2029-05-17")]
    assert "Shares of Blame" not in answer.text  # that paper only compares TALLY with others


@pytest.mark.slow
def test_the_paper_meant_is_named_and_the_question_is_kept(caves: Assistant) -> None:
    answer = caves.ask("waht is teh Harbuor Efect about")
    assert answer.question == "waht is teh Harbuor Efect about" and answer.read_as == "what is the Harbour Effect about"
    assert answer.text.endswith('Did you mean "The Harbour Effect: Why Crowded Models Forget"? The question was read so.')
    assert "Did you mean" not in caves.ask("What is the Harbour Effect about?").text


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Which paper has the best recall on TunnelBench?", BestFigure("highest", "recall", "TunnelBench")),
        ("Which paper has the best error rate on TunnelBench?", BestFigure("lowest", "error rate", "TunnelBench")),
        ("What is the lowest F1 on the MoleSet benchmark?", BestFigure("lowest", "F1", "MoleSet")),
        ("On GSM8K, which model has the worst accuracy?", BestFigure("lowest", "accuracy", "GSM8K")),
        ("Which paper has the best score on TunnelBench?", None),
        ("Which paper has the best recall on hard questions?", None),
        ("Which recall does Vole have on TunnelBench?", None),
        ("What is the best way to prune on ImageNet?", None),
    ],
)
def test_best_figures_asked_for(question: str, asked: BestFigure | None) -> None:
    assert best_figure(question) == asked


@pytest.mark.parametrize("said", ["In German please", "auf Deutsch bitte", "translate it", "Can you answer in French?"])
def test_wishes_for_a_language(said: str) -> None:
    assert about(said) == "language"


@pytest.mark.parametrize(
    "said", ["How good are models in German?", "Which papers are in German?", "Translate what to what?", "in short"]
)
def test_no_wishes_for_a_language(said: str) -> None:
    assert about(said) != "language"
