"""One of a thing against several: "runs on one GPU" and "runs on two GPUs".

"One" is read as a count where the noun that the other side counts stands behind it. Most often it is a pronoun, so that the
quantities leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.text.quantities import Quantity, quantities
from assistant.text.stems import stem
from assistant.verify.alignment import Sentence

_ONE = frozenset(("one", "single"))
_OPEN = frozenset("no not any each every this that the which least than or to another never without".split())
"""Words before "one" or "a single" that leave open how many there are: "more than one", "not a single", "the one"."""
_FURTHER = frozenset("more other another additional extra further new".split())
_FAR = 3
"""The noun stands at most this many words behind "one"."""


class Single(NamedTuple):
    """One of a thing."""

    words: tuple[str, ...]
    """The stems behind "one", up to where the noun may stand."""
    written: tuple[str, ...]
    """As written up to each of them: "one hidden", "one hidden layer"."""


def singles(sentence: Sentence) -> list[Single]:
    """Where `sentence` may speak of one of a thing, in order."""
    found: list[Single] = []
    words = sentence.words
    for place, word in enumerate(words):
        ahead = [each.text for each in words[max(0, place - 2) : place]]
        count, _, unit = word.text.partition(" ")  # "one GPU" is a word, as a figure with its unit
        if count not in _ONE or (word.text == "single" and ahead[-1:] not in (["a"], ["one"], ["only"])):
            continue
        if not _OPEN.isdisjoint(ahead if ahead[-1:] == ["a"] else ahead[-1:]):
            continue
        if unit:
            found.append(Single((stem(unit),), (sentence.clean[word.start : word.end],)))
            continue
        behind = list[int]()
        for at in range(place + 1, min(place + 1 + _FAR, len(words))):
            if words[at].clause != word.clause or words[at].stop or words[at].figure or words[at].text in _FURTHER:
                break
            behind.append(at)
        written = tuple(sentence.clean[word.start : words[at].end] for at in behind)
        found.append(Single(tuple(words[at].stem for at in behind), written))
    return found


def one_for_several(mine: Quantity, support: Sequence[Sentence]) -> str:
    """What the sentences of a source write of one such thing as a claim counts several of: "one GPU"; empty where nothing."""
    if not mine.noun:
        return ""
    *before, head = map(stem, mine.noun.split())
    found = [
        one.written[at]
        for sentence in support
        for one in singles(sentence)
        if head in one.words and _same_kind(before, one.words[: (at := one.words.index(head))])
    ]
    return found[0] if len(found) == 1 else ""  # one in the north and one in the south are two


def several_for_one(claim: Sentence, support: Sequence[Sentence], evidence: Sequence[Sentence]) -> tuple[str, str] | None:
    """The count of a source where the claim speaks of one such thing, and what the claim writes; None where nothing.

    A source that also speaks of the thing in the singular, or of "one for heat", may speak of one of several.

    Returns:
        Both as written.
    """
    for one in singles(claim):
        for sentence in support:
            if any(not each.words for each in singles(sentence)):
                continue
            for other in quantities(sentence.view):
                if other.kind != "count" or not other.noun or other.value < 2:
                    continue
                *before, last = other.noun.split()
                head = stem(last)
                at = one.words.index(head) if head in one.words else -1
                if at < 0 or not _same_kind(list(map(stem, before)), one.words[:at]):
                    continue
                if not any(word.stem == head and word.text != last for each in evidence for word in each.words):
                    return f"{other.text} {other.noun}", one.written[at]
    return None


def _same_kind(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether the words before a noun may speak of the same kind of thing: "hidden layers" and "layer", not "output layer"."""
    return not mine or not theirs or not set(mine).isdisjoint(theirs)
