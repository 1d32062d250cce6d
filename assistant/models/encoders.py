"""Encoders by their setting: mpnet, a repository of the hub, or a folder that sentence-transformers saved.

What is made of the weights is kept as one folder of the cache: the graph (int8 or fp32), the tokenizer, the directions in which the
tokens of the sample vary most, and what the cosines of the encoder mean (`scales.py`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assistant.config import MINILM, SAMPLE
from assistant.errors import ModelError, StorageError, brief, one_line, storage_errors
from assistant.files import NotPlain, read_plain, remove_tree, write_plain
from assistant.models import exports, onnx_graph, scales, snapshots, weights
from assistant.models.embedders import Encoded, Local, padded, ranges, tokenizer_of
from assistant.models.exports import Export
from assistant.types import Chunk, Scale, Vectors

MPNET = "mpnet"
FORMAT = 1
"""Raise it when what is made of the weights changes, so that cached encoders are built again."""
_BASIS_TEXTS = 24
"""The directions of tokens are taken from this many papers of the sample."""
_WATCHED = 4
"""The numbers inside a graph are looked at for this many papers of the sample, before it becomes int8."""


def find(setting: str) -> Export:
    """Find the encoder that `embedder.model` names, and download it where it is of the hub and not here yet.

    Args:
        setting: "mpnet", "hf:OWNER/REPO", or the path of a folder.

    Returns:
        What its files say.

    Raises:
        ModelError: there is no such encoder, it cannot be downloaded, or it is not understood.
    """
    if setting == MPNET:
        return exports.read(_mpnet(), weights.ALL_MPNET.title)
    if hub := snapshots.HUB.fullmatch(setting):
        return _of_hub(hub["repository"])
    if setting.startswith("hf:"):
        raise ModelError(f"embedder.model names no repository of the hub in {setting[:80]!r}; write hf:OWNER/REPO")
    folder = Path(os.path.expanduser(setting))
    return exports.read(folder, folder.resolve().name)


def get(setting: str, progress: weights.Progress = lambda done, total: None) -> Path:
    """Download the encoder that `embedder.model` names, mpnet too; see `find`."""
    return weights.unpack(weights.ALL_MPNET, progress) if setting == MPNET else find(setting).folder


class Known(NamedTuple):
    """An encoder that `embedder.model` can name."""

    setting: str
    title: str
    licence: str
    """Empty where it is not known before the download."""
    bytes: int
    """Of its weights; 0 where they are not known before the download."""
    path: Path | None
    """None where it is not downloaded."""


def look(setting: str) -> Known:
    """Describe the encoder that `embedder.model` names, as far as that is known without a download.

    Args:
        setting: the value of `embedder.model`.

    Returns:
        The encoder.

    Raises:
        ModelError: it is not understood.
    """
    if setting == MINILM:
        folder = onnx_graph.packaged()
        return Known(setting, "all-MiniLM-L6-v2", "apache-2.0", onnx_graph.WEIGHTS_BYTES, folder)
    if export := _here(setting):
        size = sum(path.stat().st_size for path in (export.weights, *exports.parts(export.weights)))
        return Known(setting, export.title, export.licence, size, export.folder)
    if setting == MPNET:
        return Known(setting, weights.ALL_MPNET.title, weights.ALL_MPNET.licence, weights.ALL_MPNET.bytes, None)
    return Known(setting, setting.removeprefix("hf:"), "", 0, None)


def _here(setting: str) -> Export | None:
    """The encoder, where no download is needed."""
    if setting == MPNET:
        folder = weights.unpacked(weights.ALL_MPNET)
        return exports.read(folder, weights.ALL_MPNET.title) if folder else None
    if hub := snapshots.HUB.fullmatch(setting):
        return _cached(hub["repository"])
    return find(setting)


def _mpnet() -> Path:
    folder = weights.unpacked(weights.ALL_MPNET)
    if not folder:
        raise ModelError("mpnet is not downloaded; get it by: assistant models --get mpnet (0.4 GB)")
    return folder


def _of_hub(repository: str) -> Export:
    weights_of = (["model.safetensors"], ["onnx/model.onnx*"], ["onnx/model_quantized.onnx*"])
    return _cached(repository) or snapshots.get(
        repository, exports.SETTINGS, weights_of, lambda folder: exports.read(folder, repository), "embedder.model"
    )


def _cached(repository: str) -> Export | None:
    return snapshots.cached(repository, "modules.json", lambda folder: exports.read(folder, repository))


class Encoder(Local):
    """An encoder that sentence-transformers saved, on ONNX Runtime."""

    def __init__(self, cache: Path, export: Export, precision: str = "int8", threads: int = 0, dimensions: int = 0) -> None:
        """Load what was made of the weights from `cache`, making it there first where it is not there.

        Args:
            cache: folder for built encoders.
            export: the encoder.
            precision: "int8" or "fp32".
            threads: threads to compute with; 0 for one a core.
            dimensions: the first numbers of each vector that are kept; 0 for all.

        Raises:
            ModelError: the weights cannot be read, or are not understood.
        """
        self._export = export
        self._dimensions = _kept(export, dimensions)
        self._prompts = export.query, export.document
        self._pools_prompt = export.pools_prompt
        self.name, self.fingerprint = identity(cache, export, precision, dimensions)
        self._made = _load(cache, export, precision)
        self._load(self._made / "graph.onnx", self._made / "tokenizer.json", threads)
        self._inputs = {each.name for each in self._session.get_inputs()}
        self._states = _states_of(self._session, export)
        self._ends = self._tokenizer.encode("").ids
        if len(self._ends) != self._OVERHEAD:
            raise ModelError(
                f"the encoder {brief(export.title)} cannot be used: its tokenizer puts {len(self._ends)} tokens around a text"
            )
        # byte-level tokenizers know most words behind a space alone
        self._before = " " if "\u0120a" in self._tokenizer.get_vocab() else ""
        prompt = max(len(self._tokenizer.encode(self._read(each), add_special_tokens=False).ids) for each in self._prompts)
        self.window = export.longest - self._OVERHEAD - prompt
        self._basis = self._load_basis()
        self.scale = self._load_scale()

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return super().count(self._read(self._before + text))

    def _read(self, content: str) -> str:
        if not self._export.lower:
            return content
        return "".join(small if len(small := char.lower()) == 1 else char for char in content)

    def encode(self, title: str, chunk: Chunk) -> Encoded:
        """The tokens of a chunk behind its title, as far as the window goes."""
        prompt = self._prompts[1]
        front = f"{prompt}{title}. "
        encoded = self._tokenizer.encode(self._read(front + chunk.text), add_special_tokens=False)
        ids, offsets = encoded.ids, encoded.offsets
        lead = sum(last <= len(prompt) for _, last in offsets) if prompt else 0
        head = sum(last <= len(front) for _, last in offsets)
        body = list(range(head, len(ids)))[: self.window]
        kept = [*range(lead, head)][: max(0, self.window - len(body))]  # of a long title what room is left
        chosen = [*range(lead), *kept, *body]
        starts = [chunk.start + max(0, offsets[at][0] - len(front)) for at in body]
        made = [self._ends[0], *(ids[at] for at in chosen), self._ends[1]]
        whole = (0 if self._pools_prompt else 1 + lead, len(made))
        return Encoded(made, ranges(chunk, starts, 1 + lead + len(kept), whole), 1 + lead)

    def _run(self, rows: list[list[int]], pool: Vectors) -> tuple[Vectors, Vectors]:
        states = self._tokens(rows)
        if self._export.pooling == "cls":
            pool[:, 0] = 0
            pool[:, 0, 0] = 1
        if self._export.pooling == "max":
            inside = [[np.flatnonzero(row) for row in each] for each in pool]
            pooled = np.zeros((*pool.shape[:2], states.shape[-1]), np.float32)
            for number, each in enumerate(inside):
                for place, at in enumerate(each):
                    if len(at):
                        pooled[number, place] = states[number, at].max(axis=0)
        else:
            pooled = pool @ states
        return _unit(pooled[:, :, : self._dimensions]), _unit(states @ self._basis)

    def _tokens(self, rows: Sequence[Sequence[int]]) -> Vectors:
        """The states [rows, tokens, width] of the tokens of texts."""
        return self._session.run([self._states], _given(rows, self._export, self._inputs))[0]

    def _load_basis(self) -> Vectors:
        """[width, 64]: the directions in which the tokens of the sample vary most."""
        path = self._made / "basis.npy"
        try:
            return np.load(path)
        except (OSError, ValueError):
            pass
        rows: list[Vectors] = []
        for title, abstract in _sample()[:_BASIS_TEXTS]:
            ids = self._tokenizer.encode(self._read(f"{title}. {abstract}")).ids[: self.window + self._OVERHEAD]
            rows.append(self._tokens([ids])[0][self._content[ids]])
        _, _, directions = np.linalg.svd(np.concatenate(rows), full_matrices=False)
        basis = np.ascontiguousarray(directions[: onnx_graph.TOKEN_WIDTH].T, np.float32)
        with suppress(StorageError), storage_errors(path), tempfile.NamedTemporaryFile(dir=self._made, delete=False) as file:
            np.save(file, basis)
            file.close()
            os.replace(file.name, path)
        return basis

    def _load_scale(self) -> Scale:
        """What the cosines mean, measured on the sample."""
        path = self._made / f"scale-{self._dimensions}.json"
        try:
            return Scale(*(tuple(line) for line in json.loads(read_plain(path))))
        except (OSError, NotPlain, ValueError, TypeError):
            pass
        scale = scales.measured(self)
        with suppress(StorageError), storage_errors(path):
            write_plain(path, json.dumps(scale).encode())
        return scale


def identity(cache: Path, export: Export, precision: str, dimensions: int = 0) -> tuple[str, str]:
    """The name and the fingerprint of an encoder at a precision; the hash of its weights is remembered in `cache`."""
    kept = _kept(export, dimensions)
    slug = re.sub(r"[^a-z0-9]+", "-", export.title.lower()).strip("-")[:60]
    cut, what = (f"-d{kept}", f"{kept} of {export.width} dimensions, ") if kept < export.width else ("", "")
    return f"{export.title} ({what}{precision}, ONNX Runtime)", f"{slug}-{precision}-{_hash(cache, export)[:12]}-v{FORMAT}{cut}"


def _kept(export: Export, dimensions: int) -> int:
    if dimensions > export.width:
        raise ModelError(f"embedder.dimensions is {dimensions}, but {export.title} gives {export.width}")
    return dimensions or export.width


def _hash(cache: Path, export: Export) -> str:
    """The hash of all that shapes the vectors."""
    files = [_known_hash(cache, path) for path in (export.weights, export.tokenizer)]
    return hashlib.sha256(json.dumps([export.described(), *files]).encode()).hexdigest()


def _known_hash(cache: Path, path: Path) -> str:
    """The hash of a file, remembered by its place, size and time: to hash a large one takes a second."""
    try:
        stats = [os.stat(each) for each in (path, *exports.parts(path))]
        key = json.dumps([str(path.resolve()), [(stat.st_size, stat.st_mtime_ns) for stat in stats]])
        note = cache / f"hash-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]}.json"
        with suppress(OSError, ValueError, TypeError, KeyError):
            said = json.loads(read_plain(note))
            if said["of"] == key:
                return str(said["sha256"])
        found = exports.sha256(path)
    except OSError as exc:
        raise ModelError(f"cannot read {str(path)!r}: {exc.strerror}") from exc
    with suppress(StorageError), storage_errors(note):
        cache.mkdir(parents=True, exist_ok=True)
        write_plain(note, json.dumps({"of": key, "sha256": found}).encode())
    return found


def _load(cache: Path, export: Export, precision: str) -> Path:
    """The folder of what was made of the weights, made where it is not there or damaged."""
    folder = cache / identity(cache, export, precision)[1]
    if _whole(folder):
        return folder
    log = logging.getLogger(__name__)
    if folder.exists():
        log.warning("The built encoder in %r is damaged and is built again.", str(folder))
    else:
        log.warning("Preparing the encoder %s, once; a large one takes minutes.", one_line(export.title))
    with storage_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="building-") as work:
            made = Path(work) / "made"
            made.mkdir()
            _build(export, precision, Path(work), made)
            shutil.copyfile(export.tokenizer, made / "tokenizer.json")
            sums = {path.name: exports.sha256(path) for path in made.iterdir()}
            write_plain(made / "sums.json", json.dumps(sums).encode())
            remove_tree(folder)
            with suppress(OSError):  # another process may have been at the same work
                os.replace(made, folder)
    return folder


def _whole(folder: Path) -> bool:
    try:
        sums: dict[str, str] = json.loads(read_plain(folder / "sums.json"))
        return "graph.onnx" in sums and all(exports.sha256(folder / name) == each for name, each in sums.items())
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def _build(export: Export, precision: str, work: Path, made: Path) -> None:
    """Write the graph of an export, at a precision."""
    source, graph = export.weights, made / "graph.onnx"
    quantised = bool(export.shape is None and re.search(r"_(?:q|u?int8|bnb)", source.stem))
    if precision == "fp32" and quantised:
        raise ModelError(f"{export.title} holds the quantised graph {source.name} alone; set embedder.precision=int8")
    try:
        if export.shape:
            source = work / "model.onnx"
            onnx_graph.build_graph(export.weights, "fp32", source, export.shape)
        if precision == "int8" and not quantised:
            onnx_graph.quantize(source, graph, onnx_graph.outlying(source, work, list(_feeds(export, source))))
        else:
            shutil.copyfile(source, graph)
            for part in exports.parts(source):
                shutil.copyfile(part, made / part.name)
    except (OSError, ModelError):
        raise
    except Exception as exc:  # those of onnx, of its quantiser and of safetensors
        why = " ".join(str(exc).split())[:200] or type(exc).__name__
        raise ModelError(f"the encoder {brief(export.title)} cannot be used: {export.weights.name} cannot be read ({why})") from exc


def _feeds(export: Export, graph: Path) -> Iterator[dict[str, Any]]:
    """Titles and abstracts of the sample as inputs of a graph."""
    import onnx

    model: Any = onnx.load(graph, load_external_data=False)  # pyright: ignore[reportUnknownMemberType]
    inputs = {each.name for each in model.graph.input}
    tokenizer = tokenizer_of(export.tokenizer)
    for title, abstract in _sample()[:_WATCHED]:
        for content in (title, abstract):
            yield _given([tokenizer.encode(content).ids[: export.longest]], export, inputs)


def _given(rows: Sequence[Sequence[int]], export: Export, inputs: set[str]) -> dict[str, Any]:
    """The inputs of a graph for some texts: of one that is built here, or of one that was exported."""
    ids, mask = padded(rows, export.padding)
    if "ids" in inputs:
        return {"ids": ids, "mask": mask}
    given = {"input_ids": ids.astype(np.int64), "attention_mask": mask.astype(np.int64)}
    if "token_type_ids" in inputs:
        given["token_type_ids"] = np.zeros_like(given["input_ids"])
    return given


def _states_of(session: Any, export: Export) -> str:
    """The output that holds the states of the tokens, of a graph that takes what is known here."""
    unknown = {each.name for each in session.get_inputs()} - {"ids", "mask", "input_ids", "attention_mask", "token_type_ids"}
    if unknown:
        raise ModelError(
            f"the encoder {brief(export.title)} cannot be used: its graph also takes {', '.join(sorted(unknown))[:80]}"
        )
    found = {each.name: each.shape for each in session.get_outputs()}
    named = [name for name in ("states", "last_hidden_state", "token_embeddings") if name in found]
    for name in (*named, *found):
        if len(found[name]) == 3:
            return name
    raise ModelError(f"the encoder {brief(export.title)} cannot be used: its graph gives no vectors of tokens")


def _unit(vectors: Vectors) -> Vectors:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _sample() -> list[tuple[str, str]]:
    """Title and abstract of the papers that are shipped."""
    lines = SAMPLE.read_text("utf-8").splitlines()
    return [(paper["title"], paper["abstract"]) for paper in map(json.loads, lines)]
