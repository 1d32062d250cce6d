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
from assistant.parts import MOST, parts
from assistant.prompts import Prompt, fence
from assistant.types import LanguageModel

_TURNS = 6
"""Earlier questions that are looked at."""
_WHAT_ABOUT = re.compile(
    r"(?i)^\s*(?:and|but|so|ok(?:ay)?)?[\s,]*(?:(?:what|how) about|and)\s+(?:for\s+|with\s+|in\s+)?"
    r"(?!(?:what|which|who|how|why|when|where|is|are|was|do|does|did|can)\b)(.+?)\s*\?*\s*$"
)
_ORDINAL = re.compile(
    r"(?i)\bthe (first|second|third|fourth|last|latter|former|other)(?: (?:one|paper|method|system|model|of them|of the two))?\b"
)
_PLACES = {"first": 0, "former": 0, "second": 1, "latter": -1, "other": -1, "third": 2, "fourth": 3, "last": -1}
_PRONOUN = re.compile(r"(?i)\b(?:it|its|they|them|their|theirs|he|she|his|her)\b")
"""What stands for something said before, wherever no name stands in front of it."""
_THE_THING = re.compile(
    r"(?i)^\s*(?:and|but|so)\b|\b(?:these|those|both|the same|the two|which (?:one|of them)|either)\b"
    r"|^\s*how (?:many|much) \w+\s*\??\s*$"
    r"|\b(?:this|that|the) (?:paper|method|model|system|approach|work|framework|benchmark|data ?set|result|author)s?\b"
)
"""The same where the question names nothing."""
_WORD = r"(?:[A-Z][\w+*^]*|\w+[A-Z0-9][\w+*^]*)(?:[-.][\w+*^]+)*"
_NAMED = re.compile(rf"[\"“]([^\"”]{{2,80}})[\"”]|(?<![\w-])({_WORD}(?:\s+(?:{_WORD}|\d\w*(?:\.\w+)*))*)")
_OPENERS = {
    "compare",
    "contrast",
    "name",
    "list",
    "describe",
    "summarise",
    "summarize",
    "define",
    "ok",
    "okay",
    "thanks",
    "yes",
    "no",
}
"""Words that open a question with a capital and name nothing, beside the stop words."""
_THAT = re.compile(r"(?i)\b(?:is|was|does|did|has|can|than|of|about|for|with|from|like) that\b(?! \w+s\b)")
_ASKS_NEXT = re.compile(
    r"(?i)(?:[?;.]\s+(?:(?:and|or|but)\s+)?|(?:,|(?<!\s)(?=\s))\s+(?:and|or|but)\s+)"
    r"(?=(?:(?:in|on|at|by|for|from|to|with|of) )?(?:what|which|who|whom|whose|how|why|when|where|do|does|did)\b)"
)
"""What stands between two questions in one."""
_OF_THINGS = re.compile(
    r"(?i)\b(?:compar\w+|contrast\w*|differ\w*|versus|vs)\b|^\s*(?:what(?:'s| is| are)|who (?:is|are)|explain|describe|define)\b"
)
"""What asks the same of each thing that it names."""
_WHAT_IS = re.compile(r"(?i)^\W*(?:what|who)(?:'s| is| are| was| were)\s+(.+)$")
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
    thing = _WHAT_IS.match(before[-1].said) if before else None
    if thing and (pronoun := _PRONOUN.search(said)) and pronoun.group().lower() in ("it", "they", "them"):
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
    things = named(last)
    if ordinal := _ORDINAL.search(question):
        place = _PLACES[ordinal.group(1).lower()]
        if len(things) > 1 and place < len(things):
            thing = things[place]
            about = _WHAT_ABOUT.match(question)
            if about and _ORDINAL.fullmatch(about.group(1).strip()):
                return f"{thing}: {last}"
            return question[: ordinal.start()] + thing + question[ordinal.end() :]
    about = _WHAT_ABOUT.match(question)
    if about and not _points_back(about.group(1)):
        # another thing in the place of the one asked about before
        new = named(about.group(1))
        if new and things and things[0] in last:
            return last.replace(things[0], new[0])
        return f"{about.group(1)}: {last}"
    if not text.content_words(question):
        return f"{last} {question}"
    if _points_back(question):
        subject = " and ".join(things) or " ".join(dict.fromkeys(text.content_words(last)))
        return f"{question.rstrip(' ?.!')} ({subject})?" if subject else question
    return question


def named(question: str) -> list[str]:
    """What a question names, in its order: what stands in quotation marks, and words with capitals, taken together."""
    found: list[str] = []
    for quoted, written in _NAMED.findall(question):
        words = written.split()
        while words and words[0].lower() in text.STOP_WORDS | _OPENERS:
            words.pop(0)
        if name := quoted or " ".join(words):
            found.append(name)
    return list(dict.fromkeys(found))


def _points_back(question: str) -> bool:
    """Whether a word of the question stands for something said before: one with a name in front of it stands for that."""
    names = named(question)
    if not names and _THE_THING.search(question):
        return True
    # by its first word, as a name's words are put together with one blank whatever stood between them
    first = question.find((names[0].split() or [""])[0]) if names else len(question)
    return any(match.start() < first for match in (*_PRONOUN.finditer(question), *_THAT.finditer(question)))


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
