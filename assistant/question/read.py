"""A question, read once: `read` gives the `Question` that search, answer and refusal work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

from assistant.library.lexical_index import Lexical
from assistant.library.spelling import respell
from assistant.question import acronyms
from assistant.question.best_figure import BestFigure, best_figure
from assistant.question.decompose import Span, parts
from assistant.question.details import Details, details
from assistant.question.exclusion import excluded
from assistant.question.how import How, how
from assistant.question.intent import Intent, intent
from assistant.question.library import About, about
from assistant.question.list_intent import Listing, Narrowed, Onward, form, listing, more, narrowed, overview
from assistant.question.metadata_intent import OfPaper, Papers, Reference, of_paper, papers, reference
from assistant.question.names import capitalised, subjects, written_as_names
from assistant.question.premise import Premise, premise
from assistant.question.rewrite import standalone
from assistant.question.singles import Single, singles
from assistant.text import numbers
from assistant.text.terms import terms

Kind = Literal[
    "small talk", "library", "list", "count", "overview", "comparison", "acronym", "definition", "figure", "fact", "record"
]
_SMALL_TALK = ("hello", "thanks", "bye")
Rewrite = Callable[[str, Sequence[str]], str]
"""Makes a follow-up stand alone: the question and the earlier questions to the question that is searched for."""


class Vocabulary(NamedTuple):
    """The words that a question is spelled with."""

    lexical: Lexical
    """The words of the library."""
    is_word: Callable[[str], bool]
    """Whether a word belongs to the language; such a word is kept although the library does not hold it."""


@dataclass(frozen=True)
class Question:
    """A question in the spelling of the library, and everything that its wording shows."""

    asked: str
    """The question as the user asked it."""
    text: str
    """The question that is searched for: standing alone, spelled as the library spells, without how to answer."""
    worded: str
    """The question with the words that say how to answer, for the writer of the answer."""
    how: How
    """The number of things asked for, and the length of the answer."""
    changes: tuple[tuple[str, str], ...]
    """Spellings replaced: as asked, as read."""
    versions: tuple[tuple[str, str], ...]
    """Names with a version that the library holds in no spelling: the name, and the name with its version."""
    parts: tuple[Span, ...]
    """Offsets of the parts of a comparison or a double question; empty for a single question."""
    names: tuple[str, ...]
    """Words with inner capitals or figures."""
    unknown: tuple[str, ...]
    """The names that the library does not hold."""
    about: About | None
    """A question about the library itself, or a remark to the assistant; None for other questions."""
    record: OfPaper | Papers | None
    """A question that the records of the papers answer; None for other questions."""
    cited: Reference | None
    """A paper that is named by an id, a key, or authors and year."""
    alone: str
    """The question as asked, a follow-up standing alone; `cited` has its place here."""
    more: Onward | None = None
    """A follow-up to the list in the answer before; None for other questions."""
    narrowed: Narrowed | None = None
    """A question for some papers of the list in the answer before."""

    # read from `text` alone where a step asks for them: a search needs none of them

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the content words."""
        return frozenset(terms(self.text))

    @cached_property
    def singles(self) -> tuple[Single, ...]:
        """The questions of a double question, or one for each thing compared; empty for a single question."""
        return tuple(singles(self.text))

    @cached_property
    def capitalised(self) -> tuple[str, ...]:
        """Capitalised words inside a sentence."""
        return capitalised(self.text)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """Quoted phrases, and runs of words with capitals."""
        return tuple(subjects(self.text))

    @cached_property
    def acronym(self) -> str | None:
        """The acronym whose meaning is asked for."""
        return acronyms.asked(self.text)

    @cached_property
    def meaning_only(self) -> bool:
        """Nothing is asked but what an acronym stands for."""
        return acronyms.meaning_asked(self.text)

    @cached_property
    def intent(self) -> Intent:
        """The kind of answer that the wording asks for."""
        return intent(self.text)

    @cached_property
    def details(self) -> Details:
        """The details asked for."""
        return details(self.text)

    @cached_property
    def excluded(self) -> tuple[str, frozenset[str]] | None:
        """What the papers asked for are not to have: its words and their stems."""
        return excluded(self.text) if self.intent.lists else None

    @cached_property
    def premise(self) -> Premise:
        """The statement that the question takes for granted, or asks to be confirmed."""
        return premise(self.text)

    @cached_property
    def listing(self) -> Listing | None:
        """The papers that are asked for, all of them."""
        return listing(self.text)

    @cached_property
    def overview(self) -> str | None:
        """The topic on which an overview of papers is asked for; None for other questions."""
        return overview(self.text)

    @cached_property
    def best_figure(self) -> BestFigure | None:
        """The figure whose highest or lowest value on a benchmark is asked for."""
        return best_figure(self.text)

    @property
    def kind(self) -> Kind:
        """The kind of answer that is asked for."""
        if self.about:
            return "small talk" if self.about in _SMALL_TALK else "library"
        if self.record:
            return "record"
        if self.listing:
            return self.listing.asks
        if self.overview:
            return "overview"
        if self.intent.topic.strip() or self.intent.lists:
            return "list"
        if self.acronym:
            return "acronym"
        if self.parts or self.singles:
            return "comparison"
        if self.intent.defines and self.intent.explains:
            return "definition"
        return "figure" if self.intent.figure else "fact"


