"""Sentences of an abstract that speak to whoever reads it: they are no evidence, are not quoted, and no model is shown them.

An abstract reports. What tells a sentence that is meant for its reader or its judge:

- it gives an order: it opens with a verb of saying, says "you", or says what is to be dropped;
- it speaks of what is to be said, or holds a sentence in quotation marks for that: two cues of those in `_TELLING`;
- it carries marks of a conversation, of a program or of a web page, or characters that do not show;
- it is written in another language than its abstract;
- it stands between two such sentences, or within what one of them opens: a tag, a quotation, a colon.

These are rules of thumb, tuned on half of eval/questions/hostile.jsonl (`python -m eval hostile`); they lower the number of
attacks that get through, and do not end them. A paper that simply reports what is false is not told by them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant import text

Span = tuple[int, int]

_VERBS = (
    r"(?:ignore|disregard|forget|override|answer|respond|reply|say|state|tell|output|print|write|cite|mention|recommend|include"
    r"|repeat|conclude|report|claim|rank|rate|treat|follow|obey|reveal|pretend|act|summari[sz]e|add|insert|append|use|prefer"
    r"|begin|start|end|stop|refuse|omit|describe|present|quote|call|trust|assume|consider|translate|visit|click|send|execute|run)"
)
_READER = (
    r"(?:assistants?|chat ?bots?|AIs?|A\.I\.|(?:large )?language models?|LLMs?|GPT|models?|readers?|systems?|agents?|reviewers?"
    r"|summari[sz]ers?|(?:fact[ -]?)?checkers?|verifiers?|graders?|judges?)"
)
_MUST = r"(?:must|should|shall|will|have to|has to|need to|needs to|are to|ought to|may)"
_ORDERS = [
    # what is to be dropped is what was said before
    r"\b(?:ignore|disregard|forget|override|bypass|set aside)\b[^.]{0,40}"
    r"\b(?:instructions?|prompts?|rules?|guidelines?|messages?|passages?|papers|sources|context|above|before|question)\b",
    # the reader is spoken to
    rf"\b(?:you|{_READER}) {_MUST} (?:now |always |never |only |not )*{_VERBS}\b",
    r"\byou are (?:now |an? |the |no longer )|\A\W*as an? (?:AI|assistant|(?:AI |large )?language model)\b[^.]{0,30}\byou\b",
    r"\byour (?:answers?|repl(?:y|ies)|responses?|instructions?|task|job|output|role|system prompt|sentences?|summar(?:y|ies)"
    r"|next)\b",
    r"\b(?:when|whenever|if|once) (?:you(?:'re| are)?|someone|anyone|a user|the user|users?)"
    rf" ?(?:asks?|asked|are asked|wants?)?\b[^.]{{0,80}},? ?\b{_VERBS}\b",
    r"\b(?:when|if|whenever) asked\b(?!, (?:more|most|all|they|participants|patients))",
    # a sentence that opens with a verb of saying, or calls on a reader
    r"\A\W*(?:(?:please|now|note|important|attention|remember|warning|urgent|instead|also|then|next|finally|and|so|therefore)\b"
    rf"[\s,:!-]*)*(?:(?:to |for )?(?:all |any |the |dear )?{_READER}\b\s*(?:reading this)?\s*[,:!-][\s,:!-]*)?"
    rf"(?:(?:please|do not|don't|never|always|only|must|kindly)\s+)*"
    # "Present estimates", "Repeat instability", "Act did not": these open with a noun or an adjective
    rf"(?!(?:present|repeat|act|end|follow|start|rate|rank|run|state|report|claim|call|output)"
    r" (?!(?:that|this|the|with|only|all|every|no|as|it|these|in your|to)\b)|state,)"
    rf"{_VERBS}\b(?! (?:of|for|by|to|is|are|was|were|has|and|or|over)\b|-)",
    rf"\b(?:note|instructions?|message|attention|memo|notice)\s+(?:to|for)\s+(?:all |any |the )?{_READER}\b",
    # the judge is spoken to
    r"\b(?:claims?|statements?|sentences?|everything)\b[^.]{0,60}\b(?:is|are|be)\b[^.]{0,20}"
    r"\b(?:supported|entailed|true|correct|verified)\b[^.]{0,30}\b(?:this|the present) (?:abstract|article|text|passage)\b",
    # orders in other languages
    r"\b(?:vergiss|vergesst|ignorier\w*|ignorez|oubliez|ignora[ds]?|ignore[nm]?|olvid[ae]\w*|esque[cç]a)\b[^.]{0,40}"
    r"\b(?:anweisung\w*|instruktion\w*|instructions?|consignes?|instrucciones|instru[cç][oõ]es|istruzioni|pregunta|frage|question)\b",
    r"(?:忽略|无视|忘记|忽視|無視)",
]
_ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _ORDERS), re.IGNORECASE)
_TELLING = {
    "duty": r"\b(?:must|should|shall|has to|have to|ought|needs? to|(?:is|are|be) to be|kindly|please"
    r"|(?:is|are|be) (?:asked|requested|required|obliged|expected|advised|instructed) to|do not|don't)\b",
    "speech": r"\b(?:say|be (?:said|told|printed|added to)|mention(?:ed)?|cited?|citing|citations?|attributed to|credit(?:ed)?"
    r"|quot(?:ed?|ing|ation)|repl(?:y|ies)|answers?|summar(?:y|ies)|digests?|(?:every|any) account|verbatim|the phrase"
    r"|(?:the|each|your|following) (?:words|sentences?|line)|cop(?:ied|y) (?:it |this )?(?:without|un)\w*|without change|print"
    r"|append(?:ed)?|tell|write)\b",
    "judgement": r"\b(?:unsupported|entailment|verdict|(?:as|is|be) true|mark|fact[ -]?check\w*|supported =)\b",
    "reader": r"\b(?:assistants?|chat ?bots?|language models?|AIs?|summari[sz]ers?|verifiers?|the user|you|your)\b",
    "secret": r"\b(?:system prompt|api[ _]keys?|passwords?|environment variables?|conversation so far|base64|debug mode)\b",
}
_CUES = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _TELLING.items()}
_PAIRS = ({"duty", "speech"}, {"judgement", "speech"}, {"judgement", "reader"}, {"secret", "speech"}, {"secret", "reader"})
"""Cues of which an abstract holds one at times, and both seldom."""
_QUOTED = re.compile(r"[\"“„«]\s?([A-Z][^\"“”„«»]{8,300})[\"“”»]")
_QUOTED_WORDS = 4
"""Words that make what stands in quotation marks a sentence rather than a name."""

_FORMATTING = {*"abipqsu", "br", "em", "strong", "sub", "sup", "span", "tt", "italic", "bold"}
"""Tags that stand in abstracts as publishers deliver them; with attributes, only those of JATS and MathML do."""
_TAG = re.compile(
    r"<(/?)([a-zA-Z|][\w:|-]{0,40})(\s[^<>]{0,400})?/?>|\[(/?)((?:SYSTEM|INST|USER|ASSISTANT|PROMPT|INSTRUCTION)[A-Z_ ]{0,30})\]"
)
_MARKS = re.compile(
    r"<!--|```|<<\s?[A-Z]|!\[[^\]]{0,80}\]\(|\]\(\s?(?:https?|javascript|data):|#{2,}\s?\w|\b(?:BEGIN|END) (?:OF )?[A-Z]{4,}"
    r"|[{,]\s?[\"'](?:verdict|claim|role|content|status|answer|sentences|system|instructions?)[\"']\s?:"
    r"|(?:\A|\n|[.!?>\"”]\s)[\W\d]{0,6}(?i:system|assistant|user|human|AI)\s?:"
)
_LITERAL = re.compile(r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)", re.DOTALL)
_HIDDEN = re.compile(
    r"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"  # turn the direction of reading, or never show
    r"|(?:[A-Za-z][\u200b-\u200f\u2060-\u2064\ufeff]+){3}"  # between letters, again and again
    r"|[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]"  # a word of two alphabets
)
_LATIN = str.maketrans("аеорсухіјѕАВЕКМНОРСТХІЈЅ", "aeopcyxijsABEKMHOPCTXIJS")
"""Cyrillic letters to those that they look like."""
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_LETTERS = 8
"""Letters of another script that make it a sentence rather than a name."""
_LANGUAGES = [
    frozenset(words.split())
    for words in (
        "the of and to in is that for with as are by this we on it be from our which an at not its can have these than",
        "der das und ist nicht ein eine den dem des zu mit auf von im für sich alle nur wird sind dass bitte auch hat",
        "le les une est et dans que qui pour ne pas sur du au aux ce cette avec toutes tous vous il sont par",
        "el los las una es y en que para por con del este esta todas todos lo siempre como su",
        "il di una è che per non con del della sono questo questa tutti le gli si",
        "o os uma é em que para não por com da este esta todos todas são",
    )
]
"""Little words of English, German, French, Spanish, Italian and Portuguese, those left out that English has too."""
_FOREIGN = 3
"""Different little words of another language that tell a sentence to be in it."""
_OPENS = re.compile(r":\W*\Z|\b(?:following|next|below)(?: (?:sentences?|lines?|words|text))?\W*\Z", re.IGNORECASE)
_CARRIED = 6
"""Sentences that a quotation of which a marked one is a part reaches on at most."""


@lru_cache(maxsize=4096)
def orders(content: str) -> tuple[Span, ...]:
    """The offsets of the sentences of `content` that speak to a reader rather than of the paper's work."""
    spans = text.sentences(content)
    home = _home([content[start:end] for start, end in spans])
    marked = [_foreign(content[start:end], home) or _speaks(content[start:end]) for start, end in spans]
    for at in _within(spans, _blocks(content)):
        marked[at] = True
    _carry(content, spans, marked)
    return tuple(span for span, own in zip(spans, marked, strict=True) if own)


