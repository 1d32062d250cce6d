"""Details that a question asks for and an abstract does not give: a count, a score, a price, a machine, a date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from assistant.text.view import View

_FIGURE = re.compile(
    r"\d|\b(?:no|single|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?"
    r"|(?:m|b|tr)illions?)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_KINDS = [
    (re.compile(asked, re.IGNORECASE), re.compile(given, re.IGNORECASE))
    for asked, given in (
        (  # a metric, and a verb or preposition behind it: a "score function" is no figure
            r"\b(?:what|which)\s+(?:[\w.-]+\s+){0,3}?(?:scores?|accuracy|auc|auroc|f1|bleu|rouge|mrr|ndcg|iou|dice|fid|perplexity|psnr"
            r"|error rate|p-value)(?:@\d+)?\s+(?:do|does|did|is|was|were|has|have|on|at|in|for|of)\b",
            r"\d\.\d|\d\s*\\?%|\d\s*(?:percent|points?\b)|\b\.\d",
        ),
        (
            r"\b(?:dollars?|euros?|usd|how much money|price (?:tag|per)|who (?:funded|paid)|funded by)\b",
            r"[$€£]\s*\d|\b(?:dollars?|usd|euros?|cents?|funded|grants?)\b",
        ),
        (
            r"\b(?:how expensive|how much (?:do|does|did|would) .{0,80}\bcost"
            r"|what (?:do|does|did|would) .{0,60}\btrain\w* .{0,60}\bcost)\b",
            r"[$€£]\s*\d|\b(?:dollars?|usd|euros?|cents?|(?:in)?expensive|gpu[- ](?:hours?|days?|weeks?))\b",
        ),
        (
            r"\b(?:what|which|how many|how much|whose)\s+(?:\w+\s+)?(?:gpus?|tpus?|cpus?|hardware)\b(?!-)",
            r"\b(?:gpus?|tpus?|nvidia|[ahv]100|rtx|cpus?|fpgas?|xeon|raspberry|qualcomm|loihi|hardware)\b",
        ),
        (
            r"\bhow (?:long|many (?:\w+ )?(?:seconds|minutes|hours|days|weeks|months|years))\b",
            r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|faster|long\w*)\b",
        ),
        (r"\b(?:who (?:wrote|authored)|(?:who|which) (?:are|is|were) the authors?|(?:which|whose|what) authors?)\b", r"(?!)"),
        (r"\blearning rates?\b", r"\blearning rates?\b"),
        (r"\bbatch sizes?\b", r"\b(?:mini-?)?batch\b"),
        (
            r"\b(?:epochs?|training steps|random seeds?|weight decay|dropout rates?)\b",
            r"\b(?:epochs?|steps|seeds?|weight decay|dropout)\b",
        ),
        (
            r"\b(?:in (?:which|what) year|on (?:which|what) date|when w(?:as|ere) .{0,80}\b(?:released|published|founded))\b",
            r"\b(?:19|20)\d\d\b",
        ),
    )
]
_COUNT = re.compile(r"\bhow many\s+((?:[\w.-]+\s+){0,3}?)([\w-]{3,}(?<!s)s)\b", re.IGNORECASE)
_MEMBERS = re.compile(
    r"\bhow many\s+(members|elements|instances)\s+of\s+(?:(?:the|an?|its|this|that)\s+)?([\w-]{3,})", re.IGNORECASE
)
"""A count of what belongs to something, which an abstract may give by another noun: one solution within the class."""
_NO_COUNT = frozenset("points times does".split())
"""Words with the ending of a counted noun that count nothing."""


class Details(NamedTuple):
    """The details that a question asks for."""

    given_by: tuple[re.Pattern[str], ...]
    """For each kind of detail asked for, the pattern of a sentence that gives such a detail."""
    counted: tuple[str, ...]
    """Patterns of the beginnings of the nouns of which a count is asked for."""

    def missing(self, sentences: Sequence[str]) -> bool:
        """Look for the details in sentences; a count is present where a sentence holds a number and the noun counted.

        Returns:
            Whether at least one of the details is in none of the sentences.
        """
        plain = [_LINK.sub("", View(sentence).text) for sentence in sentences]
        if any(not any(given.search(sentence) for sentence in plain) for given in self.given_by):
            return True
        numbered = [sentence.lower() for sentence in plain if _FIGURE.search(_YEAR.sub("", sentence))]
        return any(not any(re.search(rf"\b(?:{noun})", sentence) for sentence in numbered) for noun in self.counted)


def details(question: str) -> Details:
    """The details that `question` asks for."""
    counted = {match.group(2).lower() for match in _COUNT.finditer(question)} - _NO_COUNT
    wholes = {match.group(1).lower(): _begin(match.group(2).lower()) for match in _MEMBERS.finditer(question)}
    return Details(
        given_by=tuple(given for asked, given in _KINDS if asked.search(question)),
        counted=tuple(f"{_begin(noun)}|{wholes[noun]}" if noun in wholes else _begin(noun) for noun in counted),
    )


def _begin(noun: str) -> str:
    return noun if noun.endswith("ss") else noun.removesuffix("s").removesuffix("ie")
