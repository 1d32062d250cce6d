"""No text freezes a pattern: each takes at most three times as long for twice the length, whatever stands in a long run."""

from __future__ import annotations

import ast
import importlib
import re
import signal
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow
PACKAGE = ROOT / "assistant"
FIRST = dict.fromkeys(("search", "findall", "sub", "subn", "split"), "finditer")
"""What runs through a whole text runs as `finditer` does, and `search` as the first step of it."""
WAYS: dict[str, Callable[[re.Pattern[str], str], object]] = {
    "finditer": lambda pattern, text: sum(1 for _ in pattern.finditer(text)),
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
}
RUNS = [
    *"aA1 \n\t([{\"'`\\.,:;?!-_=#*$%&<>|~/@+^é\u0301。",
    *("a ", "A ", "1 ", "Aa ", "a\n", "\n ", "a1", "aA", "a.", "a. ", "a, ", "1,"),
    *("(a", "[1", "\\a", "{a", '"a', "a-", "] [", "()", "{}"),
]
"""What long runs are made of."""
BEHIND = ' a1\n\\("-'
"""What such a run is made of behind what a pattern looks for."""
PROBES = 250, 2000
"""Characters: at the first a cubic pattern tells itself, at the second a quadratic one."""
NOTABLE = 0.003
"""Seconds; what takes less is no danger and cannot be measured."""
MOST, TRIES = 3.0, 6
ENDLESS = 3
"""Seconds after which a run is broken off: its pattern takes exponential time."""


class Found(NamedTuple):
    """A pattern, where it stands and how it is used."""

    where: str
    pattern: re.Pattern[str]
    ways: frozenset[str]


@cache
def modules() -> list[str]:
    """The dotted names of the package's modules, but for scripts that others run: the command's, and the one of Alembic."""
    files = [file for file in PACKAGE.rglob("*.py") if file.name not in ("__main__.py", "env.py")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return sorted(name.removesuffix(".__init__") for name in names)


@cache
def source(module: str) -> ast.Module:
    file = importlib.import_module(module).__file__
    assert file
    return ast.parse(Path(file).read_text("utf-8"))


@cache
def used(module: str) -> dict[str, set[str]]:
    """The names whose patterns a module uses, and how."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(source(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            name = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            way = FIRST.get(node.attr, node.attr)
            if way in WAYS:
                found.setdefault(name, set()).add(way)
    return found


def inside(value: Any, depth: int = 4) -> Iterator[re.Pattern[str]]:
    """The patterns that a value is or holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict | list | tuple | set | frozenset):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from inside(part, depth - 1)


def kept(module: str) -> Iterator[Found]:
    """The compiled patterns of a module and its classes; one that is not called by its name may be used in every way."""
    namespace = vars(importlib.import_module(module))
    ways = used(module)
    for name, value in namespace.items():
        for part in (value, *(vars(value).values() if isinstance(value, type) and value.__module__ == module else ())):
            for pattern in inside(part):
                known = ways.get(name, set()) if pattern is value and name.startswith("_") else set()
                yield Found(f"{module}.{name}", pattern, frozenset(known or WAYS))


