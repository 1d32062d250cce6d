"""A review as an HTML fragment, the quotes of each topic to unfold; all that is foreign is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from assistant.page import render
from assistant.page.markup import Html, joined, tag
from assistant.page.tools import Exports
from assistant.review.values import Review, Topic
from assistant.types import Claim, Paper

EXPORTS: Exports[Review] = {
    "Markdown": ("md", Review.to_markdown),
    "LaTeX": ("tex", Review.to_latex),
    "BibTeX": ("bib", Review.to_bibtex),
    "Text": ("txt", Review.to_text),
}


def review(made: Review) -> Html:
    """The topics with their sentences, what contradicts and what is missing, and the references."""
    if not made.papers:
        return tag("div", tag("p", made.reason or "No paper is there.", dir="auto"), class_="card", role="status")
    told = [
        render.some_papers(len(made.papers), made.found),
        f"{made.words} words",
        *([f'read as "{made.read_as}"'] if made.read_as else []),
    ]
    told += [f"written by {made.writer}"] if made.writer else []
    references = [tag("li", render.opener(paper)) for paper in made.papers]
    return tag(
        "section",
        tag("p", made.caution, class_="banner", role="note") if made.caution else Html(),
        tag("p", " · ".join(told), class_="note", role="status", dir="auto"),
        *(tag("p", line, class_="banner", dir="auto") for line in made.warnings),
        *(_topic(topic, made.papers if made.writer is None else ()) for topic in made.topics),
        _contradictions(made),
        joined(tag("p", one.shown, class_="note", dir="auto") for one in made.missing),
        tag("h2", "References"),
        tag("ol", *references, class_="references"),
        render.as_files(EXPORTS),
        class_="answer",
        aria_label="Review",
    )


def _topic(topic: Topic, papers: Sequence[Paper]) -> Html:
    """A heading, its sentences with numbers and marks, and their quotes."""
    standing = [claim for claim in topic.claims if not claim.struck]
    quotes = [
        tag("li", tag("span", f"{source.number} ", class_="number"), tag("q", source.shown, dir="auto")) for source in topic.sources
    ]
    return joined(
        [
            tag("h2" if topic.level == 1 else "h3", topic.heading, dir="auto"),
            tag("p", topic.note, class_="note", dir="auto") if topic.note else Html(),
            *_paragraphs(standing, papers),
            tag("details", tag("summary", "Exact quotes"), tag("ul", *quotes, class_="quotes")) if quotes else Html(),
        ]
    )


def _paragraphs(claims: Sequence[Claim], papers: Sequence[Paper]) -> Iterator[Html]:
    """The sentences in a row; those that are quotes stand under the short titles of their papers, as in an answer."""
    for numbers, group in groupby(claims, key=lambda claim: claim.sources if papers else ()):
        if numbers:
            yield tag("h4", "; ".join(render.short(papers[number - 1]) for number in numbers), class_="whose", dir="auto")
        yield tag("p", *(_claim(claim) for claim in group), dir="auto")


def _claim(claim: Claim) -> Html:
    numbers = "".join(f"[{number}]" for number in claim.sources)
    mark = render.verdict_sign(claim.verdict) if claim.verdict else Html()
    state = render.state(claim.verdict)
    return tag("span", claim.text, " ", tag("span", numbers, class_="number") if numbers else Html(), mark, " ", class_=state)


def _contradictions(made: Review) -> Html:
    """The pairs of quotes that contradict each other, by the numbers of their papers."""
    sources = made.sources
    told = [f"{' and '.join(str(sources[at].number) for at in one.sources)} disagree: {one.reason}" for one in made.disagreements]
    return joined(tag("p", line, class_="banner", dir="auto") for line in told)
