"""Whether a sentence of a draft speaks of the draft's own work, or states nothing, and so needs no source."""

from __future__ import annotations

import re

from assistant.answer import citations

_WE = re.compile(r"\b(?:[Ww]e|[Oo]urs?|us|[Oo]urselves|[Mm]y)\b|(?:^|\b(?:and|that|which|as|if|when|here),? )I(?=[ '\u2019][a-z])")
_WORK = "(?:paper|work|section|article|study|thesis|dissertation|chapter|survey|report|appendix|note|review|manuscript|tutorial)"
_HERE = re.compile(
    rf"(?i)\b(?:th(?:is|e present) {_WORK}|(?:rest|remainder|end|beginning) of (?:this|the) {_WORK}"
    rf"|the (?:next|following|previous|preceding|last|present) (?:sub)?sections?|what follows|hereafter|henceforth)\b"
)
_PLACE = re.compile(
    r"(?:^|\b(?:[Ii]n|[Ss]ee|from|by|with|[Tt]he|and) )(?:[Ss]ections?|[Ff]igures?|Figs?\.|[Tt]ables?|Tabs?\.|[Aa]ppendix"
    r"|[Aa]lgorithm|[Ee]quations?|Eqs?\.|[Tt]heorem|[Ll]emma|[Pp]roposition|[Dd]efinition)\s?~?(?:\(?\d|[A-Z]\b|\\?ref\b)"
)
_BIDS = re.compile(r"(?:Let|Recall|Note|Suppose|Assume|Consider|Denote|Define|See|Observe) (?!.{0,20}\bet al\b)")


def own(claim: str) -> bool:
    """Whether a sentence without citations needs no source.

    Args:
        claim: the sentence, without markup.

    Returns:
        True where it speaks in the first person, of this paper or of a part of it, bids the reader do something, or states nothing.
    """
    return citations.connective(claim) or not citations.states(claim) or speaks_of_itself(claim)


def speaks_of_itself(claim: str) -> bool:
    """Whether a sentence speaks of the draft itself."""
    return bool(_WE.search(claim) or _HERE.search(claim) or _PLACE.search(claim) or _BIDS.match(claim))
