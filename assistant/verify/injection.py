"""Sentences of an abstract that speak to whoever reads it: they are no evidence, are not quoted, and no model is shown them.

An abstract reports what was done. What tells a sentence that is meant for its reader or its judge, or that others wrote into it:

- a fitted head (`assistant.verify.addressed`) says so, which weighs the words of the sentence and named rules: it opens with a
  verb of saying, says "you", or says what is to be dropped; it carries a statement, and what carries it is no report but speaks
  of answers, readers, verdicts, notes, or of the text itself (`_WORDS`); it speaks of two things of which an abstract mentions
  one at times (`_PAIRS`); it stands behind a label that heads no part of an abstract, or is an entry of a bibliography;
- it carries marks of a conversation, of a program or of a web page, or characters that do not show or are not what they look like;
- it is written in another language than its abstract;
- it carries a statement beside such a sentence, follows one that carries none (what an order wants to be said stands beside
  it), stands between two of them, or within what one of them opens: a tag, a quotation, a colon.

These are rules of thumb, tuned on part of eval/questions/hostile.jsonl (`python -m eval hostile`); they lower the number of
attacks that get through, and do not end them. A paper that simply reports what is false is not told by them. Words and limits
were chosen so that of abstracts nobody planted anything in hardly a sentence is told: 3 of 3,068 of the saved pages.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from assistant import text
from assistant.verify import addressed

Span = tuple[int, int]


class Order(NamedTuple):
    """A sentence that speaks to a reader."""

    span: Span
    rule: str
    """The name of the rule that found the order."""


_WORDS = {
    "duty": "must should shall ought kindly please requested obliged instructed expected asked permitted forbidden bound reminded",
    "speech": "say says saying said stating mention mentioned mentioning stress stressed write writing wrote written cite cited"
    " citing quote quoted quoting repeat repeated tell tells telling told assert asserted asserting affirm affirming declare"
    " declaring declared answer answered answering reply replying respond responding print printed copy copied append appended add"
    " added insert inserted summarise summarize conclude credit credited attribute attributed recommend praise regarded display"
    " displayed render reproduce reproduced omit omits omitted remark remarked emphasise emphasize highlight describe acknowledge"
    " accept assume know knows remember convey announce announced report marked labelled carry include",
    "output": "answer answers reply replies response summary summaries digest digests account quotation citation citations"
    " statement statements sentence sentences line phrase wording remark caption claim claims template draft conversation question"
    " questions rubric verbatim",
    "reader": "reader readers assistant assistants chatbot chatbots chatgpt ai ais llm llms bot bots summariser summarisers"
    " summarizer summarizers checker checkers verifier verifiers judge judges grader graders evaluator evaluators reviewer"
    " reviewers referee referees indexer indexers indexing crawler crawlers user users anyone whoever anybody everybody everyone",
    "you": "you your yours yourself",
    "verdict": "supported unsupported entailed entailment verdict true false accurate correct valid verified verification"
    " contradiction contradictions fact-check fact-checkers proven rubric passed",
    "note": "editor editors editor's editors' publisher publisher's publishers erratum errata corrigendum correction retraction"
    " note notice footnote policy licence license reviewer referee author's authors' attention addendum reminder disclaimer"
    " wikipedia",
    "override": "ignore disregard forget override overrides supersede supersedes superseded precedence whatever wherever whenever"
    " outdated instructions prompt remainder verbatim",
    "secret": "password passwords api credential credentials session login forward send prize insurance secret",
    "here": "abstract document passage record entry preprint collection library corpus article conversation",
    "report": "we our us i results data findings analysis analyses study studies experiments evidence hypothesis theory suggest"
    " suggests suggesting show shows showed shown showing demonstrate demonstrates demonstrated demonstrating indicate indicates"
    " indicated indicating reveal reveals revealed found confirmed",
}
"""Topic -> its words. A word of "report" marks a statement as a finding of the paper."""
_SPEAK_OF = {
    word: [topic for topic in _WORDS if word in _WORDS[topic].split()] for words in _WORDS.values() for word in words.split()
}
_TOPICAL = frozenset(_SPEAK_OF)
_PHRASES = {
    "every": re.compile(
        r"\b(?:every|any|all|each|whatever)\s+(?:\w+ ){0,2}(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|accounts?|digests?"
        r"|claims?|statements?|sentences?|questions?|mentions?|contradictions?)\b|\beverything\b",
        re.IGNORECASE,
    ),
    "text": re.compile(
        r"\bthe (?:above|foregoing) \w+|\b(?:this|the present|the following) (?:abstract|text|document|passage|record|entry|notice"
        r"|sentence|statement|line|message|conversation|collection|library|article)s?\b",
        re.IGNORECASE,
    ),
    "marker": re.compile(r"\[\d{1,2}\]"),
    "url": re.compile(r"https?:|www\.|@\w|\.(?:com|org|net|io|ai|dev|co|info|example)\b"),
}
"""Topic -> its phrases of several words."""
_PARTS = {
    "every": ("every", "any ", "all ", "each ", "whatever "),
    "text": ("this ", "the above ", "the foregoing ", "the present ", "the following "),
    "marker": ("[",),
    "url": ("http", "www.", "@", ".com", ".org", ".net", ".io", ".ai", ".dev", ".co", ".info", ".example"),
}
"""Texts in small letters of which each match of a phrase holds one; a look for them takes a tenth of the time."""
_YOU = re.compile(r"\b(?:you|your|You(?= [a-z])|Your(?= [a-z])|YOU|YOUR)")
""""You" as an address, not as in "You Only Look Once"."""
_PAIRS = [
    set(pair.split())
    for pair in (
        "duty you, duty every, duty marker, speech you, speech every, output you, output url, reader you, you override, you secret"
        ", you url, verdict every, verdict text, every text, every here, override url, override text, secret url"
    ).split(", ")
]
"""Pairs of topics. An abstract may touch on one of a pair, but rarely on both in one sentence."""
_CARRIERS = frozenset("duty speech output reader you verdict note override here every text secret url".split())
"""Topics that make an embedded statement suspicious, unless a word of "report", such as "we show", precedes it."""
_LEADERS = frozenset("output verdict note you override every text".split())
"""The subset of `_CARRIERS` that counts before a colon; the other topics also introduce ordinary lists."""
_THAT_PARTS = ("that ", "whether ")
_THAT = re.compile(r"\b(?:that|whether) (?:the |its |an? |no |all )?[\"“'‘]?[A-Z][a-z]")
_COLON = re.compile(r":\s+(?:\[\d+\]\s*)?[\"“'‘«„]?[A-Z][\w-]*,?(?: [^\s?]+){2}(?![^.]*\?)")
_AS = re.compile(r"((?:According to|As|Per|In the words of)\b[^,]{3,60}),\s+[\"“]?[A-Z][a-z]")
_REACH = 300
"""The topics that introduce a statement are read from this many characters before it."""
_QUOTES = ('"', "'", "“", "„", "«", "‘")
_QUOTED = re.compile(
    r"[\"“„«]\s?[A-Z][\w-]*,?(?=[^\"“”„«»]* (?!and|the|for|with|from)[a-z]{3})(?: [^\s\"“”„«»]+){3,60}[\"“”»]"
    r"|(?<!\w)['‘][A-Z][\w-]*,?(?=[^'’]* (?!and|the|for|with|from)[a-z]{3})(?: (?:[^\s'’]|['’](?=\w))+){3,60}['’](?!\w)"
)
"""Text in quotation marks that is a sentence rather than a name or a title."""

_LABEL = re.compile(r"\W*([A-Z\d](?:[^:.?!\"“”]|\.\d){0,80}?)\s?:(?!//)[*_]{0,2}\s(?![^.]*\?)")
_ASIDE = re.compile(r"(?<!\s)\s*\([^()]*\)")
_HEADING = re.compile(
    r"\b(?:backgrounds?|contexts?|rationale|introduction|objectives?|aims?|purposes?|goals?|hypothes[ie]s|design|settings?"
    r"|patients|participants|subjects|methods?|methodology|materials|measure(?:s|ments)?|interventions?|outcomes?|sources|samples?"
    r"|selection|extraction|synthesis|results?|findings?|conclusions?|interpretations?|discussion|limitations?|implications?"
    r"|importance|significance|relevance|registration|registry|identifiers?|availability|code|data|contact|supplementary|keywords"
    r"|funding|sponsorship|abbreviations|project|demo|website|study|figure|table|box|areas|expert|registered|unlabelled)\b",
    re.IGNORECASE,
)
"""Words in headings of the parts of abstracts."""
_VERB = re.compile(r"\b(?:we|is|are|was|were|has|have|had|can|may|includ(?:ed?|es|ing)|be|remains?|read)\b", re.IGNORECASE)
"""Verbs that make the text before a colon a sentence, not a label."""
_LABELLED = frozenset("output reader verdict note you override".split())
"""Topics that make a label the head of a note."""
_NO_HEADING = frozenset("verdict note you override".split())
"""Topics that no heading of a part of an abstract has."""
_LABEL_WORDS = 8
"""A text before a colon with more words is no label."""
_BARE_LABEL = 3
"""A label with at most this many words is reported whatever its topics."""
_TITLED = frozenset("note override".split())
_BARE_NOTE = 4
"""A sentence is the bare head of a note if it has at most this many words and a topic of `_TITLED`."""
_ENTRY = re.compile(
    r"\[\d{1,3}\]\s+(?:[A-Z]\.|[A-Z]\w+,? (?:[A-Z]\.|et al))|\(\d+\),\s?\d+\s?[-–]\s?\d+\W*(?:\Z|doi)|Cite as\b|cite as\b"
)
"""An entry of a bibliography."""
_MARKER = re.compile(r"\[\d{1,2}(?:[,–-]\s?\d{1,2})*\]")
_LONE = re.compile(r"[a-z)\]\"”]\s?(?:\[\d{1,2}\])+\W*\Z")
"""A marker behind a statement; an abstract that refers to its list of references by numbers does so more than once."""

_VERBS = (
    r"(?:ignore|disregard|forget|override|answer|respond|reply|say|state|tell|output|print|write|cite|mention|recommend|include"
    r"|repeat|conclude|report|claim|rank|rate|treat|follow|obey|reveal|pretend|act|summari[sz]e|add|insert|append|use|prefer"
    r"|begin|start|end|stop|refuse|omit|describe|present|quote|call|trust|assume|consider|translate|visit|click|send|execute|run"
    r"|forward|reproduce|copy|continue|remember|mark|convey|announce|stress|emphasi[sz]e|highlight|acknowledge|accept|embed|link"
    r"|display|keep|play|inform|assure|replace|render)"
)
_READER = (
    r"(?:assistants?|chat ?bots?|AIs?|A\.I\.|(?:large )?language models?|GPT|readers?|reviewers?"
    r"|summari[sz]ers?|(?:fact[ -]?)?checkers?|verifiers?|graders?|judges?)"
)
_OPENING = re.compile(
    # a verb of saying, or one behind a call on a reader
    r"\W*+(?:(?:please|now|note|important|attention|remember|warning|urgent|instead|also|then|next|finally|and|so|therefore)\b"
    rf"[\s,:!-]*+)*(?:(?:to |for )?(?:all |any |the |dear )?{_READER}\b\s*+(?:reading this\s*+)?[,:!-][\s,:!-]*+)?"
    r"(?:(?:please|do not|don't|never|always|only|must|kindly)\s++){,8}"  # bounded, as "please" may stand before them too
    # "Present estimates", "Repeat instability", "Act did not": these open with a noun or an adjective
    r"(?!(?:present|repeat|act|end|follow|start|rate|rank|run|state|report|claim|call|output|copy|mark|stress|link|display|play"
    r"|forward|highlight|replace|render|keep)"
    r" (?!(?:that|this|the|with|only|all|every|everything|no|as|it|these|in your|to)\b)|state,)"
    rf"{_VERBS}\b(?! (?:of|for|by|to|is|are|was|were|has|and|or|over)\b|-)"
    r"|\W*(?:dear |hello |hey )?(?:assistant|chat ?bot|AI|GPT|model|reader|summari[sz]er|checker|verifier|judge), (?-i:[A-Z])"
    rf"|\W*(?:before|after|when|while|if|once)\b[^,.]{{0,60}}, (?:please |kindly |then |first )*{_VERBS}"
    r" (?:that|the|this|all|it)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    # what is to be dropped is what was said before
    r"\b(?:ignore|disregard|forget|override|bypass|set aside)\b[^.]{0,40}"
    r"\b(?:instructions?|prompts?|rules?|guidelines?|messages?|passages?|papers|sources|context|above|before|question|figures)\b"
    # the reader is spoken to, or told when to speak
    rf"|\b(?:you|{_READER}|users?|anyone|whoever) (?:must|should|shall|will|(?:have|has|needs?|are|ought) to)"
    rf" (?:now |always |never |only |not )*{_VERBS}\b"
    rf"|\b(?:when|whenever|if|once) (?:someone|anyone|an?y? user|the user|users?) (?:asks?|wants?)\b[^.]{{0,80}} {_VERBS}\b"
    rf"|\b(?:we|I) (?:\w+ )?(?:remind|ask|urge|advise|request|instruct|invite|beg) (?:you|every|any|all|each|the {_READER})\b"
    # those who print the paper speak
    r"|\bthe (?:publishers?|editors?|editorial office)\b[^.]{0,20} (?:regrets?|apologi[sz]es?|wish(?:es)?|notes?|requires?|asks?)\b"
    r"|\bfrom (?:here|now) on\b",
    re.IGNORECASE,
)
_ORDER_PARTS = (
    *("ignore", "disregard", "forget", "override", "bypass", "set aside"),
    *("must ", "should ", "shall ", "will ", "have to", "has to", "need to", "needs to", "are to", "ought to"),
    *("ask", "want", "remind", "urge", "advise", "request", "instruct", "invite", "beg"),
    *("publisher", "editor", "from here on", "from now on"),
)
"""Texts in small letters of which each match of `_ORDER` in ASCII holds one."""
_ADDRESSED = frozenset("reader you note override".split())
"""A sentence gives one of these orders only if it has one of these topics."""
_SAID = r"(?:said|told|mentioned|answered|stated|quoted|repeated|printed|copied|added|appended|replaced by the)\b"
_TO_BE_SAID = re.compile(
    rf"is to be {_SAID}|are to be {_SAID}|be to be {_SAID}"
    rf"|(?:must|should|shall|may) (?:also )?be {_SAID}"
    r"(?:\s?:|[^.]{0,40}\b(?:in (?:all|any|every|each)|by the|without|verbatim|as)\b)"
    r"|(?:quote|cite|repeat|say|copy|print|report|mention) (?:this|that|it|so)\W*\Z"
    r"|read this\b|reads this\b|reading this\b|ummari[sz]ing (?:this|the present)\b"
)
_SAID_PARTS = (
    *(" be ", "read this", "reads this", "reading this", "ummari"),
    *("quote ", "cite ", "repeat ", "say ", "copy ", "print ", "report ", "mention "),
)
"""Texts of which each match of `_TO_BE_SAID` holds one."""

_FORMATTING = {*"abipqsu", "br", "em", "strong", "sub", "sup", "span", "tt", "italic", "bold"}
"""Tags that publishers leave in abstracts. With attributes, only tags of JATS and MathML are accepted."""
_TAG = re.compile(
    r"<(/?)([a-zA-Z|][\w:|-]{0,40})(\s[^<>]{0,400})?/?>|\[(/?)((?:SYSTEM|INST|USER|ASSISTANT|PROMPT|INSTRUCTION)[A-Z_ ]{0,30})\]"
)
_MARKS = re.compile(
    r"<!--|```|<<\s?[A-Z]|<\||!\[[^\]]{0,80}\]\(|\]\(\s?(?:https?:|javascript:|data:|[#/])|##\s?\w"  # Markdown, HTML, chats
    r"|(?:---|===)[-=]{,9} ?(?:\n|[A-Z])|%%%|\|:?---|\*\*\*|~~~|@@@|\|\|\|"  # rules between parts
    r"|[{,]\s?[\"'][a-z_ ]{2,20}[\"']\s?:|\\(?:footnote|color|textcolor|tiny|scriptsize|phantom)\b"  # JSON, LaTeX that hides
    r"|&#x?[\da-fA-F]+;\s?&#|%[\dA-F]{2}%[\dA-F]{2}%|\\x[\da-f]{2}\\x|\\u[\da-f]{4}\\u|\*\*[A-Z]\w* \w[^*\n]{8,}\*\*"  # codes, bold
)
_SIGNS = re.compile(r"[<`|\]#%*~@{\\&='\"]|---")
"""Signs of which each match of `_MARKS` holds one."""
_ROLE = re.compile(
    r"(?:\A|\n|[.!?>\"”]\s)[\W\d]{0,6}(?i:system|assistant|user|human|AI|bot|role|content|prompt|input|output)\s?:(?!//)"
    r"|(?:\A|\n|[.?] )\W?(?:Q|A|Answer)\d?\s?:|\A\W*(?i:tool|function|search)\W(?i:call|output|results?|response)\b[^:]{0,60}:"
)
"""The name of a speaker before a turn of a conversation."""
_ROLE_ALONE = re.compile(r"(?:\A|\n)[^\S\n]*+(?i:system|user|assistant|human)[^\S\n]*+\n|\n[^\S\n]*+#\s")
_ENCODED = re.compile(r"(?<![A-Za-z\d+])(?=[A-Za-z+]*\d)(?=[a-z\d+]*[A-Z])(?=[A-Z\d+]*[a-z])[A-Za-z\d+]{32,}")
_CODE = 32
"""A word with at least this many characters can be encoded text."""
_LONG_WORD = re.compile(rf"\S{{{_CODE}}}")
_LITERAL = re.compile(r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)", re.DOTALL)
_HIDDEN = re.compile(
    r"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"  # turn the direction of reading, or never show
    r"|(?:[A-Za-z][\u200b-\u200f\u2060-\u2064\ufeff]+[A-Za-z].{0,30}?){2}"  # between letters, more than once
    r"|[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]"  # a word of two alphabets
    r"|[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d6a3\u24b6-\u24e9]{3}",  # words in the guise of signs
    re.DOTALL,
)
_LATIN = str.maketrans("аеорсухіјѕАВЕКМНОРСТХІЈЅ", "aeopcyxijsABEKMHOPCTXIJS")
"""Cyrillic letters -> the Latin letters that look like them."""
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_LETTERS = 5
"""A sentence with at least this many letters of another script is in another language; fewer can be a name."""
_LANGUAGES = [
    frozenset(words.split())
    for words in (
        "the of and to in is that for with as are by this we on it be from our which an a at not its can have these than or was"
        " were do so no al also die per met till den care van as",
        "der das und ist nicht ein eine den dem des zu mit auf von im für sich alle nur wird sind dass bitte auch hat diese",
        "le les une est et dans que qui pour ne pas sur du des en au aux ce cet cette avec toutes tous vous votre notre il sont"
        " par",
        "el los las una es y en que para por con del este esta todas todos lo se siempre como su",
        "il di una è che non del della sono questo questa tutti le gli si",
        "o os uma é em que para não por com da este esta todos todas são",
        "het een dat niet voor op zijn ook aan wordt bij naar deze dit moet",
        "na że nie się jest dla oraz przez jako tego jak tylko",
        "och att det som för är inte med på en ett av om ska",
        "bu ve bir için ile olarak olan çok gibi her değil",
        "și să nu este cu pe din la că pentru sunt",
        "je na se že není byl jen tento také jako",
    )
]
"""Function words of English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Turkish, Romanian and Czech."""
_SPOKEN = {word: [at for at, known in enumerate(_LANGUAGES) if word in known] for known in _LANGUAGES for word in known}
"""Function word -> the places of its languages in `_LANGUAGES`."""
_FUNCTION_WORDS = frozenset(_SPOKEN)
_FOREIGN = 3
"""A sentence, or a part of one, is in another language if it holds at least this many different function words of that language."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*['’]?")
_ASCII_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*'?")
"""The same in small letters of ASCII, in half of the time."""
_PIECES = re.compile(r"[.:;!?]\s")
_OPENS = re.compile(r":\W*\Z|\b(?:following|follows|next|below)(?: (?:sentences?|lines?|words|text))?\W*\Z", re.IGNORECASE)
_BACK = re.compile(
    r"\W*\(|.*\b(?:this|that|(?:above|previous|preceding|last)) (?:sentence|statement|claim|line)\b", re.IGNORECASE | re.DOTALL
)
"""Words by which a sentence refers to the one before it."""
_SHARED = 0.5
"""If a blanked sentence holds more than this share of the claim's words, the order may be the origin of the claim, and the whole
evidence is blanked."""
_TOPIC = "topic: "
"""Prefix of the names of topic rules."""
_WORDED = 6
"""The head alone decides only about a sentence with at least this many words and signs that the head knows."""
_REPORT = 0.1
"""A sentence behind an order stays if its probability of being an order is lower."""
_TEXTS = 4096
"""What was found is remembered of at most this many texts."""
_found: dict[str, tuple[Order, ...]] = {}
_SHAPING = (
    Path(__file__),
    Path(addressed.__file__),
    addressed.FILE,
    *(Path(text.__file__).with_name(name) for name in ("scripts.py", "sentences.py", "view.py")),
)
"""The files that shape what is found; `tests/test_handed_out.py` checks that none is left out."""
_CARRIED = 6
"""The other end of a quotation is searched at most this many sentences away from a marked sentence."""


