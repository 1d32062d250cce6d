"""Follow-ups to questions that stand alone, out of what the user asked before.

Never out of what the assistant wrote: text of a model makes a worse query than text of a person, and an error in one answer
would steer the next search (Wang et al., KNN-LM Does Not Improve Open-ended Text Generation, arXiv 2305.14625).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import text
from assistant.errors import EmptyReply
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
    r"(?i)^\s*(?:and|but|so)\b|\b(?:these|those|both|the same)\b"
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
