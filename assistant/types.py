"""The values that travel through the system, all frozen, and the protocols at its seams."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.errors import one_line
from assistant.files import record, replace_file
from assistant.text.view import View

Vectors = NDArray[np.float32]
"""float32 [rows, dimensions], each row of length 1."""
NO_ROWS: Vectors = np.zeros((0, 1), np.float32)
"""The rows of an embedder that gives no such vectors."""


class Value(BaseModel):
    """Base of all values: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Value):
    """A page, file or feed on which a paper was seen."""

    name: str
    """The file's name without its ending."""
    date: str | None = None
    """As the page prints the date ("Aug 19"; saved pages name no year), or ISO where the page gives the whole date."""


PREPRINT_DOIS: Final = tuple(
    f"10.{prefix}/" for prefix in ("1101", "2139", "20944", "21203", "26434", "31219", "31234", "36227", "48550", "64898")
)
"""Prefixes of DOIs of preprint archives: bioRxiv, SSRN, Preprints, Research Square, ChemRxiv, OSF, PsyArXiv, TechRxiv, arXiv,
openRxiv."""


class Edition(Value):
    """Another form in which a paper came out: the preprint of a journal's paper, an earlier version."""

    title: str = ""
    """Empty where the title is that of the paper."""
    abstract: str = ""
    """Byte for byte; empty where the abstract is that of the paper."""
    venue: str | None = None
    date: str | None = None
    url: str | None = None
    ids: tuple[str, ...] = ()
    """As in `Paper.ids`."""
    version: int | None = None
    """The version of arXiv."""


IdKind = Literal["doi", "arxiv", "pubmed", "acl", "openreview", "openalex", "s2"]
"""Registries that give ids to papers; "s2" is Semantic Scholar."""

SourceKind = Literal["page", "html", "jsonl", "bibtex", "ris", "pubmed", "endnote", "wos", "csv", "arxiv", "hub", "web"]
"""Kinds of sources: saved pages as text and as HTML, JSON, files of reference managers, sites."""


class Paper(Value):
    """A paper: what the library holds of it."""

    id: str
    """Stable: made from the title alone, and for a further paper under the same title from its ids or authors too."""
    title: str
    abstract: str
    """Byte for byte as the source had it; quotes are slices of this text."""
    pages: tuple[Page, ...] = ()
    date: str | None = None
    """Publication date, ISO, where the source gives one."""
    url: str | None = None
    authors: tuple[str, ...] = ()
    truncated: bool = False
    """The source cut the abstract off."""
    source: SourceKind = "page"
    """The kind of source it came from."""
    ids: tuple[str, ...] = ()
    """"KIND:VALUE" of `IdKind`, sorted, such as "arxiv:2310.12345" and "doi:10.1000/xyz" (in lower case); all forms' ids."""
    version: int | None = None
    """The version of arXiv of the abstract, where the source names it."""
    venue: str | None = None
    """Journal, conference or archive, as the source names it."""
    keys: tuple[str, ...] = ()
    """The keys of the entry in the user's BibTeX files, the first met first."""
    type: str | None = None
    """The type of the BibTeX entry: "article" and the like."""
    categories: tuple[str, ...] = ()
    """Categories of arXiv, such as cs.CL."""
    notice: str | None = None
    """The source's word that the paper was withdrawn or retracted."""
    editions: tuple[Edition, ...] = ()
    """Other forms in which the paper came out."""

    def all_of(self, kind: IdKind) -> tuple[str, ...]:
        """The ids of one kind; a paper with several editions can have several."""
        return tuple(value for found, _, value in (one.partition(":") for one in self.ids) if found == kind)

    @property
    def doi(self) -> str | None:
        """The DOI in lower case, that of a publisher before that of an archive of preprints."""
        found = self.all_of("doi")
        return next((one for one in found if not one.startswith(PREPRINT_DOIS)), found[0] if found else None)

    @property
    def arxiv(self) -> str | None:
        """The id of arXiv, without its version."""
        return next(iter(self.all_of("arxiv")), None)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it came out, for people: "Journal of Play (2031)", "arXiv 3012.00077 (2030-12)"."""
        told = [(self.venue, self.ids, self.date), *((one.venue, one.ids, one.date) for one in self.editions)]
        return tuple(dict.fromkeys(filter(None, (_place(*one) for one in told))))

    @property
    def warning(self) -> str | None:
        """The line to be shown beside a paper that was withdrawn or retracted."""
        return f"its source says that it was withdrawn or retracted: {self.notice}" if self.notice else None

    @property
    def year(self) -> int | None:
        """Of the publication date."""
        return int(self.date[:4]) if self.date and self.date[:4].isdecimal() else None

    @property
    def shown(self) -> str:
        """The title as a reader sees it, LaTeX, HTML and line breaks decoded."""
        return View(self.title).text


def _place(venue: str | None, ids: Sequence[str], date: str | None) -> str:
    arxiv = next((id.removeprefix("arxiv:") for id in ids if id.startswith("arxiv:")), None)
    name = venue or (f"arXiv {arxiv}" if arxiv else "")
    return f"{name} ({date})" if name and date else name


class Chunk(Value):
    """A slice of an abstract that fits the embedder's window."""

    id: str
    paper_id: str
    number: int
    """0 for the paper's first chunk, and so on."""
    start: int
    end: int
    """Offsets in characters: the chunk's text is `paper.abstract[start:end]`."""
    text: str
    sentences: tuple[tuple[int, int], ...]
    """Offsets of its sentences in the abstract."""


