"""Answers, papers and the state of a question as HTML fragments; pure functions, and all that is foreign is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from assistant import export
from assistant.answer import citations
from assistant.answer.confidence import WEAK
from assistant.answer.list_answer import quotes, title
from assistant.answer.steps import HELD
from assistant.library.generations import Current
from assistant.page import links, markdown, notes
from assistant.page.markup import Html, joined, tag
from assistant.page.views import Draft, Note, Turn
from assistant.sources import remote
from assistant.text.view import View
from assistant.types import WEAK_MATCH, Answer, Claim, IngestReport, Label, Listing, Paper, Passage, RemovalReport, Verdict

_MOST = 6000
"""A longer text is cut to this many characters; of a longer abstract, the text between its marks is."""
_TITLE = 300
_REMEMBERED = 256
"""Fragments of this many turns are cached, as a whole conversation is shown again after each question."""
_VIEWED = 1000
"""Readable views of this many abstracts are cached, as an answer shows ten and more."""
_LOST = {
    "folder": "The folder of the library cannot be written",
    "database": "The database of the group did not take it",
    "key": "The browser sent no key to keep it under",
}
"""Why a turn is not kept."""
_HIGH = 0.8
"""From this confidence on it is called high."""
_NAME = 6
"""The part of a title before its colon is a short title if it has at most this many words."""
_BRIEF = 70
"""Another short title has at most this many characters."""
_NAMED = 5
"""Of the papers that were removed at most this many are named."""
_YEARS, _SHOWN_YEARS, _LABELS = 2, 40, 12
"""Bars of years are shown from so many years on, and of so many years at most, the last ones. Of more than the last number, each
fifth year has a label."""
_LISTED = 200
"""Of a list of papers at most this many are shown beside those in the answer."""
_HASH = re.compile(r"[-_ ]?(?=[a-f]{0,63}\d)[0-9a-f]{12,64}$")
"""The hash at the end of a page's name."""
_FROM_FILE = ("From a file.", "Text, quotes and marks are as the file has them; nothing was checked here.")
"""What is said of an answer out of a file, which somebody may have changed."""
_MARKS: dict[Label, tuple[str, str]] = {
    "supported": ("✓", "supported"),
    "partly": ("◐", "partly supported"),
    "not supported": ("○", "not supported"),
    "contradicted": ("✕", "contradicted"),
    "no source": ("∅", "no source"),
    "not judged": ("?", "not judged"),
}
"""The sign and the words of each verdict: colour is never the only difference."""


def thread(turns: Sequence[Turn], versions: Sequence[tuple[int, int]] = (), noted: tuple[Note, ...] = ()) -> Html:
    """The questions that were answered; of each its version, from 0, and the number of versions; copies hold the notes."""
    told = [*versions, *[(0, 1)] * (len(turns) - len(versions))]
    blocks = [_turn(number, turn, *told[number - 1], noted) for number, turn in enumerate(turns, 1)]
    return tag("section", *blocks, class_="thread", aria_label="Conversation")


def evidence(turns: Sequence[Turn], noted: tuple[Note, ...] = (), seen: str = "", gone: Note | None = None) -> Html:
    """What each answer rests on, with the notes of the reader.

    Args:
        turns: of the conversation.
        noted: its notes.
        seen: the id of the turn whose sources are in view; those of the last where it is empty. The others come when a number of
            theirs is clicked.
        gone: the note that was just deleted.

    Returns:
        The panels.
    """
    if not turns:
        return tag("p", "The papers that an answer rests on are shown here, with the words it rests on.", class_="note")
    several = len(turns) > 1
    seen = seen or turns[-1].id
    return joined(_panel(turn, turn.id == seen, number if several else 0, noted, gone) for number, turn in enumerate(turns, 1))


def found(draft: Draft | None) -> Html:
    """What was found for the question that is being answered."""
    if draft is None or not draft.passages:
        return Html()
    papers = [_found(passage) for passage in draft.passages]
    return tag("section", tag("h2", "Found"), *papers, class_="panel", data_current=True)


def welcome(papers: int, pages: int, sample: bool, questions: Sequence[str]) -> Html:
    """What is shown before the first question."""
    if not papers:
        return tag("div", tag("h2", "No papers yet"), tag("p", "Add some below: by id or address, or as files."), class_="welcome")
    held = f"{_papers(papers)} from {pages} {'page' if pages == 1 else 'pages'}"
    return tag(
        "div",
        tag("h2", "Ask the papers"),
        tag(
            "p",
            f"This library holds {held}{' (the sample that comes with the assistant)' if sample else ''}. Every sentence of an "
            "answer carries the number of a paper and a verdict, and rests on an exact quote. What the library does not hold is "
            "refused, with what is near.",
        ),
        tag("ul", *(tag("li", ask_button(question)) for question in questions), class_="examples", aria_label="Examples"),
        class_="welcome",
    )


