"""The load script: a real server, and visitors who send what browsers send."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.assistant import SAMPLE
from eval.bench import load

pytestmark = pytest.mark.slow

FAKE = ["embedder.kind=fake"]


def test_all_who_ask_at_once_are_answered(tmp_path: Path) -> None:
    with Assistant.open(tmp_path, set=FAKE) as assistant:
        assistant.ingest(SAMPLE)
        asked = ["What does LeanDojo offer?", "?!", "What is the Vendi score?", "Which provers report results on miniF2F?"]
        figures = load.measure(tmp_path, asked, users=2, each=2, flags=FAKE)
        assert (figures["users"], figures["questions"]) == (2, 4)
        assert figures["errors"] == 1  # the one that is no question
        assert 0 < figures["p50_s"] <= figures["p95_s"]
        assert 0 < figures["usable_s"] and 0 < figures["seen_s"]
        assert 50 < figures["peak_mb"] < load.LIMITS["peak_mb"]
        assert assistant.status().papers == 61  # and every open page was told so
    assert len(list(tmp_path.glob("conversations/*/*.json"))) == 2