class Signals(Value):
    """The value of each signal for a passage."""

    dense: float
    """Cosine of question and passage."""
    sentence: float
    """Largest cosine of the question and a sentence of the passage; the passage's own where there are none."""
    lexical: float
    """BM25 as a share of the highest score that the question could reach: 0..1."""
    late: float | None
    """Late interaction: for each word of the question the largest cosine with a token of the passage, then the mean weighted by the
    rarity of the words. None where the embedder gives no tokens."""
    name: float
    """Rarity of the names that the question and the paper share: 0..1, 0 for none."""


class Passage(Value):
    """A chunk that a search found."""

    paper: Paper
    text: str
    start: int
    end: int
    """`paper.abstract[start:end] == text`."""
    score: float
    """0..1, rising with relevance."""
    signals: Signals
    shares: dict[str, float]
    """The part of each signal in the score; the parts sum to the score."""
    best: tuple[int, int]
    """Offsets in the abstract of the sentence that matched best."""
    second_pass: float | None = None
    """Score in the second pass, 0..1, which decides the rank; None where the passage was not judged."""
    part: str | None = None
    """The part of the question that raised the passage above its rank for the whole question; None where none did."""
    orders: tuple[tuple[int, int], ...] = ()
    """Offsets in the abstract of sentences that give orders to a reader; they are blanked in `text` and in the abstract."""

    @property
    def shown(self) -> str:
        """The sentence that matched best as a reader sees it, LaTeX, HTML and line breaks decoded."""
        return View(self.paper.abstract[slice(*self.best)]).text


class Source(Value):
    """A quote that the answer rests on, under the number of its paper."""

    number: int
    """The number of the paper, from 1 in order of first citation; several quotes of one paper share it."""
    paper: Paper
    quote: str
    """Empty where `field` is the proof."""
    start: int
    end: int
    """`paper.abstract[start:end] == quote`, always."""
    field: str | None = None
    """The field of the record that is the proof, such as "title"; None where the abstract is quoted."""
    value: str = ""
    """The content of the field."""

    @property
    def shown(self) -> str:
        """The quote as a reader sees it, LaTeX, HTML and line breaks decoded; field and value where the record is the proof."""
        return f"{self.field}: {View(self.value).text}" if self.field else View(self.quote).text


Label = Literal["supported", "partly", "not supported", "contradicted", "no source", "not judged"]
"""The label of a claim; "no source": the claim cites no source that was offered."""


class Quote(Value):
    """An exact slice of one of the texts that a claim was held against."""

    text: int
    """Which of the texts, from 0."""
    start: int
    end: int
    quote: str
    """`texts[text][start:end] == quote`, always."""


class Verdict(Value):
    """How far texts support a claim."""

    verdict: Label
    score: float | None
    """0..1, rising with support; None where it was not judged."""
    quote: str = ""
    """The sentence that bears on the claim most, to the byte; empty where none does."""
    start: int = 0
    end: int = 0
    text: int = 0
    """`texts[text][start:end] == quote`, always."""
    further: tuple[Quote, ...] = ()
    """Other sentences that hold what of the claim `quote` does not."""
    reasons: tuple[str, ...] = ()
    """The reasons against the claim, each in a few words for people: "12.4% is not in the source"."""


