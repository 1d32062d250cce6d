"""A report as text and Markdown. What drafts and papers wrote is escaped: none of it is markup there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from assistant import export
from assistant.check.values import STRUCK, Report, Sentence, State
from assistant.text.view import View

_WIDE = 130
"""Text is at most this many characters wide."""
LABELS: dict[State, str] = {
    "proved": "proved",
    "differs": "says something else",
    "other paper": "another paper says it",
    "uncited": "citation missing",
    "not found": "not found",
    "unknown citation": "citation unknown",
    "own": "own claim",
}
"""The states as people read them."""


def titles(report: Report, sentence: Sentence) -> str:
    """The titles of the papers of the library that a sentence cites, each in quotation marks."""
    places = dict.fromkeys(place for one in sentence.citations for place in one.papers)
    named = [f'"{report.papers[place].shown}"' for place in places]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


_ABOVE = "what the line above cites"


def told(report: Report, sentence: Sentence) -> str:
    """The state of a sentence in words, with the paper and the difference, without the quote."""
    cited, because = titles(report, sentence), "; ".join(sentence.reasons)
    several = len({place for one in sentence.citations for place in one.papers}) > 1
    says, does = ("say", "do") if several else ("says", "does")
    offered = f'"{report.papers[sentence.offered].shown}"' if sentence.offered is not None else ""
    match sentence.state:
        case "proved":
            said = f"{cited or _ABOVE} {says} it"
        case "differs":
            said = f"{cited or _ABOVE} {says} {'it only in part' if sentence.verdict == 'partly' else 'something else'}"
        case "other paper":
            return f"{cited or 'what it cites'} {does} not say it; {offered} does, cite that"
        case "uncited":
            return f"{offered} says it, cite that"
        case "not found" if because == STRUCK:
            return because
        case "not found":
            abstracts = f"the abstracts of {cited}" if several else f"the abstract of {cited}"
            said = f"{abstracts} {does} not say it" if cited else "no abstract of the library was found to say it"
        case "unknown citation":
            said = because + (f"; {offered} says it, cite that" if offered else "")
            because = ""
        case "own":
            said = "no source needed"
    return f"{said}: {because}" if because else said


def quotes(report: Report, sentence: Sentence) -> Iterator[tuple[str, str]]:
    """The quotes of a sentence, each with its place; with its paper where they are of several."""
    several = len({proof.paper for proof in sentence.proofs}) > 1
    for proof in sentence.proofs:
        place = f"characters {proof.start}-{proof.end}"
        yield f"{report.papers[proof.paper].shown}, {place}" if several else place, proof.shown


def summary(report: Report) -> str:
    """How many sentences have each state, in a line."""
    counted = [f"{count} {LABELS[state]}" for state, count in report.counts.items() if count]
    number = len(report.sentences)
    return f"{number} sentence{'' if number == 1 else 's'}" + (f": {', '.join(counted)}" if counted else "")


def text(report: Report) -> str:
    """As plain text: for each sentence its place and state, its words, and what the library says."""
    blocks: list[str] = []
    for one in report.sentences:
        head = f"{report.name or 'draft'}:{one.line}:{one.column}: {LABELS[one.state]}"
        lines = [export.one_line(head), *_wrapped(" ".join(one.text.split()), 4)]
        if one.state != "own":
            lines += _wrapped(told(report, one), 4, "-> ")
            lines += [line for place, quote in quotes(report, one) for line in _wrapped(f'{place}: "{quote}"', 7)]
        blocks.append("\n".join(lines))
    blocks += [export.one_line(warning) for warning in report.warnings]
    blocks.append(summary(report))
    return "\n\n".join(blocks) + "\n"


def _wrapped(content: str, indent: int, lead: str = "") -> list[str]:
    first, rest = " " * indent + lead, " " * (indent + len(lead))
    wrapper = textwrap.TextWrapper(
        _WIDE, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )
    return wrapper.wrap(export.one_line(content))


def markdown(report: Report) -> str:
    """As Markdown: the counts, then an item for each sentence with its quotes."""
    blocks = [f"# {export.escaped(report.name)}"] if report.name else []
    blocks.append(export.escaped(summary(report)))
    blocks += [f"*{export.escaped(warning)}*" for warning in report.warnings]
    items: list[str] = []
    for number, one in enumerate(report.sentences, 1):
        items.append(f"{number}. **{LABELS[one.state]}** (line {one.line}) {export.escaped(View(one.claim).text or one.text)}")
        if one.state != "own":
            items.append(f"    - {export.escaped(told(report, one))}")
            items += [f"    - {export.escaped(place)}: {export.escaped(quote)}" for place, quote in quotes(report, one)]
    return "\n\n".join([*blocks, *(["\n".join(items)] if items else [])]) + "\n"
