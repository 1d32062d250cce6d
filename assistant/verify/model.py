"""Claims to verdicts by a language model: all claims of an answer in one call, or one a call; quotes are exact.

A model that runs in this process is asked for the probability of "yes", which a fit turns into a score.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from assistant import text
from assistant.config import fitted
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence, listed
from assistant.text import marks
from assistant.types import Label, LanguageModel, Quote, Reply, Schema, Structured, Verdict, Weighing
from assistant.verify.local import Judged, LocalVerifier

_SCORES: dict[str, float] = {"supported": 1.0, "partly": 0.5, "not supported": 0.0, "contradicted": 0.0}
_MOST_TOKENS = 1000
"""The limit on the tokens of a reply: many times the tokens of a verdict, as reasoning models use tokens before they write."""
_AT_ONCE = 12
"""At most this many claims are judged in one call."""
_SOURCE = 800
"""Characters of the sentences that a model weighs, beyond the first one: those that the local verifier rests on."""
_SUPPORTED = 0.5
"""A claim is supported from this calibrated probability."""
_LEAST = 1e-6
"""Probabilities are cut here on both sides."""
NOT_JUDGED = Verdict(verdict="not judged", score=None, reasons=("the judge gave no usable verdict",))
"""The verdict where the reply holds none; never support."""
_LABELS = ("supported", "partly", "not supported", "contradicted")


class _Judgement(BaseModel):
    """The fields that the model is asked for."""

    verdict: Literal["supported", "partly", "not supported", "contradicted"]
    sentences: list[Annotated[int, Field(strict=True)]] = []


class _Numbered(_Judgement):
    """The same, of one claim among several."""

    claim: Annotated[int, Field(strict=True)]


class Held(NamedTuple):
    """A claim and what it is held against; see `assistant.types.Verifier`."""

    claim: str
    evidence: tuple[str, ...]
    context: str = ""


class Fit(NamedTuple):
    """Weights of the logistic regression that turns the probability of "yes" into one of support."""

    bias: float
    yes: float
    """Of the logarithm of the odds of "yes"."""
    local: float
    """Of those of support by the local trees; the shipped fit has 0, as they add nothing to what the model says."""

    def score(self, yes: float, odds: float) -> float:
        """The probability of support, from that of "yes" and the logarithm of the odds by the trees."""
        yes = min(max(yes, _LEAST), 1 - _LEAST)
        total = self.bias + self.yes * math.log(yes / (1 - yes)) + self.local * odds
        return 1 / (1 + math.exp(-total))


class ModelVerifier:
    """Asks a language model. What the local verifier finds contradicted is never supported, whatever the model says."""

    holes = frozenset({"claim", "source"})
    """The holes of the prompt for one claim."""
    together = frozenset({"claims", "sources"})
    """Those of the prompt for several claims."""
    weighing = frozenset({"material"})
    """Those of the prompt that asks for yes or no."""

    def __init__(
        self, model: LanguageModel, prompt: Prompt, together: Prompt | None = None, weighing: Prompt | None = None
    ) -> None:
        """Ask `model`.

        Args:
            model: the model.
            prompt: for one claim.
            together: for several claims in one call; None for one claim a call.
            weighing: for the probability of "yes", one claim a call, before any other way; None where that is not wanted.
        """
        self.name = model.name
        self._model = model
        self._prompt, self._together, self._weighing = prompt, together, weighing
        self._local = LocalVerifier()

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`. A reply with no verdict, or one that is not on the list, is "not judged"."""
        spans = _spans(evidence)
        if not spans:
            return Verdict(verdict="no source", score=0.0)
        own = self._local.judged(claim, evidence, context)
        if self._weighing and (weighed := self._weighed(self._weighing, claim, context, own)):
            return weighed
        lines = [f"({place}) {evidence[number][start:end]}" for place, (number, start, end) in enumerate(spans, 1)]
        source = fence("\n".join([context, *lines] if context else lines), "source")
        try:
            reply = self._replied(self._prompt.messages(claim=fence(marks.uncited(claim), "claim"), source=source), None)
        except EmptyReply:
            return NOT_JUDGED
        found = _judgement(reply.text)
        return _joint(_verdict(found, spans, evidence) if found else NOT_JUDGED, own)

    def verify_all(self, claims: Sequence[Held]) -> list[Verdict | None]:
        """Judge several claims in one call, or a few.

        Args:
            claims: the claims.

        Returns:
            The verdicts, in the order of the claims; None for a claim that is to be judged alone, by `verify`.
        """
        told: dict[int, Verdict] = {}
        if self._together and not self._weighing:
            for first in range(0, len(claims), _AT_ONCE):
                some = range(first, min(first + _AT_ONCE, len(claims)))
                if len(some) > 1:
                    told |= self._judged_together(self._together, {place: claims[place] for place in some})
        return [told.get(place) for place in range(len(claims))]

    def _judged_together(self, prompt: Prompt, claims: dict[int, Held]) -> dict[int, Verdict]:
        """The verdicts of one call by the places of the claims; none for a claim without exactly one usable verdict."""
        numbers: dict[tuple[str, tuple[int, int]], int] = {}
        rows: list[str] = []
        spans = {place: _spans(held.evidence) for place, held in claims.items()}
        own = {place: [held.evidence[n][start:end] for n, start, end in spans[place]] for place, held in claims.items()}
        for place, held in claims.items():
            for sentence, (number, start, end) in zip(own[place], spans[place], strict=True):
                if (key := (held.evidence[number], (start, end))) not in numbers:
                    if (title := _title(held, number)) and start == 0 and title not in rows:
                        rows.append(title)
                    numbers[key] = len(numbers) + 1
                    rows.append(f"({numbers[key]}) {_line(sentence)}")
        known = {
            place: [numbers[held.evidence[number], (start, end)] for number, start, end in spans[place]]
            for place, held in claims.items()
        }
        asked = [place for place in claims if known[place]]
        said = [_line(marks.uncited(claims[place].claim)) for place in asked]
        lines = [f"{at} (by {_ranges(known[place])}): {said[at - 1]}" for at, place in enumerate(asked, 1)]
        messages = prompt.messages(sources=fence("\n".join(rows), "sources"), claims=fence("\n".join(lines), "claims"))
        try:
            found = _judgements(self._replied(messages, _schema(len(asked))).text)
        except EmptyReply:
            return {}
        told: dict[int, Verdict] = {}
        for at, place in enumerate(asked, 1):
            if at in found:
                held = claims[place]
                label, sentences = found[at]
                places = [known[place].index(number) + 1 for number in sentences if number in known[place]]
                local = self._local.judged(*held)
                told[place] = _joint(_verdict((label, places), spans[place], held.evidence), local)
        return told

    def _replied(self, messages: list[dict[str, str]], schema: Schema | None) -> Reply:
        if schema and isinstance(self._model, Structured):
            return self._model.structured(messages, schema, max_tokens=_MOST_TOKENS)
        return self._model.complete(messages, max_tokens=_MOST_TOKENS, temperature=0, json=True)

    def _weighed(self, prompt: Prompt, claim: str, context: str, own: Judged) -> Verdict | None:
        """The verdict by the probability of "yes"; None where the model does not tell. What is decided without it stays."""
        if own.odds is None or own.verdict.verdict == "contradicted":
            return own.verdict
        if not isinstance(self._model, Weighing):
            return None
        chances = self._model.chances(prompt.messages(material=material(claim, own.verdict, context)), ("yes", "no"))
        if chances is None:
            return None
        yes = chances.of["yes"] / (chances.of["yes"] + chances.of["no"])
        score = fit().score(yes, own.odds)
        if score >= _SUPPORTED:
            return own.verdict.model_copy(update={"verdict": "supported", "score": score, "reasons": ()})
        label = "not supported" if own.verdict.verdict == "supported" else own.verdict.verdict
        reasons = own.verdict.reasons or (f"the judge gives it a probability of {score:.2f}",)
        return own.verdict.model_copy(update={"verdict": label, "score": score, "reasons": reasons})


