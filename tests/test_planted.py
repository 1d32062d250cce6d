"""The planted pairs: a claim an abstract supports, and the same claim with one thing changed, which it does not."""

from __future__ import annotations

import json
import re
from collections import Counter

from conftest import ROOT

PAIRS = [json.loads(line) for line in (ROOT / "eval/questions/planted.jsonl").read_text("utf-8").splitlines()]
ABSTRACTS = {
    paper["title"]: paper["abstract"]
    for paper in map(json.loads, (ROOT / "assistant/sample/papers.jsonl").read_text("utf-8").splitlines())
}
LONGEST = 8
"""As many words in a row a true claim may share with its abstract: it is to be in other words."""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """Every `length` words of `text` that stand in a row."""
    of = words(text)
    return {tuple(of[i : i + length]) for i in range(len(of) - length + 1)}


def test_every_pair_is_whole_and_of_a_paper_in_the_sample() -> None:
    for pair in PAIRS:
        assert list(pair) == ["id", "title", "kind", "split", "true", "changed"]
        assert pair["title"] in ABSTRACTS, pair["id"]
        assert pair["kind"] in {"figure", "negation", "direction", "entity"}, pair["id"]
        assert pair["split"] in {"tune", "held-out"}, pair["id"]
    assert len({pair["id"] for pair in PAIRS}) == len(PAIRS)


def test_there_are_enough_pairs_of_each_kind_and_every_paper_has_some() -> None:
    kinds = Counter(pair["kind"] for pair in PAIRS)
    assert len(PAIRS) >= 300
    assert len(kinds) == 4 and min(kinds.values()) >= 60, kinds
    assert {pair["title"] for pair in PAIRS} == set(ABSTRACTS)


def test_a_paper_is_in_one_split_and_half_of_the_papers_in_each() -> None:
    tune, held_out = ({pair["title"] for pair in PAIRS if pair["split"] == split} for split in ("tune", "held-out"))
    assert not tune & held_out
    assert len(tune) == len(held_out)


def test_a_changed_claim_is_its_true_claim_but_for_a_few_words() -> None:
    claims = [pair[name].strip() for pair in PAIRS for name in ("true", "changed")]
    assert len(set(claims)) == len(claims)
    for pair in PAIRS:
        differing = Counter(words(pair["true"]))
        differing.subtract(words(pair["changed"]))
        assert sum(map(abs, differing.values())) <= 8, pair["id"]


def test_a_true_claim_is_in_other_words_than_its_abstract() -> None:
    for pair in PAIRS:
        abstract = ABSTRACTS[pair["title"]]
        assert pair["true"].rstrip(".") not in abstract, pair["id"]
        assert not runs(pair["true"], LONGEST + 1) & runs(abstract, LONGEST + 1), pair["id"]
