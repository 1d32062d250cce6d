from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant import Assistant, text
from assistant.library.chunking import split
from assistant.models.embedders import FakeEmbedder
from assistant.sources import read
from assistant.types import Paper
from eval.__main__ import app
from eval.bench import corpus, dump, limit, process, retrieval, scale, scifact
from eval.commands import results
from eval.fit import calibrate
from eval.runs import cases, scores, timing


def test_recall_and_reciprocal_rank() -> None:
    ranked = ["b", "a", "c"]
    assert scores.recall_at(1, ranked, ["a"]) == 0
    assert scores.recall_at(2, ranked, ["a", "x"]) == 0.5
    assert scores.reciprocal_rank(ranked, ["a", "c"]) == 0.5
    assert scores.reciprocal_rank(ranked, ["x"]) == 0


def test_a_score_that_does_not_apply_is_none_and_not_counted() -> None:
    assert scores.recall_at(1, ["a"], []) is None
    assert scores.reciprocal_rank(["a"], []) is None
    assert scores.key_fact_recall("text", []) is None
    assert scores.auroc([], [1.0]) is None
    assert scores.mean([None, 1.0, 0.0]) == 0.5
    assert scores.mean([None]) is None


def test_key_facts_are_found_however_they_are_spelled() -> None:
    assert scores.key_fact_recall(r"It reaches 12.4\% with Nystr\"om features.", ["12.4%", "Nyström", "13%"]) == 2 / 3


@pytest.mark.slow
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_auroc_is_symmetric(positive: list[float], negative: list[float]) -> None:
    forth, back = scores.auroc(positive, negative), scores.auroc(negative, positive)
    assert forth is not None and back is not None
    assert forth + back == pytest.approx(1)


def test_ndcg_as_worked_out_by_hand() -> None:
    # gains 3, 0, 1 at ranks 1, 3, 4 against 3, 1 at ranks 1, 2
    expected = (3 + 1 / math.log2(5)) / (3 + 1 / math.log2(3))
    assert scores.ndcg_at(10, ["a", "x", "b", "c"], {"a": 2, "b": 0, "c": 1}) == pytest.approx(expected)
    assert scores.ndcg_at(10, ["x", "a"], {"a": 1}) == pytest.approx(1 / math.log2(3))
    assert scores.ndcg_at(1, ["x", "a"], {"a": 1}) == 0
    assert scores.ndcg_at(1, ["a"], {"a": 1, "b": 1}) == 1  # of two only one fits
    assert scores.ndcg_at(10, ["a"], {"a": 0}) is None


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3)), st.permutations("abcdefgh"), st.integers(1, 9))
def test_ndcg_is_a_share_of_the_best_order(grades: dict[str, int], ranked: list[str], k: int) -> None:
    best = scores.ndcg_at(k, sorted(ranked, key=lambda item: -grades.get(item, 0)), grades)
    gain = scores.ndcg_at(k, ranked, grades)
    if not any(grades.values()):
        assert gain is best is None
        return
    assert gain is not None
    assert best == pytest.approx(1)
    assert 0 <= gain <= 1 + 1e-9
    assert scores.ndcg_at(k, [*ranked, *ranked], grades) == pytest.approx(gain)  # what comes twice counts once


@pytest.mark.parametrize("name", ["seeds", "facts", "blind"])
def test_the_questions_are_whole(name: str) -> None:
    loaded = cases.load(name)
    assert len({case.id for case in loaded}) == len({case.question for case in loaded}) == len(loaded) >= 200
    for case in loaded:
        assert case.answerable or not case.facts
        assert case.gold or case.type == "unanswerable"
        assert not case.answerable or case.facts


def test_no_paper_is_in_both_splits() -> None:
    loaded = [*cases.load(), *cases.load("facts"), *cases.load("wordings")]
    golds = [{title for case in loaded if case.split == split for title in case.gold} for split in ("tune", "held-out")]
    assert golds[1] and not golds[0] & golds[1]