def called(module: str) -> Iterator[Found]:
    """The patterns that functions of a module hand to `re`, a word in each place that is filled later."""
    namespace = vars(importlib.import_module(module))
    functions = [node for node in ast.walk(source(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    for node in (node for function in functions for node in ast.walk(function)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "re"):
            continue
        way = FIRST.get(node.func.attr, node.func.attr)
        written = spelled(node.args[0], namespace) if way in {*WAYS, "compile"} else None
        if written is not None:
            flags = [ast.unparse(each) for each in [*node.args[1:], *(word.value for word in node.keywords)]]
            combined = eval(next((each for each in flags if re.fullmatch(r"re\.[A-Z]+( \| re\.[A-Z]+)*", each)), "0"), {"re": re})
            yield Found(f"{module}:{node.lineno}", re.compile(written, combined), frozenset({way} if way in WAYS else WAYS))


def spelled(node: ast.expr, namespace: dict[str, Any]) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [spelled(part.value if isinstance(part, ast.FormattedValue) else part, namespace) for part in node.values]
        return "".join("word" if part is None else part for part in parts)
    held = namespace.get(node.id) if isinstance(node, ast.Name) else None
    return held if isinstance(held, str) else None


def literals(pattern: re.Pattern[str]) -> list[str]:
    """What a pattern looks for word by word, the longest first."""
    bare = re.sub(r"\\[A-Za-z]|\(\?[^)]{0,12}?[:=!>]|\(\?P<\w+>", " ", pattern.pattern)
    words = {*re.findall(r"[a-zA-Z][a-zA-Z ']{1,20}", bare), *re.findall(r"[^\w\s]", bare)}
    return sorted(words, key=lambda word: (-len(word), word))


def texts(pattern: re.Pattern[str]) -> Iterator[Callable[[int], str]]:
    """Makers of long texts, by their length."""
    words = literals(pattern)
    for run in dict.fromkeys([*RUNS, *words[:12], *(f"{word} " for word in words[:12])]):
        yield lambda length, run=run: (run * (length // len(run) + 1))[:length]
        yield lambda length, run=run: (run * (length // len(run) + 1))[:length] + "\0"
    for word in words[:10]:
        for run in BEHIND:
            yield lambda length, word=word, run=run: word + run * length + "\0"


def seconds(way: Callable[[re.Pattern[str], str], object], pattern: re.Pattern[str], text: str) -> float:
    """The processor's time of one run; infinite where the run had to be broken off (`re` looks for signals while it searches)."""
    began = time.process_time()
    before = signal.signal(signal.SIGALRM, endless)
    signal.alarm(ENDLESS)
    try:
        way(pattern, text)
    except TimeoutError:
        return float("inf")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return time.process_time() - began


def endless(*_: object) -> None:
    raise TimeoutError


def growth(way: Callable[[re.Pattern[str], str], object], pattern: re.Pattern[str], made: Callable[[int], str]) -> float:
    """How many times as long twice the length takes; 0 where no length takes long."""
    for length in PROBES:
        if (first := seconds(way, pattern, made(length))) < NOTABLE:
            continue
        if first == float("inf"):
            return first
        least = [float("inf"), float("inf")]
        for _ in range(TRIES):  # what else the machine does lengthens a run, and shortens none
            for at, text in enumerate((made(length), made(2 * length))):
                least[at] = min(least[at], seconds(way, pattern, text))
            if least[1] <= MOST * least[0]:
                break
        return least[1] / least[0]
    return 0.0


def too_slow(found: Found) -> list[str]:
    """The first text that takes a pattern too long."""
    for made in texts(found.pattern):
        for way in sorted(found.ways):
            if (times := growth(WAYS[way], found.pattern, made)) > MOST:
                return [f"{found.where} {way} on {made(12)!r}...: {times:.1f} times"]
    return []


def patterns(module: str) -> list[Found]:
    every: dict[re.Pattern[str], Found] = {}
    for found in [*kept(module), *called(module)]:
        before = every.get(found.pattern)
        ways = found.ways if found.where.startswith(f"{module}.") or before is None else before.ways
        every[found.pattern] = found._replace(ways=ways | (before.ways if before else frozenset()))
    return [found._replace(pattern=as_text(found.pattern)) for found in every.values()]


def as_text(pattern: re.Pattern[Any]) -> re.Pattern[str]:
    """The pattern over characters where it is one over bytes."""
    return re.compile(pattern.pattern.decode("latin-1"), pattern.flags) if isinstance(pattern.pattern, bytes) else pattern


@pytest.mark.parametrize("module", modules())
def test_each_pattern_takes_linear_time(module: str) -> None:
    pytest.importorskip(module)
    assert [told for found in patterns(module) for told in too_slow(found)] == []


def test_slow_patterns_are_told() -> None:
    for slow in (r"\s+$", r"(a|a)*b", r"(?:---)-* ?\n", r"\w+@"):
        assert too_slow(Found("here", re.compile(slow), frozenset({"finditer"}))), slow


def test_every_pattern_of_the_package_is_looked_at() -> None:
    assert sum(len(patterns(module)) for module in modules()) > 150
    assert [found.pattern.pattern for found in patterns("assistant.question.premise") if "since" in found.pattern.pattern]
    assert [found for found in patterns("assistant.answer.refusal") if found.where.startswith("assistant.answer.refusal:")]
