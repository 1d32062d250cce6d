"""A report as SARIF 2.1.0 (OASIS standard), which editors and code hosts show beside the lines of the draft."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from assistant import __version__, text
from assistant.check import formats
from assistant.check.values import Report, Sentence, State

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES: dict[State, tuple[str, str]] = {
    "differs": ("says-something-else", "An abstract that the sentence cites says something else."),
    "other paper": ("other-paper", "No abstract that the sentence cites says it, but that of another paper."),
    "unknown citation": ("unknown-citation", "The citation means no entry of the references, or no paper of the library."),
    "not found": ("not-found", "No abstract of the library was found to say it."),
    "uncited": ("citation-missing", "The sentence cites nothing, and a paper of the library says it."),
}
"""States that are told: the id of the rule, and what the rule says."""


def log(report: Report) -> str:
    """The log: a result for each sentence with something to be told; what is proved or own has none.

    Levels: "error" for a state of `PROBLEMS`, "warning" for a citation whose abstract does not say it, else "note".

    Returns:
        The log as JSON.
    """
    places = list(_RULES)
    driver = {
        "name": "assistant check",
        "version": __version__,
        "rules": [{"id": id, "shortDescription": {"text": said}} for id, said in _RULES.values()],
    }
    results = [_result(report, one, places.index(one.state)) for one in report.sentences if one.state in _RULES]
    # lines and columns count characters, not the two units that UTF-16 has for some
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _result(report: Report, one: Sentence, rule: int) -> dict[str, Any]:
    said = formats.told(report, one)
    quoted = [f'"{words}" ({place})' for place, words in formats.quotes(report, one)]
    region = {
        "startLine": one.line,
        "startColumn": one.column,
        "endLine": one.end_line,
        "endColumn": one.end_column,
        "charOffset": one.start,
        "charLength": one.end - one.start,
    }
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(PurePath(report.name or "draft").as_posix())}, "region": region}
    return {
        "ruleId": _RULES[one.state][0],
        "ruleIndex": rule,
        "level": "error" if one.problem else "warning" if one.state == "not found" and one.citations else "note",
        "message": {"text": _plain("\n".join([said, *quoted]))},
        "locations": [{"physicalLocation": location}],
    }


def _plain(content: str) -> str:
    """A message without a link in it: "[words](address)" is one in SARIF."""
    return text.harmless(content).replace("](", "] (")
