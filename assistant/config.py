"""Settings: read from YAML, overlaid by files, variables and flags, checked once, frozen.

The layers are not pydantic-settings, which does not keep the origin of each value: docs/decisions/0027.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from assistant.errors import ConfigError, brief, masked
from assistant.files import read_plain

PREFIX = "ASSISTANT_"
_NOT_SETTINGS = {"ASSISTANT_HOME"}

_LARGEST = 10**12
"""No count is larger: what takes one would run out of memory, or know no such number."""
# strict, as true is no number
Count = Annotated[int, Field(strict=True, ge=1, le=_LARGEST)]
Natural = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Weight = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
# without a name and password, which would be sent
Address = Annotated[str, Field(pattern=r"^https?://[^\s@?#/]+[^\s@?#]*$")]
# with a name and password where a proxy wants them; errors leave these out, and `assistant config` masks these
Endpoint = Annotated[str, Field(pattern=r"^(?i:https?)://[^\s/?#]\S*$")]
# an "@" in a password is written %40: else what stands behind it would be looked up as a host
Database = Annotated[str, Field(pattern=r"^postgresql\+psycopg://[^\s@]*(?:@[^\s@]+)?$")]
Seconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Timeout = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


SECRET = ("embedder.base_url", "model.base_url", "store.url")
"""Settings that may hold a password; what is shown of them is masked."""
MINILM = "minilm"
"""The value of `embedder.model` for the encoder of the package."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LibrarySettings(_Section):
    """Section `library`."""

    home: Path | None
    wait: Seconds

    @field_validator("home", mode="before")
    @classmethod
    def _named(cls, home: object) -> object:
        if home == "":  # as a path it would be the folder that the command is started in
            raise ValueError("it names no folder; write null for the usual one")
        if "\0" in str(home):
            raise ValueError("no name of a folder holds a zero byte")
        return home


class StoreSettings(_Section):
    """Section `store`."""

    url: Database | None


class EmbedderSettings(_Section):
    """Section `embedder`."""

    kind: Literal["local", "openai", "fake"]
    model: Annotated[str, Field(min_length=1)]
    dimensions: Natural
    precision: Literal["int8", "fp32"]
    weights: Path | None
    threads: Natural
    base_url: Endpoint | None
    timeout: Timeout

    @field_validator("kind", mode="before")
    @classmethod
    def _former_name(cls, kind: object) -> object:
        """MiniLM was the only one of its kind, and the kind had its name."""
        return "local" if kind == "minilm" else kind

    @model_validator(mode="after")
    def _of_minilm(self) -> Self:
        if self.kind == "local" and self.model != MINILM and self.weights is not None:
            raise ValueError("embedder.weights is the folder of minilm; name the folder of another encoder by embedder.model")
        if self.kind == "local" and self.model == MINILM and self.dimensions:
            raise ValueError("embedder.dimensions cuts the vectors of other encoders than minilm; set it to 0")
        return self


class ChunkSettings(_Section):
    """Section `chunk`."""

    tokens: Annotated[int, Field(strict=True, ge=16)]


class IngestSettings(_Section):
    """Section `ingest`."""

    batch: Count
    max_line: Count
    max_file: Count
    arxiv_url: Address
    hub_url: Address
    crossref_url: Address
    pubmed_url: Address
    openalex_url: Address
    s2_url: Address
    openreview_url: Address
    remote_max: Count
    remote_timeout: Timeout
    remote_pause: Seconds


class SearchSettings(_Section):
    """Section `search`."""

    fusion: Literal["score", "rank", "dense", "lexical"]
    candidates: Count
    shortlist: Count
    parts: Annotated[bool, Field(strict=True)]
    diversity: Share
    dense: Weight
    sentence: Weight
    late: Weight
    lexical: Weight
    name: Weight
    expansion: Literal["none", "multi-query", "hyde"]
    rewordings: Count
    second_pass: Literal["none", "cross-encoder", "utility"]
    second_pass_model: str
    second_pass_top: Count
    votes: Count


class AnswerSettings(_Section):
    """Section `answer`."""

    flow: Literal["linear", "conditional", "branching", "looping"]
    writer: Literal["auto", "quotes", "pick", "model"]
    mode: Literal["strict", "mark"]
    repair: Annotated[bool, Field(strict=True)] | None
    verifier: Literal["local", "model", "entailment"]
    entailment_model: str
    entailment_labels: list[str]
    rounds: Count
    passages: Count
    read_tokens: Natural
    papers: Count
    sentences: Count
    threshold: Share
    nearest: Natural
    max_question: Count


