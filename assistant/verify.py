"""Placeholder until the verifier is merged: word recall."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import text
from assistant.types import Verdict


class LocalVerifier:
    """Word recall."""

    name = "local"

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """See `assistant.types.Verifier`."""
        best = Verdict(verdict="no source", score=0.0)
        words = set(text.content_words(claim)) - set(text.content_words(context))
        for number, content in enumerate(evidence):
            for start, end in text.sentences(content):
                share = len(words & set(text.content_words(content[start:end]))) / (len(words) or 1)
                if share > (best.score or 0.0):
                    label = "supported" if share > 0.6 else "not supported"
                    best = Verdict(verdict=label, score=share, quote=content[start:end], start=start, end=end, text=number)
        return best
