"""Figures in text: what is one, what it is worth, and when two say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text import clean
from assistant.text.figures import figures, same, stands


def read(text: str) -> list[tuple[float, str]]:
    return [(round(figure.value, 6), figure.unit) for figure in figures(clean(text))]


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        (r"12.4\%", 12.4, "%"),
        ("12.4 %", 12.4, "%"),
        ("12.4 percent", 12.4, "%"),
        ("12.4 per cent", 12.4, "%"),
        ("12.4 percentage points", 12.4, "point"),
        ("3x", 3, "x"),
        ("3 times", 3, "x"),
        ("three times", 3, "x"),
        ("threefold", 3, "x"),
        ("3-fold", 3, "x"),
        ("tripled", 3, "x"),
        (r"20$\times$", 20, "x"),
        ("1.64M", 1_640_000, ""),
        ("1.64 million", 1_640_000, ""),
        ("1,640,000", 1_640_000, ""),
        ("26, 000", 26_000, ""),
        ("two hundred", 200, ""),
        ("twenty-nine", 29, ""),
        ("half", 50, "%"),
        ("two thirds", 66.666667, "%"),
        ("four fifths", 80, "%"),
        ("a tenth of them", 10, "%"),
        ("four dozen", 48, ""),
        ("halves", 50, "%"),
        ("5 GB", 5, "GB"),
        ("5GB", 5, "GB"),
        ("24 hours", 24, "h"),
        ("10ms", 10, "ms"),
        ("8 GPUs", 8, "GPU"),
        ("4-bit", 4, "bit"),
        ("7B", 7e9, ""),
        ("the third", 3, "th"),
        ("2nd", 2, "th"),
        (".5", 0.5, ""),
    ],
)
def test_a_figure_is_read_with_its_unit(written: str, value: float, unit: str) -> None:
    assert read(f"It is {written} here.") == [(value, unit)]


@pytest.mark.parametrize(
    "name", ["GPT-4", "V2", "miniF2F", "Llama-2-7B", "top-5", "pass@32", "4o", "F1", "R1-Distill-Qwen-7B", "3D"]
)
def test_digits_in_a_name_are_no_figure(name: str) -> None:
    assert read(f"We use {name} here.") == []


def test_a_range_is_two_figures_and_a_decade_has_no_seconds() -> None:
    assert read("from 2017-2022, since the 1980s") == [(2017, ""), (2022, ""), (1980, "")]


@pytest.mark.parametrize(
    ("claim", "source", "agree"),
    [
        ("12.4%", "12.4 percent", True),
        ("12.4%", "12.5%", False),
        ("12%", "12.4%", True),
        ("13%", "12.4%", False),
        ("12.4%", "12%", False),
        ("1.6M", "1.64 million", True),
        ("1.7M", "1.64 million", False),
        ("45%", "0.45", True),
        ("5 ms", "5 s", False),
        ("2", "2.4", False),
        ("7.6 points", "7.6%", True),
        ("twice", "2x", True),
    ],
)
def test_figures_agree_when_equal_or_rounded(claim: str, source: str, agree: bool) -> None:
    (mine,), (theirs,) = figures(clean(claim)), figures(clean(source))
    assert same(mine, theirs) is agree
    assert stands(mine, [theirs]) is agree


def test_about_allows_five_percent() -> None:
    (near,), (exact,) = figures("80%"), figures("82%")
    assert not same(near, exact)
    assert same(near, exact, loosely=True)
    assert not same(near, figures("90%")[0], loosely=True)


@given(st.text(max_size=200))
def test_any_text_is_read_and_offsets_are_exact(text: str) -> None:
    end = 0
    for figure in figures(text):
        assert text[figure.start : figure.end] == figure.text
        assert end <= figure.start < figure.end
        end = figure.end


@given(st.integers(0, 10**9), st.integers(0, 3))
def test_a_figure_is_worth_what_it_says(whole: int, places: int) -> None:
    written = f"{whole / 10**places:.{places}f}"
    (figure,) = figures(f"about {written} of them")
    assert figure.value == float(written)
    assert figure.decimals == places
