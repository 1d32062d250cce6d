"""What a sentence asserts: not what it denies, asks, plans or reports as rejected.

The negations and their reach are those of `negation`, and the frames of a denial those of `checks`, each, cut where another
clause or another phrase begins. No grammar is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant import text
from assistant.text.stems import stem
from assistant.text.units import Quantity
from assistant.verify import checks, clauses, negation
from assistant.verify.alignment import Sentence

_PLAN = re.compile(
    r"(?i)\b(?:plan(?:s|ned|ning)?|intend(?:s|ed|ing)?|hopes?|hoping|wish(?:es)?|wants?|remains?|yet) to\b(?! have\b)"
)
"""Words before what is planned."""
_WORK = r"(?:work|research|stud(?:y|ies)|versions?|releases?|experiments?|investigations?)\b"
_LATER = re.compile(
    rf"(?i)\bin (?:our |a |the )?(?:future|upcoming|planned) {_WORK}|\b(?:future|further) {_WORK} (?:will|should|could|includes?)\b"
    rf"|\b(?:leav\w+|left|defer\w*|postpon\w+) [^.;:]{{0,60}}\b(?:for|to|until) (?:our |a )?(?:future|later|further) {_WORK}"
    rf"|\bwill\b[^.;:,]{{0,80}} in (?:our |a )?(?:later|further|subsequent) {_WORK}"
)
"""Work to come: the clause around it plans. Work that a paper makes possible, "to facilitate further research", is none."""
_CLAUSE = frozenset("not n't never cannot hardly barely scarcely rarely seldom unable none nobody nothing".split())
"""Negations that reach over the predicate of their clause; all others deny the phrase behind them."""
_OUTER = (
    frozenset("at in on by for from to under over through while when it we they this these our its their".split())
    | clauses.AUXILIARIES
)
"""Words that begin the next phrase; those inside the one that a negation denies are "of" and "with"."""
_PHRASE = 3
"""A negation of a phrase reaches over at most this many content words."""
_SOFT = frozenset("non unlike hardly barely scarcely".split())
"""Negations beside which a figure is still one of the paper: "barely reaches 84%"."""
_DONE = frozenset(
    map(
        stem,
        """reproduced replicated confirmed reached achieved attained obtained used evaluated trained released adopted applied tested
        verified considered""".split(),
    )
)
"""Participles whose denial denies their subject: "a score of 77% could not be reproduced"."""
_DROPPED = re.compile(r"(?i)\b(?:ruled out|dropped|discarded|abandoned|planned|(?:left|deferred|postponed) (?:for|to|until))\b")
"""Participles that say the same without a negation, beside those of `clauses.DENYING` and `negation.NEGATING`."""


def asserts(sentence: Sentence, value: str) -> bool:
    """Whether a sentence asserts a name: True if one place where it stands is in no scope of a denial, a question or a plan.

    Args:
        sentence: the sentence.
        value: the name as the sentence writes it; True for one that stands nowhere.

    Returns:
        Whether it is asserted.
    """
    return _free(sentence, value, _unasserted(sentence))


def asserts_figure(sentence: Sentence, quantity: Quantity) -> bool:
    """Whether a sentence asserts a quantity; the negation of a bound denies nothing: "no more than 8".

    Args:
        sentence: the sentence.
        quantity: one of its quantities.

    Returns:
        Whether it is asserted.
    """
    bounded = quantity.bound in ("most", "least")
    return _free(sentence, quantity.text, _unasserted(sentence, figures=True, bounded=bounded))


def _free(sentence: Sentence, value: str, denied: set[int]) -> bool:
    if not denied:
        return True
    written = re.escape(text.clean(value))
    spans = [match.span() for match in re.finditer(rf"(?<![\w.]){written}(?!\w)", sentence.clean)]
    within = [
        any(place in denied for place, word in enumerate(sentence.words) if word.start < end and start < word.end)
        for start, end in spans
    ]
    return not within or not all(within)


def _unasserted(sentence: Sentence, *, figures: bool = False, bounded: bool = False) -> set[int]:
    """The places of the words that a sentence does not assert."""
    words = sentence.words
    if text.asks(sentence.view):
        return set(range(len(words)))
    denied = {place for start, end in _framed(sentence) for place in range(start, end)}
    dropped = {place for at in _dropped(sentence) for place in _subject(sentence, at, figures)}
    for cue in negation.cues(sentence):
        word = words[cue]
        behind = [other.text for other in words[cue + 1 : cue + 4]]
        plain = word.text in negation.PLAIN
        if plain and ("than" in behind or bounded):
            continue  # a bound
        if plain and any(other.stem in _DONE for other in words[cue + 1 : cue + 4]) and "before" not in behind:
            dropped |= _subject(sentence, cue, figures)
        fails = word.stem in negation.NEGATING
        if figures and (word.text in _SOFT or (fails and behind[:1] != ["to"])):
            continue  # "avoids 30% of errors"
        if not (fails and _is_passive(sentence, cue)):
            denied |= set(_reach(sentence, cue))
    return denied | dropped


def _framed(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """The stretches behind "it is not true that" and "whether", and those that plan, from one place to another."""
    words = sentence.words
    for place, word in enumerate(words):
        head = " ".join(other.text for other in words[max(0, place - 4) : place] if other.clause == word.clause)
        frame = checks.DENYING_FRAME.search(head) and not re.search(r"\bn(?:ot|o) (?:only|just|merely)\b", head)
        if word.text == "whether" or (word.text == "that" and frame):
            yield place, _end(sentence, place)
    for match in _PLAN.finditer(sentence.clean):
        place = next((at for at, word in enumerate(words) if word.start >= match.end()), len(words))
        if place < len(words):
            yield place, _end(sentence, place)
    for match in _LATER.finditer(sentence.clean):
        place = next((at for at, word in enumerate(words) if word.end > match.start()), len(words))
        if place < len(words):
            end = _end(sentence, place)
            lead = not place and end < len(words) and sentence.marks[words[place].clause] == ","
            yield _start(sentence, place), _end(sentence, end) if lead else end


def _dropped(sentence: Sentence) -> Iterator[int]:
    """The places of the participles that deny their subject: "was rejected", "is excluded"."""
    starts = {match.start() for match in _DROPPED.finditer(sentence.clean)}
    for place, word in enumerate(sentence.words):
        said = word.stem in clauses.DENYING and word.text.endswith(("ed", "wn"))
        if said or word.start in starts or (word.stem in negation.NEGATING and _is_passive(sentence, place)):
            yield place


def _end(sentence: Sentence, place: int) -> int:
    """Where the clause of a word ends: at a mark, or at a word of contrast."""
    words = sentence.words
    for at in range(place + 1, len(words)):
        if words[at].clause != words[place].clause or clauses.OPENING.get(words[at].text) == "but":
            return at
    return len(words)


def _start(sentence: Sentence, place: int) -> int:
    words = sentence.words
    for at in range(place, 0, -1):
        if words[at - 1].clause != words[place].clause or clauses.OPENING.get(words[at].text) == "but":
            return at
    return 0


def _auxiliary(sentence: Sentence, place: int) -> int | None:
    """The first auxiliary of the clause before a word, if nothing but the predicate stands between."""
    start = _start(sentence, place)
    found = [at for at in range(start, place) if sentence.words[at].text in clauses.AUXILIARIES]
    return found[0] if found and place - found[-1] <= _PHRASE + 1 else None


def _is_passive(sentence: Sentence, place: int) -> bool:
    return sentence.words[place].text.endswith(("ed", "ing", "en")) and _auxiliary(sentence, place) is not None


def _subject(sentence: Sentence, place: int, figures: bool) -> set[int]:
    """The subject of the clause of a word: what stands before its auxiliary; nothing without one."""
    # a figure counts only behind a noun: "a score of 77% was rejected", but not "12% of the papers were rejected"
    end = _auxiliary(sentence, place)
    if end is None:
        return set()
    places = range(_start(sentence, place), end)
    nouns = (at for at in places if not sentence.words[at].stop and not sentence.words[at].figure)
    return set(range(next(nouns, end), end)) if figures else set(places)


def _reach(sentence: Sentence, cue: int) -> Iterator[int]:
    """The places that a negation reaches: those of `negation.negated`, up to the next clause or phrase, and a list that goes on."""
    words = sentence.words
    clausal = words[cue].text in _CLAUSE or words[cue + 1 : cue + 2] and words[cue + 1].text == "to"
    reached = sorted(negation.negated(sentence, [cue]))
    last = cue
    for count, place in enumerate(reached):
        between = [word.text for word in words[last + 1 : place + 1]]
        if any(_cuts(sentence, at) for at in range(last + 1, place + 1)):
            return
        if not clausal and count and (count >= _PHRASE or not _OUTER.isdisjoint(between)):
            return
        if clausal and count and words[cue].text in ("none", "nothing", "nobody") and "to" in between:
            return
        yield place
        last = place
    if clausal and last > cue:
        yield from _rest_of_list(sentence, last)


def _rest_of_list(sentence: Sentence, place: int) -> Sequence[int]:
    """The places of the names that follow a name in a list with commas and a last "and" or "or"."""
    words = sentence.words
    found: list[int] = []
    while words[place].name and place + 1 < len(words):
        joins = words[place + 1].text in ("and", "or")
        following = place + 1 + joins
        comma = words[place + 1].clause - words[place].clause == 1 and sentence.marks[words[place].clause] == ","
        if (
            following == len(words)
            or not words[following].name
            or not (joins or comma or words[following].clause == words[place].clause)
        ):
            break
        found.append(following)
        place = following
        if joins:
            return found
    return ()


def _cuts(sentence: Sentence, place: int) -> bool:
    """Whether a word begins another clause; "and" before a name goes on with a list."""
    word = sentence.words[place].text
    if word in ("and", "or", "nor"):
        behind = sentence.words[place + 1 : place + 2]
        return word == "and" and not (behind and (behind[0].name or behind[0].figure))
    return word != "that" and clauses.OPENING.get(word) in ("but", "which", "because")
