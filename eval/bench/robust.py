"""What becomes of the answers where passages, library or texts are changed, but not the system.

- Passages shuffled: an answer should not hang on the order in which the same passages come.
- Distractors: other papers until they are 30, 60 and 90 % of the library. Papers that hold the key facts of a question, or share a
  name with a question without an answer, are left out, as they might answer it.
- Remapped: names and figures are spelled anew, in the same way in the papers, the questions and the gold. An answer that follows
  the text is as right as before; one that follows memory is not.
- Swapped: each title keeps its place, but under it stands the abstract of an unrelated paper. The answer must be another one, or
  be refused.
- Hostile papers: abstracts that attack their reader (`eval.bench.hostile`) stand beside those of the library. The answers should
  stay the same, and none may say what an attack wants.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from assistant import Assistant, text
from assistant.answer.draft import Tools
from assistant.errors import ConfigError
from assistant.question.read import Question
from assistant.search.retriever import Found, Retriever
from assistant.types import Verifier
from eval.bench import faults, hostile, scale
from eval.bench.faults import Altered
from eval.bench.hostile import Hostile
from eval.runs import cases, scores, stats, suite
from eval.runs.cases import Case, Split
from eval.runs.concurrency import Progress
from eval.runs.gate import table
from eval.runs.run import Line, run
from eval.runs.suite import Suite

SHARES = (0.3, 0.6, 0.9)
"""Of the library, that are distractors."""
HOSTILE: Split = "held-out"
"""The hostile papers that are added: those that the defence was not tuned on, as nothing is chosen by what comes out."""
_SHOWN = ("decision", "key facts", "MRR", "citation recall", "faithfulness")
_SWAPPED = 0.5
"""Share of the words of made distractors that are replaced: enough that no sentence of the sample is left whole."""
_LETTERS = str.maketrans("aeioubcdfghjklmnpqrstvwxzAEIOUBCDFGHJKLMNPQRSTVWXZ", "eiouadcfbhgkjmlpnrqtsvxzwEIOUADCFBHGKJMLPNRQTSVXZW")
_DIGITS = str.maketrans("123456789", "468953712")
_NAME = re.compile(r"[A-Za-z]+")
_CAMEL = re.compile(r"[A-Za-z]*[a-z][A-Za-z]*[A-Z][A-Za-z]*|[A-Z]{2,}[a-z]{2,}")
"""Names that somebody made up, such as LeanDojo. Acronyms stay: texts spell them out."""


class Text(NamedTuple):
    """A paper as it is taken in."""

    title: str
    abstract: str


Add = Callable[[Sequence[Text]], None]


class Shuffled(Altered):
    """A retriever that gives what it finds in a random order, the same for the same question."""

    def __init__(self, whole: Retriever, seed: int = 0) -> None:
        super().__init__(whole)
        self._seed = seed

    def altered(self, question: Question, found: Found) -> Found:
        """In another order."""
        hits = list(found.hits)
        random.Random(zlib.crc32(f"{self._seed} {question}".encode())).shuffle(hits)
        return found._replace(hits=hits)


def shuffled(tools: Tools) -> Tools:
    """The passages come in a random order."""
    return tools._replace(retriever=Shuffled(tools.retriever))


class Remap:
    """Spells the names and figures of some texts anew: letter by letter and digit by digit, so that the same stay the same."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._names = {name.casefold() for content in texts for name in _NAME.findall(content) if _CAMEL.fullmatch(name)}

    def __call__(self, content: str) -> str:
        """`content`, spelled anew; a name that is written in small letters or with a slip is one too."""
        return _NAME.sub(self._name, content).translate(_DIGITS)

    def _name(self, match: re.Match[str]) -> str:
        word = match.group()
        return word.translate(_LETTERS) if word.casefold() in self._names or _CAMEL.fullmatch(word) else word

    def case(self, case: Case) -> Case:
        """A question with its gold, spelled anew."""
        gold, facts = tuple(map(self, case.gold)), tuple(map(self, case.facts))
        return case.model_copy(update={"question": self(case.question), "gold": gold, "facts": facts})


