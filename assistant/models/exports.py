"""Folders of models: what the files of an encoder say that sentence-transformers saved, or one line on what is not understood."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from assistant.errors import ModelError, brief
from assistant.files import NotPlain, open_plain, read_plain
from assistant.models.onnx_graph import Shape

Pooling = Literal["cls", "mean", "max"]
ARCHITECTURES = ("bert", "mpnet", "roberta", "xlm-roberta", "modernbert")
"""The values of `model_type` that are understood."""
SETTINGS = ("*.json", "*/config.json", "README.md")
"""The files beside the weights, as patterns."""
_BUILT: tuple[Literal["bert", "mpnet"], ...] = ("bert", "mpnet")
"""Built from their weights; the others need an ONNX file."""
_OFFSET = ("mpnet", "roberta", "xlm-roberta")
"""Their positions count from the id of the padding and one more."""
_ONNX = ("model.onnx", "model_quantized.onnx", "model_int8.onnx")
"""The names of ONNX files, the best first; others are taken where there is no other."""
_POOLINGS: dict[str, Pooling] = {
    "cls": "cls",
    "cls_token": "cls",
    "mean": "mean",
    "mean_tokens": "mean",
    "mean_sqrt_len_tokens": "mean",  # of another length, and each vector is brought to length 1
    "max": "max",
    "max_tokens": "max",
}
_LONGEST = 1_000_000
"""A longest text beyond this is none: transformers writes 1e30 where it knows of none."""
_LICENCE = re.compile(r"^licen[sc]e:\s*['\"]?([\w.+-]{1,60})", re.MULTILINE)
_PROMPTS = {"query": ("query",), "document": ("document", "passage", "corpus")}
"""The names of the prompts for questions and for documents, as sentence-transformers looks them up."""


class Export(NamedTuple):
    """An encoder, as its files describe it."""

    folder: Path
    title: str
    licence: str
    """Empty where the files name none."""
    weights: Path
    """An ONNX file, or model.safetensors where the graph is built."""
    tokenizer: Path
    shape: Shape | None
    """The shape of a graph that is to be built; None for an ONNX file."""
    width: int
    """The numbers of the state of a token."""
    padding: int
    pooling: Pooling
    pools_prompt: bool
    """The tokens of the prompt are pooled too."""
    query: str
    """The text in front of each question."""
    document: str
    """The text in front of each passage."""
    lower: bool
    """Texts are read in small letters."""
    longest: int
    """The most tokens of a text, those of the model around it included."""

    def described(self) -> list[object]:
        """All that shapes the vectors, but for weights and tokenizer."""
        said = self._asdict()
        shape = list(self.shape[1:]) if self.shape else self.weights.name
        for name in ("folder", "title", "licence", "weights", "tokenizer", "shape"):
            del said[name]
        return [shape, *said.values()]


def read(folder: Path, title: str) -> Export:
    """Read the files of an export.

    Args:
        folder: the folder.
        title: its name, for people.

    Returns:
        The encoder.

    Raises:
        ModelError: a file is missing or says what is not understood.
    """
    told = Told(folder, title)
    if not folder.is_dir():
        raise told.wrong("there is no such folder; embedder.model takes minilm, mpnet, hf:OWNER/REPO or a folder")
    transformer, pooling = _modules(told)
    config = told.json(transformer / "config.json")
    kind = config.get("model_type")
    if kind not in ARCHITECTURES:
        raise told.wrong(f"its architecture {str(kind)[:40]!r} is not understood, only {', '.join(ARCHITECTURES)}")
    tokenizer = folder / transformer / "tokenizer.json"
    if not tokenizer.is_file():
        raise told.wrong("it holds no tokenizer.json; save its tokenizer as a fast one")
    padding = told.number(config, "pad_token_id", 0)
    shape, weights = _weights(told, transformer, config, padding)
    sentences = told.json(transformer / "sentence_bert_config.json", needed=False)
    tokens = told.json(transformer / "tokenizer_config.json", needed=False)
    prompts = told.json(Path("config_sentence_transformers.json"), needed=False)
    pool = told.json(pooling / "config.json")
    if prompts.get("similarity_fn_name") in ("dot", "euclidean", "manhattan") and not _normalises(told):
        raise told.wrong(f"its vectors are compared by {prompts['similarity_fn_name']!r}; a library compares them by their cosine")
    return Export(
        folder=folder,
        title=title,
        licence=licence(folder),
        weights=weights,
        tokenizer=tokenizer,
        shape=shape,
        width=told.number(config, "hidden_size", None),
        padding=padding,
        pooling=_pooling(told, pool),
        pools_prompt=pool.get("include_prompt", True) is not False,
        query=_prompt(told, prompts, "query"),
        document=_prompt(told, prompts, "document"),
        lower=sentences.get("do_lower_case") is True,
        longest=longest(told, config, tokens, padding, sentences.get("max_seq_length")),
    )


def longest(told: Told, config: dict[str, Any], tokens: dict[str, Any], padding: int, said: object = None) -> int:
    """The most tokens of a text.

    Args:
        told: the folder.
        config: its config.json.
        tokens: its tokenizer_config.json.
        padding: the id of the padding.
        said: what another file says, which goes before the tokenizer's.

    Returns:
        The places of the model, or fewer where a file says so.
    """
    places = told.number(config, "max_position_embeddings", _LONGEST) - (padding + 1 if config.get("model_type") in _OFFSET else 0)
    for each in (said, tokens.get("model_max_length")):
        if isinstance(each, int | float) and 0 < each < _LONGEST:
            return min(places, int(each))
    return places


class Told:
    """The JSON files of a folder."""

    def __init__(self, folder: Path, title: str, kind: str = "encoder", saved_by: str = "sentence-transformers") -> None:
        """Read the files of `folder`; `title` and `kind` name the model to people, and `saved_by` what saves such a folder."""
        self.folder = folder
        self._title, self._kind, self._saved_by = title, kind, saved_by

    def wrong(self, why: str) -> ModelError:
        """The one line on what is wrong with the folder."""
        return ModelError(f"the {self._kind} {brief(self._title)} cannot be used: {why}")

    def value(self, name: Path, *, needed: bool = True) -> Any:
        """The content of a JSON file; None where it is not needed and not there."""
        try:
            return json.loads(read_plain(self.folder / name))
        except FileNotFoundError as exc:
            if needed:
                raise self.wrong(f"it holds no {name.as_posix()}, which {self._saved_by} saves") from exc
            return None
        except (OSError, NotPlain, ValueError, RecursionError) as exc:
            raise self.wrong(f"{name.as_posix()} cannot be read as JSON") from exc

    def json(self, name: Path, *, needed: bool = True) -> dict[str, Any]:
        """The object in a JSON file; an empty one where the file is not needed and not there."""
        value = self.value(name, needed=needed)
        if value is None and not needed:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(f"{name.as_posix()} holds no object")
        return cast("dict[str, Any]", value)

    def number(self, values: dict[str, Any], name: str, otherwise: int | None) -> int:
        """A whole number from 0 of a configuration."""
        value = values.get(name, otherwise)
        if value is None and otherwise is not None:
            value = otherwise
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(f"config.json gives no usable {name}")
        return value


def _types(told: Told) -> list[tuple[str, Path]]:
    """The kinds of the modules, and their folders inside the export."""
    listed = told.value(Path("modules.json"))
    modules: list[tuple[str, Path]] = []
    for each in cast("list[Any]", listed) if isinstance(listed, list) else ():
        module = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
        kind, path = module.get("type"), module.get("path")
        if not isinstance(kind, str) or not isinstance(path, str) or Path(path).is_absolute() or ".." in Path(path).parts:
            raise told.wrong("modules.json lists what is no module")
        modules.append((kind.rpartition(".")[2], Path(path)))
    return modules


def _modules(told: Told) -> tuple[Path, Path]:
    """The folders of the transformer and of the pooling."""
    modules = _types(told)
    kinds = [kind for kind, _ in modules]
    for kind in kinds:
        if kind not in ("Transformer", "Pooling", "Normalize"):
            raise told.wrong(f"its module {kind[:40]!r} is not understood, only Transformer, Pooling and Normalize")
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        raise told.wrong(f"its modules {', '.join(kinds)[:80] or 'none'} are not Transformer, Pooling and, if at all, Normalize")
    return modules[0][1], modules[1][1]


def _normalises(told: Told) -> bool:
    return any(kind == "Normalize" for kind, _ in _types(told))


def _pooling(told: Told, config: dict[str, Any]) -> Pooling:
    said = config.get("pooling_mode")
    named = (
        [said] if isinstance(said, str) else [name[13:] for name, on in config.items() if name.startswith("pooling_mode_") and on]
    )
    if len(named) != 1 or named[0] not in _POOLINGS:
        raise told.wrong(f"its pooling {brief(' and '.join(map(str, named)) or 'none')} is not understood, only cls, mean and max")
    return _POOLINGS[named[0]]


def _prompt(told: Told, config: dict[str, Any], use: str) -> str:
    prompts: Any = config.get("prompts") or {}
    if not isinstance(prompts, dict):
        raise told.wrong("config_sentence_transformers.json gives prompts that are none")
    known = cast("dict[str, Any]", prompts)
    for name in (*_PROMPTS[use], config.get("default_prompt_name")):
        if name is not None and known.get(name) is not None:
            if not isinstance(known[name], str):
                raise told.wrong("config_sentence_transformers.json gives prompts that are none")
            return known[name]
    return ""


def _weights(told: Told, transformer: Path, config: dict[str, Any], padding: int) -> tuple[Shape | None, Path]:
    """The file of the weights, and the shape of the graph where one is to be built of them."""
    tensors = told.folder / transformer / "model.safetensors"
    kind = config["model_type"]
    plain = config.get("hidden_act", "gelu") == "gelu" and config.get("position_embedding_type", "absolute") == "absolute"
    if kind in _BUILT and plain and tensors.is_file():
        layers, heads, width = (
            told.number(config, name, None) for name in ("num_hidden_layers", "num_attention_heads", "hidden_size")
        )
        epsilon = config.get("layer_norm_eps", 1e-12)
        if not isinstance(epsilon, float) or not 0 < epsilon < 1:
            raise told.wrong("config.json gives no usable layer_norm_eps")
        buckets = told.number(config, "relative_attention_num_buckets", 32)
        return Shape(told.folder.name, kind, layers, heads, width, epsilon, padding, buckets), tensors
    if found := graph([told.folder / "onnx", told.folder / transformer / "onnx"]):
        return None, found
    needs = "neither model.safetensors nor " if kind in _BUILT else "no "
    raise told.wrong(f"it holds {needs}onnx/model.onnx; save it by the ONNX backend of sentence-transformers")


def graph(folders: Sequence[Path]) -> Path | None:
    """The ONNX file in the first of some folders that holds one; of several the exact one, then a quantised one."""
    for folder in dict.fromkeys(folders):
        there = sorted(folder.glob("model*.onnx"))
        if best := [folder / name for name in _ONNX if folder / name in there] or there:
            return best[0]
    return None


def licence(folder: Path) -> str:
    """The licence in the head of the model's card; empty for none."""
    try:
        card = read_plain(folder / "README.md").decode("utf-8", "replace")
    except (OSError, NotPlain):
        return ""
    head = card.split("---")[1] if card.startswith("---") else ""
    found = _LICENCE.search(head)
    return found[1] if found else ""


def sha256(path: Path) -> str:
    """The hash of a file, and of the file of its numbers where an ONNX graph keeps them apart."""
    total = hashlib.sha256()
    for each in [path, *parts(path)]:
        with open_plain(each) as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def parts(graph: Path) -> list[Path]:
    """The files beside an ONNX graph that hold its numbers: "model.onnx_data" and the like."""
    return sorted(path for path in graph.parent.glob(f"{graph.name}[._]*") if path.is_file()) if graph.suffix == ".onnx" else []