def fit() -> Fit:
    """The shipped weights, by `python -m eval fit-support`."""
    return Fit(**fitted("support"))


def material(claim: str, verdict: Verdict, context: str = "") -> str:
    """What a model weighs: the sentences that the local verifier rests on, in the order of the text, and the claim, fenced."""
    quotes = [Quote(text=verdict.text, start=verdict.start, end=verdict.end, quote=verdict.quote)]
    for quote in verdict.further:
        if sum(len(one.quote) for one in (*quotes, quote)) > _SOURCE:
            break
        quotes.append(quote)
    sentences = [_line(quote.quote) for quote in sorted(quotes, key=lambda quote: (quote.text, quote.start))]
    titles = [_line(line) for line in context.split("\n") if line.strip()]
    return fence("\n".join(["Source:", *titles, *sentences, f"Claim: {_line(marks.uncited(claim))}"]), "material")


def _title(held: Held, number: int) -> str:
    """The title of a text of the evidence, where the context has a line for each."""
    titles = held.context.split("\n")
    return _line(titles[number]) if len(titles) == len(held.evidence) else ""


def _line(content: str) -> str:
    return " ".join(content.split())


def _spans(evidence: Sequence[str]) -> list[tuple[int, int, int]]:
    return [(number, start, end) for number, content in enumerate(evidence) for start, end in text.sentences(content)]


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in words: "1-8, 12"."""
    told: list[list[int]] = []
    for number in sorted(set(numbers)):
        if told and number == told[-1][-1] + 1:
            told[-1][1:] = [number]
        else:
            told.append([number])
    return ", ".join("-".join(map(str, each)) for each in told)


def _schema(count: int) -> Schema:
    """The form of the reply about `count` claims."""
    one = {
        "type": "object",
        "properties": {
            "claim": {"type": "integer", "enum": list(range(1, count + 1))},
            "verdict": {"type": "string", "enum": list(_LABELS)},
            "sentences": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["claim", "verdict", "sentences"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"verdicts": {"type": "array", "items": one}},
        "required": ["verdicts"],
        "additionalProperties": False,
    }


def _verdict(found: tuple[Label, list[int]], spans: Sequence[tuple[int, int, int]], evidence: Sequence[str]) -> Verdict:
    """The verdict of a model, with the sentences that it names, numbered from 1, as quotes."""
    label, places = found
    chosen = [spans[place - 1] for place in places if 1 <= place <= len(spans)]
    quotes = [Quote(text=number, start=start, end=end, quote=evidence[number][start:end]) for number, start, end in chosen]
    if label in ("supported", "partly") and not quotes:
        return NOT_JUDGED.model_copy(update={"reasons": ("the judge names no sentence that supports it",)})
    reasons = () if label == "supported" else (f"the judge says: {label}",)
    verdict = Verdict(verdict=label, score=_SCORES[label], reasons=reasons, further=tuple(quotes[1:]))
    return verdict.model_copy(update=quotes[0].model_dump()) if quotes else verdict


def _joint(verdict: Verdict, own: Judged) -> Verdict:
    """The verdict of a model, which does not outvote a contradiction that the local verifier finds."""
    return own.verdict if verdict.verdict in ("supported", "partly") and own.verdict.verdict == "contradicted" else verdict


class _EqualKeys(Exception):
    """A key stands twice in an object, of which JSON readers take the last value and a judge may have meant the first."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _EqualKeys
    return found


