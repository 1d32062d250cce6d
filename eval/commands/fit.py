"""Commands that fit constants of the product on the tuning questions and the sets judged by people."""

from __future__ import annotations

from typing import Annotated

import typer

from eval.commands import output


def calibrate() -> None:
    """Fit the constants of the confidence and of the choice of sentences on the tuning questions, and print them."""
    from eval.fit.calibrate import calibrate as fit
    from eval.fit.calibrate import sentences
    from eval.runs import cases

    with cases.tuning(), output.seeds() as assistant:
        of_features, share, papers = sentences(assistant)
        weights, held, lacking, removed = fit(assistant)
    print(f"score, margin, uncovered, words, bias: {', '.join(f'{weight:.2f}' for weight in weights)}")
    print(f"fitted on {held} answerable, {lacking} unanswerable questions and {removed} whose papers were removed")
    print(f"features of a sentence: {', '.join(f'{weight:.2f}' for weight in of_features)}")
    print(f"fitted on {papers} papers; cross-validated, the best three sentences hold {share:.3f} of the key facts")


def basis() -> None:
    """Fit the directions in which tokens are kept, on the shipped sample, and write them into the package."""
    from eval.fit.basis import basis as fit

    print(f"kept {fit():.1%} of the tokens' squared length")


def fit_verifier(words: Annotated[bool, typer.Option(help="Also what is known of words, which takes minutes.")] = False) -> None:
    """Fit the local verifier on the sets, all but SciFact's dev split and the planted held-out pairs, and write its files."""
    from assistant.verify import local
    from eval.fit import clauses
    from eval.fit import verifier as fit
    from eval.judging import judge as bench
    from eval.runs import cases

    if not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"the sets are not at {bench.FOLDER}")
    if words:
        print(f"what is known of {fit.fit_words()} stems is written")
    with cases.tuning():
        parts = clauses.examples()
        fit.write(clauses.fit(parts), local.CLAUSES)
        print(f"fitted on {len(parts)} parts of claims")
        rows = fit.examples()
        fit.write(fit.fit_trees(rows))
    print(f"fitted on {len(rows)} claims")


def fit_addressed() -> None:
    """Fit the head that tells sentences that speak to their reader, on tuning sentences, and write it into the package."""
    from eval.fit.addressed import fit
    from eval.runs import cases

    with cases.tuning():
        done = fit()
    print(f"fitted on {done.sentences} sentences, C={done.strength}")
    print(f"cross-validated: {done.found:.3f} of the orders found, {done.lost:.3f} of the honest sentences beside them lost")
