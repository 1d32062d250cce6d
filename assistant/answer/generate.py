"""Passages to an answer by a language model: numbered papers within a budget of tokens, sentences with markers back."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import NamedTuple

from assistant.answer.citations import cites, inert
from assistant.models import tokens
from assistant.models.prompts import Prompt, fence
from assistant.models.streams import Streamed
from assistant.types import LanguageModel, Paper, Reply
from assistant.verify.injection import heading

UNANSWERABLE = "UNANSWERABLE"
"""The reply of the model where the papers do not answer."""
_DECLINES = re.compile(
    r"""\W*(?:(?:sorry|i(?:['\u2019]m|\ am)\ (?:very\ |so\ |really\ )?sorry|(?:my\ )?apologies|i\ apologi[sz]e|unfortunately
            |regrettably)\b[^\n]{0,80}?)?\b(?:
        i\ (?:cannot|can['\u2019]?t|can\ not|could(?:n['\u2019]t|\ not)|won['\u2019]t|will\ not|do(?:n['\u2019]t|\ not)
            |did(?:n['\u2019]t|\ not)|am\ (?:unable|not\ (?:able|allowed))|(?:must|have\ to)\ decline)
        |i['\u2019]m\ (?:unable|not\ (?:able|allowed))|as\ an\ ai\b
        |(?:\w+\ ){0,4}?(?:papers?|abstracts?|sources?|passages?|texts?)\b[^\n.]{0,40}?
            \b(?:do(?:es)?(?:\ not|n['\u2019]t))\ (?:\w+\ ){0,2}?
            (?:say|mention|state|contain|provide|answer|specify|discuss|give|include|address|report)
        |there\ is\ (?:no|not\ enough)\ (?:mention|information|answer)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""The beginning of a text that cites nothing, with which a model says that it cannot or will not answer."""
_AROUND = " \n\t*_`\"'#"
"""Characters that some models put around `UNANSWERABLE`."""
_SENTENCES = 3
FENCE = 45
"""Tokens of the fence around the papers, at most."""


class Offer(NamedTuple):
    """A paper as it is offered to the model."""

    paper: Paper
    text: str
    """The part of the abstract that is shown."""


class AnswerGenerator:
    """Writes answers by a language model."""

    holes = frozenset({"question", "papers", "sentences"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt, budget: int) -> None:
        """Ask `model`, with at most `budget` tokens of papers."""
        self._model = model
        self._prompt = prompt
        self._budget = budget

    def fitting(self, offers: Sequence[Offer]) -> list[Offer]:
        """The first of `offers` that the budget holds together; the very first is cut where it alone is too long."""
        kept: list[Offer] = []
        left = max(self._budget - FENCE, 0)
        for offer in offers:
            while (size := tokens.count(shown([offer], len(kept) + 1))) > left and not kept and offer.text:
                offer = offer._replace(text=offer.text[: len(offer.text) * left // size])
            if size > left and kept:
                break
            kept.append(offer)
            left -= size
        return kept

    def write(self, question: str, offers: Sequence[Offer], sentences: int = _SENTENCES) -> Generator[str, None, Reply]:
        """Let the model write an answer of at most `sentences` sentences with markers that number `offers` from 1.

        Yields:
            The text in pieces.

        Returns:
            The whole reply.

        Raises:
            ModelError: there is no reply.
        """
        asked, papers = fence(question, "question"), fence(shown(offers), "papers")
        messages = self._prompt.messages(question=asked, papers=papers, sentences=str(sentences))
        return (yield from self._model.stream(messages, temperature=0))


def shown(offers: Sequence[Offer], first: int = 1) -> str:
    """Papers as a prompt holds them, numbered from `first`: a line each, so that no text can begin a paper of its own."""
    lines = [" ".join(f"{inert(heading(offer.paper.title))} | {offer.text}".removeprefix(" | ").split()) for offer in offers]
    return "\n".join(f"[{number}] {line}" for number, line in enumerate(lines, first))


def announced(pieces: Generator[str, None, Reply]) -> Generator[str, None, Reply]:
    """The pieces of an answer; nothing of a reply that only says that there is no answer."""
    held: str | None = ""
    streamed = Streamed(pieces)
    for piece in streamed:
        if held is None or not piece:
            yield piece
            continue
        held += piece
        if not UNANSWERABLE.startswith(held.lstrip(_AROUND)[: len(UNANSWERABLE)]):
            yield held
            held = None
    if held and not refuses(streamed.reply):
        yield held
    return streamed.reply


def declined(reply: str) -> bool:
    """Whether a reply cites nothing, and begins by saying that the model cannot or will not answer."""
    return not cites(reply) and bool(_DECLINES.match(reply))


def refuses(reply: Reply) -> bool:
    """The model says that the papers do not answer."""
    return reply.text.lstrip(_AROUND).startswith(UNANSWERABLE)
