"""A question to further texts to search with, by a language model: what a paper calls it is not what a reader calls it."""

from __future__ import annotations

import re
from typing import Any

from assistant import text
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence, listed
from assistant.types import LanguageModel

_MOST_TOKENS = 2000
"""The limit on the tokens of a reply: many times the tokens asked for, as reasoning models use tokens before they write."""
_ABSTRACT = 2000
"""A made-up abstract is cut to this many characters, the length of a long abstract."""
_ITEM = re.compile(r"^[^\S\n]*+(?:\d{1,2}[.):]|[-*•])\s++(.+)$", re.MULTILINE)


class MultiQuery:
    """Rewordings of the question."""

    holes = frozenset({"question", "count"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt, count: int) -> None:
        """Ask `model` for `count` rewordings."""
        self._model = model
        self._prompt = prompt
        self._count = count

    def expand(self, question: str) -> list[str]:
        """The rewordings, `count` at most; see `assistant.types.Expansion`."""
        messages = self._prompt.messages(question=fence(question, "question"), count=str(self._count))
        try:
            reply = self._model.complete(messages, max_tokens=_MOST_TOKENS, temperature=0, json=True)
        except EmptyReply:
            return []
        return rewordings(reply.text, question)[: self._count]


class HyDE:
    """A made-up abstract that would answer the question: it is nearer to a real one than the question is.

    Source: Gao et al., Precise Zero-Shot Dense Retrieval without Relevance Labels, arXiv 2212.10496.
    """

    holes = frozenset({"question"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def expand(self, question: str) -> list[str]:
        """The abstract alone; see `assistant.types.Expansion`."""
        messages = self._prompt.messages(question=fence(question, "question"))
        try:
            reply = self._model.complete(messages, max_tokens=_MOST_TOKENS, temperature=0)
        except EmptyReply:
            return []
        abstract = _plain(reply.text)[:_ABSTRACT]
        return [abstract] if text.words(abstract) else []


def rewordings(reply: str, question: str) -> list[str]:
    """Read rewordings from a reply: from its JSON list, else from its numbered or bulleted lines.

    Prose is no rewording, nor is a line without a word, or a repetition of the question or of another line.

    Returns:
        The rewordings, in the order of the reply.
    """
    found: list[Any] = listed(reply, "rewordings") or _ITEM.findall(reply)
    seen = {tuple(text.words(question))}
    result: list[str] = []
    for item in found:
        wording = _plain(item) if isinstance(item, str) else ""
        words = tuple(text.words(wording))
        if words and words not in seen:
            seen.add(words)
            result.append(wording)
    return result


def _plain(wording: str) -> str:
    """On one line, without quotation marks around it and without half surrogate pairs, which JSON can spell and no index takes."""
    return " ".join(wording.encode("utf-8", "ignore").decode().split()).strip("\"'“”` ")
