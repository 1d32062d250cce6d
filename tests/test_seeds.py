"""The real pages, end to end, with the real embedder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SEEDS
from pipeline import sound

from assistant import Assistant
from assistant.text.terms import row

pytestmark = [
    pytest.mark.slow,  # embeds 363 abstracts
    pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the saved pages are not at {SEEDS}"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("seeds")
    (home / "models").symlink_to(models)
    with Assistant.open(home) as assistant:
        report = assistant.ingest(str(SEEDS / "*.txt"))
        assert (report.papers, report.new, report.seen_again, report.truncated) == (363, 363, 15, 1)
        assert report.rejected == ()
        yield assistant


def test_every_paper_is_there_and_fifteen_carry_two_pages(library: Assistant) -> None:
    papers = list(library.papers())
    assert len(papers) == 363
    assert sorted(len(paper.pages) for paper in papers) == [1] * 348 + [2] * 15
    dates = {date for paper in papers for page in paper.pages if (date := page.date)}
    assert dates == {"Aug 19", "Jun 26", "Sep 9"}


def test_ingesting_again_changes_nothing(library: Assistant) -> None:
    before = library.status()
    report = library.ingest(str(SEEDS))
    assert (report.new, report.changed, report.unchanged, report.seen_again, report.chunks) == (0, 0, 363, 15, 0)
    assert library.status().model_copy(update={"bytes": before.bytes}) == before  # the folder is noted as a source to ask again


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What does SHAP assign to each feature?", "A Unified Approach to Interpreting Model Predictions"),
        ("How can I explain which features drive a model's prediction?", "A Unified Approach to Interpreting"),
        ("What does LeanDojo provide?", "LeanDojo"),
        ("Which open playground lets models pick lemmas from a library while proving?", "LeanDojo"),
        ("How is the Vendi score defined?", "The Vendi Score"),
        ("How can I measure the diversity of samples with the eigenvalues of a similarity matrix?", "The Vendi Score"),
        ("What does Balance Act propose?", "Balance Act"),
        ("Why do a few gallery items keep turning up in cross-modal retrieval, and what helps?", "Balance Act"),
        ("What is ClaPS?", "Survival of the Most Influential Prompts"),
        ("How to make black-box prompt search cheaper by pruning the search space?", "Survival of the Most Influential"),
    ],
)
def test_by_name_and_by_idea_the_right_paper_is_cited(library: Assistant, question: str, title: str) -> None:
    answer = library.ask(question)
    assert answer.sources, answer.reason
    assert answer.sources[0].paper.title.startswith(title)
    for source in answer.sources:
        assert source.paper.abstract[source.start : source.end] == source.quote


@pytest.mark.parametrize(
    ("topic", "papers"), [("hubness", 1), ("PPO", 2), ("MCTS", 3), ("BERT", 4), ("LLaMA", 4), ("chain of thought", 4)]
)
def test_however_many_papers_mention_something_they_are_listed(library: Assistant, topic: str, papers: int) -> None:
    answer = library.ask(f"Which papers mention {topic}?")
    titles = {source.paper.title for source in answer.sources}
    assert len(titles) == papers
    held = topic.lower().split()[0]
    assert all(held in f"{source.paper.title} {source.paper.abstract}".lower() for source in answer.sources)


@pytest.mark.parametrize("term", ["Lean", "miniF2F", "GPT-4", "theory of mind", "diffusion model"])
def test_every_paper_of_the_saved_pages_is_listed_and_counted(library: Assistant, term: str) -> None:
    """Held against a plain search for the words, with a hyphen or a blank between them, over every title and abstract."""
    written = re.compile(rf"(?i)\b{'[ -]'.join(map(re.escape, term.split()))}s?\b(?!\.\d)")
    right = {paper.title for paper in library.papers() if written.search(paper.title) or written.search(paper.abstract)}
    answer = library.ask(f"Which papers mention {term}?")
    sound(answer)
    assert answer.listing
    assert len(right) > 4
    assert right <= {each.paper.title for each in answer.listing.papers if each.form}
    assert len(right) == answer.listing.forms[term] + sum(
        number for form, number in answer.listing.forms.items() if form != term and written.fullmatch(form)
    )
    counted = library.ask(f"How many papers use {term}?")
    assert counted.text.startswith(f"{answer.listing.exact} papers hold ")
    assert counted.listing == answer.listing


def test_each_paper_of_a_list_comes_with_the_sentence_that_holds_the_term(library: Assistant) -> None:
    answer = library.ask("Which papers mention GPT-4?")
    assert answer.listing
    for each in answer.listing.papers[: answer.listing.exact]:
        held = [each.paper.abstract[slice(*span)] for span in each.spans] or [each.paper.title]
        assert all(" gpt 4 " in f" {' '.join(row(sentence))} " for sentence in held)
    quoted = [claim for claim in answer.claims if not claim.own]
    assert len(quoted) == answer.listing.shown == 4
    assert all(claim.verdict and claim.verdict.verdict == "supported" for claim in quoted)
    assert f"; 4 of {answer.listing.exact} shown:" in answer.text


@pytest.mark.parametrize("question", ["What does LeanDojo 2 change?", "How does Llama 5 perform?", "How does Grok 8 answer?"])
def test_another_version_is_not_answered_by_the_one_that_is_held(library: Assistant, question: str) -> None:
    reason = library.ask(question).reason
    assert reason is not None and reason.startswith("No paper in the library mentions ")


def test_a_page_filter_keeps_to_its_page(library: Assistant) -> None:
    page = "004_da3590d8a8ee0e4f"
    passages = library.search("trustworthy language models", k=20, where={"page": page})
    assert len(passages) == 20
    assert all(page in [p.name for p in passage.paper.pages] for passage in passages)
    assert library.search("anything", where={"date": "Aug 19"})