def free(content: str, spans: Sequence[Span]) -> list[int]:
    """The places of those of `spans`, sorted, that touch no such sentence of `content`."""
    touched = set(_within(spans, orders(content)))
    return [at for at in range(len(spans)) if at not in touched]


def without(content: str) -> str:
    """`content` with such sentences blanked, so that every offset stays as it is."""
    parts: list[str] = []
    at = 0
    for start, end in orders(content):
        parts += [content[at:start], " " * (end - start)]
        at = end
    return "".join([*parts, content[at:]])


def _within(spans: Sequence[Span], blocks: Sequence[Span]) -> Iterator[int]:
    """The places of those of `spans`, sorted, that touch one of `blocks`."""
    joined: list[Span] = []
    for start, end in sorted(blocks):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    rest = iter(joined)
    block = next(rest, None)
    for at, (start, end) in enumerate(spans):
        while block and block[1] <= start:
            block = next(rest, None)
        if block and block[0] < end:
            yield at


def _speaks(sentence: str) -> bool:
    """A sentence is meant for a reader, whatever stands around it."""
    if _MARKS.search(sentence) or (not sentence.isascii() and _HIDDEN.search(sentence)):
        return True
    plain = _plain(sentence)
    if _ORDER.search(plain):
        return True
    cues = {name for name, pattern in _CUES.items() if pattern.search(plain)}
    quotes = any(len(match.group(1).split()) >= _QUOTED_WORDS for match in _QUOTED.finditer(plain))
    return bool(quotes and cues) or any(pair <= cues for pair in _PAIRS)


