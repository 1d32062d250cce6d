"""A stand-in for the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

import pytest


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[list[str]]:
    """Let the files of the repository owner/tiny lie in `folder`, where a download puts them, and none in the cache.

    Returns:
        The patterns of files that are asked for, a list a download.
    """
    import huggingface_hub

    asked: list[list[str]] = []

    def download(repository: str, allow_patterns: list[str]) -> str:
        assert repository == "owner/tiny"
        asked.append(allow_patterns)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)
    return asked
