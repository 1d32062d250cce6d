"""Other versions and relatives of a name of the source: KelpNet-2, KelpNet++, Mini-KelpNet, the successor of KelpNet.

What stands directly at a name belongs to the name: letters, digits and signs, with a hyphen or without. A source may hold a name in
another spelling: GPT-4, GPT 4 and GPT4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from assistant.text import STOP_WORDS
from assistant.text.stems import stem
from assistant.verify.alignment import Sentence
from assistant.verify.spelling import unversioned

_COMPOUND = re.compile(r"[^\W_]+(?:[-@_./][^\W_]+)*(?:[+#]{1,3}(?![\w+#]))?")
"""A word with what hyphens and the like join to it, and with the signs behind it."""
_JOINTS = re.compile(r"[-@_./]")
_SIGNS = "+#"
_MARKED = re.compile(r"(?=[^A-Z]*[A-Z]|\D*\d|[^+#]*[+#])(?:[^\W_]+[\d@_./+#-]|[^\W_]+[A-Z])")
"""What a name with more at it has in it."""
_GLUED = re.compile(r"v?\d{1,3}[a-z]?|(?<=\d)[a-z]")
_CAPITALS = re.compile(r"\d?[A-Z]{1,3}\d?")
"""What makes another name where it is glued to one: KelpNet2, KelpNetV2, GPT-4o; KelpNetXL."""
_DIGITS = re.compile(r"(?<!\d)\d+[a-z]?$")
_ADJECTIVE = re.compile(
    r"(?i)\w+(?:ed|ing|en|like|based|free|style|driven|wise|level|type|only|specific|related|al|ive|ic|ary|ble)"
)
"""Words that a hyphen joins to a name without another name: KelpNet-Based."""
_APART = frozenset("non anti pre post inter intra cross co self un like vs per multi pro".split())
"""Words that do so before a name."""
_SMALL = frozenset("mini micro nano tiny mega ultra neo pseudo lite plus".split())
"""Words that make another name in lower case too."""
_PRODUCT = re.compile(r"(?=[^\W\d]*[a-z]{2})[A-Z][^\W\d_]{2,}|[a-z]{1,3}[A-Z][^\W\d_]{2,}")
"""Names in mixed case without digits. Names of genes, of minerals and of fields share their parts with others of their kind."""
_VARIANT = re.compile(r"-(?:[vV]?\d{1,3}|[A-Z]{1,2})$")
_MORE = re.compile(r"[+#]{1,3}|-(?:v?\d{1,3}|[a-z]{1,2})")
"""What makes another name of a name with more at it: KelpNet-S, Kelp++."""
_MORE_BEHIND = re.compile(
    r"\s(?P<more>[vV]\.?\s?\d{1,2}(?:\.\d{1,2})?(?![\w%])|[A-Z]{2,3}(?![\w-])"
    r"|(?:two|three|four|five|six)(?=\s(?:is|was|has|does|can|[a-z]{2,20}s\s)))"
)
"""The same behind a blank: "KelpNet v2", "KelpNet XL", "KelpNet two segments ..."."""
_KINDS = (
    "successor|predecessor|precursor|forerunner|copy|clone|replica|imitation|fork|rival|competitor|derivative|offshoot|descendant"
    "|ancestor|sibling|cousin|twin|counterpart|prototype|remake|namesake|reimplementation|lookalike"
)
"""What is related to a thing and is another thing; the speed of a thing is none."""
_KIN_BEHIND = re.compile(rf"(?i)(?:['’]s?)?\s(?:\w+\s)?(?P<kin>{_KINDS})s?\b")
_KIND = re.compile(rf"(?i)(?:{_KINDS})s?")
_OF = ("of", "to", "for", "with")
_NEW = frozenset("second third next new newer another other former fake future".split())
_NEXT = re.compile(r"\s([^\W_]+)")
_CAPITAL = re.compile(r"\s[A-Z]")
_LEAST = 3
"""A name has at least this many characters."""
_AROUND = 40
"""Characters on either side of a name in which words for a relative stand."""


class _Held(NamedTuple):
    """What a text holds of names."""

    keys: frozenset[str]
    """Keys of all that is written as one word, and of neighbours written as one."""
    names: frozenset[str]
    """Keys of its names."""
    words: frozenset[str]
    """Single words in lower case, those of names with hyphens too."""
    alone: frozenset[str]
    """Keys of what is written as one word."""
    compounds: frozenset[str]
    """Names with hyphens or signs, in lower case."""


def _key(written: str) -> str:
    """A word without hyphens and the like, in lower case."""
    return _JOINTS.sub("", written).lower()


@lru_cache(maxsize=1024)
def _held(sentence: Sentence) -> _Held:
    """What a sentence holds of names."""
    keys: set[str] = set()
    names: set[str] = set()
    words: set[str] = set()
    alone: set[str] = set()
    compounds: set[str] = set()
    last, end = "", -2
    for match in _COMPOUND.finditer(sentence.clean):
        written = match.group()
        key = _key(written)
        keys.update((key, unversioned(key)))
        alone.add(key)
        if _JOINTS.search(written) or written[-1] in _SIGNS:
            compounds.add(written.lower())
            if written[-1] not in _SIGNS and not _VARIANT.search(written):
                alone.update(part.lower() for part in _JOINTS.split(written))
        if match.start() == end + 1:
            keys.update((last + key, last + unversioned(key)))
        last, end = key, match.end()
        parts = [part.rstrip(_SIGNS) for part in _JOINTS.split(written)]
        if len(parts) > 2 and parts[-1].islower():
            keys.add("".join(parts[:-1]).lower())  # COVID-19-related
        words.update(part.lower() for part in parts)
        keys.update(part.lower() for part in parts)
        core = written.rstrip(_SIGNS)
        if len(core) >= _LEAST and _is_name(core):
            names.update((key, _key(core)))
            names.update(part.lower() for part in parts if len(part) >= _LEAST and _is_name(part))
    return _Held(*map(frozenset, (keys, names, words, alone, compounds)))


def _is_name(written: str) -> bool:
    """Whether a word is written as a name; so is the first one of a sentence, as nobody adds digits and signs to other words."""
    if written.lower() in STOP_WORDS:
        return False
    if any(map(str.isupper, written)):
        return True
    return any(map(str.isdigit, written)) and any(map(str.isalpha, written))


def others(claim: Sentence, main: Sentence, evidence: Sequence[Sentence]) -> Iterator[str]:
    """Yield the names of a claim that are another version or a relative of a name of the evidence, as written.

    Args:
        claim: what is judged.
        main: the sentence that it rests on.
        evidence: all sentences.
    """
    clean = claim.clean
    for match in _COMPOUND.finditer(clean):
        written = match.group()
        product = _PRODUCT.fullmatch(written)
        marked = _MARKED.match(written)
        if len(written) < _LEAST or not (product or marked):
            continue
        key = _key(written)
        if not (holding := [sentence for sentence in evidence if written in sentence.clean]):
            if marked and (near := _near(written, evidence)):
                known = _joined(near)
                if not known.keys & {key, key.removesuffix("s"), unversioned(key)} and _varies(written, key, known):
                    yield written
            continue
        if not product:
            continue
        ahead, behind = clean[max(0, match.start() - _AROUND) : match.start()], clean[match.end() : match.end() + _AROUND]
        more, kin = _MORE_BEHIND.match(behind), _relative(ahead, behind)
        if more or kin:
            known = _joined(holding)
            if more and key in known.names and _adds(key, more["more"], known, evidence):
                yield f"{written} {more['more']}"
                continue
            if kin and key in known.names and not any(stem(kin.lower()) in sentence.places for sentence in evidence):
                yield kin
                continue
        if (following := _NEXT.match(behind)) and _longer(written, main, following[1].lower()):
            yield written


def _near(written: str, evidence: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that hold the beginning of a part of a word."""
    starts = [part[:_LEAST] for part in _JOINTS.split(written) if len(part) >= _LEAST]
    return [sentence for sentence in evidence if any(start in sentence.clean for start in starts)]


