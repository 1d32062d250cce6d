"""Promises: what is exported, which module may import which, what help and the README say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, Run

import assistant

LAYERS = [
    {"errors", "blas"},
    {"types", "cancel", "scratch"},
    {"text", "tex", "config", "minilm", "tokens", "thoughts", "streams"},
    {"chunk", "sources", "embed", "openai_api", "lexical", "fusion", "diversity", "parts", "prompts"},
    {"store", "stems", "figures", "flow", "meter", "orders", "detail"},
    {"index"},
    {"library", "spelling", "acronyms", "expand", "rerank", "opposites", "export", "saved"},
    {"compose", "rewrite", "claims", "judge", "entail", "interop", "align"},
    {"guards", "proposals"},
    {"resemblance", "signals"},
    {"verify", "retrieve", "ingest", "remove"},
    {"write", "contradiction", "doctor"},
    {"answerable"},
    {"refuse"},
    {"compress"},
    {"operators"},
    {"answer"},
    {"toolbox"},
    {"build"},
    {"page"},
    {"cli"},
]
UPWARD = {("types", "export"), ("types", "saved")}
"""`Answer.to_markdown` and the like: methods because people look there, that do nothing but call, when they are called."""
ENGINES = {
    "chromadb": "index",
    "sqlite3": {"store", "index"},
    "tantivy": "lexical",
    "rapidfuzz": "lexical",
    "threadpoolctl": "blas",
    "onnxruntime": {"embed", "minilm"},
    "openai": "openai_api",
    "tiktoken": "tokens",
    "bs4": "sources",
    "bibtexparser": "sources",
    "feedparser": "sources",
    "httpx": "sources",
    "llama_index": {"chunk", "interop"},
    "typer": "cli",
    "filelock": {"library", "scratch"},
    "gradio": "page",
    "fastapi": "page",
    "starlette": "page",
    "uvicorn": "page",
}
FILES = sorted((ROOT / "assistant").rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Dotted names that a file imports when it is run, `if TYPE_CHECKING` left out."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.update(f"{node.module}.{name.name}" for name in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text("utf-8")))
    return found


def module(file: Path) -> str:
    """The module of a file, a package counting as one."""
    return file.relative_to(ROOT / "assistant").parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down_only(file: Path) -> None:
    level = {name: number for number, names in enumerate(LAYERS) for name in names}
    own = module(file)
    if own.startswith("__"):
        return
    for name in imports(file):
        parts = name.split(".")
        assert parts[0] != "eval", f"{own} imports the eval suite"
        if parts[0] == "assistant" and parts[1] != own:
            below = level[parts[1]] < level[own]
            beside = level[parts[1]] == level[own] and (own, parts[1]) in {("embed", "minilm")}
            assert below or beside or (own, parts[1]) in UPWARD, f"{own} imports {parts[1]}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_each_engine_has_one_user(file: Path) -> None:
    for name in imports(file):
        engine = name.split(".")[0]
        if engine in ENGINES:
            assert module(file) in (ENGINES[engine] if isinstance(ENGINES[engine], set) else {ENGINES[engine]})


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
    for word in ("ingest", "remove", "ask", "search", "status", "chat", "password", "config", "130"):
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
    assert re.search(rf"^## {re.escape(assistant.__version__)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "http://" not in lock and "https://" not in lock and "--index-url" not in lock
    assert not re.search(r"^(torch|sentence-transformers)==", lock, re.MULTILINE)
