from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Run
from pydantic import ValidationError

from assistant import Assistant
from assistant.config import Loaded, Settings, data_folder, home, load
from assistant.errors import ConfigError, masked

DEFAULTS = data_folder("config") / "default.yaml"


def yaml_file(folder: Path, content: str | bytes) -> Path:
    file = folder / "settings.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def overlay(folder: Path, where: str, key: str, value: str) -> Loaded:
    """Settings with one value from a file, a variable or a flag."""
    section, _, name = key.partition(".")
    if where == "file":
        return load(yaml_file(folder, f"{section}:\n  {name}: {value}\n"), environment={})
    if where == "variable":
        return load(environment={f"ASSISTANT_{section}_{name}".upper(): value})
    return load(flags=[f"{key}={value}"], environment={})


def dump(loaded: Loaded) -> dict[str, Any]:
    return {f"{section}.{key}": value for section, part in loaded.settings for key, value in part}


anywhere = pytest.mark.parametrize("where", ["file", "variable", "flag"])


# Defaults


def test_the_defaults_load_and_say_that_they_are_defaults() -> None:
    loaded = load(environment={})
    defaults = yaml.safe_load(DEFAULTS.read_text("utf-8"))
    expected = {f"{section}.{key}": value for section, part in defaults.items() for key, value in part.items()}
    assert dump(loaded) == expected
    assert loaded.origins == dict.fromkeys(expected, "default")


def test_every_default_says_what_it_is_for() -> None:
    lines = [line for line in DEFAULTS.read_text("utf-8").splitlines() if re.match(r"  \w+:", line)]
    assert len(lines) == len(load(environment={}).origins)
    assert [line for line in lines if not re.search(r"\S +# (a )?\w{2,}", line)] == []


def test_settings_are_frozen() -> None:
    settings = load(environment={}).settings
    with pytest.raises(ValidationError, match="frozen"):
        settings.search.dense = 2.0  # type: ignore[misc]


# Overlays


def test_a_flag_overlays_a_variable_overlays_a_file_overlays_the_defaults(tmp_path: Path) -> None:
    file = yaml_file(tmp_path, "answer:\n  papers: 11\n  sentences: 11\n  nearest: 11\n")
    loaded = load(
        file,
        flags=["answer.nearest=13", "answer.max_question = 13"],
        environment={"ASSISTANT_ANSWER_SENTENCES": "12", "ASSISTANT_ANSWER_NEAREST": "12", "OTHER": "1"},
    )
    answer = loaded.settings.answer
    assert (answer.papers, answer.sentences, answer.nearest, answer.max_question) == (11, 12, 13, 13)
    changed = {key: origin for key, origin in loaded.origins.items() if origin != "default"}
    assert changed == {
        "answer.papers": str(file),
        "answer.sentences": "ASSISTANT_ANSWER_SENTENCES",
        "answer.nearest": "--set answer.nearest",
        "answer.max_question": "--set answer.max_question",
    }


def test_the_last_of_two_flags_holds() -> None:
    assert load(flags=["chunk.tokens=20", "chunk.tokens=30"], environment={}).settings.chunk.tokens == 30


def test_variables_of_the_process_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_CHUNK_TOKENS", "33")
    assert load().settings.chunk.tokens == 33


@anywhere
@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("library.home", "/some/folder", Path("/some/folder"), id="path"),
        pytest.param("library.home", "null", None, id="null"),
        pytest.param("embedder.base_url", "http://localhost:8000/v1", "http://localhost:8000/v1", id="address"),
        pytest.param("embedder.kind", "openai", "openai", id="choice"),
        pytest.param("search.dense", "2", 2.0, id="whole number for a weight"),
    ],
)
def test_values_are_yaml_wherever_they_come_from(tmp_path: Path, where: str, key: str, value: str, expected: object) -> None:
    assert dump(overlay(tmp_path, where, key, value))[key] == expected


@pytest.mark.parametrize("content", ["", "# nothing but a comment\n", "search:\n  # dense: 2\n", "\ufeffsearch: {}\n"], ids=repr)
def test_a_file_that_sets_nothing_changes_nothing(tmp_path: Path, content: str) -> None:
    assert load(yaml_file(tmp_path, content), environment={}) == load(environment={})


def test_the_whole_default_file_can_be_given_as_a_file() -> None:
    loaded = load(DEFAULTS, environment={})
    assert loaded.settings == load(environment={}).settings
    assert set(loaded.origins.values()) == {str(DEFAULTS)}


# What is wrong is named


