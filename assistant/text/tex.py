"""Plain text as words of LaTeX and BibTeX, and back: what exports write and the BibTeX reader takes in again."""

from __future__ import annotations

import re

LISTED = "as listed on page "
"""The beginning of the note of an exported entry, by which the reader recognizes text that `escaped` wrote."""
_WRITTEN = {char: f"\\{char}" for char in "$&#_%"} | {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # \{ would count as a brace for BibTeX
    "}": r"\textbraceright{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
_SPECIAL = str.maketrans(_WRITTEN)
_READ = {written: char for char, written in _WRITTEN.items()}
_COMMAND = re.compile("|".join(map(re.escape, _READ)))


def escaped(content: str) -> str:
    """`content` with no command in it."""
    return content.translate(_SPECIAL)


def unescaped(content: str) -> str:
    """The text that `escaped` turned into `content`."""
    return _COMMAND.sub(lambda match: _READ[match.group()], content)
