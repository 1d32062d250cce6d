"""Turns and blocks of a model's reply that are no answer: other roles, calls of tools, comments, plans before the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from assistant.text import blank
from assistant.text.view import BLOCK, INLINE

NAME = (
    r"(?:\w{1,12}[:_])?(?:(?:ant|inner|internal|hidden|private|self)[_ -]?)?(?:think(?:ing)?|thoughts?(?:[_ -]?process)?"
    r"|reason(?:ing)?|reflect(?:ion)?|analysis|scratch[_ -]?pad|monologue|dialogue|chain[_ -]of[_ -]thoughts?|cot"
    r"|deliberat(?:e|ion)|rationale|contemplat(?:e|ion|or))"
)
LEFT, RIGHT = r"(?:[<\uff1c\u25c1]|&lt;)\s{0,3}[|\uff5c]?\s{0,3}", r"\s{0,3}[|\uff5c]?\s{0,3}(?:[>\uff1e\u25b7]|&gt;)"
ANSWER = r"(?:final[_ -]?)?(?:answer|response|solution|output)"
END = re.compile(
    rf"(?:\s{{0,9}}(?:{LEFT}(?:/\s{{0,3}}|end[_ -](?:of[_ -])?){ANSWER}{RIGHT}"
    r"|[<\[][|\uff5c](?:end|return|call|im_end|e[om][tms](?:_id)?|endof(?:turn|text)|end[_\u2581]of[_\u2581]\w{1,20})[|\uff5c][>\]]"
    r"|</s>|<end_of_turn>|<turn\|>))+\s*\Z",
    re.IGNORECASE,
)
"""Marks that some endpoints leave behind an answer."""
CITES = re.compile(r"[\[\u3010]\^?\d{1,3}[\]\u3011\u2020,;\u2013 -]")
"""The number of a source, as an answer has it behind its sentences, and a thought seldom."""


_GOES_ON = re.compile(r"`[\s,;:.)]{0,9}(?:[a-z(`]|[\[\u3010]\d)")
"""A sentence goes on behind code, or ends with its source."""
_AROUND = 400
"""Characters of a line that are looked at on either side of a mark."""


def told_of(mark: re.Match[str]) -> bool:
    """Decide whether a sentence tells of a mark.

    The mark stands alone in code, on a line with words before it that go on behind it and cite a source there. Any other mark in
    code can be that of a thought.

    Returns:
        Whether it is no mark of a thought.
    """
    content, start, end = mark.string, *mark.span()
    _, line, before = content[max(0, start - _AROUND) : start].rpartition("\n")
    behind = content[end : end + _AROUND].partition("\n")[0]
    if not (before.endswith("`") and _GOES_ON.match(behind) and CITES.search(behind)):
        return False
    code = before.count("`") % 2 == 1 and "``" not in before and not behind.startswith("``")
    return code and any(map(str.isalpha, before)) and bool(line or start <= _AROUND)


TURN = re.compile(
    r"(?:[<\uff1c][|\uff5c](?!\w{0,20}(?:end|sep|mid|stop))(?=(?:\w{0,20}_)?(?:im_|turn|header|role))\w{1,30}[|\uff5c]?"
    r"|<(?:start|begin)_of_\w{1,20})"
    r"[>\uff1e]\s{0,3}(?:(?P<role>[a-z][\w-]{0,20})[ \t\r]{0,3}(?:\n|<\|\w{1,30}\|>|(?=<\w{1,30}>)|\Z)|\Z)"
    r"|(?<![\w,;:(] )(?<![\w,;:(])(?:<\|start_of_turn_token\|>)?[<\uff1c\[][|\uff5c](?:\w{1,4}_)?"
    r"(?P<named>user|human|system|developer|observation|environment|assistant|chatbot|bot|model)(?:_token)?[|\uff5c][>\uff1e\]]"
    r"(?:\s{0,3}\w{0,20}<\|im_middle\|>)?",
    re.IGNORECASE,
)
"""A turn of a chat begins: `<|im_start|>user`, `<|start_header_id|>tool<|end_header_id|>`, `<start_of_turn>model`, `<|user|>`."""
_ANSWERS = re.compile(rf"assistant|model|final|(?:chat)?bot|ai|{ANSWER}", re.IGNORECASE)
_ASKS = re.compile(r"user|human", re.IGNORECASE)
_THINKS = re.compile(NAME, re.IGNORECASE)


def spoken(reply: str) -> str:
    """The last turn of a reply that the model answers in, up to where a user asks on.

    What stands before the first mark is such a turn too, as its mark is in the prompt. A turn that cites a source goes before one
    that does not.

    Returns:
        The reply itself where it has no turns, or none of the model's own and only another role cites a source.
    """
    marks = [mark for mark in TURN.finditer(reply) if not told_of(mark)]
    if not marks:
        return reply
    said, own, others = reply[: marks[0].start()], False, list[str]()
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(reply)], strict=True):
        role, text = mark["role"] or mark["named"] or "assistant", reply[mark.end() : end]
        if not _ANSWERS.fullmatch(role):
            others.append(role)
            if _ASKS.fullmatch(role) and CITES.search(said):
                break
        elif not blank(END.sub("", text)) and (CITES.search(text) or not CITES.search(said)):
            said, own = text, True
    if own or CITES.search(said) or all(map(_THINKS.fullmatch, others)):
        return said
    return reply if CITES.search(reply) or blank(said) else said


_MARK = re.compile(
    r"[<\uff1c](?P<left>[|\uff5c]?)\s{0,3}(?P<slash>/?)\s{0,3}(?P<name>[^\W\d][\w\u2581 :.-]{0,50}?)"
    r"(?:(?:\s{1,3}[\w:.-]{1,40})?\s{0,3}=[^<>|\n]{0,100})?\s{0,3}(?P<right>[|\uff5c]?)[>\uff1e]"
    r"|\[(?P<stroke>/?)(?P<call>TOOL_\w{1,20}|INST)\]|(?P<comment><!--)|(?P<commented>--!?>)"
    r"|^[ \t]{0,3}(?:`{3,9}|~{3,9})[ \t]{0,3}(?P<fence>\w[\w+ -]{0,30})?[ \t\r]{0,3}$",
    re.MULTILINE,
)
"""What can begin or end a block: `<|tool|>`, `<|/tool|>`, `<tool_call|>`, `<plan>`, `[INST]`, `<!--`, a fence."""
_BEGINS, _ENDS = re.compile(r"(?:begin|start)_(?:of_)?(.+)|(.+)_(?:begin|start)"), re.compile(r"end_(?:of_)?(.+)|(.+)_end")
_STOPS = re.compile(r"e[om][tms](?:_id)?|im_end|end_of_turn|call|end")
"""Names of marks that end a message, and with it a call of a tool."""
_CALL = re.compile(r"(?:tool|function)s?(?:_\w{1,20})?|python_tag|inst")
"""Names of blocks that are no answer wherever they stand, also without a bar in their marks."""
_SAID = re.compile(
    rf"{NAME}|{ANSWER}|assistant|text|sentence|paragraph|item|claim|quote|summary|conclusion|messages?|content|turn|im|role"
    r"|header(?:_id)?|final|box|object_ref|channel|start|end|constrain",
    re.IGNORECASE,
)
"""Names of blocks that hold an answer or a part of one, or that are known as thoughts."""
_SET = INLINE | BLOCK | frozenset("main aside nav center figure figcaption caption img svg math time samp tfoot".split())
"""Tags that set a text, as those of HTML do; they say nothing of what it is."""
_TEXT = re.compile(r"(?:text|txt|plain\w*|markdown|md|html|(?:la)?tex|bib(?:tex)?|json\w*|csv|ya?ml|xml)\b", re.IGNORECASE)
"""Names of fences that can hold an answer."""
_PROSE = re.compile(rf"[.!?] ?{CITES.pattern}|[a-z] {CITES.pattern}[^.!?\w]{{0,3}}[.!?]")
"""A sentence cites a source, which code seldom does."""
_ENDED = re.compile(r"[.!?\u2026\u3002\])}>\n][\s*_\"'\u201d]{0,9}\Z")
"""A text ends with a whole sentence or line."""


_FENCE = "```"


class _Edge(NamedTuple):
    """A mark that begins a block or ends one."""

    name: str
    opens: bool
    leads: bool = False
    """The block is no answer only before one."""


def _edge(mark: re.Match[str]) -> _Edge | None:
    """The edge of a block that a mark is; None where it is none."""
    if mark["comment"] or mark["commented"]:
        return _Edge("!", bool(mark["comment"]))
    if mark["call"]:
        return _Edge(mark["call"].lower(), not mark["stroke"])
    if not mark["name"]:
        return _Edge(_FENCE, bool(mark["fence"]), leads=True)
    bars = bool(mark["left"] or mark["right"])
    name = re.sub(r"[\u2581 -]", "_", (mark["name"] if bars else mark["name"].split()[0]).lower())
    if _STOPS.fullmatch(name):
        return _Edge("", opens=False)
    opens = not mark["slash"] and not (mark["right"] and not mark["left"])
    leads = not bars and not _CALL.fullmatch(name)
    if not leads and opens and (ends := _ENDS.fullmatch(name)):
        name, opens = ends[1] or ends[2], False
    elif not leads and (begins := _BEGINS.fullmatch(name)):
        name = begins[1] or begins[2]
    return None if _SAID.fullmatch(name) or (leads and name in _SET) else _Edge(name, opens, leads)


def _spans(reply: str) -> Iterator[tuple[int, int, bool]]:
    """Where blocks begin and end, and whether each is no answer only before one."""
    begun: dict[str, list[re.Match[str]]] = {}
    calls: dict[str, list[re.Match[str]]] = {}
    for mark in _MARK.finditer(reply):
        edge = None if told_of(mark) else _edge(mark)
        if not edge:
            continue
        if not edge.name:
            if starts := [marks[0].start() for marks in calls.values() if marks]:
                yield min(starts), mark.end(), False
            calls.clear()
            continue
        marks = (calls if _CALL.fullmatch(edge.name) else begun).setdefault(edge.name, [])
        if edge.opens or (edge.name == _FENCE and not marks):
            marks.append(mark)
        elif marks:
            opening = marks.pop()
            if not edge.leads or (not marks and _fenced(opening, mark) if edge.name == _FENCE else _whole(opening, mark)):
                yield opening.start(), mark.end(), edge.leads
    yield from _payloads(reply, sorted((mark.start(), mark.end()) for marks in calls.values() for mark in marks))


def _fenced(opening: re.Match[str], closing: re.Match[str]) -> bool:
    """Fences stand around sentences, which code is not."""
    name = opening["fence"] or ""
    prose = _PROSE.search(opening.string, opening.end(), closing.start())
    return bool(_THINKS.fullmatch(name) or (name and not _TEXT.match(name) and prose))


def _whole(opening: re.Match[str], closing: re.Match[str]) -> bool:
    """A block stands around whole lines or sentences."""
    reply, start, end = opening.string, opening.end(), closing.start()
    behind = reply[closing.end() : closing.end() + _AROUND].partition("\n")[0]
    return not behind.strip() or bool(_ENDED.search(reply[max(start, end - 20) : end]))


_PAYLOAD = re.compile(r"\s{0,3}[\w.:-]{0,80}(?:\[[A-Z_]{2,20}\][\w-]{0,40}){0,3}\s{0,3}(?=[{(]|\[\s{0,9}[\[{\"])")
_WITHIN = re.compile(r"[\w,;:(] ?\Z")
"""A sentence goes on."""
_SIGNS = re.compile(r'\\.|["\[\](){}]', re.DOTALL)
"""Brackets, and the quotation marks of texts between them; a mark that is escaped is none."""


def _payloads(reply: str, marks: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Calls that no mark ends: each goes on to where its last bracket closes, or to the end of its line."""
    at, closes = 0, True
    for start, end in marks:
        if start < at or _WITHIN.search(reply[max(0, start - 2) : start]) or not (payload := _PAYLOAD.match(reply, end)):
            continue
        depth, at, quoted = 0, 0, False
        for sign in _SIGNS.finditer(reply, payload.end()) if closes else ():
            quoted ^= sign.group() == '"'
            depth += 0 if quoted else (sign.group() in "[({") - (sign.group() in "])}")
            if not depth:
                at = sign.end()
                break
        closes = closes and bool(at)  # one that goes on to the end is looked for once
        at = at or (reply.find("\n", end) + 1 or len(reply))
        yield start, at, False


