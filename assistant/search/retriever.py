"""Questions to passages: two indexes propose chunks, their signals are added up, the best chunk of each paper stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np

from assistant import cancel, text
from assistant.config import SearchSettings, fitted
from assistant.errors import LibraryError
from assistant.library.chunking import paper_of
from assistant.library.generations import Current, Library, Snapshot
from assistant.library.metadata import Records
from assistant.library.scan import Place, Shown, scan, shown
from assistant.library.spelling import Slip, slip
from assistant.library.store import Entry
from assistant.models.threads import one_thread
from assistant.question import acronyms
from assistant.question.decompose import MOST
from assistant.question.read import Question, Rewrite, Vocabulary, read, stated
from assistant.question.rewrite import standalone
from assistant.search import diversity, fusion
from assistant.search.candidates import Aspect, Reader
from assistant.search.fusion import Evidence
from assistant.search.scoring import Candidates
from assistant.search.second_pass import reorder
from assistant.text.terms import terms
from assistant.types import Embedder, Expansion, Paper, Passage, Query, SecondPass, Signals, Vectors, Where
from assistant.verify import injection

T = TypeVar("T")
_AMONG = 3
"""Diversity chooses from this many times the papers wanted."""
_RARE = 0.005
"""A stem is rare if at most this share of the passages holds it."""
_READ_FOR_FORMS = 100
"""At most this many papers that hold a term are read for its acronym or long form."""
_PART_WEIGHT: float = fitted("selection")["part_weight"]
"""A part of a question is searched for if it holds at least this share of the question's rare words; fitted on the tuning
questions."""


class Hit(NamedTuple):
    """A paper found."""

    passage: Passage
    entries: tuple[Entry, ...]
    """All chunks of the paper, in order."""
    whole: float
    """Its score by the question as a whole; the passage's own is by a part of the question where that put it forward."""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Offsets of the paper's sentences in its abstract."""
        return [span for entry in self.entries for span in entry.spans]

    @property
    def sentences(self) -> list[str]:
        """The paper's sentences."""
        return [self.passage.paper.abstract[start:end] for start, end in self.spans]


class Found(NamedTuple):
    """The result of a search, with the values that the writer needs."""

    hits: list[Hit]
    """Best first, a paper once."""
    scores: list[float]
    """The scores of the papers by the question as a whole, largest first."""
    question: Question
    """The question that was searched for."""
    query: Query
    """The vectors of the question."""
    idf: dict[str, float]
    """Stem of a content word of the question -> its inverse document frequency."""
    generation: int
    encoder: str
    """The fingerprint of the embedder."""
    unmatched: str = ""
    """Why the filter let no paper through, where it did not."""


class Shelf(NamedTuple):
    """The library as a whole."""

    current: Current
    """The manifest of the generation: papers, pages."""
    papers: tuple[Paper, ...]
    """The papers of the slice that was asked for."""


class _Ranking(NamedTuple):
    """The candidates by one aspect."""

    aspect: Aspect
    evidence: Evidence
    shares: dict[str, Vectors]
    scores: list[float]
    order: list[int]
    """The best chunk of each paper, best first."""


Joined = list[tuple[int, _Ranking]]
"""Papers in their final order, each by its best chunk and the ranking that put it there."""


