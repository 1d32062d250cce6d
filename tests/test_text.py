from __future__ import annotations

import re
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant import text
from assistant.sources import expand, read
from assistant.types import Paper

# Unicode as it comes, halves of surrogate pairs too, and strings in which stops, links and LaTeX are frequent.
ANY = st.text() | st.text(st.characters(categories=["Cs", "Mn", "Zs", "Cc", "Lu", "Ll", "Po"]))
PIECES = st.sampled_from(
    ["A model works", "it", "e.g.", "et al.", "https://a.b/c.d", "3.5", ".", "...", "?", "!", ")", '"', "}", "{", "$", "\\"]
    + [" ", "  ", "\n", "Inc.", "U.S.", "\u3000", "é", "\\'", "\\em ", "mathcal", "^", "~", "26, 000", "%"]
)
TEXTS = ANY | st.lists(PIECES).map("".join)


def cut(given_text: str) -> list[str]:
    return [given_text[start:end] for start, end in text.sentences(given_text)]


@pytest.fixture
def papers(seeds: Path) -> list[Paper]:
    files = expand([str(seeds / "*.txt")])
    return [item for file in files for item in read(file, max_line=10**6, max_file=10**9).items if isinstance(item, Paper)]


# Sentences


@given(TEXTS)
@example(". a. B")
@example("   ")
def test_sentences_are_ordered_and_disjoint_and_hold_every_character(given_text: str) -> None:
    end = 0
    for start, stop in text.sentences(given_text):
        assert end <= start < stop <= len(given_text)
        assert not given_text[end:start].strip()
        assert given_text[start:stop] == given_text[start:stop].strip()
        end = stop
    assert not given_text[end:].strip()


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        pytest.param("One thing. Another one.", ["One thing.", "Another one."], id="plain"),
        pytest.param("What? Yes! Done.", ["What?", "Yes!", "Done."], id="question and exclamation marks"),
        pytest.param("Is it so?! It is.", ["Is it so?!", "It is."], id="marks in a row"),
        pytest.param("  One. \n Two.\t", ["One.", "Two."], id="white space around"),
        pytest.param("No stop at the end", ["No stop at the end"], id="no stop"),
        pytest.param("Two provers, e.g. Lean, help. Both do.", ["Two provers, e.g. Lean, help.", "Both do."], id="e.g."),
        pytest.param("Smaller sets, i.e. Rashomon sets. End.", ["Smaller sets, i.e. Rashomon sets.", "End."], id="i.e."),
        pytest.param("Adams et al. Describe it. End.", ["Adams et al. Describe it.", "End."], id="et al."),
        pytest.param("As Fig. 3 and Eq. (2) show. End.", ["As Fig. 3 and Eq. (2) show.", "End."], id="Fig. and Eq."),
        pytest.param("Lean vs. Coq, cf. Table 2. End.", ["Lean vs. Coq, cf. Table 2.", "End."], id="vs. and cf."),
        pytest.param("Made by Acme Inc. Boston lies far. End.", ["Made by Acme Inc. Boston lies far.", "End."], id="Inc."),
        pytest.param("By J. R. Smith and Dr. Jones. End.", ["By J. R. Smith and Dr. Jones.", "End."], id="initials and Dr."),
        pytest.param("In the U.S. Army it is. End.", ["In the U.S. Army it is.", "End."], id="U.S."),
        pytest.param("It gains 3.5 points. Then 11.0 more.", ["It gains 3.5 points.", "Then 11.0 more."], id="decimals"),
        pytest.param("We beat GPT-3.5. It was hard.", ["We beat GPT-3.5.", "It was hard."], id="decimal at the end"),
        pytest.param("It is 5. However, 6 is more.", ["It is 5.", "However, 6 is more."], id="figure at the end"),
        pytest.param("A stop in v1.Net is none. End.", ["A stop in v1.Net is none.", "End."], id="version"),
        pytest.param(
            "Code: https://a.org/x.y/Z.Html. It is free.", ["Code: https://a.org/x.y/Z.Html.", "It is free."], id="link, stop"
        ),
        pytest.param("See https://aa.org/index.Html, or ask.", ["See https://aa.org/index.Html, or ask."], id="stop in a link"),
        pytest.param("See (https://a.org/b.C). It is free.", ["See (https://a.org/b.C).", "It is free."], id="link in brackets"),
        pytest.param("All is in https://a.org/b.Html", ["All is in https://a.org/b.Html"], id="link at the end"),
        pytest.param("This is our work.https://a.org/b.c.", ["This is our work.", "https://a.org/b.c."], id="link after a stop"),
        pytest.param("It has good results.The model works.", ["It has good results.", "The model works."], id="lost space"),
        pytest.param("It (the base).It works.", ["It (the base).", "It works."], id="lost space after a bracket"),
        pytest.param("Trees, graphs ... and sets. End.", ["Trees, graphs ... and sets.", "End."], id="dots inside"),
        pytest.param("All of it ... 3 of them. End.", ["All of it ... 3 of them.", "End."], id="dots before a figure"),
        pytest.param("It goes on... Then it stops...", ["It goes on...", "Then it stops..."], id="dots at the end"),
        pytest.param("It ends well .", ["It ends well ."], id="space before the stop"),
        pytest.param("It ends well. .", ["It ends well. ."], id="stray stop"),
        pytest.param("It ends well. }", ["It ends well. }"], id="stray brace"),
        pytest.param('He said "stop." They left.', ['He said "stop."', "They left."], id="stop inside quotes"),
        pytest.param("(It is so.) They left.", ["(It is so.)", "They left."], id="stop inside brackets"),
        pytest.param('It ends. "Quoted" words.', ["It ends.", '"Quoted" words.'], id="opened by a quote mark"),
        pytest.param("We use nets. iGPT wins.", ["We use nets.", "iGPT wins."], id="opened by a name in lower case"),
        pytest.param("It is sota. it is so.", ["It is sota. it is so."], id="lower case goes on"),
        pytest.param(
            "模型在三个数据集上更好。它更快!真的？是的。", ["模型在三个数据集上更好。", "它更快!真的？", "是的。"], id="Chinese"
        ),
        pytest.param("「速い。」と言う。本当！", ["「速い。」", "と言う。", "本当！"], id="Japanese, quoted"),
        pytest.param("它是新的。The model works.", ["它是新的。", "The model works."], id="Chinese, then English"),
        pytest.param("...", ["..."], id="stops only"),
        pytest.param("", [], id="empty"),
        pytest.param(" \n ", [], id="white space only"),
    ],
)
def test_a_stop_ends_a_sentence_only_where_one_ends(given_text: str, expected: list[str]) -> None:
    assert cut(given_text) == expected


