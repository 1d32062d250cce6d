"""Flows: how an answer is made, as YAML over named operators, after the patterns of Modular RAG (Gao et al., arXiv 2407.21059).

steps:
  - condense                              linear: one operator after the other
  - retrieve
  - while: uncovered                      looping: again while the condition holds, `answer.rounds` times at most
    do: [rephrase, retrieve]
  - each: part                            branching: the steps for each part of the question, joined afterwards
    do: [retrieve, write, verify]
  - if: answerable                        conditional
    then: [write, verify, repair]
    else: [refuse]
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from assistant.config import data_folder, read_yaml
from assistant.errors import ConfigError, brief

SHIPPED = ("linear", "conditional", "branching", "looping")
_FORMS = {frozenset({"if", "then"}), frozenset({"if", "then", "else"}), frozenset({"while", "do"}), frozenset({"each", "do"})}


class Do(NamedTuple):
    """Run an operator."""

    name: str


class If(NamedTuple):
    """Run the one or the other."""

    condition: str
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


class While(NamedTuple):
    """Run again while a condition holds, within bounds."""

    condition: str
    steps: tuple[Node, ...]


class Each(NamedTuple):
    """Run for each part of the question."""

    steps: tuple[Node, ...]


Node = Do | If | While | Each


def load(flow: str, operators: Collection[str], conditions: Collection[str]) -> tuple[Node, ...]:
    """The steps of a flow.

    Args:
        flow: one of those that are shipped, or the path of a YAML file.
        operators: the names that steps may have.
        conditions: the names that `if` and `while` may have.

    Raises:
        ConfigError: the file cannot be read, holds what is no step, or writes without verifying afterwards.
    """
    path = data_folder("config") / "flows" / f"{flow}.yaml" if flow in SHIPPED else Path(flow)
    if flow not in SHIPPED and path.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"answer.flow cannot be {brief(flow)}; it is {', '.join(SHIPPED)} or the path of a YAML file")
    content = read_yaml(path, "flow")
    if content.keys() != {"steps"}:
        raise ConfigError(f"the flow {str(path)!r} must hold the key 'steps' and no other")
    steps = _Reader(str(path), operators, conditions).steps(content["steps"])
    if _unproved(steps):
        raise ConfigError(f"the flow {str(path)!r} writes and does not verify afterwards; nothing unproved is shown")
    return steps


class _Reader(NamedTuple):
    path: str
    operators: Collection[str]
    conditions: Collection[str]

    def steps(self, content: Any) -> tuple[Node, ...]:
        if not isinstance(content, list) or not content:
            raise ConfigError(f"the flow {self.path!r} has {brief(content)} where a list of steps is wanted")  # pyright: ignore[reportUnknownArgumentType]
        return tuple(self._step(step) for step in content)  # pyright: ignore[reportUnknownVariableType]

    def _step(self, step: Any) -> Node:
        if isinstance(step, str):
            return Do(self._known(step, self.operators, "step"))
        if not isinstance(step, dict) or frozenset(step) not in _FORMS:  # pyright: ignore[reportUnknownArgumentType]
            raise ConfigError(
                f"the flow {self.path!r} has {brief(step)}; a step is a name, or has the keys if/then, while/do or each/do"  # pyright: ignore[reportUnknownArgumentType]
            )
        if "if" in step:
            condition = self._known(step["if"], self.conditions, "condition")
            return If(condition, self.steps(step["then"]), self.steps(step["else"]) if "else" in step else ())
        if "while" in step:
            return While(self._known(step["while"], self.conditions, "condition"), self.steps(step["do"]))
        self._known(step["each"], ("part",), "word after 'each'")
        return Each(self.steps(step["do"]))

    def _known(self, name: Any, names: Collection[str], kind: str) -> str:
        if isinstance(name, str) and name in names:
            return name
        near = difflib.get_close_matches(str(name), names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(names)}"
        raise ConfigError(f"the flow {self.path!r} has the unknown {kind} {brief(name)}; {hint}")


def names(steps: Sequence[Node]) -> set[str]:
    """The operators that a flow may run."""
    found: set[str] = set()
    for step in steps:
        match step:
            case Do(name):
                found.add(name)
            case If(_, then, otherwise):
                found |= names(then) | names(otherwise)
            case While(_, inner) | Each(inner):
                found |= names(inner)
    return found


def _unproved(steps: Sequence[Node], before: bool = False) -> bool:
    """Something may be written and not verified afterwards, where that was so `before` or not."""
    for step in steps:
        match step:
            case Do("write"):
                before = True
            case Do("verify"):
                before = False
            case Do(_):
                pass
            case If(_, then, otherwise):
                before = _unproved(then, before) or _unproved(otherwise, before)
            case While(_, inner) | Each(inner):  # it may run not at all, or on what is written for a part alone
                before = before or _unproved(inner)
    return before
