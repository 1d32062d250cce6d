"""Answers to questions for papers: every paper that holds a term, with its sentence; and what the library holds as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from assistant.answer import citations, confidence
from assistant.answer.draft import Draft, Session, Steps
from assistant.answer.steps import timed
from assistant.config import fitted
from assistant.errors import brief
from assistant.library.scan import Place, Shown
from assistant.question.library import About
from assistant.question.list_intent import Narrowed, Onward
from assistant.question.read import Question
from assistant.search.retriever import Found, Shelf
from assistant.text.view import View
from assistant.types import Claim, Event, Listed, Listing, Paper, Retrieved, Source, Token, Verdict, Verified
from assistant.verify import injection

_SEARCHED = 10
"""Beside the papers that hold the term, this many are searched for that are likely about the term."""
_RANKED = 50
"""At most this many papers are searched for."""
LIKELY: float = fitted("refusal")["likely"]
"""A paper is likely about a term if its probability reaches this."""
TITLES = 50
"""A list of titles shows at most this many at a time."""
MOST = 1000
"""A list in an answer holds at most this many papers; all are counted."""
_ALL = 200
"""The list of all papers of a library holds at most this many."""
_FORMS = 4
"""At most this many forms of a term are named."""
_PAGES = 10
"""The description of a library names at most this many pages."""
PROVED = Verdict(verdict="supported", score=1.0)
"""The verdict on words that are a field of a record."""
_OFFERS = (
    'Ask what the papers say ("What does LeanDojo offer?"), which of them mention something ("Which papers mention Lean?"), how '
    'many do ("How many papers use diffusion models?"), or what the library holds ("What is in the library?").'
)
_SAID: dict[About, str] = {
    "hello": f"Hello. {_OFFERS}",
    "thanks": "You are welcome.",
    "bye": "Goodbye.",
    "language": (
        "Answers are in the language of the papers, as each sentence is proved by a quote from them; nothing is translated. "
        "Translate the answer elsewhere, and check its sentences against the quotes and offsets here. "
        'An answer can be made shorter ("in one sentence").'
    ),
    "help": f"This is an assistant that answers questions over the abstracts of a library of papers by exact quotes. {_OFFERS}",
}


class Line(NamedTuple):
    """A line of a list: its words, and what proves them."""

    text: str
    sources: tuple[Source, ...]
    lead: str


def listed(session: Session, question: Question, term: str) -> Steps[Draft | None]:
    """The papers that hold a term, and those likely about the term; None where no paper holds it."""

    def work() -> Steps[tuple[tuple[list[Place], list[Shown], Found] | None, str]]:
        tools = session.tools
        places = tools.retriever.scan(term, session.where)
        if not places:
            return None, f"no paper holds {brief(term)}"
        wide = min(_RANKED, len(places) + _SEARCHED)
        found = tools.retriever.search(tools.retriever.read(term), wide, session.where)
        yield Retrieved(passages=tuple(hit.passage for hit in found.hits))
        return (places, tools.retriever.shown(places[:MOST]), found), f"{len(places)} papers hold {brief(term)}"

    scanned = yield from timed("scan", session, work())
    if scanned is None:
        return None
    places, read, found = scanned
    held = {place.id for place in places}
    chances = [(confidence.likely(found, hit), hit.passage.paper) for hit in found.hits if hit.passage.paper.id not in held]
    likely = [Listed(paper=paper, chance=round(chance, 4)) for chance, paper in chances if chance >= LIKELY]
    whole = holding(term, places, read, likely)
    listing = shown_from(0, whole, question.how.count or session.tools.settings.papers)
    draft = Draft(question, found, confidence.LISTED, listing=listing)
    shown = listing.papers[: listing.shown]
    return (yield from told(session, draft, head(listing), quotes(shown), others(likely)))


def holding(
    term: str, places: Sequence[Place], read: Sequence[Shown], likely: Sequence[Listed] = (), among: int | None = None
) -> Listing:
    """The list of the papers that hold a term, the first of which were read."""
    # checking what was read a second time takes as long as to read it
    exact = [Listed.model_construct(paper=each.paper, form=each.form, spans=each.spans) for each in read]
    forms = dict(Counter(place.form for place in places).most_common(_FORMS))
    return Listing(term=term, forms=forms, exact=len(places), likely=len(likely), papers=(*exact, *likely), among=among)


def own_papers(listing: Listing) -> tuple[Listed, ...]:
    """The papers of a list without those that are only likely about its term."""
    return listing.papers[: len(listing.papers) - listing.likely]


def among(session: Session, question: Question, asked: Narrowed, before: Listing) -> Steps[Draft | None]:
    """Those papers of a list that hold a term.

    Args:
        session: the question.
        question: as read.
        asked: the term.
        before: the list.

    Yields:
        The events of the answer.

    Returns:
        The draft; None where no paper holds the term, and the question may ask for something else than its words.
    """
    ids = [each.paper.id for each in own_papers(before)]

    def work() -> Steps[tuple[tuple[list[Place], list[Shown]], str]]:
        yield from ()
        places = session.tools.retriever.scan(asked.topic, session.where, ids)
        read = session.tools.retriever.shown(places)
        return (places, read), f"{len(places)} of {counted(len(ids))} hold {brief(asked.topic)}"

    places, read = yield from timed("scan", session, work())
    if not places and not asked.sure:
        return None
    whole = holding(asked.topic, places, read, among=len(ids))
    listing = shown_from(0, whole, question.how.count or session.tools.settings.papers)
    draft = Draft(question, confidence=confidence.LISTED, listing=listing, generation=generation(session))
    if not places:
        return (yield from own(draft, f"{_papers(listing)}."))
    return (yield from told(session, draft, head(listing), quotes(listing.papers[: listing.shown])))


def continued(session: Session, question: Question, before: Listing, asked: Onward) -> Steps[Draft]:
    """The next papers of a list, the titles of all, or the list in a sentence."""
    papers = own_papers(before)
    first = before.first + before.shown if asked.asks in ("more", "rest") else 0
    wide = asked.asks in ("rest", "titles") or not (before.term or before.wanted)
    usual = TITLES if wide else session.tools.settings.papers
    listing = shown_from(first, before, asked.number or usual)
    here = [each.paper.id for each in papers[first : first + listing.shown]]

    def work() -> Steps[tuple[dict[str, Paper], str]]:
        yield from ()
        return {paper.id: paper for paper in session.tools.retriever.papers(here)}, f"{len(here)} papers"

    # what was removed since, or says something else by now, is not quoted from the answer before
    held = yield from timed("look up", session, work())
    shown = [
        each if held[each.paper.id].abstract == each.paper.abstract else Listed(paper=held[each.paper.id])
        for each in papers[first : first + listing.shown]
        if each.paper.id in held
    ]
    draft = Draft(question, confidence=1.0, listing=listing, generation=generation(session))
    if not shown:
        ends = "left to show" if listing.exact <= len(papers) and (before.term or before.wanted) else "listed here"
        return (yield from own(draft, f"{_papers(listing)}; no further ones are {ends}."))
    if asked.asks == "sentence":
        return (yield from told(session, draft, "", [_sentence(listing, shown)]))
    if asked.asks == "titles" or not before.term:
        lines = [title(number, each.paper) for number, each in enumerate(shown, 1)]
    else:
        lines = quotes(shown)
    if asked.asks != "titles":
        lines = [with_fields(line, before.fields) for line in lines]
    return (yield from told(session, draft, head(listing), lines))


def _sentence(listing: Listing, shown: Sequence[Listed]) -> Line:
    """A list in a sentence: the number of papers, and the titles of those shown."""
    names = [f'"{View(each.paper.title).text}"' for each in shown]
    further = max(0, listing.exact - len(names))
    last = f"{further:,} other{'' if further == 1 else 's'}" if further else names.pop()
    told = f"{', '.join(names)} and {last}" if names else last
    sources = tuple(source for number, each in enumerate(shown, 1) for source in title(number, each.paper).sources)
    return Line(f"{_papers(listing)}: {told}.", sources, "")


def generation(session: Session) -> int:
    """The generation in force."""
    return session.tools.retriever.shelf(0, 0).current.generation


def shown_from(first: int, listing: Listing, most: int) -> Listing:
    """The listing with `most` papers shown, from a place on."""
    held = len(listing.papers) - listing.likely
    return listing.model_copy(update={"first": first, "shown": max(0, min(most, held - first))})


def _papers(listing: Listing) -> str:
    """Says how many papers hold the term, and in which forms, or have what was asked of their records."""
    number = counted(listing.exact)
    if listing.among is not None:
        of = f"Of these {counted(listing.among)}"
        if listing.wanted:
            return f"{of}, {listing.exact:,} {'is' if listing.exact == 1 else 'are'}{listing.wanted}"
        number = f"{of}, {f'{listing.exact:,}' if listing.exact else 'none'}"
    elif listing.wanted or not listing.term:
        return f"The library holds {number}{listing.wanted}"
    others = ", ".join(f'{count:,} only as "{form}"' for form, count in listing.forms.items() if form != listing.term)
    verb = "hold" if listing.exact > 1 else "holds"
    return f'{number} {verb} "{listing.term}" in title or abstract{f" ({others})" if others else ""}'


def counted(number: int) -> str:
    """A number of papers, in words."""
    return f"{number:,} paper{'' if number == 1 else 's'}"


def head(listing: Listing) -> str:
    """The line above a list."""
    if listing.shown == listing.exact:
        return f"{_papers(listing)}:"
    which = f"{listing.shown}" if listing.first == 0 else f"{listing.first + 1} to {listing.first + listing.shown}"
    return f"{_papers(listing)}; {which} of {listing.exact:,} shown:"


def others(likely: Sequence[Listed]) -> str:
    """The line below a list: the papers that do not hold the term and are likely about it."""
    if not likely:
        return ""
    titles = "; ".join(f'"{View(each.paper.title).text}" ({each.chance:.2f})' for each in likely)
    verb = "is" if len(likely) == 1 else "are"
    return f"{counted(len(likely))} without these words {verb} likely about it (probability): {titles}."


def quotes(shown: Sequence[Listed]) -> list[Line]:
    """A sentence of each paper that holds the term, or its title; the same sentence of several papers is one line."""
    lines: dict[str, Line] = {}
    for number, each in enumerate(shown, 1):
        line = title(number, each.paper)
        abstract = each.paper.abstract
        if spans := [each.spans[at] for at in injection.free(abstract, each.spans)]:
            start, end = spans[0]
            source = Source(number=number, paper=each.paper, quote=abstract[start:end], start=start, end=end)
            line = Line(source.shown, (source,), line.lead)
        same = lines.setdefault(" ".join(line.text.split()), line)
        if same is not line:
            lines[" ".join(line.text.split())] = same._replace(sources=(*same.sources, *line.sources))
    return list(lines.values())


def title(number: int, paper: Paper) -> Line:
    """A line with the title of a paper, which proves itself."""
    source = Source(number=number, paper=paper, quote="", start=0, end=0, field="title", value=paper.title)
    return Line(View(paper.title).text, (source,), "\n- ")


def told(session: Session, draft: Draft, head: str, lines: Sequence[Line], ends: str = "") -> Steps[Draft]:
    """The draft with a line of ours, the lines of a list with their verdicts, and another line of ours."""

    def work() -> Steps[tuple[Draft, str]]:
        quotes = [source for line in lines for source in line.sources]
        cited = dict.fromkeys(source.paper.id for source in quotes)
        claims = [ours(head)] if head else []
        for line in lines:
            numbers = tuple(dict.fromkeys(source.number for source in line.sources))
            shown = f"{citations.inert(line.text)} {citations.markers(numbers)}"
            places = tuple(quotes.index(source) for source in line.sources)
            claim = Claim(text=line.text, shown=shown, lead=line.lead, sources=numbers, quotes=places)
            claims.append(claim.model_copy(update={"verdict": _verdict(session, line)}))
        if ends:
            claims.append(ours(ends, "\n"))
        yield from said(claims)
        done = replace(draft, claims=tuple(claims), quotes=tuple(quotes), cited=tuple(cited))
        return done, f"{len(lines)} lines, {len(quotes)} quotes"

    return timed("list", session, work())


def said(claims: Sequence[Claim]) -> Iterator[Event]:
    """Yield claims that are judged already: the text of all, then their verdicts."""
    for claim in claims:
        yield Token(text=claim.lead + claim.shown)
    for claim in claims:
        yield Verified(claim=claim)


def with_fields(line: Line, fields: Sequence[str]) -> Line:
    """A line with the fields of the records that prove it."""
    proofs = [
        Source(number=number, paper=paper, quote="", start=0, end=0, field=name, value=value)
        for number, paper in {source.number: source.paper for source in line.sources}.items()
        for name in dict.fromkeys(fields)
        if (value := _value(paper, name))
    ]
    return line._replace(sources=(*line.sources, *proofs))


def _value(paper: Paper, name: str) -> str:
    match name:
        case "authors":
            return "; ".join(paper.authors)
        case "date":
            return paper.date or "; ".join(page.date for page in paper.pages if page.date)
        case "venue":
            return paper.venue or ""
        case "doi":
            return paper.doi or ""
        case _:
            return paper.arxiv or ""


def _verdict(session: Session, line: Line) -> Verdict:
    """The verdict on a line: the verifier's on a sentence of an abstract; a field of a record is its own proof."""
    papers = [source.paper for source in line.sources if not source.field]
    if not papers:
        return PROVED
    return session.tools.guard.verify(line.text, [injection.evidence(line.text, paper.abstract) for paper in papers])


