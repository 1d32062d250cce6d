"""Reasoning that a model writes before its reply, and calls of tools within it, recognized by their marks and removed."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.models.blocks import ANSWER, CITES, END, LEFT, NAME, RIGHT, TURN, doubtful, spoken, told_of, unblocked, unfronted
from assistant.text import blank

_OPEN = re.compile(
    rf"{LEFT}(?:(?:begin|start)[_ -](?:of[_ -])?)?{NAME}(?:[_ -](?:start|begin))?(?:\s[^<>\n]{{0,80}})?{RIGHT}"
    r"|\[\s{0,3}(?:think(?:ing)?|thoughts?|reasoning)\s{0,3}\]"
    r"|<\|channel\|?>\s{0,3}(?!f)\w{1,20}|<\|start\|>|<\|inner_prefix\|>|<unused94>"
    r"|<details[^<>]{0,80}reasoning[^<>]{0,80}>",
    re.IGNORECASE,
)
"""A thought begins: `<think>`, `<|begin_of_thought|>`, `[THINK]`, `<|channel|>analysis` and other forms in use."""
_CLOSE = re.compile(
    rf"{LEFT}/\s{{0,3}}[|\uff5c]?\s{{0,3}}{NAME}{RIGHT}|{LEFT}{NAME}\s{{0,3}}/{RIGHT}"
    rf"|{LEFT}end[_ -](?:of[_ -])?{NAME}{RIGHT}|{LEFT}{NAME}[_ -]end{RIGHT}"
    rf"|{LEFT}(?:(?:begin|start)[_ -](?:of[_ -])?)?{ANSWER}{RIGHT}"
    r"|\[\s{0,3}/\s{0,3}(?:think(?:ing)?|thoughts?|reasoning)\s{0,3}\]"
    r"|(?:<\|start\|>\s{0,3}assistant\s{0,3})?<\|channel\|?>\s{0,3}final\b[^<\n]{0,40}(?:<\|constrain\|>[^<\n]{0,20})?<\|message\|>"
    r"|<\|start\|>\s{0,3}assistant\s{0,3}<\|message\|>|<\|end\|>|<channel\|>|<\|inner_suffix\|>|<unused95>|</details>"
    r"|assistantfinal|\.\.\. ?done thinking\.",
    re.IGNORECASE,
)
"""A thought ends, or an answer begins behind it."""
_PARTIAL = re.compile(
    r"[<\uff1c\u25c1][^<\uff1c\u25c1>\uff1e\u25b7\n]{0,100}\Z|&(?:l|lt|lt;[^&\n]{0,100}(?:&g?t?)?)?\Z|\[[^\[\]\n]{0,20}\Z"
    r"|[`~]{1,9}[ \t]{0,3}\Z"
    r"|<\|channel\|?>\s{0,3}\w{0,9}[^<\n]{0,40}(?:<\|constrain\|?>?[^<\n]{0,20})?\Z"
)
"""The end of a text that may yet become a mark."""
_HALF = re.compile(
    r"\s{0,9}(?:(?:[<\uff1c\u25c1]|&lt;)\s{0,3}(?:[/|\uff5c]\s{0,3}){0,2}"
    rf"(?:(?:[^\W\d][\w:-]{{0,40}}[|\uff5c]?\s{{0,3}})?|{NAME}\s[^<>\n]{{0,80}})"
    r"|&(?:l|lt|lt;[^&\n]{1,40}&(?:g|gt)?)?|<!-{0,2}|\[\s{0,3}[/|\uff5c]?\s{0,3}[a-z_]{0,16}\s{0,3}"
    r"|<\|channel\|?>\s{0,3}\w{0,20}(?:<\|constrain\|?>?[^<\n]{0,20})?)\Z",
    re.IGNORECASE,
)
"""The end of a text that was cut within a mark."""
_LONGEST = 200
"""A mark has at most this many characters."""
_DETAILS = re.compile(r"<details[^<>]{0,80}reasoning[^<>]{0,80}>", re.IGNORECASE)
"""Without this before it, `</details>` closes a part of an answer."""
_MESSAGES = ("<|end|>", "<|start|>", "<|channel")
"""A closing mark that begins like this ends all open reasoning; other closing marks end one level."""
_ANY = re.compile(rf"(?P<close>{_CLOSE.pattern})|{_OPEN.pattern}", re.IGNORECASE)


class _Led(NamedTuple):
    """A thought that is led in by words, at the beginning of a reply alone."""

    opening: re.Pattern[str]
    closing: re.Pattern[str]
    sure: bool
    """The opening is one of a thought, also where nothing closes it."""


_THOUGHT = r"(?:think(?:ing)?|thoughts?|thought process|reasoning|analysis|chain of thought)"
_LED = [
    _Led(re.compile(rf"\A\s*{opening}", re.IGNORECASE), re.compile(closing, re.IGNORECASE | re.MULTILINE), sure)
    for opening, closing, sure in (
        (r"here(?:['\u2019]s| is) my thought process\s*:", r"here(?:['\u2019]s| is) my (?:final )?(?:response|answer)\s*:", True),
        (rf"`{{3,}} ?{_THOUGHT}[ \t]*\n", r"^`{3,}[ \t]*$", True),
        (rf"#{{1,6}} *{_THOUGHT}\b[^\n]*\n", rf"^#{{1,6}} *{ANSWER}\b[^\n]*$", False),
        (rf"\*\*{_THOUGHT}\s*:?\*\*", rf"^\*\*{ANSWER}\s*:?\*\*:?", False),
        (rf"{_THOUGHT}\s*:", rf"^{ANSWER}\s*:", False),
    )
] + [_Led(re.compile(r"\A\s*analysis(?=[A-Z])"), re.compile("assistantfinal"), True)]  # channels whose marks the endpoint took out
_LEADS = (
    *("here is my thought process", "here's my thought process", "here\u2019s my thought process", "```", "#", "**"),
    *("think", "thought", "reasoning", "analysis", "chain of thought"),
)
"""Sentences that begin reasoning in plain words; a text that begins like one may still become one."""


def _opening(reply: str) -> re.Match[str] | None:
    """The first mark with which a thought begins."""
    return next((mark for mark in _OPEN.finditer(reply) if not told_of(mark)), None)


def without(reply: str) -> str:
    """The reply behind its last thought, or before it where nothing stands behind; nothing where nothing of it can be seen."""
    before, rest = None, (reply := spoken(unblocked(reply)))
    while rest != before:
        before, rest = rest, _once(unfronted(rest))
    return _before(reply) if blank(rest) else rest


def _before(reply: str) -> str:
    """What stands before the first thought of a reply that ends with a thought, where that cites a source; else nothing."""
    opening = _opening(reply)
    said = END.sub("", reply[: opening.start()]) if opening else ""
    return said.strip() if CITES.search(said) and not _closings(said) and not _led(reply) else ""


def _closings(reply: str) -> list[re.Match[str]]:
    opening = _DETAILS.search(reply)  # once: a reply may hold thousands of marks
    folded = opening.end() if opening else len(reply)
    marks = (mark for mark in _CLOSE.finditer(reply) if mark.start() >= folded or mark.group().lower() != "</details>")
    return [mark for mark in marks if not told_of(mark)]


def _once(reply: str) -> str:
    reply = END.sub("", reply)
    for led in _LED:
        if opening := led.opening.match(reply):
            closings = list(led.closing.finditer(reply, opening.end()))
            if closings:
                reply = reply[closings[-1].end() :]
            elif led.sure:
                return ""
    closings = _closings(reply)
    reply = reply[closings[-1].end() :] if closings else reply
    opening = _opening(reply)
    return (reply[: opening.start()] if opening else reply).strip()


def _strays(reply: str) -> bool:
    """A thought of the reply ends that began without a mark."""
    said = spoken(reply)
    if not reply.startswith(said) and not TURN.match(reply.lstrip()):
        return True
    reply = END.sub("", said)
    before = reply[: closings[0].start()] if (closings := _closings(reply)) else ""
    return bool(before.strip() and not _opening(before) and not _led(reply))


def _led(reply: str) -> bool:
    return any(led.opening.match(reply) for led in _LED)


class Listener:
    """Hears the replies of one model, and knows from them whether another can be shown while it comes.

    Some models think aloud from their first word, as the endpoint puts the opening mark into the prompt: that it was a thought
    is known when its closing mark comes. So nothing is shown of a reply before its end until one came whole without such a mark,
    and nothing ever again once one had it.
    """

    def __init__(self, *, known: bool = False) -> None:
        """`known`: no reply of the model holds thoughts that are not marked."""
        self._known: bool | None = known or None

    @property
    def knows(self) -> bool:
        """A reply can be shown while it comes."""
        return bool(self._known)

    @property
    def doubts(self) -> bool:
        """A reply can be a thought without any mark."""
        return self._known is False

    def whole(self, reply: str) -> str:
        """The reply without thoughts."""
        if _strays(reply):
            self._known = False
        elif self._known is None:
            self._known = bool(reply.strip()) or None
        return without(reply)

    def hear(self) -> Hearing:
        """A reply that comes in pieces."""
        return Hearing(self)


class Hearing:
    """A reply that comes in pieces: each is shown as soon as it is known to be no thought."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._streams = listener.knows
        self._pieces: list[str] = []
        self._shown: list[str] = []
        self._held = ""
        self._depth = 0
        """Thoughts inside of which the last piece ended."""

    @property
    def began(self) -> bool:
        """Something came that is no white space."""
        return any(piece.strip() for piece in self._pieces)

    def apart(self) -> None:
        """The endpoint sends thoughts beside the reply: what comes in the reply is none."""
        if not self._pieces:
            self._streams = not self._listener.doubts

    def feed(self, piece: str) -> str:
        """The text that can be shown after `piece`."""
        self._pieces.append(piece)
        if not self._streams:
            return ""
        self._held += piece
        if self._depth and not self._left():
            return ""
        if not self._shown:
            self._held = self._held.lstrip()
            if _may_lead(self._held):
                return ""
            if _led(self._held):
                self._streams = False  # its end is known at the end of the reply
                return ""
        return self._show()

    def _left(self) -> bool:
        """End the thought where its mark came; of a thought that goes on only a possible beginning of the mark is kept."""
        at = 0
        for mark in _ANY.finditer(self._held):
            at = mark.end()
            whole = mark["close"] and mark.group().startswith(_MESSAGES)
            self._depth = 0 if whole else self._depth + (-1 if mark["close"] else 1)
            if not self._depth:
                break
        self._held = self._held[at:] if not self._depth else self._held[max(at, len(self._held) - _LONGEST) :]
        return not self._depth

    def _show(self) -> str:
        opening = _OPEN.search(self._held)
        mark = _ANY.search(self._held)
        block = min((at for at in doubtful(self._held) if not _ANY.match(self._held, at)), default=None)
        if block is not None and not (opening and opening.start() < block):
            ready, self._held = self._held[:block], ""
            self._streams = False  # where it ends, and whether it is one, is known at the end of the reply
        elif mark and (self._held[: mark.start()] or "".join(self._shown[-1:])).endswith("`"):
            ready, self._held = self._held[: mark.start()], ""
            self._streams = False  # whether a sentence tells of the mark is known at the end of the reply
        elif opening:
            ready, self._held, self._depth = self._held[: opening.start()], self._held[opening.end() :], 1
        else:
            until = _settled(self._held)
            ready, self._held = self._held[:until], self._held[until:]
        closings = _closings(ready)
        ready = ready[closings[-1].end() :] if closings else ready
        ready = ready if self._shown else ready.lstrip()
        if ready:
            self._shown.append(ready)
        return ready

    def end(self, *, whole: bool, broken: bool = False) -> tuple[str, str]:
        """End the reply.

        Of a model that thinks without a mark, a reply that ends early and closes no thought can be a thought. Nothing of it is
        taken, except where the stream broke and the text cites a source: then the text is more likely an answer.

        Args:
            whole: the reply did not end early.
            broken: the stream broke; a reply that is neither `whole` nor `broken` reached its limit, which thoughts often do.

        Returns:
            The rest to be shown and the whole reply, without thoughts.
        """
        reply = "".join(self._pieces)
        doubts = self._listener.doubts
        text = self._listener.whole(reply) if whole or _strays(reply) else without(reply)
        if not whole and doubts and not _closings(reply) and not _strays(reply) and not (broken and CITES.search(reply)):
            text = ""
        text = text if whole else _HALF.sub("", text)
        shown = "".join(self._shown)
        shown = shown if text.startswith(shown) else shown.rstrip()
        return (text[len(shown) :] if text.startswith(shown) else ""), text


def _may_lead(start: str) -> bool:
    """The beginning of a reply may yet become words that lead in a thought."""
    low = start[:40].lower()
    return len(start) < 40 and any(lead.startswith(low) or low.startswith(lead) for lead in _LEADS)


def _settled(held: str) -> int:
    """Where what may yet become a mark begins, or stands at the end."""
    if partial := END.search(held) or _PARTIAL.search(held):
        return partial.start()
    word = held[held.rfind(" ") + 1 :].lower()
    return len(held) - len(word) if word and "assistantfinal".startswith(word) else len(held)
