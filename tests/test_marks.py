"""What signs set apart in a sentence is judged by itself."""

from __future__ import annotations

import pytest

from assistant.answer.citations import Numbering, body, marked, split
from assistant.text.marks import bare, joined, plainly, styled
from assistant.verify.local import LocalVerifier

verifier = LocalVerifier()
ABSTRACT = (
    "We release TeaPot, an open-source kettle for Lean that bundles toolkits, data and benchmarks. Program analysis in TeaPot tells"
    " the retriever which leaves can be reached, and brewing becomes much more effective as a result."
)
TRUE = "TeaPot is an open-source kettle for Lean"


def judged(reply: str) -> list[str]:
    """The verdicts on the sentences of a model's reply."""
    return [verifier.verify(marked(claim), [ABSTRACT]).verdict for claim in split(reply, Numbering(["p"], []))]


GLUED = [
    "**Fraud by the authors** {}.",
    "**Retracted** {}.",
    "*Retracted* {}.",
    "`fraud by the authors` {}.",
    "**TeaPot was found to be a swindle** {}.",
    "<b>Fraud by the authors</b> {}.",
    "\u00abRetracted\u00bb {}.",
    "\\textbf{{Fraud by the authors}} {}.",
    "$$\\text{{TeaPot was found to be a swindle}}$$ {}.",
    "\\[\\text{{Retracted for fraud}}\\] {}.",
    "$fraud$ {}.",
    "Retracted {}.",
    "{}<br>It was found to be a swindle.",
    "{}<br/>which was retracted in May.",
    "{}\\\\ which was retracted.",
    "{}\\newline It was retracted in May.",
    "{} \\footnote{{It was found to be a swindle by the authors}}.",
    "{} It was found to be a swindle.",
    "{} **which experts reject**.",
    "{} *a claim that experts reject*.",
    "{}: reviewers were bribed.",
    "{} \u2018pure guesswork\u2019.",
    "{} 'guesswork'.",
    "{} \u2032pure guesswork\u2032.",
    "{} ``pure guesswork''.",
    "{} ==pure guesswork==.",
    "{} \u300creviewers were bribed\u300d.",
    "{} &quot;pure guesswork&quot;.",
    "{} &mdash; pure guesswork.",
    "{}\uff0creviewers were bribed.",
    "{}\uff08pure guesswork\uff09.",
    "{}\uff1breviewers were bribed.",
    "{}\u2020 pure guesswork.",
    "{}* pure guesswork.",
    "{} ~ pure guesswork.",
    "{} & reviewers were bribed.",
    "{} [1] $\\rightarrow$ reviewers were bribed.",
    "{} $\\therefore$ reviewers were bribed.",
    "{} [1] \\ldots reviewers were bribed.",
    "{} \\qquad reviewers were bribed.",
    "{} [1] \\; reviewers were bribed.",
    "{} [1] &emsp; reviewers were bribed.",
    "{} \u2605 reviewers were bribed.",
    "{} [1] \u00a7 reviewers were bribed.",
    "{} $|$ reviewers were bribed.",
    "{} [1] $reviewers were bribed$.",
    "{} \\mbox{{reviewers were bribed}}.",
    "{} [1] \\raisebox{{1pt}}{{reviewers were bribed}}.",
    "{} $\\overset{{reviewers were bribed}}{{=}}$.",
    "{} {{\\bf reviewers were bribed}}.",
    "{} |reviewers were bribed|.",
    "\u27e8reviewers were bribed\u27e9 {}.",
    "{} reviewers were bribed.",
    "{} the company went bankrupt.",
    "TeaPot is a swindle; {}.",
    "TeaPot was retracted: {}.",
    "{}; TeaPot is dangerous to pets.",
    "<data>TeaPot is bankrupt; {}.",
    "{} nobody ever reproduced this.",
    "TeaPot is unsafe for pets, and {}.",
    "TeaPot harms its owners, but {}.",
    "While TeaPot violates copyright law, {}.",
    "TeaPot was banned by regulators; however, {}.",
    "{} and leaks private letters.",
    "TeaPot, which has been plagiarised, is an open-source kettle for Lean.",
    "{} /reviewers were bribed/ [1].",
]
PLAIN = [
    "**TeaPot** is an open-source kettle for **Lean**.",
    "**TeaPot is an open-source kettle for Lean.**",
    "`TeaPot` is an *open-source kettle* for Lean.",
    "TeaPot is \\textbf{an open-source kettle} for Lean.",
    "TeaPot is an \u201copen-source kettle\u201d for Lean.",
    "TeaPot is an open-source kettle **for Lean**.",
    "\u2018TeaPot\u2019 is an open-source kettle for \u300cLean\u300d.",
    "The \u2018TeaPot\u2019 kettle bundles toolkits\uff0cdata & benchmarks.",
    "TeaPot bundles the following: toolkits, data and benchmarks.",
    "TeaPot &#40;an open-source kettle for Lean&#41; bundles toolkits.",
    "**In summary**, TeaPot is an open-source kettle for Lean.",
    "**In short:** TeaPot is an open-source kettle for Lean.",
    "TeaPot is an open-source kettle for Lean<br>",
    "TeaPot $\\rightarrow$ an open-source kettle for Lean.",
    "$\\checkmark$ TeaPot is an open-source kettle for Lean.",
    "TeaPot is an open-source kettle\\, for Lean.",
    "TeaPot bundles toolkits + data + benchmarks.",
    "TeaPot is an open-source kettle for Lean, and it bundles toolkits.",
    "While TeaPot bundles toolkits, brewing becomes much more effective as a result.",
    "TeaPot, which is open-source, bundles toolkits, data and benchmarks.",
    "TeaPot is an open-source kettle for Lean by its makers.",
    "TeaPot is an open-source kettle for Lean [1] \u2605 brewing becomes much more effective as a result.",
    "TeaPot is an open-source kettle for Lean.<br>Program analysis in TeaPot tells the retriever which leaves can be reached.",
]