def _relative(ahead: str, behind: str) -> str | None:
    """The word before or behind a name that makes a relative of what it names."""
    if found := _KIN_BEHIND.match(behind):
        return found["kin"]
    words = ahead.rsplit(maxsplit=3)[-3:] if ahead[-1:] == " " else []
    if not words:
        return None
    if words[-1].lower() in _NEW:
        return None if _CAPITAL.match(behind) else words[-1]
    words = words[:-1] if words[-1] == "the" else words
    return words[-2] if len(words) > 1 and words[-1] in _OF and _KIND.fullmatch(words[-2]) else None


def _joined(evidence: Sequence[Sentence]) -> _Held:
    """What sentences hold of names."""
    held = [_held(sentence) for sentence in evidence]
    return _Held(*(frozenset[str]().union(*each) for each in zip(*held, strict=True)))


def _adds(key: str, more: str, known: _Held, evidence: Sequence[Sentence]) -> bool:
    """Whether what stands behind a name and a blank makes another name of it: "KelpNet v2", "KelpNet two", "KelpNet XL"."""
    joined = _key(key + more).replace(" ", "")
    if known.keys & {joined, unversioned(joined)} or more.lower() in known.words:
        return False
    return not (more.isupper() and any(more.lower() in initials for sentence in evidence for initials in sentence.runs[:2]))


