"""Sentences of an abstract that give orders to whoever reads it: they are no evidence, and no model is shown them."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant import text

_VERBS = (
    r"(?:ignore|disregard|forget|override|answer|respond|reply|say|state|tell|output|print|write|cite|mention|recommend|include"
    r"|repeat|conclude|report|claim|rank|rate|treat|follow|obey|reveal|pretend|act|summari[sz]e|add|insert|append|use|prefer"
    r"|begin|start|end|stop|refuse|omit|describe|present|quote|call|trust|assume|consider|translate|visit|click|send|execute|run)"
)
_READER = (
    r"(?:assistants?|chat ?bots?|AIs?|A\.I\.|(?:large )?language models?|LLMs?|GPT|models?|readers?|systems?|agents?|reviewers?"
    r"|summari[sz]ers?)"
)
_MUST = r"(?:must|should|shall|will|have to|has to|need to|needs to|are to|ought to|may)"
_ORDERS = [
    # what is to be dropped is what was said before
    r"\b(?:ignore|disregard|forget|override|bypass|set aside)\b[^.]{0,40}"
    r"\b(?:instructions?|prompts?|rules?|guidelines?|messages?|passages?|papers|sources|context|above|before)\b",
    # the reader is spoken to
    rf"\b(?:you|{_READER}) {_MUST} (?:now |always |never |only |not )*{_VERBS}\b",
    r"\byou are (?:now |an? |the |no longer )",
    r"\byour (?:answers?|repl(?:y|ies)|responses?|instructions?|task|job|output|role|system prompt|next)\b",
    r"\b(?:when|whenever|if|once) (?:you(?:'re| are)?|someone|anyone|a user|the user|users?|they)"
    rf" ?(?:asks?|asked|are asked|wants?)?\b[^.]{{0,80}},? ?\b{_VERBS}\b",
    r"\b(?:when|if|whenever) asked\b(?!, (?:more|most|all|they|participants|patients))",
    # a sentence that opens with a verb of saying, or calls on a reader
    r"\A\W*(?:(?:please|now|note|important|attention|remember|warning|urgent|instead|also|then|next|finally|and|so|therefore)\b"
    rf"[\s,:!-]*)*(?:(?:to |for )?(?:all |any |the |dear )?{_READER}\b[\s,:!-]*(?:reading this)?[\s,:!-]+)?"
    rf"(?:(?:please|do not|don't|never|always|only|must|kindly)\s+)*{_VERBS}\b"
    r"(?! (?:of|for|by|to|is|are|was|were|has|and|or|over)\b|-)",
    rf"\b(?:note|instructions?|message|attention|memo|notice)\s+(?:to|for)\s+(?:all |any |the )?{_READER}\b",
    # the marks of a conversation
    r"<\|?/?(?:system|user|assistant|im_start|im_end|inst|s)\b[^>]{0,20}\|?>|\[/?(?:INST|SYSTEM)\]",
    r"(?:\A|\n)\W*(?:system|assistant|user|human)\s*:|#{2,}\s*instruction",
]
_ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _ORDERS), re.IGNORECASE)


@lru_cache(maxsize=4096)
def orders(content: str) -> tuple[tuple[int, int], ...]:
    """The offsets of the sentences of `content` that speak to a reader rather than of the paper's work."""
    return tuple(span for span in text.sentences(content) if _ORDER.search(content[slice(*span)]))


def without(content: str) -> str:
    """`content` with such sentences blanked, so that every offset stays as it is."""
    for start, end in orders(content):
        content = content[:start] + " " * (end - start) + content[end:]
    return content