def unblocked(reply: str) -> str:
    """The reply without blocks that are no answer wherever they stand, such as calls of tools and comments.

    Returns:
        All of it where nothing else is left, or where each citation stands in such a block, which then holds the answer.
    """
    left = _outside(reply, [(start, end) for start, end, leads in _spans(reply) if not leads])
    return reply if blank(left) or (CITES.search(reply) and not CITES.search(left)) else left


def unfronted(reply: str) -> str:
    """The reply without blocks around whole lines, such as plans and folded notes, before the first text that cites a source.

    Returns:
        All of it where no citation stands outside of such blocks.
    """
    spans, at, seen = list[tuple[int, int]](), 0, 0
    for start, end, leads in sorted(_spans(reply)):
        if CITES.search(reply, max(at, seen), max(at, start)):
            break
        seen = start
        if leads and start >= at and not reply[max(at, start - _AROUND) : start].rpartition("\n")[2].strip():
            spans.append((start, end))
            at = end
    left = _outside(reply, spans)
    return left if CITES.search(left) else reply


def _outside(reply: str, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return reply
    pieces, at = list[str](), 0
    for start, end in [*sorted(spans), (len(reply), len(reply))]:
        if start >= at:
            pieces.append(reply[at:start])
        at = max(at, end)
    return _joined(pieces)


def _joined(pieces: list[str]) -> str:
    """What stood around blocks, as far apart as it was, and at least by a blank."""
    said, space = list[str](), ""
    for piece in pieces:
        if stripped := piece.strip():
            space += piece[: piece.index(stripped)]
            said += ["\n" * min(space.count("\n"), 2) or " ", stripped] if said else [stripped]
            space = ""
        space += piece[len(piece.rstrip()) :]
    return "".join(said)


_FENCED = re.compile(r"^[ \t]{0,3}(?:```|~~~)`{0,6}[ \t]{0,3}\w", re.MULTILINE)


def doubtful(held: str) -> Iterator[int]:
    """Where a block or a turn can begin in a text that goes on."""
    if fenced := _FENCED.search(held):
        yield fenced.start()
    for mark in _MARK.finditer(held):
        edge = _edge(mark)
        if mark["left"] or mark["right"] or (edge and edge.opens):
            yield mark.start()
    yield from (mark.start() for mark in TURN.finditer(held))
