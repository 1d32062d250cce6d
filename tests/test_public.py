"""Promises: exported names, imports along the table of layers, what help and the README say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, Run

import assistant

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ANYWHERE = {"numpy", "pydantic"}
"""Packages that every layer may import, as the architecture says above its table."""


class Layer(NamedTuple):
    """A row of the table of layers."""

    names: tuple[str, ...]
    """Modules and packages of the layer."""
    engines: dict[str, set[str]]
    """Third-party package -> the files that may import it; none named: all files of the layer."""


def layers() -> list[Layer]:
    """The table of layers in docs/architecture.md, top to bottom."""
    section = ARCHITECTURE.partition("\n## Layers\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    assert all(len(row) == 4 for row in rows), "a row of the table of layers has four cells"
    return [
        Layer(
            tuple(re.findall(r"`(\w+)`", names)),
            {name: set(re.findall(r"`([\w.]+)`", files)) for name, files in re.findall(r"`(\w+)`(?: \(([^)]*)\))?", engines)},
        )
        for names, _, _, engines in rows
    ]


LAYERS = layers()
LEVELS = {name: number for number, layer in enumerate(LAYERS) for name in layer.names}
FILES = sorted((ROOT / "assistant").rglob("*.py"))


def imports(file: Path, typing: bool = False) -> set[str]:
    """Dotted names that a file imports when the file runs, and, with `typing`, under `if TYPE_CHECKING` too."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" and not typing:
            return
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.update(f"{node.module}.{name.name}" for name in node.names)
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "importlib.import_module"
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text("utf-8")))
    return found


def module(file: Path) -> str:
    """The module of a file, a package counting as one."""
    return file.relative_to(ROOT / "assistant").parts[0].removesuffix(".py")


def trespasses(own: str, file: str, names: set[str]) -> list[str]:
    """What of the imported `names` a file of the layer of `own` may not import.

    Args:
        own: the top-level module or package that the file belongs to.
        file: the name of the file.
        names: dotted names of its imports.
    """
    found: list[str] = []
    engines = LAYERS[LEVELS[own]].engines
    for name in names:
        parts = name.split(".")
        if parts[0] == "assistant":
            above = parts[1] == own or LEVELS.get(parts[1], -1) < LEVELS[own]
            beside = LEVELS.get(parts[1]) == LEVELS[own] == 0
            if not (above or beside):
                found.append(name)
        elif parts[0] == "sqlite3" or parts[0] not in sys.stdlib_module_names | ANYWHERE:
            if parts[0] not in engines or (engines[parts[0]] and file not in engines[parts[0]]):
                found.append(name)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_follow_the_table_of_layers(file: Path) -> None:
    own = module(file)
    if not own.startswith("__"):
        assert trespasses(own, file.name, imports(file)) == [], "see the table of layers in docs/architecture.md"


@pytest.mark.slow
def test_the_table_of_layers_is_whole() -> None:
    assert set(LEVELS) == {module(file) for file in FILES if not module(file).startswith("__")}
    used = {name.split(".")[0] for file in FILES for name in imports(file, typing=True)}
    assert {engine for layer in LAYERS for engine in layer.engines} <= used, "the table names a package that nothing imports"
    for name in ANYWHERE:
        assert re.search(rf"Each\s+layer may import [^.]*`{name}`", ARCHITECTURE)


@pytest.mark.parametrize(
    ("own", "file", "name"),
    [
        pytest.param("library", "store.py", "assistant.answer.pipeline", id="a layer below"),
        pytest.param("export", "export.py", "assistant.saved", id="a module beside"),
        pytest.param("library", "store.py", "eval.runs", id="the eval suite"),
        pytest.param("library", "store.py", "chromadb", id="an engine of another file"),
        pytest.param("verify", "local.py", "tantivy", id="an engine of another layer"),
        pytest.param("verify", "local.py", "sqlite3", id="the database"),
        pytest.param("answer", "extract.py", "scipy.stats", id="a package of no layer"),
    ],
)
def test_a_wrong_import_is_seen(own: str, file: str, name: str) -> None:
    assert trespasses(own, file, {name, "numpy", "re", "assistant.errors"}) == [name]


def test_every_exported_name_is_there_and_documented() -> None:
    assert assistant.__all__ == sorted(assistant.__all__)
    for name in assistant.__all__:
        assert getattr(assistant, name).__doc__
    with pytest.raises(AttributeError, match="nonsense"):
        _ = assistant.nonsense


def test_importing_the_package_imports_no_engine() -> None:
    code = "import sys, assistant.cli; print([m for m in sys.modules if m in ('chromadb', 'numpy', 'pydantic', 'rich')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command_and_the_exit_codes(run: Run) -> None:
    shown = run("--help", fake=False)
    assert shown.returncode == 0
    for word in ("ingest", "sync", "watch", "remove", "ask", "search", "status", "doctor", "chat", "password", "config", "130"):
        assert word in shown.stdout


def test_the_readme_tells_the_truth() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^(?:\$ )?(make \w+|assistant \w+|python -m eval \w+)", readme, re.MULTILINE)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    cli = (ROOT / "assistant" / "cli.py").read_text("utf-8")
    suite = (ROOT / "eval" / "__main__.py").read_text("utf-8")
    assert commands[:2] == ["make ask", "make test"]
    for command in commands:
        program, _, name = command.rpartition(" ")
        if program == "make":
            assert name in targets, command
        else:
            source = cli if program == "assistant" else suite
            assert re.search(rf"def {name}\(|command\(\"{name}\"\)", source), command


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == assistant.__version__
    assert re.search(rf"^## \[{re.escape(assistant.__version__)}\] - ", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "http://" not in lock and "https://" not in lock and "--index-url" not in lock
    assert not re.search(r"^(torch|sentence-transformers)==", lock, re.MULTILINE)


@pytest.mark.slow
def test_without_the_extra_the_page_says_what_to_install_and_the_core_works() -> None:
    code = "import sys; sys.modules |= dict.fromkeys(['gradio', 'uvicorn']); from assistant.__main__ import main; main()"

    def run_blocked(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT)

    for command in ("chat",), ("password", "ada"):
        done = run_blocked(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "assistant: the page needs gradio, uvicorn; install with: pip install 'assistant[page]'\n"
    assert run_blocked("search", "Lean", "--set", "embedder.kind=fake").returncode == 0


def test_the_core_needs_no_web_server() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert not {"gradio", "fastapi", "starlette", "uvicorn"} & {re.split(r"[<>=]", name)[0] for name in project["dependencies"]}
    assert {"gradio", "fastapi", "markdown-it-py", "starlette", "uvicorn"} == set(project["optional-dependencies"]["page"])
