"""Claims to verdicts by a language model: one claim a call, its evidence in numbered sentences, so that quotes are exact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from assistant import text
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence
from assistant.types import Label, LanguageModel, Quote, Verdict

_SCORES: dict[str, float] = {"supported": 1.0, "partly": 0.5, "not supported": 0.0, "contradicted": 0.0}
_MOST_TOKENS = 1000
"""The limit on the tokens of a reply: many times the tokens of a verdict, as reasoning models use tokens before they write."""
NOT_JUDGED = Verdict(verdict="not judged", score=None, reasons=("the judge gave no usable verdict",))
"""The verdict where the reply holds none; never support."""


class _Judgement(BaseModel):
    """The fields that the model is asked for."""

    verdict: Literal["supported", "partly", "not supported", "contradicted"]
    sentences: list[Annotated[int, Field(strict=True)]] = []


class ModelVerifier:
    """Asks a language model about each claim alone."""

    holes = frozenset({"claim", "source"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self.name = model.name
        self._model = model
        self._prompt = prompt

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`. A reply with no verdict, or one that is not on the list, is "not judged"."""
        spans = [(number, start, end) for number, content in enumerate(evidence) for start, end in text.sentences(content)]
        if not spans:
            return Verdict(verdict="no source", score=0.0)
        lines = [f"({place}) {evidence[number][start:end]}" for place, (number, start, end) in enumerate(spans, 1)]
        source = fence("\n".join([context, *lines] if context else lines), "source")
        messages = self._prompt.messages(claim=fence(claim, "claim"), source=source)
        try:
            reply = self._model.complete(messages, max_tokens=_MOST_TOKENS, temperature=0, json=True)
        except EmptyReply:
            return NOT_JUDGED
        found = _judgement(reply.text)
        if found is None:
            return NOT_JUDGED
        label, places = found
        chosen = [spans[place - 1] for place in places if 1 <= place <= len(spans)]
        quotes = [Quote(text=number, start=start, end=end, quote=evidence[number][start:end]) for number, start, end in chosen]
        if label in ("supported", "partly") and not quotes:
            return NOT_JUDGED.model_copy(update={"reasons": ("the judge names no sentence that supports it",)})
        reasons = () if label == "supported" else (f"the judge says: {label}",)
        verdict = Verdict(verdict=label, score=_SCORES[label], reasons=reasons, further=tuple(quotes[1:]))
        return verdict.model_copy(update=quotes[0].model_dump()) if quotes else verdict


def _judgement(reply: str) -> tuple[Label, list[int]] | None:
    """Read the verdict in a reply.

    Models put prose and code fences around JSON, and may repeat what a hostile claim says about itself.

    Returns:
        The verdict and the numbers of the sentences that support it; None where the reply holds no verdict, or several that differ.
    """
    found: list[_Judgement] = []
    at = -1
    while (at := reply.find("{", at + 1)) >= 0:
        try:
            value: Any = json.JSONDecoder().raw_decode(reply, at)[0]
            if "verdict" in value:
                found.append(_Judgement.model_validate(value))
        except ValidationError:
            return None
        except (ValueError, RecursionError):  # no JSON, cut off, or nested without end
            continue
    if len({each.verdict for each in found}) != 1:
        return None
    return found[-1].verdict, list(dict.fromkeys(found[-1].sentences))