def test_no_sentence_of_the_pages_is_cut_inside_a_link(papers: list[Paper]) -> None:
    links = 0
    for paper in papers:
        spans = text.sentences(paper.abstract)
        for link in re.finditer(r"https?://[^\s{}]*[^\s{}.,;)]", paper.abstract):
            links += 1
            holding = [paper.abstract[a:b] for a, b in spans if a < link.end() and b > link.start()]
            assert len(holding) == 1, (link.group(), holding)
    assert links >= 78


def test_the_abstracts_of_the_pages_fall_into_sentences_of_a_common_length(papers: list[Paper]) -> None:
    lengths = [end - start for paper in papers for start, end in text.sentences(paper.abstract)]
    assert 3000 < len(lengths) < 3500
    assert min(lengths) > 10
    assert max(lengths) < 700


# Cleaning


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        pytest.param(r"12.4\%", "12.4%", id="escaped per cent"),
        pytest.param(r"A\&B \_ \# \$", "A&B _ #", id="escaped signs"),
        pytest.param(r"B\'enard", "Bénard", id="acute"),
        pytest.param(r"Nystr\"om", "Nyström", id="umlaut"),
        pytest.param(r"Lema\^itre", "Lemaître", id="circumflex"),
        pytest.param(r"Erd\H{o}s and \v{c} and \c{c}", "Erdős and č and ç", id="accents by letter"),
        pytest.param(r"{\'e}t\'{e}", "été", id="accents in braces"),
        pytest.param("Be\u0301nard", "Bénard", id="decomposed accent"),
        pytest.param("LoRA$^2$", "LoRA^2", id="dollars"),
        pytest.param(r"\(x\) and \[y\]", "x and y", id="formula brackets"),
        pytest.param(r"{\em x}", "x", id="em"),
        pytest.param(r"{cal L}_N", "L_N", id="cal without its backslash"),
        pytest.param("mathcal{O}(n)", "O(n)", id="mathcal"),
        pytest.param(r"\mathbf{x} or mathbf x_0", "x or x_0", id="mathbf"),
        pytest.param("textit alternative", "alternative", id="textit without braces"),
        pytest.param(r"\text{max} and text{min} and \text sup", "max and min and sup", id="text as a command"),
        pytest.param("text retrieval, text-to-image, full text", "text retrieval, text-to-image, full text", id="text as a word"),
        pytest.param("11.9times faster", "11.9x faster", id="times"),
        pytest.param(r"8\times H100 and 2 × 3", "8x H100 and 2x 3", id="times with a sign"),
        pytest.param(r"32\times32 or 32times32", "32x32 or 32x32", id="times between figures"),
        pytest.param("11 timesteps", "11 timesteps", id="times inside a word"),
        pytest.param("many times", "many times", id="times as a word"),
        pytest.param("11.0 pm 1.3", "11.0 ± 1.3", id="pm"),
        pytest.param(r"3\pm1", "3 ± 1", id="pm with its backslash"),
        pytest.param("sim 17.5%", "about 17.5%", id="sim"),
        pytest.param("~10 of a~kind", "about 10 of a kind", id="tilde"),
        pytest.param(r"n \leq 3, m geq 4", "n <= 3, m >= 4", id="leq and geq"),
        pytest.param(r"n\leq3 \left \geqslant4", "n<=3 left >=4", id="leq and geq without spaces"),
        pytest.param("26, 000 and 1,234,567", "26000 and 1234567", id="figures with commas"),
        pytest.param("in 3, 4 or 5", "in 3, 4 or 5", id="list of figures"),
        pytest.param("12 percent or 3 per cent or 4 %", "12% or 3% or 4%", id="per cent"),
        pytest.param("``deep'' nets", '"deep" nets', id="TeX quotes"),
        pytest.param("“deep” ‘nets’", "\"deep\" 'nets'", id="curly quotes"),
        pytest.param("(ICL)x2013their", "(ICL) - their", id="leaked escape"),
        pytest.param("a–b—c‑d−e", "a-b-c-d-e", id="dashes"),
        pytest.param(" a\r\n\tb\u00a0c ", "a b c", id="white space"),
    ],
)
def test_latex_and_what_pages_left_of_it_becomes_plain_words(given_text: str, expected: str) -> None:
    assert text.clean(given_text) == expected