def distractors(base: Sequence[Text], asked: Sequence[Case], count: int, pages: Sequence[Text]) -> list[Text]:
    """`count` papers beside `base`, out of `pages`, then made ones; none that could answer a question."""
    known = {text.title_key(paper.title) for paper in base}
    names = {name.casefold() for case in asked if not case.answerable for name in text.names(case.question)}
    facts = [[_folded(fact) for fact in case.facts] for case in asked if case.facts]
    chosen: list[Text] = []
    for paper in _stream(pages, count):
        key, content = text.title_key(paper.title), f"{paper.title} {paper.abstract}"
        held, mentioned = _folded(content), {name.casefold() for name in text.names(content)}
        if key in known or names & mentioned or any(all(fact in held for fact in own) for own in facts):
            continue
        known.add(key)
        chosen.append(paper)
        if len(chosen) == count:
            break
    return chosen


def _folded(content: str) -> str:
    return " ".join(text.fold(content).split())


def _stream(pages: Sequence[Text], count: int) -> Iterator[Text]:
    yield from random.Random(0).sample(pages, len(pages))
    for made in scale.papers(8 * count, swapped=_SWAPPED):
        yield Text(made["title"], made["abstract"])


class Robustness(NamedTuple):
    """What was measured."""

    rows: list[dict[str, Any]]
    """A condition each."""
    swapped: dict[str, Any]
    """What became of the answered questions whose abstracts were swapped."""
    attacked: dict[str, Any]
    """What the hostile papers brought about."""


def measure(chosen: Suite, judge: Verifier, flags: Sequence[str], threads: int, progress: Progress) -> Robustness:
    """Run the questions of a set under each condition.

    Raises:
        ConfigError: it is not known which papers the set is about.
    """
    if not chosen.files:
        raise ConfigError("robustness needs to know the papers that the set is about; name them with --papers")
    asked = chosen.questions
    base = [Text(paper.title, paper.abstract) for paper in chosen.papers]
    pages = [Text(paper.title, paper.abstract) for paper in cases.papers(*cases.pages())]
    counts = [round(len(base) * share / (1 - share)) for share in SHARES]
    others = distractors(base, asked, max(counts[-1], len(base)), pages)
    remap = Remap([f"{paper.title} {paper.abstract}" for paper in base])
    steps = iter(range(1, 100))
    total = len(SHARES) + 5

    def ran(system: Assistant, own: Sequence[Case]) -> list[Line]:
        _ = system.retriever  # loaded before threads could do so twice
        lines = run(system, own, judge, threads=threads)
        progress(next(steps), total)
        return lines

    with tempfile.TemporaryDirectory() as folder:
        with _library(Path(folder), base, flags) as (assistant, add):
            plain = ran(assistant, asked)
            rows = [_row("as it is", plain, plain)]
            with faults.changed(assistant, shuffled, flags) as system:
                rows.append(_row("passages shuffled", ran(system, asked), plain))
            held = 0
            for share, count in zip(SHARES, counts, strict=True):
                add(others[held:count])
                held = count
                rows.append(_row(f"{share:.0%} of the library are distractors", ran(assistant, asked), plain))
        remapped = [Text(remap(paper.title), remap(paper.abstract)) for paper in base]
        with _library(Path(folder), remapped, flags) as (assistant, _):
            lines = ran(assistant, [remap.case(case) for case in asked])
            titles = {remap(paper.title): paper.title for paper in base}
            rows.append(_row("names and figures remapped", lines, plain, titles))
        foreign = [Text(paper.title, other.abstract) for paper, other in zip(base, others[: len(base)], strict=True)]
        with _library(Path(folder), foreign, flags) as (assistant, _):
            swapped = ran(assistant, asked)
            rows.append(_row("abstracts swapped for unrelated ones", swapped, plain))
        attackers = hostile.load(HOSTILE)
        with _library(Path(folder), [*base, *(Text(paper.title, paper.abstract) for paper in attackers)], flags) as (assistant, _):
            lines = ran(assistant, asked)
            rows.append(_row(f"hostile papers added ({HOSTILE})", lines, plain))
    return Robustness(rows, _swapped(plain, swapped), attacked(lines, attackers))


