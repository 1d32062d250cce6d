"""Papers of a topic to a paragraph without a model: exact quotes, grouped under lines that say only how many papers are quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from assistant import text
from assistant.answer import citations
from assistant.answer.list_answer import PROVED, ours, title
from assistant.table import columns, figure_cells, name_cells, sentence_cells
from assistant.table.abstracts import Abstract, Line
from assistant.types import Claim, Source, Verifier
from assistant.verify import injection

_NEW, _FINDING, _BENCHMARK = columns.read("what is new"), columns.read("findings"), columns.read("benchmark")
_NUMBERS = "No One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve".split()
_BULLET = "\n- "


class Paragraph(NamedTuple):
    """What is written of a topic."""

    claims: tuple[Claim, ...]
    quotes: tuple[Source, ...]
    """The quotes that the claims rest on, by their places here."""
    by_model: int = 0
    """The sentences that a model wrote, without struck ones."""


class _Piece(NamedTuple):
    """A sentence that may be quoted."""

    abstract: Abstract
    line: Line | None
    """None for the title, where no sentence of the abstract can be quoted."""
    benchmark: tuple[str, int] | None = None
    """The benchmark on which the sentence reports a result, and how many papers of the topic report results there."""
    first: bool = False
    """The first sentence of its paper; another one stands behind it."""


def counted(number: int) -> str:
    """A number of papers at the beginning of a sentence, in words."""
    written = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{written} paper{'' if number == 1 else 's'}"


def words(content: str) -> int:
    """The words of a text, marks of citations included."""
    return len(content.split())


def length(claims: Sequence[Claim]) -> int:
    """The words of claims as they are shown, without those that are struck."""
    return sum(words(claim.shown) for claim in claims if not claim.struck)


def paragraph(abstracts: Sequence[Abstract], numbers: Mapping[str, int], most: int, guard: Verifier) -> Paragraph:
    """Quote the papers of a topic.

    Each paper is quoted once before any is quoted twice: first the sentence on what is new in it, then results on a benchmark that
    several of the papers report, then a finding.

    Args:
        abstracts: the papers, as read.
        numbers: id of a paper -> its number.
        most: words at most.
        guard: the local verifier, which judges each quote.

    Returns:
        The lines and quotes; fewer papers than were given where the words do not suffice for all.
    """
    kept: list[_Piece] = []
    for piece in _offered(abstracts):
        if _size([*kept, piece], numbers) <= most:
            kept.append(piece)
    claims: list[Claim] = []
    quotes: list[Source] = []
    for lead, group in _groups(kept):
        if lead:
            claims.append(ours(lead, "\n" if claims else ""))
        for piece in group:
            source = _source(piece, numbers[piece.abstract.paper.id])
            claim = Claim(
                text=_said(piece), shown=_shown(piece, numbers), lead=_BULLET, sources=(source.number,), quotes=(len(quotes),)
            )
            quotes.append(source)
            verdict = PROVED if source.field else guard.verify(source.shown, [injection.evidence(source.shown, _abstract(piece))])
            claims.append(claim.model_copy(update={"verdict": verdict}))
    return Paragraph(tuple(claims), tuple(quotes))


def _abstract(piece: _Piece) -> str:
    return piece.abstract.paper.abstract


def _said(piece: _Piece) -> str:
    return piece.line.text if piece.line else piece.abstract.title


def _shown(piece: _Piece, numbers: Mapping[str, int]) -> str:
    return f"{citations.inert(_said(piece))} {citations.markers((numbers[piece.abstract.paper.id],))}"


def _source(piece: _Piece, number: int) -> Source:
    if piece.line is None:
        return title(number, piece.abstract.paper).sources[0]
    start, end = piece.line.start, piece.line.end
    return Source(number=number, paper=piece.abstract.paper, quote=_abstract(piece)[start:end], start=start, end=end)


def _offered(abstracts: Sequence[Abstract]) -> Iterator[_Piece]:
    """The sentences that may be quoted, the most important ones first; each once."""
    told: set[tuple[str, int]] = set()
    for abstract in abstracts:
        line = sentence_cells.sentence(abstract, _NEW) or sentence_cells.sentence(abstract, _FINDING)
        line = line or (abstract.lines[0] if abstract.lines else None)
        told.add((abstract.paper.id, line.start if line else -1))
        yield _Piece(abstract, line, first=True)
    findings = [(abstract, sentence_cells.sentence(abstract, _FINDING)) for abstract in abstracts]
    for piece in (*_results(abstracts), *(_Piece(abstract, line) for abstract, line in findings if line)):
        place = (piece.abstract.paper.id, piece.line.start if piece.line else -1)
        if place not in told:
            told.add(place)
            yield piece


def _results(abstracts: Sequence[Abstract]) -> Iterator[_Piece]:
    """The sentences with results on a benchmark on which at least two papers report some, the commonest benchmark first."""
    held: Counter[str] = Counter()
    written: dict[str, str] = {}
    for abstract in abstracts:
        found = name_cells.names(abstract, _BENCHMARK)
        for name in found.names if found else ():
            held[text.fold(name)] += 1
            written.setdefault(text.fold(name), name)
    for folded, _ in held.most_common():
        asked = columns.read(written[folded])
        if asked.asks != "figure":
            continue
        figures = [(abstract, figure_cells.figure(abstract, asked)) for abstract in abstracts]
        reported = [(abstract, found.line) for abstract, found in figures if found and _holds(found.line, written[folded])]
        if len(reported) > 1:
            yield from (_Piece(abstract, line, (written[folded], len(reported))) for abstract, line in reported)


def _holds(line: Line, name: str) -> bool:
    """Whether a sentence holds a name; one in capitals alone, such as MATH, is a word in small letters."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line.text, 0 if name.isupper() else re.IGNORECASE))


def _groups(pieces: Sequence[_Piece]) -> Iterator[tuple[str, list[_Piece]]]:
    """The pieces in the order of the text, under their lines: what is new with the findings of the same paper, then results."""
    own = [piece for piece in pieces if piece.benchmark is None and piece.first]
    if own:
        found = [piece for piece in pieces if piece.benchmark is None and not piece.first]
        behind = {each.abstract.paper.id: [other for other in found if other.abstract is each.abstract] for each in own}
        together = [piece for each in own for piece in (each, *behind[each.abstract.paper.id])]
        yield f"{counted(len(own))}, in {'its' if len(own) == 1 else 'their'} own words:", together
    for benchmark in dict.fromkeys(piece.benchmark for piece in pieces if piece.benchmark):
        group = [piece for piece in pieces if piece.benchmark == benchmark]
        name, papers = benchmark
        quoted = len({piece.abstract.paper.id for piece in group})
        some = "" if quoted == papers else f"; {counted(quoted).lower()} {'is' if quoted == 1 else 'are'} quoted here"
        yield f"{counted(papers)} report results on {name}{some}:", group


def _size(pieces: Sequence[_Piece], numbers: Mapping[str, int]) -> int:
    """The words of the text that pieces give."""
    return sum(words(_shown(piece, numbers)) for piece in pieces) + sum(words(lead) for lead, _ in _groups(pieces))