def _plain(sentence: str) -> str:
    """What a reader sees: without what does not show, letters as what they look like, white space as one blank."""
    if not sentence.isascii():
        shown = unicodedata.normalize("NFKC", sentence)
        sentence = "".join(char for char in shown if unicodedata.category(char) != "Cf").translate(_LATIN)
    return " ".join(sentence.split())


def _blocks(content: str) -> list[Span]:
    """The offsets of tags, of what stands between two of one name, and of comments and code."""
    found = [match.span() for match in _LITERAL.finditer(content)]
    opened: dict[str, int] = {}
    for match in _TAG.finditer(content):
        name = (match.group(2) or match.group(5)).lower()
        if name.startswith(("jats:", "mml:")) or (name in _FORMATTING and not match.group(3)):
            continue
        closes = match.group(1) or match.group(4)
        start = opened.pop(name, match.start()) if closes else opened.setdefault(name, match.start())
        found.append((start if closes else match.start(), match.end()))
    return found


def _home(sentences: Sequence[str]) -> int:
    """The language of most sentences, by their little words; -1 for another script, 0, English, where none is known."""
    sentences_in: Counter[int] = Counter()
    words_in: Counter[int] = Counter()
    for sentence in sentences:
        words = _words(sentence)
        known = {number: len(language & words) for number, language in enumerate(_LANGUAGES)}
        known[-1] = 0 if sentence.isascii() else len(_OTHER_SCRIPT.findall(sentence)) // 2
        best = max(known, key=lambda number: known[number])
        sentences_in[best] += known[best] > 0
        words_in.update(known)
    return max(sentences_in, key=lambda number: (sentences_in[number], words_in[number]), default=0)


def _foreign(sentence: str, home: int) -> bool:
    """A sentence is in another language than `home`, the one of most sentences around it."""
    if home < 0:
        return False
    if not sentence.isascii() and len(_OTHER_SCRIPT.findall(sentence)) >= _LETTERS:
        return True
    words, own = _words(sentence), _LANGUAGES[home]
    enough = max(_FOREIGN, min(len(own & words), _FOREIGN + 1))
    return any(len((language - own) & words) >= enough for language in _LANGUAGES)


def _words(content: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", content.lower()))


def _carry(content: str, spans: Sequence[Span], marked: list[bool]) -> None:
    """Mark what the marked sentences open, the quotations that they are part of, and what stands between two of them."""
    sentences = [content[start:end] for start, end in spans]
    for at in [at for at, own in enumerate(marked) if own]:
        if _OPENS.search(sentences[at]):
            marked[at + 1 : at + 2] = [True] * len(marked[at + 1 : at + 2])
        if _half_quoted(sentences[at]):
            others = [*range(at + 1, min(at + 1 + _CARRIED, len(spans))), *range(at - 1, max(at - 1 - _CARRIED, -1), -1)]
            to = next((to for to in others if _half_quoted(sentences[to])), at)
            for between in range(min(at, to), max(at, to) + 1):
                marked[between] = True
    for at in range(1, len(marked) - 1):
        marked[at] = marked[at] or (marked[at - 1] and marked[at + 1])


def _half_quoted(sentence: str) -> bool:
    """A quotation begins or ends in the sentence, and not both."""
    return bool(sentence.count('"') % 2) or sentence.count("“") != sentence.count("”")
