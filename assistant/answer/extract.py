"""Passages to an answer without a model: the sentences that answer best, quoted to the byte and numbered."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from itertools import chain, pairwise, repeat
from typing import NamedTuple

import numpy as np

from assistant.config import AnswerSettings, fitted
from assistant.question import acronyms
from assistant.question.intent import stem_row
from assistant.search.retriever import Found, Hit
from assistant.text.terms import terms
from assistant.types import Claim, Paper, Source, Vectors
from assistant.verify import injection

_CHOSEN = fitted("selection")
_NEARER, _NEARER_BY_PART = (float(_CHOSEN[name]) for name in ("nearer", "nearer_by_part"))
"""A further paper is quoted if its score lies above this fraction of the distance from the mean score of the crowd to the best
score. The second, lower value is for papers that match a part of the question; chosen on the tuning questions."""
_NEARER_IN_LIST: float = _CHOSEN["nearer_in_list"]
"""The same fraction where the question asks for papers."""
_LEAD: float = _CHOSEN["lead"]
"""If the best paper leads the crowd by less than this, the best paper is quoted alone, as the order of the others says little;
chosen likewise."""
_CROWD = slice(4, 10)
"""The ranks (5 to 10) whose mean score is the score of the crowd."""
_ENOUGH: float = _CHOSEN["enough"]
"""Sentences are added until the probability that one of them holds the answer reaches this."""
_WEIGHTS: tuple[float, ...] = tuple(fitted("sentences")["weights"])
"""Weights of the features of a sentence, in the order of the features; `python -m eval calibrate` fits them on the tuning
questions."""
_DIGIT = re.compile(r"\d")
_RATIO = re.compile(r"\d\s*(?:\\?%|\\?times|x\b|×|points?\b)|percent", re.IGNORECASE)
_OWN = re.compile(
    r"\bwe (?:propose|introduce|present|develop|design|study|analy[sz]e|describe)\b|\bthis (?:paper|work|study)\b|\bour\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:however|despite|yet|remain\w*|challeng\w+|emerged|little (?:work|attention)|typically|often|increasingly|crucial"
    r"|essential|recent\w*|important)\b",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(
    r"\b(?:hope|future|insights?|pav\w+|https?|demo|code|available|github|open-?sourc\w*|underscor\w+|potential|step towards?"
    r"|promis\w+|valuable|highlight\w*|encourag\w+|implications?)\b",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(
    r"\b(?:we|this (?:paper|work|study)|here)\b.{0,60}?\b(?:propos|introduc|present|develop|releas|defin|design|formali[sz])\w*"
    r"|\b(?:call|term|dub|nam|denot)ed\b|\b(?:is|are) (?:\w+ )?defined as\b|\brefer(?:red)? to as\b|\bwe (?:\w+ ){0,3}create\b",
    re.IGNORECASE,
)
_NAME = 3
""""What is X" asks for an explanation of X if X has at most this many words."""
_INTRODUCED: float = _CHOSEN["introduced"]
"""The log odds of a sentence rise by this if the sentence introduces the thing that the question asks to explain. Set by eye, as
the tuning questions ask for more than an explanation."""


class Ranked(NamedTuple):
    """The sentences of a paper."""

    spans: list[tuple[int, int]]
    features: Vectors
    """[sentences, features]"""


def features(found: Found, hit: Hit) -> Ranked:
    """Compute features that separate the sentences that answer from the others; an answer seldom shares words with its question.

    The features, in order: rare stems of the question in the sentence but not in the title, a word right behind "which" or the
    like, late interaction (against the other sentences), that of the sentence before, place, first, last, length, a figure
    where the question asks for one, and own work rather than background or outlook.

    Returns:
        The offsets of the sentences, and their features [sentences, features].
    """
    intent = found.question.intent
    spans = hit.spans
    sentences = hit.sentences
    stems = [set(terms(sentence)) for sentence in sentences]
    title = set(terms(hit.passage.paper.title))
    total = sum(found.idf.values()) or 1.0
    late = _late(found, hit, stems)
    last = len(spans) - 1
    rows = [
        (
            sum(found.idf[stem] for stem in (stems[at] - title) & found.idf.keys()) / total,
            not intent.focus.isdisjoint(stems[at]),
            late[at],
            late[at - 1] if at else 0.0,
            at / max(1, last),
            at == 0,
            at == last,
            math.log(1 + len(stems[at])),
            (intent.figure and bool(_DIGIT.search(sentence))) + (intent.share and bool(_RATIO.search(sentence))),
            bool(_OWN.search(sentence)) - bool(_BACKGROUND.search(sentence)) - bool(_OUTLOOK.search(sentence)),
        )
        for at, sentence in enumerate(sentences)
    ]
    return Ranked(spans, np.array(rows, np.float32).reshape(len(spans), len(_WEIGHTS)))


def _introduces(found: Found, hit: Hit) -> Vectors:
    """Find the sentences that introduce the thing that the question asks to explain.

    The thing is the beginning of the paper's title, or up to three words that the question asks "what is" of. Where the question
    asks what a paper proposes, each sentence that introduces something counts.

    Returns:
        1 for such a sentence, else 0 [sentences].
    """
    wanted, defines, proposes = found.question.intent.explains, found.question.intent.defines, found.question.intent.proposes
    name = terms(hit.passage.paper.title.partition(":")[0])
    # "What is Sibyl?", but not "What is the accuracy of Sibyl?"
    explained = bool(wanted and name) and set(name) <= set(wanted[: len(name)] if defines else wanted)
    if defines and not explained and 0 < len(wanted) <= _NAME:
        name, explained = wanted, True
    return np.array(
        [
            bool((proposes or (explained and set(name) <= set(terms(sentence)))) and _INTRODUCES.search(sentence))
            for sentence in hit.sentences
        ],
        np.float32,
    )


def _late(found: Found, hit: Hit, stems: list[set[str]]) -> list[float]:
    """Compute the late interaction of the question with each sentence.

    Tokens are kept by chunk, title first. In their order, a sentence has about the same share of the tokens as of the stems,
    which finds its borders to two tokens.

    Returns:
        Values [sentences], standardised over the paper; 0 where there are no tokens.
    """
    rarity = np.array([max((found.idf.get(stem, 0.0) for stem in terms(word)), default=0.0) for word in found.query.words])
    if not rarity.sum():
        return [0.0] * len(stems)
    title = len(terms(hit.passage.paper.title))
    counts = iter(map(len, stems))
    values: list[float] = []
    for entry in hit.entries:
        ends = np.cumsum([title, *(next(counts) for _ in entry.spans)])
        borders = np.rint(ends / max(1, ends[-1]) * len(entry.tokens)).astype(int).tolist()
        cosines = entry.tokens @ found.query.tokens.T if len(entry.tokens) else found.query.tokens[:0]
        values += [float(rarity @ cosines[a:b].max(axis=0, initial=0.0)) for a, b in pairwise(borders)]
    late = np.array(values) / rarity.sum()
    return ((late - late.mean()) / (late.std() + 1e-3)).tolist()


def extract(found: Found, settings: AnswerSettings, *, weak: bool = False) -> tuple[list[Claim], list[Source]]:
    """Quote the sentences that answer best, of each paper that answers.

    Args:
        found: the search.
        settings: the most papers, and sentences of a paper.
        weak: the papers may not answer; the nearest ones are quoted, all but the best with one sentence.

    Returns:
        The claims, each sentence once, and the sources that the claims quote.
    """
    quoted = [(hit, [span]) for hit, span in senses(found)[: settings.papers]]
    if len(quoted) == 1 and not found.question.meaning_only:
        ((hit, [span]),) = quoted
        quoted = [(hit, sorted({span, *_best(*chances(found, hit), settings.sentences - 1)}))]
    elif not quoted:
        quoted = _chosen(found, settings, weak=weak)
    sources = [
        Source(number=number, paper=hit.passage.paper, quote=hit.passage.paper.abstract[start:end], start=start, end=end)
        for number, (hit, spans) in enumerate(quoted, 1)
        for start, end in spans
    ]
    quotes: dict[str, Claim] = {}
    for at, source in enumerate(sources):  # what several papers say in the same words is said once
        words = " ".join(source.quote.split())
        said = quotes.setdefault(words, Claim(text=source.shown))
        numbers = tuple(dict.fromkeys((*said.sources, source.number)))
        quotes[words] = said.model_copy(update={"sources": numbers, "quotes": (*said.quotes, at)})
    return [*quotes.values()], sources


def _chosen(found: Found, settings: AnswerSettings, *, weak: bool) -> list[tuple[Hit, list[tuple[int, int]]]]:
    """Choose the papers to quote and the sentences of each: as many as the question asks for, else those that hold the answer.

    A number in the question is one of papers where the question asks for papers; else one of sentences, shared by the papers.

    Returns:
        The papers, each with the offsets of its sentences.
    """
    how = found.question.how
    if found.question.intent.lists or not (asked := how.count or how.sentences):
        most = (found.question.intent.lists and how.count) or settings.papers
        hits = found.hits[:most] if weak else papers(found, most)
        # of a weak match the order says little: the best paper is quoted as ever, each of the next ones with one sentence
        sentences = chain([settings.sentences], repeat(1 if weak else settings.sentences))
        quoted = [(hit, _best(*chances(found, hit), share)) for hit, share in zip(hits, sentences, strict=False)]
    else:
        hits = papers(found, min(settings.papers, asked))
        shares = [asked // len(hits) + (at < asked % len(hits)) for at in range(len(hits))]
        quoted = [(hit, _best(*chances(found, hit), share, enough=1.0)) for hit, share in zip(hits, shares, strict=True)]
    return _shortened(found, quoted, how.words) if how.words else quoted


def _shortened(found: Found, quoted: list[tuple[Hit, list[tuple[int, int]]]], most: int) -> list[tuple[Hit, list[tuple[int, int]]]]:
    """The likeliest of the sentences that together have `most` words; the likeliest of all is kept however long it is."""
    sure = {
        (at, span): float(chance)
        for at, (hit, spans) in enumerate(quoted)
        for span, chance in zip(*chances(found, hit), strict=True)
        if span in spans
    }
    left, kept = most, set[tuple[int, tuple[int, int]]]()
    for at, (start, end) in sorted(sure, key=lambda place: (place[0], -sure[place])):
        words = len(quoted[at][0].passage.paper.abstract[start:end].split())
        if words <= left or not kept:
            kept.add((at, (start, end)))
            left -= words
    short = [(hit, [span for span in spans if (at, span) in kept]) for at, (hit, spans) in enumerate(quoted)]
    return [(hit, spans) for hit, spans in short if spans]


def senses(found: Found) -> list[tuple[Hit, tuple[int, int]]]:
    """Where all that is asked is what an acronym means: for each meaning the best paper and the sentence that defines it."""
    acronym = found.question.acronym
    if acronym is None:
        return []
    defined = acronyms.definition(acronym)
    meanings = acronyms.meanings(acronym, [hit.passage.paper.abstract for hit in found.hits])
    best = [found.hits[at] for at in sorted({numbers[0] for numbers in meanings.values()})]
    found_in: list[tuple[Hit, tuple[int, int]]] = []
    for hit in best:
        abstract = hit.passage.paper.abstract
        spans = hit.spans
        spans = [spans[at] for at in injection.free(abstract, spans)]
        found_in += [(hit, span) for span in spans if defined.search(abstract, *span)][:1]
    return found_in


def papers(found: Found, most: int) -> list[Hit]:
    """The papers to quote: the best one, and those that stand nearer to it than to the crowd or that a part names."""
    if not found.hits:
        return []
    if holding := holders(found):
        return holding[:most]
    best, *others = found.hits
    crowd = float(np.mean(found.scores[_CROWD] or found.scores[-1:]))
    lead = best.whole - crowd
    if lead < _LEAD:
        return [best]
    listed = _NEARER_IN_LIST if found.question.intent.lists else _NEARER
    near = [
        hit
        for hit in others
        if hit.whole - crowd >= (_NEARER_BY_PART if hit.passage.part else listed) * lead
        or (hit.passage.part and named(hit.passage.paper, terms(hit.passage.part)))
    ]
    return [best, *near][:most]


def holders(found: Found) -> list[Hit]:
    """Where papers on something are asked for, those found whose title or a sentence of which holds it in a row, best first."""
    topic = found.question.intent.topic
    if not topic.strip():
        return []
    return [hit for hit in found.hits if any(topic in stem_row(each) for each in (hit.passage.paper.title, *hit.sentences))]


def named(paper: Paper, stems: Collection[str]) -> bool:
    """Whether `stems` hold the name that the title of the paper begins with."""
    name, colon, _ = paper.title.partition(":")
    return bool(colon and terms(name)) and set(stems).issuperset(terms(name))


def chances(found: Found, hit: Hit) -> tuple[list[tuple[int, int]], Vectors]:
    """Estimate for each sentence of a paper the probability that the sentence holds the answer, given that one does.

    Sentences that give orders to a reader are left out.

    Returns:
        The offsets of the sentences, and their probabilities, which sum to 1.
    """
    ranked = features(found, hit)
    kept = injection.free(hit.passage.paper.abstract, ranked.spans)
    logits = ranked.features @ np.array(_WEIGHTS, np.float32) + _INTRODUCED * _introduces(found, hit)
    weights = np.exp(logits[kept] - logits[kept].max(initial=-np.inf))
    return [ranked.spans[at] for at in kept], weights / weights.sum()


def _best(spans: list[tuple[int, int]], sure: Vectors, most: int, enough: float = _ENOUGH) -> list[tuple[int, int]]:
    """The fewest sentences that hold the answer with the probability `enough`, `most` at most, in the order of the paper."""
    order = np.argsort(-sure, kind="stable")
    needed = len(spans) if enough >= 1 else int(np.searchsorted(np.cumsum(sure[order]), enough)) + 1
    chosen: list[int] = sorted(order[: min(most, needed)].tolist())
    return [spans[at] for at in chosen]
