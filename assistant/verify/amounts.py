"""Of how many a sentence speaks: "all", "few", "usually" and "all but one" as ranges of a share.

No grammar is parsed. A quantifier reaches the next two content words behind it, mostly a noun and its verb. A claim may speak of
the share of its source or of a wider one. "Most" is no wider one than "all", as a reader takes it to leave some out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from assistant.verify.alignment import Match, Sentence
from assistant.verify.relations import segment_of

_ALL, _BUT = (1.0, 1.0), (0.6, 0.99)
_RANGES: dict[str, tuple[float, float]] = {
    word: (low, high)
    for low, high, words in (
        (1.0, 1.0, "all every each everyone everything always invariably fully entirely completely wholly"),
        (0.51, 0.99, "most majority bulk mostly usually generally typically largely mainly"),
        (0.3, 0.99, "many numerous often frequently"),
        (0.45, 0.55, "half"),
        (0.05, 0.99, "some several sometimes occasionally certain partly partially"),
        (0.01, 0.3, "few rarely seldom hardly scarcely barely handful couple fraction"),
        (0.01, 0.49, "minority"),
    )
    for word in words.split()
}
"""Quantifiers -> the least and the greatest share of which they speak; 1 only where nothing is left out."""
_ADVERBS = frozenset(
    """always invariably fully entirely completely wholly partly partially mostly usually generally typically largely mainly often
    frequently sometimes occasionally rarely seldom hardly scarcely barely""".split()
)
_TELLING = _RANGES.keys() | {"number", "one", "only"}
"""Words that may tell a share."""
_NEARLY = frozenset("nearly almost virtually practically".split())
_NOT = frozenset(("not", "n't"))
_EXCEPTING = frozenset("except excepting excluding barring exception".split())
_ONLY = frozenset("only solely exclusively alone sole unique uniquely just".split())
_SLACK = 0.25
"""A claim may say this much more or less than its source, but for "all"."""
_REACH = 2
"""A quantifier reaches this many content words."""
_FAR = 7
"""They stand at most this many words behind the quantifier."""
_CLOSE = 0.6
"""A sentence speaks of the claim only if it holds at least this share of the claim's content words."""


class Amount(NamedTuple):
    """A share of which a sentence speaks."""

    place: int
    """Of the quantifier."""
    low: float
    high: float
    reach: tuple[int, ...]
    """Places of the words of which the share is told."""
    said: str
    """As written."""


@lru_cache(maxsize=1024)
def amounts(sentence: Sentence) -> tuple[Amount, ...]:
    """The shares of which a sentence speaks, in order."""
    return tuple(_amounts(sentence))


def _amounts(sentence: Sentence) -> Iterator[Amount]:
    if not sentence.forms & _TELLING:
        return
    texts = [word.text for word in sentence.words]
    padded = [*texts, "", "", ""]
    excepted = any(text in _EXCEPTING for text in texts) or any(
        text in ("apart", "aside") and behind == "from" for text, behind in pairwise(texts)
    )
    for place, text in enumerate(texts):
        before, behind = texts[place - 1] if place else "", padded[place + 1]
        found = _share(text, before, behind, padded[place + 2])
        if found is None:
            continue
        low, high, said = found
        last = place
        if text == "half" and (bound := _bound(before, texts[place - 2] if place > 1 else "")):
            low, high, said = bound
        elif low == 1 and before in _NEARLY:
            low, high, said = 0.8, 0.99, f"{before} {text}"
        elif low == 1 and before in _NOT:
            low, high, said = 0.05, 0.99, f"not {text}"
        elif low == 1 and text not in _ADVERBS:
            but = next((at for at in range(place + 1, min(place + 5, len(texts))) if _leaves_out(sentence, at)), 0)
            last = but if but == place + 1 else place
            if but or excepted:
                low, high, said = *_BUT, f"{text} but some"
        elif before == "only" and high > 0.5:
            high, said = 0.49, f"only {text}"
        if reach := _reach(sentence, last, text):
            yield Amount(place, low, high, reach, said)