@pytest.mark.parametrize(
    ("where", "key", "origin", "nearest"),
    [
        pytest.param("file", "serch.dense", "settings.yaml", "search.dense", id="section in a file"),
        pytest.param("file", "search.dens", "settings.yaml", "search.dense", id="key in a file"),
        pytest.param("variable", "chunk.token", "ASSISTANT_CHUNK_TOKEN", "ASSISTANT_CHUNK_TOKENS", id="variable"),
        pytest.param("flag", "embedder.presision", "--set embedder.presision", "embedder.precision", id="flag"),
    ],
)
def test_an_unknown_key_names_its_origin_and_the_nearest_one(
    tmp_path: Path, where: str, key: str, origin: str, nearest: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        overlay(tmp_path, where, key, "1")
    assert origin in str(caught.value)
    assert str(caught.value).endswith(f"did you mean {nearest!r}?")


def test_a_key_like_no_other_points_to_the_list() -> None:
    with pytest.raises(ConfigError, match="unknown setting 'zzz' in --set zzz; see: assistant config"):
        load(flags=["zzz=1"], environment={})


@anywhere
@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("chunk.tokens", "15", id="too small"),
        pytest.param("chunk.tokens", "many", id="no number"),
        pytest.param("embedder.timeout", "0", id="no time"),
        pytest.param("chunk.tokens", "20.5", id="no whole number"),
        pytest.param("ingest.batch", "true", id="true for a whole number"),
        pytest.param("search.dense", "false", id="false for a weight"),
        pytest.param("answer.threshold", "1.01", id="too large"),
        pytest.param("answer.threshold", ".nan", id="not a number"),
        pytest.param("search.dense", ".inf", id="infinite"),
        pytest.param("search.lexical", "-1", id="negative"),
        pytest.param("library.wait", "null", id="null"),
        pytest.param("library.home", "[a]", id="list for a path"),
        pytest.param("embedder.kind", "minilms", id="no such choice"),
        pytest.param("ingest.hub_url", "file:///etc/passwd", id="address that is not on the web"),
        pytest.param("ingest.arxiv_url", "https://me:secret@arxiv.example/", id="address with a password"),
        pytest.param("search.dense", "{a: 1}", id="mapping for a number"),
        pytest.param("ingest.batch", "99999999999999999999999999", id="number larger than any memory"),
    ],
)
def test_a_wrong_value_names_its_key_its_origin_and_itself(tmp_path: Path, where: str, key: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        overlay(tmp_path, where, key, value)
    origin = {
        "file": str(tmp_path / "settings.yaml"),
        "variable": f"ASSISTANT_{key.upper().replace('.', '_')}",
        "flag": f"--set {key}",
    }[where]
    assert str(caught.value).startswith(f"{key} (from {origin}) cannot be {yaml.safe_load(value)!r}: ")


def test_a_home_with_a_zero_byte_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="library.home .* no name of a folder holds a zero byte"):
        overlay(tmp_path, "file", "library.home", '"\\0"')


@pytest.mark.parametrize("where", ["file", "flag"])
def test_an_empty_home_is_not_the_folder_of_the_command(tmp_path: Path, where: str) -> None:
    with pytest.raises(ConfigError, match=r"library\.home .* cannot be '': it names no folder; write null for the usual one"):
        overlay(tmp_path, where, "library.home", '""')


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are Unicode there")
@pytest.mark.parametrize("command", ["status", "ask tea?", "doctor", "ingest a.json", "config"])
def test_a_home_that_is_not_utf8_is_one_clear_line(tmp_path: Path, run: Run, command: str) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/tea-\xff")
    done = run(*command.split(), env={"ASSISTANT_HOME": folder})
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and not Path(folder).exists()
    assert "is not UTF-8" in done.stderr and "rename it, or set ASSISTANT_HOME to another" in done.stderr
    with pytest.raises(ConfigError, match="is not UTF-8"):
        Assistant.open(folder)


