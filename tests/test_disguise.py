"""Disguised words are judged as a reader reads them; what no program can read is never called supported."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text import unmasked
from assistant.text.disguise import scripts, unreadable
from assistant.verify.local import LocalVerifier

ABSTRACT = (
    "Rivers carry sand to the sea. The Delta Atlas is a public map of 12,400 river mouths that combines radar images "
    "and tide gauges. It does not need field trips. Its maps are from the northern coasts."
)
TRUE = "The Delta Atlas is {}a public map of 12,400 river mouths."
verifier = LocalVerifier()
NOTS = {
    "zero-width space": "no\u200bt",
    "zero-width joiner": "n\u200do\u200dt",
    "word joiner": "n\u2060ot",
    "byte order mark": "not\ufeff",
    "soft hyphen": "no\u00adt",
    "invisible letter": "no\u3164t",
    "direction marks": "\u202dnot\u202c",
    "variation selector": "no\ufe0et",
    "stroke": "n\u0336o\u0336t\u0336",
    "slash": "n\u0338ot",
    "Cyrillic": "n\u043et",
    "all Cyrillic but one": "n\u043e\u0442",
    "Greek": "n\u03bft",
    "Armenian": "\u0578\u0585t",
    "small capitals": "\u0274\u1d0f\u1d1b",
    "full width": "\uff4e\uff4f\uff54",
    "bold": "\U0001d427\U0001d428\U0001d42d",
    "circles": "\u24dd\u24de\u24e3",
    "squares": "\U0001f17d\U0001f17e\U0001f183",
    "raised": "\u207f\u1d52\u1d57",
    "dots": "n.o.t",
    "hyphens": "N-O-T",
    "blanks": "n o t",
    "underscores": "n_o_t",
    "never": "ne\u200bver",
}


@pytest.mark.parametrize("written", NOTS.values(), ids=NOTS)
def test_a_disguised_negation_denies(written: str) -> None:
    plain = "never" if "v" in written else "not"
    assert unmasked(written).lower() == plain
    assert verifier.verify(TRUE.format(""), [ABSTRACT]).verdict == "supported"
    disguised = verifier.verify(TRUE.format(f"{written} "), [ABSTRACT])
    assert disguised.verdict not in ("supported", "partly")
    assert disguised.verdict == verifier.verify(TRUE.format(f"{plain} "), [ABSTRACT]).verdict


@pytest.mark.parametrize("sign", [*"`\u00b4\u02bc\u02b9\u2018\u2019\u201b\u2032\u05f3\uff07", ""])
def test_a_negation_with_any_apostrophe_denies(sign: str) -> None:
    claim = f"The Delta Atlas isn{sign}t a public map of 12,400 river mouths."
    assert unmasked(claim) == "The Delta Atlas isn't a public map of 12,400 river mouths."
    assert verifier.verify(claim, [ABSTRACT]).verdict not in ("supported", "partly")


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ("\u043d\u043et", "\u043d\u043et is not in the source"),
        ("\u0287ou", "\u0287ou is not in the source"),
        ("\u2260", "\u2260 is not in the source"),
        ("\u00ac", "\u00ac is not in the source"),
        ("!=", "!= is not in the source"),
        ("\U0001f6ab", "\U0001f6ab is not in the source"),
        ("\U0001f44e", "\U0001f44e is not in the source"),
        ("\u043d\u0435", "the source has no word in Cyrillic letters"),
        ("\u6ca1\u6709", "the source has no word in Cjk letters"),
    ],
)
def test_what_no_program_can_read_is_not_supported(piece: str, reason: str) -> None:
    verdict = verifier.verify(TRUE.format(f"{piece} "), [ABSTRACT])
    assert verdict.verdict not in ("supported", "partly")
    assert reason in verdict.reasons


def test_a_prefix_with_a_hyphen_denies() -> None:
    assert verifier.verify("The Delta Atlas is an un-public map of 12,400 river mouths.", [ABSTRACT]).verdict != "supported"


@pytest.mark.parametrize(
    "sentence",
    [
        "The \u0394x of IFN\u03b3 is 5 \u00b5m in the \u03bb-calculus.",
        "\u041c\u043e\u0434\u0435\u043b\u044c \u043d\u0435 \u0442\u0440\u0435\u0431\u0443\u0435\u0442.",
        "G\u00f6del\u2019s na\u00efve proof \u2014 of \u0141ukasiewicz \u2014 takes 2\u00d710\u00b3 steps.",
        "The sign \u2260 stands for x \u2209 A, and \U0001f44d for a vote.",
        "\u6a21\u578bABC\u306f\u5c0f\u3055\u3044\u3002",
        "TNF\u03b1 is n\u200bot un-stable.",
    ],
)
def test_a_sentence_of_the_source_is_supported_in_any_script(sentence: str) -> None:
    for claim in (sentence, f"{sentence} ", sentence.replace(" ", "  ", 1)):
        assert verifier.verify(claim, [f"{ABSTRACT} {sentence}"]).verdict == "supported"


def test_signs_of_papers_are_no_disguise() -> None:
    plain = "x\u00b2 \u2264 5 \u00b0C, \u00b11.2 \u00d7 10\u207b\u00b3, \u2248 \u00bd; a \u2192 b, \u221e, \u2713, \u00a9"
    assert unmasked(plain) == plain
    assert unreadable(plain) == ()
    assert unreadable("The 10 \u00b5m of IFN\u03b3") == ()
    assert scripts("The \u03bb of G\u00f6del") == frozenset()


@given(st.text(max_size=80))
def test_nothing_unseen_is_left_of_any_text(text: str) -> None:
    plain = unmasked(text)
    assert not any(unicodedata.category(char) in ("Cf", "Me") for char in plain)
    assert all(word in plain for word in unreadable(plain))
