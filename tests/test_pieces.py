"""Nothing rides along with a true sentence: another sentence, a clause, an aside."""

from __future__ import annotations

import pytest

from assistant.answer.citations import Numbering, marked, split
from assistant.verify import turned
from assistant.verify.local import LocalVerifier

ABSTRACT = (
    "Rivers carry sand to the sea. The Delta Atlas is a public map of 12,400 river mouths that combines radar images "
    "and tide gauges. Students draw the maps from radar images of the northern coasts, which are free."
)
TRUE = (
    "The Delta Atlas is a public map of 12,400 river mouths that combines radar images and tide gauges",
    "Students draw the maps from radar images of the northern coasts",
)
verifier = LocalVerifier()


def written(content: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(claim.text, claim.sources) for claim in split(content, Numbering(["a", "b"], []))]


RIDERS = (
    ".Boats sank there [1].",
    ".boats sank there [1].",
    ".it sank a boat [1].",
    "[1].Boats sank there [1].",
    " [1].Boats sank there [1].",
    " [1] and it sank a boat [1].",
    " [1], but it sank a boat [1].",
    " [1] Boats sank there [1].",
    " [ 1 ] it sank a boat [ 1 ].",
    ". it sank a boat [1].",
    "! a boat sank [1].",
    "!a boat sank [1].",
    "? a boat sank [1].",
    '." a boat sank [1].',
    " ... a boat sank [1].",
    "\u2026 a boat sank [1].",
    "\uff0eA boat sank [1].",
    "\ta boat sank [1].",
    "\u2028a boat sank [1].",
    "<!--a boat sank [1]-->",
)


@pytest.mark.parametrize("rider", RIDERS)
@pytest.mark.parametrize("true", TRUE)
def test_what_follows_a_sentence_is_a_claim_of_its_own(true: str, rider: str) -> None:
    first, second, *_ = written(f"{true}{rider}")
    assert first[0].rstrip(' .,!?"\u2026\uff0e') == true
    assert "boat" in second[0].lower()
    assert verifier.verify(second[0], [ABSTRACT]).verdict != "supported"


@pytest.mark.parametrize(
    "whole",
    [
        "See e.g. the maps vs. those of others, cf. Fig. 2 of J. Smith et al. and v1.2 of it.",
        "It holds 3.5 of 12.4 maps, approx. five per coast, etc. and more.",
        "The maps at example.org and in setup.py and README.md are read by torch.nn and Node.js.",
        "The U.S. coast and the Ph.D. thesis hold maps.",
        "The docs at https://a.example/b.c?d=e!f and mail to ann.lee@example.org hold maps.",
        "`Nat.Prime.two_le` and `os.path` are maps.",
        "Atlas [1] beats Chart [2] on coasts.",
        "Atlas [1] and Chart [2] hold maps.",
        "According to [1], the maps are free.",
    ],
)
def test_what_is_one_sentence_stays_one(whole: str) -> None:
    assert len(written(whole)) == 1


def judged(content: str) -> list[str]:
    return [verifier.verify(marked(claim), [ABSTRACT]).verdict for claim in split(content, Numbering(["a", "b"], []))]


@pytest.mark.parametrize(
    "rider",
    [
        "boats sank there.",
        "critics call this nonsense.",
        "other labs failed to repeat it.",
        "sailors lost money [1].",
        "most tide gauges were stolen by pirates.",
    ],
)
@pytest.mark.parametrize("true", [*TRUE, "The Delta Atlas combines radar images and tide gauges"])
def test_what_stands_behind_a_marker_is_held_alone_too(true: str, rider: str) -> None:
    assert set(judged(f"{true} [1].")) == {"supported"}
    assert judged(f"{true} [1] {rider}")[-1] != "supported"
    assert verifier.verify(f"{true} [1] {rider}", [ABSTRACT]).verdict != "supported"