@pytest.mark.slow
@pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the saved pages are not at {SEEDS}")
def test_the_questions_fit_the_pages() -> None:
    files = [read(str(file), max_line=10**6, max_file=10**9) for file in SEEDS.glob("*.txt")]
    papers = {item.title: item for file in files for item in file.items if isinstance(item, Paper)}
    for case in [*cases.load(), *cases.load("facts")]:
        for title in case.gold:
            assert title in papers, case.id
        for fact in case.facts:
            assert any(text.fold(fact) in text.fold(papers[title].abstract) for title in case.gold), (case.id, fact)
        if case.type == "other-words":
            shared = set(text.content_words(case.question)) & set(text.content_words(case.gold[0]))
            assert not shared, (case.id, shared)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(tmp_path_factory.mktemp("eval"), set=["embedder.kind=fake"]) as assistant:
        assistant.ingest_sample()
        yield assistant


def case(question: str, gold: str, *, answerable: bool = True) -> cases.Case:
    kind = "fact" if answerable else "unanswerable"
    facts = ("Lean",) if answerable else ()
    return cases.Case(
        id=question, question=question, type=kind, split="tune", gold=(gold,) if gold else (), facts=facts, answerable=answerable
    )


@pytest.mark.slow
def test_recall_and_refusals_are_measured_through_search_and_ask(sample: Assistant) -> None:
    title = next(paper.title for paper in sample.papers() if paper.title.startswith("LeanDojo"))
    asked = [
        case("LeanDojo for Lean", title),
        case("LeanDojo Lean", "A paper that is not there"),
        case("GraphCast weather HRES", "", answerable=False),
    ]
    rows = retrieval.retrieval(sample, asked)
    assert [row["type"] for row in rows] == ["fact", "all"]
    assert rows[-1]["questions"] == 2
    assert rows[-1]["recall@1"] == rows[-1]["MRR"] == 0.5
    assert 1 <= rows[-1]["Vendi score of the first 10"] <= 10
    rest, reliability = retrieval.answers(sample, asked)
    assert rest["questions"] == sum(row["questions"] for row in reliability) == 3
    assert rest["unanswerable refused"] == 1
    assert rest["cited papers that are gold"] == 0.5


def test_the_vendi_score_counts_what_differs() -> None:
    alike, apart = np.array([[1, 0]] * 3, np.float32), np.eye(3, dtype=np.float32)
    assert scores.vendi(alike) == pytest.approx(1)
    assert scores.vendi(apart) == pytest.approx(3)
    half = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    assert scores.vendi(half) == pytest.approx(2)


def test_reliability_weighs_both_kinds_the_same() -> None:
    rows = scores.reliability([0.9, 0.95, 0.95, 0.1], [True, True, True, False])
    assert [(row.low, row.answers, row.right) for row in rows] == [(0.1, 1, 0), (0.9, 3, 1)]
    assert sum(row.weight for row in rows) == pytest.approx(1)
    # half the weight is off by 0.1, the other by 1 - 2.8 / 3
    assert scores.calibration_error(rows) == pytest.approx(0.5 * 0.1 + 0.5 * (1 - 2.8 / 3))
    assert scores.calibration_error(scores.reliability([1.0, 0.0], [True, False])) == 0
    assert scores.calibration_error(scores.reliability([0.1], [True])) is None


def test_a_fact_counts_as_whole_words() -> None:
    assert scores.key_fact_recall("It has 1240 items, 24.5 and 24%.", ["24", "24.5", "124", "24%"]) == 0.75
    assert scores.key_fact_recall("a score of 0.8.", ["0.8", ".8", "8"]) == pytest.approx(1 / 3)
    assert scores.key_fact_recall("It wins 11 out of 12 times.", ["11 out of 12"]) == 1
    assert scores.key_fact_recall("The alex is 12xy.", ["ale", "12"]) == 0


def test_of_several_gold_papers_as_many_count_as_fit() -> None:
    assert retrieval._capped(0.5, 1, 2) == 1  # pyright: ignore[reportPrivateUsage]
    assert retrieval._capped(0.5, 5, 2) == 0.5  # pyright: ignore[reportPrivateUsage]


@pytest.mark.slow  # for the import of scikit-learn
def test_logistic_regression_leans_to_what_weighs_more() -> None:
    features = [[x, 1.0] for x in (0.0, 1.0, 2.0, 3.0, 9.0, 10.0)]
    labels = [False, False, True, False, True, True]
    slope, bias = calibrate._logistic(features, labels, [1.0] * 6)  # pyright: ignore[reportPrivateUsage]
    assert slope > 0
    assert 1 < -bias / slope < 9
    low = calibrate._logistic(features, labels, [1.0, 1.0, 9.0, 1.0, 9.0, 9.0])  # pyright: ignore[reportPrivateUsage]
    assert -low[1] / low[0] < -bias / slope


