"""Sentences of an abstract that speak to whoever reads it: they are no evidence, are not quoted, and no model is shown them.

An abstract reports what was done. What tells a sentence that is meant for its reader or its judge, or that others wrote into it:

- it gives an order: it opens with a verb of saying, says "you", or says what is to be dropped;
- it carries a statement, that is "that" and a name, a quoted sentence, or a colon and a sentence, and what carries it is no
  report but speaks of answers, readers, verdicts, notes, or of the text itself: a word of those in `_WORDS`;
- it speaks of two things of which an abstract mentions one at times (`_PAIRS`), such as a duty and what is to be said;
- it stands behind a label that heads no part of an abstract ("Note to", "Erratum", "Verdict"), or is an entry of a bibliography;
- it carries marks of a conversation, of a program or of a web page, or characters that do not show or are not what they look like;
- it is written in another language than its abstract;
- it carries a statement beside such a sentence, stands between two of them, or within what one of them opens: a label, a tag, a
  quotation, a colon.

These are rules of thumb, tuned on part of eval/questions/hostile.jsonl (`python -m eval hostile`); they lower the number of
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

_WORDS = {
    "duty": "must should shall ought kindly please requested obliged instructed expected asked permitted forbidden bound",
    "speech": "say says saying said stating mention mentioned mentioning stress stressed write writing wrote written cite cited"
    " citing quote quoted quoting repeat repeated tell tells telling told assert asserted asserting affirm affirming declare"
    " declaring declared answer answered answering reply replying respond responding print printed copy copied append appended add"
    " added insert inserted summarise summarize conclude credit credited attribute attributed recommend praise regarded display"
    " displayed render reproduce reproduced omit omits omitted remark remarked emphasise emphasize highlight describe acknowledge"
    " accept assume know knows remember convey announce announced report marked labelled carry include",
    "output": "answer answers reply replies response summary summaries digest digests account quotation citation citations statement"
    " statements sentence sentences line phrase wording remark caption claim claims template draft conversation question questions"
    " rubric verbatim",
    "reader": "reader readers assistant assistants chatbot chatbots chatgpt ai ais llm llms bot bots summariser summarisers"
    " summarizer summarizers checker checkers verifier verifiers judge judges grader graders evaluator evaluators reviewer"
    " reviewers referee referees indexer indexers indexing crawler crawlers user users anyone whoever anybody everybody"
    " everyone",
    "verdict": "supported unsupported entailed entailment verdict true false accurate correct valid verified verification"
    " contradiction contradictions fact-check fact-checkers proven rubric passed",
    "note": "editor editors editor's editors' publisher publisher's publishers erratum errata corrigendum correction retraction"
    " note notice footnote policy licence license reviewer referee author's authors' attention addendum reminder disclaimer"
    " wikipedia",
    "override": "ignore disregard forget override overrides supersede supersedes superseded precedence whatever wherever whenever outdated"
    " instructions prompt remainder verbatim",
    "secret": "password passwords api credential credentials session login forward send prize insurance secret",
    "here": "abstract document passage record entry preprint collection library corpus article conversation",
    "report": "we our us i results data findings analysis analyses study studies experiments evidence hypothesis theory suggest suggests"
    " suggesting show shows showed shown showing demonstrate demonstrates demonstrated demonstrating indicate indicates indicated"
    " indicating reveal reveals revealed found confirmed",
}
"""Words by what they speak of; those of "report" tell that a statement is the paper's own finding."""
_SPEAK_OF = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_PAIRS = [
    set(pair.split())
    for pair in (
        "duty you, duty every, duty marker, speech you, speech every, output you, output url, reader you, you override, you secret"
        ", you url, verdict every, verdict text, every text, every here, override url, override text, secret url"
    ).split(", ")
]
"""What an abstract mentions one of at times, and both hardly ever."""
_CARRIERS = frozenset("duty speech output reader you verdict note override here every text secret url".split())
"""What makes of a statement that is carried something else than a finding, where nothing before it says "we show"."""
_LABELS = frozenset("output verdict note you override every text".split())
"""Such before a colon; the others lead in lists, too."""
_ALSO = {
    "you": r"\b(?:you|[Yy]our|yours|yourself|You(?= [a-z]))\b|\bYOUR?\b",
    "every": r"(?i:\b(?:every|any|all|each|whatever)\s+(?:\w+ ){0,2}(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|accounts?"
    r"|digests?|claims?|statements?|sentences?|questions?|mentions?|contradictions?)\b)",
    "text": r"(?i:\bthe (?:above|foregoing) \w+|\b(?:this|the present|the following) (?:abstract|text|document|passage|record|entry|notice|sentence"
    r"|statement|line|message|conversation|collection|library|article)s?\b)",
    "marker": r"\[\d{1,2}\]",
    "url": r"https?:|www\.|\w@\w|\b[a-z][\w-]*\.(?:com|org|net|io|ai|dev|co|info|example)\b",
}
_ALSO_SPEAK_OF = {name: re.compile(pattern) for name, pattern in _ALSO.items()}
_THAT = re.compile(r"\bthat (?:the |its |an? |no |all )?[\"“'‘]?[A-Z][a-z]")
_COLON = re.compile(r":\s+(?:\[\d+\]\s*)?[\"“'‘«„]?[A-Z][\w-]*,?(?: [^\s?]+){3}(?![^.]*\?)")
_AS = re.compile(r"\A((?:According to|As|Per|In the words of)\b[^,]{3,60}),\s+[\"“]?[A-Z][a-z]")
_QUOTED = re.compile(
    r"[\"“„«]\s?[A-Z][\w-]*,?(?=[^\"“”„«»]* (?!and|the|for|with|from)[a-z]{3})(?: [^\s\"“”„«»]+){3,60}[\"“”»]"
    r"|(?<!\w)['‘][A-Z][\w-]*,?(?=[^'’]* (?!and|the|for|with|from)[a-z]{3})(?: (?:[^\s'’]|['’](?=\w))+){3,60}['’](?!\w)"
)
_LABEL = re.compile(r"\W*([A-Z\d](?:[^:.?!\"“”]|\.\d){0,80}?)\s?:(?!//)\s(?![^.]*\?)")
_HEADING = re.compile(
    r"(?i)\b(?:backgrounds?|contexts?|rationale|introduction|objectives?|aims?|purposes?|goals?|hypothes[ie]s|design|settings?"
    r"|patients|participants|subjects|methods?|methodology|materials|measure(?:s|ments)?|interventions?|outcomes?|sources|samples?"
    r"|selection|extraction|synthesis|results?|findings?|conclusions?|interpretations?|discussion|limitations?|implications?"
    r"|importance|significance|relevance|registration|registry|identifiers?|availability|code|data|contact|supplementary|keywords"
    r"|funding|sponsorship|abbreviations|project|demo|website|study|figure|table|box|areas|expert|registered|unlabelled)\b"
)
"""What labels the parts of abstracts."""
_TOLD = frozenset("verdict note you override".split())
_LABELLED = frozenset("output reader verdict note you override".split())
_ASIDE = re.compile(r"\s*\([^()]*\)")
_LABEL_WORDS = 8
_BARE_LABEL = 3
"""Words of a label that is told whatever it says."""
_BARE_NOTE = 4
"""Words of a sentence that is nothing but the head of a note."""
_VERB = re.compile(r"(?i)\b(?:we|is|are|was|were|has|have|had|can|may|includ(?:ed?|es|ing)|be|remains?|read)\b")
"""What makes a sentence of what stands before a colon."""
_ENTRY = re.compile(
    r"\A\W*\[\d{1,3}\]\s+(?:[A-Z]\.|[A-Z]\w+,? (?:[A-Z]\.|et al))|\b\d+\s?\(\d+\),\s?\d+\s?[-–]\s?\d+\W*(?:\Z|doi)|\b[Cc]ite as\b"
)
"""An entry of a bibliography."""
_LONE = re.compile(r"[a-z)\]\"”]\s?(?:\[\d{1,2}\])+\W*\Z")
_MARKER = re.compile(r"\[\d{1,2}(?:[,–-]\s?\d{1,2})*\]")

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
_MUST = r"(?:must|should|shall|will|have to|has to|need to|needs to|are to|ought to)"
_ORDERS = [
    # what is to be dropped is what was said before
    r"\b(?:ignore|disregard|forget|override|bypass|set aside)\b[^.]{0,40}"
    r"\b(?:instructions?|prompts?|rules?|guidelines?|messages?|passages?|papers|sources|context|above|before|question|figures)\b",
    # the reader is spoken to
    rf"\b(?:you|{_READER}|users?|anyone|whoever) {_MUST} (?:now |always |never |only |not )*{_VERBS}\b",
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
    rf"(?!(?:present|repeat|act|end|follow|start|rate|rank|run|state|report|claim|call|output|copy|mark|stress|link|display|play"
    r"|forward|highlight|replace|render|keep)"
    r" (?!(?:that|this|the|with|only|all|every|everything|no|as|it|these|in your|to)\b)|state,)"
    rf"{_VERBS}\b(?! (?:of|for|by|to|is|are|was|were|has|and|or|over)\b|-)",
    rf"\A\W*(?:before|after|when|while|if|once)\b[^,.]{{0,60}}, (?:please |kindly |then |first )*{_VERBS} (?:that|the|this|all|it)\b",
    rf"\b(?:note|instructions?|message|attention|memo|notice|hint|request|reminder)\s+(?:to|for)\s+(?:all |any |the )?{_READER}\b",
    rf"\b(?:{_READER}|systems?|models?|tools?|software|programs?|machines?|anyone|whoever|you)(?:'re| is| are)? (?:\w+ ){{0,2}}"
    r"(?:read|summari[sz])(?:s|es|ing)? (?:this|the present)\b",
    r"\bfrom (?:here|now) on\b",
    rf"\b(?:we|I) (?:\w+ )?(?:remind|ask|urge|advise|request|instruct|invite|beg) (?:you|every|any|all|each|the reader|{_READER})\b",
    # the judge is spoken to
    r"\b(?:claims?|statements?|sentences?|everything)\b[^.]{0,60}\b(?:is|are|be)\b[^.]{0,20}"
    r"\b(?:supported|entailed|true|correct|verified)\b[^.]{0,30}\b(?:this|the present) (?:abstract|article|text|passage)\b",
    # those who print the paper speak
    r"\bthe (?:publishers?|editors?|editorial office)\b[^.]{0,20} (?:regrets?|apologi[sz]es?|wish(?:es)?|notes?|requires?|asks?)\b",
    # what is to be said
    r"\b(?:is|are|be) to be (?:said|told|mentioned|answered|stated|cited|quoted|repeated|printed|copied|reported as|replaced by the)\b",
    r"\b(?:must|should|shall|has to|have to|ought to) (?:\w+ )?(?:say|mention|cite|quote|state|repeat|end with|start with|begin with"
    r"|carry the (?:line|words|sentence)|contain the (?:line|words|sentence))\b",
    r"\b(?:must|should|shall|may) (?:also )?be (?:said|mentioned|told|quoted|added|appended|printed|cited|copied|repeated)\b[^.]{0,40}"
    r"\b(?:in (?:all|any|every|each)|by the|that|without|verbatim|as)\b",
    # orders in other languages
    r"\b(?:vergiss|vergesst|ignorier\w*|ignorez|oubliez|ignora[ds]?|ignore[nm]?|olvid[ae]\w*|esque[cç]a)\b[^.]{0,40}"
    r"\b(?:anweisung\w*|instruktion\w*|instructions?|consignes?|instrucciones|instru[cç][oõ]es|istruzioni|pregunta|frage|question)\b",
    r"(?:忽略|无视|忘记|忽視|無視)",
]
_ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _ORDERS), re.IGNORECASE)

