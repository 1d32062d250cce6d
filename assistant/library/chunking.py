"""Paper to chunks: slices of the abstract that fit the embedder's window, with exact offsets and stable ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant import text
from assistant.text.view import View
from assistant.types import Chunk, Paper

if TYPE_CHECKING:
    from llama_index.core.node_parser import SentenceSplitter

_PARAGRAPH = "\n\n\n"
"""What stands between two paragraphs, which share no piece where they are too long for one."""


def chunk_id(paper_id: str, number: int) -> str:
    """The id of a paper's chunk; that of number 0 is known without looking, so a paper is found by one key."""
    return f"{paper_id}#{number}"


def paper_of(chunk: str) -> str:
    """The id of the paper that the chunk with this id belongs to."""
    return chunk.rsplit("#", 1)[0]


def split(paper: Paper, size: int, count: Callable[[str], int]) -> list[Chunk]:
    """Split the abstract of a paper into chunks of whole sentences; a sentence longer than a chunk is cut.

    Args:
        paper: the paper.
        size: the most tokens of a chunk.
        count: counts the tokens of a text.

    Returns:
        The chunks in order. Together they hold each character of the abstract that is not white space.
    """
    abstract = paper.abstract
    spans = text.sentences(abstract)
    if not spans:
        pieces = []
    elif count(abstract) <= size:
        pieces = [(spans[0][0], spans[-1][1])]
    else:
        pieces = _pieces(abstract, spans, size, count)
    chunks: list[Chunk] = []
    for number, (start, end) in enumerate(pieces):
        inside = tuple((max(a, start), min(b, end)) for a, b in spans if a < end and b > start)
        chunks.append(
            Chunk(
                id=chunk_id(paper.id, number),
                paper_id=paper.id,
                number=number,
                start=start,
                end=end,
                text=abstract[start:end],
                sentences=inside,
            )
        )
    return chunks


def readable(chunk: Chunk) -> Chunk:
    """The readable view of a chunk, which is embedded; its offsets are those of the view behind the chunk's own start."""
    view = View(chunk.text)
    if view.text == chunk.text:
        return chunk
    spans = [view.view_span(start - chunk.start, end - chunk.start) for start, end in chunk.sentences]
    sentences = tuple((chunk.start + start, chunk.start + end) for start, end in spans)
    return chunk.model_copy(update={"text": view.text, "end": chunk.start + len(view.text), "sentences": sentences})


def _pieces(abstract: str, spans: Sequence[tuple[int, int]], size: int, count: Callable[[str], int]) -> list[tuple[int, int]]:
    """As many whole sentences a piece as it holds; LlamaIndex cuts a text with paragraphs, or with a sentence that is too long."""
    edges = [0, *(start for start, _ in spans[1:]), len(abstract)]
    counts = [count(abstract[a:b]) for a, b in pairwise(edges)]
    if max(counts) > size or _PARAGRAPH in abstract:
        return _cut(abstract, size, count)
    pieces: list[tuple[int, int]] = []
    room = 0
    for (start, end), tokens in zip(spans, counts, strict=True):
        if pieces and tokens <= room:
            pieces[-1] = pieces[-1][0], end
        else:
            pieces.append((start, end))
            room = size
        room -= tokens
    return pieces


def _cut(abstract: str, size: int, count: Callable[[str], int]) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    position = 0
    for piece in _splitter(size, count).split_text(abstract):
        start = abstract.index(piece, position)  # the splitter strips pieces but never alters them
        position = start + len(piece)
        pieces.append((start, position))
    return pieces


@lru_cache(maxsize=4)
def _splitter(size: int, count: Callable[[str], int]) -> SentenceSplitter:
    from llama_index.core.node_parser import SentenceSplitter  # two seconds to import: only where a sentence is long

    def tokens(piece: str) -> list[None]:  # the splitter only ever takes the length
        return [None] * count(piece)

    def cut(piece: str) -> list[str]:
        """Whole sentences with the white space behind them, so that the pieces join to the text again."""
        spans = text.sentences(piece)
        edges = [0, *(start for start, _ in spans[1:]), len(piece)]
        return [piece[a:b] for a, b in zip(edges, edges[1:], strict=False)]

    return SentenceSplitter(
        chunk_size=size,
        chunk_overlap=0,
        tokenizer=tokens,
        chunking_tokenizer_fn=cut,  # the default one would ask nltk for its data
        paragraph_separator=_PARAGRAPH,
    )
