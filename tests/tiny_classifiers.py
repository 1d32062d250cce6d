"""Tiny classifiers of pairs in ONNX, as transformers exports them, and the logits that they give, worked out in numpy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tiny_encoders
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save_model
from tokenizers import Tokenizer, processors

WIDTH = 8
NLI = ("CONTRADICTION", "ENTAILMENT", "NEUTRAL")


def export(
    folder: Path,
    labels: Sequence[str] | None = NLI,
    *,
    kind: str = "bert",
    classes: int | None = None,
    bias: Sequence[float] | None = None,
    scale: float = 1.0,
    file: str = "onnx/model.onnx",
    tokens: int | str = "tokens",
    texts: int | str = "texts",
    whole: int = TensorProto.INT64,
    longest: int = 64,
    **said: Any,
) -> Path:
    """Write a classifier whose logits are linear in the mean of what it looks up for its tokens; see `logits`.

    Args:
        folder: the folder to make.
        labels: the names of its classes in config.json; None for none.
        kind: the tokenizer, as in `tiny_encoders`.
        classes: the number of its logits; None for one a label.
        bias: added to the logits.
        scale: a factor of everything else in them.
        file: the place of the graph.
        tokens: tokens of a pair, where these are fixed.
        texts: pairs in a run, where these are fixed.
        whole: the type of its inputs.
        longest: the longest pair, as the tokenizer's file says.
        said: what else stands in config.json.
    """
    (folder / file).parent.mkdir(parents=True)
    tokenizer(kind).save(str(folder / "tokenizer.json"))
    config: dict[str, Any] = {"model_type": kind, "pad_token_id": padding(kind), "max_position_embeddings": 140}
    config |= {"architectures": ["TinyForSequenceClassification"]}
    if labels is not None:
        config["id2label"] = {str(at): name for at, name in enumerate(labels)}
    (folder / "config.json").write_text(json.dumps(config | said), "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": longest}), "utf-8")
    count = classes or len(labels or (0, 0))
    _graph(folder / file, kind, [*bias] if bias else [0.0] * count, scale, (texts, tokens), whole)
    return folder


def tokenizer(kind: str) -> Tokenizer:
    """The tokenizer of a kind, which puts pairs between its marks and, in a file, would cut and pad on its own."""
    made = tiny_encoders.tokenizer(kind)
    first, last = ("[CLS]", "[SEP]") if kind in ("bert", "modernbert") else ("<s>", "</s>")
    between = f"{last}:0" if kind == "bert" else f"{last}:0 {last}:0"
    ids = [(token, made.token_to_id(token)) for token in (first, last)]
    second = 1 if kind == "bert" else 0
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first}:0 $A:0 {between} $B:{second} {last}:{second}", special_tokens=ids
    )
    made.enable_truncation(12)
    made.enable_padding(length=12)
    return made


def padding(kind: str) -> int:
    """The id that fills rows; not 0 for tokenizers of the kind of RoBERTa."""
    return tiny_encoders.tokenizer(kind).token_to_id("<pad>") or 0


def logits(kind: str, passage: str, claim: str, classes: int) -> NDArray[np.float64]:
    """The logits of one pair at scale 1 without bias, the passage whole."""
    read = tokenizer(kind)
    read.no_truncation()
    read.no_padding()
    encoded = read.encode(passage, claim)
    words, kinds, head = _weights(kind, classes)
    states = words[encoded.ids] + (kinds[encoded.type_ids] if "token_type_ids" in inputs(kind) else 0)
    return states.mean(axis=0) @ head


def inputs(kind: str) -> list[str]:
    """The inputs of a graph of a kind: BERT alone tells the texts of a pair apart by a number for each token."""
    return ["input_ids", "attention_mask", *(["token_type_ids"] if kind == "bert" else [])]


def _weights(kind: str, classes: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(5)
    words = tiny_encoders.tokenizer(kind).get_vocab_size()
    return random.standard_normal((words, WIDTH)), random.standard_normal((2, WIDTH)), 3 * random.standard_normal((WIDTH, classes))


def _graph(
    target: Path,
    kind: str,
    bias: list[float],
    scale: float,
    shape: tuple[int | str, int | str],
    whole: int,
) -> None:
    words, kinds, head = _weights(kind, len(bias))
    constants = [
        numpy_helper.from_array(value.astype(np.float32), name)
        for name, value in {"words": words, "kinds": kinds, "head": head * scale, "bias": np.array(bias)}.items()
    ]
    constants.append(numpy_helper.from_array(np.array([2], np.int64), "last"))
    constants.append(numpy_helper.from_array(np.array([1], np.int64), "tokens"))
    nodes = [helper.make_node("Gather", ["words", "input_ids"], ["looked"])]
    states, names = "looked", inputs(kind)
    if "token_type_ids" in names:
        nodes += [
            helper.make_node("Gather", ["kinds", "token_type_ids"], ["kind"]),
            helper.make_node("Add", ["looked", "kind"], ["states"]),
        ]
        states = "states"
    nodes += [
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", [states, "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["wide", "tokens"], ["count"], keepdims=0),
        helper.make_node("Div", ["sum", "count"], ["mean"]),
        helper.make_node("MatMul", ["mean", "head"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
    ]
    taken = [helper.make_tensor_value_info(name, whole, list(shape)) for name in names]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape[0], len(bias)])
    graph = helper.make_graph(nodes, "tiny", taken, [output], constants)
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(target))