@pytest.mark.parametrize(
    "spellings",
    [
        pytest.param([r"B\'enard", "Bénard", "Be\u0301nard", "Benard", "BENARD"], id="Bénard"),
        pytest.param(["LoRA$^2$", "LoRA^2", "lora^2"], id="LoRA^2"),
        pytest.param(["26, 000", "26,000", "26000"], id="26000"),
        pytest.param(["96.7\\%", "96.7%", "96.7 percent", "96.7 %"], id="96.7%"),
        pytest.param(["Straße", "STRASSE"], id="Straße"),
        pytest.param(["ﬁne", "fine"], id="ligature"),
    ],
)
def test_spellings_of_one_thing_fold_to_one(spellings: list[str]) -> None:
    assert len({text.fold(spelling) for spelling in spellings}) == 1


_PIECES = "pm le leq times sim approx percent per cent mathbf text textbf emph x2013 TIMES 3 12 000 A a".split()
_SIGNS = [*",%'`~${}\\-.", "''", " ", "  ", "\t", "\n", "\x1c"]


@given(st.lists(st.sampled_from(_PIECES + _SIGNS), max_size=9).map("".join))
def test_plain_texts_are_cleaned_as_all_others_are(given_text: str) -> None:
    # what is no ASCII goes the long way
    assert text.clean(f"{given_text} ;é") == f"{text.clean(given_text)} ;é".strip()


@given(st.text("abcxyzABCXYZéÉüÜñß0123456789 .,;:!?()-/'", max_size=80))
def test_folding_again_changes_nothing(given_text: str) -> None:
    once = text.fold(given_text)
    assert text.fold(once) == once


