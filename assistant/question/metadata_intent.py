"""Questions that the records of the papers answer: who wrote it, when, where; papers by an author, of a year, of a venue.

The grammar is read here, and nothing is looked up: whether a name is that of an author, the library tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from assistant import text
from assistant.question.list_intent import HOLD, PAPERS
from assistant.sources import ids

Field = Literal["authors", "date", "venue", "doi", "address"]
_PAPER = r"(?:paper|work|study|article|publication|preprint|manuscript)"
_EDGES = " \t.,;:!?…\"'“”‘’()[]"
"""Characters that are stripped from the ends of a question or a name."""
_PUBLISHED = r"(?:published|released|written|printed|presented|accepted|submitted|posted|made)"
_OUT = r"(?:publish|appear|come out|get published|get released|get accepted)"
_REF = r"(?P<of>.{1,300}?)"
_WROTE = r"(?:wrote|authored|co-?authored|published|is behind|are behind|stands? behind)"
_PROPOSED = r"(?:(?:propos|introduc|develop|creat|invent|present|design|releas|ma[dk])\w{0,3}|c[ao]me up with)"
_PEOPLE = r"(?:people|persons|authors|researchers|scientists|academics|scholars)"
_ASK = (
    r"(?:(?:please|can|could|would|you|tell|give|show|list|name|me|us|what|which|who|is|are|was|were|do"
    r" you know|find|the|full|exact"
    r"|a|'s) ?){0,8}"
)
_VENUE = r"(?:journal|venue|conference|proceedings|workshop|publisher)"
_FIELDS: tuple[tuple[Field, str], ...] = (
    ("authors", rf"(?:and )?(?:who|which {_PEOPLE}) {_WROTE} {_REF}"),
    ("authors", rf"(?P<loose>(?:and )?(?:who|which {_PEOPLE}) {_PROPOSED}) {_REF}"),
    ("authors", rf"by (?:who|whom|which {_PEOPLE}) (?:is|was|were|has been) {_REF} (?:{_PUBLISHED}|{_PROPOSED}|authored)"),
    ("authors", rf"{_REF} (?:is|was) (?:written|authored) by (?:who|whom)"),
    ("authors", rf"who (?:is|was|were|are) {_REF} (?:written|authored|made|published|proposed) by"),
    (
        "authors",
        rf"{_ASK}(?:(?P<first>first|last|lead|senior) )?(?:authors?|author list|list of authors|writers?)(?:"
        rf" (?:of|on|for|behind) {_REF})",
    ),
    ("authors", rf"{_ASK}{_REF}['’]s? (?:(?P<first2>first|last|lead|senior) )?authors?"),
    (
        "authors",
        rf"(?P<number>how many (?:authors|people|researchers)) (?:wrote|authored|are (?:there )?(?:on|behind)|worked on) {_REF}",
    ),
    ("authors", rf"(?P<number2>how many authors) (?:does|do|did|has|have) {_REF}(?: have)?"),
    ("date", rf"when (?:was|were|has|is|did) {_REF} (?:been )?(?:first )?(?:{_PUBLISHED}|{_OUT})"),
    (
        "date",
        rf"(?:(?:in|of|from) )?(?:what|which) (?:year|month) (?:was|were|is|are|did|does|has) {_REF} (?:from"
        rf"|(?:been )?{_PUBLISHED}|{_OUT})",
    ),
    ("date", rf"(?:in|of|from) (?:what|which) (?:year|month) (?:was|were|is|are) {_REF}"),
    ("date", rf"{_ASK}(?:publication |release )?(?:date|year)(?: of (?:publication|release))? (?:of|for) {_REF}"),
    ("date", rf"how (?:old|recent|new) (?:is|are) {_REF}"),
    ("venue", rf"where (?:was|were|has|is|did) {_REF} (?:been )?(?:first )?(?:{_PUBLISHED}|{_OUT})"),
    (
        "venue",
        rf"(?:in|at|by) (?:what|which) {_VENUE} (?:was|were|is|did|has) {_REF} (?:been )?(?:{_PUBLISHED}|{_OUT})(?: in| at)?",
    ),
    ("venue", rf"(?:what|which) {_VENUE} (?:was|were|is|did|has) {_REF} (?:been )?(?:{_PUBLISHED}|{_OUT}) (?:in|at|by)"),
    ("venue", rf"(?:what|which) {_VENUE} (?:has )?(?:published|accepted|printed) {_REF}"),
    ("venue", rf"{_ASK}{_VENUE} (?:of|for) {_REF}"),
    ("doi", rf"(?:does|do|has|have) {_REF} (?:have |got )?(?:an? |any )?dois?"),
    ("doi", rf"{_ASK}(?:dois?|digital object identifiers?) (?:of|for|to) {_REF}"),
    (
        "address",
        rf"(?:does|do|has|have) {_REF} (?:have |got )?(?:an? |any )?(?:arxiv (?:id|number|identifier|version)|link|url|web ?page)",
    ),
    ("address", rf"{_ASK}(?:arxiv (?:id|number|identifier|version)|link|url|web address) (?:of|for|to) {_REF}"),
    ("address", rf"where (?:can|could) (?:i|we|one) (?:find|get|download|read) {_REF}"),
)
_FIELD: list[tuple[Field, re.Pattern[str]]] = [(field, re.compile(rf"\A{pattern}", re.IGNORECASE)) for field, pattern in _FIELDS]
_AROUND = re.compile(
    rf"(?i)^(?:(?:the|this|that|an?) )?(?:{_PAPER} )?(?:(?:with the title|entitled|titled|called|named|on"
    rf"|about|(?:that|which) (?:first )?{_PROPOSED}) )?(?:the (?=[\"“]))?"
)
_BEHIND = re.compile(rf"(?i) {_PAPER}$")
_THAT = re.compile(
    rf"(?i)(?:it|its|they|them|these|those|this|that|this one|that one|(?:the|this|that|these|those)"
    rf" (?:{_PAPER}|{PAPERS})(?: above)?)"
)
"""Words that refer to the paper of the answer before."""


class OfPaper(NamedTuple):
    """A question for a field of the record of a paper."""

    field: Field
    of: str
    """The paper, as the question names it; empty for the one that the answer before is about."""
    loose: bool = False
    """The question may also ask what the paper says: "Who introduced GRPO?"."""
    only: Literal["", "first", "last", "number"] = ""
    """One of the authors, or how many there are."""


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = (
    rf"(?:(?:{_MONTH} [0-9]{{1,2}},? |[0-9]{{1,2}} {_MONTH} |{_MONTH},? )?(?:19|20|21)[0-9]{{2}}(?:-[0-9]{{2}}(?:-[0-9]{{2}})?)?"
    rf"|{_MONTH} [0-9]{{1,2}}(?![0-9]))(?![\w-])"
)
_WHEN: tuple[tuple[str, str], ...] = (
    ("between", rf"(?:between|from) (?P<a>{_DAY}) (?:and|to|until|till|through|-) (?P<b>{_DAY})"),
    (">=", rf"(?:since|as of|starting(?: in| from)?|not before|no (?:earlier|older) than) (?P<a>{_DAY})"),
    (">=", rf"(?:in |from |of )?(?P<a>{_DAY}) (?:or|and) (?:later|after|newer|younger|since)"),
    (">=", rf"(?:from )(?P<a>{_DAY}) (?:on|onwards?)(?: ward)?\b"),
    (">", rf"(?:from )?(?:after|later than|newer than|younger than|more recent than) (?P<a>{_DAY})"),
    ("<=", rf"(?:until|till|up to|through|not (?:after|later than)|no later than) (?P<a>{_DAY})"),
    ("<=", rf"(?:in |from |of )?(?P<a>{_DAY}) (?:or|and) (?:earlier|before|older)"),
    ("<", rf"(?:from )?(?:before|prior to|earlier than|older than) (?P<a>{_DAY})"),
    ("=", rf"(?:in|from|of|on|during|for|dated|within)? ?(?:the year )?(?P<a>{_DAY})"),
)
_DATES = [
    (
        sign,
        re.compile(
            rf"\A(?:(?:{_PUBLISHED}|appear\w*|came out|come out|coming out|date|dated|dating|that|which|are|were"
            rf"|was|been|back) )*{pattern}",
            re.IGNORECASE,
        ),
    )
    for sign, pattern in _WHEN
]
_NEXT = (
    rf"(?= (?:(?:co-?)?(?:written|authored)?\s?by|from|since|after|before|until|between|in (?:the year )?{_DAY}|{_DAY}|published"
    rf"|appear\w*|came out|that|which|with|without|about|on|{HOLD}|please|here|in (?:the|your|this) library"
    r"|(?:do|are) (?:you|there))\b|$)"
)
_NAME = r"[^,;?!]{2,80}?"
_BY = re.compile(
    rf"(?:(?:that|which|were|was|are|is) )*(?:(?:co-?)?(?:written|authored|published|made|produced) )?by"
    rf" (?:the )?(?:authors? |professor |prof\.? |dr\.? )?(?P<by>{_NAME}){_NEXT}",
    re.IGNORECASE,
)
_WROTE_IT = re.compile(
    rf"(?:that |which )?(?:did|has|have|does|were|was|had) (?P<by>{_NAME}) (?:ever )?"
    r"(?:write|written|publish(?:ed)?|(?:co-?)?author(?:ed)?|contribute to|release[d]?|put out)\b",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"(?:that |which )?(?:(?P<with>with|having|have|has|with known)|(?P<without>without|lack(?:ing|s)?"
    r"|(?:have|has|with) no|do not have|don't have))"
    r" (?:an?y? |the |known )?(?P<what>dois?|authors?|venues?|dates?|arxiv (?:ids?|numbers?))\b",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:with|has|have|having|is|under|of) (?:the )?doi:? (?P<doi>10\.\S{1,200})", re.IGNORECASE)
_PLACE = re.compile(
    rf"(?:(?:that|which|were|was|are|is|have|has|been) )*(?:{_PUBLISHED}|appear\w*|came out|come out|coming out|out) (?:in|at|by) "
    rf"(?:the (?:{_VENUE} )?)?(?P<venue>{_NAME}){_NEXT}",
    re.IGNORECASE,
)
_FROM = re.compile(rf"from (?:the )?(?P<source>{_NAME}){_NEXT}", re.IGNORECASE)
_IN = re.compile(rf"in (?:the (?:{_VENUE} )?)?(?P<source>{_NAME}){_NEXT}", re.IGNORECASE)
_TOPIC = re.compile(rf"{HOLD}(?P<topic>[^?!]{{2,120}}?){_NEXT}", re.IGNORECASE)
_FILLER = re.compile(
    r"(?:that|which|who|and|do you (?:have|hold|know)|does the library (?:have|hold)|are there|is there"
    r"|in (?:the|your|this) library|here|please"
    r"|(?:are|were|is) there|of (?:all|them)|so far|exactly|have been|are|were|there|,)(?=\W|$)",
    re.IGNORECASE,
)
_ALL = rf"(?:{PAPERS}|(?:an?|any|which|what|the|this) {_PAPER})"
_HEADS: tuple[tuple[Literal["list", "count"], str], ...] = (
    (
        "count",
        rf"(?:(?:can|could|you|tell|give|me|please|and|what|is|what's|in) ){{0,5}}(?:how many(?: of)?|(?:the"
        rf" )?(?:number|count) of|count)(?: (?:the|these|your|all|different))* {PAPERS}",
    ),
    (
        "list",
        rf"(?:(?:please|can|could|you|and|which|what|who|list|name|show|find|give|tell|do|does|did|are|is"
        rf"|there|any|all|me|us|of|the|other|have|got) ){{0,8}}{_ALL}",
    ),
    (
        "list",
        r"(?:(?:please|can|could|you|list|show|find|give|do|does|is|are|there|have|got|me|us)"
        r" ){1,6}(?:everything|anything|something|all)",
    ),
    ("list", r"(?P<bare>and what|what)(?= (?:did|has|have|was|were|came|appeared|is|does)\b)"),
    ("list", r"(?P<bare2>)(?=(?:has|did|have) )"),
)
_HEAD: list[tuple[Literal["list", "count"], re.Pattern[str]]] = [
    (asks, re.compile(rf"\A{pattern}", re.IGNORECASE)) for asks, pattern in _HEADS
]
_NEWEST = re.compile(
    rf"(?:(?:please|can|could|you|and|which|what|show|find|give|tell|list|is|are|was|were|me|us|what's)"
    rf" ){{0,6}}(?:the )?(?:(?:two|three|four|five|ten|[0-9]{{1,2}}) )?"
    rf"(?:(?P<new>latest|newest|most recent|most recently published|last)|(?P<old>oldest|earliest|first))"
    rf"(?: (?:two|three|four|five|ten|[0-9]{{1,2}}))? (?:published |available )?(?:{PAPERS}"
    rf"|(?P<one>{_PAPER}|one)|ones)\b(?: (?:is|are))?",
    re.IGNORECASE,
)
_LAST_CLAUSES = 12
"""At most this many clauses are read."""


class Papers(NamedTuple):
    """A question for the papers whose records hold something."""

    asks: Literal["list", "count"]
    by: str = ""
    """An author."""
    source: str = ""
    """The name behind "from" or "by": an author, or a venue."""
    dates: str = ""
    """Bounds as of `metadata.bounds`, or the date of a page without a year."""
    venue: str = ""
    doi: str = ""
    having: str = ""
    """A field that is to be there: "doi"."""
    lacking: str = ""
    topic: str = ""
    """A term that title or abstract holds."""
    sort: Literal["", "newest", "oldest"] = ""
    one: bool = False
    """The newest, or oldest, one alone is asked for."""
    apposed: bool = False
    """The author or the source stands behind the topic, of which it may be a part."""


class Reference(NamedTuple):
    """A paper named by an id, a key, or authors and year, in a question about what it says."""

    start: int
    end: int
    family: str = ""
    """The family name of an author; empty for an id or a key."""
    year: str = ""
    id: str = ""
    alone: bool = False
    """Nothing else stands in the question."""


def of_paper(question: str) -> OfPaper | None:
    """The field of a paper's record that `question` asks for; None where it asks for none."""
    plain = " ".join(question.replace("’", "'").split()).strip(" \t.,;:!?…")
    for field, pattern in _FIELD:
        if (match := pattern.fullmatch(plain)) and (of := _reference(match["of"])) is not None:
            groups = match.groupdict()
            first = groups.get("first") or groups.get("first2")
            number = groups.get("number") or groups.get("number2")
            only = "number" if number else "" if not first else "last" if first.lower() in ("last", "senior") else "first"
            return OfPaper(field, of, bool(groups.get("loose")), only)
    return None