def header(current: Current | None, model: str | None, trouble: str = "") -> Html:
    """The head of the page: what the library holds, and who writes."""
    held = f"{_papers(current.papers)}{', the sample' if current.sample else ''}" if current else "no library"
    return tag(
        "header",
        tag("h1", "Assistant"),
        tag("p", held, " · ", model or "no model, exact quotes", class_="facts"),
        tag("button", "Conversations", type="button", class_="act", data_drawer=True, aria_expanded="false"),
        tag("button", "Keys", type="button", class_="act keys", data_keys=True, aria_haspopup="dialog"),
        tag("button", "Light or dark", type="button", class_="act", data_theme=True),
        tag("p", trouble, class_="note warn", role="alert") if trouble else Html(),
        class_="head",
    )


def kept(pages: Sequence[str], dates: Sequence[str], topic: str | None, titles: Sequence[str], fields: Sequence[str] = ()) -> Html:
    """The filters in force, so that nobody takes a part of the library for all of it."""
    told = (
        [f"page {page_name(name)}" for name in pages] + [f"date {date}" for date in dates] + ([f"topic {topic}"] if topic else [])
    )
    told += [*(_short(title) for title in titles), *fields]
    return _only(told, "Ask all papers")


def kept_papers(titles: Sequence[str]) -> Html:
    """The papers that were ticked for a table."""
    return _only([_short(title) for title in titles], "Compare others")


def _only(told: Sequence[str], every: str) -> Html:
    if not told:
        return Html()
    button = tag("button", every, type="button", class_="act", data_act="all")
    return tag("p", tag("span", "Only: ", "; ".join(told), dir="auto"), button, class_="kept", role="status")


def ask_button(question: str) -> Html:
    """A button that asks `question`."""
    return tag("button", question, type="button", class_="ask", data_ask=question, dir="auto")


def _question(number: int, question: str, buttons: Iterable[Html] = ()) -> Html:
    return tag(
        "header",
        tag("h2", tag("span", f"Question {number}: ", class_="unseen"), question, dir="auto"),
        tag("div", *buttons, class_="acts"),
        class_="question",
    )


def _act(label: str, name: str, turn: str, **data: str | int | None) -> Html:
    return tag("button", label, type="button", class_="act", data_act=name, data_turn=turn, **data)


@lru_cache(_REMEMBERED)
def _turn(number: int, turn: Turn, version: int, versions: int, noted: tuple[Note, ...]) -> Html:
    answer = turn.answer
    body = _refusal(turn) if answer.abstained else _text(turn.id, answer)
    left = _ids(turn.without) or None
    buttons = [_act("Edit", "edit", turn.id), _act("Ask again", "retry", turn.id, data_without=left)]
    return tag(
        "article",
        _question(number, answer.question, [*_versions(turn.id, version, versions), *buttons]),
        tag("p", "Read as: ", answer.read_as, class_="note", dir="auto") if answer.read_as else Html(),
        _banners(turn),
        body,
        _disagreements(turn.id, answer),
        tag("p", answer.taken_out, class_="note warn", dir="auto") if answer.taken_out else Html(),
        tag("p", "The text stops early: ", answer.incomplete, class_="note warn") if answer.incomplete else Html(),
        _line(turn, noted),
        _checks(turn.id, answer),
        _done(answer),
        class_="turn",
        id=f"turn-{turn.id}",
        data_turn=turn.id,
        tabindex="-1",
        aria_label=f"Question {number} and its answer",
    )


def _versions(turn: str, version: int, versions: int) -> list[Html]:
    """The way to other versions of a question, each with the turns that followed it."""
    if versions == 1:
        return []

    def to(sign: str, label: str, other: int) -> Html:
        off = not 0 <= other < versions
        return _act(sign, "version", turn, data_version=other, aria_label=label, title=label, disabled=off)

    return [
        to("‹", "Earlier version of this question", version - 1),
        tag("span", tag("span", "Version ", class_="unseen"), f"{version + 1} of {versions}", class_="version"),
        to("›", "Later version of this question", version + 1),
    ]


def draft(number: int, draft: Draft | None, after: str | None = None, conversation: str | None = None) -> Html:
    """The question that is being answered.

    Args:
        number: of the question.
        draft: the state of its answer.
        after: the turn before it; the script of the page hides the draft where another one comes last. None to show it anywhere.
        conversation: the id of its conversation, likewise.

    Returns:
        The draft as a turn.
    """
    if draft is None:
        return Html()
    match draft.state:
        case "searching":
            said = f"{_papers(len(draft.passages))} found, writing" if draft.passages else "Searching the library"
            body = tag("p", said, tag("span", "…", class_="pulse"), class_="note", role="status")
        case "writing":
            body = joined(
                [
                    tag("p", draft.text, class_="answer unchecked", dir="auto"),
                    tag("p", "Being written; each sentence is checked after that.", class_="note", role="status"),
                ]
            )
        case "stopped":
            body = _card("Stopped", "Nothing was written yet.", draft)
        case "failed":
            body = _card("This did not work", draft.error, draft)
        case "interrupted":
            body = _card("Not answered yet", "The page was left before the answer came.", draft)
    going = draft.question if draft.state in ("searching", "writing") else None
    return tag(
        "article",
        _question(number, draft.question),
        body,
        class_="turn draft",
        id="draft",
        tabindex="-1",
        data_going=going,
        data_question=draft.question or None,
        data_instead=draft.instead or None,
        data_after=after,
        data_conversation=conversation,
    )


