"""Follow-ups to questions that stand alone, out of what the user asked before; double questions to single ones.

Never out of what the assistant wrote: text of a model makes a worse query than text of a person, and an error in one answer
would steer the next search (Wang et al., KNN-LM Does Not Improve Open-ended Text Generation, arXiv 2305.14625).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from assistant import text
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence
from assistant.question.decompose import MOST, parts
from assistant.types import LanguageModel

_TURNS = 6
"""Earlier questions that are looked at."""
_GENERAL = 3
"""Content words of a question, beside its names, that another name may stand among; in longer ones, such as the tuning questions,
it is nonsense: of ten that got the name of an unrelated paper three found that paper."""
_WHAT_ABOUT = re.compile(
    r"(?is)^\s*(?:(?:and|but|so|now|ok(?:ay)?|thanks)\b[\s,.!]*)*(?:(?:what|how) about|(?<=and))\s+(?:(for|with|in|on|at)\s+)?"
    r"(?!(?-i:what|which|who|how|why|when|where|is|are|was|do|does|did|can|please|tell|show|explain|compare|describe|list)\b)"
    r"([^\s?].*)$"
)
_ORDINAL = re.compile(
    r"(?i)(?<!one from )\bthe (former|latter|(?:first|second|third|fourth|last|other)"
    r"(?= (?:one|paper|method|system|model|of them|of the two)\b(?! (?:about|for|in|of|on|that|to|which|who)\b)"
    r"|\W*$|[,;?]| (?:is|are|was|does|did|do|has|have|can|uses?|needs?|than|and|or|(?:\w+er|more \w+) than)\b))"
    r"(?: (?:one|paper|method|system|model|of them|of the two)\b)?"
)
"""Neither the first paper about something nor the last layer."""
_PLACES = {"first": 0, "former": -2, "second": 1, "latter": -1, "third": 2, "fourth": 3, "last": -1}
_PRONOUN = re.compile(r"(?i)\b(?:it|its|they|them|their|theirs|he|she|his|her)\b")
"""What stands for something said before, wherever no name stands in front of it."""
_SEVERAL = re.compile(
    r"(?i)\b(?:(?:both|the (?:two|three|four))(?! (?:(?-i:[A-Z])|\w+ and\b|\w+s (?:of|in|for)\b))|either|they all"
    r"|one from the other|all (?:three|four|of them)|which (?:one|of them)"
    r"|(?:they|these|those)\b(?=.{0,60}\b(?:compar|contra|differ|in common|relat|similar|alike)(?!\w* (?:from|to|with) (?!each)))"
    r"|(?:compare|contrast|between) (?:them|these|those))\b"
    r"|^\W*(?:(?:and|so)\W+)?(?:(?:what(?:'s| is| are) )?(?:the )?differences?|which is (?:better|\w+er)|compare)\W*$"
)
"""Likewise for several things."""
_THE_THING = re.compile(
    r"(?i)^\s*(?:and|but|so)\b(?! what(?:'s| is) (?!the ))|\b(?:these|those|the same)\b"
    r"|^\s*how (?:many|much) \w+\s*\??\s*$"
    r"|\b(?:this|that|the) (?:paper|method|model|system|approach|work|framework|benchmark|data ?set|result|author)s?\b"
)
"""The same where the question names nothing."""
_WORD = r"(?:[A-Z][\w+*^]*|\w+[A-Z0-9][\w+*^]*)(?:[-.][\w+*^]+)*"
_NAMED = re.compile(rf"[\"“]([^\"”]{{2,80}})[\"”]|(?<![\w-])({_WORD}(?:\s+(?:{_WORD}|\d\w*(?:\.\w+)*))*)")
_OPENERS = frozenset("compare contrast name list describe summarise summarize define ok okay thanks yes no".split())
"""Words that open a question with a capital and name nothing, beside the stop words."""
_THAT = re.compile(r"(?i)\b(?:is|was|does|did|has|can|than|of|about|for|with|from|like) that\b(?! \w+s\b)")
_ASKS_NEXT = re.compile(
    r"(?i)(?:[?;.]\s+(?:(?:and|or|but)\s+)?|(?:,|(?<!\s)(?=\s))\s+(?:and|or|but)\s+)"
    r"(?=(?:(?:in|on|at|by|for|from|to|with|of) )?(?:what|which|who|whom|whose|how|why|when|where|do|does|did)\b)"
)
"""What stands between two questions in one."""
_OF_THINGS = re.compile(
    r"(?i)\b(?:compar\w+|contrast\w*|differ\w*|versus|vs|in common|relate)\b"
    r"|^\s*(?:what(?:'s| is| are)|who (?:is|are)|explain|describe|define)\b"
)
"""What asks the same of each thing that it names."""
_WHAT_IS = re.compile(r"(?i)^\W*(?:what|who)(?:'s| is| are| was| were)\s+(.+)$")
DEFINES = re.compile(
    r"^\W*(?:[Ww]hat|[Ww]ho)(?:'s| is| are) (?!the [a-z]|.*(?:[,;:'’]|\b(?:in|on|at|for|with|its?)\b))\S+(?:\s\S+){0,3}$"
)
"""Asks for nothing but what something is: the Vendi Score, but not the score."""
_VERB = r"(?:am|is|are|was|were|be|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_NO_CLAUSE = re.compile(
    rf"(?i)^(?:in|on|at|by|for|from|to|with|of)\b(?!.*\b{_VERB}\b)"
    rf"|^(?:\w+ ){{1,6}}?(?:what|which|many|much)(?: \w+){{1,3}}, {_VERB}\b"
)
"""A question without a verb of its own: "on what corpus"; or with one that it shares: "for how many hours, was it trained"."""


class Single(NamedTuple):
    """One of several questions in one."""

    said: str
    """Its words, or the thing that it is about."""
    asked: str
    """The same as a question that stands alone."""
    follows: bool = False
    """It asks on about what the one before is about."""


def singles(question: str) -> list[Single]:
    """The questions that a double one holds, or one for each thing that it compares by name; none where it is a single one."""
    found: list[Single] = []
    start = 0
    for first, last in [*(match.span() for match in _ASKS_NEXT.finditer(question)), (len(question), len(question))]:
        said = question[start:first].strip(" ,;?.")
        if text.content_words(said):
            asked = _after(found, said)
            found.append(Single(said, asked, follows=asked != f"{said}?"))
        start = last
    if any(_NO_CLAUSE.search(single.said) for single in found):
        return []
    if len(found) < 2:
        things = [named(question[first:last])[:1] for first, last in parts(question)] if _OF_THINGS.search(question) else []
        found = [Single(thing, f"What is {thing}?") for each in things for thing in each]
    return found[:MOST] if len(found) > 1 else []


def _after(before: Sequence[Single], said: str) -> str:
    """What is asked behind other questions, as one that stands alone: "it" is what the last one asks for."""
    thing = _WHAT_IS.match(before[-1].said) if before and not _SEVERAL.search(said) else None
    if thing and (pronoun := _PRONOUN.search(said)) and pronoun.group() in ("it", "they", "them"):
        return f"{said[: pronoun.start()]}{thing.group(1)}{said[pronoun.end() :]}?"
    return standalone(f"{said}?", [single.asked for single in before])


def standalone(question: str, earlier: Sequence[str]) -> str:
    """`question`, made to stand alone by rules, or as it is where it does already.

    Args:
        question: the new question.
        earlier: the questions that the user asked before, each standing alone, oldest first.
    """
    if not earlier:
        return question
    last = earlier[-1]
    things = _things(earlier)
    # twice at most, as what it stands for may be longer than it
    question = _ORDINAL.sub(lambda match: _at(match.group(1).lower(), things, last) or match.group(), question, count=2)
    about = _WHAT_ABOUT.match(question)
    if about and text.content_words(about.group(2)) and not _points_back(about.group(2)):
        return _what_about(about.group(2).rstrip(" ?"), about.group(1), last)
    several = _back(_SEVERAL, question)
    if several and len(things) > 1:
        most = MOST if re.search("(?i)three|four|all", several[0]) else 2
        subject = " and ".join(thing if named(thing) else f'"{thing}"' for thing in things[-most:])
    elif not text.content_words(question):
        return f"{last} {question}"
    elif _points_back(question):
        subject = " and ".join(named(last)) or " ".join(dict.fromkeys(text.content_words(last)))
    else:
        return question
    return f"{question.rstrip(' ?.!')} ({subject})?" if subject else question


def _what_about(said: str, condition: str | None, last: str) -> str:
    """`last` with `said` in place of a thing of its kind; where that makes no sense, what `said` is, or `last` in its respect.

    Behind a preposition, which is the `condition`, it is no thing of its own.
    """
    new, things = named(said), named(last)
    kind = _kind(new[0]) if new else ""
    own, rest = (set(text.content_words(q)) - set(text.content_words(" ".join(n))) for q, n in ((said, new), (last, things)))
    kin = [thing for thing in things if _kind(thing) == kind and (not condition or f"{condition} {thing}" in last)]
    bare = DEFINES.match(last) and not condition
    if kin and new[0] not in things and len(rest) <= _GENERAL and own <= rest and not bare:
        old = max(kin, key=lambda thing: _likeness(thing, new[0]))
        return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: " and ".join(new), " ".join(last.split()))
    if kind == "name":
        within = condition or re.search(rf"\b(?:for|with|in|on|at) (?:the )?{re.escape(new[0])}", said)
        instance = len(rest) <= _GENERAL and re.match(r"(?i)which \w+s\b", last)
        alone = not within and (bare or not (instance or new[0] in things))
    else:
        alone = bare and not (new or things or said.lower().startswith("the "))
    if not alone:
        return f"{said}: {last}"
    return f"{said}?" if re.search(rf"\b{_VERB}\b", said) else f"What is {said}?"


def _things(earlier: Sequence[str]) -> list[str]:
    """What the user asked about, in the order in which it came up, back to the last question that asks about several things."""
    asked: list[str] = []
    for question in earlier[-_TURNS:]:
        about, _, last = question.partition(": ")  # as `_what_about` puts it; what names nothing may be an aspect
        asked += [last, about] if not last or named(about) or question == earlier[-1] else [last]
    found: list[str] = []
    for question in reversed(asked):
        topic = " ".join(word for word in text.content_words(question) if word not in _OPENERS)
        names = named(question) or ([topic] if topic else [])
        about = names if parts(question) else names[:1]
        found = list(dict.fromkeys([*about, *found]))
        if len(about) > 1:
            break
    return found


def _at(place: str, things: Sequence[str], last: str) -> str | None:
    """The thing in that place, if there are several; the other one is not the one that the last question is about."""
    if place == "other" and len(things) > 1:
        return next((thing for thing in reversed(things) if thing not in last), things[-1])
    return things[_PLACES[place]] if len(things) > max(1, _PLACES.get(place, 0)) else None


def _kind(name: str) -> str:
    """What may stand in place of what: a figure, a class such as GPUs, a name."""
    if not any(map(str.isalpha, name)):
        return "figure"
    return "class" if re.fullmatch("[A-Z]{2,}s", name) else "name"


def _likeness(one: str, other: str) -> tuple[int, bool]:
    """How many parts two names share: GPT-2 and GPT-3; and whether both are plain words: Lean and Coq."""
    words = [set(re.findall(r"[a-z]+|\d+", name.lower())) for name in (one, other)]
    return len(words[0] & words[1]), one[1:].islower() == other[1:].islower()


def named(question: str) -> list[str]:
    """What a question names, in its order: what stands in quotation marks, and words with capitals, taken together."""
    found: list[str] = []
    acronyms = [[acronym] for acronym in text.capitals(question)]
    for quoted, written in _NAMED.findall(question):
        words = written.split()
        while words and words[0].lower() in text.STOP_WORDS | _OPENERS and words not in acronyms:
            words.pop(0)
        if name := quoted or " ".join(words):
            found.append(name)
    return list(dict.fromkeys(found))


def _points_back(question: str) -> bool:
    """Whether a word of the question stands for something said before."""
    back = any(_back(pattern, question) for pattern in (_PRONOUN, _THAT, _SEVERAL))
    return back or bool(not named(question) and _THE_THING.search(question))


def _back(pattern: re.Pattern[str], question: str) -> list[str]:
    """What of `pattern` stands for something said before: one with a name in front of it stands for that."""
    names = named(question)
    # by its first word, as a name's words are put together with one blank whatever stood between them
    first = question.find((names[0].split() or [""])[0]) if names else len(question)
    return [match.group() for match in pattern.finditer(question) if match.start() < first]


class Condenser:
    """Makes follow-ups stand alone by a language model, which is shown the user's questions and nothing else."""

    holes = frozenset({"question", "earlier"})
    """Those of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def standalone(self, question: str, earlier: Sequence[str]) -> str:
        """`question`, made to stand alone; by rules where the model replies nothing that can be searched for.

        Raises:
            ModelError: the model cannot be asked.
        """
        if not earlier:
            return question
        asked = "\n".join(fence(each, "earlier") for each in earlier[-_TURNS:])
        messages = self._prompt.messages(question=fence(question, "question"), earlier=asked)
        try:
            reply = self._model.complete(messages, temperature=0).text
        except EmptyReply:
            reply = ""
        lines = [line.strip().strip("\"'“”` ") for line in reply.splitlines() if line.strip()]
        if len(lines) != 1 or len(lines[0]) > 4 * (len(question) + max(map(len, earlier))) or not text.words(lines[0]):
            return standalone(question, earlier)
        return lines[0]