def test_folding_the_pages_again_changes_nothing(papers: list[Paper]) -> None:
    for paper in papers:
        for once in (text.fold(paper.title), text.fold(paper.abstract)):
            assert text.fold(once) == once


@given(TEXTS)
def test_any_unicode_is_taken(given_text: str) -> None:
    assert text.clean(given_text) == text.clean(given_text).strip()
    assert text.fold(given_text) == text.fold(given_text).casefold()
    assert {word.casefold() for word in text.content_words(given_text)} <= set(text.words(given_text))
    assert text.title_key(given_text) == text.title_key(given_text).strip()
    assert all(name.isascii() and name.isalnum() for name in text.names(given_text))


# Each takes half a minute or far more where the time is quadratic.
@pytest.mark.parametrize(
    "given_text",
    [
        pytest.param("http://a.b/c.d " * 20_000, id="links"),
        pytest.param(" " * 400_000, id="white space"),
        pytest.param("\u00a8" * 100_000, id="signs that fold to white space"),
        pytest.param("1" * 100_000, id="figures"),
    ],
)
def test_the_longest_line_that_is_taken_in_is_done_in_seconds(given_text: str) -> None:
    began = time.perf_counter()
    text.sentences(given_text)
    text.words(given_text)
    text.names(given_text)
    text.title_key(given_text)
    assert time.perf_counter() - began < 10


# Words


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        pytest.param("The Vendi Score, a metric.", ["the", "vendi", "score", "a", "metric"], id="plain"),
        pytest.param(r"12.4\% of 3.5", ["12.4%", "of", "3.5"], id="figures keep point and per cent"),
        pytest.param("11.0 pm 1.3", ["11.0", "1.3"], id="figures around a sign"),
        pytest.param("26, 000 rows", ["26000", "rows"], id="thousands"),
        pytest.param("LoRA$^2$ or LoRA^2", ["lora2", "or", "lora2"], id="powers"),
        pytest.param("state-of-the-art x_0", ["state", "of", "the", "art", "x", "0"], id="hyphens and underscores part"),
        pytest.param("Nystr\\\"om's", ["nystrom", "s"], id="accents"),
        pytest.param("熵 entropy", ["熵", "entropy"], id="other scripts"),
        pytest.param("?! --", [], id="none"),
    ],
)
def test_words_are_those_that_are_searched_for(given_text: str, expected: list[str]) -> None:
    assert text.words(given_text) == expected


def test_content_words_leave_out_what_any_question_holds() -> None:
    assert text.content_words("What does the paper say about Text Retrieval?") == ["text", "retrieval"]
    assert text.content_words("What do they say?") == []


@pytest.mark.parametrize(
    ("given_text", "acronyms"),
    [
        pytest.param("What is IS?", ["IS"], id="an acronym"),
        pytest.param("IS", ["IS"], id="alone"),
        pytest.param("IS against HE, and IS again", ["IS", "HE"], id="each once"),
        pytest.param("WHAT IS IT?", [], id="all in capitals"),
        pytest.param("It does NOT work, OR does it?", [], id="stressed"),
        pytest.param("Is it so? He said so.", [], id="first words"),
        pytest.param("THIS-IS and RL", [], id="other words"),
    ],
)
def test_a_stop_word_in_capitals_is_an_acronym(given_text: str, acronyms: list[str]) -> None:
    assert text.capitals(given_text) == acronyms
    assert set(acronyms) <= set(text.content_words(given_text))


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        pytest.param("What is ClaPS for an LLM?", ["ClaPS", "LLM"], id="capitals"),
        pytest.param("Does V2 beat GPT-4 or 3D nets?", ["V2", "GPT", "3D"], id="capitals and figures"),
        pytest.param("LoRA$^2$", ["LoRA2"], id="power"),
        pytest.param("iPhone", ["iPhone"], id="capital inside"),
        pytest.param("The Vendi score of 42 in 2025", [], id="first capitals and figures are none"),
    ],
)
def test_names_are_told_by_their_capitals(given_text: str, expected: list[str]) -> None:
    assert text.names(given_text) == expected