_LISTED = 5
"""A message lists at most this many invented numbers."""


class Claim(Value):
    """A sentence of the answer, the numbers of the papers that it cites, and what the verifier says of it."""

    text: str
    """The text without its markers."""
    shown: str = ""
    """As it stands in the answer, with its markers."""
    lead: str = ""
    """The text in front of the claim: white space, the mark of a list, the head of a table above its first row."""
    sources: tuple[int, ...] = ()
    """Numbers of papers."""
    quotes: tuple[int, ...] = ()
    """Places in `Answer.sources` of the quotes that it was found to rest on."""
    code: bool = False
    """True for a line in a block of code."""
    own: bool = False
    """True for the assistant's own words, such as the parts of the question that the papers do not cover."""
    verdict: Verdict | None = None
    """None where no source is needed: a connective such as "In short:", or words of the assistant's own."""
    invented: tuple[int, ...] = ()
    """Numbers that it cited and that were not offered; they are dropped from the text."""
    given: bool = False
    """It cited nothing that was offered, and got the number of an offered paper that entails it, or those of the line above."""
    struck: bool = False
    """Taken out of the text, as it was not supported."""
    before: str | None = None
    """The sentence before it was rewritten."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was done to its numbers, in words: "number added", "cited [9], which was never offered"."""
        numbers = list(dict.fromkeys(self.invented))
        listed = ", ".join(f"[{number}]" for number in numbers[:_LISTED])
        more = f" and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else ""
        never = f"cited {listed}{more}, which {'was' if len(numbers) == 1 else 'were'} never offered"
        return (*(["number added"] if self.given else []), *([never] if numbers else []))


class Listed(Value):
    """A paper of a list."""

    paper: Paper
    form: str = ""
    """The form of the term that the paper holds; empty where the paper holds none."""
    spans: tuple[tuple[int, int], ...] = ()
    """Offsets in the abstract of the sentences that hold the term; none where the title alone does."""
    chance: float = 1.0
    """Probability that the paper is about the term; 1 for a paper that holds the term."""


class Listing(Value):
    """The papers that a question asked for, all of them, of which the answer shows some."""

    term: str
    """Empty where no term was asked for."""
    wanted: str = ""
    """The condition on the records, in words: " by Ines Duarte from 2031". Where `term` is empty too, all papers are listed."""
    forms: dict[str, int] = {}
    """How many papers hold which form of the term, the commonest forms: a paper that holds the term itself counts there."""
    fields: tuple[str, ...] = ()
    """The fields of the records that prove the condition."""
    among: int | None = None
    """How many papers the list before held, where this one holds some of them; None for the papers of the whole library."""
    exact: int
    """The papers whose title or abstract holds the term, its acronym or its long form."""
    likely: int = 0
    """Further papers that are likely about the term."""
    first: int = 0
    """The place of the first paper shown, from 0."""
    shown: int = 0
    """How many papers are shown, from `first`."""
    papers: tuple[Listed, ...]
    """The papers that hold the term, best first, at most 1,000; then the papers that are likely about the term, likeliest first."""


class Disagreement(Value):
    """Two cited papers that say different things of one."""

    sources: tuple[int, int]
    """Places in `Answer.sources` of the two quotes."""
    reason: str
    """The difference, in a few words for people."""