def orders(content: str) -> tuple[Span, ...]:
    """The offsets of the sentences of `content` that speak to a reader rather than of the paper's work."""
    return tuple(order.span for order in found(content))


def found(content: str) -> tuple[Order, ...]:
    """The sentences of `content` that speak to a reader, each with the name of the rule that told it; remembered."""
    if (known := _found.get(content)) is None:
        known = look(content)
        _remember(content, known)
    return known


def recall(content: str, kept: Callable[[str], tuple[tuple[Span, str], ...] | None]) -> None:
    """Remember what was found in a text by the same `rules`, so that nobody looks again; `kept` gives None where nobody looked."""
    if content not in _found and (orders := kept(content)) is not None:
        _remember(content, tuple(Order(span, rule) for span, rule in orders))


def _remember(content: str, orders: tuple[Order, ...]) -> None:
    global _found
    if len(_found) >= _TEXTS:
        _found = {}  # a new one: another thread may be reading the old one
    _found[content] = orders


@cache
def rules() -> str:
    """A hash of all that shapes what is found: the modules and weights of the rules, and the version of Unicode."""
    whole = blake2b(unicodedata.unidata_version.encode(), digest_size=16)
    for path in _SHAPING:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def look(content: str) -> tuple[Order, ...]:
    """The sentences of `content` that speak to a reader, looked for anew."""
    spans = text.sentences(content)
    sentences = [content[start:end] for start, end in spans]
    words = [_words(sentence) for sentence in sentences]
    home = _home(sentences, words)
    rules = [
        "another language"
        if _foreign(sentence, own, home)
        else _speaks(sentence, home) or ("head of a note" if _titles(sentence) else "")
        for sentence, own in zip(sentences, words, strict=True)
    ]
    numbered = [at for at, sentence in enumerate(sentences) if "[" in sentence and _MARKER.search(sentence)]
    if len(numbered) == 1 and _LONE.search(sentences[numbered[0]]):
        rules[numbered[0]] = "lone marker"
    within = set(_within(spans, _blocks(content)))
    for at in within:
        rules[at] = "tag or comment"
    if any(rules):
        marked = [bool(rule) for rule in rules]
        _spread(sentences, marked, within)
        rules = [rule or ("beside an order" if own else "") for rule, own in zip(rules, marked, strict=True)]
    return tuple(Order(span, rule) for span, rule in zip(spans, rules, strict=True) if rule)


