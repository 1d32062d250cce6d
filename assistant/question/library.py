"""Questions about the library or the assistant, and small talk: what no paper answers."""

from __future__ import annotations

import re
from typing import Literal, cast

from assistant.question.list_intent import PAPERS

About = Literal["hello", "thanks", "bye", "help", "contents", "topics", "papers", "number", "years", "language"]
_LIB = r"(?:(?:the|your|this|my|our) )?(?:library|collection|corpus|database|index)"
_LANGUAGE = (
    r"(?:(?:arabic|bengali|bulgarian|catalan|chinese|mandarin|croatian|czech|danish|dutch|estonian|finnish|french|german|greek|hebrew"
    r"|hindi|hungarian|indonesian|irish|italian|japanese|korean|latvian|lithuanian|norwegian|persian|farsi|polish|portuguese|romanian"
    r"|russian|serbian|slovak|slovenian|spanish|swedish|thai|turkish|ukrainian|urdu|vietnamese|english"
    r"|deutsch|fran[cç]ais|espa[nñ]ol|italiano|portugu[eê]s|nederlands|polski|svenska|dansk|norsk|suomeksi|t[uü]rk[cç]e)"
    r"|(?:another|a different|my(?: own)?|some other) language)"
)
_PLEASE = r"(?:,? (?:please|bitte|s'il (?:te|vous) pla[iî]t|por favor|per favore|now|instead|again|too))*"
_TRANSLATION = (
    rf"(?:(?:and|now|ok|okay|please|so|then|but),? )*(?:(?:the )?same(?: answer| thing)?,? )?"
    rf"(?:in|auf|en|em|på|po) {_LANGUAGE}{_PLEASE}"
    rf"|(?:(?:please|bitte|now|and|can|could|would|will|you|i|we),? )*(?:(?:like|want|prefer|have|get|need) )?"
    rf"(?:answer|reply|respond|say|write|give|repeat|put|show|explain|translate|translation|antworte|responde|r[eé]ponds|have|get)"
    rf"(?: (?:me|us|it|this|that|the|an?|your|my|last|answer|reply|text|above|translation|of|again|bitte|to|please))*"
    rf"(?: (?:in|into|to|auf|en))? {_LANGUAGE}{_PLEASE}"
    rf"|(?:i|we) (?:would |'d )?(?:prefer|like|want|need) (?:it |this |that |the answer |an answer )?(?:in )?{_LANGUAGE}{_PLEASE}"
    rf"|(?:(?:please|can|could|would|you) )*translate(?: (?:it|this|that|the answer|your answer))?{_PLEASE}"
    rf"|do you (?:speak|know|understand|write) {_LANGUAGE}|(?:can|could) you (?:speak|write) (?:in )?{_LANGUAGE}"
)
_SAID = re.compile(
    r"(?P<hello>(?:hello|hi|hey|hiya|greetings|good (?:morning|afternoon|evening|day))(?: (?:there|assistant|all))?)"
    r"|(?P<thanks>(?:(?:ok|okay|great|good|perfect|nice|cool),? ?)?(?:many |much )?(?:thanks|thank you|thx|cheers)"
    r"(?: (?:a lot|very much|so much|for your help|again))?)"
    r"|(?P<bye>(?:bye|goodbye|bye bye|see you(?: later)?))"
    r"|(?P<help>help|who are you|what are you|what is this|what can you do(?: for me)?|how (?:do|can) i use (?:this|you)"
    r"|(?:what|which questions) (?:can|could|should|may) (?:i|one|we) ask(?: (?:you|here|about))?"
    r"|what (?:kind of |sort of )?questions can (?:i|one|we) ask|how does this work|(?:tell|show) me something interesting)"
    rf"|(?P<contents>what(?: is|'s)? (?:there )?(?:in|inside) {_LIB}|what does {_LIB} (?:hold|contain|cover|have)"
    rf"|what do you (?:have|hold|know)|describe {_LIB}"
    rf"|summari[sz]e (?:all |the |all the )?(?:papers|{_LIB})"
    rf"|(?:give me )?(?:an )?overview of (?:all (?:the )?papers|{_LIB}))"
    rf"|(?P<topics>(?:(?:the|list|show|main|me|all) ){{0,3}}(?:topics|subjects|themes)(?: (?:of|in) {_LIB})?"
    rf"|(?:what|which) (?:are the )?(?:main )?(?:topics|subjects|areas|fields|themes)(?: (?:are|is|do|does))?"
    rf"(?: (?:there|covered|in|you|cover|have|by|of|the|papers|about|{_LIB})){{0,4}}"
    rf"|what (?:are|is) (?:the|these|your) {PAPERS} about|what is {_LIB} about)"
    r"|(?P<papers>(?:(?:please|can you|could you) )?(?:list|show|name|print|give me)(?: me)?"
    rf"(?: all| all the| all of the| the| your)? {PAPERS}(?: (?:in {_LIB}|you have|there are|please))?"
    rf"|(?:which|what) {PAPERS} (?:do you have|are (?:there|in {_LIB})|does {_LIB} (?:hold|contain|have)))"
    rf"|(?P<number>how many {PAPERS}(?: (?:are|do|does|you|there|have|hold|in|contain|know|{_LIB})){{0,5}}"
    rf"|how (?:big|large) is {_LIB})"
    rf"|(?P<years>(?:the )?years(?: (?:of|in) (?:{_LIB}|the {PAPERS}))?|(?:what|which) years?"
    rf"(?: (?:do|does|are|is|you|there|have|hold|in|cover|covered|the|papers|from|by|{_LIB})){{1,7}}"
    rf"|how (?:old|new|recent) are the {PAPERS})"
    rf"|(?P<language>{_TRANSLATION})",
    re.IGNORECASE,
)
_EDGES = ' \t.,;:!?…"()[]'
"""Characters that are stripped from the ends of a remark."""


def about(asked: str) -> About | None:
    """What is asked about the library or said to the assistant; None where a question for the papers is asked."""
    match = _SAID.fullmatch(" ".join(asked.replace("’", "'").split()).strip(_EDGES))
    return cast("About", match.lastgroup) if match else None