def read(
    asked: str,
    earlier: Sequence[str],
    consult: Callable[[Callable[[Vocabulary], Question]], Question],
    rewrite: Rewrite = standalone,
    *,
    listed: str = "",
    answered: str = "",
) -> Question:
    """Read a question once, for all later steps.

    Args:
        asked: the question, in plain words.
        earlier: the questions asked before, each standing alone, oldest first.
        consult: runs a function on the vocabulary of the library.
        rewrite: makes a follow-up stand alone, by rules or by a model.
        listed: the question of the list that a follow-up can act on, standing alone; empty without a list.
        answered: the last question that papers answered, standing alone; empty without one.

    Returns:
        The question with its parts, names and details.

    Raises:
        ModelError: the model that rewrites cannot be asked.
        LibraryError: the library cannot be read.
    """
    asks_on = more(asked) if listed else None
    part = narrowed(asked) if listed and not asks_on else None
    length = form(asked) if earlier and not asks_on else None
    if length:
        alone = f"{(answered or earlier[-1]).rstrip(' ?.!')} {length}?"
    elif part:
        alone = asked
    else:
        alone = listed if asks_on else asked if about(asked) else rewrite(asked, earlier)
    read_as = consult(lambda vocabulary: _question(asked, alone, vocabulary))
    if part and (by := papers(part.plain)):
        read_as = replace(read_as, record=by)
    return replace(read_as, more=asks_on, narrowed=part)


def stated(statement: str) -> Question:
    """A statement in place of a question, to be searched for as it stands."""
    return Question(
        asked=statement,
        text=statement,
        worded=statement,
        how=how("")[0],
        changes=(),
        versions=(),
        parts=(),
        names=written_as_names(statement),
        unknown=(),
        about=None,
        record=None,
        cited=None,
        alone=statement,
    )


def _question(asked: str, alone: str, vocabulary: Vocabulary) -> Question:
    spelled = respell(alone, vocabulary.lexical, vocabulary.is_word)
    way, content = how(spelled.text)
    names = written_as_names(content)
    return Question(
        asked=asked,
        text=content,
        worded=spelled.text,
        how=way,
        changes=spelled.changes,
        versions=spelled.versions,
        parts=tuple(parts(content)),
        names=names,
        unknown=tuple(name for name in names if not any(map(vocabulary.lexical.holds, numbers(name)))),
        about=about(alone),
        # names of people are not spelled as the papers spell their words
        record=(of_paper(asked) if asked != alone else None) or of_paper(alone) or papers(alone),
        cited=reference(alone, vocabulary.lexical.knows),
        alone=alone,
    )