def _share(text: str, before: str, behind: str, second: str) -> tuple[float, float, str] | None:
    """The share of which a word speaks, and how it is written; None where it counts nothing: "at all", "the most", "each other"."""
    if text == "number":
        return (*_RANGES["some"], "a number of") if behind == "of" and before in ("a", "large", "small") else None
    if text == "one":
        return (0.01, 0.3, text) if behind and before not in _NO_COUNT and behind not in _NO_COUNT else None
    if text == "only":
        return (0.01, 0.5, text) if not before and behind not in _RANGES and behind not in _NO_ONLY else None
    if text not in _RANGES or (text in _PORTIONS and before != "a"):
        return None
    none = {
        "all": before in ("at", "after", "above", "first") or (before == "of" and behind not in ("the", "these", "our")),
        "most": before in _SUPERLATIVE or not (behind == "of" or behind.endswith("s") or second.endswith("s")),
        "each": behind in ("other", "with", ""),
        "some": behind in ("time", "extent", "degree", "point"),
        "certain": behind in ("that", "to", "of", ""),
        "hardly": behind not in ("any", "ever"),
        "scarcely": behind not in ("any", "ever"),
    }
    if none.get(text):
        return None
    if text == "few" and before in ("as", "first", "last", "past", "next"):
        return None
    if text == "few" and before == "a":
        return 0.02, 0.5, "a few"
    return *_RANGES[text], text


def _bound(before: str, ahead: str) -> tuple[float, float, str] | None:
    """The share that a word before "half" makes of it: "over half", "fewer than half"."""
    if before == "over" or (before == "than" and ahead == "more"):
        return (*_RANGES["most"], "more than half")
    if before == "under" or (before == "than" and ahead in ("less", "fewer")):
        return (*_RANGES["minority"], "less than half")
    return None


_PORTIONS = frozenset(("handful", "couple", "fraction"))
_SUPERLATIVE = frozenset("the at a second third among their its our his her".split())
_NO_COUNT = frozenset("the no any each every this that to another than or by and is was can of at in on as which".split())
_NO_ONLY = frozenset("if when after in on for by with at to one two three a an the from under during where because then".split())


def _leaves_out(sentence: Sentence, at: int) -> bool:
    """Whether "but" at a place leaves something out: "all but one", "all models but IceSeg"."""
    words = sentence.words
    if words[at].text != "but" or at + 1 >= len(words) or words[at].clause != words[at - 1].clause:
        return False
    return words[at + 1].figure is not None or words[at + 1].name or words[at + 1].text in ("one", "the", "a")


def _reach(sentence: Sentence, place: int, text: str) -> tuple[int, ...]:
    """Places of the words of which a quantifier at a place tells the share."""
    words = sentence.words
    found: list[int] = []
    for at in range(place + 1, min(place + 1 + _FAR, len(words))):
        if words[at].clause != words[place].clause or words[at].text == "but" or len(found) == _REACH:
            break
        if not words[at].stop and words[at].figure is None and words[at].text not in _RANGES:
            found.append(at)
    if not found and text in _ADVERBS:
        found = [at for at in range(max(0, place - 3), place) if not words[at].stop][-1:]
    return tuple(found)


def _counted(sentence: Sentence) -> Iterator[Amount]:
    """The counts that a sentence sets against all: "12 of the 40 lakes", "38 instances, simulated annealing for all 60"."""
    words = sentence.words
    last: tuple[int, ...] = ()
    counts: list[Amount] = []
    whole = False
    for place, word in enumerate(words):
        if word.figure is None or word.figure.value <= 0:
            continue
        before = words[place - 1].text if place else ""
        reach = _reach(sentence, place, "")
        if before == "all":
            if not reach and last:
                whole = True
                yield Amount(place, *_ALL, last, f"all {word.text}")
            continue
        ahead = words[place + 1 : place + 5]
        total = next((other.figure.value for other in ahead if other.figure), 0.0)
        if ahead and ahead[0].text == "of" and total > word.figure.value and reach:
            share = word.figure.value / total
            yield Amount(place, share, share, reach, f"{word.text} of them")
        elif reach:
            last = reach[:1]
            counts.append(Amount(place, 0.01, 0.99, last, f"{word.text} {words[reach[0]].text}"))
    if whole:
        yield from counts