def _reference(of: str) -> str | None:
    """The paper that is named; empty for the one talked about, None where no paper is named."""
    of = of.strip(_EDGES)
    if _THAT.fullmatch(of):
        return ""
    quoted = re.fullmatch(rf".{{0,40}}?[\"“]([^\"”]{{2,300}})[\"”]?(?: {_PAPER})?", f"{of}")
    if quoted:
        return quoted[1].strip(_EDGES)
    rest = _BEHIND.sub("", _AROUND.sub("", of)).strip(_EDGES)
    return rest if text.words(rest) else None


def papers(question: str) -> Papers | None:
    """The papers that `question` asks for by what their records hold; None where it asks for something else."""
    plain = " ".join(text.clean(question).split()).strip(_EDGES)
    if match := _NEWEST.match(plain):
        sort = "newest" if match["new"] else "oldest"
        found = _clauses(plain, match.end(), Papers("list", sort=sort, one=bool(match["one"])))
        if found:
            return found
    for asks, head in _HEAD:
        if match := head.match(plain):
            found = _clauses(plain, match.end(), Papers(asks))
            if found and (found.by or found.source or found.dates or found.venue or found.having or found.lacking or found.doi):
                return found
    return None


def _clauses(plain: str, at: int, found: Papers) -> Papers | None:
    """What is said of the papers from a place on; None where some of it is understood by no clause."""
    for _ in range(_LAST_CLAUSES):
        while at < len(plain) and plain[at] in " ,;:":
            at += 1
        if at >= len(plain):
            return found
        step = _clause(plain, at, found)
        if step is None:
            return None
        at, found = step
    return None