def deleted(title: str, id: str) -> Html:
    """A conversation that was deleted, and the way to have it back."""
    return tag(
        "div",
        tag("p", "Deleted: ", tag("strong", _short(title), dir="auto"), role="status"),
        tag("button", "Undo", type="button", class_="act", data_act="undo", data_conversation=id),
        class_="undo",
    )


def sources_as() -> Html:
    """The words in front of the forms of all sources of a conversation."""
    return tag("p", "All sources of this conversation as", class_="note")


def editing() -> Html:
    """The line above the box while a question is edited; the script of the page fills the line in."""
    leave = tag("button", "Cancel", type="button", class_="act", data_act="leave")
    return tag("p", tag("span", role="status"), leave, class_="editing", hidden=True)


def _card(title: str, said: str, draft: Draft) -> Html:
    question = draft.question
    again = Html()
    if question.strip():
        again = tag("button", "Try again", type="button", class_="ask", data_ask=question, data_instead=draft.instead or None)
    return tag("div", tag("h3", title), tag("p", said[:1].upper() + said[1:], dir="auto"), again, class_="card", role="alert")


def _banners(turn: Turn) -> Html:
    """The warnings above a turn that is not kept, or comes out of a file, and above a weak match."""
    told: list[Html] = []
    if turn.without:
        names = "; ".join(short(paper) for paper in turn.without)
        again = _act("Ask with all papers", "retry", turn.id)
        told.append(
            tag("p", tag("span", tag("strong", "Left out by you: "), names, dir="auto"), again, class_="banner left", role="note")
        )
    if not turn.kept:
        ends = "This conversation ends with the server, unless a later question of it is kept."
        told.append(_banner("Not kept.", f"{_LOST[turn.lost]} (the log says why). {ends}"))
    if turn.from_file:
        head, said = _FROM_FILE
        told.append(_banner(head, f"{said} Ask again to have the answer checked."))
    if turn.answer.match == "weak":
        said = f"What follows is what comes nearest in the library (confidence {turn.answer.confidence:.0%})."
        if any(claim.verdict for claim in turn.answer.claims):
            said += " A mark tells what its paper says, not whether that answers you."
        told.append(_banner("Weak match: this may not answer your question.", said))
    return joined(told)


def _ids(papers: Iterable[Paper]) -> str:
    return " ".join(paper.id for paper in papers)


def _banner(head: str, said: str) -> Html:
    return tag("p", tag("strong", f"{head} "), said, class_="banner", role="note")


def _sureness(confidence: float) -> str:
    """The confidence in words."""
    return "high" if confidence >= _HIGH else "fair" if confidence >= WEAK else "low"


def _text(turn: str, answer: Answer) -> Html:
    """The claims that stand, with numbers and marks, by the lines of the text; quotes stand under the titles of their papers."""
    standing = [(place, claim) for place, claim in enumerate(answer.claims) if not claim.struck and claim.text != WEAK_MATCH]
    listing = answer.listing if answer.listing and answer.listing.shown else None
    quoted = answer.usage.calls == 0 and listing is None
    own = [claim.own for claim in answer.claims]
    # a line of the assistant's own above another such line names a group of papers
    heads = {place for place, claim in standing if claim.lead == "\n\n" and own[place : place + 2] == [True, True]}
    parts: list[Html] = []
    for numbers, group in groupby(standing, key=lambda each: each[1].sources if quoted else ()):
        if numbers:
            papers = {source.number: source.paper for source in answer.sources}
            names = [short(papers[number]) for number in numbers if number in papers]
            parts.append(tag("h3", "; ".join(names), class_="whose", dir="auto"))
        sentences = ((place, _claim(turn, place, claim, answer, listing is not None)) for place, claim in group)
        parts.append(markdown.blocks(each._replace(lead="\n# ") if place in heads else each for place, each in sentences))
    if listing:
        parts.append(_rest(listing))
    return tag("div", *parts, class_="answer", dir="auto")


def _rest(listing: Listing) -> Html:
    """The papers of a list that the answer does not show, folded, each with the sentence that holds the term."""
    held = listing.papers[: len(listing.papers) - listing.likely]
    others = [*held[: listing.first], *held[listing.first + listing.shown :]][:_LISTED]
    if not others:
        return Html()
    lines = quotes(others) if listing.term else [title(number, each.paper) for number, each in enumerate(others, 1)]
    items = [
        tag(
            "li",
            *(opener(source.paper) for source in line.sources),
            tag("q", line.text, dir="auto") if not line.sources[0].field else Html(),
        )
        for line in lines
    ]
    cut = len(held) - listing.shown - len(others)
    more = tag("p", f'Ask "more" for {cut:,} further ones.', class_="note") if cut > 0 else Html()
    summary = tag("summary", f"Show all {listing.exact:,}" if not cut else f"Show {len(others):,} more")
    return tag("details", summary, tag("ul", *items, class_="titles"), more, class_="rest")


