"""Whether the library can answer a question: how sure that is, what it lacks, details that an abstract leaves out."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Sequence

from rapidfuzz import fuzz, process

from assistant import cancel, text
from assistant.answer import extract
from assistant.config import fitted
from assistant.question import acronyms
from assistant.question.details import details
from assistant.question.intent import DEFINITION
from assistant.question.names import about
from assistant.question.singles import Single
from assistant.search.retriever import Found, Hit
from assistant.text.terms import terms
from assistant.verify import injection

_CHOSEN = fitted("refusal")
FEATURES = ("score", "lead", "uncovered", "words", "bias")
"""The features of the confidence, in the order of `evidence`, and the bias."""
_ASIDE: float = _CHOSEN["aside"]
"""A name that no paper holds counts this much where the question only mentions the name, and 1 where the question is about the
name."""
_REST: float = _CHOSEN["rest"]
"""If the best paper holds at least this share of the other rare words, missing names that the question only mentions are
ignored."""
_EXCLUDING: float = _CHOSEN["excluding"]
"""The confidence where the papers found have just what the question excludes: a weak match."""
_DENIED = re.compile(r"(?i)\b(?:not|no|never|without|cannot|neither|nor|none)\s((?:[^\s,;.]{1,40}\s?){1,4})")
"""A denial, and the words right behind it."""
WEAK: float = _CHOSEN["weak"]
"""Below this confidence an answer is a weak match: no unanswerable tuning question has more."""
_TERM = 2
"""A topic of at most this many words is a term that a paper holds or does not; a longer one is a description."""
_MOST_UNCOVERED, _FEWEST_WORDS, _MOST_WORDS = 2, 8, 14
"""Values are cut at these bounds: further names add no evidence, and the tuning questions hold too few short questions."""
MOST_NAMES = 40
"""More names that are lacking are taken as they stand: none for a misspelling, and none out of the question."""
_FIRST = 4
"""The names of a question are looked for in this many of the best papers, or in those of its parts."""
_CLEAR: float = _CHOSEN["clear"]
"""If the best paper scores at least this, the question is surely about the paper; chosen on the tuning questions."""
_LEFT_OUT: float = _CHOSEN["left_out"]
"""The confidence where the papers leave out a detail that the question asks for: of 13 such tuning questions none had an answer
(rule of succession). A version that no paper mentions gets the same value, as a paper on another version scores high, and so does
where the papers say nothing but orders to a reader."""
_DEFINED: float = _CHOSEN["defined"]
"""The confidence where the question asks for the meaning of an acronym that a paper defines. It is below 1, as the user may mean
another acronym."""
LISTED: float = _CHOSEN["listed"]
"""The confidence where the question asks for papers on a topic that a paper names. The lead of the best paper tells nothing there,
as further papers on the topic shrink the lead."""
_ALIKE: float = _CHOSEN["slip"]
"""A name counts as a misspelling of a word of a paper ("Gravty", "Gravity") if their likeness by difflib reaches this."""
_ALONE: int = _CHOSEN["alone"]
"""A sub-question with at least this many content words is specific enough to be judged alone. This value and the next two were
chosen on the tuning questions, joined in pairs."""
_RARE: float = _CHOSEN["rare"]
"""A "what is X" question names its topic if its words weigh at least this share of the rarest word's weight: "What is IR?" does,
"What is BASED?" does not."""
_UNTOLD, _TOLD = (float(_CHOSEN[name]) for name in ("untold", "told"))
"""Below the first share of its rare words in the papers, a sub-question is not answered. From the second share, another one is."""
_NAME = re.compile(r"(?:(?<=[^.?!:\s][\s(-])(?=[A-Z])|\b(?=\w+[A-Z]))\w*[^\W\d]")
"""A name in a paper, without its version: it begins with a capital inside a sentence, or has one further on."""


def uncovered(found: Found) -> tuple[str, ...]:
    """List the names in the question, capitalised words inside a sentence among them, that none of the first papers holds.

    A question about GraphCast is not answered by the next best paper on the weather, nor one about LeanDojo 2 by LeanDojo's paper.

    Returns:
        The names, as the question writes them.

    Raises:
        Stopped: the question was stopped.
    """
    lacking = unknown_versions(found)
    names = dict.fromkeys([*found.question.names, *found.question.capitalised])
    left = [name for name in names if terms(name) and not _part(name, lacking)]
    for hit in found.hits[: max(_FIRST, 1 + len(found.question.parts))]:
        cancel.check()
        if left:
            held = _stems(hit)
            left = [name for name in left if not _among(held, name)]
        # no question that people write holds more names, and each is compared with every word
        if len(left) <= MOST_NAMES and (slips := [name for name in left if _may_slip(name)]):
            written = set(text.words(f"{hit.passage.paper.title} {hit.passage.paper.abstract}"))
            meant = {name for name in slips if _misspelled(text.fold(name), written)}
            left = [name for name in left if name not in meant]
    return *lacking, *left


def _misspelled(name: str, written: Collection[str]) -> bool:
    """Whether a name is like one of some words."""
    share = _ALIKE / (2 - _ALIKE)  # of the shorter length in the longer one: with less, as most words have, no likeness is enough
    least, most = int(len(name) * share), int(len(name) / share) + 1
    sized = [word for word in written if least <= len(word) <= most]
    # rapidfuzz compares a word in a hundredth of the time, and its likeness is never below that of difflib
    near = [word for word, _, _ in process.extract_iter(name, sized, scorer=fuzz.ratio, score_cutoff=100 * _ALIKE - 0.01)]
    return bool(difflib.get_close_matches(name, near, n=1, cutoff=_ALIKE))


def unknown_versions(found: Found) -> tuple[str, ...]:
    """List the names with a version that no paper of the library mentions.

    A name is a word that a paper found writes as a name, so "Table 2" is no name with a version.

    Returns:
        The names with their versions, as the question writes them.
    """
    papers = [hit.passage.paper for hit in found.hits[:_FIRST]] if found.question.versions else []
    texts = [f"{paper.title[: max(0, paper.title.find(':'))]}: {paper.abstract}" for paper in papers]
    names = {text.fold(name) for content in texts for name in _NAME.findall(content)}
    return tuple(written for name, written in found.question.versions if names.issuperset(text.fold(name).split("-")))


def _part(name: str, wholes: Sequence[str]) -> bool:
    return any(name in whole for whole in wholes)


def _among(held: set[str], name: str) -> bool:
    return any(held.issuperset(terms(form)) for form in text.numbers(name))


def _may_slip(name: str) -> bool:
    """Whether a name is a capitalised word, not one with figures or inner capitals, of which each letter makes another name."""
    return name[1:].islower()


def evidence(found: Found) -> tuple[float, float, float, float]:
    """Compute the features of the confidence.

    The lead over the next paper counts in proportion to the score: among few papers, one that is far from the question may lead
    by much. The content words count because a long question in other words than those of its paper scores low although the paper
    answers it; a short question does not.

    Returns:
        The best paper's score; the score times its margin over the next paper; the number of names that no paper holds; and the
        number of content words. The last two are within the bounds of this module.
    """
    best, *others = found.scores
    margin = best - others[0] if others else 0.0
    words = max(_FEWEST_WORDS, min(_MOST_WORDS, len(found.idf)))
    return best, best * margin, min(_MOST_UNCOVERED, _lacking(found)), words


def _lacking(found: Found) -> float:
    """The names that no paper holds, each as far as the question is about the name; names side by side are one."""
    question, lacking, last = found.question.text, 0.0, -2
    names = uncovered(found)
    aside = 0.0 if names and _rest_held(found, names) >= _REST else _ASIDE
    for name in names:
        if lacking >= _MOST_UNCOVERED:  # more are cut off, and a question may list hundreds of names
            break
        cancel.check()
        at = question.find(name)
        if at < 0 or at != last + 1:
            lacking += 1.0 if about(question, name) else aside
        last = at + len(name)
    return lacking


def _rest_held(found: Found, names: Sequence[str]) -> float:
    """The share of what is rare in the question, the names aside, that the best paper holds."""
    named = {term for name in names for term in terms(name)}
    rest = {term: weight for term, weight in found.idf.items() if term not in named}
    held = _stems(found.hits[0])
    return sum(weight for term, weight in rest.items() if term in held) / (sum(rest.values()) or 1.0)


def left_out(found: Found) -> list[Hit]:
    """The papers that the question is about, where their abstracts leave out the detail that it asks for."""
    papers = extract.papers(found, _FIRST)
    if not papers or papers[0].whole < _CLEAR:
        return []
    return papers if found.question.details.missing([sentence for hit in papers for sentence in hit.sentences]) else []


def silenced(found: Found) -> list[Hit]:
    """The papers that would be quoted, where all that their abstracts say are orders to a reader, of which nothing is quoted."""
    papers = extract.papers(found, _FIRST)
    return [] if any(not hit.spans or injection.free(hit.passage.paper.abstract, hit.spans) for hit in papers) else papers


def confidence(found: Found) -> float:
    """Probability that the library holds an answer, at even odds beforehand."""
    if not found.hits:
        return 0.0
    if extract.senses(found):
        return _DEFINED
    if unknown_versions(found) or left_out(found) or silenced(found):
        return _LEFT_OUT
    if excluding(found):
        return _EXCLUDING
    if extract.holders(found):
        return LISTED
    sure = _probability(found, evidence(found))
    return min(sure, _LEFT_OUT) if sure < WEAK and _absent(found) else sure


def excluding(found: Found) -> str:
    """What the question excludes, where the papers found have just that and none of their sentences denies it; else empty."""
    if not (asked := found.question.excluded):
        return ""
    said, stems = asked
    papers = found.hits[:_FIRST]
    if not any(2 * len(stems & _stems(hit)) > len(stems) for hit in papers):
        return ""
    denied = any(
        not stems.isdisjoint(terms(denial[1]))
        for hit in papers
        for sentence in hit.sentences
        for denial in _DENIED.finditer(sentence)
    )
    return "" if denied else said


def _absent(found: Found) -> bool:
    """Something asked for is nowhere: a name in the whole library, a term of which the papers are asked for, or every word."""
    topic = found.question.intent.topic.split() if found.question.intent.lists else []
    if found.question.unknown or 0 < len(topic) <= _TERM:
        return True
    return all(_stems(hit).isdisjoint(found.idf) for hit in found.hits)


def likely(found: Found, hit: Hit) -> float:
    """Probability that a paper alone answers the question, at even odds beforehand: whatever the other papers score."""
    words = max(_FEWEST_WORDS, min(_MOST_WORDS, len(found.idf)))
    return _probability(found, (hit.whole, 0.0, 0.0, words))


def _probability(found: Found, features: tuple[float, float, float, float]) -> float:
    """Logistic regression, both classes weighing the same, on the tuning questions of two sets; see `python -m eval calibrate`."""
    weights = fitted("confidence", found.encoder)
    total = sum(weights[name] * value for name, value in zip(FEATURES, (*features, 1.0), strict=True))
    return 1 / (1 + math.exp(-total))


def together(found: Found, asked: Sequence[Single], most: int) -> bool:
    """Decide whether the papers that would be quoted, `most` at most, answer several questions together.

    They do not where one of the questions

    - holds a name that no paper holds;
    - asks for a detail that the papers leave out, and the best paper is named;
    - states its subject itself ("What is IR?" does), and the papers hold almost none of its words, but those of another question.

    Nor do they where acronyms are to be explained, which have an answer of their own.

    Returns:
        Whether one answer serves all questions.
    """
    papers = extract.papers(found, most)
    abstracts = [hit.passage.paper.abstract for hit in found.hits]
    letters = [acronyms.asked(single.said) for single in asked if DEFINITION.match(single.said)]
    defined = len(letters) == len(asked) and any(each and acronyms.meanings(each, abstracts) for each in letters)
    if defined or uncovered(found):
        return False
    if papers and extract.named(papers[0].passage.paper, found.question.stems):
        sentences = [sentence for hit in papers for sentence in hit.sentences]
        if any(details(single.said).missing(sentences) for single in asked):
            return False
    held = set[str]().union(*map(_stems, papers))
    rarest = max(found.idf.values(), default=0.0)
    rare = [{term: found.idf.get(term, 0.0) for term in terms(single.said)} for single in asked]
    told = [sum(each[term] for term in each.keys() & held) / (sum(each.values()) or 1.0) for each in rare]
    foreign = [
        not single.follows
        and (len(words) >= _ALONE or (DEFINITION.match(single.asked) and sum(words.values()) >= _RARE * rarest))
        and share < _UNTOLD
        for single, words, share in zip(asked, rare, told, strict=True)
    ]
    return max(told) < _TOLD or not any(foreign)


def _stems(hit: Hit) -> set[str]:
    return set(terms(hit.passage.paper.title)).union(*map(terms, hit.sentences))
