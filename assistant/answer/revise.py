"""Sentences rewritten against their sources by a language model."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import citations
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence
from assistant.types import Claim, LanguageModel, Paper
from assistant.verify import injection

_READ = 20_000
"""This many characters of a rewrite are read, many more than one sentence has."""
_ANY = ("",) * 999
"""Each number of a marker stands for the sources of the sentence, as the model is shown no numbers."""
_NONE = "NONE"
"""The reply of a model that cannot mend the sentence."""


class Reviser:
    """Rewrites a sentence against its source by a language model."""

    holes = frozenset({"claim", "objections", "source"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def revise(self, claim: Claim, papers: Sequence[Paper], most: int) -> tuple[Claim, ...]:
        """Let the model rewrite a sentence against its source.

        One sentence is asked for. A reply of more sentences is split, as the support of one is no proof of the others; at most
        `most` + 1 of them are returned.

        Returns:
            The new sentences, split as those of an answer, each marker in `shown` as `[1]`; none where the model says that the
            sentence cannot be mended, or ends in a table.

        Raises:
            ModelError: the model cannot be asked.
        """
        objections = claim.verdict.reasons if claim.verdict else ()
        messages = self._prompt.messages(
            claim=fence(claim.text, "claim"),
            objections=fence("\n".join(objections) or "the source does not state it", "objections"),
            source="\n\n".join(
                fence(f"{injection.heading(paper.title)}\n{injection.without(paper.abstract)}", "source") for paper in papers
            ),
        )
        try:
            reply = self._model.complete(messages, temperature=0).text[:_READ]
        except EmptyReply:
            return ()
        lines = "\n".join(" ".join(line.split()) for line in reply.splitlines())
        if lines.endswith("|"):  # a table, which is no sentence
            return ()
        if citations.plain(lines).strip(" .\n") == _NONE:
            return ()
        found = citations.body(citations.split(lines, citations.Numbering(_ANY, []), most + 1))
        return tuple(sentence for sentence in found if sentence.text and not citations.connective(sentence.text))
