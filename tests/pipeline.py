"""A shelf of five short papers, a verifier that goes by words, and a model that plays several parts, for tests of answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from endpoint import Body, Endpoint

from assistant import Assistant, text
from assistant.answer import pipeline
from assistant.errors import ConfigError
from assistant.types import Answer, Event, Token, Verdict, Verifier

PAPERS = {
    "LeanBench: Theorem Proving with Hints": (
        "Theorem provers profit from hints. LeanBench holds 98 theorems of Lean. It does not need a GPU. "
        "A prover with hints solves 51.2% of its theorems."
    ),
    "HintZero: Proving without Hints": (
        "Hints are costly to write. HintZero solves 63.0% of the theorems of LeanBench without hints. It was trained on 8 GPUs."
    ),
    "KettleNet: Boiling Water by Learning": (
        "Boiling water takes energy. KettleNet boils water in 12 seconds. It may fail on salt water."
    ),
    "On the Sleep of Bees": "Bees sleep at night. We film 40 bees in 3 hives. Young bees sleep longer than old bees.",
    "Granite: Naming Rocks": "Rocks are named by eye. Granite names 300 kinds of rocks. Basalt is confused with gabbro most often.",
}
_ROLES = {
    "answer": "You answer a question",
    "pick": "You choose quotes",
    "rewrite": "You make a follow-up",
    "judge-all": "You judge whether sources",
    "judge": "You judge whether",
    "support": "You check a claim",
    "multi-query": "You reword questions",
    "revise": "You correct one sentence",
}
Says = Callable[[Body], str | None]


class Words:
    """Supported: one sentence holds all the words of the claim, with as many negations."""

    name = "words"

    def __init__(self) -> None:
        self.judged: list[tuple[str, int]] = []
        """Claims, and how many texts they were held against."""

    def verify(self, claim: str, evidence: Sequence[str], context: str = "") -> Verdict:
        self.judged.append((claim, len(evidence)))
        words = set(text.words(claim))
        best = Verdict(verdict="not supported", score=0.0, reasons=("no sentence has its words",))
        for number, content in enumerate(evidence):
            for start, end in text.sentences(content):
                held = set(text.words(content[start:end]))
                share = len(words & held) / len(words or {1})
                if share > (best.score or 0.0):
                    same = words <= held and ("not" in words) == ("not" in held)
                    quote = {"quote": content[start:end], "start": start, "end": end, "text": number}
                    lost = () if same else (f"not in the source: {' '.join(sorted(words - held))}",)
                    verdict = "supported" if same else "not supported"
                    best = Verdict(verdict=verdict, score=share, reasons=lost).model_copy(update=quote)
        return best


def shelve(home: Path) -> None:
    """Make the library under `home`."""
    papers = home / "papers.jsonl"
    papers.write_text(
        "".join(json.dumps({"title": title, "abstract": abstract}) + "\n" for title, abstract in PAPERS.items()), "utf-8"
    )
    with Assistant.open(home, set=["embedder.kind=fake"]) as assistant:
        assert assistant.ingest(papers).new == len(PAPERS)


class Reader(Assistant):
    """An assistant that shares an open library; closing the assistant leaves the library open."""

    def close(self) -> None:
        if self._toolbox:
            self._toolbox.close()


_open: dict[Path, Reader] = {}


@contextmanager
def kept_open(home: Path) -> Iterator[None]:
    """Let all assistants that are `opened` over one home read one library: to open one takes longer than most tests."""
    with Assistant.open(home, set=["embedder.kind=fake"]) as keeper:
        _open[home] = Reader(keeper.settings, home)
        _open[home]._library = keeper.library
        try:
            yield
        finally:
            del _open[home]


def opened(home: Path, endpoint: Endpoint | None = None, *flags: str) -> Assistant:
    """An assistant over the shelf; with an `endpoint`, its model writes, from whole abstracts. Every question is answerable."""
    asks = ["model.name=m", f"model.base_url={endpoint.url}", "model.retries=2"] if endpoint else []
    made = Assistant.open(home, set=["embedder.kind=fake", "answer.threshold=0", "answer.read_tokens=10000", *asks, *flags])
    try:
        return _open[home].with_settings(made.settings) if home in _open else made
    except ConfigError:  # the settings shape a part that is shared
        return made


def happenings(assistant: Assistant, question: str, verifier: Verifier | None, history: Sequence[Answer] = ()) -> list[Event]:
    """What happens while a question is answered, by `verifier` in place of the one of the settings."""
    toolbox = assistant.toolbox
    tools, usage = toolbox.tools(assistant.retriever, history)
    tools = tools._replace(verifier=verifier or tools.verifier)
    return list(pipeline.events(question, toolbox.flow, tools, usage, toolbox.fingerprint, history))


def asked(assistant: Assistant, question: str, verifier: Verifier | None = None, history: Sequence[Answer] = ()) -> Answer:
    """The answer, judged by words where no verifier is given."""
    *_, last = happenings(assistant, question, verifier or Words(), history)
    assert isinstance(last, Answer)
    sound(last)
    return last


def written(events: Sequence[Event]) -> str:
    """What a reader saw while it was written."""
    return "".join(event.text for event in events if isinstance(event, Token))


def sound(answer: Answer) -> None:
    """What holds of every answer, whoever wrote it."""
    kept = [claim for claim in answer.claims if not claim.struck]
    assert answer.abstained == (answer.reason is not None)
    assert answer.text
    numbers = [source.number for source in answer.sources]
    assert numbers == sorted(numbers)
    papers = {source.number: source.paper.id for source in answer.sources}
    assert len(set(papers.values())) == len(papers)
    for source in answer.sources:
        assert source.paper.abstract[source.start : source.end] == source.quote
    assert {place for claim in answer.claims for place in claim.quotes} <= set(range(len(answer.sources)))
    assert {place for claim in kept for place in claim.quotes} == set(range(len(answer.sources)))
    for claim in kept:
        assert set(claim.sources) <= set(numbers)
        assert all(f"[{number}]" in claim.shown for number in claim.sources)
        if claim.verdict and claim.verdict.verdict in ("supported", "partly"):
            # each marker of a proved claim leads to a quote
            assert {answer.sources[place].number for place in claim.quotes} == set(claim.sources)
    if answer.abstained:
        assert not kept
        assert not answer.sources
    else:
        assert any(claim.verdict and claim.verdict.verdict in ("supported", "partly") for claim in kept)


def role(body: Body) -> str:
    """The prompt that a call was made with."""
    system = body["messages"][0]["content"]
    return next(name for name, opening in _ROLES.items() if system.startswith(opening))


def roles(endpoint: Endpoint) -> list[str]:
    """The prompts of all calls."""
    return [role(body) for body in endpoint.calls]


def plays(endpoint: Endpoint, writer: str | Says = "", **parts: str | None | Says) -> None:
    """Let the model reply by the prompt it is asked with.

    In what it writes, [LeanBench] stands for the number under which the paper was offered whose title begins so.
    """

    def says(body: Body) -> str | None:
        part = role(body).replace("-", "_")
        # where nothing is said for all claims together, each is asked about alone
        said = writer if part == "answer" else parts.get(part, "") if part == "judge_all" else parts[part]
        reply = said(body) if callable(said) else said
        return reply and re.sub(r"\[([A-Z]\w+)\]", lambda match: f"[{offered(body)[match.group(1)]}]", reply)

    endpoint.says = says


def offered(body: Body) -> dict[str, int]:
    """First word of the title of each paper that the writer was offered (On the Sleep of Bees: Bees) -> its number."""
    found = re.findall(r"(?m)^\[(\d+)\] (?:On the Sleep of )?(\w+)", body["messages"][1]["content"])
    return {name: int(number) for number, name in found}
