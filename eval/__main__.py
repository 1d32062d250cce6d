"""`python -m eval`: measures the system, and prints what the README and eval/RESULTS.md state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

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


def _table(figures: dict[str, Any]) -> str:
    rows = ["| what | figure |", "|---|---|"]
    for name, value in figures.items():
        shown = _flat(value) if isinstance(value, dict) else str(value)
        rows.append(f"| {name} | {shown} |")
    return "\n".join(rows)


def _flat(values: dict[str, Any]) -> str:
    parts = [f"{name} ({_flat(value)})" if isinstance(value, dict) else f"{name} {value}" for name, value in values.items()]
    return ", ".join(parts)


def _write(figures: dict[str, Any], out: Path | None) -> None:
    print(json.dumps(figures))
    if out:
        out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


app()
