"""Refusals that help: the reason, the nearest passages, and questions that the library answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import cancel, text
from assistant.answer import citations, confidence
from assistant.answer.draft import Draft, Session
from assistant.answer.list_answer import counted
from assistant.config import default
from assistant.question.names import around, called
from assistant.question.read import Question
from assistant.search.retriever import Found, Hit, Retriever
from assistant.text import harmless
from assistant.text.language import is_english
from assistant.types import Answer, Passage, Where
from assistant.verify import injection

_FOREIGN = "The question is not in English, but the papers are: they are found by English words. Please ask in English."
_LOOKED_AT = 3
"""Papers found that tell the language of the library."""
ASKABLE = 3
"""At most this many questions are suggested, however many passages a refusal names."""
_KINDS = ("What does {} propose?", "Which results does {} report?", "How does {} work?")
"""Questions about the nearest papers; each kind is answered as often as the others, by 88 or 89 of 91 papers."""
_ASKS = re.compile(r"(?i)(?:what|which|how|why|who|when|where)\s+\S+\s+\S+\s+\S+")
"""A part that stands as a question by itself."""
_HEAD = re.compile(
    r"(?i)\b(?:which|what|whose|many|does|do|did|is|are|was|were|has|have|can|could|will|would|should)\s+(?:the\s+|an?\s+)?$"
)


_GARBLED = re.compile(
    r"(?i)^\W|,\s*[,;:?.!]|\b(?:by|of|in|on|with|from|for|to|than|and|or|the|an?|do|does|did|is|are|was|were)\s*(?:[,;:?.!]|$)"
)
"""A question out of which a name was taken that its wording needs."""


def why(session: Session, draft: Draft) -> str:
    """Word the reason for a refusal.

    Returns:
        A sentence.
    """
    verdicts = [claim.verdict for claim in draft.claims if claim.verdict and claim.verdict.verdict == "not judged"]
    if unjudged := [verdict for verdict in verdicts if verdict.reasons != (citations.UNFINISHED,)]:
        return f"What was written could not be judged: {'; '.join(unjudged[0].reasons)}."
    if draft.refused:
        return draft.refused
    if draft.declined:
        return "The model declined to answer."
    if draft.claims and cancel.ended():
        return "It was stopped before a sentence was written that is supported by the papers it cites."
    if verdicts:
        return "The text stops before a sentence was written that is supported by the papers it cites."
    if draft.claims:
        return "Nothing that was written is supported by the papers it cites."
    if draft.found and not is_english(draft.question.alone) and any(map(_english, draft.found.hits[:_LOOKED_AT])):
        return _FOREIGN
    return _hidden(session, draft) or _below_threshold(session, draft) or _nothing(session, draft)


def _nothing(session: Session, draft: Draft) -> str:
    return reason(draft.found, session.where, session.tools.retriever) if draft.found else "Nothing was searched for."


def _hidden(session: Session, draft: Draft) -> str | None:
    """Says that the filter hides the papers that hold a name asked for, or that answer; None where it hides none."""
    if not session.where or not draft.found or not draft.found.hits:
        return None
    retriever = session.tools.retriever
    for name in confidence.uncovered(draft.found):
        passing = {place.id for place in retriever.scan(name, session.where)}
        outside = [place.id for place in retriever.scan(name) if place.id not in passing]
        if outside and not passing:
            mention = f"mention{'s' if len(outside) == 1 else ''} {name}"
            if session.where.keys() == {"without"}:
                left = f"{counted(len(outside))} that {'is' if len(outside) == 1 else 'are'} left out"
                return f"{left} {mention}; no other paper does. Ask with all papers."
            return (
                f"No paper within the filter mentions {name}; {counted(len(outside))} outside it {mention}. Ask without the filter."
            )
    whole = retriever.search(draft.question, _LOOKED_AT)
    allowed = {hit.passage.paper.id for hit in draft.found.hits}
    chance = confidence.confidence(whole)
    if whole.hits[0].passage.paper.id in allowed or chance < max(confidence.WEAK, session.tools.settings.threshold):
        return None
    said = "The papers within the filter do not seem to hold an answer."
    return f'{said} Outside it, "{whole.hits[0].passage.paper.shown}" is likely to ({chance:.0%}). Ask without the filter.'


def _below_threshold(session: Session, draft: Draft) -> str | None:
    """Says that more certainty was asked for than there is; None where the usual threshold refuses too."""
    asked = session.tools.settings.threshold
    if not default("answer.threshold") <= draft.confidence < asked:
        return None
    return (
        f"The library holds an answer with a probability of {draft.confidence:.0%}, which is below the {asked:.0%} asked for. "
        "Ask for less certainty (setting answer.threshold)."
    )


def _english(hit: Hit) -> bool:
    return len({"the", "of", "and"} & set(hit.passage.text.lower().split())) > 1


def reason(found: Found, where: Where | None, retriever: Retriever) -> str:
    """Word why the papers found do not answer a question.

    Returns:
        A sentence.
    """
    if not found.hits:
        return f"No paper matches the filter. {found.unmatched}".strip() if where else "The library holds no paper."
    lacking = confidence.unknown_versions(found)
    if unknown := [*lacking, *(name for name in found.question.unknown if not any(name in version for version in lacking))]:
        return f"No paper in the library mentions {' or '.join(unknown)}."
    if papers := confidence.left_out(found):
        titles = " and ".join(repr(hit.passage.paper.title) for hit in papers)
        return f"The abstract of {titles} does not say; the full text may."
    if papers := confidence.silenced(found):
        titles = " and ".join(repr(hit.passage.paper.title) for hit in papers)
        return f"All that the abstract of {titles} says are orders to its reader, which are left out."
    if names := confidence.uncovered(found):
        if nowhere := unmentioned(names, where, retriever):
            return f"None of the papers found mentions {' or '.join(nowhere)}."
        said = f"None of the papers nearest to the question mentions {' or '.join(names)}; other papers of the library do."
        return f"{said} Ask about one thing at a time." if found.question.parts else said
    return "The library does not seem to hold an answer to this question."


def unmentioned(names: Sequence[str], where: Where | None, retriever: Retriever) -> tuple[str, ...]:
    """The names among `names` that no paper mentions, of those that pass the filter."""
    return tuple(name for at, name in enumerate(names) if at >= confidence.MOST_NAMES or not retriever.scan(name, where))


def rewordings(question: Question, lacking: Sequence[str], nearest: Sequence[Passage]) -> list[str]:
    """Suggest questions near `question` that the library can answer.

    The first is the part of the question without the names that no paper holds, or the whole question without these names, where
    something remains and the question does not ask about the names. Then comes one for each of the nearest papers that
    anything is quoted of.

    Returns:
        The questions.
    """
    asked: list[str] = []
    rest = question.text
    if len(lacking) > confidence.MOST_NAMES:
        lacking = ()
    for name in lacking:
        listed = rf"(?<!\s)\s*(?:,\s*)?(?:(?:by|of|in|on|with|from|for|to|than|and|or)\s+)?(?<!\w){re.escape(name)}(?!\w)"
        rest = re.sub(listed, "", rest)
    if whole := _part_without(lacking, question):
        asked.append(whole)
    elif _asks(rest, question.text) and not any(_wanted(question.text, name) for name in lacking):
        asked.append(re.sub(r" (?=[?.,])| ?\( ?\)", "", " ".join(rest.split())))
    for kind, passage in zip(_KINDS, (each for each in nearest if each.shown), strict=False):
        asked.append(kind.format(called(text.clean(passage.paper.title))))
    return list(dict.fromkeys(asked))[:ASKABLE]


def _asks(rest: str, question: str) -> bool:
    """Whether a question without some of its names still asks something."""
    return rest != question and not _GARBLED.search(rest) and len(text.content_words(rest)) >= 2


def _wanted(question: str, name: str) -> bool:
    """Whether a question asks for a name, or the name is the subject of its verb: without the name it would be no question."""
    return any(_HEAD.search(before) and not re.match(r"\w", after) for before, after in around(question, name))


def _part_without(lacking: Sequence[str], question: Question) -> str | None:
    """The first part of a double question that asks for none of what is lacking, as a question."""
    if not lacking:
        return None
    for start, end in question.parts:
        part = question.text[start:end].strip(" ,;?.")
        if _ASKS.match(part) and not any(name in part for name in lacking):
            return f"{part[0].upper()}{part[1:]}?"
    return None


def quotable(hit: Hit) -> Passage:
    """The passage of a hit, its best sentence one that gives no orders to a reader: the first such, or none of the text."""
    passage = hit.passage
    spans = hit.spans
    kept = [spans[at] for at in injection.free(passage.paper.abstract, spans)]
    if passage.best in kept:
        return passage
    return passage.model_copy(update={"best": kept[0] if kept else (passage.start, passage.start)})


def naming(answer: Answer, most: int) -> Answer:
    """The answer with at most `most` nearest passages, which the text of a refusal names too."""
    nearest = answer.nearest[:most]
    if len(nearest) == len(answer.nearest):
        return answer
    text = harmless(told(answer.reason or "", nearest, answer.rewordings)) if answer.abstained else answer.text
    return answer.model_copy(update={"nearest": nearest, "text": text})


def told(why: str, nearest: Sequence[Passage], questions: Sequence[str]) -> str:
    """The refusal as a text to read."""
    lines = [why]
    if nearest:
        lines.append("What is nearest:")
        for passage in nearest:  # a text that only speaks to its reader is not quoted
            lines.append(f"- {text.clean(passage.paper.title)}" + (f': "{passage.shown}"' if passage.shown else ""))
    if questions:
        lines.append("This can be asked:")
        lines += [f"- {question}" for question in questions]
    return "\n".join(lines)