def test_times_are_in_milliseconds() -> None:
    times = timing.timed(lambda seconds: time.sleep(float(seconds)), ["0.01"] * 20)
    assert 9 < times["p50_ms"] <= times["p95_ms"]
    assert process.peak_mb() > 10
    assert corpus.papers() and corpus.questions()


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """A made corpus in BEIR form, two documents of one title."""
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    documents = [
        {"_id": "1", "title": "Zinc in wheat", "text": "Zinc raises the yield of wheat."},
        {"_id": "2", "title": "Summary", "text": "Copper harms barley roots."},
        {"_id": "3", "title": "summary", "text": "Iron deficiency makes maize leaves pale."},
        {"_id": "4", "title": "Boron", "text": "Boron is toxic to grapevines."},
    ]
    queries = [
        {"_id": "7", "text": "Zinc raises wheat yield", "metadata": {}},
        {"_id": "8", "text": "maize leaves turn pale", "metadata": {}},
        {"_id": "9", "text": "not judged", "metadata": {}},
    ]
    for name, lines in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\n7\t1\t1\n8\t3\t1\n")
    return folder


def test_scifact_is_measured_by_the_ids_of_its_documents(beir: Path, tmp_path: Path) -> None:
    fake = ["embedder.kind=fake"]
    questions = scifact.load(beir, "train")
    assert questions == [("Zinc raises wheat yield", {"1": 1}), ("maize leaves turn pale", {"3": 1})]
    documents = scifact.ingest(tmp_path, beir, fake)
    assert sorted(documents.values()) == [["1"], ["2", "3"], ["4"]]
    rows = scifact.measure(tmp_path, documents, questions, fake)
    assert [row["system"] for row in rows] == list(scifact.FUSIONS)
    for row in rows:
        # the paper of two documents stands for both, in the order of the corpus
        assert row["nDCG@10"] == pytest.approx((1 + 1 / math.log2(3)) / 2)
        assert row["recall@100"] == 1
        assert row["95%"][0] <= row["nDCG@10"] <= row["95%"][1]
        assert row["p50_ms"] > 0


def test_scifact_is_passed_over_where_it_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scifact, "FOLDER", tmp_path / "absent")
    done = CliRunner().invoke(app, ["scifact"])
    assert done.exit_code == 2
    assert "SciFact is not at" in done.output


def test_scifact_prints_what_was_published_beside_it(beir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scifact, "FOLDER", beir)
    flags = ["--split", "train", "--home", str(tmp_path / "kept"), "--set", "embedder.kind=fake"]
    done = CliRunner().invoke(app, ["scifact", *flags])
    assert done.exit_code == 0, done.output
    assert "2 train queries, 3 papers; 2 documents share a title" in done.output
    assert "| bge-base, published (test) | 0.743 |" in done.output
    assert (tmp_path / "kept" / "library" / "CURRENT").exists()


@pytest.mark.parametrize("shared", [False, True])
def test_every_pair_of_papers_answers_one_question(shared: bool) -> None:
    papers, asked = limit.dataset(shared=shared)
    assert (papers, asked) == limit.dataset(shared=shared)
    titles = {title for case in asked for title in case.gold}
    assert len(titles) == limit.PAPERS
    assert {frozenset(case.gold) for case in asked} == set(map(frozenset, combinations(sorted(titles), 2)))
    assert len({case.attribute for case in asked}) == len(asked) == 276
    for case in asked:
        holders = {paper.title for paper in papers if case.attribute.phrase in paper.abstract}
        assert holders == set(case.gold), case
    most = Counter(case.attribute.language for case in asked).most_common(1)[0][1]
    assert most == (12 if shared else 1)


@pytest.mark.slow
def test_pairs_are_measured_through_search(tmp_path: Path) -> None:
    rows = limit.measure(tmp_path, shared=False, papers=4, flags=["embedder.kind=fake"])
    assert [row["fusion"] for row in rows] == list(scifact.FUSIONS)
    assert all(row["questions"] == 6 for row in rows)
    found = {row["fusion"]: row for row in rows}
    assert found["lexical"]["recall@2"] == 1  # a word of its own leads to both papers
    assert found["score"]["recall@10"] == 1