_JSON = json.JSONDecoder(object_pairs_hook=_once)


def _has_equal_keys(reply: str) -> bool:
    """Whether a key stands twice in an object of the JSON of a reply."""
    at = reply.find("{")
    while at >= 0:
        try:
            end = _JSON.raw_decode(reply, at)[1]
        except _EqualKeys:
            return True
        except (ValueError, RecursionError):  # no JSON, cut off, or nested without end
            end = at + 1
        at = reply.find("{", end)
    return False


def _judgements(reply: str) -> dict[int, tuple[Label, list[int]]]:
    """Read the verdicts of a reply about several claims, by the number of the claim.

    Returns:
        The verdicts, each with its sentences; none for a claim of which the reply holds none, or several that differ, and none at
        all where a key stands twice in an object.
    """
    if _has_equal_keys(reply):
        return {}
    found: dict[int, tuple[Label, list[int]]] = {}
    differing: set[int] = set()
    for value in listed(reply, "verdicts") or ():
        try:
            one = _Numbered.model_validate(value)
        except ValidationError:
            continue
        if one.claim in found and found[one.claim][0] != one.verdict:
            differing.add(one.claim)
        found[one.claim] = one.verdict, list(dict.fromkeys(one.sentences))
    return {claim: each for claim, each in found.items() if claim not in differing}


def _judgement(reply: str) -> tuple[Label, list[int]] | None:
    """Read the verdict in a reply.

    Models put prose and code fences around JSON, and may repeat what a hostile claim says about itself.

    Returns:
        The verdict and the numbers of the sentences that support it; None where the reply holds no verdict, or several that differ,
        or where a key stands twice in an object.
    """
    found: list[_Judgement] = []
    at = -1
    while (at := reply.find("{", at + 1)) >= 0:
        try:
            value: Any = _JSON.raw_decode(reply, at)[0]
            if "verdict" in value:
                found.append(_Judgement.model_validate(value))
        except (ValidationError, _EqualKeys):
            return None
        except (ValueError, RecursionError):  # no JSON, cut off, or nested without end
            continue
    if len({each.verdict for each in found}) != 1:
        return None
    return found[-1].verdict, list(dict.fromkeys(found[-1].sentences))
