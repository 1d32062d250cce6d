"""A second, slower look at the best passages of a search, and the order that follows from it."""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Sequence
from typing import Any, TypeVar

from assistant import cancel
from assistant.errors import EmptyReply, ModelError
from assistant.models.prompts import Prompt, fence, listed
from assistant.types import LanguageModel, Passage
from assistant.verify import injection

_MOST_TOKENS = 2000
"""The limit on the tokens of a reply: many times the tokens of a list of numbers, as reasoning models use tokens before they
write."""
Item = TypeVar("Item")


class CrossEncoder:
    """Relevance, by a model that reads question and passage together; through sentence-transformers, an extra."""

    def __init__(self, model: str) -> None:
        """Load `model`: its name on the hub, or its folder.

        Raises:
            ModelError: sentence-transformers is not installed, or the model cannot be loaded or gives more than a score.
        """
        try:
            # by name, as types and linters must hold without the extra too
            library: Any = importlib.import_module("sentence_transformers")
            torch: Any = importlib.import_module("torch")
        except ImportError as exc:
            raise ModelError(
                "search.second_pass=cross-encoder needs sentence-transformers; install it with: pip install sentence-transformers"
            ) from exc
        try:
            # many models are kept with no activation at all: their scores are not 0..1 unless it is said here
            self._model = library.CrossEncoder(model, activation_fn=torch.nn.Sigmoid())
        except Exception as exc:  # the loaders of four libraries stand behind it, each with errors of its own
            why = " ".join(str(exc).split())[:200]
            raise ModelError(f"the cross-encoder {model!r} cannot be loaded; check search.second_pass_model ({why})") from exc
        if self._model.num_labels != 1:
            raise ModelError(
                f"{model!r} gives {self._model.num_labels} scores for a passage, not one; set search.second_pass_model to another"
            )

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float | None]:
        """The relevance of each passage, read with the title of its paper in front; see `assistant.types.SecondPass`."""
        if not passages:
            return []
        pairs = [(question, f"{passage.paper.title}. {passage.text}") for passage in passages]
        found: list[float] = self._model.predict(pairs, show_progress_bar=False).tolist()
        return [score if math.isfinite(score) else None for score in found]


class UtilityJudge:
    """Utility, by a language model: whether a passage helps to answer, which being about the same thing does not make it.

    The model sees all passages at once, `votes` times, each time in another order and with other numbers, so that what it
    chooses by position is not chosen twice. The order in which the passages come does not matter either.

    Source: Zhang et al., Are Large Language Models Good at Utility Judgments?, arXiv 2403.19216 (listwise, k samples).
    """

    holes = frozenset({"question", "passages"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt, votes: int, seed: int = 0) -> None:
        """Ask `model` `votes` times; `seed` settles the orders."""
        self._model = model
        self._prompt = prompt
        self._votes = votes
        self._seed = seed

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float | None]:
        """Let the model vote on the passages; see `assistant.types.SecondPass`.

        A reply without a list of numbers is no vote.

        Returns:
            For each passage the share of the votes that chose the passage; None without any vote.
        """
        if not passages:
            return []
        known = sorted(range(len(passages)), key=lambda at: (passages[at].paper.id, passages[at].start))
        chosen = [0] * len(passages)
        cast = 0
        for number in range(self._votes):
            order = known.copy()
            random.Random(f"{self._seed} {number} {question}").shuffle(order)
            cancel.check()
            vote = self._vote(question, [passages[at] for at in order])
            if vote is not None:
                cast += 1
                for place in vote:
                    chosen[order[place]] += 1
        return [count / cast if cast else None for count in chosen]

    def _vote(self, question: str, passages: list[Passage]) -> set[int] | None:
        """The places of those that the model chooses, counted from 0; None where it does not reply with numbers."""
        fenced = [fence(f"{injection.heading(passage.paper.title)}\n{_shown(passage)}") for passage in passages]
        shown = [f"Passage {number}:\n{passage}" for number, passage in enumerate(fenced, start=1)]
        messages = self._prompt.messages(question=fence(question, "question"), passages="\n\n".join(shown))
        try:
            reply = self._model.complete(messages, max_tokens=_MOST_TOKENS, temperature=0, json=True)
        except EmptyReply:
            return None
        return places(reply.text, len(passages))


def _shown(passage: Passage) -> str:
    """A passage without the sentences of it that give orders."""
    return injection.without(passage.paper.abstract)[passage.start : passage.end]


def places(reply: str, offered: int) -> set[int] | None:
    """Read the list of numbers in a reply.

    Numbers above `offered` or below 1 are inventions of the model and dropped; an item that is no number makes the list void.

    Args:
        reply: the reply, with numbers counted from 1.
        offered: how many passages the model was shown.

    Returns:
        Places counted from 0; None where the reply holds no list.
    """
    numbers = listed(reply, "useful")
    if numbers is None or not all(type(number) is int for number in numbers):  # not isinstance: true is an int too
        return None
    return {number - 1 for number in numbers if 1 <= number <= offered}


def reorder(items: Sequence[Item], scores: Sequence[float | None]) -> list[Item]:
    """Sort judged items by their scores, highest first; the others keep their places.

    An item that was not judged (None) keeps its place, because nothing is known that would move it. Ties keep their order. So
    the order stays where nothing was judged, or all items were judged alike.

    Returns:
        The items (passages, or hits that hold passages) in their new order.
    """
    judged = [(score, at) for at, score in enumerate(scores) if score is not None]
    best = iter(sorted(judged, key=lambda found: -found[0]))
    return [item if score is None else items[next(best)[1]] for item, score in zip(items, scores, strict=True)]
