"""Probabilities of words as the first word of a reply, read from the log-probabilities that come with its tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

TOP = 20
"""Tokens of which the probability is asked for: the most that OpenAI gives."""
_AROUND = " \n\t\"'`*.,:;!\u2581\u0120"
"""Characters around a word of a token."""


def read(tokens: Any, words: Sequence[str]) -> dict[str, float] | None:
    """Read the probabilities of words.

    Args:
        tokens: the tokens of a reply with their log-probabilities, as OpenAI's endpoint gives them (`logprobs.content`).
        words: the words, in lower case.

    Returns:
        The probability of each word as the first token, in any spelling; None where none of the words is among the likeliest
        tokens, or the log-probabilities are none.
    """
    found = dict.fromkeys(words, 0.0)
    try:
        for one in tokens[0]["top_logprobs"]:
            word, logarithm = str(one["token"]).strip(_AROUND).casefold(), float(one["logprob"])
            if word in found and logarithm <= 0:  # which no NaN is
                found[word] += math.exp(logarithm)
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return found if any(found.values()) else None
