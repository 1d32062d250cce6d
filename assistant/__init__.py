"""An assistant that answers questions over research-paper abstracts and proves every sentence of its answer.

from assistant import Assistant, ask

print(ask("What does LeanDojo offer?").text)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

os.environ.update(
    # what dependencies would tell their makers is switched off before any of them is imported: some read this only once
    ORT_DISABLE_TELEMETRY="1",  # ONNX Runtime: events over HTTPS, and an identifier of the device under the cache folder
    GRADIO_ANALYTICS_ENABLED="False",
    HF_HUB_DISABLE_TELEMETRY="1",
    ANONYMIZED_TELEMETRY="False",  # Chroma
)

if TYPE_CHECKING:
    from assistant.assistant import Assistant, ask
    from assistant.check.values import Report
    from assistant.errors import AssistantError
    from assistant.review.values import Review
    from assistant.saved import load, load_report, load_review, load_table
    from assistant.table.values import Table
    from assistant.types import (
        Answer,
        Claim,
        IngestReport,
        MigrationReport,
        Page,
        Paper,
        Passage,
        RebuildReport,
        Rejection,
        RemovalReport,
        Source,
        Status,
    )

__version__ = "0.2.0"
__all__ = [
    "Answer",
    "Assistant",
    "AssistantError",
    "Claim",
    "IngestReport",
    "MigrationReport",
    "Page",
    "Paper",
    "Passage",
    "RebuildReport",
    "Rejection",
    "RemovalReport",
    "Report",
    "Review",
    "Source",
    "Status",
    "Table",
    "ask",
    "load",
    "load_report",
    "load_review",
    "load_table",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: `assistant --help` must not wait for the engines."""
    if name in __all__:
        import importlib

        home = {"Assistant": "assistant", "ask": "assistant", "AssistantError": "errors", "load": "saved", "load_table": "saved"}
        home |= {"Table": "table.values", "Report": "check.values", "load_report": "saved"}
        home |= {"Review": "review.values", "load_review": "saved"}
        return getattr(importlib.import_module(f"assistant.{home.get(name, 'types')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
