r"""A review as text, Markdown, LaTeX, BibTeX and as an answer. What papers and models wrote is escaped: it is no markup there."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from assistant import export
from assistant.answer import citations
from assistant.answer.list_answer import ours
from assistant.answer.pipeline import mark
from assistant.review.values import Fact, Review, Topic
from assistant.types import Answer, Claim, Source

_WIDE = 100
"""Text is at most this many characters wide."""
_REFERENCES, _AGAINST, _MISSING, _SEARCHED = "References", "Disagreements", "What nobody in this library reports", "Searched"


def _numbered(review: Review) -> list[tuple[str, Topic]]:
    """The topics with the numbers of their headings: "1", "1.1"."""
    found: list[tuple[str, Topic]] = []
    first, second = 0, 0
    for topic in review.topics:
        first, second = (first + 1, 0) if topic.level == 1 else (first, second + 1)
        found.append((f"{first}" if topic.level == 1 else f"{first}.{second}", topic))
    return found


def _standing(topic: Topic) -> list[Claim]:
    return [claim for claim in topic.claims if not claim.struck]


def _below(topic: Topic) -> list[str]:
    """Lines below the sentences of a topic."""
    lines = [topic.note] if topic.note else []
    if topic.unquoted:
        lines.append(f"Not quoted, for the bound on words: {citations.markers(topic.unquoted)}")
    struck = sum(claim.struck for claim in topic.claims)
    if struck:
        lines.append(f"{struck} sentence{'' if struck == 1 else 's'} of the model struck, which no paper proves.")
    if not topic.written:
        lines.append("Not written yet.")
    return lines


def _against(review: Review) -> list[str]:
    """Lines on what contradicts each other."""
    pairs = [(*(review.sources[place].number for place in one.sources), one.reason) for one in review.disagreements]
    return [f"[{one}] and [{other}] disagree: {reason}" for one, other, reason in pairs]


def _notes(review: Review) -> list[str]:
    """Lines about the whole review."""
    notes = [review.reason] if review.reason else []
    if review.found > len(review.papers):
        notes.append(f"{len(review.papers)} of {review.found:,} papers are reviewed.")
    if review.writer:
        by_model = sum(topic.by_model for topic in review.topics)
        notes.append(
            f"Sentences written by {review.writer}: {by_model}, each verified; the others are quotes."
            if by_model
            else f"{review.writer} wrote nothing that is supported; the sentences are quotes."
        )
    return [*notes, *review.warnings]


def _searched(review: Review) -> list[str]:
    return [f"{step.name}: {step.detail}" for step in review.trace if step.detail and step.name != "write"]


def _facts(review: Review, number: int) -> list[Fact]:
    return [fact for fact in review.facts if fact.number == number]


def _quotes(review: Review, number: int) -> list[Source]:
    return list(dict.fromkeys(source for source in review.sources if source.number == number and not source.field))


def text(review: Review) -> str:
    """As plain text."""
    blocks = [[export.one_line(review.question)]] if review.question else []
    if review.caution:
        blocks.append([review.caution])
    for number, topic in _numbered(review):
        blocks.append([export.one_line(f"{number} {topic.heading}")])
        lines: list[str] = []
        for claim in _standing(topic):
            if "\n" in claim.lead or not lines:
                lines.append("")
            bullet = "- " if claim.lead.endswith("- ") else " " if lines[-1] else ""
            lines[-1] += f"{bullet}{claim.shown}{mark(claim)}"
        blocks.append([part for line in (*lines, *_below(topic)) for part in _wrapped(line, "  " if line.startswith("- ") else "")])
    for head, said in (
        (_AGAINST, _against(review)),
        (_MISSING, [one.shown for one in review.missing]),
        (_SEARCHED, _searched(review)),
    ):
        if said:
            blocks.append([head, *(part for line in said for part in _wrapped(line))])
    if review.papers:
        blocks.append([_REFERENCES])
    for number, paper in enumerate(review.papers, 1):
        blocks.append(_wrapped(f"[{number}] {_reference(review, number)}", "    "))
        if facts := _facts(review, number):
            blocks[-1] += _wrapped("; ".join(f"{fact.name}: {fact.cell.value}" for fact in facts), "    ", "    ")
        places = ", ".join(f"{source.start}-{source.end}" for source in _quotes(review, number))
        pages = ", ".join(page.name for page in paper.pages)
        proof = [f"characters {places} of its abstract"] if places else []
        blocks[-1] += _wrapped("; ".join([*proof, *([f"seen on: {pages}"] if pages else [])]), "    ", "    ")
    if notes := _notes(review):
        blocks.append([part for note in notes for part in _wrapped(note)])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _wrapped(content: str, behind: str = "", first: str = "") -> list[str]:
    return textwrap.wrap(
        export.one_line(content),
        _WIDE,
        initial_indent=first,
        subsequent_indent=behind,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _reference(review: Review, number: int) -> str:
    """Authors, title and place of a paper."""
    paper = review.papers[number - 1]
    authors = ", ".join(paper.authors[:3]) + (" and others" if len(paper.authors) > 3 else "")
    parts = [authors, paper.shown, paper.places[0] if paper.places else str(paper.year or "")]
    return " ".join(part if part.endswith(("?", "!", ".")) else f"{part}." for part in parts if part)


def markdown(review: Review) -> str:
    """As Markdown: topics as headings, then the references with their quotes."""
    blocks = [f"# {export.escaped(review.question)}"] if review.question else []
    if review.caution:
        blocks.append(f"*{export.escaped(review.caution)}*")
    for number, topic in _numbered(review):
        blocks.append(f"{'#' * (topic.level + 1)} {number} {export.escaped(topic.heading)}")
        lines: list[str] = []
        for claim in _standing(topic):
            said = export.escaped(claim.text) + "".join(f" [{one}]" for one in claim.sources) + _md_mark(claim)
            if claim.lead.endswith("- "):
                lines.append(f"- {said}")
            elif lines and not lines[-1].startswith("- ") and "\n" not in claim.lead:
                lines[-1] += f" {said}"
            else:
                lines += ["", said, ""] if claim.own else [said]
        if lines:
            blocks.append("\n".join(lines).strip("\n"))
        blocks += [f"*{export.escaped(line)}*" for line in _below(topic)]
    for head, said in ((_AGAINST, _against(review)), (_MISSING, [one.shown for one in review.missing])):
        if said:
            blocks += [f"## {head}", "\n".join(f"- {export.escaped(line)}" for line in said)]
    if review.papers:
        blocks.append(f"## {_REFERENCES}")
        blocks += [_md_entry(review, number) for number in range(1, len(review.papers) + 1)]
    if searched := _searched(review):
        blocks += [f"## {_SEARCHED}", "\n".join(f"- {export.escaped(line)}" for line in searched)]
    blocks += [f"*{export.escaped(note)}*" for note in _notes(review)]
    return "\n\n".join(blocks) + "\n"


def _md_mark(claim: Claim) -> str:
    return f" *{export.escaped(mark(claim).strip())}*" if mark(claim) else ""


def _md_entry(review: Review, number: int) -> str:
    link = export.url(review.papers[number - 1])
    title = export.escaped(_reference(review, number))
    indent = " " * (len(str(number)) + 2)
    lines = [f"{number}. " + (f"[{title}]({link.replace('&', '&amp;')})" if link else title)]
    told = {source.quote for source in _quotes(review, number)}
    for fact in _facts(review, number):
        quote = f": {export.escaped(fact.cell.shown_quote)}" if fact.cell.quote not in told else ""
        place = f"{fact.cell.start}-{fact.cell.end}"
        lines.append(f"{indent}- {export.escaped(fact.name)}: {export.escaped(fact.cell.value)} ({place}){quote}")
    lines += [f"{indent}- {source.start}-{source.end}: {export.escaped(source.shown)}" for source in _quotes(review, number)]
    return "\n".join(lines)


def latex(review: Review) -> str:
    r"""As LaTeX sections with `\cite` under the keys of `bibtex`; the quotes of a topic stand in one paragraph."""
    keys = export.keys(review.papers)
    cited = {number: keys[paper.id] for number, paper in enumerate(review.papers, 1)}
    blocks = ["% UTF-8: XeLaTeX and LuaLaTeX read all of it, pdfLaTeX what its fonts hold. The keys stand in the .bib file."]
    if review.caution:
        blocks.append(rf"\textit{{{export.tex_words(review.caution)}}}")
    for topic in review.topics:
        command = "section" if topic.level == 1 else "subsection"
        blocks.append(rf"\{command}{{{export.tex_words(topic.heading)}}}")
        paragraphs: list[list[str]] = []
        for claim in _standing(topic):
            if claim.lead.endswith("\n") or not paragraphs:
                paragraphs.append([])
            note = export.tex_words(mark(claim).strip())
            paragraphs[-1].append(
                export.tex_words(claim.text) + _cite(claim.sources, cited) + (rf"\footnote{{\textit{{{note}}}}}" if note else "")
            )
        blocks += [" ".join(paragraph) for paragraph in paragraphs]
        if topic.note:
            blocks.append(rf"\textit{{{export.tex_words(topic.note)}}}")
        if topic.unquoted:
            blocks.append(rf"\textit{{Not quoted, for the bound on words:}}{_cite(topic.unquoted, cited)}.")
    if review.disagreements:
        said = [
            f"{_cite([review.sources[place].number for place in one.sources], cited).strip()}: {export.tex_words(one.reason)}."
            for one in review.disagreements
        ]
        blocks += [rf"\section{{{_AGAINST}}}", "\n".join(said)]
    if review.missing:
        blocks += [rf"\section{{{_MISSING}}}", " ".join(export.tex_words(one.shown) for one in review.missing)]
    blocks += [f"% {export.one_line(line)}" for line in (*_notes(review), *_searched(review))]
    return "\n\n".join(blocks) + "\n"


def _cite(numbers: Sequence[int], keys: dict[int, str]) -> str:
    return rf" \cite{{{','.join(dict.fromkeys(keys[number] for number in numbers))}}}" if numbers else ""


def bibtex(review: Review) -> str:
    """The papers as BibTeX, under the keys of `latex`."""
    return export.entries(review.papers)


def answer(review: Review) -> Answer:
    """The review as an answer: headings, notes, disagreements and what is missing as lines of the assistant's own."""
    claims: list[Claim] = []
    before = 0
    for number, topic in _numbered(review):
        claims.append(ours(f"{number} {topic.heading}", "\n\n" if claims else ""))
        for at, claim in enumerate(topic.claims):
            lead = "\n" if at == 0 and not claim.lead else claim.lead
            moved = tuple(before + place for place in claim.quotes)
            claims.append(claim.model_copy(update={"quotes": moved, "lead": lead}))
        claims += [ours(line, "\n") for line in _below(topic)]
        before += len(topic.sources)
    claims += [ours(one.shown, "\n\n" if not at else "\n") for at, one in enumerate(review.missing)]
    sources = review.sources
    order = sorted(range(len(sources)), key=lambda at: sources[at].number)
    new = {old: at for at, old in enumerate(order)}
    claims = [claim.model_copy(update={"quotes": tuple(new[old] for old in claim.quotes)}) for claim in claims]
    pairs = [one.model_copy(update={"sources": (new[one.sources[0]], new[one.sources[1]])}) for one in review.disagreements]
    told = "".join(f"{claim.lead}{claim.shown}{mark(claim)}" for claim in claims if not claim.struck).strip()
    return Answer(
        question=review.question,
        read_as=review.read_as,
        text=told or review.reason or "",
        claims=tuple(claims),
        sources=tuple(sources[old] for old in order),
        disagreements=tuple(pairs),
        abstained=not review.papers,
        reason=None if review.papers else review.reason,
        confidence=(1.0 if review.confidence is None else review.confidence) if review.papers else 0.0,
        match=review.match if review.papers else "none",
        usage=review.usage,
        trace=review.trace,
        fingerprint=review.fingerprint,
    )
