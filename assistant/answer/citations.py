"""The text of a language model to claims: its markers read, numbered anew and checked against what was offered."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from assistant import text
from assistant.answer import pieces
from assistant.text import marks
from assistant.text.words import JOINING
from assistant.types import Claim

_NUMBERS = r"(?!0\d* *[,;])\d{1,3}(?: *[,;\u2013-] *\d{1,3})*"
_MARKER = re.compile(rf"\[ {{0,3}}\^?({_NUMBERS}) {{0,3}}\]|\u3010({_NUMBERS})(?:\u2020[^\u3011\n]{{0,40}})?\u3011")
"""`[1]`, `[1, 2]`, `[1-3]`, `[^1]`, and what some models write instead: a number between lenticular brackets.

`[0, 1]` is an interval, as papers are numbered from 1.
"""
_TAIL = re.compile(r"[\[\]\u3010\u3011^\d ,;\u2013-]*")
"""The characters of a run of markers."""
_RUN = re.compile(r"[\[\u3010][\[\]\u3010\u3011^\d ,;\u2013-]*")
_NESTED = re.compile(r"[\[\u3010][^\]\u3011]*[\[\u3010]")
_SOURCE = re.compile(r"\u2020[^\u3011\n]{0,40}(?:\u3011|\Z)")
"""The content behind the number in a marker between lenticular brackets."""
_OURS = {0xE000: "[", 0xE001: "]"}
"""Characters for private use that stand for the brackets of our own markers while those of the model are read."""
_NONE = dict.fromkeys(_OURS)
_BULLET = re.compile(r"[ \t]*(?:[-*\u2022+]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z]\)\s+|#{1,6}\s+|>\s+|\|\s*)?")
_RULE = re.compile(r"(?=[^-]*-)(?=[^|]*\|)[|: \t-]+\Z")
"""The line between the head of a table and its rows."""
_ROW = re.compile(r"(?:^|\n)[ \t]*\|[ \t]*$")
"""The text in front of a row of a table."""
_BAR = re.compile(r"(?<!\\)\|")
_HEAD = re.compile(r"(?:^|\n)[ \t]*\|([^\n]*)\|\n\|[|-]+\|\n\| $")
"""The text in front of the first row of a table with a head, as `_table` writes it."""
_LABEL = 40
"""A label in the head of a table has at most this many characters."""
_CLAUSE = re.compile(
    r"(?i)[.!?;:<>~]\s*$|\]\(|https?:|(?<![\w@-])\d|\b(?:is|are|was|were|be|been|has|have|had|do|does|did|can|cannot|could|will"
    r"|would|may|might|must|not|no|nor|none|never|than|without)\b|n['\u2019]t\b"
)
"""What no label of a column holds: a figure that stands alone, a word of a clause, a link, the end of a sentence."""
_KINDS = frozenset(
    """answer approach aspect author benchmark category citation comment contribution data dataset description detail details
    evidence example fact feature figure finding findings focus framework goal idea item key kind main method methods model models
    name note notes number of on paper papers part point points proposal purpose quote reference result results set source statement
    study summary system task title tool topic type used value what work""".split()
)
"""Words of a label that says what kind of thing stands in a column, and nothing else."""
_ASKED = re.compile(
    r"(?i)what (?:it|each|they) (?:is|are|does|do|holds?|offers?|says?|adds?)|what is (?:it|new|there)|how it works"
)
"""A label that asks, and so says nothing of what stands in the column."""
_MEASURES = _KINDS | frozenset("accuracy count error loss performance pass precision rate ratio recall score scores size".split())
"""Words that a label has beside a name: with others, as in "A beats B", it may be a sentence."""
_FRAME = re.compile(r"(?:`{3,}|~{3,})[\w+-]*\Z|([-*_=~#\u2010-\u2015\u2500\u2501\u2550])(?:[ \t]*\1)*\Z|<hr\s{0,3}/?>\Z")
"""A line that opens or closes a block of code, the line under a heading, and a rule."""
LONG = 1700
"""Characters of a sentence that is judged: the longest one of 6,400 abstracts has 1,677."""
TOO_LONG = f"a sentence of more than {LONG:,} characters is too long to be judged"
UNFINISHED = "the text stops within this sentence"
_STOPS, _CLOSERS = tuple(".!?…。！？"), " \"')]}*_"
"""What ends a sentence, and what stands behind an end."""
_DISPLAY = re.compile(r"\$\$|\\[\[\]]")
"""A line that opens or closes a formula of several lines."""
_FENCE = re.compile(r"(?:`{3,}|~{3,})([\w+-]*)\Z")
"""A line that opens or closes a block of code, and the language that it names."""
_PROSE = frozenset("latex markdown md plaintext tex text txt".split())
"""What models name as the language where they put a frame around their whole reply."""
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\]:")
"""A footnote, behind a text; a text that begins like one has its numbers in front of its sentences."""
_STATING = re.compile(r"(?i)\b(?:is|are|was|were|has|have|had|been|cannot|does|do|did|not|never)\b[^.]{0,400}\.[\s\"'*_)]*$")
"""A sentence, which a footnote that names a source is not."""
_ITEM = re.compile(r"\d[.)]")
_REFERENCES = re.compile(r"(?i)(?:references?|sources|bibliography|citations|works cited|cited papers)\s*(?::|\Z)")
_WIDEST = 20
"""A range of more numbers than that is no citation."""
_CONNECTIVE = re.compile(
    r"""[\s#*_>(]*+(?:
        (?:in\ (?:short|brief|summary|sum|conclusion|detail|addition|other\ words)|to\ (?:sum\ up|summari[sz]e|conclude)
        |overall|(?:first|second|third|final|last)(?:ly)?|next|then|also|moreover|furthermore|additionally|by\ contrast
        |for\ (?:example|instance)|on\ the\ (?:one|other)\ hand|more\ (?:precisely|specifically)
        |here\ (?:it\ is|(?:is|are)\ (?:the|a|an|my)\ (?:short\ )?(?:answers?|summary|overview|list))
        |(?:the\ |a\ )?(?:short\ |final\ )?(?:answers?|summary|conclusions?|details|results|findings|(?:key|main)\ points|overview)
        |according\ to\ (?:the|these)\ (?:papers|abstracts|sources)|as\ follows)
    )?[\s!-/:-@\[-`{-~]*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Sentences without content for any question: a closed list, because a pattern with free words could match content."""


class Numbered(NamedTuple):
    """A piece of text with its markers numbered anew."""

    text: str
    invented: tuple[int, ...]
    """Numbers that were not offered, and are dropped."""


class Numbering:
    """Gives papers their numbers in the order in which they are first cited, while the text comes in."""

    def __init__(self, offered: Sequence[str], cited: list[str]) -> None:
        """Read the numbers of a text as those of `offered`, ids of papers, from 1.

        `cited` holds the ids that have their numbers already, 1, 2, ...; those that the text cites first are added to it.
        """
        self._offered = offered
        self._held: list[str] = []
        self.cited = cited

    def feed(self, piece: str) -> str:
        """The text so far that can be shown; characters that may become a marker are held back."""
        piece = piece.translate(_NONE)
        self._held.append(piece)
        if not piece.strip(" ") or (_TAIL.fullmatch(piece) and any(sign in self._held[0] for sign in "[\u3010")):
            return ""  # it goes on
        held = "".join(self._held)
        start = _settled(held)
        self._held = [held[start:]] if start < len(held) else []
        return self.number(held[:start]).text

    def rest(self) -> str:
        """The text that was held back, at the end of the reply."""
        ready, self._held = "".join(self._held), []
        return self.number(ready).text

    def number(self, content: str) -> Numbered:
        """`content`, whole, with its markers numbered anew, and those dropped that were not offered."""
        invented: list[int] = []

        def anew(match: re.Match[str]) -> str:
            kept: list[int] = []
            for number in _numbers(match):
                if 1 <= number <= len(self._offered):
                    kept.append(place(self._offered[number - 1], self.cited))
                else:
                    invented.append(number)
            return "".join(f"\ue000{number}\ue001" for number in dict.fromkeys(kept))

        # a marker that goes can leave another behind: what looks like one now is none
        return Numbered(inert(_between(flat(content), anew)).translate(_OURS), tuple(invented))


def place(paper: str, cited: list[str]) -> int:
    """The number of a paper, by its id; a new one where it is cited for the first time."""
    if paper not in cited:
        cited.append(paper)
    return cited.index(paper) + 1


def count(content: str) -> int:
    """The sentences of the text of a model."""
    return len(_spans(flat(content), ()))


def split(content: str, numbering: Numbering, most: int | None = None) -> list[Claim]:
    """Split the text of a model into claims, a sentence each, and renumber the markers.

    Markers on a line of their own belong to the sentence before them. A sentence that is struck through is struck in its `text`.

    Args:
        content: the text.
        numbering: gives the numbers.
        most: the sentences to split off; all of them where None.

    Returns:
        The claims, without verdicts. Their `lead` and `shown`, concatenated, are the text that `numbering` let through.
    """
    content = flat(content)
    found: list[Claim] = []
    back = text.struck(content)
    at, held = 0, ""
    for start, end in _spans(content, back)[:most]:
        # from where the last one ended, as a marker that is dropped takes the blanks before it along
        written, invented = numbering.number(content[at:end])
        bare = written[len(content[at:start].rstrip(" ")) :].strip()
        lead, _, rest = written.rpartition(bare) if bare else (written, "", "")
        numbers = [number for match in _MARKER.finditer(bare) for number in _numbers(match)]
        sources = tuple(dict.fromkeys(numbers))
        said = plain(bare)
        if any(first < end and start < last for first, last in back) and not text.struck(said):
            said = f"~~{said}~~"  # the marks stand around several sentences
        found.append(Claim(text=said, shown=bare, lead=held + lead, sources=sources, invented=invented))
        at, held = end, rest
    return found


def body(found: Sequence[Claim]) -> list[Claim]:
    """Drop what models put around a text: fences of code, rules, signs that say nothing, and references at the end.

    A footnote that is a sentence stays.

    The references of an answer are the sources that prove its claims; a title in a list of the model would prove itself.

    Returns:
        The other claims, those of tables as `_table` returns them, and lines of code marked as such.
    """
    kept: list[Claim] = []
    line = ""  # the lead of signs that are dropped from the beginning of a line
    for claim in _with_tables(_with_code(found)):
        if kept and _REFERENCES.match(claim.text):
            break
        footnote = kept and _FOOTNOTE.match(claim.shown) and not (_FOOTNOTE.match(kept[0].shown) or _STATING.search(claim.text))
        if footnote or _FRAME.match(claim.shown) or _REFERENCES.match(claim.text):
            continue
        if not pieces.empty(claim.text) or row(claim) or claim.code or _DISPLAY.fullmatch(claim.text):
            kept.append(claim if "\n" in claim.lead else claim.model_copy(update={"lead": line + claim.lead}))
            line = ""
        elif "\n" in claim.lead:
            line = claim.lead
    return kept


def _with_code(found: Sequence[Claim]) -> list[Claim]:
    """Mark the claims between fences as code.

    Returns:
        The claims. Those within the frame of prose, of a whole reply, or of lines that cite without a language are no code.
    """
    marked = list(found)
    fences = [(at, fence[1].lower()) for at, claim in enumerate(found) if (fence := _FENCE.match(claim.shown))]
    for (first, language), (last, _) in zip(fences[::2], [*fences[1::2], (len(found), "")], strict=False):
        inside = found[first + 1 : last]
        framed = last == len(found) or (first == 0 and last == len(found) - 1) or any(claim.sources for claim in inside)
        if language not in _PROSE and (language or not framed):
            marked[first + 1 : last] = [claim.model_copy(update={"code": True}) for claim in inside]
    return marked


def _with_tables(found: Sequence[Claim]) -> list[Claim]:
    """The claims without the heads of tables, and without the rules below these."""
    kept: list[Claim] = []
    head: list[Claim] = []
    rows: list[Claim] = []
    for claim in found:
        if _RULE.match(claim.shown):
            if rows and "\n\n" not in rows[-1].lead:  # a rule between rows: the one above is no head
                continue
            kept += _table(head, rows)
            head, rows = [], []
            while kept:
                head.insert(0, kept.pop())
                if "\n" in head[0].lead:
                    break
        elif head and (_ROW.search(claim.lead) or (rows and "\n" not in claim.lead)):
            rows.append(claim)
        else:
            kept += [*_table(head, rows), claim]
            head, rows = [], []
    return [*kept, *_table(head, rows)]


def _table(head: Sequence[Claim], rows: Sequence[Claim]) -> list[Claim]:
    """The rows of a table.

    The head is no claim. Its numbers are given to the cells below, and a label that says more than a kind of thing ("Paper") is put
    before each of its cells, to be judged with them. The head stands in the `lead` of the first row where all of it is labels, and
    each of them is judged or says a kind alone; else the head is dropped.

    Returns:
        The rows.
    """
    written = [cell for each in head for cell in _cells(each)]
    rows = [_below(each, written) for each in rows]
    labels = [plain(cell.strip()) for cell in cells(head[0])] if len(head) == 1 else []
    held = [cells(each) for each in rows]
    if not rows or not any(labels) or not all(map(_labels, labels)):
        return rows
    said = [_said(label) for label in labels]
    if any(len(line) != len(labels) or plain(each.shown) != each.text for line, each in zip(held, rows, strict=True)):
        return rows
    if not all(any(column) for told, *column in zip(said, *held, strict=True) if told):
        return rows
    told = [
        each.model_copy(update={"text": _labelled(line, said)}) if any(said) else each
        for line, each in zip(held, rows, strict=True)
    ]
    lead = f"{head[0].lead}{' | '.join(cells(head[0]))} |\n|{'---|' * len(labels)}\n| "
    return [told[0].model_copy(update={"lead": lead}), *told[1:]]


def _labels(label: str) -> bool:
    """Whether a cell in the head of a table is a label, and no sentence."""
    if _ASKED.fullmatch(label):
        return True
    beside = {word for part in label.split() if not text.names(part) for word in text.words(part)}
    return len(label) <= _LABEL and not _CLAUSE.search(label) and (not text.names(label) or beside <= _MEASURES)


def _said(label: str) -> str:
    """What a label says beside the kind of thing, empty where that is all: "theorems" of "Number of theorems"."""
    said = label.split()
    while said and said[0].casefold() in _KINDS:
        del said[0]
    return "" if _KINDS.issuperset(text.words(label)) or _ASKED.fullmatch(label) else " ".join(said)


def _labelled(line: Sequence[str], labels: Sequence[str]) -> str:
    """The cells of a row as a text, each behind its label where the label says something that the cell does not."""
    parts = [
        f"{label}: {cell}" if not set(text.content_words(label)) <= set(text.content_words(cell)) else cell
        for cell, label in zip(line, labels, strict=True)
        if cell
    ]
    return marks.bare(", ".join(parts)).strip()


def _cells(claim: Claim) -> list[str]:
    """The cells of a row of a table, as written."""
    start = claim.lead.rpartition("\n")[2]
    return _BAR.split(f"{start}{claim.shown}".strip().removeprefix("|").removesuffix("|"))


def cells(claim: Claim) -> list[str]:
    """The cells of a claim that is a whole row of a table, without markers; none where it is something else."""
    if not row(claim) or not _ROW.search(claim.lead):
        return []
    return [_between(flat(cell), lambda match: "").strip() for cell in _cells(claim)]


def pairs(claim: Claim) -> list[str]:
    """What each cell of a row below a label says, behind the first cell: "Kelvane, accuracy: 91%"; none for a single label."""
    held = [marks.bare(cell).strip() for cell in cells(claim) if cell]
    parts: list[str] = []
    at = 0
    for cell in held:
        end = claim.text.find(cell, at)
        if end < 0:
            return []
        parts.append(claim.text[at : end + len(cell)].strip(", "))
        at = end + len(cell)
    labelled = [part for part, cell in zip(parts, held, strict=True) if part != cell]
    return [f"{parts[0]}, {part}" for part in labelled if part != parts[0]] if len(labelled) > 1 else []


def columns(claim: Claim) -> list[str]:
    """The labels of the columns above a claim that is the first row of a table; none where it is something else."""
    found = _HEAD.search(claim.lead)
    return [label.strip() for label in _BAR.split(found[1])] if found and row(claim) else []


def _below(claim: Claim, head: Sequence[str]) -> Claim:
    """A row of a table with the numbers of the cells of the head, each behind the cell below; as given where it has its own."""
    own = _cells(claim)
    numbers = [[number for match in _MARKER.finditer(cell) for number in _numbers(match)] for cell in head]
    sources = tuple(dict.fromkeys(number for column in numbers for number in column))
    if claim.sources or not sources or len(own) != len(head) or not row(claim):
        return claim
    written = [f"{cell.rstrip()} {markers(column)} " if column else cell for cell, column in zip(own, numbers, strict=True)]
    return claim.model_copy(update={"shown": f"{'|'.join(written).strip()} |", "sources": sources, "given": True})


def below(claims: Sequence[Claim], named: Callable[[str], tuple[int, ...]]) -> list[Claim]:
    """Give items of a list and rows of a table that cite nothing the numbers of the line that they stand below.

    Args:
        claims: the sentences of a text, in order.
        named: the numbers of the papers that a line speaks of. A line that cites nothing hands these on; an item that speaks of
            another paper than the line above gets no number.

    Returns:
        The claims.
    """
    found: list[Claim] = []
    above: list[tuple[int, Claim]] = []
    handed: tuple[int, ...] = ()
    for claim in claims:
        if not found or "\n" in claim.lead:
            level = _level(claim)
            while above and above[-1][0] >= level:
                above.pop()
            lines = (line for _, line in reversed(above) if level > 0 and not claim.sources)
            handed = next((numbers for line in lines if (numbers := line.sources or named(line.text))), ())
            above.append((level, claim))
        if claim.sources:
            handed = ()
        elif handed and states(claim.text) and set(named(claim.text)) <= set(handed):
            claim = given(claim, handed)
        found.append(claim)
    return found


def leading(claims: Sequence[Claim]) -> list[int | None]:
    """Find the line above each item of a list. A line that begins with a small letter right below another one is an item too.

    Returns:
        For each claim that begins an item the place of the line; None for any other claim.
    """
    found: list[int | None] = []
    above: list[tuple[int, int]] = []
    for at, claim in enumerate(claims):
        head = None
        if not above or "\n" in claim.lead:
            level = _level(claim)
            goes_on = level == 0 and claim.shown[:1].islower() and "\n\n" not in claim.lead
            while above and above[-1][0] >= level + goes_on:
                above.pop()
            head = above[-1][1] if above and (level > 0 or goes_on) else None
            above.append((level, at))
        elif above:
            above[-1] = (above[-1][0], at)  # the last sentence of a line leads in the items
        found.append(head)
    return found


_BOLD = re.compile(r"(\*\*|__)[^*_\n]{1,200}\1")
"""A line in bold alone, which models write in place of a heading."""


def headings(claims: Sequence[Claim]) -> list[tuple[int, ...]]:
    """Find the headings above each sentence: lines with signs of Markdown, and lines in bold alone.

    Returns:
        For each claim the places of its headings, the nearest first; none for a heading.
    """
    found: list[tuple[int, ...]] = []
    above: list[tuple[float, int]] = []
    for at, claim in enumerate(claims):
        begins = not at or "\n" in claim.lead
        ends = at + 1 == len(claims) or "\n" in claims[at + 1].lead
        level = _level(claim) if begins else 0
        if begins and ends and not level and _BOLD.fullmatch(claim.shown.strip()):
            level = -0.5
        if level < 0:
            while above and above[-1][0] >= level:
                above.pop()
            above.append((level, at))
        found.append(() if level < 0 else tuple(place for _, place in reversed(above)))
    return found


def headed(claims: Sequence[Claim], line: int | None, above: tuple[int, ...]) -> tuple[int, ...]:
    """The headings of an item: the line above its list, where that is no sentence, and those `above` it."""
    if line is None or line in above or claims[line].text[-1:] in ".!?":
        return above
    return line, *above


def row(claim: Claim) -> bool:
    """Whether a claim is a row of a table, which no sentence can replace."""
    return claim.shown.endswith("|")


def given(claim: Claim, numbers: tuple[int, ...]) -> Claim:
    """A claim that cites nothing with these numbers; in a row of a table they stand in the last cell."""
    bare, end = (claim.shown[:-1].rstrip(), " |") if row(claim) else (claim.shown, "")
    return claim.model_copy(update={"sources": numbers, "shown": f"{bare} {markers(numbers)}{end}", "given": True})


def _level(claim: Claim) -> int:
    """How deep a line stands: below 0 for a heading, 0 for text, above 0 for an item, by its indent."""
    start = claim.lead.rpartition("\n")[2].expandtabs(4)
    bullet = start.strip()
    if bullet.startswith("#"):
        return bullet.count("#") - 7
    return len(start) - len(start.lstrip()) + bool(bullet)


def citing(claim: Claim, numbers: Collection[int]) -> Claim:
    """The claim with none but these of its numbers."""
    shown = _between(claim.shown, lambda match: match.group() if set(_numbers(match)) <= set(numbers) else "")
    return claim.model_copy(update={"shown": shown, "sources": tuple(n for n in claim.sources if n in numbers)})


_ENDED = re.compile(r"\s{0,9}(?:$|[,;:.!?|)]|(?:and|or|to|vs|versus|while|whereas|but|against|than)\b)", re.IGNORECASE)
"""What stands behind a citation at the end of its clause."""
_PAIRED = re.compile(r"\brespectively\b", re.IGNORECASE)
_FIGURE = re.compile(r"(?<![\w.-])\d(?:[\d,.]{0,20}\d)?(?![\w-])")
_CUT = re.compile(rf"[,;:.|]\s|\s(?:{JOINING})\s", re.IGNORECASE)
"""Where a clause ends."""
Piece = tuple[str, frozenset[int]]
"""A piece of a sentence, and the numbers that are cited for it."""


def cited_apart(claim: Claim) -> list[Piece]:
    """The pieces of a sentence of an answer; see `apart`."""
    shown = flat(claim.shown)
    return apart(shown, [(*match.span(), set(_numbers(match))) for match in _MARKER.finditer(shown)])


def apart(shown: str, cited: Iterable[tuple[int, int, set[int]]]) -> list[Piece]:
    """Cut a sentence at its citations, where these stand in several places and cite different papers.

    A citation at the end of a clause belongs to the words before it. One behind which its clause goes on, as behind a name, and
    one that stands for its paper ("according to [1]") belong to the whole clause.

    Args:
        shown: the sentence.
        cited: start and end of each citation, and the numbers that it cites, in order.

    Returns:
        The pieces; none where the sentence cites in one place, or the same everywhere, or where clauses are not told apart.
    """
    cited = list(cited)
    if _PAIRED.search(shown):
        return _pairs(shown, cited)
    groups: list[tuple[int, int, set[int]]] = []
    for start, end, numbers in cited:
        if groups and not _told(shown[groups[-1][1] : start]):
            groups[-1] = (groups[-1][0], end, groups[-1][2] | numbers)
        else:
            groups.append((start, end, numbers))
    if len(groups) < 2 or all(numbers == groups[0][2] for _, _, numbers in groups):
        return []
    begins = [0]
    for (start, end, _), (following, _, _) in pairwise(groups):
        if _ENDED.match(shown, end) and not pieces.stands_for_paper(shown, start):
            begins.append(end)
        elif cuts := list(_CUT.finditer(shown, end, following)):
            begins.append(cuts[-1].start())
        else:
            return []
    stops = [*begins[1:], len(shown) if not _ENDED.match(shown, groups[-1][1]) else groups[-1][0]]
    return [
        (_MARKER.sub(" ", shown[begin:stop]), frozenset(group[2])) for begin, stop, group in zip(begins, stops, groups, strict=True)
    ]


def _pairs(shown: str, groups: Sequence[tuple[int, int, set[int]]]) -> list[Piece]:
    """The figures of "A [1] and B [2] reach 1 and 2, respectively", each with the citation in its place.

    Returns:
        The pieces; none where there are not as many figures as citations.
    """
    for start, end, _ in groups:
        shown = f"{shown[:start]}{' ' * (end - start)}{shown[end:]}"
    figures = [match.group() for match in _FIGURE.finditer(shown)]
    if len(figures) != len(groups) or len(figures) < 2:
        return []
    return [(figure, frozenset(numbers)) for figure, (_, _, numbers) in zip(figures, groups, strict=True)]


def _told(piece: str) -> bool:
    return bool(text.content_words(piece)) or any(map(str.isdigit, piece))


def plain(shown: str) -> str:
    """A sentence without its markers, and without the signs of Markdown around its words."""
    bare = _between(flat(shown), lambda match: "")
    if _FOOTNOTE.match(shown):  # of a text with its numbers in front: "[1]: Tea is hot."
        bare = bare.lstrip(": ")
    if bare.endswith("|"):  # a row of a table
        bare = ", ".join(cell.strip() for cell in bare.split("|") if cell.strip())
    return marks.bare(bare).strip()


def unmarked(claim: Claim) -> str:
    """A sentence without its markers, as `Claim.text`, with all signs of Markdown and TeX that the model wrote."""
    return claim.text if plain(claim.shown) != claim.text else _between(flat(claim.shown), lambda match: "").strip()


def marked(claim: Claim) -> str:
    """A sentence as `Claim.text`, with the signs of Markdown that set several words of it apart, and its markers between words."""
    styled = marks.noted(claim.shown)
    said = unmarked(claim) if styled else claim.text
    if plain(claim.shown) != claim.text or row(claim):
        return said
    written = _between(flat(claim.shown), _sign).strip()
    return (written if styled else marks.bare(written)) if marks.MARKER in written else said


def cited(claim: Claim) -> str:
    """A sentence as shown, without signs of Markdown, with `[1]` for each of its markers."""
    return marks.bare(_between(flat(claim.shown), lambda _: marks.MARKER))


def _sign(marker: re.Match[str]) -> str:
    """What stands for a marker: a sign where words stand before and behind, else nothing."""
    before = marker.string[: marker.start()].strip()
    return marks.MARKER if before and marks.WORD_BEHIND.match(marker.string, marker.end()) else ""


def markers(numbers: Iterable[int]) -> str:
    """Numbers of papers as they stand behind a claim: `[1][2]`."""
    return "".join(f"[{number}]" for number in numbers)


def inert(content: str) -> str:
    """`content`, of a paper, with text that looks like a marker changed: `[3]` becomes `[ref 3]`."""
    return _MARKER.sub(lambda match: f"[ref {match.group(1) or match.group(2)}]", content)


def flat(content: str) -> str:
    """`content` with each marker that stands inside another made one with it: `[1[99], 2]` becomes `[1, 99, 2]`."""

    def one(match: re.Match[str]) -> str:
        run = match.group()
        if not _NESTED.search(run):
            return run
        end = max(run.rfind("]"), run.rfind("\u3011")) + 1
        numbers = re.findall(r"\d+(?: *[\u2013-] *\d+)?", run[:end])
        return f"[{', '.join(numbers)}]{run[end:]}" if numbers else run

    return _RUN.sub(one, content.translate(_NONE))


def cites(content: str) -> bool:
    """Whether a text of a model holds a marker."""
    return bool(_MARKER.search(flat(content)))


def connective(claim: str) -> bool:
    """A sentence without a source says nothing by itself: "In short:", a heading such as "Answer", a rule."""
    return bool(_CONNECTIVE.fullmatch(claim))


def states(claim: str) -> bool:
    """Whether a sentence states anything to be proved: "And", "No.", a question, a sign, the number of a list item do not."""
    return bool(text.content_words(claim)) and not _ITEM.fullmatch(claim.strip()) and not text.asks(claim)


def stops(claim: str) -> bool:
    """Whether a text ends in a mark of an end."""
    return claim.rstrip(_CLOSERS).endswith(_STOPS)


def whole(claim: str) -> bool:
    """Whether a claim that a reply breaks off behind is whole: a stop that belongs to a figure or an abbreviation ends none."""
    said = claim.rstrip(_CLOSERS)
    going_on = said.endswith(".") and (said[-2:-1].isdecimal() or len(text.sentences(f"{said} The")) == len(text.sentences(said)))
    return stops(claim) and not going_on


def leads_in(claim: Claim) -> bool:
    """It only leads in what follows: a heading, or a line that ends in a colon."""
    return claim.text.endswith(":") or claim.lead.rstrip().endswith("#")


def of_question(content: str, question: str) -> str | None:
    """Find the words of `content` in the question. The result is text of the user, not of the model, which only points at it.

    Returns:
        The words as the question writes them, in its order; None where `content` says more than the question.
    """
    words = set(text.content_words(content))
    spans = [match.span() for match in re.finditer(r"[^\W_]+(?:['\u2019-][^\W_]+)*", question)]
    held = [(start, end) for start, end in spans if words.intersection(text.content_words(question[start:end]))]
    named = {word for start, end in held for word in text.content_words(question[start:end])}
    if not words or not words <= named:
        return None
    bare = " ".join(content.split()).strip(" .?!*")
    at = question.casefold().find(bare.casefold())
    return question[at : at + len(bare)] if at >= 0 else question[held[0][0] : held[-1][1]]


def _numbers(match: re.Match[str]) -> list[int]:
    numbers: list[int] = []
    for part in re.split("[,;]", match.group(1) or match.group(2)):
        first, *last = (int(number) for number in re.split("[-\u2013]", part))
        numbers += range(first, last[-1] + 1) if last and first < last[-1] <= first + _WIDEST else [first, *last]
    return numbers


def _between(content: str, anew: Callable[[re.Match[str]], str]) -> str:
    """`content` with `anew` of each marker; one that vanishes takes the white space before it along."""
    parts: list[str] = []
    at = 0
    for match in _MARKER.finditer(content):
        before, marker = content[at : match.start()], anew(match)
        parts += [before if marker else before.rstrip(" "), marker]
        at = match.end()
    return "".join([*parts, content[at:]])


def _settled(content: str) -> int:
    """Where what may yet become a marker begins, with the blanks before it, or part of a run of them."""
    view = _SOURCE.sub(lambda match: re.sub(r"[^\[\]\u3010\u3011]", "0", match.group()), content)
    run = _TAIL.match(view[::-1])
    tail = len(view) - (run.end() if run else 0)
    opened = min((at for at in (view.find("[", tail), view.find("\u3010", tail)) if at >= 0), default=len(view))
    return len(view[:opened].rstrip(" "))


def _led(body: str, begun: list[int], marked: Sequence[tuple[int, int]]) -> list[int]:
    """Where the sentences of a line begin, with the marker in front of each where the line has its markers there.

    Such a line begins with a marker, and none stands behind its last sentence: "[1] Tea is hot. [2] Bees fly."

    Args:
        body: the line.
        begun: where its sentences begin, but for the first, behind any marker.
        marked: the offsets of the markers.

    Returns:
        The places; `begun` for a line whose markers stand behind its sentences.
    """
    if not begun or not marked or body[: marked[0][0]].strip() or marked[-1][1] > begun[-1]:
        return begun
    ends = {end: start for start, end in marked}
    led: list[int] = []
    for at in begun:
        before = len(body[:at].rstrip())
        while before in ends:
            at = ends[before]
            before = len(body[:at].rstrip())
        led.append(at)
    return led


def _spans(content: str, back: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The offsets of the sentences, each with the markers behind it; what is struck through stands at `back`."""
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", content):
        bullet = _BULLET.match(line.group())
        start = line.start() + (bullet.end() if bullet else 0)
        body = content[start : line.end()]
        # markers make way for as much white space, so that a stop before or behind them ends the sentence all the same
        blank = _MARKER.sub(lambda match: " " * len(match.group()), body)
        if not blank.strip() and body.strip() and spans:
            spans[-1] = (spans[-1][0], start + len(body.rstrip()))
            continue
        # a marker right before the next sentence belongs to the one before
        marked = [match.span() for match in _MARKER.finditer(body)]
        own = back[bisect_left(back, (start,)) : bisect_left(back, (line.end(),))]
        gone = [(first - start, last - start) for first, last in own]
        begun = _led(body, pieces.apart(blank, pieces.starts(blank, marked), gone), marked)
        for first, last in pairwise([0, *begun, len(body)]):
            piece = body[first:last]
            spans.append((start + first + len(piece) - len(piece.lstrip()), start + first + len(piece.rstrip())))
    return [span for span in spans if span[0] < span[1]]