@pytest.mark.parametrize("blank", ["  ", "\u00a0", "\u3000", "\u200b ", " \u2060", "\ufeff ", "\u00ad ", "\t"])
def test_no_blank_hides_a_marker_within_a_sentence(blank: str) -> None:
    assert judged(f"The Delta Atlas combines radar images and tide gauges [1]{blank}critics call this nonsense.")[-1] != "supported"


@pytest.mark.parametrize("tag", ["note", "script", "x-y", "remark"])
def test_what_stands_in_a_tag_of_any_name_is_held_alone(tag: str) -> None:
    true = "The Delta Atlas combines radar images and tide gauges"
    assert judged(f"{true} <{tag}>critics call this nonsense</{tag}> [1].") != ["supported"]
    assert judged(f"{true} [1] <{tag} id='a'>critics call this nonsense</{tag}>.") != ["supported"]
    assert judged(f"The <{tag}>Delta Atlas</{tag}> combines radar images and tide gauges [1].") == ["supported"]


@pytest.mark.parametrize(
    "whole",
    [
        "The Delta Atlas [1] is a public map of 12,400 river mouths.",
        "The Delta Atlas is a public map [1] of 12,400 river mouths.",
        "The Delta Atlas [1] combines radar images [1][2] and tide gauges.",
        "The public map Delta Atlas [1] combines radar images and tide gauges.",
        "As for sand, rivers [1] carry it to the sea.",
        "Students draw the maps of the northern coasts [1] from radar images.",
        "Students draw the maps from radar images [1] of the northern coasts [1].",
        "The Delta Atlas combines radar images with tide gauges [1] in a map of 12,400 river mouths.",
    ],
)
def test_a_marker_within_a_sentence_takes_nothing_away(whole: str) -> None:
    assert set(judged(whole)) == {"supported"}


NOTES = (
    "{}<sup>{}</sup>",
    "{}^{}^",
    "{}$^{{{}}}$",
    "{}$^{{\\text{{{}}}}}$",
    "{}|{}|",
    "{}\u00ab{}\u00bb",
    "{} :{}:",
    "{} #{}",
    "{} \u2192 {}",
    "{} -> {}",
)


@pytest.mark.parametrize("form", NOTES)
@pytest.mark.parametrize("true", TRUE)
def test_a_note_at_a_word_is_a_part_of_its_own(true: str, form: str) -> None:
    assert verifier.verify(f"{form.format(true, 'hoax')}.", [ABSTRACT]).verdict != "supported"
    assert verifier.verify(f"{form.format(true, 'coasts')}.", [ABSTRACT]).verdict == "supported"


DENYING = """Kelvane lacks: The paper wrongly claims: Myths: None of the following is true: False claims: Retracted results:
What Kelvane lacks: Kelvane is missing: The authors deny: Left out of the release: Untrue statements: Kelvane fails to offer:
Kelvane omits: Common misconceptions: The abstract contradicts: Invented by critics: Kelvane avoids: Kelvane excludes:
Kelvane is free of: It is wrong that"""
"""Lines that deny what stands below them; the words of the rule are from these."""
HELD_OUT = """Absent from Kelvane: Kelvane refuses: Kelvane cannot provide: These points are incorrect: Kelvane comes without:
Rumours about Kelvane: Disproved statements: The following was refuted: Kelvane falls short of: Kelvane has yet to offer:
Errors in the press release: The authors dispute: Far from offering: Kelvane drops: Fabricated findings: Kelvane leaves out:
It is untrue that: Mistaken beliefs: The paper rejects: Kelvane forgoes"""
AFFIRMING = """Kelvane offers: Failure cases of the baseline: Missing dates are filled by: Kelvane corrects errors by: What is new:
Limitations: Kelvane detects fake cores by: The results are: Kelvane is free and offers: Key facts: Kelvane rejects outliers by:
Excluded cores come from: False positives fall due to: The paper states: Errors are lowered by: True statements:
Kelvane avoids overfitting by: Open questions: Kelvane includes: Reasons for rejection"""


