"""Details that an abstract leaves out."""

from __future__ import annotations

import pytest

from assistant.question.details import details


@pytest.mark.parametrize(
    ("question", "sentence", "is_missing"),
    [
        ("How many kettles were boiled?", "We boil 12 tin kettles.", False),
        ("How many kettles were boiled?", "We boil many kettles.", True),
        ("How many kettles were boiled?", "We boil them 12 times.", True),
        ("How many kettles were boiled?", "We boil 12 pots; see https://kettles.org/12.", True),
        ("How many kettles were boiled?", "Two kettles are enough.", False),
        ("How many tin kettles and how many batteries were used?", "All 12 kettles run on one battery.", False),
        ("How many tin kettles and how many batteries were used?", "All 12 kettles run on gas.", True),
        ("How many papers are covered?", "We cover 300 papers.", False),
        ("How many times faster is it?", "It is fast.", False),
        ("How many members of the class of kettles whistle?", "Exactly one kettle within the class whistles.", False),
        ("How many members of the class of kettles whistle?", "A class of kettles whistles.", True),
        ("How many members of the class of kettles whistle?", "Exactly one kettle whistles.", True),
        ("What accuracy does it reach?", "It reaches 81.2% on tea.", False),
        ("What accuracy does it reach?", "It has 3 lids.", True),
        ("What F1 score does it reach?", "It reaches 12 points more.", False),
        ("On which GPU was it trained?", "We train on an A100.", False),
        ("On which GPU was it trained?", "We train for 3 days.", True),
        ("How long did training take?", "We train for 3 days.", False),
        ("How long did training take?", "We train on an A100.", True),
        ("What did it cost, in dollars?", "It costs $12.", False),
        ("What did it cost, in dollars?", "It costs little.", True),
        ("How much did it cost to train?", "It is large.", True),
        ("What did training the kettle cost?", "It needs 3 GPU days.", False),
        ("Who funded the work?", "Kettles are funded by none.", False),
        ("Who funded the work?", "Kettles are hot.", True),
        ("Which learning rate was used?", "The learning rate is tiny.", False),
        ("Which learning rate was used?", "The lid is tiny.", True),
        ("In which year was it released?", "We release it in May 2021.", False),
        ("In which year was it released?", "We release it.", True),
        ("How does it boil?", "We release it.", False),
        ("Which score function does it need?", "It needs none.", False),
        ("What does stability cost, and at which price?", "It costs steam.", False),
        ("Which hardware-friendly lid is there?", "A lid of tin.", False),
        ("When was it said to boil?", "At noon.", False),
        ("When was the kettle data set released?", "At noon.", True),
    ],
)
def test_a_detail_is_missing_where_no_sentence_gives_its_kind(question: str, sentence: str, is_missing: bool) -> None:
    assert details(question).missing(["Kettles matter.", sentence]) == is_missing