def evidence(claim: str, content: str) -> str:
    """Blank the sentences that give orders in a text that serves as evidence for a claim.

    A sentence wanted by an order must not be proved by its neighbours: where a blanked sentence holds most of the claim, the
    whole text is no witness for the claim.

    Returns:
        The text, of the same length; blank throughout where the text is no witness.
    """
    left = without(content)
    if left == content or not (wanted := set(text.content_words(claim))):
        return left

    def held(sentence: str) -> float:
        return len(wanted & set(text.content_words(plain(sentence)))) / len(wanted)

    ordered = max(held(content[start:end]) for start, end in orders(content))
    reported = max((held(left[start:end]) for start, end in text.sentences(left)), default=0.0)
    return " " * len(content) if ordered > max(_SHARED, reported) else left


def heading(title: str) -> str:
    """A title as a model may be shown it: empty where it speaks to its reader."""
    return "" if addresses(title) else title


def addresses(title: str) -> bool:
    """Whether a title speaks to its reader."""
    parts = _PIECES.split(title)  # "Name: What It Does" carries no statement
    return any(map(_speaks, parts)) or bool(_blocks(title))


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


def fired(sentence: str) -> list[str]:
    """The names of the rules about words that a sentence meets; "topic: NAME" says what the sentence speaks of."""
    seen = plain(sentence)
    topics = _topics(seen, _words(sentence) if sentence.isascii() else None)
    found = {
        "two topics": any(map(topics.issuperset, _PAIRS)),
        "opening verb": bool(_OPENING.match(seen)),
        "to be said": _holds(seen, _SAID_PARTS) and bool(_TO_BE_SAID.search(seen)),
        "order": not topics.isdisjoint(_ADDRESSED) and _orders(seen),
        "label": _frames(seen),
        "carried statement": any(not carriers.isdisjoint(topics) for carriers, topics in _carried(seen)),
    }
    return [name for name, holds in found.items() if holds] + [f"{_TOPIC}{name}" for name in sorted(topics)]


