"""Settings to the tools that a question is answered with: the models that they name, their prompts, the flow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

from assistant.answer.draft import Tools
from assistant.answer.flows import FLOWS
from assistant.answer.generate import AnswerGenerator
from assistant.answer.pick import Picker
from assistant.answer.revise import Reviser
from assistant.config import Settings
from assistant.errors import ConfigError
from assistant.models import prompts
from assistant.models.budget import Budget
from assistant.models.prompts import Prompt
from assistant.question.rewrite import ModelRewriter
from assistant.search.expansion import HyDE, MultiQuery
from assistant.search.retriever import Retriever
from assistant.search.second_pass import CrossEncoder, UtilityJudge
from assistant.table.model_cells import CellWriter
from assistant.types import Answer, Expansion, LanguageModel, SecondPass, Usage, Verifier
from assistant.verify.local import LocalVerifier
from assistant.verify.model import ModelVerifier

HOLES = {
    "answer": AnswerGenerator.holes,
    "rewrite": ModelRewriter.holes,
    "hyde": HyDE.holes,
    "judge": ModelVerifier.holes,
    "judge-all": ModelVerifier.together,
    "multi-query": MultiQuery.holes,
    "pick": Picker.holes,
    "review": AnswerGenerator.holes,
    "revise": Reviser.holes,
    "support": ModelVerifier.weighing,
    "table": CellWriter.holes,
    "utility": UtilityJudge.holes,
}
"""The prompts that are shipped, and the holes that the code fills in each."""
_SECTIONS = ("embedder", "chunk", "search", "answer", "model")
"""Settings that shape an answer."""


class Toolbox:
    """Holds what is loaded once, and gives each question tools of its own, which count what it costs."""

    def __init__(self, settings: Settings, llm: LanguageModel | None = None) -> None:
        """Take the models that `settings` name, and `llm` in place of their language model.

        Raises:
            ConfigError: a setting needs a language model and none is named, or a prompt is wrong.
            ModelError: no key is set and the endpoint is OpenAI's own, or a local model cannot be loaded.
        """
        self._settings = settings
        self._llm = llm or chat(settings)
        self._within = settings.model.gguf is not None
        written_by = writer(settings, named=self._llm is not None)
        self._writes, self._picks = written_by == "model", written_by == "pick"
        self.flow = FLOWS[settings.answer.flow]
        needed = self._needed()
        if needed and self._llm is None:
            setting = next(iter(needed.values()))
            raise ConfigError(
                f"{setting} asks a language model and none is named; set model.name, and model.base_url where it is not"
                " OpenAI's, or model.gguf"
            )
        self._prompts = {name: prompts.load(name, HOLES[name]) for name in needed}
        self._cross = CrossEncoder(settings.search.second_pass_model) if settings.search.second_pass == "cross-encoder" else None
        self._guard = LocalVerifier()
        self._judge = _judge(settings, self._guard)
        shaped = [settings.fingerprint(*_SECTIONS), *(prompt.fingerprint for prompt in self._prompts.values())]
        self.fingerprint = hashlib.sha256(" ".join(shaped).encode()).hexdigest()[:12]
        """A hash of everything that shapes an answer except the library."""

    def close(self) -> None:
        """Let go of a model in this process."""
        if close := getattr(self._llm, "close", None):
            close()

    def _needed(self) -> dict[str, str]:
        """The prompts that the settings need, and the setting that does."""
        search, answer = self._settings.search, self._settings.answer
        needed: dict[str, str] = {}
        if self._writes:
            needed["answer"] = "answer.writer=model"
            if not self._within:  # small models read fewer follow-ups rightly than the rules
                needed["rewrite"] = "answer.writer=model"
            if answer.repair if answer.repair is not None else not self._within:
                needed["revise"] = "answer.writer=model"
            if self._settings.answer.flow == "looping":
                needed["multi-query"] = "answer.writer=model"
        if self._picks:
            needed["pick"] = "answer.writer=pick"
        if answer.verifier == "model":
            needed |= dict.fromkeys(("judge", "judge-all", "support"), "answer.verifier=model")
        if search.expansion != "none":
            needed[search.expansion] = f"search.expansion={search.expansion}"
        if search.second_pass == "utility":
            needed["utility"] = "search.second_pass=utility"
        return needed

    def tools(
        self, retriever: Retriever, history: Sequence[Answer] = (), *, prompt: Prompt | None = None
    ) -> tuple[Tools, Callable[[float], Usage]]:
        """The tools for one question of a conversation, and a function from the seconds that the question took to its cost.

        Args:
            retriever: the search.
            history: the answers of the conversation so far.
            prompt: the model writes by it in place of the one for answers, whose holes it has.

        Returns:
            The tools, and the function.
        """
        settings = self._settings
        if self._llm is None:
            assert self._judge is not None  # else a language model would have been needed
            return Tools(retriever, settings.answer, self._judge, self._guard, second_pass=self._cross), _free
        budget = Budget(self._llm, settings.model, sum(answer.usage.cost or 0.0 for answer in history))
        own = self._prompts
        writes = self._writes
        tools = Tools(
            retriever,
            settings.answer,
            self._judge or self._asks(budget),
            self._guard,
            expansion=self._expansion(budget),
            second_pass=self._second_pass(budget),
            generator=AnswerGenerator(budget, prompt or own["answer"], settings.model.input_tokens) if writes or prompt else None,
            picker=Picker(budget, own["pick"]) if self._picks else None,
            rewriter=ModelRewriter(budget, own["rewrite"]) if "rewrite" in own else None,
            reviser=Reviser(budget, own["revise"]) if "revise" in own else None,
            rephraser=MultiQuery(budget, own["multi-query"], settings.search.rewordings) if "multi-query" in own else None,
        )
        return tools, budget.usage

    def budget(self) -> Budget | None:
        """The language model with what it costs, for tables and reviews; None where the settings want quotes, picked or all."""
        return Budget(self._llm, self._settings.model) if self._llm and self._writes else None

    def verifier(self) -> Verifier:
        """The verifier, for a claim that belongs to no question."""
        if self._judge:
            return self._judge
        assert self._llm is not None  # or it would have been missed when this was made
        return self._asks(Budget(self._llm, self._settings.model))

    def _asks(self, model: LanguageModel) -> ModelVerifier:
        """The verifier that asks the language model: a model in this process for the probability of "yes"."""
        prompt = self._prompts
        weighing = prompt["support"] if self._within else None
        return ModelVerifier(model, prompt["judge"], prompt["judge-all"], weighing)

    def _expansion(self, model: LanguageModel) -> Expansion | None:
        match self._settings.search.expansion:
            case "none":
                return None
            case "multi-query":
                return MultiQuery(model, self._prompts["multi-query"], self._settings.search.rewordings)
            case "hyde":
                return HyDE(model, self._prompts["hyde"])

    def _second_pass(self, model: LanguageModel) -> SecondPass | None:
        if self._settings.search.second_pass == "utility":
            return UtilityJudge(model, self._prompts["utility"], self._settings.search.votes)
        return self._cross


def _free(seconds: float) -> Usage:
    return Usage(seconds=seconds)


def writer(settings: Settings, *, named: bool) -> Literal["quotes", "pick", "model"]:
    """What writes answers by the settings: `auto` depends on whether a language model is `named`, and where it runs."""
    chosen = settings.answer.writer
    if chosen != "auto":
        return chosen
    return "quotes" if not named else "pick" if settings.model.gguf is not None else "model"


def chat(settings: Settings) -> LanguageModel | None:
    """The language model that the settings name, if any."""
    model = settings.model
    if model.gguf is not None:
        from assistant.models import weights
        from assistant.models.local import LocalModel

        return LocalModel(weights.find(model.gguf), model.context, model.threads)
    if model.name is None:
        return None
    from assistant.models.endpoint import Chat

    return Chat(model.name, model.base_url, timeout=model.timeout, retries=model.retries)


def _judge(settings: Settings, local: Verifier) -> Verifier | None:
    """The verifier that needs no language model; None where the settings want the language model."""
    match settings.answer.verifier:
        case "local":
            return local
        case "entailment":
            from assistant.models import classifiers
            from assistant.verify.entailment import EntailmentVerifier

            found = classifiers.find(settings.answer.entailment_model, settings.answer.entailment_labels)
            return EntailmentVerifier(classifiers.Pairs(found, settings.embedder.threads))
        case "model":
            return None
