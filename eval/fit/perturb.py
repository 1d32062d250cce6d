"""Errors put into true sentences, to fit the verifier on: a figure, a negation, a direction or an entity changed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from assistant.verify.alignment import Sentence

_PAIRS = """increase/decrease increases/decreases increased/decreased increasing/decreasing raise/lower raises/lowers raised/lowered
improve/worsen improves/worsens improved/worsened higher/lower more/less more/fewer greater/smaller larger/smaller longer/shorter
better/worse best/worst stronger/weaker strong/weak faster/slower fast/slow above/below before/after earlier/later over/under
with/without positive/negative positively/negatively high/low highest/lowest most/least always/never all/none many/few first/last
outperforms/underperforms outperform/underperform exceeds/trails gain/loss rise/fall rises/falls rose/fell up/down cheap/expensive
simple/complex easy/hard easier/harder success/failure activates/inhibits activation/inhibition promotes/inhibits promote/inhibit
enhances/impairs enhance/impair induces/suppresses induce/suppress upregulates/downregulates causes/prevents cause/prevent
beneficial/harmful effective/ineffective likely/unlikely common/rare frequent/rare early/late wide/narrow dense/sparse open/closed
supports/contradicts confirms/refutes accept/reject accepts/rejects agrees/disagrees agree/disagree win/lose wins/loses
maximum/minimum include/exclude includes/excludes start/end begins/ends""".split()
SWAPS: dict[str, list[str]] = {}
for _pair in _PAIRS:
    _one, _other = _pair.split("/")
    SWAPS.setdefault(_one, []).append(_other)
    SWAPS.setdefault(_other, []).append(_one)

_NUMBERS = "two three four five six seven eight nine ten twelve fifteen twenty thirty".split()
_DIGITS = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?|\b(?:" + "|".join(_NUMBERS) + r")\b", re.IGNORECASE)
_VERB = re.compile(r"\b(is|are|was|were|can|could|will|would|may|might|has|have|had|does|do|did|should|must)\b(?! not\b| no\b)")
_NOT = re.compile(r"\b(?:does|do|did) not (?=[a-z])|(?<=\w) not\b|(?<=\w)n't\b|\bnever |\bcannot\b|\bno (?=[a-z])|\bwithout\b")
_THIRD = re.compile(r"\b([a-z]{3,}(?:[^s\Wu])s)\b")
KINDS = ("figure", "negation", "direction", "entity")


def perturb(sentence: str, kind: str, others: Sequence[str], rng: random.Random) -> str | None:
    """`sentence` with one change of a `kind`, names and terms out of `others`; None where it offers no place for one."""
    changed = {"figure": _figure, "negation": _negation, "direction": _direction}[kind](sentence, rng) if kind != "entity" else (
        _entity(sentence, others, rng)
    )  # fmt: skip
    return changed if changed and changed != sentence else None


def _figure(sentence: str, rng: random.Random) -> str | None:
    found = list(_DIGITS.finditer(sentence))
    if not found:
        return None
    match = rng.choice(found)
    written = match.group().replace(",", "")
    if written.lower() in _NUMBERS:
        new = rng.choice([word for word in _NUMBERS if word != written.lower()])
    elif "." in written:
        places = len(written.partition(".")[2])
        new = f"{abs(float(written) * rng.choice([0.5, 0.8, 1.3, 2]) + rng.choice([-1, 1, 2.1])):.{places}f}"
    elif len(written) == 4 and written[:2] in ("19", "20"):
        new = str(int(written) + rng.choice([-7, -3, -2, -1, 1, 2, 4]))
    elif len(written) < 16:
        value = int(written)
        new = str(rng.choice([value + 1, value + 2, max(0, value - 1), value * 2, value * 10, value // 2, value + value // 5]))
    else:
        return None
    return sentence[: match.start()] + new + sentence[match.end() :]


def _negation(sentence: str, rng: random.Random) -> str | None:
    denied = list(_NOT.finditer(sentence))
    if denied:
        match = rng.choice(denied)
        instead = {"without": "with", "cannot": "can"}.get(match.group(), "")
        return sentence[: match.start()] + instead + sentence[match.end() :]
    places = [(match.end(), match.end(), " not") for match in _VERB.finditer(sentence)]
    for match in _THIRD.finditer(sentence):
        bare = match.group()[:-2] if match.group().endswith(("sses", "shes", "ches", "xes")) else match.group()[:-1]
        places.append((match.start(), match.end(), rng.choice(["does not ", "fails to "]) + bare))
    if not places:
        return None
    start, end, new = rng.choice(places[:2])
    return sentence[:start] + new + sentence[end:]


def _direction(sentence: str, rng: random.Random) -> str | None:
    found = [match for match in re.finditer(r"[A-Za-z]+", sentence) if match.group().lower() in SWAPS]
    if not found:
        return None
    match = rng.choice(found)
    return sentence[: match.start()] + rng.choice(SWAPS[match.group().lower()]) + sentence[match.end() :]


def _entity(sentence: str, others: Sequence[str], rng: random.Random) -> str | None:
    """A name, or else a long word, replaced by one that another text has."""
    names = [word.text for word in Sentence(sentence).words if word.name and len(word.text) > 1]
    replacements = [
        word for other in rng.sample(others, min(4, len(others))) for word in re.findall(r"(?<=[a-z,] )[A-Z][\w-]+", other)
    ]
    if not names or not replacements or rng.random() < 0.5:
        names = [
            match.group().lower()
            for match in re.finditer(r"\b[a-z]{6,}\b", sentence)
            if not match.group().endswith(("ing", "ed", "ly"))
        ]
        replacements = [word for other in rng.sample(others, min(4, len(others))) for word in re.findall(r"\b[a-z]{6,}\b", other)]
        replacements = [word for word in replacements if not word.endswith(("ing", "ed", "ly"))]
    if not names or not replacements:
        return None
    match = re.search(rf"\b{re.escape(rng.choice(names))}\b", sentence, re.IGNORECASE)
    new = rng.choice(replacements)
    return sentence[: match.start()] + new + sentence[match.end() :] if match and new.lower() != match.group().lower() else None
