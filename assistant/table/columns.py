"""Columns, as a user names them, read: what kind of thing each asks of a paper, and by which words a sentence gives it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from assistant import text
from assistant.table.values import Asks
from assistant.text.terms import terms

Measure = Literal["count", "parameters", "size", "share", "move", "speed", "factor", "level", "time", "years", "amount"]
"""What a figure is: a count of a noun, a count of parameters, the size of a data set, a share, a gain or loss, a speed-up,
a multiple or rate of something else, a level that is reached, a time, a span of years, an amount beside the words of the column."""
Topic = Literal["new", "limits", "access", "problem", "finding", ""]
"""What a sentence is about that is known by other words than those of the column; empty for the words of the column."""

RECORD = {
    "title": "title", "author": "authors", "authors": "authors", "year": "year", "date": "date", "published": "date",
    "venue": "venue", "journal": "venue", "conference": "venue", "doi": "doi", "arxiv": "arxiv", "url": "url", "page": "pages",
    "pages": "pages",
}  # fmt: skip
"""Columns that the record of a paper answers -> the field."""

_NUMBER_OF = re.compile(r"(?:the )?(?:(?:total )?(?:number|count|amount)s? of|how many|no\.? of|#|num)\s*(?P<what>.+)")
_SIZE = re.compile(
    r"(?:(?:training |test |evaluation )?(?:data|data ?set|corpus|benchmark|database|collection|sample|test set"
    r"|training set)s? sizes?"
    r"|sizes? of (?:the )?(?:\w+ )?(?:data|data ?set|corpus|benchmark|database|collection|sample|test set)s?)"
)
_PARAMETERS = re.compile(
    r"(?:model|network|llm)s? (?:sizes?|scales?)|(?:number of )?(?:model )?param(?:eter)?s?(?: counts?)?|sizes? of (?:the )?models?"
)
_SHARE = re.compile(r"\b(?:share|percentage|percent|proportion|fraction)\b|%")
_MOVES = frozenset(
    """improvement improvements gain gains increase increases boost lift uplift reduction reductions decrease decreases drop drops
    saving savings loss losses degradation cut decline""".split()
)
"""Columns of which the last word, or the word before "of", "over" and "in", is one of these ask how far something moved."""
_LESS = frozenset("reduction reductions decrease decreases drop drops saving savings loss losses degradation cut decline".split())
_SPEEDS = "speedup speedups speed-up speed-ups acceleration speed"
_FACTORS = frozenset("throughput latency memory compute flops".split())
_LEVELS = frozenset(
    """accuracy accuracies score scores rate rates f1 f-score auc auroc bleu rouge meteor dice iou miou map ndcg mrr recall
    precision
    perplexity error errors wer cer fid psnr ssim performance result results success elo correlation""".split()
)
_TIMES = frozenset("time times duration runtime hours minutes days seconds".split())
_GENERIC = frozenset(
    terms(
        """number size score value best top main total overall reported highest result performance use used name type kind amount
        level figure measure achieved reached final key model needed"""
    )
)
"""Stems that tell nothing of the thing that is measured."""
_NAMELIKE = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z0-9]*(?:[a-z0-9][A-Z]|[A-Z][A-Z]|[A-Z][a-z]*\d|\d[A-Za-z])[\w@.+'’-]*|(?<!\w)\w+@\w+"
)
_PARTICIPLE = re.compile(r"[a-z]{3}(?:ed|en)$|^(?:used|made|run|told|proposed|needed|solved)$")

_TYPES: dict[str, str] = {
    "dataset": r"data ?sets?|corp(?:us|ora)|data sources?|(?:evaluation |training |test )data|test sets?|data",
    "benchmark": r"benchmarks?|leaderboards?|test ?beds?|evaluated on|tested on",
    "base": r"(?:base|backbone|foundation|underlying|pre-?trained) (?:language )?(?:models?|llms?)|backbones?",
    "model": r"(?:language |large language )?(?:models?|llms?)(?: \w+ed)?|llms?",
    "metric": r"metrics?|measures?",
    "optimizer": r"optimi[sz]ers?",
    "hardware": r"hardware|devices?|gpus?|accelerators?|machines?",
    "language": r"(?:natural |programming )?languages?",
    "license": r"licen[sc]es?",
    "assistant": r"proof assistants?|theorem provers?|formal (?:languages?|systems?)|proof environments?",
    "method": r"methods?|approach(?:es)?|frameworks?|systems?|algorithms?|tools?|acronyms?",
}
"""Types of names -> the end of a column that asks for them; "dataset" comes before "base" and "model"."""
_METHOD = frozenset(terms("method methods approach framework system algorithm tool acronym name proposed new novel main own"))
"""Stems of columns that ask for the name of what a paper introduces."""
_HEADED = {
    kind: re.compile(rf"\A(?:.*\b)?(?:{ends})(?: (?:used|tested|evaluated|compared|\w+ed))?(?: on)?")
    for kind, ends in _TYPES.items()
}
_NAME_OF = re.compile(r"(?:the )?names? of (?:the |its )?(?P<what>.+)|(?P<before>.+) names?|names?")

_TOPICS: dict[Topic, re.Pattern[str]] = {
    "new": re.compile(
        r"(?:what(?:'s| is| are)? )?(?:new|novel\w*|contributions?|innovations?|ideas?|key ideas?|main ideas?|proposals?"
        r"|introduced?)"
        r"|(?:main |key )?contributions?"
        r"|what (?:it|they|the paper|is)(?: \w+)? ?(?:proposes?d?|introduces?d?|presents?|does|offers?|contributes?)"
        r"|(?:proposed |main |key )(?:method|approach|idea|technique|solution)s?|method(?:ology)?|approach|technique"
    ),
    "limits": re.compile(
        r"(?:main |key |known )?(?:limitations?|limits|weakness(?:es)?|drawbacks?|shortcomings?|caveats?|failures?)"
    ),
    "access": re.compile(
        r"(?:is |are )?(?:the )?(?:code|data|models?|source|weights|open.?source)(?: and \w+)?"
        r" (?:available|availability|release\w*|links?|url|repository|access|public|open)|(?:source )?code|availability"
        r"|(?:open|public)(?:ly)? (?:available|access)|released?|repository|github|open.?source(?:d)?"
    ),
    "problem": re.compile(
        r"(?:main |key |the )?(?:(?:problem|motivation|challenge|gap|issue)s? (?:addressed|tackled|targeted)"
        r"|problem|motivation|challenge|gap)"
    ),
    "finding": re.compile(
        r"(?:main |key |the )?(?:findings?|results?|conclusions?|lessons?|takeaways?|insights?|outcomes?|observations?)"
        r"|what (?:is|was|they|it) (?:found|find|finds|learned|shown|shows?)"
    ),
}


@dataclass(frozen=True)
class Asked:
    """A column, read."""

    name: str
    """In the words of the user."""
    asks: Asks
    measure: Measure = "amount"
    """Of a figure."""
    nouns: tuple[str, ...] = ()
    """The words of what is counted, or of the type of the names, its last one last."""
    keys: tuple[str, ...] = ()
    """Stems that tell of what the figure or the sentence is."""
    falls: bool = False
    """A reduction is wanted, not a gain."""
    type: str = ""
    """Of names: a key of the types, or empty for the noun of the column."""
    topic: Topic = ""
    """Of a sentence."""
    field: str = ""
    """Of the record."""
    named: tuple[str, ...] = ()
    """Words of the column that are names, such as miniF2F, folded."""
    best: bool = False
    """The best value is wanted."""
    about: tuple[str, ...] = ()
    """Names of the question, such as miniF2F, folded. A score that names no benchmark is one on these, where the paper has one."""


def read(name: str, about: Sequence[str] = ()) -> Asked:
    """Read a column.

    Args:
        name: in the words of the user: "best score", "number of theorems", "what is new".
        about: names of the question that found the papers.

    Returns:
        What it asks of a paper.
    """
    plain = " ".join(text.clean(name).split()).strip(" .?:;,")
    low = plain.lower()
    if low in RECORD:
        return Asked(name, "record", field=RECORD[low])
    named = tuple(text.fold(word) for word in _NAMELIKE.findall(plain) if not word.isdigit())
    known = {stem for word in named for stem in terms(word)}
    keys = tuple(stem for stem in terms(plain) if stem not in _GENERIC and stem not in known)
    for topic, pattern in _TOPICS.items():
        if pattern.fullmatch(low):
            return Asked(name, "sentence", topic=topic, keys=keys, named=named)
    if measured := _measured(low, keys):
        best = bool(re.search(r"\b(?:best|highest|top|max\w*|peak)\b(?!-)", low))
        return Asked(name, "figure", *measured, named=named, best=best, about=tuple(map(text.fold, about)))
    what = _NAME_OF.fullmatch(low)
    head = (what["what"] or what["before"] or "method") if what else low
    for kind, pattern in _HEADED.items():
        if pattern.fullmatch(head) and not (kind == "method" and set(keys) - _METHOD):
            return Asked(name, "name", type=kind, nouns=tuple(text.words(head)), keys=keys, named=named)
    if what:
        return Asked(name, "name", type="method", nouns=tuple(text.words(head)), keys=keys, named=named)
    if len(named) == 1 and len(plain.split()) == 1:  # a benchmark, by its name
        return Asked(name, "figure", "level", named=named, best=True)
    return Asked(name, "open", "count", _noun(text.words(low)), keys, named=named)


def _noun(words: list[str]) -> tuple[str, ...]:
    """The words of a noun phrase without participles and what stands behind a preposition, the head last."""
    for at, word in enumerate(words):
        if word in ("of", "in", "on", "for", "per", "with", "by", "to") and at:
            words = words[:at]
            break
    while len(words) > 1 and _PARTICIPLE.search(words[-1]):
        words = words[:-1]
    return tuple(words)


class _Measured(NamedTuple):
    """What a column for a figure asks for; the first fields of `Asked` behind `asks`."""

    measure: Measure
    nouns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    falls: bool = False


def _measured(low: str, keys: tuple[str, ...]) -> _Measured | None:
    """What figure a column asks for; None where it asks for none."""
    words = low.split()
    if match := _NUMBER_OF.fullmatch(low):
        nouns = _noun(text.words(match["what"]))
        sized = bool(nouns) and nouns[-1].startswith("param")
        return _Measured("parameters") if sized else _Measured("count", nouns, keys)
    if _SHARE.search(low):
        return _Measured("share", keys=_without(keys, "share percentage percent proportion fraction"))
    if _SIZE.fullmatch(low):
        return _Measured("size", keys=keys)
    if _PARAMETERS.fullmatch(low):
        return _Measured("parameters")
    behind = [words[at - 1] for at, word in enumerate(words) if at and word in ("of", "over", "in", "on", "for")]
    return _by_word(words, (behind or words)[0] if behind else words[-1], keys) if words else None


def _by_word(words: list[str], head: str, keys: tuple[str, ...]) -> _Measured | None:
    """What figure a column asks for by its last word, or the head of its noun phrase."""
    heads = {head, words[-1]}
    if head in _MOVES:
        return _Measured("move", keys=_without(keys, " ".join(_MOVES)), falls=head in _LESS)
    if set(words) & set(_SPEEDS.split()):
        return _Measured("speed", keys=_without(keys, _SPEEDS))
    if set(words) & _FACTORS and words[-1] != "size":
        return _Measured("factor", keys=keys)
    parts = {part for word in words for part in ((word, "@") if "@" in word else (word.partition("-")[0],)) if word not in heads}
    if heads & _LEVELS or head.partition("@")[0] in _LEVELS or parts & (_LEVELS | {"@"}) or "@" in words[-1]:
        return _Measured("level", keys=_without(keys, "score results performance"))
    if heads & _TIMES or words[0] == "time":
        return _Measured("time", keys=_without(keys, "time times duration limit"))
    if {words[0], words[-1]} & {"years", "period"}:
        return _Measured("years")
    if words[-1] in ("token", "tokens"):
        return _Measured("count", ("tokens",))
    return _Measured("amount", keys=keys) if heads & _AMOUNTS else None


def _without(keys: tuple[str, ...], words: str) -> tuple[str, ...]:
    return tuple(stem for stem in keys if stem not in terms(words))


_AMOUNTS = frozenset(
    """size sizes ratio distance mass length width height depth energy temperature frequency age power weight cost price value
    values
    eccentricity dimension dimensions radius density coefficient threshold limit budget population""".split()
)