@pytest.mark.parametrize(("lines", "least", "most"), [(DENYING, 15, 20), (HELD_OUT, 11, 20), (AFFIRMING, 0, 0)])
def test_lines_that_deny_what_stands_below_them(lines: str, least: int, most: int) -> None:
    found = [turned.turns(f"{line.strip()}:", "code under the MIT license") for line in lines.split(":")]
    assert len(found) == 20 and least <= sum(found) <= most
    assert turned.turns("Myths:", "It is free.") and not turned.turns("Kelvane lacks:", "It is free.")


DENYING_HEADINGS = """False claims | Myths | What the paper does not say | Not true | Incorrect statements | Misconceptions | What
the authors do not claim | Debunked | Wrong | Untrue statements | Claims that are false | Things the abstract does not report |
Not found in the paper | What LeanDojo does not do | Fabricated results | Common myths | What is wrong | Refuted claims |
Statements that are not correct | No evidence for | Rejected claims | What Kelvane cannot do | Fake findings | Not reported |
Falsehoods | Popular misconceptions | What this work does not show | Inaccurate claims | Claims we reject | Not supported |
Unsupported claims | What you should not believe | Disproved | Lies | Made-up findings | Mistaken beliefs | What the study never
says | Nonsense | Not stated in the abstract | Invalid conclusions | What is not true | Hoaxes | Errors in other summaries |
Erroneous statements | The following is wrong | Withdrawn claims | Retracted statements | What Otter lacks"""
HELD_OUT_HEADINGS = """Wrong claims | What nobody should claim | Beliefs that are not supported | Things this paper does not prove
| Widespread fallacies | What the abstract leaves out | Unproven statements | Not claimed | Not covered by the abstract |
Misreadings | What the method cannot handle | Assertions without support | What was never measured | Inventions | Disputed claims
| Urban legends | Never reported | What this is not | What Kelvane is not | False statements about Kelvane | Discredited ideas |
Rumours about LeanDojo | What does not follow | Incorrect"""
PLAIN_HEADINGS = """Results | Error analysis | False positives | Fake news detection | What the paper says | Limitations | Without
tools | No free lunch | Results without fine-tuning | Not only accuracy | Negative results | Failure cases | Fraud detection |
Wrong-way risk | Related work | Missing data | Non-English texts | Error rates | What does LeanDojo propose? | Unsupervised
learning | True claims | Myth detection | Main findings | Open problems"""
HELD_OUT_PLAIN_HEADINGS = """What the paper does | What is new | What is left to do | Lie detection | Rumour spread | Nothing but
attention | Unseen data | Unlabelled results | Why it is not enough | Not enough data | What limits accuracy | Error sources |
Never-ending learning | Without supervision | Fallacy benchmarks | What comes next | No change in accuracy | Hallucinations | Hoax
corpus | Absence of labels | Claims | Conclusions | Scope | Invented words"""


@pytest.mark.parametrize(
    ("headings", "least", "most"),
    [(DENYING_HEADINGS, 44, 48), (HELD_OUT_HEADINGS, 18, 24), (PLAIN_HEADINGS, 0, 0), (HELD_OUT_PLAIN_HEADINGS, 0, 2)],
)
def test_headings_that_deny_what_stands_below_them(headings: str, least: int, most: int) -> None:
    found = [turned.heads(" ".join(heading.split()), ["The map is free."]) for heading in headings.split("|")]
    assert least <= sum(found) <= most


def test_a_heading_of_one_word_that_the_source_holds_is_a_topic() -> None:
    assert turned.heads("Errors", ["The map is free."]) and not turned.heads("Errors", ["The map has 12 errors."])


STRUCK = ("~~{}~~", "**~~{}~~**", "~{}~", "<del>{}</del>", "<s>{}</s>", "[s]{}[/s]", "\\sout{{{}}}", "{{--{}--}}")


