"""Sentences that give orders to a reader, found once a paper and kept beside the indexes of a generation.

A look at an abstract takes half a millisecond, so a search would take that for each paper that its process has not read yet. The
file is derived: where it is missing, damaged or made by other rules, abstracts are looked at when they are shown, and the next
write makes the file anew. A text is told by its hash, so what is kept never speaks of another text.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from assistant.files import read_plain, write_plain
from assistant.library.store import Head

FILE = "orders"
Found = tuple[tuple[tuple[int, int], str], ...]
"""The offsets of such sentences in a text, each with the name of the rule that told it."""
_HASH_BYTES = 16
"""Nobody can write two texts of one hash of this length, of which the harmless one would speak for the other."""


class Look(NamedTuple):
    """How a text is looked at."""

    rules: str
    """Told apart by this: a hash of all that shapes what is found."""
    found: Callable[[str], Found]
    """The sentences of a text that give orders."""


class Kept(NamedTuple):
    """What is known of the texts of a generation."""

    texts: bytes
    """The hashes of the texts that were looked at, sorted, one behind the other: 16 bytes a paper."""
    orders: dict[bytes, Found]
    """Hash of a text -> what was found; nothing was found in the others."""

    def __call__(self, content: str) -> Found | None:
        """What was found in a text; None where nobody looked."""
        return self.of(_hash_of(content))

    def of(self, text: bytes) -> Found | None:
        """What was found in the text of this hash; None where nobody looked."""
        place = bisect_left(range(len(self.texts) // _HASH_BYTES), text, key=self._text)
        return self.orders.get(text, ()) if self._text(place) == text else None

    def _text(self, place: int) -> bytes:
        return self.texts[place * _HASH_BYTES : (place + 1) * _HASH_BYTES]


NOTHING = Kept(b"", {})
"""No text was looked at."""


def read(folder: Path, look: Look) -> Kept:
    """What the file in the folder of a generation holds; nothing where it is missing, damaged or made by other rules."""
    try:
        whole = read_plain(folder / FILE)
    except OSError:
        return NOTHING
    sum, content = whole[:_HASH_BYTES], whole[_HASH_BYTES:]
    if sum != _hash(content):
        return NOTHING
    head, _, texts = content.partition(b"\n")
    rules, rows = json.loads(head)
    if rules != look.rules:
        return NOTHING
    orders = {bytes.fromhex(text): tuple(((start, end), rule) for start, end, rule in found) for text, found in rows.items()}
    return Kept(texts, orders)


class Noting:
    """Looks at papers as they pass, and writes what was found."""

    def __init__(self, look: Look, known: Kept) -> None:
        """Nothing passed yet; what is `known` is not looked for again."""
        self._look = look
        self._known = known
        self._found: dict[bytes, Found] = {}

    def passing(self, heads: Iterable[Head]) -> Iterator[Head]:
        """Look at papers.

        Yields:
            Each paper.
        """
        for head in heads:
            text = _hash_of(head.paper.abstract)
            known = self._known.of(text)
            self._found[text] = self._look.found(head.paper.abstract) if known is None else known
            yield head

    def write(self, folder: Path) -> None:
        """Write the file of the papers that passed, and of no others.

        Raises:
            OSError: the file cannot be written.
        """
        orders = {text.hex(): [(*span, rule) for span, rule in found] for text, found in sorted(self._found.items()) if found}
        content = json.dumps([self._look.rules, orders]).encode() + b"\n" + b"".join(sorted(self._found))
        write_plain(folder / FILE, _hash(content) + content)


def _hash_of(text: str) -> bytes:
    return _hash(text.encode("utf-8", "surrogatepass"))


def _hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=_HASH_BYTES).digest()
