"""Tokens, as language models count them. The only user of tiktoken."""

from __future__ import annotations

import importlib.util
import os
from functools import lru_cache
from pathlib import Path
from typing import Any


def count(text: str) -> int:
    """The tokens in `text`, by cl100k_base; other models' counts differ by some per cent."""
    return len(_encoding().encode(text, disallowed_special=()))


@lru_cache(maxsize=1)
def _encoding() -> Any:
    """The encoding out of the copy that llama-index ships, so that counting needs no network."""
    spec = importlib.util.find_spec("llama_index.core")
    if spec and spec.origin:
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(Path(spec.origin).parent / "_static" / "tiktoken_cache"))
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")
