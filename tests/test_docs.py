"""The documentation: every code block runs, every setting is named, every file of the floor plan exists, the site builds."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main
import yaml
from conftest import ROOT
from test_sources import spaced

import assistant
import eval.__main__ as eval_command
from assistant import Assistant, cli, config

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
"""Linked, and written separately."""


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    body: str
    not_run: str
    """Why the block is not run; empty where the block runs."""
    output: str | None
    """What the block is to print, where the page says so."""


def blocks(page: Path) -> list[Block]:
    found: list[Block] = []
    for match in FENCE.finditer(page.read_text("utf-8")):
        note = match["note"] or ""
        if note == "output":
            assert match["language"] == "text" and found and found[-1].output is None
            found[-1] = found[-1]._replace(output=match["body"])
        else:
            reason = note.removeprefix("not run: ") if note.startswith("not run: ") else ""
            assert bool(reason) == bool(note), f"{page.name}: {note!r} says neither 'output' nor 'not run: ' and a reason"
            found.append(Block(match["language"], match["body"], reason, None))
    return found


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


PAGES_WITH_CODE = [page for page in PAGES if any(block.language not in ("text", "") for block in blocks(page))]


def commands(body: str) -> Iterator[list[str]]:
    """The words of each command of a block."""
    for line in body.replace("\\\n", " ").splitlines():
        if words := shlex.split(line, comments=True):
            yield words


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the inputs that the pages name: JSON lines, BibTeX, saved pages, and the draft of the quickstart."""
    lines = (ROOT / "assistant" / "sample" / "papers.jsonl").read_text("utf-8").splitlines()
    here = tmp_path / "here"
    (here / "pages").mkdir(parents=True)
    (here / "papers.jsonl").write_text("\n".join(line for line in lines if "Lean" in line), "utf-8")
    abstract = "We boil 12 kettles and time each one with a clock. The lid keeps 40% of the heat in winter. " * 4
    (here / "refs.bib").write_text(f"@misc{{tea, title = {{On Kettles}}, abstract = {{{abstract}}}}}\n", "utf-8")
    for head, name in (("# Related work", "draft.md"), ("@article", "library.bib")):
        shown = next(block.body for block in blocks(ROOT / "docs" / "quickstart.md") if block.body.startswith(head))
        (here / name).write_text(shown, "utf-8")
    (here / "pages" / "monday.txt").write_text(spaced(["On the Sleep of Bees", abstract.replace("kettles", "hives")]), "utf-8")
    monkeypatch.chdir(here)
    return here


class Runner(NamedTuple):
    """Runs blocks as a reader would, each over a new copy of the library of the sample."""

    page: Path
    sample: Path
    tmp_path: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, number: int, block: Block) -> str:
        """What the block prints."""
        home = self.tmp_path / f"home-{number}"
        shutil.copytree(self.sample, home, symlinks=True)
        self.monkeypatch.setenv("ASSISTANT_HOME", str(home))
        self.capsys.readouterr()
        match block.language:
            case "python":
                exec(compile(block.body, f"{self.page.name}, block {number}", "exec"), {"__name__": "__main__"})
            case "sh":
                for words in commands(block.body):
                    self.command(words)
            case "json":
                json.loads(block.body)
            case "yaml":
                self.settings(block.body)
            case other:
                assert other == "text", f"{self.page.name}, block {number}: give the fence a language, not {other!r}"
        return self.capsys.readouterr().out

    def command(self, words: list[str]) -> None:
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            self.monkeypatch.setenv(name, value)
        if words[:2] == ["make", "ask"]:
            words = ["assistant", "ask", words[2].removeprefix("Q=")]
        if words[0] == "make":
            check_target(words)
            return
        assert words[0] == "assistant", f"{self.page.name}: {shlex.join(words)} is not run; say why above its fence"
        self.monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        wrong = words[1] == "check" and ended.value.code == 1  # the draft is, and the command says so
        assert not ended.value.code or wrong, f"{self.page.name}: {shlex.join(words)}\n{self.capsys.readouterr().err}"

    def settings(self, body: str) -> None:
        settings_file = self.tmp_path / "settings.yaml"
        settings_file.write_text(body, "utf-8")
        config.load(settings_file)