def opener(paper: Paper) -> Html:
    """The title of a paper, which leads to the paper in the library."""
    return tag("button", _short(paper.shown), type="button", class_="open", data_act="paper", data_paper=paper.id, dir="auto")


def page_name(name: str, date: str | None = None) -> str:
    """The name of a page for people: without the hash that saved pages have in their names, with the date where there is one."""
    known = _HASH.sub("", name) or name
    return f"{known} ({date})" if date else known


def short(paper: Paper) -> str:
    """The short title of a paper: the name before its colon, or its beginning."""
    name, colon, _ = paper.shown.partition(":")
    if colon and len(name.split()) <= _NAME:
        return name.strip()
    return paper.shown if len(paper.shown) <= _BRIEF else f"{paper.shown[:_BRIEF].rpartition(' ')[0] or paper.shown[:_BRIEF]}…"


def _claim(turn: str, place: int, claim: Claim, answer: Answer, listed: bool = False) -> markdown.Sentence:
    """A sentence with its numbers and its mark; in a list behind the title of its paper."""
    titles = {source.number: source.paper.shown for source in answer.sources}
    numbers = [
        _cite(
            turn,
            number,
            f"Source {number}: {_short(titles[number])}",
            data_quotes=" ".join(str(quote) for quote in claim.quotes if answer.sources[quote].number == number),
        )
        for number in claim.sources
        if number in titles
    ]
    mark = _mark(claim.verdict, claim.remarks, turn, place) if claim.verdict else Html()
    proof = tag("span", *numbers, mark, class_="proof") if numbers or mark else Html()  # on one line: no number without its mark
    papers = {answer.sources[quote].number: answer.sources[quote] for quote in claim.quotes} if listed else {}
    openers = [opener(source.paper) for source in papers.values()]
    named = bool(papers) and all(source.field == "title" for source in papers.values())
    about: dict[str, str] = {"class_": f"claim {state(claim.verdict)}", "id": f"claim-{turn}-{place}"}
    if claim.code:
        return markdown.Sentence(claim.lead, tag("span", markdown.code(claim), " ", proof, **about), code=True)
    cells = markdown.cells(claim) if answer.usage.calls else []
    if cells:
        cells[-1] = joined([cells[-1], " ", proof])
        row = tag("tr", *(tag("td", cell, dir="auto") for cell in cells), **about)
        return markdown.Sentence(claim.lead, row, row=True, head=citations.columns(claim))
    said = Html() if named else markdown.sentence(claim) if answer.usage.calls else claim.text  # else it is a quote
    return markdown.Sentence(claim.lead, tag("span", *openers, said, " ", proof, **about))


def _cite(turn: str, number: int, label: str, **more: str) -> Html:
    """The number of a source, which leads to it."""
    return tag(
        "button",
        str(number),
        type="button",
        class_="cite",
        data_source=f"source-{turn}-{number}",
        aria_label=label,
        **more,
    )


def state(verdict: Verdict | None) -> str:
    """The class of what has a verdict, for its colour."""
    return verdict.verdict.replace(" ", "-") if verdict else "plain"


def verdict_sign(verdict: Verdict) -> Html:
    """The sign of a verdict with its words."""
    return tag("span", _sign(verdict), class_="mark", title=_MARKS[verdict.verdict][1])


def _sign(verdict: Verdict) -> Html:
    """The sign, its words for those who hear the page and, unless the verdict is good, for those who see it."""
    sign, words = _MARKS[verdict.verdict]
    word = tag("span", words, class_="unseen" if verdict.verdict == "supported" else "word")
    return joined([tag("span", sign, aria_hidden="true"), word])


def as_files(names: Iterable[str]) -> Html:
    """The buttons that write a result to a file, by the names of its forms."""
    buttons = [tag("button", name, type="button", class_="act", data_act="export", data_as=name) for name in names]
    return tag("p", tag("span", "As a file", class_="label"), *buttons, class_="line")


def some_papers(shown: int, found: int) -> str:
    """The number of papers that are shown, of those that were found."""
    return f"{shown:,} of {_papers(found)}" if found > shown else _papers(shown)


def _mark(verdict: Verdict, remarks: Sequence[str], turn: str, place: int) -> Html:
    told = "; ".join([_MARKS[verdict.verdict][1], *verdict.reasons, *remarks])
    return tag(
        "button",
        _sign(verdict),
        type="button",
        class_="mark",
        data_check=f"check-{turn}-{place}",
        title=told,
    )


