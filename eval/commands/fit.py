"""Commands that fit constants of the product on the tuning questions and the sets judged by people."""

from __future__ import annotations

import importlib.util
import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import progress
from eval.commands import output
from eval.commands.options import Out, Record, Set


def calibrate(
    embedder: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Fit the confidence alone, for another encoder: a value of embedder.model."),
    ] = None,
    set: Set = None,
) -> None:
    """Fit the constants of the confidence and of the choice of sentences on the tuning questions, and write their files.

    With --embedder the constants are those of the confidence for this encoder; they are in force wherever it is used.
    """
    from assistant.answer.confidence import FEATURES
    from assistant.config import MINILM, fit_name
    from eval.fit import provenance
    from eval.fit.calibrate import calibrate as fit
    from eval.fit.calibrate import sentences
    from eval.runs import cases

    own = embedder not in (None, MINILM)
    said = [*(["--embedder", str(embedder)] if own else []), *(part for flag in set or () for part in ("--set", flag))]
    command = shlex.join(["python", "-m", "eval", "calibrate", *said])
    flags = [*([f"embedder.model={json.dumps(embedder)}"] if own else []), *(set or ())]
    data = [cases.path("seeds")]
    with cases.tuning(), output.errors(), output.seeds(flags) as assistant, output.records(flags) as others:
        if not own:
            of_features, share, papers = sentences(assistant)
            chosen = [round(weight, 2) for weight in of_features]
            provenance.write("sentences", {"weights": chosen}, command, data)
            print(f"features of a sentence: {', '.join(map(str, chosen))}")
            print(f"fitted on {papers} papers; cross-validated, the best three sentences hold {share:.3f} of the key facts")
        weights, held, lacking, removed = fit(assistant, others)
        file = fit_name("confidence", assistant.embedder.fingerprint) if own else "confidence"
    confidence = {name: round(weight, 2) for name, weight in zip(FEATURES, weights, strict=True)}
    provenance.write(file, confidence, command, [*data, cases.path("blind")])
    print(f"{', '.join(f'{name} {weight}' for name, weight in confidence.items())}")
    print(f"fitted on {held} answerable, {lacking} unanswerable questions and {removed} whose papers were removed; see {file}.json")


def basis() -> None:
    """Fit on the shipped sample, of MiniLM, the directions in which tokens are kept and the levels of its cosines."""
    from assistant.assistant import SAMPLE
    from assistant.config import fitted
    from assistant.models import onnx_graph
    from eval.fit import provenance
    from eval.fit.basis import basis as fit
    from eval.fit.basis import levels

    print(f"kept {fit():.1%} of the tokens' squared length")
    provenance.describe(onnx_graph.BASIS, "python -m eval basis", [SAMPLE])
    values = {"questions": fitted("background")["questions"], "levels": levels()}
    provenance.write("background", values, "python -m eval basis", [SAMPLE])
    print(", ".join(f"{name} {far:.3f} to {near:.3f}" for name, (far, near) in values["levels"].items()))


def teach(
    out: Annotated[Path, typer.Argument(help="The folder of the encoder, for embedder.model.")],
    steps: Annotated[int, typer.Option(min=1, help="Batches.")] = 240,
    rank: Annotated[int, typer.Option(min=1, help="Of the change of each product.")] = 16,
    share: Annotated[float, typer.Option(min=0, max=1, help="Of the change that is added to the weights.")] = 1.0,
) -> None:
    """Teach MiniLM what mpnet finds alike, and write it as a folder; needs PyTorch, mpnet and the records."""
    from eval.fit import teach as fit
    from eval.runs import cases

    if not cases.RECORDS.is_file():
        raise typer.BadParameter(f"the records are not at {cases.RECORDS}")
    if not importlib.util.find_spec("torch"):
        raise typer.BadParameter("PyTorch is not installed, and the project does not depend on it: uv pip install torch")
    held = fit.held_out()  # read to be left out
    with cases.tuning(), output.errors(), progress("Teaching") as moved:
        read = fit.teach(steps, rank, share, held, out, moved)
    print(f"taught on {read} texts; see {out}")


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


def fit_support(
    pairs: Annotated[
        int,
        typer.Option(min=0, help="First ask the model of --set about so many pairs of each set and split that are not kept yet."),
    ] = 0,
    set: Set = None,
    out: Out = None,
    record: Record = False,
) -> None:
    """Fit how a model's probability of "yes" becomes a score, from the lines kept, and report it beside the local verifier."""
    from assistant.answer.toolbox import chat
    from assistant.config import load
    from assistant.types import Weighing
    from eval.fit import provenance, support, verifier
    from eval.judging import chances
    from eval.judging import judge as bench

    if pairs and not bench.FOLDER.is_dir():
        raise typer.BadParameter(f"the sets are not at {bench.FOLDER}")
    with output.errors(), progress("Asking") as moved:
        if pairs:
            model = chat(load(None, set or ()).settings)
            if not isinstance(model, Weighing):
                raise typer.BadParameter("no model is named that tells probabilities; give --set model.gguf=packaged")
            chances.record(model, verifier.out_of_fold(), pairs, moved=moved)
    found = chances.lines()
    alone, joint = (support.fit(found, local=local) for local in (False, True))
    provenance.write("support", alone._asdict(), "python -m eval fit-support", [chances.FILE])
    rows = chances.table(found, {"model": alone, "both": joint})
    told = (
        f"{len(found)} pairs, half of each set to tune on. Weights (bias, yes, local): of the model alone, which are shipped,"
        f" {tuple(alone)}, of both {tuple(joint)}. The odds of the local trees are by a fit without these pairs. Seconds are"
        " processor time. An interval of 95% is about 11 points wide on each side for all, and 20 for a set of 20 claims."
    )
    figures = {"sets": rows, "alone": alone._asdict(), "both": joint._asdict()}
    output.show("A small model as judge: `python -m eval fit-support`", [told, output.rows(rows)], figures, out, record=record)
