"""Fitted constants: each file says by which command, from which data and when it was made."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.config import FITTED, fitted
from eval.fit import provenance as written

FILES = sorted(path for path in FITTED.iterdir() if path.is_file())


def provenance(path: Path) -> dict[str, Any]:
    others = json.loads((FITTED / "files.json").read_text("utf-8"))
    return others.get(path.name) or json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "files.json"], ids=lambda path: path.name)
def test_each_file_has_its_command_data_and_date(path: Path) -> None:
    known = provenance(path)
    assert re.match(r"python -m eval [a-z-]+|chosen by hand", known["command"])
    assert known["data"] and all(re.fullmatch("[0-9a-f]{64}", digest) for digest in known["data"].values())
    assert date.fromisoformat(known["date"]) <= date.today()


def test_no_file_is_described_that_is_not_there() -> None:
    assert set(json.loads((FITTED / "files.json").read_text("utf-8"))) <= {path.name for path in FILES}


def test_constants_are_read_by_name() -> None:
    assert fitted("verdict")["capped"] < fitted("verdict")["supported"]


def test_a_file_is_written_with_its_command_data_and_date(tmp_path: Path) -> None:
    data = tmp_path / "questions.jsonl"
    data.write_text("{}\n", "utf-8")
    written.write("own", {"least": 0.5}, "python -m eval calibrate", [data], tmp_path)
    made = json.loads((tmp_path / "own.json").read_text("utf-8"))
    assert made["values"] == {"least": 0.5}
    assert made["data"] == {"questions.jsonl": "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"}
    written.describe(tmp_path / "trees.npz", "python -m eval basis", [written.ROOT / "README.md"])
    written.describe(tmp_path / "words.npz", "python -m eval basis", [data])
    files = json.loads((tmp_path / "files.json").read_text("utf-8"))
    assert list(files) == ["trees.npz", "words.npz"]
    assert list(files["trees.npz"]["data"]) == ["README.md"]