def _refusal(turn: Turn) -> Html:
    answer = turn.answer
    asked = answer.question
    every = tag(
        "button", "Ask without the filter", type="button", class_="ask", data_ask=asked, data_every="yes", data_instead=turn.id
    )
    near = [
        tag(
            "li",
            tag("strong", _short(passage.paper.shown), dir="auto"),
            tag("q", _said(passage), dir="auto") if passage.shown else Html(),
        )
        for passage in answer.nearest
    ]
    return tag(
        "div",
        tag("h3", "Not answered"),
        tag("p", answer.reason or answer.text, dir="auto"),
        every if turn.where and turn.where.keys() != {"without"} else Html(),
        tag("p", "Not covered: ", tag("strong", ", ".join(answer.uncovered), dir="auto")) if answer.uncovered else Html(),
        joined([tag("h4", "What is nearest says"), tag("ul", *near, class_="near")]) if near else Html(),
        joined([tag("h4", "This can be asked"), tag("ul", *(tag("li", ask_button(each)) for each in answer.rewordings))])
        if answer.rewordings
        else Html(),
        class_="card refusal",
    )


def _said(passage: Passage) -> str:
    said = passage.shown
    return said if len(said) <= _MOST else said[:_MOST] + "…"


def _disagreements(turn: str, answer: Answer) -> Html:
    rows = [
        tag("li", *_pair(turn, [answer.sources[place].number for place in each.sources]), " disagree: ", each.reason)
        for each in answer.disagreements
    ]
    return tag("ul", *rows, class_="note warn", aria_label="Disagreements") if rows else Html()


def _pair(turn: str, numbers: Sequence[int]) -> list[Html]:
    first, second = (_cite(turn, number, f"Source {number}") for number in numbers)
    return [first, Html(" and "), second]


def _line(turn: Turn, noted: Sequence[Note]) -> Html:
    """What can be done with an answer."""
    answer = turn.answer
    copies = [("Markdown", answer.to_markdown() + notes.as_markdown(answer.sources, noted)), ("LaTeX", answer.to_latex())]
    if turn.from_file:  # who reads the copy shall know as well
        copies = [(name, f"{' '.join(_FROM_FILE)}\n\n{content}") for name, content in copies]
    if answer.sources:
        copies.append(("BibTeX", answer.to_bibtex()))
    return tag(
        "div",
        tag("span", "Copy", class_="label"),
        *(
            tag("button", name, type="button", class_="act", data_copy=content, aria_label=f"Copy as {name}")
            for name, content in copies
        ),
        Html() if turn.from_file else _act("Answer record", "record", turn.id),
        tag("span", class_="gap"),
        tag("span", _act("Good answer", "good", turn.id), _act("Bad answer", "bad", turn.id), class_="acts"),
        class_="line",
        role="group",
        aria_label="Take away and judge",
    )


def _checks(turn: str, answer: Answer) -> Html:
    """Each sentence, what it was held against, and what came of it."""
    rows: list[Html] = []
    for place, claim in enumerate(answer.claims):
        if claim.verdict is None:
            continue
        sign, words = _MARKS[claim.verdict.verdict]
        quotes = [
            tag("blockquote", answer.sources[quote].shown, tag("cite", f"[{answer.sources[quote].number}]"), dir="auto")
            for quote in claim.quotes
            if quote < len(answer.sources)
        ]
        rows.append(
            tag(
                "li",
                tag("p", tag("span", f"{sign} {words}", class_="verdict"), tag("span", " taken out" if claim.struck else "")),
                tag("p", claim.text, dir="auto", class_="said"),
                *(tag("p", reason, class_="note", dir="auto") for reason in (*claim.verdict.reasons, *claim.remarks)),
                tag("p", "Before it was rewritten: ", claim.before, class_="note", dir="auto") if claim.before else Html(),
                *quotes,
                _act("This sentence is wrong", "wrong", turn, data_claim=place),
                class_=state(claim.verdict),
                id=f"check-{turn}-{place}",
                tabindex="-1",
            )
        )
    if not rows:
        return Html()
    held = sum(claim.verdict is not None and claim.verdict.verdict == "supported" for claim in answer.claims)
    summary = tag("summary", f"How each sentence was checked: {held} of {len(rows)} supported")
    return tag("details", summary, tag("ol", *rows), class_="checks")


def _done(answer: Answer) -> Html:
    """Steps, seconds, tokens, cost."""
    usage = answer.usage
    facts = [f"{usage.seconds:.2f} s", f"{_sureness(answer.confidence)} confidence ({answer.confidence:.0%})"]
    if usage.calls:
        calls = "one call" if usage.calls == 1 else f"{usage.calls} calls"
        facts.append(f"{usage.input_tokens + usage.output_tokens:,} tokens in {calls}")
    if usage.cost is not None:
        facts.append(f"cost {usage.cost:.4g}")
    rows = [
        tag("tr", tag("td", step.name), tag("td", f"{step.seconds * 1000:.0f} ms"), tag("td", step.detail, dir="auto"))
        for step in answer.trace
    ]
    head = tag("thead", tag("tr", tag("th", "Step"), tag("th", "Time"), tag("th", "What")))
    return tag(
        "details",
        tag("summary", "What was done: " + ", ".join(facts)),
        tag("table", head, tag("tbody", *rows)),
        tag("p", "Settings and library: ", tag("code", answer.fingerprint), class_="note"),
        class_="done",
    )


