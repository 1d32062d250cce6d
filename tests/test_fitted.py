"""Fitted constants: each file says by which command, from which data and when it was made."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant import config
from assistant.config import FITTED, fit_name, fitted
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


def test_an_encoder_with_a_fit_of_its_own_has_its_constants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "FITTED", tmp_path)
    packaged, elsewhere = "all-mpnet-base-v2-int8-0123456789ab-v1", "my-folder-int8-0123456789ab-v1"
    assert fit_name("own", packaged) == fit_name("own", elsewhere) == "own-int8-0123456789ab-v1"
    assert fit_name("own", "own") != fit_name("own", f"{packaged}-d128") != fit_name("own", packaged)
    written.write("own", {"score": 1.0}, "python -m eval calibrate", [], tmp_path)
    written.write(fit_name("own", packaged), {"score": 2.0}, "python -m eval calibrate --embedder mpnet", [], tmp_path)
    assert [fitted("own", each)["score"] for each in (packaged, elsewhere, f"{packaged}-d128", "")] == [2.0, 2.0, 1.0, 1.0]


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
