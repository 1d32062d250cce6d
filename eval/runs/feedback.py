"""Answers that people marked as wrong on the page, as questions of a set; what is right of them, a person has to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assistant import Assistant
from assistant.errors import ConfigError
from assistant.page.store import FEEDBACK, Feedback
from eval.runs import jsonl
from eval.runs.cases import Case

_ID = re.compile(r"feedback-(\d+)")


def read(file: Path) -> list[Feedback]:
    """What people thought, oldest first.

    Raises:
        ConfigError: there is no such file, or a line of it is something else.
    """
    if not file.exists():
        raise ConfigError(
            f"there is no feedback {str(file)!r}; marking an answer on the page makes one, and --from takes that of another library"
        )
    return jsonl.read(file, Feedback, "feedback of the page")


def kept(assistant: Assistant) -> list[Feedback]:
    """What people thought, oldest first, where the page of this library keeps that: in a file, or in the database of a group."""
    url = assistant.settings.store.url
    if url is None:
        return read(assistant.home / FEEDBACK)
    from assistant.library.group import Group
    from assistant.library.shared import Shared

    return [Feedback.model_validate_json(line) for line in Shared(Group(url)).notes()]


def cases(entries: Sequence[Feedback], held: Sequence[Case] = ()) -> list[Case]:
    """A case for each question with an answer that was marked as wrong, without those that `held` asks.

    Who marked an answer as bad and then as good has changed their mind. They go to `tune`: whoever marks an answer has seen it.
    """
    asked = {case.question for case in held}
    last = {(entry.question, entry.text): entry.judgement for entry in entries if entry.judgement != "wrong sentence"}
    bad = [entry for entry in entries if entry.judgement == "wrong sentence" or last.get((entry.question, entry.text)) == "bad"]
    first = max((int(found[1]) for case in held if (found := _ID.fullmatch(case.id))), default=0) + 1
    new = [question for question in dict.fromkeys(entry.question for entry in bad) if question not in asked]
    return [
        Case(
            id=f"feedback-{number:03}",
            question=question,
            type="fact",
            split="tune",
            gold=(),
            facts=(),
            answerable=True,
            todo=("type", "gold", "facts", "answerable"),
            note=_note([entry for entry in bad if entry.question == question]),
        )
        for number, question in enumerate(new, first)
    ]


def _note(entries: Sequence[Feedback]) -> str:
    answered = dict.fromkeys(f"{'answered' if entry.answerable else 'refused'}: {entry.text}" for entry in entries)
    wrong = dict.fromkeys(f"wrong sentence: {entry.sentence}" for entry in entries if entry.sentence)
    cited = dict.fromkeys(f"cited: {title}" for entry in entries for title in entry.papers)
    return " | ".join([*answered, *wrong, *cited])