class ModelSettings(_Section):
    """Section `model`."""

    name: str | None
    base_url: Endpoint | None
    gguf: Annotated[str, Field(min_length=1)] | None
    context: Annotated[int, Field(strict=True, ge=512)]
    threads: Natural
    timeout: Timeout
    retries: Natural
    input_tokens: Count
    output_tokens: Count
    price_input: Weight | None
    price_output: Weight | None
    question_cap: Weight | None
    conversation_cap: Weight | None

    @model_validator(mode="after")
    def _caps_need_prices(self) -> Self:
        if (self.question_cap is not None or self.conversation_cap is not None) and None in (self.price_input, self.price_output):
            raise ValueError("a cap needs model.price_input and model.price_output")
        return self

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.name is not None and self.gguf is not None:
            raise ValueError("model.name and model.gguf name two models; set one of them to null")
        return self

    @property
    def chosen(self) -> str | None:
        """The model that is named, at an endpoint or in a file; None for none."""
        return self.name or self.gguf


class Settings(_Section):
    """All settings; what each means stands in config/default.yaml, which also holds their defaults."""

    library: LibrarySettings
    store: StoreSettings
    embedder: EmbedderSettings
    chunk: ChunkSettings
    ingest: IngestSettings
    search: SearchSettings
    answer: AnswerSettings
    model: ModelSettings

    def fingerprint(self, *sections: str) -> str:
        """A hash of some sections, 12 hexadecimal digits."""
        return hashlib.sha256(self.model_dump_json(include=set(sections)).encode()).hexdigest()[:12]


class Loaded(NamedTuple):
    """Settings and where each comes from."""

    settings: Settings
    origins: dict[str, str]
    """Dotted key -> "default", the file, the variable or the flag."""


