"""The kind of answer that a question asks for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from assistant import text
from assistant.text.terms import terms

DEFINITION = re.compile(
    r"^\W*(?:[Ww]hat|[Ww]ho)(?:'s| is| are) (?!the [a-z]|.*(?:[,;:'’]|\b(?:in|on|at|for|with|its?)\b))\S+(?:\s\S+){0,3}$"
)
"""A question that asks only for a definition: "What is the Vendi Score?", but not "What is the score?"."""
VERB = r"(?:am|is|are|was|were|be|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_LIST = re.compile(
    r"\b(?:which|what|list|name|any|all|there|me)\s+(?:[\w'-]+\s+){0,2}?(?:papers|works|studies|articles|publications)\b"
    r"|^\W*(?:papers|works|studies)\b",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\W*(?:(?:which|what|list|name|show|find|give|do|does|is|are|there|any|all|me|of|the|other|please) )*"
    r"(?:papers|works|studies|articles|publications|(?:an?|any|which|what) (?:paper|work|study|article))"
    r"(?: (?:are|is|there|that|which|in the library))*"
    r" (?:(?:mention|us|discuss|cover|address|consider|concern|stud|describ|treat)\w*|deal\w* with|(?:talk\w*|says?) about"
    r"|(?:focus|work|relat)\w* (?:on|to)|about|on) (?P<topic>.+)",
    re.IGNORECASE,
)
"""A question for the papers on something, whatever they say of it."""

_FOCUS = re.compile(r"\b(?:what|which|whose|how many)\s+((?:[\w'-]+\s+){0,2}[\w'-]+)", re.IGNORECASE)
_FIGURE = re.compile(
    r"\b(how (?:many|much|large|big|long|often|fast|far)|by how|figure|percent\w*|accuracy|rate"
    r"|what (?:share|fraction|number|score|size|factor|speed\w*))\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(how (?:much|far|well|frequently)|percent\w*|share|rate|gain|improv\w+|margin|faster|speed\w*|compare)\b", re.IGNORECASE
)


_PROPOSE = re.compile(r"\bwhat\b.{1,200}\b(?:propos|introduc|present)(?:es?|s|ed)?\b(?! in\b)", re.IGNORECASE)
_EXPLAIN = re.compile(
    r"^\W*(?:please )?(?:(?P<what>what(?:['’]s| is| are))|define|explain|describe|compare|tell me about)\b", re.IGNORECASE
)


class Intent(NamedTuple):
    """The kind of answer that the wording of a question asks for."""

    lists: bool
    """True where the question asks for papers, not for their content."""
    topic: str
    """The stems, as of `stem_row`, of the topic whose papers are asked for; blank where no papers on a topic are."""
    focus: frozenset[str]
    """The stems right behind "which", "what" or "how many"."""
    figure: bool
    """A figure is asked for."""
    share: bool
    """A share or a ratio is asked for."""
    explains: tuple[str, ...]
    """The stems of what is to be explained; empty where the question asks for no explanation."""
    defines: bool
    """The explanation is asked for by "what is"."""
    proposes: bool
    """What somebody proposes, introduces or presents is asked for."""


def intent(question: str) -> Intent:
    """The intent of `question`."""
    papers_on = _ON.fullmatch(text.clean(question))
    explained = _EXPLAIN.match(question)
    return Intent(
        lists=bool(_LIST.search(question)),
        topic=stem_row(papers_on["topic"]) if papers_on else "",
        focus=frozenset(terms(" ".join(_FOCUS.findall(question)))),
        figure=bool(_FIGURE.search(question)),
        share=bool(_SHARE.search(question)),
        explains=tuple(terms(question[explained.end() :])) if explained else (),
        defines=bool(explained and explained["what"]),
        proposes=bool(_PROPOSE.search(question)),
    )


@lru_cache(1024)
def stem_row(content: str) -> str:
    """The stems of the content words of `content` in their order, a blank around each."""
    return f" {' '.join(stem for word in text.content_words(content) for stem in terms(word))} "
