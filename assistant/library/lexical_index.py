"""The lexical index: BM25 over titles and chunks, derived from the store. The only user of tantivy."""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tantivy
from rapidfuzz.distance import OSA

from assistant import text
from assistant.errors import AssistantError, scarcity, storage_errors
from assistant.files import remove_tree
from assistant.library.scratch import Scratch
from assistant.text.terms import analyzer, singular, terms

_ANALYZER = "words and acronyms of the readable view, in their rows, Latin ones apart from scripts without blanks"
"""Another name where other terms are kept: an index under another one cannot be opened, and is built again."""
_K1 = 1.2  # tantivy's; its BM25 of one term is below idf * (k1 + 1)
_HEAP = 32_000_000
_REMEMBERED = 8192
"""Stems and frequencies of at most this many words and texts are cached, because words recur from question to question."""
_IDS = 100_000
"""The ids of at most this many chunks are cached: to read one takes as long as to find it."""


class Posting(NamedTuple):
    """The entry of a chunk in the index."""

    id: str
    paper_id: str
    title: str
    text: str


class LexicalError(Exception):
    """The index cannot be read; it can be built again from the vector index."""


@contextmanager
def _guard(folder: Path | None = None, *, writes: bool = False) -> Generator[None]:
    """Tantivy's errors as ours; those of the file system too where `folder` is opened, or written to."""
    try:
        with storage_errors(folder) if folder and writes else nullcontext():
            yield
    except (AssistantError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as exc:  # its engine also panics, and a panic is no Exception
        said = (str(exc).splitlines() or ["no message"])[0]
        # what fails in a thread of its own it does not tell
        if folder and (trouble := scarcity(folder, said, writes=writes)):
            raise trouble from exc
        raise LexicalError(said) from exc


class Lexical:
    """A tantivy index in a folder."""

    def __init__(self, folder: Path, *, create: bool = False, scratch: Scratch | None = None) -> None:
        """Open the index in `folder`, or make an empty one there.

        Args:
            folder: the index's.
            create: make it.
            scratch: where tantivy is to write its lock when it reads; None for the folder itself.

        Raises:
            LexicalError: it is not there or is damaged.
        """
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("paper", tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", tokenizer_name=_ANALYZER, index_option="position")
        schema.add_text_field("words", tokenizer_name="whitespace", index_option="position")
        self._schema = schema.build()
        self._folder = folder
        self.replaced = False
        """Chunks were removed or replaced, whose words still count in the scores."""
        if create:
            remove_tree(folder)
            folder.mkdir(parents=True)
        with _guard(folder, writes=create):
            place = scratch.mirror(folder) if scratch else folder
            self._index = tantivy.Index(self._schema, path=str(place))
            self._index.register_tokenizer(_ANALYZER, analyzer())
            self._searcher = self._index.searcher()
        self._frequency = lru_cache(_REMEMBERED)(self._looked_up)
        self._near = lru_cache(_REMEMBERED)(self._read_near)
        self._id = lru_cache(_IDS)(self._read_id)

    @property
    def count(self) -> int:
        """The chunks held."""
        return self._searcher.num_docs

    def write(self, postings: Iterable[Posting]) -> None:
        """Replace all that is held of the postings' papers; all at once or not at all."""
        postings = list(postings)
        self._replace({posting.paper_id for posting in postings}, postings)

    def drop(self, paper_ids: Iterable[str]) -> None:
        """Delete all that is held of papers."""
        self._replace(set(paper_ids), [])

    def _replace(self, papers: Collection[str], postings: Sequence[Posting]) -> None:
        before = self.count
        with _guard(self._folder, writes=True):
            writer = self._index.writer(_HEAP, 1)
            for paper_id in papers:
                writer.delete_documents_by_term("paper", paper_id)
            for posting in postings:
                document = tantivy.Document()
                document.add_text("id", posting.id)
                document.add_text("paper", posting.paper_id)
                for part in (posting.title, posting.text):  # apart, so that no phrase runs from one into the other
                    plain, own = singular(part), text.words(part)
                    stemmed = own if plain == part else text.words(plain)  # most texts hold no acronym in the plural
                    document.add_text("text", " ".join([*stemmed, *text.capitals(plain)]))
                    document.add_text("words", " ".join(own))
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()
        self._frequency.cache_clear()
        self._near.cache_clear()
        self._id.cache_clear()
        self.replaced = self.replaced or self.count < before + len(postings)

    @_guard()
    def search(self, question: str, n: int) -> list[tuple[str, float]]:
        """Find the chunks that hold the content words of a question.

        A score is BM25 as a share of the maximum that the question could have scored (0..1). So the score says how much of the
        question was found, is comparable between questions, and can be added to cosines.

        Args:
            question: the question.
            n: the most chunks wanted.

        Returns:
            Ids and scores, best first.
        """
        asked = terms(question)
        if not asked or not self.count:
            return []
        parts = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", term, "freq")) for term in asked]
        most = (_K1 + 1) * sum(self.idf(term) for term in asked)
        hits = self._searcher.search(tantivy.Query.boolean_query(parts), n, count=False).hits
        return [(self._id(at.segment_ord, at.doc), score / most) for score, at in hits]

    @_guard()
    def lacks(self, ids: Iterable[str]) -> list[str]:
        """Those of the chunks `ids` that it does not hold."""
        return [key for key in ids if not self._searcher.doc_freq("id", key)]

    def holds(self, words: str) -> bool:
        """Every content word of `words` occurs somewhere, in some form."""
        return all(self._frequency("text", term) for term in terms(words))

    def knows(self, word: str) -> bool:
        """`word` occurs as it stands (in its search form)."""
        return self._frequency("words", word) > 0

    def neighbours(self, word: str) -> Sequence[str]:
        """List the words of the library at an edit distance of one (a letter added, left out, changed or swapped) from `word`.

        The words share the first letter of `word`: typing seldom goes wrong there, and another letter mostly makes another word.

        Returns:
            The words, the most frequent first.
        """
        return self._near(word)

    @_guard()
    def _read_near(self, word: str) -> tuple[str, ...]:
        alike = [other for other, _ in self._searcher.terms_with_prefix("words", word[0])]  # the most frequent first
        return tuple(other for other in alike if other != word and OSA.distance(word, other, score_cutoff=1) == 1)

    @_guard()
    def containing(self, phrase: str) -> list[str]:
        """Ids of the chunks that hold the words of `phrase` in a row, in title or text."""
        words = text.words(phrase)
        if not words:
            return []
        query = (
            tantivy.Query.phrase_query(self._schema, "words", list[str | tuple[int, str]](words))
            if len(words) > 1
            else tantivy.Query.term_query(self._schema, "words", words[0])
        )
        hits = self._searcher.search(query, max(1, self.count), count=False).hits
        return [self._id(at.segment_ord, at.doc) for _, at in hits]

    @_guard()
    def in_row(self, stems: Sequence[str]) -> list[str]:
        """Look up the chunks that hold `stems`, as of `row`, in a row, in title or text.

        A row can run from one sentence into the next one.

        Returns:
            The ids of the chunks, best first.
        """
        if not stems or not self.count:
            return []
        query = (
            tantivy.Query.phrase_query(self._schema, "text", list[str | tuple[int, str]](stems))
            if len(stems) > 1
            else tantivy.Query.term_query(self._schema, "text", stems[0], "freq")
        )
        hits = self._searcher.search(query, self.count, count=False).hits
        return [self._id(at.segment_ord, at.doc) for _, at in hits]

    @_guard()
    def having(self, term: str, ids: Sequence[str]) -> set[str]:
        """Those of the chunks `ids` that hold a stem."""
        query = tantivy.Query.term_query(self._schema, "text", term, "freq")
        if self._frequency("text", term) > len(ids):  # fewer are all looked at
            # a query a chunk: a set of terms takes five times as long
            among = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "id", key, "basic")) for key in ids]
            both = [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.boolean_query(among))]
            query = tantivy.Query.boolean_query(both)
        hits = self._searcher.search(query, max(1, len(ids)), count=False).hits
        return {self._id(at.segment_ord, at.doc) for _, at in hits}.intersection(ids)

    def idf(self, term: str) -> float:
        """Inverse document frequency of a stem, as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        n = self._frequency("text", term)
        return math.log(1 + (self.count - n + 0.5) / (n + 0.5))

    def share(self, term: str) -> float:
        """The share of the chunks that hold a stem: 0..1."""
        return self._frequency("text", term) / max(1, self.count)

    def _read_id(self, segment: int, place: int) -> str:
        """The id of the chunk at an address."""
        return str(self._searcher.doc(tantivy.DocAddress(segment, place)).get_first("id"))

    @_guard()
    def _looked_up(self, field: str, term: str) -> int:
        """The chunks that hold a term."""
        return self._searcher.doc_freq(field, term)