def _longer(written: str, main: Sentence, following: str) -> bool:
    """Whether a sentence holds a name only with more at it than the claim, which goes on with a word: KelpNet-S for KelpNet."""
    if not any(f"{written}{sign}" in main.clean for sign in "-+#"):
        return False
    held, key = _held(main), _key(written)
    return key not in held.alone and any(
        other.startswith(key) and _MORE.fullmatch(other, len(key)) and _key(other) != key + following for other in held.compounds
    )


def _varies(written: str, key: str, known: _Held) -> bool:
    """Whether a word that the evidence does not hold is a name of the evidence with more or with other digits at it."""
    names, words, core = known.names, known.words, written.rstrip(_SIGNS)
    if core != written:
        return _key(core) in names
    letters = _DIGITS.sub("", key)
    if letters != key and len(letters) >= _LEAST and letters.isalpha() and not _VARIANT.search(written[-2:]):
        if letters in names or any(_DIGITS.sub("", name) == letters for name in names):
            return True
    parts = _JOINTS.split(written)
    if len(parts) > 1:
        first, last = parts[0], parts[-1]
        if _key("".join(parts[:-1])) in names and last.istitle() and len(last) >= _LEAST and last.lower() not in words:
            return not _ADJECTIVE.fullmatch(last)
        if first.lower() in names and last.lower() not in words and (_PRODUCT.fullmatch(first) or last.isdigit()):
            return _names_more(last)
        if last.lower() in names and first.lower() not in words and _PRODUCT.fullmatch(last):
            return (first[0].isupper() or first.lower() in _SMALL) and first.lower() not in _APART
        return any(key[:at] in names and _GLUED.fullmatch(key, at) for at in range(_LEAST, len(key)))
    for at in range(_LEAST, len(written)):
        if written[:at].lower() in names and (
            _GLUED.fullmatch(key, at) or (_PRODUCT.fullmatch(written, 0, at) and _CAPITALS.fullmatch(written, at))
        ):
            return True
    return False


def _names_more(last: str) -> bool:
    """Whether the last part of a name makes another name: 2, XL, Lite; "7B" is a size, and "based" no part of a name."""
    if last[0].isdigit():
        return last.isdigit() or last[-1] not in "bBmMkK"
    return (last[0].isupper() or len(last) == 1 or last.lower() in _SMALL) and not _ADJECTIVE.fullmatch(last)
