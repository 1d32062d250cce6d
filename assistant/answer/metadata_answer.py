"""Answers from records: a field of a paper, or the papers whose records hold something. The record is the proof."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from assistant.answer.draft import Draft, Session, Steps
from assistant.answer.list_answer import (
    MOST,
    Line,
    counted,
    generation,
    head,
    own,
    own_papers,
    quotes,
    shown_from,
    title,
    told,
    with_fields,
)
from assistant.answer.steps import timed
from assistant.errors import brief
from assistant.library.metadata import Card, Records, bounds
from assistant.library.scan import Place
from assistant.question.metadata_intent import Field, OfPaper, Papers, Reference
from assistant.question.read import Question
from assistant.text.view import View
from assistant.types import Listed, Listing, Paper, Source

_NAMES: dict[Field, str] = {
    "authors": "authors",
    "date": "date of publication",
    "venue": "journal or other venue",
    "doi": "DOI",
    "address": "address",
}
_MONTHS = "January February March April May June July August September October November December".split()
_READ = 50
"""Of the papers that hold a name, at most this many are read for a sentence that introduces it."""
_INTRODUCES = (
    r"(?:we|this (?:paper|work|article|study|report)|(?:the|our) (?:paper|authors)|i)(?: [\w-]+){0,4}?"
    r" (?:present|introduc|propos|develop|releas|call|nam|design|build|creat|contribut|offer|describ|coin)\w*"
)
_OTHERS = 3
"""If several papers have the name in the question, the fields of at most this many are printed."""


class _Sought(NamedTuple):
    """Papers found by their records."""

    cards: list[Card]
    fields: tuple[str, ...]
    """The fields of the records that prove it."""
    wanted: str
    """The condition asked for, in words."""
    missing: str = ""
    """Why none was found, where the library knows no such value; or which records lack the field."""
    head: str = ""
    """The line above the list, where it is no plain list."""


def field(session: Session, question: Question, asked: OfPaper, before: Sequence[Paper]) -> Steps[Draft | None]:
    """A field of the record of a paper, or that the library holds none.

    Args:
        session: the question.
        question: as read.
        asked: the field and the paper.
        before: the papers of the answer before, for a question about one of these.

    Yields:
        The events of the answer.

    Returns:
        The draft; None where no paper of that name is held.
    """

    def work() -> Steps[tuple[list[Paper], str]]:
        yield from ()
        if not asked.of:
            return list(before[:1]), "the paper of the answer before"

        def find(records: Records, allowed: Collection[str] | None) -> list[str]:
            found, sure = records.named(asked.of)
            return [one.id for one in found if (sure or not asked.loose) and (allowed is None or one.id in allowed)]

        ids = session.tools.retriever.look_up(find, session.where)
        return session.tools.retriever.papers(ids[:MOST]), f"{len(ids)} papers are meant by {brief(asked.of)}"

    found, named = (yield from timed("look up", session, work())), ""
    if not found and asked.of:
        found, named = (yield from timed("scan", session, _introducing(session, asked))), asked.of
    if not found:
        return None
    lines = [_field(number, paper, asked, named) for number, paper in enumerate(found[:_OTHERS], 1)]
    draft = Draft(question, confidence=1.0, generation=generation(session))
    if len(found) == 1 and not lines[0].sources:
        return (yield from own(draft, lines[0].text))
    ends = (
        f"{counted(len(found) - _OTHERS)} of such a name {'is' if len(found) == _OTHERS + 1 else 'are'} not shown."
        if len(found) > _OTHERS
        else ""
    )
    opening = f"{len(found)} papers may be meant:" if len(found) > 1 else ""
    return (yield from told(session, draft, opening, lines, ends))


def _introducing(session: Session, asked: OfPaper) -> Steps[tuple[list[Paper], str]]:
    """The papers whose abstracts introduce the name asked for, or the only paper whose abstract holds a name with a capital."""
    yield from ()
    retriever = session.tools.retriever
    places = retriever.scan(asked.of, session.where)
    shown = retriever.shown(places[:_READ])
    name = rf"\b{re.escape(asked.of)}(?![^\W_]|-)"
    verb = re.compile(rf"(?i)\b{_INTRODUCES}\b[^;?!]{{0,200}}?{name}|\b(?:called|named|dubbed|termed|call it) {name}")
    papers = [each.paper for each in shown if any(verb.search(each.paper.abstract[slice(*span)]) for span in each.spans)]
    if not papers and len(places) == 1 and shown[0].spans and not asked.loose and not asked.of.islower():
        papers = [shown[0].paper]
    return papers, f"{len(papers)} of {len(places)} papers introduce {brief(asked.of)}"


def _field(number: int, paper: Paper, asked: OfPaper, named: str) -> Line:
    """A sentence about a field of a paper, with the field as its proof; `named` is a name that the abstract alone holds."""
    name = f'"{View(paper.title).text}"{f" ({named})" if named else ""}'
    source = Source(number=number, paper=paper, quote="", start=0, end=0)
    lead = "" if number == 1 else "\n"

    def proved(said: str, value: str, of: str) -> Line:
        return Line(_ended(said), (source.model_copy(update={"field": of, "value": value}),), lead)

    if asked.field == "authors" and paper.authors:
        people = [View(author).text for author in paper.authors]
        held = "; ".join(paper.authors)
        match asked.only:
            case "first" | "last":
                return proved(f"The {asked.only} author of {name} is {people[0 if asked.only == 'first' else -1]}", held, "authors")
            case "number":
                number_of = f"{len(people)} author{'' if len(people) == 1 else 's'}"
                return proved(f"{name} has {number_of}: {_listed(people)}", held, "authors")
            case _:
                return proved(f"{name} is by {_listed(people)}", held, "authors")
    if asked.field == "date" and paper.date:
        return proved(f"{name} was published {_on(paper.date)}", paper.date, "date")
    if asked.field == "venue" and paper.venue:
        return proved(f"{name} came out in {View(paper.venue).text}", paper.venue, "venue")
    if asked.field == "doi" and paper.doi:
        return proved(f"The DOI of {name} is {paper.doi}", paper.doi, "doi")
    if asked.field == "address" and (paper.url or paper.arxiv):
        value = paper.url or f"arXiv:{paper.arxiv}"
        return proved(f"{name} is at {value}", value, "url" if paper.url else "arxiv")
    seen = [f"{page.name} ({page.date})" for page in paper.pages if page.date] if asked.field == "date" else []
    where = f" It was seen on: {', '.join(seen)}." if seen else ""
    return Line(f"The library holds no {_NAMES[asked.field]} for {name}.{where}", (), lead)


def papers(session: Session, question: Question, asked: Papers, before: Listing | None = None) -> Steps[Draft | None]:
    """The papers whose records hold something; None where an author or a venue may be a part of the topic instead.

    Args:
        session: the question.
        question: as read.
        asked: what is asked of the records.
        before: a list that the papers are to be of; None for the whole library.

    Yields:
        The events of the answer.

    Returns:
        The draft, or None.
    """
    of = {each.paper.id for each in own_papers(before)} if before else None

    def work() -> Steps[tuple[tuple[_Sought, list[Place] | None] | None, str]]:
        yield from ()
        retriever = session.tools.retriever
        sought = retriever.look_up(lambda records, allowed: _sought(records, asked, _both(allowed, of)), session.where)
        if sought is None:
            return None, "no such author and no such venue"
        places = None
        if asked.topic and not sought.missing:
            places = retriever.scan(asked.topic, session.where, [card.id for card in sought.cards])
            known = {card.id: card for card in sought.cards}
            sought = sought._replace(cards=[known[place.id] for place in places if place.id in known])
        kept = sought
        return (retriever.look_up(lambda records, _: _sorted(records, kept, asked)), places), f"{len(sought.cards)} papers"

    found = yield from timed("look up", session, work())
    if found is None:
        return None
    sought, places = found
    if asked.topic and not sought.cards and not (sought.head or asked.by or asked.source or asked.dates or asked.venue):
        return None  # no paper holds the words; one may be about them
    return (yield from _shown(session, question, asked, sought, places, of))


def _both(allowed: Collection[str] | None, of: Collection[str] | None) -> Collection[str] | None:
    """The ids that are in both; None stands for all."""
    return of if allowed is None else allowed if of is None else set(of).intersection(allowed)


def _sought(records: Records, asked: Papers, allowed: Collection[str] | None) -> _Sought | None:
    """The records asked for; None where a name is known as neither author nor venue and may belong to the topic."""
    cards = records.all if allowed is None else [one for one in records.all if one.id in allowed]
    fields: dict[str, None] = {}
    wanted = ""

    def keep(some: Sequence[Card], name: str) -> None:
        nonlocal cards
        ids = {one.id for one in cards} if cards is not records.all else None
        cards = [one for one in some if ids is None or one.id in ids]
        fields.setdefault(name)

    for name, kind in ((asked.by, "author"), (asked.source, "source"), (asked.venue, "venue")):
        if not name:
            continue
        by = records.by(name) if kind != "venue" else []
        out = records.out_in(name) if kind != "author" and not by else []
        if not by and not out:
            if kind == "source" or asked.apposed:
                return None
            return _Sought([], (), f" {'by' if kind == 'author' else 'in'} {name}", _unknown(records, kind, name))
        keep(by or out, "authors" if by else "venue")
        wanted += f" by {name}" if by else f" in {name}"
    if asked.dates:
        dated = asked.dates[:1].isdigit() or asked.dates[0] in "<>="
        keep(records.dated(asked.dates) if dated else records.seen(asked.dates), "date")
        wanted += _phrase(asked.dates) if dated else f" of a page from {asked.dates}"
    if asked.doi:
        keep(records.named(asked.doi)[0], "doi")
        wanted += f" with the DOI {asked.doi}"
    for what, there in ((asked.having, True), (asked.lacking, False)):
        if what:
            keep([one for one in records.all if _has(one, what) is there], {"author": "authors", "arxiv": "arxiv"}.get(what, what))
            wanted += f" with{'' if there else 'out'} {_A[what]}"
    if asked.topic:
        wanted += f' with "{asked.topic}" in title or abstract'
    lacking = _lacking(records, fields, allowed)
    return _Sought(cards, tuple(fields), wanted, "" if cards else lacking)


_A = {"doi": "a DOI", "author": "authors", "venue": "a venue", "date": "a date", "arxiv": "an id of arXiv"}


def _has(one: Card, what: str) -> bool:
    match what:
        case "doi" | "arxiv":
            return any(id.startswith(f"{what}:") for id in one.ids)
        case "author":
            return bool(one.authors)
        case "venue":
            return bool(one.venue)
        case _:
            return bool(one.date)


def _lacking(records: Records, fields: Collection[str], allowed: Collection[str] | None) -> str:
    """Says for how many papers a record lacks a field that was asked for."""
    among = records.all if allowed is None else [one for one in records.all if one.id in allowed]
    told: list[str] = []
    for name in ("authors", "date", "venue"):
        if name not in fields:
            continue
        without = records.missing[name] if allowed is None else sum(not getattr(one, name) for one in among)
        if without:
            told.append(f"The library holds no {_NAMES[name]} for {without:,} of {counted(len(among))}.")
    return " ".join(told)


def _unknown(records: Records, kind: str, name: str) -> str:
    """Why nothing is held by an author, or of a venue, and who or what is near."""
    near = records.nearest("author" if kind == "author" else "venue", name)
    names = ", ".join(View(one).text for one in near)
    nearest = _ended(f"The nearest {'authors' if kind == 'author' else 'venues'}: {names}") if near else ""
    return f"{nearest} {_lacking(records, ['authors' if kind == 'author' else 'venue'], None)}".strip()


def _phrase(dates: str) -> str:
    """Bounds in words."""
    signs = {"=": "from", ">=": "since", ">": "after", "<=": "until", "<": "before"}
    told = re.findall(r"(>=|<=|>|<|=)([0-9-]+)", dates)
    if [sign for sign, _ in told] == [">=", "<="]:
        return f" from {told[0][1]} to {told[1][1]}"
    return "".join(f" {'' if sign == '=' else 'dated '}{signs[sign]} {day}" for sign, day in told)


def _sorted(records: Records, sought: _Sought, asked: Papers) -> _Sought:
    """The newest first, or the oldest; where one alone is asked for, those that nothing surely precedes."""
    if not asked.sort:
        return sought
    newest = asked.sort == "newest"
    dated = cards = records.in_order(sought.cards, newest=newest)
    if sought.cards and not dated:
        told = f"The library holds no date of publication for {counted(len(sought.cards))}{sought.wanted}"
        return sought._replace(cards=[], head=f"{told}, so none is known as the {asked.sort} one.")
    if asked.one:
        cards = records.in_order(sought.cards, newest=newest, one=True)
    without = len(sought.cards) - len(dated)
    missing = sought.missing or (f"The library holds no date for {counted(without)} of these." if without else "")
    opening = ""
    if asked.one and cards:
        which = "" if len(cards) == 1 else f"{len(cards)} "
        verb, day = "is" if len(cards) == 1 else "are", min(one.date or "" for one in cards)
        opening = f"The {which}{asked.sort} of {counted(len(dated))}{sought.wanted} {verb} from {day}:"
    wanted = f"{sought.wanted}, the {asked.sort} {'one' if asked.one else 'first'}"
    return sought._replace(cards=cards, fields=(*sought.fields, "date"), wanted=wanted, missing=missing, head=opening)


def _shown(
    session: Session,
    question: Question,
    asked: Papers,
    sought: _Sought,
    places: Sequence[Place] | None,
    of: Collection[str] | None = None,
) -> Steps[Draft]:
    """A list of papers, each with what its record holds, and, where a term was asked for, with its sentence."""
    ids = [card.id for card in sought.cards[:MOST]]
    if places is None:
        listed = tuple(Listed(paper=paper) for paper in session.tools.retriever.papers(ids))
    else:
        placed = {place.id: place for place in places}
        read = session.tools.retriever.shown([placed[id] for id in ids if id in placed])
        listed = tuple(Listed(paper=each.paper, form=each.form, spans=each.spans) for each in read)
    whole = Listing(
        term=asked.topic,
        wanted=sought.wanted,
        fields=tuple(dict.fromkeys(sought.fields)),
        among=None if of is None else len(of),
        exact=len(sought.cards),
        papers=listed,
    )
    listing = shown_from(0, whole, question.how.count or session.tools.settings.papers)
    draft = Draft(question, confidence=1.0, listing=listing, generation=generation(session))
    if not listing.shown:
        none = "The library holds no paper" if of is None else f"Of these {counted(len(of))}, none is"
        return (yield from own(draft, sought.head or f"{none}{sought.wanted}. {sought.missing}".strip()))
    shown = listing.papers[: listing.shown]
    lines = quotes(shown) if asked.topic else [title(number, each.paper) for number, each in enumerate(shown, 1)]
    lines = [with_fields(line, sought.fields) for line in lines]
    lacking = session.tools.retriever.look_up(
        lambda records, allowed: _lacking(records, sought.fields, _both(allowed, of)), session.where
    )
    return (yield from told(session, draft, sought.head or head(listing), lines, sought.missing or lacking))


def cited(session: Session, question: Question, reference: Reference) -> Steps[Draft | None]:
    """The papers that a citation alone names, or several that a citation may mean; None where the flow is to ask the one paper."""
    found = meant(session, reference)
    if not found or (len(found) == 1 and not reference.alone):
        return None
    asked = Papers("list", by=reference.family, dates=f"={reference.year}" if reference.year else "")
    if reference.family:
        return (yield from papers(session, question, asked))
    sought = session.tools.retriever.look_up(lambda records, _: [records.by_id[id] for id in found], session.where)
    name = reference.id.partition(":")[2] if reference.id.startswith("arxiv:") else reference.id
    field_of = "doi" if name.startswith("10.") else "arxiv"
    return (yield from _shown(session, question, asked, _Sought(sought, (field_of,), f" cited as {name}"), None))


def meant(session: Session, reference: Reference) -> list[str]:
    """The ids of the papers that a citation means: by id or key, or by an author and a year, the first author before others."""

    def find(records: Records, allowed: Collection[str] | None) -> list[str]:
        if reference.id:
            found = records.keys.get(reference.id) or [
                one for one in records.named(reference.id)[0] if reference.id.startswith(("arxiv:", "10."))
            ]
        else:
            dated = {one.id for one in records.dated(reference.year)}
            found = [one for one in records.by(reference.family) if one.id in dated]
            leading = {one.id for one in records.by(reference.family, first=True)}
            found = [one for one in found if one.id in leading] or found if not reference.alone else found
        return [one.id for one in found if allowed is None or one.id in allowed]

    return session.tools.retriever.look_up(find, session.where)


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence: "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _ended(said: str) -> str:
    """A sentence with one full stop, also behind initials and abbreviations: "by Duarte I.", "in J. Biol."."""
    return said if said.endswith(".") else f"{said}."


def _on(date: str) -> str:
    """When, in a sentence: "in 2031", "in June 2031", "on 3 June 2031"."""
    parts = date.split("-")
    if len(parts) == 1 or not bounds(date) or not 1 <= int(parts[1]) <= len(_MONTHS):
        return f"in {date}"
    month = _MONTHS[int(parts[1]) - 1]
    return f"in {month} {parts[0]}" if len(parts) == 2 else f"on {int(parts[2])} {month} {parts[0]}"