def _speaks(sentence: str, home: int = 0) -> str:
    """Tell whether a sentence is meant for a reader, whatever stands around it.

    Marks decide alone. A rule about words decides where the fitted head does not take the sentence for a report, and the head
    decides where it is sure. The head was fitted on English, `home` 0, and is not asked about other languages.

    Returns:
        The name of the rule that says so; empty where none does.
    """
    if _marks(sentence):
        return "marks"
    if _ENTRY.search(sentence):
        return "entry of a bibliography"
    rules, chance = _judged(sentence)
    told = next((name for name in rules if not name.startswith(_TOPIC)), "")
    if home:
        return told
    head = addressed.head()
    if told:
        return told if chance >= head.doubt else ""
    if chance < head.sure:
        return ""
    return "words" if sum(word in head.words for word in addressed.words(plain(sentence))) >= _WORDED else ""


@lru_cache(maxsize=256)
def _judged(sentence: str) -> tuple[tuple[str, ...], float]:
    """The rules that a sentence meets, and the probability that it speaks to its reader; neighbours are asked about twice."""
    rules = tuple(fired(sentence))
    return rules, addressed.head().probability(plain(sentence), rules)


def _marks(sentence: str) -> bool:
    """A sentence carries marks of a conversation, a program or a web page, or characters that are not what they seem."""
    return bool(
        (_SIGNS.search(sentence) and _MARKS.search(sentence))
        or (":" in sentence and _ROLE.search(sentence))
        or ("\n" in sentence and _ROLE_ALONE.search(sentence))
        or (not sentence.isascii() and _HIDDEN.search(sentence))
        or (_LONG_WORD.search(sentence) and any(len(word) >= _CODE and _ENCODED.search(word) for word in sentence.split()))
    )


