"""Questions for papers, not for what a paper says: lists, counts and overviews of the papers that hold a term."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from assistant import text

Ask = Literal["list", "count", "overview"]
More = Literal["more", "titles"]
"""A follow-up to a list: the next papers, or the titles alone."""
PAPERS = r"(?:papers|works|studies|articles|publications|abstracts)"
HOLD = (
    r"(?:(?:do|does|that|which|is|are|were|have|has|got|there|here|you|in (?:the|your|this) library|actually|all) ){0,5}"
    r"(?:(?:mention|us(?:e|es|ed|ing)\b|discuss|cover|address|consider|concern|stud|describ|treat|employ|contain|involv|investigat"
    r"|explor)\w*|deal\w* with|(?:talk\w*|says?) about|(?:focus|work|relat)\w* (?:on|to)|about|on) "
)
_LIST = re.compile(
    r"(?:(?:can|could|would|you|which|what|list|name|show|find|give|do|does|is|are|there|any|all|me|of|the|other|please|us) )"
    rf"{{0,6}}(?:{PAPERS}|(?:an?|any|which|what) (?:paper|work|study|article)) {HOLD}(?P<topic>.+)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?:(?:can|could|you|tell|give|me|please|what|is|what's|count|in) ){0,5}"
    r"(?:how many(?: of)?|(?:the )?(?:number|count) of|the(?= papers))"
    rf"(?: (?:the|these|your|all)){{0,2}} {PAPERS} {HOLD}(?P<topic>.+)",
    re.IGNORECASE,
)
_OVERVIEW = re.compile(
    r"(?:(?:can|could|you|please|give|write|me|us) ){0,4}(?:an? |the )?(?:overview|survey|summary|summari[sz]e|sum up)"
    rf"(?: of)?(?: (?:the|all|these|your))* {PAPERS} {HOLD}(?P<topic>.+)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?i)(?:,? (?:please|here|in (?:the|your|this) library|(?:do|are) (?:you have|there))){1,3}$")
_EDGES = " \t.,;:!?…\"'“”‘’()[]"
"""Characters that are stripped from the ends of a question or a term."""
_ARTICLE = re.compile(r"(?i)^(?:the|an?|any) ")
_WORDS = 6
"""A term has at most this many words; a longer topic is a description, which no paper holds word for word."""
_MORE = re.compile(
    r"(?:(?:ok|okay|and|please|can|could|you|show|give|list|me|us|the|some|are|there|any|which|what|who|is|see|next) ){0,5}"
    r"(?:more|others?|rest|next(?: ones?)?|remaining|further|others?|more (?:papers|of them)|other (?:papers|ones)|all of them)"
    r"(?: (?:papers|ones|please|are there|of (?:them|these)))?",
    re.IGNORECASE,
)
_TITLES = re.compile(
    r"(?:(?:ok|okay|and|please|can|could|you|show|give|list|me|us|just|only|their|the|all) ){0,6}titles?"
    r"(?: (?:only|please|alone)){0,2}",
    re.IGNORECASE,
)


class Listing(NamedTuple):
    """A question for the papers that hold a term."""

    asks: Ask
    topic: str
    """The term, in the words of the question."""


def listing(question: str) -> Listing | None:
    """The papers that `question` asks for; None where it asks for something else."""
    plain = text.clean(question).strip(_EDGES)
    asks: Ask = "count"
    match = _COUNT.fullmatch(plain)
    if not match:
        asks, match = "overview", _OVERVIEW.fullmatch(plain)
    if not match:
        asks, match = "list", _LIST.fullmatch(plain)
    if not match:
        return None
    topic = _TAIL.sub("", match["topic"]).strip(_EDGES)
    topic = _ARTICLE.sub("", topic).strip(_EDGES)
    return Listing(asks, topic) if text.content_words(topic) and len(text.words(topic)) <= _WORDS else None


def more(asked: str) -> More | None:
    """What a follow-up asks of the list before; None where it asks for something else."""
    plain = asked.strip(_EDGES)
    if _TITLES.fullmatch(plain):
        return "titles"
    return "more" if _MORE.fullmatch(plain) else None


_FORM = re.compile(
    r"(?:(?:ok|okay|and|now|please|can|could|you|give|tell|say|put|make|me|us|it|that|this|the|answer|same|again|sum|summari[sz]e"
    r"|explain|rephrase|up|shorten|but),? ){0,8}(?P<form>(?:in|as|into|to) (?:just |only |at most )?"
    r"(?:a|an|one|two|three|four|five|[0-9]{1,3}) (?:single |short )?(?:sentences?|words?|bullets?(?: points?)?|paragraphs?))"
    r"(?:,? please)?",
    re.IGNORECASE,
)


def form(asked: str) -> str | None:
    """The length that a follow-up wants for the answer before ("in one sentence"); None where it asks for something else."""
    match = _FORM.fullmatch(" ".join(asked.split()).strip(_EDGES))
    return match["form"].lower() if match else None