def ours(said: str, lead: str = "") -> Claim:
    """Words of the assistant's own."""
    return Claim(text=said, shown=citations.inert(said), lead=lead, own=True)


def own(draft: Draft, said: str) -> Steps[Draft]:
    """The draft with words of ours as the answer."""
    claim = ours(said)
    yield Token(text=claim.shown)
    yield Verified(claim=claim)
    return replace(draft, claims=(claim,), replied=True, confidence=1.0)


def shelved(session: Session, question: Question) -> Steps[Draft]:
    """The papers of the library, by their titles."""
    shelf = session.tools.retriever.shelf(0, _ALL)
    papers = tuple(Listed(paper=paper) for paper in shelf.papers)
    listing = shown_from(0, Listing(term="", exact=shelf.current.papers, papers=papers), TITLES)
    draft = Draft(question, confidence=1.0, listing=listing, generation=shelf.current.generation)
    lines = [title(number, each.paper) for number, each in enumerate(listing.papers[: listing.shown], 1)]
    return (yield from told(session, draft, head(listing), lines))


def replied(session: Session, question: Question) -> Steps[Draft]:
    """A reply to small talk or to a question about the library."""
    assert question.about
    retriever = session.tools.retriever
    shelf = retriever.shelf(0, 3)
    said = _SAID.get(question.about)
    if said is None:
        topics, years, papers = retriever.look_up(
            lambda records, _: (records.topics(injection.addresses), records.years, len(records.all))
        )
        dated = _years(years, papers)
        match question.about:
            case "topics":
                said = _topics(topics) or f"No two titles share a phrase. {_contents(shelf)}"
            case "number":
                said = _contents(shelf)
            case "years":
                said = dated + (_pages_dated(shelf) if not years else "")
            case _:
                said = " ".join(filter(None, (_contents(shelf), _topics(topics), dated)))
    draft = Draft(question, generation=shelf.current.generation)
    return (yield from own(draft, said))


