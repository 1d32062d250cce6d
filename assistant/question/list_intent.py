"""Questions for papers, not for what a paper says: lists, counts and overviews of the papers that hold a term."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from assistant import text

Ask = Literal["list", "count", "overview"]
More = Literal["more", "rest", "titles", "sentence"]
"""A follow-up to a list: the next papers, all that are left, the titles alone, or the list in a sentence."""
PAPERS = r"(?:papers|works|studies|articles|publications|abstracts)"
HOLD = (
    r"(?:(?:do|does|that|which|is|are|were|have|has|got|there|here|you|in (?:the|your|this) library|actually|all) ){0,5}"
    r"(?:(?:mention|us(?:e|es|ed|ing)\b|discuss|cover|address|consider|concern|stud|describ|treat|employ|contain|involv|investigat"
    r"|explor)\w*|deal\w* with|(?:talk\w*|says?) about|(?:focus|work|relat)\w* (?:on|to)|about|on) "
)
_LIST = re.compile(
    r"(?:(?:can|could|would|you|which|what|list|name|show|find|give|do|does|is|are|there|any|all|me|of|the|other|please|us) )"
    rf"{{0,6}}(?:{PAPERS}|(?:an?|any|which|what) (?:paper|work|study|article)) {HOLD}(?P<topic>.+)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?:(?:can|could|you|tell|give|me|please|what|is|what's|count|in) ){0,5}"
    r"(?:how many(?: of)?|(?:the )?(?:number|count) of|the(?= papers))"
    rf"(?: (?:the|these|your|all)){{0,2}} {PAPERS} {HOLD}(?P<topic>.+)",
    re.IGNORECASE,
)
_OVERVIEW = re.compile(
    r"(?:(?:can|could|you|please|give|write|me|us) ){0,4}(?:an? |the )?(?:overview|survey|summary|summari[sz]e|sum up)"
    rf"(?: of)?(?: (?:the|all|these|your))* {PAPERS} {HOLD}(?P<topic>.+)",
    re.IGNORECASE,
)
_OVERVIEW_OF = re.compile(
    r"(?:(?:can|could|would|will|you|please) ){0,4}(?:"
    r"(?:give|write|show|provide|make|prepare)(?: me| us)?(?: an?| the| some)?(?: (?:short|brief|quick|concise|general))?"
    r" (?:overview|survey|summary|(?:literature )?review)(?: of| on| about)"
    r"(?: (?:the |all |recent |current |existing )*(?:literature|research|work|works|studies|papers|field|state of the art)"
    r"(?: of| on| in| about)?)?"
    r"|(?:summari[sz]e|sum up|review|survey) (?:the |all |recent |current |existing )*"
    r"(?:literature|research|work|works|studies|papers|field|state of the art)(?: of| on| in| about))"
    r" (?P<topic>.+)",
    re.IGNORECASE,
)
"""A wish for an overview; "an overview of X that does Y" alone may ask for a paper that is one."""
_TAIL = re.compile(r"(?i)(?:,? (?:please|here|in (?:the|your|this) library|(?:do|are) (?:you have|there))){1,3}$")
_EDGES = " \t.,;:!?…\"'“”‘’()[]"
"""Characters that are stripped from the ends of a question or a term."""
_ARTICLE = re.compile(r"(?i)^(?:the|an?|any) ")
_MOST_ASKED = 50
"""A follow-up asks for at most this many papers."""
_WORDS = 6
"""A term has at most this many words; a longer topic is a description, which no paper holds word for word."""
_NUMBERS = {word: number for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_FILLER = frozenset(
    """a about all an and any anyone anything are can could couple did do does entries entry few get give got had has have
    here how i in is it item items just left like list me name need no not now of ok okay on one ones only paper
    papers please print result results see show so some something still tell that the their them then there these they
    this those to us want was we were what which who will with would yes you""".split()
)
"""Words that a short remark about a list is made of, beside the word that says what is wanted."""
_NEXT = frozenset("more other others another rest next remaining further else additional continue".split())
_ALL_LEFT = frozenset("rest remaining".split())
_GO_ON = re.compile(
    r"(?:(?:please|ok|okay|yes) )?(?:keep going|go on|carry on|proceed|continue)(?: please| the list| with the list)?"
)
_THAT_ALL = re.compile(
    r"(?:is|was) (?:that|this|it) (?:all|it|everything)(?: of (?:them|it))?|(?:are|were) (?:those|these|they) all.{0,9}"
)
_TITLED = frozenset("title titles names named called".split())
_WITHOUT = frozenset("without drop skip leave out omit quotes quote sentences sentence enough alone".split())
_SENTENCE = frozenset("sentence one-sentence single-sentence sentence-long".split())
_ONE = frozenset("one single a 1 one-sentence single-sentence".split())
_SHORTEN = frozenset(
    """put sum up summarise summarize summary shorten condense compress reduce boil down cut say tell express write rephrase version
    tl;dr tldr answer again short shorter brief briefly into as same but make gist""".split()
)
_LONGEST_REMARK = 12
"""A remark about a list has at most this many words."""


class Onward(NamedTuple):
    """What a remark asks of the list in the answer before."""

    asks: More
    number: int | None = None
    """The number of papers asked for."""


class Listing(NamedTuple):
    """A question for the papers that hold a term."""

    asks: Ask
    topic: str
    """The term, in the words of the question."""


def listing(question: str) -> Listing | None:
    """The papers that `question` asks for; None where it asks for something else."""
    plain = text.clean(question).strip(_EDGES)
    asks: Ask = "count"
    match = _COUNT.fullmatch(plain)
    if not match:
        asks, match = "overview", _OVERVIEW.fullmatch(plain)
    if not match:
        asks, match = "list", _LIST.fullmatch(plain)
    if not match:
        return None
    topic = _TAIL.sub("", match["topic"]).strip(_EDGES)
    topic = _ARTICLE.sub("", topic).strip(_EDGES)
    return Listing(asks, topic) if text.content_words(topic) and len(text.words(topic)) <= _WORDS else None


def overview(question: str) -> str | None:
    """The topic on which an overview of papers is asked for, in the words of the question; None where none is asked for."""
    asked = listing(question)
    if asked:
        return asked.topic if asked.asks == "overview" else None
    match = _OVERVIEW_OF.fullmatch(text.clean(question).strip(_EDGES))
    topic = _ARTICLE.sub("", _TAIL.sub("", match["topic"]).strip(_EDGES)).strip(_EDGES) if match else ""
    return topic if text.content_words(topic) and len(text.words(topic)) <= _WORDS else None


def more(asked: str) -> Onward | None:
    """What a follow-up asks of the list before; None where it asks for something else."""
    plain = " ".join(asked.lower().split()).strip(_EDGES)
    said = [word.strip(_EDGES) for word in plain.split()]
    words = set(said)
    if len(said) > _LONGEST_REMARK:
        return None
    if one_sentence(asked):
        return Onward("sentence")
    figures = [int(word) if word.isdecimal() else _NUMBERS[word] for word in said if word in _NUMBERS or word.isdecimal()]
    count = next((figure for figure in figures if 0 < figure <= _MOST_ASKED), None)
    rest = {word for word in words - _FILLER if word not in _NUMBERS and not word.isdecimal()}
    if words & _TITLED and rest <= _TITLED | _WITHOUT:
        return Onward("titles")
    if _GO_ON.fullmatch(plain) or _THAT_ALL.fullmatch(plain):
        return Onward("more")
    if rest and rest <= _NEXT:
        return Onward("rest" if words & _ALL_LEFT else "more", count if count and count > 1 else None)
    return Onward("rest") if re.fullmatch(r"(?:(?:show|list|give)(?: me)? )?all(?: of them)?(?: please)?", plain) else None


def one_sentence(asked: str) -> bool:
    """Whether a follow-up asks for nothing but one sentence."""
    words = {word.strip(_EDGES) for word in asked.lower().replace("tl;dr", "tldr").split()}
    return bool(words & _SENTENCE and words & _ONE) and words <= _SENTENCE | _ONE | _SHORTEN | _FILLER | {"for", "be"}


_LEAD = r"(?:(?:and|so|ok|okay|now|then|but|well|please)[ ,]+){0,3}"
_THESE = (
    r"(?:(?:these|those)(?: (?:papers|works|studies|ones|results))?|them|(?:the|that|this) (?:list|ones|results)(?: above)?|"
    r"the (?:papers|works|studies) (?:above|listed))"
)
_OF = r"(?:of|among|amongst|from|in|out of|within)"
_NARROWED = tuple(
    re.compile(rf"{_LEAD}{pattern}", re.IGNORECASE)
    for pattern in (
        rf"{_OF} {_THESE}[ ,]+(?:(?P<many>how many)|which|what|who|do any|does any|are any|any|is there any)"
        rf"(?: ones)?(?: of {_THESE})? (?P<rest>.+)",
        rf"(?:(?P<many>how many)|which|what|(?:do|does|did|are|is|have|has) (?:any|some|one)|any|(?:is|are) there (?:any|some|one)"
        rf"|(?:can you )?(?:show|list|give|name)(?: me)?(?: only| just)?(?: all)?)(?: ones)? {_OF} {_THESE} (?P<rest>.+)",
        r"(?:(?P<many>how many)|which|what) ones (?P<rest>.+)",
        rf"(?:(?:can you )?(?:show|list|give|keep|name)(?: me)? )?(?:only|just) (?:the ones|the papers|ones|{_THESE}) (?P<rest>.+)",
        r"(?:(?:can you )?(?:show|list|give|keep|name)(?: me)? )(?:the ones|those|these)"
        r" (?P<rest>(?:that|which|with|about|from|by) .+)",
        rf"(?:narrow|filter|restrict|limit|reduce)(?: (?:it|{_THESE}))?(?: down)? (?:to|by|for|on)"
        r" (?:the ones |those |papers |only )?(?P<rest>.+)",
    )
)
_SUBJECT = re.compile(
    r"(?:(?:that|which|who|do|does|did|are|is|were|was|have|has|also|actually|really|even|there|any|some|all) )*", re.IGNORECASE
)
_SURE = re.compile(
    r"(?:mention|use|uses|used|using|discuss|cover|contain|involve|concern|employ|about|with|consider|address|deal with|talk about)"
    r"(?:s|es)? ",
    re.IGNORECASE,
)
"""A verb by which the words of the term are asked for; if no paper holds the term, that is the answer."""
_VERB = re.compile(
    r"(?:(?:mention|us(?:e|es|ed|ing)\b|discuss|cover|address|consider|concern|stud|describ|treat|employ|contain|involv|investigat|explor"
    r"|evaluat|test|benchmark|report|experiment|train|measur|compar|appl|tackl|target|propos|introduc|present|run|analy[sz]|includ|rel"
    r"|work|deal|talk|focus|score|perform|build|bas)\w*"
    r"(?: (?:their |its |the |any |some )?(?:results?|numbers|figures|scores?|performance|accuracy|experiments?|gains?|methods?))?"
    r"(?: (?:on|about|with|for|against|to|at|of|upon|over|by))?|on|about|with) (?:the |an? )?",
    re.IGNORECASE,
)


class Narrowed(NamedTuple):
    """A question for those papers of the list before that hold something."""

    plain: str
    """The question with "papers" in the place of the words for the list."""
    topic: str
    """The term that title or abstract is to hold; empty where no term is found."""
    sure: bool
    """The words of the term are asked for."""


def narrowed(asked: str) -> Narrowed | None:
    """Read a question for some papers of a list ("Which of these use X?"); None where it is no such question."""
    plain = " ".join(text.clean(asked).split()).strip(_EDGES)
    for pattern in _NARROWED:
        if match := pattern.fullmatch(plain):
            groups = match.groupdict()
            rest = match["rest"].strip(_EDGES)
            behind = _TAIL.sub("", rest[_SUBJECT.match(rest).end() :]).strip(_EDGES)  # type: ignore[union-attr]
            verb = _VERB.match(behind)
            topic = behind[verb.end() :].strip(_EDGES) if verb else behind if plain.lower().startswith(("filter", "narrow")) else ""
            topic = _ARTICLE.sub("", topic)
            fits = bool(text.content_words(topic)) and len(text.words(topic)) <= _WORDS
            sure = not verb or bool(_SURE.match(behind))
            return Narrowed(f"{'how many' if groups.get('many') else 'which'} papers {rest}", topic if fits else "", sure)
    return None


_FORM = re.compile(
    r"(?:(?:ok|okay|and|now|please|can|could|you|give|tell|say|put|make|me|us|it|that|this|the|answer|same|again|sum|summari[sz]e"
    r"|explain|rephrase|up|shorten|but),? ){0,8}(?P<form>(?:in|as|into|to) (?:just |only |at most )?"
    r"(?:a|an|one|two|three|four|five|[0-9]{1,3}) (?:single |short )?(?:sentences?|words?|bullets?(?: points?)?|paragraphs?))"
    r"(?:,? please)?",
    re.IGNORECASE,
)


def form(asked: str) -> str | None:
    """The length that a follow-up wants for the answer before ("in one sentence"); None where it asks for something else."""
    match = _FORM.fullmatch(" ".join(asked.split()).strip(_EDGES))
    return match["form"].lower() if match else "in one sentence" if one_sentence(asked) else None
