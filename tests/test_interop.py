"""What LlamaIndex itself does with the assistant, and the assistant with models of LlamaIndex: small real ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core import Settings
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
    ToolCallBlock,
)
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.evaluation import FaithfulnessEvaluator, RelevancyEvaluator
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine
from llama_index.core.schema import MetadataMode
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool

from assistant import Answer, Assistant
from assistant.errors import EmptyReply, LibraryMismatch, ModelError
from assistant.llamaindex import PassageRetriever
from assistant.models.llama import LlamaEmbedder, LlamaModel

pytestmark = pytest.mark.slow

QUESTION = "How does Goedel-Prover-V2 differ from the first Goedel-Prover?"
FAR = "Who won the 1998 football world cup?"
HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]

looks_at_all = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Workflows of LlamaIndex look at every attribute of an agent, deprecated ones too, and call what they deprecate."""


class Scripted(CustomLLM):
    """Replies what it is told to, one a call, and keeps what it was asked."""

    replies: list[str | Exception] = []
    heard: list[str] = []
    raw: Any = None
    streams: bool = True

    def __init__(self, *replies: str | Exception, **data: Any) -> None:
        super().__init__(replies=list(replies), **data)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        self.heard.append(prompt)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return CompletionResponse(text=reply, raw=self.raw)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        if not self.streams:
            raise NotImplementedError
        whole = self.complete(prompt).text

        def pieces() -> CompletionResponseGen:
            for end in range(0, len(whole) + 1, 7):
                piece = whole[end : end + 7]
                yield CompletionResponse(text=whole[: end + 7], delta=piece, raw=self.raw)
            if self.replies and isinstance(self.replies[0], Exception):
                raise self.replies.pop(0)

        return pieces()


class Letters(BaseEmbedding):
    """Counts letters."""

    letters: str = "abcdefghijklmnop"
    broken: bool = False

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.broken:
            raise RuntimeError("no\nconnection")
        return [1.0 + text.lower().count(letter) for letter in self.letters]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


