"""An abstract read once for all columns: its sentences as a reader sees them, with their figures and offsets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from assistant import text
from assistant.text.disguise import crossed
from assistant.text.quantities import quantities
from assistant.text.terms import terms
from assistant.text.units import Quantity
from assistant.text.view import View
from assistant.types import Paper
from assistant.verify import asserted, injection
from assistant.verify.alignment import Sentence


@dataclass(frozen=True)
class Line:
    """A sentence of an abstract."""

    start: int
    end: int
    """Offsets in the abstract."""
    place: float
    """0 for the first sentence, 1 for the last one."""
    text: str
    """As a reader sees it."""

    @cached_property
    def folded(self) -> str:
        """The text folded for comparison, a blank at both ends."""
        return f" {text.fold(self.text)} "

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the content words."""
        return frozenset(terms(self.text))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The quantities, their offsets in `text`; none with a stroke over a digit, whose value nobody can tell."""
        return tuple(each for each in quantities(self.text) if not crossed(self.text[max(0, each.start - 1) : each.end + 1]))

    @cached_property
    def _parts(self) -> Sentence:
        return Sentence(self.text)

    def asserts(self, value: str | Quantity) -> bool:
        """Whether it asserts a name or a quantity of its text: neither denies nor asks nor plans it."""
        if isinstance(value, str):
            return asserted.asserts(self._parts, value)
        return asserted.asserts_figure(self._parts, value)


@dataclass(frozen=True)
class Abstract:
    """A paper as the columns see it."""

    paper: Paper
    lines: tuple[Line, ...]
    """Sentences that give orders to a reader are left out."""

    @cached_property
    def title(self) -> str:
        """The title as a reader sees it."""
        return self.paper.shown


def read(paper: Paper) -> Abstract:
    """Read the sentences of a paper."""
    abstract = paper.abstract
    spans = text.sentences(abstract)
    last = max(1, len(spans) - 1)
    lines = [
        Line(*spans[at], at / last, " ".join(View(abstract[slice(*spans[at])]).text.split()))
        for at in injection.free(abstract, spans)
    ]
    return Abstract(paper, tuple(lines))
