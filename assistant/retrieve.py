"""Questions to passages: two indexes propose chunks, their signals are added up, the best chunk of each paper stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assistant import diversity, fusion, text
from assistant.chunk import paper_of
from assistant.config import SearchSettings
from assistant.fusion import Evidence
from assistant.index import Entry
from assistant.lexical import Lexical
from assistant.library import Library, Snapshot
from assistant.parts import parts
from assistant.rerank import reorder
from assistant.signals import Candidates
from assistant.spelling import Spelling, respell
from assistant.types import Embedder, Expansion, Passage, Query, SecondPass, Signals, Vectors, Where

_CACHED = 10_000
"""Chunks kept in memory, 11 kB each."""
_CACHED_VECTORS = 50_000
"""Vectors kept in memory, 1.5 kB each."""
_ALL = 200
"""Where a filter leaves no more chunks than that, all of them are looked at."""
_AMONG = 3
"""Diversity chooses among so many times the papers wanted."""
_PART_WEIGHT = 0.15
"""A part of a question counts where it holds this share of what is rare in the question; fitted on the tuning questions."""


class Hit(NamedTuple):
    """A paper found."""

    passage: Passage
    entries: tuple[Entry, ...]
    """All chunks of the paper, in order."""


class Found(NamedTuple):
    """What a search found, and what the writer needs to know of it."""

    hits: list[Hit]
    """Best first, a paper once."""
    scores: list[float]
    """The scores of the papers by the question as a whole, largest first."""
    spelling: Spelling
    query: Query
    """The vectors of the question."""
    idf: dict[str, float]
    """Stem of a content word of the question -> its inverse document frequency."""
    names: tuple[str, ...]
    """The words that the question writes as names."""
    unknown: tuple[str, ...]
    """Those of them that the library does not hold."""
    generation: int


class _Memory(NamedTuple):
    """What was read of a generation; a generation never changes."""

    generation: int
    entries: dict[str, Entry]
    vectors: dict[str, Vectors]


class _Aspect(NamedTuple):
    """The question, or a part of it, as it is searched for."""

    text: str
    query: Query
    idf: dict[str, float]
    names: tuple[str, ...]
    lexical: dict[str, float]
    """Lexical score by chunk."""


class _Ranking(NamedTuple):
    """The candidates by one aspect."""

    aspect: _Aspect
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
        expansion: Expansion | None = None,
        second_pass: SecondPass | None = None,
    ) -> None:
        """Search `library` with `embedder`, which must be the one that made it; further models are asked where given."""
        self._library = library
        self._embedder = embedder
        self._settings = settings
        self._expansion = expansion
        self._second_pass = second_pass
        self._memory = _Memory(0, {}, {})

    def search(self, question: str, k: int, where: Where | None = None) -> Found:
        """The `k` best papers for `question`, among those that the filter `where` lets through.

        Raises:
            LibraryError: there is no library, or it cannot be used.
            ModelError: a model that the settings name cannot be asked.
        """
        wordings = self._expansion.expand(question) if self._expansion else []
        most = max(k, self._settings.second_pass_top) if self._second_pass else k
        found = self._library.read(lambda snapshot: self._search(snapshot, question, wordings, most, where))
        return found._replace(hits=self._judged(question, found.hits)[:k])

    def stems(self, sentence: str) -> set[str]:
        """The stems of the content words of `sentence`, as the lexical index has them."""
        return self._library.read(lambda snapshot: set(snapshot.lexical.terms(sentence)))

    def _judged(self, question: str, hits: list[Hit]) -> list[Hit]:
        """The hits in the order of the second pass, where there is one."""
        if not self._second_pass:
            return hits
        top = self._settings.second_pass_top
        scores = self._second_pass.scores(question, [hit.passage for hit in hits[:top]])
        judged = [
            hit._replace(passage=hit.passage.model_copy(update={"second_pass": score}))
            for hit, score in zip(hits[:top], scores, strict=True)
        ]
        return [*reorder(judged, scores), *hits[top:]]

    def _search(self, snapshot: Snapshot, question: str, wordings: Sequence[str], k: int, where: Where | None) -> Found:
        spelling = respell(question, snapshot.lexical, lambda word: self._embedder.count(word) == 1)
        depth, shortlist = max(self._settings.candidates, 2 * k), max(self._settings.shortlist, 2 * k)
        # a filter leaves what it leaves, wherever that ranks; without one, twice as deep as the proposals, so that what
        # only the vectors propose has its lexical score too
        reach = snapshot.current.chunks if where else 2 * depth
        spans = parts(spelling.text) if self._settings.parts else []
        aspects = self._aspects(snapshot, spelling.text, spans, reach)
        others = [aspect for wording in wordings for aspect in self._aspects(snapshot, wording, [], reach)]
        hits, scores = list[Hit](), list[float]()
        proposed = _proposals(snapshot, [*aspects, *others], depth, where)
        if entries := self._load(snapshot, self._shortlist(snapshot, proposed, [*aspects, *others], shortlist)):
            candidates = Candidates(entries, snapshot.lexical)
            evidence = [candidates.evidence(aspect.query, aspect.lexical, aspect.names, aspect.idf) for aspect in others]
            rankings = [self._rank(candidates, aspect, [] if number else evidence) for number, aspect in enumerate(aspects)]
            scores = [rankings[0].scores[chunk] for chunk in rankings[0].order]
            chosen = self._diverse(entries, _joined(entries, rankings), k)
            self._load(snapshot, [key for chunk, _ in chosen for key in entries[chunk].head.all_ids])  # in one call
            for chunk, ranking in chosen:
                part = None if ranking is rankings[0] else ranking.aspect.text
                hits.append(self._hit(snapshot, candidates, chunk, ranking, part))
        whole = aspects[0]
        unknown = tuple(name for name in whole.names if not snapshot.lexical.holds(name))
        return Found(hits, scores, spelling, whole.query, whole.idf, whole.names, unknown, snapshot.current.generation)

    def _aspects(self, snapshot: Snapshot, question: str, spans: Sequence[tuple[int, int]], reach: int) -> list[_Aspect]:
        """The question, and those of its parts that matter, each with the lexical scores of the `reach` best chunks."""
        lexical = snapshot.lexical
        texts = [question, *(question[first:last] for first, last in spans)]
        aspects: list[_Aspect] = []
        for content, query in zip(texts, self._embedder.query(question, spans), strict=True):
            idf = {term: lexical.idf(term) for term in lexical.terms(content)}
            if aspects and sum(idf.values()) < _PART_WEIGHT * sum(aspects[0].idf.values()):
                continue
            scores = dict(lexical.search(content, reach))
            aspects.append(_Aspect(content, query, idf, tuple(dict.fromkeys(text.names(content))), scores))
        return aspects

    def _load(self, snapshot: Snapshot, ids: Sequence[str]) -> list[Entry]:
        """Chunks by id, out of memory where they were read before."""
        known = self._remembered(snapshot).entries
        if missing := [key for key in ids if key not in known]:
            known.update((entry.id, entry) for entry in snapshot.index.load(missing))
        return [known[key] for key in ids if key in known]

    def _remembered(self, snapshot: Snapshot) -> _Memory:
        """The memory, emptied where it is of another generation or full."""
        memory, generation = self._memory, snapshot.current.generation
        if memory.generation != generation or len(memory.entries) > _CACHED or len(memory.vectors) > _CACHED_VECTORS:
            self._memory = memory = _Memory(generation, {}, {})
        return memory

    def _shortlist(self, snapshot: Snapshot, ids: Sequence[str], aspects: Sequence[_Aspect], most: int) -> list[str]:
        """The chunks that cosine and words alone put first: loading and comparing everything of the others takes longer."""
        if self._settings.fusion != "score" or len(ids) <= most:
            return list(ids)
        known = self._remembered(snapshot).vectors
        if missing := [key for key in ids if key not in known]:
            known.update(snapshot.index.vectors(missing))
        there = [key for key in ids if key in known]
        cosines = np.array([known[key] for key in there]) @ np.array([aspect.query.vector for aspect in aspects]).T
        chosen: set[str] = set()
        for number, aspect in enumerate(aspects):
            rough = cosines[:, number] + np.array([aspect.lexical.get(key, 0.0) for key in there])
            first: list[int] = np.argsort(-rough, kind="stable")[: most if number == 0 else most // 4].tolist()
            chosen.update(there[at] for at in first)
        return sorted(chosen)

    def _rank(self, candidates: Candidates, aspect: _Aspect, wordings: Sequence[Evidence]) -> _Ranking:
        """The candidates by the mean of their scores for `aspect` and for other wordings of it."""
        evidence = candidates.evidence(aspect.query, aspect.lexical, aspect.names, aspect.idf)
        given = [fusion.shares(each, self._settings) for each in (evidence, *wordings)]
        names = dict.fromkeys(name for each in given for name in each)
        silent = np.zeros(len(candidates.entries), np.float32)
        shares = {name: sum((each.get(name, silent) for each in given), silent) / np.float32(len(given)) for name in names}
        scores = sum(shares.values(), silent)
        best: dict[str, int] = {}
        chunks: list[int] = np.argsort(-scores, kind="stable").tolist()
        for chunk in chunks:
            best.setdefault(candidates.entries[chunk].paper.id, chunk)
        return _Ranking(aspect, evidence, shares, scores.tolist(), list(best.values()))

    def _diverse(self, entries: Sequence[Entry], joined: Joined, k: int) -> Joined:
        """The first `k`, or, where diversity is wanted, as many out of the first that differ more."""
        if not self._settings.diversity:
            return joined[:k]
        among = joined[: _AMONG * k]
        vectors = np.array([entries[chunk].vector for chunk, _ in among])
        scores = [ranking.scores[chunk] for chunk, ranking in among]
        return [among[i] for i in diversity.mmr(scores, vectors, self._settings.diversity, k)]

    def _hit(self, snapshot: Snapshot, candidates: Candidates, chunk: int, ranking: _Ranking, part: str | None) -> Hit:
        entry, evidence = candidates.entries[chunk], ranking.evidence
        passage = Passage(
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
            best=entry.spans[candidates.best_sentence(chunk, ranking.aspect.query)],
            part=part,
        )
        return Hit(passage, tuple(self._load(snapshot, entry.head.all_ids)))


def _proposals(snapshot: Snapshot, aspects: Sequence[_Aspect], depth: int, where: Where | None) -> list[str]:
    """Ids of the chunks that either index proposes for an aspect."""
    lexical = [list(aspect.lexical) for aspect in aspects]
    if where:
        where = _with_text(snapshot.lexical, where)
        allowed = set(snapshot.index.ids(where))
        if len(allowed) <= _ALL:
            return sorted(allowed)
        lexical = [[key for key in ids if key in allowed] for ids in lexical]
    near = snapshot.index.nearest(np.array([aspect.query.vector for aspect in aspects]), depth, where)
    # sorted, so that the id settles ties, and the order never depends on that of the proposals
    return sorted({key for ids in [*near, *lexical] for key in ids[:depth]})


def _with_text(lexical: Lexical, where: Where) -> Where:
    """A filter by text as one by paper."""
    if "text" not in where:
        return where
    papers = {paper_of(key) for key in lexical.containing(str(where["text"]))}
    rest = {key: value for key, value in where.items() if key != "text"}
    return rest | {"paper": sorted(papers & {str(rest["paper"])} if "paper" in rest else papers)}


def _joined(entries: Sequence[Entry], rankings: Sequence[_Ranking]) -> Joined:
    """The best paper, then the best one for each part, then the others."""
    whole, *others = rankings
    firsts = sorted(((ranking.order[0], ranking) for ranking in others), key=lambda first: -first[1].scores[first[0]])
    joined = [(whole.order[0], whole), *firsts, *((chunk, whole) for chunk in whole.order[1:])]
    by_paper: dict[str, tuple[int, _Ranking]] = {}
    for chunk, ranking in joined:
        by_paper.setdefault(entries[chunk].paper.id, (chunk, ranking))
    return list(by_paper.values())
