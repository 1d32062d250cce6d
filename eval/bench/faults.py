"""Faults, each an object in the place of a real one, by which `python -m eval power` tries the gate."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Collection, Generator, Sequence

from assistant import Assistant, text
from assistant.answer.draft import Tools
from assistant.answer.generate import UNANSWERABLE, AnswerGenerator, Offer
from assistant.answer.toolbox import Toolbox
from assistant.config import Settings
from assistant.models.prompts import Prompt
from assistant.question.read import Question
from assistant.search.retriever import Found, Retriever
from assistant.types import Answer, Expansion, Reply, SecondPass, Usage, Verdict, Verifier, Where

Change = Callable[[Tools], Tools]
"""Puts something else in the place of a tool."""


class _Changed(Toolbox):
    def __init__(self, settings: Settings, change: Change) -> None:
        super().__init__(settings)
        self._change = change

    def tools(
        self, retriever: Retriever, history: Sequence[Answer] = (), *, prompt: Prompt | None = None
    ) -> tuple[Tools, Callable[[float], Usage]]:
        tools, usage = super().tools(retriever, history, prompt=prompt)
        return self._change(tools), usage


class Changed(Assistant):
    """An assistant that answers with changed tools, over a library that is there; its verifier is the changed one too."""

    change: Change

    @property
    def toolbox(self) -> Toolbox:
        """With the change."""
        if self._toolbox is None:
            self._toolbox = _Changed(self.settings, self.change)
        return self._toolbox

    def verify(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """See `Assistant.verify`."""
        tools, _ = self.toolbox.tools(self.retriever)
        return tools.verifier.verify(claim, evidence)


def changed(like: Assistant, change: Change = lambda tools: tools, flags: Sequence[str] = ()) -> Changed:
    """An assistant over the library of `like` with changed tools or settings."""
    made = Changed.open(like.home, set=flags)
    made.change = change
    return made


class Altered(Retriever):
    """A retriever whose findings are altered before anybody sees them."""

    further = 0
    """Papers searched for beyond those wanted."""

    def __init__(self, whole: Retriever) -> None:
        """Search by `whole`, and do all else as `whole` does."""
        vars(self).update(vars(whole))
        self._whole = whole

    def search(
        self,
        question: Question,
        k: int,
        where: Where | None = None,
        expansion: Expansion | None = None,
        second_pass: SecondPass | None = None,
    ) -> Found:
        """See `Retriever.search`."""
        found = self.altered(question, self._whole.search(question, k + self.further, where, expansion, second_pass))
        return found._replace(hits=found.hits[:k])

    def altered(self, question: Question, found: Found) -> Found:
        """What is found in place of `found`."""
        raise NotImplementedError


class Losing(Altered):
    """A retriever to which some papers are lost."""

    def __init__(self, whole: Retriever, lost: Collection[str]) -> None:
        """Search by `whole` and leave out the papers with the titles `lost`."""
        super().__init__(whole)
        self._lost = lost
        self.further = len(lost)

    def altered(self, question: Question, found: Found) -> Found:
        """Without the lost papers and their scores."""
        scores = list(found.scores)
        for hit in found.hits:
            if hit.passage.paper.title in self._lost and hit.whole in scores:
                scores.remove(hit.whole)
        kept = [hit for hit in found.hits if hit.passage.paper.title not in self._lost]
        return found._replace(hits=kept, scores=scores)


class Blind:
    """A verifier that does not see figures."""

    def __init__(self, seeing: Verifier) -> None:
        self.name = f"{seeing.name}, blind to figures"
        self._seeing = seeing

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`."""
        return self._seeing.verify(re.sub(r"\d[\d.,]*\s*(?:\\?%|percent)?", "", claim), evidence, context)


class Quoter(AnswerGenerator):
    """Stands in for a model that writes: it quotes the sentences that share most words with the question, and numbers them.

    Like a model's, its answers may differ from run to run; unlike a model's, by a seed.
    """

    def __init__(self, wrong: float = 0.0, noise: float = 0.0, seed: int = 0) -> None:
        """Cite the number of another paper for a share `wrong` of the sentences, leave out a share `noise` of them."""
        self._wrong = wrong
        self._noise = noise
        self._seed = seed

    def fitting(self, offers: Sequence[Offer]) -> list[Offer]:
        """All of them."""
        return list(offers)

    def write(self, question: str, offers: Sequence[Offer], sentences: int = 3) -> Generator[str, None, Reply]:
        """See `AnswerGenerator.write`."""
        asked = set(text.content_words(question))
        scored: list[tuple[float, str, int]] = []
        for number, offer in enumerate(offers, 1):
            for start, end in text.sentences(offer.text):
                sentence = offer.text[start:end]
                shared = len(asked & set(text.content_words(f"{offer.paper.title} {sentence}")))
                scored.append((shared, sentence, number))
        best = sorted(scored, key=lambda one: -one[0])[:3]
        kept = [
            self._cited(sentence, number, len(offers))
            for _, sentence, number in best
            if not self._drawn("leave", sentence, self._noise)
        ]
        content = " ".join(kept) or UNANSWERABLE
        yield content
        return Reply(content, 0, 0, finished=True)

    def _cited(self, sentence: str, number: int, offered: int) -> str:
        if self._drawn("cite", sentence, self._wrong):
            number = number % offered + 1
        return f"{sentence} [{number}]"

    def _drawn(self, what: str, sentence: str, share: float) -> bool:
        return random.Random(zlib.crc32(f"{what} {self._seed} {sentence}".encode())).random() < share


def losing(lost: Collection[str]) -> Change:
    """The retriever loses papers."""
    return lambda tools: tools._replace(retriever=Losing(tools.retriever, lost))


def blind(tools: Tools) -> Tools:
    """The verifier, and the one that guards, do not see figures."""
    return tools._replace(verifier=Blind(tools.verifier), guard=Blind(tools.guard))


def writing(generator: AnswerGenerator) -> Change:
    """`generator` writes the answers."""
    return lambda tools: tools._replace(generator=generator)
