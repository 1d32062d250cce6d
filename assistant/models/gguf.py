"""The head of a GGUF file: what the file says of its model. The format: ggml's docs/gguf.md."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from assistant.errors import ModelError
from assistant.files import open_plain

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = ("<B", "<b", "<H", "<h", "<I", "<i", "<f", "<?", "", "", "<Q", "<q", "<d")
"""Formats of the types of values, by their numbers; empty for texts and lists."""
_TEXT, _LIST = 8, 9
_MOST_KEYS, _LONGEST = 10_000, 1_000_000
"""A file with more keys, or with a text of more bytes, is damaged."""
_HALF = 2
"""Bytes of a number in the attention cache, which llama.cpp keeps in half precision."""


class Head(NamedTuple):
    """What a GGUF file says of its model."""

    name: str
    """Empty where the file names none."""
    licence: str
    """As the file has it: "apache-2.0"; empty where it says nothing."""
    context: int
    """Tokens that the model was trained to read at once; 0 where the file does not say."""
    per_token: int
    """Bytes of memory that a token of the context takes; 0 where the file does not say enough."""


def head(path: Path) -> Head:
    """Read the head of a GGUF file, as far as the vocabulary.

    Args:
        path: the file.

    Returns:
        What the file says of its model.

    Raises:
        ModelError: the file cannot be read, or is no GGUF file.
    """
    try:
        with open_plain(path) as file:
            values = _values(file)
    except (OSError, EOFError, LookupError, struct.error, ValueError) as exc:
        why = getattr(exc, "strerror", None) or "it is no GGUF file, or is cut short"
        raise ModelError(f"cannot read the model {str(path)!r}: {why}; set model.gguf to a GGUF file") from exc
    kind = values.get("general.architecture", "")
    return Head(
        str(values.get("general.name", "")),
        str(values.get("general.license", "")),
        _number(values, f"{kind}.context_length"),
        _per_token(values, kind),
    )


def _number(values: Mapping[str, Any], key: str) -> int:
    value = values.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def _per_token(values: Mapping[str, Any], kind: str) -> int:
    """Keys and values of each layer: for each of its heads as many numbers as the head is wide."""
    layers, width, heads = (_number(values, f"{kind}.{key}") for key in ("block_count", "embedding_length", "attention.head_count"))
    shared = _number(values, f"{kind}.attention.head_count_kv") or heads
    wide = _number(values, f"{kind}.attention.key_length") or (width // heads if heads else 0)
    return 2 * layers * shared * wide * _HALF


def _values(file: BinaryIO) -> dict[str, Any]:
    """The single values in front of the vocabulary, by their keys."""
    if file.read(4) != _MAGIC or _scalar(file, "<I") not in _VERSIONS:
        raise ValueError("no GGUF")
    _scalar(file, "<Q")  # tensors
    keys = _scalar(file, "<Q")
    if keys > _MOST_KEYS:
        raise ValueError("more keys than a file has")
    values: dict[str, Any] = {}
    for _ in range(keys):
        key = _text(file)
        if key.startswith("tokenizer."):
            break
        if (value := _value(file, _scalar(file, "<I"))) is not None:
            values[key] = value
    return values


def _value(file: BinaryIO, kind: int) -> Any:
    """A value; None for a list, which is read over."""
    if kind == _TEXT:
        return _text(file)
    if kind != _LIST:
        return _scalar(file, _SCALARS[kind])
    inner, count = _scalar(file, "<I"), _scalar(file, "<Q")
    if count > _LONGEST or inner == _LIST:
        raise ValueError("a list longer than one is, or of lists")
    for _ in range(count):
        _value(file, inner)
    return None


def _scalar(file: BinaryIO, form: str) -> Any:
    return struct.unpack(form, _bytes(file, struct.calcsize(form)))[0]


def _text(file: BinaryIO) -> str:
    return _bytes(file, _scalar(file, "<Q")).decode("utf-8", "replace")


def _bytes(file: BinaryIO, count: int) -> bytes:
    if count > _LONGEST:
        raise ValueError("a text longer than one is")
    read = file.read(count)
    if len(read) < count:
        raise EOFError
    return read