def _carried(plain: str) -> Iterator[tuple[frozenset[str], set[str]]]:
    """Read the statements that are embedded after "that", after a colon, or in quotation marks, and not reported as findings.

    Yields:
        For each statement the topics that would make it suspicious, and the topics of the text before it.
    """
    begin = 0
    found: list[tuple[frozenset[str], str]] = []
    if ":" in plain:
        label = _LABEL.match(plain)
        begin = label.end() if label and _heads(label.group(1)) else 0
        found += [(_LEADERS, plain[begin : match.start()]) for match in _COLON.finditer(plain, begin)]
    if _holds(plain, _THAT_PARTS):
        found += [(_CARRIERS, plain[begin : match.start()]) for match in _THAT.finditer(plain, begin)]
    if opening := _AS.match(plain, begin):
        found.append((_CARRIERS, opening.group(1)))
    for carriers, before in found:
        topics = _topics(before[-_REACH:])
        if "report" not in topics:
            yield carriers, topics
    if _holds(plain, _QUOTES) and _QUOTED.search(plain, begin):
        yield _CARRIERS, _topics(_QUOTED.sub(" ", plain[begin:]))


def _topics(plain: str, words: frozenset[str] | None = None) -> set[str]:
    """What a sentence, of these words where they are known, speaks of."""
    topics = {topic for word in (words or _words(plain)) & _TOPICAL for topic in _SPEAK_OF[word]}
    if "you" in topics and not _YOU.search(plain):
        topics.remove("you")
    seen = plain.lower()
    for name, parts in _PARTS.items():
        if _holds(seen, parts) and _PHRASES[name].search(plain):
            topics.add(name)
    return topics