def load(file: Path | None = None, flags: Sequence[str] = (), environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read the settings in force.

    Args:
        file: YAML with differences from the defaults.
        flags: "key=value" pairs, dotted keys.
        environment: where ASSISTANT_* variables are looked up.

    Returns:
        The settings, and the origin of each value.

    Raises:
        ConfigError: a file cannot be read, a key is unknown (the nearest one is named) or a value is wrong.
    """  # noqa: DOC501  # _wrong() makes ConfigError
    values = _flatten(read_yaml(_default_file(), "settings file"))
    origins = dict.fromkeys(values, "default")
    names = {PREFIX + key.upper().replace(".", "_"): key for key in values}

    def overlay(key: str, value: Any, origin: str) -> None:
        if key not in values:
            raise ConfigError(f"unknown setting {brief(key)} in {origin}{_nearest(key, values)}")
        values[key], origins[key] = value, origin

    if file:
        for key, value in _flatten(read_yaml(file, "settings file")).items():
            overlay(key, value, str(file))
    for name, value in sorted(environment.items()):
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS:
            if name not in names:
                raise ConfigError(f"unknown variable {brief(name)}{_nearest(name, names)}")
            overlay(names[name], _parse(value, name), name)
    for flag in flags:
        key, equals, value = flag.partition("=")
        if not equals:
            raise ConfigError(f"--set takes key=value, not {brief(flag)}")
        origin = f"--set {key.strip()[:80]}"
        overlay(key.strip(), _parse(value, origin), origin)
    tree: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        tree.setdefault(section, {})[name] = value
    try:
        return Loaded(Settings.model_validate(tree), origins)
    except ValidationError as exc:
        raise _wrong(exc, origins) from exc


def _wrong(exc: ValidationError, origins: Mapping[str, str]) -> ConfigError:
    problem = exc.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    said = problem["msg"].removeprefix("Value error, ")
    if key not in origins:  # settings of a section that do not go together
        return ConfigError(said)
    given = problem["input"]
    if key in SECRET:
        given = masked(given) if isinstance(given, str) and ("://" in given or "=" not in given) else "***"
    return ConfigError(f"{key} (from {origins[key]}) cannot be {brief(given)}: {said[:1].lower()}{said[1:]}")


def with_url(settings: Settings, url: str) -> Settings:
    """Settings with another `store.url`.

    Returns:
        The settings.

    Raises:
        ConfigError: the address is none of a database.
    """
    try:
        return settings.model_copy(update={"store": StoreSettings(url=url)})
    except ValidationError as exc:
        raise ConfigError(f"{brief(masked(url))} is no address such as postgresql+psycopg://USER@HOST/NAME") from exc


def home(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path:
    """Find the folder for the library and built models.

    Returns:
        The folder.

    Raises:
        ConfigError: its name is not UTF-8.
    """
    if settings.library.home:
        return nameable(Path(os.path.expanduser(settings.library.home)))
    if environment.get("ASSISTANT_HOME"):
        return nameable(Path(os.path.expanduser(environment["ASSISTANT_HOME"])))
    from platformdirs import user_data_path

    return nameable(user_data_path("assistant", appauthor=False))


def nameable(folder: Path) -> Path:
    """Return `folder` where its name can be written as text, which the index and the runtime of models need.

    Raises:
        ConfigError: its name is not UTF-8.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError as exc:
        raise ConfigError(
            f"the name of the library's folder is not UTF-8: {brief(str(folder))}; rename it, or set ASSISTANT_HOME to another"
        ) from exc
    return folder


def cache_home() -> Path:
    """The folder for what can be downloaded again."""
    from platformdirs import user_cache_path

    return user_cache_path("assistant", appauthor=False)


FITTED = Path(__file__).parent / "fitted"
"""Constants that were fitted: each `NAME.json` with its command, the hashes of its data and its date; `files.json` says the same of
the other files."""


_OF_WEIGHTS = re.compile(r"-((?:int8|fp32)-[0-9a-f]{12}-v\d+(?:-d\d+)?)$")
"""The end of the fingerprint of a local encoder: precision, hash, format, and the dimensions where the vectors are cut."""


SAMPLE = Path(__file__).parent / "sample" / "papers.jsonl"
"""The papers that are shipped with the package."""


@cache
def fitted(name: str, encoder: str = "") -> Mapping[str, Any]:
    """Look up fitted constants.

    Args:
        name: of the file, without its ending.
        encoder: the fingerprint of an embedder, for constants that its cosines shape.

    Returns:
        The constants by their names: those fitted on the cosines of this embedder where there are any, else those of MiniLM's.
    """
    own = FITTED / f"{fit_name(name, encoder)}.json"
    return json.loads((own if encoder and own.is_file() else FITTED / f"{name}.json").read_text("utf-8"))["values"]


def fit_name(name: str, encoder: str) -> str:
    """The name of the constants `name` as fitted on an embedder; a local one is told by the hash of what shapes its vectors."""
    hashed = _OF_WEIGHTS.search(encoder)
    return f"{name}-{hashed[1] if hashed else re.sub(r'[^a-z0-9]+', '-', encoder.lower())[:80]}"


@cache
def default(name: str) -> Any:
    """Look up the shipped value of a setting by its full name, such as "answer.threshold".

    Returns:
        The value.
    """
    return _flatten(read_yaml(_default_file(), "settings"))[name]


def data_folder(name: str) -> Path:
    """A folder shipped with the package: inside it where it is installed, beside it in a checkout."""
    inside = Path(__file__).parent / "_data" / name
    return inside if inside.exists() else Path(__file__).parent.parent / name


def _default_file() -> Path:
    return data_folder("config") / "default.yaml"


def read_yaml(path: Path, kind: str) -> dict[str, Any]:
    """Read a YAML file of keys and values.

    Args:
        path: the file.
        kind: the kind of file, for messages.

    Returns:
        The keys and values; none where the file is empty.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or holds no keys.
    """
    try:
        content = deepcopy(_read(read_plain(path)))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as exc:  # ValueError: not UTF-8, or 2025-02-30
        why = getattr(exc, "strerror", None) or str(exc).replace("\n", " ").partition("; use sys.")[0]  # advice to a programmer
        raise ConfigError(f"cannot read the {kind} {str(path)!r}: {why}") from exc
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"the {kind} {str(path)!r} holds no keys with values")
    return content  # pyright: ignore[reportUnknownVariableType]


@lru_cache(maxsize=32)
def _read(content: bytes) -> Any:
    """The content of a YAML file; each assistant that is opened reads the shipped files again."""
    return yaml.safe_load(content.decode())


def _flatten(tree: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, values in tree.items():
        if isinstance(values, dict):
            flat |= {f"{section}.{key}": value for key, value in values.items()}  # pyright: ignore[reportUnknownVariableType]
        elif values is not None:  # a section all of whose lines are commented out says nothing
            flat[str(section)] = values
    return flat


def _parse(value: str, origin: str) -> Any:
    try:
        return yaml.safe_load(value)
    except (ValueError, RecursionError, yaml.YAMLError) as exc:  # ValueError: a date such as 2025-02-30
        raise ConfigError(f"{origin}: {brief(masked(value) if '://' in value else value)} is not a YAML value") from exc


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "; see: assistant config"