def _clause(plain: str, at: int, found: Papers) -> tuple[int, Papers] | None:
    if match := _DOI.match(plain, at):
        return match.end(), found._replace(doi=match["doi"].rstrip(_EDGES))
    for sign, pattern in _DATES:
        if (match := pattern.match(plain[at:])) and (dates := _bounds(sign, match)):
            return at + match.end(), found._replace(dates=f"{found.dates} {dates}".strip())
    if match := _WITH.match(plain, at):
        what = match["what"].lower().split()[0].removesuffix("s")
        return match.end(), found._replace(**{"having" if match["with"] else "lacking": what})
    if (match := _WROTE_IT.match(plain, at) or _BY.match(plain, at)) and (name := _named(match["by"])):
        return match.end(), found._replace(by=name, apposed=bool(found.topic))
    if (match := _PLACE.match(plain, at)) and (name := _named(match["venue"])):
        return match.end(), found._replace(venue=name, apposed=bool(found.topic))
    if (match := _FROM.match(plain, at)) and (name := _named(match["source"])):
        return match.end(), found._replace(source=name, apposed=bool(found.topic))
    if (match := _TOPIC.match(plain, at)) and not found.topic and text.content_words(match["topic"]):
        return match.end(), found._replace(topic=re.sub(r"(?i)^(?:the|an?|any) ", "", match["topic"].strip(_EDGES)))
    if match := _FILLER.match(plain, at):
        return match.end(), found
    # a subject, too, can be what papers are in; the library knows whether the name is that of a venue
    if not found.source and (match := _IN.match(plain, at)) and (name := _named(match["source"])):
        return match.end(), found._replace(source=name, apposed=bool(found.topic))
    return None


