"""Words that lie at opposite ends of a scale: raise and lower, with and without, efficient and inefficient."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from assistant.text.stems import stem

_SCALES = """
increase raise rise rose grow grew growth gain boost elevate upregulate enhance improve strengthen expand higher more greater larger
longer bigger exceed surge upward amplify augment maximize promote activate stimulate high large long widen extend deepen up above
ahead over most highest maximum double heighten swell lengthen prolong accelerate escalate add intensify
: decrease reduce reduction lower lessen decline drop fall fell shrink diminish downregulate impair worsen weaken fewer less smaller
shorter cut downward dampen attenuate minimize inhibit suppress low small short few narrow limit loss down below behind under least
lowest minimum halve mitigate curb alleviate slow slash shorten restrict contract deplete
; better best superior improve outperform outdo surpass beat overtake exceed strong stronger effective good positive benefit succeed
success win lead accurate advantage robust reliable helpful useful ahead well excel match suited rival promising strength favorable
: worse worst inferior degrade underperform trail lag weak weaker ineffective poor poorly bad negative harm fail failure lose
inaccurate disadvantage fragile unreliable harmful hinder useless behind struggle stumble suffer short weakness undermine
deteriorate
; faster fast quick quickly rapid rapidly accelerate speed sooner early : slower slow slowly sluggish later decelerate delay late
; before prior earlier precede previous preliminary until : after following later subsequent subsequently follow afterwards
; include contain retain keep preserve maintain add : exclude omit drop remove discard lose delete
; positive positively : negative negatively
; always ever : never
; present presence : absent absence
; cause induce trigger lead : prevent protect avoid
; cheap cheaper inexpensive affordable free : expensive costly costlier pricey
; simple simpler easy easier easily simply : complex hard harder difficult complicated difficulty challenging demanding elaborate
; likely : unlikely
; common frequent often frequently usual : rare rarely seldom infrequent uncommon
; all every everything everyone : none no nothing
; accept agree : reject disagree deviate
; open public : closed private proprietary
; maximum maximize largest : minimum minimize smallest
; first : last
; major majority most mostly : minor minority
; new novel recent fresh : old existing former
; deep deeper : shallow
; wide wider broad broaden : narrow narrower
; early earlier : late later
; local : global
; static fixed constant : dynamic changing variable
; online : offline
; same similar identical equal : different distinct differ unlike
; dense densely : sparse sparsely
; explicit : implicit
; upper : lower
; internal : external
; direct directly : indirect indirectly
; linear : nonlinear
; confirm support agree : refute contradict oppose
; join merge combine unite : split separate divide
; start begin : end stop cease finish
; female women woman girl : male men man boy
; adult : child children
; left : right
; mild : severe
; acute : chronic
; healthy : sick ill
; agonist : antagonist
; single individual : double multiple several
; automatic automatically : manual manually hand
; able capable can : unable incapable cannot
; enough sufficient adequate : insufficient inadequate
; necessary require need : unnecessary needless
; stable : unstable
; certain certainty : uncertain uncertainty
; known : unknown
; possible feasible : impossible infeasible
; whole entire full complete : partial
; technical : biological
; human : machine
; synthetic artificial : real natural
; input : output
; discrete : continuous
; accept include : refuse
; remember : forget
; seen : unseen
; causal : spurious
; consistent : inconsistent
; generalize : overfit memorize
; strict strictly : loose loosely
; hot warm : cold cool
; allow enable permit : forbid prevent prohibit block
; buy bought : sell sold
; approve : deny denied
; rich : poor
; win won : lost lose
; profit : loss deficit
; optimistic : pessimistic
; safe : dangerous unsafe risky
; innocent : guilty
; alive : dead
; young younger : old older
; top : bottom
; north : south
; east : west
; import : export
; arrive : leave depart
; increase : decline
; few scarce scant rare : many abundant plentiful numerous
; solve succeed pass survive complete : fail die
; unchanged untouched unaffected unaltered intact unharmed unhurt : change alter affect modify
; unchanged untouched unaffected unaltered intact unharmed unhurt : worsen hurt harm damage degrade impair lower reduce
; unchanged untouched unaffected unaltered intact : improve raise increase
"""


def _read(lexicon: str) -> dict[str, frozenset[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = {}
    for number, scale in enumerate(lexicon.split(";")):
        for end, words in enumerate(scale.split(":")):
            for word in words.split():
                for key in (word, stem(word)):
                    found.setdefault(key, set()).add((number, end))
    return {key: frozenset(ends) for key, ends in found.items()}


_ENDS = _read(_SCALES)
_NOWHERE: frozenset[tuple[int, int]] = frozenset()


@lru_cache(maxsize=20_000)
def ends(form: str, root: str) -> frozenset[tuple[int, int]]:
    """Look up the scales of a word.

    An adverb counts only where it is listed itself: "largely" is not large, and "newly" says little about something new.

    Args:
        form: the word.
        root: the stem of the word.

    Returns:
        Pairs of the number of a scale and the end of the scale, 0 or 1.
    """
    if found := _ENDS.get(form):
        return found
    if form.endswith("ly"):
        return _NOWHERE
    return _ENDS.get(root) or next((found for base in (*_degrees(form), *_inflected(form)) if (found := _ENDS.get(base))), _NOWHERE)


@lru_cache(maxsize=20_000)
def _degrees(form: str) -> tuple[str, ...]:
    """What a comparative or superlative may be of: poor for poorest, thin for thinner, easy for easiest."""
    bases: list[str] = []
    for ending in ("est", "er"):
        if form.endswith(ending) and len(form) > len(ending) + 2:
            base = form.removesuffix(ending)
            bases += [base, f"{base}e", f"{base[:-1]}y" if base.endswith("i") else base[:-1] if base[-1:] == base[-2:-1] else base]
    return tuple(bases)


def _inflected(form: str) -> Iterator[str]:
    """What a form of a verb may be of, where the stemmer keeps the two apart: succeed for succeeds."""
    for ending in ("s", "es", "ed", "d", "ing"):
        if form.endswith(ending) and len(form) > len(ending) + 3:
            yield form.removesuffix(ending)


DIRECTED = frozenset("more less fewer most least few above below over under before after up down with without".split())
"""Words that carry no content but a direction."""


@lru_cache(maxsize=20_000)
def across(one: frozenset[tuple[int, int]], other: frozenset[tuple[int, int]]) -> bool:
    """Whether two words lie at opposite ends of a scale, and at the same end of none."""
    return any((scale, 1 - end) in other for scale, end in one) and not one & other


_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis", "mis", "anti", "de")


@lru_cache(maxsize=20_000)
def bare(form: str) -> tuple[str, ...]:
    """Stems of what a word negates by a prefix or an ending: suit for unsuitable, harm and harmful for harmless."""
    bases = [form.removeprefix(prefix) for prefix in _PREFIXES if form.startswith(prefix) and len(form) > len(prefix) + 3]
    if form.endswith("less") and len(form) > len("less") + 2:
        bases += [form.removesuffix("less"), f"{form.removesuffix('less')}ful"]
    return tuple(map(stem, bases))
