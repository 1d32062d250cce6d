"""Claims to verdicts by a local classifier of pairs of texts, such as an NLI cross-encoder, on ONNX Runtime."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from assistant import text
from assistant.errors import ModelError, brief
from assistant.models.classifiers import LABELS_SETTING, Logits, Pairs
from assistant.text import marks
from assistant.types import Quote, Verdict
from assistant.verify.local import LocalVerifier

_SUPPORTED, _CONTRADICTED = 0.5, 0.5
"""Above these probabilities a claim is supported or contradicted: the threshold of MiniCheck and HHEM, and the majority of an NLI
head."""
_PARTLY = 0.25
_WINDOW = 3
"""Single sentences are judged, and groups of this many, as one sentence may complete the next."""
_SUPPORT = ("entail", "support", "consistent", "factual", "attributable")
"""The beginnings of the name of the class that says support."""
_CONTRADICTION = ("contradict", "refute")


class EntailmentVerifier:
    """Reads each sentence of the evidence, and each three in a row, together with the claim; the best one decides.

    Takes any head that a person has: classes of which one is called entailment (or supported, consistent, factual), or a single
    score of that name (its sigmoid is the probability of support). The maximum over the passages follows
    SummaC (Laban et al., arXiv 2111.09525). What stands in the evidence word for word is supported, and what the local verifier
    finds contradicted (another figure, an opposite, a denial) is never supported.
    """

    def __init__(self, pairs: Pairs) -> None:
        """Judge by `pairs`.

        Raises:
            ModelError: none of its classes is support.
        """
        self._pairs = pairs
        self._entails, self._contradicts = _classes(pairs)
        self._local = LocalVerifier()
        self.name = f"entailment by {pairs.name}"

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`; the classifier does not read `context`, as it was trained on bare pairs."""
        spans = [span for number, content in enumerate(evidence) for span in _windows(number, content)]
        if not spans:
            return Verdict(verdict="no source", score=0.0)
        own = self._local.judged(claim, evidence, context)
        if own.odds is None or own.verdict.verdict == "contradicted":
            return own.verdict
        claim = marks.uncited(claim)
        if not self._pairs.fits(claim):
            return Verdict(verdict="not judged", score=None, reasons=(f"{self.name}: the claim is longer than the model reads",))
        entails, contradicts = self._scores([evidence[number][start:end] for number, start, end in spans], claim)
        if not all(map(math.isfinite, [*entails, *contradicts])):
            return Verdict(verdict="not judged", score=None, reasons=(f"{self.name}: no usable score",))
        best = max(range(len(spans)), key=lambda at: entails[at])
        worst = max(range(len(spans)), key=lambda at: contradicts[at])
        score = entails[best]
        if score > _SUPPORTED:
            label, at, reasons = "supported", best, ()
        elif contradicts[worst] > _CONTRADICTED:
            label, at, reasons = "contradicted", worst, (f"{self.name}: contradiction {contradicts[worst]:.2f}",)
        else:
            label, at = ("partly" if score > _PARTLY else "not supported"), best
            reasons = (f"{self.name}: support {score:.2f}",)
        number, start, end = spans[at]
        quote = Quote(text=number, start=start, end=end, quote=evidence[number][start:end])
        return Verdict(verdict=label, score=round(score, 4), reasons=reasons, **quote.model_dump())

    def _scores(self, passages: Sequence[str], claim: str) -> tuple[list[float], list[float]]:
        """Probabilities of support and of contradiction for each passage; the latter 0 where the model has no such class."""
        logits = self._pairs.logits(passages, claim)
        if logits.shape[1] == 1:
            return (1 / (1 + np.exp(-np.clip(logits[:, 0], -500, 500)))).tolist(), [0.0] * len(passages)
        shares = _shares(logits)
        contradicts = shares[:, self._contradicts].tolist() if self._contradicts is not None else [0.0] * len(passages)
        return shares[:, self._entails].tolist(), contradicts


def _shares(logits: Logits) -> Logits:
    """Probabilities of the classes, in each row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _classes(pairs: Pairs) -> tuple[int, int | None]:
    """The places of support and of contradiction among the classes."""
    support = [at for at, name in enumerate(pairs.labels) if name.startswith(_SUPPORT)]
    if not support:
        raise ModelError(
            f"no class of {brief(pairs.name)} is entailment or support, but {brief(', '.join(pairs.labels))}; "
            f"set answer.entailment_model, or name its classes by {LABELS_SETTING}"
        )
    return support[0], next((at for at, name in enumerate(pairs.labels) if name.startswith(_CONTRADICTION)), None)


def _windows(number: int, content: str) -> list[tuple[int, int, int]]:
    spans = text.sentences(content)
    rows = [(spans[at][0], spans[at + _WINDOW - 1][1]) for at in range(len(spans) - _WINDOW + 1)]
    return [(number, start, end) for start, end in [*spans, *rows]]