@lru_cache(_REMEMBERED)
def _panel(asked: Turn, current: bool, number: int, noted: tuple[Note, ...], gone: Note | None) -> Html:
    """What an answer rests on; `number` is that of its question, 0 for the only one."""
    turn, answer = asked.id, asked.answer
    cited: list[Html] = []
    held = {place for claim in answer.claims if claim.verdict and claim.verdict.verdict in HELD for place in claim.quotes}
    for cite, group in groupby(enumerate(answer.sources), key=lambda each: each[1].number):
        sources = list(group)
        quoted = [(place, source) for place, source in sources if not source.field]
        spans = [Span(source.start, source.end, f"quote-{turn}-{place}", place not in held) for place, source in quoted]
        fields = [tag("mark", source.shown, id=f"quote-{turn}-{place}", tabindex="-1") for place, source in sources if source.field]
        cited.append(_source(turn, cite, sources[0][1].paper, spans, fields, notes.below(turn, sources, noted, gone)))
    used = {source.paper.id for source in answer.sources}
    unused = [_found(passage) for passage in answer.nearest if passage.paper.id not in used]
    rest = Html()
    if unused:
        title = "Looked relevant, not used" if cited else "Nearest in the library"
        rest = tag("section", tag("h2", title), *unused, class_="unused")
    head = tag("h2", "Sources") if cited else Html()
    if number:
        head = tag("h2", "Sources" if cited else "Papers", f" for question {number}: ", tag("span", answer.question, dir="auto"))
    left = Html()
    if asked.without:
        papers = (tag("li", _use(paper, used=False), tag("span", _short(paper.shown), dir="auto")) for paper in asked.without)
        left = tag("section", tag("h2", "Left out by you"), tag("ul", *papers, class_="left-out"))
    again = tag(
        "p",
        _act("Ask again", "retry", turn, data_without=_ids(asked.without) or None),
        class_="use-line",
        role="status",
        hidden=True,
    )
    every = [again, left] if cited or asked.without else []
    return tag("section", head, *cited, *every, rest, class_="panel", data_panel=turn, data_current=current)


def _source(turn: str, number: int, paper: Paper, spans: Sequence[Span], fields: Sequence[Html], noted: Html) -> Html:
    """A cited paper: the fields of its record that prove a sentence, then its abstract with the quotes marked, and notes."""
    return tag(
        "article",
        tag(
            "header",
            tag("span", str(number), class_="number", aria_hidden="true"),
            _title(paper, f"Source {number}: "),
            _use(paper, used=True),
            _facts(paper),
            tag("button", "Back to the sentence", type="button", class_="act back", data_back=True),
        ),
        *(tag("p", field, class_="facts", dir="auto") for field in fields),
        tag("p", abstract(paper.abstract, spans), class_="abstract", dir="auto"),
        noted,
        _original(paper.abstract),
        _links(paper),
        class_="source",
        id=f"source-{turn}-{number}",
        tabindex="-1",
    )


def _use(paper: Paper, *, used: bool) -> Html:
    """A tick: the paper may be used where the question is asked again."""
    box = tag("input", type="checkbox", data_use=paper.id, checked=used, aria_label=f"Use {_short(paper.shown)}")
    return tag("label", box, tag("span", "Use", aria_hidden="true"), class_="use", title="Whether an answer may rest on this paper")


def _found(passage: Passage) -> Html:
    """A paper that a search found, folded: the sentence that matched best, then the whole abstract."""
    paper = passage.paper
    start, end = passage.best
    return tag(
        "details",
        tag(
            "summary",
            tag("span", _short(paper.shown), dir="auto"),
            tag("span", f"{passage.score:.2f}", class_="score", title="Score"),
        ),
        _facts(paper),
        tag("p", abstract(paper.abstract, [Span(start, end)]), class_="abstract", dir="auto"),
        _links(paper),
        class_="found",
    )


def _links(paper: Paper) -> Html:
    """The ways to a paper on other sites."""
    every = [_away(link.name, link.address) for link in links.of(paper)]
    return tag("p", tag("span", "Elsewhere: ", class_="unseen"), joined(every, " "), class_="links")


def _away(text: str, address: str) -> Html:
    """A link to another site, which learns nothing of where it stood."""
    return tag("a", text, href=address, target="_blank", rel="noopener noreferrer nofollow")


def _title(paper: Paper, before: str = "", level: str = "h3") -> Html:
    url = export.url(paper)
    title = _short(paper.shown)
    inner = _away(title, url) if url else title
    return tag(level, tag("span", before, class_="unseen") if before else Html(), inner, dir="auto")