class Usage(Value):
    """The cost of an answer, all calls of models included."""

    seconds: float
    calls: int = 0
    """Calls of a language model."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """Cost in the currency of the settings model.price_input and model.price_output; None where these are not set."""


class Step(Value):
    """One step of the work on an answer."""

    name: str
    seconds: float
    detail: str = ""


SAVED_KIND: Final = "assistant answer"
SAVED_VERSION: Final = 1
"""Kind and version of the file of an answer; see `assistant.saved`."""


WEAK_MATCH: Final = "The library may not answer this; nearest passages:"
"""The line above an answer that is a weak match."""


_SHOWN = 160
"""A message shows at most this many characters of a struck sentence."""


def _short(content: str) -> str:
    line = " ".join(content.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


Match = Literal["strong", "weak", "none"]
"""A confidence in a word; what is a weak match is shown under the line `WEAK_MATCH`, and none is a refusal."""


class Answer(Value):
    """An answer, or a refusal, with everything it rests on."""

    question: str
    read_as: str | None = None
    """The question that was searched for, where it differs: a follow-up made to stand alone, a word mended."""
    text: str
    """The claims with their markers ("... [1]"), or the refusal; without what a terminal would obey."""
    claims: tuple[Claim, ...] = ()
    """The claims in the order of the text, struck ones included."""
    sources: tuple[Source, ...] = ()
    """The quotes that the claims rest on, in the order of their numbers."""
    disagreements: tuple[Disagreement, ...] = ()
    abstained: bool = False
    """The question is not answered from this library; `reason` says why and `nearest` what is near."""
    reason: str | None = None
    uncovered: tuple[str, ...] = ()
    """The parts of the question that the library does not cover."""
    rewordings: tuple[str, ...] = ()
    """Questions near a refused one that this library can answer."""
    incomplete: str | None = None
    """Why the text stops early: the model's stream broke, its limit was reached, or its reply was empty and quotes replace it. None
    for a complete text."""
    nearest: tuple[Passage, ...] = ()
    """The best passages, used or not, best first."""
    listing: Listing | None = None
    """All papers that hold a term, where the question asks for these; else None."""
    confidence: float
    """Estimated probability, 0..1, that the library holds an answer to the question."""
    match: Match = "strong"
    """The confidence in a word; the text of a weak match begins with the line `WEAK_MATCH`, and none is a refusal."""
    usage: Usage
    trace: tuple[Step, ...] = ()
    fingerprint: str
    """A hash of the settings and of the library's generation: the same fingerprint and question give the same answer."""

    @property
    def caution(self) -> str | None:
        """The line to be shown above the text of a weak match; None where the text has the line, or needs none."""
        return WEAK_MATCH if self.match == "weak" and all(claim.text != WEAK_MATCH for claim in self.claims) else None

    @property
    def taken_out(self) -> str | None:
        """One line on the sentences that were struck, each with the reason; None where none was, or nothing is answered."""
        struck = [claim for claim in self.claims if claim.struck and claim.verdict]
        if self.abstained or not struck:
            return None
        told = [
            f'"{_short(claim.text)}" ({"; ".join(claim.verdict.reasons) or claim.verdict.verdict})'
            for claim in struck
            if claim.verdict
        ]
        return f"Taken out: {'; '.join(told)}."

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines on cited papers that were withdrawn or retracted, to be shown with the answer."""
        cited = {source.number: source.paper for source in self.sources}
        return tuple(f"[{number}] {paper.warning}" for number, paper in sorted(cited.items()) if paper.warning)

    def to_markdown(self) -> str:
        """As Markdown: the text with its marks, then the sources with their quotes; see `assistant.export`."""
        from assistant import export

        return export.markdown(self)

    def to_latex(self) -> str:
        r"""As LaTeX, with `\cite` under the keys of `to_bibtex`."""
        from assistant import export

        return export.latex(self)

    def to_bibtex(self) -> str:
        """The papers cited, as BibTeX."""
        from assistant import export

        return export.bibtex(self)

    def save(self, path: str | Path, where: Where | None = None, history: Sequence[Answer] = ()) -> None:
        """Write it to a file, with the filter and the conversation that it was asked with; `assistant.load` reads it back.

        Raises:
            StorageError: the file cannot be written.
        """
        earlier = [answer.model_dump(mode="json") for answer in history]
        content = {"answer": self.model_dump(mode="json"), "where": where, "history": earlier}
        replace_file(Path(path), record(SAVED_KIND, SAVED_VERSION, content))


class Retrieved(Value):
    """Event: the passages that the answer is written from, best first."""

    passages: tuple[Passage, ...]


class Token(Value):
    """Event: a piece of the text as it is written, its markers numbered as in the answer."""

    text: str


class Verified(Value):
    """Event: a claim with its verdict, in the order of the text."""

    claim: Claim


Event = Retrieved | Token | Verified | Answer
"""An event while a question is answered; the answer itself comes last."""


class Rejection(Value):
    """A piece of input that was not taken in."""

    file: str
    line: int | None
    """Counted from 1; None where the whole file was rejected."""
    reason: str

    def __str__(self) -> str:
        return one_line(f"{self.file}{f':{self.line}' if self.line else ''}: {self.reason}")


class Merge(Value):
    """A record that was taken for a paper that the library, or this ingest, had met before."""

    paper: str
    """Id of the paper."""
    title: str
    """The title in the record."""
    page: str
    """The page on which the record stood."""
    by: str
    """The feature that both share: an id such as "doi:10.1000/xyz", "title", or "authors and abstract"."""


class Alike(Value):
    """Two papers with next to the same abstract under different titles, which stay two."""

    papers: tuple[str, str]
    """The ids of the papers."""
    titles: tuple[str, str]


class Replaced(Value):
    """A whole abstract that another one replaced, because the only source of the paper says so now."""

    paper: str
    """Id of the paper."""
    title: str
    before: str
    """The abstract as it was held, byte for byte."""


class IngestReport(Value):
    """The result of an ingest."""

    new: int = 0
    changed: int = 0
    """Known papers whose text or data differ now."""
    unchanged: int = 0
    added: tuple[str, ...] = ()
    """Ids of the new papers."""
    seen_again: int = 0
    """Papers among these that the library now knows from more than one page."""
    truncated: int = 0
    """Papers among these whose abstract the source cut off."""
    chunks: int = 0
    """Chunks written."""
    seconds: float = 0.0
    generation: int = 0
    rejected: tuple[Rejection, ...] = ()
    cut: tuple[str, ...] = ()
    """The fields that were too long and were cut, one line for each paper."""
    merged: tuple[Merge, ...] = ()
    """Records that became one paper with another record, in the order of the sources."""
    replaced: tuple[Replaced, ...] = ()
    """Whole abstracts that the sources gave up; no edition keeps them."""
    left_out: int = 0
    """Records left out by the date or the category asked for."""
    passed_over: tuple[str, ...] = ()
    """Files in folders among the sources that are no sources, one line for each folder."""
    alike: tuple[Alike, ...] = ()
    """Papers of this ingest with the abstract of another paper under another title."""

    @property
    def papers(self) -> int:
        """Different papers that were read."""
        return self.new + self.changed + self.unchanged


class RemovalReport(Value):
    """The result of a removal."""

    removed: tuple[Paper, ...]
    damaged: tuple[Paper, ...] = ()
    """Papers that were removed as well, whose stored text was damaged: it is not to be taken back in."""
    chunks: int
    """Chunks that they had."""
    papers: int
    """Papers that are left."""
    seconds: float
    generation: int


class RebuildReport(Value):
    """The result of a rebuild."""

    papers: int
    """Papers that were embedded anew."""
    resumed: int
    """Papers that a run that was stopped had embedded already."""
    before: str
    """The embedder of the generation that was in force."""
    embedder: str
    """The embedder of the generation that is in force."""
    seconds: float = 0.0
    generation: int


class MigrationReport(Value):
    """The result of a migration: what came back out of the database, which equals the library in counts and hashes."""

    papers: int
    chunks: int
    searches: int
    """Searches that were compared. All of them find the same chunks where every vector is compared."""
    differing: int
    """Those that found other papers, or in another order, by the index of vectors, which is approximate."""
    folder: str
    """The copy on this machine."""
    seconds: float = 0.0


class Status(Value):
    """The content of a library."""

    home: str
    generation: int
    papers: int
    chunks: int
    pages: dict[str, str | None]
    """Name and date of every page."""
    sample: bool
    """True for the sample that is shipped with the package."""
    embedder: str
    fingerprint: str
    bytes: int
    unfinished: bool
    """True after an ingest was stopped; running the ingest again finishes it."""
    rebuilding: bool = False
    """True while the papers are embedded anew, and after that was stopped; running the rebuild again finishes it."""


class Embedding(NamedTuple):
    """The vectors of one chunk."""

    vector: Vectors
    """[dimensions]"""
    sentences: Vectors
    """[sentences, dimensions]; no rows where the embedder gives none."""
    tokens: Vectors
    """[content tokens, fewer dimensions]; no rows where the embedder gives none."""


class Query(NamedTuple):
    """The vectors of a question."""

    vector: Vectors
    """[dimensions]"""
    tokens: Vectors
    """[content tokens, fewer dimensions]; no rows where the embedder gives none."""
    words: tuple[str, ...]
    """The word of the question that each token belongs to."""


class Scale(NamedTuple):
    """Lines that bring the cosines of an encoder to what the same texts have under MiniLM, on whose cosines weights are fitted.

    Each is a slope and an offset; those of MiniLM, and of embedders that were not measured, change nothing.
    """

    dense: tuple[float, float] = (1.0, 0.0)
    sentence: tuple[float, float] = (1.0, 0.0)
    late: tuple[float, float] = (1.0, 0.0)

    def apply(self, signal: Literal["dense", "sentence", "late"], cosines: Vectors) -> Vectors:
        """Cosines of a signal as MiniLM would have them."""
        slope, offset = getattr(self, signal)
        return cosines if (slope, offset) == (1.0, 0.0) else cosines * np.float32(slope) + np.float32(offset)


class Embedder(Protocol):
    """Texts to vectors."""

    name: str
    """The name of the embedder, for people."""
    fingerprint: str
    """A hash of everything that shapes the vectors."""
    window: int
    """The tokens of a text that the embedder reads."""
    scale: Scale
    """What its cosines mean."""

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        ...

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question, then of each of its parts, given by their offsets."""
        ...

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks, each read with the title of its paper in front."""
        ...


class Record(NamedTuple):
    """A chunk as the index keeps it."""

    chunk: Chunk
    paper: Paper
    embedding: Embedding


Where = dict[str, Any]
"""A filter on papers, e.g. {"page": "000", "text": "theorem proving"}: every key must match."""

Message = dict[str, str]
"""One message of a chat: its `role` (system, user, assistant) and its `content`."""


Schema = dict[str, Any]
"""A JSON schema."""


class Reply(NamedTuple):
    """The reply of a language model."""

    text: str
    """Never blank."""
    input_tokens: int
    """Tokens as the endpoint counts them; 0 where the endpoint gives no count."""
    output_tokens: int
    finished: bool
    """False where the reply was cut off."""
    cut: str = ""
    """The reason why the reply broke off, for people."""


class LanguageModel(Protocol):
    """Messages to a reply."""

    name: str
    """The name of the model, for people."""

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None
    ) -> Generator[str, None, Reply]:
        """The reply piece by piece, as it comes; the generator returns the whole of it.

        A piece can be empty: something came that is not shown, a thought say, and whoever waits may stop waiting.

        A stream that breaks after its first piece ends there: what arrived is the reply, with `finished` False.

        Raises:
            ModelError: there is no reply. `EmptyReply` where it is blank.
        """
        ...

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int | None = None, temperature: float | None = None, json: bool = False
    ) -> Reply:
        """The reply to `messages`.

        Args:
            messages: the chat so far.
            max_tokens: where the reply is cut off; None for the endpoint's own limit.
            temperature: 0 for the likeliest words; None for the endpoint's own. A wish, as is the next.
            json: the reply is to be a JSON object.

        Raises:
            ModelError: there is no reply. `EmptyReply` where it is blank.
        """
        ...


@runtime_checkable
class Structured(Protocol):
    """A language model whose replies take a form."""

    def structured(self, messages: Sequence[Message], schema: Schema, *, max_tokens: int | None = None) -> Reply:
        """The reply to `messages`, the likeliest words: JSON that `schema` allows, as far as the model can be held to it.

        Raises:
            ModelError: there is no reply. `EmptyReply` where it is blank.
        """
        ...


class Chances(NamedTuple):
    """How likely words are as the first word of a reply."""

    of: dict[str, float]
    """The probability of each word, 0..1, in any spelling; together at most 1."""
    input_tokens: int = 0
    output_tokens: int = 0


@runtime_checkable
class Weighing(Protocol):
    """A language model that tells probabilities."""

    def chances(self, messages: Sequence[Message], words: Sequence[str]) -> Chances | None:
        """How likely each of `words` is as the first word of the reply to `messages`; None where the model does not tell.

        Raises:
            ModelError: the model cannot be asked.
        """
        ...


class Expansion(Protocol):
    """A question to further texts to search with."""

    def expand(self, question: str) -> list[str]:
        """Texts to search with beside the question; none where the model gives none that can be used.

        Raises:
            ModelError: the model cannot be asked.
        """
        ...


class Verifier(Protocol):
    """Claims to verdicts."""

    name: str
    """The name of the verifier, for people."""

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        """How far `evidence` supports `claim`.

        Args:
            claim: a sentence without markers.
            evidence: whole texts, such as abstracts, each of a paper of its own.
            context: what is known beside them, such as their titles: it tells what a name stands for, and is not quoted.

        Raises:
            ModelError: the model cannot be asked.
        """
        ...


class SecondPass(Protocol):
    """A second look at the passages that a search found."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float | None]:
        """A score for each passage, 0..1; None where it was not judged.

        Raises:
            ModelError: the model cannot be asked.
        """
        ...
