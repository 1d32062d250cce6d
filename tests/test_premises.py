"""Figures that a question asserts, and numbers that only say how to answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.question.how import How, how
from assistant.question.premise import premise
from assistant.types import Paper
from assistant.verify.premises import Answered, checked
from eval.judging import premises
from eval.runs import cases

ABSTRACT = (
    "BeeNet maps 96,962 hives in six countries. The 8B model finds 84.6% of swarms, ahead of the 7B model at 71.2%."
    " It runs 24x faster than BeeBase and fails on 9 of 40 hives. Training takes about 30 hours."
)
PAPER = Paper(id="b", title="BeeNet: Maps of Hives", abstract=ABSTRACT)


def answered_by(question: str, paper: Paper) -> Answered | None:
    """What `paper` says of the figures that `question` asserts."""
    read = premise(question)
    return checked(read.text, paper, polar=read.polar) if read.stated or read.polar else None


@pytest.mark.parametrize(
    ("question", "denied", "said"),
    [
        ("Does BeeNet map more than 90,000 hives?", False, "96,962"),
        ("Does BeeNet map more than 100,000 hives?", True, "96,962"),
        ("Does BeeNet map upwards of 95,000 hives?", False, "96,962"),
        ("Does the number of hives that BeeNet maps exceed 98,000 hives?", True, "96,962"),
        ("BeeNet maps 69,962 hives, doesn't it?", True, "96,962"),
        ("Is it true that BeeNet maps 96,962 hives?", False, "96,962"),
        ("Why does BeeNet map 69,962 hives?", True, "96,962"),
        ("How come BeeNet maps 69,962 hives?", True, "96,962"),
        ("Since BeeNet maps 69,962 hives, which are left out?", True, "96,962"),
        ("Does BeeNet run at least 30x faster than BeeBase?", True, "24x"),
        ("Does BeeNet run more than 20 times faster than BeeBase?", False, "24x"),
    ],
)
def test_a_figure_that_is_asserted_is_compared_with_its_bound(question: str, denied: bool, said: str) -> None:
    answered = answered_by(question, PAPER)
    assert answered is not None
    assert (answered.denied, answered.said) == (denied, said)
    assert said in ABSTRACT[answered.start : answered.end]


@pytest.mark.parametrize(
    "question",
    [
        "Give 3 findings of BeeNet.",
        "Which 40 hives does BeeNet fail on?",
        "How many hives does BeeNet map, 12 or 13?",
        "Why does the 8B model of BeeNet find swarms?",
        "Does the 9B version of BeeNet find swarms?",
        "Why does BeeNet map 96,962 hives?",
        "Why does training take 12 GPUs?",
        "Does BeeNet-40 map hives?",
        "Can you map 12 hives?",
    ],
)
def test_where_nothing_wrong_is_asserted_nothing_is_denied(question: str) -> None:
    answered = answered_by(question, PAPER)
    assert answered is None or not answered.denied


@pytest.mark.parametrize(
    ("question", "read", "rest"),
    [
        ("Give 3 findings of BeeNet.", How(count=3), "Give findings of BeeNet."),
        ("Please list me the four main results of BeeNet", How(count=4), "Please list me the main results of BeeNet"),
        ("top 5 takeaways of BeeNet", How(count=5), "takeaways of BeeNet"),
        ("In 2 sentences, what is BeeNet?", How(sentences=2), "what is BeeNet?"),
        ("Sum up BeeNet in three short sentences.", How(sentences=3), "Sum up BeeNet."),
        ("BeeNet in at most 50 words", How(words=50), "BeeNet"),
        ("A 60-word summary of BeeNet, please", How(words=60), "summary of BeeNet, please"),
        ("Give me 10 words on BeeNet", How(words=10), "Give me words on BeeNet"),
        ("What did the 2025 paper on BeeNet find?", How(), "What did the paper on BeeNet find?"),
        ("Explain BeeNet to a 10 year old.", How(), "Explain BeeNet."),
        ("I have 2 GPUs. Does BeeNet run?", How(), "Does BeeNet run?"),
        ("Does BeeNet run on my 2 GPUs?", How(), "Does BeeNet run?"),
        ("What is BeeNet? Answer in German.", How(), "What is BeeNet?"),
        ("ELI5: BeeNet", How(), "BeeNet"),
        ("tl;dr of BeeNet", How(), "BeeNet"),
    ],
)
def test_how_to_answer_is_read_and_taken_out(question: str, read: How, rest: str) -> None:
    found, left = how(question)
    assert (found.count, found.sentences, found.words, left) == (read.count, read.sentences, read.words, rest)
    assert found.said


@pytest.mark.parametrize(
    "question",
    [
        "Which 96,962 hives does BeeNet map?",
        "Does BeeNet find swarms in 2 steps?",
        "Why does BeeNet fail on 9 of 40 hives?",
        "What ImageNet top-1 does BeeNet reach?",
        "I recall a paper where 2 bees dance. Which one?",
        "How does German law see bees?",
        "3",
    ],
)
def test_numbers_about_the_paper_stay_in_the_question(question: str) -> None:
    assert how(question) == (How(), question)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sample", "seeds", "facts", "wordings"])
def test_no_question_of_the_sets_is_taken_for_one_about_how_to_answer(name: str) -> None:
    if name != "sample" and not cases.SEEDS.is_dir():
        pytest.skip("the papers of this set are not here")
    path = premises.QUESTIONS.with_name(f"{name}.jsonl")
    asked = [case.question for case in cases.load(str(path) if name in ("facts", "wordings") else name)]
    assert asked and [question for question in asked if how(question)[0].said] == []


def test_count_and_length_are_obeyed(sample: Assistant) -> None:
    def quotes(question: str) -> list[str]:
        answer = sample.ask(question)
        assert not answer.abstained
        return [claim.text for claim in answer.claims if not claim.own]

    assert len(quotes("Give 3 findings of LeanDojo.")) == 3
    assert len(quotes("Give 5 findings of LeanDojo.")) == 5
    assert len(quotes("Summarise LeanDojo in 1 sentence.")) == 1
    assert len(" ".join(quotes("Tell me about LeanDojo in 50 words")).split()) <= 50
    assert len({source.paper.id for source in sample.ask("Show me 2 papers on theorem proving").sources}) == 2


def test_yes_and_no_name_the_value_and_the_quote_follows(sample: Assistant) -> None:
    yes = sample.ask("Does LeanDojo's benchmark contain more than 90,000 theorems?")
    no = sample.ask("Does LeanDojo's benchmark contain more than 100,000 theorems?")
    assert yes.text.startswith("Yes: 96,962. We further assemble a benchmark of 96,962 theorems")
    assert no.text.startswith("No: 96,962. We further assemble a benchmark of 96,962 theorems")
    assert no.claims[0].own and no.claims[1].verdict is not None and no.claims[1].verdict.verdict == "supported"


def test_how_to_answer_is_kept_for_a_follow_up(sample: Assistant) -> None:
    first = sample.ask("Give 2 findings of LeanDojo.")
    assert first.read_as is None
    more = sample.ask("and of ToMAP?", history=[first])
    assert more.read_as is not None and "2 findings" in more.read_as


@pytest.mark.slow
def test_no_question_with_a_true_figure_or_none_is_corrected(sample: Assistant) -> None:
    """150 questions: 0 false accusations; 13 of 23 wrong figures are corrected on tune, 17 of 27 on held-out."""
    found = premises.measure(sample, premises.load())
    wrong = {key: counts["corrected"] for key, counts in found.items() if key[1] != "corrects"}
    assert not any(wrong.values()), wrong
    assert found["tune", "corrects"]["corrected"] >= 13
    assert found["held-out", "corrects"]["corrected"] >= 17
    false = [found[split, "corrects"]["confirmed"] for split in ("tune", "held-out")]
    assert false == [1, 0]


@pytest.mark.slow
def test_requests_with_numbers_accuse_nobody(seeds: Path, tmp_path: Path, models: Path) -> None:
    """30 papers of a saved page, 10 wordings."""
    (tmp_path / "models").symlink_to(models)
    with Assistant.open(tmp_path) as assistant:
        assistant.ingest(str(min(seeds.glob("*.txt"))))
        asked = premises.requests(assistant)
        outcomes = Counter(premises.outcome(assistant, question) for question in asked)
    assert len(asked) == 300
    assert outcomes["corrected"] == outcomes["confirmed"] == 0
    assert outcomes["refused"] <= 30