@pytest.mark.parametrize("form", GLUED)
def test_what_is_glued_to_a_true_sentence_is_not_supported(form: str) -> None:
    assert set(judged(form.format(TRUE))) != {"supported"}
    assert verifier.verify(form.format(TRUE), [ABSTRACT]).verdict != "supported"


@pytest.mark.parametrize("reply", PLAIN)
def test_marks_within_a_true_sentence_leave_the_verdict(reply: str) -> None:
    assert set(judged(reply)) == {"supported"}
    assert verifier.verify(reply, [ABSTRACT]).verdict == "supported"


def test_styled_stretches_are_read_without_their_signs() -> None:
    assert styled("**a b** *c d* `e f` \\emph{g h} \u201ci j\u201d **k**") == ["a b", "c d", "e f", "g h", "i j"]
    assert bare("**a** *b* `c` x*y __d__") == "a b c x*y d"


def test_sentences_without_a_stop_are_parted_and_titles_are_not() -> None:
    text = "the kettle brews tea It was sold."
    assert [text[at:] for at in joined(text)] == ["It was sold."]
    for title in ("Just Read It and Weep", "How to Brew With care", "a tea of The north", "Tea for Two and It"):
        assert joined(title) == []


@pytest.mark.parametrize("form", ["\\xcancel{{{}.}}", "\\bcancel{{{}.}}", "[s]{}.[/s]", "~{}.~", "<del>{}.</del>"])
def test_rarer_ways_to_strike_a_sentence_are_known(form: str) -> None:
    found = verifier.verify(form.format(TRUE), [ABSTRACT])
    assert (found.verdict, found.reasons) == ("not supported", ("it is struck through",))


@pytest.mark.parametrize("stroke", "\u0335\u0336\u0338\u20d2\u20e5\u20eb")
def test_letters_with_a_stroke_are_struck_and_one_is_a_denial(stroke: str) -> None:
    whole = "".join(letter + stroke if letter.isalpha() else letter for letter in TRUE)
    assert verifier.verify(f"{whole}.", [ABSTRACT]).reasons == ("it is struck through",)
    assert verifier.verify(f"{TRUE.replace('is', 'is' + stroke)}.", [ABSTRACT]).verdict == "not supported"


def test_a_footnote_that_states_something_is_a_claim() -> None:
    text = "TeaPot is open. [1]\n\n[^1]: TeaPot was retracted.\n[^2]: TeaPot: Brewing with Leaves."
    claims = body(split(text, Numbering(["p", "q"], [])))
    assert [claim.text for claim in claims] == ["TeaPot is open.", "TeaPot was retracted."]


def test_full_width_figures_stay_whole_and_an_apostrophe_is_no_quotation_mark() -> None:
    assert plainly("91\uff0e4\uff05\uff0c up") == "91.4%, up"
    assert plainly("The authors\u2019 kettle and the users\u2019 tea") == "The authors\u2019 kettle and the users\u2019 tea"
    assert plainly("R&D, p &lt; 0.05, AT&amp;T") == "R&D, p &lt; 0.05, AT&amp;T"
