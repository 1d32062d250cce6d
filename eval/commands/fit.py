"""Commands that fit constants of the product on the tuning questions and the sets judged by people."""

from __future__ import annotations

from typing import Annotated

import typer

from eval.commands import output


def calibrate() -> None:
    """Fit the constants of the confidence and of the choice of sentences on the tuning questions, and write their files."""
    from assistant.answer.confidence import FEATURES
    from eval.fit import provenance
    from eval.fit.calibrate import calibrate as fit
    from eval.fit.calibrate import sentences
    from eval.runs import cases

    with cases.tuning(), output.seeds() as assistant:
        of_features, share, papers = sentences(assistant)
        weights, held, lacking, removed = fit(assistant)
    data = [cases.path("seeds")]
    confidence = {name: round(weight, 2) for name, weight in zip(FEATURES, weights, strict=True)}
    provenance.write("confidence", confidence, "python -m eval calibrate", data)
    chosen = [round(weight, 2) for weight in of_features]
    provenance.write("sentences", {"weights": chosen}, "python -m eval calibrate", data)
    print(f"{', '.join(f'{name} {weight}' for name, weight in confidence.items())}")
    print(f"fitted on {held} answerable, {lacking} unanswerable questions and {removed} whose papers were removed")
    print(f"features of a sentence: {', '.join(map(str, chosen))}")
    print(f"fitted on {papers} papers; cross-validated, the best three sentences hold {share:.3f} of the key facts")


def basis() -> None:
    """Fit the directions in which tokens are kept, on the shipped sample, and write them into the package."""
    from assistant.assistant import SAMPLE
    from assistant.models import onnx_graph
    from eval.fit import provenance
    from eval.fit.basis import basis as fit

    print(f"kept {fit():.1%} of the tokens' squared length")
    provenance.describe(onnx_graph.BASIS, "python -m eval basis", [SAMPLE])


def fit_verifier(
    words: Annotated[bool, typer.Option(help="Also the rarity and the neighbours of stems, which takes minutes.")] = False,
) -> None:
    """Fit the local verifier on the sets, all but SciFact's dev split and the planted held-out pairs, and write its files."""
    from assistant.assistant import SAMPLE
    from assistant.verify import local
    from eval.fit import clauses, provenance
    from eval.fit import verifier as fit
    from eval.judging import judge as bench
    from eval.runs import cases

    if not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"the sets are not at {bench.FOLDER}")
    sets = [bench.FOLDER / f"{name}.jsonl" for name in bench.SETS]
    if words:
        print(f"wrote rarity and neighbours of {fit.fit_words()} stems")
        provenance.describe(local.WORDS, "python -m eval fit-verifier --words", [*sets, SAMPLE])
    with cases.tuning():
        parts = clauses.examples()
        fit.write(clauses.fit(parts), local.CLAUSES)
        inventions = provenance.ROOT / "eval" / "fit" / "inventions.txt"
        own = [cases.path(name) for name in ("planted", "quantities", "quantities-tune")]
        provenance.describe(local.CLAUSES, "python -m eval fit-verifier", [*own, *sets, SAMPLE, inventions])
        print(f"fitted on {len(parts)} parts of claims")
        rows = fit.examples()
        fit.write(fit.fit_trees(rows))
        provenance.describe(local.TREES, "python -m eval fit-verifier", [*own, *sets])
    print(f"fitted on {len(rows)} claims")


def fit_addressed() -> None:
    """Fit the head that tells sentences that speak to their reader, on tuning sentences, and write it into the package."""
    from eval.fit.addressed import fit
    from eval.runs import cases

    with cases.tuning():
        done = fit()
    print(f"fitted on {done.sentences} sentences, C={done.strength}")
    print(f"cross-validated: {done.found:.3f} of the orders found, {done.lost:.3f} of the honest sentences beside them lost")