def differing(claim: Sentence, main: Sentence, found: Mapping[int, Match], evidence: Sequence[Sentence]) -> tuple[str, str] | None:
    """Find a share of which the claim speaks, and the sentence that it rests on does not.

    Args:
        claim: what is judged.
        main: the sentence that it rests on.
        found: what stands in `main` for the words of the claim.
        evidence: all sentences; another one of them may tell the share of the claim.

    Returns:
        The words of the claim and of the source, each empty where the side has none; None without a difference.
    """
    mine, theirs = amounts(claim), amounts(main)
    if not mine and not theirs:
        return None
    content = [place for place in claim.content if claim.words[place].text not in _RANGES]
    if len(found.keys() & set(content)) < _CLOSE * len(content) or any(match.flipped for match in found.values()):
        return None
    sources = (*theirs, *_counted(main))
    for amount in mine:
        if amount.said == "one" and "one" in main.forms:
            continue
        stems = {claim.words[place].stem for place in amount.reach}
        matched = {found[place].place for place in amount.reach if place in found}
        others = [other for other in sources if any(at in matched or main.words[at].stem in stems for at in other.reach)]
        if others:
            alike = [each for each in others if (each.said in _ADVERBS) == (amount.said in _ADVERBS)]
            other = _nearest(claim, main, alike or others)
            differs = _apart(amount, other) and all(_apart(amount, each) for each in theirs)
        else:
            other = None
            differs = _alone(amount, main)
        if differs and not _elsewhere(claim, amount, main, evidence):
            return amount.said, other.said if other else ""
    if mine or claim.figures or claim.forms & _LITTLE:
        return None
    places = {match.place for match in found.values()}
    dropped = next(
        (
            other
            for other in theirs
            if other.high < 0.5 and other.said != "only" and other.said != "one" and places.issuperset(other.reach[:1])
        ),
        None,
    )
    return ("", dropped.said) if dropped else None


def _alone(amount: Amount, main: Sentence) -> bool:
    """Whether a claim speaks of a share that its source needs to name: "few", "nearly all", "only", "all but one"."""
    if amount.said == "one" or len(main.figures) > 1:
        return False
    if amount.said == "only":
        return not main.forms & _ONLY
    if (amount.low, amount.high) == _BUT:
        return not main.forms & _LEAVING
    return (amount.high < 0.5 and not main.forms & _LITTLE) or amount.said.startswith(tuple(_NEARLY))


_LEAVING = _EXCEPTING | {"but"}
_LITTLE = frozenset("few rarely seldom hardly scarcely barely handful minority little only just small minimal".split())
"""Words for a small share."""


def _nearest(claim: Sentence, main: Sentence, others: Sequence[Amount]) -> Amount:
    """The share of the source whose segment begins as the claim does: "Greedy search solved 45, beam search all 80"."""
    parts = [segment_of(main, other.place) for other in others]
    heads = [
        {main.words[at].stem for at in [at for at in main.content if part.start <= at < part.end][:_REACH]} if part else set[str]()
        for part in parts
    ]
    told = [len(head.difference(*(each for each in heads if each is not head)) & claim.places.keys()) for head in heads]
    return others[told.index(max(told))]


def _apart(mine: Amount, other: Amount) -> bool:
    """Whether a claim speaks of another share than its source."""
    if mine.said == "one":
        return other.low > 0.5
    if (mine.high == 1) != (other.high == 1):
        return True
    return other.low < mine.low - _SLACK or other.high > mine.high + _SLACK


def _elsewhere(claim: Sentence, amount: Amount, main: Sentence, evidence: Sequence[Sentence]) -> bool:
    """Whether another sentence that holds as many words of the claim tells the share of the claim."""
    stems = {claim.words[place].stem for place in claim.content}
    least = 0.8 * len(stems & main.places.keys())
    reach = {claim.words[place].stem for place in amount.reach}
    for sentence in evidence:
        if sentence is main or len(stems & sentence.places.keys()) < least:
            continue
        for other in amounts(sentence):
            if not _apart(amount, other) and reach & {sentence.words[place].stem for place in other.reach}:
                return True
    return False