def _facts(paper: Paper) -> Html:
    """Page, date, places, and that the paper was withdrawn."""
    facts = [f"page {page_name(page.name, page.date)}" for page in paper.pages]
    if paper.date:
        facts.insert(0, paper.date)
    if paper.truncated:
        facts.append("abstract cut off by its source")
    facts += paper.places
    if paper.warning:
        facts.insert(0, paper.warning)
    return tag("p", " · ".join(facts), class_="facts", dir="auto")


class Span(NamedTuple):
    """A stretch of an abstract that is marked."""

    start: int
    end: int
    id: str | None = None
    weak: bool = False
    """True for the nearest sentence that does not support the claim."""


_view = lru_cache(_VIEWED)(View)


def abstract(text: str, spans: Iterable[Span]) -> Html:
    """The readable view of `text` with spans of it marked; of a very long one only what surrounds them."""
    view = _view(text)
    text = view.text
    spans = [Span(*view.view_span(span.start, span.end), span.id, span.weak) for span in spans]
    pieces: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        start = max(at, span.start)
        if span.end <= start:
            continue  # it lies in one that is marked already
        pieces.append(_abridged(text[at:start]))
        weak = "nearest to the sentence, but no support for it" if span.weak else None
        pieces.append(tag("mark", text[start : span.end], id=span.id, tabindex="-1", class_="weak" if weak else None, title=weak))
        at = span.end
    pieces.append(_abridged(text[at:]))
    return joined(pieces)


def _original(text: str) -> Html:
    """The abstract byte for byte, to unfold, where TeX or HTML in it is shown decoded."""
    if _view(text).text.split() == text.split():
        return Html()
    return tag("details", tag("summary", "As its source writes it"), tag("p", _abridged(text), class_="abstract", dir="auto"))


def _abridged(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]} […] {text[-_MOST // 2 :]}"


def _short(title: str) -> str:
    return title if len(title) <= _TITLE else title[:_TITLE] + "…"


def table(papers: Sequence[Paper], total: int, first: int) -> Html:
    """Some rows of the papers of the library."""
    rows = [
        tag(
            "tr",
            tag("td", tag("input", type="checkbox", data_pick=paper.id, aria_label=f"Select {_short(paper.shown)}"), class_="pick"),
            tag(
                "td",
                tag("button", _short(paper.shown), type="button", class_="open", data_act="open", data_paper=paper.id, dir="auto"),
            ),
            tag("td", ", ".join(page_name(page.name) for page in paper.pages), dir="auto"),
            tag("td", paper.date or ", ".join(page.date for page in paper.pages if page.date)),
        )
        for paper in papers
    ]
    names = (tag("span", "Select", class_="unseen"), "Title", "Page", "Date")
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names)))
    count = f"{first + 1:,} to {first + len(papers):,} of {total:,} papers" if papers else "No paper matches."
    return tag(
        "div",
        tag("p", count, class_="note", role="status"),
        tag(
            "p",
            tag("button", "Ask", type="button", class_="act", data_act="sources"),
            tag("button", "Compare", type="button", class_="act", data_act="compare"),
            tag("button", "Remove", type="button", class_="act", data_act="picked"),
            class_="picked",
            hidden=True,
        ),
        tag("div", tag("table", head, tag("tbody", *rows)), class_="wide", tabindex="0", role="region", aria_label="Papers"),
    )


def follow_ups(questions: Sequence[str]) -> Html:
    """Questions that the library answers, under an answer."""
    if not questions:
        return Html()
    items = [tag("li", ask_button(question)) for question in questions]
    return tag("div", tag("h2", "Ask next"), tag("ul", *items, class_="examples"), class_="next")


def years(counts: Mapping[str, int], chosen: str) -> Html:
    """The papers by year as bars, each of which keeps the table to its year; nothing where there is one year."""
    if len(counts) < _YEARS:
        return Html()
    most, shown = max(counts.values()), list(counts.items())[-_SHOWN_YEARS:]
    every = 1 if len(shown) <= _LABELS else 5
    bars = [
        tag(
            "button",
            tag("span", style=f"height: {max(4, 100 * count // most)}%" if count else "height: 0", class_="column"),
            tag("span", year if year == chosen or int(year) % every == 0 else "\N{NO-BREAK SPACE}", class_="year"),
            type="button",
            disabled=not count,
            data_act="year",
            data_year="" if year == chosen else year,
            aria_pressed="true" if year == chosen else "false",
            aria_label=f"{year}: {_papers(count)}",
            title=f"{year}: {_papers(count)}",
        )
        for year, count in shown
    ]
    return tag("div", *bars, class_="years", role="group", aria_label="Papers by year")


def unopened() -> Html:
    """What stands where a paper is shown, while none is open."""
    said = "Open a paper by its title: its abstract, questions that it answers and related papers are shown here."
    return tag("p", said, class_="note hint")