def test_more_papers_than_memory_holds_may_be_quoted(sample: Assistant) -> None:
    with Assistant.open(sample.home, set=["answer.papers=1000000000000"]) as many:
        assert many.ask("What does LeanDojo offer?").sources


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("search: [\n", "while parsing", id="broken YAML"),
        pytest.param("search:\n\tdense: 1\n", "while scanning", id="tab"),
        pytest.param("search:\n  dense: 2025-02-30\n", "day is out of range", id="no such date"),
        pytest.param("- search\n", "holds no keys", id="list"),
        pytest.param("just words", "holds no keys", id="words"),
        pytest.param(b"search:\n  dense: \xff\n", "invalid start byte", id="not UTF-8"),
        pytest.param("a: " + "[" * 500, "recursion", id="nested too deeply"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path: Path, content: str | bytes, reason: str) -> None:
    file = yaml_file(tmp_path, content)
    with pytest.raises(ConfigError, match=reason) as caught:
        load(file, environment={})
    assert repr(str(file)) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "reason"), [("missing.yaml", "No such file"), ("", "but a folder")], ids=["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"cannot read the settings file .*{reason}"):
        load(tmp_path / name, environment={})


@pytest.mark.parametrize("value", ["[1", "'open", "2025-02-30", "[" * 500], ids=["list", "quote", "date", "depth"])
@pytest.mark.parametrize("where", ["variable", "flag"])
def test_a_value_that_is_no_yaml_names_its_origin(tmp_path: Path, where: str, value: str) -> None:
    origin = {"variable": "ASSISTANT_EMBEDDER_MODEL", "flag": "--set embedder.model"}[where]
    with pytest.raises(ConfigError, match=f"^{origin}: .* is not a YAML value$"):
        overlay(tmp_path, where, "embedder.model", value)


def test_a_flag_without_a_value_says_what_is_taken() -> None:
    with pytest.raises(ConfigError, match="--set takes key=value, not 'chunk.tokens'"):
        load(flags=["chunk.tokens"], environment={})


# The home


def settings_with_home(folder: str = "null") -> Settings:
    return load(flags=[f"library.home={folder}"], environment={}).settings


def test_the_home_is_the_setting_else_the_variable_else_the_platforms(tmp_path: Path) -> None:
    variable = {"ASSISTANT_HOME": "/variable"}
    assert home(settings_with_home("/setting"), variable) == Path("/setting")
    assert home(settings_with_home(), variable) == Path("/variable")
    assert home(settings_with_home(), {"ASSISTANT_HOME": ""}).is_relative_to(tmp_path / "home")


def test_a_tilde_stands_for_the_home_of_the_user(tmp_path: Path) -> None:
    assert home(settings_with_home("~/papers"), {}) == tmp_path / "home" / "papers"
    assert home(settings_with_home(), {"ASSISTANT_HOME": "~/papers"}) == tmp_path / "home" / "papers"
    assert home(settings_with_home("~nobody-of-this-name"), {}) == Path("~nobody-of-this-name")


def test_the_variable_of_the_home_is_no_setting() -> None:
    assert set(load(environment={"ASSISTANT_HOME": "/x"}).origins.values()) == {"default"}


# Fingerprints


def test_a_fingerprint_changes_with_its_sections_alone() -> None:
    before = load(environment={}).settings
    after = load(flags=["search.dense=7", "chunk.tokens=77"], environment={}).settings
    sections = list(Settings.model_fields)
    assert [name for name in sections if before.fingerprint(name) != after.fingerprint(name)] == ["chunk", "search"]
    assert before.fingerprint("library", "answer") == after.fingerprint("library", "answer")
    assert before.fingerprint("answer", "search") != after.fingerprint("answer", "search")


def test_a_fingerprint_tells_sections_apart_and_not_their_order() -> None:
    settings = load(environment={}).settings
    assert settings.fingerprint("chunk", "search") == settings.fingerprint("search", "chunk")
    assert len({settings.fingerprint(name) for name in Settings.model_fields}) == len(Settings.model_fields)
    assert re.fullmatch("[0-9a-f]{12}", settings.fingerprint("chunk"))


def test_a_number_that_python_does_not_read_brings_no_advice_to_programmers(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(f"search:\n  k: {'9' * 5000}\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "own.yaml")
    assert "cannot read the" in str(caught.value) and "sys." not in str(caught.value)


@pytest.mark.parametrize("key", ["model.base_url", "embedder.base_url"])
def test_the_address_of_an_endpoint_is_one_of_the_web(key: str) -> None:
    for wrong in ("ftp://a", "localhost:8000/v1", "file:///etc/passwd", "http://", "''", "http:/a"):
        with pytest.raises(ConfigError, match=f"^{key} "):
            load(flags=[f"{key}={wrong}"], environment={})
    for right in ("http://localhost:8000/v1", "HTTPS://a.example", "http://[::1]:80/v1?key=x", "https://name:word@a.example/v1"):
        section, _, name = key.partition(".")
        assert getattr(getattr(load(flags=[f"{key}={right}"], environment={}).settings, section), name) == right


@pytest.mark.parametrize("command", ["config", "config --json", "models", "models --json"])
def test_the_password_of_an_endpoint_is_masked(run: Run, command: str) -> None:
    done = run(*command.split(), "--set", "model.name=m", "--set", "model.base_url=http://ann:secret@127.0.0.1:9/v1?key=secret")
    assert done.returncode == 0 and "http://***@127.0.0.1:9/v1?***" in done.stdout and "secret" not in done.stdout


@pytest.mark.parametrize("word", ["se/cret", "se?cret", "se/c?r#et", "s:ecret", "se//cret"])
def test_whatever_a_password_holds_is_masked(word: str) -> None:
    assert masked(f"postgresql+psycopg://ann:{word}@127.0.0.1:9/x?key=secret") == "postgresql+psycopg://***@127.0.0.1:9/x?***"
    assert masked(f"ann:{word}@127.0.0.1/x").endswith(":***@127.0.0.1/x")


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql+psycopg://ann:one@cret@127.0.0.1/x",  # its second part would be looked up as a host
        "ann:cret@127.0.0.1/x",
        "host=127.0.0.1 user=ann password=cret",
        "postgresql+psycopg:/ann:cret@127.0.0.1/x",
        ["postgresql+psycopg://ann:cret@127.0.0.1/x"],
    ],
)
def test_a_wrong_address_of_a_database_is_told_without_its_password(wrong: object) -> None:
    with pytest.raises(ConfigError, match=r"^store\.url ") as caught:
        load(flags=[f"store.url={json.dumps(wrong)}"], environment={})
    assert "cret" not in str(caught.value)


def test_a_wrong_address_is_told_without_its_password() -> None:
    with pytest.raises(ConfigError, match=r"cannot be 'ftp://\*\*\*@a\.example/v1'"):
        load(flags=["model.base_url=ftp://ann:secret@a.example/v1"], environment={})
