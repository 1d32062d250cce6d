"""Prompts: files checked when they are loaded, fences around what is not ours, and lists out of replies."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Set
from pathlib import Path
from string import Template
from typing import Any

from assistant.config import data_folder, read_yaml
from assistant.errors import ConfigError
from assistant.types import Message, Value

_PARTS = ("system", "user")


class Prompt(Value):
    """The messages to a model, with `$holes` for the parts that differ between calls."""

    name: str
    system: str
    user: str
    fingerprint: str
    """A hash of both texts, 12 hexadecimal digits."""

    def messages(self, **values: str) -> list[Message]:
        """The messages with their holes filled, once: a `$` in a value stays a `$`."""
        return [{"role": role, "content": Template(getattr(self, role)).substitute(values)} for role in _PARTS]


def load(name: str, holes: Set[str], folder: Path | None = None) -> Prompt:
    """Read the prompt `prompts/NAME.yaml`.

    Args:
        name: the file's name without its ending.
        holes: the names of the holes that the code fills.
        folder: the folder of the file; None for the shipped one.

    Returns:
        The prompt.

    Raises:
        ConfigError: the file cannot be read, has other keys than `system` and `user`, or other holes than `holes`.
    """
    path = (folder or data_folder("prompts")) / f"{name}.yaml"
    content = read_yaml(path, "prompt")
    for key in sorted({*_PARTS} ^ content.keys(), key=str):
        raise ConfigError(f"the prompt {str(path)!r} {'lacks' if key in _PARTS else 'has the unknown'} key {key!r}")
    found: set[str] = set()
    for key, text in content.items():
        if not isinstance(text, str) or not Template(text).is_valid():
            raise ConfigError(f"the prompt {str(path)!r} is no text with $holes in {key!r}; a dollar sign is written $$")
        found.update(Template(text).get_identifiers())
    for hole in sorted(found ^ holes):
        raise ConfigError(f"the prompt {str(path)!r} {'lacks the' if hole in holes else 'has the unknown'} hole ${hole}")
    system, user = (content[part] for part in _PARTS)
    fingerprint = hashlib.sha256(json.dumps([system, user]).encode()).hexdigest()[:12]
    return Prompt(name=name, system=system, user=user, fingerprint=fingerprint)


def fence(text: str, tag: str = "passage") -> str:
    """Put foreign text between two tags with a code that the text cannot hold, so that the text cannot close the fence.

    The code is a hash of the text: the same question makes the same prompt, and nobody can write a text that holds the hash
    of itself. Nothing is escaped, so a model can quote the text exactly.

    Returns:
        The tags with the text between them, byte for byte.
    """
    code = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"<{tag} {code}>\n{text}\n</{tag} {code}>"


def listed(reply: str, key: str) -> list[Any] | None:
    """Read a list from the JSON of a reply.

    Models put prose and code fences around JSON, so the JSON is searched for. The last list counts: earlier ones may be part
    of the reasoning or quoted from a passage.

    Args:
        reply: the reply: prose with an object that holds the list, or with nothing but the list.
        key: the key of the list in the object.

    Returns:
        The list; None where the reply holds none.
    """
    starts = [match.end() for match in re.finditer(rf'"{re.escape(key)}"\s*:\s*(?=\[)', reply)]
    if not starts:
        bare = re.match(r"\s*(?:```\w*\s*)?(?=\[)", reply)
        starts = [bare.end()] if bare else []
    try:
        return json.JSONDecoder().raw_decode(reply, starts[-1])[0] if starts else None
    except (ValueError, RecursionError):  # cut off, no JSON, or nested without end
        return None
