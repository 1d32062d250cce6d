"""Claims about figures and marked-up texts of the folder of cases, by kind; the folder lies beside a checkout."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from assistant.verify.local import LocalVerifier

CASES = Path(__file__).parents[2] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="no ../shared/cases")

HOLDS = (
    "more than 90,000",
    "over 96,000",
    "nearly 97,000",
    "more than 80 ",
    "fewer than 90 ",
    "than 84%",
    "almost 85%",
    "over 80%",
)
FAILS = (
    *("over 100,000", "than 100,000", "than 97,000", "fewer than 90,000", "at least 97,000"),
    *("more than 90 ", "over 86 ", "than 85%"),
)


def pairs(file: str) -> list[tuple[str, str]]:
    """The list `pairs` of a script of the cases, which is not run."""
    if not (CASES / file).is_file():
        return []
    tree = ast.parse((CASES / file).read_text("utf-8"))
    assigned = ast.Module([node for node in tree.body if isinstance(node, ast.Assign)], [])
    names: dict[str, Any] = {}
    exec(compile(assigned, file, "exec"), {"__builtins__": {}}, names)
    return names["pairs"]


@pytest.mark.parametrize(("source", "claim"), pairs("numbers/verify_comparatives.py"))
def test_bounds_hold_or_not(source: str, claim: str) -> None:
    verdict = LocalVerifier().verify(claim, [source])
    if any(words in claim for words in HOLDS):
        assert verdict.verdict == "supported", verdict
    elif any(words in claim for words in FAILS):
        assert verdict.verdict in ("contradicted", "not supported"), verdict


@pytest.mark.parametrize(("claim", "source"), pairs("tex-names/verify_math.py"))
def test_mathematics_is_read(claim: str, source: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"


@pytest.mark.parametrize(("claim", "source"), pairs("zotero/verify_latex.py"))
def test_exported_latex_is_read(claim: str, source: str) -> None:
    assert LocalVerifier().verify(claim, [source]).verdict == "supported"
