"""The lexical index: BM25 over titles and chunks. Derived from the vector index. The only user of tantivy."""

from __future__ import annotations

import math
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tantivy
from rapidfuzz.distance import OSA

from assistant import text
from assistant.errors import AssistantError, disk_full, short_of_room, storage_errors

_ANALYZER = "words"
_K1 = 1.2  # tantivy's; its BM25 of one term is below idf * (k1 + 1)
_HEAP = 32_000_000
_REMEMBERED = 8192
"""Words and texts whose stems and frequencies are remembered: they come again from question to question."""


class Posting(NamedTuple):
    """What the index keeps of a chunk."""

    id: str
    paper_id: str
    text: str


class LexicalError(Exception):
    """The index cannot be read; it can be built again from the vector index."""


@contextmanager
def _guard(writes: Path | None = None) -> Generator[None]:
    """Tantivy's errors as ours; those of the file system too where the folder `writes` is written to."""
    try:
        with storage_errors(writes) if writes else nullcontext():
            yield
    except (AssistantError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as exc:  # its engine also panics, and a panic is no Exception
        if writes and short_of_room(writes.parent):  # what fails in a thread of its own it does not tell
            raise disk_full(writes) from exc
        raise LexicalError((str(exc).splitlines() or ["no message"])[0]) from exc


class Lexical:
    """A tantivy index in a folder."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the index in `folder`, or make an empty one there.

        Raises:
            LexicalError: it is not there or is damaged.
        """
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("paper", tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
        schema.add_text_field("words", tokenizer_name="whitespace", index_option="position")
        self._schema = schema.build()
        self._folder = folder
        self.replaced = False
        """Chunks were removed or replaced, whose words still count in the scores."""
        if create:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        with _guard(folder if create else None):
            self._index = tantivy.Index(self._schema, path=str(folder))
            builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
            self._analyzer = builder.filter(tantivy.Filter.stemmer("english")).build()
            self._index.register_tokenizer(_ANALYZER, self._analyzer)
            self._searcher = self._index.searcher()
        self._stems = lru_cache(_REMEMBERED)(self._analyzed)
        self._frequency = lru_cache(_REMEMBERED)(self._looked_up)

    @property
    def count(self) -> int:
        """The chunks held."""
        return self._searcher.num_docs

    def write(self, postings: Iterable[Posting], removed_papers: Iterable[str] = ()) -> None:
        """Replace all that is held of the postings' papers, and forget `removed_papers`; all at once or not at all."""
        postings, before = list(postings), self.count
        with _guard(self._folder):
            writer = self._index.writer(_HEAP, 1)
            for paper_id in {*removed_papers, *(posting.paper_id for posting in postings)}:
                writer.delete_documents_by_term("paper", paper_id)
            for posting in postings:
                document = tantivy.Document()
                document.add_text("id", posting.id)
                document.add_text("paper", posting.paper_id)
                words = " ".join(text.words(posting.text))
                document.add_text("text", words)
                document.add_text("words", words)
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()
        self._frequency.cache_clear()
        self.replaced = self.replaced or self.count < before + len(postings)

    @_guard()
    def search(self, question: str, n: int) -> list[tuple[str, float]]:
        """Ids and scores of the `n` best chunks for the content words of `question`, best first.

        A score is the BM25 as a share of the most that the question could have scored (0..1), so that it says how much
        of the question was found, and scores of different questions can be compared and added to cosines.
        """
        terms = self.terms(question)
        if not terms or not self.count:
            return []
        parts = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", term, "freq")) for term in terms]
        most = (_K1 + 1) * sum(self.idf(term) for term in terms)
        hits = self._searcher.search(tantivy.Query.boolean_query(parts), n, count=False).hits
        return [(str(self._searcher.doc(at).get_first("id")), float(score) / most) for score, at in hits]

    def holds(self, words: str) -> bool:
        """Every content word of `words` occurs somewhere, in some form."""
        return all(self._frequency("text", term) for term in self._stems(words))

    def knows(self, word: str) -> bool:
        """`word` occurs as it stands (in its search form)."""
        return self._frequency("words", word) > 0

    @_guard()
    def neighbours(self, word: str) -> list[str]:
        """The words that are one letter added, left out, changed or swapped away from `word`, the most frequent first.

        They begin like it: typing seldom goes wrong at the first letter, and what differs there is mostly another word.
        """
        alike = [other for other, _ in self._searcher.terms_with_prefix("words", word[0])]  # the most frequent first
        return [other for other in alike if other != word and OSA.distance(word, other, score_cutoff=1) == 1]

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
        return [str(self._searcher.doc(at).get_first("id")) for _, at in hits]

    @_guard()
    def having(self, term: str, n: int) -> set[str]:
        """Ids of chunks that hold a stem, at most `n`."""
        hits = self._searcher.search(tantivy.Query.term_query(self._schema, "text", term, "freq"), n, count=False).hits
        return {str(self._searcher.doc(at).get_first("id")) for _, at in hits}

    def terms(self, question: str) -> list[str]:
        """The distinct stems of the content words of `question`."""
        return list(self._stems(question))

    def idf(self, term: str) -> float:
        """Inverse document frequency of a stem, as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        n = self._frequency("text", term)
        return math.log(1 + (self.count - n + 0.5) / (n + 0.5))

    def _analyzed(self, content: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._analyzer.analyze(" ".join(text.content_words(content)))))

    @_guard()
    def _looked_up(self, field: str, term: str) -> int:
        """The chunks that hold a term."""
        return self._searcher.doc_freq(field, term)