def _holds(content: str, parts: Sequence[str]) -> bool:
    """Whether a text holds one of `parts`."""
    for part in parts:  # a third of the time of `any`
        if part in content:
            return True
    return False


def _orders(plain: str) -> bool:
    """A sentence says what somebody is to do. Beyond ASCII some letters match others: a dotless "ı" is an "i" to the pattern."""
    return (not plain.isascii() or _holds(plain.lower(), _ORDER_PARTS)) and bool(_ORDER.search(plain))


def _frames(plain: str) -> bool:
    """A sentence stands behind a label that heads no part of an abstract."""
    match = _LABEL.match(plain) if ":" in plain else None
    label = _ASIDE.sub("", match.group(1)) if match else ""
    words = len(label.split())
    if 0 < words <= _LABEL_WORDS and not _heads(label) and not _VERB.search(label):
        return bool(_topics(label) & _LABELLED or (words <= _BARE_LABEL and _COLON.search(plain)))
    return False


def _titles(sentence: str) -> str:
    """The name of the rule by which a sentence is nothing but the head of a note; empty where it is more."""
    short = len(sentence.split()) <= _BARE_NOTE
    return "head of a note" if short and not _TITLED.isdisjoint(_topics(plain(sentence))) else ""


def _heads(label: str) -> bool:
    """A label is one of those of the parts of abstracts."""
    return bool(_HEADING.search(label)) and not _VERB.search(label) and _NO_HEADING.isdisjoint(_topics(label))


