"""Claims to verdicts by a local classifier of sequences, such as an NLI cross-encoder; through transformers, an extra."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any

from assistant import text
from assistant.errors import ModelError
from assistant.types import Quote, Verdict

_SUPPORTED, _CONTRADICTED = 0.5, 0.5
"""Above these probabilities a claim is supported or contradicted: the threshold of MiniCheck and HHEM, and the majority of an NLI
head."""
_PARTLY = 0.25
_WINDOW = 3
"""Single sentences are judged, and groups of this many, as one sentence may complete the next."""
_MOST_TOKENS = 512


class EntailmentVerifier:
    """Reads each sentence of the evidence, and each three in a row, together with the claim; the best one decides.

    Takes any head that a person has: two or three classes of which one is called entailment (or supported, consistent,
    factual), or a single score (its sigmoid is the probability of support). The maximum over the passages follows
    SummaC (Laban et al., arXiv 2111.09525).
    """

    def __init__(self, model: str) -> None:
        """Load `model`: its name on the hub, or its folder. Code that comes with a model is never run.

        Raises:
            ModelError: transformers is not installed, the model cannot be loaded, or none of its classes is support.
        """
        try:
            # by name, as types and linters must hold without the extra too
            library: Any = importlib.import_module("transformers")
            self._torch: Any = importlib.import_module("torch")
        except ImportError as exc:
            raise ModelError(
                "answer.verifier=entailment needs transformers and torch; install them with: pip install transformers torch"
            ) from exc
        try:
            self._tokenizer: Any = library.AutoTokenizer.from_pretrained(model)
            self._model: Any = library.AutoModelForSequenceClassification.from_pretrained(model).eval()
        except Exception as exc:  # the loaders of several libraries stand behind it, each with errors of its own
            why = " ".join(str(exc).split())[:200]
            raise ModelError(f"the model {model!r} cannot be loaded; check answer.entailment_model ({why})") from exc
        labels: dict[int, str] = {int(key): str(name).lower() for key, name in self._model.config.id2label.items()}
        self._entails, self._contradicts = _classes(labels, model)
        self.name = f"entailment by {model}"

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`; `context` is not read, as these models are trained on bare pairs."""
        spans = [span for number, content in enumerate(evidence) for span in _windows(number, content)]
        if not spans:
            return Verdict(verdict="no source", score=0.0)
        passages = [evidence[number][start:end] for number, start, end in spans]
        entails, contradicts = self._scores(passages, claim)
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
        torch = self._torch
        inputs = self._tokenizer(
            list(passages),
            [claim] * len(passages),
            return_tensors="pt",
            padding=True,
            truncation=True,  # whichever is longer
            max_length=min(_MOST_TOKENS, self._tokenizer.model_max_length),
        )
        with torch.inference_mode():
            logits = self._model(**inputs).logits.float()
        if logits.shape[1] == 1:
            return torch.sigmoid(logits[:, 0]).tolist(), [0.0] * len(passages)
        shares = torch.softmax(logits, dim=1)
        contradicts = shares[:, self._contradicts].tolist() if self._contradicts is not None else [0.0] * len(passages)
        return shares[:, self._entails].tolist(), contradicts


def _classes(labels: dict[int, str], model: str) -> tuple[int, int | None]:
    """The places of support and of contradiction among the classes of a head."""
    if len(labels) == 1:
        return 0, None
    for place, name in labels.items():
        if any(name.startswith(word) for word in ("entail", "support", "consistent", "factual", "attributable")):
            contradicts = [at for at, other in labels.items() if other.startswith(("contradict", "refute"))]
            return place, contradicts[0] if contradicts else None
    if len(labels) == 2 and set(labels.values()) == {"label_0", "label_1"}:
        return 1, None  # unnamed classes: 1 is support, as in MiniCheck's heads
    raise ModelError(
        f"no class of {model!r} is entailment or support, but {', '.join(labels.values())}; set answer.entailment_model"
    )


def _windows(number: int, content: str) -> list[tuple[int, int, int]]:
    spans = text.sentences(content)
    rows = [(spans[at][0], spans[at + _WINDOW - 1][1]) for at in range(len(spans) - _WINDOW + 1)]
    return [(number, start, end) for start, end in [*spans, *rows]]
