"""What similarity cannot see: the small changes that turn a true sentence into a false one.

Each guard holds a claim against the sentences that it rests on and gives doubts, in words for people. None parses grammar:
a negation reaches over the next few words of its clause, a direction belongs to the words beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from assistant import figures
from assistant.align import Sentence, Word, stem

Kind = Literal["figure", "name", "negation", "opposite", "direction", "role", "quantifier", "hedge", "cause"]


class Doubt(NamedTuple):
    """What speaks against a claim."""

    kind: Kind
    reason: str
    """For people: "the source says lower, not higher"."""
    hard: bool
    """A claim with it is not supported, whatever else speaks for it."""


def doubts(claim: Sentence, support: Sequence[Sentence], evidence: Sequence[Sentence]) -> list[Doubt]:
    """What speaks against `claim`, which rests on `support`, the best of the sentences of `evidence`, best first."""
    if not support:
        return []
    return [
        *_figures(claim, support, evidence),
        *_names(claim, evidence),
        *_negation(claim, support),
        *_opposites(claim, support),
        *_direction(claim, support),
        *_roles(claim, support),
        *_quantifiers(claim, support),
        *_hedges(claim, support),
    ]


_LOOSELY = frozenset("about almost nearly roughly approximately around some over above exceeding least most than up under".split())


def _figures(claim: Sentence, support: Sequence[Sentence], evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Figures of the claim that stand nowhere; that stand in other sentences only; that stand beside other words."""
    known = [figure for sentence in evidence for figure in sentence.figures]
    near = [figure for sentence in support for figure in sentence.figures]
    for place, word in enumerate(claim.words):
        figure = word.figure
        # "one" is mostly a pronoun, and ordinals order sentences
        if figure is None or word.text in ("one", "second", "double"):
            continue
        loosely = any(before.text in _LOOSELY for before in claim.words[max(0, place - 2) : place])
        if not figures.stands(figure, known, loosely=loosely):
            hard = figure.unit != "th"
            yield Doubt("figure", f"{figure.text} is not in the source", hard=hard)
        elif not figures.stands(figure, near, loosely=loosely):
            yield Doubt("figure", f"{figure.text} stands elsewhere in the source", hard=False)


def _names(claim: Sentence, evidence: Sequence[Sentence]) -> Iterator[Doubt]:
    """Names of the claim that the source does not hold, written out or as initials."""
    forms = {form for sentence in evidence for form in (*sentence.forms, *sentence.places)}
    missing: list[str] = []
    for word in claim.words:
        if not word.name or word.stop or word.text in missing or {word.text, word.stem, word.text.rstrip("s")} & forms:
            continue
        if word.text.isalpha() and (_spelled(word.text.rstrip("s"), evidence) or _joined(word.text, evidence)):
            continue
        missing.append(word.text)
        shown = re.search(re.escape(word.text), claim.clean, re.IGNORECASE)
        yield Doubt("name", f"{shown.group() if shown else word.text} is not in the source", hard=True)


def _spelled(initials: str, evidence: Sequence[Sentence]) -> bool:
    """Whether words in a row begin with `initials`."""
    return len(initials) > 1 and any(
        initials in "".join(word.text[0] for word in sentence.words)
        or initials in "".join(word.text[0] for word in sentence.words if not word.stop)
        for sentence in evidence
    )


def _joined(name: str, evidence: Sequence[Sentence]) -> bool:
    """Whether the source writes `name` in parts, or in one where the claim has parts: GraphCast, Graph Cast."""
    return len(name) > 3 and any(name in "".join(word.text for word in sentence.words) for sentence in evidence)


NEGATIONS = frozenset(
    """not n't no never without cannot neither nor none nothing nowhere hardly barely scarcely rarely seldom non unable
    unlike despite""".split()
)
_NEGATING = frozenset(
    map(stem, "fail fails failed failure lack lacks lacking absence absent avoid avoids prevent refuse miss missing omit".split())
)
_PAIRS = (("rather", "than"), ("instead", "of"), ("no", "longer"), ("far", "from"), ("free", "of"), ("except", "for"))
_ONLY = frozenset("only just merely simply solely necessarily".split())
_REACH = 4
"""Content words that a negation reaches over."""


def cues(sentence: Sentence) -> list[int]:
    """The places of the words of `sentence` that negate; "not only" does not."""
    words = sentence.words
    places: list[int] = []
    for place, word in enumerate(words):
        behind = words[place + 1].text if place + 1 < len(words) else ""
        if word.text in NEGATIONS and behind in _ONLY:
            continue
        if word.text in NEGATIONS or word.stem in _NEGATING or (word.text, behind) in _PAIRS:
            places.append(place)
    return places


