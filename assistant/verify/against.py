"""Sentences that set themselves against the paper that they cite: "Contrary to [1], ...", "... is refuted by [1]"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.text.stems import stem

AGAINST = "it sets itself against what it cites"
"""The reason for such a sentence."""
_PAPER = r"(?:papers?|authors?|abstracts?|article|study|studies|report|source)"
_NOUN = rf"(?:{_PAPER}|text|work|findings?|results?|evidence|data|words?)"
_CITED = (
    rf"(?:(?:the|this|that|cited)\s){{0,2}}(?:{_NOUN}\s(?:of|in|by|from)\s(?:(?:the|this)\s)?)?"
    rf"(?:{_PAPER}\s)?\[1\](?:\[1\]){{0,9}}"
)
"""A marker that stands for its paper, with the words for the paper before it."""
_PREPOSITION = (
    r"(?:unlike|(?<!ed\s)against|despite|versus|vs\.?|contra|pace|without|notwithstanding|in\sspite\sof|instead\sof|rather\sthan"
    r"|regardless\sof)"
)
"""Words that set what they stand before against the rest."""
_TURN = (
    r"(?:contradict|refut|disprov|disput|den[iy]|reject|rebut|debunk|misread|misquot|misinterpret|misrepresent|misunderst[ao]n?o?d"
    r"|misstat|mischaracteri|misuse|distort|ignor|disregard|overlook|flout|def[iy]|doubt|distrust|mistrust|disagree|retract"
    r"|overturn|invalidat|disown|disavow|repudiat|negat|falsif|fabricat|twist|garbl|mangl|betray|bel[iy]|oppos|conflict|clash|violat"
    r"|discredit|undermin|exaggerat|overstat|disbeliev|dismiss|dissent|diverg|deviat|differ)"
)
"""The beginnings of verbs that do so."""
_FORM = r"(?:e|es|s|y|ies|ed|d|ing|ion|ions|ance|ent|ence|al|able)?"
"""Endings of these verbs."""
_LIE = r"l(?:ie[sd]?|ying)"
_OTHER = (
    r"(?:contrary|inconsistent|incompatible|irreconcilable|unsupported|unsubstantiated|unconfirmed|unproven|unsaid|unstated|unmentioned"
    r"|absent|missing|foreign|alien|unknown|opposites?|odds|variance|contrast|defiance|opposition|violation|wrong|false|untrue"
    r"|incorrect|mistaken|erroneous|antithetical|disagreement|contradiction|disproof|denial|rejection|refutation|departure)"
)
"""Other words that do so with a preposition."""
_NEGATION = r"(?:not|never|nowhere|nothing|no|neither|hardly|scarcely|cannot|\w{2,6}n['\u2019]t)"
"""Words that deny what stands between them and a marker."""
_SAYING = (
    r"(?:sa(?:y|id|ys)|stat(?:e|es|ed)|show(?:s|n|ed)?|claim(?:s|ed)?|report(?:s|ed)?|support(?:s|ed)?|mention(?:s|ed)?|confirm(?:s|ed)?"
    r"|prove[ns]?|proved|f(?:i|ou)nds?|back(?:s|ed)?|backing|contain(?:s|ed)?|written|told|basis|evidence|trace|word|place|ground|grounds"
    r"|agree(?:s|d)?|warrant(?:s|ed)?|justif(?:y|ies|ied)|grounded|borne|stands?|true|what|the\scase|how)"
)
"""What a paper is denied to do or to hold, between a word of denial and the marker: "not shown in [1]", "no evidence in [1]"."""
_LINK = r"(?:to|by|with|in|of|from|at|per|according|as|under|for|on|out|up|what)"
"""Words between these and a marker."""
_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<always>{_PREPOSITION})\s{_CITED}",
        rf"\b(?P<word>{_TURN}(?:s|es|ies|ing))\s{_CITED}",
        rf"\b(?P<word>{_TURN}(?:e|y)?)\s{_CITED}(?=\s\w)",
        rf"\b(?P<word>{_TURN}{_FORM}|{_OTHER})(?:\s{_LINK}){{1,3}}\s{_CITED}",
        rf"\b(?P<always>{_NEGATION})(?:\s{_SAYING})?(?:\s{_LINK}){{1,3}}\s{_CITED}",
        rf"\b(?P<always>{_NEGATION})\s{_SAYING}\s(?:by\s|in\s)?{_CITED}",
        rf"(?:^|[,;:(]\s?|\b(?:that|as|which|but|and|while|though|because|what|{_NOUN}(?:\sof)?)\s)\[1\]\s(?:\w{{2,12}}ly\s)?"
        rf"(?P<word>{_TURN}{_FORM}|{_LIE})\b",
        r"(?P<always>\[1\])\s(?:says?|said|states?|shows?|claims?|reports?|finds?|found)"
        r"\s(?:no\s|otherwise|nothing|the\s(?:opposite|contrary|reverse))",
        rf"(?:\S{{1,40}}\s){{4}}\[1\]\s(?P<word>{_TURN}{_FORM}|{_LIE})(?:\s(?:this|it|that|so))?\W*$",
        rf"^\W*(?P<always>no|wrong|false|not\sso|untrue|incorrect|nonsense|never|hardly)\b[,:;]?\s(?:\w{{1,40}}\s){{0,3}}{_CITED}",
    )
]


def sets_against(claim: str, evidence: Sequence[str]) -> bool:
    """Tell whether a sentence sets itself against what it cites; a word that the papers have too may be theirs.

    Args:
        claim: the sentence, each of its citations as `[1]`.
        evidence: the texts that it cites.

    Returns:
        Whether it does.
    """
    if "[1]" not in claim:
        return False
    words = set(_turning(claim))
    if None in words or not words:
        return bool(words)
    held = {stem(word) for text in evidence for word in re.findall(r"[a-z]+", text.lower())}
    return any(stem(word.lower()) not in held for word in words if word)


def _turning(claim: str) -> Iterator[str | None]:
    """The words that turn a sentence against a citation; None for one that does so whatever the papers say."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(claim):
            yield found.groupdict().get("word")
