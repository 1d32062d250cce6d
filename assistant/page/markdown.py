"""Markdown of a model's text: blocks by what stands in front of each sentence, the signs within a sentence by a parsed tree.

All else stays text: HTML, links, images and entities too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from assistant.answer import citations
from assistant.page import tex
from assistant.page.markup import Html, joined, tag
from assistant.text import marks
from assistant.types import Claim

_LONGEST = 5000
"""A longer sentence is shown as text."""
_ITEM = re.compile(r"(?:^|\n)[ \t]*(?:[-*•+]|(\d{1,3})[.)])[ \t]+$")
"""The text in front of an item of a list."""
_HEAD = re.compile(r"(?:^|\n)#{1,6}[ \t]+$")
"""The text in front of a heading."""


class Sentence(NamedTuple):
    """A sentence on its way into a paragraph, a list or a table."""

    lead: str
    """The text in front of the sentence."""
    content: Html
    row: bool = False
    """The content is a row of a table."""
    head: Sequence[str] = ()
    """The labels above a row that is the first one."""
    code: bool = False
    """The content is a line of code, or a part of one."""


def inline(text: str) -> Html:
    """A sentence with its bold, italics, code and formulas as elements.

    Returns:
        The sentence. Where the tree says other words than those that were checked, as for `2*3*4`, only formulas are elements.
    """
    if len(text) > _LONGEST:
        return joined([text])
    tokens = _SIGNS.parseInline(text)[0].children or []
    said = "".join(token.content for token in tokens if token.type != "formula")
    if said != marks.bare(tex.FORMULA.sub("", text)):
        tokens = _FORMULAS.parseInline(text)[0].children or []
    return _tree(tokens)


def sentence(claim: Claim) -> Html:
    """The sentence of a claim without its markers."""
    return inline(citations.unmarked(claim))


def code(claim: Claim) -> str:
    """A line of code as it was written, without the number that it was given."""
    return claim.shown.removesuffix(f" {citations.markers(claim.sources)}") if claim.given else claim.shown


def cells(claim: Claim) -> list[Html]:
    """The cells of a claim that is a row of a table; none where it is something else."""
    return [inline(cell) for cell in citations.cells(claim)]


def blocks(sentences: Iterable[Sentence]) -> Html:
    """Paragraphs, headings, lists, tables and code of sentences."""
    rows: list[tuple[str, list[Html]]] = []
    for lead, content, row, labels, code in sentences:
        item = _ITEM.search(lead)
        if code:
            if not rows or rows[-1][0] != "code":
                rows.append(("code", []))
                lead = lead.rpartition("\n")[2]
            rows[-1][1].append(joined([lead, content]))
        elif row:
            head = (
                [tag("thead", tag("tr", *(tag("th", inline(label), scope="col", dir="auto") for label in labels)))]
                if labels
                else []
            )
            if head or not rows or rows[-1][0] != "table":
                rows.append(("table", head))
            rows[-1][1].append(content)
        elif _HEAD.search(lead):
            rows.append(("h3", [content]))
        elif item or "\n" in lead or not rows or rows[-1][0] in ("table", "code"):
            rows.append(("p" if item is None else "ol" if item[1] else "ul", [content]))
        else:
            rows[-1][1].append(content)
    return joined(_block(kind, [held for _, held in group]) for kind, group in groupby(rows, key=lambda row: row[0]))


def _block(kind: str, held: Sequence[Sequence[Html]]) -> Html:
    match kind:
        case "p" | "h3":
            return joined(tag(kind, joined(each, " ")) for each in held)
        case "code":
            return joined(tag("pre", tag("code", *each), tabindex="0", role="region", aria_label="Code") for each in held)
        case "table":
            return joined(tag("div", _table(each), class_="grid", tabindex="0", role="region", aria_label="Table") for each in held)
        case _:
            return tag(kind, *(tag("li", joined(each, " ")) for each in held))


def _table(held: Sequence[Html]) -> Html:
    head = [each for each in held if each.startswith("<thead>")]
    return tag("table", *head, tag("tbody", *held[len(head) :]))


def _formula(state: StateInline, silent: bool) -> bool:
    """The rule of the parser for a formula, whose inside is not read as Markdown."""
    found = tex.FORMULA.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        state.push("formula", "", 0).content = next(filter(None, found.groups()))
    state.pos = found.end()
    return True


def _tree(tokens: Iterable[Token]) -> Html:
    """Tokens as elements; the parser makes none but these."""
    open_: list[list[Html]] = [[]]
    for token in tokens:
        if token.nesting == 1:
            open_.append([])
        elif token.nesting == -1:
            inner = open_.pop()
            open_[-1].append(tag(token.tag, *inner))
        elif token.type == "formula":
            open_[-1].append(tex.math(token.content))
        elif token.type == "code_inline":
            open_[-1].append(tag("code", token.content))
        else:
            open_[-1].append(joined([" " if token.type == "softbreak" else token.content]))
    return joined(open_[0])


_FORMULAS, _SIGNS = MarkdownIt("zero"), MarkdownIt("zero").enable(["emphasis", "backticks"])
for _parser in (_FORMULAS, _SIGNS):
    _parser.inline.ruler.before("backticks", "formula", _formula)