def check_target(words: list[str]) -> None:
    """`make TARGET` names a target."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert words[1] in targets, f"the Makefile has no target {words[1]!r}"


def check_only(block: Block) -> None:
    """A block that is not run compiles; its commands exist and take these options."""
    if block.language == "python":
        ast.parse(block.body)
        return
    assert block.language == "sh"
    for words in commands(block.body):
        if words[0] == "make":
            check_target(words)
        elif words[0] == "assistant":
            parse(typer.main.get_command(cli.app), words[1:])
        elif words[:3] == ["python", "-m", "eval"]:
            parse(typer.main.get_command(eval_command.app), words[3:])
        else:
            subprocess.run(["bash", "-n", "-c", shlex.join(words)], check=True)


def parse(group: Any, words: list[str]) -> None:
    group.commands[words[0]].make_context(words[0], words[1:])


def blurred(printed: str) -> str:
    """What is printed, without line breaks, times and confidences, which depend on the machine."""
    said = " ".join(printed.split())
    return re.sub(r"confidence \d\.\d\d( that the library holds an answer)?, \d+ ms", r"confidence _\1, _ ms", said)


def confidences(printed: str) -> list[float]:
    return [float(found) for found in re.findall(r"confidence (\d\.\d\d)", printed)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=relative)
def test_every_block_runs(
    page: Path, sample: Assistant, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(page, sample.home, tmp_path, monkeypatch, capsys)
    for number, block in enumerate(blocks(page), 1):
        if block.not_run:
            check_only(block)
            continue
        printed = runner.run(number, block)
        if block.output is not None:
            assert blurred(printed) == blurred(block.output), f"{page.name}, block {number}"
            assert confidences(printed) == pytest.approx(confidences(block.output), abs=0.03), f"{page.name}, block {number}"


@pytest.mark.slow
def test_a_block_that_fails_is_seen(
    sample: Assistant, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(Path("page.md"), sample.home, tmp_path, monkeypatch, capsys)
    with pytest.raises(AssertionError, match=r"nowhere\.jsonl"):
        runner.run(1, Block("sh", "assistant ingest nowhere.jsonl\n", "", None))
    with pytest.raises(AssertionError, match="say why above its fence"):
        runner.run(2, Block("sh", "pip install assistant\n", "", None))
    with pytest.raises(KeyError):
        check_only(Block("sh", "assistant nonsense\n", "a reason", None))
    with pytest.raises(SyntaxError):
        check_only(Block("python", "print(\n", "a reason", None))
    with pytest.raises(config.ConfigError):
        runner.run(3, Block("yaml", "model:\n  nonsense: 1\n", "", None))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_to_files(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        assert (page.parent / target).exists(), f"{relative(page)} links to {target}"


def test_the_guides_stay_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= 9_000
    assert (ROOT / "CONTRIBUTING.md").stat().st_size <= 5_000


def test_the_settings_page_names_every_key_and_its_default() -> None:
    rows = re.findall(
        r"^\| `([a-z_]+\.[a-z_0-9]+)` \| `([^`]*)` \| (.+) \|$", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.M
    )
    default = yaml.safe_load((ROOT / "config" / "default.yaml").read_text("utf-8"))
    values = {f"{section}.{key}": value for section, keys in default.items() for key, value in keys.items()}
    assert [key for key, _, _ in rows] == list(values)
    for key, shown, _ in rows:
        value = values[key]
        assert shown == (value if isinstance(value, str) else json.dumps(value)), key


def test_the_floor_plan_names_every_file() -> None:
    plan = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## Floor plan")[2]
    named: set[str] = set()
    at = "assistant/"
    for line in plan.splitlines():
        if heading := re.match(r"#+ ([a-z_/]+/)$", line):
            at = heading[1]
        elif line.startswith("| `") and at.startswith("assistant/"):
            named |= {at + name for name in re.findall(r"`([^`]+)`", line.split("|")[1])}
    files = {
        relative(file)
        for file in (ROOT / "assistant").rglob("*")
        if file.suffix in (".py", ".js", ".css") and "__pycache__" not in file.parts
    }
    assert {name for name in named if not name.endswith(("/", ".jsonl"))} == files


def test_the_floor_plan_names_every_module_of_the_eval_suite() -> None:
    plan = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("### eval/")[2].partition("### ")[0]
    named = set(re.findall(r"`(\w+)(?:\.py)?`", plan))
    assert named >= {file.stem for file in (ROOT / "eval").rglob("*.py")} - {"__init__"}


def test_the_list_of_decisions_is_whole() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "index.md").read_text("utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((\1-[a-z0-9-]+\.md)\) \| (.+) \|$", index, re.MULTILINE)
    assert [name for _, name, _ in listed] == sorted(file.name for file in folder.glob("0*.md"))
    for place, (number, name, title) in enumerate(listed, 1):
        content = (folder / name).read_text("utf-8")
        assert content.startswith(f"# {number}: {title}\n") and int(number) == place
        assert re.findall(r"^## (.+)$", content, re.MULTILINE) == ["Context", "Decision", "Consequences"], name


@pytest.mark.slow
def test_the_site_builds_and_fetches_nothing(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={"PATH": "", "NO_MKDOCS_2_WARNING": "1", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert {"index.html", "reference.html"} <= {page.name for page in pages}
    for page in pages:
        shown = page.read_text("utf-8")
        outside = re.findall(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\s>]*", shown)
        assert not outside, f"{page.name}: {outside}"
        assert 'class="mermaid"' not in shown, "the theme fetches mermaid from another host"
    assert "Open the library under" in (tmp_path / "site" / "reference.html").read_text("utf-8")


def test_the_wheel_is_typed_and_whole(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"assistant/py.typed", "assistant/_data/config/default.yaml", "assistant/_data/prompts/answer.yaml"} <= names
    assert {relative(file) for file in (ROOT / "assistant" / "fitted").iterdir()} <= names
    assert not any(name.startswith(("eval/", "tests/", "docs/")) for name in names)


def test_the_citation_names_the_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (cited["version"], cited["license"]) == (assistant.__version__, project["license"])
    released = re.search(rf"^## \[{re.escape(assistant.__version__)}\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert released and released[1] == cited["date-released"]


def test_the_changelog_keeps_its_form() -> None:
    content = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.+)$", content, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", version) for version in versions[1:])
    kinds = re.findall(r"^### (.+)$", content, re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.slow
def test_hooks_are_local_and_work(tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    entries = {hook["id"]: hook["entry"] for hook in hooks[0]["hooks"]}
    folders = [ROOT / name for name in ("assistant", "config", "docs", "eval", "prompts", "tests")]
    present = [str(file) for folder in folders for file in folder.rglob("*") if file.suffix and file.suffix != ".pyc"]
    present += [str(file) for file in ROOT.iterdir() if file.is_file() and not file.name.startswith(".coverage")]
    large, key, unformatted = tmp_path / "large.bin", tmp_path / "key.pem", tmp_path / "bad.py"
    large.write_bytes(b"0" * 500_001)
    key.write_text("-----BEGIN RSA " + "PRIVATE KEY-----\n", "utf-8")
    unformatted.write_text("import os\nx = ( 1)\n", "utf-8")
    for name, faulty in {"large-files": large, "private-keys": key}.items():
        assert hook(entries[name], present) == 0, name
        assert hook(entries[name], [str(faulty)]) != 0, name
    for name in ("ruff", "ruff-format"):
        assert hook(entries[name].replace(".venv/bin/ruff", f"{sys.executable} -m ruff"), ["tests/test_docs.py"]) == 0
        assert hook(entries[name].replace(".venv/bin/ruff", f"{sys.executable} -m ruff"), [str(unformatted)]) != 0


def hook(entry: str, files: list[str]) -> int:
    return subprocess.run([*shlex.split(entry), *files], cwd=ROOT, capture_output=True).returncode


@pytest.mark.parametrize("form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda file: file.stem)
def test_issue_forms_are_well_formed(form: Path) -> None:
    content = yaml.safe_load(form.read_text("utf-8"))
    if form.stem == "config":
        return
    assert content["name"] and content["description"]
    for element in content["body"]:
        assert element["type"] in {"markdown", "textarea", "input", "dropdown", "checkboxes"}
        assert element["attributes"].get("label") or element["attributes"].get("value")