def negated(sentence: Sentence) -> dict[str, int]:
    """The stems that a negation of `sentence` reaches, each with how many content words lie before it."""
    reached: dict[str, int] = {}
    for place in cues(sentence):
        count = 0
        for word in sentence.words[place + 1 :]:
            if word.clause != sentence.words[place].clause or count == _REACH:
                break
            if not word.stop and word.text not in NEGATIONS:
                reached.setdefault(word.stem, count)
                count += 1
    return reached


def _negation(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """What one side denies and the other states."""
    denied = negated(claim)
    source = {key: near for sentence in reversed(support) for key, near in negated(sentence).items()}
    held = {key for sentence in support for key in sentence.places}
    any_cue = any(cues(sentence) for sentence in support)
    if own := cues(claim):
        cue = claim.words[own[0]].text.replace("n't", "not")
        first = [key for key, near in denied.items() if near == 0 and key in held and key not in source]
        if first and not any_cue:
            yield Doubt("negation", f"the source does not say '{cue}'", hard=True)
        elif not any_cue:
            yield Doubt("negation", f"the source does not say '{cue}'", hard=False)
    main = support[0]
    for place in cues(main):
        scope = [key for key, near in negated(main).items() if near <= 1 and key in claim.places]
        if scope and not own:
            yield Doubt("negation", f"the source says '{main.words[place].text.replace(chr(110) + chr(39) + 't', 'not')}'", hard=True)
            break


_OPPOSITES = """
increase increases raise raises rise rises rose grow grows growth gain gains boost boosts elevate upregulate upregulation enhance
 improve strengthen expand higher more greater larger longer exceed surge upward amplify augment accelerate maximize promote
 activate stimulate high large long many increased widen extend deepen
| decrease decreases reduce reduces reduction lower lowers lowest lessen decline declines drop drops fall falls fell shrink diminish
 downregulate downregulation impair worsen weaken fewer less smaller shorter cut cuts downward dampen attenuate slow minimize inhibit
 suppress block low small short few decreased narrow limit loss
better best superior improve outperform surpass beat strong stronger strongest effective good positive benefit succeed success win
 accurate advantage robust reliable helps helpful useful
| worse worst inferior degrade underperform trail lag weak weaker weakest ineffective poor negative harm fail failure lose
 inaccurate disadvantage fragile unreliable hurts harmful hinder useless
faster fast fastest quick quickly rapid rapidly accelerate speed | slower slow slowest slowly sluggish
more most greater | fewer less least
before prior earlier precede preceding preceded | after following later subsequent subsequently follow followed
above over exceed exceeds exceeding | below under
include includes including | exclude excludes excluding
positive positively | negative negatively
always | never
present presence | absent absence
cause causes induce trigger | prevent prevents protect
cheap cheaper cheapest inexpensive | expensive costly costlier
simple simpler easy easier | complex hard harder difficult complicated
likely | unlikely
common frequent often | rare rarely seldom infrequent
all every | none no
accept accepts | reject rejects
open | closed
public | private proprietary
maximum | minimum
supervised | unsupervised
first | last
major majority most | minor minority
new novel | old existing
deep deeper | shallow shallower
wide wider broad | narrow narrower
early | late
local | global
static | dynamic
online | offline
same similar identical | different distinct
success succeed | failure fail
dense | sparse
explicit explicitly | implicit implicitly
upper | lower
internal | external
direct directly | indirect indirectly
increase | decline
internal | external
linear | nonlinear
similar | dissimilar
confirm confirms | refute refutes contradict
support supports | contradict contradicts oppose
add adds adding | remove removes removing
gain | loss
start begin | end stop
female women woman girls | male men man boys
adult adults | children child
left | right
mild | severe
acute | chronic
healthy | sick ill
agonist | antagonist
high | low
"""

_SIDES: dict[str, set[tuple[int, int]]] = {}
for _number, _line in enumerate(re.sub(r"\n ", " ", re.sub(r"\n\|", " |", _OPPOSITES)).strip().splitlines()):
    for _side, _names_of_side in enumerate(_line.split("|")):
        for _name in _names_of_side.split():
            _SIDES.setdefault(_name, set()).add((_number, _side))
            _SIDES.setdefault(stem(_name), set()).add((_number, _side))


def sides(word: Word) -> set[tuple[int, int]]:
    """The scales on which `word` lies, and at which end of each, 0 or 1."""
    return _SIDES.get(word.text) or _SIDES.get(word.stem) or set()


def across(one: set[tuple[int, int]], other: set[tuple[int, int]]) -> bool:
    """Whether two words lie at opposite ends of a scale, and at the same end of none."""
    return any((scale, 1 - side) in other for scale, side in one) and not one & other


_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis", "anti", "de", "mis")


def _opposites(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """Words that differ by a negating prefix only: efficient, inefficient."""
    forms = {form for sentence in support for form in sentence.forms}
    for mine, theirs in ((claim.forms, forms), (forms, claim.forms)):
        for form in sorted(mine - theirs):
            for prefix in _PREFIXES:
                bare = form.removeprefix(prefix)
                if bare != form and len(bare) > 3 and bare in theirs and bare not in mine:
                    said, instead = (bare, form) if mine is claim.forms else (form, bare)
                    yield Doubt("opposite", f"the source says {said}, not {instead}", hard=True)


def _direction(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """Words of the claim that the source has not, where the source has an opposite beside the same words."""
    for sentence in support:
        extra = [place for place, word in enumerate(sentence.words) if sides(word) and word.stem not in claim.places]
        for place, word in enumerate(claim.words):
            mine = sides(word)
            if not mine or word.stem in sentence.places:
                continue
            theirs = [other for other in extra if mine & sides(sentence.words[other])]
            against = [other for other in extra if across(mine, sides(sentence.words[other]))]
            for other in against:
                shared = near(claim, place) & near(sentence, other)
                if shared and not any(near(claim, place) & near(sentence, same) for same in theirs):
                    yield Doubt("direction", f"the source says {sentence.words[other].text}, not {word.text}", hard=len(shared) > 1)
                    return


def near(sentence: Sentence, place: int, reach: int = 3) -> set[str]:
    """The stems of the `reach` content words before a place, and of those behind it."""
    before = [word.stem for word in sentence.words[:place] if not word.stop][-reach:]
    behind = [word.stem for word in sentence.words[place + 1 :] if not word.stop][:reach]
    return {*before, *behind}


_WINS = frozenset(map(stem, "outperform surpass beat exceed outscore outstrip overtake dominate top lead outdo".split())) | {"beats"}
_LOSES = frozenset(map(stem, "underperform trail lag".split()))


def compared(sentence: Sentence) -> tuple[set[str], set[str]] | None:
    """The stems of who is said to be ahead, and of who is behind; None where no two are compared."""
    words = sentence.words
    for place, word in enumerate(words):
        wins, loses = word.stem in _WINS, word.stem in _LOSES or (word.text in ("fall", "falls", "behind"))
        if not (wins or loses):
            continue
        ahead = {other.stem for other in words[max(0, place - 12) : place] if not other.stop}
        behind = {other.stem for other in words[place + 1 : place + 13] if not other.stop}
        passive = any(other.text == "by" for other in words[place + 1 : place + 3]) and any(
            other.text in ("is", "are", "was", "were", "be", "been") for other in words[max(0, place - 3) : place]
        )
        return (behind, ahead) if passive != loses else (ahead, behind)
    return None


def _roles(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """Who beats whom, the wrong way round."""
    mine = compared(claim)
    for sentence in support:
        theirs = compared(sentence)
        if mine and theirs:
            straight = len(mine[0] & theirs[0] - theirs[1]) + len(mine[1] & theirs[1] - theirs[0])
            crossed = len(mine[0] & theirs[1] - theirs[0]) + len(mine[1] & theirs[0] - theirs[1])
            if crossed > straight:
                yield Doubt("role", "the source has it the other way round", hard=crossed > straight + 1)
                return


_QUANTIFIERS = {
    word: group
    for group, words in {
        "all": "all every each always entire entirely whole any both universally",
        "most": "most majority mostly usually generally largely",
        "some": "some several many sometimes certain partly occasionally",
        "few": "few rarely hardly seldom minority",
        "no": "no none never",
        "only": "only solely exclusively",
    }.items()
    for word in words.split()
}


def _quantifiers(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """All for some, most for few."""
    theirs = {_QUANTIFIERS[word.text]: word.text for word in support[0].words if word.text in _QUANTIFIERS}
    for word in claim.words:
        group = _QUANTIFIERS.get(word.text)
        if group and group not in theirs:
            said = next(iter(theirs.values()), None)
            yield Doubt("quantifier", f"the source says {said}, not {word.text}" if said else f"the source does not say {word.text}", hard=False)
            return


HEDGES = frozenset(
    """may might could possibly perhaps potentially likely probably suggest suggests suggesting suggested appear appears seem seems
    hypothesize hypothesise speculate preliminary putative presumably can""".split()
)
_LINKS = frozenset(map(stem, "associate associated association correlate correlated correlation linked link related".split()))
_CAUSES = frozenset(map(stem, "cause causes caused causing lead leads led result results drive drives induce produces trigger due".split()))


def _hedges(claim: Sentence, support: Sequence[Sentence]) -> Iterator[Doubt]:
    """What the source supposes and the claim states; what goes together there and is caused here."""
    main = support[0]
    said = next((word.text for word in main.words if word.text in HEDGES), None)
    if said and not claim.forms & HEDGES:
        yield Doubt("hedge", f"the source says '{said}'", hard=False)
    linked = next((word.text for word in main.words if word.stem in _LINKS), None)
    cause = next((word.text for word in claim.words if word.stem in _CAUSES), None)
    if linked and cause and not any(word.stem in _CAUSES for word in main.words):
        yield Doubt("cause", f"the source says '{linked}', not '{cause}'", hard=False)
