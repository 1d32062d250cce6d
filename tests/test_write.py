"""The extractive writer: which papers it quotes, and which sentences of them."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.answer.extract import extract, features, holders, papers
from assistant.config import AnswerSettings, load
from assistant.search.retriever import Found


def limits(**changes: int) -> AnswerSettings:
    return load().settings.answer.model_copy(update=changes)


def found(sample: Assistant, question: str) -> Found:
    return sample.retriever.found(question, 10)


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        pytest.param("How many theorems are in the benchmark that LeanDojo provides?", "96,962", id="count"),
        pytest.param("What accuracy does HyperTree Proof Search reach on Metamath after online training?", "82.6%", id="share"),
        pytest.param("Which eigenvalues does the Vendi Score of a sample use?", "eigenvalues", id="definition"),
        pytest.param("What does ClaPS do to the prompt search space?", "prun", id="method"),
    ],
)
def test_the_sentence_with_the_fact_is_quoted(sample: Assistant, question: str, fact: str) -> None:
    claims, sources = extract(found(sample, question), limits())
    assert len({source.paper.id for source in sources}) == 1
    assert len(claims) <= 3
    assert any(fact in claim.text for claim in claims)


@pytest.mark.parametrize(
    "asked", ["What is the Vendi Score?", "Please explain the Vendi Score.", "Compare the Vendi Score and LeanDojo."]
)
def test_what_is_to_be_explained_is_introduced(sample: Assistant, asked: str) -> None:
    claims, _ = extract(found(sample, asked), limits())
    assert any("We propose the Vendi Score" in claim.text for claim in claims)


def test_what_letters_stand_for_is_quoted_where_they_mean_one_thing(sample: Assistant) -> None:
    claims, _ = extract(found(sample, "What does RBC stand for?"), limits())
    assert len(claims) == 1 and "convection (RBC)" in claims[0].text
    more, _ = extract(found(sample, "What is RBC?"), limits())
    assert claims[0].text in [claim.text for claim in more] and len(more) <= 3


def test_a_question_for_papers_quotes_more_of_them(sample: Assistant) -> None:
    def quoted(question: str) -> int:
        given = found(sample, question)
        # the same papers, as near to the best one as three quarters of the way from the crowd
        crowd = given.hits[1]._replace(whole=0.2 + 0.75 * 0.4)
        hits = [given.hits[0]._replace(whole=0.6), crowd]
        return len(papers(given._replace(hits=hits, scores=[0.6, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]), 4))

    assert quoted("Which papers prove theorems in Lean?") == 2
    assert quoted("Papers on theorem proving") == 2
    assert quoted("How are theorems proved in Lean?") == 1


@pytest.mark.parametrize(
    ("question", "listed"),
    [
        pytest.param("Which papers mention Mamba?", True, id="which"),
        pytest.param("papers about Mamba", True, id="no verb"),
        pytest.param("Is there a paper on Mamba?", True, id="one"),
        pytest.param("What does the paper on Mamba say?", False, id="a certain paper"),
        pytest.param("How does Mamba work?", False, id="no papers"),
        pytest.param("Which papers mention models, Mamba and language?", False, id="in no row"),
        pytest.param("Which papers discuss this?", False, id="nothing"),
    ],
)
def test_papers_are_listed_where_these_are_asked_for(sample: Assistant, question: str, listed: bool) -> None:
    given = found(sample, question)
    assert bool(holders(given)) is listed
    if listed:
        assert papers(given, 1) == holders(given)[:1]


def test_a_comparison_quotes_each_paper_under_its_number(sample: Assistant) -> None:
    question = "How does Goedel-Prover-V2 differ from the first Goedel-Prover?"
    claims, sources = extract(found(sample, question), limits())
    titles = {source.number: source.paper.title.split(":")[0] for source in sources}
    assert titles == {1: "Goedel-Prover-V2", 2: "Goedel-Prover"}
    assert [claim.sources for claim in claims] == sorted(claim.sources for claim in claims)
    for number in titles:
        spans = [(source.start, source.end) for source in sources if source.number == number]
        assert 1 <= len(spans) <= 3
        assert spans == sorted(spans)


@pytest.mark.parametrize("most", [1, 2])
def test_the_settings_limit_papers_and_sentences(sample: Assistant, most: int) -> None:
    question = "How does Goedel-Prover-V2 differ from the first Goedel-Prover?"
    _, sources = extract(found(sample, question), limits(papers=most))
    assert {source.number for source in sources} == set(range(1, most + 1))
    claims, sources = extract(found(sample, question), limits(sentences=most))
    assert len(claims) == 2 * most


def test_fewer_sentences_where_one_surely_answers(sample: Assistant) -> None:
    question = "How many theorems with proofs are in the benchmark of LeanDojo, out of the Lean math library?"
    claims, _ = extract(found(sample, question), limits(sentences=50))
    assert len(claims) < len(found(sample, question).hits[0].spans)


@pytest.mark.parametrize(
    ("scores", "part", "quoted"),
    [
        pytest.param([0.7, 0.68, 0.3], None, 2, id="both lead"),
        pytest.param([0.7, 0.5, 0.3], None, 1, id="half way"),
        pytest.param([0.7, 0.51, 0.3], "the part", 2, id="half way, for a part"),
        pytest.param([0.7, 0.45, 0.3], "the part", 1, id="less than half way, for a part"),
        pytest.param([0.39, 0.38, 0.3], "the part", 1, id="none leads"),
    ],
)
def test_a_paper_is_quoted_too_where_it_stands_near_the_best(
    sample: Assistant, scores: list[float], part: str | None, quoted: int
) -> None:
    best, second, third, *_ = found(sample, "theorem proving in Lean").hits
    passage = second.passage.model_copy(update={"part": part})
    hits = [best._replace(whole=scores[0]), second._replace(whole=scores[1], passage=passage), third._replace(whole=scores[2])]
    given = found(sample, "theorem proving in Lean")._replace(hits=hits, scores=[*scores, *[scores[2]] * 7])
    assert papers(given, 4) == hits[:quoted]
    assert papers(given, 1) == hits[:1]
    assert papers(given._replace(hits=[]), 4) == []


def test_late_interaction_finds_the_sentence_in_other_words(sample: Assistant) -> None:
    question = "Which tools does the playground bring along?"
    search = found(sample, question)
    hit = next(hit for hit in found(sample, "LeanDojo").hits if hit.passage.paper.title.startswith("LeanDojo"))
    late = features(search, hit).features[:, 2].tolist()
    assert "toolkits" in hit.sentences[late.index(max(late))]
    assert sum(late) == pytest.approx(0, abs=1e-4)