@pytest.mark.parametrize("form", STRUCK)
def test_a_struck_sentence_leaves_its_neighbours(form: str) -> None:
    middle = form.format("The maps are drawn by students.")
    assert judged(f"Rivers carry sand to the sea [1]. {middle} [1] {TRUE[1]} [1].") == ["supported", "not supported", "supported"]
    assert judged(f"{middle} [1] {TRUE[1]} [1].") == ["not supported", "supported"]
    assert judged(f"Rivers carry sand [1]. {form.format('Rivers carry sand.')} [1]") == ["supported", "not supported"]


def test_a_struck_word_parts_no_sentence() -> None:
    assert len(written("The maps are ~~not~~ free [1]. The map is ~~old~~.")) == 2


ASIDES = (
    ", and it is rotten", " and is rotten", " and makes sailors sick", ", which are all rotten", ", which is bad", ", all rotten",
    " \u2013 all rotten", " \u2014 a hoax", "\u2014a hoax", " - a hoax", " -- a hoax",
    " / a hoax", " | a hoax", " = hoax", " (a hoax)", " [a hoax]", " {a hoax}", ' "a hoax"', " \u201ca hoax\u201d",
    ", i.e. a hoax", " <!--a hoax-->", "\ta hoax",
    ". it is a hoax", "; a hoax",
)  # fmt: skip


@pytest.mark.parametrize("aside", ASIDES)
@pytest.mark.parametrize("true", TRUE)
def test_an_aside_of_common_words_keeps_a_sentence_from_supported(true: str, aside: str) -> None:
    assert verifier.verify(f"{true}.", [ABSTRACT]).verdict == "supported"
    assert verifier.verify(f"{true}{aside}.", [ABSTRACT]).verdict != "supported"


BLANKS = "\xa0\u202f\u200a\u2009\u3000\u2007\u200b\u2060\ufeff\u200c\u200d\xad\u3164"
GLUED = (
    "critics call this nonsense",
    "It was later retracted",
    "and it was later retracted",
    "Nobody could repeat this",
    "which is bad",
)


@pytest.mark.parametrize("blank", BLANKS, ids=[f"{ord(blank):x}" for blank in BLANKS])
@pytest.mark.parametrize("true", TRUE)
def test_a_blank_of_any_width_is_read_like_a_plain_one(true: str, blank: str) -> None:
    for clause in GLUED:
        plain = verifier.verify(f"{true} {clause}.", [ABSTRACT]).verdict
        assert verifier.verify(f"{true}{blank}{clause}.", [ABSTRACT]).verdict == plain
        assert verifier.verify(f"{true} {blank}{clause}.", [ABSTRACT]).verdict == plain
    assert verifier.verify(f"It is a lie that{blank}{true}.", [ABSTRACT]).verdict != "supported"
    assert verifier.verify(f"{true}.".replace(" map", f"{blank}map"), [ABSTRACT]).verdict == "supported"


@pytest.mark.parametrize("sign", "\u200b\xad\u2060")
def test_a_sign_without_width_within_a_word_of_the_source_parts_nothing(sign: str) -> None:
    assert verifier.verify(f"{TRUE[0]}.".replace("gauges", f"gau{sign}ges"), [ABSTRACT]).verdict == "supported"
    disguised = ABSTRACT.replace("gauges", f"gau{sign}ges")
    assert verifier.verify(f"{TRUE[0]}.".replace("gauges", f"gau{sign}ges"), [disguised]).verdict == "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "The Delta Atlas \u2014 a public map \u2014 combines radar images and tide gauges.",
        "The Delta Atlas (a public map) combines radar images - and tide gauges - of 12,400 river mouths.",
        "Students draw the maps, which are free, from radar images.",
        'The Delta Atlas is a public map of "river mouths".',
        "Students draw the maps from radar images and it is free.",
    ],
)
def test_an_aside_that_the_source_holds_takes_nothing_away(claim: str) -> None:
    assert verifier.verify(claim, [ABSTRACT]).verdict == "supported"
