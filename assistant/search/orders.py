"""Passages as they are handed out: sentences that give orders to a reader are blanked and named."""

from __future__ import annotations

from assistant.types import Paper, Passage
from assistant.verify import injection


def guarded(passage: Passage) -> Passage:
    """The passage with such sentences of its abstract blanked, each offset as before, and with their offsets in `orders`."""
    paper = passage.paper
    spans = injection.orders(paper.abstract)
    if not spans:
        return passage
    held = harmless(paper)
    return passage.model_copy(update={"paper": held, "text": held.abstract[passage.start : passage.end], "orders": spans})


def harmless(paper: Paper) -> Paper:
    """The paper with such sentences of its abstract blanked."""
    return paper.model_copy(update={"abstract": injection.without(paper.abstract)})