_NOBODY = re.compile(
    r"(?:the |these |those |their )?(?:them|they|you|authors?|people|someone|others?|me|us|it|i|we|he|she|whom?|each other)",
    re.IGNORECASE,
)


def _named(name: str) -> str:
    """A name of a person or a venue; empty for words that stand for one."""
    name = name.strip(_EDGES)
    return (
        ""
        if re.fullmatch(
            r"(?i)(?:the |these |those |their )?(?:them|they|you|authors?|people|someone|others?|me|us|it|i|we"
            r"|he|she|whom?|each other)",
            name,
        )
        else name
    )


def _bounds(sign: str, match: re.Match[str]) -> str:
    first = _iso(match["a"])
    if sign == "between":
        last = _iso(match["b"])
        return f">={first} <={last}" if first[:1].isdigit() and last[:1].isdigit() else ""
    if not first[:1].isdigit():  # the date of a page, which has no year
        return first if sign == "=" else ""
    return f"{sign}{first}"


def _iso(date: str) -> str:
    """A date as written to ISO; without a year, month and day as saved pages print them: "Aug 19"."""
    words = re.findall(r"[a-z]+|[0-9-]+", date.lower())
    month = next((_MONTHS.index(word[:3]) + 1 for word in words if word[:3] in _MONTHS), 0)
    figures = [word for word in words if word[0].isdigit()]
    year = next((word for word in figures if len(word) >= 4), "")
    day = next((word for word in figures if len(word) < 3), "")
    if not year:
        return f"{_MONTHS[month - 1].capitalize()} {int(day or 0)}"
    return year + (f"-{month:02}" if month else "") + (f"-{int(day):02}" if month and day else "")


