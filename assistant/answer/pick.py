"""Quotes to those that answer: a language model picks sentences by their numbers, and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from assistant.answer import citations
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence
from assistant.types import LanguageModel
from assistant.verify import injection

_MOST_TOKENS = 16
"""A reply is a few numbers."""
_NUMBER = re.compile(r"\d{1,3}")


class Candidate(NamedTuple):
    """A sentence that would be quoted."""

    title: str
    """Of its paper."""
    text: str


class Picker:
    """Picks the quotes that answer a question, by a language model. What it says is no part of an answer."""

    holes = frozenset({"material"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def pick(self, question: str, candidates: Sequence[Candidate]) -> set[int]:
        """Ask which sentences answer.

        Args:
            question: the question.
            candidates: the sentences, those of a paper one after the other.

        Returns:
            The places of the sentences picked; none where the model picks none of them.

        Raises:
            ModelError: the model cannot be asked.
        """
        rows: list[str] = []
        for title, own in groupby(enumerate(candidates, 1), key=lambda each: each[1].title):
            rows.append(f"Paper: {_line(citations.inert(injection.heading(title)))}")
            rows += [f"({number}) {_line(citations.inert(each.text))}" for number, each in own]
        material = fence("\n".join([*rows, f"Question: {_line(question)}"]), "material")
        try:
            reply = self._model.complete(self._prompt.messages(material=material), max_tokens=_MOST_TOKENS, temperature=0)
        except EmptyReply:
            return set()
        return {number - 1 for number in map(int, _NUMBER.findall(reply.text)) if 0 < number <= len(candidates)}


def _line(content: str) -> str:
    return " ".join(content.split())