class Retriever:
    """Searches a library."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        settings: SearchSettings,
    ) -> None:
        """Search `library` with `embedder`, which must be the one that made it."""
        self._library = library
        self._embedder = embedder
        self._settings = settings
        self._reader: Reader | None = None

    def read(
        self,
        asked: str,
        earlier: Sequence[str] = (),
        rewrite: Rewrite = standalone,
        *,
        listed: str = "",
        answered: str = "",
    ) -> Question:
        """Read a question in the spelling of the library; see `question.read`.

        Returns:
            The question.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
            ModelError: the model that rewrites cannot be asked.
        """

        def consult(work: Callable[[Vocabulary], Question]) -> Question:
            return self._library.read(lambda snapshot: work(Vocabulary(self._held(snapshot).lexical, self._is_word)))

        return read(asked, earlier, consult, rewrite, listed=listed, answered=answered)

    def found(self, question: str, k: int) -> Found:
        """Read a question that stands alone, and search for it; see `read` and `search`."""
        return self.search(self.read(question), k)

    def near(self, statement: str, k: int) -> list[Paper]:
        """Search for the papers nearest to a statement, which is read as it stands: nothing in it is mended or left out.

        Args:
            statement: a sentence.
            k: papers wanted.

        Returns:
            The papers, best first.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
            ModelError: the embedder cannot be used.
        """
        return [hit.passage.paper for hit in self.search(stated(statement), k).hits]

    def _is_word(self, word: str) -> bool:
        return self._embedder.count(word) == 1

    def search(
        self,
        question: Question,
        k: int,
        where: Where | None = None,
        expansion: Expansion | None = None,
        second_pass: SecondPass | None = None,
    ) -> Found:
        """Find the best papers for a question.

        Args:
            question: the question.
            k: papers wanted.
            where: the filter that papers have to pass.
            expansion: makes further queries before the search, by a model.
            second_pass: judges the best passages again, after the search.

        Returns:
            The papers in order, with their signals.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
            ModelError: a model that the settings name cannot be asked.
        """
        wordings = expansion.expand(question.text) if expansion else []
        most = max(k, self._settings.second_pass_top) if second_pass else k
        with one_thread():
            found = self._library.read(lambda snapshot: self._search(snapshot, question, wordings, most, where))
        hits = self._judged(question, found.hits, second_pass) if second_pass else found.hits
        return found._replace(hits=hits[:k])

    def scan(self, term: str, where: Where | None = None, among: Collection[str] | None = None) -> list[Place]:
        """Find all papers that hold a term, its acronym or its long form.

        Args:
            term: the term.
            where: the filter that papers have to pass.
            among: the ids of the papers to keep to; None for all.

        Returns:
            Each paper once, those that hold the term in its own words first.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
            Stopped: the question was stopped; a refusal scans for each of many names.
        """
        cancel.check()

        def work(snapshot: Snapshot) -> list[Place]:
            papers = self._allowed(snapshot, where)
            if among is not None:
                papers = set(among) if papers is None else papers.intersection(among)
            places = scan(self._held(snapshot), [term], papers)
            first = [place.id for place in places[:_READ_FOR_FORMS]]
            texts = {each.id: each.abstract for each in snapshot.index.texts(first)}
            others = acronyms.other_forms(term, [texts[id] for id in first if id in texts])
            return scan(snapshot, [term, *others], papers) if others else places

        return self._library.read(work)

    def shown(self, places: Sequence[Place]) -> list[Shown]:
        """Read papers of a scan, with the sentences that hold the term.

        Returns:
            The papers in their order.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
        """

        def work(snapshot: Snapshot) -> list[Shown]:
            found = shown(snapshot, places)
            _recall(snapshot, (each.paper for each in found))
            return found

        return self._library.read(work)

    def look_up(self, work: Callable[[Records, Collection[str] | None], T], where: Where | None = None) -> T:
        """Call a function on the records of all papers, and on the ids of those that a filter lets through, None for all.

        Returns:
            The result of `work`.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
        """

        def looking(snapshot: Snapshot) -> T:
            return work(self._on(self._held(snapshot)).records, self._allowed(snapshot, where))

        return self._library.read(looking)

    def slip(self, question: str) -> Slip | None:
        """The title that mistyped words of a question mean; None where there is none, or several.

        Returns:
            The question in the words of the title, and the papers.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
        """

        def work(snapshot: Snapshot) -> Slip | None:
            held = self._held(snapshot)
            return slip(question, self._on(held).records, held.lexical, self._is_word)

        return self._library.read(work)

    def rare(self, content: str) -> set[str]:
        """The stems of a text that almost no passage of the library holds."""
        return self._library.read(lambda snapshot: {term for term in terms(content) if snapshot.lexical.share(term) <= _RARE})

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """Read papers by their ids.

        Returns:
            Those that are there, in the order of the ids.

        Raises:
            LibraryCorrupt: the content of a paper differs from its hash.
        """

        def work(snapshot: Snapshot) -> list[Paper]:
            held = snapshot.index.held(ids)
            _recall(snapshot, held.values())
            return [held[id] for id in ids if id in held]

        return self._library.read(work)

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors of papers, those of their first chunks.

        Args:
            ids: of the papers.

        Returns:
            [papers, dimensions]; a row of zeros for a paper that is not there.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
        """
        return self._library.read(lambda snapshot: snapshot.index.vectors_of(ids))

    def unmatched(self, where: Where) -> str:
        """Why a filter lets no paper through, with the nearest values; empty where no single value is the reason."""
        return self._library.read(lambda snapshot: self._on(self._held(snapshot)).unmatched(where))

    def _on(self, snapshot: Snapshot) -> Reader:
        self._reader = reader = self._reader.on(snapshot) if self._reader else Reader(snapshot)
        return reader

    def _allowed(self, snapshot: Snapshot, where: Where | None) -> set[str] | None:
        """The ids of the papers that a filter lets through; None for all."""
        return {paper_of(key) for key in self._on(snapshot).allowed(where)} if where else None

    def shelf(self, start: int, most: int) -> Shelf:
        """Look at the library as a whole, with `most` of its papers from the place `start`, in the order in which they came in.

        Returns:
            The manifest and the papers.

        Raises:
            LibraryError: there is no library, it is empty, or it cannot be used.
        """

        def work(snapshot: Snapshot) -> Shelf:
            heads = islice(self._held(snapshot).index.papers(), start, start + most)
            return Shelf(snapshot.current, tuple(heads))

        return self._library.read(work)

    def _judged(self, question: Question, hits: list[Hit], second_pass: SecondPass) -> list[Hit]:
        """The hits in the order of the second pass."""
        top = self._settings.second_pass_top
        scores = second_pass.scores(question.text, [hit.passage for hit in hits[:top]])
        judged = [
            hit._replace(passage=hit.passage.model_copy(update={"second_pass": score}))
            for hit, score in zip(hits[:top], scores, strict=True)
        ]
        return [*reorder(judged, scores), *hits[top:]]

    def _held(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot, if it holds papers."""
        if not snapshot.current.chunks:
            raise LibraryError(
                f"the library in {str(self._library.folder)!r} is empty; take in papers with: assistant ingest SOURCES"
            )
        return snapshot

    def _search(self, snapshot: Snapshot, question: Question, wordings: Sequence[str], k: int, where: Where | None) -> Found:
        chunks = self._held(snapshot).current.chunks
        reader = self._on(snapshot)
        k = max(0, min(k, chunks))
        depth = min(chunks, max(self._settings.candidates, 2 * k))
        # a filter leaves what it leaves, wherever that ranks; without one, twice as deep as the candidates, so that what
        # only the vectors propose has its lexical score too
        reach = chunks if where else min(chunks, 2 * depth)
        plain = self._settings.fusion != "score"  # what is there to be compared with is that alone
        spans = () if plain or not self._settings.parts else question.parts
        aspects = self._aspects(snapshot, question.text, spans, reach)
        others = [aspect for wording in wordings for aspect in self._aspects(snapshot, wording, [], reach)]
        ids = reader.candidates([*aspects, *others], depth, where)
        if not plain:
            ids = reader.shortlist(ids, [*aspects, *others], max(self._settings.shortlist, 2 * k), self._embedder.scale)
        hits, scores = list[Hit](), list[float]()
        if entries := reader.entries(ids):
            rankings = self._rankings(Candidates(entries, snapshot.lexical, self._embedder.scale), aspects, others)
            scores = [rankings[0].scores[chunk] for chunk in rankings[0].order]
            whole = {entries[chunk].paper.id: score for chunk, score in zip(rankings[0].order, scores, strict=True)}
            chosen = self._diverse(entries, _joined(entries, rankings), k)
            reader.entries([key for chunk, _ in chosen for key in entries[chunk].head.all_ids])  # in one call
            for chunk, ranking in chosen:
                part = None if ranking is rankings[0] else ranking.aspect.text
                passage = _passage(entries[chunk], chunk, ranking, part)
                hits.append(Hit(passage, tuple(reader.entries(entries[chunk].head.all_ids)), whole[passage.paper.id]))
        _recall(snapshot, (hit.passage.paper for hit in hits))
        whole = aspects[0]
        unmatched = reader.unmatched(where) if where and not hits else ""
        encoder = self._embedder.fingerprint
        return Found(hits, scores, question, whole.query, whole.idf, snapshot.current.generation, encoder, unmatched)

    def _aspects(self, snapshot: Snapshot, question: str, spans: Sequence[tuple[int, int]], reach: int) -> list[Aspect]:
        """The question, and those of its parts that matter, each with the lexical scores of the `reach` best chunks."""
        lexical = snapshot.lexical
        texts = [question, *(question[first:last] for first, last in spans)]
        aspects: list[Aspect] = []
        least = _PART_WEIGHT * min(1.0, MOST / max(1, len(spans)))  # of many parts each holds a smaller share
        queries = self._embedder.query(question, spans)
        snapshot.index.check(query.vector for query in queries)
        for content, query in zip(texts, queries, strict=True):
            idf = {term: lexical.idf(term) for term in terms(content)}
            if aspects and sum(idf.values()) < least * sum(aspects[0].idf.values()):
                continue
            scores = dict(lexical.search(content, reach))
            aspects.append(Aspect(content, query, idf, tuple(dict.fromkeys(text.names(content))), scores))
        return aspects

    def _rankings(self, candidates: Candidates, aspects: Sequence[Aspect], wordings: Sequence[Aspect]) -> list[_Ranking]:
        """The candidates by each aspect; by the first, the whole, with the mean of the scores for other wordings of it."""
        evidence = candidates.evidence([*aspects, *wordings])
        given = [fusion.shares(each, self._settings) for each in evidence]
        silent = np.zeros(len(candidates.entries), np.float32)
        rankings: list[_Ranking] = []
        for number, aspect in enumerate(aspects):
            own = given[number : number + 1] + ([] if number else given[len(aspects) :])
            names = dict.fromkeys(name for each in own for name in each)
            shares = {name: sum((each.get(name, silent) for each in own), silent) / np.float32(len(own)) for name in names}
            scores = sum(shares.values(), silent)
            best: dict[str, int] = {}
            # entries are sorted by id, so the id settles ties
            chunks: list[int] = np.argsort(-scores, kind="stable").tolist()
            for chunk in chunks:
                best.setdefault(candidates.entries[chunk].paper.id, chunk)
            rankings.append(_Ranking(aspect, evidence[number], shares, scores.tolist(), list(best.values())))
        return rankings

    def _diverse(self, entries: Sequence[Entry], joined: Joined, k: int) -> Joined:
        """The first `k`, or, where diversity is wanted, as many out of the first that differ more."""
        if not self._settings.diversity:
            return joined[:k]
        among = joined[: _AMONG * k]
        vectors = np.array([entries[chunk].vector for chunk, _ in among])
        scores = [ranking.scores[chunk] for chunk, ranking in among]
        return [among[i] for i in diversity.mmr(scores, vectors, self._settings.diversity, k)]


def _recall(snapshot: Snapshot, papers: Iterable[Paper]) -> None:
    """Have what is kept of papers remembered, so that their texts are not looked at again for orders to a reader."""
    for paper in papers:
        injection.recall(paper.abstract, snapshot.orders)


def _joined(entries: Sequence[Entry], rankings: Sequence[_Ranking]) -> Joined:
    """The best paper, then the best one for each part, then the others."""
    whole, *others = rankings
    firsts = sorted(((ranking.order[0], ranking) for ranking in others), key=lambda first: -first[1].scores[first[0]])
    joined = [(whole.order[0], whole), *firsts, *((chunk, whole) for chunk in whole.order[1:])]
    by_paper: dict[str, tuple[int, _Ranking]] = {}
    for chunk, ranking in joined:
        by_paper.setdefault(entries[chunk].paper.id, (chunk, ranking))
    return list(by_paper.values())


def _passage(entry: Entry, chunk: int, ranking: _Ranking, part: str | None) -> Passage:
    evidence = ranking.evidence
    nearest = int((entry.sentences @ ranking.aspect.query.vector).argmax()) if len(entry.sentences) else 0
    return Passage(
        paper=entry.paper,
        text=entry.text,
        start=entry.start,
        end=entry.end,
        score=ranking.scores[chunk],
        signals=Signals(
            dense=float(evidence.dense[chunk]),
            sentence=float(evidence.sentence[chunk]),
            late=None if evidence.late is None else float(evidence.late[chunk]),
            lexical=float(evidence.lexical[chunk]),
            name=float(evidence.name[chunk]),
        ),
        shares={name: float(share[chunk]) for name, share in ranking.shares.items()},
        best=entry.spans[nearest],
        part=part,
    )
