"""Follow-ups rewritten as questions that stand alone, from the earlier questions of the user.

Never out of what the assistant wrote: text of a model makes a worse query than text of a person, and an error in one answer
would steer the next search (Wang et al., KNN-LM Does Not Improve Open-ended Text Generation, arXiv 2305.14625).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import text
from assistant.errors import EmptyReply
from assistant.models.prompts import Prompt, fence
from assistant.question.decompose import MOST, parts
from assistant.question.intent import DEFINITION, VERB
from assistant.question.names import OPENERS, subjects
from assistant.types import LanguageModel

_TURNS = 6
"""At most this many earlier questions are read."""
_GENERAL = 3
""""What about X?" replaces a name only in a question with at most this many other content words. In longer ones the result made no
sense: of ten, only three found the paper of X."""
_FEW = 2
"""A question with fewer content words may be all replaced by names of earlier questions."""
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
""""The first one", "the last", "the other one" as a reference to a subject; "the first paper about X" and "the last layer" are
none."""
_PLACES = {"first": 0, "former": -2, "second": 1, "latter": -1, "third": 2, "fourth": 3, "last": -1}
PRONOUN = re.compile(r"(?i)\b(?:it|its|they|them|their|theirs|he|she|his|her)\b")
"""Words that refer to an earlier question, unless a name stands in front of them."""
SEVERAL = re.compile(
    r"(?i)\b(?:(?:both|the (?:two|three|four))(?! (?:(?-i:[A-Z])|\w+ and\b|\w+s (?:of|in|for)\b))|either|they all"
    r"|one from the other|all (?:three|four|of them)|which (?:one|of them)"
    r"|(?:they|these|those)\b(?=.{0,60}\b(?:compar|contra|differ|in common|relat|similar|alike)(?!\w* (?:from|to|with) (?!each)))"
    r"|(?:compare|contrast|between) (?:them|these|those))\b"
    r"|^\W*(?:(?:and|so)\W+)?(?:(?:what(?:'s| is| are) )?(?:the )?differences?|which is (?:better|\w+er)|compare)\W*$"
)
"""Words that refer to several things of earlier questions."""
_THE_THING = re.compile(
    r"(?i)^\s*(?:and|but|so)\b(?! what(?:'s| is) (?!the ))|\b(?:these|those|the same)\b"
    r"|^\s*how (?:many|much) \w+\s*\??\s*$"
    r"|\b(?:this|that|the) (?:paper|method|model|system|approach|work|framework|benchmark|data ?set|result|author)s?\b"
)
"""Words that refer to an earlier question where the question names nothing."""
_THAT = re.compile(r"(?i)\b(?:is|was|does|did|has|can|than|of|about|for|with|from|like) that\b(?! \w+s\b)")


def standalone(question: str, earlier: Sequence[str]) -> str:
    """Rewrite a follow-up by rules so that the question stands alone.

    Args:
        question: the new question.
        earlier: the questions that the user asked before, each standing alone, oldest first.

    Returns:
        The rewritten question, or `question` where it stands alone.
    """
    if not earlier:
        return question
    last = earlier[-1]
    things = _things(earlier)
    # twice at most, as what it stands for may be longer than it
    question = _ORDINAL.sub(lambda match: _at(match.group(1).lower(), things, last) or match.group(), question, count=2)
    about = _WHAT_ABOUT.match(question)
    if about and text.content_words(about.group(2)) and not points_back(about.group(2)):
        return _what_about(about.group(2).rstrip(" ?"), about.group(1), last)
    several = _back(SEVERAL, question)
    if several and len(things) > 1:
        most = MOST if re.search("(?i)three|four|all", several[0]) else 2
        subject = " and ".join(thing if subjects(thing) else f'"{thing}"' for thing in things[-most:])
    elif not text.content_words(question):
        return f"{last} {question}"
    elif points_back(question):
        subject = " and ".join(subjects(last)) or " ".join(dict.fromkeys(text.content_words(last)))
    else:
        return question
    return f"{question.rstrip(' ?.!')} ({subject})?" if subject else question


def _what_about(said: str, condition: str | None, last: str) -> str:
    """Rewrite "what about X": put X in the place of a thing of the same kind in the last question.

    Args:
        said: X.
        condition: the preposition in front of X, which then is an aspect and no thing.
        last: the last question.

    Returns:
        The last question with X in it; where it holds no thing of that kind, "What is X?", or the last question restricted to X.
    """
    new, things = subjects(said), subjects(last)
    kind = _kind(new[0]) if new else ""
    own, rest = (set(text.content_words(q)) - set(text.content_words(" ".join(n))) for q, n in ((said, new), (last, things)))
    kin = [thing for thing in things if _kind(thing) == kind and (not condition or f"{condition} {thing}" in last)]
    bare = DEFINITION.match(last) and not condition
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
    return f"{said}?" if re.search(rf"\b{VERB}\b", said) else f"What is {said}?"


def _things(earlier: Sequence[str]) -> list[str]:
    """The things that the user asked about, in order, back to the last question about several things."""
    asked: list[str] = []
    for question in earlier[-_TURNS:]:
        about, _, last = question.partition(": ")  # as `_what_about` puts it; what names nothing may be an aspect
        asked += [last, about] if not last or subjects(about) or question == earlier[-1] else [last]
    found: list[str] = []
    for question in reversed(asked):
        topic = " ".join(word for word in text.content_words(question) if word not in OPENERS)
        names = subjects(question) or ([topic] if topic else [])
        about = names if parts(question) else names[:1]
        found = list(dict.fromkeys([*about, *found]))
        if len(about) > 1:
            break
    return found


def _at(place: str, things: Sequence[str], last: str) -> str | None:
    """Resolve "the first", "the last" or "the other" to one of several subjects of earlier questions.

    Returns:
        The subject; for "the other" the latest one that the last question does not name. None where too few subjects are known.
    """
    if place == "other" and len(things) > 1:
        return next((thing for thing in reversed(things) if thing not in last), things[-1])
    return things[_PLACES[place]] if len(things) > max(1, _PLACES.get(place, 0)) else None


def _kind(name: str) -> str:
    """The kind of a thing, which is replaced by things of its kind only: figure, class (such as GPUs) or name."""
    if not any(map(str.isalpha, name)):
        return "figure"
    return "class" if re.fullmatch("[A-Z]{2,}s", name) else "name"


def _likeness(one: str, other: str) -> tuple[int, bool]:
    """How many parts two names share: GPT-2 and GPT-3; and whether both are plain words: Lean and Coq."""
    words = [set(re.findall(r"[a-z]+|\d+", name.lower())) for name in (one, other)]
    return len(words[0] & words[1]), one[1:].islower() == other[1:].islower()


def points_back(question: str) -> bool:
    """Whether a word of the question stands for something said before."""
    back = any(_back(pattern, question) for pattern in (PRONOUN, _THAT, SEVERAL))
    return back or bool(not subjects(question) and _THE_THING.search(question))


def _back(pattern: re.Pattern[str], question: str) -> list[str]:
    """The matches of `pattern` that refer to an earlier question; a match behind a name refers to the name."""
    names = subjects(question)
    # by its first word, as a name's words are put together with one blank whatever stood between them
    first = question.find((names[0].split() or [""])[0]) if names else len(question)
    return [match.group() for match in pattern.finditer(question) if match.start() < first]


class ModelRewriter:
    """Makes follow-ups stand alone by a language model, which is shown the user's questions and nothing else."""

    holes = frozenset({"question", "earlier"})
    """The holes of its prompt."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def standalone(self, question: str, earlier: Sequence[str]) -> str:
        """Rewrite a follow-up by the model; by rules where the reply is none of the question in words that the user used.

        Args:
            question: the new question.
            earlier: the questions that the user asked before, each standing alone, oldest first.

        Returns:
            The rewritten question.

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
        if (
            len(lines) != 1
            or len(lines[0]) > 4 * (len(question) + max(map(len, earlier)))
            or not _rewords(lines[0], question, earlier)
        ):
            return standalone(question, earlier)
        return lines[0]


def _rewords(reply: str, question: str, earlier: Sequence[str]) -> bool:
    """Whether a reply is made of words of the questions: half of its content words are theirs, and one is the new question's.

    A model that replies "I cannot tell" has reworded nothing. A new question of one content word, such as "the second one", may
    have been replaced by a name.

    Returns:
        True where it is.
    """
    own = set(text.content_words(question))
    known = own.union(*map(text.content_words, earlier[-_TURNS:]))
    said = set(text.content_words(reply))
    return 2 * len(said & known) >= len(said) > 0 and (len(own) < _FEW or bool(said & own))
