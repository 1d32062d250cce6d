"""Fitted constants with the command that made them, the hashes of its data and the date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from assistant.config import FITTED

ROOT = Path(__file__).parents[2]


def write(name: str, values: Mapping[str, Any], command: str, data: Sequence[Path], folder: Path = FITTED) -> None:
    """Write constants into `NAME.json`, as `assistant.config.fitted` reads them.

    Args:
        name: of the file, without its ending.
        values: the constants by their names.
        command: the command that fitted them.
        data: the files that they were fitted on.
        folder: where the file goes.
    """
    _dump(folder / f"{name}.json", {**_made(command, data), "values": values})


def describe(file: Path, command: str, data: Sequence[Path]) -> None:
    """Write command, data and date of a fitted `file` that holds none itself into `files.json` beside the file."""
    known = file.with_name("files.json")
    others: dict[str, Any] = json.loads(known.read_text("utf-8")) if known.exists() else {}
    _dump(known, {**others, file.name: _made(command, data)})


def _made(command: str, data: Sequence[Path]) -> dict[str, Any]:
    hashes = {_named(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in data}
    return {"command": command, "data": hashes, "date": date.today().isoformat()}


def _named(path: Path) -> str:
    """The path from the checkout, or from the folder beside which the checkout stands."""
    path = path.resolve()
    return (
        str(path.relative_to(ROOT if path.is_relative_to(ROOT) else ROOT.parent)) if path.is_relative_to(ROOT.parent) else path.name
    )


def _dump(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