_AND = r"(?: (?:et al\.?|and (?:others|colleagues|coworkers|co-workers)|(?:and|&) [A-Z][\w'’-]{1,40}))?"
_CITED = re.compile(
    rf"(?<![\w-])(?P<family>[^\W\d_a-z][\w'’-]{{1,40}}(?: (?!et"
    rf" al)[^\W\d_a-z][\w'’-]{{1,40}}){{0,2}})(?P<more>{_AND})(?:'s|’s)?,? ?"
    r"(?P<year>\((?:19|20|21)[0-9]{2}[a-z]?\)|(?:19|20|21)[0-9]{2}[a-z]?(?![\w-]))"
)
_KEY = re.compile(r"(?=\S*[A-Za-z])(?=\S*[0-9_:])[A-Za-z][\w:.+/-]{2,80}")
"""A possible key of BibTeX: letters with a figure or a mark."""
_LEAD = re.compile(
    rf"(?i)(?:(?:please|can|could|you|show|find|give|tell|me|what|which|who|is|are|do|have|has|the|a"
    rf"|{_PAPER}|{PAPERS}|with|doi|arxiv|id|key|by|of|named|called|see|:)(?: |$))*"
)


def reference(question: str, known: Callable[[str], bool] = lambda word: False) -> Reference | None:
    """Find the paper that a question names by an id, authors and year, or a key of BibTeX; the first of several.

    Args:
        question: the question.
        known: whether papers hold a word; any other word with letters and figures may be a key, which the library tells.

    Returns:
        The reference with its place, or None.
    """
    maybe: Reference | None = None
    if (doi := ids.doi_in(question)) and (at := question.lower().find(doi)) >= 0:
        before = re.search(r"(?i)(?:https?://(?:dx\.)?doi\.org/|\bdoi:? ?)$", question[:at])
        return _placed(question, before.start() if before else at, at + len(doi), id=doi)
    for match in re.finditer(r"[^\s,;?!\"“”()]{2,100}", question):
        word = match.group().rstrip(".:'’")
        arxiv = ids.arxiv_id(word.removeprefix("arXiv:").removeprefix("arxiv:"))
        if arxiv:
            return _placed(question, match.start(), match.start() + len(word), id=f"arxiv:{arxiv[0]}")
        if maybe is None and _KEY.fullmatch(word) and not known(word):
            maybe = _placed(question, match.start(), match.start() + len(word), id=word)
    for match in _CITED.finditer(question):
        family = match["family"].split()
        while family and family[0].lower() in text.STOP_WORDS | {"compare", "summarize", "summarise", "cite", "see"}:
            family.pop(0)
        year = match["year"].strip("()")[:4]
        found = _placed(
            question, match.end() - len(match.group()) + match.group().find(" ".join(family)), match.end(), " ".join(family), year
        )
        if family and (match["more"] or match["year"].startswith("(") or found.alone):
            return found
    return maybe


def _placed(question: str, start: int, end: int, family: str = "", year: str = "", id: str = "") -> Reference:
    before, behind = question[:start].strip(_EDGES), question[end:].strip(_EDGES)
    return Reference(start, end, family, year, id, alone=not behind and not _LEAD.sub("", f"{before} ").strip(_EDGES))
