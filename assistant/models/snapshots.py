"""Repositories of the hub, as far as a model needs them: downloaded once, then found without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from assistant.errors import ModelError

_T = TypeVar("_T")
HUB: Final = re.compile(r"hf:(?P<repository>[\w.-]{1,96}/[\w.-]{1,96})")
"""The value of a setting that names a repository."""


def get(repository: str, settings: Sequence[str], weights: Sequence[list[str]], read: Callable[[Path], _T], setting: str) -> _T:
    """Download the files of a model.

    Args:
        repository: "OWNER/REPO".
        settings: the files beside the weights, as patterns.
        weights: the files of each kind of weights, as patterns, the best kind first; the first kind that can be read is enough.
        read: reads the folder of the files.
        setting: the setting that names the repository, for people.

    Returns:
        What `read` makes of the folder.

    Raises:
        ModelError: the files cannot be downloaded, or `read` does not understand them.
    """
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]

    try:
        folder = Path(snapshot_download(repository, allow_patterns=list(settings)))
        for patterns in weights:
            snapshot_download(repository, allow_patterns=patterns)
            with suppress(ModelError):
                return read(folder)
    except Exception as exc:  # the hub's errors, httpx's and those of the disk
        why = " ".join(str(exc).split())[:200]
        raise ModelError(f"{repository} cannot be downloaded from the hub; check {setting} ({why})") from exc
    return read(folder)  # which says what is wrong


def cached(repository: str, file: str, read: Callable[[Path], _T]) -> _T | None:
    """What `read` makes of a repository that was downloaded; None where it was not, or in part. `file` is one of its files."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, file)
    if isinstance(found, str):
        with suppress(ModelError):  # downloaded in part
            return read(Path(found).parent)
    return None