# Titles


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Deep Nets: A Survey", "deep nets - a survey", id="case and quiet punctuation"),
        pytest.param("Low-Rank Maps", "Low Rank Maps", id="hyphen"),
        pytest.param("LoRA$^2$ : Multi-Scale", "LoRA^2: Multi-Scale", id="dollars and a space"),
        pytest.param("B\\'enard convection", "Bénard  convection", id="accent and spaces"),
        pytest.param("Is It So?", "“Is It So”", id="quotes and marks"),
    ],
)
def test_two_spellings_of_one_title_share_a_key(first: str, second: str) -> None:
    assert text.title_key(first) == text.title_key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("DreamFusion", "DreamFusion++", id="plus signs"),
        pytest.param("From Q", "From Q^*", id="star"),
        pytest.param("A Prover: Now", "A Prover-V2: Now", id="version"),
        pytest.param("Lectures on Knots", "Visions on Knots", id="word"),
        pytest.param("Knots 1", "Knots 2", id="figure"),
        pytest.param("熵", "熱", id="other scripts"),
    ],
)
def test_different_titles_have_different_keys(first: str, second: str) -> None:
    assert text.title_key(first) != text.title_key(second)


def test_what_is_shown_holds_nothing_that_is_obeyed() -> None:
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for char in map(chr, range(sys.maxunicode + 1)):
        obeyed = unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"
        tag = 0xE0000 <= ord(char) <= 0xE007F  # invisible letters, which only a model reads
        assert text.shown(char) == ("\ufffd" if obeyed or tag or unicodedata.bidirectional(char) in turns else char)
    assert text.harmless("a\r\nb\rc") == "a\nb\ufffdc"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Tea is ~~cold~~ hot.", ["~~cold~~"]),
        ("~~Tea. Bees.~~ Wax.", ["~~Tea. Bees.~~"]),
        ("<s>Tea</s> and <DEL class='x'>bees</DEL>", ["<s>Tea</s>", "<DEL class='x'>bees</DEL>"]),
        ("Wax.\n- <strike>Tea. Bees.", ["<strike>Tea. Bees."]),
        ("Of ~5 to ~10, or ~ 7, and Fig.~x and H~2~O", []),
        ("We put <s> before and </s> behind, and ~~~ around.", []),
        ("a ~b~ c", ["~b~"]),
        ("\\sout{Tea} is \\textbf{hot}", ["\\sout{Tea}"]),
        ("\\sout{Tea \\emph{is} hot \\cite{b}.} Wax {a}", ["\\sout{Tea \\emph{is} hot \\cite{b}.}"]),
        ("\\deleted[id=A]{Tea} \\remove{bees} \\stackrel{wax}", ["\\deleted[id=A]{Tea}", "\\remove{bees}"]),
        ("{--Tea--} costs 3{--}5 or 4{--}6", ["{--Tea--}"]),
        ("~~Tea\n\nis hot~~ wax. <s>Bees\n\nfly</s>", ["~~Tea", "<s>Bees\n\nfly</s>"]),
        ("\\~~Tea~~ and \\{a\\} b", []),
        ("T\u0336e\u0336a\u0336 is hot", ["T\u0336e\u0336a\u0336 "]),
    ],
)
def test_what_is_struck_through_is_found(written: str, found: list[str]) -> None:
    assert [written[start:end] for start, end in text.struck(written)] == found


def test_a_long_text_of_marks_is_read_in_linear_time() -> None:
    start = time.process_time()
    for run in ("~~a ", "<s>a ", "</s>", "\\st{a", "~", "<p line-through>", "a\u0336", "~a ", "~~a\n\n", "{--", "\\deleted["):
        text.struck(run * 20_000)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "told",
    [
        ["Модель мала.", "Вкус не изменился."],
        ["The atlas is a map.", "Über alle Karten gilt das.", "Éin Test.", "Δx is 5."],
        ["El té es bueno.", "¿Qué falta?", "Ñandú corre."],
        ["يعمل النموذج.", "لا يحتاج بيانات."],
        ["यह है।", "वह है।"],
        ["The map is small.", "模型小さい。"],
        ["Drops of 5 µl. µ is no opener, as β is none. β-carotene."],
    ],
)
def test_letters_of_any_script_open_a_sentence_unless_they_are_small(told: list[str]) -> None:
    joined = " ".join(told)
    assert [joined[start:end] for start, end in text.sentences(joined)] == told
