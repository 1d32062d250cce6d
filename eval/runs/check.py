"""What is wrong with a question set, and how varied it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

from assistant import text
from assistant.types import Paper, Vectors
from eval.runs import scores
from eval.runs.cases import Case

RUN = 6
"""So many words in a row out of an abstract give a question away."""
SHARED = 0.4
"""A question with a smaller share of its content words in the gold papers is in other words."""
ALIKE = 0.9
"""Questions with a larger share of their content words in common are the same (Jaccard index)."""


class Checked(NamedTuple):
    """What was found."""

    problems: tuple[str, ...]
    gaps: tuple[str, ...]
    """What no question asks for: no fault of a small set, but it says nothing of that."""
    cells: dict[tuple[str, str], int]
    """Questions by scope (one paper or several) and diffusion (shared wording or other words).

    The two axes of Goldman et al. 2024 (arXiv 2407.00402): how much has to be found, and how hard it is to find.
    """
    papers: int
    """Different gold papers."""
    vendi: float
    """Effective number of different questions."""


def check(cases: Sequence[Case], papers: Sequence[Paper], vectors: Callable[[str], Vectors]) -> Checked:
    """Hold a set against the papers it is about; `vectors` embeds a question."""
    import numpy as np

    known = {paper.title: paper for paper in papers}
    problems = [] if cases else ["it holds no question"]
    problems += [f"{what}: {', '.join(ids)}" for what, ids in _repeated(cases)]
    for case in cases:
        problems += [f"{case.id}: {problem}" for problem in _problems(case, known)]
    cells = Counter((scope(case), diffusion(case, known)) for case in cases if case.gold)
    every = [(one, two) for one in ("one paper", "several") for two in ("shared wording", "other words")]
    gaps = tuple(f"no question asks for {one} in {two}" for one, two in every if not cells[one, two])
    golds = {title for case in cases for title in case.gold}
    diversity = scores.vendi(np.stack([vectors(case.question) for case in cases])) if cases else 0.0
    return Checked(tuple(problems), gaps, dict(sorted(cells.items())), len(golds), diversity)


def scope(case: Case) -> str:
    """How much has to be found for an answer."""
    return "one paper" if len(case.gold) == 1 else "several"


def diffusion(case: Case, papers: dict[str, Paper]) -> str:
    """How hard it is to find: whether the question shares its words with the papers that answer it."""
    asked = set(text.content_words(case.question))
    gold = [papers[title] for title in case.gold if title in papers]
    held = {word for paper in gold for word in text.content_words(f"{paper.title} {paper.abstract}")}
    return "other words" if len(asked & held) < SHARED * len(asked) else "shared wording"


def _repeated(cases: Sequence[Case]) -> list[tuple[str, list[str]]]:
    repeated = [id for id, count in Counter(case.id for case in cases).items() if count > 1]
    words = [(case.id, list(text.content_words(case.question))) for case in cases]
    alike = [
        f"{one} and {two}"
        for (one, first), (two, second) in combinations(words, 2)
        if (scores.disagreement(first, second) or 0.0) < 1 - ALIKE
    ]
    splits = {title: {case.split for case in cases if title in case.gold} for case in cases for title in case.gold}
    both = [title for title, own in splits.items() if len(own) > 1]
    found = {"the same id twice": repeated, "the same question twice": alike, "a gold paper in both splits": both}
    return [(what, ids) for what, ids in found.items() if ids]


def _problems(case: Case, papers: dict[str, Paper]) -> list[str]:
    gold = [papers[title] for title in case.gold if title in papers]
    abstracts = " ".join(paper.abstract for paper in gold)
    asked = text.words(case.question)
    problems = [f"no paper has the title {title!r}" for title in case.gold if title not in papers]
    problems += [f"{fact!r} is in no gold abstract" for fact in case.facts if scores.key_fact_recall(abstracts, [fact]) != 1]
    problems += [f"the question gives {fact!r} away" for fact in case.facts if scores.key_fact_recall(case.question, [fact]) == 1]
    problems += [f"the question has the words {run!r} from an abstract" for run in _runs(asked, text.words(abstracts))]
    if case.todo:
        return [*problems, f"to be filled in by a person: {', '.join(case.todo)}; what is done is taken out of its todo"]
    if case.answerable and not (case.gold and case.facts):
        problems.append("an answerable question needs gold papers and facts")
    if not case.answerable and (case.facts or bool(case.gold) != (case.type == "detail")):
        problems.append("a question without an answer has no facts, and gold only where its type is 'detail'")
    if case.type == "other-words":
        shared = set(text.content_words(case.question)) & {word for paper in gold for word in text.content_words(paper.title)}
        problems += [f"{word!r} is in the title, so these are no other words" for word in sorted(shared)]
    return problems


def _runs(asked: Sequence[str], held: Sequence[str]) -> list[str]:
    windows = {tuple(held[at : at + RUN]) for at in range(len(held) - RUN + 1)}
    return [" ".join(run) for at in range(len(asked) - RUN + 1) if (run := tuple(asked[at : at + RUN])) in windows]