@pytest.fixture(autouse=True)
def no_global_models() -> Iterator[None]:
    """LlamaIndex's own defaults, OpenAI's, are never reached for."""
    yield
    assert Settings._llm is None and Settings._embed_model is None


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample, by the fake embedder."""
    folder = tmp_path_factory.mktemp("library")
    with Assistant.open(folder, set=["embedder.kind=fake"]) as a:
        a.ingest_sample()
    return folder


@pytest.fixture
def library(home: Path) -> Iterator[Assistant]:
    with Assistant.open(home, set=["embedder.kind=fake", "answer.threshold=0.2"]) as a:
        yield a


# The assistant in LlamaIndex


def test_a_retriever_gives_the_passages_of_a_search_as_nodes(library: Assistant) -> None:
    found = library.as_retriever(k=4, where={"page": "sample"}).retrieve(QUESTION)
    passages = library.search(QUESTION, 4, {"page": "sample"})
    assert [each.score for each in found] == [passage.score for passage in passages]
    for each, passage in zip(found, passages, strict=True):
        node = each.node
        assert node.id_ == f"{passage.paper.id}:{passage.start}-{passage.end}"
        assert node.ref_doc_id == passage.paper.id
        assert node.get_content() == passage.text == passage.paper.abstract[node.start_char_idx : node.end_char_idx]
        assert node.metadata == {"title": passage.paper.title, "page": "sample", "start": passage.start, "end": passage.end}
        assert "start" not in node.get_content(MetadataMode.LLM) and passage.paper.title in node.get_content(MetadataMode.LLM)
    assert [each.node_id for each in asyncio.run(library.as_retriever(k=4).aretrieve(QUESTION))] == [e.node_id for e in found]
    assert library.as_retriever(where={"page": "none"}).retrieve(QUESTION) == []


def test_a_search_does_not_block_the_event_loop() -> None:
    gate = threading.Event()

    async def both() -> None:
        async def release() -> None:
            gate.set()

        await asyncio.gather(PassageRetriever(lambda question: [] if gate.wait(5) else pytest.fail()).aretrieve("x"), release())

    asyncio.run(both())


def check(response: Response, answer: Answer) -> None:
    """The response says what the answer says."""
    assert response.response == answer.text
    assert [each.node.get_content() for each in response.source_nodes] == [source.quote for source in answer.sources]
    for each, source in zip(response.source_nodes, answer.sources, strict=True):
        assert source.paper.abstract[each.node.start_char_idx : each.node.end_char_idx] == source.quote
        assert each.node.metadata["number"] == source.number and each.score and 0 < each.score <= 1
    metadata = response.metadata
    assert metadata and metadata["confidence"] == answer.confidence and metadata["abstained"] == answer.abstained
    assert (
        metadata["match"] == answer.match and metadata["reason"] == answer.reason and metadata["fingerprint"] == answer.fingerprint
    )
    assert [each["claim"] for each in metadata["verdicts"]] == [claim.text for claim in answer.claims]
    assert all(each["verdict"] == "supported" for each in metadata["verdicts"])


@pytest.mark.parametrize("question", [QUESTION, FAR], ids=["answer", "refusal"])
def test_a_query_engine_gives_answers(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    assert answer.abstained == (question == FAR)
    engine = library.as_query_engine()
    check(engine.query(question), answer)
    check(asyncio.run(engine.aquery(question)), answer)
    assert engine.get_prompts() == {}


@pytest.mark.parametrize("question", [QUESTION, FAR], ids=["answer", "refusal"])
def test_a_query_engine_streams(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    response = library.as_query_engine(streaming=True).query(question)
    assert isinstance(response, StreamingResponse)
    pieces = list(response.response_gen)
    assert "".join(pieces) == answer.text and (answer.abstained or len(pieces) > 1)
    check(Response(answer.text, response.source_nodes, response.metadata), answer)

    async def stream() -> None:
        response = await library.as_query_engine(streaming=True).aquery(question)
        assert isinstance(response, AsyncStreamingResponse)
        assert "".join([piece async for piece in response.async_response_gen()]) == answer.text
        check(await response.get_response(), answer)

    asyncio.run(stream())


def test_a_query_engine_keeps_to_its_filter(library: Assistant) -> None:
    response = library.as_query_engine(where={"year": "1999"}).query(QUESTION)
    assert response.metadata and response.metadata["abstained"] and response.source_nodes == []


def test_a_router_calls_it(library: Assistant) -> None:
    llm = Scripted('[{"choice": 2, "reason": "papers"}]')
    tools = [
        QueryEngineTool.from_defaults(library.as_query_engine(where={"page": "none"}), "none", "Knows nothing."),
        QueryEngineTool.from_defaults(library.as_query_engine(), "papers", "Answers from papers."),
    ]
    response = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=llm), tools, llm=llm).query(QUESTION)
    assert response.response == library.ask(QUESTION).text
    assert response.metadata and response.metadata["selector_result"].ind == 1 and response.source_nodes


def test_a_router_streams_it(library: Assistant) -> None:
    llm = Scripted('[{"choice": 1, "reason": "papers"}]')
    tools = [QueryEngineTool.from_defaults(library.as_query_engine(streaming=True), "papers", "Answers from papers.")]
    response = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=llm), tools, llm=llm).query(QUESTION)
    assert str(response) == library.ask(QUESTION).text
    assert response.metadata and response.metadata["confidence"] and "selector_result" in response.metadata


@looks_at_all
def test_a_reasoning_agent_calls_it(library: Assistant) -> None:
    tool = QueryEngineTool.from_defaults(library.as_query_engine(), "papers", "Answers from papers.")
    llm = Scripted(
        f'Thought: I look it up.\nAction: papers\nAction Input: {{"input": "{QUESTION}"}}',
        "Thought: I can answer without using any more tools.\nAnswer: It scales.",
    )

    async def run() -> Any:
        return await ReActAgent(tools=[tool], llm=llm, streaming=False).run("Compare the provers.")

    reply = asyncio.run(run())
    assert str(reply) == "It scales."
    assert library.ask(QUESTION).text in llm.heard[-1]
    (call,) = reply.tool_calls
    assert call.tool_output.raw_output.source_nodes


@looks_at_all
def test_a_function_calling_agent_calls_it(library: Assistant) -> None:
    def decide(messages: Any, **options: Any) -> ChatMessage:
        if messages[-1].role == MessageRole.TOOL:
            return ChatMessage(messages[-1].content, role="assistant")
        call = ToolCallBlock(tool_call_id="1", tool_name="papers", tool_kwargs={"input": QUESTION})
        return ChatMessage([call], role="assistant")

    tool = QueryEngineTool.from_defaults(library.as_query_engine(), "papers", "Answers from papers.")
    llm = MockFunctionCallingLLM(response_generator=decide)

    async def run() -> Any:
        return await FunctionAgent(tools=[tool], llm=llm, streaming=False).run("Compare the provers.")

    assert str(asyncio.run(run())) == library.ask(QUESTION).text


@pytest.mark.parametrize("says", ["YES", "NO"])
def test_the_evaluators_of_llamaindex_read_its_response(library: Assistant, says: str) -> None:
    response = library.as_query_engine().query(QUESTION)
    for evaluator in (FaithfulnessEvaluator, RelevancyEvaluator):
        llm = Scripted(*[says] * 20)
        result = evaluator(llm=llm).evaluate_response(query=QUESTION, response=response)
        assert result.passing == (says == "YES")
        assert any(response.source_nodes[0].node.get_content() in prompt for prompt in llm.heard)


def test_an_engine_of_llamaindex_writes_over_the_retriever(library: Assistant) -> None:
    llm = Scripted("It scales.")
    engine = RetrieverQueryEngine.from_args(library.as_retriever(k=3), llm=llm)
    response = engine.query(QUESTION)
    assert str(response) == "It scales."
    assert len(response.source_nodes) == 3
    assert all(each.node.get_content() in llm.heard[0] for each in response.source_nodes)


# Models of LlamaIndex in the assistant


def test_a_language_model_of_llamaindex_writes(home: Path) -> None:
    quote = "It proves 57.6% of miniF2F under Pass@32"
    with Assistant.open(home, set=["embedder.kind=fake", "answer.threshold=0.0"]) as plain:
        own = plain.ask(QUESTION)
        papers = [passage.paper for passage in plain.search(QUESTION, 6)]
    number = next(place for place, paper in enumerate(papers, 1) if quote in paper.abstract)
    llm = Scripted(f"Goedel-Prover proves 57.6% of miniF2F under Pass@32. [{number}]")
    with Assistant.open(home, set=["embedder.kind=fake", "answer.threshold=0.0"], llm=llm) as a:
        answer = a.ask(QUESTION)
    assert answer.text == "Goedel-Prover proves 57.6% of miniF2F under Pass@32. [1]"
    assert quote in answer.sources[0].quote
    assert answer.usage.calls == 1 and answer.usage.input_tokens > 100 and answer.usage.output_tokens > 5
    assert QUESTION in llm.heard[0]
    assert answer.fingerprint != own.fingerprint


def test_a_stream_ends_with_what_was_proved(home: Path) -> None:
    llm = Scripted("The moon is made of cheese and lies 12.4 km from Paris. [1]")
    with Assistant.open(home, set=["embedder.kind=fake", "answer.threshold=0.0", "answer.repair=false"], llm=llm) as a:
        response = a.as_query_engine(streaming=True).query(QUESTION)
        written, _, checked = str(response).partition("\n\nChecked against the papers:\n\n")
    assert "cheese" in written and checked and "cheese" not in checked
    assert response.metadata and response.metadata["abstained"] and response.metadata["text"] == checked


USAGES = [
    pytest.param(None, (0, 0), id="none"),
    pytest.param({"usage": {"prompt_tokens": 11, "completion_tokens": 7}}, (11, 7), id="as OpenAI"),
    pytest.param(SimpleNamespace(usage=SimpleNamespace(input_tokens=11, output_tokens=7)), (11, 7), id="as Anthropic"),
    pytest.param({"prompt_eval_count": 11, "eval_count": 7}, (11, 7), id="as Ollama"),
]


@pytest.mark.parametrize(("raw", "spent"), USAGES)
def test_a_reply_says_what_was_counted(raw: Any, spent: tuple[int, int]) -> None:
    reply = LlamaModel(Scripted(" Hello. ", raw=raw)).complete(HELLO, temperature=0)
    assert reply.text == "Hello." and (reply.input_tokens, reply.output_tokens) == spent and reply.finished


@pytest.mark.parametrize(
    "raw",
    [{"choices": [SimpleNamespace(finish_reason="length")]}, {"stop_reason": "max_tokens"}, {"done_reason": "length"}],
    ids=["as OpenAI", "as Anthropic", "as Ollama"],
)
def test_a_reply_at_its_limit_is_not_finished(raw: Any) -> None:
    reply = LlamaModel(Scripted("Hello", raw=raw)).complete(HELLO)
    assert not reply.finished and "limit" in reply.cut


def streamed(model: LlamaModel) -> tuple[list[str], Any]:
    """The pieces and the whole reply."""
    pieces: list[str] = []
    stream = model.stream(HELLO)
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return pieces, end.value


def test_a_reply_is_streamed() -> None:
    model = LlamaModel(Scripted("Tea.", "Hello there, reader.", raw={"prompt_eval_count": 11, "eval_count": 7}))
    assert model.complete(HELLO).text == "Tea."  # of a model's first reply nothing is shown before its end
    pieces, reply = streamed(model)
    assert pieces == ["Hello t", "here, r", "eader."]
    assert reply == ("Hello there, reader.", 11, 7, True, "")


@pytest.mark.parametrize("ask", [lambda model: model.complete(HELLO), lambda model: streamed(model)[1]], ids=["whole", "streamed"])
def test_thoughts_are_no_part_of_a_reply(ask: Any) -> None:
    assert ask(LlamaModel(Scripted("<think>Who is this?</think>\nHello there."))).text == "Hello there."
    assert ask(LlamaModel(Scripted("<thin"))).text == "<thin"
    with pytest.raises(EmptyReply):
        ask(LlamaModel(Scripted("<think>Who is this?")))


def test_what_does_not_stream_comes_whole() -> None:
    pieces, reply = streamed(LlamaModel(Scripted("Hello there, reader.", streams=False)))
    assert pieces == ["Hello there, reader."] and reply.finished


def test_a_stream_that_breaks_keeps_what_came() -> None:
    pieces, reply = streamed(LlamaModel(Scripted("Hello there", RuntimeError("gone"))))
    assert "".join(pieces) == reply.text == "Hello there"
    assert not reply.finished and reply.cut.startswith("scripted (Scripted) failed (RuntimeError: gone)")


@pytest.mark.parametrize("ask", [lambda model: model.complete(HELLO), streamed], ids=["whole", "streamed"])
def test_a_failing_model_is_told_in_one_line(ask: Any) -> None:
    with pytest.raises(ModelError, match=r"^scripted .*RuntimeError: no connection") as caught:
        ask(LlamaModel(Scripted(RuntimeError("no\nconnection"))))
    assert "\n" not in str(caught.value)
    with pytest.raises(EmptyReply):
        ask(LlamaModel(Scripted(" \n")))


def test_roles_reach_the_model() -> None:
    class Chatty(Scripted):
        roles: list[str] = []

        def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
            self.roles += [message.role.value for message in messages]
            return ChatResponse(message=ChatMessage("Hello.", role="assistant"))

    llm = Chatty()
    LlamaModel(llm).complete(HELLO)
    assert llm.roles == ["system", "user"]


def test_an_embedding_of_llamaindex_ingests_and_searches(tmp_path: Path) -> None:
    with Assistant.open(tmp_path, embed_model=Letters()) as a:
        assert a.ingest_sample().new == 60
        assert a.status().embedder == "Letters unknown"
        assert a.search("LeanDojo", 1)[0].paper.title.startswith("LeanDojo")
        assert a.ask("What does LeanDojo offer?").fingerprint.endswith("-1")
    with Assistant.open(tmp_path, embed_model=Letters()) as again:
        assert again.ingest_sample().unchanged == 60
    others = [
        {"set": ["embedder.kind=fake"]},
        {"embed_model": Letters(letters="abc")},
        {"embed_model": Letters(model_name="other")},
    ]
    for other in others:
        with Assistant.open(tmp_path, **other) as a, pytest.raises(LibraryMismatch, match="Letters unknown"):
            a.search("LeanDojo")


def test_an_embedding_that_does_not_work_is_told_in_one_line(tmp_path: Path) -> None:
    with (
        Assistant.open(tmp_path, embed_model=Letters(broken=True)) as a,
        pytest.raises(ModelError, match=r"^Letters unknown failed \(RuntimeError: no connection\)"),
    ):
        a.ingest_sample()
    with pytest.raises(ModelError, match="no usable vectors"):
        LlamaEmbedder(Letters(letters=""))
