"""What speaks against what: premises against papers, cited papers against each other."""

from __future__ import annotations

import pytest

from assistant.contradiction import against, disagreements, premise
from assistant.types import Paper, Source
from assistant.verify import LocalVerifier

GUARD = LocalVerifier()


def source(number: int, quote: str) -> Source:
    paper = Paper(id=f"p{number}", title=f"Paper {number}", abstract=quote)
    return Source(number=number, paper=paper, quote=quote, start=0, end=len(quote))


@pytest.mark.parametrize(
    ("question", "assumed"),
    [
        ("Why does pruning hurt accuracy?", "pruning hurt accuracy"),
        ("How much did training on more labels improve the model?", "training on more labels improve the model"),
        ("How does pruning work?", None),
        ("Which model is best?", None),
    ],
)
def test_only_whole_statements_are_taken_for_premises(question: str, assumed: str | None) -> None:
    assert premise(question) == assumed


def test_the_sentence_that_contradicts_is_found_among_others() -> None:
    abstract = "Pruning removes weights of a network. Pruning does not hurt accuracy on any task. It lowers memory."
    paper = Paper(id="p", title="Pruning", abstract=abstract)
    span = against("pruning hurt accuracy", paper, GUARD)
    assert span is not None and abstract[slice(*span)] == "Pruning does not hurt accuracy on any task."
    assert against("pruning lowers memory", paper, GUARD) is None


def test_papers_that_say_the_contrary_disagree() -> None:
    one = source(1, "Longer training raises the accuracy of small models.")
    other = source(2, "Longer training lowers the accuracy of small models.")
    aside = source(3, "Bees sleep at night.")
    (found,) = disagreements([one, other, aside], GUARD)
    assert found.sources == (0, 1)
    assert "lowers" in found.reason or "raises" in found.reason
    assert disagreements([one, aside], GUARD) == []


def test_a_paper_does_not_disagree_with_itself() -> None:
    one = source(1, "Longer training raises the accuracy of small models.")
    other = one.model_copy(update={"quote": "Longer training lowers the accuracy of small models."})
    assert disagreements([one, other], GUARD) == []
