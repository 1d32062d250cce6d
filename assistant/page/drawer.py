"""The drawer of conversations at the side of the page, as a fragment; the script of the page searches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.page.markup import Html, tag

_TITLE = 120


def conversations(held: Mapping[str, Sequence[str]], current: str) -> Html:
    """The way to each conversation.

    Args:
        held: the questions of each conversation, by id, in the order of the list.
        current: the id of the conversation that is open.

    Returns:
        A field that searches all questions, and a list of the first questions.
    """
    if not held:
        return tag("p", "None is kept yet.", class_="note")
    items = [
        tag(
            "li",
            tag(
                "button",
                questions[0][:_TITLE] if questions else "No question yet",
                type="button",
                class_="open",
                data_act="conversation",
                data_conversation=id,
                aria_current="true" if id == current else None,
                dir="auto",
            ),
            data_said="\n".join(questions),
        )
        for id, questions in held.items()
    ]
    return tag(
        "div",
        tag("input", type="search", placeholder="Search the questions", aria_label="Search the questions of all conversations"),
        tag("p", "No question holds these words.", class_="note", role="status", hidden=True),
        tag("ul", *items),
        class_="earlier",
    )