@pytest.mark.slow
def test_made_records_of_the_dump_are_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "dump.jsonl"
    made = list(dump.records(60))
    assert made == list(dump.records(60))
    file.write_text("\n".join(map(json.dumps, made)), "utf-8")
    papers = [item for item in read(str(file), max_line=10**6, max_file=10**7).items if isinstance(item, Paper)]
    assert [paper.arxiv for paper in papers] == [one["id"] for one in made]
    assert all(paper.authors and paper.date and paper.categories for paper in papers)
    assert {bool(paper.doi) for paper in papers} == {True, False}
    with Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as assistant:
        assert assistant.ingest(file).papers == 60
        answers = {kind: [assistant.ask(question) for question in own] for kind, own in dump.questions().items()}
    refused = {kind for kind, own in answers.items() if any(answer.abstained for answer in own)}
    assert refused <= {"list", "count", "newest"}  # few papers do not hold each topic
    assert answers["field"][0].sources[0].field == "authors"


def test_made_papers_are_the_same_every_time_and_all_different() -> None:
    made = list(scale.papers(200))
    assert made == list(scale.papers(200))
    assert made[:5] != list(scale.papers(5, seed=1))
    assert len({paper["title"] for paper in made}) == len({paper["abstract"] for paper in made}) == 200


def test_made_vectors_have_the_form_of_encoded_ones() -> None:
    real = FakeEmbedder()
    embedder = scale.Noisy(real, encoded=3)
    papers = [Paper(id=str(n), **paper) for n, paper in enumerate(scale.papers(8))]
    chunks = [(paper, piece) for paper in papers for piece in split(paper, 60, embedder.count)]
    titles = [paper.title for paper, _ in chunks]
    pieces = [piece for _, piece in chunks]
    vectors = [*embedder.chunks(titles[:2], pieces[:2]), *embedder.chunks(titles[2:], pieces[2:])]
    assert len(vectors) == len(chunks) > 8
    known = real.chunks(titles[:3], pieces[:3])
    for made, encoded in zip(vectors[:3], known, strict=True):
        assert np.array_equal(made.vector, encoded.vector)
    for made, piece in zip(vectors, pieces, strict=True):
        assert made.sentences.shape == (len(piece.sentences), len(made.vector))
        assert np.linalg.norm(made.vector) == pytest.approx(1, abs=1e-5)
        assert np.allclose(np.linalg.norm(made.sentences, axis=1), 1, atol=1e-5)
    for made in vectors[3:]:
        nearest = max(float(made.vector @ encoded.vector) for encoded in known)
        assert nearest == pytest.approx(1 / math.hypot(1, scale.NOISE), abs=0.1)
    assert embedder.fingerprint == real.fingerprint


@pytest.mark.slow
def test_a_made_library_is_searched_by_its_size(tmp_path: Path) -> None:
    fake = ["embedder.kind=fake"]
    scale.make(tmp_path, 60, fake)
    figures = scale.search(tmp_path, fake)
    assert figures["papers"] == 30
    assert figures["passages"] >= 30
    assert 0 < figures["p50_ms"] <= figures["p95_ms"]
    assert figures["peak_mb"] > 10 and figures["disk_mb"] > 0


def test_a_result_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    file.write_text("# Results\n\nIntroduction.\n", "utf-8")
    results.record("One: `a`", "| x |", file)
    results.record("Two: `b`", "| y |", file)
    before = file.read_text("utf-8")
    results.record("One: `a`", "| z |\n\nmore", file)
    after = file.read_text("utf-8")
    assert after == before.replace("| x |", "| z |\n\nmore")
    assert after.startswith("# Results\n\nIntroduction.\n\n## One: `a`\n\n| z |")
    assert after.index("One") < after.index("Two") and results.machine() in after
    results.record("One: `a`", "| x |", file)
    assert file.read_text("utf-8") == before


def test_the_command_lists_what_it_measures() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for name in ("speed", "retrieval", "scifact", "limit", "scale", "calibrate", "basis"):
        assert name in shown.output