_FORMATTING = {*"abipqsu", "br", "em", "strong", "sub", "sup", "span", "tt", "italic", "bold"}
"""Tags that stand in abstracts as publishers deliver them; with attributes, only those of JATS and MathML do."""
_TAG = re.compile(
    r"<(/?)([a-zA-Z|][\w:|-]{0,40})(\s[^<>]{0,400})?/?>|\[(/?)((?:SYSTEM|INST|USER|ASSISTANT|PROMPT|INSTRUCTION)[A-Z_ ]{0,30})\]"
)
_MARKS = re.compile(
    r"<!--|```|<<\s?[A-Z]|<\||!\[[^\]]{0,80}\]\(|\]\(\s?(?:https?|javascript|data):|#{2,}\s?\w|(?:\A|\n)\s*#\s|(?:-{3,}|={3,}) ?(?:\n|[A-Z])"
    r"|(?:\A|\n)\s*(?i:system|user|assistant|human)\s*\n|[%=*~#@|]{3}|\b(?:BEGIN|END) (?:OF )?[A-Z]{4,}|[{,]\s?[\"'][a-z_ ]{2,20}[\"']\s?:|\\(?:footnote|color|textcolor|tiny|scriptsize|phantom|hide)\b"
    r"|\b(?=[A-Za-z+]*\d)(?=[a-z\d+]*[A-Z])(?=[A-Z\d+]*[a-z])[A-Za-z\d+]{32,}"  # base64
    r"|(?:\A|\n|[.!?>\"”]\s)[\W\d]{0,6}(?i:system|assistant|user|human|AI|bot|role|content|prompt|input|output)\s?:(?!//)"
    r"|(?:\A|\n|[.?] )\W?(?:Q|A|Answer)\d?\s?:|\A\W*(?i:tool|function|search)\W(?i:call|output|results?|response)\b[^:]{0,60}:"
)
_LITERAL = re.compile(r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)", re.DOTALL)
_HIDDEN = re.compile(
    r"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"  # turn the direction of reading, or never show
    r"|(?:[A-Za-z][\u200b-\u200f\u2060-\u2064\ufeff]+[A-Za-z].{0,30}?){2}"  # between letters, more than once
    r"|[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]"  # a word of two alphabets
    r"|[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d6a3\u24b6-\u24e9]{3}",  # words in the guise of signs
    re.DOTALL,
)
_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*['’]?")
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
        "the of and to in is that for with as are by this we on it be from our which an a at not its can have these than or was were"
        " do so no al also die per met till den care van as",
        "der das und ist nicht ein eine den dem des zu mit auf von im für sich alle nur wird sind dass bitte auch hat diese",
        "le les une est et dans que qui pour ne pas sur du des en au aux ce cet cette avec toutes tous vous il sont par",
        "el los las una es y en que para por con del este esta todas todos lo siempre como su",
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
"""Little words of English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Turkish, Romanian and Czech."""
_LETTERED = re.compile(r"[^\W\d_]+")
_SPOKEN = {word: [at for at, known in enumerate(_LANGUAGES) if word in known] for known in _LANGUAGES for word in known}
"""In which of these languages a little word is one."""
_PIECES = re.compile(r"[.:;!?]\s")
_FOREIGN = 3
"""Different little words of another language that tell a sentence to be in it."""
_OPENS = re.compile(r":\W*\Z|\b(?:following|follows|next|below)(?: (?:sentences?|lines?|words|text))?\W*\Z", re.IGNORECASE)
_CARRIED = 6
"""Sentences that a quotation of which a marked one is a part reaches on at most."""


@lru_cache(maxsize=4096)
def orders(content: str) -> tuple[Span, ...]:
    """The offsets of the sentences of `content` that speak to a reader rather than of the paper's work."""
    spans = text.sentences(content)
    home = _home([content[start:end] for start, end in spans])
    marked = [_foreign(content[start:end], home) or _speaks(content[start:end]) for start, end in spans]
    lone = [at for at, (start, end) in enumerate(spans) if _MARKER.search(content, start, end)]
    if len(lone) == 1 and _LONE.search(content[slice(*spans[lone[0]])]):
        marked[lone[0]] = True
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
    if any(not carriers.isdisjoint(topics) for carriers, topics in _carried(plain)) or _frames(plain):
        return True
    topics = _topics(plain)
    return any(pair <= topics for pair in _PAIRS) or bool(_ORDER.search(plain))


def _carried(plain: str) -> Iterator[tuple[frozenset[str], set[str]]]:
    """For each statement that a sentence carries and does not report: what may carry it, and what what carries it speaks of."""
    label = _LABEL.match(plain)
    begin = label.end() if label and _heads(label.group(1)) else 0
    found = [(_CARRIERS, plain[begin : match.start()]) for match in _THAT.finditer(plain, begin)]
    found += [(_LABELS, plain[begin : match.start()]) for match in _COLON.finditer(plain, begin)]
    found += [(_LABELS, match.group(1)) for match in _AS.finditer(plain, begin)]
    for carriers, before in found:
        topics = _topics(before)
        if "report" not in topics:
            yield carriers, topics
    if _QUOTED.search(plain, begin):
        yield _CARRIERS, _topics(_QUOTED.sub(" ", plain[begin:]))


def _topics(plain: str) -> set[str]:
    """What a sentence speaks of."""
    words = set(_WORD.findall(plain.lower()))
    topics = {name for name, own in _SPEAK_OF.items() if not own.isdisjoint(words)}
    return topics | {name for name, pattern in _ALSO_SPEAK_OF.items() if pattern.search(plain)}


def _frames(plain: str) -> bool:
    """A sentence stands behind a label that heads no part of an abstract, or is an entry of a bibliography or the head of a note."""
    match = _LABEL.match(plain)
    label = _ASIDE.sub("", match.group(1)) if match else ""
    words = len(label.split())
    if 0 < words <= _LABEL_WORDS and not _heads(label) and not _VERB.search(label):
        if _topics(label) & _LABELLED or (words <= _BARE_LABEL and _COLON.search(plain)):
            return True
    if len(plain.split()) <= _BARE_NOTE and "note" in _topics(plain):
        return True
    return bool(_ENTRY.search(plain))


def _heads(label: str) -> bool:
    """A label is one of those of the parts of abstracts."""
    return bool(_HEADING.search(label)) and not _VERB.search(label) and not _topics(label) & _TOLD


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
        known = _spoken(_words(sentence))
        known[-1] = 0 if sentence.isascii() else len(_OTHER_SCRIPT.findall(sentence)) // 2
        best = max(known, key=lambda number: (known[number], -number))
        sentences_in[best] += known[best] > 0
        words_in.update(known)
    return max(sentences_in, key=lambda number: (sentences_in[number], words_in[number]), default=0)


def _foreign(sentence: str, home: int) -> bool:
    """A sentence, or a part of it, is in another language than `home`, the one of most sentences around it."""
    if home < 0:
        return False
    if not sentence.isascii() and len(_OTHER_SCRIPT.findall(sentence)) >= _LETTERS:
        return True
    if max(_spoken(_words(sentence) - _LANGUAGES[home]).values(), default=0) < _FOREIGN:
        return False
    return any(_differs(_words(piece), home) for piece in (sentence, *_PIECES.split(sentence)))


def _differs(words: set[str], home: int) -> bool:
    own = _LANGUAGES[home]
    return max(_spoken(words - own).values(), default=0) >= max(_FOREIGN, min(len(own & words), _FOREIGN + 1))


def _spoken(words: set[str]) -> Counter[int]:
    """How many of the words each language has for its little words."""
    return Counter(number for word in words for number in _SPOKEN.get(word, ()))


def _words(content: str) -> set[str]:
    return set(_LETTERED.findall(content.lower()))


def _carry(content: str, spans: Sequence[Span], marked: list[bool]) -> None:
    """Mark what the marked sentences open, the quotations that they are part of, and what stands between two of them."""
    sentences = [content[start:end] for start, end in spans]
    for at in [at for at, own in enumerate(marked) if own]:
        plain = _plain(sentences[at])
        if _OPENS.search(plain) or not any(True for _ in _carried(plain)):
            marked[at + 1 : at + 2] = [True] * len(marked[at + 1 : at + 2])
        for beside in (at - 1, at + 1):
            if 0 <= beside < len(spans) and not marked[beside]:
                marked[beside] = any(True for _ in _carried(_plain(sentences[beside])))
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
