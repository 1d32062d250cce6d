"""Notes of a reader on quoted passages, as fragments; the script of the page opens and closes the editor."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import export
from assistant.page.markup import Html, tag
from assistant.page.views import LONGEST_NOTE, Note
from assistant.types import Source

_BEGINNING = 90
"""A passage is named by its first characters, at most this many."""


def below(turn: str, quoted: Sequence[tuple[int, Source]], notes: Sequence[Note], gone: Note | None = None) -> Html:
    """The notes on the quotes of a paper, and the editor for another one.

    Args:
        turn: the id of the turn whose answer rests on the quotes.
        quoted: the quotes with their places in `Answer.sources`.
        notes: of the conversation; those on other passages are left out.
        gone: the note that was just deleted.

    Returns:
        The fragment; empty without a quote.
    """
    if not quoted:
        return Html()
    several = len(quoted) > 1
    items = [_item(turn, place, source, note, several) for place, source in quoted for note in notes if note.on(source)]
    lost = [_undo(turn, place, gone) for place, source in quoted if gone and gone.on(source)]
    add = tag("button", "Add a note", type="button", class_="act", data_note_new=True)
    return tag("div", tag("ul", *items) if items else Html(), *lost[:1], add, _editor(turn, quoted), class_="notes")


def _item(turn: str, place: int, source: Source, note: Note, several: bool) -> Html:
    said = note.text
    return tag(
        "li",
        tag("q", _begun(source), dir="auto") if several else Html(),
        tag("p", tag("span", "Your note: ", class_="unseen"), said, dir="auto"),
        tag("button", "Edit", type="button", class_="act", data_note_edit=note.id, data_place=place, aria_label="Edit this note"),
        _save(turn, place, note, "Delete", ""),
        id=f"note-{turn}-{note.id}",
        tabindex="-1",
    )


def _save(turn: str, place: int, note: Note, label: str, text: str) -> Html:
    return tag(
        "button",
        label,
        type="button",
        class_="act",
        data_act="note",
        data_turn=turn,
        data_place=place,
        data_note=note.id,
        data_text=text,
        aria_label=f"{label} this note" if label == "Delete" else None,
    )


def _undo(turn: str, place: int, gone: Note) -> Html:
    return tag("div", tag("p", "Note deleted.", role="status"), _save(turn, place, gone, "Undo", gone.text), class_="undo")


def _editor(turn: str, quoted: Sequence[tuple[int, Source]]) -> Html:
    """A box for a note, hidden until it is asked for; where there are several quotes, the choice of one."""
    options = [tag("option", _begun(source), value=place) for place, source in quoted]
    first = quoted[0][0]
    return tag(
        "div",
        tag("label", "The passage ", tag("select", *options)) if len(options) > 1 else Html(),
        tag("textarea", rows=3, maxlength=LONGEST_NOTE, aria_label="Your note", dir="auto"),
        tag("button", "Save", type="button", class_="act", data_act="note", data_turn=turn, data_place=first, data_text=""),
        tag("button", "Cancel", type="button", class_="act", data_note_leave=True),
        class_="note-editor",
        hidden=True,
    )


def _begun(source: Source) -> str:
    said = " ".join(source.shown.split())
    return said if len(said) <= _BEGINNING else f"{said[:_BEGINNING].rpartition(' ')[0] or said[:_BEGINNING]}…"


def as_markdown(sources: Sequence[Source], notes: Sequence[Note]) -> str:
    """The notes on the quotes of an answer, to stand behind the answer in Markdown; empty without a note."""
    own = [note for note in notes if any(note.on(source) for source in sources)]
    told = [f"> {export.escaped(note.quote)}\n\n{export.escaped(note.text)}" for note in own]
    return "\n\n".join(["\n## Notes", *told]) + "\n" if told else ""