def paper(held: Paper, questions: Sequence[str], related: Sequence[Paper] = ()) -> Html:
    """A paper's own page."""
    near = [tag("li", opener(each)) for each in related]
    asked = [tag("li", ask_button(question)) for question in questions]
    return tag(
        "article",
        tag("button", "Back to the list", type="button", class_="act back-to-list", data_list=True),
        _title(held, level="h2"),
        _facts(held),
        tag("p", ", ".join(held.authors), class_="facts", dir="auto") if held.authors else Html(),
        tag("p", abstract(held.abstract, []), class_="abstract", dir="auto"),
        _original(held.abstract),
        _links(held),
        tag("button", "Ask about this paper only", type="button", class_="act", data_act="only", data_paper=held.id),
        joined([tag("h3", "It can answer"), tag("ul", *asked, class_="examples")]) if asked else Html(),
        joined([tag("h3", "Related papers"), tag("ul", *near, class_="related")]) if near else Html(),
        tag(
            "details",
            tag("summary", "Remove this paper"),
            tag(
                "p",
                "It goes for all who use this library; for ten minutes this can be undone. Conversations keep their quotes.",
                class_="note",
            ),
            tag("button", "Remove it", type="button", class_="act", data_act="remove", data_paper=held.id),
            class_="removal",
        ),
        class_="source paper",
        id="paper",
        data_paper=held.id,
        tabindex="-1",
    )


def progress(done: int, total: int, work: str = "Ingest") -> Html:
    """How far some work on papers is."""
    label = f"{done:,} of {total:,} papers" if total else "Reading"
    share = f"{100 * done // total}%" if total else "0%"
    return tag(
        "div",
        tag("p", label, class_="note", role="status"),
        tag(
            "div",
            tag("div", style=f"width: {share}"),
            class_="bar",
            role="progressbar",
            aria_label=work,
            aria_valuenow=share[:-1],
        ),
    )


def report(done: IngestReport, *, replaced: bool = False) -> Html:
    """What an ingest did, and what it did not take; `replaced`: the sample has gone for it."""
    said = f"{done.new:,} new, {done.changed:,} changed, {done.unchanged:,} unchanged; {done.seconds:.1f} s."
    said += " They replace the papers of the shipped sample." if replaced else ""
    rows = [
        tag(
            "li",
            tag("strong", f"{_called(each.file)}{f', line {each.line}' if each.line else ''}: ", dir="auto"),
            each.reason,
        )
        for each in done.rejected
    ]
    rejected = joined([tag("h4", f"{len(rows)} not taken in"), tag("ul", *rows, class_="rejected")]) if rows else Html()
    cut = [tag("p", f"Too long: {line}") for line in done.cut]
    return tag("div", tag("p", said, role="status"), *cut, rejected, class_="card" if rows else "report")


def _called(source: str) -> str:
    """A file by its name, without the folder of an upload; a paper of a site by its id."""
    return source if remote(source) else source.replace("\\", "/").rpartition("/")[2]


def removing(titles: Sequence[str]) -> Html:
    """Papers on their way out."""
    told = tag("strong", _short(titles[0]) if len(titles) == 1 else _papers(len(titles)), dir="auto")
    return tag("p", "Removing ", told, tag("span", "…", class_="pulse"), role="status")


def removed(done: RemovalReport, name: str) -> Html:
    """What was removed, and the way to have it back, where `name` is that of the removal."""
    damaged = f"The text of {_papers(len(done.damaged))} was damaged and does not come back: add them anew from their source."
    return tag(
        "div",
        tag("p", "Removed: ", _titles([*done.removed, *done.damaged]), f" {_papers(done.papers)} left.", role="status"),
        tag("p", damaged, class_="note warn") if done.damaged else Html(),
        _undo(name) if done.removed else Html(),
        class_="undo",
    )


def undoable(removals: Mapping[str, Sequence[Paper]]) -> Html:
    """Earlier removals by their names, and the way to have the papers back."""
    lines = [tag("div", tag("p", "Removed: ", _titles(held)), _undo(name), class_="undo") for name, held in removals.items()]
    return joined(lines)


def _titles(papers: Sequence[Paper]) -> Html:
    named = [tag("strong", _short(paper.shown), dir="auto") for paper in papers[:_NAMED]]
    more = f" and {len(papers) - _NAMED:,} more" if len(papers) > _NAMED else ""
    return joined([joined(named, "; "), f"{more}."])


def _undo(removal: str) -> Html:
    return tag("button", "Undo", type="button", class_="act", data_act="undo", data_removal=removal)


def brought_back(count: int) -> Html:
    """Papers that are in the library again."""
    return tag("p", f"{_papers(count)} brought back.", role="status")


def _papers(count: int) -> str:
    return f"{count:,} {'paper' if count == 1 else 'papers'}"


def problem(said: str) -> Html:
    """An error that the person can mend."""
    return tag("div", tag("p", said, dir="auto"), class_="card", role="alert")
