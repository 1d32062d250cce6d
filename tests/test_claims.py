"""A model's text to claims: markers in all the forms that models write, in pieces and whole, numbered and checked."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.answer.citations import Numbering, body, citing, connective, flat, inert, of_question, place, plain, split
from assistant.types import Claim

OFFERED = ["a", "b", "c", "d"]


def numbering(*cited: str) -> Numbering:
    return Numbering(OFFERED, list(cited))


def shown(content: str) -> str:
    return numbering().number(content).text


def claims(content: str) -> list[Claim]:
    return split(content, numbering())


def streamed(pieces: list[str]) -> tuple[str, list[str]]:
    """What a reader sees of a text that comes in pieces, and the papers in the order of their numbers."""
    numbers = numbering()
    return "".join([*map(numbers.feed, pieces), numbers.rest()]), numbers.cited


# Markers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("Tea [2].", "Tea [1].", id="before the stop"),
        pytest.param("Tea. [2]", "Tea. [1]", id="behind the stop"),
        pytest.param("Tea.[2]", "Tea.[1]", id="without a blank"),
        pytest.param("Tea [3][1].", "Tea [1][2].", id="in a row"),
        pytest.param("Tea [3, 1].", "Tea [1][2].", id="comma"),
        pytest.param("Tea [3; 1].", "Tea [1][2].", id="semicolon"),
        pytest.param("Tea [2-4].", "Tea [1][2][3].", id="range"),
        pytest.param("Tea [2\u20134].", "Tea [1][2][3].", id="range with an en dash"),
        pytest.param("Tea [1, 3-4].", "Tea [1][2][3].", id="number and range"),
        pytest.param("Tea [4-2].", "Tea [1][2].", id="range backwards: its two ends"),
        pytest.param("Tea [^4].", "Tea [1].", id="footnote"),
        pytest.param("Tea\u30104\u2020source\u3011.", "Tea[1].", id="lenticular"),
        pytest.param("Tea \u30104\u2020L5-L9\u3011\u30102\u3011.", "Tea [1][2].", id="lenticular, with lines"),
        pytest.param("Tea [4, 4].", "Tea [1].", id="twice the same"),
        pytest.param("Tea [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4].", "Tea [1][2][3][4].", id="long"),
        pytest.param("In 1999 [1999] it was [x] and [2.5] or [a1].", "In 1999 [1999] it was [x] and [2.5] or [a1].", id="none"),
        pytest.param(
            "Values in [0, 1] or [0; 2] or [-1, 1] or [0.5, 1].",
            "Values in [0, 1] or [0; 2] or [-1, 1] or [0.5, 1].",
            id="intervals",
        ),
        pytest.param("Tea [1,\n2].", "Tea [1,\n2].", id="broken over lines"),
    ],
)
def test_a_marker_in_any_form_becomes_one_in_brackets(written: str, expected: str) -> None:
    assert shown(written) == expected
    assert streamed([*written])[0] == expected


def test_papers_are_numbered_in_the_order_of_their_first_citation() -> None:
    found = claims("Tea [3]. Bees [1]. Tea and bees [1][3]. Wax [4].")
    assert [claim.sources for claim in found] == [(1,), (2,), (2, 1), (3,)]
    numbers = numbering("d")
    assert [claim.sources for claim in split("Tea [3]. Wax [4].", numbers)] == [(2,), (1,)]
    assert numbers.cited == ["d", "c"]


def test_a_paper_keeps_its_number() -> None:
    cited = ["x"]
    assert [place(paper, cited) for paper in ("y", "x", "y")] == [2, 1, 2]


@pytest.mark.parametrize(
    ("written", "expected", "invented"),
    [
        pytest.param("Tea [9].", "Tea.", (9,), id="alone"),
        pytest.param("Tea [2, 9] is hot.", "Tea [1] is hot.", (9,), id="beside a true one"),
        pytest.param("Tea [9] is [7] hot [2][8].", "Tea is hot [1].", (9, 7, 8), id="several"),
        pytest.param("Tea [0].", "Tea.", (0,), id="from zero"),
        pytest.param("Tea [3-6].", "Tea [1][2].", (5, 6), id="part of a range"),
        pytest.param("Tea [1-900].", "Tea [1].", (900,), id="a range that none can mean"),
    ],
)
def test_a_number_that_was_not_offered_is_dropped_and_recorded(written: str, expected: str, invented: tuple[int, ...]) -> None:
    (claim,) = claims(written)
    assert (claim.shown, claim.invented) == (expected, invented)
    assert streamed([*written])[0] == expected


def test_what_looks_like_a_marker_in_a_paper_is_none() -> None:
    assert shown(inert("As in [3] and \u30104\u2020source\u3011.")) == "As in [ref 3] and [ref 4]."


# Sentences


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            "Tea is hot [1]. Bees fly. [2] Wax melts.[3]",
            [("Tea is hot.", (1,)), ("Bees fly.", (2,)), ("Wax melts.", (3,))],
            id="behind, before, at once",
        ),
        pytest.param("[2] Tea is hot. Bees fly.", [("Tea is hot.", (1,)), ("Bees fly.", ())], id="in front"),
        pytest.param("Tea [1], unlike wax [2], is hot.", [("Tea, unlike wax, is hot.", (1, 2))], id="in the middle"),
        pytest.param("- Tea [1]\n- Wax [2]\n", [("Tea", (1,)), ("Wax", (2,))], id="list without stops"),
        pytest.param("1. Tea is hot [1].\n2) Wax melts [2].", [("Tea is hot.", (1,)), ("Wax melts.", (2,))], id="numbered list"),
        pytest.param("## On tea\n\nTea is **very** hot [1].", [("On tea", ()), ("Tea is very hot.", (1,))], id="heading and bold"),
        pytest.param("**Tea:** hot [1].", [("Tea: hot.", (1,))], id="bold word in front"),
        pytest.param(
            "It beats e.g. Dr. Tea by 2.5 points [1]. Wax, vs. tea, melts [2].",
            [("It beats e.g. Dr. Tea by 2.5 points.", (1,)), ("Wax, vs. tea, melts.", (2,))],
            id="stops that end nothing",
        ),
        pytest.param(
            "Tea is hot.\n[1]\nWax melts.\n\n[2][3]", [("Tea is hot.", (1,)), ("Wax melts.", (2, 3))], id="on a line of its own"
        ),
        pytest.param("Tea is hot [1].\nNot covered: wax.", [("Tea is hot.", (1,)), ("Not covered: wax.", ())], id="not covered"),
        pytest.param(
            "Tee ist 80 °C heiß [1]. Doctors sip 茶 [2].", [("Tee ist 80 °C heiß.", (1,)), ("Doctors sip 茶.", (2,))], id="Unicode"
        ),
    ],
)
def test_a_text_is_split_into_sentences_with_what_they_cite(written: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(claim.text, claim.sources) for claim in claims(written)] == expected


def test_white_space_and_list_marks_stand_before_a_claim() -> None:
    found = claims("Tea:\n\n- hot [2]\n- wet [9]")
    assert [(claim.lead, claim.shown) for claim in found] == [("", "Tea:"), ("\n\n- ", "hot [1]"), ("\n- ", "wet")]


@pytest.mark.parametrize("written", ["", " \n", "[9]", "[1]", "[1][2]\n[3]", "-"])
def test_a_text_without_words_holds_no_claim_with_words(written: str) -> None:
    found = claims(written)
    assert [claim.text for claim in found if re.search(r"\w", claim.text)] == []
    assert "".join(claim.lead + claim.shown for claim in found) == shown(written).rstrip()


@pytest.mark.parametrize("rule", ["====", "=", "---", "= = =", "* * *", "~~~~", "\u2014\u2014", "\u2550\u2550", "<hr/>"])
def test_a_line_under_a_heading_and_a_rule_go(rule: str) -> None:
    found = body(split(f"Tea at a glance\n{rule}\n\nTea is hot [1].\n{rule}\nBees fly [1].", numbering()))
    assert [claim.shown for claim in found] == ["Tea at a glance", "Tea is hot [1].", "Bees fly [1]."]


@pytest.mark.parametrize("sign", ["!", "- !", "...", "- \u2026", "\u00bf\u2014 !", "* ?!", "![1]", "[1] !"])
def test_a_line_of_signs_alone_is_no_claim(sign: str) -> None:
    found = body(split(f"Tea is hot [1].\n{sign}\nBees fly [1].\n{sign}", numbering()))
    assert [claim.text for claim in found] == ["Tea is hot.", "Bees fly."] and "\n" in found[1].lead
    assert body(split(sign, numbering())) == []


def test_an_image_is_one_claim_and_signs_of_code_and_formulas_stay() -> None:
    found = body(split("Tea is hot [1].\n![tea](tea.png)\nSee ![a cup](cup.png) here [1].", numbering()))
    assert [claim.text for claim in found] == ["Tea is hot.", "![tea](tea.png)", "See ![a cup](cup.png) here."]
    lines = ["$$", "x = 5", "$$", "```js", "f(x) {", "}", "```", "Tea is hot."]
    assert [claim.text for claim in body(split("\n".join(lines), numbering()))] == [
        "$$",
        "x = 5",
        "$$",
        "f(x) {",
        "}",
        "Tea is hot.",
    ]


def test_a_hundred_markers_are_read() -> None:
    written = "Tea " + "".join(f"[{number}]" for number in range(1, 101)) + "."
    (claim,) = claims(written)
    assert claim.sources == (1, 2, 3, 4)
    assert claim.invented == tuple(range(5, 101))
    assert claim.shown == "Tea [1][2][3][4]."
    assert streamed([*written])[0] == claim.shown


# What always holds

BITS = st.sampled_from(
    [
        "[1]",
        "[4]",
        "[9]",
        "[1, 2]",
        "[2-4]",
        "[^3]",
        "\u30102\u2020x\u3011",
        "[",
        "]",
        "\u3010",
        "1",
        ", ",
        "0",
        "-",
        "\u2013",
        " ",
        "  ",
        "\n",
        "\t",
        ".",
        ". ",
        "! ",
        "Tea",
        "Bees fly",
        "\n- ",
        "\n1. ",
        "\n# ",
        "**",
        ":",
        "(",
        ")",
        "\u00e9",
        "茶",
        "\u2020",
        "e.g. ",
        "^",
        "\r\n",
        "\u00a0",
    ]
)
TEXTS = st.lists(BITS, max_size=30).map("".join) | st.text(max_size=60)


@given(TEXTS, st.data())
def test_pieces_give_the_same_as_the_whole(content: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=10)))
    pieces = [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    whole = numbering()
    assert streamed(pieces) == (whole.number(content).text, whole.cited)


@given(TEXTS)
@example("Tea.\n [9] Bees")
@example("- [9] Bees")
@example("\t[9]\n[1]")
@example("- \n[9]")
@example("|")
def test_the_claims_put_together_are_the_text_that_was_shown(content: str) -> None:
    content = content.strip()  # as replies are
    numbers = numbering()
    found = split(content, numbers)
    text, cited = streamed([*content])
    put_together = "".join(claim.lead + claim.shown for claim in found).rstrip()
    assert put_together == text.rstrip() or not (found or any(map(str.isalnum, text)))  # a reply of signs alone has no claim
    assert numbers.cited == cited
    assert {number for claim in found for number in claim.sources} == set(range(1, len(cited) + 1))
    assert all(claim.text == plain(claim.shown) and claim.shown == claim.shown.strip() for claim in found)


MARKS = st.text(alphabet="[]\u3010\u3011\u2020^0123, ;-\u2013 x.", max_size=40)


@pytest.mark.parametrize(
    ("written", "expected", "invented"),
    [
        pytest.param("Tea [1[99], 2].", "Tea [1][2].", (99,), id="in a list"),
        pytest.param("Tea [[2]].", "Tea [1].", (), id="doubled"),
        pytest.param("Tea [99[1]].", "Tea [1].", (99,), id="a true one in another"),
        pytest.param("Tea [9[9[9[2]]]].", "Tea [1].", (9, 9, 9), id="deep"),
        pytest.param("Tea [1\u301099\u3011, 2].", "Tea [1][2].", (99,), id="of another kind"),
        pytest.param("Tea [1\u301099\u2020source\u3011].", "Tea [ref 1].", (99,), id="that leaves another behind"),
        pytest.param("Tea [2 [1].", "Tea [1][2].", (), id="not closed"),
    ],
)
def test_markers_inside_markers_are_read(written: str, expected: str, invented: tuple[int, ...]) -> None:
    (claim,) = claims(written)
    assert (claim.shown, claim.invented) == (expected, invented)
    assert streamed([*written])[0] == expected


@given(MARKS, st.data())
@example("[1[99], 2]", None)
@example("[1\u301099\u2020x\u3011]", None)
def test_of_any_text_of_brackets_digits_and_commas_each_marker_leads_somewhere(content: str, data: st.DataObject | None) -> None:
    numbers = numbering()
    found = split(content, numbers)
    known = range(1, len(numbers.cited) + 1)
    for claim in found:
        assert set(claim.sources) <= set(known)
        left = citing(claim, claim.sources[:1])
        for shown in (claim, left):
            assert all(f"[{number}]" in shown.shown for number in shown.sources)
            assert {int(number) for number in re.findall(r"\[(\d{1,3})\]", shown.shown)} == set(shown.sources)
        assert not re.search(r"\[[1-9]\d?\]", plain(claim.shown))
    assert flat(flat(content)) == flat(content)
    if data:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=5)))
        pieces = [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
        whole = numbering()
        assert streamed(pieces) == (whole.number(content).text, whole.cited)


@given(TEXTS)
def test_each_marker_left_names_an_offered_paper(content: str) -> None:
    numbers = numbering()
    text = numbers.number(content).text
    assert len(numbers.cited) == len(set(numbers.cited))
    for marker in re.findall(r"(?<!\[)\[(\d{1,3})\]", text):
        assert 1 <= int(marker) <= len(numbers.cited)


@pytest.mark.slow
def test_a_huge_text_is_read_in_the_end() -> None:
    for content in ("Tea is hot [1]. " * 20_000, "[" * 100_000, " " * 100_000 + "x", "[1" * 30_000, "[1, " * 20_000):
        numbers = numbering()
        for at in range(0, len(content), 50):
            numbers.feed(content[at : at + 50])
        numbers.rest()
        split(content, numbering())


# What needs a source


@pytest.mark.parametrize(
    "claim",
    ["In short:", "To sum up,", "Answer", "## Summary", "**Answer:**", "Here is the answer:", "Finally:", "", "---", "...", "| |"],
)
def test_a_connective_says_nothing(claim: str) -> None:
    assert connective(claim)


@pytest.mark.parametrize(
    "claim",
    [
        *("Both papers address this.", "LeanDojo offers this:", "Yes.", "No!", "Sure!", "Of course.", "So it is.", "Not in short:"),
        *("LeanDojo was retracted for fraud:", "Fraud!", "Is it fraud?", "Isabelle.", "It needs 96 GPUs.", "12", "In short: no"),
        *("LeanDojo不提供任何数据和模型。", "不", "| LeanDojo | proofs |", "\u2713", "\U0001f44d", "\u274c In short:", "\u200b"),
        *("Not covered: fraud.", "The paper says otherwise:", "Quotes only:", "Answer: fraud", "The answer is no", "in short" * 2),
    ],
)
def test_all_else_needs_a_source(claim: str) -> None:
    assert not connective(claim)


@given(st.lists(st.sampled_from("in short the answer is no not yes LeanDojo fraud here it : ! . #".split()), max_size=6))
def test_no_choice_of_words_makes_a_statement_a_connective(words: list[str]) -> None:
    if not {"no", "not", "yes", "LeanDojo", "fraud"}.isdisjoint(words):
        assert not connective(" ".join(words))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("the price", "the price"),
        ("THE  price.", "the price"),
        ("a GPU's price", None),
        ("price, GPU", "GPU has, and the price"),
        ("fraud", None),
        ("the price of fraud", None),
        ("", None),
        ("not", None),
    ],
)
def test_what_a_model_says_of_the_question_is_said_in_its_words(content: str, expected: str | None) -> None:
    assert of_question(content, "Which memory a GPU has, and the price?") == expected


@given(st.text(max_size=30), st.text(max_size=40))
@example("İ", "i\u0307")
def test_what_is_said_of_the_question_is_a_slice_of_it(content: str, question: str) -> None:
    said = of_question(content, question)
    assert said is None or said in question


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("**Tea** is _hot_ [1].", "Tea is hot."),
        ("`tea` and __wax__", "tea and wax"),
        ("snake_case, 2 * 3 and a_1 * b_2 stay", "snake_case, 2 * 3 and a_1 * b_2 stay"),
    ],
)
def test_the_signs_of_markdown_are_no_part_of_a_claim(written: str, expected: str) -> None:
    assert plain(written) == expected


def test_indices_of_tex_outlive_the_removal_of_markdown() -> None:
    assert plain("It costs **$x_{i}$** and _all_ of *it_*.") == "It costs $x_{i}$ and all of it."
