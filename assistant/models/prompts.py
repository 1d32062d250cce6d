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
    """What a model is asked, with `$holes` for what differs from call to call."""

    name: str
    system: str
    user: str
    fingerprint: str
    """Of both texts, 12 hexadecimal digits."""

    def messages(self, **values: str) -> list[Message]:
        """The messages with their holes filled, once: a `$` in a value stays a `$`."""
        return [{"role": role, "content": Template(getattr(self, role)).substitute(values)} for role in _PARTS]


def load(name: str, holes: Set[str], folder: Path | None = None) -> Prompt:
    """The prompt in `prompts/NAME.yaml`.

    Args:
        name: of the file, without its ending.
        holes: those that the code fills.
        folder: another folder than the one that is shipped.

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
    """`text`, byte for byte, between two tags with a code that it cannot hold, and so cannot close.

    The code is a hash of the text: it needs no chance, so that the same question makes the same prompt, and nobody can
    write a text that holds the hash of itself. Nothing is escaped, so that a model can quote the text exactly.
    """
    code = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"<{tag} {code}>\n{text}\n</{tag} {code}>"


def listed(reply: str, key: str) -> list[Any] | None:
    """The list under `key` in a reply, which may also be nothing but a list; None where there is neither.

    Models put prose and code fences around JSON, so it is looked for. The last list counts: what stands before may be
    thought aloud, or quoted from a passage.
    """
    starts = [match.end() for match in re.finditer(rf'"{re.escape(key)}"\s*:\s*(?=\[)', reply)]
    if not starts:
        bare = re.match(r"\s*(?:```\w*\s*)?(?=\[)", reply)
        starts = [bare.end()] if bare else []
    try:
        return json.JSONDecoder().raw_decode(reply, starts[-1])[0] if starts else None
    except (ValueError, RecursionError):  # cut off, no JSON, or nested without end
        return None