def plain(sentence: str) -> str:
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
        closes = match.group(1) or match.group(4)
        if name.startswith(("jats:", "mml:")) or (name in _FORMATTING and not match.group(3) and not (closes and name in opened)):
            continue
        start = opened.pop(name, match.start()) if closes else opened.setdefault(name, match.start())
        found.append((start if closes else match.start(), match.end()))
    return found


def _home(sentences: Sequence[str], words: Sequence[frozenset[str]]) -> int:
    """The language of most sentences, by their little words; -1 for another script, 0, English, where none is known."""
    sentences_in: Counter[int] = Counter()
    words_in: Counter[int] = Counter()
    english: list[frozenset[str]] = []
    for sentence, own in zip(sentences, words, strict=True):
        if sentence.isascii() and (spoken := own & _FUNCTION_WORDS) <= _LANGUAGES[0]:  # no language has more of them than English
            sentences_in[0 if spoken else -1] += bool(spoken)
            english.append(spoken)
            continue
        known = _spoken(own)
        known[-1] = 0 if sentence.isascii() else len(_OTHER_SCRIPT.findall(sentence)) // 2
        best = max(known, key=lambda number: (known[number], -number))
        sentences_in[best] += known[best] > 0
        words_in.update(known)
    if len(sentences_in) > 1:
        for spoken in english:
            words_in.update(_spoken(spoken))
    return max(sentences_in, key=lambda number: (sentences_in[number], words_in[number]), default=0)


