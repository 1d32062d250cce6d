"""Faithfulness by ragas over the answers of a saved run, to hold our own against. Runs where the group `ragas` is installed."""

# ragas is optional, so the type checker cannot see it.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUntypedBaseClass=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from assistant.errors import AssistantError, ConfigError, ModelError
from assistant.types import LanguageModel
from eval.runs import concurrency
from eval.runs.concurrency import Progress
from eval.runs.run import Line

DIFFERENCE = (
    "ragas lets the model cut an answer into statements and judge all of them in one call, yes or no, against everything it is "
    "shown (here the abstracts that the answer cites), over the verdicts that come back; ours takes the sentences of the answer as "
    "they are, has each judged by itself against the same abstracts, and gives no score where a verdict is missing."
)
"""Between the two definitions of faithfulness."""
_Form = TypeVar("_Form", bound=BaseModel)


class Crossed(NamedTuple):
    """An answer with both scores; None where there is none."""

    case: str
    ours: float | None
    ragas: float | None
    error: str = ""
    """Why ragas gave none."""


def crosscheck(lines: Sequence[Line], model: LanguageModel, threads: int, progress: Progress) -> list[Crossed]:
    """Score the answers of a run by ragas, through `model`; refusals, which claim nothing, are left out.

    Raises:
        ConfigError: ragas is not installed.
    """
    if not find_spec("ragas"):
        raise ConfigError("ragas is not installed; install it with: pip install --group ragas (or: uv pip install --group ragas)")
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # it reports each use to its makers, and reads this when it is imported
    from ragas.metrics.collections import Faithfulness

    metric = Faithfulness(llm=_asking(model))

    def score(line: Line) -> Crossed:
        ours = line.scores.get("faithfulness")
        try:
            return Crossed(line.id, ours, _value(asyncio.run(metric.ascore(**_sample(line)))))
        except AssistantError as exc:
            return Crossed(line.id, ours, None, str(exc))

    return concurrency.mapped(score, [line for line in lines if line.judged], threads, progress)


def _sample(line: Line) -> dict[str, Any]:
    """What ragas scores: the claims that ours counts, and the abstracts of the papers that the answer cites."""
    assert line.answer is not None  # or nothing of it would have been judged
    papers = {source.number: source.paper for source in line.answer.sources}.values()
    return {
        "user_input": line.answer.question,
        "response": " ".join(one.claim for one in line.judged),
        "retrieved_contexts": [f"{paper.title}. {paper.abstract}" for paper in papers] or [""],
    }


def _value(result: Any) -> float:
    value = float(result.value)
    if math.isnan(value):
        raise ModelError("ragas found no statement in the answer, or got no verdict on any")
    return value


def _asking(model: LanguageModel) -> Any:
    """What ragas calls a model, by one of ours, whose calls are kept and whose errors are one line."""
    from ragas.llms.base import InstructorBaseRagasLLM

    class Asking(InstructorBaseRagasLLM):
        """Gives forms that a language model filled in."""

        def generate(self, prompt: str, response_model: type[_Form]) -> _Form:
            """The reply as `response_model`, whose schema ragas puts into the prompt.

            Raises:
                ModelError: it is something else.
            """
            reply = model.complete([{"role": "user", "content": prompt}], temperature=0, json=True).text
            try:
                return response_model.model_validate_json(reply[reply.find("{") : reply.rfind("}") + 1])
            except ValidationError as exc:
                raise ModelError(f"{model.name} did not fill in the form of ragas ({response_model.__name__})") from exc

        async def agenerate(self, prompt: str, response_model: type[_Form]) -> _Form:
            """The same."""
            return self.generate(prompt, response_model)

    return Asking()