@contextmanager
def _library(folder: Path, papers: Sequence[Text], flags: Sequence[str]) -> Generator[tuple[Assistant, Add]]:
    """An assistant over `papers`, and what adds more of them."""
    file = folder / "papers.jsonl"

    def write(papers: Sequence[Text]) -> None:
        file.write_text("".join(json.dumps(paper._asdict()) + "\n" for paper in papers), "utf-8")

    write(papers)
    with suite.library(Suite("changed", [], (str(file),)), flags) as assistant:

        def add(papers: Sequence[Text]) -> None:
            write(papers)
            assistant.ingest(file)

        yield assistant, add


def _row(name: str, lines: Sequence[Line], plain: Sequence[Line], titles: dict[str, str] | None = None) -> dict[str, Any]:
    """The scores under a condition, and what differs from the answers without it; `titles`: what a changed one was before."""
    groups = stats.clusters([line.papers for line in lines])
    right = stats.interval(table(lines, ["right"])[:, 0], groups, rounds=2000)
    answerable = [line for line in lines if isinstance(line.case, Case) and line.case.answerable]
    cited = [scores.disagreement(_cited(old), _cited(new, titles)) for old, new in zip(plain, lines, strict=True)]
    row: dict[str, Any] = {"condition": name, "questions": len(lines), "failed": sum(line.outcome == "failed" for line in lines)}
    row |= {"right": right.mean, "95 %": (right.low, right.high)} if right else {"right": None, "95 %": None}
    row |= {
        "refused": _share([line.outcome == "refused" for line in answerable]),
        **{score: scores.mean([line.scores.get(score) for line in lines]) for score in _SHOWN},
        "verdicts flip": scores.churn([line.outcome for line in plain], [line.outcome for line in lines]),
        "citations differ": scores.mean(cited),
    }
    return row


def _cited(line: Line, titles: dict[str, str] | None = None) -> list[str]:
    found = [source.paper.title for source in line.answer.sources] if line.answer else []
    return [(titles or {}).get(title, title) for title in found]


def _swapped(plain: Sequence[Line], lines: Sequence[Line]) -> dict[str, Any]:
    """Of the questions that were answered with all key facts: what is said once other abstracts stand under the titles."""
    pairs = [
        (old, new)
        for old, new in zip(plain, lines, strict=True)
        if isinstance(old.case, Case) and old.case.answerable and old.outcome == "right" and new.answer
    ]
    replies = [(new.answer.text, new.answer.abstained, old) for old, new in pairs if new.answer]
    answered = [(content, old) for content, abstained, old in replies if not abstained]
    kept = [
        old.id for content, old in answered if isinstance(old.case, Case) and scores.key_fact_recall(content, old.case.facts) == 1
    ]
    return {
        "questions that were answered right": len(replies),
        "refused": _share([abstained for _, abstained, _ in replies]),
        "answered otherwise": _share([not abstained and old.id not in kept for _, abstained, old in replies]),
        "still states all key facts": _share([old.id in kept for *_, old in replies]),
        "of them": ", ".join(kept) or "none",
    }


def attacked(lines: Sequence[Line], papers: Sequence[Hostile]) -> dict[str, Any]:
    """How many answers quote one of the hostile papers, and in how many an attack of theirs stands as supported."""
    quoted: list[bool] = []
    won: list[bool] = []
    for line in lines:
        if found := line.answer:
            own = [paper for paper in papers if paper.title in _cited(line)]
            quoted.append(bool(own))
            won.append(any(hostile.outcome(paper, found, quotes=quotes).won for paper in own for quotes in (True, False)))
    return {
        "hostile papers": len(papers),
        "answers that quote one": hostile.share(quoted),
        "answers in which an attack stands as supported": hostile.share(won),
    }


def _share(values: Sequence[bool]) -> float | None:
    return scores.mean([float(value) for value in values])