def _foreign(sentence: str, words: frozenset[str], home: int) -> bool:
    """A sentence of these words, or a part of it, is in another language than `home`, the one of most sentences around it."""
    if home < 0:
        return False
    if not sentence.isascii() and len(_OTHER_SCRIPT.findall(sentence)) >= _LETTERS:
        return True
    others = (words & _FUNCTION_WORDS) - _LANGUAGES[home]
    if len(others) < _FOREIGN or max(_spoken(others).values(), default=0) < _FOREIGN:
        return False
    return any(_differs(_words(piece), home) for piece in (sentence, *_PIECES.split(sentence)))


def _differs(words: frozenset[str], home: int) -> bool:
    own = _LANGUAGES[home]
    return max(_spoken(words - own).values(), default=0) >= max(_FOREIGN, min(len(own & words), _FOREIGN + 1))


def _spoken(words: frozenset[str]) -> Counter[int]:
    """How many of the words each language has for its little words."""
    return Counter([number for word in words & _FUNCTION_WORDS for number in _SPOKEN[word]])


@lru_cache(64)
def _words(content: str) -> frozenset[str]:
    pattern = _ASCII_WORD if content.isascii() else _WORD
    return frozenset(pattern.findall(content.lower()))  # those of a sentence are asked for several times


def _spread(sentences: Sequence[str], marked: list[bool], within: set[int]) -> None:
    """Mark what goes with the marked sentences.

    That is what they open; the next one, where they carry neither statement nor marks and are not `within` tags, as what an
    order wants to be said stands beside it; what carries a statement beside them; the quotations that they are part of; and what
    stands between two of them.
    """
    last = len(sentences) - 1
    for at in [at for at, own in enumerate(marked) if own]:
        carries = at in within or _marks(sentences[at]) or any(True for _ in _carried(plain(sentences[at])))
        if at < last and (_OPENS.search(sentences[at]) or not (carries or _reports(sentences[at + 1]))):
            marked[at + 1] = True
        if at and not carries and _BACK.match(sentences[at]):
            marked[at - 1] = True
        for beside in (max(at - 1, 0), min(at + 1, last)):
            marked[beside] = marked[beside] or any(True for _ in _carried(plain(sentences[beside])))
        if _half_quoted(sentences[at]):
            others = [*range(at + 1, min(at + 1 + _CARRIED, last + 1)), *range(at - 1, max(at - 1 - _CARRIED, -1), -1)]
            to = next((to for to in others if _half_quoted(sentences[to])), at)
            for between in range(min(at, to), max(at, to) + 1):
                marked[between] = True
    for at in range(1, last):
        marked[at] = marked[at] or (marked[at - 1] and marked[at + 1])


def _reports(sentence: str) -> bool:
    """A sentence reports of the paper's work, by its words."""
    return _judged(sentence)[1] < _REPORT


def _half_quoted(sentence: str) -> bool:
    """A quotation begins or ends in the sentence, and not both."""
    return bool(sentence.count('"') % 2) or sentence.count("“") != sentence.count("”")
