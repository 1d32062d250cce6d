"""Signs at figures, and versions behind names."""

from __future__ import annotations

import pytest

from assistant.text.signed import numbered, signed, versions
from assistant.verify.local import LocalVerifier

verifier = LocalVerifier()

SOURCE = (
    "We assemble a benchmark of 96,962 theorems for Lean 4. The prover solves 84.6% of its test set at pass@32 with Llama 2,"
    " while GPT-4 and Grok 3 solve half as many. A Gemini 2.0 Flash model needs phase II of the training on 8 GPUs."
)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("$96,962", ("$",)),
        ("≤ 84.6%", ("≤",)),
        ("<= 84.6%", ("≤",)),
        ("−84.6", ("−",)),
        ("96,962₅ x", ("₅",)),
        ("96,962⑤", ("⑤",)),
        ("10⁶ cells", ("^6",)),
        ("10^6 cells", ("^6",)),
        ("12! ways", ("!",)),
        ("at most 12%", ("≤",)),
        ("12% or more", ("≥",)),
        ("100+ tables", ("≥",)),
        ("~84.6", ()),
        ("top-5", ()),
        ("a - 5", ()),
        ("x=5", ()),
        ("at least 2 of them", ()),
    ],
)
def test_signs_at_a_number_are_read(text: str, signs: tuple[str, ...]) -> None:
    assert [each.signs for each in signed(text)] == [signs]


def test_versions_are_read_with_their_names() -> None:
    text = "GPT-4, GPT 4 and GPT4, Llama 2 and 3, phase II, Qwen2.5-VL, YOLOv5, Gemini 2.0"
    held = {("gpt", "4"), ("llama", "2"), ("llama", "3"), ("phase", "2"), ("qwen", "2.5"), ("yolo", "5"), ("gemini", "2")}
    assert held <= versions(text)
    assert [(each.word, each.number) for each in numbered("Goedel-Prover 2 and LeanDojo IV on 12B")] == [
        ("Goedel-Prover", "2"),
        ("LeanDojo", "4"),
    ]


WRONG = [
    f"We assemble a benchmark of {figure} theorems for Lean 4."
    for figure in (
        *("$96,962", "€96,962", "96,962₀", "96,962₅", "96,962⑤", "96,962$^{k}$", "$-$96,962", "$\\ge$96,962", "≤96,962", "96,962+"),
        *("96,962\\%", "96,962$\\%$", "96.962", "±96,962", "√96,962", "96,962½", "at most 96,962", "at least 96,962"),
    )
]
WRONG += [
    f"The prover solves {figure} of its test set at pass@32."
    for figure in ("≤84.6%", "≥84.6%", "$84.6%", "−84.6%", "at most 84.6%", "84.6% or more", "±84.6%")
]
WRONG += [
    "We assemble a benchmark of 96,962 theorems for Lean 3.",
    "We assemble a benchmark of 96,962 theorems for Lean III.",
    "The prover solves 84.6% of its test set with Llama 3.",
    "The prover solves 84.6% of its test set with Llama 2.5.",
    "GPT 5 and Grok 3 solve half as many.",
    "GPT-4 and Grok V solve half as many.",
    "A Gemini 2.5 Flash model needs phase II of the training on 8 GPUs.",
    "A Gemini 2.0 Flash model needs phase 3 of the training on 8 GPUs.",
]
TRUE = [
    f"We assemble a benchmark of {figure} theorems for Lean 4."
    for figure in ("96,962", "$96{,}962$", "96962", "**96,962**", "\\textbf{96,962}", "about 97,000", "~96,962", "more than 96,000")
]
TRUE += [
    f"The prover solves {figure} of its test set at pass@32."
    for figure in ("84.6%", "\\textbf{84.6\\%}", "$84.6\\%$", "84.6 percent", "about 85%", "over 84%", "at least 84%", "`84.6%`")
]
TRUE += [
    "We assemble a benchmark of 96,962 theorems for Lean4.",
    "The prover solves 84.6% of its test set with Llama-2.",
    "GPT 4 and Grok 3 solve half as many.",
    "GPT4 and Grok-3 solve half as many.",
    "A Gemini 2 Flash model needs phase 2 of the training on 8 GPUs.",
    "A Gemini 2.0 Flash model needs Phase II of the training on 8 GPUs.",
]


@pytest.mark.parametrize("claim", WRONG)
def test_a_sign_or_a_version_of_its_own_makes_another_figure(claim: str) -> None:
    assert verifier.verify(claim, [SOURCE]).verdict in ("contradicted", "not supported", "partly")


@pytest.mark.parametrize("claim", TRUE)
def test_the_same_figure_in_other_spellings_is_supported(claim: str) -> None:
    found = verifier.verify(claim, [SOURCE])
    assert found.verdict == "supported", found.reasons


def test_a_bound_that_the_source_states_in_words_holds_as_a_sign() -> None:
    source = "The response took from 120 to 180 ms, and the drift stayed at a maximum of 27% in all runs."
    assert verifier.verify("The response took at most 180 ms.", [source]).verdict == "supported"
    assert verifier.verify("The drift stayed at ≤27% in all runs.", [source]).verdict == "supported"


def test_counts_behind_a_name_are_no_versions() -> None:
    source = "The method was trained for 3 days on Ampere, and beats the baseline by 3.5 points on MATH in Kenya, with 12 nurses."
    for claim in ("On MATH 3.5 points separate the method from the baseline.", "In Kenya 12 nurses took part with the method."):
        reasons = verifier.verify(claim, [source]).reasons
        assert not any(reason.startswith(("MATH 3.5 is", "Kenya 12 is")) for reason in reasons)
