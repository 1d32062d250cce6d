"""Replies of a model as one wrote them who had seen neither the system nor its rules: what of them is shown as supported.

The abstracts are those of `claims.jsonl`, by line. Rates of the held-out half; the failures stay unread.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from endpoint import Endpoint
from pipeline import opened

from assistant import Assistant
from eval.runs import cases


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, bool, str]]:
    """How many replies of each kind, true or false, are shown "whole", with a supported claim ("some"), or with none."""
    home: Path = tmp_path_factory.mktemp("replies")
    abstracts = [json.loads(line)["evidence"] for line in cases.path("claims").read_text("utf-8").splitlines()]
    papers = home / "papers.jsonl"
    papers.write_text("".join(json.dumps({"title": f"Study {at}", "abstract": each}) + "\n" for at, each in enumerate(abstracts)))
    with Assistant.open(home, set=["embedder.kind=fake"]) as assistant:
        assistant.ingest(papers)
    rows = [json.loads(line) for line in cases.path("replies").read_text("utf-8").splitlines()]
    found: Counter[tuple[str, bool, str]] = Counter()
    with Endpoint() as endpoint, opened(home, endpoint, "answer.repair=false") as assistant:
        for row in rows:
            if row["split"] == "held-out":
                found[row["kind"], row["true"], shown(assistant, endpoint, row)] += 1
    return found


def shown(assistant: Assistant, endpoint: Endpoint, row: dict[str, Any]) -> str:
    endpoint.says = lambda body: row["text"]
    answer = assistant.ask("What does the study report?", {"title": f"Study {row['abstract']}"})
    verdicts = [claim.verdict.verdict for claim in answer.claims if claim.verdict and not claim.struck]
    claims = 3 - row["true"] if row["kind"] == "struck" else sum("[1]" in line for line in row["text"].split("\n"))
    proved = verdicts.count("supported")
    return "whole" if proved == len(verdicts) >= claims else "some" if proved else "none"


@pytest.mark.parametrize(("kind", "true", "false"), [("table", 0.55, 0.2), ("denying line", 0.0, 0.2), ("struck", 0.95, 0.2)])
@pytest.mark.slow
def test_held_out_replies(kept: Counter[tuple[str, bool, str]], kind: str, true: float, false: float) -> None:
    shares = {
        right: kept[kind, right, "whole"] / sum(kept[kind, right, state] for state in ("whole", "some", "none"))
        for right in (True, False)
    }
    assert shares[True] >= true, shares
    assert shares[False] <= false, shares
