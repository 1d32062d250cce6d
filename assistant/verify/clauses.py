"""The parts of a claim, each held against the evidence alone: what was added to a true sentence stands in no source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assistant.text import disguise, marks
from assistant.text.stems import stem
from assistant.text.view import INLINE, UNREAD
from assistant.text.words import STOP_WORDS
from assistant.verify import negation
from assistant.verify.alignment import Sentence, Word
from assistant.verify.features import Resemblance

OPENING = {
    word: kind
    for kind, words in {
        "and": "and or nor plus",
        "but": "but yet although though while whereas however despite unlike instead except",
        "which": "which who whose whom where that",
        "because": "because since so if unless when whenever until once after before thus thereby",
        "with": """with without in on for from by under over through via against during among across within using as than like at
        into per""",
    }.items()
    for word in words.split()
}
"""Words that begin a part -> the kind of part."""
OPENERS = ("and", "but", "which", "because", "with", "ing")
MARKS = (",", ";", ":", "(")
BEGUN = "["
"""The mark of a part that begins a clause behind a marker; the trees weigh it as one behind a bracket."""
_BEGUN = 3
"""Content words of what is a clause by itself before such a part, at least."""
_SHORT = ("with",)
"""Openers of phrases; all others begin a clause."""
AUXILIARIES = frozenset("is are was were be been has have had does do did can could will would may might must cannot".split())
_LINKING = frozenset("is are was were".split())
_TOLD = 4
"""What stands around the words of the evidence is read only where the evidence holds this many content words of the claim."""
_BESIDE = 3
"""Content words that the evidence holds beside a clause, at least, before the clause is judged by its own words alone."""
_GLUED = 2
"""What is glued to the end of a sentence without a sign has more words than this."""
REPORTING = frozenset(
    map(
        stem,
        """author paper abstract report note show find result summary sum short brief word notably overall specifically record study
        work article text title describe state mention according expect mind indeed fact general particular first second finally
        addition moreover furthermore example instance section reader page source say write present here conclude argue suggest
        demonstrate observe propose introduce researcher team approach""".split(),
    )
)
"""Words that only refer to the paper or to the answer: a lead of these alone, as "the authors report:", adds nothing."""
_NEUTRAL = REPORTING | frozenset(
    map(
        stem,
        """answer specifically passage provided based conclusion conclude concluding summarize sure context given question
        information available importantly interestingly essentially ultimately briefly simply quote reply response certainly
        finding words confirm indicate explain explicit clear reveal make final main key point evidence document reference
        literature retrieved see seen found shown said written noted worth great thank happy help hello concise""".split(),
    )
)
"""The same, with words that a model opens its reply with."""
_TURNING = frozenset("without may might could would should few only some other another less least one most".split())
"""Words without content of their own that a neutral lead does not hold, beside negations and conjunctions."""
_LEAD_END = re.compile(r"[,:!](?=\W{0,6}\s)|\s[-\u2013\u2014](?=\s)|(?<=\w)\sthat(?=\s)")
_LEAD_LONGEST = 100
_LEAD_WORD = re.compile(r"n't\b|[^\W_]+(?:[-'\u2019][^\W_]+)*")
_MARKER = re.compile(r"\[\d{1,3}\]")
_LEAD_LEAST = 3
"""A claim keeps its lead where fewer words stand behind the lead."""
DENYING = frozenset(
    map(
        stem,
        """bogus bunk debunked deleted discredited disproved erratum erroneous error fabricated fabrication fake
        fallacy false falsehood fiction fraud fraudulent hoax inaccurate incorrect invalid invention lie misconception
        misreading misstatement mistake mistaken myth nonsense plagiarised plagiarism refuted rejected retracted rubbish rumour scam
        stolen unfounded untrue withdrawn wrong""".split(),
    )
)
"""Words that call what they stand before untrue."""
_PLAINLY = frozenset(
    "bogus debunked discredited fabricated fake fraud fraudulent hoax plagiarised plagiarized refuted retracted scam untrue".split()
)
"""Such words that stand before a sentence without a sign between: "Retracted LeanDojo is ..."."""
_AFFIRMING = frozenset(map(stem, "accurate case correct fact right true valid".split()))
"""Words that do so behind a negation."""
SAYING = frozenset(map(stem, "answer assertion claim reading sentence statement".split()))
"""Words for what a lead calls untrue."""
_LEAD = 6
"""A lead that calls its sentence untrue has at most this many words."""
_PARTICIPLES = ("ed", "en", "wn")


_TAG = re.compile(r"<(?=[A-Za-z])[^<>]{1,2000}>")
_NAME = re.compile(r"\\([A-Za-z]{3,30})(?![A-Za-z])|<([A-Za-z]{3,30})(?=[\s>/])")
_PROSE = re.compile(r"[^\W\d_]{2}\s[^\W\d_]{2}|://")
_JOINED = re.compile(r"(?<![^\W_])(?:[^\W_]+[-_.+|]){4}")
"""Words that signs join, more than a key or a class has."""
_ALONE = r"[^\w\s\"'()\[\]{}<>.,;:!?$\\^*`\u2018-\u201f-]{1,2}"
_ENCLOSED = re.compile(
    rf"(?:^|(?<=\s))(?P<sign>{_ALONE})(?P<said>[^\W\d_]{{2,40}}(?:\s[^\W\d_]{{1,40}}){{1,40}}){_ALONE}(?=[\s.,!?]|$)"
)
"""Words between signs that touch them."""
_SIGN = re.compile(
    r"(?<=[^\W\d_][^\W\d_])\s+(?P<sign>[-\u2010-\u2013\u2212]{1,3}|[^\w\s\"'()\[\].,;:!?\u2018-\u201f-]{1,3})"
    r"\s+(?=[^\W\d_]{2}|[aA]\s|[A-Z]-[A-Za-z])"
)
"""A sign between words."""
_ASIDES = [
    (re.compile(r"<!-*"), " ("),
    (re.compile(r"-->"), ") "),
    (re.compile(r"(?<![\\\w^$}])\{\s{0,3}(?=[^\W\d_])([^{}\\$^]{1,400})\}"), r"(\1)"),
    (re.compile(r"[\t\v\f\x1c-\x1f\x85\u2028\u2029]"), "; "),
    (re.compile(r"(?<![\s\d])\s*+[\u2014\u2015\u2e3a\u2e3b]\s*(?=[^\W_])"), " ("),
    (
        re.compile(
            r"(?<=[\w,.)])\s?[\"\u201c\u201e\u00ab]([^\"\u201c-\u201e\u00ab\u00bb]{2,400})[\"\u201c\u201d\u00bb](?=(?:\s?\[\d{1,3}\])*[.!?]*$)"
        ),
        r" (\1)",
    ),
]
"""What sets an aside apart from its sentence, and how a bracket does: comments, braces, tabs, dashes, signs, quotation marks."""
_SAID = r"(?P<said>[^\W\d_][^<>^{}$|\n]{2,200})"
_NOTING = re.compile(r"[\^#@|:>\u2190-\u21ff\u2794-\u27be\u27f5-\u27ff\u2900-\u297f]")
_OTHER_TAG = rf"<(?P<tag>(?!(?:{'|'.join(sorted(INLINE))})[\s>])[A-Za-z][A-Za-z0-9-]{{0,24}})(?:\s[^<>]{{0,100}})?>"
_NOTES = [
    (re.compile(rf"{_OTHER_TAG}\s?{_SAID}</(?P=tag)>"), r" (\g<said>) "),
    (re.compile(rf"<su[pb]>\s?{_SAID}</su[pb]>"), r" (\g<said>) "),
    (re.compile(rf"(?<=\S)\s?\^{_SAID}\^"), r" (\g<said>) "),
    (re.compile(rf"(?<=\S)\s?\$\s?[\^_]\s?\{{?(?:\\[a-z]{{3,10}}\{{)?{_SAID}\}}{{0,2}}\s?\$"), r" (\g<said>) "),
    (re.compile(r"(?<=\S)\s?([|:])(?P<said>[^\W\d_]{3,40})\1(?=[\s.,!?]|$)"), r" (\g<said>) "),
    (re.compile(r"(?<=[^\W_])\s{0,3}[#@](?P<said>[^\W\d_]{3,40})(?=[\s,!?]|\.?$|\.\s)"), r" (\g<said>) "),
    (
        re.compile(r"\s{0,3}(?:[\u2190-\u21ff\u2794-\u27be\u27f5-\u27ff\u2900-\u297f]|(?<=\s)[-=]{1,2}>)\s{0,3}(?=[^\W\d_]{2})"),
        " (",
    ),
]
"""Notes at a word and how a bracket sets them: raised or lowered words, tags, names of signs, and what stands behind an arrow."""
_SQUARE = str.maketrans("[]", "()")


class Part(NamedTuple):
    """A stretch of a claim: a clause, or a phrase of one."""

    first: int
    """Place of its first word."""
    end: int
    """Place behind its last word."""
    opener: str
    """What its first word begins, one of `OPENERS`; empty where the word begins nothing."""
    mark: str
    """The punctuation mark before it, or `BEGUN`; empty where there is none."""
    phrase: bool
    """True for a phrase within a clause."""


def revealed(claim: str, evidence: Sequence[str]) -> str:
    """`claim` with what its view would not show in round brackets: attributes of tags, addresses, arguments of TeX macros.

    Such text is shown where the claim is shown as written. A key or a class of one word stays unseen, and so does what the
    evidence writes the same.

    Returns:
        The claim.
    """
    if "<" in claim:
        claim = _TAG.sub(lambda tag: _said(tag.group(), tag.group()[1:-1].partition(" ")[2] or tag.group()[1:-1], evidence), claim)
    if "\\" in claim or "<" in claim:
        claim = _NAME.sub(lambda name: _denial(name, evidence), claim)
    if "\\" in claim:
        claim = UNREAD.sub(lambda macro: _said(macro.group(), f"{macro[1] or ''} {macro[2]}", evidence), claim)
    return claim


def unled(claim: str, context: str = "") -> str:
    """`claim` without a lead that only says who speaks: "According to the paper, ...", "Answer: ...", "The authors state that ...".

    Words of a lead dilute what the rest of the claim weighs, so that a false one would pass behind them. A lead that denies,
    limits or names anything but the paper stays.

    Args:
        claim: a sentence.
        context: the title of the paper, whose words a lead may hold.

    Returns:
        The claim; as given where it has no such lead, or little behind the lead.
    """
    start = 0
    for end in _LEAD_END.finditer(claim, 0, _LEAD_LONGEST):
        if not _only_refers(claim[start : end.start()], context):
            break
        start = end.end()
    rest = claim[start:].lstrip("*_` \t")
    if not start or len(_LEAD_WORD.findall(rest)) < _LEAD_LEAST:
        return claim
    return f"**{rest}" if claim[:start].count("**") % 2 and not claim[start:].startswith("**") else rest


def _only_refers(lead: str, context: str) -> bool:
    """Whether a lead refers to the paper with the title `context`, or to the answer, and says nothing else."""
    words = _LEAD_WORD.findall(_MARKER.sub("", lead).lower())
    if _NEUTRAL.isdisjoint(map(stem, words)) or words[-1] in ("provided", "given"):
        return False
    if any(word in negation.NEGATIONS | _TURNING or OPENING.get(word) in ("but", "because") for word in words):
        return False
    telling = {stem(word) for word in words if word not in STOP_WORDS}
    return telling <= _NEUTRAL or telling <= _NEUTRAL.union(map(stem, _LEAD_WORD.findall(context.lower())))


def _denial(name: re.Match[str], evidence: Sequence[str]) -> str:
    """The name of a macro or a tag as a word where it denies, with what follows; else as written."""
    written, said = name.group(), name[1] or name[2]
    if any(written in source for source in evidence):
        return written
    if said in ("lnot", "neg"):
        return " not "
    return f"({said}) {written}" if stem(said.lower()) in DENYING else written


def _said(written: str, inside: str, evidence: Sequence[str]) -> str:
    if any(written in source for source in evidence):
        return written
    if _JOINED.search(inside):
        inside = re.sub(r"[-_.+|]", " ", inside)
    return f" ({inside}) " if _PROSE.search(inside) else written


def bracketed(claim: str) -> str:
    """`claim` with each aside in round brackets, or behind one, whatever sets the aside apart."""
    if "\\" in claim or "$$" in claim:
        claim = marks.NOTE.sub(r" (\1)", claim)
        claim = marks.DISPLAY.sub(
            lambda shown: f" ({shown[1] or shown[2]}) " if _PROSE.search(shown.group()) else shown.group(), claim
        )
    if _NOTING.search(claim):
        for pattern, bracket in _NOTES:
            claim = pattern.sub(bracket, claim)
    claim = marks.bare(marks.LED.sub(r"(\g<said>) ", claim))
    for at in reversed(marks.joined(claim)):
        claim = f"{claim[: at - 1]}; {claim[at:]}"
    claim = _SIGN.sub(lambda sign: _told(sign, " ("), _ENCLOSED.sub(lambda aside: _told(aside, f" ({aside['said']}) "), claim))
    for pattern, bracket in _ASIDES:
        claim = pattern.sub(bracket, claim)
    return claim.translate(_SQUARE)


def _told(found: re.Match[str], bracket: str) -> str:
    """The bracket in place of signs that say nothing themselves, such as "not equal" or a letter in a circle."""
    sign = disguise.unmasked(found["sign"])
    return found.group() if disguise.unreadable(sign) or any(map(str.isalpha, sign)) else bracket


def apart(claim: Sentence, source: str) -> list[Part]:
    """The stretches of a claim, the text `source`, in bold, italics, code or quotation marks, or behind a marker in its middle."""
    found: list[Part] = []
    for stretch in marks.styled(source):
        first, end = _found(claim, marks.uncited(stretch))
        words = claim.words[first:end]
        if _telling(words) > 1 or (_telling(words) and words[0].text in _LINKING):
            found.append(Part(first, end, _opener(words[0]), "(", phrase=False))
    for stretch in marks.behind(source):
        first, end = _found(claim, bracketed(stretch))
        clause = next((stop for _, stop in _stretches(claim.words[first:end], phrases=False)), 0)
        mark = BEGUN if _begins(claim, first) else "("
        for stop in {first + clause, end}:
            if _telling(claim.words[first:stop]) > 1:
                found.append(Part(first, stop, _opener(claim.words[first]), mark, phrase=False))
    return sorted(found)


def _found(claim: Sentence, stretch: str) -> tuple[int, int]:
    """Where the words of a stretch of a claim begin and end; 0 and 0 where they are none, or all of the claim."""
    forms, wanted = [word.text for word in claim.words], [word.text for word in Sentence(stretch).words]
    held = range(len(forms) - len(wanted) + 1 if len(wanted) < len(forms) else 0)
    return next(((at, at + len(wanted)) for at in held if forms[at : at + len(wanted)] == wanted), (0, 0))


def _begins(claim: Sentence, place: int) -> bool:
    """Whether a word begins another clause: words of content stand before it, and it is neither an auxiliary nor a preposition."""
    word = claim.words[place]
    if _opener(word) or word.text in AUXILIARIES or word.text in ("of", "to"):
        return False
    return sum(not each.stop and each.clause == word.clause for each in claim.words[:place]) >= _BEGUN


def _telling(words: Sequence[Word]) -> int:
    """How many words say something of the subject, and not of the paper or its text."""
    return sum(not word.stop and word.stem not in REPORTING for word in words)


def parts(claim: Sentence) -> list[Part]:
    """The clauses of a claim and the phrases of each clause of several, in order."""
    words = claim.words
    found: list[Part] = []
    for first, end in _stretches(words, phrases=False):
        found.append(_part(claim, first, end, phrase=False))
        phrases = [(first + start, first + stop) for start, stop in _stretches(words[first:end], phrases=True)]
        if len(phrases) > 1:
            found += [_part(claim, start, stop, phrase=True) for start, stop in phrases]
    return found


def _part(claim: Sentence, first: int, end: int, *, phrase: bool) -> Part:
    word = claim.words[first]
    before = claim.words[first - 1].clause if first else -1
    mark = claim.marks[word.clause - 1] if word.clause and before != word.clause else ""
    return Part(first, end, _opener(word), mark, phrase)


def _opener(word: Word) -> str:
    return OPENING.get(word.text, "ing" if word.text.endswith("ing") else "")


def _stretches(words: Sequence[Word], *, phrases: bool) -> Iterator[tuple[int, int]]:
    """Where clauses, or phrases, begin and end; stretches of stop words alone go with the one behind."""
    first, content = 0, 0
    for place, word in enumerate(words):
        opens = _opener(word)
        cut = (place > 0 and word.clause != words[place - 1].clause) or (
            opens and opens != "ing" and (phrases or opens not in _SHORT)
        )
        if cut and content:
            yield first, place
            first, content = place, 0
        content += not word.stop
    if first < len(words):
        yield first, len(words)


def written(claim: Sentence, part: Part) -> str:
    """A part as the claim writes it."""
    return claim.clean[claim.words[part.first].start : claim.words[part.end - 1].end]


def changes(claim: Sentence, part: Part) -> bool:
    """Whether an added part turns what the rest of the claim says: a lead, or behind it a denial, a contrast or a predicate."""
    words = claim.words[part.first : part.end]
    lead = part.first == 0 and part.end < len(claim.words)
    predicate = part.end == len(claim.words) and not part.mark and words[0].text in AUXILIARIES
    return lead or predicate or part.opener == "but" or any(word.text in negation.NEGATIONS for word in words)


def doubtful(held: Resemblance, part: Part) -> bool:
    """Whether a part may be an addition: it denies something, or the evidence lacks one of its words."""
    words = held.claim.words[part.first : part.end]
    own = [word for word in words if not word.stop and word.text != "respectively"]
    return any(word.text in negation.NEGATIONS for word in words) or any(held.closeness[word.stem][1] < 1 for word in own)


def foreign(held: Resemblance, part: Part) -> bool:
    """Tell whether no content word of a part that stands apart from its sentence has a counterpart in the evidence.

    The trees weigh words by their rarity, and an invention of common words weighs little. At the end of a sentence a part stands
    apart behind a comma too, and behind a bare "and" or "but" with a form of "to be" or two content words. A denial without any
    content word, as "but it does not work", has a counterpart only in the same words.

    Returns:
        True where the part is surely added.
    """
    words = held.claim.words[part.first : part.end]
    content = [word for word in words if not word.stop]
    denies = not content and any(word.text in negation.PLAIN for word in words)
    if denies and any(_in_words(place.sentence, words[bool(part.opener) :]) for place in held.found):
        return False
    if not part.first or part.phrase or any(held.closeness[word.stem][1] for word in content) or not (content or denies):
        return False
    if part.mark not in ("", ",", ":"):
        return True
    clause = not content or len(content) > 1 or any(word.text in _LINKING for word in words)
    rest = held.claim.words[part.end :]
    if part.mark == ":" and all(word.figure and word.clause > words[-1].clause for word in rest):  # but for markers the end
        return True
    apart = part.mark == "," or (part.opener in ("and", "but") and clause)
    return apart and not rest


def _in_words(sentence: Sentence, words: Sequence[Word]) -> bool:
    """Whether a sentence holds these words in a row."""
    forms, wanted = [word.text for word in sentence.words], [word.text for word in words]
    return any(forms[at : at + len(wanted)] == wanted for at in range(len(forms) - len(wanted) + 1))


def around(held: Resemblance) -> Iterator[Part]:
    """Yield what a claim sets before the first and behind the last word that the evidence holds, where that says something itself.

    Before: words and a colon or a bracket, or "it ... that". Behind: a second predicate, as "is a story" behind a whole sentence (a
    participle alone may replace a verb of the source, and is left out), or several words that the evidence lacks, behind words that
    it has, and that no preposition, conjunction or participle joins to these: "... of training critics call this absurd".
    """
    claim = held.claim
    words = claim.words
    if (end := _untrue(claim)) and not any(_in_words(place.sentence, words[:end]) for place in held.found):
        yield _part(claim, 0, end, phrase=False)
        return
    told = [place for place in claim.content if place in held.matches[0] or held.closeness[words[place].stem][1] == 1]
    if len(told) < _TOLD:
        return
    first, last = told[0], told[-1] + 1
    lead, tail = words[:first], words[last:]
    if lead and any(not word.stop and word.stem not in REPORTING for word in lead):
        apart = words[first - 1].clause != words[first].clause and claim.marks[words[first].clause - 1] in (":", ")")
        if apart or (lead[-1].text == "that" and lead[0].text in ("it", "there")):
            yield _part(claim, 0, first, phrase=False)
    own = [word for word in tail if not word.stop and word.stem not in REPORTING]
    if tail and tail[0].text in AUXILIARIES:
        if any(not word.text.endswith(_PARTICIPLES) for word in own):
            yield _part(claim, last, len(words), phrase=False)
    elif len(own) > 1 and len(tail) > _GLUED and tail[0].clause == words[last - 1].clause and not _goes_on(tail[0]):
        whole = all(place in told for place in claim.content if place < last)
        if whole and not any(held.closeness[word.stem][1] for word in own):
            yield _part(claim, last, len(words), phrase=False)


def _goes_on(word: Word) -> bool:
    """Whether a word joins what follows to what stands before."""
    return bool(_opener(word)) or word.text in ("of", "to") or word.text.endswith(_PARTICIPLES)


def _untrue(claim: Sentence) -> int:
    """Find a lead that calls the rest of its sentence untrue by its last word: "Wrong - ...", "Not true: ...".

    Returns:
        The number of its words; 0 without such a lead.
    """
    words = claim.words
    for place in range(1, min(len(words), _LEAD + 1)):
        marked = words[place].clause != words[place - 1].clause and claim.marks[words[place].clause - 1] in (":", ")", "(")
        bare = not marked and claim.clean[words[place].start].isupper() and words[place].clause == words[0].clause
        if bare and _PLAINLY.isdisjoint(word.text for word in words[:place]):
            continue
        if marked or bare:
            content = [word for word in words[:place] if not word.stop and word.stem not in REPORTING | SAYING]
            denied = any(word.text in negation.NEGATIONS for word in words[:place])
            return place if content and content[-1].stem in (_AFFIRMING if denied else DENYING) else 0
    return 0


def asserts(held: Resemblance, part: Part) -> bool:
    """Whether a lead or a clause says of something what no word of the evidence says: "LeanDojo was a fraud; it is open".

    A clause beside others is one behind a semicolon, a colon or a bracket. Where the evidence holds all else of the claim, as
    behind a quote, a clause that a conjunction or a relative pronoun joins is one too, also without a form of "to be" or the like:
    "LeanDojo harms its users, and it is open".

    Returns:
        True where the part is surely added.
    """
    claim = held.claim
    words = claim.words[part.first : part.end]
    behind = claim.marks[words[-1].clause : words[-1].clause + 1]
    lead = not part.first and words[0].text not in AUXILIARIES and (part.mark == "(" or behind == [")"])
    clause = not (part.phrase or part.opener) and len(words) < len(claim.words) and not {part.mark, *behind}.isdisjoint(";:()")
    joined = not part.phrase and (clause or _joined(claim, part)) and _wholly_told(held, part)
    verb = next((at for at, word in enumerate(words) if word.text in AUXILIARIES), None)
    if verb is not None:
        least, said = 1, words[verb:] if lead or joined or (clause and verb) else ()
    else:
        told = [at for at, word in enumerate(words) if word.stem in held.closeness and held.closeness[word.stem][1] == 1]
        plain = joined and not any(word.figure for word in words)  # figures have checks of their own
        least, said = 2, words[told[-1] + 1 if told else 0 :] if plain else ()
    own = [word for word in said if not word.stop]
    return len(own) >= least and not any(held.closeness[word.stem][1] for word in own)


def _joined(claim: Sentence, part: Part) -> bool:
    """Whether "and", "but", "which" or the like joins a part to another one; "because" and the like only behind a comma."""
    if part.opener in ("and", "but", "which"):
        return True
    if part.end == len(claim.words):
        return False
    last, behind = claim.words[part.end - 1 : part.end + 1]
    return _opener(behind) in ("and", "but") or (_opener(behind) == "because" and behind.clause != last.clause)


def _wholly_told(held: Resemblance, part: Part) -> bool:
    """Whether the evidence holds all that a claim says beside a part."""
    words = held.claim.words
    rest = [place for place in held.claim.content if not part.first <= place < part.end]
    rest = [place for place in rest if words[place].text not in OPENING and words[place].stem not in REPORTING]
    return len(rest) >= _BESIDE and all(close == 1 for _, close in _coverage(held, rest))


def features(held: Resemblance, part: Part) -> dict[str, float]:
    """What a fitted model weighs of a part: how much of it the evidence holds, beside how much of the rest of the claim."""
    claim = held.claim
    words = claim.words[part.first : part.end]
    inside = [place for place in claim.content if part.first <= place < part.end]
    outside = [place for place in claim.content if not part.first <= place < part.end]
    own, rest = _coverage(held, inside), _coverage(held, outside)
    loose = sorted((weight * (1 - close) for weight, close in own), reverse=True)
    others = sorted((weight * (1 - close) for weight, close in rest), reverse=True)
    stems = {claim.words[place].stem for place in inside} & held.weights.keys()
    total = sum(held.weights[key] for key in stems) or 1.0
    together = max(sum(held.weights[key] for key in stems & place.sentence.places.keys()) / total for place in held.found)
    main = held.matches[0]
    matched = [main[place].place for place in inside if place in main]
    around = [main[place].place for place in outside if place in main]
    negated = any(word.text in negation.NEGATIONS for word in words)
    values = {
        "content": len(inside),
        "words": len(words),
        "stops": len(words) - len(inside),
        "held": sum(close == 1 for _, close in own),
        "kin": sum(0 < close < 1 for _, close in own),
        "loose": sum(close == 0 for _, close in own),
        "share held": sum(close == 1 for _, close in own) / (len(own) or 1),
        "share": len(inside) / (len(claim.content) or 1),
        "coverage": 1 - sum(loose) / (sum(weight for weight, _ in own) or 1),
        "loose sum": sum(loose),
        "loose first": loose[0] if loose else 0.0,
        "loose second": loose[1] if len(loose) > 1 else 0.0,
        "loose third": loose[2] if len(loose) > 2 else 0.0,
        "loose mean": sum(loose) / (len(loose) or 1),
        "held rarest": max((weight for weight, close in own if close == 1), default=0.0),
        "begins": own[0][0] * (1 - own[0][1]) if own else 0.0,
        "ends": own[-1][0] * (1 - own[-1][1]) if own else 0.0,
        "together": together,
        "in best": sum(place in main for place in inside) / (len(inside) or 1),
        "spread": (max(matched) - min(matched)) / len(matched) if matched else 0.0,
        "apart": min((abs(one - other) for one in matched for other in around), default=30),
        "rest content": len(outside),
        "rest coverage": 1 - sum(others) / (sum(weight for weight, _ in rest) or 1),
        "rest held": sum(close == 1 for _, close in rest) / (len(rest) or 1),
        "rest loose": sum(close == 0 for _, close in rest),
        "rest first": others[0] if others else 0.0,
        "rest second": others[1] if len(others) > 1 else 0.0,
        "rest mean": sum(others) / (len(others) or 1),
        "begin": part.first == 0,
        "end": part.end == len(claim.words),
        "where": part.first / len(claim.words),
        "phrase": part.phrase,
        "lead": words[-1].clause < len(claim.marks) and claim.marks[words[-1].clause] == ":",
        "names": sum(claim.words[place].name for place in inside),
        "names loose": sum(claim.words[place].name and close < 1 for place, (_, close) in zip(inside, own, strict=True)),
        "figures": sum(word.figure is not None for word in words),
        "negated": negated,
        "negated alone": negated and not any(negation.cues(sentence) for sentence in held.rest),
        "auxiliary": any(word.text in AUXILIARIES for word in words),
        "adverb": any(word.text.endswith("ly") for word in words),
        "sentences": len(held.found),
    }
    for kind in OPENERS:
        values[f"opens {kind}"] = part.opener == kind
    for mark in MARKS:
        values[f"behind {mark}"] = part.mark == mark or (mark == "(" and part.mark == BEGUN)
    return {name: float(value) for name, value in values.items()}


def _coverage(held: Resemblance, inside: Sequence[int]) -> list[tuple[float, float]]:
    """Of each content word the weight, and how close the closest word of the evidence is, 1 for the same."""
    return [held.closeness[held.claim.words[place].stem] for place in inside]
