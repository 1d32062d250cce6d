"""Tiny exports of sentence-transformers with random weights, and what they give, worked out in numpy."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save_model
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LAYERS, HEADS, WIDTH, INNER, PLACES = 2, 2, 16, 32, 140
TEXTS = [
    "provers search for proofs and check each step of a proof",
    "a kernel measures how similar two samples are",
    "entropy of alloys grows with the number of elements",
    "query: passage: title of a paper. Short words, and longer sentences.",
]
Rows = NDArray[np.float64]


def export(
    folder: Path,
    kind: str,
    *,
    pooling: str = "mean",
    prompts: dict[str, str] | None = None,
    form: str | None = None,
    normalise: bool = True,
    **said: Any,
) -> Path:
    """Write an export of a kind: "bert" and "mpnet" as safetensors, others, or by `form`, as ONNX."""
    folder.mkdir(parents=True)
    made = tokenizer(kind)
    made.save(str(folder / "tokenizer.json"))
    padding = made.token_to_id("<pad>") or 0
    config = {
        "model_type": kind,
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "layer_norm_eps": 1e-5,
        "max_position_embeddings": PLACES,
        "pad_token_id": padding,
        **said,
    }
    modules = ["Transformer", "Pooling", *(["Normalize"] if normalise else [])]
    paths = ["", "1_Pooling", "2_Normalize"]
    listed = [{"idx": i, "path": paths[i], "type": f"sentence_transformers.models.{name}"} for i, name in enumerate(modules)]
    modes = {f"pooling_mode_{name}": name.startswith(pooling) for name in ("cls_token", "mean_tokens", "max_tokens", "lasttoken")}
    files: dict[str, Any] = {
        "config.json": config,
        "modules.json": listed,
        "1_Pooling/config.json": {"word_embedding_dimension": WIDTH, **modes},
        "sentence_bert_config.json": {"max_seq_length": 128, "do_lower_case": False},
    }
    if prompts:
        files["config_sentence_transformers.json"] = {"prompts": prompts}
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), "utf-8")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Tiny\n", "utf-8")
    words = made.get_vocab_size()
    if (form or ("safetensors" if kind in ("bert", "mpnet") else "onnx")) == "safetensors":
        save_file(weights(kind, words), folder / "model.safetensors")
    else:
        (folder / "onnx").mkdir()
        _graph(words, folder / "onnx" / "model.onnx", segments=kind == "bert")
    return folder


def tokenizer(kind: str) -> Tokenizer:
    return Tokenizer.from_str(_trained(kind))


@cache
def _trained(kind: str) -> str:
    """The tokenizer of a kind as JSON; training it twice would not give the same one."""
    ends = ("[CLS]", "[SEP]") if kind in ("bert", "modernbert") else ("<s>", "</s>")
    special = ["[PAD]", "[UNK]", *ends] if kind == "bert" else [ends[0], "<pad>", ends[1], "[UNK]"]
    if kind in ("bert", "mpnet"):
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer: Any = trainers.WordPieceTrainer(vocab_size=200, special_tokens=special)
    elif kind == "xlm-roberta":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="[UNK]", show_progress=False)
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    pairs = [(token, tokenizer.token_to_id(token)) for token in ends]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{ends[0]} $A {ends[1]}", special_tokens=pairs)
    return tokenizer.to_str()


def weights(kind: str, words: int) -> dict[str, NDArray[np.float32]]:
    """Random weights under the names that the kind gives them."""
    rng = np.random.default_rng(7)
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (words, WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
    }
    attention = ["attn.q", "attn.k", "attn.v", "attn.o"]
    if kind == "bert":
        sizes["embeddings.token_type_embeddings.weight"] = (2, WIDTH)
        attention = ["self.query", "self.key", "self.value", "output.dense"]
    else:
        sizes["encoder.relative_attention_bias.weight"] = (32, HEADS)
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        linear = {f"attention.{part}": (WIDTH, WIDTH) for part in attention}
        linear |= {"intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER)}
        for part, size in linear.items():
            sizes |= {f"{name}.{part}.weight": size, f"{name}.{part}.bias": size[:1]}
        norms += [f"{name}.attention.{'output.' if kind == 'bert' else ''}LayerNorm", f"{name}.output.LayerNorm"]
    made = {name: rng.standard_normal(size).astype(np.float32) * np.float32(0.4) for name, size in sizes.items()}
    for name in norms:
        made |= {f"{name}.weight": 1 + rng.standard_normal(WIDTH).astype(np.float32) * np.float32(0.1)}
        made |= {f"{name}.bias": rng.standard_normal(WIDTH).astype(np.float32) * np.float32(0.1)}
    return made


def states(kind: str, ids: list[int], padding: int) -> Rows:
    """The states [tokens, width] of the tokens of one text, step by step as the papers of BERT and MPNet have it."""
    w = {name: value.astype(np.float64) for name, value in weights(kind, tokenizer(kind).get_vocab_size()).items()}
    count = len(ids)
    first = 0 if kind == "bert" else padding + 1
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][first : first + count]
    if kind == "bert":
        x = x + w["embeddings.token_type_embeddings.weight"][0]
    x = _norm(x, w, "embeddings.LayerNorm")
    bias = np.zeros((HEADS, count, count))
    if kind == "mpnet":
        for i in range(count):
            for j in range(count):
                bias[:, i, j] = w["encoder.relative_attention_bias.weight"][_bucket(j - i)]
    q, k, v, o = (
        ("self.query", "self.key", "self.value", "output.dense") if kind == "bert" else ("attn.q", "attn.k", "attn.v", "attn.o")
    )
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        heads = [_linear(x, w, f"{name}.attention.{part}").reshape(count, HEADS, -1).transpose(1, 0, 2) for part in (q, k, v)]
        scores = heads[0] @ heads[1].transpose(0, 2, 1) / math.sqrt(WIDTH / HEADS) + bias
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ heads[2]).transpose(1, 0, 2).reshape(count, WIDTH)
        after = f"{name}.attention.{'output.' if kind == 'bert' else ''}LayerNorm"
        x = _norm(_linear(mixed, w, f"{name}.attention.{o}") + x, w, after)
        inner = _linear(x, w, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = _norm(_linear(inner, w, f"{name}.output.dense") + x, w, f"{name}.output.LayerNorm")
    return x


def _bucket(apart: int) -> int:
    """The bucket of a distance, as T5 and MPNet have it: 8 near ones each way, then steps of a logarithm up to 128."""
    far = abs(apart)
    within = far if far < 8 else min(15, 8 + int(math.log(far / 8) / math.log(128 / 8) * 8))
    return within + (16 if apart > 0 else 0)


def _linear(x: Rows, w: dict[str, Rows], name: str) -> Rows:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def _norm(x: Rows, w: dict[str, Rows], name: str) -> Rows:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]


def table(words: int) -> NDArray[np.float32]:
    """The states that an exported graph looks up."""
    return np.random.default_rng(3).standard_normal((words, WIDTH)).astype(np.float32)


def _graph(words: int, target: Path, *, segments: bool) -> None:
    """A graph with the inputs of an export, whose state of a token is a product of what it looks up."""
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if segments else [])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", WIDTH])
    constants = [numpy_helper.from_array(table(words), "table"), numpy_helper.from_array(np.eye(WIDTH, dtype=np.float32), "eye")]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["found"], name="found"),
        helper.make_node("MatMul", ["found", "eye"], ["last_hidden_state"], name="product"),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], constants)
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(target))
