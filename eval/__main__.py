"""`python -m eval`: measures the system, and prints what the README and eval/RESULTS.md state."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from assistant import Assistant

app = typer.Typer(help="Measures the system.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Out = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there too, as JSON.")]


@app.callback()
def main() -> None:
    """Measures the system; run it from the checkout."""


@app.command()
def speed(out: Out = None) -> None:
    """Time indexing, searching, asking and starting, beside plain LlamaIndex where the group `baseline` is installed."""
    from eval.speed import measure

    figures = measure()
    print(_table(figures))
    _write(figures, out)


@app.command()
def retrieval(
    split: Annotated[str, typer.Option(help="Which questions: held-out, or tune.")] = "held-out",
    set: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting to measure with.")] = None,
    out: Out = None,
) -> None:
    """Recall over the saved pages by type of question, and how well confidence tells what can be answered."""
    from eval import cases
    from eval.retrieval import answers
    from eval.retrieval import retrieval as recall

    asked = [case for case in cases.load() if case.split == split]
    with _seeds(set) as assistant:
        rows, rest = recall(assistant, asked), answers(assistant, asked)
    columns = list(rows[0])
    print("\n".join(["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]))
    for row in rows:
        print("| " + " | ".join(_shown(value) for value in row.values()) + " |")
    print("\n" + _table(rest))
    _write({"recall": rows, "answers": rest}, out)


@app.command()
def calibrate() -> None:
    """Fit the constants of the confidence on the tuning questions, and print them."""
    from eval.calibrate import calibrate as fit

    with _seeds() as assistant:
        weights, positive, negative = fit(assistant)
    print(f"score, margin, unknown, bias: {', '.join(f'{weight:.2f}' for weight in weights)}")
    print(f"fitted on {positive} answerable and {negative} unanswerable questions")


@app.command()
def basis() -> None:
    """Fit the directions in which tokens are kept, on the shipped sample, and write them into the package."""
    from eval.basis import basis as fit

    print(f"kept {fit():.1%} of the tokens' squared length")


@contextmanager
def _seeds(flags: Sequence[str] | None = None) -> Generator[Assistant]:
    """An assistant over the saved pages, its library made anew."""
    from assistant import Assistant
    from eval import cases
    from eval.speed import sources

    if not cases.SEEDS.is_dir():
        raise typer.BadParameter(f"the saved pages are not at {cases.SEEDS}")
    with tempfile.TemporaryDirectory() as home, Assistant.open(home, set=flags or ()) as assistant:
        assistant.ingest(*sources())
        yield assistant


def _table(figures: dict[str, Any]) -> str:
    rows = ["| what | figure |", "|---|---|"]
    return "\n".join([*rows, *(f"| {name} | {_shown(value)} |" for name, value in figures.items())])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        return ", ".join(
            f"{name} ({_shown(part)})" if isinstance(part, dict) else f"{name} {_shown(part)}" for name, part in parts.items()
        )
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _write(figures: dict[str, Any], out: Path | None) -> None:
    print(json.dumps(figures))
    if out:
        out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    app()
