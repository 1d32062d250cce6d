"""A language model that judges all claims of an answer in one call, or tells how likely "yes" is; replies by a schema."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny
from endpoint import Body, Endpoint
from pipeline import opened, plays, roles
from test_local import SPENT, Server, event, played

from assistant import Answer
from assistant.config import load as load_settings
from assistant.errors import ModelError
from assistant.models import chances
from assistant.models.budget import Budget
from assistant.models.endpoint import Chat
from assistant.models.local import LocalModel
from assistant.models.prompts import load
from assistant.types import Chances, Message, Reply, Schema, Structured, Verdict, Weighing
from assistant.verify.model import Fit, Held, ModelVerifier, fit

__all__ = ["played"]
HI: list[Message] = [{"role": "user", "content": "Hi"}]
BEES = "Bees sleep at night. We film 40 bees in 3 hives."
TEA = "Tea is hot. It may cool. Wax melts."
CLAIMS = [
    Held("Hot is what tea is.", (TEA,), "On Tea"),
    Held("The bees are filmed in hives.", (BEES,), "On Bees"),
    Held("Wax and bees.", (BEES, TEA), "On Bees\nOn Tea"),
]
SCHEMA: Schema = {"type": "object", "properties": {"answerable": {"type": "boolean"}}, "required": ["answerable"]}


def chat(endpoint: Endpoint) -> Chat:
    return Chat("m", endpoint.url, timeout=10, retries=0)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    return LocalModel(tiny.make(tmp_path_factory.mktemp("tiny") / "tiny.gguf"), 2048, 1)


# Replies by a schema


def test_an_endpoint_is_sent_the_schema(endpoint: Endpoint) -> None:
    chat(endpoint).structured(HI, SCHEMA, max_tokens=9)
    (body,) = endpoint.calls
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}
    assert (body["temperature"], body["max_tokens"]) == (0, 9)


@pytest.mark.parametrize("message", ["json_schema is not supported", "'response_format.type' must be 'json_object' or 'text'"])
def test_an_endpoint_that_takes_no_schema_is_asked_for_json_then_and_from_then_on(endpoint: Endpoint, message: str) -> None:
    endpoint.script = [(400, {"error": {"message": message}})]
    model = chat(endpoint)
    for _ in range(2):
        assert model.structured(HI, SCHEMA).text == "Hello."
    assert [call["response_format"]["type"] for call in endpoint.calls] == ["json_schema", "json_object", "json_object"]


def test_an_endpoint_that_takes_no_form_at_all_is_asked_without(endpoint: Endpoint) -> None:
    endpoint.script = [(400, {"error": {"message": "unknown field response_format"}})] * 2
    model = chat(endpoint)
    for _ in range(2):
        assert model.structured(HI, SCHEMA).text == "Hello."
    forms = [call.get("response_format", {}).get("type") for call in endpoint.calls]
    assert forms == ["json_schema", "json_object", None, None]


@pytest.mark.parametrize(
    "schema", [SCHEMA, {"type": "object", "properties": {"verdict": {"enum": ["yes", "no"]}}, "required": ["verdict"]}]
)
def test_a_model_in_this_process_keeps_to_the_schema(tiny_model: LocalModel, schema: Schema) -> None:
    said = json.loads(tiny_model.structured(HI, schema, max_tokens=200).text)
    name, form = next(iter(schema["properties"].items()))
    assert said[name] in form.get("enum", [True, False])


def test_a_vocabulary_that_can_be_held_to_no_form_is_asked_without(played: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def handle(self: object, request: dict[str, Any], hear: Any) -> None:
        asked.append(request)
        if "response_format" in request:
            hear({"error": {"type": "server_error", "message": "Failed to initialize samplers: std::exception"}})
        else:
            for each in (event("{}"), event(finish="stop"), SPENT):
                hear(each)

    monkeypatch.setattr(Server, "handle_chat_completions", handle)
    assert played.structured(HI, SCHEMA).text == "{}" and len(asked) == 2


# Probabilities


def test_probabilities_are_read_in_any_spelling() -> None:
    top = [
        {"token": " Yes", "logprob": math.log(0.5)},
        {"token": "yes", "logprob": math.log(0.1)},
        {"token": "No.", "logprob": math.log(0.3)},
        {"token": "Nobody", "logprob": math.log(0.05)},
    ]
    assert chances.read([{"token": " Yes", "top_logprobs": top}], ("yes", "no")) == pytest.approx({"yes": 0.6, "no": 0.3})


@pytest.mark.parametrize(
    "tokens",
    [None, [], [{}], [{"top_logprobs": None}], [{"top_logprobs": [{"token": "maybe", "logprob": 0}]}], "x", 5]
    + [[{"top_logprobs": [{"token": "yes", "logprob": "x"}]}], [{"top_logprobs": [{"token": "yes", "logprob": float("nan")}]}]],
    ids=repr,
)
def test_what_holds_no_probability_is_none(tokens: Any) -> None:
    assert chances.read(tokens, ("yes", "no")) is None


def weighs(yes: float, no: float) -> tuple[int, object]:
    top = [{"token": "yes", "logprob": math.log(yes), "bytes": None}, {"token": " No", "logprob": math.log(no), "bytes": None}]
    token = {"token": "yes", "logprob": -0.1, "bytes": None, "top_logprobs": top}
    choice = {"index": 0, "message": {"content": "yes"}, "finish_reason": "length", "logprobs": {"content": [token]}}
    return 200, {"choices": [choice], "usage": {"prompt_tokens": 11, "completion_tokens": 1}}


def test_an_endpoint_tells_probabilities(endpoint: Endpoint) -> None:
    endpoint.script = [weighs(0.6, 0.3)]
    found = chat(endpoint).chances(HI, ("yes", "no"))
    assert found and found.of == pytest.approx({"yes": 0.6, "no": 0.3}) and found[1:] == (11, 1)
    (body,) = endpoint.calls
    assert (body["logprobs"], body["top_logprobs"], body["max_tokens"], body["temperature"]) == (True, 20, 1, 0)


@pytest.mark.parametrize("refused", [False, True])
def test_an_endpoint_without_probabilities_is_asked_once(endpoint: Endpoint, refused: bool) -> None:
    endpoint.script = [(400, {"error": {"message": "logprobs and top_logprobs are not supported"}})] if refused else []
    model = chat(endpoint)
    assert model.chances(HI, ("yes", "no")) is None
    asked = len(endpoint.calls)
    assert model.chances(HI, ("yes", "no")) is None and len(endpoint.calls) == asked


def test_a_model_in_this_process_tells_probabilities(tiny_model: LocalModel) -> None:
    letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]  # its tokens are bytes
    found = tiny_model.chances(HI, letters)
    assert found and 0 < sum(found.of.values()) <= 1 and (found.input_tokens > 0, found.output_tokens) == (True, 1)
    assert tiny_model.chances(HI, ("yes", "no")) is None


def test_calls_of_both_kinds_are_counted_and_capped(endpoint: Endpoint) -> None:
    endpoint.script = [weighs(0.6, 0.3)]
    budget = Budget(chat(endpoint), load_settings(None, ["model.price_input=1", "model.price_output=1"]).settings.model)
    assert isinstance(budget, Structured) and isinstance(budget, Weighing)
    assert budget.chances(HI, ("yes", "no"))
    budget.structured(HI, SCHEMA)
    usage = budget.usage(0)
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (2, 22, 8)


# All claims in one call


class Plain:
    """A model that only completes."""

    name = "plain"

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.asked: list[str] = []

    def complete(self, messages: list[Message], **wishes: object) -> Reply:
        self.asked.append(messages[1]["content"])
        return Reply(self.replies.pop(0), 1, 1, finished=True)


class Weighs(Plain):
    """A model that tells probabilities."""

    def __init__(self, *yes: float | None) -> None:
        super().__init__()
        self.yes = list(yes)

    def chances(self, messages: Sequence[Message], words: Sequence[str]) -> Chances | None:
        self.asked.append(messages[1]["content"])
        yes = self.yes.pop(0)
        return None if yes is None else Chances({"yes": yes, "no": 0.9 - yes}, 1, 1)


def judge(model: Any, *, weighing: bool = False) -> ModelVerifier:
    prompts = load("judge-all", ModelVerifier.together), load("support", ModelVerifier.weighing) if weighing else None
    return ModelVerifier(model, load("judge", ModelVerifier.holes), *prompts)


def judged(model: Any, claims: Sequence[Held]) -> list[Verdict]:
    """Verdicts of one call; none is missing."""
    verdicts = [verdict for verdict in judge(model).verify_all(claims) if verdict]
    assert len(verdicts) == len(claims)
    return verdicts


def said(*verdicts: tuple[int, str, list[int]]) -> str:
    return json.dumps({"verdicts": [{"claim": claim, "verdict": verdict, "sentences": on} for claim, verdict, on in verdicts]})


def test_claims_are_judged_in_one_call_with_exact_quotes() -> None:
    model = Plain(said((1, "supported", [1]), (2, "partly", [5, 4]), (3, "not supported", [])))
    one, two, three = judged(model, CLAIMS)
    assert (one.verdict, one.quote, one.text) == ("supported", "Tea is hot.", 0)
    assert (two.verdict, two.quote, [quote.quote for quote in two.further]) == (
        "partly",
        "We film 40 bees in 3 hives.",
        ["Bees sleep at night."],
    )
    assert three.verdict == "not supported"
    (asked,) = model.asked
    assert "(1 (by 1-3)" not in asked and "1 (by 1-3): Hot is what tea is." in asked and "2 (by 4-5):" in asked
    assert "3 (by 1-5): Wax and bees." in asked
    assert asked.count("Tea is hot.") == 1 and asked.count("On Tea") == 1, "a source stands there once"


def test_a_quote_lies_in_a_source_of_its_own_claim() -> None:
    model = Plain(said((1, "supported", [4]), (2, "supported", [4]), (3, "supported", [2, 4])))
    one, two, three = judged(model, CLAIMS)
    assert one.verdict == "not judged", "sentence 4 is no sentence of its source"
    assert two.quote == "Bees sleep at night." and three.quote == "It may cool." and three.text == 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("no JSON", id="prose"),
        pytest.param(said((1, "supported", [1])), id="claims left out"),
        pytest.param(said((1, "supported", [1]), (2, "supported", [4]), (2, "contradicted", [4]), (9, "supported", [1])), id="two"),
        pytest.param('{"verdicts": [{"claim": "2", "verdict": "supported", "sentences": [4]}, 5, null]}', id="odd entries"),
        pytest.param('{"verdicts": [{"claim": 1, "verdict": "supported", "sentences": [1]}', id="cut off"),
    ],
)
def test_a_claim_without_one_verdict_is_to_be_asked_about_alone(reply: str) -> None:
    first, second, third = judge(Plain(reply)).verify_all(CLAIMS)
    assert (second, third) == (None, None)
    assert (first is not None) == reply.startswith('{"verdicts": [{"claim": 1') and reply.endswith("]}") or first is None


@pytest.mark.parametrize(
    "reply",
    [
        '{"verdicts": [{"claim": 1, "verdict": "contradicted", "verdict": "supported", "sentences": [1]}]}',
        'So: [{"claim": 2, "claim": 1, "verdict": "supported", "sentences": [1]}]',
        f"{said((1, 'not supported', []))[:-1]}, {said((1, 'supported', [1]))[1:]}",
        f'{said((1, "supported", [1]))} {{"note": 1, "note": 2}}',
    ],
    ids=["verdict", "claim", "verdicts", "beside them"],
)
def test_no_claim_is_judged_by_a_reply_with_a_key_twice_in_one_object(reply: str) -> None:
    assert judge(Plain(reply)).verify_all(CLAIMS) == [None, None, None]


def test_many_claims_are_judged_in_batches() -> None:
    model = Plain(said(*((at, "partly", [1]) for at in range(1, 13))), said(*((at, "supported", [1]) for at in range(1, 9))))
    verdicts = judge(model).verify_all([Held(f"Tea is {number} times hot.", (TEA,)) for number in range(20)])
    assert len(model.asked) == 2 and len(verdicts) == 20


def test_one_claim_takes_the_prompt_for_one() -> None:
    assert judge(Plain()).verify_all(CLAIMS[:1]) == [None]


CONTRADICTED = Held("We film 60 bees in 3 hives.", (BEES,))


def test_a_contradicted_figure_is_never_outvoted() -> None:
    alone = judge(Plain('{"verdict": "supported", "sentences": [2]}')).verify(*CONTRADICTED)
    together = judged(Plain(said((1, "supported", [1]), (2, "supported", [5]))), [CLAIMS[0], CONTRADICTED])
    weighed = judge(Weighs(), weighing=True).verify(*CONTRADICTED)  # it is not asked
    assert alone.verdict == together[1].verdict == weighed.verdict == "contradicted"
    assert weighed.score is not None and weighed.score < 0.5 and weighed.reasons


# The probability of yes


def test_the_probability_decides_with_the_odds_of_the_trees() -> None:
    claim = Held("Bees are filmed in several hives.", (BEES,))
    low, high = (judge(Weighs(yes), weighing=True).verify(*claim) for yes in (0.01, 0.89))
    assert low.score is not None and high.score is not None and low.score < high.score
    assert (low.verdict != "supported", high.verdict) == (True, "supported")
    assert low.reasons and not high.reasons and high.quote == "We film 40 bees in 3 hives."


def test_what_stands_in_the_source_word_for_word_is_not_asked_about() -> None:
    model = Weighs()
    assert judge(model, weighing=True).verify("Tea is hot.", [TEA]).verdict == "supported" and not model.asked


def test_the_prompt_holds_the_sentences_that_bear_on_the_claim_in_one_fence() -> None:
    model = Weighs(0.8)
    many = " ".join(f"Sentence {number} is about nothing at all." for number in range(40))
    judge(model, weighing=True).verify("Bees are filmed\nin hives.", [f"{many} {BEES}"], "On Bees")
    (asked,) = model.asked
    assert "We film 40 bees in 3 hives." in asked and "Claim: Bees are filmed in hives." in asked and "On Bees" in asked
    assert len(asked) < 700 and asked.count("<material ") == 1


def test_a_model_that_tells_no_probability_is_asked_for_a_verdict() -> None:
    model = Weighs(None)
    model.replies = ['{"verdict": "supported", "sentences": [2]}']
    assert judge(model, weighing=True).verify("Bees are filmed in several hives.", [BEES]).verdict == "supported"


def test_the_fit_is_a_logistic_regression() -> None:
    assert Fit(0, 1, 0).score(0.8, 5) == pytest.approx(0.8)
    assert Fit(0, 1, 0.5).score(0.5, 2) == pytest.approx(1 / (1 + math.exp(-1)))
    assert 0 < Fit(0, 1, 0).score(0, 0) < Fit(0, 1, 0).score(1, 0) < 1
    assert fit().yes > 0


# In an answer


QUESTION = "How many theorems does LeanBench hold?"
SAID = "There are 98 theorems of Lean in LeanBench [LeanBench]. LeanBench was made on Mars [LeanBench]. It sings [HintZero]."


def test_an_answer_of_an_endpoint_is_judged_in_one_call(shelf: Path, endpoint: Endpoint) -> None:
    def replied(body: Body) -> str:
        assert body["response_format"]["type"] == "json_schema"
        return said((1, "supported", [2]), (2, "not supported", []), (3, "not supported", []))

    plays(endpoint, SAID, judge_all=replied, revise="NONE")
    with opened(shelf, endpoint, "answer.verifier=model", "answer.repair=false") as assistant:
        *_, answer = assistant.events(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.text == "There are 98 theorems of Lean in LeanBench [1]."
    assert answer.sources[0].quote == "LeanBench holds 98 theorems of Lean."
    assert roles(endpoint)[:2] == ["answer", "judge-all"] and "judge" not in roles(endpoint)


def test_a_model_that_cannot_be_asked_is_an_error(endpoint: Endpoint) -> None:
    endpoint.script = [404]
    with pytest.raises(ModelError):
        judge(chat(endpoint)).verify_all(CLAIMS)