def _topics(topics: Sequence[tuple[str, int]]) -> str:
    """The phrases that titles share."""
    told = ", ".join(f'"{phrase}" ({number:,})' for phrase, number in topics)
    return f"The commonest phrases of titles, with the papers that hold them: {told}." if told else ""


def _years(years: Counter[str], papers: int) -> str:
    """The years of the papers, as their records tell."""
    if not years:
        return "The library holds no dates of publication."
    first, last = min(years), max(years)
    most, number = max(years.items(), key=lambda each: (each[1], each[0]))
    span = f"from {first} to {last}, most of them from {most} ({number:,})" if first != last else f"from {first}"
    dated = sum(years.values())
    without = f" {counted(papers - dated)} {'has' if papers - dated == 1 else 'have'} no date." if papers > dated else ""
    return f"{counted(dated)} {'is' if dated == 1 else 'are'} {span}.{without}"


def _pages_dated(shelf: Shelf) -> str:
    """The dates of the pages that papers were seen on."""
    dates = list(dict.fromkeys(date for date in shelf.current.pages.values() if date))
    return f" The papers were seen on pages of: {', '.join(dates[:_PAGES])}." if dates else ""


def _contents(shelf: Shelf) -> str:
    """What the library holds, in two sentences."""
    pages = [f"{name} ({date})" if date else name for name, date in islice(shelf.current.pages.items(), _PAGES)]
    if further := len(shelf.current.pages) - len(pages):
        pages.append(f"and {further:,} further pages")
    titles = "; ".join(f'"{View(paper.title).text}"' for paper in shelf.papers)
    return f"The library holds {counted(shelf.current.papers)}, seen on: {', '.join(pages)}. The first ones are: {titles}."
