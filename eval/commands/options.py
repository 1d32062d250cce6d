"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Out = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there too, as JSON.")]
Record = Annotated[bool, typer.Option("--record", help="Put the tables into eval/RESULTS.md too.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting to measure with.")]
Questions = Annotated[str, typer.Argument(metavar="SET", help="sample, seeds, or the path of a JSONL of your own.")]
Papers = Annotated[list[str] | None, typer.Option("--papers", metavar="FILE", help="The papers that a set of your own is about.")]
Folder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Keep the run there instead of under runs/.")]
Kind = Literal["local", "model", "entailment"]
Judge = Annotated[Kind, typer.Option(help="Who judges claims: no model, the language model of the settings, or a classifier.")]
Calls = Annotated[
    Path | None,
    typer.Option("--calls", metavar="FILE", help="Keep the model's calls there instead of under runs/, and replay those it holds."),
]
Replies = Annotated[
    Path | None,
    typer.Option(
        "--replies",
        metavar="FILE",
        help="Replay the replies in there, and add those of a model that is named; else those that are shipped.",
    ),
]
Threads = Annotated[int, typer.Option(min=1, help="Questions at a time.")]
JUnit = Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML there.")]
Markdown = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a summary for a pull request there.")]
Home = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Keep the library there, so that it is made only once.")]
