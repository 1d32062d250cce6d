"""A fitted head: how likely a sentence of an abstract speaks to its reader rather than of the paper's work."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.config import FITTED

FILE = FITTED / "addressed.npz"
"""Weights of the head, by `python -m eval fit-addressed`."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,60}>")
_WORD = re.compile(r"[^\W_]+|[^\w\s]")
_ASCII_WORD = re.compile(r"[a-z0-9]+|[!-/:-@\[-^`{-~\x00-\x08\x0e-\x1b\x7f]")
"""The same in small letters of ASCII, in two thirds of the time."""


class Head(NamedTuple):
    """A logistic regression over the mean of static word vectors and over named rules.

    The mean is linear in the words, so that each word keeps one number: its vector times the fitted weights.
    """

    bias: float
    doubt: float
    """A sentence with a lower probability is a report, whatever rule fired."""
    sure: float
    """A sentence without a rule speaks to its reader if the probability reaches this."""
    rules: dict[str, float]
    """Weights of the rules that fired, by their names."""
    words: dict[str, float]
    """Weights of words in lower case; the mean over the words of a sentence counts."""

    def probability(self, sentence: str, fired: Iterable[str]) -> float:
        """The probability that `sentence`, on which the rules `fired`, speaks to its reader."""
        weights = self.words
        known = [weights[word] for word in words(sentence) if word in weights]
        total = self.bias + sum(self.rules.get(name, 0.0) for name in fired) + (sum(known) / len(known) if known else 0.0)
        return 1 / (1 + math.exp(-total))


def words(sentence: str) -> list[str]:
    """The words and signs of a sentence, in lower case."""
    seen = (_TAG.sub(" ", sentence) if "<" in sentence else sentence).lower()
    return (_ASCII_WORD if seen.isascii() else _WORD).findall(seen)


@cache
def head(file: Path = FILE) -> Head:
    """Read the fitted head."""
    with np.load(file) as data:
        rest = json.loads(bytes(data["rest"]).decode())
        names = bytes(data["words"]).decode().split("\n")
        scale = float(rest["scale"])
        weights = {name: value * scale for name, value in zip(names, data["weights"].tolist(), strict=True)}
    return Head(rest["bias"], rest["doubt"], rest["sure"], rest["rules"], weights)


def write(found: Head, file: Path = FILE) -> None:
    """Write a head; weights of words are kept to one part in 127 of the largest."""
    scale = max(map(abs, found.words.values())) / 127
    rest = {"bias": found.bias, "doubt": found.doubt, "sure": found.sure, "rules": found.rules, "scale": scale}
    np.savez_compressed(
        file,
        rest=np.frombuffer(json.dumps(rest).encode(), np.uint8),
        words=np.frombuffer("\n".join(found.words).encode(), np.uint8),
        weights=np.array([round(weight / scale) for weight in found.words.values()], np.int8),
    )
