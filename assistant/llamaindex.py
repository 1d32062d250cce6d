"""The assistant as a retriever and a query engine of LlamaIndex; its models for the assistant are in `models.llama`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import RESPONSE_TYPE, AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from assistant.types import (
    Answer,
    Event,
    Paper,
    Passage,
    Retrieved,
    Source,
    Token,
)

_CHECKED = "\n\nChecked against the papers:\n\n"
"""The text between the reply as written and its checked sentences in a stream."""


class PassageRetriever(BaseRetriever):
    """The library as a LlamaIndex retriever."""

    def __init__(self, search: Callable[[str], list[Passage]]) -> None:
        """Give what `search` finds."""
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._search = search

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._search(query_bundle.query_str)
        return [_node(hit.paper, hit.start, hit.end, hit.score, orders=[list(span) for span in hit.orders]) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class AnswerEngine(BaseQueryEngine):
    """The assistant as a LlamaIndex query engine.

    The nodes of a response are the quotes that it rests on, none for a refusal; its metadata say how sure it is. A stream has
    neither before its last piece, and where checking changed what was written, the checked text comes behind it.
    """

    def __init__(self, events: Callable[[str], Iterator[Event]], streaming: bool) -> None:
        """Answer by `events`, which end with the answer."""
        super().__init__(callback_manager=None)
        self._events = events
        self._streaming = streaming

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        nodes, metadata = list[NodeWithScore](), dict[str, Any](question=query_bundle.query_str)
        pieces = self._pieces(query_bundle, nodes, metadata)
        if self._streaming:
            return StreamingResponse(pieces, nodes, metadata)
        for _ in pieces:
            pass
        return Response(metadata["text"], nodes, metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        if not self._streaming:
            return await asyncio.to_thread(self._query, query_bundle)
        nodes, metadata = list[NodeWithScore](), dict[str, Any](question=query_bundle.query_str)
        return AsyncStreamingResponse(_in_threads(self._pieces(query_bundle, nodes, metadata)), nodes, metadata)

    def _pieces(self, query: QueryBundle, nodes: list[NodeWithScore], metadata: dict[str, Any]) -> Generator[str]:
        """The text as it is written; the answer's quotes go into `nodes`, and what is known of it into `metadata`."""
        scores: dict[str, float] = {}
        written = ""
        for event in self._events(query.query_str):
            match event:
                case Retrieved(passages=passages):
                    scores = {passage.paper.id: passage.score for passage in passages}
                case Token(text=piece):
                    written += piece
                    if piece:
                        yield piece
                case Answer():
                    nodes += [
                        _node(source.paper, *_slice(source), scores.get(source.paper.id), number=source.number)
                        for source in event.sources
                    ]
                    metadata |= _known(event)
                    if event.text != written.strip():
                        yield f"{_CHECKED}{event.text}" if written else event.text
                case _:
                    pass


def _slice(source: Source) -> tuple[int, int]:
    """What of the abstract a node holds: the quote, or all of it where a field of the record is the proof."""
    return (0, len(source.paper.abstract)) if source.field else (source.start, source.end)


def _known(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "verdicts": [
            {"claim": claim.text, "verdict": claim.verdict.verdict, "score": claim.verdict.score, "sources": list(claim.sources)}
            for claim in answer.claims
            if claim.verdict and not claim.struck
        ],
        "confidence": answer.confidence,
        "match": answer.match,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "fingerprint": answer.fingerprint,
    }


def _node(paper: Paper, start: int, end: int, score: float | None, **more: Any) -> NodeWithScore:
    """A slice of an abstract as a node; `orders` are the offsets of sentences of the abstract that are blanked."""
    offsets = {"start": start, "end": end}
    known = {"title": paper.title, "page": ", ".join(page.name for page in paper.pages), "date": paper.date, "url": paper.url}
    node = TextNode(
        id_=f"{paper.id}:{start}-{end}",
        text=paper.abstract[start:end],
        start_char_idx=start,
        end_char_idx=end,
        metadata={name: value for name, value in known.items() if value} | offsets | {k: v for k, v in more.items() if v},
        excluded_embed_metadata_keys=[*offsets, "orders"],
        excluded_llm_metadata_keys=[*offsets, "orders"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=paper.id)},
    )
    return NodeWithScore(node=node, score=score)


async def _in_threads(pieces: Iterator[str]) -> AsyncGenerator[str]:
    """`pieces`, each waited for in a thread."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
